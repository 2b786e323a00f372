package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// ExecEach runs a statement once for each row of arguments, in their order, and returns how many
// rows of the database each run changed. On PostgreSQL all go in one round trip. It is for
// statements that find what they change by its key: one with a list of values, or of keys, leaves
// PostgreSQL to guess from which end to begin, which it does by what it last knew of the table.
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

// QueryEach is ExecEach of a statement that returns rows: take is called with each, and with the
// number of the row of arguments that it answers.
func (tx *Tx) QueryEach(query string, rows [][]any, take func(i int, scan func(dest ...any) error) error) error {
	if err := tx.usable(); err != nil {
		return err
	}
	run := tx.queryPrepared
	if tx.dialect == PostgreSQL {
		run = tx.queryPipelined
	}
	if len(rows) == 0 {
		return nil
	}
	if i, err := run(query, rows, take); err != nil {
		return tx.fail(fmt.Errorf("for row %d of %d: %w", i+1, len(rows), translate(err)))
	}
	return nil
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

// queryPrepared is QueryEach on SQLite.
func (tx *Tx) queryPrepared(query string, rows [][]any, take func(int, func(...any) error) error) (i int, err error) {
	for i, row := range rows {
		found, err := tx.Query(query, row...)
		if err != nil {
			return i, err
		}
		for err == nil && found.Next() {
			err = take(i, found.Scan)
		}
		if err = errors.Join(err, found.Err(), found.Close()); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// execPipelined is ExecEach on PostgreSQL.
func (tx *Tx) execPipelined(query string, rows [][]any, changed []int64) (i int, err error) {
	return tx.pipelined(query, rows, func(i int, results pgx.BatchResults) error {
		tag, err := results.Exec()
		changed[i] = tag.RowsAffected()
		return err
	})
}

// queryPipelined is QueryEach on PostgreSQL.
func (tx *Tx) queryPipelined(query string, rows [][]any, take func(int, func(...any) error) error) (i int, err error) {
	return tx.pipelined(query, rows, func(i int, results pgx.BatchResults) error {
		found, err := results.Query()
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			if err := take(i, found.Scan); err != nil {
				return err
			}
		}
		found.Close()
		return found.Err()
	})
}

// pipelined sends a statement with all rows of arguments, and has the result of each read. Batches are not in
// database/sql; see copyRows.
func (tx *Tx) pipelined(query string, rows [][]any, read func(i int, results pgx.BatchResults) error) (i int, err error) {
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
			if err := read(i, results); err != nil {
				_ = results.Close() // says the same again
				return err
			}
		}
		return results.Close()
	})
	return i, err
}
