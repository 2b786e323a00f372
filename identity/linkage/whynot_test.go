package linkage_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mitra/identity/linkage"
)

// one searches one file for duplicates, given its columns and rows; the id is the
// row's number.
func one(t testing.TB, header []string, rows [][]string, min float64) (*linkage.Linker, *linkage.Result) {
	t.Helper()
	l, err := linkage.New(linkage.Spec{}, header, nil, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		l.Left().Add(fmt.Sprint(i), r)
	}
	res, err := l.Run(linkage.Options{Min: min})
	if err != nil {
		t.Fatal(err)
	}
	return l, res
}

// crowd is a file in which everybody is called Santoso, a few with another name,
// so that the name brings nobody together by itself. Its first records are the given ones.
func crowd(n int, first ...[]string) (header []string, rows [][]string) {
	header = []string{"full_name", "birth_date", "passport_no", "postcode"}
	rng := rand.New(rand.NewPCG(5, 5))
	rows = first
	for i := len(first); i < n; i++ {
		rows = append(rows, []string{[]string{"Santoso", "Santoso Wijaya"}[i%100/99], fmt.Sprintf("%d-%02d-%02d", 1940+rng.IntN(60), 1+rng.IntN(12), 1+rng.IntN(28)),
			fmt.Sprintf("C%07d", rng.IntN(1e7)), fmt.Sprintf("%05d", 10000+rng.IntN(300))})
	}
	return header, rows
}

// part is what two records that were not compared have of a part.
func part(t *testing.T, w linkage.Waterfall, name string) linkage.PartState {
	t.Helper()
	if w.Compared || w.Reasons == nil {
		t.Fatalf("%s and %s: compared under %v, want never", w.Left, w.Right, w.Keys)
	}
	i := slices.IndexFunc(w.Reasons.Parts, func(p linkage.PartState) bool { return p.Part == name })
	if i < 0 {
		t.Fatalf("no part %s among %v", name, w.Reasons.Parts)
	}
	return w.Reasons.Parts[i]
}

