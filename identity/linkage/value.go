package linkage

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"mitra/identity/person"
	"mitra/identity/script"
)

// none is the id of a missing value in every domain.
const none = 0

// domain holds the distinct values of one comparison. A record keeps only the
// id; text, parsed form, counts and hash belong to the value.
type domain struct {
	kind     Kind
	interner             // of normal forms, until records are in order
	sealed   texts       // normal forms, from then on; names have their tokens
	text     []string    // the same, in an index
	hash     []uint64    // of them, in an index
	raw      *readings   // of what is slow to normalise; nil if that is not worth it
	sketch   []sketch    // of the normal form; not of names
	count    [2][]int32  // records of each side that hold the value; sealed, see held
	rarity   []float64   // log2 of the chance that a record of another person holds the value
	rarest   float64     // no rarity of a name is less
	date     []dateValue // dates only
	keyed    []uint64    // documents: hash of the form under which OCR confusions fall together
	words    []uint32    // texts: hashes of the words of all values, sorted in each
	wordsAt  []uint32    // texts: where those of each value end
	worded   bool        // texts of several words, as sealWords finds
	keyWords []uint32    // of these keyTokens of the rarest of each; nil once features are made, see keyWordsOf
	name     []nameValue // names
	// The same until records are in order, some of them in each piece: there are many, and
	// they stay where they are.
	named [][]nameValue
}

const namedPiece = 1 << 12

// keepName keeps a name; the numbers of names follow each other.
func (d *domain) keepName(id uint32, n *nameValue) {
	if int(id/namedPiece) == len(d.named) {
		d.named = append(d.named, make([]nameValue, namedPiece))
	}
	d.named[id/namedPiece][id%namedPiece] = *n
}

// putName numbers a name. Names are told apart by their tokens; what leads to one in the
// table is its number.
func (d *domain) putName(v *normalised) uint32 {
	for i := v.hash >> placeBits; len(d.slots) > 0; i++ {
		s := d.slots[i&uint64(len(d.slots)-1)]
		if s == 0 {
			break
		}
		if s>>placeBits == v.hash>>placeBits {
			id := uint32(s & (1<<placeBits - 1))
			if n := d.nameOf(id); n.n == v.name.n && n.tok == v.name.tok {
				return id
			}
		}
	}
	id := uint32(d.n)
	d.n++
	d.keepName(id, &v.name)
	d.lead(v.hash, uint64(id))
	return id
}

// nameOf is the name of a number, until records are in order.
func (d *domain) nameOf(id uint32) *nameValue { return &d.named[id/namedPiece][id%namedPiece] }

// readings are the values of cells as they are written.
type readings struct {
	interner
	value []reading // of each, by its number less one
	asked int
}

type reading struct {
	id   uint32
	hash uint64
}

func newDomain(kind Kind) *domain {
	d := &domain{kind: kind}
	if kind != Document && kind != NationalID && kind != Phone && kind != FullName {
		d.raw = new(readings)
		d.raw.add("", 0)
	}
	d.add("", 0)
	d.text, d.hash = []string{""}, []uint64{0}
	switch kind { // the missing value
	case FullName:
		d.name = append(d.name, nameValue{})
	case BirthDate, OtherDate:
		d.date = append(d.date, dateValue{})
	}
	d.derive()
	return d
}

// values is the number of values with the missing one, once they are in order.
func (d *domain) values() int {
	switch {
	case d.kind == FullName:
		return len(d.name)
	case d.text != nil:
		return len(d.text)
	}
	return d.sealed.len()
}

// textOf is the normal form of a value that is no name.
func (d *domain) textOf(id uint32) string {
	if d.text != nil {
		return d.text[id]
	}
	return d.sealed.at(int(id))
}

// derive finds what is told by the texts of values alone, once these are in order.
func (d *domain) derive() {
	if d.kind == FullName {
		return // tokens tell all
	}
	n := d.values()
	d.sketch = make([]sketch, n)
	for id := range n {
		d.sketch[id] = shapeOf(d.textOf(uint32(id)))
	}
	switch d.kind {
	case Document, NationalID:
		d.keyed = make([]uint64, n)
		for id := 1; id < n; id++ {
			d.keyed[id] = hashString(ocrClass(d.textOf(uint32(id))))
		}
	case Text:
		d.words, d.wordsAt = make([]uint32, 0, 2*n), make([]uint32, n)
		for id := range n {
			from := len(d.words)
			for w := range strings.FieldsSeq(d.textOf(uint32(id))) {
				d.words = append(d.words, short(hashString(w)))
			}
			slices.Sort(d.words[from:])
			d.words = d.words[:from+len(slices.Compact(d.words[from:]))]
			d.wordsAt[id] = uint32(len(d.words))
			d.sketch[id].addWords(d.words[from:])
		}
	}
}

