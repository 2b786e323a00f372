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

	"mitra/desk/office"
	"mitra/desk/search"
	"mitra/node/keyring"
	"mitra/store"
	"mitra/treaty/journal"
)

// Node is an open node. Close it when done.
type Node struct {
	Home    Home
	Config  Config
	DB      *store.DB
	Journal *journal.Keeper

	ring keyring.Ring
}

// Setup is what init is told.
type Setup struct {
	Country   string // ISO 3166-1 alpha-2
	Authority string
	DSNFile   string // a file (mode 0600) that holds a PostgreSQL DSN; empty for none
	DSN       string // the value of MITRA_DB; empty for none
	Synthetic bool
	Actor     string

	// Where the node will listen and be reached; see [Config]. Empty means the default; a port of
	// 0 has a free one chosen.
	Exchange, Desk, Metrics, Endpoint string

	Passphrase *keyring.Passphrase // under which the secret files are put; nil: they are plain
}

// Init makes a node in a folder that has none: keys, database, journal with its
// first event. On an error nothing of it remains but what stood there before.
func Init(ctx context.Context, h Home, s Setup) (err error) {
	if err := h.free(); err != nil {
		return err
	}
	c := Config{
		Country: strings.ToUpper(s.Country), Authority: s.Authority, ID: store.NewID(), Synthetic: s.Synthetic,
		Exchange: s.Exchange, Desk: s.Desk, Metrics: s.Metrics, Endpoint: s.Endpoint,
	}
	c.complete()
	if err := c.choosePorts(); err != nil {
		return err
	}
	dsn, err := h.choose(&c, s.DSNFile, s.DSN)
	if err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return err
	}
	if s.Passphrase != nil {
		if _, err := s.Passphrase.Recipient(); err != nil { // before anything is made
			return err
		}
	}
	undo, err := h.claim()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	skey, vkey, err := journal.NewKey(c.name(), rand.Reader)
	if err != nil {
		return err
	}
	ring := keyring.Ring{Dir: h.keys(), Passphrase: s.Passphrase}
	if err := ring.Create(signer, []byte(skey+"\n")); err != nil {
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
	n.ring = ring
	if err := n.makeExchange(ctx, s.Actor); err != nil {
		return err
	}
	// The configuration last: a folder with one is a node.
	return os.WriteFile(h.Config(), []byte(c.text()), 0o600)
}

// choose names the database of a new node in its configuration and returns how
// to open it: that of a file with a DSN, else that of dsn, the value of MITRA_DB,
// else SQLite in the home.
func (h Home) choose(c *Config, file, dsn string) (string, error) {
	switch {
	case file != "":
		path, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		c.Database = "file:" + path
		return readDSN(path)
	case dsn != "":
		c.Database = "env"
		return postgres(dsn, "MITRA_DB")
	}
	c.Database = "sqlite"
	return h.database(), nil
}

// parts are what init and restore make in a home, but for its configuration.
func (h Home) parts() []string {
	return []string{h.keys(), h.Heads(), h.Rejected(), h.database(), h.database() + "-wal", h.database() + "-shm"}
}

// free returns an error where a node stands, or the rest of one whose
// configuration was lost: nothing of that is ever touched.
func (h Home) free() error {
	if _, err := os.Lstat(h.Config()); err == nil {
		return fmt.Errorf("%w: %s", ErrHomeExists, string(h))
	}
	for _, p := range h.parts() {
		if _, err := os.Lstat(p); err == nil {
			return fmt.Errorf("%w: %s stands there, without a mitra.toml", ErrHomeExists, p)
		}
	}
	return nil
}

// claim makes the folders of a node where there is none. undo removes what has
// come to stand there since, and nothing else.
func (h Home) claim() (undo func(), err error) {
	if err := h.free(); err != nil {
		return nil, err
	}
	made, err := makeFolder(string(h))
	if err != nil {
		return nil, err
	}
	undo = func() {
		for _, p := range append(h.parts(), h.Config()) {
			os.RemoveAll(p)
		}
		if made {
			os.Remove(string(h)) // only if nothing else stands in it
		}
	}
	for _, dir := range []string{h.keys(), h.Heads(), h.Rejected()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			undo()
			return nil, err
		}
	}
	return undo, nil
}

// name is the name of the node's journal key and the origin of its books.
func (c Config) name() string { return "mitra/" + c.Country + "/" + c.ID }

// begin writes the first event of the house book.
func (n *Node) begin(ctx context.Context, skey, actor string) error {
	var err error
	if n.Journal, err = journal.NewKeeper(n.DB, skey, string(n.Home.Heads()), nil); err != nil {
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
		rows, err := office.Found(tx)
		if err != nil {
			return err
		}
		data, err := json.Marshal(map[string]any{"node": n.Config.ID, "country": n.Config.Country, "authority": n.Config.Authority, "synthetic": n.Config.Synthetic, "rows": rows})
		if err != nil {
			return err
		}
		_, err = journal.Append(tx, journal.Event{Kind: "init", Actor: actor, Data: data})
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

// Open opens the node in a folder. dsn is the value of MITRA_DB; passphrase is
// asked for if the signing key is under one, and may be nil.
func Open(ctx context.Context, h Home, dsn string, passphrase *keyring.Passphrase) (*Node, error) {
	c, err := h.readConfig()
	if err != nil {
		return nil, err
	}
	if dsn, err = h.dsn(c, dsn); err != nil {
		return nil, err
	}
	ring := keyring.Ring{Dir: h.keys(), Passphrase: passphrase}
	if err := h.complete(c, ring); err != nil {
		return nil, err
	}
	skey, err := h.signingKey(ring)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	n := &Node{Home: h, Config: c, DB: db, ring: ring}
	if n.Journal, err = journal.NewKeeper(db, skey, h.Heads(), nil); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := n.offices(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return n, nil
}

// complete makes sure that what init made is there. Opening would make an empty
// database; one that was lost must not look new.
func (h Home) complete(c Config, ring keyring.Ring) error {
	if !ring.Has(signer) {
		return fmt.Errorf("%w: %s is missing", ErrIncomplete, filepath.Join(ring.Dir, signer))
	}
	need := []string{h.verifier()}
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

// signingKey is the journal's secret key. Its two halves have to be whole and to
// belong together: what one signs nobody could check with another.
func (h Home) signingKey(ring keyring.Ring) (string, error) {
	b, err := ring.Read(signer)
	if err != nil {
		return "", err
	}
	skey := strings.TrimSpace(string(b))
	want, err := journal.PublicKey(skey)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrIncomplete, filepath.Join(ring.Dir, signer), err)
	}
	vkey, err := h.verifierKey()
	if err == nil && vkey != want {
		err = fmt.Errorf("%w: %s is not the public half of %s", ErrIncomplete, h.verifier(), signer)
	}
	return skey, err
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
