package demo

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// The figures that the two authorities published for 13 March 2024.
const (
	PublishedResidents = 73_000
	PublishedPermits   = 58_307
)

// UsualReports is how many reports of people sought the state of origin has for
// the published number of residents. It is no published figure.
const UsualReports = 20_000

// Params say what to generate. The zero value is the corridor as published:
// every permit in force, each belonging to one resident.
type Params struct {
	Seed      uint64
	Residents int // rows of the register; 0: as published
	// Permits is the number of permit rows of every kind together; 0: as many
	// for each resident as published.
	Permits      int
	Outsiders    float64   // share of the permits that belong to nobody in the register, half of them near-doubles of somebody in it
	ExpiredShare float64   // share of the permit holders whose only permits have run out
	EarlierShare float64   // share of the permits that are earlier ones of a holder of a later one
	Reports      int       // reports of people sought; 0: [UsualReports] for the published residents, and in proportion
	AsOf         time.Time // the day that the lists are of; zero: 13 March 2024. The time of day says nothing
	Second       bool      // another world and another error process: see the package documentation
}

// Most is the most residents, and the most permits, that a demo makes. A run
// takes some 10 kB of memory for each resident with a permit: with so many it
// fits in a machine of 24 GB.
const Most = 1_500_000

// ErrParams is returned for parameters of which no corridor can be made.
var ErrParams = errors.New("no such corridor can be made")

// withDefaults fills what is not set, and says what cannot be.
func (p Params) withDefaults() (Params, error) {
	if p.Residents < 0 || p.Permits < 0 || p.Reports < 0 {
		return p, fmt.Errorf("%w: the numbers of residents, permits and reports must not be negative", ErrParams)
	}
	if p.Residents > Most || p.Permits > Most || p.Reports > Most {
		return p, fmt.Errorf("%w: at most %d residents, as many permits and as many reports fit in memory", ErrParams, Most)
	}
	for _, s := range []float64{p.Outsiders, p.ExpiredShare, p.EarlierShare, p.Outsiders + p.EarlierShare} {
		if !(s >= 0 && s <= 1) {
			return p, fmt.Errorf("%w: shares must lie between 0 and 1, and outsiders and earlier permits together too", ErrParams)
		}
	}
	if p.Residents == 0 {
		p.Residents = PublishedResidents
	}
	if p.Permits == 0 {
		p.Permits = proportional(PublishedPermits, p.Residents)
	}
	if p.Reports == 0 {
		p.Reports = max(1, proportional(UsualReports, p.Residents))
	}
	if p.AsOf.IsZero() {
		p.AsOf = today
	}
	if p.holders() > p.Residents {
		return p, fmt.Errorf("%w: %d permits need at least %d residents", ErrParams, p.Permits, p.holders())
	}
	if p.holders() == 0 && p.earlier() > 0 {
		return p, fmt.Errorf("%w: earlier permits need somebody who holds a later one", ErrParams)
	}
	return p, nil
}

func (p Params) outsiders() int { return part(p.Permits, p.Outsiders) }
func (p Params) earlier() int   { return part(p.Permits, p.EarlierShare) }
func (p Params) holders() int   { return max(0, p.Permits-p.outsiders()-p.earlier()) }

// proportional is what n for the published residents is for so many, rounded.
func proportional(n, residents int) int {
	return (residents*n + PublishedResidents/2) / PublishedResidents
}

// part is a share of n, rounded.
func part(n int, share float64) int { return int(math.Round(float64(n) * share)) }

// Corridor is the two lists as the host state's authorities hold them, in the
// order of their files, and the truth about them. The lists of the state of origin
// are made while they are written.
type Corridor struct {
	AsOf      time.Time
	Residents []Resident
	Permits   []Permit

	home func() *homeland // of whom the lists of the state of origin tell
}

// Resident is a row of the register, cells as written, and the truth about it.
type Resident struct {
	ID, FullName, Sex, BirthDate, BirthPlace, Nationality string
	PassportNo, PassportExpiry, NationalID                string
	EntryDate, ExitDate, StayUntil, VisaClass             string
	Address, Phone                                        string

	Truth Truth
}

// Permit is a row of the permit list, cells as written, and the truth about it.
type Permit struct {
	ID, FullName, Sex, BirthDate, Nationality, PassportNo string
	PermitNo, ValidFrom, ValidUntil                       string
	Employer, Occupation, Sector                          string

	Resident string // true: the id of the resident whose permit it is, empty for an outsider's
}

// Generate makes the corridor. The same parameters give the same corridor on
// every platform. The error says which parameter cannot be.
func Generate(p Params) (*Corridor, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	g := newGenerator(p)
	g.chooseHolders()
	g.register()
	g.permits()
	g.outsiders()
	g.out.home = sync.OnceValue(g.homeland())
	shuffle(newStream(p.Seed, "order of residents", 0), g.out.Residents)
	shuffle(newStream(p.Seed, "order of permits", 0), g.out.Permits)
	return g.out, nil
}

