package api

import (
	"errors"
	"testing"
)

// A cursor is of one list, and has one form.
func FuzzCursor(f *testing.F) {
	for _, id := range []string{"0197a5b0-0000-7000-8000-000000000000", "sari.w", "~", "a\nb", "../x"} {
		f.Add("people", cursorAfter("people", id))
	}
	f.Add("runs", "cnVucwo")
	f.Add("runs", "=")
	f.Fuzz(func(t *testing.T, list, cursor string) {
		id, err := parseCursor(list, cursor)
		switch {
		case err != nil && (!errors.Is(err, errCursor) || id != ""):
			t.Errorf("%q: %q, %v", cursor, id, err)
		case err == nil && cursorAfter(list, id) != cursor:
			t.Errorf("%q is %q, which is written %q", cursor, id, cursorAfter(list, id))
		case err == nil && id != "" && !place.MatchString(id):
			t.Errorf("%q names %q", cursor, id)
		}
		if _, err := parseCursor(list+"x", cursor); cursor != "" && err == nil {
			t.Errorf("%q is of two lists", cursor)
		}
	})
}
