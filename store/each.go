package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// ExecEach runs a statement once for each row of arguments, in their order, and returns how many
// rows of the database each run changed. On PostgreSQL all go in one round trip. It is for
// statements that find what they change by its key: one that joins a list of values leaves the
// database to guess from which end to begin.
//
// If a run fails, the transaction has failed.
func (tx *Tx) ExecEach(query string, rows [][]any) (changed []int64, err error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	changed = make([]int64, len(rows))
	run := tx.execPrepared
	if tx.dialect == PostgreSQL {
		run = tx.execPipelined
	}
	if len(rows) == 0 {
		return changed, nil
	}
	if i, err := run(query, rows, changed); err != nil {
		return nil, tx.fail(fmt.Errorf("for row %d of %d: %w", i+1, len(rows), translate(err)))
	}
	return changed, nil
}

// execPrepared is ExecEach on SQLite; i is the row that failed.
func (tx *Tx) execPrepared(query string, rows [][]any, changed []int64) (i int, err error) {
	for i, row := range rows {
		if changed[i], err = tx.Exec(query, row...); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// execPipelined is ExecEach on PostgreSQL. Batches are not in database/sql; see copyRows.
func (tx *Tx) execPipelined(query string, rows [][]any, changed []int64) (i int, err error) {
	err = tx.conn.Raw(func(c any) (err error) {
		pg, ok := c.(*stdlib.Conn)
		if !ok {
			return errors.New("not a connection of pgx")
		}
		var b pgx.Batch
		for _, row := range rows {
			b.Queue(query, bind(row)...)
		}
		results := pg.Conn().SendBatch(tx.ctx, &b)
		for i = range rows {
			tag, err := results.Exec()
			if err != nil {
				_ = results.Close() // says the same again
				return err
			}
			changed[i] = tag.RowsAffected()
		}
		return results.Close()
	})
	return i, err
}
