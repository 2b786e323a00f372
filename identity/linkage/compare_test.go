package linkage

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plainLevel is the level of two different values by the definition
// (docs/linkage.md), without the bounds that spare most comparisons.
func plainLevel(kind Kind, a, b string) uint8 {
	if len(a) > len(b) {
		a, b = b, a
	}
	d := plainOSA(cut(a), cut(b))
	switch kind {
	case Document, NationalID, Phone:
		switch {
		case kind != Phone && ocrClass(a) == ocrClass(b):
			return 2
		case len(b)-len(a) > 2:
			return 0
		case len(a) >= 6 && strings.Contains(b, a), d == 1 && len(a) >= 4:
			return 2
		case d == 2 && len(a) >= 6:
			return 1
		}
		return 0
	case Code:
		if len(b) >= 3 && d == 1 {
			return 1
		}
		return 0
	}
	words := func(s string) []string {
		w := strings.Fields(s)
		slices.Sort(w)
		return slices.Compact(w)
	}
	wa, wb := words(a), words(b)
	common := 0
	for _, w := range wa {
		if slices.Contains(wb, w) {
			common++
		}
	}
	similar := plainJaroWinkler(cut(a), cut(b))
	switch {
	case d == 1 && len(b) >= 4, d == 2 && len(b) >= 8, similar >= 0.93:
		return 2
	case 2*common >= max(len(wa), len(wb)), similar >= 0.85:
		return 1
	}
	return 0
}

// TestUnequalValues: the bounds change no level, whichever value comes first.
func TestUnequalValues(t *testing.T) {
	alphabet := map[Kind]string{Document: `[0-3ABDIOS]{3,10}`, NationalID: `[1-4]{3,17}`, Phone: `[1-4]{3,8}`, Code: `[0-2a-b]{1,6}`, Text: `[a-d ]{1,14}`}
	for kind, pattern := range alphabet {
		t.Run(string(kind), rapid.MakeCheck(func(t *rapid.T) {
			a := rapid.StringMatching(pattern).Draw(t, "a")
			b := rapid.StringMatching(pattern).Draw(t, "b")
			if rapid.Bool().Draw(t, "alike") { // else pairs of one level swamp the others
				at := rapid.IntRange(0, len(a)).Draw(t, "at")
				b = a[:at] + rapid.StringMatching(`[0-9A-Za-d]{0,2}`).Draw(t, "put") + a[min(len(a), at+rapid.IntRange(0, 2).Draw(t, "drop")):]
			}
			l := &Linker{plan: &plan{comps: []comparison{{kind: kind, dom: newDomain(kind)}}}}
			cp := &l.plan.comps[0]
			x, y := l.intern(cp.dom, a), l.intern(cp.dom, b)
			if x == none || y == none || x == y {
				t.Skip("no two values")
			}
			for _, place := range cp.dom.places()[1:] {
				_, text := cp.dom.at(place)
				cp.dom.text = append(cp.dom.text, text)
			}
			cp.dom.derive()
			c := l.newComparer()
			c.memo = nil
			want := plainLevel(kind, cp.dom.text[x], cp.dom.text[y])
			if got := c.different(0, x, y); got != want {
				t.Errorf("%q and %q: level %d, by definition %d", cp.dom.text[x], cp.dom.text[y], got, want)
			}
			if got := c.different(0, y, x); got != want {
				t.Errorf("%q and %q the other way round: level %d, by definition %d", cp.dom.text[x], cp.dom.text[y], got, want)
			}
		}))
	}
}

// TestGivenUpPairsAreBelowTheFloor: no pair is given up whose weight, found without
// giving up, is at least the floor.
func TestGivenUpPairsAreBelowTheFloor(t *testing.T) {
	header, rows, _ := register(rand.New(rand.NewPCG(5, 5)), 1000)
	for i, r := range rows[:500] { // a child at home
		given, _, _ := strings.Cut(rows[999-i][0], " ")
		surname := r[0][strings.LastIndexByte(r[0], ' ')+1:]
		rows = append(rows, []string{given + " " + surname, fmt.Sprintf("%d-%02d-%02d", 2000+i%20, 1+i%12, 1+i%28), r[2], r[3]})
	}
	l, err := New(Spec{}, header, nil, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		l.Left().Add(fmt.Sprint(i), r)
	}
	res, err := l.Run(Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, kin := &res.Model, res.Model.kinship()
	if len(kin) == 0 || m.Related[0].Kind != household {
		t.Fatal("the model knows of no households")
	}
	all := l.newScorer(m, math.Inf(-1))
	for _, floor := range []float64{-20, -10, coverFloor, 8} {
		some, kept, given := l.newScorer(m, floor), 0, 0
		everyPair(l, func(a, b uint32) {
			x, y := l.side[0].at(a), l.side[0].at(b)
			if !all.compare(x, y) {
				t.Fatalf("%d and %d are given up without a floor", a, b)
			}
			switch w := all.weight(kin); {
			case some.compare(x, y):
				kept++
				if !slices.Equal(some.levels, all.levels) {
					t.Fatalf("%d and %d: levels %v, without a floor %v", a, b, some.levels, all.levels)
				}
			case w >= floor:
				t.Fatalf("%d and %d are given up below %g bits, and weigh %f", a, b, floor, w)
			default:
				given++
			}
		})
		if kept < 100 || given < 100 {
			t.Errorf("%g bits: %d pairs are kept and %d given up: too few to say anything", floor, kept, given)
		}
	}
}

// intern returns the id of a cell's value, none for an empty or unusable one.
func (l *Linker) intern(d *domain, raw string) (id uint32) {
	l.internAll(d, 1, func(int) string { return raw }, func(_ int, v uint32, _ uint64) { id = v })
	return id
}

// Where sketches say that two texts do not share half of their words, they do not, however
// many words they have and whichever of these have one bit in common.
func TestMayShareWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.IntRange(0, 999), 1, rapid.SampledFrom([]int{4, 20, 300}).Draw(t, "at most"))
		first, second := words.Draw(t, "first"), words.Draw(t, "second")
		second = append(second, first[:rapid.IntRange(0, len(first)).Draw(t, "in common")]...)
		d := &domain{kind: Text, text: []string{""}}
		for _, numbers := range [][]int{first, second} {
			var text []string
			for _, w := range numbers {
				text = append(text, fmt.Sprint("word", w))
			}
			d.text = append(d.text, strings.Join(text, " "))
		}
		d.derive()
		for id := range d.text {
			if d.sketch[id] != sketchOf(d.text[id]) {
				t.Fatalf("text %d has one sketch in a batch and another in an index", id)
			}
		}
		if d.sharesWords(1, 2) && !mayShareWords(&d.sketch[1], &d.sketch[2]) {
			t.Fatalf("%q and %q share their words", d.text[1], d.text[2])
		}
	})
}
