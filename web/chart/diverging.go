package chart

import (
	"html/template"
	"math"
)

// Diverging compares values for and against, in groups: bars to the right of
// nothing speak for, bars to the left against.
type Diverging struct {
	Frame
	Groups        []Group
	Against, For  string    // what the two directions mean
	Places        int       // decimals of the values
	Head          [3]string // of the table: group, item, value
	NoneToTheSide string    // stands where a group has no items
}

// Group is a heading with bars.
type Group struct {
	Label string
	Items []Value
}

// Value is one bar. Faint draws it grey: nothing rests on it.
type Value struct {
	Label string
	X     float64
	Faint bool
}

// Draw returns the picture, empty without a bar.
func (d Diverging) Draw() template.HTML {
	low, high, n := 0.0, 0.0, 0
	for _, g := range d.Groups {
		for _, v := range g.Items {
			if finite(v.X) {
				low, high, n = math.Min(low, v.X), math.Max(high, v.X), n+1
			}
		}
	}
	if n == 0 {
		return ""
	}
	if low == high {
		high = 1
	}
	return d.both(func(c *canvas, s size) float64 {
		number := s.font * 4.2
		left, right := 300+number, s.width-number
		if s.narrow {
			left, right = number, s.width-number
		}
		if low == 0 {
			left -= number - s.font
		}
		x := func(v float64) float64 { return left + (v-low)/(high-low)*(right-left) }
		// The words of the two directions stand at the ends, where they cannot
		// meet, whatever the place of nothing is.
		y := s.line()
		c.text("mc-text mc-soft", s, s.width, y-s.font*0.3, "end", d.For)
		if s.narrow {
			c.text("mc-text mc-soft", s, 0, y-s.font*0.3, "start", d.Against)
		} else {
			c.text("mc-text mc-soft", s, left-number+s.font, y-s.font*0.3, "start", d.Against)
		}
		y += s.font * 0.4
		for _, g := range d.Groups {
			y += s.font * 0.8
			for _, line := range wrap(g.Label, (s.width-s.font)/s.font) {
				c.text("mc-text mc-strong", s, 0, y+s.font, "start", line)
				y += s.line()
			}
			if len(g.Items) == 0 && d.NoneToTheSide != "" {
				for _, line := range wrap(d.NoneToTheSide, (s.width-s.font)/s.font) {
					c.text("mc-text mc-soft", s, 0, y+s.font, "start", line)
					y += s.line()
				}
			}
			top := y
			for _, v := range g.Items {
				room := (300 - s.font) / s.font
				if s.narrow {
					room = s.width / s.font
				}
				lines := wrap(v.Label, room)
				for i, line := range lines {
					c.text("mc-text mc-halo", s, 0, y+s.font+float64(i)*s.line(), "start", line)
				}
				tall := float64(max(1, len(lines))) * s.line()
				barY, thick := y+s.font*0.2, s.font*0.9
				if s.narrow {
					barY, thick = y+tall, s.font*0.75
					tall += thick + s.font*0.35
				}
				if finite(v.X) {
					d.bar(c, s, x, v, barY, thick)
				}
				y += tall
			}
			if len(g.Items) > 0 {
				c.line("mc-axis", x(0), top, x(0), y)
			}
		}
		return y + s.font*0.3
	})
}

// bar draws one value and its number, on the side that it speaks for.
func (d Diverging) bar(c *canvas, s size, x func(float64) float64, v Value, y, thick float64) {
	tone := Plain
	switch {
	case v.Faint:
		tone = Faint
	case v.X < 0:
		tone = Check
	}
	a, b := x(math.Min(0, v.X)), x(math.Max(0, v.X))
	if b-a > 0.05 {
		c.toned(tone, func(class string, more ...any) { c.rect(class, a, y, math.Max(leastWidth, b-a), thick, more...) })
	}
	at, anchor := b+s.font*0.4, "start"
	if v.X < 0 {
		at, anchor = a-s.font*0.4, "end"
	}
	class := "mc-text mc-halo"
	if v.Faint {
		class += " mc-soft"
	}
	c.text(class, s, at, y+thick/2+s.font*0.35, anchor, d.Numbers.Signed(v.X, d.Places))
}

// Table returns the numbers of the picture.
func (d Diverging) Table() template.HTML {
	var rows [][]string
	for _, g := range d.Groups {
		for _, v := range g.Items {
			if finite(v.X) {
				rows = append(rows, []string{g.Label, v.Label, d.Numbers.Signed(v.X, d.Places)})
			}
		}
	}
	if rows == nil {
		return ""
	}
	return d.folded(d.Head[:], 2, rows, false)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
