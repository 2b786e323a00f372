package chart

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestWaterfallTotalIsTheSumOfItsPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-30, 30)
		w := Waterfall{Prior: x.Draw(t, "prior")}
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			w.Steps = append(w.Steps, Step{Weight: x.Draw(t, "weight"), Frequency: rapid.SampledFrom([]float64{0, 1.5, -2}).Draw(t, "frequency")})
		}
		ps := w.pieces()
		sum, at := 0.0, 0.0
		for _, p := range ps[:len(ps)-1] {
			if p.from != at {
				t.Fatalf("a piece begins at %g, the one before ends at %g", p.from, at)
			}
			sum, at = sum+p.to-p.from, p.to
		}
		if last := ps[len(ps)-1]; math.Abs(sum-last.to) > 1e-9 || math.Abs(w.Total()-last.to) > 1e-9 || last.from != 0 {
			t.Fatalf("pieces sum up to %g, the total is drawn from %g to %g, Total says %g", sum, last.from, last.to, w.Total())
		}
	})
}

func TestHistogramShowsASingleton(t *testing.T) {
	h := sampleHistogram(t)
	h.Bins = []Bin{{-10, -9, 1_000_000}, {20, 21, 1}}
	heights := regexp.MustCompile(`<rect class="mc-fill mc-plain"[^>]* height="([\d.]+)"`).FindStringSubmatch(string(h.Draw()))
	if heights == nil {
		t.Fatal("no bar of the linked region")
	}
	if x, err := strconv.ParseFloat(heights[1], 64); err != nil || x < 4 {
		t.Errorf("a bin of one beside a million is %v high", heights[1])
	}
}

func TestShade(t *testing.T) {
	for _, tt := range []struct{ n, most, want int }{{0, 100, 0}, {-1, 100, 0}, {1, 1_000_000, 1}, {100, 100, shades}, {25, 100, shades / 2}} {
		if got := shade(tt.n, tt.most); got != tt.want {
			t.Errorf("shade(%d, %d) = %d, want %d", tt.n, tt.most, got, tt.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		low, high float64
		n         int
		want      []float64
	}{
		{-20, 20, 5, []float64{-20, -10, 0, 10, 20}},
		{-24, 62, 10, []float64{-20, -10, 0, 10, 20, 30, 40, 50, 60}},
		{-1.2, 1.5, 5, []float64{-1, 0, 1}},
	} {
		if got := ticks(tt.low, tt.high, tt.n); !slices.Equal(got, tt.want) {
			t.Errorf("ticks(%g, %g, %d) = %v, want %v", tt.low, tt.high, tt.n, got, tt.want)
		}
	}
}

func TestNum(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1: "1", 1.5: "1.5", 1.005: "1", 100: "100", -0.001: "0", 2.346: "2.35", math.Inf(1): "0"} {
		if got := num(x); got != want {
			t.Errorf("num(%g) = %q, want %q", x, got, want)
		}
	}
}
