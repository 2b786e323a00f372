package linkage

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"mitra/identity/script"
)

// searcher is one who searches: memory, and numbers for the values of his query
// that no record has.
type searcher struct {
	slot   uint32
	t      *tables
	scorer *scorer
	kin    kinship
	name   int // comparison of names, -1: none

	raw  []string
	row  []uint32 // the query
	news int      // tokens of it that are no record's

	k         int
	least     float64
	best      []found
	truncated bool
	weighed   int
	seen      []uint64 // entries weighed lately: number of the segment's turn, entry
	turn      uint64
	tried     []uint64 // the same of tokens compared with one of the query's
	asks      uint64

	cut    cutter
	keys   []uint32 // of the query
	ends   []int    // where those of each comparison end
	common []bool   // of each comparison: more than a few have one of them
	lists  [][]uint32
	both   []uint32 // entries found by two tokens
	theirs []uint32 // of a record
	beside []beside
	sum    uint32 // see warm
	asked  []asked
	alike  []alike
	marked []uint64
	given  uint64 // letters of initials
}

// lowest is a floor that every weight reaches.
var lowest = math.Inf(-1)

// bind has the searcher work on a view.
func (s *searcher) bind(t *tables, m *Model) {
	if s.t == t {
		return
	}
	if s.scorer == nil {
		s.scorer = t.newScorer(m, lowest)
		s.scorer.comparer = &comparer{}
		s.kin = m.kinship()
		s.row, s.seen, s.tried = make([]uint32, t.stride()), make([]uint64, 1<<12), make([]uint64, 1<<12)
		s.ends, s.common = make([]int, len(t.plan.comps)), make([]bool, len(t.plan.comps))
		s.name = t.nameAt()
	}
	s.t = t
	s.scorer.l = t.Linker
	s.scorer.comparer.name.tok = t.tok
	if s.name >= 0 {
		s.scorer.comparer.name.dom = t.plan.comps[s.name].dom
	}
}

// forget drops what a searcher refers to, but for his place.
func (s *searcher) forget() { *s = searcher{slot: s.slot} }

// word numbers a token of the query.
func (s *searcher) word(text string, kind script.Kind) uint32 {
	first := s.t.guestWord + s.slot*maxTokens
	for i := range uint32(s.news) {
		if s.t.tok.text[first+i] == text {
			return first + i
		}
	}
	if s.news == maxTokens {
		return first // a name has no more
	}
	s.t.fillWord(first+uint32(s.news), text, kind)
	s.news++
	return first + uint32(s.news) - 1
}

// value numbers a value of the query.
func (s *searcher) value(k int, second bool, v *normalised) uint32 {
	id := s.t.guest[k] + s.slot*guestIDs + 1
	if second {
		id++
	}
	s.t.fill(k, id, v)
	if d := s.t.plan.comps[k].dom; d.kind == Text {
		from := s.t.wordsFrom[k] + s.slot*guestWords
		var buf [guestWords]uint32
		d.wordsAt[id-1] = from
		d.wordsAt[id] = from + uint32(copy(d.words[from:from+guestWords], wordHashes(buf[:0], d.text[id])))
	}
	return id
}

// begin reads a query.
func (s *searcher) begin(cells []string, k int, least float64) {
	s.k, s.best, s.truncated, s.weighed, s.news = k, s.best[:0], false, 0, 0
	s.least, s.scorer.floor = least, least-floorSlack
	s.scorer.comparer.name.cache = fresh(s.scorer.comparer.name.cache)
	s.raw = s.t.take(s, 0, cells, s.raw, s.row)
	s.findKeys()
	s.boundName()
}

// boundName has the scorer know what a name that is not the query's, to the letter, can tell at most: the tokens that
// they share are no rarer together than all of the query's are.
func (s *searcher) boundName() {
	if s.name < 0 || s.row[s.name] == none {
		return
	}
	rarity := 0.0
	for _, w := range s.t.plan.comps[s.name].dom.name[s.row[s.name]].tokens() {
		rarity += s.t.tok.rarity[w]
	}
	s.bound(rarity)
}

// unbound takes that back.
func (s *searcher) unbound() {
	if s.name >= 0 {
		s.bound(lowest)
	}
}

