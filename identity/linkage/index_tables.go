package linkage

import (
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"

	"mitra/identity/person"
	"mitra/identity/script"
)

// tables are the values of an index: those of the linker it was made from, with
// the frequencies that they had then, and those that came later, whose count is 0.
// A number stands for one value for ever. There is one writer; readers have a view,
// which ends where the tables ended when it was taken, and what the writer appends
// lies beyond it. Room for that is kept, so that appending moves nothing.
//
// A search needs numbers for values that no record has. In each domain there is a
// stretch of numbers for guests: a few for each searcher, who alone writes and
// reads them.
type tables struct {
	*Linker // plan, tokens and classes of related people; it has no sides
	values  []lookup
	words   lookup
	// guest is the first number for guests of each comparison, and of tokens.
	guest     []uint32
	guestWord uint32
	wordsFrom []uint32 // of texts: where the guests' words begin in domain.words
	// Rarities of what nobody had when frequencies were counted.
	fresh     []float64
	freshWord float64
}

const (
	searchers  = 64 // that can be at work at a time; beyond that they wait for each other
	guestIDs   = 3  // of a searcher: one before the value (texts begin where the one before ends), the value, a second date
	allGuests  = searchers*guestIDs + 1
	guestWords = 64 // words of a guest that are compared
)

// lookup finds numbers by hash. A slot is written once.
type lookup []uint32

func newLookup(n int) lookup { return make(lookup, 1<<bits.Len(uint(max(n, 8)*4/3))) }

// find returns the number of this hash for which is says yes; numbers from end on
// are beyond the view.
func (t lookup) find(h uint64, end int, is func(id uint32) bool) (uint32, bool) {
	for i := h; ; i++ {
		id := atomic.LoadUint32(&t[i&uint64(len(t)-1)])
		if id == 0 {
			return 0, false
		}
		if int(id) < end && is(id) {
			return id, true
		}
	}
}

func (t lookup) put(h uint64, id uint32) {
	i := h
	for atomic.LoadUint32(&t[i&uint64(len(t)-1)]) != 0 {
		i++
	}
	atomic.StoreUint32(&t[i&uint64(len(t)-1)], id)
}

// freeze makes tables of a linker that has been sealed.
func (l *Linker) freeze() *tables {
	f := &Linker{plan: &plan{spec: l.plan.spec, fields: l.plan.fields, comps: slices.Clone(l.plan.comps)},
		dedup: l.dedup, kin: l.kin, birth: l.birth, nik: l.nik}
	t := &tables{Linker: f, values: make([]lookup, len(f.plan.comps)), guest: make([]uint32, len(f.plan.comps)),
		wordsFrom: make([]uint32, len(f.plan.comps)), fresh: make([]float64, len(f.plan.comps))}
	t.freshWord = math.Log2(min(l.share([2]int32{}, 0.5), 1))
	for k := range f.plan.comps {
		c := &f.plan.comps[k]
		t.fresh[k] = math.Log2(min(l.share([2]int32{}, 0.5), 1))
		if c.inert { // nothing is compared, nothing kept
			rarest := c.dom.rarest
			c.dom = newDomain(c.kind)
			c.dom.raw, c.dom.rarity, c.dom.rarest = nil, []float64{0}, rarest
		}
		d := *c.dom
		d.raw, d.interner, d.sealed, d.keyWords, d.worded = nil, interner{}, texts{}, nil, false
		d.count = [2][]int32{}
		if c.kind == FullName {
			d.hash, d.sketch = nil, nil // tokens tell all
			f.names = &d
		} else {
			n := c.dom.values()
			d.text, d.hash = make([]string, n), make([]uint64, n)
			for id := 1; id < n; id++ {
				d.text[id] = c.dom.textOf(uint32(id))
				d.hash[id] = hashString(d.text[id])
			}
		}
		c.dom = &d
	}
	tok := *l.tok
	if t.nameAt() < 0 {
		tok = *newTokens()
		tok.rarity = []float64{0}
	}
	tok.interner, tok.count, tok.freq, tok.mixed = interner{}, [2][]int32{}, nil, true
	f.tok = &tok
	t.admitGuests()
	return t
}

