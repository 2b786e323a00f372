// Package store is the database of a node: SQLite in a file of the node's
// home, or PostgreSQL, behind one thin transaction type.
//
// # Transactions
//
// Everything that reads or writes runs in a closure given to [DB.Read] or
// [DB.Write]. A write is BEGIN IMMEDIATE on the one write connection of SQLite
// and SERIALIZABLE on PostgreSQL: two writes that overlap have the effect of
// one after the other, or one of them runs again. ([DB.WriteSnapshot] asks for less.) So a closure must have no
// effect outside its transaction; what it hands out it assigns, and never adds
// to. A read is a consistent snapshot, taken by its first query, in which
// writing is an error.
//
// A statement that fails ends its transaction, on both databases: later
// statements fail too, and Write rolls back even if the closure returns nil.
// For "insert unless it is there" use ON CONFLICT, not the error.
//
// # One SQL text
//
// Statements run unchanged on both databases. Placeholders are $1, $2 …;
// column types in migrations are TEXT, BIGINT, DOUBLE PRECISION and BYTEA;
// truth is BIGINT 0 or 1; time is TEXT as [Time] writes it; keys are
// [NewID]s. ON CONFLICT and RETURNING work on both. The differences between the
// databases are levelled in dialect.go: text compares by its bytes and LIKE
// tells capitals from small letters on both. Values that fold or collate are
// computed in Go and stored.
//
// Text must be valid UTF-8 without NUL, which PostgreSQL refuses. Rows must be
// closed before the next statement of the same transaction, since a PostgreSQL
// connection carries one result at a time. What remains different: NULL sorts
// first on SQLite and last on PostgreSQL (filter it, or order by IS NULL), SQLite
// takes a value of any type in any column, and an empty BYTEA scans into a nil
// []byte on SQLite (sql.Null tells it from NULL).
//
// # Durability and secrecy
//
// When Write returns nil the change is on disk: SQLite runs with
// synchronous=FULL in WAL mode, PostgreSQL sessions with synchronous_commit=on.
// SQLite files (database, -wal and -shm) have mode 0600 whatever the umask, and
// deleted content is overwritten with zeros (secure_delete), because erasing a
// person must erase them.
//
// Errors of this package carry neither connection strings nor the values given
// to statements: see [ErrConflict], [ErrDiskFull], [ErrBusy], [ErrNewerSchema].
//
// # Two processes
//
// The command line works beside a running node on the same SQLite file. Each
// has its own write connection; SQLite lets one of them write at a time, and
// the other waits up to ten seconds before it tries again.
package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// DB is an open database, migrated to the schema of this program. It is safe
// for concurrent use.
type DB struct {
	dialect Dialect
	write   *pool
	read    *pool // the same as write on PostgreSQL

	// still reports whether a file that is read without locks is the one that
	// was opened; nil where the database sees to that.
	still func() error
}

// Open opens the database that dsn names, creates a SQLite file that does not
// exist, and migrates the schema forward. A dsn that starts with "postgres://",
// "postgresql://" or a keyword such as "host=" means PostgreSQL 15 or later;
// anything else is the path of a SQLite file.
//
// Open returns an error wrapping [ErrNewerSchema] if a newer program has
// migrated the database. No error of Open repeats the dsn of a PostgreSQL
// server, which may hold a password.
func Open(ctx context.Context, dsn string) (*DB, error) {
	open := openSQLite
	if IsPostgres(dsn) {
		open = openPostgres
	}
	db, err := open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db.write.DB, db.dialect); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close waits for running transactions and closes the connections.
func (db *DB) Close() error {
	var err error
	if db.read != db.write {
		err = db.read.Close() // the writer last: it folds the WAL into the file
	}
	err = errors.Join(err, db.write.Close())
	if db.still != nil {
		err = errors.Join(err, db.still())
	}
	return err
}

// Dialect says which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Write runs f in a transaction that can write, and commits it when f returns
// nil. On an error or a panic of f nothing of it remains; a panic goes on to
// the caller.
//
// When the database reports a conflict with another transaction, f runs again
// in a new one, after a pause that grows and is jittered. Write gives up after
// a number of attempts, with an error wrapping [ErrBusy], or when ctx ends.
func (db *DB) Write(ctx context.Context, f func(tx *Tx) error) error {
	return db.retry(ctx, db.write, &sql.TxOptions{Isolation: db.dialect.writeIsolation()}, f)
}

// WriteSnapshot is [DB.Write] for work that a snapshot is enough for: on PostgreSQL it is REPEATABLE
// READ, where two transactions stand in each other's way only if they change the same row, and not
// if one has read what the other writes. It is for transactions whose decisions rest on rows that
// they change themselves (UPDATE … WHERE state = …, a primary key), or that nothing changes any
// more. On SQLite, which has one writer at a time, there is no difference.
func (db *DB) WriteSnapshot(ctx context.Context, f func(tx *Tx) error) error {
	return db.retry(ctx, db.write, &sql.TxOptions{Isolation: db.dialect.snapshotIsolation()}, f)
}

// Read runs f in a read-only transaction that sees one state of the database,
// that of its first query, whatever is written meanwhile. Like the closure of
// [DB.Write], f may run again.
func (db *DB) Read(ctx context.Context, f func(tx *Tx) error) error {
	return db.retry(ctx, db.read, &sql.TxOptions{Isolation: db.dialect.snapshotIsolation(), ReadOnly: true}, f)
}

// retry runs f in transactions until one neither conflicts nor fails.
func (db *DB) retry(ctx context.Context, pool *pool, o *sql.TxOptions, f func(tx *Tx) error) error {
	start := time.Now()
	for n := 0; ; n++ {
		err := db.once(ctx, pool, o, f)
		if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			// What is at work when the context ends is told of a closed statement, or
			// of a transaction that is over: this is why.
			return &Error{text: err.Error(), cause: errors.Join(ctx.Err(), err)}
		}
		if err == nil || !conflicts(err) {
			return err
		}
		if n+1 == maxAttempts || time.Since(start) > maxRetrying {
			return &Error{kind: ErrBusy, text: ErrBusy.Error() + ": " + err.Error(), cause: err}
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}

// once runs f in one transaction. The transaction is begun on a connection of
// its own, because Bulk needs the driver's connection under the transaction.
func (db *DB) once(ctx context.Context, pool *pool, o *sql.TxOptions, f func(tx *Tx) error) error {
	pool.prepare(ctx)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Close()
	t, err := conn.BeginTx(ctx, o)
	if err != nil {
		return translate(err)
	}
	// Also on a panic or runtime.Goexit in f; after Commit it does nothing.
	defer t.Rollback()

	tx := &Tx{
		ctx: ctx, tx: t, conn: conn, dialect: db.dialect, kept: &pool.statements,
		now: time.Now().UTC().Truncate(time.Microsecond),
	}
	err = f(tx)
	switch {
	case tx.failed != nil && (err == nil || conflicts(tx.failed)):
		return tx.failed // also where f hid it, or wrapped it out of sight
	case err != nil:
		return translate(err)
	}
	return translate(t.Commit())
}
