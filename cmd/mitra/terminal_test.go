//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a terminal with the program at it.
type terminal struct {
	t      *testing.T
	master *os.File
	read   chan string
	seen   string
	c      *exec.Cmd
	over   chan error
}

// at runs the program at a terminal of its own.
func (n testNode) at(t *testing.T, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer slave.Close()
	c := n.command(args...)
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	term := &terminal{t: t, master: master, c: c, over: start(t, c), read: make(chan string, 100)}
	go func() {
		b := make([]byte, 1024)
		for {
			n, err := master.Read(b)
			if err != nil {
				close(term.read)
				return
			}
			term.read <- string(b[:n])
		}
	}()
	return term
}

// expect waits until a text has come.
func (term *terminal) expect(text string) {
	term.t.Helper()
	limit := time.After(30 * time.Second)
	for !strings.Contains(term.seen, text) {
		select {
		case more, ok := <-term.read:
			if !ok {
				term.t.Fatalf("%q did not come: %q", text, term.seen)
			}
			term.seen += more
		case <-limit:
			term.t.Fatalf("%q did not come: %q", text, term.seen)
		}
	}
	time.Sleep(50 * time.Millisecond) // until nothing is shown any more
}

func (term *terminal) typed(text string) {
	term.t.Helper()
	if _, err := term.master.WriteString(text); err != nil {
		term.t.Fatal(err)
	}
}

// ends waits for the end and returns all that was shown.
func (term *terminal) ends(status int) string {
	term.t.Helper()
	for more := range term.read {
		term.seen += more
	}
	err := <-term.over
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || term.c.ProcessState.ExitCode() != status {
		term.t.Errorf("exit status %d, want %d: %q", term.c.ProcessState.ExitCode(), status, term.seen)
	}
	return term.seen
}

// TestPassphraseAtATerminal: it is asked for twice where it is new, once and only
// once where it is not, and never shown; an interruption ends the asking.
func TestPassphraseAtATerminal(t *testing.T) {
	const phrase = "five words that are random"
	n := testNode{dir: t.TempDir()}
	t.Setenv("MITRA_PASSPHRASE_FILE", "")
	home := filepath.Join(n.dir, "home")

	term := n.at(t, "init", "--country", "KH", "--authority", "A", "--passphrase")
	term.expect("New passphrase of the node's keys: ")
	term.typed(phrase + "\n")
	term.expect("The same again: ")
	term.typed(phrase + "s\n")
	if seen := term.ends(2); strings.Contains(seen, phrase) || !strings.Contains(seen, "the two are not the same") {
		t.Errorf("%q", seen)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("a node was made")
	}

	term = n.at(t, "init", "--country", "KH", "--authority", "A", "--passphrase")
	term.expect("New passphrase of the node's keys: ")
	term.typed(phrase + "\n")
	term.expect("The same again: ")
	term.typed(phrase + "\n")
	if seen := term.ends(0); strings.Contains(seen, phrase) {
		t.Errorf("it is shown: %q", seen)
	}

	term = n.at(t, "keys", "unprotect")
	term.expect("Passphrase of the node's keys: ")
	term.typed("another one\n")
	if seen := term.ends(1); strings.Count(seen, "Passphrase of") != 1 || strings.Contains(seen, "another") || !strings.Contains(seen, "wrong passphrase") {
		t.Errorf("%q", seen)
	}

	term = n.at(t, "keys", "unprotect")
	term.expect("Passphrase of the node's keys: ")
	term.typed("\x03") // Ctrl-C
	if seen := term.ends(1); !strings.Contains(seen, "mitra: interrupted; nothing of the command was kept") {
		t.Errorf("%q", seen)
	}

	term = n.at(t, "keys", "unprotect")
	term.expect("Passphrase of the node's keys: ")
	term.typed(phrase + "\n")
	if seen := term.ends(0); strings.Count(seen, "Passphrase of") != 1 || strings.Contains(seen, phrase) || !strings.Contains(seen, "2 secret files can be read") {
		t.Errorf("%q", seen)
	}
}
