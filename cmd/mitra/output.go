package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"mitra/table"
)

// target refuses a place where no result can be written, before a long run and
// not after it. inputs are the files that the result is made from.
func target(flag, path string, inputs ...string) error {
	refuse := func(message, hint string) error {
		return &failure{Code: "bad_output", Message: flag + ": " + message, Hint: hint, File: path, status: 2}
	}
	if path == "" {
		return refuse("no file is named", "such as "+flag+" result.csv")
	}
	if path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1" {
		return refuse("standard output is for the answer of the command", "name a file")
	}
	switch dir, err := os.Stat(filepath.Dir(path)); {
	case err != nil:
		return refuse("there is no such folder", "make the folder first, or name a file in one that exists")
	case !dir.IsDir():
		return refuse("that is no folder", "name a file in a folder that exists")
	}
	place, err := os.Stat(path)
	if err != nil {
		return nil // it will be made
	}
	if place.IsDir() {
		return refuse("this is a folder", "name a file in it")
	}
	for _, in := range inputs {
		if fi, err := os.Stat(in); err == nil && os.SameFile(place, fi) {
			return refuse("the result would overwrite the file it is made from", "name another file")
		}
	}
	return nil
}

// writeTable writes a CSV file whole or not at all.
func writeTable(path string, header []string, lines [][]string) error {
	return writeFile(path, 0o644, func(w io.Writer) error {
		t := table.NewWriter(w)
		if err := t.Write(header); err != nil {
			return err
		}
		for _, l := range lines {
			if err := t.Write(l); err != nil {
				return err
			}
		}
		return t.Flush()
	})
}

// writeFile puts a file in place when it is complete and on disk. A symbolic
// link stays one; what is no regular file (a pipe, /dev/null) is written to
// and not replaced.
func writeFile(path string, mode os.FileMode, fill func(w io.Writer) error) (err error) {
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		return writeThrough(path, fill)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".mitra-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	b := bufio.NewWriterSize(f, 1<<16)
	if err := fill(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeThrough(path string, fill func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err := fill(b); err != nil {
		f.Close()
		return err
	}
	if err := b.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
