package linkage

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
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

// How a pair came into the sample.
const (
	atRandom  = iota
	withToken // at random, and the names share a token: what their level is, the drawn pairs tell
	drawn     // by a token that the names share
)

// sampleKey is what sampled pairs are collapsed by.
type sampleKey struct {
	pattern uint64
	rarity  int16 // of all agreements together, in half bits
	shared  int16 // of those that related people may share
	named   int16 // and of whole names
	how     uint8
	telling bool // agrees on something that all but names a person
}

// sampleCell counts the sampled pairs of one key.
type sampleCell struct {
	sampleKey
	weight  float64
	inverse float64 // weight divided by the frequency of the names agreed on
	others  float64 // the share of weight that is of different people if everybody stands twice
	levels  []uint8
}

// sample is the random pairs from which u is measured.
type sample struct {
	cells []sampleCell
	scale float64 // pairs drawn by a token for each random pair, as a share of what there is
}

// takeSample draws pairs from all of the files, and as many again among those
// whose names share a token: random pairs hardly ever do, and those that do
// decide everything.
func (l *Linker) takeSample(radix []uint64) *sample {
	var (
		comps   = l.plan.comps
		chunk   = 4096
		chunks  = samplePairs / chunk
		sharing *tokenSampler
	)
	nA, nB := l.side[0].Len(), l.side[1].Len()
	if nA == 0 || nB == 0 || l.dedup && nA < 2 {
		chunks = 0
	}
	name := slices.IndexFunc(comps, func(c comparison) bool { return c.kind == FullName })
	if l.names != nil && chunks > 0 {
		sharing = l.newTokenSampler()
	}
	type sums struct{ weight, inverse, others float64 }
	type pair struct {
		a, b           uint32
		how            uint8
		weight, others float64
	}
	found := make([]map[sampleKey]sums, chunks)
	var wg sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			t := newColumns(l.newComparer())
			var pairs []pair
			for at := int(next.Add(1)) - 1; at < chunks; at = int(next.Add(1)) - 1 {
				rng := rand.New(rand.NewPCG(0x6d69747261, uint64(at)))
				pairs = pairs[:0]
				for range chunk {
					a, b := uint32(rng.IntN(nA)), uint32(rng.IntN(nB))
					if !l.dedup || a != b {
						pairs = append(pairs, pair{a, b, atRandom, 1, 1})
					}
				}
				for range chunk {
					if sharing == nil {
						break
					}
					if a, b, others, ok := sharing.draw(rng); ok && !(l.dedup && a == b) {
						pairs = append(pairs, pair{a, b, drawn, 1, others})
					}
				}
				cells := map[sampleKey]sums{}
				for some := range slices.Chunk(pairs, columnPairs) {
					t.compare(len(some), func(i int) (a, b uint32) { return some[i].a, some[i].b })
					for i, p := range some {
						if sharing != nil {
							switch n := sharing.shared(l.names, t.rows[0][i*l.stride()+name], t.rows[1][i*l.stride()+name]); {
							case p.how == drawn:
								p.weight = 1 / float64(n)
							case n > 0:
								p.how = withToken
							}
						}
						levels, rarities := t.of(i)
						key, all, shared, inverse := sampleKey{pattern: pack(levels, radix), how: p.how}, 0.0, shares{}, 0.0
						for k, lv := range levels {
							if rarity := rarities[k]; rarity <= 0 {
								all += rarity
								shared.add(l, k, lv, rarity)
								if k == name {
									inverse = p.weight * math.Exp2(-rarity)
								}
							}
							key.telling = key.telling || l.telling(k, lv)
						}
						half := func(x float64) int16 { return int16(math.Round(2 * max(x, -1000))) }
						key.rarity, key.shared, key.named = half(all), half(shared[0]), half(shared[1])
						s := cells[key]
						cells[key] = sums{s.weight + p.weight, s.inverse + inverse, s.others + p.weight*p.others}
					}
				}
				found[at] = cells
			}
		})
	}
	wg.Wait()
	all := map[sampleKey]sums{}
	for _, cells := range found { // in this order, so that sums do not depend on timing
		for key, s := range cells {
			t := all[key]
			all[key] = sums{t.weight + s.weight, t.inverse + s.inverse, t.others + s.others}
		}
	}
	out := &sample{}
	for key, s := range all {
		out.cells = append(out.cells, sampleCell{key, s.weight, s.inverse, s.others / s.weight, unpack(key.pattern, radix)})
	}
	slices.SortFunc(out.cells, func(a, b sampleCell) int {
		return cmp.Or(cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.rarity, b.rarity), cmp.Compare(a.shared, b.shared), cmp.Compare(a.named, b.named), cmp.Compare(a.how, b.how))
	})
	if sharing != nil {
		out.scale = sharing.mass / float64(chunks*chunk)
	}
	return out
}

