package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

var checkbox = regexp.MustCompile(`name="release" value="([a-z_]+)"`)

// What the partner asks is looked at, and ended by releasing fields by their names: nothing leaves that was not seen before,
// and the second officer is told that it is over.
func TestAnswering(t *testing.T) {
	x := newSite(t)
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay", "stay_until"}})
	c := x.as("liaison")
	if body := c.page("/enquiries"); !strings.Contains(body, "/enquiries/"+cid) || strings.Contains(body, "Wati") || strings.Contains(body, "X1234567") {
		t.Errorf("the list: %s", main(body))
	}
	if body := c.page("/"); !strings.Contains(body, "/enquiries/"+cid) {
		t.Error("the home page does not say what is due")
	}
	body := c.page("/enquiries/" + cid)
	for _, want := range []string{"X1234567", "WATI CONTOH", "K1", "the same", `name="release" value="stay"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, main(body))
		}
	}
	if strings.Contains(body, " checked") {
		t.Error("something is chosen already")
	}
	if n := len(x.events("enquiry-shown")); n != 1 {
		t.Errorf("%d events of a view", n)
	}
	answer := "/enquiries/" + cid + "/answer"
	record := x.entry("K1")
	for name, form := range map[string][]string{
		"nothing chosen":  {"record", record},
		"not asked for":   {"record", record, "release", "work"},
		"of nobody":       {"release", "stay"},
		"of another":      {"record", x.entry("K2"), "release", "stay"},
		"no id":           {"record", "K1", "release", "stay"},
		"a closed answer": {"value", "national"},
	} {
		for _, sure := range []string{"", "1"} {
			if code, _, body := c.post(answer, append(form, "sure", sure)...); code < 400 || code >= 500 {
				t.Errorf("%s, %q: %d %s", name, sure, code, main(body))
			}
		}
	}
	code, _, body := c.post(answer, "record", record, "release", "stay")
	if code != http.StatusOK || !strings.Contains(body, "This leaves the node") || !strings.Contains(main(body), "valid") || strings.Contains(main(body), "2024-12-31") {
		t.Fatalf("before it is sent: %d %s", code, main(body))
	}
	if l := x.waiting(); len(l) != 1 {
		t.Fatal("it has left without being looked at")
	}
	if code, h, body := c.post(answer, "record", record, "release", "stay", "sure", "1"); code != http.StatusSeeOther || h.Get("Location") != "/enquiries" {
		t.Fatalf("%d %s", code, main(body))
	}
	if body := c.page("/enquiries"); !strings.Contains(body, "Released.") || strings.Contains(body, cid) {
		t.Errorf("after it: %s", main(body))
	}
	if code, _, body := x.as("supervisor").post(answer, "nothing", "1", "sure", "1"); code != http.StatusConflict || !strings.Contains(body, "has been answered") {
		t.Errorf("the second officer: %d %s", code, main(body))
	}
	x.pass(time.Minute)
	v, err := x.id.s.Enquiries.Show(ctx, cid, enquiry.Officer{Name: "asker"})
	must(t, err)
	if v.Words == nil || len(v.Words.Record) != 1 || v.Words.Record["stay"] != "valid" {
		t.Errorf("what has left: %+v", v.Words)
	}
}

// waiting is the inbox of the Cambodian node.
func (x *site) waiting() []enquiry.Line {
	x.t.Helper()
	lines, err := x.kh.s.Enquiries.List(ctx, enquiry.Inbox, 100, enquiry.Officer{Name: "test"})
	must(x.t, err)
	return lines
}

// Whoever is restricted is not there, for an officer who may not see protection; and what a supervisor decides is for one.
func TestWhoMayAnswer(t *testing.T) {
	x := newSite(t)
	r, err := x.kh.n.RecordOf(ctx, registry.Residents, "K2")
	must(t, err)
	for _, by := range []string{"a", "b"} {
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := registry.Restrict(tx, []registry.Record{r}, rules.Vulnerable, "a statement", by, "headquarters")
			return err
		}))
	}
	budi := map[string]string{"full_name": "Budi Contoh", "birth_date": "1985-01-30", "passport_no": "X7654321"}
	cid := x.ask(enquiry.Question{Person: budi, Release: []string{"stay"}})
	for _, role := range []string{"liaison", "supervisor", "chief"} {
		if code, _, body := x.as(role).get("/enquiries/" + cid); code != http.StatusNotFound {
			t.Errorf("%s: %d %s", role, code, main(body))
		}
	}
	if code, _, _ := x.as("supervisor").get("/enquiries/protected"); code != http.StatusForbidden {
		t.Errorf("who may not see protection: %d", code)
	}
	if body := x.as("chief").page("/enquiries/protected"); !strings.Contains(body, cid) {
		t.Errorf("who may: %s", main(body))
	}
	check := x.ask(enquiry.Question{Purpose: "welfare-check", Person: wati(), Concern: "Nobody has heard of <her>."})
	body := x.as("liaison").page("/enquiries/" + check)
	if !strings.Contains(body, "Nobody has heard of &lt;her&gt;.") {
		t.Errorf("the concern: %s", main(body))
	}
	answer := "/enquiries/" + check + "/answer"
	if code, _, _ := x.as("liaison").post(answer, "value", "informed", "sure", "1"); code != http.StatusForbidden {
		t.Errorf("a liaison officer decides what a supervisor does: %d", code)
	}
	if code, _, body := x.as("supervisor").post(answer, "value", "informed", "sure", "1"); code != http.StatusSeeOther {
		t.Errorf("a supervisor: %d %s", code, main(body))
	}
	for _, role := range []string{"registry", "analyst", "auditor", "administrator"} {
		if code, _, _ := x.as(role).get("/enquiries/" + check); code != http.StatusForbidden {
			t.Errorf("%s looks at it: %d", role, code)
		}
	}
}

// One person is asked about from a record: only what the purpose lets be told leaves, it is seen before, and what was typed stays where
// something is wrong.
func TestAsking(t *testing.T) {
	x := newSite(t)
	c := x.as("liaison")
	k1 := x.entry("K1")
	if body := c.page("/enquiries/new"); !strings.Contains(body, "purpose=") || strings.Contains(body, "<input name=\"full_name\"") {
		t.Errorf("purposes come first: %s", main(body))
	}
	purpose := x.purpose("nationality")
	body := c.page("/enquiries/new?purpose=" + purpose + "&subject=" + k1)
	for _, want := range []string{`value="WATI CONTOH"`, `value="X1234567"`, `name="clock"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, main(body))
		}
	}
	if e := x.events("enquiry-form"); len(e) != 1 || e[0].Subjects[0] != k1 || e[0].Purpose != "enquiry" {
		t.Errorf("events: %+v", e)
	}
	form := []string{"peer", "ID", "for", purpose, "subject", k1, "full_name", "Wati Contoh", "birth_date", "1990-05-17", "passport_no", "X1234567", "case", "PNH-1"}
	code, _, body := c.post("/enquiries/new", append(form, "birth_date", "")...)
	if code != http.StatusOK || !strings.Contains(body, "This leaves the node") || strings.Contains(main(body), "PNH-1</") {
		t.Fatalf("before it is sent: %d %s", code, main(body))
	}
	code, _, body = c.post("/enquiries/new", "peer", "ID", "for", purpose, "full_name", "Only <a> Name", "case", "PNH-2")
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="Only &lt;a&gt; Name"`) || !strings.Contains(body, `value="PNH-2"`) || !strings.Contains(body, "nothing in it identifies one person") {
		t.Errorf("what cannot be asked: %d %s", code, main(body))
	}
	for name, bad := range map[string][]string{"no purpose": {"peer", "ID"}, "no such purpose": {"peer", "ID", "for", "a/b"}, "no such peer": {"peer", "FR", "for", purpose}} {
		if code, _, _ := c.post("/enquiries/new", bad...); code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code, _, _ := c.get("/enquiries/new?subject=" + store.NewID()); code != http.StatusNotFound {
		t.Errorf("no such record: %d", code)
	}
	if code, h, body := c.post("/enquiries/new", append(form, "sure", "1")...); code != http.StatusSeeOther || h.Get("Location") != "/enquiries/sent" {
		t.Fatalf("%d %s", code, main(body))
	}
	body = c.page("/enquiries/sent")
	m := regexp.MustCompile(`/enquiries/([0-9a-f-]{36})"`).FindStringSubmatch(body)
	if m == nil || !strings.Contains(body, "Asked.") {
		t.Fatalf("the list: %s", main(body))
	}
	if body := c.page("/enquiries/" + m[1]); !strings.Contains(body, "/people/"+k1) {
		t.Errorf("the conversation: %s", main(body))
	}
	if code, _, body := c.post("/enquiries/" + m[1] + "/withdraw"); code != http.StatusSeeOther {
		t.Errorf("withdrawn: %d %s", code, main(body))
	}
	if code, _, _ := c.post("/enquiries/" + m[1] + "/withdraw"); code != http.StatusConflict {
		t.Errorf("withdrawn again: %d", code)
	}
}

