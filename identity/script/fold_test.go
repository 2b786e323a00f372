package script

import (
	"slices"
	"testing"
)

func TestFoldLatin(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"Æsir Øre Åse Þór Straße": "AESIR OERE AASE THOR STRASSE",
		"A\u030Ase Ǻ":             "AASE AA",
		"Łódź Đorđe Muñoz":        "LODZ DORDE MUNOZ",
		"Müller MÜLLER Zoë":       "MULLER MULLER ZOE",
		"O'Brien Nur’aini Qur`an": "OBRIEN NURAINI QURAN",
		"Anne-Marie, J.R./x":      "ANNE MARIE J R X",
		"  a \t b\n":              "A B",
		"Иван Щукин":              "IVAN SHCHUKIN",
		"Γιώργος":                 "GIORGOS",
		"Nguyễn Đức Ơ":            "NGUYEN DUC O",
		"٠١٢ ០១២ ８":               "012 012 8",
		"İstanbul ıŞ":             "ISTANBUL IS",
		"王Budi":                   "BUDI",
		"សុខ":                     "",
		"B\xffudi\xc3":            "BUDI",
		"ﬁn Ⅷ ²":                  "FIN VIII 2",
		"a\u00ADb\u200Dc":         "ABC",
		"SMITH<<JOHN<<<":          "SMITH JOHN",
	} {
		if got := FoldLatin(in); got != want {
			t.Errorf("FoldLatin(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDigits(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "A1": "A1", "១៩៩០": "1990", "ថ្ងៃ០៩": "ថ្ងៃ09", "٢٠٢٤/۰۱": "2024/01", "１２x": "12x", "𝟗𝟘": "90",
	} {
		if got := Digits(in); got != want {
			t.Errorf("Digits(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWordsOfScriptsThatAreNotRead(t *testing.T) {
	for in, want := range map[string][]string{
		"محمد أحمد":        {"محمد", "أحمد"},
		"สมชาย ใจดี":       {"สมชาย", "ใจดี"},
		"王伟 Wang 伟":        {"王伟", "伟"},
		"ラーメン-屋2":          {"ラーメン", "屋"},
		"Budi សុខ Иван 12": nil,
		"":                 nil,
	} {
		if got := Words(in); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}
