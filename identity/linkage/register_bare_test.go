package linkage

// Bare is a register of the same model that holds nobody.
func (r *Register) Bare() *Register {
	head := registerHead{fileHead: fileHead{r.model, r.headings, r.idCols}, Recall: r.recall, Least: r.least}
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

// Refused is how many values of keys too many records hold.
func (r *Register) Refused() int { return len(r.ring.refused) }
