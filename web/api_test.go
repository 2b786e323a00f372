package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/web"
)

// A program acts for an officer by a token.
type program struct {
	x      *site
	secret string
	// purpose is what people are looked at for; empty: nothing is said.
	purpose string
}

// token makes a token of an account with some rights, or with all that it has.
func (x *site) token(id string, scope ...account.Right) *program {
	x.t.Helper()
	secret := account.NewSecret("KH")
	must(x.t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		a, err := account.Find(tx, id)
		if err != nil {
			return err
		}
		if len(scope) == 0 {
			scope = slices.DeleteFunc(account.AllRights(), func(r account.Right) bool { return !a.May(r) })
		}
		_, err = account.MakeToken(tx, id, "a test", secret, scope, time.Hour, account.By{Actor: id})
		return err
	}))
	return &program{x, secret, "enquiry"}
}

// do sends a request under /api; body is sent as JSON unless it is a text or nil, headers are pairs.
func (p *program) do(method, path string, body any, headers ...string) (code int, h http.Header, answer string) {
	p.x.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		must(p.x.t, err)
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, p.x.server.URL+"/api"+path, in)
	must(p.x.t, err)
	if p.secret != "" {
		r.Header.Set("Authorization", "Bearer "+p.secret)
	}
	if p.purpose != "" {
		r.Header.Set("Mitra-Purpose", p.purpose)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	must(p.x.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(p.x.t, err)
	return res.StatusCode, res.Header, string(text)
}

// key is an Idempotency-Key that nobody has used.
func key() string { return store.NewID() }

// get reads what has to be there.
func (p *program) get(path string, into any) {
	p.x.t.Helper()
	code, _, body := p.do("GET", path, nil)
	if code != http.StatusOK {
		p.x.t.Fatalf("GET %s: %d %s", path, code, body)
	}
	must(p.x.t, json.Unmarshal([]byte(body), into))
}

// post does what has to be done, under a key of its own.
func (p *program) post(path string, body, into any) {
	p.x.t.Helper()
	code, _, text := p.do("POST", path, body, "Idempotency-Key", key())
	if code != http.StatusOK && code != http.StatusCreated {
		p.x.t.Fatalf("POST %s: %d %s", path, code, text)
	}
	if into != nil {
		must(p.x.t, json.Unmarshal([]byte(text), into))
	}
}

// wrong is the code of a problem, which has to be one.
func wrong(t testing.TB, h http.Header, body string) string {
	t.Helper()
	var p struct {
		Type, Title, Code string
		Status            int
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil || h.Get("Content-Type") != "application/problem+json" || p.Type != "about:blank" || p.Title == "" || p.Code == "" || p.Status < 400 {
		t.Errorf("no problem: %s %s", h.Get("Content-Type"), body)
	}
	return p.Code
}

// described are the operations as the description has them.
type described struct {
	method, path, right string
	people, changes     bool
}

func operations(t testing.TB, x *site) (out []described) {
	t.Helper()
	code, h, body := (&program{x: x}).do("GET", "/openapi.json", nil)
	if code != http.StatusOK || !strings.Contains(h.Get("Content-Type"), "json") {
		t.Fatalf("%d %s", code, h)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Right      string `json:"x-mitra-right"`
			Parameters []struct{ Name, In string }
		}
	}
	must(t, json.Unmarshal([]byte(body), &doc))
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, o := range doc.Paths[path] {
			d := described{method: strings.ToUpper(method), path: path, right: o.Right}
			for _, p := range o.Parameters {
				d.people = d.people || p.Name == "Mitra-Purpose" && p.In == "header"
				d.changes = d.changes || p.Name == "Idempotency-Key" && p.In == "header"
			}
			out = append(out, d)
		}
	}
	return out
}

