package linkage

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"

	"mitra/identity/script"
)

// wordBook is the words of a list's names, each once, and who bears them. Which of
// them are like a word is found without comparing it with all: consonants that one ear
// takes for another are one letter, vowels none, and of what is left so many
// letters may be taken away as edits are allowed; see cutter.
type wordBook struct {
	scorer *NameScorer
	number map[wordID]uint32
	words  []bareWord
	lines  []outline           // of each word
	places [][]uint32          // of the list, where the word stands
	formed []uint32            // words with pet forms or forms in other languages
	pairs  []uint64            // while the list is read
	keys   lists               // a word's consonants without some → words
	sounds map[string][]uint32 // phonetic key → words
	shorts map[string][]uint32 // see shortForm
	// written gives by the consonants of two or three neighbours in a name, as if they
	// were one word, whose name it is.
	written  lists
	together []uint64              // while the list is read
	known    map[wordID][]likeWord // words that were asked for, and those like them
	seen     []uint32              // by word: the number of the question
	asked    uint32
	cut      cutter
	asking   [2]pattern // consonants and vowels of the word that is asked for
}

// wordID is what a comparison of words looks at.
type wordID struct {
	text, native string
	kind         script.Kind
	loose        bool
}

func idOf(w *bareWord) wordID { return wordID{w.Text, w.Native, w.Kind, w.Loose} }

// mostKnown is how many words that were asked for are remembered.
const mostKnown = 1 << 16

func newWordBook(s *NameScorer) *wordBook {
	return &wordBook{scorer: s, number: map[wordID]uint32{}, sounds: map[string][]uint32{}, shorts: map[string][]uint32{},
		known: map[wordID][]likeWord{}}
}

// add takes in the name of somebody on the list.
func (b *wordBook) add(place uint32, n *BareName) {
	for i := range n.words {
		w := &n.words[i]
		for k := 2; k <= 3 && i+k <= len(n.words); k++ {
			whole := b.scorer.together(n.words[i : i+k])
			for _, h := range b.oneOff(&whole) {
				b.together = append(b.together, uint64(h)<<32|uint64(place))
			}
		}
		if w.strength == 0 || w.Kind == script.Initial {
			continue
		}
		id, ok := b.number[idOf(w)]
		if !ok {
			id = uint32(len(b.words))
			b.number[idOf(w)] = id
			b.words, b.places, b.lines = append(b.words, *w), append(b.places, nil), append(b.lines, lineOf(w))
			if w.sound != "" {
				b.sounds[w.sound] = append(b.sounds[w.sound], id)
			}
			if w.short != "" {
				b.shorts[w.short] = append(b.shorts[w.short], id)
			}
			if w.Form(&w.Part) {
				b.formed = append(b.formed, id)
			}
			for _, h := range b.consonants(w) {
				b.pairs = append(b.pairs, uint64(h)<<32|uint64(id))
			}
		}
		if p := b.places[id]; len(p) == 0 || p[len(p)-1] != place {
			b.places[id] = append(p, place)
		}
	}
}

func (b *wordBook) seal() {
	b.keys, b.pairs = newLists(b.pairs), nil
	b.written, b.together = newLists(b.together), nil
	b.number = nil
	b.seen = make([]uint32, len(b.words))
}

// oneOff are the keys of words written as one, or of a word that may be such, but for
// one consonant if there are enough.
func (b *wordBook) oneOff(w *bareWord) []uint32 {
	skeleton := outlineOf(w.Ear).consonants
	return b.cut.without(skeleton, min(len(skeleton)/4, 1))
}

// consonants are the keys of a word.
func (b *wordBook) consonants(w *bareWord) []uint32 {
	line := outlineOf(w.Ear)
	skeleton := line.consonants
	most := int(min(tolerance(len(w.Text))+0.4*float64(line.light), 2)) // light ones cost less
	if len(skeleton) > cutHead {                                        // ends differ oftener than beginnings
		most = 2
	}
	return b.cut.without(skeleton, most)
}

// likeWord is a word of the list that may be one that was asked for, and how unlike
// it is, see [NameScorer].
type likeWord struct {
	word uint32
	cost float32
}

// like are the words of the list that may be the word, by the scorer's rules, the
// likest first.
func (b *wordBook) like(w *bareWord) []likeWord {
	id := idOf(w)
	out, ok := b.known[id]
	if ok {
		return out
	}
	b.asked++
	line := lineOf(w)
	b.asking[0].set(line.consonants)
	b.asking[1].set(line.vowels)
	try := func(y uint32, much float64) {
		if b.seen[y] == b.asked {
			return
		}
		b.seen[y] = b.asked
		v := &b.lines[y]
		if line.plain && v.plain && v.loose == w.Loose {
			most := much * tolerance(min(len(w.Text), int(v.letters)))
			if line.least(v) > most || b.far(&line, v, most) {
				return
			}
		}
		if c, ok := b.scorer.cost(w, &b.words[y]); ok {
			out = append(out, likeWord{y, float32(c)})
		}
	}
	apart := func(y uint32) { // no distance applies to it
		if b.seen[y] == b.asked {
			return
		}
		b.seen[y] = b.asked
		if c, ok := b.scorer.cost(w, &b.words[y]); ok {
			out = append(out, likeWord{y, float32(c)})
		}
	}
	if w.Form(&w.Part) {
		for _, y := range b.formed {
			if w.Form(&b.words[y].Part) {
				apart(y)
			}
		}
	}
	if w.short != "" {
		for _, y := range b.shorts[w.short] {
			apart(y)
		}
	}
	for _, y := range b.sounds[w.sound] {
		try(y, 1.5) // as NameScorer.cost allows
	}
	for _, h := range b.consonants(w) {
		for _, y := range b.keys.of(h) {
			try(y, 1)
		}
	}
	if len(b.known) >= mostKnown {
		clear(b.known)
	}
	slices.SortFunc(out, func(x, y likeWord) int { return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(x.word, y.word)) })
	b.known[id] = slices.Clip(out)
	return out
}

