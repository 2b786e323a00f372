package courier

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// ownKeys find the keys of a node for what it has signed itself, whatever has become of them since, and
// whatever its clock said.
func ownKeys(chain card.Chain) letter.Keys {
	return func(name, id string, written int64) (ed25519.PublicKey, error) {
		for n := range chain {
			if k, err := letter.KeysOf(chain[:n+1], 0)(name, id, chain[n].From); err == nil {
				return k, nil
			}
		}
		return letter.KeysOf(chain, 0)(name, id, written)
	}
}

var errCounts = errors.New("it counts")

// void reads a receipt of this node that no peer could check: its key was revoked before it left, or was
// rotated and it is dated by a clock that was ahead.
func void(own card.Chain, text string, now int64) (r letter.Receipt, yes bool) {
	r, err := letter.ParseReceipt(text, func(name, id string, written int64) (ed25519.PublicKey, error) {
		if _, err := own.SignKey(id, written, now); err == nil {
			return nil, errCounts // before its signature, which takes the longest, is looked at
		}
		return ownKeys(own)(name, id, written)
	})
	return r, err == nil
}

// renew signs receipts R2 and R3 anew that have not left and would not count. A letter has one R1 for ever. texts
// are changed where they stand.
func (c *Courier) renew(ctx context.Context, p Peer, keys []receiptKey, texts []string) error {
	own, err := c.ownCards(ctx)
	if err != nil || len(own) < 2 { // no key has changed
		return err
	}
	again := map[int]letter.Receipt{}
	for i, text := range texts {
		if r, yes := void(own, text, c.Now().Unix()); yes && keys[i].stage != letter.StageStored {
			again[i] = r
		}
	}
	if len(again) == 0 {
		return nil
	}
	if err := c.speaks(ctx); err != nil {
		return err
	}
	key, signedNow := c.Keys().Current, map[int]string{}
	if err := c.DB.Write(ctx, func(tx *store.Tx) error {
		clear(signedNow)
		var events []journal.Event
		for i, r := range again {
			r.At = tx.Now().Unix()
			text, err := r.Sign(key)
			if err != nil {
				return err
			}
			was, hash := signed.Hash([]byte(texts[i])), signed.Hash([]byte(text))
			n, err := tx.Exec(renewedReceipt, text, hash, p.Node, r.ID, int64(r.Stage), was)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("receipt of letter %s: another process has changed it", r.ID)
			}
			e, err := p.newEvent("receipt-renewed", actor, map[string]any{"mid": r.ID, "r": r.Stage, "receipt": hash, "was": was})
			if err != nil {
				return err
			}
			signedNow[i], events = text, append(events, e)
		}
		_, err := journal.AppendAll(tx, events)
		return err
	}); err != nil {
		return err
	}
	for i, text := range signedNow {
		texts[i] = text
	}
	return nil
}
