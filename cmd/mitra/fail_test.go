package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"mitra/desk/registry"
)

// TestWhatIsKeptIsSaid: a command that fails after it has done something never
// says that nothing was kept.
func TestWhatIsKeptIsSaid(t *testing.T) {
	const rest = "the import itself is done and kept"
	for _, cause := range []error{syscall.ENOSPC, syscall.EIO, syscall.EPERM, context.Canceled} {
		err := fmt.Errorf("%w: %w", registry.ErrUntold, cause)
		f := describe(&kept{err, rest})
		if told := f.Message + f.Hint; !strings.Contains(told, rest) || strings.Contains(told, "nothing of") || strings.Contains(told, "again") {
			t.Errorf("%v: %q, hint %q", cause, f.Message, f.Hint)
		}
		if told := describe(err); strings.Contains(told.Message+told.Hint, rest) {
			t.Errorf("%v: nothing is kept, and %q, hint %q", cause, told.Message, told.Hint)
		}
	}
}

// Every code that a command can fail with stands in the handbook.
func TestEveryCodeIsDescribed(t *testing.T) {
	handbook, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	given := regexp.MustCompile(`(?:f\.Code[^=\n]*=|unusable\(|Code:) ?"([a-z_]+)"`)
	codes := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range given.FindAllStringSubmatch(string(text), -1) {
			if !strings.HasSuffix(file, "_test.go") {
				codes[m[1]] = true
			}
		}
	}
	if len(codes) < 60 {
		t.Errorf("only %d codes are found in the program", len(codes))
	}
	for code := range codes {
		if !strings.Contains(string(handbook), "`"+code+"`") {
			t.Errorf("docs/operations.md does not describe the code %s", code)
		}
	}
}
