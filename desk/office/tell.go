package office

import (
	"slices"
	"time"
)

// Kinds of notices.
const (
	Half      = "clock-half" // half of a clock is over
	Over      = "clock-over" // all of it is
	Protected = "protected"  // somebody has asked about a person under protection, or wants somebody restricted
)

// Log is the address that stands for the log of the node.
const Log = "log:"

// atOnce are the classes of clocks that are told at any hour.
var atOnce = []string{"life", "border", "urgent"}

// A Notice says that something waits.
type Notice struct {
	Kind  string
	Class string    // of the clock
	Due   time.Time // when it is over
}

// Outward is what a notice says to whoever can read the mail of an officer. That of a question about a person under
// protection is that of any clock that is over: due when it came, since it came to a supervisor at once.
func (n Notice) Outward(now time.Time) Notice {
	if n.Kind == Protected {
		n.Kind, n.Due = Over, now
	}
	return n
}

// Told is an address that is told, and when.
type Told struct {
	At      time.Time // not before now; in the zone of the office
	Office  string    // "" without a rota
	Officer string    // "" for the fallback address and the log
	Address string
}

// Tell is who is told of a notice, and when: at least one address, which may be [Log].
func (r *Rota) Tell(n Notice, now time.Time) []Told {
	if r == nil {
		return []Told{{At: now, Address: Log}}
	}
	o := r.office(n.Class)
	at := now.In(o.Zone)
	if !slices.Contains(atOnce, n.Class) {
		if next, ok := o.next(now); ok {
			at = next
		}
	}
	var told []Told
	for _, who := range r.called(o, n.Kind, at) {
		for _, address := range who.Addresses {
			told = append(told, Told{at, o.ID, who.ID, address})
		}
	}
	switch {
	case len(told) > 0:
	case o.Fallback != "" && n.Kind != Protected:
		told = []Told{{at, o.ID, "", o.Fallback}}
	default:
		told = []Told{{at, o.ID, "", Log}}
	}
	return told
}

// Called are the ids of the officers of an office who would be told at a time, if it were told then.
func (r *Rota) Called(o *Office, kind string, at time.Time) (ids []string) {
	for _, who := range r.called(o, kind, at.In(o.Zone)) {
		ids = append(ids, who.ID)
	}
	return ids
}

func (r *Rota) called(o *Office, kind string, at time.Time) []*Officer {
	switch kind {
	case Protected:
		return slices.DeleteFunc(r.supervisors(o, at), func(who *Officer) bool { return !who.Protection })
	case Over:
		if all := r.supervisors(o, at); len(all) > 0 {
			return all
		}
		return r.duty(o, at)
	}
	if first := r.duty(o, at); len(first) > 0 {
		return first
	}
	return r.supervisors(o, at)
}

// duty is the first officer on duty who is there, or stands in for one.
func (r *Rota) duty(o *Office, at time.Time) []*Officer {
	shifts := o.Night
	if o.open(at) {
		shifts = o.Duty
	}
	for _, s := range shifts {
		if !s.holds(at) {
			continue
		}
		for _, id := range s.Officers {
			if who := r.standsIn(id, at, map[string]bool{}); who != nil {
				return []*Officer{who}
			}
		}
	}
	return nil
}

// standsIn is an officer who is there, or the first deputy who is, or a deputy's; nil if none is.
// Nobody is asked twice: deputies of each other may both be absent.
func (r *Rota) standsIn(id string, at time.Time, asked map[string]bool) *Officer {
	who := r.officer(id)
	if asked[id] {
		return nil
	}
	if who.there(at) {
		return who
	}
	asked[id] = true
	for _, deputy := range who.Deputies {
		if d := r.standsIn(deputy, at, asked); d != nil {
			return d
		}
	}
	return nil
}

// supervisors are those who are there, and their deputies who are.
func (r *Rota) supervisors(o *Office, at time.Time) (all []*Officer) {
	add := func(who *Officer) {
		if who != nil && !slices.Contains(all, who) {
			all = append(all, who)
		}
	}
	for _, id := range o.Supervisors {
		add(r.standsIn(id, at, map[string]bool{}))
		for _, deputy := range r.officer(id).Deputies {
			if d := r.officer(deputy); d.there(at) {
				add(d)
			}
		}
	}
	return all
}
