package chart

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// drawFlow draws a whole that divides into any parts by two steps.
func drawFlow(t *rapid.T) Flow {
	mid, end := rapid.IntRange(1, 5).Draw(t, "mid"), rapid.IntRange(1, 14).Draw(t, "end")
	f := Flow{Nodes: []Node{{"all", 0, Plain}}, Frame: Frame{ID: "p"}, Thin: func(n int) string { return strconv.Itoa(n) }}
	for range mid {
		f.Nodes = append(f.Nodes, Node{"mid", 1, Plain})
	}
	for range end {
		f.Nodes = append(f.Nodes, Node{"end", 2, Check})
	}
	for i := range mid {
		sum := 0
		for j := range end {
			n := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 9), rapid.IntRange(1, 60_000)).Draw(t, "n")
			f.Links = append(f.Links, Link{1 + i, 1 + mid + j, n})
			sum += n
		}
		f.Links = append(f.Links, Link{0, 1 + i, sum})
	}
	return f
}

func TestFlowWidthsAreProportional(t *testing.T) {
	numbers := frame(t, "p").Numbers
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlow(t)
		f.Numbers = numbers
		if len(f.links()) == 0 {
			return
		}
		for _, s := range []size{wide, narrow} {
			p := f.place(s)
			for _, r := range p.ribbons {
				want := p.scale * float64(r.link.N)
				switch {
				case want >= leastWidth && math.Abs(r.width-want) > 1e-9:
					t.Fatalf("%s: %d is %g wide, want %g", s.name, r.link.N, r.width, want)
				case want < leastWidth && r.width != leastWidth:
					t.Fatalf("%s: %d is %g wide and cannot be seen", s.name, r.link.N, r.width)
				case want < leastWidth && r.link.N >= p.thin:
					t.Fatalf("%s: %d is drawn wider than it is, and the note says under %d", s.name, r.link.N, p.thin)
				}
			}
		}
	})
}

func TestFlowPartsKeepApart(t *testing.T) {
	numbers := frame(t, "p").Numbers
	rapid.Check(t, func(t *rapid.T) {
		f := drawFlow(t)
		f.Numbers = numbers
		if len(f.links()) == 0 {
			return
		}
		for _, s := range []size{wide, narrow} {
			p := f.place(s)
			end := map[int]float64{}   // of the last node, by column
			words := map[int]float64{} // of the last label
			for i, b := range p.boxes {
				if b.height == 0 {
					continue
				}
				c := f.Nodes[i].Column
				if b.y < end[c]-1e-9 || b.labelY-s.font < words[c]-s.font*0.2 {
					t.Fatalf("%s: node %d overlaps the one above", s.name, i)
				}
				end[c] = b.y + b.height
				words[c] = b.labelY + float64(len(b.lines)-1)*s.line()
				if b.y+b.height > p.height+1e-9 || words[c] > p.height+s.line() || b.x+p.bar > s.width {
					t.Fatalf("%s: node %d lies outside the drawing", s.name, i)
				}
			}
			for _, r := range p.ribbons {
				from, to := p.boxes[r.link.From], p.boxes[r.link.To]
				if r.y0 < from.y-1e-9 || r.y0+r.width > from.y+from.height+1e-6 || r.y1 < to.y-1e-9 || r.y1+r.width > to.y+to.height+1e-6 {
					t.Fatalf("%s: a ribbon leaves its nodes", s.name)
				}
			}
		}
	})
}

func BenchmarkFlow(b *testing.B) {
	f := sampleFlow(b)
	for b.Loop() {
		f.Draw()
	}
}
