package demo

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// culture is one way of giving names. Words are lower-case ASCII.
type culture struct {
	id             cultureID
	weight         int   // per mille of the people
	places         []int // of birth, indexes into regencies
	first, second  [2]ranked
	family         ranked    // clan or family name, if the culture has them
	words          []int     // weights of 1, 2, 3, 4 words, a family name not counted
	alone          [2]ranked // names that stand alone, where they differ from first
	muhammad       int       // per mille of men whose name begins with the name of the prophet
	fatherAsSecond int       // per mille who bear a word of their father's name
}

type cultureID uint8

const (
	javanese cultureID = iota
	sundanese
	batak
	mandailing
	minang
	malay
	arabic
	acehnese
	bugis
	balinese
	chinese
	eastern
	banjar
)

// male and female index the pairs of lists.
const (
	male   = 0
	female = 1
)

// lexicon holds the cultures with their weights.
type lexicon struct {
	cultures []culture
	weights  []int
	fathers  ranked
	syllable []string
}

// newLexicon makes the lexicon. weights are those of the cultures per mille, in
// the order of their ids; nil leaves the usual ones.
func newLexicon(weights []int) *lexicon {
	pair := func(flat int, m, f string) [2]ranked { return [2]ranked{list(flat, m), list(flat, f)} }
	l := &lexicon{fathers: list(20, fathers), syllable: strings.Fields(chineseSyllable)}
	l.cultures = []culture{
		{
			id: javanese, weight: 320, places: birthplaces("33 34 35 18 31"),
			first: pair(9, javaneseMale, javaneseFemale), second: pair(9, javaneseMale2, javaneseFem2),
			alone: [2]ranked{newRanked(35, javaneseOneMale()), newRanked(35, javaneseOneFemale())},
			words: []int{39, 45, 15, 1}, muhammad: 90, fatherAsSecond: 40,
		},
		{
			id: sundanese, weight: 130, places: birthplaces("32 36 31"),
			first: pair(7, sundaneseMale, sundaneseFemale), second: pair(9, sundaneseMale2, sundaneseFem2),
			words: []int{17, 66, 16, 1}, muhammad: 90, fatherAsSecond: 50,
		},
		{
			id: batak, weight: 115, places: birthplaces("12 21 31"),
			first: pair(10, batakMale, batakFemale), second: pair(6, batakMiddle, batakFemMid),
			family: list(12, batakClan), words: []int{58, 37, 5},
		},
		{
			id: mandailing, weight: 40, places: birthplaces("12"),
			first: pair(6, mandailingMen, mandailingFem), second: pair(10, malayMale2, malayFem2),
			family: newRanked(6, strings.Fields("nasution lubis harahap siregar hasibuan rangkuti daulay batubara pulungan dalimunthe ritonga tanjung matondang pohan rambe")),
			words:  []int{70, 28, 2}, muhammad: 200,
		},
		{
			id: minang, weight: 45, places: birthplaces("13 14"),
			first: pair(9, minangMale, minangFemale), second: pair(7, minangMale2, minangFem2),
			words: []int{26, 62, 12}, muhammad: 110, fatherAsSecond: 60,
		},
		{
			id: malay, weight: 85, places: birthplaces("14 15 16 19 21 61 12"),
			first: pair(7, malayMale, malayFemale), second: pair(8, malayMale2, malayFem2),
			words: []int{20, 64, 15, 1}, muhammad: 230, fatherAsSecond: 80,
		},
		{
			id: arabic, weight: 70, places: birthplaces("31 35 33 36 52"),
			first: pair(7, arabMale, arabFemale), second: pair(8, arabMale2, arabFem2),
			words: []int{8, 62, 27, 3}, muhammad: 340, fatherAsSecond: 90,
		},
		{
			id: acehnese, weight: 18, places: birthplaces("11"),
			first: pair(6, acehMale, acehFemale), second: pair(6, acehMale2, acehFem2),
			words: []int{32, 58, 10}, muhammad: 200, fatherAsSecond: 120,
		},
		{
			id: bugis, weight: 37, places: birthplaces("73 72 74"),
			first: pair(6, bugisMale, bugisFemale), second: pair(7, bugisMale2, bugisFem2),
			words: []int{38, 48, 14}, muhammad: 170, fatherAsSecond: 90,
		},
		{
			id: balinese, weight: 25, places: birthplaces("51 52"),
			first: pair(8, balineseMale, balineseFemale), second: pair(8, balineseMale2, balineseFem2),
			words: []int{42, 53, 5},
		},
		{
			id: chinese, weight: 70, places: birthplaces("61 12 21 31 19 14"),
			first: pair(10, chineseGiven, chineseGivenFem), second: pair(12, chineseGiven, chineseGivenFem),
			family: list(8, chineseFamily), words: []int{72, 26, 2},
		},
		{
			id: eastern, weight: 30, places: birthplaces("71 53 81 91 82"),
			first: pair(9, easternMale, easternFemale), second: [2]ranked{list(6, easternMiddle), list(6, easternMiddle)},
			family: list(30, easternFamily), words: []int{52, 42, 6},
		},
		{
			id: banjar, weight: 15, places: birthplaces("63 62 64"),
			first: pair(6, banjarMale, banjarFemale), second: pair(6, banjarMale2, banjarFem2),
			words: []int{30, 58, 12}, muhammad: 220,
		},
	}
	for i := range l.cultures {
		c := &l.cultures[i]
		if c.alone[male].words == nil {
			c.alone = c.first
		}
		if weights != nil {
			c.weight = weights[c.id]
		}
		l.weights = append(l.weights, c.weight)
	}
	return l
}

