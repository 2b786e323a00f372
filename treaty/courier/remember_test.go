package courier_test

import (
	"encoding/json"
	"testing"
	"time"

	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// forget has a node stand as it was before it sent any letter of an agreement.
func (n *node) forget(backup time.Time) {
	n.t.Helper()
	n.write(func(tx *store.Tx) error {
		for _, query := range []string{
			`DELETE FROM receipt_in WHERE mid IN (SELECT mid FROM outbox WHERE cid <> '')`,
			`DELETE FROM outbox WHERE cid <> ''`,
		} {
			if _, err := tx.Exec(query); err != nil {
				return err
			}
		}
		return courier.OpenEpoch(tx, backup, "admin")
	})
}

// What a node had sent after its backup it learns again from the peer, which answers before it is known:
// the answer waits, and is accepted.
func TestForgottenLettersComeBack(t *testing.T) {
	t.Parallel()
	texts := vectors(t)
	const stay = "migration-information/stay"
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		kh.start()
		id.start()
		backup := time.Now()
		var asked []letter.Letter
		for range 5 {
			l := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
			if err := queue(kh, id, l); err != nil {
				t.Fatal(err)
			}
			asked = append(asked, l)
		}
		follows := d.letter(kh, id, stay, "withdrawal", texts["withdrawal 1"], &asked[1])
		if err := queue(kh, id, follows); err != nil {
			t.Fatal(err)
		}
		kh.courier.Wake()
		until(t, "every letter is accepted, and its sender told", func() bool { return kh.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 6 })
		kh.stop()

		answer := d.letter(id, kh, stay, "answer", texts["answer 1"], &asked[0])
		if err := queue(id, kh, answer); err != nil {
			t.Fatal(err)
		}
		kh.forget(backup)
		kh.start()
		id.courier.Wake()
		if got := kh.arrived(answer); got != "accepted" {
			t.Fatalf("the answer to a letter that was forgotten: %s", got)
		}
		until(t, "every letter is known again", func() bool {
			return kh.count(`SELECT COUNT(*) FROM outbox WHERE cid <> '' AND state = 'stored'`) == 6 && kh.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) >= 6
		})
		late := d.letter(id, kh, stay, "answer", texts["answer 1"], &asked[1])
		if err := queue(id, kh, late); err != nil {
			t.Fatal(err)
		}
		id.courier.Wake()
		if got := kh.arrived(late); got != "accepted" {
			t.Errorf("a later answer: %s", got)
		}
		until(t, "the new book tells of it", func() bool { // its events have places after a moment
			got := kh.kinds(id)
			return got["remembered"] == 1 && got["letter-out"] >= 6
		})
		if rep := kh.verify(); len(rep.Found) > 0 {
			t.Errorf("verify: %q", rep.Found)
		}
		if n := kh.count(`SELECT COUNT(*) FROM outbox WHERE seen = 2`); n != 0 {
			t.Errorf("%d promises are called broken", n)
		}
	})
}

// More letters than one of a reconciliation holds come with several.
func TestForgottenMany(t *testing.T) {
	t.Parallel()
	texts := vectors(t)
	const stay, many = "migration-information/stay", 300
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		kh.start()
		id.start()
		backup := time.Now()
		first := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
		all := []courier.Sealed{seal(kh, id, first)}
		for range many - 1 {
			all = append(all, seal(kh, id, d.letter(kh, id, stay, "withdrawal", texts["withdrawal 1"], &first)))
		}
		kh.write(func(tx *store.Tx) error { return courier.Queue(tx, "officer", all...) })
		kh.courier.Wake()
		until(t, "every letter is accepted", func() bool { return id.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted'`) >= many })
		kh.stop()
		kh.forget(backup)
		kh.start()
		until(t, "every letter is known again", func() bool {
			return kh.count(`SELECT COUNT(*) FROM outbox WHERE cid <> '' AND state = 'stored'`) == many
		})
	})
}

// A peer cannot say of a letter that this node has not signed, or of one that needs no agreement, that this
// node had sent it.
func TestNothingIsRememberedThatWasNotSent(t *testing.T) {
	t.Parallel()
	texts := vectors(t)
	const stay = "migration-information/stay"
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		kh.start()
		id.start()
		kh.ping(id, 1)
		until(t, "a letter came", func() bool { return id.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted'`) == 1 })
		var envelope, receipt string
		if err := id.db.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT envelope, receipt FROM inbox`).Scan(&envelope, &receipt)
		}); err != nil {
			t.Fatal(err)
		}
		kh.write(func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM outbox`); return err })
		never := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
		item := func(envelope, typ string, receipts ...string) map[string]any {
			return map[string]any{"envelope": envelope, "type": typ, "cid": never.ID, "art": "migration-information", "pur": "stay", "receipts": receipts}
		}
		byPeer := never
		byPeer.Header.Issuer, byPeer.Header.Audience = id.name, kh.name
		payload, err := json.Marshal(map[string]any{"since": 1, "until": 2, "letters": []any{
			item(seal(id, kh, byPeer).Envelope, "enquiry", receipt), // the peer's own
			item(envelope, "ping", receipt),                         // of no agreement
			item(envelope, "enquiry", envelope),                     // without a receipt
			item("e30.e30.e30", "enquiry", receipt),
		}})
		if err != nil {
			t.Fatal(err)
		}
		l := d.letter(id, kh, "", "reconcile", string(payload), nil)
		if err := queue(id, kh, l); err != nil {
			t.Fatal(err)
		}
		id.courier.Wake()
		if got := kh.arrived(l); got != "accepted" {
			t.Fatal(got)
		}
		if n := kh.count(`SELECT COUNT(*) FROM outbox WHERE type <> 'reconcile'`); n != 0 {
			t.Errorf("%d letters are called sent that were not", n)
		}
	})
}
