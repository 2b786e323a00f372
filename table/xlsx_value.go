package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// value returns a cell as text, trimmed. Its error lacks line and column.
func (b *workbook) value(c cell) (string, *Error) {
	if c.formula && (!c.stored || len(c.value) == 0 && c.kind != "str") {
		return "", &Error{
			Code:    CodeFormulaNoValue,
			Message: "the cell holds a formula whose result is not stored",
			Hint:    "open the workbook in a spreadsheet program and save it, or replace the formula by its value",
		}
	}
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(string(c.value)))
		text, ok := b.strings.at(i)
		if !c.stored || len(c.value) == 0 {
			return "", nil
		}
		if err != nil || !ok {
			return "", &Error{Code: CodeDamaged, Message: "the cell refers to a text that the workbook does not hold", Hint: "open the workbook in a spreadsheet program and save it anew"}
		}
		return text, nil
	case "inlineStr", "str":
		return cleanText(c.value), nil
	case "b":
		switch strings.TrimSpace(string(c.value)) {
		case "":
			return "", nil
		case "0", "false":
			return "FALSE", nil
		}
		return "TRUE", nil
	case "e":
		return "", &Error{Code: CodeFormulaError, Message: "the cell holds the error value of a formula", Hint: "correct the formula, or clear the cell"}
	case "d": // ISO 8601, of strict workbooks
		return strings.TrimSuffix(strings.TrimSuffix(cleanText(c.value), "Z"), "T00:00:00"), nil
	}
	text := strings.TrimSpace(string(c.value))
	if text == "" {
		return "", nil
	}
	format := numberFormat{}
	if c.style >= 0 && c.style < len(b.styles) {
		format = b.styles[c.style]
	}
	return number(text, format, b.date1904)
}

// numberFormat is what of a number format changes the text handed out.
type numberFormat struct {
	date, time bool
	digits     int // "00000": shown with leading zeros up to so many digits
}

// builtInFormat returns the format of a number that needs no code in the file
// (ECMA-376 part 1, 18.8.30); 27 to 36 and 50 to 58 are the dates of East
// Asian editions.
func builtInFormat(id int) numberFormat {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return numberFormat{date: true}
	case id == 22:
		return numberFormat{date: true, time: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 55, id == 56, id == 45, id == 47:
		return numberFormat{time: true}
	}
	return numberFormat{}
}

// parseFormat reads a number format code: its first section without quoted
// text, escapes, colours and locales. Elapsed time ([h]:mm) stays a number.
func parseFormat(code string) numberFormat {
	if code != "" && strings.Trim(code, "0") == "" {
		return numberFormat{digits: len(code)}
	}
	if strings.EqualFold(code, "General") {
		return numberFormat{}
	}
	var day, clock, month bool
	lower := strings.ToLower(code)
scan:
	for i := 0; i < len(lower); i++ {
		switch c := lower[i]; c {
		case ';':
			break scan
		case '"':
			if j := strings.IndexByte(lower[i+1:], '"'); j >= 0 {
				i += j + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			j := strings.IndexByte(lower[i:], ']')
			if j < 0 {
				break scan
			}
			if inner := lower[i+1 : i+j]; inner != "" && strings.Trim(inner, "hms") == "" {
				return numberFormat{}
			}
			i += j
		case 'a':
			for _, half := range []string{"am/pm", "a/p"} {
				if strings.HasPrefix(lower[i:], half) {
					i += len(half) - 1
					break
				}
			}
		case 'y', 'd', 'b':
			day = true
		case 'h', 's':
			clock = true
		case 'm':
			month = true
		}
	}
	return numberFormat{date: day || month && !clock, time: clock}
}

// Integers from rounded on have more digits than the fifteen that spreadsheets
// keep of what is typed in; above exact a floating-point number cannot hold
// every integer.
const (
	rounded = 1e15
	exact   = 1 << 53
)

// number returns a numeric cell as text: a date or a time as its format says,
// else the digits without exponent.
//
// A sixteen-digit identity number that was typed in as a number has lost its
// last digit to a zero. So an integer of more than fifteen digits is handed out
// only if it is exact and does not end in zero; otherwise it is an error.
func number(text string, format numberFormat, date1904 bool) (string, *Error) {
	if len(text) <= 15 && format == (numberFormat{}) && strings.Trim(text, "0123456789") == "" {
		return text, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789+-.eE") != "" {
		return "", &Error{Code: CodeBadNumber, Message: "the cell is marked as a number but holds none", Hint: "format the column as text and enter the value again"}
	}
	if format.date || format.time {
		return serialDate(v, format, date1904)
	}
	whole := v == math.Trunc(v)
	if a := math.Abs(v); a >= exact || whole && a >= rounded && math.Mod(a, 10) == 0 {
		return "", &Error{
			Code:    CodeNumberPrecision,
			Message: "the number has more than 15 digits, so the spreadsheet may have changed the last ones",
			Hint:    "format the column as text and enter the number again from its source",
		}
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if s == "-0" {
		s = "0"
	}
	if whole && v >= 0 && len(s) < format.digits {
		s = strings.Repeat("0", min(format.digits, 32)-len(s)) + s
	}
	return s, nil
}

// serialDate returns a serial number of days as an ISO date, with the time of
// day if the format shows one and it is not midnight; or as the time alone.
//
// Day 1 is 1 January 1900; day 60 is 29 February 1900, which never was but
// which Lotus 1-2-3 had, so later days count from 30 December 1899. Some
// workbooks count from 1 January 1904 as day 0 (ECMA-376 part 1, 18.17.4.1).
func serialDate(v float64, format numberFormat, date1904 bool) (string, *Error) {
	bad := &Error{Code: CodeBadNumber, Message: "the cell is formatted as a date but holds no possible date", Hint: "correct the date, or format the column as text"}
	const lastDay = 2958465 // 31 December 9999
	if v < 0 || v >= lastDay+1 {
		return "", bad
	}
	days := math.Floor(v)
	seconds := math.Round((v - days) * 86400)
	clock := time.Duration(seconds) * time.Second
	if !format.date {
		if days > 0 { // more than a day is no time of day
			return strconv.FormatFloat(v, 'f', -1, 64), nil
		}
		d := int(seconds) % 86400
		return fmt.Sprintf("%02d:%02d:%02d", d/3600, d/60%60, d%60), nil
	}
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		day = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 0 || days == 60:
		return "", bad
	case days < 60:
		day = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	day = day.AddDate(0, 0, int(days))
	if day.Year() > 9999 {
		return "", bad
	}
	if !format.time || seconds == 0 {
		return day.Format(time.DateOnly), nil
	}
	return day.Add(clock).Format("2006-01-02T15:04:05"), nil
}
