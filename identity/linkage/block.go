package linkage

import (
	"encoding/binary"
	"math/bits"
	"runtime"
	"slices"
	"strings"
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
	cuts   [][]uint64   // of each key, the entries of the blocks that were cut into pieces
	parted []bool       // the records that stand in such blocks; nil if there are none
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

// each calls do with the number of every key that brings two records.
func (b *blocking) each(s *sharing, do func(key int)) {
	for i := range b.keys {
		if b.keys[i].covers(s) {
			do(i)
		}
	}
}

// emitter finds the values of one key, record after record.
type emitter struct {
	f      *features
	k      *key
	shift  uint // of values, whose lowest bits are the record's
	places []keyPlace
	// The features of the records that are looked at; at are those that were taken so far.
	hash []uint32
	rare []uint8
	at   [maxKeyParts]uint32
	dst  []uint64
}

// keyPlace is a part of a key, once for both if it stands twice, and where its features
// of the record that is looked at begin and end.
type keyPlace struct {
	at       int // of the parts of the key
	p        *part
	twice    bool
	from, to int
}

func (k *key) emitter(f *features, shift uint) *emitter {
	e := &emitter{f: f, k: k, shift: shift}
	for i, p := range k.parts {
		if n := len(e.places); i > 0 && k.parts[i-1] == p {
			e.places[n-1].twice = true
			continue
		}
		e.places = append(e.places, keyPlace{at: i, p: &f.parts[p]})
	}
	return e
}

// emit appends the values of the key for the records from … to-1, each with the record in
// the lowest bits, of which there are shift: as much of a value's hash as there is room
// for, so that no two are taken for one.
// A value that a smaller key brings together as well is left to it.
func (e *emitter) emit(from, to uint32, dst []uint64) []uint64 {
	e.dst = dst
	f, words := e.f, e.f.words
	for r := from; r < to; {
		c := f.chunks[r/rowChunk]
		e.hash, e.rare = c.hash, c.bits
		for end := min(to, (r/rowChunk+1)*rowChunk); r < end; r++ {
			if e.find(f.filled[int(r)*words:int(r)*words+words], int(f.start[r])) {
				e.add(0, 0, 0, uint64(r))
			}
		}
	}
	return e.dst
}

// find finds where the features of each place stand, of a record of which they begin at
// start. It returns false if there are none of one, or all together are not rare enough.
func (e *emitter) find(filled []uint64, start int) bool {
	most := 0
	for i := range e.places {
		x := &e.places[i]
		x.from, x.to = x.p.span(filled)
		if x.from, x.to = x.from+start, x.to+start; x.from == x.to {
			return false
		}
		best := 0
		for _, b := range e.rare[x.from:x.to] {
			best = max(best, int(b))
		}
		if most += best; x.twice {
			most += best
		}
	}
	return most >= e.k.least
}

// add appends what becomes of a value and how rare it is with the features of the places
// from i on.
func (e *emitter) add(i int, value uint64, bits int, record uint64) {
	if i == len(e.places) {
		if bits >= e.k.least && (len(e.k.within) == 0 || !e.k.brought(e.rare, &e.at)) {
			e.dst = append(e.dst, value>>e.shift<<e.shift|record)
		}
		return
	}
	x := &e.places[i]
	for j := x.from; j < x.to; j++ {
		h, b := uint64(e.hash[j]), bits+int(e.rare[j])
		e.at[x.at] = uint32(j)
		if !x.twice {
			e.add(i+1, combine(value, h), b, record)
			continue
		}
		for k := j + 1; k < x.to; k++ { // two features in the order of their values
			g := uint64(e.hash[k])
			e.at[x.at+1] = uint32(k)
			e.add(i+1, combine(combine(value, min(h, g)), max(h, g)), b+int(e.rare[k]), record)
		}
	}
}

// brought reports whether a smaller key brings features together, one or two of each place.
func (k *key) brought(rare []uint8, at *[maxKeyParts]uint32) bool {
	for _, w := range k.within {
		sum := 0
		for i := range k.parts {
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
	// valueBits is by how much of a value's hash entries are sorted, and what is kept
	// where records that meet by accident only cost a look.
	valueBits = 33
	digit     = 11
)

// candidates calls a worker's function for every pair of records that a key
// brings, once, and returns their number. Each worker has a function of its own,
// made by newWorker; which worker gets a pair depends on timing. a and b are places
// in the order of content, b among the right records.
//
// First the blocks of all keys are found, then whom each record meets in them: that
// several keys bring a pair is seen from the pair alone, without a look at features.
func (l *Linker) candidates(bl *blocking, newWorker func() func(a, b uint32, ra, rb []uint32), progress func(done, total int64)) int64 {
	left := uint32(l.side[0].Len())
	total := left
	if !l.dedup {
		total += uint32(l.side[1].Len())
	}
	shift := uint(bits.Len32(total))
	n := len(bl.keys)
	bl.pairs, bl.most, bl.cuts, bl.parted = make([]int64, n), make([]int, n), make([][]uint64, n), nil
	met := make([]meetings, n)
	eachChunk(n, 1, func() func(from, to int) {
		entries, turns := newPiles(int(total)), newPiles(int(left))
		var some []uint64
		var others []uint32
		return func(i, _ int) {
			i = n - 1 - i // keys of many parts have the most values: nobody is left with them at the end
			e := bl.keys[i].emitter(bl.features, shift)
			entries.reset()
			for from := uint32(0); from < total; from += meetRecords {
				some = e.emit(from, min(from+meetRecords, total), some[:0])
				for _, x := range some {
					entries.add(x)
				}
				if from == total/16/meetRecords*meetRecords {
					entries.grow(16) // as many again come fifteen times, more or less
				}
			}
			for p := range entries.of {
				entries.of[p] = together(entries.of[p], entries.sorted(p, 64-valueBits), shift)
			}
			met[i], others = l.meet(bl, i, entries, turns, others, shift)
		}
	})
	for _, cuts := range bl.cuts {
		for _, e := range cuts {
			if bl.parted == nil {
				bl.parted = make([]bool, total)
			}
			bl.parted[e&(1<<shift-1)] = true
		}
	}
	var (
		mu             sync.Mutex
		done, compared int64
	)
	eachChunk(int(left), meetRecords, func() func(from, to int) {
		t := &batch{bl: bl, l: l, met: met, at: make([]int, n), seen: make([]uint64, total/64+1), work: newWorker()}
		return func(from, to int) {
			pairs := t.records(uint32(from), uint32(to))
			mu.Lock()
			defer mu.Unlock()
			compared += pairs
			if done += int64(to - from); progress != nil {
				progress(done, int64(left))
			}
		}
	})
	return compared
}

// meetings are the blocks of one key, and in which of them each record stands.
type meetings struct {
	// others are the records of the blocks, one block after the other, the last one of
	// each marked: right ones, or where one file is searched all but the first.
	others []uint32
	// turns are where in others those begin that a left record meets, in the order of
	// these records, the last one of each marked. stands has a bit for each record that
	// has any, and first, of each meetRecords of them, its first turn.
	turns  []uint32
	stands []uint64
	first  []uint32
}

const (
	isLast      = 1 << 31 // marks the last record of a block, and the last turn of a record
	meetRecords = 1 << 12
)

// newMeetings takes in turns: a left record, from bit high on, and where in others those
// begin that it meets.
func newMeetings(others []uint32, turns *piles, high uint, left uint32) meetings {
	m := meetings{slices.Clone(others), make([]uint32, 0, turns.len()), make([]uint64, left/64+1), make([]uint32, left/meetRecords+1)}
	chunk := 0
	for p := range turns.of {
		sorted := turns.sorted(p, high)
		for i, e := range sorted {
			r := uint32(e >> high)
			for ; chunk < int(r/meetRecords); chunk++ {
				m.first[chunk+1] = uint32(len(m.turns))
			}
			m.stands[r/64] |= 1 << (r % 64)
			turn := uint32(e & (1<<high - 1))
			if i+1 == len(sorted) || uint32(sorted[i+1]>>high) != r {
				turn |= isLast
			}
			m.turns = append(m.turns, turn)
		}
	}
	for ; chunk+1 < len(m.first); chunk++ {
		m.first[chunk+1] = uint32(len(m.turns))
	}
	return m
}

// does reports whether a left record meets any others.
func (m *meetings) does(r uint32) bool { return m.stands[r/64]>>(r%64)&1 != 0 }

// meet finds the blocks of a key from its sorted entries. turns and others are memory for
// those of one key after another.
func (l *Linker) meet(bl *blocking, key int, entries, turns *piles, others []uint32, shift uint) (met meetings, spare []uint32) {
	mask, high := uint64(1)<<shift-1, 64-shift
	bl.most[key] = l.room(bl, key, entries, shift)
	others = others[:0]
	turns.reset()
	entries.eachBlock(shift, func(block []uint64) {
		mid, pieces := l.cut(bl, key, block, mask)
		lost := l.pairsOf(mid, len(block)-mid)
		for i := range pieces {
			left, right := cutOut(block, mid, i, pieces)
			n := l.pairsOf(len(left), len(right))
			if n == 0 || uint64(len(others)+len(right)) > isLast { // no machine has memory for so many
				continue
			}
			lost -= n
			bl.pairs[key] += n
			step := uint64(0)
			if l.dedup { // each meets those after it
				left, right, step = left[:len(left)-1], left[1:], 1
			}
			at := uint64(len(others))
			for _, e := range left {
				turns.add(e<<high | at)
				at += step
			}
			for _, e := range right {
				others = append(others, uint32(e&mask))
			}
			others[len(others)-1] |= isLast
		}
		if lost > 0 {
			bl.lost.Add(lost)
			bl.cuts[key] = append(bl.cuts[key], block...)
		}
	})
	return newMeetings(others, turns, high, uint32(l.side[0].Len())), others
}

// batch is some pairs that are compared together: what is to be known of them lies
// far apart in memory, and many waits for it are as long as one.
type batch struct {
	bl    *blocking
	l     *Linker
	met   []meetings // by key
	at    []int      // the next of each key's turns
	seen  []uint64   // a bit for each record that the present one has met
	work  func(a, b uint32, ra, rb []uint32)
	pairs []uint64
	rows  []uint32 // of the pairs' second records
	sum   uint64   // see warm
}

const (
	batchPairs   = 256
	batchRecords = 64 // as many as a word of meetings has bits
)

// records compares the left records from … to-1, the first of which is a multiple of
// meetRecords, with those whom they meet, and returns how many pairs these are.
func (t *batch) records(from, to uint32) (compared int64) {
	for k := range t.met {
		t.at[k] = int(t.met[k].first[from/meetRecords])
	}
	for ; from < to; from += batchRecords {
		end := min(from+batchRecords, to)
		for k := range t.met {
			m, at := &t.met[k], t.at[k]
			for records := m.stands[from/batchRecords]; records != 0; at++ {
				turn := m.turns[at]
				t.sum += uint64(m.others[turn&^isLast])
				if turn&isLast != 0 {
					records &= records - 1
				}
			}
		}
		for r := from; r < end; r++ {
			t.meet(r)
			if len(t.pairs) >= batchPairs || r == to-1 {
				compared += int64(len(t.pairs))
				t.compare()
			}
		}
	}
	return compared
}

// meet adds the pairs of record r.
func (t *batch) meet(r uint32) {
	first := len(t.pairs)
	t.seen[r/64] |= 1 << (r % 64) // a record may have a value twice
	for k := range t.met {
		m := &t.met[k]
		for more := m.does(r); more; t.at[k]++ {
			turn := m.turns[t.at[k]]
			more = turn&isLast == 0
			for i := turn &^ isLast; ; i++ {
				o := m.others[i] &^ isLast
				if word := &t.seen[o/64]; *word>>(o%64)&1 == 0 {
					*word |= 1 << (o % 64)
					t.pairs = append(t.pairs, uint64(r)<<32|uint64(o))
				}
				if m.others[i] != o {
					break
				}
			}
		}
	}
	t.seen[r/64] = 0
	for _, p := range t.pairs[first:] {
		t.seen[uint32(p)/64] = 0
	}
	if t.bl.parted != nil && t.bl.parted[r] {
		var s sharing
		t.pairs = t.pairs[:first+len(slices.DeleteFunc(t.pairs[first:], func(p uint64) bool {
			t.bl.share(r, uint32(p), &s)
			_, _, apart := t.l.apart(t.l.side[0].order[r], t.l.side[1].order[uint32(p)-t.bl.na], &s)
			return apart
		}))]
	}
}

// compare compares the pairs of the batch and empties it.
func (t *batch) compare() {
	w, na := t.l.stride(), t.bl.na
	t.rows = t.rows[:0]
	for _, p := range t.pairs {
		t.rows = append(t.rows, t.l.side[1].at(uint32(p)-na)...)
	}
	t.warm()
	for i, p := range t.pairs {
		a, b := uint32(p>>32), uint32(p)-na
		t.work(a, b, t.l.side[0].at(a), t.rows[i*w:(i+1)*w])
	}
	t.pairs = t.pairs[:0]
}

// warm brings what comparing the batch needs to know of its values into the
// processor's caches.
func (t *batch) warm() {
	w := t.l.stride()
	sum := uint64(0)
	for k := range t.l.plan.comps {
		c := &t.l.plan.comps[k]
		if c.inert {
			continue
		}
		d := c.dom
		for i := range t.pairs {
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

// eachBlock calls do with the entries of every value that more than one has; each pile is
// sorted.
func (p *piles) eachBlock(shift uint, do func(block []uint64)) {
	for _, pile := range p.of {
		eachBlock(pile, shift, do)
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
func (l *Linker) room(bl *blocking, key int, entries *piles, shift uint) int {
	most, mask := widest, uint64(1)<<shift-1
	if bl.parts[bl.keys[key].parts[0]].comp == everything {
		return narrowest
	}
	for ; most > narrowest; most /= 2 {
		bl.most[key] = most
		sum := int64(0)
		entries.eachBlock(shift, func(block []uint64) {
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

// pieceOf is the piece into which cutOut puts entry i of n.
func pieceOf(i, n, pieces int) int { return ((i+1)*pieces - 1) / n }

// apart reports whether the first key that brings two records has cut them apart, and
// then how many records of each side stand in their block.
func (l *Linker) apart(left, right uint32, both *sharing) (n, m int, apart bool) {
	bl := l.bl
	at := bl.first(both)
	shift := uint(bits.Len32(bl.records()))
	cuts, mask, value := bl.cuts[at], uint64(1)<<shift-1, bl.keys[at].value(both)>>shift
	from, _ := slices.BinarySearch(cuts, value<<shift)
	to, _ := slices.BinarySearch(cuts, value<<shift|mask)
	block := cuts[from:to]
	if len(block) == 0 {
		return 0, 0, false
	}
	mid, pieces := l.cut(bl, at, block, mask)
	i, _ := slices.BinarySearch(block, value<<shift|uint64(bl.rank[0][left]))
	j, _ := slices.BinarySearch(block, value<<shift|uint64(bl.na+bl.rank[1][right]))
	n, m = mid, len(block)-mid
	if l.dedup {
		return n, m, pieceOf(i, n, pieces) != pieceOf(j, n, pieces)
	}
	return n, m, pieceOf(i, n, pieces) != pieceOf(j-mid, m, pieces)
}

// together keeps the entries of values that more than one has, in the order of values;
// they are sorted by the first valueBits alone. It returns them in dst, which may be the
// memory of entries and is as long.
func together(dst, entries []uint64, shift uint) []uint64 {
	const low = 64 - valueBits
	n := 0
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && entries[to]>>low == entries[from]>>low {
			to++
		}
		if some := entries[from:to]; len(some) > 1 {
			if slices.ContainsFunc(some, func(e uint64) bool { return e>>shift != some[0]>>shift }) {
				slices.Sort(some)
			}
			eachBlock(some, shift, func(block []uint64) { n += copy(dst[n:], block) })
		}
		from = to
	}
	return dst[:n]
}

// sortBy sorts entries by so many of their bits, from low on, stable; the result stands
// in one of the two slices, and the other is free.
func sortBy(entries, spare []uint64, low, bits uint) (sorted, free []uint64) {
	rounds := (bits + digit - 1) / digit
	var counts [1 << digit]int
	for ; rounds > 0; rounds-- {
		width := (bits + rounds - 1) / rounds
		m := uint64(1)<<width - 1
		count := counts[:m+1]
		clear(count)
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
		low, bits = low+width, bits-width
		entries, spare = spare, entries
	}
	return entries, spare
}

// radixSort sorts the keys h, stable, carrying v along: by eleven bits at a time, of those
// in which keys differ. Both are back in their own memory afterwards.
func radixSort(h []uint64, v []uint32) { radixSortFrom(h, v, 0) }

// radixSortFrom does so by the bits from low on.
func radixSortFrom(h []uint64, v []uint32, low int) {
	const m = 1<<digit - 1
	n := len(h)
	if n <= 64 {
		for i := 1; i < n; i++ {
			x, y, j := h[i], v[i], i
			for ; j > 0 && h[j-1]>>low > x>>low; j-- {
				h[j], v[j] = h[j-1], v[j-1]
			}
			h[j], v[j] = x, y
		}
		return
	}
	// Each processor has a stretch of the keys, and in the sorted ones the places before
	// those of the next stretch.
	stretches := max(1, min(runtime.GOMAXPROCS(0), n>>14))
	stretch := func(i int) (from, to int) { return i * n / stretches, (i + 1) * n / stretches }
	differ := make([]uint64, stretches)
	inParallel(stretches, func(s int) {
		from, to := stretch(s)
		for _, x := range h[from:to] {
			differ[s] |= x ^ h[0]
		}
	})
	all := uint64(0)
	for _, d := range differ {
		all |= d
	}
	if all = all >> low << low; all == 0 {
		return
	}
	h2, v2 := make([]uint64, n), make([]uint32, n)
	at := make([][1 << digit]uint32, stretches)
	here := true
	for all != 0 {
		shift := bits.TrailingZeros64(all)
		all &^= uint64(m) << shift
		inParallel(stretches, func(s int) {
			from, to := stretch(s)
			count := &at[s]
			clear(count[:])
			for _, x := range h[from:to] {
				count[x>>shift&m]++
			}
		})
		sum := uint32(0)
		for d := range at[0] {
			for s := range at {
				count := at[s][d]
				at[s][d] = sum
				sum += count
			}
		}
		inParallel(stretches, func(s int) {
			from, to := stretch(s)
			place := &at[s]
			for i := from; i < to; i++ {
				d := h[i] >> shift & m
				h2[place[d]], v2[place[d]] = h[i], v[i]
				place[d]++
			}
		})
		h, h2, v, v2, here = h2, h, v2, v, !here
	}
	if !here {
		copy(h2, h)
		copy(v2, v)
	}
}

// sortByText sorts numbers by the texts that they stand for. Most are told apart by eight
// bytes.
func sortByText(numbers []uint32, text func(n uint32) string) {
	head := make([]uint64, len(numbers))
	for i, n := range numbers {
		var b [8]byte
		copy(b[:], text(n))
		head[i] = binary.BigEndian.Uint64(b[:])
	}
	sortTies(head, numbers, func(x, y uint32) int { return strings.Compare(text(x), text(y)) })
}

// sortTies sorts keys and carries v along, which decides between equal keys.
func sortTies(h []uint64, v []uint32, order func(x, y uint32) int) {
	radixSort(h, v)
	for from := 0; from < len(h); {
		to := from + 1
		for to < len(h) && h[to] == h[from] {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(v[from:to], order)
		}
		from = to
	}
}
