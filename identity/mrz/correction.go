package mrz

import (
	"strings"

	"mitra/identity/person"
)

// Correction is one change that [Read] made to what was given.
type Correction struct {
	Field     Field
	Line, Col int // counted from 1, in the lines as read
	From, To  string
	Why       Why
}

// Why says what decided a correction.
type Why string

// What can decide.
const (
	WhyDigit   Why = "digit expected"
	WhyLetter  Why = "letter expected"
	WhyState   Why = "the only state that reads so"
	WhyCheck   Why = "check digit"
	WhyFillers Why = "fillers at the end of the line"
)

// asDigit gives the digit that is misread as a letter, asLetter the letter that
// is misread as a digit. Several letters resemble 0 and 1; asLetter has the one
// that resembles it most in OCR-B.
var (
	asDigit  = map[byte]byte{'O': '0', 'Q': '0', 'D': '0', 'I': '1', 'L': '1', 'Z': '2', 'S': '5', 'G': '6', 'B': '8'}
	asLetter = map[byte]byte{'0': 'O', '1': 'I', '2': 'Z', '5': 'S', '6': 'G', '8': 'B'}
)

// lettersFor are all letters that may be misread as the digit, or "".
func lettersFor(c byte) string {
	switch c {
	case '0':
		return "ODQ"
	case '1':
		return "IL"
	}
	if l, ok := asLetter[c]; ok {
		return string(rune(l))
	}
	return ""
}

// resembling are the characters that may stand where c was read.
func resembling(c byte) string {
	if d, ok := asDigit[c]; ok {
		return string(rune(d))
	}
	return lettersFor(c)
}

// corrector changes lines and keeps what it changed.
type corrector struct {
	layout *layout
	grid   [][]byte
	made   []Correction
}

func newCorrector(l *layout, lines []string) *corrector {
	c := &corrector{layout: l}
	for _, line := range lines {
		c.grid = append(c.grid, []byte(line))
	}
	return c
}

func (c *corrector) lines() []string {
	list := make([]string, len(c.grid))
	for i, line := range c.grid {
		list[i] = string(line)
	}
	return list
}

func (c *corrector) set(f Field, line, col int, to byte, why Why) {
	from := c.grid[line][col]
	c.grid[line][col] = to
	c.made = append(c.made, Correction{Field: f, Line: line + 1, Col: col + 1, From: string(rune(from)), To: string(rune(to)), Why: why})
}

// alphabets corrects what stands in a position that cannot hold it.
func (c *corrector) alphabets() {
	l := c.layout
	c.letters(FieldCode, l.code)
	c.state(FieldIssuer, l.issuer)
	c.letters(FieldName, l.name)
	c.digits(FieldNumber, l.numberCheck)
	c.state(FieldNationality, l.nationality)
	c.digits(FieldBirth, l.birth)
	c.digits(FieldBirth, l.birthCheck)
	c.digits(FieldExpiry, l.expiry)
	c.digits(FieldExpiry, l.expiryCheck)
	c.digits(FieldOptional, l.optional1Check)
	c.digits(FieldComposite, l.composite)
	c.longCheck()
}

func (c *corrector) letters(f Field, s span) {
	for i := s.at; i < s.at+s.n; i++ {
		if l, ok := asLetter[c.grid[s.line][i]]; ok {
			c.set(f, s.line, i, l, WhyLetter)
		}
	}
}

func (c *corrector) digits(f Field, s span) {
	for i := s.at; i < s.at+s.n; i++ {
		if d, ok := asDigit[c.grid[s.line][i]]; ok {
			c.set(f, s.line, i, d, WhyDigit)
		}
	}
}

// state replaces digits in a code of state if only one state reads so.
func (c *corrector) state(f Field, s span) {
	code := string(c.grid[s.line][s.at : s.at+s.n])
	if !strings.ContainsAny(code, "0123456789") {
		return
	}
	readings := []string{""}
	for i := 0; i < len(code); i++ {
		at := string(rune(code[i]))
		if isDigit(code[i]) {
			at = lettersFor(code[i])
		}
		var next []string
		for _, r := range readings {
			for _, l := range at {
				next = append(next, r+string(l))
			}
		}
		readings = next
	}
	found := ""
	for _, r := range readings {
		if !person.Country(strings.TrimRight(r, "<")).Known() {
			continue
		}
		if found != "" {
			return
		}
		found = r
	}
	for i := 0; i < len(found); i++ {
		if found[i] != code[i] {
			c.set(f, s.line, s.at+i, found[i], WhyState)
		}
	}
}

