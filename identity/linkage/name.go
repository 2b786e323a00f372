package linkage

import (
	"math/bits"
	"slices"
	"strings"
)

// The levels of two names, weakest first. Tokens are paired whatever their
// order; weak tokens (the Muhammad family, initials, birth-order names) may be
// left over without harm, because people and clerks leave them out.
const (
	nameDiffer       = iota // no token in common
	nameResembles           // tokens that resemble each other, others that do not
	nameShares              // one token in common, others on both sides that are not
	nameSharesMore          // two or more in common, others on both sides that are not
	nameWithinOne           // one name is a single token of the other
	nameWithinNearly        // all of the shorter name in the longer, some only nearly
	nameWithin              // all of the shorter name in the longer
	nameAllNear             // every token has its like, none exactly
	nameNearly              // every token has its like, several only nearly
	nameOneNear             // every token has its like, one only nearly
	nameExact               // the same tokens
	nameLevels
)

var nameLevelNames = [nameLevels]string{"differs", "resembles", "one name in common", "several names in common", "single name within the other",
	"within the other, nearly", "within the other", "all nearly", "nearly", "one nearly", "same names"}

// The likeness of two tokens.
const (
	tokDiffer  = iota
	tokInitial // an initial, a cut-off end, a distant misspelling
	tokNear    // a misspelling, a spelling by ear
	tokSame
)

// nameComparer compares names; it is not safe for concurrent use.
type nameComparer struct {
	tok   *tokens
	dom   *domain
	s     scratch
	cache memo // of how alike two tokens are
}

// tokenLike compares two different tokens.
func (c *nameComparer) tokenLike(a, b uint32) uint8 {
	// Beyond every tolerance, unless one is the other cut off, or its initial.
	if x, y := c.tok.set[a], c.tok.set[b]; leastEdits(x, y) > 3 && x&^y != 0 && y&^x != 0 {
		return tokDiffer
	}
	place, head := c.cache.at(a, b)
	if *place&15 == 0 || *place&^15 != head {
		*place = head | uint64(c.like(c.tok.text[a], c.tok.text[b], c.tok.skeleton[a] == c.tok.skeleton[b])+1)
	}
	return uint8(*place&15) - 1
}

// leastCut is the least that is left of a token that was cut off: lines of passports
// and columns end where they end.
const leastCut = 2

func (c *nameComparer) like(a, b string, sound bool) uint8 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 1 {
		if a[0] == b[0] {
			return tokInitial
		}
		return tokDiffer
	}
	if len(b) <= 2 {
		return tokDiffer
	}
	d := c.s.osa(a, b)
	switch {
	case d == 1, d == 2 && len(a) >= 7, sound && d <= 2:
		return tokNear
	case sound && d <= 3 && len(a) >= 5:
		return tokInitial
	case len(a) >= leastCut && strings.HasPrefix(b, a):
		return tokInitial
	case d == 2 && len(a) >= 5, d == 3 && len(a) >= 9:
		if c.s.jaroWinkler(a, b) >= 0.85 {
			return tokInitial
		}
	}
	return tokDiffer
}

// match is what the pairing of two names came to.
type match struct {
	level               uint8
	same, near, distant int // pairs of tokens by likeness
	// rarity is log2 of the chance that another person's name agrees on the same
	// tokens; zero or less.
	rarity float64
}

// after reports whether the tokens of a name come after those of another of as many.
func (n *nameValue) after(o *nameValue) bool {
	for i, t := range n.tokens() {
		if u := o.tok[i&(maxTokens-1)]; t != u {
			return t > u
		}
	}
	return false
}

// compare compares two known names. The result is symmetric, to the last bit:
// where tokens could be paired in several ways, one name goes first whichever
// way round they are given.
func (c *nameComparer) compare(a, b uint32) match {
	na, nb := &c.dom.name[a], &c.dom.name[b]
	if a == b {
		return match{level: nameExact, same: int(na.n), rarity: c.dom.rarity[a]}
	}
	if na.n > nb.n || na.n == nb.n && !c.tok.mixed && na.after(nb) {
		na, nb = nb, na
	}
	var (
		m            match
		usedA, usedB uint8
		pairs        int // in which a strong token takes part on both sides
	)
	for i, j := uint8(0), uint8(0); i < na.n && j < nb.n; { // both sorted
		x, y := na.tok[i&(maxTokens-1)], nb.tok[j&(maxTokens-1)]
		switch {
		case x < y:
			i++
		case x > y:
			j++
		default:
			usedA |= 1 << i
			usedB |= 1 << j
			m.rarity += c.tok.rarity[x]
			if (na.strong>>i|nb.strong>>j)&1 != 0 {
				m.same++
				pairs++
			}
			i++
			j++
		}
	}
	if na.n != nb.n {
		c.joined(na, nb, &usedA, &usedB, &m, &pairs)
		c.joined(nb, na, &usedB, &usedA, &m, &pairs)
	}
	c.alike(na, nb, &usedA, &usedB, &m, &pairs)
	if m.same+m.near+m.distant+pairs == 0 {
		return match{level: nameDiffer}
	}
	m.rarity = max(m.rarity, c.dom.rarest)
	m.level = nameLevel(m.same, m.near, m.distant, pairs, bits.OnesCount8(na.strong&^usedA), bits.OnesCount8(nb.strong&^usedB))
	return m
}

