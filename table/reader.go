package table

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// Reader hands out the rows of one file. It is for one goroutine at a time.
type Reader struct {
	name    string
	options Options
	format  string
	notes   []string
	header  []string
	line    int  // of the header
	known   bool // the header may be quoted
	days    bool // the file counts days from 1904
	src     source
	rows    int64
	ended   error // what Next returns from now on

	raw    []byte // the file's bytes while the hash is still to be computed from them
	size   int64
	hash   [sha256.Size]byte
	hashed bool
}

// source is a kind of file.
type source interface {
	// next returns the next row that is not blank and its line, from 1. Line 0
	// without error is the end. Cells are trimmed, and valid until the next call.
	// After an error with Row set it goes on; the cells with such an error are
	// those that could be read, the others blank, or nil.
	next() (line int, cells []string, err *Error)
	// shape returns the first and last physical line of that row, and how many
	// cells it has; those beyond Options.MaxColumns are counted, not handed out.
	shape() (begin, end, cells int)
	// padded reports whether the format leaves empty cells at the end of a row
	// out, so that a short row is no fault.
	padded() bool
}

// Row is one row of a table.
type Row struct {
	Line int // the first physical line (CSV) or the row (XLSX), from 1
	// Cells has as many cells as the header. The slice is valid until the next
	// call of Next. The strings stay valid, but each may keep the whole file in
	// memory: keep a strings.Clone of what is to outlive the Reader.
	Cells []string
}

// Open reads the file's header. The whole file is read into memory first.
// Every error is an [*Error] without Row.
func Open(path string, o Options) (*Reader, error) {
	o = o.withDefaults()
	data, err := readFile(path, o.MaxBytes)
	if err != nil {
		return nil, err
	}
	return New(path, data, o)
}

func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info.IsDir() {
		return nil, &Error{Code: CodeUnreadable, Message: "this is a folder", Hint: "name a file in it", File: path}
	}
	if info.Size() > limit {
		return nil, tooLarge(path, limit)
	}
	// A pipe has no size, and a file may grow or shrink while it is read.
	data := make([]byte, 0, info.Size()+512)
	if info.Mode().IsRegular() {
		data = data[:readPieces(f, data[:info.Size()])]
		if _, err := f.Seek(int64(len(data)), io.SeekStart); err != nil {
			return nil, unreadable(path, err)
		}
	}
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, unreadable(path, err)
		}
		if int64(len(data)) > limit {
			return nil, tooLarge(path, limit)
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// readPieces reads a file from its beginning, on all processors: memory that is written for
// the first time is what takes long. It returns how many bytes it read before one that it
// could not.
func readPieces(f io.ReaderAt, data []byte) int {
	const size = 1 << 22
	read := make([]int, (len(data)+size-1)/size)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(read)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(read); i = int(next.Add(1)) - 1 {
				read[i], _ = f.ReadAt(data[i*size:min((i+1)*size, len(data))], int64(i*size))
			}
		})
	}
	wg.Wait()
	n := 0
	for i := range read {
		if n += read[i]; n < min((i+1)*size, len(data)) {
			break
		}
	}
	return n
}

func unreadable(path string, err error) *Error {
	e := &Error{Code: CodeUnreadable, File: path, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code = CodeNotFound
		e.Message = "no such file"
		e.Hint = "check the name and the folder"
	case errors.Is(err, fs.ErrPermission):
		e.Message = "no permission to read the file"
		e.Hint = "ask whoever owns the file for the right to read it"
	default:
		e.Message = "the file cannot be read"
		if p := new(fs.PathError); errors.As(err, &p) {
			e.Message += ": " + p.Err.Error()
		}
	}
	return e
}

func tooLarge(name string, limit int64) *Error {
	return &Error{
		Code:    CodeTooLarge,
		Message: fmt.Sprintf("the file has more than the %d bytes allowed", limit),
		Hint:    "split it into several files, each with the header",
		File:    name,
	}
}

// New reads a table from memory; name stands in errors. The data must not be
// changed afterwards, since cells alias it. Every error is an [*Error] without Row.
func New(name string, data []byte, o Options) (*Reader, error) {
	r := &Reader{name: name, options: o.withDefaults(), raw: data, size: int64(len(data))}
	if r.size > r.options.MaxBytes {
		return nil, tooLarge(name, r.options.MaxBytes)
	}
	if err := r.open(data); err != nil {
		return nil, r.locate(err, false)
	}
	return r, nil
}

