package demo

import (
	"math/bits"
	"math/rand/v2"
	"strings"
)

// stream is a source of chance for one purpose and one subject. Each purpose
// draws from streams of its own, so a new purpose, or one more draw within a
// purpose, leaves all other values of a seed as they were. The methods use
// integers only, because floating-point sums may differ between platforms.
type stream struct {
	pcg rand.PCG
}

// newStream returns the stream of a purpose for the subject with the index.
func newStream(seed uint64, purpose string, index int) *stream {
	h := uint64(14695981039346656037) // FNV-1a
	for i := 0; i < len(purpose); i++ {
		h = (h ^ uint64(purpose[i])) * 1099511628211
	}
	s := new(stream)
	s.pcg.Seed(mix(seed^h), mix(h+uint64(index)*0x9E3779B97F4A7C15+seed))
	return s
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// below returns a number from 0 to n-1. Its bias is below 2^-40 for the small n
// of this package.
func (s *stream) below(n int) int {
	hi, _ := bits.Mul64(s.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between returns a number from lo to hi, both included.
func (s *stream) between(lo, hi int) int { return lo + s.below(hi-lo+1) }

// chance is true with probability p.
func (s *stream) chance(p float64) bool {
	return s.pcg.Uint64()>>11 < uint64(p*(1<<53))
}

// skewed returns a number from 0 to n-1, small ones more often: the smaller of two.
func (s *stream) skewed(n int) int { return min(s.below(n), s.below(n)) }

// digits returns n random decimal digits.
func (s *stream) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + s.below(10))
	}
	return string(b)
}

// shuffle puts the elements into random order.
func shuffle[T any](s *stream, list []T) {
	for i := len(list) - 1; i > 0; i-- {
		j := s.below(i + 1)
		list[i], list[j] = list[j], list[i]
	}
}

// one returns an element of the list, each equally likely.
func one[T any](s *stream, list []T) T { return list[s.below(len(list))] }

// weighted returns the index of a weight, drawn in proportion to the weights.
func (s *stream) weighted(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := s.below(total)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// ranked is a list of words in the order of their frequency. The weight of rank
// r is 1/(r+flat), the law of Zipf and Mandelbrot: the larger flat is, the less
// the first words stand out.
type ranked struct {
	words []string
	upTo  []int // cumulative weights
}

func newRanked(flat int, words []string) ranked {
	r := ranked{words: words, upTo: make([]int, len(words))}
	total := 0
	for i := range words {
		total += 1_000_000 / (i + 1 + flat)
		r.upTo[i] = total
	}
	return r
}

// list makes a ranked list from words separated by blanks.
func list(flat int, words string) ranked { return newRanked(flat, strings.Fields(words)) }

// pick draws a word by its weight.
func (r ranked) pick(s *stream) string {
	n := s.below(r.upTo[len(r.upTo)-1])
	lo, hi := 0, len(r.upTo)-1
	for lo < hi {
		if mid := (lo + hi) / 2; r.upTo[mid] > n {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return r.words[lo]
}
