package node

import (
	"context"
	"encoding/json"
	"errors"

	"mitra/store"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
	"mitra/treaty/signed"
)

// settlings is how often events are given their places for evidence, beside a node that goes on receiving.
const settlings = 5

// Evidence is what this node can prove of a conversation, as a file. peer, a node name, may be empty where it is
// plain. That it was made stands in the house book before anybody has it, with the second officer who has agreed, if one has to; with,
// which may be nil, is done in the same transaction. The error is that of [evidence.Export], or of with.
func (n *Node) Evidence(ctx context.Context, cid, peer, actor, office, second string, with func(tx *store.Tx) error) (f evidence.File, file []byte, err error) {
	for range settlings {
		if err := n.Settle(ctx); err != nil {
			return f, nil, err
		}
		err = n.DB.Read(ctx, func(tx *store.Tx) error {
			f, err = evidence.Export(tx, n.Config.name(), cid, peer)
			return err
		})
		if !errors.Is(err, evidence.ErrPending) {
			break
		}
	}
	if err != nil {
		return f, nil, err
	}
	if file, err = f.Bytes(); err != nil {
		return f, nil, err
	}
	about := map[string]any{"letters": len(f.Letters), "file": signed.Hash(file)}
	if second != "" {
		about["second"] = second
	}
	data, err := json.Marshal(about)
	if err != nil {
		return f, nil, err
	}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error {
		if with != nil {
			if err := with(tx); err != nil {
				return err
			}
		}
		_, err := journal.Append(tx, journal.Event{Kind: "evidence", Actor: actor, Office: office, Purpose: "audit", Subjects: []string{cid}, Data: data})
		return err
	}); err != nil {
		return f, nil, err
	}
	return f, file, n.Settle(ctx)
}
