package script

import (
	"strings"
	"unicode"
)

// Latin rewrites letters of the scripts that [Parse] does not read with Latin
// ones, so that a name in one of them can be compared with a passport's: Arabic
// (Persian and Urdu letters too) and Hebrew without the vowels that nobody
// writes, Georgian and Armenian by their national tables, Hangul by the Revised
// Romanization of 2000, kana by Hepburn, Chinese characters of names by Pinyin,
// the scripts of India by one table (their Unicode blocks are parallel, after
// ISCII), Ethiopic by consonant and order, Thai by the Royal system without
// what it leaves unwritten. Latin, Greek, Cyrillic and Khmer stay as they are,
// and so does every letter that no table names.
//
// Every syllable of Hangul and every Chinese character becomes a word; a reader
// who joins words again meets both Min Su and Minsu.
//
// Letters are equal for their sound, not for their identity: two Chinese names
// that read alike may be two names. The tables were not reviewed by native
// speakers.
func Latin(s string) string {
	i := strings.IndexFunc(s, unread)
	if i < 0 {
		return s
	}
	t := transliterator{in: []rune(s), persian: strings.ContainsAny(s, "پچژگکیہےٹڈڑں")}
	for t.at < len(t.in) {
		t.next()
	}
	return t.out.String()
}

// unread reports whether a table of this file may know r.
func unread(r rune) bool {
	return r >= 0x0530 && (r < 0x1780 || r > 0x17FF) && r < 0xE000 || r >= 0xF900
}

// LooseVowels reports whether s is written in a script that leaves vowels out or
// has some that Latin spellings leave out: Arabic, Hebrew, the scripts of India,
// Thai, Ethiopic, kana.
func LooseVowels(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x0900 && r <= 0x0D7F || unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Thai, unicode.Ethiopic, unicode.Hiragana, unicode.Katakana)
	})
}

// Syllabic reports whether s is written in Chinese characters, kana or Hangul,
// where one sign is a syllable and another sign another name.
func Syllabic(s string) bool {
	return strings.ContainsFunc(s, isSyllabic)
}

func isSyllabic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

type transliterator struct {
	in      []rune
	at      int
	persian bool // letters of Persian or Urdu, which say z where Arabic says d
	out     strings.Builder
}

func (t *transliterator) peek(n int) rune {
	if i := t.at + n; i >= 0 && i < len(t.in) {
		return t.in[i]
	}
	return 0
}

// next reads one letter, or the letters that belong together.
func (t *transliterator) next() {
	r := t.in[t.at]
	switch {
	case r >= 0xAC00 && r <= 0xD7A3:
		t.word(hangul(r))
	case unicode.Is(unicode.Han, r):
		t.word(pinyin()[r])
	case r >= 0x3041 && r <= 0x30FF:
		t.kana()
		return
	case r >= 0x0900 && r <= 0x0D7F:
		t.indic()
		return
	case r >= 0x0E00 && r <= 0x0E7F:
		t.thai()
		return
	case r >= 0x1200 && r <= 0x1357:
		t.ethiopic(r)
	case unicode.In(r, unicode.Arabic, unicode.Hebrew):
		t.abjad(r)
	default:
		if l, ok := alphabets[unicode.ToLower(r)]; ok {
			t.out.WriteString(l)
		} else {
			t.out.WriteRune(r)
		}
	}
	t.at++
}

// word writes a syllable that stands as a word of its own.
func (t *transliterator) word(s string) {
	if s == "" {
		t.out.WriteRune(t.in[t.at])
		return
	}
	t.out.WriteByte(' ')
	t.out.WriteString(s)
	t.out.WriteByte(' ')
}

// Letters of a syllable in the order of Unicode, Revised Romanization.
var (
	hangulLead = [...]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	hangulVow  = [...]string{"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"}
	hangulEnd  = [...]string{"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "p", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"}
)

