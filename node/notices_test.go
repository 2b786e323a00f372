package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mitra/desk/office"
	"mitra/node"
	"mitra/node/keyring"
	"mitra/node/notice/noticetest"
	"mitra/store"
	"mitra/store/storetest"
)

// rotaOf is a rota of one officer, who is on duty always and supervises too; absent is a day on which the officer is not
// there.
func rotaOf(absent string, addresses ...string) string {
	var hours []string
	for _, d := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		hours = append(hours, d+` = "00:00-24:00"`)
	}
	return fmt.Sprintf(`
[[officer]]
id = "sok"
addresses = ["%s"]
protection = true
absent = [{from = %s, until = %s}]
[[office]]
id = "hq"
name = "Headquarters"
zone = "Asia/Phnom_Penh"
hours = {%s}
duty = [{officers = ["sok"]}]
supervisors = ["sok"]
`, strings.Join(addresses, `", "`), absent, absent, strings.Join(hours, ", "))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func served(t *testing.T, n *node.Node, log *slog.Logger, until func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- n.Serve(ctx, log, func(node.Running) {}) }()
	for end := time.Now().Add(20 * time.Second); !until() && time.Now().Before(end); {
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// queue writes a notice that has waited long enough for others.
func queue(t *testing.T, n *node.Node, text string) {
	t.Helper()
	rota, faults, err := office.Read([]byte(text))
	if err != nil || faults != nil {
		t.Fatal(faults, err)
	}
	if err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		return office.Queue(tx, rota, office.Notice{Kind: office.Half, Class: "urgent", Due: time.Now()}, time.Now().Add(-2*time.Minute))
	}); err != nil {
		t.Fatal(err)
	}
}

// What was written before the node stopped is sent by mail and webhook when it is served again, once.
func TestNoticesAreSent(t *testing.T) {
	server := noticetest.Serve(t, noticetest.How{NoTLS: true})
	posted := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		posted <- r.Header.Get("Mitra-Signature") + string(b)
	}))
	defer hook.Close()
	h := servable(t)
	write(t, h.Rota(), rotaOf("2020-01-01", "mailto:sok@k.example", hook.URL))
	write(t, string(h)+"/notice.key", "a key of the house\n")
	if err := errors.Join(change(h.Config(), `notice_smtp = ""`, `notice_smtp = "smtp://`+server.Addr+`"`),
		change(h.Config(), `notice_from = ""`, `notice_from = "mitra@k.example"`), change(h.Config(), `notice_key = ""`, `notice_key = "notice.key"`)); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(t.Context(), h, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	queue(t, n, rotaOf("2020-01-01", "mailto:sok@k.example", hook.URL))
	var log bytes.Buffer
	var mails []noticetest.Mail
	served(t, n, slog.New(slog.NewTextHandler(&log, nil)), func() bool {
		mails = append(mails, server.Took()...)
		return len(mails) > 0 && len(posted) > 0
	})
	if len(mails) != 1 || len(posted) != 1 || !strings.Contains(mails[0].Text, `Office "A"`) {
		t.Fatalf("%d webhooks, mails %+v\n%s", len(posted), mails, log.String())
	}
	if got := <-posted; !strings.HasPrefix(got, "sha256=") || !strings.Contains(got, `"count":1`) {
		t.Error(got)
	}
	again := time.Now().Add(time.Second)
	served(t, n, slog.New(slog.DiscardHandler), func() bool { return time.Now().After(again) })
	if len(posted)+len(server.Took()) > 0 {
		t.Error("sent again")
	}
}

// A node that is killed while it tells an officer tells again when it is served again: what it had not noted may not have
// arrived.
func TestNoticesSurviveKill(t *testing.T) {
	const child = "MITRA_TEST_NOTICES_HOME"
	if home := os.Getenv(child); home != "" {
		n, err := node.Open(t.Context(), node.Home(home), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Fatal(n.Serve(t.Context(), slog.New(slog.DiscardHandler), func(node.Running) {}))
	}
	asked, end := make(chan struct{}, 10), make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-end
	}))
	defer hook.Close()
	h := servable(t)
	write(t, h.Rota(), rotaOf("2020-01-01", hook.URL))
	n, err := node.Open(t.Context(), h, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	queue(t, n, rotaOf("2020-01-01", hook.URL))
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoticesSurviveKill$")
	cmd.Env = append(os.Environ(), child+"="+string(h))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		t.Error("it was not sent")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	close(end)
	damage(t, h, "", `UPDATE notice SET next = at`) // the pause is over
	served(t, n, slog.New(slog.DiscardHandler), func() bool { return len(asked) > 0 })
	if len(asked) != 1 {
		t.Errorf("sent again %d times", len(asked))
	}
}

