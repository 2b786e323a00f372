package linkage

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mitra/identity/person"
	"mitra/identity/script"
)

// Linker links the records of two files, or finds the duplicates in one. Make
// one with [New], add the rows to its sides, then call [Linker.Run]. It is not
// safe for concurrent use; Run uses all processors by itself.
type Linker struct {
	plan   *plan
	dedup  bool
	inHand chan struct{} // has one for each batch of records that is being taken in, or waits for that
	taken  chan struct{} // closed when the last batch has been taken in; nil before the first
	spare  chan []string // memory for more of their cells
	side   [2]*Side      // both the same when one file is searched
	tok    *tokens
	names  *domain
	bl     *blocking // once Run has chosen the keys
	graph  *rivalry  // once Run has compared them, for one-to-one linkage
	// What a register needs of a run: the weight from which pairs were kept and, for
	// one-to-one linkage, pairs with their weights before rivals.
	floor     float64
	rivalling []Pair

	kin     []kin       // classes of related people that are looked for
	leftOut []string    // columns that did not fit
	rank    [2][]uint32 // each record's place in the order of content

	birth int // comparison of birth dates, -1 if none
	// nikCount is how many records know each date from a national id, beside the
	// date they state; nikDates says whether any does.
	nikCount [2][]int32
	nikDates bool
	nik      [2][]int

	headings [2][]string // and the columns of ids, for an index
	idCols   [2]int
}

// Side is one of the two files.
type Side struct {
	l      *Linker
	n      int // 0 or 1
	ids    texts
	rows   []uint32   // sealed: stride ids of values for each record, in the order of content
	taken  [][]uint32 // the same of batches of records as they were added, until then
	batch  int        // records in each of them but the last
	raw    []string   // cells of the last records, not taken in yet
	joined arena      // of names in them
	order  []uint32   // records by content, the order in which all work is done

	registers lexicon  // where the spec names a column of them
	register  []uint32 // of each record

	content []uint64 // hashes of all values of a record, as they were added; then ascending, until features are made
	hashes  []uint64 // of the values of the records that are taken in
}

// New binds a spec to the headings of two files; right is nil to find
// duplicates within the left one. idLeft and idRight are the columns that hold
// the records' ids, -1 for none.
func New(spec Spec, left, right []string, idLeft, idRight int) (*Linker, error) {
	l := &Linker{dedup: right == nil, tok: newTokens(), birth: -1}
	l.inHand, l.spare = make(chan struct{}, batchesInHand), make(chan []string, batchesInHand)
	if l.dedup {
		right, idRight = left, idLeft
	}
	left, right = cloned(left), cloned(right)
	p, err := spec.bind(left, right, [2]int{idLeft, idRight})
	if err != nil {
		return nil, err
	}
	l.plan, l.headings, l.idCols = p, [2][]string{slices.Clone(left), slices.Clone(right)}, [2]int{idLeft, idRight}
	for i := range p.comps {
		c := &p.comps[i]
		c.dom = newDomain(c.kind)
		if c.kind == FullName {
			l.names = c.dom
			c.dom.keepName(none, &nameValue{})
		}
		if c.kind == BirthDate && l.birth < 0 {
			l.birth = i
		}
	}
	l.side[0] = &Side{l: l}
	l.side[0].registers.add("", 0)
	l.side[1] = l.side[0]
	if !l.dedup {
		l.side[1] = &Side{l: l, n: 1}
	}
	for s := range 2 {
		for _, f := range p.fields {
			if f.Kind == NationalID && len(f.col[s]) > 0 {
				l.nik[s] = append(l.nik[s], f.col[s][0])
			}
		}
	}
	return l, nil
}

// cloned are copies of headings, so that the file that they stand in need not be
// kept.
func cloned(headings []string) (out []string) {
	for _, h := range headings {
		out = append(out, strings.Clone(h))
	}
	return out
}

// A Binding is what a comparison is made of: columns of the two sides, by their places. Several are the parts of a name.
type Binding struct {
	Comparison  string
	Left, Right []int
}

