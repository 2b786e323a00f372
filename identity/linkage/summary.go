package linkage

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// EveryPair is an [Options.Min] with which a run keeps all pairs that it compares.
const EveryPair = 1e-300

// Summary is a run in figures, from which a person can judge whether the model is
// sound. It counts; it holds no value of any record.
type Summary struct {
	Fields []FieldSummary
	// Pairs is the number of pairs that were counted, Expected how many of them are
	// true: the sum of their probabilities.
	Pairs       int64
	Expected    float64
	Comparisons []LevelCounts // in the order of the model's
	Weights     []WeightBin   // ascending, without gaps
	Stated      []StatedBin   // ascending; they cover 0 to 1
	Thresholds  []ThresholdCount
	Patterns    []Pattern // by weight, the least first
	// Compared is how many of the pairs that are known to be true were counted.
	Compared int64
}

// FieldSummary tells how well a comparison's values are filled in.
type FieldSummary struct {
	Name  string
	Kind  Kind
	Left  Filled
	Right Filled // zero where one file is searched
	// Alike says that the comparison was left out because all values, or those of
	// a side, are the same or missing; LeftOut that there were too many columns.
	Alike, LeftOut bool
}

// Filled counts the values of one side.
type Filled struct {
	Records   int
	Missing   int // records without a value
	Distinct  int // values
	Once      int // values that one record holds
	Commonest int // records that hold the commonest value
}

// LevelCounts counts pairs by the level that one comparison reached.
type LevelCounts struct {
	Missing  int64
	Pairs    []int64   // by level
	Expected []float64 // of them true
}

// WeightBin counts the pairs whose weight is in [From, From+1), before rivals take
// from it: they push all but a few pairs so far down that nothing could be seen.
type WeightBin struct {
	From     int
	Pairs    int64
	Expected float64 // of them true
	True     int64   // of them known to be true
	Known    int64   // of them known at all
}

// StatedBin counts the pairs whose probability is in [From, To).
type StatedBin struct {
	From, To float64
	Pairs    int64
	Expected float64 // of them true
	// Of those of which it is known whether they are true: their number, how many
	// are expected to be, and how many are.
	Known         int64
	KnownExpected float64
	True          int64
}

// ThresholdCount counts the pairs from a probability on.
type ThresholdCount struct {
	From     float64
	Pairs    int64
	Expected float64
	Known    int64
	True     int64
}

// Pattern is the levels of a pair, and how many pairs show them.
type Pattern struct {
	Levels   []int // by comparison; -1 where a value is missing
	Pairs    int64
	Expected float64 // of them true
	// Mean is the mean weight before rivals take from it; it differs between pairs
	// by rarity.
	Mean float64
}

// Truth says what is known of a pair.
type Truth uint8

// What can be known of a pair.
const (
	Unknown Truth = iota
	Different
	Same
)

// thresholds are the probabilities from which pairs are counted, and the edges of
// the bins of stated probability.
var thresholds = []float64{0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999}

// summaryPart is how many pairs are counted as one part. Parts are fixed, so that
// sums are the same whoever adds them up.
const summaryPart = 1 << 18

// Summarise counts the pairs of a result, which was made with [EveryPair] if they
// are to be all that were compared. truth may be nil.
func (l *Linker) Summarise(res *Result, truth func(left, right int) Truth) *Summary {
	radix := make([]uint64, len(l.plan.comps))
	for k := range radix {
		radix[k] = uint64(len(l.plan.comps[k].levels())) + 1
		if l.plan.comps[k].inert {
			radix[k] = 1
		}
	}
	parts := make([]*counts, (len(res.Pairs)+summaryPart-1)/summaryPart)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		wg.Go(func() {
			c := l.newComparer()
			for i := int(next.Add(1)) - 1; i < len(parts); i = int(next.Add(1)) - 1 {
				parts[i] = l.newCounts()
				for _, p := range res.Pairs[i*summaryPart : min((i+1)*summaryPart, len(res.Pairs))] {
					parts[i].add(l, c, radix, p, truth)
				}
			}
		})
	}
	wg.Wait()
	sum := l.newCounts()
	for _, p := range parts {
		sum.merge(p)
	}
	return sum.summary(l, radix)
}

// counts is a summary in the making.
type counts struct {
	pairs, compared int64
	expected        float64
	levels          []LevelCounts
	weights         map[int]*WeightBin
	stated          []StatedBin
	patterns        map[uint64]*Pattern
}

func (l *Linker) newCounts() *counts {
	c := &counts{weights: map[int]*WeightBin{}, patterns: map[uint64]*Pattern{}}
	for k := range l.plan.comps {
		n := len(l.plan.comps[k].levels())
		c.levels = append(c.levels, LevelCounts{Pairs: make([]int64, n), Expected: make([]float64, n)})
	}
	edges := slices.Concat([]float64{0}, thresholds, []float64{1})
	for i, from := range edges[:len(edges)-1] {
		c.stated = append(c.stated, StatedBin{From: from, To: edges[i+1]})
	}
	return c
}

