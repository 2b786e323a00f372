package demo

// journey is how somebody left home, as it truly was.
type journey struct {
	left, arrived date
	to            string // where they said they were going: often the first stop only
	recorded      bool   // in the list of departures
}

// Shares of the departures that the list has.
const (
	recordedShare = 0.88 // of those since it is kept
	byLandShare   = 0.60 // of those whom the host state never saw enter
	earlierShare  = 0.14 // of people, of a journey before that one
	recordedSince = 1826 // days before the as-of date: the list is kept since
)

// A route is a first stop, and on how many days at most before the arrival it was
// set out for.
type route struct {
	weight int
	to     string
	days   int
}

var (
	usualRoutes = []route{{62, "Cambodia", 1}, {14, "Malaysia", 12}, {9, "Thailand", 16}, {8, "Vietnam", 16}, {7, "Singapore", 9}}
	landRoutes  = []route{{5, "Thailand", 40}, {4, "Vietnam", 40}, {2, "Malaysia", 60}}
	// Of people sought who are in neither list: some are in Cambodia and nobody
	// registered them, some went elsewhere; "" never left.
	otherRoutes = []route{
		{28, "Cambodia", 1}, {18, "Malaysia", 3}, {14, "Thailand", 16}, {6, "Vietnam", 16}, {6, "Philippines", 2},
		{5, "Singapore", 9}, {4, "Taiwan", 1}, {4, "United Arab Emirates", 2}, {15, "", 0},
	}
	earlierRoutes = []route{{5, "Malaysia", 0}, {4, "Singapore", 0}, {3, "Saudi Arabia", 0}, {2, "Thailand", 0}, {2, "Cambodia", 0}, {1, "Vietnam", 0}}
)

func pickRoute(r *stream, routes []route) route {
	total := 0
	for i := range routes {
		total += routes[i].weight
	}
	n := r.below(total)
	for _, t := range routes {
		if n -= t.weight; n < 0 {
			return t
		}
	}
	return route{}
}

// journey returns how a person came to where they are.
func (h *homeland) journey(i int) journey {
	x, at := h.person(i)
	r := newStream(h.p.Seed, "journey", i)
	var j journey
	routes, recorded := usualRoutes, recordedShare
	switch at {
	case inRegister:
		s := h.g.stay(newStream(h.p.Seed, "stay", i), x, h.g.holds[i])
		j.arrived = s.entry
		if s.entry.none() {
			j.arrived = h.asOf.plus(-5 - r.skewed(900))
			if !s.exit.none() && s.exit.before(j.arrived) {
				j.arrived = s.exit.plus(-r.between(5, 300))
			}
		}
		if s.noEntry {
			routes, recorded = landRoutes, byLandShare
		}
	case amongPermits:
		j.arrived = h.asOf.plus(-5 - r.skewed(1500))
	default:
		j.arrived = h.asOf.plus(-5 - r.skewed(1200))
		routes = otherRoutes
	}
	t := pickRoute(r, routes)
	j.to = t.to
	j.left = j.arrived.plus(-r.skewed(t.days + 1))
	j.recorded = r.chance(recorded) && t.to != "" && !j.left.before(h.asOf.plus(-recordedSince)) &&
		x.born.plus(30).before(j.left) // or born there
	return j
}

// earlier is a journey of some before that one, from which they came home: the
// list has it or not.
func (h *homeland) earlier(i int, j journey) journey {
	r := newStream(h.p.Seed, "earlier journey", i)
	e := journey{left: j.left.plus(-r.between(60, 900))}
	e.to = pickRoute(r, earlierRoutes).to
	x, _ := h.person(i)
	e.recorded = r.chance(earlierShare) && !e.left.before(h.asOf.plus(-recordedSince)) && x.born.years(1).before(e.left)
	return e
}
