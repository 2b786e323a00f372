package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"mitra/store"
)

// Cells and fields are stored as JSON that any program can read. It is written
// and read here by hand because every run reads the whole register: one pass,
// and values that are pieces of the stored text, where encoding/json would
// allocate each of them. What is read is only what was written: objects and
// arrays of texts without blanks between them.

var errDamaged = fmt.Errorf("%w: cells or fields are not what was written", store.ErrDamaged)

// appendText appends s as a JSON text.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		from = i + 1
	}
	return append(append(b, s[from:]...), '"')
}

// appendTexts appends list as a JSON array.
func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

// cutText reads the JSON text at the beginning of s and returns the rest.
func cutText(s string) (text, rest string, err error) {
	if s == "" || s[0] != '"' {
		return "", "", errDamaged
	}
	end := strings.IndexByte(s[1:], '"')
	if end < 0 {
		return "", "", errDamaged
	}
	if text = s[1 : 1+end]; strings.IndexByte(text, '\\') < 0 {
		return text, s[end+2:], nil
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			if err := json.Unmarshal([]byte(s[:i+1]), &text); err != nil {
				return "", "", errDamaged
			}
			return text, s[i+1:], nil
		}
	}
	return "", "", errDamaged
}

// cutTexts reads the JSON array of texts at the beginning of s.
func cutTexts(s string) (list []string, rest string, err error) {
	if len(s) < 2 || s[0] != '[' {
		return nil, "", errDamaged
	}
	if s[1] == ']' {
		return nil, s[2:], nil
	}
	for s[0] != ']' {
		var text string
		if text, s, err = cutText(s[1:]); err != nil {
			return nil, "", err
		}
		if list = append(list, text); s == "" || s[0] != ',' && s[0] != ']' {
			return nil, "", errDamaged
		}
	}
	return list, s[1:], nil
}

// texts reads a whole JSON array of texts; "" is none.
func texts(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	list, rest, err := cutTexts(s)
	if err != nil || rest != "" || !utf8.ValidString(s) {
		return nil, errDamaged
	}
	return list, nil
}
