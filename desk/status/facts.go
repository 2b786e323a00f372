package status

import (
	"mitra/identity/person"
	"mitra/rules"
)

// PossibleFloor is the match probability from which an unassigned permit keeps
// a resident from being counted as one without a permit.
const PossibleFloor = 0.05

// Facts are what a node of the host state knows of one resident on one day.
// The zero value knows nothing, which is not the same as knowing that there is
// nothing.
type Facts struct {
	AsOf person.Date // the day that is judged; day precision
	Node string      // country of this node, ISO 3166-1 alpha-2

	// Passport and NationalID say that some record of the person holds a
	// passport number, or a national id number that is well formed.
	Passport, NationalID bool

	Entry, Exit, StayUntil Cell
	VisaClass              string // as the register writes it
	Relief                 bool   // an office has noted that relief was granted

	Births []BirthFact

	// Linked are the permits held to be this person's. Review are those that
	// an officer has to look at (0.5 ≤ p < 0.99, or contested by another
	// resident). Possible are unassigned ones below that; those under
	// [PossibleFloor] are not counted.
	Linked, Review, Possible []PermitFact
	// Different are those that an officer decided are not this person's.
	Different []PermitFact

	Origin     []OriginStatement
	Protection []ProtectionStatement
}

// CellState tells silence from speech in a register.
type CellState uint8

// The states of a cell.
const (
	CellAbsent CellState = iota // the source has no such column
	CellBlank                   // the column is there, the cell is empty
	CellNone                    // the source states that there is none
	CellDate                    // the source gives a date
)

// A Cell is a date as one register gives it, or the way in which it does not.
type Cell struct {
	State CellState
	Date  person.Date // when State is CellDate
}

// On is the cell that holds a date, and a blank one if the date is unknown.
func On(d person.Date) Cell {
	if d.IsZero() {
		return Cell{State: CellBlank}
	}
	return Cell{State: CellDate, Date: d}
}

// given reports whether the cell holds a date.
func (c Cell) given() bool { return c.State == CellDate && !c.Date.IsZero() }

// BirthSource is where a date of birth was read.
type BirthSource uint8

// The sources of a date of birth.
const (
	BirthRegister BirthSource = iota // the residents register
	BirthPermit                      // a linked permit
	BirthNIK                         // the digits of the Indonesian national id number
)

// A BirthFact is a date of birth on one record of the person.
type BirthFact struct {
	Born     person.Date
	Source   BirthSource
	RecordID string
}

// A PermitFact is a work permit that is, or may be, the person's.
type PermitFact struct {
	RecordID    string
	PermitNo    string // may be empty
	From, Until person.Date
	Probability float64 // that it is this person's
	Decision    string  // id of the officer's decision that it rests on; empty: computed
}

// An OriginStatement is what one office of the state of origin has said.
type OriginStatement struct {
	Office string
	Value  rules.Origin
}

// A ProtectionStatement is what one office has said. Statements of several
// offices stand beside each other; none overrules another.
type ProtectionStatement struct {
	Office string
	Value  rules.Protection
}
