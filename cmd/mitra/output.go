package main

import (
	"os"
	"path/filepath"
	"strings"

	"mitra/node"
)

// output is a file that a command makes, and the flag that names it; without a
// path it is not asked for.
type output struct{ flag, path string }

func (o output) refuse(message, hint string) error {
	return &failure{Code: "bad_output", Message: o.flag + ": " + message, Hint: hint, File: o.path, status: 2}
}

// usable refuses places where no result can be written, or where it would
// overwrite what the command works with, before a long run and not after it.
// inputs are the files that the results are made from.
func (e *env) usable(outputs []output, inputs ...string) error {
	for i, o := range outputs {
		if o.path == "" {
			continue
		}
		if err := o.writable(); err != nil {
			return err
		}
		if err := e.spares(o); err != nil {
			return err
		}
		for _, in := range inputs {
			if in != "" && sameFile(o.path, in) {
				return o.refuse("the result would overwrite the file it is made from", "name another file")
			}
		}
		for _, other := range outputs[:i] {
			if other.path != "" && sameFile(o.path, other.path) {
				return o.refuse(other.flag+" and "+o.flag+" name the same file", "name two files")
			}
		}
	}
	return nil
}

// writable refuses what is no place for a file.
func (o output) writable() error {
	switch o.path {
	case "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return o.refuse("standard output is for the answer of the command", "name a file")
	}
	path := o.path
	if _, err := os.Stat(path); err != nil {
		path = resolve(path) // of a link to what is not there yet, the folder is the other end's
	}
	switch dir, err := os.Stat(filepath.Dir(path)); {
	case err != nil:
		return o.refuse("there is no such folder", "make the folder first, or name a file in one that exists")
	case !dir.IsDir():
		return o.refuse("that is no folder", "name a file in a folder that exists")
	}
	if place, err := os.Stat(path); err == nil && place.IsDir() || strings.HasSuffix(o.path, string(filepath.Separator)) {
		return o.refuse("this is a folder", "name a file in it")
	}
	return nil
}

// spares refuses what a node, this or another, keeps in its folder, but for
// rejected rows among others, and the file of this node's DSN.
func (e *env) spares(o output) error {
	if place, err := os.Stat(o.path); err == nil && !place.Mode().IsRegular() && !place.IsDir() {
		return nil // is written to, not replaced
	}
	place := resolve(o.path)
	if home, ok := node.Around(place); ok && home.Keeps(place) {
		among := strings.HasPrefix(place, home.Rejected()+string(filepath.Separator))
		if o.flag != "--rejected" || !among {
			return o.refuse("here a node keeps its own files", "name a file outside "+string(home))
		}
	}
	if dsn := node.Home(e.home()).DSNFile(); dsn != "" && sameFile(o.path, dsn) {
		return o.refuse("this is the file that holds the DSN of the node's database", "name another file")
	}
	return nil
}

// sameFile reports whether two paths are those of one file, which need not be
// there yet.
func sameFile(a, b string) bool {
	if x, err := os.Stat(a); err == nil {
		y, err := os.Stat(b)
		return err == nil && os.SameFile(x, y)
	}
	return resolve(a) == resolve(b)
}

// resolve is the path without symbolic links, also where the file, its folder or
// the other end of a link is not there yet.
func resolve(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	for range 40 { // as many as systems follow
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
		if filepath.Dir(path) == path {
			break
		}
		path = filepath.Join(resolve(filepath.Dir(path)), filepath.Base(path))
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}