// held is how many records of each side hold a value; where one file is searched
// they are all of the left one.
func (d *domain) held(id int) (n [2]int32) {
	for s, count := range d.count {
		if count != nil {
			n[s] = count[id]
		}
	}
	return n
}

// sketch is what most comparisons of two different values need to know: most
// values are nothing like each other.
type sketch struct {
	letters uint64 // the set of its letters, see letters; from bit 48 its length, and from bit 56 how many words it has, 255 at most
	head    uint32 // its first four bytes
	words   uint32 // of each word one bit; texts only
}

func sketchOf(text string) sketch {
	s := shapeOf(text)
	var buf [16]uint32
	s.addWords(wordHashes(buf[:0], text))
	return s
}

// shapeOf is a sketch without words.
func shapeOf(text string) (s sketch) {
	s.letters = letters(text) | uint64(min(len(text), 255))<<48
	for i := range min(4, len(text)) {
		s.head |= uint32(text[i]) << (8 * i)
	}
	return s
}

// addWords takes in the hashes of the words, each once.
func (s *sketch) addWords(hashes []uint32) {
	for _, h := range hashes {
		s.words |= 1 << (h >> 27)
	}
	s.letters |= uint64(min(len(hashes), 255)) << 56
}

func (s sketch) set() uint64    { return s.letters & (1<<48 - 1) }
func (s sketch) len() int       { return int(uint8(s.letters >> 48)) }
func (s sketch) wordCount() int { return int(s.letters >> 56) }

// mayShareWords is false for texts of which half of the words are surely not the same.
func mayShareWords(x, y *sketch) bool {
	nx, ny := x.wordCount(), y.wordCount()
	if nx == 255 || ny == 255 {
		return true
	}
	// Of two words in common one bit stands for both only where two of each text have one.
	common := bits.OnesCount32(x.words&y.words) + min(nx-bits.OnesCount32(x.words), ny-bits.OnesCount32(y.words))
	return 2*common >= max(nx, ny)
}

// tokens are the distinct name tokens of both files.
type tokens struct {
	lexicon
	hash     []uint64
	set      []uint64
	kind     []script.Kind
	skeleton []uint64   // hash of the phonetic skeleton
	count    [2][]int32 // records of each side whose name holds the token; sealed
	freq     []float64  // chance that a record of another person holds it
	rarity   []float64  // log2 of freq
	mixed    bool       // numbers do not follow the order of hashes: tokens came later

	written interner // words as they stand in names
	read    []uint32 // the token that each is in every name, unread or byNeighbour
}

// What read has for a word that is no token, or not yet.
const (
	unread      = 0              // plain, and has stood in no name of plain words yet
	byNeighbour = math.MaxUint32 // something else beside other words
)

func newTokens() *tokens {
	t := &tokens{}
	t.intern("", script.Word)
	t.written.add("", 0)
	t.read = append(t.read, byNeighbour)
	return t
}

// plain appends the tokens of a name of which every word is plain, see [script.Plain]:
// most are, and a word is met many times. It returns false for another name.
func (t *tokens) plain(toks []uint32, raw string) ([]uint32, bool) {
	var words [maxTokens]uint32
	var text [maxTokens]string
	n := 0
	for i := 0; i < len(raw); i++ {
		if raw[i] == ' ' {
			continue
		}
		from := i
		for i < len(raw) && raw[i] != ' ' {
			i++
		}
		w := t.write(raw[from:i])
		if n == maxTokens || t.read[w] == byNeighbour {
			return toks, false
		}
		words[n], text[n] = w, raw[from:i]
		n++
	}
	for i, w := range words[:n] {
		if t.read[w] == unread {
			text, _ := script.Plain([]byte(text[i]))
			t.read[w] = t.intern(text, script.Word)
		}
		toks = append(toks, t.read[w])
	}
	return toks, n%2 == 1 || !slices.Equal(toks[:n/2], toks[n/2:])
}

// write numbers a word as it is written.
func (t *tokens) write(word string) uint32 {
	h := hashString(word)
	if w, ok := find(&t.written, word, h); ok {
		return w
	}
	state := uint32(byNeighbour)
	if _, ok := script.Plain([]byte(word)); ok {
		state = unread
	}
	t.read = append(t.read, state)
	w, _ := t.written.add(word, h)
	return w
}

