package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"mitra/node/backup"
	"mitra/node/keyring"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// Restoration is what restore is told.
type Restoration struct {
	// Source begins to read the backup, anew each time.
	Source func() (*backup.Reader, error)

	DSNFile string // as for init: a file (mode 0600) that holds a PostgreSQL DSN
	DSN     string // the value of MITRA_DB
	Actor   string

	Passphrase *keyring.Passphrase // of the node's keys, if they are under one
	Progress   Progress
}

// ErrUnsound: what came out of a backup is not a sound node.
var ErrUnsound = errors.New("the backup does not hold a sound node")

// Restore makes a node of a backup where there is none, in a database with nothing
// in it, and opens a new epoch of its journal. Everything is checked before the
// folder counts as a node; on an error nothing of it remains. A backup of an older
// schema is brought forward; one of a newer schema gives an error wrapping
// [store.ErrNewerSchema].
func Restore(ctx context.Context, h Home, r Restoration) (c Copy, err error) {
	if err := h.free(); err != nil {
		return c, err
	}
	in, err := r.Source()
	if err != nil {
		return c, err
	}
	m := in.Manifest
	tables, err := tablesOf(ctx, m)
	if err != nil {
		return c, err
	}
	k, err := unpack(in)
	if err != nil {
		return c, err
	}
	config, vkey := k.config, k.vkey
	dsn, err := h.choose(&config, r.DSNFile, r.DSN)
	if err != nil {
		return c, err
	}
	if err := config.Validate(); err != nil {
		return c, err
	}
	undo, err := h.claim()
	if err != nil {
		return c, err
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	for _, f := range k.files {
		if err := h.put(f); err != nil {
			return c, err
		}
	}
	ring := keyring.Ring{Dir: h.keys(), Passphrase: r.Passphrase}
	skey, err := h.signingKey(ring)
	if err != nil {
		return c, err
	}
	db, err := store.Create(ctx, dsn, m.Schema)
	if err != nil {
		return c, err
	}
	defer func() {
		if err != nil && db.Dialect() == store.PostgreSQL { // SQLite's is a file that undo removes
			err = errors.Join(err, db.Drop(context.WithoutCancel(ctx)))
		}
		err = errors.Join(err, db.Close())
	}()
	c.Manifest, c.From, c.Into = m, k.config.kind(), config.kind()
	err = db.Write(ctx, func(tx *store.Tx) (err error) {
		if in == nil { // another attempt
			if in, err = r.Source(); err != nil {
				return err
			}
			if again, err := unpack(in); err != nil || !reflect.DeepEqual(in.Manifest, m) || !reflect.DeepEqual(again, k) {
				return errors.Join(err, fmt.Errorf("%w: the file was changed while it was read", backup.ErrDamaged))
			}
		}
		defer func() { in = nil }()
		if c.Tables, err = load(tx, in, tables, r.Progress); err != nil {
			return err
		}
		heads, err := journal.Heads(tx, vkey)
		if err != nil {
			return err
		}
		if !slices.Equal(booksOf(heads), m.Books) {
			return fmt.Errorf("%w: its journal does not end where its manifest says", ErrUnsound)
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	if err := h.begin(ctx, dsn, config, skey, vkey, r.Actor, m); err != nil {
		return c, err
	}
	// The configuration last: a folder with one is a node.
	return c, h.put(file{configName, k.configText(config)})
}

// begin brings the loaded database forward, examines it, and opens the epoch.
func (h Home) begin(ctx context.Context, dsn string, c Config, skey, vkey, actor string, m backup.Manifest) (err error) {
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var v Verification
	if err := v.examine(ctx, db, vkey, h.Heads(), false); err != nil {
		return err
	}
	if len(v.Findings) > 0 {
		return fmt.Errorf("%w: %s", ErrUnsound, v.Findings[0].What)
	}
	n := &Node{Home: h, Config: c, DB: db}
	if n.Journal, err = journal.NewKeeper(db, skey, h.Heads(), nil); err != nil {
		return err
	}
	e := journal.Epoch{Backup: m.At}
	for _, b := range m.Books {
		e.Books = append(e.Books, journal.Head{Book: b.Name, Size: b.Size, Root: b.Root})
	}
	if err := db.Write(ctx, func(tx *store.Tx) error {
		if _, err := journal.AppendEpoch(tx, actor, e); err != nil {
			return err
		}
		return courier.OpenEpoch(tx, m.At, actor)
	}); err != nil {
		return err
	}
	return n.Settle(ctx)
}

// CheckBackup reads a backup from end to end and makes nothing of it. It says
// whether all that was put in comes out, in the form that this program can load, and
// whether keys and head files belong together; that the journal in it is sound only
// [Restore] says.
func CheckBackup(ctx context.Context, in *backup.Reader, p Progress) (Copy, error) {
	c := Copy{Manifest: in.Manifest}
	tables, err := tablesOf(ctx, in.Manifest)
	if err != nil {
		return c, err
	}
	if _, err := unpack(in); err != nil {
		return c, err
	}
	done := int64(0)
	for range tables {
		if err := in.Table(func([]any) error {
			done++
			p.tell("reading the backup", done, 0)
			return ctx.Err()
		}); err != nil {
			return c, err
		}
	}
	c.Tables, err = in.Close()
	return c, err
}

// tablesOf are the tables of the backup's schema, which have to be those that it
// holds.
func tablesOf(ctx context.Context, m backup.Manifest) ([]store.Table, error) {
	tables, made, err := store.Tables(ctx, m.Schema)
	if err != nil {
		return nil, err
	}
	if made < m.Schema {
		return nil, fmt.Errorf("%w: the backup has version %d of its schema, this program knows up to %d", store.ErrNewerSchema, m.Schema, made)
	}
	tables = slices.DeleteFunc(tables, passing)
	if !slices.EqualFunc(tables, m.Tables, func(t store.Table, b backup.Table) bool {
		return t.Name == b.Name && slices.Equal(t.Columns, b.Columns)
	}) {
		return nil, fmt.Errorf("%w: its tables are not those of its schema", backup.ErrDamaged)
	}
	return tables, nil
}

// load fills the tables.
func load(tx *store.Tx, in *backup.Reader, tables []store.Table, p Progress) ([]backup.Sum, error) {
	done := int64(0)
	for _, t := range tables {
		var reading error
		stop := errors.New("stopped")
		_, err := t.Fill(tx, func(yield func([]any) bool) {
			reading = in.Table(func(row []any) error {
				done++
				p.tell("loading the backup", done, 0)
				if err := tx.Context().Err(); err != nil {
					return err
				}
				if !yield(row) {
					return stop
				}
				return nil
			})
		})
		if err != nil {
			return nil, err
		}
		if reading != nil {
			return nil, reading
		}
	}
	return in.Close()
}

// kit is what a backup holds beside its tables.
type kit struct {
	config Config
	text   []byte // of the configuration
	vkey   string
	files  []file // keys and heads
}

// unpack reads the files of a backup and makes sure that they are those of one
// node.
func unpack(in *backup.Reader) (k kit, err error) {
	heads := make(map[string]string)
	secret := false
	if err := in.Files(func(name string, content []byte) error {
		switch {
		case name == configName:
			k.text = content
			return nil
		case name == keysDir+"journal.pub":
			k.vkey = strings.TrimSpace(string(content))
		case name == keysDir+signer, name == keysDir+signer+".age":
			secret = true
		case strings.HasPrefix(name, headsDir):
			heads[name] = string(content)
		}
		k.files = append(k.files, file{name, content})
		return nil
	}); err != nil {
		return k, err
	}
	if k.text == nil || !secret || k.vkey == "" {
		return k, fmt.Errorf("%w: configuration or keys are missing", ErrUnsound)
	}
	if k.config, err = parseConfig(k.text, configName); err != nil {
		return k, fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	if name, _, _ := strings.Cut(k.vkey, "+"); name != in.Manifest.Node || name != k.config.name() {
		return k, fmt.Errorf("%w: configuration, keys and manifest are of different nodes", ErrUnsound)
	}
	if len(heads) != len(in.Manifest.Books) {
		return k, fmt.Errorf("%w: the head files are not those of its books", ErrUnsound)
	}
	for _, b := range in.Manifest.Books {
		h, err := journal.OpenHead(heads[headsDir+b.Name+headSuffix], b.Name, k.vkey)
		if err != nil || h.Size != b.Size || h.Root != b.Root {
			return k, fmt.Errorf("%w: the head file of book %s is not the one that belongs to it", ErrUnsound, b.Name)
		}
	}
	return k, nil
}

func booksOf(heads []journal.Head) []backup.Book {
	books := []backup.Book{}
	for _, h := range heads {
		books = append(books, backup.Book{Name: h.Book, Size: h.Size, Root: h.Root})
	}
	return books
}

var databaseLine = regexp.MustCompile(`(?m)^database[ \t]*=.*$`)

// configText is the configuration as it was, comments and all, but for the place
// of the database.
func (k kit) configText(c Config) []byte {
	text := databaseLine.ReplaceAllLiteral(k.text, []byte("database = "+tomlString(c.Database)))
	if got, err := parseConfig(text, configName); err != nil || !reflect.DeepEqual(got, c) {
		return []byte(c.text())
	}
	return text
}

// put writes a file of the home, which is not there yet.
func (h Home) put(f file) error {
	mode := os.FileMode(0o600)
	if filepath.Ext(f.name) == ".pub" {
		mode = 0o644
	}
	path := h.path(filepath.FromSlash(f.name))
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s", ErrHomeExists, path)
	}
	if err != nil {
		return err
	}
	_, err = out.Write(f.content)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return keyring.SyncDir(filepath.Dir(path))
}
