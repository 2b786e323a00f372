package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// page is the number of leaves that Verify reads at a time. Memory does not
// depend on the size of a book.
const page = 4096

// Verify recomputes every book of db and reports whatever is not as it was
// written. vkey is the node's public key, heads the folder of the head files.
// An error means that it could not be done; damage is no error, but in the
// report.
//
// It sees one state of the database, so it may run beside a working node.
func Verify(ctx context.Context, db *store.DB, vkey, heads string) (Report, error) {
	if _, _, err := parsePublic(vkey); err != nil {
		return Report{}, fmt.Errorf("verify the journal: %w", err)
	}
	files, err := readHeadFiles(heads) // before the database: a file never runs ahead of it
	if err != nil {
		return Report{}, fmt.Errorf("verify the journal: %w", err)
	}
	var r Report
	err = db.Read(ctx, func(tx *store.Tx) error {
		r = Report{CannotKnow: CannotKnow, Findings: []Finding{}}
		stored, err := values(tx, allBooks)
		if err != nil {
			return err
		}
		books := []string{House}
		for book := range files {
			books = append(books, book)
		}
		for _, v := range stored {
			book, ok := v.(string)
			if !ok || !bookName.MatchString(book) {
				if err := r.addNameless(tx, v); err != nil {
					return err
				}
				continue
			}
			books = append(books, book)
		}
		slices.Sort(books)
		for _, book := range slices.Compact(books) {
			b := &bookCheck{tx: tx, report: &r, BookReport: BookReport{Name: book, WitnessedBy: []string{}}}
			if err := b.check(vkey, files[book]); err != nil {
				return err
			}
			r.Books = append(r.Books, b.BookReport)
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the journal: %w", err)
	}
	return r, nil
}

// addNameless reports the rows filed under a name that no book can have.
func (r *Report) addNameless(tx *store.Tx, name any) error {
	const what = "filed under a name that is no book's"
	ids, err := values(tx, bookLeaves, name)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r.add(text(name), -1, text(id), "the event is "+what)
	}
	if len(ids) == 0 {
		r.add(text(name), -1, "", "hashes or checkpoints are "+what)
	}
	return nil
}

// bookCheck walks one book. The rows are read into untyped values, since
// SQLite lets an attacker store a value of any type in any column.
type bookCheck struct {
	BookReport
	tx     *store.Tx
	report *Report
	key    note.Verifier

	tree edge
	file checkpoint // of the head file; size 0 if there is none
	last checkpoint // the checkpoint before the one being checked

	goodRoot   int64 // size of the last checkpoint with the right root
	wrongRoots int64

	erased   map[int64]string  // by index: the id column of rows without content
	erasures map[int64]erasing // by index: what erasure events name
}

// erasing is what an erasure event says.
type erasing struct {
	by int64 // the erasure event's own index; pending if it has none
	id string
}

const pending = -1

func (b *bookCheck) find(index int64, id, format string, args ...any) {
	b.report.add(b.Name, index, id, fmt.Sprintf(format, args...))
}

func (b *bookCheck) check(vkey, file string) (err error) {
	if b.key, err = bookVerifier(vkey, b.Name); err != nil {
		return err
	}
	b.erased, b.erasures = make(map[int64]string), make(map[int64]erasing)
	if b.Size, err = b.lastSize(); err != nil {
		return err
	}
	b.openFile(file)
	for lo := int64(0); lo < b.Size; lo += page {
		if err := b.walk(lo, min(lo+page, b.Size)); err != nil {
			return err
		}
	}
	b.Root = b.tree.root().String()
	if b.wrongRoots > 1 {
		b.find(b.Size, "", "and %d later checkpoints do not have the root of the events either", b.wrongRoots-1)
	}
	if err := b.stray(); err != nil {
		return err
	}
	if err := b.walkPending(); err != nil {
		return err
	}
	b.matchErasures()
	return nil
}

// lastSize is the size of the last checkpoint that has a valid signature: how
// far the tree should reach. What is wrong with others is found on the walk.
func (b *bookCheck) lastSize() (int64, error) {
	rows, err := b.tx.Query(headsDown, b.Name)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var size, signed any
		if err := rows.Scan(&size, &signed); err != nil {
			return 0, err
		}
		if s, ok := signed.(string); ok {
			if c, err := openCheckpoint(s, b.key); err == nil && size == c.size {
				return c.size, rows.Err()
			}
		}
	}
	return 0, rows.Err()
}

// openFile reads the head file's text and compares its size with the tree's.
func (b *bookCheck) openFile(file string) {
	if file == "" {
		if b.Size > 0 {
			b.find(-1, "", "there is no head file, so nothing outside the database confirms it")
		}
		return
	}
	c, err := openCheckpoint(file, b.key)
	if err != nil {
		b.find(-1, "", "head file: %v", err)
		return
	}
	b.file, b.HeadFile = c, c.size
	if c.size > b.Size {
		b.find(b.Size, "", "the head file names %d events, the database's last checkpoint %d: the newest were cut off, or the database was set back",
			c.size, b.Size)
	}
}

