package courier

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// Letters by which the couriers themselves talk to each other.

// lifetime is how long such a letter is tried.
const lifetime = 30 * 24 * time.Hour

type cardPayload struct {
	Card json.RawMessage `json:"card"`
}

type reconcilePayload struct {
	Since int64    `json:"since"`
	Until int64    `json:"until"`
	Held  []string `json:"held,omitzero"`
	Send  []string `json:"send,omitzero"`

	After   string   `json:"after,omitempty"`
	Letters []taught `json:"letters,omitzero"`
}

// maxHeld is how many mids one letter of a reconciliation has at most.
const maxHeld = 10_000

// write queues a letter of the courier's own in a conversation; cid and answers are empty for the first of
// one.
func write(tx *store.Tx, self string, p Peer, keys card.Keys, typ, cid, answers string, payload any) error {
	b, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	mid, err := letter.NewID()
	if err != nil {
		return err
	}
	if cid == "" {
		cid = mid
	}
	now := tx.Now().Unix()
	s, err := Seal(letter.Letter{Type: typ, Payload: b, Header: letter.Header{
		Issuer: self, Audience: p.Node, ID: mid, Conversation: cid, InReplyTo: answers,
		Issued: now, Expires: now + int64(lifetime/time.Second), Schema: letter.SchemaID(typ),
	}}, p, keys)
	if err != nil {
		return err
	}
	return Queue(tx, actor, s)
}

// SendCard tells every peer of a new card of this node.
func SendCard(tx *store.Tx, self string, keys card.Keys, s card.Signed) error {
	peers, err := Peers(tx)
	if err != nil {
		return err
	}
	for _, p := range peers {
		if p.State != Active {
			continue // it gets the chain when it asks, or with a bundle
		}
		if err := write(tx, self, p, keys, "card", "", "", cardPayload{s.Bytes()}); err != nil {
			return err
		}
	}
	return nil
}

// takeCard takes in a card that a peer has sent.
func (c *Courier) takeCard(tx *store.Tx, p Peer, l letter.Letter) error {
	var body cardPayload
	if err := json.Unmarshal(l.Payload, &body); err != nil {
		return refusal(letter.SchemaInvalid, "the payload is not a card")
	}
	s, err := card.Parse(body.Card)
	if err != nil {
		return &letter.Refusal{Code: letter.SchemaInvalid, Err: err}
	}
	if s.Node != p.Node {
		return refusal(letter.IssuerUnknown, "the card is of another node")
	}
	if _, err := AddPeer(tx, c.Self, s, "", actor); err != nil {
		for _, known := range []error{card.ErrKnown, card.ErrFork, card.ErrGap, card.ErrIntroduction, card.ErrSignature, card.ErrMalformed} {
			if errors.Is(err, known) {
				if known == card.ErrKnown {
					return nil
				}
				return &letter.Refusal{Code: letter.KeyUnknown, Err: known}
			}
		}
		return err
	}
	return nil
}

// OpenEpoch has the exchange books go on after the node was put back from a backup of a time: each in a
// new one, whose first event names the last checkpoint of the old one and how far the peer had cosigned it
// as far as is known here. What was acknowledged since then is asked of the peers.
func OpenEpoch(tx *store.Tx, backup time.Time, who string) error {
	peers, err := Peers(tx)
	if err != nil {
		return err
	}
	for _, p := range peers {
		head, err := journal.LastCheckpoint(tx, p.Book)
		if err != nil {
			return err
		}
		var cosigned int64
		if err := tx.QueryRow(lastCosigned, p.Book).Scan(&cosigned); err != nil {
			return err
		}
		before := p.Book
		p.Book = book(p.Node) + "." + store.NewID()[24:] // never one that was used, whatever was lost
		if _, err := tx.Exec(newBook, p.Book, backup, p.Node); err != nil {
			return err
		}
		if err := p.event(tx, "epoch-opened", who, map[string]any{"backup": store.Time(backup), "before": before, "checkpoint": head, "cosigned": cosigned}); err != nil {
			return err
		}
	}
	return nil
}

// before is how long before the backup the reconciliation begins: clocks differ, and a transaction takes
// its time.
const before = time.Hour

