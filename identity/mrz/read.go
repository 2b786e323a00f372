package mrz

import (
	"slices"
	"strings"
	"unicode"
)

// maxZone bounds what is read, in bytes: the largest zone has 90 characters.
const maxZone = 4096

// Read reads a zone as optical readers and people give it. White space, lost or
// misplaced line breaks, small letters, letters of full width and « for << are
// layout and pass without mention. Fillers lost or added at the end of the name
// field, and characters mistaken for others, are corrected only where one
// reading is left, and listed.
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
	lines, fillers, err := shape(lines)
	if err != nil {
		return Data{}, nil, err
	}
	f := formatOf(len(lines), len(lines[0]), lines[0][0])
	if f == 0 {
		return Data{}, nil, &Error{Reason: reasonShape, Hint: hintShape}
	}
	c := newCorrector(&layouts[f], lines)
	c.made = fillers
	c.alphabets()
	ambiguous := c.byCheckDigits()
	d := decode(f, c.lines())
	for i, fault := range d.Faults {
		if fault.Reason == reasonCheck && slices.Contains(ambiguous, fault.Field) {
			d.Faults[i].Reason = reasonAmbiguous
		}
	}
	return d, c.made, nil
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

// shape divides the characters into the lines of a format.
func shape(lines []string) ([]string, []Correction, error) {
	all := strings.Join(lines, "")
	for _, f := range [...]Format{TD1, TD2, TD3} { // the visas have the lengths of TD2 and TD3
		l := &layouts[f]
		if len(all) != l.lines*l.width {
			continue
		}
		var cut []string
		for i := range l.lines {
			cut = append(cut, all[i*l.width:(i+1)*l.width])
		}
		return cut, nil, nil
	}
	for _, f := range [...]Format{TD1, TD2, TD3} {
		if fixed, c, ok := refill(&layouts[f], lines); ok {
			return fixed, []Correction{c}, nil
		}
	}
	return nil, nil, &Error{Reason: reasonShape, Hint: hintShape}
}

// refill gives the line that ends with the name its length by fillers, if all
// other lines have theirs.
func refill(l *layout, lines []string) ([]string, Correction, bool) {
	if len(lines) != l.lines {
		return nil, Correction{}, false
	}
	at := l.name.line
	for i, line := range lines {
		if i != at && len(line) != l.width {
			return nil, Correction{}, false
		}
	}
	text := strings.TrimRight(lines[at], "<")
	if len(text) <= l.name.at || len(text) > l.width {
		return nil, Correction{}, false
	}
	was := lines[at][len(text):]
	now := strings.Repeat("<", l.width-len(text))
	fixed := append([]string(nil), lines...)
	fixed[at] = text + now
	return fixed, Correction{Field: FieldName, Line: at + 1, Col: len(text) + 1, From: was, To: now, Why: WhyFillers}, true
}
