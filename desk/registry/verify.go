package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mitra/store"
	"mitra/treaty/journal"
)

// A Finding is one thing in the stored records that is not as it was written.
type Finding struct {
	Batch  string `json:"batch,omitempty"`
	Record string `json:"record,omitempty"`
	What   string `json:"what"`
}

// maxFindings is the number of findings returned: a destroyed table has as many
// as it had rows.
const maxFindings = 1000

// Verified is the result of [VerifyRecords].
type Verified struct {
	Findings []Finding
	// Unbound is the number of imports by earlier programs, whose events bind the
	// content of their records, but neither the records' ids and lines nor the
	// names of file and columns.
	Unbound int
}

// VerifyRecords recomputes the hash of every stored record from its cells, its
// values and its key, and that of every batch from its records; compares both,
// and all that is stored about the batch, with the journal event of the import;
// and checks that the versions of an entry form one chain. It returns at most a
// thousand findings. Whether the journal is what it was is for journal.Verify to
// say. An error means that it could not be done; damaged values are no error,
// missing tables and columns are.
func VerifyRecords(ctx context.Context, db *store.DB) (Verified, error) {
	v, err := verify(ctx, db, true)
	if err != nil {
		return Verified{}, fmt.Errorf("verify records: %w", err)
	}
	return v, nil
}

// VerifyBatches is [VerifyRecords] without the records: it holds what is stored about each import, and whether it was withdrawn, against the
// journal, and costs a reading of that.
func VerifyBatches(ctx context.Context, db *store.DB) ([]Finding, error) {
	v, err := verify(ctx, db, false)
	if err != nil {
		return nil, fmt.Errorf("verify imports: %w", err)
	}
	return v.Findings, nil
}

func verify(ctx context.Context, db *store.DB, records bool) (Verified, error) {
	var v verifier
	err := db.Read(ctx, func(tx *store.Tx) error {
		v = verifier{tx: tx}
		return v.run(records)
	})
	return v.Verified, err
}

type verifier struct {
	Verified
	tx      *store.Tx
	scratch []byte
}

func (v *verifier) found(batch, record, what string) {
	if len(v.Findings) < maxFindings {
		v.Findings = append(v.Findings, Finding{batch, record, what})
	}
}

// imported is the journal's word on an import.
type imported struct {
	actor, office, at string
	importEvent
}

// storedBatch is a batch as it stands, whatever that is.
type storedBatch struct {
	*Batch
	damaged []string // columns
}

func (b storedBatch) readable(columns ...string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(b.damaged, c) })
}

func (v *verifier) run(records bool) error {
	batches, err := v.batches()
	if err != nil {
		return err
	}
	events, withdrawn, silent, err := v.events()
	if err != nil {
		return err
	}
	for _, b := range batches {
		e, known := events[b.Event]
		delete(events, b.Event)
		var hash string
		if records && b.readable("seq") {
			if hash, err = v.records(b, e.Versions != "" || b.salt != ""); err != nil {
				return err
			}
			if hash != b.RecordsHash {
				v.found(shown(b.ID), "", "its records are not those that were imported: one was added, removed or changed")
			}
		}
		switch {
		case known:
			v.compare(b, e, hash)
		case !silent[b.Event]:
			v.found(shown(b.ID), "", "the journal has no event of this import")
		}
		switch event := withdrawn[b.ID]; {
		case b.Withdrawn == event, silent[b.Withdrawn]:
		case event == "":
			v.found(shown(b.ID), "", "it is withdrawn, and the journal does not say so")
		default:
			v.found(shown(b.ID), "", "the journal says that it was withdrawn, and it is not as that says")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(events)) {
		v.found(events[id].Batch, "", "the journal reports this import, but its batch is gone")
	}
	if !records {
		return nil
	}
	return v.strays()
}

// shown is an id for a finding.
func shown(id string) string {
	if store.IsID(id) {
		return id
	}
	return ""
}

// batches reads the imports that went live and finds what cannot be read.
func (v *verifier) batches() ([]storedBatch, error) {
	rows, err := v.tx.Query(finishedBatches)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []storedBatch
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return nil, err
		}
		b, damaged := readBatch(&r)
		if len(damaged) > 0 {
			v.found(shown(b.ID), "", "what is stored about the import is damaged: "+strings.Join(damaged, ", "))
		}
		out = append(out, storedBatch{b, damaged})
	}
	return out, rows.Err()
}

// compare holds a batch against the event that reports it.
func (v *verifier) compare(b storedBatch, e imported, hash string) {
	var columns []string
	for f := range fieldCount {
		if b.HasColumn(f) {
			columns = append(columns, f.String())
		}
	}
	want := e.Versions
	if want == "" {
		want = e.Records
		v.Unbound++
	}
	if hash != "" && want != hash {
		v.found(shown(b.ID), "", "its records are not those that the journal reports")
	}
	var other []string
	for _, c := range []struct {
		what string
		same bool
	}{
		{"id", e.Batch == b.ID},
		{"seq", e.Seq == b.Seq || e.Seq == 0},
		{"noun", e.Noun == b.Noun},
		{"source", e.Source == b.Source},
		{"snapshot", e.Snapshot == b.Snapshot},
		{"hash of the file", e.File == b.FileHash},
		{"counts", e.Counts == b.Counts},
		{"columns", slices.Equal(e.Columns, columns)},
		{"officer", e.actor == b.Actor},
		{"office", e.office == b.Office},
		{"time", e.at == store.Time(b.At)},
		{"hash of the records", want == b.RecordsHash},
		{"name of the file, or of a column", e.Labels == "" && b.salt == "" || e.Labels == labelsHash(b.salt, b.File, b.header, b.Batch.columns)},
	} {
		if !c.same {
			other = append(other, c.what)
		}
	}
	if len(other) > 0 {
		v.found(shown(b.ID), "", "what is stored about the import is not what the journal reports: "+strings.Join(other, "; "))
	}
}

