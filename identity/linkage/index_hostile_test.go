package linkage_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/identity/linkage"
)

// within fails if do takes longer. The limits are far above what is usual, and far
// below what a search takes that grows with the square of anything.
func within(t *testing.T, most time.Duration, what string, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > most {
		t.Errorf("%s took %v", what, took)
	}
}

func textIndex(t testing.TB, rows ...[]string) *linkage.Index {
	t.Helper()
	x, err := linkage.NewIndex(linkage.Spec{}, []string{"id", "full_name", "address"}, 0, nil, func(yield func(string, []string) bool) {
		for _, r := range rows {
			if !yield(r[0], r) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// What somebody writes costs time in proportion to its length, at most.
func TestIndexLongValues(t *testing.T) {
	x := newIndex(t, invented(200, rand.New(rand.NewPCG(1, 1))))
	long := strings.Repeat("kari", 1<<18)
	words := strings.Repeat("ka ri to ", 1<<17)
	for _, q := range []row{{name: long}, {name: words}, {passport: long}, {birth: long}, {sex: long}, {name: "a b c d e f g h"}} {
		within(t, 2*time.Second, fmt.Sprintf("a search of %d and %d bytes", len(q.name), len(q.passport)), func() { x.Search(cellsOf(q), 10) })
		within(t, 2*time.Second, "adding it", func() { x.Add("long", cellsOf(q)) })
	}
	within(t, 5*time.Second, "merging", func() { x.Merge() })
	within(t, 2*time.Second, "a search among long values", func() { x.Search(cellsOf(row{name: long + "s"}), 10) })
	saved(t, x)
	y := textIndex(t, []string{"1", "Budi", words + long})
	within(t, 5*time.Second, "long texts", func() {
		y.Add("2", []string{"2", "Budi", long + " " + words})
		y.Search([]string{"", "Budi", words + words}, 10)
		y.Merge()
	})
}

// Any number of records may have one id, and any number one content.
func TestIndexManyAlike(t *testing.T) {
	const n = 100_000
	var x *linkage.Index
	within(t, 10*time.Second, "making an index", func() {
		x = newIndex(t, slices.Repeat([]row{{id: "one", name: "Budi Santoso", birth: "1990-02-03"}}, n))
	})
	within(t, time.Second, "a search", func() {
		if h := x.Search(cellsOf(row{name: "Budi Santoso"}), 3); len(h.Hits) != 1 || !slices.Equal(h.Hits[0].IDs, []string{"one"}) {
			t.Errorf("%v", h)
		}
	})
	within(t, time.Second, "removing all", func() {
		if got := x.Remove("one"); got != n || x.Len() != 0 {
			t.Errorf("%d were removed, %d stay", got, x.Len())
		}
	})
	if h := x.Search(cellsOf(row{name: "Budi Santoso"}), 3); len(h.Hits) != 0 {
		t.Errorf("%v", h)
	}
}

// Very many words that are like each other.
func TestIndexManyWordsAlike(t *testing.T) {
	for what, word := range map[string]func(i int) string{
		"of one beginning": func(i int) string { return fmt.Sprintf("employee%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26) },
		"of one sound": func(i int) string {
			w := []byte("b")
			for range 10 {
				w = append(w, "aeiou"[i%5])
				i /= 5
			}
			return string(w)
		},
	} {
		var rows []row
		for i := range 17_000 {
			rows = append(rows, row{id: fmt.Sprint(i), name: word(i)})
		}
		x := newIndex(t, rows)
		within(t, 15*time.Second, "ten searches for words "+what, func() {
			for i := range 10 {
				q := row{name: word(i*7) + " " + word(i*31)}
				x.Search(cellsOf(q), 10)
				if h := x.Search(cellsOf(rows[i*7]), 10); !slices.ContainsFunc(h.Hits, func(h linkage.Hit) bool { return h.IDs[0] == fmt.Sprint(i*7) }) {
					t.Errorf("%s is not found", rows[i*7].name)
				}
			}
		})
	}
}

// A text of more words than there is room for is added while others search.
func TestIndexAddsLongTextsWhileOthersSearch(t *testing.T) {
	x := textIndex(t, []string{"1", "Budi", "a road in a village"})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for g := range 2 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					if h := x.Search([]string{"", "", fmt.Sprint("village ", g, " where a road is")}, 1); len(h.Hits) == 0 {
						t.Error("the village is not found")
						return
					}
				}
			}
		})
	}
	for i := range 3 {
		var long strings.Builder
		for j := range 40_000 {
			fmt.Fprintf(&long, "w%dx%d ", i, j)
		}
		x.Add("2", []string{"2", "Wati", long.String()})
	}
	close(stop)
	wg.Wait()
}

// Indexes of one linker have nothing in common.
func TestIndexesOfOneLinker(t *testing.T) {
	l, err := linkage.New(linkage.Spec{}, []string{"id", "full_name", "address"}, nil, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range 60_000 {
		l.Left().Add(fmt.Sprint(i), []string{"", fmt.Sprintf("Budi%d", i%300), fmt.Sprintf("%d road %d village %d", i, rng.IntN(9), rng.IntN(99))})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 2 {
		x, err := l.Index(res)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range 100 {
				x.Search([]string{"", "", fmt.Sprintf("road %d", i)}, 3)
				x.Add("new", []string{"", "", fmt.Sprintf("street %d", i)})
			}
		})
	}
	wg.Wait()
}

// A list says that it was cut off wherever somebody was missed who shares what many
// have.
func TestIndexSaysWhatItMissed(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 3))
		rows := invented(30_000, rng)
		for i := range rows {
			r := &rows[i]
			r.passport = fmt.Sprintf("A%07d", 1234567*rng.IntN(40))
			if seed%2 == 1 { // all but for a character like many others
				r.passport = fmt.Sprintf("A%07d", rng.IntN(1000))
			}
			if r.birth != "" && seed > 1 {
				r.birth = fmt.Sprintf("19%d-%02d-%02d", 70+rng.IntN(2), 1+rng.IntN(5), 1+rng.IntN(5))
			}
			if i%3 == 0 {
				r.passport = ""
			}
		}
		x := newIndex(t, rows)
		number := slices.IndexFunc(x.Model().Comparisons, func(c linkage.ComparisonModel) bool { return c.Kind == linkage.Document })
		said, wrong := 0, 0
		for _, q := range rows[:150] {
			q = erring(q, rng)
			got := x.Search(cellsOf(q), 2)
			if got.Truncated {
				said++
				continue
			}
			want := x.SearchAll(cellsOf(q), 2)
			for i, h := range got.Hits {
				if i >= len(want.Hits) || h.Weight < want.Hits[i].Weight-1e-6 {
					if i < len(want.Hits) && want.Hits[i].Levels[number].Level == 1 {
						break // no key finds two edits in a number
					}
					wrong++
					t.Logf("%v: %g is found, there is %g", q, h.Weight, want.Hits[i].Weight)
					break
				}
			}
		}
		t.Logf("%d cut off, %d wrong", said, wrong)
		if wrong > 0 {
			t.Errorf("%d of 150 answers are wrong and do not say so", wrong)
		}
	}
}

