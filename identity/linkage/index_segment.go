package linkage

import (
	"cmp"
	"errors"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// segment is some records of an index and the keys that find them. Records with
// the same values are one entry. Nothing of it changes but the marks of records
// that were removed.
type segment struct {
	stride  int
	rows    []uint32 // stride numbers of values for each entry
	content []uint64 // of each entry, ascending
	alone   uint32   // entries before it have a name of one token that counts
	initial []uint64 // of each entry, the letters with which tokens of its name begin; see letters
	from    []uint32 // of each entry, its first record; one more at the end
	ids     texts    // of the records
	byID    lists    // short hash of an id → records
	dead    []atomic.Uint64

	words  lists    // token → entries
	near   lists    // a token without some letters → tokens
	sound  lists    // its skeleton → tokens
	sorted []uint32 // tokens in the order of their texts
	keys   lists    // a value, or what of it is kept by an error → entries
}

func (s *segment) entries() int              { return len(s.content) }
func (s *segment) row(entry uint32) []uint32 { return s.rows[int(entry)*s.stride:][:s.stride] }
func (s *segment) isDead(record uint32) bool {
	return s.dead[record/64].Load()>>(record%64)&1 != 0
}

// live reports whether an entry has a record that was not removed.
func (s *segment) live(entry uint32) bool {
	for r := s.from[entry]; r < s.from[entry+1]; r++ {
		if !s.isDead(r) {
			return true
		}
	}
	return false
}

// remove marks the records with the id, and returns how many there were.
func (s *segment) remove(id string) (n int) {
	for r := range s.having(id) {
		s.dead[r/64].Or(1 << (r % 64))
		n++
	}
	return n
}

// having are the live records with the id.
func (s *segment) having(id string) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s.byID.of(short(hashString(id))) {
			if s.ids.at(int(r)) == id && !s.isDead(r) && !yield(r) {
				return
			}
		}
	}
}

// errTooMany is returned where ids would take 4 GB, or there would be as many keys.
var errTooMany = errors.New("more records than one index takes")

// records are rows and ids before they are a segment.
type records struct {
	rows []uint32
	ids  []string
}

// newSegment makes a segment of records, in any order.
func newSegment(t *tables, stride int, in records) (*segment, error) {
	n := len(in.ids)
	content, order := make([]uint64, n), make([]uint32, n)
	name := t.nameAt()
	const chunk = 1 << 13
	inParallel((n+chunk-1)/chunk, func(c int) {
		for i := c * chunk; i < min((c+1)*chunk, n); i++ {
			content[i], order[i] = t.content(in.rows[i*stride:(i+1)*stride]), uint32(i)
		}
	})
	if n < 1<<12 {
		slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(content[a], content[b]) })
		slices.Sort(content)
	} else {
		radixSort(content, order)
	}
	s := &segment{stride: stride, dead: make([]atomic.Uint64, (n+63)/64)}
	at := func(i int) []uint32 { return in.rows[int(order[i])*stride:][:stride] }
	for i := 0; i < n; { // records of one content: nearly always of one row
		j := i + 1
		for j < n && content[j] == content[i] {
			j++
		}
		if j > i+1 {
			slices.SortFunc(order[i:j], func(a, b uint32) int {
				return slices.Compare(in.rows[int(a)*stride:][:stride], in.rows[int(b)*stride:][:stride])
			})
		}
		i = j
	}
	s.rows = make([]uint32, 0, n*stride)
	s.content, s.from = make([]uint64, 0, n), make([]uint32, 0, n+1)
	size := 0
	for i := range n {
		if i == 0 || content[i] != content[i-1] || !slices.Equal(at(i), at(i-1)) {
			s.rows = append(s.rows, at(i)...)
			s.content = append(s.content, content[i])
			s.from = append(s.from, uint32(i))
		}
		size += len(in.ids[order[i]])
	}
	s.from = append(s.from, uint32(n))
	if uint64(size) >= 1<<32 || n >= 1<<31 {
		return nil, errTooMany
	}
	first, _ := slices.BinarySearch(s.content, many)
	s.alone = uint32(first)
	s.ids.end = make([]uint32, 0, n)
	pairs := make([]uint64, n)
	for i := range n {
		id := in.ids[order[i]]
		s.ids.add(id)
		pairs[i] = uint64(short(hashString(id)))<<32 | uint64(i)
	}
	s.byID = newLists(pairs)
	var both sync.WaitGroup
	var err error
	both.Go(func() { err = s.findValues(t) })
	if name >= 0 {
		s.findWords(t, name)
	}
	both.Wait()
	return s, err
}

// nameAt is the comparison of names, -1 if there is none or it tells nothing.
func (t *tables) nameAt() int {
	for k := range t.plan.comps {
		if t.plan.comps[k].kind == FullName && !t.plan.comps[k].inert {
			return k
		}
	}
	return -1
}

