package linkage

import (
	"cmp"
	"fmt"
	"slices"
)

// Outcome is what became of a pair, and why it was not kept.
type Outcome struct {
	State string `json:"state"`
	// Short is how many bits the pair lacks to be shown for review; zero or less if
	// it lacks none.
	Short float64 `json:"short"`
	// Rivals are the pairs of one of the two records that assignment kept instead,
	// the weightiest first.
	Rivals []RivalPair `json:"rivals,omitempty"`
	// Groups is what clustering made of the two records, where one file is searched.
	Groups *Groups `json:"groups,omitempty"`
	Text   string  `json:"text"` // the same in one sentence
}

// The states of a pair in the end.
const (
	OutcomeLink        = "link"
	OutcomeReview      = "review"
	OutcomeRival       = "rival"        // a pair of one of the two records was kept instead
	OutcomeBelow       = "below"        // too little weight
	OutcomeNotCompared = "not compared" // no key brought the pair, or it was cut apart
)

// RivalPair is a pair that was kept instead of another one.
type RivalPair struct {
	Left        string  `json:"left"`
	Right       string  `json:"right"`
	Weight      float64 `json:"weight"`
	Probability float64 `json:"probability"`
}

// Groups is what clustering made of two records of one file.
type Groups struct {
	Together bool `json:"together"`
	Left     int  `json:"left"` // records of the group that each is in
	Right    int  `json:"right"`
	// Pairs is the number of pairs between the two groups, Kept how many of them
	// had weight enough to count, Mean the weight of all together, those that were
	// not kept counted against, for each pair. The groups became one only if it is
	// above nothing.
	Pairs int     `json:"pairs,omitempty"`
	Kept  int     `json:"kept,omitempty"`
	Mean  float64 `json:"mean,omitempty"`
}

// Outcome says what became of a pair: w is its explanation. Where one file is
// searched, groups are made from all pairs that the result holds.
func (l *Linker) Outcome(res *Result, left, right int, w Waterfall) Outcome {
	if l.dedup {
		left, right = l.lesserFirst(left, right)
	}
	var kept []Pair // as the records' answer
	weight := w.Weight
	for _, p := range res.Pairs {
		if p.Left == left && p.Right == right {
			weight = p.Weight // not rounded on the way
		}
		if p.P() >= w.Review {
			kept = append(kept, p)
		}
	}
	if res.Model.OneToOne {
		kept = l.Assign(kept, nil)
	}
	o := Outcome{Short: Bits(w.Review) - weight}
	is := func(p Pair) bool { return p.Left == left && p.Right == right }
	switch p := Probability(weight); {
	case !w.Compared:
		o.State = OutcomeNotCompared
		o.Text = "not compared"
		if o.Short > 0 {
			o.Text += fmt.Sprintf("; it would have been %.2f bits below what is shown for review", o.Short)
		} else {
			o.Text += "; it would have had weight enough"
		}
	case o.Short > 0:
		o.State = OutcomeBelow
		o.Text = fmt.Sprintf("%.2f bits below what is shown for review", o.Short)
	case !slices.ContainsFunc(kept, is):
		o.State = OutcomeRival
		o.Text = "a record has one partner at most, and another pair was kept instead"
	case p >= w.Link:
		o.State, o.Text = OutcomeLink, "kept as a link"
	default:
		o.State, o.Text = OutcomeReview, "kept for review"
	}
	if res.Model.OneToOne && o.State != OutcomeLink && o.State != OutcomeReview {
		for _, p := range kept {
			if (p.Left == left) != (p.Right == right) {
				o.Rivals = append(o.Rivals, RivalPair{l.side[0].ids.at(p.Left), l.side[1].ids.at(p.Right), p.Weight, p.P()})
			}
		}
		slices.SortStableFunc(o.Rivals, func(x, y RivalPair) int { return cmp.Compare(y.Weight, x.Weight) })
	}
	if l.dedup {
		o.Groups = l.groups(res, left, right)
		switch g := o.Groups; {
		case g.Together:
			o.Text += fmt.Sprintf("; both stand in one group of %d records", g.Left)
		case g.Kept > 0:
			o.Text += fmt.Sprintf("; they stand in two groups, between which %d of %d pairs have weight, %.2f bits a pair: not above nothing", g.Kept, g.Pairs, g.Mean)
		default:
			o.Text += "; they stand in two groups, between which no pair has weight"
		}
	}
	return o
}

// groups clusters the pairs of a result and finds those of two records.
func (l *Linker) groups(res *Result, left, right int) *Groups {
	group := l.Cluster(res.Pairs)
	var g Groups
	for _, name := range group {
		if name == group[left] {
			g.Left++
		}
		if name == group[right] {
			g.Right++
		}
	}
	if g.Together = group[left] == group[right]; g.Together {
		return &g
	}
	g.Pairs = g.Left * g.Right
	sum := 0.0
	for _, p := range res.Pairs {
		x, y := group[p.Left], group[p.Right]
		if x == group[left] && y == group[right] || x == group[right] && y == group[left] {
			g.Kept++
			sum += p.Weight
		}
	}
	g.Mean = (sum + apart*float64(g.Pairs-g.Kept)) / float64(g.Pairs)
	return &g
}
