package table

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// parse returns the rows up to the first error.
func parse(data []byte, comma byte) (rows [][]string, lines []int, err *Error) {
	p := csvParser{data: data, comma: comma, max: 1 << 20, limit: 1 << 30}
	for {
		more, err := p.next()
		if err != nil {
			return rows, lines, err
		}
		if !more {
			return rows, lines, nil
		}
		rows = append(rows, slices.Clone(p.cells))
		lines = append(lines, p.begin)
	}
}

func TestParser(t *testing.T) {
	tests := []struct {
		name, in string
		want     [][]string
		lines    []int
	}{
		{"plain", "a,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"no line end", "a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"crlf", "a,b\r\n1,2\r\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		{"blank lines", "\n\na,b\n\r\n\n1,2\n\n", [][]string{{"a", "b"}, {"1", "2"}}, []int{3, 6}},
		{"carriage return inside", "a\rb,c\n", [][]string{{"a\rb", "c"}}, []int{1}},
		{"carriage return at the end", "a,b\r", [][]string{{"a", "b"}}, []int{1}},
		{"empty cells", ",,\n", [][]string{{"", "", ""}}, []int{1}},
		{"quoted", `"a","b"` + "\n", [][]string{{"a", "b"}}, []int{1}},
		{"delimiter in quotes", `"a,b",c` + "\n", [][]string{{"a,b", "c"}}, []int{1}},
		{"doubled quotes", `"a ""b"" c",d` + "\n", [][]string{{`a "b" c`, "d"}}, []int{1}},
		{"only quotes", `"""",""` + "\n", [][]string{{`"`, ""}}, []int{1}},
		{"lines in quotes", "x,\"a\r\n\nb\",y\nz,1,2\n", [][]string{{"x", "a\n\nb", "y"}, {"z", "1", "2"}}, []int{1, 4}},
		{"blanks before a quote", `a, "b",` + "\u00a0" + `"c"` + "\n", [][]string{{"a", "b", "c"}}, []int{1}},
		{"blanks without a quote stay", "a, b \n", [][]string{{"a", " b "}}, []int{1}},
		{"many cells in one word", ",a,,b,cc,,d,\n", [][]string{{"", "a", "", "b", "cc", "", "d", ""}}, []int{1}},
		{"byte below the delimiter", "a-,b+,c\x01,\x01d,e\n", [][]string{{"a-", "b+", "c\x01", "\x01d", "e"}}, []int{1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rows, lines, err := parse([]byte(test.in), ',')
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(rows, test.want, slices.Equal) {
				t.Errorf("rows %q, want %q", rows, test.want)
			}
			if !slices.Equal(lines, test.lines) {
				t.Errorf("lines %v, want %v", lines, test.lines)
			}
		})
	}
}

func TestParserGoesOnAfterFault(t *testing.T) {
	const good = "7,8\n"
	tests := []struct {
		name, in string
		line     int
		column   int
		rest     int // rows read after the first fault, good or not
	}{
		{"quote inside a cell", "1,a\"b\n" + good, 1, 2, 1},
		{"text after a quote", "1,\"a\"b\n" + good, 1, 2, 1},
		{"blank after a quote", "1,\"a\" ,b\n" + good, 1, 2, 1},
		{"never closed", "1,2\n3,\"a\n" + good + good, 2, 2, 2},
		{"closed by the next stray quote", "1,\"a\n" + good + good + "9,b\"c\n" + good, 1, 2, 4},
		{"never closed, last line", "1,2\n3,\"a", 2, 2, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := csvParser{data: []byte(test.in), comma: ',', max: 100, limit: 100}
			var fault *Error
			rest := 0
			for {
				more, err := p.next()
				if !more {
					break
				}
				if fault == nil {
					fault = err
				} else {
					rest++
				}
			}
			if fault == nil || fault.Code != CodeBadQuote || !fault.Row || fault.Line != test.line || fault.at != test.column {
				t.Fatalf("got %+v, want %s in line %d, column %d", fault, CodeBadQuote, test.line, test.column)
			}
			if rest != test.rest {
				t.Errorf("%d rows after the fault, want %d", rest, test.rest)
			}
		})
	}
}

