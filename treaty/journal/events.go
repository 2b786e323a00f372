package journal

import (
	"encoding/json"
	"fmt"

	"mitra/store"
)

const bookEvents = `
	SELECT id, event FROM journal_leaf WHERE book = $1 ORDER BY id`

// Events hands out the events of a book in the order of their ids, those without
// an index yet among them. Of an erased event only the ID is left. Whether the
// events are what they were is for [Verify] to say. An error of yield ends the
// reading and is returned; yield makes no statement in tx.
func Events(tx *store.Tx, book string, yield func(e Event) error) error {
	rows, err := tx.Query(bookEvents, book)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var text []byte
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		e := Event{ID: id}
		if text != nil {
			if err := json.Unmarshal(text, &e); err != nil {
				return fmt.Errorf("event %s: %w", id, ErrDamaged)
			}
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	return rows.Err()
}
