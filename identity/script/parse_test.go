package script

import (
	"strings"
	"testing"
)

// shown writes a name as its texts, each kind but Word with a mark.
func shown(n Name) string {
	marks := map[Kind]string{Initial: ".", Weak: "~", BirthOrder: "#", Clan: "^"}
	var parts []string
	for _, t := range n.Tokens {
		parts = append(parts, t.Text+marks[t.Kind])
	}
	return strings.Join(parts, " ")
}

// The Khmer names in these tables were not reviewed by a speaker.
func TestParse(t *testing.T) {
	for culture, names := range map[string][][2]string{
		"general": {
			{"", ""}, {" \t-.,", ""}, {"王小明", "王小明"},
			{"Mary-Jane O'Connor", "mary jane oconnor"},
			{"MÜLLER, Jürgen", "muller jurgen"},
			{"John B. Smith", "john b. smith"},
			{"SMITH<<JOHN<B", "smith john b."},
			{"Joel Lachlan Phoebe", "joel lahlan phoebe"},
			{"Vincent van der Berg", "vincent van der berg"},
			{"Иван Щукин", "ivan shchukin"},
			{"Mr John Smith", "john smith"}, {"Mr.", "mr"},
			{"\xff\xfeBudi\xc3", "budi"},
			{"Budi 2", "budi 2."},
		},
		"titles": {
			{"H. Agus Hidayat", "agus hidayat"}, {"Hj. Siti Aminah", "siti aminah"},
			{"H Agus Hidayat", "agus hidayat"}, {"H Salim", "h. salim"}, {"H.", "h."},
			{"Drs. H. Budi Santoso, S.H., M.Si", "budi santoso"},
			{"Prof. Dr. Ir. Budi", "budi"}, {"Haji", "haji"},
			{"Budi Santoso S.Kom", "budi santoso"}, {"Budi Santoso, ST", "budi santoso"},
			{"Budi ST", "budi st"}, {"Siti Aminah, A.Md.Keb.", "siti aminah"},
			{"SOK, MA", "sok ma"}, {"SANTOSO, BUDI, S.E.", "santoso budi"},
			{"R.M. Budi", "budi"}, {"R. H. Budi Santoso", "budi santoso"}, {"R. Budi", "r. budi"},
			{"R.A. Sari", "sari"}, {"Ra Sokha", "ra sokha"}, {"Ny Sokha", "ny sokha"}, {"Ny. Sari", "sari"},
			{"KH. Abdul Basir", "abdul basir"}, {"Bapak Budi", "budi"},
		},
		"markers": {
			{"Ahmad bin Ali", "ahmad ali"}, {"SITI BINTI H. AHMAD", "siti ahmad"}, {"Nur bt. Umar", "nur umar"},
			{"Ravi a/l Kumar", "ravi kumar"}, {"Devi d/o Raman", "devi raman"}, {"Ahmad b. Ali", "ahmad ali"},
			{"Bin Li", "bin li"}, {"Li Bin", "li bin"}, {"Budi bin", "budi bin"},
		},
		"Muhammad": {
			{"Mohd. Rizki", "muhammad~ rizki"}, {"Moch Rizki", "muhammad~ rizki"}, {"MOCHAMMAD RIZKI", "muhammad~ rizki"},
			{"Moehammad Rizki", "muhammad~ rizki"}, {"Md Rizki", "muhammad~ rizki"}, {"Rizki Muhamad", "rizki muhammad~"},
			{"M. Rizki", "m. rizki"}, {"Moh", "moh"}, {"Achmad Rizki", "ahmad rizki"}, {"Akhmad", "ahmad"},
		},
		"Arabic": {
			{"Abdurrahman", "abdul rahman"}, {"Abdul Rahman", "abdul rahman"}, {"Abd. Rahman", "abdul rahman"},
			{"Abdurahman", "abdul rahman"}, {"Abdullah", "abdullah"}, {"Abdullatif", "abdul latif"},
			{"Abdussamad", "abdul samad"}, {"Abdul", "abdul"}, {"Abduh", "abduh"},
			{"Ali Al-Farisi", "ali alfarisi"}, {"Ali Al Farisi", "ali alfarisi"}, {"Al Smith", "al smith"},
			{"NUR'AINI", "nuraini"}, {"Nur’aini", "nuraini"},
		},
		"Bali and Batak": {
			{"I Wayan Gde Njoman", "wayan# gede# nyoman#"}, {"Ni Luh Putu Sari", "luh# putu# sari"},
			{"Ni Md. Sari", "made# sari"}, {"I Gst. Ngr. Putu Adi", "gusti ngurah putu# adi"},
			{"Ida Bagus Ketut", "ida bagus ketut#"}, {"Budi Putu", "budi putu"}, {"Ni Sokha", "ni sokha"},
			{"Budi Simandjuntak", "budi simanjuntak^"}, {"SIREGAR BUDI", "siregar^ budi"},
		},
		"one name": {
			{"SUKARNO SUKARNO", "sukarno"}, {"Soekarno Sukarno", "sukarno"}, {"SITI AMINAH SITI AMINAH", "siti aminah"},
			{"FNU BUDI", "budi"}, {"BUDI LNU", "budi"}, {"BUDI XXX", "budi"}, {"Tanpa Nama", ""}, {"-", ""},
			{"A A", "a. a."},
		},
		"Khmer": {
			{"សុខ ចាន់", "sok chan"}, {"លោក សុខ ចាន់", "sok chan"}, {"លោកស្រីសុខ ចាន់", "sok chan"},
			{"សុខ កញ្ញា", "sok kanha"}, {"កញ្ញា សុខ", "sok"}, {"លោក", "lok"},
			{"សុខ Chan", "sok chan"}, {"SOK DARA (សុខ ដារ៉ា)", "sok dara"},
			{"ស\u17BBខ\u200B ចាន់", "sok chan"}, {"Soeun Sokhna", "soeun sokhna"},
		},
	} {
		for _, n := range names {
			if got := shown(Parse(n[0])); got != n[1] {
				t.Errorf("%s: Parse(%q) = %q, want %q", culture, n[0], got, n[1])
			}
		}
	}
}

