package courier

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// What a node had sent between its backup and its end it no longer knows, and would refuse the answers to
// it. The peer has these letters: it gives back each envelope, which only this node can have signed, with
// the receipts that it gave, and says which conversation the letter is of. Nothing in it can be read but by
// the peer, so that a reconciliation still carries nothing about anybody. That a letter began a conversation
// is the peer's word, under its signature, and gains it nothing: it could send an answer that was not asked.

// taught is a letter as the node that has stored it gives it back to the one that has forgotten it.
type taught struct {
	Envelope string   `json:"envelope"`
	Type     string   `json:"type"`
	CID      string   `json:"cid"`
	Article  string   `json:"art"`
	Purpose  string   `json:"pur"`
	Receipts []string `json:"receipts"`
}

const (
	// firstMid comes before every mid.
	firstMid = "00000000-0000-7000-8000-000000000000"
	// maxTaught letters are in one letter at most, of so many bytes: it is a letter like others.
	maxTaught      = 256
	maxTaughtBytes = 600_000
)

// teach answers which letters of a peer this node has accepted in a time. One that no letter could hold is
// not among them.
func (c *Courier) teach(tx *store.Tx, p Peer, l letter.Letter, q reconcilePayload) error {
	list := []taught{}
	var mids []string
	if err := func() error {
		rows, err := tx.Query(taughtIn, p.Node, q.After, time.Unix(q.Since, 0), time.Unix(q.Until, 0), int64(maxTaught), int64(maxTaughtBytes))
		if err != nil {
			return err
		}
		defer rows.Close()
		for size := 0; rows.Next(); {
			var t taught
			var mid, receipt, text string
			if err := rows.Scan(&mid, &t.Envelope, &t.CID, &t.Article, &t.Purpose, &receipt, &text); err != nil {
				return err
			}
			if size += len(t.Envelope) + 3*len(receipt); size > maxTaughtBytes && len(list) > 0 {
				break
			}
			if t.Type, err = typeOf(text); err != nil {
				return fmt.Errorf("letter %s: %w", mid, err)
			}
			t.Receipts = []string{receipt}
			list, mids = append(list, t), append(mids, mid)
		}
		return rows.Err()
	}(); err != nil {
		return err
	}
	for i, mid := range mids {
		later, err := tx.Texts(laterReceipts, p.Node, mid)
		if err != nil {
			return err
		}
		list[i].Receipts = append(list[i].Receipts, later...)
	}
	return write(tx, c.Self, p, c.Keys(), "reconcile", l.Conversation, l.ID, reconcilePayload{Since: q.Since, Until: q.Until, Letters: list})
}

// typeOf is the type of a letter that was opened before.
func typeOf(text string) (string, error) {
	const prefix = "mxp-letter/"
	o, err := signed.Parse(text, prefix)
	if err != nil {
		return "", err
	}
	var h struct {
		Type string `json:"typ"`
	}
	err = json.Unmarshal(o.Header, &h)
	return strings.TrimPrefix(h.Type, prefix), err
}

// remember takes back letters that this node had sent, and asks for those that follow.
func (c *Courier) remember(tx *store.Tx, p Peer, l letter.Letter, body reconcilePayload) error {
	cards, err := Cards(tx, c.Self)
	if err != nil {
		return err
	}
	own, theirs := ownKeys(cards), letter.KeysOf(p.Cards, tx.Now().Unix())
	var letters []Sealed
	var stored []delivery
	var rows [][]any
	var events []journal.Event
	next, unusable, seen := "", 0, map[string]bool{}
	for _, t := range body.Letters {
		e, receipts, err := t.read(own, theirs)
		if err != nil || e.Issuer != c.Self || e.Audience != p.Node {
			unusable++
			continue
		}
		next = max(next, e.ID)
		var known int
		if err := tx.QueryRow(countOut, p.Node, e.ID).Scan(&known); err != nil {
			return err
		}
		if known > 0 || seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		letters = append(letters, Sealed{Type: t.Type, Envelope: t.Envelope, Header: letter.Header{
			Issuer: e.Issuer, Audience: e.Audience, ID: e.ID, Expires: e.Expires, Conversation: t.CID, Article: t.Article, Purpose: t.Purpose,
		}})
		for i, r := range receipts {
			if r.Stage == letter.StageStored {
				stored = append(stored, delivery{waiting: waiting{mid: e.ID}, receipt: r, text: t.Receipts[i]})
				continue
			}
			rows = append(rows, []any{e.ID, int64(r.Stage), t.Receipts[i]})
			event, err := p.receiptEvent("receipt-in", r, t.Receipts[i])
			if err != nil {
				return err
			}
			events = append(events, event)
		}
	}
	if err := queue(tx, actor, map[string]Peer{p.Node: p}, letters); err != nil {
		return err
	}
	if err := delivered(tx, p, stored); err != nil {
		return err
	}
	if _, err := many(tx, insertReceiptIn, []any{p.Node, tx.Now()}, rows); err != nil {
		return err
	}
	if err := p.judged(tx, rows); err != nil {
		return err
	}
	if _, err := journal.AppendAll(tx, events); err != nil {
		return err
	}
	if len(letters)+unusable > 0 {
		if err := p.event(tx, "remembered", actor, map[string]any{"since": body.Since, "until": body.Until, "letters": len(letters), "unusable": unusable}); err != nil {
			return err
		}
		c.Log.Warn("letters that this node had sent after its backup, and had forgotten, are known again; what was in them only the peer has",
			"peer", p.Node, "letters", len(letters), "unusable", unusable)
	}
	if next == "" {
		return nil
	}
	return write(tx, c.Self, p, c.Keys(), "reconcile", "", "", reconcilePayload{Since: body.Since, Until: body.Until, After: next})
}

// read checks that this node has sent the letter, and that the peer has stored it.
func (t taught) read(own, theirs letter.Keys) (e letter.Envelope, receipts []letter.Receipt, err error) {
	if e, err = letter.ParseEnvelope(t.Envelope, own); err != nil {
		return e, nil, err
	}
	if agreement.Free(t.Type) || !slices.Contains(letter.Types(), t.Type) {
		return e, nil, refusal(letter.TypeUnknown, "no letter of an agreement")
	}
	stages := map[int]bool{}
	for _, text := range t.Receipts {
		r, err := letter.ParseReceipt(text, theirs)
		if err == nil {
			err = r.Check(e)
		}
		if err == nil && stages[r.Stage] {
			err = refusal(letter.Malformed, "two receipts of a stage")
		}
		if err != nil {
			return e, nil, err
		}
		stages[r.Stage] = true
		receipts = append(receipts, r)
	}
	if !stages[letter.StageStored] {
		return e, nil, refusal(letter.Malformed, "it has no receipt R1")
	}
	return e, receipts, nil
}
