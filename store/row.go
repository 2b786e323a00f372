package store

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"regexp"
)

// A Row reads rows of which nothing is taken for granted, not even the types
// that the columns were declared with: SQLite keeps a value of any type in any
// column, and somebody may have put it there. Scan takes the next row; then
// each value is asked for by its type, and [Row.Damaged] names the columns that
// hold none of it.
type Row struct {
	columns []string
	values  []any
	into    []any
	damaged []string
}

// Scan takes the values of the current row. Its error is one of the database,
// never of a value.
func (r *Row) Scan(rows *sql.Rows) error {
	if r.columns == nil {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		r.columns, r.values, r.into = columns, make([]any, len(columns)), make([]any, len(columns))
		for i := range r.values {
			r.into[i] = &r.values[i]
		}
	}
	r.damaged = nil
	return rows.Scan(r.into...)
}

// Text, Int, Float and Bytes return the value of column i, or the zero value
// where it has another type.
func (r *Row) Text(i int) string   { return valueOf[string](r, i) }
func (r *Row) Int(i int) int64     { return valueOf[int64](r, i) }
func (r *Row) Float(i int) float64 { return valueOf[float64](r, i) }
func (r *Row) Bytes(i int) []byte  { return valueOf[[]byte](r, i) }

// Truth is the value of a column of 0 and 1.
func (r *Row) Truth(i int) bool {
	n, ok := r.values[i].(int64)
	if !ok || n != 0 && n != 1 {
		r.damaged = append(r.damaged, r.columns[i])
	}
	return n == 1
}

// Null reports whether column i holds nothing.
func (r *Row) Null(i int) bool { return r.values[i] == nil }

// Digest is SHA-256 over the names, types and values of the row's columns. Nothing and an empty BYTEA are the
// same. Whoever binds a row by it puts something random into the row: then nobody can try values out.
func (r *Row) Digest() [sha256.Size]byte {
	h := sha256.New()
	for i, v := range r.values {
		if b, ok := v.([]byte); ok && len(b) == 0 {
			v = nil
		}
		text := fmt.Sprintf("%T %v", v, v)
		fmt.Fprintf(h, "%s %d %s\n", r.columns[i], len(text), text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// Damaged names the columns that were asked for a type they do not hold.
func (r *Row) Damaged() []string { return r.damaged }

func valueOf[T any](r *Row, i int) T {
	v, ok := r.values[i].(T)
	if !ok {
		r.damaged = append(r.damaged, r.columns[i])
	}
	return v
}

var idForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// IsID reports whether a text has the form of an id of [NewID]. A stored text
// that should be one and is not may be anything, a name among it: it is not
// repeated to anybody.
func IsID(s string) bool { return idForm.MatchString(s) }
