package node_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// When keys change, a sealing key that the peer has long ceased to use leaves the file of keys.
func TestDisusedKeyIsForgotten(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	home, other := node.Home(filepath.Join(t.TempDir(), "kh")), node.Home(filepath.Join(t.TempDir(), "id"))
	must(node.Init(ctx, home, node.Setup{Country: "KH", Authority: "A", Actor: "admin"}))
	must(node.Init(ctx, other, node.Setup{Country: "ID", Authority: "B", Actor: "admin"}))
	peer, err := node.Open(ctx, other, "", nil)
	must(err)
	defer peer.Close()
	theirs, err := peer.Card(ctx)
	must(err)
	n, err := node.Open(ctx, home, "", nil)
	must(err)
	defer n.Close()
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := courier.AddPeer(tx, n.Name(), theirs, theirs.Fingerprint(), "admin")
		return err
	}))
	first, err := n.Card(ctx)
	must(err)
	disused := first.Seal[0].ID
	second, err := n.RenewCard(ctx, "admin", func(k card.Keys) (card.Keys, []string, error) {
		k, err := k.Revoke(disused)
		return k, []string{disused}, err
	})
	must(err)

	// What the peer had sealed for the second card four months ago.
	head, err := json.Marshal(letter.EnvelopeHeader{Protocol: 1, Suite: "x", Issuer: theirs.Node, Audience: n.Name(), SealID: second.Seal[0].ID})
	must(err)
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO inbox (issuer, mid, hash, envelope, receipt, state, code, letter, at) VALUES ($1, $2, '', $3, '', 'accepted', '', '', $4)`,
			theirs.Node, store.NewID(), signed.Base64.EncodeToString(head)+".e30.e30", time.Now().AddDate(0, -4, 0))
		return err
	}))
	has := func(k card.Keys) bool {
		_, ok := k.Opener(disused)
		return ok
	}
	var before, after bool
	_, err = n.RenewCard(ctx, "admin", func(k card.Keys) (card.Keys, []string, error) {
		before = has(k)
		return k.RotateSign(), nil, nil
	})
	must(err)
	_, err = n.RenewCard(ctx, "admin", func(k card.Keys) (card.Keys, []string, error) {
		after = has(k)
		if text, err := k.Secret(); err != nil || strings.Count(string(text), `"suite"`) != 1 {
			t.Errorf("the file holds other keys than one: %v", err)
		}
		return k.RotateSign(), nil, nil
	})
	must(err)
	if before || after {
		t.Errorf("the key is still there: %v, %v", before, after)
	}
}
