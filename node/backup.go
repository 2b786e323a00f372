package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"filippo.io/age"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/node/backup"
	"mitra/store"
	"mitra/treaty/journal"
)

// Progress is told how far a long piece of work has come; it may be nil.
type Progress func(stage string, done, total int64)

func (p Progress) tell(stage string, done, total int64) {
	if p != nil && done%1024 == 0 {
		p(stage, done, total)
	}
}

// errSnapshot: what was written so far is of one state of the database, and the
// rest would be of another.
var errSnapshot = errors.New("the database broke the backup off")

// Making is how a backup is made.
type Making struct {
	By      account.By
	Program string // the version of the program, for people

	file string // the name that the node has chosen for it; what an operator calls a file may be about somebody
}

// Backup writes a backup of the node for recipients: its configuration, keys and
// head files, and what its database holds at one moment, beside commands that run.
// Not in it are imports that are not complete, the lease of the journal's keeper,
// rejected rows, and the cache with its key, all of which are made again.
//
// Its event comes first, and says how many rows there are then. The memory it takes
// does not grow with the database.
func (n *Node) Backup(ctx context.Context, w io.Writer, m Making, p Progress, to ...age.Recipient) (Copy, error) {
	tables, schema, err := store.Tables(ctx, 0)
	if err != nil {
		return Copy{}, err
	}
	tables = slices.DeleteFunc(tables, passing)
	rows, total := make(map[string]int64), int64(0)
	if err := n.DB.Read(ctx, func(tx *store.Tx) error {
		total = 0
		for _, t := range tables {
			count, err := t.Count(tx, registry.Finished(t.Name))
			if err != nil {
				return err
			}
			rows[t.Name], total = count, total+count
		}
		return nil
	}); err != nil {
		return Copy{}, err
	}
	data := map[string]any{"node": n.Config.ID, "schema": schema, "rows": rows}
	if m.file != "" {
		data["file"] = m.file
	}
	if err := n.record(ctx, journal.Event{Kind: "backup", Actor: m.By.Actor, Office: m.By.Office, Data: encoded(data)}); err != nil {
		return Copy{}, err
	}
	files, err := n.files()
	if err != nil {
		return Copy{}, err
	}
	vkey, err := n.Home.verifierKey()
	if err != nil {
		return Copy{}, err
	}
	var c Copy
	begun := false
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		if begun { // another attempt
			return errSnapshot
		}
		heads, err := journal.Heads(tx, vkey) // the first query: the moment of the backup
		if err != nil {
			return err
		}
		c.Manifest = backup.Manifest{Format: backup.Format, Node: n.Config.name(), Schema: schema, At: tx.Now(), Program: m.Program, Books: []backup.Book{}}
		for _, h := range heads {
			c.Manifest.Books = append(c.Manifest.Books, backup.Book{Name: h.Book, Size: h.Size, Root: h.Root})
		}
		for _, t := range tables {
			c.Manifest.Tables = append(c.Manifest.Tables, backup.Table{Name: t.Name, Columns: t.Columns})
		}
		begun = true
		b, err := backup.Create(w, c.Manifest, to...)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := b.File(f.name, f.content); err != nil {
				return err
			}
		}
		for _, h := range heads { // not the files: they may be those of a later moment
			if err := b.File(headsDir+h.Book+headSuffix, []byte(h.Note)); err != nil {
				return err
			}
		}
		done := int64(0)
		for _, t := range tables {
			if err := b.Table(func(yield func(row []any) error) error {
				return t.Scan(tx, registry.Finished(t.Name), func(row []any) error {
					done++
					p.tell("writing the backup", done, total)
					return yield(row)
				})
			}); err != nil {
				return err
			}
		}
		c.Tables, err = b.Close()
		return err
	})
	return c, err
}

// Copy is what went into a backup, or came out of it.
type Copy struct {
	Manifest backup.Manifest
	Tables   []backup.Sum
	// From and Into are the kinds of database that the backup is of, and that it was restored to.
	From, Into string
}

// Rows is how many rows there are in all.
func (c Copy) Rows() (n int64) {
	for _, t := range c.Tables {
		n += t.Rows
	}
	return n
}

// passing reports whether a table says only what is the case while a process runs.
func passing(t store.Table) bool { return t.Name == "lease" }

const (
	configName = "mitra.toml"
	rotaName   = "rota.toml"
	keysDir    = "keys/"
	headsDir   = "heads/"
	headSuffix = ".head"
)

type file struct {
	name    string
	content []byte
}

// files are the configuration, the rota and the keys as they stand in the home: what is
// under the passphrase of the node stays under it.
func (n *Node) files() ([]file, error) {
	names := []string{configName}
	if _, err := os.Stat(n.Home.Rota()); err == nil {
		names = append(names, rotaName)
	}
	entries, err := os.ReadDir(n.Home.keys())
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := keysDir + e.Name()
		if backup.IsFile(name) && !strings.HasPrefix(e.Name(), "people.key") && path.Ext(name) != ".new" {
			names = append(names, name)
		}
	}
	var all []file
	for _, name := range names {
		content, err := os.ReadFile(n.Home.path(name))
		if err != nil {
			return nil, fmt.Errorf("files of the node: %w", err)
		}
		all = append(all, file{name, content})
	}
	return all, nil
}
