package linkage

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mitra/identity/script"
)

// Waterfall explains the weight of one pair: the prior and the steps add up to
// the total.
type Waterfall struct {
	Left  string `json:"left"`
	Right string `json:"right"`
	// Compared is false if no key brought the pair, or the one that did had too many
	// records to compare them all; the weight is then what it would have been.
	Compared bool     `json:"compared"`
	Keys     []string `json:"keys"` // the keys under which the records meet
	Prior    float64  `json:"prior"`
	OneToOne bool     `json:"one_to_one"` // the prior is that of two records without other partners
	Steps    []Bar    `json:"steps"`
	// Rivals is what other likely partners of the two records take from the
	// weight, in bits; zero or less.
	Rivals float64 `json:"rivals"`
	Weight float64 `json:"weight"`
	// Probability is 1/(1+2^-Weight).
	Probability float64 `json:"probability"`
	Review      float64 `json:"review"` // thresholds of the model
	Link        float64 `json:"link"`
	Model       string  `json:"model"` // hash
	// Reasons say why the pair was not compared; nil if it was.
	Reasons *Reasons `json:"why_not,omitempty"`
}

// Bar is one comparison's part in a waterfall.
type Bar struct {
	Comparison string  `json:"comparison"`
	Level      string  `json:"level"`
	M          float64 `json:"m,omitempty"`
	U          float64 `json:"u,omitempty"`
	Weight     float64 `json:"weight"`    // log2(m/u)
	Frequency  float64 `json:"frequency"` // what the rarity of the value adds or takes, in bits
	// Values as written and as compared, with the normalisations that were applied
	// to get from one to the other.
	Left  Reading `json:"left"`
	Right Reading `json:"right"`
}

// Reading is a value as written and as it was compared.
type Reading struct {
	Written  string        `json:"written"`
	Compared string        `json:"compared,omitempty"`
	Steps    []script.Step `json:"steps,omitempty"`
}

// Explain returns the waterfall of a pair under a result of this linker.
// leftCells and rightCells are the rows as they were added; they may be nil, and
// the values as written are then left out.
func (l *Linker) Explain(res *Result, left, right int, leftCells, rightCells []string) Waterfall {
	m := &res.Model
	w := Waterfall{
		Left: l.side[0].ids.at(left), Right: l.side[1].ids.at(right),
		Prior: m.Prior, OneToOne: m.OneToOne, Weight: m.Prior, Review: m.Spec.Review, Link: m.Spec.Link, Model: m.Hash(),
	}
	var both sharing
	l.bl.shareOf(uint32(left), uint32(right), &both)
	l.bl.each(&both, func(key int) { w.Keys = append(w.Keys, l.bl.keys[key].name(l.bl.features)) })
	if w.Compared = len(w.Keys) > 0; w.Compared {
		_, _, apart := l.apart(uint32(left), uint32(right), &both)
		w.Compared = !apart
	}
	c := l.newComparer()
	ra, rb := l.side[0].row(uint32(left)), l.side[1].row(uint32(right))
	levels, shared := make([]uint8, len(l.plan.comps)), shares{}
	for k := range l.plan.comps {
		levels[k] = missing
		cp := &l.plan.comps[k]
		bar := Bar{Comparison: cp.name, Level: "missing",
			Left:  l.reading(cp, 0, ra[k], leftCells),
			Right: l.reading(cp, 1, rb[k], rightCells)}
		if at := m.at(k, c, ra, rb); at.Level >= 0 {
			level := m.Comparisons[k].Levels[at.Level]
			bar.Level, bar.M, bar.U, bar.Weight, bar.Frequency = level.Name, level.M, level.U, level.Weight(), at.Adjust
			levels[k] = uint8(at.Level)
			shared.add(l, k, levels[k], at.Adjust)
		} else if cp.inert && ra[k] != none && rb[k] != none {
			bar.Level = "left out" // tells nobody from anybody, or did not fit
		}
		w.Weight += bar.Weight + bar.Frequency
		w.Steps = append(w.Steps, bar)
	}
	if len(m.Related) > 0 {
		bar := Bar{Comparison: "related people", Level: "who share a household, a place, a name or a birthday", Weight: m.kinship().bits(levels, shares{float64(halfBits(shared[0])) / 2, float64(halfBits(shared[1])) / 2})}
		w.Weight += bar.Weight
		w.Steps = append(w.Steps, bar)
	}
	w.Rivals = l.rivals(left, right)
	w.Weight += w.Rivals
	w.Probability = Probability(w.Weight)
	if !w.Compared {
		w.Reasons = l.whyNot(uint32(left), uint32(right), &both, w.Steps)
	}
	return w
}

