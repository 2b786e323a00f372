package demo

import "io"

// placedOfHolders are the shares of workers of whom the state of origin has a
// record of work abroad, by their permits in the host state.
var placedOfHolders = [...]float64{noPermit: 0.16, inForce: 0.56, runOut: 0.48}

const (
	placedOfOthers = 0.03  // of dependants and others who do not come to work
	placedOfAbsent = 0.30  // of people sought who are in neither list
	selfReported   = 0.62  // of the records: found work alone and told an office
	countersName   = 0.02  // of names: other than in the passport
	countersBirth  = 0.015 // of birth dates: wrong
	countersNumber = 0.05  // of passport numbers: not asked for
	countersNIK    = 0.08  // of national numbers: not asked for
)

// Where people were sent, where those who found work alone said they were, and the
// parts of agencies' names.
var (
	sentTo  = []route{{75, "Cambodia", 0}, {11, "Malaysia", 0}, {6, "Taiwan", 0}, {5, "Hong Kong", 0}, {5, "Singapore", 0}, {5, "Saudi Arabia", 0}}
	wentTo  = []route{{93, "Cambodia", 0}, {3, "Thailand", 0}, {2, "Vietnam", 0}, {2, "Malaysia", 0}}
	agency1 = choices("PT NUSA;PT BINA;PT KARYA;PT DUTA;PT SINAR;PT GRAHA")
	agency2 = choices(" CONTOH; CONTOH JAYA; CONTOH UTAMA; CONTOH MANDIRI; CONTOH ABADI")
)

// placement is a record of work abroad.
type placement struct {
	person     int
	registered date
	to         string
	self       bool
}

// placement draws whether there is a record of somebody.
func (h *homeland) placement(i int) (p placement, ok bool) {
	x, at := h.person(i)
	r := newStream(h.p.Seed, "placement", i)
	share := placedOfHolders[inForce]
	switch {
	case at == inNeitherList:
		share = placedOfAbsent
	case at == inRegister && x.role != worker && x.role != business:
		share = placedOfOthers
	case at == inRegister:
		share = placedOfHolders[h.g.holds[i]]
	}
	if !r.chance(share) {
		return p, false
	}
	j := h.journey(i)
	p = placement{person: i, self: r.chance(selfReported)}
	if p.self {
		p.to = pickRoute(r, wentTo).to
		p.registered = j.arrived.plus(5 + r.skewed(500))
	} else {
		p.to = pickRoute(r, sentTo).to
		p.registered = j.left.plus(-r.between(8, 120))
	}
	if p.to != "Cambodia" {
		p.registered = j.left.plus(-r.between(200, 1500))
	}
	return p, p.registered.before(h.asOf) && !p.registered.before(x.born.years(18))
}

var placementsHeader = []string{
	"id", "full_name", "sex", "birth_date", "birth_place", "nationality", "passport_no", "national_id",
	"destination", "employer", "occupation", "agency", "registered_on", "procedure",
}

// WritePlacements writes the records of lawful placement and of people who told an
// office of work that they had found: CSV with commas and dates day first.
func (c *Corridor) WritePlacements(w io.Writer) error {
	h := c.home()
	var list []placement
	for i := range h.people() {
		if p, ok := h.placement(i); ok {
			list = append(list, p)
		}
	}
	if len(list) == 0 { // among so few; no list is without a row
		list = []placement{{registered: h.asOf.plus(-1), to: "Cambodia", self: true}}
	}
	rows := h.order("placements", len(list))
	return writeCSV(w, ',', placementsHeader, len(rows), func(i int) []string {
		p := list[rows[i]]
		x, _ := h.person(p.person)
		r := newStream(h.p.Seed, "placement row", p.person)
		words := x.name.words
		if r.chance(countersName) {
			words, _ = applied(r, x, one(r, []habit{respelled, respelled, partly, fathered, shortened}))
		}
		born := x.born
		if r.chance(countersBirth) {
			born, _ = recalled(r, born, one(r, []recall{swapped, digitOff, digitOff, otherDay}), h.asOf)
		}
		procedure, agency := "self_reported", ""
		if !p.self {
			procedure, agency = "placed", one(r, agency1)+one(r, agency2)
		}
		job, firm := one(r, jobs), orBlank(r, 0.10, employer(r))
		if p.to != "Cambodia" {
			firm = ""
		}
		return []string{
			h.id("m", "placements", p.person), inCase(r, words), clerkSex(r, x.sex), born.dayFirst('-'), regencies[x.place].name, "WNI",
			orBlank(r, countersNumber, x.passportOn(p.registered).number), orBlank(r, countersNIK, x.nik),
			p.to, firm, orBlank(r, 0.05, one(r, job.occupations)), agency, p.registered.dayFirst('-'), procedure,
		}
	})
}
