package linkage

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// family is the blocks of a key that is used.
type family struct {
	name  string
	comp  int    // the comparison that its key is of
	cost  int64  // pairs that its blocks hold, before earlier keys are taken off
	lost  int64  // pairs that nothing could split, and that were too many; other keys may bring them
	first uint32 // number of its first block; it has len(blocks)
	// blocks in the order of their hash; after them the pieces of what nothing splits
	blocks []block
	recs   []uint32 // records of the blocks, left ones first in each
}

type block struct {
	from, mid, to int32 // recs[from:mid] are left records, recs[mid:to] right ones
}

func (l *Linker) pairsOf(b block) int64 {
	if l.dedup {
		n := int64(b.to - b.from)
		return n * (n - 1) / 2
	}
	return int64(b.mid-b.from) * int64(b.to-b.mid)
}

// depth bounds how many splitters a key takes on.
const depth = 3

// mostKeys bounds the pairs of the keys of one root that have taken on the same
// number of splitters: all together they take no more than so many of them may.
const mostKeys = 32

// group is a block that is too large for the budget of its key.
type group struct {
	key  uint64
	root uint64 // the value that all its records share under the key's root
	recs []uint32
}

// job is a key to be built: a root, or the groups of a key that get a further
// splitter.
type job struct {
	name   string
	root   int // number of its root
	split  int // the next splitter that may split it, by number
	depth  int // splitters it has taken on
	groups []group
	by     part // splits the groups
	budget int64
}

// blocking is what is known while keys are built.
type blocking struct {
	roots, splitters []part
	// common are the values of each root that are too common to be blocks, once
	// the roots are built.
	common []map[uint64]bool
}

// keys builds the families of keys. Blocks that are too large for the budget
// are split by every splitter in turn. Splitters are taken on in one order only:
// two records that share a root value and those of two splitters are compared
// under the first of them, unless that block is too large as well.
func (l *Linker) keys() []*family {
	bl := l.parts()
	n := int64(len(l.side[0].ids))
	if !l.dedup {
		n += int64(len(l.side[1].ids))
	}
	budget := 3*n + 100_000
	var out []*family
	var jobs []job
	for i, r := range bl.roots {
		jobs = append(jobs, job{name: r.name, root: i, budget: budget * max(r.worth, 1)})
	}
	for len(jobs) > 0 {
		type built struct {
			f    *family
			over []group
		}
		done := make([]built, len(jobs))
		var wg sync.WaitGroup
		var next atomic.Int64
		for range min(runtime.GOMAXPROCS(0), len(jobs)) {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(jobs); i = int(next.Add(1)) - 1 {
					done[i].f, done[i].over = l.family(bl, &jobs[i])
				}
			})
		}
		wg.Wait()
		if bl.common == nil {
			for _, d := range done {
				common := make(map[uint64]bool, len(d.over))
				for _, g := range d.over {
					common[g.key] = true
				}
				bl.common = append(bl.common, common)
			}
		}
		var children []job
		perRoot := make([]int64, len(bl.roots))
		for i, j := range jobs {
			f, over := done[i].f, done[i].over
			root := bl.roots[j.root]
			var by []part
			for k := j.split; k < len(bl.splitters) && j.depth < depth && len(over) > 0; k++ {
				if s := bl.splitters[k]; s.comp != root.comp || s.token {
					by = append(by, s)
					perRoot[j.root]++
					children = append(children, job{name: j.name + " with " + s.name, root: j.root, split: k + 1, depth: j.depth + 1, groups: over, by: s})
				}
			}
			if len(by) > 0 {
				for _, r := range bl.roots {
					if r.number && r.comp != root.comp {
						by = append(by, r) // whoever has one is found by it
					}
				}
			}
			l.cut(f, l.bare(f, over, j.root, by), j.budget)
			if f.cost > 0 {
				out = append(out, f)
			}
		}
		// Each split costs as many pairs again, so it gets less.
		for i := range children {
			c := &children[i]
			c.budget = budget >> c.depth
			if n := perRoot[c.root]; n > mostKeys {
				c.budget = c.budget * mostKeys / n
			}
		}
		jobs = children
	}
	// The cheapest first: a pair is compared in the first block that both are in,
	// and the look for it is shortest where it comes early.
	slices.SortStableFunc(out, func(a, b *family) int { return int(min(max(a.cost-b.cost, -1), 1)) })
	return out
}

