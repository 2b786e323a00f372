package demo

import (
	"strings"
	"time"
)

// The second generator. Its people live in another mix of cultures, ages and
// households, and its faults come about in another way: what is written passes
// through a chain of hands and machines, each with habits of its own. A clerk is
// drawn for every row; the clerk's habits then decide which links of the chain
// act, so faults come in clusters instead of one by one:
//
//	the ear       each sound takes a random step to a neighbouring sound
//	Khmer         the name is written in Khmer letters and read back
//	the hand      a finger lands at a distance on the keyboard
//	the form      family name first; one box too few; the name of the household's head
//	the sheet     dates through a spreadsheet of another country, calendar or epoch
//	the reader    passport numbers without their letter, or with the check digit
//
// It exists to see whether the linkage engine was fitted to the first process.
// Nothing may be tuned on it, and no code of the first process's faults is used.

// secondWorld has more people from Sumatra and the east, an older crowd, and
// more households.
var secondWorld = world{
	cultures: []int{
		javanese: 215, sundanese: 95, batak: 180, mandailing: 55, minang: 70, malay: 135, arabic: 45,
		acehnese: 35, bugis: 30, balinese: 15, chinese: 70, eastern: 40, banjar: 15,
	},
	kinds: []int{single: 800, couple: 84, family: 12, siblings: 70, twins: 4, parentAndAdult: 20, cousins: 10},
	ages:  []ageBand{{18, 21, 6}, {22, 27, 22}, {28, 33, 26}, {34, 41, 24}, {42, 50, 15}, {51, 60, 6}, {61, 78, 1}},
}

// clerk is the habits of somebody who writes, each a share of the rows.
type clerk struct {
	weight      int
	ear         float64 // mishears; per sound the step is rarer
	khmer       float64 // writes in Khmer letters first
	hand        float64 // slips on the keyboard
	familyFirst float64
	oneBoxLess  float64 // leaves out what does not fit the form
	household   float64 // writes the name of the household's head as family name
	monthFirst  float64 // reads day and month the other way where both are possible
	yearBox     float64 // writes less than a full date
	epoch       float64 // a sheet of the other epoch, or a year of another calendar ill converted
}

// clerks by office. Most are careful; a few do one thing wrong again and again.
var clerks = [2][]clerk{
	register: {
		{weight: 52, ear: 0.03, hand: 0.04, oneBoxLess: 0.02, yearBox: 0.004, epoch: 0.008},
		{weight: 15, ear: 0.08, hand: 0.11, oneBoxLess: 0.06, household: 0.03, yearBox: 0.03},
		{weight: 9, ear: 0.06, hand: 0.05, familyFirst: 0.26, monthFirst: 0.15},
		{weight: 9, khmer: 0.38, hand: 0.05, epoch: 0.06},
		{weight: 8, ear: 0.05, hand: 0.04, monthFirst: 0.52, epoch: 0.06},
		{weight: 7, ear: 0.28, hand: 0.08, oneBoxLess: 0.10, yearBox: 0.12, epoch: 0.03},
	},
	bureau: {
		{weight: 43, ear: 0.04, hand: 0.045, oneBoxLess: 0.02, household: 0.01, yearBox: 0.003, epoch: 0.008},
		{weight: 14, khmer: 0.53, hand: 0.05, familyFirst: 0.10, epoch: 0.03},
		{weight: 13, familyFirst: 0.38, ear: 0.05, monthFirst: 0.15},
		{weight: 11, hand: 0.20, ear: 0.05, oneBoxLess: 0.12, epoch: 0.09},
		{weight: 11, monthFirst: 0.66, ear: 0.06, hand: 0.04, epoch: 0.05},
		{weight: 8, ear: 0.32, household: 0.08, yearBox: 0.15},
	},
}

// Shares of pairs in the second generator: together as hard as the first.
const (
	chainAbsent = 0.105 // of permits have no passport number
	chainOther  = 0.175 // of pairs: former and present passport
	chainReader = 0.085 // of pairs: letter lost, check digit read as part, blocks changed about
)

