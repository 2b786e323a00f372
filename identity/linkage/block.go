package linkage

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// family is the blocks of a key that is used.
type family struct {
	name  string
	cost  int64  // pairs that its blocks hold, before earlier keys are taken off
	first uint32 // number of its first block; it has len(blocks)
	// blocks in the order of their hash
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

// keys builds the families of keys. Blocks that are too large for the budget
// are split by every splitter in turn; they are never dropped.
func (l *Linker) keys() []*family {
	roots, splitters := l.parts()
	n := int64(len(l.side[0].ids))
	if !l.dedup {
		n += int64(len(l.side[1].ids))
	}
	budget := 3*n + 100_000
	var out []*family
	type job struct {
		p    part
		used []string // splitters
	}
	var jobs []job
	for _, r := range roots {
		jobs = append(jobs, job{p: r})
	}
	for len(jobs) > 0 {
		type built struct {
			f    *family
			over map[uint64]bool
		}
		done := make([]built, len(jobs))
		var wg sync.WaitGroup
		var next atomic.Int64
		for range min(runtime.GOMAXPROCS(0), len(jobs)) {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(jobs); i = int(next.Add(1)) - 1 {
					j := jobs[i]
					// Each split costs as many pairs again, so it gets less.
					done[i].f, done[i].over = l.family(j.p, budget*max(j.p.worth, 1)>>len(j.used), len(j.used) == depth)
				}
			})
		}
		wg.Wait()
		var children []job
		for i, j := range jobs {
			if done[i].f.cost > 0 {
				out = append(out, done[i].f)
			}
			over := done[i].over
			if len(over) == 0 {
				continue
			}
			base := j.p
			only := part{name: base.name, width: base.width, emit: func(dst []uint64, row []uint32) []uint64 {
				from := len(dst)
				dst = base.emit(dst, row)
				return append(dst[:from], slices.DeleteFunc(dst[from:], func(h uint64) bool { return !over[h] })...)
			}}
			for _, s := range splitters {
				if s.name != base.name && !slices.Contains(j.used, s.name) {
					children = append(children, job{p: join(only, s), used: append(slices.Clone(j.used), s.name)})
				}
			}
		}
		jobs = children
	}
	// The cheapest first: a pair is compared in the first block that both are in,
	// and the look for it is shortest where it comes early.
	slices.SortStableFunc(out, func(a, b *family) int { return int(min(max(a.cost-b.cost, -1), 1)) })
	return out
}

// family builds the blocks of one key. It returns the values whose blocks are
// too large for the budget, unless last says that they can be split no further.
func (l *Linker) family(p part, budget int64, last bool) (*family, map[uint64]bool) {
	na := len(l.side[0].ids)
	total := na
	if !l.dedup {
		total += len(l.side[1].ids)
	}
	h, v := make([]uint64, 0, total), make([]uint32, 0, total)
	add := func(s *Side, base uint32) {
		for i := range s.ids {
			h = p.emit(h, s.row(uint32(i)))
			for len(v) < len(h) {
				v = append(v, base+uint32(i))
			}
		}
	}
	// Left records first, and the sort is stable: so they are in each block.
	add(l.side[0], 0)
	if !l.dedup {
		add(l.side[1], uint32(na))
	}
	radixSort(h, v)

	f := &family{name: p.name, recs: v}
	var all []block
	for from := 0; from < len(h); {
		to := from + 1
		for to < len(h) && h[to] == h[from] {
			to++
		}
		mid := to
		if !l.dedup {
			mid = from
			for mid < to && int(v[mid]) < na {
				mid++
			}
		}
		b := block{int32(from), int32(mid), int32(to)}
		if l.pairsOf(b) > 0 {
			all = append(all, b)
		}
		from = to
	}
	// The smallest blocks first, as many as the budget takes.
	limit := int64(1) << 62
	if !last {
		costs := make([]int64, len(all))
		for i, b := range all {
			costs[i] = l.pairsOf(b)
		}
		slices.Sort(costs)
		sum := int64(0)
		for _, c := range costs {
			if sum += c; sum > budget {
				limit = c - 1
				break
			}
		}
	}
	var over map[uint64]bool
	for _, b := range all {
		c := l.pairsOf(b)
		if c > limit {
			if over == nil {
				over = map[uint64]bool{}
			}
			over[h[b.from]] = true
			continue
		}
		f.cost += c
		f.blocks = append(f.blocks, b)
	}
	return f, over
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