// emit appends the keys that a job finds, their root values (of a root, the keys
// themselves) and records. Within a key the records ascend.
func (l *Linker) emit(bl *blocking, j *job) (key, root []uint64, recs []uint32) {
	na := uint32(len(l.side[0].ids))
	if j.groups == nil {
		total := na
		if !l.dedup {
			total += uint32(len(l.side[1].ids))
		}
		key, recs = make([]uint64, 0, total), make([]uint32, 0, total)
		for r := range total {
			key = bl.roots[j.root].emit(key, l.record(r, na))
			for len(recs) < len(key) {
				recs = append(recs, r)
			}
		}
		return key, key, recs
	}
	n := 0
	for _, g := range j.groups {
		n += len(g.recs)
	}
	// Two values that are both too common by themselves are put together once:
	// under the first root, or of tokens of one name under the first of them.
	same := j.by.root == j.root
	var common map[uint64]bool
	if same || j.by.root >= 0 && j.by.root < j.root && bl.roots[j.root].splits {
		common = bl.common[j.by.root]
	}
	key, root, recs = make([]uint64, 0, n), make([]uint64, 0, n), make([]uint32, 0, n)
	var values []uint64
	for _, g := range j.groups {
		for _, r := range g.recs {
			values = j.by.emit(values[:0], l.record(r, na))
			for _, v := range values {
				if same && v == g.root || (!same || v < g.root) && common[v] {
					continue
				}
				key, root, recs = append(key, combine(g.key, v)), append(root, g.root), append(recs, r)
			}
		}
	}
	return key, root, recs
}

// record returns the row of record r, left and right ones numbered through.
func (l *Linker) record(r, na uint32) []uint32 {
	if r < na {
		return l.side[0].row(r)
	}
	return l.side[1].row(r - na)
}

// family builds the blocks of one key, the smallest first, as many as the budget
// takes. It returns the other ones.
func (l *Linker) family(bl *blocking, j *job) (*family, []group) {
	key, root, recs := l.emit(bl, j)
	order := make([]uint32, len(key))
	for i := range order {
		order[i] = uint32(i)
	}
	radixSort(key, order)

	f := &family{name: j.name, comp: bl.roots[j.root].comp, recs: reorder(recs, order)}
	var all []block
	var costs []int64
	for from := 0; from < len(key); {
		// Records ascend within a key; where they do not, two keys have one hash.
		to := from + 1
		for to < len(key) && key[to] == key[from] && f.recs[to] > f.recs[to-1] {
			to++
		}
		b := l.blockOf(f.recs, from, to)
		if c := l.pairsOf(b); c > 0 {
			all, costs = append(all, b), append(costs, c)
		}
		from = to
	}
	slices.Sort(costs)
	limit, sum := int64(math.MaxInt64), int64(0)
	for _, c := range costs {
		if sum += c; sum > j.budget {
			limit = c - 1
			break
		}
	}
	var over []group
	for _, b := range all {
		c := l.pairsOf(b)
		if c <= limit {
			f.cost += c
			f.blocks = append(f.blocks, b)
			continue
		}
		g := group{key: key[b.from], recs: f.recs[b.from:b.to]}
		if g.root = g.key; j.groups != nil {
			g.root = root[order[b.from]]
		}
		over = append(over, g)
	}
	return f, over
}

// blockOf is the block of recs[from:to], left records before right ones.
func (l *Linker) blockOf(recs []uint32, from, to int) block {
	mid := to
	if !l.dedup {
		na := uint32(len(l.side[0].ids))
		mid = from
		for mid < to && recs[mid] < na {
			mid++
		}
	}
	return block{int32(from), int32(mid), int32(to)}
}

