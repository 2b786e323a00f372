package registry

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestStoredJSON holds the JSON written by hand against encoding/json.
func TestStoredJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.String()).Draw(t, "cells")
		b := appendTexts(nil, list)
		var std []string
		if err := json.Unmarshal(b, &std); err != nil || !slices.Equal(std, list) {
			t.Fatalf("encoding/json reads %q: %v", std, err)
		}
		own, err := texts(string(b))
		if err != nil || !slices.Equal(own, list) {
			t.Fatalf("read back as %q: %v", own, err)
		}

		var f Fields
		for c := range fieldCount {
			if rapid.Bool().Draw(t, "has") {
				f.values[c] = rapid.String().Draw(t, "value")
			}
		}
		f.Repairs = rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "repairs")
		f.Flags = rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "flags")
		b = f.appendJSON(nil)
		if !json.Valid(b) {
			t.Fatalf("not JSON: %s", b)
		}
		var back Fields
		if err := back.parse(string(b)); err != nil {
			t.Fatal(err)
		}
		if back.values != f.values || !slices.Equal(back.Repairs, f.Repairs) || !slices.Equal(back.Flags, f.Flags) {
			t.Fatalf("read back as %+v", back)
		}
	})
}

// FuzzStoredJSON reads damaged columns: an error, never a panic.
func FuzzStoredJSON(f *testing.F) {
	for _, s := range []string{"", "{}", "[]", `{"id":"R1","sex":"F"}`, `{"id":"R1","repairs":["a","b"],"flags":[]}`, `{"sex":"F","id":"R1"}`, `["a","\u0000","\""]`, `{"id":`, `["`, `["\`, "[\"\x80\x00\"]", "{\"id\":\"\x80\"}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var fields Fields
		if err := fields.parse(s); err == nil && s != "" && !json.Valid([]byte(s)) {
			// Raw control characters pass: they are never written.
			if fields.parse(string(fields.appendJSON(nil))) != nil {
				t.Errorf("%q is read, and cannot be written", s)
			}
		}
		if list, err := texts(s); err == nil && s != "" {
			if again, err := texts(string(appendTexts(nil, list))); err != nil || !slices.Equal(list, again) {
				t.Errorf("%q is read as %q, and then as %q", s, list, again)
			}
		}
	})
}
