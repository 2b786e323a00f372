package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// Whoever reads what concerns somebody reads every such event once, the newest first, whether it has its place yet or not, and
// however little of the book a reading looks through.
func TestNewestAbout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		var want []string
		add := func(from, to int) {
			n.write(func(tx *store.Tx) error {
				for i := from; i < to; i++ {
					subjects := []string{"other", fmt.Sprint("one", i%2)} // "one" alone is no subject of any
					if i%3 == 0 {
						subjects = []string{"other", "she"}
					}
					e, err := journal.Append(tx, journal.Event{Kind: fmt.Sprint("kind-", i), Actor: "officer-7", Subjects: subjects, Data: []byte("{}")})
					if err != nil {
						return err
					}
					if i%3 == 0 {
						want = append(want, e.ID)
					}
				}
				return nil
			})
		}
		add(0, 10)
		n.sequence(10)
		add(10, 17)
		slices.Reverse(want)
		for _, most := range []int{1, 2, 7, 8, 17, 100} {
			var got []string
			looked, before := 0, ""
			for {
				var last journal.Event
				var read int
				var page []string
				if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
					page = nil
					last, read, err = journal.NewestAbout(tx, journal.House, before, "", most, []string{"she", "one"}, func(e journal.Event) error {
						page = append(page, e.ID)
						return nil
					})
					return err
				}); err != nil {
					t.Fatal(err)
				}
				got, looked = append(got, page...), looked+read
				if read > most {
					t.Fatalf("%d looked at, want %d at most", read, most)
				}
				if read < most {
					break
				}
				before = last.ID
			}
			if !slices.Equal(got, want) || looked != 17 {
				t.Errorf("%d at a time: %d looked at, got %q, want %q", most, looked, got, want)
			}
		}
		enough := errors.New("enough")
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			last, read, err := journal.NewestAbout(tx, journal.House, "", "", 100, []string{"she"}, func(journal.Event) error { return enough })
			if last.ID != want[0] || read > 3 {
				t.Errorf("stopped at %s after %d", last.ID, read)
			}
			return err
		}); !errors.Is(err, enough) {
			t.Error(err)
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			_, _, err := journal.NewestAbout(tx, journal.House, store.NewID(), "", 100, []string{"she"}, func(journal.Event) error { return nil })
			return err
		}); !errors.Is(err, journal.ErrNoEvent) {
			t.Errorf("an event that is not: %v", err)
		}
	})
}