// longCheck reads the check digit of a long document number, of which only the
// agreement tells that it is one.
func (c *corrector) longCheck() {
	l, lines := c.layout, c.lines()
	if !l.longNumbers || l.numberCheck.of(lines)[0] != filler {
		return
	}
	s := l.optional1
	end := strings.IndexByte(s.of(lines)+"<", filler) - 1
	if end < 1 {
		return
	}
	d, ok := asDigit[c.grid[s.line][s.at+end]]
	if !ok {
		return
	}
	if want, _ := CheckDigit(l.number.of(lines) + s.of(lines)[:end]); want == d {
		c.set(FieldNumber, s.line, s.at+end, d, WhyCheck)
	}
}

// change is one character that would satisfy a check digit.
type change struct {
	line, col int
	to        byte
}

// byCheckDigits corrects one character in each field whose own check digit
// fails, then one in optional data that only the composite covers. It gives the
// fields that more than one change would satisfy. Where there is a composite it
// has to agree in the end, or nothing is changed: the check digit itself may
// have been misread.
func (c *corrector) byCheckDigits() (ambiguous []Field) {
	l := c.layout
	type plan struct {
		field Field
		change
	}
	var plans []plan
	before := c.lines()
	try := func(f Field, spans []span) {
		switch list := c.satisfying(f, spans); len(list) {
		case 0:
		case 1:
			plans = append(plans, plan{f, list[0]})
			c.grid[list[0].line][list[0].col] = list[0].to
		default:
			ambiguous = append(ambiguous, f)
		}
	}
	numbers := []span{l.number}
	loose := []span{l.optional1, l.optional2}
	if long, ok := l.long(before); ok {
		numbers = append(numbers, long.rest)
		at := l.optional1.n - len(long.after)
		loose[0] = span{l.optional1.line, l.optional1.at + at, l.optional1.n - at}
	}
	if c.fails(FieldNumber) {
		try(FieldNumber, numbers)
	}
	if l.optional1Check.n > 0 && c.fails(FieldOptional) {
		try(FieldOptional, []span{l.optional1})
	}
	if l.longNumbers && len(ambiguous) == 0 && c.onlyFails(FieldComposite) {
		try(FieldComposite, loose)
	}
	agrees := l.composite.n == 0 || !c.fails(FieldComposite)
	for i := range c.grid {
		c.grid[i] = []byte(before[i])
	}
	if !agrees {
		return ambiguous
	}
	for _, p := range plans {
		f := p.field
		if f == FieldComposite {
			f = FieldOptional
			if p.line == l.optional2.line && p.col >= l.optional2.at && l.optional2.n > 0 {
				f = FieldOptional2
			}
		}
		c.set(f, p.line, p.col, p.to, WhyCheck)
	}
	return ambiguous
}

// satisfying lists the single changes within the spans after which the field's
// check digit agrees.
func (c *corrector) satisfying(f Field, spans []span) []change {
	var list []change
	for _, s := range spans {
		for i := s.at; i < s.at+s.n; i++ {
			was := c.grid[s.line][i]
			for _, r := range []byte(resembling(was)) {
				c.grid[s.line][i] = r
				if !c.fails(f) {
					list = append(list, change{s.line, i, r})
				}
			}
			c.grid[s.line][i] = was
		}
	}
	return list
}

func (c *corrector) fails(f Field) bool {
	for _, k := range c.layout.checks(c.lines()) {
		if k.Field == f {
			return !k.OK
		}
	}
	return false
}

func (c *corrector) onlyFails(f Field) bool {
	only := false
	for _, k := range c.layout.checks(c.lines()) {
		if !k.OK {
			if k.Field != f {
				return false
			}
			only = true
		}
	}
	return only
}
