package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"mitra/desk/account"
	"mitra/store"
)

func (x *site) find(id string) (a account.Account) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		a, err = account.Find(tx, id)
		return err
	}))
	return a
}

var onceForm = regexp.MustCompile(`[a-z2-7]{5}(-[a-z2-7]{5}){3}-[a-z2-7]{5,7}`)

func TestAccounts(t *testing.T) {
	x := newSite(t)
	body := x.as("auditor").page("/accounts")
	has(t, body, "Officer liaison", "may see protection", "8 accounts may sign in")
	hasNot(t, body, "/accounts/new", `href="/accounts/liaison"`, "argon2")
	has(t, x.as("administrator").page("/accounts"), "/accounts/new", `href="/accounts/liaison"`)
	for _, path := range []string{"/accounts/new", "/accounts/liaison"} {
		if code, _, _ := x.as("auditor").get(path); code != http.StatusForbidden {
			t.Errorf("%s as auditor: %d", path, code)
		}
	}
	for _, role := range []string{"registry", "liaison", "chief", "analyst"} {
		if code, _, _ := x.as(role).get("/accounts"); code != http.StatusForbidden {
			t.Errorf("%s: %d", role, code)
		}
	}
	body = x.as("auditor").page("/accounts/rights")
	for _, r := range account.AllRights() {
		if strings.Contains(body, ">"+r.String()+"<") {
			t.Errorf("%s has no words", r)
		}
	}
	if n := strings.Count(body, "<tr>"); n != len(account.AllRights())+1 {
		t.Errorf("%d rows", n)
	}
	for _, garbage := range []string{"nobody", "Liaison", "%3Cscript%3E", store.NewID()} {
		if code, _, _ := x.as("administrator").get("/accounts/" + garbage); code != http.StatusNotFound {
			t.Errorf("%s: %d", garbage, code)
		}
	}
}

func TestNewAccount(t *testing.T) {
	x := newSite(t)
	x.account("other", false, account.Administrator)
	c := x.as("administrator")
	has(t, c.page("/accounts/new"), "administrator")
	for what, pairs := range map[string][]string{
		"no role":       {"id", "dara", "name", "Dara <b>K</b>", "office", "embassy"},
		"a bad id":      {"id", "dara k", "name", "Dara <b>K</b>", "office", "embassy", "role", "liaison", "protection", "yes", "reason", "because"},
		"a page":        {"id", "rights", "name", "Dara <b>K</b>", "office", "embassy", "role", "liaison"},
		"no office":     {"id", "dara", "name", "Dara <b>K</b>", "office", " ", "role", "liaison", "reason", "because"},
		"no reason":     {"id", "dara", "name", "Dara <b>K</b>", "office", "embassy", "role", "liaison"},
		"the id of one": {"id", "liaison", "name", "Dara <b>K</b>", "office", "embassy", "role", "liaison", "reason", "because"},
	} {
		code, _, body := c.post("/accounts/new", pairs...)
		if code != http.StatusUnprocessableEntity && code != http.StatusConflict || !strings.Contains(body, `value="Dara &lt;b&gt;K&lt;/b&gt;"`) || strings.Contains(body, "Dara <b>") {
			t.Errorf("%s: %d", what, code)
		}
		if what == "a bad id" && (!strings.Contains(body, `value="liaison" checked`) || !strings.Contains(body, `value="yes" checked`)) {
			t.Errorf("what was chosen is lost: %s", main(body))
		}
	}
	if code, _, _ := c.post("/accounts/new", "id", "dara", "name", "Dara", "office", "embassy", "role", "root"); code != http.StatusBadRequest {
		t.Errorf("a role that is none: %d", code)
	}
	id := x.proposed(c.post("/accounts/new", "id", "Dara", "name", "Dara <b>K</b>", "office", "embassy", "role", "liaison", "role", "registry", "protection", "yes", "reason", "a new colleague"))
	if body := c.page("/second/" + id); onceForm.MatchString(main(body)) {
		t.Error("who proposes is shown a password")
	}
	code, h, body := x.confirm("other", id)
	once := onceForm.FindString(body)
	if code != http.StatusOK || once == "" || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", code, main(body))
	}
	a := x.find("dara")
	if a.Name != "Dara <b>K</b>" || a.Office != "embassy" || !a.Protection || len(a.Roles) != 2 || !a.MustChange {
		t.Errorf("%+v", a)
	}
	for _, path := range []string{"/accounts", "/accounts/dara", "/", "/own"} {
		hasNot(t, c.page(path), once, "<b>K</b>")
	}
	if strings.Contains(x.kh.log.String(), once) {
		t.Error("the log has the password")
	}
	e := x.events("account-made")
	if last := e[len(e)-1]; last.Actor != "other" || last.Subjects[0] != "account:dara" || strings.Contains(string(last.Data), "Dara") {
		t.Errorf("%+v", last)
	}
	d := x.nobody()
	d.post("/signin", "id", "dara", "password", once)
	if code, h, _ := d.get("/partner"); code != http.StatusSeeOther || h.Get("Location") != "/own" {
		t.Errorf("with the password of another: %d to %s", code, h.Get("Location"))
	}
}

