package table

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trim returns s without the blanks around it: Unicode white space (which
// includes the no-break space), zero-width spaces and byte-order marks.
func Trim(s string) string {
	if s == "" || printable(s[0]) && printable(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, blank)
}

// printable reports whether c alone shows that no blank begins or ends there.
func printable(c byte) bool { return c > ' ' && c < utf8.RuneSelf && c != 0x7f }

func blank(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff': // the zero-width family; joiners mean nothing at an edge
		return true
	}
	return unicode.IsSpace(r)
}
