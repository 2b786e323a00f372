package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web"
)

// filled is the path of a route, with an id that nothing has.
func filled(path string) string {
	path = strings.ReplaceAll(path, "{$}", "")
	return regexp.MustCompile(`\{[a-z.]+\}`).ReplaceAllString(path, store.NewID())
}

func routes(t *testing.T, x *site) []web.Route {
	t.Helper()
	s, err := web.New(x.kh.s.Desk())
	must(t, err)
	return s.Routes()
}

// Every page as every role, and as nobody: who has not the right is refused, who has it is not, and nothing fails.
func TestEveryRouteAsEveryRole(t *testing.T) {
	x := newSite(t)
	rights := map[string][]account.Right{"chief": append(slices.Clone(account.Rights()[account.Supervisor]), account.SeeProtection)}
	for role, all := range account.Rights() {
		rights[string(role)] = all
	}
	all := routes(t, x)
	if len(all) < 15 {
		t.Fatalf("%d routes", len(all))
	}
	for _, r := range all {
		path := filled(r.Path)
		if !r.Open {
			if r.Right == (account.Right{}) {
				t.Errorf("%s %s needs no right", r.Method, r.Path)
			}
			c := x.nobody()
			code, h, body := c.send(r.Method, path)
			if code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/signin") || body != "" && strings.Contains(body, "<main") {
				t.Errorf("%s %s as nobody: %d to %q", r.Method, r.Path, code, h.Get("Location"))
			}
		}
		for role, has := range rights {
			if r.Path == "/signout" || r.Path == "/own/signout" || r.Path == "/signin" { // would end the session that the others need
				continue
			}
			code, h, body := x.as(role).send(r.Method, path)
			refused := code == http.StatusForbidden && strings.Contains(body, "Your account may not do this")
			switch {
			case code >= 500:
				t.Errorf("%s %s as %s: %d %s", r.Method, r.Path, role, code, main(body))
			case strings.HasPrefix(h.Get("Location"), "/signin"):
				t.Errorf("%s %s as %s: asked to sign in", r.Method, r.Path, role)
			case !r.Open && !slices.Contains(has, r.Right) && !refused:
				t.Errorf("%s %s as %s: %d, and it needs %s", r.Method, r.Path, role, code, r.Right)
			case (r.Open || slices.Contains(has, r.Right)) && refused:
				t.Errorf("%s %s as %s: refused", r.Method, r.Path, role)
			}
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}

// main is the content of a page.
func main(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	body, _, _ = strings.Cut(body, "</main>")
	return body
}

// send sends a request with an empty form.
func (c *client) send(method, path string) (code int, h http.Header, body string) {
	if method == "GET" {
		return c.get(path)
	}
	r, err := http.NewRequest(method, c.x.server.URL+path, strings.NewReader(""))
	must(c.x.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

// Every answer has the headers that keep a page to itself; pages are not kept, and nothing in them runs.
func TestHeaders(t *testing.T) {
	x := newSite(t)
	inline := regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:|https?://[a-z]`)
	for _, r := range routes(t, x) {
		if r.Path == "/signout" || r.Path == "/own/signout" {
			continue
		}
		for _, role := range []string{"chief", "auditor", "administrator"} {
			code, h, body := x.as(role).send(r.Method, filled(r.Path))
			for name, want := range map[string]string{
				"Content-Security-Policy": web.Policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if h.Get(name) != want {
					t.Errorf("%s %s: %s: %q", r.Method, r.Path, name, h.Get(name))
				}
			}
			if h.Get("Server") != "" || h.Get("Strict-Transport-Security") != "" {
				t.Errorf("%s %s: Server %q, HSTS %q without TLS", r.Method, r.Path, h.Get("Server"), h.Get("Strict-Transport-Security"))
			}
			if found := inline.FindString(strings.ReplaceAll(body, "http://www.w3.org/2000/svg", "")); found != "" {
				t.Errorf("%s %s as %s (%d): %q", r.Method, r.Path, role, code, found)
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(web.Policy, part) {
			t.Errorf("the policy has no %s", part)
		}
	}
	if strings.Contains(web.Policy, "unsafe") || strings.Contains(web.Policy, "*") {
		t.Errorf("the policy: %s", web.Policy)
	}
	d := x.kh.s.Desk()
	d.Secure = true
	s, err := web.New(d)
	must(t, err)
	res := serveOnce(t, s.Handler(), "GET", "/signin", nil)
	if res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS with TLS")
	}
	res = serveOnce(t, s.Handler(), "POST", "/lang", map[string]string{"lang": "id"})
	if c := res.Header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-mitra-KH=") || !strings.Contains(c, "Secure") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") {
		t.Errorf("the cookie: %s", c)
	}
}

// What comes from another site does nothing, whatever session its browser has; a forged cookie is none.
func TestForeign(t *testing.T) {
	x := newSite(t)
	c := x.as("analyst")
	for name, header := range map[string][2]string{
		"another site":   {"Sec-Fetch-Site", "cross-site"},
		"the same site":  {"Sec-Fetch-Site", "same-site"},
		"another origin": {"Origin", "https://elsewhere.example"},
	} {
		r, err := http.NewRequest("POST", x.server.URL+"/own/signout", nil)
		must(t, err)
		r.Header.Set(header[0], header[1])
		if code, _, body := c.do(r); code != http.StatusForbidden || !strings.Contains(body, "another site") {
			t.Errorf("%s: %d", name, code)
		}
	}
	c.page("/") // still signed in
	r, err := http.NewRequest("GET", x.server.URL+"/", nil)
	must(t, err)
	r.AddCookie(&http.Cookie{Name: "mitra-KH", Value: strings.Repeat("A", 43)})
	if code, _, _ := x.nobody().do(r); code != http.StatusSeeOther {
		t.Errorf("a forged cookie: %d", code)
	}
}

// Addresses that lead nowhere, of any kind, are pages that say so, in the visitor's language.
func TestNoSuchPage(t *testing.T) {
	x := newSite(t)
	for _, path := range []string{"/nothing", "/static/", "/static/nothing.css", "/people/..%2f..%2fetc", "/%00", "/enquiries/" + strings.Repeat("a", 3000), "/people/1", "/PEOPLE"} {
		if code, _, body := x.as("chief").get(path); code != http.StatusNotFound && code != http.StatusBadRequest {
			t.Errorf("%.40q: %d %s", path, code, main(body))
		}
	}
	r, err := http.NewRequest("GET", x.server.URL+"/nothing", nil)
	must(t, err)
	r.Header.Set("Accept-Language", "id")
	if _, h, body := x.nobody().do(r); h.Get("Content-Language") != "id" || !strings.Contains(body, `<html lang="id">`) {
		t.Errorf("in Indonesian: %s", h.Get("Content-Language"))
	}
}
