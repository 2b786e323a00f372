package linkage

import (
	"fmt"
	"slices"
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

// Names of this table are invented.
func TestSameName(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Arkady Belozerov", "Аркадий Белозёров", true},
		{"Arkady Platonovich Belozerov", "Arkady Belozerov", true},
		{"Arkady Platonovich Belozerov", "Arkady Nazarovich Belozerov", false},
		{"Yulia Zharikova", "Zharikov Yulia", true},
		{"Tariq bin Yusuf al-Harbi", "HARBI, Tarek ibn Yousef", true},
		{"Tariq bin Yusuf al-Harbi", "Yusuf bin Tariq al-Harbi", false},
		{"Tariq Yusuf al-Harbi", "Tariq Yusuf al-Masri", false},
		{"Carl Dunmore Jr.", "Carl Dunmore Sr.", false},
		{"Carl Dunmore Jr.", "Carl Dunmore", true},
		{"Carl A. Dunmore", "Carl B. Dunmore", false},
		{"C. Dunmore", "Carl Dunmore", true},
		{"M. Dunmore", "Carl Dunmore", false},
		{"Bill Dunmore", "William Dunmore", true},
		{"Ali Dunmore", "Adi Dunmore", false},
		{"Carl Dunmroe", "Carl Dunmore", true},
		{"Dunmore", "Carl Dunmore", false},
		{"CarlDunmore", "Carl Dunmore", true},
		{"Mario Wetherby", "Maria Wetherby", false},
		{"Kim Min-su", "김민수", true},
		{"김민수", "김민소", false},
		{"李明华", "Minghua Li", true},
		{"李明华", "李明辉", false},
		{"I Wayan Sudiarta", "I Made Sudiarta", false},
		{"I Wayan Sudiarta", "Sudiarta Wayan", true},
		{"Lim Kok Beng", "Halim Kok Beng", true},
		{"Sok Sophea", "Sok Sopheap", false},
		{"Keo Sophea", "Kev Sophea", true},
		{"Sao Dara", "SAV, Dara", true},
		{"Nov Phalla", "Nou Phalla", true},
		{"Sorn Davin", "Son Davin", true},
		{"Nguon Van", "Vann Nguon", true}, // a particle elsewhere
		{"Mao San", "Mav Sann", true},
		{"Nguon Van", "Nguon Vuthy", false},
		{"Keo Sophea", "Kem Sophea", false},
		{"Sok Dara", "Sor Dara", false},
		{"Nazar Gusev", "Nazar Husew", true},
	} {
		if got := CompareNames(c.a, c.b); got.Same != c.same || got.Same != (got.Probability >= 0.5) {
			t.Errorf("%q and %q: same %v, weight %.1f, probability %.3f (%v)", c.a, c.b, got.Same, got.Weight, got.Probability, got.Pairs)
		}
	}
}

// Of a list's words the rare ones tell more.
func TestNameScorerCounts(t *testing.T) {
	list := append(slices.Repeat([]string{"Ketaren Mawolo"}, 100), "Zuhri Lakasa")
	s := NewNameScorer(list)
	weight := func(a, b string) float64 { return s.Weight(s.Prepare(a), s.Prepare(b)) }
	if common, rare := weight("Ketaren", "Ketaren"), weight("Zuhri", "Zuhri"); common >= rare {
		t.Errorf("Ketaren weighs %.1f where nearly all are, Zuhri %.1f", common, rare)
	}
}

func TestScreener(t *testing.T) {
	s := NewScreener([]Listed{{"Zuhri Lakasa", "1971-03-05"}, {"Zuhri Lakase", "1988"}, {"Tarome Mawolo", ""},
		{"Keo Sophea", "1990-01-02"}, {"Sorn Davin", "1962-08-09"}, {"Nguon Van", "1955-06-07"}}, 2029)
	for _, c := range []struct {
		who   Listed
		place int
		alert bool
	}{
		{Listed{"LAKASA, Zuhry", "1971-03-05"}, 0, true},
		{Listed{"Zuhri Lakasa", "1988-07-01"}, 1, true},
		{Listed{"Mawolo Tarome", "1950-01-02"}, 2, true},
		{Listed{"Sophea KEV", "1990-01-02"}, 3, true},
		{Listed{"Son Davin", "1962"}, 4, true},
		{Listed{"Vann Nguon", "1955-06-07"}, 5, true},
		{Listed{"Zuhro Lakatsu", "1940-08-09"}, -1, false},
		{Listed{"Tarome Wanahoe", "1950-01-02"}, -1, false},
	} {
		place, w := s.Best(c.who)
		if w >= AlertWeight != c.alert || c.alert && place != c.place {
			t.Errorf("%v: place %d, weight %.1f", c.who, place, w)
		}
	}
	if place, _ := NewScreener(nil, 2029).Best(Listed{"Budi", ""}); place != -1 {
		t.Errorf("an empty list has place %d", place)
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
		rapid.SampledFrom([]string{"sri", "wahyuni", "sriwahyuni", "budi", "budy", "muhammad", "m", "moh", "siti", "sity", "wayan", "siregar", "s", "santoso", "santosa", "an", "na", "bin", "al", "jr", "sr", "bill", "william", "petrov", "petrova", "李", "김", "محمد", "abdel"}),
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
	f.Add("李明华 bin ali", "ali bin Li Minghua")
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