// measure estimates u of every level of every comparison. of is how likely each
// cell of the sample is a pair of different people; nil stands for the first
// time, when nothing is known but that pairs that agree on something that all but
// names a person, such as a document, may be of one: they are left out when the
// other comparisons are measured.
func (l *Linker) measure(m *Model, s *sample, of func(c *sampleCell) float64) {
	known := make([]float64, len(s.cells))
	for i := range s.cells {
		if known[i] = s.cells[i].others; of != nil {
			known[i] = of(&s.cells[i])
		}
	}
	for k := range l.plan.comps {
		c := &l.plan.comps[k]
		t, d := newTally(len(c.levels())), newTally(len(c.levels()))
		for i := range s.cells {
			cell := &s.cells[i]
			lv := cell.levels[k]
			if lv == missing || cell.how == drawn && c.kind != FullName {
				continue
			}
			if of == nil && cell.telling && l.tellingElsewhere(k, cell.levels) {
				continue
			}
			share := known[i]
			switch {
			case cell.how == drawn:
				d.weight[lv] += cell.weight * share
				d.inverse[lv] += cell.inverse * share
			case cell.how == withToken && c.kind == FullName:
				t.total += cell.weight * share
			default:
				t.total += cell.weight * share
				t.weight[lv] += cell.weight * share
				if c.kind == FullName {
					t.inverse[lv] += cell.inverse * share
				}
			}
		}
		for i := range d.weight { // one drawn pair stands for this share of all
			t.weight[i] += d.weight[i] * s.scale * t.total
			t.inverse[i] += d.inverse[i] * s.scale * t.total
		}
		first := len(m.Comparisons) <= k
		if first {
			cm := ComparisonModel{Name: c.name, Kind: c.kind}
			for i, name := range c.levels() {
				lv := Level{Name: name}
				if t.inverse[i] > 0 {
					lv.Freq = t.weight[i] / t.inverse[i]
				}
				cm.Levels = append(cm.Levels, lv)
			}
			m.Comparisons = append(m.Comparisons, cm)
		}
		cm := &m.Comparisons[k]
		for i := range cm.Levels {
			lv := &cm.Levels[i]
			w := t.weight[i]
			if !first && lv.Freq > 0 && c.kind == FullName {
				// Frequencies stay those that candidates were compared with; u is
				// then of a level at that frequency.
				w = lv.Freq * t.inverse[i]
			}
			// Half a pair more for each level: what was never seen is rare, not
			// impossible.
			lv.U = (w + 0.5) / (t.total + 0.5*float64(len(t.weight)))
		}
		if first {
			l.exactFreq(k, cm)
		}
		l.exactU(k, cm)
	}
}