// bound is what the levels of a name tell at most if it is no rarer than so.
func (s *searcher) bound(rarity float64) {
	most := s.scorer.most[s.name]
	for lv := range most {
		most[lv] = s.nameWeight(uint8(lv), rarity)
		if lv > 0 {
			most[lv] = max(most[lv], most[lv-1])
		}
	}
}

func (s *searcher) search(st *state, cells []string, k int, least float64) Hits {
	s.begin(cells, k, least)
	if k == 0 {
		return Hits{}
	}
	for i := range st.n {
		s.weighAny(st.tail.row(i), spot{tail: st.tail, entry: uint32(i)})
	}
	for _, seg := range st.segs {
		s.searchSegment(seg)
	}
	out := Hits{Truncated: s.truncated, Weighed: s.weighed}
	out.Hits = s.answer()
	return out
}

// likes is how many likenesses of tokens a searcher remembers; no more than one
// query long, since numbers of guests mean something else in the next.
const likes = 1 << 11

func fresh(m memo) memo {
	if m == nil {
		return make(memo, likes)
	}
	clear(m)
	return m
}

// weigh compares the query with a row, and keeps it if it is among the best. shares
// says whether they share a key that is no name's; nil means that they do.
func (s *searcher) weigh(row []uint32, at spot, shares func(row []uint32) bool) {
	s.weighed++
	if !s.scorer.compare(s.row, row) {
		return
	}
	if shares != nil && !(s.name >= 0 && s.scorer.levels[s.name] != nameDiffer && s.scorer.levels[s.name] != missing) && !shares(row) {
		return // found by chance
	}
	s.keep(s.scorer.weight(s.kin), row, at)
}

// weighAny weighs a row that no key has brought: it is kept if one could have.
func (s *searcher) weighAny(row []uint32, at spot) {
	s.weigh(row, at, func(row []uint32) bool {
		s.theirs = s.t.keysOf(s.theirs[:0], row)
		return slices.ContainsFunc(s.theirs, func(h uint32) bool { return slices.Contains(s.keys, h) })
	})
}

// noKey is for rows that the name alone has brought.
func noKey([]uint32) bool { return false }

// weight is that of the pair compared last: that of its cell, as Model.bases has it,
// and what rarity adds.
func (s *scorer) weight(kin kinship) float64 {
	w, adjust, shared := s.prior, 0.0, shares{}
	for k, lv := range s.levels {
		if lv != missing {
			w += s.bits[k][lv]
			adjust += s.adjust[k]
			shared.add(s.l, k, lv, s.adjust[k])
		}
	}
	if len(kin) > 0 {
		w += s.taken.bits(kin, s.levels, halfBits(shared[0]), halfBits(shared[1]))
	}
	return w + float64(float32(adjust))
}

// levels are those of the pair compared last, and what related people take from it.
func (s *searcher) levels() (out []LevelAt, related float64) {
	shared := shares{}
	for k, lv := range s.scorer.levels {
		if lv == missing {
			out = append(out, LevelAt{Level: -1})
			continue
		}
		out = append(out, LevelAt{Level: int(lv), Adjust: s.scorer.adjust[k]})
		shared.add(s.scorer.l, k, lv, s.scorer.adjust[k])
	}
	if len(s.kin) > 0 {
		related = s.kin.bits(s.scorer.levels, shares{float64(halfBits(shared[0])) / 2, float64(halfBits(shared[1])) / 2})
	}
	return out, related
}

// How much one segment may cost a query.
const (
	mostRead    = 1 << 20 // entries of lists that are read
	mostWeighed = 6_000   // entries that are weighed
	mostLooked  = 8_000   // entries that are looked at for one token alone
	mostSingle  = 2_000   // of them that are weighed
	fewHave     = 500     // a value in no more records finds them before any name does
)

// alike is a token that is like one of the query's.
type alike struct {
	word   uint32
	like   uint8
	rarity float64 // of the pair
	list   []uint32
	bound  float64 // prior and name of an entry that shares no more of it, at most
}

// asked is a token of the query.
type asked struct {
	word     uint32
	from, to int // of searcher.alike
	total    int // length of its lists
}

