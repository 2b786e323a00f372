package web_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/journal"
	"mitra/web"
)

// A device makes and uses a passkey as a browser with an authenticator does, and lies where a test wants it to.
type device struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	uses   uint32
	origin string
	rp     string
	flags  byte // present, verified
}

func newDevice(t testing.TB, origin string) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	id := make([]byte, 16)
	rand.Read(id)
	u, err := url.Parse(origin)
	must(t, err)
	return &device{t: t, key: key, id: id, origin: origin, rp: u.Hostname(), flags: 1 | 4}
}

var b64 = base64.RawURLEncoding

// options are what the desk asks a device for.
type options struct {
	PublicKey struct {
		Challenge string
		RPID      string
		RP        struct{ ID string }
		User      struct {
			ID, Name, DisplayName string
		}
		UserVerification       string
		AllowCredentials       []struct{ ID string }
		ExcludeCredentials     []struct{ ID string }
		AuthenticatorSelection struct{ ResidentKey, UserVerification string }
	}
	Wrong string
}

func (d *device) client(what, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": "webauthn." + what, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	must(d.t, err)
	return b
}

func (d *device) data(more ...byte) []byte {
	rp := sha256.Sum256([]byte(d.rp))
	flags := d.flags
	if len(more) > 0 {
		flags |= 0x40
	}
	return append(binary.BigEndian.AppendUint32(append(rp[:], flags), d.uses), more...)
}

// create answers what the desk asks for to make a passkey.
func (d *device) create(o options) map[string]any {
	d.t.Helper()
	var err error
	d.handle, err = b64.DecodeString(o.PublicKey.User.ID)
	must(d.t, err)
	point, err := d.key.PublicKey.Bytes()
	must(d.t, err)
	public, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	must(d.t, err)
	more := append(make([]byte, 16), byte(len(d.id)>>8), byte(len(d.id)))
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": d.data(append(append(more, d.id...), public...)...)})
	must(d.t, err)
	return d.answer(map[string]any{"clientDataJSON": b64.EncodeToString(d.client("create", o.PublicKey.Challenge)), "attestationObject": b64.EncodeToString(object)})
}

// sign answers what the desk asks for to sign in.
func (d *device) sign(o options) map[string]any {
	d.t.Helper()
	if d.uses > 0 {
		d.uses++
	}
	client, data := d.client("get", o.PublicKey.Challenge), d.data()
	hash := sha256.Sum256(client)
	all := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, all[:])
	must(d.t, err)
	return d.answer(map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(d.handle),
	})
}

func (d *device) answer(response map[string]any) map[string]any {
	return map[string]any{"id": b64.EncodeToString(d.id), "rawId": b64.EncodeToString(d.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response}
}

// json posts a value, as the script does.
func (c *client) json(path string, value any) (code int, next string, o options) {
	c.x.t.Helper()
	b, err := json.Marshal(value)
	must(c.x.t, err)
	r, err := http.NewRequest("POST", c.x.server.URL+path, bytes.NewReader(b))
	must(c.x.t, err)
	r.Header.Set("Content-Type", "application/json")
	code, _, body := c.do(r)
	var to struct{ Next string }
	if json.Unmarshal([]byte(body), &o) == nil {
		must(c.x.t, json.Unmarshal([]byte(body), &to))
	}
	return code, to.Next, o
}

// addPasskey gives an officer a passkey on a new device.
func (x *site) addPasskey(id, name string) *device {
	x.t.Helper()
	c, d := x.nobody(), newDevice(x.t, x.server.URL)
	d.uses = 1
	c.post("/signin", "id", id, "password", password)
	code, _, o := c.json("/own/passkeys/begin", map[string]string{"name": name})
	if code != http.StatusOK {
		x.t.Fatalf("a passkey cannot be begun: %d %s", code, o.Wrong)
	}
	if code, next, o := c.json("/own/passkeys", d.create(o)); code != http.StatusOK || next != "/own" {
		x.t.Fatalf("a passkey cannot be added: %d %s", code, o.Wrong)
	}
	return d
}

// enter signs in by a passkey alone.
func (d *device) enter(c *client) (code int, next string) {
	d.t.Helper()
	_, _, o := c.json("/signin/passkey/begin", map[string]string{"next": "/help"})
	code, next, _ = c.json("/signin/passkey", d.sign(o))
	return code, next
}

func (x *site) kinds() map[string]int {
	x.t.Helper()
	kinds := map[string]int{}
	must(x.t, x.kh.n.Settle(ctx))
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		clear(kinds)
		return journal.Events(tx, journal.House, func(e journal.Event) error { kinds[e.Kind]++; return nil })
	}))
	return kinds
}

