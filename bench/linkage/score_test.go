package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// five records: a and b are Ann, c and d are Bo, e is Cy.
func five(t *testing.T) *people {
	t.Helper()
	p, err := readPeople(file(t, "unique_id, Who\na, Ann\nb, Ann\nc, Bo\nd, Bo\ne, Cy\n"), "who", itself)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestClusters scores by hand: {a b c} {d e} makes 4 pairs, of which ab is true;
// true are ab and cd.
func TestClusters(t *testing.T) {
	for groups, want := range map[string]score{
		"a,1\nb,1\nc,1\nd,2\ne,2\n": {4, 1, 2}, // F1 2·1/(4+2)
		"a,1\nb,1\nc,2\nd,2\ne,3\n": {2, 2, 2},
		"a,1\nb,2\nc,3\nd,4\ne,5\n": {0, 0, 2},
		"a,1\nb,1\nc,1\nd,1\ne,1\n": {10, 2, 2},
	} {
		got, err := scoreClusters(file(t, "id,cluster\n"+groups), five(t))
		if err != nil || got != want {
			t.Errorf("groups %q: %+v, %v, want %+v", groups, got, err, want)
		}
	}
	s := score{4, 1, 2}
	if s.precision() != 0.25 || s.recall() != 0.5 || s.f1() != 1.0/3 {
		t.Errorf("precision %g, recall %g, F1 %g, want 1/4, 1/2, 1/3", s.precision(), s.recall(), s.f1())
	}
}

func TestPairs(t *testing.T) {
	p := five(t)
	path := file(t, "left,right,weight,probability,band\na,b,9,0.999,link\nc,e,1,0.65,review\nc,d,0,0.5,review\n")
	pairs, err := readPairs(path, []*people{p})
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[float64]score{0.5: {3, 2, 2}, 0.6: {2, 1, 2}, 0.9: {1, 1, 2}} {
		if got := scorePairs(pairs, truePairs([]*people{p}), from); got != want {
			t.Errorf("from %g: %+v, want %+v", from, got, want)
		}
	}
	bins := calibration(pairs)
	if b := bins[2]; b.from != 0.5 || b.pairs != 1 || b.same != 1 {
		t.Errorf("0.5 stands in %+v, want the bin that begins there", b)
	}
	if b := bins[len(bins)-1]; b.from != 0.99 || b.pairs != 1 {
		t.Errorf("0.999 stands in %+v", b)
	}
}

func TestTruePairs(t *testing.T) {
	a := &people{who: []string{"1", "1", "2", "", ""}}
	b := &people{who: []string{"1", "2", "2", "3", ""}}
	if n := truePairs([]*people{a}); n != 1 {
		t.Errorf("within: %d, want 1; records of nobody are no pair", n)
	}
	if n := truePairs([]*people{a, b}); n != 4 {
		t.Errorf("between: %d, want 2·1 + 1·2", n)
	}
	for id, want := range map[string]string{"rec-1070-org": "1070", "rec-12-dup-0": "12", "x": ""} {
		if got := febrlPerson(id); got != want {
			t.Errorf("%s is of %q, want %q", id, got, want)
		}
	}
}

func TestCalibrationKept(t *testing.T) {
	for _, c := range []struct {
		bin
		want bool
	}{
		{bin{0.5, 0.6, 1000, 530, 550}, true},
		{bin{0.5, 0.6, 1000, 519, 550}, false},
		{bin{0.5, 0.6, 199, 0, 110}, true},
		{bin{0.99, 1, 1000, 984, 999}, false},
		{bin{0.99, 1, 1000, 985, 999}, true},
	} {
		if c.kept() != c.want {
			t.Errorf("%+v: kept %v", c.bin, c.kept())
		}
	}
}

func TestFaultsAreSaid(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--file x.csv", "--truth"},
		{"--rows many", "--rows"},
		{"--runs 0", "--runs"},
		{"people", "flag"},
	} {
		var out, errw strings.Builder
		if err := run(t.Context(), strings.Fields(c.args), &out, &errw); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a word about %s", c.args, err, c.want)
		}
	}
	if _, err := readPeople(file(t, "id,name\n1,x\n"), "who", itself); err == nil || !strings.Contains(err.Error(), `"who"`) {
		t.Errorf("no column of truth: %v", err)
	}
}

func TestSlopeAndMedian(t *testing.T) {
	near(t, "slope of 2x^1.5", slope([]float64{1, 4, 16}, []float64{2, 16, 128}), 1.5, 1e-9)
	u := []usage{{Wall: 3}, {Wall: 1}, {Wall: 2}, {Wall: 10}}
	near(t, "median", median(u, func(u usage) float64 { return u.Wall }), 2.5, 1e-9)
}

func TestTablesAndPicture(t *testing.T) {
	all := []result{
		{set: "people 100", tool: "Mitra", rows: 100, usage: usage{1.5, 2, 300 << 20}, pairs: score{10, 9, 10}, clusters: score{10, 9, 10}, compared: 1234567, bins: calibration([]pair{{0.7, true}})},
		{set: "people 100", tool: "Splink", rows: 100, usage: usage{10, 12, 600 << 20}, pairs: score{10, 8, 10}, clusters: score{10, 8, 10}},
	}
	text := markdown(all, 5)
	for _, want := range []string{"| people 100 | Mitra | 1.50 s |", "1,234,567", "| 0.1000 |", "0.7 to 0.8"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	picture := string(draw(all))
	for _, want := range []string{"1.5 s", "0.59 GB", "20.00 %", "people 100, Splink"} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	doc := file(t, "a\n<!-- bench/linkage: begin -->\nold\n<!-- bench/linkage: end -->\nz\n")
	if err := between(doc, "new\n"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(doc); string(got) != "a\n<!-- bench/linkage: begin -->\nnew\n<!-- bench/linkage: end -->\nz\n" {
		t.Errorf("document: %s", got)
	}
	if err := between(file(t, "nothing"), ""); err == nil {
		t.Error("a document without marks is taken")
	}
}
