package table

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// text is a CSV file in UTF-8, without byte-order mark. Its lines end with "\n" or
// "\r\n".
type text struct {
	data      []byte
	encoding  string // of the file: "utf-8", "utf-16le", "utf-16be", "windows-1252"
	suspect   bool   // some bytes are no UTF-8, or NUL: rows must be checked
	converted bool   // data does not alias the file's bytes
}

// decode finds out the encoding of the file and brings it to UTF-8, and lone
// carriage returns to newlines.
func decode(data []byte) (text, *Error) {
	t := text{encoding: "utf-8"}
	marked := false // a byte-order mark says UTF-8: then damage is damage, and nothing is guessed
	switch body, order := utf16Order(data); {
	case order != 0:
		if len(body) == 0 {
			return t, &Error{Code: CodeEmptyFile, Message: "the file is empty", Hint: "the first line must name the columns"}
		}
		t.encoding = "utf-16le"
		if order == bigEndian {
			t.encoding = "utf-16be"
		}
		t.data, t.converted = fromUTF16(body, order), true
		if looksBinary(t.data) {
			return t, notATable("a binary file", "")
		}
	default:
		t.data, marked = bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
		if looksBinary(t.data) {
			return t, notATable("a binary file", "")
		}
	}
	t.suspect = !utf8.Valid(t.data)
	if t.suspect && !t.converted && !marked && eightBit(t.data) {
		converted, ok := fromWindows1252(t.data)
		if !ok {
			return t, &Error{
				Code:    CodeBadEncoding,
				Message: "the text is neither UTF-8 nor UTF-16 nor Windows-1252",
				Hint:    "save the file as CSV UTF-8 from the program it came from",
			}
		}
		t.data, t.encoding, t.converted, t.suspect = converted, "windows-1252", true, false
	}
	t.suspect = t.suspect || bytes.IndexByte(t.data, 0) >= 0
	if i := loneReturn(t.data, 0); i >= 0 {
		if !t.converted {
			t.data, t.converted = bytes.Clone(t.data), true
		}
		for ; i >= 0; i = loneReturn(t.data, i+1) {
			t.data[i] = '\n'
		}
	}
	return t, nil
}

// loneReturn returns the place, from i on, of the first carriage return that is
// not the half of "\r\n", or -1. The old Macintosh ended lines so, Excel still
// offers it, and files that were put together have them among other line ends:
// left in, one would make two people's rows one.
func loneReturn(data []byte, i int) int {
	for {
		n := bytes.IndexByte(data[i:], '\r')
		if n < 0 {
			return -1
		}
		if i += n + 1; i == len(data) || data[i] != '\n' {
			return i - 1
		}
	}
}

type byteOrder int

const (
	littleEndian byteOrder = iota + 1
	bigEndian
)

// utf16Order returns the byte order of UTF-16 text and the text without
// byte-order mark, or 0. Without a mark it goes by the NULs: delimiters, digits
// and line ends are ASCII in every script's tables, so high bytes hold NULs
// while low bytes hold next to none.
func utf16Order(data []byte) ([]byte, byteOrder) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return data[2:], littleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return data[2:], bigEndian
	}
	head := data[:min(len(data), sample)]
	var nuls [2]int
	for i, c := range head {
		if c == 0 {
			nuls[i%2]++
		}
	}
	// One NUL in sixteen characters: a line of a table has a delimiter that often.
	enough := max(1, len(head)/32)
	switch {
	case nuls[1] >= enough && nuls[0]*10 <= nuls[1]:
		return data, littleEndian
	case nuls[0] >= enough && nuls[1]*10 <= nuls[0]:
		return data, bigEndian
	}
	return data, 0
}

// fromUTF16 converts to UTF-8. A half of a surrogate pair, or of a character at
// the end, becomes the byte FF, which is no UTF-8: so the row is found to be damaged.
func fromUTF16(data []byte, order byteOrder) []byte {
	unit := func(i int) rune {
		if order == littleEndian {
			return rune(data[i]) | rune(data[i+1])<<8
		}
		return rune(data[i])<<8 | rune(data[i+1])
	}
	out := make([]byte, 0, len(data)/2+len(data)/8+4)
	i := 0
	for ; i+1 < len(data); i += 2 {
		r := unit(i)
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
			continue
		}
		if utf16.IsSurrogate(r) {
			pair := utf8.RuneError
			if i+3 < len(data) {
				pair = utf16.DecodeRune(r, unit(i+2))
			}
			if pair == utf8.RuneError {
				out = append(out, 0xff)
				continue
			}
			r = pair
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	if i < len(data) {
		out = append(out, 0xff)
	}
	return out
}

// eightBit reports whether data that is no valid UTF-8 is rather text of an
// eight-bit encoding. There two high bytes make a valid UTF-8 sequence only by
// chance (rarely: a capital with accent before a typographic sign); a UTF-8
// file with damage in it has many such sequences.
func eightBit(data []byte) bool {
	valid, invalid := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			invalid++
		} else {
			valid++
		}
		i += n
	}
	return valid*10 <= invalid
}

// fromWindows1252 converts to UTF-8. It returns false if a byte stands for
// nothing in Windows-1252.
func fromWindows1252(data []byte) ([]byte, bool) {
	out := make([]byte, 0, len(data)+len(data)/8)
	for _, c := range data {
		if c < utf8.RuneSelf {
			out = append(out, c)
			continue
		}
		r := charmap.Windows1252.DecodeByte(c)
		if r == utf8.RuneError || r < 0xa0 { // five bytes are not assigned; some tables have controls there
			return nil, false
		}
		out = utf8.AppendRune(out, r)
	}
	return out, true
}
