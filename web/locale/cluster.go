package locale

import "unicode"

const coeng = '\u17d2' // the Khmer sign that makes the next letter a subscript

// Clusters cuts a text into the smallest pieces that may be shown apart: a
// letter with its marks, and in Khmer with its subscripts. It is a narrower rule
// than UAX 29 and needs no tables; joined again the pieces are the text.
func Clusters(s string) []string {
	var out []string
	start, prev := 0, rune(-1)
	for i, r := range s {
		joins := unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me) || r == '\u200d' ||
			prev == coeng && unicode.IsLetter(r) || prev == '\u200d'
		if i > 0 && !joins {
			out = append(out, s[start:i])
			start = i
		}
		prev = r
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}
