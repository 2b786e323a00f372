package linkage

import (
	"cmp"
	"maps"
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
	// two are.
	Same func(left1, left2 int) bool
	// Now and Progress report on the way; both may be nil. Now is used for
	// timings only, never for results. They are called from several goroutines,
	// Progress from one at a time.
	Now      func() time.Time
	Progress func(stage string, done, total int64)
}

// Pair is two records and the weight of the evidence that they are one person.
// Left and Right count the records of each side in the order they were added;
// in one file Left < Right.
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
	// because too many share it and nothing splits them; they count as no match.
	GivenUp int64
	// BlockingRecall is the estimated share of true pairs among the candidates,
	// from how many of the found ones a single key brought (Chao 1987); 1 if
	// nothing was found. Where there is but one key nothing is estimated, and it is
	// a lower bound of what was missed only where keys are independent; 0 if Alike.
	BlockingRecall float64
	Keys           []KeyReport
	Seconds        Seconds
}

// KeyReport tells what a key brought.
type KeyReport struct {
	Name  string  `json:"name"`
	Pairs int64   `json:"pairs"`
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
	// Keys need nothing of u, and u nothing of keys.
	made := make(chan []*family, 1)
	var blocking time.Duration
	go func() {
		from := now()
		fams := l.keys()
		blocking = now().Sub(from)
		made <- fams
	}()
	radix := make([]uint64, len(l.plan.comps))
	for k := range radix {
		radix[k] = 1
		if !l.plan.comps[k].inert {
			radix[k] += uint64(len(l.plan.comps[k].levels()))
		}
	}
	if l.dedup || o.Many {
		l.may = l.relatives()
	}
	pairs := l.takeSample(radix)
	l.measure(&res.Model, pairs, nil)
	res.Seconds.Train = now().Sub(start).Seconds()
	fams := <-made
	start = now()
	l.met = l.meet(fams)
	res.Seconds.Block = (blocking + now().Sub(start)).Seconds()

	start = now()
	cands, cells, compared := l.compareAll(&res.Model, radix, progress)
	res.Compared = compared
	for _, f := range fams {
		res.GivenUp += f.lost
		f.recs = nil // who shares a block is all that is asked from here on
	}
	res.GivenUp = min(res.GivenUp, l.allPairs()-compared) // more than one key may have lost a pair
	res.Seconds.Score = now().Sub(start).Seconds()

	start = now()
	l.train(&res.Model, cells, radix, pairs)
	res.Model.round()
	res.Seconds.Train += now().Sub(start).Seconds()

	start = now()
	if !l.dedup && !o.Many {
		res.Model.OneToOne = true
		l.graph = l.compete(&res.Model, cands, cells, radix, o)
		res.Model.round()
	}
	least := o.Min
	if least == 0 {
		least = l.plan.spec.Review
	}
	base, kin := make([]float64, len(cells)), res.Model.kinship()
	for i, c := range cells {
		w, levels := res.Model.Prior, unpack(c.pattern, radix)
		for k, lv := range levels {
			if lv != missing {
				w += res.Model.Comparisons[k].Levels[lv].Weight()
			}
		}
		base[i] = w + kin.bits(levels, float64(c.shared)/2)
	}
	floor := math.Log2(least / (1 - least))
	cover := l.keep(res, cands, base, floor)
	slices.SortFunc(res.Pairs, func(x, y Pair) int {
		if c := strings.Compare(l.side[0].ids[x.Left], l.side[0].ids[y.Left]); c != 0 {
			return c
		}
		if c := strings.Compare(l.side[1].ids[x.Right], l.side[1].ids[y.Right]); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
	})
	res.BlockingRecall, res.Keys = cover.report()
	if res.Alike {
		res.BlockingRecall = 0
	}
	res.Seconds.Score += now().Sub(start).Seconds()
	return res, nil
}

