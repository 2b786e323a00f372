package linkage

import (
	"math/bits"
	"slices"
)

// What an index need not know it does not keep: values and words that no record has
// any more leave it with the next [Index.Merge], and never stand in its file. Those of
// the training's other side, which no record had, stay where their frequency tells
// something; as rare as what is new, they would weigh the same if they came anew.

// numbers is a set of them.
type numbers []uint64

func newNumbers(n int) numbers { return make(numbers, n/64+1) }

func (s numbers) has(i uint32) bool { return int(i/64) < len(s) && s[i/64]>>(i%64)&1 != 0 }
func (s numbers) add(i uint32)      { s[i/64] |= 1 << (i % 64) }

// holders are sets of values, by comparison, and of words.
type holders struct {
	values []numbers
	words  numbers
}

func (t *tables) newHolders() holders {
	h := holders{words: newNumbers(len(t.tok.text))}
	for k := range t.plan.comps {
		h.values = append(h.values, newNumbers(t.plan.comps[k].dom.size()))
	}
	return h
}

// hold adds the values of rows.
func (t *tables) hold(h holders, rows []uint32) {
	for stride := t.stride(); len(rows) > 0; rows = rows[stride:] {
		row := rows[:stride]
		for k := range h.values {
			h.values[k].add(row[k])
		}
		if t.birth >= 0 {
			h.values[t.birth].add(row[stride-1])
		}
	}
	t.holdWords(h)
}

// holdWords adds the words of names.
func (t *tables) holdWords(h holders) {
	k := t.nameAt()
	if k < 0 {
		return
	}
	for id := range uint32(t.plan.comps[k].dom.size()) {
		if h.values[k].has(id) {
			for _, w := range t.plan.comps[k].dom.name[id].tokens() {
				h.words.add(w)
			}
		}
	}
}

// note adds the values of a record that comes later. Values that came with one need
// no note.
func (t *tables) note(h holders, row []uint32) {
	for k := range h.values {
		if row[k] < t.guest[k] {
			h.values[k].add(row[k])
		}
	}
	if last := row[len(row)-1]; t.birth >= 0 && last < t.guest[t.birth] {
		h.values[t.birth].add(last)
	}
	if k := t.nameAt(); k >= 0 {
		for _, w := range t.plan.comps[k].dom.name[row[k]].tokens() {
			if w < t.guestWord {
				h.words.add(w)
			}
		}
	}
}

// clone copies the sets.
func (h holders) clone() holders {
	out := holders{words: slices.Clone(h.words)}
	for _, s := range h.values {
		out.values = append(out.values, slices.Clone(s))
	}
	return out
}

// all reports whether these are all values of the tables.
func (h holders) all(t *tables) bool {
	n, want := 0, len(t.tok.text)-searchers*maxTokens
	for _, s := range append(h.values, h.words) {
		for _, w := range s {
			n += bits.OnesCount64(w)
		}
	}
	for k := range h.values {
		want += t.plan.comps[k].dom.size() - allGuests
	}
	return n == want
}

// kept are the values that have to be known of an index of these records, old
// numbers in order; had are those that a record has ever had.
func (t *tables) kept(in records, had holders) holders {
	h := t.newHolders()
	t.hold(h, in.rows)
	for k := range t.plan.comps {
		d := t.plan.comps[k].dom
		for id := uint32(1); id < t.guest[k]; id++ {
			if !had.values[k].has(id) && d.rarity[id] != t.rarityOfNew(k, id) {
				h.values[k].add(id)
			}
		}
		h.values[k].add(none)
	}
	for w := uint32(1); w < t.guestWord; w++ {
		if !had.words.has(w) && t.tok.rarity[w] != t.freshWord {
			h.words.add(w)
		}
	}
	t.holdWords(h)
	h.words.add(0)
	return h
}

// everything is all values and words but those of guests.
func (t *tables) everything() holders {
	h := t.newHolders()
	fill := func(s numbers, size int, guest, guests uint32) {
		for i := range uint32(size) {
			if i < guest || i >= guest+guests {
				s.add(i)
			}
		}
	}
	for k := range h.values {
		fill(h.values[k], t.plan.comps[k].dom.size(), t.guest[k], allGuests)
	}
	fill(h.words, len(t.tok.text), t.guestWord, searchers*maxTokens)
	return h
}

// list lists the numbers below end in order; at is the place of each.
func (s numbers) list(end int) (list, at []uint32) {
	at = make([]uint32, end)
	for i := range uint32(end) {
		if s.has(i) {
			at[i] = uint32(len(list))
			list = append(list, i)
		}
	}
	return list, at
}

// renumber gives rows the new numbers of their values.
func (t *tables) renumber(rows []uint32, at [][]uint32) []uint32 {
	out := make([]uint32, len(rows))
	stride := t.stride()
	for i, id := range rows {
		if k := i % stride; k < stride-1 {
			out[i] = at[k][id]
		} else if t.birth >= 0 {
			out[i] = at[t.birth][id]
		}
	}
	return out
}

// without makes tables of nothing but the values that are kept, and gives the rows
// their numbers. Texts move, so that what is left out is nowhere beside them.
func (t *tables) without(h holders, in records) (*tables, records) {
	out := t.view()
	var store arena
	texts := func(text []string, list []uint32) []string {
		text = pick(text, list)
		for i := range text {
			text[i] = store.keep(text[i])
		}
		return text
	}
	list, word := h.words.list(len(t.tok.text))
	tok := out.tok
	tok.text, tok.hash, tok.set = texts(tok.text, list), pick(tok.hash, list), pick(tok.set, list)
	tok.kind, tok.skeleton, tok.rarity = pick(tok.kind, list), pick(tok.skeleton, list), pick(tok.rarity, list)
	var at [][]uint32
	for k := range out.plan.comps {
		d := out.plan.comps[k].dom
		old := *d
		list, where := h.values[k].list(d.size())
		at = append(at, where)
		d.rarity = pick(d.rarity, list)
		if d.kind == FullName {
			d.name = pick(d.name, list)
			for i := range d.name {
				n := &d.name[i]
				for j, w := range n.tokens() {
					n.tok[j] = word[w] // ascending as before
				}
			}
			continue
		}
		d.text, d.hash, d.sketch = texts(d.text, list), pick(d.hash, list), pick(d.sketch, list)
		switch d.kind {
		case BirthDate, OtherDate:
			d.date = pick(d.date, list)
		case Document, NationalID:
			d.keyed = pick(d.keyed, list)
		case Text:
			d.words, d.wordsAt = nil, make([]uint32, len(list))
			for i, id := range list {
				d.words = append(d.words, old.wordsOf(id)...)
				d.wordsAt[i] = uint32(len(d.words))
			}
		}
	}
	out.admitGuests()
	return out, records{rows: t.renumber(in.rows, at), ids: in.ids}
}

// pick gives the elements of these numbers.
func pick[T any](s []T, numbers []uint32) []T {
	out := make([]T, len(numbers))
	for i, j := range numbers {
		out[i] = s[j]
	}
	return out
}
