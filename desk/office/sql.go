package office

import (
	"fmt"
	"time"

	"mitra/store"
)

const (
	insertNotice = `
	INSERT INTO notice (id, office, officer, address, kind, class, due, zone, at, next, begun, tries, ended, failed)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, '', 0, '', 0)`

	// waitingAddresses are those to which something goes now: what is new has waited for others until $1, what has
	// been tried waits until $2.
	waitingAddresses = `
	SELECT DISTINCT address FROM notice WHERE next <> '' AND (tries = 0 AND next <= $1 OR tries > 0 AND next <= $2) ORDER BY address`

	// waitingNotices are all that may be told to an address.
	waitingNotices = `
	SELECT id, office, officer, kind, class, due, zone, begun, tries FROM notice
	WHERE next <> '' AND address = $1 AND at <= $2 AND (tries = 0 OR next <= $2) ORDER BY at, id`

	tryNotice = `
	UPDATE notice SET tries = tries + 1, next = $1, begun = $2 WHERE id = $3 AND tries = $4 AND next <> ''`

	endNotice = `
	UPDATE notice SET next = '', ended = $1, failed = $2 WHERE id = $3 AND next <> ''`

	forgetNotices = `
	DELETE FROM notice WHERE ended <> '' AND ended < $1`

	countOld = `
	SELECT COUNT(*) FROM notice WHERE ended <> '' AND ended < $1`

	countLate = `
	SELECT COUNT(*) FROM notice WHERE next <> '' AND at < $1`

	countFailed = `
	SELECT COUNT(*) FROM notice WHERE failed = 1`
)

// row is a notice of [waitingNotices].
type row struct {
	id, office, officer, kind, class, zone string
	due, begun                             time.Time // begun is zero before the first try
	tries                                  int64
}

func waiting(tx *store.Tx, address string, now time.Time) (out []row, err error) {
	rows, err := tx.Query(waitingNotices, address, now)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var due, begun string
		if err := rows.Scan(&r.id, &r.office, &r.officer, &r.kind, &r.class, &due, &r.zone, &begun, &r.tries); err != nil {
			return nil, err
		}
		var err error
		if r.due, err = store.ParseTime(due); err == nil && begun != "" {
			r.begun, err = store.ParseTime(begun)
		}
		if err != nil {
			return nil, fmt.Errorf("notice %s: %w", r.id, store.ErrDamaged)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