// searchSegment weighs what has a key in common with the query: what shares a value
// that few have; what shares two tokens of the name; then, the heaviest possible
// first, what shares one, until nothing that is left can be among the best.
func (s *searcher) searchSegment(seg *segment) {
	s.turn++
	limit := s.weighed + mostWeighed
	long := s.byValues(seg)
	rest := s.findBeside(seg)
	if s.name >= 0 && s.row[s.name] != none && s.nameMost()+rest >= s.scorer.floor {
		s.findAlike(seg)
		s.byTwo(seg, limit)
		s.byOne(seg, min(limit, s.weighed+mostSingle), rest)
	}
	// Records that share a common value, and none of the above.
	bound := s.scorer.prior + rest
	if s.name >= 0 {
		bound += max(0, s.scorer.bits[s.name][nameDiffer])
	}
	if long && bound >= s.scorer.floor {
		s.truncated = true
	}
}

// nameMost is what the prior and a name tell at most.
func (s *searcher) nameMost() float64 { return s.scorer.prior + s.scorer.most[s.name][nameExact] }

// entry weighs an entry, once.
func (s *searcher) entry(seg *segment, e uint32, shares func(row []uint32) bool) {
	key := s.turn<<32 | uint64(e)
	slot := &s.seen[mix(uint64(e))&uint64(len(s.seen)-1)]
	if *slot != key {
		*slot = key
		s.weigh(seg.row(e), spot{seg: seg, entry: e}, shares)
	}
}

// warmed is how many entries are brought into the processor's caches together: their
// values lie far apart, and many waits for memory are as long as one.
const warmed = 32

// warm does so at every warmed-th entry of a list; deep: with what its values are.
func (s *searcher) warm(seg *segment, list []uint32, i int, deep bool) {
	if i%warmed != 0 {
		return
	}
	list = list[i:min(i+warmed, len(list))]
	sum := uint32(0)
	for _, e := range list {
		sum += seg.rows[int(e)*seg.stride] + seg.rows[int(e)*seg.stride+seg.stride-1]
	}
	for k := range s.t.plan.comps {
		d := s.t.plan.comps[k].dom
		switch {
		case !deep || s.row[k] == none && k != s.t.birth || d.kind == SexKind || d.kind == CountryKind:
		case d.kind == FullName:
			for _, e := range list {
				sum += d.name[seg.row(e)[k]].tok[0]
			}
		default:
			for _, e := range list {
				sum += d.sketch[seg.row(e)[k]].head
			}
		}
	}
	s.sum = sum
}

// byValues weighs entries that share a value that few have, those that fewest have first, and reports whether
// there are values that more have.
func (s *searcher) byValues(seg *segment) (long bool) {
	at := 0
	s.lists = s.lists[:0]
	for k, end := range s.ends {
		s.common[k] = false
		for _, key := range s.keys[at:end] {
			switch l := seg.keys.of(key); {
			case len(l) > fewHave:
				long, s.common[k] = true, true
			case len(l) > 0:
				s.lists = append(s.lists, l)
			}
		}
		at = end
	}
	slices.SortStableFunc(s.lists, func(a, b []uint32) int { return cmp.Compare(len(a), len(b)) })
	for _, l := range s.lists {
		for i, e := range l {
			s.warm(seg, l, i, true)
			s.entry(seg, e, nil)
		}
	}
	return long
}

// findKeys lists the keys of the query, and those of other ways of writing its dates.
func (s *searcher) findKeys() {
	s.keys = s.keys[:0]
	for k := range s.t.plan.comps {
		s.keys = s.t.keysAt(s.keys, s.row, k)
		if c := &s.t.plan.comps[k]; !c.inert && (c.kind == BirthDate || c.kind == OtherDate) {
			s.findDates(c, k, s.row[k])
			if k == s.t.birth {
				s.findDates(c, k, s.row[len(s.row)-1])
			}
		}
		s.ends[k] = len(s.keys)
	}
}

func (s *searcher) findDates(c *comparison, k int, id uint32) {
	for _, d := range otherDates(c.dom.date[id]) {
		if id := s.t.findDate(k, d); id != none {
			s.keys = append(s.keys, valueKey(k, id))
		}
	}
}

// otherDates are a date with day and month swapped, and what is written by those who
// do not know the day or the month.
func otherDates(d dateValue) (out []dateValue) {
	if d.year == 0 {
		return nil
	}
	for _, o := range [...]dateValue{{d.year, d.day, d.month}, {d.year, d.month, 0}, {d.year, 0, 0}, {d.year, 1, 1}} {
		if o != d && (o.month != 0 || o.day == 0) {
			out = append(out, o)
		}
	}
	return out
}

