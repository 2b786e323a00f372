package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"mitra/node/keyring"
)

// work is scrypt's work factor; 0 is the usual one. Tests make it cheap.
var work int

// passphrase is that of the node's secret files. A command asks for it once.
func (e *env) passphrase() *keyring.Passphrase {
	if e.keys == nil {
		e.keys = &keyring.Passphrase{
			Of: "the node's keys", Variable: "MITRA_PASSPHRASE_FILE", Credential: "passphrase", Terminal: e.ask, Work: work,
		}
	}
	return e.keys
}

// backupPassphrase is that of a backup.
func (e *env) backupPassphrase() *keyring.Passphrase {
	return &keyring.Passphrase{
		Of: "the backup", Variable: "MITRA_BACKUP_PASSPHRASE_FILE", Credential: "backup-passphrase", Terminal: e.ask, Work: work,
	}
}

// ask reads a line at the terminal without showing it: that of the process, or
// standard input where it is one.
func (e *env) ask(prompt string) (string, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err == nil {
		defer tty.Close()
		return e.readSecret(tty, tty, prompt)
	}
	if in, ok := e.in.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return e.readSecret(in, e.errw, prompt)
	}
	return "", keyring.ErrNoPassphrase
}

func (e *env) readSecret(tty *os.File, out io.Writer, prompt string) (string, error) {
	fd := int(tty.Fd())
	shown, err := term.GetState(fd)
	if err != nil {
		return "", keyring.ErrNoPassphrase
	}
	fmt.Fprint(out, prompt)
	line, err := interruptible(e.ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if err != nil {
		term.Restore(fd, shown) // where it was interrupted, what is typed is not shown
	}
	fmt.Fprintln(out)
	if errors.Is(err, io.EOF) {
		return "", keyring.ErrNoPassphrase
	}
	return string(line), err
}
