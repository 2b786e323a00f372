package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mitra/store"
)

// Both go by an index, so that a page of a book of millions costs what a page costs: what has its place by that of
// places, the few that have none yet by that of those. SQLite would sort the whole book for one order over both.
const (
	newestPending = `
	SELECT id, event, idx FROM journal_leaf WHERE book = $1 AND idx IS NULL AND id < $2 ORDER BY id DESC LIMIT $3`

	newestPlaced = `
	SELECT id, event, idx FROM journal_leaf WHERE book = $1 AND idx < $2 ORDER BY idx DESC LIMIT $3`

	placeOf = `
	SELECT idx FROM journal_leaf WHERE id = $1 AND book = $2`
)

// beyond are an id and an index that no event reaches.
const (
	beyondID    = "ffffffff-ffff-ffff-ffff-ffffffffffff"
	beyondIndex = int64(1) << 62
)

// Newest hands out at most so many events of a book, the newest first: those without an index, then by index, from the one
// before the event whose id is before, or from the end where that is empty. What is left of erased and damaged
// ones is that of [Events]. The error wraps [ErrNoEvent] if the book has no event of that id.
func Newest(tx *store.Tx, book, before string, most int, yield func(e Event) error) error {
	id, index := beyondID, beyondIndex
	if before != "" {
		place, err := placed(tx, book, before)
		if err != nil {
			return err
		}
		if id = before; place != pending {
			_, err = hand(tx, yield, newestPlaced, book, place, int64(most))
			return err
		}
	}
	n, err := hand(tx, yield, newestPending, book, id, int64(most))
	if err == nil && n < most {
		_, err = hand(tx, yield, newestPlaced, book, index, int64(most-n))
	}
	return err
}

// placed is the index of an event; pending where it has none yet.
func placed(tx *store.Tx, book, id string) (int64, error) {
	rows, err := tx.Query(placeOf, id, book)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, errors.Join(rows.Err(), fmt.Errorf("%w: %s", ErrNoEvent, book))
	}
	var r store.Row
	if err := r.Scan(rows); err != nil || r.Null(0) {
		return pending, err
	}
	return r.Int(0), rows.Err()
}

// hand hands out the events that a statement finds, and says how many.
func hand(tx *store.Tx, yield func(e Event) error, query string, args ...any) (n int, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return n, err
		}
		if err := yield(eventIn(&r)); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// eventIn is the event of a row of id, event and index: of one that was erased, or is damaged, only ID and Index.
func eventIn(r *store.Row) Event {
	id := r.Text(0)
	e := Event{}
	if !r.Null(1) && json.Unmarshal(r.Bytes(1), &e) != nil || e.ID != id {
		e = Event{}
	}
	e.ID, e.Index = id, pending
	if !r.Null(2) {
		e.Index = r.Int(2)
	}
	return e
}

// A BookHead is a book, and how far its last checkpoint goes.
type BookHead struct {
	Book       string
	Size       int64  // events
	Checkpoint string // the signed note
	Pending    int64  // events that it does not cover yet; [MostPending] stands for so many or more
}

// MostPending is how far [BookHead].Pending counts.
const MostPending = 10_000

const countPending = `
	SELECT COUNT(*) FROM (SELECT 1 AS one FROM journal_leaf WHERE book = $1 AND idx IS NULL LIMIT $2) AS first_few`

// LastHeads are the books that have a checkpoint, each with its last.
func LastHeads(tx *store.Tx) (heads []BookHead, err error) {
	names, err := values(tx, headBooks)
	if err != nil {
		return nil, err
	}
	for _, v := range names {
		h := BookHead{}
		var ok bool
		if h.Book, ok = v.(string); !ok || !bookName.MatchString(h.Book) {
			continue // for Verify to tell of
		}
		if h.Size, h.Checkpoint, err = readLastHead(tx, h.Book); err != nil {
			return nil, err
		}
		if err := tx.QueryRow(countPending, h.Book, int64(MostPending)).Scan(&h.Pending); err != nil {
			return nil, err
		}
		heads = append(heads, h)
	}
	return heads, nil
}

// Root is the root hash that the checkpoint names, base64; empty if there is none.
func (h BookHead) Root() string {
	lines := strings.SplitN(h.Checkpoint, "\n", 4)
	if len(lines) < 4 {
		return ""
	}
	return lines[2]
}
