package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/node"
	"mitra/store"
	"mitra/treaty/journal"
)

type logCmd struct {
	Verify logVerifyCmd `cmd:"" help:"Check that the journal was not changed."`
}

type logVerifyCmd struct {
	Records bool `help:"Also check the stored records against their batches, and what status runs stored."`
}

// verifyReport is what log verify prints.
type verifyReport struct {
	OK         bool                 `json:"ok"`
	Books      []journal.BookReport `json:"books"`
	Findings   []journal.Finding    `json:"findings,omitempty"`
	Unlisted   int64                `json:"unlisted,omitempty"`
	Records    []registry.Finding   `json:"records,omitempty"`
	Runs       []status.Finding     `json:"runs,omitempty"`
	CannotKnow string               `json:"cannot_know"`
}

// errDamage is the exit status of a journal that does not verify; what was
// found has been printed.
var errDamage = errors.New("the journal is not what it was")

func (c *logVerifyCmd) Run(e *env) error {
	out, err := c.verify(e)
	if errors.Is(err, store.ErrNotDatabase) {
		out = verifyReport{
			Books:      []journal.BookReport{},
			Findings:   []journal.Finding{{Index: -1, What: "the database file itself is damaged: " + err.Error()}},
			CannotKnow: "What stood in a database that cannot be read cannot be known from it.",
		}
	} else if err != nil {
		return err
	}
	if err := e.answer(out, out.print); err != nil {
		return err
	}
	if !out.OK {
		return errDamage
	}
	return nil
}

// verify changes nothing before it looks, as other commands do: it gives no
// event its place, and leaves what a dead import left.
func (c *logVerifyCmd) verify(e *env) (out verifyReport, err error) {
	n, err := node.Open(e.ctx, node.Home(e.home()), os.Getenv("MITRA_DB"))
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	key, err := n.Verifier()
	if err != nil {
		return out, err
	}
	rep, err := journal.Verify(e.ctx, n.DB, key, n.Home.Heads())
	if err != nil {
		return out, err
	}
	out = verifyReport{OK: rep.OK(), Books: rep.Books, Findings: rep.Findings, Unlisted: rep.Unlisted, CannotKnow: rep.CannotKnow}
	if c.Records {
		if out.Records, err = registry.VerifyRecords(e.ctx, n.DB); err != nil {
			return out, err
		}
		if out.Runs, err = status.Verify(e.ctx, n.DB); err != nil {
			return out, err
		}
		out.OK = out.OK && len(out.Records) == 0 && len(out.Runs) == 0
	}
	return out, nil
}

func (r verifyReport) print(w io.Writer) {
	for _, b := range r.Books {
		fmt.Fprintf(w, "book %s: %s, %s, root %s\n", b.Name, count(b.Size, "event"), count(b.Checkpoints, "checkpoint"), b.Root)
		if b.Pending > 0 {
			fmt.Fprintf(w, "  %s not in the tree yet; the next command puts them there\n", count(b.Pending, "event"))
		}
		if b.Erased > 0 {
			fmt.Fprintf(w, "  the content of %s was erased; their leaves stand\n", count(b.Erased, "event"))
		}
	}
	for _, f := range r.Findings {
		fmt.Fprint(w, "DAMAGE")
		if f.Book != "" {
			fmt.Fprintf(w, " in book %s", f.Book)
		}
		if f.Index >= 0 {
			fmt.Fprintf(w, " at %d", f.Index)
		}
		if f.ID != "" {
			fmt.Fprintf(w, " (%s)", f.ID)
		}
		fmt.Fprintf(w, ": %s\n", f.What)
	}
	if r.Unlisted > 0 {
		fmt.Fprintf(w, "and %s more\n", count(r.Unlisted, "finding"))
	}
	for _, f := range r.Runs {
		fmt.Fprintf(w, "DAMAGE in what status run %s stored: %s\n", f.Run, f.What)
	}
	for _, f := range r.Records {
		fmt.Fprint(w, "DAMAGE in the records")
		if f.Batch != "" {
			fmt.Fprintf(w, ", batch %s", f.Batch)
		}
		if f.Record != "" {
			fmt.Fprintf(w, ", record %s", f.Record)
		}
		fmt.Fprintf(w, ": %s\n", f.What)
	}
	if r.OK {
		fmt.Fprintln(w, "nothing was changed")
	}
	fmt.Fprintf(w, "\n%s\n", r.CannotKnow)
}
