package courier_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// text is one column of one row.
func (n *node) text(query string, args ...any) (s string) {
	n.t.Helper()
	if err := n.db.Read(n.t.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&s) }); err != nil {
		n.t.Fatal(err)
	}
	return s
}

// sound makes sure that nothing is found at nodes.
func sound(t *testing.T, when string, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		if rep := n.verify(); len(rep.Found) > 0 {
			t.Errorf("%s, %s: %q", when, n.name, rep.Found)
		}
	}
}

// A letter that was given up and whose receipts come after all, in any order, is one that was stored. So is
// one that was sent again after its peer was put back from a backup, whatever becomes of it then.
func TestReceiptAfterAll(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id) // which neither has adopted: ID refuses what needs it
		d := draws{t, doc.Hash(), doc.Agreement()}
		brief := func(typ, payload string) (mid string) {
			l := d.letter(kh, id, "migration-information/stay", typ, payload, nil)
			l.Expires = time.Now().Unix() + 2
			force(kh, id, l)
			return l.ID
		}
		enquiry := vectors(t)["enquiry 3"]
		first, second, last := brief("ping", `{}`), brief("enquiry", enquiry), brief("ping", `{}`)
		early, late := brief("enquiry", enquiry), brief("enquiry", enquiry) // whose R2 overtakes R1
		kh.bring(id)
		if err := id.courier.JudgeAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		r2 := func(mid string) {
			t.Helper()
			text := id.text(`SELECT receipt FROM receipt_out WHERE mid = $1 AND stage = 2`, mid)
			if status, body := id.ask(kh, http.MethodPost, "/mxp/v1/receipts", fmt.Appendf(nil, `{"receipts":[%q]}`, text)); status != 200 || strings.Contains(body, "problem") {
				t.Fatalf("%d %s", status, body)
			}
		}
		kh.start() // ID does not answer
		r2(early)
		sound(t, "while they wait", kh, id)
		until(t, "they are given up", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'dead'`) == 5 })
		r2(late)
		sound(t, "given up", kh, id)
		id.bring(kh)
		if n := kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'stored'`); n != 5 {
			t.Fatalf("%d letters are stored, want 5", n)
		}
		for mid, want := range map[string]string{first: "", second: "agreement_unknown", early: "agreement_unknown", late: "agreement_unknown"} {
			if got := kh.text(`SELECT code FROM outbox WHERE mid = $1`, mid); got != want {
				t.Errorf("code %q, want %q", got, want)
			}
		}
		sound(t, "come after all", kh, id)
		// What the events do not say is found all the same.
		for _, change := range []string{`code = 'expired'`, `state = 'dead'`, `state = 'waiting'`, `state = 'refused'`, `at = queued`, `receipt = ''`} {
			row := kh.text(`SELECT code || '|' || state || '|' || at || '|' || receipt FROM outbox WHERE mid = $1`, first)
			kh.write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE outbox SET `+change+` WHERE mid = $1`, first)
				return err
			})
			if rep := kh.verify(); len(rep.Found) == 0 {
				t.Errorf("%s is not found", change)
			}
			v := strings.Split(row, "|")
			kh.write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE outbox SET code = $1, state = $2, at = $3, receipt = $4 WHERE mid = $5`, v[0], v[1], v[2], v[3], first)
				return err
			})
		}
		sound(t, "put right", kh)
		kh.write(func(tx *store.Tx) error { return kh.peer(id).SendAgain(tx, first, last) })
		sound(t, "sent again", kh)
		until(t, "they are given up again", func() bool { return kh.count(`SELECT COUNT(*) FROM outbox WHERE state = 'dead'`) == 2 })
		sound(t, "given up again", kh)
	})
}

