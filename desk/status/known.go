package status

import (
	"errors"

	"mitra/desk/registry"
	"mitra/rules"
	"mitra/store"
)

// Known is what this node knows of the person of a record: what could be told of them.
type Known struct {
	// Record is the record that stands for the person: of several that are held to be of one, the resident's.
	Record registry.Record
	// Values are the columns of that record and of the permits linked to it, and the values of the axes that
	// somebody has spoken on, but protection, by their names.
	Values map[string]string
	AsOf   string // of the axes
}

// KnownOf returns what is known of the person of a record; ok is false if the record has ended or is gone, or
// is of a list that tells of nobody's status (reports, alerts).
func KnownOf(tx *store.Tx, entry string) (k Known, ok bool, err error) {
	r, err := registry.Latest(tx, entry)
	if err != nil || r == nil {
		return k, false, err
	}
	switch r.Batch.Noun {
	case registry.Reports, registry.Alerts:
		return k, false, nil
	case registry.Permits:
		links, err := readLinks(tx, selectLinksOfPermit, entry)
		if err != nil {
			return k, false, err
		}
		for _, l := range links {
			if l.band == bandLink {
				if resident, err := registry.Latest(tx, l.resident); err != nil {
					return k, false, err
				} else if resident != nil {
					r = resident
				}
			}
		}
	}
	k.Record, k.Values = *r, map[string]string{}
	tell := func(r *registry.Record) {
		for _, f := range r.Batch.Noun.Fields() {
			if v := r.Get(f); v != "" && k.Values[f.String()] == "" && f != registry.ID {
				k.Values[f.String()] = v
			}
		}
	}
	tell(r)
	if r.Batch.Noun != registry.Residents {
		return k, true, nil
	}
	links, err := readLinks(tx, selectLinksOf, r.Entry)
	if err != nil {
		return k, false, err
	}
	var permit *registry.Record // the one that ends last
	for _, l := range links {
		if l.band != bandLink {
			continue
		}
		p, err := registry.Latest(tx, l.permit)
		if err != nil {
			return k, false, err
		}
		if p != nil && (permit == nil || p.Get(registry.ValidUntil) > permit.Get(registry.ValidUntil)) {
			permit = p
		}
	}
	if permit != nil {
		tell(permit)
	}
	return k, true, k.axes(tx)
}

// axes adds what the last run holds of the person.
func (k *Known) axes(tx *store.Tx) error {
	run, err := lastRun(tx)
	if errors.Is(err, ErrNoRun) {
		return nil
	}
	if err != nil {
		return err
	}
	history, err := readHistory(tx, k.Record.Entry, run.office)
	if err != nil {
		return err
	}
	for _, axis := range rules.AllAxes() {
		if list := history[string(axis)]; axis != rules.AxisProtection && len(list) > 0 {
			k.Values[string(axis)] = list[0].value
			k.AsOf = run.asOf
		}
	}
	return nil
}

// Linked are the entries of the permits linked to a resident, and of the residents linked to a permit.
func Linked(tx *store.Tx, entry string) (out []string, err error) {
	for _, query := range []string{selectLinksOf, selectLinksOfPermit} {
		links, err := readLinks(tx, query, entry)
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			if l.band != bandLink {
				continue
			}
			other := l.permit
			if other == entry {
				other = l.resident
			}
			out = append(out, other)
		}
	}
	return out, nil
}