// admitGuests makes room for guests behind all values, and finds values by hash.
func (t *tables) admitGuests() {
	t.guestWord = uint32(len(t.tok.text))
	t.tok.room(searchers*maxTokens, spare(len(t.tok.text)))
	t.words = newLookup(cap(t.tok.text))
	for id := 1; id < int(t.guestWord); id++ {
		t.words.put(t.tok.hash[id], uint32(id))
	}
	for k := range t.plan.comps {
		d := t.plan.comps[k].dom
		n := d.size()
		t.guest[k] = uint32(n)
		d.room(allGuests, spare(n))
		t.values[k] = newLookup(d.capacity())
		for id := 1; id < n; id++ {
			t.values[k].put(t.valueHash(k, uint32(id)), uint32(id))
		}
		if d.kind == Text {
			from := len(d.words)
			t.wordsFrom[k] = uint32(from)
			d.words = widen(d.words, searchers*guestWords, 4*spare(n))
			d.wordsAt[len(d.wordsAt)-1] = uint32(len(d.words))
		}
	}
}

// spare is for how many more values room is made.
func spare(n int) int { return max(1<<8, n/8) }

// room adds n values of nothing, and memory for more behind them.
func (d *domain) room(n, more int) {
	d.rarity = widen(d.rarity, n, more)
	if d.kind == FullName {
		d.name = widen(d.name, n, more)
		return
	}
	d.text, d.hash, d.sketch = widen(d.text, n, more), widen(d.hash, n, more), widen(d.sketch, n, more)
	switch d.kind {
	case BirthDate, OtherDate:
		d.date = widen(d.date, n, more)
	case Document, NationalID:
		d.keyed = widen(d.keyed, n, more)
	case Text:
		d.wordsAt = widen(d.wordsAt, n, more)
	}
}

func (t *tokens) room(n, more int) {
	t.text, t.hash, t.set = widen(t.text, n, more), widen(t.hash, n, more), widen(t.set, n, more)
	t.kind, t.skeleton, t.rarity = widen(t.kind, n, more), widen(t.skeleton, n, more), widen(t.rarity, n, more)
}

func widen[T any](s []T, n, more int) []T {
	out := make([]T, len(s)+n, len(s)+n+more)
	copy(out, s)
	return out
}

func (d *domain) size() int     { return len(d.rarity) }
func (d *domain) capacity() int { return cap(d.rarity) }

// view is the tables as they are now, for readers.
func (t *tables) view() *tables {
	v := *t
	f := &Linker{plan: &plan{spec: t.plan.spec, fields: t.plan.fields, comps: slices.Clone(t.plan.comps)},
		dedup: t.dedup, kin: t.kin, birth: t.birth, nik: t.nik}
	doms := make([]domain, len(f.plan.comps))
	for k := range f.plan.comps {
		doms[k] = *t.plan.comps[k].dom
		f.plan.comps[k].dom = &doms[k]
		if f.plan.comps[k].kind == FullName {
			f.names = &doms[k]
		}
	}
	tok := *t.tok
	f.tok = &tok
	v.Linker, v.values = f, slices.Clone(t.values)
	return &v
}

// valueHash is that of a value's normal form, whatever its number.
func (t *tables) valueHash(k int, id uint32) uint64 {
	d := t.plan.comps[k].dom
	if d.kind != FullName {
		return d.hash[id]
	}
	return t.tok.hashOf(&d.name[id])
}

// taker numbers what the tables do not have.
type taker interface {
	word(text string, kind script.Kind) uint32
	value(k int, second bool, v *normalised) uint32
}

// take reads a record's cells into a row, as the linker of a batch does: see
// askNIK.
func (t *tables) take(by taker, side int, cells, raw []string, row []uint32) []string {
	raw = t.rawCells(raw[:0], side, cells, nil)
	clear(row)
	for k := range t.plan.comps {
		c := &t.plan.comps[k]
		if c.inert {
			continue
		}
		if raw[k] != "" {
			var v normalised
			if c.kind == FullName {
				t.takeName(by, raw[k], &v)
			} else {
				t.normalise(c.dom, raw[k], &v)
			}
			row[k] = t.number(by, k, false, &v)
		}
		if k != t.birth && (c.kind != SexKind || row[k] != none) {
			continue
		}
		for _, id := range raw[len(t.plan.comps):] {
			nik, err := person.ParseNIK(id, t.plan.spec.Pivot)
			var v normalised
			switch {
			case err != nil:
				continue
			case k != t.birth:
				v.text = []byte(string(rune(nik.Sex)))
			case nik.Birth.Prec == person.PrecDay:
				v.date = dateValue{year: nik.Birth.Year, month: nik.Birth.Month, day: nik.Birth.Day}
				v.text = []byte(v.date.String())
			}
			v.hash = hashString(v.text)
			if k != t.birth {
				row[k] = t.number(by, k, false, &v)
				break
			}
			if len(v.text) > 0 {
				row[len(row)-1] = t.number(by, k, true, &v)
			}
		}
	}
	return raw
}

