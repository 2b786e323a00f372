package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// known are headings of the tests' files.
var known = NewVocabulary("name", "value", "employer", "alpha")

// readAll returns the rows that can be read, and the errors as "code line column".
func readAll(t testing.TB, r *Reader) (rows [][]string, faults []string) {
	t.Helper()
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows, faults
		}
		if err != nil {
			e := asError(t, err)
			faults = append(faults, fmt.Sprintf("%s %d %s", e.Code, e.Line, e.Column))
			if !e.Row {
				if _, again := r.Next(); again != err {
					t.Errorf("after a fatal error Next returned %v", again)
				}
				return rows, faults
			}
			continue
		}
		if len(row.Cells) != len(r.Header()) {
			t.Errorf("line %d: %d cells, header %d", row.Line, len(row.Cells), len(r.Header()))
		}
		rows = append(rows, slices.Clone(row.Cells))
	}
}

func asError(t testing.TB, err error) *Error {
	t.Helper()
	e := new(Error)
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *table.Error", err)
	}
	if e.Code == "" || e.Message == "" || strings.ContainsRune(e.Error(), '\n') {
		t.Errorf("incomplete error %+v", e)
	}
	return e
}

func utf16Bytes(order binary.AppendByteOrder, s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

func TestEncodingsAndDelimiters(t *testing.T) {
	const khmer = "id,name,note\n1,សុខ,é\n2,ចាន់,\U0001F600\n"
	want := [][]string{{"1", "សុខ", "é"}, {"2", "ចាន់", "\U0001F600"}}
	latin := [][]string{{"1", "Anaïs", "50 €"}}
	tests := []struct {
		name   string
		in     []byte
		format string
		want   [][]string
	}{
		{"utf-8", []byte(khmer), "csv utf-8 ,", want},
		{"utf-8 with mark", []byte("\ufeff" + khmer), "csv utf-8 ,", want},
		{"utf-16le with mark", utf16Bytes(binary.LittleEndian, "\ufeff"+khmer), "csv utf-16le ,", want},
		{"utf-16be with mark", utf16Bytes(binary.BigEndian, "\ufeff"+khmer), "csv utf-16be ,", want},
		{"utf-16le", utf16Bytes(binary.LittleEndian, khmer), "csv utf-16le ,", want},
		{"utf-16be", utf16Bytes(binary.BigEndian, khmer), "csv utf-16be ,", want},
		{"windows-1252", []byte("id;name;note\n1;Ana\xefs;50 \x80\n"), "csv windows-1252 ;", latin},
		{"semicolon", []byte("id;name;note\r\n1;Anaïs;50 €\r\n"), "csv utf-8 ;", latin},
		{"tab", []byte("id\tname\tnote\n1\tAnaïs\t50 €\n"), "csv utf-8 tab", latin},
		{"bar", []byte("id|name|note\n1|Anaïs|50 €\n"), "csv utf-8 |", latin},
		{"sep line", []byte("sep=;\r\nid;name;note\r\n1;Anaïs;50 €\r\n"), "csv utf-8 ;", latin},
		{"commas in cells", []byte("id;name;note\n1;\"a,b,c\";x,y\n2;\"c,d\";z\n"), "csv utf-8 ;", [][]string{{"1", "a,b,c", "x,y"}, {"2", "c,d", "z"}}},
		{"delimiter in a quoted name", []byte("id,\"a;b;c;d\",note\n1,2,3\n"), "csv utf-8 ,", [][]string{{"1", "2", "3"}}},
		{"old Macintosh", []byte("id,name,note\r1,Anaïs,50 €\r"), "csv utf-8 ,", latin},
		{"line ends of all kinds", []byte("id,name,note\r1,\"Ana\rïs\",x\r\n2,b,y\n3,c,z\r\r4,d,\r"), "csv utf-8 ,",
			[][]string{{"1", "Ana\nïs", "x"}, {"2", "b", "y"}, {"3", "c", "z"}, {"4", "d", ""}}},
		{"a carriage return between two people", []byte("name\nSRI CONTOH\rBUDI REKAAN\nMADE MISAL\n"), "csv utf-8 ,",
			[][]string{{"SRI CONTOH"}, {"BUDI REKAAN"}, {"MADE MISAL"}}},
		{"old Macintosh, but for the last line end", []byte("name\rSRI CONTOH\rBUDI REKAAN\n"), "csv utf-8 ,",
			[][]string{{"SRI CONTOH"}, {"BUDI REKAAN"}}},
		{"one column", []byte("name\nAnaïs\n"), "csv utf-8 ,", [][]string{{"Anaïs"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := New("f.csv", test.in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			rows, faults := readAll(t, r)
			if diff := cmp.Diff(test.want, rows); diff != "" || faults != nil {
				t.Errorf("faults %v, rows (-want +got):\n%s", faults, diff)
			}
			if r.Format() != test.format {
				t.Errorf("format %q, want %q", r.Format(), test.format)
			}
			if r.SHA256() != sha256.Sum256(test.in) || r.Size() != int64(len(test.in)) {
				t.Error("hash or size is not the file's")
			}
		})
	}
}

// TestLineEnds: whatever ends the lines, the rows are the same, and none is lost.
func TestLineEnds(t *testing.T) {
	cell := rapid.StringMatching(`[a-z" ,]{0,6}[a-z]`)
	ends := rapid.SampledFrom([]string{"\n", "\r", "\r\n"})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(cell, 2, 2)).Draw(t, "rows")
		var b bytes.Buffer
		w := NewWriter(&b)
		for _, row := range slices.Insert(slices.Clone(rows), 0, []string{"a", "b"}) {
			if err := errors.Join(w.Write(row), w.Flush()); err != nil {
				t.Fatal(err)
			}
			b.Truncate(b.Len() - 1)
			b.WriteString(ends.Draw(t, "end"))
		}
		r, err := New("", b.Bytes(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range rows {
			row, err := r.Next()
			if err != nil || row.Line != i+2 || row.Cells[0] != Trim(want[0]) || row.Cells[1] != Trim(want[1]) {
				t.Fatalf("row %d: line %d, %q, %v; want %q", i, row.Line, row.Cells, err, want)
			}
		}
		if row, err := r.Next(); err != io.EOF {
			t.Fatalf("one row more: %q, %v", row.Cells, err)
		}
	})
}

// A byte-order mark says what the encoding is: a byte that does not fit is
// damage, and no letter of another encoding.
func TestDamageBehindByteOrderMark(t *testing.T) {
	r, err := New("", []byte("\ufeffid,name\nz1,Jo\xe9 Contoh\nz2,José Contoh\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if diff := cmp.Diff([][]string{{"z2", "José Contoh"}}, rows); diff != "" || len(faults) != 1 || !strings.HasPrefix(faults[0], CodeBadEncoding+" 2 ") {
		t.Errorf("faults %q, rows (-want +got):\n%s", faults, diff)
	}
}

// Two letters of Windows-1252 may happen to be one of UTF-8; a text with many
// such pairs is UTF-8 with damage.
func TestEightBit(t *testing.T) {
	chance := strings.Repeat("Ana\xefs,", 10) + "RENN\xc9\x92S"
	if !eightBit([]byte(chance)) {
		t.Error("Windows-1252 was taken for UTF-8")
	}
	if eightBit([]byte("Anaïs,Ana\xefs")) {
		t.Error("damaged UTF-8 was taken for Windows-1252")
	}
}

func TestTrimmedCells(t *testing.T) {
	r, err := New("", []byte("\ufeff id , \"full name\",\u00a0note\u200b,,\n"+
		" 1 , \" a \",\u3000b\u00a0\n2,'=x,'abc,,\n , ,\t\n\u200b3,''@y,'-12.5\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"id", "full name", "note"}; !slices.Equal(r.Header(), want) {
		t.Errorf("header %q, want %q", r.Header(), want)
	}
	rows, faults := readAll(t, r)
	want := [][]string{{"1", "a", "b"}, {"2", "=x", "'abc"}, {"3", "'@y", "'-12.5"}}
	if diff := cmp.Diff(want, rows); diff != "" || faults != nil {
		t.Errorf("faults %v, rows (-want +got):\n%s", faults, diff)
	}
}

func TestRefusedFiles(t *testing.T) {
	few := Options{Known: known, MaxColumns: 3, MaxRows: 2, MaxBytes: 1 << 20, MaxCell: 100}
	tests := []struct {
		name   string
		in     string
		o      Options
		code   string
		says   string // in the message
		line   int
		column string
	}{
		{name: "empty", in: "", code: CodeEmptyFile},
		{name: "only a mark", in: "\ufeff", code: CodeEmptyFile},
		{name: "only a utf-16 mark", in: "\xff\xfe", code: CodeEmptyFile},
		{name: "blank lines", in: "\n\r\n  \n,,\n", code: CodeEmptyFile},
		{name: "old Excel", in: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 512), code: CodeBinaryFile, says: ".xls"},
		{name: "PDF", in: "%PDF-1.7\n%âãÏÓ\n", code: CodeBinaryFile, says: "PDF"},
		{name: "picture", in: "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", code: CodeBinaryFile, says: "PNG"},
		{name: "photograph", in: "\xff\xd8\xff\xe0\x00\x10JFIF", code: CodeBinaryFile, says: "JPEG"},
		{name: "gzip", in: "\x1f\x8b\x08\x00\x00\x00\x00\x00", code: CodeBinaryFile, says: "gzip"},
		{name: "database", in: "SQLite format 3\x00", code: CodeBinaryFile, says: "SQLite"},
		{name: "web page", in: " \n<HTML><table>", code: CodeBinaryFile, says: "web page"},
		{name: "NULs", in: "abc\x00\x00\x00def\x00,\n", code: CodeBinaryFile, says: "binary"},
		{name: "control characters", in: strings.Repeat("a\x01\x02b,c\x03", 50), code: CodeBinaryFile, says: "binary"},
		{name: "no encoding", in: "name,note\nAn\x81\x8d,\x8f\n", code: CodeBadEncoding},
		{name: "two equal names", in: "id,name,id\n1,2,3\n", code: CodeDuplicateColumn, line: 1, column: "id", says: "1 and 3"},
		{name: "equal cells of data", in: "\n19900517,X123456,X123456\n", code: CodeDuplicateColumn, line: 2, column: "column 3"},
		{name: "equal cells of words", in: "\nSri Contoh,Rekaan,Rekaan\n", code: CodeDuplicateColumn, line: 2, column: "column 3"},
		{name: "too many columns", in: "a,b,c,d\n", o: few, code: CodeTooManyColumns, line: 1, says: "4 columns"},
		{name: "too many bytes", in: strings.Repeat("a,b\n", 1<<18+1), o: few, code: CodeTooLarge},
		{name: "quote in the header", in: "a,b\"c\n1,2\n", code: CodeBadQuote, line: 1, column: "column 2"},
		{name: "name too long", in: "a," + strings.Repeat("b", 101) + "\n", o: few, code: CodeCellTooLong, line: 1, column: "column 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.o.Known = known
			_, err := New("f.csv", []byte(test.in), test.o)
			if err == nil {
				t.Fatal("was not refused")
			}
			e := asError(t, err)
			if e.Code != test.code || e.Line != test.line || e.Column != test.column || e.Row || e.File != "f.csv" || e.Hint == "" {
				t.Errorf("got %+v, want code %s, line %d, column %q", e, test.code, test.line, test.column)
			}
			if !strings.Contains(e.Message, test.says) {
				t.Errorf("message %q does not say %q", e.Message, test.says)
			}
		})
	}
}

func TestFaultyRows(t *testing.T) {
	long := strings.Repeat("x", 64<<10+1)
	valid := strings.Repeat("1,សុខ,c\n", 20)
	var validRows [][]string
	for range 20 {
		validRows = append(validRows, []string{"1", "សុខ", "c"})
	}
	good := []string{"7", "8", "9"}
	tests := []struct {
		name   string
		body   string
		rows   [][]string
		faults []string
	}{
		{"header only", "", nil, nil},
		{"too few cells", "1,2\n7,8,9\n", [][]string{good}, []string{"too_few_cells 2 "}},
		{"too many cells", "1,2,3,4\n7,8,9\n", [][]string{good}, []string{"too_many_cells 2 "}},
		{"more cells than may be", strings.Repeat(",", 5000) + "\n7,8,9\n", [][]string{good}, []string{"too_many_cells 2 "}},
		{"empty cells beyond the header", "7,8,9,, ,\n", [][]string{good}, nil},
		{"blank rows", "\n,,\n , ,\n,\n7,8,9\n", [][]string{good}, nil},
		{"quote out of place", "1,2\"3,4\n7,8,9\n", [][]string{good}, []string{"bad_quote 2 b"}},
		{"quote left open", "1,\"2,3\n7,8,9\n", [][]string{good}, []string{"bad_quote 2 b"}},
		{"long cell", "1,2," + long + "\n7,8,9\n", [][]string{good}, []string{"cell_too_long 2 c"}},
		{"long quoted cell", "1,\"" + strings.Repeat("x\n", 40_000) + "\",3\n7,8,9\n", [][]string{good}, []string{"cell_too_long 2 b"}},
		{"damaged byte", valid + "2,a\xffb,c\n" + valid, slices.Concat(validRows, validRows), []string{"bad_encoding 22 b"}},
		{"NUL far in", strings.Repeat("7,8,9\n", 2000) + "1,\x00,3\n", slices.Repeat([][]string{good}, 2000), []string{"bad_encoding 2002 b"}},
		{"lines are counted in cells", "1,\"2\n2\n\n2\",3\n1,2\n", [][]string{{"1", "2\n2\n\n2", "3"}}, []string{"too_few_cells 6 "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := New("f.csv", []byte("alpha,b,c\n"+test.body), Options{Known: known})
			if err != nil {
				t.Fatal(err)
			}
			rows, faults := readAll(t, r)
			if diff := cmp.Diff(test.rows, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDamagedUTF16(t *testing.T) {
	in := append(utf16Bytes(binary.LittleEndian, "\ufeffalpha,b\n1,x"), 0x00, 0xd8) // half of a pair
	in = append(in, utf16Bytes(binary.LittleEndian, "\n3,4\n5,6")...)
	in = append(in, 'y') // half of a character
	r, err := New("", in, Options{Known: known})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if diff := cmp.Diff([][]string{{"3", "4"}}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if want := []string{"bad_encoding 2 b", "bad_encoding 4 b"}; !slices.Equal(faults, want) {
		t.Errorf("faults %q, want %q", faults, want)
	}
}

// What can be read of a faulty row is handed out with its fault, and all its
// faults are told.
func TestReadableCells(t *testing.T) {
	long := strings.Repeat("x", 64<<10+1)
	sheet := withSheet(t, `<sheetData>`+headerRow+
		`<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><v>#N/A</v></c></row>`+
		`<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><v>2</v></c></row>`+
		`<row r="4"><c r="B4" t="e"><v>#N/A</v></c><c r="A4"><v>3.2750101019E+15</v></c></row>`+
		`<row r="5"><c r="A5" t="e"><v>#N/A</v></c></row>`+
		`<row r="6"><c r="A6" t="e"><v>#N/A</v></c><c r="C6"><v>6</v></c></row>`+
		`</sheetData>`)
	for _, test := range []struct {
		name  string
		in    []byte
		cells [][]string
		where []string
	}{
		{"workbook", sheet, [][]string{{"1", ""}, {"", "2"}, {"", ""}, {"", ""}, nil}, []string{"value", "id", "id value", "id", "id"}},
		{"csv", []byte("id,value,c\n1," + long + ",2\n,\xff,\x00សុខសុខ\n1,2\n1,\"2\n"), [][]string{{"1", "", "2"}, {"", "", ""}, nil, nil},
			[]string{"value", "value column 3", "", "value"}},
	} {
		r, err := New("f", test.in, Options{Known: known})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range test.cells {
			row, err := r.Next()
			e := asError(t, err)
			where := e.Column
			for _, m := range e.More {
				where += " " + m.Column
				if m.Line != e.Line || m.File != "f" || !m.Row {
					t.Errorf("%s, row %d: %+v", test.name, i, m)
				}
			}
			if !slices.Equal(row.Cells, want) || where != strings.ReplaceAll(test.where[i], "column 3", r.Column(2)) || !e.Row {
				t.Errorf("%s, row %d: cells %q, faults in %q", test.name, i, row.Cells, where)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestHeaderLine(t *testing.T) {
	title := buildXLSX(t, func(x *xlsxFile) { x.set("A1", "Register", "A3", "id", "B3", "name", "A4", 1) })
	for name, test := range map[string]struct {
		in   []byte
		line int
	}{
		"first":          {[]byte("id,name\n"), 1},
		"blank lines":    {[]byte("\n\n,\nid,name\n"), 4},
		"sep line":       {[]byte("sep=;\nid;name\n"), 2},
		"title of sheet": {title, 3},
	} {
		if r, err := New("f", test.in, Options{}); err != nil || r.HeaderLine() != test.line {
			t.Errorf("%s: line %d, %v", name, r.HeaderLine(), err)
		}
	}
}

// TestStop: whoever asks for the end does not wait for the end of a long file,
// even one of which no row comes.
func TestStop(t *testing.T) {
	head := `<sheetData>` + headerRow
	for name, in := range map[string][]byte{
		"csv of blank rows":  []byte("id,name\n" + strings.Repeat(",\n", 100_000) + "1,2\n"),
		"csv":                []byte("id,name\n" + strings.Repeat("1,2\n", 100_000)),
		"sheet of no cells":  withSheet(t, head+strings.Repeat("<row/>", 100_000)+`</sheetData>`),
		"sheet with an end":  withSheet(t, head+`</sheetData>`+strings.Repeat("<x/>", 100_000)),
		"sheet without rows": withSheet(t, strings.Repeat("<x/>", 100_000)),
	} {
		asked, enough := 0, errors.New("enough")
		stop := func() error {
			if asked++; asked > 20 {
				return enough
			}
			return nil
		}
		r, err := New("f", in, Options{Stop: stop})
		for err == nil {
			_, err = r.Next()
		}
		if e := asError(t, err); e.Code != CodeStopped || !errors.Is(err, enough) || e.Row {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTooManyRows(t *testing.T) {
	r, err := New("", []byte("a\n1\n2\n3\n"), Options{MaxRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if len(rows) != 2 || !slices.Equal(faults, []string{"too_many_rows 4 "}) {
		t.Errorf("%d rows, faults %q", len(rows), faults)
	}
}

func TestErrorsHoldNoCell(t *testing.T) {
	const secret = "GEHEIMNIS"
	for _, body := range []string{
		secret, secret + ",2,3,4", "1,2\"" + secret + ",3", "1,\"" + secret + "\"" + secret + ",3", "1,\"" + secret,
		"1," + strings.Repeat(secret, 10_000) + ",3", "1,\x00" + secret + ",3",
	} {
		r, err := New("f.csv", []byte("a,b,c\n"+strings.Repeat("1,2,3\n", 2000)+body+"\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for {
			_, err := r.Next()
			if err == io.EOF {
				t.Errorf("%.20q was read", body)
				break
			}
			if err != nil {
				if e := asError(t, err); strings.Contains(fmt.Sprintf("%+v", *e), secret) {
					t.Errorf("the error holds the cell: %+v", e)
				}
				break
			}
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "list.xlsx") // the extension says nothing
	in := []byte("a,b\n1,2\n")
	if err := os.WriteFile(name, in, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Format() != "csv utf-8 ," {
		t.Errorf("format %q", r.Format())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); asError(t, err).Code != CodeClosed {
		t.Errorf("Next after Close: %v", err)
	}
	if r.SHA256() != sha256.Sum256(in) {
		t.Error("the hash is not known after Close")
	}

	_, err = Open(filepath.Join(dir, "absent.csv"), Options{})
	if e := asError(t, err); e.Code != CodeNotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent file: %+v", e)
	}
	_, err = Open(dir, Options{})
	if e := asError(t, err); e.Code != CodeUnreadable {
		t.Errorf("folder: %+v", e)
	}
	_, err = Open(name, Options{MaxBytes: 3})
	if e := asError(t, err); e.Code != CodeTooLarge {
		t.Errorf("large file: %+v", e)
	}
}

// The FEBRL files have a blank after each comma and in some empty cells.
func TestFEBRL(t *testing.T) {
	files, err := filepath.Glob("../../shared/eval/febrl/dataset*.csv")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the FEBRL files are not beside the project (../shared/eval/febrl)")
	}
	for _, name := range files {
		r, err := Open(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, faults := readAll(t, r)
		if faults != nil || len(rows) < 1000 || r.Format() != "csv utf-8 ," || r.Header()[10] != "soc_sec_id" {
			t.Errorf("%s: %d rows, faults %q, format %q, header %q", filepath.Base(name), len(rows), faults, r.Format(), r.Header())
		}
		for _, row := range rows {
			for _, c := range row {
				if Trim(c) != c {
					t.Fatalf("%s: cell %q", filepath.Base(name), c)
				}
			}
		}
	}
}

// FuzzOpen reads anything to its end: no panic, bounded rows and errors, every
// row as wide as the header, and the same again the second time.
func FuzzOpen(f *testing.F) {
	for _, s := range []string{
		"", "a,b\n1,2\n", "a;b\n\"1\n", "\xff\xfea\x00,\x00b\x00\n\x00", "sep=;\na;b\n1;2\n", "\xef\xbb\xbfa\n", "\xef\xbb\xbfa\n\xe9\n", "a,b\n\xe9,2\n", "a\nb\rc\r\n\r", "a\r\"b\rc\"\n", "PK\x03\x04",
	} {
		f.Add([]byte(s))
	}
	f.Add(buildXLSX(f, nil))
	f.Add(buildXLSX(f, func(x *xlsxFile) { x.set("A1", "id", "B1", "on", "A2", 3275010101900001, "B2", 45000.5) }))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{MaxRows: 10_000, MaxColumns: 64, MaxCell: 1 << 10, MaxBytes: 1 << 20}
		read := func() (all [][]string, faults []string) {
			r, err := New("f", bytes.Clone(data), o)
			if err != nil {
				return nil, []string{asError(t, err).Error()}
			}
			defer r.Close()
			if n := len(r.Header()); n == 0 || n > o.MaxColumns {
				t.Fatalf("header of %d columns", n)
			}
			rows, faults := readAll(t, r)
			if len(rows)+len(faults) > int(o.MaxRows)+1 {
				t.Fatalf("%d rows and %d faults", len(rows), len(faults))
			}
			for _, row := range rows {
				for _, c := range row {
					if len(c) > o.MaxCell || Trim(c) != c {
						t.Fatalf("cell %q", c)
					}
				}
			}
			return rows, faults
		}
		rows, faults := read()
		rows2, faults2 := read()
		if !slices.EqualFunc(rows, rows2, slices.Equal) || !slices.Equal(faults, faults2) {
			t.Fatal("the second reading differs")
		}
	})
}

// torn reads as a file does that becomes shorter while it is read, or has a bad place.
type torn struct {
	data []byte
	bad  int64 // from here on
}

func (f torn) ReadAt(b []byte, at int64) (int, error) {
	n := copy(b, f.data[min(at, f.bad):f.bad])
	if n < len(b) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

// What is read in pieces is what stands before the first byte that cannot be read.
func TestReadPieces(t *testing.T) {
	const size = 9<<20 + 17
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7)
	}
	for _, bad := range []int{0, 1, 1<<22 - 1, 1 << 22, 1<<22 + 1, 5 << 20, size - 1, size} {
		got := make([]byte, size)
		if n := readPieces(torn{data, int64(bad)}, got); n != bad || !bytes.Equal(got[:n], data[:n]) {
			t.Errorf("read %d bytes, not %d", n, bad)
		}
	}
}
