package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"

	"mitra/table"
)

// Codes of the errors that this package adds to those of package table.
const (
	CodeBadMap       = "bad_map"        // the mapping file is not what it should be
	CodeNoName       = "no_name_column" // no column is recognised as a name
	CodeNoUsableRows = "no_usable_rows" // every row was rejected, or there is none
	CodeBadSource    = "bad_source"     // the name of the source cannot be used
	CodeRejectedFile = "rejected_file"  // the rejected rows cannot be written where they are to go
)

// readMap reads a mapping: one table [columns] of canonical = "heading in the
// file". Anything else in it is an error.
func readMap(path string, n Noun) (map[Field]string, error) {
	fail := func(line int, message, hint string) error {
		return &table.Error{Code: CodeBadMap, Message: message, Hint: hint, File: path, Line: line}
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &table.Error{Code: table.CodeNotFound, Message: "no such file", Hint: "check the name of the mapping", File: path, Err: err}
	}
	if err != nil {
		return nil, &table.Error{Code: table.CodeUnreadable, Message: "the mapping cannot be read", File: path, Err: err}
	}
	const form = "a mapping has one table [columns] with lines such as full_name = \"heading in the file\""
	var doc struct {
		Columns map[string]string `toml:"columns"`
	}
	md, err := toml.Decode(string(text), &doc)
	if err != nil {
		line := 0
		message := "the mapping is not readable: every value must be a text"
		if pe := (toml.ParseError{}); errors.As(err, &pe) {
			line, message = pe.Position.Line, "the mapping is not TOML: "+pe.Message
		}
		return nil, fail(line, message, form)
	}
	if extra := md.Undecoded(); len(extra) > 0 {
		return nil, fail(0, fmt.Sprintf("the mapping has the unknown key %q", extra[0].String()), form)
	}
	if len(doc.Columns) == 0 {
		return nil, fail(0, "the mapping names no column", form)
	}
	out := make(map[Field]string, len(doc.Columns))
	names := make([]string, 0, len(doc.Columns))
	for name := range doc.Columns {
		names = append(names, name)
	}
	sort.Strings(names) // the same fault is told first every time
	used := make(map[string]string)
	for _, name := range names {
		heading := doc.Columns[name]
		f, ok := n.fieldNamed(name)
		if !ok {
			return nil, fail(0, fmt.Sprintf("%s have no column %q", n, name), "the columns are "+n.columnList())
		}
		if other, ok := used[heading]; ok {
			return nil, fail(0, fmt.Sprintf("%s and %s are both mapped to the same heading", other, name), "map each heading once")
		}
		used[heading] = name
		out[f] = heading
	}
	return out, nil
}

func (n Noun) columnList() string {
	names := make([]string, 0, len(n.Fields()))
	for _, f := range n.Fields() {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

// A layout says what each column of a file is.
type layout struct {
	header  []string        // as given
	index   [fieldCount]int // column of each field, -1 where the file has none
	columns []column        // those that hold something, in the order of their headings
}

// column is one column of a file.
type column struct {
	at      int
	heading string
	field   Field // fieldCount: not recognised, kept as given
	running bool  // a running number of the rows, which is no content
}

// columnsOf returns the columns of a header in the order of their headings,
// which does not change when a list is arranged anew.
func columnsOf(header []string, field func(i int) Field) []column {
	out := make([]column, 0, len(header))
	for i, h := range header {
		f := field(i)
		out = append(out, column{at: i, heading: h, field: f,
			running: f == fieldCount && runningNumbers[table.NormalHeader(h)]})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].heading < out[j].heading })
	return out
}

// runningNumbers are headings of columns that number the rows of a list.
var runningNumbers = map[string]bool{
	"no": true, "nr": true, "#": true, "row": true, "rowno": true, "rownumber": true, "sno": true, "slno": true,
	"nourut": true, "nomorurut": true, "urut": true, "baris": true, "លរ": true, "ល។រ": true, "លរ។": true,
}

// lay recognises the columns of a header. Mapped columns come first; another
// column that has the canonical name of a mapped one is not recognised then.
func lay(header []string, n Noun, mapped map[Field]string, file string) (*layout, error) {
	names := append([]string(nil), header...)
	for f, heading := range mapped {
		at := -1
		for i, h := range header {
			if h == heading {
				at = i
			}
		}
		if at < 0 {
			for i, h := range header {
				if h != "" && table.NormalHeader(h) == table.NormalHeader(heading) {
					at = i
				}
			}
		}
		if at < 0 {
			return nil, &table.Error{
				Code: CodeBadMap, File: file, Line: 1,
				Message: fmt.Sprintf("the mapping names a heading for %s that the file does not have", f),
				Hint:    headingList(header),
			}
		}
		for i := range names {
			if i != at && table.NormalHeader(names[i]) == table.NormalHeader(f.String()) {
				names[i] = ""
			}
		}
		names[at] = f.String()
	}
	m, err := table.Recognise(names, n.columns())
	if err != nil {
		if e := (*table.Error)(nil); errors.As(err, &e) {
			e.File = file
			e.Hint = "rename or remove one of them, or say with --map which one to use"
		}
		return nil, err
	}
	l := &layout{header: header}
	field := make([]Field, len(header))
	for i := range field {
		field[i] = fieldCount
	}
	for f := range l.index {
		l.index[f] = -1
	}
	for _, f := range n.Fields() {
		if at := m.Index(f.String()); at >= 0 {
			l.index[f] = at
			field[at] = f
		}
	}
	if l.index[FullName] < 0 && l.index[GivenName] < 0 && l.index[Surname] < 0 {
		return nil, noName(header, n, file)
	}
	l.columns = columnsOf(header, func(i int) Field { return field[i] })
	return l, nil
}

func noName(header []string, n Noun, file string) error {
	e := &table.Error{Code: CodeNoName, File: file, Line: 1,
		Message: "no column is recognised as a name (full_name, or given_name and surname)"}
	if table.LooksLikeData(header) {
		e.Hint = "the first line seems to be a row of data; add a first line that names the columns: " + n.columnList()
		return e
	}
	e.Hint = headingList(header) + `; say which is which with --map MAP.toml, a file with the line [columns] and then lines such as full_name = "heading in the file"`
	if len(header) == 1 {
		e.Hint = headingList(header) + ", and no other: columns are separated by comma, semicolon, tab or bar; save the file as CSV UTF-8 or .xlsx from the program it came from"
	}
	return e
}

// notes tells which columns say nothing to this program, so that nobody takes
// them for read.
func (l *layout) notes() []string {
	var unknown []string
	for _, c := range l.columns {
		if c.field == fieldCount && !c.running && c.heading != "" {
			unknown = append(unknown, c.heading)
		}
	}
	if len(unknown) == 0 || table.LooksLikeData(l.header) {
		return nil
	}
	return []string{"not recognised, and kept as given: " + quoted(unknown) + "; --map says what a column is"}
}

// quoted lists the first of many headings.
func quoted(headings []string) string {
	const most = 30
	var names []string
	for _, h := range headings {
		if h != "" && len(names) < most {
			names = append(names, fmt.Sprintf("%.40q", h))
		}
	}
	return strings.Join(names, ", ")
}

// headingList tells which headings a file has, unless they look like somebody's
// data.
func headingList(header []string) string {
	if table.LooksLikeData(header) {
		return "the first line of the file seems to be a row of data, not column names"
	}
	return "the file has the columns " + quoted(header)
}

// heading names a column in the words of the file.
func (l *layout) heading(at int) string {
	if h := l.header[at]; h != "" {
		return h
	}
	return fmt.Sprintf("column %d", at+1)
}