func TestChangeAccount(t *testing.T) {
	x := newSite(t)
	x.account("second", false, account.Administrator)
	c := x.as("administrator")
	liaison := x.as("liaison")
	was := regexp.MustCompile(`name="was" value="([^"]*)"`)
	standing := func() string { return html.UnescapeString(was.FindStringSubmatch(c.page("/accounts/liaison"))[1]) }

	if code, h, _ := c.post("/accounts/liaison", "do", "details", "name", "Dara", "office", "headquarters"); code != http.StatusSeeOther || h.Get("Location") != "/accounts/liaison" {
		t.Errorf("%d to %s", code, h.Get("Location"))
	}
	x.agreed("second", c, "/accounts/liaison", "do", "details", "name", "Dara", "office", "embassy", "reason", "moves")
	if a := x.find("liaison"); a.Name != "Dara" || a.Office != "embassy" || len(a.Roles) != 1 {
		t.Errorf("%+v", a)
	}
	liaison.page("/") // its session goes on
	if code, _, body := c.post("/accounts/liaison", "do", "details", "name", "", "office", "<i>airport"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "&lt;i&gt;airport") {
		t.Errorf("no name: %d", code)
	}
	if code, _, _ := c.post("/accounts/liaison", "do", "roles", "was", standing()); code != http.StatusUnprocessableEntity {
		t.Errorf("no role: %d", code)
	}
	old := standing()
	x.agreed("second", c, "/accounts/liaison", "do", "roles", "was", old, "role", "liaison", "role", "analyst", "protection", "yes", "reason", "works with them")
	if a := x.find("liaison"); !a.Protection || len(a.Roles) != 2 {
		t.Errorf("%+v", a)
	}
	if code, _, body := c.post("/accounts/liaison", "do", "roles", "was", old, "role", "administrator"); code != http.StatusConflict || !strings.Contains(body, "meanwhile") || len(x.find("liaison").Roles) != 2 {
		t.Errorf("a form of before: %d", code)
	}
	liaison.page("/")
	if code, _, _ := c.post("/accounts/liaison", "do", "roles", "was", standing(), "role", "analyst"); code != http.StatusSeeOther {
		t.Errorf("fewer roles: %d", code)
	}
	if code, h, _ := liaison.get("/"); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/signin") {
		t.Errorf("a session of one who may less goes on: %d", code)
	}

	analyst := x.as("analyst")
	analyst.page("/")
	c.post("/accounts/analyst", "do", "signout")
	if code, _, _ := analyst.get("/"); code != http.StatusSeeOther {
		t.Errorf("signed out everywhere: %d", code)
	}
	code, _, body := c.post("/accounts/analyst", "do", "password")
	once := onceForm.FindString(body)
	if code != http.StatusOK || once == "" || !x.find("analyst").MustChange {
		t.Fatalf("%d %s", code, main(body))
	}
	n := x.nobody()
	if code, _, _ := n.post("/signin", "id", "analyst", "password", password); code != http.StatusUnauthorized {
		t.Errorf("the old password: %d", code)
	}
	if code, _, _ := n.post("/signin", "id", "analyst", "password", once); code != http.StatusSeeOther {
		t.Errorf("the new password: %d", code)
	}
	c.post("/accounts/analyst", "do", "disable")
	if code, _, _ := n.get("/own"); code != http.StatusSeeOther || !x.find("analyst").Disabled {
		t.Errorf("disabled: %d", code)
	}
	has(t, c.page("/accounts/analyst"), "The account is disabled", `value="enable"`)
	c.post("/accounts/analyst", "do", "enable")
	if x.find("analyst").Disabled {
		t.Error("not enabled")
	}

	// Nobody changes what they may do themselves, whatever form they send.
	hasNot(t, c.page("/accounts/administrator"), `value="roles"`, `value="disable"`, `value="password"`)
	for what, pairs := range map[string][]string{
		"roles": {"do", "roles", "was", "administrator", "role", "administrator", "role", "supervisor"}, "protection": {"do", "roles", "was", "administrator", "role", "administrator", "protection", "yes"},
		"disable": {"do", "disable"}, "password": {"do", "password"},
	} {
		code, _, body := c.post("/accounts/administrator", pairs...)
		if code != http.StatusConflict || onceForm.MatchString(main(body)) || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("own %s: %d", what, code)
		}
	}
	if a := x.find("administrator"); len(a.Roles) != 1 || a.Protection || a.Disabled || a.MustChange {
		t.Errorf("%+v", a)
	}
	if code, _, _ := c.post("/accounts/liaison", "do", "anything"); code != http.StatusBadRequest {
		t.Errorf("a form that is none: %d", code)
	}
	if code, _, _ := x.as("auditor").post("/accounts/liaison", "do", "disable"); code != http.StatusForbidden || x.find("liaison").Disabled {
		t.Errorf("an auditor: %d", code)
	}
}

