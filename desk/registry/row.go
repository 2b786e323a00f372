package registry

import (
	"strings"

	"mitra/identity/person"
	"mitra/table"
)

// rowParser makes records of rows. It is for one goroutine.
type rowParser struct {
	noun    Noun
	source  string
	layout  *layout
	reader  reader
	scratch []byte // of hashes
	json    []byte // of the values as read
}

// A row is one row of a file, read.
type row struct {
	line      int
	cells     []string
	key       string // "" if the row does not tell which record it is
	byContent bool   // the key is the content
	given     string // the cells as JSON
	fields    string // the values as JSON
	hash      Hash
	faults    []fault // not empty: the row is rejected
}

// A fault is one reason to set a row aside. It never holds what a cell held.
type fault struct {
	column string
	reason string
}

// parse reads one row; cells has a cell for each column of the header. faults
// are those of cells that could not be read, which are blank.
func (p *rowParser) parse(line int, cells []string, faults ...fault) row {
	r := row{line: line, cells: cells, faults: faults}
	var f Fields
	for _, c := range p.noun.Fields() {
		at := p.layout.index[c]
		if at < 0 || cells[at] == "" {
			continue
		}
		v, slip, flag, err := p.reader.value(c.typ(), cells[at])
		if err != nil {
			r.faults = append(r.faults, fault{p.layout.heading(at), reason(err)})
			continue
		}
		f.values[c] = v
		if slip != 0 {
			f.Repairs = append(f.Repairs, c.String()+": "+slip.String())
		}
		if flag != "" && p.flagged(&f) {
			f.Flags = append(f.Flags, c.String()+": "+flag)
		}
	}
	if len(r.faults) == 0 && !identifies(&f) {
		r.faults = append(r.faults, fault{"", "nothing in the row says who it is: no name and no document number"})
	}
	r.key = p.namedKey(&f)
	if len(r.faults) > 0 {
		// Where a list has ids, only its id tells which record a row is that is set
		// aside: the id may be what is damaged.
		if p.layout.index[ID] >= 0 && f.values[ID] == "" {
			r.key = ""
		}
		return r
	}
	p.json = f.appendJSON(p.json[:0])
	if r.key == "" {
		r.key, r.byContent = p.contentKey(p.json, cells), true
	}
	r.hash, p.scratch = hashOf(p.scratch, p.noun, p.source, r.key, p.layout.columns, cells, p.json)
	r.fields = string(p.json)
	p.json = appendTexts(p.json[:0], cells)
	r.given = string(p.json)
	return r
}

// flagged reports whether the number of a person of this nationality has to
// have the form of a NIK.
func (p *rowParser) flagged(f *Fields) bool {
	c := f.values[Nationality]
	return c == "" || c == indonesia
}

const indonesia = "IDN"

// identifies reports whether the values say who a person is.
func identifies(f *Fields) bool {
	for _, c := range [...]Field{FullName, GivenName, Surname, PassportNo, NationalID, PermitNo} {
		if f.values[c] != "" {
			return true
		}
	}
	return false
}

// namedKey returns the key that the source's id or a document number gives.
func (p *rowParser) namedKey(f *Fields) string {
	if id := f.values[ID]; id != "" {
		return KeyOfID(id)
	}
	if c, prefix, ok := p.noun.document(); ok && names(f.values[c]) {
		return prefix + f.values[c]
	}
	return ""
}

// names reports whether a document number can name a document: "0" and "XX"
// stand in lists for numbers that nobody knew.
func names(number string) bool {
	return len(number) >= 3 && strings.Trim(number, "0X") != ""
}

// faultsOf are the faults that package table found in a row.
func faultsOf(e *table.Error) []fault {
	var faults []fault
	for _, e := range append([]*table.Error{e}, e.More...) {
		why := e.Message
		if e.Hint != "" {
			why += " (" + e.Hint + ")"
		}
		faults = append(faults, fault{e.Column, why})
	}
	return faults
}

// tell returns column and reason for the file of rejected rows.
func tell(faults []fault) (column, why string) {
	if len(faults) == 1 {
		return faults[0].column, faults[0].reason
	}
	columns := make([]string, len(faults))
	whys := make([]string, len(faults))
	for i, f := range faults {
		columns[i] = f.column
		whys[i] = f.column + ": " + f.reason
	}
	return strings.Join(columns, ", "), strings.Join(whys, "; ")
}

// newParser returns a parser of rows for one more goroutine.
func newParser(n Noun, source string, l *layout, today person.Date) *rowParser {
	p := &rowParser{noun: n, source: source, layout: l, reader: newReader(today)}
	p.reader.days1904 = l.days1904
	return p
}
