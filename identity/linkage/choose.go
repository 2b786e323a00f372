package linkage

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// key brings together records that share a feature of each of its parts, if all
// together are rare enough: "same name token and same year of birth".
type key struct {
	parts []uint8 // ascending; a part that stands twice asks for two features of it
	least int     // quarter bits that the features must have together
	mask  uint64
	more  uint64 // parts that stand twice
	// within are the keys that are part of it: sets of its places, and how rare
	// the features there must be for the smaller key to bring the pair already.
	within []subkey
}

type subkey struct {
	places uint8
	least  int
}

func newKey(parts ...uint8) key {
	k := key{parts: slices.Sorted(slices.Values(parts))}
	for i, p := range k.parts {
		if i > 0 && k.parts[i-1] == p {
			k.more |= 1 << p
		}
		k.mask |= 1 << p
	}
	return k
}

// bits is how rare what two records share is under a key, in quarter bits; -1 if
// they do not share a feature of every part.
func (k *key) bits(s *sharing) int {
	if s.mask&k.mask != k.mask || s.more&k.more != k.more {
		return -1
	}
	n := 0
	for i, p := range k.parts {
		if i > 0 && k.parts[i-1] == p {
			n += int(s.next[p])
		} else {
			n += int(s.best[p])
		}
	}
	return n
}

// covers reports whether a key brings two records together.
func (k *key) covers(s *sharing) bool { return k.bits(s) >= k.least }

func (k *key) name(f *features) string {
	var names []string
	for i, p := range k.parts {
		if i > 0 && k.parts[i-1] == p {
			names[len(names)-1] = "two " + f.parts[p].name + "s"
		} else {
			names = append(names, f.parts[p].name)
		}
	}
	return strings.Join(names, ", ")
}

const (
	maxKeyParts = 6
	keptKeys    = 160 // sets of parts that are tried of each size
	// What a key costs beside the pairs that it brings anew: pairs that an earlier
	// one has brought, and each record that has to be looked at, in pairs.
	costAgain  = 0.15
	costRecord = 0.05
	// worthless is the share of the matches under which a key is not worth having.
	worthless = 2e-5
)

// evidence is the pairs of the sample as keys are judged by them, in the order of
// what they share.
type evidence struct {
	runs    []run
	best    [][]uint8 // by part, of each pair: how rare the features are
	next    [][]uint8 // nil but for parts of which two tell more
	pairs   []float64 // that each stands for
	matches []float64 // of these
	all     float64   // matches
	most    []uint8   // how rare the rarest feature of each part is
}

// run is the pairs from … to-1, which share features of the same parts.
type run struct {
	mask, more uint64
	from, to   int
}

const (
	mostLikely   = 150_000 // pairs that may be matches by which keys are judged
	mostUnlikely = 40_000  // other pairs: they only tell costs
)