// bare returns, of each group, the records that none of the parts splits off,
// since they have no value for any but that of the root. Their pairs with the
// others are given up.
func (l *Linker) bare(f *family, over []group, root int, by []part) []group {
	na := uint32(len(l.side[0].ids))
	var out []group
	var values []uint64
	for _, g := range over {
		rest := group{key: g.key, root: g.root}
		for _, r := range g.recs {
			has := slices.ContainsFunc(by, func(p part) bool {
				values = p.emit(values[:0], l.record(r, na))
				return slices.ContainsFunc(values, func(v uint64) bool { return p.root != root || v != g.root })
			})
			if !has {
				rest.recs = append(rest.recs, r)
			}
		}
		all, bare := l.blockOf(g.recs, 0, len(g.recs)), l.blockOf(rest.recs, 0, len(rest.recs))
		split := block{0, all.mid - bare.mid, all.to - bare.to}
		f.lost += l.pairsOf(all) - l.pairsOf(bare) - l.pairsOf(split)
		if l.pairsOf(bare) > 0 {
			out = append(out, rest)
		}
	}
	return out
}

// cut takes into the family what nothing splits further, the smallest groups
// first. Of those that are too large for an equal share of the budget that is
// left, each is cut into pieces by the content of its records; the pairs between
// pieces are given up, and counted.
func (l *Linker) cut(f *family, over []group, budget int64) {
	whole := func(g group) block { return l.blockOf(g.recs, 0, len(g.recs)) }
	over = slices.Clone(over)
	slices.SortFunc(over, func(x, y group) int {
		return cmp.Or(cmp.Compare(l.pairsOf(whole(x)), l.pairsOf(whole(y))), cmp.Compare(x.key, y.key))
	})
	for n, g := range over {
		b := whole(g)
		all, kept := l.pairsOf(b), int64(0)
		share := max(budget/int64(len(over)-n), 1)
		pieces := min(int((all+share-1)/share), len(g.recs))
		left, right := g.recs[:b.mid], g.recs[b.mid:]
		if pieces > 1 {
			left, right = l.byContent(left), l.byContent(right)
		}
		for i := range pieces {
			part := func(recs []uint32) []uint32 { return recs[i*len(recs)/pieces : (i+1)*len(recs)/pieces] }
			from := len(f.recs)
			f.recs = append(append(f.recs, part(left)...), part(right)...)
			if p := l.blockOf(f.recs, from, len(f.recs)); l.pairsOf(p) > 0 {
				f.blocks = append(f.blocks, p)
				kept += l.pairsOf(p)
			}
		}
		f.cost += kept
		f.lost += all - kept
		budget -= kept
	}
}

// byContent returns records of one side in the order of their content.
func (l *Linker) byContent(recs []uint32) []uint32 {
	na := uint32(len(l.side[0].ids))
	out := slices.Clone(recs)
	slices.SortFunc(out, func(a, b uint32) int {
		if a < na {
			return cmp.Compare(l.rank[0][a], l.rank[0][b])
		}
		return cmp.Compare(l.rank[1][a-na], l.rank[1][b-na])
	})
	return out
}

// meetings says in which blocks each record stands, of all families together;
// blocks are numbered through in the order of the families. Two records are
// compared in the first block that both are in.
type meetings struct {
	fams []*family
	na   uint32 // right record b is record na+b; 0 where one file is searched
	from []uint32
	in   []uint32 // blocks of record r, ascending: in[from[r]:from[r+1]]
}

