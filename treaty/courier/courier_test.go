package courier_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// A node is one side of the exchange, with everything but a command line.
type node struct {
	t       testing.TB
	name    string
	db      *store.DB
	keys    card.Keys
	card    card.Signed
	courier *courier.Courier
	keeper  *journal.Keeper
	heads   string // the keeper's folder
	l       net.Listener
	stop    func()

	current atomic.Pointer[card.Keys]
	public  []byte // journal key
	pin     string
}

var names = map[string]string{
	"KH": "mitra/KH/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f",
	"ID": "mitra/ID/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e60",
	"TH": "mitra/TH/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e61",
}

func newNode(t testing.TB, country string, db *store.DB) *node {
	t.Helper()
	n := &node{t: t, name: names[country], db: db, stop: func() {}}
	var err error
	if n.keys, err = card.NewKeys(); err != nil {
		t.Fatal(err)
	}
	n.set(n.keys)
	cert, err := courier.Certificate(courier.NewIdentity(), n.name)
	if err != nil {
		t.Fatal(err)
	}
	if n.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	skey, vkey, err := journal.NewKey(n.name, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := journal.PublicBytes(vkey)
	if err != nil {
		t.Fatal(err)
	}
	n.public = public
	n.pin = courier.Pin(cert.Leaf)
	n.card = n.first("https://" + n.l.Addr().String())
	n.heads = filepath.Join(t.TempDir(), "heads")
	if n.keeper, err = journal.NewKeeper(db, skey, n.heads, nil); err != nil {
		t.Fatal(err)
	}
	n.courier = &courier.Courier{
		DB: db, Self: n.name, Keys: func() card.Keys { return *n.current.Load() }, Certificate: cert, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), JournalKey: skey,
	}
	n.write(func(tx *store.Tx) error { return courier.KeepOwn(tx, n.card, "admin") })
	return n
}

// set gives a node other keys, also while it runs.
func (n *node) set(k card.Keys) {
	n.keys = k
	n.current.Store(&k)
}

// details are what each of the node's cards says beside its keys.
func (n *node) details() card.Details {
	return card.Details{Node: n.name, Authority: "An authority", TLS: []string{n.pin}, Journal: n.public, Endpoint: n.card.Endpoint}
}

// first is the node's first card.
func (n *node) first(endpoint string) card.Signed {
	n.t.Helper()
	s, err := card.Make(card.Details{
		Node: n.name, Authority: "An authority", TLS: []string{n.pin}, Journal: n.public, Endpoint: endpoint,
	}, n.keys, time.Now().Unix()-2*86400) // also where midnight passes while a test runs
	if err != nil {
		n.t.Fatal(err)
	}
	return s
}

func (n *node) write(f func(tx *store.Tx) error) {
	n.t.Helper()
	if err := n.db.Write(context.Background(), f); err != nil {
		n.t.Fatal(err)
	}
}

// meet has two nodes exchange cards.
func meet(a, b *node) {
	for _, x := range [][2]*node{{a, b}, {b, a}} {
		x[0].write(func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, x[0].name, x[1].card, x[1].card.Fingerprint(), "admin")
			return err
		})
	}
}

// start runs a node until the test ends or stop is called.
func (n *node) start() {
	n.t.Helper()
	if n.l == nil {
		var err error
		if n.l, err = net.Listen("tcp", n.card.Endpoint[len("https://"):]); err != nil {
			n.t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := n.l
	n.l = nil
	done := make(chan error, 4)
	go func() { done <- n.courier.Serve(ctx, l) }()
	go func() { done <- n.courier.Deliver(ctx) }()
	go func() { done <- n.courier.Judge(ctx) }()
	go func() { done <- n.keeper.Run(ctx, 50*time.Millisecond) }()
	stopped := false
	n.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		for range 4 {
			if err := <-done; err != nil {
				n.t.Error(err)
			}
		}
	}
	n.t.Cleanup(func() { n.stop() })
}

func (n *node) peer(of *node) (p courier.Peer) {
	n.t.Helper()
	if err := n.db.Read(context.Background(), func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, of.name)
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
	return p
}

// ping queues letters to a node.
func (n *node) ping(to *node, count int) (mids []string) {
	n.t.Helper()
	p := n.peer(to)
	for range count {
		mid, err := letter.NewID()
		if err != nil {
			n.t.Fatal(err)
		}
		now := time.Now().Unix()
		s, err := courier.Seal(letter.Letter{
			Type: "ping", Payload: json.RawMessage(`{}`),
			Header: letter.Header{Issuer: n.name, Audience: to.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID("ping")},
		}, p, n.keys)
		if err != nil {
			n.t.Fatal(err)
		}
		n.write(func(tx *store.Tx) error { return courier.Queue(tx, "cli", s) })
		mids = append(mids, mid)
	}
	n.courier.Wake()
	return mids
}

// count counts rows of a table.
func (n *node) count(query string, args ...any) (c int) {
	n.t.Helper()
	if err := n.db.Read(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&c) }); err != nil {
		n.t.Fatal(err)
	}
	return c
}

