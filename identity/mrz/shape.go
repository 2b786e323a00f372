package mrz

import (
	"slices"
	"strings"
)

// shape is one way to take what was given as the lines of a format.
type shape struct {
	format  Format
	lines   []string
	fillers []Correction // at the ends of lines
	doubted bool         // not what the breaks or the number of characters say
}

// shapes lists the ways. Lines that have the lengths of a format are taken as
// they are.
func shapes(lines []string) []shape {
	if len(lines) == 0 {
		return nil
	}
	first, width := lines[0][0], len(lines[0])
	if !slices.ContainsFunc(lines, func(line string) bool { return len(line) != width }) {
		if f := formatOf(len(lines), width, first); f != 0 {
			return []shape{{format: f, lines: lines}}
		}
	}
	var list []shape
	for _, way := range [...]func(*layout, []string) (shape, bool){fit, recut} {
		for f := TD1; f <= MRVB; f++ {
			l := &layouts[f]
			if formatOf(l.lines, l.width, first) != f {
				continue
			}
			if s, ok := way(l, lines); ok {
				s.format = f
				list = append(list, s)
			}
		}
	}
	return list
}

// fit gives each line its length by fillers at its end. A line that ends with a
// check digit can have some too many, but has lost none.
func fit(l *layout, lines []string) (shape, bool) {
	if len(lines) != l.lines {
		return shape{}, false
	}
	var s shape
	for i, line := range lines {
		text := strings.TrimRight(line, "<")
		field := l.endOf(i)
		if len(text) > l.width || field == FieldName && len(text) <= l.name.at || field == FieldComposite && len(line) < l.width {
			return shape{}, false
		}
		s.refill(i, field, text, line[len(text):], strings.Repeat("<", l.width-len(text)))
	}
	return s, true
}

// recut divides the characters by the lengths of the lines, whatever the breaks
// between them. What is left over must be fillers. A line cut anew never begins
// with one: nothing in a zone does, but a filler from the end of the line before.
func recut(l *layout, lines []string) (shape, bool) {
	all := strings.Join(lines, "")
	end := l.lines * l.width
	if len(all) < end || !onlyFillers(all[end:]) {
		return shape{}, false
	}
	moved := len(lines) > 1 && !l.breaks(lines)
	s := shape{doubted: moved || len(all) > end}
	for i := range l.lines - 1 {
		if moved && all[(i+1)*l.width] == filler {
			return shape{}, false
		}
		s.lines = append(s.lines, all[i*l.width:(i+1)*l.width])
	}
	i := l.lines - 1
	text := strings.TrimRight(all[i*l.width:], "<")
	s.refill(i, l.endOf(i), text, all[i*l.width+len(text):], all[i*l.width+len(text):end])
	return s, true
}

// refill adds a line whose text is followed by the fillers now, and was by
// others.
func (s *shape) refill(i int, f Field, text, was, now string) {
	s.lines = append(s.lines, text+now)
	if was != now {
		s.fillers = append(s.fillers, Correction{Field: f, Line: i + 1, Col: len(text) + 1, From: was, To: now, Why: WhyFillers})
	}
}

// endOf is the field that stands at the end of a line.
func (l *layout) endOf(line int) Field {
	switch {
	case line == l.name.line:
		return FieldName
	case l.composite.n > 0 && line == l.composite.line:
		return FieldComposite
	}
	return FieldOptional
}

// breaks reports whether every line of the layout ends where one that was given
// does.
func (l *layout) breaks(lines []string) bool {
	ends := map[int]bool{}
	at := 0
	for _, line := range lines {
		at += len(line)
		ends[at] = true
	}
	for i := 1; i < l.lines; i++ {
		if !ends[i*l.width] {
			return false
		}
	}
	return true
}

// read takes the lines for what they say.
func (s shape) read() (Data, []Correction) {
	c := newCorrector(&layouts[s.format], s.lines)
	c.made = s.fillers
	c.alphabets()
	ambiguous := c.byCheckDigits()
	d := decode(s.format, c.lines())
	for i, fault := range d.Faults {
		if fault.Reason == reasonCheck && slices.Contains(ambiguous, fault.Field) {
			d.Faults[i].Reason = reasonAmbiguous
		}
	}
	return d, c.made
}

// nonsense counts what speaks against a reading: its faults, and a document of
// which the format is not made.
func (d Data) nonsense() int {
	n := len(d.Faults)
	if d.Code == "" || !strings.Contains(codesOf[d.Format], d.Code[:1]) {
		n++
	}
	return n
}

// codesOf are the first letters of document codes in each format (Doc 9303 parts
// 4 to 7).
var codesOf = [...]string{TD1: "ACI", TD2: "ACI", TD3: "P", MRVA: "V", MRVB: "V"}

// mostAgree reports whether more check digits agree than do not.
func (d Data) mostAgree() bool {
	n := 0
	for _, c := range d.Checks {
		if c.OK {
			n++
		} else {
			n--
		}
	}
	return n > 0
}
