package linkage

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Piles, one after the other, are the numbers sorted by the bits that were asked for, and
// what is alike in these in the order in which it came.
func TestPiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPiles(rapid.SampledFrom([]int{0, 1, pileSize - 1, pileSize, 5 * pileSize, 100 * pileSize, 1 << 40}).Draw(t, "expected"))
		if n := len(p.of); n > maxPiles || n&(n-1) != 0 {
			t.Fatalf("%d piles", n)
		}
		low := rapid.UintRange(30, 45).Draw(t, "low")
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			p.reset()
			x := rapid.SliceOf(rapid.OneOf(rapid.Uint64(), rapid.Map(rapid.Uint64Range(0, 300), func(x uint64) uint64 { return x>>3<<56 | x&7<<40 | x>>2 }))).Draw(t, "x")
			for i, y := range x {
				p.add(y)
				if i == len(x)/2 {
					p.grow(2)
				}
			}
			if p.len() != len(x) {
				t.Fatalf("%d numbers of %d", p.len(), len(x))
			}
			var got []uint64
			for i := range p.of {
				got = append(got, p.sorted(i, low)...)
			}
			slices.SortStableFunc(x, func(a, b uint64) int { return cmp.Compare(a>>low, b>>low) })
			if !slices.Equal(got, x) {
				t.Fatalf("got %x, want %x", got, x)
			}
		}
	})
}
