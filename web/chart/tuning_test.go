package chart

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// bars returns the x and width of the rectangles of a class in the wide drawing.
func bars(t *testing.T, svg, class string) (x, width []float64) {
	t.Helper()
	svg, _, _ = strings.Cut(svg, "</svg>")
	for _, m := range regexp.MustCompile(`<rect class="mc-fill `+class+`" x="([^"]*)" y="[^"]*" width="([^"]*)"`).FindAllStringSubmatch(svg, -1) {
		a, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		b, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		x, width = append(x, a), append(width, b)
	}
	return x, width
}

func TestDivergingBarsGoBothWaysFromNothing(t *testing.T) {
	svg := string(sampleDiverging(t).Draw())
	x, wide := bars(t, svg, "mc-plain")
	y, long := bars(t, svg, "mc-check")
	if len(x) != 2 || len(y) != 2 {
		t.Fatalf("%d bars for and %d against, want 2 and 2", len(x), len(y))
	}
	zero := x[0]
	for i := range x {
		if x[i] != zero || math.Abs(y[i]+long[i]-zero) > 0.02 {
			t.Errorf("bars do not begin at nothing: %v %v, %v %v", x, wide, y, long)
		}
	}
	if r := wide[0] / long[0]; math.Abs(r-14.2/6.4) > 0.02 {
		t.Errorf("14.2 and 6.4 are drawn as %g to 1", r)
	}
	if table := string(sampleDiverging(t).Table()); strings.Contains(table, "no number") || !strings.Contains(table, "−6.4") {
		t.Error("the table shows what is no number, or not what is one")
	}
}

func TestPicturesOfNothing(t *testing.T) {
	nan := math.NaN()
	for name, got := range map[string]string{
		"diverging":         string(Diverging{}.Draw() + Diverging{}.Table()),
		"diverging, NaN":    string(Diverging{Groups: []Group{{"x", []Value{{"y", nan, false}, {"z", math.Inf(1), false}}}}}.Draw()),
		"mirror":            string(Mirror{}.Draw() + Mirror{}.Table()),
		"mirror, zeros":     string(Mirror{Bins: []TwoBin{{0, 1, 0, 0}}}.Draw()),
		"mirror, NaN":       string(Mirror{Bins: []TwoBin{{0, 1, nan, 5}, {nan, 1, 5, 5}, {1, 1, 5, 5}}}.Draw()),
		"plot":              string(Plot{}.Draw() + Plot{}.Table()),
		"plot without rows": string(Plot{Head: []string{"a"}}.Table()),
	} {
		if got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	zero := Diverging{Frame: frame(t, "zero"), Groups: []Group{{"x", []Value{{"y", 0, false}}}}}
	if got := string(zero.Draw()); got == "" || strings.Contains(got, "NaN") || strings.Contains(got, "mc-fill") {
		t.Errorf("a single zero: %s", got)
	}
}
