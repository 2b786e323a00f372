package registry

import (
	"strings"
	"unicode/utf8"

	"mitra/table"
)

// A blank cell says nothing, and neither do the signs that people write to fill
// one. Only in the columns of statementType does "none" state something; in a
// name it may be a name.

// fillers say nothing in any column; the dash stands for all cells of blanks,
// dashes, dots and slashes.
var fillers = words(
	"-", "–", "—", "?", "??", "#n/a",
	"unknown", "not known", "tidak diketahui", "tdk diketahui", "tidak tahu", "មិនស្គាល់", "មិនដឹង",
)

// emptyWords say nothing in columns that hold no words of people: not in names
// and texts.
var emptyWords = words(
	"n/a", "nil", "null", "none", "nihil", "tidak ada", "tdk ada", "គ្មាន", "blank", "empty", "kosong", "tba",
	"0000-00-00",
)

// noneWords state in a statement column that there is no such date.
var noneWords = words(
	"none", "nihil", "tidak ada", "tdk ada", "គ្មាន", "មិនមាន",
	"no entry record", "no record of entry", "no record", "no entry", "not entered",
	"tidak ada catatan", "tidak ada catatan masuk", "tidak ada data masuk", "tidak tercatat",
	"no exit", "no exit record", "belum keluar",
	"គ្មានកំណត់ត្រា", "គ្មានកំណត់ត្រាចូល",
)

// silent reports whether a cell that is not empty says nothing. "N/A" is told
// from the name Na by its marks.
func silent(cell string, t valueType) bool {
	if in(fillers, cell) || strings.EqualFold(cell, "n/a") || strings.EqualFold(cell, "n.a.") || strings.EqualFold(cell, "n.a") {
		return true
	}
	return t != nameType && t != textType && in(emptyWords, cell)
}

// words returns the set of the words in the form in which in compares them.
func words(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, w := range list {
		m[table.NormalHeader(w)] = true
	}
	return m
}

// longestWord bounds what in looks at, in bytes.
const longestWord = 96

// in reports whether the cell is one of the words, compared as column names
// are; a cell of punctuation alone is one of the fillers. The usual cell costs
// no allocation: this is asked of every cell of a register.
func in(m map[string]bool, cell string) bool {
	if len(cell) > longestWord {
		return false
	}
	var buf [longestWord]byte
	n := 0
	for i := 0; i < len(cell); i++ {
		c := cell[i]
		switch {
		case c >= utf8.RuneSelf:
			return m[table.NormalHeader(cell)]
		case c <= ' ', c == '_', c == '-', c == '.', c == '/':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		buf[n] = c
		n++
	}
	return m[string(buf[:n])]
}
