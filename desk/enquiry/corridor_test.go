package enquiry_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mitra/demo"
	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/signed"
)

// A side is one node of a corridor, with a clock that the test sets.
type side struct {
	t      testing.TB
	n      *node.Node
	c      *courier.Courier
	d      *enquiry.Desk
	people *search.Finder
	told   []enquiry.Notice
	log    bytes.Buffer
}

// A corridor is two nodes that carry letters to each other when the test says so.
type corridor struct {
	t      testing.TB
	kh, id *side
	now    time.Time
	terms  agreement.Document
}

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// corridors runs f on both databases.
func corridors(t *testing.T, f func(t *testing.T, x *corridor)) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !store.IsPostgres(dsn) {
			dsn = ""
		}
		f(t, newCorridor(t, dsn))
	})
}

// newCorridor makes two nodes under the shipped draft: the Cambodian one on the database, with registers.
func newCorridor(t testing.TB, dsn string, changes ...func(*agreement.Agreement)) *corridor {
	t.Helper()
	x := &corridor{t: t}
	var parties [2]agreement.Party
	sides := [2]*side{}
	for i, country := range []string{"ID", "KH"} {
		h := node.Home(filepath.Join(t.TempDir(), country))
		db := ""
		if country == "KH" {
			db = dsn
		}
		must(t, node.Init(ctx, h, node.Setup{Country: country, Authority: "An authority (SYNTHETIC)", DSN: db, Synthetic: true, Actor: "admin"}))
		n, err := node.Open(ctx, h, db, nil)
		must(t, err)
		t.Cleanup(func() { n.Close() })
		s := &side{t: t, n: n}
		if country == "KH" {
			s.load(registry.Residents, residents)
			s.load(registry.Permits, permits)
		}
		if country == "KH" && len(residents) < 10<<20 { // no benchmark's
			_, err := status.Run{AsOf: person.FromTime(asOf), Node: country, Actor: "clerk", Office: "headquarters", Now: time.Now}.Do(ctx, n.DB)
			must(t, err)
		}
		log := slog.New(slog.NewTextHandler(&s.log, nil))
		s.c, err = n.Courier(ctx, log)
		must(t, err)
		s.people, err = n.People(ctx, nil)
		must(t, err)
		s.c.Now = func() time.Time { return x.now }
		s.d = n.Enquiries(s.c, s.people, log)
		tell := s.d.Tell
		s.d.Now, s.d.Tell = s.c.Now, func(tx *store.Tx, n enquiry.Notice) error { s.told = append(s.told, n); return tell(tx, n) }
		card, err := n.Card(ctx)
		must(t, err)
		parties[i] = agreement.Party{Country: card.Country, Authority: card.Authority, Node: card.Node, Card: card.Hash()}
		sides[i] = s
	}
	x.id, x.kh = sides[0], sides[1]
	for i, s := range sides {
		card, err := sides[1-i].n.Card(ctx)
		must(t, err)
		s.write(func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, s.n.Name(), card, card.Fingerprint(), "admin")
			return err
		})
	}
	text, err := rules.Agreement("kh-id-draft")
	must(t, err)
	template, err := agreement.ParseTemplate(text)
	must(t, err)
	for _, c := range changes {
		c(&template)
	}
	today := time.Now().UTC()
	x.terms, err = agreement.Draft(template, parties, today.AddDate(0, 0, -1).Format(time.DateOnly), today.AddDate(1, 0, 0).Format(time.DateOnly))
	must(t, err)
	for _, s := range sides {
		x.terms, err = s.n.SignAgreement(ctx, x.terms)
		must(t, err)
	}
	for _, s := range sides {
		_, err := s.n.AdoptAgreement(ctx, x.terms, "admin", "headquarters")
		must(t, err)
	}
	x.now = time.Now().Truncate(time.Second).Add(time.Second)
	return x
}

func (s *side) write(f func(tx *store.Tx) error) {
	s.t.Helper()
	must(s.t, s.n.DB.Write(ctx, f))
}

// load imports a register.
func (s *side) load(noun registry.Noun, csv string) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), string(noun)+".csv")
	must(s.t, os.WriteFile(file, []byte(csv), 0o600))
	rep, err := registry.Import(ctx, s.n.DB, registry.Options{
		Noun: noun, Source: string(noun), Path: file, RejectedDir: s.n.Home.Rejected(), Actor: "clerk", Office: "headquarters", Today: person.FromTime(asOf),
	})
	must(s.t, err)
	if rep.Rejected > 0 {
		s.t.Fatalf("%d rows of %s were rejected", rep.Rejected, noun)
	}
}

