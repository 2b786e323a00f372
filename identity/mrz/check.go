package mrz

import "strings"

// Check is one check digit of a zone.
type Check struct {
	Field     Field // what it protects
	Line, Col int   // where the digit stands, counted from 1
	Want, Got byte  // as computed, as it stands
	OK        bool  // they agree, or the filler is allowed in the digit's place
}

// CheckDigit is the check digit of Doc 9303-3 section 4.9: the values of the
// characters (0–9, A–Z as 10–35, the filler as 0) with the weights 7, 3, 1 over
// and over, summed modulo 10. ok is false if s holds another character.
func CheckDigit(s string) (digit byte, ok bool) {
	weights := [...]int{7, 3, 1}
	sum := 0
	for i := 0; i < len(s); i++ {
		v := value(s[i])
		if v < 0 {
			return 0, false
		}
		sum += v * weights[i%3]
	}
	return '0' + byte(sum%10), true
}

// value is a character's value for check digits, and -1 outside the alphabet.
func value(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case isLetter(c):
		return int(c-'A') + 10
	case c == filler:
		return 0
	}
	return -1
}

const filler = '<'

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'A' <= c && c <= 'Z' }

func onlyFillers(s string) bool { return strings.Trim(s, "<") == "" }

// checks computes every check digit of lines that have the layout.
func (l *layout) checks(lines []string) []Check {
	list := make([]Check, 0, 5)
	add := func(f Field, text string, at span, fillerFor string) {
		want, _ := CheckDigit(text)
		got := at.of(lines)[0]
		ok := got == want || got == filler && fillerFor != "" && onlyFillers(fillerFor)
		list = append(list, Check{Field: f, Line: at.line + 1, Col: at.at + 1, Want: want, Got: got, OK: ok})
	}
	if long, ok := l.long(lines); ok {
		add(FieldNumber, long.number, long.check, "")
	} else {
		add(FieldNumber, l.number.of(lines), l.numberCheck, "")
	}
	add(FieldBirth, l.birth.of(lines), l.birthCheck, "")
	add(FieldExpiry, l.expiry.of(lines), l.expiryCheck, "")
	if l.optional1Check.n > 0 { // Doc 9303-4 section 4.2.2: zero or filler where the field is not used
		add(FieldOptional, l.optional1.of(lines), l.optional1Check, l.optional1.of(lines))
	}
	if l.composite.n > 0 {
		var b strings.Builder
		for _, s := range l.covered {
			b.WriteString(s.of(lines))
		}
		add(FieldComposite, b.String(), l.composite, "")
	}
	return list
}

// longNumber is a document number of more than nine characters.
type longNumber struct {
	number string // the whole of it
	rest   span   // its tenth and further characters, in the optional data
	check  span
	after  string // the optional data behind the filler that ends the number
}

// long finds a document number that runs on in the optional data: a filler in
// place of the check digit, and the rest, the check digit and a filler at the
// beginning of the optional data (Doc 9303-5 and 9303-6 section 4.2.2).
func (l *layout) long(lines []string) (longNumber, bool) {
	first, more := l.number.of(lines), l.optional1.of(lines)
	if !l.longNumbers || l.numberCheck.of(lines)[0] != filler || first[len(first)-1] == filler {
		return longNumber{}, false
	}
	run, after, _ := strings.Cut(more, "<")
	if len(run) < 2 || !isDigit(run[len(run)-1]) {
		return longNumber{}, false
	}
	n, at := len(run)-1, l.optional1
	return longNumber{
		number: first + run[:n],
		rest:   span{at.line, at.at, n},
		check:  span{at.line, at.at + n, 1},
		after:  after,
	}, true
}
