package table

import (
	"bytes"
	"strings"
)

// sample is how much of a file's beginning shows what it is.
const sample = 8 << 10

// kinds are the beginnings of files that are no tables, or not in a form that
// is read, and what to call them.
var kinds = []struct{ magic, name, hint string }{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or one that is protected by a password", "open it in a spreadsheet program and save it as .xlsx without a password"},
	{"%PDF", "a PDF document", ""},
	{"\x1f\x8b", "a gzip archive", "unpack it first"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"},
	{"Rar!\x1a\x07", "a RAR archive", "unpack it first"},
	{"\xfd7zXZ\x00", "an xz archive", "unpack it first"},
	{"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"},
	{"\x89PNG\r\n\x1a\n", "a PNG picture", ""},
	{"\xff\xd8\xff", "a JPEG picture", ""},
	{"GIF87a", "a GIF picture", ""},
	{"GIF89a", "a GIF picture", ""},
	{"II*\x00", "a TIFF picture", ""},
	{"MM\x00*", "a TIFF picture", ""},
	{"SQLite format 3\x00", "an SQLite database", "export the table as CSV"},
	{"\x00\x01\x00\x00Standard ", "an Access database", "export the table as CSV"},
	{"PAR1\x15", "a Parquet file", "export it as CSV"},
	{"\x7fELF", "a program", ""},
	{"MZ\x90", "a program", ""},
	{`{\rtf`, "an RTF document", ""},
}

// refuse names what is surely no table. What it lets pass may still be none.
func refuse(data []byte) *Error {
	if len(data) == 0 {
		return &Error{Code: CodeEmptyFile, Message: "the file is empty", Hint: "the first line must name the columns"}
	}
	for _, k := range kinds {
		if bytes.HasPrefix(data, []byte(k.magic)) {
			return notATable(k.name, k.hint)
		}
	}
	// Web pages and Excel's XML of 2003 are often called .xls.
	head := strings.ToLower(string(data[:min(len(data), 512)]))
	head = strings.TrimLeftFunc(head, blank)
	for _, p := range []string{"<!doctype html", "<html", "<table", "<?xml"} {
		if strings.HasPrefix(head, p) {
			return notATable("a web page or an XML document", "")
		}
	}
	return nil
}

func notATable(what, hint string) *Error {
	if hint == "" {
		hint = "save the table as CSV UTF-8 or as .xlsx"
	}
	return &Error{Code: CodeBinaryFile, Message: "this is no table: it looks like " + what, Hint: hint}
}

// isZip reports whether the data begins as a zip archive, which XLSX is.
func isZip(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
}

// looksBinary reports whether the beginning of UTF-8 or eight-bit data is no text:
// a NUL, or control characters in more than a fiftieth of it.
func looksBinary(data []byte) bool {
	data = data[:min(len(data), sample)]
	controls := 0
	for _, c := range data {
		switch {
		case c == 0:
			return true
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v':
			controls++
		}
	}
	return controls*50 > len(data)
}
