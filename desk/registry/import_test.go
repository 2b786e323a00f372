package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mitra/store"
	"mitra/store/storetest"
)

const threeResidents = `id,full_name,birth_date,sex
R1,Sri Contoh,1990-05-17,F
R2,Budi Rekaan,1985-01-02,M
R3,Made Misal,1979-12-31,M
`

func TestImportAndHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := load(t, db, threeResidents, Options{})
		counts(t, first, Counts{Rows: 3, New: 3})
		if first.RejectedFile != "" || first.Batch == "" {
			t.Errorf("%+v", first)
		}
		before := current(t, db, Residents)

		// The same file again, and with its rows and columns in another order.
		counts(t, load(t, db, threeResidents, Options{}), Counts{Rows: 3, Unchanged: 3})
		counts(t, load(t, db, lines("sex,birth_date,full_name,id", "M,1979-12-31,Made Misal,R3", "F,1990-05-17,Sri Contoh,R1"), Options{}),
			Counts{Rows: 2, Unchanged: 2})
		if n := count(t, db, `SELECT COUNT(*) FROM record`); n != 3 {
			t.Errorf("%d records, want 3: a file loaded twice adds none", n)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM journal_leaf`); n != 3 {
			t.Errorf("%d events, want one for each import", n)
		}

		// A corrected file: one row changed, one new, one missing.
		counts(t, load(t, db, lines("id,full_name,birth_date,sex", "R1,Sri Contoh,1990-05-18,F", "R2,Budi Rekaan,1985-01-02,M", "R4,Wayan Umpama,2001-01-01,M"), Options{}),
			Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1})
		after := current(t, db, Residents)
		if len(after) != 4 {
			t.Fatalf("%d current records, want 4", len(after))
		}
		old, now := before["residents/R1"], after["residents/R1"]
		if now.Get(BirthDate) != "1990-05-18" || now.ID == old.ID || now.Entry != old.ID {
			t.Errorf("the correction does not supersede: %+v", now)
		}
		if now.Birth().String() != "1990-05-18" || now.Sex() != 'F' || now.Name().Full != "Sri Contoh" {
			t.Errorf("typed values: %v %v %v", now.Birth(), now.Sex(), now.Name())
		}
		read(t, db, func(tx *store.Tx) error {
			history, err := History(tx, now.Entry)
			if err != nil {
				return err
			}
			if len(history) != 2 || history[0].ID != old.ID || history[1].ID != now.ID {
				t.Errorf("history: %d versions", len(history))
			}
			given := map[string]string{}
			for heading, cell := range history[0].Given() {
				given[heading] = cell
			}
			if diff := cmp.Diff(map[string]string{"id": "R1", "full_name": "Sri Contoh", "birth_date": "1990-05-17", "sex": "F"}, given); diff != "" {
				t.Error(diff)
			}
			found, err := Find(tx, Residents, "R1")
			if err != nil || len(found) != 1 || found[0].ID != now.ID {
				t.Errorf("Find: %d records, %v", len(found), err)
			}
			if none, err := Find(tx, Permits, "R1"); err != nil || len(none) != 0 {
				t.Errorf("Find finds a permit: %v %v", none, err)
			}
			v, err := Version(tx, old.ID)
			if err != nil || v.Get(BirthDate) != "1990-05-17" {
				t.Errorf("Version: %v", err)
			}
			_, err = Version(tx, "absent")
			if err == nil {
				t.Error("Version finds what is not there")
			}
			batches, err := Batches(tx)
			if len(batches) != 4 || batches[0].ID != first.Batch || batches[0].File != "register.csv" {
				t.Errorf("%d batches", len(batches))
			}
			return err
		})
	})
}

func TestTwoSourcesWithTheSameIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		counts(t, load(t, db, lines("id,full_name", "R1,Eko Fiktif"), Options{Source: "embassy", Snapshot: true}), Counts{Rows: 1, New: 1})
		got := current(t, db, Residents)
		if len(got) != 4 || got["residents/R1"].Get(FullName) != "Sri Contoh" || got["embassy/R1"].Get(FullName) != "Eko Fiktif" {
			t.Errorf("%v", got)
		}
		read(t, db, func(tx *store.Tx) error {
			found, err := Find(tx, Residents, "R1")
			if len(found) != 2 {
				t.Errorf("Find: %d, want one of each source", len(found))
			}
			return err
		})
	})
}

func TestSnapshot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		counts(t, load(t, db, lines("id,full_name,birth_date,sex", "R1,Sri Contoh,1990-05-17,F", "R2,Budi Rekaan,31/02/1985,M"), Options{Snapshot: true}),
			Counts{Rows: 2, Unchanged: 1, Ended: 1, Rejected: 1})
		got := current(t, db, Residents)
		if len(got) != 2 || got["residents/R3"] != nil || got["residents/R2"] == nil {
			t.Errorf("a rejected row is listed all the same, a missing one has ended: %v", got)
		}
		read(t, db, func(tx *store.Tx) error {
			found, err := Find(tx, Residents, "R3")
			if len(found) != 0 {
				t.Error("Find finds a record that has ended")
			}
			return err
		})
		counts(t, load(t, db, lines("id,full_name,birth_date,sex", "R1,Sri Contoh,1990-05-17,F", "R2,Budi Rekaan,1985-01-02,M"), Options{Snapshot: true}),
			Counts{Rows: 2, Unchanged: 2})

		// What cannot be read could be anybody.
		r := load(t, db, lines("id,full_name,birth_date,sex", "R1,Sri Contoh,1990-05-17,F", "R2"), Options{Snapshot: true})
		counts(t, r, Counts{Rows: 2, Unchanged: 1, Rejected: 1})
		if len(r.Notes) != 1 {
			t.Errorf("notes: %q", r.Notes)
		}

		// One that comes back is the same entry.
		counts(t, load(t, db, threeResidents, Options{}), Counts{Rows: 3, Changed: 1, Unchanged: 2})
		back := current(t, db, Residents)["residents/R3"]
		read(t, db, func(tx *store.Tx) error {
			h, err := History(tx, back.Entry)
			if len(h) != 3 || !h[1].Ended || h[2].ID != back.ID {
				t.Errorf("history of one that came back: %d versions", len(h))
			}
			return err
		})
		if f := findings(t, db); len(f) != 0 {
			t.Errorf("findings in sound records: %v", f)
		}
	})
}

func TestKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		content := lines("No,full_name,passport_no,birth_date",
			"1,Sri Contoh,x 123-4567,1990-05-17",
			"2,Budi Rekaan,,1985-01-02",
			"3,Made Misal,0,1979-12-31",
			"4,Budi Rekaan,-,02/01/1985") // the second row again, written in another way
		counts(t, load(t, db, content, Options{}), Counts{Rows: 4, New: 3, Unchanged: 1})
		got := current(t, db, Residents)
		if got["residents/passport:X1234567"] == nil {
			t.Errorf("no record under its passport: %v", got)
		}
		for k := range got {
			if k != "residents/passport:X1234567" && !strings.HasPrefix(k, "residents/content:") {
				t.Errorf("key %s", k)
			}
		}
		// Rows moved and numbered anew are the same rows.
		counts(t, load(t, db, lines("No,birth_date,full_name,passport_no",
			"1,1979-12-31,Made Misal,0", "2,1985-01-02,Budi Rekaan,", "3,1990-05-17,Sri Contoh,x 123-4567"), Options{}), Counts{Rows: 3, Unchanged: 3})

		counts(t, load(t, db, lines("id,full_name", "passport:X1234567,Eko Fiktif", "content:1,Eko Fiktif"), Options{Source: "odd"}), Counts{Rows: 2, New: 2})
		odd := current(t, db, Residents)
		if odd["odd/id:passport:X1234567"] == nil || KeyOfID("content:1") != "id:content:1" || KeyOfID("R1") != "R1" {
			t.Errorf("an id is taken for another kind of key: %v", odd)
		}

		permits := lines("full_name,passport_no,permit_no,valid_until", "Sri Contoh,X1234567,WP-1,2023-12-31", "Sri Contoh,X1234567,WP-2,2024-12-31")
		counts(t, load(t, db, permits, Options{Noun: Permits}), Counts{Rows: 2, New: 2})
		if got := current(t, db, Permits); got["permits/permit:WP1"] == nil || got["permits/permit:WP2"] == nil {
			t.Errorf("%v", got)
		}
	})
}

func TestDuplicateIDs(t *testing.T) {
	db := storetest.SQLite(t)
	r := load(t, db, lines("id,full_name", "R1,Sri Contoh", "R1,Sri Contoh", "R1,Budi Rekaan", "R2,Made Misal"), Options{})
	counts(t, r, Counts{Rows: 4, New: 2, Unchanged: 1, Rejected: 1})
	_, rows := rejectedRows(t, r.RejectedFile)
	want := [][]string{{"R1", "Budi Rekaan", "4", "id", "line 2 has the same id and says something else; imported as it stands, this row would replace it"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestRejectedRows(t *testing.T) {
	db := storetest.SQLite(t)
	path := filepath.Join(t.TempDir(), "deep", "rejected.csv")
	r := load(t, db, lines("id,full_name,Tgl. Lahir,sex,nationality,remark",
		"R1,Sri Contoh,17/05/1990,F,Indonesia,fine",
		"R2,Budi Rekaan,31/02/1990,M,Indonesia,=cmd|' /C calc'!A0",
		"R3,Made Misal,05/13/1990,M,Indonesia,",
		"R4,Eko Fiktif,1990-05-17,perhaps,Atlantis,",
		"R5,Rina Umpama,2031-01-01,F,,",
		"R6,Joko Sampel",
		",,1990-05-17,F,,"), Options{Rejected: path})
	counts(t, r, Counts{Rows: 7, New: 1, Rejected: 6})
	if r.RejectedFile != path {
		t.Errorf("rejected file %q", r.RejectedFile)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the rejected file: %v %v", info.Mode(), err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "'=cmd|") {
		t.Error("a formula stands in the rejected file as one")
	}
	header, rows := rejectedRows(t, path)
	if diff := cmp.Diff([]string{"id", "full_name", "Tgl. Lahir", "sex", "nationality", "remark", "line", "column", "reason"}, header); diff != "" {
		t.Error(diff)
	}
	where := make([]string, len(rows))
	for i, row := range rows {
		where[i] = row[0] + "|" + row[6] + "|" + row[7]
		for _, secret := range []string{"31/02/1990", "05/13/1990", "perhaps", "Atlantis", "2031", "Contoh"} {
			if strings.Contains(row[8], secret) {
				t.Errorf("a reason tells a value: %q", row[8])
			}
		}
		if row[8] == "" {
			t.Errorf("row %d has no reason", i)
		}
	}
	if diff := cmp.Diff([]string{"R2|3|Tgl. Lahir", "R3|4|Tgl. Lahir", "R4|5|sex, nationality", "R5|6|Tgl. Lahir", "|7|", "|8|"}, where); diff != "" {
		t.Error(diff)
	}

	// The rejected rows, corrected, are imported; their three columns are ours.
	fixed := strings.NewReplacer("31/02/1990", "28/02/1990").Replace(string(raw))
	again := load(t, db, fixed, Options{})
	counts(t, again, Counts{Rows: 6, New: 1, Rejected: 5})
	header, _ = rejectedRows(t, again.RejectedFile)
	if len(header) != 9 {
		t.Errorf("columns of the second rejected file: %q", header)
	}
	got := current(t, db, Residents)["residents/R2"]
	if len(got.Batch.Header) != 6 {
		t.Errorf("line, column and reason were kept as given: %q", got.Batch.Header)
	}
	read(t, db, func(tx *store.Tx) error {
		v, err := Version(tx, got.ID)
		if v.Cells[5] != "=cmd|' /C calc'!A0" {
			t.Error("a formula is not kept as the text that was given")
		}
		return err
	})
}

func TestNoUsableRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		for _, content := range []string{
			"id,full_name,birth_date\nR1,Sri Contoh,31/02/1990\n",
			"id,full_name,birth_date\n",
		} {
			r, err := try(t, db, content, Options{Snapshot: true})
			refused(t, err, CodeNoUsableRows)
			if (r.Rejected > 0) != (r.RejectedFile != "") {
				t.Errorf("%+v", r)
			}
			if r.RejectedFile != "" {
				if _, rows := rejectedRows(t, r.RejectedFile); len(rows) != 1 {
					t.Errorf("%d rows in the rejected file", len(rows))
				}
			}
		}
		if len(current(t, db, Residents)) != 3 || count(t, db, `SELECT COUNT(*) FROM batch`) != 1 || count(t, db, `SELECT COUNT(*) FROM journal_leaf`) != 1 {
			t.Error("a failed import left something")
		}
	})
}

func TestMissingOptions(t *testing.T) {
	db := storetest.SQLite(t)
	path := file(t, "register.csv", threeResidents)
	_, err := try(t, db, "", Options{Path: path, Rejected: path})
	refused(t, err, CodeRejectedFile)
	_, err = try(t, db, "", Options{Path: path, Rejected: t.TempDir()})
	refused(t, err, CodeRejectedFile)
	_, err = try(t, db, "", Options{Path: path, Source: "two\nlines"})
	refused(t, err, CodeBadSource)
	if _, err := Import(context.Background(), db, Options{Noun: Residents, Path: path}); err == nil {
		t.Error("an import without an officer")
	}
	if _, err := try(t, db, "", Options{Path: path, Noun: "aliens"}); err == nil {
		t.Error("an import of no noun")
	}
}

// TestRejectedFileOfBefore: a file of the same name goes when the import is done,
// and not before.
func TestRejectedFileOfBefore(t *testing.T) {
	db := storetest.SQLite(t)
	path := file(t, "rejected.csv", "of before")
	bad := lines("id,full_name,birth_date", "R1,Sri Contoh,1990-05-17", "R2,Sri Contoh,31/02/1990")
	content := func() string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	write(t, db, `CREATE TRIGGER no_events BEFORE INSERT ON journal_leaf BEGIN SELECT RAISE(ABORT, 'no'); END`)
	if _, err := try(t, db, bad, Options{Rejected: path}); err == nil || content() != "of before" {
		t.Errorf("an import that could not be journaled: %v, %q", err, content())
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("a failed import left %d files", len(left))
	}
	nothingLeft(t, db)
	write(t, db, `DROP TRIGGER no_events`)
	counts(t, load(t, db, threeResidents, Options{Rejected: path}), Counts{Rows: 3, New: 3})
	if content() != "of before" {
		t.Error("an import without rejected rows wrote their file")
	}
	load(t, db, bad, Options{Rejected: path})
	if !strings.HasPrefix(content(), "id,full_name") {
		t.Error("the rejected rows are not told")
	}
}

// TestEvent checks what the journal is told, and what it is not.
func TestEvent(t *testing.T) {
	db := storetest.SQLite(t)
	r := load(t, db, "", Options{Path: file(t, "list of Sri Contoh.csv", threeResidents), Office: "office-7"})
	var text []byte
	read(t, db, func(tx *store.Tx) error { return tx.QueryRow(`SELECT event FROM journal_leaf`).Scan(&text) })
	if strings.Contains(string(text), "Contoh") || strings.Contains(string(text), "R1") {
		t.Errorf("the event tells who is in the file: %s", text)
	}
	var e struct {
		Kind, Actor, Office string
		Data                importEvent
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	if e.Kind != "import" || e.Actor != "officer-1" || e.Office != "office-7" || e.Data.Batch != r.Batch || e.Data.New != 3 || len(e.Data.File) != 64 || len(e.Data.Versions) != 64 || len(e.Data.Labels) != 64 {
		t.Errorf("%+v", e)
	}
}

func TestLargeFileInChunks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := 2*chunkRows + 17
		var content strings.Builder
		content.WriteString("id,full_name,birth_date\n")
		for i := range n {
			born := "1990-05-17"
			if i%1000 == 999 {
				born = "31/02/1990"
			}
			fmt.Fprintf(&content, "R%d,Sri Contoh,%s\n", i, born)
		}
		bad := int64(n / 1000)
		var last, total int64
		r := load(t, db, content.String(), Options{Progress: func(d, n int64) {
			if d < last || n < d {
				t.Errorf("progress %d of %d after %d", d, n, last)
			}
			last, total = d, n
		}})
		counts(t, r, Counts{Rows: int64(n), New: int64(n) - bad, Rejected: bad})
		if last != int64(n) || total != int64(n) {
			t.Errorf("progress ended at %d of %d", last, total)
		}
		_, rows := rejectedRows(t, r.RejectedFile)
		for i, row := range rows {
			if want := fmt.Sprint(i*1000 + 999 + 2); row[3] != want {
				t.Errorf("rejected row %d: line %s, want %s", i, row[3], want)
			}
		}
		line := int64(0)
		read(t, db, func(tx *store.Tx) error {
			line = 0
			return Current(tx, Residents, func(r *Record) error {
				if r.Line <= line {
					t.Fatalf("line %d after %d: records come in the order of the file", r.Line, line)
				}
				line = r.Line
				return nil
			})
		})
	})
}

// TestSnapshotWithDamagedIDs: a row that is set aside is listed under its id. If
// that is what is damaged, it could be anybody's, whatever else the row tells.
func TestSnapshotWithDamagedIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const header = "id,full_name,passport_no,birth_date"
		whole := lines(header, "R1,Sri Contoh,A1234567,1990-05-17", "R2,Budi Rekaan,B1234567,1985-01-02")
		load(t, db, whole, Options{})
		for what, row := range map[string]string{
			"a control character":  "R\x011,Sri Contoh,A1234567,1990-05-17",
			"too long":             strings.Repeat("R", longestID+1) + ",Sri Contoh,A1234567,1990-05-17",
			"blank":                ",Sri Contoh,A1234567,31/02/1990",
			"no text":              "R\xff1,សុខសុខសុខសុខសុខសុខសុខសុខ,A1234567,1990-05-17",
			"cell beyond all size": strings.Repeat("R", 65<<10) + ",Sri Contoh,A1234567,1990-05-17",
		} {
			r := load(t, db, lines(header, row, "R2,Budi Rekaan,B1234567,1985-01-02"), Options{Snapshot: true})
			counts(t, r, Counts{Rows: 2, Unchanged: 1, Rejected: 1})
			if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "do not tell which record they are") {
				t.Errorf("%s: notes %q", what, r.Notes)
			}
		}
		// Another cell that cannot be read leaves the id to tell whose row it is.
		r := load(t, db, lines(header, "R2,Budi\xff Rekaan,សុខសុខសុខសុខសុខសុខសុខសុខ,1985-01-02", "R3,Made Misal,C1234567,1979-12-31"), Options{Snapshot: true})
		counts(t, r, Counts{Rows: 2, New: 1, Ended: 1, Rejected: 1})
		if got := current(t, db, Residents); got["residents/R1"] != nil || got["residents/R2"] == nil {
			t.Error("a row that is set aside but tells its id is not taken for listed")
		}

		// Without a column of ids the number of the document is the key.
		load(t, db, lines("full_name,passport_no,birth_date", "Sri Contoh,A1234567,1990-05-17", "Budi Rekaan,B1234567,1985-01-02"), Options{Source: "other"})
		r = load(t, db, lines("full_name,passport_no,birth_date", "Sri Contoh,A1234567,31/02/1990", "Made Misal,C1234567,1990-05-17"), Options{Source: "other", Snapshot: true})
		counts(t, r, Counts{Rows: 2, New: 1, Ended: 1, Rejected: 1})
	})
}

// TestNobody: a name in which nothing can be seen names nobody.
func TestNobody(t *testing.T) {
	content := "id,full_name,given_name\nR0,Sri Contoh,Sri\n"
	nobody := []string{"\u200b", "\u200e", "\u202e\u202c", "\u00ad", "\u2063", "\u3164", "\ufe0f", "\u2800", "\"\u200e\n\""}
	for i, name := range nobody {
		content += fmt.Sprintf("N%d,%s,%s\n", i, name, name)
	}
	content += "K1,សុខ\u200bគំរូ,\n"
	db := storetest.SQLite(t)
	counts(t, load(t, db, content, Options{}), Counts{Rows: int64(len(nobody)) + 2, New: 2, Rejected: int64(len(nobody))})
	if got := current(t, db, Residents)["residents/K1"]; got == nil || got.Get(FullName) != "សុខ\u200bគំរូ" {
		t.Error("the break between the words of a Khmer name is lost")
	}
}

// TestRowOfBrokenCells: what can be read of a row stands in the file of rejected
// rows, so that it can be corrected there.
func TestRowOfBrokenCells(t *testing.T) {
	x := excelize.NewFile()
	for cell, v := range map[string]any{
		"A1": "id", "B1": "full_name", "C1": "employer", "D1": "national_id", "E1": "birth_date",
		"A2": "R1", "B2": "Sri Contoh", "D2": 3171015705900000, "E2": "31/02/1990",
	} {
		if err := x.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.SetCellFormula("Sheet1", "C2", "1/0"); err != nil { // without a stored result
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "register.xlsx")
	if err := x.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	r, err := try(t, db, "", Options{Path: path})
	refused(t, err, CodeNoUsableRows)
	_, rows := rejectedRows(t, r.RejectedFile)
	if len(rows) != 1 || rows[0][0] != "R1" || rows[0][1] != "Sri Contoh" || rows[0][2]+rows[0][3] != "" || rows[0][4] != "31/02/1990" {
		t.Fatalf("rejected: %q", rows)
	}
	if rows[0][6] != "employer, national_id, birth_date" {
		t.Errorf("faults in %s", rows[0][6])
	}
}
