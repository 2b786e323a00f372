package courier_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// queue queues a letter without asking an agreement.
func (n *node) queue(to *node, typ, payload string) {
	n.t.Helper()
	mid, err := letter.NewID()
	if err != nil {
		n.t.Fatal(err)
	}
	now := time.Now().Unix()
	s, err := courier.Seal(letter.Letter{Type: typ, Payload: json.RawMessage(payload), Header: letter.Header{
		Issuer: n.name, Audience: to.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID(typ),
	}}, n.peer(to), n.keys)
	if err != nil {
		n.t.Fatal(err)
	}
	n.write(func(tx *store.Tx) error { return courier.Queue(tx, "cli", s) })
}

// bring carries what waits at a node to another, which stores it and judges nothing.
func (n *node) bring(to *node) {
	n.t.Helper()
	if err := n.carry(to); err != nil {
		n.t.Fatal(err)
	}
}

// carry is bring, and says whether it could be stored.
func (n *node) carry(to *node) error {
	n.t.Helper()
	var b bytes.Buffer
	if _, err := n.courier.Export(n.t.Context(), &b, to.name); err != nil {
		n.t.Fatal(err)
	}
	_, err := to.courier.Import(n.t.Context(), &b)
	return err
}

const question = `{"since":1790000000,"until":1790000001}`

// What a letter does is done once, however many processes judge it.
func TestJudgedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", db), newNode(t, "ID", storetest.SQLite(t))
		meet(kh, id)
		const many = 40
		for range many {
			id.queue(kh, "reconcile", question) // each is answered by a letter
		}
		id.bring(kh)
		other := courier.Courier{
			DB: db, Self: kh.name, Keys: kh.courier.Keys, Certificate: kh.courier.Certificate, Now: time.Now, Log: kh.courier.Log, JournalKey: kh.courier.JournalKey,
		}
		var wg sync.WaitGroup
		for _, c := range []*courier.Courier{kh.courier, &other} {
			wg.Go(func() {
				for kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'stored'`) > 0 {
					if err := c.JudgeAll(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if got := kh.count(`SELECT COUNT(*) FROM outbox WHERE type = 'reconcile'`); got != many {
			t.Errorf("%d letters were answered %d times", many, got)
		}
	})
}

// A letter of a suspended peer waits, and keeps no other peer's from being judged.
func TestSuspendedHoldsUpNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id, th := newNode(t, "KH", db), newNode(t, "ID", storetest.SQLite(t)), newNode(t, "TH", storetest.SQLite(t))
		meet(kh, id)
		meet(kh, th)
		id.queue(kh, "reconcile", question) // whose answer could not be queued
		id.bring(kh)
		th.queue(kh, "ping", `{}`)
		th.bring(kh)
		kh.write(func(tx *store.Tx) error { return courier.SetState(tx, id.name, courier.Suspended, "admin") })
		if err := kh.courier.JudgeAll(t.Context()); err != nil {
			t.Error(err)
		}
		state := func(n *node, want string) {
			t.Helper()
			if kh.count(`SELECT COUNT(*) FROM inbox WHERE issuer = $1 AND state = $2`, n.name, want) != 1 {
				t.Errorf("the letter of %s is not %s", n.name, want)
			}
		}
		state(th, "accepted")
		state(id, "stored")
		kh.write(func(tx *store.Tx) error { return courier.SetState(tx, id.name, courier.Active, "admin") })
		if err := kh.courier.JudgeAll(t.Context()); err != nil {
			t.Error(err)
		}
		state(id, "accepted")
	})
}

// A letter whose key is revoked before it is judged, from a time before it was stored, is refused by R2.
func TestRevokedBeforeJudged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", db), newNode(t, "ID", storetest.SQLite(t))
		meet(kh, id)
		id.queue(kh, "ping", `{}`)
		id.bring(kh)
		after, err := id.keys.Revoke(id.keys.Current.ID())
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().Unix()
		next, err := card.Follow(id.card, id.keys, after, id.details(),
			now+5, card.Revocation{ID: id.keys.Current.ID(), At: now - 60})
		if err != nil {
			t.Fatal(err)
		}
		kh.write(func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, kh.name, next, "", "admin")
			return err
		})
		if err := kh.courier.JudgeAll(t.Context()); err != nil {
			t.Error(err)
		}
		if kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'refused' AND code = 'key_revoked'`) != 1 {
			t.Errorf("the letter is not refused: %d stored, %d accepted", kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'stored'`), kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted'`))
		}
		if kh.count(`SELECT COUNT(*) FROM receipt_out WHERE stage = 2`) != 1 {
			t.Error("no receipt tells of it")
		}
	})
}

// More letters than one answer holds are asked for until there are no more.
func TestReconcileMany(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		id.ping(kh, 1)
		id.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE outbox SET state = 'stored'`)
			if err != nil {
				return err
			}
			at := time.Now().Add(-10 * time.Minute) // all within the last hour
			columns := []string{"peer", "mid", "type", "envelope", "exp", "state", "tries", "next", "receipt", "seen", "code", "queued", "at"}
			_, err = tx.Bulk("outbox", columns, func(yield func([]any) bool) {
				for i := range 10_500 {
					mid, err := letter.NewID()
					if err != nil {
						t.Error(err)
						return
					}
					stored := at.Add(time.Duration(i) * 10 * time.Millisecond)
					if !yield([]any{kh.name, mid, "ping", "", int64(0), "stored", int64(0), stored, "", int64(0), "", stored, stored}) {
						return
					}
				}
			})
			return err
		})
		kh.write(func(tx *store.Tx) error { return courier.OpenEpoch(tx, time.Now(), "admin") })
		kh.start()
		id.start()
		asked := func() (sum int) {
			var told []string
			if err := id.db.Read(t.Context(), func(tx *store.Tx) error {
				told = nil
				rows, err := tx.Query(`SELECT letter FROM inbox WHERE state = 'accepted'`)
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
					var text string
					if err := rows.Scan(&text); err != nil {
						return err
					}
					told = append(told, text)
				}
				return rows.Err()
			}); err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, text := range told {
				l, err := letter.Open(text, letter.KeysOf(card.Chain{kh.card}, time.Now().Unix()))
				if err != nil {
					t.Fatal(err)
				}
				var body struct{ Send []string }
				if err := json.Unmarshal(l.Payload, &body); err != nil {
					t.Fatal(err)
				}
				for _, mid := range body.Send {
					seen[mid] = true
				}
			}
			return len(seen)
		}
		until(t, "every letter is asked for", func() bool { return asked() == 10_501 })
	})
}
