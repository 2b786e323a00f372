package office

import (
	"slices"
	"strings"
	"time"
)

// A Rota is who looks after the clocks of a node. One that [Read] has returned is sound. nil is that of a node without
// one: everything goes to the log.
type Rota struct {
	Offices  []Office
	Officers []Officer
}

// An Office looks after clocks.
type Office struct {
	ID, Name string
	Zone     *time.Location
	// Clocks are the classes it looks after; none: those that no other office does.
	Clocks   []string
	Hours    [7][]Span // by [time.Weekday], in their order
	Holidays []Day
	Duty     []Shift // in open hours
	Night    []Shift // outside them, of clocks that cannot wait
	// Supervisors are told at the end of a clock.
	Supervisors []string
	// Fallback is an address for when nobody is there; it may be empty.
	Fallback string
}

// An Officer can be told.
type Officer struct {
	ID         string
	Addresses  []string // mailto:… or https://…
	Deputies   []string // who stand in, the first first
	Absent     []Absence
	Protection bool // may learn that somebody has asked about a person under protection
	// Own are the numbers of the officer's own documents: an officer does not act on themselves.
	Own []string
}

// A Span is a part of a day, in minutes since midnight as the clock on the wall shows them.
type Span struct{ From, Until int }

// A Shift is when officers are on duty: on these days of the week, between these days; without either, always.
type Shift struct {
	Officers []string
	Days     []time.Weekday
	From     Day // zero: since ever
	Until    Day // zero: for ever
}

// An Absence is the days on which an officer is not there, both included.
type Absence struct{ From, Until Day }

// A Day is a day of the calendar, whatever the zone.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// dayOf is the day on which t falls in its zone.
func dayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day{y, m, d}
}

func (d Day) before(o Day) bool {
	return slices.Compare([]int{d.Year, int(d.Month), d.Day}, []int{o.Year, int(o.Month), o.Day}) < 0
}

func (s Shift) holds(t time.Time) bool {
	d := dayOf(t)
	return (len(s.Days) == 0 || slices.Contains(s.Days, t.Weekday())) && !d.before(s.From) && (s.Until == Day{} || !s.Until.before(d))
}

// Mails reports whether anybody is told by mail.
func (r *Rota) Mails() bool {
	if r == nil {
		return false
	}
	mails := func(address string) bool { return strings.HasPrefix(address, "mailto:") }
	return slices.ContainsFunc(r.Offices, func(o Office) bool { return mails(o.Fallback) }) ||
		slices.ContainsFunc(r.Officers, func(o Officer) bool { return slices.ContainsFunc(o.Addresses, mails) })
}

// Supervises reports whether an officer is a supervisor of an office, or stands in for one.
func (r *Rota) Supervises(id string) bool {
	for i := range r.Offices {
		for _, s := range r.Offices[i].Supervisors {
			if s == id || slices.Contains(r.officer(s).Deputies, id) {
				return true
			}
		}
	}
	return false
}

// SeesProtection reports whether an officer may see who is restricted.
func (r *Rota) SeesProtection(id string) bool {
	who := r.officer(id)
	return who != nil && who.Protection
}

// Own are the numbers of an officer's own documents.
func (r *Rota) Own(id string) []string {
	if who := r.officer(id); who != nil {
		return who.Own
	}
	return nil
}

// Deputies are the ids of those who stand in for an officer, the first first.
func (r *Rota) Deputies(id string) []string {
	if r == nil {
		return nil
	}
	if who := r.officer(id); who != nil {
		return who.Deputies
	}
	return nil
}

func (r *Rota) officer(id string) *Officer {
	for i := range r.Officers {
		if r.Officers[i].ID == id {
			return &r.Officers[i]
		}
	}
	return nil
}

// there reports whether an officer is not absent on the day of t.
func (o *Officer) there(t time.Time) bool {
	d := dayOf(t)
	return !slices.ContainsFunc(o.Absent, func(a Absence) bool { return !d.before(a.From) && !a.Until.before(d) })
}

// office is the one that looks after a class of clocks.
func (r *Rota) office(class string) *Office {
	var rest *Office
	for i := range r.Offices {
		o := &r.Offices[i]
		if slices.Contains(o.Clocks, class) {
			return o
		}
		if len(o.Clocks) == 0 {
			rest = o
		}
	}
	return rest
}
