package courier

import (
	"context"

	"mitra/store"
)

// QueueUnchecked queues a letter as a node does that asks no agreement.
func QueueUnchecked(tx *store.Tx, s Sealed, actor string) error {
	p, err := FindPeer(tx, s.Audience)
	if err != nil {
		return err
	}
	return queue(tx, actor, map[string]Peer{p.Node: p}, []Sealed{s})
}

// JudgeSome judges what waits, once.
func (c *Courier) JudgeSome(ctx context.Context) (int, error) { return c.judgeSome(ctx) }
