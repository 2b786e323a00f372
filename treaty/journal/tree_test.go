package journal

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// TestEdgeIsTlog compares the walk along the edge with package tlog, at every
// size up to one beyond some powers of two.
func TestEdgeIsTlog(t *testing.T) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, pos := range at {
			out[i] = stored[pos]
		}
		return out, nil
	})
	var e edge
	for n := int64(0); n < 1026; n++ {
		record := []byte{byte(n), byte(n >> 8)}
		want, err := tlog.StoredHashes(n, record, reader)
		if err != nil {
			t.Fatal(err)
		}
		got := e.add(tlog.RecordHash(record), nil)
		if len(got) != len(want) {
			t.Fatalf("record %d: %d hashes, want %d", n, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("record %d, hash %d differs", n, i)
			}
		}
		stored = append(stored, want...)
		root, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if e.root() != root || e.size != n+1 {
			t.Fatalf("the root of %d records differs", n+1)
		}
	}
	if root, _ := tlog.TreeHash(0, reader); (&edge{}).root() != root {
		t.Error("the empty root differs")
	}
}

// The vector: the key made from 32 zero bytes of randomness, two checkpoints of
// the house book. Another implementation must write the same bytes.
const (
	vectorSecret = "PRIVATE+KEY+mitra/KH/test+fa10eab5+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	vectorPublic = "mitra/KH/test+fa10eab5+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"

	vectorFirst = `mitra/KH/test/house
1
KXK7uQx1zbuTqY83hd0tr+QJfYo8L+IU/yjkATA4NI8=

— mitra/KH/test/house sJxcqxBIFVYx9XC1HdFZ2RYMCF8xOUGOUF36pgu126MJT8DLBtupKPeFEmA4HpFIWkx8NP4UtEhd6x6xcLqt9rDZ4gA=
`
	vectorSecond = `mitra/KH/test/house
3
/k0BCpJv2CJjpa4LfimYwEOthPxupi8LZ5NTw5tgufo=
previous 1 LrQGoPb63FwL4MS1tuVDBTWI06HQvOLmPbEHKzsZe2Q=

— mitra/KH/test/house sJxcq/x05YA8RvOdGg75QzX4ZVR3t9TI3b5Zv1KCatuhzIcqPN7Om92zJtxEvKjKYD6uKAdgpal0wdV5jgKs55Vbigo=
`
)

func vectorSigner(t testing.TB) *bookSigner {
	t.Helper()
	name, key, err := parseSecret(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newBookSigner(name, House, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func vectorCheckpoints(t testing.TB) (first, second checkpoint) {
	t.Helper()
	s := vectorSigner(t)
	var e edge
	var err error
	sizes := []int64{1, 3}
	cs := make([]checkpoint, 3)
	for i, size := range sizes {
		for e.size < size {
			leaf := leafOf(make([]byte, saltSize), []byte{byte('a' + e.size)})
			e.add(tlog.RecordHash(leaf[:]), nil)
		}
		if cs[i+1], err = sign(s, cs[i], size, e.root()); err != nil {
			t.Fatal(err)
		}
	}
	return cs[1], cs[2]
}

func TestCheckpointVector(t *testing.T) {
	first, second := vectorCheckpoints(t)
	for name, c := range map[string]struct{ got, want string }{
		"first":  {first.note, vectorFirst},
		"second": {second.note, vectorSecond},
	} {
		if c.got != c.want {
			t.Errorf("the %s checkpoint is\n%s\nwant\n%s", name, c.got, c.want)
		}
	}
	v, err := bookVerifier(vectorPublic, House)
	if err != nil {
		t.Fatal(err)
	}
	got, err := openCheckpoint(vectorSecond, v)
	if err != nil {
		t.Fatal(err)
	}
	if got != second || got.prevSize != 1 || got.prevHash != first.hash() {
		t.Errorf("read %+v, want %+v", got, second)
	}
}

// TestSignedByOtherHands checks that any C2SP reader can verify a checkpoint,
// and that only one spelling of it is taken here.
func TestSignedByOtherHands(t *testing.T) {
	s := vectorSigner(t)
	_, c := vectorCheckpoints(t)
	key, err := BookKey(vectorPublic, House)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(c.note), note.VerifierList(v))
	if err != nil || n.Text != c.text(s.Name()) {
		t.Fatalf("note.Open: %v", err)
	}
	signed := func(text string) string {
		b, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	text := c.text(s.Name())
	lines := strings.SplitAfter(text, "\n")
	for what, note := range map[string]string{
		"another origin":      signed(strings.Replace(text, "/house", "/horse", 1)),
		"size with a plus":    signed(strings.Replace(text, "\n3\n", "\n+3\n", 1)),
		"size with a zero":    signed(strings.Replace(text, "\n3\n", "\n03\n", 1)),
		"size 0":              signed(lines[0] + "0\n" + lines[2]),
		"no root":             signed(lines[0] + lines[1]),
		"a fifth line":        signed(text + "more\n"),
		"another fourth line": signed(strings.Replace(text, "previous", "precious", 1)),
		"previous not before": signed(strings.Replace(text, "previous 1", "previous 3", 1)),
		"loose base64":        strings.Replace(c.note, "=\n\n", "\n\n", 1),
		"a second signature":  c.note + c.note[strings.Index(c.note, "— "):],
		"a foreign signature": c.note + "— other 3q2+7w" + strings.Repeat("A", 86) + "\n",
		"no signature":        text + "\n",
		"nothing":             "",
	} {
		if _, err := openCheckpoint(note, v); err == nil {
			t.Errorf("a checkpoint with %s is taken:\n%s", what, note)
		}
	}
}

func TestKeysAreChecked(t *testing.T) {
	for _, k := range []string{"", "PRIVATE+KEY+", vectorPublic, vectorSecret[:len(vectorSecret)-1], strings.Replace(vectorSecret, "fa1", "fa2", 1)} {
		if _, _, err := parseSecret(k); err == nil || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("a bad secret key: %v", err)
		}
	}
	for _, k := range []string{"", "a+b+c", vectorSecret, vectorPublic + "A"} {
		if _, _, err := parsePublic(k); err == nil {
			t.Errorf("public key %q is taken", k)
		}
	}
	if _, _, err := NewKey("two words", strings.NewReader(strings.Repeat("x", 64))); err == nil {
		t.Error("a name with a space is taken")
	}
}

// TestLeafTakesSaltApart shows that no byte can move between salt and event.
func TestLeafTakesSaltApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt := rapid.SliceOfN(rapid.Byte(), saltSize, saltSize).Draw(t, "salt")
		event := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "event")
		sum := leafOf(salt, event)
		good := leaf{salt: salt, event: event, leaf: sum[:]}
		if h, what := good.record(nil); what != "" || h != tlog.RecordHash(sum[:]) {
			t.Fatalf("a good leaf: %s", what)
		}
		moved := leaf{salt: append(append([]byte{}, salt...), event[0]), event: event[1:], leaf: sum[:]}
		if _, what := moved.record(nil); what == "" {
			t.Fatal("a byte moved from the event to the salt unseen")
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	first, second := vectorCheckpoints(f)
	f.Add(first.note)
	f.Add(second.note)
	f.Add("")
	v, err := bookVerifier(vectorPublic, House)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := openCheckpoint(s, v); err == nil && s != first.note && s != second.note {
			t.Errorf("an unsigned text is a checkpoint: %+v", c)
		}
		if c, err := parseCheckpoint(s, v.Name()); err == nil && c.text(v.Name()) != s {
			t.Errorf("%q is read as another text", s)
		}
	})
}
