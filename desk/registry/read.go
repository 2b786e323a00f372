package registry

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	Withdrawn   string // id of the event by which it was withdrawn; empty: it holds

	index           [fieldCount]int // of the columns in Header, -1 where there is none
	header, columns string          // as stored
	salt            string          // see labelsHash
}

// HasColumn reports whether the file had the column.
func (b *Batch) HasColumn(f Field) bool { return f < fieldCount && b.index[f] >= 0 }

// columns are the columns of the file as hashes take them.
func (b *Batch) layout() []column {
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

// Batches returns the imports that went live and hold, the oldest first. One of which
// anything is damaged is an error wrapping [store.ErrDamaged]: what it holds could
// not be read aright.
func Batches(tx *store.Tx) ([]*Batch, error) { return batches(tx, liveBatches) }

func batches(tx *store.Tx, query string, args ...any) ([]*Batch, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Batch
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return nil, err
		}
		b, damaged := readBatch(&r)
		if len(damaged) > 0 {
			return nil, fmt.Errorf("batch %s: its %s: %w", shownID(b.ID), strings.Join(damaged, ", "), store.ErrDamaged)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// readBatch makes a batch of a row of batchColumns and names the columns that
// hold what no import writes there. Of these the batch has nothing.
func readBatch(r *store.Row) (b *Batch, damaged []string) {
	b = &Batch{
		ID: r.Text(0), Seq: r.Int(1), Noun: Noun(r.Text(2)), Source: r.Text(3), Snapshot: r.Truth(4),
		File: r.Text(5), FileHash: r.Text(6), header: r.Text(7), columns: r.Text(8), RecordsHash: r.Text(9),
		Counts: Counts{Rows: r.Int(10), New: r.Int(11), Changed: r.Int(12), Unchanged: r.Int(13), Ended: r.Int(14), Rejected: r.Int(15)},
		Actor:  r.Text(16), Office: r.Text(17), Event: r.Text(18), salt: r.Text(20),
	}
	at, state, beat := r.Text(19), r.Text(21), r.Text(22)
	b.Withdrawn = r.Text(23)
	damaged = slices.Clone(r.Damaged())
	fault := func(column string) {
		if !slices.Contains(damaged, column) {
			damaged = append(damaged, column)
		}
	}
	if !store.IsID(b.ID) {
		fault("id")
	}
	if _, err := ParseNoun(string(b.Noun)); err != nil {
		fault("noun")
	}
	var err error
	if b.Header, err = texts(b.header); err != nil || len(b.Header) == 0 {
		fault("header")
	}
	index := make(map[string]int)
	if json.Unmarshal([]byte(b.columns), &index) != nil {
		fault("columns")
	}
	for f := range fieldCount {
		at, ok := index[f.String()]
		if !ok {
			at = -1
		} else if at < 0 || at >= len(b.Header) {
			at = -1
			fault("columns")
		}
		b.index[f] = at
	}
	if b.At, err = store.ParseTime(at); err != nil {
		fault("at")
	}
	if state != "live" && state != "withdrawn" || (state == "withdrawn") != (b.Withdrawn != "") {
		fault("state")
	}
	if beat != at { // both are set when it goes live, and never again
		fault("beat")
	}
	return b, damaged
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
	return versionsIn(tx, b, func(r *Record) bool { return r.Ended || len(old) > 0 && old[r.ID] }, yield)
}

// Versions hands out what a batch brought: new records, new versions of known ones,
// and ends, in the order of its file. It is as [Current] otherwise.
func Versions(tx *store.Tx, b *Batch, yield func(*Record) error) error {
	return versionsIn(tx, b, func(*Record) bool { return false }, yield)
}

// versionsIn leaves out what skip says, from its id and end alone, before the rest of
// it is read.
func versionsIn(tx *store.Tx, b *Batch, skip func(*Record) bool, yield func(*Record) error) error {
	rows, err := tx.Query(recordsOfBatch, b.Seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r Record
	var ended int64
	var fields string
	var n int64
	dest := []any{&r.ID, &r.Entry, &r.Key, &r.Line, &ended, &fields}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("a record of batch %s: %w", b.ID, err)
		}
		n++
		if r.Ended = ended == 1; skip(&r) {
			continue
		}
		if ended != 0 && ended != 1 {
			return fmt.Errorf("record %s: whether it has ended: %w", shownID(r.ID), store.ErrDamaged)
		}
		r.Batch = b
		if err := r.Fields.parse(fields); err != nil {
			return fmt.Errorf("record %s: %w", shownID(r.ID), err)
		}
		if err := yield(&r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	// A record of somebody must not go missing without a word.
	if all := b.Counts.New + b.Counts.Changed + b.Counts.Ended; n != all {
		return fmt.Errorf("batch %s: %d of its %d records are there: %w", b.ID, n, all, store.ErrDamaged)
	}
	return nil
}

// Holds reports whether a list of a kind was loaded and holds.
func Holds(tx *store.Tx, n Noun) (bool, error) {
	ids, err := tx.Texts(liveOfNoun, string(n))
	return len(ids) > 0, err
}

// LiveBatches returns the ids of the batches that are live, the oldest first: what a
// reader who follows the registers asks often.
func LiveBatches(tx *store.Tx) (ids []string, err error) {
	rows, err := tx.Query(liveBatchIDs)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// shownID is an id for an error: what should be one and is not may be anything,
// a name among it.
func shownID(id string) string {
	if store.IsID(id) {
		return id
	}
	return "of a damaged id"
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

// Latest returns the latest version of an entry, nil if its source no longer lists it or there is none.
func Latest(tx *store.Tx, entry string) (*Record, error) { return NewReading(tx).Latest(entry) }

// A Reading reads records one after the other within a transaction. What a batch says it reads once.
type Reading struct {
	tx      *store.Tx
	batches map[int64]*Batch // by seq; nil where none is live
}

// NewReading makes the reading of a transaction; it is not used after that.
func NewReading(tx *store.Tx) *Reading { return &Reading{tx, map[int64]*Batch{}} }

// Latest is [Latest].
func (r *Reading) Latest(entry string) (*Record, error) {
	list, err := r.versions(versionsOfEntry, entry)
	if err != nil || len(list) == 0 || list[len(list)-1].Ended {
		return nil, err
	}
	return &list[len(list)-1], nil
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

// SaidBy are the values of a version, whether its list holds or was withdrawn since, or an error wrapping [ErrNoRecord]: what
// was decided on a version is to be held against what comes after it.
func SaidBy(tx *store.Tx, id string) (Fields, error) {
	list, _, err := scanVersions(tx, versionKept, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("record %s: %w", id, ErrNoRecord)
	}
	if err != nil {
		return Fields{}, err
	}
	return list[0].Fields, nil
}

func versions(tx *store.Tx, query string, args ...any) ([]Record, error) {
	return NewReading(tx).versions(query, args...)
}

func (r *Reading) versions(query string, args ...any) ([]Record, error) {
	out, seqs, err := scanVersions(r.tx, query, args...)
	for i := range out {
		b, ok := r.batches[seqs[i]]
		if !ok {
			found, err := batches(r.tx, liveBatch, seqs[i])
			if err != nil {
				return nil, err
			}
			if len(found) == 1 {
				b = found[0]
			}
			r.batches[seqs[i]] = b
		}
		out[i].Batch = b
	}
	return out, err
}

func scanVersions(tx *store.Tx, query string, args ...any) (out []Record, seqs []int64, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r, seq, err := scanVersion(rows)
		if err != nil {
			return nil, nil, err
		}
		out, seqs = append(out, r), append(seqs, seq)
	}
	return out, seqs, rows.Err()
}

func scanVersion(rows *sql.Rows) (r Record, seq int64, err error) {
	var ended int64
	var cells, fields string
	if err = rows.Scan(&r.ID, &r.Entry, &r.Key, &r.Line, &ended, &seq, &cells, &fields); err != nil {
		return r, 0, err
	}
	if r.Ended = ended == 1; ended != 0 && ended != 1 {
		return r, 0, fmt.Errorf("record %s: whether it has ended: %w", shownID(r.ID), store.ErrDamaged)
	}
	if r.Cells, err = texts(cells); err == nil {
		err = r.Fields.parse(fields)
	}
	if err != nil {
		return r, 0, fmt.Errorf("record %s: %w", shownID(r.ID), err)
	}
	return r, seq, nil
}
