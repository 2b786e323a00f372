package person

import (
	"strings"
	"unicode/utf8"
)

// The years that ParseDate takes for true: nobody in a register of today was
// born before, no document runs longer.
const (
	firstYear = 1850
	lastYear  = 2200
)

// The years of the Buddhist era that ParseDate repairs. They and the years
// above have none in common.
const (
	firstBuddhist  = 2400
	lastBuddhist   = 2650
	buddhistBefore = 543 // Thai and Khmer reckoning; the new year's few months of difference are not known from a year
)

// maxDate bounds, in bytes, what is read as a date.
const maxDate = 128

// ParseDate reads a date as registers and spreadsheets write it:
//
//   - ISO 8601: 1990-05-17, 19900517, 1990-05, 1990;
//   - year, month, day with / . or spaces: 1990/5/17;
//   - day, month, year with / . - or spaces: 17/05/1990, 17-5-90;
//   - month and year: 05/1990;
//   - month names in English, Indonesian and Khmer: 17 Mei 1990, May 17, 1990,
//     17-Agt-90, ថ្ងៃទី១៧ ខែឧសភា ឆ្នាំ១៩៩០;
//   - serial numbers of spreadsheets (1900 date system) of five digits, with or
//     without a fraction: 33010.5.
//
// A time of day after the date is checked and dropped, with its zone: the day is
// the day as written. Parts written 00 or XX are unknown, and the date is less
// precise. The empty string and 00/00/0000 are the unknown date.
//
// Repaired and marked as a [Slip]: years 2400–2650 as Buddhist era, two-digit
// years as the one between pivot-99 and pivot, serial numbers, other digits.
// Anything else is a [*ParseError]: no such day, a year outside 1850–2200, an
// order other than these. A date with its month first is refused where it
// cannot be a day-first one, and the hint says so.
func ParseDate(s string, pivot int) (Date, error) {
	if d, ok := isoDay(s); ok {
		return d, nil
	}
	if len(s) > maxDate {
		return Date{}, dateError("too long for a date", "")
	}
	var slip Slip
	if !isASCII(s) {
		s, slip = plainDate(s)
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return Date{}, nil
	}
	s, err := cutTime(s)
	if err != nil {
		return Date{}, err
	}
	var p parts
	if err := p.scan(s); err != nil {
		return Date{}, err
	}
	d, err := p.date(pivot)
	if err != nil || d.IsZero() {
		return Date{}, err
	}
	d.Slip |= slip
	return d, nil
}

// isoDay is the short way for 1990-05-17, the form of most cells.
func isoDay(s string) (Date, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, false
	}
	var v [3]int
	for i, f := range [...][2]int{{0, 4}, {5, 7}, {8, 10}} {
		for _, c := range []byte(s[f[0]:f[1]]) {
			if c-'0' > 9 {
				return Date{}, false
			}
			v[i] = v[i]*10 + int(c-'0')
		}
	}
	if v[0] < firstYear || v[0] > lastYear || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > daysIn(v[0], v[1]) {
		return Date{}, false // the long way says why
	}
	return Date{Year: int16(v[0]), Month: uint8(v[1]), Day: uint8(v[2]), Prec: PrecDay}, true
}

// plainDate rewrites digits, spaces, dashes and strokes of other scripts in
// ASCII and drops what has no width.
func plainDate(s string) (string, Slip) {
	var slip Slip
	plain := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		if d, ok := digit(r); ok {
			slip = SlipOtherDigits
			return '0' + rune(d)
		}
		switch r {
		case '\u00A0', '\u2007', '\u2009', '\u200B', '\u202F', '\u3000': // Khmer puts U+200B between words
			return ' '
		case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212', '\uFF0D':
			return '-'
		case '\uFF0F', '\u2044', '\u2215':
			return '/'
		case '\uFF0E':
			return '.'
		case '\u200C', '\u200D', '\u200E', '\u200F', '\uFEFF':
			return -1
		}
		return r
	}, s)
	return plain, slip
}

// cutTime takes a time of day off the end of s.
func cutTime(s string) (string, error) {
	colon := -1
	for i := 1; i < len(s); i++ {
		if s[i] == ':' && isDigit(s[i-1]) {
			colon = i
			break
		}
	}
	if colon < 0 {
		return s, nil
	}
	hour := colon
	for hour > 0 && isDigit(s[hour-1]) {
		hour--
	}
	day := strings.TrimRight(s[:hour], " ,")
	if n := len(day); n > 1 && (day[n-1] == 'T' || day[n-1] == 't') && isDigit(day[n-2]) {
		day = day[:n-1]
	}
	if day == "" || len(day) == hour || !isTime(s[hour:]) {
		return "", dateError("the time of day is not one", "")
	}
	return day, nil
}