// gather makes the evidence from a sample. Of very many pairs some serve.
func (f *features) gather(sample []drawnPair, match []float64) *evidence {
	kind := func(i int) int {
		if match[i] > 0.05 {
			return 1
		}
		return 0
	}
	var count, seen [2]int
	for i := range match {
		count[kind(i)]++
	}
	every := [2]int{1 + count[0]/mostUnlikely, 1 + count[1]/mostLikely}
	var taken []int
	for i := range sample {
		k := kind(i)
		if seen[k]++; seen[k]%every[k] == 0 {
			taken = append(taken, i)
		}
	}
	n, parts := len(taken), len(f.parts)
	mask, more, order := make([]uint64, n), make([]uint64, n), make([]uint32, n)
	found := make([]uint8, 2*parts*n) // best and next of each
	eachChunk(n, 1<<12, func() func(from, to int) {
		var s sharing
		return func(from, to int) {
			for i := from; i < to; i++ {
				d := sample[taken[i]]
				f.share(d.a, d.b, &s)
				mask[i], more[i], order[i] = s.mask, s.more, uint32(i)
				copy(found[2*parts*i:], s.best[:parts])
				copy(found[2*parts*i+parts:], s.next[:parts])
			}
		}
	})
	radixSort(slices.Clone(more), order)
	radixSort(reorder(mask, order), order)
	e := &evidence{best: make([][]uint8, parts), next: make([][]uint8, parts)}
	for p := range f.parts {
		e.most = append(e.most, f.parts[p].most)
	}
	inParallel(parts, func(p int) {
		e.best[p] = make([]uint8, n)
		if f.parts[p].twice {
			e.next[p] = make([]uint8, n)
		}
		for i, at := range order {
			e.best[p][i] = found[2*parts*int(at)+p]
			if e.next[p] != nil {
				e.next[p][i] = found[2*parts*int(at)+parts+p]
			}
		}
	})
	for i, at := range order {
		if i == 0 || mask[at] != mask[order[i-1]] || more[at] != more[order[i-1]] {
			e.runs = append(e.runs, run{mask[at], more[at], i, i})
		}
		e.runs[len(e.runs)-1].to = i + 1
		j := taken[at]
		n, m := float64(sample[j].weight)*float64(every[kind(j)]), 0.0
		if match[j] > 1.0/9 {
			m = n * match[j]
		}
		e.pairs, e.matches = append(e.pairs, n), append(e.matches, m)
		e.all += m
	}
	e.all = max(e.all, 1)
	return e
}

// without is the evidence without some pairs.
func (e *evidence) without(gone []bool) *evidence {
	out := &evidence{best: make([][]uint8, len(e.best)), next: make([][]uint8, len(e.next)), all: e.all, most: e.most}
	var left []uint32
	for _, r := range e.runs {
		from := len(left)
		for i := r.from; i < r.to; i++ {
			if !gone[i] {
				left = append(left, uint32(i))
			}
		}
		if from < len(left) {
			out.runs = append(out.runs, run{r.mask, r.more, from, len(left)})
		}
	}
	inParallel(len(e.best), func(p int) {
		out.best[p] = reorder(e.best[p], left)
		if e.next[p] != nil {
			out.next[p] = reorder(e.next[p], left)
		}
	})
	out.pairs, out.matches = reorder(e.pairs, left), reorder(e.matches, left)
	return out
}

// each calls do with every pair that shares a feature of all parts of a key, and
// how rare they are together.
func (e *evidence) each(k *key, do func(i, bits int)) {
	var columns [maxKeyParts][]uint8
	rare := columns[:len(k.parts)]
	for i, p := range k.parts {
		if rare[i] = e.best[p]; i > 0 && k.parts[i-1] == p {
			rare[i] = e.next[p]
		}
	}
	for _, r := range e.runs {
		if r.mask&k.mask != k.mask || r.more&k.more != k.more {
			continue
		}
		for i := r.from; i < r.to; i++ {
			bits := 0
			for _, c := range rare {
				bits += int(c[i])
			}
			do(i, bits)
		}
	}
}

// inPieces hands out stretches of the evidence to all processors, which are the same
// however many there are.
func (e *evidence) inPieces(do func(e *evidence)) {
	const most = 1 << 14
	ends, n := []int{0}, 0
	for i, r := range e.runs {
		if n += r.to - r.from; n >= most || i == len(e.runs)-1 {
			ends, n = append(ends, i+1), 0
		}
	}
	inParallel(len(ends)-1, func(i int) {
		piece := *e
		piece.runs = e.runs[ends[i]:ends[i+1]]
		do(&piece)
	})
}

// Rarities are told apart by half bits where keys are judged.
const (
	step  = quarter / 2
	steps = 80
)

// histogram counts by how rare what pairs share is: entry i those of i·step
// quarter bits and more, below the next one.
type histogram struct{ pairs, matches [steps]float64 }

func (h *histogram) add(bits int, pairs, matches float64) {
	at := min(bits/step, steps-1)
	h.pairs[at] += pairs
	h.matches[at] += matches
}

