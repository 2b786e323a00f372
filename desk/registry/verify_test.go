package registry

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
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
		"a line":                 `UPDATE record SET line = line + 1`,
		"who imported":           `UPDATE batch SET actor = 'somebody' WHERE seq = 1`,
		"the office":             `UPDATE batch SET office = 'elsewhere' WHERE seq = 1`,
		"the file's name":        `UPDATE batch SET file = 'other.csv' WHERE seq = 1`,
		"the time":               `UPDATE batch SET at = REPLACE(at, 'T', 'X') WHERE seq = 1`,
		"another time":           `UPDATE batch SET at = '2020-01-01T00:00:00.000000Z', beat = '2020-01-01T00:00:00.000000Z' WHERE seq = 1`,
		"a heading of no record": `UPDATE batch SET header = REPLACE(header, 'sex', 'six') WHERE seq = 4`,
		"no JSON in the header":  `UPDATE batch SET header = 'x' WHERE seq = 1`,
		"no JSON in the columns": `UPDATE batch SET columns = '{' WHERE seq = 1`,
		"imports turned round":   `UPDATE batch SET seq = 9 WHERE seq = 4`,
		"no flag":                `UPDATE record SET ended = 7 WHERE key = 'R2'`,
		"an unknown state":       `UPDATE batch SET state = 'alive' WHERE seq = 2`,
		"salt":                   `UPDATE batch SET salt = '' WHERE seq = 2`,
	} {
		t.Run(what, func(t *testing.T) {
			db := storetest.SQLite(t)
			load(t, db, threeResidents, Options{})
			load(t, db, lines("id,full_name,birth_date,sex", "R1,Sri Contoh,1990-05-18,F", "R2,Budi Rekaan,1985-01-02,M"), Options{Snapshot: true})
			load(t, db, lines("id,full_name,sex", "E1,Sri Contoh,F", "E2,Budi Rekaan,M"), Options{Source: "embassy"})
			load(t, db, lines("id,full_name,sex", "E1,Sri Contoh,F"), Options{Source: "embassy", Snapshot: true}) // its only record is an end
			if f := findings(t, db); len(f) != 0 {
				t.Fatalf("findings in sound records: %v", f)
			}
			var args []any
			if what == "a hash" {
				args = append(args, make([]byte, 32))
			}
			write(t, db, statement, args...)
			f := findings(t, db)
			if len(f) == 0 {
				t.Error("nothing was found")
			}
			verifyImports(t, db, statement)
			for _, x := range f {
				if x.What == "" || x.Batch == "" && x.Record == "" {
					t.Errorf("a finding does not say what and where: %+v", x)
				}
			}
		})
	}
}

// verifyImports has imports verified without their records: what a statement has changed of a batch is found, and nothing else is looked at.
func verifyImports(t *testing.T, db *store.DB, statement string) {
	t.Helper()
	found, err := VerifyBatches(t.Context(), db)
	if want := strings.HasPrefix(statement, "UPDATE batch") || strings.HasPrefix(statement, "DELETE FROM batch"); err != nil || (len(found) > 0) != want {
		t.Errorf("without the records: %v %v", found, err)
	}
}

// TestExchangedIDs lets two people change places: their records keep all that
// they say, and each gets the other's id, by which links and assessments know
// them.
func TestExchangedIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		people := current(t, db, Residents)
		one, other := people["residents/R1"].ID, people["residents/R2"].ID
		for _, step := range [][2]string{{one, "x"}, {other, one}, {"x", other}} {
			write(t, db, `UPDATE record SET id = $1, entry = $1 WHERE id = $2`, step[1], step[0])
		}
		if f := findings(t, db); len(f) == 0 {
			t.Error("nothing was found")
		}
	})
}

// TestEventsOfEarlierPrograms: they bind the contents of records, and nothing
// else is found wrong with what they left.
func TestEventsOfEarlierPrograms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		write(t, db, `UPDATE batch SET salt = ''`)
		write(t, db, `UPDATE batch SET records_hash = $1`, contentsHash(t, db))
		var text []byte
		read(t, db, func(tx *store.Tx) error { return tx.QueryRow(`SELECT event FROM journal_leaf`).Scan(&text) })
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		data := e["data"].(map[string]any)
		for _, key := range []string{"seq", "labels_sha256", "versions_sha256"} {
			if data[key] == nil {
				t.Fatalf("the event has no %s", key)
			}
			delete(data, key)
		}
		data["records_sha256"] = contentsHash(t, db)
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		write(t, db, `UPDATE journal_leaf SET event = $1`, text)
		v, err := VerifyRecords(t.Context(), db)
		if err != nil || len(v.Findings) != 0 || v.Unbound != 1 {
			t.Errorf("sound records of an earlier program: %+v, %v", v, err)
		}
		write(t, db, `UPDATE record SET key = 'R9' WHERE key = 'R2'`)
		if f := findings(t, db); len(f) == 0 {
			t.Error("a changed record of an earlier program is not found")
		}
	})
}

// contentsHash is the hash over the records that earlier programs stored.
func contentsHash(t *testing.T, db *store.DB) string {
	t.Helper()
	var hashes []Hash
	read(t, db, func(tx *store.Tx) error {
		hashes = nil
		rows, err := tx.Query(`SELECT hash FROM record`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var h []byte
			if err := rows.Scan(&h); err != nil {
				return err
			}
			hashes = append(hashes, Hash(h))
		}
		return rows.Err()
	})
	return versionsHash(hashes)
}

// TestNobodyGoesMissing: a register of which a record is damaged is not read as
// one of fewer people, and the error does not tell what was found.
func TestNobodyGoesMissing(t *testing.T) {
	for what, statement := range map[string]string{
		"a flag of another type": `UPDATE record SET ended = cells WHERE key = 'R2'`,
		"an unknown flag":        `UPDATE record SET ended = 2 WHERE key = 'R2'`,
		"a record gone":          `DELETE FROM record WHERE key = 'R2'`,
		"another batch":          `UPDATE record SET batch = 77 WHERE key = 'R2'`,
		"no fields":              `UPDATE record SET fields = cells WHERE key = 'R2'`,
		"an id":                  `UPDATE record SET id = cells, ended = 3 WHERE key = 'R2'`,
		"a line":                 `UPDATE record SET line = cells WHERE key = 'R2'`,
		"a state":                `UPDATE batch SET state = 'alive'`,
		"a noun":                 `UPDATE batch SET noun = 'Budi Rekaan'`,
		"a batch's id":           `UPDATE batch SET id = (SELECT cells FROM record WHERE key = 'R2'), seq = 'x'`,
	} {
		t.Run(what, func(t *testing.T) {
			db := storetest.SQLite(t)
			load(t, db, threeResidents, Options{})
			write(t, db, statement)
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				return Current(tx, Residents, func(*Record) error { return nil })
			})
			if !errors.Is(err, store.ErrDamaged) {
				t.Errorf("error %v, want ErrDamaged", err)
			} else if strings.Contains(err.Error(), "Budi") || strings.Contains(err.Error(), "Rekaan") {
				t.Errorf("the error tells of whom: %v", err)
			}
		})
	}
}

func TestVerifyOnBothDatabases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		write(t, db, `UPDATE record SET fields = REPLACE(fields, '1985', '1986') WHERE key = 'R2'`)
		id := current(t, db, Residents)["residents/R2"].ID
		f := findings(t, db)
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
	if f := findings(t, db); len(f) != 0 {
		t.Errorf("findings: %v", f)
	}
}