func hangul(r rune) string {
	n := int(r - 0xAC00)
	if n/588 != 11 && n%588/28 == 19 { // ui is said i behind a consonant, and so written in names
		return hangulLead[n/588] + "i" + hangulEnd[n%28]
	}
	return hangulLead[n/588] + hangulVow[n%588/28] + hangulEnd[n%28]
}

// alphabets are the scripts that write a letter for a sound. Georgian after the
// national system of 2002, Armenian after BGN/PCGN 1981.
var alphabets = map[rune]string{
	'ა': "a", 'ბ': "b", 'გ': "g", 'დ': "d", 'ე': "e", 'ვ': "v", 'ზ': "z", 'თ': "t", 'ი': "i", 'კ': "k", 'ლ': "l",
	'მ': "m", 'ნ': "n", 'ო': "o", 'პ': "p", 'ჟ': "zh", 'რ': "r", 'ს': "s", 'ტ': "t", 'უ': "u", 'ფ': "p", 'ქ': "k",
	'ღ': "gh", 'ყ': "q", 'შ': "sh", 'ჩ': "ch", 'ც': "ts", 'ძ': "dz", 'წ': "ts", 'ჭ': "ch", 'ხ': "kh", 'ჯ': "j", 'ჰ': "h",

	'ա': "a", 'բ': "b", 'գ': "g", 'դ': "d", 'ե': "e", 'զ': "z", 'է': "e", 'ը': "y", 'թ': "t", 'ժ': "zh", 'ի': "i",
	'լ': "l", 'խ': "kh", 'ծ': "ts", 'կ': "k", 'հ': "h", 'ձ': "dz", 'ղ': "gh", 'ճ': "ch", 'մ': "m", 'յ': "y", 'ն': "n",
	'շ': "sh", 'ո': "o", 'չ': "ch", 'պ': "p", 'ջ': "j", 'ռ': "r", 'ս': "s", 'վ': "v", 'տ': "t", 'ր': "r", 'ց': "ts",
	'ւ': "u", 'փ': "p", 'ք': "k", 'օ': "o", 'ֆ': "f", 'և': "ev",
}

// abjad writes a consonant. The article is separated, w and y stand for long
// vowels between consonants, and a final h is usually a feminine a.
func (t *transliterator) abjad(r rune) {
	l, ok := abjads[r]
	if !ok {
		if unicode.IsLetter(r) {
			t.out.WriteRune(r)
		} else if !unicode.IsMark(r) {
			t.out.WriteByte(' ')
		}
		return
	}
	inside, next := unicode.IsLetter(t.peek(-1)), unicode.IsLetter(t.peek(1))
	switch {
	case r == 'ا' && !inside && t.peek(1) == 'ل' && unicode.IsLetter(t.peek(2)) && unicode.IsLetter(t.peek(3)):
		t.out.WriteString("al-")
		t.at++
		return
	case (r == 'و' || r == 'ו') && inside:
		l = "u"
	case (r == 'ي' || r == 'ی' || r == 'ى' || r == 'י') && inside:
		l = "i"
	case r == 'ה' && inside && !next:
		l = "a"
	case t.persian && (r == 'ض' || r == 'ذ'):
		l = "z"
	case t.persian && r == 'ث':
		l = "s"
	}
	t.out.WriteString(l)
}

