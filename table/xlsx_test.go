package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// xlsxFile is a workbook made with a writer that is not ours.
type xlsxFile struct {
	*excelize.File
	t     testing.TB
	sheet string
}

func (x *xlsxFile) ok(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// set takes references and values by turns.
func (x *xlsxFile) set(pairs ...any) {
	x.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		x.ok(x.SetCellValue(x.sheet, pairs[i].(string), pairs[i+1]))
	}
}

func (x *xlsxFile) format(ref, code string) {
	x.t.Helper()
	style, err := x.NewStyle(&excelize.Style{CustomNumFmt: &code})
	x.ok(err)
	x.ok(x.SetCellStyle(x.sheet, ref, ref, style))
}

func buildXLSX(t testing.TB, f func(x *xlsxFile)) []byte {
	t.Helper()
	x := &xlsxFile{excelize.NewFile(), t, "Sheet1"}
	defer x.Close()
	if f != nil {
		f(x)
	}
	b, err := x.WriteToBuffer()
	x.ok(err)
	return b.Bytes()
}

// rewrite copies a workbook with parts replaced, dropped (nil) or added.
func rewrite(t testing.TB, data []byte, parts map[string][]byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	put := func(name string, content []byte) {
		p, err := w.Create(name)
		if err == nil {
			_, err = p.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	written := map[string]bool{}
	for _, f := range r.File {
		content, replaced := parts[f.Name]
		if !replaced {
			content = readPart(t, f)
		}
		written[f.Name] = true
		if content != nil {
			put(f.Name, content)
		}
	}
	for name, content := range parts {
		if !written[name] && content != nil {
			put(name, content)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readPart(t testing.TB, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// withSheet is a workbook whose first sheet has this XML inside worksheet.
func withSheet(t testing.TB, xml string) []byte {
	return rewrite(t, buildXLSX(t, nil), map[string][]byte{
		"xl/worksheets/sheet1.xml": []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` + xml + `</worksheet>`),
	})
}

const headerRow = `<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>value</t></is></c></row>`

func TestXLSX(t *testing.T) {
	in := buildXLSX(t, func(x *xlsxFile) {
		x.set("A1", " id ", "B1", "full name", "C1", "born", "D1", "number", "E1", "flag",
			"A2", "1", "B2", "ឈ្មោះ \u00a0", "C2", time.Date(1990, 5, 17, 0, 0, 0, 0, time.UTC), "D2", 812345678901, "E2", true,
			"A4", "'=x", "B4", "a_x000D_b", "D4", 0.1, "E4", "  ",
			"A5", 42.0, "C5", 45000.75, "D5", 1e14)
		x.format("C5", "dd/mm/yyyy hh:mm")
	})
	r, err := New("f", in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"id", "full name", "born", "number", "flag"}; !slices.Equal(r.Header(), want) {
		t.Errorf("header %q, want %q", r.Header(), want)
	}
	if r.Format() != "xlsx sheet Sheet1" || r.Notes() != nil {
		t.Errorf("format %q, notes %q", r.Format(), r.Notes())
	}
	var lines []int
	var rows [][]string
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, row.Line)
		rows = append(rows, slices.Clone(row.Cells))
	}
	want := [][]string{
		{"1", "ឈ្មោះ", "1990-05-17", "812345678901", "TRUE"},
		{"'=x", "a\rb", "", "0.1", ""},
		{"42", "", "2023-03-15T18:00:00", "100000000000000", ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if !slices.Equal(lines, []int{2, 4, 5}) {
		t.Errorf("lines %v", lines)
	}
}

// Whatever text and numbers the other writer puts into a sheet come back.
func TestXLSXRoundTrip(t *testing.T) {
	text := rapid.StringOfN(rapid.OneOf(
		rapid.SampledFrom([]rune(" <>&\"'=_x000D_\n\u00a0\u1780ab1")),
		rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P),
	), 0, 12, -1)
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfN(text, 0, 12).Draw(rt, "texts")
		number := rapid.Int64Range(-99_999_999_999_999, 99_999_999_999_999)
		var want [][]string
		in := buildXLSX(t, func(x *xlsxFile) {
			x.set("A1", "id", "B1", "text", "C1", "number")
			for i, s := range texts {
				n := number.Draw(rt, "number")
				x.set(fmt.Sprintf("A%d", i+2), i, fmt.Sprintf("B%d", i+2), s, fmt.Sprintf("C%d", i+2), n)
				want = append(want, []string{fmt.Sprint(i), Trim(s), fmt.Sprint(n)})
			}
		})
		r, err := New("f", in, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		rows, faults := readAll(t, r)
		if diff := cmp.Diff(want, rows); diff != "" || faults != nil {
			rt.Fatalf("faults %q, rows (-want +got):\n%s", faults, diff)
		}
	})
}

func TestXLSXNumbers(t *testing.T) {
	general, date, both, clock := numberFormat{}, numberFormat{date: true}, numberFormat{date: true, time: true}, numberFormat{time: true}
	tests := []struct {
		text   string
		format numberFormat
		want   string
		code   string
	}{
		{"7", general, "7", ""},
		{"007", general, "007", ""},
		{"42.0", general, "42", ""},
		{"-0", general, "0", ""},
		{"-12.50", general, "-12.5", ""},
		{"0.10000000000000001", general, "0.1", ""},
		{"1.2E+3", general, "1200", ""},
		{"327501010190001", general, "327501010190001", ""},
		{"3275010101900001", general, "3275010101900001", ""}, // written by a program that keeps 16 digits
		{"3.2750101019000011E+15", general, "3275010101900001", ""},
		{"3275010101900000", general, "", CodeNumberPrecision}, // may have been typed in as …0001
		{"3.2750101019E+15", general, "", CodeNumberPrecision},
		{"9275010101900001", general, "", CodeNumberPrecision}, // above 2^53
		{"-3275010101900000", general, "", CodeNumberPrecision},
		{"1e300", general, "", CodeNumberPrecision},
		{"1e400", general, "", CodeBadNumber},
		{"NaN", general, "", CodeBadNumber},
		{"0x1p4", general, "", CodeBadNumber},
		{"abc", general, "", CodeBadNumber},
		{"123", numberFormat{digits: 8}, "00000123", ""},
		{"123456789", numberFormat{digits: 8}, "123456789", ""},
		{"33010", date, "1990-05-17", ""},
		{"1", date, "1900-01-01", ""},
		{"59", date, "1900-02-28", ""},
		{"60", date, "", CodeBadNumber},
		{"61", date, "1900-03-01", ""},
		{"0", date, "", CodeBadNumber},
		{"-1", date, "", CodeBadNumber},
		{"2958465", date, "9999-12-31", ""},
		{"2958466", date, "", CodeBadNumber},
		{"33010.5", date, "1990-05-17", ""},
		{"33010.5", both, "1990-05-17T12:00:00", ""},
		{"33010", both, "1990-05-17", ""},
		{"33010.999999", both, "1990-05-18T00:00:00", ""},
		{"0.75", clock, "18:00:00", ""},
	}
	for _, test := range tests {
		got, err := number(test.text, test.format, false)
		code := ""
		if err != nil {
			code = err.Code
		}
		if got != test.want || code != test.code {
			t.Errorf("number(%q, %+v) = %q, %q, want %q, %q", test.text, test.format, got, code, test.want, test.code)
		}
	}
	if got, _ := number("31548", date, true); got != "1990-05-17" {
		t.Errorf("1904 system: %q", got)
	}
}

func TestDate1904(t *testing.T) {
	in := buildXLSX(t, func(x *xlsxFile) {
		yes := true
		x.ok(x.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		x.set("A1", "id", "B1", "born", "A2", 1, "B2", 31548)
	})
	for _, test := range []struct {
		in   []byte
		want bool
	}{{in, true}, {buildXLSX(t, func(x *xlsxFile) { x.set("A1", "id", "B1", "born") }), false}, {[]byte("id,born\n"), false}} {
		if r, err := New("f", test.in, Options{}); err != nil || r.Date1904() != test.want {
			t.Errorf("got %v, want %v: %v", r.Date1904(), test.want, err)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for code, want := range map[string]numberFormat{
		"General":                 {},
		"@":                       {},
		"0":                       {digits: 1},
		"00000000":                {digits: 8},
		"#,##0.00":                {},
		"0.00E+00":                {},
		`0 "days"`:                {},
		`[Red]0;[Blue]\d0`:        {},
		"yyyy-mm-dd":              {date: true},
		"d/m/yy;@":                {date: true},
		"[$-409]mmm yyyy":         {date: true},
		"[$-421]dd mmmm yyyy;@":   {date: true},
		"mmmm":                    {date: true},
		"dd/mm/yyyy hh:mm":        {date: true, time: true},
		"h:mm AM/PM":              {time: true},
		"[h]:mm:ss":               {},
		`"y"0`:                    {},
		`yyyy\-mm\-dd"T"hh:mm:ss`: {date: true, time: true},
	} {
		if got := parseFormat(code); got != want {
			t.Errorf("parseFormat(%q) = %+v, want %+v", code, got, want)
		}
	}
}

func TestBuiltInFormat(t *testing.T) {
	date, both, clock := numberFormat{date: true}, numberFormat{date: true, time: true}, numberFormat{time: true}
	for id, want := range map[int]numberFormat{
		0: {}, 1: {}, 4: {}, 11: {}, 14: date, 17: date, 18: clock, 21: clock, 22: both, 30: date, 37: {}, 45: clock, 46: {}, 47: clock, 49: {}, 57: date, 164: {},
	} {
		if got := builtInFormat(id); got != want {
			t.Errorf("format %d: %+v, want %+v", id, got, want)
		}
	}
}

// A list of one column has no wider row that would show which one is the header.
func TestXLSXOneColumn(t *testing.T) {
	in := buildXLSX(t, func(x *xlsxFile) {
		x.set("A1", "name")
		for i := range 30 {
			x.set(fmt.Sprintf("A%d", i+2), fmt.Sprint("n", i))
		}
	})
	r, err := New("f", in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if len(rows) != 30 || rows[0][0] != "n0" || rows[29][0] != "n29" || faults != nil || r.Notes() != nil {
		t.Errorf("%d rows, faults %q, notes %q", len(rows), faults, r.Notes())
	}
}

func TestXLSXFaultyRows(t *testing.T) {
	in := withSheet(t, `<sheetData>`+headerRow+
		`<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>1+1</f><v>2</v></c></row>`+
		`<row r="3"><c r="A3"><v>2</v></c><c r="B3"><f>1+1</f></c></row>`+
		`<row r="4"><c r="A4"><v>3</v></c><c r="B4"><f>1+1</f><v></v></c></row>`+
		`<row r="5"><c r="A5"><v>4</v></c><c r="B5" t="str"><f>""</f><v></v></c></row>`+
		`<row r="6"><c r="A6"><v>5</v></c><c r="B6" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`+
		`<row r="7"><c r="A7"><v>3.2750101019E+15</v></c></row>`+
		`<row r="8"><c r="A8" t="s"><v>99</v></c></row>`+
		`<row r="9"><c r="A9"><v>6</v></c><c r="D9"><v>7</v></c></row>`+
		`<row r="10"><c r="A10" t="inlineStr"><is><t>`+strings.Repeat("x", 64<<10+1)+`</t></is></c></row>`+
		`<row r="11"><c r="A11" t="d"><v>1990-05-17T00:00:00</v></c><c r="B11" t="b"><v>0</v></c></row>`+
		`<row><c><v>8</v></c><c t="inlineStr"><is><r><t>a</t></r><rPh><t>no</t></rPh><r><t xml:space="preserve"> &amp;b</t></r></is></c></row>`+
		`<row r="20"><c r="BZZ20"><v>1</v></c></row>`+
		`</sheetData>`)
	r, err := New("f", in, Options{Known: known})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if diff := cmp.Diff([][]string{{"1", "2"}, {"4", ""}, {"1990-05-17", "FALSE"}, {"8", "a &b"}}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	want := []string{
		"formula_without_value 3 value", "formula_without_value 4 value", "formula_error 6 value", "number_precision 7 id",
		"damaged 8 id", "too_many_cells 9 ", "cell_too_long 10 id", "too_many_cells 20 ",
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestXLSXMergedCells(t *testing.T) {
	in := buildXLSX(t, func(x *xlsxFile) {
		x.set("A1", "List of workers",
			"A2", "id", "B2", "employer", "C2", "note",
			"A3", 1, "B3", "Example Ltd", "A4", 2, "A5", 3, "A6", 4, "A7", 5, "C7", "x", "A8", 6)
		x.ok(x.MergeCell(x.sheet, "A1", "C1"))
		x.ok(x.MergeCell(x.sheet, "B3", "B5"))
		x.ok(x.MergeCell(x.sheet, "C7", "C9"))
		x.ok(x.SetCellFormula(x.sheet, "B7", "1+1"))
		x.ok(x.MergeCell(x.sheet, "B7", "B8"))
	})
	r, err := New("f", in, Options{Known: known})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes()) != 1 || !strings.Contains(r.Notes()[0], "row 2") {
		t.Errorf("notes %q", r.Notes())
	}
	rows, faults := readAll(t, r)
	want := [][]string{{"1", "Example Ltd", ""}, {"2", "Example Ltd", ""}, {"3", "Example Ltd", ""}, {"4", "", ""}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if want := []string{"formula_without_value 7 employer", "formula_without_value 8 employer"}; !slices.Equal(faults, want) {
		t.Errorf("faults %q, want %q", faults, want)
	}
}

func TestXLSXSheets(t *testing.T) {
	in := buildXLSX(t, func(x *xlsxFile) {
		for _, name := range []string{"Secret", "Data", "Old"} {
			_, err := x.NewSheet(name)
			x.ok(err)
			x.ok(x.SetCellValue(name, "A1", "id "+name))
			x.ok(x.SetCellValue(name, "A2", 1))
		}
		x.ok(x.SetSheetVisible("Secret", false))
	})
	r, err := New("f", in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Format() != "xlsx sheet Data" || len(r.Notes()) != 1 || !strings.Contains(r.Notes()[0], `"Secret" (hidden)`) || !strings.Contains(r.Notes()[0], `"Old"`) {
		t.Errorf("format %q, notes %q", r.Format(), r.Notes())
	}
	r, err = New("f", in, Options{Sheet: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Header()[0] != "id Secret" {
		t.Errorf("header %q", r.Header())
	}
	_, err = New("f", in, Options{Sheet: "Nowhere"})
	if e := asError(t, err); e.Code != CodeNoSheet || !strings.Contains(e.Hint, `"Data"`) {
		t.Errorf("%+v", e)
	}
	_, err = New("f", in, Options{Sheet: "Sheet1"})
	if e := asError(t, err); e.Code != CodeEmptyFile {
		t.Errorf("%+v", e)
	}
}

func TestXLSXRefused(t *testing.T) {
	good := buildXLSX(t, func(x *xlsxFile) { x.set("A1", "id", "B1", "name", "A2", 1, "B2", "a") })
	sheet := "xl/worksheets/sheet1.xml"
	zipped := func(parts map[string][]byte) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		w.Close()
		return rewrite(t, b.Bytes(), parts)
	}
	flipped := func() []byte { // a byte of the stored sheet is changed: only the checksum tells
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		r, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.File {
			content := readPart(t, f)
			h := &zip.FileHeader{Name: f.Name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content),
				CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))}
			if f.Name == sheet {
				content = bytes.Replace(content, []byte("<v>1</v>"), []byte("<v>2</v>"), 1)
			}
			p, err := w.CreateRaw(h)
			if err == nil {
				_, err = p.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	tests := []struct {
		name string
		in   []byte
		code string
		says string
	}{
		{"half of it", good[:len(good)/2], CodeTruncated, ""},
		{"last bytes missing", good[:len(good)-5], CodeTruncated, ""},
		{"only the signature", []byte("PK\x03\x04"), CodeTruncated, ""},
		{"empty zip", zipped(nil), CodeNotXLSX, "zip archive"},
		{"some zip", zipped(map[string][]byte{"a.txt": []byte("a")}), CodeNotXLSX, "zip archive"},
		{"OpenDocument", zipped(map[string][]byte{"mimetype": []byte("x"), "content.xml": []byte("x")}), CodeNotXLSX, "OpenDocument"},
		{"Word", zipped(map[string][]byte{"[Content_Types].xml": []byte("x"), "word/document.xml": []byte("x")}), CodeNotXLSX, "Word"},
		{"binary workbook", zipped(map[string][]byte{"[Content_Types].xml": []byte("x"), "xl/workbook.bin": []byte("x")}), CodeNotXLSX, ".xlsb"},
		{"no workbook part", rewrite(t, good, map[string][]byte{"xl/workbook.xml": nil}), CodeDamaged, ""},
		{"no sheet part", rewrite(t, good, map[string][]byte{sheet: nil}), CodeDamaged, ""},
		{"sheet breaks off", withSheet(t, `<sheetData>`+headerRow+`<row r="2"><c r="A2"><v>1</v></c></row>`), CodeTruncated, ""},
		{"sheet breaks off in a tag", rewrite(t, good, map[string][]byte{sheet: []byte(`<worksheet><sheetData>` + headerRow + `<row r="2"><c r="A2`)}), CodeTruncated, ""},
		{"malformed sheet", withSheet(t, `<sheetData>`+headerRow+`<row r="2"><c r=A2&&></c></row></sheetData>`), CodeDamaged, "XML"},
		{"rows out of order", withSheet(t, `<sheetData>`+headerRow+`<row r="5"><c><v>1</v></c></row><row r="4"><c><v>1</v></c></row></sheetData>`), CodeDamaged, "order"},
		{"rows beyond all numbers", withSheet(t, `<sheetData>`+headerRow+`<row r="9223372036854775807"><c><v>1</v></c></row><row><c><v>1</v></c></row></sheetData>`), CodeDamaged, ""},
		{"changed byte", flipped(), CodeDamaged, "checksum"},
		{"no row", buildXLSX(t, nil), CodeEmptyFile, ""},
		{"equal names", buildXLSX(t, func(x *xlsxFile) { x.set("A1", "id", "B1", "id") }), CodeDuplicateColumn, "1 and 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := New("f.xlsx", test.in, Options{})
			for err == nil {
				_, err = r.Next()
			}
			if err == io.EOF {
				t.Fatal("was read")
			}
			e := asError(t, err)
			if e.Code != test.code || e.Row || e.Hint == "" || !strings.Contains(e.Message, test.says) {
				t.Errorf("got %+v, want %s saying %q", e, test.code, test.says)
			}
		})
	}
}

func TestZipBomb(t *testing.T) {
	good := buildXLSX(t, func(x *xlsxFile) { x.set("A1", "id", "A2", 1) })
	sheet := "xl/worksheets/sheet1.xml"
	blanks := append([]byte("<worksheet><sheetData>"), bytes.Repeat([]byte(" "), freeInflated)...)
	declared := rewrite(t, good, map[string][]byte{sheet: blanks})

	many := map[string][]byte{}
	for i := range maxParts {
		many[fmt.Sprintf("xl/media/%d", i)] = []byte("x")
	}

	// The directory says that the sheet is short, but it is not.
	lying := slices.Clone(declared)
	r, err := zip.NewReader(bytes.NewReader(declared), int64(len(declared)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if f.Name == sheet {
			size := uint32(f.UncompressedSize64)
			le := []byte{byte(size), byte(size >> 8), byte(size >> 16), byte(size >> 24)}
			lying = bytes.ReplaceAll(lying, le, []byte{100, 0, 0, 0})
		}
	}
	part := func(name, xml string) []byte { return rewrite(t, good, map[string][]byte{name: []byte(xml)}) }
	rels := `<Relationships>` + strings.Repeat(`<Relationship Id="x" Type="y" Target="z"/>`, maxParts+1) + `</Relationships>`
	formats := strings.Builder{}
	for i := range maxFormats + 1 {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="0"/>`, i)
	}
	for name, in := range map[string][]byte{
		"declared": declared, "many parts": rewrite(t, good, many), "lying directory": lying,
		"cell formats":   part("xl/styles.xml", `<styleSheet><cellXfs>`+strings.Repeat(`<xf/>`, maxFormats+1)+`</cellXfs></styleSheet>`),
		"number formats": part("xl/styles.xml", `<styleSheet><numFmts>`+formats.String()+`</numFmts></styleSheet>`),
		"merged cells": withSheet(t, `<sheetData>`+headerRow+`</sheetData><mergeCells>`+
			strings.Repeat(`<mergeCell ref="A7:A8"/>`, maxMerges+1)+`</mergeCells>`),
		"relations": part("xl/_rels/workbook.xml.rels", rels),
	} {
		_, err := New("f.xlsx", in, Options{})
		if err == nil {
			t.Errorf("%s: was not refused", name)
			continue
		}
		if e := asError(t, err); e.Code != CodeZipBomb {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// A single piece of XML may not fill the memory, even one that packs badly.
func TestXLSXEndlessToken(t *testing.T) {
	noise := make([]byte, maxToken+1)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = "abcdefghijklmnop"[random.IntN(16)]
	}
	in := withSheet(t, `<sheetData>`+headerRow+`<row r="2"><c r="A2" t="inlineStr"><is><t>`+string(noise)+`</t></is></c></row></sheetData>`)
	r, err := New("f.xlsx", in, Options{})
	for err == nil {
		_, err = r.Next()
	}
	if err == io.EOF {
		t.Fatal("was read")
	}
	if e := asError(t, err); e.Code != CodeDamaged || e.Row {
		t.Errorf("%+v", e)
	}
}

func BenchmarkXLSX(b *testing.B) {
	in := buildXLSX(b, func(x *xlsxFile) {
		w, err := x.NewStreamWriter("Sheet1")
		x.ok(err)
		x.ok(w.SetRow("A1", []any{"id", "full_name", "sex", "birth_date", "nationality", "passport_no", "address"}))
		for i := range 20_000 {
			x.ok(w.SetRow(fmt.Sprintf("A%d", i+2), []any{i, "CONTOH SATU DUA", "F", "1990-05-17", "IDN", "X0000000", "street 12"}))
		}
		x.ok(w.Flush())
	})
	b.ReportAllocs()
	for b.Loop() {
		r, err := New("", in, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
