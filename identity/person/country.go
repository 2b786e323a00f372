package person

import (
	"strings"
	"sync"
)

// Country is a state, or another authority that issues travel documents: an
// ISO 3166-1 alpha-3 code or one that ICAO Doc 9303-3 section 5 adds to them.
// The empty string is an unknown country.
type Country string

// Known reports whether the code is one of ISO 3166-1 or ICAO Doc 9303-3.
func (c Country) Known() bool {
	return alpha2[c] != "" || icaoOnly[c]
}

// ISO is c as ISO 3166-1 writes it: DEU for the D of German documents; every
// other code stays. Nationalities are compared in this form.
func (c Country) ISO() Country {
	if c == "D" {
		return "DEU"
	}
	return c
}

// Alpha2 is the two-letter code of ISO 3166-1, or the empty string for codes
// that only ICAO knows.
func (c Country) Alpha2() string { return alpha2[c.ISO()] }

// ParseCountry reads a code of three letters, of two, the D of German documents
// (with its fillers or without), or a name or word of nationality of the
// corridor's usual countries in English, Indonesian or Khmer, in any letter
// case. The empty string is the unknown country.
func ParseCountry(s string) (Country, error) {
	if c := Country(s); len(s) == 3 && c.Known() {
		return c, nil
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if len(s) <= maxWord {
		if c := Country(strings.ToUpper(strings.TrimRight(s, "<"))); c.Known() {
			return c, nil
		}
		k := key(s)
		if c, ok := countryWords[k]; ok {
			return c, nil
		}
		if c, ok := byAlpha2()[k]; ok && len(s) == 2 {
			return c, nil
		}
	}
	return "", &ParseError{What: "country", Reason: "not a country that is known here", Hint: "write the three letters of ISO 3166-1"}
}

var byAlpha2 = sync.OnceValue(func() map[string]Country {
	m := make(map[string]Country, len(alpha2))
	for c, two := range alpha2 {
		m[strings.ToLower(two)] = c
	}
	return m
})
