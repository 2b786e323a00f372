package chart

import (
	"html/template"
	"math"
)

// Waterfall explains a weight: the prior, then what each comparison adds or
// takes, then the total, which is their sum.
type Waterfall struct {
	Frame
	Prior                  float64
	Steps                  []Step
	Review, Link           float64 // weights from which a pair is for review, and linked
	PriorLabel, TotalLabel string
	ReviewLabel, LinkLabel string
	FrequencyLabel         string    // what the rarity of the value adds or takes
	Head                   [4]string // of the table: what, level, weight, running sum
}

// Step is one comparison's part. Frequency is what the rarity of the agreed
// value adds or takes, drawn as a part of its own after the weight.
type Step struct {
	Label, Level      string
	Weight, Frequency float64
}

// Total returns the sum of the prior and all steps.
func (w Waterfall) Total() float64 {
	total := w.Prior
	for _, s := range w.Steps {
		total += s.Weight + s.Frequency
	}
	return total
}

// piece is one bar of a waterfall.
type piece struct {
	label, detail string
	from, to      float64
	minor         bool // a frequency adjustment
	sum           bool
}

func (w Waterfall) pieces() []piece {
	ps := []piece{{label: w.PriorLabel, to: w.Prior}}
	at := w.Prior
	for _, s := range w.Steps {
		ps = append(ps, piece{label: s.Label, detail: s.Level, from: at, to: at + s.Weight})
		at += s.Weight
		if s.Frequency != 0 {
			ps = append(ps, piece{detail: w.FrequencyLabel, from: at, to: at + s.Frequency, minor: true})
			at += s.Frequency
		}
	}
	return append(ps, piece{label: w.TotalLabel, to: at, sum: true})
}

// Draw returns the picture.
func (w Waterfall) Draw() template.HTML {
	ps := w.pieces()
	low, high := math.Min(0, w.Review), math.Max(0, w.Link)
	for _, p := range ps {
		low, high = math.Min(low, math.Min(p.from, p.to)), math.Max(high, math.Max(p.from, p.to))
	}
	low, high = low-1, high+1
	return w.both(func(c *canvas, s size) float64 {
		left, right := 330.0, s.width-s.font*4.5
		if s.narrow {
			left, right = 0, s.width-s.font*3.6
		}
		x := func(v float64) float64 { return left + (v-low)/(high-low)*(right-left) }
		top := s.line() * 2.2
		// First the heights, so that the lines of the thresholds lie behind.
		heights, bottom := make([]float64, len(ps)), top
		labels := make([][]string, len(ps))
		for i, p := range ps {
			room := (left - s.font) / s.font
			if s.narrow {
				room = s.width / s.font
			}
			text := p.label
			if p.detail != "" {
				if text != "" {
					text += " · "
				}
				text += p.detail
			}
			labels[i] = wrap(text, room)
			heights[i] = float64(max(1, len(labels[i])))*s.line() + s.font*0.5
			if s.narrow {
				heights[i] += s.font
			}
			bottom += heights[i]
		}
		if w.Review < w.Link {
			c.rect("mc-band", x(w.Review), top-s.line()*0.4, x(w.Link)-x(w.Review), bottom-top+s.line()*0.4)
			c.line("mc-threshold", x(w.Review), top-s.line()*0.4, x(w.Review), bottom)
			c.line("mc-threshold", x(w.Link), top-s.line()*0.4, x(w.Link), bottom)
			if em(w.ReviewLabel)*s.font <= x(w.Review)-4 {
				c.text("mc-text mc-soft", s, x(w.Review)-4, s.font, "end", w.ReviewLabel)
				c.text("mc-text mc-soft", s, x(w.Link)+4, s.font, "start", w.LinkLabel)
			} else { // no room to the left: one below the other
				c.text("mc-text mc-soft", s, math.Max(0, x(w.Review)), s.font, "start", w.ReviewLabel)
				c.text("mc-text mc-soft", s, x(w.Link)+4, s.font+s.line(), "start", w.LinkLabel)
			}
		}
		c.line("mc-axis", x(0), top-s.line()*0.4, x(0), bottom)
		y := top
		for i, p := range ps {
			class := "mc-text mc-halo"
			if p.sum {
				class += " mc-strong"
			}
			if p.minor {
				class += " mc-soft"
			}
			for j, line := range labels[i] {
				c.text(class, s, 0, y+s.font+float64(j)*s.line(), "start", line)
			}
			barY, thick := y+s.font*0.12, s.font
			if s.narrow {
				barY = y + float64(len(labels[i]))*s.line()
			}
			if p.minor {
				barY, thick = barY+thick*0.2, thick*0.6
			}
			tone := Plain
			switch {
			case p.sum && p.to < w.Review:
				tone = Unsure
			case p.sum && p.to < w.Link, !p.sum && p.to < p.from:
				tone = Check
			}
			a, b := x(math.Min(p.from, p.to)), x(math.Max(p.from, p.to))
			c.toned(tone, func(class string, more ...any) {
				c.rect(class, a, barY, math.Max(leastWidth, b-a), thick, more...)
			})
			numY := barY + thick/2 + s.font*0.35
			c.text("mc-text mc-strong mc-halo", s, b+s.font*0.4, numY, "start", w.Numbers.Signed(p.to-p.from, 1))
			if i+1 < len(ps) {
				c.line("mc-grid", x(p.to), barY+thick, x(p.to), y+heights[i]+s.font*0.12)
			}
			y += heights[i]
		}
		return y
	})
}

// Table returns the numbers of the picture.
func (w Waterfall) Table() template.HTML {
	var rows [][]string
	for _, p := range w.pieces() {
		rows = append(rows, []string{p.label, p.detail, w.Numbers.Signed(p.to-p.from, 2), w.Numbers.Signed(p.to, 2)})
	}
	return w.folded(w.Head[:], 2, rows, true)
}
