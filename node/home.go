package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mitra/desk/search"
	"mitra/node/keyring"
	"mitra/store"
)

// Home is the folder of a node. Everything the node owns stands in it, but for
// a PostgreSQL database:
//
//	mitra.toml   the configuration, with comments
//	rota.toml    who is told that something waits; there may be none
//	mitra.db     the database, unless it is PostgreSQL's
//	keys/        the journal's signing key (mode 0600, or under a passphrase as
//	             journal.key.age) and verifier key
//	heads/       the last signed head of each book: outside the database, so that
//	             a database put back to an older state is noticed
//	rejected/    rows that imports set aside, and files sent to the desk until they
//	             are loaded (mode 0600)
//	cache/       the index of people, encrypted; made again where it is missing
type Home string

func (h Home) path(elem ...string) string {
	return filepath.Join(append([]string{string(h)}, elem...)...)
}

// inside is a path as mitra.toml names it: absolute, or in the home.
func (h Home) inside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return h.path(path)
}

// Config, Rota, Heads and Rejected are paths in the home.
func (h Home) Config() string   { return h.path("mitra.toml") }
func (h Home) Rota() string     { return h.path(rotaName) }
func (h Home) Heads() string    { return h.path("heads") }
func (h Home) Rejected() string { return h.path("rejected") }
func (h Home) database() string { return h.path("mitra.db") }
func (h Home) keys() string     { return h.path("keys") }
func (h Home) people() search.Cache {
	return search.Cache{File: h.path("cache", "people.age"), Key: h.path("keys", "people.key")}
}
func (h Home) verifier() string { return h.path("keys", "journal.pub") }

// Around finds the home that a file at path lies in, or would. path is absolute
// and without symbolic links.
func Around(path string) (Home, bool) {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		h := Home(dir)
		for _, own := range []string{h.Config(), h.database(), h.verifier()} { // one may be lost
			if _, err := os.Lstat(own); err == nil {
				return h, true
			}
		}
		if filepath.Dir(dir) == dir {
			return "", false
		}
	}
}

// Keeps reports whether the node keeps its own things at path, a place in its
// folder: its settings, rota, keys, heads, database and rejected rows. path is absolute
// and without symbolic links.
func (h Home) Keeps(path string) bool {
	rel, err := filepath.Rel(string(h), path)
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	switch first {
	case "mitra.toml", "rota.toml", "keys", "heads", "rejected", "cache", "run.json":
		return true
	}
	return strings.HasPrefix(first, "mitra.db")
}

// DSNFile is the file that holds the DSN of the node's database; "" where there
// is none, or no node.
func (h Home) DSNFile() string {
	c, err := h.readConfig()
	if path, ok := strings.CutPrefix(c.Database, "file:"); err == nil && ok {
		return path
	}
	return ""
}

// Errors about a home; each has a hint on the command line.
var (
	ErrNoHome      = errors.New("no node here")
	ErrHomeExists  = errors.New("a node exists here already")
	ErrConfig      = errors.New("unusable configuration")
	ErrIncomplete  = errors.New("the node's folder is not complete")
	ErrBadDSN      = errors.New("not the DSN of a PostgreSQL database")
	ErrNoDSN       = errors.New("the node's database is PostgreSQL, and MITRA_DB is not set")
	ErrForeignData = errors.New("the database belongs to another node")
)

// postgres refuses a DSN that would be taken for the name of a file, or cannot
// be read. Its text may hold a password and is not repeated.
func postgres(dsn, from string) (string, error) {
	if !store.IsPostgres(dsn) {
		return "", fmt.Errorf("%s: %w", from, ErrBadDSN)
	}
	if !store.WellFormed(dsn) {
		return "", fmt.Errorf("%s: %w: it is malformed, or names a file that cannot be read", from, ErrBadDSN)
	}
	return dsn, nil
}

// dsn finds the database of the configuration; env is the value of MITRA_DB.
func (h Home) dsn(c Config, env string) (string, error) {
	switch {
	case c.Database == "sqlite":
		return h.database(), nil
	case c.Database == "env":
		if env == "" {
			return "", ErrNoDSN
		}
		return postgres(env, "MITRA_DB")
	}
	return readDSN(strings.TrimPrefix(c.Database, "file:"))
}

// readDSN reads a DSN from a file that only its owner can read.
func readDSN(path string) (string, error) {
	if err := keyring.Private(path); err != nil {
		return "", err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	dsn := strings.TrimSpace(string(b))
	if dsn == "" {
		return "", fmt.Errorf("%s is empty: %w", path, ErrBadDSN)
	}
	return postgres(dsn, path)
}
