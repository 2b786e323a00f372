package status

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/store"
)

// Doubt is a resident and a permit of whom an officer has to say whether they
// are one person.
type Doubt struct {
	ResidentID string
	LinkView
}

// Doubtful returns the pairs that wait for an officer, the most doubtful first,
// at most limit of them, and how many there are in all. Pairs of residents whose
// class is protected are left out for a reader without the right to see that.
// The event, with the residents as its subjects, is on disk first.
func Doubtful(ctx context.Context, db *store.DB, r Reader, limit int) (pairs []Doubt, all int, err error) {
	var chosen []storedLink
	if err := db.Read(ctx, func(tx *store.Tx) error {
		chosen, all = nil, 0
		links, err := readLinks(tx, selectLinks)
		if err != nil {
			return err
		}
		hidden := map[string]bool{}
		if !r.Protection {
			run, err := Last(tx)
			if err != nil {
				return err
			}
			pack, err := run.Rules()
			if err != nil {
				return err
			}
			held, err := readSheets(tx, run.Office)
			if err != nil {
				return err
			}
			for resident, h := range held {
				axes, err := axesFrom(run.Node, func(i int) string { return h[i].value })
				if err != nil {
					return err
				}
				hidden[resident] = Protected(pack.Decide(axes).Class)
			}
		}
		states, err := readStates(tx)
		if err != nil {
			return err
		}
		for _, l := range links {
			s := states[[2]string{l.permit, l.resident}]
			if l.band == bandReview && s.is() == Open {
				all++
				if !hidden[l.resident] {
					chosen = append(chosen, l)
				}
			}
		}
		return nil
	}); err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(chosen, func(a, b storedLink) int { return cmp.Compare(math.Abs(a.weight), math.Abs(b.weight)) })
	chosen = chosen[:min(limit, len(chosen))]
	subjects := make([]string, len(chosen))
	for i, l := range chosen {
		subjects[i] = l.resident
	}
	if err := r.record(ctx, db, "status.doubtful", map[string]any{"pairs": len(chosen)}, subjects); err != nil {
		return nil, 0, err
	}
	err = db.Read(ctx, func(tx *store.Tx) error {
		pairs = nil
		for _, l := range chosen {
			d, err := doubt(tx, l)
			if errors.Is(err, errWithdrawn) {
				continue
			}
			if err != nil {
				return err
			}
			pairs = append(pairs, d)
		}
		return nil
	})
	return pairs, all, err
}

func doubt(tx *store.Tx, l storedLink) (d Doubt, err error) {
	list, err := registry.History(tx, l.resident)
	if err != nil || len(list) == 0 {
		return d, fmt.Errorf("the resident of a link: %w", cmp.Or(err, goneFrom(tx, l.resident)))
	}
	resident := &list[len(list)-1]
	d.ResidentID = SourceID(resident)
	d.LinkView, err = linkView(tx, l, resident)
	return d, err
}

// compareValue is what a record says in the field of a comparison.
func compareValue(r *registry.Record, s linkage.Bar) string {
	if s.Comparison == "name" {
		return r.Name().Whole()
	}
	for _, f := range compared {
		if f.String() == s.Comparison {
			return r.Get(f)
		}
	}
	return ""
}
