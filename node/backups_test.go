package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/node"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// backupTable is the table of mitra.toml.
func backupTable(folder string, to ...string) string {
	return fmt.Sprintf("\n[backup]\nfolder = %q\nrecipients = [\"%s\"]\n", folder, strings.Join(to, `", "`))
}

// withBackups adds a table to the settings of a node, and opens it.
func withBackups(t *testing.T, h node.Home, dsn, text string) (*node.Node, error) {
	t.Helper()
	f, err := os.OpenFile(h.Config(), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(t.Context(), h, dsn, nil)
	if err == nil {
		t.Cleanup(func() { n.Close() })
	}
	return n, err
}

func making(who string) node.Making {
	return node.Making{By: account.By{Actor: who, Office: "headquarters"}, Program: "test"}
}

// inside are the names of what is in a folder.
func inside(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// whole makes sure that a file is a backup that an identity opens.
func whole(t *testing.T, path string, id age.Identity) node.Copy {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := from(file, id)()
	if err != nil {
		t.Fatal(err)
	}
	c, err := node.CheckBackup(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var backupName = regexp.MustCompile(`^mitra-KH-[0-9]{8}T[0-9]{6}Z(-[2-9])?\.backup$`)

// Two at once are two files, each whole, for each recipient and nobody else, and a node comes back of each.
func TestBackUp(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		h, dsn := worked(t, dsn)
		dir, one, other := t.TempDir(), identity(t), identity(t)
		n, err := withBackups(t, h, dsn, backupTable(dir, one.Recipient().String(), other.Recipient().String())+oidc)
		if err != nil {
			t.Fatal(err)
		}
		var made [2]node.Made
		var errs [2]error
		var wait sync.WaitGroup
		for i := range made {
			wait.Go(func() { made[i], errs[i] = n.BackUp(t.Context(), making("administrator"), nil) })
		}
		wait.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		names := inside(t, dir)
		if len(names) != 2 || names[0] == names[1] {
			t.Fatalf("in the folder: %q", names)
		}
		all := events(t, n, "backup")
		for i, m := range made {
			fi, err := os.Stat(m.File)
			if err != nil || fi.Mode().Perm() != 0o600 || fi.Size() != m.Bytes || !slices.Contains(names, filepath.Base(m.File)) || !backupName.MatchString(filepath.Base(m.File)) {
				t.Errorf("%+v: %v %v", m, fi, err)
			}
			c := whole(t, m.File, []age.Identity{one, other}[i])
			if c.Rows() != m.Rows() || c.Rows() == 0 || c.Manifest.Program != "test" {
				t.Errorf("%d rows, want %d", c.Rows(), m.Rows())
			}
			if !slices.ContainsFunc(all, func(e journal.Event) bool {
				return e.Actor == "administrator" && e.Office == "headquarters" && strings.Contains(string(e.Data), `"file":"`+filepath.Base(m.File)+`"`) && !strings.Contains(string(e.Data), dir)
			}) {
				t.Errorf("no event of %s: %+v", m.File, all)
			}
		}
		file, err := os.ReadFile(made[0].File)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := from(file, identity(t))(); err == nil {
			t.Error("somebody else opens it")
		}
		// The restored node goes on making backups, and signing in, as its settings said.
		h = restored(t, file, one, "")
		text, err := os.ReadFile(h.Config())
		if err != nil || !strings.Contains(string(text), backupTable(dir, one.Recipient().String(), other.Recipient().String())+oidc) {
			t.Errorf("%v: %s", err, text)
		}
	})
}

// A name that something has is taken by nothing else, whatever it is.
func TestBackUpReplacesNothing(t *testing.T) {
	h, dsn := worked(t, "")
	dir, id := t.TempDir(), identity(t)
	n, err := withBackups(t, h, dsn, backupTable(dir, id.Recipient().String()))
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for i := range 60 {
		stem := "mitra-KH-" + time.Now().UTC().Add(time.Duration(i)*time.Second).Format("20060102T150405Z")
		for _, name := range []string{stem + ".backup", "." + stem + "-2.backup.part"} { // one that is there, and one that another process makes
			if err := os.WriteFile(filepath.Join(dir, name), []byte("another's"), 0o600); err != nil {
				t.Fatal(err)
			}
			taken++
		}
	}
	made, err := n.BackUp(t.Context(), making("a"), nil)
	if err != nil || !strings.HasSuffix(made.File, "Z-3.backup") {
		t.Fatalf("%+v %v", made, err)
	}
	whole(t, made.File, id)
	names := inside(t, dir)
	for _, name := range names {
		if b, err := os.ReadFile(filepath.Join(dir, name)); name != filepath.Base(made.File) && (err != nil || string(b) != "another's") {
			t.Errorf("%s is another: %v", name, err)
		}
	}
	if len(names) != taken+1 {
		t.Errorf("%d files, want %d", len(names), taken+1)
	}
}

// What is wrong with the place for backups is told at the start, with its line, and by the doctor; a secret that stands there by mistake is
// not. A folder that is not there, as of a disk that comes later, keeps no desk from opening.
func TestBackupsRefused(t *testing.T) {
	id := identity(t)
	to := id.Recipient().String()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text func(h node.Home) string
		says string
	}{
		"no recipient":  {func(node.Home) string { return backupTable("/", "age1nonsense") }, "backup.recipients: this is no recipient of age"},
		"a secret key":  {func(node.Home) string { return backupTable("/", id.String()) }, "backup.recipients: this is no recipient of age"},
		"two in one":    {func(node.Home) string { return backupTable("/", to+`\n`+to) }, "backup.recipients: this is no recipient of age"},
		"nobody":        {func(node.Home) string { return "\n[backup]\nfolder = \"/\"\nrecipients = []\n" }, "backup.recipients: want at least one"},
		"left out":      {func(node.Home) string { return "\n[backup]\nfolder = \"/\"\n" }, "backup.recipients: want at least one"},
		"no list":       {func(node.Home) string { return "\n[backup]\nfolder = \"/\"\nrecipients = \"" + to + "\"\n" }, "backup.recipients: want a list of texts"},
		"numbers":       {func(node.Home) string { return "\n[backup]\nfolder = \"/\"\nrecipients = [7]\n" }, "backup.recipients: want a list of texts"},
		"another key":   {func(node.Home) string { return backupTable("/", to) + "passphrase = \"x\"\n" }, "backup.passphrase: there is no such key"},
		"no table":      {func(node.Home) string { return "backup = \"/\"\n" }, "backup: there is no such key"},
		"not whole":     {func(node.Home) string { return backupTable("srv/backup", to) }, "backup.folder: want a folder by its whole path"},
		"gone":          {func(node.Home) string { return backupTable(file+".gone", to) }, "backup.folder: no such folder"},
		"a file":        {func(node.Home) string { return backupTable(file, to) }, "backup.folder: this is no folder"},
		"the node's":    {func(h node.Home) string { return backupTable(string(h), to) }, "backup.folder: a node keeps its own files there"},
		"in the node's": {func(h node.Home) string { return backupTable(h.Rejected(), to) }, "backup.folder: a node keeps its own files there"},
		"by a link":     {func(h node.Home) string { return backupTable(linkTo(t, h.Heads()), to) }, "backup.folder: a node keeps its own files there"},
		"not writable":  {func(node.Home) string { return backupTable(closed(t), to) }, "backup.folder: nothing can be written there"},
	} {
		t.Run(name, func(t *testing.T) {
			h := servable(t)
			n, err := withBackups(t, h, "", c.text(h))
			if err == nil {
				var log bytes.Buffer
				if _, err := n.Service(t.Context(), slog.New(slog.NewTextHandler(&log, nil))); err != nil {
					t.Fatalf("the node does not start: %v", err)
				}
				if !strings.Contains(log.String(), "no backup can be made") {
					t.Errorf("the log: %s", &log)
				}
				_, err = n.BackUp(t.Context(), making("a"), nil)
			}
			if !errors.Is(err, node.ErrConfig) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "mitra.toml line ") || strings.Contains(err.Error(), id.String()) {
				t.Errorf("error %v, want %q", err, c.says)
			}
			if !slices.ContainsFunc(node.Examine(t.Context(), h, "", nil, slog.New(slog.DiscardHandler)), func(f node.Check) bool { return !f.OK && strings.Contains(f.Says, c.says) }) {
				t.Error("the doctor says nothing")
			}
		})
	}
}

