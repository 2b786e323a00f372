package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"mitra/store"
)

// kindEpoch is the kind of the event with which the books go on after the node
// was put back from a backup.
const kindEpoch = "epoch"

// A Head is the last checkpoint of a book.
type Head struct {
	Book string `json:"name"`
	Size int64  `json:"size"`
	Root string `json:"root"` // base64
	Note string `json:"-"`    // the signed checkpoint, as a head file holds it
}

// Heads returns the last checkpoint of each book in the database, by the names of
// the books. vkey is the node's verifier key. It returns an error wrapping
// [ErrDamaged] at one that it did not sign.
func Heads(tx *store.Tx, vkey string) ([]Head, error) {
	books, err := tx.Texts(headBooks)
	if err != nil {
		return nil, err
	}
	heads := []Head{}
	for _, book := range books {
		_, text, err := readLastHead(tx, book)
		if err != nil {
			return nil, err
		}
		h, err := OpenHead(text, book, vkey)
		if err != nil {
			return nil, fmt.Errorf("book %s: %w: its last checkpoint: %w", book, ErrDamaged, err)
		}
		heads = append(heads, h)
	}
	return heads, nil
}

// OpenHead reads a checkpoint of a book as a head file holds it, and checks that
// the node whose verifier key is vkey has signed it.
func OpenHead(text, book, vkey string) (Head, error) {
	v, err := bookVerifier(vkey, book)
	if err != nil {
		return Head{}, err
	}
	c, err := openCheckpoint(text, v)
	if err != nil {
		return Head{}, err
	}
	return Head{Book: book, Size: c.size, Root: c.root.String(), Note: text}, nil
}

// An Epoch is what is known when a node has been put back from a backup: the
// moment of the backup and the last checkpoints in it. What the node recorded after
// them is in none of its books any more.
type Epoch struct {
	Backup time.Time `json:"backup"`
	Books  []Head    `json:"books"`
}

// AppendEpoch opens a new epoch of the node's books: an event in the house book.
func AppendEpoch(tx *store.Tx, actor string, e Epoch) (Event, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return Event{}, err
	}
	return appendEvent(tx, Event{Kind: kindEpoch, Actor: actor, Data: data})
}

// Epochs returns the epochs that were opened, in the order of their events, which
// for [Verify] to say may have been changed.
func Epochs(tx *store.Tx) (all []Epoch, err error) {
	err = Events(tx, House, func(e Event) error {
		var epoch Epoch
		if e.Kind == kindEpoch && json.Unmarshal(e.Data, &epoch) == nil {
			all = append(all, epoch)
		}
		return nil
	})
	return all, err
}
