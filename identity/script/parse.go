package script

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Parse reads a name as a register, a passport or a person writes it — Latin,
// Khmer or mixed — into tokens that can be compared. It never panics; an empty
// Name means that nothing in s is evidence of who it is. Words after the 64th
// are not read.
func Parse(s string) Name { return parse(s, nil, false) }

// Explain gives the same Name as [Parse], and the steps that led to it in the
// order in which they were taken.
func Explain(s string) (Name, []Step) {
	t := &trace{}
	n := parse(s, t, false)
	return n, t.steps
}

// trace collects the steps; a nil trace collects nothing.
type trace struct{ steps []Step }

func (t *trace) note(rule, from, to string) {
	if t != nil {
		t.steps = append(t.steps, Step{rule, strings.ToUpper(from), to})
	}
}

// word is one written word while a name is read: buf[lo:hi] of its reading, or
// text if a table replaced it.
type word struct {
	lo, hi  int
	text    string
	kind    Kind
	gone    bool // dropped: title, marker, placeholder, prefix
	dot     bool // a dot follows at once
	lower   bool // written with a small first letter
	join    byte // what alone stands between it and the word before: '.', '/', '-', or ' '
	segment int  // how many commas stand before it
	isChild bool // a marker of parentage stands before it
	servant bool // abdul was written together with it
}

// reading is the state of one call of parse.
type reading struct {
	buf   []byte // the folded letters of all words, without separators
	words []word
	trace *trace
	bare  bool // for Bare: articles are dropped, the father's name is marked
}

func parse(s string, t *trace, bare bool) Name {
	asWritten := s
	if IsKhmer(s) {
		s = romanise(s, t)
	}
	var bufStack [128]byte
	var wordStack [12]word
	r := reading{trace: t, bare: bare}
	r.buf, r.words = split(s, bufStack[:0], wordStack[:0], t)
	r.dropPlaceholders()
	r.dropDegrees()
	r.dropMarkers()
	r.dropTitles()
	r.joinArticles()
	r.spell()
	n := r.name()
	if len(n.Tokens) == 0 {
		// A name in a script that is not read is still the same as itself.
		for _, w := range Words(asWritten) {
			n.Tokens = append(n.Tokens, Token{Text: w})
		}
	}
	return n
}

// mostWords is how many words of a name are read. It bounds the work on hostile
// input; the longest names of people have a dozen.
const mostWords = 64

// split folds s into words, and remembers how they were written. The letters
// of all words are appended to buf.
func split(s string, buf []byte, words []word, t *trace) ([]byte, []word) {
	w := word{join: ' '}
	rawLo, segment := 0, 0
	inWord := false
	for i := 0; i <= len(s) && len(words) < mostWords; {
		n, c, next, sep := len(buf), byte(' '), i+1, true
		if i < len(s) {
			c = s[i]
			buf, next, sep = foldNext(buf, s, i)
		}
		if len(buf) > n && !inWord {
			inWord = true
			rawLo = i
			w = word{lo: n, join: ' ', lower: 'a' <= c && c <= 'z', segment: segment}
			if len(words) > 0 {
				w.join = tie(s, i)
			}
		}
		if sep && inWord {
			inWord = false
			w.hi = len(buf)
			w.dot = c == '.'
			if t != nil && !strings.EqualFold(s[rawLo:i], string(buf[w.lo:w.hi])) {
				t.note(ruleFolded, s[rawLo:i], string(buf[w.lo:w.hi]))
			}
			words = append(words, w)
		}
		if c == ',' {
			segment++
		}
		i = next
	}
	return buf, words
}

// tie gives the single dot, slash or hyphen that stands between two words, or a
// space if anything else does.
func tie(s string, i int) byte {
	c := s[i-1]
	if (c == '.' || c == '/' || c == '-') && i > 1 && (s[i-2] >= utf8.RuneSelf || foldASCII(s[i-2]) != ' ') {
		return c
	}
	return ' '
}

