package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestSearchNames(t *testing.T) {
	names, ask, want := searchNames(3000, 300, 5)
	again, _, _ := searchNames(3000, 300, 5)
	if !slices.Equal(names, again) {
		t.Error("the same seed gives two lists")
	}
	for i, q := range ask {
		is, said := strings.Fields(names[want[i]]), strings.Fields(q)
		if len(said) != len(is) {
			t.Fatalf("%q asked as %q", is, said)
		}
		for j := range is {
			if is[j] == said[j] {
				t.Errorf("%q asked as %q: no fault in %q", is, said, is[j])
			}
		}
	}
	s, err := timed(ask, want, func(q string) ([]int, error) { return want[slices.Index(ask, q):][:1], nil })
	if err != nil || s.hits < 0.999 {
		t.Errorf("a search that knows all hits %g, %v", s.hits, err)
	}
}

func TestTrigrams(t *testing.T) {
	dsn := os.Getenv("MITRA_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("MITRA_TEST_POSTGRES names no server")
	}
	names, ask, want := searchNames(3000, 100, 5)
	s, err := trigrams(t.Context(), dsn, names, ask, want)
	if err != nil {
		if strings.Contains(err.Error(), "pg_trgm") {
			t.Skip("the server has no pg_trgm")
		}
		t.Fatal(err)
	}
	if s.hits < 0.5 || s.p50 <= 0 || s.p99 < s.p50 {
		t.Errorf("%+v", s)
	}
}
