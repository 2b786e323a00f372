package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/identity/person"
	"mitra/node"
)

type importCmd struct {
	Noun     string `arg:"" enum:"residents,permits,placements,departures,reports,alerts" help:"What the file lists: residents, permits, placements, departures, reports or alerts."`
	File     string `type:"file" arg:"" help:"CSV or XLSX."`
	Map      string `type:"file" help:"A TOML file that says which column is which." placeholder:"MAP.toml"`
	Source   string `help:"Who says so (default: residents, permits …)." placeholder:"NAME"`
	Rejected string `type:"file" help:"Where rows that cannot be used go (default HOME/rejected/BATCH.csv)." placeholder:"FILE"`
	Snapshot bool   `help:"The file is the whole register: records it lacks have ended."`
}

// Help stands under mitra import --help.
func (importCmd) Help() string {
	var b strings.Builder
	b.WriteString("The first line of the file names the columns, in any order, in English, Indonesian or Khmer. ")
	b.WriteString("Any that identify a person will do: a name, or a document number beside one. The columns that are understood:\n\n")
	for _, n := range registry.Nouns {
		names := make([]string, 0, len(n.Fields()))
		for _, f := range n.Fields() {
			names = append(names, f.String())
		}
		fmt.Fprintf(&b, "%s: %s\n\n", n, strings.Join(names, ", "))
	}
	b.WriteString("Columns of other names are kept as given. --map says what they are, in a file such as\n\n")
	b.WriteString("    [columns]\n    full_name = \"Heading in the file\"\n    birth_date = \"Another heading\"\n\n")
	b.WriteString("A row that cannot be used is set aside in a file of rejected rows, with line, column and reason; the rest loads. ")
	b.WriteString("That file can be corrected and imported. A file loaded twice changes nothing.")
	return b.String()
}

func (c *importCmd) Run(e *env) error {
	if c.Rejected != "" {
		if err := e.spares(output{"--rejected", c.Rejected}); err != nil {
			return err
		}
	}
	return e.with(func(n *node.Node) error {
		bar := e.progress()
		rep, err := registry.Import(e.ctx, n.DB, registry.Options{
			Noun: registry.Noun(c.Noun), Source: c.Source, Path: c.File, Map: c.Map, Snapshot: c.Snapshot,
			Rejected: c.Rejected, RejectedDir: n.Home.Rejected(), Actor: e.g.As, Office: office,
			Today: person.FromTime(time.Now()), Progress: func(done, total int64) { bar.update("read rows", done, total) },
			Waiting: func() {
				e.say("another import of this source is running, or was killed a moment ago: waiting until it has ended or shown no sign of life for %d seconds", int(registry.Silence.Seconds()))
			},
		})
		bar.end()
		if errors.Is(err, registry.ErrUntold) {
			return &kept{err, "the import itself is done and kept"}
		}
		if err != nil {
			return err
		}
		told := struct {
			registry.Report
			Alerts *search.Screening `json:"alerts,omitempty"`
			Sought *search.Sightings `json:"sought,omitempty"`
		}{Report: rep}
		if registry.Noun(c.Noun) == registry.Alerts {
			if told.Alerts, err = c.screen(e, n); err != nil {
				return &kept{err, "the import itself is done and kept; import the file again to have the alerts screened"}
			}
		}
		if told.Sought, err = c.sight(e, n, rep); err != nil {
			return &kept{err, "the import itself is done and kept; whom it has of the people sought, mitra person search finds"}
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(told, func(w io.Writer) {
			fmt.Fprintf(w, "%s: %d new, %d changed, %d unchanged, %d ended, %d rejected (%.2f s)\n",
				count(rep.Rows, "row"), rep.New, rep.Changed, rep.Unchanged, rep.Ended, rep.Rejected, rep.Seconds)
			if rep.RejectedFile != "" {
				fmt.Fprintf(w, "rejected rows, with line, column and reason: %s\n", rep.RejectedFile)
			}
			for _, note := range rep.Notes {
				fmt.Fprintf(w, "note: %s\n", note)
			}
			if told.Alerts != nil {
				printScreening(w, told.Alerts)
			}
			if told.Sought != nil && len(told.Sought.Sightings) > 0 {
				printSightings(w, told.Sought)
			}
		})
	})
}

// sight matches what came with the people sought; nil where nothing is to be matched: alerts are screened apart.
func (c *importCmd) sight(e *env, n *node.Node, rep registry.Report) (*search.Sightings, error) {
	if rep.New+rep.Changed == 0 || registry.Noun(c.Noun) == registry.Alerts {
		return nil, nil
	}
	if seeks, err := n.Seeks(e.ctx, registry.Noun(c.Noun)); err != nil || !seeks {
		return nil, err
	}
	people, err := e.people(n)
	if err != nil {
		return nil, err
	}
	s, err := people.Sight(e.ctx, rep.Batch, person.FromTime(time.Now()), search.Reader{Actor: e.g.As, Office: office})
	return &s, err
}

// mostSightings is how many are printed for people; scripts get all.
const mostSightings = 20

func printSightings(w io.Writer, s *search.Sightings) {
	fmt.Fprintf(w, "%s of people sought, by the reports and alerts of this node:\n", count(len(s.Sightings), "likely record"))
	for i, x := range s.Sightings {
		if i == mostSightings {
			fmt.Fprintf(w, "  and %d more: --json lists all\n", len(s.Sightings)-i)
			break
		}
		fmt.Fprintf(w, "  %s %s: %s %s (source %s), probability %.4f\n", strings.TrimSuffix(string(x.Sought), "s"), x.SoughtID, x.Noun, cmp.Or(x.ID, x.Record), x.Source, x.Probability)
	}
	fmt.Fprintln(w, "A likeness proves nothing: look at the person and the papers before anything is done.")
}

// screen looks up whom of the people in the other registers the alerts concern.
func (c *importCmd) screen(e *env, n *node.Node) (*search.Screening, error) {
	people, err := e.people(n)
	if err != nil {
		return nil, err
	}
	s, err := people.ScreenAlerts(e.ctx, cmp.Or(c.Source, c.Noun), person.FromTime(time.Now()), search.Reader{Actor: e.g.As, Office: office})
	return &s, err
}

func printScreening(w io.Writer, s *search.Screening) {
	fmt.Fprintf(w, "%s screened against the other registers, %d expired: ", count(s.Screened, "alert"), s.Expired)
	if len(s.Concerns) == 0 {
		fmt.Fprintln(w, "nobody found who is likely to be meant. That does not prove that nobody is.")
		return
	}
	fmt.Fprintln(w, "these records may be of people whom they concern")
	for _, c := range s.Concerns {
		fmt.Fprintf(w, "  alert %s: %s %s (source %s), probability %.4f\n", c.Alert, c.Noun, cmp.Or(c.ID, c.Record), c.Source, c.Probability)
	}
	fmt.Fprintln(w, "A likeness proves nothing: look at the person and the papers before anything is done.")
}
