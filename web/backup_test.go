package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/chromedp/chromedp"

	"mitra/desk/account"
	"mitra/node"
	"mitra/node/backup"
	"mitra/store"
	"mitra/web"
)

// backsUp gives the Cambodian node a folder for backups, and lets its pages work on what is asked of them until the test, or stop, ends.
func (x *site) backsUp(change func(d *web.Desk)) (dir string, id *age.X25519Identity, stop func() error) {
	x.t.Helper()
	dir = x.t.TempDir()
	id, err := age.GenerateX25519Identity()
	must(x.t, err)
	x.kh.n.Config.Backup = &node.Backups{Folder: dir, Recipients: []string{id.Recipient().String()}}
	x.serve(change)
	within, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- x.pages.Run(within) }()
	ended := false
	stop = func() (err error) {
		cancel()
		if !ended {
			err, ended = <-done, true
		}
		return err
	}
	x.t.Cleanup(func() { stop() })
	return dir, id, stop
}

// backedUp waits until no backup is being made, and returns the page.
func (x *site) backedUp() string {
	x.t.Helper()
	for range 500 {
		if page := x.as("administrator").page("/node"); !strings.Contains(page, "is being made") {
			return page
		}
		time.Sleep(10 * time.Millisecond)
	}
	x.t.Fatal("the backup does not end")
	return ""
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// An administrator has a backup made, and goes; it opens with the key of the recipient that the operator has named.
func TestBackupAtTheDesk(t *testing.T) {
	x := newSite(t)
	dir, id, _ := x.backsUp(func(*web.Desk) {})
	c := x.as("administrator")
	secret := []string{dir, id.Recipient().String()}
	wants(t, "before", c.page("/node"), []string{"Make a backup now", "The journal has no backup."}, append(secret, "mitra.toml"))
	if code, h, _ := c.post("/node/backups"); code != http.StatusSeeOther || h.Get("Location") != "/node#backup" {
		t.Fatalf("%d %v", code, h)
	}
	page := x.backedUp()
	made := names(t, dir)
	if len(made) != 1 {
		t.Fatalf("in the folder: %q", made)
	}
	wants(t, "made", page, []string{"The backup is made: " + made[0], "in the folder", "administrator", "Make a backup now"}, append(secret, "not in the folder", "node.", "%!"))
	f, err := os.Open(filepath.Join(dir, made[0]))
	must(t, err)
	defer f.Close()
	in, err := backup.Open(bufio.NewReader(f), id)
	must(t, err)
	found, err := node.CheckBackup(ctx, in, nil)
	must(t, err)
	all := x.events("backup")
	if len(all) != 1 || all[0].Actor != "administrator" || all[0].Office != "headquarters" || found.Rows() == 0 {
		t.Errorf("%d rows, events %+v", found.Rows(), all)
	}
	for _, who := range []string{"registry", "auditor", "analyst", "chief"} {
		if code, _, _ := x.as(who).post("/node/backups"); code != http.StatusForbidden {
			t.Errorf("%s: %d", who, code)
		}
	}
	// One that the operator makes elsewhere is known of, and one that is moved away is told of.
	_, err = x.kh.n.Backup(ctx, new(strings.Builder), node.Making{By: account.By{Actor: "cli"}}, nil, id.Recipient())
	must(t, err)
	must(t, os.Rename(filepath.Join(dir, made[0]), filepath.Join(t.TempDir(), made[0])))
	page = c.page("/node")
	wants(t, "away", page, []string{"not in the folder", "elsewhere", "cli"}, nil)
	if strings.Index(page, "elsewhere") > strings.Index(page, "not in the folder") {
		t.Error("the newest is not the first")
	}
	for _, lang := range []string{"id", "km"} {
		c.post("/lang", "lang", lang, "next", "/node")
		wants(t, lang, c.page("/node"), nil, []string{"node.backup", "Make a backup"})
	}
}

// One is made at a time; it goes on when whoever has begun it leaves, and ends with the pages.
func TestBackupsOneAtATime(t *testing.T) {
	x := newSite(t)
	ended := make(chan error, 1)
	_, _, stop := x.backsUp(func(d *web.Desk) {
		d.BackUp = func(ctx context.Context, _ account.By, tell func(done, total int)) (web.BackupFile, error) {
			tell(3, 1000)
			<-ctx.Done()
			ended <- ctx.Err()
			return web.BackupFile{}, ctx.Err()
		}
	})
	c := x.as("administrator")
	c.post("/node/backups")
	page := ""
	for range 500 {
		if page = c.page("/node"); strings.Contains(page, "3 rows") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	wants(t, "working", page, []string{"A backup is being made, begun by administrator.", "3 rows of 1,000 so far."}, []string{"Make a backup now"})
	code, _, body := c.post("/node/backups")
	if code != http.StatusConflict {
		t.Errorf("two at once: %d", code)
	}
	wants(t, "two at once", body, []string{"being made already", "3 rows of 1,000"}, nil)
	p := x.token("administrator")
	if code, h, body := p.do("POST", "/v1/node/backups", nil, "Idempotency-Key", key()); code != http.StatusConflict || wrong(t, h, body) != "backing_up" {
		t.Errorf("two at once, by a program: %d %s", code, body)
	}
	c.post("/signout")
	select {
	case err := <-ended:
		t.Fatalf("it ended with the session: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	default:
		t.Error("the pages ended before the backup")
	}
	if log := x.kh.log.String(); strings.Contains(log, "was not made") {
		t.Errorf("that it was stopped is told as a failure: %s", log)
	}
}

// Where the operator has named no folder, the page says what to write where.
func TestNoBackupsAtTheDesk(t *testing.T) {
	x := newSite(t)
	c := x.as("administrator")
	says := []string{"[backup]", "recipients = [", "mitra backup FILE", "mitra restore"}
	wants(t, "the page", c.page("/node"), says, []string{"Make a backup now"})
	code, _, body := c.post("/node/backups")
	if code != http.StatusConflict {
		t.Errorf("asked for: %d", code)
	}
	wants(t, "asked for", body, says, nil)
	p := x.token("administrator")
	if code, h, body := p.do("POST", "/v1/node/backups", nil, "Idempotency-Key", key()); code != http.StatusConflict || wrong(t, h, body) != "no_backups" {
		t.Errorf("by a program: %d %s", code, body)
	}
	var out struct{ Ready bool }
	if p.get("/v1/node/backups", &out); out.Ready {
		t.Error("a program is told that one can be made")
	}
}

// What went wrong is said with what mends it, in no words of the system; and the next one is tried.
func TestBackupFails(t *testing.T) {
	x := newSite(t)
	var fails atomic.Pointer[error]
	_, _, _ = x.backsUp(func(d *web.Desk) {
		make := d.BackUp
		d.BackUp = func(ctx context.Context, by account.By, tell func(done, total int)) (web.BackupFile, error) {
			if err := fails.Load(); err != nil {
				return web.BackupFile{}, *err
			}
			return make(ctx, by, tell)
		}
	})
	c, p := x.as("administrator"), x.token("administrator")
	at := func(err error) error { return &fs.PathError{Op: "write", Path: "/srv/secret/.mitra-KH.part", Err: err} }
	for _, f := range []struct {
		err        error
		code, says string
	}{
		{fmt.Errorf("%w: /srv/secret", web.ErrBackupFolder), "bad_config", "cannot write into it"},
		{at(syscall.ENOENT), "bad_config", "cannot write into it"},
		{at(syscall.EACCES), "bad_config", "cannot write into it"},
		{at(syscall.ENOSPC), "disk_full", "take old ones away"},
		{fmt.Errorf("%w: 7 MiB", store.ErrDiskFull), "disk_full", "take old ones away"},
		{at(syscall.EIO), "disk", "look at it"},
		{at(syscall.EROFS), "disk", "look at it"},
		{fmt.Errorf("%w: /srv/secret", store.ErrDamaged), "damaged_data", "verify the journal"},
		{fmt.Errorf("%w: /srv/secret", store.ErrBusy), "busy", "too much to do"},
		{errors.New("/srv/secret"), "failed", "look into the node"},
	} {
		fails.Store(&f.err)
		c.post("/node/backups")
		page := x.backedUp()
		wants(t, f.code, page, []string{"No backup was made.", f.says, "Make a backup now"}, []string{"secret", "node.backup"})
		var out struct {
			Work struct{ State, Code, Reference string }
		}
		p.get("/v1/node/backups", &out)
		if out.Work.State != "failed" || out.Work.Code != f.code || !strings.Contains(page, out.Work.Reference) || !strings.Contains(x.kh.log.String(), out.Work.Reference) {
			t.Errorf("%v: %+v", f.err, out.Work)
		}
	}
	fails.Store(nil)
	c.post("/node/backups")
	wants(t, "after all", x.backedUp(), []string{"The backup is made: "}, []string{"No backup was made."})
	// The real one, whose folder is gone.
	must(t, os.RemoveAll(x.kh.n.Config.Backup.Folder))
	c.post("/node/backups")
	wants(t, "no folder", x.backedUp(), []string{"cannot write into it"}, []string{x.kh.n.Config.Backup.Folder})
}

// A program has a backup made by the right of its officer, once for each key, and looks how far it is.
func TestAPIBackups(t *testing.T) {
	x := newSite(t)
	dir, _, _ := x.backsUp(func(*web.Desk) {})
	if code, _, _ := x.token("administrator", account.SeeNode).do("POST", "/v1/node/backups", nil, "Idempotency-Key", key()); code != http.StatusForbidden {
		t.Errorf("by a token that only looks: %d", code)
	}
	p, k := x.token("administrator", account.SeeNode, account.BackUp), key()
	code, _, body := p.do("POST", "/v1/node/backups", nil, "Idempotency-Key", k)
	if code != http.StatusAccepted || !strings.Contains(body, `"state":"working"`) {
		t.Fatalf("%d %s", code, body)
	}
	x.backedUp()
	if code, h, again := p.do("POST", "/v1/node/backups", nil, "Idempotency-Key", k); code != http.StatusAccepted || again != body || h.Get("Idempotency-Replayed") != "true" {
		t.Errorf("asked again: %d %s", code, again)
	}
	x.backedUp()
	made := names(t, dir)
	if len(made) != 1 {
		t.Fatalf("in the folder: %q", made)
	}
	var out struct {
		Ready bool
		Work  struct {
			State, File, Officer string
			Bytes                int64
		}
		Items []struct {
			File, Officer string
			Rows          int
			There         bool
			Bytes         int64
		}
	}
	p.get("/v1/node/backups", &out)
	if !out.Ready || out.Work.State != "done" || out.Work.File != made[0] || out.Work.Officer != "administrator" || len(out.Items) != 1 || out.Items[0].File != made[0] ||
		!out.Items[0].There || out.Items[0].Bytes != out.Work.Bytes || out.Work.Bytes == 0 || out.Items[0].Rows == 0 {
		t.Errorf("%+v", out)
	}
}

// The page of backups on a phone, without scripts too: one is asked for, being made, made, and what was said when one was not.
func TestBackupInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	var wait atomic.Pointer[chan error]
	dir, _, _ := x.backsUp(func(d *web.Desk) {
		make := d.BackUp
		d.BackUp = func(ctx context.Context, by account.By, tell func(done, total int)) (web.BackupFile, error) {
			tell(1024, 1_000_000)
			if err := <-*wait.Load(); err != nil {
				return web.BackupFile{}, err
			}
			return make(ctx, by, tell)
		}
	})
	for i, lang := range []string{"km", "id", "en"} {
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
			return account.SetLang(tx, "administrator", lang, account.By{Actor: "administrator"})
		}))
		b := x.open(t, lang, 360, i > 0)
		b.signIn("administrator")
		for _, err := range []error{syscall.EIO, nil} {
			proceed := make(chan error)
			wait.Store(&proceed)
			b.to("/node")
			b.press(`form[action="/node/backups"] button`)
			b.looks("/node, working")
			b.shoot("node-working-" + lang)
			proceed <- err
			for range 500 {
				if b.to("/node"); ask(b, chromedp.Evaluate[bool](`document.querySelector('form[action="/node/backups"]') !== null`)) {
					break // it can be asked for again
				}
			}
			b.looks("/node, after it")
			b.shoot(fmt.Sprintf("node-%v-%s", err == nil, lang))
		}
		if made := names(t, dir); len(made) != i+1 || !strings.Contains(b.text("main"), made[i]) {
			t.Errorf("%s: made %q: %s", lang, made, b.text("main"))
		}
	}
}
