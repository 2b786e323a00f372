package registry

import (
	"strings"
	"unicode/utf8"
)

// NoneStated is the value of a date column in which the source states that
// there is none: no entry, no exit, no end of the stay.
const NoneStated = "none"

// Fields are the values of one record as read: names with single blanks, dates
// in ISO 8601 at their precision, sex as M, F or X, countries as ISO 3166-1
// alpha-3, document numbers in capitals and digits. A value that the source
// leaves open is empty. The zero value says nothing.
type Fields struct {
	values [fieldCount]string
	// Repairs lists what had to be repaired, as "birth_date: buddhist era".
	Repairs []string
	// Flags lists what was kept but is not well formed, as
	// "national_id: malformed".
	Flags []string
}

// The keys of the JSON form beside the canonical names.
const (
	repairsKey = "repairs"
	flagsKey   = "flags"
)

// Get returns the value of a column, or "".
func (f *Fields) Get(c Field) string {
	if c >= fieldCount {
		return ""
	}
	return f.values[c]
}

// appendJSON appends the values that are not empty, in the order of the
// columns: the same fields give the same bytes.
func (f *Fields) appendJSON(b []byte) []byte {
	b = append(b, '{')
	comma := false
	key := func(name string) {
		if comma {
			b = append(b, ',')
		}
		comma = true
		b = append(append(append(b, '"'), name...), '"', ':')
	}
	for c, v := range f.values {
		if v != "" {
			key(fieldInfo[c].name)
			b = appendText(b, v)
		}
	}
	if len(f.Repairs) > 0 {
		key(repairsKey)
		b = appendTexts(b, f.Repairs)
	}
	if len(f.Flags) > 0 {
		key(flagsKey)
		b = appendTexts(b, f.Flags)
	}
	return append(b, '}')
}

// parse reads what appendJSON wrote, where the keys are in the order of the
// columns. Values alias s.
func (f *Fields) parse(s string) error {
	*f = Fields{}
	if s == "" || s == "{}" {
		return nil
	}
	if s[0] != '{' || !utf8.ValidString(s) {
		return errDamaged
	}
	next := Field(0)
	for s[0] != '}' {
		end := strings.IndexByte(s[1:], ':')
		if end < 3 || s[1] != '"' || s[end] != '"' {
			return errDamaged
		}
		name := s[2:end]
		s = s[end+2:]
		var err error
		switch name {
		case repairsKey:
			f.Repairs, s, err = cutTexts(s)
		case flagsKey:
			f.Flags, s, err = cutTexts(s)
		default:
			for next < fieldCount && fieldInfo[next].name != name {
				next++
			}
			if next == fieldCount {
				return errDamaged
			}
			f.values[next], s, err = cutText(s)
			next++
		}
		if err != nil {
			return err
		}
		if s == "" || s[0] != ',' && s[0] != '}' {
			return errDamaged
		}
	}
	if s != "}" {
		return errDamaged
	}
	return nil
}
