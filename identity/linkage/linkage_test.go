package linkage_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mitra/identity/linkage"
)

// A small town: people made from lists, each in both files, some with slips.
type row struct{ id, name, sex, birth, passport string }

func town(n int, seed uint64) (left, right []row) {
	rng := rand.New(rand.NewPCG(seed, 1))
	given := strings.Fields("Budi Sari Agus Dewi Eko Fitri Gunawan Hesti Indra Joko Kartika Lestari Made Nurul Oki Putri Rudi Siti Tono Umar Vina Wahyu Yanti Zainal")
	family := strings.Fields("Santoso Wijaya Siregar Nasution Halim Saputra Hidayat Pratama Lubis Harahap Kusuma Setiawan Mahendra Utami Rahman Suryadi")
	for i := range n {
		p := row{
			id:       fmt.Sprintf("L%05d", i),
			name:     given[rng.IntN(len(given))] + " " + family[rng.IntN(len(family))],
			sex:      string("MF"[rng.IntN(2)]),
			birth:    fmt.Sprintf("%d-%02d-%02d", 1960+rng.IntN(45), 1+rng.IntN(12), 1+rng.IntN(28)),
			passport: fmt.Sprintf("%c%07d", 'A'+rune(rng.IntN(3)), rng.IntN(1e7)),
		}
		q := p
		q.id = fmt.Sprintf("R%05d", rng.IntN(1e9))
		switch rng.IntN(10) {
		case 0:
			q.passport = ""
		case 1:
			q.passport = fmt.Sprintf("E%07d", rng.IntN(1e7))
		case 2:
			q.birth = q.birth[:4]
		case 3:
			w := strings.Fields(q.name)
			q.name = strings.ToUpper(w[1] + " " + w[0])
		case 4:
			q.name = q.name[:2] + q.name[3:]
		}
		left, right = append(left, p), append(right, q)
	}
	return left, right
}

var header = []string{"id", "full_name", "sex", "birth_date", "passport_no"}

func run(t testing.TB, left, right []row, min float64) (*linkage.Linker, *linkage.Result) {
	t.Helper()
	l, err := linkage.New(linkage.Spec{}, header, header, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range left {
		l.Left().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	for _, r := range right {
		l.Right().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	res, err := l.Run(linkage.Options{Min: min})
	if err != nil {
		t.Fatal(err)
	}
	return l, res
}

func table(l *linkage.Linker, res *linkage.Result) string {
	var b strings.Builder
	for _, p := range l.Assign(res.Pairs, nil) {
		fmt.Fprintf(&b, "%s,%s,%.6f,%.6f\n", l.Left().ID(p.Left), l.Right().ID(p.Right), p.Weight, p.P())
	}
	return b.String()
}

func TestTownIsFoundAgain(t *testing.T) {
	left, right := town(2000, 7)
	truth := map[string]string{}
	for i := range left {
		truth[left[i].id] = right[i].id
	}
	l, res := run(t, left, right, 0)
	good, bad := 0, 0
	for _, p := range l.Assign(res.Pairs, nil) {
		if p.P() < 0.99 {
			continue
		}
		if truth[l.Left().ID(p.Left)] == l.Right().ID(p.Right) {
			good++
		} else {
			bad++
		}
	}
	if good < 1960 || bad > 3 {
		t.Errorf("%d right and %d wrong links, want at least 1960 and at most 3", good, bad)
	}
}

func TestShuffledRowsGiveTheSameBytes(t *testing.T) {
	left, right := town(1500, 3)
	l, res := run(t, left, right, 0)
	want, hash := table(l, res), res.Model.Hash()
	rng := rand.New(rand.NewPCG(9, 9))
	for range 2 {
		a, b := slices.Clone(left), slices.Clone(right)
		rng.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i] })
		rng.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
		l, res := run(t, a, b, 0)
		if got := table(l, res); got != want {
			t.Fatal("shuffled rows gave other pairs or weights")
		}
		if res.Model.Hash() != hash {
			t.Fatal("shuffled rows gave another model")
		}
	}
}

