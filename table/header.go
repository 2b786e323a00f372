package table

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NormalHeader returns the form in which column names are compared: NFKC, lower
// case, without what [Trim] takes off, line breaks too, and '_', '-', '.', '/'.
// "Passport No." and "passport_no" are equal in it.
func NormalHeader(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '_', r == '-', r == '.', r == '/', blank(r):
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return norm.NFKC.String(s) // lower case can leave the normal form
}

// LooksLikeData reports whether a first row is rather a row of data than column
// names: names carry words, and rarely a digit before their first letter or
// several digits at all. It is a sign for callers that recognise no column; a
// header of years (2023, 2024) looks like data too.
func LooksLikeData(header []string) bool {
	for _, h := range header {
		letters, digits := 0, 0
		for _, r := range h {
			switch {
			case unicode.IsDigit(r):
				digits++
			case unicode.IsLetter(r):
				letters++
			}
		}
		if digits > 0 && letters == 0 || digits >= 5 && digits > letters || strings.ContainsRune(h, '@') {
			return true
		}
	}
	return false
}

// columnName names column i (from 0) in an error. Without a header it is known
// by its place only; so it is where the first row seems to be data, which must
// not stand in a message.
func columnName(header []string, i int) string {
	if i < len(header) && header[i] != "" && !LooksLikeData(header) {
		return header[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

// checkHeader trims trailing unnamed columns off and refuses equal names.
func checkHeader(header []string) ([]string, *Error) {
	for len(header) > 0 && header[len(header)-1] == "" {
		header = header[:len(header)-1]
	}
	first := make(map[string]int, len(header))
	for i, h := range header {
		if h == "" {
			continue
		}
		if j, ok := first[h]; ok {
			return nil, &Error{
				Code:    CodeDuplicateColumn,
				Message: fmt.Sprintf("columns %d and %d of the header have the same name", j+1, i+1),
				Hint:    "rename or remove one of them; if the file has no header, add one as the first line",
				Column:  columnName(header, i),
			}
		}
		first[h] = i
	}
	return header, nil
}
