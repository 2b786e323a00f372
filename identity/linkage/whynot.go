package linkage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Reasons say why two records were not compared: what they share of all that keys
// are made of, and what each key asks for beside it.
type Reasons struct {
	Parts []PartState `json:"parts"`
	Keys  []KeyState  `json:"keys"` // the nearest first
	// Text is what would have brought them together, in one sentence.
	Text string `json:"text"`
}

// The states of a part between two records.
const (
	StateShared       = "shared"
	StateMissing      = "missing"       // neither record has a value for it
	StateMissingLeft  = "missing left"  // the left one has none
	StateMissingRight = "missing right" // the right one has none
	StateDiffer       = "differs"       // both have, and share none
	StateAlone        = "alone"         // the same, and nobody has what either of them has
	StateAloneLeft    = "alone left"    // nobody has what the left one has
	StateAloneRight   = "alone right"   // nobody has what the right one has
)

// PartState is a part of keys between two records: a word of a name, a year of
// birth, a postcode.
type PartState struct {
	Part  string `json:"part"`
	State string `json:"state"`
	Left  int    `json:"left"` // values that the records have of it: names have several
	Right int    `json:"right"`
	// Bits are how rare the shared values are, the rarest first; there are two at
	// most, since no key asks for more.
	Bits []float64 `json:"bits,omitempty"`
	// Near says how near values come that are not shared, or why one is no value.
	Near string `json:"near,omitempty"`
}

// The states of a key between two records.
const (
	StateLacking = "lacking"    // they do not share all of its parts
	StateCommon  = "too common" // they do, and what they share is not rare enough
	StateCut     = "cut"        // it is, but too many share it: they were compared in pieces, and the two came into different ones
	StateLeft    = "left"       // it is, but pairs that a key before it shares are left to that one, which was cut
)

// KeyState is a key between two records.
type KeyState struct {
	Key   string `json:"key"`
	State string `json:"state"`
	// Lacking are the parts of the key that they do not share.
	Lacking []string `json:"lacking,omitempty"`
	// Bits are how rare the parts that they share are together, Needs how rare all
	// parts of the key have to be.
	Bits  float64 `json:"bits"`
	Needs float64 `json:"needs"`
	// Left and Right count the records of each side that share it, of a key that
	// was cut; Right is 0 where one file is searched.
	Left  int `json:"left,omitempty"`
	Right int `json:"right,omitempty"`

	lacks int     // values that they do not share; all values together are more than any
	near  float64 // the most bits of a lacking part's values that are near
}

// whyNot explains a pair that was not compared, of which both is what the records
// share. bars are its comparisons.
func (l *Linker) whyNot(left, right uint32, both *sharing, bars []Bar) *Reasons {
	r := &Reasons{Parts: []PartState{}, Keys: []KeyState{}}
	bl := l.bl
	for i := range bl.parts {
		r.Parts = append(r.Parts, l.partState(i, left, right, both, bars))
	}
	first := bl.first(both)
	for i := range bl.keys {
		s := r.keyState(bl, &bl.keys[i], bars)
		switch {
		case i == first:
			s.State = StateCut
			s.Left, s.Right, _ = l.apart(left, right, both)
		case bl.keys[i].covers(both):
			s.State = StateLeft
		}
		r.Keys = append(r.Keys, s)
	}
	slices.SortStableFunc(r.Keys, func(x, y KeyState) int {
		return cmp.Or(cmp.Compare(x.far(), y.far()), cmp.Compare(y.near, x.near), cmp.Compare(x.Needs-x.Bits, y.Needs-y.Bits))
	})
	r.Text = r.sentence(bl.scale)
	return r
}

// far orders keys by what is lacking. To share what is less than half as rare as it
// should be is as far as to lack a value.
func (k *KeyState) far() int {
	switch {
	case k.State == StateCut:
		return -2
	case k.State == StateLeft:
		return -1
	case k.State == StateCommon && k.Bits < k.Needs/2:
		return 1
	}
	return k.lacks
}

// keyState says what two records lack of a key.
func (r *Reasons) keyState(bl *blocking, k *key, bars []Bar) KeyState {
	s := KeyState{Key: k.name(bl.features), State: StateCommon, Needs: float64(k.least) / quarter}
	for i, p := range k.parts {
		part, at := r.Parts[p], 0
		if i > 0 && k.parts[i-1] == p {
			at = 1 // a second value of the part
		}
		if at < len(part.Bits) {
			s.Bits += part.Bits[at]
			continue
		}
		s.State = StateLacking
		s.lacks++
		switch {
		case at == 0:
			s.Lacking = append(s.Lacking, part.Part)
		case part.Bits == nil:
			s.Lacking[len(s.Lacking)-1] = "two " + part.Part + "s"
		default:
			s.Lacking = append(s.Lacking, "another "+part.Part)
		}
		if c := bl.parts[p].comp; c == everything {
			s.lacks = maxKeyParts + 1
		} else if part.Near != "" && bars[c].Level != "differs" && bars[c].Level != "missing" {
			s.near = max(s.near, bars[c].Weight)
		}
	}
	return s
}