// findWords makes the keys of names.
func (s *segment) findWords(t *tables, name int) {
	dom, tok := t.plan.comps[name].dom, t.tok
	pairs := make([]uint64, 0, 5*s.entries()/2)
	s.initial = make([]uint64, s.entries())
	has := make([]uint64, len(tok.text)/64+1)
	for e := range s.entries() {
		for _, w := range dom.name[s.row(uint32(e))[name]].tokens() {
			pairs = append(pairs, uint64(wordKey(w))<<32|uint64(e))
			has[w/64] |= 1 << (w % 64)
			s.initial[e] |= letters(tok.text[w][:1])
		}
	}
	s.words = newLists(pairs)
	for i, set := range has {
		for ; set != 0; set &= set - 1 {
			s.sorted = append(s.sorted, uint32(i*64+bits.TrailingZeros64(set)))
		}
	}
	pairs = pairs[:0]
	var cut cutter
	for _, w := range s.sorted {
		for _, h := range cut.keys(tok.text[w]) {
			pairs = append(pairs, uint64(h)<<32|uint64(w))
		}
	}
	s.near = newLists(pairs)
	pairs = pairs[:0]
	for _, w := range s.sorted {
		pairs = append(pairs, tok.skeleton[w]>>32<<32|uint64(w))
	}
	s.sound = newLists(pairs)
	slices.SortFunc(s.sorted, func(a, b uint32) int { return strings.Compare(tok.text[a], tok.text[b]) })
}

// findValues makes the keys of all else.
func (s *segment) findValues(t *tables) error {
	const chunk = 1 << 15
	parts := make([][]uint64, (s.entries()+chunk-1)/chunk)
	inParallel(len(parts), func(i int) {
		var keys []uint32
		var pairs []uint64
		for e := i * chunk; e < min((i+1)*chunk, s.entries()); e++ {
			keys = t.keysOf(keys[:0], s.row(uint32(e)))
			for _, h := range keys {
				pairs = append(pairs, uint64(h)<<32|uint64(e))
			}
		}
		parts[i] = pairs
	})
	size := uint64(0)
	for _, p := range parts {
		size += uint64(len(p))
	}
	if size >= 1<<32 {
		return errTooMany
	}
	s.keys = newLists(slices.Concat(parts...))
	return nil
}

// wordKey mixes the number of a token; no two have the same.
func wordKey(w uint32) uint32 {
	w ^= w >> 16
	w *= 0x7feb352d
	w ^= w >> 15
	w *= 0x846ca68b
	return w ^ w>>16
}

// lists are lists of numbers by key, in the order of keys; each list ascending.
type lists struct {
	shift  uint8
	bucket []uint32 // where the keys begin whose upper bits are those
	key    []uint32
	val    []uint32
}

// newLists makes lists of pairs, the key in the upper half; of one key, the values
// stand in ascending order. It uses up the pairs.
func newLists(pairs []uint64) lists {
	sortByKey(pairs)
	pairs = slices.Compact(pairs)
	bitsUsed := bits.Len(uint(len(pairs) / 4))
	l := lists{shift: uint8(32 - bitsUsed), bucket: make([]uint32, 1<<bitsUsed+1), key: make([]uint32, len(pairs)), val: make([]uint32, len(pairs))}
	for i, p := range pairs {
		l.key[i], l.val[i] = uint32(p>>32), uint32(p)
		l.bucket[p>>32>>l.shift+1]++
	}
	for i := range l.bucket[1:] {
		l.bucket[i+1] += l.bucket[i]
	}
	return l
}

// of returns the values of a key.
func (l *lists) of(key uint32) []uint32 {
	if len(l.bucket) == 0 {
		return nil
	}
	b := uint64(key) >> l.shift
	from, to := l.bucket[b], l.bucket[b+1]
	keys := l.key[from:to]
	if len(keys) == 0 {
		return nil
	}
	lo := 0
	if keys[0] != key {
		if lo = first(keys, key); lo == len(keys) || keys[lo] != key {
			return nil
		}
	}
	hi := len(keys)
	if keys[hi-1] != key {
		hi = lo + first(keys[lo:], key+1)
	}
	return l.val[from+uint32(lo) : from+uint32(hi)]
}

// first is the place of the first of ascending keys that is not less.
func first(keys []uint32, key uint32) int {
	lo, hi := 0, len(keys)
	for lo < hi {
		if m := (lo + hi) / 2; keys[m] < key {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// sortByKey sorts by the upper halves and keeps the order of equal ones.
func sortByKey(p []uint64) {
	if len(p) < 1<<10 {
		slices.SortStableFunc(p, func(a, b uint64) int {
			switch {
			case a>>32 < b>>32:
				return -1
			case a>>32 > b>>32:
				return 1
			}
			return 0
		})
		return
	}
	// First by the uppermost digit, then each of its parts by the others: parts fit
	// the cache, and processors share them.
	spare := make([]uint64, len(p))
	const digit = 8
	end := scatter(spare, p, 64-digit)
	inParallel(len(end), func(i int) {
		from := 0
		if i > 0 {
			from = end[i-1]
		}
		p, spare := p[from:end[i]], spare[from:end[i]]
		for shift := 32; shift < 64-digit; shift += digit { // an odd number of rounds: the result is in p
			scatter(p, spare, shift)
			p, spare = spare, p
		}
	})
}

// scatter sorts pairs by the byte from shift on, and returns where those of each end.
func scatter(to, from []uint64, shift int) (at [256]int) {
	for _, x := range from {
		at[x>>shift&0xff]++
	}
	sum := 0
	for i, c := range at {
		at[i] = sum
		sum += c
	}
	for _, x := range from {
		d := x >> shift & 0xff
		to[at[d]] = x
		at[d]++
	}
	return at
}
