package linkage

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mitra/identity/script"
)

// SameName is the weight from which [CompareNames] and [NameScorer] take two names for those of
// one person.
const SameName = 0

// A NameScorer weighs bare names: names that stand in no register, or of which
// only one side does. It is not safe for concurrent use.
//
// The weight is an estimate of log2 of the odds that two names are of one
// person:
//
//   - each word that both have tells as much as it is rare (by the list that the
//     scorer was made for, otherwise by the lexicon of package script), less what
//     its misspelling costs. The words together tell no more than telling: people
//     of one family or clan share many;
//   - a word left over on both sides is a conflict, whatever else agrees: the
//     father, the family or the person is another;
//   - words left over on one side cost little, since names are shortened, unless
//     the shorter name is a single word.
type NameScorer struct {
	count map[string]int // names of a list that have a word, by ear
	size  int            // names of the list
	d     [2][maxEar + 2]float64
	last  [maxEar + 2]float64
	gaps  [maxEar + 2]float64
	pick  []pairing
}

// What evidence weighs, in bits.
const (
	barePrior    = -8 // two names somebody thought worth comparing
	bareTelling  = 16 // what agreement tells at most
	bareEdit     = 4  // a wrong letter
	bareConflict = 14 // a word on each side that the other does not have
	bareExtra    = 1  // a word on one side alone
	bareLoneWord = 6  // … if no more than one word agrees
	bareComplete = 4  // nothing is left over
)

// A BareName is a name prepared for a [NameScorer].
type BareName struct {
	words []bareWord
	key   string // an order of names that does not depend on which came first
}

type bareWord struct {
	script.Part
	set      uint64  // classes of the letters of the spelling by ear
	ending   int8    // of endings, from 1; 0: none of them
	sound    string  // phonetic key
	short    string  // see shortForm
	info     float64 // bits that agreement tells
	strength float64 // how much it matters if the word is left over
}

// lexiconNames is how many names the lexicon's idea of rarity counts as, beside
// those of a list.
const lexiconNames = 200

// mostBare is how many words of a bare name are compared.
const mostBare = 16

// maxEar is how many letters of a word are compared.
const maxEar = 24

// NewNameScorer returns a scorer that counts rarity among the names of a list;
// without a list, by the lexicon.
func NewNameScorer(list []string) *NameScorer {
	s := &NameScorer{}
	if len(list) == 0 {
		return s
	}
	count := map[string]int{}
	for _, name := range list {
		seen := map[string]bool{}
		for _, p := range script.Bare(name) {
			if !seen[p.Ear] {
				seen[p.Ear] = true
				count[p.Ear]++
			}
		}
	}
	s.count, s.size = count, len(list)
	return s
}

// Prepare reads a name.
func (s *NameScorer) Prepare(name string) BareName {
	parts := script.Bare(name)
	if len(parts) > mostBare {
		parts = parts[:mostBare]
	}
	n := BareName{words: make([]bareWord, len(parts))}
	var key strings.Builder
	full := false
	for i, p := range parts {
		if len(p.Ear) > maxEar && p.Text[0] < utf8.RuneSelf {
			p.Ear = p.Ear[:maxEar]
		}
		n.words[i] = s.word(p)
		full = full || n.words[i].strength == 1
		key.WriteString(p.Text)
		key.WriteByte(' ')
		key.WriteString(p.Native)
		key.WriteByte(' ')
	}
	if !full { // then what is weak is all there is
		for i := range n.words {
			w := &n.words[i]
			w.strength = max(w.strength, 0.5)
			w.info = max(w.info, 4)
		}
	}
	n.key = key.String()
	return n
}

