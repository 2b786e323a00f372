package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
)

// The population. It is the register of one country whose towns, streets and
// names stay the same however many of its people are asked for, so that a larger
// file is also a denser one.
const (
	towns     = 1500
	postcodes = 8000  // shared out to the towns by size
	streets   = 5000  // names of streets; a postcode has streetsPerCode of them
	surnames  = 50000 // the most frequent has 0.75 % of the people
	givenOf   = 3000  // given names of each sex; the most frequent has 2.2 %

	streetsPerCode = 30
	houseNumbers   = 120

	sharedSurname  = 0.70 // of couples
	namedLikeElder = 0.04 // of children of the first parent's sex bear its given name
	twin           = 0.02 // of children who have an elder sister or brother
	secondGiven    = 0.12 // of people have a second given name
	nameChanged    = 0.10 // of women past 20 had another surname
	doubleSurname  = 0.02 // of people bear two surnames with a hyphen

	householdMoved = 0.20 // of households lived elsewhere before
	personMoved    = 0.15 // of people also have an address that the others do not
	sameTown       = 0.50 // of moves stay in the town

	hasEmail     = 0.75 // of people past 12
	emailByName  = 0.60 // of addresses are made of the name
	secondEmail  = 0.25 // of people who have one
	familyEmail  = 0.10 // of the others use that of the first of the household
	hasMobile    = 0.70 // of people past 12
	hasLandline  = 0.50 // of households
	secondMobile = 0.15 // of people who have one had another number
	hasNumber    = 0.35 // of people have a national number
)

// clusterSizes is how many records a person has, per mille: mean 1.625.
var clusterSizes = []int{620, 220, 100, 40, 15, 5}

// households are the kinds with their weights in per cent.
var households = []struct{ weight, parents, least, most, others int }{
	{28, 1, 0, 0, 0}, // alone
	{22, 2, 0, 0, 0}, // a couple
	{26, 2, 1, 4, 0}, // a family
	{8, 1, 1, 3, 0},  // one parent
	{8, 2, 1, 3, 1},  // a family and one of its old people
	{8, 1, 0, 0, 3},  // people who only share a flat
}

// columns of the files.
var columns = []string{"unique_id", "first_name", "surname", "dob", "street", "city", "postcode", "email", "phone", "national_id", "cluster"}

type birth struct{ year, month, day int }

type address struct {
	number, town, code int
	street             string
}

// human is one person, as is true.
type human struct {
	sex             int
	given, second   string
	nicknames       []string
	surname, former string
	born            birth
	homes           []address // the present one first
	emails, phones  []string
	number          string
}

// country makes the people. Everything about a record is a function of the seed
// and of its place: nothing of one person is kept while another is made.
type country struct {
	seed    uint64
	words   *vocabulary
	pcg     rand.PCG
	r       *rand.Rand
	members []human
}

func newCountry(seed uint64) *country {
	c := &country{seed: seed, words: newVocabulary()}
	c.r = rand.New(&c.pcg)
	return c
}

// place is where a record stands: household, member and number of the record.
type place uint64

func (p place) split() (household uint64, member int) {
	return uint64(p) >> 6, int(p>>3) & 7
}

