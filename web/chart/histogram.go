package chart

import (
	"html/template"
	"math"
)

// Histogram shows how many pairs have which weight. Counts are drawn on a
// logarithmic scale, log(1+n), because a handful beside fifty thousand would
// otherwise not be seen; YLabel says so.
type Histogram struct {
	Frame
	Bins []Bin
	// Review and Link are the weights from which a pair is for review, and linked.
	Review, Link          float64
	Below, Between, Above string // names of the three regions
	XLabel, YLabel        string
	Head                  [3]string // of the table: from, to, count
}

// Bin counts the weights from From up to To. A bin without width, or with an
// end that is no number, is not drawn.
type Bin struct {
	From, To float64
	N        int
}

func (h Histogram) bins() []Bin {
	var bins []Bin
	for _, b := range h.Bins {
		if b.From < b.To && !math.IsInf(b.From, 0) && !math.IsInf(b.To, 0) && b.N >= 0 {
			bins = append(bins, b)
		}
	}
	return bins
}

// Draw returns the picture, empty if every bin is.
func (h Histogram) Draw() template.HTML {
	bins, most := h.bins(), 0
	low, high := math.Inf(1), math.Inf(-1)
	for _, b := range bins {
		most = max(most, b.N)
		low, high = math.Min(low, b.From), math.Max(high, b.To)
	}
	if most == 0 {
		return ""
	}
	low, high = math.Min(low, h.Review-1), math.Max(high, h.Link+1)
	return h.both(func(c *canvas, s size) float64 {
		left, top, plot := 66.0, s.line()*3.2, 240.0
		if s.narrow {
			left, plot = 46, 190
		}
		right := s.width - 8
		x := func(v float64) float64 { return left + (v-low)/(high-low)*(right-left) }
		floor := top + plot
		y := func(n float64) float64 { return floor - math.Log1p(n)/math.Log1p(float64(most)*1.15)*plot }

		c.text("mc-text mc-soft", s, 0, s.font, "start", h.YLabel)
		for _, tick := range decades(most) {
			c.line("mc-grid", left, y(float64(tick)), right, y(float64(tick)))
			c.text("mc-text mc-soft", s, left-6, y(float64(tick))+s.font*0.35, "end", h.Numbers.Int(tick))
		}
		band := h.Review < h.Link
		if band {
			c.rect("mc-band", x(h.Review), top-s.line()*0.3, x(h.Link)-x(h.Review), floor-top+s.line()*0.3)
		}
		for _, b := range bins {
			if b.N == 0 {
				continue
			}
			tone := Check
			switch {
			case b.From >= h.Link:
				tone = Plain
			case b.To <= h.Review:
				tone = Unsure
			}
			gap := math.Min(1, (x(b.To)-x(b.From))/4)
			c.toned(tone, func(class string, more ...any) {
				c.rect(class, x(b.From)+gap/2, y(float64(b.N)), x(b.To)-x(b.From)-gap, floor-y(float64(b.N)), more...)
			})
		}
		if band {
			upper, lower := top-s.line()*1.35, top-s.line()*0.45
			for _, v := range []float64{h.Review, h.Link} {
				c.line("mc-threshold", x(v), top-s.line()*0.3, x(v), floor)
			}
			c.text("mc-text mc-strong", s, x(h.Review)-6, lower, "end", h.Below)
			c.text("mc-text mc-strong mc-amber", s, (x(h.Review)+x(h.Link))/2, upper, "middle", h.Between)
			c.text("mc-text mc-strong", s, x(h.Link)+6, lower, "start", h.Above)
		}
		c.line("mc-axis", left, floor, right, floor)
		for _, v := range ticks(low, high, map[bool]int{true: 5, false: 10}[s.narrow]) {
			c.line("mc-axis", x(v), floor, x(v), floor+5)
			c.text("mc-text mc-soft", s, x(v), floor+5+s.font*1.1, "middle", h.Numbers.Decimal(v, 0))
		}
		height := floor + 8 + s.font*1.2
		for _, line := range wrap(h.XLabel, (s.width-left)/s.font) {
			height += s.line()
			c.text("mc-text mc-soft", s, (left+right)/2, height-s.font*0.35, "middle", line)
		}
		return height
	})
}

// Table returns the numbers of the picture.
func (h Histogram) Table() template.HTML {
	var rows [][]string
	for _, b := range h.bins() {
		rows = append(rows, []string{h.Numbers.Decimal(b.From, places(b.From)), h.Numbers.Decimal(b.To, places(b.To)), h.Numbers.Int(b.N)})
	}
	if rows == nil {
		return ""
	}
	return h.folded(h.Head[:], 0, rows, false)
}

// places is 0 for a whole number and 1 for any other.
func places(x float64) int {
	if x == math.Trunc(x) {
		return 0
	}
	return 1
}

// decades returns 1, 10, 100 … up to most.
func decades(most int) []int {
	var out []int
	for n := 1; n <= most; n *= 10 {
		out = append(out, n)
		if n > math.MaxInt/10 {
			break
		}
	}
	return out
}

// ticks returns at most about n round numbers from low to high.
func ticks(low, high float64, n int) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/float64(n))))
	for _, m := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*m) <= float64(n) {
			step *= m
			break
		}
	}
	step = math.Max(step, 1)
	var out []float64
	for i := math.Ceil(low / step); i*step <= high; i++ {
		out = append(out, i*step)
	}
	return out
}
