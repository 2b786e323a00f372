package script

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Digits rewrites every decimal digit of any script (Khmer ០–៩, Arabic-Indic
// ٠–٩, full width ０–９ …) to ASCII 0–9 and leaves everything else as it is.
func Digits(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for _, r := range s[i:] {
		if d, ok := digit(r); ok {
			b.WriteByte('0' + d)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// digit gives the value of a decimal digit. Unicode keeps the ten digits of a
// script contiguous and in order, so a range of category Nd is a whole number
// of tens.
func digit(r rune) (byte, bool) {
	for _, t := range unicode.Nd.R16 {
		if uint32(r) <= uint32(t.Hi) {
			return byte((uint32(r) - uint32(t.Lo)) % 10), uint32(r) >= uint32(t.Lo)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if uint32(r) <= t.Hi {
			return byte((uint32(r) - t.Lo) % 10), uint32(r) >= t.Lo
		}
	}
	return 0, false
}
