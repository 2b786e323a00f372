package linkage

import (
	"cmp"
	"math"
	"slices"
)

// Assign keeps, of the pairs between two files, those of an assignment in which
// each record has at most one partner and the weights of the kept pairs add up
// to the most. It selects and never changes a weight. The result is in the order
// of pairs.
//
// clash may be nil. If it is not, it says whether two right records may not
// stand beside each other with one left record, and a left record may have
// several partners that do not clash: permits of one person that were in force
// one after the other. These further partners are given out by weight.
func (l *Linker) Assign(pairs []Pair, clash func(right1, right2 int) bool) []Pair {
	order := l.byWeight(pairs)
	kept := make([]bool, len(pairs))
	taken := make([]bool, l.side[1].Len())
	others := make([][]int, l.side[0].Len()) // indexes of each left record's pairs
	keep := func(i int) {
		kept[i], taken[pairs[i].Right] = true, true
		others[pairs[i].Left] = append(others[pairs[i].Left], i)
	}
	// Pairs more likely than not compete for the greatest sum. The rest, kept
	// only if asked for, take what is left, best first.
	var likely []int
	for _, i := range order {
		if pairs[i].Weight > 0 {
			likely = append(likely, i)
		}
	}
	for _, part := range l.contests(pairs, likely) {
		for _, i := range solve(pairs, part) {
			keep(i)
		}
	}
	for _, i := range order {
		p := pairs[i]
		if taken[p.Right] {
			continue
		}
		if slices.ContainsFunc(others[p.Left], func(j int) bool { return clash == nil || clash(pairs[j].Right, p.Right) }) {
			continue
		}
		keep(i)
	}
	var out []Pair
	for i, p := range pairs {
		if kept[i] {
			out = append(out, p)
		}
	}
	return out
}

// byWeight returns the indexes of pairs, best first; between equals the hashes
// of the ids decide.
func (l *Linker) byWeight(pairs []Pair) []int {
	key, at := make([]uint64, len(pairs)), make([]uint32, len(pairs))
	for i, p := range pairs {
		b := math.Float64bits(-p.Weight + 0) // zero has one sign
		if b>>63 != 0 {
			b = ^b
		} else {
			b |= 1 << 63
		}
		key[i], at[i] = b, uint32(i)
	}
	sortTies(key, at, func(i, j uint32) int {
		p, q := &pairs[i], &pairs[j]
		return cmp.Or(
			cmp.Compare(l.side[0].hash(uint32(p.Left)), l.side[0].hash(uint32(q.Left))), cmp.Compare(l.side[1].hash(uint32(p.Right)), l.side[1].hash(uint32(q.Right))),
			cmp.Compare(i, j))
	})
	order := make([]int, len(at))
	for i, n := range at {
		order[i] = int(n)
	}
	return order
}

// contests splits pairs into groups that share no record, each in the order
// given.
func (l *Linker) contests(pairs []Pair, order []int) [][]int {
	// Records of both sides, numbered through, are joined by pairs.
	nA := l.side[0].Len()
	parent := make([]int32, nA+l.side[1].Len())
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(i int) int {
		for int(parent[i]) != i {
			parent[i] = parent[parent[i]]
			i = int(parent[i])
		}
		return i
	}
	for _, i := range order {
		parent[find(pairs[i].Left)] = int32(find(nA + pairs[i].Right))
	}
	at := make([]int32, len(parent)) // number of the group + 1
	var size []int
	for _, i := range order {
		r := find(pairs[i].Left)
		if at[r] == 0 {
			size = append(size, 0)
			at[r] = int32(len(size))
		}
		size[at[r]-1]++
	}
	all, out := make([]int, len(order)), make([][]int, len(size))
	for g, n := range size {
		out[g], all = all[:0:n], all[n:]
	}
	for _, i := range order {
		g := at[find(pairs[i].Left)] - 1
		out[g] = append(out[g], i)
	}
	return out
}

// largestContest is the most pairs of a group that are solved exactly; larger
// ones, which only data without any telling value bring about, go best first.
const largestContest = 500

// solve returns the pairs of the assignment with the greatest total weight, by
// successive augmenting paths of greatest gain (Bellman–Ford on the residual
// graph; groups are small).
func solve(pairs []Pair, part []int) []int {
	if len(part) == 1 {
		return part
	}
	if len(part) > largestContest {
		left, right := map[int]bool{}, map[int]bool{}
		return slices.DeleteFunc(slices.Clone(part), func(i int) bool {
			p := pairs[i]
			if left[p.Left] || right[p.Right] {
				return true
			}
			left[p.Left], right[p.Right] = true, true
			return false
		})
	}
	lefts, rights := map[int]int{}, map[int]int{} // record → node
	type edge struct{ l, r, pair int }
	var edges []edge
	node := func(m map[int]int, rec int) int {
		n, ok := m[rec]
		if !ok {
			n = len(m)
			m[rec] = n
		}
		return n
	}
	for _, i := range part {
		edges = append(edges, edge{node(lefts, pairs[i].Left), node(rights, pairs[i].Right), i})
	}
	mateL, mateR := make([]int, len(lefts)), make([]int, len(rights)) // edge numbers
	for i := range mateL {
		mateL[i] = -1
	}
	for i := range mateR {
		mateR[i] = -1
	}
	gainR := make([]float64, len(rights)) // best gain of a path that ends at the right node
	via := make([]int, len(rights))
	gainL := make([]float64, len(lefts))
	for {
		for i := range gainL {
			gainL[i] = math.Inf(-1)
			if mateL[i] < 0 {
				gainL[i] = 0
			}
		}
		for i := range gainR {
			gainR[i], via[i] = math.Inf(-1), -1
		}
		for changed := true; changed; {
			changed = false
			for e, ed := range edges {
				if mateL[ed.l] == e {
					continue
				}
				g := gainL[ed.l] + pairs[ed.pair].Weight
				if g <= gainR[ed.r]+1e-9 {
					continue
				}
				gainR[ed.r], via[ed.r] = g, e
				changed = true
				if back := mateR[ed.r]; back >= 0 { // give the mate up: its left node is free to look elsewhere
					gainL[edges[back].l] = g - pairs[edges[back].pair].Weight
				}
			}
		}
		best := -1
		for r := range gainR {
			if mateR[r] < 0 && gainR[r] > 1e-9 && (best < 0 || gainR[r] > gainR[best]) {
				best = r
			}
		}
		if best < 0 {
			break
		}
		for r := best; r >= 0; {
			e := via[r]
			l := edges[e].l
			old := mateL[l]
			mateL[l], mateR[r] = e, e
			if old < 0 {
				break
			}
			r = edges[old].r
		}
	}
	var out []int
	for _, e := range mateL {
		if e >= 0 {
			out = append(out, edges[e].pair)
		}
	}
	return out
}
