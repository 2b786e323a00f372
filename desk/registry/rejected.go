package registry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"mitra/table"
)

// rejectColumns stand behind the columns of the file. A file of rejected rows
// that was corrected is imported again: then they are no columns of it.
var rejectColumns = []string{"line", "column", "reason"}

// ownHeader returns how many columns of a header are the file's own.
func ownHeader(header []string) int {
	if n := len(header) - len(rejectColumns); n > 0 && slices.Equal(header[n:], rejectColumns) {
		return n
	}
	return len(header)
}

// rejects is the file of the rows that were set aside. It is written beside its
// place and moved there when it is whole; with no row there is no file.
type rejects struct {
	path   string
	header []string
	file   *os.File
	w      *table.Writer
	cells  []string
}

// add writes one row; cells may be nil.
func (r *rejects) add(row *row) error {
	if r.file == nil {
		if err := r.create(); err != nil {
			return fmt.Errorf("file of rejected rows: %w", err)
		}
	}
	r.cells = append(r.cells[:0], row.cells...)
	for len(r.cells) < len(r.header) {
		r.cells = append(r.cells, "")
	}
	column, why := tell(row.faults)
	r.cells = append(r.cells, strconv.Itoa(row.line), column, why)
	return r.w.Write(r.cells)
}

func (r *rejects) create() (err error) {
	dir := filepath.Dir(r.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if r.file, err = os.CreateTemp(dir, ".rejected-*"); err != nil { // mode 0600
		return err
	}
	r.w = table.NewWriter(r.file)
	return r.w.Write(append(r.header[:len(r.header):len(r.header)], rejectColumns...))
}

// finish puts the file in its place and returns its path, or "" without one.
func (r *rejects) finish() (string, error) {
	if r.file == nil {
		return "", nil
	}
	err := errors.Join(r.w.Flush(), r.file.Sync(), r.file.Close())
	if err == nil {
		err = os.Rename(r.file.Name(), r.path)
	}
	if err != nil {
		return "", fmt.Errorf("file of rejected rows: %w", errors.Join(err, os.Remove(r.file.Name())))
	}
	r.file = nil
	return r.path, nil
}

// discard removes what was written, unless it is finished.
func (r *rejects) discard() {
	if r.file != nil {
		r.file.Close()
		os.Remove(r.file.Name())
		r.file = nil
	}
}
