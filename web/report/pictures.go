package report

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mitra/rules"
	"mitra/web/chart"
)

// picture is a drawing and its numbers as a table.
type picture struct{ Draw, Table template.HTML }

// line is a class as the page lists it.
type line struct {
	ClassCount
	Tone  chart.Tone
	Count string
	Share string
	Width float64 // of its bar, percent
}

// lines are the classes as this reader may see them: protected ones together,
// unless they are shown apart. empty are the titles of classes without a record.
func (w *words) lines(s Status) (lines []line, empty []string) {
	guarded := -1
	for _, c := range s.Classes {
		if c.Protected && !s.ShowProtected {
			if guarded < 0 {
				guarded = len(lines)
				lines = append(lines, line{Tone: chart.Guard, ClassCount: ClassCount{
					Title: w.text("class.protected"), Explanation: w.text("class.protected_text")}})
			}
			lines[guarded].N += c.N
			continue
		}
		if c.N == 0 {
			empty = append(empty, c.Title)
			continue
		}
		lines = append(lines, line{ClassCount: c, Tone: tone(c)})
	}
	for i := range lines {
		l := &lines[i]
		l.Count, l.Share = w.c.Int(l.N), w.c.Share(l.N, s.Residents)
		if s.Residents > 0 {
			l.Width = 100 * float64(l.N) / float64(s.Residents)
		}
	}
	return lines, empty
}

func tone(c ClassCount) chart.Tone {
	switch {
	case c.Protected:
		return chart.Guard
	case regular(c.Class):
		return chart.Plain
	case c.Class == string(rules.Departed):
		return chart.Faint
	case c.Class == string(rules.Undetermined):
		return chart.Unsure
	}
	return chart.Check
}

func workTone(value string) chart.Tone {
	switch value {
	case rules.WorkPermitValid.String():
		return chart.Plain
	case rules.WorkNotWorking.String():
		return chart.Faint
	case rules.WorkUnknown.String():
		return chart.Unsure
	}
	return chart.Check
}

// frame is what every picture of the page shares.
func (w *words) frame(id, title, desc string) chart.Frame {
	return chart.Frame{ID: id, Title: title, Desc: desc, Folded: w.text("table.folded"), Numbers: w.c}
}

// flow draws all records, by the work axis where routes are known, to the lines
// of the page.
func (w *words) flow(s Status, lines []line) picture {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return l.N == 0 })
	var parts []string
	for _, l := range lines {
		parts = append(parts, l.Title+" "+l.Count)
	}
	f := chart.Flow{
		Frame: w.frame("flow", w.text("flow.title"), w.text("flow.desc", count(s.Residents), text("parts", strings.Join(parts, "; ")))),
		Thin:  func(n int) string { return w.text("flow.thin", count(n)) },
		Head:  [4]string{w.text("flow.from"), w.text("flow.to"), w.text("count.records"), w.text("count.share")},
		Nodes: []chart.Node{{Label: w.text("flow.all")}},
	}
	if len(s.Routes) == 0 {
		for _, l := range lines {
			f.Nodes = append(f.Nodes, chart.Node{Label: l.Title, Column: 1, Tone: l.Tone})
			f.Links = append(f.Links, chart.Link{From: 0, To: len(f.Nodes) - 1, N: l.N})
		}
		return picture{f.Draw(), f.Table()}
	}

	// The middle column in the order of the routes; the classes by where their
	// records come from, so that few ribbons cross.
	var works []Route
	total := map[string]int{}
	for _, r := range s.Routes {
		if !slices.ContainsFunc(works, func(o Route) bool { return o.Work == r.Work }) {
			works = append(works, r)
		}
		total[r.Work] += r.N
	}
	works = slices.DeleteFunc(works, func(r Route) bool { return total[r.Work] == 0 })
	key := func(class string) string { // "" is the line of the protected classes
		for _, c := range s.Classes {
			if c.Class == class && c.Protected && !s.ShowProtected {
				return ""
			}
		}
		return class
	}
	through := func(work, class string) int {
		n := 0
		for _, r := range s.Routes {
			if r.Work == work && key(r.Class) == class {
				n += r.N
			}
		}
		return n
	}
	middle := func(l line) float64 {
		at := 0.0
		for i, v := range works {
			at += float64(i) * float64(through(v.Work, l.Class)) / float64(l.N)
		}
		return at
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(middle(a), middle(b)) })
	for i, v := range works {
		f.Nodes = append(f.Nodes, chart.Node{Label: upper(v.Title), Column: 1, Tone: workTone(v.Work)})
		f.Links = append(f.Links, chart.Link{From: 0, To: i + 1, N: total[v.Work]})
	}
	for _, l := range lines {
		f.Nodes = append(f.Nodes, chart.Node{Label: l.Title, Column: 2, Tone: l.Tone})
		for i, v := range works {
			f.Links = append(f.Links, chart.Link{From: i + 1, To: len(f.Nodes) - 1, N: through(v.Work, l.Class)})
		}
	}
	return picture{f.Draw(), f.Table()}
}

