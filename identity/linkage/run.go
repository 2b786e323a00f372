package linkage

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options of one run. The zero value is what a user expects.
type Options struct {
	// Min is the probability from which pairs are kept; zero means the spec's
	// review threshold.
	Min float64
	// Many says that a record may have any number of partners in the other file;
	// pairs are then judged each by itself.
	Many bool
	// Clash says, for two files, whether two records of the right one cannot both
	// belong to one of the left: permits of one person that were in force one
	// after the other do not clash. Nil means that any two do.
	Clash func(right1, right2 int) bool
	// Same says, for two files, whether two records of the left one are known to
	// be one person, so that a right record may belong to both. Nil means that no
	// two are. Both functions are called from several goroutines at once.
	Same func(left1, left2 int) bool
	// Now and Progress report on the way; both may be nil. Now is used for
	// timings only, never for results. They are called from several goroutines,
	// Progress from one at a time.
	Now      func() time.Time
	Progress func(stage string, done, total int64)
}

// Pair is two records and the weight of the evidence that they are one person.
// Left and Right count the records of each side in the order they were added;
// in one file Left is the one with the lesser id, of equal ids the one added first.
type Pair struct {
	Left, Right int
	Weight      float64 // bits
	Rivals      float64 // bits that other likely partners of the two took from it
}

// P is the pair's probability.
func (p Pair) P() float64 { return Probability(p.Weight) }

// Result is what a run found.
type Result struct {
	Model Model
	// Pairs are all pairs with a probability of at least Options.Min, in the
	// order of the records' ids; nothing has been assigned yet.
	Pairs []Pair
	// Compared is the number of candidate pairs.
	Compared int64
	// LeftOut are columns that no spec asked for and that are not compared, because
	// there are too many; those that tell least.
	LeftOut []string
	// Alike says that nothing was compared, because no column has values in which
	// the rows differ.
	Alike bool
	// GivenUp is the most pairs that were not compared though they share a value,
	// because too many share it and these were compared in pieces; they count as no match.
	GivenUp int64
	// BlockingRecall is the estimated share of true pairs among the candidates,
	// from how many of the found ones a single key brought (Chao 1987); 1 if
	// nothing was found. Where there is but one key nothing is estimated, and it is
	// a lower bound of what was missed only where keys are independent; 0 if Alike.
	BlockingRecall float64
	Keys           []KeyReport
	Seconds        Seconds
}

// KeyReport tells what a key brought; where there are many matches, as counted on a part
// of them.
type KeyReport struct {
	Name  string  `json:"name"`  // its parts
	Bits  float64 `json:"bits"`  // how rare these have to be together
	Pairs int64   `json:"pairs"` // that its blocks hold
	Found float64 `json:"found"` // expected matches that the key brings, alone or with others
	Alone float64 `json:"alone"` // and those that no other key brings
}

// Seconds that the stages took.
type Seconds struct {
	Block float64 `json:"block"`
	Train float64 `json:"train"`
	Score float64 `json:"score"`
}

// candidate is a compared pair.
type candidate struct {
	a, b   uint32
	cell   uint32 // number of its pattern
	adjust float32
}

