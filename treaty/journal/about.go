package journal

import (
	"bytes"
	"database/sql"
	"errors"

	"mitra/store"
)

// NewestAbout is [Newest] for the events that concern some records or persons: it looks through at most so many events of the
// book and hands out those that have one of the subjects. last is the event that was looked at last, from which it can be gone
// on, and read how many were. No index has the subjects: an event that names none of them is passed over without being read.
func NewestAbout(tx *store.Tx, book, before string, most int, subjects []string, yield func(e Event) error) (last Event, read int, err error) {
	marks := marksOf(subjects)
	look := func(query string, args ...any) error {
		rows, err := tx.Query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		var r store.Row
		n := 0
		for rows.Next() {
			if err := r.Scan(rows); err != nil {
				return err
			}
			read, n = read+1, n+1
			if r.Null(1) || !mentions(r.Bytes(1), marks) {
				continue
			}
			last = eventIn(&r)
			if err := yield(last); err != nil {
				return err
			}
		}
		if n > 0 {
			last = eventIn(&r)
		}
		return rows.Err()
	}
	id, index := beyondID, beyondIndex
	if before != "" {
		place, err := placed(tx, book, before)
		if err != nil {
			return last, 0, err
		}
		if id = before; place != pending {
			return last, read, look(newestPlaced, book, place, int64(most))
		}
	}
	if err := look(newestPending, book, id, int64(most)); err != nil || read == most {
		return last, read, err
	}
	return last, read, look(newestPlaced, book, index, int64(most-read))
}

// FollowAbout hands out the events of a book that concern some records or persons, from an index on: it looks through at most so many
// that have their place, and in its last part through those that have none yet, which come again the next time. next is the index to go
// on from, and end is true where there was nothing more: so a book is followed by reading each event once.
func FollowAbout(tx *store.Tx, book string, from int64, most int, subjects []string, yield func(e Event) error) (next int64, end bool, err error) {
	marks := marksOf(subjects)
	look := func(query string, args ...any) (n int, err error) {
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
			if n++; !r.Null(2) {
				from = r.Int(2) + 1
			}
			if r.Null(1) || !mentions(r.Bytes(1), marks) {
				continue
			}
			if err := yield(eventIn(&r)); err != nil {
				return n, err
			}
		}
		return n, rows.Err()
	}
	n, err := look(placedFrom, book, from, int64(most))
	if err != nil || n == most {
		return from, false, err
	}
	_, err = look(allPending, book)
	return from, true, err
}

// IndexSince is the index from which on [FollowAbout] comes to all events whose ids are not below one; that of the end of the book where
// there is none. An id may be older than its place, by as long as a transaction takes: the first of many places is taken.
func IndexSince(tx *store.Tx, book, id string) (index int64, err error) {
	var first sql.NullInt64
	err = tx.QueryRow(firstSince, book, id).Scan(&first)
	if err == nil && !first.Valid {
		return End(tx, book)
	}
	return first.Int64, err
}

// End is the index of the next event of a book that is given its place.
func End(tx *store.Tx, book string) (index int64, err error) {
	err = tx.QueryRow(lastPlaced, book).Scan(&index)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return index + 1, err
}

const (
	placedFrom = `
	SELECT id, event, idx FROM journal_leaf WHERE book = $1 AND idx >= $2 ORDER BY idx LIMIT $3`

	allPending = `
	SELECT id, event, idx FROM journal_leaf WHERE book = $1 AND idx IS NULL ORDER BY id`

	// firstSince goes by the ids alone: SQLite would rather sort the book.
	firstSince = `
	SELECT MIN(idx) FROM (
		SELECT idx FROM journal_leaf WHERE book || '' = $1 AND id >= $2 AND idx IS NOT NULL ORDER BY id LIMIT 10000) AS first_many`

	lastPlaced = `
	SELECT idx FROM journal_leaf WHERE book = $1 AND idx IS NOT NULL ORDER BY idx DESC LIMIT 1`
)

// marksOf is how subjects stand in the bytes of an event.
func marksOf(subjects []string) [][]byte {
	marks := make([][]byte, len(subjects))
	for i, s := range subjects {
		marks[i] = []byte(`"` + s + `"`)
	}
	return marks
}

func mentions(event []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.Contains(event, m) {
			return true
		}
	}
	return false
}
