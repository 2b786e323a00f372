package courier

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// disusedAfter is for how long a peer has sealed for a newer key before an older one is disused: nothing that
// it sealed before is under way any more ([letter.MaxLife]), and a backup from which it would learn the older
// key again is two months old.
const disusedAfter = 3 * letter.MaxLife * time.Second

// Disused are the ids of this node's sealing keys that nobody needs any more: no card shows them, each peer
// has sealed for a newer one for three months, and every letter of that time is opened. Where a peer has not
// written, it is not known for which key it would seal, and there are none.
func Disused(tx *store.Tx, keys card.Keys, now time.Time) (ids []string, err error) {
	until := now.Add(-disusedAfter)
	var waiting int
	if err := tx.QueryRow(storedBefore, until).Scan(&waiting); err != nil {
		return nil, err
	}
	peers, err := Peers(tx)
	if err != nil || waiting > 0 || len(peers) == 0 {
		return nil, err
	}
	oldest := 0 // how many keys are newer than the oldest that a peer may use
	for _, p := range peers {
		var text string
		err := tx.QueryRow(newestBefore, p.Node, until).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		sealed, err := sealedFor(text)
		if err != nil {
			return nil, fmt.Errorf("a letter of %s: %w", p.Node, err)
		}
		n, ok := keys.Age(sealed)
		if !ok {
			return nil, nil // it is a key of a time that a restore has undone
		}
		oldest = max(oldest, n)
	}
	return keys.Older(oldest), nil
}

// sealedFor is the id of the sealing key of an envelope that was stored.
func sealedFor(envelope string) (string, error) {
	head, _, _ := strings.Cut(envelope, ".")
	b, err := signed.Decode(head)
	if err != nil {
		return "", err
	}
	var h letter.EnvelopeHeader
	err = signed.Strict(b, &h)
	return h.SealID, err
}
