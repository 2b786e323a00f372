package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/rules"
	"mitra/table"
	"mitra/web/report"
)

type statusCmd struct {
	Run    statusRunCmd    `cmd:"" help:"Reconcile residents with permits and compute every resident's class."`
	Export statusExportCmd `cmd:"" help:"Write one line for each resident record."`
	Report statusReportCmd `cmd:"" help:"Write the last run as a page for reading and printing."`
	Show   statusShowCmd   `cmd:"" help:"Show one person, with the evidence and the rule for each axis."`
}

type statusRunCmd struct {
	AsOf *string `name:"as-of" help:"The day that is judged (default today)." placeholder:"YYYY-MM-DD"`
}

func (c *statusRunCmd) Run(e *env) error {
	day := person.FromTime(time.Now())
	if c.AsOf != nil {
		var err error
		if day, err = judged(*c.AsOf); err != nil {
			return err
		}
	}
	return e.with(func(n *node.Node) error {
		bar := e.progress()
		sum, err := status.Run{AsOf: day, Node: n.Config.Country, Actor: e.g.As, Office: office, Now: time.Now, Progress: bar.update}.Do(e.ctx, n.DB)
		bar.end()
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(sum, func(w io.Writer) {
			printSummary(w, sum)
			if sum.Residents == 0 {
				fmt.Fprintf(w, "\nthere are no residents yet: %s import residents FILE.csv\n", e.self())
			}
		})
	})
}

// judged reads the day that is judged, which stands in the result as it is
// written: nothing of it is repaired.
func judged(text string) (person.Date, error) {
	day, err := person.ParseDate(text, 0)
	switch bad := (*person.ParseError)(nil); {
	case !isoDay.MatchString(text):
		err = errors.New("want a day as YYYY-MM-DD")
	case errors.As(err, &bad):
		err = errors.New(bad.Reason)
	case err == nil && day.Slip&person.SlipBuddhistEra != 0:
		err = fmt.Errorf("%s is a year of the Buddhist era: want %s", text[:4], day)
	case err == nil && (day.Prec != person.PrecDay || day.String() != text):
		err = errors.New("no such day")
	}
	if err != nil {
		return day, unusable("bad_date", "such as --as-of 2024-03-13", "--as-of: %w", err)
	}
	return day, nil
}

var isoDay = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func printSummary(w io.Writer, s status.Summary) {
	fmt.Fprintf(w, "as of %s: %s, %s: %d matched, %d for review, %d unmatched (%.2f s)\n\n",
		s.AsOf, count(s.Residents, "resident"), count(s.Permits, "permit"), s.PermitsMatched, s.PermitsReview, s.PermitsUnmatched, s.Seconds)
	for _, c := range rules.Classes() {
		if s.Classes[c] > 0 {
			fmt.Fprintf(w, "%8d  %s", s.Classes[c], c)
			if c == rules.NoPermitFound {
				fmt.Fprintf(w, "  (of these %.1f are expected to have a permit that was missed)", s.ExpectedMissed)
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "%8d  in all\n\nEvery class is computed. Nobody may be fined, detained, removed or refused because of it.\n", s.Residents)
}

type statusExportCmd struct {
	Out            string `type:"file" required:"" help:"The file to write." placeholder:"STATUS.csv"`
	WithProtection bool   `help:"Write the classes that concern protection by name; this is journaled. Only for those who may see them."`
}

func (c *statusExportCmd) Run(e *env) error {
	out := output{"--out", c.Out}
	if err := e.usable([]output{out}); err != nil {
		return err
	}
	return e.with(func(n *node.Node) error {
		lines := 0
		read := false // and the journal says so
		err := writeFile(c.Out, 0o600, func(w io.Writer) error {
			t := table.NewWriter(w)
			if err := t.Write(status.LineHeader); err != nil {
				return err
			}
			if _, err := status.Export(e.ctx, n.DB, e.reader(c.WithProtection), rules.English, func(l status.Line) error {
				lines++
				read = true
				if err := e.ctx.Err(); err != nil {
					return err
				}
				if n.Config.Synthetic {
					l.Reasons = strings.TrimSuffix("SYNTHETIC; "+l.Reasons, "; ")
				}
				return t.Write(l.Cells())
			}); err != nil {
				return err
			}
			read = true
			if err := t.Flush(); err != nil {
				return err
			}
			return e.settle(n) // before the file is in its place
		})
		if err != nil && read {
			return &kept{err, keptReading}
		}
		if err != nil {
			return err
		}
		return e.answer(map[string]any{"lines": lines, "file": c.Out}, func(w io.Writer) {
			fmt.Fprintf(w, "%s written to %s\n", count(lines, "line"), c.Out)
			if !c.WithProtection {
				fmt.Fprintln(w, "classes that concern protection, identity or entry stand there as ASK_SUPERVISOR (see --with-protection)")
			}
		})
	})
}

// keptReading is what remains of a command that read about people and could not
// write what it read: the event of a reading comes first.
const keptReading = "no complete result was written, but the journal says that the records were read"

func (e *env) reader(protection bool) status.Reader {
	return status.Reader{Actor: e.g.As, Office: office, Protection: protection}
}

type statusShowCmd struct {
	ID   string `arg:"" name:"RESIDENT_ID" help:"The id that the residents' register gives, or another register where no resident has it."`
	Lang string `help:"Language of the reasons: en, id or km." enum:"en,id,km" default:"en"`
}

func (c *statusShowCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		people, err := status.Show(e.ctx, n.DB, e.reader(true), rules.Lang(c.Lang), c.ID)
		if errors.Is(err, status.ErrNoResident) {
			return c.joint(e, n, err)
		}
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(map[string]any{"persons": people, "synthetic": n.Config.Synthetic}, func(w io.Writer) {
			if n.Config.Synthetic {
				fmt.Fprintf(w, "SYNTHETIC: these people are made up.\n\n")
			}
			for _, p := range people {
				printPerson(w, p)
			}
		})
	})
}

