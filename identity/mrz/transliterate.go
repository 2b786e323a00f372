package mrz

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// transliterate writes a name with A–Z and single fillers between words, by Doc
// 9303-3: hyphens, spaces and commas separate, apostrophes and other
// punctuation vanish (section 4.6), letters follow the table of section 6 A.
func transliterate(name string) (string, error) {
	b := make([]byte, 0, len(name)+8)
	gap := false
	write := func(s string) {
		if s == "" {
			return
		}
		if gap && len(b) > 0 {
			b = append(b, filler)
		}
		gap = false
		b = append(b, s...)
	}
	for _, r := range norm.NFC.String(name) {
		r = unicode.ToUpper(r)
		switch {
		case 'A' <= r && r <= 'Z':
			write(string(r))
		case unicode.IsDigit(r):
			return "", &Error{Field: FieldName, Reason: "holds a digit", Hint: "numbers in names are written as words or Roman numerals"}
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == ',':
			gap = true
		case r != unicode.ReplacementChar && (unicode.IsPunct(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(apostrophes, r)):
		default:
			latin, ok := latinLetters[r]
			if !ok {
				latin, ok = baseLetter(r)
			}
			if !ok {
				return "", &Error{Field: FieldName, Reason: "not in Latin letters, or with a letter that Doc 9303 does not transliterate", Hint: "a Latin form of the name is needed, as the passport gives it"}
			}
			write(latin)
		}
	}
	return string(b), nil
}

// apostrophes that Unicode counts as letters or symbols.
const apostrophes = "`´ʻʼʽʾʿˈ"

// latinLetters is Doc 9303-3 section 6 A, as far as it does more than to drop
// the diacritic. Where the table leaves a choice, its first entry.
var latinLetters = map[rune]string{
	'Ä': "AE", 'Å': "AA", 'Æ': "AE", 'Ð': "D", 'Ö': "OE", 'Ø': "OE", 'Ü': "UE", 'Þ': "TH", 'ß': "SS", 'ẞ': "SS",
	'Đ': "D", 'Ħ': "H", 'Ĳ': "IJ", 'Ŀ': "L", 'Ł': "L", 'Ŋ': "N", 'Œ': "OE", 'Ŧ': "T",
}

// baseLetter drops the diacritics of a Latin letter. It goes beyond the table
// to the letters that the table leaves out, as those of Vietnamese.
func baseLetter(r rune) (string, bool) {
	var buf [16]byte
	d := norm.NFD.AppendString(buf[:0], string(r))
	if !isLetter(d[0]) || len(d) == 1 {
		return "", unicode.Is(unicode.Mn, r) && r < '\u0370' // a mark that joins no letter
	}
	return string(d[:1]), true
}
