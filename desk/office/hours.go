package office

import (
	"slices"
	"time"
)

// farthest is how many days ahead an open hour is looked for: beyond it a list of holidays is a mistake.
const farthest = 400

// next is the first moment from t on at which the office is open; false if there is none within [farthest] days.
//
// A moment that the clocks of the zone skip is the one that [time.Date] makes of it, and one that they show twice is
// the first: an office opens once a day, whatever is done to its clocks.
func (o *Office) next(t time.Time) (time.Time, bool) {
	local := t.In(o.Zone)
	// From the day before: what the clocks skip at midnight may lie in it.
	for i := -1; i <= farthest; i++ {
		noon := time.Date(local.Year(), local.Month(), local.Day()+i, 12, 0, 0, 0, o.Zone)
		day := dayOf(noon)
		if slices.Contains(o.Holidays, day) {
			continue
		}
		for _, s := range o.Hours[noon.Weekday()] {
			from := time.Date(day.Year, day.Month, day.Day, 0, s.From, 0, 0, o.Zone)
			until := time.Date(day.Year, day.Month, day.Day, 0, s.Until, 0, 0, o.Zone)
			switch {
			case !t.Before(until) || !from.Before(until):
			case t.Before(from):
				return from, true
			default:
				return local, true
			}
		}
	}
	return time.Time{}, false
}

// open reports whether the office is open at t.
func (o *Office) open(t time.Time) bool {
	at, ok := o.next(t)
	return ok && at.Equal(t)
}
