package evidence_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
)

// whole makes sure that a file has neither faults nor anything open.
func whole(t *testing.T, what string, f evidence.File, c corridor) evidence.Report {
	t.Helper()
	rep := evidence.Verify(clone(t, f), false, c.kh.cards[0], c.id.cards[0])
	if !rep.OK || len(rep.Open) > 0 {
		t.Errorf("%s: faults %+v, open %+v", what, rep.Faults, rep.Open)
	}
	return rep
}

// only makes sure that a file has no faults, and open what it should.
func only(t *testing.T, what string, f evidence.File, c corridor, codes ...string) {
	t.Helper()
	rep := evidence.Verify(clone(t, f), false, c.kh.cards[0], c.id.cards[0])
	var open []string
	for _, o := range rep.Open {
		open = append(open, o.Code)
	}
	slices.Sort(open)
	if !rep.OK || !slices.Equal(slices.Compact(open), codes) {
		t.Errorf("%s: faults %+v, open %+v, want %v", what, rep.Faults, rep.Open, codes)
	}
}

// What is not there yet is told, and is no fault: nothing has arrived, or nothing is cosigned.
func TestWhatIsNotShownYet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c corridor) {
		l := c.send(c.kh, "enquiry", asked, nil)
		if err := c.kh.db.Read(t.Context(), func(tx *store.Tx) error {
			_, err := evidence.Export(tx, c.kh.name, l.ID, "")
			return err
		}); !errors.Is(err, evidence.ErrPending) {
			t.Errorf("before the keeper: %v", err)
		}
		only(t, "sent", c.kh.export(l.ID), c, evidence.NotStored, evidence.NotWitnessed)
		c.kh.bring(c.id)
		only(t, "stored there", c.id.export(l.ID), c, evidence.NotWitnessed)
		c.id.bring(c.kh)
		only(t, "receipts are here", c.kh.export(l.ID), c, evidence.NotWitnessed)
		c.kh.bring(c.id)
		c.id.bring(c.kh)
		whole(t, "all is cosigned", c.kh.export(l.ID), c)
		whole(t, "all is cosigned there", c.id.export(l.ID), c)
		// What follows is not cosigned, and what was before still is.
		first := l
		c.send(c.kh, "release-request", `{"fields":["stay"]}`, &l)
		f := c.kh.export(l.ID)
		if len(f.Books) != 1 || len(f.Books[0].Cosigned) == 0 || len(f.Books[0].Cosigned[0].Path) == 0 {
			t.Fatalf("%+v", f.Books)
		}
		only(t, "one more letter", f, c, evidence.NotStored, evidence.NotWitnessed)
		rep := evidence.Verify(f, false)
		if rep.Letters[0].MID != first.ID || !rep.Letters[0].Witnessed || rep.Letters[1].Witnessed {
			t.Errorf("%+v", rep.Letters)
		}
	})
}

func TestWhatCannotBeExported(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c corridor) {
		cid := c.talk(1)
		export := func(cid, peer string) error {
			return c.kh.db.Read(t.Context(), func(tx *store.Tx) error {
				_, err := evidence.Export(tx, c.kh.name, cid, peer)
				return err
			})
		}
		for _, unknown := range []string{"0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f", "", "SYNTHETIC"} {
			if err := export(unknown, ""); !errors.Is(err, courier.ErrNoConversation) {
				t.Errorf("%q: %v", unknown, err)
			}
		}
		if err := errors.Join(export(cid, ""), export(cid, c.id.name)); err != nil {
			t.Error(err)
		}
		if err := export(cid, c.kh.name); !errors.Is(err, courier.ErrNoConversation) {
			t.Errorf("with another peer: %v", err)
		}
		c.kh.write(func(tx *store.Tx) error { // its row has a later time than its event, as where a clock was set back
			_, err := tx.Exec(`UPDATE outbox SET queued = $1`, tx.Now().Add(time.Hour))
			return err
		})
		whole(t, "with a row of a later time", c.kh.export(cid), c)
		third := newNode(t, "TH", "0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e61", storetest.SQLite(t))
		c.kh.write(func(tx *store.Tx) error {
			if _, err := courier.AddPeer(tx, c.kh.name, third.cards[0], third.cards[0].Fingerprint(), "admin"); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO inbox (issuer, mid, hash, envelope, receipt, state, code, letter, at, cid)
				VALUES ($1, $2, '', '', '', 'accepted', '', '', $3, $2)`, third.name, cid, tx.Now())
			return err
		})
		if err := export(cid, ""); !errors.Is(err, courier.ErrConversations) {
			t.Errorf("two peers: %v", err)
		}
		if err := export(cid, c.id.name); err != nil {
			t.Error(err)
		}
		c.kh.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE journal_leaf SET event = NULL, salt = NULL WHERE book <> 'house'`)
			return err
		})
		if err := export(cid, c.id.name); !errors.Is(err, journal.ErrNoEvent) || strings.Contains(err.Error(), "SYNTHETIC") {
			t.Errorf("without events: %v", err)
		}
	})
}