// tellingElsewhere reports whether a comparison other than k is telling.
func (l *Linker) tellingElsewhere(k int, levels []uint8) bool {
	for j, lv := range levels {
		if j != k && l.telling(j, lv) {
			return true
		}
	}
	return false
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

// exactFreq sets the frequency of exact agreement from the frequencies of the values.
func (l *Linker) exactFreq(k int, cm *ComparisonModel) {
	c := &l.plan.comps[k]
	if c.kind == FullName || c.kind == SexKind {
		return
	}
	// Values are counted by how many records hold them, and those counts added up
	// in their own order: sums must not depend on the order of rows.
	held := map[[2]int32]int64{}
	for id := 1; id < c.dom.values(); id++ {
		held[c.dom.held(id)]++
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
}

// exactU sets u of exact agreement to its frequency: random pairs are too few to see it.
func (l *Linker) exactU(k int, cm *ComparisonModel) {
	if cm.Kind == FullName || cm.Kind == SexKind {
		return
	}
	exact := &cm.Levels[len(cm.Levels)-1]
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
	records [2][]uint32 // by token
	ends    [2][]uint32 // where those of each token end
	cum     []float64
	toks    []uint32
	mass    float64 // expected number of shared tokens of a random pair
	dedup   bool
}

func (l *Linker) newTokenSampler() *tokenSampler {
	s := &tokenSampler{dedup: l.dedup}
	col := slices.IndexFunc(l.plan.comps, func(c comparison) bool { return c.kind == FullName })
	var named [2]float64
	for side := range 2 {
		// A token's records end where the next one's begin: until they stand there, that
		// is where the next of them goes.
		ends, sum := make([]uint32, len(l.tok.text)), uint32(0)
		for t, n := range l.tok.count[side] {
			ends[t] = sum
			sum += uint32(n)
		}
		records := make([]uint32, sum)
		for r := range uint32(l.side[side].Len()) {
			id := l.side[side].at(r)[col]
			if id == none {
				continue
			}
			named[side]++
			for _, t := range l.names.name[id].tokens() {
				records[ends[t]] = r
				ends[t]++
			}
		}
		s.records[side], s.ends[side] = records, ends
		if l.dedup {
			s.records[1], s.ends[1], named[1] = records, ends, named[0]
			break
		}
	}
	order := make([]uint32, 0, len(l.tok.text))
	for t := range l.tok.text {
		if len(s.of(0, uint32(t))) > 0 && len(s.of(1, uint32(t))) > 0 {
			order = append(order, uint32(t))
		}
	}
	sortByText(order, func(t uint32) string { return l.tok.text[t] })
	sum := 0.0
	for _, t := range order {
		sum += float64(len(s.of(0, t))) * float64(len(s.of(1, t)))
		s.toks = append(s.toks, t)
		s.cum = append(s.cum, sum)
	}
	if pairs := named[0] * named[1]; pairs > 0 {
		s.mass = sum / pairs
	}
	return s
}

// of returns the records of a side that hold a token.
func (s *tokenSampler) of(side int, token uint32) []uint32 {
	from := uint32(0)
	if token > 0 {
		from = s.ends[side][token-1]
	}
	return s.records[side][from:s.ends[side][token]]
}

func (s *tokenSampler) draw(rng *rand.Rand) (a, b uint32, others float64, ok bool) {
	if len(s.toks) == 0 {
		return 0, 0, 0, false
	}
	i, _ := slices.BinarySearch(s.cum, rng.Float64()*s.cum[len(s.cum)-1])
	t := s.toks[min(i, len(s.toks)-1)]
	la, lb := s.of(0, t), s.of(1, t)
	n := max(len(la), len(lb))
	if s.dedup {
		n--
	}
	return la[rng.IntN(len(la))], lb[rng.IntN(len(lb))], 1 - 1/float64(max(n, 1)), true
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
// frequency adjustments.
type cell struct {
	cellKey
	n float64
}

const (
	maxRounds = 500
	settled   = 1e-6 // EM stops when no parameter moves more than this
	nearly    = 1e-3 // and before u is measured again
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
// 1988), and measures u again, without the true pairs of the sample, until it
// stands. Pairs that are not candidates count as non-matches, so that the prior
// refers to all pairs.
func (l *Linker) train(m *Model, cells []cell, radix []uint64, pairs *sample) {
	comps := l.plan.comps
	nA, nB := float64(l.side[0].Len()), float64(l.side[1].Len())
	all, limit := max(float64(l.allPairs()), 1), min(nA, nB)
	if l.dedup {
		limit = nA
	}
	// Where a record has one partner at most there are no more matches than records
	// of the smaller file. Without that bound EM could take for matches what people
	// of one town have in common.
	most := 1.0
	if l.kin == nil && !l.dedup {
		most = limit / all
	}
	counted := newPatterns(m, cells, radix)
	start := make([][]float64, len(comps))
	for k := range comps {
		start[k] = startM(len(m.Comparisons[k].Levels))
		for i := range m.Comparisons[k].Levels {
			m.Comparisons[k].Levels[i].M = start[k][i]
		}
	}
	lambda := max(limit*0.5, 1) / all
	if l.kin != nil {
		l.startRelated(m, lambda)
	}
	for range maxRefits {
		lambda = l.maximise(m, counted, start, lambda, most, all, nearly)
		before := uLogs(m)
		l.measure(m, pairs, l.strangers(m, lambda))
		moved := 0.0
		for i, u := range uLogs(m) {
			moved = max(moved, math.Abs(u-before[i]))
		}
		if moved < refitted {
			break
		}
	}
	lambda = l.maximise(m, counted, start, lambda, most, all, settled)
	m.Prior = Bits(lambda)
}

const (
	maxRefits = 10
	refitted  = 0.05 // bits: u is measured again until no level moves more
)

// uLogs are the logarithms of all u.
func uLogs(m *Model) (out []float64) {
	for _, c := range m.Comparisons {
		for _, lv := range c.Levels {
			out = append(out, math.Log2(lv.U))
		}
	}
	return out
}

// strangers returns the chance that a sampled pair is of strangers, as far as the
// model knows: true pairs stand in the sample too, and where a level is rare among
// strangers they are most of it.
func (l *Linker) strangers(m *Model, lambda float64) func(c *sampleCell) float64 {
	prior, kinship := Bits(lambda), m.kinship()
	weight, freq := make([][]float64, len(m.Comparisons)), make([][]float64, len(m.Comparisons))
	for k, c := range m.Comparisons {
		for _, lv := range c.Levels {
			f := 0.0
			if lv.Freq > 0 {
				f = math.Log2(lv.Freq)
			}
			weight[k], freq[k] = append(weight[k], lv.Weight()+f), append(freq[k], f)
		}
	}
	return func(c *sampleCell) float64 {
		w, shared := prior-float64(c.rarity)/2, shares{-float64(c.shared) / 2, -float64(c.named) / 2}
		for k, lv := range c.levels {
			if lv == missing {
				continue
			}
			w += weight[k][lv]
			shared.add(l, k, lv, freq[k][lv])
		}
		return 1 / (1 + math.Exp2(w) + kinship.odds(c.levels, shared))
	}
}

// patterns are the cells as EM goes through them, hundreds of times: all levels of
// all comparisons numbered through, of each pattern those that it shows, and of each
// of its cells what the rarity of values adds.
type patterns struct {
	start  []int      // number of the first level of each comparison
	levels int        // in all
	from   []int32    // at[from[i]:from[i+1]] are the levels of pattern i
	at     []int32    // without those that are missing
	cell   []int32    // cells cell[i] … cell[i+1]-1 are those of pattern i
	rarity []rarities // of each cell
	n      []float64  // pairs of each cell
}

// rarities are the odds that the rarity of values adds: for one person, and for the
// classes of related people by what they share.
type rarities [4]float64

// The entries of rarities.
const (
	rareAll = iota
	rareShared
	rareNamed
	rareBoth
)

// rarityOf is the entry that holds for a class.
func rarityOf(kind string) int {
	switch kind {
	case "":
		return rareAll
	case elders:
		return rareBoth
	case namesakes:
		return rareNamed
	}
	return rareShared
}

// newPatterns takes cells in the order of their keys.
func newPatterns(m *Model, cells []cell, radix []uint64) *patterns {
	p := &patterns{}
	for _, c := range m.Comparisons {
		p.start = append(p.start, p.levels)
		p.levels += len(c.Levels)
	}
	for i, c := range cells {
		if i == 0 || c.pattern != cells[i-1].pattern {
			p.from, p.cell = append(p.from, int32(len(p.at))), append(p.cell, int32(i))
			for k, lv := range unpack(c.pattern, radix) {
				if lv != missing {
					p.at = append(p.at, int32(p.start[k])+int32(lv))
				}
			}
		}
		odds := func(halves ...int8) float64 {
			sum := 0.0
			for _, h := range halves {
				sum += float64(h) / 2
			}
			return math.Exp2(sum)
		}
		p.rarity = append(p.rarity, rarities{odds(c.adjust), odds(c.shared), odds(c.named), odds(c.shared, c.named)})
		p.n = append(p.n, c.n)
	}
	p.from, p.cell = append(p.from, int32(len(p.at))), append(p.cell, int32(len(cells)))
	return p
}

// of returns the part of a table of all levels that belongs to comparison k.
func (p *patterns) of(all []float64, k int) []float64 {
	to := p.levels
	if k+1 < len(p.start) {
		to = p.start[k+1]
	}
	return all[p.start[k]:to]
}

// expectation is what a round of EM knows and counts of one class of pairs.
type expectation struct {
	prior float64   // odds against strangers
	ratio []float64 // the same of each level
	sums  []float64 // expected pairs that show each level
	n     float64   // expected pairs
	kind  string    // of related people; empty for one person
}

// partPatterns is how many patterns are counted as one part. Parts are fixed, so
// that sums are the same whoever adds them up.
const partPatterns = 1 << 9

// expect counts the expected pairs of each class. Those of one person, the first,
// get the rarity of all values to their favour, the others that of what they may
// share.
func (p *patterns) expect(classes []expectation) {
	count := len(p.cell) - 1
	parts := make([][]expectation, (count+partPatterns-1)/partPatterns)
	rare := make([]int, len(classes))
	for j := range classes {
		rare[j] = rarityOf(classes[j].kind)
	}
	var next atomic.Int64
	work := func() {
		odds := make([]float64, len(classes))
		for part := int(next.Add(1)) - 1; part < len(parts); part = int(next.Add(1)) - 1 {
			out := make([]expectation, len(classes))
			for j := range out {
				out[j].sums = make([]float64, p.levels)
			}
			for i := part * partPatterns; i < min((part+1)*partPatterns, count); i++ {
				at := p.at[p.from[i]:p.from[i+1]]
				for j := range classes {
					o, ratio := classes[j].prior, classes[j].ratio
					for _, a := range at {
						o *= ratio[a]
					}
					odds[j] = o
				}
				// Classes for which the same rarity holds go together through the cells.
				var by, shown rarities
				for j, o := range odds {
					by[rare[j]] += o
				}
				for c := p.cell[i]; c < p.cell[i+1]; c++ {
					r := &p.rarity[c]
					each := p.n[c] / (1 + by[0]*r[0] + by[1]*r[1] + by[2]*r[2] + by[3]*r[3]) // 1: strangers
					shown[0] += r[0] * each
					shown[1] += r[1] * each
					shown[2] += r[2] * each
					shown[3] += r[3] * each
				}
				for j, o := range odds {
					n := o * shown[rare[j]]
					out[j].n += n
					sums := out[j].sums
					for _, a := range at {
						sums[a] += n
					}
				}
			}
			parts[part] = out
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	for j := range classes {
		c := &classes[j]
		clear(c.sums)
		c.n = 0
		for _, part := range parts {
			c.n += part[j].n
			for a, n := range part[j].sums {
				c.sums[a] += n
			}
		}
	}
}

// maximise finds m and the prior for the u of the model, until nothing moves more
// than settled. Two rounds of EM tell where a long row of them would lead: a step in
// that direction follows (SQUAREM; Varadhan and Roland 2008), and is taken back if more
// moves after it than before.
func (l *Linker) maximise(m *Model, cells *patterns, start [][]float64, lambda, most, all, settled float64) float64 {
	e := &ascent{l: l, m: m, cells: cells, start: start, lambda: lambda, most: most, all: all}
	e.classes = make([]expectation, 1+len(m.Related)) // the first is that of one person
	for i := range e.classes {
		if i > 0 {
			e.classes[i].kind = l.kin[i-1].name
		}
		e.classes[i].ratio, e.classes[i].sums = make([]float64, cells.levels), make([]float64, cells.levels)
	}
	m.Converged = false
	until := m.Rounds + maxRounds
	far := farthest
	var zero, one, two []float64
	for m.Rounds < until {
		zero = e.values(zero)
		if e.round() < settled {
			m.Converged = true
			break
		}
		one = e.values(one)
		moves := e.round()
		if moves < settled {
			m.Converged = true
			break
		}
		two = e.values(two)
		if !e.leap(zero, one, two, far) {
			continue
		}
		if e.round() > moves { // it led astray
			e.set(two)
			far = max(far/2, 2)
		}
	}
	return e.lambda
}

// ascent is EM under way.
type ascent struct {
	l                 *Linker
	m                 *Model
	cells             *patterns
	start             [][]float64
	lambda, most, all float64
	classes           []expectation
}

// round is one of EM. It returns how far parameters moved.
func (e *ascent) round() (moved float64) {
	l, m, cells := e.l, e.m, e.cells
	comps := l.plan.comps
	m.Rounds++
	for i := range e.classes {
		c := &e.classes[i]
		if c.prior = e.lambda / (1 - e.lambda); i > 0 {
			c.prior = math.Exp2(m.Related[i-1].Prior)
		}
		for k := range comps {
			ratio := cells.of(c.ratio, k)
			for j, lv := range m.Comparisons[k].Levels {
				switch {
				case i == 0:
					ratio[j] = lv.M / lv.U
				case m.Related[i-1].R[k] == nil:
					ratio[j] = 1
				default:
					ratio[j] = m.Related[i-1].R[k][j] / lv.U
				}
			}
		}
	}
	cells.expect(e.classes)
	for r := range m.Related {
		moved = max(moved, l.learnRelated(m, r, cells, e.classes[1+r].sums, e.classes[1+r].n, e.all))
	}
	for k := range comps {
		sums, total := cells.of(e.classes[0].sums, k), 0.0
		for _, s := range sums {
			total += s
		}
		lv := m.Comparisons[k].Levels
		before := slices.Clone(lv)
		for i := range sums {
			// Two pairs' worth of the starting values: a level that no match
			// shows stays possible.
			lv[i].M = (sums[i] + 2*e.start[k][i]) / (total + 2)
		}
		monotone(comps[k].kind, lv)
		for i := range lv {
			moved = max(moved, math.Abs(lv[i].M-before[i].M))
		}
	}
	m.Matches = e.classes[0].n
	next := min(max(m.Matches, 0.5)/e.all, e.most, 0.5)
	moved = max(moved, math.Abs(next/e.lambda-1))
	e.lambda = next
	return moved
}

// values are all that EM moves, chances as they are and priors as logarithms.
func (e *ascent) values(to []float64) []float64 {
	to = append(to[:0], math.Log(e.lambda))
	for _, c := range e.m.Comparisons {
		for _, lv := range c.Levels {
			to = append(to, lv.M)
		}
	}
	for _, r := range e.m.Related {
		to = append(to, r.Prior*math.Ln2)
		for _, p := range r.R {
			to = append(to, p...)
		}
	}
	return to
}

// set is the way back from values.
func (e *ascent) set(from []float64) {
	next := func() float64 {
		x := from[0]
		from = from[1:]
		return x
	}
	e.lambda = min(math.Exp(next()), e.most, 0.5)
	for _, c := range e.m.Comparisons {
		for i := range c.Levels {
			c.Levels[i].M = next()
		}
	}
	for r := range e.m.Related {
		e.m.Related[r].Prior = next() / math.Ln2
		for _, p := range e.m.Related[r].R {
			for i := range p {
				p[i] = next()
			}
		}
	}
}

// leap steps from zero to where the way over one and two leads; false if that is no
// further than two.
func (e *ascent) leap(zero, one, two []float64, far float64) bool {
	var rr, vv float64
	for i := range zero {
		r := one[i] - zero[i]
		v := two[i] - one[i] - r
		rr += r * r
		vv += v * v
	}
	if !(vv > 0) {
		return false
	}
	a := math.Sqrt(rr / vv)
	if a <= 1 {
		return false
	}
	a = min(a, far)
	to := make([]float64, len(zero))
	for i := range zero {
		r := one[i] - zero[i]
		v := two[i] - one[i] - r
		to[i] = zero[i] + 2*a*r + a*a*v
		if two[i] > 0 && to[i] < two[i]/16 { // a chance
			to[i] = two[i] / 16
		}
	}
	e.set(to)
	return true
}

// farthest is how many rounds' way a step may be long.
const farthest = 64.0

// Probability is 1/(1+2^-w), of a weight in bits.
func Probability(w float64) float64 { return 1 / (1 + math.Exp2(-w)) }

// Bits is log2(p/(1-p)): the weight that has a probability.
func Bits(p float64) float64 { return math.Log2(p / (1 - p)) }

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
