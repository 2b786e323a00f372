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

// relatives says which levels of each comparison related people may reach by
// what they share; nil for a comparison in which they are as strangers, and nil
// altogether where the file has nothing that tells related people from one person,
// or nothing that they could share.
func (l *Linker) relatives() [][]bool {
	tells, shares := false, 0
	may := make([][]bool, len(l.plan.comps))
	for k := range l.plan.comps {
		c := &l.plan.comps[k]
		if c.inert {
			continue
		}
		switch c.kind {
		case FullName:
			tells = true
			may[k] = make([]bool, nameLevels)
			for lv := nameDiffer; lv <= nameWithinOne; lv++ { // a family name
				may[k][lv] = true
			}
		case BirthDate, Document, NationalID:
			tells = true
		case SexKind:
		default:
			shares++
			may[k] = slices.Repeat([]bool{true}, len(c.levels()))
		}
	}
	if !tells || shares == 0 {
		return nil
	}
	return may
}

// kindred reports whether related people reach a level by what they share.
func (l *Linker) kindred(k int, level uint8) bool {
	return l.may != nil && l.may[k] != nil && l.may[k][level]
}

// startRelated returns the classes from which EM starts: people of one
// household, who share nearly everything, and of one place, who share half.
func (l *Linker) startRelated(m *Model, lambda float64) {
	for class, exact := range [relatedClasses]float64{0.9, 0.5} {
		r := Related{Prior: math.Log2(lambda) + float64(3*class)}
		for k := range m.Comparisons {
			if l.may[k] == nil {
				r.R = append(r.R, nil)
				continue
			}
			lv := m.Comparisons[k].Levels
			p := make([]float64, len(lv))
			for i := range lv {
				p[i] = lv[i].U
			}
			switch {
			case l.may[k][len(lv)-1]:
				mixIn(p, len(p)-1, exact)
			case class == 0: // a household has one family name, a town has not
				mixIn(p, nameShares, exact)
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
// bits of each level against strangers, nil where related people are as they are.
type kinship []struct {
	prior float64
	bits  [][]float64
}

func (m *Model) kinship() kinship {
	out := make(kinship, len(m.Related))
	for c, r := range m.Related {
		out[c].prior, out[c].bits = r.Prior, make([][]float64, len(r.R))
		for k, p := range r.R {
			for lv := range p {
				out[c].bits[k] = append(out[c].bits[k], math.Log2(p[lv]/m.Comparisons[k].Levels[lv].U))
			}
		}
	}
	return out
}

// odds returns, of a pattern, the odds of each class against strangers, and their
// sum. adjust is what the rarity of the values adds that related people may share,
// in bits.
func (s kinship) odds(levels []uint8, adjust float64, of *[relatedClasses]float64) (sum float64) {
	for c := range s {
		w := s[c].prior + adjust
		for k, lv := range levels {
			if b := s[c].bits[k]; b != nil && lv != missing {
				w += b[lv]
			}
		}
		of[c] = math.Exp2(w)
		sum += of[c]
	}
	return sum
}

// bits is what related people take from the weight of a pair, in bits.
func (s kinship) bits(levels []uint8, adjust float64) float64 {
	var of [relatedClasses]float64
	return -math.Log2(1 + s.odds(levels, adjust, &of))
}

// learnRelated sets the chances of a class from the expected counts of levels,
// in a round of EM, and returns how far they moved.
func (l *Linker) learnRelated(m *Model, c int, cells *patterns, counts []float64, n, strangers float64) (moved float64) {
	r := &m.Related[c]
	for k, p := range r.R {
		if p == nil {
			continue
		}
		lv, sums := m.Comparisons[k].Levels, cells.of(counts, k)
		// Levels out of reach are as among strangers; the others share the rest.
		total, rest := 0.0, 0.0
		for i := range lv {
			if l.may[k][i] {
				total += sums[i]
				rest += lv[i].U
			}
		}
		fit := make([]Level, len(lv))
		for i := range fit {
			fit[i] = Level{M: lv[i].U, U: lv[i].U}
			if l.may[k][i] {
				fit[i].M = (rest*sums[i] + 2*lv[i].U) / (total + 2)
			}
		}
		if l.may[k][len(lv)-1] {
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