// generator holds the state of one run.
type generator struct {
	p       Params
	asOf    date
	world   *population
	scribe  scribe
	holds   []holding // by person
	papers  []pair    // by person
	holders []int     // persons, in random order
	abroad  []human   // outsiders
	taken   map[string]bool
	out     *Corridor
}

// holding is what permits a person has.
type holding uint8

const (
	noPermit holding = iota
	inForce
	runOut
)

// pair is the passports that the two offices hold of one person, as written.
type pair struct{ register, bureau document }

func newGenerator(p Params) *generator {
	g := &generator{
		p: p, asOf: dateOf(p.AsOf), scribe: ear{},
		taken: make(map[string]bool, p.Residents+p.Permits),
		out: &Corridor{
			AsOf:      p.AsOf,
			Residents: make([]Resident, 0, p.Residents),
			Permits:   make([]Permit, 0, p.Permits),
		},
	}
	w := usualWorld
	if p.Second {
		g.scribe, w = chain{}, secondWorld
	}
	g.world = newPopulation(p.Seed, g.asOf, p.Residents, w)
	g.holds = make([]holding, p.Residents)
	g.papers = make([]pair, p.Residents)
	return g
}

// id draws an identifier that no other row of the same list has. It says nothing.
func (g *generator) id(prefix, purpose string, index int) string {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	r := newStream(g.p.Seed, purpose, index)
	for {
		b := []byte(prefix)
		for range 9 {
			b = append(b, letters[r.below(len(letters))])
		}
		if id := string(b); !g.taken[id] {
			g.taken[id] = true
			return id
		}
	}
}

// chooseHolders decides who has permits: workers before others.
func (g *generator) chooseHolders() {
	workers, others := []int{}, []int{}
	for i := range g.world.people {
		if g.world.people[i].role == worker {
			workers = append(workers, i)
		} else {
			others = append(others, i)
		}
	}
	r := newStream(g.p.Seed, "holders", 0)
	shuffle(r, workers)
	shuffle(r, others)
	n := g.p.holders()
	g.holders = append(workers, others...)[:n]
	for i, x := range g.holders {
		g.holds[x] = inForce
		if i < part(n, g.p.ExpiredShare) {
			g.holds[x] = runOut
		}
	}
	for i, x := range workers {
		if i >= n {
			g.world.people[x].role = business
		}
	}
	shuffle(r, g.holders)
}

// register writes the residents' list.
func (g *generator) register() {
	for i := range g.world.people {
		x := &g.world.people[i]
		r := newStream(g.p.Seed, "register", i)
		var pp pair
		pp.register, pp.bureau = g.scribe.numbers(newStream(g.p.Seed, "numbers", i), x)
		s := g.stay(newStream(g.p.Seed, "stay", i), x, g.holds[i])
		undocumented := r.chance(undocumentedShare(g.holds[i]))
		if undocumented {
			pp.register = document{}
		}
		g.papers[i] = pp
		row := Resident{
			ID:             g.id("r", "resident id", i),
			FullName:       g.scribe.name(newStream(g.p.Seed, "register name", i), x, register),
			Sex:            g.scribe.sex(r, x.sex, register),
			BirthDate:      g.scribe.birth(newStream(g.p.Seed, "register birth", i), x.born, register),
			BirthPlace:     orBlank(r, 0.08, regencies[x.place].name),
			Nationality:    one(r, []string{"IDN", "IDN", "IDN", "IDN", "Indonesia", "WNI"}),
			PassportNo:     pp.register.number,
			PassportExpiry: orBlank(r, 0.10, g.written(r, pp.register.expiry)),
			EntryDate:      g.written(r, s.entry),
			ExitDate:       g.written(r, s.exit),
			StayUntil:      g.written(r, s.until),
			VisaClass:      s.visa,
			Address:        g.scribe.remark(r, orBlank(r, 0.06, x.address)),
			Phone:          orBlank(r, 0.35, x.phone),
		}
		if s.noEntry {
			row.EntryDate = "none"
		}
		if !undocumented {
			row.NationalID = orBlank(r, 0.30, x.nik)
		}
		row.Truth = g.truth(&row, x, s, g.holds[i])
		g.out.Residents = append(g.out.Residents, row)
	}
}

// written is a date as the register writes it, and nothing for none.
func (g *generator) written(r *stream, d date) string {
	if d.none() {
		return ""
	}
	return g.scribe.date(r, d, register)
}

// undocumentedShare is the share of residents whose documents the register does
// not know.
func undocumentedShare(h holding) float64 {
	if h == noPermit {
		return 0.03
	}
	return 0.004
}

// orBlank leaves a cell out with probability p.
func orBlank(r *stream, p float64, cell string) string {
	if r.chance(p) {
		return ""
	}
	return cell
}

