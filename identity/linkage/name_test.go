package linkage

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCompareNames(t *testing.T) {
	for _, c := range []struct{ a, b, level string }{
		{"SOEKARNO", "Sukarno", "orthography"},
		{"Budi Santoso", "BUDI  SANTOSO", "exact"},
		{"Santoso, Budi", "Budi Santoso", "order"},
		{"Drs. H. Budi Santoso", "Budi Santoso", "normalised"},
		{"Muh. Rizki Pratama", "Muhammad Rizki Pratama", "normalised"},
		{"Rizki Pratama", "Muhammad Rizki Pratama", "normalised"},
		{"Sriwahyuni", "Sri Wahyuni", "all_near"},
		{"Sri Wahyuni", "Sri Wahjuni", "orthography"},
		{"Dewi Lestari", "Dewi Lestary", "one_near"},
		{"Siti Aminah", "Siti Aminah Hasan", "within"},
		{"Aminah", "Siti Aminah", "within_one"},
		{"Dewi Lestari", "Dewi Kusuma", "shares_one"},
		{"Agus Salim Rahman", "Agus Salim Wijaya", "shares_several"},
		{"Budi", "Ketut", "differs"},
		{"", "Budi", "missing"},
	} {
		got := CompareNames(c.a, c.b)
		if got.Level != c.level {
			t.Errorf("%q and %q: level %s (%v), want %s", c.a, c.b, got.Level, got.Pairs, c.level)
		}
	}
}

// Levels from the best to the worst never weigh more than the one before.
func TestBuiltInWeightsFollowTheLevels(t *testing.T) {
	chain := []uint8{nameDiffer, nameResembles, nameAllNear, nameNearly, nameOneNear, nameExact}
	for i := 1; i < len(chain); i++ {
		if nameLevelWords[chain[i]].bits < nameLevelWords[chain[i-1]].bits {
			t.Errorf("%s weighs less than %s", nameLevelWords[chain[i]].word, nameLevelWords[chain[i-1]].word)
		}
	}
}

func symmetric(t interface{ Fatalf(string, ...any) }, a, b string) {
	x, y := CompareNames(a, b), CompareNames(b, a)
	if x.Level != y.Level || x.Weight != y.Weight {
		t.Fatalf("%q and %q: %s one way, %s the other", a, b, x.Level, y.Level)
	}
	if s := CompareNames(a, a); s.Level != "exact" && s.Level != "missing" {
		t.Fatalf("%q is not itself: %s", a, s.Level)
	}
}

// In a file, where tokens differ in rarity, the whole outcome is the same either
// way, to the last bit.
func TestCompareNamesIsSymmetric(t *testing.T) {
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"sri", "wahyuni", "sriwahyuni", "budi", "budy", "muhammad", "m", "moh", "siti", "sity", "wayan", "siregar", "s", "santoso", "santosa", "an", "na"}),
		rapid.Custom(func(t *rapid.T) string { // words that can be joined and split in several ways
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"adi", "putra", "dewi", "yuni", "wah", "di"}), 1, 3).Draw(t, "parts"), "")
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		l, err := New(Spec{}, []string{"id", "full_name"}, nil, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		names := rapid.SliceOfN(rapid.SliceOfN(word, 1, 6), 2, 12).Draw(t, "names")
		for i, n := range names {
			l.Left().Add(fmt.Sprint(i), []string{"", strings.Join(n, " ")})
		}
		if err := l.seal(); err != nil {
			t.Fatal(err)
		}
		c := l.newComparer()
		for a := 1; a < len(l.names.name); a++ {
			for b := 1; b < a; b++ {
				if x, y := c.name.compare(uint32(a), uint32(b)), c.name.compare(uint32(b), uint32(a)); x != y {
					t.Fatalf("%q and %q: %+v one way, %+v the other", l.names.text[a], l.names.text[b], x, y)
				}
			}
		}
		symmetric(t, strings.Join(names[0], " "), strings.Join(names[1], " "))
	})
}

func FuzzCompareNames(f *testing.F) {
	f.Add("SOEKARNO", "Sukarno")
	f.Add("I Wayan Sudiarta", "Wayan Sudiartha")
	f.Add("សុខ ចាន់ដារ៉ា", "Chan Dara Sok")
	f.Add("A B C D E F G H I J K", "K J I H G F E D C B A")
	f.Fuzz(func(t *testing.T, a, b string) { symmetric(t, a, b) })
}

func FuzzParseSpec(f *testing.F) {
	f.Add("name='x'\nlink=0.95\n[[field]]\nname='ref'\nkind='code'\ncolumns=['Reference']")
	f.Fuzz(func(t *testing.T, s string) {
		if spec, err := ParseSpec([]byte(s)); err == nil && spec.Validate() != nil {
			t.Error("a spec that was accepted is not valid")
		}
	})
}
