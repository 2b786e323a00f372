package linkage

import (
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// samplePairs is how many random pairs measure u, and as many again for names.
const samplePairs = 200_000

// tally sums what a sample of pairs of different people says about a level.
type tally struct {
	weight  []float64 // by level
	inverse []float64 // weight divided by the frequency agreed on
	total   float64
}

func newTally(levels int) tally {
	return tally{weight: make([]float64, levels), inverse: make([]float64, levels)}
}

func (t *tally) add(level uint8, rarity, w float64) {
	t.total += w
	t.weight[level] += w
	if rarity <= 0 {
		t.inverse[level] += w * math.Exp2(-rarity)
	}
}

func (t *tally) merge(o tally) {
	t.total += o.total
	for i := range t.weight {
		t.weight[i] += o.weight[i]
		t.inverse[i] += o.inverse[i]
	}
}

// measureU estimates u for every level of every comparison, and the frequency
// to which it belongs, from random pairs. Pairs that agree on something that
// tells people apart, such as a document, may be one person and are left out
// when the other comparisons are measured.
func (l *Linker) measureU(m *Model) {
	var (
		comps   = l.plan.comps
		chunk   = 4096
		chunks  = samplePairs / chunk
		random  = make([][]tally, chunks)
		shared  = make([]tally, chunks)
		sharing *tokenSampler
	)
	nA, nB := len(l.side[0].ids), len(l.side[1].ids)
	if nA == 0 || nB == 0 || l.dedup && nA < 2 {
		chunks = 0
	}
	if l.names != nil && chunks > 0 {
		sharing = l.newTokenSampler()
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			c := l.newComparer()
			levels := make([]uint8, len(comps))
			freqs := make([]float64, len(comps))
			for {
				mu.Lock()
				at := next
				next++
				mu.Unlock()
				if at >= chunks {
					return
				}
				rng := rand.New(rand.NewPCG(0x6d69747261, uint64(at)))
				random[at] = make([]tally, len(comps))
				for k := range comps {
					random[at][k] = newTally(len(comps[k].levels()))
				}
				shared[at] = newTally(nameLevels)
				for range chunk {
					a, b := l.side[0].order[rng.IntN(nA)], l.side[1].order[rng.IntN(nB)]
					if l.dedup && a == b {
						continue
					}
					ra, rb := l.side[0].row(a), l.side[1].row(b)
					strong := 0
					for k := range comps {
						levels[k], freqs[k] = c.one(k, ra, rb)
						if l.telling(k, levels[k]) {
							strong++
						}
					}
					for k := range comps {
						if levels[k] == missing {
							continue
						}
						s := strong
						if l.telling(k, levels[k]) {
							s--
						}
						if s > 0 {
							continue
						}
						if comps[k].kind == FullName && sharing != nil && sharing.shared(l.names, ra[k], rb[k]) > 0 {
							// Pairs that share a token are rare and matter most:
							// they are drawn on their own, below.
							random[at][k].total++
							continue
						}
						random[at][k].add(levels[k], freqs[k], 1)
					}
				}
				if sharing == nil {
					continue
				}
				for range chunk {
					a, b, ok := sharing.draw(rng)
					if !ok || l.dedup && a == b {
						continue
					}
					ra, rb := l.side[0].row(a), l.side[1].row(b)
					strong := 0
					for k := range comps {
						if comps[k].kind != FullName {
							levels[k], freqs[k] = c.one(k, ra, rb)
							if l.telling(k, levels[k]) {
								strong++
							}
						}
					}
					if strong > 0 {
						continue
					}
					for k := range comps {
						if comps[k].kind == FullName {
							lv, f := c.one(k, ra, rb)
							if n := sharing.shared(l.names, ra[k], rb[k]); lv != missing && n > 0 {
								shared[at].add(lv, f, 1/float64(n))
							}
						}
					}
				}
			}
		})
	}
	wg.Wait()

	for k := range comps {
		t := newTally(len(comps[k].levels()))
		for at := range chunks {
			t.merge(random[at][k])
		}
		if comps[k].kind == FullName && sharing != nil {
			s := newTally(nameLevels)
			for at := range chunks {
				s.merge(shared[at])
			}
			// One draw stands for this share of all pairs with names.
			scale := sharing.mass / float64(chunks*chunk) * t.total
			for i := range s.weight {
				t.weight[i] += s.weight[i] * scale
				t.inverse[i] += s.inverse[i] * scale
			}
		}
		cm := ComparisonModel{Name: comps[k].name, Kind: comps[k].kind}
		for i, name := range comps[k].levels() {
			lv := Level{Name: name}
			// Half a pair more for each level: what was never seen is rare, not
			// impossible.
			lv.U = (t.weight[i] + 0.5) / (t.total + 0.5*float64(len(t.weight)))
			if t.inverse[i] > 0 {
				lv.Freq = t.weight[i] / t.inverse[i]
			}
			cm.Levels = append(cm.Levels, lv)
		}
		l.exactU(k, &cm)
		m.Comparisons = append(m.Comparisons, cm)
	}
}