func (w *words) weights(s Status) picture {
	h := chart.Histogram{
		Review: s.ReviewFrom, Link: s.LinkFrom,
		Below: w.text("weights.below"), Between: w.text("weights.between"), Above: w.text("weights.above"),
		XLabel: w.text("weights.x"), YLabel: w.text("weights.y"),
		Head: [3]string{w.text("weights.from"), w.text("weights.to"), w.text("weights.pairs")},
	}
	pairs := 0
	for _, b := range s.Weights {
		h.Bins = append(h.Bins, chart.Bin(b))
		pairs += b.N
	}
	if pairs == 0 {
		return picture{}
	}
	low := slices.MinFunc(s.Weights, func(a, b Bin) int { return cmp.Compare(a.From, b.From) }).From
	high := slices.MaxFunc(s.Weights, func(a, b Bin) int { return cmp.Compare(a.To, b.To) }).To
	h.Frame = w.frame("weights", w.text("weights.title"), w.text("weights.desc", count(pairs),
		decimal("low", low), decimal("high", high), decimal("review", s.ReviewFrom), decimal("link", s.LinkFrom)))
	return picture{h.Draw(), h.Table()}
}

func (w *words) cross(s Status) template.HTML {
	return chart.Heat{
		Frame: w.frame("cross", w.text("cross.title"), w.text("cross.text")),
		Rows:  uppers(s.StayWork.Rows), Cols: uppers(s.StayWork.Cols), N: s.StayWork.N,
		Corner: w.text("cross.corner"), Sum: w.text("class.together"),
	}.Draw()
}

// axis is one axis of the page.
type axis struct {
	Title   string
	Picture picture
}

func (w *words) axes(s Status) []axis {
	var out []axis
	for _, a := range s.Axes {
		if a.Axis == protection && !s.ShowProtected {
			continue
		}
		b := chart.Bars{Head: [3]string{w.text("axes.value"), w.text("count.records"), w.text("count.share")}}
		var parts []string
		for _, v := range a.Values {
			if v.N == 0 {
				continue
			}
			b.Items = append(b.Items, chart.Item{Label: upper(v.Title), N: v.N, Tone: axisTone(a.Axis, v.Value)})
			parts = append(parts, v.Title+" "+w.c.Int(v.N))
		}
		if len(b.Items) == 0 {
			continue
		}
		b.Frame = w.frame("axis-"+a.Axis, a.Title, w.text("axes.desc", text("title", a.Title), text("parts", strings.Join(parts, "; "))))
		out = append(out, axis{a.Title, picture{b.Draw(), b.Table()}})
	}
	return out
}

func axisTone(axis, value string) chart.Tone {
	switch {
	case value == "unknown":
		return chart.Unsure
	case axis == protection:
		return chart.Guard
	case axis == string(rules.AxisWork):
		return workTone(value)
	case value == rules.StayDeparted.String():
		return chart.Faint
	case value == rules.StayOverstay.String(), value == rules.StayNoEntryRecord.String(),
		value == rules.IdentityDisputed.String(), value == rules.IdentityClaimed.String():
		return chart.Check
	}
	return chart.Plain
}

// upper begins a title that a rule pack writes in lower case, for use within a
// sentence, as a label begins.
func upper(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

func uppers(titles []string) []string {
	out := make([]string, len(titles))
	for i, t := range titles {
		out[i] = upper(t)
	}
	return out
}
