package linkage

// Keys for what is nearly the same. Two words that are d edits apart have a part in
// common that is left when at most d letters are taken from each (the deletion
// dictionaries of Mor and Fraenkel, "A hash code method for detecting and
// correcting spelling errors", CACM 25, 1982; W. Garbe's symmetric deletes, 2012).
// So what a dictionary holds without some letters is looked up by what a query is
// without some letters; no alphabet is tried. Of a long word its first letters do.

const (
	// twoFrom is the length from which a word gives keys without two letters: the
	// shortest in which two edits leave it near, or distant (nameComparer.like).
	twoFrom = 5
	// cutHead is how many letters of a word are in its keys. If whole words are d
	// edits apart, their heads have a key in common as well.
	cutHead = 7
)

// cutter makes keys; the result of one call is gone with the next.
type cutter struct {
	out []uint32
	buf [cutHead]byte
}

// keys are the hashes of the head of a word as it is, without one letter and, if it
// is long enough, without two. Words of one letter have none.
func (c *cutter) keys(word string) []uint32 {
	switch {
	case len(word) < 2:
		return nil
	case len(word) < twoFrom:
		return c.without(word, 1)
	}
	return c.without(word, 2)
}

// without are the hashes of the head of a word as it is and without up to most ≤ 2
// letters.
func (c *cutter) without(word string, most int) []uint32 {
	c.out = c.out[:0]
	n := copy(c.buf[:], word)
	c.put(n, -1, -1)
	for i := 0; i < n && most > 0; i++ {
		c.put(n, i, -1)
		for j := i + 1; j < n && most > 1; j++ {
			c.put(n, i, j)
		}
	}
	return c.out
}

func (c *cutter) put(n, i, j int) {
	h := uint64(0xcbf29ce484222325)
	for k, b := range c.buf[:n] {
		if k != i && k != j {
			h = (h ^ uint64(b)) * 0x100000001b3
		}
	}
	c.out = append(c.out, short(mix(h)))
}

// keysOf appends the keys of a row, but for its name: each value as a whole, of
// numbers what is left of them without a character, optical confusions folded, and
// of texts the words. Sex and country are none.
func (t *tables) keysOf(keys []uint32, row []uint32) []uint32 {
	for k := range t.plan.comps {
		keys = t.keysAt(keys, row, k)
	}
	return keys
}

// keysAt appends those of comparison k.
func (t *tables) keysAt(keys []uint32, row []uint32, k int) []uint32 {
	c := &t.plan.comps[k]
	if c.inert {
		return keys
	}
	id := row[k]
	if k == t.birth && row[len(row)-1] != none && row[len(row)-1] != id {
		keys = append(keys, valueKey(k, row[len(row)-1]))
	}
	if id == none {
		return keys
	}
	switch c.kind {
	case FullName, SexKind, CountryKind:
	case Document, NationalID:
		keys = numberKeys(keys, k, ocrClass(c.dom.text[id]))
	case Text:
		keys = append(keys, valueKey(k, id))
		if words := c.dom.wordsOf(id); len(words) > 1 {
			for _, w := range words {
				keys = append(keys, textKey(k, w))
			}
		}
	default:
		keys = append(keys, valueKey(k, id))
	}
	return keys
}

func valueKey(k int, id uint32) uint32 { return short(mix(uint64(k)<<40 | uint64(id))) }

func textKey(k int, word uint32) uint32 { return short(mix(1<<60 | uint64(k)<<40 | uint64(word))) }

// numberKeys appends the keys of a number, optical confusions folded, whole and
// without each of its characters.
func numberKeys(keys []uint32, k int, number string) []uint32 {
	number = cut(number)
	salt := mix(uint64(k) + 1)
	for i := -1; i < len(number); i++ {
		if i > 0 && number[i] == number[i-1] {
			continue // leaves the same
		}
		h := salt
		for j := range len(number) {
			if j != i {
				h = (h ^ uint64(number[j])) * 0x100000001b3
			}
		}
		keys = append(keys, short(mix(h)))
	}
	return keys
}
