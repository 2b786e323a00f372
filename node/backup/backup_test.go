package backup_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"pgregory.net/rapid"

	"mitra/node/backup"
	"mitra/node/keyring"
	"mitra/store"
)

var columns = []store.Column{{Name: "id", Kind: store.Text}, {Name: "n", Kind: store.Integer}, {Name: "f", Kind: store.Float}, {Name: "b", Kind: store.Bytes}}

func manifest(tables ...string) backup.Manifest {
	m := backup.Manifest{
		Format: backup.Format, Node: "mitra/KH/1", Schema: 4, At: time.Date(2026, 11, 26, 8, 0, 0, 1000, time.UTC), Program: "test",
		Books: []backup.Book{{Name: "house", Size: 3, Root: "AAAA"}},
	}
	for _, t := range tables {
		m.Tables = append(m.Tables, backup.Table{Name: t, Columns: columns})
	}
	return m
}

func key(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

type contents struct {
	files map[string]string
	rows  [][][]any // of each table
}

func write(w io.Writer, m backup.Manifest, c contents, to ...age.Recipient) error {
	b, err := backup.Create(w, m, to...)
	if err != nil {
		return err
	}
	for _, name := range []string{"mitra.toml", "keys/journal.pub", "heads/house.head"} {
		if text, ok := c.files[name]; ok {
			if err := b.File(name, []byte(text)); err != nil {
				return err
			}
		}
	}
	for _, rows := range c.rows {
		if err := b.Table(func(yield func([]any) error) error {
			for _, row := range rows {
				if err := yield(row); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	_, err = b.Close()
	return err
}

func read(file []byte, with ...age.Identity) (backup.Manifest, contents, error) {
	c := contents{files: make(map[string]string)}
	b, err := backup.Open(bufio.NewReader(bytes.NewReader(file)), with...)
	if err != nil {
		return backup.Manifest{}, c, err
	}
	if err := b.Files(func(name string, content []byte) error {
		c.files[name] = string(content)
		return nil
	}); err != nil {
		return b.Manifest, c, err
	}
	for range b.Manifest.Tables {
		var rows [][]any
		if err := b.Table(func(row []any) error {
			rows = append(rows, append([]any{}, row...))
			return nil
		}); err != nil {
			return b.Manifest, c, err
		}
		c.rows = append(c.rows, rows)
	}
	_, err = b.Close()
	return b.Manifest, c, err
}

func exact(a, b [][][]any) bool {
	if len(a) != len(b) {
		return false
	}
	same := func(x, y any) bool {
		if f, ok := x.(float64); ok {
			g, ok := y.(float64)
			return ok && (math.Float64bits(f) == math.Float64bits(g) || f != f && g != g)
		}
		return reflect.DeepEqual(x, y)
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for j := range a[i] {
			for k := range a[i][j] {
				if !same(a[i][j][k], b[i][j][k]) {
					return false
				}
			}
		}
	}
	return true
}

// TestEveryRowComesBack: whatever a row holds, it comes back as the same values of
// the same types.
func TestEveryRowComesBack(t *testing.T) {
	id := key(t)
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "null", "សុខ ស្រីមុំ", "\x00", "\"\\\n\x1f\u2028", "\x7f", "]\n[", strings.Repeat("ខ្មែរ", 1<<13)}))
	float := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64, math.MaxFloat64, 1e21, 0.1}))
	number := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, math.MinInt64, math.MaxInt64, 1<<53 + 1}))
	blob := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.SampledFrom([][]byte{{}, {0}, {0, 0, 0}, bytes.Repeat([]byte{0xff, 0}, 1<<16)}))
	rapid.Check(t, func(t *rapid.T) {
		maybe := func(v any, label string) any {
			if rapid.IntRange(0, 4).Draw(t, label+" is null") == 0 {
				return nil
			}
			return v
		}
		c := contents{files: map[string]string{"mitra.toml": text.Draw(t, "toml")}}
		for range 2 {
			var rows [][]any
			for range rapid.IntRange(0, 6).Draw(t, "rows") {
				b := blob.Draw(t, "bytes")
				if b == nil {
					b = []byte{}
				}
				rows = append(rows, []any{
					maybe(text.Draw(t, "text"), "text"), maybe(number.Draw(t, "integer"), "integer"),
					maybe(float.Draw(t, "float"), "float"), maybe(b, "bytes"),
				})
			}
			c.rows = append(c.rows, rows)
		}
		var file bytes.Buffer
		if err := write(&file, manifest("one", "two"), c, id.Recipient()); err != nil {
			t.Fatal(err)
		}
		m, got, err := read(file.Bytes(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m, manifest("one", "two")) || !reflect.DeepEqual(got.files, c.files) || !exact(got.rows, c.rows) {
			t.Fatalf("%v\n%v", got, c)
		}
	})
}

