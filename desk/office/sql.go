package office

import (
	"fmt"
	"slices"
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

// Offices.
const (
	units = `
	SELECT name, kind, agency, opened, closed FROM office `

	allUnits = units + `ORDER BY CASE closed WHEN '' THEN 0 ELSE 1 END, name`

	unitOf = units + `WHERE name = $1`

	countUnits = `
	SELECT COUNT(*) FROM office`

	insertUnit = `
	INSERT INTO office (name, kind, agency, opened, closed, seal) VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (name) DO NOTHING`

	reopenUnit = `
	UPDATE office SET closed = '' WHERE name = $1 AND kind = $2 AND agency = $3 AND closed <> ''`

	closeUnit = `
	UPDATE office SET closed = $1 WHERE name = $2`
)

// Units are the offices of the node, those that are closed last.
func Units(tx *store.Tx) ([]Unit, error) { return unitsOf(tx, allUnits) }

// FindOpen is an office in which officers may work. The error wraps [ErrUnknown].
func FindOpen(tx *store.Tx, name string) (Unit, error) {
	all, err := unitsOf(tx, unitOf, name)
	if err != nil {
		return Unit{}, err
	}
	if len(all) == 0 || !all[0].Closed.IsZero() {
		return Unit{}, ErrUnknown
	}
	return all[0], nil
}

func unitsOf(tx *store.Tx, query string, args ...any) (out []Unit, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u Unit
		var opened, closed string
		if err := rows.Scan(&u.Name, &u.Kind, &u.Agency, &opened, &closed); err != nil {
			return nil, err
		}
		var err error
		if u.Opened, err = store.ParseTime(opened); err == nil && closed != "" {
			u.Closed, err = store.ParseTime(closed)
		}
		if err != nil || !slices.Contains(Kinds(), u.Kind) || (u.Kind == Guest) != slices.Contains(Agencies(), u.Agency) {
			return nil, fmt.Errorf("office: %w", store.ErrDamaged)
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

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
