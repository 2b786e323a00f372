package script

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlain: words that are plain are read in a name as each is alone.
func TestPlain(t *testing.T) {
	var listed []string
	for w, e := range lexicon {
		listed = append(listed, w, e.to+"e")
	}
	for w, second := range placeholderPairs {
		listed = append(listed, w, second)
	}
	for w := range baliShort {
		listed = append(listed, w)
	}
	slices.Sort(listed)
	piece := rapid.OneOf(
		rapid.SampledFrom(listed),
		rapid.SampledFrom([]string{"I", "ni", "al", "xx", "xxx", "abdurrahman", "abdulaziz", "Mochamadd", "Djoko", "soeharto", "Michael"}),
		spelled,
		rapid.StringMatching(`[A-Za-z]{1,10}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		var words, want []string
		for _, w := range rapid.SliceOfN(piece, 1, 5).Draw(t, "words") {
			if text, ok := Plain([]byte(w)); ok {
				words, want = append(words, w), append(want, text)
			}
		}
		if half := len(want) / 2; slices.Equal(want[:half], want[len(want)-half:]) && len(want) == 2*half {
			want = want[:half]
		}
		var got []string
		for _, tok := range Parse(strings.Join(words, rapid.SampledFrom([]string{" ", "  "}).Draw(t, "between"))).Tokens {
			if got = append(got, tok.Text); tok.Kind != Word {
				t.Errorf("%q: a plain word is %v", words, tok)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: Parse reads %q, word by word it is %q", words, got, want)
		}
	})
}
