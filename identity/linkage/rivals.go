package linkage

import "math"

// Between two files in which a person stands once, a pair is judged beside its
// rivals. Fellegi–Sunter weighs each pair by itself, as if the record might have
// any number of partners; then a permit with three likely owners has three
// probabilities of 0.9, and one whose only likely owner has no other permit is
// doubted as if strangers were likely. Here the whole set of links is one
// unknown: every set in which a record has at most one partner is as likely as
// the product of the odds of its pairs (the monomer–dimer model; for linkage see
// Larsen 2005 and Sadinle 2017 on one-to-one priors). The probability of a pair
// is its marginal, found by belief propagation, which is exact where rivals form
// no rings and settles in a few rounds elsewhere.
//
// The prior of a pair is then the odds that two records without other partners
// are one person:
//
//	z = M / ((nA − M + ε) (nB − M + ε))
//
// for M matches in all, which is re-estimated together with m until it stands,
// and never more than even: where nearly everybody has a partner, the two who are
// left over are not for that reason one person.
// A rival takes weight away; the explanation shows how much.

// spareShare keeps the model from believing that everybody has a partner.
const spareShare = 0.0005

// edge is a candidate that may be a match, under one-to-one linkage.
type edge struct {
	a, b         uint32
	cell         uint32  // number of its pattern
	listA, listB int32   // its places in lists
	adjust       float64 // bits
	x            float64 // odds that it is a match if neither has another partner
	fromA        float64 // chance that a has no other partner, as told to b
	fromB        float64
	answer       float64 // probability
}

// rivalry is the graph of edges. Edges stand in the order of their records'
// content, so that sums do not depend on the order of rows or on timing.
type rivalry struct {
	edges []edge
	lists [2][]list  // the edges of each left, and of each right record
	order []uint32   // edges in the order of the right records
	at    [2][]int32 // each record's place in lists, -1 for none
	clash func(right1, right2 int) bool
}

// list is a run of edges, or of order, that share a record.
type list struct {
	from, to int32
	free     bool // some of its right records do not clash
	stale    bool // a message to it has changed
}

// edgeFloor is the weight, by itself, under which a pair is not worth a place in
// the graph: it neither wins nor takes anything noticeable from a rival.
const edgeFloor = -12

const (
	rivalRounds = 40 // of belief propagation, within each of
	outerRounds = 12 // rounds of re-estimation
)

// index sorts the edges and finds the lists.
func (r *rivalry) index(rank [2][]uint32) {
	key, at := make([]uint64, len(r.edges)), make([]uint32, len(r.edges))
	for i, e := range r.edges {
		key[i], at[i] = uint64(rank[0][e.a])<<32|uint64(rank[1][e.b]), uint32(i)
	}
	radixSort(key, at)
	sorted := make([]edge, len(r.edges))
	for i, j := range at {
		sorted[i] = r.edges[j]
	}
	r.edges = sorted
	for i, e := range r.edges {
		key[i], at[i] = uint64(rank[1][e.b]), uint32(i)
	}
	radixSort(key, at)
	r.order = at
	for s := range 2 {
		r.at[s] = make([]int32, len(rank[s]))
		for i := range r.at[s] {
			r.at[s][i] = -1
		}
	}
	for i := range r.edges {
		if e := &r.edges[i]; r.at[0][e.a] < 0 {
			r.at[0][e.a] = int32(len(r.lists[0]))
			r.lists[0] = append(r.lists[0], list{from: int32(i)})
		}
		e := &r.edges[i]
		e.listA = r.at[0][e.a]
		r.lists[0][e.listA].to = int32(i) + 1
	}
	for i, n := range r.order {
		e := &r.edges[n]
		if r.at[1][e.b] < 0 {
			r.at[1][e.b] = int32(len(r.lists[1]))
			r.lists[1] = append(r.lists[1], list{from: int32(i)})
		}
		e.listB = r.at[1][e.b]
		r.lists[1][e.listB].to = int32(i) + 1
	}
	if r.clash == nil {
		return
	}
	for i, l := range r.lists[0] {
		for j := l.from; j < l.to; j++ {
			for k := l.from; k < j; k++ {
				if !r.clash(int(r.edges[j].b), int(r.edges[k].b)) {
					r.lists[0][i].free = true
				}
			}
		}
	}
}