// Run links the records that were added. It may be called once.
func (l *Linker) Run(o Options) (*Result, error) {
	now := o.Now
	if now == nil {
		now = func() time.Time { return time.Time{} }
	}
	progress := o.Progress
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	start := now()
	if err := l.seal(); err != nil {
		return nil, err
	}
	res := &Result{Model: Model{
		Version: modelVersion, Spec: l.plan.spec, Duplicates: l.dedup,
		Records: [2]int{l.side[0].Len(), l.side[1].Len()},
	}}
	if l.dedup {
		res.Model.Records[1] = 0
	}
	res.LeftOut = l.leftOut
	res.Alike = l.allPairs() > 0 && !slices.ContainsFunc(l.plan.comps, func(c comparison) bool { return !c.inert })
	progress("train", 0, 1)
	radix := make([]uint64, len(l.plan.comps))
	for k := range radix {
		radix[k] = 1
		if !l.plan.comps[k].inert {
			radix[k] += uint64(len(l.plan.comps[k].levels()))
		}
	}
	l.kin = l.relatives()
	// Features need nothing of u, and u nothing of features.
	looked := make(chan []drawnPair, 1)
	bl := &blocking{na: uint32(l.side[0].Len()), rank: l.rank}
	if l.dedup {
		bl.na = 0
	}
	go func() {
		bl.features = l.features(res.Alike)
		looked <- l.drawPairs(bl.features)
	}()
	pairs := l.takeSample(radix)
	l.measure(&res.Model, pairs, nil)
	look := <-looked
	seen, shown := l.countCells(&res.Model, radix, look)
	l.train(&res.Model, seen, radix, pairs)
	if !l.dedup && !o.Many {
		// Related people are rivals there; they only had to be told from matches.
		res.Model.OneToOne, res.Model.Related, l.kin = true, nil, nil
	} else {
		res.Model.round()
	}
	res.Seconds.Train = now().Sub(start).Seconds()

	start = now()
	seenKeys := make([]cellKey, len(seen))
	for i, c := range seen {
		seenKeys[i] = c.cellKey
	}
	base := res.Model.bases(seenKeys, radix)
	if res.Model.OneToOne {
		// What is left when the certain ones have found each other is likelier.
		n := min(res.Model.Matches, float64(res.Model.Records[0]), float64(res.Model.Records[1]))
		z := l.alone(n, [2]float64{n, n})
		for i := range base {
			base[i] += z - res.Model.Prior
		}
	}
	match := make([]float64, len(look))
	for i, c := range shown {
		match[i] = Probability(base[c.cell] + float64(c.adjust))
	}
	bl.keys = l.chooseKeys(bl.features, look, match, l.budget())
	l.bl = bl
	res.Seconds.Block = now().Sub(start).Seconds()

	start = now()
	least := o.Min
	if least == 0 {
		least = l.plan.spec.Review
	}
	floor := Bits(least)
	l.floor = floor
	progress("compare", 0, int64(l.side[0].Len()))
	var cover *coverage
	if res.Model.OneToOne {
		var cands [][]candidate
		var cells []cellKey
		cands, cells, res.Compared = l.compareAll(&res.Model, radix, min(floor, coverFloor), progress)
		l.graph = l.compete(&res.Model, cands, cells, radix, o)
		res.Model.round()
		base = res.Model.bases(cells, radix)
		l.rivalling = heavier(cands, base, min(floor, rivalFloor))
		cover = l.keep(res, cands, base, floor)
		bl.recall = l.reach(look, shown, res.Model.bases(seenKeys, radix))
	} else {
		var reached sync.WaitGroup
		reached.Go(func() { bl.recall = l.reach(look, shown, base) })
		cover = l.weighAll(res, radix, floor, progress)
		reached.Wait()
	}
	res.GivenUp = bl.lost.Load()
	res.Pairs = l.sortByID(res.Pairs)
	res.BlockingRecall, res.Keys = cover.report()
	if res.Alike {
		res.BlockingRecall = 0
	}
	res.Seconds.Score += now().Sub(start).Seconds()
	return res, nil
}

// lesserFirst returns two records of one file in the order in which a pair has them.
func (l *Linker) lesserFirst(x, y int) (left, right int) {
	if c := strings.Compare(l.side[0].ids.at(x), l.side[0].ids.at(y)); c > 0 || c == 0 && x > y {
		return y, x
	}
	return x, y
}

