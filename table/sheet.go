package table

import (
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// MaxSheetRows is how many rows a sheet has, the header among them.
const MaxSheetRows = excelize.TotalRows

// Sheet writes a workbook of one sheet, row by row. All cells are texts, and one that a spreadsheet could take for a formula has an
// apostrophe before it, as [Writer] writes it: the sheet may be saved as CSV.
type Sheet struct {
	w     io.Writer
	file  *excelize.File
	rows  *excelize.StreamWriter
	n     int
	cells []any
}

// NewSheet returns a Sheet whose Flush writes the workbook to w. What does not fit into memory lies in a file in dir until then; only
// this user of the machine should be able to read that folder.
func NewSheet(w io.Writer, dir string) (*Sheet, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: dir})
	rows, err := f.NewStreamWriter(f.GetSheetName(0))
	if err != nil {
		return nil, err
	}
	return &Sheet{w: w, file: f, rows: rows}, nil
}

// Write writes one row.
func (s *Sheet) Write(cells []string) error {
	s.n++
	s.cells = s.cells[:0]
	for _, c := range cells {
		s.cells = append(s.cells, neutral(c))
	}
	return s.rows.SetRow("A"+strconv.Itoa(s.n), s.cells)
}

// Flush writes the workbook.
func (s *Sheet) Flush() error {
	if err := s.rows.Flush(); err != nil {
		return err
	}
	return s.file.Write(s.w)
}

// Close lets go of what lies in the folder.
func (s *Sheet) Close() error { return s.file.Close() }
