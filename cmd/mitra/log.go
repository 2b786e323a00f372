package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"mitra/node"
)

type logCmd struct {
	Verify logVerifyCmd `cmd:"" help:"Check that the journal was not changed."`
}

type logVerifyCmd struct {
	Records bool `help:"Also check the stored records against their batches, and what status runs stored."`
}

// errDamage is the exit status of a node that does not verify; what was found
// has been printed.
var errDamage = errors.New("journal or data are not what they were")

func (c *logVerifyCmd) Run(e *env) error {
	out, err := node.Verify(e.ctx, node.Home(e.home()), os.Getenv("MITRA_DB"), c.Records)
	if err != nil {
		return err
	}
	if err := e.answer(out, verifyReport{out}.print); err != nil {
		return err
	}
	if !out.OK {
		return errDamage
	}
	return nil
}

// verifyReport is what log verify prints.
type verifyReport struct{ node.Verification }

func (r verifyReport) print(w io.Writer) {
	for _, b := range r.Books {
		fmt.Fprintf(w, "book %s: %s, %s, root %s\n", b.Name, count(b.Size, "event"), count(b.Checkpoints, "checkpoint"), b.Root)
		if b.Pending > 0 {
			fmt.Fprintf(w, "  %s not in the tree yet; the next command puts them there\n", count(b.Pending, "event"))
		}
		if len(b.WitnessedBy) > 0 {
			fmt.Fprintf(w, "  %s witnessed by %s\n", count(b.Witnessed, "event"), strings.Join(b.WitnessedBy, ", "))
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
		fmt.Fprint(w, "DAMAGE in what status runs stored")
		if f.Run != "" {
			fmt.Fprintf(w, ", run %s", f.Run)
		}
		fmt.Fprintf(w, ": %s\n", f.What)
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
