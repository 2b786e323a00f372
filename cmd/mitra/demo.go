package main

import (
	"errors"
	"fmt"
	"io"

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
	Check     bool    `help:"Do everything, compare with the truth, and stop."`
}

func (c *demoCmd) Run(e *env) error {
	if c.Residents < 1 || c.Permits < 1 {
		return unusable("usage", "such as --residents 7300 --permits 5830", "--residents, --permits: want at least 1")
	}
	bar := e.progress()
	d := demo.Demo{
		Dir: c.Dir, Actor: e.g.As, Progress: bar.update,
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
	return e.answer(out, func(w io.Writer) {
		fmt.Fprintf(w, "SYNTHETIC: everything here is made up.\n\n")
		printSummary(w, out.Summary)
		fmt.Fprintf(w, "\nbeside the known truth: %.3f %% of the permits matched are with their owner, %.2f %% of the permits that have\none in the register were matched, %d of %d classes are not those of the true facts\n",
			100*out.Truth.Precision, 100*out.Truth.Recall, out.Truth.ClassErrors, out.Residents)
		fmt.Fprintf(w, "seconds: %.1f making people, %.1f importing, %.1f reconciling and assessing, %.1f in all\n",
			out.Seconds.Generate, out.Seconds.Import, out.Seconds.Status, out.Seconds.Total)
		if !c.Check {
			fmt.Fprintf(w, "\nthe report is in %s\nthe node is in %s; look around with\n  mitra --home %s status show %s\n  mitra --home %s log verify\n", d.ReportFile(), d.Home(), d.Home(), out.Example, d.Home())
		}
	})
}
