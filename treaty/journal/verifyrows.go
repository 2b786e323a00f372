package journal

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// leaf is a row of journal_leaf as it is stored, whatever that is.
type leaf struct {
	id, idx, salt, event, leaf any
	missing                    bool
}

func scanLeaf(rows *sql.Rows) (l leaf, err error) {
	err = rows.Scan(&l.id, &l.idx, &l.salt, &l.event, &l.leaf)
	return l, err
}

func (l leaf) idText() string {
	if l.missing {
		return ""
	}
	return text(l.id)
}

// record returns the hash with which the leaf enters the tree, and what is
// wrong with the row, if anything. stored is the tree's own hash of it, nil if
// that is missing or the event is pending. Where row and tree disagree, the
// walk goes on with what is more likely to have been there, so that one change
// is one finding and not one at every level above.
func (l leaf) record(stored *tlog.Hash) (tlog.Hash, string) {
	fallback := func() tlog.Hash {
		if stored != nil {
			return *stored
		}
		return tlog.Hash{}
	}
	if l.missing {
		return fallback(), "the event is missing"
	}
	kept, ok := l.leaf.([]byte)
	if !ok || len(kept) != sha256.Size {
		return fallback(), "the event's leaf was changed: it is no SHA-256"
	}
	if l.salt == nil && l.event == nil {
		if h := tlog.RecordHash(kept); stored != nil && *stored != h {
			return *stored, "the erased event's leaf, or the tree's hash of it, was changed"
		}
		return tlog.RecordHash(kept), ""
	}
	salt, okSalt := l.salt.([]byte)
	event, okEvent := l.event.([]byte)
	if !okSalt || !okEvent || len(salt) != saltSize {
		return fallback(), "the event or its salt was changed or removed"
	}
	sum := leafOf(salt, event)
	record := tlog.RecordHash(sum[:])
	switch agree := stored != nil && *stored == record; {
	case sum == [sha256.Size]byte(kept) && (agree || stored == nil):
		return record, ""
	case sum == [sha256.Size]byte(kept):
		return record, "the tree has another event at this index: the event was moved or replaced, or the tree's hash changed"
	case agree:
		return record, "the event's leaf was changed"
	}
	return fallback(), "the event or its salt was changed"
}

// opened is the part of an event that verification looks into.
type opened struct {
	ID   string          `json:"id"`
	Book string          `json:"book"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// open returns the event of a row with content, or what is wrong with it. That
// the bytes are those of the leaf is record's business.
func (l leaf) open(book string) (opened, string) {
	b, ok := l.event.([]byte)
	var e opened
	if !ok || json.Unmarshal(b, &e) != nil {
		return e, "the row holds no event"
	}
	if e.ID != l.id {
		return e, "the row's id is not that of its event, " + text(e.ID)
	}
	if e.Book != book {
		return e, "the event belongs to the book " + text(e.Book)
	}
	return e, ""
}

// readLeaves returns the rows with the indices lo to hi-1, with missing ones
// marked.
func (b *bookCheck) readLeaves(lo, hi int64) ([]leaf, error) {
	out := make([]leaf, hi-lo)
	for i := range out {
		out[i].missing = true
	}
	rows, err := b.tx.Query(verifyLeaves, b.Name, lo, hi)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLeaf(rows)
		if err != nil {
			return nil, err
		}
		if i, ok := l.idx.(int64); ok {
			out[i-lo] = l
		} else {
			b.find(-1, l.idText(), "the event's index is no whole number")
		}
	}
	return out, rows.Err()
}

// readHashes returns the stored hashes that belong to the leaves lo to hi-1,
// nil where one is missing.
func (b *bookCheck) readHashes(lo, hi int64) ([]*tlog.Hash, error) {
	from, to := tlog.StoredHashIndex(0, lo), tlog.StoredHashIndex(0, hi)
	out := make([]*tlog.Hash, to-from)
	rows, err := b.tx.Query(verifyHashes, b.Name, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var pos, hash any
		if err := rows.Scan(&pos, &hash); err != nil {
			return nil, err
		}
		p, okPos := pos.(int64)
		h, okHash := hash.([]byte)
		switch {
		case !okPos:
			b.find(-1, "", "a hash's position is no whole number: %s", text(pos))
		case !okHash || len(h) != tlog.HashSize:
			_, n := tlog.SplitStoredHashIndex(p)
			b.find(n, "", "the tree's hash at position %d was changed: it is no SHA-256", p)
			out[p-from] = &tlog.Hash{}
		default:
			kept := tlog.Hash(h)
			out[p-from] = &kept
		}
	}
	return out, rows.Err()
}

// head is a row of journal_head.
type head struct {
	size int64
	note string
}

// readHeads returns the checkpoints with sizes lo+1 to hi.
func (b *bookCheck) readHeads(lo, hi int64) ([]head, error) {
	rows, err := b.tx.Query(verifyHeads, b.Name, lo, hi)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []head
	for rows.Next() {
		var size, signed any
		if err := rows.Scan(&size, &signed); err != nil {
			return nil, err
		}
		n, okSize := size.(int64)
		s, okNote := signed.(string)
		switch {
		case !okSize:
			b.find(-1, "", "a checkpoint's size is no whole number: %s", text(size))
		case !okNote:
			b.find(n, "", "the checkpoint of size %d is no text", n)
		default:
			out = append(out, head{n, s})
		}
	}
	return out, rows.Err()
}

// strayRow is the place of a row outside the tree: its position last, after its
// id if it has one.
type strayRow []any

func (s strayRow) at() (index int64, id string) {
	index = -1
	if n, ok := s[len(s)-1].(int64); ok {
		index = n
	}
	if len(s) > 1 {
		id = text(s[0])
	}
	return index, id
}

// countStray counts the rows of a query and returns the first.
func (b *bookCheck) countStray(query string, bound int64) (n int64, first strayRow, err error) {
	rows, err := b.tx.Query(query, b.Name, bound)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, nil, err
	}
	for rows.Next() {
		if n++; n > 1 {
			continue
		}
		first = make(strayRow, len(columns))
		into := make([]any, len(columns))
		for i := range first {
			into[i] = &first[i]
		}
		if err := rows.Scan(into...); err != nil {
			return 0, nil, err
		}
	}
	return n, first, rows.Err()
}

// values reads one column of whatever it holds.
func values(tx *store.Tx, query string, args ...any) ([]any, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []any
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// text shows a stored value in little room: a number, a book's name or an id as
// it stands. What should be one of these and is not may be anything that was
// copied there, personal data among it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case int64, float64:
		return fmt.Sprint(v)
	case string:
		if bookName.MatchString(v) {
			return v
		}
		return fmt.Sprintf("(a text of %d bytes)", len(v))
	case []byte:
		return fmt.Sprintf("(%d bytes)", len(v))
	}
	return fmt.Sprintf("(a %T)", v)
}
