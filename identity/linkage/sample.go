package linkage

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// A look at the records before keys are chosen: pairs that share one feature or
// two, drawn so that each stands for a known number of them (Horvitz and Thompson,
// "A Generalization of Sampling Without Replacement from a Finite Universe", JASA
// 47, 1952). Model and keys are learned from it. In a small file it is nearly all
// of the pairs that share anything telling.

// view is a way in which pairs come into the sample: they share a feature of each
// of a key's one or two parts. Only a share of the values is looked at, and of the
// pairs that share too common ones, or are too many, some are drawn.
type view struct {
	key
	rate    float64
	pairs   float64  // that the view could draw
	share   float64  // of them that are drawn
	entries []uint64 // of the records, by value
}

const (
	lookPairs   = 600_000 // pairs that all views draw
	lookRecords = 40_000  // records that a view looks at
	valuePairs  = 2_000   // pairs of one value
	// Of pairs that share so common features that 2^thinFrom other records share as
	// much, one in thinned is kept; from 2^fewFrom on nothing is learned from them.
	// What few bits all of a register have in common is no person's: where one column
	// follows from another, EM would take such pairs, which are most, for matches.
	thinned  = 8
	thinFrom = 4
	fewFrom  = 8
)

// An entry of a view is the record, from bit shift on how rare the value is, and above
// it a piece of the value's hash. Records that meet by accident are not taken for a
// pair, they only cost a look.
const (
	entryRarity = 9
	entryValue  = 24
)

// drawnPair is a pair of the sample; right records are numbered after left ones.
type drawnPair struct {
	a, b   uint32
	weight float32 // how many pairs it stands for
	// few says that what the two share is too common for a match by itself. Such
	// pairs tell what keys cost; nothing is learned from them.
	few bool
}

// expectSharing works out how many pairs are expected to share one feature or two of
// each rarity, in quarter bits.
func (l *Linker) expectSharing(f *features) {
	f.sharing = make([]float64, 2*math.MaxUint8+1)
	for bits := range f.sharing {
		n := math.Exp2(2 * (f.scale - float64(bits)/quarter))
		if l.dedup {
			n = (n - math.Sqrt(n)) / 2
		}
		f.sharing[bits] = max(n, 1)
	}
}

// drawnOf is the share of the pairs that share a value of this rarity that may be drawn.
func (f *features) drawnOf(rarity int) float64 { return min(1, valuePairs/f.sharing[rarity]) }

// chance is how often a pair is drawn by a view under which it shares features of
// this rarity.
func (v *view) chance(f *features, bits int) float64 {
	return v.rate * v.share * f.drawnOf(bits)
}

// views are the ways in which pairs come into a sample: for each part one, and those
// of two parts.
type views struct {
	list []view
	two  [maxParts][maxParts]int // number of the view of two parts, 0 if there is none
}

func (f *features) views() *views {
	v := &views{}
	for i := range f.parts {
		v.list = append(v.list, view{key: newKey(uint8(i))})
	}
	for i := range f.parts {
		for j := i; j < len(f.parts); j++ {
			if f.fits(v.list[i].key, uint8(j)) {
				v.two[i][j] = len(v.list)
				v.list = append(v.list, view{key: newKey(uint8(i), uint8(j))})
			}
		}
	}
	return v
}

// weigh says how many pairs one stands for that is drawn once, by what it shares, and
// how rare is what it shares of all parts together, in quarter bits.
func (v *views) weigh(f *features, s *sharing) (weight float64, told int) {
	sum := 0.0
	for x := s.mask; x != 0; x &= x - 1 {
		i := bits.TrailingZeros64(x)
		one := int(s.best[i])
		sum += v.list[i].chance(f, one)
		if f.parts[i].comp != everything {
			told += one
		}
		if at := v.two[i][i]; at > 0 && s.more>>i&1 != 0 {
			sum += v.list[at].chance(f, one+int(s.next[i]))
		}
		for y := x & (x - 1); y != 0; y &= y - 1 {
			j := bits.TrailingZeros64(y)
			if at := v.two[i][j]; at > 0 {
				sum += v.list[at].chance(f, one+int(s.best[j]))
			}
		}
	}
	return 1 / sum, told
}

