package script

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Part is one word of a name that [Bare] read.
type Part struct {
	Token
	// Ear is the spelling by ear of Text, see [Ear].
	Ear string
	// Native is the sign that Text is the reading of, where the script has a
	// sign for a syllable; empty elsewhere.
	Native string
	// Loose says that the script that Text comes from writes fewer vowels, or more,
	// than Latin spellings of the same name: consonants alone can be compared.
	Loose bool
	// Common says how common the word is as a name in the world: 2 for the
	// commonest, 1 for well-known names, 0 for everything else.
	Common int
	// forms are the numbers of the names of which the word is a form.
	forms []uint16
}

// Bare reads a name for a comparison without a register, of whatever culture it
// is. It goes the way of [Parse], with these differences: scripts that Parse does
// not read are romanised (see [Latin]); the Arabic article is dropped and not
// joined; particles (de, van, abu), titles of many languages and generations
// (junior, III) have kinds of their own; digits inside a word are letters that
// they look like. Particles and titles stay in the result, since one may be all
// that the other name has.
func Bare(s string) []Part { return bare(s, nil) }

// ExplainBare gives the same parts as [Bare], and the steps that led to them.
func ExplainBare(s string) ([]Part, []Step) {
	t := &trace{}
	parts := bare(s, t)
	return parts, t.steps
}

func bare(s string, t *trace) (parts []Part) {
	if !Syllabic(s) {
		return readBare(nil, s, t)
	}
	from := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isSyllabic(r) {
			i += n
			continue
		}
		parts = readBare(parts, s[from:i], t)
		end := i + n
		if isKana(r) { // a word; other signs are words by themselves
			for end < len(s) {
				r, n := utf8.DecodeRuneInString(s[end:])
				if !isKana(r) && r != 'ー' {
					break
				}
				end += n
			}
		}
		native := s[i:end]
		text := strings.TrimSpace(Latin(native))
		if text == "" { // a sign that lengthens or doubles, by itself
			text = native
		}
		t.note(ruleRomanised, native, text)
		parts = append(parts, newPart(Token{Text: text}, native, isKana(r)))
		i, from = end, end
	}
	return readBare(parts, s[from:], t)
}

func isKana(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }

func readBare(parts []Part, s string, trace *trace) []Part {
	if strings.TrimSpace(s) == "" {
		return parts
	}
	latin := Latin(s)
	if latin != s {
		trace.note(ruleRomanised, s, latin)
	}
	loose, father := LooseVowels(s), false
	for i, t := range parse(latin, trace, true).Tokens {
		t.Text = lettersForDigits(t.Text)
		t.Father = t.Father || father
		father = false
		switch {
		case i > 0 && generations[t.Text] != "":
			t.Text, t.Kind = generations[t.Text], Generation
		case t.Kind == Word && bareTitles()[t.Text]:
			t.Kind = Title
		case t.Text == "ben" && i == 0: // Benjamin
		case particles[t.Text]:
			t.Kind = Particle
			father = t.Text == "ben" || t.Text == "bn" || lexicon[t.Text].class&marker != 0
		case halfTitles[t.Text]:
			t.Kind = Weak
		}
		if noun, ok := servantOf(t.Text); ok {
			trace.note(ruleAbdul, t.Text, "abdul "+noun)
			parts = append(parts, newPart(Token{Text: "abdul", Kind: Weak, Father: t.Father}, "", loose))
			t.Text, t.Father = noun, false
		} else if n := len(parts); t.Text == "allah" && n > 0 && parts[n-1].Text == "abdul" {
			trace.note(ruleAbdul, "abdul allah", "abdullah")
			parts[n-1] = newPart(Token{Text: "abdullah", Father: parts[n-1].Father}, "", loose)
			continue
		}
		parts = append(parts, newPart(t, "", loose))
	}
	return parts
}

// servantOf cuts abdel and abdal from a name, as [Parse] does with abdul.
func servantOf(text string) (noun string, ok bool) {
	for _, prefix := range [...]string{"abdel", "abdal"} {
		if noun, ok = strings.CutPrefix(text, prefix); ok && len(noun) >= 4 && noun != "lah" && !strings.HasPrefix(noun, "lah") {
			return noun, true
		}
	}
	return "", false
}

func newPart(t Token, native string, loose bool) Part {
	p := Part{Token: t, Native: native, Loose: loose, Ear: Ear(t.Text)}
	p.Common = commonness()[p.Ear]
	p.forms = givenForms()[p.Ear]
	if s := familyForms()[t.Text]; len(s) > 0 {
		p.forms = slices.Concat(p.forms, s)
	}
	return p
}

// Form reports whether two words are forms of one given name: one short or a pet
// form of the other, or both of a third.
func (p *Part) Form(o *Part) bool {
	for _, a := range p.forms {
		for _, b := range o.forms {
			if a == b {
				return true
			}
		}
	}
	return false
}

// lettersForDigits reads a digit inside a word as the letter that it looks like.
func lettersForDigits(s string) string {
	if strings.Trim(s, "0123456789") == "" || !strings.ContainsAny(s, "0123456789") {
		return s
	}
	return strings.NewReplacer("0", "o", "1", "i", "2", "z", "3", "e", "4", "a", "5", "s", "6", "g", "7", "t", "8", "b", "9", "g").Replace(s)
}

// generations tell father from son.
var generations = map[string]string{
	"jr": "jr", "jnr": "jr", "junior": "jr", "sr": "sr", "snr": "sr", "senior": "sr",
	"ii": "2", "2nd": "2", "iii": "3", "3rd": "3", "iv": "4", "4th": "4",
}

// particles stand between the parts of a name, and are written or not.
var particles = set("al el bin bn bnt ben ibn bint binti binte ould wuld abu abou ebu umm um ul ur ud us uz un oglu ogly kyzy qizi de da do das dos del della dello di du des la le les lo las los van von vom der den ter ten zu zum af av y e st san")

// bareTitles are titles and forms of address that may stand before or behind a
// name in lists; those of Indonesia and Cambodia are in the lexicon.
var bareTitles = sync.OnceValue(func() map[string]bool {
	return set("president prasident presidente prezident sheikh shaikh shaykh sheik cheikh mullah mulla maulana mawlana maulvi mawlawi maulavi molvi " +
		"alhaj alhaji hadji sir lord lady general gen colonel col major maj captain capt lieutenant lt sergeant sgt brigadier brig admiral marshal " +
		"minister senator governor chancellor queen princess doctor professor engineer eng ing dipl reverend rev father fr " +
		"bishop archbishop pope saint herr frau mme madame monsieur mlle senor senora dona doctora shri shree smt ayatollah imam hojjatoleslam mrs miss mister")
})

// halfTitles are titles that are names as well, and words that are hardly a name
// by themselves.
var halfTitles = set("abdul qari hafiz hafez sultan amir emir king prince don sayed sayyid syed said shah khan jan agha akhund haji begum bibi bey bek")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
