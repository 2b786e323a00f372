package demo

// stay is what the register knows of a person's stay, as it truly is.
type stay struct {
	entry, exit, until date
	noEntry            bool // the register says that there is none
	visa               string
}

// visas of each role. The codes are the generator's own choice among those that
// lists of the field use: E with a second letter for the kind, T for a visit,
// words where offices write words.
var visas = [...][]string{
	worker:    {"EB", "EB", "EB", "EB", "EB", "EB", "EB", "EB", "E-B", "E", "EG", "T", ""},
	dependant: {"DEPENDANT", "DEPENDANT", "FAMILY", "Dependent", "EB", ""},
	student:   {"ES", "ES", "ES", "STUDENT"},
	retired:   {"ER", "ER", "ER", "RETIRED"},
	official:  {"OFFICIAL", "DIPLOMATIC", "OFFICIAL"},
	visitor:   {"T", "T", "T", "TOURIST"},
	business:  {"EB", "EB", "EB", "E", "EG", "T", ""},
}

// notForWork are the classes among them that are not for work.
var notForWork = map[string]bool{
	"DEPENDANT": true, "FAMILY": true, "Dependent": true, "ES": true, "STUDENT": true,
	"ER": true, "RETIRED": true, "OFFICIAL": true, "DIPLOMATIC": true,
}

// reliefVisa is the class of somebody whose overstay is relieved.
const reliefVisa = "RELIEF"

// Shares of what is wrong with stays, of people without and with a permit.
var (
	departedShare = [2]float64{0.070, 0.0075}
	noEntryShare  = [2]float64{0.012, 0.0008}
	overstayShare = [2]float64{0.145, 0.0030}
	reliefShare   = [2]float64{0.004, 0}
	unknownShare  = [2]float64{0.025, 0.008} // of others: the day until which a stay is allowed is not recorded
)

// stay draws a person's stay.
func (g *generator) stay(r *stream, x *human, h holding) stay {
	with := 0
	if h != noPermit {
		with = 1
	}
	s := stay{visa: one(r, visas[x.role])}
	if h == runOut && notForWork[s.visa] {
		s.visa = "EB"
	}
	s.entry = g.asOf.plus(-2 - r.skewed(2800))
	if s.entry.before(x.born) {
		s.entry = x.born.plus(r.below(3)).earlier(g.asOf)
	}
	s.until = g.asOf.plus(r.skewed(366))
	switch {
	case r.chance(departedShare[with]):
		s.exit = g.asOf.plus(-r.skewed(400))
		if s.exit.before(s.entry) {
			s.exit = g.asOf
		}
		if r.chance(0.5) {
			s.until = g.asOf.plus(r.between(-400, 200))
		}
	case r.chance(noEntryShare[with]):
		s.noEntry, s.entry, s.until = true, date{}, date{}
	case r.chance(overstayShare[with]):
		s.until = g.asOf.plus(-1 - r.skewed(900))
		if s.until.before(s.entry) {
			s.entry = s.until.plus(-r.between(28, 400))
		}
	case r.chance(reliefShare[with]):
		s.visa, s.until = reliefVisa, date{}
	case r.chance(unknownShare[with]):
		s.until = date{}
	}
	if !s.noEntry && r.chance(0.03) {
		s.entry = date{}
	}
	return s
}

func (d date) earlier(e date) date {
	if e.before(d) {
		return e
	}
	return d
}
