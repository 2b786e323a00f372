package guest

import (
	"encoding/json"
	"fmt"

	"mitra/store"
	"mitra/treaty/journal"
)

const (
	insertReferred = `
	INSERT INTO referred (id, office, subjects, purpose, basis, given, danger, officer, at, second, until, state, answer, answerer, answered, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, $11, '', '', '', $12)`

	columns = `
	SELECT id, office, subjects, purpose, basis, given, danger, officer, at, second, until, state, answer, answerer, answered FROM referred `

	referredOf = columns + `WHERE id = $1`

	// inOrder has what goes on first, then the newest: as the indexes have it, whose words these are.
	inOrder = `ORDER BY CASE WHEN state IN ('waits', 'open', 'accepted') THEN 0 ELSE 1 END, id DESC `

	// listOf are those of an office that no second officer is waited for with.
	listOf = columns + `WHERE office = $1 AND state <> 'waits' ` + inOrder + `LIMIT $2`

	sent = columns + inOrder + `LIMIT $1`

	about = columns + `WHERE id IN (SELECT referral FROM referred_subject WHERE entry = $1)`

	insertSubject = `
	INSERT INTO referred_subject (entry, referral) VALUES ($1, $2) ON CONFLICT DO NOTHING`

	allReferred = `
	SELECT id, subjects FROM referred`

	allSubjects = `
	SELECT entry, referral FROM referred_subject`

	// kept are those of which something is left that can be read.
	kept = columns + `WHERE given <> '' OR answer <> '' ORDER BY id`

	countLately = `
	SELECT COUNT(*) FROM referred WHERE office = $1 AND at > $2`

	countLive = `
	SELECT COUNT(*) FROM referred WHERE office = $1 AND CASE WHEN state IN ('waits', 'open', 'accepted') THEN 0 ELSE 1 END = 0`

	agree = `
	UPDATE referred SET second = $1, state = $2 WHERE id = $3 AND state = $4`

	endReferred = `
	UPDATE referred SET state = $1, given = '', seal = $2 WHERE id = $3 AND state IN ($4, $5, $6)`

	erase = `
	UPDATE referred SET state = $1, given = '', answer = '', seal = $2 WHERE id = $3`

	answer = `
	UPDATE referred SET state = $1, answer = $2, answerer = $3, answered = $4 WHERE id = $5`

	rub = `
	UPDATE referred SET given = '', seal = $1 WHERE id = $2`
)

// Bound is the table of what was handed over, whose rows events bind.
var Bound = journal.Bound{Table: "referred", Key: "id", All: `
	SELECT id, office, subjects, purpose, basis, given, danger, officer, at, second, until, state, answer, answerer, answered, seal FROM referred`}

// row is a row of referred.
type row struct {
	Line
	subjects []string
	given    string
	danger   bool
	answer   string
	answerer string
}

// find finds a referral. The error wraps [ErrUnknown].
func find(tx *store.Tx, id string) (row, error) {
	rows, err := rowsOf(tx, referredOf, id)
	if err == nil && len(rows) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return row{}, err
	}
	return rows[0], nil
}

func rowsOf(tx *store.Tx, query string, args ...any) (out []row, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var danger int64
		var subjects, at, until, answered string
		if err := rows.Scan(&r.ID, &r.Office, &subjects, &r.Purpose, &r.Basis, &r.given, &danger, &r.Officer, &at, &r.Second, &until, &r.State,
			&r.answer, &r.answerer, &answered); err != nil {
			return nil, err
		}
		r.danger = danger == 1
		err := json.Unmarshal([]byte(subjects), &r.subjects)
		if err == nil {
			r.At, err = store.ParseTime(at)
		}
		if err == nil {
			r.Until, err = store.ParseTime(until)
		}
		if err == nil && answered != "" {
			r.Answered, err = store.ParseTime(answered)
		}
		if err != nil {
			return nil, fmt.Errorf("referral %s: %w", r.ID, store.ErrDamaged)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