// drawPairs draws the sample, in the order of the records.
func (l *Linker) drawPairs(f *features) []drawnPair {
	l.expectSharing(f)
	all := f.views()
	records := f.records()
	shift := uint(bits.Len32(records))
	mask := uint64(1)<<shift - 1
	blocksOf := func(v *view, do func(left, right []uint64, rare int, n int64)) {
		eachBlock(v.entries, shift, func(block []uint64) {
			mid := len(block)
			if !l.dedup {
				for mid = 0; mid < len(block) && uint32(block[mid]&mask) < l.rightFrom(); mid++ {
				}
			}
			if n := l.pairsOf(mid, len(block)-mid); n > 0 {
				do(block[:mid], block[mid:], int(block[0]>>shift&(1<<entryRarity-1)), n)
			}
		})
	}
	rate := min(1, lookRecords/float64(max(records, 1)))
	looked := f.look(all, rate, shift)
	inParallel(len(all.list), func(i int) {
		v := &all.list[i]
		v.rate = rate
		for _, found := range looked {
			v.entries = append(v.entries, found[i]...)
		}
		v.entries, _ = sortBy(v.entries, make([]uint64, len(v.entries)), shift, entryRarity+entryValue)
		blocksOf(v, func(left, right []uint64, rare int, n int64) {
			v.pairs += float64(n) * f.drawnOf(rare)
		})
		v.share = min(1, lookPairs/float64(len(all.list))/max(v.pairs, 1))
	})
	found := make([][]drawnPair, len(all.list))
	inParallel(len(all.list), func(i int) {
		v := &all.list[i]
		rng := rand.New(rand.NewPCG(0x6c6f6f6b, uint64(i)))
		var met []meeting
		blocksOf(v, func(left, right []uint64, rare int, n int64) {
			share := v.share * f.drawnOf(rare)
			for at := skip(rng, share); at < n; at += 1 + skip(rng, share) {
				var a, b uint64
				if l.dedup { // pair number at of the triangle
					y := int64((1 + math.Sqrt(1+8*float64(at))) / 2)
					for y*(y-1)/2 > at {
						y--
					}
					for (y+1)*y/2 <= at {
						y++
					}
					a, b = left[at-y*(y-1)/2], left[y]
				} else {
					a, b = left[at/int64(len(right))], right[at%int64(len(right))]
				}
				if a != b {
					met = append(met, meeting{uint32(a & mask), uint32(b & mask), a >> shift})
				}
			}
		})
		v.entries = nil
		var s sharing
		for _, m := range met {
			f.share(m.a, m.b, &s)
			// Of several features of one part the best stand for all.
			if rare := v.bits(&s); rare < 0 || v.value(&s)>>(64-entryValue)<<entryRarity|uint64(rare) != m.value {
				continue
			}
			weight, told := all.weigh(f, &s)
			short := f.scale - float64(told)/quarter
			if short > thinFrom {
				if rng.Uint64()%thinned != 0 {
					continue
				}
				weight *= thinned
			}
			found[i] = append(found[i], drawnPair{m.a, m.b, float32(weight), short > fewFrom})
		}
	})
	return inOrderOfRecords(slices.Concat(found...))
}

// meeting is two records that have a value in common, as it stands in their entries.
type meeting struct {
	a, b  uint32
	value uint64
}

// inOrderOfRecords sorts drawn pairs; those that were drawn several times become one.
func inOrderOfRecords(pairs []drawnPair) (sorted []drawnPair) {
	by, order := make([]uint64, len(pairs)), make([]uint32, len(pairs))
	for i, d := range pairs {
		by[i], order[i] = uint64(d.a)<<32|uint64(d.b), uint32(i)
	}
	radixSort(by, order)
	for i, at := range order {
		if i > 0 && by[i] == by[i-1] {
			sorted[len(sorted)-1].weight += pairs[at].weight
		} else {
			sorted = append(sorted, pairs[at])
		}
	}
	return sorted
}

// look finds, for every view, the entries of the values that it looks at: one list for
// each run of records, in their order.
func (f *features) look(all *views, rate float64, shift uint) [][][]uint64 {
	const chunk = 1 << 13
	last := uint32(rate*(1<<32) - 1)
	out := make([][][]uint64, (int(f.records())+chunk-1)/chunk)
	inParallel(len(out), func(c int) {
		found := make([][]uint64, len(all.list))
		var part, rare [maxParts * keyTokens]uint8
		var hash, chance [maxParts * keyTokens]uint32
		for r := c * chunk; r < min((c+1)*chunk, int(f.records())); r++ {
			row, n := f.row(uint32(r)), 0
			for i := range f.parts {
				for to := keptBelow(row.filled, f.parts[i].to); n < to; n++ {
					h := row.hash[n]
					part[n], rare[n], hash[n] = uint8(i), row.bits[n], h
					chance[n] = uint32((uint64(h) + uint64(i)<<32) * 0x9e3779b97f4a7c15 >> 32)
				}
			}
			entry := func(view int, h uint64, rare int) {
				found[view] = append(found[view], (h>>(64-entryValue)<<entryRarity|uint64(rare))<<shift|uint64(r))
			}
			for i, x := range chance[:n] {
				if x <= last {
					entry(int(part[i]), combine(0, uint64(hash[i])), int(rare[i]))
				}
				// Whether two features are looked at together their sum decides: it is as
				// good as a hash of the two, and there are very many to be asked.
				for j, y := range chance[i+1 : n] {
					if x+y > last {
						continue
					}
					j += i + 1
					v := all.two[part[i]][part[j]]
					if v == 0 {
						continue
					}
					a, b := hash[i], hash[j]
					if part[i] == part[j] && a > b {
						a, b = b, a
					}
					entry(v, combine(combine(0, uint64(a)), uint64(b)), int(rare[i])+int(rare[j]))
				}
			}
		}
		out[c] = found
	})
	return out
}

// skip is how many of a row of trials fail before one succeeds.
func skip(rng *rand.Rand, share float64) int64 {
	if share >= 1 {
		return 0
	}
	n := math.Log(1-rng.Float64()) / math.Log1p(-share)
	return int64(min(n, 1<<62))
}
