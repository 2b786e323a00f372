package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Conditions a caller can act on; test for them with errors.Is.
var (
	// ErrNewerSchema: a newer program has migrated the database. Use that
	// program; there is no way back except a backup.
	ErrNewerSchema = errors.New("the database was made by a newer version of this program")
	// ErrConflict: a unique constraint forbids the row.
	ErrConflict = errors.New("a row with this key exists")
	// ErrDiskFull: the database's disk, or its quota, has no room left.
	ErrDiskFull = errors.New("no space left for the database")
	// ErrDisk: the operating system refused to read or write the database for
	// another reason than room: a limit on file sizes, a fault of the disk.
	ErrDisk = errors.New("the database's disk cannot be used")
	// ErrBusy: other transactions stood in the way until Write gave up.
	ErrBusy = errors.New("the database is busy")
	// ErrNotDatabase: the file is not a SQLite database, or is damaged.
	ErrNotDatabase = errors.New("not a database, or damaged")
	// ErrStructure: a table, a column or the list of migrations is not there, or
	// not what the migrations made.
	ErrStructure = errors.New("the structure of the database is damaged")
	// ErrDamaged: a stored value is none that this program writes there, or is
	// gone.
	ErrDamaged = errors.New("what is stored is damaged")
	// ErrOlderSchema: the database waits for migrations, which [OpenReadOnly]
	// does not run.
	ErrOlderSchema = errors.New("the database was made by an older version of this program")
	// ErrWAL: a part of the database is in its -wal file, which cannot be read
	// where the folder cannot be written to.
	ErrWAL = errors.New("the database is not complete without its -wal file, which cannot be used in a folder that cannot be written to")
)

// IsUnique reports whether err is the violation of a unique constraint.
func IsUnique(err error) bool { return errors.Is(err, ErrConflict) }

// Error is a failure reported by the database. Its text names tables, columns
// and constraints but never a value given to a statement; the driver's error,
// whose details may quote values, can be reached with errors.As and must not
// be logged.
type Error struct {
	kind  error // one of the sentinels, or nil
	text  string
	cause error
}

func (e *Error) Error() string { return e.text }

// Unwrap gives the sentinel, if any, and the driver's error.
func (e *Error) Unwrap() []error {
	if e.kind == nil {
		return []error{e.cause}
	}
	return []error{e.kind, e.cause}
}

// translate gives an error of a driver the sentinel it means and a text
// without values. Other errors pass unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return wrap(err, lite, sqliteKind(lite), sqliteText(lite))
	case errors.As(err, &pg):
		return wrap(err, pg, postgresKind(pg), postgresText(pg))
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &Error{kind: ErrDiskFull, text: ErrDiskFull.Error(), cause: err}
	case errors.Is(err, sql.ErrNoRows):
		return err
	case strings.Contains(err.Error(), scanError):
		return scanned(err)
	case strings.Contains(err.Error(), "unable to encode"): // pgx quotes the value after these words
		return &Error{text: "an argument does not have the type of its column", cause: err}
	}
	return err
}

// scanError begins the text in which database/sql quotes the stored value that
// a destination did not take. The error has no type of its own.
const scanError = "sql: Scan error on column index "

// scanned tells which column holds a value of another type, and not the value.
func scanned(err error) error {
	before, after, _ := strings.Cut(err.Error(), scanError)
	column := ""
	if _, name, ok := strings.Cut(after, `, name "`); ok {
		if name, _, ok = strings.Cut(name, `"`); ok && identifier.MatchString(name) {
			column = " " + name
		}
	}
	return &Error{kind: ErrDamaged, text: before + ErrDamaged.Error() + ": the column" + column + " holds a value of another type", cause: err}
}

// wrap keeps the caller's words around a driver's error, if there are any, and
// puts text in the place of the driver's own.
func wrap(err, driver, kind error, text string) error {
	if before, ok := strings.CutSuffix(err.Error(), driver.Error()); ok {
		text = before + text
	}
	return &Error{kind: kind, text: text, cause: err}
}

func sqliteKind(e *sqlite.Error) error {
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrConflict
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_ERROR:
		if text := e.Error(); strings.Contains(text, "no such table: ") || strings.Contains(text, "no such column: ") || strings.Contains(text, " has no column named ") {
			return ErrStructure
		}
	case lib.SQLITE_FULL:
		return ErrDiskFull
	case lib.SQLITE_IOERR, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN:
		return ErrDisk
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return ErrNotDatabase
	}
	return nil
}

// sqliteText is SQLite's message, but for a damaged file: what SQLite then
// takes for names of its own may be anybody's.
func sqliteText(e *sqlite.Error) string {
	if e.Code()&0xff == lib.SQLITE_CORRUPT {
		return "the database file is malformed (SQLITE_CORRUPT)"
	}
	if sqliteKind(e) == ErrStructure {
		return ErrStructure.Error() + ": " + strings.TrimPrefix(e.Error(), "SQL logic error: ")
	}
	return e.Error()
}

func postgresKind(e *pgconn.PgError) error {
	switch e.Code {
	case "23505":
		return ErrConflict
	case "53100":
		return ErrDiskFull
	case "42P01", "42703": // undefined table, column
		return ErrStructure
	}
	return nil
}

// postgresText is the server's message, unless its kind of message quotes
// values: data exceptions (class 22) and a COPY broken off (57014).
func postgresText(e *pgconn.PgError) string {
	if strings.HasPrefix(e.Code, "22") {
		return "a value does not have the form its column takes (SQLSTATE " + e.Code + ")"
	}
	if e.Code == "57014" {
		return "the statement was broken off (SQLSTATE 57014)"
	}
	text := e.Message + " (SQLSTATE " + e.Code + ")"
	if postgresKind(e) == ErrStructure {
		text = ErrStructure.Error() + ": " + text
	}
	return text
}
