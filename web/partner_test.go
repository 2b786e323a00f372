package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

// has fails unless a page has all of some texts.
func has(t testing.TB, body string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(body, s) {
			t.Errorf("the page lacks %q:\n%s", s, main(body))
		}
	}
}

func hasNot(t testing.TB, body string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(body, s) {
			t.Errorf("the page has %q", s)
		}
	}
}

func (x *site) inForce() agreement.Document {
	x.t.Helper()
	set, err := x.kh.n.Agreements(ctx, x.id.n.Name())
	must(x.t, err)
	d, ok := set.InForce(time.Now())
	if !ok {
		x.t.Fatal("no agreement is in force")
	}
	return d
}

func TestPartner(t *testing.T) {
	x := newSite(t)
	own, err := x.kh.n.Card(ctx)
	must(t, err)
	peer, err := x.id.n.Card(ctx)
	must(t, err)
	body := x.as("liaison").page("/partner")
	has(t, body, own.Fingerprint(), peer.Fingerprint(), x.id.n.Name(), "Indonesia", "takes two officers", "/partner/agreement?hash="+url.QueryEscape(x.inForce().Hash()))
	hasNot(t, body, "/partner/state", "/partner/add")
	has(t, x.as("administrator").page("/partner"), "/partner/state?peer=", "/partner/add")
	for _, role := range []string{"registry", "analyst"} {
		if code, _, _ := x.as(role).get("/partner"); code != http.StatusForbidden {
			t.Errorf("%s: %d", role, code)
		}
	}
	code, h, file := x.as("administrator").get("/partner/card")
	if s, err := card.Parse([]byte(file)); code != http.StatusOK || err != nil || s.Fingerprint() != own.Fingerprint() || h.Get("Content-Disposition") != `attachment; filename="KH.card"` {
		t.Errorf("the card: %d, %v", code, err)
	}
	for _, bad := range []string{"", "FR", "mitra/KH/" + store.NewID(), `<script>`} {
		if code, _, body := x.as("liaison").post("/partner/call", "peer", bad); code != http.StatusBadRequest || bad != "" && strings.Contains(main(body), bad) {
			t.Errorf("call %q: %d", bad, code)
		}
	}
}

// What is asked is counted by its clock; who is restricted makes no difference that anybody could see; letters are named by ids.
func TestPartnerKept(t *testing.T) {
	x := newSite(t)
	x.ask(enquiry.Question{Person: wati(), Clock: "urgent", Release: []string{"stay"}})
	cid, err := x.kh.s.Enquiries.Ask(ctx, enquiry.Question{Peer: "ID", Purpose: "stay", Person: wati(), Clock: "normal"}, enquiry.Officer{Name: "liaison", Office: "headquarters"})
	must(t, err)
	body := x.as("supervisor").page("/partner")
	has(t, body, cid.Conversation) // it waits to be sent
	row := regexp.MustCompile(`(?s)What they asked, for an officer here</caption>.*?<th scope="row">urgent</th><td class="n">0</td><td class="n">0</td><td class="n">1</td>`)
	ours := regexp.MustCompile(`(?s)What this node asked</caption>.*?<th scope="row">normal</th><td class="n">0</td><td class="n">0</td><td class="n">1</td>`)
	if !row.MatchString(body) || !ours.MatchString(body) {
		t.Errorf("counts: %s", main(body))
	}
	hasNot(t, body, "Wati", "WATI", "X1234567")
	x.carry()
	has(t, x.as("supervisor").page("/partner"), "of the last 2 letters")
}

func TestPartnerAgreement(t *testing.T) {
	x := newSite(t)
	x.ask(enquiry.Question{Person: wati(), Clock: "urgent", Release: []string{"stay"}})
	d := x.inForce()
	c := x.as("auditor")
	body := c.page("/partner/agreement")
	a := d.Agreement()
	has(t, body, "Draft: not an agreed text", a.Title["en"], "1 of 50", "0 of 50", "no passing on without leave", d.Hash())
	for _, art := range a.Articles {
		has(t, body, `id="`+art.ID+`"`)
		for _, p := range art.Purposes {
			if !strings.Contains(body, strings.Split(p.Text["en"], "'")[0]) {
				t.Errorf("the purpose %s is missing", p.Code)
			}
		}
	}
	hasNot(t, body, "enquiry_outcome", "nationality_outcome", "fraud_technique") // codes, where there are words
	for lang, text := range map[string]string{"id": a.Title["id"], "km": a.Title["km"]} {
		c.post("/lang", "lang", lang)
		has(t, c.page("/partner/agreement"), text)
	}
	c.post("/lang", "lang", "en")
	has(t, c.page("/partner/agreement?hash="+url.QueryEscape(d.Hash())), d.Hash())
	if code, _, _ := c.get("/partner/agreement?hash=garbage"); code != http.StatusNotFound {
		t.Errorf("an agreement that is not there: %d", code)
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") {
		t.Error(log)
	}
}

func TestPartnerNone(t *testing.T) {
	x := newSite(t)
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return courier.SetState(tx, x.id.n.Name(), courier.Suspended, "admin")
	}))
	body := x.as("liaison").page("/partner")
	has(t, body, "suspended")
	hasNot(t, body, `action="/partner/call"`)
	if code, _, _ := x.as("liaison").post("/partner/call", "peer", x.id.n.Name()); code != http.StatusBadRequest {
		t.Errorf("a suspended peer is called: %d", code)
	}
}
