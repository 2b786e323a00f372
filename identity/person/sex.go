package person

import "strings"

// Sex is what a document states, in the letters of ICAO Doc 9303.
type Sex byte

// The sexes that documents state.
const (
	SexUnknown  Sex = 0 // the source says nothing
	Male        Sex = 'M'
	Female      Sex = 'F'
	Unspecified Sex = 'X' // the source says that it does not specify one
)

// String gives M, F, X or, for an unknown sex, the empty string.
func (s Sex) String() string {
	switch s {
	case Male, Female, Unspecified:
		return string(rune(s))
	}
	return ""
}

// ParseSex reads M, F and X, the Indonesian L (laki-laki) and P (perempuan), and
// the words of English, Indonesian and Khmer, in any letter case. The empty
// string is [SexUnknown].
func ParseSex(s string) (Sex, error) {
	if len(s) == 1 {
		switch s[0] | 0x20 {
		case 'm', 'l':
			return Male, nil
		case 'f', 'p':
			return Female, nil
		case 'x':
			return Unspecified, nil
		}
	}
	if strings.TrimSpace(s) == "" {
		return SexUnknown, nil
	}
	if len(s) <= maxWord {
		if x, ok := sexes[key(s)]; ok {
			return x, nil
		}
	}
	return SexUnknown, &ParseError{What: "sex", Reason: "not a sex that is known here", Hint: "write M, F or X"}
}

// maxWord bounds the cells, in bytes, that are looked up as words.
const maxWord = 256

var sexes = map[string]Sex{
	"m": Male, "f": Female, "x": Unspecified, "l": Male, "p": Female,
	"male": Male, "man": Male, "boy": Male,
	"female": Female, "woman": Female, "girl": Female,
	"unspecified": Unspecified,
	"lk":          Male, "lakilaki": Male, "laki2": Male, "laki": Male, "lelaki": Male, "pria": Male,
	"pr": Female, "perempuan": Female, "wanita": Female,
	"ប្រុស": Male, "ប": Male, "បុរស": Male,
	"ស្រី": Female, "ស": Female, "ស្ត្រី": Female, "ស្រ្តី": Female, "នារី": Female,
}
