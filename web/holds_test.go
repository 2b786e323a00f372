package web_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/rules"
	"mitra/store"
)

// A restriction that waits for a second officer is seen before it ends by itself, and one of somebody whom no list has any more can be ended.
func TestPeopleUnderRestriction(t *testing.T) {
	x := newSite(t)
	x.account("other", true, account.Supervisor)
	chief, other := x.as("chief"), x.as("other")
	seen := func() int { return len(x.events("status.class")) }
	wants(t, "nobody", chief.page("/people/restricted"), []string{"Nobody is restricted."}, []string{"holds.state"})
	if seen() != 0 {
		t.Error("an event of seeing nobody")
	}
	waits := "waits for you as the second officer"
	restrict := func(id string, value rules.Protection, reason, by string) {
		t.Helper()
		_, err := x.kh.n.Restrict(ctx, x.kh.s.People, x.entry(id), value, reason, account.By{Actor: by, Office: "headquarters"})
		must(t, err)
	}
	notices := func() (out []string) {
		must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
			out, err = tx.Texts(`SELECT kind || ' ' || class || ' ' || address FROM notice ORDER BY id`)
			return err
		}))
		return out
	}
	told := "clock-over urgent mailto:sok@k.example"
	rota := "[[officer]]\nid = 'sok'\naddresses = ['mailto:sok@k.example']\nprotection = true\n[[officer]]\nid = 'dara'\naddresses = ['mailto:dara@k.example']\n" +
		"[[office]]\nid = 'hq'\nname = 'Headquarters'\nzone = 'Asia/Phnom_Penh'\nhours = {monday = '07:30-11:30'}\nduty = [{officers = ['dara']}]\nnight = [{officers = ['dara']}]\nsupervisors = ['sok', 'dara']\n"
	must(t, os.WriteFile(x.kh.n.Home.Rota(), []byte(rota), 0o600))
	for range 2 { // said twice, told once
		restrict("K1", rules.Claim, "statement <b> of March", "chief")
	}
	if got := notices(); !slices.Equal(got, []string{told}) {
		t.Errorf("told: %q", got)
	}
	wants(t, "one's own", chief.page("/people/restricted"), []string{"1 restriction holds", "waits for another than you", "Ends by itself", x.entry("K1"), "statement &lt;b&gt; of March"}, []string{"holds.state", "WATI", "Wati"})
	wants(t, "another's", other.page("/people/restricted"), []string{"waits for a second officer", `href="/people/` + x.entry("K1")}, []string{"holds.state", "than you"})
	wants(t, "home of who said so", chief.page("/"), nil, []string{waits})
	wants(t, "home of another", other.page("/"), []string{waits, `href="/people/restricted"`}, []string{"holds.state"})
	wants(t, "home of who may not see protection", x.as("supervisor").page("/"), nil, []string{waits})
	wants(t, "the search", other.page("/people"), []string{`href="/people/restricted"`}, nil)
	wants(t, "the search of who may not", x.as("supervisor").page("/people"), nil, []string{"/people/restricted"})
	if code, _, _ := x.as("supervisor").get("/people/restricted"); code != http.StatusForbidden {
		t.Errorf("who may not see protection: %d", code)
	}
	all := x.events("status.class")
	if last := all[len(all)-1]; last.Actor != "other" || last.Purpose == "" || last.Subjects[0] != x.entry("K1") {
		t.Errorf("the event: %+v", last)
	}
	c := x.nobody()
	c.post("/signin", "id", "chief", "password", password)
	if code, h, _ := c.get("/people/restricted"); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/purpose") {
		t.Errorf("without a purpose: %d", code)
	}
	restrict("K1", rules.Claim, "", "other")
	if got := notices(); !slices.Equal(got, []string{told}) {
		t.Errorf("told of what is agreed: %q", got)
	}
	wants(t, "agreed", chief.page("/people/restricted"), []string{"chief, other", ">holds<"}, []string{"Ends by itself"})
	wants(t, "home, agreed", other.page("/"), nil, []string{waits})

	// Another, and nobody agrees for a day. That the rota has a mistake keeps nobody from being restricted.
	must(t, os.WriteFile(x.kh.n.Home.Rota(), []byte("colour = 1\n"), 0o600))
	restrict("K2", rules.PossibleVictim, "", "chief")
	if got := notices(); !slices.Equal(got, []string{told, "clock-over urgent log:"}) {
		t.Errorf("told where the rota cannot be read: %q", got)
	}
	if body := chief.page("/people/restricted"); strings.Index(body, x.entry("K2")) > strings.Index(body, x.entry("K1")) {
		t.Error("what waits does not stand first")
	}
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE restriction SET at = $1 WHERE confirmed = ''`, time.Now().Add(-25*time.Hour))
		return err
	}))
	wants(t, "lapsed", chief.page("/people/restricted"), []string{"1 restriction holds"}, []string{x.entry("K2")})
	wants(t, "home, lapsed", other.page("/"), nil, []string{waits})

	// A list is withdrawn, and with it whom nobody else has.
	x.load(x.kh, registry.Permits, "id,full_name,passport_no\nP77,Contoh Sendiri,X0077007\n")
	gone := x.entryOf(registry.Permits, "P77")
	for _, by := range []string{"chief", "other"} {
		_, err := x.kh.n.Restrict(ctx, x.kh.s.People, gone, rules.Claim, "", account.By{Actor: by, Office: "headquarters"})
		must(t, err)
	}
	lists := x.lists()
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return registry.AskToWithdraw(tx, lists[len(lists)-1], "a test", "a", "headquarters")
	}))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return registry.Withdraw(tx, lists[len(lists)-1], "b", "headquarters") }))
	body := chief.page("/people/restricted")
	wants(t, "gone", body, []string{"No list has this person any more", `action="/people/` + gone + `/lift"`}, []string{`href="/people/` + gone})
	if strings.Index(body, gone) > strings.Index(body, x.entry("K1")) {
		t.Error("whom nobody finds does not stand before the others")
	}
	p := x.token("chief", account.SeePeople, account.SeeProtection)
	var page struct {
		Items []struct {
			ID, Protection, Officer, Second string
			Entries, Gone                   []string
		}
		Next string
	}
	if p.get("/v1/restrictions?limit=1", &page); len(page.Items) != 1 || page.Items[0].Gone[0] != gone || len(page.Items[0].Entries) != 0 || page.Next == "" {
		t.Errorf("%+v", page)
	}
	if p.get("/v1/restrictions?limit=1&cursor="+page.Next, &page); len(page.Items) != 1 || page.Items[0].Entries[0] != x.entry("K1") || page.Items[0].Second != "other" {
		t.Errorf("%+v", page)
	}
	if code, h, _ := chief.post("/people/"+gone+"/lift", "list", "yes"); code != http.StatusSeeOther || h.Get("Location") != "/people/restricted" {
		t.Errorf("lifted: %d", code)
	}
	wants(t, "to be ended", chief.page("/people/restricted"), []string{"You want it ended."}, nil)
	wants(t, "home of the other", other.page("/"), []string{waits}, nil)
	if code, _, _ := other.post("/people/"+gone+"/lift", "list", "yes"); code != http.StatusSeeOther {
		t.Errorf("lifted: %d", code)
	}
	wants(t, "ended", other.page("/people/restricted"), []string{"1 restriction holds", "no longer restricted"}, []string{gone})
	for _, path := range []string{"/people/" + gone + "/lift", "/people/" + store.NewID() + "/lift"} {
		if code, _, _ := chief.post(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _, _ := chief.get("/people/restricted?after=" + store.NewID()); code != http.StatusNotFound {
		t.Errorf("after one that is none: %d", code)
	}
	x.silent("Contoh Sendiri", "statement")
}