// add counts one pair.
func (c *counts) add(l *Linker, cmp *comparer, radix []uint64, p Pair, truth func(left, right int) Truth) {
	prob := p.P()
	c.pairs++
	c.expected += prob
	known := Unknown
	if truth != nil {
		known = truth(p.Left, p.Right)
	}
	var isKnown, isTrue int64
	if known != Unknown {
		isKnown = 1
	}
	if known == Same {
		isTrue = 1
	}
	c.compared += isTrue

	ra, rb := l.side[0].row(uint32(p.Left)), l.side[1].row(uint32(p.Right))
	pattern := uint64(0)
	for k := range l.plan.comps {
		lv, _ := cmp.one(k, ra, rb)
		digit := uint64(0)
		if lv == missing {
			c.levels[k].Missing++
		} else {
			c.levels[k].Pairs[lv]++
			c.levels[k].Expected[lv] += prob
			digit = uint64(lv) + 1
		}
		pattern = pattern*radix[k] + digit
	}
	pt := c.patterns[pattern]
	if pt == nil {
		pt = &Pattern{}
		c.patterns[pattern] = pt
	}
	pt.Pairs++
	pt.Expected += prob
	pt.Mean += p.Weight - p.Rivals // a sum until all are counted

	at := int(math.Floor(p.Weight - p.Rivals))
	w := c.weights[at]
	if w == nil {
		w = &WeightBin{From: at}
		c.weights[at] = w
	}
	w.Pairs++
	w.Expected += prob
	w.Known += isKnown
	w.True += isTrue

	i, exact := slices.BinarySearch(thresholds, prob)
	if exact {
		i++
	}
	s := &c.stated[i]
	s.Pairs++
	s.Expected += prob
	s.Known += isKnown
	s.KnownExpected += prob * float64(isKnown)
	s.True += isTrue
}

func (c *counts) merge(o *counts) {
	c.pairs += o.pairs
	c.compared += o.compared
	c.expected += o.expected
	for k := range c.levels {
		c.levels[k].Missing += o.levels[k].Missing
		for i := range c.levels[k].Pairs {
			c.levels[k].Pairs[i] += o.levels[k].Pairs[i]
			c.levels[k].Expected[i] += o.levels[k].Expected[i]
		}
	}
	for at, w := range o.weights {
		t := c.weights[at]
		if t == nil {
			c.weights[at] = w
			continue
		}
		t.Pairs, t.Expected, t.True, t.Known = t.Pairs+w.Pairs, t.Expected+w.Expected, t.True+w.True, t.Known+w.Known
	}
	for i, s := range o.stated {
		t := &c.stated[i]
		t.Pairs, t.Expected, t.True = t.Pairs+s.Pairs, t.Expected+s.Expected, t.True+s.True
		t.Known, t.KnownExpected = t.Known+s.Known, t.KnownExpected+s.KnownExpected
	}
	for k, p := range o.patterns {
		t := c.patterns[k]
		if t == nil {
			c.patterns[k] = p
			continue
		}
		t.Pairs, t.Expected, t.Mean = t.Pairs+p.Pairs, t.Expected+p.Expected, t.Mean+p.Mean
	}
}

func (c *counts) summary(l *Linker, radix []uint64) *Summary {
	s := &Summary{Pairs: c.pairs, Expected: c.expected, Compared: c.compared, Comparisons: c.levels, Stated: c.stated}
	if len(c.weights) > 0 {
		low, high := math.MaxInt, math.MinInt
		for at := range c.weights {
			low, high = min(low, at), max(high, at)
		}
		for at := low; at <= high; at++ {
			if w := c.weights[at]; w != nil {
				s.Weights = append(s.Weights, *w)
			} else {
				s.Weights = append(s.Weights, WeightBin{From: at})
			}
		}
	}
	for i, from := range thresholds {
		t := ThresholdCount{From: from}
		for _, b := range c.stated[i+1:] {
			t.Pairs, t.Expected, t.Known, t.True = t.Pairs+b.Pairs, t.Expected+b.Expected, t.Known+b.Known, t.True+b.True
		}
		s.Thresholds = append(s.Thresholds, t)
	}
	for pattern, p := range c.patterns {
		p.Mean /= float64(p.Pairs)
		for _, lv := range unpack(pattern, radix) {
			if lv == missing {
				p.Levels = append(p.Levels, -1)
			} else {
				p.Levels = append(p.Levels, int(lv))
			}
		}
		s.Patterns = append(s.Patterns, *p)
	}
	slices.SortFunc(s.Patterns, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(a.Mean, b.Mean), slices.Compare(a.Levels, b.Levels))
	})
	for k := range l.plan.comps {
		cp := &l.plan.comps[k]
		f := FieldSummary{Name: cp.name, Kind: cp.kind, Left: cp.dom.filled(0)}
		if !l.dedup {
			f.Right = cp.dom.filled(1)
		}
		f.LeftOut = slices.Contains(l.leftOut, cp.name)
		f.Alike = cp.inert && !f.LeftOut
		s.Fields = append(s.Fields, f)
	}
	return s
}

// filled counts the values of a side.
func (d *domain) filled(side int) (f Filled) {
	for id, n := range d.count[side] {
		f.Records += int(n)
		switch {
		case id == none:
			f.Missing = int(n)
			continue
		case n > 0:
			f.Distinct++
		}
		if n == 1 {
			f.Once++
		}
		f.Commonest = max(f.Commonest, int(n))
	}
	return f
}
