package linkage

import (
	"cmp"
	"math"
	mathbits "math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"mitra/identity/script"
)

// Features are what keys are made of: the sound of a name's token, a year of
// birth, a postcode. Each record has a row of them, made once; two records are
// brought together by what their rows share.

// part is one kind of feature. A record has as many of it as the part has slots,
// or fewer: the tokens of a name, the dates of a birth date and a national id.
type part struct {
	name string
	comp int // the comparison it is of
	// The part's slots are those from … to-1 of a record's row.
	from, to int
	twice    bool // two features of the part tell more than one: the tokens of a name
	aspect   bool // it tells one aspect of a value; beside it another one tells more
	// values gives, for a value of the comparison, its features: slots of them,
	// zero where there are fewer.
	values func(id uint32) []uint32
	slots  int
	whole  bool  // every value has a feature of its own
	most   uint8 // how rare its rarest feature is
}

// features holds the rows of all records, left and right ones numbered through,
// each side in the order of content. Of a row only those slots are kept that hold
// a feature which another record could share: about half of them.
type features struct {
	parts  []part
	slots  int         // of a row
	words  int         // of filled, of each record
	filled []uint64    // which of its slots are kept
	start  []uint32    // where those of each record begin in their chunk
	chunks []keptSlots // of rowChunk records each
	scale  float64     // log2 of the records of a side, in the geometric mean
	// sharing is how many pairs are expected to share features of each rarity.
	sharing []float64
}

// keptSlots are the slots of some rows, one row after the other.
type keptSlots struct {
	hash []uint32
	bits []uint8 // how rare the feature is, see rarityBits
}

// rowChunk is how many rows are made together.
const rowChunk = 1 << 11

// featureRow is one row: hash and bits begin with its slots, in their order.
type featureRow struct {
	filled []uint64
	hash   []uint32
	bits   []uint8
}

// resize makes room for so many rows.
func (f *features) resize(rows int) {
	f.words = max((f.slots+63)/64, 1)
	f.filled, f.start = make([]uint64, rows*f.words), make([]uint32, rows)
	f.chunks = make([]keptSlots, (rows+rowChunk-1)/rowChunk)
}

// row returns the row of record r.
func (f *features) row(r uint32) featureRow {
	c, at := &f.chunks[r/rowChunk], f.start[r]
	return featureRow{f.filled[int(r)*f.words:][:f.words], c.hash[at:], c.bits[at:]}
}

// keep takes in the rows of a chunk, all slots of one after those of the other; where a
// hash is 0 there is no feature.
func (f *features) keep(chunk int, hash []uint32, bits []uint8) {
	first, rows, n := chunk*rowChunk, len(hash)/f.slots, 0
	for i := range rows {
		filled := f.filled[(first+i)*f.words:][:f.words]
		clear(filled)
		for s, h := range hash[i*f.slots : (i+1)*f.slots] {
			if h != 0 {
				filled[s/64] |= 1 << (s % 64)
			}
		}
		f.start[first+i] = uint32(n)
		n += keptBelow(filled, f.slots)
	}
	c := &f.chunks[chunk]
	if cap(c.hash) < n {
		*c = keptSlots{make([]uint32, n), make([]uint8, n)}
	}
	c.hash, c.bits = c.hash[:n], c.bits[:n]
	at := 0
	for i := range rows {
		for k, word := range f.filled[(first+i)*f.words:][:f.words] {
			for ; word != 0; word &= word - 1 {
				s := i*f.slots + k*64 + mathbits.TrailingZeros64(word)
				c.hash[at], c.bits[at] = hash[s], bits[s]
				at++
			}
		}
	}
}

// span is where in a row the features of a part stand.
func (p *part) span(filled []uint64) (from, to int) {
	return keptBelow(filled, p.from), keptBelow(filled, p.to)
}

// keptBelow is how many slots below a slot are kept.
func keptBelow(filled []uint64, slot int) int {
	if len(filled) == 1 { // as nearly always
		return mathbits.OnesCount64(filled[0] & (1<<slot - 1))
	}
	return keptBelowOf(filled, slot)
}

