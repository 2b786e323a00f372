package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/treaty/evidence"
)

// step is how far something has come that may take two officers.
type step struct{ State, Proposal string }

// proposes asks for something that takes two, and returns the proposal.
func (p *program) proposes(method, path string, body any, headers ...string) string {
	p.x.t.Helper()
	code, _, text := p.do(method, path, body, append(headers, "Idempotency-Key", key())...)
	var s step
	if err := json.Unmarshal([]byte(text), &s); err != nil || code != http.StatusAccepted || s.State != "waits" || s.Proposal == "" || strings.Contains(text, "password") {
		p.x.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	return s.Proposal
}

// refused is the code of the problem with which something is refused.
func (p *program) refused(method, path string, body any) string {
	p.x.t.Helper()
	code, h, text := p.do(method, path, body, "Idempotency-Key", key())
	if code < 400 {
		p.x.t.Errorf("%s %s: %d %s", method, path, code, text)
		return ""
	}
	return wrong(p.x.t, h, text)
}

// agrees confirms a proposal as it is shown.
func (p *program) agrees(id string, into any) {
	p.x.t.Helper()
	var shown struct {
		Hash string
		For  bool            `json:"for_me"`
		Body json.RawMessage `json:"body"`
	}
	p.get("/v1/proposals/"+id, &shown)
	if !shown.For || len(shown.Body) == 0 {
		p.x.t.Fatalf("not for who should confirm: %+v", shown)
	}
	p.post("/v1/proposals/"+id+"/confirm", map[string]string{"hash": shown.Hash}, into)
}

// No token does alone what takes two officers at the desk.
func TestAPITakesTwo(t *testing.T) {
	x := newSite(t)
	x.account("other", false, account.Administrator)
	a, b := x.token("administrator"), x.token("other")
	fresh := map[string]any{"id": "boss", "name": "Boss", "office": "headquarters", "roles": []string{"supervisor"}}
	if code := a.refused("POST", "/v1/accounts", fresh); code != "bad_reason" {
		t.Errorf("without a reason: %s", code)
	}
	fresh["reason"] = "a new colleague"
	id := a.proposes("POST", "/v1/accounts", fresh)
	if code := a.refused("POST", "/v1/accounts", fresh); code != "waits" {
		t.Errorf("twice: %s", code)
	}
	if code := a.refused("GET", "/v1/accounts/boss", nil); code != "no_account" {
		t.Errorf("made by one: %s", code)
	}
	if code := a.refused("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}); code != "own_proposal" {
		t.Errorf("one's own: %s", code)
	}
	if code := b.refused("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": "another"}); code != "world_changed" {
		t.Errorf("of another hash: %s", code)
	}
	narrow := x.token("other", account.SeeSecond) // whose officer may, and the token not
	if code := narrow.refused("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}); code != "no_proposal" {
		t.Errorf("beyond the scope: %s", code)
	}
	var list struct{ Items []struct{ ID string } }
	if narrow.get("/v1/proposals", &list); len(list.Items) > 0 {
		t.Errorf("shown beyond the scope: %v", list)
	}
	if x.token("supervisor").get("/v1/proposals", &list); len(list.Items) > 0 {
		t.Errorf("shown to who cannot confirm: %v", list)
	}
	if b.get("/v1/proposals?which=for_me", &list); len(list.Items) != 1 || list.Items[0].ID != id {
		t.Errorf("for the other: %v", list)
	}
	if a.get("/v1/proposals?which=mine", &list); len(list.Items) != 1 || list.Items[0].ID != id {
		t.Errorf("one's own: %v", list)
	}
	k := key()
	_, _, first := b.do("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}, "Idempotency-Key", k)
	code, h, again := b.do("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}, "Idempotency-Key", k)
	if !strings.Contains(first, `"password"`) || !strings.Contains(first, `"account":"boss"`) || code != http.StatusOK || h.Get("Idempotency-Replayed") != "true" || strings.Contains(again, "password") {
		t.Errorf("confirmed: %s, then %d %s", first, code, again)
	}
	if made := x.find("boss"); !made.MustChange || len(made.Roles) != 1 {
		t.Errorf("made: %+v", made)
	}
	// A supervisor's password, and rights.
	if code := a.refused("POST", "/v1/accounts/supervisor/password", nil); code != "bad_reason" {
		t.Errorf("a password without a reason: %s", code)
	}
	id = a.proposes("POST", "/v1/accounts/supervisor/password", map[string]string{"reason": "forgotten"})
	if x.find("supervisor").MustChange {
		t.Error("one administrator has given a supervisor another password")
	}
	b.post("/v1/proposals/"+id+"/decline", map[string]string{"hash": x.hash(id), "why": "who asks?"}, nil)
	if code := b.refused("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}); code != "ended" {
		t.Errorf("declined: %s", code)
	}
	id = a.proposes("PATCH", "/v1/accounts/analyst", map[string]any{"roles": []string{"supervisor"}, "reason": "promoted"}, "If-Match", "*")
	if x.find("analyst").May(account.Supervise) {
		t.Error("one administrator has made a supervisor")
	}
	a.post("/v1/proposals/"+id+"/withdraw", nil, nil)
	if code := b.refused("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}); code != "ended" {
		t.Errorf("withdrawn: %s", code)
	}
	id = a.proposes("PATCH", "/v1/accounts/analyst", map[string]any{"roles": []string{"supervisor"}, "reason": "promoted"}, "If-Match", "*")
	b.agrees(id, nil)
	if !x.find("analyst").May(account.Supervise) {
		t.Error("two administrators have not")
	}
	id = a.proposes("POST", "/v1/accounts/supervisor/tie", map[string]string{"code": account.Code("https://id.example", "x"), "reason": "by the provider"})
	b.agrees(id, nil)
}

// Evidence leaves by two auditors, once.
func TestAPIEvidence(t *testing.T) {
	x := newSite(t)
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay"}, Case: "J-1"})
	must(t, x.kh.n.Settle(ctx))
	a := x.token("auditor")
	body := map[string]string{"conversation": cid, "reason": "a court asks"}
	if code := a.refused("POST", "/v1/journal/evidence", body); code != "no_second" {
		t.Errorf("where there is nobody else: %s", code)
	}
	x.account("other", false, account.Auditor)
	b := x.token("other")
	if code := x.token("administrator").refused("POST", "/v1/journal/evidence", body); code != "no_right" {
		t.Errorf("an administrator: %s", code)
	}
	id := a.proposes("POST", "/v1/journal/evidence", body)
	fetch := "/v1/proposals/" + id + "/evidence"
	if code := a.refused("POST", fetch, nil); code != "ended" {
		t.Errorf("before anybody agreed: %s", code)
	}
	b.agrees(id, nil)
	if code := b.refused("POST", fetch, nil); code != "not_found" {
		t.Errorf("another's: %s", code)
	}
	code, _, file := a.do("POST", fetch, nil)
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, file)
	}
	f, err := evidence.Read(strings.NewReader(file))
	must(t, err)
	if rep := evidence.Verify(f, false); !rep.OK || rep.Conversation != cid {
		t.Errorf("%+v", rep)
	}
	if e := x.events("evidence"); len(e) != 1 || e[0].Actor != "auditor" || !strings.Contains(string(e[0].Data), `"second":"other"`) {
		t.Errorf("%+v", e)
	}
	if code := a.refused("POST", fetch, nil); code != "ended" {
		t.Errorf("twice: %s", code)
	}
	if strings.Contains(x.kh.log.String(), "X1234567") {
		t.Error("the log tells of somebody")
	}
}