// candidateKey is a key that may be taken; least is 0 until it is.
type candidateKey struct {
	key
	total histogram // of all pairs
	offer
	round int // in which the offer was worked out
}

// offer is what a key brings anew and costs at the threshold that is best, or what
// lowering its threshold would.
type offer struct {
	gain, cost float64
	at         int // threshold, in steps
}

// judge works out the offer of a key from evidence of the pairs that nothing brings yet.
func (e *evidence) judge(c *candidateKey, records float64, top int) {
	var fresh histogram
	e.each(&c.key, func(i, bits int) { fresh.add(bits, e.pairs[i], e.matches[i]) })
	c.offer = offer{}
	from, fixed := min(top, steps-1), costRecord*records
	if c.least > 0 {
		from, fixed = c.least/step-1, 0
	}
	// Whatever is rarer than the highest threshold is brought in any case.
	gain, pairs, all := 0.0, 0.0, 0.0
	if c.least == 0 {
		for at := from + 1; at < steps; at++ {
			gain, pairs, all = gain+fresh.matches[at], pairs+fresh.pairs[at], all+c.total.pairs[at]
		}
	}
	for at := from; at >= 0; at-- {
		gain, pairs, all = gain+fresh.matches[at], pairs+fresh.pairs[at], all+c.total.pairs[at]
		cost := pairs + costAgain*(all-pairs) + fixed
		if gain > 0 && (c.gain == 0 || gain*c.cost > c.gain*cost) {
			c.offer = offer{gain, cost, at}
		}
	}
}

// chooseKeys picks keys by what they bring for what they cost, both estimated
// from the sample, until the budget of pairs is used up or nothing is gained any
// more.
func (l *Linker) chooseKeys(f *features, sample []drawnPair, match []float64, budget float64) (keys []key) {
	if len(f.parts) == 0 {
		return nil
	}
	e := f.gather(sample, match)
	records := float64(f.records())
	top := int(math.Floor(f.scale*quarter)) / step // of one value, one more record is expected
	var cands []candidateKey
	for _, k := range f.sets(e, top*step) {
		cands = append(cands, candidateKey{key: k})
	}
	inParallel(len(cands), func(i int) {
		c := &cands[i]
		e.each(&c.key, func(i, bits int) { c.total.add(bits, e.pairs[i], e.matches[i]) })
	})
	spent, round, fresh := 0.0, 0, e
	for range 3 {
		round++
		inParallel(len(cands), func(i int) {
			fresh.judge(&cands[i], records, top)
			cands[i].round = round
		})
		for {
			var best *candidateKey
			for i := range cands {
				if c := &cands[i]; c.gain >= worthless*e.all && spent+c.cost <= budget && (best == nil || c.gain*best.cost > best.gain*c.cost) {
					best = c
				}
			}
			if best == nil {
				break
			}
			if best.round != round { // gains only shrink: look again
				fresh.judge(best, records, top)
				best.round = round
				continue
			}
			spent += best.cost
			best.least = max(best.at*step, 1)
			brought := make([]bool, len(fresh.pairs))
			fresh.each(&best.key, func(i, bits int) { brought[i] = bits >= best.least })
			fresh = fresh.without(brought)
			round++
			fresh.judge(best, records, top)
			best.round = round
		}
		saved, brought := e.drop(cands, records)
		fresh = e.without(brought)
		if spent -= saved; saved < 0.05*budget {
			break
		}
	}
	for i := range cands {
		k := cands[i].key
		if f.parts[k.parts[0]].comp == everything {
			continue
		}
		// Every part is a key by itself where it is rare enough, whether the sample
		// shows a use for it or not.
		if k.least == 0 && len(k.parts) == 1 {
			k.least = top*step + 1
		}
		if k.least > 0 {
			keys = append(keys, k)
		}
	}
	keys = e.widen(keys, budget, records)
	keys = append(keys, newKey(uint8(len(f.parts)-1))) // all values: whatever is alike is compared
	inOrder(keys)
	return keys
}

