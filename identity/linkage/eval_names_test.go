package linkage_test

import (
	"hash/fnv"
	"os"
	"sort"
	"testing"

	"mitra/identity/linkage"
)

// TestNamePairs measures the built-in weight on a public set of labelled pairs,
// in two halves by a hash of the pair.
func TestNamePairs(t *testing.T) {
	_, rows := evalFile(t, "nomenklatura/cases-dev.csv")
	type pair struct {
		w    float64
		same bool
		half int
		row  []string
	}
	var pairs []pair
	for _, r := range rows {
		if r[1] != "Person" {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(r[2] + "|" + r[3]))
		pairs = append(pairs, pair{linkage.CompareNames(r[2], r[3]).Weight, r[4] == "true", int(h.Sum32() >> 7 & 1), r})
	}
	at := func(half int, threshold float64) (s score) {
		for _, p := range pairs {
			switch {
			case half < 2 && p.half != half:
			case p.w >= threshold && p.same:
				s.tp++
			case p.w >= threshold:
				s.fp++
			case p.same:
				s.fn++
			}
		}
		return s
	}
	for half, name := range []string{"first half", "second half", "all"} {
		s := at(half, linkage.SameName)
		best, bestAt := 0.0, 0.0
		for _, p := range pairs {
			if f := at(half, p.w).f1(); f > best {
				best, bestAt = f, p.w
			}
		}
		t.Logf("%-12s F1 %.3f %+v; best %.3f at %.2f", name, s.f1(), s, best, bestAt)
	}
	if f := at(2, linkage.SameName).f1(); f < 0.78 {
		t.Errorf("F1 %.3f, want at least 0.78", f)
	}
	if os.Getenv("MITRA_LINKAGE_SHOW") != "" {
		sort.SliceStable(pairs, func(i, j int) bool { return pairs[i].w < pairs[j].w })
		for _, p := range pairs {
			if p.same != (p.w >= linkage.SameName) {
				t.Logf("%6.2f %-5v %q %q %v", p.w, p.same, p.row[2], p.row[3], linkage.CompareNames(p.row[2], p.row[3]).Pairs)
			}
		}
	}
}
