package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
)

const (
	// busyTimeout is how long a statement waits for another process's write.
	busyTimeout = 10 * time.Second
	// readers is the number of read connections: enough for the screens of a
	// busy office, each at most the page cache below.
	readers = 4
	// Page caches in KiB (negative in SQLite's notation). The pages of a large
	// file are in the system's cache already; these only save the copying.
	writerCache = 8 << 10
	readerCache = 2 << 10
	// walLimit is the size to which the WAL is cut after a large import.
	walLimit = 64 << 20
)

func openSQLite(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	if err := secureFile(path); err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	writer, err := sqlite.NewConnector(sqliteName(path, readWrite))
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	reader, err := sqlite.NewConnector(sqliteName(path, readOnly))
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	write := sql.OpenDB(writer)
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	if err := firstConnection(ctx, write); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Base(path), err), write.Close())
	}
	read := sql.OpenDB(reader)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	read.SetConnMaxIdleTime(time.Minute) // an idle node gives its caches back
	return &DB{dialect: SQLite, write: newPool(write), read: newPool(read)}, nil
}

// secureFile makes sure that the database file exists and that only its owner
// may use it. SQLite gives -wal and -shm the mode of the database file.
func secureFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return f.Chmod(0o600)
	}
	return nil
}

// firstConnection opens the file for the first time in this process. Changing
// a new file to WAL mode needs it alone, without SQLite's own waiting, so a
// process that starts at the same moment makes it fail with BUSY.
func firstConnection(ctx context.Context, db *sql.DB) error {
	for n := 0; ; n++ {
		err := translate(db.PingContext(ctx))
		if err == nil || !conflicts(err) || n == maxAttempts {
			return err
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}

// access is how a connection uses the file.
type access uint8

const (
	readWrite access = iota
	readOnly         // beside others that write
	immutable        // nobody writes: no lock, and nothing beside the file
)

// sqliteName is the driver's name of the database: a URI, so that no character
// of the path is taken for a parameter.
func sqliteName(path string, use access) string {
	q := url.Values{}
	q.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	q.Set("_foreign_keys", "1")
	q.Set("_dqs", "0") // "name" is always an identifier, as on PostgreSQL
	q.Set("_defensive", "1")
	q.Set("_error_rc", "1")
	cache := writerCache
	if use != readWrite {
		if use == immutable {
			q.Set("immutable", "1")
		}
		q.Set("mode", "ro")
		q.Set("_query_only", "1")
		cache = readerCache
	} else {
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "FULL")
		q.Set("_txlock", "immediate")
		q.Add("_pragma", "secure_delete(1)")
		q.Add("_pragma", fmt.Sprintf("journal_size_limit(%d)", walLimit))
	}
	q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", cache))
	q.Add("_pragma", "case_sensitive_like(1)")
	q.Add("_pragma", "trusted_schema(0)")
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") { // a drive letter
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}).String()
}
