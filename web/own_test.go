package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/journal"
	"mitra/web"
)

func TestSignIn(t *testing.T) {
	x := newSite(t)
	c := x.nobody()
	if code, h, _ := c.get("/people"); code != http.StatusSeeOther || h.Get("Location") != "/signin?next=%2Fpeople" {
		t.Errorf("without a session: %d to %s", code, h.Get("Location"))
	}
	for _, wrong := range [][2]string{{"liaison", "not this one, surely"}, {"nobody-here", password}, {"", ""}} {
		code, _, body := c.post("/signin", "id", wrong[0], "password", wrong[1])
		if code != http.StatusUnauthorized || !strings.Contains(body, "Nothing else is said") {
			t.Errorf("%q: %d %s", wrong[0], code, body)
		}
	}
	for range 8 {
		c.post("/signin", "id", "liaison", "password", "not this one, surely")
	}
	if code, _, _ := c.post("/signin", "id", "liaison", "password", password); code != http.StatusTooManyRequests {
		t.Errorf("after ten failures: %d", code)
	}
	if code, _, _ := c.post("/signin", "id", "registry", "password", password); code != http.StatusSeeOther {
		t.Errorf("another account: %d", code)
	}
	if body := c.page("/"); !strings.Contains(body, "Officer registry") || strings.Contains(body, "href=\"/accounts\"") {
		t.Error("the home page is not the officer's")
	}
	for _, next := range []string{"https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", "/people?q=1", "/\t/elsewhere.example", "/\t//elsewhere.example", "/%09/elsewhere.example", " /x", "/\n/elsewhere.example", "http:/x"} {
		if code, h, _ := x.nobody().post("/signin", "id", "auditor", "password", password, "next", next); code != http.StatusSeeOther || h.Get("Location") != "/" {
			t.Errorf("%s: sent to %q", next, h.Get("Location"))
		}
	}
	kinds := map[string]int{}
	must(t, x.kh.n.Settle(ctx))
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		clear(kinds)
		return journal.Events(tx, journal.House, func(e journal.Event) error { kinds[e.Kind]++; return nil })
	}))
	if kinds["signed-in"] != 12 || kinds["sign-in-refused"] < 5 {
		t.Errorf("events: %v", kinds)
	}
	if log := x.kh.log.String(); strings.Contains(log, "surely") || strings.Contains(log, "nobody-here") {
		t.Error("the log has what was typed")
	}
}

// Whoever clicks faster than people do waits, and nobody else does.
func TestPace(t *testing.T) {
	x := newSite(t)
	d := x.kh.s.Desk()
	now := time.Now()
	d.Now = func() time.Time { return now }
	s, err := web.New(d)
	must(t, err)
	h := s.Handler()
	for range 100 {
		if res := serveOnce(t, h, "GET", "/signin", nil); res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
	}
	if res := serveOnce(t, h, "GET", "/signin", nil); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Error(res.Status)
	}
	now = now.Add(time.Second)
	if res := serveOnce(t, h, "GET", "/signin", nil); res.StatusCode != http.StatusOK {
		t.Error(res.Status)
	}
}

func TestSessionsEnd(t *testing.T) {
	x := newSite(t)
	a, b := x.nobody(), x.nobody()
	for _, c := range []*client{a, b} {
		c.post("/signin", "id", "analyst", "password", password)
		c.page("/own")
	}
	a.post("/own/signout")
	if code, _, _ := b.get("/"); code != http.StatusSeeOther {
		t.Errorf("after signing out everywhere: %d", code)
	}
	a.post("/signin", "id", "analyst", "password", password)
	a.page("/")
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		who, err := account.Find(tx, "analyst")
		if err != nil {
			return err
		}
		who.Disabled = true
		return account.Change(tx, who, account.By{Actor: "admin"})
	}))
	if code, _, _ := a.get("/"); code != http.StatusSeeOther {
		t.Errorf("a disabled account: %d", code)
	}
	if code, _, _ := a.post("/signin", "id", "analyst", "password", password); code != http.StatusUnauthorized {
		t.Errorf("a disabled account signs in: %d", code)
	}
}