// fullName is a person's true name.
type fullName struct {
	words  []string // lower case, in the order in which the person writes them
	family int      // how many words at the end are the family's, not the person's
	father string   // a word of the father's name
}

// kin is what relatives' names have in common.
type kin struct {
	family  string   // clan or family name
	father  string   // a word of the father's name
	theme   string   // a word that brothers and sisters share
	rank    int      // birth order from 0
	used    []string // first words already given
	initial byte     // first letter of the children's names, 0 if free
}

// birthOrder are the Balinese names by birth order; the fifth child begins anew.
var birthOrder = [...][]string{
	{"wayan", "putu", "gede"}, {"made", "kadek", "nengah"}, {"nyoman", "komang"}, {"ketut"},
}

// name gives a name of the culture to a person of the sex.
func (l *lexicon) name(r *stream, c *culture, sex int, k kin) fullName {
	n := fullName{father: k.father}
	if n.father == "" {
		n.father = l.father(r, c)
	}
	length := 1 + r.weighted(c.words)
	if k.theme != "" {
		length = max(length, 2)
	}

	switch {
	case c.id == balinese:
		n.words = l.balinese(r, c, sex, length, k)
	case c.id == chinese && r.chance(0.2): // a name of three syllables, family first
		family := k.family
		if family == "" {
			family = c.family.pick(r)
		}
		return fullName{words: []string{family, one(r, l.syllable), one(r, l.syllable)}, father: n.father}
	case c.id == acehnese && sex == male && r.chance(0.16):
		n.words = []string{"teuku"}
		n.words = l.given(r, c, sex, length, k, n.words)
	case sex == male && r.below(1000) < c.muhammad:
		n.words = append(n.words, one(r, prophetSpellings))
		if length == 1 && r.chance(0.9) {
			length = 2
		}
		n.words = l.given(r, c, sex, max(1, length-1), k, n.words)
	default:
		n.words = l.given(r, c, sex, length, k, nil)
	}

	if k.theme != "" && !slices.Contains(n.words, k.theme) {
		n.words[len(n.words)-1] = k.theme
	} else if len(n.words) > 1 && r.below(1000) < c.fatherAsSecond && !slices.Contains(n.words, n.father) {
		n.words[len(n.words)-1] = n.father
	}
	if c.family.words != nil && (k.family != "" || r.chance(0.94)) {
		family := k.family
		if family == "" {
			family = c.family.pick(r)
		}
		if c.id == batak && sex == female && r.chance(0.06) {
			n.words = append(n.words, "br")
		}
		n.words = append(n.words, family)
		n.family = 1
	}
	return n
}

