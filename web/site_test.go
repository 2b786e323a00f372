package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/web"
	"mitra/web/api"
)

// A site is the desk of the Cambodian node with a few people in its registers, beside an Indonesian node with a report, both
// real; officers of every role have accounts, whose names are those of the roles; chief is a supervisor who sees protection.
type site struct {
	t       testing.TB
	kh, id  *side
	now     time.Time
	server  *httptest.Server
	pages   *web.Server
	clients map[string]*client
	later   atomic.Int64 // how far the clock of the pages has been put on
}

type side struct {
	n   *node.Node
	s   *node.Service
	log *safeBuffer
}

var ctx = context.Background()

const password = "a sentence for tests"

// labour is a guest office of the Cambodian node.
const labour = "Ministry of Labour <b>K</b>"

var asOf = person.FromTime(time.Date(2024, 3, 13, 0, 0, 0, 0, time.UTC))

// The people of the registers: made up.
const (
	residents = `id,full_name,sex,birth_date,nationality,passport_no,entry_date,exit_date,stay_until,visa_class
K1,WATI CONTOH,F,1990-05-17,IDN,X1234567,2023-01-02,,2024-12-31,EB
K2,BUDI CONTOH,M,1985-01-30,IDN,X7654321,2022-01-02,,2024-11-30,EB
K3,SITI MISALNYA,F,1992-07-07,IDN,X1112223,2022-03-02,,2024-01-30,EB
K4,RUDI TIRUAN,M,2009-07-07,IDN,X1112229,2022-03-02,,2024-10-30,EB
K5,"<b>EKO</b> ""KARANGAN""",M,1980-02-03,IDN,X5556667,2022-03-02,,2024-10-30,EB
`
	permits = `id,full_name,birth_date,passport_no,permit_no,valid_from,valid_until
P1,Contoh Wati,1990-05-17,X1234567,WP1,2024-01-01,2024-12-31
P2,Budi Contoh,1985-01-30,X7654321,WP2,2024-01-01,2024-12-31
`
	reports = `id,full_name,birth_date,passport_no,reported_on,summary
R1,Wati Contoh,1990-05-17,X1234567,2024-02-01,SYNTHETIC: not heard of for a month
`
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// safeBuffer is a log that several write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// newSite makes one; the clock of both nodes is x.now.
func newSite(t testing.TB) *site {
	t.Helper()
	x := &site{t: t, clients: map[string]*client{}, now: time.Now()}
	var parties [2]agreement.Party
	sides := [2]*side{}
	for i, country := range []string{"ID", "KH"} {
		h := node.Home(filepath.Join(t.TempDir(), country))
		must(t, node.Init(ctx, h, node.Setup{Country: country, Authority: "An authority (SYNTHETIC)", Synthetic: true, Actor: "admin"}))
		n, err := node.Open(ctx, h, "", nil)
		must(t, err)
		t.Cleanup(func() { n.Close() })
		s := &side{n: n, log: &safeBuffer{}}
		if country == "KH" {
			x.load(s, registry.Residents, residents)
			x.load(s, registry.Permits, permits)
			_, err := status.Run{AsOf: asOf, Node: country, Actor: "clerk", Office: "headquarters", Now: time.Now}.Do(ctx, n.DB)
			must(t, err)
		} else {
			x.load(s, registry.Reports, reports)
		}
		s.s, err = n.Service(ctx, slog.New(slog.NewTextHandler(s.log, nil)))
		must(t, err)
		s.s.Courier.Now = func() time.Time { return x.now }
		s.s.Enquiries.Now = s.s.Courier.Now
		card, err := n.Card(ctx)
		must(t, err)
		parties[i] = agreement.Party{Country: card.Country, Authority: card.Authority, Node: card.Node, Card: card.Hash()}
		sides[i] = s
	}
	x.id, x.kh = sides[0], sides[1]
	text, err := rules.Agreement("kh-id-draft")
	must(t, err)
	template, err := agreement.ParseTemplate(text)
	must(t, err)
	today := time.Now().UTC()
	terms, err := agreement.Draft(template, parties, today.AddDate(0, 0, -1).Format(time.DateOnly), today.AddDate(1, 0, 0).Format(time.DateOnly))
	must(t, err)
	for i, s := range sides {
		card, err := sides[1-i].n.Card(ctx)
		must(t, err)
		must(t, s.n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, s.n.Name(), card, card.Fingerprint(), "admin")
			return err
		}))
		terms, err = s.n.SignAgreement(ctx, terms)
		must(t, err)
	}
	for _, s := range sides {
		_, err := s.n.AdoptAgreement(ctx, terms, "admin", "headquarters")
		must(t, err)
	}
	x.now = time.Now().Truncate(time.Second).Add(time.Second) // after the cards, however long they took
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(office.Open(tx, office.Unit{Name: "embassy", Kind: office.Embassy}, "admin", "headquarters"),
			office.Open(tx, office.Unit{Name: labour, Kind: office.Guest, Agency: office.Labour}, "admin", "headquarters"))
	}))
	for _, r := range account.Roles() {
		x.account(string(r), false, r)
	}
	x.account("chief", true, account.Supervisor)
	x.serve(func(*web.Desk) {})
	return x
}

