package table

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trim returns s without the blanks around it: Unicode white space (which
// includes the no-break space) and what shows nothing, such as zero-width
// spaces, joiners, marks of direction, soft hyphens, byte-order marks and
// fillers. Inside s they stay: Khmer parts its words with U+200B, and joiners
// shape letters. So a cell that shows nothing is empty.
func Trim(s string) string {
	if s == "" || printable(s[0]) && printable(s[len(s)-1]) {
		return s
	}
	return strings.TrimRightFunc(strings.TrimLeftFunc(s, leading), blank)
}

// leading reports whether r says nothing at the beginning of a text. A variation
// selector chooses the shape of the character before it: there it has none, at the
// end it may belong to a name.
func leading(r rune) bool { return blank(r) || unicode.Is(unicode.Variation_Selector, r) }

// printable reports whether c alone shows that no blank begins or ends there.
func printable(c byte) bool { return c > ' ' && c < utf8.RuneSelf && c != 0x7f }

// blank reports whether r shows nothing wherever it stands. Package
// identity/linkage compares headings without the same characters.
func blank(r rune) bool {
	switch {
	case unicode.IsSpace(r), r == '\u2800': // the Braille pattern without dots
		return true
	case r < 0xad:
		return false
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) // these are drawn around the digits behind them
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) // fillers of Hangul, the joiner of graphemes
}