func keptBelowOf(filled []uint64, slot int) (n int) {
	for ; slot > 64; slot -= 64 {
		n += mathbits.OnesCount64(filled[0])
		filled = filled[1:]
	}
	return n + mathbits.OnesCount64(filled[0]&(1<<slot-1))
}

// records is the number of rows.
func (f *features) records() uint32 { return uint32(len(f.start)) }

// quarter is the unit in which rarities of features are kept: a quarter bit.
const quarter = 4

// rarityBits is −log2 of the chance that a record has the feature, in quarter
// bits; of two sides the geometric mean, so that 2^(2·(scale−bits)) pairs are
// expected to share it.
func rarityBits(count [2]int32, n [2]float64) uint8 {
	return rarityOfShares(math.Log2(float64(count[0])/n[0]), math.Log2(float64(count[1])/n[1]))
}

// rarityOfShares is rarityBits of the logarithms of a feature's shares of both sides.
func rarityOfShares(x, y float64) uint8 {
	return uint8(min(max(math.Floor(-(x+y)/2*quarter), 0), 255))
}

// shareLogs are log2 of the shares of each side that few records are: nearly all
// features are held by few.
type shareLogs struct {
	n    [2]float64
	logs [2][1 << 14]float64
}

func newShareLogs(n [2]float64) *shareLogs {
	s := &shareLogs{n: n}
	for side := range s.logs {
		for count := range s.logs[side] {
			s.logs[side][count] = math.Log2(float64(count) / n[side])
		}
	}
	return s
}

// rarity is rarityBits.
func (s *shareLogs) rarity(count [2]int32) uint8 {
	var logs [2]float64
	for side, c := range count {
		if int(c) < len(s.logs[side]) {
			logs[side] = s.logs[side][c]
		} else {
			logs[side] = math.Log2(float64(c) / s.n[side])
		}
	}
	return rarityOfShares(logs[0], logs[1])
}

// maxParts bounds the kinds of features, so that a set of them is a word.
const maxParts = 64

// everything stands for all comparisons together.
const everything = -1

// features makes the rows; there are none if no value tells anything.
func (l *Linker) features(alike bool) *features {
	total, na := l.side[0].Len(), l.side[0].Len()
	if !l.dedup {
		total += l.side[1].Len()
	}
	if alike {
		f := &features{}
		f.resize(total)
		return f
	}
	f := l.layout()
	n := [2]float64{float64(l.side[0].Len()), float64(l.side[1].Len())}
	f.scale = (math.Log2(max(n[0], 1)) + math.Log2(max(n[1], 1))) / 2
	tables, logs := make([][]shareable, len(f.parts)), newShareLogs(n)
	inParallel(len(f.parts), func(i int) {
		p := &f.parts[i]
		if p.comp == everything {
			return
		}
		d := l.plan.comps[p.comp].dom
		t := make([]shareable, d.values()*p.slots)
		meets := func(c [2]int32) bool { return c[0] > 0 && c[1] > 0 && !(l.dedup && c[0] < 2) }
		last, rare := [2]int32{-1}, uint8(0) // most values in a row are held by as many
		keep := func(at int, hash uint32, c [2]int32) {
			if c != last {
				last, rare = c, logs.rarity(c)
			}
			t[at] = shareable{hash, rare}
			p.most = max(p.most, rare)
		}
		if p.whole {
			for id := 1; id < d.values(); id++ {
				if c := l.heldBy(d, id); meets(c) {
					keep(id*p.slots, p.values(uint32(id))[0], c)
				}
			}
		} else {
			count := l.counts(p, func(id int, values []uint32) {
				for j, h := range values {
					t[id*p.slots+j].hash = h
				}
			})
			for at := range t {
				h := t[at].hash
				if h == 0 {
					continue
				}
				if c := count.of(h); meets(c) {
					keep(at, h, c)
				} else {
					t[at].hash = 0
				}
			}
		}
		tables[i] = t
	})
	f.resize(total)
	whole := l.wholeRows(logs)
	eachChunk(total, rowChunk, func() func(from, to int) {
		hash, bits := make([]uint32, rowChunk*f.slots), make([]uint8, rowChunk*f.slots)
		return func(from, to int) {
			hash, bits := hash[:(to-from)*f.slots], bits[:(to-from)*f.slots]
			clear(hash)
			for r := from; r < to; r++ {
				side, i := l.side[0], r
				if r >= na {
					side, i = l.side[1], r-na
				}
				row := side.at(uint32(i))
				hash, bits := hash[(r-from)*f.slots:][:f.slots], bits[(r-from)*f.slots:][:f.slots]
				for k, t := range tables {
					p := &f.parts[k]
					if p.comp == everything {
						continue
					}
					id := int(row[p.comp])
					for j, x := range t[id*p.slots:][:p.slots] {
						hash[p.from+j], bits[p.from+j] = x.hash, x.bits
					}
					if p.to-p.from == p.slots {
						continue
					}
					// The second date, unless it is the first again.
					if nik := int(row[len(row)-1]); nik != id && t[nik].hash != t[id].hash {
						hash[p.from+1], bits[p.from+1] = t[nik].hash, t[nik].bits
					}
				}
			}
			last := f.parts[len(f.parts)-1].from
			whole.fill(from, to, func(r int, h uint32, rare uint8) {
				hash[(r-from)*f.slots+last], bits[(r-from)*f.slots+last] = h, rare
			})
			f.keep(from/rowChunk, hash, bits)
		}
	})
	for k := range l.plan.comps {
		l.plan.comps[k].dom.keyWords = nil // a fortieth of all memory
	}
	return f
}

