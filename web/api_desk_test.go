package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/courier"
)

// A doubtful match is decided by a program as on the page.
func TestAPIReview(t *testing.T) {
	x := newSite(t)
	x.doubts()
	p := x.token("registry")
	var list struct {
		Items []struct {
			Permit, Resident, Concern string
			Probability               float64
		}
	}
	p.get("/v1/reviews", &list)
	if len(list.Items) == 0 || list.Items[0].Probability <= 0 || len(x.events("review.listed")) != 1 {
		t.Fatalf("%+v", list)
	}
	path := "/v1" + strings.Replace(x.pair("near"), "/review", "/reviews", 1)
	var pair struct {
		State    string
		Seen     int64
		Permit   struct{ Version string }
		Resident struct {
			Version string
			Values  []struct{ Column, Value string }
		}
	}
	p.get(path, &pair)
	if pair.State != "open" || len(pair.Resident.Values) == 0 || len(x.events("review.opened")) != 1 {
		t.Fatalf("%+v", pair)
	}
	say := map[string]any{"act": "same", "seen": pair.Seen, "permit_version": pair.Permit.Version, "resident_version": pair.Resident.Version}
	var after struct{ State string }
	p.post(path, say, &after)
	if after.State != "same" || len(x.events("review.decided")) != 1 {
		t.Errorf("%+v", after)
	}
	if code := p.refused("POST", path, say); code != "decided" {
		t.Errorf("again: %s", code)
	}
	say["act"], say["seen"] = "undo", pair.Seen+1
	p.post(path, say, &after)
	if p.get(path, &pair); pair.State != "open" {
		t.Errorf("undone: %+v", pair)
	}
	if code := p.refused("GET", "/v1/reviews/"+store.NewID()+"/"+x.entry("near"), nil); code != "no_pair" {
		t.Errorf("none: %s", code)
	}
	if code := x.token("registry", account.Decide).refused("GET", "/v1/reviews", nil); code != "no_right" { // who may decide and not see
		t.Errorf("by who sees nobody: %s", code)
	}
}

