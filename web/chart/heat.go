package chart

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Heat is a table of counts, rows by columns, with sums, whose cells are shaded
// by count. It is text throughout and needs no other form.
type Heat struct {
	Frame
	Rows, Cols []string
	N          [][]int // by row, then by column
	Corner     string  // what rows and columns are: "Stay × work"
	Sum        string  // heading of the sums
}

const shades = 8

// Draw returns the table, empty without rows or columns. Missing cells are 0.
func (h Heat) Draw() template.HTML {
	if len(h.Rows) == 0 || len(h.Cols) == 0 {
		return ""
	}
	most := 0
	for i := range h.Rows {
		for j := range h.Cols {
			most = max(most, h.at(i, j))
		}
	}
	var b strings.Builder
	b.WriteString(`<div class="mc-scroll" tabindex="0" role="group" aria-labelledby="` + esc(h.ID) + `-t"><table class="mc-heat"><caption id="` + esc(h.ID) + `-t">` + esc(h.Title))
	if h.Desc != "" {
		b.WriteString(`<span class="mc-soft">` + esc(h.Desc) + `</span>`)
	}
	b.WriteString(`</caption><thead><tr><td>` + esc(h.Corner) + `</td>`)
	for _, col := range append(append([]string{}, h.Cols...), h.Sum) {
		b.WriteString(`<th scope="col">` + esc(col) + `</th>`)
	}
	b.WriteString(`</tr></thead><tbody>`)
	sums, all := make([]int, len(h.Cols)), 0
	for i, row := range h.Rows {
		b.WriteString(`<tr><th scope="row">` + esc(row) + `</th>`)
		sum := 0
		for j := range h.Cols {
			n := h.at(i, j)
			sum += n
			sums[j] += n
			b.WriteString(`<td class="mc-s` + strconv.Itoa(shade(n, most)) + `">` + esc(h.Numbers.Int(n)) + `</td>`)
		}
		all += sum
		b.WriteString(`<td class="mc-sum">` + esc(h.Numbers.Int(sum)) + `</td></tr>`)
	}
	b.WriteString(`<tr class="mc-sum"><th scope="row">` + esc(h.Sum) + `</th>`)
	for _, n := range append(sums, all) {
		b.WriteString(`<td>` + esc(h.Numbers.Int(n)) + `</td>`)
	}
	b.WriteString(`</tr></tbody></table></div>`)
	return template.HTML(b.String())
}

func (h Heat) at(i, j int) int {
	if i >= len(h.N) || j >= len(h.N[i]) {
		return 0
	}
	return h.N[i][j]
}

// shade is 0 for nothing and 1 to 8 for the rest, by the square root of the
// count so that small cells differ from empty ones.
func shade(n, most int) int {
	if n <= 0 {
		return 0
	}
	return max(1, int(math.Round(shades*math.Sqrt(float64(n)/float64(most)))))
}
