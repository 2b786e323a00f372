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
	faces  []face // of the same
	pivot  int
	book   *wordBook

	// Of one look-up: which words of the name each on the list has, and who has any.
	has     []shared
	touched []uint32
	likely  []likely
}

type screened struct {
	name   BareName
	strong uint32 // words, each once, that tell somebody else if they are left over
	long   uint32 // those of them that may be two
	face
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
const screenFloor = AlertWeight - 4

// A word of so many letters may be two that were written as one, badly enough that no
// key finds it; it tells so much then, in bits.
const (
	leastLong = 10
	bareLong  = 6
)

// mostCompared bounds the comparisons of one look-up.
const mostCompared = 2000

// NewScreener prepares a list. A word counts by how many of the list bear it.
func NewScreener(list []Listed, pivot int) *Screener {
	names := make([]string, len(list))
	for i, l := range list {
		names[i] = l.Name
	}
	s := &Screener{scorer: NewNameScorer(names), pivot: pivot, has: make([]shared, len(list))}
	s.book = newWordBook(s.scorer)
	for i, l := range list {
		p := s.prepare(l)
		s.list = append(s.list, p)
		s.faces = append(s.faces, p.face)
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
		case w.strength == 1 && !slices.ContainsFunc(p.name.words[:i], func(v bareWord) bool { return v.Ear == w.Ear }):
			p.full++
			p.strong |= 1 << i
			if len(w.Text) >= leastLong {
				p.long |= 1 << i
			}
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
		if n > 0 && (c.most < weight || n == mostCompared) {
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

// face is what limits how much somebody can weigh, apart from the words of the name.
type face struct {
	born           dateValue
	full, initials int8 // words: those of strong, and initials
}

// shared is which words of a name somebody on the list has, and what they tell at most.
type shared struct {
	words uint32
	gain  float32
}

// joined is set where a word of the one is two or three of the other.
const joined = 1 << 31

// mark notes that these share the words, which tell so much; of several likenesses of
// a word the first counts.
func (s *Screener) mark(places []uint32, words uint32, gain float32) {
	for _, at := range places {
		h := &s.has[at]
		if h.words == 0 {
			s.touched = append(s.touched, at)
		}
		if words&^h.words != 0 {
			h.words |= words
			h.gain += gain
		}
	}
}

// find lists who shares a word, those who can weigh most first.
func (s *Screener) find(p *screened) {
	words := p.name.words
	for i := range words {
		w := &words[i]
		if w.strength == 0 || w.Kind == script.Initial {
			continue
		}
		for _, y := range s.book.like(w) {
			have := &s.book.words[y.word]
			info := have.info
			if have.strength < 1 {
				info = max(info, 4) // in a name of such words alone
			}
			s.mark(s.book.places[y.word], 1<<i, float32(min(w.info, info))-bareEdit*y.cost)
		}
	}
	for i := range words {
		w := &words[i]
		info := w.info
		for n := 2; n <= 3 && i+n <= len(words); n++ {
			info += words[i+n-1].info
			whole := s.scorer.together(words[i : i+n])
			if len(whole.Text) < leastJoined {
				continue
			}
			for _, y := range s.book.like(&whole) {
				s.mark(s.book.places[y.word], (1<<n-1)<<i|joined, float32(max(info, s.book.words[y.word].info))-bareEdit*y.cost)
			}
		}
		if w.strength > 0 && w.Kind != script.Initial && len(w.Text) >= leastJoined {
			for _, h := range s.book.oneOff(w) {
				s.mark(s.book.written.of(h), 1<<i|joined, float32(w.info))
			}
		}
	}
	s.likely = s.likely[:0]
	for _, at := range s.touched {
		h := s.has[at]
		s.has[at] = shared{}
		if most := s.most(p, h, &s.faces[at]); most >= screenFloor {
			s.likely = append(s.likely, likely{at, most})
		}
	}
	s.touched = s.touched[:0]
	slices.SortFunc(s.likely, func(a, b likely) int {
		return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.place, b.place))
	})
}

// most is the weight that somebody on the list can reach who shares this.
func (s *Screener) most(p *screened, h shared, l *face) float64 {
	initials, born := int(p.initials+l.initials), bornWeight(p.born, l.born)
	words := h.words &^ joined
	found := bits.OnesCount32(words)
	gain, left := float64(h.gain)+1.5*float64(initials), bits.OnesCount32(p.strong&^words)
	// The other's words are as many at most as were found, or three for each that was
	// written as one; an initial may stand for any.
	theirs, loose := int(l.full)-found, h.words&joined != 0
	if loose {
		theirs -= 2
	} else if theirs > 0 && p.long&^words != 0 && born >= 0 { // two of theirs as one, and two slips in it
		left, gain, loose = left-1, gain+bareLong, true
	}
	most := barePrior + min(gain, bareTelling) + born
	switch conflict := min(left, theirs) - initials; {
	case conflict > 0:
		most -= bareConflict * float64(conflict)
	case max(left, theirs) <= 0 || initials > 0 || loose:
		most += bareComplete
	case found == 1: // a word, and others on one side alone
		most -= bareExtra + bareLoneWord
	}
	return most
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
