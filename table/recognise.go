package table

import (
	"fmt"
	"strings"
)

// Field is one column that a caller knows, with the other names it goes by.
type Field struct {
	Name    string
	Aliases []string
}

// Mapping tells which column of a header is which field.
type Mapping struct {
	index   map[string]int
	unknown []string
}

// Index returns the column (from 0) of the field, or -1 if the header has none.
func (m Mapping) Index(name string) int {
	if i, ok := m.index[name]; ok {
		return i
	}
	return -1
}

// Len returns how many fields the header has.
func (m Mapping) Len() int { return len(m.index) }

// Unknown returns the named columns that are no field, in their order.
func (m Mapping) Unknown() []string { return m.unknown }

// Recognise finds the fields among the columns of a header. Names are compared
// by [NormalHeader]. A column that has a field's own name is that field, and
// then other columns with mere aliases of it are unknown; two columns that
// claim a field with equal right are an error of code ambiguous_column that
// names both, without file and line. A column goes to the first field that fits.
func Recognise(header []string, fields []Field) (Mapping, error) {
	exact := make(map[string]string, len(fields))
	alias := make(map[string]string)
	for _, f := range fields {
		if n := NormalHeader(f.Name); exact[n] == "" {
			exact[n] = f.Name
		}
		for _, a := range f.Aliases {
			if n := NormalHeader(a); alias[n] == "" {
				alias[n] = f.Name
			}
		}
	}

	normal := make([]string, len(header))
	for i, h := range header {
		normal[i] = NormalHeader(h)
	}
	m := Mapping{index: make(map[string]int)}
	used := make([]bool, len(header))
	claim := func(names map[string]string, taken func(field string) bool) error {
		claimed := make(map[string]int)
		for i, n := range normal {
			field := names[n]
			if n == "" || used[i] || field == "" || taken(field) {
				continue
			}
			if j, ok := claimed[field]; ok {
				return &Error{
					Code:    CodeAmbiguousColumn,
					Message: fmt.Sprintf("columns %q and %q both mean %s", header[j], header[i], field),
					Hint:    "rename or remove one of them, or say with a mapping which one to use",
					Column:  header[i],
				}
			}
			claimed[field] = i
		}
		for field, i := range claimed {
			m.index[field] = i
			used[i] = true
		}
		return nil
	}
	if err := claim(exact, func(string) bool { return false }); err != nil {
		return Mapping{}, err
	}
	has := func(field string) bool { _, ok := m.index[field]; return ok }
	if err := claim(alias, has); err != nil {
		return Mapping{}, err
	}
	for i, h := range header {
		if !used[i] && strings.TrimSpace(h) != "" {
			m.unknown = append(m.unknown, h)
		}
	}
	return m, nil
}
