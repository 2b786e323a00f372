package table

import (
	"fmt"
	"strings"
)

// titleRows is how many rows of one cell may stand above the header of a sheet.
const titleRows = 10

// xlsxSource hands out the rows of one sheet of a workbook, in the order of the file.
type xlsxSource struct {
	sheet      string
	notes      []string
	header     []string
	headerLine int

	rows    *sheetRows
	pending []sheetRow // read while looking for the header, still to be handed out
	shaped  sheetRow   // the row that shape speaks of
}

// sheetRow is one row that is not blank.
type sheetRow struct {
	line   int
	cells  []string
	width  int      // columns up to the last one with a value, also beyond the limit
	faults []*Error // of its cells, while it is read
	err    *Error
}

// openXLSX opens the sheet that o names, or the first visible one that has a
// header, and reads up to the header.
func openXLSX(data []byte, o Options) (*xlsxSource, *Error) {
	p, err := openPackage(data, o.Stop)
	if err != nil {
		return nil, err
	}
	book, err := p.workbook()
	if err != nil {
		return nil, err
	}
	if o.Sheet != "" {
		for _, s := range book.sheets {
			if strings.EqualFold(Trim(s.name), Trim(o.Sheet)) {
				x, err := book.open(s, o)
				if err == nil && x == nil {
					err = &Error{Code: CodeEmptyFile, Message: fmt.Sprintf("the sheet %q is empty", s.name), Hint: "its first row must name the columns"}
				}
				return x, err
			}
		}
		return nil, &Error{
			Code:    CodeNoSheet,
			Message: fmt.Sprintf("the workbook has no sheet %q", o.Sheet),
			Hint:    "its sheets are " + sheetNames(book.sheets),
		}
	}
	for _, s := range book.sheets {
		if s.hidden {
			continue
		}
		x, err := book.open(s, o)
		if err != nil {
			return nil, err
		}
		if x == nil {
			continue
		}
		var others []sheet
		for _, t := range book.sheets {
			if t.name != s.name {
				others = append(others, t)
			}
		}
		if len(others) > 0 {
			x.notes = append(x.notes, fmt.Sprintf("only the sheet %q is read, not %s", s.name, sheetNames(others)))
		}
		return x, nil
	}
	return nil, &Error{
		Code:    CodeEmptyFile,
		Message: "no visible sheet of the workbook has a header",
		Hint:    "its sheets are " + sheetNames(book.sheets),
	}
}

// sheetNames lists at most twenty sheets.
func sheetNames(sheets []sheet) string {
	var names []string
	for i, s := range sheets {
		if i == 20 {
			names = append(names, fmt.Sprintf("and %d more", len(sheets)-i))
			break
		}
		n := fmt.Sprintf("%q", s.name)
		if s.hidden {
			n += " (hidden)"
		}
		names = append(names, n)
	}
	return strings.Join(names, ", ")
}

// open reads a sheet up to its header. A sheet without any row gives nil.
//
// Offices write a title above the header: up to ten rows with one cell each are
// passed over, with a note, if a row with more cells follows.
func (b *workbook) open(s sheet, o Options) (*xlsxSource, *Error) {
	rows, err := b.rows(s, o)
	if err != nil {
		return nil, err
	}
	x := &xlsxSource{sheet: s.name, rows: rows}
	for len(x.pending) <= titleRows {
		r := rows.next()
		if r.err != nil && !r.err.Row {
			return nil, r.err
		}
		if r.line == 0 {
			break
		}
		r.cells = append([]string(nil), r.cells...)
		x.pending = append(x.pending, r)
		if r.width > 1 && filled(r.cells) > 1 {
			if n := len(x.pending) - 1; n > 0 {
				x.notes = append(x.notes, fmt.Sprintf("the header of the sheet %q is row %d; %d above it not read", s.name, r.line, n))
				x.pending = x.pending[n:]
			}
			break
		}
	}
	if len(x.pending) == 0 {
		return nil, nil
	}
	head := x.pending[0]
	x.pending = x.pending[1:]
	if head.err != nil {
		return nil, head.err
	}
	x.header, x.headerLine, x.shaped = head.cells, head.line, head
	return x, nil
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if c != "" {
			n++
		}
	}
	return n
}

func (x *xlsxSource) next() (int, []string, *Error) {
	if len(x.pending) > 0 {
		x.shaped, x.pending = x.pending[0], x.pending[1:]
	} else {
		x.shaped = x.rows.next()
	}
	return x.shaped.line, x.shaped.cells, x.shaped.err
}

func (x *xlsxSource) shape() (begin, end, cells int) {
	return x.shaped.line, x.shaped.line, x.shaped.width
}

func (x *xlsxSource) padded() bool { return true }
