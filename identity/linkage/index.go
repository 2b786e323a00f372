package linkage

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// An Index answers at once which of very many records somebody is likely to be. It
// weighs by the same levels, chances and frequencies as a run of the [Linker] that
// it was made from: the weight of a hit is that which a batch gives to the pair of
// the query and the record, before rivals.
//
// Frequencies stand as they were when the index was made. A value that came later
// counts as one that nobody had, however many have it since; make a new index, from
// a new training, before that matters.
//
// An index is safe for concurrent use. Readers never wait for writers: they work on
// a state that does not change. What [Index.Add] and [Index.Remove] do, the next
// search sees.
type Index struct {
	model    Model
	headings [2][]string // of the two sides
	idCols   [2]int
	state    atomic.Pointer[state]
	free     chan *searcher

	mu      sync.Mutex // of all that follows
	tables  *tables
	had     holders // of the values that tables began with, those that a record has ever had
	raw     []string
	row     []uint32
	merging bool
	merged  sync.Cond // on mu: a merge ended
	removed []string  // while a merge is under way
}

// state is what searches work on.
type state struct {
	t    *tables
	segs []*segment // large ones first
	tail *tail      // records that are in no segment yet
	n    int        // how many of the tail
}

// A Hit is a record that a query may mean, or several that are equal in every value
// that is compared: they are one hit.
type Hit struct {
	IDs    []string // of the records, in order
	Weight float64  // bits, as [Pair.Weight]
	// Levels are those of the model's comparisons; with them [Model.Bars] explains
	// the weight.
	Levels []LevelAt
	// Related is what related people take from the weight, in bits; see [Related].
	Related float64
}

// P is the probability that a hit is who was sought.
func (h Hit) P() float64 { return Probability(h.Weight) }

// Hits is an answer.
type Hits struct {
	// Hits are the likeliest first. Weights equal to a thousandth of a bit stand in an order that depends on
	// the records' values alone.
	Hits []Hit
	// Truncated says that not all records were looked at that share a word or a value
	// with the query which many have: one of them might outweigh a hit. It is false if
	// none can, but for one whose telephone, code or text is nearly the query's
	// without sharing a word of it.
	Truncated bool
	// Weighed is how many entries were compared.
	Weighed int
}

// Index makes an index of the right side's records, or of the only side's, after
// [Linker.Run] found res. Queries have the left side's columns. The linker's values
// and frequencies are copied; it may be used on.
func (l *Linker) Index(res *Result) (*Index, error) {
	return l.index(res.Model)
}

// NewIndex makes an index of records that need no training. headings are those of
// the records and of queries; records gives ids and cells, and may be read once. A
// nil model means weights that are built in, see [BuiltIn]. Frequencies are counted
// among the records; so give the list that is searched, and add later what comes
// later.
func NewIndex(spec Spec, headings []string, idCol int, model *Model, records iter.Seq2[string, []string]) (*Index, error) {
	l, err := New(spec, headings, nil, idCol, -1)
	if err != nil {
		return nil, err
	}
	for id, cells := range records {
		l.Left().Add(id, cells)
	}
	if err := l.seal(); err != nil {
		return nil, err
	}
	for k := range l.plan.comps {
		l.plan.comps[k].inert = false // a list may begin empty
	}
	if model == nil {
		return l.index(l.builtIn())
	}
	if len(model.Comparisons) != len(l.plan.comps) {
		return nil, fmt.Errorf("%w: the model has %d comparisons, the columns make %d", ErrSpec, len(model.Comparisons), len(l.plan.comps))
	}
	for k, c := range model.Comparisons {
		have := &l.plan.comps[k]
		if c.Name != have.name || c.Kind != have.kind || len(c.Levels) != len(have.levels()) {
			return nil, fmt.Errorf("%w: the model compares %q (%s), the columns %q (%s)", ErrSpec, c.Name, c.Kind, have.name, have.kind)
		}
	}
	if len(model.Related) > 0 {
		l.kin = l.relatives()
	}
	return l.index(*model)
}