// reach estimates the share of the matches that the keys bring, from the whole
// sample, most of which had no part in the choice of keys.
func (l *Linker) reach(sample []drawnPair, shown []candidate, base []float64) float64 {
	var s sharing
	covered, all := 0.0, 0.0
	for i, d := range sample {
		w := base[shown[i].cell] + float64(shown[i].adjust)
		if w <= coverFloor {
			continue
		}
		w += l.rivals(int(l.side[0].order[d.a]), int(l.side[1].order[d.b-l.rightFrom()]))
		if w <= coverFloor {
			continue
		}
		l.bl.share(d.a, d.b, &s)
		m := float64(d.weight) * Probability(w)
		all += m
		if l.bl.first(&s) >= 0 {
			covered += m
		}
	}
	if all == 0 {
		return 1
	}
	return covered / all
}

// inOrder puts keys into the order in which pairs are left to them, and finds which
// are part of which.
func inOrder(keys []key) {
	slices.SortStableFunc(keys, func(x, y key) int {
		return cmp.Or(cmp.Compare(len(x.parts), len(y.parts)), cmp.Compare(y.least, x.least))
	})
	for i := range keys {
		keys[i].nest(keys)
	}
}

// drop gives up keys that later ones have made needless, and returns what that
// saves, and which pairs the others bring.
func (e *evidence) drop(cands []candidateKey, records float64) (saved float64, brought []bool) {
	var taken []*candidateKey
	for i := range cands {
		if cands[i].least > 0 && len(taken) < 64 {
			taken = append(taken, &cands[i])
		}
	}
	by := make([]uint64, len(e.pairs))
	e.inPieces(func(e *evidence) {
		for j, c := range taken {
			e.each(&c.key, func(i, bits int) {
				if bits >= c.least {
					by[i] |= 1 << j
				}
			})
		}
	})
	for {
		alone, pairs, again := make([]float64, 64), make([]float64, 64), make([]float64, 64)
		for i, set := range by {
			switch {
			case set == 0:
			case set&(set-1) == 0:
				alone[bits.TrailingZeros64(set)] += e.matches[i]
				pairs[bits.TrailingZeros64(set)] += e.pairs[i]
			default:
				for ; set != 0; set &= set - 1 {
					again[bits.TrailingZeros64(set)] += e.pairs[i]
				}
			}
		}
		worst, gain, cost := -1, 0.0, 0.0
		for j, c := range taken {
			if c.least == 0 || alone[j] >= 4*worthless*e.all {
				continue
			}
			if n := pairs[j] + costAgain*again[j] + costRecord*records; worst < 0 || alone[j]*cost < gain*n {
				worst, gain, cost = j, alone[j], n
			}
		}
		if worst < 0 {
			break
		}
		taken[worst].least = 0
		saved += cost
		for i := range by {
			by[i] &^= 1 << worst
		}
	}
	brought = make([]bool, len(by))
	for i, set := range by {
		brought[i] = set != 0
	}
	return saved, brought
}

// widen lowers what all keys ask for by one and the same number of bits, as far as
// the budget goes: it is meant for matches that the sample does not show.
func (e *evidence) widen(keys []key, budget, records float64) []key {
	const most = 256
	var cost [most + 1]float64
	first := slices.Repeat([]int{most}, len(keys)) // what has to be taken off until a key brings anything
	soonest := slices.Repeat([]int{most}, len(e.pairs))
	for j := range keys {
		e.each(&keys[j], func(i, bits int) {
			n := min(max(keys[j].least-bits, 0), most)
			cost[n] += costAgain * e.pairs[i]
			first[j] = min(first[j], n)
			soonest[i] = min(soonest[i], n)
		})
		cost[first[j]] += costRecord * records
	}
	for i, n := range soonest {
		cost[n] += (1 - costAgain) * e.pairs[i]
	}
	lower := 0
	for sum := cost[0]; lower+1 < most && sum+cost[lower+1] <= budget; {
		lower++
		sum += cost[lower]
	}
	var out []key
	for j, k := range keys {
		// A part by itself stays: what so few share that the sample shows no pair of it
		// costs nothing.
		if first[j] <= lower || len(k.parts) == 1 && int(e.most[k.parts[0]]) >= k.least-lower {
			k.least = max(k.least-lower, 0)
			out = append(out, k)
		}
	}
	return e.needed(out)
}