// Offices, referrals, watched records and withdrawing a list.
func TestAPIDesk(t *testing.T) {
	x := newSite(t)
	a := x.token("administrator")
	a.post("/v1/offices", map[string]string{"name": "Poipet", "kind": "airport"}, nil)
	if code := a.refused("POST", "/v1/offices", map[string]string{"name": "Poipet", "kind": "airport"}); code != "office_taken" {
		t.Errorf("twice: %s", code)
	}
	if code := a.refused("POST", "/v1/offices/close", map[string]string{"name": "headquarters"}); code != "office_used" {
		t.Errorf("where people work: %s", code)
	}
	a.post("/v1/offices/close", map[string]string{"name": "Poipet"}, nil)

	chief, entry := x.token("chief"), x.entry("K2")
	var made struct{ ID, State string }
	body := map[string]any{"office": labour, "purpose": "labour_rights", "basis": "consent", "ground": "in writing", "reason": "wages",
		"until": time.Now().UTC().AddDate(0, 0, 5).Format(time.DateOnly), "fields": []map[string]string{{"entry": entry, "column": "full_name"}}}
	chief.post("/v1/people/"+entry+"/referrals", body, &made)
	if made.State != "open" || len(x.events("referred")) != 1 {
		t.Fatalf("%+v", made)
	}
	var seen struct {
		State  string
		Values []struct{ Column, Value string }
	}
	chief.get("/v1/referrals/"+made.ID, &seen)
	if len(seen.Values) != 1 || seen.Values[0].Column != "full_name" {
		t.Errorf("%+v", seen)
	}
	var person struct{ Referrals []struct{ ID string } }
	if chief.get("/v1/people/"+entry, &person); len(person.Referrals) != 1 || person.Referrals[0].ID != made.ID {
		t.Errorf("%+v", person)
	}
	body["fields"] = []map[string]string{{"entry": x.entry("K1"), "column": "full_name"}}
	if code := chief.refused("POST", "/v1/people/"+entry+"/referrals", body); code != "bad_referral" {
		t.Errorf("of somebody else: %s", code)
	}
	chief.post("/v1/referrals/"+made.ID+"/withdraw", nil, nil)
	if chief.get("/v1/referrals/"+made.ID, &seen); seen.State != "withdrawn" || len(seen.Values) > 0 {
		t.Errorf("%+v", seen)
	}
	if err := x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := account.MakeToken(tx, "guest", "a program", account.NewSecret("KH"), []account.Right{account.SeeReferred}, time.Hour, account.By{Actor: "guest"})
		return err
	}); err == nil {
		t.Error("a guest has a token")
	}

	u := x.token("auditor")
	u.post("/v1/people/"+entry+"/watch", nil, nil)
	chief.get("/v1/people/"+entry, &person)
	var watched struct {
		Items    []struct{ Entry, Officer string }
		Openings []struct{ Entry, Officer string }
	}
	u.get("/v1/watched", &watched)
	if len(watched.Items) != 1 || watched.Items[0].Officer != "auditor" || len(watched.Openings) == 0 || watched.Openings[0].Officer != "chief" {
		t.Errorf("%+v", watched)
	}
	u.post("/v1/people/"+entry+"/unwatch", nil, nil)
	if u.get("/v1/watched", &watched); len(watched.Items) > 0 {
		t.Errorf("%+v", watched)
	}

	list := "/v1/registers/batches/" + x.lists()[len(x.lists())-1]
	r := x.token("registry")
	r.post(list+"/withdraw", map[string]string{"reason": "the wrong file"}, nil)
	if code := r.refused("POST", list+"/agree", nil); code != "no_right" {
		t.Errorf("by who does not see protection: %s", code)
	}
	chief.post(list+"/agree", nil, nil)
	var batch struct {
		Withdrawn bool
		Said      []struct{ State, Second string }
	}
	if r.get(list, &batch); !batch.Withdrawn || len(batch.Said) != 1 || batch.Said[0].State != "withdrawn" || batch.Said[0].Second != "chief" {
		t.Errorf("%+v", batch)
	}
}

