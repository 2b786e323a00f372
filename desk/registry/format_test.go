package registry

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"mitra/store/storetest"
	"mitra/table"
)

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func TestFilesAsTheyCome(t *testing.T) {
	western, err := charmap.Windows1252.NewEncoder().String("id;nama;tgl lahir;jenis kelamin\r\nR1;José Contoh – Müller;17-05-1990;P\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, content, name, born, sex string }{
		{"comma", "id,full_name,birth_date,sex\nR1,Sri Contoh,1990-05-17,F\n", "Sri Contoh", "1990-05-17", "F"},
		{"byte-order mark, semicolon", "\ufeffid;Full Name;D.O.B.;Gender\nR1;Sri  Contoh;17.05.1990;female\n", "Sri Contoh", "1990-05-17", "F"},
		{"tab", "ID\tNAMA LENGKAP\tTanggal Lahir\tJenis Kelamin\nR1\tSri Contoh\t17 Mei 1990\tPerempuan\n", "Sri Contoh", "1990-05-17", "F"},
		{"Khmer", "ល.រ,អត្តលេខ,ឈ្មោះពេញ,ថ្ងៃខែឆ្នាំកំណើត,ភេទ\n១,R1,សុខ គំរូ,១៧/០៥/១៩៩០,ស្រី\n", "សុខ គំរូ", "1990-05-17", "F"},
		{"Windows-1252", western, "José Contoh – Müller", "1990-05-17", "F"},
		{"UTF-16", utf16le("id,full_name,birth_date,sex\r\nR1,សុខ គំរូ,1990-05-17,F\r\n"), "សុខ គំរូ", "1990-05-17", "F"},
		{"quoted lines", "id,full_name,birth_date,sex\nR1,\"Sri\nContoh\",1990-05-17,F\n", "Sri Contoh", "1990-05-17", "F"},
		{"Excel serial", "id,full_name,birth_date,sex\nR1,Sri Contoh,33010,F\n", "Sri Contoh", "1990-05-17", "F"},
		{"Buddhist era", "id,full_name,birth_date,sex\nR1,Sri Contoh,17/05/2533,F\n", "Sri Contoh", "1990-05-17", "F"},
		{"year only", "id,full_name,birth_date,sex\nR1,Sri Contoh,1990,\n", "Sri Contoh", "1990", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := one(t, storetest.SQLite(t), c.content, Options{})
			if r.Key != "R1" || r.Get(FullName) != c.name || r.Get(BirthDate) != c.born || r.Get(Sex) != c.sex {
				t.Errorf("%s %q %q %q", r.Key, r.Get(FullName), r.Get(BirthDate), r.Get(Sex))
			}
			if r.Birth().String() != c.born {
				t.Errorf("Birth is %v", r.Birth())
			}
		})
	}
}

func TestWorkbook(t *testing.T) {
	r := one(t, storetest.SQLite(t), "", Options{Path: workbook(t)})
	if r.Get(FullName) != "Sri Contoh" || r.Get(BirthDate) != "1990-05-17" || r.Get(NationalID) != "3171015705900001" || r.Key != "R1" {
		t.Errorf("%+v", r.Fields)
	}
}

// workbook writes an XLSX file with one resident and returns its path.
func workbook(t *testing.T) string {
	t.Helper()
	x := excelize.NewFile()
	for cell, v := range map[string]any{
		"A1": "id", "B1": "Nama", "C1": "Tgl Lahir", "D1": "NIK",
		"A2": "R1", "B2": "Sri Contoh", "C2": "17/05/1990", "D2": "3171015705900001",
	} {
		if err := x.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "register.xlsx")
	if err := x.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUnusableFiles is the list of bad input: each file is one clear
// error, and nothing of it is loaded.
func TestUnusableFiles(t *testing.T) {
	whole, err := os.ReadFile(workbook(t))
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	for _, c := range []struct{ what, content, code string }{
		{"empty", "", table.CodeEmptyFile},
		{"blank lines", "\n\n\n", table.CodeEmptyFile},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", table.CodeBinaryFile},
		{"no header", "R1,Sri Contoh,1990-05-17\nR2,Budi Rekaan,1985-01-02\n", CodeNoName},
		{"another table", "flight,date\nXX 1,2024-01-01\n", CodeNoName},
		{"a delimiter we do not read", "id^full_name^sex\nR1^Sri Contoh^F\n", CodeNoName},
		{"two columns of one name", "id,full_name,full_name\nR1,a,b\n", table.CodeDuplicateColumn},
		{"two columns that mean the name", "id,nama,nama lengkap\nR1,a,b\n", table.CodeAmbiguousColumn},
		{"one field of ten megabytes", "id,full_name\nR1," + strings.Repeat("x", 10<<20) + "\n", CodeNoUsableRows},
		{"invalid UTF-8", "id,full_name\nសុខ គំរូ១,Sri\xff\xfe\nR2\xf0\x28,សុខ គំរូ\n", CodeNoUsableRows},
		{"an impossible date", "id,full_name,birth_date\nR1,Sri Contoh,31/02/1990\n", CodeNoUsableRows},
		{"a workbook cut short", string(whole[:len(whole)/2]), table.CodeTruncated},
		{"a zip bomb", zipBomb(t, whole), table.CodeZipBomb},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := try(t, db, c.content, Options{})
			e := refused(t, err, c.code)
			if e.Hint == "" || e.File == "" || strings.Contains(e.Error()+e.Hint, "Contoh") {
				t.Errorf("not a clear message: %v (%s)", e, e.Hint)
			}
		})
	}
	if _, err := try(t, db, "", Options{Path: "absent.csv"}); err == nil {
		t.Error("a file that is not there is imported")
	}
	if n := count(t, db, `SELECT COUNT(*) FROM batch`) + count(t, db, `SELECT COUNT(*) FROM record`) + count(t, db, `SELECT COUNT(*) FROM journal_leaf`); n != 0 {
		t.Errorf("refused files left %d rows", n)
	}
}

