package person

import "testing"

func TestCountryTables(t *testing.T) {
	if len(alpha2) != 249 {
		t.Errorf("ISO 3166-1 has 249 codes, the table %d", len(alpha2))
	}
	seen := map[string]Country{}
	for c, two := range alpha2 {
		if len(c) != 3 || len(two) != 2 || icaoOnly[c] {
			t.Errorf("%s %s: malformed, or also an ICAO extra", c, two)
		}
		if other, ok := seen[two]; ok {
			t.Errorf("%s stands for %s and %s", two, c, other)
		}
		seen[two] = c
	}
	for w, c := range countryWords {
		if key(w) != w {
			t.Errorf("%q can never be looked up: its key is %q", w, key(w))
		}
		if !c.Known() {
			t.Errorf("%q means %s, which is no code", w, c)
		}
		if other, ok := byAlpha2()[w]; ok && other != c {
			t.Errorf("%q means %s, and is the alpha-2 code of %s", w, c, other)
		}
		if other := Country(w); other.Known() {
			t.Errorf("%q is a code", w)
		}
	}
}

func TestParseCountry(t *testing.T) {
	for in, want := range map[string]Country{
		"": "", "  ": "",
		"IDN": "IDN", "idn": "IDN", "ID": "IDN", "id": "IDN", "Indonesia": "IDN", "INDONESIAN": "IDN", "WNI": "IDN", "Republik Indonesia": "IDN", "ឥណ្ឌូនេស៊ី": "IDN",
		"KHM": "KHM", "KH": "KHM", "Cambodia": "KHM", "Kamboja": "KHM", "Khmer": "KHM", "កម្ពុជា": "KHM", "ព្រះរាជាណាចក្រ\u200bកម្ពុជា": "KHM",
		"Viet Nam": "VNM", "Vietnam": "VNM", "VN": "VNM", "Lao PDR": "LAO", "Lao People's Democratic Republic": "LAO",
		"D": "D", "d": "D", "D<<": "D", "DEU": "DEU", "Jerman": "DEU", "DE": "DEU",
		"XXA": "XXA", "XXX": "XXX", "GBD": "GBD", "EUE": "EUE", "UNO": "UNO", "XOM": "XOM", "XPO": "XPO", "RKS": "RKS", "UTO": "UTO",
		"Stateless": "XXA", "U.S.": "USA", "Tiongkok": "CHN", "Saudi Arabia": "SAU",
	} {
		if got, err := ParseCountry(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"Atlantis", "ZZ", "ZZZ", "ZIM", "WNA", "I", "<<<", "\xff\xff", "I.D", "12"} {
		if got, err := ParseCountry(in); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func TestISO(t *testing.T) {
	if Country("D").ISO() != "DEU" || Country("IDN").ISO() != "IDN" || Country("").ISO() != "" {
		t.Error("ISO changes other codes than D")
	}
	if Country("D").Alpha2() != "DE" || Country("KHM").Alpha2() != "KH" || Country("XXA").Alpha2() != "" {
		t.Error("Alpha2 is wrong")
	}
}

func FuzzParseCountry(f *testing.F) {
	for _, s := range []string{"", "IDN", "kh", "D<<", "Kamboja", "កម្ពុជា", "Côte d'Ivoire", "\xff", "XXA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCountry(s)
		if err != nil && c != "" || err == nil && c != "" && !c.Known() {
			t.Errorf("%q: %q, %v", s, c, err)
		}
		if again, e := ParseCountry(string(c)); e != nil || again != c {
			t.Errorf("%q: %q is not read back", s, c)
		}
	})
}
