package linkage

import "math"

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
	// Prior is log2 of the odds that a pair is of this class rather than of
	// strangers, before the records are compared.
	Prior float64 `json:"prior"`
	// R are the chances of the levels of each comparison; nil for one in which
	// related people are as strangers.
	R [][]float64 `json:"r"`
}

// relatedClasses is how many classes there are: for people of one place, and of
// one household.
const relatedClasses = 2

// relatives says which comparisons related people may agree on, and up to which
// level; nil where the file has nothing that tells related people from one
// person, or nothing that they could share.
func (l *Linker) relatives() []int {
	tells, shares := false, 0
	top := make([]int, len(l.plan.comps)) // levels from which they are as strangers
	for k := range l.plan.comps {
		c := &l.plan.comps[k]
		if c.inert {
			continue
		}
		switch c.kind {
		case FullName:
			tells = true
			top[k] = nameWithinOne + 1 // a family name
		case BirthDate, Document, NationalID:
			tells = true
		case SexKind:
		default:
			shares++
			top[k] = len(c.levels())
		}
	}
	if !tells || shares == 0 {
		return nil
	}
	return top
}

// startRelated returns the classes from which EM starts: people of one
// household, who share nearly everything, and of one place, who share half.
func (l *Linker) startRelated(m *Model, lambda float64) {
	top := l.relatives()
	if top == nil {
		return
	}
	for class, exact := range [relatedClasses]float64{0.9, 0.5} {
		r := Related{Prior: math.Log2(lambda) + float64(3*class)}
		for k := range m.Comparisons {
			if top[k] == 0 {
				r.R = append(r.R, nil)
				continue
			}
			lv := m.Comparisons[k].Levels
			p := make([]float64, len(lv))
			for i := range lv {
				p[i] = lv[i].U
			}
			if top[k] == len(lv) { // of a name, it starts with strangers'
				for i := range p {
					p[i] *= 1 - exact
				}
				p[len(p)-1] += exact
			}
			r.R = append(r.R, p)
		}
		m.Related = append(m.Related, r)
	}
}

// odds returns, of a pattern, the odds of each class of related people against
// strangers, and their sum. adjust is what the rarity of values adds for those
// comparisons in which related people may agree, in bits.
func (m *Model) relatedOdds(levels []uint8, adjust float64, of *[relatedClasses]float64) (sum float64) {
	for c := range m.Related {
		w := m.Related[c].Prior + adjust
		for k, lv := range levels {
			if r := m.Related[c].R[k]; r != nil && lv != missing {
				w += math.Log2(r[lv] / m.Comparisons[k].Levels[lv].U)
			}
		}
		of[c] = math.Exp2(w)
		sum += of[c]
	}
	return sum
}

// relatedBits is what related people take from the weight of a pair, in bits.
func (m *Model) relatedBits(levels []uint8, adjust float64) float64 {
	var of [relatedClasses]float64
	return -math.Log2(1 + m.relatedOdds(levels, adjust, &of))
}

// learnRelated sets the chances of a class from the expected counts of levels,
// in a round of EM, and returns how far they moved.
func (l *Linker) learnRelated(m *Model, c int, sums [][]float64, n, strangers float64) (moved float64) {
	r := &m.Related[c]
	top := l.relatives()
	for k, p := range r.R {
		if p == nil {
			continue
		}
		lv := m.Comparisons[k].Levels
		// What is above the top is as among strangers; the rest is shared out.
		rest := 1.0
		for i := top[k]; i < len(lv); i++ {
			rest -= lv[i].U
		}
		total, asU := 0.0, 0.0
		for i := range top[k] {
			total += sums[k][i]
			asU += lv[i].U
		}
		fit := make([]Level, len(lv))
		for i := range fit {
			fit[i] = Level{M: lv[i].U, U: lv[i].U}
			if i < top[k] {
				fit[i].M = rest * (sums[k][i] + 2*lv[i].U/asU) / (total + 2)
			}
		}
		if top[k] == len(lv) {
			monotone(m.Comparisons[k].Kind, fit)
		}
		for i := range p {
			moved = max(moved, math.Abs(p[i]-fit[i].M))
			p[i] = fit[i].M
		}
	}
	prior := math.Log2(max(n, 0.5) / strangers)
	moved = max(moved, math.Abs(math.Exp2(prior-r.Prior)-1))
	r.Prior = prior
	return moved
}