// until waits for something to be so.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("after 30 seconds: not %s", what)
}

func pair(t *testing.T, each func(t *testing.T, kh, id *node)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", db), newNode(t, "ID", storetest.Another(t, db))
		meet(kh, id)
		each(t, kh, id)
	})
}

func TestLettersArrive(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		kh.start()
		id.start()
		const many = 150
		for _, x := range [][2]*node{{kh, id}, {id, kh}} {
			x[0].ping(x[1], many)
		}
		for _, n := range []*node{kh, id} {
			until(t, "every letter has its receipt", func() bool { return n.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored'`) == many })
		}
		for _, n := range []*node{kh, id} {
			if got := n.count(`SELECT COUNT(*) FROM inbox`); got != many {
				t.Errorf("%d letters came, want %d", got, many)
			}
		}
		for _, n := range []*node{kh, id} {
			until(t, "every letter is judged, and its sender told", func() bool { return n.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == many })
		}
		for _, n := range []*node{kh, id} {
			if got := n.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted' AND letter <> ''`); got != many {
				t.Errorf("%d letters were accepted, want %d", got, many)
			}
		}
	})
}

// Each side cosigns the other's exchange book, and sees that it keeps what its receipts promise.
func TestBooksAreWitnessed(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		kh.start()
		id.start()
		kh.write(func(tx *store.Tx) error {
			_, err := journal.Append(tx, journal.Event{Kind: "search", Actor: "officer"})
			return err
		})
		until(t, "the house book has a root", func() bool { return kh.count(`SELECT COUNT(*) FROM journal_leaf WHERE idx IS NULL`) == 0 })
		kh.write(courier.RootEvent)
		kh.ping(id, 20)
		until(t, "every promise is kept, and every letter judged", func() bool {
			return kh.count(`SELECT COUNT(*) FROM outbox WHERE seen IN (1, 3)`) == 20 && kh.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 20
		})
		for _, x := range [][2]*node{{kh, id}, {id, kh}} {
			until(t, "all of the book is cosigned", func() bool {
				cosigned := x[0].count(`SELECT COALESCE(MAX(size), 0) FROM cosignature`)
				return cosigned > 20 && cosigned == x[1].count(`SELECT MAX(size) FROM watch`) &&
					cosigned == x[0].count(`SELECT COUNT(*) FROM journal_leaf WHERE book <> 'house'`)
			})
		}
		// Two idle nodes stay still.
		size := kh.count(`SELECT COUNT(*) FROM journal_leaf`)
		time.Sleep(time.Second)
		if got := kh.count(`SELECT COUNT(*) FROM journal_leaf`); got != size {
			t.Errorf("an idle book grew from %d to %d events", size, got)
		}
		// Whoever verifies sees who has witnessed what, the house book by its root.
		rep := kh.verify()
		house := []courier.Witness{{Node: id.name, Size: int64(kh.count(`SELECT MAX(size) FROM journal_head WHERE book = 'house'`))}}
		exchange := []courier.Witness{{Node: id.name, Size: int64(kh.count(`SELECT MAX(size) FROM cosignature`))}}
		if got := rep.Witnesses; len(rep.Found) > 0 || len(got) != 2 || !slices.Equal(got[journal.House], house) || !slices.Equal(got[kh.book()], exchange) {
			t.Errorf("%+v", rep)
		}
		// A house book that was rewritten has not the root that was cosigned.
		kh.write(func(tx *store.Tx) error {
			_, err := journal.Append(tx, journal.Event{Book: kh.book(), Kind: "root", Actor: "courier", Data: []byte(`{"house":"another"}`)})
			return err
		})
		if rep := kh.verify(); len(rep.Found) != 1 || !strings.Contains(rep.Found[0], "a root that the house book never had") {
			t.Errorf("%q", rep.Found)
		}
	})
}

