package linkage_test

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mitra/identity/linkage"
)

// cellsOf are the cells under header.
func cellsOf(r row) []string { return []string{r.id, r.name, r.sex, r.birth, r.passport} }

// The index weighs as a batch does.
func TestIndexWeighsAsABatch(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		left, right := town(400, seed)
		for i := range right { // half of the values are missing somewhere
			if i%7 == 0 {
				right[i].sex = ""
			}
		}
		t.Run(fmt.Sprint("two files ", seed), func(t *testing.T) {
			l, err := linkage.New(linkage.Spec{}, header, header, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i := range left {
				l.Left().Add(left[i].id, cellsOf(left[i]))
				l.Right().Add(right[i].id, cellsOf(right[i]))
			}
			weighsAsBatch(t, l, left, linkage.Options{Many: true, Min: 1e-4})
		})
		t.Run(fmt.Sprint("one file ", seed), func(t *testing.T) {
			l, err := linkage.New(linkage.Spec{}, header, nil, 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			all := slices.Concat(left, right)
			for _, r := range all {
				l.Left().Add(r.id, cellsOf(r))
			}
			weighsAsBatch(t, l, all, linkage.Options{Min: 1e-4})
		})
	}
}

// The same where related people take from the weight.
func TestIndexWeighsRelatedPeople(t *testing.T) {
	l, res, rows := relatedPeople(t, 300)
	compareWithBatch(t, l, res, func(i int) []string { return rows[i] })
}

// relatedPeople are linked by a model that knows related people.
func relatedPeople(t testing.TB, n int) (*linkage.Linker, *linkage.Result, [][]string) {
	t.Helper()
	rows := settlement(n, 0.25, 5)
	l, err := linkage.New(linkage.Spec{}, []string{"id", "full_name", "address", "city", "postcode", "phone"}, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		l.Left().Add(r[0], r)
	}
	res, err := l.Run(linkage.Options{Min: 1e-4})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Model.Related) == 0 {
		t.Fatal("nobody is related")
	}
	return l, res, rows
}

func relatedIndex(t testing.TB, n int) *linkage.Index {
	t.Helper()
	l, res, _ := relatedPeople(t, n)
	x, err := l.Index(res)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func weighsAsBatch(t *testing.T, l *linkage.Linker, left []row, o linkage.Options) {
	t.Helper()
	res, err := l.Run(o)
	if err != nil {
		t.Fatal(err)
	}
	compareWithBatch(t, l, res, func(i int) []string { return cellsOf(left[i]) })
}

func compareWithBatch(t *testing.T, l *linkage.Linker, res *linkage.Result, cells func(i int) []string) {
	t.Helper()
	x, err := l.Index(res)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, p := range res.Pairs {
		hits := x.Search(cells(p.Left), 1000)
		at := slices.IndexFunc(hits.Hits, func(h linkage.Hit) bool { return slices.Contains(h.IDs, l.Right().ID(p.Right)) })
		if at < 0 {
			if p.Weight > 0 {
				t.Errorf("a pair of weight %g is not found", p.Weight)
			}
			continue
		}
		seen++
		h := hits.Hits[at]
		if math.Abs(h.Weight-p.Weight) > 1e-9 {
			t.Fatalf("%q: the index weighs %.12f, the batch %.12f", cells(p.Left), h.Weight, p.Weight)
		}
		if w := x.Model().Weigh(h.Levels) + h.Related; math.Abs(w-h.Weight) > 1e-9 {
			t.Fatalf("the levels of a hit weigh %g, it says %g", w, h.Weight)
		}
	}
	if seen < len(res.Pairs)*9/10 || seen < 100 {
		t.Errorf("only %d of %d pairs were found", seen, len(res.Pairs))
	}
}

// listed gives the cells of rows with their ids.
func listed(rows []row) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for _, r := range rows {
			if !yield(r.id, cellsOf(r)) {
				return
			}
		}
	}
}