func TestPasskey(t *testing.T) {
	x := newSite(t)
	d := x.addPasskey("liaison", `<b>ទូរស័ព្ទ</b>`)
	if len(d.handle) < 16 || strings.Contains(string(d.handle), "liaison") {
		t.Errorf("the device calls the account %q", d.handle)
	}
	// Alone it opens the desk.
	c := x.nobody()
	if code, next := d.enter(c); code != http.StatusOK || next != "/help" {
		t.Fatalf("by the passkey alone: %d to %q", code, next)
	}
	_, h, own := c.get("/own")
	if p := h.Get("Permissions-Policy"); !strings.Contains(p, "publickey-credentials-get=(self)") || !strings.Contains(p, "publickey-credentials-create=(self)") {
		t.Errorf("the browser may not use passkeys: %s", p)
	}
	if !strings.Contains(own, "&lt;b&gt;ទូរស័ព្ទ&lt;/b&gt;") || strings.Contains(own, "not yet") || strings.Contains(own, "You have no passkey") {
		t.Errorf("the page of the account: %s", own)
	}
	// A password alone does not any more, and after it the passkey does.
	c = x.nobody()
	before := c.cookie()
	if code, h, _ := c.post("/signin", "id", "liaison", "password", password, "next", "/help"); code != http.StatusSeeOther || h.Get("Location") != "/signin/second" {
		t.Fatalf("a password alone: %d to %s", code, h.Get("Location"))
	}
	half := c.cookie()
	if code, h, _ := c.get("/people"); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/signin") {
		t.Errorf("after the password alone people are reached: %d", code)
	}
	body := c.page("/signin/second")
	if !strings.Contains(body, "Now your passkey") || !strings.Contains(body, "<noscript>") || strings.Contains(body, "Officer") {
		t.Errorf("%s", body)
	}
	_, _, o := c.json("/signin/second/begin", map[string]string{})
	if len(o.PublicKey.AllowCredentials) != 1 || o.PublicKey.UserVerification != "required" || o.PublicKey.RPID != "localhost" {
		t.Errorf("%+v", o)
	}
	if code, next, o := c.json("/signin/second", d.sign(o)); code != http.StatusOK || next != "/help" {
		t.Fatalf("the passkey after it: %d %s", code, o.Wrong)
	}
	if whole := c.cookie(); half == before || whole == half || whole == "" {
		t.Error("the session goes on under the same name")
	}
	c.page("/help")
	kinds := x.kinds()
	for kind, n := range map[string]int{"passkey-added": 1, "passkey-used": 2, "signed-in": 3, "sign-in-half": 1, "sign-in-refused": 0} {
		if kinds[kind] != n {
			t.Errorf("%s: %d events, want %d", kind, kinds[kind], n)
		}
	}
	how := []string{}
	for _, e := range x.events("signed-in") {
		how = append(how, string(e.Data))
	}
	if want := []string{`{"by":"password"}`, `{"by":"passkey"}`, `{"by":"password, passkey"}`}; !slices.Equal(how, want) {
		t.Errorf("%q, want %q", how, want)
	}
	if strings.Contains(x.kh.log.String(), "ទូរ") {
		t.Error("the log names the device")
	}
}

// cookie is the name of the session.
func (c *client) cookie() string {
	u, err := url.Parse(c.x.server.URL)
	must(c.x.t, err)
	for _, k := range c.h.Jar.Cookies(u) {
		if k.Name == "mitra-KH" {
			return k.Value
		}
	}
	return ""
}

