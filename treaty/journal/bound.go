package journal

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"mitra/store"
)

// A Bound table has its rows bound by events of the house book: each event that changes rows names, in the member
// "rows" of its data, the digest of what each is then ([store.Row.Digest]), "" for one that is gone. So a later change
// that no event tells of is found ([Bound.Verify]). The rows have a random column, and an event tells nothing of them.
type Bound struct {
	Table string
	Key   string // the column by which a row is named
	All   string // SELECT of all columns, that one first and as a text, without WHERE
}

// NewSeal is the random column of a row.
func NewSeal() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// Rows are the digests of rows as they are now, for the event that tells of their change.
func (b Bound) Rows(tx *store.Tx, keys ...string) (map[string]string, error) {
	out := map[string]string{}
	for _, key := range keys {
		rows, err := tx.Query(b.All+" WHERE "+b.Key+" = $1", key)
		if err != nil {
			return nil, err
		}
		name := b.Table + " " + key
		out[name] = ""
		var r store.Row
		for rows.Next() {
			if err := r.Scan(rows); err != nil {
				rows.Close()
				return nil, err
			}
			out[name] = digest(&r)
		}
		if err := rows.Err(); err != nil {
			rows.Close()
			return nil, err
		}
		rows.Close()
	}
	return out, nil
}

func digest(r *store.Row) string {
	d := r.Digest()
	return base64.RawURLEncoding.EncodeToString(d[:])
}

// VerifyBound compares the rows of tables with what the last event that tells of each says; found has a line for each
// difference, without a value of any row.
func VerifyBound(tx *store.Tx, tables ...Bound) (found []string, err error) {
	told := map[string]string{}
	marks := marksOf([]string{"rows"}) // most events are views, which change nothing
	if err := events(tx, House, func(text []byte) bool { return mentions(text, marks) }, func(e Event) error {
		var data struct {
			Rows map[string]string `json:"rows"`
		}
		if json.Unmarshal(e.Data, &data) == nil {
			for name, digest := range data.Rows {
				told[name] = digest
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	for _, b := range tables {
		rows, err := tx.Query(b.All)
		if err != nil {
			return nil, err
		}
		var r store.Row
		for rows.Next() {
			if err := r.Scan(rows); err != nil {
				rows.Close()
				return nil, err
			}
			name := b.Table + " " + r.Text(0)
			if want, ok := told[name]; !ok || want != digest(&r) {
				found = append(found, fmt.Sprintf("a row of %s is not what the events say", b.Table))
			}
			delete(told, name)
		}
		if err := rows.Err(); err != nil {
			rows.Close()
			return nil, err
		}
		rows.Close()
	}
	for name, digest := range told {
		for _, b := range tables {
			if len(name) > len(b.Table) && name[:len(b.Table)+1] == b.Table+" " && digest != "" {
				found = append(found, fmt.Sprintf("a row of %s is gone that an event tells of", b.Table))
			}
		}
	}
	return found, nil
}
