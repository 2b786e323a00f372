// Package storetest opens the databases that a package's tests run on: SQLite
// always, PostgreSQL where a server is at hand.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"mitra/store"
)

const (
	serverEnv   = "MITRA_TEST_POSTGRES"
	requiredEnv = "MITRA_TEST_POSTGRES_REQUIRED"
)

// Each runs f as the subtests "sqlite" and "postgres", each with a new,
// migrated database that is gone afterwards.
//
// The environment variable MITRA_TEST_POSTGRES holds the DSN of a server on
// which databases may be created, for example
// postgres://postgres@127.0.0.1:5432/postgres. Without it the subtest
// "postgres" is skipped, or fails if MITRA_TEST_POSTGRES_REQUIRED is 1, as it
// is where the tests must not pass by leaving half of them out.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachDSN(t, func(t *testing.T, dsn string) { f(t, open(t, dsn)) })
}

// EachDSN is [Each] for tests that open the database themselves: f gets the
// name of an empty one.
func EachDSN(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		f(t, filepath.Join(t.TempDir(), "test.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, postgres(t))
	})
}

// SQLite opens a new SQLite database, for benchmarks and for tests of what
// does not depend on the database.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "test.db"))
}

// Another opens a further new database of the same kind, for the second node of a test.
func Another(t *testing.T, db *store.DB) *store.DB {
	t.Helper()
	if db.Dialect() == store.PostgreSQL {
		return open(t, postgres(t))
	}
	return SQLite(t)
}

// AnotherDSN is [Another] for tests that open the database themselves.
func AnotherDSN(t *testing.T, dsn string) string {
	t.Helper()
	if store.IsPostgres(dsn) {
		return postgres(t)
	}
	return filepath.Join(t.TempDir(), "test.db")
}

func open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Raw opens a database as any program can, past everything that package store
// sees to, for tests that damage it.
func Raw(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	if !store.IsPostgres(dsn) {
		db, err := sql.Open("sqlite", dsn)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		return db
	}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(serverEnv + " is malformed")
	}
	return stdlib.OpenDB(*cfg)
}

// postgres creates a database and returns its DSN; the database is dropped
// when the test is over.
func postgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv(serverEnv)
	if server == "" {
		const how = "set " + serverEnv + " to the DSN of a PostgreSQL server on which databases may be created"
		if os.Getenv(requiredEnv) == "1" {
			t.Fatal(requiredEnv + " is 1, but there is no server: " + how)
		}
		t.Skip(how)
	}
	cfg, err := pgx.ParseConfig(server)
	if err != nil {
		t.Fatal(serverEnv + " is malformed")
	}
	admin := stdlib.OpenDB(*cfg)
	t.Cleanup(func() { admin.Close() })
	name := "mitra_test_" + strings.ReplaceAll(store.NewID(), "-", "")
	owner, create := ordinary(t, admin, name), "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"
	if owner != "" {
		create += " OWNER " + owner
	}
	exec(t, admin, create)
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	dsn, err := withDatabase(server, name, owner)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// ordinary is a role that owns its database and has no other right, as that of a node is to be:
// what only a superuser may do would be seen first by somebody who sets up a node. It is "" where
// the server's user is one already.
func ordinary(t *testing.T, admin *sql.DB, name string) string {
	t.Helper()
	var super bool
	if err := admin.QueryRow("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&super); err != nil {
		t.Fatal(err)
	}
	if !super {
		return ""
	}
	exec(t, admin, "CREATE ROLE "+name+" LOGIN PASSWORD '"+name+"'")
	t.Cleanup(func() { exec(t, admin, "DROP ROLE "+name) })
	return name
}

func exec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// withDatabase is dsn with another database and user: those of a URL, or the last ones of a
// keyword DSN, which win.
func withDatabase(dsn, name, user string) (string, error) {
	if !strings.Contains(dsn, "://") {
		dsn += " dbname=" + name
		if user != "" {
			dsn += " user=" + user + " password=" + user
		}
		return dsn, nil
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New(serverEnv + " is not a URL")
	}
	u.Path = "/" + name
	if user != "" {
		u.User = url.UserPassword(user, user)
	}
	return u.String(), nil
}

// Plan is how SQLite would go about a statement with so many arguments: its steps, "; " between them.
func Plan(t testing.TB, db *store.DB, query string, args int) string {
	t.Helper()
	var plan []string
	if err := db.Read(t.Context(), func(tx *store.Tx) error {
		plan = nil
		rows, err := tx.Query("EXPLAIN QUERY PLAN "+query, make([]any, args)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			plan = append(plan, step)
		}
		return rows.Err()
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(plan, "; ")
}
