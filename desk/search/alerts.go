package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/store"
)

// Concern is an alert and a record of another register that may be of the person it
// is about. It tells ids alone; who may see more looks the record up.
type Concern struct {
	Alert       string        `json:"alert"`        // its id in its source, or its entry
	Noun        registry.Noun `json:"register"`     // of the record
	Source      string        `json:"source"`       // of the record
	ID          string        `json:"id,omitempty"` // that its source gives
	Record      string        `json:"record"`       // the registry's entry
	Probability float64       `json:"probability"`

	entry string // of the alert
}

// Screening is what a screening of alerts came to.
type Screening struct {
	Screened int       `json:"screened"` // alerts in force
	Expired  int       `json:"expired"`  // alerts that were left out: their time is over
	Concerns []Concern `json:"concerns"` // the likeliest first within an alert
}

// KindScreening is the kind of the event of a screening.
const KindScreening = "alerts_screening"

// review is the weight from which somebody may be who the alert is about: more likely
// than not.
const review = 0

// mostConcerned is how many records an alert is held against at most: those of other
// alerts about the same person are among them.
const mostConcerned = 100

// ScreenAlerts looks up whom of the people in the other registers the current alerts
// of a source concern, and writes one event with their records. A hit is for a person
// to look at: it says that two descriptions are alike.
func (f *Finder) ScreenAlerts(ctx context.Context, source string, today person.Date, by Reader) (s Screening, err error) {
	if _, err := f.Sync(ctx); err != nil {
		return s, err
	}
	type alert struct {
		entry, id string
		cells     []string
	}
	var alerts []alert
	var all map[string]bool // entries of alerts, of every source
	if err := f.db.Read(ctx, func(tx *store.Tx) error {
		alerts, all, s = alerts[:0], map[string]bool{}, Screening{}
		return registry.Current(tx, registry.Alerts, func(r *registry.Record) error {
			all[strings.Clone(r.Entry)] = true
			if r.Source() != source {
				return nil
			}
			if until := r.Date(registry.ExpiresOn); !until.IsZero() && until.Latest().Before(today) {
				s.Expired++
				return nil
			}
			alerts = append(alerts, alert{r.Entry, cmp.Or(r.Get(registry.ID), r.Entry), cellsOf(r, nil)})
			return nil
		})
	}); err != nil {
		return s, err
	}
	x := f.at()
	s.Screened = len(alerts)
	if err := f.db.Read(ctx, func(tx *store.Tx) error {
		s.Concerns = []Concern{}
		records := registry.NewReading(tx)
		for _, a := range alerts {
			if err := ctx.Err(); err != nil {
				return err
			}
			found, _ := likeliest(x, [][]string{a.cells}, mostConcerned, review)
			for _, h := range found {
				if all[h.IDs[0]] {
					continue
				}
				r, err := records.Latest(h.IDs[0])
				if err != nil {
					return err
				}
				if r != nil {
					s.Concerns = append(s.Concerns, Concern{a.id, r.Batch.Noun, r.Source(), r.Get(registry.ID), r.Entry, h.P(), a.entry})
				}
			}
		}
		return nil
	}); err != nil {
		return s, err
	}
	return s, f.db.Write(ctx, func(tx *store.Tx) error {
		var subjects []string
		for _, c := range s.Concerns {
			subjects = append(subjects, c.entry, c.Record)
		}
		slices.Sort(subjects)
		return event(tx, KindScreening, by, slices.Compact(subjects),
			map[string]any{"screened": s.Screened, "expired": s.Expired, "concerns": len(s.Concerns)})
	})
}
