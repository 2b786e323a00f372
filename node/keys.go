package node

import (
	"context"
	"encoding/json"
	"slices"

	"mitra/store"
	"mitra/treaty/journal"
)

// signer is the journal's signing key among the secret files.
const signer = "journal.key"

// secrets are the secret files of a node that can be under its passphrase. The
// key of the cache is none: it opens what the database beside it says in plain.
var secrets = []string{signer, exchangeKey}

// ProtectKeys puts the node's secret files under its passphrase, a new one if they
// are under none, and returns how many were not. Its event comes first.
func (n *Node) ProtectKeys(ctx context.Context, actor string) (int, error) {
	if !slices.ContainsFunc(secrets, n.ring.Plain) {
		return 0, nil
	}
	if _, err := n.ring.Passphrase.Recipient(); err != nil {
		return 0, err
	}
	if err := n.record(ctx, journal.Event{Kind: "keys.protect", Actor: actor}); err != nil {
		return 0, err
	}
	return n.ring.Protect(secrets...)
}

// UnprotectKeys takes the node's secret files out from under its passphrase, and
// returns how many were under it. Its event comes first.
func (n *Node) UnprotectKeys(ctx context.Context, actor string) (int, error) {
	if !slices.ContainsFunc(secrets, n.ring.Protected) {
		return 0, nil
	}
	if err := n.record(ctx, journal.Event{Kind: "keys.unprotect", Actor: actor}); err != nil {
		return 0, err
	}
	return n.ring.Unprotect(secrets...)
}

// record writes an event and gives it its place in the journal.
func (n *Node) record(ctx context.Context, e journal.Event) error {
	if err := n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := journal.Append(tx, e)
		return err
	}); err != nil {
		return err
	}
	return n.Settle(ctx)
}

// encoded is the data of an event.
func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of texts and numbers
	}
	return b
}
