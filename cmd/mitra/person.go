package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/node"
)

type personCmd struct {
	Search personSearchCmd `cmd:"" help:"Find somebody in the registers."`
}

type personSearchCmd struct {
	Who string `arg:"" name:"WHO" help:"A name, and beside it a date of birth or a year, numbers of documents or telephones; - reads it from standard input."`
}

// Help stands under mitra person search --help.
func (personSearchCmd) Help() string {
	return `Such as

    mitra person search "Sri Wahyuni 1994"
    mitra person search "wahyuni sri 17/5/1994 B 1234567"

Words stand in any order, may be misspelt, joined or split, in Latin or Khmer letters; of a date the year is enough; a number may have a slip in it, or be the id that a register gives. All registers are searched: residents, permits, placements, departures, reports and alerts.

What is typed after the command can be seen by others on the same machine while it runs; with - it is read from standard input.

A likeness proves nothing: look at the person and the papers. That nobody is found does not prove that a person is not here. The search leaves an event in the journal, with the records shown and without what was asked.`
}

func (c *personSearchCmd) Run(e *env) error {
	text := c.Who
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(e.in, 1<<16))
		if err != nil {
			return err
		}
		text = string(b)
	}
	q, err := search.ParseQuery(text, time.Now().Year())
	if err != nil {
		return err
	}
	return e.with(func(n *node.Node) error {
		people, err := e.people(n)
		if err != nil {
			return err
		}
		start := time.Now()
		a, err := people.Ask(e.ctx, q, search.Reader{Actor: e.g.As, Office: office})
		if err != nil {
			return err
		}
		took := time.Since(start)
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(struct {
			search.Answer
			Synthetic bool    `json:"synthetic"`
			Seconds   float64 `json:"seconds"`
		}{a, n.Config.Synthetic, took.Seconds()}, func(w io.Writer) { printHits(w, a, n.Config.Synthetic) })
	})
}

// people opens the index of people, and says so if the next start will take as long.
func (e *env) people(n *node.Node) (*search.Finder, error) {
	return n.People(e.ctx, func(err error) { e.say("%v; the next search has to make it again", err) })
}

func printHits(w io.Writer, a search.Answer, synthetic bool) {
	if synthetic {
		fmt.Fprint(w, "SYNTHETIC: these people are made up.\n\n")
	}
	if len(a.Hits) > 0 && !a.Hits[0].ByID && a.Hits[0].Probability < 0.05 {
		fmt.Fprint(w, "Nobody stands out. The likeliest:\n\n")
	}
	for _, h := range a.Hits {
		if h.ByID {
			fmt.Fprint(w, "by its id ")
		} else {
			fmt.Fprintf(w, "%-9.4f ", h.Probability)
		}
		fmt.Fprintf(w, " %s", h.Noun)
		if h.ID != "" {
			fmt.Fprintf(w, " %s", h.ID)
		}
		if h.Source != string(h.Noun) {
			fmt.Fprintf(w, " (source %s)", h.Source)
		}
		values := make([]string, len(h.Values))
		for i, v := range h.Values {
			values[i] = v.Value
			if !unlabelled[v.Column] {
				values[i] = strings.ReplaceAll(v.Column, "_", " ") + " " + v.Value
			}
		}
		fmt.Fprintf(w, "\n           %s\n", strings.Join(values, " · "))
		because := make([]string, len(h.Because))
		for i, r := range h.Because {
			because[i] = fmt.Sprintf("%s %s %+.1f", strings.ReplaceAll(r.Comparison, "_", " "), r.Level, r.Bits)
		}
		if len(because) > 0 {
			fmt.Fprintf(w, "           %s\n", strings.Join(because, ", "))
		}
		fmt.Fprintln(w)
	}
	switch {
	case len(a.Hits) == 0:
		fmt.Fprintf(w, "Nobody like that was found in %s. That does not prove that the person is not here.\n", count(a.Records, "record"))
		return
	case a.More:
		fmt.Fprintln(w, "Others may be as likely: a date of birth, a year or a number tells more.")
	}
	fmt.Fprintf(w, "%s searched. A likeness proves nothing: look at the person and the papers.\n", count(a.Records, "record"))
}

// unlabelled are the columns whose values tell by themselves what they are.
var unlabelled = map[string]bool{
	registry.FullName.String(): true, registry.GivenName.String(): true, registry.Surname.String(): true,
	registry.Sex.String(): true, registry.Nationality.String(): true,
}
