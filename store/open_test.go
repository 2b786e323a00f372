package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
)

func TestFilesAreTheOwnersOnly(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	for _, name := range []string{"new.db", "odd ?#%&name;.db", "old.db"} {
		path := filepath.Join(t.TempDir(), name)
		if name == "old.db" { // a file that was there, open to all
			if err := os.WriteFile(path, nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		db, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, db, insertLease("a"))
		files, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", f.Name(), info.Mode())
			}
			got = append(got, f.Name())
		}
		if want := name + " " + name + "-shm " + name + "-wal"; strings.Join(got, " ") != want {
			t.Errorf("files %q, want %q", got, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
			t.Errorf("after Close: %v", files)
		}
	}
}

func insertLease(name string) func(tx *store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, '', '')`, name)
		return err
	}
}

func TestReopen(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		for i := range 3 {
			db, err := store.Open(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			write(t, db, insertLease(store.NewID()))
			var n int
			read(t, db, func(tx *store.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM lease`).Scan(&n) })
			if n != i+1 {
				t.Errorf("%d rows at opening %d", n, i+1)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		db, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		write(t, db, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
			return err
		})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(t.Context(), dsn)
		if !errors.Is(err, store.ErrNewerSchema) || !strings.Contains(err.Error(), "99999") {
			t.Errorf("Open: %v", err)
		}
	})
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("id,full_name\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), path); !errors.Is(err, store.ErrNotDatabase) {
		t.Errorf("a CSV file: %v", err)
	}
	if _, err := store.Open(t.Context(), t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that does not exist: %v", err)
	}
}

// TestSecretsStayOut looks for what a connection string or a statement's values
// hold in the errors they cause.
func TestSecretsStayOut(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for dsn, ctx := range map[string]context.Context{
		"postgres://mitra:sesame@127.0.0.1:1/x":            t.Context(),
		"postgres://mitra:sesame@127.0.0.1:port/x":         t.Context(),
		"postgres://mitra:ses/ame?sesame@host/x":           t.Context(),
		"postgres://mitra:sesame@127.0.0.1/x?sslmode=none": t.Context(),
		"host=127.0.0.1 port=1 password=sesame sesame=":    t.Context(),
		"host=127.0.0.1 port=1 password='sesame":           t.Context(),
		"host=/sesame user=mitra password=sesame":          t.Context(),
		"postgresql://mitra:sesame@127.0.0.1/x":            ctx,
	} {
		_, err := store.Open(ctx, dsn)
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("error for one of the DSNs: %v", err)
		}
	}
	each(t, func(t *testing.T, db *store.DB) {
		for what, f := range map[string]func(tx *store.Tx) error{
			"key": func(tx *store.Tx) error {
				if err := insert("sesame")(tx); err != nil {
					return err
				}
				return insert("sesame")(tx)
			},
			"key in bulk": func(tx *store.Tx) error {
				_, err := tx.Bulk("item", []string{"name"}, func(yield func([]any) bool) {
					for range 2 {
						if !yield([]any{"sesame"}) {
							return
						}
					}
				})
				return err
			},
			"null": func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO item (name, b) VALUES ($1, $2)`, nil, []byte("sesame"))
				return err
			},
			"type": func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE item SET n = $1, name = NULL`, "sesame")
				return err
			},
			"type in bulk": func(tx *store.Tx) error {
				_, err := tx.Bulk("item", []string{"name", "n"}, func(yield func([]any) bool) {
					_ = yield([]any{nil, "sesame"})
				})
				return err
			},
			"struct": func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE item SET n = $1`, struct{ s string }{"sesame"})
				return err
			},
			"scan": func(tx *store.Tx) error {
				rows, err := tx.Query(`SELECT name FROM item WHERE n = $1`, struct{ s string }{"sesame"})
				if err == nil {
					err = errors.Join(rows.Err(), rows.Close())
				}
				return err
			},
		} {
			err := db.Write(t.Context(), f)
			if err == nil || strings.Contains(err.Error(), "sesame") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// TestDiskFull limits the file to a few pages more than it has.
func TestDiskFull(t *testing.T) {
	db := storetest.SQLite(t)
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`PRAGMA max_page_count = 64`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ('big', $1, '')`, strings.Repeat("x", 1<<20))
		return err
	})
	if !errors.Is(err, store.ErrDiskFull) {
		t.Errorf("Write: %v", err)
	}
}

// TestErasedIsGone looks for deleted text in the file itself.
func TestErasedIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, db, insertLease("open sesame"))
	write(t, db, func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM lease`); return err })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "sesame") {
		t.Error("deleted text is still in the file")
	}
}

// TestOpenReadOnly examines a file that another process has in use, one that
// nobody uses, and one that somebody begins to use meanwhile.
func TestOpenReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	open := func() *store.DB {
		t.Helper()
		db, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	readOnly := func() *store.DB {
		t.Helper()
		db, err := store.OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	leases := func(db *store.DB) (n int) {
		t.Helper()
		read(t, db, func(tx *store.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM lease`).Scan(&n) })
		return n
	}
	if _, err := store.OpenReadOnly(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	writer := open()
	write(t, writer, insertLease("a"))
	reader := readOnly()
	if n := leases(reader); n != 1 {
		t.Errorf("beside a writer: %d rows, want 1", n)
	}
	write(t, writer, insertLease("b"))
	if n := leases(reader); n != 2 {
		t.Errorf("after a write: %d rows, want 2", n)
	}
	if err := reader.Write(t.Context(), insertLease("c")); err == nil {
		t.Error("a database opened to be read only was written to")
	}
	if err := errors.Join(reader.Close(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	reader = readOnly()
	if n := leases(reader); n != 2 {
		t.Errorf("alone: %d rows, want 2", n)
	}
	if found, err := reader.Structure(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("structure: %v, %v", found, err)
	}
	if found, err := reader.Integrity(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("integrity: %v, %v", found, err)
	}
	writer = open()
	write(t, writer, insertLease("d"))
	if err := reader.Close(); !errors.Is(err, store.ErrBusy) {
		t.Errorf("somebody wrote meanwhile: error %v, want ErrBusy", err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestScanErrorsTellNoValue: a value of another type is named by its column.
func TestScanErrorsTellNoValue(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for _, wrapped := range []bool{false, true} {
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				var n int64
				err := tx.QueryRow(`SELECT 'BUDI SANTOSO' AS ended`).Scan(&n)
				if wrapped {
					err = fmt.Errorf("a record: %w", err)
				}
				return err
			})
			if !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), "BUDI") || !strings.Contains(err.Error(), "ended") {
				t.Errorf("error %v", err)
			}
			if wrapped && !strings.HasPrefix(err.Error(), "a record: ") {
				t.Errorf("error %v: the caller's words are lost", err)
			}
		}
	})
}
