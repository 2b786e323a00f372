package linkage

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"
)

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
//	z = M / ((nA − MA + ε) (nB − MB + ε))
//
// for M matches in all, MA left and MB right records that have one, which are
// re-estimated together with m until they stand, and never more than even: where nearly everybody has a partner, the two who are
// left over are not for that reason one person.
// A rival takes weight away; the explanation shows how much.

// spareShare keeps the model from believing that everybody has a partner.
const spareShare = 0.0005

// edge is a candidate that may be a match, under one-to-one linkage.
type edge struct {
	a, b   uint32
	cell   uint32     // number of its pattern
	list   [2]int32   // its places in lists
	rarity float64    // odds that the rarity of its values adds
	x      float64    // odds that it is a match if neither has another partner
	from   [2]float64 // chance that a has no rival partner, as told to b; and the other way
	answer float64    // probability
}

// rivalry is the graph of edges. Edges stand in the order of their records'
// content, so that sums do not depend on the order of rows or on timing.
type rivalry struct {
	edges []edge
	lists [2][]list        // the edges of each left, and of each right record
	stale [2][]atomic.Bool // of each list: a message to it has changed
	order [2][]uint32      // edges in the order of the left, and of the right records
	at    [2][]int32       // each record's place in lists, -1 for none
	rank  []uint32         // of the right records
	// rivals says whether two right records cannot both be partners of one left
	// record, and whether two left records cannot both be of one right; nil means
	// that no two can.
	rivals [2]func(x, y int) bool
}

// list is a run of order whose edges share a record.
type list struct {
	from, to int32
	free     bool // some of the records at the other end are no rivals
}

// end is the record of an edge that it does not share with its list on a side.
func (e *edge) end(side int) int {
	if side == 0 {
		return int(e.b)
	}
	return int(e.a)
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
	left := make([]uint32, len(r.edges))
	for i, e := range r.edges {
		left[i] = uint32(i)
		key[i], at[i] = uint64(rank[1][e.b]), uint32(i)
	}
	radixSort(key, at)
	r.order, r.rank = [2][]uint32{left, at}, rank[1]
	for s := range 2 {
		r.at[s] = make([]int32, len(rank[s]))
		for i := range r.at[s] {
			r.at[s][i] = -1
		}
		for i, n := range r.order[s] {
			e := &r.edges[n]
			rec := e.end(1 - s)
			if r.at[s][rec] < 0 {
				r.at[s][rec] = int32(len(r.lists[s]))
				r.lists[s] = append(r.lists[s], list{from: int32(i)})
			}
			e.list[s] = r.at[s][rec]
			r.lists[s][e.list[s]].to = int32(i) + 1
		}
		r.stale[s] = make([]atomic.Bool, len(r.lists[s]))
		if r.rivals[s] == nil {
			continue
		}
		for i, l := range r.lists[s] {
			r.lists[s][i].free = l.to-l.from <= mostFree && r.someFree(s, r.order[s][l.from:l.to])
		}
	}
}

// mostFree is the length of a list beyond which all of it count as rivals: nobody
// has so many permits one after the other.
const mostFree = 500

// someFree reports whether the records at the other end of some edges are no rivals.
func (r *rivalry) someFree(side int, run []uint32) bool {
	for j := range run {
		for k := range j {
			if !r.rivals[side](r.edges[run[j]].end(side), r.edges[run[k]].end(side)) {
				return true
			}
		}
	}
	return false
}

// propagate finds the probabilities of all edges from their odds, until no
// message moves more than settled. Messages stay from call to call: odds change
// little between rounds of re-estimation. Only lists that were told something
// new are looked at again.
func (r *rivalry) propagate(settled float64) {
	for s := range 2 {
		for i := range r.stale[s] {
			r.stale[s][i].Store(true)
		}
	}
	for range rivalRounds {
		var moved atomic.Bool
		for s := range 2 { // lists of one side share no edge
			eachChunk(len(r.lists[s]), 1<<12, func() func(from, to int) {
				return func(from, to int) {
					for i := from; i < to; i++ {
						if r.stale[s][i].Load() {
							r.stale[s][i].Store(false)
							if r.tell(s, r.lists[s][i], settled) {
								moved.Store(true)
							}
						}
					}
				}
			})
		}
		if !moved.Load() {
			break
		}
	}
	for i := range r.edges {
		e := &r.edges[i]
		odds := e.x * e.from[0] * e.from[1]
		e.answer = odds / (1 + odds)
	}
}