// Bindings tells what is compared, before any record is added.
func (l *Linker) Bindings() (out []Binding) {
	for _, c := range l.plan.comps {
		b := Binding{Comparison: c.name}
		for i, f := range l.plan.fields {
			part := f.Kind == FullName || f.Kind == GivenName || f.Kind == FamilyName
			if c.kind == FullName && part || c.kind != FullName && i == c.field {
				b.Left, b.Right = append(b.Left, f.col[0]...), append(b.Right, f.col[1]...)
			}
		}
		out = append(out, b)
	}
	return out
}

// Left is the first file, Right the second (the same as Left when duplicates
// are sought).
func (l *Linker) Left() *Side { return l.side[0] }

// Right is the second file; see [Linker.Left].
func (l *Linker) Right() *Side { return l.side[1] }

// stride is the length of a record's row: a value for each comparison and the
// birth date that the national id tells.
func (l *Linker) stride() int { return len(l.plan.comps) + 1 }

// Len returns the number of records added.
func (s *Side) Len() int { return s.ids.len() }

// ID returns the id of record i.
func (s *Side) ID(i int) string { return s.ids.at(i) }

// hash is that of a record's id: it decides between records equal in every value.
func (s *Side) hash(i uint32) uint64 { return hashString(s.ids.at(int(i))) }

// row returns the values of the record that was added as number i.
func (s *Side) row(i uint32) []uint32 { return s.at(s.l.rank[s.n][i]) }

// at returns the values of a record by its place in the order of content.
func (s *Side) at(r uint32) []uint32 {
	n := s.l.stride()
	return s.rows[int(r)*n : int(r)*n+n]
}

// added returns the values of the record that was added as number i, until records
// are put in order.
func (s *Side) added(i int) []uint32 {
	n := s.l.stride()
	return s.taken[i/s.batch][i%s.batch*n : i%s.batch*n+n]
}

// Add appends a record. cells follow the headings given to [New]; the slice is
// not kept. id is only an answer's name for the record, never evidence.
func (s *Side) Add(id string, cells []string) {
	s.ids.add(id)
	if s.l.plan.register >= 0 && s.n == 0 {
		s.register = append(s.register, s.registers.number(s.l.registerOf(cells)))
	}
	s.raw = s.l.rawCells(s.raw, s.n, cells, &s.joined)
	if len(s.raw) >= takeCells {
		s.take()
	}
}

// registerOf is the register that a record is from, if the spec names a column of them.
func (l *Linker) registerOf(cells []string) string {
	if l.plan.register >= len(cells) {
		return ""
	}
	return foldText(cells[l.plan.register])
}

// rawCells appends the cells that a record's values are made of: one for each
// comparison, and the national ids. joined keeps names of two cells, unless it is nil.
func (l *Linker) rawCells(raw []string, side int, cells []string, joined *arena) []string {
	for i := range l.plan.comps {
		c := &l.plan.comps[i]
		if c.kind == FullName {
			raw = append(raw, l.nameCell(side, cells, joined))
		} else {
			raw = append(raw, firstCell(cells, l.plan.fields[c.field].col[side]))
		}
	}
	for _, col := range l.nik[side] {
		raw = append(raw, firstCell(cells, []int{col}))
	}
	return raw
}

// firstCell is the first of some columns' cells in which something is written.
func firstCell(cells []string, cols []int) string {
	for _, c := range cols {
		if c < len(cells) && cells[c] != "" {
			return strings.TrimSpace(cells[c])
		}
	}
	return ""
}

// takeCells is how many cells wait before their values are taken in.
const takeCells = 1 << 15

// batchesInHand is how many batches of records may wait, while more are read, for those
// before them to be taken in.
const batchesInHand = 4

// take has the values of the records that wait interned, while the next ones are
// read.
func (s *Side) take() {
	l, raw, before, done := s.l, s.raw, s.l.taken, make(chan struct{})
	l.inHand <- struct{}{}
	l.taken = done
	select {
	case s.raw = <-l.spare:
	default:
		s.raw = make([]string, 0, cap(raw))
	}
	go func() {
		if before != nil {
			<-before
		}
		s.intern(raw)
		clear(raw)
		select {
		case l.spare <- raw[:0]:
		default:
		}
		close(done)
		<-l.inHand
	}()
}