// chain is the second error process.
type chain struct{}

func (chain) clerk(r *stream, in office) *clerk {
	list := clerks[in]
	n := 0
	for i := range list {
		n += list[i].weight
	}
	n = r.below(n)
	for i := range list {
		if n -= list[i].weight; n < 0 {
			return &list[i]
		}
	}
	return &list[0]
}

func (c chain) name(r *stream, x *human, in office) string {
	k := c.clerk(r, in)
	words := append([]string(nil), x.name.words...)
	if r.chance(k.household) && x.head != "" && words[len(words)-1] != x.head {
		words = append(words, x.head)
	}
	if n := len(words); n > 2 && r.chance(k.oneBoxLess*2) {
		words = append(words[:1], words[n-1])
	} else if n == 2 && r.chance(k.oneBoxLess) {
		words = words[:1]
	}
	if n := len(words); n > 1 && r.chance(k.familyFirst) {
		words = append(words[n-1:n:n], words[:n-1]...)
	}
	khmer, ear := r.chance(k.khmer), r.chance(k.ear)
	for i, w := range words {
		if ear {
			w = misheard(r, w)
		}
		if khmer {
			w = throughKhmer(r, w)
		}
		words[i] = w
	}
	if r.chance(k.hand) {
		i := r.below(len(words))
		words[i] = slipped(r, words[i])
	}
	s := strings.Join(words, " ")
	if r.below(50) == 0 { // a form that runs the boxes together
		s = strings.Replace(s, " ", one(r, []string{"", "-", "  ", "."}), 1)
	}
	if in == bureau && r.below(80) == 0 {
		s = [...]string{male: "Mr. ", female: "Ms. "}[x.sex] + s
	}
	if in == register && r.below(6) > 0 {
		return title(strings.Split(s, " "))
	}
	return strings.ToUpper(s)
}

// rings are circles of neighbouring sounds by place and manner of articulation.
// A step along a circle is a slip of the ear. Longer spellings come first.
var rings = [][]string{
	{"p", "b", "w", "v", "f"},
	{"t", "d", "dh", "th"},
	{"k", "g", "kh", "q"},
	{"c", "j", "z", "s", "sy", "ts"},
	{"n", "ng", "ny", "m"},
	{"l", "r"},
	{"a", "e", "i", "u", "o"},
	{"ai", "ae", "ay", "ei"},
	{"au", "ao", "aw", "ou"},
	{"ia", "iya", "ya", "ie"},
	{"h", ""},
}

// misheard lets each sound of a word take a step with a small probability, and
// at least one of them.
func misheard(r *stream, w string) string {
	for range 3 {
		var b strings.Builder
		for i := 0; i < len(w); {
			ring, at, width := soundAt(w[i:])
			if ring < 0 || r.below(len(w)+2) > 0 || i == 0 && r.below(3) > 0 {
				b.WriteString(w[i : i+width])
			} else {
				n := len(rings[ring])
				b.WriteString(rings[ring][(at+1+(n-2)*r.below(2))%n])
			}
			i += width
		}
		if s := b.String(); s != w && len(s) > 1 {
			return s
		}
	}
	return w
}

// soundAt finds the longest sound at the beginning of s.
func soundAt(s string) (ring, at, width int) {
	ring, width = -1, 1
	for i, sounds := range rings {
		for j, x := range sounds {
			if strings.HasPrefix(s, x) && (len(x) > width || len(x) == 1 && ring < 0) {
				ring, at, width = i, j, len(x)
			}
		}
	}
	return ring, at, width
}

