package web_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web"
)

// An issuer is a small OpenID provider: codes for who is signed in there, tokens for codes with PKCE, keys. Its fields are how it lies.
type issuer struct {
	*httptest.Server
	t testing.TB

	mu      sync.Mutex
	asked   map[string]url.Values // by code: what the desk has asked for
	subject string
	alg     jose.SignatureAlgorithm
	keys    map[jose.SignatureAlgorithm]crypto.Signer
	kid     string
	changes map[string]any // claims that the token has otherwise; nil: not at all
	raw     func(claims map[string]any) string
	answer  http.HandlerFunc // instead of tokens
	moved   map[string]string
	down    bool
	tokens  int
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{t: t, asked: map[string]url.Values{}, subject: "4711", alg: jose.RS256, kid: "1", keys: map[jose.SignatureAlgorithm]crypto.Signer{}}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	i.keys[jose.RS256], i.keys[jose.ES256] = r, e
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		about := map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys", "end_session_endpoint": i.URL + "/end",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
		}
		for k, v := range i.moved {
			about[k] = v
		}
		send(w, about)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		set := jose.JSONWebKeySet{}
		for alg, k := range i.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: i.kid, Algorithm: string(alg), Use: "sig"})
		}
		send(w, set)
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		i.mu.Lock()
		code := fmt.Sprint("code-", len(i.asked), "-", rand.Text())
		i.asked[code] = q
		i.mu.Unlock()
		to, err := url.Parse(q.Get("redirect_uri"))
		if err != nil || q.Get("response_type") != "code" || q.Get("client_id") != "desk" || q.Get("scope") != "openid" || q.Get("code_challenge_method") != "S256" ||
			len(q.Get("state")) < 22 || len(q.Get("nonce")) < 22 || q.Get("max_age") == "" || to.Path != "/signin/provider/back" {
			http.Error(w, "a wrong question", http.StatusBadRequest)
			return
		}
		to.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
		http.Redirect(w, r, to.String(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.tokens++
		if i.answer != nil {
			i.answer(w, r)
			return
		}
		id, secret, ok := r.BasicAuth()
		secret, _ = url.QueryUnescape(secret)
		if !ok {
			id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		asked, known := i.asked[r.FormValue("code")]
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if id != "desk" || secret != "a secret" || !known || r.FormValue("redirect_uri") != asked.Get("redirect_uri") || b64.EncodeToString(sum[:]) != asked.Get("code_challenge") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"invalid_grant"}`)
			return
		}
		delete(i.asked, r.FormValue("code"))
		now := time.Now()
		claims := map[string]any{"iss": i.URL, "sub": i.subject, "aud": "desk", "iat": now.Unix(), "exp": now.Add(time.Hour * 20).Unix(), "nonce": asked.Get("nonce")}
		maps.Copy(claims, i.changes)
		maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
		token := ""
		if i.raw != nil {
			token = i.raw(claims)
		} else {
			token = i.sign(claims, i.keys[i.alg])
		}
		send(w, map[string]any{"access_token": "none of ours", "token_type": "Bearer", "id_token": token, "expires_in": 60})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (i *issuer) sign(claims map[string]any, key any) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: i.alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", i.kid))
	must(i.t, err)
	b, err := json.Marshal(claims)
	must(i.t, err)
	jws, err := s.Sign(b)
	must(i.t, err)
	out, err := jws.CompactSerialize()
	must(i.t, err)
	return out
}

// lie changes how the issuer answers, until the test of it is over.
func (i *issuer) lie(f func(i *issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f(i)
}

// provided is a site whose officers can sign in at an issuer.
func provided(t *testing.T) (*site, *issuer) {
	x, i := newSite(t), newIssuer(t)
	x.serve(func(d *web.Desk) {
		d.Provider = &web.Provider{Issuer: i.URL, Client: "desk", Secret: "a secret", Label: "Ministry <ID>"}
	})
	return x, i
}

func (x *site) tie(id, code string) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return account.Tie(tx, id, code, account.By{Actor: "admin"}) }))
}

// refresh is where a page goes by itself.
func refresh(t testing.TB, code int, h http.Header, body string) string {
	t.Helper()
	to, ok := strings.CutPrefix(h.Get("Refresh"), "0; url=")
	if code != http.StatusOK || !ok || !strings.Contains(body, `href="`+html.EscapeString(to)+`"`) && !strings.Contains(html.UnescapeString(body), to) {
		t.Fatalf("%d, on to %q: %s", code, h.Get("Refresh"), body)
	}
	return to
}

// there goes to the provider, and returns where it sends back to: a path of the desk.
func (c *client) there(next string) string {
	c.x.t.Helper()
	code, h, body := c.post("/signin/provider", "next", next)
	to := refresh(c.x.t, code, h, body)
	res, err := c.h.Get(to)
	must(c.x.t, err)
	res.Body.Close()
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusFound {
		c.x.t.Fatalf("the provider: %d %v", res.StatusCode, err)
	}
	return u.RequestURI()
}

// back comes back from the provider: a request from another site, without the session, and then one with it.
func (c *client) back(path string) (code int, h http.Header, body string) {
	c.x.t.Helper()
	code, h, body = c.x.nobody().get(path)
	if len(h["Set-Cookie"]) > 0 {
		c.x.t.Errorf("the way back sets a cookie: %q", h["Set-Cookie"])
	}
	return c.get(refresh(c.x.t, code, h, body))
}

func TestProvider(t *testing.T) {
	x, i := provided(t)
	if i.tokens != 0 {
		t.Error("the provider is asked before anybody goes there")
	}
	c := x.nobody()
	if body := c.page("/signin"); !strings.Contains(body, "Sign in with Ministry &lt;ID&gt;") {
		t.Errorf("%s", body)
	}
	// Whom no account belongs to is told a code, which an administrator takes.
	code, _, body := c.back(c.there("/help"))
	want := account.Code(i.URL, "4711")
	if code != http.StatusForbidden || !strings.Contains(body, want) || strings.Contains(body, "4711") {
		t.Fatalf("somebody unknown: %d %s", code, body)
	}
	if code, _, _ := c.get("/help"); code != http.StatusSeeOther {
		t.Errorf("somebody unknown is let in: %d", code)
	}
	admin := x.as("administrator")
	if body := admin.page("/accounts/liaison"); !strings.Contains(body, "Code of the officer") {
		t.Error("an administrator has nowhere to put the code")
	}
	if code, _, body := admin.post("/accounts/liaison", "do", "tie", "code", "dara@authority.example"); code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="dara@authority.example"`) {
		t.Errorf("no code: %d", code)
	}
	if code, _, _ := admin.post("/accounts/administrator", "do", "tie", "code", want); code != http.StatusConflict {
		t.Errorf("an administrator ties their own account: %d", code)
	}
	x.account("other", false, account.Administrator)
	x.agreed("other", admin, "/accounts/liaison", "do", "tie", "code", strings.ToUpper(want), "reason", "shown in person")
	if code, _, body := admin.post("/accounts/chief", "do", "tie", "code", want, "reason", "the same"); code != http.StatusConflict || !strings.Contains(body, "belongs to another account") {
		t.Errorf("the code of another account: %d", code)
	}
	if body := admin.page("/accounts/liaison"); !strings.Contains(body, want) {
		t.Error("the administrator does not see who it is")
	}
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256} {
		i.lie(func(i *issuer) { i.alg = alg })
		before := c.cookie()
		if code, h, body := c.back(c.there("/help")); code != http.StatusSeeOther || h.Get("Location") != "/help" {
			t.Fatalf("%s: %d to %q %s", alg, code, h.Get("Location"), body)
		}
		if c.cookie() == before {
			t.Error("the session goes on under the same name")
		}
		if body := c.page("/help"); !strings.Contains(body, "Officer liaison") {
			t.Error("another officer is signed in")
		}
	}
	// A session of the provider's does not say when the officer was there: then a passkey wants the password first.
	if body := c.page("/own"); !strings.Contains(body, "show once more that it is you") {
		t.Error("nobody knows when the officer showed who they are, and a passkey can be added")
	}
	if code, _, body := c.post("/signout"); code != http.StatusOK || !strings.Contains(body, i.URL+"/end?client_id=desk&amp;post_logout_redirect_uri=http%3A%2F%2Flocalhost") || strings.Contains(body, "Officer") {
		t.Errorf("signed out: %d %s", code, body)
	}
	if code, _, _ := c.get("/help"); code != http.StatusSeeOther {
		t.Error("still signed in here")
	}
	if e := x.events("provider-used"); len(e) != 2 || e[0].Actor != "liaison" {
		t.Errorf("%+v", e)
	}
	if e := x.events("signed-in"); string(e[len(e)-1].Data) != `{"by":"provider"}` {
		t.Errorf("%s", e[len(e)-1].Data)
	}
	if code, _, _ := admin.post("/accounts/liaison", "do", "untie"); code != http.StatusSeeOther {
		t.Error(code)
	}
	if code, _, _ := c.back(c.there("/help")); code != http.StatusForbidden {
		t.Errorf("not tied any more: %d", code)
	}
	if log := x.kh.log.String(); strings.Contains(log, "4711") || strings.Contains(log, "a secret") || strings.Contains(log, "code-") {
		t.Errorf("the log: %s", log)
	}
}

