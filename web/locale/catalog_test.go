package locale

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func catalogs(t *testing.T) []*Catalog {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCatalogsHaveTheSameKeysAndPlaceholders(t *testing.T) {
	all := catalogs(t)
	for _, c := range all[1:] {
		for _, key := range all[0].Keys() {
			m, ok := c.messages[key]
			if !ok {
				t.Errorf("%s has no %s", c.Lang, key)
				continue
			}
			if want, got := all[0].messages[key].placeholders(), m.placeholders(); !slices.Equal(want, got) {
				t.Errorf("%s: %s has placeholders %q, English has %q", c.Lang, key, got, want)
			}
		}
		for _, key := range c.Keys() {
			if _, ok := all[0].messages[key]; !ok {
				t.Errorf("%s has %s, English has not", c.Lang, key)
			}
		}
	}
}

func TestEveryFormUsesOnlyThePlaceholdersOfOther(t *testing.T) {
	for _, c := range catalogs(t) {
		for key, m := range c.messages {
			for _, pieces := range m {
				for i := 1; i < len(pieces); i += 2 {
					if !slices.Contains(m.placeholders(), pieces[i]) {
						t.Errorf("%s: %s: {%s} stands in one form only", c.Lang, key, pieces[i])
					}
				}
			}
		}
	}
}

func TestNoMessageIsEmptyOrPadded(t *testing.T) {
	for _, c := range catalogs(t) {
		for key, m := range c.messages {
			for _, pieces := range m {
				s := strings.Join(pieces, "x")
				if s == "" || s != strings.TrimSpace(s) {
					t.Errorf("%s: %s is empty or padded", c.Lang, key)
				}
			}
		}
	}
}

func TestOnlyEnglishIsReviewed(t *testing.T) {
	for _, c := range catalogs(t) {
		if c.Reviewed != (c.Lang == "en") {
			t.Errorf("%s: reviewed is %t; a catalog becomes reviewed when a speaker has signed for it", c.Lang, c.Reviewed)
		}
	}
}

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "id": "id", "id-ID": "id", "in": "id", "km": "km", "km_KH": "km",
		"km-u-rg-khzzzz": "km", "fr": "en", "not a tag": "en",
	} {
		c, err := For(tag)
		if err != nil || c.Lang != want {
			t.Errorf("For(%q) = %v, %v; want %s", tag, c, err, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ lang, whole, decimal, signed, nothing, share, little, nearly string }{
		{"en", "73,000", "−1,234.6", "+2.5", "0.0", "79.9%", "<0.1%", ">99.9%"},
		{"id", "73.000", "−1.234,6", "+2,5", "0,0", "79,9%", "<0,1%", ">99,9%"},
		{"km", "73.000", "−1.234,6", "+2,5", "0,0", "79,9%", "<0,1%", ">99,9%"},
	} {
		c, err := For(tt.lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct{ got, want string }{
			{c.Int(73000), tt.whole}, {c.Decimal(-1234.56, 1), tt.decimal}, {c.Signed(2.5, 1), tt.signed},
			{c.Signed(-0.04, 1), tt.nothing}, {c.Share(58307, 73000), tt.share}, {c.Share(1, 73000), tt.little},
			{c.Share(72999, 73000), tt.nearly}, {c.Share(1, 0), ""},
		} {
			if x.got != x.want {
				t.Errorf("%s: got %q, want %q", tt.lang, x.got, x.want)
			}
		}
	}
}

func TestDate(t *testing.T) {
	for _, tt := range []struct{ lang, in, want string }{
		{"en", "2024-03-13", "13 March 2024"},
		{"id", "2024-03-13", "13 Maret 2024"},
		{"km", "2024-03-13", "ថ្ងៃទី13 ខែមីនា ឆ្នាំ2024"},
		{"en", "2024-03-13T23:30:00+07:00", "13 March 2024, 16:30 UTC"},
		{"en", "last week", "last week"},
		{"en", "2024-02-31", "2024-02-31"},
	} {
		c, err := For(tt.lang)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Date(tt.in); got != tt.want {
			t.Errorf("%s: Date(%q) = %q, want %q", tt.lang, tt.in, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	c, err := parse([]byte(`{"language":"en","name":"English","reviewed":true,"messages":{
		"plain":"as it is","count":{"one":"{n} pair in {place}","other":"{n} pairs in {place}"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{0: "0 pairs in A", 1: "1 pair in A", 2: "2 pairs in A", 1000: "1,000 pairs in A"} {
		if got, err := c.Text("count", Text("place", "A"), Int("n", n)); err != nil || got != want {
			t.Errorf("count of %d: %q, %v; want %q", n, got, err, want)
		}
	}
	if _, err := c.Text("absent"); !errors.Is(err, ErrKey) {
		t.Errorf("absent key: %v, want ErrKey", err)
	}
	for name, args := range map[string][]Arg{
		"too few": {Int("n", 1)}, "another": {Int("n", 1), Text("other", "")}, "too many": {Int("n", 1), Text("place", ""), Text("x", "")},
	} {
		if s, err := c.Text("count", args...); err == nil {
			t.Errorf("%s arguments gave %q, want an error", name, s)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, messages := range map[string]string{
		"open brace":       `{"a":"{n"}`,
		"closing brace":    `{"a":"n}"}`,
		"odd name":         `{"a":"{N 1}"}`,
		"no other":         `{"a":{"one":"{n}"}}`,
		"unknown form":     `{"a":{"other":"{n}","dozen":"{n}"}}`,
		"plural without n": `{"a":{"one":"x","other":"y"}}`,
		"number":           `{"a":1}`,
	} {
		if _, err := parse([]byte(`{"language":"en","name":"x","reviewed":true,"messages":` + messages + `}`)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := parse([]byte(`{"language":"en","nmae":"x"}`)); err == nil {
		t.Error("unknown field: no error")
	}
}

func TestClusters(t *testing.T) {
	for in, want := range map[string][]string{
		"":         nil,
		"Siti":     {"S", "i", "t", "i"},
		"ខ្មែរ":    {"ខ្មែ", "រ"},
		"ស្រី":     {"ស្រី"},
		"e\u0301a": {"e\u0301", "a"},
	} {
		if got := Clusters(in); !slices.Equal(got, want) {
			t.Errorf("Clusters(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got := strings.Join(Clusters(s), ""); got != s {
			t.Fatalf("the clusters of %q joined are %q", s, got)
		}
	})
}