// invented makes names of few syllables, so that many resemble each other. Their
// words are too short for three edits to leave a likeness, for which there is no key.
func invented(n int, rng *rand.Rand) (rows []row) {
	syllables := []string{"ka", "ri", "to", "mi", "sa", "lo", "ne", "da", "pu", "ha", "win", "ya", "tu"}
	word := func(n int) (w string) {
		for range n {
			w += syllables[rng.IntN(len(syllables))]
		}
		return w
	}
	for i := range n {
		r := row{id: fmt.Sprint("P", i), sex: string("MF"[rng.IntN(2)])}
		for j := range 1 + rng.IntN(3) {
			if j > 0 {
				r.name += " "
			}
			r.name += word(1 + rng.IntN(3))
		}
		if rng.IntN(4) > 0 {
			r.birth = fmt.Sprintf("%d-%02d-%02d", 1970+rng.IntN(10), 1+rng.IntN(12), 1+rng.IntN(28))
		}
		if rng.IntN(3) > 0 {
			r.passport = fmt.Sprintf("A%07d", rng.IntN(1e7))
		}
		rows = append(rows, r)
	}
	return rows
}

func newIndex(t testing.TB, rows []row) *linkage.Index {
	t.Helper()
	x, err := linkage.NewIndex(linkage.Spec{}, header, 0, nil, listed(rows))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// hitsOf are hits as text, down to a weight.
func hitsOf(h linkage.Hits) (out []string) {
	for _, h := range h.Hits {
		out = append(out, fmt.Sprintf("%.6f %v", h.Weight, h.IDs))
	}
	return out
}

// What shares a key is found just as if everybody had been compared.
func TestIndexFindsTheBest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		rows := invented(300, rng)
		x := newIndex(t, rows)
		for _, q := range append(invented(40, rng), rows[:40]...) {
			if round%2 == 0 {
				q = erring(q, rng)
			}
			got, want := x.Search(cellsOf(q), 10), x.SearchAll(cellsOf(q), 10)
			if got.Truncated {
				t.Fatalf("%v: cut off among %d", q, len(rows))
			}
			g, w := hitsOf(got), hitsOf(want)
			if !slices.Equal(g, w) {
				t.Fatalf("%v:\nfound %v\nthere are %v", q, g, w)
			}
			if one := hitsOf(x.Search(cellsOf(q), 1)); !slices.Equal(one, w[:min(1, len(w))]) {
				t.Fatalf("%v:\nthe best is %v\nof %v", q, one, w)
			}
		}
	}
}

// Records are weighed against each other as they are where one of them is sought, wherever they stand.
func TestIndexAmong(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 2))
	rows := invented(200, rng)
	for i := range 100 {
		r := erring(rows[i], rng)
		r.id = fmt.Sprint("E", i)
		rows = append(rows, r)
	}
	x := newIndex(t, rows[:150])
	for _, r := range rows[150:] {
		if err := x.Add(r.id, cellsOf(r)); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.id)
	}
	many := 0
	for _, r := range rows {
		for _, least := range []float64{-6, 0, 10} {
			var want []string
			for _, h := range x.SearchAll(cellsOf(r), len(rows)).Hits {
				if h.Weight >= least {
					want = append(want, h.IDs...)
				}
			}
			got, known := x.Among(r.id, ids, least)
			many += len(got) - 1
			slices.SortFunc(want, func(a, b string) int { return slices.Index(ids, a) - slices.Index(ids, b) })
			if !known || !slices.Equal(got, want) {
				t.Fatalf("%v from %v: among all %v, found %v", r, least, got, want)
			}
		}
	}
	if many < 100 {
		t.Errorf("only %d are alike", many)
	}
	x.Remove(rows[3].id)
	if got, known := x.Among(rows[3].id, ids, 0); known || len(got) > 0 {
		t.Errorf("of a record that was removed: %v", got)
	}
	if got, known := x.Among(rows[103].id, []string{rows[3].id, "nobody"}, -100); !known || len(got) > 0 {
		t.Errorf("among records that are not there: %v", got)
	}
}

