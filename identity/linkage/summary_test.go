package linkage_test

import (
	"math"
	"reflect"
	"runtime"
	"testing"

	"mitra/identity/linkage"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a), math.Abs(b)) }

func TestSummaryAddsUp(t *testing.T) {
	left, right := town(700, 31)
	for i := range left {
		if i%10 == 0 {
			left[i].passport = ""
		}
	}
	l, res := run(t, left, right, linkage.EveryPair)
	truth := map[int]int{}
	for i := range left {
		truth[i] = i
	}
	s := l.Summarise(res, func(a, b int) linkage.Truth {
		switch {
		case a%2 == 1:
			return linkage.Unknown
		case a == b:
			return linkage.Same
		}
		return linkage.Different
	})
	if s.Pairs != res.Compared || s.Pairs != int64(len(res.Pairs)) {
		t.Fatalf("%d pairs counted, %d compared", s.Pairs, res.Compared)
	}
	want, same := 0.0, int64(0)
	for _, p := range res.Pairs {
		want += p.P()
		if p.Left == p.Right && p.Left%2 == 0 {
			same++
		}
	}
	if !near(s.Expected, want) || !near(s.Expected, res.Model.Matches) && math.Abs(s.Expected-res.Model.Matches) > 1 || s.Compared != same {
		t.Errorf("expected %g, want %g (model %g); true %d, want %d", s.Expected, want, res.Model.Matches, s.Compared, same)
	}
	for k, c := range s.Comparisons {
		n, e := c.Missing, 0.0
		for i := range c.Pairs {
			n += c.Pairs[i]
			e += c.Expected[i]
		}
		if n != s.Pairs || e > s.Expected+1e-6 {
			t.Errorf("%s: levels add up to %d pairs and %g expected", res.Model.Comparisons[k].Name, n, e)
		}
	}
	var pairs, known, trues int64
	sum := 0.0
	for i, w := range s.Weights {
		pairs, known, trues, sum = pairs+w.Pairs, known+w.Known, trues+w.True, sum+w.Expected
		if i > 0 && w.From != s.Weights[i-1].From+1 {
			t.Errorf("a gap before %d", w.From)
		}
		// Rivals only take, so that no bin's mean probability is above that of its edge.
		if m := w.Expected / float64(w.Pairs); w.Pairs > 0 && m > linkage.Probability(float64(w.From)+1)+1e-9 {
			t.Errorf("from %d: mean probability %g", w.From, m)
		}
	}
	if pairs != s.Pairs || trues != s.Compared || !near(sum, s.Expected) {
		t.Errorf("weights add up to %d pairs, %d true, %g expected", pairs, trues, sum)
	}
	pairs, sum = 0, 0
	known2 := int64(0)
	for _, b := range s.Stated {
		pairs, sum, known2 = pairs+b.Pairs, sum+b.Expected, known2+b.Known
		if m := b.Expected / float64(b.Pairs); b.Pairs > 0 && (m < b.From || m > b.To) {
			t.Errorf("%g to %g: mean probability %g", b.From, b.To, m)
		}
	}
	if pairs != s.Pairs || !near(sum, s.Expected) || known != known2 {
		t.Errorf("probabilities add up to %d pairs, %g expected, %d known (by weight %d)", pairs, sum, known2, known)
	}
	for _, c := range s.Thresholds {
		n := int64(0)
		for _, p := range res.Pairs {
			if p.P() >= c.From {
				n++
			}
		}
		if c.Pairs != n {
			t.Errorf("from %g: %d pairs, want %d", c.From, c.Pairs, n)
		}
	}
	pairs, sum = 0, 0
	for i, p := range s.Patterns {
		pairs, sum = pairs+p.Pairs, sum+p.Expected
		if p.Expected > float64(p.Pairs)+1e-9 || i > 0 && p.Mean < s.Patterns[i-1].Mean {
			t.Errorf("pattern %+v", p)
		}
		if len(p.Levels) != len(res.Model.Comparisons) {
			t.Fatalf("a pattern of %d levels", len(p.Levels))
		}
	}
	if pairs != s.Pairs || !near(sum, s.Expected) {
		t.Errorf("patterns add up to %d pairs, %g expected", pairs, sum)
	}
	for _, f := range s.Fields {
		if f.Left.Records != 700 || f.Right.Records != 700 || f.Left.Distinct < f.Left.Once {
			t.Errorf("field %+v", f)
		}
		if f.Name == "passport_no" && f.Left.Missing != 70 {
			t.Errorf("%d passports are missing, want 70", f.Left.Missing)
		}
		if f.Name == "sex" && (f.Left.Distinct != 2 || f.Left.Once != 0 || f.Left.Commonest < 300) {
			t.Errorf("sex: %+v", f.Left)
		}
	}
	procs := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(procs)
	if again := l.Summarise(res, nil); !reflect.DeepEqual(again.Patterns, s.Patterns) || again.Compared != 0 {
		t.Error("other patterns the second time, or truth without any")
	}
}

func TestKeyReport(t *testing.T) {
	header, rows := crowd(700)
	rows = append(rows, rows[0], rows[1], []string{"Santoso", rows[2][1], "X1", "1"})
	l, res := one(t, header, rows, linkage.EveryPair)
	s := l.Summarise(res, nil)
	named := 0
	for _, k := range res.Keys {
		if k.Alone > k.Found || k.Found > s.Expected+1e-6 || k.Bits < 0 {
			t.Errorf("%+v", k)
		}
		switch k.Name {
		case "name token":
			named++
			if k.Pairs < 700*699/2 {
				t.Errorf("a name that all share: %+v", k)
			}
		case "passport_no":
			named++
			// Rows 0 and 1 stand twice; other keys bring them too.
			if k.Found < 1.5 || k.Alone > 0.1 || k.Pairs < 2 || k.Pairs > 20 {
				t.Errorf("%+v", k)
			}
		}
	}
	if named != 2 {
		t.Errorf("keys %+v", res.Keys)
	}
	if f := s.Fields[0]; f.Name != "name" || f.Left.Distinct != 2 || f.Left.Commonest < 690 || f.Alike || f.Right.Records != 0 {
		t.Errorf("name: %+v", f)
	}
}

func TestSummaryOfNothing(t *testing.T) {
	for name, rows := range map[string][][]string{
		"no row": nil, "one row": {{"Budi", "1990-01-02", "", ""}},
		"all alike": {{"Budi", "1990-01-02", "", ""}, {"Budi", "1990-01-02", "", ""}, {"Budi", "1990-01-02", "", ""}},
		"all blank": {{"", "", "", ""}, {"", "", "", ""}},
	} {
		header, _ := crowd(0)
		l, res := one(t, header, rows, linkage.EveryPair)
		s := l.Summarise(res, nil)
		if s.Pairs != 0 || s.Expected != 0 || s.Weights != nil || s.Patterns != nil || len(s.Fields) != 4 || len(s.Stated) == 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
