package linkage

import (
	"bytes"
	"crypto/sha256"
)

// SearchAll compares the query with every record, one by one.
func (x *Index) SearchAll(cells []string, k int) Hits {
	s := <-x.free
	defer func() { x.free <- s }()
	st := x.state.Load()
	s.bind(st.t, &x.model)
	s.begin(cells, k, lowest)
	s.unbound() // what a name can tell is not guessed
	for i := range st.n {
		s.weighAny(st.tail.row(i), spot{tail: st.tail, entry: uint32(i)})
	}
	for _, seg := range st.segs {
		for e := range uint32(seg.entries()) {
			s.weighAny(seg.row(e), spot{seg: seg, entry: e})
		}
	}
	return Hits{Hits: s.answer()}
}

// Settle waits until no merge is under way.
func (x *Index) Settle() (segments int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.merging {
		x.merged.Wait()
	}
	return len(x.state.Load().segs)
}

// WithChecksum appends the checksum that belongs to a file.
func WithChecksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(bytes.Clone(b), sum[:]...)
}

// BestOfAll compares with everybody on the list.
func (s *Screener) BestOfAll(who Listed) (place int, weight float64) {
	place, weight = -1, lowest
	p := s.prepare(who)
	for i := range s.list {
		l := &s.list[i]
		if w := s.scorer.Weight(p.name, l.name) + bornWeight(p.born, l.born); w > weight {
			place, weight = i, w
		}
	}
	return place, weight
}
