package script

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Khmer characters that have a role of their own.
const (
	khDa, khTa   = 'ដ', 'ត'
	khRo         = 'រ'
	vowelAa      = '\u17B6'
	vowelI       = '\u17B7'
	vowelIi      = '\u17B8'
	vowelU       = '\u17BB'
	vowelOe      = '\u17BE'
	vowelE       = '\u17C1'
	vowelAe      = '\u17C2'
	vowelOo      = '\u17C4'
	nikahit      = '\u17C6'
	reahmuk      = '\u17C7'
	yuukaleapint = '\u17C8'
	muusikatoan  = '\u17C9'
	triisap      = '\u17CA'
	bantoc       = '\u17CB'
	robat        = '\u17CC'
	toandakhiat  = '\u17CD'
	samyok       = '\u17D0'
	coeng        = '\u17D2'
)

// IsKhmer reports whether s holds at least one Khmer letter or sign.
func IsKhmer(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		// U+1780–U+17FF are E1 9E 80 – E1 9F BF.
		if s[i] == 0xE1 && (s[i+1] == 0x9E || s[i+1] == 0x9F) {
			if r, _ := utf8.DecodeRuneInString(s[i:]); isKhmerRune(r) {
				return true
			}
		}
	}
	return false
}

// isKhmerRune is true for the letters, vowels and signs of the Khmer block, not
// for its digits, punctuation and symbols.
func isKhmerRune(r rune) bool { return 0x1780 <= r && r <= 0x17D3 || r == 0x17DD }

// isBase is true for what a cluster begins with: consonants and independent vowels.
func isBase(r rune) bool { return 0x1780 <= r && r <= 0x17B3 }

func isZeroWidth(r rune) bool { return 0x200B <= r && r <= 0x200D }

// KhmerCanonical puts Khmer text into one order of storage, that of Unicode
// Technical Note 61: base, robat, subscripts (coeng pairs, that of ro last),
// register shifter, vowels, signs. Vowels typed in pieces are composed (េ + ី
// is ើ), a vowel u under an upper vowel becomes the shifter that it looks like,
// subscript da becomes the subscript ta that looks the same, doubled marks
// become single, zero-width characters go, deprecated characters become those
// that Unicode names instead, and invalid UTF-8 becomes U+FFFD. Other text
// stays as it is. No letter is lost, and the function is idempotent.
func KhmerCanonical(s string) string {
	if !IsKhmer(s) && !strings.ContainsFunc(s, isZeroWidth) && utf8.ValidString(s) {
		return s
	}
	in := make([]rune, 0, len(s)/3+8)
	for _, r := range s {
		switch {
		case isZeroWidth(r), r == 0x17B4, r == 0x17B5: // inherent vowels, never to be written
		case r == 0x17A3:
			in = append(in, 'អ')
		case r == 0x17A4:
			in = append(in, 'អ', vowelAa)
		case r == 0x17A8:
			in = append(in, 'ឧ', 'ក')
		case r == 0x17D3:
			in = append(in, nikahit)
		default:
			in = append(in, r)
		}
	}
	in = dropStrayCoengs(in)
	out := make([]rune, 0, len(in))
	for i := 0; i < len(in); {
		if !isKhmerRune(in[i]) {
			out = append(out, in[i])
			i++
			continue
		}
		end := clusterEnd(in, i)
		out = appendOrdered(out, in[i:end])
		i = end
	}
	return string(out)
}

// dropStrayCoengs removes every coeng that has no base to stand under or no
// letter behind it.
func dropStrayCoengs(in []rune) []rune {
	out := in[:0]
	based := false
	for i, r := range in {
		if r == coeng && !(based && i+1 < len(in) && isBase(in[i+1])) {
			continue
		}
		based = isBase(r) || based && isKhmerRune(r)
		out = append(out, r)
	}
	return out
}

