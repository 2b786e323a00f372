// Package keyring keeps the secret files of a node: each as NAME, which only its
// owner can read, or as NAME.age, encrypted under a passphrase.
//
// NAME.age is a file of age (https://age-encryption.org/v1) with one scrypt
// recipient, so that the command age opens it too. A folder may hold both for a
// moment, where a change was cut off; then they say the same, and NAME is read.
package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"filippo.io/age"
)

// Errors about secret files and passphrases; each has a hint on the command line.
var (
	ErrLoose           = errors.New("file can be read by others")
	ErrExists          = errors.New("a secret file of this name exists")
	ErrDamaged         = errors.New("the secret file is damaged")
	ErrWrongPassphrase = errors.New("wrong passphrase")
	ErrNoPassphrase    = errors.New("a passphrase is needed, and there is no terminal to ask at")
	ErrBadPassphrase   = errors.New("unusable passphrase")
)

const (
	protected  = ".age"
	unfinished = ".new" // of a file that is not in its place
	mostSecret = 1 << 20
)

// Ring is a folder of secret files.
type Ring struct {
	Dir        string
	Passphrase *Passphrase // of the files that have one; nil: it is not to be had
}

func (r Ring) path(name string) string { return filepath.Join(r.Dir, name) }

// Plain reports whether the secret can be read without the passphrase.
func (r Ring) Plain(name string) bool { return exists(r.path(name)) }

// Protected reports whether the secret is there under a passphrase.
func (r Ring) Protected(name string) bool { return exists(r.path(name + protected)) }

// Has reports whether there is a secret of this name, in either form.
func (r Ring) Has(name string) bool { return r.Plain(name) || r.Protected(name) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Read returns a secret. It returns an error wrapping [ErrLoose], [ErrDamaged],
// [ErrWrongPassphrase] or [ErrNoPassphrase], or fs.ErrNotExist where there is no
// such secret.
func (r Ring) Read(name string) (secret []byte, err error) {
	for range 2 { // another process may be changing the one into the other
		if secret, err = readPrivate(r.path(name)); !errors.Is(err, fs.ErrNotExist) {
			return secret, err
		}
		var file []byte
		if file, err = readPrivate(r.path(name + protected)); err == nil {
			return r.decrypt(name, file)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: r.path(name), Err: syscall.ENOENT}
}

func (r Ring) decrypt(name string, file []byte) ([]byte, error) {
	identity, err := r.Passphrase.Identity()
	if err != nil {
		return nil, fmt.Errorf("%s%s: %w", name, protected, err)
	}
	var secret []byte
	plain, err := age.Decrypt(bytes.NewReader(file), identity)
	if err == nil {
		secret, err = io.ReadAll(plain)
	}
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, fmt.Errorf("%s%s: %w", name, protected, ErrWrongPassphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("%s%s: %w", name, protected, ErrDamaged)
	}
	return secret, nil
}

// Create keeps a new secret, under a new passphrase if the ring has one.
func (r Ring) Create(name string, secret []byte) error {
	if r.Has(name) {
		return fmt.Errorf("%w: %s", ErrExists, name)
	}
	if r.Passphrase == nil {
		return r.put(name, secret)
	}
	return r.encrypt(name, secret)
}

// Replace puts another secret in the place of one, in the form that it has.
func (r Ring) Replace(name string, secret []byte) error {
	if r.Plain(name) {
		return r.put(name, secret)
	}
	return r.encrypt(name, secret)
}

func (r Ring) encrypt(name string, secret []byte) error {
	recipient, err := r.Passphrase.Recipient()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipient)
	if err != nil {
		return err
	}
	if _, err := w.Write(secret); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return r.put(name+protected, file.Bytes())
}

// Protect puts the secrets of these names under the passphrase and returns how
// many were not. If some are under one already, it has to be the same; else it is
// a new one. A process that is killed leaves each secret readable in one of its
// two forms; running it again completes the work.
func (r Ring) Protect(names ...string) (changed int, err error) {
	for _, name := range names {
		if r.Protected(name) && !r.Plain(name) {
			if _, err := r.Read(name); err != nil { // or two passphrases would be needed
				return 0, err
			}
		}
	}
	for _, name := range names {
		if !r.Plain(name) {
			continue
		}
		secret, err := r.Read(name)
		if err != nil {
			return changed, err
		}
		if err := r.encrypt(name, secret); err != nil {
			return changed, err
		}
		if err := r.remove(name); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// Unprotect takes the secrets of these names out from under the passphrase and
// returns how many were under it.
func (r Ring) Unprotect(names ...string) (changed int, err error) {
	for _, name := range names {
		if !r.Protected(name) {
			continue
		}
		secret, err := r.Read(name)
		if err != nil {
			return changed, err
		}
		if err := r.put(name, secret); err != nil {
			return changed, err
		}
		if err := r.remove(name + protected); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// put writes a file whole: after a crash there is the old one, or none, or the
// new one.
func (r Ring) put(name string, content []byte) (err error) {
	temp := r.path(name + unfinished)
	os.Remove(temp) // of a process that was killed
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, r.path(name)); err != nil {
		return err
	}
	return SyncDir(r.Dir)
}

// remove removes a file, and what a killed process may have left of it.
func (r Ring) remove(name string) error {
	os.Remove(r.path(name + unfinished))
	if err := os.Remove(r.path(name)); err != nil {
		return err
	}
	return SyncDir(r.Dir)
}

// SyncDir makes the names in a folder last over a crash.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// Private returns an error wrapping [ErrLoose] if anybody but the owner can read
// the file, and another if it is none.
func Private(path string) error {
	fi, err := os.Stat(path)
	if err != nil {
		return err
	}
	if fi.IsDir() {
		return &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	if !fi.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("is no file")}
	}
	if fi.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%w: %s has mode %04o, want 0600", ErrLoose, path, fi.Mode().Perm())
	}
	return nil
}

func readPrivate(path string) ([]byte, error) {
	if err := Private(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostSecret+1))
	if err == nil && len(b) > mostSecret {
		return nil, fmt.Errorf("%s: %w: it is too large for one", filepath.Base(path), ErrDamaged)
	}
	return b, err
}
