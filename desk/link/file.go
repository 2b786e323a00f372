package link

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"

	"mitra/identity/linkage"
	"mitra/table"
)

// idColumns are tried in this order where --id names none.
var idColumns = []string{"id", "rec_id", "unique_id", "record_id"}

// A File is one on its way into the linker.
type File struct {
	*table.Reader
	ID int // column of ids, or -1: rows are numbered

	path  string
	known table.Vocabulary
	rows  *rowTable
}

// IDs tells the id of each record.
type IDs interface{ ID(i int) string }

// A Side is where rows go.
type Side interface {
	IDs
	Add(id string, cells []string)
}

// rowTable finds records by their ids. It keeps no texts: the side has them.
type rowTable struct {
	side    IDs
	seed    maphash.Seed
	slots   []uint64 // piece of the hash, number of the record + 1; 0 is free
	lines   []int32  // of each record in the file
	waiting []uint64 // pieces of the hashes of the last records' ids, which have no slot yet
	warmed  uint64   // see settle
}

// rowBatch is how many ids get their slots together: these lie far apart, and many waits
// for memory are as long as one.
const rowBatch = 64

// slot returns the slot of an id, h being the piece of its hash that stands there.
func (t *rowTable) slot(h uint64, id string) *uint64 {
	for i := h; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if *s == 0 || *s>>32 == h && t.side.ID(int(uint32(*s))-1) == id {
			return s
		}
	}
}

func (t *rowTable) piece(id string) uint64 { return maphash.String(t.seed, id) >> 32 }

// find returns the number of the record of this id, from 0, or false.
func (t *rowTable) find(id string) (int, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	s := t.slot(t.piece(id), id)
	return int(uint32(*s)) - 1, *s != 0
}

// add takes in the id of the record that the side got last. It returns what settle does.
func (t *rowTable) add(id string, line int) (first, again int32) {
	t.lines, t.waiting = append(t.lines, int32(line)), append(t.waiting, t.piece(id))
	if len(t.waiting) < rowBatch {
		return 0, 0
	}
	return t.settle()
}

// settle finds slots for the ids that wait. It returns the lines of the first two records
// of one id, or zeros.
func (t *rowTable) settle() (first, again int32) {
	if 2*len(t.lines) >= len(t.slots) {
		old := t.slots
		t.slots = make([]uint64, max(1<<10, 2*len(old)))
		clear(t.slots) // memory that is read before it is written is asked for twice
		for _, s := range old {
			if s == 0 {
				continue
			}
			i := s >> 32
			for t.slots[i&uint64(len(t.slots)-1)] != 0 {
				i++
			}
			t.slots[i&uint64(len(t.slots)-1)] = s
		}
	}
	for _, h := range t.waiting {
		t.warmed += t.slots[h&uint64(len(t.slots)-1)]
	}
	n := len(t.lines) - len(t.waiting)
	for i, h := range t.waiting {
		s := t.slot(h, t.side.ID(n+i))
		if *s != 0 {
			return t.lines[uint32(*s)-1], t.lines[n+i]
		}
		*s = h<<32 | uint64(n+i+1)
	}
	t.waiting = t.waiting[:0]
	return 0, 0
}

// sameColumn reports whether two headings are one to the linker.
func sameColumn(a, b string) bool { return linkage.NormalColumn(a) == linkage.NormalColumn(b) }

// Open opens a file and finds the column of its ids; where id is empty, that of a usual name. Headings that it
// quotes in errors are those of a header in which known has one: other tables,
// of goods say, can be linked as well, but of them nothing tells a header from
// somebody's data.
func Open(ctx context.Context, path, id string, known table.Vocabulary) (*File, error) {
	r, err := table.Open(path, table.Options{Known: known, Stop: ctx.Err})
	if err != nil {
		return nil, err
	}
	if err := checkHeader(path, r); err != nil {
		return nil, err
	}
	f := &File{Reader: r, ID: -1, path: path, known: known}
	want := idColumns
	if id != "" {
		want = []string{id}
	}
	for _, w := range want {
		if f.ID = f.At(w); f.ID >= 0 {
			return f, nil
		}
	}
	if id != "" {
		r.Close()
		return nil, &table.Error{Code: "no_column", Message: "there is no column of that name to take ids from", Column: id, File: path,
			Hint: f.Columns()}
	}
	return f, nil
}

// At returns the place of a column, -1 if there is none of that name.
func (f *File) At(name string) int {
	return slices.IndexFunc(f.Header(), func(h string) bool { return sameColumn(h, name) })
}

// Columns tells, for a hint, what columns the file has.
func (f *File) Columns() string { return f.known.List(f.Header()) }

// Find returns the number of the record of this id, from 0, or false.
func (f *File) Find(id string) (int, bool) { return f.rows.find(id) }

// checkHeader refuses a first row that names no columns. A row of data taken
// for names would lose a record and compare nothing, in silence.
func checkHeader(path string, r *table.Reader) error {
	header := r.Header()
	e := &table.Error{Code: "no_header", File: path, Line: r.HeaderLine()}
	switch {
	case table.LooksLikeData(header):
		e.Message, e.Hint = "the first row looks like data, not like the names of columns", "add a first line that names the columns"
	case len(header) == 1 && strings.ContainsAny(strings.Trim(header[0], ": "), ":^~\x01\x1e\x1f"):
		e.Code, e.Message = "wrong_delimiter", "the columns are not separated by comma, semicolon, tab or bar"
		e.Hint = "save the file as CSV UTF-8 or as .xlsx from the program it came from"
	default:
		return nil
	}
	return e
}

// Load adds the rows to a side. keep, if not nil, gets the cells of each row.
func (f *File) Load(ctx context.Context, side Side, keep func(f *File, cells []string)) error {
	f.rows = &rowTable{side: side, seed: maphash.MakeSeed()}
	fault := func(code, message string, line int) error {
		return &table.Error{Code: code, Message: message, File: f.path, Line: line, Column: f.Column(f.ID),
			Hint: "give every row an id of its own, or name another column with --id"}
	}
	twice := func(first, again int32) error {
		if first == 0 {
			return nil
		}
		return fault("duplicate_id", fmt.Sprintf("line %d has the same id", first), int(again))
	}
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := f.Next()
		id := ""
		switch {
		case err != nil:
		case f.ID >= 0:
			id = row.Cells[f.ID]
		default:
			id = strconv.Itoa(n)
		}
		if id == "" { // the last row, or a bad one: what is wrong with those before it comes first
			if again := twice(f.rows.settle()); again != nil || err == io.EOF {
				return again
			}
			if err == nil {
				err = fault("no_id", "the row has no id", row.Line)
			}
			return err
		}
		side.Add(id, row.Cells)
		if err := twice(f.rows.add(id, row.Line)); err != nil {
			return err
		}
		if keep != nil {
			keep(f, slices.Clone(row.Cells))
		}
	}
}