// tell finds the messages of a list of side s, and reports whether any has changed.
func (r *rivalry) tell(s int, l list, settled float64) (moved bool) {
	run := r.order[s][l.from:l.to]
	sum := 0.0
	for _, n := range run {
		sum += r.edges[n].x * r.edges[n].from[1-s]
	}
	for _, n := range run {
		e := &r.edges[n]
		others := sum - e.x*e.from[1-s]
		if l.free {
			others = 0
			for _, n2 := range run {
				if o := &r.edges[n2]; n2 != n && r.rivals[s](e.end(s), o.end(s)) {
					others += o.x * o.from[1-s]
				}
			}
		}
		v := 1 / (1 + max(others, 0))
		if math.Abs(v-e.from[s]) > settled {
			r.stale[1-s][e.list[1-s]].Store(true)
			moved = true
		}
		e.from[s] = v
	}
	return moved
}

// against is what rivals take from the weight of a pair that is no edge, in
// bits: zero or less.
func (r *rivalry) against(a, b uint32) float64 {
	pair, free := edge{a: a, b: b}, 1.0
	for s, rec := range [2]uint32{a, b} {
		i := r.at[s][rec]
		if i < 0 {
			continue
		}
		others := 0.0
		for _, n := range r.order[s][r.lists[s][i].from:r.lists[s][i].to] {
			e := &r.edges[n]
			if x, y := pair.end(s), e.end(s); x != y && (r.rivals[s] == nil || r.rivals[s](x, y)) {
				others += e.x * e.from[1-s]
			}
		}
		free *= 1 + others
	}
	return -math.Log2(free)
}

// find returns the edge between two records, nil if there is none.
func (r *rivalry) find(a, b uint32) *edge {
	i := r.at[0][a]
	if i < 0 {
		return nil
	}
	l := r.lists[0][i]
	run := r.edges[l.from:l.to] // in the order of the right records
	j, ok := slices.BinarySearchFunc(run, r.rank[b], func(e edge, rank uint32) int { return cmp.Compare(r.rank[e.b], rank) })
	if !ok {
		return nil
	}
	return &run[j]
}

// bits is what its rivals take from the weight of an edge.
func (e *edge) bits() float64 { return math.Log2(e.from[0] * e.from[1]) }

// compete re-estimates m and the prior under one-to-one linkage and returns the
// graph with the probability of every edge.
func (l *Linker) compete(m *Model, cands [][]candidate, cells []cellKey, radix []uint64, o Options) *rivalry {
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
	r := &rivalry{rivals: [2]func(int, int) bool{o.Clash, nil}}
	if o.Same != nil {
		r.rivals[1] = func(x, y int) bool { return !o.Same(x, y) }
	}
	likely := func(c candidate) bool { return ratio[c.cell]+float64(c.adjust)+m.Prior >= edgeFloor }
	n := 0
	for _, chunk := range cands {
		for _, c := range chunk {
			if likely(c) {
				n++
			}
		}
	}
	r.edges = make([]edge, 0, n)
	for _, chunk := range cands {
		for _, c := range chunk {
			if likely(c) {
				r.edges = append(r.edges, edge{a: c.a, b: c.b, cell: c.cell, rarity: math.Exp2(float64(c.adjust)), from: [2]float64{1, 1}})
			}
		}
	}
	r.index(l.rank)
	start := make([][]float64, len(comps))
	for k := range comps {
		start[k] = startM(len(comps[k].Levels))
	}
	matches := min(m.Matches, nA, nB)
	have := [2]float64{matches, matches} // records of each side that have a partner
	for range outerRounds {
		z := l.alone(matches, have)
		r.weigh(z, ratio)
		r.propagate(1e-3)
		m.Prior = z

		perCell := make([]float64, len(cells))
		for i := range r.edges {
			perCell[r.edges[i].cell] += r.edges[i].answer
		}
		before := matches
		for s := range 2 {
			matches, have[s] = 0, 0
			for _, run := range r.lists[s] {
				has := 0.0
				for _, n := range r.order[s][run.from:run.to] {
					has += r.edges[n].answer
				}
				matches += has
				have[s] += min(has, 1)
			}
		}
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
	r.weigh(m.Prior, ratio)
	r.propagate(1e-7)
	return r
}

// alone is log2 of the odds that two records without other partners are one person,
// for so many matches in all and so many records of each side that have a partner.
func (l *Linker) alone(matches float64, have [2]float64) float64 {
	odds := max(matches, 0.5)
	for s := range 2 {
		n := float64(l.side[s].Len())
		odds /= max(n-have[s], 0) + 1 + spareShare*n
	}
	return min(0, math.Log2(odds))
}

// weigh sets the odds of every edge from the prior and the likelihood ratios of
// the cells, in bits.
func (r *rivalry) weigh(prior float64, ratio []float64) {
	odds := make([]float64, len(ratio))
	for i, w := range ratio {
		odds[i] = math.Exp2(prior + w)
	}
	for i := range r.edges {
		e := &r.edges[i]
		e.x = odds[e.cell] * e.rarity
	}
}
