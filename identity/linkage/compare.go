package linkage

import (
	"math/bits"
	"strings"
)

// comparison is one field, or one group of fields that belong together,
// compared by levels.
type comparison struct {
	name  string
	kind  Kind
	field int // index into plan.fields; unused for the name
	dom   *domain
	exact uint8 // its best level
	inert bool  // carries no evidence: everybody, or a whole side, has the same
}

// levels returns the number of levels and their names, weakest first.
func (c comparison) levels() []string {
	switch c.kind {
	case FullName:
		return nameLevelNames[:]
	case BirthDate, OtherDate:
		return dateLevelNames[:]
	case SexKind, CountryKind:
		return []string{"differs", "same"}
	case Document, NationalID, Phone:
		return []string{"differs", "resembles", "one character", "exact"}
	case Code:
		return []string{"differs", "one character", "exact"}
	}
	return []string{"differs", "shares words", "nearly", "exact"}
}

// comparer compares the rows of records; each worker has its own.
type comparer struct {
	l    *Linker
	name nameComparer
	s    scratch
	memo []memo // per comparison; nil where values are not numbered for good
}

func (l *Linker) newComparer() *comparer {
	c := &comparer{l: l, memo: make([]memo, len(l.plan.comps))}
	for i, k := range l.plan.comps {
		if k.kind == FullName {
			c.name = nameComparer{tok: l.tok, dom: k.dom, cache: make(memo, 1<<15)}
		} else {
			c.memo[i] = make(memo, 1<<12)
		}
	}
	return c
}

// memo remembers answers about pairs of numbers that meet again and again. It has a
// power of two of places; one holds what its own number does not tell of the pair's
// hash, and the answer, which is less than fifteen, + 1. Zero is free.
type memo []uint64

// at returns the place of a pair, and what stands there but for the answer.
func (m memo) at(x, y uint32) (place *uint64, head uint64) {
	h := mix(uint64(min(x, y))<<32 | uint64(max(x, y))) // no two pairs have one hash
	return &m[h&uint64(len(m)-1)], h &^ 15
}

// missing is the level of a comparison in which a value is missing.
const missing = 0xff

// noRarity stands for a level at which the average over values serves; a rarity
// is zero or less.
const noRarity = 1

// one compares comparison k of the rows a and b. rarity is log2 of the chance
// that another person's value agrees in the same way, or noRarity.
func (c *comparer) one(k int, a, b []uint32) (level uint8, rarity float64) {
	cp := &c.l.plan.comps[k]
	if cp.inert {
		return missing, noRarity
	}
	x, y := a[k], b[k]
	if k == c.l.birth {
		return c.birth(cp.dom, x, y, a[len(a)-1], b[len(b)-1])
	}
	if x == none || y == none {
		return missing, noRarity
	}
	switch cp.kind {
	case FullName:
		m := c.name.compare(x, y)
		if m.level == nameDiffer {
			return m.level, noRarity
		}
		return m.level, m.rarity
	case SexKind:
		if x == y {
			return 1, noRarity
		}
		return 0, noRarity
	case CountryKind:
		if x == y {
			return 1, cp.dom.rarity[x]
		}
		return 0, noRarity
	case BirthDate, OtherDate:
		if x == y {
			return dateExact, cp.dom.rarity[x]
		}
		return dateLevel(cp.dom.date[x], cp.dom.date[y]), noRarity
	}
	if x == y {
		return cp.exact, cp.dom.rarity[x]
	}
	return c.different(k, x, y), noRarity
}

// different compares two different values that are neither names nor dates.
func (c *comparer) different(k int, x, y uint32) uint8 {
	most, sure := sketched(&c.l.plan.comps[k], x, y)
	if !sure {
		most = c.spelled(k, x, y, most)
	}
	return most
}

// spelled is different for values of which sketches leave more than one level, most at
// best.
func (c *comparer) spelled(k int, x, y uint32, most uint8) uint8 {
	cp := &c.l.plan.comps[k]
	if cp.kind == Document || cp.kind == NationalID || c.memo == nil {
		return c.unequal(cp, x, y, most) // numbers hardly ever meet again
	}
	place, head := c.memo[k].at(x, y)
	if *place&15 == 0 || *place&^15 != head {
		*place = head | uint64(c.unequal(cp, x, y, most)+1)
	}
	return uint8(*place&15) - 1
}

