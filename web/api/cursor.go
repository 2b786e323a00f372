package api

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
)

// errCursor: it is none of this list.
var errCursor = errors.New("the cursor is not one that this list has given")

// place is what a cursor can name: an id of something that the list has shown.
var place = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// cursorAfter is the cursor by which a list goes on after something; empty at the end of it.
func cursorAfter(list, id string) string {
	if id == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(list + "\n" + id))
}

// parseCursor is after what a list goes on; empty: from its beginning. The error wraps [errCursor].
func parseCursor(list, cursor string) (id string, err error) {
	if cursor == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	of, id, ok := strings.Cut(string(b), "\n")
	if err != nil || !ok || of != list || !place.MatchString(id) || strings.ContainsAny(cursor, "\r\n") { // which base64 passes over
		return "", errCursor
	}
	return id, nil
}
