package linkage

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"mitra/identity/script"
)

// Listed is a person on a list, or one who is looked up on it: a name, and a
// birth date as written or empty.
type Listed struct{ Name, Born string }

// A Screener looks people up on a list, person by person and by name and birth
// date alone. It compares with those who share a word of the name: see wordBook. It is
// not safe for concurrent use.
type Screener struct {
	scorer *NameScorer
	list   []screened
	pivot  int
	book   *wordBook

	// Of one look-up: which words of the name each on the list has, and who has any.
	has     []uint32
	touched []uint32
	likely  []likely
}

type screened struct {
	name     BareName
	born     dateValue
	full     int8 // words that tell somebody else if they are left over
	initials int8
}

// likely is somebody on the list who shares a word, and the most he can weigh.
type likely struct {
	place uint32
	most  float64
}

// AlertWeight is the weight from which [Screener.Best] is an alert for a person to
// decide on.
const AlertWeight = 0

// screenFloor is the weight below which nobody is looked for who might weigh more.
const screenFloor = AlertWeight - 8

// mostCompared bounds the comparisons of one look-up.
const mostCompared = 2000

// NewScreener prepares a list. A word counts by how many of the list bear it.
func NewScreener(list []Listed, pivot int) *Screener {
	names := make([]string, len(list))
	for i, l := range list {
		names[i] = l.Name
	}
	s := &Screener{scorer: NewNameScorer(names), pivot: pivot, has: make([]uint32, len(list))}
	s.book = newWordBook(s.scorer)
	for i, l := range list {
		p := s.prepare(l)
		s.list = append(s.list, p)
		s.book.add(uint32(i), &p.name)
	}
	s.book.seal()
	return s
}

func (s *Screener) prepare(l Listed) screened {
	p := screened{name: s.scorer.Prepare(l.Name)}
	p.born, _ = parseDate(l.Born, s.pivot)
	for i := range p.name.words {
		switch w := &p.name.words[i]; {
		case w.Kind == script.Initial:
			p.initials++
		case w.strength == 1:
			p.full++
		}
	}
	return p
}

// Best gives the place on the list that who is most likely to be, and the weight in
// bits: that of the names, see [NameScorer], and that of the dates. It gives -1 where
// nobody shares a word of the name. Far below [AlertWeight] there may be somebody
// likelier.
func (s *Screener) Best(who Listed) (place int, weight float64) {
	place, weight = -1, math.Inf(-1)
	p := s.prepare(who)
	s.find(&p)
	for n, c := range s.likely {
		if n > 0 && (c.most < max(weight, screenFloor) || n == mostCompared) {
			break
		}
		l := &s.list[c.place]
		w := s.scorer.Weight(p.name, l.name) + bornWeight(p.born, l.born)
		if w > weight || w == weight && int(c.place) < place {
			place, weight = int(c.place), w
		}
	}
	return place, weight
}

// find lists who shares a word, those who can weigh most first.
func (s *Screener) find(p *screened) {
	words := p.name.words
	mark := func(places []uint32, words uint32) {
		for _, at := range places {
			if s.has[at] == 0 {
				s.touched = append(s.touched, at)
			}
			s.has[at] |= words
		}
	}
	const joined = 1 << 31 // a word of the one is two or three of the other
	for i := range words {
		w := &words[i]
		for n := 2; n <= 3 && i+n <= len(words); n++ {
			whole := s.scorer.together(words[i : i+n])
			if len(whole.Text) < leastJoined {
				continue
			}
			for _, y := range s.book.like(&whole) {
				mark(s.book.places[y], (1<<n-1)<<i|joined)
			}
		}
		if w.strength == 0 || w.Kind == script.Initial {
			continue
		}
		for _, y := range s.book.like(w) {
			mark(s.book.places[y], 1<<i)
		}
		if len(w.Text) >= leastJoined {
			for _, h := range s.book.oneOff(w) {
				mark(s.book.written.of(h), 1<<i|joined)
			}
		}
	}
	s.likely = s.likely[:0]
	for _, at := range s.touched {
		has, l := s.has[at], &s.list[at]
		s.has[at] = 0
		info, left := 0.0, float64(p.full)
		for set := has &^ joined; set != 0; set &= set - 1 {
			w := &words[bits.TrailingZeros32(set)]
			info += w.info
			if w.strength == 1 {
				left--
			}
		}
		// The other's words are as many at most as were found, or three for each that
		// was written as one; an initial may stand for any.
		found := float64(bits.OnesCount32(has &^ joined))
		if has&joined != 0 {
			found += 2
		}
		initials := float64(p.initials + l.initials)
		conflict := max(0, min(left, float64(l.full)-found)-initials)
		most := barePrior + min(info+1.5*initials, bareTelling) + bareComplete + bornWeight(p.born, l.born) - bareConflict*conflict
		s.likely = append(s.likely, likely{at, most})
	}
	s.touched = s.touched[:0]
	if len(s.likely) > 64 { // most cannot be he
		best := slices.MaxFunc(s.likely, func(a, b likely) int { return cmp.Compare(a.most, b.most) })
		s.likely = slices.DeleteFunc(s.likely, func(c likely) bool { return c.most < min(best.most, screenFloor) })
	}
	slices.SortFunc(s.likely, func(a, b likely) int {
		return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.place, b.place))
	})
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