// purpose is a purpose of the agreement as forms name it.
func (x *site) purpose(code string) string {
	x.t.Helper()
	all, err := x.kh.s.Enquiries.Purposes(ctx, "ID")
	must(x.t, err)
	for _, p := range all {
		if p.Code == code {
			return p.Article + "/" + p.Code
		}
	}
	x.t.Fatalf("no purpose %s among %d", code, len(all))
	return ""
}

// A supervisor who sees protection refers somebody, with a view that officers have recorded; another is not even offered it.
func TestReferringAtTheDesk(t *testing.T) {
	x := newSite(t)
	r, err := x.kh.n.RecordOf(ctx, registry.Residents, "K2")
	must(t, err)
	for _, by := range []string{"a", "b"} {
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := registry.Restrict(tx, []registry.Record{r}, rules.PossibleVictim, "a statement", by, "headquarters")
			return err
		}))
	}
	purpose := x.purpose("referral")
	path := "/enquiries/new?purpose=" + purpose + "&subject=" + r.Entry
	if body := x.as("supervisor").page(path); strings.Contains(body, "possible_victim") {
		t.Errorf("a view is offered to who may not see it: %s", main(body))
	}
	if body := x.as("chief").page(path); !strings.Contains(body, `name="view" value="possible_victim"`) {
		t.Errorf("it is not offered: %s", main(body))
	}
	form := []string{"peer", "ID", "for", purpose, "subject", r.Entry, "full_name", "Budi Contoh", "birth_date", "1985-01-30", "needs", "return", "needs", "medical",
		"basis", "consent", "basis_text", "in writing, for return", "view", "possible_victim"}
	for _, role := range []string{"liaison", "supervisor"} {
		if code, _, body := x.as(role).post("/enquiries/new", append(form, "sure", "1")...); code != http.StatusForbidden {
			t.Errorf("%s refers with a view: %d %s", role, code, main(body))
		}
	}
	code, _, body := x.as("chief").post("/enquiries/new", form...)
	if code != http.StatusOK || !strings.Contains(body, "in writing, for return") || !strings.Contains(body, "possible_victim") {
		t.Fatalf("before it is sent: %d %s", code, main(body))
	}
	if code, _, body := x.as("chief").post("/enquiries/new", append(form, "sure", "1")...); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	x.carry()
	lines, err := x.id.s.Enquiries.List(ctx, enquiry.Referrals, 10, enquiry.Officer{Name: "test"})
	must(t, err)
	if len(lines) != 1 {
		t.Fatalf("the other node: %+v", lines)
	}
	cid := lines[0].Conversation
	if body := x.as("supervisor").page("/enquiries/" + cid); strings.Contains(body, "possible victim") || !strings.Contains(body, "ask a supervisor") {
		t.Errorf("who may not see protection reads %s", main(body))
	}
	if body := x.as("chief").page("/enquiries/" + cid); !strings.Contains(body, "possible victim") {
		t.Errorf("who may reads %s", main(body))
	}
}

// An answer in another language, and events of what was done with the purpose that the officer said.
func TestEnquiriesInKhmer(t *testing.T) {
	x := newSite(t)
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay"}})
	c := x.as("liaison")
	c.post("/lang", "lang", "km", "next", "/enquiries")
	body := c.page("/enquiries/" + cid)
	if !strings.Contains(body, `<html lang="km">`) || !strings.Contains(body, "ភាពស្រដៀងគ្នាមិនបញ្ជាក់អ្វីទេ") || !strings.Contains(body, "unreviewed") {
		t.Errorf("in Khmer: %s", main(body))
	}
	if len(checkbox.FindAllString(body, -1)) != 1 {
		t.Errorf("what can be released: %v", checkbox.FindAllString(body, -1))
	}
	var data struct{ Cid string }
	e := x.events("enquiry-shown")
	if len(e) != 1 || json.Unmarshal(e[0].Data, &data) != nil || data.Cid != cid || e[0].Actor != "liaison" {
		t.Errorf("events: %+v", []journal.Event(e))
	}
}