func (t *tables) findDate(k int, d dateValue) uint32 {
	text := d.String()
	h := hashString(text)
	dom := t.plan.comps[k].dom
	id, _ := t.values[k].find(h, dom.size(), func(id uint32) bool { return dom.text[id] == text })
	return id
}

// beside is what a comparison other than the name may tell of an entry that no rare
// value has brought: what the same value tells, another one at most, and no value.
// Another value that is nearly the same is not counted on, since no key finds it.
type beside struct {
	k             int
	same, another float64
	date          bool
}

// findBeside weighs the values of the query; it returns what they tell together at
// most of an entry of the segment that no rare value has brought.
func (s *searcher) findBeside(seg *segment) (most float64) {
	s.beside = s.beside[:0]
	for k, w := range s.scorer.bits {
		c := &s.t.plan.comps[k]
		x := s.row[k]
		if k == s.t.birth && x == none {
			x = s.row[len(s.row)-1]
		}
		if c.inert || k == s.name || x == none {
			continue
		}
		b := beside{k: k, same: w[c.exact], another: w[0]}
		if !math.IsInf(s.scorer.freq[k][c.exact], 0) && c.kind != SexKind {
			b.same += s.scorer.freq[k][c.exact] - c.dom.rarity[x]
		}
		reach := s.common[k] // the same value, without that it had brought the entry
		switch c.kind {
		case SexKind, CountryKind:
			reach = true
		case BirthDate, OtherDate:
			b.date = true
			b.another = slices.Max(w[:dateSwapped])
			if reach { // of the ways of writing it
				b.another = slices.Max(w[:dateExact])
			}
		case Document, NationalID:
			if reach { // what is left without a character
				b.another = slices.Max(w[:c.exact])
			}
		case Text:
			b.another = max(w[0], w[1]) // a word in common
			reach = len(seg.keys.of(valueKey(k, x))) > fewHave
		}
		most += max(0, b.another)
		if reach {
			most += max(0, b.same-max(0, b.another))
		}
		s.beside = append(s.beside, b)
	}
	return most
}

// reaches reports whether an entry, with this much for its name and the prior, may be
// among the best.
func (s *searcher) reaches(row []uint32, sum float64) bool {
	for i := range s.beside {
		sum += s.most(&s.beside[i], row)
	}
	if sum < s.scorer.floor {
		return false
	}
	for i := range s.beside { // dates as they are, now that it matters
		if b := &s.beside[i]; b.date {
			lv, r := s.scorer.one(b.k, s.row, row)
			sum += s.scorer.set(b.k, lv, r) - s.most(b, row)
		}
	}
	return sum >= s.scorer.floor
}

// most is what a comparison may tell of an entry.
func (s *searcher) most(b *beside, row []uint32) float64 {
	switch y := row[b.k]; {
	case b.k == s.t.birth && y == none:
		return max(0, b.another, b.same)
	case y == none:
		return 0
	case y == s.row[b.k]:
		return b.same
	}
	if b.k == s.t.birth && s.row[b.k] == none { // the national id's
		return max(b.another, b.same)
	}
	return b.another
}

// findAlike finds, for each token of the query but initials, the tokens of the
// segment that are like it.
func (s *searcher) findAlike(seg *segment) {
	n := &s.t.plan.comps[s.name].dom.name[s.row[s.name]]
	s.asked, s.alike, s.given = s.asked[:0], s.alike[:0], 0
	for _, w := range n.tokens() {
		text := s.t.tok.text[w]
		if len(text) == 1 && !n.weak {
			s.given |= letters(text)
			continue
		}
		a := asked{word: w, from: len(s.alike)}
		s.near(seg, w)
		a.to = len(s.alike)
		if s.t.tok.kind[w] == script.Weak && !n.weak && a.to > a.from && s.alike[a.from].word == w {
			y := &s.alike[a.from] // only who has no other name is told by it
			y.list = y.list[:first(y.list, seg.alone)]
		}
		for _, y := range s.alike[a.from:] {
			a.total += len(y.list)
		}
		s.asked = append(s.asked, a)
	}
	slices.SortFunc(s.asked, func(a, b asked) int { return cmp.Or(cmp.Compare(a.total, b.total), cmp.Compare(a.from, b.from)) })
}

