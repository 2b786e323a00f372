package tuning

import (
	"fmt"
	"math"
	"strings"

	"mitra/identity/linkage"
)

// Check is a sign that the model may be wrong, or that what it says is weak.
type Check struct {
	Code  string // for scripts; does not change
	Grave bool   // the results should not be used before somebody has looked
	Text  string
}

// looked is what Checks asks: whether it is so.
var looked = []string{
	"training settled", "agreement speaks for one person and disagreement against", "levels had to be held in order",
	"more true pairs are expected than there can be", "the prior is plausible", "comparisons contradict or repeat each other",
	"pairs are clearly one thing or the other", "keys bring what there is to find",
}

// few is the number of records, or of expected true pairs, below which a model
// rests on too little.
const few = 50

// Checks looks for signs of a wrong optimum, without knowing the truth, and of
// what makes results weak. The grave ones come first.
func Checks(v View) []Check {
	var grave, rest []Check
	add := func(isGrave bool, code, format string, args ...any) {
		c := Check{code, isGrave, fmt.Sprintf(format, args...)}
		if isGrave {
			grave = append(grave, c)
		} else {
			rest = append(rest, c)
		}
	}
	s, m := v.Summary, v.Result.Model
	smaller := v.Files[0].Records
	for _, f := range v.Files {
		smaller = min(smaller, f.Records)
		if f.Records == 0 {
			add(true, "empty", "%s has no records.", f.Name)
		}
	}
	if v.Result.Alike {
		add(true, "alike", "No column has values in which the records differ: nothing can be told apart, and nothing was compared.")
	}
	if s.Pairs == 0 {
		if len(grave) == 0 {
			add(true, "nothing_compared", "No two records share a value that could bring them together: nothing was compared, and nothing was learned. The figures of the model are where training starts.")
		}
		return grave
	}
	if smaller < few {
		add(false, "small", "There are only %d records. u rests on few values and m on few pairs; read probabilities in the middle with care.", smaller)
	}
	if !m.Converged {
		add(false, "not_settled", "Training stopped after %d rounds before it settled. Probabilities would still have moved a little.", m.Rounds)
	}
	if s.Expected < 0.5 {
		add(false, "no_match", "Less than one true pair is expected. If the records are known to overlap, something keeps the model from seeing it: look at the columns and how they are filled.")
	} else if s.Expected < few && smaller >= few {
		add(false, "few_matches", "Only %.1f true pairs are expected. m rests on these, and on what training starts from.", s.Expected)
	}
	active := 0
	var held []string
	for k, c := range m.Comparisons {
		if s.Fields[k].Alike || s.Fields[k].LeftOut {
			continue
		}
		active++
		best, worst := c.Levels[len(c.Levels)-1], c.Levels[0]
		seen := s.Comparisons[k]
		reached := func(i int) bool { return seen.Pairs[i] > 0 }
		switch {
		case best.Weight() <= 0 && reached(len(c.Levels)-1):
			add(true, "agreement_against", "%s: agreement (%q) speaks against one person, m %.3g is less than u %.3g. Training has most likely mistaken strangers for true pairs.", c.Name, best.Name, best.M, best.U)
		case best.Weight() < 0.3 && reached(len(c.Levels)-1) && best.Freq == 0:
			add(false, "says_little", "%s: agreement says next to nothing (%+.2f bits).", c.Name, best.Weight())
		}
		if worst.Weight() > 0.1 && reached(0) {
			add(true, "disagreement_for", "%s: disagreement (%q) speaks for one person (%+.2f bits). The column may be filled for one kind of record only.", c.Name, worst.Name, worst.Weight())
		}
		if worst.M > 0.5 && s.Expected >= 1 {
			add(false, "disagrees", "%s disagrees in %.0f %% of the expected true pairs. Either it is badly kept in one of the files, or these pairs are not what they seem.", c.Name, 100*worst.M)
		}
		for i := 1; i < len(c.Levels); i++ {
			a, b := c.Levels[i-1], c.Levels[i]
			if reached(i-1) && reached(i) && s.Expected >= few && math.Abs(a.Weight()-b.Weight()) < 1e-6 && a.M > 0.002 {
				held = append(held, fmt.Sprintf("%s (%s, %s)", c.Name, a.Name, b.Name))
			}
		}
		if f := s.Fields[k]; missing(f.Left) > 0.5 || missing(f.Right) > 0.5 {
			add(false, "often_missing", "%s is missing in %.0f %% of the records%s. A missing value is no evidence, for or against.", c.Name, 100*max(missing(f.Left), missing(f.Right)), of(f, v))
		}
	}
	if len(held) > 0 {
		add(false, "held_in_order", "These levels have the same weight as their neighbours: %s. The data would have put the better one below the worse one, or could not tell them apart.", strings.Join(held, ", "))
	}
	if active == 1 {
		add(true, "one_comparison", "Only one comparison has values. A single column cannot tell how often strangers agree from how often people stand twice.")
	}
	switch {
	case !m.Duplicates && s.Expected > 1.001*float64(smaller)+1:
		add(!m.OneToOne && s.Expected > 2*float64(smaller), "too_many", "%.0f true pairs are expected, more than the smaller file has records (%d). If a person stands once in each file, training has found something else than persons: households, perhaps, or places.", s.Expected, smaller)
	case m.Duplicates && s.Expected > 2*float64(smaller):
		add(s.Expected > 10*float64(smaller), "too_many", "%.0f true pairs are expected among %d records: each would stand there %.0f times or more. If people do not, training has found something else than persons: households, perhaps, or places.", s.Expected, smaller, 1+2*s.Expected/float64(smaller))
	}
	if all := v.AllPairs(); all >= few*few && s.Expected > 0.05*all {
		add(true, "prior", "One pair in %.0f would be true. Among so many records that is not plausible.", all/s.Expected)
	}
	if grey, n := middle(s); s.Expected >= 5 && grey > 0.2*s.Expected {
		add(false, "not_separated", "%d pairs have a probability between 0.05 and 0.95, and hold %.0f of the %.0f expected true pairs. The columns do not tell enough to decide them.", n, grey, s.Expected)
	}
	if r := v.Result.BlockingRecall; r > 0 && r < 0.95 {
		add(r < 0.8, "blocking", "Keys bring an estimated %.0f %% of the true pairs. About %.0f more were never compared; another column that both have would help.", 100*r, v.Missed())
	}
	if g := v.Result.GivenUp; g > 0 {
		add(false, "given_up", "Up to %d pairs were not compared although they share a value: too many records share it, and these were compared in pieces only.", g)
	}
	if out := v.Result.LeftOut; len(out) > 0 {
		add(false, "left_out", "There were too many columns; these, which tell least, were left out: %s.", strings.Join(out, ", "))
	}
	for _, t := range together(v) {
		a, b := m.Comparisons[t.a].Name, m.Comparisons[t.b].Name
		if t.phi < 0 {
			add(false, "contradict", "%s and %s contradict each other: among the expected true pairs one agrees where the other does not (correlation %+.2f). Two kinds of pairs may be mixed.", a, b, t.phi)
		} else {
			add(false, "repeat", "%s and %s say the same: among the expected true pairs they agree and disagree together (correlation %+.2f), and their weights are added as if they were two witnesses.", a, b, t.phi)
		}
	}
	return append(grave, rest...)
}

