package script

import (
	"bytes"
	"strings"
)

// The rules of spelling, in the order in which they apply. Left of the arrow
// the spelling of Van Ophuijsen (1901), for u that of before Soewandi (1947);
// right of it that of EYD (1972), which registers write today.
const (
	ruleStem = iota
	ruleNJ
	ruleSJ
	ruleJ
	ruleDJ
	ruleTJ
	ruleOE
	ruleCH
	ruleKH
	ruleEnd
)

var ruleNames = [ruleEnd]string{
	ruleStem: "orthography j→y (known name)",
	ruleNJ:   "orthography nj→ny",
	ruleSJ:   "orthography sj→sy",
	ruleJ:    "orthography j→y",
	ruleDJ:   "orthography dj→j",
	ruleTJ:   "orthography tj→c",
	ruleOE:   "orthography oe→u",
	ruleCH:   "orthography ch→kh",
	ruleKH:   "orthography kh→h",
}

// Orthography rewrites a lower-case token from old to new Indonesian spelling:
// djojo → joyo, soeharto → suharto, achmad → ahmad. A rule that could touch
// other languages asks for evidence: j→y happens only beside another mark of
// old spelling in the same token, ch→kh only where Arabic kh stands in
// Indonesian names, oe stays in chloe, joel and phoebe. A name that no rule
// concerns comes back unchanged, and so does a word of more than 48 letters.
// Orthography is idempotent and deterministic, so that two files which both
// write CHARLOTTE or LACHLAN still agree.
func Orthography(token string) string {
	if !mayBeOld(token) {
		return token
	}
	var stack [64]byte
	b := append(stack[:0], token...)
	return string(respell(b, nil))
}

// longestWord is the length beyond which a word is no name and its spelling is
// left alone; it bounds the work on hostile input.
const longestWord = 48

// mayBeOld is the cheap test that nearly every token fails.
func mayBeOld[T string | []byte](b T) bool {
	if len(b) > longestWord {
		return false
	}
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case 'j':
			return true
		case 'e':
			if i > 0 && b[i-1] == 'o' {
				return true
			}
		case 'h':
			if i > 0 && (b[i-1] == 'c' || b[i-1] == 'k') {
				return true
			}
		}
	}
	return false
}

// respell applies the rules in place until none applies: every rule shortens
// the token or removes a j or a c, so this ends. t hears of each rule that
// changed something.
func respell(b []byte, t *trace) []byte {
	for changed := true; changed; {
		changed = false
		old := oldSpelling(b)
		for rule := range ruleEnd {
			before := ""
			if t != nil {
				before = string(b)
			}
			did := false
			switch rule {
			case ruleStem:
				b, did = knownStem(b)
			case ruleNJ:
				did = njToNy(b, old)
			case ruleSJ:
				did = sjToSy(b)
			case ruleJ:
				did = old && jToY(b)
			case ruleDJ:
				b, did = digraph(b, 'd', 'j', 'j')
			case ruleTJ:
				b, did = digraph(b, 't', 'j', 'c')
			case ruleOE:
				b, did = oeToU(b)
			case ruleCH:
				did = chToKh(b)
			case ruleKH:
				b, did = khToH(b)
			}
			if did {
				changed = true
				if t != nil {
					t.note(ruleNames[rule], before, string(b))
				}
			}
		}
	}
	return b
}

// oldSpelling reports a mark that new spelling does not have: dj, tj, sj, oe,
// or nj at the beginning.
func oldSpelling(b []byte) bool {
	for i := 1; i < len(b); i++ {
		if b[i] == 'j' {
			switch b[i-1] {
			case 'd', 't', 's':
				return true
			case 'n':
				if i == 1 {
					return true
				}
			}
		}
		if isOldOE(b, i-1) {
			return true
		}
	}
	return false
}

// knownStem rewrites the names whose single j is old spelling although nothing
// else in them shows it.
func knownStem(b []byte) ([]byte, bool) {
	if len(b) < 4 || b[0] != 'j' && !bytes.Contains(b, []byte("hj")) {
		return b, false
	}
	if to, ok := oldJ[string(b)]; ok {
		return append(b[:0], to...), true
	}
	return b, false
}

var oldJ = map[string]string{
	"jusuf": "yusuf", "jusup": "yusup", "jusuff": "yusuff", "junus": "yunus",
	"jahja": "yahya", "jahya": "yahya", "yahja": "yahya", "jakub": "yakub", "jasin": "yasin",
	"jassin": "yassin", "jani": "yani", "wahju": "wahyu", "wahjuni": "wahyuni",
	"wahjudi": "wahyudi", "tjahja": "cahya", "rahaju": "rahayu", "suharjo": "suharyo",
}