func (t *tokens) intern(text string, kind script.Kind) uint32 {
	h := hashString(text)
	if id, ok := find(&t.interner, text, h); ok {
		// The same word may be a birth-order name in one place and an ordinary
		// one in another; for both files it is then the weaker.
		if weakness(kind) > weakness(t.kind[id]) {
			t.kind[id] = kind
		}
		return id
	}
	id := t.add(text, h)
	t.hash = append(t.hash, h)
	t.set = append(t.set, letters(text))
	t.kind = append(t.kind, kind)
	t.skeleton = append(t.skeleton, skeletonHash(text))
	return id
}

// before is the order of a name's tokens: that of their hashes.
func (t *tokens) before(a, b uint32) bool {
	return t.hash[a] < t.hash[b] || t.hash[a] == t.hash[b] && t.text[a] < t.text[b]
}

// skeletonHash is the hash of a token's sound, or of the token where it is in a
// script of which no sound is known.
func skeletonHash(text string) uint64 {
	if text != "" && text[0] < utf8.RuneSelf {
		text = script.Skeleton(text)
	}
	return hashString(text)
}

// weakness orders the kinds of tokens by how little they tell.
func weakness(k script.Kind) int {
	switch k {
	case script.Weak:
		return 3
	case script.Initial:
		return 2
	case script.BirthOrder:
		return 1
	}
	return 0
}

// seal renumbers the tokens in the order of their hashes, so that sorted names
// are compared by ids alone, and marks the tokens that tell a person in every
// name. Nothing is added afterwards.
func (t *tokens) seal(d *domain) {
	order := make([]uint32, len(t.text)) // new id → old
	for i := range order {
		order[i] = uint32(i)
	}
	hash := slices.Clone(t.hash[1:])
	sortTies(hash, order[1:], func(a, b uint32) int { return strings.Compare(t.text[a], t.text[b]) })
	at := make([]uint32, len(order)) // old id → new
	for i, old := range order {
		at[old] = uint32(i)
	}
	t.interner, t.written, t.read = interner{}, interner{}, nil // nothing is looked up any more
	t.text, t.hash, t.set = reorder(t.text, order), reorder(t.hash, order), reorder(t.set, order)
	t.kind, t.skeleton = reorder(t.kind, order), reorder(t.skeleton, order)
	t.count = [2][]int32{make([]int32, len(order)), make([]int32, len(order))}
	for id := range d.n {
		n := d.nameOf(uint32(id))
		for j, x := range n.tokens() {
			n.tok[j] = at[x]
			if weakness(t.kind[at[x]]) == 0 {
				n.strong |= 1 << j
			}
		}
		if n.strong == 0 {
			n.strong = 1<<n.n - 1
			n.weak = true
		}
	}
}

// reorder returns the elements of s in the given order.
func reorder[T any](s []T, order []uint32) []T {
	out := make([]T, len(order))
	for i, j := range order {
		out[i] = s[j]
	}
	return out
}

// nameValue is a name as a set of tokens: order carries no evidence, since the
// same office writes the same person's names in either order. It fits a cache
// line: comparing names is waiting for memory.
type nameValue struct {
	tok    [maxTokens]uint32 // the first n, sorted by hash, each once
	n      uint8
	strong uint8 // bit i: a person can be told by token i, or no token is better; sealed
	weak   bool  // no token is strong by itself; sealed
}

func (n *nameValue) tokens() []uint32 { return n.tok[:n.n] }

// maxTokens bounds the tokens of a name that are compared; longer names keep
// their first ones.
const maxTokens = 8

// read finds the normal form of a cell that is slow to normalise, or its value; h is the
// cell's hash.
func (l *Linker) read(d *domain, raw string, h uint64, v *normalised) {
	d.raw.asked++
	if w, ok := find(&d.raw.interner, raw, h); ok {
		v.id, v.hash = d.raw.value[w-1].id, d.raw.value[w-1].hash
		return
	}
	l.normalise(d, raw, v)
	v.id = l.put(d, v)
	d.raw.add(raw, h)
	d.raw.value = append(d.raw.value, reading{v.id, v.hash})
	if d.raw.asked > 1<<16 && 2*d.raw.n > d.raw.asked { // a hundred years have 36,525 dates
		d.raw = nil // most values are written once
	}
}

