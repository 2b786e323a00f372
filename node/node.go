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
	"syscall"

	"mitra/desk/search"
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
		c.Database = "env"
		if dsn, err = postgres(s.DSN, "MITRA_DB"); err != nil {
			return err
		}
	}
	if err := c.Validate(); err != nil {
		return err
	}
	// Nothing that stands there is touched, now or in the clean-up below: it may
	// be the rest of a node whose configuration was lost.
	mine := []string{h.path("keys"), h.Heads(), h.Rejected(), h.database(), h.database() + "-wal", h.database() + "-shm"}
	for _, p := range mine {
		if _, err := os.Lstat(p); err == nil {
			return fmt.Errorf("%w: %s stands there, without a mitra.toml", ErrHomeExists, p)
		}
	}
	made, err := makeFolder(string(h))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			for _, p := range append(mine, h.Config()) {
				os.RemoveAll(p)
			}
			if made {
				os.Remove(string(h)) // only if nothing else stands in it
			}
		}
	}()
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
			return false, &fs.PathError{Op: "init", Path: dir, Err: syscall.ENOTDIR}
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
	if err := h.complete(c); err != nil {
		return nil, err
	}
	if err := private(h.signer()); err != nil {
		return nil, err
	}
	skey, err := os.ReadFile(h.signer())
	if err != nil {
		return nil, err
	}
	if err := h.matching(strings.TrimSpace(string(skey))); err != nil {
		return nil, err
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

// complete makes sure that what init made is there. Opening would make an empty
// database; one that was lost must not look new.
func (h Home) complete(c Config) error {
	need := []string{h.signer(), h.verifier()}
	if c.Database == "sqlite" {
		need = append(need, h.database())
	}
	if err := present(need...); err != nil {
		return err
	}
	if fi, err := os.Stat(h.database()); c.Database == "sqlite" && err == nil && fi.Size() == 0 {
		return fmt.Errorf("%w: %s is empty", ErrIncomplete, h.database())
	}
	return nil
}

func present(files ...string) error {
	for _, p := range files {
		if _, err := os.Stat(p); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s is missing", ErrIncomplete, p)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// matching makes sure that the two halves of the journal's key are whole and
// belong together: what one signs nobody could check with another.
func (h Home) matching(skey string) error {
	want, err := journal.PublicKey(skey)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrIncomplete, h.signer(), err)
	}
	vkey, err := h.verifierKey()
	if err == nil && vkey != want {
		err = fmt.Errorf("%w: %s is not the public half of %s", ErrIncomplete, h.verifier(), h.signer())
	}
	return err
}

// Settle gives every event its place in the signed journal. A command calls it
// after what it did, and before it says that it is done.
func (n *Node) Settle(ctx context.Context) error {
	_, err := n.Journal.Sequence(ctx)
	return err
}

// People finds who is in the registers. What it had to read anew it keeps, so that the
// next start is quick; that it could not is told to unkept, which may be nil.
func (n *Node) People(ctx context.Context, unkept func(error)) (*search.Finder, error) {
	f, err := search.Open(ctx, n.DB, n.Home.people())
	if err != nil {
		return nil, err
	}
	if err := f.Keep(); err != nil && unkept != nil {
		unkept(err)
	}
	return f, nil
}

// verifierKey is the public key by which the node's journal is checked.
func (h Home) verifierKey() (string, error) {
	b, err := os.ReadFile(h.verifier())
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(b))
	if _, err := journal.BookKey(key, journal.House); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrIncomplete, h.verifier(), err)
	}
	return key, nil
}

// Close closes the database.
func (n *Node) Close() error { return n.DB.Close() }
