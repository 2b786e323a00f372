package linkage

import (
	"math"
	"slices"
)

// Where a record may have any number of partners, not all pairs are either of one
// person or of strangers: households share an address, a telephone and a family
// name, a whole town its postcode. Their agreements are not independent, and by
// plain Fellegi–Sunter they add up to a match; worse, where they outnumber the
// matches, EM takes them for the matches. So there is a third kind of pair, of
// related people, in a few classes, each with chances of its own for what people
// can have in common. What tells one person — a birth date, a document, a name as
// a whole — related people share no oftener than strangers do.
//
// The weight of a pair is then the odds of one person against strangers and
// related people together:
//
//	log2 λM·PM / (λU·PU + Σ λR·PR) = prior + Σ log2(m/u) − log2(1 + Σ λR·PR/(λU·PU))
//
// and its last term is a step of the explanation.

// Related is one class of related people.
type Related struct {
	Kind string `json:"kind"` // who they are, one of RelatedKinds
	// Prior is log2 of the odds that a pair is of this class rather than of
	// strangers, before the records are compared.
	Prior float64 `json:"prior"`
	// R are the chances of the levels of each comparison; nil for one in which
	// related people are as strangers.
	R [][]float64 `json:"r"`
}

// kin is a class of related people as it is looked for.
type kin struct {
	name string
	// may says which levels of each comparison they reach by what they share; nil
	// for a comparison in which they are as strangers.
	may [][]bool
	// same is a comparison in which they agree as one person does with himself, with
	// the same errors: the name of namesakes, the birth date of twins; -1: none.
	same int
	// like is the class whose chances they have in all but names, as they are learned
	// there; -1: none.
	like int
	// Where EM starts: the share of them that agree exactly on what they may share,
	// and log2 of how many there are for each match.
	exact, prior float64
}

// The classes of related people.
const (
	household = "household"         // people of one household: they share nearly everything
	place     = "place"             // of one place: they share half
	family    = "family"            // of one family and two households: they share a name, and what one of them kept
	elders    = "named like elders" // of one household, one named like the other
	twins     = "twins"             // of one household, born on one day
	// Strangers of one name, and of what is made from it: e-mail addresses are nearly
	// the same, and never quite.
	namesakes = "namesakes"
)

// RelatedKinds are the kinds of related people that a model may hold.
func RelatedKinds() []string { return []string{household, place, family, elders, twins, namesakes} }

// relatives returns the classes of related people that a file may hold: none where
// it has nothing that tells related people from one person, or nothing that they
// could share.
func (l *Linker) relatives() []kin {
	tells, shares, texts, name := false, 0, 0, -1
	base, near := make([][]bool, len(l.plan.comps)), make([][]bool, len(l.plan.comps))
	for k := range l.plan.comps {
		c := &l.plan.comps[k]
		if c.inert {
			continue
		}
		all := slices.Repeat([]bool{true}, len(c.levels()))
		switch c.kind {
		case FullName:
			tells, name = true, k
			clear(all[nameWithinOne+1:]) // a family name
			base[k] = all
		case BirthDate, Document, NationalID:
			tells = true
		case SexKind:
		default:
			shares++
			base[k] = all
			if c.kind == Text {
				texts++
				near[k] = slices.Clone(all)
				near[k][len(all)-1] = false
			}
		}
	}
	if !tells || shares == 0 {
		return nil
	}
	out := []kin{
		{name: household, may: base, same: -1, like: -1, exact: 0.9, prior: 0},
		{name: place, may: base, same: -1, like: -1, exact: 0.5, prior: 3},
	}
	if name < 0 || l.birth < 0 || l.plan.comps[l.birth].inert {
		return out
	}
	with := func(may [][]bool, k int) [][]bool {
		may = slices.Clone(may)
		may[k] = slices.Repeat([]bool{true}, len(l.plan.comps[k].levels()))
		return may
	}
	out = append(out,
		kin{name: family, may: base, same: -1, like: -1, exact: 0.1, prior: 0},
		kin{name: elders, may: with(base, name), same: name, like: 0, prior: -4},
		kin{name: twins, may: with(base, l.birth), same: l.birth, like: 0, exact: 0.9, prior: -5})
	if texts > 0 {
		out = append(out, kin{name: namesakes, may: with(near, name), same: name, like: -1, prior: 0})
	}
	return out
}

// shares is what the rarity of values adds for related people, in bits: of what
// people of one household may share, and of whole names.
type shares [2]float64

// add counts the rarity of a level that two records reach.
func (s *shares) add(l *Linker, k int, level uint8, bits float64) {
	if l.kin == nil || l.kin[0].may[k] == nil {
		return
	}
	if l.kin[0].may[k][level] {
		s[0] += bits
	} else {
		s[1] += bits
	}
}

// odds is what it adds for each class; see rarityOf.
func (s shares) odds() (r rarities) {
	shared, named := math.Exp2(s[0]), math.Exp2(s[1])
	r[rareShared], r[rareNamed], r[rareBoth] = shared, named, shared*named
	return r
}

