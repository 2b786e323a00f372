package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"mitra/web/chart"
)

// markdown is what was found out, as tables.
func markdown(all []result, runs int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Medians of %d runs, each program in a process of its own, alternately. %s. Splink: DuckDB, its best of the thresholds %s for pairs and for clusters each. Mitra: pairs from 0.5, and its clusters.\n\n",
		runs, strings.Join(pins, ", "), strings.Trim(fmt.Sprint(thresholds), "[]"))
	b.WriteString("| file | program | wall | CPU | peak memory | pairs compared | true pairs compared | pairs: precision | recall | F1 | clusters: precision | recall | F1 | 1 − F1 |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range all {
		blocking := "–"
		if r.blocking > 0 {
			blocking = fmt.Sprintf("%.2f %%", 100*r.blocking)
		}
		fmt.Fprintf(&b, "| %s | %s | %.2f s | %.2f s | %d MB | %s | %s | %.4f | %.4f | %.4f |", r.set, r.tool, r.Wall, r.CPU, r.Peak>>20,
			thousands(r.compared), blocking, r.pairs.precision(), r.pairs.recall(), r.pairs.f1())
		if c := r.clusters; c.truth > 0 {
			fmt.Fprintf(&b, " %.4f | %.4f | %.4f | %.4f |\n", c.precision(), c.recall(), c.f1(), r.wrong())
		} else {
			fmt.Fprintf(&b, " – | – | – | %.4f |\n", r.wrong())
		}
	}
	b.WriteString("\n*Corridor*: 73,000 residents and 58,307 permits of the demo, two files. Pairs found, compared and weighed per second and processor, of the stage that does so alone (values are read, keys chosen and chances learned before): ")
	for i, r := range all {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s, %s %s", r.set, r.tool, thousands(int64(math.Round(r.rate()))))
	}
	b.WriteString(".\n")
	b.WriteString(growth(all))
	b.WriteString("\nOf the pairs with a stated probability, how many are true. *kept*: within 3 points, from 0.99 on at least 98.5 % true; bins of fewer than 200 pairs are left open.\n\n")
	b.WriteString("| file | program | probability | pairs | stated | true | kept |\n|---|---|---|---|---|---|---|\n")
	for _, r := range all {
		for _, x := range r.bins {
			if x.pairs == 0 || x.from < 0.5 {
				continue
			}
			kept := map[bool]string{true: "yes", false: "no"}[x.kept()]
			if x.pairs < 200 {
				kept = "–"
			}
			fmt.Fprintf(&b, "| %s | %s | %g to %g | %s | %.3f | %.3f | %s |\n", r.set, r.tool, x.from, x.to, thousands(x.pairs),
				x.stated/float64(x.pairs), ratio(x.same, x.pairs), kept)
		}
	}
	return b.String()
}

// wrong is 1 − F1 of clusters, of pairs between two files.
func (r result) wrong() float64 {
	if r.clusters.truth > 0 {
		return 1 - r.clusters.f1()
	}
	return 1 - r.pairs.f1()
}

// growth tells with which power of the number of people the time grows.
func growth(all []result) string {
	var b strings.Builder
	for _, t := range tools {
		var n, sec []float64
		for _, r := range all {
			if r.tool == t.name && strings.HasPrefix(r.set, "people ") {
				n, sec = append(n, float64(r.rows)), append(sec, r.Wall)
			}
		}
		if len(n) > 1 {
			fmt.Fprintf(&b, "- %s: time grows with n^%.2f from %s to %s people\n", t.name, slope(n, sec), thousands(int64(n[0])), thousands(int64(n[len(n)-1])))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

// slope is that of the line through the logarithms, by least squares.
func slope(x, y []float64) float64 {
	var mx, my, xy, xx float64
	for i := range x {
		mx += math.Log(x[i]) / float64(len(x))
		my += math.Log(y[i]) / float64(len(x))
	}
	for i := range x {
		dx := math.Log(x[i]) - mx
		xy += dx * (math.Log(y[i]) - my)
		xx += dx * dx
	}
	return xy / xx
}

// between writes the text between the marks of a document.
func between(path, text string) error {
	const begin, end = "<!-- bench/linkage: begin -->", "<!-- bench/linkage: end -->"
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	_, after, also := strings.Cut(rest, end)
	if !ok || !also {
		return fmt.Errorf("%s: the lines %q and %q are not there: add them where the tables shall stand", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+text+end+after), 0o644)
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// amounts writes the number of a bar, which is in thousandths, with its unit.
// The share of a sum would mean nothing here; the unit stands in its place.
type amounts struct {
	unit   string
	places int
}

func (a amounts) Int(n int) string                { return strconv.FormatFloat(float64(n)/1000, 'f', a.places, 64) }
func (a amounts) Decimal(x float64, p int) string { return strconv.FormatFloat(x, 'f', p, 64) }
func (a amounts) Signed(x float64, p int) string  { return fmt.Sprintf("%+.*f", p, x) }
func (a amounts) Share(int, int) string           { return a.unit }

var wide = regexp.MustCompile(`(?s)<svg class="mc-wide" role="img" viewBox="0 0 ([\d.]+) ([\d.]+)"(.*?)</svg>`)

// draw draws time, memory and errors as bars, one below the other, in one picture.
func draw(all []result) []byte {
	var body strings.Builder
	y := 10.0
	for i, m := range []struct {
		title string
		amounts
		of func(result) float64
	}{
		{"Time, seconds", amounts{"s", 1}, func(r result) float64 { return r.Wall }},
		{"Peak memory, gigabytes", amounts{"GB", 2}, func(r result) float64 { return float64(r.Peak) / (1 << 30) }},
		{"Wrong: 1 − F1 of clusters, of pairs between two files, in per cent", amounts{"%", 2}, func(r result) float64 { return 100 * r.wrong() }},
	} {
		bars := chart.Bars{Frame: chart.Frame{ID: fmt.Sprint("bench", i), Title: m.title, Desc: m.title + ", by file and program", Numbers: m.amounts}}
		for _, r := range all {
			tone := chart.Plain
			if r.tool != tools[0].name {
				tone = chart.Faint
			}
			bars.Items = append(bars.Items, chart.Item{Label: r.set + ", " + r.tool, N: int(math.Round(1000 * m.of(r))), Tone: tone})
		}
		part := wide.FindStringSubmatch(string(bars.Draw()))
		if part == nil {
			continue // nothing to compare
		}
		high, _ := strconv.ParseFloat(part[2], 64)
		fmt.Fprintf(&body, `<text class="mc-text mc-strong" x="20" y="%g" font-size="17">%s</text>`, y+17, html.EscapeString(m.title))
		fmt.Fprintf(&body, `<svg class="mc-wide" role="img" x="20" y="%g" width="%s" height="%g" viewBox="0 0 %s %g"%s</svg>`, y+30, part[1], high, part[1], high, strings.ReplaceAll(part[3], " · "+m.unit, " "+m.unit))
		y += high + 60
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" class="mc" viewBox="0 0 1000 %g" role="img" aria-label="Mitra and Splink: time, memory and errors"><style>%s
.mc svg { width: auto; }
svg.mc { font-family: var(--mc-font); background: var(--mc-paper); }</style><g>%s</g></svg>
`, y, chart.Style(), body.String())
}
