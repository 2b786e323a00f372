package linkage

import (
	"slices"

	"mitra/identity/script"
)

// wordBook is the words of a list's names, each once, and who bears them. Which of
// them are like a word is found without comparing it with all: consonants that one ear
// takes for another are one letter, vowels and h none, and of what is left so many
// letters may be taken away as edits are allowed; see cutter.
type wordBook struct {
	scorer *NameScorer
	number map[wordID]uint32
	words  []bareWord
	places [][]uint32 // of the list, where the word stands
	byEar  map[uint32][]uint32
	formed []uint32            // words with pet forms or forms in other languages
	pairs  []uint64            // while the list is read
	keys   lists               // a word's consonants without some → words
	sounds map[string][]uint32 // phonetic key → words
	// written are those in whose names two or three neighbours would be written so.
	written map[uint32][]uint32
	known   map[wordID][]uint32 // words that were asked for, and those like them
	seen    []uint32            // by word: the number of the question
	asked   uint32
	cut     cutter
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
	return &wordBook{scorer: s, number: map[wordID]uint32{}, byEar: map[uint32][]uint32{}, sounds: map[string][]uint32{},
		written: map[uint32][]uint32{}, known: map[wordID][]uint32{}}
}

// add takes in the name of somebody on the list.
func (b *wordBook) add(place uint32, n *BareName) {
	for i := range n.words {
		w := &n.words[i]
		if w.strength == 0 || w.Kind == script.Initial {
			continue
		}
		id, ok := b.number[idOf(w)]
		if !ok {
			id = uint32(len(b.words))
			b.number[idOf(w)] = id
			b.words, b.places = append(b.words, *w), append(b.places, nil)
			b.byEar[earKey(w)] = append(b.byEar[earKey(w)], id)
			if w.sound != "" {
				b.sounds[w.sound] = append(b.sounds[w.sound], id)
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
		for k := 2; k <= 3 && i+k <= len(n.words); k++ {
			whole := b.scorer.together(n.words[i : i+k])
			b.written[earKey(&whole)] = append(b.written[earKey(&whole)], place)
		}
	}
}

func (b *wordBook) seal() {
	b.keys, b.pairs = newLists(b.pairs), nil
	b.number = nil
	b.seen = make([]uint32, len(b.words))
}

// earKey is the hash of a word by ear, without vowels but the first: words that are
// written as one are seldom misspelt otherwise.
func earKey(w *bareWord) uint32 {
	var buf [maxEar]byte
	ear := w.Ear
	if len(ear) > 1 && ear[0] < 0x80 {
		ear = ear[:1] + string(dropVowels(buf[:0], ear[1:min(len(ear), maxEar)]))
	}
	return short(hashString(ear))
}

// consonants are the keys of a word.
func (b *wordBook) consonants(w *bareWord) []uint32 {
	var buf [4 * maxEar]byte
	skeleton := buf[:0]
	for i := 0; i < len(w.Ear) && len(skeleton) < maxEar; i++ {
		switch c := w.Ear[i]; {
		case vowel(c), c == 'h', c == 's' && i > 4 && i+1 == len(w.Ear):
		case similar[c] != 0:
			skeleton = append(skeleton, similar[c])
		default:
			skeleton = append(skeleton, c)
		}
	}
	most := int(min(tolerance(len(w.Text)), 2))
	if len(skeleton) > cutHead { // ends differ oftener than beginnings
		most = 2
	}
	return b.cut.without(string(skeleton), most)
}

// like are the words of the list that may be the word, by the scorer's rules.
func (b *wordBook) like(w *bareWord) []uint32 {
	id := idOf(w)
	out, ok := b.known[id]
	if ok {
		return out
	}
	b.asked++
	try := func(y uint32) {
		if b.seen[y] == b.asked {
			return
		}
		b.seen[y] = b.asked
		if _, ok := b.scorer.cost(w, &b.words[y]); ok {
			out = append(out, y)
		}
	}
	for _, h := range b.consonants(w) {
		for _, y := range b.keys.of(h) {
			try(y)
		}
	}
	for _, y := range b.sounds[w.sound] {
		try(y)
	}
	if w.Form(&w.Part) {
		for _, y := range b.formed {
			try(y)
		}
	}
	if len(b.known) >= mostKnown {
		clear(b.known)
	}
	b.known[id] = slices.Clip(out)
	return out
}