// birth compares dates of birth, with what national ids say of them.
func (c *comparer) birth(d *domain, x, y, nikA, nikB uint32) (level uint8, rarity float64) {
	if x == none {
		x, nikA = nikA, none // the national id speaks where the date is missing
	}
	if y == none {
		y, nikB = nikB, none
	}
	switch {
	case x == none || y == none:
		return missing, noRarity
	case x == y:
		return dateExact, d.rarity[x]
	case nikA != none && nikA == y || nikB != none && nikB == x:
		return dateByNIK, noRarity
	}
	return dateLevel(d.date[x], d.date[y]), noRarity
}

// sketched says what the sketches of two different values tell: the highest level that
// they may reach, and whether they surely do. Most values are nothing like each other,
// and texts lie far away in memory.
func sketched(cp *comparison, x, y uint32) (most uint8, sure bool) {
	kx, ky := &cp.dom.sketch[x], &cp.dom.sketch[y]
	sx, sy := kx.set(), ky.set()
	least := leastEdits(sx, sy)
	switch cp.kind {
	case Document, NationalID, Phone:
		if least > 2 && sx&^sy != 0 && sy&^sx != 0 && (cp.dom.keyed == nil || cp.dom.keyed[x] != cp.dom.keyed[y]) {
			return 0, true
		}
	case Code:
		if least > 1 && max(kx.len(), ky.len()) <= maxWord {
			return 0, true
		}
	case Text:
		far := least > 2 || max(kx.len(), ky.len())-min(kx.len(), ky.len()) > 2
		if far && max(kx.len(), ky.len()) < maxWord {
			prefix := min(bits.TrailingZeros32(kx.head^ky.head)/8, kx.len(), ky.len())
			if mostJaroWinkler(kx.len(), ky.len(), sx, sy, prefix) < 0.85 {
				if !mayShareWords(kx, ky) {
					return 0, true
				}
				return 1, false
			}
		}
	}
	return cp.exact - 1, false
}

// unequal is spelled without a memory.
func (c *comparer) unequal(cp *comparison, x, y uint32, most uint8) uint8 {
	if cp.kind == Text && most == 1 {
		if cp.dom.sharesWords(x, y) {
			return 1
		}
		return 0
	}
	sx, sy := cp.dom.sketch[x].set(), cp.dom.sketch[y].set()
	least := leastEdits(sx, sy)
	a, b := cp.dom.textOf(x), cp.dom.textOf(y)
	if len(a) > len(b) {
		a, b, x, y, sx, sy = b, a, y, x, sy, sx
	}
	switch cp.kind {
	case Document, NationalID, Phone:
		if cp.dom.keyed != nil && cp.dom.keyed[x] == cp.dom.keyed[y] && ocrClass(a) == ocrClass(b) {
			return 2
		}
		if len(b)-len(a) > 2 {
			return 0
		}
		// A prefix letter or a check digit left off is a habit of clerks.
		if len(a) >= 6 && strings.Contains(b, a) {
			return 2
		}
		if least > 2 {
			return 0
		}
		switch d := c.s.osa(a, b); {
		case d == 1 && len(a) >= 4:
			return 2
		case d == 2 && len(a) >= 6:
			return 1
		}
		return 0
	case Code:
		if len(b) >= 3 && len(b)-len(a) <= 1 && c.s.osa(a, b) == 1 {
			return 1
		}
		return 0
	}
	if least <= 2 && len(b)-len(a) <= 2 {
		if d := c.s.osa(a, b); d == 1 && len(b) >= 4 || d == 2 && len(b) >= 8 {
			return 2
		}
	}
	prefix := 0
	for prefix < 4 && prefix < len(a) && a[prefix] == b[prefix] {
		prefix++
	}
	similar := 0.0
	if mostJaroWinkler(len(a), len(b), sx, sy, prefix) >= 0.85 {
		similar = c.s.jaroWinkler(a, b)
	}
	if similar >= 0.93 {
		return 2
	}
	if similar >= 0.85 || cp.dom.sharesWords(x, y) {
		return 1
	}
	return 0
}

// sharesWords reports whether two texts have half of their words in common.
func (d *domain) sharesWords(x, y uint32) bool {
	wa, wb := d.wordsOf(x), d.wordsOf(y)
	common := 0
	for i, j := 0, 0; i < len(wa) && j < len(wb); {
		switch {
		case wa[i] == wb[j]:
			common++
			i++
			j++
		case wa[i] < wb[j]:
			i++
		default:
			j++
		}
	}
	return 2*common >= max(len(wa), len(wb))
}
