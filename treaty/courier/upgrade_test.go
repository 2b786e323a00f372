package courier_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// before7 is schema 6, which had outbox and inbox without conversations.
const before7 = 6

// A node of schema 6 is brought forward with all that it has: what was to be sent is sent, what was
// to be judged is judged, and letters under an agreement come and go from then on.
func TestBeforeConversations(t *testing.T) {
	texts := vectors(t)
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		kh, id := newNode(t, "KH", storetest.SQLite(t)), newNode(t, "ID", storetest.SQLite(t))
		meet(kh, id)
		kh.start()
		id.start()
		kh.ping(id, 2)
		id.ping(kh, 2)
		for _, n := range []*node{kh, id} {
			until(t, "letters are judged", func() bool { return n.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 2 })
		}
		kh.stop()
		id.stop()
		id.ping(kh, 1)
		var b bytes.Buffer
		if _, err := id.courier.Export(t.Context(), &b, kh.name); err != nil {
			t.Fatal(err)
		}
		if _, err := kh.courier.Import(t.Context(), &b); err != nil {
			t.Fatal(err)
		}

		old := kh.schema(before7, dsn)
		if err := old.Write(t.Context(), func(tx *store.Tx) error { return queueBefore7(tx, kh, id) }); err != nil {
			t.Fatal(err)
		}
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		kh.db, kh.courier.DB = db, db
		if kh.keeper, err = journal.NewKeeper(db, kh.courier.JournalKey, kh.heads, nil); err != nil {
			t.Fatal(err)
		}
		if out, in := kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'waiting'`), kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'stored'`); out != 1 || in != 1 {
			t.Fatalf("%d letters wait to be sent and %d to be judged, want 1 and 1", out, in)
		}
		if rep := kh.verify(); len(rep.Found) > 0 {
			t.Errorf("%q", rep.Found)
		}

		doc := agreed(kh, id)
		adopt(doc, kh, id)
		kh.start()
		id.start()
		d := draws{t, doc.Hash(), doc.Agreement()}
		const stay = "migration-information/stay"
		first := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
		answer := d.letter(id, kh, stay, "answer", texts["answer 1"], &first)
		for _, x := range []struct {
			from, to *node
			letter.Letter
		}{{kh, id, first}, {id, kh, answer}} {
			if err := queue(x.from, x.to, x.Letter); err != nil {
				t.Fatal(x.Type, err)
			}
			x.from.courier.Wake()
			if got := x.to.arrived(x.Letter); got != "accepted" {
				t.Errorf("%s: %s", x.Type, got)
			}
		}
		for _, n := range []*node{kh, id} {
			until(t, "all is sent, and all is judged", func() bool {
				return n.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored'`) == 4 && n.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted'`) == 4 &&
					n.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 4
			})
			if rep := n.verify(); len(rep.Found) > 0 {
				t.Errorf("%q", rep.Found)
			}
		}
	})
}

// A node of schema 8, which counted receipts where it was asked how things stand, knows afterwards which
// letters wait for one.
func TestBeforeStatus(t *testing.T) {
	t.Parallel()
	const before9 = 8
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		kh, id := newNode(t, "KH", storetest.SQLite(t)), newNode(t, "ID", storetest.SQLite(t))
		meet(kh, id)
		kh.start()
		id.start()
		kh.ping(id, 3)
		until(t, "letters are judged, and their promises kept", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE seen = 3`) == 3 })
		kh.stop()
		id.stop()
		kh.write(func(tx *store.Tx) error { // as it was, and with the receipt R2 of one not there yet
			for _, query := range []string{
				`UPDATE outbox SET seen = 1`,
				`DELETE FROM receipt_in WHERE stage = 2 AND mid = (SELECT MIN(mid) FROM outbox)`,
			} {
				if _, err := tx.Exec(query); err != nil {
					return err
				}
			}
			return nil
		})
		if err := kh.schema(before9, dsn).Close(); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		kh.db, kh.courier.DB = db, db
		kh.courier.Now = func() time.Time { return time.Now().Add(time.Hour) }
		if got := kh.count(`SELECT COUNT(*) FROM outbox WHERE seen = 3`); got != 2 {
			t.Errorf("%d letters are judged, want 2", got)
		}
		all, err := kh.courier.Status(t.Context())
		if err != nil || len(all) != 1 || all[0].Sent != 3 || all[0].ReceiptsMissing != 1 {
			t.Errorf("%+v, %v, want one of three receipts missing", all, err)
		}
	})
}

// schema makes a database of an earlier schema with what a node has, as far as that schema had it.
func (n *node) schema(version int64, dsn string) *store.DB {
	n.t.Helper()
	db, err := store.Create(n.t.Context(), dsn, version)
	if err != nil {
		n.t.Fatal(err)
	}
	tables, _, err := store.Tables(n.t.Context(), version)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, table := range tables {
		var rows [][]any
		if err := n.db.Read(n.t.Context(), func(tx *store.Tx) error {
			rows = nil
			return table.Scan(tx, "", func(row []any) error { rows = append(rows, slices.Clone(row)); return nil })
		}); err != nil {
			n.t.Fatal(err)
		}
		if err := db.Write(n.t.Context(), func(tx *store.Tx) error {
			_, err := table.Fill(tx, slices.Values(rows))
			return err
		}); err != nil {
			n.t.Fatal(err)
		}
	}
	return db
}

// queueBefore7 queues a ping as the program of schema 6 did: its event names no conversation.
func queueBefore7(tx *store.Tx, from, to *node) error {
	p, err := courier.FindPeer(tx, to.name)
	if err != nil {
		return err
	}
	mid, err := letter.NewID()
	if err != nil {
		return err
	}
	now := time.Now().Unix()
	s, err := courier.Seal(letter.Letter{
		Type: "ping", Payload: json.RawMessage(`{}`),
		Header: letter.Header{Issuer: from.name, Audience: to.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID("ping")},
	}, p, from.keys)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`
		INSERT INTO outbox (peer, mid, type, envelope, exp, state, tries, next, receipt, seen, code, queued, at)
		VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, '', 0, '', $6, $6)`,
		to.name, s.ID, s.Type, s.Envelope, s.Expires, tx.Now()); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"mid": s.ID, "type": s.Type, "env": signed.Hash([]byte(s.Envelope))})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Book: p.Book, Kind: "letter-out", Actor: "cli", Data: data})
	return err
}
