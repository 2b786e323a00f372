package journal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

const nodeName = "mitra/KH/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f"

// node is a database with its journal key and head files.
type node struct {
	t          testing.TB
	db         *store.DB
	skey, vkey string
	heads      string
}

func newNode(t testing.TB, db *store.DB) *node {
	t.Helper()
	skey, vkey, err := journal.NewKey(nodeName, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &node{t, db, skey, vkey, filepath.Join(t.TempDir(), "heads")}
}

func (n *node) keeper() *journal.Keeper {
	n.t.Helper()
	k, err := journal.NewKeeper(n.db, n.skey, n.heads, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return k
}

// append commits count events, each in a transaction of its own.
func (n *node) append(count int) []journal.Event {
	n.t.Helper()
	var out []journal.Event
	for i := range count {
		n.write(func(tx *store.Tx) error {
			e, err := journal.Append(tx, journal.Event{
				Kind: "import", Actor: "officer-7", Office: "hq", Purpose: "registry",
				Subjects: []string{store.NewID()}, Data: json.RawMessage(fmt.Sprintf(`{"rows":%d}`, i)),
			})
			if err == nil {
				out = append(out, e)
			}
			return err
		})
	}
	return out
}

func (n *node) write(f func(tx *store.Tx) error) {
	n.t.Helper()
	if err := n.db.Write(context.Background(), f); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) sequence(want int64) {
	n.t.Helper()
	got, err := n.keeper().Sequence(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	if got != want {
		n.t.Fatalf("Sequence indexed %d events, want %d", got, want)
	}
}

func (n *node) verify() journal.Report {
	n.t.Helper()
	r, err := journal.Verify(context.Background(), n.db, n.vkey, n.heads)
	if err != nil {
		n.t.Fatal(err)
	}
	return r
}

func (n *node) verified() journal.BookReport {
	n.t.Helper()
	r := n.verify()
	if !r.OK() {
		n.t.Fatalf("an untouched journal has findings: %+v", r.Findings)
	}
	if len(r.Books) != 1 || r.Books[0].Name != journal.House {
		n.t.Fatalf("books: %+v", r.Books)
	}
	return r.Books[0]
}

func (n *node) headFile() string { return filepath.Join(n.heads, "house.head") }

func (n *node) readHead() string {
	n.t.Helper()
	b, err := os.ReadFile(n.headFile())
	if err != nil {
		n.t.Fatal(err)
	}
	return string(b)
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestJournal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		if b := n.verified(); b.Size != 0 || b.Pending != 0 {
			t.Fatalf("an empty journal: %+v", b)
		}
		n.sequence(0)
		if _, err := os.Stat(n.headFile()); !errors.Is(err, os.ErrNotExist) {
			t.Error("an empty journal has a head file")
		}

		n.append(3)
		if b := n.verified(); b.Size != 0 || b.Pending != 3 {
			t.Fatalf("before Sequence: %+v", b)
		}
		n.sequence(3)
		n.append(4)
		n.sequence(4)
		n.sequence(0)
		b := n.verified()
		if b.Size != 7 || b.Pending != 0 || b.Checkpoints != 2 || b.HeadFile != 7 {
			t.Errorf("after Sequence: %+v", b)
		}
		if !strings.HasPrefix(n.readHead(), nodeName+"/house\n7\n"+b.Root+"\nprevious 3 ") {
			t.Errorf("head file:\n%s", n.readHead())
		}
		n.append(1)
		if b := n.verified(); b.Size != 7 || b.Pending != 1 {
			t.Errorf("with a pending event: %+v", b)
		}
	})
}

func TestEventsAreOfTheirTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		stop := errors.New("stop")
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := journal.Append(tx, journal.Event{Kind: "decision", Actor: "officer-7"}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if b := n.verified(); b.Pending != 0 {
			t.Error("an event outlived its transaction")
		}
	})
}

func TestAppendSetsIDAndTime(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	n.write(func(tx *store.Tx) error {
		e, err := journal.Append(tx, journal.Event{ID: "mine", At: time.Unix(0, 0), Kind: "search", Actor: "cli"})
		if err != nil {
			return err
		}
		if e.ID == "mine" || len(e.ID) != 36 || e.At != tx.Now() || e.Book != journal.House {
			t.Errorf("appended %+v", e)
		}
		return nil
	})
}

func TestAppendRefuses(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	for _, e := range []journal.Event{
		{Actor: "cli"},
		{Kind: "import"},
		{Kind: "import", Actor: "cli", Book: "../house"},
		{Kind: "import", Actor: "cli", Book: "House"},
		{Kind: "erasure", Actor: "cli"},
		{Kind: "import", Actor: "cli", Data: json.RawMessage(`{`)},
	} {
		err := n.db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := journal.Append(tx, e)
			return err
		})
		if err == nil {
			t.Errorf("Append took %+v", e)
		}
	}
}

