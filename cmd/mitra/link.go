package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"mitra/desk/link"
	"mitra/identity/linkage"
	"mitra/table"
)

type linkCmd struct {
	Run     linkRunCmd     `cmd:"" default:"withargs" help:"Find duplicates in one file, or link the records of two; the word run can be left out."`
	Explain linkExplainCmd `cmd:"" help:"Explain the weight of one pair, or why it was not compared."`
	Tune    linkTuneCmd    `cmd:"" help:"Write a page on which to judge the linkage: weights, keys, probabilities, signs of a wrong model."`
}

// Help stands under mitra link --help.
func (linkCmd) Help() string {
	return `Duplicates in one file, the records of one file in another, and why:

    mitra link A.csv --clusters CLUSTERS.csv
    mitra link A.csv B.csv --out LINKS.csv
    mitra link A.csv --keep REGISTER.mitra
    mitra link NEW.csv --onto REGISTER.mitra --clusters CLUSTERS.csv
    mitra link explain LEFT RIGHT A.csv B.csv
    mitra link tune A.csv B.csv --out PAGE.html

mitra link run --help lists what else can be said.`
}

// linkInput is what both commands read.
type linkInput struct {
	Spec   string   `type:"file" help:"A spec in TOML: fields, thresholds." placeholder:"SPEC.toml"`
	ID     string   `name:"id" help:"The column that names a record (default id, rec_id, unique_id or record_id, else the row's number)." placeholder:"COL"`
	Ignore []string `help:"Columns that are no evidence." placeholder:"COL"`
	Many   bool     `help:"A record may have several partners in the other file."`

	truth string // a column that every file has, and that is no evidence
}

// read is what is read.
func (in linkInput) read(a, b string) (link.Input, error) {
	out := link.Input{Paths: []string{a}, IDs: [2]string{in.ID, in.ID}, Ignore: in.Ignore, Truth: in.truth}
	if b != "" {
		out.Paths = append(out.Paths, b)
	}
	if in.Spec == "" {
		return out, nil
	}
	text, err := os.ReadFile(in.Spec)
	if err != nil {
		return out, err
	}
	if out.Spec, err = linkage.ParseSpec(text); err != nil {
		return out, &failure{Code: "bad_spec", Message: err.Error(), File: in.Spec, Hint: "docs/linkage.md describes the spec", status: 2, cause: err}
	}
	return out, nil
}

// open reads the spec and the files into a linker.
func (in linkInput) open(ctx context.Context, a, b string, keep [2]func(*link.File, []string)) (*linkage.Linker, [2]*link.File, error) {
	input, err := in.read(a, b)
	if err != nil {
		return nil, [2]*link.File{}, err
	}
	return input.Open(ctx, keep)
}

type linkRunCmd struct {
	linkInput
	A        string  `type:"file" arg:"" name:"A.csv" help:"The first file, CSV or XLSX."`
	B        string  `type:"file" arg:"" optional:"" name:"B.csv" help:"The second file; without it duplicates in the first are found."`
	Out      string  `type:"file" help:"Write the pairs here." placeholder:"LINKS.csv"`
	Clusters string  `type:"file" help:"Write the groups of one file here." placeholder:"CLUSTERS.csv"`
	Min      float64 `help:"The least probability of a pair that is written." default:"0.5"`
	Keep     string  `type:"file" help:"Keep the records, the model and the pairs here, so that new records can be linked onto them. The file holds names and numbers in the clear; only its owner may read it." placeholder:"REGISTER.mitra"`
	Onto     string  `type:"file" help:"Link the records onto those that were kept here, under the same model, as if all were linked together; they are kept with them (with --keep in another file). A known id replaces its record." placeholder:"REGISTER.mitra"`
}

type linkExplainCmd struct {
	linkInput
	Left  string `arg:"" help:"Id of the record in A.csv."`
	Right string `arg:"" help:"Id of the record in B.csv (in A.csv, if there is no other)."`
	A     string `type:"file" arg:"" name:"A.csv" help:"The first file, CSV or XLSX."`
	B     string `type:"file" arg:"" optional:"" name:"B.csv" help:"The second file, if there are two."`
}

type linkReport struct {
	Records        []int       `json:"records"`
	Compared       int64       `json:"compared"`
	Links          int         `json:"links"`
	Review         int         `json:"review"`
	BlockingRecall float64     `json:"blocking_recall"`
	Model          string      `json:"model"`
	New            *int        `json:"new,omitempty"` // records that were linked onto a register
	Seconds        linkSeconds `json:"seconds"`
}

type linkSeconds struct {
	Read  float64 `json:"read"`
	Block float64 `json:"block"`
	Train float64 `json:"train"`
	Score float64 `json:"score"`
	Write float64 `json:"write"`
	Total float64 `json:"total"`
}

