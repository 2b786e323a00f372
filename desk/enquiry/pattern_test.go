package enquiry

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A register in singles and one person again and again are told of, once a day each; a day's ordinary questions are not.
func TestPatterns(t *testing.T) {
	now := time.Date(2024, 3, 13, 8, 0, 0, 0, time.UTC)
	names := []string{"Wati", "Budi", "Siti", "Agus", "Dewi", "Joko", "Rina", "Eko", "Tuti", "Hadi", "Yanti", "Bambang", "Sri", "Made", "Ketut", "Putri", "Andi", "Lina", "Rudi", "Nur", "Iwan", "Ratna", "Dian", "Umar", "Fitri"}
	for name, c := range map[string]struct {
		who   func(i int) map[string]string
		used  func(i int) int
		wants []pattern
	}{
		"a day's work": {func(i int) map[string]string {
			return map[string]string{"full_name": names[i] + " Contoh", "birth_date": "1990-01-02", "passport_no": fmt.Sprintf("X%07d", i*7919377%10000000)}
		}, func(i int) int { return i }, nil},
		"a list by names": {func(i int) map[string]string {
			return map[string]string{"full_name": slices.Sorted(slices.Values(names))[i] + " Aaa", "birth_date": "1990-01-02"}
		}, func(i int) int { return i }, []pattern{inOrder}},
		"numbers in a row": {func(i int) map[string]string {
			return map[string]string{"passport_no": fmt.Sprintf("X%07d", 1234567+3*i)}
		}, func(i int) int { return i }, []pattern{inARow}},
		"one person": {func(i int) map[string]string {
			return map[string]string{"full_name": []string{"Wati Contoh", "CONTOH WATI", "wati  contoh"}[i%3], "birth_date": "1990-01-02", "passport_no": fmt.Sprintf("X%07d", i*7919377%10000000)}
		}, func(i int) int { return i }, []pattern{repeated}},
		"most of the quota": {func(i int) map[string]string {
			return map[string]string{"full_name": names[i] + " Contoh", "birth_date": "1990-01-02"}
		}, func(i int) int { return 70 + i }, []pattern{quotaUse}},
	} {
		var w watcher
		var got []pattern
		for i := range names {
			got = append(got, w.note("peer", fmt.Sprint(i), c.who(i), now.Add(time.Duration(i)*time.Minute), c.used(i), 100)...)
		}
		if !slices.Equal(got, c.wants) {
			t.Errorf("%s: %v, want %v", name, got, c.wants)
		}
		// What another peer asks, or was asked the day before, has nothing to do with it.
		if more := w.note("another", "x", c.who(0), now.Add(time.Hour), 1, 100); len(more) > 0 {
			t.Errorf("%s: another peer: %v", name, more)
		}
		if more := w.note("peer", "y", c.who(1), now.Add(30*time.Hour), 1, 100); len(more) > 0 {
			t.Errorf("%s: a day later: %v", name, more)
		}
	}
}
