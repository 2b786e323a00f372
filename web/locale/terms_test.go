package locale

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/feature/plural"

	"mitra/identity/script"
)

// unsaid are words that no text of the program says of anybody, by language. docs/terms.md says why, and what is said
// instead; TestUnsaidIsExplained holds the two together. Forms of a word stand apart, since no language is stemmed here.
var unsaid = map[string][]string{
	"en": {
		"illegal", "illegals", "illegally", "clandestine", "overstayer", "overstayers", "alien", "aliens",
		"suspect", "suspects", "suspected", "suspicious",
		"fugitive", "fugitives", "absconder", "absconders", "absconded", "runaway", "runaways",
		"scammer", "scammers", "fraudster", "fraudsters",
		"offender", "offenders", "criminal", "criminals", "culprit", "culprits", "perpetrator", "perpetrators",
		"deportee", "deportees", "inmate", "inmates",
	},
	"id": {
		"ilegal", "gelap", "liar", "overstayer", "pelanggar",
		"tersangka", "terduga", "dicurigai", "mencurigakan",
		"buron", "buronan", "pelarian", "kabur", "kaburan", "melarikan diri",
		"scammer", "penipu", "pelaku scam", "pelaku penipuan",
		"pelaku", "penjahat", "kriminal", "narapidana",
		"deportan", "TKI", "TKW",
	},
	"km": {
		"ខុសច្បាប់", "លួចលាក់", "លួចចូល", "លួចឆ្លងដែន",
		"ជនសង្ស័យ", "គួរឱ្យសង្ស័យ",
		"រត់គេច", "រត់ចោល",
		"អ្នកបោកប្រាស់", "ជនបោកប្រាស់", "អ្នកឆបោក", "ជនឆបោក",
		"ជនល្មើស", "ជនប្រព្រឹត្ត", "ឧក្រិដ្ឋជន", "អ្នកទោស",
	},
}

// victim is the word in each language that is never said alone, and how it may be said: with the stage that an office has
// recorded, so that nobody reads a determination where there is none, nor the denial of one.
var victim = map[string]struct{ words, said []string }{
	"en": {
		[]string{"victim", "victims"},
		[]string{"possible victim", "presumed victim", "identified victim", "identified as a victim"},
	},
	"id": {
		[]string{"korban", "korbannya"},
		[]string{"mungkin korban", "diduga korban", "korban teridentifikasi", "teridentifikasi sebagai korban", "korban tppo yang mungkin, diduga, atau telah teridentifikasi"},
	},
	"km": {
		[]string{"ជនរងគ្រោះ"},
		[]string{"អាចជាជនរងគ្រោះ", "សន្មតថាជាជនរងគ្រោះ", "ជនរងគ្រោះដែលបានកំណត់អត្តសញ្ញាណ", "កំណត់អត្តសញ្ញាណថាជាជនរងគ្រោះ", "កំណត់ថាជាជនរងគ្រោះ"},
	},
}

// unspoken returns the words of a text that are not said in a language.
func unspoken(lang, text string) []string {
	text = comparable(text)
	var found []string
	for _, w := range unsaid[lang] {
		if says(text, comparable(w)) {
			found = append(found, w)
		}
	}
	for _, s := range victim[lang].said {
		text = strings.ReplaceAll(text, comparable(s), "")
	}
	for _, w := range victim[lang].words {
		if says(text, comparable(w)) {
			found = append(found, w)
		}
	}
	return found
}

// comparable writes a text in lower letters and one order of Khmer signs, without what only helps to break lines.
func comparable(text string) string {
	text = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u00ad", "", "ឲ្យ", "ឱ្យ").Replace(text)
	return strings.Join(strings.Fields(strings.ToLower(script.KhmerCanonical(text))), " ")
}

// says reports whether a text has a word: a whole one, but in Khmer, which puts no spaces between words.
func says(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, size := utf8.DecodeRuneInString(text[i+len(word):])
		if first, _ := utf8.DecodeRuneInString(word); unicode.Is(unicode.Khmer, first) || !inWord(before) && !(inWord(after) && size > 0) {
			return true
		}
		from = i + len(word)
	}
}

