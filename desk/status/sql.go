package status

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/rules"
	"mitra/store"
)

const insertModel = `
	INSERT INTO linkage_model (hash, model) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`

const selectModel = `SELECT model FROM linkage_model WHERE hash = $1`

const insertRun = `
	INSERT INTO status_run (id, at, as_of, node, actor, office, pack, pack_hash, model, summary)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const selectLastRun = `
	SELECT id, at, as_of, node, actor, office, pack, pack_hash, model, summary FROM status_run ORDER BY id DESC LIMIT 1`

const selectRun = `
	SELECT id, at, as_of, node, actor, office, pack, pack_hash, model, summary FROM status_run WHERE id = $1`

const selectRuns = `
	SELECT id, at, as_of, node, actor, office, pack, pack_hash, model, summary FROM status_run WHERE id < $1 ORDER BY id DESC LIMIT $2`

// Later rows supersede earlier ones. What is in force is found while reading:
// a scan of the table is many times faster than asking it for each latest row.
const selectLinks = `
	SELECT permit, resident, seq, band, weight, levels, model FROM permit_link`

const selectLinksOf = `
	SELECT permit, resident, seq, band, weight, levels, model FROM permit_link WHERE resident = $1`

const selectLinksOfPermit = `
	SELECT permit, resident, seq, band, weight, levels, model FROM permit_link WHERE permit = $1`

const selectAssessments = `
	SELECT resident, axis, seq, value, reasons, fingerprint FROM assessment WHERE office = $1`

// The latest first.
const selectAssessmentsOf = `
	SELECT axis, value, reasons, officer, run FROM assessment
	WHERE resident = $1 AND office = $2 ORDER BY axis, seq DESC`

const selectLinkOfPair = `
	SELECT permit, resident, seq, band, weight, levels, model FROM permit_link WHERE permit = $1 AND resident = $2`

const (
	actColumns = `
	SELECT id, permit, resident, seq, act, two, reason, officer, office, at, weight, model, permit_version, resident_version FROM pair_decision `

	selectActs           = actColumns
	selectActsOf         = actColumns + `WHERE permit = $1 AND resident = $2`
	selectActsOfPermit   = actColumns + `WHERE permit = $1`
	selectActsOfResident = actColumns + `WHERE resident = $1`
	selectActsBefore     = actColumns + `WHERE id < $1 ORDER BY id DESC LIMIT $2`

	insertAct = `
	INSERT INTO pair_decision (id, permit, resident, seq, act, two, reason, officer, office, at, weight, model, permit_version, resident_version, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
)

const (
	clearReview = `DELETE FROM review_pair`

	selectReviewPlace = `SELECT place, state FROM review_pair WHERE permit = $1 AND resident = $2`

	// What is decided of a permit settles the other pairs of it until the next run.
	reviewOpen = `
	FROM review_pair WHERE state = $1 AND guarded <= $2 AND permit NOT IN (SELECT permit FROM review_pair WHERE state = 'same')`

	selectReview = `SELECT permit, resident, concern` + reviewOpen + `
	AND place >= $3 AND (place > $3 OR place = $3 AND (permit > $4 OR permit = $4 AND resident > $5)) ORDER BY place, permit, resident LIMIT $6`

	selectReviewOpen = `SELECT permit, resident` + reviewOpen

	selectWaiting = `
	SELECT r.permit, r.resident, r.guarded, d.officer FROM review_pair AS r
	JOIN pair_decision AS d ON d.permit = r.permit AND d.resident = r.resident
	WHERE r.state = 'waiting' AND d.seq = (SELECT max(seq) FROM pair_decision AS x WHERE x.permit = r.permit AND x.resident = r.resident)
	ORDER BY d.id`

	putReview = `
	INSERT INTO review_pair (permit, resident, place, concern, guarded, state) VALUES ($1, $2, -1, $3, $4, $5)
	ON CONFLICT (permit, resident) DO UPDATE SET state = excluded.state`
)

var clearUnlisted = `DELETE FROM review_pair WHERE NOT ` + registry.Listed("review_pair.permit") + ` OR NOT ` + registry.Listed("review_pair.resident")

