package keyring

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"filippo.io/age"
)

// Passphrase is one passphrase, which is come by when it is first needed and then
// kept: from the file that the environment variable Variable names, or the
// credential that systemd has handed over, or at a terminal. It never stands in an
// argument or in the variable itself, where others could see it.
type Passphrase struct {
	Of         string // what it opens, as people are asked: "the node's keys"
	Variable   string // of the environment
	Credential string // a file in $CREDENTIALS_DIRECTORY

	// Terminal asks without showing what is typed. It returns an error wrapping
	// [ErrNoPassphrase] where there is no terminal; nil: there is none.
	Terminal func(prompt string) (string, error)

	// Work is the logarithm of scrypt's work factor for new files; 0 is 18: a second,
	// and 256 MiB of memory.
	Work int

	known string
}

const (
	shortest = 12 // characters of a new passphrase
	longest  = 1024
	// mostWork is the work factor that is still done for a file: four seconds, and a
	// GiB of memory. A hostile file could ask for any.
	mostWork    = 20
	defaultWork = 18
)

// Identity opens what was encrypted under the passphrase.
func (p *Passphrase) Identity() (age.Identity, error) {
	text, err := p.get(false)
	if err != nil {
		return nil, err
	}
	id, err := age.NewScryptIdentity(text)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(mostWork)
	return id, nil
}

// Recipient encrypts under the passphrase. If it is not known yet it is a new one,
// which is asked for twice and has to be long enough.
func (p *Passphrase) Recipient() (age.Recipient, error) {
	text, err := p.get(true)
	if err != nil {
		return nil, err
	}
	to, err := age.NewScryptRecipient(text)
	if err != nil {
		return nil, err
	}
	work := defaultWork
	if p.Work != 0 {
		work = p.Work
	}
	to.SetWorkFactor(work)
	return to, nil
}

func (p *Passphrase) get(fresh bool) (string, error) {
	if p == nil {
		return "", ErrNoPassphrase
	}
	if p.known != "" {
		return p.known, nil
	}
	text, err := p.find(fresh)
	if err != nil {
		return "", err
	}
	if err := fit(text, fresh); err != nil {
		return "", fmt.Errorf("passphrase of %s: %w", p.Of, err)
	}
	p.known = text
	return text, nil
}

func (p *Passphrase) find(fresh bool) (string, error) {
	if path := os.Getenv(p.Variable); path != "" {
		if err := Private(path); err != nil {
			return "", err
		}
		return readLine(path)
	}
	// Its mode is not looked at: the folder is for this process alone, and where a
	// service has a user of its own systemd grants that with an access list, which
	// shows as a right of the group.
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" && exists(filepath.Join(dir, p.Credential)) {
		return readLine(filepath.Join(dir, p.Credential))
	}
	if p.Terminal == nil {
		return "", ErrNoPassphrase
	}
	if !fresh {
		return p.Terminal("Passphrase of " + p.Of + ": ")
	}
	text, err := p.Terminal("New passphrase of " + p.Of + ": ")
	if err != nil {
		return "", err
	}
	if err := fit(text, true); err != nil { // before it is typed again
		return "", err
	}
	again, err := p.Terminal("The same again: ")
	if err == nil && again != text {
		err = fmt.Errorf("%w: the two are not the same", ErrBadPassphrase)
	}
	return text, err
}

// fit refuses what is no passphrase, and as a new one what is easily guessed by
// whoever has the file.
func fit(text string, fresh bool) error {
	switch {
	case text == "":
		return fmt.Errorf("%w: it is empty", ErrBadPassphrase)
	case len(text) > longest || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%w: it is no line of text", ErrBadPassphrase)
	case fresh && utf8.RuneCountInString(text) < shortest:
		return fmt.Errorf("%w: it has fewer than %d characters", ErrBadPassphrase, shortest)
	}
	return nil
}

// readLine reads a file of one line, with or without a line end.
func readLine(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(f, longest+3))
	if err := errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), nil
}