// telling reports whether agreement at this level all but names a person, so
// that the pair says nothing about different people.
func (l *Linker) telling(k int, level uint8) bool {
	if level == missing {
		return false
	}
	switch l.plan.comps[k].kind {
	case BirthDate:
		return level >= dateSwapped
	case Document, NationalID, Phone:
		return level >= 2
	}
	return false
}

// exactU sets u of exact agreement, and its frequency, from the frequencies of
// the values: random pairs are too few to see it.
func (l *Linker) exactU(k int, cm *ComparisonModel) {
	c := &l.plan.comps[k]
	if c.kind == FullName || c.kind == SexKind {
		return
	}
	// Values are counted by how many records hold them, and those counts added up
	// in their own order: sums must not depend on the order of rows.
	held := map[[2]int32]int64{}
	for id := 1; id < len(c.dom.text); id++ {
		held[[2]int32{c.dom.count[0][id], c.dom.count[1][id]}]++
	}
	var pairs, inverse float64
	for _, n := range slices.SortedFunc(maps.Keys(held), func(x, y [2]int32) int { return slices.Compare(x[:], y[:]) }) {
		a, b := float64(n[0]), float64(n[1])
		if l.dedup {
			b = a - 1
		}
		p := a * b * float64(held[n])
		pairs += p
		inverse += p / min(l.share(n, 0.5), 1)
	}
	exact := &cm.Levels[len(cm.Levels)-1]
	if inverse > 0 {
		exact.Freq = pairs / inverse
	} else {
		exact.Freq = l.share([2]int32{}, 0.5)
	}
	// The frequencies leave out the person's own records; so does u.
	exact.U = exact.Freq
	rest := 0.0
	for i := range cm.Levels[:len(cm.Levels)-1] {
		rest += cm.Levels[i].U
	}
	for i := range cm.Levels[:len(cm.Levels)-1] {
		cm.Levels[i].U *= (1 - exact.U) / rest
	}
}

// tokenSampler draws pairs of records that share a name token: a token in
// proportion to the pairs that hold it, then a record of each side.
type tokenSampler struct {
	list [2][][]uint32 // records by token
	cum  []float64
	toks []uint32
	mass float64 // expected number of shared tokens of a random pair
}