// intern interns the values of some records, each comparison beside the others: no
// two of them have anything in common.
func (s *Side) intern(raw []string) {
	l := s.l
	width := len(l.plan.comps) + len(l.nik[s.n])
	n := len(raw) / max(width, 1)
	rows, w := make([]uint32, n*l.stride()), l.stride()
	if s.taken = append(s.taken, rows); len(s.taken) == 1 {
		s.batch = n
	}
	s.hashes = slices.Grow(s.hashes[:0], len(rows))[:len(rows)]
	clear(s.hashes)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.plan.comps)) {
		wg.Go(func() {
			// The name comes first, and takes longest.
			for k := int(next.Add(1)) - 1; k < len(l.plan.comps); k = int(next.Add(1)) - 1 {
				c := &l.plan.comps[k]
				l.internAll(c.dom, n, func(i int) string { return raw[i*width+k] },
					func(i int, id uint32, h uint64) { rows[i*w+k], s.hashes[i*w+k] = id, h })
				if k == l.birth || c.kind == SexKind {
					for i := range n {
						l.askNIK(k, raw[i*width+len(l.plan.comps):(i+1)*width], rows[i*w:(i+1)*w], s.hashes[i*w:(i+1)*w])
					}
				}
			}
		})
	}
	wg.Wait()
	for i := range n {
		hashes, h := s.hashes[i*w:(i+1)*w], uint64(0)
		for _, v := range hashes[:w-1] {
			h = combine(h, v)
		}
		if l.birth >= 0 {
			h = combine(h, hashes[w-1])
		}
		s.content = append(s.content, h)
	}
}

// nikDigits is how many digits a national id of Indonesia has.
const nikDigits = 16

// askNIK asks a record's national ids where it says nothing else of comparison k:
// they tell a birth date beside the one stated, and the sex where none is stated.
func (l *Linker) askNIK(k int, ids []string, row []uint32, hashes []uint64) {
	if k != l.birth && row[k] != none {
		return
	}
	d, second := l.plan.comps[k].dom, len(row)-1
	for _, id := range ids {
		if len(id) < nikDigits {
			continue // as nearly all in a file of another country
		}
		nik, err := person.ParseNIK(id, l.plan.spec.Pivot)
		switch {
		case err != nil:
		case k != l.birth:
			var v normalised
			l.normalise(d, string(rune(nik.Sex)), &v)
			row[k], hashes[k] = l.put(d, &v), v.hash
			return
		case nik.Birth.Prec == person.PrecDay:
			date := dateValue{year: nik.Birth.Year, month: nik.Birth.Month, day: nik.Birth.Day}
			v := normalised{date: date, text: []byte(date.String())}
			v.hash = hashString(v.text)
			row[second], hashes[second] = l.put(d, &v), v.hash
		}
	}
}

// nameCell is the name of a record as it is parsed: the full name if the file
// has one, else given name and surname.
func (l *Linker) nameCell(side int, cells []string, joined *arena) string {
	var given, family string
	for i := range l.plan.fields {
		f := &l.plan.fields[i]
		switch f.Kind {
		case FullName:
			if full := firstCell(cells, f.col[side]); full != "" {
				return full
			}
		case GivenName:
			given = firstCell(cells, f.col[side])
		case FamilyName:
			family = firstCell(cells, f.col[side])
		}
	}
	switch {
	case family == "":
		return given
	case given == "":
		return family
	case joined == nil:
		return given + " " + family
	}
	return joined.keep(given, " ", family)
}