// father gives a word of a father's name.
func (l *lexicon) father(r *stream, c *culture) string {
	if !c.muslim() {
		return c.first[male].pick(r)
	}
	return l.fathers.pick(r)
}

// muslim reports whether most people of the culture are, who name a father with
// bin and binti and add his name for a pilgrimage.
func (c *culture) muslim() bool {
	return c.id != batak && c.id != chinese && c.id != eastern && c.id != balinese
}

// prophetSpellings are the ways the same first name stands in passports, the
// usual one often.
var prophetSpellings = strings.Fields("muhammad muhammad muhammad muhammad muhamad muhamad mohammad mohamad mochamad moch muh moh")

// neverAlone are words that are the beginning of a name, not a name.
var neverAlone = append(strings.Fields("abdul nur siti sitti sri umi ummu cut teuku i ni dwi tri mohd m m. moh. muh. mhd md md. mohd. moch. hj st"), prophetSpellings...)

// servantOf are the words that follow Abdul.
var servantOf = strings.Fields("rahman rahman rahim aziz karim hakim halim hamid kadir latif majid malik manaf muis rasyid rauf rozak salam somad wahab wahid ghani ghofur qodir syukur muthalib mujib jalil basit haris kohar")

// given appends the person's own words.
func (l *lexicon) given(r *stream, c *culture, sex, length int, k kin, words []string) []string {
	start := len(words)
	if length == 1 && start == 0 {
		if w := l.fresh(r, c.alone[sex], k); !slices.Contains(neverAlone, w) {
			return append(words, w)
		}
		length = 2
	}
	words = append(words, l.fresh(r, c.first[sex], k))
	if words[start] == "abdul" { // servant of: one of the names of God follows
		words = append(words, one(r, servantOf))
	}
	for len(words)-start < length {
		w := c.second[sex].pick(r)
		if len(words)-start == 1 && length > 2 && r.chance(0.5) {
			w = c.first[sex].pick(r)
		}
		if slices.Contains(words, w) {
			continue
		}
		words = append(words, w)
	}
	if c.id == javanese && length == 2 && r.chance(0.06) { // sri wahyuni written as one word
		if joined := words[start] + words[start+1]; len(joined) <= 13 {
			words = append(words[:start], joined)
		}
	}
	return words
}

// fresh picks a first word that no brother or sister has, with the initial of
// the family if it has one.
func (l *lexicon) fresh(r *stream, from ranked, k kin) string {
	w := from.pick(r)
	for range 20 {
		if !slices.Contains(k.used, w) && (k.initial == 0 || w[0] == k.initial) {
			break
		}
		w = from.pick(r)
	}
	return w
}

func (l *lexicon) balinese(r *stream, c *culture, sex, length int, k kin) []string {
	var words []string
	if r.chance(0.85) {
		words = append(words, [...]string{male: "i", female: "ni"}[sex])
	}
	order := r.skewed(4)
	if k.rank > 0 {
		order = k.rank % 4
	}
	names := birthOrder[order]
	words = append(words, names[r.skewed(len(names))])
	if sex == female && r.chance(0.2) {
		words = append(words, "ayu")
	}
	for range length {
		w := c.first[sex].pick(r)
		if len(words) > 2 {
			w = c.second[sex].pick(r)
		}
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// title writes words with capitals at their beginnings.
func title(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		up := true
		for j := 0; j < len(w); j++ {
			c := w[j]
			if up && c >= 'a' && c <= 'z' {
				c -= 'a' - 'A'
			}
			up = c == '-' || c == '.' || c == ' '
			b.WriteByte(c)
		}
	}
	return b.String()
}