// slow reports whether a cell takes longer to normalise than to be found as it is
// written.
func (d *domain) slow(raw string) bool {
	switch d.kind {
	case Text, Code: // of other than ASCII the script is asked
		return d.raw != nil && !ascii(raw)
	}
	return d.raw != nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// normalised is a value in its normal form; no text stands for a missing one.
type normalised struct {
	id   uint32 // where it is known from how it is written
	text []byte
	hash uint64
	date dateValue
	name nameValue
}

// normalise finds the normal form of a cell.
func (l *Linker) normalise(d *domain, raw string, v *normalised) {
	v.text = v.text[:0]
	switch d.kind {
	case FullName:
		l.normaliseName(raw, v)
		return
	case BirthDate, OtherDate:
		if date, ok := parseDate(raw, l.plan.spec.Pivot); ok {
			v.date = date
			v.text = date.append(v.text)
		}
	case SexKind:
		if s, err := person.ParseSex(raw); err == nil && (s == person.Male || s == person.Female) {
			v.text = append(v.text, string(rune(s))...)
		}
	case Document, NationalID:
		if n := person.NormalNumber(raw); !placeholder(n) {
			v.text = append(v.text, n...)
		}
	case CountryKind:
		if c, err := person.ParseCountry(raw); err == nil {
			v.text = append(v.text, c...)
		} else {
			v.text = appendFolded(v.text, raw)
		}
	case Phone:
		n := digitsOf(person.NormalNumber(raw))
		if len(n) > 8 {
			n = n[len(n)-8:] // the trunk and country prefix come and go
		}
		if !placeholder(n) {
			v.text = append(v.text, n...)
		}
	default:
		v.text = appendFolded(v.text, raw)
	}
	if v.hash = 0; len(v.text) > 0 {
		v.hash = hashString(v.text)
	}
}

// put numbers a normal form; the empty one is missing.
func (l *Linker) put(d *domain, v *normalised) uint32 {
	if len(v.text) == 0 {
		return none
	}
	if d.kind == FullName {
		return d.putName(v)
	}
	if id, ok := find(&d.interner, v.text, v.hash); ok {
		return id
	}
	id, _ := d.add(string(v.text), v.hash)
	if d.date != nil {
		d.date = append(d.date, v.date)
	}
	return id
}

// internBatch is how many values are looked for together: what is looked for lies
// far apart, and many waits for memory are as long as one.
const internBatch = 64

// internAll interns the values of many records, cell(i) for the i-th of n. set gets
// their ids and hashes.
func (l *Linker) internAll(d *domain, n int, cell func(i int) string, set func(i int, id uint32, h uint64)) {
	var batch [internBatch]normalised
	var cells [internBatch]string
	var slow [internBatch]bool
	var hashes [internBatch]uint64
	for from := 0; from < n; from += internBatch {
		to := min(from+internBatch, n)
		cells, batch, hashes := cells[:to-from], batch[:to-from], hashes[:to-from]
		for i := range cells {
			cells[i], hashes[i] = cell(from+i), 0
			if slow[i] = d.slow(cells[i]); slow[i] {
				hashes[i] = hashString(cells[i])
			}
		}
		switch {
		case d.kind == FullName:
			l.tok.warm(cells)
		case d.raw != nil:
			d.raw.warm(hashes, d.raw.touch)
		}
		for i, raw := range cells {
			v := &batch[i]
			v.id, v.text, v.hash = none, v.text[:0], 0
			switch {
			case raw == "":
			case slow[i] && d.raw != nil:
				l.read(d, raw, hashes[i], v)
			default:
				l.normalise(d, raw, v)
			}
			hashes[i] = v.hash
		}
		if d.kind == FullName {
			d.interner.warm(hashes, func(id uint64) byte { return d.nameOf(uint32(id)).n })
		} else {
			d.interner.warm(hashes, d.interner.touch)
		}
		for i := range batch {
			v := &batch[i]
			set(from+i, cmp.Or(v.id, l.put(d, v)), v.hash)
		}
	}
}

// warm brings the words of names into the processor's caches.
func (t *tokens) warm(names []string) {
	var hashes [internBatch]uint64
	n := 0
	for _, name := range names {
		for word := range strings.SplitSeq(name, " ") {
			if n == len(hashes) {
				t.written.warm(hashes[:], t.written.touch)
				n = 0
			}
			hashes[n] = hashString(word)
			n++
		}
	}
	t.written.warm(hashes[:n], t.written.touch)
}

// warm brings what stands at the places of these hashes into the processor's caches: touch
// reads some of it.
func (t *interner) warm(hashes []uint64, touch func(place uint64) byte) {
	if len(t.slots) == 0 {
		return
	}
	var slots [internBatch]uint64
	for i, h := range hashes {
		slots[i] = t.slots[h>>placeBits&uint64(len(t.slots)-1)]
	}
	for i, h := range hashes {
		if s := slots[i]; s != 0 && s>>placeBits == h>>placeBits {
			t.warmed += touch(s & (1<<placeBits - 1))
		}
	}
}

// touch is a byte of the text at a place.
func (t *interner) touch(place uint64) byte {
	return t.blocks[place/(blockSize/4)][place%(blockSize/4)*4]
}

// wordsOf are the hashes of the words of a text, sorted.
func (d *domain) wordsOf(id uint32) []uint32 {
	if id == none {
		return nil
	}
	return d.words[d.wordsAt[id-1]:d.wordsAt[id]]
}

func (l *Linker) normaliseName(raw string, v *normalised) {
	v.name = nameValue{}
	toks := v.name.tok[:0]
	var buf [maxTokens]uint32
	read, ok := l.tok.plain(buf[:0], raw)
	if ok {
		for _, id := range read {
			if !slices.Contains(toks, id) {
				toks = append(toks, id)
			}
		}
	} else {
		for _, t := range script.Parse(raw).Tokens {
			if len(toks) == maxTokens {
				break
			}
			id := l.tok.intern(t.Text, t.Kind)
			if !slices.Contains(toks, id) {
				toks = append(toks, id)
			}
		}
	}
	v.name.n = uint8(len(toks))
	for i := range toks { // few, and mostly two
		for j := i; j > 0 && l.tok.before(toks[j], toks[j-1]); j-- {
			toks[j], toks[j-1] = toks[j-1], toks[j]
		}
	}
	if len(toks) > 0 {
		v.text, v.hash = append(v.text, '.'), l.tok.hashOf(&v.name) // there is one
	}
}

// hashOf is that of a name, whatever the numbers and the order of its tokens.
func (t *tokens) hashOf(n *nameValue) uint64 {
	h := uint64(n.n)
	for _, w := range n.tokens() {
		h += mix(t.hash[w] + 1)
	}
	return mix(h)
}

// foldText is a text as texts are compared: Latin letters, lower case, single
// blanks; words in scripts that are not read stand as they are, at the end.
func foldText(s string) string {
	if script.IsKhmer(s) {
		s = script.KhmerToLatin(s)
	}
	folded := strings.ToLower(script.FoldLatin(s))
	if len(folded) < len(s) && !ascii(s) {
		folded = strings.TrimLeft(folded+" "+strings.Join(script.Words(s), " "), " ")
	}
	return strings.TrimRight(folded, " ")
}

// appendFolded appends what foldText returns, soon where nothing but ASCII is written.
func appendFolded(dst []byte, s string) []byte {
	from, space := len(dst), false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return append(dst[:from], foldText(s)...)
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '\'', c == '`':
			continue // vanishes inside a word
		default:
			space = true
			continue
		}
		if space && len(dst) > from {
			dst = append(dst, ' ')
		}
		dst, space = append(dst, c), false
	}
	return dst
}

