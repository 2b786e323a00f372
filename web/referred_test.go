package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/office"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

var referralForm = regexp.MustCompile(`/referred/(?:sent/)?([0-9a-f-]{36})`)

// handOver has an officer refer somebody to a guest office, and returns the reference.
func (x *site) handOver(by, id string, pairs ...string) string {
	x.t.Helper()
	entry := x.entry(id)
	code, h, body := x.as(by).post("/people/"+entry+"/refer", append([]string{"office", labour, "for", "labour_rights", "basis", "consent", "ground", "in writing <i>", "reason", "wages <i>",
		"until", time.Now().UTC().AddDate(0, 0, 5).Format(time.DateOnly), "field", entry + ".full_name"}, pairs...)...)
	at := referralForm.FindStringSubmatch(h.Get("Location"))
	if code != http.StatusSeeOther || at == nil {
		x.t.Fatalf("%d %s", code, main(body))
	}
	return at[1]
}

// guestOf makes a guest office with an officer.
func (x *site) guestOf(id, name string, agency office.Agency) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		if err := office.Open(tx, office.Unit{Name: name, Kind: office.Guest, Agency: agency}, "admin", "headquarters"); err != nil {
			return err
		}
		hash, err := account.Hash(password, id)
		if err != nil {
			return err
		}
		if err := account.Make(tx, account.Account{ID: id, Name: "Officer " + id, Office: name, Roles: []account.Role{account.Guest}}, hash, account.By{Actor: "admin"}); err != nil {
			return err
		}
		return account.SetPassword(tx, id, hash, account.By{Actor: id})
	}))
}

func TestOffices(t *testing.T) {
	x := newSite(t)
	c := x.as("administrator")
	body := c.page("/offices")
	has(t, body, "headquarters", "Ministry of Labour &lt;b&gt;K&lt;/b&gt;", "Officer guest", "guest of another agency", "There is no rota", `action="/offices/close"`)
	hasNot(t, body, "<b>K</b>")
	body = x.as("auditor").page("/offices")
	has(t, body, "Officer liaison")
	hasNot(t, body, "<form method=\"post\" action=\"/offices")
	for _, role := range []string{"liaison", "chief", "registry", "analyst", "guest"} {
		if code, _, _ := x.as(role).get("/offices"); code != http.StatusForbidden {
			t.Errorf("%s: %d", role, code)
		}
	}
	for what, pairs := range map[string][]string{
		"no name": {"name", " ", "kind", "airport"}, "no kind": {"name", "<i>A"}, "a guest of nobody": {"name", "<i>A", "kind", "guest"}, "an airport of the police": {"name", "<i>A", "kind", "airport", "agency", "police"},
	} {
		if code, _, body := c.post("/offices", pairs...); code != http.StatusUnprocessableEntity || strings.Contains(pairs[1], "A") && !strings.Contains(body, `value="&lt;i&gt;A"`) {
			t.Errorf("%s: %d", what, code)
		}
	}
	if code, _, _ := c.post("/offices", "name", "embassy", "kind", "airport"); code != http.StatusConflict {
		t.Errorf("a name that is taken: %d", code)
	}
	if code, h, _ := c.post("/offices", "name", "Airport", "kind", "airport"); code != http.StatusSeeOther || h.Get("Location") != "/offices" {
		t.Errorf("%d", code)
	}
	has(t, c.page("/offices"), "The office is open")
	has(t, c.page("/accounts/new"), `<option value="Airport">`)
	x.account("other", false, account.Administrator)
	if code, _, body := c.post("/accounts/new", "id", "rina", "name", "Rina", "office", "Airport", "role", "guest", "reason", "because"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "nobody is a guest elsewhere") {
		t.Errorf("a guest in an office of ours: %d", code)
	}
	if code, _, body := c.post("/accounts/new", "id", "rina", "name", "Rina", "office", "Nowhere", "role", "liaison", "reason", "because"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "No such office is open") {
		t.Errorf("an office that is not there: %d", code)
	}
	if code, _, body := c.post("/offices/close", "name", labour); code != http.StatusConflict || !strings.Contains(body, "cannot be closed") {
		t.Errorf("an office with officers: %d", code)
	}
	if code, _, _ := c.post("/offices/close", "name", "Airport"); code != http.StatusSeeOther {
		t.Errorf("closed: %d", code)
	}
	for _, name := range []string{"Airport", "", "nowhere"} {
		if code, _, _ := c.post("/offices/close", "name", name); code != http.StatusNotFound {
			t.Errorf("closing %q: %d", name, code)
		}
	}
	if e := x.events("office-opened"); e[len(e)-1].Actor != "administrator" || e[len(e)-1].Subjects[0] != "office:Airport" {
		t.Errorf("%+v", e[len(e)-1])
	}
	if code, _, _ := x.as("auditor").post("/offices", "name", "X", "kind", "airport"); code != http.StatusForbidden {
		t.Errorf("an auditor: %d", code)
	}
}

