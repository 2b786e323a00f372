package linkage

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// Link compares the records that came since the last time with all others and with each
// other, wherever a key brings two together. progress may be nil.
//
// Only what new records share can matter: their keys' values are few enough to stay near
// the processor, and every record is looked at once to see which of them it has. Very many
// are linked in portions, which by what is said of [Register] makes no difference.
func (r *Register) Link(progress func(done, total int64)) (out Linked) {
	r.settle()
	waiting := 0
	for _, s := range r.rolls() {
		waiting += len(s.ids) - s.linked
	}
	portions := int64((waiting + portion - 1) / portion)
	for i := int64(0); out.New < waiting; i++ {
		l := r.newLinking()
		l.collect()
		l.find(func(done, total int64) {
			if progress != nil {
				progress(i*total+done, portions*total)
			}
		})
		out.GivenUp += l.refuse()
		out.Compared += l.compare()
		out.New += len(l.fresh)
		for _, s := range r.rolls() {
			s.linked = l.end[s.n]
		}
	}
	return out
}

// portion is how many new records are linked at a time, for the sake of memory.
var portion = 1 << 16

// Records of both sides are numbered through: right record b is record left+b.

// class is a value of a key.
func class(key int, value uint64) uint64 { return uint64(key)<<valueBits | value }

func (r *Register) keyOf(class uint64) int { return int(class >> valueBits) }

// linking is the linking of new records.
type linking struct {
	r     *Register
	left  uint32
	total uint32
	fresh []uint32 // the new records
	end   [2]int   // behind the last of them on each side
	view  *outlook

	classes []uint64 // that new records have, from 1 on
	slots   lookup   // class → its number
	from    []uint32 // of each class, where its new records begin in members
	members []uint32 // places in fresh
	size    []atomic.Int32
	most    []int32 // of each class
	refused []bool  // classes that too many hold
	hits    [][]hit // of each chunk of records
}

// hit is a record that has a class.
type hit struct{ record, class uint32 }

const recordChunk = 1 << 13

func (r *Register) newLinking() *linking {
	l := &linking{r: r}
	for n, s := range r.rolls() {
		l.end[n] = min(len(s.ids), s.linked+portion-len(l.fresh))
		for i := s.linked; i < l.end[n]; i++ {
			l.fresh = append(l.fresh, l.total+uint32(i))
		}
		l.total += uint32(len(s.ids))
		if n == 0 {
			l.left = l.total
		}
	}
	return l
}

// place is where a record stands.
func (r *Register) place(left, record uint32) (*Roll, uint32) {
	if record < left {
		return r.side[0], record
	}
	return r.side[1], record - left
}

// row returns the values of a record.
func (r *Register) row(left, record uint32) []uint32 {
	s, i := r.place(left, record)
	return s.at(i)
}

// collect finds the classes of the new records, and who has each.
func (l *linking) collect() {
	l.view = l.r.outlook(l.left, l.fresh)
	type entry struct {
		class uint64
		at    uint32
	}
	var all []entry
	v := l.view.viewer()
	for at, rec := range l.fresh {
		v.classes(rec, func(class uint64) { all = append(all, entry{class, uint32(at)}) })
	}
	slices.SortFunc(all, func(x, y entry) int { return cmp.Or(cmp.Compare(x.class, y.class), cmp.Compare(x.at, y.at)) })
	l.classes, l.from = []uint64{0}, []uint32{0}
	for i, e := range all {
		if i == 0 || e.class != all[i-1].class {
			l.classes, l.from = append(l.classes, e.class), append(l.from, uint32(len(l.members)))
		} else if e == all[i-1] {
			continue
		}
		l.members = append(l.members, e.at)
	}
	n := len(l.classes)
	l.from = append(l.from, uint32(len(l.members)))
	l.slots = newLookup(n)
	l.size, l.most, l.refused = make([]atomic.Int32, n), make([]int32, n), make([]bool, n)
	for i := 1; i < n; i++ {
		l.slots.put(mix(l.classes[i]), uint32(i))
		l.most[i], l.refused[i] = int32(l.r.ring.most[l.r.keyOf(l.classes[i])]), l.r.ring.refused[l.classes[i]]
	}
}

// find looks at every record for the classes of the new ones.
func (l *linking) find(progress func(done, total int64)) {
	n := int(l.total+recordChunk-1) / recordChunk
	l.hits = make([][]hit, n)
	var mu sync.Mutex
	done := int64(0)
	eachChunk(n, 1, func() func(from, to int) {
		v := l.view.viewer()
		return func(c, _ int) {
			var out []hit
			for rec := uint32(c) * recordChunk; rec < min(uint32(c+1)*recordChunk, l.total); rec++ {
				if !l.isThere(rec) {
					continue
				}
				v.classes(rec, func(class uint64) {
					at, ok := l.slots.find(mix(class), len(l.classes), func(id uint32) bool { return l.classes[id] == class })
					if ok && l.size[at].Add(1) <= l.most[at] && !l.refused[at] {
						out = append(out, hit{rec, at})
					}
				})
			}
			l.hits[c] = out
			mu.Lock()
			done++
			progress(done, int64(n))
			mu.Unlock()
		}
	})
}

