// Package node is one running authority: its home folder, its keys, its
// database and its journal, put together.
//
// Trust is made once, by [Init]: keys, database and journal. [Open] refuses
// what does not fit together and never makes any of it.
package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mitra/store"
	"mitra/treaty/journal"
)

// Node is an open node. Close it when done.
type Node struct {
	Home    Home
	Config  Config
	DB      *store.DB
	Journal *journal.Keeper
}

// Setup is what init is told.
type Setup struct {
	Country   string // ISO 3166-1 alpha-2
	Authority string
	DSNFile   string // a file (mode 0600) that holds a PostgreSQL DSN; empty for none
	DSN       string // the value of MITRA_DB; empty for none
	Synthetic bool
	Actor     string
}

// Init makes a node in a folder that has none: keys, database, journal with its
// first event. On an error nothing of it remains but what stood there before.
func Init(ctx context.Context, h Home, s Setup) (err error) {
	if _, err := os.Lstat(h.Config()); err == nil {
		return fmt.Errorf("%w: %s", ErrHomeExists, string(h))
	}
	c := Config{Country: strings.ToUpper(s.Country), Authority: s.Authority, ID: store.NewID(), Database: "sqlite", Synthetic: s.Synthetic}
	dsn := h.database()
	switch {
	case s.DSNFile != "":
		path, err := filepath.Abs(s.DSNFile)
		if err != nil {
			return err
		}
		if dsn, err = readDSN(path); err != nil {
			return err
		}
		c.Database = "file:" + path
	case s.DSN != "":
		c.Database, dsn = "env", s.DSN
	}
	if err := c.Validate(); err != nil {
		return err
	}
	made, err := makeFolder(string(h))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			for _, p := range []string{h.Config(), h.path("keys"), h.Heads(), h.Rejected()} {
				os.RemoveAll(p)
			}
			if c.Database == "sqlite" {
				for _, end := range []string{"", "-wal", "-shm"} {
					os.Remove(h.database() + end)
				}
			}
			if made {
				os.Remove(string(h)) // only if nothing else stands in it
			}
		}
	}()
	if c.Database == "sqlite" {
		if _, err := os.Lstat(h.database()); err == nil {
			return fmt.Errorf("%w: %s has a mitra.db without a mitra.toml", ErrHomeExists, string(h))
		}
	}
	for _, dir := range []string{h.path("keys"), h.Heads(), h.Rejected()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	skey, vkey, err := journal.NewKey(c.name(), rand.Reader)
	if err != nil {
		return err
	}
	if err := os.WriteFile(h.signer(), []byte(skey+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(h.verifier(), []byte(vkey+"\n"), 0o644); err != nil {
		return err
	}
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return err
	}
	n := &Node{Home: h, Config: c, DB: db}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := n.begin(ctx, skey, s.Actor); err != nil {
		return err
	}
	// The configuration last: a folder with one is a node.
	return os.WriteFile(h.Config(), []byte(c.text()), 0o600)
}

// name is the name of the node's journal key and the origin of its books.
func (c Config) name() string { return "mitra/" + c.Country + "/" + c.ID }

// begin writes the first event of the house book.
func (n *Node) begin(ctx context.Context, skey, actor string) error {
	var err error
	if n.Journal, err = journal.NewKeeper(n.DB, skey, string(n.Home.Heads()), nil); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"node": n.Config.ID, "country": n.Config.Country, "authority": n.Config.Authority, "synthetic": n.Config.Synthetic})
	if err != nil {
		return err
	}
	err = n.DB.Write(ctx, func(tx *store.Tx) error {
		var events int
		if err := tx.QueryRow(`SELECT count(*) FROM journal_leaf`).Scan(&events); err != nil {
			return err
		}
		if events > 0 {
			return ErrForeignData
		}
		_, err := journal.Append(tx, journal.Event{Kind: "init", Actor: actor, Data: data})
		return err
	})
	if err != nil {
		return err
	}
	return n.Settle(ctx)
}

// makeFolder makes the folder of a home, for its owner only, and reports
// whether it was new.
func makeFolder(dir string) (made bool, err error) {
	if fi, err := os.Stat(dir); err == nil {
		if !fi.IsDir() {
			return false, &fs.PathError{Op: "init", Path: dir, Err: errors.New("is a file, not a folder")}
		}
		return false, nil
	}
	return true, os.MkdirAll(dir, 0o700)
}

// Open opens the node in a folder. dsn is the value of MITRA_DB.
func Open(ctx context.Context, h Home, dsn string) (*Node, error) {
	c, err := h.readConfig()
	if err != nil {
		return nil, err
	}
	if dsn, err = h.dsn(c, dsn); err != nil {
		return nil, err
	}
	if err := private(h.signer()); err != nil {
		return nil, err
	}
	skey, err := os.ReadFile(h.signer())
	if err != nil {
		return nil, err
	}
	if c.Database == "sqlite" {
		// Opening would make an empty one: a lost database must not look new.
		if _, err := os.Stat(h.database()); err != nil {
			return nil, err
		}
	}
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	n := &Node{Home: h, Config: c, DB: db}
	if n.Journal, err = journal.NewKeeper(db, strings.TrimSpace(string(skey)), h.Heads(), nil); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return n, nil
}

// Settle gives every event its place in the signed journal. A command calls it
// after what it did, and before it says that it is done.
func (n *Node) Settle(ctx context.Context) error {
	_, err := n.Journal.Sequence(ctx)
	return err
}

// Verifier is the public key by which the node's journal is checked.
func (n *Node) Verifier() (string, error) {
	b, err := os.ReadFile(n.Home.verifier())
	return strings.TrimSpace(string(b)), err
}

// Close closes the database.
func (n *Node) Close() error { return n.DB.Close() }
