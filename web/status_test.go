package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
	"mitra/web"
)

// protectedClasses are those that only some may tell apart.
var protectedClasses = []string{"PROTECT_NO_CONTACT", "CHILD_FIRST", "PROTECT", "IDENTITY_PENDING", "ENTRY_UNVERIFIED"}

// K1 and K2 have permits, K3's stay has run out, K4 is a child, K5 has no permit.
func TestStatusPage(t *testing.T) {
	x := newSite(t)
	for _, who := range []string{"registry", "liaison", "supervisor", "analyst", "auditor", "chief"} {
		body := x.as(who).page("/status")
		wants(t, who, body, []string{"Status of residents, 13 March 2024", "Nobody may be fined, detained, removed or refused", "13 March 2024", "clerk, headquarters", "status-kh", "version 1",
			"Regular in the host state", "Stay has run out", "No permit found", "expects to have missed permits", `<svg class="mc-wide"`, "The numbers as a table", "A permit does not prove that a person is safe"},
			[]string{"status.", "class.protected", " style=", "EKO", "WATI", "K1<"})
		sees := who == "chief"
		if has := strings.Contains(body, "Child first"); has != sees {
			t.Errorf("%s sees how many children there are: %v\n%s", who, has, main(body))
		}
		if has := strings.Contains(body, "Ask a supervisor"); has == sees {
			t.Errorf("%s reads to ask a supervisor: %v", who, has)
		}
		for _, c := range protectedClasses {
			if strings.Contains(body, c) && !sees {
				t.Errorf("%s reads %s", who, c)
			}
		}
		people := who != "analyst" && who != "auditor"
		if has := strings.Contains(body, "/status/class/"); has != people {
			t.Errorf("%s is led to people: %v", who, has)
		}
		if has := strings.Contains(body, `action="/status/run"`); has != (who == "registry") {
			t.Errorf("%s may compute: %v", who, has)
		}
	}
	for _, lang := range []string{"id", "km"} {
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return account.SetLang(tx, "analyst", lang, account.By{Actor: "analyst"}) }))
		for _, path := range []string{"/status", "/status/runs", "/status/rules"} {
			wants(t, lang+path, x.as("analyst").page(path), []string{`<html lang="` + lang + `">`, `class="unreviewed"`}, []string{"status.", "class.protected"})
		}
	}
}

// A class is folded for whoever may not see protection: its size cannot be had from any page by adding and subtracting.
func TestStatusHidesHowManyAreProtected(t *testing.T) {
	x := newSite(t)
	body := x.as("analyst").page("/status")
	row := regexp.MustCompile(`(?s)Ask a supervisor.*?</tr>`).FindString(body)
	if !strings.Contains(row, ">1<") {
		t.Errorf("the line of the protected: %s", row)
	}
	// Another kind of protected person: the line grows, and says no more.
	x.load(x.kh, registry.Residents, residents+"K6,PERTAMA TANPA,M,1985-01-30,IDN,X9990001,none,,2024-12-31,EB\n")
	x.run("2024-03-13")
	body = x.as("analyst").page("/status")
	row = regexp.MustCompile(`(?s)Ask a supervisor.*?</tr>`).FindString(body)
	if !strings.Contains(row, ">2<") || strings.Contains(body, "Entry not verified") {
		t.Errorf("the line of the protected: %s", row)
	}
	ids := x.runs()
	a, b := x.as("analyst").page("/status/runs?a="+ids[0]+"&b="+ids[1]), x.as("chief").page("/status/runs?a="+ids[0]+"&b="+ids[1])
	wants(t, "others", a, []string{"Ask a supervisor", "&#43;1"}, append([]string{"Child first", "Entry not verified"}, protectedClasses...))
	wants(t, "the right", b, []string{"Child first", "Entry not verified", "&#43;1"}, []string{"Ask a supervisor"})
}

// run computes the status as a clerk.
func (x *site) run(day string) {
	x.t.Helper()
	d, err := person.ParseDate(day, 0)
	must(x.t, err)
	_, err = status.Run{AsOf: d, Node: "KH", Actor: "clerk", Office: "headquarters", Now: time.Now}.Do(ctx, x.kh.n.DB)
	must(x.t, err)
}

// runs are the ids of all runs, the oldest first.
func (x *site) runs() (ids []string) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := status.Runs(tx, "", 100)
		ids = nil
		for _, r := range all {
			ids = append(ids, r.ID)
		}
		slices.Reverse(ids)
		return err
	}))
	return ids
}

