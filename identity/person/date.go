package person

import (
	"cmp"
	"strings"
	"time"
)

// Precision says how much of a date is known.
type Precision uint8

// From nothing to the day.
const (
	PrecUnknown Precision = iota
	PrecYear
	PrecMonth
	PrecDay
)

// Slip is the set of repairs that reading a date took.
type Slip uint8

// The repairs.
const (
	SlipBuddhistEra  Slip = 1 << iota // the year counted 543 more
	SlipTwoDigitYear                  // the century was not written
	SlipExcelSerial                   // a spreadsheet's number of days
	SlipOtherDigits                   // digits of another script than ASCII's
)

var slipNames = [...]string{"Buddhist era", "two-digit year", "spreadsheet serial", "other digits"}

// String lists the names of the repairs, separated by commas.
func (s Slip) String() string {
	var names []string
	for i, n := range slipNames {
		if s&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// Date is a day of the Gregorian calendar, as far as it is known. The zero value
// is the unknown date. Month and Day are zero where Prec says that they are
// unknown. Two dates are == only if they took the same repairs: [Date.Compare]
// compares the days alone.
type Date struct {
	Year       int16 // 1–9999
	Month, Day uint8
	Prec       Precision
	Slip       Slip
}

// The years that a date may have.
const (
	minYear = 1
	maxYear = 9999
)

// DateOf is the day y-m-d, or an error if the calendar has no such day or its
// year is not between 1 and 9999.
func DateOf(y, m, d int) (Date, error) {
	switch {
	case y < minYear || y > maxYear:
		return Date{}, dateError("the year is not between 1 and 9999", "")
	case m < 1 || m > 12:
		return Date{}, dateError("there are only twelve months", "")
	case d < 1 || d > daysIn(y, m):
		return Date{}, dateError("the month has no such day", "")
	}
	return Date{Year: int16(y), Month: uint8(m), Day: uint8(d), Prec: PrecDay}, nil
}

// FromTime is the day of t in t's own location; the unknown date if the year is
// not between 1 and 9999.
func FromTime(t time.Time) Date {
	y, m, d := t.Date()
	date, _ := DateOf(y, int(m), d)
	return date
}

// IsZero reports whether nothing is known of the date.
func (d Date) IsZero() bool { return d.Prec == PrecUnknown }

// String is the date as ISO 8601 writes it, at its precision: 1990-05-17,
// 1990-05, 1990 or the empty string. [ParseDate] reads it back.
func (d Date) String() string {
	var b [10]byte
	y, m, day := int(d.Year), d.Month, d.Day
	b[0], b[1], b[2], b[3] = '0'+byte(y/1000%10), '0'+byte(y/100%10), '0'+byte(y/10%10), '0'+byte(y%10)
	b[4], b[5], b[6] = '-', '0'+m/10%10, '0'+m%10
	b[7], b[8], b[9] = '-', '0'+day/10%10, '0'+day%10
	switch d.Prec {
	case PrecDay:
		return string(b[:])
	case PrecMonth:
		return string(b[:7])
	case PrecYear:
		return string(b[:4])
	}
	return ""
}

// Earliest is the first day that d may mean; the unknown date stays unknown.
func (d Date) Earliest() Date {
	switch d.Prec {
	case PrecYear:
		d.Month, d.Day, d.Prec = 1, 1, PrecDay
	case PrecMonth:
		d.Day, d.Prec = 1, PrecDay
	}
	return d
}

// Latest is the last day that d may mean; the unknown date stays unknown.
func (d Date) Latest() Date {
	switch d.Prec {
	case PrecYear:
		d.Month, d.Day, d.Prec = 12, 31, PrecDay
	case PrecMonth:
		d.Day, d.Prec = uint8(daysIn(int(d.Year), int(d.Month))), PrecDay
	}
	return d
}

// Compare gives -1, 0 or +1: the order in which dates are sorted. An unknown
// part stands before every known one; repairs do not count.
func (d Date) Compare(e Date) int {
	return cmp.Compare(d.order(), e.order())
}

func (d Date) order() int {
	return int(d.Year)<<16 | int(d.Month)<<8 | int(d.Day)
}

// Before reports whether d surely lies before e: its last possible day before
// the first of e. Nothing is sure of an unknown date.
func (d Date) Before(e Date) bool {
	return !d.IsZero() && !e.IsZero() && d.Latest().order() < e.Earliest().order()
}

// After reports whether d surely lies after e.
func (d Date) After(e Date) bool { return e.Before(d) }

// AddYears is d moved by n years at the same precision. Who was born on 29
// February completes a year on 1 March where there is no such day. Outside the
// years 1 to 9999 the result is the unknown date.
func (d Date) AddYears(n int) Date {
	y := int(d.Year) + n
	if d.IsZero() || n < -maxYear || n > maxYear || y < minYear || y > maxYear {
		return Date{}
	}
	d.Year = int16(y)
	if d.Prec == PrecDay && int(d.Day) > daysIn(y, int(d.Month)) {
		d.Month, d.Day = 3, 1
	}
	return d
}

// Days is the number of days from 1970-01-01 to the earliest day that d may
// mean, negative before; 0 for the unknown date, so ask [Date.IsZero] first.
func (d Date) Days() int {
	if d.IsZero() {
		return 0
	}
	d = d.Earliest()
	return daysSinceEpoch(int(d.Year), int(d.Month), int(d.Day))
}

// daysSinceEpoch counts in years that begin in March, so that the leap day is
// the last of its year and the 153 days of five months repeat.
func daysSinceEpoch(y, m, d int) int {
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - 719468
}

// dateOfSerial is the day that a spreadsheet with the 1900 date system numbers
// n. It counts from 30 December 1899, which makes up for the 29 February 1900
// that never was; n must be after that day.
func dateOfSerial(n int) Date {
	return FromTime(time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC))
}

func daysIn(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func dateError(reason, hint string) error {
	return &ParseError{What: "date", Reason: reason, Hint: hint}
}
