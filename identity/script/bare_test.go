package script

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// Names of this file are invented.
func TestLatin(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Budi Santoso", "Budi Santoso"},
		{"გელა ბერიძე", "gela beridze"},
		{"Արամ Գրիգորյան", "aram grigoryan"},
		{"طارق الحربي", "tarq al-hrbi"},
		{"رضا شیرازی", "rza shirazi"},
		{"راض", "rad"},
		{"סוזן", "suzn"},
		{"राजेश शुक्ला", "rajesh shukla"},
		{"সুমন", "suman"},
		{"ተስፋዬ ገብሬ", "tesfaye gebre"},
		{"タナカ ハナコ", "tanaka hanako"},
		{"きょうこ", "kyouko"},
		{"ジャン ウィル", "jan wiru"},
		{"สมชาย", "smchay"},
		{"ถิ่น์", "thi"},
		{"Ђорђе", "Ђорђе"},
		{"សុខ", "សុខ"},
	} {
		if got := Latin(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	for in, want := range map[string]string{"李明华": "li ming hua", "張雅婷": "zhang ya ting", "김민수": "gim min su", "희진": "hi jin", "의": "ui"} {
		if got := strings.Join(strings.Fields(Latin(in)), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestEar(t *testing.T) {
	for _, same := range [][]string{
		{"muhammad", "muhamad"}, {"volodymyr", "wolodymyr"}, {"yusuf", "yousuf", "yoosuf"}, {"shukri", "sukri", "schukri"},
		{"khalid", "halid"}, {"zhukov", "joukov"}, {"qasim", "kasim"}, {"philip", "filip"}, {"belenski", "belenskyy", "belenskiy"},
		{"xiao", "siao"}, {"thomas", "tomas"}, {"dmitri", "dmitry"}, {"sergei", "sergey", "sergej"}, {"chekhov", "tchekhov"},
	} {
		for _, s := range same[1:] {
			if Ear(s) != Ear(same[0]) {
				t.Errorf("%s is heard as %s, %s as %s", s, Ear(s), same[0], Ear(same[0]))
			}
		}
	}
	for _, c := range [][2]string{{"ali", "adi"}, {"dewi", "dewa"}, {"budi", "rudi"}, {"ratna", "ratih"}, {"sok", "sek"}} {
		if Ear(c[0]) == Ear(c[1]) {
			t.Errorf("%s and %s are both heard as %s", c[0], c[1], Ear(c[0]))
		}
	}
}

func TestBare(t *testing.T) {
	text := func(s string) string {
		var out []string
		for _, p := range Bare(s) {
			w := p.Text
			switch p.Kind {
			case Particle, Title:
				w = "(" + w + ")"
			case Weak, Initial, Generation:
				w += "~"
			}
			if p.Father {
				w = "<" + w
			}
			out = append(out, w)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct{ in, want string }{
		{"Pieter van der Berg", "pieter (van) (der) berg"},
		{"Sheikh Tariq bin Yusuf al-Harbi", "(sheikh) tariq <yusuf harbi"},
		{"bin Yusuf, Tariq", "(bin) <yusuf tariq"},
		{"Ben Carter", "ben carter"},
		{"Tariq Ben Yusuf", "tariq (ben) <yusuf"},
		{"Abdelkader Ziani", "abdul~ kader ziani"},
		{"Abd Allah Ziani", "abdullah ziani"},
		{"Abdul-Rahman", "abdul~ rahman"},
		{"Carl Dunmore III", "carl dunmore 3~"},
		{"C. Dunm0re jr.", "c~ dunmore jr~"},
		{"Mohd. Ziani", "muhammad~ ziani"},
		{"李明华", "li ming hua"},
		{"タナカ・ハナコ", "tanaka hanako"},
		{"ッ", "ッ"},
		{"", ""},
	} {
		if got := text(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestForms(t *testing.T) {
	form := func(a, b string) bool { x, y := Bare(a)[0], Bare(b)[0]; return x.Form(&y) && y.Form(&x) }
	for _, c := range [][2]string{{"Bill", "William"}, {"Sasha", "Alexander"}, {"Paco", "Francisco"}, {"Park", "Pak"}, {"Wong", "Huang"}, {"Lim", "Halim"}, {"Ted", "Edward"}, {"Yusuf", "Joseph"}} {
		if !form(c[0], c[1]) {
			t.Errorf("%s and %s are forms of one name", c[0], c[1])
		}
	}
	for _, c := range [][2]string{{"Bill", "Robert"}, {"Edward", "Theodore"}, {"Salim", "Halim"}, {"Budi", "Rudi"}, {"Park", "Kim"}} {
		if form(c[0], c[1]) {
			t.Errorf("%s and %s are different names", c[0], c[1])
		}
	}
}

func checkBare(t interface{ Errorf(string, ...any) }, s string) {
	for _, p := range Bare(s) {
		if p.Text == "" || p.Ear == "" {
			t.Errorf("%q: part %+v", s, p)
		}
	}
	if l := Latin(s); Latin(l) != l && !strings.ContainsFunc(l, unread) {
		t.Errorf("%q: %q becomes %q", s, l, Latin(l))
	}
}

func TestBareProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkBare(t, written.Draw(t, "s"))
		checkBare(t, rapid.StringOf(rapid.RuneFrom(nil, unicode.Han, unicode.Hangul, unicode.Katakana, unicode.Arabic, unicode.Hebrew, unicode.Devanagari, unicode.Tamil, unicode.Thai, unicode.Ethiopic, unicode.Armenian, unicode.Georgian)).Draw(t, "other"))
	})
}

func FuzzBare(f *testing.F) {
	for _, s := range []string{"李 Li ッーー", "بن al-", "abdel abd allah", "ஜ்ஜ்", "เเเ", "ዐ፼", "각힣", "5a 1I"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkBare(t, s) })
}
