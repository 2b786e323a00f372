package store

import (
	"database/sql"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3/database"
)

// Dialect is the kind of database. Statements do not depend on it; it is there
// for what a person is told, and for the few differences levelled in this file:
//
//   - Text compares by its bytes. That is SQLite's default collation; on
//     PostgreSQL the TEXT columns of migrations are given the collation "C", so
//     that order, ranges and indexes do not depend on how the database was
//     created or on the server's C library.
//   - LIKE tells capitals from small letters, also on SQLite
//     (case_sensitive_like).
//   - Both begin transactions as the package doc says.
type Dialect uint8

const (
	SQLite Dialect = iota + 1
	PostgreSQL
)

func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	}
	return "unknown"
}

var postgresDSN = regexp.MustCompile(`^\s*(postgres(ql)?://|(host|hostaddr|port|user|dbname|service)\s*=)`)

// IsPostgres reports whether [Open] takes a name for the connection string of a
// PostgreSQL server and not for the name of a file.
func IsPostgres(dsn string) bool { return postgresDSN.MatchString(dsn) }

// writeIsolation is the level of a write; SQLite's transactions are
// serializable without being asked.
func (d Dialect) writeIsolation() sql.IsolationLevel {
	if d == PostgreSQL {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

func (d Dialect) snapshotIsolation() sql.IsolationLevel {
	if d == PostgreSQL {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// goose is the migration tool's name of the dialect.
func (d Dialect) goose() database.Dialect {
	if d == PostgreSQL {
		return database.DialectPostgres
	}
	return database.DialectSQLite3
}

var textColumn = regexp.MustCompile(`\bTEXT\b`)

// onlyPostgres begins a line of a migration file whose rest is for PostgreSQL alone.
const onlyPostgres = "--postgres "

// migration returns a migration file's text for this database.
func (d Dialect) migration(text string) string {
	if d != PostgreSQL {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		line = strings.TrimPrefix(line, onlyPostgres)
		code, comment, found := strings.Cut(line, "--")
		code = textColumn.ReplaceAllString(code, `TEXT COLLATE "C"`)
		if found {
			code += "--" + comment
		}
		lines[i] = code
	}
	return strings.Join(lines, "")
}