func (n *node) verify() courier.Report {
	n.t.Helper()
	rep, err := courier.Verify(context.Background(), n.db, n.name)
	if err != nil {
		n.t.Fatal(err)
	}
	return rep
}

// book is the name of the exchange book with the only peer.
func (n *node) book() (name string) {
	n.t.Helper()
	if err := n.db.Read(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(`SELECT book FROM peer`).Scan(&name) }); err != nil {
		n.t.Fatal(err)
	}
	return name
}

// A node that nobody can call fetches its letters, and is served as well.
func TestPull(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", db), newNode(t, "ID", storetest.SQLite(t))
		id.card = id.first("")
		id.courier.Pulls = true
		id.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM card`)
			if err == nil {
				err = courier.KeepOwn(tx, id.card, "admin")
			}
			return err
		})
		meet(kh, id)
		kh.start()
		id.start()
		kh.ping(id, 70)
		id.ping(kh, 5)
		until(t, "every letter has its receipt, and every promise is kept", func() bool {
			return kh.count(`SELECT COUNT(*) FROM outbox WHERE seen IN (1, 3)`) == 70 && id.count(`SELECT COUNT(*) FROM outbox WHERE seen IN (1, 3)`) == 5
		})
		until(t, "every letter is judged, and its sender told", func() bool {
			return kh.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 70 && id.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 5 &&
				kh.count(`SELECT COUNT(*) FROM receipt_out WHERE sent = ''`) == 0
		})
		until(t, "both books are cosigned", func() bool {
			return kh.count(`SELECT MAX(size) FROM cosignature`) == kh.count(`SELECT COUNT(*) FROM journal_leaf WHERE book <> 'house'`) &&
				id.count(`SELECT MAX(size) FROM cosignature`) == id.count(`SELECT COUNT(*) FROM journal_leaf WHERE book <> 'house'`)
		})
	})
}

// Without a network, files bring everything, in any order and any number of times.
func TestBundles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", db), newNode(t, "ID", storetest.SQLite(t))
		meet(kh, id)
		ctx := t.Context()
		export := func(from, to *node) []byte {
			t.Helper()
			if _, err := from.keeper.Sequence(ctx); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if _, err := from.courier.Export(ctx, &b, to.name); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		bring := func(to *node, b []byte) courier.Moved {
			t.Helper()
			m, err := to.courier.Import(ctx, bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		kh.ping(id, 70)
		first := export(kh, id)
		for range 2 {
			if m := bring(id, first); m.Letters != 70 || m.Refused != 0 {
				t.Errorf("brought %+v", m)
			}
		}
		if got := id.count(`SELECT COUNT(*) FROM inbox`); got != 70 {
			t.Errorf("%d letters came, want 70", got)
		}
		back := export(id, kh)
		for range 2 {
			if m := bring(kh, back); m.Receipts != 70 || m.Refused != 0 {
				t.Errorf("brought back %+v", m)
			}
		}
		if got := kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored' AND seen IN (1, 3)`); got != 70 {
			t.Errorf("%d receipts whose promise is kept, want 70", got)
		}
		bring(id, export(kh, id)) // that the receipts have come
		if got := id.count(`SELECT COUNT(*) FROM receipt_out WHERE sent = ''`); got != 0 {
			t.Errorf("%d receipts are sent again for ever", got)
		}
		if id.count(`SELECT COUNT(*) FROM cosignature`) == 0 || kh.count(`SELECT COUNT(*) FROM watch`) == 0 {
			t.Error("nothing was cosigned")
		}
		// A node that was put back from a backup asks by a file too; one that its peer wrote before, and which
		// cosigns the book of before, is taken in.
		kh.write(func(tx *store.Tx) error { return courier.OpenEpoch(tx, time.Now(), "admin") })
		id.ping(kh, 1)
		back = export(id, kh)
		if m := bring(kh, back); m.Letters != 1 || m.Refused != 0 {
			t.Errorf("after a restore: %+v", m)
		}
		bring(id, export(kh, id))
		if got := id.count(`SELECT COUNT(*) FROM inbox WHERE state = 'stored'`); got != 72 {
			t.Errorf("%d letters wait to be judged, want 70 and the two questions of a reconciliation", got)
		}
		for name, b := range map[string][]byte{
			"empty": nil, "not one": []byte("x\n"), "cut off": first[:len(first)-1], "for the other": back,
			"a damaged line": bytes.Replace(first, []byte(`{"envelope"`), []byte(`{"Envelope"`), 1),
		} {
			if _, err := id.courier.Import(ctx, bytes.NewReader(b)); !errors.Is(err, courier.ErrBundle) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What a node has acknowledged and lost, because it was put back from a backup, it gets again; and its
// exchange book goes on in a new one that the peer cosigns.
func TestReconcile(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		kh.start()
		id.start()
		id.ping(kh, 30)
		until(t, "every letter is judged, and its sender told", func() bool { return id.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 30 })
		kh.stop()
		backup := time.Now()
		kh.write(func(tx *store.Tx) error { // as of a backup that had the first letters only
			mids := []string{}
			rows, err := tx.Query(`SELECT mid FROM inbox ORDER BY mid DESC LIMIT 20`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var mid string
				if err := rows.Scan(&mid); err != nil {
					return err
				}
				mids = append(mids, mid)
			}
			rows.Close()
			for _, mid := range mids {
				if _, err := tx.Exec(`DELETE FROM inbox WHERE mid = $1`, mid); err != nil {
					return err
				}
				if _, err := tx.Exec(`DELETE FROM receipt_out WHERE mid = $1`, mid); err != nil {
					return err
				}
			}
			return courier.OpenEpoch(tx, backup, "admin")
		})
		kh.start()
		until(t, "the lost letters have come again", func() bool { return kh.count(`SELECT COUNT(*) FROM inbox`) >= 30 })
		until(t, "the new book is cosigned", func() bool {
			return kh.count(`SELECT COUNT(*) FROM cosignature WHERE book = (SELECT book FROM peer)`) > 0 &&
				kh.count(`SELECT MAX(size) FROM cosignature WHERE book = (SELECT book FROM peer)`) == kh.count(`SELECT COUNT(*) FROM journal_leaf WHERE book = (SELECT book FROM peer)`)
		})
		if got := id.kinds(kh); got["sent-again"] != 1 {
			t.Errorf("events of the peer: %v", got)
		}
		if got := kh.kinds(id); got["epoch-opened"] != 1 || got["reconciled"] != 1 || got["letter-in"] < 20 {
			t.Errorf("events of the new book: %v", got)
		}
	})
}

