package courier_test

import (
	"errors"
	"testing"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// A node whose clock stands before its own card gives no receipt that nobody could ever check; the
// letter comes when the clock is right.
func TestClockBeforeTheCard(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		id.courier.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) }
		kh.queue(id, "ping", `{}`)
		if err := kh.carry(id); !errors.Is(err, courier.ErrVoid) {
			t.Errorf("%v", err)
		}
		if n := id.count(`SELECT COUNT(*) FROM inbox`); n != 0 {
			t.Errorf("%d letters have a receipt that does not count", n)
		}
		id.courier.Now = time.Now
		if err := kh.carry(id); err != nil {
			t.Error(err)
		}
		if n := id.count(`SELECT COUNT(*) FROM inbox`); n != 1 {
			t.Errorf("%d letters came", n)
		}
	})
}

// What a clock a year ahead has put off for a year goes when the clock is right again.
func TestClockSetBack(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		kh.ping(id, 3)
		id.queue(kh, "ping", `{}`)
		id.bring(kh)
		if err := kh.courier.JudgeAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		id.queue(kh, "ping", `{}`)
		id.bring(kh) // and is not judged yet
		kh.write(func(tx *store.Tx) error {
			ahead := tx.Now().AddDate(1, 0, 0)
			_, err := tx.Exec(`UPDATE outbox SET next = $1`, ahead)
			if err == nil {
				_, err = tx.Exec(`UPDATE receipt_out SET due = $1`, ahead)
			}
			if err == nil {
				_, err = tx.Exec(`UPDATE inbox SET judge = $1`, ahead)
			}
			return err
		})
		kh.start()
		id.start()
		until(t, "the letters have gone", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored'`) == 3 })
		until(t, "the letter is judged", func() bool { return kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'stored'`) == 0 })
		until(t, "the receipts have gone", func() bool { return kh.count(`SELECT COUNT(*) FROM receipt_out WHERE sent = ''`) == 0 })
	})
}

// A peer whose clock says that a letter has expired may be wrong: the letter stays until it has, by the clock here.
func TestExpiredByThePeersClockOnly(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		id.courier.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
		kh.ping(id, 2)
		kh.start()
		id.start()
		until(t, "the peer refuses", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE tries > 0`) == 2 })
		if n := kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'waiting'`); n != 2 {
			t.Errorf("%d letters wait, want 2", n)
		}
	})
}

// What was exchanged before a revocation was known, or before it was made, is no damage.
func TestVerifyAfterARevocation(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		kh.start()
		id.start()
		kh.ping(id, 3)
		id.ping(kh, 3)
		for _, n := range []*node{kh, id} {
			until(t, "every letter is judged", func() bool { return n.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 3 })
		}
		before := id.keys
		after, err := before.Revoke(before.Current.ID())
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().Unix()
		next, err := card.Follow(id.card, before, after, id.details(),
			now, card.Revocation{ID: before.Current.ID(), At: now - 60}) // from before they were exchanged
		if err != nil {
			t.Fatal(err)
		}
		id.set(after)
		id.write(func(tx *store.Tx) error { return courier.KeepOwn(tx, next, "admin") })
		kh.write(func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, kh.name, next, "", "admin")
			return err
		})
		for _, n := range []*node{kh, id} {
			if rep := n.verify(); len(rep.Found) > 0 {
				t.Errorf("%s: %q", n.name, rep.Found)
			}
		}
	})
}

// A node that wrote letters while its clock stood before the card of its key has damaged nothing.
func TestVerifyBeforeTheCard(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		after := kh.keys.RotateSign()
		next, err := card.Follow(kh.card, kh.keys, after, kh.details(), time.Now().Unix())
		if err != nil {
			t.Fatal(err)
		}
		again := after.RotateSign() // a key that the first card has not
		last, err := card.Follow(next, after, again, kh.details(), time.Now().Unix()+1)
		if err != nil {
			t.Fatal(err)
		}
		kh.set(again)
		kh.write(func(tx *store.Tx) error {
			if err := courier.KeepOwn(tx, next, "admin"); err != nil {
				return err
			}
			return courier.KeepOwn(tx, last, "admin")
		})
		mid, err := letter.NewID()
		if err != nil {
			t.Fatal(err)
		}
		written := time.Now().Add(-time.Hour).Unix()
		s, err := courier.Seal(letter.Letter{Type: "ping", Payload: []byte(`{}`), Header: letter.Header{
			Issuer: kh.name, Audience: id.name, ID: mid, Conversation: mid, Issued: written, Expires: written + 86400, Schema: letter.SchemaID("ping"),
		}}, kh.peer(id), kh.keys)
		if err != nil {
			t.Fatal(err)
		}
		kh.write(func(tx *store.Tx) error { return courier.Queue(tx, "cli", s) })
		if rep := kh.verify(); len(rep.Found) > 0 {
			t.Errorf("%q", rep.Found)
		}
	})
}
