package linkage

import "slices"

// renumber numbers the values of comparison k anew, in the order in which records come to
// hold them, now that these stand in the order of content: what alike records hold then
// lies side by side, and comparing them waits for memory less often.
func (l *Linker) renumber(k int) {
	d := l.plan.comps[k].dom
	order := make([]uint32, 1, d.n) // new number → old
	at := make([]uint32, d.n)       // old → new
	see := func(row []uint32, k int) {
		old := row[k]
		if old == none {
			return
		}
		if at[old] == 0 {
			at[old] = uint32(len(order))
			order = append(order, old)
		}
		row[k] = at[old]
	}
	l.eachRow(func(row []uint32) {
		see(row, k)
		if k == l.birth {
			see(row, len(row)-1)
		}
	})
	d.reorder(order)
	if k == l.birth {
		for s, count := range l.nikCount {
			if count != nil {
				l.nikCount[s] = reorder(count, order)
			}
		}
	}
}

// eachRow calls do with the rows of all records in the order of content, those of two
// sides together.
func (l *Linker) eachRow(do func(row []uint32)) {
	x, y := l.side[0], l.side[1]
	if l.dedup {
		y = &Side{l: l}
	}
	for i, j := 0, 0; i < len(x.content) || j < len(y.content); {
		if j == len(y.content) || i < len(x.content) && x.content[i] <= y.content[j] {
			do(x.at(uint32(i)))
			i++
		} else {
			do(y.at(uint32(j)))
			j++
		}
	}
}

// reorder puts the values of a domain into the given order.
func (d *domain) reorder(order []uint32) {
	if d.text, d.hash = nil, nil; d.kind != FullName {
		written := d.places()
		d.sealed.end = make([]uint32, 0, len(order))
		for some := range slices.Chunk(order, internBatch) {
			for _, old := range some {
				d.warmed += d.touch(written[old])
			}
			for _, old := range some {
				_, text := d.at(written[old])
				d.sealed.add(text)
			}
		}
	}
	d.interner = interner{}
	d.derive()
	for s, count := range d.count {
		if count != nil {
			d.count[s] = reorder(count, order)
		}
	}
	if d.date != nil {
		d.date = reorder(d.date, order)
	}
	if d.named != nil {
		d.name = make([]nameValue, len(order))
		for new, old := range order {
			d.name[new] = *d.nameOf(old)
		}
		d.named = nil
	}
}
