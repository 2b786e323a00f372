package chart

import (
	_ "embed"
	"html/template"
	"math"
	"strconv"
	"strings"
)

//go:embed chart.css
var style string

// Style is the style sheet of the pictures, for a page's style element.
func Style() template.CSS { return template.CSS(style) }

// Numbers writes numbers for the reader.
type Numbers interface {
	Int(n int) string
	Decimal(x float64, places int) string
	Signed(x float64, places int) string // with a sign, also where positive
	Share(n, total int) string           // as a percentage, empty without a total
}

// Frame is what every picture has beside its data.
type Frame struct {
	ID      string // unique in the page; begins with a letter; letters, digits and -
	Title   string // what the picture is, in a few words
	Desc    string // what it says, for those who do not see it
	Folded  string // what unfolds the table: "The same as a table"
	Numbers Numbers
}

// Tone is what a part of a picture means, shown by colour and pattern together.
type Tone uint8

// The tones.
const (
	Plain  Tone = iota // in order: solid teal
	Check              // somebody has to look: amber, slanted lines
	Guard              // people to protect: plum, crossed lines
	Faint              // outside the question: grey, level lines
	Unsure             // not known: grey, dots
)

var tones = [...]string{"plain", "check", "guard", "faint", "unsure"}

// String returns the name that CSS classes end in.
func (t Tone) String() string {
	if int(t) < len(tones) {
		return tones[t]
	}
	return tones[Unsure]
}

// size is one of the two drawings of a picture.
type size struct {
	name   string  // "wide" or "narrow"
	width  float64 // of the view box
	font   float64 // of its text
	narrow bool
}

var (
	wide   = size{name: "wide", width: 960, font: 15}
	narrow = size{name: "narrow", width: 340, font: 12.5, narrow: true}
)

// line is the distance between two lines of text. Khmer stacks marks above and
// below the letters and needs more than Latin.
func (s size) line() float64 { return math.Round(s.font * 1.38) }

// both draws a picture in both sizes. paint adds the drawing to the canvas and
// returns its height.
func (f Frame) both(paint func(c *canvas, s size) float64) template.HTML {
	var out strings.Builder
	out.WriteString(`<div class="mc">`)
	for _, s := range []size{wide, narrow} {
		c := &canvas{id: f.ID + "-" + s.name}
		height := paint(c, s)
		out.WriteString(`<svg class="mc-` + s.name + `" role="img" viewBox="0 0 ` + num(s.width) + ` ` + num(height) +
			`" aria-labelledby="` + esc(c.id) + `-t ` + esc(c.id) + `-d"><title id="` + esc(c.id) + `-t">` + esc(f.Title) +
			`</title><desc id="` + esc(c.id) + `-d">` + esc(f.Desc) + `</desc>`)
		out.WriteString(c.defs())
		out.WriteString(c.b.String())
		out.WriteString(`</svg>`)
	}
	out.WriteString(`</div>`)
	return template.HTML(out.String())
}

// longTable is the number of rows above which a table is printed in several columns.
const longTable = 24

// folded is the table of a picture. The first column is a row's heading; the
// first words columns hold words, the others numbers. sums says that the last
// row is a sum.
func (f Frame) folded(head []string, words int, rows [][]string, sums bool) template.HTML {
	var b strings.Builder
	b.WriteString(`<details class="mc-data"><summary>` + esc(f.Folded) + `</summary><div`)
	if len(rows) > longTable {
		b.WriteString(` class="mc-long"`)
	}
	b.WriteString(`><table><caption>` + esc(f.Title) + `</caption><thead><tr>`)
	word := func(column int) string {
		if column < words {
			return ` class="mc-word"`
		}
		return ""
	}
	for j, h := range head {
		b.WriteString(`<th scope="col"` + word(j) + `>` + esc(h) + `</th>`)
	}
	b.WriteString(`</tr></thead><tbody>`)
	for i, row := range rows {
		if sums && i == len(rows)-1 {
			b.WriteString(`<tr class="mc-sum">`)
		} else {
			b.WriteString(`<tr>`)
		}
		for j, cell := range row {
			if j == 0 {
				b.WriteString(`<th scope="row"` + word(j) + `>` + esc(cell) + `</th>`)
			} else {
				b.WriteString(`<td` + word(j) + `>` + esc(cell) + `</td>`)
			}
		}
		b.WriteString(`</tr>`)
	}
	b.WriteString(`</tbody></table></div></details>`)
	return template.HTML(b.String())
}

