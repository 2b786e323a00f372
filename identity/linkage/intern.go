package linkage

import "strings"

// arena keeps copies of texts one after the other, so that what they are pieces of
// need not be kept.
type arena struct{ b strings.Builder }

// keep keeps the pieces of a text.
func (a *arena) keep(pieces ...string) string {
	n := 0
	for _, p := range pieces {
		n += len(p)
	}
	if a.b.Cap()-a.b.Len() < n {
		a.b = strings.Builder{} // texts of the old one stay where they are
		a.b.Grow(max(1<<16, n))
	}
	from := a.b.Len()
	for _, p := range pieces {
		a.b.WriteString(p)
	}
	return a.b.String()[from:]
}

// texts are copies of many short texts by their numbers, one after the other. No pointer
// leads to each.
type texts struct {
	blocks []string // of textsPerBlock each
	block  strings.Builder
	end    []uint32 // of each text in its block
}

const textsPerBlock = 1 << 12

func (t *texts) len() int { return len(t.end) }

func (t *texts) at(i int) string {
	from := uint32(0)
	if i%textsPerBlock > 0 {
		from = t.end[i-1]
	}
	return t.blocks[i/textsPerBlock][from:t.end[i]]
}

// commonPrefix is what all of them begin with.
func (t *texts) commonPrefix() string {
	if t.len() == 0 {
		return ""
	}
	prefix := t.at(0)
	for i := 1; i < t.len() && prefix != ""; i++ {
		text, n := t.at(i), 0
		for n < len(prefix) && n < len(text) && text[n] == prefix[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return prefix
}

func (t *texts) add(text string) {
	if len(t.end)%textsPerBlock == 0 {
		size := t.block.Len() // about as much as the last one took
		t.block = strings.Builder{}
		t.block.Grow(size + size/16)
		t.blocks = append(t.blocks, "")
	}
	t.block.WriteString(text)
	t.blocks[len(t.blocks)-1] = t.block.String()
	t.end = append(t.end, uint32(t.block.Len()))
}

// interner numbers distinct texts from 1 on, 0 being the empty one, which comes
// first. It is an open hash table. A slot leads to the text, and beside that stands
// its number: to find one is to wait for memory twice. No pointer leads to each.
type interner struct {
	slots  []uint64 // the first bits of the hash and the text's place; 0 is free
	blocks []string // of texts in the order of their numbers: number, length, the text, up to a multiple of 4 bytes
	block  strings.Builder
	n      int  // texts, with the empty one
	warmed byte // see warm
}

const (
	placeBits = 34      // for 64 GB: more than the texts of two files as large as can be read
	blockSize = 1 << 20 // bytes, unless one text is longer
)

// at returns the text at a place and its number.
func (t *interner) at(place uint64) (id uint32, text string) {
	b := t.blocks[place/(blockSize/4)][place%(blockSize/4)*4:]
	return littleEndian(b), b[8 : 8+littleEndian(b[4:])]
}

func littleEndian(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// find returns the number of a text of this hash, or false.
func find[T string | []byte](t *interner, text T, h uint64) (uint32, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	for i := h >> placeBits; ; i++ {
		s := t.slots[i&uint64(len(t.slots)-1)]
		if s == 0 {
			return 0, false
		}
		if s>>placeBits == h>>placeBits {
			if id, known := t.at(s & (1<<placeBits - 1)); known == string(text) {
				return id, true
			}
		}
	}
}

// add numbers a text that is not there yet, and returns its copy.
func (t *interner) add(text string, h uint64) (uint32, string) {
	id := uint32(t.n)
	t.n++
	place := t.keep(id, text)
	if id != 0 { // the empty text is never looked for
		t.lead(h, place)
	}
	_, text = t.at(place)
	return id, text
}

// lead has a slot lead from a hash to a place.
func (t *interner) lead(h, place uint64) {
	if 2*t.n > len(t.slots) {
		old := t.slots
		t.slots = make([]uint64, max(64, 2*len(old)))
		clear(t.slots) // memory that is read before it is written is asked for twice
		for _, s := range old {
			if s != 0 {
				t.put(s)
			}
		}
	}
	t.put(h>>placeBits<<placeBits | place)
}

func (t *interner) put(slot uint64) {
	i := slot >> placeBits
	for t.slots[i&uint64(len(t.slots)-1)] != 0 {
		i++
	}
	t.slots[i&uint64(len(t.slots)-1)] = slot
}

// keep writes a text and its number, and returns the place.
func (t *interner) keep(id uint32, text string) uint64 {
	b, n := &t.block, uint32(len(text))
	switch {
	case len(t.blocks) == 0:
		t.blocks = append(t.blocks, "")
	case b.Len()+8+len(text)+3 > blockSize:
		*b = strings.Builder{} // texts of the old one stay where they are
		b.Grow(max(blockSize, 8+len(text)+3))
		t.blocks = append(t.blocks, "")
	}
	last := len(t.blocks) - 1
	place := uint64(last*(blockSize/4) + b.Len()/4)
	b.Write([]byte{byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24), byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	b.WriteString(text)
	b.WriteString("\x00\x00\x00"[:-n&3])
	t.blocks[last] = b.String()
	return place
}

// places returns the places of all texts by their numbers.
func (t *interner) places() []uint64 {
	out := make([]uint64, 0, t.n)
	for i, b := range t.blocks {
		for at := 0; at < len(b); {
			place := uint64(i*(blockSize/4) + at/4)
			_, text := t.at(place)
			out = append(out, place)
			at += 8 + (len(text)+3)&^3
		}
	}
	return out
}

// lexicon is an interner of texts that are asked for by their numbers.
type lexicon struct {
	interner
	text []string
}

// add numbers a text that is not there yet.
func (t *lexicon) add(text string, h uint64) uint32 {
	id, text := t.interner.add(text, h)
	t.text = append(t.text, text)
	return id
}

// number returns the number of a text, a new one where it was not known.
func (t *lexicon) number(text string) uint32 {
	if text == "" {
		return none
	}
	h := hashString(text)
	if id, ok := find(&t.interner, text, h); ok {
		return id
	}
	return t.add(text, h)
}