// placeholder reports whether a number is what clerks write where there is none.
func placeholder(n string) bool {
	switch n {
	case "", "NA", "NONE", "NIL", "NULL", "UNKNOWN", "TIDAKADA", "NOPASSPORT", "XXX", "TBA":
		return true
	}
	for i := 1; i < len(n); i++ {
		if n[i] != n[0] {
			return false
		}
	}
	return len(n) < 3 || n[0] == '0' || n[0] == 'X'
}

// ocrClass maps the characters that readers and typists confuse (ICAO 9303-3
// warns of O and 0, I and 1, …) to one of each group.
func ocrClass(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'O', 'Q', 'D':
			return '0'
		case 'I', 'L':
			return '1'
		case 'Z':
			return '2'
		case 'S':
			return '5'
		case 'G':
			return '6'
		case 'B':
			return '8'
		}
		return r
	}, s)
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// hashString is the same on every machine, for ever, since links and models are: eight bytes
// at a time are multiplied to twice as many bits, which are folded (as wyhash does, Wang Yi
// 2019).
func hashString[T string | []byte](s T) uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xa0761d6478bd642f
	h, n := uint64(len(s))*a, len(s)
	for i := 0; i+8 < n; i += 8 {
		h = fold(h^word(s, i), b)
	}
	if n >= 8 {
		return mix(fold(h^word(s, n-8), b))
	}
	var last uint64
	for i := range n {
		last |= uint64(s[i]) << (8 * i)
	}
	return mix(fold(h^last, b))
}

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// word is the eight bytes from i on.
func word[T string | []byte](s T, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// mix is the finaliser of MurmurHash3.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return h
}

func combine(a, b uint64) uint64 { return mix(a*0x9e3779b97f4a7c15 + b) }