// inWord: an underscore, too, because a code such as possible_victim is one word and shown to nobody.
func inWord(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

func TestUnspoken(t *testing.T) {
	for _, x := range []struct {
		lang, text string
		want       []string
	}{
		{"en", "An ILLEGAL stay.", []string{"illegal"}},
		{"en", "Legal, a paralegal; smillegally; code illegal_stay.", nil},
		{"en", "illegal", []string{"illegal"}},
		{"en", "Unknown is an answer, not a suspicion.", nil},
		{"en", "A possible, presumed or identified victim of trafficking; possible victims.", nil},
		{"en", "'Not identified as a victim' is no finding.", nil},
		{"en", "The victim is not a victim.", []string{"victim"}},
		{"en", "A possible victim became a victim.", []string{"victim"}},
		{"id", "Imigran gelap; penggelapan.", []string{"gelap"}},
		{"id", "Penggelapan dan perilaku.", nil},
		{"id", "Ia melarikan\ndiri.", []string{"melarikan diri"}},
		{"id", "Ia mungkin korban, diduga korban, atau korban teridentifikasi.", nil},
		{"id", "Ia bukan korban.", []string{"korban"}},
		{"km", "ជនអន្តោប្រវេសន៍ខុសច្បាប់", []string{"ខុសច្បាប់"}},
		{"km", "ខុស\u200bច្បាប់", []string{"ខុសច្បាប់"}},
		{"km", "ស្របច្បាប់ មិនមែនជាបទល្មើសទេ", nil},
		{"km", "អាចជាជនរងគ្រោះ ឬជនងាយរងគ្រោះ", nil},
		{"km", "បុគ្គលនេះជាជនរងគ្រោះ", []string{"ជនរងគ្រោះ"}},
		{"fr", "illégal", nil},
	} {
		if got := unspoken(x.lang, x.text); !slices.Equal(got, x.want) {
			t.Errorf("unspoken(%s, %q) = %q, want %q", x.lang, x.text, got, x.want)
		}
	}
}

func TestCatalogsSayNothingUnsaid(t *testing.T) {
	for _, c := range catalogs(t) {
		if len(unsaid[c.Lang]) == 0 || len(victim[c.Lang].words) == 0 {
			t.Errorf("%s has no list of words that are not said", c.Lang)
		}
		for key, m := range c.messages {
			for _, pieces := range m {
				for _, w := range unspoken(c.Lang, strings.Join(pieces, " x ")) {
					t.Errorf("%s: %s says %q; docs/terms.md has what is said instead", c.Lang, key, w)
				}
			}
		}
	}
}

// A rule holds its three languages in one file, so each line is tried with all of them.
func TestRulesSayNothingUnsaid(t *testing.T) {
	files, err := filepath.Glob("../../rules/*.toml")
	if err != nil || len(files) < 2 {
		t.Fatalf("rules: %d files, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, lang := range Langs() {
				for _, w := range unspoken(lang, line) {
					t.Errorf("%s:%d says %q", file, i+1, w)
				}
			}
		}
	}
}

// Nobody keeps to a list that does not say why.
func TestUnsaidIsExplained(t *testing.T) {
	b, err := os.ReadFile("../../docs/terms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(b), "## What is not said")
	if !found {
		t.Fatal("docs/terms.md has no section of what is not said")
	}
	text = comparable(text)
	for _, lang := range Langs() {
		for _, w := range unsaid[lang] {
			if !says(text, comparable(w)) {
				t.Errorf("docs/terms.md does not name %q (%s)", w, lang)
			}
		}
	}
}

// A term list that quotes the program wrongly is worse than none: a line that names a key, of a catalog or of the rules
// (value.AXIS.VALUE, row.ID), holds the very words that stand there.
func TestTermsAreThoseOfTheProgram(t *testing.T) {
	b, err := os.ReadFile("../../docs/terms.md")
	if err != nil {
		t.Fatal(err)
	}
	var pack struct {
		Value map[string]map[string]map[string]string
		Row   []struct {
			ID    string
			Title map[string]string
		}
	}
	if _, err := toml.DecodeFile("../../rules/status-kh-1.toml", &pack); err != nil {
		t.Fatal(err)
	}
	words := map[string]map[string]string{} // by key and language
	for _, c := range catalogs(t) {
		for key, m := range c.messages {
			if words[key] == nil {
				words[key] = map[string]string{}
			}
			words[key][c.Lang] = strings.Join(m[plural.Other], "")
		}
	}
	for axis, values := range pack.Value {
		for value, texts := range values {
			words["value."+axis+"."+value] = texts
		}
	}
	for _, row := range pack.Row {
		words["row."+row.ID] = row.Title
	}
	key := regexp.MustCompile("`([^`]+)`")
	quoted := 0
	for i, line := range strings.Split(string(b), "\n") {
		cells := strings.Split(line, "|") // what is before the first, English, Indonesian, Khmer, keys, use, and after it
		if len(cells) != 7 {
			continue
		}
		for _, m := range key.FindAllStringSubmatch(cells[4], -1) {
			texts, ok := words[m[1]]
			if !ok {
				t.Errorf("docs/terms.md:%d: nothing has the key %s", i+1, m[1])
			}
			for j, lang := range Langs() {
				if quoted++; !strings.Contains(comparable(cells[1+j]), comparable(texts[lang])) {
					t.Errorf("docs/terms.md:%d: %s of %s is %q, the list has %q", i+1, lang, m[1], texts[lang], strings.TrimSpace(cells[1+j]))
				}
			}
		}
	}
	if quoted < 100 {
		t.Errorf("the list quotes %d texts", quoted)
	}
}

// The first page in Indonesian is to say the same as the English one. That its words do, no test can tell; its commands and
// the places that it leads to, one can.
func TestReadmesHaveTheSameCommands(t *testing.T) {
	parts := func(name string) (sections int, commands, links []string) {
		b, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
			commands = append(commands, m[1])
		}
		for _, m := range regexp.MustCompile("`(mitra [a-z ]+)`").FindAllStringSubmatch(text, -1) {
			commands = append(commands, m[1])
		}
		for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
			if m[1] != "README.md" && m[1] != "README.id.md" {
				links = append(links, m[1])
			}
		}
		return strings.Count(text, "\n## "), commands, links
	}
	sections, commands, links := parts("README.md")
	if len(commands) < 10 || len(links) < 8 {
		t.Fatalf("README.md has %d commands and %d links", len(commands), len(links))
	}
	s, c, l := parts("README.id.md")
	if s != sections {
		t.Errorf("README.id.md has %d sections, README.md %d", s, sections)
	}
	if !slices.Equal(c, commands) {
		t.Errorf("README.id.md has the commands %q, README.md %q", c, commands)
	}
	if !slices.Equal(l, links) {
		t.Errorf("README.id.md leads to %q, README.md to %q", l, links)
	}
}
