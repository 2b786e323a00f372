package table

import (
	"strings"
	"unicode/utf8"
)

// Formula neutralising. A spreadsheet that opens a CSV file runs a cell that
// begins with one of a few characters as a formula, whether it is quoted or
// not, and a formula can call programs and send data away. Names and remarks
// come from strangers; so such a cell is written with an apostrophe before it,
// which spreadsheets take for "this is text".
//
// Source: OWASP, "CSV Injection" (owasp.org/www-community/attacks/CSV_Injection);
// OWASP ASVS 5.0, 1.2.10; CWE-1236. The full-width forms are there because
// East Asian editions convert them.
//
// The reader takes the apostrophe away again: a file of rejected rows can be
// corrected and loaded. A cell that by itself begins with an apostrophe before
// such a character gets a second one, so that reading gives back what was written.

// neutral returns the cell as it may stand in a CSV file.
func neutral(cell string) string {
	if dangerous(cell) {
		return "'" + cell
	}
	return cell
}

// unneutral undoes neutral on a trimmed cell.
func unneutral(cell string) string {
	if cell[0] == '\'' && dangerous(cell[1:]) {
		return Trim(cell[1:])
	}
	return cell
}

// dangerous reports whether a spreadsheet could take the cell for a formula.
// Blanks before the character do not make it safe, since programs trim them;
// nor do apostrophes, since the reader takes one away.
func dangerous(cell string) bool {
	if cell == "" || cell[0] >= '0' && cell[0] <= '9' || cell[0] >= 'A' && cell[0] <= 'z' {
		return false // nearly every cell
	}
	core := Trim(strings.TrimLeftFunc(cell, func(r rune) bool { return r == '\'' || leading(r) }))
	if core == "" {
		return false
	}
	if strings.ContainsAny(cell[:strings.Index(cell, core)], "\t\r") {
		return true
	}
	switch r, _ := utf8.DecodeRuneInString(core); r {
	case '=', '@', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		return !plainNumber(core[1:])
	}
	return false
}

// plainNumber reports whether s is digits with at most one point or comma
// between them: with a sign before it a spreadsheet reads a number, no formula.
func plainNumber(s string) bool {
	point := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
		case (c == '.' || c == ',') && !point && i > 0 && i < len(s)-1:
			point = true
		default:
			return false
		}
	}
	return s != ""
}
