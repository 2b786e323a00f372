package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// A transaction that conflicts is tried again at most maxAttempts times and
// not after maxRetrying: beyond that the load is not a passing one, and the
// caller should hear of it. SQLite has then already waited busyTimeout in each
// attempt.
const (
	maxAttempts = 40
	maxRetrying = 30 * time.Second

	firstPause   = time.Millisecond
	longestPause = 250 * time.Millisecond
)

// pause waits before attempt n+2: a random time up to a bound that doubles
// ("full jitter", so that transactions that collided once spread out).
func pause(ctx context.Context, n int) error {
	bound := min(firstPause<<min(n, 16), longestPause)
	t := time.NewTimer(firstPause/2 + rand.N(bound))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// conflicts reports whether err means that the transaction lost against
// another one and may well succeed when it is run again.
func conflicts(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization failure, deadlock
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff { // the primary code: BUSY_SNAPSHOT, BUSY_RECOVERY … are BUSY too
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			return true
		}
	}
	return false
}