// word says what a word tells.
func (s *NameScorer) word(p script.Part) bareWord {
	w := bareWord{Part: p, set: classes(p.Ear), ending: endingOf(p.Ear), strength: 1}
	if p.Text[0] < utf8.RuneSelf {
		w.sound = script.Skeleton(p.Text)
		w.short = shortForm(p.Text, p.Ear)
	}
	w.info = [...]float64{2: 6, 3: 8, 4: 10, 5: 11}[min(max(len(p.Text), 2), 5)]
	switch p.Common {
	case 1:
		w.info = min(w.info, 7.5)
	case 2:
		w.info = min(w.info, 6)
	}
	if n := s.count[p.Ear]; n > 1 { // one is the person's own
		w.info = min(w.info, -math.Log2((float64(n-1)+lexiconNames*math.Exp2(-w.info))/float64(s.size+lexiconNames)))
	}
	switch p.Kind {
	case script.Particle, script.Title:
		w.info, w.strength = 0, 0
	case script.Initial:
		w.info, w.strength = 1.5, 0.3
	case script.Weak:
		w.info, w.strength = 3, 0.6
	case script.BirthOrder:
		w.info, w.strength = 2, 0.3
	case script.Generation:
		w.info, w.strength = 1, 1
	case script.Clan:
		w.info = min(w.info, 7.5)
	}
	return w
}

// pairing is words of two names put beside each other: from and to are ranges.
type pairing struct {
	a, b           int
	widthA, widthB int
	info, cost     float64
}

func (p pairing) gain() float64 { return p.info - bareEdit*p.cost }

// bareMatch is what the comparison of two bare names came to.
type bareMatch struct {
	weight       float64
	pairs        []pairing
	swapped      bool
	leftA, leftB []int
	reversed     bool // father and child are the other way round
}

// Weight compares two names. It does not depend on which is which.
func (s *NameScorer) Weight(a, b BareName) float64 { return s.match(&a, &b).weight }

func (s *NameScorer) match(a, b *BareName) (m bareMatch) {
	if m.swapped = a.key > b.key; m.swapped {
		a, b = b, a
	}
	if len(a.words) == 0 || len(b.words) == 0 {
		return m
	}
	s.candidates(a, b)
	slices.SortStableFunc(s.pick, func(x, y pairing) int {
		switch gx, gy := x.gain(), y.gain(); {
		case gx > gy:
			return -1
		case gx < gy:
			return 1
		}
		return 0
	})
	var usedA, usedB uint32
	var info, cost float64
	strong := 0.0
	for _, p := range s.pick {
		ma, mb := (uint32(1)<<p.widthA-1)<<p.a, (uint32(1)<<p.widthB-1)<<p.b
		if usedA&ma != 0 || usedB&mb != 0 {
			continue
		}
		usedA |= ma
		usedB |= mb
		info += p.info
		cost += p.cost
		strong += min(a.words[p.a].strength, b.words[p.b].strength)
		m.pairs = append(m.pairs, p)
	}
	restA, twiceA := rest(a, usedA, &m.leftA)
	restB, twiceB := rest(b, usedB, &m.leftB)
	m.reversed = reversed(a, b, m.pairs)
	conflict, extra := min(restA, restB), math.Abs(restA-restB)
	if conflict == 0 { // a word again where the other name has another
		conflict = max(min(restA, twiceB), min(restB, twiceA))
	}
	if sameKindLeft(a, b, &m) {
		conflict = max(conflict, 1)
	}
	if m.reversed {
		conflict++
	}
	m.weight = barePrior + min(info, bareTelling) - bareEdit*cost - bareConflict*conflict - bareExtra*extra
	if len(m.leftA) == 0 && len(m.leftB) == 0 {
		m.weight += bareComplete
	}
	if strong < 1.5 && extra >= 1 {
		m.weight -= bareLoneWord * min(1, 2*(1.5-strong))
	}
	return m
}

// rest adds up how much the words that are left over matter, and apart from them
// those that stand twice in their name.
func rest(n *BareName, used uint32, left *[]int) (once, twice float64) {
	for i := range n.words {
		w := &n.words[i]
		if used&(1<<i) != 0 || w.strength == 0 {
			continue
		}
		again := false
		for j := range n.words {
			again = again || j != i && (used&(1<<j) != 0 || j < i) && n.words[j].Ear == w.Ear
		}
		if again {
			twice += w.strength
			continue
		}
		once += w.strength
		*left = append(*left, i)
	}
	return once, twice
}