func TestStatusBeforeTheFirstRun(t *testing.T) {
	x := newSite(t)
	h := node.Home(t.TempDir() + "/KH")
	must(t, node.Init(ctx, h, node.Setup{Country: "KH", Authority: "An authority (SYNTHETIC)", Synthetic: true, Actor: "admin"}))
	n, err := node.Open(ctx, h, "", nil)
	must(t, err)
	t.Cleanup(func() { n.Close() })
	x.kh = &side{n: n, log: &safeBuffer{}}
	x.kh.s, err = n.Service(ctx, slog.New(slog.NewTextHandler(x.kh.log, nil)))
	must(t, err)
	d := x.kh.s.Desk()
	clock := time.Now()
	d.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	pages, err := web.New(d)
	must(t, err)
	x.server = httptest.NewServer(pages.Handler())
	t.Cleanup(x.server.Close)
	x.account("registry", false, account.Registry)
	c := x.as("registry")
	wants(t, "nothing is there", c.page("/status"), []string{"No status has been computed yet", "No resident record has been loaded yet", `href="/registers/load"`, `action="/status/run"`}, []string{"status.", "<svg"})
	wants(t, "no runs", c.page("/status/runs"), []string{"No status has been computed yet"}, []string{"status."})
	if code, _, _ := c.get("/status/class/DEPARTED"); code != http.StatusNotFound {
		t.Errorf("a class before the first run: %d", code)
	}
	wants(t, "no lists", c.page("/registers"), []string{"No list has been loaded yet", `href="/registers/load"`}, []string{"register."})
	x.load(x.kh, registry.Residents, residents)
	wants(t, "no run", c.page("/status"), []string{"No status has been computed from them yet"}, []string{"No resident record"})
	if code, h, body := c.post("/status/run", "as_of", "2024-03-13"); code != http.StatusSeeOther || h.Get("Location") != "/status" {
		t.Fatalf("%d %s", code, body)
	}
	wants(t, "the first run", c.page("/status"), []string{"The status is computed.", "Status of residents, 13 March 2024", "registry, headquarters"}, nil)
}

func TestRunStatus(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	for _, bad := range []string{"", "2024-3-13", "13/03/2024", "2024-02-30", "2567-03-13", "2024-03", "<b>", "1990-01-01"} {
		code, _, body := c.post("/status/run", "as_of", bad)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) || bad != "" && !strings.Contains(body, strings.ReplaceAll(strings.ReplaceAll(bad, "<", "&lt;"), ">", "&gt;")) {
			t.Errorf("%q: %d %s", bad, code, main(body))
		}
	}
	if n := len(x.runs()); n != 1 {
		t.Errorf("%d runs after those that cannot be", n)
	}
	for _, who := range []string{"liaison", "supervisor", "chief", "analyst", "auditor", "administrator"} {
		if code, _, _ := x.as(who).post("/status/run", "as_of", "2024-03-13"); code != http.StatusForbidden {
			t.Errorf("%s computes: %d", who, code)
		}
	}
	if code, h, body := c.post("/status/run", "as_of", "2024-12-31"); code != http.StatusSeeOther || h.Get("Location") != "/status" {
		t.Fatalf("%d %s", code, body)
	}
	wants(t, "after it", c.page("/status"), []string{"The status is computed.", "31 December 2024", "registry, headquarters"}, nil)
	events := x.events("status.run")
	if last := events[len(events)-1]; len(events) != 2 || last.Actor != "registry" || last.Office != "headquarters" {
		t.Errorf("events: %+v", events)
	}
}

