package store_test

import (
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
)

func latest(t *testing.T) ([]store.Table, int64) {
	t.Helper()
	tables, version, err := store.Tables(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return tables, version
}

func named(t *testing.T, name string) store.Table {
	t.Helper()
	tables, _ := latest(t)
	i := slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == name })
	if i < 0 {
		t.Fatalf("no table %s", name)
	}
	return tables[i]
}

func TestTables(t *testing.T) {
	leaf := named(t, "journal_leaf")
	want := store.Table{Name: "journal_leaf", Key: []string{"id"}, Columns: []store.Column{
		{Name: "id", Kind: store.Text}, {Name: "book", Kind: store.Text}, {Name: "idx", Kind: store.Integer},
		{Name: "salt", Kind: store.Bytes}, {Name: "event", Kind: store.Bytes}, {Name: "leaf", Kind: store.Bytes},
	}}
	if !reflect.DeepEqual(leaf, want) {
		t.Errorf("%+v, want %+v", leaf, want)
	}
	tables, version := latest(t)
	for _, table := range tables {
		if len(table.Key) == 0 {
			t.Errorf("%s has no key: its rows have no order", table.Name)
		}
		if table.Name == "goose_db_version" {
			t.Error("the list of migrations is the migration tool's own")
		}
	}
	third, _, err := store.Tables(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(third, func(t store.Table) bool {
		return slices.ContainsFunc(t.Columns, func(c store.Column) bool { return c.Name == "salt" && t.Name == "batch" })
	}) {
		t.Error("version 3 has batch.salt, which version 4 brought")
	}
	if _, made, _ := store.Tables(t.Context(), version+1); made != version {
		t.Errorf("a version of the future: %d", made)
	}
}

// TestFillAndScan: rows of every type go in and come out as they were, in the order
// of the key, which is that of the bytes on both databases.
func TestFillAndScan(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		_, version := latest(t)
		db, err := store.Create(t.Context(), dsn, version)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for name, rows := range map[string][][]any{
			"journal_leaf": {
				{"A", "ខ្មែរ", nil, nil, nil, []byte{}},
				{"B\n\"'\\", "", int64(math.MinInt64), []byte{}, []byte{0, 0}, []byte{0xff}},
				{"a", "", int64(math.MaxInt64), []byte("x"), nil, make([]byte, 1<<20)},
				{"á", "", int64(0), nil, []byte{}, []byte{1}},
			},
			"permit_link": {
				{"p", "r", int64(1), "link", 0.0, strings.Repeat("ស", 1<<18), "", ""},
				{"p", "r", int64(2), "link", math.SmallestNonzeroFloat64, "", "", ""},
				{"p", "r", int64(10), "link", 1.0, "", "", ""},
				{"p", "s", int64(1), "link", math.Inf(-1), "", "", ""},
				{"p", "s", int64(2), "link", math.MaxFloat64, "", "", ""},
				{"p", "s", int64(3), "link", 0.1, "", "", ""},
			},
		} {
			table := named(t, name)
			var got [][]any
			if err := db.Write(t.Context(), func(tx *store.Tx) error {
				n, err := table.Fill(tx, slices.Values(slices.Concat(rows[1:], rows[:1])))
				if err == nil && n != int64(len(rows)) {
					t.Errorf("%d rows went in", n)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := db.Read(t.Context(), func(tx *store.Tx) error {
				got = nil
				if n, err := table.Count(tx, ""); err != nil || n != int64(len(rows)) {
					t.Errorf("%d rows are counted: %v", n, err)
				}
				return table.Scan(tx, "", func(row []any) error {
					got = append(got, slices.Clone(row))
					return nil
				})
			}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, rows) {
				t.Errorf("%s: %#v", name, got)
			}
		}
	})
}

// TestScanDamaged: SQLite keeps a value of any type; what is none of the column's
// is an error that does not repeat it.
func TestScanDamaged(t *testing.T) {
	db := storetest.SQLite(t)
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO journal_head (book, size, note) VALUES ('b', 'BUDI', 'n')`); err != nil {
			return err
		}
		return named(t, "journal_head").Scan(tx, "", func([]any) error { return nil })
	})
	if !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), "BUDI") || !strings.Contains(err.Error(), "journal_head.size") {
		t.Error(err)
	}
}

func TestCreate(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		_, version := latest(t)
		make := func(v int64) error {
			db, err := store.Create(t.Context(), dsn, v)
			if err != nil {
				return err
			}
			return db.Close()
		}
		if err := make(version + 1); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("a version of the future: %v", err)
		}
		for _, v := range []int64{version, 2, version} { // what an attempt has left does not matter
			if err := make(v); err != nil {
				t.Fatalf("version %d: %v", v, err)
			}
		}
		// An earlier version is brought forward by whoever opens it.
		if err := make(3); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if found, err := db.Structure(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("%v %v", found, err)
		}
		write := func(statement string) {
			t.Helper()
			if err := db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(statement)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		write(`INSERT INTO linkage_model (hash, model) VALUES ('h', 'm')`)
		if err := make(version); !errors.Is(err, store.ErrNotEmpty) {
			t.Errorf("a database with a row: %v", err)
		}
		write(`DELETE FROM linkage_model`)
		write(`CREATE TABLE theirs (id TEXT)`)
		if err := make(version); !errors.Is(err, store.ErrNotEmpty) {
			t.Errorf("a database with another's table: %v", err)
		}
		write(`DROP TABLE linkage_model`)
		if err := make(version); !errors.Is(err, store.ErrNotEmpty) && !errors.Is(err, store.ErrStructure) {
			t.Errorf("a database with a table that is gone: %v", err)
		}
		if err := db.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		write(`DROP TABLE theirs`)
		if err := make(version); err != nil {
			t.Errorf("after all is dropped: %v", err)
		}
	})
	// Nothing of a file is touched that is no database.
	if _, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "absent", "x.db"), 1); err == nil {
		t.Error("a folder that is not there")
	}
}
