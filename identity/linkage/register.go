package linkage

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// A Register is records that have been linked, with all that it takes to link further
// ones to them: the model, the frequencies and the keys of the run that it was made
// from, and the pairs found. New records are compared with each other and with those
// that are there, these not again with each other; and yet the result is that of
// linking all of them together under the model, in whatever portions and order they
// came.
//
// That holds because nothing that is learned from records moves when others come. The
// weight of a pair follows from its two records alone, and so does whether a key brings
// it: a value that came later counts, like in an [Index], as one that nobody had. What
// follows from all pairs, groups and rivals, is worked out from all of them each time,
// by what a run uses.
//
// One thing depends on how many records there are. A value of a key that more of them
// hold than a run compares with each other brings nothing from then on, nor what it has
// brought before, but for pairs of records that the run itself compared. So the work for a
// new record is bounded, whatever is written where nothing is known; it still does not
// depend on the order in which records came. [Linked.GivenUp] counts what is lost by it,
// and where that is much a new training is due. (If records are removed, a value
// that too many held stays without use.)
//
// Between two files where a record has one partner at most, the prior and m of the
// model are not estimated again; probabilities are those of all likely pairs beside each
// other, see [Options.Many].
//
// A Register is not safe for concurrent use.
type Register struct {
	model    Model
	headings [2][]string
	idCols   [2]int
	recall   float64
	floor    float64 // weight from which pairs are kept, before rivals
	least    float64 // and from which they are shown
	tables   *tables
	ring     keyring
	side     [2]*Roll // both the same where one file is searched
	pairs    []Pair   // before rivals
}

// Roll is the records of one side of a [Register]. Add and Remove take effect with the
// next [Register.Link]; records are counted in the order in which they came, those that
// were removed no longer.
type Roll struct {
	r     *Register
	n     int // 0 or 1
	ids   []string
	rows  []uint32          // stride ids of values for each record
	place map[string]uint32 // of a live record; made when it is needed
	dead  map[uint32]bool
	// Where the spec names a column of registers: their names, and that of each record.
	registers lexicon
	register  []uint32
	linked    int // records before it have been compared with each other
	trained   int // records before it are those of the run
	raw       []string
	row       []uint32
}

// Linked is what [Register.Link] did.
type Linked struct {
	New      int   // records that came or changed since the last time
	Compared int64 // pairs
	// GivenUp is the most pairs that were not compared though they share a value, because
	// too many records hold it.
	GivenUp int64
}

// ErrUntrained is returned where a register is asked for and nothing has been learned.
var ErrUntrained = errors.New("nothing has been learned from which others could be linked")

// Register makes a register of all records, after [Linker.Run] found res; it keeps pairs
// of the probability that the run kept. The linker's values are copied; it may be used
// on. An error wraps [ErrUntrained] if there were no two different records, or a run with
// [Options.Clash] or [Options.Same]: these know records by their rows.
func (l *Linker) Register(res *Result) (*Register, error) {
	if !slices.ContainsFunc(l.plan.comps, func(c comparison) bool { return !c.inert }) {
		return nil, fmt.Errorf("%w: the records do not differ", ErrUntrained)
	}
	if l.graph != nil && (l.graph.rivals[0] != nil || l.graph.rivals[1] != nil) {
		return nil, fmt.Errorf("%w: partners were subject to a condition", ErrUntrained)
	}
	r := newRegister(registerHead{fileHead: fileHead{l.plan.spec, res.Model, l.headings, l.idCols}, Recall: res.BlockingRecall, Least: l.floor}, l.freeze())
	r.ring = l.keyring()
	r.tables.plan.register = l.plan.register
	for n, roll := range r.rolls() {
		s := l.side[n]
		roll.rows = make([]uint32, 0, len(s.rows))
		for i := range s.Len() {
			roll.ids = append(roll.ids, s.ID(i))
			roll.rows = append(roll.rows, s.row(uint32(i))...)
		}
		roll.linked, roll.trained = s.Len(), s.Len()
		for _, i := range s.register {
			roll.register = append(roll.register, roll.registers.number(s.registers.text[i]))
		}
	}
	r.pairs = slices.Clone(res.Pairs)
	if res.Model.OneToOne {
		r.pairs = slices.Clone(l.rivalling)
	}
	for i, p := range r.pairs {
		if l.dedup && p.Left > p.Right { // in the order in which records came
			r.pairs[i].Left, r.pairs[i].Right = p.Right, p.Left
		}
	}
	return r, nil
}