// sortByID returns pairs in the order of the records' ids, in one file the lesser one
// first. It changes pairs.
func (l *Linker) sortByID(pairs []Pair) []Pair {
	left, right := &l.side[0].ids, &l.side[1].ids
	if l.dedup {
		eachChunk(len(pairs), 1<<12, func() func(from, to int) {
			return func(from, to int) {
				for i, p := range pairs[from:to] {
					pairs[from+i].Left, pairs[from+i].Right = l.lesserFirst(p.Left, p.Right)
				}
			}
		})
	}
	// Most ids are told apart by eight bytes after what all have in common.
	skip := len(left.commonPrefix())
	head, at := make([]uint64, len(pairs)), make([]uint32, len(pairs))
	eachChunk(len(pairs), 1<<12, func() func(from, to int) {
		return func(from, to int) {
			for i := from; i < to; i++ {
				var b [8]byte
				copy(b[:], left.at(pairs[i].Left)[skip:])
				head[i], at[i] = binary.BigEndian.Uint64(b[:]), uint32(i)
			}
		}
	})
	radixSort(head, at)
	sorted := reorder(pairs, at)
	eachChunk(len(head), 1<<12, func() func(from, to int) {
		return func(from, to int) {
			for from < to { // a run of equal heads belongs to the chunk in which it begins
				end := from + 1
				for end < len(head) && head[end] == head[from] {
					end++
				}
				if end-from > 1 && (from == 0 || head[from] != head[from-1]) {
					slices.SortFunc(sorted[from:end], func(x, y Pair) int {
						return cmp.Or(strings.Compare(left.at(x.Left), left.at(y.Left)), strings.Compare(right.at(x.Right), right.at(y.Right)),
							cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
					})
				}
				from = end
			}
		}
	})
	return sorted
}

// keep weighs every candidate and appends to the result those of at least floor
// bits. It counts by the way how many matches each key brought.
func (l *Linker) keep(res *Result, cands [][]candidate, base []float64, floor float64) *coverage {
	pairs := make([][]Pair, len(cands))
	total := newCoverage(l.bl, res.Model.Matches)
	var mu sync.Mutex
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			cover := newCoverage(l.bl, res.Model.Matches)
			for i := int(next.Add(1)) - 1; i < len(cands); i = int(next.Add(1)) - 1 {
				for _, c := range cands[i] {
					p := Pair{Left: int(c.a), Right: int(c.b), Weight: base[c.cell] + float64(c.adjust)}
					if p.Weight < min(floor, coverFloor) {
						continue // rivals only take
					}
					p.Rivals = l.rivals(p.Left, p.Right)
					p.Weight += p.Rivals
					if p.Weight > coverFloor {
						cover.add(l.rank[0][c.a], l.rank[1][c.b], p.P())
					}
					if p.Weight < floor {
						continue
					}
					pairs[i] = append(pairs[i], p)
				}
			}
			mu.Lock()
			total.merge(cover)
			mu.Unlock()
		})
	}
	wg.Wait()
	res.Pairs = slices.Concat(pairs...)
	return total
}

// cellKey is a pattern with its frequency adjustments, in half bits.
type cellKey struct {
	pattern uint64
	adjust  int8
	shared  int8 // the part of it that related people may share
	named   int8 // and that of whole names, which namesakes share
}

func halfBits(x float64) int8 { return int8(math.Round(max(-60, min(60, x)) * 2)) }

// rarities are all of a key but its pattern, as a number that has their order.
func (k cellKey) rarities() uint64 {
	ordered := func(x int8) uint64 { return uint64(uint8(x) ^ 1<<7) }
	return ordered(k.adjust)<<16 | ordered(k.shared)<<8 | ordered(k.named)
}

// cellTable numbers cell keys in the order in which they come: an open hash
// table, since a look-up stands on the way of every pair.
type cellTable struct {
	keys  []cellKey
	slots []cellSlot
}

// cellSlot holds a key beside its number, so that a look-up waits for memory once.
type cellSlot struct {
	pattern  uint64
	rarities uint32
	number   uint32 // + 1; 0 is free
}

func (t *cellTable) number(k cellKey) uint32 {
	if len(t.keys)*2 >= len(t.slots) {
		t.slots = make([]cellSlot, max(1<<12, 4*len(t.slots)))
		for i, k := range t.keys {
			t.slot(k).number = uint32(i) + 1
		}
	}
	s := t.slot(k)
	if s.number == 0 {
		t.keys = append(t.keys, k)
		s.number = uint32(len(t.keys))
	}
	return s.number - 1
}

// slot returns the slot of a key, which is written into it if there is none yet.
func (t *cellTable) slot(k cellKey) *cellSlot {
	rare := k.rarities()
	for i := mix(k.pattern ^ rare<<40); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.number == 0 {
			s.pattern, s.rarities = k.pattern, uint32(rare)
			return s
		}
		if s.pattern == k.pattern && s.rarities == uint32(rare) {
			return s
		}
	}
}

// sortCells returns the order of some keys.
func sortCells(keys []cellKey) []uint32 {
	// Stable sorting by the lower part of a key, then by the pattern.
	order, part := make([]uint32, len(keys)), make([]uint64, len(keys))
	for i, k := range keys {
		order[i], part[i] = uint32(i), k.rarities()
	}
	radixSort(part, order)
	for i, at := range order {
		part[i] = keys[at].pattern
	}
	radixSort(part, order)
	return order
}

// chunkSize is how many candidates are kept in one piece of memory.
const chunkSize = 1 << 15

