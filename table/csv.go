package table

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// csvParser cuts a file in memory into rows of cells, as encoding/csv does with
// FieldsPerRecord -1 and TrimLeadingSpace before quotes.
//
// It is fast on the usual line, which has no quote mark: the line is found with
// one search and cut eight bytes at a time. Cells alias data.
type csvParser struct {
	data  []byte
	pos   int  // where the next line begins
	line  int  // physical lines before pos
	comma byte // ASCII
	max   int  // cells kept of a row; further ones are only counted
	cells []string
	count int // cells in the row, kept or not
	begin int // first physical line of the row, from 1
	end   int // last physical line of the row
	arena []byte
}

// arenaSize is the size of the pieces of memory in which cells are put together
// that do not stand in the data as they are. Cells alias them, so what is
// written there never changes; a piece that is full is left to its cells.
const arenaSize = 64 << 10

// next parses one row into p.cells. It returns false at the end of the data.
// After an error parsing goes on at the physical line after p.begin.
func (p *csvParser) next() (bool, *Error) {
	for {
		if p.pos >= len(p.data) {
			return false, nil
		}
		line, next := p.cut(p.pos)
		p.line++
		if len(line) == 0 { // a blank line is no row
			p.pos = next
			continue
		}
		p.cells, p.count = p.cells[:0], 0
		p.begin, p.end = p.line, p.line
		if bytes.IndexByte(line, '"') < 0 {
			p.pos = next
			p.split(line)
			return true, nil
		}
		if cap(p.arena)-len(p.arena) < arenaSize/4 {
			p.arena = make([]byte, 0, arenaSize)
		}
		after, err := p.quoted(p.pos)
		if err != nil {
			p.pos = next
			return true, err
		}
		p.pos, p.line = after, p.end
		return true, nil
	}
}

// cut returns the line at pos without its line end, and where the next begins.
func (p *csvParser) cut(pos int) (line []byte, next int) {
	rest := p.data[pos:]
	i := bytes.IndexByte(rest, '\n')
	if i < 0 {
		// A carriage return before the end of the file is the half of a line end.
		return bytes.TrimSuffix(rest, []byte("\r")), len(p.data)
	}
	line = rest[:i]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, pos + i + 1
}

// split cuts a line without quote marks into cells.
func (p *csvParser) split(line []byte) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	pattern := uint64(p.comma) * ones
	start, i := 0, 0
	for ; i+8 <= len(line); i += 8 {
		// A byte of x is zero where the line has a delimiter. The usual test for
		// zero bytes can be wrong only above a true one, and then for the byte
		// 0x01; adding within seven bits is exact.
		x := binary.LittleEndian.Uint64(line[i:]) ^ pattern
		m := ^((x&^highs + (highs - ones)) | x) & highs
		for m != 0 {
			at := i + bits.TrailingZeros64(m)>>3
			p.add(line[start:at])
			start = at + 1
			m &= m - 1
		}
	}
	for ; i < len(line); i++ {
		if line[i] == p.comma {
			p.add(line[start:i])
			start = i + 1
		}
	}
	p.add(line[start:])
}

// add keeps a cell that is a piece of the data.
func (p *csvParser) add(cell []byte) {
	p.count++
	if p.count <= p.max {
		p.cells = append(p.cells, unsafe.String(unsafe.SliceData(cell), len(cell)))
	}
}

// quoted parses the row at pos, which holds a quote mark, and returns where the
// next one begins.
func (p *csvParser) quoted(pos int) (int, *Error) {
	line, next := p.cut(pos)
	for {
		// Here a cell begins, and line is what is left of the physical line.
		open := leadingBlanks(line, p.comma)
		if open == len(line) || line[open] != '"' {
			i := bytes.IndexByte(line, p.comma)
			cell := line
			if i >= 0 {
				cell = line[:i]
			}
			if bytes.IndexByte(cell, '"') >= 0 {
				return 0, p.fault(p.end, "a quote mark inside a cell that does not begin with one")
			}
			p.add(cell)
			if i < 0 {
				return next, nil
			}
			line = line[i+1:]
			continue
		}

		began := p.end
		line = line[open+1:]
		from := len(p.arena) // where the text begins there, if it is more than one piece
		pieces := false
		for {
			i := bytes.IndexByte(line, '"')
			switch {
			case i < 0 && bytes.IndexByte(p.data[next:], '"') < 0:
				return 0, p.fault(began, "the quote mark is never closed")
			case i < 0: // the cell goes on in the next physical line
				p.arena = append(append(p.arena, line...), '\n')
				pieces = true
				line, next = p.cut(next)
				p.end++
				continue
			case i+1 < len(line) && line[i+1] == '"':
				p.arena = append(p.arena, line[:i+1]...)
				pieces = true
				line = line[i+2:]
				continue
			case i+1 < len(line) && line[i+1] != p.comma:
				return 0, p.fault(began, "text after a closing quote mark")
			}
			cell := line[:i]
			if pieces {
				p.arena = append(p.arena, cell...)
				cell = p.arena[from:]
			}
			p.add(cell)
			line = line[i+1:]
			break
		}
		if len(line) == 0 {
			return next, nil
		}
		line = line[1:]
	}
}

// leadingBlanks returns how many bytes of white space the line begins with; a
// delimiter is none.
func leadingBlanks(line []byte, comma byte) int {
	for i := 0; i < len(line); {
		if c := line[i]; c == comma || printable(c) {
			return i
		}
		r, n := utf8.DecodeRune(line[i:])
		if !blank(r) {
			return i
		}
		i += n
	}
	return len(line)
}

func (p *csvParser) fault(line int, what string) *Error {
	return &Error{
		Code:    CodeBadQuote,
		Message: what,
		Hint:    `a quote mark inside a cell is written twice, and the cell stands in quote marks: "a ""b"" c"`,
		Line:    line,
		Row:     true,
		at:      p.count + 1,
	}
}