// frugal has memory collected as often as a run on these files needs it, unless the
// environment says how often, until end is called. What a run holds is about four times
// its files, in some hundred long arrays without pointers: where it is much, looking for
// what is in use costs next to nothing, and waste is kept small. Until pairs are compared
// a run holds two thirds of what it does then: so much may be used up by waste before
// tight is called, and looking is the greater cost.
func frugal(files ...string) (tight, end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}, func() {}
	}
	const spare = 96 << 20 // that may be waste where it is little
	held := int64(1)
	for _, path := range files {
		if fi, err := os.Stat(path); err == nil {
			held += 4 * fi.Size()
		}
	}
	tight = func() {}
	percent := min(100*spare/held, 150)
	if held > 3*spare {
		percent = 30
		tight = func() { debug.SetGCPercent(int(max(100*(spare/2)/held, 4))) }
	}
	before := debug.SetGCPercent(int(percent))
	return tight, func() { debug.SetGCPercent(before) }
}

func (c *linkRunCmd) Run(e *env) error {
	if c.Clusters != "" && c.B != "" {
		return unusable("usage", "leave out --clusters, or give one file", "groups are found within one file, and two were given")
	}
	if !(c.Min > 0 && c.Min < 1) {
		return unusable("usage", "--min 0.5 keeps what is more likely than not", "--min: %g is not between 0 and 1", c.Min)
	}
	if c.Onto != "" {
		return c.runOnto(e)
	}
	if err := e.usable([]output{{"--out", c.Out}, {"--clusters", c.Clusters}, {"--keep", c.Keep}}, c.A, c.B, c.Spec); err != nil {
		return err
	}
	tight, end := frugal(c.A, c.B)
	defer end()
	start := time.Now()
	l, files, err := c.open(e.ctx, c.A, c.B, [2]func(*link.File, []string){})
	if err != nil {
		return err
	}
	if c.Keep != "" {
		for i, path := range []string{c.A, c.B} {
			if files[i] != nil && files[i].ID < 0 {
				return &table.Error{Code: "no_id", Message: "--keep: no column names the records, by which they could be told from new ones", File: path,
					Hint: "name a column with --id; " + files[i].Columns()}
			}
		}
	}
	rep := linkReport{Records: []int{l.Left().Len()}}
	if c.B != "" {
		rep.Records = append(rep.Records, l.Right().Len())
	}
	rep.Seconds.Read = time.Since(start).Seconds()
	bar := e.progress()
	floor := c.Min
	if c.Clusters != "" || c.Keep != "" {
		floor = min(floor, link.Floor)
	}
	res, err := interruptible(e.ctx, func() (*linkage.Result, error) {
		return l.Run(linkage.Options{Min: floor, Many: c.Many, Now: time.Now, Progress: func(stage string, done, total int64) {
			if stage == "compare" && done == 0 {
				tight()
			}
			bar.update(stage, done, total)
		}})
	})
	bar.end()
	if err != nil {
		return err
	}
	if len(res.LeftOut) > 0 {
		e.say("mitra: note: too many columns to compare; these, which tell least, were left out: %s", strings.Join(res.LeftOut, ", "))
	}
	if res.GivenUp > 0 {
		e.say("mitra: note: up to %s were not compared: too many records share what brings them together, and were compared in groups", count(res.GivenUp, "pair"))
	}
	if res.Alike {
		e.say("mitra: note: nothing was compared: no column has values in which the rows differ")
	}
	rep.Compared, rep.BlockingRecall, rep.Model = res.Compared, res.BlockingRecall, res.Model.Hash()
	rep.Seconds.Block, rep.Seconds.Train, rep.Seconds.Score = res.Seconds.Block, res.Seconds.Train, res.Seconds.Score

	found := linkFound{rep: rep, left: l.Left(), right: l.Right(), link: res.Model.Spec.Link, start: start, alike: res.Alike,
		groups: func() []int { return l.Cluster(res.Pairs) }}
	found.pairs = make([]linkage.Pair, 0, len(res.Pairs))
	least := linkage.Bits(c.Min)
	for _, p := range res.Pairs {
		if p.Weight >= least {
			found.pairs = append(found.pairs, p)
		}
	}
	if c.B != "" && !c.Many {
		found.pairs = l.Assign(found.pairs, nil)
	}
	if c.Keep == "" {
		return c.finish(e, found)
	}
	found.register, err = l.Register(res)
	if errors.Is(err, linkage.ErrUntrained) {
		return &failure{Code: "nothing_learned", Message: "--keep: there is nothing to keep: " + err.Error(), File: c.A, status: 2, cause: err,
			Hint: "begin with a file in which some people stand twice"}
	}
	if err != nil {
		return err
	}
	return c.finish(e, found)
}