var abjads = map[rune]string{
	'ا': "a", 'أ': "a", 'إ': "i", 'آ': "a", 'ٱ': "a", 'ء': "", 'ؤ': "u", 'ئ': "i", 'ب': "b", 'ت': "t", 'ة': "a", 'ث': "th",
	'ج': "j", 'ح': "h", 'خ': "kh", 'د': "d", 'ذ': "dh", 'ر': "r", 'ز': "z", 'س': "s", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t",
	'ظ': "z", 'ع': "a", 'غ': "gh", 'ف': "f", 'ق': "q", 'ك': "k", 'ک': "k", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h", 'و': "w",
	'ي': "y", 'ی': "y", 'ى': "a", 'پ': "p", 'چ': "ch", 'ژ': "zh", 'گ': "g", 'ڤ': "v", 'ٹ': "t", 'ڈ': "d", 'ڑ': "r", 'ں': "n",
	'ہ': "h", 'ھ': "h", 'ے': "e", 'ۀ': "h", 'ې': "e", 'ګ': "g", 'ړ': "r", 'ډ': "d", 'ټ': "t", 'ځ': "dz", 'څ': "ts", 'ښ': "sh", 'ڼ': "n",

	'א': "a", 'ב': "b", 'ג': "g", 'ד': "d", 'ה': "h", 'ו': "v", 'ז': "z", 'ח': "h", 'ט': "t", 'י': "y", 'כ': "k", 'ך': "k",
	'ל': "l", 'מ': "m", 'ם': "m", 'נ': "n", 'ן': "n", 'ס': "s", 'ע': "a", 'פ': "p", 'ף': "f", 'צ': "ts", 'ץ': "ts", 'ק': "k",
	'ר': "r", 'ש': "sh", 'ת': "t",
}

// ethiopicRow are the consonants from U+1200, eight signs each.
var ethiopicRow = [...]string{"h", "l", "h", "m", "s", "r", "s", "sh", "q", "q", "q", "q", "b", "v", "t", "ch", "h", "h", "n", "ny",
	"", "k", "k", "kh", "kh", "w", "", "z", "zh", "y", "d", "d", "j", "g", "g", "g", "t", "ch", "p", "ts", "ts", "f", "p"}

func (t *transliterator) ethiopic(r rune) {
	row, order := int(r-0x1200)/8, int(r-0x1200)%8
	vowel := [...]string{"e", "u", "i", "a", "e", "", "o", "wa"}[order]
	c := ethiopicRow[row]
	if c == "" && (vowel == "e" && order == 0 || vowel == "") { // አ is a; እ has a vowel of its own
		vowel = [...]string{"a", "", "", "", "", "e", "", ""}[order]
	}
	t.out.WriteString(c + vowel)
}

// The parallel blocks of India: what stands at an offset is the same letter in each.
var (
	indicConsonants = [...]string{"k", "kh", "g", "gh", "n", "ch", "chh", "j", "jh", "n", "t", "th", "d", "dh", "n", "t", "th", "d", "dh", "n",
		"n", "p", "ph", "b", "bh", "m", "y", "r", "r", "l", "l", "l", "v", "sh", "sh", "s", "h"} // from 0x15
	indicVowels = [...]string{"a", "a", "i", "i", "u", "u", "ri", "l", "e", "e", "e", "ai", "o", "o", "o", "au"} // from 0x05
	indicSigns  = [...]string{"a", "i", "i", "u", "u", "ri", "ri", "e", "e", "e", "ai", "o", "o", "o", "au", ""} // from 0x3E; the last is the virama
)

func indicConsonant(r rune) bool {
	o := r & 0x7F
	return r >= 0x0900 && r <= 0x0D7F && (o >= 0x15 && o <= 0x39 || o >= 0x58 && o <= 0x5F)
}

func (t *transliterator) indic() {
	r := t.in[t.at]
	t.at++
	switch o := int(r & 0x7F); {
	case o >= 0x05 && o <= 0x14:
		t.out.WriteString(indicVowels[o-0x05])
	case indicConsonant(r):
		if o < 0x40 {
			t.out.WriteString(indicConsonants[o-0x15])
		} else {
			t.out.WriteString([...]string{"q", "kh", "g", "z", "d", "rh", "f", "y"}[o-0x58])
		}
		if t.peek(0)&0x7F == 0x3C && t.peek(0) >= 0x0900 && t.peek(0) <= 0x0D7F { // nukta
			t.at++
		}
		next := t.peek(0)
		n := int(next & 0x7F)
		if next >= 0x0900 && next <= 0x0D7F && n >= 0x3E && n <= 0x4D {
			t.out.WriteString(indicSigns[n-0x3E])
			t.at++
		} else if indicConsonant(next) || n == 0x02 || n == 0x03 || n == 0x01 {
			t.out.WriteString("a") // the vowel that is not written; silent at the end
		}
	case o == 0x01 || o == 0x02:
		t.out.WriteString("n")
	case o == 0x03, o == 0x3C, o == 0x4D:
	case o >= 0x3E && o <= 0x4C:
		t.out.WriteString(indicSigns[o-0x3E])
	default:
		t.out.WriteByte(' ')
	}
}