// What a device says is refused unless it is asked for now, here, of this officer, by somebody who has shown it who they are.
func TestPasskeyRefuses(t *testing.T) {
	x := newSite(t)
	d, other := x.addPasskey("liaison", "Phone"), x.addPasskey("chief", "Phone")
	good := *d
	for what, c := range map[string]struct {
		lie  func(d *device)
		then func(o options, answer map[string]any) (options, map[string]any)
	}{
		"nobody was verified":  {lie: func(d *device) { d.flags = 1 }},
		"nobody was there":     {lie: func(d *device) { d.flags = 4 }},
		"another site":         {lie: func(d *device) { d.origin = "https://elsewhere.example" }},
		"another port":         {lie: func(d *device) { d.origin = "http://localhost:1" }},
		"another name":         {lie: func(d *device) { d.rp = "elsewhere.example" }},
		"another key":          {lie: func(d *device) { d.key = newDevice(t, x.server.URL).key }},
		"another's credential": {lie: func(d *device) { d.id = other.id }},
		"another's account":    {lie: func(d *device) { d.handle = other.handle }},
		"no account":           {lie: func(d *device) { d.handle = nil }},
		"unknown":              {lie: func(d *device) { d.id = []byte("sixteen unknown!") }},
		"another challenge": {lie: func(d *device) {}, then: func(o options, a map[string]any) (options, map[string]any) {
			o.PublicKey.Challenge = b64.EncodeToString(make([]byte, 32))
			return o, d.sign(o)
		}},
	} {
		x.later.Add(int64(10 * time.Minute)) // who guesses waits
		liar := *d
		liar.uses += 10
		c.lie(&liar)
		b := x.nobody()
		_, _, o := b.json("/signin/passkey/begin", map[string]string{})
		a := liar.sign(o)
		if c.then != nil {
			_, a = c.then(o, a)
		}
		if code, next, _ := b.json("/signin/passkey", a); code < 400 || code >= 500 || next != "" {
			t.Errorf("%s: %d to %q", what, code, next)
		}
		if code, _, _ := b.get("/own"); code != http.StatusSeeOther {
			t.Errorf("%s: signed in", what)
		}
	}
	x.later.Add(int64(10 * time.Minute))
	*d = good
	d.uses += 20
	if code, _ := d.enter(x.nobody()); code != http.StatusOK {
		t.Errorf("the true one: %d", code)
	}
	// A ceremony is good for one answer, also of those that come at the same moment, and only soon.
	c := x.nobody()
	_, _, o := c.json("/signin/passkey/begin", map[string]string{})
	a := d.sign(o)
	if code, _, _ := c.json("/signin/passkey", a); code != http.StatusOK {
		t.Fatal(code)
	}
	if code, _, _ := c.json("/signin/passkey", a); code != http.StatusBadRequest {
		t.Errorf("the same again: %d", code)
	}
	c = x.nobody()
	if code, _, _ := c.json("/signin/passkey", a); code != http.StatusBadRequest {
		t.Errorf("the same in another session: %d", code)
	}
	_, _, o = c.json("/signin/passkey/begin", map[string]string{})
	a = d.sign(o)
	var all sync.WaitGroup
	codes := make(chan int, 6)
	for range 6 {
		all.Go(func() { code, _, _ := c.json("/signin/passkey", a); codes <- code })
	}
	all.Wait()
	close(codes)
	well := 0
	for code := range codes {
		if code == http.StatusOK {
			well++
		}
	}
	if well != 1 {
		t.Errorf("%d of six at once are signed in", well)
	}
	c = x.nobody()
	_, _, o = c.json("/signin/passkey/begin", map[string]string{})
	x.later.Add(int64(5*time.Minute + time.Second))
	if code, _, _ := c.json("/signin/passkey", d.sign(o)); code != http.StatusBadRequest {
		t.Errorf("after five minutes: %d", code)
	}
	// What was asked for something else is no answer.
	c.post("/signin", "id", "liaison", "password", password)
	_, _, o = c.json("/signin/second/begin", map[string]string{})
	if code, _, _ := c.json("/signin/passkey", d.sign(o)); code != http.StatusBadRequest {
		t.Errorf("what was asked after a password: %d", code)
	}
	for _, garbage := range []any{nil, "x", map[string]any{"id": 1}, map[string]any{"id": "AA", "rawId": "AA", "type": "public-key", "response": map[string]any{}}, strings.Repeat("x", 1<<17)} {
		for _, path := range []string{"/signin/passkey", "/signin/second", "/own/passkeys"} {
			c := x.nobody()
			c.post("/signin", "id", "analyst", "password", password)
			c.json("/signin/passkey/begin", map[string]string{})
			c.json("/own/passkeys/begin", map[string]string{"name": "x"})
			if code, _, _ := c.json(path, garbage); code < 400 || code >= 500 {
				t.Errorf("%s: garbage: %d", path, code)
			}
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a page failed") || strings.Contains(log, o.PublicKey.Challenge) {
		t.Errorf("the log: %s", log)
	}
}

// After the password only a passkey of that account is good; a wrong one costs the password's try.
func TestSecondRefuses(t *testing.T) {
	x := newSite(t)
	d, other := x.addPasskey("liaison", "Phone"), x.addPasskey("chief", "Phone")
	c := x.nobody()
	for what, use := range map[string]func() *device{
		"another's":    func() *device { o := *other; o.uses += 10; return &o },
		"not verified": func() *device { o := *d; o.flags = 1; o.uses += 10; return &o },
	} {
		c.post("/signin", "id", "liaison", "password", password)
		_, _, o := c.json("/signin/second/begin", map[string]string{})
		if code, _, _ := c.json("/signin/second", use().sign(o)); code != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, code)
		}
		if code, _, _ := c.json("/signin/second/begin", map[string]string{}); code != http.StatusBadRequest {
			t.Errorf("%s: it can be tried again without the password: %d", what, code)
		}
	}
	for range 4 {
		c.post("/signin", "id", "liaison", "password", password)
	}
	if code, _, _ := c.post("/signin", "id", "liaison", "password", password); code != http.StatusTooManyRequests {
		t.Errorf("who knows the password tries passkeys on and on: %d", code)
	}
	x.later.Add(int64(time.Hour))
	c.post("/signin", "id", "liaison", "password", password)
	_, _, o := c.json("/signin/second/begin", map[string]string{})
	x.later.Add(int64(5*time.Minute + time.Second))
	if code, _, _ := c.json("/signin/second", d.sign(o)); code != http.StatusBadRequest {
		t.Errorf("long after the password: %d", code)
	}
	// What an administrator does between the password and the passkey holds.
	c.post("/signin", "id", "liaison", "password", password)
	_, _, o = c.json("/signin/second/begin", map[string]string{})
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return account.SignOut(tx, "liaison", account.By{Actor: "administrator"})
	}))
	d.uses += 20
	if code, _, _ := c.json("/signin/second", d.sign(o)); code != http.StatusUnauthorized {
		t.Errorf("signed out everywhere between: %d", code)
	}
}

