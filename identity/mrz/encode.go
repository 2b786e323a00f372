package mrz

import (
	"strings"

	"mitra/identity/person"
)

// Encode makes the lines of a zone of fields. Names are transliterated and, if
// need be, truncated; a name given in one part only becomes the primary
// identifier. Small letters become capital ones; spaces and hyphens within
// numbers and optional data become fillers. Check digits are computed; that of
// an empty personal number is zero.
//
// A document number of more than nine characters runs on in the optional data
// of TD1 and TD2. Whatever does not fit, or does not belong in the field, is an
// [*Error] and there are no lines.
func Encode(d Data) ([]string, error) {
	if d.Format < TD1 || d.Format > MRVB {
		return nil, &Error{Reason: "no format is given"}
	}
	w := newWriter(d.Format)
	l := w.layout
	w.code(d.Code, d.Format)
	w.state(FieldIssuer, l.issuer, d.Issuer)
	w.state(FieldNationality, l.nationality, d.Nationality)
	w.name(d.Surname, d.Given)
	w.date(FieldBirth, l.birth, l.birthCheck, d.Birth)
	w.date(FieldExpiry, l.expiry, l.expiryCheck, d.Expiry)
	w.sex(d.Sex)
	w.number(d.Number, d.Optional1)
	w.text(FieldOptional2, l.optional2, d.Optional2)
	if w.err != nil {
		return nil, w.err
	}
	if l.optional1Check.n > 0 {
		w.check(w.get(l.optional1), l.optional1Check)
	}
	if l.composite.n > 0 {
		var b strings.Builder
		for _, s := range l.covered {
			b.WriteString(w.get(s))
		}
		w.check(b.String(), l.composite)
	}
	return w.lines(), nil
}

// writer fills a zone and keeps the first error.
type writer struct {
	layout *layout
	grid   [][]byte
	err    error
}

func newWriter(f Format) *writer {
	w := &writer{layout: &layouts[f]}
	for range w.layout.lines {
		w.grid = append(w.grid, []byte(strings.Repeat("<", w.layout.width)))
	}
	return w
}

func (w *writer) lines() []string {
	list := make([]string, len(w.grid))
	for i, line := range w.grid {
		list[i] = string(line)
	}
	return list
}

func (w *writer) get(s span) string { return string(w.grid[s.line][s.at : s.at+s.n]) }

func (w *writer) put(s span, text string) { copy(w.grid[s.line][s.at:s.at+s.n], text) }

func (w *writer) check(text string, at span) {
	c, _ := CheckDigit(text)
	w.put(at, string(rune(c)))
}

func (w *writer) fail(f Field, reason, hint string) {
	if w.err == nil {
		w.err = &Error{Field: f, Reason: reason, Hint: hint}
	}
}

func (w *writer) code(code string, f Format) {
	code = strings.ToUpper(code)
	for i := 0; i < len(code); i++ {
		if !isLetter(code[i]) {
			w.fail(FieldCode, "not one or two letters", "")
			return
		}
	}
	switch {
	case len(code) < 1 || len(code) > 2:
		w.fail(FieldCode, "not one or two letters", "")
	case (code[0] == 'V') != (f == MRVA || f == MRVB):
		w.fail(FieldCode, "a visa's begins with V, and no other document's does", "")
	}
	w.put(w.layout.code, code)
}

func (w *writer) state(f Field, at span, c person.Country) {
	if !c.Known() {
		w.fail(f, "not a code of ISO 3166-1 or Doc 9303-3", "")
	}
	w.put(at, string(c))
}

func (w *writer) name(surname, given string) {
	text, err := nameField(surname, given, w.layout.name.n)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.put(w.layout.name, text)
}

func (w *writer) date(f Field, at, check span, yymmdd string) {
	if len(yymmdd) != at.n {
		w.fail(f, "not six characters", "write yymmdd, with < for what is unknown")
		return
	}
	if reason := dateFault(yymmdd); reason != "" {
		w.fail(f, reason, "write yymmdd, with < for what is unknown")
	}
	w.put(at, yymmdd)
	w.check(yymmdd, check)
}

func (w *writer) sex(s person.Sex) {
	switch s {
	case person.Male, person.Female:
		w.put(w.layout.sex, s.String())
	case person.Unspecified, person.SexUnknown: // the filler
	default:
		w.fail(FieldSex, "not one that documents state", "")
	}
}

func (w *writer) number(number, optional string) {
	l := w.layout
	number = w.plain(FieldNumber, number)
	switch {
	case number == "":
		w.fail(FieldNumber, "missing", "")
	case len(number) <= l.number.n:
		w.put(l.number, number)
		w.check(w.get(l.number), l.numberCheck)
		w.text(FieldOptional, l.optional1, optional)
	case !l.longNumbers:
		w.fail(FieldNumber, "longer than nine characters", "only cards (TD1, TD2) have room for more")
	case strings.IndexByte(number[l.number.n-1:], filler) >= 0:
		w.fail(FieldNumber, "a space or hyphen behind the eighth of more than nine characters", "leave it out")
	default:
		c, _ := CheckDigit(number)
		more := number[l.number.n:] + string(rune(c))
		if optional != "" {
			more += "<" + optional
		}
		w.put(l.number, number)
		w.text(FieldOptional, l.optional1, more)
	}
}

// text writes optional data.
func (w *writer) text(f Field, at span, text string) {
	text = w.plain(f, text)
	switch {
	case text == "":
	case at.n == 0:
		w.fail(f, "the format has no such field", "")
	case len(text) > at.n:
		w.fail(f, "does not fit in its field", "")
	default:
		w.put(at, text)
	}
}

// plain is text in the zone's alphabet, without fillers at the end.
func (w *writer) plain(f Field, text string) string {
	b := []byte(text)
	for i, c := range b {
		switch {
		case 'a' <= c && c <= 'z':
			b[i] = c - 'a' + 'A'
		case c == ' ' || c == '-':
			b[i] = filler
		case value(c) < 0:
			w.fail(f, "holds a character other than letters, digits, spaces and hyphens", "")
			return ""
		}
	}
	return strings.TrimRight(string(b), "<")
}
