package table

import (
	"encoding/xml"
	"io"
	"slices"
	"strconv"
)

// sheetRows reads the rows of a sheet as a stream.
type sheetRows struct {
	book   *workbook
	o      Options
	s      *xmlStream
	begun  bool // inside sheetData
	done   bool
	line   int // of the last row
	cells  []string
	merges []merge       // that have not begun, by first row
	active map[int]merge // by column
}

func (b *workbook) rows(s sheet, o Options) (*sheetRows, *Error) {
	merges, err := b.merges(s.part)
	if err != nil {
		return nil, err
	}
	stream, err := b.pkg.stream(s.part, maxInflated)
	if err != nil {
		return nil, err
	}
	return &sheetRows{book: b, o: o, s: stream, merges: merges, active: make(map[int]merge)}, nil
}

// next returns the next row that is not blank; one of line 0 without error at the end.
func (r *sheetRows) next() sheetRow {
	for !r.done {
		t, err := r.s.token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // the rows were not closed
		}
		if err != nil {
			return r.fail(damaged(err))
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "sheetData":
				r.begun = true
			case "row":
				if !r.begun {
					continue
				}
				row, fault := r.row(e)
				if fault != nil {
					return r.fail(fault)
				}
				if row.width > 0 || row.err != nil {
					return row
				}
			}
		case xml.EndElement:
			if e.Name.Local == "sheetData" {
				// The checksum of the part is compared at its end.
				for {
					if _, err := r.s.token(); err == io.EOF {
						break
					} else if err != nil {
						return r.fail(damaged(err))
					}
				}
				r.done = true
				r.s.part.Close()
			}
		}
	}
	return sheetRow{}
}

func (r *sheetRows) fail(err *Error) sheetRow {
	r.done = true
	r.s.part.Close()
	err.Line = r.line
	return sheetRow{err: err}
}

// row reads one row. The second result is a fault of the whole sheet; one of
// this row only stands in the row.
func (r *sheetRows) row(start xml.StartElement) (sheetRow, *Error) {
	line := r.line + 1
	if v := attr(start, "r"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < line || n > maxLine {
			return sheetRow{}, &Error{Code: CodeDamaged, Message: "the rows of the sheet are out of order", Hint: "open the workbook in a spreadsheet program and save it anew"}
		}
		line = n
	}
	if r.line = line; line > maxLine {
		return sheetRow{}, damaged(tooMany("rows"))
	}
	row := sheetRow{line: line}
	r.cells = r.cells[:0]
	column := 0
	for {
		t, err := r.s.token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return row, damaged(err)
		}
		switch e := t.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				r.merge(&row)
				row.close(r.cells)
				return row, nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			column++
			c, err := r.cell(e)
			if err != nil {
				return row, damaged(err)
			}
			if n, _ := position(c.ref); n > 0 {
				column = n
			}
			value, fault := r.book.value(c)
			if fault == nil && len(value) > r.o.MaxCell {
				fault = cellTooLong(line, line, column-1, r.o.MaxCell)
			}
			if fault != nil {
				fault.Line, fault.Row, fault.at = line, true, column
				row.add(fault, r.o.MaxColumns)
				continue
			}
			r.put(&row, column, value)
		}
	}
}

// add keeps a fault of the row; a row has no more of them than cells that count.
func (row *sheetRow) add(fault *Error, most int) {
	if len(row.faults) < most {
		row.faults = append(row.faults, fault)
	}
}

// close ends the row: its faults become one error, in the order of the columns.
func (row *sheetRow) close(cells []string) {
	row.cells = cells
	slices.SortStableFunc(row.faults, func(a, b *Error) int { return a.at - b.at })
	for _, f := range row.faults {
		own := *f // a merged cell has its fault in several rows
		row.err = row.err.and(&own)
	}
}

// put sets the value of a column (from 1).
func (r *sheetRows) put(row *sheetRow, column int, value string) {
	if value == "" {
		return
	}
	row.width = max(row.width, column)
	if column > r.o.MaxColumns {
		return
	}
	for len(r.cells) < column {
		r.cells = append(r.cells, "")
	}
	r.cells[column-1] = value
}

// cell is a c element: a reference, a type, a style and what it holds.
type cell struct {
	ref, kind string
	style     int
	value     []byte // of v, or the text of an in-line string
	stored    bool   // there is a v element
	formula   bool
}

func (r *sheetRows) cell(start xml.StartElement) (cell, error) {
	c := cell{}
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			c.ref = a.Value
		case "t":
			c.kind = a.Value
		case "s":
			c.style, _ = strconv.Atoi(a.Value) // what is no number is the first style
		}
	}
	inValue := false
	for {
		t, err := r.s.token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return c, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "v":
				inValue, c.stored = true, true
			case "f":
				c.formula = true
			case "is":
				if c.value, err = r.s.richText("is"); err != nil {
					return c, err
				}
				c.stored = true
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "v":
				inValue = false
			case "c":
				return c, nil
			}
		case xml.CharData:
			if inValue {
				if len(c.value)+len(e) > maxToken {
					return c, errToken
				}
				c.value = append(c.value, e...)
			}
		}
	}
}

// merge fills the columns of the row that are merged with a row above. A row
// that has nothing else stays blank.
func (r *sheetRows) merge(row *sheetRow) {
	if row.width == 0 && len(row.faults) == 0 {
		return
	}
	for column, m := range r.active {
		if m.last < row.line {
			delete(r.active, column)
			continue
		}
		if column <= len(r.cells) && r.cells[column-1] != "" {
			continue
		}
		if m.err != nil {
			fault := *m.err
			fault.Line = row.line
			row.add(&fault, r.o.MaxColumns)
		}
		r.put(row, column, m.value)
	}
	for len(r.merges) > 0 && r.merges[0].first <= row.line {
		m := r.merges[0]
		r.merges = r.merges[1:]
		if m.first != row.line || m.column > r.o.MaxColumns {
			continue
		}
		if m.column <= len(r.cells) {
			m.value = r.cells[m.column-1]
		}
		if i := slices.IndexFunc(row.faults, func(e *Error) bool { return e.at == m.column }); i >= 0 {
			m.err = row.faults[i]
		}
		r.active[m.column] = m
	}
}
