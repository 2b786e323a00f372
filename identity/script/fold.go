package script

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// FoldLatin rewrites s with the letters A–Z, the digits 0–9 and single spaces
// between words. Letters with diacritics lose them; ligatures and letters with
// a stroke become what ICAO Doc 9303-3 section 6 writes for them (Æ AE, Ø OE,
// Å AA, Þ TH, ß SS, Ł L, Đ D). Where that table leaves a choice — Ä Ö Ü Ñ —
// the plain letter is taken: an MRZ's MUELLER and a register's MÜLLER then
// still share their [Skeleton]. Cyrillic follows the same section's table,
// Greek ELOT 743 letter by letter. Apostrophes vanish inside a word
// (O'BRIEN → OBRIEN); other punctuation separates words; digits of every
// script become ASCII. Letters of other scripts and invalid UTF-8 are dropped.
// FoldLatin(FoldLatin(s)) == FoldLatin(s).
func FoldLatin(s string) string {
	var stack [96]byte
	b := stack[:0]
	space := false
	for i := 0; i < len(s); {
		n := len(b)
		if space && n > 0 {
			b = append(b, ' ')
		}
		k := len(b)
		var sep bool
		b, i, sep = foldNext(b, s, i)
		if len(b) == k {
			b = b[:n]
		} else {
			space = false
		}
		space = space || sep
	}
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// foldASCII maps an ASCII byte to its lower-case letter or digit, to 0 when it
// vanishes inside a word, and to a space when it separates words.
func foldASCII(c byte) byte {
	switch {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	case 'A' <= c && c <= 'Z':
		return c - 'A' + 'a'
	case c == '\'' || c == '`':
		return 0
	}
	return ' '
}

// foldNext folds the character of s at i, appends lower-case ASCII to b and
// gives the next position. sep reports that a word ends here.
func foldNext(b []byte, s string, i int) (_ []byte, next int, sep bool) {
	if c := s[i]; c < utf8.RuneSelf {
		b, sep = foldPart(b, rune(c))
		return b, i + 1, sep
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && n == 1 {
		return b, i + 1, false
	}
	b, sep = foldRune(b, s[i:i+n], r)
	return b, i + n, sep
}

// ring is the combining ring above, all that tells Å (AA) from A once a
// character is decomposed.
const ring = '\u030A'

// foldRune folds r, which s begins with.
func foldRune(b []byte, s string, r rune) (_ []byte, sep bool) {
	if t, ok := letters[unicode.ToLower(r)]; ok {
		return append(b, t...), false
	}
	if d, ok := digit(r); ok {
		return append(b, '0'+d), false
	}
	if strings.ContainsRune(apostrophes, r) {
		return b, false
	}
	parts := norm.NFKD.PropertiesString(s).Decomposition()
	if parts == nil {
		return foldPart(b, r)
	}
	for len(parts) > 0 {
		c, n := utf8.DecodeRune(parts)
		parts = parts[n:]
		var end bool
		b, end = foldPart(b, c)
		sep = sep || end
	}
	return b, sep
}

// foldPart folds a character that has no decomposition.
func foldPart(b []byte, c rune) (_ []byte, sep bool) {
	c = unicode.ToLower(c)
	if c < utf8.RuneSelf {
		switch f := foldASCII(byte(c)); f {
		case ' ':
			return b, true
		case 0:
			return b, false
		default:
			return append(b, f), false
		}
	}
	if c == ring {
		if n := len(b); n > 0 && b[n-1] == 'a' {
			b = append(b, 'a')
		}
		return b, false
	}
	if t, ok := letters[c]; ok {
		return append(b, t...), false
	}
	// Letters of scripts not read here, marks and joiners are nothing.
	return b, !unicode.In(c, unicode.L, unicode.M, unicode.Cf)
}

// apostrophes are written for a glottal stop or an elision, and vanish.
const apostrophes = "’‘ʼʻʾʿʹ′´‛ˈ＇"

// letters holds what has no useful decomposition: lower-case letter → ASCII.
// Latin and Cyrillic after ICAO Doc 9303-3 section 6, Greek after ELOT 743.
var letters = map[rune]string{
	'æ': "ae", 'œ': "oe", 'ø': "oe", 'þ': "th", 'ð': "d", 'ß': "ss", 'ẞ': "ss",
	'ł': "l", 'đ': "d", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ĸ': "k", 'ı': "i",
	'ƀ': "b", 'ɓ': "b", 'ɗ': "d", 'ɖ': "d", 'ƒ': "f", 'ɠ': "g", 'ǥ': "g", 'ƙ': "k",
	'ɨ': "i", 'ɛ': "e", 'ə': "e", 'ǝ': "e", 'ɔ': "o", 'ɵ': "o", 'ƥ': "p", 'ʈ': "t",
	'ƭ': "t", 'ʉ': "u", 'ʋ': "v", 'ƴ': "y", 'ƶ': "z", 'ʒ': "z", 'ɲ': "n", 'ɾ': "r",

	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z",
	'и': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r",
	'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch",
	'ш': "sh", 'щ': "shch", 'ъ': "ie", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu",
	'я': "ia", 'є': "ie", 'і': "i", 'ґ': "g", 'ђ': "d", 'ѕ': "dz", 'ј': "j",
	'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz", 'ѳ': "f", 'ѵ': "y", 'ғ': "g",
	'қ': "k", 'ң': "n", 'ү': "u", 'ұ': "u", 'һ': "h", 'ә': "a", 'ө': "o",

	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th",
	'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p",
	'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch",
	'ψ': "ps", 'ω': "o",
}