// near appends the tokens that are like w.
func (s *searcher) near(seg *segment, w uint32) {
	tok := s.t.tok
	text := cut(tok.text[w])
	s.asks++
	left := mostTried
	add := func(y uint32) {
		if slot := &s.tried[mix(uint64(y))&uint64(len(s.tried)-1)]; *slot == s.asks<<32|uint64(y) {
			return
		} else if left == 0 {
			s.truncated = true
			return
		} else {
			*slot = s.asks<<32 | uint64(y)
			left--
		}
		like := uint8(tokSame)
		if y != w {
			if like = s.scorer.comparer.name.tokenLike(w, y); like == tokDiffer {
				return
			}
		}
		if list := seg.words.of(wordKey(y)); len(list) > 0 {
			s.alike = append(s.alike, alike{word: y, like: like, rarity: max(tok.rarity[w], tok.rarity[y]), list: list})
		}
	}
	add(w)
	for _, h := range s.cut.keys(text) {
		for _, y := range seg.near.of(h) {
			add(y)
		}
	}
	for _, y := range seg.sound.of(uint32(tok.skeleton[w] >> 32)) {
		add(y)
	}
	if len(text) == 1 {
		return
	}
	if y := s.t.findWord(text[:1]); y != 0 { // an initial of it
		add(y)
	}
	if len(text) < leastCut {
		return
	}
	for l := leastCut; l < len(text); l++ { // of which it is the beginning, or that are of it
		if y := s.t.findWord(text[:l]); y != 0 {
			add(y)
		}
	}
	at, _ := slices.BinarySearchFunc(seg.sorted, text, func(y uint32, text string) int { return strings.Compare(tok.text[y], text) })
	for _, y := range seg.sorted[at:min(at+mostCut, len(seg.sorted))] {
		if !strings.HasPrefix(tok.text[y], text) {
			break
		}
		add(y)
	}
}

const (
	mostCut   = 512     // tokens that begin as one does that are looked at
	mostTried = 1 << 14 // tokens that are compared with one of the query's
)

// filter is a set of entries that may say yes where it should say no.
type filter struct {
	bits []uint64
	mask uint32
}

func (f *filter) has(e uint32) bool { return f.bits[e&f.mask/64]>>(e%64)&1 != 0 }
func (f *filter) add(e uint32)      { f.bits[e&f.mask/64] |= 1 << (e % 64) }

// byTwo weighs the entries whose names have two tokens of the query: of every two
// the rarer ones are marked, and the others' lists read against the marks.
func (s *searcher) byTwo(seg *segment, limit int) {
	f := s.filter(seg.entries())
	read := 0
	s.both = s.both[:0]
	for i, a := range s.asked {
		last := i == len(s.asked)-1
		for _, y := range s.alike[a.from:a.to] {
			if read += len(y.list); read > mostRead {
				s.truncated = true
				break
			}
			for _, e := range y.list {
				if i > 0 && f.has(e) || s.given != 0 && seg.initial[e]&s.given != 0 {
					if s.both = append(s.both, e); len(s.both) == warmed && !s.weighBoth(seg, limit) {
						return
					}
				}
			}
		}
		if last {
			break
		}
		for _, y := range s.alike[a.from:a.to] {
			if read += len(y.list); read > mostRead {
				s.truncated = true
				break
			}
			for _, e := range y.list {
				f.add(e)
			}
		}
	}
	if s.weighBoth(seg, limit) {
		s.byJoined(seg, limit)
	}
}

// weighBoth weighs what byTwo has found, and reports whether there is time for more.
func (s *searcher) weighBoth(seg *segment, limit int) bool {
	s.warm(seg, s.both, 0, len(s.beside) == 0)
	for _, e := range s.both {
		if s.weighed >= limit {
			s.truncated = true
			return false
		}
		if len(s.beside) == 0 || s.reaches(seg.row(e), s.nameMost()) {
			s.entry(seg, e, noKey)
		}
	}
	s.both = s.both[:0]
	return true
}

func (s *searcher) filter(n int) filter {
	size := min(1<<bits.Len(uint(max(n, 64)-1)), 1<<20)
	if len(s.marked) < size/64 {
		s.marked = make([]uint64, size/64)
	}
	f := filter{s.marked[:size/64], uint32(size - 1)}
	clear(f.bits)
	return f
}