// thaiConsonants are those from U+0E01 as they sound at the beginning of a syllable.
var thaiConsonants = [...]string{"k", "kh", "kh", "kh", "kh", "kh", "ng", "ch", "ch", "ch", "s", "ch", "y", "d", "t", "th", "th", "th", "n",
	"d", "t", "th", "th", "th", "n", "b", "p", "ph", "f", "ph", "f", "ph", "m", "y", "r", "rue", "l", "lue", "w", "s", "s", "s", "h", "l", "o", "h"}

var thaiVowels = map[rune]string{'ะ': "a", 'ั': "a", 'า': "a", 'ำ': "am", 'ิ': "i", 'ี': "i", 'ึ': "ue", 'ื': "ue", 'ุ': "u", 'ู': "u",
	'เ': "e", 'แ': "ae", 'โ': "o", 'ใ': "ai", 'ไ': "ai"}

func (t *transliterator) thai() {
	r := t.in[t.at]
	t.at++
	switch {
	case r >= 'เ' && r <= 'ไ': // written before the consonant that it follows
		if next := t.peek(0); next >= 'ก' && next <= 'ฮ' {
			t.out.WriteString(thaiConsonants[next-'ก'])
			t.at++
		}
		t.out.WriteString(thaiVowels[r])
	case r >= 'ก' && r <= 'ฮ':
		if t.peek(0) == '์' { // silent
			t.at++
			return
		}
		t.out.WriteString(thaiConsonants[r-'ก'])
	default:
		t.out.WriteString(thaiVowels[r])
	}
}

// kanaRows are the syllables from ァ (U+30A1) on, Hepburn; capital letters stand for small kana.
var kanaRows = strings.Fields("A a I i U u E e O o ka ga ki gi ku gu ke ge ko go sa za shi ji su zu se ze so zo ta da chi ji TSU tsu zu te de to do " +
	"na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po ma mi mu me mo YA ya YU yu YO yo ra ri ru re ro WA wa i e o n vu ka ke")

func (t *transliterator) kana() {
	r := t.in[t.at]
	t.at++
	if r >= 0x3041 && r <= 0x3096 {
		r += 0x60
	}
	i := int(r - 0x30A1)
	switch {
	case r == 'ー':
		return
	case i < 0 || i >= len(kanaRows):
		t.out.WriteByte(' ')
		return
	}
	k := kanaRows[i]
	if k == "TSU" { // doubles the consonant after it
		return
	}
	next := t.peek(0)
	if next >= 0x3041 && next <= 0x3096 {
		next += 0x60
	}
	if j := int(next - 0x30A1); j >= 0 && j < len(kanaRows) && kanaRows[j] != "TSU" && strings.ToUpper(kanaRows[j]) == kanaRows[j] {
		small := strings.ToLower(kanaRows[j])
		t.at++
		stem := k[:len(k)-1]
		switch {
		case len(small) == 2 && (strings.HasSuffix(stem, "h") || strings.HasSuffix(stem, "j")): // sha, cho, ju
			small = small[1:]
		case len(stem) == 0: // ウィ wi
			stem = "w"
		}
		k = stem + small
	}
	t.out.WriteString(strings.ToLower(k))
}