// propagate finds the probabilities of all edges from their odds, until no
// message moves more than settled. Messages stay from call to call: odds change
// little between rounds of re-estimation. Only lists that were told something
// new are looked at again.
func (r *rivalry) propagate(settled float64) {
	for s := range 2 {
		for i := range r.lists[s] {
			r.lists[s][i].stale = true
		}
	}
	for range rivalRounds {
		moved := false
		for i := range r.lists[0] {
			l := &r.lists[0][i]
			if !l.stale {
				continue
			}
			l.stale = false
			edges := r.edges[l.from:l.to]
			sum := 0.0
			for i := range edges {
				sum += edges[i].x * edges[i].fromB
			}
			for i := range edges {
				e := &edges[i]
				others := sum - e.x*e.fromB
				if l.free {
					others = 0
					for j := range edges {
						if o := &edges[j]; j != i && r.clash(int(e.b), int(o.b)) {
							others += o.x * o.fromB
						}
					}
				}
				v := 1 / (1 + max(others, 0))
				if math.Abs(v-e.fromA) > settled {
					r.lists[1][e.listB].stale = true
					moved = true
				}
				e.fromA = v
			}
		}
		for i := range r.lists[1] {
			l := &r.lists[1][i]
			if !l.stale {
				continue
			}
			l.stale = false
			sum := 0.0
			for _, i := range r.order[l.from:l.to] {
				sum += r.edges[i].x * r.edges[i].fromA
			}
			for _, i := range r.order[l.from:l.to] {
				e := &r.edges[i]
				v := 1 / (1 + max(sum-e.x*e.fromA, 0))
				if math.Abs(v-e.fromB) > settled {
					r.lists[0][e.listA].stale = true
					moved = true
				}
				e.fromB = v
			}
		}
		if !moved {
			break
		}
	}
	for i := range r.edges {
		e := &r.edges[i]
		odds := e.x * e.fromA * e.fromB
		e.answer = odds / (1 + odds)
	}
}

// against is what rivals take from the weight of a pair that is no edge, in
// bits: zero or less.
func (r *rivalry) against(a, b uint32) float64 {
	var sumA, sumB float64
	if i := r.at[0][a]; i >= 0 {
		for j := r.lists[0][i].from; j < r.lists[0][i].to; j++ {
			if e := &r.edges[j]; e.b != b && (r.clash == nil || r.clash(int(b), int(e.b))) {
				sumA += e.x * e.fromB
			}
		}
	}
	if i := r.at[1][b]; i >= 0 {
		for _, j := range r.order[r.lists[1][i].from:r.lists[1][i].to] {
			if e := &r.edges[j]; e.a != a {
				sumB += e.x * e.fromA
			}
		}
	}
	return -math.Log2((1 + sumA) * (1 + sumB))
}

// find returns the edge between two records, nil if there is none.
func (r *rivalry) find(a, b uint32) *edge {
	i := r.at[0][a]
	if i < 0 {
		return nil
	}
	for j := r.lists[0][i].from; j < r.lists[0][i].to; j++ {
		if r.edges[j].b == b {
			return &r.edges[j]
		}
	}
	return nil
}

// bits is what its rivals take from the weight of an edge.
func (e *edge) bits() float64 { return math.Log2(e.fromA * e.fromB) }

// compete re-estimates m and the prior under one-to-one linkage and returns the
// graph with the probability of every edge.
func (l *Linker) compete(m *Model, cands [][]candidate, cells []cell, radix []uint64, clash func(int, int) bool) *rivalry {
	comps := m.Comparisons
	nA, nB := float64(l.side[0].Len()), float64(l.side[1].Len())
	levels := make([][]uint8, len(cells))
	for i, c := range cells {
		levels[i] = unpack(c.pattern, radix)
	}
	base := func() []float64 { // log2 of the likelihood ratio of each cell
		w := make([]float64, len(cells))
		for i := range cells {
			for k, lv := range levels[i] {
				if lv != missing {
					w[i] += comps[k].Levels[lv].Weight()
				}
			}
		}
		return w
	}
	ratio := base()
	r := &rivalry{clash: clash}
	for _, chunk := range cands {
		for _, c := range chunk {
			if ratio[c.cell]+float64(c.adjust)+m.Prior >= edgeFloor {
				r.edges = append(r.edges, edge{a: c.a, b: c.b, cell: c.cell, adjust: float64(c.adjust), fromA: 1, fromB: 1})
			}
		}
	}
	r.index(l.rank)
	start := make([][]float64, len(comps))
	for k := range comps {
		start[k] = startM(len(comps[k].Levels))
	}
	matches, matchA := min(m.Matches, nA, nB), min(m.Matches, nA, nB)
	for range outerRounds {
		z := min(0, math.Log2(max(matches, 0.5)/((max(nA-matchA, 0)+1+spareShare*nA)*(max(nB-matches, 0)+1+spareShare*nB))))
		for i := range r.edges {
			e := &r.edges[i]
			e.x = math.Exp2(z + ratio[e.cell] + e.adjust)
		}
		r.propagate(1e-3)
		m.Prior = z

		perCell := make([]float64, len(cells))
		all, a := 0.0, 0.0
		for _, run := range r.lists[0] {
			has := 0.0
			for _, e := range r.edges[run.from:run.to] {
				perCell[e.cell] += e.answer
				has += e.answer
			}
			all += has
			a += min(has, 1)
		}
		before := matches
		matches, matchA = min(all, nB), a
		m.Matches = matches
		if math.Abs(matches-before) < 1e-4*max(matches, 1) {
			break
		}
		for k := range comps {
			sums, total := make([]float64, len(comps[k].Levels)), 0.0
			for i, p := range perCell {
				if lv := levels[i][k]; lv != missing {
					sums[lv] += p
					total += p
				}
			}
			for i := range sums {
				comps[k].Levels[i].M = (sums[i] + 2*start[k][i]) / (total + 2)
			}
			monotone(comps[k].Kind, comps[k].Levels)
		}
		ratio = base()
	}
	for i := range r.edges {
		e := &r.edges[i]
		e.x = math.Exp2(m.Prior + ratio[e.cell] + e.adjust)
	}
	r.propagate(1e-7)
	return r
}