// A node is not served with a rota or with settings of notices that have mistakes; each is named with its line.
func TestNoticesRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(h node.Home) error
		want  error
		says  []string
	}{
		"a rota with mistakes": {func(h node.Home) error {
			text := strings.Replace(rotaOf("2020-01-01", "sok@k.example"), "Phnom_Penh", "Angkor", 1)
			return os.WriteFile(h.Rota(), []byte(text+"colour = \"red\"\n"), 0o600)
		}, node.ErrConfig, []string{"rota.toml line 4: officer[0].addresses: want", "rota.toml line 10: office[0].zone: want a time zone", "rota.toml line 14: office[0].colour: there is no such key"}},
		"a rota that is none": {func(h node.Home) error { return os.WriteFile(h.Rota(), []byte("[[office"), 0o600) }, node.ErrConfig, []string{"rota.toml line 1: "}},
		"a server without a sender": {func(h node.Home) error {
			return change(h.Config(), `notice_smtp = ""`, `notice_smtp = "smtp://mail.example"`)
		}, node.ErrConfig, []string{"both or neither"}},
		"a password in the settings": {func(h node.Home) error {
			return change(h.Config(), `notice_smtp = ""`, `notice_smtp = "smtp://a:b@mail.example"`)
		}, node.ErrConfig, []string{"without a name or password"}},
		"a key that is not there": {func(h node.Home) error { return change(h.Config(), `notice_key = ""`, `notice_key = "notice.key"`) }, node.ErrConfig, []string{"notice_key: no such file"}},
		"a key that others can read": {func(h node.Home) error {
			file := string(h) + "/notice.key"
			return errors.Join(os.WriteFile(file, []byte("key"), 0o600), os.Chmod(file, 0o644), change(h.Config(), `notice_key = ""`, `notice_key = "notice.key"`))
		}, keyring.ErrLoose, []string{"notice_key", "0644"}},
		"a login of one line": {func(h node.Home) error {
			return errors.Join(os.WriteFile(string(h)+"/login", []byte("mitra\n"), 0o600), change(h.Config(), `notice_login = ""`, `notice_login = "login"`),
				change(h.Config(), `notice_smtp = ""`, `notice_smtp = "smtp://mail.example"`), change(h.Config(), `notice_from = ""`, `notice_from = "mitra@k.example"`))
		}, node.ErrConfig, []string{"want a file of two lines"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := servable(t)
			if err := c.spoil(h); err != nil {
				t.Fatal(err)
			}
			n, err := node.Open(t.Context(), h, "", nil)
			if err == nil {
				defer n.Close()
				_, err = n.Service(t.Context(), slog.New(slog.DiscardHandler))
			}
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%v does not say %q", err, s)
				}
			}
		})
	}
}

// The doctor says who would be told now, when nobody would, whether mail can be sent, and what is stuck.
func TestDoctorOnNotices(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !store.IsPostgres(dsn) {
			dsn = ""
		}
		server := noticetest.Serve(t, noticetest.How{NoTLS: true, User: "mitra", Password: "words"})
		h := node.Home(t.TempDir() + "/home")
		s := setup()
		s.DSN = dsn
		if err := node.Init(t.Context(), h, s); err != nil {
			t.Fatal(err)
		}
		examine := func(what string) node.Check {
			t.Helper()
			for _, c := range node.Examine(t.Context(), h, dsn, nil, slog.New(slog.DiscardHandler)) {
				if c.What == what {
					return c
				}
			}
			return node.Check{}
		}
		is := func(c node.Check, ok bool, says string) {
			t.Helper()
			if c.OK != ok || !strings.Contains(c.Says, says) || ok != (c.Mend == "") || strings.Contains(c.Says, "sok@") {
				t.Errorf("%+v, want %v with %q", c, ok, says)
			}
		}
		is(examine("rota"), true, "there is no rota.toml")
		is(examine("notices"), true, "none is stuck")
		if c := examine("duty"); c.What != "" {
			t.Errorf("%+v", c)
		}
		write(t, h.Rota(), rotaOf("2020-01-01", "mailto:sok@k.example"))
		is(examine("rota"), true, "rota.toml is in order; hq: now sok, at the end of a clock sok")
		is(examine("duty"), true, "somebody is there")
		is(examine("mail"), false, "no notice_smtp")
		tomorrow := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
		write(t, h.Rota(), rotaOf(tomorrow, "mailto:sok@k.example"))
		is(examine("duty"), false, "hq: nobody would be told of a question about somebody under protection from "+tomorrow)

		if err := errors.Join(change(h.Config(), `notice_smtp = ""`, `notice_smtp = "smtp://`+server.Addr+`"`), change(h.Config(), `notice_from = ""`, `notice_from = "mitra@k.example"`)); err != nil {
			t.Fatal(err)
		}
		is(examine("mail"), true, "takes messages")
		if err := change(h.Config(), server.Addr, "127.0.0.1:1"); err != nil {
			t.Fatal(err)
		}
		is(examine("mail"), false, "cannot be used")
		damage(t, h, dsn, `INSERT INTO notice VALUES ('n', 'hq', 'sok', 'mailto:sok@k.example', 'clock-half', 'urgent', '2024-03-13T00:00:00.000000Z', 'UTC', '2024-03-13T00:00:00.000000Z', '2024-03-13T00:00:00.000000Z', '', 0, '', 0)`)
		is(examine("notices"), false, "waited for more than an hour: 1")
		damage(t, h, dsn, `UPDATE notice SET next = '', ended = at, failed = 1`)
		is(examine("notices"), false, "nobody was told: 1")
		write(t, h.Rota(), "colour = 1\n")
		is(examine("rota"), false, "rota.toml line 1: colour")
	})
}