// canvas collects the elements of one drawing.
type canvas struct {
	id   string
	b    strings.Builder
	used [len(tones)]bool // tones whose pattern is needed
}

// attrs are pairs of an attribute's name and value.
func (c *canvas) element(name, class string, attrs ...any) {
	c.b.WriteString(`<` + name + ` class="` + esc(class) + `"`)
	c.attributes(attrs)
	c.b.WriteString(`/>`)
}

func (c *canvas) attributes(attrs []any) {
	for i := 0; i+1 < len(attrs); i += 2 {
		c.b.WriteString(` ` + attrs[i].(string) + `="`)
		switch v := attrs[i+1].(type) {
		case float64:
			c.b.WriteString(num(v))
		case string:
			c.b.WriteString(esc(v))
		}
		c.b.WriteString(`"`)
	}
}

func (c *canvas) rect(class string, x, y, w, h float64, more ...any) {
	c.element("rect", class, append([]any{"x", x, "y", y, "width", w, "height", h}, more...)...)
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.element("line", class, "x1", x1, "y1", y1, "x2", x2, "y2", y2)
}

// text writes one line; anchor is start, middle or end.
func (c *canvas) text(class string, s size, x, y float64, anchor, text string) {
	if text == "" {
		return
	}
	c.b.WriteString(`<text class="` + esc(class) + `"`)
	c.attributes([]any{"x", x, "y", y, "font-size", s.font})
	if anchor != "start" {
		c.attributes([]any{"text-anchor", anchor})
	}
	c.b.WriteString(`>` + esc(text) + `</text>`)
}

// toned draws an area twice: its colour, and over it the pattern of the tone.
func (c *canvas) toned(t Tone, draw func(class string, more ...any)) {
	draw("mc-fill mc-" + t.String())
	if t != Plain && int(t) < len(c.used) {
		c.used[t] = true
		draw("mc-over", "fill", "url(#"+c.id+"-"+t.String()+")")
	}
}

// defs are the patterns that the drawing uses.
func (c *canvas) defs() string {
	var b strings.Builder
	for i, used := range c.used {
		if !used {
			continue
		}
		t := Tone(i)
		b.WriteString(`<pattern id="` + esc(c.id) + `-` + t.String() + `" class="mc-` + t.String() +
			`" width="6" height="6" patternUnits="userSpaceOnUse"` + patterns[t])
	}
	if b.Len() == 0 {
		return ""
	}
	return `<defs>` + b.String() + `</defs>`
}

var patterns = [...]string{
	Check:  ` patternTransform="rotate(45)"><path class="mc-hatch" d="M3 0V6"/></pattern>`,
	Guard:  ` patternTransform="rotate(45)"><path class="mc-hatch" d="M3 0V6M0 3H6"/></pattern>`,
	Faint:  `><path class="mc-hatch" d="M0 3H6"/></pattern>`,
	Unsure: `><circle class="mc-dot" cx="3" cy="3" r="1.1"/></pattern>`,
}

// num writes a coordinate with at most two decimals.
func num(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		x = 0
	}
	s := strconv.FormatFloat(x, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

var escaper = strings.NewReplacer(`&`, "&amp;", `<`, "&lt;", `>`, "&gt;", `"`, "&#34;", `'`, "&#39;")

// esc makes a text safe in elements and quoted attributes, in HTML and in XML:
// characters that XML forbids become the replacement character.
func esc(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return escaper.Replace(s)
}