// budget is how many pairs keys may bring, as far as can be told beforehand.
func (l *Linker) budget() float64 {
	n := float64(l.side[0].Len())
	if !l.dedup {
		n += float64(l.side[1].Len())
	}
	return 1_000_000 + 4*n
}

// bases are the weights of the cells, but for what the rarity of values adds.
func (m *Model) bases(cells []cellKey, radix []uint64) []float64 {
	base, of := make([]float64, len(cells)), m.base(radix)
	eachChunk(len(cells), 1<<12, func() func(from, to int) {
		return func(from, to int) {
			for i := from; i < to; i++ {
				base[i] = of(cells[i])
			}
		}
	})
	return base
}

// base returns a function that weighs one cell.
func (m *Model) base(radix []uint64) func(c cellKey) float64 {
	kin := m.kinship()
	return func(c cellKey) float64 {
		w, levels := m.Prior, unpack(c.pattern, radix)
		for k, lv := range levels {
			if lv != missing {
				w += m.Comparisons[k].Levels[lv].Weight()
			}
		}
		return w + kin.bits(levels, shares{float64(c.shared) / 2, float64(c.named) / 2})
	}
}

// scorer compares pairs under a model, and gives up on one as soon as nothing that
// is left to compare could bring its weight to the floor.
type scorer struct {
	*comparer
	floor float64
	prior float64
	// bits and freq are, by comparison and level, log2(m/u) and log2 of the
	// frequency for which u holds; most is the highest weight that two different
	// values can reach at this level or below.
	bits, freq, most [][]float64
	kin              housemates
	order            []int // of comparisons: those first that are soonest done
	levels           []uint8
	limit            []uint8   // the highest level that is possible, where it is not found yet
	gain             []against // of each comparison
	taken            *taken    // nil where few pairs are weighed
	adjust           []float64 // what rarity adds to it
}

// against is a weight against strangers, and one against people of one household.
// Neither is less than that against all others together, so that a pair is given up as
// soon as one of the two is too little: most that look like one person and are not are
// of one household.
type against struct{ strangers, household float64 }

// housemates are people of one household as a scorer knows them. Of the rarity of what
// they may share they have as much as one person has.
type housemates struct {
	apart      float64 // the prior against them; infinity where the model knows of none
	bits, most [][]float64
	shares     [][]bool // whether they may reach the level by what they share
}

// rounding is how much less the weight against a household may be in a cell, where
// rarities are rounded to half bits.
const rounding = 0.3

func (l *Linker) newScorer(m *Model, floor float64) *scorer {
	s := &scorer{comparer: l.newComparer(), floor: floor, prior: m.Prior}
	n := len(m.Comparisons)
	s.levels, s.limit, s.gain, s.adjust = make([]uint8, n), make([]uint8, n), make([]against, n), make([]float64, n)
	s.kin = housemates{apart: math.Inf(1), bits: make([][]float64, n), most: make([][]float64, n), shares: make([][]bool, n)}
	var kin [][]float64
	if len(m.Related) > 0 {
		s.kin.apart, kin = m.Prior-m.Related[0].Prior, m.kinship()[0].odds // see relatives
	}
	for k, c := range m.Comparisons {
		var bits, freq, most []float64
		h := &s.kin
		for i, lv := range c.Levels {
			bits, freq = append(bits, lv.Weight()), append(freq, math.Log2(lv.Freq)) // minus infinity: none
			rare := 0.0
			if c.Kind == FullName && lv.Freq > 0 { // the same tokens may stand in two values
				rare = freq[i] - l.plan.comps[k].dom.rarest
			}
			most = append(most, bits[i]+rare)
			w, shares := bits[i], false
			if kin != nil && kin[k] != nil {
				w -= math.Log2(kin[k][i])
				shares = l.kin[0].may[k] != nil && l.kin[0].may[k][i]
			}
			if shares {
				rare = 0
			}
			h.bits[k], h.shares[k], h.most[k] = append(h.bits[k], w), append(h.shares[k], shares), append(h.most[k], w+rare)
			if i > 0 {
				most[i], h.most[k][i] = max(most[i], most[i-1]), max(h.most[k][i], h.most[k][i-1])
			}
		}
		s.bits, s.freq, s.most = append(s.bits, bits), append(s.freq, freq), append(s.most, most)
	}
	cost := func(k int) int {
		switch l.plan.comps[k].kind {
		case SexKind, CountryKind:
			return 0
		case BirthDate, OtherDate:
			return 1
		case FullName:
			return 2
		case Document, NationalID, Phone, Code:
			return 3
		}
		return 4
	}
	for k := range n {
		if !l.plan.comps[k].inert {
			s.order = append(s.order, k)
		} else {
			s.levels[k] = missing
		}
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(cost(a), cost(b)) })
	return s
}

