package linkage

// columns compares pairs of a sample: some at a time, one comparison after the other.
// Their records lie anywhere, and what is needed of many pairs is fetched from memory
// at once, where a pair by itself would wait for each of its values.
type columns struct {
	*comparer
	rows   [2][]uint32
	levels []uint8 // of every pair, all comparisons
	rarity []float64
	sum    uint64 // see warm
}

const columnPairs = 1 << 8

func newColumns(c *comparer) *columns {
	c.memo = nil // values of a sample hardly ever meet again
	n := columnPairs * len(c.l.plan.comps)
	return &columns{comparer: c, levels: make([]uint8, n), rarity: make([]float64, n)}
}

// compare compares pairs, columnPairs of them at most; right records are counted for
// themselves.
func (t *columns) compare(n int, pair func(i int) (a, b uint32)) {
	l, w := t.l, t.l.stride()
	t.rows = [2][]uint32{t.rows[0][:0], t.rows[1][:0]}
	for i := range n {
		a, b := pair(i)
		t.rows[0] = append(t.rows[0], l.side[0].at(a)...)
		t.rows[1] = append(t.rows[1], l.side[1].at(b)...)
	}
	comps := len(l.plan.comps)
	for k := range comps {
		t.warm(k)
		for i := range n {
			t.levels[i*comps+k], t.rarity[i*comps+k] = t.one(k, t.rows[0][i*w:(i+1)*w], t.rows[1][i*w:(i+1)*w])
		}
	}
}

// warm brings what comparison k needs to know of the values into the processor's
// caches.
func (t *columns) warm(k int) {
	c := &t.l.plan.comps[k]
	if c.inert {
		return
	}
	d, sum, w := c.dom, uint64(0), t.l.stride()
	for _, rows := range t.rows {
		for at := k; at < len(rows); at += w {
			switch id := rows[at]; c.kind {
			case FullName:
				sum += uint64(d.name[id].n)
			case BirthDate, OtherDate:
				sum += uint64(d.date[id].year)
			case SexKind, CountryKind:
			default:
				sum += d.sketch[id].letters
			}
		}
	}
	t.sum += sum
}

// of returns what was found of pair i: the level of each comparison, and how rare the
// values are that it agrees on.
func (t *columns) of(i int) (levels []uint8, rarity []float64) {
	n := len(t.l.plan.comps)
	return t.levels[i*n : (i+1)*n], t.rarity[i*n : (i+1)*n]
}