// khmerOnsets and khmerCodas are what is left of Latin consonants after Khmer
// letters and a usual romanisation of these: no final voiced stops, no final r,
// s or l; f and z have no letter of their own.
var (
	khmerOnsets = [][2]string{
		{"kh", "kh"}, {"sy", "s"}, {"sh", "s"}, {"ny", "nh"}, {"ng", "ng"}, {"dh", "th"}, {"th", "th"}, {"ph", "ph"},
		{"f", "ph"}, {"z", "s"}, {"g", "k"}, {"b", "b"}, {"p", "p"}, {"d", "d"}, {"t", "t"}, {"k", "k"}, {"q", "k"},
		{"c", "ch"}, {"j", "ch"}, {"v", "v"}, {"w", "v"}, {"x", "ks"}, {"y", "y"}, {"h", "h"}, {"l", "l"}, {"r", "r"}, {"m", "m"}, {"n", "n"}, {"s", "s"},
	}
	khmerCodas = [][2]string{
		{"ng", "ng"}, {"ny", "nh"}, {"kh", "k"}, {"sy", "h"}, {"b", "p"}, {"d", "t"}, {"g", "k"}, {"r", ""}, {"s", "s"}, {"l", "l"},
		{"f", "p"}, {"v", "p"}, {"z", "s"}, {"j", "ch"}, {"c", "ch"}, {"q", "k"}, {"x", "k"},
	}
	khmerVowels = [][2]string{
		{"ai", "ai"}, {"au", "av"}, {"ia", "ea"}, {"ua", "uor"}, {"u", "ou"}, {"o", "o"}, {"e", "e"}, {"i", "i"}, {"a", "a"},
	}
)

// throughKhmer writes a word as it comes back from Khmer letters. Clerks differ
// in how far they follow the spelling they see, so each sound is kept with some
// probability.
func throughKhmer(r *stream, w string) string {
	var b strings.Builder
	isVowel := func(i int) bool { return i >= 0 && i < len(w) && strings.IndexByte("aeiou", w[i]) >= 0 }
	for i := 0; i < len(w); {
		table := khmerVowels
		if !isVowel(i) {
			table = khmerOnsets
			if i > 0 && !isVowel(i+1) {
				table = khmerCodas
			}
		}
		from, to := w[i:i+1], w[i:i+1]
		for _, p := range table {
			if strings.HasPrefix(w[i:], p[0]) {
				from, to = p[0], p[1]
				break
			}
		}
		if r.below(10) < 6 || i == 0 && r.below(3) > 0 {
			to = from
		}
		b.WriteString(to)
		i += len(from)
	}
	return b.String()
}

