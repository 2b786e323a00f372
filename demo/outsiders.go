package demo

import "slices"

// outsiders writes permits of people who are not in the register. Every second
// one is a near-double of a resident, which is what makes linking hard: the
// resident's list entry is there, and it is somebody else's.
func (g *generator) outsiders() {
	n := g.p.outsiders()
	if n == 0 {
		return
	}
	strangers := population{seed: mix(g.p.Seed), asOf: g.asOf, lexicon: g.world.lexicon, kinds: []int{single: 1}, ages: g.world.ages, numbers: g.world.numbers}
	strangers.fill(n)
	g.abroad = strangers.people
	for i := range n {
		r := newStream(g.p.Seed, "outsider", i)
		x := &strangers.people[i]
		if i%2 == 1 {
			like := &g.world.people[r.below(len(g.world.people))]
			for like.born.year > g.asOf.year-21 { // a child's double holds no permit
				like = &g.world.people[r.below(len(g.world.people))]
			}
			g.double(r, x, like)
		}
		until := g.asOf.plus(r.skewed(365))
		_, d := g.scribe.numbers(r, x)
		g.permit(g.p.Permits+i, x, d, until.years(-1).plus(1), until, "")
	}
}

// double makes a stranger, whose papers are their own, like a resident.
func (g *generator) double(r *stream, x, like *human) {
	x.culture, x.sex, x.place = like.culture, like.sex, like.place
	switch r.below(5) {
	case 0: // same name, sex and year of birth
		x.name = like.name
		x.born = date{like.born.year, r.between(1, 12), r.between(1, 28)}
	case 1: // same birth date, and a name of which a part is the same
		x.born = like.born
		n := g.world.lexicon.name(r, x.culture, x.sex, kin{})
		words := slices.Clone(like.name.words)
		if len(words) > 1 {
			words[r.below(len(words))] = n.words[0]
		} else {
			words = append(words, n.words[0])
		}
		n.words, n.family = words, 0
		x.name = n
	case 2: // same name, and a birth date with one digit other
		x.name = like.name
		for x.born = like.born; x.born == like.born || !x.born.real() || x.born.year > g.asOf.year-17; {
			x.born = oneDigit(r, like.born)
		}
	case 3: // brother or sister
		k := kin{father: like.name.father, used: like.name.words[:1]}
		g.world.share(r, x.culture, like.name, &k)
		x.sex = r.below(2)
		x.name = g.world.lexicon.name(r, x.culture, x.sex, k)
		x.born = g.world.birthday(r, clamp(g.asOf.year-like.born.year+r.between(-6, 6), 18, 70))
	default: // twin
		k := kin{father: like.name.father, used: like.name.words[:1], initial: like.name.words[0][0]}
		g.world.share(r, x.culture, like.name, &k)
		k.initial = like.name.words[0][0]
		x.name = g.world.lexicon.name(r, x.culture, x.sex, k)
		x.born = like.born
	}
}
