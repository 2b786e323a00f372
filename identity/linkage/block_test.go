package linkage

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// villagers are rows of a file of which nothing is rare: names of one to four words,
// dates with and without a day, addresses of several words, places.
func villagers(rng *rand.Rand, n int) (header []string, rows [][]string) {
	words := strings.Fields("Sari Budi Agus Dewi Eko Fitri Hesti Indra Joko Lestari Made Nurul Putri Rudi Tono Umar Wahyu Yanti")
	pick := func(n int) string {
		var out []string
		for range n {
			// The first words are commoner.
			out = append(out, words[int(float64(len(words))*rng.Float64()*rng.Float64())])
		}
		return strings.Join(out, " ")
	}
	maybe := func(s string) string {
		if rng.IntN(5) == 0 {
			return ""
		}
		return s
	}
	for range n {
		date := fmt.Sprintf("%d-%02d-%02d", 1970+rng.IntN(8), 1+rng.IntN(4), 1+rng.IntN(4))
		if rng.IntN(6) == 0 {
			date = date[:4]
		}
		nik := ""
		if rng.IntN(3) == 0 {
			nik = fmt.Sprintf("317301%02d%02d7%d%04d", 1+rng.IntN(4), 1+rng.IntN(4), rng.IntN(8), 1+rng.IntN(3))
		}
		rows = append(rows, []string{pick(1 + rng.IntN(4)), maybe(date), nik, maybe(pick(3)), maybe(pick(1))})
	}
	return []string{"full_name", "birth_date", "nik", "address", "suburb"}, rows
}