// What was dated by a clock that was ahead, of this node or of its peer, is no damage when the key that
// signed it is no more; what that key has not signed is.
func TestVerifyReceiptsFromAhead(t *testing.T) {
	pair(t, func(t *testing.T, kh, id *node) {
		ahead := time.Now().AddDate(1, 0, 0).Unix()
		kh.ping(id, 1)
		kh.bring(id)
		then := letter.KeysOf(card.Chain{id.card}, ahead)
		r1, err := letter.ParseReceipt(id.text(`SELECT receipt FROM inbox`), then)
		if err != nil {
			t.Fatal(err)
		}
		r1.At = ahead
		text, err := r1.Sign(id.keys.Current)
		if err != nil {
			t.Fatal(err)
		}
		e, err := letter.ParseEnvelope(id.text(`SELECT envelope FROM inbox`), letter.KeysOf(card.Chain{kh.card}, 0))
		if err != nil {
			t.Fatal(err)
		}
		l, err := e.Open(id.keys.Opener, letter.KeysOf(card.Chain{kh.card}, 0))
		if err != nil {
			t.Fatal(err)
		}
		r2, err := letter.Judged(e, nil, ahead)
		if err != nil {
			t.Fatal(err)
		}
		id.write(func(tx *store.Tx) error {
			if _, err := tx.Exec(`UPDATE inbox SET receipt = $1`, text); err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE receipt_out SET receipt = $1, hash = $2`, text, signed.Hash([]byte(text))); err != nil {
				return err
			}
			return id.courier.Tell(tx, id.peer(kh), r2, l)
		})
		id.bring(kh)
		if n := kh.count(`SELECT COUNT(*) FROM outbox, receipt_in WHERE state = 'stored' AND stage = 2`); n != 1 {
			t.Fatal("the receipts have not come")
		}
		sound(t, "before", kh, id)
		old := id.keys.Current
		follow := func(after card.Keys, revoked ...card.Revocation) {
			t.Helper()
			next, err := card.Follow(id.card, id.keys, after, id.details(), time.Now().Unix(), revoked...)
			if err != nil {
				t.Fatal(err)
			}
			id.set(after)
			id.card = next
			id.write(func(tx *store.Tx) error { return courier.KeepOwn(tx, next, "admin") })
			kh.write(func(tx *store.Tx) error {
				_, err := courier.AddPeer(tx, kh.name, next, "", "admin")
				return err
			})
		}
		follow(id.keys.RotateSign())
		follow(id.keys.RotateSign()) // within the same second: a card that never held
		sound(t, "after a rotation", kh, id)
		revoked, err := id.keys.Revoke(id.keys.Current.ID())
		if err != nil {
			t.Fatal(err)
		}
		follow(revoked, card.Revocation{ID: id.keys.Current.ID(), At: time.Now().Unix() - 60}, card.Revocation{ID: old.ID(), At: time.Now().Unix() - 60})
		sound(t, "after a revocation", kh, id)

		stranger, err := card.NewKeys()
		if err != nil {
			t.Fatal(err)
		}
		forged, err := r2.Sign(stranger.Current)
		if err != nil {
			t.Fatal(err)
		}
		changed := r2
		changed.At++
		other, err := changed.Sign(old)
		if err != nil {
			t.Fatal(err)
		}
		was := kh.text(`SELECT receipt FROM receipt_in WHERE stage = 2`)
		for what, k := range map[string]struct{ text, want string }{
			"another key":     {forged, "its peer has not signed it"},
			"a changed one":   {was[:100] + "A" + was[101:], "its peer has not signed it"},
			"another receipt": {other, "no event tells of it"},
		} {
			kh.write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE receipt_in SET receipt = $1 WHERE stage = 2`, k.text)
				return err
			})
			if found := kh.verify().Found; !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, k.want) }) {
				t.Errorf("%s: %q", what, found)
			}
		}
		forged, err = r1.Sign(stranger.Current)
		if err != nil {
			t.Fatal(err)
		}
		id.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE inbox SET receipt = $1`, forged)
			return err
		})
		if found := id.verify().Found; !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, "not the one that it was given") }) {
			t.Errorf("%q", found)
		}
	})
}

// The cards that were known when something was stored say whose it is; that those came before is told by the
// journal, not by clocks.
func TestKeysThen(t *testing.T) {
	id := newNode(t, "ID", storetest.SQLite(t))
	now := time.Now()
	old, after := id.keys.Current, id.keys.RotateSign()
	follow := func(before, after card.Keys, from card.Signed, revoked ...card.Revocation) card.Signed {
		t.Helper()
		s, err := card.Follow(from, before, after, card.Details{Node: id.name, Authority: "An authority", TLS: []string{id.pin}, Journal: id.public}, now.Unix(), revoked...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	second := follow(id.keys, after, id.card)
	rotated := card.Chain{id.card, second}
	revoked := append(rotated, follow(after, after, second, card.Revocation{ID: old.ID(), At: now.Unix() - 60}))
	at := func(index int64, at time.Time) journal.Event { return journal.Event{Book: "b", Index: index, At: at} }
	year := now.AddDate(1, 0, 0)
	const minute = time.Minute
	for name, k := range map[string]struct {
		chain           card.Chain
		came            []journal.Event
		index           int64
		stored, written time.Time
		ok              bool
	}{
		"before the rotation":                 {rotated, []journal.Event{at(0, now), at(9, now.Add(9*minute))}, 5, now.Add(5 * minute), now.Add(-minute), true},
		"… dated ahead":                       {rotated, []journal.Event{at(0, now), at(9, now.Add(9*minute))}, 5, now.Add(5 * minute), year, true},
		"… dated and stored ahead":            {rotated, []journal.Event{at(0, now), at(9, now.Add(9*minute))}, 5, year, year, true},
		"… of no place yet":                   {rotated, []journal.Event{at(0, now), at(-1, now.Add(9*minute))}, 5, year, year, true},
		"after the rotation":                  {rotated, []journal.Event{at(0, now), at(2, now.Add(2*minute))}, 5, now.Add(5 * minute), now.Add(4 * minute), false},
		"… dated ahead, after it":             {rotated, []journal.Event{at(0, now), at(2, now.Add(2*minute))}, 5, now.Add(5 * minute), year, false},
		"… dated before it":                   {rotated, []journal.Event{at(0, now), at(2, now.Add(2*minute))}, 5, now.Add(5 * minute), now.Add(-minute), true},
		"… under way when the rotation came":  {rotated, []journal.Event{at(0, now), at(4, now.Add(5*minute-time.Second))}, 5, now.Add(5 * minute), year, true},
		"before the revocation":               {revoked, []journal.Event{at(0, now), at(8, now.Add(8*minute)), at(9, now.Add(9*minute))}, 5, now.Add(5 * minute), now.Add(-minute), true},
		"… dated and stored ahead, before it": {revoked, []journal.Event{at(0, now), at(8, now.Add(8*minute)), at(9, now.Add(9*minute))}, 5, year, year, true},
		"after the revocation":                {revoked, []journal.Event{at(0, now), at(1, now.Add(minute)), at(2, now.Add(2*minute))}, 5, now.Add(5 * minute), now.Add(-minute), false},
	} {
		_, err := courier.KeysThen(k.chain, k.came, k.stored, at(k.index, k.stored))(id.name, old.ID(), k.written.Unix())
		if (err == nil) != k.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a node says by a key that is revoked before it has left, it says again by the next one, whichever way it
// goes; a peer could not check the other.
func TestReceiptsAfterARevocation(t *testing.T) {
	for name, carry := range map[string]func(t *testing.T, kh, id *node){
		"sent": func(t *testing.T, kh, id *node) {
			kh.start()
			id.start()
		},
		"fetched": func(t *testing.T, kh, id *node) {
			kh.courier.Pulls = true
			id.start()
			kh.start()
		},
		"in a file": func(t *testing.T, kh, id *node) { id.bring(kh) },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				kh, id := newNode(t, "KH", storetest.SQLite(t)), newNode(t, "ID", db)
				if name == "fetched" { // nobody can call KH
					kh.card = kh.first("")
					kh.write(func(tx *store.Tx) error {
						_, err := tx.Exec(`DELETE FROM card`)
						if err == nil {
							err = courier.KeepOwn(tx, kh.card, "admin")
						}
						return err
					})
				}
				meet(kh, id)
				mid := kh.ping(id, 2)[0]
				kh.bring(id)
				id.bring(kh) // R1
				if err := id.courier.JudgeAll(t.Context()); err != nil {
					t.Fatal(err)
				}
				for range 2 { // twice: it may take long until they go
					old := id.keys
					after, err := old.Revoke(old.Current.ID())
					if err != nil {
						t.Fatal(err)
					}
					now := time.Now().Unix()
					next, err := card.Follow(id.card, old, after, id.details(),
						now, card.Revocation{ID: old.Current.ID(), At: now - 60})
					if err != nil {
						t.Fatal(err)
					}
					id.set(after)
					id.card = next
					id.write(func(tx *store.Tx) error { return courier.KeepOwn(tx, next, "admin") })
					kh.write(func(tx *store.Tx) error {
						_, err := courier.AddPeer(tx, kh.name, next, "", "admin")
						return err
					})
					time.Sleep(1100 * time.Millisecond) // cards are read once in a second
					var b bytes.Buffer
					if _, err := id.courier.Export(t.Context(), &b, kh.name); err != nil { // which gets lost
						t.Fatal(err)
					}
				}
				carry(t, kh, id)
				until(t, "both letters have their R2", func() bool { return kh.count(`SELECT COUNT(*) FROM receipt_in WHERE stage = 2`) == 2 })
				sound(t, "after it", id)
				if name != "fetched" { // whose first card is gone
					sound(t, "after it", kh)
				}
				id.write(func(tx *store.Tx) error { // the one before is no more what was said
					_, err := tx.Exec(`DELETE FROM receipt_out WHERE stage = 2 AND mid = $1`, mid)
					return err
				})
				if rep := id.verify(); len(rep.Found) == 0 {
					t.Error("a receipt that is gone is not found")
				}
			})
		})
	}
}
