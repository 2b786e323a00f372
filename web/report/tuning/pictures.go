package tuning

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mitra/identity/linkage"
	"mitra/web/chart"
)

func (w words) frame(id, title, desc string) chart.Frame {
	return chart.Frame{ID: id, Title: title, Desc: desc, Folded: "The same as a table", Numbers: w.Catalog}
}

// used are the comparisons that took part.
func used(v View) (ks []int) {
	for k, f := range v.Summary.Fields {
		if !f.Alike && !f.LeftOut {
			ks = append(ks, k)
		}
	}
	return ks
}

// matchWeights draws log2(m/u) of every level, the best first.
func (w words) matchWeights(v View) picture {
	if v.Summary.Pairs == 0 {
		return picture{}
	}
	d := chart.Diverging{Places: 1, For: "for one person →", Against: "← against", Head: [3]string{"Comparison", "Level", "Bits"}}
	n := 0
	for _, k := range used(v) {
		c := v.Result.Model.Comparisons[k]
		g := chart.Group{Label: c.Name}
		for i, lv := range slices.Backward(c.Levels) {
			label := lv.Name
			if lv.Freq > 0 {
				label += " *"
			}
			g.Items = append(g.Items, chart.Value{Label: label, X: lv.Weight(), Faint: v.Summary.Comparisons[k].Pairs[i] == 0})
			n++
		}
		d.Groups = append(d.Groups, g)
	}
	d.Frame = w.frame("weights", "Match weights", fmt.Sprintf("The weight of each of %d levels of %d comparisons, in bits; those above nothing speak for one person.", n, len(d.Groups)))
	return picture{Draw: d.Draw()}
}

// levels are the rows of the table of m and u.
func (w words) levels(v View) (rows [][]string) {
	for _, k := range used(v) {
		c, n := v.Result.Model.Comparisons[k], v.Summary.Comparisons[k]
		total, expected := 0.0, 0.0
		for i := range n.Pairs {
			total += float64(n.Pairs[i])
			expected += n.Expected[i]
		}
		for i, lv := range slices.Backward(c.Levels) {
			rarity := "–"
			if lv.Freq > 0 {
				rarity = w.chance(lv.Freq)
			}
			rows = append(rows, []string{c.Name, lv.Name, w.chance(lv.M), w.chance(lv.U), w.Signed(lv.Weight(), 2),
				w.part(float64(n.Pairs[i]), total), w.part(n.Expected[i], expected), rarity})
		}
	}
	return rows
}

const (
	lowest   = -100 // weights beyond these are drawn together
	highest  = 100
	mostBins = 64
)

// histogram draws the weights of all pairs: expected true ones above the line,
// the others below it.
func (w words) histogram(v View) (picture, string) {
	s, m := v.Summary, v.Result.Model
	if s.Pairs == 0 {
		return picture{}, ""
	}
	from, to := s.Weights[0].From, s.Weights[len(s.Weights)-1].From+1
	low, high := max(from, lowest), min(to, highest)
	low, high = min(low, highest-1), max(high, lowest+1)
	step := 1
	for (high-low)/step > mostBins {
		step *= 2
	}
	low = int(math.Floor(float64(low)/float64(step))) * step // so that nothing, the even chance, is an edge
	bins := make([]chart.TwoBin, max((high-low+step-1)/step, 1))
	for i := range bins {
		bins[i].From, bins[i].To = float64(low+i*step), float64(low+(i+1)*step)
	}
	under, over := int64(0), int64(0)
	for _, b := range s.Weights {
		i := (max(b.From, low) - low) / step
		if b.From < low {
			under += b.Pairs
		}
		if i >= len(bins) {
			i, over = len(bins)-1, over+b.Pairs
		}
		bins[i].Up += b.Expected
		bins[i].Down += max(float64(b.Pairs)-b.Expected, 0)
	}
	h := chart.Mirror{
		Bins: bins, Review: linkage.Bits(m.Spec.Review), Link: linkage.Bits(m.Spec.Link), Places: 1,
		Below: "no link", Between: "review", Above: "link", Up: "expected true pairs", Down: "the other pairs",
		XLabel: map[bool]string{false: "Weight in bits; both scales are logarithmic", true: "Weight in bits, before rivals take from it; both scales are logarithmic"}[m.OneToOne],
		Head:   [4]string{"From", "To", "Expected true", "Others"},
	}
	h.Frame = w.frame("pairs", "Weights of all pairs", fmt.Sprintf("%s pairs by weight, from %s to %s bits; %s of them are expected to be true.", w.int(s.Pairs), w.Int(from), w.Int(to), w.amount(s.Expected)))
	var clipped []string
	if under > 0 {
		clipped = append(clipped, fmt.Sprintf("%s below %s bits stand in the first bar", w.int(under), w.Int(low)))
	}
	if over > 0 {
		clipped = append(clipped, fmt.Sprintf("%s from %s bits on stand in the last", w.int(over), w.Int(low+len(bins)*step)))
	}
	text := ""
	if clipped != nil {
		text = "Of the pairs, " + strings.Join(clipped, "; ") + "."
	}
	return picture{h.Draw(), h.Table()}, text
}

