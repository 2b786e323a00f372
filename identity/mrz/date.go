package mrz

import "mitra/identity/person"

// dateFault says what is wrong with the six characters of a date, or nothing. A
// part of fillers or zeros is unknown; a day is known only with its month.
func dateFault(s string) string {
	y, m, d, ok := dateParts(s)
	switch {
	case !ok:
		return "not digits"
	case m > 12 || d > 31 || d > 30 && (m == 4 || m == 6 || m == 9 || m == 11) || m == 2 && (d > 29 || d == 29 && y%4 != 0):
		return "no such day"
	case m == 0 && d != 0 || y < 0 && (m != 0 || d != 0):
		return "a part is unknown while a smaller one is known"
	}
	return ""
}

// dateParts reads yymmdd. An unknown year is -1, an unknown month or day 0.
func dateParts(s string) (y, m, d int, ok bool) {
	var v [3]int
	for i := range v {
		a, b := s[2*i], s[2*i+1]
		switch {
		case a == filler && b == filler:
			v[i] = -1
		case isDigit(a) && isDigit(b):
			v[i] = int(a-'0')*10 + int(b-'0')
		default:
			return 0, 0, 0, false
		}
	}
	return v[0], max(v[1], 0), max(v[2], 0), true
}

// BirthDate is the date of birth at the precision of the zone, in the last
// century that does not make it later than the day on: somebody of a hundred
// years or more comes out too young. A date of birth of which the year is
// unknown is the unknown date. It is an error if the zone's date is faulty or
// on is unknown.
func (d Data) BirthDate(on person.Date) (person.Date, error) {
	if on.IsZero() {
		return person.Date{}, &Error{Field: FieldBirth, Reason: "no day is given to reckon from"}
	}
	date, err := century(FieldBirth, d.Birth, int(on.Year))
	if err == nil && date.Earliest().Compare(on.Latest()) > 0 {
		return century(FieldBirth, d.Birth, int(on.Year)-1)
	}
	return date, err
}

// ExpiryDate is the date of expiry in the century that brings its year nearest
// to that of the day on: from 49 years before to 50 after. Otherwise it is as
// BirthDate.
func (d Data) ExpiryDate(on person.Date) (person.Date, error) {
	if on.IsZero() {
		return person.Date{}, &Error{Field: FieldExpiry, Reason: "no day is given to reckon from"}
	}
	return century(FieldExpiry, d.Expiry, int(on.Year)+50)
}

// century gives the date its year between last-99 and last.
func century(f Field, s string, last int) (person.Date, error) {
	if len(s) != 6 {
		return person.Date{}, &Error{Field: f, Reason: "not six characters"}
	}
	if reason := dateFault(s); reason != "" {
		return person.Date{}, &Error{Field: f, Reason: reason}
	}
	y, m, d, _ := dateParts(s)
	if y < 0 {
		return person.Date{}, nil
	}
	year := last - ((last-y)%100+100)%100
	date, err := person.DateOf(year, max(m, 1), max(d, 1))
	if err != nil {
		return person.Date{}, &Error{Field: f, Reason: "no such day"}
	}
	date.Slip = person.SlipTwoDigitYear
	switch {
	case m == 0:
		date.Month, date.Day, date.Prec = 0, 0, person.PrecYear
	case d == 0:
		date.Day, date.Prec = 0, person.PrecMonth
	}
	return date, nil
}

// YYMMDD writes a date as the zone does, with fillers for what is unknown.
func YYMMDD(d person.Date) string {
	b := []byte("<<<<<<")
	for i, v := range [...]int{int(d.Year) % 100, int(d.Month), int(d.Day)} {
		if int(d.Prec) > i {
			b[2*i], b[2*i+1] = '0'+byte(v/10%10), '0'+byte(v%10)
		}
	}
	return string(b)
}
