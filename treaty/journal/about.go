package journal

import (
	"bytes"

	"mitra/store"
)

// NewestAbout is [Newest] for the events that concern some records or persons: it looks through at most so many events of the
// book, none made before the time of the id after unless that is empty, and hands out those that have one of the subjects. last is the event that was looked at last, from which it can be gone
// on, and read how many were. No index has the subjects: an event that names none of them is passed over without being read.
func NewestAbout(tx *store.Tx, book, before, after string, most int, subjects []string, yield func(e Event) error) (last Event, read int, err error) {
	marks := make([][]byte, len(subjects))
	for i, s := range subjects {
		marks[i] = []byte(`"` + s + `"`)
	}
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
			if r.Text(0) < after { // ids are in the order of time
				return nil
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

func mentions(event []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.Contains(event, m) {
			return true
		}
	}
	return false
}