// A record against 5,000 others, by their ids.
func BenchmarkAmong(b *testing.B) {
	rng := rand.New(rand.NewPCG(21, 3))
	rows := invented(100_000, rng)
	x := newIndex(b, rows)
	var ids []string
	for i := range 5000 {
		ids = append(ids, rows[20*i].id)
	}
	for i := 0; b.Loop(); i++ {
		x.Among(rows[7*i%len(rows)].id, ids, 0)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ids)), "ns/record")
}

func TestIndexSearchAbove(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 2))
	rows := invented(300, rng)
	x := newIndex(t, rows)
	for _, q := range rows {
		all := hitsOf(x.Search(cellsOf(q), 300))
		above := x.SearchAbove(cellsOf(q), 300, -6)
		if got := hitsOf(above); !slices.Equal(got, all[:len(got)]) || len(got) == 0 {
			t.Fatalf("above: %v\nall: %v", got, all)
		}
		for i, h := range x.Search(cellsOf(q), 300).Hits {
			if (h.Weight >= -6) != (i < len(above.Hits)) {
				t.Fatalf("hit %d of weight %g, %d above", i, h.Weight, len(above.Hits))
			}
		}
	}
}

// erring writes a record down with slips.
func erring(r row, rng *rand.Rand) row {
	if i := rng.IntN(len(r.name)); rng.IntN(2) == 0 && len(r.name) > 5 && r.name[i] != ' ' {
		r.name = r.name[:i] + string(rune('a'+rng.IntN(26))) + r.name[i+1:]
	}
	if rng.IntN(3) == 0 && r.birth != "" {
		r.birth = r.birth[:5] + r.birth[8:] + "-" + r.birth[5:7]
	}
	if i := 1 + rng.IntN(7); rng.IntN(2) == 0 && r.passport != "" {
		r.passport = r.passport[:i] + string(rune('0'+rng.IntN(10))) + r.passport[i+1:]
	}
	return r
}

// The order in which records came, and how they are spread over segments, shows
// nowhere.
func TestIndexForgetsTheOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	base, more := invented(500, rng), invented(700, rng)
	for i := range more {
		more[i].id = "M" + more[i].id
	}
	more = append(more, more[:50]...) // the same people under the same ids
	var want [][]string
	queries := slices.Concat(base[:30], more[:60], invented(60, rng))
	for round := range 4 {
		x := newIndex(t, base)
		for _, r := range more {
			if err := x.Add(r.id, cellsOf(r)); err != nil {
				t.Fatal(err)
			}
		}
		switch round {
		case 1:
			t.Log(x.Settle(), "segments")
		case 2:
			if err := x.Merge(); err != nil {
				t.Fatal(err)
			}
		case 3:
			x = saved(t, x)
		}
		if n := x.Len(); n != len(base)+len(more) {
			t.Errorf("%d records, want %d", n, len(base)+len(more))
		}
		for i, q := range queries {
			got := hitsOf(x.Search(cellsOf(q), 8))
			if round == 0 {
				want = append(want, got)
			} else if !slices.Equal(got, want[i]) {
				t.Fatalf("round %d, %v:\nfound %v\nthen %v", round, q, got, want[i])
			}
		}
		rng.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
	}
}