// startRelated sets the classes from which EM starts.
func (l *Linker) startRelated(m *Model, lambda float64) {
	for _, kin := range l.kin {
		r := Related{Kind: kin.name, Prior: math.Log2(lambda) + kin.prior}
		for k := range m.Comparisons {
			if kin.may[k] == nil {
				r.R = append(r.R, nil)
				continue
			}
			lv := m.Comparisons[k].Levels
			p := make([]float64, len(lv))
			for i := range lv {
				p[i] = lv[i].U
			}
			switch {
			case k == kin.same:
				for i := range lv {
					p[i] = lv[i].M
				}
			case kin.like >= 0 && m.Comparisons[k].Kind != FullName:
				copy(p, m.Related[kin.like].R[k])
			case kin.exact == 0: // nothing but what the names bring with them
				mixIn(p, len(p)-2, 0.5)
			case kin.may[k][len(lv)-1]:
				mixIn(p, len(p)-1, kin.exact)
			case kin.name != place: // a household has one family name, a town has not
				mixIn(p, nameShares, 0.9)
			}
			r.R = append(r.R, p)
		}
		m.Related = append(m.Related, r)
	}
}

// mixIn makes level i as likely as share, and all others less in proportion.
func mixIn(p []float64, i int, share float64) {
	for j := range p {
		p[j] *= 1 - share
	}
	p[i] += share
}

// kinship is the classes of a model as weights: of each class and comparison the
// odds of each level against strangers, nil where related people are as they are.
type kinship []struct {
	prior  float64
	shares int // which rarities add to it, see shares.odds
	odds   [][]float64
}

func (m *Model) kinship() kinship {
	out := make(kinship, len(m.Related))
	for c, r := range m.Related {
		out[c].prior, out[c].shares, out[c].odds = math.Exp2(r.Prior), rarityOf(r.Kind), make([][]float64, len(r.R))
		for k, p := range r.R {
			for lv := range p {
				out[c].odds[k] = append(out[c].odds[k], p[lv]/m.Comparisons[k].Levels[lv].U)
			}
		}
	}
	return out
}

// odds returns, of a pattern, the odds of all classes together against strangers.
func (s kinship) odds(levels []uint8, adjust shares) (sum float64) {
	rare := adjust.odds()
	for c := range s {
		o := s[c].prior * rare[s[c].shares]
		for k, lv := range levels {
			if of := s[c].odds[k]; of != nil && lv != missing {
				o *= of[lv]
			}
		}
		sum += o
	}
	return sum
}

// bits is what related people take from the weight of a pair, in bits.
func (s kinship) bits(levels []uint8, adjust shares) float64 {
	return -math.Log2(1 + s.odds(levels, adjust))
}

// taken remembers what related people take from the weight of a pair: the same patterns
// come again and again. A place holds what came to it last.
type taken struct {
	radix  []uint64
	places []takenBits
}

type takenBits struct {
	pattern       uint64 // + 1; 0 is free
	shared, named int8
	bits          float64
}

func newTaken(radix []uint64) *taken { return &taken{radix, make([]takenBits, 1<<14)} }

// bits is what kinship.bits tells, for rarities in half bits.
func (t *taken) bits(kin kinship, levels []uint8, shared, named int8) float64 {
	adjust := shares{float64(shared) / 2, float64(named) / 2}
	if t == nil {
		return kin.bits(levels, adjust)
	}
	pattern := pack(levels, t.radix) + 1
	rare := uint64(uint8(shared))<<8 | uint64(uint8(named))
	p := &t.places[mix(pattern^rare<<48)&uint64(len(t.places)-1)]
	if p.pattern != pattern || p.shared != shared || p.named != named {
		*p = takenBits{pattern, shared, named, kin.bits(levels, adjust)}
	}
	return p.bits
}

// learnRelated sets the chances of a class from the expected counts of levels,
// in a round of EM, and returns how far they moved.
func (l *Linker) learnRelated(m *Model, c int, cells *patterns, counts []float64, n, strangers float64) (moved float64) {
	r, may, like := &m.Related[c], l.kin[c].may, l.kin[c].like
	for k, p := range r.R {
		if p == nil {
			continue
		}
		lv, sums := m.Comparisons[k].Levels, cells.of(counts, k)
		if k == l.kin[c].same {
			for i := range p {
				p[i] = lv[i].M
			}
			continue
		}
		if like >= 0 && m.Comparisons[k].Kind != FullName {
			copy(p, m.Related[like].R[k])
			continue
		}
		// Levels out of reach are as among strangers; the others share the rest.
		total, rest := 0.0, 0.0
		for i := range lv {
			if may[k][i] {
				total += sums[i]
				rest += lv[i].U
			}
		}
		fit := make([]Level, len(lv))
		for i := range fit {
			fit[i] = Level{M: lv[i].U, U: lv[i].U}
			if may[k][i] {
				fit[i].M = (rest*sums[i] + 2*lv[i].U) / (total + 2)
			}
		}
		if may[k][len(lv)-1] {
			monotone(m.Comparisons[k].Kind, fit)
		}
		for i := range p {
			moved = max(moved, math.Abs(p[i]-fit[i].M))
			p[i] = fit[i].M
		}
	}
	prior := math.Log2(max(n, 0.05) / strangers)
	moved = max(moved, math.Abs(math.Exp2(prior-r.Prior)-1))
	r.Prior = prior
	return moved
}
