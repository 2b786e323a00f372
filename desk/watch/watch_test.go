package watch_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// placing gives events their places in the journal, when it is called.
func placing(t testing.TB, db *store.DB) func() {
	t.Helper()
	skey, _, err := journal.NewKey("kh.test", rand.Reader)
	must(t, err)
	k, err := journal.NewKeeper(db, skey, filepath.Join(t.TempDir(), "heads"), nil)
	must(t, err)
	return func() {
		t.Helper()
		_, err := k.Sequence(ctx)
		must(t, err)
	}
}

// What is opened while it is watched is told of; nothing else is.
func TestOpenings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		decoy, other := store.NewID(), store.NewID()
		openings := func(since time.Time) (all []watch.Opening) {
			t.Helper()
			l := watch.Lookout{DB: db}
			_, err := l.Look(ctx, since)
			must(t, err)
			return l.Found()
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
		for _, kind := range []string{"status.show", "review.opened", "referred-shown", "enquiry-shown", "enquiry-asked", "enquiry-answered"} {
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

// A lookout tells of each opening once, however many events there are and whether they have their places; of none that was before it began.
func TestLookout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		decoy := store.NewID()
		l := watch.Lookout{DB: db}
		look := func(since time.Time, late, found int) {
			t.Helper()
			got, err := l.Look(ctx, since)
			must(t, err)
			if len(got) != late || len(l.Found()) != found {
				t.Errorf("%d openings came and %d are known, want %d and %d", len(got), len(l.Found()), late, found)
			}
		}
		begin := func() {
			must(t, db.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, decoy, by) }))
		}
		place := placing(t, db)
		look(time.Time{}, 0, 0)
		begin()
		read(t, db, "status.show", decoy)
		look(time.Time{}, 1, 1)
		look(time.Time{}, 0, 1)
		place()
		look(time.Time{}, 0, 1)
		read(t, db, "status.show", decoy) // and then more than are looked through at a time
		must(t, db.Write(ctx, func(tx *store.Tx) error {
			events := make([]journal.Event, 45_000)
			for i := range events {
				events[i] = journal.Event{Kind: "search", Actor: "officer", Subjects: []string{decoy}, Data: []byte("{}")}
			}
			_, err := journal.AppendAll(tx, events)
			return err
		}))
		read(t, db, "status.show", decoy)
		place()
		read(t, db, "status.show", decoy)
		look(time.Time{}, 3, 4)
		for at := 1; at < 4; at++ {
			if all := l.Found(); all[at-1].ID < all[at].ID {
				t.Error("the newest do not stand first")
			}
		}
		again := watch.Lookout{DB: db} // the node was started again
		if late, err := again.Look(ctx, time.Time{}); err != nil || len(late) > 0 || len(again.Found()) != 4 {
			t.Errorf("%d late, %d found: %v", len(late), len(again.Found()), err)
		}
		last := l.Found()[0].At
		look(last, 0, 1)
		must(t, db.Write(ctx, func(tx *store.Tx) error { return watch.End(tx, decoy, by) }))
		look(time.Time{}, 0, 0)
		time.Sleep(2 * time.Millisecond)
		begin()
		look(time.Time{}, 0, 0)
		read(t, db, "status.show", decoy)
		look(time.Time{}, 1, 1)
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