// sound makes sure that the journal and the exchange of a node verify.
func (s *side) sound() {
	s.t.Helper()
	must(s.t, s.n.Settle(ctx))
	rep, err := courier.Verify(ctx, s.n.DB, s.n.Name())
	must(s.t, err)
	for _, f := range rep.Found {
		s.t.Errorf("%s: %s", s.n.Name(), f)
	}
}

// carry brings what waits from each node to the other, and has it judged, until nothing is new.
func (x *corridor) carry() {
	x.t.Helper()
	for range 3 {
		for _, way := range [][2]*side{{x.id, x.kh}, {x.kh, x.id}} {
			must(x.t, way[0].n.Settle(ctx))
			var b bytes.Buffer
			_, err := way[0].c.Export(ctx, &b, way[1].n.Name())
			must(x.t, err)
			_, err = way[1].c.Import(ctx, &b)
			must(x.t, err)
			must(x.t, way[1].c.JudgeAll(ctx))
		}
	}
}

// pass lets time go by, and both desks do what is due then.
func (x *corridor) pass(d time.Duration) {
	x.t.Helper()
	x.now = x.now.Add(d)
	must(x.t, x.kh.d.Turn(ctx))
	must(x.t, x.id.d.Turn(ctx))
	x.carry()
}

// ask asks the Cambodian node, and waits for its own answer.
func (x *corridor) ask(q enquiry.Question) enquiry.Asked {
	x.t.Helper()
	if q.Peer == "" {
		q.Peer = "KH"
	}
	if q.Purpose == "" {
		q.Purpose = "stay"
	}
	a, err := x.id.d.Ask(ctx, q, officer)
	must(x.t, err)
	x.carry()
	x.pass(20 * time.Second)
	return a
}

// line is a conversation as the asking node lists it.
func (x *corridor) line(cid string) enquiry.Line {
	x.t.Helper()
	lines, err := x.id.d.List(ctx, enquiry.Outbox, 1000, liaison)
	must(x.t, err)
	for _, l := range lines {
		if l.Conversation == cid {
			return l
		}
	}
	x.t.Fatal("the conversation is not listed")
	return enquiry.Line{}
}

var officer, liaison, second = enquiry.Officer{Name: "asker", Office: "headquarters"},
	enquiry.Officer{Name: "liaison", Office: "headquarters"}, enquiry.Officer{Name: "second", Office: "headquarters"}

// Registers of a small world, which the demo has made.
var (
	residents, permits string
	asOf               time.Time
	known              []demo.Resident // who can be asked about
)

// described is what is asked about somebody.
func described(r demo.Resident) map[string]string {
	return map[string]string{"full_name": r.FullName, "birth_date": r.Truth.BirthDate, "passport_no": r.PassportNo}
}

// stranger is somebody whom no register has.
func stranger(i int) map[string]string {
	return map[string]string{"full_name": fmt.Sprintf("Nobody%c Invented%c", 'a'+i%26, 'a'+i/26%26), "birth_date": fmt.Sprintf("19%02d-0%d-1%d", 50+i%40, 1+i%9, i%10), "passport_no": fmt.Sprintf("Z%07d", 1000003*(i+1)%10000000)}
}

func TestMain(m *testing.M) {
	c, err := demo.Generate(demo.Params{Residents: 1500, Seed: 7})
	if err != nil {
		panic(err)
	}
	var r, p strings.Builder
	if c.WriteResidents(&r) != nil || c.WritePermits(&p) != nil {
		panic("the registers cannot be written")
	}
	residents, permits, asOf = r.String(), p.String(), c.AsOf
	for _, r := range c.Residents {
		if r.PassportNo != "" && r.Truth.Class == "REGULAR_HOST" && strings.Contains(r.FullName, " ") {
			known = append(known, r)
		}
	}
	os.Exit(m.Run())
}

// many lets a thousand and more be asked in a day, few two.
func many(a *agreement.Agreement) { quota(a, 10_000) }
func few(a *agreement.Agreement)  { quota(a, 2) }

func quota(a *agreement.Agreement, n int) {
	for i := range a.Articles {
		for j := range a.Articles[i].Purposes {
			for country := range a.Articles[i].Purposes[j].Quota {
				a.Articles[i].Purposes[j].Quota[country] = n
			}
		}
	}
}

func decode(part string) ([]byte, error) { return signed.Decode(part) }

func protection(t testing.TB, value string) (p rules.Protection) {
	t.Helper()
	must(t, p.UnmarshalText([]byte(value)))
	return p
}
