package chart

import (
	"fmt"
	"math"
	"testing"

	"mitra/web/locale"
)

func frame(t testing.TB, id string) Frame {
	t.Helper()
	c, err := locale.For("en")
	if err != nil {
		t.Fatal(err)
	}
	return Frame{ID: id, Title: "Title of " + id, Desc: "What " + id + " says", Folded: "As a table", Numbers: c}
}

func sampleFlow(t testing.TB) Flow {
	return Flow{
		Frame: frame(t, "flow"),
		Nodes: []Node{
			{"Residents", 0, Plain}, {"Permit linked", 1, Plain}, {"None", 1, Check}, {"Unknown", 1, Unsure},
			{"Regular in the host state", 2, Plain}, {"No permit found", 2, Check}, {"Ask a supervisor", 2, Guard}, {"Departed", 2, Faint},
		},
		Links: []Link{
			{0, 1, 57_000}, {0, 2, 15_988}, {0, 3, 12},
			{1, 4, 56_999}, {1, 6, 1}, {2, 5, 14_000}, {2, 6, 988}, {2, 7, 1000}, {3, 7, 12},
		},
		Thin: func(n int) string { return fmt.Sprintf("Flows under %d are drawn wider than they are.", n) },
		Head: [4]string{"From", "To", "Records", "Share"},
	}
}

func sampleHistogram(t testing.TB) Histogram {
	h := Histogram{
		Frame: frame(t, "weights"), Review: 0, Link: math.Log2(99),
		Below: "no link", Between: "an officer looks", Above: "linked",
		XLabel: "Weight", YLabel: "Pairs (logarithmic scale)", Head: [3]string{"From", "To", "Pairs"},
	}
	for i, n := range []int{20_000, 3_000, 410, 57, 8, 1, 0, 2, 95, 1_200, 9_000, 4_500} {
		h.Bins = append(h.Bins, Bin{float64(i-5) * 3.5, float64(i-4) * 3.5, n})
	}
	return h
}

func sampleBars(t testing.TB) Bars {
	return Bars{Frame: frame(t, "bars"), Head: [3]string{"Value", "Records", "Share"}, Items: []Item{
		{"Valid", 65_117, Plain}, {"Overstay", 5_198, Check}, {"Departed", 2_371, Faint}, {"Relief", 8, Plain}, {"Not known", 0, Unsure},
	}}
}

func sampleHeat(t testing.TB) Heat {
	return Heat{
		Frame: frame(t, "heat"), Corner: "Stay ↓ Work →", Sum: "Total",
		Rows: []string{"Valid", "Overstay"}, Cols: []string{"Permit", "None", "Unknown"},
		N: [][]int{{53_684, 6_606, 619}, {2_310, 0, 1}},
	}
}

func sampleWaterfall(t testing.TB) Waterfall {
	return Waterfall{
		Frame: frame(t, "waterfall"), Prior: -16.1, Review: 0, Link: math.Log2(99),
		PriorLabel: "Before any comparison", TotalLabel: "Total", ReviewLabel: "look", LinkLabel: "link",
		FrequencyLabel: "rarity of the value", Head: [4]string{"Part", "Level", "Weight", "Sum"},
		Steps: []Step{
			{"Name", "all nearly", 9.6, 3.1}, {"Date of birth", "day and month swapped", 7.9, 0},
			{"Sex", "same", 1, -0.1}, {"Passport", "differs", -1.2, 0}, {"National id", "missing", 0, 0},
		},
	}
}

func sampleDiverging(t testing.TB) Diverging {
	return Diverging{Frame: frame(t, "diverging"), Places: 1, For: "for →", Against: "← against", Head: [3]string{"Group", "Item", "Bits"}, Groups: []Group{
		{"Name", []Value{{"the same *", 14.2, false}, {"several names in common", 3.1, true}, {"differs", -6.4, false}}},
		{"Sex", []Value{{"the same", 1, false}, {"differs", -5, false}, {"no number", math.NaN(), false}}},
	}}
}

func sampleMirror(t testing.TB) Mirror {
	m := Mirror{
		Frame: frame(t, "mirror"), Review: 0, Link: math.Log2(99), Below: "no link", Between: "review", Above: "link",
		Up: "expected", Down: "others", XLabel: "Weight", Head: [4]string{"From", "To", "Expected", "Others"}, Places: 1,
	}
	for i, n := range []float64{0, 0.01, 2, 15, 400, 3000} {
		m.Bins = append(m.Bins, TwoBin{float64(i-3) * 5, float64(i-2) * 5, n, 20_000 / (n*n + 1)})
	}
	return m
}

func samplePlot(t testing.TB) Plot {
	return Plot{
		Frame: frame(t, "plot"), Diagonal: "as stated", XLabel: "Stated", YLabel: "Observed",
		Points: []Dot{{0.1, 0.08, 0.02, 0.2}, {0.5, 0.7, 0.6, 0.8}, {math.NaN(), 1, 0, 1}},
		Lines:  []Line{{Label: "first", XY: [][2]float64{{0, 0.2}, {1, 0.9}}}, {Label: "second", XY: [][2]float64{{0, 1}, {1, 0.4}}, Dashed: true}},
		Head:   []string{"From", "Share"}, Rows: [][]string{{"0", "20%"}, {"1", "90%"}},
	}
}
