package script

import "strings"

// khmerTitles stand before a name, longest first. Not reviewed by a speaker.
// The first ones may be written without a space; កញ្ញា is also a given name,
// so it counts only as a word of its own at the beginning.
var khmerTitles = [...]struct {
	text string
	glue bool
}{
	{"សម្ដេច", false}, {"ឯកឧត្តម", true}, {"លោកជំទាវ", true}, {"លោកស្រី", true}, {"អ្នកស្រី", true},
	{"អ្នកនាង", true}, {"អ្នកឧកញ៉ា", true}, {"ឧកញ៉ា", true}, {"លោកគ្រូ", true}, {"អ្នកគ្រូ", true},
	{"លោក", true}, {"កញ្ញា", false}, {"នាង", false}, {"ព្រះ", false},
}

// romanise rewrites the Khmer words of s with Latin letters and drops titles
// before them. It leaves the rest of s alone.
func romanise(s string, t *trace) string {
	leading := true
	return rewriteKhmer(KhmerCanonical(s), func(word, after string) string {
		if leading {
			var title string
			if title, word = cutKhmerTitle(word, after); title != "" {
				t.note(ruleTitle, title, "")
			}
			leading = word == ""
		}
		if word == "" {
			return ""
		}
		latin := romaniseWord(word)
		t.note(ruleKhmer, word, latin)
		return latin
	})
}

// rewriteKhmer replaces each Khmer word of s by what rewrite makes of it and of
// the text after it.
func rewriteKhmer(s string, rewrite func(word, after string) string) string {
	var b strings.Builder
	for {
		i := strings.IndexFunc(s, isKhmerRune)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		n := strings.IndexFunc(s, func(r rune) bool { return !isKhmerRune(r) })
		if n < 0 {
			n = len(s)
		}
		b.WriteString(rewrite(s[:n], s[n:]))
		s = s[n:]
	}
}

// cutKhmerTitle splits a title off word, if a name is left in it or after it.
func cutKhmerTitle(word, after string) (title, rest string) {
	for _, t := range khmerTitles {
		form := KhmerCanonical(t.text)
		rest, ok := strings.CutPrefix(word, form)
		if !ok {
			continue
		}
		switch {
		case rest == "" && IsKhmer(after):
			return form, ""
		case rest != "" && t.glue && startsCluster(rest):
			return form, rest
		}
	}
	return "", word
}

// startsCluster reports whether a cluster begins s, so that a cut before it
// leaves the letter before it whole.
func startsCluster(s string) bool {
	for _, r := range s {
		return isBase(r)
	}
	return false
}

// KhmerToLatin writes Khmer words in small Latin letters as Cambodians usually
// romanise their names: by the series of the consonant (ចាន់ chan, ជា chea),
// with the silent ends of Indic words left out (ច័ន្ទ chan, សិទ្ធិ sith).
// Spelling in passports varies from person to person, so the result is one
// likely form, to be compared by sound; digits become ASCII and text that is
// not Khmer stays.
func KhmerToLatin(s string) string {
	if !IsKhmer(s) {
		return Digits(s)
	}
	return rewriteKhmer(Digits(KhmerCanonical(s)), func(word, _ string) string { return romaniseWord(word) })
}

// consonant is how a Khmer consonant sounds before and after a vowel, and
// whether it belongs to the second (o) series.
type consonant struct {
	onset, coda string
	o           bool
}

var consonants = map[rune]consonant{
	'ក': {"k", "k", false}, 'ខ': {"kh", "k", false}, 'គ': {"k", "k", true}, 'ឃ': {"kh", "k", true}, 'ង': {"ng", "ng", true},
	'ច': {"ch", "ch", false}, 'ឆ': {"chh", "ch", false}, 'ជ': {"ch", "ch", true}, 'ឈ': {"chh", "ch", true}, 'ញ': {"nh", "nh", true},
	'ដ': {"d", "t", false}, 'ឋ': {"th", "th", false}, 'ឌ': {"d", "t", true}, 'ឍ': {"th", "th", true}, 'ណ': {"n", "n", false},
	'ត': {"t", "t", false}, 'ថ': {"th", "th", false}, 'ទ': {"t", "t", true}, 'ធ': {"th", "th", true}, 'ន': {"n", "n", true},
	'ប': {"b", "p", false}, 'ផ': {"ph", "p", false}, 'ព': {"p", "p", true}, 'ភ': {"ph", "ph", true}, 'ម': {"m", "m", true},
	'យ': {"y", "y", true}, 'រ': {"r", "r", true}, 'ល': {"l", "l", true}, 'វ': {"v", "v", true},
	'ឝ': {"s", "s", false}, 'ឞ': {"s", "s", true}, 'ស': {"s", "s", false}, 'ហ': {"h", "h", false},
	'ឡ': {"l", "l", false}, 'អ': {"", "", false},
}

// independents are the vowels that need no consonant.
var independents = map[rune]string{
	'ឥ': "i", 'ឦ': "ey", 'ឧ': "u", 'ឩ': "ou", 'ឪ': "ov", 'ឫ': "ri", 'ឬ': "reu", 'ឭ': "li", 'ឮ': "leu",
	'ឯ': "e", 'ឰ': "ai", 'ឱ': "o", 'ឲ': "o", 'ឳ': "au",
}