// set takes in the result of one comparison.
func (s *scorer) set(k int, level uint8, rarity float64) float64 {
	s.levels[k], s.adjust[k] = level, 0
	if level == missing {
		return 0
	}
	if f := s.freq[k][level]; rarity <= 0 && !math.IsInf(f, 0) {
		s.adjust[k] = f - rarity
	}
	return s.bits[k][level] + s.adjust[k]
}

// found is what set has taken in, against strangers and people of one household.
func (s *scorer) found(k int, level uint8, rarity float64) against {
	w := against{strangers: s.set(k, level, rarity)}
	if level != missing {
		w.household = s.kin.bits[k][level]
		if !s.kin.shares[k][level] {
			w.household += s.adjust[k]
		}
	}
	return w
}

// compare compares two rows. It returns false if their weight is below the floor;
// else levels are those of the pair.
func (s *scorer) compare(a, b []uint32) bool {
	bound := against{s.prior, s.kin.apart}
	for _, k := range s.order {
		cp := &s.l.plan.comps[k]
		limit, sure := uint8(0), true
		switch x, y := a[k], b[k]; {
		case k == s.l.birth, x == y && x != none, cp.kind == OtherDate:
			lv, r := s.one(k, a, b)
			s.gain[k] = s.found(k, lv, r)
		case x == none || y == none:
			s.gain[k] = s.found(k, missing, 0)
		default:
			switch cp.kind {
			case SexKind, CountryKind:
			case FullName:
				limit, sure = nameExact, false
			default:
				limit, sure = sketched(cp, x, y)
			}
			if sure {
				s.gain[k] = s.found(k, limit, noRarity)
				break
			}
			s.levels[k], s.limit[k] = pending, limit
			s.gain[k] = against{s.most[k][limit], s.kin.most[k][limit]}
		}
		bound.strangers += s.gain[k].strangers
		bound.household += s.gain[k].household
	}
	low := func() bool { return bound.strangers < s.floor || bound.household < s.floor-rounding }
	for _, k := range s.order {
		if s.levels[k] != pending {
			continue
		}
		if low() {
			return false
		}
		var w against
		if s.l.plan.comps[k].kind == FullName {
			lv, r := s.one(k, a, b)
			w = s.found(k, lv, r)
		} else {
			w = s.found(k, s.spelled(k, a[k], b[k], s.limit[k]), noRarity)
		}
		bound.strangers += w.strangers - s.gain[k].strangers
		bound.household += w.household - s.gain[k].household
	}
	return bound.strangers >= s.floor && !low() // where nothing is known of u there is no number
}

// pending stands for a level that has not been found yet.
const pending = missing - 1

// countCells compares the pairs of a sample and counts patterns. It returns, for
// each pair, the cell and what rarity adds.
func (l *Linker) countCells(m *Model, radix []uint64, sample []drawnPair) ([]cell, []candidate) {
	shown := make([]candidate, len(sample))
	keys := make([]cellKey, len(sample))
	eachChunk(len(sample), columnPairs, func() func(from, to int) {
		s := l.newScorer(m, math.Inf(-1))
		t := newColumns(s.comparer)
		return func(from, to int) {
			t.compare(to-from, func(i int) (a, b uint32) {
				d := sample[from+i]
				return d.a, d.b - l.rightFrom()
			})
			for i := range to - from {
				levels, rarity := t.of(i)
				for k, lv := range levels {
					s.set(k, lv, rarity[k])
				}
				keys[from+i], shown[from+i].adjust = s.key(radix)
			}
		}
	})
	order := sortCells(keys)
	var cells []cell
	for i, at := range order {
		if i == 0 || keys[at] != keys[order[i-1]] {
			cells = append(cells, cell{keys[at], 0})
		}
		if !sample[at].few {
			cells[len(cells)-1].n += float64(sample[at].weight)
		}
		shown[at].cell = uint32(len(cells) - 1)
	}
	return cells, shown
}

// rightFrom is the number of the first right record where both sides are
// numbered through.
func (l *Linker) rightFrom() uint32 {
	if l.dedup {
		return 0
	}
	return uint32(l.side[0].Len())
}

