package table

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// csvParser cuts a file in memory into rows of cells, as encoding/csv does with
// FieldsPerRecord -1 and TrimLeadingSpace before quotes. Lone carriage returns
// end no line here either: decode has made newlines of them before.
//
// It is fast on the usual line, which has no quote mark: the line is found with
// one search and cut eight bytes at a time. Cells alias data.
type csvParser struct {
	data  []byte
	pos   int  // where the next line begins
	line  int  // physical lines before pos
	comma byte // ASCII
	max   int  // cells kept of a row; further ones are only counted
	limit int  // bytes of a cell that are copied, and one more; further ones are only passed over
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
		return bytes.TrimSuffix(rest, crlf[:1]), len(p.data)
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
//
// A quote mark is searched for once, from where the last one stood, and not anew
// in each physical line of a cell: so the time is that of the data's length, and
// what is searched again after a fault ends where the next cell does.
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
			pos += i + 1
			line = line[i+1:]
			continue
		}

		began, from := p.end, len(p.arena)
		pos += open + 1
		line = line[open+1:]
		for copied := false; ; copied = true {
			broken := false // the piece goes on in further physical lines
			i := bytes.IndexByte(line, '"')
			if i < 0 {
				if i = bytes.IndexByte(p.data[pos:], '"'); i < 0 {
					return 0, p.fault(began, "the quote mark is never closed")
				}
				broken = true
				p.end += bytes.Count(p.data[pos:pos+i], newline)
				line, next = p.cut(pos + i)
				line = line[1:]
			} else {
				line = line[i+1:]
			}
			piece := p.data[pos : pos+i]
			pos += i + 1
			switch {
			case len(line) > 0 && line[0] == '"': // the mark itself is a piece of the text
				p.copy(from, p.data[pos-1-i:pos], broken)
				pos++
				line = line[1:]
				continue
			case len(line) > 0 && line[0] != p.comma:
				return 0, p.fault(began, "text after a closing quote mark")
			case copied, broken && bytes.Contains(piece, crlf):
				p.copy(from, piece, broken)
				piece = p.arena[from:]
			}
			p.add(piece)
			break
		}
		if len(line) == 0 {
			return next, nil
		}
		pos++
		line = line[1:]
	}
}

var newline, crlf = []byte("\n"), []byte("\r\n")

// copy puts a piece of the cell that begins at from into the arena; in one that is
// broken into lines, "\n" for "\r\n". What is too long to be handed out is not
// copied to its end.
func (p *csvParser) copy(from int, piece []byte, broken bool) {
	for {
		room := max(0, from+p.limit+1-len(p.arena))
		i := -1
		if broken {
			i = bytes.Index(piece, crlf)
		}
		if i < 0 || i >= room {
			p.arena = append(p.arena, piece[:min(len(piece), room)]...)
			return
		}
		p.arena = append(append(p.arena, piece[:i]...), '\n')
		piece = piece[i+2:]
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
