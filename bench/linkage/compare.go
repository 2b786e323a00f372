package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// thresholds are tried for Splink, and the best counts, for pairs and for
// clusters each. Mitra has its one configuration: pairs from 0.5, its clusters.
var thresholds = []float64{0.5, 0.7, 0.9, 0.95, 0.99, 0.999, 0.9999}

// tool is one of the programs, as it is run on a set.
type tool struct {
	name string
	// args returns the command line of a run. Every compared pair that is not
	// hopeless is written where all is said; else what a user wants: pairs and groups.
	args func(b *bench, s set, out output, all bool, at float64) []string
	tune bool // the threshold is chosen
}

// output is where a run writes.
type output struct{ pairs, clusters string }

var tools = []tool{
	{"Mitra", mitraArgs, false},
	{"Splink", splinkArgs("many"), true},
	{"Splink, few rules", splinkArgs("few"), true},
}

func mitraArgs(b *bench, s set, out output, all bool, _ float64) []string {
	argv := append([]string{b.mitra, "link"}, s.files...)
	argv = append(argv, "--json", "--out", out.pairs)
	if len(s.files) == 1 {
		argv = append(argv, "--clusters", out.clusters)
	}
	if s.hide != "" {
		argv = append(argv, "--ignore", s.hide)
	}
	if all {
		argv = append(argv, "--min", "0.000001")
	}
	return argv
}

func splinkArgs(rules string) func(*bench, set, output, bool, float64) []string {
	return func(b *bench, s set, out output, all bool, at float64) []string {
		argv := append([]string{b.python, b.script}, s.files...)
		argv = append(argv, "--rules", rules, "--pairs", out.pairs, "--ignore", s.hide)
		if len(s.files) == 1 {
			argv = append(argv, "--clusters", out.clusters)
		}
		if !all {
			return append(argv, "--thresholds", fmt.Sprint(at))
		}
		list, _ := json.Marshal(thresholds)
		return append(argv, "--all", "--thresholds", strings.Trim(string(list), "[]"))
	}
}

// said is the line of JSON that a program ends with.
type said struct {
	Compared int64   `json:"compared"` // Mitra
	Pairs    int64   `json:"pairs"`    // Splink: those predicted, which with --all is those compared
	Recall   float64 `json:"blocking_recall"`
	Predict  float64 `json:"predict"` // Splink: the seconds in which pairs are found, compared and weighed
	Seconds  struct {
		Score float64 `json:"score"` // Mitra: the same
	} `json:"seconds"`
}

// result is what was found out about one program on one set.
type result struct {
	set, tool       string
	rows            int
	usage                   // medians
	scoring         float64 // seconds in which pairs are found, compared and weighed; median
	compared        int64   // pairs
	pairs, clusters score   // clusters of one file only
	pairsAt, at     float64 // thresholds: of the pairs' best score, and of the runs
	blocking        float64 // share of true pairs that were compared
	bins            []bin
}

// compare runs the programs on a set: each once with every pair, for accuracy, then
// all of them alternately, for time.
func (b *bench) compare(ctx context.Context, s set, say func(string, ...any)) (out []result, err error) {
	say("%s", s.name)
	if s.make != nil {
		if err := s.make(); err != nil {
			return nil, err
		}
	}
	var sides []*people
	for _, f := range s.files {
		p, err := s.truth(f)
		if err != nil {
			return nil, err
		}
		sides = append(sides, p)
	}
	use := tools
	if s.alone {
		use = tools[:1]
	} else if len(s.files) > 1 {
		use = tools[:2] // few rules are for files that take long
	}
	for _, t := range use {
		r, err := b.accuracy(ctx, s, t, sides)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		say("  %s: 1 − F1 %.4f", t.name, r.wrong())
		out = append(out, r)
	}
	sides = nil
	runs, scoring := make([][]usage, len(use)), make([][]float64, len(use))
	for n := range b.runs {
		for i, t := range use {
			o := output{filepath.Join(b.work, "pairs.csv"), filepath.Join(b.work, "clusters.csv")}
			var told said
			u, err := b.measured(ctx, &told, t.args(b, s, o, false, out[i].at)...)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
			say("  run %d, %s: %.2f s, %.2f s of CPU, %d MB", n+1, t.name, u.Wall, u.CPU, u.Peak>>20)
			runs[i], scoring[i] = append(runs[i], u), append(scoring[i], told.Predict+told.Seconds.Score)
		}
	}
	for i := range out {
		out[i].usage = usage{
			Wall: median(runs[i], func(u usage) float64 { return u.Wall }),
			CPU:  median(runs[i], func(u usage) float64 { return u.CPU }),
			Peak: int64(median(runs[i], func(u usage) float64 { return float64(u.Peak) })),
		}
		out[i].scoring = median(scoring[i], func(s float64) float64 { return s })
	}
	return out, nil
}

// accuracy runs a program once for all compared pairs, and scores it. Which
// groups Mitra makes may depend on which pairs it keeps, so that these, and the
// pairs linked, are those of a run as it is timed. A program alone has that only.
func (b *bench) accuracy(ctx context.Context, s set, t tool, sides []*people) (r result, err error) {
	dir, err := os.MkdirTemp(b.work, "all-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	o := output{filepath.Join(dir, "pairs.csv"), filepath.Join(dir, "clusters-%.csv")}
	truth := truePairs(sides)
	r = result{set: s.name, tool: t.name, rows: len(sides[0].who), at: 0.5, pairsAt: 0.5}
	read := func(all bool) (pairs []pair, err error) {
		var told said
		if _, err := b.measured(ctx, &told, t.args(b, s, o, all, 0.5)...); err != nil {
			return nil, err
		}
		r.compared = max(told.Compared, told.Pairs)
		return readPairs(o.pairs, sides)
	}
	var pairs []pair
	if !s.alone {
		if pairs, err = read(true); err != nil {
			return r, err
		}
		r.blocking, r.bins = scorePairs(pairs, truth, 0).recall(), calibration(pairs)
	}
	tried := thresholds
	if !t.tune {
		tried = tried[:1]
		if pairs, err = read(false); err != nil {
			return r, err
		}
	}
	for _, at := range tried {
		if p := scorePairs(pairs, truth, at); p.f1() >= r.pairs.f1() {
			r.pairs, r.pairsAt = p, at
		}
		if len(s.files) > 1 {
			r.at = r.pairsAt
			continue
		}
		path := o.clusters
		if t.tune {
			path = strings.Replace(path, "%", fmt.Sprint(at), 1)
		}
		c, err := scoreClusters(path, sides[0])
		if err != nil {
			return r, err
		}
		if c.f1() >= r.clusters.f1() {
			r.clusters, r.at = c, at
		}
	}
	return r, nil
}

// rate is how many pairs a program finds, compares and weighs in a second of a processor.
func (r result) rate() float64 { return float64(r.compared) / r.scoring / float64(runtime.NumCPU()) }

func median[T any](runs []T, of func(T) float64) float64 {
	v := make([]float64, len(runs))
	for i, u := range runs {
		v[i] = of(u)
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
