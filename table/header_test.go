package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNormalHeader(t *testing.T) {
	for in, want := range map[string]string{
		"passport_no":          "passportno",
		"Passport No.":         "passportno",
		" PASSPORT-NO ":        "passportno",
		"\ufeffid":             "id",
		"ｉｄ":                   "id",
		"No/Nomor":             "nonomor",
		"tanggal\u00a0lahir":   "tanggallahir",
		"ឈ្មោះ\u200bពេញ":       "ឈ្មោះពេញ",
		"":                     "",
		"Date of birth (d/m)":  "dateofbirth(dm)",
		"Numéro de passeport ": "numérodepasseport",
	} {
		if got := NormalHeader(in); got != want {
			t.Errorf("NormalHeader(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{
		" a\u00a0":            "a",
		"\u200b\ufeffa\u200d": "a",
		"\u202eabc\u202c":     "abc",
		"\u200esok\u00ad":     "sok",
		"សុខ\u200bគំរូ\u200b": "សុខ\u200bគំរូ", // a break between words stays
		"a\u200cb":            "a\u200cb",
		"葛\U000e0100":         "葛\U000e0100", // a variant of the character
		"\u0600١":             "\u0600١",     // the sign of a number is seen
		"ยา":                  "ยา",
		"e\u0301":             "e\u0301",
		"\u200b":              "", "\u200e": "", "\u202e\u202c": "", "\u00ad": "", "\u2063": "", "\u3164": "",
		"\u115f\u1160": "", "\uffa0": "", "\u2800": "", "\u034f": "", "\ufe0f": "", "\u180e\u180b": "", "\u17b4": "", "\U000e0041": "",
	} {
		if got := Trim(in); got != want {
			t.Errorf("Trim(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := Trim(rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("a\ufe0f\u200b \u3164")), rapid.Rune())).Draw(t, "s"))
		if again := Trim(s); again != s {
			t.Fatalf("%q becomes %q", s, again)
		}
	})
}

func TestNormalHeaderIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := NormalHeader(rapid.String().Draw(t, "name"))
		if again := NormalHeader(n); again != n {
			t.Fatalf("%q becomes %q", n, again)
		}
	})
}

func TestLooksLikeData(t *testing.T) {
	for _, header := range [][]string{
		{"id", "full_name", "address_1", "address_2"}, {"rec_id", "ISO3166", ""}, {"លេខ", "ឈ្មោះ"}, {"No.", "Nama Lengkap"},
	} {
		if LooksLikeData(header) {
			t.Errorf("%q: taken for data", header)
		}
	}
	for _, header := range [][]string{
		{"1", "CONTOH SATU", "F"}, {"a", "1990-05-17"}, {"B1234567", "x"}, {"x", "17 Mei 1990"}, {"name", "a@example.org"}, {"x", "១៩៩០"},
	} {
		if !LooksLikeData(header) {
			t.Errorf("%q: taken for names", header)
		}
	}
}

// A header is quoted only where one of its headings is known: no form tells a
// name from a heading.
func TestVocabulary(t *testing.T) {
	v := NewVocabulary("id", "full_name", "tgl. lahir")
	for _, header := range [][]string{{"Full Name", "Colour"}, {"x", "", "TGL LAHIR"}, {"birth", "tgl\nlahir"}} {
		if list := v.List(header); !v.Knows(header) || !strings.HasPrefix(list, `the columns are "`+header[0]+`"`) {
			t.Errorf("%q: %s", header, list)
		}
		if got := columnName(header, v.Knows(header), 0); got != header[0] {
			t.Errorf("%q: column is called %q", header, got)
		}
	}
	for _, header := range [][]string{
		{"BUDI REKAAN", "LAKI-LAKI", "JAKARTA"}, {"Sri", "Jakarta"}, {"sri_contoh", "kota"}, {"Sri Contoh", "ID"}, {"full name", "X1234567"}, {"", "Sri"},
		{"Budi Rekaan", "L", "12 Agustus 1990", "Indonesia"},
	} {
		list := v.List(header)
		if v.Knows(header) || NewVocabulary().Knows(header) || Vocabulary(nil).Knows(header) {
			t.Errorf("%q: taken for a header", header)
		}
		if !strings.Contains(list, fmt.Sprint(len(header))) {
			t.Errorf("%q: the number of columns is not told: %s", header, list)
		}
		for i, h := range header {
			if len(h) > 2 && (strings.Contains(list, h) || columnName(header, v.Knows(header), i) == h) {
				t.Errorf("%q is told: %s", h, list)
			}
		}
	}
	if list := v.List(append([]string{"full name"}, strings.Split(strings.Repeat("c,", 100), ",")...)); !strings.HasSuffix(list, "and more") || len(list) > 300 {
		t.Errorf("a long header: %s", list)
	}
}

func TestRecognise(t *testing.T) {
	fields := []Field{
		{Name: "id"},
		{Name: "full_name", Aliases: []string{"name", "nama lengkap"}},
		{Name: "birth_date", Aliases: []string{"dob", "date of birth", "name"}}, // "name" goes to the first
		{Name: "passport_no", Aliases: []string{"document no"}},
	}
	m, err := Recognise([]string{"Remarks", "NAMA_LENGKAP", "", "Date-of-Birth", "ID", "dob2"}, fields)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"id": 4, "full_name": 1, "birth_date": 3, "passport_no": -1, "nonsense": -1} {
		if got := m.Index(name); got != want {
			t.Errorf("Index(%q) = %d, want %d", name, got, want)
		}
	}
	if want := []string{"Remarks", "dob2"}; !slices.Equal(m.Unknown(), want) || m.Len() != 3 {
		t.Errorf("unknown %q, want %q; %d known", m.Unknown(), want, m.Len())
	}

	// A field's own name wins over an alias.
	m, err = Recognise([]string{"name", "full name", "document_no", "Passport No."}, fields)
	if err != nil {
		t.Fatal(err)
	}
	if m.Index("full_name") != 1 || m.Index("passport_no") != 3 || m.Index("birth_date") != -1 && m.Index("birth_date") != 0 {
		t.Errorf("full_name %d, passport_no %d", m.Index("full_name"), m.Index("passport_no"))
	}

	for _, header := range [][]string{{"id", "I-D"}, {"nama lengkap", "Name"}, {"dob", "x", "date of birth"}} {
		_, err := Recognise(header, fields)
		if err == nil {
			t.Errorf("%q: no error", header)
			continue
		}
		e := asError(t, err)
		if e.Code != CodeAmbiguousColumn || !strings.Contains(e.Message, header[0]) || !strings.Contains(e.Message, header[len(header)-1]) {
			t.Errorf("%q: %+v", header, e)
		}
	}
}