// Who has an account's password since one administrator alone has given it does not have the account once two have given it more.
func TestRaisedAccountGetsNewCredentials(t *testing.T) {
	x := newSite(t)
	x.account("second", false, account.Administrator)
	admin := x.as("administrator")
	code, _, body := admin.post("/accounts/supervisor", "do", "roles", "was", "supervisor", "role", "analyst")
	if code != http.StatusSeeOther {
		t.Fatalf("taken away: %d %s", code, main(body))
	}
	code, _, body = admin.post("/accounts/supervisor", "do", "password")
	once := onceForm.FindString(body)
	if code != http.StatusOK || once == "" {
		t.Fatalf("a password: %d", code)
	}
	n := x.nobody()
	n.post("/signin", "id", "supervisor", "password", once)
	const mine = "a sentence of somebody else"
	if code, h, body := n.post("/own/password", "fresh", mine, "again", mine); code != http.StatusSeeOther {
		t.Fatalf("%d %v %s", code, h, main(body))
	}
	admin.post("/accounts/supervisor", "do", "tie", "code", account.Code("https://provider.example", "intruder"))
	id := x.proposed(admin.post("/accounts/supervisor", "do", "roles", "was", "analyst", "role", "supervisor", "reason", "taken away by mistake"))
	if code, _, body = x.confirm("second", id); code != http.StatusOK || !onceForm.MatchString(body) {
		t.Errorf("no new password: %d", code)
	}
	if code, _, _ := x.nobody().post("/signin", "id", "supervisor", "password", mine); code != http.StatusUnauthorized {
		t.Errorf("one administrator has a supervisor's account: %d", code)
	}
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		code, err := account.Subject(tx, "supervisor")
		if code != "" {
			t.Error("one administrator has tied somebody to a supervisor's account")
		}
		return err
	}))
	if code, _, _ := n.get("/people"); code == http.StatusOK {
		t.Error("the session goes on")
	}
}

// Nobody is called as the node calls itself.
func TestNobodyIsTheNode(t *testing.T) {
	x := newSite(t)
	for _, id := range []string{"node", "nobody"} {
		code, _, _ := x.as("administrator").post("/accounts/new", "id", id, "name", "Nobody", "office", "headquarters", "role", "analyst")
		if code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", id, code)
		}
	}
}
