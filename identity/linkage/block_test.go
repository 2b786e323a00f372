package linkage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sealed is a linker of one file whose records are taken in.
func sealed(t *testing.T, header []string, rows [][]string) *Linker {
	t.Helper()
	l, err := New(Spec{}, header, nil, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		l.Left().Add(r[0], r)
	}
	if err := l.seal(); err != nil {
		t.Fatal(err)
	}
	return l
}

// One value that half of the file has is cut into pieces; the small blocks beside
// it stay whole as far as the budget goes.
func TestCutSparesSmallBlocks(t *testing.T) {
	const n, size = 20_000, 5
	var rows [][]string
	for i := range n {
		value := "everywhere"
		if i >= n/2 {
			value = "p" + strconv.Itoa(i/size)
		}
		rows = append(rows, []string{strconv.Itoa(i), value})
	}
	l := sealed(t, []string{"id", "place"}, rows)
	var small, all, lost int64
	for _, f := range l.keys() {
		all += f.cost
		lost += f.lost
		for _, b := range f.blocks {
			if rows[f.recs[b.from]][1] != "everywhere" {
				small += l.pairsOf(b)
			}
		}
	}
	if want := int64(n / 2 * (size - 1) / 2); small != want {
		t.Errorf("%d pairs within small blocks are kept, want all %d", small, want)
	}
	if budget := int64(3*n + 100_000); all > 2*budget || all < budget {
		t.Errorf("%d pairs are kept, the budget is %d for small blocks and as much for the rest", all, budget)
	}
	if total := int64(n/2) * (n/2 - 1) / 2; lost != total-(all-small) {
		t.Errorf("%d pairs given up of %d, %d of them kept", lost, total, all-small)
	}
}

// Values that are all too common by themselves are put together once, whichever
// of them comes first.
func TestCommonValuesMeetOnce(t *testing.T) {
	const columns = 6
	rng := rand.New(rand.NewPCG(1, 2))
	header := []string{"id"}
	for i := range columns {
		header = append(header, fmt.Sprint("column ", string(rune('a'+i))))
	}
	var rows [][]string
	for i := range 3000 {
		row := []string{strconv.Itoa(i)}
		for range columns {
			row = append(row, "v"+strconv.Itoa(rng.IntN(3)))
		}
		rows = append(rows, row)
	}
	l := sealed(t, header, rows)
	seen := map[string]string{}
	for _, f := range l.keys() {
		values := strings.Split(f.name, " with ")
		slices.Sort(values)
		set := strings.Join(values, ", ")
		if other, ok := seen[set]; ok {
			t.Errorf("%q and %q bring the same pairs", other, f.name)
		}
		seen[set] = f.name
		if f.lost > 0 && len(values) < 1+depth && !slices.Contains(values, header[columns]) {
			t.Errorf("%q: %d pairs given up, though other columns split them", f.name, f.lost)
		}
	}
	if want := 6 + 15 + 20 + 15 - 6; len(seen) != want { // of one to four columns; one alone is too common
		t.Errorf("%d keys, want %d", len(seen), want)
	}
}

// Chao's estimate: of 100 matches a number is brought by one of the keys alone.
func TestBlockingRecallIsEstimated(t *testing.T) {
	fams := []*family{{name: "a", comp: 0}, {name: "b", comp: 1}, {name: "c", comp: 65}}
	for _, c := range []struct {
		once, twice, thrice int64
		want                float64
	}{
		{0, 0, 100, 1},
		{0, 50, 50, 1},
		{20, 40, 40, 100 / (100 + 2.0/3*20*19/(2*41))},
		{100, 0, 0, 100 / (100 + 2.0/3*100*99/2)},
	} {
		cover := newCoverage(&meetings{fams: fams})
		for i := range cover.by {
			cover.by[i].once, cover.by[i].twice = c.once*fixedPoint, c.twice*fixedPoint
		}
		cover.all = (c.once + c.twice + c.thrice) * fixedPoint
		if got, _ := cover.report(); got != round9(c.want) {
			t.Errorf("%d matches by one key, %d by two, %d by three: recall %v, want %v", c.once, c.twice, c.thrice, got, c.want)
		}
	}
}

// Two keys of one comparison are two keys and one witness.
func TestWitnesses(t *testing.T) {
	fams := []*family{{name: "a", comp: 1, blocks: []block{{0, 0, 2}}, recs: []uint32{0, 1}}, {name: "a with b", comp: 1, first: 1, blocks: []block{{0, 0, 2}}, recs: []uint32{0, 1}},
		{name: "c", comp: 65, first: 2, blocks: []block{{0, 0, 2}}, recs: []uint32{2, 3}}}
	l := &Linker{dedup: true}
	l.side[0] = &Side{l: l, ids: make([]string, 4)}
	cover := newCoverage(l.meet(fams))
	cover.add(0, 1, 0.5)
	cover.add(2, 3, 1)
	if cover.by[0].once != fixedPoint || cover.by[0].twice != fixedPoint/2 {
		t.Errorf("keys: %+v", cover.by[0])
	}
	if cover.by[1].once != fixedPoint*3/2 || cover.by[1].twice != 0 || cover.n != 2 {
		t.Errorf("comparisons: %+v of %d", cover.by[1], cover.n)
	}
}