// shareable is a feature of a value of a comparison: hash and bits as they stand in a row. A hash
// of 0 stands for none that two records can share.
type shareable struct {
	hash uint32
	bits uint8
}

// layout says which features a row has room for.
func (l *Linker) layout() *features {
	f := &features{}
	for k := range l.plan.comps {
		if !l.plan.comps[k].inert {
			f.parts = append(f.parts, l.parts(k)...)
		}
	}
	f.parts = append(f.parts[:min(len(f.parts), maxParts-1)], part{name: "all values", comp: everything, slots: 1})
	for i := range f.parts {
		p := &f.parts[i]
		p.from = f.slots
		f.slots += p.slots
		if p.comp == l.birth && l.nikDates {
			f.slots += p.slots // the date that the national id tells
		}
		p.to = f.slots
	}
	return f
}

// wholeRow is a run of records that another one equals in every value: the feature that stands
// for all values together.
type wholeRow struct {
	from, to int
	hash     uint32
	bits     uint8
}

// wholeRows are those of each side.
type wholeRows [2][]wholeRow

// wholeRows finds them.
func (l *Linker) wholeRows(logs *shareLogs) (out wholeRows) {
	x, y := l.side[0].content, l.side[1].content
	set := func(side, first, many int, h uint64, bits uint8) {
		// Mixed: the upper bits of a hash of content are those of a name's sound, see Side.sort.
		out[side] = append(out[side], wholeRow{first, first + many, short(mix(h)), bits})
	}
	run := func(s []uint64, at int) int {
		to := at + 1
		for to < len(s) && s[to] == s[at] {
			to++
		}
		return to - at
	}
	for i, j := 0, 0; i < len(x); {
		for j < len(y) && y[j] < x[i] {
			j++
		}
		a, b := run(x, i), 0
		if j < len(y) && y[j] == x[i] {
			b = run(y, j)
		}
		switch bits := logs.rarity([2]int32{int32(a), int32(max(b, 1))}); {
		case l.dedup && a > 1:
			set(0, i, a, x[i], bits)
		case !l.dedup && b > 0:
			set(0, i, a, x[i], bits)
			set(1, len(x)+j, b, x[i], bits)
		}
		i += a
	}
	l.side[0].content, l.side[1].content = nil, nil
	return out
}

// fill calls set for the records of from … to-1 that have the feature.
func (w *wholeRows) fill(from, to int, set func(r int, hash uint32, bits uint8)) {
	for _, runs := range w {
		at, _ := slices.BinarySearchFunc(runs, from, func(w wholeRow, r int) int { return cmp.Compare(w.to, r+1) })
		for ; at < len(runs) && runs[at].from < to; at++ {
			for r := max(from, runs[at].from); r < min(to, runs[at].to); r++ {
				set(r, runs[at].hash, runs[at].bits)
			}
		}
	}
}