// A supervisor hands somebody over; the guest office sees that, and answers; the supervisor sees the answer.
func TestReferring(t *testing.T) {
	x := newSite(t)
	entry := x.entry("K5") // whose name is HTML
	boss, guest := x.as("supervisor"), x.as("guest")
	has(t, guest.page("/"), `href="/referred"`)
	has(t, guest.page("/referred"), "Nobody is referred to your office")
	has(t, boss.page("/people/"+entry), `href="/people/`+entry+`/refer"`)
	hasNot(t, x.as("liaison").page("/people/"+entry), "/refer\"")
	form := boss.page("/people/" + entry + "/refer")
	has(t, form, "Ministry of Labour &lt;b&gt;K&lt;/b&gt;", `value="`+entry+`.full_name" checked`)
	if n := strings.Count(form, " checked"); n != 1 {
		t.Errorf("%d choices are made for the officer, want the name alone", n)
	}
	hasNot(t, form, "<b>EKO</b>", "enquiry.view", `name="view"`)

	until := time.Now().UTC().AddDate(0, 0, 5).Format(time.DateOnly)
	fine := []string{"office", labour, "for", "labour_rights", "basis", "consent", "ground", "in writing", "reason", "wages <i>", "until", until, "field", entry + ".full_name"}
	change := func(name, value string) []string {
		out := append([]string{}, fine...)
		for i := 0; i < len(out); i += 2 {
			if out[i] == name {
				out[i+1] = value
			}
		}
		return out
	}
	for what, pairs := range map[string][]string{
		"no office": change("office", ""), "an office of ours": change("office", "headquarters"), "no purpose": change("for", "x"), "no basis": change("basis", "because"), "no ground": change("ground", ""),
		"no day": change("until", "soon"), "a day gone by": change("until", "2020-01-01"), "too long": change("until", time.Now().UTC().AddDate(0, 0, 91).Format(time.DateOnly)),
		"no field": change("field", ""), "another's field": change("field", x.entry("K1")+".full_name"), "a view": append(change("x", ""), "view", "possible_victim"),
	} {
		code, _, body := boss.post("/people/"+entry+"/refer", pairs...)
		want := http.StatusUnprocessableEntity
		if what == "a view" {
			want = http.StatusForbidden // who may not see protection tells none
		}
		if code != want || want == http.StatusUnprocessableEntity && !strings.Contains(body, "wages &lt;i&gt;") {
			t.Errorf("%s: %d", what, code)
		}
	}
	if n := len(x.events("referred")); n > 0 {
		t.Fatalf("%d were handed over", n)
	}
	id := x.handOver("supervisor", "K5")

	list := guest.page("/referred")
	has(t, list, "/referred/"+id, "wages and rights at work")
	hasNot(t, list, "EKO", "KARANGAN")
	has(t, guest.page("/"), "Referred to your office", "/referred/"+id)
	one := guest.page("/referred/" + id)
	has(t, one, "&lt;b&gt;EKO&lt;/b&gt;", "wages &lt;i&gt;", "in writing &lt;i&gt;", "Use it for nothing else")
	hasNot(t, one, "<b>EKO", "X5556667", entry, "1980", "/people/")
	shown := x.events("referred-shown")
	last := shown[len(shown)-1]
	if last.Actor != "guest" || last.Office != labour || last.Purpose != "labour_rights" || last.Subjects[0] != entry || strings.Contains(string(last.Data), "EKO") {
		t.Errorf("the view: %+v", last)
	}
	if code, _, body := guest.post("/referred/"+id+"/answer", "do", "declined", "answer", ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, "says why") {
		t.Errorf("declined without why: %d", code)
	}
	if code, _, body := guest.post("/referred/"+id+"/answer", "do", "withdrawn", "answer", "<u>typed"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "&lt;u&gt;typed") {
		t.Errorf("an answer that is none: %d", code)
	}
	if code, h, _ := guest.post("/referred/"+id+"/answer", "do", "accepted", "answer", "<script>we call"); code != http.StatusSeeOther || h.Get("Location") != "/referred/"+id {
		t.Errorf("accepted: %d to %s", code, h.Get("Location"))
	}
	for _, body := range []string{boss.page("/people/" + entry), boss.page("/referred/sent/" + id)} {
		has(t, body, "accepted", "&lt;script&gt;we call")
		hasNot(t, body, "<script>we")
	}
	shown = x.events("referred-shown")
	if last := shown[len(shown)-1]; last.Actor != "supervisor" || last.Purpose != "enquiry" {
		t.Errorf("the supervisor's view: %+v", last)
	}
	sent := boss.page("/referred/sent")
	has(t, sent, "/referred/sent/"+id, "accepted", "Ministry of Labour &lt;b&gt;K")
	hasNot(t, sent, "EKO", "we call")
	if code, h, _ := boss.post("/referred/sent/" + id + "/withdraw"); code != http.StatusSeeOther || h.Get("Location") != "/referred/sent" {
		t.Errorf("withdrawn: %d", code)
	}
	for what, f := range map[string]func() (int, http.Header, string){
		"read":            func() (int, http.Header, string) { return guest.get("/referred/" + id) },
		"answered":        func() (int, http.Header, string) { return guest.post("/referred/"+id+"/answer", "do", "done") },
		"withdrawn again": func() (int, http.Header, string) { return boss.post("/referred/sent/" + id + "/withdraw") },
	} {
		if code, _, body := f(); code != http.StatusConflict || strings.Contains(body, "EKO") {
			t.Errorf("%s after it was withdrawn: %d", what, code)
		}
	}
	if strings.Contains(x.kh.log.String(), "a text is missing") || strings.Contains(x.kh.log.String(), "EKO") {
		t.Errorf("the log: %s", x.kh.log.String())
	}
	// Who looks into looking sees the guest's views, and not what for: that somebody is referred may tell of danger.
	body := x.as("auditor").page("/people/" + entry + "/lookers")
	has(t, body, "looked at a referral to an agency")
	hasNot(t, body, "wages and rights")
	has(t, x.as("auditor").page("/journal"), "person referred to another agency")
}

