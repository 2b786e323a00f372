package linkage

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// What is folded soon is what is folded slowly.
func TestAppendFolded(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~\t\n]{0,20}`), rapid.StringMatching(`[A-Za-z'é .]{0,12}`))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		if got, want := string(appendFolded([]byte("x"), s)), "x"+foldText(s); got != want {
			t.Fatalf("%q folds to %q, want %q", s, got, want)
		}
	})
}

func TestDateAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := dateValue{rapid.Int16().Draw(t, "year"), rapid.Uint8().Draw(t, "month"), rapid.Uint8().Draw(t, "day")}
		if got, want := v.String(), fmt.Sprintf("%04d-%02d-%02d", v.year, v.month, v.day); got != want {
			t.Fatalf("date %q, want %q", got, want)
		}
	})
}

func BenchmarkAppendFolded(b *testing.B) {
	var buf []byte
	for b.Loop() {
		buf = appendFolded(buf[:0], "65 Zuckbremhaven Court, Flat 3/A")
	}
}
