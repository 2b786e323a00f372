package table

import (
	"bytes"
	"strings"
)

const (
	delimiters = ",;\t|"
	sniffRows  = 50
	sniffBytes = 64 << 10
)

// sniff returns the delimiter of a CSV file, and the file without the line
// "sep=;" that Excel writes and reads as a word about it. The delimiter is the
// one with which the most of the first rows have as many cells as the header,
// quotes respected; then the one that makes more columns. A file without any
// has one column and counts as separated by commas.
func sniff(data []byte) (body []byte, skipped int, comma byte) {
	if len(data) > 5 && strings.EqualFold(string(data[:4]), "sep=") && strings.IndexByte(delimiters, data[4]) >= 0 {
		if rest := bytes.TrimPrefix(data[5:], []byte("\r")); len(rest) > 0 && rest[0] == '\n' {
			return rest[1:], 1, data[4]
		}
	}
	head, cut := data, false
	if len(data) > sniffBytes {
		head, cut = data[:sniffBytes], true
	}
	comma = ','
	bestRows, bestColumns := 0, 1
	for i := range len(delimiters) {
		rows, columns := agreement(head, cut, delimiters[i])
		if columns > 1 && (rows > bestRows || rows == bestRows && columns > bestColumns) {
			comma, bestRows, bestColumns = delimiters[i], rows, columns
		}
	}
	return data, 0, comma
}

// agreement returns the number of cells of the first row and how many of the
// first rows have as many. The last row of a piece that was cut off is left out.
func agreement(head []byte, cut bool, comma byte) (rows, columns int) {
	p := csvParser{data: head, comma: comma}
	for range sniffRows {
		more, err := p.next()
		if !more || cut && p.pos >= len(head) && columns > 0 {
			break
		}
		if columns == 0 {
			if err != nil {
				return 0, 0
			}
			columns = p.count
		}
		if err == nil && p.count == columns {
			rows++
		}
	}
	return rows, columns
}

func delimiterName(comma byte) string {
	if comma == '\t' {
		return "tab"
	}
	return string(comma)
}
