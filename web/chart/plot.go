package chart

import (
	"html/template"
	"math"
	"strings"
)

// Plot draws shares against shares, both from 0 to 1: points with what is
// uncertain about them, lines, and the diagonal on which the two are equal.
type Plot struct {
	Frame
	Lines          []Line
	Points         []Dot
	Diagonal       string // what the diagonal means; empty for none
	XLabel, YLabel string
	Head           []string   // of the table
	Rows           [][]string // its rows, whose first column is a heading
}

// Dot is a point, and the interval in which its height lies in truth.
type Dot struct {
	X, Y, Low, High float64
}

// Line joins points in the order given. Dashed tells the second line from the
// first without colour.
type Line struct {
	Label  string
	XY     [][2]float64
	Dashed bool
}

// Draw returns the picture, empty without a point.
func (p Plot) Draw() template.HTML {
	n := len(p.Points)
	for _, l := range p.Lines {
		n += len(l.XY)
	}
	if n == 0 {
		return ""
	}
	return p.both(func(c *canvas, s size) float64 {
		left, top := 66.0, s.line()*1.6
		right, plot := left+520, 380.0
		if s.narrow {
			left, right, plot = 46, s.width-10, 240
		}
		bottom := top + plot
		clamp := func(v float64) float64 { return math.Max(0, math.Min(1, v)) }
		x := func(v float64) float64 { return left + clamp(v)*(right-left) }
		y := func(v float64) float64 { return bottom - clamp(v)*plot }
		c.text("mc-text mc-soft", s, 0, s.font, "start", p.YLabel)
		for i := 0; i <= 5; i++ {
			v := float64(i) / 5
			c.line("mc-grid", left, y(v), right, y(v))
			c.text("mc-text mc-soft", s, left-6, y(v)+s.font*0.35, "end", p.Numbers.Decimal(v, 1))
			c.line("mc-axis", x(v), bottom, x(v), bottom+5)
			c.text("mc-text mc-soft", s, x(v), bottom+5+s.font*1.1, "middle", p.Numbers.Decimal(v, 1))
		}
		c.line("mc-axis", left, bottom, right, bottom)
		if p.Diagonal != "" {
			c.line("mc-threshold", x(0), y(0), x(1), y(1))
		}
		for _, d := range p.Points {
			if !finite(d.X) || !finite(d.Y) {
				continue
			}
			if finite(d.Low) && finite(d.High) && d.Low < d.High {
				c.line("mc-axis", x(d.X), y(d.Low), x(d.X), y(d.High))
			}
			c.toned(Plain, func(class string, more ...any) {
				c.element("circle", class, append([]any{"cx", x(d.X), "cy", y(d.Y), "r", s.font * 0.4}, more...)...)
			})
		}
		for _, l := range p.Lines {
			var path strings.Builder
			for _, at := range l.XY {
				if finite(at[0]) && finite(at[1]) {
					path.WriteString(num(x(at[0])) + "," + num(y(at[1])) + " ")
				}
			}
			class := "mc-curve"
			if l.Dashed {
				class += " mc-dashed"
			}
			c.element("polyline", class, "points", strings.TrimSpace(path.String()))
		}
		height := bottom + 8 + s.font*1.2
		for _, line := range wrap(p.XLabel, (right-left)/s.font) {
			height += s.line()
			c.text("mc-text mc-soft", s, (left+right)/2, height-s.font*0.35, "middle", line)
		}
		// The meaning of the lines stands beside the plot, or under it.
		at, keyY := right+s.font*2, top+s.font
		if s.narrow {
			at, keyY = left, height+s.line()
		}
		key := func(class, label string) {
			if label == "" {
				return
			}
			c.element("line", class, "x1", at, "y1", keyY-s.font*0.35, "x2", at+s.font*2.4, "y2", keyY-s.font*0.35)
			for _, line := range wrap(label, (s.width-at-s.font*3)/s.font-1.5) {
				c.text("mc-text", s, at+s.font*3, keyY, "start", line)
				keyY += s.line()
			}
		}
		for _, l := range p.Lines {
			key(map[bool]string{false: "mc-curve", true: "mc-curve mc-dashed"}[l.Dashed], l.Label)
		}
		key("mc-threshold", p.Diagonal)
		if s.narrow {
			height = math.Max(height, keyY-s.line()+s.font*0.5)
		}
		return height
	})
}

// Table returns the numbers of the picture.
func (p Plot) Table() template.HTML {
	if len(p.Rows) == 0 {
		return ""
	}
	return p.folded(p.Head, 0, p.Rows, false)
}
