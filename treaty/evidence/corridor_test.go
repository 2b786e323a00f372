package evidence_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// A node is one side of the exchange, which is carried by files.
type node struct {
	t       testing.TB
	name    string
	db      *store.DB
	keys    card.Keys
	cards   card.Chain
	details card.Details
	courier *courier.Courier
	keeper  *journal.Keeper
	jkey    string
}

func newNode(t testing.TB, country, id string, db *store.DB) *node {
	t.Helper()
	n := &node{t: t, name: "mitra/" + country + "/" + id, db: db}
	var err error
	if n.keys, err = card.NewKeys(); err != nil {
		t.Fatal(err)
	}
	cert, err := courier.Certificate(courier.NewIdentity(), n.name)
	if err != nil {
		t.Fatal(err)
	}
	var vkey string
	if n.jkey, vkey, err = journal.NewKey(n.name, rand.Reader); err != nil {
		t.Fatal(err)
	}
	public, err := journal.PublicBytes(vkey)
	if err != nil {
		t.Fatal(err)
	}
	n.details = card.Details{Node: n.name, Authority: "Authority of " + country, TLS: []string{courier.Pin(cert.Leaf)}, Journal: public}
	first, err := card.Make(n.details, n.keys, time.Now().Unix()-2*86400)
	if err != nil {
		t.Fatal(err)
	}
	n.cards = card.Chain{first}
	if n.keeper, err = journal.NewKeeper(db, n.jkey, filepath.Join(t.TempDir(), "heads"), nil); err != nil {
		t.Fatal(err)
	}
	n.courier = &courier.Courier{
		DB: db, Self: n.name, Keys: func() card.Keys { return n.keys }, Certificate: cert, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		JournalKey: n.jkey, Handle: func(*store.Tx, letter.Letter) (bool, error) { return true, nil },
	}
	n.write(func(tx *store.Tx) error { return courier.KeepOwn(tx, first, "admin") })
	return n
}