// refuse refuses the classes that too many records hold, and withdraws pairs that only
// such a one brought. It returns how many pairs of new records are given up at most.
func (l *linking) refuse() (lost int64) {
	grown := false
	for i := 1; i < len(l.classes); i++ {
		n := l.size[i].Load()
		if n > l.most[i] && !l.refused[i] {
			l.refused[i], grown = true, true
			l.r.ring.refused[l.classes[i]] = true
		}
		if l.refused[i] {
			m := int64(l.from[i+1] - l.from[i])
			lost += m*(int64(n)-m) + m*(m-1)/2
		}
	}
	if grown {
		l.r.withdraw(l.left)
	}
	return lost
}

// compare compares the pairs of the classes that are left.
func (l *linking) compare() (compared int64) {
	r := l.r
	found := make([][]Pair, len(l.hits))
	var sum atomic.Int64
	eachChunk(len(l.hits), 1, func() func(from, to int) {
		s := r.newWeigher()
		var others []uint32
		return func(c, _ int) {
			hits := l.hits[c]
			for len(hits) > 0 {
				rec := hits[0].record
				others = others[:0]
				for len(hits) > 0 && hits[0].record == rec {
					if at := hits[0].class; !l.refused[at] {
						others = append(others, l.members[l.from[at]:l.from[at+1]]...)
					}
					hits = hits[1:]
				}
				slices.Sort(others)
				for _, at := range slices.Compact(others) {
					other := l.fresh[at]
					if !l.mayMeet(rec, other) {
						continue
					}
					sum.Add(1)
					a, b := min(rec, other), max(rec, other)
					if w, ok := s.weigh(r.row(l.left, a), r.row(l.left, b)); ok {
						if !r.tables.dedup {
							b -= l.left
						}
						found[c] = append(found[c], Pair{Left: int(a), Right: int(b), Weight: w})
					}
				}
			}
		}
	})
	r.pairs = slices.Concat(append([][]Pair{r.pairs}, found...)...)
	return sum.Load()
}

// mayMeet reports whether a record is compared with a new one, when it is its turn: two
// new ones meet once.
func (l *linking) mayMeet(rec, fresh uint32) bool {
	if l.r.tables.dedup {
		return rec < fresh // as all old ones are
	}
	if rec < l.left == (fresh < l.left) {
		return false
	}
	return rec >= l.left || !l.isNew(rec)
}

func (l *linking) isNew(rec uint32) bool {
	s, i := l.r.place(l.left, rec)
	return int(i) >= s.linked
}

// isThere reports whether a record is not one of a later portion.
func (l *linking) isThere(rec uint32) bool {
	s, i := l.r.place(l.left, rec)
	return int(i) < l.end[s.n]
}

// withdraw takes back the pairs, but for those of the run, whose every common class is
// refused.
func (r *Register) withdraw(left uint32) {
	var all []uint32 // records of pairs that may have to go
	suspect := func(p Pair) bool { return p.Left >= r.side[0].trained || p.Right >= r.side[1].trained }
	right := left
	if r.tables.dedup {
		right = 0
	}
	for _, p := range r.pairs {
		if suspect(p) {
			all = append(all, uint32(p.Left), right+uint32(p.Right))
		}
	}
	slices.Sort(all)
	v := r.outlook(left, slices.Compact(all)).viewer()
	var mine []uint64
	r.pairs = slices.DeleteFunc(r.pairs, func(p Pair) bool {
		if !suspect(p) {
			return false
		}
		mine = mine[:0]
		v.classes(uint32(p.Left), func(class uint64) {
			if !r.ring.refused[class] {
				mine = append(mine, class)
			}
		})
		stays := false
		v.classes(right+uint32(p.Right), func(class uint64) { stays = stays || slices.Contains(mine, class) })
		return !stays
	})
}

// outlook is what keys are made of, of all records, as far as some of them have it:
// what those do not have brings nobody to them.
type outlook struct {
	*features
	r    *Register
	left uint32
	of   []valueFeatures // of each part
	// whole is, of the rows that count, by a hash of the numbers of their values, the
	// feature that stands for all values: it must not depend on numbers.
	whole map[uint64]uint32
}

// valueFeatures are the features that values have of a part, slots of each; 0 for those
// that do not count.
type valueFeatures struct {
	hash []uint32
	bits []uint8
}