// alike pairs the tokens that are left by their likeness: the nearest first, and
// of those the rarest, since it says most. The choice does not depend on which
// name is which.
func (c *nameComparer) alike(na, nb *nameValue, usedA, usedB *uint8, m *match, pairs *int) {
	var like [maxTokens][maxTokens]uint8
	best := uint8(tokDiffer)
	for i, x := range na.tokens() {
		if *usedA&(1<<i) != 0 {
			continue
		}
		for j, y := range nb.tokens() {
			if *usedB&(1<<j) == 0 {
				like[i][j] = c.tokenLike(x, y)
				best = max(best, like[i][j])
			}
		}
	}
	for want := best; want >= tokInitial; {
		found, bi, bj, rarest := false, 0, 0, 0.0
		for i, x := range na.tokens() {
			if *usedA&(1<<i) != 0 {
				continue
			}
			for j, y := range nb.tokens() {
				if *usedB&(1<<j) != 0 || like[i][j] != want {
					continue
				}
				if r := c.pairRarity(x, y); !found || r < rarest || r == rarest && c.tok.mixed && c.earlier(na, nb, [2]int{i, j}, [2]int{bi, bj}) {
					found, bi, bj, rarest = true, i, j, r
				}
			}
		}
		if !found {
			want--
			continue
		}
		*usedA |= 1 << bi
		*usedB |= 1 << bj
		m.rarity += rarest
		sx, sy := na.strong>>bi&1 != 0, nb.strong>>bj&1 != 0
		if !sx && !sy {
			continue // Muhammad and M.: no harm, no evidence
		}
		if want == tokNear {
			m.near++
		} else {
			m.distant++
		}
		if sx && sy {
			*pairs++
		}
	}
}

// earlier says, where numbers of tokens do not follow the order of their hashes,
// which of two pairs of tokens that are otherwise equal would come first if they
// did: the choice must not depend on when a token was seen first.
func (c *nameComparer) earlier(na, nb *nameValue, p, q [2]int) bool {
	hashes := func(n *nameValue) (h [maxTokens]uint64) {
		for i, t := range n.tokens() {
			h[i] = c.tok.hash[t]
		}
		slices.Sort(h[:n.n])
		return h
	}
	x, y := hashes(na), hashes(nb)
	first := [2]uint64{c.tok.hash[na.tok[p[0]]], c.tok.hash[nb.tok[p[1]]]}
	second := [2]uint64{c.tok.hash[na.tok[q[0]]], c.tok.hash[nb.tok[q[1]]]}
	if na.n == nb.n && slices.Compare(x[:], y[:]) > 0 {
		first[0], first[1], second[0], second[1] = first[1], first[0], second[1], second[0]
	}
	return slices.Compare(first[:], second[:]) < 0
}

// pairRarity is that of the commoner token, since the rarer may be its
// misspelling.
func (c *nameComparer) pairRarity(x, y uint32) float64 { return max(c.tok.rarity[x], c.tok.rarity[y]) }

// leastJoined is the length from which a token may be two written together.
const leastJoined = 5

// joined pairs a token of a with two of b that written together are the same
// (Sriwahyuni and Sri Wahyuni).
func (c *nameComparer) joined(na, nb *nameValue, usedA, usedB *uint8, m *match, pairs *int) {
	if int(nb.n)-bits.OnesCount8(*usedB) < 2 {
		return
	}
	for i, x := range na.tokens() {
		t := c.tok.text[x]
		if *usedA&(1<<i) != 0 || len(t) < leastJoined {
			continue
		}
	search:
		for j, y := range nb.tokens() {
			if *usedB&(1<<j) != 0 || c.tok.set[y]&^c.tok.set[x] != 0 || !strings.HasPrefix(t, c.tok.text[y]) {
				continue
			}
			for k, z := range nb.tokens() {
				if k == j || *usedB&(1<<k) != 0 || len(c.tok.text[y])+len(c.tok.text[z]) != len(t) || !strings.HasSuffix(t, c.tok.text[z]) {
					continue
				}
				*usedA |= 1 << i
				*usedB |= 1<<j | 1<<k
				m.near++
				*pairs++
				m.rarity += max(c.tok.rarity[x], c.tok.rarity[y]+c.tok.rarity[z])
				break search
			}
		}
	}
}

func nameLevel(same, near, distant, pairs, leftA, leftB int) uint8 {
	switch {
	case pairs == 0 && same+near+distant == 0:
		return nameDiffer
	case leftA == 0 && leftB == 0:
		switch {
		case near+distant == 0:
			return nameExact
		case same == 0:
			return nameAllNear
		case near == 1 && distant == 0:
			return nameOneNear
		}
		return nameNearly
	case leftA == 0 || leftB == 0:
		switch {
		case pairs == 1 && same == 1:
			return nameWithinOne
		case pairs <= 1:
			return nameResembles
		case near+distant == 0:
			return nameWithin
		}
		return nameWithinNearly
	case same >= 2:
		return nameSharesMore
	case same == 1:
		return nameShares
	}
	return nameResembles
}
