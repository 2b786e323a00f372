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
	return p.queue(tx, s, actor)
}

// JudgeSome judges what waits, once.
func (c *Courier) JudgeSome(ctx context.Context) (int, error) { return c.judgeSome(ctx) }