var reviewColumns = []string{"permit", "resident", "place", "concern", "guarded", "state"}

func readActs(tx *store.Tx, query string, args ...any) (out []Act, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Act
		var two int64
		if err := rows.Scan(&a.ID, &a.Permit, &a.Resident, &a.Seq, &a.Act, &two, &a.Reason, &a.Officer, &a.Office, &a.At, &a.Weight, &a.Model, &a.PermitVersion, &a.ResidentVersion); err != nil {
			return nil, err
		}
		a.Two = two == 1
		out = append(out, a)
	}
	return out, rows.Err()
}

var linkColumns = []string{"permit", "resident", "seq", "band", "weight", "levels", "model", "run"}

var assessmentColumns = []string{"resident", "axis", "office", "seq", "value", "reasons", "fingerprint", "officer", "run"}

// ErrNoRun is returned where a run is needed and there has been none.
var ErrNoRun = errors.New("no status run yet")

// storedRun is a row of status_run.
type storedRun struct {
	id, at, asOf, node, actor, office, pack, packHash, model, summary string
}

func lastRun(tx *store.Tx) (r storedRun, err error) {
	err = tx.QueryRow(selectLastRun).Scan(&r.id, &r.at, &r.asOf, &r.node, &r.actor, &r.office, &r.pack, &r.packHash, &r.model, &r.summary)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoRun
	}
	return r, err
}

func readRuns(tx *store.Tx, query string, args ...any) (out []storedRun, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r storedRun
		if err := rows.Scan(&r.id, &r.at, &r.asOf, &r.node, &r.actor, &r.office, &r.pack, &r.packHash, &r.model, &r.summary); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// storedLink is a row of permit_link.
type storedLink struct {
	permit, resident string
	seq              int64
	band             string
	weight           float64
	levels, model    string
}

func readLinks(tx *store.Tx, query string, args ...any) ([]storedLink, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []storedLink
	at := map[[2]string]int{}
	for rows.Next() {
		var l storedLink
		if err := rows.Scan(&l.permit, &l.resident, &l.seq, &l.band, &l.weight, &l.levels, &l.model); err != nil {
			return nil, err
		}
		if l.seq < 1 || !slices.Contains([]string{bandLink, bandReview, bandPossible, bandNone}, l.band) {
			return nil, fmt.Errorf("a link: its number or band: %w", store.ErrDamaged)
		}
		key := [2]string{l.permit, l.resident}
		if i, ok := at[key]; !ok {
			at[key] = len(out)
			out = append(out, l)
		} else if l.seq > out[i].seq {
			out[i] = l
		}
	}
	slices.SortFunc(out, func(a, b storedLink) int {
		return cmp.Or(strings.Compare(a.permit, b.permit), strings.Compare(a.resident, b.resident))
	})
	return out, rows.Err()
}

// storedAssessment is an assessment of one resident, for reading.
type storedAssessment struct{ axis, value, reasons, officer, run string }

// standing is what an office's last assessment of an axis says.
type standing struct {
	seq                         int64
	value, reasons, fingerprint string
}

// sheets are the assessments in force, by resident, in the order of rules.AllAxes.
type sheets map[string]*[5]standing

// readSheets reads what an office holds of everybody.
func readSheets(tx *store.Tx, office string) (sheets, error) {
	rows, err := tx.Query(selectAssessments, office)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := sheets{}
	var resident, axis string
	var a standing
	dest := []any{&resident, &axis, &a.seq, &a.value, &a.reasons, &a.fingerprint}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		i := slices.Index(rules.AllAxes(), rules.Axis(axis))
		if i < 0 {
			return nil, fmt.Errorf("an assessment: its axis: %w", store.ErrDamaged)
		}
		if a.seq < 1 {
			return nil, fmt.Errorf("an assessment: its number: %w", store.ErrDamaged)
		}
		s := out[resident]
		if s == nil {
			s = new([5]standing)
			out[resident] = s
		}
		if a.seq > s[i].seq {
			s[i] = a
		}
	}
	return out, rows.Err()
}

