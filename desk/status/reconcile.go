package status

import (
	"math"
	"slices"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/identity/person"
)

// Bands of a permit and a resident.
const (
	bandLink     = "link"
	bandReview   = "review"
	bandPossible = "possible"
	bandNone     = "none"
)

// compared are the columns of the registry by which residents and permits are
// linked.
var compared = []string{"full_name", "given_name", "surname", "sex", "birth_date", "passport_no", "national_id", "nationality", "birth_place", "phone"}

// tail is the probability from which pairs are kept to add up what was missed.
const tail = 0.0005

// matching is what linkage made of two registers.
type matching struct {
	result *linkage.Result
	pairs  []permitPair // from [PossibleFloor], in the order of permits, then residents
	// linked, review and unmatched count permits.
	linked, review, unmatched int
	// below adds up, for each resident, the probabilities of pairs under
	// PossibleFloor with permits that nobody has: what the run may have missed.
	below []float64
	// weights counts pairs by whole bits, for the picture.
	weights map[int]int
}

// permitPair is one permit and one resident that may belong together.
type permitPair struct {
	resident, permit int // indexes into the lists that were reconciled
	band             string
	weight           float64
	levels           []linkage.LevelAt
}

// period is when a permit was in force; open ends are unknown and overlap with
// everything.
type period struct{ from, until person.Date }

func (p period) overlaps(q period) bool {
	before := func(a, b person.Date) bool { // a ends before b begins, for certain
		return !a.IsZero() && !b.IsZero() && a.Latest().Before(b.Earliest())
	}
	return !before(p.until, q.from) && !before(q.until, p.from)
}

// reconcile links permits to residents. A permit belongs to one resident; a
// resident has at most one permit at a time. progress may be nil.
func reconcile(residents, permits []*registry.Record, progress func(stage string, done, total int64), opt linkage.Options) (*matching, error) {
	l, err := linkage.New(linkage.Spec{}, compared, compared, -1, -1)
	if err != nil {
		return nil, err
	}
	cells := make([]string, len(compared))
	add := func(side *linkage.Side, r *registry.Record) {
		for i, c := range compared {
			cells[i] = r.Field(c)
		}
		side.Add(r.Entry, cells)
	}
	for _, r := range residents {
		add(l.Left(), r)
	}
	periods := make([]period, len(permits))
	for i, r := range permits {
		add(l.Right(), r)
		periods[i] = period{r.Date("valid_from"), r.Date("valid_until")}
	}
	opt.Min, opt.Progress = tail, progress
	res, err := l.Run(opt)
	if err != nil {
		return nil, err
	}
	m := &matching{result: res, below: make([]float64, len(residents)), weights: map[int]int{}}
	review, link := res.Model.Spec.Review, res.Model.Spec.Link

	likely := slices.DeleteFunc(slices.Clone(res.Pairs), func(p linkage.Pair) bool { return p.P() < review })
	kept := l.Assign(likely, func(a, b int) bool { return periods[a].overlaps(periods[b]) })
	contested := contests(likely, kept, math.Log2(link/(1-link)))
	owner := make([]int, len(permits)) // resident that has the permit, or -1
	for i := range owner {
		owner[i] = -1
	}
	for _, p := range kept {
		if p.P() >= link && !contested[p.Right] {
			owner[p.Right] = p.Left
			m.linked++
		}
	}
	best := make([]float64, len(permits))
	var pairs []linkage.Pair
	for _, p := range res.Pairs {
		prob := p.P()
		m.weights[int(math.Floor(p.Weight))]++
		best[p.Right] = max(best[p.Right], prob)
		free := owner[p.Right] < 0
		if prob < PossibleFloor && free {
			m.below[p.Left] += prob
		}
		if owner[p.Right] == p.Left || free && prob >= PossibleFloor {
			pairs = append(pairs, p)
		}
	}
	for i, b := range best {
		switch {
		case owner[i] >= 0:
		case b >= review:
			m.review++
		default:
			m.unmatched++
		}
	}
	for i, levels := range l.Levels(res, pairs) {
		p := pairs[i]
		pp := permitPair{resident: p.Left, permit: p.Right, weight: p.Weight, levels: levels}
		switch {
		case owner[p.Right] == p.Left:
			pp.band = bandLink
		case p.P() >= review:
			pp.band = bandReview
		default:
			pp.band = bandPossible
		}
		m.pairs = append(m.pairs, pp)
	}
	slices.SortFunc(m.pairs, func(a, b permitPair) int {
		if a.permit != b.permit {
			return a.permit - b.permit
		}
		return a.resident - b.resident
	})
	return m, nil
}

// contests returns the permits whose assignment could as well be another: giving
// the permit to its rival, and the rival's own to whoever is then without,
// costs less than margin bits. Such a permit is for an officer to decide,
// however likely it is by itself: two people share what the lists say of them.
func contests(likely, kept []linkage.Pair, margin float64) map[int]bool {
	byPermit := map[int][]linkage.Pair{}
	weight := map[[2]int]float64{}
	for _, p := range likely {
		byPermit[p.Right] = append(byPermit[p.Right], p)
		weight[[2]int{p.Left, p.Right}] = p.Weight
	}
	has := map[int][]linkage.Pair{} // resident → permits given
	for _, p := range kept {
		has[p.Left] = append(has[p.Left], p)
	}
	out := map[int]bool{}
	for _, p := range kept {
		for _, rival := range byPermit[p.Right] {
			if rival.Left == p.Left {
				continue
			}
			cost := p.Weight - rival.Weight
			for _, own := range has[rival.Left] {
				cost += own.Weight - max(0, weight[[2]int{p.Left, own.Right}])
			}
			if cost < margin {
				out[p.Right] = true
				break
			}
		}
	}
	return out
}
