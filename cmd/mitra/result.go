package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mitra/table"
)

// results are the files that a command makes: all of them or none. Each is
// complete and on disk beside its place before put gives the first its name.
type results struct{ list []*result }

// result is one file. What is no regular file (a pipe, /dev/null) is written to
// by put and not replaced.
type result struct {
	path  string // as it was asked for
	place string // the same without symbolic links, which stay
	temp  string // the complete file, until it is in its place
	old   string // what stood there, until all are in theirs

	fill func(w io.Writer) error // of what is no regular file
}

// temporary begins the names of files that are not in their place.
const temporary = ".mitra-"

// add makes a file.
func (r *results) add(path string, mode os.FileMode, fill func(w io.Writer) error) (err error) {
	res := &result{path: path}
	r.list = append(r.list, res)
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		res.fill = fill
		return nil
	}
	res.place = resolve(path)
	f, err := os.CreateTemp(filepath.Dir(res.place), temporary+"*")
	if err != nil {
		return res.named(err)
	}
	res.temp = f.Name()
	if err := errors.Join(buffered(f, fill), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return res.named(err)
	}
	return nil
}

// addTable makes a CSV file of n rows.
func (r *results) addTable(path string, header []string, n int, row func(cells []string, i int) []string) error {
	return r.add(path, 0o644, func(w io.Writer) error { return table.WriteRows(w, header, n, row) })
}

// put gives the files their names. If one cannot have its name, none has, and
// what stood in their places is there again.
func (r *results) put() error {
	for _, res := range r.list {
		if res.fill != nil {
			if err := res.through(); err != nil {
				return res.named(err)
			}
		}
	}
	for _, res := range r.list {
		if res.fill != nil {
			continue
		}
		if err := res.put(len(r.list) > 1); err != nil {
			for _, res := range r.list {
				res.back()
			}
			return res.named(err)
		}
	}
	return nil
}

// discard removes what is beside its place, and is called when all is over.
func (r *results) discard() {
	for _, res := range r.list {
		for _, name := range []string{res.temp, res.old} {
			if name != "" {
				os.Remove(name)
			}
		}
	}
}

// put gives the file its name; keep keeps what stood there.
func (r *result) put(keep bool) error {
	if fi, err := os.Lstat(r.place); keep && err == nil && fi.Mode().IsRegular() {
		old := r.temp + ".old"
		if os.Link(r.place, old) != nil { // on a disk without hard links
			if err := os.Rename(r.place, old); err != nil {
				return err
			}
		}
		r.old = old
	}
	if err := os.Rename(r.temp, r.place); err != nil {
		return err
	}
	r.temp = ""
	return nil
}

// back undoes put.
func (r *result) back() {
	switch {
	case r.fill != nil:
	case r.old != "":
		os.Rename(r.old, r.place) // two names of one file both stay; discard removes this one
	case r.temp == "":
		os.Remove(r.place)
	}
}

// through writes to what is no regular file.
func (r *result) through() error {
	f, err := os.OpenFile(r.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(buffered(f, r.fill), f.Close())
}

// named is an error of the system about the file that was asked for, and not
// about the one beside it.
func (r *result) named(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) && strings.HasPrefix(filepath.Base(path.Path), temporary) {
		return &fs.PathError{Op: path.Op, Path: r.path, Err: path.Err}
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return &fs.PathError{Op: link.Op, Path: r.path, Err: link.Err}
	}
	return err
}

func buffered(w io.Writer, fill func(w io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := fill(b); err != nil {
		return err
	}
	return b.Flush()
}

// writeFile makes the one file of a command.
func writeFile(path string, mode os.FileMode, fill func(w io.Writer) error) error {
	var r results
	defer r.discard()
	if err := r.add(path, mode, fill); err != nil {
		return err
	}
	return r.put()
}
