package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
)

var older = regexp.MustCompile(`name="before" value="([0-9a-f-]+)"`)

func TestJournal(t *testing.T) {
	x := newSite(t)
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		for i := range 250 {
			actor := []string{"liaison", "registry"}[i%2]
			if _, err := journal.Append(tx, journal.Event{Kind: "search", Actor: actor, Office: "<i>airport</i>", Purpose: "enquiry", Subjects: []string{"secret-" + store.NewID(), store.NewID()}, Data: []byte(fmt.Sprintf(`{"shown":%d,"rows":{"key-of-somebody":"x"}}`, i+7000))}); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, x.kh.n.Settle(ctx))
	c := x.as("auditor")
	body := c.page("/journal")
	if n := strings.Count(body, "<tr data-row"); n != 100 {
		t.Errorf("%d events on a page, want 100", n)
	}
	has(t, body, "search for a person", "7249", "&lt;i&gt;airport", ">2</td>", "to ask the partner, or to answer")
	hasNot(t, body, "secret-", "key-of-somebody", "<i>airport")
	// Page by page, each event once; whatever is read meanwhile adds events at the other end only.
	seen := map[string]int{}
	shown := regexp.MustCompile(`&#34;shown&#34;: (7\d\d\d)`)
	for range 10 {
		for _, m := range shown.FindAllStringSubmatch(body, -1) {
			seen[m[1]]++
		}
		m := older.FindStringSubmatch(body)
		if m == nil {
			break
		}
		_, _, body = c.post("/journal", "before", m[1])
	}
	if len(seen) != 250 {
		t.Errorf("%d events of 250 are read", len(seen))
	}
	for n, times := range seen {
		if times != 1 {
			t.Errorf("event %s is read %d times", n, times)
		}
	}
	has(t, body, "The book begins here")
	_, _, body = c.post("/journal", "kind", "search", "officer", "registry")
	if n := strings.Count(body, "<tr data-row"); n != 100 || strings.Contains(body, ": 7248") || !strings.Contains(body, ": 7249") {
		t.Errorf("by officer: %d events", n)
	}
	m := older.FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no older ones")
	}
	_, _, body = c.post("/journal", "kind", "search", "officer", "registry", "before", m[1])
	if n := strings.Count(body, "<tr data-row"); n != 25 {
		t.Errorf("the rest by officer: %d events, want 25", n)
	}
	_, _, body = c.post("/journal", "kind", "backup")
	has(t, body, "No such event")

	for _, bad := range [][]string{{"kind", "<script>"}, {"before", "x"}, {"before", "1 OR 1=1"}} {
		if code, _, _ := c.post("/journal", bad...); code != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, code)
		}
	}
	if code, _, _ := c.post("/journal", "before", store.NewID()); code != http.StatusNotFound {
		t.Errorf("from an event that is not there: %d", code)
	}
	if code, _, body := c.post("/journal", "officer", "Wati <b>Contoh"); code != http.StatusUnprocessableEntity || strings.Contains(body, "<b>Contoh") || !strings.Contains(body, "Wati &lt;b") {
		t.Errorf("a name that was typed: %d", code)
	}

	views := x.events("journal-shown")
	if len(views) < 6 {
		t.Fatalf("%d events of reading, want one a view", len(views))
	}
	for _, e := range views {
		if e.Actor != "auditor" || e.Purpose != "audit" || strings.Contains(string(e.Data), "Wati") {
			t.Errorf("%+v", e)
		}
	}
	before := len(views)
	c.post("/journal", "officer", "somebody-else")
	c.post("/journal", "officer", "registry")
	views = x.events("journal-shown")[before:]
	if len(views) != 2 || len(views[0].Subjects) != 0 || len(views[1].Subjects) != 1 || views[1].Subjects[0] != "account:registry" || strings.Contains(string(views[0].Data), "somebody") {
		t.Errorf("%+v", views)
	}
	for _, role := range []string{"registry", "liaison", "chief", "analyst", "administrator"} {
		if code, _, _ := x.as(role).get("/journal"); code != http.StatusForbidden {
			t.Errorf("%s: %d", role, code)
		}
	}
}

// That a question is of somebody whom the node says it does not know would tell of a restriction.
func TestJournalHidesRestrictions(t *testing.T) {
	x := newSite(t)
	for _, subjects := range [][]string{{store.NewID()}, nil} {
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := journal.Append(tx, journal.Event{Kind: "enquiry-came", Actor: "node", Subjects: subjects, Data: []byte(`{"found":false}`)})
			return err
		}))
	}
	_, _, body := x.as("auditor").post("/journal", "kind", "enquiry-came")
	if n := strings.Count(body, `data-label="People or things"><span class="soft small">ask a supervisor`); n != 2 {
		t.Errorf("%d of 2 are hidden: %s", n, main(body))
	}
}

