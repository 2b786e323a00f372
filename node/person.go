package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
)

// sameAs adds to some records those that are linked to one of them, and those that are more likely than not of the same person.
func sameAs(tx *store.Tx, people *search.Finder, records []registry.Record) ([]registry.Record, error) {
	out := slices.Clone(records)
	for _, r := range records {
		alike, err := people.Alike(tx, r.Entry)
		if err != nil {
			return nil, err
		}
		linked, err := status.Linked(tx, r.Entry)
		if err != nil {
			return nil, err
		}
		for _, entry := range append(alike, linked...) {
			if slices.ContainsFunc(out, func(x registry.Record) bool { return x.Entry == entry }) {
				continue
			}
			other, err := registry.Latest(tx, entry)
			if err != nil {
				return nil, err
			}
			if other != nil {
				out = append(out, *other)
			}
		}
	}
	return out, nil
}

// personOf are the records of the person of a record, by its entry, that record first. The error wraps [ErrNoRecord].
func personOf(tx *store.Tx, people *search.Finder, entry string) ([]registry.Record, error) {
	r, err := registry.Latest(tx, entry)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoRecord, entry)
	}
	return sameAs(tx, people, []registry.Record{*r})
}

// PersonOf are the records of the person of a record, by its entry, that record first. It leaves no event: who shows them
// writes one. The error wraps [ErrNoRecord].
func (n *Node) PersonOf(ctx context.Context, people *search.Finder, entry string) (records []registry.Record, err error) {
	if _, err := people.Sync(ctx); err != nil {
		return nil, err
	}
	err = n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		records, err = personOf(tx, people, entry)
		return err
	})
	return records, err
}

// Person is what this node holds of the person of a record, by its entry, and the records, that record first. The event is
// written before. The error wraps [ErrNoRecord].
func (n *Node) Person(ctx context.Context, people *search.Finder, r status.Reader, asOf person.Date, lang rules.Lang, entry string) ([]registry.Record, status.Whole, error) {
	records, err := n.PersonOf(ctx, people, entry)
	if err != nil {
		return nil, status.Whole{}, err
	}
	w, err := status.WholeOf(ctx, n.DB, r, n.Config.Country, asOf, lang, records, partnersSaid)
	return records, w, err
}

// partnersSaid is what partners have released of the people of some records, and what they hold them to be.
func partnersSaid(tx *store.Tx, entries []string) (out []status.Said, views []status.PartnerView, err error) {
	words, err := enquiry.WordsAbout(tx, entries)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range words {
		out = append(out, status.Said{
			Country: countryIn(w.Peer), Office: w.Office, Officer: w.Officer, Letter: w.Letter, AsOf: w.AsOf, At: w.At, Record: w.Record,
		})
	}
	told, err := enquiry.ViewsAbout(tx, entries)
	for _, v := range told {
		views = append(views, status.PartnerView{Country: countryIn(v.Peer), Letter: v.Conversation, View: v.View, Consent: v.Basis.Kind == "consent"})
	}
	return out, views, err
}

// Restrict is [registry.Restrict] for the person of a record, by its entry. Whoever agrees with what another has said agrees
// for the same records, by whichever of them the person was found. Of a first word those are told who may see protection, as of a question
// about somebody who is restricted: that something waits. The error also wraps [ErrNoRecord].
func (n *Node) Restrict(ctx context.Context, people *search.Finder, entry string, value rules.Protection, reason string, by account.By) (done bool, err error) {
	if _, err := people.Sync(ctx); err != nil {
		return false, err
	}
	err = n.DB.Write(ctx, func(tx *store.Tx) error {
		records, err := personOf(tx, people, entry)
		if err != nil {
			return err
		}
		first, err := saidTogether(tx, records, func(r registry.Restriction) bool { return r.Value == value && r.Second == "" && r.Officer != by.Actor })
		if err != nil {
			return err
		}
		first = slices.DeleteFunc(first, func(r registry.Record) bool { return r.Batch == nil }) // it describes nobody
		if len(first) > 0 {
			records = first
		}
		already, err := saidTogether(tx, records, func(r registry.Restriction) bool { return r.Value == value })
		if err != nil {
			return err
		}
		if done, err = registry.Restrict(tx, records, value, reason, by.Actor, by.Office); err != nil || done || len(already) > 0 {
			return err
		}
		rota, err := n.Home.readRota()
		if err != nil { // the log is told then, and the doctor says what is wrong with it: nobody is less safe for that
			rota = nil
		}
		return office.Queue(tx, rota, office.Notice{Kind: office.Protected, Class: "urgent", Due: tx.Now().Add(registry.Alone)}, tx.Now())
	})
	return done, err
}

// Lift is [registry.Lift] for the person of a record, by its entry, and for what was restricted together with it. The error
// also wraps [ErrNoRecord].
func (n *Node) Lift(ctx context.Context, people *search.Finder, entry string, by account.By) (done bool, err error) {
	if _, err := people.Sync(ctx); err != nil {
		return false, err
	}
	err = n.DB.Write(ctx, func(tx *store.Tx) error {
		records, err := personOf(tx, people, entry)
		if errors.Is(err, ErrNoRecord) { // no list has it any more, and the restriction holds
			held, heldErr := registry.RestrictionsOf(tx, entry)
			if heldErr != nil {
				return heldErr
			}
			if len(held) > 0 {
				records, err = []registry.Record{{Entry: entry}}, nil
			}
		}
		if err != nil {
			return err
		}
		together, err := saidTogether(tx, records, func(registry.Restriction) bool { return true })
		if err != nil {
			return err
		}
		if len(together) > 0 {
			records = together
		}
		done, err = registry.Lift(tx, records, by.Actor, by.Office)
		return err
	})
	return done, err
}

// saidTogether are the records that officers have restricted at once with one of some records, as far as is asked for; those that no list
// has any more have their entry alone.
func saidTogether(tx *store.Tx, records []registry.Record, asked func(registry.Restriction) bool) (out []registry.Record, err error) {
	all, err := registry.Restrictions(tx)
	if err != nil {
		return nil, err
	}
	type step struct{ officer, at, value string }
	stepOf := func(r registry.Restriction) step { return step{r.Officer, r.At, r.Value.String()} }
	var steps []step
	for i := range records {
		for _, r := range all[records[i].Entry] {
			if asked(r) {
				steps = append(steps, stepOf(r))
			}
		}
	}
	for entry, list := range all {
		if !slices.ContainsFunc(list, func(r registry.Restriction) bool { return slices.Contains(steps, stepOf(r)) }) {
			continue
		}
		r, err := registry.Latest(tx, entry)
		if err != nil {
			return nil, err
		}
		if r == nil { // its list has let go of it, and nobody can find the person by it
			r = &registry.Record{Entry: entry}
		}
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b registry.Record) int { return strings.Compare(a.Entry, b.Entry) })
	return out, nil
}
