package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/node"
	"mitra/treaty/journal"
)

// office is where the command line acts; accounts and offices come with the
// officers' desk.
const office = "headquarters"

type initCmd struct {
	Country   string `required:"" help:"The state, in two letters (KH, ID)."`
	Authority string `required:"" help:"The authority's name, as letters and reports carry it."`
	DBFile    string `name:"db-file" help:"A file (mode 0600) that holds a PostgreSQL DSN; default SQLite in the node's folder, or the DSN in $MITRA_DB." placeholder:"FILE"`
}

func (c *initCmd) Run(e *env) error {
	country, err := person.ParseCountry(c.Country)
	if err != nil || country == "" || len(strings.TrimSpace(c.Country)) != 2 {
		return unusable("bad_country", "such as --country KH", "--country: want the two letters of a state")
	}
	home := node.Home(e.home())
	err = node.Init(e.ctx, home, node.Setup{
		Country: strings.TrimSpace(c.Country), Authority: strings.TrimSpace(c.Authority),
		DSNFile: c.DBFile, DSN: os.Getenv("MITRA_DB"), Actor: e.g.As,
	})
	if err != nil {
		return err
	}
	return e.answer(map[string]string{"home": string(home), "country": strings.ToUpper(strings.TrimSpace(c.Country))}, func(w io.Writer) {
		fmt.Fprintf(w, "a node stands in %s\nnext: mitra import residents FILE.csv\n", string(home))
	})
}

// open opens the node and clears what a killed import left behind.
func (e *env) open() (*node.Node, error) {
	n, err := node.Open(e.ctx, node.Home(e.home()), os.Getenv("MITRA_DB"))
	if err != nil {
		return nil, err
	}
	if err := registry.ClearDead(e.ctx, n.DB); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// with runs f on the open node, then gives its events their places in the
// journal.
func (e *env) with(f func(n *node.Node) error) (err error) {
	n, err := e.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := f(n); err != nil {
		return err
	}
	return nil
}

type importCmd struct {
	Noun     string `arg:"" enum:"residents,permits,placements,departures,reports,alerts" help:"What the file lists: residents, permits, placements, departures, reports or alerts."`
	File     string `arg:"" help:"CSV or XLSX."`
	Map      string `help:"A TOML file that names columns: [columns] full_name = \"Heading in the file\"." placeholder:"MAP.toml"`
	Source   string `help:"Who says so (default: the noun)." placeholder:"NAME"`
	Rejected string `help:"Where rows that cannot be used go (default HOME/rejected/BATCH.csv)." placeholder:"FILE"`
	Snapshot bool   `help:"The file is the whole register: records it lacks have ended."`
}

func (c *importCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		bar := e.progress()
		rep, err := registry.Import(e.ctx, n.DB, registry.Options{
			Noun: registry.Noun(c.Noun), Source: c.Source, Path: c.File, Map: c.Map, Snapshot: c.Snapshot,
			Rejected: c.Rejected, RejectedDir: n.Home.Rejected(), Actor: e.g.As, Office: office,
			Today: person.FromTime(time.Now()), Progress: func(done, total int64) { bar.update("read rows", done, total) },
		})
		bar.end()
		if err != nil {
			if rep.RejectedFile != "" {
				e.say("rejected rows: %s", rep.RejectedFile)
			}
			return err
		}
		if err := n.Settle(e.ctx); err != nil {
			return err
		}
		return e.answer(rep, func(w io.Writer) {
			fmt.Fprintf(w, "%d rows: %d new, %d changed, %d unchanged, %d ended, %d rejected (%.2f s)\n",
				rep.Rows, rep.New, rep.Changed, rep.Unchanged, rep.Ended, rep.Rejected, rep.Seconds)
			if rep.RejectedFile != "" {
				fmt.Fprintf(w, "rejected rows, with line, column and reason: %s\n", rep.RejectedFile)
			}
			for _, note := range rep.Notes {
				fmt.Fprintln(w, note)
			}
		})
	})
}

type logCmd struct {
	Verify logVerifyCmd `cmd:"" help:"Check that the journal was not changed."`
}

type logVerifyCmd struct {
	Records bool `help:"Also check the stored records against their batches."`
}

// verifyReport is what log verify prints.
type verifyReport struct {
	OK         bool                 `json:"ok"`
	Books      []journal.BookReport `json:"books"`
	Findings   []journal.Finding    `json:"findings,omitempty"`
	Unlisted   int64                `json:"unlisted,omitempty"`
	Records    []registry.Finding   `json:"records,omitempty"`
	CannotKnow string               `json:"cannot_know"`
}

// errDamage is the exit status of a journal that does not verify; what was
// found has been printed.
var errDamage = errors.New("the journal is not what it was")

func (c *logVerifyCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		key, err := n.Verifier()
		if err != nil {
			return err
		}
		rep, err := journal.Verify(e.ctx, n.DB, key, n.Home.Heads())
		if err != nil {
			return err
		}
		out := verifyReport{OK: rep.OK(), Books: rep.Books, Findings: rep.Findings, Unlisted: rep.Unlisted, CannotKnow: rep.CannotKnow}
		if c.Records {
			if out.Records, err = registry.VerifyRecords(e.ctx, n.DB); err != nil {
				return err
			}
			out.OK = out.OK && len(out.Records) == 0
		}
		if err := e.answer(out, func(w io.Writer) {
			for _, b := range out.Books {
				fmt.Fprintf(w, "book %s: %d events, %d checkpoints, root %s\n", b.Name, b.Size, b.Checkpoints, b.Root)
			}
			for _, f := range out.Findings {
				fmt.Fprintf(w, "DAMAGE in book %s", f.Book)
				if f.Index >= 0 {
					fmt.Fprintf(w, " at %d", f.Index)
				}
				if f.ID != "" {
					fmt.Fprintf(w, " (%s)", f.ID)
				}
				fmt.Fprintf(w, ": %s\n", f.What)
			}
			if out.Unlisted > 0 {
				fmt.Fprintf(w, "and %d findings more\n", out.Unlisted)
			}
			for _, f := range out.Records {
				fmt.Fprintf(w, "DAMAGE in the records, batch %s, record %s: %s\n", f.Batch, f.Record, f.What)
			}
			if out.OK {
				fmt.Fprintln(w, "nothing was changed")
			}
			fmt.Fprintf(w, "\n%s\n", out.CannotKnow)
		}); err != nil {
			return err
		}
		if !out.OK {
			return errDamage
		}
		return nil
	})
}

// besides reports whether path lies in a folder that exists, so that a long run
// does not end in "no such file".
func besides(path string) error {
	fi, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return unusable("not_a_folder", "name a file in a folder that exists", "%s is not a folder", filepath.Dir(path))
	}
	return nil
}
