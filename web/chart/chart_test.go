package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// samples are all pictures with their tables.
func samples(t testing.TB) map[string]string {
	f, h, b, w := sampleFlow(t), sampleHistogram(t), sampleBars(t), sampleWaterfall(t)
	return map[string]string{
		"flow":      string(f.Draw() + f.Table()),
		"histogram": string(h.Draw() + h.Table()),
		"bars":      string(b.Draw() + b.Table()),
		"heat":      string(sampleHeat(t).Draw()),
		"waterfall": string(w.Draw() + w.Table()),
		"diverging": string(sampleDiverging(t).Draw() + sampleDiverging(t).Table()),
		"mirror":    string(sampleMirror(t).Draw() + sampleMirror(t).Table()),
		"plot":      string(samplePlot(t).Draw() + samplePlot(t).Table()),
	}
}

func TestGolden(t *testing.T) {
	for name, got := range samples(t) {
		got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
		path := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s differs from its golden file; if that is meant, run with -update:\n%s", name, d)
		}
	}
}

// wellFormed reads text as XML and returns its elements' ids.
func wellFormed(t testing.TB, name, text string) (ids []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<all>" + text + "</all>"))
	d.Strict = true
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ids
		}
		if err != nil {
			t.Fatalf("%s is not well formed: %v", name, err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			if e.Name.Local == "script" || e.Name.Local == "image" || e.Name.Local == "foreignObject" {
				t.Errorf("%s has an element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "id" {
					ids = append(ids, a.Value)
				}
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" || a.Name.Local == "src" {
					t.Errorf("%s has an attribute %s", name, a.Name.Local)
				}
			}
		}
	}
}

func TestPicturesAreWellFormedAndAskForNothing(t *testing.T) {
	var ids []string
	for name, text := range samples(t) {
		ids = append(ids, wellFormed(t, name, text)...)
		if strings.Contains(text, "://") || strings.Contains(strings.ReplaceAll(text, "url(#", ""), "url(") {
			t.Errorf("%s names an address", name)
		}
	}
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) {
		t.Errorf("%d ids, %d of them different: %q", len(ids), n, ids)
	}
}

func TestEveryDrawingHasTitleAndDescription(t *testing.T) {
	for name, text := range samples(t) {
		for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(text, -1) {
			for _, want := range []string{`role="img"`, "<title id=", "<desc id=", "Title of ", "What "} {
				if !strings.Contains(svg, want) {
					t.Errorf("%s: a drawing has no %s", name, want)
				}
			}
			by := regexp.MustCompile(`aria-labelledby="(\S+) (\S+)"`).FindStringSubmatch(svg)
			if by == nil || !strings.Contains(svg, `id="`+by[1]+`"`) || !strings.Contains(svg, `id="`+by[2]+`"`) {
				t.Errorf("%s: the drawing is not labelled by its title and description", name)
			}
		}
		if name != "heat" && strings.Count(text, "<svg") != 2 {
			t.Errorf("%s is not drawn wide and narrow", name)
		}
	}
}

