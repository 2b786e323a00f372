package registry

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"mitra/identity/person"
	"mitra/identity/script"
)

// Limits that no true value reaches. Beyond them a cell is a fault of the file,
// and a key would not fit into an index of PostgreSQL.
const (
	longestID   = 200 // bytes
	longestName = 400 // bytes
)

// validityYears is how far ahead a two-digit year of a validity date may lie:
// passports, visas and permits are not issued for longer.
const validityYears = 20

// faultError says why a value cannot be used, without the value.
type faultError string

func (e faultError) Error() string { return string(e) }

// reader reads cells by the type of their column.
type reader struct {
	today      person.Date
	pastYear   int // the last year that a two-digit year may mean
	futureYear int
	days1904   bool // the file counts days from 1904
}

func newReader(today person.Date) reader {
	return reader{today: today, pastYear: int(today.Year), futureYear: int(today.Year) + validityYears}
}

// value reads a cell that is not empty. "" without error says nothing. repair
// and flag are empty if there is none.
func (r *reader) value(t valueType, cell string) (v string, repair person.Slip, flag string, err error) {
	if t != idType && silent(cell, t) && !(t == statementType && in(noneWords, cell)) {
		return "", 0, "", nil
	}
	switch t {
	case idType:
		v, err = idValue(cell)
	case nameType:
		v, err = nameValue(cell)
	case sexType:
		v, err = sexValue(cell)
	case birthType, pastType, validityType, statementType:
		v, repair, err = r.date(t, cell)
	case countryType:
		var c person.Country
		c, err = person.ParseCountry(cell)
		v = string(c)
	case documentType:
		v = person.NormalNumber(cell)
		if len(v) > longestID {
			err = faultError("longer than a document number can be")
		}
	case nationalIDType:
		v, flag = r.nationalID(cell)
	case phoneType:
		v = phoneValue(cell)
	case procedureType:
		v, err = procedureValue(cell)
	default:
		v = cell
	}
	return v, repair, flag, err
}

func idValue(cell string) (string, error) {
	if in(fillers, cell) {
		return "", nil
	}
	if len(cell) > longestID {
		return "", faultError("longer than an id can be")
	}
	if strings.ContainsFunc(cell, unicode.IsControl) {
		return "", faultError("control characters in an id")
	}
	return cell, nil
}

func nameValue(cell string) (string, error) {
	if len(cell) > longestName {
		return "", faultError("longer than a name can be")
	}
	return oneLine(cell), nil
}

// oneLine returns s in NFC with single blanks between its words.
func oneLine(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == ' ' && i+1 < len(s) && s[i+1] == ' ' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return strings.Join(strings.FieldsFunc(norm.NFC.String(s), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

func sexValue(cell string) (string, error) {
	s, err := person.ParseSex(cell)
	if err != nil || s == person.SexUnknown {
		return "", err
	}
	return string(rune(s)), nil
}

func (r *reader) date(t valueType, cell string) (string, person.Slip, error) {
	if t == statementType && in(noneWords, cell) {
		return NoneStated, 0, nil
	}
	pivot := r.pastYear
	if t == validityType || t == statementType {
		pivot = r.futureYear
	}
	d, err := person.ParseDate(cell, pivot)
	if err != nil {
		return "", 0, err
	}
	if r.days1904 && d.Slip&person.SlipExcelSerial != 0 {
		// Whether the number was made here, or came from a workbook that counts from
		// 1900, four years apart, nobody can tell.
		return "", 0, faultError("a bare number of days, in a workbook that counts them from 1904 (format the column as a date and see that the dates are right)")
	}
	if t == birthType && d.Earliest().After(r.today) {
		return "", 0, faultError("a date of birth in the future")
	}
	return d.String(), d.Slip, nil
}

// nationalID keeps a national id number as given where it is no well-formed
// NIK: the number may be another state's, or misread, and is evidence still.
func (r *reader) nationalID(cell string) (v, flag string) {
	v = person.NormalNumber(cell)
	if _, err := person.ParseNIK(v, r.pastYear); err != nil {
		return cell, malformed
	}
	return v, ""
}

const malformed = "malformed"

// phoneValue keeps the digits, and a plus before them. A cell without enough of
// them is kept as given.
func phoneValue(cell string) string {
	var b strings.Builder
	for i, c := range script.Digits(cell) {
		if c >= '0' && c <= '9' || c == '+' && i == 0 {
			b.WriteRune(c)
		}
	}
	if b.Len() < 5 {
		return cell
	}
	return b.String()
}

// Procedures by which a worker was placed.
const (
	ProcedurePlaced       = "placed"        // by the state's procedure
	ProcedureSelfReported = "self_reported" // found work alone and reported it
)

var (
	placedWords       = words("placed", "placement", "procedural", "prosedural", "penempatan", "ditempatkan")
	selfReportedWords = words("self reported", "self", "independent", "mandiri", "lapor mandiri", "lapor diri", "perseorangan")
)

func procedureValue(cell string) (string, error) {
	switch {
	case in(placedWords, cell):
		return ProcedurePlaced, nil
	case in(selfReportedWords, cell):
		return ProcedureSelfReported, nil
	}
	return "", faultError("want placed or self_reported")
}

// reason tells a fault to the officer who is to correct the file.
func reason(err error) string {
	if e := (*person.ParseError)(nil); errors.As(err, &e) {
		if e.Hint != "" {
			return e.Reason + " (" + e.Hint + ")"
		}
		return e.Reason
	}
	return err.Error()
}
