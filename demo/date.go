package demo

import (
	"strconv"
	"time"
)

// date is a day of the calendar; the zero value is none.
type date struct{ year, month, day int }

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, int(m), d}
}

// plus returns the date n days later.
func (d date) plus(n int) date {
	return dateOf(time.Date(d.year, time.Month(d.month), d.day+n, 0, 0, 0, 0, time.UTC))
}

// years returns the date n years later; 29 February becomes 1 March where it must.
func (d date) years(n int) date {
	return dateOf(time.Date(d.year+n, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC))
}

func (d date) none() bool { return d.year == 0 }

func (d date) before(e date) bool { return d.number() < e.number() }

func (d date) number() int { return d.year*10000 + d.month*100 + d.day }

// real reports whether the calendar has the day.
func (d date) real() bool {
	return d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= lastDay(d.year, d.month)
}

func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// iso writes 1990-05-17, and nothing for none.
func (d date) iso() string {
	if d.none() {
		return ""
	}
	b := make([]byte, 0, 10)
	b = strconv.AppendInt(b, int64(d.year), 10)
	b = append(b, '-', byte('0'+d.month/10), byte('0'+d.month%10), '-', byte('0'+d.day/10), byte('0'+d.day%10))
	return string(b)
}

// dayFirst writes 17/05/1990, and nothing for none.
func (d date) dayFirst(separator byte) string {
	if d.none() {
		return ""
	}
	b := make([]byte, 0, 10)
	b = append(b, byte('0'+d.day/10), byte('0'+d.day%10), separator, byte('0'+d.month/10), byte('0'+d.month%10), separator)
	return string(strconv.AppendInt(b, int64(d.year), 10))
}