// reconcileSince asks the peer, after a restore, what this node has acknowledged since the backup, and
// what it has sent.
func (c *Courier) reconcileSince(tx *store.Tx, p Peer) error {
	var text string
	if err := tx.QueryRow(reconcileOf, p.Node).Scan(&text); err != nil || text == "" {
		return err
	}
	backup, err := store.ParseTime(text)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(reconciled, p.Node); err != nil {
		return err
	}
	span := reconcilePayload{Since: backup.Add(-before).Unix(), Until: tx.Now().Unix() + 1}
	if err := write(tx, c.Self, p, c.Keys(), "reconcile", "", "", span); err != nil {
		return err
	}
	span.After = firstMid
	return write(tx, c.Self, p, c.Keys(), "reconcile", "", "", span)
}

// reconcile takes in a letter of a reconciliation.
func (c *Courier) reconcile(tx *store.Tx, p Peer, l letter.Letter) error {
	var body reconcilePayload
	if err := json.Unmarshal(l.Payload, &body); err != nil {
		return refusal(letter.SchemaInvalid, "the payload is not of a reconciliation")
	}
	switch {
	case body.Send != nil:
		return p.sendAgain(tx, body.Send)
	case body.After != "":
		return c.teach(tx, p, l, body)
	case body.Letters != nil:
		return c.remember(tx, p, l, body)
	case body.Held == nil: // the question: which letters does this node hold an R1 of?
		held, at, err := p.held(tx, time.Unix(body.Since, 0), time.Unix(body.Until, 0))
		if err != nil {
			return err
		}
		return write(tx, c.Self, p, c.Keys(), "reconcile", l.Conversation, l.ID, reconcilePayload{Since: body.Since, Until: at.Unix(), Held: held})
	}
	known, err := arrivals(tx, p.Node, body.Held)
	if err != nil {
		return err
	}
	lost := []string{}
	for _, mid := range body.Held {
		if _, ok := known[mid]; !ok {
			lost = append(lost, mid)
		}
	}
	if err := p.event(tx, "reconciled", actor, map[string]any{"since": body.Since, "until": body.Until, "held": len(body.Held), "lost": len(lost)}); err != nil {
		return err
	}
	if len(lost) > 0 {
		if err := write(tx, c.Self, p, c.Keys(), "reconcile", l.Conversation, l.ID, reconcilePayload{Since: body.Since, Until: body.Until, Send: lost}); err != nil {
			return err
		}
	}
	if len(body.Held) == maxHeld { // there may be more than one letter holds
		return write(tx, c.Self, p, c.Keys(), "reconcile", "", "", reconcilePayload{Since: body.Until, Until: tx.Now().Unix() + 1})
	}
	return nil
}

// held are the letters that the peer has acknowledged in a time, and until when: there may be more than one
// letter holds.
func (p Peer) held(tx *store.Tx, since, until time.Time) (mids []string, to time.Time, err error) {
	rows, err := tx.Query(heldOut, p.Node, since, until, int64(maxHeld))
	if err != nil {
		return nil, until, err
	}
	defer rows.Close()
	mids, to = []string{}, until
	for rows.Next() {
		var mid, at string
		if err := rows.Scan(&mid, &at); err != nil {
			return nil, until, err
		}
		mids = append(mids, mid)
		if len(mids) == maxHeld {
			if to, err = store.ParseTime(at); err != nil {
				return nil, until, err
			}
		}
	}
	return mids, to, rows.Err()
}

// sendAgain has letters sent again that the peer had acknowledged and has lost. The receipt that it gave
// is kept: it shows what was promised.
func (p Peer) sendAgain(tx *store.Tx, mids []string) error {
	again := 0
	for _, mid := range mids {
		if _, err := tx.Exec(keepReceipt, p.Node, mid, int64(letter.StageStored), tx.Now()); err != nil {
			return err
		}
		n, err := tx.Exec(againOut, tx.Now(), p.Node, mid)
		if err != nil {
			return err
		}
		again += int(n)
	}
	return p.event(tx, "sent-again", actor, map[string]any{"letters": again})
}

// mine takes in a letter of the courier's own; ok says whether it was one.
func (c *Courier) mine(tx *store.Tx, p Peer, l letter.Letter) (ok bool, err error) {
	switch l.Type {
	case "card":
		err = c.takeCard(tx, p, l)
	case "reconcile":
		err = c.reconcile(tx, p, l)
	case "ping":
	default:
		return false, nil
	}
	if err != nil && letter.CodeOf(err) == "" {
		err = fmt.Errorf("%s: %w", l.Type, err)
	}
	return true, err
}