// An index is read with the spec that it was made with, whatever model it was given.
func TestIndexKeepsItsSpec(t *testing.T) {
	spec := linkage.Spec{Name: "of a ministry", Pivot: 1999, Fields: []linkage.Field{
		{Name: "who", Kind: linkage.FullName, Columns: []string{"person"}}, {Name: "birth", Kind: linkage.BirthDate}}}
	other := spec
	other.Pivot = 2029
	other.Fields = slices.Clone(spec.Fields)
	other.Fields[0].Columns = []string{"somebody"}
	l, err := linkage.New(other, []string{"somebody", "birth"}, nil, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		l.Left().Add("", []string{fmt.Sprintf("Budi%c Wati%c", 'a'+i%26, 'a'+i/3), fmt.Sprintf("19%d-01-02", 10+i)})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := linkage.NewIndex(spec, []string{"person", "birth"}, -1, &res.Model, func(yield func(string, []string) bool) {
		yield("1", []string{"Budi Wati", "02/01/1920"})
	})
	if err != nil {
		t.Fatal(err)
	}
	y := saved(t, x)
	q := []string{"Budi Wati", "02/01/20"}
	if g, w := hitsOf(y.Search(q, 1)), hitsOf(x.Search(q, 1)); !slices.Equal(g, w) || len(w) == 0 {
		t.Errorf("before %v, after it was saved %v", w, g)
	}
}

// What is not compared makes no difference, and is not kept.
func TestIndexForgetsWhatItDoesNotCompare(t *testing.T) {
	l, err := linkage.New(linkage.Spec{}, []string{"full_name", "address", "nationality"}, nil, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		l.Left().Add(fmt.Sprint(i), []string{fmt.Sprintf("Budi%c Wati%c", 'a'+i%26, 'a'+i/26), fmt.Sprintf("road %d", i), "Elbonia"})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := l.Index(res)
	if err != nil {
		t.Fatal(err)
	}
	x.Add("again", []string{"Budia Watia", "road 0", "Syldavia"})
	for _, x := range []*linkage.Index{x, saved(t, x)} {
		if h := x.Search([]string{"Budia Watia", "road 0", "Borduria"}, 1); len(h.Hits) != 1 || !slices.Equal(h.Hits[0].IDs, []string{"0", "again"}) {
			t.Errorf("%v", h.Hits)
		}
	}
	var b bytes.Buffer
	x.WriteTo(&b)
	for _, secret := range []string{"elbonia", "syldavia", "borduria"} {
		if bytes.Contains(bytes.ToLower(b.Bytes()), []byte(secret)) {
			t.Errorf("%s stands in the file", secret)
		}
	}
}
