package report

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// marked writes runs with brackets around what differs.
func marked(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		if r.Differs {
			b.WriteString("[" + r.Text + "]")
		} else {
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	for _, tt := range []struct{ left, right, l, r string }{
		{"SITI", "Siti", "SITI", "Siti"},
		{"SOEKARNI", "SUKARNI", "S[OE]KARNI", "S[U]KARNI"},
		{"1994-03-07", "1994-07-03", "1994-0[3]-0[7]", "1994-0[7]-0[3]"},
		{"ABC", "", "[ABC]", ""},
		{"", "", "", ""},
		{"ចាន់ថន", "ចន្ទថន", "[ចាន់]ថន", "[ចន្ទ]ថន"},
	} {
		l, r := Diff(tt.left, tt.right)
		if marked(l) != tt.l || marked(r) != tt.r {
			t.Errorf("Diff(%q, %q) = %q, %q; want %q, %q", tt.left, tt.right, marked(l), marked(r), tt.l, tt.r)
		}
	}
}

func joined(runs []Run, same bool) string {
	var b strings.Builder
	for _, r := range runs {
		if !same || !r.Differs {
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

func TestDiffLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[abAB ខ្ម]{0,12}`)
		a, b := s.Draw(t, "a"), s.Draw(t, "b")
		l, r := Diff(a, b)
		if joined(l, false) != a || joined(r, false) != b {
			t.Fatalf("Diff(%q, %q) changed the values: %q, %q", a, b, marked(l), marked(r))
		}
		if !strings.EqualFold(joined(l, true), joined(r, true)) {
			t.Fatalf("Diff(%q, %q): what is unmarked differs: %q, %q", a, b, marked(l), marked(r))
		}
		differs := func(r Run) bool { return r.Differs }
		if strings.EqualFold(a, b) && (slices.ContainsFunc(l, differs) || slices.ContainsFunc(r, differs)) {
			t.Fatalf("Diff(%q, %q) marks what is the same", a, b)
		}
	})
}

func TestDiffOfHugeValues(t *testing.T) {
	a, b := strings.Repeat("x", 2000), strings.Repeat("y", 2000)
	if l, r := Diff(a, b); marked(l) != "["+a+"]" || marked(r) != "["+b+"]" {
		t.Error("huge values are not marked as a whole")
	}
	if l, _ := Diff(a, strings.ToUpper(a)); marked(l) != a {
		t.Error("huge values that are the same are marked")
	}
}
