package registry

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"mitra/rules"
	"mitra/store"
)

// A Hold is what officers have said at once of the records of a person who is restricted.
type Hold struct {
	ID                      string // of the first of its restrictions
	Value                   rules.Protection
	Reason, Officer, Office string
	At                      time.Time
	Until                   time.Time // when the word of one officer ends; the zero time where another has agreed
	Second                  string    // who has agreed
	Lifter                  string    // who wants it ended
	Entries                 []string  // of the records
	Gone                    []string  // of records that no list has any more: nobody is found by them
}

// HoldsNow are the restrictions that hold: first those that wait for a second officer, the soonest to end by themselves first; then those that
// somebody wants ended; then those of people whom no list has any more; then the others, the newest first.
func HoldsNow(tx *store.Tx) (out []Hold, err error) {
	all, err := restrictions(tx, restrictionsHeld)
	if err != nil {
		return nil, err
	}
	type step struct{ officer, at, value, second string }
	places := map[step]int{}
	for _, r := range all {
		if !r.holds(tx.Now()) {
			continue
		}
		s := step{r.Officer, r.At, r.Value.String(), r.Second}
		i, known := places[s]
		if !known {
			at, err := store.ParseTime(r.At)
			if err != nil {
				return nil, fmt.Errorf("a restriction: its time: %w", store.ErrDamaged)
			}
			i, places[s] = len(out), len(out)
			out = append(out, Hold{ID: r.ID, Value: r.Value, Reason: r.Reason, Officer: r.Officer, Office: r.Office, At: at, Until: r.Until(), Second: r.Second})
		}
		h := &out[i]
		h.ID, h.Lifter = min(h.ID, r.ID), cmp.Or(h.Lifter, r.Lifter)
		latest, err := Latest(tx, r.Subject)
		switch {
		case err != nil:
			return nil, err
		case latest == nil:
			h.Gone = append(h.Gone, r.Subject)
		default:
			h.Entries = append(h.Entries, r.Subject)
		}
	}
	rank := func(h Hold) int {
		switch {
		case !h.Until.IsZero():
			return 0
		case h.Lifter != "":
			return 1
		case len(h.Entries) == 0:
			return 2
		}
		return 3
	}
	slices.SortFunc(out, func(a, b Hold) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Until.Compare(b.Until), b.At.Compare(a.At), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// CountHolds is how many restrictions wait for another officer than this one: to agree to them, or to their end.
func CountHolds(tx *store.Tx, officer string) (n int, err error) {
	err = tx.QueryRow(countHolds, tx.Now().Add(-Alone), officer).Scan(&n)
	return n, err
}
