package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func files(texts ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, text := range texts {
		out[fmt.Sprintf("%05d_part.sql", i+1)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return out
}

func emptySQLite(t *testing.T) *DB {
	t.Helper()
	db, err := openSQLite(context.Background(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func tableNames(t *testing.T, db *DB) string {
	t.Helper()
	var names sql.NullString
	err := db.Read(context.Background(), func(tx *Tx) error {
		return tx.QueryRow(`SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema
			WHERE type = 'table' AND name LIKE 'part_' ORDER BY name)`).Scan(&names)
	})
	if err != nil {
		t.Fatal(err)
	}
	return names.String
}

// TestMigrationsGoForward adds migrations to a database that has some, with one
// that fails in its middle.
func TestMigrationsGoForward(t *testing.T) {
	db := emptySQLite(t)
	ctx := context.Background()
	one := `CREATE TABLE part1 (a TEXT);`
	bad := `CREATE TABLE part2 (a TEXT); INSERT INTO absent VALUES (1);`
	good := `CREATE TABLE part2 (a TEXT); INSERT INTO part2 VALUES ('x;y');`
	for _, step := range []struct {
		files fstest.MapFS
		fails bool
		want  string
	}{
		{files(one), false, "part1"},
		{files(one, bad), true, "part1"},
		{files(one, good), false, "part1,part2"},
		{files(one, good), false, "part1,part2"},
		{files(one, good, `CREATE TABLE part3 (a TEXT);`, `DROP TABLE part1;`), false, "part2,part3"},
		{files(one), true, "part2,part3"},
	} {
		err := migrateTo(ctx, db.write.DB, SQLite, step.files)
		if (err != nil) != step.fails {
			t.Errorf("%d files: %v", len(step.files), err)
		}
		if got := tableNames(t, db); got != step.want {
			t.Errorf("%d files: tables %q, want %q", len(step.files), got, step.want)
		}
	}
	if err := migrateTo(ctx, db.write.DB, SQLite, files(one)); !errors.Is(err, ErrNewerSchema) ||
		!strings.Contains(err.Error(), "version 4") || !strings.Contains(err.Error(), "up to 1") {
		t.Errorf("an older program: %v", err)
	}
}

// TestMigrationRunsOnce has a process that looked before the other had finished
// run the other's migration again: one that does not fail of itself.
func TestMigrationRunsOnce(t *testing.T) {
	db := emptySQLite(t)
	ctx := context.Background()
	one := `CREATE TABLE part1 (n BIGINT); INSERT INTO part1 VALUES (0);`
	if err := migrateTo(ctx, db.write.DB, SQLite, files(one, `UPDATE part1 SET n = n + 1;`)); err != nil {
		t.Fatal(err)
	}
	err := db.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`UPDATE part1 SET n = n + 1`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, TRUE)`)
		return err
	})
	if !IsUnique(err) || !lostRace(err) {
		t.Errorf("the second run: %v", err)
	}
}

func TestPostgresMigrationText(t *testing.T) {
	const text = "-- TEXT stays TEXT here\nCREATE TABLE a (t TEXT NOT NULL, CONTEXT BIGINT); -- TEXT\n"
	const want = "-- TEXT stays TEXT here\nCREATE TABLE a (t TEXT COLLATE \"C\" NOT NULL, CONTEXT BIGINT); -- TEXT\n"
	if got := PostgreSQL.migration(text); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := SQLite.migration(text); got != text {
		t.Errorf("SQLite: %q", got)
	}
}

func TestDSNs(t *testing.T) {
	for dsn, want := range map[string]bool{
		"postgres://u@h/d": true, "postgresql:///d": true, "host=/run/postgresql dbname=mitra": true,
		"user=mitra": true, "dbname = mitra": true,
		"mitra.db": false, "/var/lib/mitra/mitra.db": false, "./host=a": false, "hosts.db": false, "postgres.db": false,
	} {
		if IsPostgres(dsn) != want {
			t.Errorf("IsPostgres(%q) is %v", dsn, !want)
		}
	}
}

// TestGivesUp has a transaction lose for ever.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := emptySQLite(t)
		defer db.Close()
		lost := &pgconn.PgError{Code: "40001", Message: "could not serialize access"}
		attempts, start := 0, time.Now()
		err := db.Write(t.Context(), func(*Tx) error { attempts++; return fmt.Errorf("work: %w", lost) })
		if !errors.Is(err, ErrBusy) || !errors.Is(err, lost) {
			t.Errorf("Write: %v", err)
		}
		if took := time.Since(start); attempts < 10 || attempts > maxAttempts || took > maxRetrying+longestPause {
			t.Errorf("%d attempts in %v", attempts, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := db.Write(ctx, func(*Tx) error { return lost }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a deadline: %v", err)
		}
	})
}

// TestBusyIsAConflict meets a lock with a connection that does not wait for it.
func TestBusyIsAConflict(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	a, err := openSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := openSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.write.Exec(`PRAGMA busy_timeout = 0`); err != nil {
		t.Fatal(err)
	}
	err = a.Write(t.Context(), func(*Tx) error {
		return b.once(t.Context(), b.write, nil, func(*Tx) error { return nil })
	})
	if !conflicts(err) {
		t.Errorf("the second writer: %v", err)
	}
}
