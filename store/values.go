package store

import (
	"fmt"
	"strings"
)

// Values writes rows as the list of a VALUES clause, whose columns both databases call column1,
// column2 …, for one statement that changes or adds many rows. It is put into the statement's text
// behind "VALUES "; its placeholders begin with $first, and args are their values. Each row has as
// many values as the first, of the same types.
func (tx *Tx) Values(first int, rows [][]any) (list string, args []any) {
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for k, v := range row {
			if k > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "CAST($%d AS %s)", first+len(args), tx.typeOf(v))
			args = append(args, v)
		}
		b.WriteByte(')')
	}
	return b.String(), args
}

// typeOf is what a database calls the type of a value: PostgreSQL has to be told.
func (tx *Tx) typeOf(v any) string {
	switch v.(type) {
	case []byte:
		if tx.dialect == SQLite {
			return "BLOB"
		}
		return "BYTEA"
	case int, int64, bool:
		return "BIGINT"
	}
	return "TEXT" // times too
}
