package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"mitra/store/migrations"
)

// A Kind is what a column holds: one of the four types of the migrations. Any
// column may hold NULL here; what forbids it is the database's business.
type Kind string

const (
	Text    Kind = "text"    // string
	Integer Kind = "integer" // int64
	Float   Kind = "float"   // float64
	Bytes   Kind = "bytes"   // []byte, never nil
)

// A Column is a column of a [Table].
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// A Table is a table of the schema, with its columns in the order in which the
// migrations made them. Key names the columns of its primary key.
type Table struct {
	Name    string
	Columns []Column
	Key     []string
}

var kinds = map[string]Kind{"TEXT": Text, "BIGINT": Integer, "DOUBLE PRECISION": Float, "BYTEA": Bytes}

// Tables returns the tables of a version of the schema by name, and that version;
// 0 is the latest. The list of migrations that have run is not among them: it is
// the migration tool's own. It returns an error wrapping [ErrNewerSchema] if this
// program does not know the version.
func Tables(ctx context.Context, version int64) (tables []Table, made int64, err error) {
	db, err := memory(ctx, version)
	if err != nil {
		return nil, 0, err
	}
	defer db.Close()
	p, err := provider(db, SQLite, migrations.Files)
	if err != nil {
		return nil, 0, err
	}
	if made, err = p.GetDBVersion(ctx); err != nil {
		return nil, 0, err
	}
	rows, err := db.QueryContext(ctx, `
		SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version' ORDER BY t.name, c.cid`)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var table, column, decl string
		var key int
		if err := rows.Scan(&table, &column, &decl, &key); err != nil {
			return nil, 0, err
		}
		kind, ok := kinds[decl]
		if !ok {
			return nil, 0, fmt.Errorf("column %s.%s: the type %s is none of the four", table, column, decl)
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		t := &tables[len(tables)-1]
		t.Columns = append(t.Columns, Column{column, kind})
		if key > 0 {
			t.Key = append(t.Key, column) // in the order of the columns, as our migrations have them
		}
	}
	return tables, made, rows.Err()
}

// Count returns how many rows Scan would hand out.
func (t Table) Count(tx *Tx, where string) (n int64, err error) {
	err = tx.QueryRow("SELECT COUNT(*) FROM " + t.Name + condition(where)).Scan(&n)
	return n, err
}

// Scan hands out the rows of the table for which the condition where holds (SQL;
// empty: all), in the order of the key, one value for each column: nil, string,
// int64, float64 or []byte. The slice is used again for the next row. It returns
// an error wrapping [ErrDamaged] at a value that is not of its column's kind.
func (t Table) Scan(tx *Tx, where string, yield func(row []any) error) error {
	rows, err := tx.Query("SELECT " + strings.Join(t.names(), ", ") + " FROM " + t.Name + condition(where) +
		" ORDER BY " + strings.Join(t.Key, ", "))
	if err != nil {
		return err
	}
	defer rows.Close()
	var r Row
	values := make([]any, len(t.Columns))
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return translate(err)
		}
		for i, c := range t.Columns {
			switch {
			case r.Null(i):
				values[i] = nil
			case c.Kind == Text:
				values[i] = r.Text(i)
			case c.Kind == Integer:
				values[i] = r.Int(i)
			case c.Kind == Float:
				values[i] = r.Float(i)
			default:
				values[i] = append([]byte{}, r.Bytes(i)...)
			}
		}
		if bad := r.Damaged(); len(bad) > 0 {
			return fmt.Errorf("%s.%s: %w: a value of another type", t.Name, bad[0], ErrDamaged)
		}
		if err := yield(values); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// Fill inserts rows as [Table.Scan] hands them out; see [Tx.Bulk].
func (t Table) Fill(tx *Tx, rows iter.Seq[[]any]) (int64, error) {
	return tx.Bulk(t.Name, t.names(), rows)
}

func (t Table) names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

func condition(where string) string {
	if where == "" {
		return ""
	}
	return " WHERE " + where
}

// ErrNotEmpty: a database that should be new has tables in it.
var ErrNotEmpty = errors.New("the database is not empty")

// Create opens a database like [Open], but one that has nothing in it, and makes
// the schema of a version of this program's or an earlier one. Tables that an
// attempt before it has left, all of them empty, do not matter. It returns an
// error wrapping [ErrNotEmpty], or [ErrNewerSchema].
func Create(ctx context.Context, dsn string, version int64) (*DB, error) {
	if _, made, err := Tables(ctx, version); err != nil {
		return nil, err
	} else if made != version {
		return nil, fmt.Errorf("%w: its schema has version %d, this program knows up to %d", ErrNewerSchema, version, made)
	}
	open := openSQLite
	if IsPostgres(dsn) {
		open = openPostgres
	}
	db, err := open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := db.create(ctx, version); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) create(ctx context.Context, version int64) error {
	if err := db.unused(ctx); err != nil {
		return err
	}
	if err := db.Drop(ctx); err != nil {
		return err
	}
	p, err := provider(db.write.DB, db.dialect, migrations.Files)
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return errors.Join(fmt.Errorf("make the schema: %w", unmigrated(err)), db.Drop(context.WithoutCancel(ctx)))
	}
	return nil
}

// unused returns an error unless the database has no table, or the tables of a
// version of the schema and no row in them.
func (db *DB) unused(ctx context.Context) error {
	return db.Read(ctx, func(tx *Tx) error {
		have, err := tx.objects()
		if err != nil {
			return err
		}
		have = slices.DeleteFunc(have, func(o object) bool { return strings.HasPrefix(o.name, "sqlite_") }) // SQLite's own
		if len(have) == 0 {
			return nil
		}
		ran, err := tx.versions(have)
		if err != nil {
			return err
		}
		if ran.sound() {
			tables, made, err := Tables(ctx, ran.last())
			if err != nil {
				return err
			}
			ours := made == ran.last() && !slices.ContainsFunc(have, func(o object) bool {
				return o.kind == "table" && o.name != versionTable &&
					!slices.ContainsFunc(tables, func(t Table) bool { return t.Name == o.name })
			})
			for _, t := range tables {
				n, err := t.Count(tx, "")
				if err != nil {
					return err
				}
				ours = ours && n == 0
			}
			if ours {
				return nil
			}
		}
		return ErrNotEmpty
	})
}

// Drop removes every table of the schema, whatever is in it: for a database that
// [Create] has made and that is not to be.
func (db *DB) Drop(ctx context.Context) error {
	tables, _, err := Tables(ctx, 0)
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *Tx) error {
		for _, t := range append(tables, Table{Name: versionTable}) {
			if _, err := tx.Exec("DROP TABLE IF EXISTS " + t.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// memory is a database in memory with the schema of a version; 0 is the latest.
func memory(ctx context.Context, version int64) (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	p, err := provider(db, SQLite, migrations.Files)
	if err == nil && version == 0 {
		_, err = p.Up(ctx)
	} else if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
