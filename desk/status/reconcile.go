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
	decision         string // id of what an officer said, where the band rests on it
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

// reconcile links permits to residents. A permit belongs to one person, and so
// to every record of that person; a person has at most one permit at a time.
// What officers have decided goes before, and changes no probability.
func reconcile(in *input, progress func(stage string, done, total int64)) (*matching, error) {
	l := in.linker
	clash := func(a, b int) bool {
		p, q := &in.permits[a], &in.permits[b]
		return period{p.from, p.until}.overlaps(period{q.from, q.until})
	}
	opt := linkage.Options{Min: tail, Progress: progress, Clash: clash}
	records := map[int][]int{} // person → its records, where there are several
	for i, r := range in.residents {
		if r.person != i {
			if records[r.person] == nil {
				records[r.person] = []int{r.person}
			}
			records[r.person] = append(records[r.person], i)
		}
	}
	if len(records) > 0 {
		opt.Same = func(a, b int) bool { return in.residents[a].person == in.residents[b].person }
	}
	res, err := l.Run(opt)
	if err != nil {
		return nil, err
	}
	m := &matching{result: res, below: make([]float64, len(in.residents)), weights: map[int]int{}}
	review, link := res.Model.Spec.Review, res.Model.Spec.Link

	owner := make([]int, len(in.permits)) // person that has the permit, or -1
	for i := range owner {
		owner[i] = -1
	}
	said := in.decided()
	for permit, by := range said.owner {
		owner[permit] = by.person
	}
	for _, p := range l.Assign(said.others(in.perPerson(res.Pairs, review), clash), clash) {
		if p.P() >= link {
			owner[p.Right] = p.Left
		}
	}
	var pairs []linkage.Pair
	seen := map[[2]int]bool{} // of persons with several records, and of what officers have said
	for _, p := range res.Pairs {
		prob, of := p.P(), in.residents[p.Left].person
		m.weights[int(math.Floor(p.Weight))]++
		free, is := owner[p.Right] < 0, [2]int{p.Left, p.Right}
		if said.apart[[2]int{of, p.Right}] != "" && owner[p.Right] != of {
			free = false // not theirs, however like it is
		}
		if prob < PossibleFloor && free {
			m.below[p.Left] += prob
		}
		if owner[p.Right] == of || free && prob >= PossibleFloor || said.pairs[is] {
			pairs = append(pairs, p)
			if records[of] != nil || said.pairs[is] {
				seen[is] = true
			}
		}
	}
	// A record of the owner that is too unlike the permit to be found by itself
	// has it all the same; and what an officer has said stands, however unlike.
	add := func(resident, permit int) {
		if !seen[[2]int{resident, permit}] {
			p := linkage.Pair{Left: resident, Right: permit}
			p.Weight = res.Model.Weigh(l.Levels(res, []linkage.Pair{p})[0])
			pairs = append(pairs, p)
			seen[[2]int{resident, permit}] = true
		}
	}
	for permit, of := range owner {
		for _, i := range records[of] {
			add(i, permit)
		}
	}
	for _, r := range in.rulings {
		add(r.resident, r.permit)
	}
	inReview := map[int]bool{}
	for i, levels := range l.Levels(res, pairs) {
		p := pairs[i]
		of := in.residents[p.Left].person
		pp := permitPair{resident: p.Left, permit: p.Right, weight: p.Weight, levels: levels}
		free := owner[p.Right] < 0
		switch {
		case owner[p.Right] == of:
			pp.band, pp.decision = bandLink, said.owner[p.Right].id
		case said.apart[[2]int{of, p.Right}] != "":
			pp.band, pp.decision = bandNone, said.apart[[2]int{of, p.Right}]
		case free && (p.P() >= review || said.again[[2]int{of, p.Right}]):
			pp.band = bandReview
			inReview[p.Right] = true
		case free && p.P() >= PossibleFloor:
			pp.band = bandPossible
		default:
			pp.band = bandNone // what officers said of it is shown with its evidence
		}
		m.pairs = append(m.pairs, pp)
	}
	for i, of := range owner {
		switch {
		case of >= 0:
			m.linked++
		case inReview[i]:
			m.review++
		default:
			m.unmatched++
		}
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

// perPerson returns, of the pairs of at least probability least, the strongest of
// each person and permit, as a pair of the person's first record.
func (in *input) perPerson(pairs []linkage.Pair, least float64) []linkage.Pair {
	var out []linkage.Pair
	at := map[[2]int]int{}
	for _, p := range pairs {
		if p.P() < least {
			continue
		}
		p.Left = in.residents[p.Left].person
		key := [2]int{p.Left, p.Right}
		if i, ok := at[key]; !ok {
			at[key] = len(out)
			out = append(out, p)
		} else if p.Weight > out[i].Weight {
			out[i] = p
		}
	}
	return out
}
