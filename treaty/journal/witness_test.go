package journal_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

const witnessName = "mitra/ID/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e60"

func (n *node) next(old int64) journal.Statement {
	n.t.Helper()
	var s journal.Statement
	if err := n.db.Read(n.t.Context(), func(tx *store.Tx) (err error) {
		s, err = journal.Next(tx, journal.House, old)
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
	return s
}

func TestWitness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		skey, vkey, err := journal.NewKey(witnessName, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		var w journal.Watch
		if s := n.next(0); s.Checkpoint != "" {
			t.Errorf("an empty book has something to cosign: %+v", s)
		}
		for _, grow := range []int{1, 2, 5, 1, 13} {
			n.append(grow)
			n.sequence(int64(grow))
			s := n.next(w.Size)
			if len(s.Leaves) != grow {
				t.Fatalf("%d leaves, want %d", len(s.Leaves), grow)
			}
			if w, err = w.Follow(s, n.vkey, journal.House); err != nil {
				t.Fatal(err)
			}
			at := time.Unix(1_790_000_000, 0).UTC()
			line, err := journal.Cosign(skey, w.Checkpoint, at)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := journal.CheckCosignature(line, w.Checkpoint, vkey); err != nil || !got.Equal(at) {
				t.Errorf("cosigned at %v: %v", got, err)
			}
			if _, err := journal.CheckCosignature(line, w.Checkpoint, n.vkey); !errors.Is(err, journal.ErrCosignature) {
				t.Errorf("another witness: %v", err)
			}
			if _, err := journal.CheckCosignature(line, strings.Replace(w.Checkpoint, "\n", "\n1", 1), vkey); !errors.Is(err, journal.ErrCosignature) {
				t.Errorf("another checkpoint: %v", err)
			}
			b := []byte(line)
			b[len(b)/2] ^= 4
			if _, err := journal.CheckCosignature(string(b), w.Checkpoint, vkey); !errors.Is(err, journal.ErrCosignature) {
				t.Errorf("a changed line: %v", err)
			}
		}
		if s := n.next(w.Size); s.Checkpoint != "" || len(s.Leaves) != 0 {
			t.Errorf("nothing is new, and yet %+v", s)
		}
		if err := n.db.Read(t.Context(), func(tx *store.Tx) error {
			_, err := journal.Next(tx, journal.House, w.Size+1)
			return err
		}); !errors.Is(err, journal.ErrRollback) {
			t.Errorf("a witness that has seen more: %v", err)
		}
	})
}

// A witness follows a book from any checkpoint to any later one, whatever the steps, and ends
// with the same edge.
func TestWatchAnySteps(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	size := int64(0)
	sizes := []int64{0}
	for _, grow := range []int{3, 1, 4, 1, 5, 9, 2, 6} {
		n.append(grow)
		n.sequence(int64(grow))
		size += int64(grow)
		sizes = append(sizes, size)
	}
	all := n.next(0)
	whole, err := journal.Watch{}.Follow(all, n.vkey, journal.House)
	if err != nil {
		t.Fatal(err)
	}
	heads := map[int64]string{}
	if err := n.db.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT size, note FROM journal_head`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var size int64
			var note string
			if err := rows.Scan(&size, &note); err != nil {
				return err
			}
			heads[size] = note
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		w, at := journal.Watch{}, 0
		for at < len(sizes)-1 {
			to := rapid.IntRange(at+1, len(sizes)-1).Draw(t, "to")
			s := journal.Statement{Old: sizes[at], Leaves: all.Leaves[sizes[at]:sizes[to]], Checkpoint: heads[sizes[to]]}
			// A leaf that is changed, left out, put in or moved is found, and so is another beginning.
			bad := s
			bad.Leaves = append([][]byte{}, s.Leaves...)
			i := rapid.IntRange(0, len(bad.Leaves)-1).Draw(t, "leaf")
			want := journal.ErrForked
			switch rapid.IntRange(0, 4).Draw(t, "fault") {
			case 0:
				bad.Leaves[i] = append([]byte{bad.Leaves[i][0] ^ 1}, bad.Leaves[i][1:]...)
			case 1:
				bad.Leaves, want = append(bad.Leaves[:i], bad.Leaves[i+1:]...), journal.ErrStatement
			case 2:
				bad.Leaves, want = append(bad.Leaves, bad.Leaves[i]), journal.ErrStatement
			case 3:
				bad.Leaves[i], want = bad.Leaves[i][1:], journal.ErrStatement
			case 4:
				bad.Checkpoint, want = bad.Checkpoint+"x", journal.ErrStatement
			}
			if after, err := w.Follow(bad, n.vkey, journal.House); !errors.Is(err, want) || after.Size != w.Size {
				t.Fatalf("%v, want %v", err, want)
			}
			var err error
			if w, err = w.Follow(s, n.vkey, journal.House); err != nil {
				t.Fatal(err)
			}
			if at > 0 {
				if _, err := w.Follow(s, n.vkey, journal.House); !errors.Is(err, journal.ErrBehind) && !errors.Is(err, journal.ErrForked) {
					t.Fatalf("the same statement again: %v", err)
				}
			}
			at = to
		}
		if string(w.Edge) != string(whole.Edge) || w.Size != whole.Size {
			t.Fatal("the edge depends on the steps")
		}
	})
	other := newNode(t, storetest.SQLite(t))
	other.append(int(size))
	other.sequence(size)
	s := other.next(0)
	if _, err := (journal.Watch{}).Follow(s, n.vkey, journal.House); !errors.Is(err, journal.ErrStatement) {
		t.Errorf("another node's book: %v", err)
	}
	// The same node with another history: set back, and grown anew.
	other.skey, other.vkey = n.skey, n.vkey
	other.append(1)
	other.db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM journal_head`)
		if err == nil {
			_, err = tx.Exec(`UPDATE journal_leaf SET idx = NULL`)
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM journal_hash`)
		}
		return err
	})
	other.heads = t.TempDir()
	other.sequence(size + 1)
	s = other.next(0)
	s.Old, s.Leaves = whole.Size, s.Leaves[whole.Size:]
	if _, err := whole.Follow(s, n.vkey, journal.House); !errors.Is(err, journal.ErrForked) {
		t.Errorf("a forked book: %v", err)
	}
}
