package status

import (
	"math"
	"slices"

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
// resident has at most one permit at a time.
func reconcile(in *input, progress func(stage string, done, total int64)) (*matching, error) {
	l := in.linker
	clash := func(a, b int) bool {
		p, q := &in.permits[a], &in.permits[b]
		return period{p.from, p.until}.overlaps(period{q.from, q.until})
	}
	opt := linkage.Options{Min: tail, Progress: progress, Clash: clash}
	res, err := l.Run(opt)
	if err != nil {
		return nil, err
	}
	m := &matching{result: res, below: make([]float64, len(in.residents)), weights: map[int]int{}}
	review, link := res.Model.Spec.Review, res.Model.Spec.Link

	likely := slices.DeleteFunc(slices.Clone(res.Pairs), func(p linkage.Pair) bool { return p.P() < review })
	kept := l.Assign(likely, clash)
	owner := make([]int, len(in.permits)) // resident that has the permit, or -1
	for i := range owner {
		owner[i] = -1
	}
	for _, p := range kept {
		if p.P() >= link {
			owner[p.Right] = p.Left
			m.linked++
		}
	}
	best := make([]float64, len(in.permits))
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
	res.Pairs, res.Keys = nil, nil
	return m, nil
}

func logOdds(p float64) float64 { return math.Log2(p / (1 - p)) }