// heavier are the candidates of a weight of at least floor, before rivals.
func heavier(cands [][]candidate, base []float64, floor float64) (out []Pair) {
	for _, chunk := range cands {
		for _, c := range chunk {
			if w := base[c.cell] + float64(c.adjust); w >= floor {
				out = append(out, Pair{Left: int(c.a), Right: int(c.b), Weight: w})
			}
		}
	}
	return out
}

// rivalFloor is the weight from which a pair is kept for what it takes from its rivals,
// in one-to-one linkage: less than a twentieth of a bit below it.
const rivalFloor = -5

func newRegister(h registerHead, t *tables) *Register {
	r := &Register{model: h.Model, headings: h.Headings, idCols: h.IDs, recall: h.Recall, least: h.Least, floor: h.Least, tables: t}
	if h.Model.OneToOne {
		r.floor = min(r.floor, rivalFloor)
	}
	t.nikDates = len(t.nik[0])+len(t.nik[1]) > 0
	r.side[0] = &Roll{r: r, row: make([]uint32, t.stride())}
	r.side[1] = r.side[0]
	if !t.dedup {
		r.side[1] = &Roll{r: r, n: 1, row: make([]uint32, t.stride())}
	}
	r.side[0].registers.add("", 0)
	return r
}

// rolls are the one or two sides.
func (r *Register) rolls() []*Roll {
	if r.tables.dedup {
		return r.side[:1]
	}
	return r.side[:]
}

// Left is the first side, Right the second (the same as Left where duplicates are
// sought).
func (r *Register) Left() *Roll { return r.side[0] }

// Right is the second side; see [Register.Left].
func (r *Register) Right() *Roll { return r.side[1] }

// Model is the model by which the register weighs.
func (r *Register) Model() Model { return r.model }

// BlockingRecall is that of the run; see [Result].
func (r *Register) BlockingRecall() float64 { return r.recall }

// Least is the least probability of a pair that [Register.Pairs] can tell.
func (r *Register) Least() float64 { return Probability(r.least) }

// Headings are those that cells follow, and IDColumn is the one that names a record, -1
// for none.
func (s *Roll) Headings() []string { return slices.Clone(s.r.headings[s.n]) }

// IDColumn is the column of ids, -1 for none.
func (s *Roll) IDColumn() int { return s.r.idCols[s.n] }

// Compared says whether a column is compared, or names registers: without it a record
// says less than it could.
func (s *Roll) Compared(column int) bool {
	p := s.r.tables.plan
	if s.hasRegisters() && column == p.register {
		return true
	}
	return slices.ContainsFunc(p.comps, func(c comparison) bool {
		if c.inert {
			return false
		}
		for i, f := range p.fields {
			name := f.Kind == FullName || f.Kind == GivenName || f.Kind == FamilyName
			tells := c.kind == FullName && name || c.kind != FullName && c.field == i ||
				f.Kind == NationalID && (c.kind == BirthDate || c.kind == SexKind)
			if tells && slices.Contains(f.col[s.n], column) {
				return true
			}
		}
		return false
	})
}

// Len is the number of records.
func (s *Roll) Len() int { return len(s.ids) - len(s.dead) }

// ID is the id of record i.
func (s *Roll) ID(i int) string {
	s.settle()
	return s.ids[i]
}

func (s *Roll) at(i uint32) []uint32 {
	n := s.r.tables.stride()
	return s.rows[int(i)*n : int(i)*n+n]
}

// Add adds a record, of which cells follow [Roll.Headings]. One with the id of a record
// that is there takes its place, unless it says the same: then there is nothing new.
func (s *Roll) Add(id string, cells []string) {
	s.raw = s.r.tables.take(writer{s.r.tables}, s.n, cells, s.raw, s.row)
	var register []uint32 // of this record, if that is asked for
	if s.hasRegisters() {
		register = []uint32{s.registers.number(s.r.tables.registerOf(cells))}
	}
	if i, ok := s.find(id); ok {
		if slices.Equal(s.at(i), s.row) && (register == nil || s.register[i] == register[0]) {
			return
		}
		s.Remove(id)
	}
	s.register = append(s.register, register...)
	id = strings.Clone(id)
	s.place[id] = uint32(len(s.ids))
	s.ids, s.rows = append(s.ids, id), append(s.rows, s.row...)
}

