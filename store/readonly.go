package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// OpenReadOnly opens a database to examine it as it stands: it makes no file,
// changes none and runs no migration. [DB.Structure] says whether the schema is
// this program's; before it has, any statement may find a table missing.
//
// A SQLite file with a -wal file beside it may be in use, and is read as any
// other process would read it. Without one nobody is using it, and it is read
// as it lies there, so that the folder need not be writable and stays as it is;
// should somebody begin to write meanwhile, [DB.Close] returns an error wrapping
// [ErrBusy], and what was read is worth nothing. On a medium that cannot be
// written to an empty -wal file does not matter; one with content is a part of
// the database that cannot be read there: [ErrWAL].
func OpenReadOnly(ctx context.Context, dsn string) (*DB, error) {
	if IsPostgres(dsn) {
		return connect(ctx, dsn, map[string]string{"default_transaction_read_only": "on"})
	}
	path, err := filepath.Abs(dsn)
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	f, err := os.Open(path) // for the system's own words on what stands in the way
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	defer f.Close()
	file, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	if !file.Mode().IsRegular() {
		return nil, fmt.Errorf("database file: %w", &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")})
	}
	wal, err := os.Stat(path + "-wal")
	if err == nil {
		db, err := openFile(ctx, path, readOnly)
		switch {
		case err == nil || !errors.Is(err, ErrDisk):
			return db, err
		case wal.Size() > 0:
			return nil, fmt.Errorf("open %s: %w", filepath.Base(path), &Error{kind: ErrWAL, text: ErrWAL.Error(), cause: err})
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("database file: %w", err)
	}
	db, err := openFile(ctx, path, immutable)
	if err != nil {
		return nil, err
	}
	db.still = func() error {
		now, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("database file: %w", err)
		}
		after, err := os.Stat(path + "-wal")
		if wal == nil && err == nil || err == nil && after.Size() > 0 || now.Size() != file.Size() || !now.ModTime().Equal(file.ModTime()) {
			return fmt.Errorf("%w: another process began to write while it was read", ErrBusy)
		}
		return nil
	}
	return db, nil
}

func openFile(ctx context.Context, path string, use access) (*DB, error) {
	reader, err := sqlite.NewConnector(sqliteName(path, use))
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	pool := sql.OpenDB(reader)
	pool.SetMaxOpenConns(readers)
	pool.SetMaxIdleConns(readers)
	// The first statement, not the connection, touches file and -wal.
	var objects int
	if err := pool.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&objects); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Base(path), translate(err)), pool.Close())
	}
	both := newPool(pool)
	return &DB{dialect: SQLite, write: both, read: both}, nil
}