func (r *Reader) open(data []byte) *Error {
	if err := refuse(data); err != nil {
		return err
	}
	var header []string
	var line int
	var err *Error
	if isZip(data) {
		x, err := openXLSX(data, r.options)
		if err != nil {
			return err
		}
		r.src, r.format, r.notes, r.days = x, "xlsx sheet "+x.sheet, x.notes, x.rows.book.date1904
		header, line = x.header, x.headerLine
	} else {
		text, err := decode(data)
		if err != nil {
			return err
		}
		if text.converted {
			r.SHA256() // so that the file's bytes need not be kept beside the text
		}
		body, skipped, comma := sniff(text.data)
		src := &csvSource{
			p:       csvParser{data: body, line: skipped, comma: comma, max: r.options.MaxColumns, limit: r.options.MaxCell},
			maxCell: r.options.MaxCell,
			suspect: text.suspect,
			stop:    r.options.Stop,
		}
		r.src, r.format = src, "csv "+text.encoding+" "+delimiterName(comma)
		if line, header, err = src.next(); err != nil {
			return err
		}
		if line == 0 {
			return &Error{Code: CodeEmptyFile, Message: "the file holds nothing but blank lines", Hint: "the first line must name the columns"}
		}
	}
	if _, _, n := r.src.shape(); n > r.options.MaxColumns {
		return &Error{
			Code:    CodeTooManyColumns,
			Message: fmt.Sprintf("the header has %d columns, more than the %d allowed", n, r.options.MaxColumns),
			Hint:    "remove the columns that are not needed",
			Line:    line,
		}
	}
	header = append([]string(nil), header...)
	r.known, r.line = r.options.Known.Knows(header), line
	if r.header, err = checkHeader(header, r.known); err != nil {
		err.Line = line
		return err
	}
	return nil
}

// locate completes an error from a source: file, name of the column, and
// whether only a row is concerned.
func (r *Reader) locate(e *Error, row bool) *Error {
	e.File = r.name
	if e.at > 0 {
		e.Column = r.Column(e.at - 1)
	}
	e.Row = e.Row && row
	for _, m := range e.More {
		r.locate(m, row)
	}
	return e
}

// Header returns the column names, trimmed. A column between others may have no
// name; columns without a name at the end are left out. The caller may keep it.
func (r *Reader) Header() []string { return r.header }

// HeaderLine returns the line of the column names, from 1: blank lines and the
// titles of a sheet may stand above it.
func (r *Reader) HeaderLine() int { return r.line }

// Column names column i (from 0) for a message: by its heading if the header is
// known as one (see [Vocabulary]), else by its place.
func (r *Reader) Column(i int) string { return columnName(r.header, r.known, i) }

// Date1904 reports whether the file is a workbook that counts days from 1904.
// Cells that are formatted as dates come as ISO dates all the same; a bare number
// that is meant as a day is then not what it is elsewhere.
func (r *Reader) Date1904() bool { return r.days }

// Format tells what the file was recognised as, such as "csv utf-8 ;",
// "csv utf-16le tab" or "xlsx sheet Residents".
func (r *Reader) Format() string { return r.format }

// Notes returns what an officer should know about the choice of what is read,
// one sentence each: sheets of a workbook that are not read.
func (r *Reader) Notes() []string { return r.notes }

// Size returns the size of the file in bytes.
func (r *Reader) Size() int64 { return r.size }

// SHA256 returns the hash of the file's bytes. It may be asked for at any time,
// also after Close, and is computed once, when it is first asked for.
func (r *Reader) SHA256() [sha256.Size]byte {
	if !r.hashed {
		r.hash = sha256.Sum256(r.raw)
		r.hashed = true
		r.raw = nil
	}
	return r.hash
}

// Next returns the next row. At the end the error is io.EOF. An [*Error] with
// Row set concerns one row, and Next may be called again; the Row beside it has
// the cells that could be read, the others blank, or no cells if it could not be
// cut into as many as the header has. After any other error every call returns
// the same one.
func (r *Reader) Next() (Row, error) {
	if r.ended != nil {
		return Row{}, r.ended
	}
	line, cells, err := r.src.next()
	if err == nil && line == 0 {
		r.ended = io.EOF
		return Row{}, r.ended
	}
	if r.rows++; r.rows > r.options.MaxRows {
		err = &Error{
			Code:    CodeTooManyRows,
			Message: fmt.Sprintf("the file has more than the %d rows allowed", r.options.MaxRows),
			Hint:    "split it into several files, each with the header",
			Line:    line,
		}
	}
	if len(cells) != len(r.header) && (err == nil || cells != nil) {
		fitting, fault := r.fit(cells)
		if cells = fitting; fault != nil && err == nil {
			err = fault
		}
	}
	if err != nil {
		err = r.locate(err, true)
		if !err.Row {
			r.ended = err
			return Row{}, err
		}
		return Row{Line: err.Line, Cells: cells}, err
	}
	return Row{Line: line, Cells: cells}, nil
}

// fit brings a row to the width of the header: empty cells beyond it are
// forgiven, and missing ones where the format leaves empty cells out.
func (r *Reader) fit(cells []string) ([]string, *Error) {
	want := len(r.header)
	begin, end, got := r.src.shape()
	if got > want {
		if got == len(cells) && allEmpty(cells[want:]) {
			return cells[:want], nil
		}
		return nil, tooManyCells(begin, end, got, want)
	}
	if !r.src.padded() {
		return nil, tooFewCells(begin, end, got, want)
	}
	for len(cells) < want {
		cells = append(cells, "")
	}
	return cells, nil
}

// Close ends reading. SHA256, Size, Header and Format still answer.
func (r *Reader) Close() error {
	r.src = nil
	if r.ended == nil || r.ended == io.EOF {
		r.ended = &Error{Code: CodeClosed, Message: "the table is closed", File: r.name}
	}
	return nil
}