// clusterEnd gives the end of the cluster that begins at i: a base, or a mark
// without one, with all marks and coeng pairs behind it.
func clusterEnd(in []rune, i int) int {
	for i++; i < len(in) && isKhmerRune(in[i]); i++ {
		if isBase(in[i]) && in[i-1] != coeng {
			break
		}
	}
	return i
}

// The places of a cluster, in the order of storage.
const (
	placeBase = iota
	placeRobat
	placeCoeng
	placeCoengRo
	placeShifter
	placePre
	placeBelow
	placeAbove
	placePost
	placeSign
	placeFinal
)

// part is one character of a cluster, or a coeng with its letter.
type part struct {
	place int
	r     rune
}

func place(r rune) int {
	switch {
	case isBase(r):
		return placeBase
	case r == robat:
		return placeRobat
	case r == muusikatoan || r == triisap:
		return placeShifter
	case r == vowelAa:
		return placePost
	case r <= 0x17BA:
		return placeAbove
	case r <= 0x17BD:
		return placeBelow
	case r <= 0x17C5:
		return placePre
	case r == reahmuk || r == yuukaleapint:
		return placeFinal
	}
	return placeSign
}

// appendOrdered appends one cluster in canonical order.
func appendOrdered(out, cluster []rune) []rune {
	var stack [12]part
	parts := stack[:0]
	for i := 0; i < len(cluster); i++ {
		r := cluster[i]
		if r != coeng {
			parts = append(parts, part{place(r), r})
			continue
		}
		i++
		switch r = cluster[i]; r {
		case khRo:
			parts = append(parts, part{placeCoengRo, r})
		case khDa:
			parts = append(parts, part{placeCoeng, khTa})
		default:
			parts = append(parts, part{placeCoeng, r})
		}
	}
	parts = compose(parts)
	slices.SortStableFunc(parts, func(a, b part) int {
		if a.place != b.place || a.place == placeCoeng {
			return a.place - b.place
		}
		return int(a.r - b.r)
	})
	for i, p := range parts {
		if i > 0 && p == parts[i-1] && p.place != placeBase && p.place != placeCoeng && p.place != placeCoengRo {
			continue
		}
		if p.place == placeCoeng || p.place == placeCoengRo {
			out = append(out, coeng)
		}
		out = append(out, p.r)
	}
	return out
}

// compose joins vowels typed in pieces and turns a u that an upper vowel has
// pushed down into the shifter that it stands for.
func compose(parts []part) []part {
	find := func(r rune) int { return slices.Index(parts, part{place(r), r}) }
	es := 0
	for _, p := range parts {
		if p.r == vowelE && p.place == placePre {
			es++
		}
	}
	if es > 0 {
		// Two e are ae; one left over takes an i or an a that stands there.
		var whole, other rune
		if es%2 == 1 && find(vowelIi) >= 0 {
			whole, other = vowelOe, vowelIi
		} else if es%2 == 1 && find(vowelAa) >= 0 {
			whole, other = vowelOo, vowelAa
		}
		kept := parts[:0]
		seen := 0
		for _, p := range parts {
			switch {
			case p.r == other && p.place == place(other):
				other = 0
				continue
			case p.r == vowelE && p.place == placePre:
				seen++
				if seen%2 == 0 {
					continue
				}
				if seen < es {
					p.r = vowelAe
				} else if whole != 0 {
					p.r = whole
				}
			}
			kept = append(kept, p)
		}
		parts = kept
	}
	u := find(vowelU)
	if u < 0 || find(muusikatoan) >= 0 || find(triisap) >= 0 || parts[0].place != placeBase {
		return parts
	}
	upper := find(vowelAa) >= 0 && find(nikahit) >= 0
	for _, p := range parts {
		upper = upper || p.place == placeAbove || p.r == vowelOe || p.r == samyok
	}
	if upper {
		shifter := muusikatoan
		if strings.ContainsRune("សហអប", parts[0].r) {
			shifter = triisap
		}
		parts[u] = part{placeShifter, shifter}
	}
	return parts
}
