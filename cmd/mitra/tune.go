package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"mitra/desk/link"
	"mitra/identity/linkage"
	"mitra/web/report/tuning"
)

type linkTuneCmd struct {
	linkInput
	A     string `type:"file" arg:"" name:"A.csv" help:"The first file, CSV or XLSX."`
	B     string `type:"file" arg:"" optional:"" name:"B.csv" help:"The second file; without it duplicates in the first are found."`
	Out   string `type:"file" required:"" help:"Write the page here." placeholder:"PAGE.html"`
	Truth string `help:"A column that says which records are of one person: the same value, the same person. It is no evidence (default, in one file: cluster or label, if there is one)." placeholder:"COL"`
}

// Help stands under mitra link tune --help.
func (linkTuneCmd) Help() string {
	return `The page shows what the model learned, which keys brought what, how probabilities
and truth compare where a column tells the truth, and what looks odd. It has
counts only: no value of any record stands on it.`
}

type tuneReport struct {
	Page            string      `json:"page"`
	Records         []int       `json:"records"`
	Compared        int64       `json:"compared"`
	Links           int         `json:"links"`
	Review          int         `json:"review"`
	ExpectedMatches float64     `json:"expected_matches"`
	BlockingRecall  float64     `json:"blocking_recall"`
	GivenUp         int64       `json:"given_up"`
	Prior           float64     `json:"prior"`
	OneToOne        bool        `json:"one_to_one"`
	Settled         bool        `json:"settled"`
	Model           string      `json:"model"`
	Checks          []tuneCheck `json:"checks"`
	Truth           *tuneTruth  `json:"truth,omitempty"`
	Seconds         struct {
		Total float64 `json:"total"`
	} `json:"seconds"`
}

type tuneCheck struct {
	Code  string `json:"code"`
	Grave bool   `json:"grave"`
	Text  string `json:"text"`
}

// tuneTruth is what a truth column says. A share without anything to share is left
// out.
type tuneTruth struct {
	Column          string   `json:"column"`
	Records         int      `json:"records"`
	Pairs           int64    `json:"pairs"`
	Compared        int64    `json:"compared"`
	Precision       *float64 `json:"precision,omitempty"` // of links
	Recall          *float64 `json:"recall,omitempty"`
	ReviewPrecision *float64 `json:"precision_with_review,omitempty"`
	ReviewRecall    *float64 `json:"recall_with_review,omitempty"`
}

func (c *linkTuneCmd) Run(e *env) error {
	out := output{"--out", c.Out}
	if err := e.usable([]output{out}, c.A, c.B, c.Spec); err != nil {
		return err
	}
	start := time.Now()
	in, truth, names := c.linkInput, []string(nil), []string{filepath.Base(c.A)}
	if in.truth = c.Truth; c.Truth != "" {
		truth = []string{c.Truth}
	} else if c.B == "" {
		truth = tuning.TruthColumns
	}
	labels := tuning.NewLabels(truth...)
	l, _, err := in.open(e.ctx, c.A, c.B, [2]func(*link.File, []string){labels.Take(0), labels.Take(1)})
	if err != nil {
		return err
	}
	if c.B != "" {
		names = append(names, filepath.Base(c.B))
	}
	bar := e.progress()
	v, err := interruptible(e.ctx, func() (tuning.View, error) {
		return tuning.Run(l, names, labels, linkage.Options{Many: c.Many, Progress: bar.update})
	})
	bar.end()
	if err != nil {
		return err
	}
	if err := writeFile(c.Out, 0o644, func(w io.Writer) error { return tuning.Write(w, v) }); err != nil {
		return err
	}
	rep := newTuneReport(c.Out, v)
	rep.Seconds.Total = time.Since(start).Seconds()
	return e.answer(rep, func(w io.Writer) { printTuning(w, rep, v) })
}

func newTuneReport(page string, v tuning.View) tuneReport {
	m := v.Result.Model
	rep := tuneReport{
		Page: page, Compared: v.Summary.Pairs, Links: v.Links, Review: v.Review, ExpectedMatches: v.Summary.Expected,
		BlockingRecall: v.Result.BlockingRecall, GivenUp: v.Result.GivenUp, Prior: m.Prior, OneToOne: m.OneToOne, Settled: m.Converged,
		Model: m.Hash(), Checks: []tuneCheck{},
	}
	for _, f := range v.Files {
		rep.Records = append(rep.Records, f.Records)
	}
	for _, c := range tuning.Checks(v) {
		rep.Checks = append(rep.Checks, tuneCheck(c))
	}
	if t := v.Truth; t != nil {
		some := func(x float64, ok bool) *float64 {
			if !ok {
				return nil
			}
			return &x
		}
		rep.Truth = &tuneTruth{
			Column: t.Column, Records: t.Records, Pairs: t.Pairs, Compared: v.Summary.Compared,
			Precision: some(t.Link.Precision()), Recall: some(t.Link.Recall(t.Pairs)),
			ReviewPrecision: some(t.All.Precision()), ReviewRecall: some(t.All.Recall(t.Pairs)),
		}
	}
	return rep
}

func printTuning(w io.Writer, rep tuneReport, v tuning.View) {
	fmt.Fprintf(w, "%s compared, %.1f of them expected to be true; %s, %d for review\n", count(rep.Compared, "pair"), rep.ExpectedMatches, count(rep.Links, "link"), rep.Review)
	if t := v.Truth; t != nil {
		precision, ok := t.Link.Precision()
		recall, some := t.Link.Recall(t.Pairs)
		if ok && some {
			fmt.Fprintf(w, "by the column %s, precision of links %.5f, recall %.5f\n", t.Column, precision, recall)
		}
	}
	for _, c := range rep.Checks {
		word := "note"
		if c.Grave {
			word = "look"
		}
		fmt.Fprintf(w, "%s: %s\n", word, c.Text)
	}
	fmt.Fprintf(w, "the page is %s\n", rep.Page)
}
