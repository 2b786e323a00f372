package status

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
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
	Node            string `json:"node,omitempty"` // events of earlier programs lack it
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
	allAssessments = `SELECT run, resident, axis, office, seq, value, reasons, fingerprint, officer FROM assessment`
	allLinks       = `SELECT run, permit, resident, seq, band, weight, levels, model FROM permit_link`
	allRuns        = `SELECT id, at, as_of, node, actor, office, pack, pack_hash, model, summary FROM status_run`
	allModels      = `SELECT hash, model FROM linkage_model`
)

// Verify recomputes what every run stored and compares it with the journal.
// Whether the journal is what it was is for journal.Verify to say. An error means
// that it could not be done; damaged values are no error, missing tables and
// columns are.
func Verify(ctx context.Context, db *store.DB) ([]Finding, error) {
	var v verifier
	err := db.Read(ctx, func(tx *store.Tx) error {
		v = verifier{tx: tx, models: map[string]bool{}}
		return v.run()
	})
	if err != nil {
		return nil, fmt.Errorf("verify status runs: %w", err)
	}
	slices.SortFunc(v.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.What, b.What))
	})
	// One damaged column can be said of every row of a run.
	return slices.Compact(v.findings), nil
}

type verifier struct {
	tx       *store.Tx
	events   map[string]ran  // by run
	models   map[string]bool // that runs and links name
	findings []Finding
}

// ran is the journal's word on a run.
type ran struct {
	actor, office, at string
	runEvent
}

// found takes a finding of a run. What stands in place of a run's id and is
// none may be anything, and is not repeated.
func (v *verifier) found(run, format string, args ...any) {
	if !store.IsID(run) {
		run = ""
	}
	v.findings = append(v.findings, Finding{run, fmt.Sprintf(format, args...)})
}

func (v *verifier) run() error {
	v.events = map[string]ran{}
	if err := journal.Events(v.tx, journal.House, func(e journal.Event) error {
		data := ran{actor: e.Actor, office: e.Office, at: store.Time(e.At)}
		if e.Kind == kindRun && json.Unmarshal(e.Data, &data.runEvent) == nil {
			v.events[data.Run] = data
		}
		return nil
	}); err != nil {
		return err
	}
	assessments, err := v.hashes("assessments", allAssessments, func(r *store.Row) []any {
		return []any{r.Text(1), r.Text(2), r.Text(3), r.Int(4), r.Text(5), r.Text(6), r.Text(7), r.Text(8), r.Text(0)}
	})
	if err != nil {
		return err
	}
	links, err := v.hashes("links", allLinks, func(r *store.Row) []any {
		v.models[r.Text(7)] = true
		return []any{r.Text(1), r.Text(2), r.Int(3), r.Text(4), r.Float(5), r.Text(6), r.Text(7), r.Text(0)}
	})
	if err != nil {
		return err
	}
	for run, e := range v.events {
		if assessments[run].sum() != e.AssessmentsHash {
			v.found(run, "its assessments are not the %d that were stored", e.Assessments)
		}
		if links[run].sum() != e.LinksHash {
			v.found(run, "its links are not the %d that were stored", e.Links)
		}
	}
	if err := v.runs(); err != nil {
		return err
	}
	return v.storedModels()
}

// hashes hashes the rows of a query by run, which is their first column. values
// are those that are hashed.
func (v *verifier) hashes(what, query string, values func(r *store.Row) []any) (map[string]rowHashes, error) {
	rows, err := v.tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]rowHashes{}
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return nil, err
		}
		row, run := values(&r), r.Text(0)
		if damaged := r.Damaged(); len(damaged) > 0 {
			v.found(run, "one of its %s is damaged: %s", what, damaged[0])
		}
		if _, ok := v.events[run]; !ok {
			v.found(run, "%s of a run that the journal does not know", what)
		}
		h := out[run]
		h.add(row)
		out[run] = h
	}
	return out, rows.Err()
}

// runs compares the runs with their events.
func (v *verifier) runs() error {
	rows, err := v.tx.Query(allRuns)
	if err != nil {
		return err
	}
	defer rows.Close()
	seen := map[string]bool{}
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return err
		}
		run := storedRun{
			id: r.Text(0), at: r.Text(1), asOf: r.Text(2), node: r.Text(3), actor: r.Text(4), office: r.Text(5),
			pack: r.Text(6), packHash: r.Text(7), model: r.Text(8), summary: r.Text(9),
		}
		seen[run.id], v.models[run.model] = true, true
		e, ok := v.events[run.id]
		if !ok {
			v.found(run.id, "the journal does not know this run")
			continue
		}
		for _, c := range []struct {
			what string
			same bool
		}{
			{"time", e.at == run.at},
			{"day", e.AsOf == run.asOf},
			{"node", e.Node == run.node || e.Node == ""},
			{"officer", e.actor == run.actor},
			{"office", e.office == run.office},
			{"rule pack", e.Pack == run.pack && e.PackHash == run.packHash},
			{"model", e.Model == run.model},
			{"summary", e.SummaryHash == hashText(run.summary)},
		} {
			if !c.same {
				v.found(run.id, "its %s is not the one in the journal", c.what)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for run := range v.events {
		if !seen[run] {
			v.found(run, "the run is in the journal, and no longer in the database")
		}
	}
	return nil
}

// storedModels makes sure that the models that runs and links name are there, and are
// what their hashes say.
func (v *verifier) storedModels() error {
	rows, err := v.tx.Query(allModels)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return err
		}
		hash, text := r.Text(0), r.Text(1)
		switch {
		case "sha256:"+hashText(text) != hash:
			v.found("", "a linkage model is not what its hash says: %s", modelName(hash))
		case !v.models[hash]:
			v.found("", "a linkage model is that of no run: %s", hash)
		}
		delete(v.models, hash)
	}
	for hash := range v.models {
		v.found("", "a linkage model that runs or links name is gone: %s", modelName(hash))
	}
	return rows.Err()
}

var modelHash = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// modelName is a model's hash, unless it is none.
func modelName(hash string) string {
	if modelHash.MatchString(hash) {
		return hash
	}
	return "one without a hash"
}