// sameKindLeft finds words that are weak but contradict each other: two initials,
// two places in the order of birth.
func sameKindLeft(a, b *BareName, m *bareMatch) bool {
	for _, i := range m.leftA {
		k := a.words[i].Kind
		for _, j := range m.leftB {
			if k == b.words[j].Kind && (k == script.Initial || k == script.BirthOrder) {
				return true
			}
		}
	}
	return false
}

// reversed finds "X bin Y" beside "Y bin X": the father of one bears the name of
// the other's son.
func reversed(a, b *BareName, pairs []pairing) bool {
	var down, up bool
	for _, p := range pairs {
		x, y := &a.words[p.a], &b.words[p.b]
		down = down || x.Father && !y.Father && hasFather(b)
		up = up || y.Father && !x.Father && hasFather(a)
	}
	return down && up
}

func hasFather(n *BareName) bool {
	return slices.ContainsFunc(n.words, func(w bareWord) bool { return w.Father })
}

// candidates finds all words that may go together: one with one, and one with
// two or three neighbours that were written apart.
func (s *NameScorer) candidates(a, b *BareName) {
	s.pick = s.pick[:0]
	for i := range a.words {
		for j := range b.words {
			x, y := &a.words[i], &b.words[j]
			if c, ok := s.cost(x, y); ok {
				info := min(x.info, y.info)
				if x.Kind == script.Initial || y.Kind == script.Initial {
					info = 1.5
				}
				s.pick = append(s.pick, pairing{i, j, 1, 1, info, c})
			}
		}
	}
	if len(a.words) == len(b.words) && len(s.pick) >= len(a.words) {
		return
	}
	s.joins(a, b, func(i, j, n int, info, c float64) { s.pick = append(s.pick, pairing{i, j, 1, n, info, c}) })
	s.joins(b, a, func(i, j, n int, info, c float64) { s.pick = append(s.pick, pairing{j, i, n, 1, info, c}) })
}

func (s *NameScorer) joins(a, b *BareName, found func(i, j, n int, info, c float64)) {
	for i := range a.words {
		x := &a.words[i]
		if len(x.Text) < leastJoined || x.Native != "" {
			continue
		}
		most := int(tolerance(len(x.Text)) / leastGap)
		for j := range b.words {
			y := &b.words[j]
			if y.Ear[0] != x.Ear[0] || len(y.Text) >= len(x.Text)+2 {
				continue
			}
			size, set, info := len(y.Text), y.set, y.info
			for n := 2; n <= 3 && j+n <= len(b.words); n++ {
				next := &b.words[j+n-1]
				size += len(next.Text)
				set |= next.set
				info += next.info
				if y.Kind == script.Initial || next.Kind == script.Initial || size > len(x.Text)+2 {
					break
				}
				if size+2 < len(x.Text) || leastEdits(x.set, set) > most {
					continue
				}
				whole := s.together(b.words[j : j+n])
				if c, ok := s.cost(x, &whole); ok {
					found(i, j, n, max(x.info, info), c)
				}
			}
		}
	}
}

// together is a name's words written as one.
func (s *NameScorer) together(words []bareWord) bareWord {
	var text []byte
	loose := false
	for _, w := range words {
		text = append(text, w.Text...)
		loose = loose || w.Loose
	}
	w := bareWord{Part: script.Part{Token: script.Token{Text: string(text)}, Loose: loose}}
	w.Ear = script.Ear(w.Text)
	w.Ear = w.Ear[:min(len(w.Ear), maxEar)]
	w.set, w.ending = classes(w.Ear), endingOf(w.Ear)
	return w
}

