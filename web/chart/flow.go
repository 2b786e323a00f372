package chart

import (
	"fmt"
	"html/template"
	"math"
	"slices"
)

// Flow shows how a whole divides, column by column, from left to right. Widths
// are proportional to counts, except that a flow too small to be seen is drawn
// at the smallest visible width; the drawing then says so.
type Flow struct {
	Frame
	Nodes []Node
	Links []Link
	// Thin is the sentence that tells the reader that flows of fewer than n are
	// drawn wider than they are.
	Thin func(n int) string
	Head [4]string // of the table: from, to, count, share of the whole
}

// Node is a part of the whole. Nodes of one column stand in the order given.
type Node struct {
	Label  string
	Column int // from 0
	Tone   Tone
}

// Link is a number that goes from one node to another, in a later column; both
// are indexes into [Flow].Nodes. Links of nothing, or to nowhere, are not drawn.
type Link struct{ From, To, N int }

const leastWidth = 1.5 // of a flow, in units of the drawing

// Count returns the number at a node: what flows in, or for a node into which
// nothing flows, what flows out.
func (f Flow) Count(node int) int {
	in, out := 0, 0
	for _, l := range f.links() {
		if l.To == node {
			in += l.N
		}
		if l.From == node {
			out += l.N
		}
	}
	if in > 0 {
		return in
	}
	return out
}

// Total returns the number in the first column.
func (f Flow) Total() int {
	total := 0
	for i, n := range f.Nodes {
		if n.Column == 0 {
			total += f.Count(i)
		}
	}
	return total
}

func (f Flow) links() []Link {
	var ls []Link
	for _, l := range f.Links {
		if l.N > 0 && l.From >= 0 && l.From < len(f.Nodes) && l.To >= 0 && l.To < len(f.Nodes) &&
			f.Nodes[l.From].Column < f.Nodes[l.To].Column && f.Nodes[l.From].Column >= 0 {
			ls = append(ls, l)
		}
	}
	return ls
}

// Draw returns the picture, empty if nothing flows.
func (f Flow) Draw() template.HTML {
	if len(f.links()) == 0 {
		return ""
	}
	return f.both(func(c *canvas, s size) float64 {
		p := f.place(s)
		for _, r := range p.ribbons {
			mid := (r.x0 + r.x1) / 2
			d := fmt.Sprintf("M%s %sC%s %s %s %s %s %sV%sC%s %s %s %s %s %sZ",
				num(r.x0), num(r.y0), num(mid), num(r.y0), num(mid), num(r.y1), num(r.x1), num(r.y1),
				num(r.y1+r.width), num(mid), num(r.y1+r.width), num(mid), num(r.y0+r.width), num(r.x0), num(r.y0+r.width))
			c.toned(r.tone, func(class string, more ...any) {
				c.element("path", "mc-ribbon "+class, append([]any{"d", d}, more...)...)
			})
		}
		for i, b := range p.boxes {
			if b.height == 0 {
				continue
			}
			c.rect("mc-fill mc-"+f.Nodes[i].Tone.String(), b.x, b.y, p.bar, b.height)
		}
		for _, b := range p.boxes {
			for i, line := range b.lines {
				class := "mc-text mc-halo"
				if i == len(b.lines)-1 {
					class += " mc-strong"
				}
				c.text(class, s, b.x+p.bar+s.font*0.5, b.labelY+float64(i)*s.line(), "start", line)
			}
		}
		height := p.height
		if p.thin > 1 && f.Thin != nil {
			for _, line := range wrap(f.Thin(p.thin), s.width/s.font-1) {
				height += s.line()
				c.text("mc-text mc-soft", s, 0, height-s.font*0.3, "start", line)
			}
		}
		return height
	})
}

// Table returns the numbers of the picture.
func (f Flow) Table() template.HTML {
	var rows [][]string
	total := f.Total()
	for _, l := range f.links() {
		rows = append(rows, []string{f.Nodes[l.From].Label, f.Nodes[l.To].Label, f.Numbers.Int(l.N), f.Numbers.Share(l.N, total)})
	}
	if rows == nil {
		return ""
	}
	return f.folded(f.Head[:], 2, rows, false)
}