// byJoined weighs the entries in whose names two tokens of the query are one, or
// one of them is two.
func (s *searcher) byJoined(seg *segment, limit int) {
	toks := s.t.plan.comps[s.name].dom.name[s.row[s.name]].tokens()
	text := s.t.tok.text
	list := func(word string) []uint32 {
		if w := s.t.findWord(word); w != 0 {
			return seg.words.of(wordKey(w))
		}
		return nil
	}
	read := 0
	more := func(n int) bool { // whether there is time for lists of this length
		read += n
		s.truncated = s.truncated || read > mostRead || s.weighed >= limit
		return read <= mostRead && s.weighed < limit
	}
	for _, x := range toks {
		for _, y := range toks {
			if n := len(text[x]) + len(text[y]); x != y && n >= leastJoined && n <= maxWord {
				for _, e := range list(text[x] + text[y]) {
					if !more(1) {
						return
					}
					s.entry(seg, e, noKey)
				}
			}
		}
		for i := 1; i < len(text[x]) && len(text[x]) >= leastJoined && len(text[x]) <= maxWord; i++ {
			a, b := list(text[x][:i]), list(text[x][i:])
			if len(a) > len(b) {
				a, b = b, a
			}
			for _, e := range a { // both ascend
				if !more(1) {
					return
				}
				at := first(b, e)
				if b = b[at:]; len(b) == 0 {
					break
				}
				if b[0] == e {
					s.entry(seg, e, noKey)
				}
			}
		}
	}
}

// byOne weighs entries that share one token of the name and little else: lists in
// the order of what an entry of them may weigh, until no more can be among the best.
func (s *searcher) byOne(seg *segment, limit int, rest float64) {
	n := &s.t.plan.comps[s.name].dom.name[s.row[s.name]]
	lone := bits.OnesCount8(n.strong) == 1
	extra := 0.0 // what tokens that tell nobody add
	for i, w := range n.tokens() {
		if n.strong>>i&1 == 0 {
			extra += s.t.tok.rarity[w]
		}
	}
	bound := func(level uint8, y *alike) float64 { return s.scorer.prior + s.nameWeight(level, y.rarity+extra) }
	var parts []alike
	for i := range s.alike {
		y := s.alike[i]
		cut := first(y.list, seg.alone)
		alone, others := y, y
		alone.list, others.list = y.list[:cut], y.list[cut:]
		switch {
		case y.like == tokSame && lone:
			alone.bound, others.bound = bound(nameExact, &y), bound(nameWithinOne, &y)
		case lone:
			alone.bound, others.bound = bound(nameAllNear, &y), bound(nameResembles, &y)
		case y.like == tokSame:
			alone.bound, others.bound = bound(nameWithinOne, &y), bound(nameShares, &y)
		default:
			alone.bound, others.bound = bound(nameResembles, &y), bound(nameResembles, &y)
		}
		for _, p := range [...]alike{alone, others} {
			if len(p.list) > 0 && p.bound+rest >= s.scorer.floor {
				parts = append(parts, p)
			}
		}
	}
	slices.SortFunc(parts, func(a, b alike) int {
		return cmp.Or(cmp.Compare(b.bound, a.bound), cmp.Compare(len(a.list), len(b.list)), cmp.Compare(s.t.tok.hash[a.word], s.t.tok.hash[b.word]))
	})
	looked := 0
	for _, p := range parts {
		for i, e := range p.list {
			s.warm(seg, p.list, i, len(s.beside) == 0)
			if p.bound+rest < s.scorer.floor {
				return
			}
			if len(s.best) == s.k && grade(p.bound+rest+floorSlack) <= grade(s.best[s.k-1].weight) && seg.content[e] > s.best[s.k-1].content {
				break // entries are in the order of content
			}
			if looked++; s.weighed >= limit || looked > mostLooked {
				s.truncated = true
				return
			}
			if len(s.beside) == 0 || s.reaches(seg.row(e), p.bound) {
				s.entry(seg, e, noKey)
			}
		}
	}
}

// nameWeight is what a level of names tells at this rarity.
func (s *searcher) nameWeight(level uint8, rarity float64) float64 {
	w := s.scorer.bits[s.name][level]
	if f := s.scorer.freq[s.name][level]; !math.IsInf(f, 0) {
		w += f - max(rarity, s.scorer.comparer.name.dom.rarest)
	}
	return w
}
