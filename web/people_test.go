package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/store"
	"mitra/treaty/journal"
	"mitra/web"
)

// entryOf is the entry of a record of the Cambodian node, by the id that its source gives.
func (x *site) entryOf(noun registry.Noun, id string) (entry string) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		found, err := registry.Find(tx, noun, registry.KeyOfID(id))
		if err == nil && len(found) != 1 {
			x.t.Fatalf("%s %s: %d records", noun, id, len(found))
		}
		if len(found) == 1 {
			entry = found[0].Entry
		}
		return err
	}))
	return entry
}

// wants fails where a page has not all of some texts, or has one that it must not have.
func wants(t *testing.T, name, body string, has, not []string) {
	t.Helper()
	for _, s := range has {
		if !strings.Contains(body, s) {
			t.Errorf("%s: no %q in\n%s", name, s, main(body))
		}
	}
	for _, s := range not {
		if strings.Contains(body, s) {
			t.Errorf("%s: has %q in\n%s", name, s, main(body))
		}
	}
}

func TestPeopleSearch(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	k1 := x.entryOf(registry.Residents, "K1")
	wants(t, "the form", c.page("/people"), []string{`name="who"`, "What is found stands here"}, []string{"Wati", "WATI"})

	code, _, body := c.post("/people", "who", "wati contoh 1990")
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	wants(t, "a hit", body, []string{`href="/people/` + k1 + `"`, "WATI CONTOH", "X1234567", "17 May 1990", "female", "number K1", "%)", "<summary>Why</summary>",
		"the same names", `value="wati contoh 1990"`, "A likeness proves nothing", "records were searched"}, []string{"name_", "people."})
	if _, _, body := c.post("/people", "who", "K1"); strings.Contains(body, "more likely than not") && !strings.Contains(body, "Its number in the register") {
		t.Error("by an id:", main(body))
	}

	_, _, body = c.post("/people", "who", "Q9999999")
	wants(t, "nobody", body, []string{"Nobody like that was found", "does not prove that the person is not here"}, []string{"WATI"})

	searches := x.events("search")
	last := searches[len(searches)-1]
	if len(searches) < 3 || last.Actor != "registry" || last.Office != "headquarters" || last.Purpose != "enquiry" || len(last.Subjects) != 0 {
		t.Errorf("%d searches, the last %+v", len(searches), last)
	}
	if first := searches[0]; !slices.Contains(first.Subjects, k1) || strings.Contains(strings.ToLower(string(first.Data)), "wati") {
		t.Errorf("the first search: %+v %s", first, first.Data)
	}

	for _, bad := range []string{"", "   ", "17/5/1994", "wati 17/5/1994 18/5/1994", "wati 31/2/1994", strings.Repeat("a", 600)} {
		code, _, body := c.post("/people", "who", bad)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, "cannot be searched for") || bad != "" && !strings.Contains(body, `value="`+strings.TrimSpace(bad)) {
			t.Errorf("%.30q: %d %s", bad, code, main(body))
		}
	}
	if n := len(x.events("search")); n != len(searches) {
		t.Errorf("%d searches after those that cannot be", n)
	}

	// Markup in a name is text.
	_, _, body = c.post("/people", "who", "eko karangan X5556667")
	wants(t, "markup", body, []string{"&lt;b&gt;EKO&lt;/b&gt;"}, []string{"<b>EKO"})
	body = c.page("/people/" + x.entryOf(registry.Residents, "K5"))
	wants(t, "markup", body, []string{"&lt;b&gt;EKO&lt;/b&gt;"}, []string{"<b>EKO"})
	if _, _, body = c.post("/people", "who", `"><script>alert(1)</script> wati`); strings.Contains(body, "<script>alert") {
		t.Error("what was typed is markup")
	}
}