// What the provider says counts only if it is of it, for this desk, of this sign-in, and fresh.
func TestProviderRefuses(t *testing.T) {
	x, i := provided(t)
	x.tie("liaison", account.Code(i.URL, "4711"))
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	plain := func(header string) func(claims map[string]any) string {
		return func(claims map[string]any) string {
			b, _ := json.Marshal(claims)
			return b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString(b) + "."
		}
	}
	for what, lie := range map[string]func(i *issuer){
		"nonce of another":     func(i *issuer) { i.changes = map[string]any{"nonce": "another"} },
		"no nonce":             func(i *issuer) { i.changes = map[string]any{"nonce": nil} },
		"for another program":  func(i *issuer) { i.changes = map[string]any{"aud": "other"} },
		"for nobody":           func(i *issuer) { i.changes = map[string]any{"aud": nil} },
		"for two programs":     func(i *issuer) { i.changes = map[string]any{"aud": []string{"desk", "other"}} },
		"given to another":     func(i *issuer) { i.changes = map[string]any{"azp": "other"} },
		"of another issuer":    func(i *issuer) { i.changes = map[string]any{"iss": "https://elsewhere.example"} },
		"over":                 func(i *issuer) { i.changes = map[string]any{"exp": time.Now().Add(-time.Minute).Unix()} },
		"without end":          func(i *issuer) { i.changes = map[string]any{"exp": nil} },
		"not yet":              func(i *issuer) { i.changes = map[string]any{"nbf": time.Now().Add(20 * time.Hour).Unix()} },
		"of nobody":            func(i *issuer) { i.changes = map[string]any{"sub": nil} },
		"of somebody long":     func(i *issuer) { i.changes = map[string]any{"sub": strings.Repeat("4711", 100)} },
		"of long ago":          func(i *issuer) { i.changes = map[string]any{"auth_time": time.Now().Add(-13 * time.Hour).Unix()} },
		"of tomorrow":          func(i *issuer) { i.changes = map[string]any{"auth_time": time.Now().Add(20 * time.Hour).Unix()} },
		"not signed":           func(i *issuer) { i.raw = plain(`{"alg":"none"}`) },
		"not signed, as a JWT": func(i *issuer) { i.raw = plain(`{"alg":"None","typ":"JWT"}`) },
		"signed by a stranger": func(i *issuer) { i.raw = func(c map[string]any) string { return i.sign(c, stranger) } },
		"no token":             func(i *issuer) { i.raw = func(map[string]any) string { return "" } },
		"garbage":              func(i *issuer) { i.raw = func(map[string]any) string { return "a.b.c" } },
		"endless": func(i *issuer) {
			i.answer = func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 3<<20)) }
		},
		"sent elsewhere": func(i *issuer) {
			i.answer = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/keys", http.StatusTemporaryRedirect)
			}
		},
		"signed with its own public key": func(i *issuer) {
			public, _ := json.Marshal(i.keys[jose.RS256].Public())
			i.raw = func(c map[string]any) string {
				s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: public}, (&jose.SignerOptions{}).WithHeader("kid", i.kid))
				must(t, err)
				b, _ := json.Marshal(c)
				jws, err := s.Sign(b)
				must(t, err)
				out, _ := jws.CompactSerialize()
				return out
			}
		},
	} {
		i.lie(lie)
		c := x.nobody()
		code, _, body := c.back(c.there("/help"))
		if code != http.StatusUnauthorized || !strings.Contains(body, "did not succeed") || !strings.Contains(body, `name="password"`) {
			t.Errorf("%s: %d", what, code)
		}
		if code, _, _ := c.get("/help"); code != http.StatusSeeOther {
			t.Errorf("%s: signed in", what)
		}
		i.lie(func(i *issuer) { i.changes, i.raw, i.answer = nil, nil, nil })
		x.later.Add(int64(5 * time.Minute)) // who fails waits
	}
	x.later.Store(0)
	x.serve(func(d *web.Desk) {
		d.Provider = &web.Provider{Issuer: i.URL, Client: "desk", Secret: "a secret", Label: "Ministry"}
	})
	refused := func(what string, code int, h http.Header) {
		t.Helper()
		if code != http.StatusUnauthorized || h.Get("Location") != "" {
			t.Errorf("%s: %d to %q", what, code, h.Get("Location"))
		}
		x.later.Add(int64(2 * time.Minute))
	}
	// The same answer a second time, in the same session and in another.
	c := x.nobody()
	path := c.there("/help")
	if code, _, _ := c.back(path); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if code, h, _ := c.back(path); code != http.StatusSeeOther || h.Get("Location") != "/" {
		t.Errorf("loaded again by who is signed in: %d", code)
	}
	d := x.nobody()
	code, h, _ := d.back(path)
	refused("another session, nothing begun", code, h)
	d.there("/help")
	code, h, _ = d.back(path)
	refused("another session, something else begun", code, h)
	// A code of one flow with the state of another: the provider holds it against its verifier.
	a, b := x.nobody(), x.nobody()
	pa, pb := a.there("/help"), b.there("/help")
	swap := regexp.MustCompile(`code=[^&]+`)
	code, h, _ = b.back(swap.ReplaceAllString(pb, swap.FindString(pa)))
	refused("the code of another's sign-in", code, h)
	code, h, _ = b.back(pb)
	refused("a state that was used", code, h)
	code, h, _ = a.back(strings.Replace(pa, "state=", "state=x", 1))
	refused("another state", code, h)
	code, h, _ = x.nobody().back("/signin/provider/back?code=x")
	refused("no state", code, h)
	a = x.nobody()
	u, err := url.Parse(a.there("/help"))
	must(t, err)
	q := u.Query()
	q.Set("iss", "https://elsewhere.example")
	code, h, _ = a.back(u.Path + "?" + q.Encode())
	refused("from another provider", code, h)
	a = x.nobody()
	u, err = url.Parse(a.there("/help"))
	must(t, err)
	code, h, _ = a.back(u.Path + "?error=access_denied&state=" + u.Query().Get("state"))
	refused("who has said no there", code, h)
	a = x.nobody()
	path = a.there("/help")
	x.later.Add(int64(10*time.Minute + time.Second))
	code, h, _ = a.back(path)
	refused("after ten minutes", code, h)
	// Of answers at the same moment one counts.
	a = x.nobody()
	path = a.there("/help")
	code, h, body := x.nobody().get(path)
	to := refresh(t, code, h, body)
	i.lie(func(i *issuer) { i.tokens = 0 })
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { a.get(to) })
	}
	all.Wait()
	i.lie(func(i *issuer) {
		if i.tokens != 1 {
			t.Errorf("of six answers at once %d are used", i.tokens)
		}
	})
	for _, bad := range []string{"/signin/provider/back?code=a&code=b", "/signin/provider/back?code=" + strings.Repeat("x", 5000)} {
		if code, _, _ := x.nobody().get(bad); code != http.StatusBadRequest {
			t.Errorf("%.40s: %d", bad, code)
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}

// Nobody learns whether somebody has an account that cannot be used, or none; and nobody's e-mail address opens anything.
func TestProviderTellsNothing(t *testing.T) {
	x, i := provided(t)
	x.tie("liaison", account.Code(i.URL, "4711"))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := account.Find(tx, "liaison")
		if err != nil {
			return err
		}
		a.Disabled = true
		return account.Change(tx, a, account.By{Actor: "admin"})
	}))
	page := func(subject string) string {
		i.lie(func(i *issuer) {
			i.subject = subject
			i.changes = map[string]any{"email": "chief", "preferred_username": "chief", "email_verified": true}
		})
		c := x.nobody()
		code, _, body := c.back(c.there("/"))
		if code != http.StatusForbidden {
			t.Errorf("%s: %d", subject, code)
		}
		return strings.Replace(body, account.Code(i.URL, subject), "CODE", 1)
	}
	if a, b := page("4711"), page("chief"); a != b {
		t.Errorf("a disabled account and none:\n%s\n%s", a, b)
	}
}