// keep weighs every candidate and appends to the result those of at least floor
// bits. It counts by the way how many matches each key brought.
func (l *Linker) keep(res *Result, cands [][]candidate, base []float64, floor float64) *coverage {
	pairs := make([][]Pair, len(cands))
	total := newCoverage(l.met)
	var mu sync.Mutex
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			cover := newCoverage(l.met)
			for i := int(next.Add(1)) - 1; i < len(cands); i = int(next.Add(1)) - 1 {
				for _, c := range cands[i] {
					p := Pair{Left: int(c.a), Right: int(c.b), Weight: base[c.cell] + float64(c.adjust)}
					if p.Weight < min(floor, coverFloor) {
						continue // rivals only take
					}
					p.Rivals = l.rivals(p.Left, p.Right)
					p.Weight += p.Rivals
					if p.Weight > coverFloor {
						cover.add(c.a, c.b, p.P())
					}
					if p.Weight < floor {
						continue
					}
					if l.dedup && p.Left > p.Right {
						p.Left, p.Right = p.Right, p.Left
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
}

func halfBits(x float64) int8 { return int8(math.Round(max(-60, min(60, x)) * 2)) }

func (k cellKey) compare(o cellKey) int {
	return cmp.Or(cmp.Compare(k.pattern, o.pattern), cmp.Compare(k.adjust, o.adjust), cmp.Compare(k.shared, o.shared))
}

// cellTable numbers cell keys in the order in which they come: an open hash
// table, since a look-up stands on the way of every pair.
type cellTable struct {
	keys  []cellKey
	count []int
	slots []uint32 // number + 1; 0 is free
}

func (t *cellTable) number(k cellKey) uint32 {
	if len(t.keys)*2 >= len(t.slots) {
		t.slots = make([]uint32, max(1<<12, 4*len(t.slots)))
		for i, k := range t.keys {
			*t.slot(k) = uint32(i) + 1
		}
	}
	s := t.slot(k)
	if *s == 0 {
		t.keys = append(t.keys, k)
		t.count = append(t.count, 0)
		*s = uint32(len(t.keys))
	}
	t.count[*s-1]++
	return *s - 1
}

func (t *cellTable) slot(k cellKey) *uint32 {
	for i := mix(k.pattern ^ uint64(uint8(k.adjust))<<56 ^ uint64(uint8(k.shared))<<48); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if *s == 0 || t.keys[*s-1] == k {
			return s
		}
	}
}

// chunkSize is how many candidates are kept in one piece of memory.
const chunkSize = 1 << 15

// compareAll compares every candidate and counts patterns.
func (l *Linker) compareAll(m *Model, radix []uint64, progress func(string, int64, int64)) ([][]candidate, []cell, int64) {
	type out struct {
		chunks [][]candidate
		cells  cellTable
	}
	// Workers number patterns for themselves; the numbers are put together
	// afterwards in an order that does not depend on who found a pattern first.
	var outs []*out
	freqs := make([][]float64, len(m.Comparisons))
	for k, c := range m.Comparisons {
		for _, lv := range c.Levels {
			freqs[k] = append(freqs[k], math.Log2(lv.Freq)) // minus infinity: none
		}
	}
	compared := l.candidates(l.met, func() func(uint32, uint32) {
		o := &out{}
		outs = append(outs, o)
		c := l.newComparer()
		levels := make([]uint8, len(l.plan.comps))
		var chunk []candidate
		return func(a, b uint32) {
			ra, rb := l.side[0].row(a), l.side[1].row(b)
			adjust, shared := 0.0, 0.0
			for k := range levels {
				lv, f := c.one(k, ra, rb)
				levels[k] = lv
				if f <= 0 && !math.IsInf(freqs[k][lv], 0) {
					adjust += freqs[k][lv] - f
					if l.kindred(k, lv) {
						shared += freqs[k][lv] - f
					}
				}
			}
			if len(chunk) == cap(chunk) {
				chunk = make([]candidate, 0, chunkSize)
				o.chunks = append(o.chunks, nil)
			}
			chunk = append(chunk, candidate{a, b, o.cells.number(cellKey{pack(levels, radix), halfBits(adjust), halfBits(shared)}), float32(adjust)})
			o.chunks[len(o.chunks)-1] = chunk
		}
	}, func(done, total int64) { progress("compare", done, total) })

	counts := map[cellKey]int{}
	for _, o := range outs {
		for i, k := range o.cells.keys {
			counts[k] += o.cells.count[i]
		}
	}
	keys := slices.SortedFunc(maps.Keys(counts), cellKey.compare)
	number := make(map[cellKey]uint32, len(keys))
	cells := make([]cell, len(keys))
	for i, k := range keys {
		number[k] = uint32(i)
		cells[i] = cell{k, counts[k]}
	}
	var all [][]candidate
	for _, o := range outs {
		renumber := make([]uint32, len(o.cells.keys))
		for i, k := range o.cells.keys {
			renumber[i] = number[k]
		}
		for _, chunk := range o.chunks {
			for i := range chunk {
				chunk[i].cell = renumber[chunk[i].cell]
			}
		}
		all = append(all, o.chunks...)
	}
	return all, cells, compared
}

// coverage counts by how many keys each match was brought.
type coverage struct {
	met  *meetings
	comp []uint64 // of each family, the bit of the comparison that its key is of
	n    int      // such comparisons
	// Expected matches in fixed point, so that the order of adding, which
	// depends on timing, cannot show: by key, brought by one key alone, and in all.
	found, one []int64
	all        int64
	// by counts the matches brought by one and by two witnesses: keys, and
	// comparisons that keys are of.
	by [2]struct{ once, twice int64 }
}

const fixedPoint = 1 << 32

// coverFloor is the weight from which a pair counts as evidence of what keys
// bring: what lies below is noise, and there is much of it.
const coverFloor = -3

func newCoverage(m *meetings) *coverage {
	c := &coverage{met: m, found: make([]int64, len(m.fams)), one: make([]int64, len(m.fams))}
	bits := map[int]uint64{} // no more comparisons than fit one have keys, see fit
	for _, f := range m.fams {
		if bits[f.comp] == 0 {
			bits[f.comp] = 1 << len(bits)
		}
		c.comp = append(c.comp, bits[f.comp])
	}
	c.n = len(bits)
	return c
}

func (c *coverage) add(a, b uint32, prob float64) {
	n, last, p := 0, 0, int64(prob*fixedPoint)
	comps := uint64(0)
	c.met.shared(a, b, func(fam int) {
		n++
		last = fam
		c.found[fam] += p
		comps |= c.comp[fam]
	})
	if n == 1 {
		c.one[last] += p
	}
	c.all += p
	for i, n := range [2]int{n, bits.OnesCount64(comps)} {
		switch n {
		case 1:
			c.by[i].once += p
		case 2:
			c.by[i].twice += p
		}
	}
}

func (c *coverage) merge(o *coverage) {
	for i := range c.found {
		c.found[i] += o.found[i]
		c.one[i] += o.one[i]
	}
	for i := range c.by {
		c.by[i].once += o.by[i].once
		c.by[i].twice += o.by[i].twice
	}
	c.all += o.all
}

// report estimates the share of matches that any key brings, by Chao's lower
// bound on what none of t witnesses caught: (t−1)/t · once²/(2·twice). Keys are
// witnesses, and so are the comparisons they are of; of two lower bounds the
// higher one is the better.
func (c *coverage) report() (recall float64, keys []KeyReport) {
	real := func(x int64) float64 { return float64(x) / fixedPoint }
	recall = 1
	if all := real(c.all); all > 0 {
		for i, t := range [2]float64{float64(len(c.met.fams)), float64(c.n)} {
			once, twice := real(c.by[i].once), real(c.by[i].twice)
			recall = min(recall, all/(all+(t-1)/t*once*max(once-1, 0)/(2*(twice+1))))
		}
	}
	for i, f := range c.met.fams {
		keys = append(keys, KeyReport{f.name, f.cost, round9(real(c.found[i])), round9(real(c.one[i]))})
	}
	return round9(recall), keys
}