// linkFound is what was found, before it is written.
type linkFound struct {
	rep         linkReport
	left, right link.IDs
	pairs       []linkage.Pair // that are written
	groups      func() []int
	link        float64 // probability
	register    *linkage.Register
	start       time.Time
	alike       bool
}

// finish writes what was found and tells of it.
func (c *linkRunCmd) finish(e *env, found linkFound) error {
	writing := time.Now()
	rep, pairs := found.rep, found.pairs
	// Groups are made and written beside the pairs.
	var files, groups results
	defer files.discard()
	grouped := make(chan error, 1)
	go func() { grouped <- c.writeClusters(&groups, found) }()
	for _, p := range pairs {
		if p.P() >= found.link {
			rep.Links++
		} else {
			rep.Review++
		}
	}
	err, notGrouped := c.writePairs(&files, found.link, found.left, found.right, pairs), <-grouped
	files.list = append(files.list, groups.list...)
	if err := errors.Join(err, notGrouped); err != nil {
		return err
	}
	if found.register != nil {
		keep := func(w io.Writer) error { return link.WriteRegister(e.ctx, w, found.register) }
		if err := files.add(cmp.Or(c.Keep, c.Onto), 0o600, keep); err != nil {
			return err
		}
	}
	if err := files.put(); err != nil {
		return err
	}
	rep.Seconds.Write = time.Since(writing).Seconds()
	rep.Seconds.Total = time.Since(found.start).Seconds()
	return e.answer(rep, func(w io.Writer) {
		records := count(rep.Records[0], "record")
		if len(rep.Records) > 1 {
			records += " and " + count(rep.Records[1], "record")
		}
		if rep.New != nil {
			records += fmt.Sprintf(" (%d new or changed)", *rep.New)
		}
		fmt.Fprintf(w, "%s, %s compared, %s, %d for review (%.2f s)\n",
			records, count(rep.Compared, "pair"), count(rep.Links, "link"), rep.Review, rep.Seconds.Total)
		if !found.alike {
			fmt.Fprintf(w, "estimated share of true pairs that were compared: %.4f\n", rep.BlockingRecall)
		}
		fmt.Fprintf(w, "model %s\n", rep.Model)
		if c.Out == "" && c.Clusters == "" && found.register == nil {
			fmt.Fprintln(w, "nothing was written: name a file with --out or --clusters")
		}
	})
}

// writePairs makes the file of pairs, if it is asked for.
func (c *linkRunCmd) writePairs(files *results, from float64, left, right link.IDs, pairs []linkage.Pair) error {
	if c.Out == "" {
		return nil
	}
	return files.addTable(c.Out, link.PairHeader, len(pairs), link.PairRows(from, left, right, pairs))
}

// writeClusters makes the file of groups, if it is asked for.
func (c *linkRunCmd) writeClusters(files *results, found linkFound) error {
	if c.Clusters == "" {
		return nil
	}
	groups := found.groups()
	return files.addTable(c.Clusters, link.GroupHeader, len(groups), link.GroupRows(found.left, groups))
}

func (c *linkExplainCmd) Run(e *env) error {
	var rows [2][][]string
	l, files, err := c.open(e.ctx, c.A, c.B, [2]func(*link.File, []string){
		func(_ *link.File, cells []string) { rows[0] = append(rows[0], cells) },
		func(_ *link.File, cells []string) { rows[1] = append(rows[1], cells) },
	})
	if err != nil {
		return err
	}
	if c.B == "" {
		files[1], rows[1] = files[0], rows[0]
	}
	at := [2]int{}
	for i, id := range []string{c.Left, c.Right} {
		n, ok := files[i].Find(id)
		if !ok {
			return unusable("not_found", "ids are those of the id column, or row numbers from 1", "there is no record with that %s id", []string{"left", "right"}[i])
		}
		at[i] = n
	}
	if c.B == "" && at[0] == at[1] {
		return unusable("usage", "name two records", "a record is not compared with itself")
	}
	options := linkage.Options{Many: c.Many}
	if c.B == "" {
		options.Min = link.Floor // what groups are made of
	}
	bar := e.progress()
	options.Progress = bar.update
	res, err := interruptible(e.ctx, func() (*linkage.Result, error) { return l.Run(options) })
	bar.end()
	if err != nil {
		return err
	}
	w := link.Explanation{Waterfall: l.Explain(res, at[0], at[1], rows[0][at[0]], rows[1][at[1]])}
	w.Outcome = l.Outcome(res, at[0], at[1], w.Waterfall)
	return e.answer(w, func(out io.Writer) { printWaterfall(out, w) })
}

