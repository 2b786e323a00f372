package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mitra/desk/enquiry"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// Enquiries is the desk at which peers are asked and ask, wired to the courier, whose letters it takes from now on,
// and to the node's registers. people is nil where it only asks: then letters of peers wait.
func (n *Node) Enquiries(c *courier.Courier, people *search.Finder, log *slog.Logger) *enquiry.Desk {
	d := &enquiry.Desk{
		DB: n.DB, Self: n.Config.name(), Log: log, Now: time.Now,
		Seal:   func(l letter.Letter, p courier.Peer) (courier.Sealed, error) { return courier.Seal(l, p, c.Keys()) },
		Decide: c.Decide, Wake: c.Wake,
		Known: known,
	}
	rota := &rotas{home: n.Home, log: log}
	d.Tell = func(tx *store.Tx, x enquiry.Notice) error {
		return office.Queue(tx, rota.now(), office.Notice{Kind: x.Kind, Class: x.Clock, Due: x.Due}, d.Now())
	}
	d.May, d.Own = rota.may, rota.own
	if people == nil {
		return d
	}
	d.Find = func(tx *store.Tx, who map[string]string, most int, least float64) (out []enquiry.Match, err error) {
		for k := most; ; k *= 4 {
			likes := people.Like(who, k, least)
			if out, err = matches(tx, likes); err != nil || len(out) >= most || len(likes) < k {
				return out[:min(len(out), most)], err
			}
		}
	}
	d.Among = people.Among
	c.Handle = func(tx *store.Tx, l letter.Letter) (bool, error) {
		keep, mine, err := d.Handle(tx, l)
		if !mine && err == nil {
			err = &letter.Refusal{Code: letter.TypeUnknown, Err: errNoDesk}
		}
		return keep, err
	}
	return d
}

// matches are the records of people who are here: that somebody is sought does not say that they are.
func matches(tx *store.Tx, likes []search.Like) (out []enquiry.Match, err error) {
	for _, l := range likes {
		r, err := registry.Latest(tx, l.Entry)
		if err != nil {
			return nil, err
		}
		if r == nil || r.Batch.Noun == registry.Reports || r.Batch.Noun == registry.Alerts {
			continue
		}
		m := enquiry.Match{Entry: l.Entry, Probability: l.Probability, Weight: l.Weight}
		for _, r := range l.Because {
			m.Because = append(m.Because, enquiry.Reason(r))
		}
		out = append(out, m)
	}
	return out, nil
}

var errNoDesk = errors.New("nobody here takes letters of this type")

// known is what the node knows of the person of a record.
func known(tx *store.Tx, entry string) (out enquiry.Known, err error) {
	k, ok, err := status.KnownOf(tx, entry)
	if err != nil || !ok {
		return out, err
	}
	r := &k.Record
	return enquiry.Known{Person: r.Entry, Noun: string(r.Batch.Noun), Source: r.Source(), ID: r.Get(registry.ID), Values: k.Values, AsOf: k.AsOf}, nil
}

// ErrNoRecord: no such record, or several.
var ErrNoRecord = errors.New("no such record")

// RecordOf is the current record of a register to which its source gives an id. The error wraps [ErrNoRecord].
func (n *Node) RecordOf(ctx context.Context, noun registry.Noun, id string) (r registry.Record, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		found, err := registry.Find(tx, noun, registry.KeyOfID(id))
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return fmt.Errorf("%w among the %s", ErrNoRecord, noun)
		case len(found) > 1:
			return fmt.Errorf("%w: %d sources of %s have this id", ErrNoRecord, len(found), noun)
		}
		r = found[0]
		return nil
	})
	return r, err
}

// RecordsOf are the records of the person to whose record a source gives an id, in all registers: those that bear it,
// those linked to them and those that are more likely than not of the same person. The error wraps [ErrNoRecord].
func (n *Node) RecordsOf(ctx context.Context, people *search.Finder, id string) (records []registry.Record, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		records = nil
		add := func(r registry.Record) {
			if !slices.ContainsFunc(records, func(x registry.Record) bool { return x.Entry == r.Entry }) {
				records = append(records, r)
			}
		}
		for _, noun := range registry.Nouns {
			found, err := registry.Find(tx, noun, registry.KeyOfID(id))
			if err != nil {
				return err
			}
			for _, r := range found {
				add(r)
			}
		}
		if len(records) == 0 {
			return ErrNoRecord
		}
		records, err = sameAs(tx, people, records)
		return err
	})
	return records, err
}

// Joint is the status of a person in which what this node knows and what partners have released meet; id is what a
// register of this node calls the person. The error wraps [ErrNoRecord].
func (n *Node) Joint(ctx context.Context, people *search.Finder, r status.Reader, asOf person.Date, lang rules.Lang, id string) (status.Joint, error) {
	records, err := n.RecordsOf(ctx, people, id)
	if err != nil {
		return status.Joint{}, err
	}
	return status.JointOf(ctx, n.DB, r, n.Config.Country, asOf, lang, records, partnersSaid)
}

// countryIn is the country in a node's name.
func countryIn(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}

// Seeks reports whether what a register brings can be matched with people sought: it is a list of them, or there is one.
func (n *Node) Seeks(ctx context.Context, noun registry.Noun) (yes bool, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		batches, err := registry.Batches(tx)
		yes = slices.ContainsFunc(batches, func(b *registry.Batch) bool {
			of := b.Noun == registry.Reports || b.Noun == registry.Alerts
			if noun == registry.Reports {
				of = b.Noun != registry.Reports && b.Noun != registry.Alerts
			}
			return of
		})
		return err
	})
	return yes, err
}