func TestPersonPage(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	k1, p1 := x.entryOf(registry.Residents, "K1"), x.entryOf(registry.Permits, "P1")
	before := len(x.events("status.show"))
	body := c.page("/people/" + k1)
	wants(t, "K1", body, []string{"<h1>WATI CONTOH</h1>", "Contoh Wati", "WP1", "What each source says", "Residents", "Work permits", "Resident K1", ">computed<",
		"only an officer determines", "Linked.", "Before any comparison", "Nothing has been asked"},
		[]string{"ASK_SUPERVISOR", "Protection", "Restrict this person", "Ask the partner about", "Who has looked", "people.", "not heard of", "differs</span>"})
	shows := x.events("status.show")
	if len(shows) != before+1 {
		t.Fatalf("%d events of one view", len(shows)-before)
	}
	if e := shows[before]; e.Actor != "registry" || e.Office != "headquarters" || e.Purpose != "enquiry" || !slices.Contains(e.Subjects, k1) || !slices.Contains(e.Subjects, p1) {
		t.Errorf("the event %+v", e)
	}
	// By the permit it is the same person.
	wants(t, "P1", c.page("/people/"+p1), []string{"<h1>Contoh Wati</h1>", "Resident K1", "WP1"}, nil)
	// Those who may, ask and see protection.
	wants(t, "chief", x.as("chief").page("/people/"+k1), []string{"Protection", "/enquiries/new?subject=" + k1, "The person is not restricted"}, nil)
	wants(t, "liaison", x.as("liaison").page("/people/"+k1), []string{"/enquiries/new?subject=" + k1}, []string{"Restrict this person"})
	// In all languages nothing is missing.
	for _, lang := range []string{"id", "km", "en"} {
		x.as("chief").post("/lang", "lang", lang)
		wants(t, lang, x.as("chief").page("/people/"+k1), nil, []string{"people."})
	}
	for _, bad := range []string{"K1", "1", store.NewID(), strings.ToUpper(k1), k1 + "x", "%3Cb%3E"} {
		if code, _, body := c.get("/people/" + bad); code != http.StatusNotFound {
			t.Errorf("%s: %d %s", bad, code, main(body))
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") || strings.Contains(log, "WATI") {
		t.Error(log)
	}
}

// Where records of one person differ, that is marked; a name in another order is the same name.
func TestRecordsSideBySide(t *testing.T) {
	x := newSite(t)
	x.load(x.kh, registry.Placements, `id,full_name,sex,birth_date,nationality,passport_no,destination,registered_on
L1,Budi Contoh,M,1985-01-31,IDN,X7654321,KHM,2021-11-02
`)
	body := x.as("registry").page("/people/" + x.entryOf(registry.Residents, "K2"))
	wants(t, "K2", body, []string{"Placements", "<mark>31 January 1985</mark>", "30 January 1985"}, []string{"<mark>Budi Contoh</mark>", "<mark>X7654321</mark>", "<mark>30 January"})
	if n := strings.Count(body, `class="differs"`); n != 1 {
		t.Errorf("%d rows differ", n)
	}
}

// A child is shown as a protected person to nobody but those who may see it, and nothing tells which class it is.
func TestProtectedPerson(t *testing.T) {
	x := newSite(t)
	k4 := x.entryOf(registry.Residents, "K4")
	for _, who := range []string{"registry", "liaison", "supervisor"} {
		wants(t, who, x.as(who).page("/people/"+k4), []string{"RUDI TIRUAN", "Ask a supervisor"},
			[]string{"Child first", "CHILD_FIRST", "under 18", "Protection</", "Axis by axis", "What has to be done", "Visa", "Conversations with the partner", "is not restricted"})
	}
	wants(t, "chief", x.as("chief").page("/people/"+k4), []string{"Child first", "Protection", "What has to be done", "Axis by axis"}, []string{"Ask a supervisor"})
}

func TestRestrictPerson(t *testing.T) {
	x := newSite(t)
	x.account("second", true, account.Supervisor)
	k1, p1 := x.entryOf(registry.Residents, "K1"), x.entryOf(registry.Permits, "P1")
	chief, second, plain := x.as("chief"), x.as("second"), x.as("supervisor")
	held := func() (n, agreed int) {
		must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
			n, agreed = 0, 0
			all, err := registry.Restrictions(tx)
			for _, list := range all {
				for _, r := range list {
					if n++; r.Second != "" {
						agreed++
					}
				}
			}
			return err
		}))
		return n, agreed
	}

	// What is wrong is said, and nothing typed is lost.
	for _, bad := range [][2]string{{"", "statement <of> 12 March"}, {"none_known", "statement <of> 12 March"}, {"<b>", "statement <of> 12 March"}, {"possible_victim", "two\nlines"}, {"possible_victim", strings.Repeat("x", 501)}} {
		code, _, body := chief.post("/people/"+k1+"/restrict", "protection", bad[0], "reason", bad[1])
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("%.40q: %d %s", bad, code, main(body))
		}
		if bad[0] == "" && !strings.Contains(body, `value="statement &lt;of&gt; 12 March"`) {
			t.Error("the reason is lost")
		}
		if bad[0] == "possible_victim" && !strings.Contains(body, `value="possible_victim" selected`) {
			t.Error("the value is lost")
		}
	}
	if n, _ := held(); n != 0 {
		t.Fatalf("%d restrictions", n)
	}

	if code, h, body := chief.post("/people/"+k1+"/restrict", "protection", "possible_victim", "reason", "statement <of> 12 March"); code != http.StatusSeeOther || h.Get("Location") != "/people/"+k1 {
		t.Fatalf("%d %s", code, body)
	}
	n, agreed := held()
	if n < 2 || agreed != 0 {
		t.Fatalf("%d restrictions, %d agreed", n, agreed)
	}
	body := chief.page("/people/" + k1)
	wants(t, "chief", body, []string{"restricted for a day", "Waits for a second officer", "possible victim", "statement &lt;of&gt; 12 March", "You have begun it"}, []string{">Agree<"})
	// Whoever may not see protection learns nothing of it: not that it waits, nor why.
	for _, who := range []string{"supervisor", "liaison", "registry"} {
		wants(t, who, x.as(who).page("/people/"+k1), []string{"Ask a supervisor"}, []string{"Waits for", "&lt;of&gt;", "chief", "Agree<", "End the restriction", "is not restricted"})
	}
	if code, _, body := plain.post("/people/" + k1 + "/lift"); code != http.StatusForbidden {
		t.Errorf("lifted by somebody who cannot see it: %d %s", code, main(body))
	}
	for _, who := range []string{"registry", "liaison", "auditor", "analyst", "administrator"} {
		for _, what := range []string{"/restrict", "/lift"} {
			if code, _, _ := x.as(who).post("/people/"+k1+what, "protection", "possible_victim"); code != http.StatusForbidden {
				t.Errorf("%s as %s: %d", what, who, code)
			}
		}
	}
	// Who sees protection sees it, and does nothing about it without the right.
	x.account("guardian", true, account.Registry)
	wants(t, "guardian", x.as("guardian").page("/people/"+k1), []string{"Waits for a second officer", "possible victim", "Let no measure rest on it"}, []string{"Agree<", "/restrict\"", "/lift\""})
	// The first officer is not the second.
	chief.post("/people/"+k1+"/restrict", "protection", "possible_victim")
	if _, agreed := held(); agreed != 0 {
		t.Error("one officer agreed alone")
	}
	// The second comes by another record of the person, and agrees for all of them.
	wants(t, "second", second.page("/people/"+p1), []string{">Agree<", "chief (headquarters)"}, nil)
	second.post("/people/"+p1+"/restrict", "protection", "possible_victim")
	if n2, agreed := held(); n2 != n || agreed != n {
		t.Errorf("%d restrictions of %d, %d agreed", n2, n, agreed)
	}
	wants(t, "second", second.page("/people/"+k1), []string{"The person is restricted.", "second has agreed"}, []string{"Waits for a second"})

	// Whoever may not see it gets the same answer where somebody is restricted and where not.
	answer := func(entry string) string {
		code, _, _ := plain.post("/people/"+entry+"/restrict", "protection", "possible_victim")
		body := plain.page("/people/" + entry)
		told := regexp.MustCompile(`<p class="told"[^>]*>[^<]*</p>`).FindString(body)
		if strings.Contains(body, "supervisor (headquarters)") {
			t.Error("the restriction is shown")
		}
		return fmt.Sprint(code, told)
	}
	if a, b := answer(k1), answer(x.entryOf(registry.Residents, "K3")); a != b || !strings.Contains(a, "is noted and holds at once") {
		t.Errorf("restricted: %s; not: %s", a, b)
	}

	// Ending takes two as well.
	chief.post("/people/" + k1 + "/lift")
	if n2, _ := held(); n2 <= n {
		t.Errorf("%d restrictions after the word of one", n2)
	}
	wants(t, "chief", chief.page("/people/"+k1), []string{"Another officer has to agree before it ends", "You want it ended"}, []string{"Agree to end it"})
	wants(t, "second", second.page("/people/"+k1), []string{"chief wants it ended", "Agree to end it"}, nil)
	second.post("/people/" + p1 + "/lift")
	wants(t, "second", second.page("/people/"+k1), []string{"no longer restricted", "The person is not restricted"}, nil)
	second.post("/people/" + k1 + "/lift")
	wants(t, "second", second.page("/people/"+k1), []string{"was not restricted. Nothing has changed"}, nil)

	for kind, most := range map[string]int{"restriction": 1, "restriction-confirmed": 1, "restriction-lifting": 1, "restriction-lifted": 1} {
		events := x.events(kind)
		if len(events) < most || strings.Contains(string(events[0].Data), "statement") || strings.Contains(string(events[0].Data), "possible_victim") {
			t.Errorf("%s: %d events", kind, len(events))
		}
	}
	for _, path := range []string{"/people/" + store.NewID() + "/restrict", "/people/K1/restrict", "/people/" + store.NewID() + "/lift", "/people/K1/lift"} {
		if code, _, _ := chief.post(path, "protection", "child"); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") {
		t.Error(log)
	}
}

