package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// TestResultsAllOrNone: the last result cannot have its name, though everything
// is written; what stood in the places of the others is there again.
func TestResultsAllOrNone(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(text string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}
	}
	if err := os.WriteFile(in("old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var r results
	for _, name := range []string{"new", "old", "last"} {
		if err := r.add(in(name), 0o644, write("made")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(in("last"), 0o700); err != nil { // while the command worked
		t.Fatal(err)
	}
	err := r.put()
	if f := describe(err); err == nil || f.File != in("last") || f.Hint == "" {
		t.Errorf("error %v, told as %+v", err, f)
	}
	r.discard()
	if got, want := contents(t, dir), map[string]string{"old": "old", "last": "a folder"}; !maps.Equal(got, want) {
		t.Errorf("afterwards there is %v, want %v", got, want)
	}
	if fi, err := os.Stat(in("old")); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the file that stood there: %v, %v", fi.Mode(), err)
	}

	if err := os.Remove(in("last")); err != nil {
		t.Fatal(err)
	}
	r = results{}
	for _, name := range []string{"new", "old", "last"} {
		if err := r.add(in(name), 0o644, write("made")); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.put(); err != nil {
		t.Error(err)
	}
	r.discard()
	if got, want := contents(t, dir), map[string]string{"new": "made", "old": "made", "last": "made"}; !maps.Equal(got, want) {
		t.Errorf("afterwards there is %v, want %v", got, want)
	}
}

// contents is what the files of a folder hold.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, entry := range list {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if entry.IsDir() {
			text, err = []byte("a folder"), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		out[entry.Name()] = string(text)
	}
	return out
}
