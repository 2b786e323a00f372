package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"mitra/store"
)

// House is the book of everything a node does itself.
const House = "house"

// An Event is one thing that was done or seen. Everything in it is an opaque
// id, a code or a number: never a name, a document number or a date of birth.
type Event struct {
	ID       string          `json:"id"`                 // UUIDv7, set by Append
	Book     string          `json:"book"`               // House if empty
	At       time.Time       `json:"at"`                 // UTC, microseconds; set by Append
	Kind     string          `json:"kind"`               // what was done: "import", "search" …
	Actor    string          `json:"actor"`              // the officer who did it
	Office   string          `json:"office,omitempty"`   // the officer's office
	Purpose  string          `json:"purpose,omitempty"`  // why, as a code
	Subjects []string        `json:"subjects,omitempty"` // the records or persons concerned
	Data     json.RawMessage `json:"data,omitempty"`     // what the kind needs
	Index    int64           `json:"-"`                  // place in the book, set by Events; -1: none yet
}

// saltSize is the length of a salt; a fixed one, so that salt ‖ event can be
// taken apart in one way only.
const saltSize = 32

// A book's name is part of a file name and of an origin.
var bookName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,79}$`)

// Append writes e to its book in the transaction tx and returns it with ID,
// Book and At set. It has no index before the keeper's next [Keeper.Sequence].
func Append(tx *store.Tx, e Event) (Event, error) {
	if e.Kind == kindErasure || e.Kind == kindEpoch {
		return Event{}, fmt.Errorf("append an event: the kind %q is this package's own", e.Kind)
	}
	return appendEvent(tx, e)
}

// few is up to how many events one statement is cheaper than a bulk insert.
const few = 64

// AppendAll is [Append] of several events, in their order, and returns the leaf of each: what
// a receipt can promise to stand in the book.
func AppendAll(tx *store.Tx, events []Event) (leaves [][]byte, err error) {
	rows := make([][]any, len(events))
	for i, e := range events {
		if e.Kind == kindErasure {
			return nil, fmt.Errorf("append an event: the kind %q is Erase's own", kindErasure)
		}
		if _, rows[i], err = newLeaf(tx, e); err != nil {
			return nil, err
		}
		leaves = append(leaves, rows[i][4].([]byte))
	}
	switch {
	case len(rows) == 0:
	case len(rows) <= few:
		_, err = tx.ExecEach(insertLeaf, rows)
	default:
		_, err = tx.Bulk("journal_leaf", []string{"id", "book", "salt", "event", "leaf"}, slices.Values(rows))
	}
	if err != nil {
		return nil, fmt.Errorf("append events: %w", err)
	}
	return leaves, nil
}

func appendEvent(tx *store.Tx, e Event) (Event, error) {
	e, row, err := newLeaf(tx, e)
	if err != nil {
		return Event{}, err
	}
	if _, err := tx.Exec(insertLeaf, row...); err != nil {
		return Event{}, fmt.Errorf("append an event: %w", err)
	}
	return e, nil
}

// newLeaf completes an event and makes its row: id, book, salt, event, leaf.
func newLeaf(tx *store.Tx, e Event) (Event, []any, error) {
	if e.Book == "" {
		e.Book = House
	}
	switch {
	case !bookName.MatchString(e.Book):
		return Event{}, nil, errors.New("append an event: the book's name may hold a–z, 0–9 and . _ - only")
	case e.Kind == "":
		return Event{}, nil, errors.New("append an event: it has no kind")
	case e.Actor == "":
		return Event{}, nil, fmt.Errorf("append an event: %s has no actor", e.Kind)
	}
	e.ID, e.At = store.NewID(), tx.Now()
	text, err := json.Marshal(e)
	if err != nil {
		return Event{}, nil, fmt.Errorf("append an event: %s: %w", e.Kind, err)
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	leaf := leafOf(salt, text)
	return e, []any{e.ID, e.Book, salt, text, leaf[:]}, nil
}

// leafOf is the commitment to an event.
func leafOf(salt, event []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(event)
	return [sha256.Size]byte(h.Sum(nil))
}
