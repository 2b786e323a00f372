package linkage

import (
	"fmt"
	"strings"
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

// Links, models and registers follow from hashes: they are the same for ever.
func TestHashStringIsForEver(t *testing.T) {
	for text, want := range map[string]uint64{
		"": 0x0, "a": 0xe3d2f72c0317c34, "sari": 0x9776b35845c6a573, "siti aminah": 0x9bbd69d6408811fa, "jl merdeka 17 bandung": 0xc25224af3225de2f, "12345678": 0x1067541a4c524c64,
	} {
		if got := hashString(text); got != want || hashString([]byte(text)) != want {
			t.Errorf("%q: %#x, not %#x", text, got, want)
		}
	}
	seen := map[uint64]string{}
	for n := range 40 { // blanks at the end, and one letter at every place
		for _, text := range []string{strings.Repeat("\x00", n), strings.Repeat("a", n)} {
			for i := -1; i < len(text); i++ {
				b := []byte(text)
				if i >= 0 {
					b[i] ^= 1
				}
				if other, ok := seen[hashString(b)]; ok && other != string(b) {
					t.Errorf("%q and %q have one hash", b, other)
				}
				seen[hashString(b)] = string(b)
			}
		}
	}
}

// Names of one hash are told apart by their tokens.
func TestNamesOfOneHash(t *testing.T) {
	d := newDomain(FullName)
	d.keepName(none, &nameValue{})
	name := func(i int) *normalised {
		v := &normalised{hash: uint64(i%3) << 40}
		v.name.n, v.name.tok[0] = 1, uint32(i+1)
		return v
	}
	for range 2 {
		for i := range 2000 {
			if id := d.putName(name(i)); id != uint32(i+1) || *d.nameOf(id) != name(i).name {
				t.Fatalf("name %d has number %d", i, id)
			}
		}
	}
}