// eachChunk hands out runs of 0 … n-1 to all processors; each has a function of
// its own.
func eachChunk(n, size int, worker func() func(from, to int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+size-1)/size) {
		do := worker()
		wg.Go(func() {
			for from := int(next.Add(int64(size))) - size; from < n; from = int(next.Add(int64(size))) - size {
				do(from, min(from+size, n))
			}
		})
	}
	wg.Wait()
}

// key is the cell of the pair that was compared last, and what rarity adds to its
// weight.
func (s *scorer) key(radix []uint64) (cellKey, float32) {
	adjust, shared := 0.0, shares{}
	for k, lv := range s.levels {
		if lv == missing {
			continue
		}
		adjust += s.adjust[k]
		shared.add(s.l, k, lv, s.adjust[k])
	}
	return cellKey{pack(s.levels, radix), halfBits(adjust), halfBits(shared[0]), halfBits(shared[1])}, float32(adjust)
}

// compareAll compares every candidate, and keeps those whose weight may come to
// the floor once rivals have been weighed. It returns the cells in which they are.
func (l *Linker) compareAll(m *Model, radix []uint64, floor float64, progress func(string, int64, int64)) (all [][]candidate, cells []cellKey, compared int64) {
	type out struct {
		chunks [][]candidate
		cells  cellTable
	}
	// m and the prior are found again among rivals: the prior is even at most,
	// and m may move by a few bits.
	limit := *m
	limit.Prior, floor = 0, floor-compareSlack
	// Workers number patterns for themselves; the numbers are put together
	// afterwards in an order that does not depend on who found a pattern first.
	var outs []*out
	compared = l.candidates(l.bl, func() func(a, b uint32, ra, rb []uint32) {
		o := &out{}
		outs = append(outs, o)
		s := l.newScorer(&limit, floor)
		left, right := l.side[0].order, l.side[1].order
		var chunk []candidate
		return func(a, b uint32, ra, rb []uint32) {
			if !s.compare(ra, rb) {
				return
			}
			key, adjust := s.key(radix)
			if len(chunk) == cap(chunk) {
				chunk = make([]candidate, 0, chunkSize)
				o.chunks = append(o.chunks, nil)
			}
			chunk = append(chunk, candidate{left[a], right[b], o.cells.number(key), adjust})
			o.chunks[len(o.chunks)-1] = chunk
		}
	}, func(done, total int64) { progress("compare", done, total) })

	var keys []cellKey
	for _, o := range outs {
		keys = append(keys, o.cells.keys...)
	}
	number := make([]uint32, len(keys))
	for _, at := range sortCells(keys) {
		if n := len(cells); n == 0 || keys[at] != cells[n-1] {
			cells = append(cells, keys[at])
		}
		number[at] = uint32(len(cells) - 1)
	}
	for _, o := range outs {
		own := number[:len(o.cells.keys)]
		inParallel(len(o.chunks), func(i int) {
			for j, c := range o.chunks[i] {
				o.chunks[i][j].cell = own[c.cell]
			}
		})
		all, number = append(all, o.chunks...), number[len(own):]
	}
	return all, cells, compared
}

// weighAll compares every candidate where none is another's rival, and appends to the
// result those of at least floor bits. It counts by the way how many matches each key
// brought.
func (l *Linker) weighAll(res *Result, radix []uint64, floor float64, progress func(string, int64, int64)) *coverage {
	type out struct {
		chunks [][]Pair
		cover  *coverage
	}
	kin := res.Model.kinship()
	var outs []*out
	res.Compared = l.candidates(l.bl, func() func(a, b uint32, ra, rb []uint32) {
		o := &out{cover: newCoverage(l.bl, res.Model.Matches)}
		outs = append(outs, o)
		s := l.newScorer(&res.Model, min(floor, coverFloor))
		s.taken = newTaken(radix)
		left, right := l.side[0].order, l.side[1].order
		var chunk []Pair
		return func(a, b uint32, ra, rb []uint32) {
			if !s.compare(ra, rb) {
				return
			}
			p := Pair{Left: int(left[a]), Right: int(right[b]), Weight: s.weight(kin)}
			if p.Weight > coverFloor {
				o.cover.add(a, b, p.P())
			}
			if p.Weight < floor {
				return // related people, as most
			}
			if len(chunk) == cap(chunk) {
				chunk = make([]Pair, 0, chunkSize)
				o.chunks = append(o.chunks, nil)
			}
			chunk = append(chunk, p)
			o.chunks[len(o.chunks)-1] = chunk
		}
	}, func(done, total int64) { progress("compare", done, total) })
	total := newCoverage(l.bl, res.Model.Matches)
	var chunks [][]Pair
	for _, o := range outs {
		total.merge(o.cover)
		chunks = append(chunks, o.chunks...)
	}
	res.Pairs = slices.Concat(chunks...)
	return total
}

