package table

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// Vocabulary is the set of the headings that a caller knows, in the form that
// [NormalHeader] gives them. It decides whether the names of a header may stand
// in messages.
//
// The first row of a file without a header is somebody's data, and nothing in
// its form tells: a name of one word is written like a heading of one word. So
// a header is quoted only if at least one heading in it is known, and none looks
// like data. Two letters are not enough: they are a code in many a row (ID is
// Indonesia). Otherwise columns go by their place, and the officer, who has the
// file, looks there.
type Vocabulary map[string]bool

// NewVocabulary returns the set of these headings, in any spelling.
func NewVocabulary(headings ...string) Vocabulary {
	v := make(Vocabulary, len(headings))
	for _, h := range headings {
		v[NormalHeader(h)] = true
	}
	return v
}

// Knows reports whether the header is one: then it may be quoted.
func (v Vocabulary) Knows(header []string) bool {
	known := func(h string) bool {
		h = NormalHeader(h)
		return utf8.RuneCountInString(h) > 2 && v[h]
	}
	return slices.ContainsFunc(header, known) && !LooksLikeData(header)
}

// List tells, for a hint, which columns a header has; if it is not known as one,
// how many, and what the reason may be.
func (v Vocabulary) List(header []string) string {
	switch {
	case v.Knows(header):
		return "the columns are " + Quote(header)
	case LooksLikeData(header):
		return fmt.Sprintf("the first line seems to be a row of data and not the names of its %d columns", len(header))
	}
	return fmt.Sprintf("no column is recognised (the file has %d): perhaps the first line, which has to name the columns, is missing", len(header))
}

// Quote lists the first of many headings.
func Quote(headings []string) string {
	const most = 30
	var names []string
	for _, h := range headings {
		if h == "" {
			continue
		}
		if len(names) == most {
			names = append(names, "and more")
			break
		}
		names = append(names, fmt.Sprintf("%.40q", h))
	}
	return strings.Join(names, ", ")
}

// columnName names column i (from 0) of a header: by its place where it has no
// name, or none that may be told.
func columnName(header []string, known bool, i int) string {
	if known && i < len(header) && header[i] != "" {
		return header[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

// checkHeader trims trailing unnamed columns off and refuses equal names.
func checkHeader(header []string, known bool) ([]string, *Error) {
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
				Column:  columnName(header, known, i),
			}
		}
		first[h] = i
	}
	return header, nil
}
