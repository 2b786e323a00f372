package linkage

import "cmp"

// apart is the weight, in bits, of two records of one group that were never
// compared, or whose pair was not kept: evidence against the group.
const apart = -4

// Cluster groups the records of one file into persons: it returns, for each
// record, the record that names its group, which is the one with the least id.
//
// Groups are grown by average linkage, strongest evidence first: two groups
// become one only while the weights between all their records, missing pairs
// counted against, add up to more than nothing (correlation clustering, Bansal,
// Blum and Chawla 2004). A chain of resemblances, A like B and B like C, does
// not make A and C one person.
func (l *Linker) Cluster(pairs []Pair) []int {
	n := l.side[0].Len()
	group := make([]int, n)
	for i := range group {
		group[i] = i
	}
	for _, part := range components(n, pairs) {
		l.agglomerate(part, group)
	}
	ids := l.side[0].ids
	least := make([]int, n)
	for i := range least {
		least[i] = i
	}
	for i, g := range group {
		if ids[i] < ids[least[g]] {
			least[g] = i
		}
	}
	for i, g := range group {
		group[i] = least[g]
	}
	return group
}

// components returns the pairs of each connected component.
func components(n int, pairs []Pair) [][]Pair {
	parent := make([]int, n)
	for i := range parent {
		parent[i] = i
	}
	find := func(x int) int {
		for parent[x] != x {
			parent[x] = parent[parent[x]]
			x = parent[x]
		}
		return x
	}
	for _, p := range pairs {
		a, b := find(p.Left), find(p.Right)
		parent[max(a, b)] = min(a, b)
	}
	at := map[int]int{}
	var out [][]Pair
	for _, p := range pairs {
		r := find(p.Left)
		i, ok := at[r]
		if !ok {
			i = len(out)
			at[r] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// agglomerate clusters one component and writes the groups, named by one of
// their records, into group.
func (l *Linker) agglomerate(pairs []Pair, group []int) {
	type edge struct{ a, b int } // groups, a < b in the order of content
	between := map[edge]float64{}
	links := map[edge]int{}
	size := map[int]int{}
	rank := map[int]uint64{}
	neighbours := map[int]map[int]bool{}
	put := func(e edge, w float64, n int) {
		if e.a > e.b {
			e.a, e.b = e.b, e.a
		}
		between[e] += w
		links[e] += n
		for _, x := range [2][2]int{{e.a, e.b}, {e.b, e.a}} {
			if neighbours[x[0]] == nil {
				neighbours[x[0]] = map[int]bool{}
			}
			neighbours[x[0]][x[1]] = true
		}
	}
	for _, p := range pairs {
		put(edge{p.Left, p.Right}, p.Weight, 1)
		for _, r := range [2]int{p.Left, p.Right} {
			size[r] = 1
			rank[r] = l.side[0].hash[r]
		}
	}
	for {
		// The best pair of groups by mean weight; between equals the ids' hashes
		// decide.
		var best edge
		bestMean, found := 0.0, false
		for e, w := range between {
			all := size[e.a] * size[e.b]
			mean := (w + apart*float64(all-links[e])) / float64(all)
			if mean <= 0 {
				continue
			}
			if !found || mean > bestMean || mean == bestMean && less(rank, e.a, e.b, best.a, best.b) {
				best, bestMean, found = e, mean, true
			}
		}
		if !found {
			break
		}
		a, b := best.a, best.b
		for o := range neighbours[b] {
			if o == a {
				continue
			}
			e := edge{min(b, o), max(b, o)}
			put(edge{a, o}, between[e], links[e])
			delete(between, e)
			delete(links, e)
			delete(neighbours[o], b)
		}
		delete(between, best)
		delete(links, best)
		delete(neighbours[a], b)
		delete(neighbours, b)
		size[a] += size[b]
		rank[a] = min(rank[a], rank[b])
		group[b] = a
	}
	// Follow merged groups to the one that is left.
	for _, p := range pairs {
		for _, r := range [2]int{p.Left, p.Right} {
			for group[r] != group[group[r]] {
				group[r] = group[group[r]]
			}
		}
	}
}

func less(rank map[int]uint64, a, b, c, d int) bool {
	x := [2]uint64{min(rank[a], rank[b]), max(rank[a], rank[b])}
	y := [2]uint64{min(rank[c], rank[d]), max(rank[c], rank[d])}
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) < 0
}
