package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/second"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// proposed is the id of what an answer says was proposed.
func (x *site) proposed(code int, h http.Header, body string) string {
	x.t.Helper()
	id, ok := strings.CutPrefix(h.Get("Location"), "/second/")
	if code != http.StatusSeeOther || !ok {
		x.t.Fatalf("nothing was proposed: %d to %s: %s", code, h.Get("Location"), main(body))
	}
	return id
}

var proposalHash = regexp.MustCompile(`name="hash" value="([^"]*)"`)

// hash is that of a proposal, as its page has it for who may confirm it.
func (x *site) hash(id string) string {
	var hash string
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT hash FROM proposal WHERE id = $1`, id).Scan(&hash)
	}))
	return hash
}

// confirm has an officer confirm a proposal.
func (x *site) confirm(officer, id string) (int, http.Header, string) {
	x.t.Helper()
	return x.as(officer).post("/second/"+id, "do", "confirm", "hash", x.hash(id))
}

// agreed has an officer propose something by a form, and another confirm it.
func (x *site) agreed(other string, c *client, path string, pairs ...string) string {
	x.t.Helper()
	id := x.proposed(c.post(path, pairs...))
	body := x.as(other).page("/second/" + id)
	if m := proposalHash.FindStringSubmatch(body); m == nil || m[1] != x.hash(id) {
		x.t.Fatalf("%s cannot confirm: %s", other, main(body))
	}
	code, h, body := x.confirm(other, id)
	if code != http.StatusSeeOther || h.Get("Location") != "/second/"+id {
		x.t.Fatalf("%s: %d to %s: %s", path, code, h.Get("Location"), main(body))
	}
	return id
}

func (x *site) peer() courier.Peer {
	x.t.Helper()
	var p courier.Peer
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, "ID")
		return err
	}))
	return p
}

func (x *site) exec(query string, args ...any) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func (x *site) suspend(c *client, reason string) string {
	x.t.Helper()
	return x.proposed(c.post("/partner/state", "peer", x.id.n.Name(), "be", courier.Suspended, "reason", reason))
}

func TestSecondOfficer(t *testing.T) {
	x := newSite(t)
	admin := x.as("administrator")
	if code, _, body := admin.post("/partner/state", "peer", x.id.n.Name(), "be", courier.Suspended, "reason", ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Say why") {
		t.Errorf("without a reason: %d", code)
	}
	id := x.suspend(admin, `<script>alert("x")</script> & a test`)
	body := admin.page("/second/" + id)
	has(t, body, "&lt;script&gt;", "Withdraw it", "Officer administrator (administrator)", x.hash(id))
	hasNot(t, body, "<script>alert", `value="confirm"`)
	if code, _, body := x.confirm("administrator", id); code != http.StatusConflict || !strings.Contains(body, "proposed this yourself") {
		t.Errorf("who has proposed it: %d", code)
	}
	for _, role := range []string{"liaison", "registry", "analyst"} { // without a right to what waits
		if code, _, _ := x.as(role).post("/second/"+id, "do", "confirm", "hash", x.hash(id)); code != http.StatusForbidden {
			t.Errorf("%s: %d", role, code)
		}
	}
	for _, do := range []string{"confirm", "decline", "withdraw"} { // an auditor confirms evidence, and not this
		if code, _, _ := x.as("auditor").post("/second/"+id, "do", do, "hash", x.hash(id), "why", "no"); code != http.StatusNotFound {
			t.Errorf("an auditor, %s: %d", do, code)
		}
	}
	if code, _, _ := x.as("auditor").get("/second/" + id); code != http.StatusNotFound {
		t.Errorf("an auditor sees it: %d", code)
	}
	hasNot(t, x.as("auditor").page("/second"), id)
	has(t, x.as("supervisor").page("/"), "1 proposal of another officer waits")
	has(t, x.as("supervisor").page("/second"), id, "Suspend a partner")
	hasNot(t, admin.page("/"), "proposal of another officer", "proposals of other officers")
	if code, _, _ := x.as("supervisor").post("/second/"+id, "do", "confirm", "hash", "another"); code != http.StatusConflict || x.peer().State != courier.Active {
		t.Errorf("another hash: %d", code)
	}
	for _, bad := range []string{"", "anything"} {
		if code, _, _ := x.as("supervisor").post("/second/"+id, "do", bad); code != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, body := x.as("supervisor").post("/second/"+id, "do", "decline", "hash", x.hash(id), "why", ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Say why") {
		t.Errorf("declined without a reason: %d", code)
	}
	if code, _, _ := x.as("supervisor").post("/second/"+id, "do", "decline", "hash", x.hash(id), "why", "<i>not</i> today"); code != http.StatusSeeOther {
		t.Errorf("declined: %d", code)
	}
	body = admin.page("/second/" + id)
	has(t, body, "&lt;i&gt;not&lt;/i&gt; today", "declined")
	hasNot(t, body, "Withdraw it")
	if code, _, body := x.confirm("chief", id); code != http.StatusConflict || !strings.Contains(body, "Somebody was faster") || x.peer().State != courier.Active {
		t.Errorf("after it was declined: %d", code)
	}
	again := x.suspend(admin, "again")
	if code, _, _ := admin.post("/second/"+again, "do", "withdraw"); code != http.StatusSeeOther {
		t.Errorf("withdrawn: %d", code)
	}
	if code, _, _ := x.confirm("supervisor", again); code != http.StatusConflict || x.peer().State != courier.Active {
		t.Errorf("after it was withdrawn: %d", code)
	}
	for kind, actor := range map[string]string{"second-declined": "supervisor", "second-withdrawn": "administrator"} {
		if e := x.events(kind); len(e) != 1 || e[0].Actor != actor || e[0].Subjects[0] != x.id.n.Name() || !strings.Contains(string(e[0].Data), `"proposed_by":"administrator"`) {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	if e := x.events("second-proposed"); len(e) != 2 || strings.Contains(string(e[0].Data), "script") {
		t.Errorf("%+v", e)
	}
}

func TestSecondSuspends(t *testing.T) {
	x := newSite(t)
	admin := x.as("administrator")
	stale := x.suspend(x.as("supervisor"), "a stale one")
	if code, _, body := admin.post("/partner/state", "peer", "ID", "be", courier.Suspended, "reason", "the same"); code != http.StatusConflict || !strings.Contains(body, "proposed already") || !strings.Contains(body, `value="the same"`) {
		t.Errorf("the same twice: %d", code)
	}
	x.confirm("administrator", stale)
	if x.peer().State != courier.Suspended {
		t.Fatal("not suspended")
	}
	old := x.proposed(admin.post("/partner/state", "peer", "ID", "be", courier.Active, "reason", "goes on"))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return courier.SetState(tx, x.id.n.Name(), courier.Active, "operator") }))
	if code, _, body := x.confirm("supervisor", old); code != http.StatusConflict || !strings.Contains(body, "has changed, or who proposed it") {
		t.Errorf("the operator was faster: %d", code)
	}
	admin.post("/second/"+old, "do", "withdraw")
	for _, bad := range []string{"", "FR", `<b>`, x.kh.n.Name()} {
		if code, _, body := admin.post("/partner/state", "peer", bad, "be", courier.Suspended, "reason", "x"); code != http.StatusNotFound || bad != "" && strings.Contains(main(body), bad) {
			t.Errorf("peer %q: %d", bad, code)
		}
	}
	if code, _, _ := admin.post("/partner/state", "peer", "ID", "be", "gone", "reason", "x"); code != http.StatusBadRequest {
		t.Errorf("a state that is none: %d", code)
	}

	late := x.suspend(admin, "late")
	x.exec(`UPDATE proposal SET at = $1 WHERE id = $2`, time.Now().Add(-second.Holds-time.Minute), late)
	if code, _, body := x.confirm("supervisor", late); code != http.StatusConflict || !strings.Contains(body, "The time for this is over") || x.peer().State != courier.Active {
		t.Errorf("after its time: %d", code)
	}
	hasNot(t, x.as("supervisor").page("/"), "proposal of another officer", "proposals of other officers")

	// Who may no longer do it has nothing confirmed.
	gone := x.suspend(admin, "gone")
	x.exec(`UPDATE account SET disabled = 1 WHERE id = 'administrator'`)
	if code, _, _ := x.confirm("supervisor", gone); code != http.StatusConflict || x.peer().State != courier.Active {
		t.Errorf("its officer is disabled: %d", code)
	}
}

// Two confirm at the same time: it is done once, and the other is told.
func TestSecondAtOnce(t *testing.T) {
	x := newSite(t)
	id := x.suspend(x.as("administrator"), "at once")
	var codes [2]int
	var bodies [2]string
	hash := x.hash(id)
	cs := []*client{x.as("supervisor"), x.as("chief")}
	var wg sync.WaitGroup
	for i, c := range cs {
		wg.Go(func() { codes[i], _, bodies[i] = c.post("/second/"+id, "do", "confirm", "hash", hash) })
	}
	wg.Wait()
	if codes != [2]int{303, 409} && codes != [2]int{409, 303} || !strings.Contains(bodies[0]+bodies[1], "Somebody was faster") {
		t.Errorf("%v", codes)
	}
	if e := x.events("second-confirmed"); len(e) != 1 {
		t.Errorf("%d", len(e))
	}
	var found []string
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = journal.VerifyBound(tx, account.Bound, second.Bound, second.BoundSteps)
		return err
	}))
	if len(found) > 0 {
		t.Error(found)
	}
}

// What an administrator may give alone is nothing that lets people be seen, and nobody has part in what is about themselves.
func TestSecondAccounts(t *testing.T) {
	x := newSite(t)
	admin := x.as("administrator")
	// The only administrator gives figures, and nothing more.
	if code, _, body := admin.post("/accounts/new", "id", "counter", "name", "Counter", "office", "headquarters", "role", "analyst"); code != http.StatusOK || !onceForm.MatchString(body) {
		t.Errorf("an analyst: %d", code)
	}
	for _, role := range []string{"registry", "liaison", "supervisor", "auditor", "administrator"} {
		code, _, body := admin.post("/accounts/new", "id", "fresh", "name", "Fresh", "office", "headquarters", "role", role, "reason", "because")
		if code != http.StatusConflict || !strings.Contains(body, "mitra officer add") || !strings.Contains(body, `value="because"`) || onceForm.MatchString(main(body)) {
			t.Errorf("%s, by the only administrator: %d", role, code)
		}
	}
	for _, do := range [][]string{{"do", "password"}, {"do", "roles", "was", "liaison", "role", "supervisor"}} {
		if code, _, body := admin.post("/accounts/liaison", append(do, "reason", "because")...); code != http.StatusConflict || !strings.Contains(body, "No other officer") {
			t.Errorf("%v: %d", do, code)
		}
	}
	if code, _, _ := admin.post("/accounts/analyst", "do", "roles", "was", "analyst", "role", "liaison", "reason", "because"); code != http.StatusConflict || len(x.find("analyst").Roles) != 1 || x.find("analyst").Roles[0] != account.Analyst {
		t.Errorf("an analyst becomes a liaison officer: %d", code)
	}

	x.account("other", false, account.Administrator)
	x.account("third", false, account.Administrator)
	if code, _, body := admin.post("/accounts/liaison", "do", "password"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Say why") {
		t.Errorf("without a reason: %d", code)
	}
	// A new password: who proposes it does not learn it.
	id := x.proposed(admin.post("/accounts/liaison", "do", "password", "reason", "forgotten"))
	if x.find("liaison").MustChange {
		t.Error("the password was changed before another has confirmed")
	}
	has(t, x.as("other").page("/second/"+id), "Speak with the officer", "liaison")
	code, _, body := x.confirm("other", id)
	once := onceForm.FindString(body)
	if code != http.StatusOK || once == "" || !x.find("liaison").MustChange {
		t.Fatalf("%d %s", code, main(body))
	}
	hasNot(t, admin.page("/second/"+id), once)
	n := x.nobody()
	if code, _, _ := n.post("/signin", "id", "liaison", "password", once); code != http.StatusSeeOther {
		t.Errorf("the new password: %d", code)
	}
	if x.events("second-confirmed")[0].Subjects[0] != "account:liaison" {
		t.Error("the event is about another")
	}

	// What has changed since is not passed over.
	id = x.proposed(admin.post("/accounts/analyst", "do", "roles", "was", "analyst", "role", "liaison", "reason", "moves"))
	x.as("third").post("/accounts/analyst", "do", "details", "name", "Another name", "office", "headquarters")
	if code, _, body := x.confirm("other", id); code != http.StatusConflict || !strings.Contains(body, "Since this was proposed") || x.find("analyst").Roles[0] != account.Analyst {
		t.Errorf("the account is another: %d", code)
	}
	// Whoever still has a password that one administrator gave gets another with rights.
	id = x.proposed(admin.post("/accounts/counter", "do", "roles", "was", "analyst", "role", "registry", "reason", "loads lists"))
	code, _, body = x.confirm("other", id)
	if once := onceForm.FindString(body); code != http.StatusOK || once == "" || x.find("counter").Roles[0] != account.Registry || !x.find("counter").MustChange {
		t.Errorf("counter: %d", code)
	}
	// A disabled one: disabling takes one, enabling two.
	admin.post("/accounts/counter", "do", "disable")
	if !x.find("counter").Disabled {
		t.Error("disabling takes more than one")
	}
	id = x.proposed(admin.post("/accounts/counter", "do", "enable", "reason", "is back"))
	if code, _, _ := x.confirm("other", id); code != http.StatusOK || x.find("counter").Disabled {
		t.Errorf("enabling: %d", code)
	}
	// Nobody confirms what is about themselves.
	id = x.proposed(admin.post("/accounts/other", "do", "roles", "was", "administrator", "role", "administrator", "role", "supervisor", "reason", "helps out"))
	has(t, x.as("other").page("/second/"+id), "This is about your own account")
	if code, _, _ := x.confirm("other", id); code != http.StatusConflict || len(x.find("other").Roles) != 1 {
		t.Errorf("confirmed by whom it is about: %d", code)
	}
	if code, _, _ := x.confirm("third", id); code != http.StatusSeeOther || len(x.find("other").Roles) != 2 {
		t.Errorf("confirmed by a third: %d", code)
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}
