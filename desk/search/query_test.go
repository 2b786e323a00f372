package search

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseQuery(t *testing.T) {
	for _, c := range []struct{ text, name, birth, numbers string }{
		{"Sri Wahyuni", "Sri Wahyuni", "", ""},
		{"  Sri,Wahyuni\n1994 ", "Sri Wahyuni", "1994", ""},
		{"wahyuni 17/5/1994 B1234567", "wahyuni", "1994-05-17", "B1234567"},
		{"wahyuni 1994-05", "wahyuni", "1994-05", ""},
		{"21 Dec 1991 Wibowo", "Wibowo", "1991-12-21", ""},
		{"Wibowo 21-DEC-1991", "Wibowo", "1991-12-21", ""},
		{"17 5 1994 Wahyuni", "Wahyuni", "1994-05-17", ""},
		{"B 1234567 Sri", "Sri", "", "B1234567"},
		{"Sri B 12345", "Sri", "", "B12345"},
		{"Muhammad B", "Muhammad B", "", ""},
		{"3471015903920003", "", "", "3471015903920003"},
		{"3471 0159 0392 0003 Wulan", "Wulan", "", "3471015903920003"},
		{"+855 000 919 265", "", "", "+855000919265"},
		{"0812 (345) 678", "", "", "0812345678"},
		{"B868371g", "", "", "B868371g"},
		{"សុខ សុភា ១៩៩០", "សុខ សុភា", "1990", ""},
		{"Sri B1234567 C7654321", "Sri", "", "B1234567 C7654321"},
		{`"Sri Wahyuni"`, "Sri Wahyuni", "", ""},
		{"12 Sri", "12 Sri", "", ""}, // no date, no number
	} {
		q, err := ParseQuery(c.text, 2026)
		if err != nil || q.Name != c.name || q.Birth.String() != c.birth || strings.Join(q.Numbers, " ") != c.numbers {
			t.Errorf("%q: %+v, %v", c.text, q, err)
		}
	}
	for _, text := range []string{"", "  ", "1990", "12", "-", "Sri 1990 1991", "1994-13-45 Sri", "31/02/1994 Sri", "A1234 B1234 C1234 D1234", "\xff", strings.Repeat("a", 501)} {
		if q, err := ParseQuery(text, 2026); !errors.Is(err, ErrQuery) {
			t.Errorf("%q: %+v, %v", text, q, err)
		} else if text != "" && text != "-" && len(text) > 3 && strings.Contains(err.Error(), text) {
			t.Errorf("%q: the error repeats it: %v", text, err)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"Sri Wahyuni 1994 B 1234567", "+855 000 919 265", "សុខ ១៩៩០", "17/5/1994", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text, 2026)
		if err != nil {
			if !errors.Is(err, ErrQuery) {
				t.Fatal(err)
			}
			return
		}
		if !utf8.ValidString(q.Name) || q.Name == "" && len(q.Numbers) == 0 || len(q.Numbers) > mostNumbers {
			t.Fatalf("%+v", q)
		}
		rows := q.rows()
		if len(rows) == 0 || len(rows) > 64 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			if len(r) != len(indexed) || !slices.ContainsFunc(r, func(c string) bool { return c != "" }) {
				t.Fatalf("%q", r)
			}
		}
	})
}
