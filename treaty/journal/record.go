package journal

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// A Record is an event as its book keeps it: what a proof of it is made of. Salt and Event are empty
// if it has been erased.
type Record struct {
	ID    string
	Book  string
	Index int64 // -1 where it has no place yet
	Salt  []byte
	Event []byte
	Leaf  []byte
}

// recordPage is how many records are read at once: whoever looks for one finds it among the first.
const recordPage = 200

const recordsAfter = `
	SELECT id, book, idx, salt, event, leaf FROM journal_leaf WHERE id >= $1 ORDER BY id LIMIT $2`

// RecordsSince hands out the records of all books that were made at a time or after it, in the order of
// their ids, which begin with the time (UUIDv7, RFC 9562). yield makes no statement in tx; it says
// whether it wants more.
func RecordsSince(tx *store.Tx, from time.Time, yield func(Record) bool) error {
	ms := max(0, from.UnixMilli())
	next := fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
	for {
		page, last, more, err := recordsFrom(tx, next, yield)
		if err != nil || !more || page < recordPage {
			return err
		}
		next = last + "0" // what follows
	}
}

// recordsFrom hands out one page; more says whether yield wants another.
func recordsFrom(tx *store.Tx, from string, yield func(Record) bool) (n int, last string, more bool, err error) {
	rows, err := tx.Query(recordsAfter, from, int64(recordPage))
	if err != nil {
		return 0, "", false, err
	}
	defer rows.Close()
	for rows.Next() {
		r, index := Record{}, (*int64)(nil)
		if err := rows.Scan(&r.ID, &r.Book, &index, &r.Salt, &r.Event, &r.Leaf); err != nil {
			return n, "", false, err
		}
		if r.Index = pending; index != nil {
			r.Index = *index
		}
		if n, last = n+1, r.ID; !yield(r) {
			return n, last, false, nil
		}
	}
	return n, last, true, rows.Err()
}

// Path is the audit path (RFC 6962, section 2.1.1) of the event with an index, in the tree of the first
// size events of a book.
func Path(tx *store.Tx, book string, size, index int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, index, hashReader(tx, book))
}

// Growth is the proof (RFC 6962, section 2.1.2) that the tree of the first old events of a book is the
// beginning of that of the first size ones.
func Growth(tx *store.Tx, book string, old, size int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(size, old, hashReader(tx, book))
}

// LeafOf is the leaf that salt and event commit to; nil where the salt is none.
func LeafOf(salt, event []byte) []byte {
	if len(salt) != saltSize {
		return nil
	}
	leaf := leafOf(salt, event)
	return leaf[:]
}