// blocked takes in the rows of one file, or of two, and gives the linker keys, made
// of its features.
func blocked(t testing.TB, header []string, left, right [][]string, keys func(f *features) []key) *Linker {
	t.Helper()
	var second []string
	if right != nil {
		second = header
	}
	l, err := New(Spec{}, header, second, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range left {
		l.Left().Add(fmt.Sprint("a", i), r)
	}
	for i, r := range right {
		l.Right().Add(fmt.Sprint("b", i), r)
	}
	if err := l.seal(); err != nil {
		t.Fatal(err)
	}
	l.bl = &blocking{rank: l.rank}
	if !l.dedup {
		l.bl.na = uint32(len(left))
	}
	l.bl.features = l.features(false)
	l.bl.keys = keys(l.bl.features)
	inOrder(l.bl.keys)
	return l
}

// randomKeys are sets of parts, at random, with random thresholds.
func randomKeys(rng *rand.Rand, n int) func(f *features) []key {
	return func(f *features) (keys []key) {
		seen := map[string]bool{}
		for range n {
			k := newKey()
			for size := 1 + rng.IntN(4); len(k.parts) < size; {
				p := uint8(rng.IntN(len(f.parts)))
				if len(k.parts) == 0 || f.fits(k, p) {
					k = newKey(append(k.parts, p)...)
				} else if rng.IntN(8) == 0 {
					break
				}
			}
			if k.least = rng.IntN(8 * quarter); seen[k.name(f)] {
				continue
			}
			seen[k.name(f)] = true
			keys = append(keys, k)
		}
		return keys
	}
}

// part returns the number of a part.
func (f *features) part(t testing.TB, name string) uint8 {
	t.Helper()
	i := slices.IndexFunc(f.parts, func(p part) bool { return p.name == name })
	if i < 0 {
		t.Fatalf("no part %q", name)
	}
	return uint8(i)
}

// handedOut are the pairs that candidates hands out, and how often.
func handedOut(t testing.TB, l *Linker) map[[2]uint32]int {
	t.Helper()
	var mu sync.Mutex
	out := map[[2]uint32]int{}
	n := l.candidates(l.bl, func() func(a, b uint32, ra, rb []uint32) {
		return func(a, b uint32, ra, rb []uint32) {
			if !slices.Equal(ra, l.side[0].at(a)) || !slices.Equal(rb, l.side[1].at(b)) {
				t.Errorf("%d and %d come with other rows", a, b)
			}
			if l.dedup && a > b {
				a, b = b, a
			}
			mu.Lock()
			out[[2]uint32{a, b}]++
			mu.Unlock()
		}
	}, nil)
	sum := 0
	for _, times := range out {
		sum += times
	}
	if int64(sum) != n {
		t.Errorf("%d pairs are handed out, said to be %d", sum, n)
	}
	return out
}

// feature is a value of a record, and how rare it is.
type feature struct {
	hash uint32
	bits int
}

// common are the values that two rows share of each part, the rarest first: what
// keys are about, found without them.
func common(f *features, a, b uint32) [][]feature {
	x, y := f.row(a), f.row(b)
	out := make([][]feature, len(f.parts))
	for i, p := range f.parts {
		from, to := p.span(x.filled)
		yfrom, yto := p.span(y.filled)
		for s := from; s < to; s++ {
			v := feature{x.hash[s], int(x.bits[s])}
			if slices.Contains(y.hash[yfrom:yto], v.hash) && !slices.Contains(out[i], v) {
				out[i] = append(out[i], v)
			}
		}
		slices.SortFunc(out[i], func(v, w feature) int { return w.bits - v.bits })
	}
	return out
}

// best is how rare the rarest values are that a key can be made of; -1 if it cannot.
func best(k *key, shared [][]feature) int {
	sum := 0
	for i, p := range k.parts {
		at := 0
		if i > 0 && k.parts[i-1] == p {
			at = 1
		}
		if at >= len(shared[p]) {
			return -1
		}
		sum += shared[p][at].bits
	}
	return sum
}

// everyPair calls do with all pairs, by row of features.
func everyPair(l *Linker, do func(a, b uint32)) {
	n := l.bl.records()
	for a := range n {
		switch {
		case l.dedup:
			for b := a + 1; b < n; b++ {
				do(a, b)
			}
		case a < l.bl.na:
			for b := l.bl.na; b < n; b++ {
				do(a, b)
			}
		}
	}
}

// checkCandidates asks whether the pairs handed out are those that a key covers,
// each once, and whether the blocks hold no pair that a smaller key brings by the
// same values. It returns how many pairs there are.
func checkCandidates(t *testing.T, l *Linker) int {
	t.Helper()
	got := handedOut(t, l)
	pairs := make([]int64, len(l.bl.keys))
	everyPair(l, func(a, b uint32) {
		shared := common(l.bl.features, a, b)
		want := 0
		for i := range l.bl.keys {
			k := &l.bl.keys[i]
			if best(k, shared) >= k.least {
				want = 1
			}
			pairs[i] += int64(blocksOf(l.bl.keys, i, shared))
		}
		if n := got[[2]uint32{a, b - l.bl.na}]; n != want {
			t.Fatalf("%d and %d are handed out %d times, want %d; they share %v", a, b, n, want, shared)
		}
	})
	for i := range l.bl.keys {
		if l.bl.pairs[i] != pairs[i] {
			t.Errorf("key %q: its blocks hold %d pairs, want %d", l.bl.keys[i].name(l.bl.features), l.bl.pairs[i], pairs[i])
		}
	}
	if l.bl.lost.Load() != 0 {
		t.Errorf("%d pairs lost", l.bl.lost.Load())
	}
	return len(got)
}

// blocksOf is in how many blocks of key i two records stand that share such values:
// those of which no smaller key makes anything.
func blocksOf(keys []key, i int, shared [][]feature) int {
	k, n := &keys[i], 0
	chosen := make([][]feature, len(shared))
	var choose func(at, from int)
	choose = func(at, from int) {
		if at < len(k.parts) {
			p := k.parts[at]
			if at == 0 || k.parts[at-1] != p {
				from = 0
			}
			for j := from; j < len(shared[p]); j++ {
				chosen[p] = append(chosen[p], shared[p][j])
				choose(at+1, j+1)
				chosen[p] = chosen[p][:len(chosen[p])-1]
			}
			return
		}
		for j := range keys {
			if o := &keys[j]; len(o.parts) < len(k.parts) && best(o, chosen) >= o.least {
				return
			}
		}
		if best(k, chosen) >= k.least {
			n++
		}
	}
	choose(0, 0)
	return n
}

func TestCandidatesAreThoseThatAKeyCovers(t *testing.T) {
	sum := 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 4))
		header, left := villagers(rng, 60+rng.IntN(60))
		var right [][]string
		if seed%2 == 1 {
			_, right = villagers(rng, 40+rng.IntN(60))
		}
		sum += checkCandidates(t, blocked(t, header, left, right, randomKeys(rng, 1+rng.IntN(8))))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if sum < 10_000 {
		t.Errorf("%d pairs are too few to say anything", sum)
	}
}

