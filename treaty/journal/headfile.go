package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const headSuffix = ".head"

func headPath(dir, book string) string { return filepath.Join(dir, book+headSuffix) }

// readHeadFiles returns the text of every head file of dir by its book. A
// folder that does not exist has none.
func readHeadFiles(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("head files: %w", err)
	}
	heads := make(map[string]string)
	for _, e := range entries {
		book, ok := strings.CutSuffix(e.Name(), headSuffix)
		if !ok || !bookName.MatchString(book) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("head files: %w", err)
		}
		heads[book] = string(b)
	}
	return heads, nil
}

// writeHeadFile replaces a book's head file as a whole: after a crash there is
// the old one or the new one. Only the holder of the lease writes, so that the
// name of the new file can be a fixed one, which a crash does not litter with.
func writeHeadFile(dir, book, text string) error {
	path := headPath(dir, book)
	if err := writeSynced(path+".new", text); err != nil {
		return fmt.Errorf("head file: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("head file: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("head file: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("head file: %w", err)
	}
	return nil
}

func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
