package courier

import (
	"log/slog"
	"time"
)

const (
	// oftenest is how soon a peer that failed is called again at the earliest, whatever is queued for it.
	oftenest = time.Second
	// seldomest is how late at the latest, so that one that is back need not wait long.
	seldomest = 30 * time.Second
	// reminder is how often a trouble that goes on is told again.
	reminder = time.Hour
)

// A trouble is something that fails again and again. It is told when it begins, when it becomes
// another, once in an hour and when it is over: a log that says the same four times in a second is
// read by nobody. The zero value is no trouble.
type trouble struct {
	log  *slog.Logger // with what is concerned
	what string       // what does not work

	tries       int64
	says        string
	since, told time.Time
}

// is takes in how an attempt went, and returns how long to wait for the next one; 0 if it worked.
func (t *trouble) is(err error, now time.Time) time.Duration {
	if err == nil {
		if t.tries > 0 {
			t.log.Info("over: "+t.what, "after", now.Sub(t.since).Round(time.Second))
			t.tries, t.says = 0, ""
		}
		return 0
	}
	if t.tries == 0 {
		t.since = now
	}
	if says := err.Error(); says != t.says || now.Sub(t.told) >= reminder {
		t.log.Warn(t.what, "error", says, "since", t.since.UTC().Format(time.RFC3339))
		t.says, t.told = says, now
	}
	t.tries++
	return min(seldomest, pause(t.tries-1))
}
