package table

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What a sheet is written of is what is read of it, and nothing in it runs; nothing of it is left in the folder.
func TestSheet(t *testing.T) {
	rows := [][]string{{"id", "name"}, {"1", "Sri Contoh"}, {"2", "=1+1"}, {"3", "-cmd|x"}, {"4", "-12.5"}, {"5", "ស្រី <b>&"}}
	for i := range 80_000 { // more than is held in memory
		rows = append(rows, []string{fmt.Sprint("k", i), "Somebody with a name that takes room, and more room, and yet more room, until it does not fit"})
	}
	dir := t.TempDir()
	var b bytes.Buffer
	s, err := NewSheet(&b, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := s.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) == 0 {
		t.Error("what does not fit into memory lies elsewhere")
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if bytes.Contains(b.Bytes(), []byte("<f>")) {
		t.Error("there is a formula")
	}
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !slices.Equal(r.Header(), rows[0]) {
		t.Errorf("header: %q", r.Header())
	}
	for i, want := range rows[1:] {
		want = slices.Clone(want)
		for j := range want {
			want[j] = neutral(want[j]) // it may be saved as CSV
		}
		got, err := r.Next()
		if err != nil || !slices.Equal(got.Cells, want) {
			t.Fatalf("row %d: %q %v, want %q", i, got.Cells, err, want)
		}
	}
}
