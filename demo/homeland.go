package demo

// The state of origin sees the same world from the other end: who left, who went
// by the lawful procedure, and whose family asks where they are.

const (
	presentShare = 0.60 // of the reports are about somebody who stands in the register
	againShare   = 0.03 // of the reports tell of somebody of whom another one does too
	doubleShare  = 0.25 // of the people sought who do not stand in the register are like one who does
)

// soughtShare is how readily a resident is sought: those whom no permit ties to
// an employer more often.
var soughtShare = [...]float64{noPermit: 0.85, inForce: 0.30, runOut: 0.60}

const childSought = 0.05 // instead: a child mostly lives with who would ask

// homeland is everybody of whom the lists of the state of origin tell: the
// residents, the outsiders and the people sought who are in neither list, in this
// order. It is never changed once it is made.
type homeland struct {
	p         Params
	asOf      date
	g         *generator
	residents []string // ids, by person
	absent    []human  // sought, and not in the register
	sought    []int    // persons, by report
}

// homeland returns what makes the homeland. It must be called before the lists
// are put into random order.
func (g *generator) homeland() func() *homeland {
	ids := make([]string, len(g.out.Residents))
	for i := range ids {
		ids[i] = g.out.Residents[i].ID
	}
	g.taken = nil
	return func() *homeland {
		h := &homeland{p: g.p, asOf: g.asOf, g: g, residents: ids}
		present := part(g.p.Reports, presentShare)
		h.seekResidents(present)
		h.seekOthers(g.p.Reports - present)
		return h
	}
}

// seekResidents chooses the residents of whom n reports tell.
func (h *homeland) seekResidents(n int) {
	r := newStream(h.p.Seed, "residents sought", 0)
	order := make([]int, len(h.residents))
	for i := range order {
		order[i] = i
	}
	shuffle(r, order)
	distinct := min(n-part(n, againShare), len(order))
	var later []int
	for _, i := range order {
		share := soughtShare[h.g.holds[i]]
		if h.asOf.before(h.g.world.people[i].born.years(18)) {
			share = childSought
		}
		if r.chance(share) {
			h.sought = append(h.sought, i)
		} else {
			later = append(later, i)
		}
	}
	h.sought = append(h.sought, later...)[:distinct]
	h.seekAgain(r, h.sought, n-distinct)
}

// seekOthers makes the people who do not stand in the register of whom n reports
// tell.
func (h *homeland) seekOthers(n int) {
	r := newStream(h.p.Seed, "others sought", 0)
	distinct := n - part(n, againShare)
	world := h.g.world
	others := population{
		seed: mix(mix(h.p.Seed)), asOf: h.asOf, lexicon: world.lexicon, kinds: []int{single: 1}, ages: world.ages, numbers: world.numbers,
	}
	others.fill(distinct)
	h.absent = others.people
	first := len(h.residents) + len(h.g.abroad)
	var list []int
	for i := range h.absent {
		x := &h.absent[i]
		if like := &world.people[r.below(len(world.people))]; r.chance(doubleShare) && like.born.year <= h.asOf.year-21 {
			h.g.double(newStream(h.p.Seed, "double sought", i), x, like)
			x.nik = world.nikOf(r, regencies[x.place], x.district, x.born, x.sex)
		}
		list = append(list, first+i)
	}
	h.sought = append(h.sought, list...)
	h.seekAgain(r, list, n-distinct)
}

// seekAgain lets n more reports tell of people of the list.
func (h *homeland) seekAgain(r *stream, list []int, n int) {
	for range n {
		h.sought = append(h.sought, list[r.below(len(list))])
	}
}

// people is how many there are.
func (h *homeland) people() int { return len(h.residents) + len(h.g.abroad) + len(h.absent) }

// where somebody stands in the lists of the host state.
type where uint8

const (
	inRegister    where = iota
	amongPermits        // an outsider
	inNeitherList       // sought, and perhaps never there
)

// person returns somebody by number.
func (h *homeland) person(i int) (*human, where) {
	if i < len(h.residents) {
		return &h.g.world.people[i], inRegister
	}
	i -= len(h.residents)
	if i < len(h.g.abroad) {
		return &h.g.abroad[i], amongPermits
	}
	return &h.absent[i-len(h.g.abroad)], inNeitherList
}

// passportOn is the passport that somebody had on a day.
func (x *human) passportOn(d date) document {
	if d.before(x.renewed) {
		return x.former
	}
	return x.passport
}

// order returns the numbers from 0 to n-1 in the random order of a list's rows.
func (h *homeland) order(list string, n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	shuffle(newStream(h.p.Seed, "order of "+list, 0), rows)
	return rows
}

// id is the identifier of the i-th row of a list, and of no other row of it: each
// step below maps the numbers of 45 bits onto themselves. It says nothing.
func (h *homeland) id(prefix, list string, i int) string {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	const bits, mask = 45, 1<<45 - 1
	r := newStream(h.p.Seed, "ids of "+list, 0)
	n := uint64(i)
	for range 4 {
		n = (n*(r.pcg.Uint64()|1) + r.pcg.Uint64()) & mask
		n ^= n >> 23
	}
	b := []byte(prefix)
	for at := bits - 5; at >= 0; at -= 5 {
		b = append(b, letters[n>>at&31])
	}
	return string(b)
}