// Conversations about a person stand with the person; those that tell of protection are for those who may see it.
func TestConversationsOfPerson(t *testing.T) {
	x := newSite(t)
	k3 := x.entryOf(registry.Residents, "K3")
	ask := func(purpose string) enquiry.Asked {
		q := enquiry.Question{Peer: "ID", Purpose: purpose, Subject: k3, Person: map[string]string{"full_name": "Siti Misalnya", "birth_date": "1992-07-07", "passport_no": "X1112223"}}
		a, err := x.kh.s.Enquiries.Ask(ctx, q, enquiry.Officer{Name: "asker", Office: "headquarters"})
		if err != nil {
			t.Fatalf("%s: %v", purpose, err)
		}
		return a
	}
	plain := ask("departure-record")
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { // as if two others had been of other types
		for i, set := range []string{`type = 'referral', purpose = 'referral'`, `type = 'welfare-check', purpose = 'welfare-check'`, `ours = 0, found = 2`, `ours = 0, found = 1`} {
			if _, err := tx.Exec(`INSERT INTO enquiry SELECT $1, peer, ours, type, agreement, article, purpose, handling, clock, wants, begun, due, until, state, ending, officer,
				ended, told, found, leave, finish, subject, person, words, reference, salt, seal FROM enquiry WHERE cid = $2`, fmt.Sprintf("019f0000-0000-7000-8000-00000000000%d", i), plain.Conversation); err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE enquiry SET `+set+` WHERE cid = $1`, fmt.Sprintf("019f0000-0000-7000-8000-00000000000%d", i)); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, who := range []string{"registry", "liaison", "supervisor"} {
		wants(t, who, x.as(who).page("/people/"+k3), []string{"/enquiries/" + plain.Conversation, "record of departure", "/enquiries/019f0000-0000-7000-8000-000000000003"},
			[]string{"referral", "welfare", "000000000000\"", "000000000001", "000000000002", "while restricted"})
	}
	wants(t, "chief", x.as("chief").page("/people/"+k3), []string{"/enquiries/" + plain.Conversation, ">referral<", ">welfare check<", "has asked 1 time"}, []string{"000000000002"})
}

func TestLookers(t *testing.T) {
	x := newSite(t)
	x.account("second", true, account.Supervisor)
	k1, p1 := x.entryOf(registry.Residents, "K1"), x.entryOf(registry.Permits, "P1")
	a := x.as("auditor")
	if code, h, body := a.post("/people/lookers", "register", "residents", "id", "K1"); code != http.StatusSeeOther || h.Get("Location") != "/people/"+k1+"/lookers" {
		t.Fatalf("%d to %s %s", code, h.Get("Location"), main(body))
	}
	body := a.page("/people/" + k1 + "/lookers")
	wants(t, "at first", body, []string{"looked up who has looked", "auditor"}, []string{"WATI", "Wati", "X1234567", "liaison", "people."})
	x.as("liaison").page("/people/" + p1)
	x.as("registry").post("/people", "who", "wati contoh")
	x.as("chief").post("/people/"+k1+"/restrict", "protection", "possible_victim", "reason", "statement of 12 March")
	x.as("second").post("/people/"+k1+"/restrict", "protection", "possible_victim")
	body = a.page("/people/" + k1 + "/lookers")
	wants(t, "later", body, []string{"opened the person", "found in a search", "liaison", "registry", "to ask the partner, or to answer", "headquarters"},
		[]string{"WATI", "restriction", "chief", ">second<", "statement", "possible", "people."})
	if search, opened := strings.Index(body, "found in a search"), strings.Index(body, "opened the person"); search > opened {
		t.Error("the newest does not stand first")
	}
	if n := len(x.events("lookers-shown")); n != 2 {
		t.Errorf("%d events of looking into looking", n)
	}
	// Who looked at another is not among them.
	wants(t, "K3", a.page("/people/"+x.entryOf(registry.Residents, "K3")+"/lookers"), nil, []string{"liaison", "opened the person"})
	for _, who := range []string{"registry", "liaison", "supervisor", "chief", "analyst", "administrator"} {
		for _, path := range []string{"/people/" + k1 + "/lookers", "/people/lookers"} {
			if code, _, _ := x.as(who).get(path); code != http.StatusForbidden {
				t.Errorf("%s as %s: %d", path, who, code)
			}
		}
	}
	for _, bad := range [][2]string{{"residents", "K99"}, {"residents", ""}, {"nothing", "K1"}, {"", ""}, {"permits", "<b>K1"}} {
		code, _, body := a.post("/people/lookers", "register", bad[0], "id", bad[1])
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, "has no record of this number") || strings.Contains(body, "<b>K1") {
			t.Errorf("%q: %d %s", bad, code, main(body))
		}
		if bad[0] == "residents" && !strings.Contains(body, `value="residents" selected`) {
			t.Error("the register is lost")
		}
	}
	for _, path := range []string{"/people/" + store.NewID() + "/lookers", "/people/K1/lookers", "/people/" + k1 + "/lookers?before=x", "/people/" + k1 + "/lookers?before=" + store.NewID()} {
		if code, _, _ := a.get(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _, _ := a.get("/people/" + k1); code != http.StatusForbidden {
		t.Error("an auditor opens people")
	}
	// Who sees protection beside, sees what was done too.
	x.account("both", true, account.Auditor, account.Supervisor)
	wants(t, "both", x.as("both").page("/people/"+k1+"/lookers"), []string{"chief", "second"}, []string{"statement", "possible"})
}

// The list of who has looked goes on where a page ends.
func TestLookersGoOn(t *testing.T) {
	x := newSite(t)
	k1 := x.entryOf(registry.Residents, "K1")
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		for i := range 230 {
			if _, err := journal.Append(tx, journal.Event{Kind: "search", Actor: fmt.Sprintf("officer-%03d", i), Subjects: []string{k1}, Data: []byte("{}")}); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, x.kh.n.Settle(ctx))
	seen := map[string]int{}
	officers := regexp.MustCompile(`officer-\d+`)
	body := x.as("auditor").page("/people/" + k1 + "/lookers")
	first := officers.FindAllString(body, -1)
	more := regexp.MustCompile(`href="(/people/[^"]*before=[^"]*)"`).FindStringSubmatch(body)
	if len(first) != 199 && len(first) != 200 || more == nil { // the look itself is one
		t.Fatalf("%d shown, more %q", len(first), more)
	}
	body = x.as("auditor").page(more[1])
	for _, o := range append(first, officers.FindAllString(body, -1)...) {
		seen[o]++
	}
	for o, n := range seen {
		if n != 1 {
			t.Errorf("%s stands %d times", o, n)
		}
	}
	if len(seen) != 230 {
		t.Errorf("%d of 230", len(seen))
	}
}

// An officer opens so many people in an hour, and not one more.
func TestTooManyPeople(t *testing.T) {
	x := newSite(t)
	k1 := x.entryOf(registry.Residents, "K1")
	c := x.as("liaison")
	for i := range 120 {
		if code, _, _ := c.get("/people/" + k1); code != http.StatusOK {
			t.Fatalf("the %d. time: %d", i+1, code)
		}
	}
	shows := len(x.events("status.show"))
	if code, _, body := c.get("/people/" + k1); code != http.StatusTooManyRequests || !strings.Contains(body, "Too many people") {
		t.Errorf("%d %s", code, main(body))
	}
	if n := len(x.events("status.show")); n != shows {
		t.Error("more was read")
	}
	x.as("registry").page("/people/" + k1)
}

// In the state of origin nobody stands in a register of residents: there the status is what both states know, and each axis says
// whose word it is. What a family said stays with its report, but for those who may see protection.
func TestPersonAtOrigin(t *testing.T) {
	x := newSite(t)
	s, err := web.New(x.id.s.Desk())
	must(t, err)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	origin := &site{t: t, kh: x.id, server: server, clients: map[string]*client{}}
	origin.account("liaison", false, account.Liaison)
	origin.account("chief", true, account.Supervisor)
	r1 := origin.entryOf(registry.Reports, "R1")
	wants(t, "before", origin.as("liaison").page("/people/"+r1), []string{"<h1>Wati Contoh</h1>", "What both states know", "Who says so", "Nothing has been asked"},
		[]string{"not heard of", "Protection</th>", "Cambodia"})
	wants(t, "before, chief", origin.as("chief").page("/people/"+r1), []string{"not heard of", "Protection</th>"}, nil)

	cid := x.ask(enquiry.Question{Person: wati(), Subject: r1, Release: []string{"stay", "stay_until"}})
	k1 := x.entryOf(registry.Residents, "K1")
	_, err = x.kh.s.Enquiries.Answer(ctx, cid, enquiry.Decision{Record: k1, Release: []string{"stay", "stay_until"}}, enquiry.Officer{Name: "liaison", Office: "headquarters"})
	must(t, err)
	x.pass(20 * time.Second)
	body := origin.as("liaison").page("/people/" + r1)
	wants(t, "after", body, []string{"Cambodia", `href="/enquiries/` + cid + `"`, "released"}, []string{"people."})
}
