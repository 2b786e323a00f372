package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"mitra/store/migrations"
)

// versionTable is where goose keeps which migrations have run.
const versionTable = "goose_db_version"

// migrate brings the schema forward to this program's.
//
// Processes that start at the same moment need no lock. Each migration is one
// transaction together with the row that says it has run, and that row is
// unique: whoever comes second fails as a whole, looks again and goes on from
// where the first one left the schema. (goose's own lock on PostgreSQL is an
// advisory one; SQLite has none.)
func migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	return migrateTo(ctx, db, d, migrations.Files)
}

func migrateTo(ctx context.Context, db *sql.DB, d Dialect, files fs.FS) error {
	for stuck := 0; ; {
		before, after, err := migrateOnce(ctx, db, d, files)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrNewerSchema):
			return err
		case after > before:
			continue // another process got further; so can we
		case stuck == maxAttempts || !lostRace(err):
			return fmt.Errorf("migrate the database from version %d: %w", before, unmigrated(err))
		}
		if err := pause(ctx, stuck); err != nil {
			return err
		}
		stuck++
	}
}

// unmigrated is the error of a migration. One that SQLite refuses as a statement
// met a structure that no migration left.
func unmigrated(err error) error {
	err = translate(err)
	var known *Error
	var lite *sqlite.Error
	var pg *pgconn.PgError
	structure := errors.As(err, &lite) && lite.Code()&0xff == lib.SQLITE_ERROR || errors.As(err, &pg) && strings.HasPrefix(pg.Code, "42")
	if errors.As(err, &known) && structure {
		return &Error{kind: ErrStructure, text: ErrStructure.Error() + ": " + known.text, cause: err}
	}
	return err
}

// migrateOnce runs the migrations that are due. It returns the version at its
// beginning and, if it failed, the one it found afterwards.
func migrateOnce(ctx context.Context, db *sql.DB, d Dialect, files fs.FS) (before, after int64, err error) {
	p, err := provider(db, d, files)
	if err != nil {
		return 0, 0, err
	}
	before, ours, err := p.GetVersions(ctx)
	if err != nil {
		return 0, 0, err
	}
	if before > ours {
		return before, before, fmt.Errorf("%w: its schema has version %d, this program knows up to %d",
			ErrNewerSchema, before, ours)
	}
	if _, err := p.Up(ctx); err != nil {
		after, _, verr := p.GetVersions(ctx)
		if verr != nil {
			after = before
		}
		return before, after, err
	}
	return before, ours, nil
}

func provider(db *sql.DB, d Dialect, files fs.FS) (*goose.Provider, error) {
	table, err := database.NewStore(d.goose(), versionTable)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(database.DialectCustom, db, dialectFiles{files, d},
		goose.WithStore(uniqueVersions{table, d}), goose.WithDisableGlobalRegistry(true))
}

// uniqueVersions is goose's version table with a unique index, which turns a
// migration run twice into a failed transaction.
type uniqueVersions struct {
	database.Store
	dialect Dialect
}

func (u uniqueVersions) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	if err := u.Store.CreateVersionTable(ctx, db); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, `CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id)`)
	return err
}

// TableExists spares goose a query that fails, which a PostgreSQL server would
// log as an error.
func (u uniqueVersions) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	query := `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`
	if u.dialect == PostgreSQL {
		query = `SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1)`
	}
	var n int
	err := db.QueryRowContext(ctx, query, versionTable).Scan(&n)
	return n > 0, err
}

// lostRace reports whether err can be that of a process that ran a migration
// at the same moment as another.
func lostRace(err error) bool {
	if conflicts(err) || IsUnique(translate(err)) {
		return true
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P07" || pg.Code == "42701") // duplicate table, column
}

// dialectFiles are the migration files as the database d reads them.
type dialectFiles struct {
	fs.FS
	d Dialect
}

func (files dialectFiles) Open(name string) (fs.File, error) {
	f, err := files.FS.Open(name)
	if err != nil || path.Ext(name) != ".sql" {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &dialectFile{f, strings.NewReader(files.d.migration(string(text)))}, nil
}

type dialectFile struct {
	fs.File
	text *strings.Reader
}

func (f *dialectFile) Read(p []byte) (int, error) { return f.text.Read(p) }
