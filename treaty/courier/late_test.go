package courier_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// grow puts events onto a book of a database and returns the statement of all of it, as it goes over
// the wire.
func grow(t *testing.T, db *store.DB, keeper *journal.Keeper, book string, events int) (body []byte) {
	t.Helper()
	ctx := context.Background()
	if err := db.Write(ctx, func(tx *store.Tx) error {
		for range events {
			if _, err := journal.Append(tx, journal.Event{Book: book, Kind: "root", Actor: "courier"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.Sequence(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.Read(ctx, func(tx *store.Tx) error {
		s, err := journal.Next(tx, book, 0)
		if err != nil {
			return err
		}
		leaves := []string{}
		for _, leaf := range s.Leaves {
			leaves = append(leaves, base64.RawURLEncoding.EncodeToString(leaf))
		}
		body, err = json.Marshal(map[string]any{"old": 0, "leaves": leaves, "checkpoint": s.Checkpoint})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return body
}

// A statement that comes late, or again, is no fork; one that contradicts what was cosigned is one,
// however few events it names.
func TestLateIsNoFork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", storetest.Another(t, db)), newNode(t, "ID", db)
		meet(kh, id)
		id.start()
		tell := func(body []byte) (int, string) { return kh.ask(id, "POST", "/mxp/v1/witness", body) }
		early := grow(t, kh.db, kh.keeper, kh.book(), 5)
		now := grow(t, kh.db, kh.keeper, kh.book(), 7)
		if status, answer := tell(now); status != 200 || !strings.Contains(answer, "cosignature") {
			t.Fatalf("%d %s", status, answer)
		}
		for name, body := range map[string][]byte{"an earlier one": early, "the same again": now} {
			if status, answer := tell(body); status != 200 || !strings.Contains(answer, `"size":13`) {
				t.Errorf("%s: %d %s", name, status, answer)
			}
		}
		if id.count(`SELECT COUNT(*) FROM watch WHERE fault <> ''`) != 0 {
			t.Fatal("a late statement is taken for a fork")
		}
		// The same key signs another book of the same name.
		second := storetest.SQLite(t)
		keeper, err := journal.NewKeeper(second, kh.courier.JournalKey, filepath.Join(t.TempDir(), "heads"), nil)
		if err != nil {
			t.Fatal(err)
		}
		status, answer := tell(grow(t, second, keeper, kh.book(), 5))
		if status != 409 || !strings.Contains(answer, "urn:mxp:error:forked") {
			t.Errorf("another history: %d %s", status, answer)
		}
		if got := id.kinds(kh); got["fork"] != 1 {
			t.Errorf("events: %v", got)
		}
		if rep := id.verify(); len(rep.Found) != 0 {
			t.Errorf("%q", rep.Found)
		}
		all, err := id.courier.Status(context.Background())
		if err != nil || len(all) != 1 || all[0].Fault == "" {
			t.Errorf("the operator is not told: %+v, %v", all, err)
		}
	})
}

// A letter that overtakes the first one of its conversation waits for it, and holds up no other.
func TestFollowerWaits(t *testing.T) {
	texts := vectors(t)
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		var mu sync.Mutex
		var handled []string
		id.courier.Handle = func(_ *store.Tx, l letter.Letter) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			handled = append(handled, l.ID)
			return true, nil
		}
		id.start()
		d := draws{t, doc.Hash(), doc.Agreement()}
		const stay = "migration-information/stay"
		first := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
		follower := d.letter(kh, id, stay, "release-request", texts["release-request 2"], &first)
		other := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
		bring := func(l letter.Letter) {
			if status, body := kh.ask(id, "POST", "/mxp/v1/letters", letters(seal(kh, id, l).Envelope)); status != 200 || codes(t, body)[0] != "ok" {
				t.Fatalf("%d %s", status, body)
			}
		}
		bring(follower)
		until(t, "it waits", func() bool { return id.count(`SELECT COUNT(*) FROM inbox WHERE state = 'stored' AND judge <> ''`) == 1 })
		bring(other)
		if got := id.arrived(other); got != "accepted" {
			t.Errorf("another letter: %s", got)
		}
		bring(first)
		for _, l := range []letter.Letter{first, follower} {
			if got := id.arrived(l); got != "accepted" {
				t.Errorf("%s: %s", l.Type, got)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if want := []string{other.ID, first.ID, follower.ID}; !slices.Equal(handled, want) {
			t.Errorf("handled %v, want %v", handled, want)
		}
		if rep := id.verify(); len(rep.Found) > 0 {
			t.Errorf("%q", rep.Found)
		}
		// What says in which conversation a letter is is bound, on either side.
		if err := queue(kh, id, first); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"outbox", "inbox"} {
			n := map[string]*node{"outbox": kh, "inbox": id}[table]
			for _, column := range []string{"cid", "article", "purpose"} {
				set := func(value string) {
					n.write(func(tx *store.Tx) error {
						_, err := tx.Exec(`UPDATE `+table+` SET `+column+` = $1 WHERE mid = $2`, value, first.ID)
						return err
					})
				}
				is := map[string]string{"cid": first.ID, "article": first.Article, "purpose": first.Purpose}[column]
				for _, other := range []string{"", other.ID, is[1:]} {
					set(other)
					if rep := n.verify(); len(rep.Found) != 1 {
						t.Errorf("%s.%s = %q: %q", table, column, other, rep.Found)
					}
				}
				set(is)
			}
			if rep := n.verify(); len(rep.Found) > 0 {
				t.Errorf("%q", rep.Found)
			}
		}
	})
}