// number finds a value, or has it numbered.
func (t *tables) number(by taker, k int, second bool, v *normalised) uint32 {
	if len(v.text) == 0 {
		return none
	}
	d := t.plan.comps[k].dom
	id, ok := t.values[k].find(v.hash, d.size(), func(id uint32) bool {
		if d.kind == FullName {
			return d.name[id].n == v.name.n && d.name[id].tok == v.name.tok
		}
		return d.hash[id] == v.hash && d.text[id] == string(v.text)
	})
	if ok {
		return id
	}
	return by.value(k, second, v)
}

// findWord returns the number of a token, 0 if the tables do not have it.
func (t *tables) findWord(text string) uint32 {
	id, _ := t.words.find(hashString(text), len(t.tok.text), func(id uint32) bool { return t.tok.text[id] == text })
	return id
}

// takeName reads a name. A token that is new may be weak where it stands alone; it
// is so everywhere then, whoever brought it first.
func (t *tables) takeName(by taker, raw string, v *normalised) {
	toks := v.name.tok[:0]
	for _, tok := range script.Parse(raw).Tokens {
		if len(toks) == maxTokens {
			break
		}
		id := t.findWord(tok.Text)
		if id == 0 {
			kind := tok.Kind
			if alone := script.Parse(tok.Text).Tokens; len(alone) == 1 && weakness(alone[0].Kind) > weakness(kind) {
				kind = alone[0].Kind
			}
			id = by.word(tok.Text, kind)
		}
		if !slices.Contains(toks, id) {
			toks = append(toks, id)
		}
	}
	v.name.n = uint8(len(toks))
	slices.Sort(toks)
	t.weigh(&v.name)
	if len(toks) > 0 {
		v.text = append(v.text[:0], '.') // there is one
		v.hash = t.tok.hashOf(&v.name)
	}
}

// weigh marks the tokens of a name that tell a person, as tokens.seal does.
func (t *tables) weigh(n *nameValue) {
	n.strong, n.weak = 0, false
	for i, w := range n.tokens() {
		if weakness(t.tok.kind[w]) == 0 {
			n.strong |= 1 << i
		}
	}
	if n.strong == 0 {
		n.strong, n.weak = 1<<n.n-1, true
	}
}

// fill sets a token.
func (t *tables) fillWord(id uint32, text string, kind script.Kind) {
	tok := t.tok
	tok.text[id], tok.hash[id], tok.set[id], tok.kind[id] = text, hashString(text), letters(text), kind
	tok.skeleton[id], tok.rarity[id] = skeletonHash(text), t.freshWord
	if kind == script.Weak {
		tok.rarity[id] = 0
	}
}

// fill sets a value, but for the words of a text.
func (t *tables) fill(k int, id uint32, v *normalised) {
	d := t.plan.comps[k].dom
	if d.kind == FullName {
		d.name[id] = v.name
		d.rarity[id] = t.rarityOfNew(k, id)
		return
	}
	d.rarity[id] = t.fresh[k]
	d.text[id], d.hash[id] = string(v.text), v.hash
	d.sketch[id] = sketchOf(d.text[id])
	switch d.kind {
	case BirthDate, OtherDate:
		d.date[id] = v.date
	case Document, NationalID:
		d.keyed[id] = hashString(ocrClass(d.text[id]))
	}
}

// rarityOfNew is the rarity of a value that nobody had.
func (t *tables) rarityOfNew(k int, id uint32) float64 {
	d := t.plan.comps[k].dom
	if d.kind != FullName {
		return t.fresh[k]
	}
	sum := 0.0
	for _, w := range d.name[id].tokens() {
		sum += t.tok.rarity[w]
	}
	return max(sum, d.rarest)
}

// wordHashes are the hashes of a text's words, sorted, each once.
func wordHashes(to []uint32, text string) []uint32 {
	for w := range strings.FieldsSeq(text) {
		to = append(to, short(hashString(w)))
	}
	slices.Sort(to)
	return slices.Compact(to)
}

// writer is the taker of records that are added.
type writer struct{ *tables }

func (w writer) word(text string, kind script.Kind) uint32 {
	if len(w.tok.text) == cap(w.tok.text) {
		w.tok.grow(int(w.guestWord))
		w.words = w.words.grow(cap(w.tok.text), len(w.tok.text), func(id uint32) uint64 { return w.tok.hash[id] }, w.guestWord, w.guestWord+searchers*maxTokens)
	}
	id := uint32(len(w.tok.text))
	w.tok.extend()
	w.fillWord(id, strings.Clone(text), kind)
	w.words.put(w.tok.hash[id], id)
	return id
}