func TestIdsAreNoEvidence(t *testing.T) {
	left, right := town(800, 5)
	_, a := run(t, left, right, 0)
	for i := range left {
		left[i].id, right[i].id = fmt.Sprint("same-", i), fmt.Sprint("same-", i)
	}
	_, b := run(t, left, right, 0)
	if len(a.Pairs) != len(b.Pairs) || a.Model.Prior != b.Model.Prior {
		t.Errorf("equal ids changed the result: %d and %d pairs", len(a.Pairs), len(b.Pairs))
	}
}

func TestExplainAddsUp(t *testing.T) {
	left, right := town(1000, 11)
	l, res := run(t, left, right, 0.01)
	if len(res.Pairs) < 900 {
		t.Fatalf("only %d pairs", len(res.Pairs))
	}
	for _, p := range res.Pairs[:200] {
		w := l.Explain(res, p.Left, p.Right, nil, nil)
		sum := w.Prior + w.Rivals
		for _, s := range w.Steps {
			sum += s.Weight + s.Frequency
		}
		if math.Abs(sum-w.Weight) > 1e-9 || math.Abs(w.Weight-p.Weight) > 1e-4 {
			t.Fatalf("steps add up to %g, the explanation says %g, the pair %g", sum, w.Weight, p.Weight)
		}
		if !w.Compared {
			t.Fatal("a pair that was compared says that it was not")
		}
	}
}

func TestExplainAPairThatWasNeverCompared(t *testing.T) {
	left, right := town(500, 13)
	left = append(left, row{"far", "Qorib Zulkarnaen", "M", "1944-04-04", "Z0000001"})
	right = append(right, row{"away", "Beatrix Luntungan", "F", "1999-12-31", "Y9999990"})
	l, res := run(t, left, right, 0)
	w := l.Explain(res, 500, 500, nil, nil)
	if w.Compared || w.WhyNot() == "" {
		t.Errorf("keys %v are said to bring two strangers together", w.Keys)
	}
}