// index makes an index of a linker that has been sealed.
func (l *Linker) index(m Model) (*Index, error) {
	if len(l.plan.comps) > mostComparisons {
		return nil, fmt.Errorf("%w: %d columns are more than an index compares, %d", ErrSpec, len(l.plan.comps), mostComparisons)
	}
	x := newIndex(m, l.freeze(), l.headings, l.idCols)
	right := l.side[1]
	in := records{ids: make([]string, 0, right.Len()), rows: slices.Clone(right.rows)}
	for _, i := range right.order {
		in.ids = append(in.ids, right.ID(int(i)))
	}
	for k := range l.plan.comps {
		if l.plan.comps[k].inert {
			for at := 0; at < len(in.rows); at += l.stride() {
				in.rows[at+k] = none
				if k == l.birth {
					in.rows[at+l.stride()-1] = none
				}
			}
		}
	}
	return x, x.begin(in)
}

// mostComparisons bounds the columns of an index: each takes memory for guests.
const mostComparisons = 256

func newIndex(m Model, t *tables, headings [2][]string, idCols [2]int) *Index {
	x := &Index{model: m, headings: headings, idCols: idCols, tables: t, free: make(chan *searcher, searchers)}
	x.row = make([]uint32, t.stride())
	x.merged.L = &x.mu
	for i := range searchers {
		x.free <- &searcher{slot: uint32(i)}
	}
	return x
}

// begin takes in the records that are there from the start.
func (x *Index) begin(in records) error {
	x.had = x.tables.newHolders()
	x.tables.hold(x.had, in.rows)
	view := x.tables.view()
	s, err := newSegment(view, x.tables.stride(), in)
	if err != nil {
		return err
	}
	x.state.Store(&state{t: view, segs: []*segment{s}, tail: newTail(x.tables.stride())})
	return nil
}

// Model is the model by which the index weighs.
func (x *Index) Model() Model { return x.model }

// Len is the number of records.
func (x *Index) Len() int {
	st := x.state.Load()
	n := st.tail.live(st.n)
	for _, s := range st.segs {
		n += s.records()
	}
	return n
}

// Search returns the k records that are likeliest to be of the person of whom cells
// tell; cells follow the headings of queries, and may be empty. See
// [Index.SearchAbove].
func (x *Index) Search(cells []string, k int) Hits { return x.SearchAbove(cells, k, lowest) }

// SearchAbove is Search for hits of a weight of at least so many bits, which is faster
// where many values are known: most records need no look then.
//
// A record is found by what it shares with the query: a value that no more than a few
// hundred have; a document number or national id but for one character or optical
// confusions; a date, with day and month in either order, or as much of it as is known;
// two words of the name, or one, each as it is, misspelt, spelled by ear, cut off, as
// an initial, joined or split; a rare word of a text. Who shares nothing but sex,
// country, an initial or what many others have is not found.
func (x *Index) SearchAbove(cells []string, k int, least float64) Hits {
	s := <-x.free
	defer func() { x.free <- s }()
	st := x.state.Load()
	s.bind(st.t, &x.model)
	return s.search(st, cells, max(k, 0), least)
}

// Among are those of some records, by their ids, that weigh at least so many bits against a record of the index, in the order given,
// whatever they share with it: each is compared. It is false if the index has no record with this id.
func (x *Index) Among(id string, some []string, least float64) (alike []string, known bool) {
	s := <-x.free
	defer func() { x.free <- s }()
	st := x.state.Load()
	s.bind(st.t, &x.model)
	s.scorer.comparer.name.cache = fresh(s.scorer.comparer.name.cache)
	s.unbound()
	s.scorer.floor = least - floorSlack
	var own, others []spot
	own = st.find(own, id)
	for _, one := range some {
		others = st.find(others[:0], one)
		if slices.ContainsFunc(own, func(a spot) bool {
			return slices.ContainsFunc(others, func(b spot) bool {
				return s.scorer.compare(a.row(), b.row()) && s.scorer.weight(s.kin) >= least-1e-9
			})
		}) {
			alike = append(alike, one)
		}
	}
	return alike, len(own) > 0
}