// shownKeys is how many keys an explanation lists as text; JSON has all of them.
const shownKeys = 8

// printReasons lists what two records that were not compared share, and what keys
// ask for beside it.
func printReasons(out io.Writer, r *linkage.Reasons) {
	bits := func(list []float64) string {
		var text []string
		for _, b := range list {
			text = append(text, strconv.FormatFloat(b, 'f', 2, 64))
		}
		return strings.Join(text, ", ")
	}
	fmt.Fprintf(out, "%s\n\n%-24s %-14s %5s %5s\n", r.Text, "part of keys", "", "left", "right")
	for _, p := range r.Parts {
		note := p.Near
		if p.Bits != nil {
			note = bits(p.Bits) + " bits rare"
		}
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%-24s %-14s %5d %5d  %s", p.Part, p.State, p.Left, p.Right, note), " "))
	}
	fmt.Fprintf(out, "\n%-10s %6s %6s\n", "key", "bits", "needs")
	for i, k := range r.Keys {
		if i == shownKeys {
			fmt.Fprintf(out, "and %s\n", count(len(r.Keys)-i, "further key"))
			break
		}
		note := k.Key
		switch {
		case k.Lacking != nil && k.Lacking[0] != k.Key:
			note += "; not shared: " + strings.Join(k.Lacking, ", ")
		case k.Left > 0:
			note += "; cut into pieces: " + count(k.Left, "record")
			if k.Right > 0 {
				note += " on the left and " + count(k.Right, "record") + " on the right"
			}
		}
		fmt.Fprintf(out, "%-10s %6.2f %6.2f  %s\n", k.State, k.Bits, k.Needs, note)
	}
}

// printWaterfall draws an explanation as text.
func printWaterfall(out io.Writer, w link.Explanation) {
	fmt.Fprintf(out, "%s and %s\n", w.Left, w.Right)
	if w.Compared {
		fmt.Fprintf(out, "compared because they share: %s\n", strings.Join(w.Keys, "; "))
	} else {
		fmt.Fprintf(out, "never compared: %s\n", w.WhyNot())
		printReasons(out, w.Reasons)
	}
	sum := w.Prior
	fmt.Fprintf(out, "\n%-16s %-28s %8s %8s %9s\n", "", "level", "bits", "rarity", "sum")
	prior := "two records at random"
	if w.OneToOne {
		prior = "two without other partners"
	}
	fmt.Fprintf(out, "%-16s %-28s %+8.2f %8s %9.2f\n", "prior", prior, w.Prior, "", sum)
	for _, s := range w.Steps {
		sum += s.Weight + s.Frequency
		rarity := ""
		if s.Frequency != 0 {
			rarity = fmt.Sprintf("%+.2f", s.Frequency)
		}
		fmt.Fprintf(out, "%-16s %-28s %+8.2f %8s %9.2f\n", s.Comparison, s.Level, s.Weight, rarity, sum)
		for _, r := range []struct {
			side string
			linkage.Reading
		}{{"left", s.Left}, {"right", s.Right}} {
			if r.Written == "" && r.Compared == "" {
				continue
			}
			fmt.Fprintf(out, "    %-5s %s", r.side, r.Written)
			if r.Compared != "" && r.Compared != r.Written {
				fmt.Fprintf(out, " → %s", r.Compared)
			}
			for i, st := range r.Steps {
				sep := "; "
				if i == 0 {
					sep = "  ("
				}
				fmt.Fprintf(out, "%s%s", sep, st.Rule)
			}
			if len(r.Steps) > 0 {
				fmt.Fprint(out, ")")
			}
			fmt.Fprintln(out)
		}
	}
	if w.Rivals != 0 {
		sum += w.Rivals
		fmt.Fprintf(out, "%-16s %-28s %+8.2f %8s %9.2f\n", "rivals", "other likely partners", w.Rivals, "", sum)
	}
	verdict := "no link"
	switch {
	case w.Probability >= w.Link:
		verdict = "link"
	case w.Probability >= w.Review:
		verdict = "for review"
	}
	fmt.Fprintf(out, "\nweight %.4f bits, probability %.6f: %s (review from %g, link from %g)\n", w.Weight, w.Probability, verdict, w.Review, w.Link)
	fmt.Fprintf(out, "outcome: %s\n", w.Outcome.Text)
	for _, r := range w.Outcome.Rivals {
		fmt.Fprintf(out, "    kept: %s and %s, weight %.4f bits, probability %.6f\n", r.Left, r.Right, r.Weight, r.Probability)
	}
	fmt.Fprintf(out, "model %s\n", w.Model)
}