func TestExplainNamesTheSteps(t *testing.T) {
	for in, want := range map[string]string{
		"SOEKARNO":               "orthography oe→u SOEKARNO>sukarno",
		"Budi":                   "",
		"Drs. Djojo":             "title removed DRS>; orthography j→y DJOJO>djoyo; orthography dj→j DJOYO>joyo",
		"Siti binti Müller":      "letters folded MÜLLER>muller; marker removed BINTI>",
		"M Tjahjono":             "orthography j→y TJAHJONO>tjahyono; orthography tj→c TJAHYONO>cahyono",
		"Moch. Akhmad":           "orthography kh→h AKHMAD>ahmad",
		"SUKARNO SUKARNO":        "repeated single name SUKARNO SUKARNO>sukarno",
		"FNU BUDI":               "placeholder removed FNU>",
		"Ni Kt Sari":             "birth-order name KT>ketut; Balinese prefix removed NI>",
		"Abdurrahman Al-Farisi":  "Arabic article joined AL FARISI>alfarisi; Abdul separated ABDURRAHMAN>abdul rahman",
		"Budi Lubis":             "Batak clan name LUBIS>lubis",
		"សុខ":                    "Khmer romanised សុខ>sok",
		"លោក សុខ":                "title removed លោក>; Khmer romanised សុខ>sok",
		"Siti Sari Siti Sari":    "repeated name SITISARI SITISARI>sitisari",
		"Sjahrir Njoto Jusuf Ch": "orthography sj→sy SJAHRIR>syahrir; orthography nj→ny NJOTO>nyoto; orthography j→y (known name) JUSUF>yusuf",
	} {
		_, steps := Explain(in)
		var parts []string
		for _, s := range steps {
			if s.Rule == ruleMuhammad {
				continue
			}
			parts = append(parts, s.Rule+" "+s.From+">"+s.To)
		}
		if got := strings.Join(parts, "; "); got != want {
			t.Errorf("Explain(%q):\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestParseBoundsHostileInput(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("bin ", 1<<18), strings.Repeat("oetj", 1<<18), strings.Repeat("\u17C1", 1<<18),
		"ក" + strings.Repeat("\u17C1\u17B8", 1<<18), strings.Repeat("ក\u17D2", 1<<18), strings.Repeat("S.", 1<<18),
	} {
		if n := len(Parse(s).Tokens); n > mostWords {
			t.Errorf("%d tokens", n)
		}
	}
}

func TestJoinedMeetsAcrossSpaces(t *testing.T) {
	if a, b := Parse("Nur Hidayah").Joined(), Parse("NURHIDAYAH").Joined(); a != b || a != "nurhidayah" {
		t.Errorf("Joined: %q and %q", a, b)
	}
	if got := Parse("").Joined(); got != "" {
		t.Errorf("Joined of nothing = %q", got)
	}
}

func TestKindString(t *testing.T) {
	if Weak.String() != "weak" || Kind(99).String() != "unknown" {
		t.Errorf("Kind.String: %s, %s", Weak, Kind(99))
	}
}

func TestAliases(t *testing.T) {
	has := func(list []string, s string) bool {
		return strings.Contains(" "+strings.Join(list, " ")+" ", " "+s+" ")
	}
	if a := Aliases("lim"); !has(a, "salim") || !has(a, "liem") || has(a, "lim") || has(a, "wijaya") {
		t.Errorf("Aliases(lim) = %v", a)
	}
	if a := Aliases("salim"); !has(a, "lim") || has(a, "halim") {
		t.Errorf("Aliases(salim) = %v", a)
	}
	if a := Aliases("gunawan"); !has(a, "go") || !has(a, "oen") {
		t.Errorf("Aliases(gunawan) = %v, want both surnames", a)
	}
	if a := Aliases("budi"); a != nil {
		t.Errorf("Aliases(budi) = %v", a)
	}
	for _, s := range surnames {
		for _, w := range append(append([]string{}, s.spellings...), s.names...) {
			if n := Parse(w + " x").Tokens; n[0].Text != w {
				t.Errorf("the table writes %q, Parse %q", w, n[0].Text)
			}
		}
	}
}

func TestLexiconIsWritable(t *testing.T) {
	for w, e := range lexicon {
		if FoldLatin(w) != strings.ToUpper(w) {
			t.Errorf("lexicon word %q cannot come out of folding", w)
		}
		if e.to != "" && lexicon[e.to].to != "" {
			t.Errorf("lexicon word %q leads to %q, which leads on", w, e.to)
		}
	}
}
