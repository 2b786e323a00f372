package linkage_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"mitra/identity/linkage"
)

func savedBytes(t testing.TB, seed uint64) []byte {
	x := newIndex(t, invented(40, rand.New(rand.NewPCG(seed, 1))))
	x.Add("later", cellsOf(row{name: "Qwertz Uiop", birth: "1990-01-02", passport: "ZZ998877"}))
	var b bytes.Buffer
	if _, err := x.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadIndexSaysWhatIsDamaged(t *testing.T) {
	good := savedBytes(t, 1)
	if x, err := linkage.ReadIndex(bytes.NewReader(good)); err != nil || x.Len() != 41 {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, says string
		bytes      func() []byte
	}{
		{"nothing", "beginning", func() []byte { return nil }},
		{"another file", "no index", func() []byte { return []byte("id,name\n1,somebody else\n") }},
		{"half", "ends here", func() []byte { return good[:len(good)/2] }},
		{"without a checksum", "end: ", func() []byte { return good[:len(good)-32] }},
		{"a changed name", "checksum", func() []byte { return bytes.Replace(good, []byte("qwertz"), []byte("qwertx"), 1) }},
		{"a changed length", "model", func() []byte {
			b := bytes.Clone(good)
			b[len("mitra index 2\n")+4+3] = 0xff
			return b
		}},
	} {
		x, err := linkage.ReadIndex(bytes.NewReader(c.bytes()))
		if x != nil || !errors.Is(err, linkage.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a word of %q", c.name, err, c.says)
		}
	}
	for i := 0; i < len(good); i += 13 { // wherever a byte is changed, it is seen
		b := bytes.Clone(good)
		b[i] ^= 0x55
		if _, err := linkage.ReadIndex(bytes.NewReader(b)); err == nil {
			t.Fatalf("byte %d was changed and nobody saw", i)
		}
	}
}

// What is read may be anything: what passes for an index can be searched. The
// checksum is made right, so that the parts before it are reached.
func FuzzReadIndex(f *testing.F) {
	good := savedBytes(f, 2)
	f.Add(good[:len(good)-32])
	f.Add([]byte("mitra index 2\n"))
	x := relatedIndex(f, 60)
	x.Remove("1")
	var b bytes.Buffer
	x.WriteTo(&b)
	f.Add(b.Bytes()[:b.Len()-32])
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := linkage.ReadIndex(bytes.NewReader(linkage.WithChecksum(b)))
		if err != nil {
			return
		}
		x.Search([]string{"1", "Budi Santoso", "M", "1990-01-02", "A1234567"}, 5)
		x.Add("new", []string{"1", "Budi Santoso", "M", "1990-01-02", "A1234567"})
		x.Remove("P1")
		x.Merge()
		x.WriteTo(io.Discard)
	})
}