// vowels gives each dependent vowel after the first and the second series, at
// the end of a word and elsewhere.
var vowels = map[rune]struct{ a, aEnd, o, oEnd string }{
	vowelAa: {"a", "a", "ea", "ea"}, vowelI: {"e", "e", "i", "i"}, vowelIi: {"ei", "ey", "i", "y"},
	'\u17B9': {"eu", "eu", "eu", "eu"}, '\u17BA': {"eu", "eu", "eu", "eu"},
	vowelU: {"o", "o", "u", "u"}, '\u17BC': {"o", "o", "ou", "ou"}, '\u17BD': {"uo", "uo", "uo", "uo"},
	vowelOe: {"oeu", "oeu", "oeu", "oeu"}, '\u17BF': {"oeu", "oeu", "oeu", "oeu"}, '\u17C0': {"ie", "ie", "ie", "ie"},
	vowelE: {"e", "e", "e", "e"}, vowelAe: {"ae", "ae", "e", "e"}, '\u17C3': {"ay", "ay", "ey", "ey"},
	vowelOo: {"o", "o", "o", "ou"}, '\u17C5': {"ao", "ao", "ov", "ov"},
}

// cluster is one cluster while a word is read.
type cluster struct {
	base    rune
	coengs  []rune
	shifter rune
	vowel   rune // 0 is the inherent vowel
	m       bool // nikahit
	h       bool // reahmuk
	ak      bool // yuukaleapintu
	short   bool // bantoc
	robat   bool
	killed  bool // toandakhiat: not spoken
	samyok  bool
	role    role
}

// role is what a cluster does in its word.
type role uint8

const (
	nucleus role = iota // begins a syllable with its consonants and has its vowel
	coda                // ends the syllable before it
)

func (c *cluster) bare() bool {
	return c.vowel == 0 && !c.m && !c.h && !c.ak && !c.samyok && independents[c.base] == ""
}

// mostCoengs is how many subscripts are read: words have two at most.
const mostCoengs = 3

// clusters reads a word in canonical order.
func clusters(word string) []cluster {
	var cs []cluster
	under := false
	for _, r := range word {
		if isBase(r) && !under || len(cs) == 0 {
			cs = append(cs, cluster{})
			if isBase(r) {
				cs[len(cs)-1].base = r
				continue
			}
			cs[len(cs)-1].base = 'អ'
		}
		c := &cs[len(cs)-1]
		switch {
		case under:
			if len(c.coengs) < mostCoengs {
				c.coengs = append(c.coengs, r)
			}
			under = false
		case r == coeng:
			under = true
		case r == muusikatoan || r == triisap:
			c.shifter = r
		case r == nikahit:
			c.m = true
		case r == reahmuk:
			c.h = true
		case r == yuukaleapint:
			c.ak = true
		case r == bantoc:
			c.short = true
		case r == robat:
			c.robat = true
		case r == toandakhiat:
			c.killed = true
		case r == samyok:
			c.samyok = true
		case vowelAa <= r && r <= 0x17C5:
			c.vowel = r
		}
	}
	return cs
}

func isSonorant(r rune) bool { return strings.ContainsRune("ងញណនមយរលវឡ", r) }

func isNasal(r rune) bool { return strings.ContainsRune("ងញណនម", r) }

// second reports whether the cluster sounds in the second (o) series: that of
// its base, or of the last subscript that is not a sonorant, unless a shifter
// says otherwise.
func (c *cluster) second() bool {
	switch c.shifter {
	case muusikatoan:
		return false
	case triisap:
		return true
	}
	o := consonants[c.base].o
	for _, r := range c.coengs {
		if !isSonorant(r) {
			o = consonants[r].o
		}
	}
	return o
}

// splits reports whether the base of a cluster inside a word ends the syllable
// before it, and only the subscripts begin the next: bop-pha, chan-trea; but
// cha-kra.
func (c *cluster) splits() bool {
	return len(c.coengs) > 0 && (!isSonorant(c.coengs[0]) || c.coengs[0] == c.base)
}

func romaniseWord(word string) string {
	if latin, ok := khmerWords[word]; ok {
		return latin
	}
	cs := clusters(word)
	live := cs[:0]
	for _, c := range cs {
		if c.killed { // the last letter under the mark is silent, or the only one
			if len(c.coengs) == 0 {
				continue
			}
			c.coengs, c.vowel = nil, 0
		}
		live = append(live, c)
	}
	assignRoles(live)
	return write(live)
}

// assignRoles decides from the end which clusters without a vowel sign end a
// syllable and which carry the inherent vowel.
func assignRoles(cs []cluster) {
	for i := len(cs) - 1; i > 0; i-- {
		c, before := &cs[i], &cs[i-1]
		last := i == len(cs)-1
		switch {
		case last && c.bare():
			c.role = coda
		case last && (c.vowel == vowelI || c.vowel == vowelU) && !c.m && !c.h && c.shifter == 0 &&
			(c.splits() || isLong(before.vowel)):
			c.vowel = 0 // jati, sitthi: the last vowel is silent
			c.role = coda
		case !c.bare(), !last && (cs[i+1].role == coda || cs[i+1].splits()):
		case c.short, before.samyok:
			c.role = coda
		case !before.bare() && !before.m && !before.h && !before.ak && len(c.coengs) == 0,
			before.bare() && c.base == cs[i+1].base:
			c.role = coda
		}
		if c.role == coda && before.role == coda {
			before.role = nucleus
		}
	}
}

func isLong(v rune) bool { return v == vowelAa || v == vowelIi || v >= 0x17BC && v <= 0x17C5 }
