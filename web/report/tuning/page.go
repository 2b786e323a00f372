package tuning

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"mitra/identity/linkage"
	"mitra/web/chart"
	"mitra/web/locale"
	"mitra/web/report"
)

//go:embed tuning.html
var source string

//go:embed tuning.css
var style string

var pageTemplate = template.Must(template.New("tuning").Parse(source))

// View is what the page shows. Summary is of Result, which holds every pair that
// was compared.
type View struct {
	Files   []File // one or two
	Result  *linkage.Result
	Summary *linkage.Summary
	Links   int // pairs that would be linked
	Review  int // and shown for review
	Truth   *Truth
}

// File is a file by its name.
type File struct {
	Name    string
	Records int
}

// Truth is what a column that tells the truth says of the run.
type Truth struct {
	Column  string
	Records int   // that have a value there
	Pairs   int64 // true pairs of these records
	Link    Kept  // of the pairs that would be linked
	All     Kept  // and of those and the ones for review
}

// Kept counts pairs of which the truth is known.
type Kept struct {
	Known, True int64
}

// Precision is the share of the kept pairs that are true; ok is false of none.
func (k Kept) Precision() (x float64, ok bool) { return share(k.True, k.Known) }

// Recall is the share of all true pairs that were kept; ok is false if there is none.
func (k Kept) Recall(pairs int64) (x float64, ok bool) { return share(k.True, pairs) }

func share(n, of int64) (float64, bool) {
	if of <= 0 {
		return 0, false
	}
	return float64(n) / float64(of), true
}

// AllPairs is how many pairs there are, compared or not.
func (v View) AllPairs() float64 {
	n := float64(v.Files[0].Records)
	if len(v.Files) > 1 {
		return n * float64(v.Files[1].Records)
	}
	return n * (n - 1) / 2
}

// Missed is the estimated number of true pairs that no key brought.
func (v View) Missed() float64 {
	if r := v.Result.BlockingRecall; r > 0 {
		return v.Summary.Expected * (1/r - 1)
	}
	return 0
}

// words writes numbers.
type words struct{ *locale.Catalog }

func (w words) int(n int64) string { return w.Int(int(n)) }

// amount writes an expected count: with one decimal while it is small.
func (w words) amount(x float64) string {
	if math.Abs(x) < 99.95 {
		return w.Decimal(x, 1)
	}
	return w.Decimal(x, 0)
}

// part writes a share; without anything to share it is a dash.
func (w words) part(x, of float64) string {
	if !(of > 0) {
		return "–"
	}
	switch p := x / of; {
	case p > 0 && p < 0.0005:
		return "<0.1%"
	case p < 1 && p > 0.9995:
		return ">99.9%"
	default:
		return w.Percent(p, 1)
	}
}

// chance writes m or u: small ones as one in so many.
func (w words) chance(p float64) string {
	switch {
	case !(p > 0):
		return "0"
	case p < 0.001:
		return "1 in " + w.Decimal(1/p, 0)
	}
	return w.Decimal(p, 4)
}

// page is what the template shows.
type page struct {
	View
	Style   template.CSS
	Catalog *locale.Catalog

	Title    string
	Figures  []figure
	Checks   []Check
	Looked   []string
	Weights  picture
	Levels   [][]string
	Pairs    picture
	Clipped  string
	Keys     []keyRow
	More     int // keys that are not listed
	Recall   string
	GivenUp  string
	Bins     []binRow
	Reliable picture
	Curve    picture
	Truths   []figure
	Fields   []fieldRow
	Patterns []patternRow
	Related  []string
	Made     []figure
}

type figure struct{ Label, Number string }

// picture is a drawing and its numbers as a table.
type picture struct{ Draw, Table template.HTML }

// Write writes the page. It writes nothing if there is an error, which is the
// writer's.
func Write(w io.Writer, v View) error {
	c, err := locale.For("en")
	if err != nil {
		return fmt.Errorf("tuning: %w", err)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, compose(v, words{c})); err != nil {
		return fmt.Errorf("tuning: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

func compose(v View, w words) page {
	p := page{View: v, Catalog: w.Catalog, Style: chart.Style() + report.Style() + template.CSS(style), Title: "Duplicates in " + v.Files[0].Name}
	if len(v.Files) > 1 {
		p.Title = v.Files[0].Name + " and " + v.Files[1].Name
	}
	s, m := v.Summary, v.Result.Model
	records := w.Int(v.Files[0].Records)
	if len(v.Files) > 1 {
		records += " + " + w.Int(v.Files[1].Records)
	}
	p.Figures = []figure{
		{"records", records},
		{"pairs compared", w.int(s.Pairs)},
		{"true pairs expected among them", w.amount(s.Expected)},
		{"would be linked", w.Int(v.Links)},
		{"would be shown for review", w.Int(v.Review)},
	}
	if s.Pairs > 0 {
		p.Figures = append(p.Figures, figure{"true pairs that keys bring, estimated", w.Percent(v.Result.BlockingRecall, 2)})
	}
	prior := "two records at random"
	if m.OneToOne {
		prior = "two records without other partners"
	}
	p.Made = []figure{
		{"Thresholds", fmt.Sprintf("link from %g (%s bits), review from %g (%s bits)", m.Spec.Link, w.Decimal(linkage.Bits(m.Spec.Link), 2), m.Spec.Review, w.Decimal(linkage.Bits(m.Spec.Review), 2))},
		{"Prior", fmt.Sprintf("%s bits: the log of the odds that %s are one person", w.Signed(m.Prior, 2), prior)},
	}
	if all := v.AllPairs(); all > 0 {
		p.Made = append(p.Made, figure{"Of all pairs", fmt.Sprintf("%s, one in %s was compared; one in %s is expected to be true", w.Decimal(all, 0),
			w.Decimal(all/math.Max(float64(s.Pairs), 1), 0), w.Decimal(all/math.Max(s.Expected, 0.5), 0))})
	}
	if s.Pairs == 0 {
		p.Made = p.Made[:1]
	}
	rounds := fmt.Sprintf("%s rounds", w.Int(m.Rounds))
	if !m.Converged {
		rounds += ", stopped before it settled"
	}
	kind := "each record of one file to at most one of the other"
	switch {
	case m.Duplicates:
		kind = "duplicates within one file"
	case !m.OneToOne:
		kind = "a record may have several partners"
	}
	p.Made = append(p.Made, figure{"Linkage", kind}, figure{"Expectation maximisation", rounds}, figure{"Spec", m.Spec.Name}, figure{"Model", m.Hash()})
	p.Checks, p.Looked = Checks(v), looked
	p.Weights, p.Levels = w.matchWeights(v), w.levels(v)
	p.Pairs, p.Clipped = w.histogram(v)
	p.Keys, p.More = w.keys(v)
	if v.Result.GivenUp > 0 {
		p.GivenUp = w.int(v.Result.GivenUp)
	}
	p.Bins = w.bins(v)
	if v.Truth != nil {
		p.Truths, p.Reliable, p.Curve = w.truths(v), w.reliability(v), w.curve(v)
	}
	p.Fields, p.Patterns, p.Related = w.fields(v), w.patterns(v), w.related(v)
	return p
}
