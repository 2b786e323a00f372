package office_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mitra/desk/office"
)

// drawn is a sound rota of one office in some zone, with officers who are often absent.
func drawn(t *rapid.T) *office.Rota {
	var b strings.Builder
	ids := []string{"a", "b", "c", "d", "e"}
	quoted := func(label string, least int) string {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), least, 3, rapid.ID).Draw(t, label)
		return `["` + strings.Join(some, `", "`) + `"]`
	}
	for _, id := range ids {
		fmt.Fprintf(&b, "[[officer]]\nid = %q\naddresses = [\"mailto:%s@k.example\"]\nprotection = %v\n", id, id, rapid.Bool().Draw(t, "protection"))
		if rapid.Bool().Draw(t, "deputised") {
			fmt.Fprintf(&b, "deputies = %s\n", quoted("deputies", 1))
		}
		if rapid.Bool().Draw(t, "absent") {
			fmt.Fprintf(&b, "absent = [{from = 2027-03-01, until = 2027-11-%02d}]\n", rapid.IntRange(1, 30).Draw(t, "until"))
		}
	}
	fmt.Fprintf(&b, "[[office]]\nid = \"o\"\nname = \"O\"\nzone = %q\n", rapid.SampledFrom([]string{"Asia/Phnom_Penh", "Asia/Jakarta", "Europe/Brussels", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "UTC"}).Draw(t, "zone"))
	fmt.Fprintf(&b, "hours = {monday = \"07:30-11:30, 14:00-17:00\", wednesday = \"08:00-%02d:00\", sunday = \"09:15-12:00\"}\n", rapid.IntRange(9, 22).Draw(t, "evening"))
	fmt.Fprintf(&b, "holidays = [2027-%02d-%02d]\n", rapid.IntRange(3, 4).Draw(t, "month"), rapid.IntRange(1, 30).Draw(t, "day"))
	fmt.Fprintf(&b, "duty = [{officers = %s}]\nsupervisors = %s\nfallback = \"mailto:desk@k.example\"\n", quoted("duty", 1), quoted("supervisors", 1))
	if rapid.Bool().Draw(t, "nightly") {
		fmt.Fprintf(&b, "night = [{officers = %s}]\n", quoted("night", 1))
	}
	r, faults, err := office.Read([]byte(b.String()))
	if err != nil || len(faults) > 0 {
		t.Fatalf("%s\n%v %v", b.String(), faults, err)
	}
	return r
}

// onTheWall is what a clock on the wall of the office says: whether it is open. It is another way to the same end, for
// hours that no zone skips.
func onTheWall(o *office.Office, t time.Time) bool {
	t = t.In(o.Zone)
	if slices.Contains(o.Holidays, office.Day{Year: t.Year(), Month: t.Month(), Day: t.Day()}) {
		return false
	}
	m := t.Hour()*60 + t.Minute()
	return slices.ContainsFunc(o.Hours[t.Weekday()], func(s office.Span) bool { return s.From <= m && m < s.Until })
}

func there(r *office.Rota, id string, t time.Time) bool {
	day := t.Format(time.DateOnly)
	for _, o := range r.Officers {
		if o.ID == id {
			return !slices.ContainsFunc(o.Absent, func(a office.Absence) bool {
				text := func(d office.Day) string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }
				return text(a.From) <= day && day <= text(a.Until)
			})
		}
	}
	return false
}

// Somebody is always told, never before now; nobody who is absent; at night only of what cannot wait; what can wait at
// the first open minute; of protection only who may see it.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		o := &r.Offices[0]
		now := time.Date(2027, 3, 1, 0, rapid.IntRange(0, 300*24*60).Draw(t, "now"), 0, 0, time.UTC)
		n := office.Notice{
			Kind:  rapid.SampledFrom([]string{office.Half, office.Over, office.Protected}).Draw(t, "kind"),
			Class: rapid.SampledFrom([]string{"life", "border", "urgent", "priority", "normal", "other"}).Draw(t, "class"), Due: now,
		}
		told := r.Tell(n, now)
		if len(told) == 0 {
			t.Fatal("nobody is told")
		}
		urgent := slices.Contains([]string{"life", "border", "urgent"}, n.Class)
		at := told[0].At
		switch {
		case at.Before(now):
			t.Fatalf("told at %s, before now, %s", at, now)
		case urgent && !at.Equal(now):
			t.Fatalf("%s waits until %s", n.Class, at)
		case !urgent && !onTheWall(o, at):
			t.Fatalf("told at %s, when the office is closed", at)
		}
		for m := now; !urgent && m.Before(at); m = m.Add(time.Minute) {
			if onTheWall(o, m) {
				t.Fatalf("told at %s, and the office is open at %s", at, m)
			}
		}
		present := slices.ContainsFunc(o.Supervisors, func(id string) bool { return there(r, id, at) })
		for _, x := range told {
			i := slices.IndexFunc(r.Officers, func(o office.Officer) bool { return o.ID == x.Officer })
			switch {
			case !x.At.Equal(at):
				t.Fatal("told at several times")
			case x.Officer == "" && present && n.Kind != office.Protected:
				t.Fatalf("a supervisor is there, and %s is told", x.Address)
			case x.Officer == "" && n.Kind == office.Protected && x.Address != office.Log:
				t.Fatalf("%s is told of protection", x.Address)
			case x.Officer == "":
			case !there(r, x.Officer, at):
				t.Fatalf("%s is absent", x.Officer)
			case n.Kind == office.Protected && !r.Officers[i].Protection:
				t.Fatalf("%s may not see protection", x.Officer)
			}
		}
		if first := o.Duty[0].Officers[0]; n.Kind == office.Half && onTheWall(o, at) && there(r, first, at) && told[0].Officer != first {
			t.Fatalf("%s is on duty, and %s is told", first, told[0].Officer)
		}
	})
}