// partState says what two records have of part i.
func (l *Linker) partState(i int, left, right uint32, both *sharing, bars []Bar) PartState {
	p := &l.bl.parts[i]
	ra, rb := l.side[0].row(left), l.side[1].row(right)
	x, y := l.told(p, ra), l.told(p, rb)
	s := PartState{Part: p.name, State: StateDiffer, Left: len(x), Right: len(y)}
	alone := func(r uint32) bool { // nobody has any of its values: none is in its row
		from, to := p.span(l.bl.row(r).filled)
		return from == to
	}
	a, b := alone(l.bl.rank[0][left]), alone(l.bl.na+l.bl.rank[1][right])
	switch {
	case both.mask>>i&1 != 0:
		s.State, s.Bits = StateShared, []float64{float64(both.best[i]) / quarter}
		if both.more>>i&1 != 0 {
			s.Bits = append(s.Bits, float64(both.next[i])/quarter)
		}
		return s
	case s.Left == 0 && s.Right == 0:
		s.State = StateMissing
	case s.Left == 0:
		s.State = StateMissingLeft
	case s.Right == 0:
		s.State = StateMissingRight
	case a && b:
		s.State = StateAlone
	case a:
		s.State = StateAloneLeft
	case b:
		s.State = StateAloneRight
	}
	switch {
	case p.comp == everything:
	case s.Left > 0 && s.Right > 0:
		s.Near = l.near(p, ra, rb, s.Left, s.Right, bars[p.comp].Level)
	default:
		s.Near = l.noValue(p, ra, rb)
	}
	return s
}

// told are the values that a record has of a part, also those that nobody else has.
func (l *Linker) told(p *part, row []uint32) (values []uint32) {
	if p.comp == everything {
		return []uint32{1}
	}
	ids := []uint32{row[p.comp]}
	if p.to-p.from > p.slots {
		ids = append(ids, row[len(row)-1]) // the date that the national id tells
	}
	for _, id := range ids {
		if id == none {
			continue
		}
		for _, v := range p.values(id) {
			if v != 0 && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values
}

// near says how near two records come that share no value of a part.
func (l *Linker) near(p *part, ra, rb []uint32, x, y int, level string) string {
	c := &l.plan.comps[p.comp]
	switch {
	case c.kind == FullName:
		return fmt.Sprintf("none of its %s is among the other's %d; as names: %s", counted(x, "sound"), y, level)
	case p.twice:
		return fmt.Sprintf("none of its %s is among the other's %d; as texts: %s", counted(x, "word"), y, level)
	case c.kind == BirthDate || c.kind == OtherDate:
		p, q := c.dom.date[ra[p.comp]], c.dom.date[rb[p.comp]]
		if !p.whole() || !q.whole() {
			return level // or a national id speaks for one of them
		}
		n := 0
		for _, same := range []bool{p.year == q.year, p.month == q.month, p.day == q.day} {
			if same {
				n++
			}
		}
		return fmt.Sprintf("%s of the three parts %s; as dates: %s", [...]string{"none", "one", "two", "all"}[n], map[bool]string{true: "agrees", false: "agree"}[n < 2], level)
	}
	return level
}

// noValue says why a date tells nothing of its day.
func (l *Linker) noValue(p *part, ra, rb []uint32) string {
	c := &l.plan.comps[p.comp]
	if c.kind != BirthDate && c.kind != OtherDate {
		return ""
	}
	var sides []string
	for i, row := range [2][]uint32{ra, rb} {
		if id := row[p.comp]; id != none && l.told(p, row) == nil {
			sides = append(sides, [2]string{"left", "right"}[i])
		}
	}
	if sides == nil {
		return ""
	}
	return "the day is not known " + strings.Join(sides, " and ")
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// sentence says what would have brought the two records together. rarest is how
// rare a value can be.
func (r *Reasons) sentence(rarest float64) string {
	if len(r.Keys) == 0 {
		return "no column can be a key"
	}
	// What is lacking of keys that lack no more than one part.
	var would []string
	for _, k := range r.Keys {
		if k.lacks == 1 && k.Needs-k.Bits <= rarest && !slices.Contains(would, k.Lacking[0]) {
			would = append(would, k.Lacking[0])
		}
	}
	var text string
	switch k := r.Keys[0]; {
	case k.State == StateCut:
		return fmt.Sprintf("they share what %s asks for, but so do too many (%s); these were compared in pieces, and the two came into different ones", k.Key, k.holders())
	case k.State == StateCommon:
		text = fmt.Sprintf("what they share under %s is too common: it has %.2f bits and needs %.2f", k.Key, k.Bits, k.Needs)
	case k.near <= 0 && k.Bits == 0:
		text = "nothing that both have is near"
	default:
		var lacks []string
		for _, name := range k.Lacking {
			i := slices.IndexFunc(r.Parts, func(p PartState) bool { return name == p.Part || name == "two "+p.Part+"s" })
			if i >= 0 {
				name += " (" + cmp.Or(r.Parts[i].Near, r.Parts[i].State) + ")"
			}
			lacks = append(lacks, name)
		}
		if text = "the nearest key is "; k.Lacking[0] != k.Key {
			text += k.Key + ", of which they do not share "
		}
		text += inWords(lacks, "and")
	}
	if would == nil {
		return text
	}
	return text + "; one of these in common, if rare enough, would have brought them together: " + inWords(would, "or")
}

// holders says how many records a block has.
func (k KeyState) holders() string {
	if k.Right == 0 {
		return counted(k.Left, "record")
	}
	return fmt.Sprintf("%s on the left, %d on the right", counted(k.Left, "record"), k.Right)
}

// inWords joins what stands side by side.
func inWords(of []string, last string) string {
	if len(of) < 2 {
		return strings.Join(of, "")
	}
	return strings.Join(of[:len(of)-1], ", ") + " " + last + " " + of[len(of)-1]
}