func (r *reading) bytes(i int) []byte { return r.buf[r.words[i].lo:r.words[i].hi] }

func (r *reading) size(i int) int { return r.words[i].hi - r.words[i].lo }

func (r *reading) look(i int) entry { return lexicon[string(r.bytes(i))] }

// span gives the letters of words i to j as one.
func (r *reading) span(i, j int) []byte { return r.buf[r.words[i].lo:r.words[j].hi] }

// drop removes words i to j as one step.
func (r *reading) drop(i, j int, rule string, k Kind) {
	if r.trace != nil {
		parts := make([]string, 0, 3)
		for x := i; x <= j; x++ {
			parts = append(parts, string(r.bytes(x)))
		}
		r.trace.note(rule, strings.Join(parts, " "), "")
	}
	for x := i; x <= j; x++ {
		r.words[x].gone = true
		r.words[x].kind = k
	}
}

// full reports whether a word of two letters or more is left among words lo to
// hi (hi excluded).
func (r *reading) full(lo, hi int) bool { return r.count(lo, hi) > 0 }

func (r *reading) count(lo, hi int) (n int) {
	for i := lo; i < hi; i++ {
		if !r.words[i].gone && r.size(i) > 1 {
			n++
		}
	}
	return n
}

func (r *reading) dropPlaceholders() {
	for i := range r.words {
		b := r.bytes(i)
		if len(b) < 2 || r.words[i].gone {
			continue
		}
		if second, ok := placeholderPairs[string(b)]; ok && i+1 < len(r.words) && string(r.bytes(i+1)) == second {
			r.drop(i, i+1, rulePlaceholder, Word)
		} else if len(b) >= 3 && len(bytes.Trim(b, "x")) == 0 || r.look(i).class&placeholder != 0 {
			r.drop(i, i, rulePlaceholder, Word)
		}
	}
}

// longestDegree is how many dotted parts a degree may have: A.Md.Keb. and
// S.Tr.Keb. have three, and one may be spaced out.
const longestDegree = 4

func (r *reading) dropDegrees() {
	n := len(r.words)
	if n < 2 {
		return
	}
	if r.words[n-1].segment > 0 {
		for i := 1; i < n; i++ {
			if r.words[i].segment == 0 || r.words[i].gone {
				continue
			}
			for j := min(n, i+longestDegree) - 1; j >= i; j-- {
				if r.words[j].segment == r.words[i].segment && r.isDegree(i, j) && r.full(0, i) {
					r.drop(i, j, ruleTitle, Title)
					break
				}
			}
		}
	}
	for hi := n - 1; hi > 0; {
		if r.words[hi].gone {
			hi--
			continue
		}
		lo := hi
		for lo > 0 && r.words[lo].join == '.' {
			lo--
		}
		c := lexicon[string(r.span(lo, hi))].class
		if !(c&degreeSure != 0 || c&degree != 0 && lo < hi) || !r.full(0, lo) {
			return
		}
		r.drop(lo, hi, ruleTitle, Title)
		hi = lo - 1
	}
}

// isDegree decides after a comma. A degree of two letters that can be a name
// (FAMILY, MA) needs dots, or two words before the comma.
func (r *reading) isDegree(i, j int) bool {
	b := r.span(i, j)
	if len(b) > 8 || lexicon[string(b)].class&degree == 0 {
		return false
	}
	return j > i || len(b) > 2 || !bytes.ContainsAny(b, "ae") || r.words[i].dot || r.count(0, i) > 1
}

func (r *reading) dropMarkers() {
	for i := 1; i+1 < len(r.words); i++ {
		if r.words[i].gone {
			continue
		}
		if !r.full(0, i) || !r.full(i+1, len(r.words)) {
			continue
		}
		switch size := r.size(i); {
		case size > 5:
		case size > 1:
			if r.look(i).class&marker != 0 {
				r.drop(i, i, ruleMarker, Marker)
				r.words[i+1].isChild = true
			}
		case r.words[i+1].join == '/' && r.size(i+1) == 1 && i+2 < len(r.words) && slashMarkers[string(r.span(i, i+1))]:
			r.drop(i, i+1, ruleMarker, Marker)
			r.words[i+2].isChild = true
		case r.buf[r.words[i].lo] == 'b' && r.words[i].lower && !r.words[0].lower && r.size(i+1) > 1:
			r.drop(i, i, ruleMarker, Marker)
			r.words[i+1].isChild = true
		}
	}
}

