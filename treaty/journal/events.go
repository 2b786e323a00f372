package journal

import (
	"slices"

	"mitra/store"
)

const bookEvents = `
	SELECT id, event, idx FROM journal_leaf WHERE book = $1 ORDER BY id`

// Events hands out the events of a book in the order of their ids, those without
// an index yet among them. Of an event that was erased, or is damaged, only the
// ID and Index are left. Which of the two, and whether the others are what they were, is
// for [Verify] to say. An error of yield ends the reading and is returned; yield
// makes no statement in tx.
func Events(tx *store.Tx, book string, yield func(e Event) error) error {
	return events(tx, book, nil, yield)
}

// EventsOf is [Events] for those of some kinds and for what is left of those that were erased. Others are passed over without being read,
// which takes most of the time.
func EventsOf(tx *store.Tx, book string, kinds []string, yield func(e Event) error) error {
	marks := marksOf(kinds)
	return events(tx, book, func(text []byte) bool { return mentions(text, marks) }, func(e Event) error {
		if e.Kind != "" && !slices.Contains(kinds, e.Kind) {
			return nil
		}
		return yield(e)
	})
}

func events(tx *store.Tx, book string, wanted func(text []byte) bool, yield func(e Event) error) error {
	rows, err := tx.Query(bookEvents, book)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return err
		}
		if text := r.Bytes(1); wanted != nil && len(text) > 0 && !wanted(text) {
			continue
		}
		if err := yield(eventIn(&r)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Books are the names of the books that have events, those without an index yet among
// them. What is no name of a book is left out: it is for [Verify] to tell of.
func Books(tx *store.Tx) (names []string, err error) {
	rows, err := tx.Query(leafBooks)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return nil, err
		}
		if name := r.Text(0); bookName.MatchString(name) {
			names = append(names, name)
		}
	}
	return names, rows.Err()
}