func TestWhyNot(t *testing.T) {
	left, right := town(400, 3)
	l, _ := linkage.New(linkage.Spec{}, header, header, 0, 0)
	left = append(left,
		row{"a1", "Wulan Kencana", "F", "1877-04-09", "X1234567"},
		row{"a2", "Wulan Kencana", "F", "1877-04-09", ""},
		row{"a3", "Wulan Kencana", "F", "1877", "X1234567"},
		row{"a4", "Budi", "F", "1878-02-01", ""})
	right = append(right,
		row{"b1", "Bagus Tirta", "F", "1876-04-19", "Y7654321"},
		row{"b2", "Santoso Tirta", "F", "1980-12-30", "X1234560"})
	for _, r := range left {
		l.Left().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	for _, r := range right {
		l.Right().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		left, right                int
		part, state, near, because string
	}{
		{0, 0, "name token", linkage.StateAlone, "none of its 2 sounds is among the other's 2", ""},
		{0, 0, "birth_date year", linkage.StateAlone, "one of the three parts agrees; as dates: differs", ""},
		{0, 0, "birth_date day and month", linkage.StateDiffer, "one of the three parts agrees; as dates: differs", ""},
		{0, 0, "passport_no", linkage.StateAlone, "differs", ""},
		{0, 0, "all values", linkage.StateAlone, "", ""},
		{0, 1, "passport_no", linkage.StateAlone, "one character", "the nearest key is passport_no (one character); one of these in common, if rare enough, would have brought them together: passport_no, name token, birth_date"},
		{0, 1, "birth_date year", linkage.StateAloneLeft, "none of the three parts agree", ""},
		{0, 1, "name token", linkage.StateAloneLeft, "none of its 2 sounds", ""},
		{1, 1, "passport_no", linkage.StateMissingLeft, "", ""},
		{2, 1, "birth_date day and month", linkage.StateMissingLeft, "the day is not known left", ""},
		{2, 0, "birth_date year", linkage.StateAlone, "differs", ""},
		{3, 1, "name token", linkage.StateDiffer, "none of its 1 sound is among the other's 2; as names: differs", ""},
		{3, 0, "name token", linkage.StateAloneRight, "", ""},
	} {
		at, bt := len(left)-4+c.left, len(right)-2+c.right
		w := l.Explain(res, at, bt, nil, nil)
		if p := part(t, w, c.part); p.State != c.state || !strings.HasPrefix(p.Near, c.near) || !strings.HasPrefix(w.Reasons.Text, c.because) {
			t.Errorf("%s and %s, %s: %+v; %q", w.Left, w.Right, c.part, p, w.Reasons.Text)
		}
		if len(w.Steps) == 0 || w.WhyNot() == "" {
			t.Errorf("%s and %s: no weight that the pair would have had", w.Left, w.Right)
		}
		if o := l.Outcome(res, at, bt, w); o.State != linkage.OutcomeNotCompared || o.Text == "" {
			t.Errorf("%s and %s: outcome %+v", w.Left, w.Right, o)
		}
	}
}

// TestWhyNotOfTwoDates: the date of a national id stands beside the one stated.
func TestWhyNotOfTwoDates(t *testing.T) {
	header := []string{"full_name", "birth_date", "nik"}
	var rows [][]string
	for i := range 60 {
		rows = append(rows, []string{fmt.Sprintf("Person%c Name%c", 'a'+i%26, 'a'+i/26), fmt.Sprintf("19%02d-0%d-1%d", 30+i, 1+i%9, i%10), ""})
	}
	rows = append(rows, []string{"Wulan Kencana", "1977-04-09", "3173011002900005"}, []string{"Bagus Tirta", "1931-03-27", ""})
	l, res := one(t, header, rows, 0)
	w := l.Explain(res, 60, 61, nil, nil)
	if p := part(t, w, "birth_date year"); p.Left != 2 || p.Right != 1 {
		t.Errorf("years of birth: %+v", p)
	}
}

// TestWhyNotOfPieces: thousands of people who are alike in all that is a key.
func TestWhyNotOfPieces(t *testing.T) {
	header := []string{"full_name", "sex", "postcode"}
	var rows [][]string
	for i := range 4000 {
		rows = append(rows, []string{"Budi Santoso", string("MF"[i%2]), []string{"10110", ""}[i%3/2]})
	}
	rows = append(rows, []string{"Dewi Lestari", "F", "20220"})
	l, res := one(t, header, rows, 0)
	cut, more := 0, 0
	for i := range 3994 {
		w := l.Explain(res, i, i+6, nil, nil)
		if w.Compared {
			continue
		}
		switch k := w.Reasons.Keys[0]; k.State {
		case linkage.StateCut:
			cut++
			if k.Left <= 32 || len(w.Keys) == 0 || !strings.Contains(w.Reasons.Text, "compared in pieces") || !strings.HasPrefix(w.WhyNot(), "too many") {
				t.Fatalf("%+v; %s; %s", k, w.Reasons.Text, w.WhyNot())
			}
		default:
			more++
		}
	}
	if cut < 2000 {
		t.Errorf("%d alike pairs are cut apart, %d not compared for another reason", cut, more)
	}
}

// TestExplanationAgreesWithTheRun takes random pairs of files, with common values
// and without, and asks whether a pair that the explanation calls compared was one
// that the run kept, and the other way round.
func TestExplanationAgreesWithTheRun(t *testing.T) {
	crowdHeader, rows := crowd(4000)
	for i := range rows {
		if i%4 == 0 { // some are alike
			rows[i] = []string{"Santoso", "", "", rows[i%40][3]}
		}
	}
	left, right := town(300, 21)
	two, twoRes := run(t, left, right, linkage.EveryPair)
	single, singleRes := one(t, crowdHeader, rows, linkage.EveryPair)
	for _, c := range []struct {
		name string
		l    *linkage.Linker
		res  *linkage.Result
	}{{"two files", two, twoRes}, {"one file", single, singleRes}} {
		if int64(len(c.res.Pairs)) != c.res.Compared {
			t.Fatalf("%s: %d pairs kept of %d compared", c.name, len(c.res.Pairs), c.res.Compared)
		}
		compared := map[[2]int]bool{}
		for _, p := range c.res.Pairs {
			compared[[2]int{p.Left, p.Right}] = true
		}
		rng := rand.New(rand.NewPCG(8, 8))
		yes, no := 0, 0
		for i := range 1200 {
			a, b := rng.IntN(c.l.Left().Len()), rng.IntN(c.l.Right().Len())
			if i%4 == 0 { // few random pairs are compared
				p := c.res.Pairs[rng.IntN(len(c.res.Pairs))]
				a, b = p.Left, p.Right
			}
			if i%4 == 1 && c.l == single { // and few random pairs are alike
				a, b = a/40*40, b/40*40
			}
			if c.l.Left() == c.l.Right() && a == b {
				continue
			}
			w := c.l.Explain(c.res, a, b, nil, nil)
			pair := [2]int{a, b}
			if c.l.Left() == c.l.Right() && c.l.Left().ID(a) > c.l.Left().ID(b) {
				pair = [2]int{b, a}
			}
			if w.Compared != compared[pair] {
				t.Fatalf("%s: %d and %d: explained as compared %v under %v, the run says %v", c.name, a, b, w.Compared, w.Keys, compared[pair])
			}
			if w.Compared != (w.Reasons == nil) || w.Compared != (w.WhyNot() == "") {
				t.Fatalf("%s: %d and %d: %+v", c.name, a, b, w.Reasons)
			}
			if w.Compared {
				yes++
			} else {
				no++
			}
		}
		if yes < 200 || no < 100 {
			t.Errorf("%s: %d compared and %d not among the random pairs: too few of one to say anything", c.name, yes, no)
		}
	}
}

func TestOutcome(t *testing.T) {
	left, right := town(500, 17)
	// Twins, but for a letter, and one partner for both.
	left = append(left, row{"t1", "Wulan Kencana", "F", "1977-04-09", ""}, row{"t2", "Wulan Kencanna", "F", "1977-04-09", ""})
	right = append(right, row{"p1", "Wulan Kencana", "F", "1977-04-09", ""})
	l, res := run(t, left, right, 0)
	outcome := func(a, b int) linkage.Outcome { return l.Outcome(res, a, b, l.Explain(res, a, b, nil, nil)) }
	if o := outcome(500, 500); o.State != linkage.OutcomeReview || o.Short >= 0 || o.Rivals != nil || o.Groups != nil {
		t.Errorf("a pair that was kept: %+v", o)
	}
	if o := outcome(501, 500); o.State != linkage.OutcomeBelow || o.Short <= 0 || len(o.Rivals) != 1 || o.Rivals[0].Left != "t1" || o.Rivals[0].Right != "p1" {
		t.Errorf("the twin: %+v", o)
	}
	kept := map[[2]int]bool{}
	for _, p := range l.Assign(res.Pairs, nil) {
		kept[[2]int{p.Left, p.Right}] = true
	}
	for _, p := range res.Pairs {
		o := outcome(p.Left, p.Right)
		if got := o.State == linkage.OutcomeLink || o.State == linkage.OutcomeReview; got != kept[[2]int{p.Left, p.Right}] {
			t.Fatalf("%d and %d: %+v, but assignment says kept %v", p.Left, p.Right, o, !got)
		}
		if o.State == linkage.OutcomeLink != (kept[[2]int{p.Left, p.Right}] && p.P() >= 0.99) {
			t.Fatalf("%d and %d with %g: %+v", p.Left, p.Right, p.P(), o)
		}
	}
}

// TestOutcomeOfRivals: a pair with weight enough, of which both records are
// better off with others.
func TestOutcomeOfRivals(t *testing.T) {
	left, right := town(60, 2)
	l, res := run(t, left, right, 1e-6)
	p := res.Pairs[0]
	res.Pairs = []linkage.Pair{
		{Left: p.Left, Right: p.Right, Weight: 2},
		{Left: p.Left, Right: (p.Right + 1) % 60, Weight: 5},
		{Left: (p.Left + 1) % 60, Right: p.Right, Weight: 6},
	}
	o := l.Outcome(res, p.Left, p.Right, l.Explain(res, p.Left, p.Right, nil, nil))
	if o.State != linkage.OutcomeRival || len(o.Rivals) != 2 || o.Rivals[0].Weight != 6 || o.Rivals[1].Weight != 5 || o.Short != -2 {
		t.Errorf("%+v", o)
	}
}

func TestOutcomeInGroups(t *testing.T) {
	header, rows := crowd(60)
	l, res := one(t, header, rows, 0.01)
	pair := func(a, b int, w float64) linkage.Pair { return linkage.Pair{Left: a, Right: b, Weight: w} }
	res.Pairs = []linkage.Pair{pair(0, 1, 9), pair(2, 3, 9), pair(1, 2, 3), pair(0, 4, -2)}
	outcome := func(a, b int) linkage.Outcome { return l.Outcome(res, a, b, l.Explain(res, a, b, nil, nil)) }
	if g := outcome(1, 0).Groups; g == nil || !g.Together || g.Left != 2 || g.Right != 2 || g.Pairs != 0 {
		t.Errorf("one group: %+v", g)
	}
	// (3 − 3·4)/4
	if g := outcome(1, 2).Groups; g == nil || g.Together || g.Left != 2 || g.Right != 2 || g.Kept != 1 || g.Pairs != 4 || g.Mean != -2.25 {
		t.Errorf("a chain: %+v", g)
	}
	// (−2 − 4)/2
	if g := outcome(1, 4).Groups; g == nil || g.Together || g.Left != 2 || g.Right != 1 || g.Kept != 1 || g.Pairs != 2 || g.Mean != -3 {
		t.Errorf("a weak pair: %+v", g)
	}
	if o := outcome(5, 6); o.Groups == nil || o.Groups.Kept != 0 || !strings.Contains(o.Text, "no pair has weight") {
		t.Errorf("strangers: %+v", o)
	}
}
