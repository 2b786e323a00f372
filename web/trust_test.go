package web_test

import (
	"bytes"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/node"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/web"
)

// hand sends a form with a file, or without one.
func (c *client) hand(path, field, file string, pairs ...string) (int, http.Header, string) {
	c.x.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		must(c.x.t, m.WriteField(pairs[i], pairs[i+1]))
	}
	if field != "" {
		w, err := m.CreateFormFile(field, "a.file")
		must(c.x.t, err)
		_, err = io.WriteString(w, file)
		must(c.x.t, err)
	}
	must(c.x.t, m.Close())
	r, err := http.NewRequest("POST", c.x.server.URL+path, &b)
	must(c.x.t, err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return c.do(r)
}

// newAuthority is a node that knows nobody, with its desk and two officers who may change that.
func newAuthority(t testing.TB, country string) *site {
	t.Helper()
	h := node.Home(filepath.Join(t.TempDir(), country))
	must(t, node.Init(ctx, h, node.Setup{Country: country, Authority: "An authority of " + country + " (SYNTHETIC)", Synthetic: true, Actor: "admin"}))
	n, err := node.Open(ctx, h, "", nil)
	must(t, err)
	t.Cleanup(func() { n.Close() })
	s := &side{n: n, log: &safeBuffer{}}
	s.s, err = n.Service(ctx, slog.New(slog.NewTextHandler(s.log, nil)))
	must(t, err)
	x := &site{t: t, kh: s, clients: map[string]*client{}, now: time.Now()}
	x.account("administrator", false, account.Administrator)
	x.account("supervisor", false, account.Supervisor)
	x.account("liaison", false, account.Liaison)
	d := s.s.Desk()
	var clicks atomic.Int64
	begun := time.Now()
	d.Now = func() time.Time { return begun.Add(time.Duration(clicks.Add(1)) * 60 * time.Millisecond) }
	pages, err := web.New(d)
	must(t, err)
	x.server = httptest.NewServer(pages.Handler())
	t.Cleanup(x.server.Close)
	return x
}

// file gets a file.
func (c *client) file(path string, pairs ...string) string {
	c.x.t.Helper()
	code, h, body := 0, http.Header(nil), ""
	if len(pairs) > 0 {
		code, h, body = c.post(path, pairs...)
	} else {
		code, h, body = c.get(path)
	}
	if code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		c.x.t.Fatalf("%s: %d %s", path, code, main(body))
	}
	return body
}

var wordsForm = regexp.MustCompile(`<b lang="zxx">([a-z ]+)</b>`)

// words are those that an officer reads out from the page of their own node.
func (x *site) words() string {
	x.t.Helper()
	body := x.as("administrator").page("/partner")
	return wordsForm.FindStringSubmatch(body[strings.Index(body, `id="own"`):])[1]
}

// takeIn takes a card in by two officers.
func (x *site) takeIn(card, words string) {
	x.t.Helper()
	c := x.as("administrator")
	code, _, body := c.hand("/partner/add", "file", card, "do", "look")
	if code != http.StatusOK || strings.Contains(body, words) {
		x.t.Fatalf("looking at a card: %d %s", code, main(body))
	}
	pasted := html.UnescapeString(regexp.MustCompile(`name="card" value="([^"]*)"`).FindStringSubmatch(body)[1])
	for _, wrong := range []string{"", words[1:], words + " ba"} {
		code, _, body := c.hand("/partner/add", "", "", "do", "propose", "card", pasted, "words", wrong, "reason", "we have agreed")
		if code != http.StatusUnprocessableEntity || strings.Contains(body, words+`<`) || !strings.Contains(body, `value="we have agreed"`) {
			x.t.Errorf("words %q: %d", wrong, code)
		}
	}
	id := x.proposed(c.hand("/partner/add", "", "", "do", "propose", "card", pasted, "words", strings.ToUpper(strings.ReplaceAll(words, " ", "-")), "reason", "we have agreed"))
	has(x.t, x.as("supervisor").page("/second/"+id), words, "Compare these words by telephone")
	if code, _, body := x.confirm("supervisor", id); code != http.StatusSeeOther {
		x.t.Fatalf("%d %s", code, main(body))
	}
}

// byTwo sends a document, and has both officers sign or adopt it.
func (x *site) byTwo(document, do string) (id string) {
	x.t.Helper()
	c := x.as("supervisor")
	code, _, body := c.hand("/partner/document", "file", document, "do", "look")
	if code != http.StatusOK || !strings.Contains(body, `value="`+do+`"`) {
		x.t.Fatalf("to %s: %d %s", do, code, main(body))
	}
	pasted := html.UnescapeString(regexp.MustCompile(`name="document" value="([^"]*)"`).FindStringSubmatch(body)[1])
	id = x.proposed(c.hand("/partner/document", "", "", "do", do, "document", pasted, "reason", "as negotiated"))
	has(x.t, x.as("administrator").page("/second/"+id+"/agreement"), "Nothing of it holds yet")
	if code, _, body := x.confirm("administrator", id); code != http.StatusSeeOther {
		x.t.Fatalf("to %s: %d %s", do, code, main(body))
	}
	return id
}