// hasRegisters says whether it is known which register a record is from.
func (s *Roll) hasRegisters() bool { return s.n == 0 && s.r.tables.plan.register >= 0 }

// Remove removes the record with this id, and reports whether there was one.
func (s *Roll) Remove(id string) bool {
	i, ok := s.find(id)
	if ok {
		if s.dead == nil {
			s.dead = map[uint32]bool{}
		}
		s.dead[i] = true
		delete(s.place, id)
	}
	return ok
}

func (s *Roll) find(id string) (uint32, bool) {
	if s.place == nil {
		s.settle()
		s.place = make(map[string]uint32, len(s.ids))
		for i, id := range s.ids {
			s.place[id] = uint32(i)
		}
	}
	i, ok := s.place[id]
	return i, ok
}

// settle leaves out the records that were removed, and their pairs.
func (s *Roll) settle() {
	if len(s.dead) == 0 {
		return
	}
	to := make([]int, len(s.ids)) // new places
	n, linked, trained := 0, 0, 0
	for i := range s.ids {
		if s.dead[uint32(i)] {
			to[i] = -1
			continue
		}
		to[i] = n
		s.ids[n] = s.ids[i]
		copy(s.at(uint32(n)), s.at(uint32(i)))
		if s.register != nil {
			s.register[n] = s.register[i]
		}
		n++
		if i < s.linked {
			linked = n
		}
		if i < s.trained {
			trained = n
		}
	}
	clear(s.ids[n:])
	s.ids, s.rows = s.ids[:n], s.rows[:n*s.r.tables.stride()]
	s.register = s.register[:min(n, len(s.register))]
	s.linked, s.trained, s.dead, s.place = linked, trained, nil, nil
	kept := s.r.pairs[:0]
	for _, p := range s.r.pairs {
		if s.n == 0 {
			p.Left = to[p.Left]
		}
		if s == s.r.side[1] {
			p.Right = to[p.Right]
		}
		if p.Left >= 0 && p.Right >= 0 {
			kept = append(kept, p)
		}
	}
	s.r.pairs = kept
}

// Pairs are the pairs of a probability of at least min, or what the run kept if that is
// more, in the order of the records' ids; where one file is searched, Left is the record
// of the lesser id. Nothing has been assigned. It is the same for the same records,
// whenever they came.
func (r *Register) Pairs(min float64) []Pair {
	r.settle()
	least := max(r.least, Bits(min))
	out := make([]Pair, 0, len(r.pairs))
	for _, p := range r.amongRivals() {
		if p.Weight >= least {
			out = append(out, p)
		}
	}
	return r.linker().sortByID(out)
}

// amongRivals are the pairs with what others take from their weight.
func (r *Register) amongRivals() []Pair {
	if !r.model.OneToOne {
		return r.pairs
	}
	var rank [2][]uint32 // any order that does not depend on who came first
	for n, s := range r.side {
		order := make([]uint32, len(s.ids))
		for i := range order {
			order[i] = uint32(i)
		}
		slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(strings.Compare(s.ids[a], s.ids[b]), cmp.Compare(a, b)) })
		rank[n] = make([]uint32, len(order))
		for i, at := range order {
			rank[n][at] = uint32(i)
		}
	}
	var g rivalry
	for _, p := range r.pairs {
		g.edges = append(g.edges, edge{a: uint32(p.Left), b: uint32(p.Right), x: math.Exp2(p.Weight), rarity: p.Weight, from: [2]float64{1, 1}})
	}
	g.index(rank)
	g.propagate(1e-7)
	out := make([]Pair, 0, len(g.edges))
	for i := range g.edges {
		e := &g.edges[i]
		out = append(out, Pair{Left: int(e.a), Right: int(e.b), Weight: e.rarity + e.bits(), Rivals: e.bits()})
	}
	return out
}

// Assign keeps, of pairs between two sides, those of the best assignment: see
// [Linker.Assign].
func (r *Register) Assign(pairs []Pair) []Pair { return r.linker().Assign(pairs, nil) }