// Trust in partners, agreements, bundles, exports, instruments, the node.
func TestAPITrust(t *testing.T) {
	x := newSite(t)
	x.account("other", false, account.Administrator)
	a, b := x.token("administrator"), x.token("other")
	id := a.proposes("POST", "/v1/peers/ID/suspend", map[string]string{"reason": "under repair"})
	if x.peer().State != courier.Active {
		t.Error("suspended by one")
	}
	if code := a.refused("POST", "/v1/proposals/"+id+"/confirm", map[string]string{"hash": x.hash(id)}); code != "own_proposal" {
		t.Errorf("one's own: %s", code)
	}
	b.agrees(id, nil)
	if x.peer().State != courier.Suspended {
		t.Error("not suspended by two")
	}
	if code := a.refused("POST", "/v1/peers/ID/bundle", nil); code != "suspended" {
		t.Errorf("a bundle: %s", code)
	}
	b.agrees(a.proposes("POST", "/v1/peers/ID/resume", map[string]string{"reason": "repaired"}), nil)
	if code, h, _ := a.do("POST", "/v1/peers/ID/bundle", nil); code != http.StatusOK || h.Get("Content-Type") != "application/octet-stream" || len(x.events("bundle-exported")) != 1 {
		t.Errorf("a bundle: %d", code)
	}
	if code := a.refused("POST", "/v1/bundles", "no bundle"); code != "bad_bundle" {
		t.Errorf("no bundle: %s", code)
	}
	if code := a.refused("POST", "/v1/peers", map[string]string{"card": "no card", "words": "a b", "reason": "because"}); code != "bad_card" {
		t.Errorf("no card: %s", code)
	}
	code, _, draft := a.do("POST", "/v1/agreements/draft", map[string]string{"peer": "ID", "from": "2030-01-01", "until": "2031-01-01"})
	if code != http.StatusOK {
		t.Fatalf("a draft: %d %s", code, draft)
	}
	id = a.proposes("POST", "/v1/agreements/sign", map[string]string{"document": draft, "reason": "agreed in Phnom Penh"})
	b.agrees(id, nil)
	if code, _, signed := a.do("GET", "/v1/proposals/"+id+"/agreement", nil); code != http.StatusOK || !json.Valid([]byte(signed)) || signed == draft {
		t.Errorf("signed: %d %s", code, signed)
	}
	if code := a.refused("POST", "/v1/agreements/adopt", map[string]string{"document": draft, "reason": "agreed"}); code == "failed" || code == "" {
		t.Errorf("adopted with one signature: %s", code)
	}
	if code := a.refused("POST", "/v1/agreements/sign", map[string]string{"document": "{}", "reason": "agreed"}); code != "bad_document" {
		t.Errorf("no agreement: %s", code)
	}

	chief, second := x.token("chief"), x.token("supervisor")
	if code := second.refused("POST", "/v1/status/exports", map[string]any{"format": "csv", "protection": true, "reason": "a meeting"}); code != "no_right" {
		t.Errorf("protection by who may not: %s", code)
	}
	id = chief.proposes("POST", "/v1/status/exports", map[string]any{"format": "csv", "reason": "a meeting"})
	fetch := "/v1/proposals/" + id + "/export"
	if code := chief.refused("POST", fetch, nil); code != "ended" {
		t.Errorf("by one: %s", code)
	}
	second.agrees(id, nil)
	if code := second.refused("POST", fetch, nil); code != "not_found" {
		t.Errorf("another's: %s", code)
	}
	code, h, lines := chief.do("POST", fetch, nil)
	if code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") || !strings.Contains(h.Get("Content-Disposition"), "attachment") || strings.Count(lines, "\n") < 3 || len(x.events("status.export")) != 1 {
		t.Errorf("the export: %d %v %s", code, h, lines)
	}
	if code := chief.refused("POST", fetch, nil); code != "ended" {
		t.Errorf("twice: %s", code)
	}
	if code, h, page := chief.do("POST", "/v1/status/report", map[string]string{"lang": "id"}); code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(page, `lang="id"`) {
		t.Errorf("the report: %d", code)
	}
	x.run("2024-03-14")
	runs := x.runs()
	var pair struct{ A, B struct{ ID string } }
	if chief.get("/v1/status/compare?a="+runs[0]+"&b="+runs[1], &pair); pair.A.ID == pair.B.ID || pair.A.ID > pair.B.ID {
		t.Errorf("%+v", pair)
	}

	var names struct{ Level string }
	chief.postPlain("/v1/tools/names", map[string]string{"a": "Siti Aminah", "b": "Siti Amina"}, &names)
	var zone struct {
		Valid   bool
		Surname string
	}
	chief.postPlain("/v1/tools/zone", map[string]string{"zone": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"}, &zone)
	if names.Level == "" || !zone.Valid || zone.Surname != "ERIKSSON" || len(x.events("tool-used")) != 2 {
		t.Errorf("%+v %+v", names, zone)
	}
	if code := chief.refused("POST", "/v1/tools/zone", map[string]string{"zone": "ERIKSSON"}); code != "bad_zone" {
		t.Errorf("no zone: %s", code)
	}
	var node struct{ Checks []struct{ What string } }
	if a.postPlain("/v1/node/examine", nil, &node); len(node.Checks) == 0 || len(x.events("node-examined")) != 1 {
		t.Errorf("%+v", node)
	}
	if log := x.kh.log.String(); strings.Contains(log, "an operation") || strings.Contains(log, "ERIKSSON") {
		t.Errorf("the log: %s", log)
	}
}

// postPlain does what has no key.
func (p *program) postPlain(path string, body, into any) {
	p.x.t.Helper()
	code, _, text := p.do("POST", path, body)
	if code != http.StatusOK {
		p.x.t.Fatalf("POST %s: %d %s", path, code, text)
	}
	must(p.x.t, json.Unmarshal([]byte(text), into))
}
