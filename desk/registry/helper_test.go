package registry

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mitra/identity/person"
	"mitra/store"
	"mitra/table"
)

// testDay is the day on which the tests import.
var testDay = person.Date{Year: 2024, Month: 3, Day: 13, Prec: person.PrecDay}

// file writes a file for a test and returns its path.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines joins the lines of a file.
func lines(list ...string) string { return strings.Join(list, "\n") + "\n" }

// try imports what is written in content as residents, unless o says otherwise.
func try(t testing.TB, db *store.DB, content string, o Options) (Report, error) {
	t.Helper()
	if o.Path == "" {
		o.Path = file(t, "register.csv", content)
	}
	if o.Noun == "" {
		o.Noun = Residents
	}
	if o.Rejected == "" && o.RejectedDir == "" {
		o.RejectedDir = t.TempDir()
	}
	if o.Today.IsZero() {
		o.Today = testDay
	}
	o.Actor = "officer-1"
	return Import(context.Background(), db, o)
}

func load(t testing.TB, db *store.DB, content string, o Options) Report {
	t.Helper()
	r, err := try(t, db, content, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// counts compares rows, new, changed, unchanged, ended and rejected.
func counts(t testing.TB, r Report, want Counts) {
	t.Helper()
	if r.Counts != want {
		t.Errorf("got %+v, want %+v", r.Counts, want)
	}
}

func read(t testing.TB, db *store.DB, f func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Read(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, db *store.DB, statement string, args ...any) {
	t.Helper()
	err := db.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, db *store.DB, query string) (n int64) {
	t.Helper()
	read(t, db, func(tx *store.Tx) error { return tx.QueryRow(query).Scan(&n) })
	return n
}

// current returns the current records of a noun by source and key.
func current(t testing.TB, db *store.DB, n Noun) map[string]*Record {
	t.Helper()
	out := make(map[string]*Record)
	read(t, db, func(tx *store.Tx) error {
		clear(out)
		return Current(tx, n, func(r *Record) error {
			out[r.Source()+"/"+r.Key] = r.Clone()
			return nil
		})
	})
	return out
}

// one imports content into an empty database and returns its only record.
func one(t testing.TB, db *store.DB, content string, o Options) *Record {
	t.Helper()
	load(t, db, content, o)
	n := o.Noun
	if n == "" {
		n = Residents
	}
	for _, r := range current(t, db, n) {
		return r
	}
	t.Fatal("no record")
	return nil
}

// refused checks that err is a table.Error with the code.
func refused(t testing.TB, err error, code string) *table.Error {
	t.Helper()
	e := (*table.Error)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a table.Error %s", err, code)
	}
	if e.Code != code {
		t.Errorf("got code %s (%v), want %s", e.Code, e, code)
	}
	return e
}

// rejectedRows reads the file of rejected rows below its header.
func rejectedRows(t testing.TB, path string) (header []string, rows [][]string) {
	t.Helper()
	r, err := table.Open(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if err != nil {
			return r.Header(), rows
		}
		rows = append(rows, append([]string(nil), row.Cells...))
	}
}

// findings are what verification finds in the records.
func findings(t *testing.T, db *store.DB) []Finding {
	t.Helper()
	v, err := VerifyRecords(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return v.Findings
}
