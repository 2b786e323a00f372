//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mitra/store"
	"mitra/treaty/journal"
)

// refused runs a command that fails for want of room, and returns the code of
// its error.
func (n testNode) refused(t *testing.T, limit int64, args ...string) string {
	t.Helper()
	c := exec.Command("mitra-limited", append(args, "--json")...)
	c.Dir, c.Env = n.dir, append(n.environment(), "MITRA_FILE_LIMIT="+strconv.FormatInt(limit, 10))
	return failed(t, c)
}

// failed runs a command that has to fail, and returns the code of its error.
func failed(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var out, errw bytes.Buffer
	c.Stdout, c.Stderr = &out, &errw
	c.Run()
	if status := c.ProcessState.ExitCode(); status != 1 {
		t.Fatalf("%s: exit status %d, want 1\n%s%s", strings.Join(c.Args, " "), status, out.Bytes(), errw.Bytes())
	}
	var v struct {
		Error struct{ Code, Message, Hint string }
	}
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("standard output: %v\n%s", err, out.Bytes())
	}
	if v.Error.Message == "" || v.Error.Hint == "" {
		t.Errorf("an error without message or hint: %s", out.Bytes())
	}
	return v.Error.Code
}

// TestDiskRefuses lets the system refuse every write beyond a size, as a full
// disk does: at each size the command fails with one clear message and has
// changed nothing, or succeeds.
func TestDiskRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "residents.csv")
	register(t, file, sized(20_000))
	n := newTestNode(t, "")
	before := n.state(t)
	fi, err := os.Stat(filepath.Join(string(n.home()), "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int64{4 << 10, fi.Size(), fi.Size() + 64<<10, fi.Size() + 1<<20} {
		if code := n.refused(t, limit, "import", "residents", file); code != "disk" && code != "disk_full" {
			t.Errorf("import where files end at %d bytes: error code %q", limit, code)
		}
		if after := n.state(t); before != after {
			t.Errorf("import where files end at %d bytes: the node is not as it was:\n%s\n%s", limit, before, after)
		}
	}
	n.run(t, new(struct{}), "import", "residents", file)
	n.run(t, new(struct{}), "status", "run")
	out := filepath.Join(n.dir, "status.csv")
	for _, args := range [][]string{
		{"status", "export", "--out", out},
		{"link", file, "--clusters", out},
		{"import", "residents", rejects(t), "--rejected", out},
	} {
		if code := n.refused(t, 60<<10, args...); code != "disk" && code != "disk_full" {
			t.Errorf("%s: error code %q", strings.Join(args, " "), code)
		}
		left, err := filepath.Glob(filepath.Join(n.dir, "*"))
		if err != nil || len(left) != 1 {
			t.Errorf("%s: left behind %q", strings.Join(args, " "), left)
		}
		left, err = filepath.Glob(filepath.Join(n.dir, ".*"))
		if err != nil || len(left) != 0 {
			t.Errorf("%s: left behind %q", strings.Join(args, " "), left)
		}
	}
	n.verified(t)
}

// rejects writes a register of which nothing can be used but one row.
func rejects(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rejects.csv")
	text := "id,full_name,birth_date\n1,BUDI SANTOSO,1990-05-17\n" + strings.Repeat("2,SITI AMINAH,31/02/1990\n", 5000)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRestoreWithoutRoom lets the system refuse what a restore writes, at several
// sizes: nothing of it remains. (That a backup does not fit, disk-full.txtar tries.)
func TestRestoreWithoutRoom(t *testing.T) {
	t.Parallel()
	n := newTestNode(t, "")
	phrase := filepath.Join(n.dir, "phrase")
	if err := os.WriteFile(phrase, []byte("five words that are random\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := append(os.Environ(), "MITRA_HOME="+string(n.home()), "MITRA_DB=", "MITRA_BACKUP_PASSPHRASE_FILE="+phrase)
	limited := func(limit int64, args ...string) *exec.Cmd {
		c := exec.Command("mitra-limited", append(args, "--json")...)
		c.Dir, c.Env = n.dir, append(environ, "MITRA_FILE_LIMIT="+strconv.FormatInt(limit, 10))
		return c
	}
	file := filepath.Join(t.TempDir(), "residents.csv")
	register(t, file, sized(20_000))
	n.run(t, new(struct{}), "import", "residents", file)
	out := filepath.Join(n.dir, "node.backup")
	if text, err := limited(1<<40, "backup", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	db, err := os.Stat(filepath.Join(string(n.home()), "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	left := func() {
		t.Helper()
		for _, pattern := range []string{"*", ".*"} {
			names, err := filepath.Glob(filepath.Join(n.dir, pattern))
			for _, name := range names {
				if base := filepath.Base(name); base != "home" && base != "phrase" && base != "node.backup" {
					t.Errorf("left behind %s", base)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, limit := range []int64{1, 100, 4 << 10, 1 << 20, db.Size() / 2} {
		if code := failed(t, limited(limit, "restore", out, "--home", filepath.Join(n.dir, "restored"))); code != "disk" && code != "disk_full" {
			t.Errorf("restore where files end at %d bytes: error code %q", limit, code)
		}
		left()
	}
	n.verified(t)
}

// TestBackupWithoutRoom lets the system refuse what a backup in the folder of mitra.toml writes, at several sizes: nothing of it remains,
// and with room again there is one.
func TestBackupWithoutRoom(t *testing.T) {
	t.Parallel()
	n := newTestNode(t, "")
	file := filepath.Join(t.TempDir(), "residents.csv")
	register(t, file, sized(20_000))
	n.run(t, new(struct{}), "import", "residents", file)
	dir := t.TempDir()
	text, err := os.ReadFile(n.home().Config())
	if err != nil {
		t.Fatal(err)
	}
	text = fmt.Appendf(text, "\n[backup]\nfolder = %q\nrecipients = [\"age1vs2zuv9ysawdr7h7zahlcx976kxhqk7lssl6tg82svj6zc8xduvs53984k\"]\n", dir)
	if err := os.WriteFile(n.home().Config(), text, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := os.Stat(filepath.Join(string(n.home()), "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	names := func() []string {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(dir, "*"))
		hidden, herr := filepath.Glob(filepath.Join(dir, ".*"))
		if err := errors.Join(err, herr); err != nil {
			t.Fatal(err)
		}
		return append(all, hidden...)
	}
	for _, limit := range []int64{db.Size() / 4, db.Size() / 2} {
		if code := n.refused(t, limit, "backup"); code != "disk" && code != "disk_full" {
			t.Errorf("backup where files end at %d bytes: error code %q", limit, code)
		}
		if left := names(); len(left) > 0 {
			t.Errorf("left behind %q", left)
		}
	}
	n.run(t, new(struct{}), "backup")
	if made := names(); len(made) != 1 {
		t.Errorf("made: %q", made)
	}
	begun := 0 // what failed was the backup, and not what comes before it
	n.open(t, func(db *store.DB) error {
		return db.Read(t.Context(), func(tx *store.Tx) error {
			begun = 0
			return journal.Events(tx, journal.House, func(e journal.Event) error {
				if e.Kind == "backup" {
					begun++
				}
				return nil
			})
		})
	})
	if begun != 3 {
		t.Errorf("%d were begun", begun)
	}
	n.verified(t)
}
