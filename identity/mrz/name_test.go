package mrz

import (
	"errors"
	"strings"
	"testing"

	"mitra/identity/person"
)

// TestNameField: the cases of Doc 9303-7 section 4.2.3 and those that it does
// not have.
func TestNameField(t *testing.T) {
	for _, c := range []struct {
		surname, given string
		n              int
		want           string
	}{
		{"Eriksson", "Anna Maria", 39, "ERIKSSON<<ANNA<MARIA"},
		{"Heng", "Deborah Ming Lo", 39, "HENG<<DEBORAH<MING<LO"},
		{"Smith-Jones", "Susie Margaret", 39, "SMITH<JONES<<SUSIE<MARGARET"},
		{"O'Connor", "Enya Siobhan", 39, "OCONNOR<<ENYA<SIOBHAN"},
		{"O’Connor", "Enya  Siobhan ", 39, "OCONNOR<<ENYA<SIOBHAN"},
		{"Van Der Muellen", "Martin", 39, "VAN<DER<MUELLEN<<MARTIN"},
		{"Arkfreith", "", 39, "ARKFREITH"},
		{"", "Arkfreith", 39, "ARKFREITH"},
		{"Nilavadhanananda", "Chayapa Dejthamrong Krasuang", 39, "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"},
		{"Nilavadhanananda", "Arnpol Petch Charonguang", 39, "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU"},
		{"Papandropoulous", "Jonathon Warren Trevor", 39, "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR"},
		{"Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", 39, "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WA<<D"},
		{"Bennelong Wooloomooloo Warrandyte Warnambool", "", 39, "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WARNA"},
		{"Bennelong Wooloomooloo Warrandytes W", "Di", 39, "BENNELONG<WOOLOOMOOLOO<WARRANDYTES<W<<D"},
		{"Bennelong Wooloomooloo Warrandytest W", "Di", 39, "BENNELONG<WOOLOOMOOLOO<WARRANDYTES<W<<D"},
		{"Eriksson", "Annabella Maria", 19, "ERIKSSON<<ANNABELLA"},
		{"Eriksson", "Annabella Maria", 20, "ERIKSSON<<ANNABELL<M"},
		{"A", "B C D E F", 4, "A<<B"},
		{"A", "B C D E F", 5, "A<<B<"}, // nothing to spare
		{"Sukarno", "Sukarno", 39, "SUKARNO<<SUKARNO"},

		{"Müller", "Jürgen", 39, "MUELLER<<JUERGEN"},
		{"Mu\u0308ller", "", 39, "MUELLER"},
		{"Ångström", "Æsa Þóra", 39, "AANGSTROEM<<AESA<THORA"},
		{"Weiß", "Œuvré", 39, "WEISS<<OEUVRE"},
		{"Núñez", "Łódź Đặng", 39, "NUNEZ<<LODZ<DANG"},
		{"Nguyễn", "Thị Ánh", 39, "NGUYEN<<THI<ANH"},
		{"İnan", "ışıl", 39, "INAN<<ISIL"},
		{"Smith, Jones", "J. R.", 39, "SMITH<JONES<<J<R"},
		{"Nur–Hidayah", "Ma'ruf (Udin)", 39, "NUR<HIDAYAH<<MARUF<UDIN"},
		{"A \u0301 B", "", 39, "A<B"},
	} {
		got, err := nameField(c.surname, c.given, c.n)
		if want := c.want + strings.Repeat("<", c.n-len(c.want)); err != nil || got != want {
			t.Errorf("%s, %s in %d:\ngot  %s, %v\nwant %s", c.surname, c.given, c.n, got, err, want)
		}
	}
}

