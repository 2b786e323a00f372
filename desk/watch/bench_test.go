package watch_test

import (
	"testing"
	"time"

	"mitra/desk/watch"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// What a page of watched records costs after a month of a million events: Begin when the node has just been started, Again on each page.
func BenchmarkLookout(b *testing.B) {
	db := storetest.SQLite(b)
	if err := db.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, store.NewID(), by) }); err != nil {
		b.Fatal(err)
	}
	for range 10 {
		if err := db.Write(ctx, func(tx *store.Tx) error {
			events := make([]journal.Event, 100_000)
			for i := range events {
				events[i] = journal.Event{Kind: "status.show", Actor: "officer", Office: "headquarters", Purpose: "status", Subjects: []string{store.NewID(), store.NewID()}, Data: []byte(`{"with_protection":false}`)}
			}
			_, err := journal.AppendAll(tx, events)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	placing(b, db)()
	look := func(l *watch.Lookout) {
		if _, err := l.Look(ctx, time.Now().Add(-30*24*time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Begin", func(b *testing.B) {
		for b.Loop() {
			look(&watch.Lookout{DB: db})
		}
	})
	b.Run("Again", func(b *testing.B) {
		l := &watch.Lookout{DB: db}
		look(l)
		for b.Loop() {
			look(l)
		}
	})
}