// Two values of one part, before, between and after others.
func TestCandidatesOfTwoTokens(t *testing.T) {
	for _, of := range []string{
		"name token, name token", "name token, name token, suburb", "birth_date year, name token, name token",
		"name token, name token, birth_date year, address word, address word", "name token, address word, address word, suburb",
	} {
		for _, least := range []int{0, 20} {
			for _, one := range []bool{true, false} {
				rng := rand.New(rand.NewPCG(9, uint64(least)))
				header, left := villagers(rng, 150)
				var right [][]string
				if !one {
					_, right = villagers(rng, 100)
				}
				l := blocked(t, header, left, right, func(f *features) []key {
					var parts []uint8
					for name := range strings.SplitSeq(of, ", ") {
						parts = append(parts, f.part(t, name))
					}
					k := newKey(parts...)
					k.least = least
					return []key{k}
				})
				if n := checkCandidates(t, l); n == 0 {
					t.Errorf("%s: no pair", of)
				}
			}
		}
	}
}

// What more than widest records share is compared in pieces, and all else is lost,
// counted, and explained.
func TestWideBlocksAreCut(t *testing.T) {
	for _, c := range []struct{ left, right int }{{widest, 0}, {widest + 1, 0}, {2*widest + 9, 0}, {widest, 40}, {900, 1300}} {
		var left, right [][]string
		for i := range c.left {
			left = append(left, []string{fmt.Sprint("p", i), "here"})
		}
		for i := range c.right {
			right = append(right, []string{fmt.Sprint("q", i), "here"})
		}
		left = append(left, []string{"x", "there"}, []string{"y", "there"})
		if right != nil {
			right = append(right, []string{"z", "there"})
		}
		l := blocked(t, []string{"thing", "place"}, left, right, func(f *features) []key { return []key{newKey(f.part(t, "place"))} })
		got := handedOut(t, l)
		var want, all int64
		n := 0
		everyPair(l, func(a, b uint32) {
			var s sharing
			if l.bl.share(a, b, &s); !l.bl.keys[0].covers(&s) {
				return
			}
			all++
			want += int64(got[[2]uint32{a, b - l.bl.na}])
			if n++; n%39979 == 0 { // the explanation reads the whole file each time
				x, y := l.side[0].order[a], l.side[1].order[b-l.bl.na]
				if _, _, apart := l.apart(x, y, &s); apart != (got[[2]uint32{a, b - l.bl.na}] == 0) {
					t.Fatalf("%v: %d and %d: explained as cut apart %v", c, a, b, apart)
				}
			}
		})
		if lost := l.bl.lost.Load(); lost != all-want || int64(len(got)) != want {
			t.Errorf("%v: of %d pairs %d are compared and %d lost", c, all, want, lost)
		}
		if cut := c.left+c.right > widest; cut != (l.bl.lost.Load() > 0) {
			t.Errorf("%v: %d pairs lost", c, l.bl.lost.Load())
		}
	}
}

// The weights of the pairs drawn add up to the pairs there are, in all and of those
// that share the same parts: over several files, within what chance allows.
func TestSampleWeightsAddUp(t *testing.T) {
	for _, one := range []bool{true, false} {
		want, got, square := map[uint64]float64{}, map[uint64]float64{}, map[uint64]float64{}
		for seed := range uint64(5) {
			rng := rand.New(rand.NewPCG(seed, 1))
			header, left := villagers(rng, 1500)
			var right [][]string
			if !one {
				_, right = villagers(rng, 1000)
			}
			l := blocked(t, header, left, right, func(*features) []key { return nil })
			var s sharing
			everyPair(l, func(a, b uint32) {
				if l.bl.share(a, b, &s); s.mask != 0 {
					want[s.mask]++
					want[0]++ // in all
				}
			})
			for _, p := range l.drawPairs(l.bl.features) {
				l.bl.share(p.a, p.b, &s)
				for _, mask := range []uint64{0, s.mask} {
					w := float64(p.weight)
					got[mask] += w
					square[mask] += w * w
				}
			}
		}
		for mask, n := range want {
			if off := math.Abs(got[mask] - n); off > 4.5*math.Sqrt(square[mask])+20 || mask == 0 && off > 0.03*n {
				t.Errorf("one file %v: of %g pairs that share %b the sample stands for %g, give or take %g", one, n, mask, got[mask], math.Sqrt(square[mask]))
			}
		}
	}
}