func (n *node) write(f func(tx *store.Tx) error) {
	n.t.Helper()
	if err := n.db.Write(n.t.Context(), f); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) read(f func(tx *store.Tx) error) {
	n.t.Helper()
	if err := n.db.Read(n.t.Context(), f); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) settle() {
	n.t.Helper()
	if _, err := n.keeper.Sequence(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
}

// bring carries everything that waits at a node to another, which judges it.
func (n *node) bring(to *node) {
	n.t.Helper()
	n.settle()
	var b bytes.Buffer
	if _, err := n.courier.Export(n.t.Context(), &b, to.name); err != nil {
		n.t.Fatal(err)
	}
	if _, err := to.courier.Import(n.t.Context(), &b); err != nil {
		n.t.Fatal(err)
	}
	if err := to.courier.JudgeAll(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	to.settle()
}

// A corridor is two nodes under an agreement.
type corridor struct {
	kh, id *node
	doc    agreement.Document
}

const stay = "migration-information/stay"

func newCorridor(t testing.TB, db, other *store.DB) corridor {
	t.Helper()
	c := corridor{kh: newNode(t, "KH", "0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f", db), id: newNode(t, "ID", "0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e60", other)}
	b, err := rules.Agreement("kh-id-draft")
	if err != nil {
		t.Fatal(err)
	}
	terms, err := agreement.ParseTemplate(b)
	if err != nil {
		t.Fatal(err)
	}
	party := func(n *node) agreement.Party {
		return agreement.Party{Country: n.name[6:8], Authority: n.details.Authority, Node: n.name, Card: n.cards[0].Hash()}
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	c.doc, err = agreement.Draft(terms, [2]agreement.Party{party(c.kh), party(c.id)}, today.AddDate(0, 0, -1).Format(time.DateOnly), today.AddDate(1, 0, 0).Format(time.DateOnly))
	for _, n := range []*node{c.kh, c.id} {
		if err == nil {
			c.doc, err = c.doc.Sign(n.keys.Current)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	signatory := func(n *node) agreement.Signatory {
		return agreement.Signatory{Node: n.name, Card: n.cards[0].Hash(), Key: n.keys.Current.Public()}
	}
	for _, x := range [][2]*node{{c.kh, c.id}, {c.id, c.kh}} {
		x[0].write(func(tx *store.Tx) error {
			if _, err := courier.AddPeer(tx, x[0].name, x[1].cards[0], x[1].cards[0].Fingerprint(), "admin"); err != nil {
				return err
			}
			return agreement.Adopt(tx, agreement.Adoption{Document: c.doc, Self: signatory(x[0]), Peer: signatory(x[1]), Actor: "head"})
		})
	}
	return c
}

// other is the other node.
func (c corridor) other(n *node) *node {
	if n == c.kh {
		return c.id
	}
	return c.kh
}

// send queues a letter, which answers or follows another, or begins a conversation. One that answers decides
// that one.
func (c corridor) send(from *node, typ, payload string, after *letter.Letter) letter.Letter {
	from.t.Helper()
	return c.sendAs(from, typ, payload, after, func(*courier.Sealed) {})
}

// sendAs sends a letter that is changed before it is queued.
func (c corridor) sendAs(from *node, typ, payload string, after *letter.Letter, change func(*courier.Sealed)) letter.Letter {
	t, to := from.t, c.other(from)
	t.Helper()
	mid, err := letter.NewID()
	if err != nil {
		t.Fatal(err)
	}
	article, code, _ := strings.Cut(stay, "/")
	p, ok := c.doc.Agreement().Purpose(article, code)
	if !ok {
		t.Fatal("the draft has no such purpose")
	}
	now := time.Now().Unix()
	l := letter.Letter{Type: typ, Payload: json.RawMessage(payload), Header: letter.Header{
		Issuer: from.name, Audience: to.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 7*24*3600, Schema: letter.SchemaID(typ),
		Agreement: c.doc.Hash(), Article: article, Purpose: code, Handling: p.Handling[0], Clock: p.Clocks[0].Class, Requesting: "o-1", Retain: now + 3600, Grading: "B2",
	}}
	if after != nil {
		l.Conversation, l.InReplyTo = after.Conversation, after.ID
	}
	from.write(func(tx *store.Tx) error {
		peer, err := courier.FindPeer(tx, to.name)
		if err != nil {
			return err
		}
		s, err := courier.Seal(l, peer, from.keys)
		if err != nil {
			return err
		}
		if after != nil && after.Issuer != from.name {
			if err := from.courier.Decide(tx, after.Header, l.ID); err != nil {
				return err
			}
		}
		change(&s)
		return courier.Queue(tx, "officer", s)
	})
	return l
}

const asked = `{"person":{"full_name":"SYNTHETIC BUDI SANTOSO","birth_date":"1990-04"},"release":["stay","stay_until"]}`

// talk is a whole conversation: enquiry, answer, request, release, and so again until there are so many letters.
// before, if it is given, is called before each but the first.
func (c corridor) talk(letters int, before ...func(n int)) (cid string) {
	l := c.send(c.kh, "enquiry", asked, nil)
	cid = l.ID
	c.kh.bring(c.id)
	for n := 1; n < letters; n++ {
		for _, f := range before {
			f(n)
		}
		switch n % 4 {
		case 1:
			l = c.send(c.id, "answer", `{"result":"pending"}`, &l)
		case 2:
			l = c.send(c.kh, "release-request", `{"fields":["stay","stay_until"]}`, &l)
		case 3:
			l = c.send(c.id, "release", `{"record":{"stay":"valid","stay_until":"2025-01-31"},"officer":"o-17"}`, &l)
		case 0:
			l = c.send(c.kh, "release-request", `{"fields":["stay"]}`, &l)
		}
		c.kh.bring(c.id)
		c.id.bring(c.kh)
	}
	for range 3 { // until all is cosigned
		c.id.bring(c.kh)
		c.kh.bring(c.id)
	}
	return cid
}

// export is what a node proves of a conversation.
func (n *node) export(cid string) (f evidence.File) {
	n.t.Helper()
	n.settle()
	n.read(func(tx *store.Tx) (err error) {
		f, err = evidence.Export(tx, n.name, cid, "")
		return err
	})
	return f
}

func each(t *testing.T, f func(t *testing.T, c corridor)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newCorridor(t, db, storetest.Another(t, db))) })
}
