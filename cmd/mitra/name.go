package main

import (
	"fmt"
	"io"

	"mitra/identity/linkage"
)

type nameCmd struct {
	Compare nameCompareCmd `cmd:"" help:"Compare two names: level, weight and the steps taken."`
}

type nameCompareCmd struct {
	A string `arg:"" name:"NAME" help:"A name as written; in quote marks if it has several words."`
	B string `arg:"" name:"OTHER" help:"Another."`
}

func (c *nameCompareCmd) Run(e *env) error {
	r := linkage.CompareNames(c.A, c.B)
	return e.answer(r, func(w io.Writer) {
		verdict := "probably two people's"
		if r.Same {
			verdict = "may be one person's"
		}
		fmt.Fprintf(w, "%s, weight %+.2f bits (with the built-in probabilities; files have their own): %s\n", r.Level, r.Weight, verdict)
		for _, side := range []struct {
			name string
			linkage.Reading
		}{{"first", r.Left}, {"second", r.Right}} {
			fmt.Fprintf(w, "%-7s %s → %s\n", side.name, side.Written, side.Compared)
			for _, s := range side.Steps {
				fmt.Fprintf(w, "          %s: %s → %s\n", s.Rule, s.From, s.To)
			}
		}
		for _, p := range r.Pairs {
			fmt.Fprintf(w, "        %s\n", p)
		}
	})
}
