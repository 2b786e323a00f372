package mitra_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsNameTests: a test that a document quotes as a proof is there.
func TestDocumentsNameTests(t *testing.T) {
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z]\w*)\(`)
	named := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)
	tests, documents := map[string]bool{}, map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		code := strings.HasSuffix(path, "_test.go")
		if !code && !(strings.HasPrefix(path, "docs") && strings.HasSuffix(path, ".md")) {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !code {
			documents[path] = string(b)
			return nil
		}
		for _, m := range declared.FindAllStringSubmatch(string(b), -1) {
			tests[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for path, text := range documents {
		for _, name := range named.FindAllString(text, -1) {
			if found++; !tests[name] {
				t.Errorf("%s names %s, which is no test here", path, name)
			}
		}
	}
	if found < 60 {
		t.Errorf("the documents name %d tests", found)
	}
}