// A guest sees what was referred to their office: nothing of another office, by no address, and no other page of the desk.
func TestGuestsSeeNothingElse(t *testing.T) {
	x := newSite(t)
	x.guestOf("polo", "Police", office.Police)
	id := x.handOver("supervisor", "K1")
	entry := x.entry("K1")
	guest, polo := x.as("guest"), x.as("polo")
	guest.page("/referred/" + id)
	views := len(x.events("referred-shown"))
	for _, path := range []string{"/referred/" + id, "/referred/" + strings.ToUpper(id), "/referred/" + store.NewID(), "/referred/x", "/referred/%3Cb%3E", "/referred/" + entry} {
		for _, c := range []*client{polo, guest} {
			if c == guest && path == "/referred/"+id {
				continue
			}
			if code, _, body := c.get(path); code != http.StatusNotFound || strings.Contains(body, "WATI") {
				t.Errorf("%s: %d", path, code)
			}
			for _, do := range []string{"accepted", "declined", "done"} {
				if code, _, _ := c.post(path+"/answer", "do", do, "answer", "mine"); code != http.StatusNotFound {
					t.Errorf("%s is %s: %d", path, do, code)
				}
			}
		}
	}
	hasNot(t, polo.page("/referred"), id)
	hasNot(t, polo.page("/"), id)
	if n := len(x.events("referred-shown")); n != views {
		t.Errorf("%d events of views that were none", n-views)
	}
	own := map[string]bool{"/{$}": true, "/own": true, "/help": true, "/purpose": true, "/referred": true, "/referred/{id}": true, "/referred/{id}/answer": true}
	for _, r := range routes(t, x) {
		path := strings.NewReplacer("{entry}", entry, "{id}", id).Replace(r.Path)
		path = filled(path)
		code, _, body := guest.send(r.Method, path)
		if !r.Open && !strings.HasPrefix(r.Path, "/own") && !own[r.Path] && code != http.StatusForbidden {
			t.Errorf("%s %s: %d", r.Method, path, code)
		}
		if !own[r.Path] && strings.Contains(body, "WATI") {
			t.Errorf("%s %s shows somebody", r.Method, path)
		}
		if r.Path == "/own/signout" || r.Path == "/signout" {
			delete(x.clients, "guest")
			guest = x.as("guest")
		}
	}
	// A supervisor reaches no page of guests.
	for _, path := range []string{"/referred", "/referred/" + id} {
		if code, _, _ := x.as("chief").get(path); code != http.StatusForbidden {
			t.Errorf("%s as a supervisor: %d", path, code)
		}
	}
	if f := guest.page("/"); strings.Contains(f, `href="/people"`) || strings.Contains(f, `href="/registers"`) {
		t.Error("a guest is shown the way to people")
	}
}