// inParallel calls do for 0 … n-1 on all processors.
func inParallel(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// heldBy is how many records of each side hold a value; where one file is searched it is
// both sides.
func (l *Linker) heldBy(d *domain, id int) [2]int32 {
	n := d.held(id)
	if l.dedup {
		n[1] = n[0]
	}
	return n
}

// counts tells how many records of each side have each feature of a part; note gets the
// features of every value, unless it is nil.
func (l *Linker) counts(p *part, note func(id int, values []uint32)) *featureCounts {
	d := l.plan.comps[p.comp].dom
	count := &featureCounts{}
	for id := 1; id < d.values(); id++ {
		n := l.heldBy(d, id)
		if p.comp == l.birth && l.nikDates {
			n[0] += l.nikCount[0][id]
			n[1] += l.nikCount[1][id]
		}
		values := p.values(uint32(id))
		if note != nil {
			note(id, values)
		}
		for _, h := range values {
			if h != 0 {
				count.add(h, n)
			}
		}
	}
	return count
}

// featureCounts counts records by feature: an open hash table without pointers, as
// features are hashes already.
type featureCounts struct {
	slots []featureCount
	n     int
}

type featureCount struct {
	hash    uint32 // 0 is free
	records [2]int32
}

func (t *featureCounts) add(h uint32, n [2]int32) {
	if 2*t.n >= len(t.slots) {
		old := t.slots
		t.slots = make([]featureCount, max(1<<10, 2*len(old)))
		clear(t.slots) // memory that is read before it is written is asked for twice
		for _, s := range old {
			if s.hash != 0 {
				*t.slot(s.hash) = s
			}
		}
	}
	s := t.slot(h)
	if s.hash == 0 {
		s.hash = h
		t.n++
	}
	s.records[0] += n[0]
	s.records[1] += n[1]
}

// of is how many records of each side have a feature that was added.
func (t *featureCounts) of(h uint32) [2]int32 { return t.slot(h).records }

func (t *featureCounts) slot(h uint32) *featureCount {
	for i := h; ; i++ {
		if s := &t.slots[i&uint32(len(t.slots)-1)]; s.hash == h || s.hash == 0 {
			return s
		}
	}
}

// short is a feature as it stands in a row.
func short(h uint64) uint32 { return max(uint32(h>>32), 1) }

// keyTokens is how many tokens of a name, rarest first, are features.
const keyTokens = 4

// parts returns the features that are made of comparison k.
func (l *Linker) parts(k int) []part {
	c := &l.plan.comps[k]
	d := c.dom
	one := func(name string, value func(id uint32) uint32) part {
		var buf [1]uint32 // a part is asked by one goroutine at a time
		return part{name: name, comp: k, slots: 1, values: func(id uint32) []uint32 {
			buf[0] = value(id)
			return buf[:]
		}}
	}
	switch c.kind {
	case FullName:
		buf := make([]uint32, 0, keyTokens)
		return []part{{name: c.name + " token", comp: k, slots: keyTokens, twice: true, values: func(id uint32) []uint32 {
			return l.soundsOf(&d.name[id], buf)
		}}}
	case BirthDate, OtherDate:
		year, day := one(c.name+" year", func(id uint32) uint32 { return short(mix(uint64(d.date[id].year) + 1)) }),
			one(c.name+" day and month", func(id uint32) uint32 {
				v := d.date[id]
				if !v.whole() {
					return 0
				}
				// In either order they are one feature.
				return short(mix(uint64(min(v.day, v.month))<<8 | uint64(max(v.day, v.month)) + 1<<20))
			})
		year.aspect, day.aspect = true, true
		return []part{year, day}
	case SexKind, CountryKind:
		return nil
	case Document, NationalID:
		return []part{one(c.name, func(id uint32) uint32 { return short(d.keyed[id]) })}
	}
	out := []part{one(c.name, func(id uint32) uint32 { return short(hashString(d.textOf(id))) })}
	out[0].whole = true
	if d.worded {
		// Where a record has several words, the rarest of them find those whose
		// text is not the same to the letter.
		out = append(out, part{name: c.name + " word", comp: k, slots: keyTokens, twice: true, values: func(id uint32) []uint32 {
			return l.keyWordsOf(d, id)
		}})
	}
	return out
}

// soundsOf appends a name's phonetic keys: those of its rarest tokens, without those
// that are left out at will unless it has no other.
func (l *Linker) soundsOf(n *nameValue, keys []uint32) []uint32 {
	var buf [maxTokens]uint32
	toks := buf[:0]
	for _, t := range n.tokens() {
		if k := l.tok.kind[t]; n.weak || k != script.Weak && k != script.Initial {
			toks = append(toks, t)
		}
	}
	if len(toks) > keyTokens {
		slices.SortFunc(toks, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(l.tok.rarity[a], l.tok.rarity[b]), cmp.Compare(l.tok.hash[a], l.tok.hash[b]))
		})
		toks = toks[:keyTokens]
	}
	for _, t := range toks {
		if h := short(l.tok.skeleton[t]); !slices.Contains(keys, h) {
			keys = append(keys, h)
		}
	}
	return keys
}

