package chart

import (
	"strings"
	"unicode"

	"mitra/web/locale"
)

// SVG does not break lines, and there is no font to measure with: widths are
// estimates for a sans-serif, a little generous so that text seldom overflows.

// em is the estimated width of a text in units of its font size.
func em(s string) float64 {
	w, subscript := 0.0, false
	for _, r := range s {
		switch {
		case r == '\u17d2':
			subscript = true
			continue
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || subscript:
		case unicode.Is(unicode.Khmer, r):
			if unicode.IsLetter(r) {
				w += 0.68
			} else {
				w += 0.42
			}
		case r == ' ' || strings.ContainsRune(".,:;'|!ilIjtfr()[]", r):
			w += 0.32
		case unicode.IsUpper(r) || r == 'm' || r == 'w' || r == '%':
			w += 0.72
		case r > 0x2e80:
			w += 1
		default:
			w += 0.56
		}
		subscript = false
	}
	return w
}

// wrap breaks a text into lines of at most width em: at spaces and zero-width
// spaces, and within a word only where the word alone is wider than a line.
func wrap(s string, width float64) []string {
	var lines []string
	line := ""
	flush := func() {
		if t := strings.TrimSpace(line); t != "" {
			lines = append(lines, t)
		}
		line = ""
	}
	add := func(piece string) {
		if line != "" && em(strings.TrimSpace(line+piece)) > width {
			flush()
		}
		line += piece
	}
	for _, word := range words(s) {
		if em(word) <= width {
			add(word)
			continue
		}
		for _, cluster := range locale.Clusters(word) {
			add(cluster)
		}
	}
	flush()
	return lines
}

// words cuts a text after each place where a line may break.
func words(s string) []string {
	return strings.FieldsFunc(strings.NewReplacer(" ", " \n", "\u200b", "\n", "\t", " \n").Replace(s), func(r rune) bool { return r == '\n' })
}
