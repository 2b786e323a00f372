package script

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// written generates names from the pieces that rules look for, with noise.
var written = rapid.Custom(func(t *rapid.T) string {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"H.", "Hj. ", "Drs. ", "S.H.", ", ", ",S.E.", " ", "-", "/", ".", "'", "bin ", "binti ", "b. ", "s/o ", "R.", "R.M. ",
			"Muhammad ", "Moh. ", "M. ", "I ", "Ni ", "Wayan ", "Md ", "Siregar", "FNU ", "xxx", "tanpa nama", "Al-", "al ", "Abdurrahman",
			"Abdul ", "oe", "dj", "tj", "nj", "sj", "ch", "kh", "j", "ahmad", "jusuf", "សុខ", "លោក", "ស្រី", "្", "ា", "រ", "ក", "៌", "៍", "័", "ះ",
			"\u200B", "\u17B5", "ᵵ", "ไทย", "Å", "\u030A", "ß", "Щ", "\xff", "\xE1\x9E",
		}),
		rapid.StringMatching(`[A-Za-z]{1,8}`),
		rapid.String(),
	)
	return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
})

// spelled generates tokens in which the spelling rules meet one another.
var spelled = rapid.StringMatching(`([dtnskcjhoeuaiymlr]|oe|dj|tj|nj|sj|ch|kh|[a-z]){0,12}`)

// khmer generates Khmer characters in any order.
var khmer = rapid.StringOfN(rapid.OneOf(
	rapid.RuneFrom([]rune{0x17C1, 0x17B8, 0x17B6, 0x17BB, 0x17D2, 0x179A, 0x178A, 0x1780, 0x179F, 0x17C9, 0x17CA, 0x17C6, 0x200B, ' ', 'a'}),
	rapid.Custom(func(t *rapid.T) rune { return rune(rapid.IntRange(0x1780, 0x17FF).Draw(t, "r")) }),
), 0, 12, -1)

func checkParse(t interface{ Errorf(string, ...any) }, s string) {
	n := Parse(s)
	e, _ := Explain(s)
	if !reflect.DeepEqual(n, e) {
		t.Errorf("%q: Parse gives %v, Explain %v", s, n, e)
	}
	if len(n.Tokens) > 0 && n.Tokens[0].Text >= "\x80" { // nothing in it was read
		for i, w := range Words(s) {
			if i >= len(n.Tokens) || n.Tokens[i] != (Token{Text: w}) || w == "" || !utf8.ValidString(w) {
				t.Errorf("%q: tokens %v, words %q", s, n.Tokens, Words(s))
			}
		}
		return
	}
	for _, tok := range n.Tokens {
		if tok.Text == "" || tok.Kind == Title || tok.Kind == Marker {
			t.Errorf("%q: token %v", s, tok)
		}
		if k := Skeleton(tok.Text); k == "" || len(k) > skeletonLen || !isFolded(k) {
			t.Errorf("%q: skeleton %q", s, k)
		}
	}
	if !isFolded(n.Joined()) {
		t.Errorf("%q: joined %q", s, n.Joined())
	}
}

func isFolded(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func checkFold(t interface{ Errorf(string, ...any) }, s string) {
	f := FoldLatin(s)
	if FoldLatin(f) != f {
		t.Errorf("%q folds to %q, that to %q", s, f, FoldLatin(f))
	}
	if !isFolded(strings.ToLower(strings.ReplaceAll(f, " ", ""))) || f != strings.Join(strings.Fields(f), " ") || f != strings.ToUpper(f) {
		t.Errorf("%q folds to %q", s, f)
	}
}

// bases lists the letters of a text in their canonical form and order of code
// points: what KhmerCanonical must not lose.
func bases(s string) []rune {
	var out []rune
	for _, r := range s {
		switch r {
		case 0x17A3:
			r = 'អ'
		case 0x17A4:
			r = 'អ'
		case 0x17A8:
			out = append(out, 'ឧ')
			r = 'ក'
		case 0x17B4, 0x17B5:
			continue
		}
		if r == khDa {
			r = khTa
		}
		if isBase(r) || !isKhmerRune(r) && !isZeroWidth(r) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

func checkKhmer(t interface{ Errorf(string, ...any) }, s string) {
	c := KhmerCanonical(s)
	if again := KhmerCanonical(c); again != c {
		t.Errorf("%+q becomes %+q, that %+q", s, c, again)
	}
	if !slices.Equal(bases(s), bases(c)) {
		t.Errorf("%+q loses letters in %+q", s, c)
	}
	if !utf8.ValidString(c) || !utf8.ValidString(KhmerToLatin(s)) && utf8.ValidString(s) {
		t.Errorf("%+q becomes invalid", s)
	}
	if l := KhmerToLatin(s); IsKhmer(l) {
		t.Errorf("%+q romanised still holds Khmer: %+q", s, l)
	}
}

func TestParseProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := written.Draw(t, "s")
		checkParse(t, s)
		checkFold(t, s)
		checkKhmer(t, s)
	})
}

func TestKhmerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := khmer.Draw(t, "s")
		checkKhmer(t, s)
		checkParse(t, s)
	})
}

func TestOrthographyIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := spelled.Draw(t, "s")
		o := Orthography(s)
		if Orthography(o) != o {
			t.Errorf("%q becomes %q, that %q", s, o, Orthography(o))
		}
		if o == "" && s != "" {
			t.Errorf("nothing is left of %q", s)
		}
		if Skeleton(s) != Skeleton(o) {
			t.Errorf("the skeletons of %q and its new spelling %q differ", s, o)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"Drs. H. Moch. Djojo, S.H., M.Si", "I Wayan Gde Njoman", "Abdurrahman bin H. Ali", "SUKARNO<<SUKARNO",
		"លោកស្រីសុខ ចាន់", "R.M. Budi", "a/l", "xxx", "\xff.\xE1\x9E'", "A A A A", "al-al-al", "i ni i made"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkParse(t, s) })
}

func FuzzKhmerCanonical(f *testing.F) {
	for _, s := range []string{"ស្រី", "ស\u17B8\u17D2\u179A", "ជ\u17C1\u17B8ន", "\u17D2\u17D2ក", "ស\u17BB\u17B8", "\u17A4\u17B4", "a\u200Bក\xE1\x9E"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkKhmer(t, s) })
}

func FuzzFoldLatin(f *testing.F) {
	for _, s := range []string{"Åse Þór", "A\u030A", "Иван", "O'Brien", "\xff\xfe", "ﬁ½Ⅷ", "١٢"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkFold(t, s) })
}