// Every operation as every role, and as nobody: who has not the right is refused, who has it is not, and nothing fails. No operation is
// without a right, and what shows people asks what for.
func TestAPIEveryOperationAsEveryRole(t *testing.T) {
	x := newSite(t)
	all := operations(t, x)
	if len(all) < 40 {
		t.Fatalf("%d operations", len(all))
	}
	rights := map[string][]account.Right{"chief": append(slices.Clone(account.Rights()[account.Supervisor]), account.SeeProtection)}
	for role, some := range account.Rights() {
		if role != account.Guest { // has no tokens
			rights[string(role)] = some
		}
	}
	programs := map[string]*program{}
	for role := range rights {
		programs[role] = x.token(role)
	}
	small := x.token("chief", account.Own) // whose officer may everything that it is refused
	for _, o := range all {
		right, ok := account.ParseRight(o.right)
		if !ok {
			t.Errorf("%s %s needs no right: %q", o.method, o.path, o.right)
		}
		if shows := right == account.SeePeople || right == account.Restrict || right == account.SeeLookers; shows && !o.people {
			t.Errorf("%s %s shows people, and does not ask what for", o.method, o.path)
		}
		if o.path == "/v1/me/token/revoke" {
			continue // would end the token that the others need
		}
		path := filled(o.path)
		for name, p := range map[string]*program{"nobody": {x: x}, "a stranger": {x: x, secret: account.NewSecret("KH")}} {
			if code, h, body := p.do(o.method, path, nil); code != http.StatusUnauthorized || !strings.HasPrefix(h.Get("WWW-Authenticate"), "Bearer") || wrong(t, h, body) == "" {
				t.Errorf("%s %s as %s: %d %s", o.method, o.path, name, code, body)
			}
		}
		if right != account.Own {
			if code, _, _ := small.do(o.method, path, "{}", "Idempotency-Key", key()); code != http.StatusForbidden {
				t.Errorf("%s %s beyond the scope: %d", o.method, o.path, code)
			}
		}
		for role, has := range rights {
			code, h, body := programs[role].do(o.method, path, "{}", "Idempotency-Key", key())
			may := slices.Contains(has, right)
			switch {
			case code >= 500:
				t.Errorf("%s %s as %s: %d %s", o.method, o.path, role, code, body)
			case code >= 400 && wrong(t, h, body) == "", code == http.StatusUnauthorized:
				t.Errorf("%s %s as %s: %d %s", o.method, o.path, role, code, body)
			case !may && code != http.StatusForbidden:
				t.Errorf("%s %s as %s: %d, and it needs %s", o.method, o.path, role, code, right)
			case may && code == http.StatusForbidden && !strings.Contains(o.path, "/lift") && !strings.HasSuffix(o.path, "{batch}/agree"): // which is for those who may see protection
				t.Errorf("%s %s as %s: refused: %s", o.method, o.path, role, body)
			case h.Get("Set-Cookie") != "" || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff":
				t.Errorf("%s %s: %v", o.method, o.path, h)
			}
			if may && o.people {
				p := *programs[role]
				p.purpose = ""
				if code, h, body := p.do(o.method, path, "{}", "Idempotency-Key", key()); code != http.StatusBadRequest || wrong(t, h, body) != "no_purpose" {
					t.Errorf("%s %s without a purpose: %d %s", o.method, o.path, code, body)
				}
			}
			if may && o.changes {
				if code, h, body := programs[role].do(o.method, path, "{}"); code != http.StatusBadRequest || wrong(t, h, body) != "no_key" {
					t.Errorf("%s %s without a key: %d %s", o.method, o.path, code, body)
				}
			}
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "failed") || strings.Contains(log, "panicked") {
		t.Errorf("the log: %s", log)
	}
	if len(x.events("page-refused")) == 0 || len(x.events("token-used")) < len(rights) {
		t.Errorf("%d refusals, %d uses of tokens", len(x.events("page-refused")), len(x.events("token-used")))
	}
}

// What a program is let do is what its officer may at that moment, and the token's scope; it ends with either.
func TestAPIToken(t *testing.T) {
	x := newSite(t)
	code := func(p *program, method, path string, body any) int {
		t.Helper()
		code, _, _ := p.do(method, path, body, "Idempotency-Key", key())
		return code
	}
	change := func(id string, how func(a *account.Account)) {
		t.Helper()
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
			a, err := account.Find(tx, id)
			if err != nil {
				return err
			}
			how(&a)
			return account.Change(tx, a, account.By{Actor: "administrator"})
		}))
	}
	p := x.token("liaison")
	if c := code(p, "POST", "/v1/people/search", map[string]string{"who": "Wati Contoh"}); c != http.StatusOK {
		t.Fatalf("a search: %d", c)
	}
	change("liaison", func(a *account.Account) { a.Roles = []account.Role{account.Analyst} })
	if c := code(p, "POST", "/v1/people/search", map[string]string{"who": "Wati Contoh"}); c != http.StatusForbidden {
		t.Errorf("a role that was taken: %d", c)
	}
	if c := code(p, "GET", "/v1/status", nil); c != http.StatusOK {
		t.Errorf("a right that is left: %d", c)
	}
	change("liaison", func(a *account.Account) { a.Disabled = true })
	if c := code(p, "GET", "/v1/status", nil); c != http.StatusUnauthorized {
		t.Errorf("of a disabled account: %d", c)
	}
	change("liaison", func(a *account.Account) { a.Disabled = false })
	if c := code(p, "GET", "/v1/status", nil); c != http.StatusUnauthorized {
		t.Errorf("of an account that was disabled: %d", c)
	}

	// Protection is shown by the right of the account and of the token.
	var me struct{ Protection bool }
	x.token("chief", account.Own, account.SeePeople).get("/v1/me", &me)
	if me.Protection {
		t.Error("protection beyond the scope")
	}
	x.token("chief").get("/v1/me", &me)
	if !me.Protection {
		t.Error("no protection within the scope")
	}

	// A session is none here, and a token is none there.
	c := x.as("analyst")
	if code, _, _ := c.get("/api/v1/status"); code != http.StatusUnauthorized {
		t.Errorf("a session: %d", code)
	}
	a := x.token("analyst")
	r, err := http.NewRequest("GET", x.server.URL+"/status", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+a.secret)
	if code, h, _ := x.nobody().do(r); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/signin") {
		t.Errorf("a token at a page: %d", code)
	}
	for _, secret := range []string{a.secret + "x", a.secret[:len(a.secret)-1], strings.ToUpper(a.secret), strings.TrimPrefix(a.secret, "mitra_kh_"), " ", "mitra_kh_"} {
		if c := code(&program{x: x, secret: secret}, "GET", "/v1/me", nil); c != http.StatusUnauthorized {
			t.Errorf("%q: %d", secret, c)
		}
	}
	for name, end := range map[string]func(tx *store.Tx) error{
		"a new password": func(tx *store.Tx) error { return account.SetPassword(tx, "analyst", "x", account.By{Actor: "analyst"}) },
		"signed out":     func(tx *store.Tx) error { return account.SignOut(tx, "analyst", account.By{Actor: "analyst"}) },
		"its time":       func(tx *store.Tx) error { _, err := tx.Exec(`UPDATE api_token SET expires = $1`, tx.Now()); return err },
	} {
		a := x.token("analyst")
		must(t, x.kh.n.DB.Write(ctx, end))
		if c := code(a, "GET", "/v1/me", nil); c != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, c)
		}
	}
	a = x.token("analyst")
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE account SET changed = 1 WHERE id = 'analyst'`)
		return err
	}))
	if c, h, body := a.do("GET", "/v1/me", nil); c != http.StatusForbidden || wrong(t, h, body) != "password_due" {
		t.Errorf("a password that another has given: %d %s", c, body)
	}
	g := x.token("auditor")
	g.post("/v1/me/token/revoke", nil, nil)
	if c := code(g, "GET", "/v1/me", nil); c != http.StatusUnauthorized {
		t.Errorf("one that has ended itself: %d", c)
	}
	if strings.Contains(x.kh.log.String(), "mitra_kh_") {
		t.Error("a secret is in the log")
	}
}

// An officer makes a token with their password, is shown it once, and ends it; so can an administrator.
func TestTokenPages(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	has(t, c.page("/own"), "/own/tokens")
	has(t, c.page("/own/tokens"), "There are no tokens", "people.see", "registers.load")
	if strings.Contains(c.page("/own/tokens"), "accounts.change") {
		t.Error("a right is offered that the officer has not")
	}
	form := []string{"name", "<i>loader</i>", "days", "7", "right", "registers.load", "right", "registers.see"}
	code, _, body := c.post("/own/tokens", append(form, "password", "another sentence")...)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "This is not your password") || !strings.Contains(body, `value="&lt;i&gt;loader&lt;/i&gt;"`) ||
		!strings.Contains(body, `value="registers.load" checked`) || !strings.Contains(body, `value="7" selected`) || len(x.events("token-made")) != 0 {
		t.Errorf("with another password: %d %s", code, main(body))
	}
	for name, bad := range map[string][]string{
		"a right of others": {"name", "x", "days", "7", "right", "accounts.change"},
		"no right":          {"name", "x", "days", "7"},
		"no name":           {"name", " ", "days", "7", "right", "registers.see"},
	} {
		if code, _, body := c.post("/own/tokens", append(bad, "password", password)...); code != http.StatusUnprocessableEntity || !strings.Contains(body, "cannot be made") {
			t.Errorf("%s: %d", name, code)
		}
	}
	for name, bad := range map[string][]string{"no such right": {"name", "x", "days", "7", "right", "all"}, "a long life": {"name", "x", "days", "365", "right", "registers.see"}} {
		if code, _, _ := c.post("/own/tokens", append(bad, "password", password)...); code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, code)
		}
	}
	code, _, body = c.post("/own/tokens", append(form, "password", password)...)
	secret := regexp.MustCompile(`mitra_kh_[A-Za-z0-9_-]{43}`).FindString(body)
	if code != http.StatusOK || secret == "" {
		t.Fatalf("made: %d %s", code, main(body))
	}
	p := &program{x, secret, "registers"}
	p.get("/v1/registers/batches", &struct{}{})
	if code, _, _ := p.do("GET", "/v1/status", nil); code != http.StatusForbidden {
		t.Errorf("beyond the scope: %d", code)
	}
	list := c.page("/own/tokens")
	has(t, list, "&lt;i&gt;loader&lt;/i&gt;", "Revoke")
	if strings.Contains(list, secret) || strings.Contains(list, secret[len(secret)-10:]) {
		t.Error("the secret is shown again")
	}
	id := regexp.MustCompile(`/own/tokens/([0-9a-f-]{36})/revoke`).FindStringSubmatch(list)[1]
	if code, _, _ := x.as("liaison").post("/own/tokens/" + id + "/revoke"); code != http.StatusNotFound {
		t.Errorf("another officer's: %d", code)
	}
	var me struct{ Rights []string }
	p.get("/v1/me", &me)
	if !slices.Equal(me.Rights, []string{"own.change", "registers.see", "registers.load"}) {
		t.Errorf("its rights: %q", me.Rights)
	}
	c.post("/own/tokens/" + id + "/revoke")
	if code, _, _ := p.do("GET", "/v1/me", nil); code != http.StatusUnauthorized {
		t.Errorf("revoked: %d", code)
	}
	has(t, c.page("/own/tokens"), "revoked")

	// An administrator ends those of others, and sees no secret.
	q := x.token("liaison")
	list = x.as("administrator").page("/accounts/tokens")
	has(t, list, "liaison", "a test")
	if strings.Contains(list, "mitra_kh_") {
		t.Error("a secret is shown")
	}
	m := regexp.MustCompile(`/accounts/tokens/([0-9a-f-]{36})/revoke`).FindStringSubmatch(list)
	if code, _, _ := x.as("auditor").post("/accounts/tokens/" + m[1] + "/revoke"); code != http.StatusForbidden {
		t.Errorf("by an auditor: %d", code)
	}
	x.as("administrator").post("/accounts/tokens/" + m[1] + "/revoke")
	if code, _, _ := q.do("GET", "/v1/me", nil); code != http.StatusUnauthorized {
		t.Errorf("revoked by an administrator: %d", code)
	}
	if len(x.events("token-made")) != 2 || len(x.events("token-revoked")) != 2 {
		t.Errorf("%d made, %d revoked", len(x.events("token-made")), len(x.events("token-revoked")))
	}
	found, err := x.kh.s.Desk().Verify(ctx, false)
	must(t, err)
	if found.Found() > 0 {
		t.Errorf("the journal: %v", found)
	}
}

// Two records of a person, the page and the interface: what one withholds the other does too; a search and a view are events before.
func TestAPIPeople(t *testing.T) {
	x := newSite(t)
	type person struct {
		Withheld bool
		Class    string
		Records  []struct {
			Entry, Register, ID string
			Values              []struct{ Column, Value string }
		}
		Residents []struct {
			Class string
			Axes  []struct{ Axis string }
		}
		Restrictions []struct{ Officer, Reason string }
	}
	find := func(p *program, who string) string {
		t.Helper()
		var a struct{ Hits []struct{ Record string } }
		p.post("/v1/people/search", map[string]string{"who": who}, &a)
		if len(a.Hits) == 0 {
			t.Fatalf("nobody is found")
		}
		return a.Hits[0].Record
	}
	p, chief := x.token("liaison"), x.token("chief")
	p.purpose = "status"
	wati, rudi := find(p, "Wati Contoh 1990"), find(p, "Rudi Tiruan")
	if e := x.events("search"); len(e) != 2 || e[0].Actor != "liaison" || e[0].Purpose != "status" || !slices.Contains(e[0].Subjects, wati) {
		t.Errorf("the events: %+v", e)
	}
	var w, r, c person
	p.get("/v1/people/"+wati, &w)
	if w.Withheld || len(w.Records) < 2 || len(w.Residents) != 1 || w.Residents[0].Class == "" || len(w.Residents[0].Axes) != 4 {
		t.Errorf("wati: %+v", w)
	}
	p.get("/v1/people/"+rudi, &r) // a child
	if !r.Withheld || r.Class != "ASK_SUPERVISOR" || len(r.Residents) != 0 || len(r.Records) != 1 {
		t.Errorf("rudi: %+v", r)
	}
	chief.get("/v1/people/"+rudi, &c)
	if c.Withheld || len(c.Residents) != 1 || c.Residents[0].Class != "CHILD_FIRST" || len(c.Residents[0].Axes) != 5 {
		t.Errorf("rudi, as those see him who may see protection: %+v", c)
	}
	if e := x.events("status.show"); len(e) != 3 || e[2].Actor != "chief" || e[0].Purpose != "status" || !slices.Contains(e[0].Subjects, wati) {
		t.Errorf("the events: %+v", e)
	}
	for path, want := range map[string]int{"/v1/people/" + store.NewID(): 404, "/v1/people/x": 404, "/v1/people/..%2f..%2fetc": 404, "/v1/people/" + strings.Repeat("a", 70): 422} {
		if code, h, body := p.do("GET", path, nil); code != want || wrong(t, h, body) == "" {
			t.Errorf("%s: %d", path, code)
		}
	}

	// Two officers restrict; who may not see protection learns neither that it was so nor that another agreed.
	s := x.token("supervisor")
	say := map[string]string{"protection": "possible_victim", "reason": "a reason"}
	var told struct{ State string }
	s.post("/v1/people/"+wati+"/restrict", say, &told)
	if told.State != "noted" {
		t.Errorf("the first: %s", told.State)
	}
	chief.post("/v1/people/"+wati+"/restrict", say, &told)
	if told.State != "done" {
		t.Errorf("the second: %s", told.State)
	}
	p.get("/v1/people/"+wati, &w)
	w = person{}
	p.get("/v1/people/"+wati, &w)
	c = person{}
	chief.get("/v1/people/"+wati, &c)
	if !w.Withheld || len(w.Restrictions) != 0 || len(c.Restrictions) == 0 || c.Restrictions[0].Reason != "a reason" {
		t.Errorf("restricted: %+v, %+v", w, c.Restrictions)
	}
	if code, _, _ := s.do("POST", "/v1/people/"+wati+"/lift", nil, "Idempotency-Key", key()); code != http.StatusForbidden {
		t.Errorf("lifted by who cannot see it: %d", code)
	}
	chief.post("/v1/people/"+wati+"/lift", nil, &told)
	if told.State != "waits" {
		t.Errorf("lifted by one: %s", told.State)
	}

	// Who has looked.
	a := x.token("auditor")
	a.purpose = "audit"
	var found struct{ Items []struct{ Entry string } }
	a.post("/v1/records/search", map[string]string{"register": "residents", "id": "K1"}, &found)
	var lookers struct {
		Items []struct{ Kind, Officer, Purpose string }
	}
	a.get("/v1/people/"+found.Items[0].Entry+"/lookers", &lookers)
	if len(lookers.Items) == 0 || !slices.ContainsFunc(lookers.Items, func(l struct{ Kind, Officer, Purpose string }) bool {
		return l.Officer == "liaison" && l.Kind == "status.show" && l.Purpose == "status"
	}) {
		t.Errorf("who has looked: %+v", lookers)
	}
	for _, l := range lookers.Items {
		if strings.HasPrefix(l.Kind, "restriction") {
			t.Errorf("it is told that there is a restriction: %+v", l)
		}
	}
}

// Whoever opens people by a program opens as many in an hour as by pages, together.
func TestAPILimit(t *testing.T) {
	x := newSite(t)
	p := x.token("liaison")
	c := x.as("liaison")
	id := store.NewID()
	for i := range 120 {
		if i%2 == 0 {
			c.get("/people/" + id)
		} else if code, _, _ := p.do("GET", "/v1/people/"+id, nil); code != http.StatusNotFound {
			t.Fatalf("%d: %d", i, code)
		}
	}
	if code, h, body := p.do("GET", "/v1/people/"+id, nil); code != http.StatusTooManyRequests || wrong(t, h, body) != "too_many_people" {
		t.Errorf("one more: %d %s", code, body)
	}
	if code, _, _ := c.get("/people/" + id); code != http.StatusTooManyRequests {
		t.Errorf("one more by a page: %d", code)
	}
	if len(x.events("page-refused")) == 0 {
		t.Error("it leaves no event")
	}
}

// form is a file as a program sends it.
func (p *program) file(path, name, csv, key string, fields ...string) (int, http.Header, string) {
	p.x.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		must(p.x.t, m.WriteField(fields[i], fields[i+1]))
	}
	f, err := m.CreateFormFile("file", name)
	must(p.x.t, err)
	_, err = io.WriteString(f, csv)
	must(p.x.t, err)
	must(p.x.t, m.Close())
	return p.do("POST", path, b.String(), "Content-Type", m.FormDataContentType(), "Idempotency-Key", key)
}

// A request that is sent again is done once, and what is kept of it names nobody.
func TestAPIIdempotency(t *testing.T) {
	x := newSite(t)
	p := x.token("liaison")
	k := key()
	ask := map[string]any{"peer": "ID", "purpose": x.purpose("stay"), "person": map[string]string{"full_name": "Somchai Contoh", "birth_date": "1990-05-17", "passport_no": "X9998887"}, "case": "J-77", "release": []string{"stay"}}
	code, h, first := p.do("POST", "/v1/enquiries", ask, "Idempotency-Key", k)
	if code != http.StatusCreated || h.Get("Idempotency-Replayed") != "" {
		t.Fatalf("asked: %d %s", code, first)
	}
	code, h, again := p.do("POST", "/v1/enquiries", ask, "Idempotency-Key", k)
	if code != http.StatusCreated || again != first || h.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %d %s, was %s", code, again, first)
	}
	ask["case"] = "J-78"
	if code, h, body := p.do("POST", "/v1/enquiries", ask, "Idempotency-Key", k); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "key_used" {
		t.Errorf("another question: %d %s", code, body)
	}
	if n := len(x.events("enquiry-asked")); n != 1 {
		t.Errorf("asked %d times", n)
	}
	// Of a request that has failed nothing is kept.
	k = key()
	bad := maps.Clone(ask)
	bad["purpose"] = "none/none"
	if code, h, body := p.do("POST", "/v1/enquiries", bad, "Idempotency-Key", k); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "bad_question" {
		t.Errorf("what cannot be asked: %d %s", code, body)
	}
	if code, _, body := p.do("POST", "/v1/enquiries", ask, "Idempotency-Key", k); code != http.StatusCreated {
		t.Errorf("the same key, mended: %d %s", code, body)
	}
	// Many at once.
	k = key()
	ask["case"] = "J-79"
	var wait sync.WaitGroup
	codes := make(chan int, 8)
	for range cap(codes) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			code, _, _ := p.do("POST", "/v1/enquiries", ask, "Idempotency-Key", k)
			codes <- code
		}()
	}
	wait.Wait()
	close(codes)
	for code := range codes {
		if code != http.StatusCreated && code != http.StatusConflict {
			t.Errorf("one of many: %d", code)
		}
	}
	if n := len(x.events("enquiry-asked")); n != 3 {
		t.Errorf("asked %d times", n)
	}

	// A file.
	r := x.token("registry")
	k = key()
	csv := "id,full_name,birth_date,passport_no\nN1,NADIA KARANGAN,1991-02-03,Y7776665\n,,,\n"
	code, _, first = r.file("/v1/registers/imports", "new people.csv", csv, k, "noun", "residents", "source", "border")
	var done struct {
		Batch          string
		New, Rejected  int
		Rows, Changed  int
		RejectedRows   bool `json:"rejected_rows"`
		Concerns, Note []any
	}
	must(t, json.Unmarshal([]byte(first), &done))
	if code != http.StatusCreated || done.New != 1 || done.Batch == "" {
		t.Fatalf("loaded: %d %s", code, first)
	}
	code, h, again = r.file("/v1/registers/imports", "new people.csv", csv, k, "noun", "residents", "source", "border")
	if code != http.StatusCreated || h.Get("Idempotency-Replayed") != "true" || !strings.Contains(again, done.Batch) {
		t.Errorf("again: %d %s", code, again)
	}
	if code, h, body := r.file("/v1/registers/imports", "new people.csv", csv, k, "noun", "residents", "source", "harbour"); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "key_used" {
		t.Errorf("of another source: %d %s", code, body)
	}
	// A password is kept nowhere.
	a := x.token("administrator")
	k = key()
	fresh := map[string]any{"id": "sok", "name": "Sok", "office": "headquarters", "roles": []string{"analyst"}}
	_, _, first = a.do("POST", "/v1/accounts", fresh, "Idempotency-Key", k)
	_, _, again = a.do("POST", "/v1/accounts", fresh, "Idempotency-Key", k)
	if !strings.Contains(first, `"password"`) || strings.Contains(again, "password") || !strings.Contains(again, `"id":"sok"`) {
		t.Errorf("an account: %s, then %s", first, again)
	}
	var once struct{ Password string }
	must(t, json.Unmarshal([]byte(first), &once))

	kept := 0
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		kept = 0
		rows, err := tx.Query(`SELECT body FROM api_request`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var body string
			if err := rows.Scan(&body); err != nil {
				return err
			}
			kept++
			for _, word := range []string{"Somchai", "SOMCHAI", "X9998887", "1990-05-17", "J-7", "NADIA", "Y7776665", once.Password, "new people"} {
				if strings.Contains(body, word) {
					t.Errorf("%s is kept: %s", word, body)
				}
			}
		}
		return rows.Err()
	}))
	if kept != 5 {
		t.Errorf("%d requests are kept", kept)
	}
	// What a process was doing when it ended nobody knows.
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE api_request SET status = 0`); err != nil {
			return err
		}
		return account.LoseRequests(tx)
	}))
	if code, h, body := a.do("POST", "/v1/accounts", fresh, "Idempotency-Key", k); code != http.StatusConflict || wrong(t, h, body) != "outcome_unknown" {
		t.Errorf("what was broken off: %d %s", code, body)
	}
	if code, h, body := a.do("POST", "/v1/accounts", fresh, "Idempotency-Key", key()); code != http.StatusConflict || wrong(t, h, body) != "account_taken" {
		t.Errorf("made twice: %d %s", code, body)
	}
	// A request is known for a day.
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE api_request SET begun = $1`, tx.Now().Add(-25*time.Hour))
		return err
	}))
	if code, h, body := a.do("POST", "/v1/accounts", fresh, "Idempotency-Key", k); code != http.StatusConflict || wrong(t, h, body) != "account_taken" {
		t.Errorf("a day later: %d %s", code, body)
	}
	if code, h, body := r.file("/v1/registers/imports", "new people.csv", "", key(), "noun", "residents"); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "empty_file" {
		t.Errorf("an empty file: %d %s", code, body)
	}
}

// What has not changed is not sent again, and nobody changes what another has changed meanwhile.
func TestAPIConditional(t *testing.T) {
	x := newSite(t)
	a := x.token("administrator")
	code, h, _ := a.do("GET", "/v1/accounts/liaison", nil)
	tag := h.Get("ETag")
	if code != http.StatusOK || tag == "" {
		t.Fatalf("%d %v", code, h)
	}
	if code, h, body := a.do("GET", "/v1/accounts/liaison", nil, "If-None-Match", `"x", W/`+tag); code != http.StatusNotModified || body != "" || h.Get("ETag") != tag {
		t.Errorf("what the program has: %d %q", code, body)
	}
	name := map[string]string{"name": "Officer Renamed"}
	if code, h, body := a.do("PATCH", "/v1/accounts/liaison", name); code != http.StatusPreconditionRequired || wrong(t, h, body) != "no_if_match" {
		t.Errorf("without: %d %s", code, body)
	}
	if code, _, body := a.do("PATCH", "/v1/accounts/liaison", name, "If-Match", tag); code != http.StatusOK || !strings.Contains(body, "Officer Renamed") {
		t.Errorf("with it: %d %s", code, body)
	}
	if code, h, body := a.do("PATCH", "/v1/accounts/liaison", map[string]bool{"disabled": true}, "If-Match", tag); code != http.StatusPreconditionFailed || wrong(t, h, body) != "changed" {
		t.Errorf("an old one: %d %s", code, body)
	}
	if code, h, body := a.do("PATCH", "/v1/accounts/administrator", map[string]any{"roles": []string{"auditor"}}, "If-Match", "*"); code != http.StatusConflict || wrong(t, h, body) != "own_account" {
		t.Errorf("one's own: %d %s", code, body)
	}
	if code, h, body := a.do("PATCH", "/v1/accounts/liaison", map[string]any{"roles": []string{"king"}}, "If-Match", "*"); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "bad_account" {
		t.Errorf("no such role: %d %s", code, body)
	}
	s := x.token("analyst")
	_, h, _ = s.do("GET", "/v1/status", nil)
	if code, _, _ := s.do("GET", "/v1/status", nil, "If-None-Match", h.Get("ETag")); code != http.StatusNotModified {
		t.Errorf("the same figures: %d", code)
	}
}

// What is wrong with a request is a problem that repeats nothing of it.
func TestAPIProblems(t *testing.T) {
	x := newSite(t)
	p := x.token("liaison")
	for name, c := range map[string]struct {
		method, path string
		body         any
		kind         string
		want         int
		code         string
	}{
		"no JSON":             {"POST", "/v1/people/search", "SECRET", "", 400, "bad_request"},
		"half":                {"POST", "/v1/people/search", `{"who":"SECRET"`, "", 400, "bad_request"},
		"two":                 {"POST", "/v1/people/search", `{"who":"SECRET"}{}`, "", 400, "bad_request"},
		"nothing":             {"POST", "/v1/people/search", nil, "", 400, "bad_request"},
		"a member twice":      {"POST", "/v1/people/search", `{"who":"a","who":"SECRET"}`, "", 400, "bad_request"},
		"twice, deep":         {"POST", "/v1/enquiries/draft", `{"peer":"ID","purpose":"x","person":{"sex":"F","sex":"SECRET"}}`, "", 400, "bad_request"},
		"no UTF-8":            {"POST", "/v1/people/search", "{\"who\":\"SECRET \xff\"}", "", 400, "bad_request"},
		"an unknown member":   {"POST", "/v1/people/search", `{"who":"a b","SECRET":1}`, "", 422, "invalid"},
		"another case":        {"POST", "/v1/people/search", `{"WHO":"SECRET"}`, "", 422, "invalid"},
		"another type":        {"POST", "/v1/people/search", `{"who":["SECRET"]}`, "", 422, "invalid"},
		"a list":              {"POST", "/v1/people/search", `["SECRET"]`, "", 422, "invalid"},
		"no member":           {"POST", "/v1/people/search", `{}`, "", 422, "invalid"},
		"nobody to look for":  {"POST", "/v1/people/search", `{"who":"1"}`, "", 422, "bad_query"},
		"too long":            {"POST", "/v1/people/search", `{"who":"` + strings.Repeat("SECRET ", 100) + `"}`, "", 422, "invalid"},
		"far too long":        {"POST", "/v1/people/search", `{"who":"` + strings.Repeat("SECRET ", 20_000) + `"}`, "", 413, "too_large"},
		"XML":                 {"POST", "/v1/people/search", `<who>SECRET</who>`, "application/xml", 415, "no_json"},
		"a form":              {"POST", "/v1/people/search", `who=SECRET`, "application/x-www-form-urlencoded", 415, "no_json"},
		"an unknown query":    {"GET", "/v1/enquiries?SECRET=1", nil, "", 422, "invalid"},
		"a query twice wrong": {"GET", "/v1/enquiries?limit=201", nil, "", 422, "invalid"},
		"a parameter twice":   {"GET", "/v1/enquiries?limit=1&limit=SECRET", nil, "", 400, "bad_request"},
		"an empty parameter":  {"GET", "/v1/enquiries?limit=", nil, "", 400, "bad_request"},
		"half an escape":      {"GET", "/v1/enquiries?box=%zz", nil, "", 400, "bad_request"},
		"no number":           {"GET", "/v1/enquiries?limit=SECRET", nil, "", 422, "invalid"},
		"no box":              {"GET", "/v1/enquiries?box=SECRET", nil, "", 422, "invalid"},
		"no cursor":           {"GET", "/v1/enquiries?cursor=SECRET", nil, "", 422, "bad_cursor"},
		"no operation":        {"GET", "/v1/SECRET", nil, "", 404, "not_found"},
		"no operation either": {"GET", "/SECRET", nil, "", 404, "not_found"},
		"another method":      {"DELETE", "/v1/people/search", nil, "", 405, "no_method"},
		"no run":              {"GET", "/v1/status/runs/SECRET", nil, "", 404, "no_run"},
		"no class":            {"GET", "/v1/status/classes/SECRET/people", nil, "", 404, "not_found"},
		"a protected class":   {"GET", "/v1/status/classes/PROTECT/people", nil, "", 404, "not_found"},
		"no rules":            {"GET", "/v1/status/rules/SECRET", nil, "", 404, "not_found"},
		"no agreement":        {"GET", "/v1/agreements/SECRET", nil, "", 404, "not_found"},
		"no enquiry":          {"GET", "/v1/enquiries/" + store.NewID(), nil, "", 404, "no_enquiry"},
		"no peer":             {"POST", "/v1/peers/XX/call", nil, "", 404, "no_peer"},
		"a question to none":  {"POST", "/v1/enquiries/draft", `{"peer":"SECRET","purpose":"x"}`, "", 404, "no_peer"},
		"a record of none":    {"POST", "/v1/enquiries", `{"peer":"ID","purpose":"stay","subject":"` + store.NewID() + `"}`, "", 404, "not_found"},
	} {
		headers := []string{"Idempotency-Key", key()}
		if c.kind != "" {
			headers = append(headers, "Content-Type", c.kind)
		}
		code, h, body := p.do(c.method, c.path, c.body, headers...)
		if code != c.want || wrong(t, h, body) != c.code || strings.Contains(body, "SECRET") {
			t.Errorf("%s: %d %s", name, code, body)
		}
		if code == http.StatusMethodNotAllowed && h.Get("Allow") == "" {
			t.Errorf("%s: which method, is not said", name)
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "SECRET") {
		t.Errorf("the log: %s", log)
	}
	for name, c := range map[string]struct{ purpose, key, want string }{
		"no such purpose": {"SECRET", key(), "no_purpose"}, "a short key": {"enquiry", "SECRET", "no_key"}, "a key of two lines": {"enquiry", "SECRET SECRET SECRET", "no_key"},
	} {
		p.purpose = c.purpose
		if code, h, body := p.do("POST", "/v1/enquiries", `{}`, "Idempotency-Key", c.key); code != 400 || wrong(t, h, body) != c.want || strings.Contains(body, "SECRET") {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
}

// A list is read to its end by its cursors, each of it once, and no cursor is of another list.
func TestAPICursors(t *testing.T) {
	x := newSite(t)
	p := x.token("liaison")
	want := map[string]bool{}
	for i := range 7 {
		a, err := x.kh.s.Enquiries.Ask(ctx, enquiry.Question{Peer: "ID", Purpose: x.purpose("stay"), Person: map[string]string{"passport_no": fmt.Sprint("X00000", i)}}, enquiry.Officer{Name: "asker", Office: "headquarters"})
		must(t, err)
		want[a.Conversation] = true
	}
	for _, limit := range []int{1, 3, 7, 200} {
		seen, cursor := map[string]int{}, ""
		for range 10 {
			var page struct {
				Items []struct{ Conversation string }
				Next  string
			}
			p.get(fmt.Sprintf("/v1/enquiries?box=outbox&limit=%d&cursor=%s", limit, cursor), &page)
			if len(page.Items) > limit {
				t.Errorf("%d of %d", len(page.Items), limit)
			}
			for _, l := range page.Items {
				seen[l.Conversation]++
			}
			if cursor = page.Next; cursor == "" {
				break
			}
			if code, _, _ := p.do("GET", "/v1/enquiries?cursor="+cursor, nil); code != http.StatusUnprocessableEntity {
				t.Errorf("a cursor of another list: %d", code)
			}
		}
		if len(seen) != len(want) || cursor != "" {
			t.Errorf("by %d: %d of %d", limit, len(seen), len(want))
		}
		for cid, n := range seen {
			if n != 1 || !want[cid] {
				t.Errorf("by %d: %s %d times", limit, cid, n)
			}
		}
	}
	a := x.token("auditor")
	seen, cursor := map[string]bool{}, ""
	for range 100 {
		var page struct {
			Items []struct{ ID, Kind string }
			Next  string
		}
		a.get("/v1/journal/events?limit=20&cursor="+cursor, &page)
		for _, e := range page.Items {
			if seen[e.ID] {
				t.Errorf("%s twice", e.ID)
			}
			seen[e.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if cursor != "" || len(seen) < 30 {
		t.Errorf("%d events", len(seen))
	}
}

// Whatever a program sends is answered no faster than is good for all.
func TestAPIPace(t *testing.T) {
	x := newSite(t)
	now := time.Now()
	x.serve(func(d *web.Desk) { d.Now = func() time.Time { return now } })
	p := &program{x: x}
	slow := 0
	for range 120 {
		if code, h, body := p.do("GET", "/v1/me", nil); code == http.StatusTooManyRequests && h.Get("Retry-After") != "" && wrong(t, h, body) == "too_fast" {
			slow++
		}
	}
	if slow != 20 {
		t.Errorf("%d of 120 were too fast", slow)
	}
}
