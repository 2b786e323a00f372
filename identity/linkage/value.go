package linkage

import (
	"cmp"
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
	raw      map[string]uint32 // as written → id, so that no text is normalised twice
	ids      map[string]uint32 // normal form → id
	text     []string          // normal form
	hash     []uint64          // of the normal form: an order that does not depend on the order of rows
	set      []uint64          // the letters of the normal form
	count    [2][]int32        // records of each side that hold the value
	rarity   []float64         // log2 of the chance that a record of another person holds the value
	rarest   float64           // no rarity of a name is less
	date     []dateValue       // dates only
	key      []string          // documents: the form under which OCR confusions fall together
	keyed    []uint64          // documents: hash of key
	words    []uint32          // texts: hashes of the words of all values, sorted in each
	wordsAt  []uint32          // texts: where those of each value end
	keyWords []uint32          // texts of several words: keyTokens of the rarest of each; sealed
	name     []nameValue       // names
	sounds   []uint32          // names: keyTokens phonetic keys of each, zero where there are fewer; sealed
}

func newDomain(kind Kind) *domain {
	d := &domain{kind: kind, raw: map[string]uint32{}, ids: map[string]uint32{}}
	d.add("", 0)
	return d
}

// distinct returns the number of values that records hold, or whose national ids
// tell them.
func (d *domain) distinct() int { return len(d.text) - 1 }

// add appends a value; the caller has seen to it that it is new.
func (d *domain) add(text string, h uint64) uint32 {
	id := uint32(len(d.text))
	d.ids[text] = id
	d.text = append(d.text, text)
	d.hash = append(d.hash, h)
	d.set = append(d.set, letters(text))
	d.count[0] = append(d.count[0], 0)
	d.count[1] = append(d.count[1], 0)
	return id
}

// tokens are the distinct name tokens of both files.
type tokens struct {
	ids      map[string]uint32
	text     []string
	hash     []uint64
	set      []uint64
	kind     []script.Kind
	skeleton []uint64   // hash of the phonetic skeleton
	count    [2][]int32 // records of each side whose name holds the token; sealed
	freq     []float64  // chance that a record of another person holds it
	rarity   []float64  // log2 of freq
}

func newTokens() *tokens {
	t := &tokens{ids: map[string]uint32{}}
	t.intern("", script.Word)
	return t
}

