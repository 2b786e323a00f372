package script

import (
	"testing"
)

// Khmer text below was not reviewed by a speaker.
func TestKhmerCanonical(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to do", "Budi 12", "Budi 12"},
		{"canonical stays", "ស្រី", "ស្រី"},
		{"vowel typed before the subscript", "ស\u17B8\u17D2\u179A", "ស\u17D2\u179A\u17B8"},
		{"coeng ro last", "ស\u17D2\u179A\u17D2\u178F\u17B8", "ស\u17D2\u178F\u17D2\u179A\u17B8"},
		{"shifter after the vowel", "រ\u17B6\u17C9", "រ\u17C9\u17B6"},
		{"shifter before the subscript", "ម\u17C9\u17D2\u179B", "ម\u17D2\u179B\u17C9"},
		{"sign before the vowel", "ច\u17CBា", "ច\u17B6\u17CB"},
		{"nikahit before aa", "ក\u17C6\u17B6", "ក\u17B6\u17C6"},
		{"split oe", "ជ\u17C1\u17B8ន", "ជ\u17BEន"},
		{"split oo", "ម\u17C1\u17B6", "ម\u17C4"},
		{"split oo, parts swapped", "ម\u17B6\u17C1", "ម\u17C4"},
		{"two e for ae", "ក\u17C1\u17C1", "ក\u17C2"},
		{"u under an upper vowel is triisap", "ស\u17BB\u17B8", "ស\u17CA\u17B8"},
		{"u under an upper vowel is muusikatoan", "ម\u17BB\u17B8", "ម\u17C9\u17B8"},
		{"u with nikahit stays", "ស\u17BB\u17C6", "ស\u17BB\u17C6"},
		{"subscript da is subscript ta", "កណ\u17D2\u178Aាល", "កណ\u17D2\u178Fាល"},
		{"zero width", "សុ\u200Bខ\u200C\u200D", "សុខ"},
		{"inherent vowels", "ក\u17B4ខ\u17B5", "កខ"},
		{"deprecated a and aa", "\u17A3\u17A4", "អអា"},
		{"deprecated bathamasat", "ក\u17D3", "ក\u17C6"},
		{"doubled marks", "ក\u17B6\u17B6", "ក\u17B6"},
		{"doubled letters stay", "កក\u17D2ក\u17D2ក", "កក\u17D2ក\u17D2ក"},
		{"coeng without a letter", "ក\u17D2 \u17D2ខ", "ក ខ"},
		{"invalid UTF-8", "ក\xff", "ក\uFFFD"},
	} {
		if got := KhmerCanonical(c.in); got != c.want {
			t.Errorf("%s: KhmerCanonical(%+q) = %+q, want %+q", c.name, c.in, got, c.want)
		}
	}
}

func TestIsKhmer(t *testing.T) {
	for in, want := range map[string]bool{"": false, "Sok": false, "x សុខ": true, "១២": false, "៛": false, "\xE1\x9E": false, "ក": true} {
		if got := IsKhmer(in); got != want {
			t.Errorf("IsKhmer(%q) = %v", in, got)
		}
	}
}

func TestKhmerToLatin(t *testing.T) {
	for in, want := range map[string]string{
		"សុខ": "sok", "ចាន់": "chan", "ដារ៉ា": "dara", "ដារា": "dara", "វណ្ណៈ": "vannak", "ស្រី": "srey", "គឹម": "kim",
		"ហេង": "heng", "លី": "ly", "ផល្លី": "phally", "សុវណ្ណារ៉ា": "sovannara", "រតនា": "ratana", "បុប្ផា": "bopha",
		"ច័ន្ទ": "chan", "វាសនា": "veasna", "ជ័យ": "chey", "ចំរើន": "chamroeun", "រិទ្ធី": "rithy", "មុនី": "muny",
		"វិជ័យ": "vichey", "ពិសិដ្ឋ": "piseth", "ធារី": "theary", "កែវ": "keo", "ម៉េង": "meng", "ប៊ុនធឿន": "bunthoeun",
		"សុផល": "sophal", "វុធ": "vuth", "រដ្ឋា": "ratha", "ភក្តី": "pheakdey", "ភក្ដី": "pheakdey", "មករា": "makara",
		"ឧត្តម": "oudom", "សុជាតា": "socheata", "ស៊ីណា": "sina", "ពិសី": "pisey", "ស្រីពៅ": "sreypov", "សំណាង": "samnang",
		"ធីតា": "thida", "ផានិត": "phanit", "វិសាល": "visal", "ហុង": "hong", "កុសល": "kosal", "មង្គល": "mongkol",
		"ឈុន": "chhun", "ងួន": "nguon", "កល្យាណ": "kalyan", "សិទ្ធិ": "sith", "ជាតិ": "cheat", "ទូច": "touch",
		"សុខ ចាន់": "sok chan", "Sok ១២": "Sok 12", "សុខ-២": "sok-2", "": "", "ា": "a",
	} {
		if got := KhmerToLatin(in); got != want {
			t.Errorf("KhmerToLatin(%q) = %q, want %q", in, got, want)
		}
	}
}