// walk checks the events lo to hi-1 and everything computed from them.
func (b *bookCheck) walk(lo, hi int64) error {
	leaves, err := b.readLeaves(lo, hi)
	if err != nil {
		return err
	}
	hashes, err := b.readHashes(lo, hi)
	if err != nil {
		return err
	}
	heads, err := b.readHeads(lo, hi)
	if err != nil {
		return err
	}
	var computed []tlog.Hash
	base := tlog.StoredHashIndex(0, lo)
	for i := lo; i < hi; i++ {
		pos := tlog.StoredHashIndex(0, i)
		stored := hashes[pos-base]
		record, what := leaves[i-lo].record(stored)
		if what != "" {
			b.find(i, leaves[i-lo].idText(), "%s", what)
		}
		b.note(i, leaves[i-lo])
		computed = b.tree.add(record, computed[:0])
		for l, h := range computed {
			switch s := hashes[pos-base+int64(l)]; {
			case s == nil:
				b.find(i, "", "the tree's hash at position %d (level %d) is missing", pos+int64(l), l)
			case *s != h && (l > 0 || what == ""): // at level 0 what has said so already
				b.find(i, "", "the tree's hash at position %d (level %d) was changed", pos+int64(l), l)
			}
		}
		for len(heads) > 0 && heads[0].size == i+1 {
			b.checkHead(heads[0])
			heads = heads[1:]
		}
		if b.file.size == i+1 && b.file.root != b.tree.root() {
			b.find(i+1, "", "the head file's root of the first %d events is another: events were changed, or this is another journal", i+1)
		}
	}
	return nil
}

// checkHead checks a stored checkpoint against the tree, which has its size now.
func (b *bookCheck) checkHead(h head) {
	b.Checkpoints++
	c, err := openCheckpoint(h.note, b.key)
	switch {
	case err != nil:
		b.find(h.size, "", "checkpoint of size %d: %v", h.size, err)
		return
	case c.size != h.size:
		b.find(h.size, "", "the checkpoint filed under size %d is of size %d", h.size, c.size)
		return
	}
	if c.prevSize != b.last.size || c.prevSize > 0 && c.prevHash != b.last.hash() {
		b.find(h.size, "", "the checkpoint of size %d follows one of size %d that is missing or was changed", h.size, c.prevSize)
	}
	b.last = c
	if c.root == b.tree.root() {
		b.goodRoot = c.size
	} else if b.wrongRoots++; b.wrongRoots == 1 {
		b.find(h.size, "", "the root of the checkpoint of size %d is not that of the events; the one of size %d still is", h.size, b.goodRoot)
	}
	if b.file.size == c.size && b.file.note != c.note {
		b.find(h.size, "", "the head file is not the checkpoint of size %d in the database", h.size)
	}
}

// note remembers what is needed of an event once it has gone by: whether it
// was erased, or erases another.
func (b *bookCheck) note(index int64, l leaf) {
	if l.missing {
		return
	}
	if l.salt == nil && l.event == nil {
		b.Erased++
		b.erased[index] = l.idText()
		return
	}
	e, what := l.open(b.Name)
	if what != "" {
		b.find(index, l.idText(), "%s", what)
		return
	}
	if e.Kind != kindErasure {
		return
	}
	var data erasure
	if json.Unmarshal(e.Data, &data) != nil {
		b.find(index, l.idText(), "the erasure names no event")
		return
	}
	b.erasures[data.Index] = erasing{index, data.ID}
}

// matchErasures compares what is erased with what was said to be.
func (b *bookCheck) matchErasures() {
	for _, index := range slices.Sorted(maps.Keys(b.erased)) {
		id := b.erased[index]
		e, ok := b.erasures[index]
		switch {
		case !ok:
			b.find(index, id, "the event's content is gone, and no erasure names it")
		case e.id != id:
			b.find(index, id, "the erased event's id is not the one that the erasure names")
		case e.by != pending && e.by <= index:
			b.find(index, id, "the erasure stands before the event it names")
		}
	}
	for _, index := range slices.Sorted(maps.Keys(b.erasures)) {
		if _, ok := b.erased[index]; !ok {
			b.find(index, b.erasures[index].id, "the event was erased, but has content again or is missing")
		}
	}
}

// walkPending checks the events that have no index yet.
func (b *bookCheck) walkPending() error {
	rows, err := b.tx.Query(verifyPending, b.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLeaf(rows)
		if err != nil {
			return err
		}
		b.Pending++
		if l.salt == nil && l.event == nil {
			b.find(-1, l.idText(), "the event has no index yet and no content")
			continue
		}
		if _, what := l.record(nil); what != "" {
			b.find(-1, l.idText(), "%s", what)
		}
		b.note(pending, l)
	}
	return rows.Err()
}

// stray finds what lies outside the tree that the last checkpoint names.
func (b *bookCheck) stray() error {
	for _, q := range []struct {
		query string
		bound int64
		what  string
	}{
		{strayLeaves, b.Size, "events lie outside the last checkpoint's tree, the first at index"},
		{strayHashes, tlog.StoredHashCount(b.Size), "hashes lie outside the last checkpoint's tree, the first at position"},
		{strayHeads, b.Size, "checkpoints are not valid, or beyond the last valid one, the first of size"},
	} {
		n, first, err := b.countStray(q.query, q.bound)
		if err != nil {
			return err
		}
		if n > 0 {
			index, id := first.at()
			b.find(index, id, "%d %s %s", n, q.what, text(first[len(first)-1]))
		}
	}
	return nil
}