// permits writes the permits of the residents: one in force or run out for each
// holder, and the earlier ones.
func (g *generator) permits() {
	n := 0
	type term struct{ from, until date }
	latest := make([]term, len(g.holders))
	for i, x := range g.holders {
		r := newStream(g.p.Seed, "permit", x)
		var t term
		if g.holds[x] == inForce {
			t.until = g.asOf.plus(r.skewed(365))
		} else {
			t.until = g.asOf.plus(-1 - r.skewed(500))
		}
		t.from = t.until.years(-1).plus(1)
		latest[i] = t
		g.permit(n, &g.world.people[x], g.papers[x].bureau, t.from, t.until, g.out.Residents[x].ID)
		n++
	}
	for i := range g.p.earlier() {
		at := i % len(g.holders)
		x := g.holders[at]
		r := newStream(g.p.Seed, "earlier permit", i)
		until := latest[at].from.plus(-1 - r.below(30))
		latest[at].from = until.years(-1).plus(1)
		d := g.papers[x].bureau
		if d.number != "" && r.chance(0.15) {
			d = g.world.people[x].former
		}
		g.permit(n, &g.world.people[x], d, latest[at].from, until, g.out.Residents[x].ID)
		n++
	}
}

// permit writes one row of the permit list.
func (g *generator) permit(n int, x *human, d document, from, until date, resident string) {
	r := newStream(g.p.Seed, "permit row", n)
	job := one(r, jobs)
	g.out.Permits = append(g.out.Permits, Permit{
		ID:          g.id("p", "permit id", n),
		FullName:    g.scribe.name(newStream(g.p.Seed, "permit name", n), x, bureau),
		Sex:         g.scribe.sex(r, x.sex, bureau),
		BirthDate:   g.scribe.birth(newStream(g.p.Seed, "permit birth", n), x.born, bureau),
		Nationality: one(r, []string{"INDONESIAN", "INDONESIAN", "INDONESIA", "IDN"}),
		PassportNo:  d.number,
		PermitNo:    "WP" + itoa(from.year%100) + r.digits(8),
		ValidFrom:   g.scribe.date(r, from, bureau),
		ValidUntil:  g.scribe.date(r, until, bureau),
		Employer:    g.scribe.remark(r, orBlank(r, 0.02, employer(newStream(g.p.Seed, "employer", r.skewed(1400))))),
		Occupation:  orBlank(r, 0.03, one(r, job.occupations)),
		Sector:      orBlank(r, 0.03, job.sector),
		Resident:    resident,
	})
}

// jobs are sectors and the occupations that permits name in them.
var jobs = []struct {
	sector      string
	occupations []string
}{
	{"SERVICES", choices("CUSTOMER SERVICE;CUSTOMER SERVICE;CUSTOMER SUPPORT;ADMIN;OFFICE STAFF;DATA ENTRY")},
	{"SERVICES", choices("MARKETING;MARKETING;DIGITAL MARKETING;SALES;TELEMARKETING;ADMIN")},
	{"SERVICES", choices("TRANSLATOR;INTERPRETER;ADMINISTRATION;HUMAN RESOURCES")},
	{"INFORMATION TECHNOLOGY", choices("IT SUPPORT;PROGRAMMER;NETWORK TECHNICIAN;DESIGNER;OPERATOR")},
	{"TOURISM", choices("COOK;CHEF;WAITER;RESTAURANT STAFF;RECEPTIONIST;SPA THERAPIST;HOTEL STAFF")},
	{"CONSTRUCTION", choices("FOREMAN;WELDER;ELECTRICIAN;SITE ENGINEER;SUPERVISOR;CRANE OPERATOR")},
	{"MANUFACTURING", choices("PRODUCTION SUPERVISOR;QUALITY CONTROL;MERCHANDISER;TECHNICIAN;SEWING INSTRUCTOR")},
	{"EDUCATION", choices("TEACHER;INSTRUCTOR")},
	{"AGRICULTURE", choices("PLANTATION SUPERVISOR;AGRONOMIST;MILL TECHNICIAN")},
	{"TRADE", choices("MANAGER;ACCOUNTANT;SALES;WAREHOUSE STAFF;DRIVER")},
}

func choices(s string) []string { return strings.Split(s, ";") }

// firmNames are the parts of firms' names.
var firmNames = [...][]string{
	choices("GOLDEN;LUCKY;MEKONG;ANGKOR;LOTUS;ROYAL;NEW STAR;PACIFIC;ORIENT;SILVER;BLUE SEA;EVERGREEN;SUNRISE;GREAT;UNITED;DRAGON;PHOENIX;JADE;RIVERSIDE;NORTH GATE"),
	choices(" BRIDGE; RIVER; MOUNTAIN; STAR; PALACE; GARDEN; HORIZON; WAVE; CITY; FIELD; HARBOUR; CROWN; PEARL; FORTUNE; WAY; LEAF; TOWER; POINT"),
	choices(" TRADING; TECHNOLOGY; SERVICES; HOTEL; RESTAURANT; CONSTRUCTION; GARMENT; ENTERTAINMENT; LOGISTICS; SUPPORT; IMPORT EXPORT; INVESTMENT"),
	{" CO., LTD.", " CO LTD", " CO.,LTD", " (CAMBODIA) CO., LTD.", " GROUP", ""},
}

// employer invents a firm.
func employer(r *stream) string {
	return one(r, firmNames[0]) + one(r, firmNames[1]) + one(r, firmNames[2]) + one(r, firmNames[3])
}
