package main

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"
)

// peopleRows returns the rows of a file without the heading.
func peopleRows(t testing.TB, n int, seed uint64) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := WritePeople(&b, n, seed); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll() // also checks that all rows are equally long
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows[0], ","), strings.Join(columns, ","); got != want {
		t.Fatalf("heading %q, want %q", got, want)
	}
	return rows[1:]
}

func TestSameSeedSamePeople(t *testing.T) {
	var a, b, other bytes.Buffer
	for w, seed := range map[*bytes.Buffer]uint64{&a: 7, &b: 7, &other: 8} {
		if err := WritePeople(w, 2000, seed); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same seed gives two files")
	}
	if bytes.Equal(a.Bytes(), other.Bytes()) {
		t.Error("two seeds give the same file")
	}
}

// TestTruthOfPeople holds the clusters to clusterSizes, and the order of rows to
// chance.
func TestTruthOfPeople(t *testing.T) {
	const n = 50_000
	size, apart := map[string]int{}, 0
	rows := peopleRows(t, n, 3)
	for i, row := range rows {
		size[row[10]]++
		if i > 0 && row[10] != rows[i-1][10] {
			apart++
		}
	}
	if len(rows) != n || apart < n-20 {
		t.Errorf("%d rows, %d of them unlike the one before", len(rows), apart)
	}
	count := make([]float64, len(clusterSizes))
	for _, k := range size {
		count[k-1]++ // panics beyond the largest
	}
	for i, want := range clusterSizes {
		near(t, "people with so many records", count[i]/float64(len(size)), float64(want)/1000, 0.01)
	}
}

// TestRatesOfPeople holds what a file shows to the constants. A care of 1 is
// about the mean: 0.6·0.5 + 0.3·1.2 + 0.1·3 = 0.96.
func TestRatesOfPeople(t *testing.T) {
	const n, care = 50_000, 0.96
	rows := peopleRows(t, n, 4)
	empty := make([]float64, len(columns))
	given, surname, january := map[string]int{}, map[string]int{}, 0.0
	births := map[string]map[string]bool{}
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				empty[i] += 1.0 / n
			}
		}
		given[row[1]]++
		surname[row[2]]++
		if strings.HasSuffix(row[3], "-01-01") {
			january += 1.0 / n
		}
		if row[3] != "" {
			if births[row[10]] == nil {
				births[row[10]] = map[string]bool{}
			}
			births[row[10]][row[3]] = true
		}
	}
	for _, want := range []struct {
		column int
		rate   float64
	}{{0, 0}, {1, missingGiven}, {2, missingName}, {3, missingBirth}, {4, missingStreet}, {5, missingCity}, {6, missingCode}, {10, 0}} {
		near(t, "empty "+columns[want.column], empty[want.column], want.rate*care, 0.006)
	}
	near(t, "1 January", january, firstOfJanuary*care+1/365.25, 0.003)
	near(t, "the surname Smith", float64(surname["Smith"])/n, 0.0075, 0.0025)
	near(t, "different surnames", float64(len(surname)), 17_000, 6000)
	near(t, "different given names", float64(len(given)), 12_000, 6000)
	all, several := 0.0, 0.0
	for _, b := range births {
		if all++; len(b) > 1 {
			several++
		}
	}
	near(t, "people with several birth dates", several/all, 0.05, 0.025)
}

func TestMistypeIsAFault(t *testing.T) {
	c := newCountry(1)
	e, same := scribe{c, 1}, 0
	for range 5000 {
		w := c.words.surnames.at(c.r.Float64())
		switch got := e.mistype(w); {
		case got == w:
			same++
		case len(got) < len(w)-4 || len(got) > len(w)+3:
			t.Fatalf("%s mistyped as %s: more than a fault", w, got)
		case strings.ContainsAny(got, ",\"\n"):
			t.Fatalf("%s mistyped as %q: no cell may need quotes", w, got)
		}
	}
	if same > 500 {
		t.Errorf("%d of 5000 words came out as they were", same)
	}
}

func TestVocabularyHasNoWordTwice(t *testing.T) {
	v := newVocabulary()
	for _, l := range []*list{v.given[0], v.given[1], v.surnames, v.towns, v.streets, v.domains} {
		if len(l.rank) != len(l.words) {
			t.Errorf("%d words, %d different, from %q", len(l.words), len(l.rank), l.words[0])
		}
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %.4f, want %.4f within %.4f", what, got, want, within)
	}
}