// A device that counts, and says a count of before, may have a copy: it is refused, and told.
func TestPasskeyCopied(t *testing.T) {
	x := newSite(t)
	d := x.addPasskey("liaison", "Phone")
	d.uses = 7
	d.enter(x.nobody())
	d.uses = 3
	if code, _ := d.enter(x.nobody()); code != http.StatusUnauthorized {
		t.Errorf("an old count: %d", code)
	}
	if e := x.events("passkey-copied"); len(e) != 1 || e[0].Actor != "liaison" {
		t.Errorf("%+v", e)
	}
	d.uses = 8
	if code, _ := d.enter(x.nobody()); code != http.StatusOK {
		t.Errorf("the true one afterwards: %d", code)
	}
}

func TestOwnPasskeys(t *testing.T) {
	x := newSite(t)
	c := x.nobody()
	c.post("/signin", "id", "chief", "password", password)
	if body := c.page("/own"); !strings.Contains(body, "Your account may do much") || !strings.Contains(body, "You have no passkey yet") || !strings.Contains(body, "data-begin") {
		t.Errorf("%s", body)
	}
	if body := x.as("analyst").page("/own"); strings.Contains(body, "Your account may do much") {
		t.Error("an analyst is told that the account may do much")
	}
	for _, name := range []string{"", "   ", "a\nb", strings.Repeat("x", 61)} {
		if code, _, _ := c.json("/own/passkeys/begin", map[string]string{"name": name}); code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", name, code)
		}
	}
	// Some time after the sign-in the password is asked again.
	x.later.Add(int64(11 * time.Minute))
	body := c.page("/own")
	if !strings.Contains(body, "show once more that it is you") || strings.Contains(body, "data-begin") {
		t.Errorf("%s", body)
	}
	if code, _, _ := c.json("/own/passkeys/begin", map[string]string{"name": "Phone"}); code != http.StatusForbidden {
		t.Errorf("long after the sign-in: %d", code)
	}
	if code, _, body := c.post("/own/confirm", "password", "not this one, surely"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "The password is not right") {
		t.Errorf("with a wrong password: %d", code)
	}
	if code, _, _ := c.post("/own/confirm", "password", password); code != http.StatusSeeOther {
		t.Errorf("with the password: %d", code)
	}
	d := newDevice(t, x.server.URL)
	_, _, o := c.json("/own/passkeys/begin", map[string]string{"name": "Phone"})
	if s := o.PublicKey.AuthenticatorSelection; s.ResidentKey != "required" || s.UserVerification != "required" || o.PublicKey.RP.ID != "localhost" {
		t.Errorf("%+v", o)
	}
	for what, lie := range map[string]func(d *device){
		"nobody was verified": func(d *device) { d.flags = 1 },
		"another site":        func(d *device) { d.origin = "https://elsewhere.example" },
	} {
		liar := *d
		lie(&liar)
		if code, _, _ := c.json("/own/passkeys", liar.create(o)); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, code)
		}
		_, _, o = c.json("/own/passkeys/begin", map[string]string{"name": "Phone"})
	}
	answer := d.create(o)
	if code, _, _ := x.as("administrator").json("/own/passkeys", answer); code != http.StatusBadRequest {
		t.Errorf("what another officer was asked: %d", code)
	}
	if code, _, o := c.json("/own/passkeys", answer); code != http.StatusOK {
		t.Fatal(code, o.Wrong)
	}
	if code, _, _ := c.json("/own/passkeys", answer); code != http.StatusBadRequest {
		t.Errorf("the same again: %d", code)
	}
	_, _, o = c.json("/own/passkeys/begin", map[string]string{"name": "Key"})
	if len(o.PublicKey.ExcludeCredentials) != 1 || o.PublicKey.User.ID != b64.EncodeToString(d.handle) {
		t.Errorf("a second passkey: %+v", o)
	}
	// One device has one account.
	a := x.as("analyst")
	x.later.Store(0)
	a.post("/own/confirm", "password", password)
	_, _, o = a.json("/own/passkeys/begin", map[string]string{"name": "Phone"})
	if code, _, _ := a.json("/own/passkeys", d.create(o)); code != http.StatusConflict {
		t.Errorf("the passkey of another account: %d", code)
	}
	// Nobody removes that of another, and one's own only after showing who one is.
	var id string
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := account.Passkeys(tx, "chief")
		id = all[0].ID
		return err
	}))
	if code, _, _ := a.post("/own/passkeys/" + id + "/remove"); code != http.StatusNotFound {
		t.Errorf("that of another is removed: %d", code)
	}
	x.later.Store(int64(40 * time.Minute))
	if code, _, _ := c.post("/own/passkeys/" + id + "/remove"); code != http.StatusForbidden {
		t.Errorf("long after the sign-in: %d", code)
	}
	c.post("/own/confirm", "password", password)
	if code, _, _ := c.post("/own/passkeys/" + id + "/remove"); code != http.StatusSeeOther {
		t.Errorf("it cannot be removed: %d", code)
	}
	if body := c.page("/own"); !strings.Contains(body, "The passkey is removed") {
		t.Error("nothing says that it is removed")
	}
	if code, h, _ := x.nobody().post("/signin", "id", "chief", "password", password); code != http.StatusSeeOther || h.Get("Location") != "/" {
		t.Errorf("without a passkey the password suffices: %d to %s", code, h.Get("Location"))
	}
}