// Keys change and nodes are put back from backups while they talk: the evidence spans cards and books.
func TestAcrossCardsAndEpochs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c corridor) {
		rotate := func(n *node, revoke bool) {
			next, err := n.keys.RotateSign().RotateSeal()
			if err != nil {
				t.Fatal(err)
			}
			var gone []card.Revocation
			if revoke {
				gone = []card.Revocation{{ID: n.keys.Current.ID(), At: time.Now().Unix() + 1}}
			}
			s, err := card.Follow(n.cards.Last(), n.keys, next, n.details, time.Now().Unix()+1, gone...)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(1100 * time.Millisecond) // until it holds
			n.keys, n.cards = next, append(n.cards, s)
			n.write(func(tx *store.Tx) error { return courier.KeepOwn(tx, s, "admin") })
			c.other(n).write(func(tx *store.Tx) error {
				_, err := courier.AddPeer(tx, c.other(n).name, s, "", "admin")
				return err
			})
		}
		cid := c.talk(9, func(n int) {
			for range 3 { // what is under way has come, and is cosigned
				c.kh.bring(c.id)
				c.id.bring(c.kh)
			}
			restored := func(n *node) {
				n.write(func(tx *store.Tx) error { return courier.OpenEpoch(tx, time.Now(), "admin") })
				time.Sleep(1100 * time.Millisecond) // else its courier, which was running, knows the old book for a second
			}
			switch n {
			case 1:
				rotate(c.id, false)
			case 2:
				restored(c.kh)
			case 4:
				rotate(c.kh, true)
			case 6:
				restored(c.id)
			}
		})
		for _, n := range []*node{c.kh, c.id} {
			f := n.export(cid)
			if rep := whole(t, n.name, f, c); len(rep.Letters) != 9 || len(f.Books) != 2 || len(f.Shown) != 2 || len(f.Cards) != 4 {
				t.Errorf("%s: %d letters, %d and %d books, %d cards", n.name, len(rep.Letters), len(f.Books), len(f.Shown), len(f.Cards))
			}
		}
	})
}

// A letter that only its receiver still has is told of by its envelope; one that was taken out is missed.
func TestForgottenLetter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c corridor) {
		first := c.sendAs(c.kh, "enquiry", asked, nil, func(s *courier.Sealed) { s.Letter = "" }) // as one that came back after a restore
		c.kh.bring(c.id)
		c.id.bring(c.kh)
		c.kh.bring(c.id)
		c.id.bring(c.kh)
		f := c.kh.export(first.ID)
		only(t, "forgotten", f, c, evidence.TextUnknown)
		if rep := evidence.Verify(f, true); f.Letters[0].Letter != "" || rep.Letters[0].Type != "enquiry" || rep.Letters[0].Purpose != "stay" || rep.Letters[0].Payload != nil {
			t.Errorf("%+v", rep.Letters)
		}
		whole(t, "its receiver's", c.id.export(first.ID), c)

		cid := c.talk(1)
		c.kh.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE outbox SET letter = '' WHERE mid = $1`, cid)
			return err
		})
		if rep := evidence.Verify(c.kh.export(cid), false); rep.OK || rep.Faults[0].Code != evidence.EventDiffers {
			t.Errorf("%+v", rep.Faults)
		}
	})
}

// A peer that shows two books is seen in the evidence.
func TestForkOfThePeer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c corridor) {
		cid := c.talk(2)
		f := c.kh.export(cid)
		book, size := sizeOf(t, f.Shown[0].Checkpoint)
		c.kh.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE watch SET fault = $1`, c.id.checkpoint(book, size+1, [32]byte{1}))
			return err
		})
		rep := evidence.Verify(clone(t, c.kh.export(cid)), false)
		if rep.OK || len(rep.Faults) != 1 || rep.Faults[0].Code != evidence.BookForked {
			t.Errorf("%+v", rep.Faults)
		}
	})
}
