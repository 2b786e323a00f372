package status

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mitra/identity/linkage"
	"mitra/store"
)

const insertModel = `
	INSERT INTO linkage_model (hash, model) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`

const selectModel = `SELECT model FROM linkage_model WHERE hash = $1`

const insertRun = `
	INSERT INTO status_run (id, at, as_of, actor, office, pack, pack_hash, model, summary)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const selectLastRun = `
	SELECT id, at, as_of, actor, office, pack, pack_hash, model, summary FROM status_run ORDER BY id DESC LIMIT 1`

// A later row for the same two supersedes an earlier one.
const selectLinks = `
	SELECT permit, resident, seq, band, weight, levels, model FROM permit_link a
	WHERE seq = (SELECT max(seq) FROM permit_link b WHERE b.permit = a.permit AND b.resident = a.resident)
	ORDER BY permit, resident`

const selectLinksOf = `
	SELECT permit, resident, seq, band, weight, levels, model FROM permit_link a
	WHERE resident = $1 AND seq = (SELECT max(seq) FROM permit_link b WHERE b.permit = a.permit AND b.resident = a.resident)
	ORDER BY permit`

const selectAssessments = `
	SELECT resident, axis, office, seq, value, reasons, fingerprint, officer, run FROM assessment a
	WHERE seq = (SELECT max(seq) FROM assessment b WHERE b.resident = a.resident AND b.axis = a.axis AND b.office = a.office)
	ORDER BY resident, axis, office`

const selectAssessmentsOf = `
	SELECT resident, axis, office, seq, value, reasons, fingerprint, officer, run FROM assessment
	WHERE resident = $1 ORDER BY axis, office, seq DESC`

var linkColumns = []string{"permit", "resident", "seq", "band", "weight", "levels", "model", "run"}

var assessmentColumns = []string{"resident", "axis", "office", "seq", "value", "reasons", "fingerprint", "officer", "run"}

// ErrNoRun is returned where a run is needed and there has been none.
var ErrNoRun = errors.New("no status run yet")

// storedRun is a row of status_run.
type storedRun struct {
	id, at, asOf, actor, office, pack, packHash, model, summary string
}

func lastRun(tx *store.Tx) (r storedRun, err error) {
	err = tx.QueryRow(selectLastRun).Scan(&r.id, &r.at, &r.asOf, &r.actor, &r.office, &r.pack, &r.packHash, &r.model, &r.summary)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoRun
	}
	return r, err
}

// storedLink is a row of permit_link.
type storedLink struct {
	permit, resident string
	seq              int64
	band             string
	weight           float64
	levels, model    string
}

func readLinks(tx *store.Tx, query string, args ...any) (out []storedLink, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l storedLink
		if err := rows.Scan(&l.permit, &l.resident, &l.seq, &l.band, &l.weight, &l.levels, &l.model); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

// storedAssessment is a row of assessment.
type storedAssessment struct {
	resident, axis, office string
	seq                    int64
	value, reasons         string
	fingerprint            string
	officer, run           string
}

func readAssessments(tx *store.Tx, query string, args []any, yield func(storedAssessment)) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a storedAssessment
		if err := rows.Scan(&a.resident, &a.axis, &a.office, &a.seq, &a.value, &a.reasons, &a.fingerprint, &a.officer, &a.run); err != nil {
			return err
		}
		yield(a)
	}
	return rows.Err()
}

// readModel returns a stored linkage model.
func readModel(tx *store.Tx, hash string) (m linkage.Model, err error) {
	var text string
	if err := tx.QueryRow(selectModel, hash).Scan(&text); err != nil {
		return m, fmt.Errorf("linkage model %s: %w", hash, err)
	}
	return m, json.Unmarshal([]byte(text), &m)
}

// The levels of a pair are stored as "level:adjust" separated by blanks, "-"
// where a value was missing; adjustments in thousandths of a bit.
func formatLevels(levels []linkage.LevelAt) string {
	b := make([]byte, 0, 8*len(levels))
	for i, at := range levels {
		if i > 0 {
			b = append(b, ' ')
		}
		if at.Level < 0 {
			b = append(b, '-')
			continue
		}
		b = strconv.AppendInt(b, int64(at.Level), 10)
		if at.Adjust != 0 {
			b = append(b, ':')
			b = strconv.AppendFloat(b, at.Adjust, 'f', 3, 64)
		}
	}
	return string(b)
}

func parseLevels(s string) ([]linkage.LevelAt, error) {
	var out []linkage.LevelAt
	for _, f := range strings.Fields(s) {
		if f == "-" {
			out = append(out, linkage.LevelAt{Level: -1})
			continue
		}
		level, adjust, has := strings.Cut(f, ":")
		n, err := strconv.Atoi(level)
		if err != nil {
			return nil, fmt.Errorf("levels of a link: %w", err)
		}
		at := linkage.LevelAt{Level: n}
		if has {
			if at.Adjust, err = strconv.ParseFloat(adjust, 64); err != nil {
				return nil, fmt.Errorf("levels of a link: %w", err)
			}
		}
		out = append(out, at)
	}
	return out, nil
}