func TestOneFile(t *testing.T) {
	left, right := town(600, 17)
	l, err := linkage.New(linkage.Spec{}, header, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(left, right...) {
		l.Left().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	group := l.Cluster(res.Pairs)
	for i := range 600 {
		if group[i] == group[600+i] {
			good++
		}
	}
	if good < 580 {
		t.Errorf("%d of 600 people are found twice, want at least 580", good)
	}
}

// A column of registers is no evidence, and keeps its records apart.
func TestRegisters(t *testing.T) {
	left, right := town(300, 23)
	headings := append(slices.Clone(header), "Source List")
	l, err := linkage.New(linkage.Spec{Register: "source_list"}, headings, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range left {
		l.Left().Add(r.id, append(cellsOf(r), "residents"))
		l.Left().Add(r.id+" again", append(cellsOf(r), "Residents ")) // the register has them twice
	}
	for _, r := range right {
		l.Left().Add(r.id, append(cellsOf(r), "permits"))
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Model.Comparisons {
		if strings.Contains(strings.ToLower(c.Name), "source") {
			t.Error("the register is compared")
		}
	}
	list := func(i int) int { return min(i/600, 1) }
	seen, both := map[[2]int]bool{}, 0
	for i, g := range l.Cluster(res.Pairs) {
		if seen[[2]int{g, list(i)}] {
			t.Fatal("a group has two records of one register")
		}
		seen[[2]int{g, list(i)}] = true
		if list(i) == 1 && seen[[2]int{g, 0}] {
			both++
		}
	}
	if both < 270 {
		t.Errorf("%d of 300 permits are grouped with a resident", both)
	}
	if _, err := linkage.New(linkage.Spec{Register: "nowhere"}, headings, nil, 0, 0); !errors.Is(err, linkage.ErrSpec) {
		t.Errorf("a register that is not there: %v", err)
	}
}

func TestSmallAndEmptyInput(t *testing.T) {
	for _, n := range []int{0, 1, 2} {
		left, right := town(n, 1)
		l, res := run(t, left, right, 0)
		_ = table(l, res)
		for _, p := range res.Pairs {
			if math.IsNaN(p.Weight) || math.IsInf(p.Weight, 0) {
				t.Errorf("%d rows: weight %g", n, p.Weight)
			}
		}
	}
	l, err := linkage.New(linkage.Spec{}, header, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	l.Left().Add("only", []string{"only", "Budi", "M", "1990-01-01", ""})
	if res, err := l.Run(linkage.Options{}); err != nil || len(res.Pairs) != 0 {
		t.Errorf("one record is its own duplicate: %v, %v", res, err)
	}
}

// A block that no other value splits is compared in part, within the budget, and
// what was given up is said.
func TestOneValueForEverybody(t *testing.T) {
	l, err := linkage.New(linkage.Spec{}, []string{"id", "name"}, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	const n = 30_000
	for i := range n {
		id := strconv.Itoa(i)
		l.Left().Add(id, []string{id, [...]string{"SITI AMINAH", "BUDI SANTOSO", "AGUS"}[i%3]})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Compared > 20*n || res.Compared == 0 {
		t.Errorf("%d pairs compared, want some, and few for each record", res.Compared)
	}
	if all := int64(n / 3 * (n/3 - 1) / 2 * 3); res.GivenUp < all-res.Compared {
		t.Errorf("%d of %d pairs given up, %d compared", res.GivenUp, all, res.Compared)
	}
}

// More columns than fit a pattern: empty ones take no room, and of the others
// those that tell least are left out, and named.
func TestManyColumns(t *testing.T) {
	head, rng := []string{"id", "full_name", "birth_date"}, rand.New(rand.NewPCG(3, 3))
	for i := range 40 {
		head = append(head, fmt.Sprintf("remark%d", i))
	}
	l, err := linkage.New(linkage.Spec{}, head, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	people, _ := town(300, 4)
	for i, p := range people {
		for copy := range 2 {
			row := []string{fmt.Sprint(i, "-", copy), p.name, p.birth}
			for k := range 40 {
				switch {
				case k < 10: // empty
					row = append(row, "")
				case k < 20: // tells a little
					row = append(row, fmt.Sprint("r", rng.IntN(2)))
				default:
					row = append(row, fmt.Sprint("word", (i*k)%97))
				}
			}
			l.Left().Add(row[0], row)
		}
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.LeftOut) < 5 || len(res.LeftOut) > 10 {
		t.Errorf("left out %v, want most of the ten that tell little", res.LeftOut)
	}
	for _, name := range res.LeftOut {
		if k, _ := strconv.Atoi(strings.TrimPrefix(name, "remark")); k < 10 || k > 19 {
			t.Errorf("%s was left out, which tells much or has no values", name)
		}
	}
	if len(res.Pairs) < 300 {
		t.Errorf("%d of 300 people found twice", len(res.Pairs))
	}
}

// Companies have no names, births or documents, and link all the same.
func TestWithoutPeople(t *testing.T) {
	left, right := town(400, 8)
	file := func(rows []row) (out [][]string) {
		for i, r := range rows {
			out = append(out, []string{r.id, "PT " + r.name + " Jaya", r.birth, fmt.Sprint("Jalan ", r.passport), fmt.Sprint("Kota", i%20)})
		}
		return out
	}
	head := []string{"id", "company", "founded", "premises", "place"}
	l, err := linkage.New(linkage.Spec{}, head, head, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range file(left) {
		l.Left().Add(r[0], r)
	}
	for _, r := range file(right) {
		l.Right().Add(r[0], r)
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.Assign(res.Pairs, nil)); n < 300 {
		t.Errorf("%d of 400 companies linked", n)
	}
}

func TestSpecErrors(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":      "nme = 'x'",
		"unknown kind":     "[[field]]\nname='a'\nkind='magic'",
		"no name":          "[[field]]\nkind='text'",
		"twice":            "[[field]]\nname='a'\nkind='text'\n[[field]]\nname='A'\nkind='text'",
		"thresholds":       "link = 0.4\nreview = 0.6",
		"not TOML":         "= = =",
		"link of 1":        "link = 1.0",
		"pivot in the mud": "pivot = 12",
	} {
		if _, err := linkage.ParseSpec([]byte(text)); !errors.Is(err, linkage.ErrSpec) {
			t.Errorf("%s: error %v, want ErrSpec", name, err)
		}
	}
	for text, want := range map[string]linkage.SpecError{
		"name = 'x'\nlink = = 1":                                        {Line: 2, What: "expected value"},
		"name = 'x'\nlink = 'much'":                                     {Line: 2, What: "incompatible types"},
		"\n[[field]]\nname='a'\nkind='text'\n  colums = ['b']":          {Line: 5, What: `unknown key "field.colums"`},
		"name = 'x'\n[other]\na = 1":                                    {Line: 2, What: `unknown key "other"`},
		"name = 'x'\nignore = " + strings.Repeat("[", 30_000):           {Line: 2, What: "so deep"},
		"ignore = " + strings.Repeat("{a=", 20_000):                     {Line: 1, What: "so deep"},
		"name = '''\n''''\n" + strings.Repeat("a . ", 15_000) + "b = 1": {Line: 3, What: "so deep"},
		"a = [\"\"\"\\\"\"\"\"\"\", " + strings.Repeat("{a=", 20_000):   {Line: 1, What: "so deep"},
	} {
		begun := time.Now()
		_, err := linkage.ParseSpec([]byte(text))
		if e, ok := errors.AsType[*linkage.SpecError](err); !ok || e.Line != want.Line || !strings.Contains(e.What, want.What) || time.Since(begun) > 5*time.Second {
			t.Errorf("%.60q: %.200v, want %v", text, err, want)
		}
	}
	if _, err := linkage.ParseSpec([]byte("ignore = ['a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s', '[[[[[[[[[[[[[[[[[[[[['] # {{{{{{{{{{{{{{{{{{{{{{{\n")); err != nil {
		t.Errorf("headings with dots and brackets: %v", err)
	}
	if s, err := linkage.ParseSpec([]byte("name='x'\nlink=0.95\n[[field]]\nname='ref'\nkind='code'\ncolumns=['Reference']")); err != nil || s.Link != 0.95 || s.Fields[0].Columns[0] != "Reference" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := linkage.New(linkage.Spec{}, []string{"id", "colour"}, []string{"id", "weather"}, 0, 0); !errors.Is(err, linkage.ErrNoColumns) {
		t.Errorf("files with nothing in common: %v", err)
	}
}

// The columns cluster and label are truths, not evidence, and so is what the
// user ignores.
func TestTruthColumnsAreNeverRead(t *testing.T) {
	h := []string{"id", "full_name", "cluster", "label", "note"}
	l, err := linkage.New(linkage.Spec{Ignore: []string{"NOTE"}}, h, h, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	l.Left().Add("a", []string{"a", "Budi Santoso", "7", "7", "x"})
	l.Right().Add("b", []string{"b", "Budi Santoso", "7", "7", "x"})
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Model.Comparisons) != 1 || res.Model.Comparisons[0].Name != "name" {
		t.Errorf("compared %+v, want the name alone", res.Model.Comparisons)
	}
}

// Where everybody else has a partner, the two who are left over are not one
// person unless something speaks for it.
func TestTheLastTwoAreNotForcedTogether(t *testing.T) {
	left, right := town(1500, 23)
	left = append(left, row{"last-left", "Santi Lumban Gaol", "F", "1971-02-03", "K1234567"})
	right = append(right, row{"last-right", "Santi Kurniawati", "F", "1971-09-21", "M7654321"})
	l, res := run(t, left, right, 0.0001)
	w := l.Explain(res, 1500, 1500, nil, nil)
	if !w.OneToOne || w.Prior > 0 || w.Probability > 0.5 {
		t.Errorf("prior %.2f, probability %.4f", w.Prior, w.Probability)
	}
	h := []string{"id", "full_name"}
	names, err := linkage.New(linkage.Spec{}, h, h, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range left {
		names.Left().Add(left[i].id, []string{left[i].id, left[i].name + fmt.Sprint(" x", i)})
		names.Right().Add(right[i].id, []string{right[i].id, right[i].name + fmt.Sprint(" x", (i+7*(i/1500))%1501)})
	}
	only, err := names.Run(linkage.Options{Min: 0.0001})
	if err != nil {
		t.Fatal(err)
	}
	if w := names.Explain(only, 1500, 1500, nil, nil); w.Prior > 0 || w.Probability > 0.99 {
		t.Errorf("by names alone: prior %.2f, probability %.4f", w.Prior, w.Probability)
	}
}

// compound are names whose words can be joined and split in several ways.
func compound(n int, seed uint64) (rows [][]string) {
	rng := rand.New(rand.NewPCG(seed, 5))
	syllable := strings.Fields("sri wah yuni adi putra dewi m bu di")
	for i := range n {
		var name []string
		for range 1 + rng.IntN(5) {
			word := ""
			for range 1 + rng.IntN(3) {
				word += syllable[rng.IntN(len(syllable))]
			}
			name = append(name, word)
		}
		rows = append(rows, []string{strconv.Itoa(i), strings.Join(name, " "), fmt.Sprintf("%d-0%d-0%d", 1990+rng.IntN(4), 1+rng.IntN(2), 1+rng.IntN(5)), "Jalan " + syllable[rng.IntN(9)]})
	}
	return rows
}

// In one file too the order of rows shows nowhere: not which of two records comes
// first, not where names could be paired in several ways.
func TestOneFileInAnyOrder(t *testing.T) {
	rows := compound(1200, 1)
	answer := func() (string, string) {
		l, err := linkage.New(linkage.Spec{}, []string{"id", "full_name", "birth_date", "address"}, nil, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			l.Left().Add(r[0], r)
		}
		res, err := l.Run(linkage.Options{Min: 1e-6})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, p := range res.Pairs {
			a, b := l.Left().ID(p.Left), l.Left().ID(p.Right)
			if a >= b {
				t.Fatalf("pair %s, %s: the lesser id comes first", a, b)
			}
			out = append(out, fmt.Sprint(a, " ", b, " ", p.Weight))
		}
		if len(out) < 1000 {
			t.Fatalf("only %d pairs", len(out))
		}
		return strings.Join(out, "\n"), res.Model.Hash()
	}
	pairs, hash := answer()
	slices.Reverse(rows)
	if p, h := answer(); p != pairs || h != hash {
		t.Errorf("rows in reverse gave other weights (pairs equal: %v, models equal: %v)", p == pairs, h == hash)
	}
}

// In one file, with related people and rare nationalities, an explanation adds up
// to the weight of the pair.
func TestExplainAddsUpInOneFile(t *testing.T) {
	rows := settlement(500, 0.3, 9)
	header := []string{"id", "full_name", "address", "city", "postcode", "phone", "nationality"}
	l, err := linkage.New(linkage.Spec{}, header, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		r = append(slices.Clone(r), [...]string{"IDN", "KHM", "IDN", "VNM", "IDN"}[i%5])
		l.Left().Add(r[0], r)
	}
	res, err := l.Run(linkage.Options{Min: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	kin := 0
	for _, p := range res.Pairs {
		w := l.Explain(res, p.Left, p.Right, nil, nil)
		sum := w.Prior + w.Rivals
		for _, s := range w.Steps {
			sum += s.Weight + s.Frequency
			if s.Comparison == "related people" && s.Weight < -1 {
				kin++
			}
		}
		if math.Abs(sum-w.Weight) > 1e-9 || math.Abs(w.Weight-p.Weight) > 1e-4 {
			t.Fatalf("steps add up to %g, the explanation says %g, the pair %g", sum, w.Weight, p.Weight)
		}
	}
	if len(res.Pairs) < 300 || kin == 0 {
		t.Errorf("%d pairs, related people have a say in %d", len(res.Pairs), kin)
	}
}

// A national id tells the date of birth where the record states another, or none.
func TestNationalIDTellsTheBirthDate(t *testing.T) {
	left, right := town(300, 19)
	head := []string{"id", "full_name", "birth_date", "nik"}
	l, err := linkage.New(linkage.Spec{}, head, head, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	nik := func(r row, serial int) string {
		return fmt.Sprintf("317301%s%s%s%04d", r.birth[8:10], r.birth[5:7], r.birth[2:4], serial)
	}
	for i, r := range left {
		r.sex = "M" // the day of birth of women is written with 40 added
		l.Left().Add(r.id, []string{r.id, r.name, r.birth, nik(r, i+1)})
	}
	for i, r := range right {
		born, id := r.birth, nik(left[i], i+1)
		switch i {
		case 0: // another date is stated, and the number is not that of the left record
			born, id = "1950-01-01", nik(left[i], 9999)
		case 1:
			born, id = "", nik(left[i], 9999)
		}
		l.Right().Add(r.id, []string{r.id, left[i].name, born, id})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"by national id", "exact"} {
		w := l.Explain(res, i, i, nil, nil)
		for _, s := range w.Steps {
			if s.Comparison == "birth_date" && s.Level != want {
				t.Errorf("pair %d: the birth date agrees %q, want %q", i, s.Level, want)
			}
		}
		if !w.Compared {
			t.Errorf("pair %d was never compared", i)
		}
	}
}

// Two dates of birth in a spec, of which only the first is that of the person.
func TestTwoBirthDates(t *testing.T) {
	spec, err := linkage.ParseSpec([]byte("[[field]]\nname='full_name'\nkind='full_name'\n[[field]]\nname='birth_date'\nkind='birth_date'\n[[field]]\nname='mother_born'\nkind='birth_date'\n[[field]]\nname='nik'\nkind='national_id'\n"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := linkage.New(spec, []string{"id", "full_name", "birth_date", "mother_born", "nik"}, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		y, m, d := 60+i%40, 1+i%12, 1+i%28
		mother := fmt.Sprintf("19%02d-01-05", 30+i%3)
		if i%2 == 0 {
			mother = ""
		}
		l.Left().Add(strconv.Itoa(i), []string{"", fmt.Sprint("Budi Santo", i%50, "so"), fmt.Sprintf("19%02d-%02d-%02d", y, m, d), mother, fmt.Sprintf("317301%02d%02d%02d%04d", d, m, y, i+1)})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.Explain(res, 0, 1, nil, nil).Steps {
		if s.Comparison == "mother_born" && s.Level != "missing" {
			t.Errorf("the mother's birth date, stated once, agrees %q", s.Level)
		}
	}
}

// To share a nationality that few have says more.
func TestRareCountry(t *testing.T) {
	left, right := town(400, 23)
	head := []string{"id", "full_name", "birth_date", "nationality"}
	l, err := linkage.New(linkage.Spec{}, head, head, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	country := func(i int) string {
		if i%20 == 0 {
			return "Laos"
		}
		return "IDN"
	}
	for i := range left {
		l.Left().Add(left[i].id, []string{"", left[i].name, left[i].birth, country(i)})
		l.Right().Add(right[i].id, []string{"", right[i].name, right[i].birth, country(i)})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	says := func(i int) float64 {
		for _, s := range l.Explain(res, i, i, nil, nil).Steps {
			if s.Comparison == "nationality" {
				return s.Weight + s.Frequency
			}
		}
		return 0
	}
	if rare, common := says(0), says(1); rare < common+3 {
		t.Errorf("Laos says %.1f bits, Indonesia %.1f", rare, common)
	}
}

// u of exact agreement is the share of pairs of different people that agree, as
// counted with the truth at hand, though half of the people stand twice and most
// of those who share a rare name are one person.
func TestUIsOfDifferentPeople(t *testing.T) {
	rng := rand.New(rand.NewPCG(29, 1))
	var rows [][]string // the entity, then the columns
	for e := range 2500 {
		r := []string{strconv.Itoa(e), fmt.Sprintf("%c%cda %c%crmo", 'a'+rng.IntN(26), "aeiou"[rng.IntN(5)], 'a'+rng.IntN(26), "aeiou"[rng.IntN(5)]),
			fmt.Sprintf("%d-%02d-%02d", 1960+rng.IntN(45), 1+rng.IntN(12), 1+rng.IntN(28)), strconv.Itoa(10_000 + rng.IntN(200)), fmt.Sprintf("08%07d", rng.IntN(1e7))}
		rows = append(rows, r)
		if e%2 == 0 {
			again := slices.Clone(r)
			again[1+rng.IntN(4)] = ""
			rows = append(rows, again)
		}
	}
	l, err := linkage.New(linkage.Spec{}, []string{"id", "full_name", "birth_date", "postcode", "phone"}, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		l.Left().Add(strconv.Itoa(i), append([]string{""}, r[1:]...))
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]int{"name": 1, "postcode": 3} // hardly any two people share the others
	for _, c := range res.Model.Comparisons {
		k := columns[c.Name]
		if k == 0 {
			continue
		}
		agree, pairs := 0.0, 0.0
		for i, a := range rows {
			for _, b := range rows[:i] {
				if x, y := a[k], b[k]; a[0] != b[0] && x != "" && y != "" {
					pairs++
					if x == y {
						agree++
					}
				}
			}
		}
		u := c.Levels[len(c.Levels)-1].U
		if truth := agree / pairs; u < truth*0.85 || u > truth*1.15 {
			t.Errorf("%s: u of exact agreement is %.3g, and %.3g of pairs of different people agree", c.Name, u, truth)
		} else {
			t.Logf("%s: u %.3g, truth %.3g", c.Name, u, truth)
		}
	}
}

// Two records that have only one thing in common meet by it, however it is
// written.
func TestWhatBringsRecordsTogether(t *testing.T) {
	head := []string{"id", "full_name", "birth_date", "passport_no", "address"}
	l, err := linkage.New(linkage.Spec{}, head, head, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	left, right := town(300, 31)
	for i := range left {
		street := fmt.Sprintf("%d %s street", i, []string{"Melati", "Kenanga", "Anggrek", "Dahlia"}[i%4])
		l.Left().Add(left[i].id, []string{"", left[i].name, left[i].birth, left[i].passport, street})
		l.Right().Add(right[i].id, []string{"", right[i].name, right[i].birth, right[i].passport, street})
	}
	cases := []struct{ key, a, b string }{ // name, birth date, passport, address
		{"name token", "Qorib Zulkarnaen,,,", "Sulkarnain,,,"},
		{"birth_date day and month", "Aaa,1981-03-05,,", "Bbb,1981-05-03,,"},
		{"passport_no", "Ccc,,B0800517,", "Ddd,,8O8OOS17,"},
		{"address", "Eee,,,Gedung Merah 7", "Fff,,,gedung MERAH 7"},
		{"address word", "Ggg,,,5 Cempakawangi street", "Hhh,,,6 Cempakawangi street Jakarta"},
	}
	for i, c := range cases {
		l.Left().Add(fmt.Sprint("a", i), append([]string{""}, strings.Split(c.a, ",")...))
		l.Right().Add(fmt.Sprint("b", i), append([]string{""}, strings.Split(c.b, ",")...))
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		if w := l.Explain(res, len(left)+i, len(right)+i, nil, nil); !slices.Contains(w.Keys, c.key) {
			t.Errorf("%s and %s meet under %q, want %s", c.a, c.b, w.Keys, c.key)
		}
	}
	if w := l.Explain(res, len(left), len(right)+1, nil, nil); w.Compared || w.Weight >= 0 {
		t.Errorf("two strangers meet under %q, with %.1f bits", w.Keys, w.Weight)
	}
}

// A pair that was not compared is judged beside the partner that its record has.
func TestRivalsOfAPairThatWasNotCompared(t *testing.T) {
	left, right := town(300, 37)
	l, res := run(t, left, right, 0)
	linked := map[int]bool{}
	for _, p := range res.Pairs {
		if p.P() > 0.999 {
			linked[p.Left] = true
		}
	}
	seen := 0
	for i := range left {
		w := l.Explain(res, i, (i+1)%len(right), nil, nil)
		if w.Compared || !linked[i] {
			continue
		}
		seen++
		if w.Rivals > -1 {
			t.Errorf("record %d has a partner, and rivals take %.1f bits from another", i, w.Rivals)
		}
	}
	if seen < 20 {
		t.Errorf("only %d such pairs", seen)
	}
}

// Where one column follows from the other and half of the rows are alike, nobody
// is taken for anybody; and no key takes more pairs than there is room for, though
// the sample saw nothing of its commonest value.
func TestColumnsThatFollowFromEachOther(t *testing.T) {
	for _, n := range []int{3_000, 150_000} {
		l, err := linkage.New(linkage.Spec{}, []string{"company", "town_name"}, nil, -1, -1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			cells := []string{"Unknown", "Paris"}
			if i < n/3 {
				cells = []string{fmt.Sprint("Acme ", i), fmt.Sprint("T", i%(n/50))}
			}
			l.Left().Add(strconv.Itoa(i), cells)
		}
		res, err := l.Run(linkage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Pairs) > 0 {
			t.Errorf("%d rows: %d pairs are taken for one", n, len(res.Pairs))
		}
		if res.Compared > 40*int64(n) && res.Compared > 1_000_000 || res.GivenUp == 0 {
			t.Errorf("%d rows: %d pairs compared, %d given up", n, res.Compared, res.GivenUp)
		}
	}
}
