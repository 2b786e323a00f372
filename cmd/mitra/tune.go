package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
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

// truthColumns are taken for the truth of one file where --truth names none.
var truthColumns = []string{"cluster", "label"}

// labels are the values of a truth column, numbered: 0 stands for a blank.
type labels struct {
	names  []string // columns that may be it
	column string   // its heading, once it is found
	number map[string]uint32
	of     [2][]uint32 // of the records of each side
}

// take keeps the label of a row.
func (t *labels) take(side int) func(f *link.File, cells []string) {
	column := -2
	return func(f *link.File, cells []string) {
		if column == -2 {
			column = -1
			for _, name := range t.names {
				if at := f.At(name); at >= 0 && column < 0 {
					column = at
				}
			}
			if column >= 0 && t.column == "" {
				t.column = f.Column(column)
			}
		}
		n := uint32(0)
		if column >= 0 && strings.TrimSpace(cells[column]) != "" {
			label := strings.TrimSpace(cells[column])
			if n = t.number[label]; n == 0 {
				n = uint32(len(t.number)) + 1
				t.number[strings.Clone(label)] = n
			}
		}
		t.of[side] = append(t.of[side], n)
	}
}

// truth is what the labels say of two records.
func (t *labels) truth(left, right int) linkage.Truth {
	switch a, b := t.of[0][left], t.of[1][right]; {
	case a == 0 || b == 0:
		return linkage.Unknown
	case a == b:
		return linkage.Same
	}
	return linkage.Different
}

// count returns how many records have a label, and how many pairs of records, of
// one file or of two, have the same.
func (t *labels) count(oneFile bool) (records int, pairs int64) {
	var held [2][]int64
	sides := t.of[:]
	if oneFile {
		sides = sides[:1]
	}
	for s := range sides {
		held[s] = make([]int64, len(t.number)+1)
		for _, n := range sides[s] {
			held[s][n]++
			if n > 0 {
				records++
			}
		}
	}
	for n := 1; n <= len(t.number); n++ {
		if oneFile {
			pairs += held[0][n] * (held[0][n] - 1) / 2
		} else {
			pairs += held[0][n] * held[1][n]
		}
	}
	return records, pairs
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
	in, truth := c.linkInput, &labels{number: map[string]uint32{}}
	if in.truth = c.Truth; c.Truth != "" {
		truth.names = []string{c.Truth}
	} else if c.B == "" {
		truth.names = truthColumns
	}
	l, _, err := in.open(e.ctx, c.A, c.B, [2]func(*link.File, []string){truth.take(0), truth.take(1)})
	if err != nil {
		return err
	}
	if c.B == "" {
		truth.of[1] = truth.of[0]
	}
	bar := e.progress()
	type found struct {
		res *linkage.Result
		sum *linkage.Summary
	}
	f, err := interruptible(e.ctx, func() (found, error) {
		res, err := l.Run(linkage.Options{Min: linkage.EveryPair, Many: c.Many, Progress: bar.update})
		if err != nil {
			return found{}, err
		}
		if truth.column == "" {
			return found{res, l.Summarise(res, nil)}, nil
		}
		return found{res, l.Summarise(res, truth.truth)}, nil
	})
	bar.end()
	if err != nil {
		return err
	}
	v := tuning.View{Result: f.res, Summary: f.sum, Files: []tuning.File{{Name: filepath.Base(c.A), Records: l.Left().Len()}}}
	if c.B != "" {
		v.Files = append(v.Files, tuning.File{Name: filepath.Base(c.B), Records: l.Right().Len()})
	}
	if truth.column != "" {
		v.Truth = &tuning.Truth{Column: truth.column}
		v.Truth.Records, v.Truth.Pairs = truth.count(c.B == "")
	}
	judge(l, &v, truth)
	if err := writeFile(c.Out, 0o644, func(w io.Writer) error { return tuning.Write(w, v) }); err != nil {
		return err
	}
	rep := newTuneReport(c.Out, v)
	rep.Seconds.Total = time.Since(start).Seconds()
	return e.answer(rep, func(w io.Writer) { printTuning(w, rep, v) })
}

// judge counts what would be linked and shown for review, as mitra link does.
func judge(l *linkage.Linker, v *tuning.View, truth *labels) {
	spec := v.Result.Model.Spec
	var pairs []linkage.Pair
	for _, p := range v.Result.Pairs {
		if p.P() >= spec.Review {
			pairs = append(pairs, p)
		}
	}
	if v.Result.Model.OneToOne {
		pairs = l.Assign(pairs, nil)
	}
	for _, p := range pairs {
		isLink := p.P() >= spec.Link
		if isLink {
			v.Links++
		} else {
			v.Review++
		}
		if v.Truth == nil {
			continue
		}
		known := truth.truth(p.Left, p.Right)
		for _, k := range []*tuning.Kept{&v.Truth.Link, &v.Truth.All} {
			if known == linkage.Unknown || k == &v.Truth.Link && !isLink {
				continue
			}
			k.Known++
			if known == linkage.Same {
				k.True++
			}
		}
	}
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