// events reads the journal's events of imports, those of withdrawing one, by its batch, and the ids of those that say
// nothing any more: they were erased, or are damaged, which the journal's own
// verification finds.
func (v *verifier) events() (events map[string]imported, withdrawn map[string]string, silent map[string]bool, err error) {
	events, withdrawn, silent = make(map[string]imported), make(map[string]string), make(map[string]bool)
	err = journal.EventsOf(v.tx, journal.House, []string{KindImport, KindWithdrawn}, func(e journal.Event) error {
		data := imported{actor: e.Actor, office: e.Office, at: store.Time(e.At)}
		switch {
		case e.Kind == "":
			silent[e.ID] = true
		case e.Kind == KindImport && json.Unmarshal(e.Data, &data.importEvent) == nil:
			events[e.ID] = data
		case e.Kind == KindWithdrawn:
			var data withdrawnEvent
			if json.Unmarshal(e.Data, &data) == nil {
				withdrawn[data.Batch] = e.ID
			}
		}
		return nil
	})
	return events, withdrawn, silent, err
}

// records checks the records of a batch and returns the hash over them, of
// their seals or of their contents alone.
func (v *verifier) records(b storedBatch, sealed bool) (string, error) {
	columns := b.layout()
	laidOut := b.readable("header", "columns", "noun", "source") // else no record can be hashed, and that has been said
	rows, err := v.tx.Query(batchRecords, b.Seq)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var hashes []Hash
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return "", err
		}
		s := struct {
			id, entry, previous, key, cells, fields string
			line                                    int64
			ended                                   bool
			hash                                    []byte
		}{id: r.Text(0), entry: r.Text(1), key: r.Text(3), line: r.Int(4), ended: r.Truth(5), cells: r.Text(6), fields: r.Text(7), hash: r.Bytes(8)}
		if !r.Null(2) {
			s.previous = r.Text(2)
		}
		damaged := slices.Clone(r.Damaged())
		if !r.Null(2) && s.previous == "" {
			damaged = append(damaged, "previous")
		}
		if !store.IsID(s.id) {
			damaged = append(damaged, "id")
		}
		if len(damaged) > 0 {
			v.found(shown(b.ID), shown(s.id), fmt.Sprintf("its row (line %d of the file) is damaged: %s", s.line, strings.Join(slices.Compact(damaged), ", ")))
		}
		switch {
		case s.previous == "":
			if s.entry != s.id || s.ended {
				v.found(shown(b.ID), shown(s.id), "it names no version that it supersedes")
			}
		case r.Null(11) || r.Text(9) != s.entry || r.Text(10) != s.key || r.Int(11) >= b.Seq ||
			r.Text(12) != string(b.Noun) || r.Text(13) != b.Source || r.Text(14) != "live" && r.Text(14) != "withdrawn":
			v.found(shown(b.ID), shown(s.id), "the version that it supersedes is not one of the same record")
		}
		hash, ok := v.hash(b, columns, s.key, s.cells, s.fields, s.ended)
		if laidOut && (!ok || string(hash[:]) != string(s.hash)) {
			v.found(shown(b.ID), shown(s.id), "it was changed after it was imported")
		}
		if sealed {
			hash, v.scratch = sealOf(v.scratch, s.id, s.entry, s.previous, s.line, s.ended, hash)
		}
		hashes = append(hashes, hash)
	}
	return versionsHash(hashes), rows.Err()
}

// hash recomputes the hash of a record; not ok if it cannot be what was stored.
func (v *verifier) hash(b storedBatch, columns []column, key, cells, fields string, ended bool) (hash Hash, ok bool) {
	if ended {
		hash, v.scratch = hashOf(v.scratch, b.Noun, b.Source, key, nil, nil, []byte(fields))
		return hash, cells == "" && fields == ""
	}
	list, err := texts(cells)
	if err != nil || len(list) != len(b.Header) {
		return Hash{}, false
	}
	hash, v.scratch = hashOf(v.scratch, b.Noun, b.Source, key, columns, list, []byte(fields))
	return hash, fields != ""
}

// strays finds records that are in no chain and in no batch.
func (v *verifier) strays() error {
	for _, q := range []struct{ query, what string }{
		{secondFirst, "another record of its source has the same key"},
		{secondLater, "another version supersedes what it supersedes"},
		{orphans, "it belongs to no import"},
	} {
		rows, err := v.tx.Query(q.query)
		if err != nil {
			return err
		}
		var r store.Row
		for rows.Next() {
			if err := r.Scan(rows); err != nil {
				rows.Close()
				return err
			}
			v.found("", shown(r.Text(0)), q.what)
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