// TestParserIsLinear: open quotes cost no more than what they enclose. Of these
// files, a search of the rest of the file in each physical line took minutes.
func TestParserIsLinear(t *testing.T) {
	const n = 2_000_000
	for name, data := range map[string]string{
		"one cell of many lines":  "1,\"" + strings.Repeat("a\n", n) + "\"\n",
		"the same, Windows":       "1,\"" + strings.Repeat("a\r\n", n) + "\"\n",
		"never closed":            "1,\"" + strings.Repeat("a\n", n),
		"never closed, last":      "1,\"" + strings.Repeat("a\n", n) + "2,x\"y\n",
		"open in every line":      strings.Repeat("1,\"a\n", n),
		"closed and open in each": strings.Repeat("\"a,b\"\",\"\n", n),
		"doubled quotes":          "1,\"" + strings.Repeat("\"\"\n", n) + "\"\n",
	} {
		start := time.Now()
		p := csvParser{data: []byte(data), comma: ',', max: 10, limit: 64 << 10}
		for more := true; more; {
			more, _ = p.next()
			for _, c := range p.cells {
				if len(c) > p.limit+1 && strings.Contains(c, "\"") {
					t.Fatalf("%s: a cell of %d bytes was put together", name, len(c))
				}
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v for %d bytes", name, took, len(data))
		}
	}
}

// FuzzParser holds the parser against encoding/csv: the same records, or both
// refuse. TrimLeadingSpace makes encoding/csv accept blanks before a quote; the
// blanks that it takes from other cells are compared after trimming.
func FuzzParser(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a;b\r\n\r\n\"x;\"\"y\"\"\r\nz\";2", "a, \"b\"\n", "\"", "a\"b", "\"a\"b", "\"a\n", "a\r", "\"a\r\n\r\"",
		"\r\n\r", "\"a\",\r\n", "\"a\"\r", ",,,,,,,,,,,,,,,,,,,,", "a\x01,\x01b,-,+,\n", "\"\n\"\"\n\",\"\n\"\n", "\u00a0\"a\"", "\"\r\r\n\"",
		"\"a\r\n\"\"\r\n\r\"\"\",b\r\n", "1,\"a\nb\",\"c\nd\"\n2", "\"a\nb\"c\n\"d\n\"\n",
	} {
		f.Add([]byte(s), byte(','))
		f.Add([]byte(s), byte(';'))
	}
	f.Fuzz(func(t *testing.T, data []byte, comma byte) {
		if strings.IndexByte(",;|", comma) < 0 {
			comma = ',' // a tab is white space to encoding/csv even as a delimiter
		}
		if bytes.ContainsFunc(data, func(r rune) bool { return blank(r) && !unicode.IsSpace(r) }) {
			return // blanks here, no white space to encoding/csv
		}
		var want [][]string
		var wantErr error
		r := csv.NewReader(bytes.NewReader(data))
		r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = rune(comma), -1, true
		for {
			record, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				wantErr = err
				break
			}
			want = append(want, record)
		}
		got, lines, err := parse(data, comma)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("error %v, encoding/csv %v", err, wantErr)
		}
		if len(got) != len(want) {
			t.Fatalf("%d rows, encoding/csv %d", len(got), len(want))
		}
		for i := range got {
			if len(got[i]) != len(want[i]) {
				t.Fatalf("row %d: %d cells, encoding/csv %d", i, len(got[i]), len(want[i]))
			}
			if i > 0 && lines[i] <= lines[i-1] {
				t.Fatalf("row %d: line %d after %d", i, lines[i], lines[i-1])
			}
			for j := range got[i] {
				if Trim(got[i][j]) != Trim(want[i][j]) {
					t.Fatalf("row %d, cell %d: %q, encoding/csv %q", i, j, got[i][j], want[i][j])
				}
			}
		}
	})
}

// plainTable is a register of n rows without quotes.
func plainTable(n int) []byte {
	var b bytes.Buffer
	b.WriteString("id,full_name,sex,birth_date,nationality,passport_no,address\n")
	for range n {
		b.WriteString("KH-0012345,CONTOH SATU DUA,F,1990-05-17,IDN,X0000000,street 12 phnom penh\n")
	}
	return b.Bytes()
}

func BenchmarkReader(b *testing.B) {
	data := plainTable(100_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := New("", data, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkReaderQuoted(b *testing.B) {
	data := []byte(strings.ReplaceAll(string(plainTable(100_000)), "CONTOH SATU DUA", `"CONTOH ""SATU"", DUA"`))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := New("", data, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkEncodingCSV is the yardstick: the standard library on the same data.
func BenchmarkEncodingCSV(b *testing.B) {
	data := plainTable(100_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(data))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
