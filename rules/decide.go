package rules

import "slices"

// A Decision is what the table makes of one person's axes. It is computed:
// nothing may be done to a person on its strength alone.
type Decision struct {
	Class   Class
	Row     string   // id of the row that gave the class
	Applied []string // ids of all rows and additions that apply, in order
	Duties  []Duty   // of everything applied, each once, in order
}

// Decide tries the rows in order. It always gives exactly one class: the last
// row takes what no other takes, which includes values that the axes do not
// have. Where a row that bars contact applies, no duty that needs the other
// state is among the duties.
func (p *StatusPack) Decide(a Axes) Decision {
	for _, c := range p.Confined {
		if a.Origin == c.Value && a.Node != c.Node {
			a.Origin = c.ReadAs
		}
	}
	var d Decision
	bars := false
	for i := range p.Rows {
		row := &p.Rows[i]
		if row.Otherwise && d.Row == "" || holds(row.When, a) {
			if d.Row == "" {
				d.Class, d.Row = row.Class, row.ID
			}
			bars = bars || row.BarsContact
			d.Applied = append(d.Applied, row.ID)
			d.Duties = p.addDuties(d.Duties, row.Duties)
		}
	}
	for i := range p.Additions {
		if holds(p.Additions[i].When, a) {
			d.Applied = append(d.Applied, p.Additions[i].ID)
			d.Duties = p.addDuties(d.Duties, p.Additions[i].Duties)
		}
	}
	if bars {
		d.Duties = slices.DeleteFunc(d.Duties, func(d Duty) bool { return d.Contact })
	}
	return d
}

// Row returns the row with the id, which stored assessments name.
func (p *StatusPack) Row(id string) (Row, bool) {
	i := slices.IndexFunc(p.Rows, func(r Row) bool { return r.ID == id })
	if i < 0 {
		return Row{}, false
	}
	return p.Rows[i], true
}

func (p *StatusPack) addDuties(to []Duty, ids []string) []Duty {
	for _, id := range ids {
		if !slices.ContainsFunc(to, func(d Duty) bool { return d.ID == id }) {
			to = append(to, p.Duties[p.duties[id]])
		}
	}
	return to
}

func holds(when []Condition, a Axes) bool {
	for i := range when {
		if when[i].holds(a) {
			return true
		}
	}
	return false
}

func (c *Condition) holds(a Axes) bool {
	if len(c.Protection) > 0 && !slices.ContainsFunc(c.Protection, func(m Protection) bool { return a.Protection&m != 0 }) {
		return false
	}
	return oneOf(c.Identity, a.Identity) && oneOf(c.Stay, a.Stay) && oneOf(c.Work, a.Work) && oneOf(c.Origin, a.Origin)
}

// oneOf reports whether v is among the values, or the axis is not named at all.
func oneOf[T comparable](values []T, v T) bool {
	return len(values) == 0 || slices.Contains(values, v)
}
