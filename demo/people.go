package demo

import "time"

// human is one human being as they truly are.
type human struct {
	culture  *culture
	name     fullName
	sex      int
	born     date
	place    int      // of birth, index into regencies
	district int      // of the family's registration
	head     string   // the last word of the name of the first of the household
	nik      string   // empty for the few who have none
	former   document // the passport before the present one
	passport document
	renewed  date // when the present passport was issued
	address  string
	phone    string
	role     role
}

// role is what brings a person to the host state.
type role uint8

const (
	worker role = iota
	dependant
	student
	retired
	official
	visitor
	business // no permit known
)

// household is a kind of group in which people come, with its frequency.
type household uint8

const (
	single household = iota
	couple
	family
	siblings
	twins
	parentAndAdult
	cousins
)

// boundaryShare is the share of single people whose 18th birthday is within a day
// of the as-of date.
const boundaryShare = 0.0006

// population makes n people in households, in the order of the households.
type population struct {
	seed     uint64
	asOf     date
	lexicon  *lexicon
	kinds    []int // weights of households by kind
	ages     []ageBand
	people   []human
	adultage []int
	numbers  map[string]bool // of papers, given away
}

// ageBand is a span of ages with its weight.
type ageBand struct{ from, to, weight int }

// workingAges is the age distribution of adults: mostly 20 to 45, with a tail.
var workingAges = []ageBand{{18, 19, 5}, {20, 24, 23}, {25, 29, 26}, {30, 34, 20}, {35, 39, 12}, {40, 45, 9}, {46, 55, 4}, {56, 72, 1}}

// usualHouseholds are weights per mille by kind.
var usualHouseholds = []int{single: 893, couple: 36, family: 11, siblings: 34, twins: 5, parentAndAdult: 12, cousins: 9}

// world is what may differ between populations: weights of the cultures (nil: as
// usual), of the kinds of household, and ages.
type world struct {
	cultures []int
	kinds    []int
	ages     []ageBand
}

var usualWorld = world{kinds: usualHouseholds, ages: workingAges}

func newPopulation(seed uint64, asOf date, n int, w world) *population {
	p := &population{
		seed: seed, asOf: asOf, lexicon: newLexicon(w.cultures), kinds: w.kinds, ages: w.ages, numbers: make(map[string]bool, 3*n),
	}
	p.fill(n)
	return p
}

func (p *population) fill(n int) {
	for _, b := range p.ages {
		p.adultage = append(p.adultage, b.weight)
	}
	p.people = make([]human, 0, n+8)
	for i := 0; len(p.people) < n; i++ {
		p.house(newStream(p.seed, "household", i))
	}
	p.people = p.people[:n]
	for i := range p.people {
		p.papers(newStream(p.seed, "papers", i), &p.people[i])
	}
}

// house adds one household.
func (p *population) house(r *stream) {
	c := &p.lexicon.cultures[r.weighted(p.lexicon.weights)]
	home := address(r)
	place, district := one(r, c.places), 1+r.skewed(25)
	head := ""
	k := kin{father: p.lexicon.father(r, c)}
	add := func(c *culture, sex int, born date, k kin, ro role) *human {
		p.people = append(p.people, human{
			culture: c, name: p.lexicon.name(r, c, sex, k), sex: sex, born: born,
			place: place, district: district, head: head, address: home, role: ro,
		})
		x := &p.people[len(p.people)-1]
		if head == "" {
			head = x.name.words[len(x.name.words)-1]
		}
		return x
	}
	adult := func() date { return p.birthday(r, p.age(r)) }

	switch household(r.weighted(p.kinds)) {
	case single:
		born := adult()
		if r.chance(boundaryShare) {
			born = p.asOf.years(-18).plus(r.between(-1, 1))
		}
		sex := male
		if r.chance(0.38) {
			sex = female
		}
		add(c, sex, born, kin{}, p.adultRole(r, born))
	case couple:
		p.couple(r, c, add)
	case family:
		his, hers := p.couple(r, c, add)
		k.father = his.words[0]
		p.share(r, c, his, &k)
		eldest := clamp(p.asOf.year-hers.year-19, 0, 17)
		for i := range 1 + r.weighted([]int{5, 4, 2}) {
			age := r.between(0, eldest)
			born := p.birthday(r, age)
			k.rank = i
			ro := dependant
			if age >= 15 && r.chance(0.12) {
				ro = worker
			}
			child := add(c, r.below(2), born, k, ro)
			k.used = append(k.used, child.name.words[0])
		}
	case siblings, cousins:
		p.share(r, c, p.lexicon.name(r, c, male, kin{}), &k)
		born := adult()
		for i := range 2 + r.weighted([]int{78, 18, 4}) {
			k.rank = i
			s := add(c, r.below(2), born, k, p.adultRole(r, born))
			k.used = append(k.used, s.name.words[0])
			born = p.birthday(r, clamp(p.asOf.year-born.year-r.between(1, 6), 18, 70))
		}
	case twins:
		p.share(r, c, p.lexicon.name(r, c, male, kin{}), &k)
		born := adult()
		sex := r.below(2)
		for i := range 2 {
			k.rank = i
			if i == 1 && r.chance(0.25) {
				sex = 1 - sex
			}
			s := add(c, sex, born, k, p.adultRole(r, born))
			k.used = append(k.used, s.name.words[0])
			k.initial = s.name.words[0][0]
		}
	case parentAndAdult:
		age := r.between(40, 60)
		born := p.birthday(r, age)
		parent := add(c, r.below(2), born, kin{}, p.adultRole(r, born))
		if parent.sex == male {
			k.father = parent.name.words[0]
		}
		p.share(r, c, parent.name, &k)
		born = p.birthday(r, r.between(18, age-20))
		add(c, r.below(2), born, k, p.adultRole(r, born))
	}
}

