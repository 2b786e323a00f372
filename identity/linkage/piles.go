package linkage

import "math/bits"

// piles are many numbers, laid in piles by their first bits as they come, in the order
// of these bits. A pile fits the processor's caches, where it is sorted by the bits that
// follow, and memory to sort in is that of one pile.
type piles struct {
	of    [][]uint64
	low   uint // the first bits are those from low on
	spare []uint64
}

const (
	pileSize = 1 << 13
	maxPiles = 1 << 11
)

// newPiles makes piles for about so many numbers.
func newPiles(numbers int) *piles {
	n := min(bits.Len(uint(numbers/pileSize)), bits.Len(maxPiles)-1)
	return &piles{of: make([][]uint64, 1<<n), low: 64 - uint(n)}
}

// reset takes the numbers away and keeps their memory.
func (p *piles) reset() {
	for i := range p.of {
		p.of[i] = p.of[i][:0]
	}
}

// grow makes room for so many times the numbers that there are.
func (p *piles) grow(times int) {
	for i, pile := range p.of {
		if n := times * len(pile); n > cap(pile) {
			p.of[i] = append(make([]uint64, 0, n+n/16), pile...)
		}
	}
}

func (p *piles) add(x uint64) {
	i := x >> p.low
	p.of[i] = append(p.of[i], x)
}

func (p *piles) len() int {
	n := 0
	for _, pile := range p.of {
		n += len(pile)
	}
	return n
}

// sorted returns pile i sorted by the bits of its numbers from low on, stable. It may
// stand in memory that the next pile is sorted in.
func (p *piles) sorted(i int, low uint) []uint64 {
	pile := p.of[i]
	if n := len(pile); n > cap(p.spare) {
		p.spare = make([]uint64, n+n/4)
	}
	sorted, _ := sortBy(pile, p.spare[:len(pile)], low, p.low-low)
	return sorted
}
