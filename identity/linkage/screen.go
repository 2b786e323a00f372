package linkage

import "math"

// Listed is a person on a list, or one who is looked up on it: a name, and a
// birth date as written or empty.
type Listed struct{ Name, Born string }

// A Screener looks people up on a list, person by person and by name and birth
// date alone. It compares with everybody on the list: a few milliseconds for a
// thousand. It is not safe for concurrent use.
type Screener struct {
	scorer *NameScorer
	list   []screened
	pivot  int
}

type screened struct {
	name BareName
	born dateValue
}

// AlertWeight is the weight from which [Screener.Best] is an alert for a person to
// decide on.
const AlertWeight = 0

// NewScreener prepares a list. A word counts by how many of the list bear it.
func NewScreener(list []Listed, pivot int) *Screener {
	names := make([]string, len(list))
	for i, l := range list {
		names[i] = l.Name
	}
	s := &Screener{scorer: NewNameScorer(names), pivot: pivot}
	for _, l := range list {
		s.list = append(s.list, s.prepare(l))
	}
	return s
}

func (s *Screener) prepare(l Listed) screened {
	p := screened{name: s.scorer.Prepare(l.Name)}
	p.born, _ = parseDate(l.Born, s.pivot)
	return p
}

// Best gives the place on the list that who is most likely to be, and the weight in
// bits: that of the names, see [NameScorer], and that of the dates. It gives -1 for
// an empty list.
func (s *Screener) Best(who Listed) (place int, weight float64) {
	place, weight = -1, math.Inf(-1)
	p := s.prepare(who)
	for i := range s.list {
		l := &s.list[i]
		if w := s.scorer.Weight(p.name, l.name) + bornWeight(p.born, l.born); w > weight {
			place, weight = i, w
		}
	}
	return place, weight
}

// bornWeight is what two birth dates tell, in bits: lists often know the year
// alone, or guess it.
func bornWeight(a, b dateValue) float64 {
	if a == (dateValue{}) || b == (dateValue{}) {
		return 0
	}
	switch dateLevel(a, b) {
	case dateExact:
		if a.whole() && (a.month != 1 || a.day != 1) {
			return 9
		}
		return 5
	case dateSwapped, dateDigit:
		return 5
	case datePart:
		return 3
	case dateYearOnly:
		return 4
	case dateYear:
		return 0
	}
	switch apart := max(a.year, b.year) - min(a.year, b.year); {
	case apart <= 1:
		return -1
	case apart <= 5:
		return -4
	}
	return -10
}