func (x *site) agreements(peer *site) []agreement.Document {
	set, err := x.kh.n.Agreements(ctx, peer.kh.n.Name())
	must(x.t, err)
	return set.All()
}

// Two authorities that do not know each other come to an agreement, and exchange letters, by their desks alone.
func TestTwoDesksComeToAnAgreement(t *testing.T) {
	kh, id := newAuthority(t, "KH"), newAuthority(t, "ID")
	has(t, kh.as("administrator").page("/partner"), "No partner yet")
	has(t, kh.as("administrator").page("/partner/draft"), "No partner yet")
	cards := []string{kh.as("supervisor").file("/partner/card"), id.as("supervisor").file("/partner/card")}
	kh.takeIn(cards[1], id.words())
	id.takeIn(cards[0], kh.words())
	for what, c := range map[string]string{"known": cards[1], "its own": cards[0]} {
		code, _, body := kh.as("administrator").hand("/partner/add", "", "", "do", "propose", "card", c, "words", "x", "reason", "again")
		if code != http.StatusUnprocessableEntity && code != http.StatusConflict || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("a card that is %s: %d %s", what, code, main(body))
		}
	}

	draft := kh.as("administrator").file("/partner/draft", "peer", id.kh.n.Name())
	if code, _, body := kh.as("administrator").post("/partner/draft", "peer", "ID", "from", "<b>soon", "until", ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="&lt;b&gt;soon"`) {
		t.Errorf("no day: %d", code)
	}
	d, err := agreement.Parse([]byte(draft))
	must(t, err)
	look := func(text string) string {
		code, _, body := kh.as("administrator").hand("/partner/document", "file", text, "do", "look")
		if code != http.StatusOK {
			t.Errorf("looking at it: %d", code)
		}
		return body
	}
	has(t, look(draft), d.Hash(), "things to look at", "nobody", `value="sign"`)
	hasNot(t, look(draft), `value="adopt"`)
	if code, _, _ := kh.as("administrator").hand("/partner/document", "", "", "do", "adopt", "document", draft, "reason", "too early"); code != http.StatusConflict || len(kh.agreements(id)) != 0 {
		t.Errorf("adopted without signatures: %d", code)
	}
	first := kh.byTwo(draft, "sign")
	one := kh.as("administrator").file("/second/" + first + "/file")
	has(t, kh.as("administrator").page("/second/"+first), "Download the signed agreement")
	has(t, look(one), "This node has signed it")
	hasNot(t, look(one), `value="sign"`, `value="adopt"`)
	second := id.byTwo(one, "sign")
	both := id.as("supervisor").file("/second/" + second + "/file")
	if got, err := agreement.Parse([]byte(both)); err != nil || got.Hash() != d.Hash() {
		t.Errorf("another text was signed: %v", err)
	}
	kh.byTwo(both, "adopt")
	id.byTwo(both, "adopt")
	if len(kh.agreements(id)) != 1 || len(id.agreements(kh)) != 1 {
		t.Fatal("no agreement is in force")
	}
	has(t, kh.as("liaison").page("/partner/agreement"), d.Hash())
	if code, _, _ := kh.as("administrator").hand("/partner/document", "", "", "do", "adopt", "document", both, "reason", "again"); code != http.StatusConflict {
		t.Errorf("adopted twice: %d", code)
	}

	// Test letters, and their receipts, by files.
	if code, _, body := kh.as("administrator").post("/partner/ping", "peer", "ID", "count", "3"); code != http.StatusOK || !strings.Contains(body, "3 test letters were sent; receipts: 0") {
		t.Errorf("test letters: %d %s", code, main(body))
	}
	there := kh.as("administrator").file("/partner/export", "peer", "ID")
	code, _, body := id.as("administrator").hand("/partner/import", "file", there)
	if code != http.StatusOK || !strings.Contains(body, "From Cambodia came letters: 3") {
		t.Errorf("taken in: %d %s", code, main(body))
	}
	must(t, id.kh.n.Settle(ctx)) // as the served node does by itself
	back := id.as("administrator").file("/partner/export", "peer", "KH")
	if code, _, body := kh.as("administrator").hand("/partner/import", "file", back); code != http.StatusOK || strings.Contains(body, "receipts: 0") {
		t.Errorf("receipts: %d %s", code, main(body))
	}
	var peers []courier.PeerStatus
	peers, err = kh.kh.n.ExchangeStatus(ctx)
	must(t, err)
	if len(peers) != 1 || peers[0].Sent != 3 || peers[0].Outbox != 0 {
		t.Errorf("%+v", peers)
	}
	for _, kind := range []string{"bundle-exported", "bundle-imported"} {
		if e := kh.events(kind); len(e) != 1 || e[0].Actor != "administrator" {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	for _, x := range []*site{kh, id} {
		must(t, x.kh.n.Settle(ctx))
		if v, err := node.Verify(ctx, x.kh.n.Home, "", true); err != nil || !v.OK {
			t.Errorf("%+v %v", v.Findings, err)
		}
		if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") {
			t.Errorf("the log: %s", log)
		}
	}
}

// Files that are none, and such as are too large or for others, change nothing and lose nothing.
func TestTrustBadFiles(t *testing.T) {
	x := newSite(t)
	c := x.as("administrator")
	before := len(x.events("second-proposed"))
	for _, bad := range []string{"", "garbage", "{}", `{"payload":"<script>alert(1)</script>"}`, "\x00\xff\xfe", strings.Repeat("[", 10_000)} {
		for _, path := range []string{"/partner/add", "/partner/document"} {
			for _, do := range []string{"look", "propose", "sign", "adopt"} {
				code, _, body := c.hand(path, "file", bad, "do", do, "reason", "x")
				if code != http.StatusUnprocessableEntity || !strings.Contains(body, `class="wrong"`) || strings.Contains(body, "<script>alert") {
					t.Errorf("%s %s %.20q: %d", path, do, bad, code)
				}
			}
		}
		if code, _, body := c.hand("/partner/import", "file", bad); code != http.StatusUnprocessableEntity || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("import %.20q: %d", bad, code)
		}
	}
	for _, path := range []string{"/partner/add", "/partner/document", "/partner/import"} {
		if code, _, _ := c.post(path, "do", "look"); code != http.StatusUnprocessableEntity {
			t.Errorf("%s without a file: %d", path, code)
		}
	}
	for _, path := range []string{"/partner/add", "/partner/document"} {
		if code, _, _ := c.hand(path, "file", strings.Repeat("x", 3<<20), "do", "look"); code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s, three megabytes: %d", path, code)
		}
	}
	for _, count := range []string{"", "0", "21", "-1", "x", "1000000"} {
		if code, _, _ := c.post("/partner/ping", "peer", "ID", "count", count); code != http.StatusUnprocessableEntity {
			t.Errorf("%q test letters: %d", count, code)
		}
	}
	// A file of letters that goes the wrong way, and one of a partner that is suspended.
	own := c.file("/partner/export", "peer", "ID")
	if code, _, body := c.hand("/partner/import", "file", own); code != http.StatusUnprocessableEntity || !strings.Contains(body, "not a file of letters for this node") {
		t.Errorf("the own file: %d", code)
	}
	var b bytes.Buffer
	_, err := x.id.s.Courier.Export(ctx, &b, x.kh.n.Name())
	must(t, err)
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return courier.SetState(tx, x.id.n.Name(), courier.Suspended, "admin") }))
	if code, _, body := c.hand("/partner/import", "file", b.String()); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is suspended") {
		t.Errorf("of a suspended partner: %d %s", code, main(body))
	}
	if code, _, _ := c.post("/partner/export", "peer", "ID"); code != http.StatusConflict {
		t.Errorf("to a suspended partner: %d", code)
	}
	if len(x.events("second-proposed")) != before {
		t.Error("something was proposed")
	}
	for _, garbage := range []string{"x", store.NewID(), "%3Cscript%3E"} {
		for _, path := range []string{"/second/" + garbage, "/second/" + garbage + "/file", "/second/" + garbage + "/agreement"} {
			if code, _, _ := c.get(path); code != http.StatusNotFound {
				t.Errorf("%s: %d", path, code)
			}
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}

// peerProposed has the administrator propose a third node as a peer.
func (x *site) peerProposed() string {
	x.t.Helper()
	h := node.Home(filepath.Join(x.t.TempDir(), "MY"))
	must(x.t, node.Init(ctx, h, node.Setup{Country: "MY", Authority: "An authority of a third state (SYNTHETIC)", Synthetic: true, Actor: "admin"}))
	n, err := node.Open(ctx, h, "", nil)
	must(x.t, err)
	defer n.Close()
	card, err := n.Card(ctx)
	must(x.t, err)
	return x.proposed(x.as("administrator").hand("/partner/add", "file", string(card.Bytes()), "do", "propose", "words", card.Fingerprint(), "reason", "The two ministers have agreed."))
}
