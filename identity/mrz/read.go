package mrz

import (
	"strings"
	"unicode"
)

// maxZone bounds what is read, in bytes: the largest zone has 90 characters.
const maxZone = 4096

// Read reads a zone as optical readers and people give it. White space, lost or
// misplaced line breaks, small letters, letters of full width and « for << are
// layout and pass without mention. Fillers lost or added at the end of a line,
// and characters mistaken for others, are corrected only where one reading is
// left, and listed.
//
// Lines that have the lengths of a format are never cut otherwise. Others are
// read in each shape that they can be given, and the one with the fewest faults
// is taken. One that goes against the line breaks, or leaves fillers over, needs
// most check digits on its side.
//
// Several corrections in one field by its check digit are never attempted: with
// two, chance alone would satisfy it. A misread check digit, and errors in names
// and in the optional data of visas, which no digit protects, stay unseen.
//
// The error is an [*Error] if no format has that many characters, or one stands
// for none of the zone's. If nothing was corrected, the result is that of
// [Parse] for Data.String, but that faults may say why a correction was not
// made.
func Read(s string) (Data, []Correction, error) {
	lines, err := clean(s)
	if err != nil {
		return Data{}, nil, err
	}
	var (
		best  Data
		made  []Correction
		least int
	)
	for _, shape := range shapes(lines) {
		d, c := shape.read()
		if shape.doubted && !d.mostAgree() {
			continue
		}
		cost := d.nonsense()<<8 + len(c) // fewer corrections between equals
		if best.Format == 0 || cost < least {
			best, made, least = d, c, cost
		}
	}
	if best.Format == 0 {
		return Data{}, nil, &Error{Reason: reasonShape, Hint: hintShape}
	}
	return best, made, nil
}

// clean brings the characters into the zone's alphabet and gives the lines that
// are not empty.
func clean(s string) ([]string, error) {
	if len(s) > maxZone {
		return nil, &Error{Reason: "too long for a machine-readable zone"}
	}
	var lines []string
	for n, raw := range strings.Split(newlines.Replace(s), "\n") {
		b := make([]byte, 0, len(raw))
		col := 0
		for _, r := range raw {
			col++
			if '\uFF01' <= r && r <= '\uFF5E' { // full width
				r -= '\uFF01' - '!'
			}
			switch {
			case 'a' <= r && r <= 'z':
				b = append(b, byte(r)-'a'+'A')
			case r < 0x80 && value(byte(r)) >= 0:
				b = append(b, byte(r))
			case strings.ContainsRune("‹〈⟨˂", r):
				b = append(b, filler)
			case strings.ContainsRune("«≪《⟪", r):
				b = append(b, filler, filler)
			case unicode.IsSpace(r), unicode.Is(unicode.Cf, r):
			default:
				return nil, &Error{Line: n + 1, Col: col, Reason: "a character that stands for none of A–Z, 0–9 and <"}
			}
		}
		if len(b) > 0 {
			lines = append(lines, string(b))
		}
	}
	return lines, nil
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n")
