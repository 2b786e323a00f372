package status

import (
	"testing"

	"mitra/identity/person"

	"pgregory.net/rapid"
)

// day reads an ISO date at its precision; "" is the unknown date.
func day(t testing.TB, s string) person.Date {
	t.Helper()
	if s == "" {
		return person.Date{}
	}
	d, err := person.ParseDate(s, 2026)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

func TestComparisonsOfDates(t *testing.T) {
	for _, c := range []struct {
		a, b             string
		notAfter, before truth
	}{
		{"2024-03-12", "2024-03-13", yes, yes},
		{"2024-03-13", "2024-03-13", yes, no},
		{"2024-03-14", "2024-03-13", no, no},
		{"2024-03", "2024-03-13", maybe, maybe},
		{"2024-03", "2024-03-31", yes, maybe},
		{"2024-03", "2024-03-01", maybe, no},
		{"2024", "2025", yes, yes},
		{"2024", "2024", maybe, maybe},
		{"2024-02", "2024-02-29", yes, maybe},
		{"2023-12-31", "2024", yes, yes},
		{"2024-01-01", "2024", yes, maybe},
		{"2024-12-31", "2024", maybe, no},
	} {
		a, b := day(t, c.a), day(t, c.b)
		if got := notAfter(a, b); got != c.notAfter {
			t.Errorf("notAfter(%s, %s) = %d, want %d", c.a, c.b, got, c.notAfter)
		}
		if got := before(a, b); got != c.before {
			t.Errorf("before(%s, %s) = %d, want %d", c.a, c.b, got, c.before)
		}
	}
}

func TestUnderAge(t *testing.T) {
	for _, c := range []struct {
		born, asOf string
		want       truth
	}{
		{"2006-03-13", "2024-03-13", no}, // the eighteenth birthday
		{"2006-03-14", "2024-03-13", yes},
		{"2006-03-12", "2024-03-13", no},
		{"2006-03", "2024-03-13", maybe},
		{"2006-03", "2024-03-31", no},
		{"2006-03", "2024-02-29", yes},
		{"2006-04", "2024-03-13", yes},
		{"2006", "2024-03-13", maybe},
		{"2005", "2024-03-13", no},
		{"2005", "2023-12-31", no}, // whoever was born on 31 December turns 18 that day
		{"2005", "2023-12-30", maybe},
		{"2007", "2024-12-31", yes},
		{"2004-02-29", "2022-02-28", yes}, // of age on 1 March of a common year
		{"2004-02-29", "2022-03-01", no},
		{"2008-02-29", "2026-02-28", yes},
		{"2006-02-28", "2024-02-28", no},
		{"2006-03-01", "2024-02-29", yes},
		{"2004-02", "2022-02-28", maybe},
		{"2030-01-01", "2024-03-13", yes}, // an impossible date is a doubt, and doubt counts for the child
		{"1950", "2024-03-13", no},
	} {
		if got := underAge(day(t, c.born), day(t, c.asOf)); got != c.want {
			t.Errorf("born %s, on %s: %d, want %d", c.born, c.asOf, got, c.want)
		}
	}
}

func drawDay(t *rapid.T, label string) person.Date {
	d, err := person.DateOf(
		rapid.IntRange(1990, 2030).Draw(t, label+" year"),
		rapid.IntRange(1, 12).Draw(t, label+" month"),
		rapid.IntRange(1, 28).Draw(t, label+" day"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func drawDate(t *rapid.T, label string) person.Date {
	d := drawDay(t, label)
	switch rapid.IntRange(0, 3).Draw(t, label+" precision") {
	case 0:
		return person.Date{Year: d.Year, Prec: person.PrecYear}
	case 1:
		return person.Date{Year: d.Year, Month: d.Month, Prec: person.PrecMonth}
	}
	return d
}

// A date of lesser precision decides exactly when its first and last day agree.
func TestLesserPrecisionIsDecidedByItsEnds(t *testing.T) {
	ends := func(question func(person.Date) truth, d person.Date) truth {
		first, last := question(d.Earliest()), question(d.Latest())
		if first == last {
			return first
		}
		return maybe
	}
	rapid.Check(t, func(t *rapid.T) {
		d, asOf := drawDate(t, "date"), drawDay(t, "as of")
		for name, question := range map[string]func(person.Date) truth{
			"notAfter": func(d person.Date) truth { return notAfter(d, asOf) },
			"before":   func(d person.Date) truth { return before(d, asOf) },
			"underAge": func(d person.Date) truth { return underAge(d, asOf) },
		} {
			if got, want := question(d), ends(question, d); got != want {
				t.Fatalf("%s(%v, %v) = %d, want %d", name, d, asOf, got, want)
			}
		}
	})
}