func (l *Linker) newTokenSampler() *tokenSampler {
	s := &tokenSampler{}
	col := slices.IndexFunc(l.plan.comps, func(c comparison) bool { return c.kind == FullName })
	var named [2]float64
	for side := range 2 {
		s.list[side] = make([][]uint32, len(l.tok.text))
		for _, r := range l.side[side].order {
			id := l.side[side].row(r)[col]
			if id == none {
				continue
			}
			named[side]++
			for _, t := range l.names.name[id].tokens() {
				s.list[side][t] = append(s.list[side][t], r)
			}
		}
		if l.dedup {
			s.list[1], named[1] = s.list[0], named[0]
			break
		}
	}
	order := make([]uint32, 0, len(l.tok.text))
	for t := range l.tok.text {
		if len(s.list[0][t]) > 0 && len(s.list[1][t]) > 0 {
			order = append(order, uint32(t))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		switch x, y := l.tok.text[a], l.tok.text[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	sum := 0.0
	for _, t := range order {
		sum += float64(len(s.list[0][t])) * float64(len(s.list[1][t]))
		s.toks = append(s.toks, t)
		s.cum = append(s.cum, sum)
	}
	if pairs := named[0] * named[1]; pairs > 0 {
		s.mass = sum / pairs
	}
	return s
}

func (s *tokenSampler) draw(rng *rand.Rand) (a, b uint32, ok bool) {
	if len(s.toks) == 0 {
		return 0, 0, false
	}
	i, _ := slices.BinarySearch(s.cum, rng.Float64()*s.cum[len(s.cum)-1])
	t := s.toks[min(i, len(s.toks)-1)]
	la, lb := s.list[0][t], s.list[1][t]
	return la[rng.IntN(len(la))], lb[rng.IntN(len(lb))], true
}

// shared returns the number of tokens that two names share.
func (s *tokenSampler) shared(d *domain, a, b uint32) (n int) {
	if a == none || b == none {
		return 0
	}
	for _, x := range d.name[a].tokens() {
		for _, y := range d.name[b].tokens() {
			if x == y {
				n++
			}
		}
	}
	return n
}

// A cell counts the candidates that show one pattern of levels and the same
// frequency adjustment, to half a bit.
type cell struct {
	pattern uint64
	adjust  int8 // half bits
	n       int
}

const (
	maxRounds = 500
	settled   = 1e-7 // EM stops when no parameter moves more than this
)

// startM are the chances of the levels for one person from which EM starts:
// mostly exact, seldom different.
func startM(levels int) []float64 {
	m := make([]float64, levels)
	for i := range m {
		m[i] = 0.1 / float64(max(levels-1, 1))
	}
	m[levels-1] = 0.9
	return m
}

// train finds m and the prior by expectation maximisation over the pattern
// counts of the candidates (Dempster, Laird and Rubin 1977; for linkage Winkler
// 1988). u stays as measured. Pairs that are not candidates count as
// non-matches, so that the prior refers to all pairs.
func (l *Linker) train(m *Model, cells []cell, radix []uint64) {
	comps := l.plan.comps
	nA, nB := float64(len(l.side[0].ids)), float64(len(l.side[1].ids))
	all := nA * nB
	limit := min(nA, nB)
	if l.dedup {
		all = nA * (nA - 1) / 2
		limit = nA
	}
	if all < 1 {
		all = 1
	}
	levels := make([][]uint8, len(cells))
	for i, c := range cells {
		levels[i] = unpack(c.pattern, radix)
	}
	start := make([][]float64, len(comps))
	for k := range comps {
		start[k] = startM(len(m.Comparisons[k].Levels))
		for i := range m.Comparisons[k].Levels {
			m.Comparisons[k].Levels[i].M = start[k][i]
		}
	}
	lambda := max(limit*0.5, 1) / all
	weights := make([][]float64, len(comps))
	for m.Rounds = 1; m.Rounds <= maxRounds; m.Rounds++ {
		for k := range comps {
			weights[k] = weights[k][:0]
			for _, lv := range m.Comparisons[k].Levels {
				weights[k] = append(weights[k], lv.Weight())
			}
		}
		prior := math.Log2(lambda / (1 - lambda))
		sums := make([][]float64, len(comps))
		for k := range comps {
			sums[k] = make([]float64, len(m.Comparisons[k].Levels))
		}
		matches := 0.0
		for i, c := range cells {
			w := prior + float64(c.adjust)/2
			for k, lv := range levels[i] {
				if lv != missing {
					w += weights[k][lv]
				}
			}
			p := Probability(w) * float64(c.n)
			matches += p
			for k, lv := range levels[i] {
				if lv != missing {
					sums[k][lv] += p
				}
			}
		}
		moved := 0.0
		for k := range comps {
			total := 0.0
			for _, s := range sums[k] {
				total += s
			}
			lv := m.Comparisons[k].Levels
			before := slices.Clone(lv)
			for i := range sums[k] {
				// Two pairs' worth of the starting values: a level that no match
				// shows stays possible.
				lv[i].M = (sums[k][i] + 2*start[k][i]) / (total + 2)
			}
			monotone(comps[k].kind, lv)
			for i := range lv {
				moved = max(moved, math.Abs(lv[i].M-before[i].M))
			}
		}
		next := min(max(matches, 0.5)/all, 0.5)
		moved = max(moved, math.Abs(next/lambda-1))
		lambda = next
		m.Matches = matches
		if moved < settled {
			m.Converged = true
			break
		}
	}
	m.Prior = math.Log2(lambda / (1 - lambda))
}

// Probability is 1/(1+2^-w).
func Probability(w float64) float64 { return 1 / (1 + math.Exp2(-w)) }

// monotone makes sure that a better level never weighs less than a worse one:
// levels out of order share their m in proportion to u.
func monotone(kind Kind, levels []Level) {
	chains := [][]int{nil}
	for i := range levels {
		chains[0] = append(chains[0], i)
	}
	if kind == FullName {
		// A name within another and a name nearly the same are not comparable;
		// each order holds on its own.
		chains = [][]int{
			{nameDiffer, nameResembles, nameAllNear, nameNearly, nameOneNear, nameExact},
			{nameDiffer, nameShares, nameSharesMore},
			{nameDiffer, nameShares, nameWithinOne},
			{nameDiffer, nameWithinNearly, nameWithin, nameExact},
		}
	}
	for _, c := range chains {
		pool(levels, c)
	}
}

// pool is isotonic regression of m/u along a chain of levels by the pool
// adjacent violators algorithm.
func pool(levels []Level, chain []int) {
	type group struct {
		m, u float64
		from int
	}
	var gs []group
	for i, lv := range chain {
		g := group{levels[lv].M, levels[lv].U, i}
		for len(gs) > 0 && gs[len(gs)-1].m*g.u > g.m*gs[len(gs)-1].u {
			last := gs[len(gs)-1]
			gs = gs[:len(gs)-1]
			g = group{last.m + g.m, last.u + g.u, last.from}
		}
		gs = append(gs, g)
	}
	for i, g := range gs {
		to := len(chain)
		if i+1 < len(gs) {
			to = gs[i+1].from
		}
		if to-g.from < 2 {
			continue
		}
		for _, lv := range chain[g.from:to] {
			levels[lv].M = g.m / g.u * levels[lv].U
		}
	}
}

// pack and unpack turn levels into a pattern and back; digit 0 is missing.
func pack(levels []uint8, radix []uint64) (p uint64) {
	for k, lv := range levels {
		d := uint64(0)
		if lv != missing {
			d = uint64(lv) + 1
		}
		p = p*radix[k] + d
	}
	return p
}

func unpack(p uint64, radix []uint64) []uint8 {
	levels := make([]uint8, len(radix))
	for k := len(radix) - 1; k >= 0; k-- {
		d := p % radix[k]
		p /= radix[k]
		levels[k] = uint8(d) - 1 // missing is 0xff
	}
	return levels
}
