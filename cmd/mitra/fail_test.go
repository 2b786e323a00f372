package main

import (
	"context"
	"fmt"
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
