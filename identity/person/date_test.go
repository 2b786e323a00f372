package person

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDateOf(t *testing.T) {
	for _, c := range []struct {
		y, m, d int
		ok      bool
	}{
		{2024, 2, 29, true}, {2023, 2, 29, false}, {2000, 2, 29, true}, {1900, 2, 29, false},
		{1990, 4, 31, false}, {1990, 12, 31, true}, {1990, 13, 1, false}, {1990, 0, 1, false},
		{1990, 1, 0, false}, {0, 1, 1, false}, {1, 1, 1, true}, {9999, 12, 31, true}, {10000, 1, 1, false},
		{1990, -1, 5, false}, {1990, 5, -1, false},
	} {
		d, err := DateOf(c.y, c.m, c.d)
		if (err == nil) != c.ok {
			t.Errorf("DateOf(%d, %d, %d): error %v, want ok %v", c.y, c.m, c.d, err, c.ok)
		}
		if c.ok && d != (Date{Year: int16(c.y), Month: uint8(c.m), Day: uint8(c.d), Prec: PrecDay}) {
			t.Errorf("DateOf(%d, %d, %d) = %v", c.y, c.m, c.d, d)
		}
	}
}

// anyDate draws a date of any precision between the given years.
func anyDate(from, to int) *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		y := rapid.IntRange(from, to).Draw(t, "year")
		m := rapid.IntRange(1, 12).Draw(t, "month")
		d, err := DateOf(y, m, rapid.IntRange(1, daysIn(y, m)).Draw(t, "day"))
		if err != nil {
			t.Fatal(err)
		}
		switch d.Prec = Precision(rapid.IntRange(int(PrecYear), int(PrecDay)).Draw(t, "precision")); d.Prec {
		case PrecYear:
			d.Month, d.Day = 0, 0
		case PrecMonth:
			d.Day = 0
		}
		return d
	})
}

func TestStringIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(firstYear, lastYear).Draw(t, "date")
		if got, err := ParseDate(d.String(), 2026); err != nil || got != d {
			t.Fatalf("%s: got %s, %v", d, got, err)
		}
	})
}

func TestBoundsHoldEveryDayMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(minYear, maxYear).Draw(t, "date")
		first, last := d.Earliest(), d.Latest()
		if first.Prec != PrecDay || last.Prec != PrecDay {
			t.Fatalf("bounds of %s: %s, %s", d, first, last)
		}
		if !strings.HasPrefix(first.String(), d.String()) || !strings.HasPrefix(last.String(), d.String()) {
			t.Fatalf("%s: bounds %s, %s lie outside it", d, first, last)
		}
		// The days next to the bounds lie outside.
		for _, day := range []int{first.Days() - 1, last.Days() + 1} {
			next := FromTime(time.Unix(int64(day)*86400, 0).UTC())
			if strings.HasPrefix(next.String(), d.String()) && !next.IsZero() {
				t.Fatalf("%s also means %s, outside its bounds", d, next)
			}
		}
		if first.Days() > last.Days() {
			t.Fatalf("%s: earliest after latest", d)
		}
	})
}

func TestDaysCountAsTheCalendarDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(minYear, maxYear).Draw(t, "date").Latest()
		at := time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 0, 0, 0, 0, time.UTC)
		if want := at.Unix() / 86400; int64(d.Days()) != want {
			t.Fatalf("%s: %d days, want %d", d, d.Days(), want)
		}
		if FromTime(at) != d {
			t.Fatalf("FromTime(%s) = %s", at, FromTime(at))
		}
	})
}

func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDate(1990, 1992).Draw(t, "a"), anyDate(1990, 1992).Draw(t, "b")
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("Compare(%s, %s) is not antisymmetric", a, b)
		}
		if a.Prec == PrecDay && b.Prec == PrecDay && a.Before(b) != (a.Compare(b) < 0) {
			t.Fatalf("Before(%s, %s) disagrees with Compare", a, b)
		}
		if a.Before(b) && b.Before(a) || a.Before(b) != b.After(a) {
			t.Fatalf("Before and After of %s, %s contradict", a, b)
		}
	})
	year, day := mustDate(t, "1990"), mustDate(t, "1990-05-17")
	if year.Before(day) || year.After(day) || day.Before(year) {
		t.Error("a day within a year is neither surely before nor after it")
	}
	if (Date{}).Before(day) || day.Before(Date{}) || (Date{}).After(day) {
		t.Error("nothing is sure of an unknown date")
	}
	marked := day
	marked.Slip = SlipTwoDigitYear
	if day.Compare(marked) != 0 {
		t.Error("repairs count in Compare")
	}
}

func TestAddYears(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2006-03-13", 18, "2024-03-13"}, {"2004-02-29", 18, "2022-03-01"}, {"2004-02-29", 4, "2008-02-29"},
		{"1990", 18, "2008"}, {"1990-05", -1, "1989-05"}, {"", 18, ""}, {"1990", 9000, ""}, {"1990", -1990, ""},
		{"1990", 1 << 40, ""},
	} {
		if got := mustDate(t, c.from).AddYears(c.n).String(); got != c.want {
			t.Errorf("%q + %d years = %q, want %q", c.from, c.n, got, c.want)
		}
	}
}

func TestZeroDate(t *testing.T) {
	var d Date
	if !d.IsZero() || d.String() != "" || !d.Earliest().IsZero() || !d.Latest().IsZero() || d.Days() != 0 {
		t.Error("the zero value is not the unknown date throughout")
	}
	if !FromTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		t.Error("a year that cannot be held is the unknown date")
	}
}

func TestSlipNames(t *testing.T) {
	if got := (SlipBuddhistEra | SlipOtherDigits).String(); got != "Buddhist era, other digits" {
		t.Errorf("got %q", got)
	}
	if Slip(0).String() != "" {
		t.Error("no slip has a name")
	}
}

func mustDate(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s, 2026)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

// TestErrorsHoldNoValue: an error may stand in a log.
func TestErrorsHoldNoValue(t *testing.T) {
	_, date := ParseDate("31/02/1987", 2026)
	_, nik := ParseNIK("3171019913870001", 2026)
	_, sex := ParseSex("hermes")
	_, country := ParseCountry("Atlantis")
	for _, err := range []error{date, nik, sex, country} {
		var p *ParseError
		if !errors.As(err, &p) || p.What == "" || p.Reason == "" {
			t.Fatalf("want a ParseError with what and why, got %v", err)
		}
		for _, secret := range []string{"31/", "1987", "9913", "3171", "hermes", "tlantis"} {
			if strings.Contains(err.Error()+p.Hint, secret) {
				t.Errorf("%v gives the value away", err)
			}
		}
	}
}
