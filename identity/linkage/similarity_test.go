package linkage

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// plainOSA is the textbook dynamic programme.
func plainOSA(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// plainJaroWinkler follows the definition, window by window.
func plainJaroWinkler(a, b string) float64 {
	if a == "" || b == "" {
		return 0
	}
	if len(a) > len(b) || len(a) == len(b) && a > b {
		a, b = b, a
	}
	reach := max(len(b)/2-1, 0)
	usedB := make([]bool, len(b))
	var ma []byte
	for i := range len(a) {
		for j := max(0, i-reach); j <= min(len(b)-1, i+reach); j++ {
			if !usedB[j] && a[i] == b[j] {
				usedB[j] = true
				ma = append(ma, a[i])
				break
			}
		}
	}
	if len(ma) == 0 {
		return 0
	}
	k, swaps := 0, 0
	for j := range len(b) {
		if usedB[j] {
			if b[j] != ma[k] {
				swaps++
			}
			k++
		}
	}
	m := float64(len(ma))
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(swaps/2))/m) / 3
	p := 0
	for p < 4 && p < len(a) && a[p] == b[p] {
		p++
	}
	return jaro + float64(p)*0.1*(1-jaro)
}

func TestComparatorsFollowTheirDefinitions(t *testing.T) {
	var s scratch
	word := rapid.StringMatching(`[a-d]{0,20}`)
	long := rapid.StringMatching(`[a-z0-9 ]{0,64}`)
	rapid.Check(t, func(t *rapid.T) {
		g := word
		if rapid.Bool().Draw(t, "long") {
			g = long
		}
		a, b := g.Draw(t, "a"), g.Draw(t, "b")
		if got, want := s.osa(a, b), plainOSA(a, b); got != want {
			t.Fatalf("osa(%q, %q) = %d, want %d", a, b, got, want)
		}
		if got, want := s.jaroWinkler(a, b), plainJaroWinkler(a, b); math.Abs(got-want) > 1e-12 {
			t.Fatalf("jaroWinkler(%q, %q) = %g, want %g", a, b, got, want)
		}
		if s.jaroWinkler(a, b) != s.jaroWinkler(b, a) || s.osa(a, b) != s.osa(b, a) {
			t.Fatalf("%q, %q: not symmetric", a, b)
		}
	})
}

func TestJaroWinklerKnownValues(t *testing.T) {
	var s scratch
	for _, c := range []struct {
		a, b string
		want float64
	}{{"martha", "marhta", 0.9611}, {"dwayne", "duane", 0.84}, {"dixon", "dicksonx", 0.8133}} { // Winkler 1990
		if got := s.jaroWinkler(c.a, c.b); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("jaroWinkler(%s, %s) = %.4f, want %.4f", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkOSA(b *testing.B) {
	var s scratch
	for b.Loop() {
		s.osa("sriwahyuni", "sriwahjuni")
	}
}

func BenchmarkJaroWinkler(b *testing.B) {
	var s scratch
	for b.Loop() {
		s.jaroWinkler("sriwahyuni", "sriwahjuni")
	}
}

// TestBounds: what sets of characters tell of two texts is never wrong.
func TestBounds(t *testing.T) {
	text := rapid.StringMatching(`[alw7e0 ]{1,12}`) // a, l, w and 7 share a bit, and so do e and 0
	rapid.Check(t, func(t *rapid.T) {
		var s scratch
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		x, y := letters(a), letters(b)
		if least, is := leastEdits(x, y), s.osa(a, b); least > is {
			t.Errorf("%q and %q are said to be %d edits apart at least, and are %d", a, b, least, is)
		}
		prefix := 0
		for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
			prefix++
		}
		if most, is := mostJaroWinkler(len(a), len(b), x, y, prefix), s.jaroWinkler(a, b); most < is-1e-12 {
			t.Errorf("%q and %q are said to be alike by %g at most, and are by %g", a, b, most, is)
		}
		if whole := letters(a + b); x&^whole != 0 || y&^whole != 0 {
			t.Errorf("%q or %q has what %q has not", a, b, a+b)
		}
	})
}