// seal counts values and puts the records into an order that depends on their
// content alone.
func (l *Linker) seal() error {
	sides := l.side[:]
	if l.dedup {
		sides = sides[:1]
	}
	for _, s := range sides {
		s.take()
		<-l.taken
		s.raw, s.joined = nil, arena{}
	}
	l.spare = nil
	if l.names != nil {
		l.tok.seal(l.names)
	}
	for _, s := range sides {
		if s.Len() > math.MaxInt32 {
			return fmt.Errorf("%d records are more than one run takes", s.Len())
		}
	}
	inParallel(len(l.plan.comps), func(k int) { l.countValues(k, sides) })
	for _, s := range sides {
		s.sort()
		l.rank[s.n] = make([]uint32, len(s.order))
		for i, r := range s.order {
			l.rank[s.n][r] = uint32(i)
		}
	}
	for k := range l.plan.comps {
		// What only one value has, or one side, tells nobody from anybody.
		c := &l.plan.comps[k]
		for _, s := range sides {
			has := false
			for r := 0; r < s.Len() && !has; r++ {
				row := s.at(uint32(r))
				has = row[k] != none || k == l.birth && row[len(row)-1] != none
			}
			if !has || c.dom.n <= 2 { // with the missing one
				c.inert = true
			}
		}
	}
	if err := l.fit(); err != nil {
		return err
	}
	if l.names != nil {
		l.tok.freq = make([]float64, len(l.tok.text))
		l.tok.rarity = make([]float64, len(l.tok.text))
		for t := range l.tok.freq {
			l.tok.freq[t] = min(l.share([2]int32{l.tok.count[0][t], l.tok.count[1][t]}, 0.5), 1)
			if l.tok.kind[t] == script.Weak {
				l.tok.freq[t] = 1 // written or left out at will
			}
			l.tok.rarity[t] = math.Log2(l.tok.freq[t])
		}
	}
	byWork := make([]int, len(l.plan.comps)) // what takes longest first
	for k := range byWork {
		byWork[k] = k
	}
	slices.SortStableFunc(byWork, func(a, b int) int { return cmp.Compare(l.plan.comps[b].dom.n, l.plan.comps[a].dom.n) })
	inParallel(len(byWork), func(i int) {
		k := byWork[i]
		c := &l.plan.comps[k]
		l.renumber(k)
		if c.kind == Text && !c.inert {
			l.sealWords(c.dom)
		}
		l.sealRarity(c)
	})
	if l.dedup {
		l.rank[1], l.nikCount[1] = l.rank[0], l.nikCount[0]
	}
	return nil
}

// countValues counts by how many records each value of comparison k is held.
func (l *Linker) countValues(k int, sides []*Side) {
	d := l.plan.comps[k].dom
	d.raw, d.slots = nil, nil // nothing is looked up any more
	for _, s := range sides {
		d.count[s.n] = make([]int32, d.n)
		if k == l.birth {
			l.nikCount[s.n] = make([]int32, d.n)
		}
		for i := range s.Len() {
			row := s.added(i)
			d.count[s.n][row[k]]++
			if d.kind == FullName {
				for _, t := range d.nameOf(row[k]).tokens() {
					l.tok.count[s.n][t]++
				}
			}
			if nik := row[len(row)-1]; k == l.birth && nik != none && nik != row[k] {
				l.nikDates = true
				l.nikCount[s.n][nik]++
			}
		}
	}
}

// sort puts the records into an order that depends on their content alone.
func (s *Side) sort() {
	l := s.l
	const chunk = 1 << 13
	chunks := (s.Len() + chunk - 1) / chunk
	content := s.content
	s.order = make([]uint32, s.Len())
	inParallel(chunks, func(c int) {
		for i := c * chunk; i < min((c+1)*chunk, s.Len()); i++ {
			if l.names != nil { // comparison 0
				// People of one name stand together: keys bring them together, and what
				// is near in memory is compared soonest.
				content[i] = l.tok.skeleton[l.rarest(s.added(i)[0])]>>40<<40 | content[i]>>24
			}
			s.order[i] = uint32(i)
		}
	})
	radixSortFrom(content, s.order, contentTail)
	for from := 0; from < len(content); {
		to := from + 1
		for to < len(content) && content[to]>>contentTail == content[from]>>contentTail {
			to++
		}
		if to-from > 1 {
			s.sortAlike(content[from:to], s.order[from:to])
		}
		from = to
	}
	w := l.stride()
	s.rows = make([]uint32, s.Len()*w)
	inParallel(chunks, func(c int) {
		for i := c * chunk; i < min((c+1)*chunk, s.Len()); i++ {
			copy(s.rows[i*w:(i+1)*w], s.added(int(s.order[i])))
		}
	})
	s.taken, s.hashes = nil, nil
}

// contentTail is how many bits of content hardly ever have to be looked at.
const contentTail = 64 - 4*digit

// sortAlike sorts records whose contents begin alike.
func (s *Side) sortAlike(content []uint64, order []uint32) {
	sortTies(content, order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.hash(a), s.hash(b)), strings.Compare(s.ID(int(a)), s.ID(int(b))))
	})
}

