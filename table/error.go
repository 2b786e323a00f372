package table

import (
	"fmt"
	"strings"
)

// Codes of errors. They are stable: scripts see them in --json output.
const (
	CodeNotFound        = "not_found"             // there is no such file
	CodeUnreadable      = "unreadable"            // the file cannot be read: a folder, no permission, a fault of the disk
	CodeEmptyFile       = "empty_file"            // nothing in the file, or no sheet with a header
	CodeBinaryFile      = "binary_file"           // not a table; the message names what it looks like
	CodeNotXLSX         = "not_xlsx"              // a zip archive that is not an XLSX workbook
	CodeTruncated       = "truncated"             // the workbook ends too early
	CodeDamaged         = "damaged"               // the workbook contradicts itself: checksum, XML, row order
	CodeZipBomb         = "zip_bomb"              // the workbook would unpack to an absurd size
	CodeNoSheet         = "no_sheet"              // the workbook has no sheet of the name asked for
	CodeTooLarge        = "too_large"             // more bytes than Options.MaxBytes
	CodeTooManyRows     = "too_many_rows"         // more rows than Options.MaxRows
	CodeTooManyColumns  = "too_many_columns"      // more columns than Options.MaxColumns
	CodeDuplicateColumn = "duplicate_column"      // two columns with one name
	CodeAmbiguousColumn = "ambiguous_column"      // two columns that mean one field
	CodeBadEncoding     = "bad_encoding"          // bytes that are no text in the file's encoding
	CodeBadQuote        = "bad_quote"             // a quote mark out of place or never closed
	CodeCellTooLong     = "cell_too_long"         // more bytes than Options.MaxCell
	CodeTooFewCells     = "too_few_cells"         // fewer cells than the header
	CodeTooManyCells    = "too_many_cells"        // more cells than the header
	CodeNumberPrecision = "number_precision"      // an integer that a spreadsheet may have rounded
	CodeBadNumber       = "bad_number"            // a numeric cell of a spreadsheet that holds no number or no date
	CodeFormulaNoValue  = "formula_without_value" // a formula whose result is not stored
	CodeFormulaError    = "formula_error"         // a spreadsheet's error value, such as a division by zero
	CodeClosed          = "closed"                // Next after Close
	CodeStopped         = "stopped"               // Options.Stop ended it
)

// Error is every refusal of this package: a file that cannot be read or, with
// Row set, one row of it. It never holds what a cell held.
type Error struct {
	Code    string   // one of the Code constants
	Message string   // what is wrong
	Hint    string   // what to do; may be empty
	File    string   // the name given to [Open] or [New]
	Line    int      // the first physical line (CSV) or the row (XLSX), from 1; 0 if it concerns no line
	Column  string   // the column's name, or "column 7" where it has none; empty if it concerns no column
	Row     bool     // only this row: reading may go on
	Err     error    // the cause, where the operating system or Options.Stop gave one
	More    []*Error // further faults of the same row

	at int // the column from 1, for the Reader to name
}

// Error returns one line without the hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if e.Column != "" {
		fmt.Fprintf(&b, "%s: ", e.Column)
	}
	b.WriteString(e.Message)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// and adds a fault of the same row; e may be nil.
func (e *Error) and(further *Error) *Error {
	if e == nil {
		return further
	}
	e.More = append(e.More, further)
	return e
}

func stopped(err error) *Error {
	return &Error{Code: CodeStopped, Message: "reading was stopped: " + err.Error(), Hint: "run the command again", Err: err}
}