// joint shows somebody who is on another list than that of residents, with what partners have released. none is the
// error where nobody is.
func (c *statusShowCmd) joint(e *env, n *node.Node, none error) error {
	people, err := e.people(n)
	if err != nil {
		return err
	}
	j, err := n.Joint(e.ctx, people, e.reader(true), person.FromTime(time.Now()), rules.Lang(c.Lang), c.ID)
	if errors.Is(err, node.ErrNoRecord) {
		return none
	}
	if err != nil {
		return err
	}
	if err := e.settle(n); err != nil {
		return err
	}
	return e.answer(struct {
		status.Joint
		Synthetic bool `json:"synthetic"`
	}{j, n.Config.Synthetic}, func(w io.Writer) {
		if n.Config.Synthetic {
			fmt.Fprintf(w, "SYNTHETIC: these people are made up.\n\n")
		}
		printJoint(w, j)
	})
}

func printJoint(w io.Writer, j status.Joint) {
	for _, r := range j.Records {
		fmt.Fprintf(w, "%s %s (source %s)\n", r.Register, r.ID, r.Source)
	}
	if j.Mark != "" {
		fmt.Fprintf(w, "[%s]\n", j.Mark)
	}
	fmt.Fprintf(w, "\nas of %s, class %s", j.AsOf, j.Class)
	if j.ClassTitle != "" {
		fmt.Fprintf(w, ": %s\n  rule %s, %s: %s", j.ClassTitle, j.Row, j.Pack, j.RowText)
	}
	fmt.Fprintf(w, "\n  %s\n", j.Notice)
	for _, a := range j.Axes {
		fmt.Fprintf(w, "\n%s: %s (%s), says %s", a.Title, a.Text, a.Value, a.By)
		if a.Letter != "" {
			fmt.Fprintf(w, " by letter %s of office %s, as of %s", a.Letter, a.Office, orDash(a.AsOf))
		}
		fmt.Fprintln(w)
		for _, r := range a.Reasons {
			fmt.Fprintf(w, "  - %s\n", r)
		}
	}
	for _, r := range j.Review {
		fmt.Fprintf(w, "\nto be looked at again: %s\n", r)
	}
	if len(j.Duties) > 0 {
		fmt.Fprintln(w, "\nduties")
		for _, d := range j.Duties {
			fmt.Fprintf(w, "  - %s\n", d)
		}
	}
	fmt.Fprintln(w)
}

