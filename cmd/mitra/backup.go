package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"mitra/desk/account"
	"mitra/node"
	"mitra/node/backup"
	"mitra/node/keyring"
	"mitra/store"
)

type backupCmd struct {
	File      string   `arg:"" optional:"" type:"file" help:"Where the backup goes; what stands there is replaced once the new one is complete. Without it: into the folder, and for the recipients, of mitra.toml."`
	Recipient []string `help:"Encrypt it for this age recipient (age1…) and not under a passphrase; can be given several times." placeholder:"AGE1…"`
}

func (c *backupCmd) Run(e *env) error {
	if c.File == "" {
		return c.asConfigured(e)
	}
	if err := e.usable([]output{{"FILE", c.File}}); err != nil {
		return err
	}
	to, err := recipients(c.Recipient)
	if err != nil {
		return err
	}
	return e.with(func(n *node.Node) error {
		if len(to) == 0 {
			under, err := e.backupPassphrase().Recipient()
			if err != nil {
				return err
			}
			to = []age.Recipient{under}
		}
		p := e.progress()
		defer p.end()
		var made node.Copy
		begun := false
		err := writeFile(c.File, 0o600, func(w io.Writer) (err error) {
			begun = true
			made, err = n.Backup(e.ctx, w, e.making(), p.update, to...)
			return err
		})
		p.end()
		if err != nil && begun {
			return &kept{err, noBackup}
		}
		if err != nil {
			return err
		}
		return e.madeBackup(made, c.File)
	})
}

// noBackup is what is left of a backup that failed.
const noBackup = "no backup was made; that one was begun may stand in the journal"

// asConfigured makes a backup where and for whom mitra.toml says.
func (c *backupCmd) asConfigured(e *env) error {
	if len(c.Recipient) > 0 {
		return unusable("usage", "such as mitra backup --recipient age1… FILE", "missing: <file>; without one a backup is for the recipients of mitra.toml and nobody else")
	}
	return e.with(func(n *node.Node) error {
		p := e.progress()
		defer p.end()
		made, err := n.BackUp(e.ctx, e.making(), p.update)
		p.end()
		switch {
		case errors.Is(err, node.ErrNoBackups):
			return unusable("usage", "such as mitra backup FILE; or put folder and recipients into mitra.toml, in a table [backup]", "missing: <file>")
		case errors.Is(err, node.ErrConfig):
			return err
		case err != nil:
			return &kept{err, noBackup}
		}
		return e.madeBackup(made.Copy, made.File)
	})
}

// making is a backup of this command.
func (e *env) making() node.Making {
	return node.Making{By: account.By{Actor: e.g.As}, Program: version}
}

func (e *env) madeBackup(made node.Copy, file string) error {
	return e.answer(told(made, "file", file), func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s, as of %s, written to %s\n", count(made.Rows(), "row"), made.Manifest.Node, store.Time(made.Manifest.At), file)
		fmt.Fprintf(w, "check it: mitra restore --check %s\n", file)
	})
}

// recipients reads --recipient.
func recipients(texts []string) (to []age.Recipient, err error) {
	to, err = backup.Recipients(texts)
	switch {
	case errors.Is(err, backup.ErrMixed):
		return nil, unusable("bad_recipient", "give recipients of one kind", "--recipient: %v", err)
	case err != nil:
		return nil, unusable("bad_recipient", "such as --recipient age1…, the public key that age-keygen prints", "--recipient: %v", err)
	}
	return to, nil
}

// told is the result of a command about a backup.
func told(c node.Copy, key, value string) map[string]any {
	tables := make(map[string]int64)
	for _, t := range c.Tables {
		tables[t.Name] = t.Rows
	}
	m := c.Manifest
	return map[string]any{"node": m.Node, "at": m.At, "schema": m.Schema, "books": m.Books, "tables": tables, "rows": c.Rows(), key: value}
}

