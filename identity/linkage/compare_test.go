package linkage

import (
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
			cp.dom.derive()
			c := l.newComparer()
			want := plainLevel(kind, cp.dom.text[x], cp.dom.text[y])
			if got := c.unequal(cp, x, y); got != want {
				t.Errorf("%q and %q: level %d, by definition %d", cp.dom.text[x], cp.dom.text[y], got, want)
			}
			if got := c.unequal(cp, y, x); got != want {
				t.Errorf("%q and %q the other way round: level %d, by definition %d", cp.dom.text[x], cp.dom.text[y], got, want)
			}
		}))
	}
}
