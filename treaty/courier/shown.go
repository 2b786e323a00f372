package courier

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"strings"

	"mitra/store"
	"mitra/treaty/journal"
)

// CosignedOver is the first cosignature of a peer under a book of this node that covers the event with an index,
// and how many events it covers; 0 where there is none.
func CosignedOver(tx *store.Tx, book string, index int64) (size int64, line string, err error) {
	err = tx.QueryRow(cosignatureOver, book, index).Scan(&size, &line)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return size, line, err
}

// A Shown book is one that a peer keeps of the exchange with this node, as far as it has shown it.
type Shown struct {
	Name       string
	Size       int64
	Checkpoint string // the last that this node has cosigned
	Fault      string // a checkpoint that contradicts it, or empty

	peer string
}

// Shown are the books of a peer, of all its epochs.
func (p Peer) Shown(tx *store.Tx) (books []Shown, err error) {
	rows, err := tx.Query(watchesOf, p.Node)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		b := Shown{peer: p.Node}
		if err := rows.Scan(&b.Name, &b.Size, &b.Checkpoint, &b.Fault); err != nil {
			return nil, err
		}
		books = append(books, b)
	}
	return books, rows.Err()
}

// Leaves are what the peer has shown of the book.
func (b Shown) Leaves(tx *store.Tx) journal.Leaves {
	return journal.Leaves{Size: b.Size, All: func() iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			rows, err := tx.Query(watchedOf, b.peer, b.Name)
			if err != nil {
				yield(nil, err)
				return
			}
			defer rows.Close()
			for rows.Next() {
				var part []byte
				if err := rows.Scan(&part); err != nil {
					yield(nil, err)
					return
				}
				for leaf := range slices.Chunk(part, sha256.Size) {
					if !yield(leaf, nil) {
						return
					}
				}
			}
			if err := rows.Err(); err != nil {
				yield(nil, err)
			}
		}
	}}
}

// IsBook says whether a node may keep a book of this name of the exchange with a peer, in whichever epoch.
func IsBook(name, peer string) bool {
	first, _, _ := strings.Cut(name, ".")
	return first == book(peer)
}
