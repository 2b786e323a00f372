package journal_test

import (
	"errors"
	"slices"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// Whoever reads a book from its end, page by page, reads every event once, whatever gets its place meanwhile.
func TestNewest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		var want []string
		for _, e := range n.append(7) {
			want = append(want, e.ID)
		}
		n.sequence(7)
		for _, e := range n.append(5) {
			want = append(want, e.ID)
		}
		n.write(func(tx *store.Tx) error {
			_, err := journal.Append(tx, journal.Event{Book: "exchange-x", Kind: "card", Actor: "courier"})
			return err
		})
		slices.Reverse(want)
		read := func(before string, most int) (page []journal.Event, err error) {
			err = db.Read(t.Context(), func(tx *store.Tx) error {
				page = nil
				return journal.Newest(tx, journal.House, before, most, func(e journal.Event) error { page = append(page, e); return nil })
			})
			return page, err
		}
		for _, most := range []int{1, 2, 3, 5, 100} {
			var got []string
			for before := ""; ; {
				page, err := read(before, most)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) > most {
					t.Fatalf("%d events, want %d at most", len(page), most)
				}
				if len(page) == 0 {
					break
				}
				for _, e := range page {
					if e.Kind != "import" || e.Actor != "officer-7" || (e.Index < 0) != slices.Contains(want[:5], e.ID) && most == 1 {
						t.Errorf("%+v", e)
					}
					got = append(got, e.ID)
				}
				before = page[len(page)-1].ID
				if most == 2 && len(got) == 2 {
					n.sequence(6) // in the middle of the reading, with that of the other book
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d a page: %v, want %v", most, got, want)
			}
		}
		for _, unknown := range []string{store.NewID(), "'; DROP TABLE journal_leaf; --"} {
			if _, err := read(unknown, 10); !errors.Is(err, journal.ErrNoEvent) {
				t.Errorf("from an event that is not there: %v", err)
			}
		}
		var other string
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			return journal.Newest(tx, "exchange-x", "", 1, func(e journal.Event) error { other = e.ID; return nil })
		}))
		if _, err := read(other, 10); !errors.Is(err, journal.ErrNoEvent) || other == "" {
			t.Errorf("from an event of another book: %v", err)
		}
		n.append(2)
		var heads []journal.BookHead
		must(t, db.Read(t.Context(), func(tx *store.Tx) (err error) {
			heads, err = journal.LastHeads(tx)
			return err
		}))
		if len(heads) != 2 || heads[0].Book != "exchange-x" || heads[0].Size != 1 || heads[1].Book != journal.House || heads[1].Size != 12 || heads[1].Pending != 2 {
			t.Fatalf("%+v", heads)
		}
		for _, b := range n.verify().Books {
			if i := slices.IndexFunc(heads, func(h journal.BookHead) bool { return h.Book == b.Name }); heads[i].Root() != b.Root {
				t.Errorf("%s: root %s, want %s", b.Name, heads[i].Root(), b.Root)
			}
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
