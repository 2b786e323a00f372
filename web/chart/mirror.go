package chart

import (
	"html/template"
	"math"
)

// Mirror is two histograms back to back over one scale: what stands above the
// line and what stands below it. Counts are drawn on a logarithmic scale,
// log(1+n), the same in both directions.
type Mirror struct {
	Frame
	Bins []TwoBin
	// Review and Link are the values from which something is for review, and linked.
	Review, Link          float64
	Below, Between, Above string // names of the three regions
	Up, Down              string // what stands above and below the line
	XLabel                string
	Head                  [4]string // of the table: from, to, above, below
	Places                int       // decimals of the counts in the table
}

// TwoBin counts what lies from From up to To.
type TwoBin struct {
	From, To float64
	Up, Down float64
}

func (m Mirror) bins() []TwoBin {
	var bins []TwoBin
	for _, b := range m.Bins {
		if b.From < b.To && finite(b.From) && finite(b.To) && finite(b.Up) && finite(b.Down) {
			b.Up, b.Down = math.Max(b.Up, 0), math.Max(b.Down, 0)
			bins = append(bins, b)
		}
	}
	return bins
}

// leastCount is the count under which no bar is drawn: expected counts have long
// tails that say nothing.
const leastCount = 0.05

// Draw returns the picture, empty if every bin is.
func (m Mirror) Draw() template.HTML {
	bins := m.bins()
	up, down, low, high := 0.0, 0.0, math.Inf(1), math.Inf(-1)
	for _, b := range bins {
		up, down = math.Max(up, b.Up), math.Max(down, b.Down)
		low, high = math.Min(low, b.From), math.Max(high, b.To)
	}
	if math.Max(up, down) < leastCount {
		return ""
	}
	low, high = math.Min(low, m.Review-1), math.Max(high, m.Link+1)
	return m.both(func(c *canvas, s size) float64 {
		left, top, plot := 66.0, s.line()*3.2, 380.0
		if s.narrow {
			left, plot = 48, 320
		}
		right := s.width - 8
		x := func(v float64) float64 { return left + (v-low)/(high-low)*(right-left) }
		over, under := math.Log1p(math.Max(up, 9)*1.15), math.Log1p(math.Max(down, 9)*1.15)
		zero := top + plot*over/(over+under)
		scale := plot / (over + under)
		y := func(n float64) float64 { return zero - math.Log1p(n)*scale } // and below nothing, mirrored
		bottom := top + plot

		for side, most := range [2]float64{up, down} {
			sign := 1 - 2*float64(side)
			last := zero
			for _, tick := range decades(int(math.Max(most, 1))) {
				at := zero - sign*math.Log1p(float64(tick))*scale
				if math.Abs(at-last) < s.font*1.3 {
					continue
				}
				last = at
				c.line("mc-grid", left, at, right, at)
				c.text("mc-text mc-soft", s, left-6, at+s.font*0.35, "end", m.Numbers.Int(tick))
			}
		}
		band := m.Review < m.Link
		if band {
			c.rect("mc-band", x(m.Review), top-s.line()*0.3, x(m.Link)-x(m.Review), bottom-top+s.line()*0.3)
		}
		for _, b := range bins {
			gap := math.Min(1, (x(b.To)-x(b.From))/4)
			wide := x(b.To) - x(b.From) - gap
			if b.Up >= leastCount {
				c.toned(Plain, func(class string, more ...any) {
					c.rect(class, x(b.From)+gap/2, y(b.Up), wide, zero-y(b.Up), more...)
				})
			}
			if b.Down >= leastCount {
				c.toned(Unsure, func(class string, more ...any) {
					c.rect(class, x(b.From)+gap/2, zero, wide, zero-y(b.Down), more...)
				})
			}
		}
		if band {
			upper, lower := top-s.line()*1.35, top-s.line()*0.45
			for _, v := range []float64{m.Review, m.Link} {
				c.line("mc-threshold", x(v), top-s.line()*0.3, x(v), bottom)
			}
			c.text("mc-text mc-strong", s, x(m.Review)-6, lower, "end", m.Below)
			c.text("mc-text mc-strong mc-amber", s, (x(m.Review)+x(m.Link))/2, upper, "middle", m.Between)
			c.text("mc-text mc-strong", s, x(m.Link)+6, lower, "start", m.Above)
		}
		c.line("mc-axis", left, zero, right, zero)
		c.text("mc-text mc-soft mc-halo", s, left+6, top+s.font*0.9, "start", m.Up)
		c.text("mc-text mc-soft mc-halo", s, right-4, bottom-s.font*0.4, "end", m.Down)
		for _, v := range ticks(low, high, map[bool]int{true: 5, false: 10}[s.narrow]) {
			c.line("mc-axis", x(v), bottom, x(v), bottom+5)
			c.text("mc-text mc-soft", s, x(v), bottom+5+s.font*1.1, "middle", m.Numbers.Decimal(v, 0))
		}
		c.line("mc-grid", left, bottom, right, bottom)
		height := bottom + 8 + s.font*1.2
		for _, line := range wrap(m.XLabel, (s.width-left)/s.font) {
			height += s.line()
			c.text("mc-text mc-soft", s, (left+right)/2, height-s.font*0.35, "middle", line)
		}
		return height
	})
}

// Table returns the numbers of the picture.
func (m Mirror) Table() template.HTML {
	var rows [][]string
	for _, b := range m.bins() {
		rows = append(rows, []string{m.Numbers.Decimal(b.From, places(b.From)), m.Numbers.Decimal(b.To, places(b.To)),
			m.Numbers.Decimal(b.Up, m.Places), m.Numbers.Decimal(b.Down, m.Places)})
	}
	if rows == nil {
		return ""
	}
	return m.folded(m.Head[:], 0, rows, false)
}
