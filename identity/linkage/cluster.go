package linkage

import (
	"cmp"
	"container/heap"
	"slices"
)

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
// not make A and C one person. Where the spec names a column of registers
// ([Spec.Register]) no group has two records of one of them.
func (l *Linker) Cluster(pairs []Pair) []int {
	n := l.side[0].Len()
	group := make([]int, n)
	for i := range group {
		group[i] = i
	}
	parts := components(n, pairs)
	eachChunk(len(parts), 1<<10, func() func(from, to int) {
		return func(from, to int) {
			for _, part := range parts[from:to] {
				if !agree(part) || l.clash(part) {
					l.agglomerate(part, group)
					continue
				}
				for _, p := range part {
					group[p.Left], group[p.Right] = part[0].Left, part[0].Left
				}
			}
		}
	})
	ids := &l.side[0].ids
	least := make([]int32, n)
	for i := range least {
		least[i] = int32(i)
	}
	for i, g := range group {
		if i != g && ids.at(i) < ids.at(int(least[g])) {
			least[g] = int32(i)
		}
	}
	for i, g := range group {
		group[i] = int(least[g])
	}
	return group
}

// components returns the pairs of each connected component. Pairs that speak against
// one person connect nothing: groups between which there are no others never become one.
func components(n int, pairs []Pair) [][]Pair {
	parent := make([]int32, n)
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(r int) int32 {
		x := int32(r)
		for parent[x] != x {
			parent[x] = parent[parent[x]]
			x = parent[x]
		}
		return x
	}
	for _, p := range pairs {
		if p.Weight > 0 {
			a, b := find(p.Left), find(p.Right)
			parent[max(a, b)] = min(a, b)
		}
	}
	// Pairs by component, in the order in which components come first.
	at, of := make([]int32, n), make([]int32, len(pairs))
	var size []int
	sum := 0
	for i, p := range pairs {
		r := find(p.Left)
		if p.Weight <= 0 && r != find(p.Right) {
			of[i] = -1
			continue
		}
		if at[r] == 0 {
			size = append(size, 0)
			at[r] = int32(len(size))
		}
		of[i] = at[r] - 1
		size[of[i]]++
		sum++
	}
	all, out := make([]Pair, sum), make([][]Pair, len(size))
	for i, n := range size {
		out[i], all = all[:0:n], all[n:]
	}
	for i, p := range pairs {
		if of[i] >= 0 {
			out[of[i]] = append(out[of[i]], p)
		}
	}
	return out
}

// agree reports whether all records of a component are compared with each other
// and every pair speaks for one person: then they are one, and no more need be
// asked.
func agree(pairs []Pair) bool {
	if len(pairs) > 15 {
		return false
	}
	var recs [6]int
	n := 0
	for _, p := range pairs {
		if p.Weight <= 0 {
			return false
		}
		for _, r := range [2]int{p.Left, p.Right} {
			if !slices.Contains(recs[:n], r) {
				if n == len(recs) {
					return false
				}
				recs[n] = r
				n++
			}
		}
	}
	return len(pairs) == n*(n-1)/2
}

// clash reports whether two records of a component are of one register.
func (l *Linker) clash(pairs []Pair) bool {
	if l.side[0].register == nil {
		return false
	}
	seen := map[uint32]int{} // register → its record
	for _, p := range pairs {
		for _, r := range [2]int{p.Left, p.Right} {
			if have, ok := seen[l.side[0].register[r]]; ok && have != r && l.side[0].register[r] != none {
				return true
			}
			seen[l.side[0].register[r]] = r
		}
	}
	return false
}

// bond is what stands between two groups.
type bond struct {
	weight float64 // of the pairs between them that were kept
	pairs  int
}

// merger is two groups that may become one; it is out of date if either has
// changed since.
type merger struct {
	mean     float64
	a, b     int
	at       [2]int // how often each had changed
	lo, high uint64 // hashes of the ids, which decide between equals
}

// queue is a heap of mergers, the best first.
type queue []merger

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[j].mean, q[i].mean), cmp.Compare(q[i].lo, q[j].lo), cmp.Compare(q[i].high, q[j].high)) < 0
}
func (q *queue) Push(x any) { *q = append(*q, x.(merger)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// cluster is a group in the making.
type cluster struct {
	size    int
	rank    uint64 // the least hash of its ids
	changed int
	bonds   map[int]bond // by the other group
	from    []uint32     // the registers of its records, if they are known
}

// share reports whether two groups have records of one register.
func (c *cluster) share(o *cluster) bool {
	return slices.ContainsFunc(c.from, func(r uint32) bool { return slices.Contains(o.from, r) })
}

// agglomerate clusters one component and writes the groups, named by one of
// their records, into group.
func (l *Linker) agglomerate(pairs []Pair, group []int) {
	groups := map[int]*cluster{}
	for _, p := range pairs {
		for _, r := range [2]int{p.Left, p.Right} {
			if groups[r] == nil {
				groups[r] = &cluster{size: 1, rank: l.side[0].hash(uint32(r)), bonds: map[int]bond{}}
				if all := l.side[0].register; all != nil && all[r] != none {
					groups[r].from = []uint32{all[r]}
				}
			}
		}
		b := groups[p.Left].bonds[p.Right]
		b = bond{b.weight + p.Weight, b.pairs + 1}
		groups[p.Left].bonds[p.Right], groups[p.Right].bonds[p.Left] = b, b
	}
	var q queue
	offer := func(a, b int) {
		x, y := groups[a], groups[b]
		if x.share(y) {
			return // it lists each person once
		}
		all, bond := x.size*y.size, x.bonds[b]
		// Mean weight of all pairs, those that were not kept counted against.
		mean := (bond.weight + apart*float64(all-bond.pairs)) / float64(all)
		if mean > 0 {
			heap.Push(&q, merger{mean, a, b, [2]int{x.changed, y.changed}, min(x.rank, y.rank), max(x.rank, y.rank)})
		}
	}
	for _, p := range pairs {
		offer(p.Left, p.Right)
	}
	for len(q) > 0 {
		m := heap.Pop(&q).(merger)
		x, y := groups[m.a], groups[m.b]
		if x == nil || y == nil || m.at != [2]int{x.changed, y.changed} {
			continue
		}
		delete(x.bonds, m.b)
		delete(groups, m.b)
		group[m.b] = m.a
		x.size += y.size
		x.from = append(x.from, y.from...)
		x.rank = min(x.rank, y.rank)
		x.changed++
		for o, b := range y.bonds {
			if o == m.a {
				continue
			}
			sum := bond{x.bonds[o].weight + b.weight, x.bonds[o].pairs + b.pairs}
			x.bonds[o], groups[o].bonds[m.a] = sum, sum
			delete(groups[o].bonds, m.b)
		}
		for o := range x.bonds {
			offer(m.a, o)
		}
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
