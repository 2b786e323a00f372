package script

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words returns the words of s in scripts that are not read here — Arabic, Thai,
// Chinese, … — as they are written, in lower case and compatibility form (NFKC).
// They can be told equal, and no more: nothing says how they sound. Latin, Greek,
// Cyrillic and Khmer letters and digits separate them.
func Words(s string) []string {
	var out []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	var stack [4]byte
	for _, r := range norm.NFKC.String(s) {
		r = unicode.ToLower(r)
		b, _ := foldRune(stack[:0], string(r), r)
		switch {
		case unicode.Is(unicode.Khmer, r):
			end()
		case len(b) == 0 && unicode.IsLetter(r), word.Len() > 0 && unicode.IsMark(r):
			word.WriteRune(r)
		case unicode.Is(unicode.Cf, r): // joiners stand inside words
		default:
			end()
		}
	}
	end()
	return out
}
