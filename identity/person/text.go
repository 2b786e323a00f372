package person

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// digit gives the value of a decimal digit of any script. Unicode keeps the ten
// digits of a script together and in order, so each range of category Nd is a
// whole number of tens.
func digit(r rune) (int, bool) {
	for _, t := range unicode.Nd.R16 {
		if uint32(r) <= uint32(t.Hi) {
			return int(uint32(r)-uint32(t.Lo)) % 10, uint32(r) >= uint32(t.Lo)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) <= t.Hi {
			return int(uint32(r)-t.Lo) % 10, uint32(r) >= t.Lo
		}
	}
	return 0, false
}

// key is s with small letters, their marks and ASCII digits only: the form in
// which words are looked up.
func key(s string) string {
	return strings.Map(func(r rune) rune {
		if d, ok := digit(r); ok {
			return '0' + rune(d)
		}
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