// Where the page of a person says to ask a supervisor, that is who refers; two agree where somebody is restricted; of a claim nothing leaves.
func TestReferringTheRestricted(t *testing.T) {
	x := newSite(t)
	x.account("second", true, account.Supervisor)
	restrict := func(id string, value rules.Protection) {
		for _, by := range []string{"a", "b"} {
			_, err := x.kh.n.Restrict(ctx, x.kh.s.People, x.entry(id), value, "", account.By{Actor: by})
			must(t, err)
		}
	}
	for _, id := range []string{"K4", "K1"} { // a child; somebody restricted
		if id == "K1" {
			restrict("K1", rules.PossibleVictim)
		}
		entry := x.entry(id)
		hasNot(t, x.as("supervisor").page("/people/"+entry), "/refer\"")
		if code, _, body := x.as("supervisor").get("/people/" + entry + "/refer"); code != http.StatusForbidden || strings.Contains(body, "CONTOH") {
			t.Errorf("%s, by one who may not see protection: %d", id, code)
		}
		if code, _, _ := x.as("supervisor").post("/people/"+entry+"/refer", "office", labour, "for", "shelter", "basis", "law", "ground", "x", "reason", "x", "until", time.Now().UTC().AddDate(0, 0, 5).Format(time.DateOnly), "field", entry+".full_name"); code != http.StatusForbidden {
			t.Errorf("%s is handed over by one who may not see protection: %d", id, code)
		}
	}
	has(t, x.as("chief").page("/people/"+x.entry("K1")+"/refer"), `value="possible_victim"`)
	id := x.handOver("chief", "K1", "view", "possible_victim")
	hasNot(t, x.as("guest").page("/referred"), id)
	if code, _, _ := x.as("guest").get("/referred/" + id); code != http.StatusNotFound {
		t.Errorf("before the second officer agrees: %d", code)
	}
	has(t, x.as("chief").page("/referred/sent/"+id), "another supervisor has to agree", "possible victim")
	if code, _, _ := x.as("chief").post("/referred/sent/" + id + "/agree"); code != http.StatusConflict {
		t.Errorf("the same officer agrees: %d", code)
	}
	for _, path := range []string{"/referred/sent/" + id, "/referred/sent/" + id + "/agree"} {
		method := map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(path, "agree")]
		if code, _, body := x.as("supervisor").send(method, path); code != http.StatusForbidden || strings.Contains(body, "WATI") {
			t.Errorf("%s by one who may not see protection: %d", path, code)
		}
	}
	has(t, x.as("second").page("/"), "/referred/sent/"+id)
	hasNot(t, x.as("chief").page("/"), "/referred/sent/"+id) // it waits for another
	if code, _, _ := x.as("second").post("/referred/sent/" + id + "/agree"); code != http.StatusSeeOther {
		t.Errorf("the second agrees: %d", code)
	}
	has(t, x.as("guest").page("/referred/"+id), "possible victim", "WATI CONTOH")

	restrict("K2", rules.Claim)
	entry := x.entry("K2")
	code, _, body := x.as("chief").post("/people/"+entry+"/refer", "office", labour, "for", "shelter", "basis", "law", "ground", "x", "reason", "x", "until", time.Now().UTC().AddDate(0, 0, 5).Format(time.DateOnly), "field", entry+".full_name")
	if code != http.StatusConflict || !strings.Contains(body, "Nothing about this person leaves") {
		t.Errorf("of a claim: %d", code)
	}
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		found, err := journal.VerifyBound(tx, office.BoundUnits, account.Bound)
		if len(found) > 0 {
			t.Errorf("%v", found)
		}
		return err
	}))
}

// What was referred of somebody in danger stays with those who may see protection, when the danger is over.
func TestReferredThen(t *testing.T) {
	x := newSite(t)
	x.account("second", true, account.Supervisor)
	entry := x.entry("K1")
	for _, by := range []string{"a", "b"} {
		_, err := x.kh.n.Restrict(ctx, x.kh.s.People, entry, rules.PossibleVictim, "", account.By{Actor: by})
		must(t, err)
	}
	id := x.handOver("chief", "K1")
	if code, _, _ := x.as("second").post("/referred/sent/" + id + "/agree"); code != http.StatusSeeOther {
		t.Fatalf("agree: %d", code)
	}
	if code, _, _ := x.as("guest").post("/referred/"+id+"/answer", "do", "accepted", "answer", "a bed is ready"); code != http.StatusSeeOther {
		t.Fatalf("answer: %d", code)
	}
	for _, by := range []string{"a", "b"} {
		_, err := x.kh.n.Lift(ctx, x.kh.s.People, entry, account.By{Actor: by})
		must(t, err)
	}
	has(t, x.as("chief").page("/people/"+entry), "a bed is ready")
	body := x.as("supervisor").page("/people/" + entry)
	has(t, body, "X1234567", "/refer\"")
	hasNot(t, body, "a bed is ready", id)
}
