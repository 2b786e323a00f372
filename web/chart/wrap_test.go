package chart

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width float64
		want  []string
	}{
		{"", 10, nil},
		{"one", 10, []string{"one"}},
		{"one two three", 4.2, []string{"one two", "three"}},
		{"unbreakable", 2.6, []string{"unbre", "akabl", "e"}},
		{"ស្រប\u200bច្បាប់", 2.2, []string{"ស្រប", "ច្បាប់"}},
	} {
		if got := wrap(tt.in, tt.width); !slices.Equal(trimmed(got), tt.want) {
			t.Errorf("wrap(%q, %g) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-zA-Z ក-អ]{0,40}`).Draw(t, "s")
		lines := wrap(s, 8)
		if got, want := strings.ReplaceAll(strings.Join(lines, ""), " ", ""), strings.ReplaceAll(s, " ", ""); got != want {
			t.Fatalf("wrap(%q) lost letters: %q", s, lines)
		}
		for _, l := range lines {
			if em(l) > 8 {
				t.Fatalf("wrap(%q): line %q is %g wide", s, l, em(l))
			}
		}
	})
}

// trimmed drops the marks of possible breaks, which have no width.
func trimmed(lines []string) []string {
	for i := range lines {
		lines[i] = strings.Trim(lines[i], "\u200b")
	}
	return lines
}
