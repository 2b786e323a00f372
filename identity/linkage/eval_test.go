package linkage_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mitra/identity/linkage"
)

// evalFile reads a file of the evaluation data, which stands beside the
// project and is not part of it; without it the test is skipped.
func evalFile(t testing.TB, name string) (header []string, rows [][]string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "eval", filepath.FromSlash(name))
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("evaluation data %s is not beside the project", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	rows, err = r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
	}
	return rows[0], rows[1:]
}

// febrlEntity is the number in rec-N-org and rec-N-dup-K: the truth of FEBRL.
func febrlEntity(id string) string { return strings.Split(id, "-")[1] }

type score struct{ tp, fp, fn int }

func (s score) f1() float64 { return 2 * float64(s.tp) / float64(2*s.tp+s.fp+s.fn) }

func TestFEBRL4(t *testing.T) {
	ha, a := evalFile(t, "febrl/dataset4a.csv")
	hb, b := evalFile(t, "febrl/dataset4b.csv")
	l, err := linkage.New(linkage.Spec{}, ha, hb, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range a {
		l.Left().Add(row[0], row)
	}
	for _, row := range b {
		l.Right().Add(row[0], row)
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var s score
	for _, p := range l.Assign(res.Pairs, nil) {
		if febrlEntity(l.Left().ID(p.Left)) == febrlEntity(l.Right().ID(p.Right)) {
			s.tp++
		} else {
			s.fp++
		}
	}
	s.fn = 5000 - s.tp
	t.Logf("FEBRL4: F1 %.5f, %d right, %d wrong, %d missed; %d compared, recall of keys %.5f; model %s", s.f1(), s.tp, s.fp, s.fn, res.Compared, res.BlockingRecall, res.Model.Hash())
	if s.f1() < 0.999 {
		t.Errorf("F1 %.5f, want at least 0.999", s.f1())
	}
	if os.Getenv("MITRA_LINKAGE_SHOW") != "" {
		show(t, l, res, a, b)
	}
}

func TestFEBRLDuplicates(t *testing.T) {
	for _, c := range []struct {
		file  string
		pairs int
		f1    float64
	}{{"febrl/dataset1.csv", 500, 0.99}, {"febrl/dataset2.csv", 1934, 0.98}, {"febrl/dataset3.csv", 6538, 0.98}} {
		t.Run(c.file, func(t *testing.T) {
			h, rows := evalFile(t, c.file)
			l, err := linkage.New(linkage.Spec{}, h, nil, 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				l.Left().Add(row[0], row)
			}
			res, err := l.Run(linkage.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var s score
			for _, p := range res.Pairs {
				if febrlEntity(l.Left().ID(p.Left)) == febrlEntity(l.Left().ID(p.Right)) {
					s.tp++
				} else {
					s.fp++
				}
			}
			s.fn = c.pairs - s.tp
			var g score
			groups := l.Cluster(res.Pairs)
			members := map[int][]int{}
			for i, gr := range groups {
				members[gr] = append(members[gr], i)
			}
			for _, m := range members {
				for i := range m {
					for j := range i {
						if febrlEntity(l.Left().ID(m[i])) == febrlEntity(l.Left().ID(m[j])) {
							g.tp++
						} else {
							g.fp++
						}
					}
				}
			}
			g.fn = c.pairs - g.tp
			t.Logf("pairs F1 %.5f (%+v), groups F1 %.5f (%+v); %d compared, recall of keys %.5f", s.f1(), s, g.f1(), g, res.Compared, res.BlockingRecall)
			if s.f1() < c.f1 || g.f1() < c.f1 {
				t.Errorf("F1 below %.3f", c.f1)
			}
		})
	}
}

// show prints the model and the wrong decisions, for work on the engine.
func show(t *testing.T, l *linkage.Linker, res *linkage.Result, a, b [][]string) {
	for _, c := range res.Model.Comparisons {
		for _, lv := range c.Levels {
			t.Logf("%-14s %-26s m %.6f u %.8f w %6.2f freq %.3g", c.Name, lv.Name, lv.M, lv.U, lv.Weight(), lv.Freq)
		}
	}
	for _, k := range res.Keys {
		t.Logf("key %-50s pairs %8d found %10.1f alone %8.1f", k.Name, k.Pairs, k.Found, k.Alone)
	}
	t.Logf("prior %.3f matches %.1f rounds %d converged %v", res.Model.Prior, res.Model.Matches, res.Model.Rounds, res.Model.Converged)
	right := map[string]int{}
	for j := range b {
		right[febrlEntity(b[j][0])] = j
	}
	kept := map[int]int{}
	for _, p := range l.Assign(res.Pairs, nil) {
		kept[p.Left] = p.Right
	}
	for i := range a {
		j := right[febrlEntity(a[i][0])]
		k, ok := kept[i]
		if ok && k == j {
			continue
		}
		w := l.Explain(res, i, j, a[i], b[j])
		t.Logf("MISSED %s %s compared %v keys %v weight %.2f\n  %v\n  %v", w.Left, w.Right, w.Compared, w.Keys, w.Weight, a[i], b[j])
		for _, s := range w.Steps {
			t.Logf("     %-14s %-20s %6.2f %6.2f", s.Comparison, s.Level, s.Weight, s.Frequency)
		}
		if ok {
			w := l.Explain(res, i, k, a[i], b[k])
			t.Logf("WRONG %s %s weight %.2f\n  %v", w.Left, w.Right, w.Weight, b[k])
			for _, s := range w.Steps {
				t.Logf("     %-14s %-20s %6.2f %6.2f", s.Comparison, s.Level, s.Weight, s.Frequency)
			}
		}
	}
}

// TestShuffledFEBRL: the order of rows shows nowhere, on data of other columns
// than the project's own.
func TestShuffledFEBRL(t *testing.T) {
	ha, a := evalFile(t, "febrl/dataset4a.csv")
	hb, b := evalFile(t, "febrl/dataset4b.csv")
	run := func(shuffle bool) *linkage.Result {
		a, b := slices.Clone(a), slices.Clone(b)
		if shuffle {
			rng := rand.New(rand.NewPCG(1, 2))
			for _, rows := range [][][]string{a, b} {
				rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			}
		}
		l, err := linkage.New(linkage.Spec{}, ha, hb, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range a {
			l.Left().Add(row[0], row)
		}
		for _, row := range b {
			l.Right().Add(row[0], row)
		}
		res, err := l.Run(linkage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	if diff := cmp.Diff(run(false).Model, run(true).Model); diff != "" {
		t.Errorf("the model depends on the order of rows (-as is +shuffled):\n%s", diff)
	}
}