func TestNameNeedsLatin(t *testing.T) {
	for _, c := range []struct{ surname, given, reason string }{
		{"សុខ", "", "Latin"}, {"Sok", "ដារា", "Latin"}, {"Иванов", "", "Latin"}, {"محمد", "", "Latin"}, {"王", "", "Latin"},
		{"Budi<", "", "Latin"}, {"\xff", "", "Latin"}, {"Budi 2", "", "digit"}, {"Budi ២", "", "digit"}, {"", "", "missing"}, {" - ", "'", "missing"},
	} {
		_, err := nameField(c.surname, c.given, 39)
		var e *Error
		if !errors.As(err, &e) || e.Field != FieldName || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%q, %q: got %v", c.surname, c.given, err)
		}
	}
}

func TestNamesAsRead(t *testing.T) {
	for _, c := range []struct {
		field          string
		surname, given string
		one            string // or "" if the zone divides the name
		truncated      bool
	}{
		{"ERIKSSON<<ANNA<MARIA", "ERIKSSON", "ANNA MARIA", "", false},
		{"SUHARTI", "SUHARTI", "", "SUHARTI", false},
		{"SUHARTI<<SUHARTI", "SUHARTI", "SUHARTI", "SUHARTI", false},
		{"SUHARTI<<FNU", "SUHARTI", "FNU", "SUHARTI", false},
		{"LNU<<SUHARTI", "LNU", "SUHARTI", "SUHARTI", false},
		{"FNU<<SUHARTI", "FNU", "SUHARTI", "SUHARTI", false},
		{"SATRIYA<SUDARPA", "SATRIYA SUDARPA", "", "SATRIYA SUDARPA", false},
		{"<<SUHARTI", "", "SUHARTI", "SUHARTI", false},
		{"", "", "", "", false},
		{"NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG K", "", true},
		{"SOK<<DARA<<<SOPHEA", "SOK", "DARA SOPHEA", "", false},
	} {
		d, err := Parse("P<UTO" + c.field + strings.Repeat("<", 39-len(c.field)) + "\n" + passportBottom)
		if err != nil {
			t.Fatal(err)
		}
		one, ok := d.OneName()
		if d.Surname != c.surname || d.Given != c.given || one != c.one || ok != (c.one != "") || d.NameTruncated != c.truncated {
			t.Errorf("%s: got %q, %q, one %q, truncated %v", c.field, d.Surname, d.Given, one, d.NameTruncated)
		}
		want := person.Name{Given: c.given, Family: c.surname}
		if c.one != "" {
			want = person.Name{Full: c.one}
		}
		if d.Name() != want {
			t.Errorf("%s: name %+v, want %+v", c.field, d.Name(), want)
		}
	}
}

func TestNameFits(t *testing.T) {
	for _, c := range []struct {
		field, surname, given string
		want                  bool
	}{
		{"ERIKSSON<<ANNA<MARIA", "Eriksson", "Anna Maria", true},
		{"ERIKSSON<<ANNA<MARIA", "Eriksson", "Anna", false},
		{"ERIKSSON<<ANNA<MARI", "Eriksson", "Anna Maria", false},
		{"SUHARTI", "", "Suharti", true},
		{"NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "Nilavadhanananda", "Chayapa Dejthamrong Krasuang", true},
		{"NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "Nilavadhanananda", "Chayapa Dejthamrong Krasuang Arnpol", true},
		{"NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "Nilavadhanananda", "Chayapa Dejthamrong Petch", false},
		{"NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "Nilavadhanananda", "Chayapa Dejthamrong", false},
		{"BENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO", "Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", true},
		{"BENNEL<WOOLOO<WARRAN<WARNAM<<DINGO<POTO", "Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", true},
	} {
		d, err := Parse("P<UTO" + c.field + strings.Repeat("<", 39-len(c.field)) + "\n" + passportBottom)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.NameFits(c.surname, c.given); err != nil || got != c.want {
			t.Errorf("%s and %s, %s: got %v, %v", c.field, c.surname, c.given, got, err)
		}
	}
	if _, err := (Data{}).NameFits("សុខ", ""); err == nil {
		t.Error("a Khmer name is compared without its Latin form")
	}
}