// Of a large file only some values are looked at.
func TestSampleOfALargeFile(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	const n = 3 * lookRecords
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{fmt.Sprint("a", rng.IntN(n/5)), fmt.Sprint("b", rng.IntN(n/3)), fmt.Sprint("c", rng.IntN(n/2))}
	}
	l := blocked(t, []string{"one", "two", "three"}, rows, nil, func(*features) []key { return nil })
	// Pairs that share any of three columns, by inclusion and exclusion.
	want := 0.0
	for set := 1; set < 8; set++ {
		count, sign := map[string]float64{}, -1.0
		for _, r := range rows {
			v := ""
			for k, cell := range r {
				if set>>k&1 != 0 {
					v += cell
				}
			}
			count[v]++
		}
		for k := range 3 {
			if set>>k&1 != 0 {
				sign = -sign
			}
		}
		for m := range maps.Values(count) {
			want += sign * m * (m - 1) / 2
		}
	}
	got := 0.0
	sample := l.drawPairs(l.bl.features)
	for _, p := range sample {
		got += float64(p.weight)
	}
	if math.Abs(got/want-1) > 0.04 {
		t.Errorf("%d pairs stand for %g, want %g", len(sample), got, want)
	}
}

// register is a file of n people of whom some stand in it twice, written with slips;
// truth tells, of each row, the first row of that person.
func register(rng *rand.Rand, n int) (header []string, rows [][]string, truth []int) {
	name := func(n int) string {
		return string([]byte{"BDKMSTWR"[n%8], "aeiou"[n/8%5], "dklmnrst"[n/40%8], "aeiou"[n/320%5]})
	}
	word := func(of int) string { return name(int(float64(of) * rng.Float64() * rng.Float64())) }
	for len(rows) < n {
		p := []string{word(900) + " " + word(1200), fmt.Sprintf("%d-%02d-%02d", 1940+rng.IntN(60), 1+rng.IntN(12), 1+rng.IntN(28)),
			fmt.Sprint("Jalan ", word(1600), " ", 1+rng.IntN(80)), fmt.Sprintf("%05d", 10000+rng.IntN(500))}
		rows, truth = append(rows, p), append(truth, len(truth))
		if rng.IntN(4) > 0 {
			continue
		}
		q := slices.Clone(p)
		for i := range q {
			switch {
			case rng.IntN(3) > 0:
			case rng.IntN(3) == 0:
				q[i] = ""
			case i == 0:
				q[i] = word(900) + " " + q[i][:4]
			case i == 1:
				q[i] = fmt.Sprintf("%s%02d", q[i][:8], 1+rng.IntN(28))
			default:
				q[i] = fmt.Sprint("Gang ", word(1600), " ", 1+rng.IntN(80))
			}
		}
		rows, truth = append(rows, q), append(truth, len(truth)-1)
	}
	return []string{"full_name", "birth_date", "address", "postcode"}, rows, truth
}

// What the keys that are chosen bring is what they are said to bring, whether much
// may be compared or little; and more is brought for more.
func TestChosenKeysBringWhatIsSaid(t *testing.T) {
	header, rows, truth := register(rand.New(rand.NewPCG(3, 3)), 12_000)
	l := blocked(t, header, rows, nil, func(*features) []key { return nil })
	sample := l.drawPairs(l.bl.features)
	match := make([]float64, len(sample))
	for i, p := range sample {
		if truth[l.side[0].order[p.a]] == truth[l.side[0].order[p.b]] {
			match[i] = 1
		}
	}
	last := 0.0
	for _, budget := range []float64{5_000, 20_000, 100_000, 1_000_000} {
		keys := l.chooseKeys(l.bl.features, sample, match, budget)
		l.bl.keys = keys
		shown, weight := make([]candidate, len(sample)), make([]float64, len(sample)) // each pair a cell of its own
		for i, m := range match {
			shown[i].cell, weight[i] = uint32(i), 100*(2*m-1)
		}
		said := l.reach(sample, shown, weight)
		brought, all, none := 0.0, 0.0, 0.0
		for i, first := range truth {
			if first == i {
				continue
			}
			var s sharing
			l.bl.shareOf(uint32(first), uint32(i), &s)
			switch {
			case slices.ContainsFunc(keys, func(k key) bool { return k.covers(&s) }):
				brought++
			case s.mask == 0:
				none++ // no sample shows them
				continue
			}
			all++
		}
		if math.Abs(brought/all-said) > 0.02 {
			t.Errorf("for %g pairs keys bring %.4f of the matches that share anything (%g share nothing), said to be %.4f", budget, brought/all, none, said)
		}
		if said < last {
			t.Errorf("for %g pairs keys bring %.4f, for fewer %.4f", budget, said, last)
		}
		last = said
		handedOut(t, l)
		sum := int64(0)
		for _, n := range l.bl.pairs {
			sum += n
		}
		if float64(sum) > 1.5*budget {
			t.Errorf("for %g pairs keys hold %d", budget, sum)
		}
	}
}

