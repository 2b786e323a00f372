package journal

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"mitra/store"
)

// kindErasure is the kind of the event that reports an erasure.
const kindErasure = "erasure"

// ErrNoEvent: the book has no event with this index, or it has been erased.
var ErrNoEvent = errors.New("no such event")

// An erasure is the data of an event of kind "erasure". It names the erased
// event's id as well as its index, because with the event's bytes goes what
// ties the row's id to them.
type erasure struct {
	Index  int64  `json:"index"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Erase removes the content of the event with an index, for good, and appends
// the event that says so, in tx. reason is a code (the legal ground), actor the
// officer. The tree and every proof of other events stay as they are. An
// erasure or an epoch cannot be erased.
//
// It returns an error wrapping [ErrNoEvent] if there is nothing to erase.
func Erase(tx *store.Tx, book string, index int64, reason, actor string) (Event, error) {
	if reason == "" {
		return Event{}, fmt.Errorf("erase event %d of book %s: no reason given", index, book)
	}
	var id string
	var salt, text, leaf []byte
	err := tx.QueryRow(selectLeaf, book, index).Scan(&id, &salt, &text, &leaf)
	if errors.Is(err, sql.ErrNoRows) || err == nil && text == nil {
		err = ErrNoEvent
	}
	if err != nil {
		return Event{}, fmt.Errorf("erase event %d of book %s: %w", index, book, err)
	}
	var e Event
	if err := json.Unmarshal(text, &e); err != nil || e.Kind == kindErasure || e.Kind == kindEpoch {
		return Event{}, fmt.Errorf("erase event %d of book %s: it is an erasure or an epoch, or damaged", index, book)
	}
	if _, err := tx.Exec(eraseLeaf, book, index); err != nil {
		return Event{}, fmt.Errorf("erase event %d of book %s: %w", index, book, err)
	}
	data, err := json.Marshal(erasure{Index: index, ID: id, Reason: reason})
	if err != nil {
		return Event{}, fmt.Errorf("erase event %d of book %s: %w", index, book, err)
	}
	return appendEvent(tx, Event{Book: book, Kind: kindErasure, Actor: actor, Data: data})
}