// find appends where the records with an id stand.
func (st *state) find(to []spot, id string) []spot {
	for i := range st.n {
		if st.tail.ids[i] == id && !st.tail.isDead(uint32(i)) {
			to = append(to, spot{tail: st.tail, entry: uint32(i)})
		}
	}
	for _, s := range st.segs {
		for r := range s.having(id) {
			e, _ := slices.BinarySearch(s.from, r+1)
			to = append(to, spot{seg: s, entry: uint32(e - 1)})
		}
	}
	return to
}

// spot is where an entry stands: in a segment, or as a record of the tail.
type spot struct {
	seg   *segment
	tail  *tail
	entry uint32
}

func (p spot) live() bool {
	if p.seg == nil {
		return !p.tail.isDead(p.entry)
	}
	return p.seg.live(p.entry)
}

func (p spot) row() []uint32 {
	if p.seg == nil {
		return p.tail.row(int(p.entry))
	}
	return p.seg.row(p.entry)
}

func (p spot) content() uint64 {
	if p.seg == nil {
		return p.tail.content[p.entry]
	}
	return p.seg.content[p.entry]
}

func (p spot) ids(to []string) []string {
	if p.seg == nil {
		if !p.tail.isDead(p.entry) {
			to = append(to, p.tail.ids[p.entry])
		}
		return to
	}
	for r := p.seg.from[p.entry]; r < p.seg.from[p.entry+1]; r++ {
		if !p.seg.isDead(r) {
			to = append(to, strings.Clone(p.seg.ids.at(int(r))))
		}
	}
	return to
}

// found is an entry among the best so far.
type found struct {
	weight  float64
	content uint64
	row     []uint32
	at      []spot
}

// grade is a weight in thousandths of a bit: within one, entries are equal. Sums of
// the same evidence differ in their last digits, and such a difference must not decide.
func grade(w float64) float64 { return math.Floor(w * 1024) }

// before orders entries: the heavier first, then by content.
func before(w float64, c uint64, than *found) bool {
	if x, y := grade(w), grade(than.weight); x != y {
		return x > y
	}
	return c < than.content
}

// keep takes an entry among the best, if it is.
func (s *searcher) keep(w float64, row []uint32, at spot) {
	if w < s.least-1e-9 || len(s.best) == s.k && grade(w) < grade(s.best[s.k-1].weight) {
		return
	}
	content, i := at.content(), len(s.best)
	for i > 0 && before(w, content, &s.best[i-1]) {
		i--
	}
	for j := i - 1; j >= 0 && s.best[j].content == content; j-- { // equal records of two segments
		if slices.Equal(s.best[j].row, row) {
			if !slices.Contains(s.best[j].at, at) && at.live() {
				s.best[j].at = append(s.best[j].at, at)
			}
			return
		}
	}
	if i == s.k || !at.live() {
		return
	}
	if len(s.best) < s.k {
		s.best = append(s.best, found{})
	}
	last := s.best[len(s.best)-1].at[:0]
	copy(s.best[i+1:], s.best[i:])
	s.best[i] = found{w, content, row, append(last, at)}
	if len(s.best) == s.k {
		s.scorer.floor = max(s.scorer.floor, grade(s.best[s.k-1].weight)/1024-floorSlack)
	}
}

// floorSlack is how far below the floor, in bits, a weight may lie for its sum was
// made in another order, or rounded.
const floorSlack = 1e-4

// answer makes hits of the best.
func (s *searcher) answer() (out []Hit) {
	for _, f := range s.best {
		h := Hit{Weight: f.weight}
		for _, at := range f.at {
			h.IDs = at.ids(h.IDs)
		}
		if len(h.IDs) == 0 {
			continue // removed just now
		}
		slices.Sort(h.IDs)
		h.IDs = slices.Compact(h.IDs)
		s.scorer.floor = lowest
		s.scorer.compare(s.row, f.row)
		h.Levels, h.Related = s.levels()
		out = append(out, h)
	}
	return out
}
