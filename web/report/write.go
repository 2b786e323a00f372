package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"

	"mitra/rules"
	"mitra/web/chart"
	"mitra/web/locale"
)

//go:embed report.html
var source string

//go:embed report.css
var style string

var pageTemplate = template.Must(template.New("report").Parse(source))

// Write writes the page in the language of s.Lang. It writes nothing if the
// figures do not add up, and then returns an error wrapping [ErrFigures]; any
// other error is the writer's, or says that a text is missing.
func Write(w io.Writer, s Status) error {
	if err := s.Validate(); err != nil {
		return err
	}
	c, err := locale.For(s.Lang)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	p, err := compose(s, c)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

// words looks texts up and keeps the first error.
type words struct {
	c   *locale.Catalog
	err error
}

func (w *words) text(key string, args ...locale.Arg) string {
	s, err := w.c.Text(key, args...)
	if err != nil && w.err == nil {
		w.err = err
	}
	return s
}

func text(name, value string) locale.Arg              { return locale.Text(name, value) }
func count(n int) locale.Arg                          { return locale.Int("n", n) }
func decimal(name string, x float64) locale.Arg       { return locale.Decimal(name, x, 1) }
func (w *words) number(name string, n int) locale.Arg { return text(name, w.c.Int(n)) }

// page is what the template shows: words and pictures, all made.
type page struct {
	Status
	Catalog *locale.Catalog
	Style   template.CSS

	Title, Sentence string
	AsOf, Generated string
	Figures         []figure
	Lines           []line
	Empty           []string
	Missed          string
	MissedClass     string
	PermitSentence  string
	Recall          string
	Flow, Weights   picture
	Cross           template.HTML
	Axes            []axis
	Truths          []figure
	Version         string
	Loaded          []loaded
	Limits          []string
	PairsIntro      string
	Pairs           []pair
}

// T returns a text without placeholders.
func (p page) T(key string) (string, error) { return p.Catalog.Text(key) }

type figure struct{ Number, Label string }

type loaded struct{ Noun, Source, File, Rows, Rejected, At string }

type pair struct {
	Number, Left, Right string
	Probability, Total  string
	Prior               string
	Fields              []field
}

type field struct {
	Name, Level    string
	Left, Right    []Run
	Weight, Rarity string
	Width          float64 // of the bar, percent
	Against        bool    // the field speaks against one person
}

func compose(s Status, c *locale.Catalog) (page, error) {
	w := &words{c: c}
	p := page{
		Status: s, Catalog: c, Style: chart.Style() + template.CSS(style),
		AsOf: c.Date(s.AsOf), Generated: c.Date(s.Generated),
		MissedClass: string(rules.NoPermitFound),
	}
	p.Title = w.text("page.kicker")
	if s.AsOf != "" {
		p.Title = w.text("page.title", text("date", p.AsOf))
	}
	p.Lines, p.Empty = w.lines(s)
	switch {
	case s.Residents == 0:
		p.Sentence = w.text("headline.none")
	case len(s.Classes) == 0:
		p.Sentence = w.text("headline.unclassed")
	default:
		p.Sentence = w.text("headline.sentence", text("date", p.AsOf), count(s.Residents))
		p.Flow = w.flow(s, p.Lines)
	}
	if s.Persons > 0 {
		p.Figures = append(p.Figures, figure{c.Int(s.Persons), w.text("figure.persons")})
	}
	if s.Permits > 0 {
		p.Figures = append(p.Figures,
			figure{c.Int(s.Permits), w.text("figure.permits")},
			figure{c.Int(s.Matched), w.text("figure.matched")},
			figure{c.Int(s.Review), w.text("figure.review")},
			figure{c.Int(s.Unmatched), w.text("figure.unmatched")})
		p.PermitSentence = w.text("permits.sentence", count(s.Permits), w.number("matched", s.Matched),
			w.number("review", s.Review), w.number("unmatched", s.Unmatched))
	}
	p.Missed = w.text("class.missed", text("count", c.Decimal(s.ExpectedMissed, missedPlaces(s.ExpectedMissed))))
	if s.BlockingRecall > 0 {
		p.Recall = w.text("permits.recall", text("share", c.Percent(s.BlockingRecall, 2)))
	}
	p.Weights, p.Axes = w.weights(s), w.axes(s)
	p.Cross = w.cross(s)
	if s.Truth != nil {
		p.Truths = []figure{
			{c.Percent(s.Truth.Precision, 2), w.text("truth.precision")},
			{c.Percent(s.Truth.Recall, 2), w.text("truth.recall")},
			{c.Int(s.Truth.ClassErrors), w.text("truth.errors")},
		}
	}
	if s.RuleVersion != "" {
		p.Version = w.text("made.version", text("version", s.RuleVersion))
	}
	for _, i := range s.Imports {
		p.Loaded = append(p.Loaded, loaded{w.noun(i.Noun), i.Source, i.File, c.Int(i.Rows), c.Int(i.Rejected), c.Date(i.At)})
	}
	for _, key := range []string{"limits.safe", "limits.none", "limits.protect", "limits.origin", "limits.lists"} {
		p.Limits = append(p.Limits, w.text(key))
	}
	p.PairsIntro = w.text("pairs.intro", count(len(s.Doubtful)))
	for i, d := range s.Doubtful {
		p.Pairs = append(p.Pairs, w.pair(i+1, d))
	}
	return p, w.err
}

// missedPlaces is one for a small expectation, which rounding would distort.
func missedPlaces(x float64) int {
	if x < 10 {
		return 1
	}
	return 0
}

// nouns are the lists that have a name in the catalogs.
var nouns = []string{"residents", "permits", "placements", "departures", "reports", "alerts"}

func (w *words) noun(noun string) string {
	if slices.Contains(nouns, noun) {
		return w.text("noun." + noun)
	}
	return noun
}

func (w *words) pair(number int, d Pair) pair {
	p := pair{
		Number: w.c.Int(number), Left: d.Left, Right: d.Right,
		Probability: w.text("pairs.probability", text("share", w.c.Percent(d.Probability, 1))),
		Total:       w.c.Signed(d.Weight, 2), Prior: w.c.Signed(d.Prior, 2),
	}
	widest := 1.0
	for _, f := range d.Fields {
		widest = math.Max(widest, math.Abs(f.Weight+f.Frequency))
	}
	for _, f := range d.Fields {
		sum := f.Weight + f.Frequency
		out := field{Name: f.Name, Level: f.Level, Weight: w.c.Signed(sum, 2), Width: 100 * math.Abs(sum) / widest, Against: sum < 0}
		if f.Left != "" && f.Right != "" {
			out.Left, out.Right = Diff(f.Left, f.Right)
		} else {
			out.Left, out.Right = whole(f.Left), whole(f.Right)
		}
		if f.Frequency != 0 {
			out.Rarity = w.text("pairs.rarity", text("weight", w.c.Signed(f.Frequency, 2)))
		}
		p.Fields = append(p.Fields, out)
	}
	return p
}

// whole is a value that has nothing to be compared with.
func whole(s string) []Run {
	if s == "" {
		return nil
	}
	return []Run{{Text: s}}
}

// Style is the style sheet of the page, for other pages that look like it; the
// pictures have their own.
func Style() template.CSS { return template.CSS(style) }