// keyRow is a key of the page.
type keyRow struct {
	Name, Bits, Pairs, Found, Alone, Cost string
	Width                                 float64 // of the bar of what it finds, percent
}

// mostKeys is how many keys are listed.
const mostKeys = 40

// keys are the keys by what they find; more is how many are not listed.
func (w words) keys(v View) (rows []keyRow, more int) {
	keys := slices.Clone(v.Result.Keys)
	slices.SortStableFunc(keys, func(a, b linkage.KeyReport) int { return cmp.Compare(b.Found, a.Found) })
	for _, k := range keys[:min(len(keys), mostKeys)] {
		r := keyRow{Name: k.Name, Bits: w.Decimal(k.Bits, 2), Pairs: w.int(k.Pairs), Found: w.part(k.Found, v.Summary.Expected), Alone: w.amount(k.Alone), Cost: "–"}
		if k.Found >= 0.05 {
			r.Cost = w.amount(float64(k.Pairs) / k.Found)
		}
		if v.Summary.Expected > 0 {
			r.Width = min(100*k.Found/v.Summary.Expected, 100)
		}
		rows = append(rows, r)
	}
	return rows, len(keys) - len(rows)
}

// binRow is a bin of stated probability.
type binRow struct {
	From, To, Pairs, Expected    string
	Known, Stated, Observed, Off string
	Surprising                   bool
}