func TestJournalVerify(t *testing.T) {
	x := newSite(t)
	c := x.as("auditor")
	must(t, x.kh.n.Settle(ctx))
	code, _, body := c.post("/journal/verify")
	if code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	has(t, body, "Nothing was changed.", "only a copy of a later checkpoint in other hands", "What this cannot know")
	if e := x.events("journal-verified"); len(e) != 1 || e[0].Actor != "auditor" || string(e[0].Data) != `{"findings":0}` {
		t.Errorf("%+v", e)
	}
	must(t, x.kh.n.Settle(ctx))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE journal_leaf SET event = $1 WHERE book = 'house' AND idx = 1`, []byte(`{"kind":"nothing"}`))
		if n != 1 {
			t.Error("no event was changed")
		}
		return err
	}))
	_, _, body = c.post("/journal/verify")
	has(t, body, "not as they were written", "house")
	hasNot(t, body, "Nothing was changed.")
	if code, _, _ := x.as("administrator").post("/journal/verify"); code != http.StatusForbidden {
		t.Errorf("an administrator: %d", code)
	}
}

func TestJournalBooks(t *testing.T) {
	x := newSite(t)
	x.ask(enquiry.Question{Person: wati(), Clock: "urgent", Release: []string{"stay"}})
	must(t, x.kh.n.Settle(ctx))
	body := x.as("auditor").page("/journal/books")
	has(t, body, "The house book", "Exchange with Indonesia", "mitra/KH/", "checkpoint")
	var heads []journal.BookHead
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		heads, err = journal.LastHeads(tx)
		return err
	}))
	if len(heads) != 2 {
		t.Fatalf("%+v", heads)
	}
	for _, h := range heads {
		if !strings.Contains(body, strings.ReplaceAll(h.Root(), "+", "&#43;")) && h.Book != journal.House { // signing in goes on
			t.Errorf("%s: the root %s is missing", h.Book, h.Root())
		}
	}
}

func TestEvidence(t *testing.T) {
	x := newSite(t)
	cid := x.ask(enquiry.Question{Person: wati(), Clock: "urgent", Release: []string{"stay"}})
	must(t, x.kh.n.Settle(ctx))
	c := x.as("auditor")
	has(t, c.page("/journal/evidence?cid="+cid), `value="`+cid+`"`, "personal data")
	hasNot(t, c.page("/journal/evidence?cid=Wati"), "Wati")
	if code, _, body := c.post("/journal/evidence", "cid", cid, "reason", "a court asks"); code != http.StatusConflict || !strings.Contains(body, "No other officer could confirm") || !strings.Contains(body, `value="a court asks"`) {
		t.Errorf("the only auditor: %d", code)
	}
	x.account("other", false, account.Auditor)
	if code, _, body := c.post("/journal/evidence", "cid", cid); code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="`+cid+`"`) {
		t.Errorf("without a reason: %d", code)
	}
	id := x.proposed(c.post("/journal/evidence", "cid", cid, "reason", "a court asks"))
	if code, _, body := c.post("/journal/evidence/" + id); code != http.StatusConflict || strings.Contains(body, "X1234567") {
		t.Errorf("before another has agreed: %d", code)
	}
	if code, _, _ := x.confirm("auditor", id); code != http.StatusConflict {
		t.Errorf("who has asked agrees: %d", code)
	}
	if code, h, _ := x.confirm("other", id); code != http.StatusSeeOther || h.Get("Location") != "/second/"+id {
		t.Errorf("%d to %s", code, h.Get("Location"))
	}
	if code, _, _ := x.as("other").post("/journal/evidence/" + id); code != http.StatusNotFound {
		t.Errorf("who has agreed takes the file: %d", code)
	}
	has(t, c.page("/second/"+id), "Fetch the file")
	code, h, file := c.post("/journal/evidence/" + id)
	if code != http.StatusOK || h.Get("Content-Disposition") != `attachment; filename="evidence-`+cid+`.json"` || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", code, h, file)
	}
	f, err := evidence.Read(strings.NewReader(file))
	must(t, err)
	if rep := evidence.Verify(f, false); !rep.OK || rep.Conversation != cid || len(rep.Letters) == 0 {
		t.Errorf("%+v", rep)
	}
	if e := x.events("evidence"); len(e) != 1 || e[0].Actor != "auditor" || e[0].Office != "headquarters" || e[0].Subjects[0] != cid || e[0].Purpose != "audit" || !strings.Contains(string(e[0].Data), `"second":"other"`) {
		t.Errorf("%+v", e)
	}
	if code, _, body := c.post("/journal/evidence/" + id); code != http.StatusConflict || strings.Contains(body, "X1234567") || len(x.events("evidence")) != 1 {
		t.Errorf("a second time: %d", code)
	}
	hasNot(t, c.page("/second/"+id), "Fetch the file")
	for _, bad := range []string{"", "x", "'; --", store.NewID()} {
		code, _, body := c.post("/journal/evidence", "cid", bad, "reason", "because")
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, _ := c.post("/journal/evidence", "cid", cid, "peer", "mitra/FR/"+store.NewID()); code != http.StatusBadRequest {
		t.Errorf("a peer that is none: %d", code)
	}
	for _, role := range []string{"liaison", "chief", "administrator"} {
		if code, _, _ := x.as(role).post("/journal/evidence", "cid", cid); code != http.StatusForbidden {
			t.Errorf("%s: %d", role, code)
		}
	}
	if len(x.events("evidence")) != 1 {
		t.Error("evidence that was refused stands in the journal as made")
	}
	// Whoever has not said what for says so first.
	fresh := x.nobody()
	fresh.post("/signin", "id", "auditor", "password", password)
	if code, h, _ := fresh.post("/journal/evidence", "cid", cid); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/purpose") {
		t.Errorf("without a purpose: %d to %s", code, h.Get("Location"))
	}
	// Nobody takes the archive away in an evening.
	last := 0
	for range 130 {
		if last, _, _ = c.post("/journal/evidence", "cid", store.NewID(), "reason", "because"); last == http.StatusTooManyRequests {
			break
		}
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("any number of conversations are exported: %d", last)
	}
}