// zipBomb is the workbook with a sheet of 256 MiB of blanks.
func zipBomb(t *testing.T, workbook []byte) string {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		if f.Name != "xl/worksheets/sheet1.xml" {
			if err := to.Copy(f); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := to.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		blanks := bytes.Repeat([]byte(" "), 1<<20)
		for range 1 << 8 {
			if _, err := w.Write(blanks); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMap(t *testing.T) {
	content := lines("kode unik,orang,full_name,born", "R1,Sri Contoh,not this,1990-05-17")
	m := file(t, "map.toml", "[columns]\nid = \"kode unik\"\nfull_name = \"orang\"\n")
	r := one(t, storetest.SQLite(t), content, Options{Map: m})
	if r.Key != "R1" || r.Get(FullName) != "Sri Contoh" || r.Get(BirthDate) != "1990-05-17" {
		t.Errorf("%s %+v", r.Key, r.Fields)
	}
	if !r.HasColumn(FullName) || r.HasColumn(Sex) {
		t.Error("columns of a mapped file")
	}
	// One heading of two that both could mean a field.
	m = file(t, "map.toml", "[columns]\nfull_name = \"nama lengkap\"\n")
	if r = one(t, storetest.SQLite(t), lines("id,nama,nama lengkap", "R1,Sri,Sri Contoh"), Options{Map: m}); r.Get(FullName) != "Sri Contoh" {
		t.Errorf("%+v", r.Fields)
	}

	db := storetest.SQLite(t)
	for what, text := range map[string]string{
		"not TOML":           "[columns\n",
		"another table":      "[columns]\nfull_name = \"orang\"\n[rows]\nx = 1\n",
		"a key outside":      "full_name = \"orang\"\n",
		"an unknown column":  "[columns]\nfullname = \"orang\"\n",
		"another noun's":     "[columns]\nfull_name = \"orang\"\npermit_no = \"born\"\n",
		"an absent heading":  "[columns]\nfull_name = \"nobody\"\n",
		"a number":           "[columns]\nfull_name = 2\n",
		"one heading, twice": "[columns]\nfull_name = \"orang\"\nsurname = \"orang\"\n",
		"nothing":            "",
	} {
		t.Run(what, func(t *testing.T) {
			_, err := try(t, db, content, Options{Map: file(t, "map.toml", text)})
			if e := refused(t, err, CodeBadMap); e.Hint == "" {
				t.Error("no hint")
			}
		})
	}
	_, err := try(t, db, content, Options{Map: "absent.toml"})
	refused(t, err, table.CodeNotFound)
}

func TestNoNameHint(t *testing.T) {
	_, err := try(t, storetest.SQLite(t), lines("flight,colour", "XX 1,red"), Options{})
	e := refused(t, err, CodeNoName)
	for _, want := range []string{"flight", "colour", "--map", "[columns]"} {
		if !strings.Contains(e.Hint, want) {
			t.Errorf("the hint lacks %q: %s", want, e.Hint)
		}
	}
}

// TestNoHeaderTellsNobody: the first row of a list without a header is
// somebody's data, and stands in no message.
func TestNoHeaderTellsNobody(t *testing.T) {
	db := storetest.SQLite(t)
	sheet := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "List", "A2": "Sri Contoh", "B2": "Perempuan", "C2": "Rekaan", "A3": "Budi Misal", "B3": "Laki-laki", "C3": "Umpama"} {
		if err := sheet.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	workbook := filepath.Join(t.TempDir(), "register.xlsx")
	if err := sheet.SaveAs(workbook); err != nil {
		t.Fatal(err)
	}
	mapped := file(t, "map.toml", "[columns]\nfull_name = \"orang\"\n")
	for what, o := range map[string]Options{
		"csv":          {Path: file(t, "a.csv", "Sri Contoh,Perempuan,Rekaan\nBudi Misal,Laki-laki,Umpama\n")},
		"a country":    {Path: file(t, "b.csv", "Sri Contoh,ID,Rekaan\nBudi Misal,ID,Umpama\n")},
		"a date":       {Path: file(t, "c.csv", "Sri Contoh,P,12 Agustus 1990,Indonesia\n")},
		"one column":   {Path: file(t, "d.csv", "Sri Contoh\nBudi Misal\n")},
		"workbook":     {Path: workbook},
		"with a map":   {Path: file(t, "e.csv", "Sri Contoh,Perempuan,Rekaan\n"), Map: mapped},
		"equal cells":  {Path: file(t, "f.csv", "Rekaan,Sri Contoh,Rekaan\n")},
		"a bad header": {Path: file(t, "g.csv", "Rekaan,Sri \"Contoh\n")},
	} {
		_, err := try(t, db, "", o)
		e := (*table.Error)(nil)
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for _, secret := range []string{"Contoh", "Perempuan", "Rekaan", "Indonesia", "Agustus"} {
			if strings.Contains(e.Error()+e.Hint+e.Column, secret) {
				t.Errorf("%s: a cell is told: %v (%s)", what, e, e.Hint)
			}
		}
		if e.Hint == "" || e.Line == 0 {
			t.Errorf("%s: no hint or line: %+v", what, e)
		}
	}
}

// TestHeaderFaultsTellTheLine: the header need not be the first line.
func TestHeaderFaultsTellTheLine(t *testing.T) {
	db := storetest.SQLite(t)
	m := file(t, "map.toml", "[columns]\nfull_name = \"nobody\"\n")
	for what, c := range map[string]struct {
		content, code string
		o             Options
	}{
		"no name":       {"\n\nflight,colour\nXX 1,red\n", CodeNoName, Options{}},
		"two names":     {"\n,,\nid,nama,nama lengkap\nR1,a,b\n", table.CodeAmbiguousColumn, Options{}},
		"a bad mapping": {"\n\r\nid,orang\nR1,a\n", CodeBadMap, Options{Map: m}},
	} {
		_, err := try(t, db, c.content, c.o)
		if e := refused(t, err, c.code); e.Line != 3 || e.File == "" {
			t.Errorf("%s: line %d of %q, want 3", what, e.Line, e.File)
		}
	}
}

// TestDaysFrom1904: a number of days is a date where the workbook says so; a bare
// one is none where it could be four years off.
func TestDaysFrom1904(t *testing.T) {
	x := excelize.NewFile()
	yes := true
	if err := x.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
		t.Fatal(err)
	}
	code := "yyyy-mm-dd"
	style, err := x.NewStyle(&excelize.Style{CustomNumFmt: &code})
	if err != nil {
		t.Fatal(err)
	}
	for cell, v := range map[string]any{
		"A1": "id", "B1": "full_name", "C1": "birth_date", "D1": "remark",
		"A2": "R1", "B2": "Sri Contoh", "C2": 31548, "D2": 31548,
		"A3": "R2", "B3": "Budi Rekaan", "C3": "31548",
		"A4": "R3", "B4": "Made Misal", "C4": "17/05/1990", "D4": 31548,
		"A5": "R4", "B5": "Eko Fiktif", "C5": 31548,
	} {
		if err := errors.Join(x.SetCellValue("Sheet1", cell, v), x.SetCellStyle("Sheet1", "C5", "C5", style)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "register.xlsx")
	if err := x.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	r := load(t, db, "", Options{Path: path})
	counts(t, r, Counts{Rows: 4, New: 2, Rejected: 2})
	got := current(t, db, Residents)
	for _, key := range []string{"residents/R3", "residents/R4"} {
		if got[key] == nil || got[key].Get(BirthDate) != "1990-05-17" {
			t.Errorf("%s: %+v", key, got[key])
		}
	}
	if _, rows := rejectedRows(t, r.RejectedFile); len(rows) != 2 || !strings.Contains(rows[0][6], "1904") || rows[0][5] != "birth_date" {
		t.Errorf("rejected: %q", rows)
	}
}
