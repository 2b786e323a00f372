package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"mitra/demo"
)

type demoCmd struct {
	Dir       string  `type:"file" help:"Where the demo lives; an earlier demo there is replaced." default:"mitra-demo" placeholder:"DIR"`
	Seed      uint64  `help:"Another seed, other people." default:"1"`
	Residents int     `help:"How many residents, at most 1500000." default:"73000"`
	Permits   int     `help:"How many permits, at most 1500000." default:"58307"`
	Outsiders float64 `help:"Share of permits that belong to nobody in the register, such as 0.015 (default none)." default:"0" placeholder:"SHARE"`
	Expired   float64 `help:"Share of permit holders whose permit has ended, such as 0.05 (default none)." default:"0" placeholder:"SHARE"`
	Earlier   float64 `help:"Share of permits that are earlier ones of somebody who has a later one, such as 0.1 (default none)." default:"0" placeholder:"SHARE"`
	Second    bool    `help:"Make the errors by the second process, which the engine was never tuned on."`
	Alone     bool    `help:"The Cambodian side only: no second node, and no exchange."`
	Check     bool    `help:"Do everything, compare with the truth, and stop."`
}

func (c *demoCmd) Run(e *env) error {
	if c.Residents < 1 || c.Permits < 1 {
		return unusable("usage", "such as --residents 7300 --permits 5830", "--residents, --permits: want at least 1")
	}
	bar := e.progress()
	d := demo.Demo{
		Dir: c.Dir, Actor: e.g.As, Alone: c.Alone, Progress: bar.update,
		Params: demo.Params{Seed: c.Seed, Residents: c.Residents, Permits: c.Permits, Outsiders: c.Outsiders, ExpiredShare: c.Expired, EarlierShare: c.Earlier, Second: c.Second},
	}
	out, err := d.Run(e.ctx)
	bar.end()
	if err != nil && !errors.Is(err, demo.ErrParams) && d.Begun() {
		return &kept{err, "what stands in " + c.Dir + " is not complete: run it again, which replaces it, or remove the folder"}
	}
	if err != nil {
		return err
	}
	tell := func(w io.Writer) { printDemo(w, out) }
	if c.Check {
		return e.answer(out, tell)
	}
	if c.Alone {
		return e.answer(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintf(w, "\nthe report is in %s\nlook around with\n  %s\n", d.ReportFile(), strings.Join(d.Commands(out, "mitra"), "\n  "))
		})
	}
	var told error
	err = d.Serve(e.ctx, out, "mitra", func(r demo.Running) {
		told = e.answer(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintf(w, "\nboth nodes run; begin with %s\nlook around with\n  %s\nCtrl-C ends it; the files stay in %s\n", r.Start, strings.Join(d.Commands(out, "mitra"), "\n  "), d.Dir)
		})
	})
	return errors.Join(err, told)
}

func printDemo(w io.Writer, out demo.Outcome) {
	fmt.Fprintf(w, "SYNTHETIC: everything here is made up.\n\n")
	printSummary(w, out.Summary)
	fmt.Fprintf(w, "\nbeside the known truth: %.3f %% of the permits matched are with their owner, %.2f %% of the permits that have\none in the register were matched, %d of %d classes are not those of the true facts\n",
		100*out.Truth.Precision, 100*out.Truth.Recall, out.Truth.ClassErrors, out.Residents)
	if out.Corridor != nil {
		printCorridor(w, *out.Corridor)
	}
	fmt.Fprintf(w, "seconds: %.1f making people, %.1f importing, %.1f reconciling and assessing, %.1f the exchange, %.1f in all\n",
		out.Seconds.Generate, out.Seconds.Import, out.Seconds.Status, out.Seconds.Corridor, out.Seconds.Total)
}

func printCorridor(w io.Writer, f demo.Figures) {
	s := f.Story
	fmt.Fprintf(w, "\none person: a family's report (%s) in Indonesia; Cambodia was told %s, and answered pending by itself;\nan officer saw %s, the first at %.4f, and released %s\n",
		s.Report, orNothing(s.Told), count(s.Candidates, "likely record"), s.Probability, orNothing(s.Released))
	fmt.Fprintf(w, "the two states' knowledge in one status: %s\n", s.Joint.Class)
	for _, a := range s.Joint.Axes {
		fmt.Fprintf(w, "  %-36s %-28s says %s\n", a.Title, a.Text, a.By)
	}
	fmt.Fprintf(w, `
a day's quota: %d people asked about, %d of them truly in the Cambodian register
  %5d found by the node, %d missed; %d among the officer's first three candidates
  %5d others answered pending, who are not there
  %5d people of whom something was released, %d of them somebody else than was sought
  %5d clocks met, %d missed, %d still running

disclosed, in people × fields: %d asking (the list of people sought: %d), %d released (the register: %d)
both journals verified: %s; each cosigned by the other: %s; the evidence of the one person's conversation verified: %s

`, f.Sought, f.Present, f.Pending, f.Missed(), f.FoundInFirstThree, f.Decoys, f.Released, f.Wrong, f.ClocksMet, f.ClocksMissed, f.Waiting,
		f.AskedFields, f.AskedListFields, f.DisclosedFields, f.ListFields, yesNo(f.BooksVerified), yesNo(f.Witnessed), yesNo(f.EvidenceVerified))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}
