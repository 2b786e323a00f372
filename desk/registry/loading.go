package registry

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"mitra/store"
)

// One import of a source runs at a time: a batch in the state loading keeps
// others out, and so what it compared with stays what it supersedes. A process
// that loads shows a sign of life with every chunk. One that shows none is
// taken for dead, by the next import of the source or by [ClearDead]; should it
// wake up, it finds its batch gone and fails, having changed nothing.
const (
	beatEvery  = 2 * time.Second
	waitForOne = 200 * time.Millisecond
)

// Silence is how long an import shows no sign of life before it is taken for
// dead: longer than a transaction of another process can hold it up.
const Silence = 15 * time.Second

// begin makes the batch, once no other import of the source is running.
func (b *loader) begin() error {
	header, columns, err := b.layout.json()
	if err != nil {
		return err
	}
	hash := b.file.SHA256()
	for first := true; ; first = false {
		var busy bool
		err := b.db.Write(b.ctx, func(tx *store.Tx) error {
			busy = false
			var id, beat string
			switch err := tx.QueryRow(loadingBatch, string(b.o.Noun), b.o.Source).Scan(&id, &beat); {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return err
			case beat >= store.Time(tx.Now().Add(-Silence)):
				busy = true
				return nil
			default:
				if _, err := tx.Exec(killBatch, id); err != nil {
					return err
				}
			}
			if err := tx.QueryRow(nextSeq).Scan(&b.seq); err != nil {
				return err
			}
			_, err := tx.Exec(insertBatch, b.batch, b.seq, string(b.o.Noun), b.o.Source, tx.Now(), b.o.Snapshot,
				filepath.Base(b.o.Path), hex.EncodeToString(hash[:]), header, columns, b.o.Actor, b.o.Office, b.salt)
			return err
		})
		if err != nil {
			return fmt.Errorf("begin the import: %w", err)
		}
		if !busy {
			b.beat = b.o.Clock()
			// What a dead import has left is not to lie about.
			return clearDead(b.ctx, b.db)
		}
		if first && b.o.Waiting != nil {
			b.o.Waiting()
		}
		select {
		case <-b.ctx.Done():
			return context.Cause(b.ctx)
		case <-time.After(waitForOne):
		}
	}
}

// loadKnown reads what the source has said so far. What a list that was withdrawn has said is as good as ended.
func (b *loader) loadKnown() error {
	return b.db.Read(b.ctx, func(tx *store.Tx) error {
		clear(b.known)
		for _, state := range []string{"withdrawn", "live"} { // what holds comes last
			if err := b.loadKnownIn(tx, state); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *loader) loadKnownIn(tx *store.Tx, state string) error {
	rows, err := tx.Query(knownVersions, string(b.o.Noun), b.o.Source, state)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return err
		}
		id, entry, key, hash := r.Text(0), r.Text(1), r.Text(2), r.Bytes(3)
		k := &known{ended: r.Truth(4)}
		if state == "withdrawn" {
			k.ended, k.withdrawn = true, true
		}
		var err error
		if k.id, err = uuid.Parse(id); err != nil {
			return fmt.Errorf("a record: its id: %w", store.ErrDamaged)
		}
		if k.entry, err = uuid.Parse(entry); err != nil {
			return fmt.Errorf("record %s: its entry: %w", k.id, store.ErrDamaged)
		}
		if len(r.Damaged()) > 0 || len(hash) != len(k.hash) {
			return fmt.Errorf("record %s: %w", k.id, store.ErrDamaged)
		}
		k.hash = Hash(hash)
		b.known[key] = k
	}
	return rows.Err()
}

// touch shows a sign of life.
func (b *loader) touch() error {
	b.beat = b.o.Clock()
	return b.db.Write(b.ctx, b.stillOurs)
}

func (b *loader) stillOurs(tx *store.Tx) error {
	n, err := tx.Exec(beatBatch, tx.Now(), b.batch)
	if err == nil && n != 1 {
		err = ErrTakenOver
	}
	return err
}

// flush stores the pending versions.
func (b *loader) flush() error {
	if len(b.pending) == 0 {
		return nil
	}
	b.beat = b.o.Clock()
	err := b.db.Write(b.ctx, func(tx *store.Tx) error {
		if err := b.stillOurs(tx); err != nil {
			return err
		}
		values := make([]any, len(recordColumns))
		_, err := tx.Bulk("record", recordColumns, func(yield func([]any) bool) {
			for i := range b.pending {
				v := &b.pending[i]
				values[0], values[1], values[2], values[3] = v.id, v.entry, nil, b.seq
				if v.previous != "" {
					values[2] = v.previous
				}
				values[4], values[5], values[6] = v.row.key, int64(v.row.line), v.ended
				values[7], values[8], values[9] = v.row.given, v.row.fields, v.row.hash[:]
				if !yield(values) {
					return
				}
			}
		})
		return err
	})
	clear(b.pending)
	b.pending = b.pending[:0]
	return err
}

// json returns header and columns as the batch keeps them.
func (l *layout) json() (header, columns string, err error) {
	at := make(map[string]int)
	for f, i := range l.index {
		if i >= 0 {
			at[Field(f).String()] = i
		}
	}
	text, err := json.Marshal(at)
	return string(appendTexts(nil, l.header)), string(text), err
}

// fieldNames lists the recognised columns by their canonical names.
func (l *layout) fieldNames() []string {
	names := []string{}
	for f, i := range l.index {
		if i >= 0 {
			names = append(names, Field(f).String())
		}
	}
	return names
}

// Finished is the condition, in SQL, of the rows of a table that belong to no import
// that is loading or dead; "" where the table has no such rows. What is copied out of
// a node is copied under it: a part of an import is nobody's business.
func Finished(table string) string {
	switch table {
	case "batch":
		return `state IN ('live', 'withdrawn')`
	case "record":
		return `batch IN (SELECT seq FROM batch WHERE state IN ('live', 'withdrawn'))`
	}
	return ""
}

// ClearDead removes what imports have left that did not come to their end: their
// process was killed, or could not clear up itself. A node calls it when it
// starts. An import that runs in another process is let alone.
func ClearDead(ctx context.Context, db *store.DB) error {
	err := db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(killStale, tx.Now().Add(-Silence))
		return err
	})
	if err != nil {
		return fmt.Errorf("clear dead imports: %w", err)
	}
	return clearDead(ctx, db)
}

// abandon removes a batch that is not to go live.
func abandon(ctx context.Context, db *store.DB, batch string) error {
	err := db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(killBatch, batch)
		return err
	})
	if err != nil {
		return err
	}
	return clearDead(ctx, db)
}

// clearDead removes the batches in the state dead, in pieces that let other
// writers in between.
func clearDead(ctx context.Context, db *store.DB) error {
	for {
		done := false
		err := db.Write(ctx, func(tx *store.Tx) error {
			var id string
			var seq int64
			err := tx.QueryRow(oneDead).Scan(&id, &seq)
			if done = errors.Is(err, sql.ErrNoRows); done {
				return nil
			}
			if err != nil {
				return err
			}
			if n, err := tx.Exec(deleteRecords, seq, chunkRows); err != nil || n > 0 {
				return err
			}
			_, err = tx.Exec(deleteBatch, id)
			return err
		})
		if err != nil {
			return fmt.Errorf("clear dead imports: %w", err)
		}
		if done {
			return nil
		}
	}
}