func saved(t testing.TB, x *linkage.Index) *linkage.Index {
	t.Helper()
	var b bytes.Buffer
	n, err := x.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("%d bytes written, %d said: %v", b.Len(), n, err)
	}
	y, err := linkage.ReadIndex(&b)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func TestIndexRemove(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	base, more := invented(200, rng), invented(700, rng)
	for i := range more {
		more[i].id = "M" + more[i].id
	}
	x := newIndex(t, base)
	for _, r := range more {
		x.Add(r.id, cellsOf(r))
	}
	var stay []row
	for i, r := range slices.Concat(base, more) {
		if i%3 > 0 {
			stay = append(stay, r)
			continue
		}
		if n := x.Remove(r.id); n != 1 {
			t.Fatalf("%d records removed of %s", n, r.id)
		}
		for _, h := range x.Search(cellsOf(r), 10).Hits {
			if slices.Contains(h.IDs, r.id) {
				t.Fatalf("%s is found after it was removed", r.id)
			}
		}
	}
	if x.Remove("nobody") != 0 || x.Len() != len(stay) {
		t.Errorf("%d records, want %d", x.Len(), len(stay))
	}
	y := newIndex(t, base) // of the same frequencies
	for _, r := range base {
		y.Remove(r.id)
	}
	for _, r := range stay {
		y.Add(r.id, cellsOf(r))
	}
	for _, x := range []*linkage.Index{x, saved(t, x)} {
		for _, q := range append(invented(50, rng), base[:50]...) {
			if g, w := hitsOf(x.Search(cellsOf(q), 8)), hitsOf(y.Search(cellsOf(q), 8)); !slices.Equal(g, w) {
				t.Fatalf("%v:\nfound %v\nwant %v", q, g, w)
			}
		}
	}
}

// Whatever happens to a record on its way, it is found again.
func TestIndexFindsVariations(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	rows := strangers(3000, rng)
	x := newIndex(t, rows)
	letter := func() string { return string(rune('a' + rng.IntN(26))) }
	words := func(r row, each func(i int, w string) string) row {
		f := strings.Fields(r.name)
		for i := range f {
			f[i] = each(i, f[i])
		}
		r.name = strings.Join(f, " ")
		return r
	}
	nameOnly := func(r row) row { return row{name: r.name} }
	for _, c := range []struct {
		name string
		hits float64 // in the first three
		vary func(r row) row
	}{
		{"a letter wrong in each word", 0.97, func(r row) row {
			return nameOnly(words(r, func(_ int, w string) string { i := rng.IntN(len(w)); return w[:i] + letter() + w[i+1:] }))
		}},
		{"a letter missing in each word", 0.97, func(r row) row {
			return nameOnly(words(r, func(_ int, w string) string { i := rng.IntN(len(w)); return w[:i] + w[i+1:] }))
		}},
		{"neighbours swapped in each word", 0.97, func(r row) row {
			return nameOnly(words(r, func(_ int, w string) string {
				i := rng.IntN(len(w) - 1)
				return w[:i] + w[i+1:i+2] + w[i:i+1] + w[i+2:]
			}))
		}},
		{"words in another order", 1, func(r row) row {
			f := strings.Fields(r.name)
			slices.Reverse(f)
			return row{name: strings.Join(f, " ")}
		}},
		{"two words joined", 1, func(r row) row { return row{name: strings.Join(strings.Fields(r.name)[:2], "")} }},
		{"the last word cut off", 0.97, func(r row) row { return row{name: r.name[:len(r.name)-2]} }},
		{"an initial for the first", 0.9, func(r row) row {
			return nameOnly(words(r, func(i int, w string) string {
				if i == 0 {
					return w[:1]
				}
				return w
			}))
		}},
		{"a word left out, and the year known", 0.9, func(r row) row {
			return row{name: strings.Join(strings.Fields(r.name)[1:], " "), birth: r.birth[:4]}
		}},
		{"day and month swapped, another name", 0.9, func(r row) row {
			return row{name: "Zzyzx Qwerty", birth: r.birth[:5] + r.birth[8:] + "-" + r.birth[5:7]}
		}},
		{"a number that a scanner read", 1, func(r row) row {
			return row{passport: strings.NewReplacer("0", "O", "1", "I", "5", "S", "8", "B").Replace(r.passport)}
		}},
		{"a number with one character wrong", 1, func(r row) row {
			i := rng.IntN(len(r.passport))
			return row{passport: r.passport[:i] + "7" + r.passport[i+1:]}
		}},
		{"a number with one character missing", 1, func(r row) row { return row{passport: r.passport[1:]} }},
	} {
		hit, n := 0, 400
		for range n {
			r := rows[rng.IntN(len(rows))]
			hits := x.Search(cellsOf(c.vary(r)), 3)
			for _, h := range hits.Hits {
				if slices.Contains(h.IDs, r.id) {
					hit++
				}
			}
		}
		if share := float64(hit) / float64(n); share < c.hits {
			t.Errorf("%s: %.3f found, want %.3f", c.name, share, c.hits)
		}
	}
}