func TestStatusClass(t *testing.T) {
	x := newSite(t)
	k3, k4, k5 := x.entryOf(registry.Residents, "K3"), x.entryOf(registry.Residents, "K4"), x.entryOf(registry.Residents, "K5")
	last := func() journal.Event {
		all := x.events("status.class")
		if len(all) == 0 {
			t.Fatal("no event of a class")
		}
		return all[len(all)-1]
	}
	body := x.as("liaison").page("/status/class/STAY_IRREGULAR")
	wants(t, "overstayed", body, []string{"Stay has run out", "SITI MISALNYA", ">K3<", `href="/people/` + k3 + `"`, "13 March 2024", "1 record was in this class", "Nobody may be fined"}, []string{"status.", "WATI", k4})
	if e := last(); !slices.Equal(e.Subjects, []string{k3}) || e.Actor != "liaison" || e.Purpose != "enquiry" || !strings.Contains(string(e.Data), "STAY_IRREGULAR") {
		t.Errorf("the event: %+v %s", e, e.Data)
	}
	body = x.as("registry").page("/status/class/NO_PERMIT_FOUND")
	wants(t, "markup", body, []string{"&lt;b&gt;EKO", k5}, []string{"<b>EKO"})

	// The protected stand together for others, without a number; for the chief apart.
	body = x.as("liaison").page("/status/class/ASK_SUPERVISOR")
	wants(t, "to ask about", body, []string{"Ask a supervisor", "RUDI TIRUAN", k4}, append([]string{"record was in this class", "records were in this class", "Child"}, protectedClasses...))
	body = x.as("chief").page("/status/class/CHILD_FIRST")
	wants(t, "children", body, []string{"Child first", "RUDI TIRUAN", "1 record was in this class"}, []string{"Ask a supervisor"})
	if e := last(); !slices.Equal(e.Subjects, []string{k4}) || strings.Contains(string(e.Data), "CHILD") {
		t.Errorf("the event tells the class: %s", e.Data)
	}
	before := len(x.events("status.class"))
	for _, c := range append([]string{"NOPE", "stay_irregular", store.NewID()}, protectedClasses...) {
		if code, _, body := x.as("liaison").get("/status/class/" + c); code != http.StatusNotFound || strings.Contains(body, "RUDI") {
			t.Errorf("%s: %d", c, code)
		}
	}
	for _, after := range []string{"garbage", "1", strings.Repeat("0", 36), "%00"} {
		if code, _, _ := x.as("liaison").get("/status/class/STAY_IRREGULAR?after=" + after); code != http.StatusNotFound {
			t.Errorf("after %q: %d", after, code)
		}
	}
	if n := len(x.events("status.class")); n != before {
		t.Errorf("%d events of what was not shown", n-before)
	}
	for _, who := range []string{"analyst", "auditor", "administrator"} {
		if code, _, body := x.as(who).get("/status/class/STAY_IRREGULAR"); code != http.StatusForbidden || strings.Contains(body, "SITI") {
			t.Errorf("%s: %d", who, code)
		}
	}
	// Without a purpose nobody is listed.
	c := x.nobody()
	c.post("/signin", "id", "supervisor", "password", password)
	if code, h, _ := c.get("/status/class/STAY_IRREGULAR"); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/purpose") {
		t.Errorf("without a purpose: %d to %s", code, h.Get("Location"))
	}
	// Who is restricted today is to be asked about, without a run.
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		found, err := registry.Find(tx, registry.Residents, registry.KeyOfID("K3"))
		if err == nil {
			_, err = registry.Restrict(tx, found, rules.PossibleVictim, "said so", "chief", "headquarters")
		}
		return err
	}))
	wants(t, "restricted", x.as("liaison").page("/status/class/STAY_IRREGULAR"), []string{"Nobody is in this class"}, []string{"SITI"})
	wants(t, "restricted", x.as("liaison").page("/status/class/ASK_SUPERVISOR"), []string{"SITI", "RUDI"}, []string{">restricted<"})
	wants(t, "restricted", x.as("chief").page("/status/class/STAY_IRREGULAR"), []string{"SITI", ">restricted<"}, nil)
}

