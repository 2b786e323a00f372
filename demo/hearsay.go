package demo

import (
	"slices"
	"strings"
)

// The error process of the state of origin: what families know of somebody, and
// what a clerk at a counter makes of it. It shares no code for faults with the
// two of the host state's lists, and nothing may be tuned on it.
//
// What goes wrong depends on what the person at the counter has in hand. A copy
// of a passport is typed off. A family card spells the name as the village office
// did and is silent about passports. From memory come the names that somebody is
// called by, an age instead of a date, and a number read out on the telephone.

// source is what the person at the counter has in hand.
type source uint8

const (
	passportCopy source = iota
	familyCard
	memory
	sourceCount
)

var sourceWeights = []int{passportCopy: 46, familyCard: 30, memory: 24}

// habit is what becomes of a name.
type habit uint8

const (
	asWritten habit = iota // as it stands in the passport
	respelled              // old spelling for new, or the reverse, or as the village office wrote it
	partly                 // some of the words
	nicknamed              // as people call them, with or without another word
	aliased                // both: the name, alias, the other name
	turned                 // another word first
	fathered               // with the father's name
	addressed              // with a title, or the clerk's polite address
	shortened              // Muhammad, Abdul, Siti by their short forms
	habitCount
)

// nameHabits are weights per mille. A habit that does not fit a name leaves it as
// it is.
var nameHabits = [sourceCount][]int{
	passportCopy: {asWritten: 925, respelled: 15, partly: 10, nicknamed: 0, aliased: 5, turned: 15, fathered: 5, addressed: 15, shortened: 10},
	familyCard:   {asWritten: 800, respelled: 100, partly: 15, nicknamed: 0, aliased: 15, turned: 5, fathered: 30, addressed: 20, shortened: 15},
	memory:       {asWritten: 420, respelled: 190, partly: 125, nicknamed: 55, aliased: 50, turned: 25, fathered: 50, addressed: 40, shortened: 45},
}

// recall is what becomes of a birth date.
type recall uint8

const (
	exactly    recall = iota
	swapped           // day and month, where both readings are possible
	digitOff          // one digit
	yearKnown         // no more than the year
	fromAge           // the year, counted back from an age
	monthKnown        // month and year
	otherDay          // some days beside: the date of the school certificate, or of the feast
	newYear           // the first of January
	unknown           // none
	recallCount
)

// birthRecalls are weights per mille.
var birthRecalls = [sourceCount][]int{
	passportCopy: {exactly: 953, swapped: 12, digitOff: 18, yearKnown: 6, fromAge: 0, monthKnown: 0, otherDay: 4, newYear: 2, unknown: 5},
	familyCard:   {exactly: 925, swapped: 15, digitOff: 20, yearKnown: 5, fromAge: 0, monthKnown: 2, otherDay: 26, newYear: 7, unknown: 0},
	memory:       {exactly: 595, swapped: 25, digitOff: 50, yearKnown: 125, fromAge: 85, monthKnown: 40, otherDay: 45, newYear: 15, unknown: 20},
}

// Shares by what is in hand.
var (
	passportKnown = [sourceCount]float64{passportCopy: 1, familyCard: 0.05, memory: 0.15}
	passportWrong = [sourceCount]float64{passportCopy: 0.03, familyCard: 0.06, memory: 0.12} // one sign of those known
	nationalKnown = [sourceCount]float64{passportCopy: 0.30, familyCard: 0.60, memory: 0.02}
	phoneKnown    = [sourceCount]float64{passportCopy: 0.20, familyCard: 0.25, memory: 0.45}
	placeUnknown  = [sourceCount]float64{passportCopy: 0.04, familyCard: 0.06, memory: 0.40} // of birth
)

const (
	passportOld    = 0.06  // of passports known: an older one than they left with
	passportSpaced = 0.04  // of those: with a blank after the letter
	nationalWrong  = 0.02  // of national numbers known: one digit
	phoneOther     = 0.35  // of telephones known: another than the host state has
	clerkSlips     = 0.03  // of names: a slip on the keyboard
	clerkSexWrong  = 0.002 // of forms
	clerkSexBlank  = 0.02  // of forms
	clerkAsks      = 0.90  // of reports that say too little: the clerk asks once more, and the family finds the card
)

