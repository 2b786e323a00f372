package store

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
)

// What several transactions run is parsed once, and stays right when another process changes the schema.
func TestStatementsAreKept(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "node.db")
	db, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := openSQLite(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, text := range []string{`CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL)`, `CREATE INDEX note_text ON note (text)`} {
		if _, err := other.write.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	const insert, count = `INSERT INTO note (id, text) VALUES ($1, $2)`, `SELECT COUNT(*) FROM note WHERE text = $1`
	one := func(i int) {
		if err := db.Write(ctx, func(tx *Tx) error {
			_, err := tx.Exec(insert, int64(i), "same")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Read(ctx, func(tx *Tx) error {
			var n int
			if err := tx.QueryRow(count, "same").Scan(&n); err != nil || n != i+1 {
				t.Errorf("%d of %d: %v", n, i+1, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		one(i)
	}
	if db.write.ready[insert] == nil || db.read.ready[count] == nil {
		t.Error("nothing is kept")
	}
	for i, text := range []string{`ALTER TABLE note ADD COLUMN more TEXT NOT NULL DEFAULT ''`, `DROP INDEX note_text`} {
		if _, err := other.write.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
		one(4 + i)
	}
	// A transaction that fails leaves nothing behind in a statement.
	if err := db.Write(ctx, func(tx *Tx) error { _, err := tx.Exec(insert, int64(0), "again"); return err }); err == nil {
		t.Error("a key twice")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if err := db.Read(ctx, func(tx *Tx) error {
					var n int
					return tx.QueryRow(count, "same").Scan(&n)
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	one(6)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.Read(ended, func(tx *Tx) error { return nil }); err == nil {
		t.Error("a transaction after its context")
	}
	one(7)
}
