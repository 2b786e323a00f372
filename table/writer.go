package table

import (
	"bufio"
	"bytes"
	"io"
	"runtime"
	"strings"
	"sync"
)

// Writer writes CSV: UTF-8, commas, "\n" at the end of each row, quotes where
// RFC 4180 needs them. A cell that a spreadsheet could take for a formula is
// written with an apostrophe before it, except plain numbers such as -12.5.
//
// What a Writer has written a [Reader] hands out again, apart from blanks around
// cells, rows of blank cells only, and "\r\n" or "\r" inside a cell, which become "\n".
type Writer struct {
	w *bufio.Writer
}

// NewWriter returns a Writer to w. It is buffered: call Flush at the end.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 64<<10)}
}

// WriteRows writes a header and n rows to w as a Writer does. Rows are put into words on all
// processors: row, which appends the cells of row i, is called by several goroutines, in no
// order.
func WriteRows(w io.Writer, header []string, n int, row func(cells []string, i int) []string) error {
	const some = 1 << 12 // rows of each piece
	var head bytes.Buffer
	t := NewWriter(&head)
	t.Write(header)
	t.Flush() // to memory: there is no error
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	pieces := make([]bytes.Buffer, min(runtime.GOMAXPROCS(0), (n+some-1)/some))
	for from := 0; from < n; from += some * len(pieces) {
		var wg sync.WaitGroup
		for i := range pieces {
			wg.Go(func() {
				pieces[i].Reset()
				t, cells := NewWriter(&pieces[i]), make([]string, 0, len(header))
				for r := from + i*some; r < min(from+(i+1)*some, n); r++ {
					cells = row(cells[:0], r)
					t.Write(cells)
				}
				t.Flush()
			})
		}
		wg.Wait()
		for i := range pieces {
			if _, err := w.Write(pieces[i].Bytes()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Write writes one row. The error is w's; after one, every call returns it.
func (w *Writer) Write(cells []string) error {
	for i, c := range cells {
		if i > 0 {
			w.w.WriteByte(',')
		}
		if plain(c) {
			w.w.WriteString(c)
			continue
		}
		c = neutral(c)
		// A row of one empty cell would be a blank line, which readers pass over.
		if len(cells) == 1 && c == "" || needsQuotes(c) {
			w.w.WriteByte('"')
			for {
				j := strings.IndexByte(c, '"')
				if j < 0 {
					break
				}
				w.w.WriteString(c[:j])
				w.w.WriteString(`""`)
				c = c[j+1:]
			}
			w.w.WriteString(c)
			w.w.WriteByte('"')
		} else {
			w.w.WriteString(c)
		}
	}
	return w.w.WriteByte('\n')
}

// plain reports whether a cell is but letters and digits of ASCII, with points and signs
// between them: it is written as it is, as most are.
func plain(c string) bool {
	for i := 0; i < len(c); i++ {
		switch x := c[i]; {
		case '0' <= x && x <= '9', 'a' <= x && x <= 'z', 'A' <= x && x <= 'Z':
		case i == 0 || x != '.' && x != '-' && x != '_':
			return false
		}
	}
	return c != ""
}

// Flush hands on what is buffered and returns the first error of w.
func (w *Writer) Flush() error { return w.w.Flush() }

// needsQuotes reports whether the cell would not be read back as it is. Other
// delimiters count too: the first row tells readers which one the file uses.
func needsQuotes(c string) bool {
	return c != "" && (c[0] == ' ' || c[len(c)-1] == ' ' || strings.ContainsAny(c, "\",\r\n;\t|"))
}
