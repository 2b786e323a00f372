package main

import (
	"time"

	"mitra/desk/link"
	"mitra/identity/linkage"
)

// runOnto links files onto a register that was kept.
func (c *linkRunCmd) runOnto(e *env) error {
	if c.Spec != "" || len(c.Ignore) > 0 || c.Many {
		return unusable("usage", "leave them out, or make a new register with --keep", "--spec, --ignore and --many are with --onto as they were when the register was made")
	}
	// The register itself is written to, unless another is named.
	kept := output{"--onto", c.Onto}
	inputs := []string{c.A, c.B}
	if c.Keep != "" {
		kept, inputs = output{"--keep", c.Keep}, append(inputs, c.Onto)
	}
	if err := e.usable([]output{kept, {"--out", c.Out}, {"--clusters", c.Clusters}}, inputs...); err != nil {
		return err
	}
	tight, end := frugal(c.A, c.B, c.Onto)
	defer end()
	tight()
	start := time.Now()
	r, err := link.ReadRegister(e.ctx, c.Onto)
	if err != nil {
		return err
	}
	one := r.Model().Duplicates
	switch {
	case one && c.B != "":
		return unusable("usage", "give one file", "the register is of one file, and two were given")
	case !one && c.Clusters != "":
		return unusable("usage", "leave out --clusters", "groups are found within one file, and the register is of two")
	case c.Min < r.Least()*(1-1e-9):
		return unusable("usage", "make it again with a lower --min", "--min: the register has pairs from %.4g on", r.Least())
	}
	paths := []string{c.A}
	if c.B != "" {
		paths = append(paths, c.B)
	}
	for i, roll := range []*linkage.Roll{r.Left(), r.Right()}[:len(paths)] {
		if err := link.Add(e.ctx, roll, paths[i], c.ID, nil); err != nil {
			return err
		}
	}
	rep := linkReport{Records: []int{r.Left().Len()}, BlockingRecall: r.BlockingRecall(), Model: r.Model().Hash()}
	if !one {
		rep.Records = append(rep.Records, r.Right().Len())
	}
	rep.Seconds.Read = time.Since(start).Seconds()

	comparing := time.Now()
	bar := e.progress()
	found := linkFound{left: r.Left(), right: r.Right(), link: r.Model().Spec.Link, register: r, start: start}
	done, err := interruptible(e.ctx, func() (linkage.Linked, error) {
		done := r.Link(func(done, total int64) { bar.update("compare", done, total) })
		found.pairs = r.Pairs(c.Min)
		if r.Model().OneToOne {
			found.pairs = r.Assign(found.pairs)
		}
		return done, nil
	})
	bar.end()
	if err != nil {
		return err
	}
	if done.GivenUp > 0 {
		e.say("mitra: note: up to %s were not compared: too many records share what would bring them together. Where that is much, link all anew with --keep", count(done.GivenUp, "pair"))
	}
	if link.Outgrown(r) {
		e.say("mitra: note: the register has more than twice the records from which its model was learned; link all anew with --keep")
	}
	rep.New, rep.Compared = &done.New, done.Compared
	rep.Seconds.Score = time.Since(comparing).Seconds()
	found.rep, found.groups = rep, func() []int { return r.Cluster(r.Pairs(link.Floor)) }
	return c.finish(e, found)
}
