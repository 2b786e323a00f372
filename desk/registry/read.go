package registry

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mitra/store"
)

// ErrNoRecord: there is no such record.
var ErrNoRecord = errors.New("no such record")

// A Batch is one import that went live.
type Batch struct {
	ID          string
	Seq         int64 // batches of one source went live in this order
	Noun        Noun
	Source      string
	Snapshot    bool
	File        string // base name
	FileHash    string // SHA-256, hexadecimal
	Header      []string
	RecordsHash string
	Counts      Counts
	Actor       string
	Office      string
	Event       string // id of the journal event
	At          time.Time

	index [fieldCount]int // of the columns in Header, -1 where there is none
}

// HasColumn reports whether the file had the column.
func (b *Batch) HasColumn(f Field) bool { return f < fieldCount && b.index[f] >= 0 }

// columns are the columns of the file as hashes take them.
func (b *Batch) columns() []column {
	field := make(map[int]Field)
	for f, at := range b.index {
		field[at] = Field(f)
	}
	return columnsOf(b.Header, func(i int) Field {
		if f, ok := field[i]; ok {
			return f
		}
		return fieldCount
	})
}

// Batches returns the imports that went live, the oldest first.
func Batches(tx *store.Tx) ([]*Batch, error) {
	rows, err := tx.Query(liveBatches)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Batch
	for rows.Next() {
		var header, columns, at string
		var snapshot int64
		b := new(Batch)
		c := &b.Counts
		if err := rows.Scan(&b.ID, &b.Seq, &b.Noun, &b.Source, &snapshot, &b.File, &b.FileHash, &header, &columns, &b.RecordsHash,
			&c.Rows, &c.New, &c.Changed, &c.Unchanged, &c.Ended, &c.Rejected, &b.Actor, &b.Office, &b.Event, &at); err != nil {
			return nil, err
		}
		b.Snapshot = snapshot == 1
		if b.Header, err = texts(header); err != nil {
			return nil, fmt.Errorf("batch %s: header: %w", b.ID, err)
		}
		var index map[string]int
		if err := json.Unmarshal([]byte(columns), &index); err != nil {
			return nil, fmt.Errorf("batch %s: columns: %w", b.ID, errDamaged)
		}
		for f := range fieldCount {
			at, ok := index[f.String()]
			if !ok {
				at = -1
			}
			b.index[f] = at
		}
		if b.At, err = store.ParseTime(at); err != nil {
			return nil, fmt.Errorf("batch %s: %w", b.ID, err)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// Current hands out the current version of every record of a noun that has not
// ended, of all sources: batch by batch, each in the order of its file. The
// record is valid until yield returns; Clone keeps it. It has no Cells. yield
// makes no statement in tx. An error of yield ends the reading and is returned.
func Current(tx *store.Tx, n Noun, yield func(*Record) error) error {
	batches, err := Batches(tx)
	if err != nil {
		return err
	}
	old, err := superseded(tx, batches)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if b.Noun != n {
			continue
		}
		if err := currentIn(tx, b, old, yield); err != nil {
			return err
		}
	}
	return nil
}

// superseded returns the ids of versions that are superseded by a live batch.
func superseded(tx *store.Tx, batches []*Batch) (map[string]bool, error) {
	live := make(map[int64]bool, len(batches))
	for _, b := range batches {
		live[b.Seq] = true
	}
	rows, err := tx.Query(superseding)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	old := make(map[string]bool)
	for rows.Next() {
		var id string
		var seq int64
		if err := rows.Scan(&id, &seq); err != nil {
			return nil, err
		}
		if live[seq] {
			old[id] = true
		}
	}
	return old, rows.Err()
}

func currentIn(tx *store.Tx, b *Batch, old map[string]bool, yield func(*Record) error) error {
	rows, err := tx.Query(recordsOfBatch, b.Seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r Record
	var fields string
	dest := []any{&r.ID, &r.Entry, &r.Key, &r.Line, &fields}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if len(old) > 0 && old[r.ID] {
			continue
		}
		r.Batch = b
		if err := r.Fields.parse(fields); err != nil {
			return fmt.Errorf("record %s: %w", r.ID, err)
		}
		if err := yield(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Find returns the current records of a noun under a key, one for each source
// that lists it; none is no error. For a source's id the key is [KeyOfID].
func Find(tx *store.Tx, n Noun, key string) ([]Record, error) {
	return versions(tx, versionsByKey, key, string(n))
}

// History returns all versions of an entry, the oldest first.
func History(tx *store.Tx, entry string) ([]Record, error) {
	return versions(tx, versionsOfEntry, entry)
}

// Version returns the version with the id, superseded or not, or an error
// wrapping [ErrNoRecord].
func Version(tx *store.Tx, id string) (Record, error) {
	list, err := versions(tx, versionByID, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("record %s: %w", id, ErrNoRecord)
	}
	if err != nil {
		return Record{}, err
	}
	return list[0], nil
}

func versions(tx *store.Tx, query string, args ...any) ([]Record, error) {
	batches, err := Batches(tx)
	if err != nil {
		return nil, err
	}
	bySeq := make(map[int64]*Batch, len(batches))
	for _, b := range batches {
		bySeq[b.Seq] = b
	}
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		r, seq, err := scanVersion(rows)
		if err != nil {
			return nil, err
		}
		r.Batch = bySeq[seq]
		out = append(out, r)
	}
	return out, rows.Err()
}

func scanVersion(rows *sql.Rows) (r Record, seq int64, err error) {
	var ended int64
	var cells, fields string
	if err = rows.Scan(&r.ID, &r.Entry, &r.Key, &r.Line, &ended, &seq, &cells, &fields); err != nil {
		return r, 0, err
	}
	r.Ended = ended == 1
	if r.Cells, err = texts(cells); err == nil {
		err = r.Fields.parse(fields)
	}
	if err != nil {
		return r, 0, fmt.Errorf("record %s: %w", r.ID, err)
	}
	return r, seq, nil
}
