package registry

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"slices"

	"mitra/table"
)

// A Preview is what an import would take the columns of a file for. It has headings and counts, and nobody.
type Preview struct {
	Columns []PreviewColumn
	// Named says that the first line names the columns. Where that is not plain it may be somebody's data, and no heading is told.
	Named          bool
	Rows, Rejected int  // of the rows at the beginning that were looked at
	All            bool // there are no others
	Notes          []string
	Hash           string       // of the file, as [Batch.FileHash]
	Wrong          *table.Error // what has to be said of the columns before it can be imported; nil where nothing has
}

// A PreviewColumn is a column of the file.
type PreviewColumn struct {
	Heading string // "" for a column without one, or with one that is not told
	Field   string // the canonical name of what it is taken for; "" where it is kept as given
	Filled  int    // rows that say something there
	Faults  int    // rows that would be set aside for what they say there
}

// Look reads the beginning of the file that o names, as [Import] would, and stores nothing. An error about the file is a [*table.Error].
func Look(ctx context.Context, o Options) (p Preview, err error) {
	if o, err = o.withDefaults(); err != nil {
		return p, err
	}
	known := vocabulary(nil)
	t, err := table.Open(o.Path, table.Options{Known: known, Stop: ctx.Err})
	if err != nil {
		return p, err
	}
	defer t.Close()
	header := ownHeader(t.Header())
	hash := t.SHA256()
	p.Named, p.Notes, p.Hash = known.Knows(header), t.Notes(), hex.EncodeToString(hash[:])
	p.Columns = make([]PreviewColumn, len(header))
	for i, h := range header {
		if p.Named {
			p.Columns[i].Heading = h
		}
	}
	c := cut(t, len(header))
	if c.err != nil && c.err != io.EOF {
		return p, c.err
	}
	p.Rows, p.All = len(c.rows), c.err == io.EOF
	for _, r := range c.rows {
		for i, cell := range r.cells {
			if cell != "" {
				p.Columns[i].Filled++
			}
		}
	}
	l, err := o.lay(header, nil, known)
	if e, ok := errors.AsType[*table.Error](err); ok {
		p.Wrong = e
		for i := range header {
			p.Columns[i].Field = o.meaning(header, i)
		}
		return p, nil
	}
	if err != nil {
		return p, err
	}
	l.days1904 = t.Date1904()
	at := map[string]int{} // by the name under which faults are told
	for i := range header {
		at[l.heading(i)] = i
	}
	for f, i := range l.index {
		if i >= 0 {
			p.Columns[i].Field = Field(f).String()
		}
	}
	parser := newParser(o.Noun, o.Source, l, o.Today)
	for _, r := range c.rows {
		if r.cells != nil {
			r = parser.parse(r.line, r.cells, r.faults...)
		}
		if len(r.faults) == 0 {
			continue
		}
		p.Rejected++
		for _, f := range r.faults {
			if i, ok := at[f.column]; ok {
				p.Columns[i].Faults++
			}
		}
	}
	return p, nil
}

// lay recognises the columns of a header, as the options say.
func (o Options) lay(header []string, mapped map[Field]string, known table.Vocabulary) (*layout, error) {
	if o.Meaning == nil {
		return lay(header, o.Noun, mapped, known)
	}
	if len(o.Meaning) != len(header) {
		return nil, &table.Error{Code: CodeBadMap, Message: "the file has other columns than those that were named", Hint: "look at the file again"}
	}
	for _, name := range o.Meaning {
		if _, ok := o.Noun.fieldNamed(name); !ok && name != "" {
			return nil, &table.Error{Code: CodeBadMap, Message: "there is no such column", Hint: "the columns are " + o.Noun.columnList()}
		}
	}
	return layAs(header, slices.Clone(o.Meaning), o.Noun, known)
}

// meaning is what one column is taken for by itself, whatever the others are.
func (o Options) meaning(header []string, i int) string {
	if o.Meaning != nil {
		if i < len(o.Meaning) {
			return o.Meaning[i]
		}
		return ""
	}
	m, err := table.Recognise(header[i:i+1], o.Noun.columns())
	if err != nil {
		return ""
	}
	for _, f := range o.Noun.Fields() {
		if m.Index(f.String()) == 0 {
			return f.String()
		}
	}
	return ""
}