// applied returns the words of a name after a habit, and whether the habit fits.
func applied(r *stream, x *human, how habit) (words []string, fits bool) {
	words = slices.Clone(x.name.words)
	switch how {
	case respelled:
		return respell(r, words)
	case partly:
		return someOf(r, words)
	case nicknamed:
		told := []string{called(r, x)}
		if len(words) > 1 && r.chance(0.6) {
			told = append(told, words[len(words)-1])
		}
		return told, !slices.Equal(told, words)
	case aliased:
		return append(words, one(r, []string{"alias", "alias", "als."}), called(r, x)), true
	case turned:
		if len(words) < 2 {
			return words, false
		}
		at := 1 + r.below(len(words)-1)
		return append(words[at:len(words):len(words)], words[:at]...), true
	case fathered:
		if slices.Contains(words, x.name.father) {
			return words, false
		}
		if x.culture.muslim() && r.chance(0.7) {
			words = append(words, [...]string{male: "bin", female: "binti"}[x.sex])
		}
		return append(words, x.name.father), true
	case addressed:
		return append([]string{one(r, addresses[x.sex])}, words...), true
	case shortened:
		return shorten(r, words)
	}
	return words, true
}

var addresses = [2][]string{
	male:   strings.Fields("sdr. sdr. h. tn. bpk."),
	female: strings.Fields("sdri. sdri. hj. ny. ibu"),
}

// toOld and toNew are the spellings of before and after 1947 and 1972.
var (
	toOld = strings.NewReplacer("ny", "nj", "sy", "sj", "kh", "ch", "oe", "oe", "dj", "dj", "tj", "tj", "u", "oe", "j", "dj", "c", "tj", "y", "j")
	toNew = strings.NewReplacer("oe", "u", "dj", "j", "tj", "c", "nj", "ny", "sj", "sy", "ch", "kh")
	// oftenOld is what of the old spelling has lived on in names.
	oftenOld = strings.NewReplacer("oe", "oe", "dj", "dj", "u", "oe", "j", "dj")
)

// villageSpellings are what village offices write for each other.
var villageSpellings = strings.Fields("f>p p>f v>f v>p z>j z>s y>i i>y ie>i i>ie o>u u>o e>i i>e kh>h sy>s q>k k>q dh>d th>t ai>ae au>o ks>x x>ks nn>n n>nn m>mm l>ll ll>l tt>t ss>s h> ah>a aa>a w>u")

// respell writes one word in another spelling.
func respell(r *stream, words []string) ([]string, bool) {
	for range 12 {
		i := r.below(len(words))
		w := words[i]
		switch r.below(6) {
		case 0:
			w = toOld.Replace(w)
		case 1:
			w = oftenOld.Replace(w)
		case 2:
			w = toNew.Replace(w)
		default:
			from, to, _ := strings.Cut(one(r, villageSpellings), ">")
			if at := strings.LastIndex(w, from); at >= 0 {
				w = w[:at] + to + w[at+len(from):]
			}
		}
		if w != words[i] && len(w) > 1 {
			words[i] = w
			return words, true
		}
	}
	return words, false
}

// someOf leaves out a word, or all but one.
func someOf(r *stream, words []string) ([]string, bool) {
	n := len(words)
	if n < 2 {
		return words, false
	}
	if n > 2 && r.chance(0.6) {
		at := 1 + r.below(n-1)
		return slices.Delete(words, at, at+1), true
	}
	at := r.skewed(n)
	if slices.Contains(neverAlone, words[at]) {
		at = n - 1
	}
	return words[at : at+1], true
}

// calls are what people of some cultures are called at home, whatever their name.
var calls = map[cultureID][2][]string{
	sundanese:  {{"ujang", "asep", "aa"}, {"neng", "teteh", "eneng"}},
	javanese:   {{"tole", "mas", "gus"}, {"genduk", "mbak", "nduk"}},
	batak:      {{"ucok", "poltak"}, {"butet", "tiur"}},
	mandailing: {{"ucok", "buyung"}, {"butet", "upik"}},
	minang:     {{"buyung", "uda"}, {"upik", "uni"}},
	balinese:   {{"bli", "gus"}, {"gek", "mbok"}},
	chinese:    {{"koko", "akong", "asiong"}, {"cici", "amei", "aling"}},
}

// called is a name by which somebody is called at home: mostly the end or the
// beginning of the first word that is theirs alone.
func called(r *stream, x *human) string {
	if c, ok := calls[x.culture.id]; ok && r.chance(0.25) {
		return one(r, c[x.sex])
	}
	w := x.name.words[0]
	if slices.Contains(neverAlone, w) && len(x.name.words) > 1 {
		w = x.name.words[1]
	}
	if len(w) < 5 {
		return w + one(r, []string{"k", "ng", "i"})
	}
	if r.chance(0.6) { // from a syllable on: suryanto, yanto
		for at := len(w) - 5; at < len(w)-2; at++ {
			if at > 0 && !aVowel(w[at]) && aVowel(w[at+1]) {
				return w[at:]
			}
		}
	}
	return w[:r.between(3, 4)]
}

