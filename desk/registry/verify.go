package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

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

// VerifyRecords recomputes the hash of every stored record from its cells, its
// values and its key, and that of every batch from its records; compares both
// with the journal event of the import; and checks that the versions of an
// entry form one chain. It returns at most a thousand findings. Whether the
// journal is what it was is for journal.Verify to say.
func VerifyRecords(ctx context.Context, db *store.DB) ([]Finding, error) {
	var v verifier
	err := db.Read(ctx, func(tx *store.Tx) error {
		v = verifier{tx: tx}
		return v.run()
	})
	if err != nil {
		return nil, fmt.Errorf("verify records: %w", err)
	}
	return v.findings, nil
}

type verifier struct {
	tx       *store.Tx
	findings []Finding
	scratch  []byte
}

func (v *verifier) found(batch, record, what string) {
	if len(v.findings) < maxFindings {
		v.findings = append(v.findings, Finding{batch, record, what})
	}
}

func (v *verifier) run() error {
	batches, err := Batches(v.tx)
	if err != nil {
		return err
	}
	events, erased, err := v.events()
	if err != nil {
		return err
	}
	for _, b := range batches {
		hash, err := v.records(b)
		if err != nil {
			return err
		}
		if hash != b.RecordsHash {
			v.found(b.ID, "", "its records are not those that were imported: one was added, removed or changed")
		}
		e, ok := events[b.Event]
		switch {
		case ok:
			v.compare(b, e, hash)
			delete(events, b.Event)
		case !erased[b.Event]:
			v.found(b.ID, "", "the journal has no event of this import")
		}
	}
	lost := make([]string, 0, len(events))
	for id := range events {
		lost = append(lost, id)
	}
	slices.Sort(lost)
	for _, id := range lost {
		v.found(events[id].Batch, "", "the journal reports this import, but its batch is gone")
	}
	return v.strays()
}

// compare holds a batch against the event that reports it.
func (v *verifier) compare(b *Batch, e importEvent, hash string) {
	var columns []string
	for f := range fieldCount {
		if b.HasColumn(f) {
			columns = append(columns, f.String())
		}
	}
	if e.Records != hash {
		v.found(b.ID, "", "its records are not those that the journal reports")
	}
	if e.Batch != b.ID || e.Noun != b.Noun || e.Source != b.Source || e.Snapshot != b.Snapshot ||
		e.File != b.FileHash || e.Counts != b.Counts || !slices.Equal(e.Columns, columns) {
		v.found(b.ID, "", "what is stored about the import is not what the journal reports")
	}
}

// events reads the journal's events of imports, and the ids of those erased.
func (v *verifier) events() (events map[string]importEvent, erased map[string]bool, err error) {
	events, erased = make(map[string]importEvent), make(map[string]bool)
	err = journal.Events(v.tx, journal.House, func(e journal.Event) error {
		var data importEvent
		switch {
		case e.Kind == "":
			erased[e.ID] = true
		case e.Kind == KindImport && json.Unmarshal(e.Data, &data) == nil:
			events[e.ID] = data
		}
		return nil
	})
	return events, erased, err
}

// records checks the records of a batch and returns the hash over them.
func (v *verifier) records(b *Batch) (string, error) {
	columns := b.columns()
	rows, err := v.tx.Query(batchRecords, b.Seq)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var hashes []Hash
	for rows.Next() {
		var r struct {
			id, entry, key, cells, fields string
			previous                      *string
			ended                         int64
			hash                          []byte
		}
		var p struct {
			entry, key, noun, source, state *string
			seq                             *int64
		}
		if err := rows.Scan(&r.id, &r.entry, &r.previous, &r.key, &r.ended, &r.cells, &r.fields, &r.hash,
			&p.entry, &p.key, &p.seq, &p.noun, &p.source, &p.state); err != nil {
			return "", err
		}
		switch {
		case r.previous == nil:
			if r.entry != r.id || r.ended == 1 {
				v.found(b.ID, r.id, "it names no version that it supersedes")
			}
		case p.seq == nil, *p.entry != r.entry, *p.key != r.key, *p.seq >= b.Seq,
			*p.noun != string(b.Noun), *p.source != b.Source, *p.state != "live":
			v.found(b.ID, r.id, "the version that it supersedes is not one of the same record")
		}
		hash, ok := v.hash(b, columns, r.key, r.cells, r.fields, r.ended == 1)
		if !ok || string(hash[:]) != string(r.hash) {
			v.found(b.ID, r.id, "it was changed after it was imported")
		}
		hashes = append(hashes, hash)
	}
	return recordsHash(hashes), rows.Err()
}

// hash recomputes the hash of a record; not ok if it cannot be what was stored.
func (v *verifier) hash(b *Batch, columns []column, key, cells, fields string, ended bool) (hash Hash, ok bool) {
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
		{orphans, "it belongs to no import"},
	} {
		rows, err := v.tx.Query(q.query)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return err
			}
			v.found("", id, q.what)
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
