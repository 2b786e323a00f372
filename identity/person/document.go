package person

import (
	"strings"
	"unicode"
)

// DocKind is a kind of document, as it is stored and exchanged.
type DocKind string

// The kinds of document.
const (
	Passport       DocKind = "passport"
	NationalID     DocKind = "national_id"
	WorkPermit     DocKind = "work_permit"
	Visa           DocKind = "visa"
	TravelDocument DocKind = "travel_document" // for one journey, such as the Indonesian SPLP
)

// Document is what a source says of one document.
type Document struct {
	Kind   DocKind
	Issuer Country
	Number string // as written; compare by NormalNumber
	Expiry Date
}

// NormalNumber is the form in which document numbers are compared: capital
// letters and digits only, the digits of other scripts as ASCII.
func NormalNumber(s string) string {
	normal := true
	for i := 0; i < len(s) && normal; i++ {
		normal = isDigit(s[i]) || 'A' <= s[i] && s[i] <= 'Z'
	}
	if normal {
		return s
	}
	return strings.Map(func(r rune) rune {
		if d, ok := digit(r); ok {
			return '0' + rune(d)
		}
		if unicode.IsLetter(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
}
