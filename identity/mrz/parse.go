package mrz

import (
	"strings"

	"mitra/identity/person"
)

// Parse reads the lines of a zone, separated by newlines. It returns an
// [*Error] unless their number and length are those of a format and every
// character is one of A–Z, 0–9 and <; all else that may be wrong stands in
// [Data.Faults]. Data.String gives s again.
func Parse(s string) (Data, error) {
	lines := strings.Split(s, "\n")
	if len(lines) > 3 {
		return Data{}, &Error{Reason: "more than three lines"}
	}
	for i, line := range lines {
		for j := 0; j < len(line); j++ {
			if value(line[j]) < 0 {
				return Data{}, &Error{Line: i + 1, Col: j + 1, Reason: "a character other than A–Z, 0–9 and <"}
			}
		}
		if line == "" || len(line) != len(lines[0]) {
			return Data{}, &Error{Line: i + 1, Reason: reasonShape, Hint: hintShape}
		}
	}
	f := formatOf(len(lines), len(lines[0]), lines[0][0])
	if f == 0 {
		return Data{}, &Error{Reason: reasonShape, Hint: hintShape}
	}
	return decode(f, lines), nil
}

const (
	reasonShape = "the lines do not have the lengths of any format"
	hintShape   = "passports have 2 lines of 44 characters, cards 3 of 30 or 2 of 36, visas 2 of 44 or 36"
)

// decode takes lines that have the shape of the format apart.
func decode(f Format, lines []string) Data {
	l := &layouts[f]
	trim := func(s span) string {
		if s.n == 0 {
			return ""
		}
		return strings.TrimRight(s.of(lines), "<")
	}
	d := Data{
		Format:      f,
		Code:        trim(l.code),
		Issuer:      person.Country(trim(l.issuer)),
		Nationality: person.Country(trim(l.nationality)),
		Number:      trim(l.number),
		Birth:       l.birth.of(lines),
		Expiry:      l.expiry.of(lines),
		Sex:         sexOf(l.sex.of(lines)[0]),
		Optional1:   trim(l.optional1),
		Optional2:   trim(l.optional2),
		Checks:      l.checks(lines),
		lines:       lines,
	}
	if long, ok := l.long(lines); ok {
		d.Number, d.Optional1 = long.number, strings.TrimRight(long.after, "<")
	}
	name := l.name.of(lines)
	d.Surname, d.Given = splitName(name)
	d.NameTruncated = name[len(name)-1] != filler
	d.Faults = faults(l, lines, d)
	return d
}

// sexOf reads the character for the sex; X is what the visual zone writes.
func sexOf(c byte) person.Sex {
	switch c {
	case 'M':
		return person.Male
	case 'F':
		return person.Female
	case filler, 'X':
		return person.Unspecified
	}
	return person.SexUnknown
}

// faults lists what is wrong, in the order of the fields, check digits last.
func faults(l *layout, lines []string, d Data) []Fault {
	var list []Fault
	add := func(f Field, s span, col int, reason string) {
		list = append(list, Fault{Field: f, Line: s.line + 1, Col: s.at + col + 1, Reason: reason})
	}
	if c := l.code.of(lines); !isLetter(c[0]) || isDigit(c[1]) {
		add(FieldCode, l.code, 0, "begins with no letter, or holds a digit")
	}
	for _, s := range [...]struct {
		field Field
		at    span
		code  person.Country
	}{{FieldIssuer, l.issuer, d.Issuer}, {FieldNationality, l.nationality, d.Nationality}} {
		if !s.code.Known() {
			add(s.field, s.at, 0, "not a code of ISO 3166-1 or Doc 9303-3")
		}
	}
	name := l.name.of(lines)
	if i := strings.IndexAny(name, "0123456789"); i >= 0 {
		add(FieldName, l.name, i, "a digit")
	}
	if name[0] == filler {
		add(FieldName, l.name, 0, "begins with a filler")
	}
	if d.Number == "" {
		add(FieldNumber, l.number, 0, "missing")
	}
	for _, s := range [...]struct {
		field Field
		at    span
	}{{FieldBirth, l.birth}, {FieldExpiry, l.expiry}} {
		if reason := dateFault(s.at.of(lines)); reason != "" {
			add(s.field, s.at, 0, reason)
		}
	}
	switch l.sex.of(lines)[0] {
	case 'M', 'F', filler:
	case 'X':
		add(FieldSex, l.sex, 0, "X: unspecified is a filler in the zone")
	default:
		add(FieldSex, l.sex, 0, "not M, F or a filler")
	}
	for _, c := range d.Checks {
		if !c.OK {
			list = append(list, Fault{Field: c.Field, Line: c.Line, Col: c.Col, Reason: reasonCheck})
		}
	}
	return list
}
