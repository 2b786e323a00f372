package journal_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"mitra/treaty/journal"
)

// leaves are n leaves of a book.
func leaves(n int) (out [][]byte) {
	for i := range n {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		out = append(out, h[:])
	}
	return out
}

func bookOf(leaves [][]byte) journal.Leaves {
	return journal.Leaves{Size: int64(len(leaves)), All: func() iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for _, l := range leaves {
				if !yield(l, nil) {
					return
				}
			}
		}
	}}
}

// stored are the hashes that package tlog keeps of the same book.
func stored(t interface{ Fatal(...any) }, leaves [][]byte) tlog.HashReaderFunc {
	var all []tlog.Hash
	read := func(at []int64) (out []tlog.Hash, _ error) {
		for _, i := range at {
			out = append(out, all[i])
		}
		return out, nil
	}
	for i, l := range leaves {
		more, err := tlog.StoredHashes(int64(i), l, tlog.HashReaderFunc(read))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
	}
	return read
}

// What is proved from leaves alone is what package tlog proves from stored hashes.
func TestProveFromLeaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := leaves(rapid.IntRange(1, 200).Draw(t, "leaves"))
		size := int64(len(all))
		r := stored(t, all)
		at := rapid.SliceOfDistinct(rapid.Int64Range(0, size-1), func(i int64) int64 { return i }).Draw(t, "wanted")
		old := rapid.SliceOfDistinct(rapid.Int64Range(1, size), func(i int64) int64 { return i }).Draw(t, "old")
		wanted := [][]byte{make([]byte, 32)} // which it does not have
		for _, i := range at {
			wanted = append(wanted, all[i])
		}
		places, grown, err := bookOf(all).Prove(wanted, old)
		if err != nil || len(places) != len(at) || len(grown) != len(old) {
			t.Fatalf("%d places, %d trees, %v; want %d and %d", len(places), len(grown), err, len(at), len(old))
		}
		for _, i := range at {
			want, err := tlog.ProveRecord(size, i, r)
			if p := places[string(all[i])]; err != nil || p.Index != i || !slices.Equal(p.Path, want) {
				t.Errorf("leaf %d of %d: %v, want %v, %v", i, size, p, want, err)
			}
		}
		for _, n := range old {
			if want, err := tlog.ProveTree(size, n, r); err != nil || !slices.Equal(grown[n], want) {
				t.Errorf("tree %d of %d: %v, want %v, %v", n, size, grown[n], want, err)
			}
		}
	})
}

func TestProveFromTooFewLeaves(t *testing.T) {
	l := bookOf(leaves(5))
	l.Size = 6
	if _, _, err := l.Prove(leaves(1), nil); !errors.Is(err, journal.ErrDamaged) {
		t.Errorf("%v, want damaged", err)
	}
	mine := errors.New("mine")
	l.All = func() iter.Seq2[[]byte, error] { return func(yield func([]byte, error) bool) { yield(nil, mine) } }
	if _, _, err := l.Prove(leaves(1), nil); !errors.Is(err, mine) {
		t.Errorf("%v, want mine", err)
	}
}

// BenchmarkProveFromLeaves is what a witness of a million events does to prove twenty.
func BenchmarkProveFromLeaves(b *testing.B) {
	all := leaves(1_000_000)
	wanted := all[999_980:]
	for b.Loop() {
		if _, _, err := bookOf(all).Prove(wanted, []int64{1, 500_000, 999_990}); err != nil {
			b.Fatal(err)
		}
	}
}
