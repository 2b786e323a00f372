package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"mitra/table"
)

// rejectColumns stand behind the columns of the file, under the other names if
// the file has one of the first itself. A file of rejected rows that was corrected
// is imported again: then they are no columns of it.
var rejectColumns = [2][]string{{"line", "column", "reason"}, {"mitra_line", "mitra_column", "mitra_reason"}}

// ownHeader returns the columns of a header that are the file's own.
func ownHeader(header []string) []string {
	for _, names := range rejectColumns {
		if n := len(header) - len(names); n > 0 && slices.Equal(header[n:], names) {
			return header[:n]
		}
	}
	return header
}

// rejectHeader returns the header of the file of rejected rows.
func rejectHeader(own []string) []string {
	names := rejectColumns[0]
	if slices.ContainsFunc(own, func(h string) bool { return slices.Contains(names, h) }) {
		names = rejectColumns[1]
	}
	return slices.Concat(own, names)
}

// rejects is the file of the rows that were set aside. They are held in memory,
// at most once more what the file holds, so that a killed process leaves no
// people lying about; stage writes them beside their place before the batch
// goes live, and settle puts them there afterwards. Without rows there is no file.
type rejects struct {
	path   string
	header []string
	text   bytes.Buffer
	w      *table.Writer
	cells  []string
	staged string // the file beside its place
}

// add keeps one row.
func (r *rejects) add(row *row) error {
	if r.w == nil {
		r.w = table.NewWriter(&r.text)
		if err := r.w.Write(rejectHeader(r.header)); err != nil {
			return err
		}
	}
	r.cells = append(r.cells[:0], row.cells...)
	for len(r.cells) < len(r.header) { // a row that could not be cut into cells
		r.cells = append(r.cells, "")
	}
	column, why := tell(row.faults)
	return r.w.Write(append(r.cells, strconv.Itoa(row.line), column, why))
}

// stage writes the file, safe on the disk, under a name of its own.
func (r *rejects) stage() (err error) {
	if r.w == nil {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("file of rejected rows: %w", r.named(err))
		}
	}()
	if err := r.w.Flush(); err != nil {
		return err
	}
	dir := filepath.Dir(r.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".rejected-*") // mode 0600
	if err != nil {
		return err
	}
	r.staged = f.Name()
	_, err = f.Write(r.text.Bytes())
	return errors.Join(err, f.Sync(), f.Close())
}

// settle puts the staged file in its place and returns its path, "" without one.
func (r *rejects) settle() (string, error) {
	if r.staged == "" {
		return "", nil
	}
	if err := os.Rename(r.staged, r.path); err != nil {
		return "", fmt.Errorf("file of rejected rows: %w", r.named(err))
	}
	r.staged = ""
	return r.path, nil
}

// named is an error of the system about the file that was asked for, and not
// about the one beside it.
func (r *rejects) named(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) && path.Op != "mkdir" {
		return &fs.PathError{Op: path.Op, Path: r.path, Err: path.Err}
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return &fs.PathError{Op: link.Op, Path: r.path, Err: link.Err}
	}
	return err
}

// discard removes what was staged and not settled.
func (r *rejects) discard() {
	if r.staged != "" {
		os.Remove(r.staged)
	}
}