// cost says how unlike two words are, in wrong letters, and whether they may be
// one word at all.
func (s *NameScorer) cost(x, y *bareWord) (float64, bool) {
	switch {
	case x.Native != "" && y.Native != "":
		if x.Native == y.Native {
			return 0, true
		}
		return 0.5, x.Text == y.Text && len(x.Native) == 3 && len(y.Native) == 3 // long and short form of a sign
	case x.Text == y.Text:
		return 0, true
	case x.Kind == script.BirthOrder && y.Kind == script.BirthOrder:
		return 0, false
	case x.Kind != y.Kind && x.Ear == y.Ear && (x.Kind == script.Particle || y.Kind == script.Particle):
		return 0.1, true // Vann is Van in Phnom Penh
	case x.Kind == script.Particle || y.Kind == script.Particle || x.Kind == script.Generation || y.Kind == script.Generation:
		return 0, false
	case x.Kind == script.Initial || y.Kind == script.Initial:
		return 0, x.Text[0] == y.Text[0] || x.Ear[0] == y.Ear[0]
	case x.Ear == y.Ear:
		return 0.1, true
	case x.short != "" && x.short == y.short:
		return 0.3, true
	}
	best := math.Inf(1)
	if x.Form(&y.Part) {
		best = 0.75
	}
	if x.Text[0] >= utf8.RuneSelf || y.Text[0] >= utf8.RuneSelf {
		return best, best < 1
	}
	if x.Loose != y.Loose {
		best = min(best, s.consonants(x.Ear, y.Ear))
	}
	most := tolerance(min(len(x.Text), len(y.Text)) - sharedEnding(x, y))
	if x.sound == y.sound && len(x.sound) > 1 {
		most *= 1.5
	}
	if leastGap*float64(max(leastEdits(x.set, y.set), len(x.Ear)-len(y.Ear), len(y.Ear)-len(x.Ear))) <= most {
		c := s.distance(x.Ear, y.Ear, most)
		if x.Common > 0 && y.Common > 0 {
			c *= 2 // two well-known names rather than one misspelt
		}
		if c <= most {
			best = min(best, c)
		}
	}
	return best, !math.IsInf(best, 1)
}

// shortForm is one spelling of short words for the ways in which Khmer names end: in one
// glide (Keo and Kev, Nov and Nou), or with an r that only makes the vowel long (Sorn and
// Son); empty for a word that ends otherwise.
func shortForm(text, ear string) string {
	n := len(ear) - 1
	if n < 1 || len(ear) > 4 || text[0] >= utf8.RuneSelf {
		return ""
	}
	switch c := ear[n]; {
	case len(text) <= 4 && (c == 'u' || (c == 'v' || c == 'o') && vowel(ear[n-1])):
		if n > 1 && ear[n-1] == 'o' {
			n-- // the ear hears ou as u
		}
		return ear[:n] + "u"
	case c == 'n' || c == 'm':
		if n > 2 && ear[n-1] == 'r' && (ear[n-2] == 'o' || ear[n-2] == 'a') {
			return ear[:n-1] + ear[n:]
		}
		return ear
	}
	return ""
}

// endings are those that a whole people's names share, by ear: patronymics and the
// like. What is common to everybody is no likeness of two names.
var endings = [...]string{"ovic", "evic", "ovna", "evna", "dotir", "svili", "zade", "zai", "udin", "ula"}

func endingOf(ear string) int8 {
	for i, e := range endings {
		if strings.HasSuffix(ear, e) {
			return int8(i + 1)
		}
	}
	return 0
}

// sharedEnding is how many letters of two words are an ending of both.
func sharedEnding(x, y *bareWord) int {
	if x.ending == 0 || x.ending != y.ending {
		return 0
	}
	return len(endings[x.ending-1])
}

// tolerance is how many wrong letters a word may have.
func tolerance(letters int) float64 {
	switch {
	case letters <= 2:
		return 0.3
	case letters == 3:
		return 0.5
	case letters == 4:
		return 1
	}
	return float64(letters) / 4
}

// consonants compares without vowels what one side did not write.
func (s *NameScorer) consonants(a, b string) float64 {
	var bufA, bufB [maxEar]byte
	x, y := dropVowels(bufA[:0], a), dropVowels(bufB[:0], b)
	if len(x) < 2 || len(y) < 2 {
		return math.Inf(1)
	}
	return s.distance(string(x), string(y), tolerance(min(len(x), len(y)))) + 0.25
}

func dropVowels(to []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case 'a', 'e', 'i', 'o', 'u':
		default:
			to = append(to, s[i])
		}
	}
	return to
}

