package linkage

import "slices"

// Bare is a register of the same model that holds nobody.
func (r *Register) Bare() *Register {
	head := registerHead{fileHead: fileHead{r.tables.plan.spec, r.model, r.headings, r.idCols}, Recall: r.recall, Least: r.least}
	out := newRegister(head, r.tables)
	out.ring = r.ring
	out.ring.refused = map[uint64]bool{}
	return out
}

// Narrow lets blocks have no more than so many records.
func (r *Register) Narrow(most int) {
	for i := range r.ring.most {
		r.ring.most[i] = most
	}
}

// Strict asks for so many more quarter bits of all that keys bring together, so that in
// a small register not everybody is compared with everybody.
func (r *Register) Strict(more int) *Register {
	r.ring.keys = slices.Clone(r.ring.keys)
	for i := range r.ring.keys {
		r.ring.keys[i].least += more
	}
	for i := range r.ring.keys {
		r.ring.keys[i].nest(r.ring.keys)
	}
	return r
}

// Refused is how many values of keys too many records hold.
func (r *Register) Refused() int { return len(r.ring.refused) }

// Portion sets how many new records are linked at a time, until undo is called.
func Portion(n int) (undo func()) {
	before := portion
	portion = n
	return func() { portion = before }
}
