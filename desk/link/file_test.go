package link

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mitra/table"
)

// kept is a side that keeps ids alone.
type kept []string

func (k *kept) ID(i int) string           { return (*k)[i] }
func (k *kept) Add(id string, _ []string) { *k = append(*k, id) }

// load loads a file with these ids; "-" is a row without one.
func load(t *testing.T, ids []string) (*File, error) {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,full_name\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "%s,Budi Rekaan\n", strings.Trim(id, "-"))
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(context.Background(), path, "", table.NewVocabulary("id", "full_name"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f, f.Load(context.Background(), &kept{}, nil)
}

func numbered(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("P%d", i))
	}
	return ids
}

// Ids are looked up some at a time; which row is refused does not show that.
func TestIDs(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		set   map[int]string // other ids, by row
		code  string
		line  int
		first string
	}{
		{"two rows one after the other", 10, map[int]string{1: "P0"}, "duplicate_id", 3, "line 2 "},
		{"of one batch", rowBatch, map[int]string{rowBatch - 1: "P3"}, "duplicate_id", rowBatch + 1, "line 5 "},
		{"of two batches", 3 * rowBatch, map[int]string{2*rowBatch + 5: "P7"}, "duplicate_id", 2*rowBatch + 7, "line 9 "},
		{"the last row", 2*rowBatch + 9, map[int]string{2*rowBatch + 8: "P0"}, "duplicate_id", 2*rowBatch + 10, "line 2 "},
		{"the first of two", 300, map[int]string{40: "P30", 41: "P2"}, "duplicate_id", 42, "line 32 "},
		{"no id", 300, map[int]string{70: "-"}, "no_id", 72, ""},
		{"twice, before one without", 300, map[int]string{70: "-", 67: "P66"}, "duplicate_id", 69, "line 68 "},
		{"twice, after one without", 300, map[int]string{70: "-", 72: "P66"}, "no_id", 72, ""},
	} {
		ids := numbered(c.n)
		for row, id := range c.set {
			ids[row] = id
		}
		_, err := load(t, ids)
		e := new(table.Error)
		if !errors.As(err, &e) || e.Code != c.code || e.Line != c.line || !strings.HasPrefix(e.Message, c.first) {
			t.Errorf("%s: got %v, want %s in line %d", c.name, err, c.code, c.line)
		}
	}
}

func TestFind(t *testing.T) {
	for _, n := range []int{0, 1, rowBatch - 1, rowBatch, rowBatch + 1, 5000} {
		ids := numbered(n)
		f, err := load(t, ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if got, ok := f.Find(id); !ok || got != i {
				t.Fatalf("of %d: %s is record %d (%t), not %d", n, id, got, ok, i)
			}
		}
		if _, ok := f.Find("Q"); ok {
			t.Errorf("of %d: one is found that is not there", n)
		}
	}
}
