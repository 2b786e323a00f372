package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/store"
)

// A request that is under way when its officer signs out does not bring the session back.
func TestSignedOutStaysOut(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	u, err := url.Parse(x.server.URL)
	must(t, err)
	cookie := c.h.Jar.Cookies(u)[0]
	stolen := func() int {
		r, err := http.NewRequest("GET", x.server.URL+"/", nil)
		must(t, err)
		r.AddCookie(cookie)
		code, _, _ := x.nobody().do(r)
		return code
	}
	if code := stolen(); code != http.StatusOK {
		t.Fatal(code)
	}
	body, send := io.Pipe()
	r, err := http.NewRequest("POST", x.server.URL+"/purpose", body)
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(cookie)
	done := make(chan int)
	go func() {
		code, _, _ := x.nobody().do(r)
		done <- code
	}()
	_, err = send.Write([]byte("purpose="))
	must(t, err)
	time.Sleep(200 * time.Millisecond) // the session is loaded
	c.post("/signout")
	if code := stolen(); code != http.StatusSeeOther {
		t.Fatalf("signed out: %d", code)
	}
	_, err = send.Write([]byte("status"))
	must(t, err)
	send.Close()
	<-done
	if code := stolen(); code != http.StatusSeeOther {
		t.Errorf("the session is there again: %d", code)
	}
}

// A password that is changed while somebody signs in with the old one lets nobody in.
func TestPasswordChangedMeanwhile(t *testing.T) {
	x := newSite(t)
	hash, err := account.Hash("another sentence for tests", "registry")
	must(t, err)
	for i := range 24 { // they wait for their turn
		go x.nobody().post("/signin", "id", "nobody"+string(rune('a'+i)), "password", "not this one at all")
	}
	time.Sleep(30 * time.Millisecond)
	c := x.nobody()
	done := make(chan int)
	go func() {
		code, _, _ := c.post("/signin", "id", "registry", "password", password)
		done <- code
	}()
	time.Sleep(60 * time.Millisecond)
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return account.SetPassword(tx, "registry", hash, account.By{Actor: "admin"})
	}))
	code := <-done
	if again, _, _ := c.get("/own"); code == http.StatusSeeOther && again == http.StatusOK {
		t.Errorf("the old password has begun a session: %d, %d", code, again)
	}
}

// slow sends a form of which the rest comes later.
func (c *client) slow(path, form string) (finish func() (int, http.Header, string)) {
	c.x.t.Helper()
	body, send := io.Pipe()
	r, err := http.NewRequest("POST", c.x.server.URL+path, body)
	must(c.x.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	type answer struct {
		code int
		h    http.Header
		body string
	}
	done := make(chan answer)
	go func() {
		code, h, body := c.do(r)
		done <- answer{code, h, body}
	}()
	half := len(form) / 2
	_, err = send.Write([]byte(form[:half]))
	must(c.x.t, err)
	time.Sleep(200 * time.Millisecond)
	return func() (int, http.Header, string) {
		_, err := send.Write([]byte(form[half:]))
		must(c.x.t, err)
		send.Close()
		a := <-done
		return a.code, a.h, a.body
	}
}

// Who may no longer do something when the form is there does not do it.
func TestSlowForm(t *testing.T) {
	x := newSite(t)
	x.account("other", false, account.Administrator)
	finish := x.as("administrator").slow("/accounts/analyst", "do=disable&reason=none")
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := account.Find(tx, "administrator")
		if err != nil {
			return err
		}
		a.Disabled = true
		return account.Change(tx, a, account.By{Actor: "other"})
	}))
	code, h, _ := finish()
	if x.find("analyst").Disabled {
		t.Errorf("a disabled administrator disables others: %d to %s", code, h.Get("Location"))
	}
}

// An officer sees where they are signed in, and ends one of these; another officer's is not theirs to end.
func TestOwnSessions(t *testing.T) {
	x := newSite(t)
	ends := regexp.MustCompile(`/own/sessions/[0-9a-f-]+/end`)
	again := func() *client {
		c := x.nobody()
		c.post("/signin", "id", "liaison", "password", password)
		return c
	}
	here, away, other := x.as("liaison"), again(), x.as("registry")
	if n := len(ends.FindAllString(other.page("/own"), -1)); n != 0 {
		t.Errorf("one session, %d buttons that end it", n)
	}
	list := ends.FindAllString(here.page("/own"), -1)
	if len(list) != 1 {
		t.Fatalf("the other sessions: %v", list)
	}
	other.post(list[0])
	if code, _, _ := away.get("/enquiries"); code != http.StatusOK {
		t.Errorf("ended by another officer: %d", code)
	}
	if code, _, _ := here.post(list[0]); code != http.StatusSeeOther {
		t.Errorf("ending it: %d", code)
	}
	if code, h, _ := away.get("/enquiries"); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/signin") {
		t.Errorf("the session that was ended: %d to %s", code, h.Get("Location"))
	}
	if body := here.page("/own"); !strings.Contains(body, "The session has ended.") || ends.MatchString(body) {
		t.Error("the page does not say so")
	}
	if n := len(x.events("signed-out")); n != 1 {
		t.Errorf("%d events", n)
	}
	// Somebody at a desk that was left open does not end the sessions of its officer elsewhere.
	away = again()
	list = ends.FindAllString(here.page("/own"), -1)
	x.later.Add(int64(11 * time.Minute))
	if body := here.page("/own"); ends.MatchString(body) || !strings.Contains(body, "show first that it is you") {
		t.Error("long after the sign-in a session can be ended")
	}
	if code, _, _ := here.post(list[0]); code != http.StatusForbidden {
		t.Errorf("ending it long after the sign-in: %d", code)
	}
	if code, _, _ := away.get("/enquiries"); code != http.StatusOK {
		t.Errorf("it has ended: %d", code)
	}
	here.post("/own/confirm", "password", password)
	here.post(list[0])
	if code, _, _ := away.get("/enquiries"); code != http.StatusSeeOther {
		t.Errorf("ended after the password: %d", code)
	}
}