// A device is lost: an administrator gives a password for one sign-in, which takes the passkeys away and ends sessions.
func TestLostDevice(t *testing.T) {
	x := newSite(t)
	d := x.addPasskey("analyst", "Phone")
	c := x.nobody()
	d.enter(c)
	c.page("/own")
	admin := x.as("administrator")
	if body := admin.page("/accounts/analyst"); !strings.Contains(body, "The account has a passkey") {
		t.Error("the administrator is not told that there is a passkey")
	}
	code, _, body := admin.post("/accounts/analyst", "do", "password")
	_, once, _ := strings.Cut(body, `translate="no">`)
	once, _, _ = strings.Cut(once, "<")
	if code != http.StatusOK || len(once) != 30 {
		t.Fatalf("%d %q", code, once)
	}
	if code, _, _ := c.get("/own"); code != http.StatusSeeOther {
		t.Errorf("the session of the lost device goes on: %d", code)
	}
	if code, _ := d.enter(x.nobody()); code != http.StatusUnauthorized {
		t.Errorf("the lost device signs in: %d", code)
	}
	if code, h, _ := c.post("/signin", "id", "analyst", "password", once); code != http.StatusSeeOther || h.Get("Location") != "/" {
		t.Errorf("with the password for one sign-in: %d to %s", code, h.Get("Location"))
	}
	if code, _, _ := c.json("/own/passkeys/begin", map[string]string{"name": "Phone"}); code != http.StatusForbidden {
		t.Errorf("a passkey under a password that another knows: %d", code)
	}
	if e := x.events("passkey-removed"); len(e) != 1 || e[0].Actor != "administrator" {
		t.Errorf("%+v", e)
	}
	d2 := x.addPasskey("chief", "Phone")
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := account.Find(tx, "chief")
		if err != nil {
			return err
		}
		a.Disabled = true
		return account.Change(tx, a, account.By{Actor: "administrator"})
	}))
	if code, _ := d2.enter(x.nobody()); code != http.StatusUnauthorized {
		t.Errorf("a disabled account signs in by a passkey: %d", code)
	}
}