// strangers have names of two or three long words, and birth dates on which day and
// month can be swapped.
func strangers(n int, rng *rand.Rand) (rows []row) {
	syllables := strings.Fields("ka ri to mi sa lo ne da pu ha win ya tu gor ben sti fra lum der osk")
	for i := range n {
		r := row{id: fmt.Sprint("S", i), sex: "M", passport: fmt.Sprintf("B%08d", rng.IntN(1e8))}
		r.birth = fmt.Sprintf("%d-%02d-%02d", 1940+rng.IntN(70), 1+rng.IntN(12), 1+rng.IntN(12))
		for j := range 2 + rng.IntN(2) {
			if j > 0 {
				r.name += " "
			}
			for range 3 + rng.IntN(2) {
				r.name += syllables[rng.IntN(len(syllables))]
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// An exact word must not hide who has slips in all others.
func TestIndexExactWordHidesNobody(t *testing.T) {
	var rows []row
	for i := range 3000 {
		rows = append(rows, row{id: fmt.Sprint(i), name: fmt.Sprintf("Smyth %c%c%cov", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26)})
	}
	rows = append(rows, row{id: "he", name: "Smith Karpatinow"})
	x := newIndex(t, rows)
	x.Add("she", cellsOf(row{name: "Sriwahyuni"}))
	for _, q := range []string{"Sri Wahyuni", "Wahyuni Sri", "Sri Wahyuni Karpatinow"} {
		if hits := x.Search(cellsOf(row{name: q}), 2); !slices.ContainsFunc(hits.Hits, func(h linkage.Hit) bool { return h.IDs[0] == "she" }) {
			t.Errorf("%s: found %v", q, hits.Hits)
		}
	}
	hits := x.Search(cellsOf(row{name: "Smyth Karpatimow"}), 1)
	if len(hits.Hits) != 1 || hits.Hits[0].IDs[0] != "he" {
		t.Errorf("found %v", hits.Hits)
	}
}

// Who reads never waits and never sees half a change.
func TestIndexIsSafeForManyAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	base, more := invented(300, rng), strangers(1500, rng)
	x := newIndex(t, base)
	var wg sync.WaitGroup
	var added atomic.Int64
	wg.Go(func() {
		for i, r := range more {
			if err := x.Add(r.id, cellsOf(r)); err != nil {
				t.Error(err)
			}
			added.Store(int64(i) + 1)
			if i%5 == 4 && x.Remove(more[i-4].id) != 1 {
				t.Error("not removed")
			}
			if i%500 == 250 {
				if err := x.Merge(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for g := range 4 {
		wg.Go(func() {
			for i := 0; added.Load() < int64(len(more)); i++ {
				at := int(added.Load()) - 1
				if at < 0 || at%5 == 0 || at >= len(more)-5 {
					x.Search(cellsOf(base[i%len(base)]), 5)
					continue
				}
				hits := x.Search(cellsOf(more[at]), 3)
				if !slices.ContainsFunc(hits.Hits, func(h linkage.Hit) bool { return slices.Contains(h.IDs, more[at].id) }) {
					t.Errorf("%s was added and is not found", more[at].id)
				}
			}
			if g == 0 {
				saved(t, x)
			}
		})
	}
	wg.Wait()
	if n := x.Len(); n != len(base)+len(more)-len(more)/5 {
		t.Errorf("%d records at the end", n)
	}
}
