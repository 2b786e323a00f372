package person

import "testing"

func TestWhole(t *testing.T) {
	for _, c := range []struct {
		n    Name
		want string
	}{
		{Name{Full: " Siti  Aminah "}, "Siti Aminah"},
		{Name{Full: "Siti Aminah", Given: "X", Family: "Y"}, "Siti Aminah"},
		{Name{Given: "Siti ", Family: " Aminah"}, "Siti Aminah"},
		{Name{Family: "Suharti"}, "Suharti"},
		{Name{Full: " "}, ""},
	} {
		if got := c.n.Whole(); got != c.want || c.n.IsZero() != (c.want == "") {
			t.Errorf("%+v: got %q, want %q", c.n, got, c.want)
		}
	}
}

func TestScript(t *testing.T) {
	for in, want := range map[string]Script{
		"Siti Aminah": Latin, "Müller-O'Brien 3": Latin, "សុខ ដារា": Khmer, "สมชาย": Thai, "ສົມ": Lao, "王": Han, "محمد": Arabic, "Иван": Cyrillic,
		"Γεωργία": OtherScript, "Sok សុខ": MixedScript, "": ScriptUnknown, "123 -": ScriptUnknown, "\xff": ScriptUnknown,
	} {
		if got := (Name{Full: in}).Script(); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
	if Script(200).String() != "unknown" || Khmer.String() != "Khmer" || MixedScript.String() != "mixed" {
		t.Error("scripts are misnamed")
	}
}
