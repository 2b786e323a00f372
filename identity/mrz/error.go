package mrz

import "strconv"

// Field names a field of the zone, in English, for messages.
type Field string

// The fields.
const (
	FieldCode        Field = "document code"
	FieldIssuer      Field = "issuing state"
	FieldName        Field = "name"
	FieldNumber      Field = "document number"
	FieldNationality Field = "nationality"
	FieldBirth       Field = "date of birth"
	FieldSex         Field = "sex"
	FieldExpiry      Field = "date of expiry"
	FieldOptional    Field = "optional data"
	FieldOptional2   Field = "optional data, second field"
	FieldComposite   Field = "composite"
)

// Error says why lines are no zone, or fields make none. It never holds what
// stands in them.
type Error struct {
	Field     Field // or "" if the fault is not in one field
	Line, Col int   // counted from 1; 0 if it has no place
	Reason    string
	Hint      string // or ""
}

// Error is one line; the hint is for the caller to show.
func (e *Error) Error() string {
	s := "machine-readable zone: "
	if e.Line > 0 {
		s += "line " + strconv.Itoa(e.Line) + ": "
	}
	if e.Col > 0 {
		s += "column " + strconv.Itoa(e.Col) + ": "
	}
	if e.Field != "" {
		s += string(e.Field) + ": "
	}
	return s + e.Reason
}

// Fault is something wrong with the content of a zone that has the right shape.
type Fault struct {
	Field     Field
	Line, Col int // where the field, or the character in it, stands, counted from 1
	Reason    string
}

// The reasons why a check digit is a fault.
const (
	reasonCheck     = "the check digit does not agree"
	reasonAmbiguous = "the check digit does not agree, and more than one correction would satisfy it"
)
