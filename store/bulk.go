package store

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// sqliteParams is SQLite's limit of parameters in a statement.
	sqliteParams = 32766
	// bulkRows is the number of rows of one INSERT: beyond this the statement
	// gets longer but not faster.
	bulkRows = 256
)

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// Bulk inserts rows into table and returns their number: COPY on PostgreSQL,
// INSERT statements of many rows on SQLite. Each row has one value for each of
// columns. A yielded slice may be used again for the next row; the bytes of a
// []byte value may not change before Bulk returns.
//
// If Bulk fails, the transaction has failed and none of the rows remains.
func (tx *Tx) Bulk(table string, columns []string, rows iter.Seq[[]any]) (int64, error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	for _, name := range append([]string{table}, columns...) {
		if !identifier.MatchString(name) {
			return 0, tx.fail(fmt.Errorf("bulk insert: %q is not a table or column name", name))
		}
	}
	if len(columns) == 0 || len(columns) > sqliteParams {
		return 0, tx.fail(fmt.Errorf("bulk insert into %s: %d columns", table, len(columns)))
	}
	insert := tx.insertRows
	if tx.dialect == PostgreSQL {
		insert = tx.copyRows
	}
	n, err := insert(table, columns, rows)
	if err != nil {
		return 0, tx.fail(fmt.Errorf("bulk insert into %s: %w", table, translate(err)))
	}
	return n, nil
}

func widthError(n int64, got, want int) error {
	return fmt.Errorf("row %d has %d values for %d columns", n+1, got, want)
}

// insertRows is Bulk on SQLite.
func (tx *Tx) insertRows(table string, columns []string, rows iter.Seq[[]any]) (n int64, err error) {
	perStmt := min(bulkRows, sqliteParams/len(columns))
	stmt, err := tx.prepareInsert(table, columns, perStmt)
	if err != nil {
		return 0, err
	}
	defer stmt.Close()
	args := make([]any, 0, perStmt*len(columns))
	for row := range rows {
		if len(row) != len(columns) {
			return 0, widthError(n, len(row), len(columns))
		}
		for _, v := range row {
			args = append(args, value(v))
		}
		n++
		if len(args) < cap(args) {
			continue
		}
		if _, err := stmt.ExecContext(tx.ctx, args...); err != nil {
			return 0, err
		}
		args = args[:0]
	}
	if len(args) == 0 {
		return n, nil
	}
	rest, err := tx.prepareInsert(table, columns, len(args)/len(columns))
	if err != nil {
		return 0, err
	}
	defer rest.Close()
	_, err = rest.ExecContext(tx.ctx, args...)
	return n, err
}

func (tx *Tx) prepareInsert(table string, columns []string, rows int) (*sql.Stmt, error) {
	row := "(?" + strings.Repeat(",?", len(columns)-1) + ")"
	return tx.tx.PrepareContext(tx.ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ",")+") VALUES "+
		row+strings.Repeat(","+row, rows-1))
}

// copyRows is Bulk on PostgreSQL. COPY is not in database/sql, so it goes to
// the connection below the transaction, which is inside the transaction all
// the same.
func (tx *Tx) copyRows(table string, columns []string, rows iter.Seq[[]any]) (n int64, err error) {
	next, stop := iter.Pull(rows)
	defer stop()
	src := &copySource{next: next, width: len(columns)}
	err = tx.conn.Raw(func(c any) error {
		pg, ok := c.(*stdlib.Conn)
		if !ok {
			return errors.New("not a connection of pgx")
		}
		n, err = pg.Conn().CopyFrom(tx.ctx, pgx.Identifier{table}, columns, src)
		return err
	})
	if src.err != nil {
		return 0, src.err // the server only reports that the copy broke off
	}
	return n, err
}

// copySource is a pgx.CopyFromSource.
type copySource struct {
	next  func() ([]any, bool)
	width int
	n     int64
	row   []any
	err   error
}

func (s *copySource) Next() bool {
	row, ok := s.next()
	if !ok {
		return false
	}
	if len(row) != s.width {
		s.err = widthError(s.n, len(row), s.width)
		return false
	}
	s.n++
	s.row = bind(row)
	return true
}

func (s *copySource) Values() ([]any, error) { return s.row, nil }
func (s *copySource) Err() error             { return s.err }
