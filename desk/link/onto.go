package link

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"mitra/identity/linkage"
	"mitra/table"
)

// ReadRegister reads a register that was kept, until ctx ends. What is wrong with the file is a [*table.Error].
func ReadRegister(ctx context.Context, path string) (*linkage.Register, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := linkage.ReadRegister(stoppingReader{ctx, f})
	if errors.Is(err, linkage.ErrDamaged) {
		return nil, &table.Error{Code: "bad_register", Message: err.Error(), File: path,
			Hint: "name a file that mitra link --keep made; if this is one, put back a copy of it; if an earlier Mitra made it, link all records anew"}
	}
	return r, err
}

// WriteRegister writes a register, until ctx ends.
func WriteRegister(ctx context.Context, w io.Writer, r *linkage.Register) error {
	_, err := r.WriteTo(stoppingWriter{ctx, w})
	return err
}

// Add adds the rows of a file to a side of a register. Its columns are those by which the register compares, in any order, and others; id
// names the one that names the records, empty: the one that is called as in the register, else one of a usual name. keep, if not nil, gets
// the cells of each row. What is wrong with the file is a [*table.Error].
func Add(ctx context.Context, roll *linkage.Roll, path, id string, keep func(f *File, cells []string)) error {
	headings := roll.Headings()
	if at := roll.IDColumn(); id == "" && at >= 0 {
		id = headings[at]
	}
	f, err := Open(ctx, path, id, table.NewVocabulary(headings...))
	if err != nil {
		return err
	}
	defer f.Close()
	if f.ID < 0 {
		return &table.Error{Code: "no_id", Message: "no column names the records", File: path, Hint: "name a column with --id; " + f.Columns()}
	}
	rows := &rollRows{roll: roll, cells: make([]string, len(headings))}
	var lacking []string
	for i, h := range headings {
		rows.from = append(rows.from, f.At(h))
		if rows.from[i] < 0 && roll.Compared(i) {
			lacking = append(lacking, h)
		}
	}
	if len(lacking) > 0 {
		return &table.Error{Code: "no_column", Message: "the file lacks what the register compares: " + strings.Join(lacking, ", "), Column: lacking[0], File: path,
			Hint: "give it these columns, empty if nothing is known; " + f.Columns()}
	}
	return f.Load(ctx, rows, keep)
}

// rollRows puts cells into the order of a register's columns.
type rollRows struct {
	roll  *linkage.Roll
	from  []int // of each column of the register, the file's; -1: none
	cells []string
	ids   []string // of the file's rows
}

// ID returns the id of the row that was added as number i.
func (r *rollRows) ID(i int) string { return r.ids[i] }

func (r *rollRows) Add(id string, cells []string) {
	r.ids = append(r.ids, strings.Clone(id))
	for i, at := range r.from {
		r.cells[i] = ""
		if at >= 0 && at < len(cells) {
			r.cells[i] = cells[at]
		}
	}
	r.roll.Add(id, r.cells)
}

// Outgrown reports whether a register has more than twice the records of which its model was learned: it is better made anew.
func Outgrown(r *linkage.Register) bool {
	m := r.Model()
	return r.Left().Len() > 2*m.Records[0] || !m.Duplicates && r.Right().Len() > 2*m.Records[1]
}

// Files are read and written until whoever waits gives up.
type (
	stoppingReader struct {
		ctx context.Context
		io.Reader
	}
	stoppingWriter struct {
		ctx context.Context
		io.Writer
	}
)

func (r stoppingReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

func (w stoppingWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}