func TestTonesDifferByPatternToo(t *testing.T) {
	for tone := Check; int(tone) < len(tones); tone++ {
		b := sampleBars(t)
		b.Items = []Item{{"x", 5, tone}}
		if got := string(b.Draw()); !strings.Contains(got, "url(#bars-wide-"+tone.String()+")") || !strings.Contains(got, `id="bars-wide-`+tone.String()+`"`) {
			t.Errorf("tone %v has no pattern", tone)
		}
	}
	for i, a := range patterns {
		for j, b := range patterns {
			if i != j && a == b {
				t.Errorf("tones %v and %v have one pattern", Tone(i), Tone(j))
			}
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	for name, got := range map[string]template.HTML{
		"flow": Flow{}.Draw() + Flow{}.Table(), "histogram": Histogram{}.Draw() + Histogram{}.Table(),
		"bars": Bars{}.Draw() + Bars{}.Table(), "heat": Heat{}.Draw(),
		"zeros":        Bars{Items: []Item{{"a", 0, Plain}}}.Draw(),
		"empty bins":   Histogram{Bins: []Bin{{0, 1, 0}}}.Draw(),
		"no such node": Flow{Nodes: []Node{{"a", 0, Plain}}, Links: []Link{{0, 3, 5}, {-1, 0, 5}, {0, 0, 5}}}.Draw(),
		"backwards":    Flow{Nodes: []Node{{"a", 1, Plain}, {"b", 0, Plain}}, Links: []Link{{0, 1, 5}}}.Draw(),
		"infinite bin": Histogram{Bins: []Bin{{math.Inf(-1), 1, 7}, {math.NaN(), 1, 7}, {2, 2, 7}}}.Draw(),
	} {
		if got != "" {
			t.Errorf("%s: drew %q", name, got)
		}
	}
}

const hostile = `<script>alert(1)</script>"'&` + "\x00\x1b\ufffe\xff ]]> ខ្មែរ"

func TestHostileTextIsEscaped(t *testing.T) {
	fr := frame(t, "x")
	fr.Title, fr.Desc, fr.Folded = hostile, hostile, hostile
	f, h, b, ht, w := sampleFlow(t), sampleHistogram(t), sampleBars(t), sampleHeat(t), sampleWaterfall(t)
	f.Frame, h.Frame, b.Frame, ht.Frame, w.Frame = fr, fr, fr, fr, fr
	for i := range f.Nodes {
		f.Nodes[i].Label = hostile
	}
	f.Thin = func(int) string { return hostile }
	h.Below, h.Between, h.Above, h.XLabel, h.YLabel = hostile, hostile, hostile, hostile, hostile
	b.Items[0].Label, b.Head[0] = hostile, hostile
	ht.Rows[0], ht.Cols[0], ht.Corner, ht.Sum = hostile, hostile, hostile, hostile
	w.Steps[0].Label, w.Steps[0].Level, w.PriorLabel, w.ReviewLabel = hostile, hostile, hostile, hostile
	for name, got := range map[string]template.HTML{
		"flow": f.Draw() + f.Table(), "histogram": h.Draw() + h.Table(), "bars": b.Draw() + b.Table(),
		"heat": ht.Draw(), "waterfall": w.Draw() + w.Table(),
	} {
		wellFormed(t, name, string(got))
		if strings.Contains(string(got), "<script") {
			t.Errorf("%s: hostile text came through", name)
		}
	}
}

// numbersOf returns the numbers in the cells of a table's column.
func numbersOf(t *testing.T, table template.HTML, column int) (ns []int) {
	t.Helper()
	for _, row := range regexp.MustCompile(`(?s)<tr>(.*?)</tr>`).FindAllStringSubmatch(strings.Split(string(table), "<tbody>")[1], -1) {
		cells := regexp.MustCompile(`>([^<>]*)</t[hd]>`).FindAllStringSubmatch(row[1], -1)
		n, err := strconv.Atoi(strings.ReplaceAll(cells[column][1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		ns = append(ns, n)
	}
	return ns
}

func total(ns []int) (sum int) {
	for _, n := range ns {
		sum += n
	}
	return sum
}

func TestNumbersAddUp(t *testing.T) {
	f := sampleFlow(t)
	out := 0
	for i, n := range f.Nodes {
		if n.Column == 2 {
			out += f.Count(i)
		}
	}
	if f.Total() != 73_000 || out != 73_000 {
		t.Errorf("flow: %d in, %d out, want 73,000", f.Total(), out)
	}
	if got := total(numbersOf(t, f.Table(), 2)); got != 2*73_000 {
		t.Errorf("the two steps of the flow's table sum up to %d, want twice 73,000", got)
	}
	b := sampleBars(t)
	if got := total(numbersOf(t, b.Table(), 1)); got != b.Total() {
		t.Errorf("bars: the table sums up to %d, want %d", got, b.Total())
	}
	heat := string(sampleHeat(t).Draw())
	for _, want := range []string{">60,909<", ">2,311<", ">55,994<", ">6,606<", ">620<", ">63,220<"} {
		if !strings.Contains(heat, want) {
			t.Errorf("heat: no sum %s", want)
		}
	}
}
