package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// A Proof shows, to someone who has nothing but the node's public key, that an
// event stands in a book at an index. Salt and Event are empty if the event has
// been erased; the proof then shows that there was one.
type Proof struct {
	Book       string           `json:"book"`
	Index      int64            `json:"index"`
	Salt       []byte           `json:"salt,omitempty"`
	Event      []byte           `json:"event,omitempty"`
	Leaf       []byte           `json:"leaf"`
	Path       tlog.RecordProof `json:"path"` // RFC 6962 audit path
	Checkpoint string           `json:"checkpoint"`
}

// Prove makes the proof of the event with an index, against the book's last
// checkpoint. It returns an error wrapping [ErrNoEvent] if no checkpoint covers
// the index.
func Prove(ctx context.Context, db *store.DB, book string, index int64) (Proof, error) {
	p := Proof{Book: book, Index: index}
	err := db.Read(ctx, func(tx *store.Tx) error {
		size, text, err := readLastHead(tx, book)
		if err != nil {
			return err
		}
		if index < 0 || index >= size {
			return ErrNoEvent
		}
		p.Checkpoint = text
		var id string
		err = tx.QueryRow(selectLeaf, book, index).Scan(&id, &p.Salt, &p.Event, &p.Leaf)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("the event's row is missing: %w", ErrDamaged)
		}
		if err != nil {
			return err
		}
		p.Path, err = tlog.ProveRecord(size, index, hashReader(tx, book))
		return err
	})
	if err != nil {
		return Proof{}, fmt.Errorf("prove event %d of book %s: %w", index, book, err)
	}
	return p, nil
}

// Check verifies the proof with the node's public key and returns the event,
// which is empty if it has been erased. It needs no database.
func (p Proof) Check(vkey string) (Event, error) {
	if !bookName.MatchString(p.Book) {
		return Event{}, errors.New("proof: the book's name is malformed")
	}
	v, err := bookVerifier(vkey, p.Book)
	if err != nil {
		return Event{}, fmt.Errorf("proof: %w", err)
	}
	head, err := openCheckpoint(p.Checkpoint, v)
	if err != nil {
		return Event{}, fmt.Errorf("proof: %w", err)
	}
	if err := tlog.CheckRecord(p.Path, head.size, head.root, p.Index, tlog.RecordHash(p.Leaf)); err != nil {
		return Event{}, fmt.Errorf("proof: the path does not lead from the leaf to the checkpoint's root")
	}
	if len(p.Event) == 0 && len(p.Salt) == 0 {
		return Event{}, nil
	}
	if leaf := leafOf(p.Salt, p.Event); len(p.Salt) != saltSize || string(leaf[:]) != string(p.Leaf) {
		return Event{}, errors.New("proof: the event is not the one that the leaf commits to")
	}
	var e Event
	if err := json.Unmarshal(p.Event, &e); err != nil || e.Book != p.Book {
		return Event{}, errors.New("proof: the leaf commits to something that is no event of this book")
	}
	return e, nil
}
