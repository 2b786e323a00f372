package linkage_test

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
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
	rows := settlement(300, 0.25, 5)
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
	compareWithBatch(t, l, res, func(i int) []string { return rows[i] })
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

// invented makes names of few syllables, so that many resemble each other.
func invented(n int, rng *rand.Rand) (rows []row) {
	syllables := []string{"ka", "ri", "to", "mi", "sa", "lo", "ne", "da", "pu", "har", "win", "yan", "tus"}
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
			r.name += word(1 + rng.IntN(4))
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
