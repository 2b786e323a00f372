package chart

import (
	"html/template"
	"math"
)

// Bars compares counts of one kind, drawn level, in the order given.
type Bars struct {
	Frame
	Items []Item
	Head  [3]string // of the table: what, count, share of all
}

// Item is one bar. A count below nothing is drawn as nothing.
type Item struct {
	Label string
	N     int
	Tone  Tone
}

// Total returns the sum of the counts.
func (b Bars) Total() int {
	total := 0
	for _, it := range b.Items {
		total += max(0, it.N)
	}
	return total
}

// Draw returns the picture, empty if every count is nothing.
func (b Bars) Draw() template.HTML {
	most, total := 0, b.Total()
	for _, it := range b.Items {
		most = max(most, it.N)
	}
	if most == 0 {
		return ""
	}
	return b.both(func(c *canvas, s size) float64 {
		labels, numbers, thick := 300.0, s.font*9, 16.0
		if s.narrow {
			labels, numbers, thick = 0, 0, 9
		}
		y := 0.0
		for _, it := range b.Items {
			amount := b.Numbers.Int(max(0, it.N)) + " · " + b.Numbers.Share(max(0, it.N), total)
			long := (s.width - labels - numbers) * float64(max(0, it.N)) / float64(most)
			if it.N > 0 {
				long = math.Max(leastWidth, long)
			}
			room := labels - s.font
			if s.narrow {
				room = s.width - s.font*(em(amount)+1)
			}
			lines := wrap(it.Label, room/s.font)
			for i, line := range lines {
				c.text("mc-text", s, 0, y+s.font+float64(i)*s.line(), "start", line)
			}
			under := float64(max(1, len(lines))) * s.line()
			barY := y + s.font*0.62 - thick/2
			if s.narrow {
				c.text("mc-text mc-strong", s, s.width, y+s.font, "end", amount)
				barY, under = y+under, under+thick
			} else {
				c.text("mc-text mc-strong", s, labels+long+s.font*0.5, y+s.font, "start", amount)
			}
			if it.N > 0 {
				c.toned(it.Tone, func(class string, more ...any) { c.rect(class, labels, barY, long, thick, more...) })
			}
			y += under + s.font*0.55
		}
		return y
	})
}

// Table returns the numbers of the picture.
func (b Bars) Table() template.HTML {
	if len(b.Items) == 0 {
		return ""
	}
	var rows [][]string
	total := b.Total()
	for _, it := range b.Items {
		rows = append(rows, []string{it.Label, b.Numbers.Int(max(0, it.N)), b.Numbers.Share(max(0, it.N), total)})
	}
	return b.folded(b.Head[:], 1, rows, false)
}
