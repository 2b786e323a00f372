package courier

import (
	"context"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
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

// Tell keeps what this node says of a letter that it has stored, at a time that the receipt names.
func (c *Courier) Tell(tx *store.Tx, p Peer, r letter.Receipt, l letter.Letter) error {
	return c.tell(tx, []verdict{{peer: p, receipt: r, letter: l, keep: true}})
}

// SendAgain has letters sent again that the peer has lost.
func (p Peer) SendAgain(tx *store.Tx, mids ...string) error { return p.sendAgain(tx, mids) }

// KeysThen are the keys by which it is verified what an event tells of that was stored at a time, where each of a
// peer's cards came by an event of its own.
func KeysThen(cards card.Chain, came []journal.Event, stored time.Time, e journal.Event) letter.Keys {
	node := cards.Last().Node
	v := verifier{chains: map[string]card.Chain{node: cards}, known: map[string][]journal.Event{node: came}}
	return v.keys(node, stored, e)
}