// TestPieces: a table of several pieces comes back in its order.
func TestPieces(t *testing.T) {
	id := key(t)
	var rows [][]any
	for i := range 40 {
		rows = append(rows, []any{fmt.Sprint(i), int64(i), nil, bytes.Repeat([]byte{byte(i)}, 100_000)})
	}
	rows = append(rows, []any{"huge", nil, nil, make([]byte, 5<<20)})
	want := contents{files: map[string]string{}, rows: [][][]any{{}, rows, {}}}
	var file bytes.Buffer
	if err := write(&file, manifest("before", "big", "after"), want, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	if _, got, err := read(file.Bytes(), id); err != nil || !exact(got.rows, want.rows) {
		t.Fatal(err)
	}
}

func small(t testing.TB, to ...age.Recipient) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := write(&file, manifest("one"), contents{
		files: map[string]string{"mitra.toml": "x", "keys/journal.pub": "y", "heads/house.head": "z"},
		rows:  [][][]any{{{"a", int64(1), 0.5, []byte("b")}}},
	}, to...); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestEveryByteCounts: a file that was cut off anywhere, or in which any one byte
// was changed, is never taken for a whole backup, and the error says one of the
// things that an error of a backup can say.
func TestEveryByteCounts(t *testing.T) {
	id := key(t)
	file := small(t, id.Recipient())
	if _, _, err := read(file, id); err != nil {
		t.Fatal(err)
	}
	known := func(err error) bool {
		for _, is := range []error{backup.ErrNotBackup, backup.ErrDamaged, backup.ErrTruncated, backup.ErrIdentity} {
			if errors.Is(err, is) {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(file); i += 1 + i/400*7 { // every byte of the head, which is where they differ
		changed := bytes.Clone(file)
		changed[i] ^= 1 << (i % 8)
		if _, _, err := read(changed, id); !known(err) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, _, err := read(file[:i], id); !known(err) {
			t.Fatalf("cut off at %d: %v", i, err)
		}
	}
	if _, _, err := read(append(bytes.Clone(file), 0), id); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
	if _, _, err := read(nil, id); !errors.Is(err, backup.ErrNotBackup) {
		t.Errorf("an empty file: %v", err)
	}
}

func TestWhoCanOpen(t *testing.T) {
	id, other := key(t), key(t)
	if _, _, err := read(small(t, id.Recipient()), other); !errors.Is(err, backup.ErrIdentity) {
		t.Errorf("another identity: %v", err)
	}
	if _, _, err := read(small(t, id.Recipient(), other.Recipient()), other); err != nil {
		t.Errorf("the second recipient: %v", err)
	}
	to, err := age.NewScryptRecipient("correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	to.SetWorkFactor(4)
	file := small(t, to)
	for phrase, want := range map[string]error{"correct horse battery": nil, "wrong horse battery": keyring.ErrWrongPassphrase} {
		with, err := age.NewScryptIdentity(phrase)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(file, with); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", phrase, err, want)
		}
	}
}

type entry struct{ name, content string }

// pack makes a file of entries, with everything that age says in order.
func pack(t testing.TB, to age.Recipient, entries ...entry) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := age.Encrypt(&file, to)
	if err != nil {
		t.Fatal(err)
	}
	a := tar.NewWriter(w)
	for _, e := range entries {
		if err := a.WriteHeader(&tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(e.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(a, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(a.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// unpack returns the entries of a file.
func unpack(t testing.TB, file []byte, id age.Identity) (entries []entry) {
	t.Helper()
	r, err := age.Decrypt(bytes.NewReader(file), id)
	if err != nil {
		t.Fatal(err)
	}
	for a := tar.NewReader(r); ; {
		h, err := a.Next()
		if err == io.EOF {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(a)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{h.Name, string(text)})
	}
}

// TestForged: what somebody else has put together with the right key is refused
// where it is not what the program writes.
func TestForged(t *testing.T) {
	id := key(t)
	whole := unpack(t, small(t, id.Recipient()), id)
	names := []string{"manifest.json", "files/mitra.toml", "files/keys/journal.pub", "files/heads/house.head", "tables/one/00000001.jsonl", "sums.json"}
	for i, e := range whole {
		if e.name != names[i] {
			t.Fatalf("entry %d is %s", i, e.name)
		}
	}
	if _, _, err := read(pack(t, id.Recipient(), whole...), id); err != nil {
		t.Fatalf("taken apart and put together: %v", err)
	}
	replace := func(i int, old, new string) []entry {
		out := append([]entry{}, whole...)
		out[i].content = strings.Replace(out[i].content, old, new, 1)
		if out[i] == whole[i] {
			t.Fatalf("nothing to replace: %q in %q", old, out[i].content)
		}
		return out
	}
	renamed := func(i int, name string) []entry {
		out := append([]entry{}, whole...)
		out[i].name = name
		return out
	}
	without := func(i int) []entry { return append(append([]entry{}, whole[:i]...), whole[i+1:]...) }
	for what, c := range map[string]struct {
		entries []entry
		want    error
	}{
		"nothing":              {nil, backup.ErrNotBackup},
		"another archive":      {[]entry{{"letter.txt", "hello"}}, backup.ErrNotBackup},
		"a later form":         {replace(0, `"format": 1`, `"format": 2, "more": true`), backup.ErrNewer},
		"an unknown key":       {replace(0, `"format": 1`, `"format": 1, "more": true`), backup.ErrDamaged},
		"no schema":            {replace(0, `"schema": 4`, `"schema": 0`), backup.ErrDamaged},
		"another kind":         {replace(0, `"text"`, `"date"`), backup.ErrDamaged},
		"a table's name":       {replace(0, `"one"`, `"one; DROP"`), backup.ErrDamaged},
		"a changed file":       {replace(1, "x", "y"), backup.ErrDamaged},
		"a changed value":      {replace(4, `"a"`, `"b"`), backup.ErrDamaged},
		"a value's type":       {replace(4, `0.5`, `"half"`), backup.ErrDamaged},
		"another spelling":     {replace(4, `0.5`, `0.50`), backup.ErrDamaged},
		"another escape":       {replace(4, `"a"`, `"\u0061"`), backup.ErrDamaged},
		"a value more":         {replace(4, `0.5`, `0.5,0.5`), backup.ErrDamaged},
		"a row twice":          {replace(4, "\n", "\n"+whole[4].content), backup.ErrDamaged},
		"a row without end":    {replace(4, "\n", ""), backup.ErrDamaged},
		"a blank line":         {replace(4, "\n", "\n\n"), backup.ErrDamaged},
		"out of the folder":    {renamed(1, "files/../evil"), backup.ErrDamaged},
		"out of keys":          {renamed(2, "files/keys/../mitra.toml"), backup.ErrDamaged},
		"an absolute name":     {renamed(1, "files//etc/passwd"), backup.ErrDamaged},
		"a file twice":         {renamed(2, "files/mitra.toml"), backup.ErrDamaged},
		"no sums":              {without(5), backup.ErrTruncated},
		"no table":             {without(4), backup.ErrDamaged},
		"no file":              {without(3), backup.ErrDamaged},
		"another table":        {renamed(4, "tables/two/00000001.jsonl"), backup.ErrDamaged},
		"another piece":        {renamed(4, "tables/one/00000002.jsonl"), backup.ErrDamaged},
		"something behind":     {append(append([]entry{}, whole...), entry{"more", ""}), backup.ErrDamaged},
		"something in between": {append(append([]entry{}, whole[:5]...), entry{"more", ""}, whole[5]), backup.ErrDamaged},
	} {
		if _, _, err := read(pack(t, id.Recipient(), c.entries...), id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

// TestUnwritable: what could not come back is not written.
func TestUnwritable(t *testing.T) {
	id := key(t)
	for what, row := range map[string][]any{
		"bytes that are no text": {"\xff", int64(1), 0.5, []byte{}},
		"a number as text":       {int64(1), int64(1), 0.5, []byte{}},
		"text as bytes":          {"a", int64(1), 0.5, "b"},
		"too few":                {"a", int64(1), 0.5},
		"a truth":                {"a", true, 0.5, []byte{}},
	} {
		err := write(io.Discard, manifest("one"), contents{rows: [][][]any{{row}}}, id.Recipient())
		if err == nil || strings.Contains(err.Error(), "\xff") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := write(io.Discard, manifest("one", "two"), contents{rows: [][][]any{{}}}, id.Recipient()); err == nil {
		t.Error("a table is missing, and the backup was written")
	}
}

// FuzzRead reads an archive that was encrypted as it should be, whatever is in it.
// What is read writes as the same rows.
func FuzzRead(f *testing.F) {
	id := key(f)
	file := small(f, id.Recipient())
	plain, err := age.Decrypt(bytes.NewReader(file), id)
	if err != nil {
		f.Fatal(err)
	}
	seed, err := io.ReadAll(plain)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:2000])
	f.Fuzz(func(t *testing.T, archive []byte) {
		var file bytes.Buffer
		w, err := age.Encrypt(&file, id.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(archive); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		m, c, err := read(file.Bytes(), id)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := write(&again, m, c, id.Recipient()); err != nil {
			return // with files that write leaves out, or in another order
		}
		if _, got, err := read(again.Bytes(), id); err != nil || !exact(got.rows, c.rows) {
			t.Errorf("%v: %v\n%v", err, got.rows, c.rows)
		}
	})
}
