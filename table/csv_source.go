package table

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// csvSource hands out the rows of a CSV file, trimmed and checked.
type csvSource struct {
	p       csvParser
	maxCell int
	stop    func() error
	turns   int
	suspect bool // the data holds bytes that are no UTF-8, or NULs: look at each cell
}

func (s *csvSource) next() (int, []string, *Error) {
	for {
		// Rows of blank cells are many in some files.
		if s.turns++; s.turns&0xfff == 0 {
			if err := s.stop(); err != nil {
				return 0, nil, stopped(err)
			}
		}
		more, err := s.p.next()
		if err != nil || !more {
			return 0, nil, err
		}
		if err := s.clean(); err != nil {
			return s.p.begin, s.p.cells, err
		}
		if !allEmpty(s.p.cells) || s.p.count > len(s.p.cells) {
			return s.p.begin, s.p.cells, nil
		}
	}
}

func (s *csvSource) shape() (begin, end, cells int) { return s.p.begin, s.p.end, s.p.count }

func (s *csvSource) padded() bool { return false }

// clean trims the cells of the row, takes neutralising apostrophes away and
// refuses, and blanks, what is no text or too long.
func (s *csvSource) clean() (faults *Error) {
	cells := s.p.cells
	for i, c := range cells {
		if c == "" {
			continue
		}
		if len(c) > s.maxCell {
			faults = faults.and(cellTooLong(s.p.begin, s.p.end, i, s.maxCell))
			cells[i] = ""
			continue
		}
		if s.suspect {
			if what := badText(c); what != "" {
				faults = faults.and(&Error{
					Code: CodeBadEncoding, Message: what,
					Hint: "correct the cell, or save the file as CSV UTF-8 from the program it came from",
					Line: s.p.begin, Row: true, at: i + 1,
				})
				cells[i] = ""
				continue
			}
		}
		if printable(c[0]) && printable(c[len(c)-1]) && c[0] != '\'' {
			continue
		}
		if c = Trim(c); c != "" && c[0] == '\'' {
			c = unneutral(c)
		}
		cells[i] = c
	}
	return faults
}

func badText(cell string) string {
	switch {
	case !utf8.ValidString(cell):
		return "bytes that are no text in the encoding of the file"
	case strings.IndexByte(cell, 0) >= 0:
		return "a NUL character"
	}
	return ""
}

func allEmpty(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// A row of several physical lines says so: the cause is often a quote mark that
// stands where none should.
func lines(begin, end int) string {
	if end > begin {
		return fmt.Sprintf(" (the row runs from line %d to %d)", begin, end)
	}
	return ""
}

func cellTooLong(begin, end, column, limit int) *Error {
	return &Error{
		Code:    CodeCellTooLong,
		Message: fmt.Sprintf("the cell has more than the %d bytes allowed", limit) + lines(begin, end),
		Hint:    "shorten the cell; if a quote mark was left open before it, close it",
		Line:    begin, Row: true, at: column + 1,
	}
}

func tooManyCells(begin, end, got, want int) *Error {
	return &Error{
		Code:    CodeTooManyCells,
		Message: fmt.Sprintf("the row has %d cells, the header %d", got, want) + lines(begin, end),
		Hint:    "a cell that contains the delimiter must stand in quote marks",
		Line:    begin, Row: true,
	}
}

func tooFewCells(begin, end, got, want int) *Error {
	return &Error{
		Code:    CodeTooFewCells,
		Message: fmt.Sprintf("the row has %d cells, the header %d", got, want) + lines(begin, end),
		Hint:    "an empty cell still needs its delimiter",
		Line:    begin, Row: true,
	}
}