func (r *reading) dropTitles() {
	leading := true
	for i := 0; i+1 < len(r.words); i++ {
		w := &r.words[i]
		if w.gone {
			continue
		}
		leading = leading || w.isChild
		if r.size(i) > 8 {
			leading = false
			continue
		}
		c := r.look(i).class
		if !leading && c&titleAny == 0 {
			continue
		}
		rest := r.count(i+1, len(r.words))
		if rest == 0 {
			break
		}
		last := i
		switch {
		case c&(title|titleAny) != 0, c&titleDotted != 0 && w.dot:
		case r.size(i) == 1:
			last = r.letterTitle(i, rest)
		default:
			last = -1
		}
		if last < i {
			leading = false
			continue
		}
		r.drop(i, last, ruleTitle, Title)
		i = last
	}
}

// letterTitle gives the last word of a title that begins with the single letter
// at i, or -1: dotted R.M., R.A., K.H.; H for Haji; R for Raden before another
// title. Every other single letter is an initial.
func (r *reading) letterTitle(i, rest int) int {
	j := i
	for j+1 < len(r.words) && r.words[j+1].join == '.' && r.size(j+1) <= 3 {
		j++
	}
	for ; j > i; j-- {
		if lexicon[string(r.span(i, j))].class&(title|titleDotted) != 0 && r.full(j+1, len(r.words)) {
			return j
		}
	}
	switch r.buf[r.words[i].lo] {
	case 'h':
		if rest > 1 || r.words[i].dot {
			return i
		}
	case 'r':
		if next := r.look(i + 1).class; next&(title|titleAny) != 0 || string(r.bytes(i+1)) == "h" && rest > 1 {
			return i
		}
	}
	return -1
}

// joinArticles ties the Arabic article to its noun. The letters of two words
// stand side by side in the buffer, so the later word simply begins earlier.
func (r *reading) joinArticles() {
	first := true
	for i := 0; i+1 < len(r.words); i++ {
		w, next := &r.words[i], &r.words[i+1]
		if w.gone {
			continue
		}
		if r.bare && !next.gone && (articles[string(r.bytes(i))] && next.join == '-' || string(r.bytes(i)) == "al" || string(r.bytes(i)) == "el") {
			r.drop(i, i, ruleArticleDropped, Marker)
			continue
		}
		if n := r.size(i); n >= 2 && n <= 3 && !next.gone && r.size(i+1) > 2 &&
			(next.join == '-' || !first && string(r.bytes(i)) == "al") && articles[string(r.bytes(i))] {
			if r.trace != nil {
				r.trace.note(ruleArticle, string(r.bytes(i))+" "+string(r.bytes(i+1)), string(r.span(i, i+1)))
			}
			next.lo, w.gone = w.lo, true
		}
		first = false
	}
}

