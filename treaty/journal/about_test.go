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
					last, read, err = journal.NewestAbout(tx, journal.House, before, most, []string{"she", "one"}, func(e journal.Event) error {
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
			last, read, err := journal.NewestAbout(tx, journal.House, "", 100, []string{"she"}, func(journal.Event) error { return enough })
			if last.ID != want[0] || read > 3 {
				t.Errorf("stopped at %s after %d", last.ID, read)
			}
			return err
		}); !errors.Is(err, enough) {
			t.Error(err)
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			_, _, err := journal.NewestAbout(tx, journal.House, store.NewID(), 100, []string{"she"}, func(journal.Event) error { return nil })
			return err
		}); !errors.Is(err, journal.ErrNoEvent) {
			t.Errorf("an event that is not: %v", err)
		}
	})
}

// Who follows a book comes to every event about somebody, also to those that had no place when it was at its end before, and to none that
// had one a second time.
func TestFollowAbout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		var all []journal.Event
		add := func(many int) {
			n.write(func(tx *store.Tx) error {
				for range many {
					e, err := journal.Append(tx, journal.Event{Kind: "kind", Actor: "officer-7", Subjects: []string{[]string{"she", "other"}[len(all)%2]}, Data: []byte("{}")})
					if err != nil {
						return err
					}
					all = append(all, e)
				}
				return nil
			})
		}
		for _, most := range []int{1, 3, 100} {
			all = nil
			var from int64
			read := func(what func(tx *store.Tx) error) {
				if err := db.Read(t.Context(), what); err != nil {
					t.Fatal(err)
				}
			}
			read(func(tx *store.Tx) (err error) {
				from, err = journal.End(tx, journal.House)
				return err
			})
			came := map[string]int{}
			follow := func() {
				for end := false; !end; {
					read(func(tx *store.Tx) (err error) {
						from, end, err = journal.FollowAbout(tx, journal.House, from, most, []string{"she"}, func(e journal.Event) error {
							came[e.ID]++
							return nil
						})
						return err
					})
				}
			}
			follow()
			add(5)
			follow() // the five have no place
			n.sequence(5)
			add(4)
			follow()
			n.sequence(4)
			follow()
			follow()
			for i, e := range all {
				if want := 2 * ((i + 1) % 2); came[e.ID] != want { // without a place, and with it
					t.Errorf("%d at a time: event %d came %d times, want %d", most, i, came[e.ID], want)
				}
			}
			read(func(tx *store.Tx) error {
				end, err := journal.End(tx, journal.House)
				if err != nil {
					return err
				}
				for i, e := range all {
					if at, err := journal.IndexSince(tx, journal.House, e.ID); err != nil || at != end-int64(len(all)-i) {
						t.Errorf("event %d: index %d, want %d: %v", i, at, end-int64(len(all)-i), err)
					}
				}
				if at, err := journal.IndexSince(tx, journal.House, store.NewID()); err != nil || at != end {
					t.Errorf("what is not there yet: index %d, want %d: %v", at, end, err)
				}
				return nil
			})
		}
	})
}

// Of some kinds is what is of those kinds, whatever the others name, and what is left of an event that was erased.
func TestEventsOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		n.write(func(tx *store.Tx) error {
			for _, kind := range []string{"import", "view", "imported", "import-withdrawn", "import"} {
				if _, err := journal.Append(tx, journal.Event{Kind: kind, Actor: "officer-7", Subjects: []string{"import"}, Data: []byte("{}")}); err != nil {
					return err
				}
			}
			return nil
		})
		n.sequence(5)
		n.write(func(tx *store.Tx) error {
			_, err := journal.Erase(tx, journal.House, 4, "retention", "officer-9")
			return err
		})
		var got []string
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			got = nil
			return journal.EventsOf(tx, journal.House, []string{"import", "import-withdrawn"}, func(e journal.Event) error {
				got = append(got, e.Kind)
				return nil
			})
		}); err != nil || !slices.Equal(got, []string{"import", "import-withdrawn", ""}) {
			t.Errorf("%q %v", got, err)
		}
	})
}