func (t *tokens) intern(text string, kind script.Kind) uint32 {
	if id, ok := t.ids[text]; ok {
		// The same word may be a birth-order name in one place and an ordinary
		// one in another; for both files it is then the weaker.
		if weakness(kind) > weakness(t.kind[id]) {
			t.kind[id] = kind
		}
		return id
	}
	id := uint32(len(t.text))
	text = strings.Clone(text)
	t.ids[text] = id
	t.text = append(t.text, text)
	t.hash = append(t.hash, hashString(text))
	t.set = append(t.set, letters(text))
	t.kind = append(t.kind, kind)
	sound := text
	if text != "" && text[0] < utf8.RuneSelf { // else in a script of which no sound is known
		sound = script.Skeleton(text)
	}
	t.skeleton = append(t.skeleton, hashString(sound))
	return id
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
	slices.SortFunc(order[1:], func(a, b uint32) int {
		return cmp.Or(cmp.Compare(t.hash[a], t.hash[b]), cmp.Compare(t.text[a], t.text[b]))
	})
	at := make([]uint32, len(order)) // old id → new
	for i, old := range order {
		at[old] = uint32(i)
	}
	for text, id := range t.ids {
		t.ids[text] = at[id]
	}
	t.text, t.hash, t.set = reorder(t.text, order), reorder(t.hash, order), reorder(t.set, order)
	t.kind, t.skeleton = reorder(t.kind, order), reorder(t.skeleton, order)
	t.count = [2][]int32{make([]int32, len(order)), make([]int32, len(order))}
	for i := range d.name {
		n := &d.name[i]
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
	out := make([]T, len(s))
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

// intern returns the id of a cell's value, none for an empty or unusable one.
func (l *Linker) intern(d *domain, raw string) uint32 {
	if raw == "" {
		return none
	}
	if d.kind == Document || d.kind == NationalID || d.kind == Phone || d.kind == FullName {
		return l.internNew(d, raw) // hardly ever written twice
	}
	if id, ok := d.raw[raw]; ok {
		return id
	}
	id := l.internNew(d, raw)
	d.raw[strings.Clone(raw)] = id
	return id
}

func (l *Linker) internNew(d *domain, raw string) uint32 {
	switch d.kind {
	case FullName:
		return l.internName(d, raw)
	case BirthDate, OtherDate:
		v, ok := parseDate(raw, l.plan.spec.Pivot)
		if !ok {
			return none
		}
		return internDate(d, v)
	case SexKind:
		s, err := person.ParseSex(raw)
		if err != nil || (s != person.Male && s != person.Female) {
			return none
		}
		return d.put(string(rune(s)))
	case Document, NationalID:
		n := person.NormalNumber(raw)
		if placeholder(n) {
			return none
		}
		id := d.put(n)
		for len(d.key) <= int(id) {
			key := ocrClass(d.text[len(d.key)])
			d.key, d.keyed = append(d.key, key), append(d.keyed, hashString(key))
		}
		return id
	case CountryKind:
		if c, err := person.ParseCountry(raw); err == nil {
			return d.put(string(c))
		}
		return d.put(foldText(raw))
	case Phone:
		n := digitsOf(person.NormalNumber(raw))
		if len(n) > 8 {
			n = n[len(n)-8:] // the trunk and country prefix come and go
		}
		if placeholder(n) {
			return none
		}
		return d.put(n)
	case Code:
		return d.put(foldText(raw))
	default:
		id := d.put(foldText(raw))
		for len(d.wordsAt) <= int(id) {
			from := len(d.words)
			for w := range strings.FieldsSeq(d.text[len(d.wordsAt)]) {
				d.words = append(d.words, short(hashString(w)))
			}
			slices.Sort(d.words[from:])
			d.words = d.words[:from+len(slices.Compact(d.words[from:]))]
			d.wordsAt = append(d.wordsAt, uint32(len(d.words)))
		}
		return id
	}
}

// wordsOf are the hashes of the words of a text, sorted.
func (d *domain) wordsOf(id uint32) []uint32 {
	if id == none {
		return nil
	}
	return d.words[d.wordsAt[id-1]:d.wordsAt[id]]
}

// put interns a normal form; the empty one is missing.
func (d *domain) put(text string) uint32 {
	if text == "" {
		return none
	}
	if id, ok := d.ids[text]; ok {
		return id
	}
	return d.add(strings.Clone(text), hashString(text))
}

func internDate(d *domain, v dateValue) uint32 {
	text := v.String()
	if id, ok := d.ids[text]; ok {
		return id
	}
	id := d.add(text, hashString(text))
	for len(d.date) <= int(id) {
		d.date = append(d.date, dateValue{})
	}
	d.date[id] = v
	return id
}

func (l *Linker) internName(d *domain, raw string) uint32 {
	n := script.Parse(raw)
	l.tokBuf = l.tokBuf[:0]
	for _, t := range n.Tokens {
		if len(l.tokBuf) == maxTokens {
			break
		}
		id := l.tok.intern(t.Text, t.Kind)
		if !slices.Contains(l.tokBuf, id) {
			l.tokBuf = append(l.tokBuf, id)
		}
	}
	if len(l.tokBuf) == 0 {
		return none
	}
	slices.SortFunc(l.tokBuf, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(l.tok.hash[a], l.tok.hash[b]), cmp.Compare(l.tok.text[a], l.tok.text[b]))
	})
	l.textBuf = l.textBuf[:0]
	for i, t := range l.tokBuf {
		if i > 0 {
			l.textBuf = append(l.textBuf, ' ')
		}
		l.textBuf = append(l.textBuf, l.tok.text[t]...)
	}
	if id, ok := d.ids[string(l.textBuf)]; ok {
		return id
	}
	text := string(l.textBuf)
	id := d.add(text, hashString(text))
	v := nameValue{n: uint8(len(l.tokBuf))}
	copy(v.tok[:], l.tokBuf)
	for len(d.name) <= int(id) {
		d.name = append(d.name, nameValue{})
	}
	d.name[id] = v
	return id
}

// foldText is a text as texts are compared: Latin letters, lower case, single
// blanks; words in scripts that are not read stand as they are, at the end.
func foldText(s string) string {
	if script.IsKhmer(s) {
		s = script.KhmerToLatin(s)
	}
	folded := strings.ToLower(script.FoldLatin(s))
	if len(folded) < len(s) && strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		folded = strings.TrimLeft(folded+" "+strings.Join(script.Words(s), " "), " ")
	}
	return strings.TrimRight(folded, " ")
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

// hashString is FNV-1a with a final mix: the same on every machine, for ever,
// because it orders records and stands in models.
func hashString(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(s); i++ {
		h ^= uint64(s[i])
		h *= 0x100000001b3
	}
	return mix(h)
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
