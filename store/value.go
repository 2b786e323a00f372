package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// timeLayout is RFC 3339 in UTC with six digits of a second, always: the order
// of the text is the order of time (years 0000 to 9999).
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Time writes t for a TEXT column: RFC 3339, UTC, microseconds (cut, not
// rounded), 27 bytes.
func Time(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTime reads what [Time] wrote, and nothing else.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || Time(t) != s { // Parse is more generous than that
		return time.Time{}, errors.New("not a stored time (RFC 3339, UTC, microseconds)")
	}
	return t, nil
}

// NewID returns a new UUID version 7 (RFC 9562) in its text form. IDs made by
// one process sort in the order in which they were made; those of two
// processes by their clocks.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// FirstID is the least id that [NewID] may return at a time.
func FirstID(at time.Time) string {
	ms := at.UnixMilli() & (1<<48 - 1)
	return fmt.Sprintf("%08x-%04x-7000-8000-000000000000", ms>>16, ms&0xffff)
}
