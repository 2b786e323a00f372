package person

import "testing"

func TestParseSex(t *testing.T) {
	for in, want := range map[string]Sex{
		"": SexUnknown, " ": SexUnknown,
		"M": Male, "m": Male, "Male": Male, "L": Male, "Laki-laki": Male, "LAKI LAKI": Male, "pria": Male, "Lk.": Male, "ប្រុស": Male,
		"F": Female, "female": Female, "P": Female, "Perempuan": Female, " WANITA ": Female, "ស្រី": Female, "ស្រី\u200B": Female,
		"X": Unspecified, "x": Unspecified,
	} {
		if got, err := ParseSex(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"K", "MF", "1", "-", "laki/perempuan", "\xff", "<"} {
		if got, err := ParseSex(in); err == nil || got != SexUnknown {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func FuzzParseSex(f *testing.F) {
	for _, s := range []string{"", "M", "f", "X", "laki-laki", "ស្រី", "\xff", "P "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseSex(s)
		if err != nil && x != SexUnknown {
			t.Errorf("%q: an error and a sex", s)
		}
		if again, e := ParseSex(x.String()); e != nil || again != x {
			t.Errorf("%q: %q is not read back", s, x)
		}
	})
}