// sealRarity finds how rare the values of a comparison are.
func (l *Linker) sealRarity(c *comparison) {
	c.exact = uint8(len(c.levels()) - 1)
	// Tokens of a name depend on each other, so that beyond a point their
	// product says nothing; and the mean of inverse frequencies, which stands
	// for a level, must not hang on the rarest name of a sample.
	c.dom.rarest = math.Log2(l.share([2]int32{}, 0.02))
	c.dom.rarity = make([]float64, c.dom.values())
	spare := 0.5
	if c.kind == FullName {
		spare = 0.02
	}
	last := [2]int32{-1}
	seen := 0.0 // how rare a value held by as many is: most stand in a row of such that one record holds
	for id := 1; id < c.dom.values(); id++ {
		if count := c.dom.held(id); count != last {
			last, seen = count, math.Log2(min(l.share(count, spare), 1))
		}
		if c.kind != FullName {
			c.dom.rarity[id] = seen
			continue
		}
		// A whole name is as rare as its tokens together, or as common as it
		// is seen to be, whichever is more.
		for _, t := range c.dom.name[id].tokens() {
			c.dom.rarity[id] += l.tok.rarity[t]
		}
		c.dom.rarity[id] = max(c.dom.rarity[id], c.dom.rarest, seen)
	}
}

// rarest returns the token of a name that fewest records hold.
func (l *Linker) rarest(name uint32) uint32 {
	best, least := uint32(0), int32(math.MaxInt32)
	for _, t := range l.names.nameOf(name).tokens() {
		if n := l.tok.count[0][t] + l.tok.count[1][t]; n < least {
			best, least = t, n
		}
	}
	return best
}

// allPairs is the number of pairs there are.
func (l *Linker) allPairs() int64 {
	n := int64(l.side[0].Len())
	if l.dedup {
		return n * (n - 1) / 2
	}
	return n * int64(l.side[1].Len())
}

// patternBits is what a pattern of levels may take of a cell's key.
const patternBits = 56

// fit sees to it that a pattern of all comparisons fits a cell's key: about
// twenty comparisons do. Columns that no spec asked for give way, those first
// that tell least; what a spec names is never left out in silence.
func (l *Linker) fit() error {
	for {
		bits, n := 0.0, 0
		for k := range l.plan.comps {
			if c := &l.plan.comps[k]; !c.inert {
				n++
				bits += math.Log2(float64(len(c.levels()) + 1))
			}
		}
		if bits <= patternBits {
			return nil
		}
		least, leastTells := -1, math.Inf(1)
		for k := range l.plan.comps {
			if c := &l.plan.comps[k]; !c.inert && c.kind == Text {
				if t := l.tells(k); t < leastTells {
					least, leastTells = k, t
				}
			}
		}
		if len(l.plan.spec.Fields) > 0 || least < 0 {
			return fmt.Errorf("%w: %d columns with values are more than can be compared, about 20; name those that matter", ErrSpec, n)
		}
		l.plan.comps[least].inert = true
		l.leftOut = append(l.leftOut, l.plan.comps[least].name)
	}
}

// tells is how much agreement on comparison k says at best, on average over all
// records: the share of records that have a value, times the entropy of values.
func (l *Linker) tells(k int) float64 {
	c, n := &l.plan.comps[k], float64(l.side[0].Len())
	held := map[int32]float64{} // by how many records a value is held → values
	for id, m := range c.dom.count[0] {
		if id != none && m > 0 {
			held[m]++
		}
	}
	sum := 0.0
	for _, m := range slices.Sorted(maps.Keys(held)) {
		sum += held[m] * float64(m) / n * math.Log2(n/float64(m))
	}
	return sum
}

// share is the chance that a record of another person holds a value that count
// records of each side hold, one of which is the person's own; spare is what is
// left for a value that nobody else has.
func (l *Linker) share(count [2]int32, spare float64) float64 {
	if l.dedup {
		n := float64(l.side[0].Len())
		return max(float64(count[0])-2+spare, spare) / max(n, 1)
	}
	a, b := float64(l.side[0].Len()), float64(l.side[1].Len())
	return max(max(float64(count[0])-1, 0)/max(a, 1), max(float64(count[1])-1, 0)/max(b, 1)) + spare/max(a, b, 1)
}