// serve serves the desk of the Cambodian node, and its interface for programs, after a change of what they work on: whoever has signed in before has not any more.
func (x *site) serve(change func(d *web.Desk)) {
	x.t.Helper()
	if x.server != nil {
		x.server.Close()
		clear(x.clients)
	}
	d := x.kh.s.Desk()
	var clicks atomic.Int64
	begun := time.Now()
	d.Now = func() time.Time { // nobody clicks faster than is allowed
		return begun.Add(time.Duration(clicks.Add(1))*60*time.Millisecond + time.Duration(x.later.Load()))
	}
	x.server = httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(x.server.Listener.Addr().String())
	must(x.t, err)
	d.Origins = []string{"http://localhost:" + port, "http://127.0.0.1:" + port}
	change(&d)
	pages, err := web.New(d)
	must(x.t, err)
	x.pages = pages
	desk, err := api.Handler(ctx, pages)
	must(x.t, err)
	x.server.Config.Handler = desk
	x.server.Start()
	x.server.URL = "http://localhost:" + port // by its name: passkeys are of names
	x.t.Cleanup(x.server.Close)
}

func (x *site) load(s *side, noun registry.Noun, csv string) {
	x.t.Helper()
	file := filepath.Join(x.t.TempDir(), string(noun)+".csv")
	must(x.t, os.WriteFile(file, []byte(csv), 0o600))
	_, err := registry.Import(ctx, s.n.DB, registry.Options{
		Noun: noun, Source: string(noun), Path: file, RejectedDir: s.n.Home.Rejected(), Actor: "clerk", Office: "headquarters", Today: asOf,
	})
	must(x.t, err)
}

// account makes an account at the Cambodian node whose officer has chosen the password.
func (x *site) account(id string, protection bool, roles ...account.Role) {
	x.t.Helper()
	hash, err := account.Hash(password, id)
	must(x.t, err)
	must(x.t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		a := account.Account{ID: id, Name: "Officer " + id, Office: "headquarters", Roles: roles, Protection: protection}
		if roles[0] == account.Guest {
			a.Office = labour
		}
		if err := account.Make(tx, a, hash, account.By{Actor: "admin"}); err != nil {
			return err
		}
		return account.SetPassword(tx, id, hash, account.By{Actor: id})
	}))
}

// ask has the Indonesian node ask about somebody, and returns the conversation when the Cambodian node waits for an officer.
func (x *site) ask(q enquiry.Question) string {
	x.t.Helper()
	q.Peer = "KH"
	if q.Purpose == "" {
		q.Purpose = "stay"
	}
	a, err := x.id.s.Enquiries.Ask(ctx, q, enquiry.Officer{Name: "asker", Office: "headquarters"})
	must(x.t, err)
	x.carry()
	x.pass(20 * time.Second)
	return a.Conversation
}

// wati is who is asked about.
func wati() map[string]string {
	return map[string]string{"full_name": "Wati Contoh", "birth_date": "1990-05-17", "passport_no": "X1234567"}
}

// carry brings what waits from each node to the other.
func (x *site) carry() {
	x.t.Helper()
	for range 3 {
		for _, way := range [][2]*side{{x.id, x.kh}, {x.kh, x.id}} {
			must(x.t, way[0].n.Settle(ctx))
			var b bytes.Buffer
			_, err := way[0].s.Courier.Export(ctx, &b, way[1].n.Name())
			must(x.t, err)
			_, err = way[1].s.Courier.Import(ctx, &b)
			must(x.t, err)
			must(x.t, way[1].s.Courier.JudgeAll(ctx))
		}
	}
}

// pass lets time go by.
func (x *site) pass(d time.Duration) {
	x.t.Helper()
	x.now = x.now.Add(d)
	must(x.t, x.kh.s.Enquiries.Turn(ctx))
	must(x.t, x.id.s.Enquiries.Turn(ctx))
	x.carry()
}

// A client is a browser without scripts.
type client struct {
	x *site
	h *http.Client
}

// nobody is a browser that has not signed in.
func (x *site) nobody() *client {
	jar, err := cookiejar.New(nil)
	must(x.t, err)
	return &client{x, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is the browser of an officer who has signed in, and has said what people are looked at for.
func (x *site) as(id string) *client {
	x.t.Helper()
	if c := x.clients[id]; c != nil {
		return c
	}
	c := x.nobody()
	if code, _, body := c.post("/signin", "id", id, "password", password); code != http.StatusSeeOther {
		x.t.Fatalf("%s cannot sign in: %d %s", id, code, body)
	}
	c.post("/purpose", "purpose", "enquiry")
	x.clients[id] = c
	return c
}

func (c *client) get(path string) (code int, h http.Header, body string) {
	c.x.t.Helper()
	r, err := http.NewRequest("GET", c.x.server.URL+path, nil)
	must(c.x.t, err)
	return c.do(r)
}

// post sends a form of names and values.
func (c *client) post(path string, pairs ...string) (code int, h http.Header, body string) {
	c.x.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest("POST", c.x.server.URL+path, strings.NewReader(form.Encode()))
	must(c.x.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

func (c *client) do(r *http.Request) (code int, h http.Header, body string) {
	c.x.t.Helper()
	res, err := c.h.Do(r)
	must(c.x.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(c.x.t, err)
	return res.StatusCode, res.Header, string(b)
}

// page gets a page that has to be there.
func (c *client) page(path string) string {
	c.x.t.Helper()
	code, h, body := c.get(path)
	if code != http.StatusOK {
		c.x.t.Fatalf("GET %s: %d, to %s\n%s", path, code, h.Get("Location"), body)
	}
	return body
}

// serveOnce has a handler answer one request.
func serveOnce(t testing.TB, h http.Handler, method, path string, form map[string]string) *http.Response {
	t.Helper()
	values := url.Values{}
	for name, v := range form {
		values.Set(name, v)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Host = "127.0.0.1:8080"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// events are those of a kind in the house book.
func (x *site) events(kind string) (out []journal.Event) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if e.Kind == kind {
				out = append(out, e)
			}
			return nil
		})
	}))
	return out
}
