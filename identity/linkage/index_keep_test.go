package linkage_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mitra/identity/linkage"
)

// writtenIn reports which of the texts stand in the file of an index.
func writtenIn(t *testing.T, x *linkage.Index, texts ...string) (found []string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := x.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, s := range texts {
		if bytes.Contains(bytes.ToLower(b.Bytes()), []byte(strings.ToLower(s))) {
			found = append(found, s)
		}
	}
	return found
}

// Of who was removed the file knows nothing, and everybody else is found as before.
func TestIndexErases(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	rows := invented(600, rng)
	gone := row{id: "secret-id", name: "Zzyzx Qwertzuiop", birth: "1901-02-03", passport: "XQ7654321"}
	secrets := []string{"secret-id", "zzyzx", "qwertz", "1901-02-03", "XQ7654321", "X07654321"}
	for _, when := range []string{"at first", "later", "later, and long ago"} {
		list := rows[:500]
		if when == "at first" {
			list = append(slices.Clone(list), gone)
		}
		x := newIndex(t, list)
		if when != "at first" {
			x.Add(gone.id, cellsOf(gone))
		}
		if when == "later, and long ago" { // so that it is in a segment of many
			for _, r := range rows[500:] {
				x.Add("M"+r.id, cellsOf(r))
			}
			x = saved(t, x)
		}
		if found := writtenIn(t, x, secrets...); len(found) < 5 {
			t.Fatalf("%s: only %v are written", when, found)
		}
		var want [][]string
		ask := append(invented(200, rng), rows...)
		if x.Remove(gone.id) != 1 {
			t.Fatal("nobody was removed")
		}
		for _, q := range ask {
			want = append(want, hitsOf(x.Search(cellsOf(q), 5)))
		}
		same := func(what string, x *linkage.Index) {
			t.Helper()
			for i, q := range ask {
				if got := hitsOf(x.Search(cellsOf(q), 5)); !slices.Equal(got, want[i]) {
					t.Fatalf("%s, %s: %v is found, not %v", when, what, got, want[i])
				}
			}
			if h := x.Search(cellsOf(gone), 1); len(h.Hits) > 0 && slices.Contains(h.Hits[0].IDs, gone.id) {
				t.Errorf("%s, %s: found after it was removed", when, what)
			}
			if found := writtenIn(t, x, secrets...); found != nil {
				t.Errorf("%s, %s: %v is still written", when, what, found)
			}
		}
		same("removed", x)
		same("saved", saved(t, x))
		if err := x.Merge(); err != nil {
			t.Fatal(err)
		}
		same("merged", x)
		x.Add(gone.id, cellsOf(gone))
		if h := x.Search(cellsOf(gone), 1); len(h.Hits) == 0 || !slices.Equal(h.Hits[0].IDs, []string{gone.id}) {
			t.Errorf("%s: comes back and is not found: %v", when, h)
		}
	}
}

// What only the training's other side had stays where it tells something.
func TestIndexKeepsFrequenciesOfTheOtherSide(t *testing.T) {
	l, err := linkage.New(linkage.Spec{}, header, header, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	left, right := town(300, 2)
	for i := range left {
		if i%3 == 0 {
			left[i].name += " Yohanes"
			right[i].name += " Yohannes"
		}
		l.Left().Add(left[i].id, cellsOf(left[i]))
		l.Right().Add(right[i].id, cellsOf(right[i]))
	}
	l.Left().Add("lone", cellsOf(row{id: "lone", name: "Zzyzx Qwertzuiop", passport: "XQ7654321"}))
	res, err := l.Run(linkage.Options{Many: true})
	if err != nil {
		t.Fatal(err)
	}
	x, err := l.Index(res)
	if err != nil {
		t.Fatal(err)
	}
	y := saved(t, x)
	for _, q := range left {
		if g, w := hitsOf(y.Search(cellsOf(q), 5)), hitsOf(x.Search(cellsOf(q), 5)); !slices.Equal(g, w) {
			t.Fatalf("%v: found %v, before it was saved %v", q, g, w)
		}
	}
	if found := writtenIn(t, x, "zzyzx", "XQ7654321", "yohanes"); !slices.Equal(found, []string{"yohanes"}) {
		t.Errorf("of the other side %v are written", found)
	}
}

// Additions and removals do not make an index larger for ever.
func TestIndexMergeForgets(t *testing.T) {
	x := newIndex(t, invented(100, rand.New(rand.NewPCG(1, 1))))
	size := func() uint64 {
		if err := x.Merge(); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := size()
	for i := range 20_000 {
		id := fmt.Sprint("T", i)
		x.Add(id, cellsOf(row{name: fmt.Sprintf("Budi%c%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i/17576), passport: fmt.Sprintf("B%08d", i)}))
		x.Remove(id)
	}
	if after := size(); after > before+2<<20 {
		t.Errorf("%d kB before, %d after all is gone", before>>10, after>>10)
	}
	if x.Len() != 100 {
		t.Errorf("%d records", x.Len())
	}
}
