package main

import (
	"fmt"
	"io"
	"time"

	"mitra/desk/registry"
	"mitra/node"
	"mitra/store"
)

type batchCmd struct {
	List     batchListCmd     `cmd:"" help:"The lists that were loaded."`
	Withdraw batchWithdrawCmd `cmd:"" help:"Withdraw a list that was loaded by mistake. It takes two officers."`
}

type batchListCmd struct{}

// batchLine is a list as batch list prints it.
type batchLine struct {
	Batch     string          `json:"batch"`
	Noun      registry.Noun   `json:"register"`
	Source    string          `json:"source"`
	File      string          `json:"file"`
	At        string          `json:"at"`
	Officer   string          `json:"officer"`
	Office    string          `json:"office"`
	Snapshot  bool            `json:"snapshot,omitempty"`
	Counts    registry.Counts `json:"counts"`
	Withdrawn bool            `json:"withdrawn"`
	Asked     string          `json:"asked,omitempty"` // who wants it withdrawn
}

func (c *batchListCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		lines := []batchLine{}
		if err := n.DB.Read(e.ctx, func(tx *store.Tx) error {
			lines = lines[:0]
			all, err := registry.Loaded(tx)
			if err != nil {
				return err
			}
			said, err := registry.Withdrawals(tx)
			asked := map[string]string{}
			for _, w := range said {
				if w.Ended.IsZero() {
					asked[w.Batch] = w.Officer
				}
			}
			for _, b := range all {
				lines = append(lines, batchLine{b.ID, b.Noun, b.Source, b.File, store.Time(b.At), b.Actor, b.Office, b.Snapshot, b.Counts, b.Withdrawn != "", asked[b.ID]})
			}
			return err
		}); err != nil {
			return err
		}
		return e.answer(map[string]any{"batches": lines}, func(w io.Writer) {
			for _, l := range lines {
				state := ""
				switch {
				case l.Withdrawn:
					state = ", withdrawn"
				case l.Asked != "":
					state = ", " + l.Asked + " wants it withdrawn"
				}
				at, _ := time.Parse(time.RFC3339, l.At) // as store.Time has written it
				fmt.Fprintf(w, "%s  %s of %s, %s, by %s: %d new, %d changed, %d unchanged, %d ended, %d rejected%s\n",
					l.Batch, l.Noun, l.Source, at.Format("2006-01-02 15:04"), l.Officer, l.Counts.New, l.Counts.Changed, l.Counts.Unchanged, l.Counts.Ended, l.Counts.Rejected, state)
			}
			if len(lines) == 0 {
				fmt.Fprintln(w, "no list has been loaded yet")
			}
		})
	})
}

type batchWithdrawCmd struct {
	ID     string `arg:"" name:"BATCH" help:"The id of the list, as mitra import and mitra batch list print it."`
	Reason string `help:"Why, in one line; the officer who begins says it. Name nobody." placeholder:"TEXT" xor:"what"`
	Keep   bool   `help:"Take back that it is to be withdrawn." xor:"what"`
}

// Help stands under mitra batch withdraw --help.
func (batchWithdrawCmd) Help() string {
	return `Such as

    mitra --as officer-3 batch withdraw 0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f --reason "the file of last year"
    mitra --as supervisor-1 batch withdraw 0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f

Then nothing of the list counts any more: records say what they said before it, and those that came only with it are gone from searches, status runs and answers. Only the last list of a source can be withdrawn. Its rows are kept, so that the journal can be verified; a record that comes again under its id is the same one, with what was decided about it. Have the status computed again afterwards: mitra status run.`
}

func (c *batchWithdrawCmd) Run(e *env) error {
	if !store.IsID(c.ID) { // what was typed may be a file, or somebody's name
		return unusable("usage", "mitra batch list prints them", "this is not the id of a list")
	}
	return e.with(func(n *node.Node) error {
		restricted, what := 0, "noted; another officer has to agree"
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) error {
			switch {
			case c.Keep:
				what = "the list is kept"
				return registry.KeepList(tx, c.ID, e.g.As, office)
			case c.Reason != "":
				return registry.AskToWithdraw(tx, c.ID, c.Reason, e.g.As, office)
			}
			held, err := registry.RestrictedIn(tx, c.ID)
			if err != nil {
				return err
			}
			restricted, what = len(held), "the list is withdrawn; mitra status run computes the status without it"
			return registry.Withdraw(tx, c.ID, e.g.As, office)
		}); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		done := !c.Keep && c.Reason == ""
		return e.answer(struct {
			Batch      string `json:"batch"`
			Withdrawn  bool   `json:"withdrawn"`
			Restricted int    `json:"restricted"` // people who are restricted and came only with it
		}{c.ID, done, restricted}, func(w io.Writer) {
			fmt.Fprintln(w, what)
			if restricted > 0 {
				fmt.Fprintf(w, "note: of people who are restricted it was the only list that had them: %d. If another source lists them, restrict them again\n", restricted)
			}
		})
	})
}
