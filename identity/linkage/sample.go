package linkage

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
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

// chance is how often a pair is drawn by a view under which it shares features of
// this rarity.
func (v *view) chance(f *features, bits int) float64 {
	return v.rate * v.share * min(1, valuePairs/f.sharing[bits])
}

// drawPairs draws the sample.
func (l *Linker) drawPairs(f *features) []drawnPair {
	l.expectSharing(f)
	var views []view
	for i := range f.parts {
		views = append(views, view{key: newKey(uint8(i))})
	}
	for i := range f.parts {
		for j := i; j < len(f.parts); j++ {
			if f.fits(views[i].key, uint8(j)) {
				views = append(views, view{key: newKey(uint8(i), uint8(j))})
			}
		}
	}
	records := f.records()
	shift := uint(bits.Len32(records))
	mask := uint64(1)<<shift - 1
	blocksOf := func(v *view, do func(left, right []uint64, n int64)) {
		eachBlock(v.entries, shift, func(block []uint64) {
			mid := len(block)
			if !l.dedup {
				for mid = 0; mid < len(block) && uint32(block[mid]&mask) < l.rightFrom(); mid++ {
				}
			}
			if n := l.pairsOf(mid, len(block)-mid); n > 0 {
				do(block[:mid], block[mid:], n)
			}
		})
	}
	rate := min(1, lookRecords/float64(max(records, 1)))
	f.look(l, views, rate, shift)
	inParallel(len(views), func(i int) {
		v := &views[i]
		v.rate = rate
		slices.Sort(v.entries)
		blocksOf(v, func(left, right []uint64, n int64) {
			rare := v.rarity(f, uint32(left[0]&mask), shift, left[0]>>shift)
			v.pairs += float64(n) * min(1, valuePairs/f.sharing[rare])
		})
		v.share = min(1, lookPairs/float64(len(views))/max(v.pairs, 1))
	})
	found := make([][]drawnPair, len(views))
	inParallel(len(views), func(i int) {
		v := &views[i]
		var s sharing
		rng := rand.New(rand.NewPCG(0x6c6f6f6b, uint64(i)))
		blocksOf(v, func(left, right []uint64, n int64) {
			value := left[0] >> shift
			rare := v.rarity(f, uint32(left[0]&mask), shift, value)
			share := v.share * min(1, valuePairs/f.sharing[rare])
			for at := skip(rng, share); at < n; at += 1 + skip(rng, share) {
				x, y := at, int64(0)
				if l.dedup { // pair number at of the triangle
					y = int64((1 + math.Sqrt(1+8*float64(at))) / 2)
					for y*(y-1)/2 > at {
						y--
					}
					for (y+1)*y/2 <= at {
						y++
					}
					x -= y * (y - 1) / 2
				} else {
					x, y = at/int64(len(right)), at%int64(len(right))
				}
				a, b := uint32(left[x]&mask), uint32(0)
				if l.dedup {
					b = uint32(left[y] & mask)
				} else {
					b = uint32(right[y] & mask)
				}
				if a == b {
					continue
				}
				f.share(a, b, &s)
				// Of several features of one part the best stand for all.
				if v.bits(&s) != rare || v.value(&s)>>(64-valueBits) != value {
					continue
				}
				sum, told := 0.0, 0
				for j := range views {
					if bits := views[j].bits(&s); bits >= 0 {
						sum += views[j].chance(f, bits)
						if len(views[j].parts) == 1 && f.parts[views[j].parts[0]].comp != everything {
							told += bits
						}
					}
				}
				weight := 1 / sum
				short := f.scale - float64(told)/quarter
				if short > thinFrom {
					if rng.Uint64()%thinned != 0 {
						continue
					}
					weight *= thinned
				}
				found[i] = append(found[i], drawnPair{a, b, float32(weight), short > fewFrom})
			}
		})
		v.entries = nil
	})
	return slices.Concat(found...)
}

// look gives every view the entries of the values that it looks at.
func (f *features) look(l *Linker, views []view, rate float64, shift uint) {
	n := len(f.parts)
	single, double := make([]int, n), make([][]int, n)
	for i := range n {
		double[i] = slices.Repeat([]int{-1}, n)
	}
	for i, v := range views {
		if len(v.parts) == 1 {
			single[v.parts[0]] = i
		} else {
			double[v.parts[0]][v.parts[1]] = i
		}
	}
	limit := uint64(rate * (1 << 32))
	var mu sync.Mutex
	eachChunk(int(f.records()), 1<<12, func() func(from, to int) {
		var have []struct {
			part uint8
			hash uint32
		}
		found := make([][]uint64, len(views))
		return func(from, to int) {
			for r := from; r < to; r++ {
				row := f.hash[r*f.stride : (r+1)*f.stride]
				have = have[:0]
				for i := range f.parts {
					for s := f.parts[i].from; s < f.parts[i].to; s++ {
						if row[s] != 0 {
							have = append(have, struct {
								part uint8
								hash uint32
							}{uint8(i), row[s]})
						}
					}
				}
				for i, x := range have {
					v := single[x.part]
					// One multiplication tells whether a value is looked at.
					if spread := (uint64(x.hash)*0x9e3779b97f4a7c15 + uint64(v)) * 0xd6e8feb86659fd93; spread>>32 < limit {
						found[v] = append(found[v], combine(0, uint64(x.hash))>>(64-valueBits)<<shift|uint64(r))
					}
					for _, y := range have[i+1:] {
						v := double[x.part][y.part]
						if v < 0 {
							continue
						}
						a, b := x.hash, y.hash
						if x.part == y.part && a > b {
							a, b = b, a
						}
						if spread := (uint64(a)*0x9e3779b97f4a7c15 ^ uint64(b)*0xc2b2ae3d27d4eb4f + uint64(v)) * 0xd6e8feb86659fd93; spread>>32 < limit {
							found[v] = append(found[v], combine(combine(0, uint64(a)), uint64(b))>>(64-valueBits)<<shift|uint64(r))
						}
					}
				}
			}
			mu.Lock()
			for i, entries := range found {
				views[i].entries = append(views[i].entries, entries...)
				found[i] = entries[:0]
			}
			mu.Unlock()
		}
	})
}

// skip is how many of a row of trials fail before one succeeds.
func skip(rng *rand.Rand, share float64) int64 {
	if share >= 1 {
		return 0
	}
	n := math.Log(1-rng.Float64()) / math.Log1p(-share)
	return int64(min(n, 1<<62))
}
