//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mitra/store"
)

// inProcess runs the program in the test's own process.
func inProcess(args ...string) (status int, out, errw string) {
	var o, e bytes.Buffer
	status = run(context.Background(), args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

// workedOn is a node with a short history, and the path of its database.
func workedOn(t *testing.T) (home, database string) {
	t.Helper()
	t.Setenv("MITRA_DB", "")
	dir := t.TempDir()
	home = filepath.Join(dir, "home")
	file := filepath.Join(dir, "people.csv")
	register(t, file, 5)
	for _, args := range [][]string{
		{"init", "--country", "KH", "--authority", "A"},
		{"import", "residents", file},
		{"status", "run", "--as-of", "2024-03-13"},
		{"status", "show", "r000001"},
	} {
		if status, out, errw := inProcess(append(args, "--home", home)...); status != 0 {
			t.Fatalf("%v: exit status %d\n%s%s", args, status, out, errw)
		}
	}
	return home, filepath.Join(home, "mitra.db")
}

// TestJournalTamper changes the first, a middle and the last byte of every
// column of every row of the journal's tables, takes every row out and lets
// events change places: log verify finds each, and says what and where.
func TestJournalTamper(t *testing.T) {
	home, database := workedOn(t)
	ctx := context.Background()
	db, err := store.Open(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	attempt := func(query string, args ...any) error {
		return db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(query, args...)
			return err
		})
	}
	write := func(query string, args ...any) {
		t.Helper()
		if err := attempt(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	sound := func(what string) {
		t.Helper()
		if status, out, _ := inProcess("log", "verify", "--home", home); status != 0 {
			t.Fatalf("%s: exit status %d\n%s", what, status, out)
		}
	}
	tried := 0
	found := func(what string) {
		t.Helper()
		tried++
		status, out, _ := inProcess("log", "verify", "--home", home, "--json")
		var rep verifyReport
		if err := json.Unmarshal([]byte(out), &rep); err != nil {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		if status != 1 || rep.OK || len(rep.Findings) == 0 || rep.Findings[0].What == "" {
			t.Errorf("%s: not found: exit status %d\n%s", what, status, out)
		}
	}
	sound("untouched")
	for table, columns := range map[string][]string{
		"journal_leaf": {"id", "book", "idx", "salt", "event", "leaf"},
		"journal_hash": {"book", "pos", "hash"},
		"journal_head": {"book", "size", "note"},
	} {
		for _, rowid := range rowids(t, db, table) {
			for _, column := range columns {
				var was any
				if err := db.Read(ctx, func(tx *store.Tx) error {
					return tx.QueryRow("SELECT "+column+" FROM "+table+" WHERE rowid = $1", rowid).Scan(&was)
				}); err != nil {
					t.Fatal(err)
				}
				for i, value := range changes(was) {
					if err := attempt("UPDATE "+table+" SET "+column+" = $1 WHERE rowid = $2", value, rowid); store.IsUnique(err) {
						continue // another row has that key
					} else if err != nil {
						t.Fatal(err)
					}
					found(fmt.Sprintf("%s, row %d, %s, change %d", table, rowid, column, i))
				}
				write("UPDATE "+table+" SET "+column+" = $1 WHERE rowid = $2", was, rowid)
			}
			write("CREATE TABLE spare AS SELECT rowid AS place, * FROM "+table+" WHERE rowid = $1", rowid)
			write("DELETE FROM "+table+" WHERE rowid = $1", rowid)
			found(fmt.Sprintf("%s, row %d taken out", table, rowid))
			all := strings.Join(columns, ", ")
			write("INSERT INTO " + table + " (rowid, " + all + ") SELECT place, " + all + " FROM spare")
			write("DROP TABLE spare")
		}
	}
	sound("mended")
	for _, i := range []int{0, 1, 2} {
		swap := func() {
			for _, step := range [][2]int{{i, -1}, {i + 1, i}, {-1, i + 1}} {
				write("UPDATE journal_leaf SET idx = $1 WHERE idx = $2", step[1], step[0])
			}
		}
		swap()
		found(fmt.Sprintf("events %d and %d change places", i, i+1))
		swap()
	}
	sound("mended again")
	if tried < 150 {
		t.Errorf("only %d changes were tried", tried)
	}
}

func rowids(t *testing.T, db *store.DB, table string) (ids []int64) {
	t.Helper()
	if err := db.Read(context.Background(), func(tx *store.Tx) error {
		ids = nil
		rows, err := tx.Query("SELECT rowid FROM " + table + " ORDER BY rowid")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	}); err != nil || len(ids) == 0 {
		t.Fatalf("%s: %d rows, %v", table, len(ids), err)
	}
	return ids
}

// changes are values that differ from v by one bit of one byte, or by one.
func changes(v any) (out []any) {
	flipped := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 1
		return b
	}
	switch v := v.(type) {
	case int64:
		return []any{v + 1, v - 1}
	case float64:
		return []any{v + 1e-9}
	case []byte:
		for _, i := range []int{0, len(v) / 2, len(v) - 1} {
			out = append(out, flipped(v, i))
		}
	case string:
		if v == "" {
			return []any{"x"}
		}
		for _, i := range []int{0, len(v) / 2, len(v) - 1} {
			out = append(out, string(flipped([]byte(v), i)))
		}
	}
	return out
}

// TestDamagedDatabaseFile changes single bytes of the database file itself,
// wherever they fall: log verify never crashes, ends with 0 or 1, and where it
// finds nothing the journal is what it was.
func TestDamagedDatabaseFile(t *testing.T) {
	home, database := workedOn(t)
	whole, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	journalOf := func() (rows []string, err error) {
		db, err := store.OpenReadOnly(context.Background(), database) // what else is damaged is of no matter here
		if err != nil {
			return nil, err
		}
		defer db.Close()
		err = db.Read(context.Background(), func(tx *store.Tx) error {
			rows = nil
			for _, table := range []string{"journal_leaf", "journal_hash", "journal_head"} {
				more, err := dump(tx, "SELECT * FROM "+table)
				if err != nil {
					return err
				}
				rows = append(rows, more...)
			}
			return nil
		})
		slices.Sort(rows)
		return rows, err
	}
	before, err := journalOf()
	if err != nil || len(before) < 12 {
		t.Fatalf("%d rows, %v", len(before), err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	outcomes := map[int]int{}
	for range 200 {
		for _, end := range []string{"-wal", "-shm"} {
			if err := os.RemoveAll(database + end); err != nil {
				t.Fatal(err)
			}
		}
		damaged := bytes.Clone(whole)
		offset := random.IntN(len(damaged))
		damaged[offset] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(database, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, errw := inProcess("log", "verify", "--home", home, "--json")
		outcomes[status]++
		switch status {
		case 0:
			if after, err := journalOf(); err != nil || !slices.Equal(after, before) {
				t.Errorf("byte %d: nothing was found, but the journal is another (%v)\n%q\n%q", offset, err, before, after)
			}
		case 1:
			if !json.Valid([]byte(out)) || errw == "" {
				t.Errorf("byte %d: %q, %q", offset, out, errw)
			}
		default:
			t.Errorf("byte %d: exit status %d", offset, status)
		}
	}
	if outcomes[0] == 0 || outcomes[1] == 0 {
		t.Errorf("outcomes by exit status: %v", outcomes)
	}
}