// outline is a spelling by ear in two parts: consonants, those that one ear takes for
// another as one, and vowels.
type outline struct {
	consonants, vowels string
	manyC, manyV       unary // how many there are of each
	light              uint8 // consonants that are left out at less cost: h, and an s that may be an ending
	letters            uint8 // of the word
	loose, plain       bool  // plain: in letters of which the sound is known
}

func lineOf(w *bareWord) outline {
	o := outlineOf(w.Ear)
	o.letters, o.loose, o.plain = uint8(min(len(w.Text), 255)), w.Loose, w.Text[0] < utf8.RuneSelf && w.Native == ""
	return o
}

func outlineOf(ear string) (o outline) {
	var c, v [maxEar]byte
	consonants, vowels := c[:0], v[:0]
	for i := 0; i < min(len(ear), maxEar); i++ {
		switch x := ear[i]; {
		case vowel(x):
			vowels = append(vowels, x)
			o.manyV.add(x >> 1) // of the five no two are the same
		case similar[x] != 0:
			if x == 'h' || x == 's' && i > 4 && i+1 == len(ear) {
				o.light++
			}
			consonants = append(consonants, similar[x])
			o.manyC.add(similar[x])
		default:
			consonants = append(consonants, x)
			o.manyC.add(x)
		}
	}
	o.consonants, o.vowels = string(consonants), string(vowels)
	return o
}

// unary is how many there are of each letter, up to four, by ones; some letters are
// counted together.
type unary uint64

func (u *unary) add(letter byte) {
	at := letter % 16 * 4
	*u |= (*u>>at&7<<1 | 1) << at
}

// apart is the least edit distance of two words with so many letters of each.
func (u unary) apart(v unary) int {
	return max(bits.OnesCount64(uint64(u&^v)), bits.OnesCount64(uint64(v&^u)))
}

// least is less than [wordBook.far] finds words to be apart, without looking at the
// order of their letters.
func (x *outline) least(y *outline) float64 {
	c := x.manyC.apart(y.manyC)
	return float64(c) - 0.4*float64(min(c, int(x.light)+int(y.light))) + 0.4*float64(x.manyV.apart(y.manyV)-c-1)
}

// pattern is a short word that many are compared with; see scratch.osa.
type pattern struct {
	peq  [256]uint64
	text string
}

func (p *pattern) set(text string) {
	for i := range len(p.text) {
		p.peq[p.text[i]] = 0
	}
	p.text = text
	for i := range len(text) {
		p.peq[text[i]] |= 1 << i
	}
}

// distance is the optimal string alignment distance to b.
func (p *pattern) distance(b string) int {
	dist := len(p.text)
	if dist == 0 {
		return len(b)
	}
	vp, vn, d0, prev, top := ^uint64(0), uint64(0), uint64(0), uint64(0), uint64(1)<<(dist-1)
	for i := range len(b) {
		eq := p.peq[b[i]]
		tr := ((^d0 & eq) << 1) & prev
		d0 = (((eq & vp) + vp) ^ vp) | eq | vn | tr
		hp, hn := vn|^(d0|vp), d0&vp
		if hp&top != 0 {
			dist++
		}
		if hn&top != 0 {
			dist--
		}
		hp, hn = hp<<1|1, hn<<1
		vp, vn, prev = hn|^(d0|hp), d0&hp, eq
	}
	return dist
}

// far reports whether [NameScorer] finds words of these outlines more than most apart.
// A consonant of another class costs it 1, a light one 0.6, and may stand for a vowel;
// any other vowel
// costs 0.4, and so do the two that a woman's ending may have more than a man's.
func (b *wordBook) far(x, y *outline, most float64) bool {
	c := b.asking[0].distance(y.consonants)
	most += 0.4 * float64(min(c, int(x.light)+int(y.light)))
	if float64(c) > most {
		return true
	}
	more := len(x.vowels) - len(y.vowels)
	free := 0 // vowels that cost nothing more
	if c > 1 || more*(len(x.consonants)-len(y.consonants)) < 0 {
		free = c
	}
	if more*more > 1 {
		free++
	}
	return float64(c)+0.4*float64(b.asking[1].distance(y.vowels)-free) > most
}
