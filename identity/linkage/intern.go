package linkage

import "strings"

// arena keeps copies of texts one after the other, so that what they are pieces of
// need not be kept.
type arena struct{ b strings.Builder }

func (a *arena) keep(text string) string {
	if a.b.Cap()-a.b.Len() < len(text) {
		a.b = strings.Builder{} // texts of the old one stay where they are
		a.b.Grow(max(1<<16, len(text)))
	}
	from := a.b.Len()
	a.b.WriteString(text)
	return a.b.String()[from:]
}

// interner numbers distinct texts from 1 on, 0 being the empty one. It is an open
// hash table of numbers and a piece of each hash; the texts stand one after the
// other, and no pointer leads to each.
type interner struct {
	slots  []uint64 // upper half of the hash, number; 0 is free
	text   []string
	hash   []uint64
	store  arena
	warmed byte // see warm
}

// find returns the number of a text of this hash, or false.
func find[T string | []byte](t *interner, text T, h uint64) (uint32, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	for i := h; ; i++ {
		s := t.slots[i&uint64(len(t.slots)-1)]
		if s == 0 {
			return 0, false
		}
		if s>>32 == h>>32 && t.text[uint32(s)] == string(text) {
			return uint32(s), true
		}
	}
}

// add numbers a text that is not there yet.
func (t *interner) add(text string, h uint64) uint32 {
	id := uint32(len(t.text))
	t.text = append(t.text, t.store.keep(text))
	t.hash = append(t.hash, h)
	if id == 0 {
		return 0 // the empty text is never looked for
	}
	if 2*len(t.text) > len(t.slots) {
		t.slots = make([]uint64, max(64, 2*len(t.slots)))
		for i, h := range t.hash[1:] {
			t.put(uint32(i+1), h)
		}
	} else {
		t.put(id, h)
	}
	return id
}

func (t *interner) put(id uint32, h uint64) {
	i := h
	for t.slots[i&uint64(len(t.slots)-1)] != 0 {
		i++
	}
	t.slots[i&uint64(len(t.slots)-1)] = h>>32<<32 | uint64(id)
}

// number returns the number of a text, a new one where it was not known.
func (t *interner) number(text string) uint32 {
	if text == "" {
		return none
	}
	h := hashString(text)
	if id, ok := find(t, text, h); ok {
		return id
	}
	return t.add(text, h)
}
