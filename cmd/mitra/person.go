package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/node"
	"mitra/rules"
	"mitra/store"
)

type personCmd struct {
	Search   personSearchCmd   `cmd:"" help:"Find somebody in the registers."`
	Restrict personRestrictCmd `cmd:"" help:"Keep somebody out of every answer that the node gives by itself. It takes two officers."`
}

type personRestrictCmd struct {
	ID         string `arg:"" help:"The id that a register gives the person."`
	Protection string `help:"Why, as the axis of protection calls it: possible_victim, presumed_victim, identified_victim, reviewable, smuggled, child, claim or vulnerable." placeholder:"VALUE" xor:"what" required:""`
	Lift       bool   `help:"End the restrictions of this person." xor:"what" required:""`
	Reason     string `help:"Why, in one line, for those who may see protection." placeholder:"TEXT"`
}

// Help stands under mitra person restrict --help.
func (personRestrictCmd) Help() string {
	return `Such as

    mitra --as officer-3 person restrict R-000017 --protection possible_victim --reason "statement of 12 March"
    mitra --as supervisor-1 person restrict R-000017 --protection possible_victim

The second officer gives the same value. The word of the first holds for a day by itself; then it lapses, and another has to begin. All records that are likely of the same person are restricted with the one named, and records that come later as well.

With the value claim (asylum) no letter about the person leaves the node any more, whatever asks for it. To end a restriction takes two officers too.`
}

func (c *personRestrictCmd) Run(e *env) error {
	var value rules.Protection
	if !c.Lift {
		if err := value.UnmarshalText([]byte(c.Protection)); err != nil || value == rules.NoneKnown {
			return unusable("bad_protection", "such as --protection possible_victim", "--protection: want one of %s", strings.Join(rules.ValuesOf(rules.AxisProtection)[1:], ", "))
		}
		if strings.ContainsFunc(c.Reason, unicode.IsControl) || len(c.Reason) > 500 {
			return unusable("usage", `such as --reason "statement of 12 March"`, "--reason: want one line of at most 500 letters")
		}
	}
	return e.with(func(n *node.Node) error {
		people, err := e.people(n)
		if err != nil {
			return err
		}
		records, err := n.RecordsOf(e.ctx, people, c.ID)
		if err != nil {
			return err
		}
		var done bool
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) (err error) {
			if c.Lift {
				done, err = registry.Lift(tx, records, e.g.As, office)
			} else {
				done, err = registry.Restrict(tx, records, value, c.Reason, e.g.As, office)
			}
			return err
		}); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(struct {
			Records int  `json:"records"`
			Done    bool `json:"done"`
		}{len(records), done}, func(w io.Writer) {
			what := "restricted"
			if c.Lift {
				what = "no longer restricted"
			}
			switch {
			case done:
				fmt.Fprintf(w, "%s of this person %s\n", count(len(records), "record"), map[bool]string{true: "are " + what, false: "is " + what}[len(records) != 1])
			case c.Lift:
				fmt.Fprintln(w, "noted; another officer has to agree before it ends")
			default:
				fmt.Fprintf(w, "%s of this person: restricted for a day; another officer has to agree\n", count(len(records), "record"))
			}
		})
	})
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