func missing(f linkage.Filled) float64 {
	if f.Records == 0 {
		return 0
	}
	return float64(f.Missing) / float64(f.Records)
}

// of names the file in which a value is missing oftener, where there are two.
func of(f linkage.FieldSummary, v View) string {
	if len(v.Files) < 2 {
		return ""
	}
	if missing(f.Right) > missing(f.Left) {
		return " of " + v.Files[1].Name
	}
	return " of " + v.Files[0].Name
}

// middle is how many expected true pairs have a probability that decides nothing.
func middle(s *linkage.Summary) (expected float64, pairs int64) {
	for _, b := range s.Stated {
		if b.From >= 0.05 && b.To <= 0.95 {
			expected += b.Expected
			pairs += b.Pairs
		}
	}
	return expected, pairs
}

// tie is two comparisons that do not vary freely among the expected true pairs.
type tie struct {
	a, b int
	phi  float64 // correlation of their agreement
}

// The correlations from which two comparisons are named.
const (
	contradicts = -0.4
	repeats     = 0.6
)

// together finds comparisons that are far from independent among the expected
// true pairs. A level agrees if it weighs more than nothing.
func together(v View) []tie {
	s, m := v.Summary, v.Result.Model
	var out []tie
	for a := range m.Comparisons {
		for b := range a {
			var n [2][2]float64
			for _, p := range s.Patterns {
				if p.Levels[a] < 0 || p.Levels[b] < 0 {
					continue
				}
				x, y := 0, 0
				if m.Comparisons[a].Levels[p.Levels[a]].Weight() > 0 {
					x = 1
				}
				if m.Comparisons[b].Levels[p.Levels[b]].Weight() > 0 {
					y = 1
				}
				n[x][y] += p.Expected
			}
			// Each of the four must have something to say.
			x, y := n[1][0]+n[1][1], n[0][1]+n[1][1]
			all := n[0][0] + n[0][1] + x
			if all < few || x < 0.02*all || x > 0.98*all || y < 0.02*all || y > 0.98*all {
				continue
			}
			phi := (n[1][1]*n[0][0] - n[1][0]*n[0][1]) / math.Sqrt(x*(all-x)*y*(all-y))
			if phi < contradicts || phi > repeats {
				out = append(out, tie{b, a, phi})
			}
		}
	}
	return out
}
