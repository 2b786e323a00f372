package journal

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// emptyRoot is the root of a tree without records: the hash of nothing.
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// An edge is the right edge of a growing tree: the roots of the complete
// subtrees that its records make up, by level. It is all that is needed to add
// a record or to know the root, so a tree of any size is walked in constant
// memory. Level l holds a subtree if bit l of size is set.
type edge struct {
	size  int64
	level [63]tlog.Hash
}

// add adds a record by its hash and appends to out the hashes that
// [tlog.StoredHashes] says must be stored, starting at
// tlog.StoredHashIndex(0, size before).
func (e *edge) add(record tlog.Hash, out []tlog.Hash) []tlog.Hash {
	out = append(out, record)
	l := bits.TrailingZeros64(^uint64(e.size)) // subtrees completed by this record
	for i := range l {
		record = tlog.NodeHash(e.level[i], record)
		out = append(out, record)
	}
	e.level[l] = record
	e.size++
	return out
}

// root is the tree's root.
func (e *edge) root() tlog.Hash {
	if e.size == 0 {
		return emptyRoot
	}
	l := bits.TrailingZeros64(uint64(e.size))
	root := e.level[l]
	for l++; e.size>>l != 0; l++ {
		if e.size>>l&1 == 1 {
			root = tlog.NodeHash(e.level[l], root)
		}
	}
	return root
}

// loadEdge reads the edge of the first size records of a book.
func loadEdge(tx *store.Tx, book string, size int64) (edge, error) {
	e := edge{size: size}
	var levels []int
	var at []int64
	for l := 0; size>>l != 0; l++ {
		if size>>l&1 == 1 {
			levels, at = append(levels, l), append(at, tlog.StoredHashIndex(l, size>>l-1))
		}
	}
	hashes, err := readHashes(tx, book, at)
	if err != nil {
		return edge{}, err
	}
	for i, l := range levels {
		e.level[l] = hashes[i]
	}
	return e, nil
}

// hashReader reads a book's stored hashes for package tlog.
func hashReader(tx *store.Tx, book string) tlog.HashReader {
	return tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) { return readHashes(tx, book, at) })
}

// readHashes reads the hashes at positions of tlog.StoredHashIndex.
func readHashes(tx *store.Tx, book string, at []int64) ([]tlog.Hash, error) {
	keys, out, found := make([][]any, len(at)), make([]tlog.Hash, len(at)), make([]bool, len(at))
	for i, pos := range at {
		keys[i] = []any{book, pos}
	}
	if err := tx.QueryEach(selectHash, keys, func(i int, scan func(...any) error) error {
		var b []byte
		if err := scan(&b); err != nil {
			return err
		}
		if len(b) != tlog.HashSize {
			return fmt.Errorf("book %s: the tree's hash at position %d has %d bytes: %w", book, at[i], len(b), ErrDamaged)
		}
		out[i], found[i] = tlog.Hash(b), true
		return nil
	}); err != nil {
		return nil, err
	}
	if i := slices.Index(found, false); i >= 0 {
		return nil, fmt.Errorf("book %s: the tree's hash at position %d is missing: %w", book, at[i], ErrDamaged)
	}
	return out, nil
}
