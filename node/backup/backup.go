// Package backup is the file of a backup: what a node needs to stand again, in
// one stream that is written and read once, from its beginning to its end.
//
// # Form
//
// A backup is a tar archive, encrypted by age (https://age-encryption.org/v1).
// So it can be looked into with everybody's tools, long after this program:
//
//	age --decrypt node.backup | tar -x
//
//	manifest.json                 what this is: see [Manifest]
//	files/mitra.toml, files/rota.toml where there is one, files/keys/…, files/heads/…
//	tables/NAME/00000001.jsonl …  the rows of each table, in the order of its key
//	sums.json                     what must have come: see sums
//
// The entries come in this order, the tables in that of the manifest.
//
// # Rows
//
// A row is a line, a JSON array with one value for each column of the manifest.
// There is one way to write each value, and no other is read:
//
//	null      null
//	text      a string; only ", \ and what is below U+0020 are escaped, as \", \\, \u00xx
//	integer   a number in decimal digits
//	float     a number, the shortest that reads as the same float; "NaN", "+Inf", "-Inf"
//	bytes     a string in base64 (RFC 4648 section 4)
//
// So rows come back exactly, from each database into each other. A piece of a
// table has about a MiB, and no row is in two.
package backup

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"mitra/store"
)

// Errors about a backup; each has a hint on the command line. None of them
// repeats anything out of it.
var (
	ErrNotBackup = errors.New("this is no backup")
	ErrDamaged   = errors.New("the backup is damaged")
	ErrTruncated = errors.New("the backup breaks off before its end")
	ErrNewer     = errors.New("the backup was made by a newer version of this program")
	ErrIdentity  = errors.New("the backup is not encrypted for this identity")
	// ErrPassphrase: it can be opened with a passphrase only, or with an identity only.
	ErrPassphrase = errors.New("the backup is opened in another way")
)

// Format is the version of the form that this program writes, and the only one so
// far.
const Format = 1

// Limits that a backup keeps, so that reading a hostile one takes little memory.
const (
	mostJSON  = 16 << 20  // a manifest
	mostFile  = 1 << 20   // a file of the node's folder
	mostFiles = 1000      // their number
	mostRow   = 256 << 20 // a line
	piece     = 1 << 20   // at which a piece of a table ends
)

// A Manifest says what a backup is, before anything else of it.
type Manifest struct {
	Format  int       `json:"format"`
	Node    string    `json:"node"`    // the name of the node's journal key
	Schema  int64     `json:"schema"`  // the version of the database's schema
	At      time.Time `json:"at"`      // of the snapshot; UTC, microseconds
	Program string    `json:"program"` // that made it, for people
	Books   []Book    `json:"books"`   // the last checkpoint of each book of the journal
	Tables  []Table   `json:"tables"`
}

// A Book is the last checkpoint of a book.
type Book struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Root string `json:"root"` // base64
}

// A Table is a table as its rows come.
type Table struct {
	Name    string         `json:"name"`
	Columns []store.Column `json:"columns"`
}

// sums is the last entry: how many rows of each table and which files came, with
// SHA-256 (hexadecimal) over their bytes; of a table over its lines.
type sums struct {
	Manifest string    `json:"manifest"`
	Files    []fileSum `json:"files"`
	Tables   []Sum     `json:"tables"`
}

type fileSum struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Sum is what came of a table.
type Sum struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

var (
	tableName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)
	// fileName is a file of a node's folder that a backup may hold. It cannot leave
	// the folder it is put in.
	fileName = regexp.MustCompile(`^(mitra\.toml|rota\.toml|(keys|heads)/[a-z0-9][a-z0-9._-]{0,127})$`)
)

func (m Manifest) validate() error {
	if m.Format != Format {
		return fmt.Errorf("%w: its form is version %d, this program reads %d", ErrNewer, m.Format, Format)
	}
	if m.Schema < 1 || m.Node == "" || m.At.IsZero() {
		return fmt.Errorf("%w: its manifest is not complete", ErrDamaged)
	}
	seen := make(map[string]bool)
	for _, t := range m.Tables {
		if !tableName.MatchString(t.Name) || seen[t.Name] || len(t.Columns) == 0 {
			return fmt.Errorf("%w: its manifest names tables that cannot be", ErrDamaged)
		}
		seen[t.Name] = true
		columns := make(map[string]bool)
		for _, c := range t.Columns {
			switch c.Kind {
			case store.Text, store.Integer, store.Float, store.Bytes:
			default:
				return fmt.Errorf("%w: its manifest names a kind of column that cannot be", ErrDamaged)
			}
			if !tableName.MatchString(c.Name) || columns[c.Name] {
				return fmt.Errorf("%w: its manifest names columns that cannot be", ErrDamaged)
			}
			columns[c.Name] = true
		}
	}
	return nil
}

// IsFile reports whether a backup may hold a file of this name, a path from the
// node's folder with slashes.
func IsFile(name string) bool {
	return fileName.MatchString(name) && path.Clean(name) == name && !strings.Contains(name, "..")
}