// compareSlack is how far below the floor, in bits, a pair is kept where its
// weight is found again beside its rivals.
const compareSlack = 4

// coverage counts by how many keys each match was brought; where there are many
// matches, those whose records have a hash that is a multiple of a power of two.
type coverage struct {
	bl   *blocking
	skip uint64 // that power less one
	both sharing
	comp []uint64 // of each part, the bit of its comparison
	n    int      // comparisons that parts are of
	// Expected matches in fixed point, so that the order of adding, which
	// depends on timing, cannot show: by key, brought by one key alone, and in all.
	found, one []int64
	all        int64
	// The matches that share a feature of one comparison alone, and of two.
	once, twice int64
}

const fixedPoint = 1 << 32

// coverFloor is the weight from which a pair counts as evidence of what keys
// bring: what lies below is noise, and there is much of it.
const coverFloor = -3

// coverMost is how many matches are counted, give or take: enough to know a share of
// one in ten thousand but for a half of it.
const coverMost = 1 << 16

func newCoverage(bl *blocking, matches float64) *coverage {
	c := &coverage{bl: bl, found: make([]int64, len(bl.keys)), one: make([]int64, len(bl.keys))}
	for ; matches > coverMost; matches /= 2 {
		c.skip = c.skip<<1 | 1
	}
	bits := map[int]uint64{} // no more comparisons than fit one have features, see fit
	for _, p := range bl.parts {
		if p.comp == everything {
			c.comp = append(c.comp, 0)
			continue
		}
		if bits[p.comp] == 0 {
			bits[p.comp] = 1 << len(bits)
		}
		c.comp = append(c.comp, bits[p.comp])
	}
	c.n = len(bits)
	return c
}

// add counts a pair that is given by the places of its records in the order of content.
func (c *coverage) add(a, b uint32, prob float64) {
	if mix(uint64(a)<<32|uint64(b))&c.skip == 0 {
		c.bl.share(a, c.bl.na+b, &c.both)
		c.count(&c.both, prob)
	}
}

// count counts a pair by what its records share.
func (c *coverage) count(s *sharing, prob float64) {
	n, last, p := 0, 0, int64(prob*fixedPoint)
	c.bl.each(s, func(key int) {
		n++
		last = key
		c.found[key] += p
	})
	if n == 1 {
		c.one[last] += p
	}
	c.all += p
	comps := uint64(0)
	for i := range c.bl.parts {
		if s.mask>>i&1 != 0 {
			comps |= c.comp[i]
		}
	}
	switch bits.OnesCount64(comps) {
	case 1:
		c.once += p
	case 2:
		c.twice += p
	}
}

func (c *coverage) merge(o *coverage) {
	for i := range c.found {
		c.found[i] += o.found[i]
		c.one[i] += o.one[i]
	}
	c.once += o.once
	c.twice += o.twice
	c.all += o.all
}

// report estimates the share of matches that the keys bring: the share of those
// in the sample, times what the sample cannot see, matches that share no feature,
// of which Chao's lower bound from t witnesses is (t−1)/t · once²/(2·twice).
// Witnesses are the comparisons.
func (c *coverage) report() (recall float64, keys []KeyReport) {
	real := func(x int64) float64 { return float64(x) / fixedPoint * float64(c.skip+1) }
	recall = 1
	if all := real(c.all); all > 0 {
		t, once, twice := float64(max(c.n, 1)), real(c.once), real(c.twice)
		recall = c.bl.recall * all / (all + (t-1)/t*once*max(once-1, 0)/(2*(twice+1)))
	}
	for i, k := range c.bl.keys {
		keys = append(keys, KeyReport{k.name(c.bl.features), float64(k.least) / quarter, c.bl.pairs[i], round9(real(c.found[i])), round9(real(c.one[i]))})
	}
	return round9(recall), keys
}