// A register is leafed through fifty at a time, and not without end.
func TestStatusClassPages(t *testing.T) {
	x := newSite(t)
	var more strings.Builder
	more.WriteString(residents)
	for i := range 120 {
		fmt.Fprintf(&more, "N%03d,ORANG KE %c%c,M,1985-01-%02d,IDN,Y%07d,2022-01-02,,2024-01-30,EB\n", i, 'A'+i/26, 'A'+i%26, 1+i%28, i)
	}
	x.load(x.kh, registry.Residents, more.String())
	x.run("2024-03-13")
	c := x.as("registry")
	seen := map[string]bool{}
	path, pages := "/status/class/STAY_IRREGULAR", 0
	for path != "" {
		body := c.page(path)
		pages++
		found := regexp.MustCompile(`href="/people/([0-9a-f-]{36})"`).FindAllStringSubmatch(body, -1)
		if len(found) > 50 {
			t.Errorf("%d on a page", len(found))
		}
		for _, m := range found {
			if seen[m[1]] {
				t.Errorf("%s stands twice", m[1])
			}
			seen[m[1]] = true
		}
		path = ""
		if m := regexp.MustCompile(`href="(/status/class/STAY_IRREGULAR\?after=[0-9a-f-]{36})"`).FindStringSubmatch(body); m != nil {
			path = m[1]
		}
	}
	if pages != 3 || len(seen) != 121 {
		t.Errorf("%d people on %d pages", len(seen), pages)
	}
	n := 0
	for _, e := range x.events("status.class") {
		n += len(e.Subjects)
	}
	if n != 121 {
		t.Errorf("the events have %d people", n)
	}
	for range 120 {
		if code, _, _ := c.get("/status/class/STAY_IRREGULAR"); code == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("a register can be leafed through without end")
}

func TestStatusRuns(t *testing.T) {
	x := newSite(t)
	wants(t, "one run", x.as("analyst").page("/status/runs"), []string{"13 March 2024", "clerk, headquarters", "can be compared"}, []string{"status.", `type="radio"`})
	x.run("2024-12-31")
	ids := x.runs()
	c := x.as("analyst")
	wants(t, "two runs", c.page("/status/runs"), []string{"31 December 2024", `name="a" value="` + ids[0] + `" checked`, `name="b" value="` + ids[1] + `" checked`}, []string{"status.", "side by side"})
	for _, q := range []string{"?a=" + ids[0] + "&b=" + ids[1], "?a=" + ids[1] + "&b=" + ids[0]} {
		body := c.page("/status/runs" + q)
		wants(t, "compared", body, []string{"Two runs side by side", "Earlier: as of 13 March 2024", "Later: as of 31 December 2024", "Difference", "Total", "Permits linked to a resident"}, []string{"status."})
		if row := regexp.MustCompile(`(?s)Stay has run out.*?</tr>`).FindString(body); !regexp.MustCompile(`(?s)>1<.*>\d<.*&#43;\d`).MatchString(row) {
			t.Errorf("stays that have run out: %s", row)
		}
	}
	for _, q := range []string{"?a=" + ids[0] + "&b=" + ids[0], "?a=" + ids[0], "?b=" + ids[1]} {
		if code, _, body := c.get("/status/runs" + q); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose two different runs") || !strings.Contains(body, "checked") {
			t.Errorf("%s: %d", q, code)
		}
	}
	for _, q := range []string{"?a=" + ids[0] + "&b=" + store.NewID(), "?a=x&b=y", "?before=x", "?before=%00"} {
		if code, _, _ := c.get("/status/runs" + q); code != http.StatusNotFound {
			t.Errorf("%s: %d", q, code)
		}
	}
	wants(t, "earlier ones", c.page("/status/runs?before="+ids[1]), []string{"13 March 2024"}, []string{"31 December 2024"})
	if code, _, _ := x.as("administrator").get("/status/runs"); code != http.StatusForbidden {
		t.Errorf("an administrator: %d", code)
	}
}

func TestStatusRules(t *testing.T) {
	x := newSite(t)
	pack, err := rules.Load("status-kh-1")
	must(t, err)
	body := x.as("auditor").page("/status/rules")
	at := 0
	for _, r := range pack.Rows {
		i := strings.Index(body, ">"+r.Title.EN+"<")
		if i < at {
			t.Errorf("%s: at %d, after %d", r.ID, i, at)
		}
		at = i
	}
	wants(t, "the rules", body, []string{pack.Hash, "no other row applies", "needs the partner", "Whatever needs the partner is left undone", "Stay:</span> valid; relief granted <b>and</b>",
		"Screen for signs of trafficking and smuggling.", "dependant, dependent", "draft, approved by no authority"}, []string{"status.", "suspect"})
	if got := x.as("auditor").page("/status/rules/status-kh-1"); main(got) != main(body) {
		t.Error("by its name it is another")
	}
	for _, p := range []string{"status-kh-99", "x", "..%2fagreement", store.NewID()} {
		if code, _, _ := x.as("auditor").get("/status/rules/" + p); code != http.StatusNotFound {
			t.Errorf("%s: %d", p, code)
		}
	}
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return account.SetLang(tx, "auditor", "km", account.By{Actor: "auditor"}) }))
	wants(t, "in Khmer", x.as("auditor").page("/status/rules"), []string{pack.Rows[0].Title.KM, pack.Duties[0].Text.KM, pack.Languages[rules.Khmer].Mark}, []string{pack.Rows[0].Title.EN})
}
