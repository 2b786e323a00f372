package journal

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// A Place is where a leaf stands in a book, with the audit path that shows it.
type Place struct {
	Index int64
	Path  tlog.RecordProof
}

// Leaves is a book of which there are the leaves and no hashes, as a witness has it: the first Size of
// what All hands out, in order. All is called twice.
type Leaves struct {
	Size int64
	All  func() iter.Seq2[[]byte, error]
}

// Prove finds those of the wanted leaves that the book has, and makes the proof of each; and the proofs
// that the trees of the sizes in old, each at most Size, are beginnings of this one. It hashes every leaf
// once, and keeps in memory what the proofs are made of.
func (l Leaves) Prove(wanted [][]byte, old []int64) (places map[string]Place, grown map[int64]tlog.TreeProof, err error) {
	places, grown = map[string]Place{}, map[int64]tlog.TreeProof{}
	want := make(map[string]bool, len(wanted))
	for _, leaf := range wanted {
		want[string(leaf)] = true
	}
	n := int64(0)
	for leaf, err := range l.All() {
		if err != nil {
			return nil, nil, err
		}
		if n == l.Size || len(places) == len(want) {
			break
		}
		if want[string(leaf)] {
			places[string(leaf)] = Place{Index: n}
		}
		n++
	}
	if len(places)+len(old) == 0 {
		return places, grown, nil
	}
	// Which hashes the proofs need is asked before there are any.
	need := map[int64]tlog.Hash{}
	prove := func(r tlog.HashReaderFunc) (err error) {
		for leaf, p := range places {
			if p.Path, err = tlog.ProveRecord(l.Size, p.Index, r); err != nil {
				return err
			}
			places[leaf] = p
		}
		for _, size := range old {
			if grown[size], err = tlog.ProveTree(l.Size, size, r); err != nil {
				return err
			}
		}
		return nil
	}
	if err := prove(func(at []int64) ([]tlog.Hash, error) {
		for _, pos := range at {
			need[pos] = tlog.Hash{}
		}
		return make([]tlog.Hash, len(at)), nil
	}); err != nil {
		return nil, nil, err
	}
	if err := l.fill(need); err != nil {
		return nil, nil, err
	}
	return places, grown, prove(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, pos := range at {
			out[i] = need[pos]
		}
		return out, nil
	})
}

// fill computes the hashes at the positions of tlog.StoredHashIndex that need names.
func (l Leaves) fill(need map[int64]tlog.Hash) error {
	e, pos, out := edge{}, int64(0), []tlog.Hash(nil)
	order := slices.Sorted(maps.Keys(need)) // a look into the map for each hash would take as long as the hashing
	for leaf, err := range l.All() {
		if err != nil {
			return err
		}
		if e.size == l.Size {
			break
		}
		out = e.add(tlog.RecordHash(leaf), out[:0])
		for _, h := range out {
			if len(order) > 0 && order[0] == pos {
				need[pos], order = h, order[1:]
			}
			pos++
		}
	}
	if e.size != l.Size {
		return fmt.Errorf("%w: of %d leaves of a book %d are there", ErrDamaged, l.Size, e.size)
	}
	return nil
}