// isTime reports whether s is hh:mm, hh:mm:ss or hh:mm:ss.fff, then perhaps AM
// or PM, then perhaps a zone: Z, +07, +0700 or +07:00.
func isTime(s string) bool {
	field := func(widest, most int) bool {
		n, v := 0, 0
		for n < len(s) && n < widest && isDigit(s[n]) {
			v = v*10 + int(s[n]-'0')
			n++
		}
		s = s[n:]
		return n > 0 && v <= most
	}
	sign := func(set string) bool {
		if s == "" || strings.IndexByte(set, s[0]) < 0 {
			return false
		}
		s = s[1:]
		return true
	}
	if !field(2, 23) || !sign(":") || !field(2, 59) {
		return false
	}
	if sign(":") {
		if !field(2, 60) { // 60 is the leap second
			return false
		}
		if sign(".,") && !field(9, 999_999_999) {
			return false
		}
	}
	s = strings.TrimLeft(s, " ")
	if len(s) >= 2 && (s[0]|0x20 == 'a' || s[0]|0x20 == 'p') && s[1]|0x20 == 'm' {
		s = strings.TrimLeft(s[2:], " ")
	}
	switch {
	case s == "":
		return true
	case sign("Zz"):
		return s == ""
	case sign("+-"):
		if !field(2, 14) {
			return false
		}
		if s == "" {
			return true
		}
		sign(":")
		return field(2, 59) && s == ""
	}
	return false
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// part is a number, an unknown (XX) or the name of a month.
type part struct {
	kind   partKind
	value  int // number or month
	digits int // characters of a number or an unknown
	sep    byte
}

type partKind uint8

const (
	number partKind = iota
	unknown
	monthName
)

// parts are what a date is written of, each with the sign that stands before
// it: 0 for none, otherwise one of "/.-," or a space.
type parts struct {
	list [3]part
	n    int
}

const (
	reasonParts = "more parts than a date has"
	reasonSigns = "not written as a date is"
)

func (p *parts) scan(s string) error {
	for i := 0; i < len(s); {
		start := i
		sep, err := separator(s, &i)
		if err != nil {
			return err
		}
		i = skipDateWords(s, i)
		if i == len(s) || (p.n == 0 && start == 0 && sep != 0) {
			return dateError(reasonSigns, "")
		}
		next, width, err := readPart(s[i:])
		if err != nil {
			return err
		}
		if p.n == len(p.list) {
			return dateError(reasonParts, "")
		}
		next.sep = sep
		p.list[p.n] = next
		p.n++
		i += width
	}
	return nil
}

// separator moves i behind spaces and at most one of "/.-,".
func separator(s string, i *int) (byte, error) {
	sep := byte(0)
	for ; *i < len(s); *i++ {
		switch c := s[*i]; c {
		case ' ', '\t':
			if sep == 0 {
				sep = ' '
			}
		case '/', '.', '-', ',':
			if sep != 0 && sep != ' ' {
				return 0, dateError(reasonSigns, "")
			}
			sep = c
		default:
			return sep, nil
		}
	}
	return sep, nil
}

// skipDateWords moves behind the words, and spaces between them, that lead to a
// part of a Khmer date.
func skipDateWords(s string, i int) int {
	for found := true; found && i < len(s) && s[i] >= utf8.RuneSelf; {
		found = false
		for _, w := range dateWords {
			if strings.HasPrefix(s[i:], w) {
				i += len(w)
				found = true
				break
			}
		}
		for found && i < len(s) && s[i] == ' ' {
			i++
		}
	}
	return i
}

// readPart reads the part at the beginning of s, which is not empty.
func readPart(s string) (part, int, error) {
	n := 0
	if isDigit(s[0]) {
		v := 0
		for n < len(s) && isDigit(s[n]) {
			if n == 17 { // no fraction of a serial number has more digits
				return part{}, 0, dateError("more digits than a date has", "")
			}
			v = v*10 + int(s[n]-'0')
			n++
		}
		p := part{kind: number, value: v, digits: n}
		return p, n + ordinal(s[n:]), nil
	}
	var buf [48]byte // longer than any name of a month
	end := len(s)
	if i := strings.Index(s, yearWord); i > 0 { // Khmer needs no space before it
		end = i
	}
	xs := 0
	for n < end && n < len(buf) && isLetter(s[n]) {
		c := s[n]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c == 'x' {
			xs++
		}
		buf[n] = c
		n++
	}
	switch {
	case n == 0:
		return part{}, 0, dateError("holds a sign that stands in no date", "")
	case xs == n:
		return part{kind: unknown, digits: n}, n, nil
	}
	if m, ok := months[string(buf[:n])]; ok {
		return part{kind: monthName, value: int(m)}, n, nil
	}
	return part{}, 0, dateError("holds a word that names no month", "month names are read in English, Indonesian and Khmer")
}

// isLetter takes every byte of another script for a letter: what is not the
// name of a month is refused anyway.
func isLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf
}