// axesFrom puts the stored values of the axes together again; "" is one that
// nobody has said anything on.
func axesFrom(node string, value func(axis int) string) (a rules.Axes, err error) {
	a.Node = node
	for i, into := range []interface{ UnmarshalText([]byte) error }{&a.Identity, &a.Stay, &a.Work, &a.Origin, &a.Protection} {
		if v := value(i); v != "" && into.UnmarshalText([]byte(v)) != nil {
			err = fmt.Errorf("an assessment: its value: %w", store.ErrDamaged) // which is not repeated
		}
	}
	return a, err
}

func readHistory(tx *store.Tx, resident, office string) (map[string][]storedAssessment, error) {
	rows, err := tx.Query(selectAssessmentsOf, resident, office)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]storedAssessment{}
	for rows.Next() {
		var a storedAssessment
		if err := rows.Scan(&a.axis, &a.value, &a.reasons, &a.officer, &a.run); err != nil {
			return nil, err
		}
		out[a.axis] = append(out[a.axis], a)
	}
	return out, rows.Err()
}

// readModel returns a stored linkage model, which has to be what its hash says.
func readModel(tx *store.Tx, hash string) (m linkage.Model, err error) {
	var text string
	err = tx.QueryRow(selectModel, hash).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return m, fmt.Errorf("the linkage model of a link is gone: %w", store.ErrDamaged)
	case err != nil:
		return m, fmt.Errorf("linkage model: %w", err)
	case "sha256:"+hashText(text) != hash || json.Unmarshal([]byte(text), &m) != nil:
		return m, fmt.Errorf("the linkage model of a link is not what its hash says: %w", store.ErrDamaged)
	}
	return m, nil
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
			return nil, fmt.Errorf("the levels of a link: %w", store.ErrDamaged)
		}
		at := linkage.LevelAt{Level: n}
		if has {
			if at.Adjust, err = strconv.ParseFloat(adjust, 64); err != nil {
				return nil, fmt.Errorf("the levels of a link: %w", store.ErrDamaged)
			}
		}
		out = append(out, at)
	}
	return out, nil
}

const selectValues = `
	SELECT resident, axis, seq, value FROM assessment WHERE office = $1`

// heldValues are what an office holds of one resident: the value of each axis, by the order of rules.AllAxes, as an index into all
// values that there are; 0 is an axis on which nobody has said anything.
type heldValues struct {
	resident uuid.UUID
	seq      [5]int64
	value    [5]uint16
}

// readValues reads what an office holds of everybody, in no order, without its reasons. In the order of residents the database
// would take twice as long.
func readValues(tx *store.Tx, office string) (held []heldValues, values []string, err error) {
	rows, err := tx.Query(selectValues, office)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	values = []string{""}
	number := map[string]uint16{}
	at := map[uuid.UUID]int32{}
	axes := rules.AllAxes()
	var resident, axis, value sql.RawBytes
	var seq int64
	last := -1
	for rows.Next() {
		if err := rows.Scan(&resident, &axis, &seq, &value); err != nil {
			return nil, nil, err
		}
		a := slices.Index(axes, rules.Axis(axis))
		id, err := uuid.ParseBytes(resident)
		if a < 0 || seq < 1 || err != nil {
			return nil, nil, fmt.Errorf("an assessment: its resident, axis or number: %w", store.ErrDamaged)
		}
		n, ok := number[string(value)]
		if !ok {
			if len(values) > math.MaxUint16 {
				return nil, nil, fmt.Errorf("assessments: more values than there are: %w", store.ErrDamaged)
			}
			n = uint16(len(values))
			values = append(values, string(value))
			number[values[n]] = n
		}
		if last < 0 || held[last].resident != id { // those of a resident mostly follow one another
			i, ok := at[id]
			if !ok {
				i = int32(len(held))
				at[id] = i
				held = append(held, heldValues{resident: id})
			}
			last = int(i)
		}
		if h := &held[last]; seq > h.seq[a] {
			h.seq[a], h.value[a] = seq, n
		}
	}
	return held, values, rows.Err()
}
