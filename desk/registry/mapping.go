package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"

	"mitra/identity/linkage"
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
	known   table.Vocabulary
	// days1904: a bare number of days is not what it is elsewhere.
	days1904 bool
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
var runningNumbers = table.NewVocabulary(linkage.RowNumbers()...)

// vocabulary are the headings by which any register calls its columns, and those
// that a mapping names.
func vocabulary(mapped map[Field]string) table.Vocabulary {
	var headings []string
	for _, n := range Nouns {
		for _, c := range n.columns() {
			headings = append(append(headings, c.Name), c.Aliases...)
		}
	}
	for _, h := range mapped {
		headings = append(headings, h)
	}
	return table.NewVocabulary(headings...)
}

// lay recognises the columns of a header. Mapped columns come first; another
// column that has the canonical name of a mapped one is not recognised then.
// Errors lack file and line.
func lay(header []string, n Noun, mapped map[Field]string, known table.Vocabulary) (*layout, error) {
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
				Code:    CodeBadMap,
				Message: fmt.Sprintf("the mapping names a heading for %s that the file does not have", f),
				Hint:    known.List(header),
			}
		}
		for i := range names {
			if i != at && table.NormalHeader(names[i]) == table.NormalHeader(f.String()) {
				names[i] = ""
			}
		}
		names[at] = f.String()
	}
	return layAs(header, names, n, known)
}

// layAs is lay where names say which column is which: by a name that is known, or not at all.
func layAs(header, names []string, n Noun, known table.Vocabulary) (*layout, error) {
	m, err := table.Recognise(names, n.columns())
	if err != nil {
		if e := (*table.Error)(nil); errors.As(err, &e) {
			e.Hint = "rename or remove one of them, or say with --map which one to use"
		}
		return nil, err
	}
	l := &layout{header: header, known: known}
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
		return nil, noName(header, n, known)
	}
	l.columns = columnsOf(header, func(i int) Field { return field[i] })
	return l, nil
}

func noName(header []string, n Noun, known table.Vocabulary) error {
	const mapping = `--map MAP.toml, a file with the line [columns] and then lines such as full_name = "heading in the file"`
	e := &table.Error{Code: CodeNoName, Message: "no column is recognised as a name (full_name, or given_name and surname)", Hint: known.List(header)}
	switch {
	case len(header) == 1:
		e.Hint += "; there is one column only, and columns are separated by comma, semicolon, tab or bar; save the file as CSV UTF-8 or .xlsx from the program it came from"
	case known.Knows(header):
		e.Hint += "; say which is which with " + mapping
	default:
		e.Hint += "; columns are known by names such as " + n.columnList() + "; if others stand there, say which is which with " + mapping
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
	if len(unknown) == 0 || !l.known.Knows(l.header) {
		return nil
	}
	return []string{"not recognised, and kept as given: " + table.Quote(unknown) + "; --map says what a column is"}
}

// heading names a column in the words of the file.
func (l *layout) heading(at int) string {
	if h := l.header[at]; h != "" {
		return h
	}
	return fmt.Sprintf("column %d", at+1)
}
