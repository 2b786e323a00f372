package linkage

import (
	"cmp"
	"slices"

	"mitra/identity/script"
)

// part is one ingredient of a key: it appends the values of a record, several
// where the record has several (the tokens of a name), none where it has none.
type part struct {
	name  string
	comp  int  // the comparison it is of
	token bool // it is one of several tokens
	// number says of a root that it is an official number; splits, that its values
	// are those of a splitter too.
	number, splits bool
	root           int // of a splitter: the root that has its values, -1 if none has; of a root: -1
	emit           func(dst []uint64, row []uint32) []uint64
	// worth is how many times the usual budget of pairs the key may take: a date
	// finds people whose names and numbers all differ.
	worth int64
}

// keyTokens is how many tokens of a name, rarest first, serve as keys.
const keyTokens = 4

// parts returns what can be a key on its own (roots), and what splits the
// blocks of a key that are too large (splitters).
func (l *Linker) parts() *blocking {
	bl := &blocking{}
	root := func(p part) {
		p.root = -1
		bl.roots = append(bl.roots, p)
	}
	splitter := func(p part) {
		p.root = -1
		bl.splitters = append(bl.splitters, p)
	}
	both := func(p part, asSplitter string) {
		p.splits = true
		root(p)
		p.name, p.root = asSplitter, len(bl.roots)-1
		bl.splitters = append(bl.splitters, p)
	}
	last := l.stride() - 1
	for k := range l.plan.comps {
		c := &l.plan.comps[k]
		if c.inert {
			continue
		}
		switch c.kind {
		case FullName:
			both(part{name: c.name + " token", comp: k, token: true, emit: func(dst []uint64, row []uint32) []uint64 { return c.dom.appendSounds(dst, row[k]) }},
				"other "+c.name+" token")
		case BirthDate, OtherDate:
			dates := func(row []uint32) (ds [2]dateValue, n int) {
				for i, id := range [2]uint32{row[k], row[last]} {
					if id != none && (i == 0 || k == l.birth && id != row[k]) {
						ds[n] = c.dom.date[id]
						n++
					}
				}
				return ds, n
			}
			each := func(f func(v dateValue) uint64) func([]uint64, []uint32) []uint64 {
				return func(dst []uint64, row []uint32) []uint64 {
					ds, n := dates(row)
					from := len(dst)
					for _, v := range ds[:n] {
						if h := f(v); h != 0 && !slices.Contains(dst[from:], h) {
							dst = append(dst, h)
						}
					}
					return dst
				}
			}
			root(part{name: c.name, comp: k, worth: 5, emit: each(func(v dateValue) uint64 {
				if !v.whole() {
					return 0
				}
				// Day and month in either order are one key.
				return combine(uint64(v.year), uint64(min(v.day, v.month))<<8|uint64(max(v.day, v.month))+1)
			})})
			splitter(part{name: c.name + " year", comp: k, emit: each(func(v dateValue) uint64 { return mix(uint64(v.year) + 1) })})
			splitter(part{name: c.name + " day and month", comp: k, emit: each(func(v dateValue) uint64 {
				if !v.whole() {
					return 0
				}
				return mix(uint64(v.day)<<8 | uint64(v.month) + 1<<20)
			})})
		case SexKind, CountryKind:
		case Document, NationalID:
			root(part{name: c.name, comp: k, number: true, emit: func(dst []uint64, row []uint32) []uint64 {
				if row[k] == none {
					return dst
				}
				return append(dst, c.dom.keyed[row[k]])
			}})
		default:
			both(part{name: c.name, comp: k, emit: func(dst []uint64, row []uint32) []uint64 {
				if row[k] == none {
					return dst
				}
				return append(dst, c.dom.hash[row[k]])
			}}, c.name)
			if c.dom.keyWords != nil {
				// Where a record has several words, the rarest of them find those whose
				// text is not the same to the letter.
				root(part{name: c.name + " word", comp: k, token: true, emit: func(dst []uint64, row []uint32) []uint64 {
					return append(dst, c.dom.keyWords[row[k]]...)
				}})
			}
		}
	}
	return bl
}

// appendSounds appends the phonetic keys of a name, which sealSounds has found.
func (d *domain) appendSounds(dst []uint64, id uint32) []uint64 {
	for _, h := range d.sounds[id*keyTokens : (id+1)*keyTokens] {
		if h == 0 {
			break
		}
		dst = append(dst, h)
	}
	return dst
}

// sealSounds gives every name its phonetic keys: those of its rarest tokens,
// without those that are left out at will unless it has no other.
func (l *Linker) sealSounds(d *domain) {
	var buf [maxTokens]uint32
	d.sounds = make([]uint64, keyTokens*len(d.name))
	for id := range d.name {
		n := &d.name[id]
		toks := buf[:0]
		for _, t := range n.tokens() {
			if k := l.tok.kind[t]; n.weak || k != script.Weak && k != script.Initial {
				toks = append(toks, t)
			}
		}
		if len(toks) > keyTokens {
			slices.SortFunc(toks, func(a, b uint32) int {
				return cmp.Or(cmp.Compare(l.tok.freq[a], l.tok.freq[b]), cmp.Compare(a, b))
			})
			toks = toks[:keyTokens]
		}
		keys := d.sounds[id*keyTokens : id*keyTokens]
		for _, t := range toks {
			if h := l.tok.skeleton[t]; !slices.Contains(keys, h) {
				keys = append(keys, h)
			}
		}
	}
}

// sealWords finds the key words of a text: of each value of several words the
// rarest, and of each value of one word that word. Columns of single words need
// none, since the whole value is a key.
func (l *Linker) sealWords(d *domain) {
	count, several, records := map[string]int32{}, int32(0), int32(0)
	for id := 1; id < len(d.words); id++ {
		n := d.count[0][id] + d.count[1][id]
		records += n
		if len(d.words[id]) > 1 {
			several += n
		}
		for _, w := range d.words[id] {
			count[w] += n
		}
	}
	if 4*several < records {
		return
	}
	d.keyWords = make([][]uint64, len(d.text))
	for id := 1; id < len(d.words); id++ {
		words := slices.Clone(d.words[id])
		slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(count[a], count[b]), cmp.Compare(a, b)) })
		for _, w := range words[:min(len(words), keyTokens)] {
			d.keyWords[id] = append(d.keyWords[id], hashString(w))
		}
	}
}