// outlook finds the features that some records have.
func (r *Register) outlook(left uint32, some []uint32) *outlook {
	t := r.tables
	r.fillFeatures()
	o := &outlook{features: t.layout(), r: r, left: left, whole: make(map[uint64]uint32, len(some))}
	o.of = make([]valueFeatures, len(o.parts))
	for _, rec := range some {
		row := r.row(left, rec)
		o.whole[numbersOf(row)] = short(t.content(row))
	}
	inParallel(len(o.parts), func(i int) {
		p := &o.parts[i]
		if p.comp == everything {
			return
		}
		bits := map[uint32]uint8{}
		add := func(id uint32) {
			if id == none {
				return
			}
			for _, h := range p.values(id) {
				if _, ok := bits[h]; !ok && h != 0 {
					bits[h] = r.ring.known[i].of(h, r.ring.fresh)
				}
			}
		}
		for _, rec := range some {
			row := r.row(left, rec)
			add(row[p.comp])
			if p.to-p.from > p.slots {
				add(row[len(row)-1])
			}
		}
		n := t.plan.comps[p.comp].dom.size()
		v := valueFeatures{make([]uint32, n*p.slots), make([]uint8, n*p.slots)}
		for id := 1; id < n; id++ {
			for j, h := range p.values(uint32(id)) {
				if b, ok := bits[h]; ok {
					v.hash[id*p.slots+j], v.bits[id*p.slots+j] = h, b
				}
			}
		}
		o.of[i] = v
	})
	return o
}

// numbersOf is a hash of the numbers of a row's values.
func numbersOf(row []uint32) (h uint64) {
	for _, n := range row {
		h = (h ^ uint64(n)) * 0x100000001b3
		h ^= h >> 29
	}
	return h
}

// viewer looks at one record after the other; each worker has its own.
type viewer struct {
	*outlook
	row      features // of one record
	hash     []uint32 // its slots
	bits     []uint8
	emitters []*emitter // of each key
	values   []uint64
}

func (o *outlook) viewer() *viewer {
	v := &viewer{outlook: o, row: *o.features, hash: make([]uint32, o.slots), bits: make([]uint8, o.slots)}
	v.row.resize(1)
	for i := range o.r.ring.keys {
		v.emitters = append(v.emitters, o.r.ring.keys[i].emitter(&v.row, 0))
	}
	return v
}

// classes calls do with every class that a record has.
func (v *viewer) classes(record uint32, do func(class uint64)) {
	row := v.r.row(v.left, record)
	hash, bits := v.hash, v.bits
	for i := range v.parts {
		p := &v.parts[i]
		if p.comp == everything {
			hash[p.from], bits[p.from] = v.whole[numbersOf(row)], v.r.ring.fresh
			continue
		}
		of, id := &v.of[i], int(row[p.comp])
		copy(hash[p.from:], of.hash[id*p.slots:(id+1)*p.slots])
		copy(bits[p.from:], of.bits[id*p.slots:(id+1)*p.slots])
		if p.to-p.from > p.slots { // the second date, unless it is the first again
			second := p.from + p.slots
			nik := int(row[len(row)-1])
			copy(hash[second:], of.hash[nik*p.slots:(nik+1)*p.slots])
			copy(bits[second:], of.bits[nik*p.slots:(nik+1)*p.slots])
			if hash[second] == hash[p.from] {
				hash[second] = 0
			}
		}
	}
	v.row.keep(0, hash, bits)
	for k := range v.r.ring.keys {
		v.values = v.emitters[k].emit(0, 1, v.values[:0])
		for _, value := range v.values {
			do(class(k, value>>(64-valueBits)))
		}
	}
}

// fillFeatures finds the rarest words of texts, as sealWords does, by the frequencies that the run found.
func (r *Register) fillFeatures() {
	t := r.tables
	for k := range t.plan.comps {
		if d := t.plan.comps[k].dom; r.ring.words[k].has {
			d.worded, d.keyWords = true, t.perValue(k, func(id uint32, to []uint32) { r.ring.words[k].rarest(d.wordsOf(id), to) })
		}
	}
}

// perValue makes keyTokens features of each value of comparison k.
func (t *tables) perValue(k int, do func(id uint32, to []uint32)) []uint32 {
	n, guest := t.plan.comps[k].dom.size(), int(t.guest[k])
	out := make([]uint32, keyTokens*n)
	eachChunk(n, 1<<13, func() func(from, to int) {
		return func(from, to int) {
			for id := max(from, 1); id < to; id++ {
				if id < guest || id >= guest+allGuests {
					do(uint32(id), out[id*keyTokens:(id+1)*keyTokens])
				}
			}
		}
	})
	return out
}

// rarest writes the rarest of some words.
func (t *wordCounts) rarest(words, to []uint32) {
	if len(words) > len(to) {
		words = slices.Clone(words)
		slices.SortFunc(words, func(a, b uint32) int { return cmp.Or(cmp.Compare(t.of(a), t.of(b)), cmp.Compare(a, b)) })
		words = words[:len(to)]
	}
	copy(to, words)
}

// weigher weighs pairs; each worker has its own.
type weigher struct {
	*scorer
	kin   kinship
	least float64
}

func (r *Register) newWeigher() *weigher {
	return &weigher{r.tables.newScorer(&r.model, r.floor-floorSlack), r.model.kinship(), r.floor}
}

// weigh returns the weight of a pair before rivals, and whether it is kept.
func (s *weigher) weigh(a, b []uint32) (float64, bool) {
	if !s.scorer.compare(a, b) {
		return 0, false
	}
	w := s.weight(s.kin)
	return w, w >= s.least
}