// njToNy: n+j is also new spelling (anjani, simanjuntak) and then stays; old
// spelling wrote that sound ndj.
func njToNy(b []byte, old bool) bool {
	did := false
	for i := 1; i < len(b); i++ {
		if b[i-1] == 'n' && b[i] == 'j' && (old || i == 1) {
			b[i], did = 'y', true
		}
	}
	return did
}

func sjToSy(b []byte) bool {
	did := false
	for i := 1; i < len(b); i++ {
		if b[i-1] == 's' && b[i] == 'j' {
			b[i], did = 'y', true
		}
	}
	return did
}

// jToY leaves the j of dj and tj to their own rules.
func jToY(b []byte) bool {
	did := false
	for i := range b {
		if b[i] == 'j' && (i == 0 || b[i-1] != 'd' && b[i-1] != 't') {
			b[i], did = 'y', true
		}
	}
	return did
}

// digraph replaces every pair c, d with to.
func digraph(b []byte, c, d, to byte) ([]byte, bool) {
	w := 0
	for i := 0; i < len(b); i++ {
		if b[i] == c && i+1 < len(b) && b[i+1] == d {
			b[w] = to
			i++
		} else {
			b[w] = b[i]
		}
		w++
	}
	return b[:w], w < len(b)
}

func oeToU(b []byte) ([]byte, bool) {
	w, n := 0, len(b)
	for i := 0; i < n; i++ {
		if isOldOE(b[:n], i) {
			b[w] = 'u'
			i++
		} else {
			b[w] = b[i]
		}
		w++
	}
	return b[:w], w < n
}

// isOldOE reports whether the oe at i is the old spelling of u. At the end of
// a word it is only after the consonants that Indonesian words have there
// (wahjoe, wisnoe, poetoe), not in zoe, chloe, monroe or crusoe.
func isOldOE(b []byte, i int) bool {
	if i+1 >= len(b) || b[i] != 'o' || b[i+1] != 'e' || i+2 < len(b) && (b[i+2] == 'u' || b[i+2] == 'v') { // Khmer soeun, Russian -oev
		return false
	}
	if i+2 == len(b) {
		return i >= 2 && strings.IndexByte("bdgjkmnptwy", b[i-1]) >= 0 && bytes.ContainsAny(b[:i-1], "aeiou")
	}
	return !keepOE[string(b)]
}

// keepOE are names of other languages with oe in the middle, and the
// Hokkien surnames Oei and Oen, which stand in the table of [Aliases].
var keepOE = map[string]bool{
	"joel": true, "joelle": true, "joelene": true, "joey": true, "zoey": true, "hoey": true,
	"noel": true, "noelle": true, "noelene": true, "noeline": true, "noella": true,
	"phoebe": true, "phoenix": true, "schroeder": true, "koenig": true, "goetz": true,
	"goethe": true, "boehm": true, "moeller": true, "loewe": true, "koen": true, "coen": true,
	"oei": true, "oey": true, "oen": true, "boeing": true, "loeb": true, "boer": true,
}

// chToKh rewrites the ch of Arabic names: between a vowel and a consonant
// (achmad, bachtiar) and in the stems listed. Christopher, Richard, Michael,
// Chandra and Chea keep theirs.
func chToKh(b []byte) bool {
	did := false
	for i := 0; i+2 < len(b); i++ {
		if b[i] != 'c' || b[i+1] != 'h' {
			continue
		}
		if i > 0 && isVowel(b[i-1]) && isArabicAfterKh(b[i+2]) || hasStem(b[i+1:]) {
			b[i], did = 'k', true
		}
	}
	return did
}

// khToH rewrites kh between a vowel and a consonant, where Indonesian ears hear
// h (akhmad, ikhsan). Khmer Sokh- keeps it.
func khToH(b []byte) ([]byte, bool) {
	w := 0
	for i := 0; i < len(b); i++ {
		if b[i] == 'k' && w > 0 && isVowel(b[w-1]) && i+2 < len(b) && b[i+1] == 'h' &&
			isArabicAfterKh(b[i+2]) && !(w == 2 && b[0] == 's' && (b[1] == 'o' || b[1] == 'u')) {
			continue
		}
		b[w] = b[i]
		w++
	}
	return b[:w], w < len(b)
}

func isArabicAfterKh(c byte) bool { return strings.IndexByte("bdflmrstwz", c) >= 0 }

// hasStem reports whether b, which begins with the h of a ch, goes on as one of
// the Arabic names that Indonesians write with it: chairul, choirul, cholid,
// chusnul, chotimah, chodijah, sholichin.
func hasStem(b []byte) bool {
	for _, s := range [...]string{"hair", "haer", "hoir", "hoer", "hoyr", "holi", "halid", "husn",
		"hoti", "hati", "hodi", "hadi", "humai", "hudlo", "hudho", "huri", "hin"} {
		if len(b) >= len(s) && string(b[:len(s)]) == s {
			return s != "hin" || len(b) == len(s)
		}
	}
	return false
}

func isVowel(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}
