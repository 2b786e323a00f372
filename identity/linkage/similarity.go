package linkage

import "math/bits"

// maxWord is the longest string that the bit-parallel comparators handle; what
// is longer is cut, which no name, number or word of an address suffers from.
const maxWord = 64

// scratch holds the tables that the bit-parallel comparators reuse. It is not
// safe for concurrent use: each worker has its own.
type scratch struct {
	peq [256]uint64
}

// osa returns the optimal string alignment distance of a and b in bytes:
// insertions, deletions, substitutions and transpositions of neighbours, no
// part edited twice (Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein
// and Damerau Edit Distances", 2003).
func (s *scratch) osa(a, b string) int {
	if a == b {
		return 0
	}
	a, b = cut(a), cut(b)
	if len(a) == 0 {
		return len(b)
	}
	for i := 0; i < len(a); i++ {
		s.peq[a[i]] |= 1 << i
	}
	var (
		vp   = ^uint64(0)
		vn   uint64
		d0   uint64
		prev uint64
		dist = len(a)
		top  = uint64(1) << (len(a) - 1)
	)
	for j := 0; j < len(b); j++ {
		eq := s.peq[b[j]]
		tr := ((^d0 & eq) << 1) & prev
		d0 = (((eq & vp) + vp) ^ vp) | eq | vn | tr
		hp := vn | ^(d0 | vp)
		hn := d0 & vp
		if hp&top != 0 {
			dist++
		}
		if hn&top != 0 {
			dist--
		}
		hp = hp<<1 | 1
		hn <<= 1
		vp = hn | ^(d0 | hp)
		vn = d0 & hp
		prev = eq
	}
	for i := 0; i < len(a); i++ {
		s.peq[a[i]] = 0
	}
	return dist
}

// jaroWinkler returns the Jaro–Winkler similarity of a and b, in [0, 1], with
// the usual prefix scale of 0.1 over four characters (Winkler 1990).
func (s *scratch) jaroWinkler(a, b string) float64 {
	if a == b {
		if a == "" {
			return 0
		}
		return 1
	}
	a, b = cut(a), cut(b)
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) || len(a) == len(b) && a > b { // one order, so that the measure is symmetric
		a, b = b, a
	}
	for i := 0; i < len(b); i++ {
		s.peq[b[i]] |= 1 << i
	}
	reach := max(len(b)/2-1, 0)
	var usedA, usedB uint64
	for i := 0; i < len(a); i++ {
		window := windowMask(i, reach, len(b))
		if m := s.peq[a[i]] & window &^ usedB; m != 0 {
			usedB |= m & -m
			usedA |= 1 << i
		}
	}
	for i := 0; i < len(b); i++ {
		s.peq[b[i]] = 0
	}
	m := bits.OnesCount64(usedA)
	if m == 0 {
		return 0
	}
	swaps := 0
	for ua, ub := usedA, usedB; ua != 0; ua, ub = ua&(ua-1), ub&(ub-1) {
		if a[bits.TrailingZeros64(ua)] != b[bits.TrailingZeros64(ub)] {
			swaps++
		}
	}
	fm := float64(m)
	jaro := (fm/float64(len(a)) + fm/float64(len(b)) + (fm-float64(swaps/2))/fm) / 3
	prefix := 0
	for prefix < 4 && prefix < len(a) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// windowMask has the bits i-reach … i+reach that lie in [0, n).
func windowMask(i, reach, n int) uint64 {
	lo, hi := max(i-reach, 0), min(i+reach, n-1)
	if lo > hi {
		return 0
	}
	return (^uint64(0) >> (63 - hi)) &^ (1<<lo - 1)
}

// letters is the set of the characters of a folded text, for bounds that save
// most comparisons: a–z, 0–9 and everything else as one. Eleven further bits tell of
// which characters there are two or more; some characters share one of these.
func letters(s string) (set uint64) {
	const other, twice, shared = 36, 37, 11
	for i := 0; i < len(s); i++ {
		n := uint8(other)
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			n = c - 'a'
		case c >= 'A' && c <= 'Z':
			n = c - 'A'
		case c >= '0' && c <= '9':
			n = 26 + c - '0'
		}
		set |= set >> n & 1 << (twice + n%shared)
		set |= 1 << n
	}
	return set
}

// leastEdits is a lower bound of the edit distance of two texts with these sets
// of characters: an edit brings or takes away one character at most on each side, and
// with it one bit.
func leastEdits(a, b uint64) int {
	return max(bits.OnesCount64(a&^b), bits.OnesCount64(b&^a))
}

// mostJaroWinkler is an upper bound of the Jaro–Winkler similarity of texts of
// these lengths and sets of characters.
func mostJaroWinkler(la, lb int, a, b uint64, prefix int) float64 {
	la, lb = min(la, maxWord), min(lb, maxWord)
	m := float64(max(0, min(la-bits.OnesCount64(a&^b), lb-bits.OnesCount64(b&^a))))
	jaro := (m/float64(la) + m/float64(lb) + 1) / 3
	return jaro + float64(prefix)*0.1*(1-jaro)
}

func cut(s string) string {
	if len(s) > maxWord {
		return s[:maxWord]
	}
	return s
}