// rivals returns what rivals take from a pair, whether it was a candidate or not.
func (l *Linker) rivals(left, right int) float64 {
	g := l.graph
	if g == nil {
		return 0
	}
	a, b := uint32(left), uint32(right)
	if e := g.find(a, b); e != nil {
		return e.bits()
	}
	return g.against(a, b)
}

func (l *Linker) reading(c *comparison, side int, id uint32, cells []string) Reading {
	r := Reading{}
	if c.kind == FullName {
		var words []string
		for _, t := range c.dom.name[id].tokens() {
			words = append(words, l.tok.text[t])
		}
		slices.Sort(words) // their order is no evidence, and that of numbers is nobody's
		r.Compared = strings.Join(words, " ")
	} else {
		r.Compared = c.dom.textOf(id)
	}
	if cells == nil {
		return r
	}
	if c.kind == FullName {
		r.Written = l.nameCell(side, cells, nil)
		_, r.Steps = script.Explain(r.Written)
		return r
	}
	r.Written = firstCell(cells, l.plan.fields[c.field].col[side])
	return r
}

// WhyNot says in one sentence why a pair was never compared, or "" if it was.
func (w Waterfall) WhyNot() string {
	if w.Compared {
		return ""
	}
	why := "no key brought these two records together"
	if len(w.Keys) > 0 {
		why = "too many records share what brings these two together"
	}
	return fmt.Sprintf("%s; had they been compared, the probability would be %.6f", why, w.Probability)
}

// LevelAt is the level that one comparison of a pair reached.
type LevelAt struct {
	Level  int     // index into the comparison's levels; -1 where a value is missing
	Adjust float64 // what the rarity of the value adds or takes, in bits
}

// Levels returns the levels of a pair, one for each comparison of the model:
// with the model they are all that it takes to explain the weight, for ever.
func (l *Linker) Levels(res *Result, pairs []Pair) [][]LevelAt {
	c := l.newComparer()
	out := make([][]LevelAt, len(pairs))
	for i, p := range pairs {
		ra, rb := l.side[0].row(uint32(p.Left)), l.side[1].row(uint32(p.Right))
		out[i] = make([]LevelAt, len(l.plan.comps))
		for k := range l.plan.comps {
			out[i][k] = res.Model.at(k, c, ra, rb)
		}
	}
	return out
}

func (m *Model) at(k int, c *comparer, a, b []uint32) LevelAt {
	lv, f := c.one(k, a, b)
	if lv == missing {
		return LevelAt{Level: -1}
	}
	at := LevelAt{Level: int(lv)}
	if freq := m.Comparisons[k].Levels[lv].Freq; f <= 0 && freq > 0 {
		at.Adjust = math.Log2(freq) - f
	}
	return at
}

// Weigh adds up the prior and the levels of a pair: its weight, in bits.
func (m Model) Weigh(levels []LevelAt) float64 {
	w, adjust := m.Prior, 0.0
	for k, at := range levels {
		if at.Level >= 0 && k < len(m.Comparisons) && at.Level < len(m.Comparisons[k].Levels) {
			w += m.Comparisons[k].Levels[at.Level].Weight()
			adjust += at.Adjust
		}
	}
	return w + float64(float32(adjust))
}

// Bars are the steps of a waterfall from the levels of a pair, without the
// values; comparisons in which a value was missing are left out.
func (m Model) Bars(levels []LevelAt) []Bar {
	var out []Bar
	for k, at := range levels {
		if at.Level < 0 || k >= len(m.Comparisons) || at.Level >= len(m.Comparisons[k].Levels) {
			continue
		}
		lv := m.Comparisons[k].Levels[at.Level]
		out = append(out, Bar{Comparison: m.Comparisons[k].Name, Level: lv.Name, M: lv.M, U: lv.U, Weight: lv.Weight(), Frequency: at.Adjust})
	}
	return out
}