func linkTo(t *testing.T, dir string) string {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// closed is a folder in which nobody can write.
func closed(t *testing.T) string {
	dir := "/proc/self/fd" // whoever asks
	if _, err := os.Stat(dir); err != nil {
		dir = t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A backup that is stopped, or whose disk goes away, leaves nothing; one that comes after is made.
func TestBackUpBreaksOff(t *testing.T) {
	h, dsn := worked(t, "")
	dir, id := filepath.Join(t.TempDir(), "backups"), identity(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	n, err := withBackups(t, h, dsn, backupTable(dir, id.Recipient().String()))
	if err != nil {
		t.Fatal(err)
	}
	if found := node.Examine(t.Context(), h, "", nil, slog.New(slog.DiscardHandler)); !slices.ContainsFunc(found, func(c node.Check) bool { return c.What == "backup" && c.OK }) {
		t.Errorf("the doctor does not look at it: %+v", found)
	}
	var list bytes.Buffer
	list.WriteString("id,full_name\n")
	for i := range 3000 {
		fmt.Fprintf(&list, "%d,BUDI CONTOH\n", i)
	}
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, list.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Import(t.Context(), n.DB, registry.Options{Noun: registry.Placements, Path: path, RejectedDir: t.TempDir(), Actor: "a", Office: "o"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	begun := false
	_, err = n.BackUp(ctx, making("a"), func(_ string, done, total int64) {
		begun = begun || len(inside(t, dir)) == 1 && strings.HasSuffix(inside(t, dir)[0], ".part") && done > 0 && done < total
		cancel()
	})
	if !errors.Is(err, context.Canceled) || !begun || len(inside(t, dir)) != 0 {
		t.Errorf("stopped: %v; begun %v, left %q", err, begun, inside(t, dir))
	}
	if _, err = n.BackUp(t.Context(), making("a"), func(string, int64, int64) { os.RemoveAll(dir) }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is taken away: %v", err)
	}
	if _, err = n.BackUp(t.Context(), making("a"), nil); !errors.Is(err, node.ErrConfig) || !strings.Contains(err.Error(), "no such folder") {
		t.Errorf("the folder is gone: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	made, err := n.BackUp(t.Context(), making("a"), nil)
	if err != nil || len(inside(t, dir)) != 1 {
		t.Fatalf("%v: %q", err, inside(t, dir))
	}
	whole(t, made.File, id)
	// The events say that those were begun, and which.
	if all := events(t, n, "backup"); len(all) != 3 {
		t.Errorf("%d events", len(all))
	}
	n.Config.Backup = nil
	if _, err := n.BackUp(t.Context(), making("a"), nil); !errors.Is(err, node.ErrNoBackups) {
		t.Errorf("no place: %v", err)
	}
}