func (w writer) value(k int, _ bool, v *normalised) uint32 {
	d := w.plan.comps[k].dom
	if d.size() == d.capacity() {
		d.grow(int(w.guest[k]))
		w.values[k] = w.values[k].grow(d.capacity(), d.size(), func(id uint32) uint64 { return w.valueHash(k, id) }, w.guest[k], w.guest[k]+allGuests)
	}
	id := uint32(d.size())
	d.extend()
	w.fill(k, id, v)
	if d.kind == Text {
		var buf [guestWords]uint32
		words := wordHashes(buf[:0], d.text[id])
		if len(d.words)+len(words) > cap(d.words) {
			d.words = grown(d.words, int(w.wordsFrom[k]), searchers*guestWords)
		}
		d.words = append(d.words, words...)
		d.wordsAt[id] = uint32(len(d.words))
	}
	w.values[k].put(v.hash, id)
	return id
}

// extend appends one value of nothing, where there is room.
func (d *domain) extend() {
	n := d.size() + 1
	d.rarity = d.rarity[:n]
	if d.kind == FullName {
		d.name = d.name[:n]
		return
	}
	d.text, d.hash, d.sketch = d.text[:n], d.hash[:n], d.sketch[:n]
	switch d.kind {
	case BirthDate, OtherDate:
		d.date = d.date[:n]
	case Document, NationalID:
		d.keyed = d.keyed[:n]
	case Text:
		d.wordsAt = d.wordsAt[:n]
	}
}

func (t *tokens) extend() {
	n := len(t.text) + 1
	t.text, t.hash, t.set, t.kind, t.skeleton, t.rarity = t.text[:n], t.hash[:n], t.set[:n], t.kind[:n], t.skeleton[:n], t.rarity[:n]
}

// grow moves a domain to where there is more room; what guests write meanwhile
// stays where it is.
func (d *domain) grow(guest int) {
	const n = allGuests
	d.rarity = grown(d.rarity, guest, n)
	if d.kind == FullName {
		d.name = grown(d.name, guest, n)
		return
	}
	d.text, d.hash, d.sketch = grown(d.text, guest, n), grown(d.hash, guest, n), grown(d.sketch, guest, n)
	switch d.kind {
	case BirthDate, OtherDate:
		d.date = grown(d.date, guest, n)
	case Document, NationalID:
		d.keyed = grown(d.keyed, guest, n)
	case Text:
		end := d.wordsAt[guest+n-1]
		d.wordsAt = grown(d.wordsAt, guest, n)
		d.wordsAt[guest+n-1] = end // no guest's: where the words of what follows begin
	}
}

func (t *tokens) grow(guest int) {
	const n = searchers * maxTokens
	t.text, t.hash, t.set = grown(t.text, guest, n), grown(t.hash, guest, n), grown(t.set, guest, n)
	t.kind, t.skeleton, t.rarity = grown(t.kind, guest, n), grown(t.skeleton, guest, n), grown(t.rarity, guest, n)
}

// grown copies s, but for n elements from skip on.
func grown[T any](s []T, skip, n int) []T {
	out := make([]T, len(s), len(s)+spare(len(s)))
	copy(out, s[:skip])
	copy(out[skip+n:], s[skip+n:])
	return out
}

// grow makes a larger lookup, without the guests.
func (t lookup) grow(capacity, n int, hash func(id uint32) uint64, guest, after uint32) lookup {
	if out := newLookup(capacity); len(out) > len(t) {
		for id := uint32(1); int(id) < n; id++ {
			if id < guest || id >= after {
				out.put(hash(id), id)
			}
		}
		return out
	}
	return t
}

// many is set in the content of a row whose name is not of one token alone.
const many = 1 << 63

// content orders rows by what they hold, whatever the numbers of the values.
func (t *tables) content(row []uint32) uint64 {
	h, class := uint64(0), uint64(many)
	for k := range t.plan.comps {
		if row[k] == none {
			h = combine(h, 0)
		} else {
			h = combine(h, t.valueHash(k, row[k]))
			if d := t.plan.comps[k].dom; d.kind == FullName && bits.OnesCount8(d.name[row[k]].strong) == 1 {
				class = 0
			}
		}
	}
	if t.birth >= 0 && row[len(row)-1] != none {
		h = combine(h, t.valueHash(t.birth, row[len(row)-1]))
	}
	return h>>1 | class
}
