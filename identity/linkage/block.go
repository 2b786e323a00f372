package linkage

import (
	"cmp"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// blocking is the keys of a run and what they are made of.
type blocking struct {
	*features
	keys   []key
	na     uint32 // right record b is record na+b; 0 where one file is searched
	rank   [2][]uint32
	recall float64      // share of the matches of the sample that the keys bring
	lost   atomic.Int64 // pairs given up: nothing split their block, and it was too large
	pairs  []int64      // of each key
	most   []int        // of each key, how many records of a block are compared with each other
}

// shareOf finds what two records share, given by their places as added.
func (b *blocking) shareOf(left, right uint32, s *sharing) {
	b.share(b.rank[0][left], b.na+b.rank[1][right], s)
}

// first is the first key that brings two records, -1 if none does.
func (b *blocking) first(s *sharing) int {
	for i := range b.keys {
		if b.keys[i].covers(s) {
			return i
		}
	}
	return -1
}

// firstIs reports whether the first key that brings two records is this one; of
// later keys nothing need be known.
func (b *blocking) firstIs(key int, s *sharing) bool {
	if !b.keys[key].covers(s) {
		return false
	}
	for i := range b.keys[:key] {
		if b.keys[i].covers(s) {
			return false
		}
	}
	return true
}

// each calls do with the number of every key that brings two records.
func (b *blocking) each(s *sharing, do func(key int)) {
	for i := range b.keys {
		if b.keys[i].covers(s) {
			do(i)
		}
	}
}

// emit appends the values of a key for record r, each with the record.
// A value that a smaller key brings together as well is left to it.
func (k *key) emit(f *features, r uint32, shift uint, dst []uint64) []uint64 {
	dst, _ = k.emitWith(f, r, shift, dst, nil)
	return dst
}

// emitWith is emit, and appends how rare each value is, in quarter bits, unless
// bits is nil.
func (k *key) emitWith(f *features, r uint32, shift uint, dst []uint64, bits []int) ([]uint64, []int) {
	hash, rare := f.hash[int(r)*f.stride:int(r+1)*f.stride], f.bits[int(r)*f.stride:int(r+1)*f.stride]
	most := 0
	for i, p := range k.parts {
		best := -1
		for s := f.parts[p].from; s < f.parts[p].to; s++ {
			if hash[s] != 0 {
				best = max(best, int(rare[s]))
			}
		}
		if best < 0 || i == len(k.parts)-1 && most+best < k.least {
			return dst, bits // as most records of most keys
		}
		most += best
	}
	var at, sum [maxKeyParts]int
	var h [maxKeyParts + 1]uint64
	depth, n := 0, len(k.parts)
	at[0] = f.parts[k.parts[0]].from
	for depth >= 0 {
		p := &f.parts[k.parts[depth]]
		if at[depth] >= p.to {
			if depth--; depth >= 0 {
				at[depth]++
			}
			continue
		}
		v := hash[at[depth]]
		if v == 0 {
			at[depth]++
			continue
		}
		sum[depth] = int(rare[at[depth]])
		if depth > 0 {
			sum[depth] += sum[depth-1]
		}
		next := combine(h[depth], uint64(v))
		if depth > 0 && k.parts[depth] == k.parts[depth-1] { // two features in the order of their values
			before := uint64(hash[at[depth-1]])
			next = combine(combine(h[depth-1], min(before, uint64(v))), max(before, uint64(v)))
		}
		if depth+1 < n {
			h[depth+1] = next
			at[depth+1] = f.parts[k.parts[depth+1]].from
			if k.parts[depth+1] == k.parts[depth] {
				at[depth+1] = at[depth] + 1
			}
			depth++
			continue
		}
		if sum[depth] >= k.least && !k.brought(rare, &at, n) {
			dst = append(dst, next>>(64-valueBits)<<shift|uint64(r))
			if bits != nil {
				bits = append(bits, sum[depth])
			}
		}
		at[depth]++
	}
	return dst, bits
}

// rarity is how rare a value of the key is that record r has, in quarter bits.
func (k *key) rarity(f *features, r uint32, shift uint, value uint64) int {
	values, bits := k.emitWith(f, r, shift, nil, make([]int, 0, 4))
	for i, v := range values {
		if v>>shift == value {
			return bits[i]
		}
	}
	return 0
}

// brought reports whether a smaller key brings these features together.
func (k *key) brought(rare []uint8, at *[maxKeyParts]int, n int) bool {
	for _, w := range k.within {
		sum := 0
		for i := range n {
			if w.places>>i&1 != 0 {
				sum += int(rare[at[i]])
			}
		}
		if sum >= w.least {
			return true
		}
	}
	return false
}

// value is the value of the key under which two records that share it are
// compared: of several, that of their rarest features.
func (k *key) value(s *sharing) uint64 {
	h := uint64(0)
	for i := 0; i < len(k.parts); i++ {
		p := k.parts[i]
		if i+1 < len(k.parts) && k.parts[i+1] == p {
			a, b := s.slot[p], s.other[p]
			h = combine(combine(h, uint64(min(a, b))), uint64(max(a, b)))
			i++
			continue
		}
		h = combine(h, uint64(s.slot[p]))
	}
	return h
}

const (
	widest = 1 << 10 // records of a block; larger ones are cut into pieces
	// Records that are equal in every value need no more than a few others: nothing
	// tells which of them are one person.
	narrowest = 1 << 5
	// valueBits is how much of a value's hash an entry keeps: records that meet by
	// accident are not taken for a pair, they only cost a look.
	valueBits = 33
	digit     = 11
)

// candidates calls a worker's function for every pair of records that a key
// brings, once, under the first such key, and returns their number. Each worker
// has a function of its own, made by newWorker; which worker gets a pair depends on
// timing. a and b are places in the order of content, b among the right records.
func (l *Linker) candidates(bl *blocking, newWorker func() func(a, b uint32, ra, rb []uint32), progress func(done, total int64)) (compared int64) {
	total := uint32(len(l.side[0].ids))
	if !l.dedup {
		total += uint32(len(l.side[1].ids))
	}
	shift := uint(bits.Len32(total))
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next atomic.Int64
		done int64
	)
	// The greatest work first, so that nobody is left with it at the end.
	order := make([]int, len(bl.keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(bl.keys[j].work, bl.keys[i].work) })
	bl.pairs, bl.most = make([]int64, len(bl.keys)), make([]int, len(bl.keys))
	works := make([]func(a, b uint32, ra, rb []uint32), max(1, min(runtime.GOMAXPROCS(0), len(bl.keys))))
	for i := range works {
		works[i] = newWorker()
	}
	for _, work := range works {
		wg.Go(func() {
			entries, spare := make([]uint64, 0, total), []uint64(nil)
			t := &batch{bl: bl, l: l, shift: shift, work: work}
			for at := int(next.Add(1)) - 1; at < len(bl.keys); at = int(next.Add(1)) - 1 {
				i := order[at]
				k := &bl.keys[i]
				entries = entries[:0]
				for r := range total {
					entries = k.emit(bl.features, r, shift, entries)
				}
				spare = slices.Grow(spare[:0], len(entries))[:len(entries)]
				sorted, free := sortBy(entries, spare, shift, valueBits)
				n, all := l.blocks(bl, i, sorted, free, t)
				mu.Lock()
				compared += n
				bl.pairs[i] = all
				done++
				if progress != nil {
					progress(done, int64(len(bl.keys)))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return compared
}

// batch is the rows of some blocks, copied side by side: their records lie far
// apart, and copying waits for many of them at once.
type batch struct {
	bl     *blocking
	l      *Linker
	key    int
	by     looked // the parts of this key and of those before it
	shift  uint
	work   func(a, b uint32, ra, rb []uint32)
	recs   []uint32
	hash   []uint32
	bits   []uint8
	rows   []uint32
	blocks []piece
	pairs  []uint64 // of places in the batch that are to be compared
	s      sharing
	used   []bool
	sum    uint64 // see warm

	compared, all int64
}

// piece is a block of a batch: left records from … mid, right ones mid … to. Where
// one file is searched all are left ones.
type piece struct {
	value         uint64
	from, mid, to int
}

const batchRecords = 512

// add takes a block, or a piece of one, into the batch.
func (t *batch) add(value uint64, left, right []uint64) {
	if len(t.recs)+len(left)+len(right) > batchRecords {
		t.done()
	}
	mask := uint64(1)<<t.shift - 1
	p := piece{value: value, from: len(t.recs)}
	for _, e := range left {
		t.recs = append(t.recs, uint32(e&mask))
	}
	p.mid = len(t.recs)
	for _, e := range right {
		t.recs = append(t.recs, uint32(e&mask))
	}
	p.to = len(t.recs)
	t.blocks = append(t.blocks, p)
}

// done compares the pairs of the batch and empties it.
func (t *batch) done() {
	f, w := t.bl.features, t.l.stride()
	t.hash, t.bits, t.rows = t.hash[:0], t.bits[:0], t.rows[:0]
	na := t.bl.na
	for _, r := range t.recs {
		at := int(r) * f.stride
		t.hash = append(t.hash, f.hash[at:at+f.stride]...)
		t.bits = append(t.bits, f.bits[at:at+f.stride]...)
		if t.l.dedup || r < na {
			t.rows = append(t.rows, t.l.side[0].at(r)...)
		} else {
			t.rows = append(t.rows, t.l.side[1].at(r-na)...)
		}
	}
	k := &t.bl.keys[t.key]
	t.pairs = t.pairs[:0]
	for _, p := range t.blocks {
		for i := p.from; i < p.mid; i++ {
			from := p.mid
			if t.l.dedup {
				from = i + 1
			}
			x, bits := t.hash[i*f.stride:(i+1)*f.stride], t.bits[i*f.stride:(i+1)*f.stride]
			t.all += int64(p.to - from)
			for j := from; j < p.to; j++ {
				if t.recs[i] == t.recs[j] {
					continue // one record has the value twice
				}
				f.shareRows(&t.by, x, t.hash[j*f.stride:(j+1)*f.stride], bits, &t.s)
				if t.bl.firstIs(t.key, &t.s) && k.value(&t.s)>>(64-valueBits) == p.value {
					t.pairs = append(t.pairs, uint64(i)<<32|uint64(j))
				}
			}
		}
	}
	t.warm()
	for _, p := range t.pairs {
		i, j := int(p>>32), int(uint32(p))
		t.work(t.recs[i], t.recs[j]-na, t.rows[i*w:(i+1)*w], t.rows[j*w:(j+1)*w])
	}
	t.compared += int64(len(t.pairs))
	t.recs, t.blocks = t.recs[:0], t.blocks[:0]
}

// warm brings what comparing the batch needs to know of its values into the
// processor's caches.
func (t *batch) warm() {
	w := t.l.stride()
	used := t.used[:0]
	used = append(used, make([]bool, len(t.recs))...)
	for _, p := range t.pairs {
		used[p>>32], used[uint32(p)] = true, true
	}
	t.used = used
	sum := uint64(0)
	for k := range t.l.plan.comps {
		c := &t.l.plan.comps[k]
		if c.inert {
			continue
		}
		d := c.dom
		for i, u := range used {
			if !u {
				continue
			}
			switch id := t.rows[i*w+k]; c.kind {
			case FullName:
				sum += uint64(d.name[id].n)
			case BirthDate, OtherDate:
				sum += uint64(d.date[id].year)
			case SexKind, CountryKind:
			default:
				sum += d.sketch[id].letters
			}
		}
	}
	t.sum += sum
}

// blocks goes through the sorted entries of a key and hands on the pairs of its
// blocks that no earlier key brings. It returns how many these are, and how many
// pairs the blocks hold in all. free is memory as long as entries.
func (l *Linker) blocks(bl *blocking, key int, entries, free []uint64, t *batch) (compared, all int64) {
	mask := uint64(1)<<t.shift - 1
	t.key, t.compared, t.all = key, 0, 0
	parts := uint64(0)
	for i := range bl.keys[:key+1] {
		parts |= bl.keys[i].mask
	}
	t.by = bl.looked(parts)
	bl.most[key] = l.room(bl, key, entries, t.shift)
	eachBlockByRecord(entries, free, t.shift, func(block []uint64) {
		mid, pieces := l.cut(bl, key, block, mask)
		lost := l.pairsOf(mid, len(block)-mid)
		for i := range pieces {
			left, right := cutOut(block, mid, i, pieces)
			n := l.pairsOf(len(left), len(right))
			if lost -= n; n > 0 {
				t.add(block[0]>>t.shift, left, right)
			}
		}
		if lost > 0 {
			bl.lost.Add(lost)
		}
	})
	t.done()
	return t.compared, t.all
}

// eachBlock calls do with the entries of every value that more than one has.
func eachBlock(entries []uint64, shift uint, do func(block []uint64)) {
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && entries[to]>>shift == entries[from]>>shift {
			to++
		}
		if to-from > 1 {
			do(entries[from:to])
		}
		from = to
	}
}

// eachBlockByRecord is eachBlock in the order of the blocks' first records: what
// alike records have is then fetched from memory soon one after the other.
func eachBlockByRecord(entries, free []uint64, shift uint, do func(block []uint64)) {
	if len(entries) > math.MaxUint32 {
		eachBlock(entries, shift, do)
		return
	}
	mask := uint64(1)<<shift - 1
	order, at := free[:0], 0
	for at < len(entries) {
		to := at + 1
		for to < len(entries) && entries[to]>>shift == entries[at]>>shift {
			to++
		}
		if to-at > 1 {
			order = append(order, entries[at]&mask<<32|uint64(at)) // one for every two entries at most
		}
		at = to
	}
	order, _ = sortBy(order, free[len(free)-len(order):], 32, shift)
	for _, o := range order {
		from := int(uint32(o))
		to := from + 1
		for to < len(entries) && entries[to]>>shift == entries[from]>>shift {
			to++
		}
		do(entries[from:to])
	}
}

// pairsOf is the number of pairs of so many left and right records; where one file is
// searched all are left ones.
func (l *Linker) pairsOf(left, right int) int64 {
	if l.dedup {
		return int64(left) * int64(left-1) / 2
	}
	return int64(left) * int64(right)
}

// room is how many records of a block of a key are compared with each other: no
// key takes more pairs than the whole budget, whatever the sample said of its cost.
func (l *Linker) room(bl *blocking, key int, entries []uint64, shift uint) int {
	most, mask := widest, uint64(1)<<shift-1
	if bl.parts[bl.keys[key].parts[0]].comp == everything {
		return narrowest
	}
	for ; most > narrowest; most /= 2 {
		bl.most[key] = most
		sum := int64(0)
		eachBlock(entries, shift, func(block []uint64) {
			mid, pieces := l.cut(bl, key, block, mask)
			left, right := cutOut(block, mid, 0, pieces)
			sum += int64(pieces) * l.pairsOf(len(left), len(right))
		})
		if float64(sum) <= l.budget() {
			break
		}
	}
	return most
}

// cut says how a block is compared: its first mid entries are left records, and it is
// cut into so many pieces.
func (l *Linker) cut(bl *blocking, key int, block []uint64, mask uint64) (mid, pieces int) {
	mid = len(block)
	if !l.dedup {
		for mid = 0; mid < len(block) && uint32(block[mid]&mask) < bl.na; mid++ {
		}
	}
	return mid, (len(block) + bl.most[key] - 1) / bl.most[key]
}

// cutOut returns the left and the right entries of piece i. Records are in the order of
// content: alike ones stay together.
func cutOut(block []uint64, mid, i, pieces int) (left, right []uint64) {
	left, right = block[:mid], block[mid:]
	return left[i*len(left)/pieces : (i+1)*len(left)/pieces], right[i*len(right)/pieces : (i+1)*len(right)/pieces]
}

// sortBy sorts entries by so many of their bits, from low on, stable; the result stands
// in one of the two slices, and the other is free.
func sortBy(entries, spare []uint64, low, bits uint) (sorted, free []uint64) {
	const m = 1<<digit - 1
	for to := low + bits; low < to; low += digit {
		var count [1 << digit]int
		for _, e := range entries {
			count[e>>low&m]++
		}
		sum := 0
		for i, c := range count {
			count[i] = sum
			sum += c
		}
		for _, e := range entries {
			d := e >> low & m
			spare[count[d]] = e
			count[d]++
		}
		entries, spare = spare, entries
	}
	return entries, spare
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