// The order of rows decides nothing.
func TestKeysDoNotDependOnTheOrderOfRows(t *testing.T) {
	header, rows, _ := register(rand.New(rand.NewPCG(4, 4)), 4_000)
	ids := make([]string, len(rows))
	for i := range ids {
		ids[i] = fmt.Sprint("r", i)
	}
	find := func(second bool) *Result {
		right := []string(nil)
		if second {
			right = header
		}
		l, err := New(Spec{}, header, right, -1, -1)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if id := ids[i]; second && id[len(id)-1]%2 == 1 {
				l.Right().Add(id, r)
			} else {
				l.Left().Add(id, r)
			}
		}
		res, err := l.Run(Options{})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	for _, second := range []bool{false, true} {
		first := find(second)
		if len(first.Keys) < 4 {
			t.Errorf("%d keys are too few to say anything", len(first.Keys))
		}
		rng := rand.New(rand.NewPCG(2, 2))
		for range 2 {
			rng.Shuffle(len(rows), func(i, j int) {
				rows[i], rows[j] = rows[j], rows[i]
				ids[i], ids[j] = ids[j], ids[i]
			})
			if res := find(second); !reflect.DeepEqual(res.Keys, first.Keys) || res.Compared != first.Compared || res.BlockingRecall != first.BlockingRecall {
				t.Errorf("two files %v: %d pairs by %v, before %d by %v", second, res.Compared, res.Keys, first.Compared, first.Keys)
			}
		}
	}
}

// Chao's estimate: of 100 matches some share values of one comparison alone.
func TestBlockingRecallIsEstimated(t *testing.T) {
	for _, c := range []struct {
		once, twice, more int64
		want              float64
	}{
		{0, 0, 100, 0.9},
		{0, 50, 50, 0.9},
		{20, 40, 40, 0.9 * 100 / (100 + 2.0/3*20*19/(2*41))},
		{100, 0, 0, 0.9 * 100 / (100 + 2.0/3*100*99/2)},
	} {
		cover := newCoverage(&blocking{features: &features{parts: []part{{comp: 4}, {comp: 5}, {comp: 4}, {comp: 9}, {comp: everything}}}, recall: 0.9}, 0)
		cover.once, cover.twice, cover.all = c.once*fixedPoint, c.twice*fixedPoint, (c.once+c.twice+c.more)*fixedPoint
		if got, _ := cover.report(); got != round9(c.want) {
			t.Errorf("%d matches of one comparison, %d of two, %d of more: recall %v, want %v", c.once, c.twice, c.more, got, c.want)
		}
	}
}

// Two keys of one comparison are two keys and one witness.
func TestWitnesses(t *testing.T) {
	var f features
	for i, comp := range []int{1, 1, 2} {
		f.parts = append(f.parts, part{name: string(rune('a' + i)), comp: comp, from: i, to: i + 1})
	}
	f.slots = 3
	f.resize(4)
	f.keep(0, []uint32{5, 6, 0, 5, 6, 0, 7, 0, 8, 7, 0, 8}, make([]uint8, 12))
	order := []uint32{0, 1, 2, 3}
	cover := newCoverage(&blocking{features: &f, keys: []key{newKey(0), newKey(1), newKey(2)}, rank: [2][]uint32{order, order}}, 0)
	cover.add(0, 1, 0.5)
	cover.add(2, 3, 1)
	if !slices.Equal(cover.found, []int64{fixedPoint * 3 / 2, fixedPoint / 2, fixedPoint}) || !slices.Equal(cover.one, []int64{0, 0, 0}) {
		t.Errorf("keys found %v, alone %v", cover.found, cover.one)
	}
	if cover.once != fixedPoint/2 || cover.twice != fixedPoint || cover.n != 2 {
		t.Errorf("comparisons: one of %v, two of %v, %d in all", cover.once, cover.twice, cover.n)
	}
}

