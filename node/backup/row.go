package backup

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"mitra/store"
)

// appendRow appends a row as a line with its end. Its errors name no value.
func appendRow(b []byte, columns []store.Column, row []any) ([]byte, error) {
	if len(row) != len(columns) {
		return b, fmt.Errorf("a row of %d values for %d columns", len(row), len(columns))
	}
	b = append(b, '[')
	for i, v := range row {
		if i > 0 {
			b = append(b, ',')
		}
		ok := true
		switch v := v.(type) {
		case nil:
			b = append(b, "null"...)
		case string:
			ok = columns[i].Kind == store.Text && utf8.ValidString(v)
			b = appendText(b, v)
		case int64:
			ok = columns[i].Kind == store.Integer
			b = strconv.AppendInt(b, v, 10)
		case float64:
			ok = columns[i].Kind == store.Float
			b = appendFloat(b, v)
		case []byte:
			ok = columns[i].Kind == store.Bytes
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v)
			b = append(b, '"')
		default:
			ok = false
		}
		if !ok {
			return b, fmt.Errorf("column %s: %w: a value that is none of its kind", columns[i].Name, store.ErrDamaged)
		}
	}
	return append(b, "]\n"...), nil
}

var hexDigits = []byte("0123456789abcdef")

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendFloat writes what JSON has no number for as a string.
func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(b, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

var errRow = errors.New("a row is not as it was written")

// parseRow reads a line without its end into row, one value for each column. It
// reads what appendRow writes, byte for byte, and nothing else.
func parseRow(line []byte, columns []store.Column, row []any) error {
	if len(line) < 2 || line[0] != '[' || line[len(line)-1] != ']' {
		return errRow
	}
	rest := line[1 : len(line)-1]
	for i, c := range columns {
		var ok bool
		if i > 0 {
			if rest, ok = bytes.CutPrefix(rest, []byte{','}); !ok {
				return errRow
			}
		}
		if row[i], rest, ok = parseValue(rest, c.Kind); !ok {
			return errRow
		}
	}
	if len(rest) > 0 {
		return errRow
	}
	return nil
}

func parseValue(b []byte, kind store.Kind) (v any, rest []byte, ok bool) {
	if rest, ok := bytes.CutPrefix(b, []byte("null")); ok {
		return nil, rest, true
	}
	switch kind {
	case store.Text:
		return parseText(b)
	case store.Bytes:
		if len(b) == 0 || b[0] != '"' {
			return nil, nil, false
		}
		end := bytes.IndexByte(b[1:], '"')
		if end < 0 || bytes.ContainsAny(b[1:1+end], "\r\n") { // which the decoder passes over
			return nil, nil, false
		}
		out, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, b[1:1+end])
		return out, b[2+end:], err == nil
	}
	// A number, or in its place a string without commas.
	end := bytes.IndexByte(b, ',')
	if end < 0 {
		end = len(b)
	}
	word, rest := b[:end], b[end:]
	if kind == store.Integer {
		n, err := strconv.ParseInt(string(word), 10, 64)
		return n, rest, err == nil && bytes.Equal(strconv.AppendInt(nil, n, 10), word)
	}
	f, err := strconv.ParseFloat(string(bytes.Trim(word, `"`)), 64)
	return f, rest, err == nil && bytes.Equal(appendFloat(nil, f), word)
}

func parseText(b []byte) (v any, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	var out []byte
	for b = b[1:]; len(b) > 0; {
		switch c := b[0]; {
		case c == '"':
			return string(out), b[1:], utf8.Valid(out)
		case c < ' ':
			return nil, nil, false
		case c != '\\':
			out, b = append(out, c), b[1:]
		case len(b) > 1 && (b[1] == '"' || b[1] == '\\'):
			out, b = append(out, b[1]), b[2:]
		case len(b) >= 6 && string(b[1:4]) == "u00":
			hi, lo := bytes.IndexByte(hexDigits, b[4]), bytes.IndexByte(hexDigits, b[5])
			if hi < 0 || hi > 1 || lo < 0 {
				return nil, nil, false
			}
			out, b = append(out, byte(hi<<4|lo)), b[6:]
		default:
			return nil, nil, false
		}
	}
	return nil, nil, false
}
