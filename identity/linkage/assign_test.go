package linkage

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// bare is a linker with n records a side and no comparisons: enough for
// assignment and clusters.
func bare(n int) *Linker {
	l := &Linker{}
	for s := range 2 {
		l.side[s] = &Side{l: l, n: s}
		for i := range n {
			id := fmt.Sprint(s, "-", i)
			l.side[s].ids.add(id)
		}
	}
	return l
}

func pr(left, right int, weight float64) Pair {
	return Pair{Left: left, Right: right, Weight: weight}
}

// bestSum tries every assignment.
func bestSum(pairs []Pair, left, right map[int]bool) float64 {
	if len(pairs) == 0 {
		return 0
	}
	p := pairs[0]
	best := bestSum(pairs[1:], left, right)
	if !left[p.Left] && !right[p.Right] {
		left[p.Left], right[p.Right] = true, true
		best = max(best, p.Weight+bestSum(pairs[1:], left, right))
		delete(left, p.Left)
		delete(right, p.Right)
	}
	return best
}

func TestAssignIsOneToOneAndBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "n")
		l := bare(n)
		var pairs []Pair
		for i := range n {
			for j := range n {
				if w := rapid.IntRange(-5, 20).Draw(t, "w"); w > 0 {
					pairs = append(pairs, pr(i, j, float64(w)))
				}
			}
		}
		left, right, sum := map[int]bool{}, map[int]bool{}, 0.0
		for _, p := range l.Assign(pairs, nil) {
			if left[p.Left] || right[p.Right] {
				t.Fatalf("a record has two partners")
			}
			left[p.Left], right[p.Right] = true, true
			sum += p.Weight
		}
		if want := bestSum(pairs, map[int]bool{}, map[int]bool{}); sum != want {
			t.Fatalf("sum %g, the best is %g", sum, want)
		}
	})
}

func TestAssignGivesFurtherPartnersThatDoNotClash(t *testing.T) {
	l := bare(4)
	pairs := []Pair{pr(0, 0, 10), pr(0, 1, 9), pr(0, 2, 8), pr(1, 2, 3)}
	clash := func(a, b int) bool { return a == 0 && b == 2 || a == 2 && b == 0 }
	got := l.Assign(pairs, clash)
	want := []Pair{pr(0, 0, 10), pr(0, 1, 9), pr(1, 2, 3)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAssignKeepsUnlikelyPairsOnlyOfWhatIsLeft(t *testing.T) {
	got := bare(3).Assign([]Pair{pr(0, 0, 5), pr(0, 1, -1), pr(1, 1, -2), pr(2, 1, -1)}, nil)
	if fmt.Sprint(got) != fmt.Sprint([]Pair{pr(0, 0, 5), pr(2, 1, -1)}) {
		t.Errorf("got %v", got)
	}
}

func TestClusterDoesNotChain(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []Pair
		want  string
	}{
		{"two cliques and a bridge", []Pair{pr(0, 1, 9), pr(1, 2, 9), pr(0, 2, 9), pr(2, 3, 2), pr(3, 4, 9), pr(4, 5, 9), pr(3, 5, 9)}, "[0 0 0 3 3 3]"},
		{"a strong chain of three is one person", []Pair{pr(0, 1, 12), pr(1, 2, 12)}, "[0 0 0 3 4 5]"},
		{"a weak chain is not", []Pair{pr(0, 1, 1.5), pr(1, 2, 1), pr(2, 3, 1.5)}, "[0 0 2 2 4 5]"},
		{"nothing", nil, "[0 1 2 3 4 5]"},
	} {
		if got := fmt.Sprint(bare(6).Cluster(c.pairs)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Where registers list each person once, no group has two records of one of them:
// the strongest evidence decides, and a record of no register may go anywhere.
func TestClusterOneOfEachRegister(t *testing.T) {
	clique := []Pair{pr(0, 1, 9), pr(0, 2, 8), pr(1, 2, 9.5), pr(0, 3, 6), pr(1, 3, 7), pr(2, 3, 7)}
	for _, c := range []struct {
		name     string
		register []uint32
		want     string
	}{
		{"unknown", nil, "[0 0 0 0 4 5]"},
		{"of three registers", []uint32{1, 2, 3, none, 1, 1}, "[0 0 0 0 4 5]"},
		{"two of one", []uint32{1, 2, 1, none, 2, 2}, "[0 1 1 1 4 5]"},
		{"all of one", []uint32{1, 1, 1, 1, 1, 1}, "[0 1 2 3 4 5]"},
	} {
		l := bare(6)
		l.side[0].register = c.register
		if got := fmt.Sprint(l.Cluster(clique)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
