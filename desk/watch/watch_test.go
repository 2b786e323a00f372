package watch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mitra/desk/watch"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

var (
	ctx = context.Background()
	by  = watch.By{Actor: "auditor", Office: "headquarters"}
)

func read(t *testing.T, db *store.DB, kind, entry string) {
	t.Helper()
	must(t, db.Write(ctx, func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: "officer", Subjects: []string{store.NewID(), entry}, Data: []byte("{}")})
		return err
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is opened while it is watched is told of; nothing else is.
func TestOpenings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		decoy, other := store.NewID(), store.NewID()
		openings := func(since time.Time) (all []watch.Opening) {
			t.Helper()
			must(t, db.Read(ctx, func(tx *store.Tx) (err error) {
				all, err = watch.Openings(tx, since)
				return err
			}))
			return all
		}
		read(t, db, "status.show", decoy) // before
		time.Sleep(2 * time.Millisecond)
		must(t, db.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, decoy, by) }))
		if err := db.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, decoy, by) }); !errors.Is(err, watch.ErrWatched) {
			t.Errorf("twice: %v", err)
		}
		if got := openings(time.Time{}); len(got) > 0 {
			t.Errorf("what was opened before: %v", got)
		}
		read(t, db, "search", decoy)
		read(t, db, "status.show", other)
		if got := openings(time.Time{}); len(got) > 0 {
			t.Errorf("what was not opened: %v", got)
		}
		for _, kind := range []string{"status.show", "review.opened", "enquiry-shown", "enquiry-asked", "enquiry-answered"} {
			read(t, db, kind, decoy)
			if got := openings(time.Time{}); len(got) == 0 || got[0].Kind != kind || got[0].Entry != decoy || got[0].Actor != "officer" {
				t.Errorf("%s is not told of: %v", kind, got)
			}
		}
		if got := openings(time.Now().Add(time.Hour)); len(got) > 0 {
			t.Errorf("what was told of before: %v", got)
		}
		must(t, db.Write(ctx, func(tx *store.Tx) error { return watch.End(tx, decoy, by) }))
		if err := db.Write(ctx, func(tx *store.Tx) error { return watch.End(tx, decoy, by) }); !errors.Is(err, watch.ErrUnwatched) {
			t.Errorf("ended twice: %v", err)
		}
		if got := openings(time.Time{}); len(got) > 0 {
			t.Errorf("what is watched no longer: %v", got)
		}
		must(t, db.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, decoy, by) })) // and again
	})
}

// A row that is changed, taken away or made beside the program is found.
func TestVerify(t *testing.T) {
	for name, change := range map[string]string{
		"ended":   `UPDATE watched_record SET ended = since, ender = 'auditor'`,
		"another": `UPDATE watched_record SET entry = 'x'`,
		"deleted": `DELETE FROM watched_record`,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				must(t, db.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, store.NewID(), by) }))
				found := func() (n int) {
					must(t, db.Read(ctx, func(tx *store.Tx) error {
						all, err := journal.VerifyBound(tx, watch.Bound)
						n = len(all)
						return err
					}))
					return n
				}
				if found() > 0 {
					t.Fatal("a sound table is damaged")
				}
				must(t, db.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(change); return err }))
				if found() == 0 {
					t.Error("not found")
				}
			})
		})
	}
}
