package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mitra/store/migrations"
)

// object is a table, a column, an index or a trigger of a database. table is the
// one it belongs to; def is what it was made with: SQLite's own text of it, or
// for a column of PostgreSQL its type.
type object struct{ kind, name, table, def string }

// Structure compares the tables, indexes and triggers of the database and its
// list of migrations with what the migrations of this program make, and returns
// what is missing or not as they made it. It returns an error wrapping
// [ErrOlderSchema] or [ErrNewerSchema] where the schema is sound but that of
// another version.
func (db *DB) Structure(ctx context.Context) (found []string, err error) {
	err = db.Read(ctx, func(tx *Tx) error {
		found = nil
		have, err := tx.objects()
		if err != nil {
			return err
		}
		versions, err := tx.versions(have)
		if err != nil {
			return err
		}
		ours, err := latest[db.dialect]()
		if err != nil {
			return err
		}
		if last := versions.last(); versions.sound() && last != ours.version {
			if last > ours.version {
				return fmt.Errorf("%w: its schema has version %d, this program knows up to %d", ErrNewerSchema, last, ours.version)
			}
			older, err := made(ctx, db.dialect, last)
			if err != nil {
				return err
			}
			if len(older.compare(have)) == 0 && !ours.later(older, have) {
				return fmt.Errorf("%w: its schema has version %d, this program's has %d", ErrOlderSchema, last, ours.version)
			}
		}
		if len(have) == 0 {
			found = []string{"it is empty, without a single table"}
			return nil
		}
		found = ours.compare(have)
		if !versions.sound() || versions.last() != ours.version {
			found = append(found, "the list of the migrations that have run ("+versionTable+") was changed")
		}
		return nil
	})
	return found, err
}

// Integrity lets SQLite check every page, index and row of the file, and
// returns what it finds; PostgreSQL has nothing of the kind. What is found names
// pages and indexes and repeats no value.
func (db *DB) Integrity(ctx context.Context) (found []string, err error) {
	if db.dialect != SQLite {
		return nil, nil
	}
	err = db.Read(ctx, func(tx *Tx) error {
		found = nil
		rows, err := tx.Query(`PRAGMA integrity_check(100)`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			for line := range strings.Lines(line) {
				if line = strings.TrimSpace(line); line != "ok" {
					found = append(found, plain(line))
				}
			}
		}
		return rows.Err()
	})
	return found, err
}

// plain is a line of SQLite's with anything quoted from the file left out but
// the names of our own making.
func plain(line string) string {
	words := strings.Fields(line)
	for i, w := range words {
		if strings.ContainsFunc(w, func(c rune) bool { return c < '!' || c > '~' }) || len(w) > 60 {
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}

// schema is what the migrations up to a version make.
type schema struct {
	version int64
	objects []object
}

// latest is what all migrations make, which does not change while a program runs.
var latest = map[Dialect]func() (schema, error){
	SQLite:     sync.OnceValues(func() (schema, error) { return made(context.Background(), SQLite, 0) }),
	PostgreSQL: sync.OnceValues(func() (schema, error) { return made(context.Background(), PostgreSQL, 0) }),
}

// made runs the migrations up to version, 0 for all, in memory and looks at
// what they made. So nothing has to be written down twice.
func made(ctx context.Context, d Dialect, version int64) (schema, error) {
	db, err := memory(ctx, version)
	if err != nil {
		return schema{}, err
	}
	defer db.Close()
	p, err := provider(db, SQLite, migrations.Files)
	if err != nil {
		return schema{}, err
	}
	s := schema{}
	if s.version, err = p.GetDBVersion(ctx); err != nil {
		return schema{}, err
	}
	query := sqliteObjects
	if d == PostgreSQL {
		query = sqliteColumns
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return schema{}, err
	}
	s.objects, err = scanObjects(rows)
	return s, err
}

const (
	sqliteObjects = `
	SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema`

	// The same as postgresObjects gives for a schema that the same migrations
	// made.
	sqliteColumns = `
	SELECT 'table', name, name, '' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
	UNION ALL
	SELECT 'column', t.name || '.' || c.name, t.name, LOWER(CASE t.name WHEN 'goose_db_version' THEN '' ELSE c.type END)
	FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
	UNION ALL
	SELECT 'index', name, tbl_name, '' FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`

	postgresObjects = `
	SELECT 'table', table_name::text, table_name::text, ''
	FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
	UNION ALL
	SELECT 'column', (table_name || '.' || column_name)::text, table_name::text,
		(CASE table_name WHEN 'goose_db_version' THEN '' ELSE data_type END)::text
	FROM information_schema.columns WHERE table_schema = current_schema()
	UNION ALL
	SELECT 'index', indexname::text, tablename::text, '' FROM pg_indexes WHERE schemaname = current_schema()
	UNION ALL
	SELECT 'trigger', t.tgname::text, c.relname::text, '' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
	WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
	UNION ALL
	SELECT 'rule', rulename::text, tablename::text, '' FROM pg_rules WHERE schemaname = current_schema()`
)

func (tx *Tx) objects() ([]object, error) {
	query := sqliteObjects
	if tx.dialect == PostgreSQL {
		query = postgresObjects
	}
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	return scanObjects(rows)
}

func scanObjects(rows *sql.Rows) (out []object, err error) {
	defer rows.Close()
	var r Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return nil, err
		}
		out = append(out, object{r.Text(0), r.Text(1), r.Text(2), r.Text(3)})
	}
	return out, rows.Err()
}