// bins are the pairs by stated probability, beside the truth where it is known.
func (w words) bins(v View) (rows []binRow) {
	for _, b := range v.Summary.Stated {
		if b.Pairs == 0 {
			continue
		}
		r := binRow{From: fmt.Sprintf("%g", b.From), To: fmt.Sprintf("%g", b.To), Pairs: w.int(b.Pairs), Expected: w.amount(b.Expected)}
		if v.Truth != nil {
			r.Known, r.Stated, r.Observed, r.Off = w.int(b.Known), "–", "–", "–"
			if b.Known > 0 {
				stated, observed := b.KnownExpected/float64(b.Known), float64(b.True)/float64(b.Known)
				r.Stated, r.Observed = w.Percent(stated, 2), w.Percent(observed, 2)
				r.Off = w.Signed(float64(b.True)-b.KnownExpected, 1)
				low, high := wilson(b.True, b.Known)
				r.Surprising = stated < low || stated > high
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// wilson is the interval in which a share lies, at 95 %, of which n of all were
// seen (Wilson 1927).
func wilson(n, all int64) (low, high float64) {
	const z = 1.96
	if all == 0 {
		return 0, 1
	}
	a, p := float64(all), float64(n)/float64(all)
	middle, half := (p+z*z/(2*a))/(1+z*z/a), z/(1+z*z/a)*math.Sqrt(p*(1-p)/a+z*z/(4*a*a))
	return max(middle-half, 0), min(middle+half, 1)
}

func (w words) truths(v View) []figure {
	percent := func(x float64, ok bool) string {
		if !ok {
			return "–"
		}
		return w.Percent(x, 2)
	}
	t := v.Truth
	return []figure{
		{"true pairs in all", w.int(t.Pairs)},
		{"of them compared", percent(share(v.Summary.Compared, t.Pairs))},
		{"precision of links", percent(t.Link.Precision())},
		{"recall of links", percent(t.Link.Recall(t.Pairs))},
		{"precision with review", percent(t.All.Precision())},
		{"recall with review", percent(t.All.Recall(t.Pairs))},
	}
}

func (w words) reliability(v View) picture {
	p := chart.Plot{Diagonal: "where a stated probability is right", XLabel: "Stated probability, mean of the bin", YLabel: "Share that is true"}
	for _, b := range v.Summary.Stated {
		if b.Known == 0 {
			continue
		}
		low, high := wilson(b.True, b.Known)
		p.Points = append(p.Points, chart.Dot{X: b.KnownExpected / float64(b.Known), Y: float64(b.True) / float64(b.Known), Low: low, High: high})
	}
	p.Frame = w.frame("reliability", "Stated and observed", fmt.Sprintf("%d bins of stated probability, each with the share of its pairs that are true and the interval in which that share lies at 95 %%.", len(p.Points)))
	return picture{Draw: p.Draw()}
}

// curve draws precision and recall over the threshold.
func (w words) curve(v View) picture {
	precision, recall := chart.Line{Label: "precision: of the pairs from here on, the share that is true"}, chart.Line{Label: "recall: of all true pairs, the share from here on", Dashed: true}
	p := chart.Plot{XLabel: "Threshold: the least probability", YLabel: "Share", Head: []string{"From", "Pairs", "True", "Precision", "Recall"}}
	for _, t := range v.Summary.Thresholds {
		row := []string{fmt.Sprintf("%g", t.From), w.int(t.Known), w.int(t.True), "–", "–"}
		if x, ok := share(t.True, t.Known); ok {
			precision.XY = append(precision.XY, [2]float64{t.From, x})
			row[3] = w.Percent(x, 2)
		}
		if x, ok := share(t.True, v.Truth.Pairs); ok {
			recall.XY = append(recall.XY, [2]float64{t.From, x})
			row[4] = w.Percent(x, 2)
		}
		p.Rows = append(p.Rows, row)
	}
	for _, l := range []chart.Line{precision, recall} {
		if len(l.XY) > 1 {
			p.Lines = append(p.Lines, l)
		}
	}
	p.Frame = w.frame("curve", "Precision and recall", "How precision and recall change with the threshold, before assignment.")
	return picture{p.Draw(), p.Table()}
}

// fieldRow is a comparison's values, on each side.
type fieldRow struct {
	Name, Kind, Note string
	Sides            []sideRow
}

type sideRow struct {
	File, Missing, Distinct, Once, Commonest string
	Width                                    float64 // of the bar of what is filled, percent
}

func (w words) fields(v View) (rows []fieldRow) {
	for _, f := range v.Summary.Fields {
		r := fieldRow{Name: f.Name, Kind: strings.ReplaceAll(string(f.Kind), "_", " ")}
		switch {
		case f.LeftOut:
			r.Note = "left out: there were too many columns, and it tells least"
		case f.Alike:
			r.Note = "left out: one file has no value, or all values are the same"
		}
		for i, side := range []linkage.Filled{f.Left, f.Right}[:len(v.Files)] {
			n := float64(side.Records)
			s := sideRow{Missing: w.part(float64(side.Missing), n), Distinct: w.Int(side.Distinct),
				Once: w.part(float64(side.Once), float64(side.Distinct)), Commonest: w.part(float64(side.Commonest), n)}
			if len(v.Files) > 1 {
				s.File = v.Files[i].Name
			}
			if n > 0 {
				s.Width = 100 * (n - float64(side.Missing)) / n
			}
			r.Sides = append(r.Sides, s)
		}
		rows = append(rows, r)
	}
	return rows
}

// patternRow is a combination of levels.
type patternRow struct {
	Levels                          []levelRow
	Pairs, Weight, Expected, Chance string
	Band                            string
}

type levelRow struct {
	Name, Level string
	Against     bool
}

const (
	mostPatterns = 30
	// around is how many bits below the threshold of review and above that of
	// links a pattern may lie.
	around = 7
)

// patterns are the most frequent combinations of levels around the thresholds,
// the weightiest first.
func (w words) patterns(v View) (rows []patternRow) {
	m := v.Result.Model
	review, link := linkage.Bits(m.Spec.Review), linkage.Bits(m.Spec.Link)
	var near []linkage.Pattern
	for _, p := range v.Summary.Patterns {
		if p.Mean >= review-around && p.Mean <= link+around {
			near = append(near, p)
		}
	}
	slices.SortStableFunc(near, func(a, b linkage.Pattern) int { return cmp.Compare(b.Pairs, a.Pairs) })
	near = near[:min(len(near), mostPatterns)]
	slices.SortStableFunc(near, func(a, b linkage.Pattern) int { return cmp.Compare(b.Mean, a.Mean) })
	for _, p := range near {
		r := patternRow{Pairs: w.int(p.Pairs), Weight: w.Signed(p.Mean, 1), Expected: w.amount(p.Expected), Chance: w.Percent(p.Expected/float64(p.Pairs), 1), Band: "no link"}
		switch {
		case p.Mean >= link:
			r.Band = "link"
		case p.Mean >= review:
			r.Band = "review"
		}
		for k, lv := range p.Levels {
			if lv >= 0 {
				c := m.Comparisons[k]
				r.Levels = append(r.Levels, levelRow{c.Name, c.Levels[lv].Name, c.Levels[lv].Weight() < 0})
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// relatives names the classes of related people for readers.
var relatives = map[string]string{
	"household":         "People of one household",
	"place":             "People of one place",
	"family":            "One family in two households",
	"named like elders": "People of one household, one named like the other",
	"twins":             "Twins",
	"namesakes":         "Namesakes, with what follows from the name",
}

// related says what the classes of related people are, where there are any.
func (w words) related(v View) (lines []string) {
	s := v.Summary
	for _, r := range v.Result.Model.Related {
		if s.Pairs == 0 {
			break
		}
		pairs := math.Exp2(r.Prior) * v.AllPairs()
		lines = append(lines, fmt.Sprintf("%s: about %s pairs are expected (one in %s of all).", relatives[r.Kind], w.amount(pairs), w.Decimal(v.AllPairs()/math.Max(pairs, 0.5), 0)))
	}
	return lines
}