// ordinal is the length of st, nd, rd or th at the beginning of s.
func ordinal(s string) int {
	if len(s) < 2 || len(s) > 2 && isLetter(s[2]) {
		return 0
	}
	switch [2]byte{s[0] | 0x20, s[1] | 0x20} {
	case [2]byte{'s', 't'}, [2]byte{'n', 'd'}, [2]byte{'r', 'd'}, [2]byte{'t', 'h'}:
		return 2
	}
	return 0
}

// date finds out which part is which.
func (p *parts) date(pivot int) (Date, error) {
	a, b, c := p.list[0], p.list[1], p.list[2]
	switch p.n {
	case 1:
		return single(a, pivot)
	case 2:
		switch {
		case a.kind == number && a.digits == 5 && b.kind == number && (b.sep == '.' || b.sep == ','):
			return serial(a)
		case a.isYear():
			return assemble(a, b, part{}, pivot)
		case b.isYear():
			return assemble(b, a, part{}, pivot)
		}
		return Date{}, dateError("the year is missing, or not of four digits", "")
	}
	named := a.kind == monthName || b.kind == monthName
	if !named && (b.sep != c.sep || b.sep == ',') {
		return Date{}, dateError(reasonSigns, "")
	}
	switch {
	case a.isYear():
		return assemble(a, b, c, pivot)
	case a.kind == monthName:
		return assemble(c, a, b, pivot)
	}
	d, err := assemble(c, b, a, pivot)
	if err != nil && b.kind == number && b.value > 12 && b.value <= 31 && a.kind == number && a.value >= 1 && a.value <= 12 {
		err = dateError("there are only twelve months", "the file may have the month first: dates are read day first, or as year-month-day")
	}
	return d, err
}

// isYear reports whether the part can be nothing but a year.
func (p part) isYear() bool {
	return p.digits == 4
}

func single(a part, pivot int) (Date, error) {
	switch {
	case a.kind == unknown:
		return Date{}, nil
	case a.kind == monthName:
		return Date{}, dateError("the year is missing", "")
	}
	switch a.digits {
	case 4:
		return assemble(a, part{}, part{}, pivot)
	case 5:
		return serial(a)
	case 8:
		return assemble(
			part{value: a.value / 10000, digits: 4},
			part{value: a.value / 100 % 100, digits: 2},
			part{value: a.value % 100, digits: 2}, pivot)
	}
	return Date{}, dateError("a number of so many digits is no date", "write year-month-day")
}

// serial reads a spreadsheet's number of days. Five digits reach from May 1927
// to October 2173; fewer would be taken for a year.
func serial(a part) (Date, error) {
	if a.value < 10000 {
		return Date{}, dateError("a serial number does not begin with zero", "")
	}
	d := dateOfSerial(a.value)
	d.Slip = SlipExcelSerial
	return d, nil
}

// assemble makes a date of its parts; a part without characters was not
// written.
func assemble(y, m, d part, pivot int) (Date, error) {
	if y.kind == monthName || d.kind == monthName {
		return Date{}, dateError("the month stands in the wrong place", "")
	}
	if m.digits > 2 || d.digits > 2 {
		return Date{}, dateError("day and month have two digits at most", "")
	}
	month, day := known(m), known(d)
	if known(y) == 0 && y.digits != 2 || y.kind == unknown || y.digits == 2 && y.value == 0 && month == 0 && day == 0 {
		if month == 0 && day == 0 && (y.digits == 2 || y.digits == 4) {
			return Date{}, nil
		}
		return Date{}, dateError("the year is missing", "")
	}
	year, slip, err := y.year(pivot)
	switch {
	case err != nil:
		return Date{}, err
	case day != 0 && month == 0:
		return Date{}, dateError("a day without its month", "")
	case month > 12:
		return Date{}, dateError("there are only twelve months", "")
	case day > 31 && y.digits == 2:
		return Date{}, dateError("the month has no such day", "dates with the year first need its four digits")
	case day > daysIn(year, month):
		return Date{}, dateError("the month has no such day", "")
	}
	date := Date{Year: int16(year), Month: uint8(month), Day: uint8(day), Prec: PrecDay, Slip: slip}
	switch {
	case month == 0:
		date.Prec = PrecYear
	case day == 0:
		date.Prec = PrecMonth
	}
	return date, nil
}

// known is the value of a part, and 0 if it is unknown.
func known(p part) int {
	if p.kind == unknown {
		return 0
	}
	return p.value
}

func (p part) year(pivot int) (int, Slip, error) {
	y, slip := p.value, Slip(0)
	switch {
	case p.digits == 2:
		slip = SlipTwoDigitYear
		y = pivot - ((pivot-y)%100+100)%100
	case p.digits != 4:
		return 0, 0, dateError("a year has four digits, or two", "")
	case y >= firstBuddhist && y <= lastBuddhist:
		slip = SlipBuddhistEra
		y -= buddhistBefore
	}
	if y < firstYear || y > lastYear {
		return 0, 0, dateError("the year is not between 1850 and 2200", "")
	}
	return y, slip, nil
}