// A new card reaches the peers by a letter, and letters under the new keys are taken.
func TestRotation(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		kh.start()
		id.start()
		before := kh.keys
		after, err := before.RotateSign().RotateSeal()
		if err != nil {
			t.Fatal(err)
		}
		next, err := card.Follow(kh.card, before, after, kh.details(), time.Now().Unix())
		if err != nil {
			t.Fatal(err)
		}
		kh.set(after)
		kh.write(func(tx *store.Tx) error {
			if err := courier.KeepOwn(tx, next, "admin"); err != nil {
				return err
			}
			return courier.SendCard(tx, kh.name, after, next)
		})
		kh.courier.Wake()
		until(t, "the peer has the new card", func() bool { return id.count(`SELECT COUNT(*) FROM card WHERE node = $1`, kh.name) == 2 })
		id.ping(kh, 3)
		kh.ping(id, 3)
		for _, n := range []*node{kh, id} {
			until(t, "every letter is accepted", func() bool {
				return n.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted'`) >= 3 && n.count(`SELECT COUNT(*) FROM inbox WHERE state <> 'accepted'`) == 0
			})
		}
	})
}

// A peer that is away gets its letters when it is back, and no other.
func TestPeerComesBack(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		kh.start()
		kh.ping(id, 5)
		until(t, "a letter was tried", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE tries > 0`) > 0 })
		if got := kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'waiting'`); got != 5 {
			t.Errorf("%d letters wait, want 5", got)
		}
		id.start()
		until(t, "every letter has its receipt", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored'`) == 5 })
		id.stop()
		kh.ping(id, 1)
		id.start()
		until(t, "the letter has its receipt", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored'`) == 6 })
		if got := id.count(`SELECT COUNT(*) FROM inbox`); got != 6 {
			t.Errorf("%d letters came, want 6", got)
		}
	})
}

// The words of a card that is known already are compared too: the other authority may have read out those of
// another.
func TestWrongWordsOfAKnownCard(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		for typed, want := range map[string]error{"": card.ErrKnown, id.card.Fingerprint(): card.ErrKnown, kh.card.Fingerprint(): courier.ErrFingerprint} {
			err := kh.db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := courier.AddPeer(tx, kh.name, id.card, typed, "admin")
				return err
			})
			if !errors.Is(err, want) {
				t.Errorf("%q: %v, want %v", typed, err, want)
			}
		}
	})
}
