package linkage

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWhyNotSaysWhatTheKeysDid asks, of random keys and of files large enough for
// blocks to be cut, whether a pair is explained as what became of it, and whether
// every part and every key of the explanation says what the records are.
func TestWhyNotSaysWhatTheKeysDid(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 6))
		header, left := villagers(rng, 1800)
		var right [][]string
		if seed%2 == 1 {
			_, right = villagers(rng, 1600)
		}
		for i, r := range slices.Concat(left, right) {
			if i%3 > 0 {
				r[4] = "Kota" // which too many have
			}
		}
		for i := range 40 { // nobody has anything of them
			left[i] = []string{"Xaver " + string(rune('a'+i%26)), "1801-12-30", "", "Ybbs", ""}
		}
		l := blocked(t, header, left, right, func(f *features) []key {
			keys := randomKeys(rng, 6)(f)
			for _, k := range []key{newKey(f.part(t, "suburb")), newKey(f.part(t, "birth_date year"), f.part(t, "suburb"))} {
				if seed < 2 && !slices.ContainsFunc(keys, func(o key) bool { return slices.Equal(o.parts, k.parts) }) {
					keys = append(keys, k)
				}
			}
			return keys
		})
		got := handedOut(t, l)
		compared := func(a, b uint32) bool {
			if l.dedup && a > b {
				a, b = b, a
			}
			return got[[2]uint32{a, b - l.bl.na}] > 0
		}
		covered := int64(0)
		var s sharing
		everyPair(l, func(a, b uint32) {
			if l.bl.share(a, b, &s); l.bl.first(&s) >= 0 {
				covered++
			}
		})
		if lost := l.bl.lost.Load(); lost < covered-int64(len(got)) {
			t.Errorf("%d pairs are lost, said to be %d", covered-int64(len(got)), lost)
		}
		bars := make([]Bar, len(l.plan.comps))
		for i := range bars {
			bars[i].Level = "differs"
		}
		for n := range 1200 {
			x, y := uint32(rng.IntN(l.Left().Len())), uint32(rng.IntN(l.Right().Len()))
			if n%10 == 0 {
				x = uint32(rng.IntN(40))
			}
			if l.dedup && x == y {
				continue
			}
			a, b := l.rank[0][x], l.bl.na+l.rank[1][y]
			l.bl.share(a, b, &s)
			first, apart := l.bl.first(&s), false
			if first >= 0 {
				_, _, apart = l.apart(x, y, &s)
			}
			if first >= 0 && !apart != compared(a, b) || first < 0 && compared(a, b) {
				t.Fatalf("seed %d: %d and %d: first key %d, cut apart %v, but compared %v", seed, x, y, first, apart, compared(a, b))
			}
			if compared(a, b) {
				seen["compared"]++
				continue
			}
			r := l.whyNot(x, y, &s, bars)
			if r.Text == "" || len(r.Keys) != len(l.bl.keys) || len(r.Parts) != len(l.bl.parts) {
				t.Fatalf("%+v", r)
			}
			shared := common(l.bl.features, a, b)
			for i, p := range r.Parts {
				seen[p.State]++
				var bits []float64
				for _, v := range shared[i] {
					if len(bits) < 2 {
						bits = append(bits, float64(v.bits)/quarter)
					}
				}
				if !slices.Equal(p.Bits, bits) || (p.State == StateShared) != (bits != nil) {
					t.Fatalf("%d and %d: %+v, but they share %v", x, y, p, shared[i])
				}
				if n%50 == 0 {
					checkAlone(t, l, i, x, y, p)
				}
			}
			for _, k := range r.Keys {
				seen[k.State]++
				i := slices.IndexFunc(l.bl.keys, func(o key) bool { return o.name(l.bl.features) == k.Key })
				bits, least := best(&l.bl.keys[i], shared), l.bl.keys[i].least
				want := StateLacking
				switch {
				case i == first:
					want = StateCut
				case bits >= least:
					want = StateLeft
				case bits >= 0:
					want = StateCommon
				}
				if k.State != want || k.Needs != float64(least)/quarter || (k.Lacking != nil) != (bits < 0) || bits >= 0 && k.Bits != float64(bits)/quarter || (k.State == StateCut) != (k.Left+k.Right > widest) {
					t.Fatalf("seed %d: %d and %d, want %s: %+v; they share %v", seed, x, y, want, k, shared)
				}
			}
		}
	}
	for _, want := range []string{"compared", StateShared, StateDiffer, StateMissing, StateMissingLeft, StateMissingRight, StateAlone, StateAloneLeft,
		StateLacking, StateCommon, StateCut, StateLeft} {
		if seen[want] < 10 {
			t.Errorf("no pair is explained by %q: %v", want, seen)
		}
	}
}

// checkAlone looks for others who have what a record has of part i.
func checkAlone(t *testing.T, l *Linker, i int, x, y uint32, s PartState) {
	t.Helper()
	p := &l.bl.parts[i]
	if p.comp == everything || p.comp == l.birth { // one record may have a day twice, of two years
		return
	}
	alone := func(side int, r uint32) bool {
		mine := l.told(p, l.side[side].row(r))
		other := l.side[1-side]
		for o := range uint32(other.Len()) {
			if (!l.dedup || o != r) && slices.ContainsFunc(l.told(p, other.row(o)), func(v uint32) bool { return slices.Contains(mine, v) }) {
				return false
			}
		}
		return true
	}
	a, b := alone(0, x), alone(1, y)
	want := StateDiffer
	switch {
	case s.State == StateShared, s.Left == 0, s.Right == 0:
		return
	case a && b:
		want = StateAlone
	case a:
		want = StateAloneLeft
	case b:
		want = StateAloneRight
	}
	if s.State != want {
		t.Errorf("%d and %d: %+v, want %s", x, y, s, want)
	}
}