// The least that an edit costs: one letter for another of its class, and one
// that brings or takes a class.
const (
	leastCost = 0.3
	leastGap  = 0.6
)

// classes is the set of the classes of letters of a spelling by ear.
func classes(s string) (set uint64) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case vowel(c):
			set |= 1
		case similar[c] != 0:
			set |= 1 << similar[c]
		default:
			set |= 1 << (8 + c%56)
		}
	}
	return set
}

// distance is an edit distance of two spellings by ear, in which sounds that are
// taken for each other cost less: vowels, and consonants that differ by voice
// alone. It is infinite beyond most.
func (s *NameScorer) distance(a, b string, most float64) float64 {
	a, b = a[:min(len(a), maxEar)], b[:min(len(b), maxEar)]
	if len(a) != len(b) {
		if m, ok := masculine(a, b); ok {
			return s.distance(m, b, most) + 0.4
		}
		if m, ok := masculine(b, a); ok {
			return s.distance(a, m, most) + 0.4
		}
	}
	row, before := &s.d[0], &s.d[1]
	older, gaps := &s.last, &s.gaps
	for j := range len(b) + 1 {
		if j == 0 {
			row[0] = 0
		} else {
			gaps[j] = gap(b, j-1)
			row[j] = row[j-1] + gaps[j]
		}
	}
	for i := 1; i <= len(a); i++ {
		*older, *before, *row = *before, *row, *older
		gapA := gap(a, i-1)
		row[0] = before[0] + gapA
		least := row[0]
		for j := 1; j <= len(b); j++ {
			v := before[j-1]
			if a[i-1] != b[j-1] {
				v += swap(a, b, i-1, j-1)
			}
			v = min(v, before[j]+gapA, row[j-1]+gaps[j])
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				v = min(v, older[j-2]+1)
			}
			row[j] = v
			least = min(least, v)
		}
		if least > most+1 { // a swap of neighbours reaches back over a row, for 1
			return math.Inf(1)
		}
	}
	if row[len(b)] > most {
		return math.Inf(1)
	}
	return row[len(b)]
}

// gap is the cost of a letter too many: a vowel inside a word is easily left out
// or put in, at its end it may be another name
// (Daniel, Daniela). A last s is an ending in Latvian, Lithuanian and English.
func gap(s string, i int) float64 {
	last := i+1 == len(s)
	if vowel(s[i]) && i > 0 && !last || s[i] == 'h' || s[i] == 's' && last && len(s) >= 6 {
		return 0.6
	}
	return 1
}

// swap is the cost of one letter for another.
func swap(a, b string, i, j int) float64 {
	x, y := a[i], b[j]
	if vowel(x) && vowel(y) {
		if i+1 == len(a) && j+1 == len(b) && (x == 'a' || y == 'a') {
			return 0.8 // Mario, Maria
		}
		return 0.4
	}
	if similar[x] != 0 && similar[x] == similar[y] {
		return leastCost
	}
	if i > 0 && i+1 == len(a) && j+1 == len(b) && (x == 'v' && y == 'u' || x == 'u' && y == 'v') {
		return leastGap // -ov, -ow
	}
	return 1
}

func vowel(c byte) bool { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' }

// similar are the classes of consonants that one ear takes for another.
var similar = func() (class [256]byte) {
	for i, group := range []string{"bpfv", "dt", "gkh", "szcj"} {
		for _, c := range []byte(group) {
			class[c] = byte(i + 1)
		}
	}
	return class
}()

// masculine gives the family name of a man for that of a woman, if the other name
// is a man's: Slavic -ov for -ova, -sky for -skaya.
func masculine(a, man string) (string, bool) {
	for _, end := range [...][2]string{{"ova", "ov"}, {"eva", "ev"}, {"ina", "in"}, {"skaia", "ski"}, {"zkaia", "zki"}} {
		if len(a) > len(end[0])+2 && strings.HasSuffix(a, end[0]) && strings.HasSuffix(man, end[1]) {
			return a[:len(a)-len(end[0])] + end[1], true
		}
	}
	return "", false
}
