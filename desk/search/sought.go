package search

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/store"
)

// A Sighting is a record of a register that may be of somebody who is sought: whom a report or an alert is about.
// It tells ids alone; who may see more looks the records up.
type Sighting struct {
	Sought      registry.Noun `json:"sought"`    // reports or alerts
	SoughtID    string        `json:"sought_id"` // its id in its source, or its entry
	Noun        registry.Noun `json:"register"`
	Source      string        `json:"source"`
	ID          string        `json:"id,omitempty"` // that its source gives
	Record      string        `json:"record"`       // the registry's entry
	Probability float64       `json:"probability"`

	sought string // entry
}

// Sightings is what matching an import with the people sought came to.
type Sightings struct {
	Compared  int        `json:"compared"` // people sought, or records of the import, whichever were fewer
	Sightings []Sighting `json:"sightings"`
}

// KindSightings is the kind of the event of matching an import with the people sought.
const KindSightings = "sightings"

// sought reports whether a list is of people sought.
func sought(n registry.Noun) bool { return n == registry.Reports || n == registry.Alerts }

// Sight matches what an import has brought with the people sought: new reports and alerts with everybody in the
// other registers, and new records of a register with every report and alert in force. It leaves one event
// with the records. A sighting is for a person to look at: it says that two descriptions are alike.
func (f *Finder) Sight(ctx context.Context, batch string, today person.Date, by Reader) (s Sightings, err error) {
	s.Sightings = []Sighting{}
	if _, err := f.Sync(ctx); err != nil {
		return s, err
	}
	var noun registry.Noun
	fresh, lists := map[string][]string{}, map[string][]string{} // entry → cells
	if err := f.db.Read(ctx, func(tx *store.Tx) error {
		clear(fresh)
		clear(lists)
		batches, err := registry.Batches(tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(batches, func(b *registry.Batch) bool { return b.ID == batch })
		if i < 0 {
			return nil // a later snapshot has taken its place
		}
		noun = batches[i].Noun
		if err := registry.Versions(tx, batches[i], func(r *registry.Record) error {
			if !r.Ended && inForce(r, today) {
				fresh[strings.Clone(r.Entry)] = cellsOf(r, nil)
			}
			return nil
		}); err != nil || sought(noun) || len(fresh) == 0 {
			return err
		}
		for _, n := range registry.Nouns {
			if !sought(n) {
				continue
			}
			if err := registry.Current(tx, n, func(r *registry.Record) error {
				if inForce(r, today) {
					lists[strings.Clone(r.Entry)] = cellsOf(r, nil)
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return s, err
	}
	if len(fresh) == 0 || !sought(noun) && len(lists) == 0 {
		return s, nil
	}
	// The fewer are asked about, among the others.
	asked, among := fresh, lists
	if sought(noun) {
		among = nil // everybody who is not sought
	} else if len(lists) < len(fresh) {
		asked, among = lists, fresh
	}
	s.Compared = len(asked)
	pairs, err := f.pairs(ctx, asked, among)
	if err != nil {
		return s, err
	}
	if err := f.db.Read(ctx, func(tx *store.Tx) error {
		s.Sightings = []Sighting{}
		records := registry.NewReading(tx)
		for _, p := range pairs {
			a, err := records.Latest(p.asked)
			if err != nil {
				return err
			}
			b, err := records.Latest(p.found)
			if err != nil {
				return err
			}
			if a == nil || b == nil {
				continue
			}
			if sought(b.Batch.Noun) {
				a, b = b, a
			}
			if !sought(a.Batch.Noun) || sought(b.Batch.Noun) {
				continue
			}
			s.Sightings = append(s.Sightings, Sighting{a.Batch.Noun, cmp.Or(a.Get(registry.ID), a.Entry), b.Batch.Noun, b.Source(), b.Get(registry.ID), b.Entry, p.probability, a.Entry})
		}
		slices.SortStableFunc(s.Sightings, func(a, b Sighting) int {
			return cmp.Or(cmp.Compare(a.Sought, b.Sought), cmp.Compare(a.SoughtID, b.SoughtID), cmp.Compare(b.Probability, a.Probability))
		})
		return nil
	}); err != nil {
		return s, err
	}
	return s, f.db.Write(ctx, func(tx *store.Tx) error {
		var subjects []string
		for _, x := range s.Sightings {
			subjects = append(subjects, x.sought, x.Record)
		}
		slices.Sort(subjects)
		return event(tx, KindSightings, by, slices.Compact(subjects), map[string]any{"compared": s.Compared, "sightings": len(s.Sightings)})
	})
}

// inForce reports whether a record has not run out: only alerts do.
func inForce(r *registry.Record, today person.Date) bool {
	until := r.Date(registry.ExpiresOn)
	return r.Batch.Noun != registry.Alerts || until.IsZero() || !until.Latest().Before(today)
}

// pair is two entries that may be of one person.
type pair struct {
	asked, found string
	probability  float64
}

// pairs asks the index about each of some entries, on all processors, and returns those found of others; nil is
// everybody.
func (f *Finder) pairs(ctx context.Context, asked, others map[string][]string) ([]pair, error) {
	x := f.at()
	entries := make(chan string)
	found := make([][]pair, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for w := range found {
		wg.Go(func() {
			for entry := range entries {
				hits, _ := likeliest(x, [][]string{asked[entry]}, mostConcerned, review)
				for _, h := range hits {
					other := h.IDs[0]
					if _, is := asked[other]; is {
						continue
					}
					if _, is := others[other]; is || others == nil {
						found[w] = append(found[w], pair{entry, other, h.P()})
					}
				}
			}
		})
	}
	for entry := range asked {
		if ctx.Err() != nil {
			break
		}
		entries <- entry
	}
	close(entries)
	wg.Wait()
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b pair) int { return cmp.Or(cmp.Compare(a.asked, b.asked), cmp.Compare(a.found, b.found)) })
	return all, ctx.Err()
}
