package status

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"mitra/store"
	"mitra/treaty/journal"
)

// kindRun is the kind of the journal event of a run.
const kindRun = "status.run"

// runEvent is the data of that event. The hashes cover every row that the run
// stored, so that a changed assessment or link is found through the journal.
type runEvent struct {
	Run             string `json:"run"`
	AsOf            string `json:"as_of"`
	Pack            string `json:"pack"`
	PackHash        string `json:"pack_hash"`
	Model           string `json:"model"`
	Residents       int    `json:"residents"`
	Permits         int    `json:"permits"`
	Assessments     int    `json:"assessments"`
	AssessmentsHash string `json:"assessments_sha256"`
	Links           int    `json:"links"`
	LinksHash       string `json:"links_sha256"`
	SummaryHash     string `json:"summary_sha256"`
}

// rowHashes are the hashes of a set of rows.
type rowHashes [][sha256.Size]byte

// add takes a row of texts, whole numbers and floating-point numbers.
func (h *rowHashes) add(row []any) {
	b := make([]byte, 0, 512)
	for _, v := range row {
		switch v := v.(type) {
		case string:
			b = field(b, v)
		case int64:
			b = binary.BigEndian.AppendUint64(b, uint64(v))
		case float64:
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(v))
		default:
			panic(fmt.Sprintf("status: a row with a %T", v))
		}
	}
	*h = append(*h, sha256.Sum256(b))
}

// sum is the SHA-256 over the sorted hashes, in hexadecimal: the order in which
// a database hands out rows is no part of what they say.
func (h rowHashes) sum() string {
	slices.SortFunc(h, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	all := sha256.New()
	for _, x := range h {
		all.Write(x[:])
	}
	return hex.EncodeToString(all.Sum(nil))
}

func hashText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// A Finding is something stored that is not as the journal says it was stored.
type Finding struct {
	Run  string `json:"run"`
	What string `json:"what"`
}

const (
	allAssessments = `SELECT resident, axis, office, seq, value, reasons, fingerprint, officer, run FROM assessment`
	allLinks       = `SELECT permit, resident, seq, band, weight, levels, model, run FROM permit_link`
	allRuns        = `SELECT id, as_of, pack, pack_hash, model, summary FROM status_run`
	allModels      = `SELECT hash, model FROM linkage_model`
)

// Verify recomputes what every run stored and compares it with the journal.
// Whether the journal is what it was is for journal.Verify to say.
func Verify(ctx context.Context, db *store.DB) (out []Finding, err error) {
	err = db.Read(ctx, func(tx *store.Tx) (err error) {
		out, err = verify(tx)
		return err
	})
	return out, err
}

func verify(tx *store.Tx) (out []Finding, err error) {
	events := map[string]runEvent{}
	if err := journal.Events(tx, journal.House, func(e journal.Event) error {
		var data runEvent
		if e.Kind == kindRun && json.Unmarshal(e.Data, &data) == nil {
			events[data.Run] = data
		}
		return nil
	}); err != nil {
		return nil, err
	}
	assessments, err := hashByRun(tx, allAssessments, func(scan func(...any) error) (run string, row []any, err error) {
		var resident, axis, office, value, reasons, fingerprint, officer string
		var seq int64
		err = scan(&resident, &axis, &office, &seq, &value, &reasons, &fingerprint, &officer, &run)
		return run, []any{resident, axis, office, seq, value, reasons, fingerprint, officer, run}, err
	})
	if err != nil {
		return nil, err
	}
	links, err := hashByRun(tx, allLinks, func(scan func(...any) error) (run string, row []any, err error) {
		var permit, resident, band, levels, model string
		var seq int64
		var weight float64
		err = scan(&permit, &resident, &seq, &band, &weight, &levels, &model, &run)
		return run, []any{permit, resident, seq, band, weight, levels, model, run}, err
	})
	if err != nil {
		return nil, err
	}
	found := func(run, what string) { out = append(out, Finding{run, what}) }
	for run := range assessments {
		if _, ok := events[run]; !ok {
			found(run, "assessments of a run that the journal does not know")
		}
	}
	for run := range links {
		if _, ok := events[run]; !ok {
			found(run, "links of a run that the journal does not know")
		}
	}
	for run, e := range events {
		if assessments[run].sum() != e.AssessmentsHash {
			found(run, fmt.Sprintf("its assessments are not the %d that were stored", e.Assessments))
		}
		if links[run].sum() != e.LinksHash {
			found(run, fmt.Sprintf("its links are not the %d that were stored", e.Links))
		}
	}
	if err := verifyRuns(tx, events, found); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return bytes.Compare([]byte(a.Run+a.What), []byte(b.Run+b.What))
	})
	return out, nil
}

func hashByRun(tx *store.Tx, query string, read func(scan func(...any) error) (string, []any, error)) (map[string]rowHashes, error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]rowHashes{}
	for rows.Next() {
		run, row, err := read(rows.Scan)
		if err != nil {
			return nil, err
		}
		h := out[run]
		h.add(row)
		out[run] = h
	}
	return out, rows.Err()
}

// verifyRuns compares the runs, and the models they were made with, with their
// events.
func verifyRuns(tx *store.Tx, events map[string]runEvent, found func(run, what string)) error {
	rows, err := tx.Query(allRuns)
	if err != nil {
		return err
	}
	defer rows.Close()
	seen := map[string]bool{}
	for rows.Next() {
		var e runEvent
		var summary string
		if err := rows.Scan(&e.Run, &e.AsOf, &e.Pack, &e.PackHash, &e.Model, &summary); err != nil {
			return err
		}
		seen[e.Run] = true
		o, ok := events[e.Run]
		switch {
		case !ok:
			found(e.Run, "the journal does not know this run")
		case o.AsOf != e.AsOf || o.Pack != e.Pack || o.PackHash != e.PackHash || o.Model != e.Model || o.SummaryHash != hashText(summary):
			found(e.Run, "its day, rule pack, model or summary is not the one in the journal")
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for run := range events {
		if !seen[run] {
			found(run, "the run is in the journal, and no longer in the database")
		}
	}
	models, err := tx.Query(allModels)
	if err != nil {
		return err
	}
	defer models.Close()
	for models.Next() {
		var hash, text string
		if err := models.Scan(&hash, &text); err != nil {
			return err
		}
		if "sha256:"+hashText(text) != hash {
			found("", "linkage model "+hash+" is not what its hash says")
		}
	}
	return models.Err()
}
