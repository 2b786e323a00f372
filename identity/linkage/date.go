package linkage

import (
	"fmt"
	"strings"

	"mitra/identity/person"
)

// dateValue is a birth date as it is compared. Unlike a register, which refuses
// impossible dates, linkage keeps them: 1945-05-32 is a typing error that still
// resembles the truth.
type dateValue struct {
	year       int16
	month, day uint8 // zero where unknown
}

func (v dateValue) String() string { return string(v.append(nil)) }

// append appends the date as String writes it.
func (v dateValue) append(dst []byte) []byte {
	y, m, d := v.year, v.month, v.day
	if y < 0 || y > 9999 || m > 99 || d > 99 {
		return fmt.Appendf(dst, "%04d-%02d-%02d", y, m, d)
	}
	return append(dst, '0'+byte(y/1000), '0'+byte(y/100%10), '0'+byte(y/10%10), '0'+byte(y%10),
		'-', '0'+m/10, '0'+m%10, '-', '0'+d/10, '0'+d%10)
}

// whole reports whether the day is known. The first of January stands for "some
// day of that year" so often that it is not taken at its word: see dateLevel.
func (v dateValue) whole() bool { return v.day != 0 }

func parseDate(raw string, pivot int) (dateValue, bool) {
	if d, err := person.ParseDate(raw, pivot); err == nil {
		if d.IsZero() {
			return dateValue{}, false
		}
		return dateValue{year: d.Year, month: d.Month, day: d.Day}, true
	}
	// What is no day of any calendar is kept as it is written: 1945-05-32, or the
	// month first, 3/25/1990, which day and month swapped then finds.
	parts := strings.FieldsFunc(raw, func(r rune) bool { return r < '0' || r > '9' })
	if n := strings.Join(parts, ""); len(parts) != 3 && len(n) == 8 {
		parts = []string{n[:4], n[4:6], n[6:]}
		if y := number(parts[0]); y < 1850 || y > 2200 {
			parts = []string{n[:2], n[2:4], n[4:]}
		}
	}
	if len(parts) != 3 {
		return dateValue{}, false
	}
	if len(parts[0]) == 4 {
		parts[0], parts[2] = parts[2], parts[0]
	}
	d, m, y := number(parts[0]), number(parts[1]), number(parts[2])
	if len(parts[2]) == 2 {
		if y += pivot - pivot%100; y > pivot {
			y -= 100
		}
	}
	if len(parts[0]) > 2 || len(parts[1]) > 2 || d == 0 || m == 0 || y < 1850 || y > 2200 {
		return dateValue{}, false
	}
	return dateValue{year: int16(y), month: uint8(m), day: uint8(d)}, true
}

// number reads a few digits; more are no part of a date.
func number(s string) (v int) {
	if len(s) > 4 {
		return -1
	}
	for i := 0; i < len(s); i++ {
		v = v*10 + int(s[i]-'0')
	}
	return v
}

// The levels of two dates, weakest first.
const (
	dateDiffer   = iota // nothing in common, or only by chance
	dateYear            // the year, with other months and days
	dateYearOnly        // the year, and one of them knows no more
	datePart            // two of year, month and day
	dateDigit           // one digit wrong, two neighbours swapped
	dateSwapped         // day and month in the other order
	dateByNIK           // differs, but the national id of one carries the other's date
	dateExact
	dateLevels
)

var dateLevelNames = [dateLevels]string{"differs", "same year", "same year, day unknown", "two of day, month, year", "one digit", "day and month swapped", "by national id", "exact"}

// dateLevel compares two known dates.
func dateLevel(a, b dateValue) uint8 {
	if a == b {
		return dateExact
	}
	if !a.whole() || !b.whole() {
		switch {
		case a.year != b.year:
			return dateDiffer
		case a.month != 0 && b.month != 0 && a.month != b.month:
			return dateYear
		}
		return dateYearOnly
	}
	if a.year == b.year {
		if a.month == b.day && a.day == b.month {
			return dateSwapped
		}
		if a.month == 1 && a.day == 1 || b.month == 1 && b.day == 1 {
			return dateYearOnly
		}
	}
	same := 0
	if a.year == b.year {
		same++
	}
	if a.month == b.month {
		same++
	}
	if a.day == b.day {
		same++
	}
	if same == 2 {
		if a.month != b.month && oneSlip(int(a.month), int(b.month), 10) ||
			a.day != b.day && oneSlip(int(a.day), int(b.day), 10) ||
			a.year != b.year && oneSlip(int(a.year), int(b.year), 1000) {
			return dateDigit
		}
		return datePart
	}
	if a.year == b.year {
		return dateYear
	}
	return dateDiffer
}

// oneSlip reports whether two numbers written with the same number of digits
// differ in one digit, or by two neighbouring digits swapped.
func oneSlip(a, b, top int) bool {
	diff, at := 0, [2]int{}
	for p := top; p > 0; p /= 10 {
		if a/p%10 != b/p%10 {
			if diff == 2 {
				return false
			}
			at[diff] = p
			diff++
		}
	}
	if diff == 1 {
		return true
	}
	return diff == 2 && at[0] == at[1]*10 && a/at[0]%10 == b/at[1]%10 && a/at[1]%10 == b/at[0]%10
}