// compare says which objects of s are missing or other than s has them, and
// which there are that act by themselves. A table or index that somebody added
// acts on nothing.
func (s schema) compare(have []object) (found []string) {
	def := make(map[object]string)
	for _, o := range have {
		def[object{kind: o.kind, name: o.name}] = bare(o.def)
	}
	for _, want := range s.objects {
		key := object{kind: want.kind, name: want.name}
		_, table := def[object{kind: "table", name: want.table}]
		switch got, ok := def[key]; {
		case !table && want.kind != "table":
			// it went with its table
		case !ok:
			found = append(found, want.kind+" "+want.name+" is missing")
		case got != bare(want.def):
			found = append(found, want.kind+" "+want.name+" is not as the program made it")
		}
	}
	for o := range def {
		if o.kind == "trigger" || o.kind == "rule" {
			name := o.name
			if !identifier.MatchString(name) {
				name = "of another name"
			}
			found = append(found, "there is a "+o.kind+" that the program did not make: "+name)
		}
	}
	slices.Sort(found)
	return found
}

// later reports whether there is an object that s has and the older schema does not:
// then the migration that made it has run, whatever the list says.
func (s schema) later(older schema, have []object) bool {
	is := func(o object) func(object) bool {
		return func(p object) bool { return p.kind == o.kind && p.name == o.name }
	}
	return slices.ContainsFunc(s.objects, func(o object) bool {
		return !slices.ContainsFunc(older.objects, is(o)) && slices.ContainsFunc(have, is(o))
	})
}

var comment = regexp.MustCompile(`--[^\n]*`)

// bare is a definition without comments, quotation marks and blanks: what is
// written and not what is meant.
func bare(def string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(comment.ReplaceAllString(def, ""), `"`, "")), " ")
}

// versions are the migrations that have run, by the database's own list.
type versions []int64

func (v versions) last() int64 {
	if len(v) == 0 {
		return 0
	}
	return slices.Max(v)
}

// sound reports whether the list is one that migrations leave: 0, 1, 2 …
func (v versions) sound() bool {
	for i, n := range v {
		if n != int64(i) {
			return false
		}
	}
	return len(v) > 1
}

func (tx *Tx) versions(have []object) (versions, error) {
	if !slices.ContainsFunc(have, func(o object) bool { return o.name == versionTable || o.name == versionTable+".version_id" }) {
		return nil, nil
	}
	rows, err := tx.Query(`SELECT version_id, is_applied FROM goose_db_version`)
	if err != nil {
		if errors.Is(err, ErrStructure) {
			return nil, nil // compare names the column
		}
		return nil, err
	}
	defer rows.Close()
	var out versions
	for rows.Next() {
		var version, applied any
		if err := rows.Scan(&version, &applied); err != nil {
			return nil, err
		}
		n, ok := version.(int64)
		if !ok || applied != true && applied != int64(1) {
			n = -1
		}
		out = append(out, n)
	}
	slices.SortFunc(out, cmp.Compare)
	return out, rows.Err()
}