func printPerson(w io.Writer, p status.Person) {
	fmt.Fprintf(w, "%s (source %s), as of %s\n", p.ResidentID, p.Source, p.AsOf)
	if p.Mark != "" {
		fmt.Fprintf(w, "[%s]\n", p.Mark)
	}
	fmt.Fprintln(w)
	width := len("repaired")
	for _, g := range p.Given {
		width = max(width, utf8.RuneCountInString(g[0]))
	}
	for _, g := range p.Given {
		fmt.Fprintf(w, "  %-*s  %s\n", width, g[0], g[1])
	}
	for _, r := range p.Repairs {
		fmt.Fprintf(w, "  %-*s  %s\n", width, "repaired", r)
	}
	fmt.Fprintf(w, "\nclass %s", p.Class)
	if p.ClassTitle != "" {
		fmt.Fprintf(w, ": %s\n  rule %s, %s: %s", p.ClassTitle, p.Row, p.Pack, p.RowText)
	}
	fmt.Fprintf(w, "\n  %s\n", p.Notice)
	for _, a := range p.Axes {
		fmt.Fprintf(w, "\n%s: %s (%s)", a.Title, a.Text, a.Value)
		if a.Officer != "" {
			fmt.Fprintf(w, ", %s by %s", a.Officer, a.Office)
		}
		fmt.Fprintln(w)
		for _, r := range a.Reasons {
			fmt.Fprintf(w, "  - %s\n", r)
		}
		for _, h := range a.History {
			fmt.Fprintf(w, "  earlier: %s, %s\n", h.Value, strings.Join(h.Reasons, "; "))
		}
	}
	if len(p.Duties) > 0 {
		fmt.Fprintln(w, "\nduties")
		for _, d := range p.Duties {
			fmt.Fprintf(w, "  - %s\n", d)
		}
	}
	for _, l := range p.Permits {
		fmt.Fprintf(w, "\npermit %s %s (%s – %s): %s\n", l.PermitID, l.PermitNo, l.From, l.Until, l.Band)
		if d := l.Decided; d != nil {
			fmt.Fprintf(w, "  decided by %s of %s at %s: %s", d.Officer, d.Office, d.At, map[string]string{status.Same: "the same person", status.Different: "two different persons"}[d.Value])
			if d.Second != "" {
				fmt.Fprintf(w, ", and %s agreed", d.Second)
			}
			if d.Reason != "" {
				fmt.Fprintf(w, " (%s)", d.Reason)
			}
			fmt.Fprintln(w)
		}
		sum := l.Prior
		fmt.Fprintf(w, "  %-16s %-28s %8s %8s %9s\n", "", "level", "bits", "rarity", "sum")
		fmt.Fprintf(w, "  %-16s %-28s %+8.2f %8s %9.2f\n", "prior", "two without other partners", l.Prior, "", sum)
		for _, s := range l.Steps {
			sum += s.Weight + s.Frequency
			fmt.Fprintf(w, "  %-16s %-28s %+8.2f %+8.2f %9.2f\n", s.Comparison, s.Level, s.Weight, s.Frequency, sum)
			if s.Left.Written != "" || s.Right.Written != "" {
				fmt.Fprintf(w, "    register: %s   permit: %s\n", s.Left.Written, s.Right.Written)
			}
		}
		if math.Abs(l.Rivals) >= 0.005 { // what would show
			fmt.Fprintf(w, "  %-16s %-28s %+8.2f %8s %9.2f\n", "rivals", "other likely partners", l.Rivals, "", sum+l.Rivals)
		}
		fmt.Fprintf(w, "  weight %.2f bits, probability %.6f; model %s\n", l.Weight, l.Probability, l.Model)
	}
	fmt.Fprintln(w)
}

type statusReportCmd struct {
	Out         string `type:"file" required:"" help:"The page to write." placeholder:"PAGE.html"`
	WithPersons bool   `help:"Show the first hundred doubtful pairs side by side; this is journaled."`
	Lang        string `help:"Language of the page: en, id or km." enum:"en,id,km" default:"en"`
}

func (c *statusReportCmd) Run(e *env) error {
	out := output{"--out", c.Out}
	if err := e.usable([]output{out}); err != nil {
		return err
	}
	return e.with(func(n *node.Node) error {
		view, err := n.Report(e.ctx, e.reader(false), rules.Lang(c.Lang), c.WithPersons, time.Now())
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		if err := writeFile(c.Out, 0o600, func(w io.Writer) error { return report.Write(w, view) }); err != nil {
			if c.WithPersons {
				return &kept{err, keptReading}
			}
			return err
		}
		return e.answer(map[string]any{"file": c.Out, "residents": view.Residents, "doubtful": len(view.Doubtful)}, func(w io.Writer) {
			fmt.Fprintf(w, "the report is in %s\n", c.Out)
		})
	})
}