type restoreCmd struct {
	File     string `arg:"" type:"file" help:"The backup."`
	Check    bool   `help:"Read the backup from end to end, and make no node of it."`
	Identity string `type:"file" help:"A file (mode 0600) with the age identity (AGE-SECRET-KEY-1…) of a recipient." placeholder:"FILE"`
	DBFile   string `type:"file" name:"db-file" help:"A file (mode 0600) that holds a PostgreSQL DSN; default SQLite in the node's folder, or the DSN in $MITRA_DB. The database is empty." placeholder:"FILE"`
}

func (c *restoreCmd) Run(e *env) error {
	p := e.progress()
	defer p.end()
	src := &source{e: e, path: c.File, identity: c.Identity}
	defer src.close()
	tell := func(stage string, _, _ int64) { p.update(stage, src.read, src.size) }
	if c.Check {
		in, err := src.open()
		if err != nil {
			return err
		}
		found, err := node.CheckBackup(e.ctx, in, tell)
		p.end()
		if err != nil {
			return err
		}
		return e.answer(told(found, "file", c.File), func(w io.Writer) {
			fmt.Fprintf(w, "the backup of %s, as of %s, is whole: %s\n", found.Manifest.Node, store.Time(found.Manifest.At), count(found.Rows(), "row"))
			printBooks(w, found)
		})
	}
	home := node.Home(e.home())
	made, err := node.Restore(e.ctx, home, node.Restoration{
		Source: src.open, DSNFile: c.DBFile, DSN: os.Getenv("MITRA_DB"), Actor: e.g.As, Passphrase: e.passphrase(), Progress: tell,
	})
	p.end()
	if err != nil {
		return err
	}
	return e.answer(told(made, "home", string(home)), func(w io.Writer) {
		fmt.Fprintf(w, "the node %s stands in %s, in %s, as it was at %s: %s\n", made.Manifest.Node, string(home), made.Into, store.Time(made.Manifest.At), count(made.Rows(), "row"))
		if made.Into != made.From {
			fmt.Fprintf(w, "the backup is of a node in %s: --db-file or MITRA_DB says where to restore to, and without them it is SQLite\n", made.From)
		}
		printBooks(w, made)
		fmt.Fprintf(w, "whatever it recorded after that is lost: tell whoever keeps copies of its head files\nnext: %s log verify --records, and %s serve: what the peers have of that time comes back\n", e.self(), e.self())
	})
}

// printBooks prints what can be compared with copies of head files.
func printBooks(w io.Writer, c node.Copy) {
	for _, b := range c.Manifest.Books {
		fmt.Fprintf(w, "book %s: %s, root %s\n", b.Name, count(b.Size, "event"), b.Root)
	}
}

// source is the file of a backup.
type source struct {
	e              *env
	path, identity string

	file       *os.File
	read, size int64
	opens      []age.Identity // once they are known
}

func (s *source) close() {
	if s.file != nil {
		s.file.Close()
	}
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.read += int64(n)
	return n, err
}

// open begins to read the file. It asks for a passphrase once, and only if the
// file has one.
func (s *source) open() (*backup.Reader, error) {
	s.close()
	var err error
	if s.file, err = os.Open(s.path); err != nil {
		return nil, err
	}
	fi, err := s.file.Stat()
	if err != nil {
		return nil, err
	}
	s.read, s.size = 0, fi.Size()
	r := bufio.NewReaderSize(s, 1<<18)
	phrase, err := backup.WithPassphrase(r)
	if err != nil {
		return nil, err
	}
	if s.opens == nil {
		if s.opens, err = s.identities(phrase); err != nil {
			return nil, err
		}
	}
	return backup.Open(r, s.opens...)
}

func (s *source) identities(phrase bool) ([]age.Identity, error) {
	switch {
	case phrase && s.identity != "":
		return nil, backup.ErrPassphrase
	case phrase:
		id, err := s.e.backupPassphrase().Identity()
		return []age.Identity{id}, err
	case s.identity == "":
		return nil, backup.ErrIdentity
	}
	if err := keyring.Private(s.identity); err != nil {
		return nil, err
	}
	f, err := os.Open(s.identity)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil { // whose text may quote the secret
		return nil, unusable("wrong_identity", "a file as age-keygen writes it, with a line AGE-SECRET-KEY-1…", "--identity: this file holds no identity of age")
	}
	return ids, nil
}