// An account with a passkey needs it after the provider too, unless the provider says that it has asked for a second factor.
func TestProviderAndPasskey(t *testing.T) {
	x, i := provided(t)
	d := x.addPasskey("liaison", "Phone")
	x.tie("liaison", account.Code(i.URL, "4711"))
	for methods, second := range map[string]bool{"": true, "pwd": true, "pwd otp<script>": true, "pwd mfa": false, "hwk": false} {
		i.lie(func(i *issuer) {
			i.changes = map[string]any{"amr": strings.Fields(methods), "auth_time": time.Now().Unix()}
		})
		c := x.nobody()
		_, h, _ := c.back(c.there("/help"))
		want := map[bool]string{true: "/signin/second", false: "/help"}[second]
		if h.Get("Location") != want {
			t.Errorf("%q: to %q, want %q", methods, h.Get("Location"), want)
		}
		if second {
			if code, _, _ := c.get("/help"); code != http.StatusSeeOther {
				t.Errorf("%q: let in without the passkey", methods)
			}
			_, _, o := c.json("/signin/second/begin", map[string]string{})
			if code, next, _ := c.json("/signin/second", d.sign(o)); code != http.StatusOK || next != "/help" {
				t.Errorf("%q: %d to %q", methods, code, next)
			}
		}
		if body := c.page("/own"); !strings.Contains(body, "data-begin") {
			t.Errorf("%q: the officer has just been there, and is asked again", methods)
		}
	}
	for _, e := range x.events("provider-used") {
		if strings.Contains(string(e.Data), "script") {
			t.Errorf("%s", e.Data)
		}
	}
}