// What stands alone goes, and the rest stands in the order of values, though sorting
// looked at the first bits alone.
func TestTogether(t *testing.T) {
	const shift = 20
	rapid.Check(t, func(t *rapid.T) {
		var entries []uint64
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			head, tail := rapid.Uint64Range(0, 5).Draw(t, "head"), rapid.Uint64Range(0, 3).Draw(t, "tail")
			entries = append(entries, head<<(64-valueBits)|tail<<shift|uint64(i))
		}
		values := map[uint64][]uint64{}
		for _, e := range entries {
			values[e>>shift] = append(values[e>>shift], e)
		}
		var want []uint64
		for _, v := range slices.Sorted(maps.Keys(values)) {
			if len(values[v]) > 1 {
				want = append(want, values[v]...)
			}
		}
		sorted, _ := sortBy(entries, make([]uint64, len(entries)), 64-valueBits, valueBits)
		if got := together(sorted, sorted, shift); !slices.Equal(got, want) {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

// Where there are many matches some of them are counted, for all of them.
func TestCoverageOfMany(t *testing.T) {
	for matches, skip := range map[float64]uint64{0: 0, coverMost: 0, coverMost + 1: 1, 600_000: 15, 10_000_000: 255} {
		if c := newCoverage(&blocking{features: &features{}}, matches); c.skip != skip {
			t.Errorf("%.0f matches: %d are left out for each that is counted, not %d", matches, c.skip, skip)
		}
	}
	f := features{parts: []part{{name: "a", comp: 1, from: 0, to: 1}}, slots: 1}
	const n = 1 << 12
	f.resize(n)
	for i := range n / rowChunk {
		hash := slices.Repeat([]uint32{7}, rowChunk)
		f.keep(i, hash, make([]uint8, rowChunk))
	}
	c := newCoverage(&blocking{features: &f, keys: []key{newKey(0)}, pairs: make([]int64, 1)}, 16*coverMost)
	const pairs = 1 << 18
	for i := range uint32(pairs) {
		c.add(i%n, i/n+1, 1)
	}
	_, keys := c.report()
	if got := keys[0].Found; math.Abs(got-pairs) > pairs/50 {
		t.Errorf("%.0f matches found, of %d", got, pairs)
	}
}

// Keys are sorted as a stable sort of the library sorts them, whatever bits tell them apart
// and however many processors take part.
func TestRadixSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 64, 65, 1000, 1<<16 + 3} {
		for _, mask := range []uint64{0, 1, 0xff00, 1 << 63, 1<<63 | 1, 0xfff0000000000fff, math.MaxUint64} {
			for _, low := range []int{0, contentTail} {
				keys, order := make([]uint64, n), make([]uint32, n)
				for i := range keys {
					keys[i], order[i] = rng.Uint64()&mask, uint32(i)
				}
				was := slices.Clone(keys)
				want := slices.Clone(order)
				slices.SortStableFunc(want, func(a, b uint32) int { return cmp.Compare(was[a]>>low, was[b]>>low) })
				radixSortFrom(keys, order, low)
				if !slices.Equal(order, want) {
					t.Fatalf("%d keys of %#x from bit %d on are out of order", n, mask, low)
				}
				for i, at := range order {
					if keys[i] != was[at] {
						t.Fatalf("%d keys of %#x from bit %d on: key %d is not that of its number", n, mask, low, i)
					}
				}
			}
		}
	}
}

// Records whose contents begin alike come in the order of the whole of it, and those of
// one content in the order of their ids' hashes.
func TestSortAlike(t *testing.T) {
	l, err := New(Spec{}, []string{"id", "name"}, nil, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	s := l.Left()
	for i := range 200 {
		s.Add(fmt.Sprint(i), []string{fmt.Sprint(i), "Sari"})
	}
	content, order := make([]uint64, 200), make([]uint32, 200)
	for i := range order {
		content[i], order[i] = uint64(i*7%5), uint32(i)
	}
	was := slices.Clone(content)
	want := slices.Clone(order)
	slices.SortFunc(want, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(was[a], was[b]), cmp.Compare(s.hash(a), s.hash(b)))
	})
	s.sortAlike(content, order)
	if !slices.Equal(order, want) || !slices.IsSorted(content) {
		t.Errorf("got %v", order)
	}
}
