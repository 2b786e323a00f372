package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWriter(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"abc", "abc"},
		{"", `""`},
		{"a,b", `"a,b"`},
		{`a"b`, `"a""b"`},
		{"a\nb", "\"a\nb\""},
		{" a", `" a"`},
		{"=1+1", "'=1+1"},
		{"=cmd|' /C calc'!A0", `"'=cmd|' /C calc'!A0"`},
		{"+62 812", "'+62 812"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"-", "'-"},
		{"-1+2", "'-1+2"},
		{"\tx", "\"'\tx\""},
		{"\rx", "\"'\rx\""},
		{" =x", "' =x"},
		{"\ufeff=x", "'\ufeff=x"},
		{"＝x", "'＝x"},
		{"＋1", "'＋1"},
		{"－1", "'－1"},
		{"＠x", "'＠x"},
		{"'=x", "''=x"},
		{"'Abdul", "'Abdul"},
		{"-12.5", "-12.5"},
		{"+3", "+3"},
		{"-12,5", `"-12,5"`},
		{"+62812", "+62812"},
		{"-1.2.3", "'-1.2.3"},
		{"-.5", "'-.5"},
		{"1990-05-17", "1990-05-17"},
	} {
		var b bytes.Buffer
		w := NewWriter(&b)
		if err := errors.Join(w.Write([]string{test.in}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if b.String() != test.want+"\n" {
			t.Errorf("%q was written as %q, want %q", test.in, b.String(), test.want)
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriterTellsOfFailure(t *testing.T) {
	w := NewWriter(fullDisk{})
	var err error
	for range 10_000 {
		err = errors.Join(err, w.Write([]string{"some text", "more text"}))
	}
	if !errors.Is(err, errFull) || !errors.Is(w.Flush(), errFull) {
		t.Errorf("write %v, flush %v", err, w.Flush())
	}
}

// cellGen draws cells of what is hard: quotes, line ends, delimiters, signs, blanks.
var cellGen = rapid.StringOfN(rapid.OneOf(
	rapid.SampledFrom([]rune("\",;\t|\n '=+-@＝＋－＠\u00a0\u200b\ufeff\ufe0f\U000E01001.ab")),
	rapid.Rune().Filter(func(r rune) bool { return r != 0 && r != '\r' && r != '\uFFFD' }),
), 0, 20, -1)

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		rows := rapid.SliceOfN(rapid.SliceOfN(cellGen, width, width), 0, 10).Draw(t, "rows")
		header := []string{"a", "b", "c", "d", "e"}[:width]
		var b bytes.Buffer
		w := NewWriter(&b)
		err := w.Write(header)
		var want [][]string
		for _, row := range rows {
			err = errors.Join(err, w.Write(row))
			trimmed := make([]string, width)
			for i, c := range row {
				trimmed[i] = Trim(c)
			}
			if !allEmpty(trimmed) {
				want = append(want, trimmed)
			}
		}
		if err := errors.Join(err, w.Flush()); err != nil {
			t.Fatal(err)
		}
		if looksBinary(b.Bytes()) {
			return // cells of control characters make a file that is no text
		}
		r, err := New("", b.Bytes(), Options{})
		if err != nil {
			t.Fatalf("%v\n%q", err, b.String())
		}
		for _, cells := range want {
			row, err := r.Next()
			if err != nil {
				t.Fatalf("%v\n%q", err, b.String())
			}
			for i := range cells {
				if row.Cells[i] != cells[i] {
					t.Fatalf("cell %d: %q, want %q\n%q", i, row.Cells[i], cells[i], b.String())
				}
			}
		}
		if row, err := r.Next(); err == nil {
			t.Fatalf("one row more: %q", row.Cells)
		}
		// Other programs read the same number of cells, and none is a formula.
		c := csv.NewReader(strings.NewReader(b.String()))
		all, err := c.ReadAll()
		if err != nil {
			t.Fatalf("encoding/csv: %v\n%q", err, b.String())
		}
		for _, row := range all {
			for _, cell := range row {
				if strings.IndexAny(Trim(cell), "=@＝＠＋－") == 0 {
					t.Fatalf("a formula was written: %q", cell)
				}
			}
		}
	})
}

// A variation selector before an apostrophe is trimmed when the cell is read, and
// hides no formula from the writer.
func TestVariationSelectorHidesNothing(t *testing.T) {
	for _, cell := range []string{"\U000E0100'\t\"", "\ufe0f=1+1", "\ufe0f'=1+1"} {
		if got := unneutral(Trim(neutral(cell))); got != Trim(cell) {
			t.Errorf("%q is read again as %q, want %q", cell, got, Trim(cell))
		}
	}
	if got := neutral("\ufe0f=1+1"); got[0] != '\'' {
		t.Errorf("a formula behind a variation selector is written as %q", got)
	}
}

// Rows that are put into words on all processors stand as a Writer alone would write them.
func TestWriteRows(t *testing.T) {
	row := func(cells []string, i int) []string {
		return append(cells, strconv.Itoa(i), "a,b", "", "="+strconv.Itoa(i%7))
	}
	for _, n := range []int{0, 1, 4095, 4096, 4097, 3*4096*runtime.GOMAXPROCS(0) + 5} {
		var want, got bytes.Buffer
		w := NewWriter(&want)
		w.Write([]string{"id", "text", "nothing", "formula"})
		for i := range n {
			w.Write(row(nil, i))
		}
		w.Flush()
		if err := WriteRows(&got, []string{"id", "text", "nothing", "formula"}, n, row); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%d rows: %d bytes, not the %d that a Writer writes", n, got.Len(), want.Len())
		}
	}
}

// fullAfter is a disk with room for so many bytes.
type fullAfter int

func (f *fullAfter) Write(b []byte) (int, error) {
	if *f -= fullAfter(len(b)); *f < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestWriteRowsSaysWhatWentWrong(t *testing.T) {
	for _, room := range []fullAfter{0, 10, 5000, 100_000} {
		if err := WriteRows(&room, []string{"id"}, 50_000, func(cells []string, i int) []string { return append(cells, strconv.Itoa(i)) }); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("got %v", err)
		}
	}
}
