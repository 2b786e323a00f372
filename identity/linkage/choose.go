package linkage

import (
	"cmp"
	"math"
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

// weighed is a pair of the sample as keys are judged by it.
type weighed struct {
	mask, more uint64
	best, next []uint8 // of the parts
	pairs      float64 // it stands for
	matches    float64 // of these
	covered    bool
}

// chooseKeys picks keys by what they bring for what they cost, both estimated
// from the sample, until the budget of pairs is used up or nothing is gained any
// more. It returns them and the share of the matches that they bring.
func (l *Linker) chooseKeys(f *features, sample []drawnPair, match []float64, budget float64) (keys []key, recall float64) {
	// Pairs that may be matches, and of all others some: they only tell the costs.
	var pairs []weighed
	var s sharing
	all, likely := 0.0, 0
	for _, p := range match {
		if p > 0.05 {
			likely++
		}
	}
	every := [2]int{1 + (len(sample)-likely)/40_000, 1 + likely/150_000}
	seen := [2]int{}
	for i, d := range sample {
		kind := 0
		if match[i] > 0.05 {
			kind = 1
		}
		if seen[kind]++; seen[kind]%every[kind] != 0 {
			continue
		}
		f.share(d.a, d.b, &s)
		w := weighed{mask: s.mask, more: s.more, pairs: float64(d.weight) * float64(every[kind])}
		w.best, w.next = slices.Clone(s.best[:len(f.parts)]), slices.Clone(s.next[:len(f.parts)])
		if match[i] > 1.0/9 {
			w.matches = w.pairs * match[i]
		}
		all += w.matches
		pairs = append(pairs, w)
	}
	if all == 0 {
		all = 1
	}
	slices.SortStableFunc(pairs, func(x, y weighed) int { return cmp.Or(cmp.Compare(x.mask, y.mask), cmp.Compare(x.more, y.more)) })
	// Runs of pairs that share the same parts.
	var runs [][]weighed
	for from := 0; from < len(pairs); {
		to := from + 1
		for to < len(pairs) && pairs[to].mask == pairs[from].mask && pairs[to].more == pairs[from].more {
			to++
		}
		runs = append(runs, pairs[from:to])
		from = to
	}
	cands := f.sets(runs)
	scale := int(math.Floor(f.scale * quarter))
	records := float64(f.records())

	// Of a set of parts, what it brings and costs at the best of the thresholds
	// that are wider than the one it has.
	type offer struct {
		gain, cost float64
		least      int
	}
	const step, steps = 2, 64
	judge := func(c int) offer {
		k := &cands[c]
		var gain, fresh, again [steps]float64
		top := scale
		if k.least > 0 {
			top = k.least - 1
		}
		for _, run := range runs {
			if run[0].mask&k.mask != k.mask || run[0].more&k.more != k.more {
				continue
			}
			for i := range run {
				w := &run[i]
				sum := 0
				for j, p := range k.parts {
					if j > 0 && k.parts[j-1] == p {
						sum += int(w.next[p])
					} else {
						sum += int(w.best[p])
					}
				}
				if k.least > 0 && sum >= k.least {
					continue
				}
				at := min(max((top-sum+step-1)/step, 0), steps-1)
				if w.covered {
					again[at] += w.pairs
				} else {
					fresh[at] += w.pairs
					gain[at] += w.matches
				}
			}
		}
		best := offer{}
		g, n, a := 0.0, 0.0, 0.0
		fixed := costRecord * records
		if k.least > 0 {
			fixed = 0
		}
		for at := range steps {
			least := top - at*step
			if least < 0 {
				break
			}
			g, n, a = g+gain[at], n+fresh[at], a+again[at]
			cost := n + costAgain*a + fixed
			if g > 0 && (best.gain == 0 || g*best.cost > best.gain*cost) {
				best = offer{g, cost, least}
			}
		}
		return best
	}
	offers := make([]offer, len(cands))
	spent := 0.0
	for range 3 {
		for _, run := range runs {
			for i := range run {
				s := run[i].sharing()
				run[i].covered = slices.ContainsFunc(cands, func(k key) bool { return k.least > 0 && k.covers(&s) })
			}
		}
		l.inParallel(len(cands), func(i int) { offers[i] = judge(i) })
		fresh := make([]int, len(cands)) // the round in which an offer was worked out
		for round := 1; ; {
			best := -1
			for i, o := range offers {
				if o.gain >= worthless*all && spent+o.cost <= budget && (best < 0 || o.gain*offers[best].cost > offers[best].gain*o.cost) {
					best = i
				}
			}
			if best < 0 {
				break
			}
			if fresh[best] != round { // gains only shrink: look again
				offers[best] = judge(best)
				fresh[best] = round
				continue
			}
			spent += offers[best].cost
			cands[best].least = max(offers[best].least, 1)
			for _, run := range runs {
				for i := range run {
					if w := &run[i]; !w.covered {
						s := w.sharing()
						w.covered = cands[best].covers(&s)
					}
				}
			}
			round++
			offers[best] = judge(best)
			fresh[best] = round
		}
		// What later keys have made needless gives its place to others.
		saved := 0.0
		for {
			worst, gain, cost := -1, 0.0, 0.0
			alone, again := onlyBy(cands, runs)
			for i := range cands {
				if cands[i].least > 0 && alone[i].matches < 4*worthless*all {
					if c := alone[i].pairs + costAgain*again[i] + costRecord*records; worst < 0 || alone[i].matches/c < gain/cost {
						worst, gain, cost = i, alone[i].matches, c
					}
				}
			}
			if worst < 0 {
				break
			}
			cands[worst].least = 0
			saved += cost
		}
		if spent -= saved; saved < 0.05*budget {
			break
		}
	}
	for i := range cands {
		least := cands[i].least
		// Every part is a key by itself where it is rare enough, whether the sample
		// shows a use for it or not.
		if f.parts[cands[i].parts[0]].comp == everything {
			continue
		}
		if least == 0 && len(cands[i].parts) == 1 {
			least = scale + 1
		}
		if least > 0 {
			k := cands[i]
			k.least = least
			keys = append(keys, k)
		}
	}
	keys = widen(keys, runs, budget, records)
	keys = append(keys, newKey(uint8(len(f.parts)-1))) // all values: whatever is alike is compared
	// What they bring is estimated from the whole sample, most of which had no part
	// in the choice.
	covered, whole := 0.0, 0.0
	for i, d := range sample {
		if match[i] > 1.0/9 {
			f.share(d.a, d.b, &s)
			m := float64(d.weight) * match[i]
			whole += m
			if slices.ContainsFunc(keys, func(k key) bool { return k.covers(&s) }) {
				covered += m
			}
		}
	}
	slices.SortStableFunc(keys, func(x, y key) int { return cmp.Or(cmp.Compare(len(x.parts), len(y.parts)), cmp.Compare(y.least, x.least)) })
	for i := range keys {
		keys[i].within = nil
		for _, o := range keys {
			if len(o.parts) >= len(keys[i].parts) {
				continue
			}
			for places := uint8(1); places < 1<<len(keys[i].parts)-1; places++ {
				var sub []uint8
				for j, p := range keys[i].parts {
					if places>>j&1 != 0 {
						sub = append(sub, p)
					}
				}
				if slices.Equal(sub, o.parts) {
					keys[i].within = append(keys[i].within, subkey{places, o.least})
				}
			}
		}
	}
	if whole > 0 {
		recall = covered / whole
	} else {
		recall = 1
	}
	return keys, recall
}

// onlyBy tells of every key that is taken which pairs and matches of the sample it
// alone brings, and how many pairs with others.
func onlyBy(keys []key, runs [][]weighed) (alone []weighed, again []float64) {
	alone, again = make([]weighed, len(keys)), make([]float64, len(keys))
	var taken, by []int
	for i := range keys {
		if keys[i].least > 0 {
			taken = append(taken, i)
		}
	}
	for _, run := range runs {
		for i := range run {
			w, s := &run[i], run[i].sharing()
			by = by[:0]
			for _, k := range taken {
				if keys[k].covers(&s) {
					by = append(by, k)
				}
			}
			switch len(by) {
			case 0:
			case 1:
				alone[by[0]].pairs += w.pairs
				alone[by[0]].matches += w.matches
			default:
				for _, k := range by {
					again[k] += w.pairs
				}
			}
		}
	}
	return alone, again
}

// widen lowers what all keys ask for by one and the same number of bits, as far as
// the budget goes: it is meant for matches that the sample does not show.
func widen(keys []key, runs [][]weighed, budget, records float64) []key {
	const steps = 256
	var cost [steps]float64
	first := slices.Repeat([]int{steps}, len(keys)) // the step from which a key brings anything
	for _, run := range runs {
		for i := range run {
			w, s := &run[i], run[i].sharing()
			soonest := steps
			for j := range keys {
				have := keys[j].bits(&s)
				if have < 0 {
					continue
				}
				step := max(keys[j].least-have, 0)
				if step < steps {
					cost[step] += costAgain * w.pairs
					first[j] = min(first[j], step)
					soonest = min(soonest, step)
				}
			}
			if soonest < steps {
				cost[soonest] += (1 - costAgain) * w.pairs
			}
		}
	}
	for _, f := range first {
		if f < steps {
			cost[f] += costRecord * records
		}
	}
	step := 0
	for sum := cost[0]; step+1 < steps && sum+cost[step+1] <= budget; {
		step++
		sum += cost[step]
	}
	var out []key
	for j, k := range keys {
		if first[j] <= step {
			k.least = max(k.least-step, 0)
			out = append(out, k)
		}
	}
	return out
}

func (w *weighed) sharing() (s sharing) {
	s.mask, s.more = w.mask, w.more
	copy(s.best[:], w.best)
	copy(s.next[:], w.next)
	return s
}

// sets are the sets of parts that are tried as keys: all of one and two parts, and
// of larger ones those that matches share most often.
func (f *features) sets(runs [][]weighed) []key {
	var out, last []key
	for i := range f.parts {
		last = append(last, newKey(uint8(i)))
	}
	out = append(out, last...)
	for size := 2; size <= maxKeyParts && len(last) > 0; size++ {
		type scored struct {
			key
			matches float64
		}
		var next []scored
		for _, k := range last {
			top := k.parts[len(k.parts)-1]
			for p := top; int(p) < len(f.parts); p++ {
				if !f.fits(k, p) {
					continue
				}
				n := scored{key: newKey(append(slices.Clone(k.parts), p)...)}
				for _, run := range runs {
					if run[0].mask&n.mask == n.mask && run[0].more&n.more == n.more {
						for i := range run {
							n.matches += run[i].matches
						}
					}
				}
				if n.matches > 0 {
					next = append(next, n)
				}
			}
		}
		slices.SortStableFunc(next, func(x, y scored) int { return cmp.Compare(y.matches, x.matches) })
		last = nil
		for _, n := range next[:min(len(next), keptKeys)] {
			last = append(last, n.key)
		}
		out = append(out, last...)
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