// Where there is no name, or another one, the page says why there are no passkeys, and passwords go on.
func TestPasskeyAddress(t *testing.T) {
	x := newSite(t)
	x.server.URL = strings.Replace(x.server.URL, "localhost", "127.0.0.1", 1)
	d := x.nobody()
	d.post("/signin", "id", "chief", "password", password)
	if body := d.page("/own"); !strings.Contains(body, "you have come by another address") || !strings.Contains(body, `href="http://localhost:`) || strings.Contains(body, "data-begin") {
		t.Errorf("by a number: %s", body)
	}
	for path, form := range map[string]any{"/own/passkeys/begin": map[string]string{"name": "x"}, "/signin/passkey/begin": map[string]string{}} {
		if code, _, _ := d.json(path, form); code != http.StatusConflict {
			t.Errorf("%s by a number: %d", path, code)
		}
	}
	x.serve(func(d *web.Desk) { d.Origins = []string{"https://10.0.4.7:8443"} })
	if body := x.as("chief").page("/own"); !strings.Contains(body, "this desk has no name") {
		t.Errorf("without a name: %s", body)
	}
	if body := x.nobody().page("/signin"); strings.Contains(body, "data-begin") || strings.Contains(body, "/static/passkey") {
		t.Error("the sign-in page offers a passkey")
	}
}

// A session has nothing in it of whoever used the browser before, but the language.
func TestSessionsAreClean(t *testing.T) {
	x := newSite(t)
	c := x.nobody()
	c.post("/signin", "id", "liaison", "password", password)
	c.post("/purpose", "purpose", "enquiry")
	c.post("/lang", "lang", "id")
	a := c.cookie()
	c.post("/signin", "id", "chief", "password", password)
	if b := c.cookie(); a == b || a == "" {
		t.Error("the second officer has the session of the first")
	}
	if code, h, _ := c.get("/people"); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/purpose") {
		t.Errorf("the second officer looks at people for what the first did: %d to %s", code, h.Get("Location"))
	}
}