// meet numbers the blocks of the families.
func (l *Linker) meet(fams []*family) *meetings {
	m := &meetings{fams: fams}
	total := len(l.side[0].ids)
	if !l.dedup {
		m.na = uint32(total)
		total += len(l.side[1].ids)
	}
	// Counts move one place on, so that filling leaves the starts behind.
	m.from = make([]uint32, total+2)
	n := uint32(0)
	for _, f := range fams {
		f.first = n
		n += uint32(len(f.blocks))
		for _, b := range f.blocks {
			for _, r := range f.recs[b.from:b.to] {
				m.from[r+2]++
			}
		}
	}
	for i := 2; i < len(m.from); i++ {
		m.from[i] += m.from[i-1]
	}
	m.in = make([]uint32, m.from[total+1])
	for _, f := range fams {
		for i, b := range f.blocks {
			for _, r := range f.recs[b.from:b.to] {
				m.in[m.from[r+1]] = f.first + uint32(i)
				m.from[r+1]++
			}
		}
	}
	return m
}

func (m *meetings) of(r uint32) []uint32 { return m.in[m.from[r]:m.from[r+1]] }

// firstIs reports whether block is the first that two records share, given the
// blocks of both; it is one of each.
func firstIs(x, y []uint32, block uint32) bool {
	for i, j := 0, 0; ; {
		switch p, q := x[i], y[j]; {
		case p < q:
			i++
		case p > q:
			j++
		default:
			return p == block
		}
	}
}

// shared calls f with the number of each family under which two records meet,
// b being a number of the right side.
func (m *meetings) shared(a, b uint32, f func(fam int)) {
	x, y := m.of(a), m.of(m.na+b)
	for i, j, fam := 0, 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			for m.fams[fam].first+uint32(len(m.fams[fam].blocks)) <= x[i] {
				fam++
			}
			f(fam)
			for next := m.fams[fam].first + uint32(len(m.fams[fam].blocks)); i < len(x) && x[i] < next; {
				i++
			}
		}
	}
}

// candidates calls a worker's function for every pair of records that share a
// block, once, under the first key that brings it, and returns their number. Each
// worker has a function of its own, made by newWorker; which worker gets a pair
// depends on timing. b is an index into the right side.
func (l *Linker) candidates(m *meetings, newWorker func() func(a, b uint32), progress func(done, total int64)) (compared int64) {
	fams, na := m.fams, m.na
	type span struct{ fam, from, to int }
	var spans []span
	var total int64
	for i, f := range fams {
		sum, from := int64(0), 0
		for j, b := range f.blocks {
			if sum += l.pairsOf(b); sum > 1<<15 || j == len(f.blocks)-1 {
				spans = append(spans, span{i, from, j + 1})
				total += sum
				sum, from = 0, j+1
			}
		}
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next int
		done int64
	)
	for range runtime.GOMAXPROCS(0) {
		work := newWorker()
		wg.Go(func() {
			for {
				mu.Lock()
				c := next
				next++
				mu.Unlock()
				if c >= len(spans) {
					return
				}
				s := spans[c]
				f := fams[s.fam]
				n, cost := int64(0), int64(0)
				for bi := s.from; bi < s.to; bi++ {
					b := f.blocks[bi]
					cost += l.pairsOf(b)
					id := f.first + uint32(bi)
					left := f.recs[b.from:b.mid]
					for i, x := range left {
						right := f.recs[b.mid:b.to]
						if l.dedup {
							right = left[i+1:]
						}
						in := m.of(x)
						for _, y := range right {
							if firstIs(in, m.of(y), id) {
								work(x, y-na)
								n++
							}
						}
					}
				}
				mu.Lock()
				compared += n
				done += cost
				if progress != nil {
					progress(done, total)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return compared
}

// radixSort sorts the keys h, stable, carrying v along: four passes of sixteen
// bits, after which both are back in their own memory.
func radixSort(h []uint64, v []uint32) {
	n := len(h)
	h2, v2 := make([]uint64, n), make([]uint32, n)
	for shift := 0; shift < 64; shift += 16 {
		var count [1 << 16]int
		for _, x := range h {
			count[x>>shift&0xffff]++
		}
		sum := 0
		for i, c := range count {
			count[i] = sum
			sum += c
		}
		for i, x := range h {
			d := x >> shift & 0xffff
			h2[count[d]], v2[count[d]] = x, v[i]
			count[d]++
		}
		h, h2 = h2, h
		v, v2 = v2, v
	}
}