// needed leaves out the keys whose pairs others bring as well, since their
// thresholds were lowered: those of the most parts first.
func (e *evidence) needed(keys []key) []key {
	slices.SortStableFunc(keys, func(x, y key) int { return cmp.Compare(len(y.parts), len(x.parts)) })
	by := make([]int, len(e.pairs)) // keys that bring each pair
	e.inPieces(func(e *evidence) {
		for j := range keys {
			e.each(&keys[j], func(i, bits int) {
				if bits >= keys[j].least {
					by[i]++
				}
			})
		}
	})
	return slices.DeleteFunc(keys, func(k key) bool {
		if len(k.parts) == 1 {
			return false
		}
		alone := false
		e.each(&k, func(i, bits int) { alone = alone || bits >= k.least && by[i] == 1 })
		if !alone {
			e.each(&k, func(i, bits int) {
				if bits >= k.least {
					by[i]--
				}
			})
		}
		return !alone
	})
}

// nest finds the keys that are part of this one.
func (k *key) nest(keys []key) {
	k.within = nil
	for _, o := range keys {
		if len(o.parts) >= len(k.parts) {
			continue
		}
		for places := uint8(1); places < 1<<len(k.parts)-1; places++ {
			var sub []uint8
			for j, p := range k.parts {
				if places>>j&1 != 0 {
					sub = append(sub, p)
				}
			}
			if slices.Equal(sub, o.parts) {
				k.within = append(k.within, subkey{places, o.least})
			}
		}
	}
}

// sets are the sets of parts that are tried as keys: all of one and two parts, and
// of larger ones those that matches share most often, as long as fewer parts do not
// make what they share rare enough.
func (f *features) sets(e *evidence, enough int) []key {
	type scored struct {
		key
		matches, rare float64
	}
	score := func(s *scored) {
		e.each(&s.key, func(i, bits int) {
			s.matches += e.matches[i]
			if bits >= enough {
				s.rare += e.matches[i]
			}
		})
	}
	var out []key
	var last []scored
	for i := range f.parts {
		s := scored{key: newKey(uint8(i))}
		score(&s)
		last = append(last, s)
		out = append(out, s.key)
	}
	for size := 2; size <= maxKeyParts; size++ {
		var next []scored
		for _, k := range last {
			if k.rare > 0.95*k.matches {
				continue
			}
			for p := k.parts[len(k.parts)-1]; int(p) < len(f.parts); p++ {
				if f.fits(k.key, p) {
					next = append(next, scored{key: newKey(append(slices.Clone(k.parts), p)...)})
				}
			}
		}
		inParallel(len(next), func(i int) { score(&next[i]) })
		next = slices.DeleteFunc(next, func(s scored) bool { return s.matches == 0 })
		slices.SortStableFunc(next, func(x, y scored) int { return cmp.Compare(y.matches, x.matches) })
		last = next[:min(len(next), keptKeys)]
		for _, s := range last {
			out = append(out, s.key)
		}
	}
	return out
}

// fits reports whether part p may join a key: a part stands twice at most, and
// then only where two of it tell more; two parts of one comparison go together
// only if each tells an aspect of its own.
func (f *features) fits(k key, p uint8) bool {
	for i, q := range k.parts {
		if q == p {
			if !f.parts[p].twice || i > 0 && k.parts[i-1] == p {
				return false
			}
			continue
		}
		if f.parts[q].comp == everything || f.parts[p].comp == everything {
			return false
		}
		if f.parts[q].comp == f.parts[p].comp && !(f.parts[q].aspect && f.parts[p].aspect) {
			return false
		}
	}
	return true
}