// keyboard is the rows of keys; each is half a key to the right of the one above.
var keyboard = [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

// slipped lets a finger land beside one key of the word, above, below or to a
// side of where it should; sometimes it also hits the right one, before or
// after, or the two hands come out of step.
func slipped(r *stream, w string) string {
	at := r.below(len(w))
	if at == 0 && r.below(2) == 0 {
		at = len(w) / 2
	}
	if r.below(4) == 0 && at+1 < len(w) && w[at] != w[at+1] {
		return w[:at] + w[at+1:at+2] + w[at:at+1] + w[at+2:]
	}
	row, column := -1, 0
	for i, keys := range keyboard {
		if j := strings.IndexByte(keys, w[at]); j >= 0 {
			row, column = i, j
		}
	}
	if row < 0 {
		return w
	}
	to := [][2]int{{row, column - 1}, {row, column + 1}, {row - 1, column}, {row - 1, column + 1}, {row + 1, column}, {row + 1, column - 1}}[r.below(6)]
	if to[0] < 0 || to[0] >= len(keyboard) || to[1] < 0 || to[1] >= len(keyboard[to[0]]) {
		if len(w) > 3 { // beside the keyboard: nothing arrives
			return w[:at] + w[at+1:]
		}
		return w
	}
	hit := keyboard[to[0]][to[1] : to[1]+1]
	switch r.below(5) {
	case 0:
		return w[:at] + hit + w[at:]
	case 1:
		return w[:at+1] + hit + w[at+1:]
	}
	return w[:at] + hit + w[at+1:]
}

func (c chain) birth(r *stream, born date, in office) string {
	k := c.clerk(r, in)
	if r.below(250) == 0 {
		return ""
	}
	d := born
	if d.day <= 12 && r.chance(k.monthFirst) {
		d.day, d.month = d.month, d.day
		if d.iso() > dateOf(today).iso() {
			d = born // nobody enters a birth that is yet to come
		}
	}
	if r.chance(k.epoch) {
		switch r.below(4) {
		case 0: // a sheet that counts from 1904 instead of 1900: four years and a day
			d = d.plus(1462)
		case 1:
			d = d.plus(-1462)
		case 2: // 544 years taken off a Buddhist year, or 542
			d.year--
		default:
			d.year++
		}
		if !d.real() || d.year >= today.Year() {
			d = born
		}
	}
	if r.chance(k.yearBox) {
		if s := d.iso(); r.below(3) == 0 {
			return s[:7]
		}
		return itoa(d.year)
	}
	if in == bureau && r.below(10) == 0 {
		return d.dayFirst('/')[:6] + itoa(d.year)[2:] // two digits for the year
	}
	return c.date(r, d, in)
}

var monthNames = strings.Fields("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")

func (chain) date(r *stream, d date, in office) string {
	if in == register {
		switch n := r.below(100); {
		case n < 3: // years of the Buddhist era
			return two(d.day) + "/" + two(d.month) + "/" + itoa(d.year+543)
		case n < 12:
			return two(d.day) + "-" + monthNames[d.month-1] + "-" + itoa(d.year)
		}
		return d.dayFirst('-')
	}
	switch n := r.below(100); {
	case n < 18: // the number behind a date cell
		return itoa(excelSerial(d))
	case n < 20:
		return two(d.day) + "/" + two(d.month) + "/" + itoa(d.year+543)
	case n < 60:
		return d.iso() + " 00:00:00"
	}
	return d.dayFirst('/')
}

// excelSerial is the number of a day in a spreadsheet that counts from 1900.
func excelSerial(d date) int {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	return int(time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Sub(epoch).Hours()) / 24
}

func (chain) sex(r *stream, sex int, in office) string {
	switch n := r.below(1000); {
	case n < 14:
		return ""
	case n < 18:
		sex = 1 - sex
	}
	if in == register {
		return [...]string{male: "L", female: "P"}[sex]
	}
	return [...]string{male: "M", female: "F"}[sex]
}

func (chain) numbers(r *stream, x *human) (inRegister, inBureau document) {
	inRegister, inBureau = x.passport, x.passport
	if r.chance(chainAbsent) {
		return inRegister, document{}
	}
	if r.chance(chainOther / (1 - chainAbsent)) {
		if r.below(3) == 0 {
			return inRegister, x.former
		}
		return x.former, inBureau
	}
	if r.chance(chainReader / (1 - chainAbsent - chainOther)) {
		if r.below(3) == 0 {
			inRegister.number = readBadly(r, x.passport.number)
		} else {
			inBureau.number = readBadly(r, x.passport.number)
		}
	}
	return inRegister, inBureau
}

// readBadly is what a reader of the machine-readable zone or a form leaves of a
// number.
func readBadly(r *stream, s string) string {
	switch r.below(8) {
	case 0, 1, 2: // the letter is cut off
		return s[1:]
	case 3, 4: // the check digit behind the number and its filler
		return s + "<" + checkDigit(s+"<")
	case 5: // two blocks of digits changed about
		at := 1 + r.below(3)
		t := s[:at] + s[at+2:at+4] + s[at:at+2] + s[at+4:]
		if t != s {
			return t
		}
		return s[1:]
	case 6: // the letter becomes the one before or after
		return string(rune('A'+(int(s[0]-'A')+25+2*r.below(2))%26)) + s[1:]
	}
	return s[:len(s)-1] // the last place is beyond the edge
}

// checkDigit is that of ICAO 9303-3: weights 7, 3, 1; letters count from 10.
func checkDigit(s string) string {
	sum := 0
	for i := 0; i < len(s); i++ {
		v := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return itoa(sum % 10)
}

func (chain) remark(r *stream, cell string) string {
	if r.below(3000) == 0 {
		return "=" + cell
	}
	return cell
}