// TestBatches indexes more events than one transaction takes.
func TestBatches(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	const events = 20_000 + 3
	n.write(func(tx *store.Tx) error {
		for range events {
			if _, err := journal.Append(tx, journal.Event{Kind: "view", Actor: "officer-7"}); err != nil {
				return err
			}
		}
		return nil
	})
	n.sequence(events)
	if b := n.verified(); b.Size != events || b.Checkpoints != 2 {
		t.Errorf("%+v", b)
	}
	var disorder int
	n.write(func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM journal_leaf a JOIN journal_leaf b
			ON a.book = b.book AND b.idx = a.idx + 1 WHERE b.id <= a.id`).Scan(&disorder)
	})
	if disorder != 0 {
		t.Errorf("%d events are indexed before an older one", disorder)
	}
}

// TestKeepersShareTheWork runs several keepers of one book while events come in.
func TestKeepersShareTheWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		running := make(chan error)
		go func() { running <- n.keeper().Run(ctx, time.Millisecond) }()

		const writers, each = 3, 20
		var indexed [writers]int64
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				k := n.keeper()
				for range each {
					err := db.Write(ctx, func(tx *store.Tx) error {
						_, err := journal.Append(tx, journal.Event{Kind: "view", Actor: "officer-7"})
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					m, err := k.Sequence(ctx)
					if err != nil {
						t.Error(err)
						return
					}
					indexed[w] += m
				}
			})
		}
		wg.Wait()
		cancel()
		if err := <-running; err != nil {
			t.Error(err)
		}
		if b := n.verified(); b.Size != writers*each || b.Pending != 0 || b.HeadFile != b.Size {
			t.Errorf("%+v", b)
		}
		n.append(1) // the lease has been given back
		n.sequence(1)
	})
}

func TestLeaseOfADeadKeeperLapses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		n.append(1)
		now := time.Date(2024, 3, 13, 9, 0, 0, 0, time.UTC)
		n.write(func(tx *store.Tx) error { // what a keeper that was killed leaves behind
			_, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)`, "journal", "dead", now.Add(10*time.Second))
			return err
		})
		at := func(now time.Time) (int64, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			k, err := journal.NewKeeper(db, n.skey, n.heads, func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			return k.Sequence(ctx)
		}
		if _, err := at(now.Add(9 * time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while the lease runs: %v", err)
		}
		if _, err := at(now.Add(11 * time.Second)); err != nil {
			t.Errorf("after it has lapsed: %v", err)
		}
		n.append(1)
		n.write(func(tx *store.Tx) error { // taken before the clock was set back by a year
			_, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)`, "journal", "dead", now.AddDate(1, 0, 0))
			return err
		})
		if _, err := at(now); err != nil {
			t.Errorf("while a lease runs that nobody can have been given: %v", err)
		}
	})
}

// Events that come without a pause do not keep a keeper at work: it goes through a book once, or again where
// a transaction was in the way.
func TestSequenceEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		n.append(1)
		coming, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for coming.Err() == nil {
				db.Write(coming, func(tx *store.Tx) error {
					_, err := journal.Append(tx, journal.Event{Kind: "import", Actor: "officer-7"})
					return err
				})
			}
		}()
		times := 0
		k, err := journal.NewKeeper(db, n.skey, n.heads, func() time.Time { times++; return time.Now() })
		if err == nil {
			_, err = k.Sequence(t.Context())
		}
		stop()
		<-done
		if err != nil || times > 3 {
			t.Errorf("%d times through the book: %v", times, err)
		}
	})
}

// tables is a copy of the journal's tables.
type tables map[string][][]any

var columns = map[string][]string{
	"journal_leaf": {"id", "book", "idx", "salt", "event", "leaf"},
	"journal_hash": {"book", "pos", "hash"},
	"journal_head": {"book", "size", "note"},
}

// sorted makes the copies come in a known order.
var sorted = map[string]string{"journal_leaf": "idx, id", "journal_hash": "pos", "journal_head": "size"}

func (n *node) save() tables {
	n.t.Helper()
	out := tables{}
	n.write(func(tx *store.Tx) error {
		for name, cols := range columns {
			rows, err := tx.Query("SELECT " + strings.Join(cols, ",") + " FROM " + name + " ORDER BY " + sorted[name])
			if err != nil {
				return err
			}
			out[name] = nil
			for rows.Next() {
				row := make([]any, len(cols))
				into := make([]any, len(cols))
				for i := range row {
					into[i] = &row[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				out[name] = append(out[name], row)
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

func (t tables) clone() tables {
	out := tables{}
	for name, rows := range t {
		for _, row := range rows {
			out[name] = append(out[name], append([]any(nil), row...))
		}
	}
	return out
}

// restore makes the tables what was saved, or what was made of it.
func (n *node) restore(saved tables) error {
	return n.db.Write(context.Background(), func(tx *store.Tx) error {
		for name, cols := range columns {
			if _, err := tx.Exec("DELETE FROM " + name); err != nil {
				return err
			}
			if _, err := tx.Bulk(name, cols, func(yield func([]any) bool) {
				for _, row := range saved[name] {
					if !yield(row) {
						return
					}
				}
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestRollbackAndForkAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		n.append(5)
		n.sequence(5)
		five, fiveHead := n.save(), n.readHead()
		n.append(2)
		n.sequence(2)
		seven, sevenHead := n.save(), n.readHead()

		refused := func(t *testing.T, want error, says ...string) {
			t.Helper()
			before := n.readHead()
			_, err := n.keeper().Sequence(t.Context())
			if !errors.Is(err, want) {
				t.Fatalf("Sequence: %v, want %v", err, want)
			}
			for _, s := range says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("the error does not say %q: %v", s, err)
				}
			}
			if n.readHead() != before {
				t.Error("the head file was overwritten")
			}
			if n.verify().OK() {
				t.Error("Verify found nothing")
			}
		}
		set := func(t *testing.T, saved tables, head string) {
			t.Helper()
			if err := n.restore(saved); err != nil {
				t.Fatal(err)
			}
			writeFile(t, n.headFile(), head)
		}

		t.Run("rollback", func(t *testing.T) {
			set(t, five, sevenHead)
			refused(t, journal.ErrRollback, "7", "5")
		})
		t.Run("rollback and new events", func(t *testing.T) {
			set(t, five, sevenHead)
			n.append(1)
			refused(t, journal.ErrRollback)
		})
		t.Run("fork of the same size", func(t *testing.T) {
			set(t, five, fiveHead)
			n.append(2)
			n.sequence(2) // other events than in seven
			set(t, n.save(), sevenHead)
			refused(t, journal.ErrFork, "7")
		})
		t.Run("fork that has grown", func(t *testing.T) {
			set(t, five, fiveHead)
			n.append(4)
			n.sequence(4)
			set(t, n.save(), sevenHead)
			refused(t, journal.ErrFork, "7", "9")
		})
		t.Run("everything is gone", func(t *testing.T) {
			set(t, tables{}, sevenHead)
			refused(t, journal.ErrRollback, "7", "0")
		})
		t.Run("foreign head file", func(t *testing.T) {
			other := newNode(t, storetest.SQLite(t))
			other.append(7)
			other.sequence(7)
			set(t, seven, other.readHead())
			refused(t, journal.ErrHeadFile)
		})
		t.Run("no head file", func(t *testing.T) {
			set(t, seven, "")
			if err := os.Remove(n.headFile()); err != nil {
				t.Fatal(err)
			}
			if _, err := n.keeper().Sequence(t.Context()); !errors.Is(err, journal.ErrHeadFile) {
				t.Errorf("Sequence: %v", err)
			}
			if n.verify().OK() {
				t.Error("Verify found nothing")
			}
		})
		t.Run("damaged tree", func(t *testing.T) {
			bad := seven.clone()
			bad["journal_hash"][len(bad["journal_hash"])-1][2] = bytes.Repeat([]byte{1}, 32)
			set(t, bad, sevenHead)
			n.append(1)
			refused(t, journal.ErrDamaged)
		})
	})
}

// TestStoppedBeforeHeadFile is a node that was killed between the commit and
// the head file.
func TestStoppedBeforeHeadFile(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	n.append(2)
	n.sequence(2)
	if err := os.Remove(n.headFile()); err != nil {
		t.Fatal(err)
	}
	n.sequence(0) // writes the first one again
	first := n.readHead()
	n.append(3)
	n.sequence(3)
	writeFile(t, n.headFile(), first)
	if b := n.verified(); b.Size != 5 || b.HeadFile != 2 {
		t.Errorf("with a head file that is behind: %+v", b)
	}
	n.sequence(0)
	if b := n.verified(); b.HeadFile != 5 {
		t.Errorf("after the next Sequence: %+v", b)
	}
}

func TestErase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		events := n.append(5)
		n.sequence(5)
		erase := func(index int64) error {
			return db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := journal.Erase(tx, journal.House, index, "retention", "officer-9")
				return err
			})
		}
		if err := erase(2); err != nil {
			t.Fatal(err)
		}
		if b := n.verified(); b.Erased != 1 || b.Pending != 1 {
			t.Errorf("erased: %+v", b)
		}
		n.sequence(1)
		if b := n.verified(); b.Erased != 1 || b.Size != 6 {
			t.Errorf("erased and sequenced: %+v", b)
		}
		for index, why := range map[int64]string{2: "twice", 5: "an erasure", 6: "what is not there", -1: "what cannot be there"} {
			if err := erase(index); err == nil {
				t.Errorf("erased %s", why)
			}
		}
		for i := range int64(6) {
			p, err := journal.Prove(t.Context(), db, journal.House, i)
			if err != nil {
				t.Fatal(err)
			}
			e, err := p.Check(n.vkey)
			if err != nil {
				t.Errorf("proof %d: %v", i, err)
			}
			switch {
			case i == 2 && e.ID != "":
				t.Error("the erased event is in the proof")
			case i < 5 && i != 2 && e.ID != events[i].ID:
				t.Errorf("proof %d shows event %s, want %s", i, e.ID, events[i].ID)
			}
		}
	})
}

func TestProofOfSomethingElseFails(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	n.append(9)
	n.sequence(9)
	good, err := journal.Prove(t.Context(), n.db, journal.House, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := good.Check(n.vkey); err != nil {
		t.Fatal(err)
	}
	_, other, err := journal.NewKey(nodeName, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := good.Check(other); err == nil {
		t.Error("another key verifies the proof")
	}
	for what, change := range map[string]func(p *journal.Proof){
		"index":      func(p *journal.Proof) { p.Index = 4 },
		"book":       func(p *journal.Proof) { p.Book = "other" },
		"event":      func(p *journal.Proof) { p.Event = bytes.Replace(p.Event, []byte("officer-7"), []byte("officer-8"), 1) },
		"salt":       func(p *journal.Proof) { p.Salt, p.Event = append(p.Salt, p.Event[0]), p.Event[1:] },
		"leaf":       func(p *journal.Proof) { p.Leaf = bytes.Repeat([]byte{7}, 32) },
		"path":       func(p *journal.Proof) { p.Path = p.Path[1:] },
		"checkpoint": func(p *journal.Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n9\n", "\n8\n", 1) },
	} {
		p := good
		p.Salt = bytes.Clone(good.Salt)
		change(&p)
		if _, err := p.Check(n.vkey); err == nil {
			t.Errorf("a proof with another %s is accepted", what)
		}
	}
	if _, err := journal.Prove(t.Context(), n.db, journal.House, 9); !errors.Is(err, journal.ErrNoEvent) {
		t.Errorf("proof beyond the tree: %v", err)
	}
}

// TestBooksAreApart keeps two books under one key.
func TestBooksAreApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		for range 3 {
			for _, book := range []string{"", "exchange-id"} {
				n.write(func(tx *store.Tx) error {
					_, err := journal.Append(tx, journal.Event{Book: book, Kind: "letter", Actor: "cli"})
					return err
				})
			}
		}
		n.sequence(6)
		r := n.verify()
		if !r.OK() || len(r.Books) != 2 || r.Books[0].Size != 3 || r.Books[1].Size != 3 || r.Books[0].Root == r.Books[1].Root {
			t.Errorf("%+v", r)
		}
		key, err := journal.BookKey(n.vkey, "exchange-id")
		if err != nil || !strings.HasPrefix(key, nodeName+"/exchange-id+") {
			t.Errorf("BookKey: %s, %v", key, err)
		}
	})
}

// TestDamagedEventStopsNoReading: of an event that is none any more the id is
// left, and the others are read.
func TestDamagedEventStopsNoReading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		events := n.append(3)
		n.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE journal_leaf SET event = $1 WHERE id = $2`, []byte(`{"kind":"test"|`), events[1].ID)
			return err
		})
		var got []string
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			got = nil
			return journal.Events(tx, journal.House, func(e journal.Event) error {
				got = append(got, e.ID+" "+e.Kind)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		want := []string{events[0].ID + " " + events[0].Kind, events[1].ID + " ", events[2].ID + " " + events[2].Kind}
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// TestFindingsTellNobody: what was copied into the journal's tables is not
// repeated.
func TestFindingsTellNobody(t *testing.T) {
	db := storetest.SQLite(t)
	n := newNode(t, db)
	n.append(3)
	n.sequence(3)
	for _, change := range []string{
		`UPDATE journal_leaf SET id = 'BUDI SANTOSO' WHERE idx = 1`,
		`UPDATE journal_leaf SET book = 'BUDI SANTOSO' WHERE idx = 2`,
		`UPDATE journal_leaf SET idx = 'BUDI SANTOSO' WHERE idx = 0`,
		`UPDATE journal_hash SET pos = 'BUDI SANTOSO' WHERE pos = 0`,
		`UPDATE journal_head SET size = 'BUDI SANTOSO'`,
	} {
		n.write(func(tx *store.Tx) error { _, err := tx.Exec(change); return err })
		if r := n.verify(); r.OK() || strings.Contains(fmt.Sprint(r), "BUDI") {
			t.Errorf("%s: %+v", change, r)
		}
	}
}
