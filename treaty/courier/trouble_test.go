package courier

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A trouble that goes on is told when it begins, when it changes, once an hour, and when it is over.
func TestTroubleIsToldOnce(t *testing.T) {
	var told bytes.Buffer
	x := trouble{log: slog.New(slog.NewTextHandler(&told, nil)), what: "letters are not delivered"}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	away, shut := errors.New("refused"), errors.New("no route")
	lines := func() int { return strings.Count(told.String(), "\n") }
	var last time.Duration
	for i, c := range []struct {
		err   error
		after time.Duration
		lines int
	}{
		{nil, 0, 0}, {away, 0, 1}, {away, time.Second, 1}, {shut, time.Second, 2}, {shut, 59 * time.Minute, 2}, {shut, 2 * time.Minute, 3},
		{nil, time.Second, 4}, {nil, time.Second, 4}, {away, time.Second, 5},
	} {
		now = now.Add(c.after)
		last = x.is(c.err, now)
		if lines() != c.lines {
			t.Errorf("step %d: %d lines, want %d\n%s", i, lines(), c.lines, told.String())
		}
		if (last > 0) != (c.err != nil) {
			t.Errorf("step %d: wait %s", i, last)
		}
	}
	if !strings.Contains(told.String(), `msg="over: letters are not delivered" after=1h1m`) {
		t.Error(told.String())
	}
	for range 100 {
		last = x.is(away, now)
	}
	if last < seldomest*7/10 || last > seldomest*13/10 {
		t.Errorf("a peer that is long away is called again after %s", last)
	}
}
