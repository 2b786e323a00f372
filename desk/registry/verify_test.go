package registry

import (
	"context"
	"slices"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
)

// TestVerifyFindsEveryChange changes stored records behind the program's back.
func TestVerifyFindsEveryChange(t *testing.T) {
	for what, statement := range map[string]string{
		"a cell":                 `UPDATE record SET cells = REPLACE(cells, 'Budi', 'Bodi') WHERE key = 'R2'`,
		"a value":                `UPDATE record SET fields = REPLACE(fields, '1985', '1986') WHERE key = 'R2'`,
		"a key":                  `UPDATE record SET key = 'R9' WHERE key = 'R2'`,
		"a hash":                 `UPDATE record SET hash = $1 WHERE key = 'R2'`,
		"a record removed":       `DELETE FROM record WHERE key = 'R2'`,
		"a record added":         `INSERT INTO record SELECT 'x', 'x', previous, batch, key, line, ended, cells, fields, hash FROM record WHERE key = 'R2'`,
		"a record hidden":        `UPDATE record SET ended = 1 WHERE key = 'R2'`,
		"a record shown":         `UPDATE record SET ended = 0 WHERE ended = 1`,
		"a version let go":       `UPDATE record SET previous = NULL WHERE previous IS NOT NULL AND ended = 0`,
		"a version turned":       `UPDATE record SET entry = 'x' WHERE previous IS NOT NULL`,
		"another's version":      `UPDATE record SET previous = (SELECT id FROM record WHERE key = 'R2') WHERE previous IS NOT NULL AND ended = 0`,
		"a record moved":         `UPDATE record SET batch = 2 WHERE key = 'R2'`,
		"a record of no batch":   `UPDATE record SET batch = 77 WHERE key = 'R2'`,
		"a heading":              `UPDATE batch SET header = REPLACE(header, 'sex', 'six') WHERE seq = 1`,
		"a column taken away":    `UPDATE batch SET columns = REPLACE(columns, ',"sex":3', '') WHERE seq = 1`,
		"a count":                `UPDATE batch SET rejected = 1 WHERE seq = 1`,
		"the file's hash":        `UPDATE batch SET file_hash = 'x' WHERE seq = 1`,
		"the source":             `UPDATE batch SET source = 'embassy'`,
		"a batch gone":           `DELETE FROM batch WHERE seq = 2`,
		"a batch hidden":         `UPDATE batch SET state = 'dead' WHERE seq = 2`,
		"the event unreferenced": `UPDATE batch SET event = 'x' WHERE seq = 1`,
		"the records' hash":      `UPDATE batch SET records_hash = 'x' WHERE seq = 1`,
	} {
		t.Run(what, func(t *testing.T) {
			db := storetest.SQLite(t)
			load(t, db, threeResidents, Options{})
			load(t, db, lines("id,full_name,birth_date,sex", "R1,Sri Contoh,1990-05-18,F", "R2,Budi Rekaan,1985-01-02,M"), Options{Snapshot: true})
			if f, err := VerifyRecords(context.Background(), db); err != nil || len(f) != 0 {
				t.Fatalf("findings in sound records: %v %v", f, err)
			}
			var args []any
			if what == "a hash" {
				args = append(args, make([]byte, 32))
			}
			write(t, db, statement, args...)
			f, err := VerifyRecords(context.Background(), db)
			if err != nil {
				t.Fatal(err)
			}
			if len(f) == 0 {
				t.Error("nothing was found")
			}
			for _, x := range f {
				if x.What == "" || x.Batch == "" && x.Record == "" {
					t.Errorf("a finding does not say what and where: %+v", x)
				}
			}
		})
	}
}

func TestVerifyOnBothDatabases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		write(t, db, `UPDATE record SET fields = REPLACE(fields, '1985', '1986') WHERE key = 'R2'`)
		id := current(t, db, Residents)["residents/R2"].ID
		f, err := VerifyRecords(context.Background(), db)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(f, func(f Finding) bool { return f.Record == id }) {
			t.Errorf("the changed record is not named: %v", f)
		}
	})
}

// TestErasedEvent: an event that the law made the node erase is no finding.
func TestErasedEvent(t *testing.T) {
	db := storetest.SQLite(t)
	load(t, db, threeResidents, Options{})
	write(t, db, `UPDATE journal_leaf SET salt = NULL, event = NULL`)
	if f, err := VerifyRecords(context.Background(), db); err != nil || len(f) != 0 {
		t.Errorf("findings: %v %v", f, err)
	}
}
