package linkage_test

import (
	"slices"
	"testing"
	"time"

	"mitra/identity/linkage"
)

// TestScreening looks up people of a list under other spellings, and people who
// are not on it.
func TestScreening(t *testing.T) {
	people := func(file string) (out []linkage.Listed) {
		h, rows := evalFile(t, "yente/"+file)
		name, born := slices.Index(h, "full_name"), slices.Index(h, "date_of_birth")
		for _, r := range rows {
			out = append(out, linkage.Listed{Name: r[name], Born: r[born]})
		}
		return out
	}
	list, queries, others := people("positives_un_untreated.csv"), people("positives_un_treated.csv"), people("negatives_us.csv")
	s := linkage.NewScreener(list, 2029)
	began := time.Now()
	var right, wrong []float64
	hit := 0
	for i, q := range queries {
		place, w := s.Best(q)
		if place == i || list[max(place, 0)] == list[i] {
			right = append(right, w)
		}
		if w >= linkage.AlertWeight && (place == i || list[place] == list[i]) {
			hit++
		}
	}
	alerts := 0
	for _, q := range others {
		_, w := s.Best(q)
		wrong = append(wrong, w)
		if w >= linkage.AlertWeight {
			alerts++
		}
	}
	t.Logf("%.1f µs a look-up", float64(time.Since(began).Microseconds())/float64(len(others)+len(queries)))
	for i, q := range slices.Concat(queries, others[:2000]) {
		place, w := s.Best(q)
		if all, most := s.BestOfAll(q); most >= linkage.AlertWeight-4 && most != w {
			t.Errorf("look-up %d: %d with %.1f is found, not %d with %.1f", i, place, w, all, most)
		}
	}
	slices.Sort(right)
	slices.Sort(wrong)
	for _, at := range []float64{-12, -10, -8, -6, -4, -2, 0, 2, 4, 6, 8} {
		h, _ := slices.BinarySearch(right, at)
		a, _ := slices.BinarySearch(wrong, at)
		t.Logf("threshold %3.0f: hits %.4f, false alerts %.4f", at, float64(len(right)-h)/float64(len(queries)), float64(len(wrong)-a)/float64(len(others)))
	}
	hits, false_ := float64(hit)/float64(len(queries)), float64(alerts)/float64(len(others))
	t.Logf("at %d: hits %.4f of %d, false alerts %.4f of %d", linkage.AlertWeight, hits, len(queries), false_, len(others))
	if hits < 0.97 || false_ > 0.005 {
		t.Errorf("hits %.4f, want 0.97; false alerts %.4f, want at most 0.005", hits, false_)
	}
}