// spell gives every word that is left its kind and its one spelling.
func (r *reading) spell() {
	bali := true // only names of birth so far
	for i := 0; i < len(r.words); i++ {
		w := &r.words[i]
		if w.gone {
			continue
		}
		if bali && i+1 < len(r.words) && r.isBaliPrefix(i) {
			r.drop(i, i, ruleBali, Title)
			continue
		}
		if w.text != "" {
			continue
		}
		if w.hi-w.lo == 1 {
			w.kind = Initial
			bali = false
			continue
		}
		e := r.look(i)
		if e.class == 0 && mayBeOld(r.bytes(i)) {
			w.hi = w.lo + len(respell(r.bytes(i), r.trace))
			e = r.look(i)
		}
		switch {
		case e.class&family != 0, e.class&familyShort != 0 && (r.full(0, i) || r.full(i+1, len(r.words))):
			r.replace(i, ruleMuhammad, "muhammad")
			w.kind = Weak
			continue
		case e.class&birthOrder != 0 && bali:
			if e.to == "" {
				e.to = string(r.bytes(i))
			}
			r.replace(i, ruleBirthOrder, e.to)
			w.kind = BirthOrder
			continue
		case e.class&noble != 0 && bali:
			if e.to != "" {
				r.replace(i, ruleBali, e.to)
			}
			continue
		case e.class&clan != 0:
			if e.to == "" {
				e.to = string(r.bytes(i))
			}
			r.replace(i, ruleClan, e.to)
			w.kind = Clan
		case e.class&servant != 0:
			r.replace(i, ruleAbdul, e.to)
		default:
			r.separateAbdul(i)
		}
		bali = false
	}
}

func (r *reading) replace(i int, rule, to string) {
	if r.trace != nil {
		r.trace.note(rule, string(r.bytes(i)), to)
	}
	r.words[i].text = to
}

// isBaliPrefix reports whether word i is the I (male) or Ni (female) before a
// Balinese name of birth; a shortened name after it is written out.
func (r *reading) isBaliPrefix(i int) bool {
	if b := r.bytes(i); string(b) != "i" && string(b) != "ni" || r.words[i+1].gone {
		return false
	}
	if to, ok := baliShort[string(r.bytes(i+1))]; ok {
		if lexicon[to].class&birthOrder != 0 {
			r.words[i+1].kind = BirthOrder
		}
		r.replace(i+1, ruleBirthOrder, to)
		return true
	}
	return r.look(i+1).class&(birthOrder|noble) != 0
}

// separateAbdul splits abdurrahman, abdulrahman and abdurahman alike into abdul
// and rahman, so that they equal ABDUL RAHMAN; Abdullah is one name.
func (r *reading) separateAbdul(i int) {
	b := r.bytes(i)
	if len(b) < 8 || string(b[:4]) != "abdu" {
		return
	}
	cut := 5
	switch c := b[4]; c {
	case 'l':
		if b[5] == 'l' && (b[6] == 'a' || b[6] == 'o') && b[7] == 'h' {
			return
		}
	case 'r', 's', 'n', 't', 'z', 'd':
		if b[5] != c {
			cut = 4
		}
	default:
		return
	}
	if len(b)-cut < 4 {
		return
	}
	if r.trace != nil {
		r.trace.note(ruleAbdul, string(b), "abdul "+string(b[cut:]))
	}
	r.words[i].lo += cut
	r.words[i].servant = true
}

// name makes the tokens: one string holds the letters of all of them.
func (r *reading) name() Name {
	n := 0
	for i := range r.words {
		if !r.words[i].gone {
			n++
			if r.words[i].servant {
				n++
			}
		}
	}
	if n == 0 {
		return Name{}
	}
	all := string(r.buf)
	tokens := make([]Token, 0, n)
	for i := range r.words {
		w := &r.words[i]
		if w.gone {
			continue
		}
		if w.servant {
			tokens = append(tokens, Token{Text: "abdul"})
		}
		text := w.text
		if text == "" {
			text = all[w.lo:w.hi]
		}
		tokens = append(tokens, Token{Text: text, Kind: w.kind, Father: r.bare && w.isChild})
	}
	if half := n / 2; n == 2*half && sameTexts(tokens[:half], tokens[half:]) && !(n == 2 && tokens[0].Kind == Initial) {
		rule := ruleRepeated
		if half > 1 {
			rule = ruleRepeatedAll
		}
		if r.trace != nil {
			once := Name{tokens[:half]}.Joined()
			r.trace.note(rule, once+" "+once, once)
		}
		tokens = tokens[:half]
	}
	return Name{Tokens: tokens}
}

func sameTexts(a, b []Token) bool {
	for i := range a {
		if a[i].Text != b[i].Text {
			return false
		}
	}
	return true
}
