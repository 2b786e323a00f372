package office

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mitra/store"
	"mitra/treaty/journal"
)

// A Unit is an office of the node: a place in which officers with accounts work. It is known by its name, which never changes.
type Unit struct {
	Name   string
	Kind   Kind
	Agency Agency // of a guest office; empty for the others
	Opened time.Time
	Closed time.Time // zero while it is open
}

// A Kind is what an office is.
type Kind string

// The kinds.
const (
	Headquarters Kind = "headquarters"
	Airport      Kind = "airport"
	Embassy      Kind = "embassy"
	Guest        Kind = "guest" // of another agency: it sees only what was referred to it
)

// Kinds returns all of them.
func Kinds() []Kind { return []Kind{Headquarters, Airport, Embassy, Guest} }

// An Agency is whose a guest office is.
type Agency string

// The agencies.
const (
	Police           Agency = "police"
	Labour           Agency = "labour"
	Social           Agency = "social"
	MigrantProtector Agency = "migrant_protection"
)

// Agencies returns all of them.
func Agencies() []Agency { return []Agency{Police, Labour, Social, MigrantProtector} }

// First is the name of the office that every node has from the beginning.
const First = "headquarters"

// Errors about offices.
var (
	// ErrUnit: it cannot be an office; the error says what is wrong.
	ErrUnit = errors.New("this cannot be an office")
	// ErrTaken: there is one of this name.
	ErrTaken = errors.New("there is an office of this name already")
	// ErrUnknown: no such office is open.
	ErrUnknown = errors.New("no open office has this name")
	// ErrUsed: it is needed yet; the error says what for.
	ErrUsed = errors.New("the office cannot be closed")
)

// check says what is wrong with an office.
func (u Unit) check() error {
	bad := func(says string) error { return fmt.Errorf("%w: %s", ErrUnit, says) }
	disguises := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	}
	switch {
	case strings.TrimSpace(u.Name) != u.Name || u.Name == "" || utf8.RuneCountInString(u.Name) > 100 || strings.ContainsFunc(u.Name, disguises):
		return bad("a name has 1 to 100 characters on one line")
	case !slices.Contains(Kinds(), u.Kind):
		return bad("a kind is headquarters, airport, embassy or guest")
	case u.Kind == Guest && !slices.Contains(Agencies(), u.Agency):
		return bad("a guest office is one of an agency: police, labour, social or migrant_protection")
	case u.Kind != Guest && u.Agency != "":
		return bad("only a guest office is one of another agency")
	}
	return nil
}

// Open opens an office, or opens one again that was closed and is otherwise the same. The error wraps [ErrUnit] or [ErrTaken].
func Open(tx *store.Tx, u Unit, actor, at string) error {
	if err := u.check(); err != nil {
		return err
	}
	n, err := tx.Exec(insertUnit, u.Name, string(u.Kind), string(u.Agency), tx.Now(), journal.NewSeal())
	if err == nil && n == 0 {
		n, err = tx.Exec(reopenUnit, u.Name, string(u.Kind), string(u.Agency))
	}
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrTaken
	}
	return unitEvent(tx, "office-opened", u.Name, actor, at)
}

// Close closes an office. used says why it is still needed, by an error that wraps [ErrUsed]: other desks know it. The error
// also wraps [ErrUnknown].
func Close(tx *store.Tx, name, actor, at string, used ...func(tx *store.Tx, name string) error) error {
	if _, err := FindOpen(tx, name); err != nil {
		return err
	}
	if name == First {
		return fmt.Errorf("%w: every node has its headquarters", ErrUsed)
	}
	for _, by := range used {
		if err := by(tx, name); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(closeUnit, tx.Now(), name); err != nil {
		return err
	}
	return unitEvent(tx, "office-closed", name, actor, at)
}

// Found makes the offices of a node that has none: its headquarters, and those of the names that officers' accounts have. It returns
// the digests of the rows for the event that tells of them; none where there are offices already.
func Found(tx *store.Tx, names ...string) (rows map[string]string, err error) {
	some, err := Any(tx)
	if err != nil || some {
		return nil, err
	}
	names = append([]string{First}, names...)
	for _, name := range names {
		kind := Headquarters
		if slices.Contains([]Kind{Airport, Embassy}, Kind(name)) {
			kind = Kind(name)
		}
		if _, err := tx.Exec(insertUnit, name, string(kind), "", tx.Now(), journal.NewSeal()); err != nil {
			return nil, err
		}
	}
	return BoundUnits.Rows(tx, names...)
}

// Any reports whether the node has an office.
func Any(tx *store.Tx) (bool, error) {
	var n int
	err := tx.QueryRow(countUnits).Scan(&n)
	return n > 0, err
}

// BoundUnits is the table of offices, whose rows events bind.
var BoundUnits = journal.Bound{Table: "office", Key: "name", All: `SELECT name, kind, agency, opened, closed, seal FROM office`}

func unitEvent(tx *store.Tx, kind, name, actor, at string) error {
	rows, err := BoundUnits.Rows(tx, name)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"rows": rows})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: actor, Office: at, Subjects: []string{"office:" + name}, Data: data})
	return err
}
