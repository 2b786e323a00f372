package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Tx is a transaction. It is valid inside the closure that received it, for
// one goroutine.
type Tx struct {
	ctx     context.Context
	tx      *sql.Tx
	conn    *sql.Conn
	dialect Dialect
	now     time.Time
	failed  error // the first statement's failure; ends the transaction

	// SQLite parses a statement each time it runs unless it is kept prepared;
	// pgx keeps them by itself. An entry is nil after the first use of a text:
	// only what comes twice is worth preparing, in this transaction or for all.
	prepared map[string]*sql.Stmt
	kept     *statements // of all transactions
}

// Now is the time at which this attempt of the transaction began, in UTC, in
// whole microseconds; the same at every call.
func (tx *Tx) Now() time.Time { return tx.now }

// Context is the context the transaction was started with.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Exec runs a statement and returns the number of rows it changed. A
// time.Time argument is stored as [Time] writes it and a bool as 0 or 1.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	args = bind(args)
	stmt, err := tx.stmt(query)
	if err != nil {
		return 0, tx.fail(err)
	}
	var res sql.Result
	if stmt != nil {
		res, err = stmt.ExecContext(tx.ctx, args...)
	} else {
		res, err = tx.tx.ExecContext(tx.ctx, query, args...)
	}
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, tx.fail(err)
	}
	return n, nil
}

// Query runs a statement that returns rows. The caller closes them before the
// transaction's next statement, and checks their Err.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	args = bind(args)
	stmt, err := tx.stmt(query)
	if err != nil {
		return nil, tx.fail(err)
	}
	var rows *sql.Rows
	if stmt != nil {
		rows, err = stmt.QueryContext(tx.ctx, args...)
	} else {
		rows, err = tx.tx.QueryContext(tx.ctx, query, args...)
	}
	if err != nil {
		return nil, tx.fail(err)
	}
	return rows, nil
}

// QueryRow runs a statement that returns at most one row; an error comes with
// its Scan, sql.ErrNoRows if there is no row.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	args = bind(args)
	if stmt, err := tx.stmt(query); err == nil && stmt != nil {
		return stmt.QueryRowContext(tx.ctx, args...)
	}
	return tx.tx.QueryRowContext(tx.ctx, query, args...)
}

// Texts runs a statement that returns one column of text, and returns it.
func (tx *Tx) Texts(query string, args ...any) ([]string, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// usable returns the error of a transaction that a failed statement has ended.
func (tx *Tx) usable() error {
	if tx.failed != nil {
		return fmt.Errorf("an earlier statement of the transaction failed: %w", tx.failed)
	}
	return nil
}

// fail ends the transaction with err.
func (tx *Tx) fail(err error) error {
	tx.failed = translate(err)
	return tx.failed
}

// stmt returns the prepared form of query, or nil where preparing it would not
// pay.
func (tx *Tx) stmt(query string) (*sql.Stmt, error) {
	if tx.dialect != SQLite {
		return nil, nil
	}
	s, seen := tx.prepared[query]
	if s != nil {
		return s, nil
	}
	if !seen {
		if tx.prepared == nil {
			tx.prepared = make(map[string]*sql.Stmt)
		}
		if s = tx.kept.get(query); s != nil {
			s = tx.tx.StmtContext(tx.ctx, s)
		}
		tx.prepared[query] = s
		return s, nil
	}
	s, err := tx.tx.PrepareContext(tx.ctx, query) // closed with the transaction
	if err != nil {
		return nil, err
	}
	tx.prepared[query] = s
	return s, nil
}

// bind returns args in the types that both databases store alike.
func bind(args []any) []any {
	for i := range args {
		switch args[i].(type) {
		case time.Time, bool:
			out := make([]any, len(args))
			for j := range args {
				out[j] = value(args[j])
			}
			return out
		}
	}
	return args
}

func value(v any) any {
	switch v := v.(type) {
	case time.Time:
		return Time(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	}
	return v
}
