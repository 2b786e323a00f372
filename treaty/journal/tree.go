package journal

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"

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
	for l := 0; size>>l != 0; l++ {
		if size>>l&1 == 0 {
			continue
		}
		h, err := readHash(tx, book, tlog.StoredHashIndex(l, size>>l-1))
		if err != nil {
			return edge{}, err
		}
		e.level[l] = h
	}
	return e, nil
}

// hashReader reads a book's stored hashes for package tlog.
func hashReader(tx *store.Tx, book string) tlog.HashReader {
	return tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, pos := range at {
			h, err := readHash(tx, book, pos)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}

func readHash(tx *store.Tx, book string, pos int64) (h tlog.Hash, err error) {
	var b []byte
	err = tx.QueryRow(selectHash, book, pos).Scan(&b)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return h, fmt.Errorf("book %s: the tree's hash at position %d is missing: %w", book, pos, ErrDamaged)
	case err != nil:
		return h, err
	case len(b) != tlog.HashSize:
		return h, fmt.Errorf("book %s: the tree's hash at position %d has %d bytes: %w", book, pos, len(b), ErrDamaged)
	}
	return tlog.Hash(b), nil
}