func TestPassword(t *testing.T) {
	x := newSite(t)
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		hash, err := account.Hash("given by another, once", "auditor")
		if err != nil {
			return err
		}
		return account.SetPassword(tx, "auditor", hash, account.By{Actor: "admin"})
	}))
	c := x.nobody()
	if code, _, _ := c.post("/signin", "id", "auditor", "password", "given by another, once"); code != http.StatusSeeOther {
		t.Fatalf("the first sign-in: %d", code)
	}
	if code, _, _ := x.nobody().post("/signin", "id", "auditor", "password", "given by another, once"); code != http.StatusUnauthorized {
		t.Errorf("the second: %d", code)
	}
	if code, h, _ := c.get("/journal"); code != http.StatusSeeOther || h.Get("Location") != "/own" {
		t.Errorf("with a password of another: %d to %s", code, h.Get("Location"))
	}
	for _, bad := range [][2]string{{"short", "short"}, {"an own good sentence", "another good sentence"}, {"auditor auditor", "auditor auditor"}, {"aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"}} {
		if code, _, _ := c.post("/own/password", "fresh", bad[0], "again", bad[1]); code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, body := c.post("/own/password", "fresh", "an own good sentence", "again", "an own good sentence"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, body)
	}
	if body := c.page("/"); !strings.Contains(body, "The password is changed") {
		t.Error("nothing says that it is changed")
	}
}

// In a demonstration one chooses who one is: only where everybody is made up, without TLS, and at this machine.
func TestCards(t *testing.T) {
	x := newSite(t)
	d := x.kh.s.Desk()
	enter := func(d web.Desk, address, id string) int {
		s, err := web.New(d)
		must(t, err)
		r := httptest.NewRequest("POST", "/card", strings.NewReader("id="+id))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr, r.Host = address, "127.0.0.1:8080"
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if got := enter(d, "127.0.0.1:9", "auditor"); got != http.StatusNotFound {
		t.Errorf("without cards: %d", got)
	}
	d.Cards = []string{"auditor"}
	if got := enter(d, "127.0.0.1:9", "auditor"); got != http.StatusSeeOther {
		t.Errorf("with a card: %d", got)
	}
	if got := enter(d, "127.0.0.1:9", "chief"); got != http.StatusNotFound {
		t.Errorf("another account: %d", got)
	}
	if got := enter(d, "192.0.2.7:9", "auditor"); got != http.StatusNotFound {
		t.Errorf("from another machine: %d", got)
	}
	secure, real := d, d
	secure.Secure, real.Synthetic = true, false
	for name, d := range map[string]web.Desk{"by TLS": secure, "with real people": real} {
		if got := enter(d, "127.0.0.1:9", "auditor"); got != http.StatusNotFound {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// Whoever guesses at many lines at once is counted as one who guesses one after the other.
func TestGuessingAtOnce(t *testing.T) {
	x := newSite(t)
	codes := make(chan int)
	for range 30 {
		go func() {
			code, _, _ := x.nobody().post("/signin", "id", "liaison", "password", "not this one, surely")
			codes <- code
		}()
	}
	tried := 0
	for range 30 {
		if code := <-codes; code == http.StatusUnauthorized {
			tried++
		} else if code != http.StatusTooManyRequests {
			t.Errorf("%d", code)
		}
	}
	if tried > 6 {
		t.Errorf("%d passwords were tried", tried)
	}
}

// One's own password is changed with the old one alone; a refusal leaves an event.
func TestOwnPassword(t *testing.T) {
	x := newSite(t)
	c := x.as("analyst")
	for _, bad := range [][3]string{{"wrong wrong wrong", "an own good sentence", "an own good sentence"}, {password, password, password}} {
		if code, _, _ := c.post("/own/password", "old", bad[0], "fresh", bad[1], "again", bad[2]); code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, body := c.post("/own/password", "old", password, "fresh", "an own good sentence", "again", "an own good sentence"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, body)
	}
	c.get("/accounts")
	if e := x.events("page-refused"); len(e) != 1 || e[0].Actor != "analyst" || string(e[0].Data) != `{"page":"GET /accounts"}` {
		t.Errorf("events: %+v", e)
	}
}

// A page that is reached by a name of somebody else's does not answer: a browser may have been led here.
func TestForeignHost(t *testing.T) {
	x := newSite(t)
	s, err := web.New(x.kh.s.Desk())
	must(t, err)
	for host, want := range map[string]int{"127.0.0.1:8080": 200, "localhost": 200, "[::1]:8080": 200, "desk.example": 421, "127.0.0.1.example:80": 421} {
		r := httptest.NewRequest("GET", "/signin", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
}