// Cluster groups the records of one side into persons: see [Linker.Cluster].
func (r *Register) Cluster(pairs []Pair) []int { return r.linker().Cluster(pairs) }

// linker is one that knows the records' ids, which is all that groups and assignments
// need.
func (r *Register) linker() *Linker {
	r.settle()
	l := &Linker{dedup: r.tables.dedup}
	for n, s := range r.side {
		if n == 1 && l.dedup {
			l.side[1] = l.side[0]
			break
		}
		side := &Side{}
		if s.hasRegisters() {
			side.register = s.register
		}
		for _, id := range s.ids {
			side.ids.add(id)
		}
		l.side[n] = side
	}
	return l
}

func (r *Register) settle() {
	for _, s := range r.rolls() {
		s.settle()
	}
}

// keyring is what a run brings records together by, with knownBits as they stood then.
type keyring struct {
	keys []key
	most []int // of each key, how many records of a block are compared with each other
	// known are, of each part, the features that more than one record had, ascending, with
	// how rare they were; all others are as rare as what one has: fresh.
	known []knownBits
	fresh uint8
	// words are, of each comparison, the words of its texts that more than one record had,
	// and by how many; of other comparisons, or where words are no features, has is false.
	words []wordCounts
	// refused are the values of keys that too many records hold: see class.
	refused map[uint64]bool
}

type knownBits struct {
	hash []uint32
	bits []uint8
}

type wordCounts struct {
	has   bool
	hash  []uint32
	count []uint32
}

// of is how rare a feature is.
func (t *knownBits) of(h uint32, fresh uint8) uint8 {
	if i, ok := slices.BinarySearch(t.hash, h); ok {
		return t.bits[i]
	}
	return fresh
}

// of is how many records had a word: for the sake of order only, so that of one record
// is none.
func (t *wordCounts) of(h uint32) uint32 {
	if i, ok := slices.BinarySearch(t.hash, h); ok {
		return t.count[i]
	}
	return 0
}

// keyring keeps what the keys of a run are made of.
func (l *Linker) keyring() keyring {
	k := keyring{keys: slices.Clone(l.bl.keys), most: slices.Clone(l.bl.most), known: make([]knownBits, len(l.bl.parts)), words: make([]wordCounts, len(l.plan.comps)), refused: map[uint64]bool{}}
	n := [2]float64{float64(l.side[0].Len()), float64(l.side[1].Len())}
	k.fresh = freshBits(n)
	inParallel(len(l.bl.parts), func(i int) {
		p := &l.bl.parts[i]
		bits := map[uint32]uint8{}
		add := func(h uint32, c [2]int32) {
			b := rarityBits([2]int32{max(c[0], 1), max(c[1], 1)}, n)
			if have, ok := bits[h]; h != 0 && b < k.fresh && (!ok || b < have) {
				bits[h] = b
			}
		}
		switch {
		case p.comp == everything:
		case p.whole:
			d := l.plan.comps[p.comp].dom
			for id := 1; id < d.values(); id++ {
				add(p.values(uint32(id))[0], l.heldBy(d, id))
			}
		default:
			for _, c := range l.counts(p, nil).slots {
				add(c.hash, c.records)
			}
		}
		for _, h := range slices.Sorted(maps.Keys(bits)) {
			k.known[i].hash, k.known[i].bits = append(k.known[i].hash, h), append(k.known[i].bits, bits[h])
		}
	})
	for c := range l.plan.comps {
		if d := l.plan.comps[c].dom; d.worded {
			k.words[c] = d.countWords()
		}
	}
	return k
}

// freshBits is how rare a feature is that one record of each side has.
func freshBits(n [2]float64) uint8 {
	return rarityBits([2]int32{1, 1}, [2]float64{max(n[0], 1), max(n[1], 1)})
}

// countWords counts by how many records the words of texts are held.
func (d *domain) countWords() wordCounts {
	count := map[uint32]uint32{}
	for id := 1; id < d.values(); id++ {
		for _, w := range d.wordsOf(uint32(id)) {
			count[w] += uint32(d.held(id)[0] + d.held(id)[1])
		}
	}
	t := wordCounts{has: true}
	for _, h := range slices.Sorted(maps.Keys(count)) {
		if count[h] > 1 {
			t.hash, t.count = append(t.hash, h), append(t.count, count[h])
		}
	}
	return t
}