// An officer who comes by the provider need not choose a password; one who comes by a given password does.
func TestProviderWithoutPassword(t *testing.T) {
	x, i := provided(t)
	hash, err := account.Hash("given by another, once", "auditor")
	must(t, err)
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return account.SetPassword(tx, "auditor", hash, account.By{Actor: "admin"})
	}))
	x.tie("auditor", account.Code(i.URL, "4711"))
	c := x.nobody()
	c.back(c.there("/journal"))
	if code, _, _ := c.get("/journal"); code != http.StatusOK {
		t.Errorf("by the provider: %d", code)
	}
	if code, _, _ := c.post("/own/password", "fresh", "an own good sentence", "again", "an own good sentence"); code != http.StatusUnprocessableEntity {
		t.Errorf("a password is chosen without the old one: %d", code)
	}
	c = x.nobody()
	c.post("/signin", "id", "auditor", "password", "given by another, once")
	if code, h, _ := c.get("/journal"); code != http.StatusSeeOther || h.Get("Location") != "/own" {
		t.Errorf("by the given password: %d", code)
	}
}

// A provider that does not answer, or answers wrongly, keeps nobody from a password; and it is found again.
func TestProviderDown(t *testing.T) {
	x, i := provided(t)
	x.tie("liaison", account.Code(i.URL, "4711"))
	for what, lie := range map[string]func(i *issuer){
		"down":              func(i *issuer) { i.down = true },
		"another issuer":    func(i *issuer) { i.moved = map[string]string{"issuer": "https://elsewhere.example"} },
		"sign-in in clear":  func(i *issuer) { i.moved = map[string]string{"authorization_endpoint": "http://id.example/authorize"} },
		"tokens in clear":   func(i *issuer) { i.moved = map[string]string{"token_endpoint": "http://id.example/token"} },
		"keys in clear":     func(i *issuer) { i.moved = map[string]string{"jwks_uri": "http://id.example/keys"} },
		"no address at all": func(i *issuer) { i.moved = map[string]string{"token_endpoint": ""} },
	} {
		i.lie(lie)
		code, _, body := x.nobody().post("/signin/provider", "next", "/help")
		if code != http.StatusServiceUnavailable || !strings.Contains(body, "does not answer at the moment") || !strings.Contains(body, `name="password"`) || !strings.Contains(body, `value="/help"`) {
			t.Errorf("%s: %d %s", what, code, body)
		}
		i.lie(func(i *issuer) { i.down, i.moved = false, nil })
		x.later.Add(int64(6 * time.Second))
	}
	if code, _, _ := x.nobody().post("/signin", "id", "chief", "password", password); code != http.StatusSeeOther {
		t.Errorf("a password: %d", code)
	}
	c := x.nobody()
	if code, _, _ := c.back(c.there("/help")); code != http.StatusSeeOther {
		t.Errorf("when it is there again: %d", code)
	}
	x.serve(func(d *web.Desk) {
		d.Provider = &web.Provider{Issuer: i.URL, Client: "desk", Secret: "a secret", Label: "Ministry"}
		d.Origins = []string{"https://desk.example"}
	})
	if code, _, body := x.nobody().post("/signin/provider"); code != http.StatusConflict || !strings.Contains(body, "cannot send you back") {
		t.Errorf("by an address that the provider does not know: %d", code)
	}
	x.serve(func(*web.Desk) {})
	for _, path := range []string{"/signin/provider/back?code=x&state=y", "/signin/provider/done?code=x&state=y"} {
		if code, _, _ := x.nobody().get(path); code != http.StatusNotFound {
			t.Errorf("%s without a provider: %d", path, code)
		}
	}
}