// places lists n records in random order.
func (c *country) places(n int) []place {
	out := make([]place, 0, n)
	for h := uint64(0); len(out) < n; h++ {
		kind, children := c.household(h)
		for m := range households[kind].parents + children + households[kind].others {
			for k := range 1 + c.weighted(clusterSizes) {
				if len(out) < n {
					out = append(out, place(h<<6|uint64(m)<<3|uint64(k)))
				}
			}
		}
	}
	c.pcg.Seed(c.seed, 0x5f0ff1e)
	c.r.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// household begins the stream of a household.
func (c *country) household(h uint64) (kind, children int) {
	c.pcg.Seed(c.seed, h)
	at := c.r.IntN(100)
	for kind = 0; at >= households[kind].weight; kind++ {
		at -= households[kind].weight
	}
	k := households[kind]
	return kind, k.least + c.r.IntN(k.most-k.least+1)
}

// WritePeople writes n records with a heading as CSV. The same seed and n give
// the same bytes. Memory: 8 bytes for a record.
func WritePeople(w io.Writer, n int, seed uint64) error {
	b := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprintln(b, strings.Join(columns, ","))
	c := newCountry(seed)
	for i, p := range c.places(n) {
		fmt.Fprintln(b, strconv.Itoa(i+1)+","+strings.Join(c.record(p), ","))
	}
	return b.Flush()
}

// record returns the cells of a record after its id. No cell holds a comma.
func (c *country) record(p place) []string {
	h, m := p.split()
	c.people(h)
	c.pcg.Seed(c.seed^0xc1e4c, uint64(p))
	cells := c.scribble(&c.members[m])
	return append(cells, strconv.FormatUint(h<<3|uint64(m), 10))
}

// people makes the members of a household.
func (c *country) people(h uint64) {
	kind, children := c.household(h)
	k := households[kind]
	c.pcg.Seed(c.seed^0x9e0b1e, h)
	c.members = c.members[:0]
	home := []address{c.address(-1)}
	if c.chance(householdMoved) {
		home = append(home, c.moved(home[0]))
	}
	landline := ""
	if c.chance(hasLandline) {
		landline = "0" + c.digits(8)
	}
	family := c.words.surnames.at(c.r.Float64())
	eldest := 1935 + c.r.IntN(66) // birth year of the first
	for i := range k.parents + children + k.others {
		x := human{sex: c.r.IntN(2), surname: family, homes: append([]address(nil), home...)}
		x.born = birth{eldest, 1 + c.r.IntN(12), 0}
		switch child := i >= k.parents && i < k.parents+children; {
		case child:
			if i > k.parents && c.chance(twin) {
				x.born = c.members[i-1].born
				break
			}
			x.born.year = min(eldest+20+c.r.IntN(20), 2025)
		case i == 1 && k.parents == 2:
			x.sex = 1 - c.members[0].sex
			x.born.year += c.r.IntN(11) - 5
			if !c.chance(sharedSurname) {
				x.surname = c.words.surnames.at(c.r.Float64())
			}
		case i > 0 && children > 0: // one of the old people
			x.born.year = max(eldest-20-c.r.IntN(15), 1920)
			if c.chance(0.5) {
				x.surname = c.words.surnames.at(c.r.Float64())
			}
		case i > 0: // shares the flat
			x.born.year += c.r.IntN(13) - 6
			x.surname = c.words.surnames.at(c.r.Float64())
		}
		if x.born.day == 0 {
			x.born.day = 1 + c.r.IntN(daysIn(x.born.year, x.born.month))
		}
		x.given = c.words.given[x.sex].at(c.r.Float64())
		if i >= k.parents && children > 0 && x.sex == c.members[0].sex && c.chance(namedLikeElder) {
			x.given = c.members[0].given
		}
		c.complete(&x, i, landline)
		c.members = append(c.members, x)
	}
}

// complete gives a person what the household does not decide.
func (c *country) complete(x *human, i int, landline string) {
	x.nicknames = c.words.nicknames[x.given]
	if c.chance(secondGiven) {
		x.second = c.words.given[x.sex].at(c.r.Float64())
	}
	if x.sex == 1 && x.born.year < 2005 && c.chance(nameChanged) {
		x.former = c.words.surnames.at(c.r.Float64())
	}
	if c.chance(doubleSurname) {
		x.surname += "-" + c.words.surnames.at(c.r.Float64())
	}
	if c.chance(personMoved) {
		x.homes = append(x.homes, c.moved(x.homes[0]))
	}
	switch grown := x.born.year < 2013; {
	case grown && c.chance(hasEmail):
		x.emails = append(x.emails, c.email(x))
		if c.chance(secondEmail) {
			x.emails = append(x.emails, c.email(x))
		}
	case i > 0 && len(c.members[0].emails) > 0 && c.chance(familyEmail):
		x.emails = c.members[0].emails[:1]
	}
	if x.born.year < 2013 && c.chance(hasMobile) {
		x.phones = append(x.phones, "07"+c.digits(8))
		if c.chance(secondMobile) {
			x.phones = append(x.phones, "07"+c.digits(8))
		}
	}
	if landline != "" {
		x.phones = append(x.phones, landline)
	}
	if c.chance(hasNumber) {
		x.number = c.digits(9) + string(rune('A'+c.r.IntN(26)))
	}
}

// email makes an address. A provider gives a name once: the commoner the name,
// the more digits follow it.
func (c *country) email(x *human) string {
	local := strings.ToLower(c.words.handle(c.r)) + c.digits(c.r.IntN(4))
	if c.chance(emailByName) {
		g, s := strings.ToLower(x.given), strings.ToLower(x.surname)
		local = [...]string{g + "." + s, g + s, g[:1] + s, s + "." + g, g + "_" + s, g}[c.r.IntN(6)]
		for e := 1e7 * c.words.given[x.sex].share(x.given) * c.words.surnames.share(x.surname); e > 1; e /= 10 {
			local += c.digits(1)
		}
		if c.chance(0.4) {
			local += fmt.Sprintf("%02d", x.born.year%100)
		}
		if strings.HasPrefix(local, g) && len(local) <= len(g)+2 { // the given name alone
			local += c.digits(4)
		}
	}
	return local + "@" + c.words.domains.at(c.r.Float64())
}

// address draws an address in a town, or anywhere for a town below 0.
func (c *country) address(town int) address {
	if town < 0 {
		town = c.words.towns.index(c.r.Float64())
	}
	code := c.words.firstCode[town] + c.r.IntN(c.words.firstCode[town+1]-c.words.firstCode[town])
	return address{1 + c.r.IntN(houseNumbers), town, code, c.words.street(code, c.r.IntN(streetsPerCode))}
}

func (c *country) moved(from address) address {
	if c.chance(sameTown) {
		return c.address(from.town)
	}
	return c.address(-1)
}

func (c *country) chance(p float64) bool { return c.r.Float64() < p }

// weighted draws an index from weights per mille.
func (c *country) weighted(w []int) int {
	at, i := c.r.IntN(1000), 0
	for ; at >= w[i]; i++ {
		at -= w[i]
	}
	return i
}

func (c *country) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(c.r.IntN(10))
	}
	return string(b)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
