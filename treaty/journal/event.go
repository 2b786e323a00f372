package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
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

func appendEvent(tx *store.Tx, e Event) (Event, error) {
	if e.Book == "" {
		e.Book = House
	}
	switch {
	case !bookName.MatchString(e.Book):
		return Event{}, errors.New("append an event: the book's name may hold a–z, 0–9 and . _ - only")
	case e.Kind == "":
		return Event{}, errors.New("append an event: it has no kind")
	case e.Actor == "":
		return Event{}, fmt.Errorf("append an event: %s has no actor", e.Kind)
	}
	e.ID, e.At = store.NewID(), tx.Now()
	text, err := json.Marshal(e)
	if err != nil {
		return Event{}, fmt.Errorf("append an event: %s: %w", e.Kind, err)
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	leaf := leafOf(salt, text)
	if _, err := tx.Exec(insertLeaf, e.ID, e.Book, salt, text, leaf[:]); err != nil {
		return Event{}, fmt.Errorf("append an event: %w", err)
	}
	return e, nil
}

// leafOf is the commitment to an event.
func leafOf(salt, event []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(event)
	return [sha256.Size]byte(h.Sum(nil))
}
