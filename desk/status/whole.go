package status

import (
	"context"
	"errors"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
)

// Whole is what a node holds of one person, from all of their records, for an officer to read.
type Whole struct {
	// Residents are those of the records that stand in a register of residents, as of the last run.
	Residents []Resident
	// Joint is there where no run has judged the person, or where partners have said something.
	Joint *Joint
	// Restricted are the restrictions that hold; for those who may see protection.
	Restricted []registry.Restriction
	// Withheld says that the class is protected and the reader may not see protection: then nothing else is there.
	Withheld bool
}

// Resident is what is held of one record of residents.
type Resident struct {
	Entry string
	Person
}

// WholeOf returns what is held of the person of some records, and writes the one event of the reading first. node, asOf and
// said are those of [JointOf].
//
// Whoever may not see protection learns that a class is protected from what offices and partners say today as well as from
// the last run: a restriction does not wait for the next one.
func WholeOf(ctx context.Context, db *store.DB, r Reader, node string, asOf person.Date, lang rules.Lang, records []registry.Record,
	said func(tx *store.Tx, entries []string) ([]Said, []PartnerView, error)) (w Whole, err error) {
	var entries []string
	for i := range records {
		entries = append(entries, records[i].Entry)
	}
	if err := r.record(ctx, db, "status.show", map[string]any{"with_protection": r.Protection, "whole": true}, entries); err != nil {
		return w, err
	}
	err = db.Read(ctx, func(tx *store.Tx) (err error) {
		w = Whole{}
		if w.Residents, err = residentsAmong(tx, r, lang, records); err != nil {
			return err
		}
		words, views, err := said(tx, entries)
		if err != nil {
			return err
		}
		restricted, err := registry.RestrictionsOf(tx, entries...)
		if err != nil {
			return err
		}
		for _, e := range entries {
			w.Restricted = append(w.Restricted, restricted[e]...)
		}
		judged := len(w.Residents) > 0
		for _, p := range w.Residents {
			judged = judged && p.Computed
			w.Withheld = w.Withheld || p.Class == AskSupervisor
		}
		if !judged || len(words)+len(views)+len(w.Restricted) > 0 {
			j, err := readJoint(tx, r, node, asOf, lang, records, words, views, restricted)
			if err != nil {
				return err
			}
			w.Withheld = w.Withheld || j.Class == AskSupervisor
			// That it is there says that somebody has spoken, so for others than those it is not made by views alone.
			if len(w.Residents) == 0 || len(words) > 0 || r.Protection && len(views) > 0 {
				w.Joint = &j
			}
		}
		if w.Withheld {
			w = Whole{Withheld: true}
		} else if !r.Protection {
			w.Restricted = nil
		}
		return nil
	})
	return w, err
}

// residentsAmong are what the last run holds of the records of residents; none before the first run.
func residentsAmong(tx *store.Tx, r Reader, lang rules.Lang, records []registry.Record) (out []Resident, err error) {
	run, err := Last(tx)
	if errors.Is(err, ErrNoRun) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pack, err := run.Rules()
	if err != nil {
		return nil, err
	}
	for i := range records {
		if records[i].Batch.Noun != registry.Residents {
			continue
		}
		p, err := show(tx, r, lang, run, pack, &records[i])
		if err != nil {
			return nil, err
		}
		out = append(out, Resident{records[i].Entry, p})
	}
	return out, nil
}