// placed is where the parts of a flow stand.
type placed struct {
	boxes   []box // by node
	ribbons []ribbon
	bar     float64 // width of a node
	scale   float64 // units for one of the count
	thin    int     // flows of fewer than this are drawn at leastWidth; 0 if there is none
	height  float64
}

type box struct {
	x, y, height float64
	lines        []string
	labelY       float64 // baseline of the first line
}

type ribbon struct {
	link           Link
	tone           Tone
	x0, y0, x1, y1 float64 // upper corners
	width          float64
}

func (f Flow) place(s size) placed {
	links := f.links()
	last := 0
	for _, l := range links {
		last = max(last, f.Nodes[l.To].Column)
	}
	p := placed{bar: 14, boxes: make([]box, len(f.Nodes)), scale: 280 / float64(f.Total())}
	labels, gap := 310.0, 6.0
	if s.narrow {
		p.bar, labels, gap = 9, 146, 8
		p.scale = 260 / float64(f.Total())
	}
	step := (s.width - labels - p.bar) / float64(last)
	width := func(l Link) float64 { return math.Max(leastWidth, p.scale*float64(l.N)) }
	for _, l := range links {
		if p.scale*float64(l.N) < leastWidth {
			p.thin = int(math.Ceil(leastWidth / p.scale))
		}
	}

	// A node is as high as the larger of its two sides, and its slot at least as
	// high as its label.
	slots := make([]float64, len(f.Nodes))
	columns := make([]float64, last+1)
	for i, n := range f.Nodes {
		if n.Column > last || f.Count(i) == 0 {
			continue
		}
		in, out := 0.0, 0.0
		for _, l := range links {
			if l.To == i {
				in += width(l)
			}
			if l.From == i {
				out += width(l)
			}
		}
		b := &p.boxes[i]
		b.x, b.height = step*float64(n.Column), math.Max(in, out)
		room := step - p.bar
		if n.Column == last {
			room = labels
		}
		b.lines = append(wrap(n.Label, (room-s.font)/s.font), f.amount(i, n.Column == last || !s.narrow))
		slots[i] = math.Max(b.height, float64(len(b.lines))*s.line())
		columns[n.Column] += slots[i] + gap
	}
	p.height = slices.Max(columns)

	at := make([]float64, last+1)
	for i, n := range f.Nodes {
		if slots[i] == 0 {
			continue
		}
		b := &p.boxes[i]
		b.y = at[n.Column] + (slots[i]-b.height)/2
		b.labelY = at[n.Column] + (slots[i]-float64(len(b.lines))*s.line())/2 + s.font*1.02
		at[n.Column] += slots[i] + gap
	}

	// Ribbons leave and enter in the order of the nodes at their other ends, so
	// that those of one node never cross.
	order := slices.Clone(links)
	slices.SortStableFunc(order, func(a, b Link) int {
		if a.From != b.From {
			return a.From - b.From
		}
		return a.To - b.To
	})
	left, right := make([]float64, len(f.Nodes)), make([]float64, len(f.Nodes))
	for _, l := range order {
		from, to, w := p.boxes[l.From], p.boxes[l.To], width(l)
		p.ribbons = append(p.ribbons, ribbon{
			link: l, tone: f.Nodes[l.To].Tone, width: w,
			x0: from.x + p.bar, y0: from.y + left[l.From],
			x1: to.x, y1: to.y + right[l.To],
		})
		left[l.From] += w
		right[l.To] += w
	}
	return p
}

// amount is the last line of a node's label, with the share of the whole where
// there is room.
func (f Flow) amount(node int, share bool) string {
	n := f.Count(node)
	text := f.Numbers.Int(n)
	if share && f.Nodes[node].Column > 0 {
		text += " · " + f.Numbers.Share(n, f.Total())
	}
	return text
}
