package linkage

import (
	"slices"
	"strings"
	"sync/atomic"
)

// tail holds the records added last, which every search compares one by one. Memory
// for all of them is there from the start: readers see as many as their state says,
// and the writer writes behind those.
type tail struct {
	stride  int
	rows    []uint32
	content []uint64
	ids     []string
	dead    [mostTail / 64]atomic.Uint64
}

// mostTail is how many records are compared one by one; as many make a segment.
const mostTail = 64

func newTail(stride int) *tail {
	return &tail{stride: stride, rows: make([]uint32, mostTail*stride), content: make([]uint64, mostTail), ids: make([]string, mostTail)}
}

func (t *tail) row(i int) []uint32        { return t.rows[i*t.stride : (i+1)*t.stride] }
func (t *tail) isDead(record uint32) bool { return t.dead[record/64].Load()>>(record%64)&1 != 0 }

func (t *tail) live(n int) (live int) {
	for i := range n {
		if !t.isDead(uint32(i)) {
			live++
		}
	}
	return live
}

// records is how many of a segment's are live.
func (s *segment) records() int {
	n := s.ids.len()
	for i := range s.dead {
		for w := s.dead[i].Load(); w != 0; w &= w - 1 {
			n--
		}
	}
	return n
}

// Add adds a record; cells follow the headings of records. Several may have one id.
func (x *Index) Add(id string, cells []string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	st := *x.state.Load()
	words, values := len(x.tables.tok.text), x.tables.size()
	x.raw = x.tables.take(writer{x.tables}, 1, cells, x.raw, x.row)
	if words != len(x.tables.tok.text) || values != x.tables.size() {
		st.t = x.tables.view()
	}
	x.tables.note(x.had, x.row)
	copy(st.tail.row(st.n), x.row)
	st.tail.ids[st.n] = strings.Clone(id)
	st.tail.content[st.n] = x.tables.content(x.row)
	if st.n++; st.n == mostTail {
		s, err := newSegment(st.t, st.tail.stride, st.tail.records(nil, st.n))
		if err != nil {
			return err
		}
		st.segs, st.tail, st.n = append(slices.Clip(st.segs), s), newTail(st.tail.stride), 0
	}
	x.state.Store(&st)
	x.mergeSome()
	return nil
}

// size is how many values there are in all domains.
func (t *tables) size() (n int) {
	for k := range t.plan.comps {
		n += t.plan.comps[k].dom.size()
	}
	return n
}

// Remove removes the records with this id, and returns how many there were.
func (x *Index) Remove(id string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	st := x.state.Load()
	for i, have := range st.tail.ids[:st.n] {
		if have == id && !st.tail.isDead(uint32(i)) {
			st.tail.dead[i/64].Or(1 << (i % 64))
			n++
		}
	}
	for _, s := range st.segs {
		n += s.remove(id)
	}
	if x.merging && n > 0 {
		x.removed = append(x.removed, strings.Clone(id))
	}
	return n
}

// records appends those of the tail that are live.
func (t *tail) records(to *records, n int) records {
	if to == nil {
		to = &records{}
	}
	for i := range n {
		if !t.isDead(uint32(i)) {
			to.rows, to.ids = append(to.rows, t.row(i)...), append(to.ids, t.ids[i])
		}
	}
	return *to
}

// appendTo appends those of the segment that are live.
func (s *segment) appendTo(to *records) {
	for e := range s.entries() {
		for r := s.from[e]; r < s.from[e+1]; r++ {
			if !s.isDead(r) {
				to.rows, to.ids = append(to.rows, s.row(uint32(e))...), append(to.ids, s.ids.at(int(r)))
			}
		}
	}
}

// ripe is from which segment on they are worth merging: four or more, none much
// larger than all after it together. So a record moves a few times in all, and there
// are few segments. It returns the number of segments where nothing is ripe.
func ripe(segs []*segment) int {
	from, behind := len(segs), 0
	for i := len(segs) - 1; i >= 0; i-- {
		n := segs[i].ids.len()
		if len(segs)-i > 1 && n > 3*behind {
			break
		}
		behind += n
		from = i
	}
	if len(segs)-from < 4 {
		return len(segs)
	}
	return from
}

// mergeSome begins a merge where one is due and none is under way.
func (x *Index) mergeSome() {
	st := x.state.Load()
	if from := ripe(st.segs); !x.merging && from < len(st.segs) {
		x.merging = true
		go x.merge(st.segs[from:], st.t)
	}
}

// merge makes one segment of several that stand side by side.
func (x *Index) merge(segs []*segment, t *tables) {
	var in records
	for _, s := range segs {
		s.appendTo(&in)
	}
	s, err := newSegment(t, segs[0].stride, in)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err == nil { // else they stay as they are
		for _, id := range x.removed {
			s.remove(id)
		}
		st := *x.state.Load()
		at := slices.Index(st.segs, segs[0])
		st.segs = slices.Concat(st.segs[:at], []*segment{s}, st.segs[at+len(segs):])
		x.state.Store(&st)
	}
	x.merging, x.removed = false, nil
	x.merged.Broadcast()
	if err == nil {
		x.mergeSome()
	}
}

// Merge makes one segment of everything, and forgets the values that no record has
// any more: see [Index.WriteTo]. Writers wait until that is done. An index merges by
// itself little by little; this is for quiet hours.
func (x *Index) Merge() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.merging {
		x.merged.Wait()
	}
	st := x.state.Load()
	in, t := st.records(), x.tables
	h := t.kept(in, x.had)
	if !h.all(t) {
		t, in = t.without(h, in)
	}
	view := t.view()
	s, err := newSegment(view, t.stride(), in)
	if err != nil {
		return err
	}
	if t != x.tables {
		x.tables, x.had = t, t.newHolders()
		t.hold(x.had, in.rows)
	}
	clear(x.raw)
	x.state.Store(&state{t: view, segs: []*segment{s}, tail: newTail(t.stride())})
	for range searchers { // what they remember is as old as their last search
		select {
		case r := <-x.free:
			r.forget()
			x.free <- r
		default:
		}
	}
	return nil
}

// records are those that are live.
func (st *state) records() (in records) {
	for _, s := range st.segs {
		s.appendTo(&in)
	}
	return st.tail.records(&in, st.n)
}