func aVowel(c byte) bool { return strings.IndexByte("aiueo", c) >= 0 }

// shortForms are how clerks shorten the words that very many names begin with.
var shortForms = map[string][]string{
	"abdul": {"abd.", "abd", "a."}, "siti": {"st.", "st"}, "nurul": {"nr."}, "ahmad": {"ach.", "a."},
}

func shorten(r *stream, words []string) ([]string, bool) {
	if len(words) < 2 {
		return words, false
	}
	short := shortForms[words[0]]
	if slices.Contains(prophetSpellings, words[0]) {
		short = []string{"m.", "m.", "muh.", "moh.", "moch.", "md."}
	}
	if short == nil {
		return words, false
	}
	words[0] = one(r, short)
	return words, true
}

// keys are the rows of the clerk's keyboard.
const keys = "qwertyuiop asdfghjkl zxcvbnm"

// slip is one slip of the clerk's fingers in the longest word.
func slip(r *stream, words []string) []string {
	i := 0
	for j := range words {
		if len(words[j]) > len(words[i]) {
			i = j
		}
	}
	b := []byte(words[i])
	if len(b) < 3 {
		return words
	}
	at := r.between(1, len(b)-2)
	switch r.below(4) {
	case 0:
		b = slices.Delete(b, at, at+1)
	case 1:
		b = slices.Insert(b, at, b[at])
	case 2:
		b[at], b[at+1] = b[at+1], b[at]
	default:
		k := strings.IndexByte(keys, b[at]) + 2*r.below(2) - 1
		if k >= 0 && k < len(keys) && keys[k] != ' ' {
			b[at] = keys[k]
		}
	}
	words[i] = string(b)
	return words
}

// recalled is a birth date as it is told: parts that are not known are zero. A
// recall that does not fit a date leaves it as it is, and says so.
func recalled(r *stream, born date, how recall, asOf date) (told date, fits bool) {
	told = born
	switch how {
	case swapped:
		told.day, told.month = born.month, born.day
	case digitOff:
		parts := [...]*int{&told.day, &told.month, &told.year}
		step := [...]int{1, 1, 1, 10}[r.below(4)]
		*parts[r.below(3)] += step * (2*r.below(2) - 1)
	case yearKnown:
		told = date{year: born.year}
	case fromAge:
		told = date{year: born.year + r.between(-1, 1)}
	case monthKnown:
		told.day = 0
	case otherDay:
		told = born.plus((1 + r.skewed(20)) * (2*r.below(2) - 1))
	case newYear:
		told.day, told.month = 1, 1
	case unknown:
		return date{}, true
	}
	possible := told.real() || told.day == 0 && told.month <= 12
	if told == born && how != exactly || !possible || told.year < 1900 || !told.before(asOf) || told.year >= asOf.year && told.day == 0 {
		return born, how == exactly
	}
	return told, true
}

var months = strings.Fields("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember")

// inWords writes a date as forms of the state of origin are filled in.
func (d date) inWords(r *stream) string {
	form := r.below(20)
	switch {
	case d.none():
		return ""
	case d.month == 0:
		return itoa(d.year)
	case d.day == 0 && form < 10:
		return two(d.month) + "/" + itoa(d.year)
	case d.day == 0:
		return months[d.month-1] + " " + itoa(d.year)
	case form < 3:
		return d.iso()
	case form < 6:
		return itoa(d.day) + " " + months[d.month-1] + " " + itoa(d.year)
	case form < 10:
		return d.dayFirst('/')
	}
	return d.dayFirst('-')
}

// oneSignOff is a number with one sign lost, doubled, or misread.
func oneSignOff(r *stream, number string) string {
	b := []byte(number)
	at := r.between(1, len(b)-1)
	switch r.below(5) {
	case 0:
		b = slices.Delete(b, at, at+1)
	case 1:
		b = slices.Insert(b, at, b[at])
	case 2: // the digits before and after it on a telephone's keys
		b[at] = byte('0' + (int(b[at]-'0')+1+8*r.below(2))%10)
	default:
		b[at] = byte('0' + (int(b[at]-'0')+1+r.below(9))%10)
	}
	return string(b)
}