// keyWordsOf are the key words of a text. Few ask once features are made: who explains a
// pair, or keeps a register.
func (l *Linker) keyWordsOf(d *domain, id uint32) []uint32 {
	if d.keyWords == nil {
		l.sealWords(d)
	}
	return d.keyWords[id*keyTokens : (id+1)*keyTokens]
}

// sealWords finds the key words of a text: of each value of several words the
// rarest, and of each value of one word that word. Columns of single words need
// none, since the whole value is a key.
func (l *Linker) sealWords(d *domain) {
	count, several, records := &featureCounts{}, int32(0), int32(0)
	for id := 1; id < d.values(); id++ {
		held, words := d.held(id), d.wordsOf(uint32(id))
		n := held[0] + held[1]
		records += n
		if len(words) > 1 {
			several += n
		}
		for _, w := range words {
			count.add(w, held)
		}
	}
	if 4*several < records {
		return
	}
	d.worded, d.keyWords = true, make([]uint32, keyTokens*d.values())
	var byCount []uint64 // how many records hold a word, and the word
	for id := 1; id < d.values(); id++ {
		byCount = byCount[:0]
		for _, w := range d.wordsOf(uint32(id)) {
			n := count.of(w)
			byCount = append(byCount, uint64(n[0]+n[1])<<32|uint64(w))
		}
		slices.Sort(byCount)
		for i, x := range byCount[:min(len(byCount), keyTokens)] {
			d.keyWords[id*keyTokens+i] = uint32(x)
		}
	}
}

// sharing is what two records share.
type sharing struct {
	mask, more  uint64 // parts of which they share a feature, and of which two
	best, next  [maxParts]uint8
	slot, other [maxParts]uint32 // the features that are best and next
}

// share finds what records a and b share; the rarities are those of a.
func (f *features) share(a, b uint32, s *sharing) {
	s.mask, s.more = 0, 0
	x, y := f.row(a), f.row(b)
	for i, xto, yto := 0, 0, 0; i < len(f.parts); i++ {
		xfrom, yfrom := xto, yto
		xto, yto = keptBelow(x.filled, f.parts[i].to), keptBelow(y.filled, f.parts[i].to)
		for j := xfrom; j < xto; j++ {
			h := x.hash[j]
			if !slices.Contains(y.hash[yfrom:yto], h) {
				continue
			}
			q := x.bits[j]
			switch {
			case s.mask>>i&1 == 0:
				s.mask |= 1 << i
				s.best[i], s.slot[i] = q, h
			case h == s.slot[i]: // two dates of one record on the same day
			case q > s.best[i] || q == s.best[i] && h > s.slot[i]:
				s.next[i], s.other[i] = s.best[i], s.slot[i]
				s.best[i], s.slot[i] = q, h
				s.more |= 1 << i
			case s.more>>i&1 == 0 || q > s.next[i] || q == s.next[i] && h > s.other[i]:
				s.next[i], s.other[i] = q, h
				s.more |= 1 << i
			}
		}
	}
}