// couple adds husband and wife.
func (p *population) couple(r *stream, c *culture, add func(*culture, int, date, kin, role) *human) (his fullName, hers date) {
	born := p.birthday(r, max(21, p.age(r)))
	his = add(c, male, born, kin{}, p.adultRole(r, born)).name
	wife := c
	if r.chance(0.2) {
		wife = &p.lexicon.cultures[r.weighted(p.lexicon.weights)]
	}
	hers = p.birthday(r, clamp(p.asOf.year-born.year+r.between(-7, 2), 19, 70))
	ro := p.adultRole(r, hers)
	if r.chance(0.35) {
		ro = dependant
	}
	add(wife, female, hers, kin{}, ro)
	return his, hers
}

// share sets what the names of a father's or parents' children have in common.
func (p *population) share(r *stream, c *culture, parent fullName, k *kin) {
	if parent.family > 0 {
		k.family = parent.words[len(parent.words)-1]
		return
	}
	if c.id == chinese {
		k.family = parent.words[0]
		return
	}
	switch r.below(5) {
	case 0, 1:
		k.theme = c.second[male].pick(r)
	case 2:
		k.theme = parent.words[len(parent.words)-1]
	case 3:
		k.initial = c.first[male].pick(r)[0]
	}
	if k.father == "" {
		k.father = parent.words[0]
	}
}

func (p *population) age(r *stream) int {
	b := p.ages[r.weighted(p.adultage)]
	return r.between(b.from, b.to)
}

// birthday draws the birth date of somebody who is age years old. A small part
// of the true, registered dates was invented at registration and heaps on
// memorable days.
func (p *population) birthday(r *stream, age int) date {
	last := p.asOf.years(-age)
	born := last.plus(-r.below(365))
	if r.chance(0.012) {
		heap := one(r, []date{{0, 1, 1}, {0, 12, 31}, {0, 7, 1}, {0, 6, 30}, {0, 8, 17}})
		if b := (date{born.year, heap.month, heap.day}); !last.before(b) && p.asOf.years(-age-1).before(b) {
			born = b
		}
	}
	return born
}

func (p *population) adultRole(r *stream, born date) role {
	switch age := p.asOf.year - born.year; {
	case age >= 57 && r.chance(0.4):
		return retired
	case age <= 25 && r.chance(0.035):
		return student
	}
	switch r.weighted([]int{5, 45, 40, 910}) {
	case 0:
		return official
	case 1:
		return visitor
	case 2:
		return business
	}
	return worker
}

// papers gives a person national id, passports and a phone.
func (p *population) papers(r *stream, x *human) {
	home, district := regencies[x.place], x.district
	if r.chance(0.12) { // first registered elsewhere
		home, district = regencies[one(r, x.culture.places)], 1+r.skewed(25)
	}
	x.nik = p.nikOf(r, home, district, x.born, x.sex)
	x.renewed = p.asOf.plus(-r.between(10, 1700))
	if x.renewed.before(x.born) {
		x.renewed = x.born.plus(r.between(5, 60))
	}
	x.passport = p.passportOf(r, x.renewed)
	x.former = p.passportOf(r, x.renewed.plus(-r.between(1500, 1830)))
	x.phone = phone(r)
}

// phone invents a number in a range that is in use nowhere: 000 after the
// country code.
func phone(r *stream) string {
	if r.chance(0.8) {
		return "+855 000 " + r.digits(3) + " " + r.digits(3)
	}
	return "+62 000 " + r.digits(4) + " " + r.digits(4)
}

func clamp(n, lo, hi int) int { return min(max(n, lo), hi) }

// today is the day that the published figures are about.
var today = time.Date(2024, 3, 13, 0, 0, 0, 0, time.UTC)
