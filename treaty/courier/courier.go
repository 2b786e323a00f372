package courier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/letter"
)

// A Courier carries the letters of one node. Its fields are set before it is used.
type Courier struct {
	DB          *store.DB
	Self        string           // this node's name
	Keys        func() card.Keys // as they are now
	Certificate tls.Certificate
	Log         *slog.Logger
	Now         func() time.Time

	// JournalKey is the node's secret journal key, by which it cosigns what it witnesses.
	JournalKey string

	// Pulls says that no peer can call this node: it fetches what waits for it.
	Pulls bool

	// Handle takes in a letter that its sender may send, in the transaction that accepts it. A
	// [letter.Refusal] refuses it; any other error leaves it where it is. Where it is nil, all are
	// refused but the courier's own. keep is false of a letter that is not to be read again: then
	// nothing readable of it stays, nor what could be opened (see [Forget]).
	Handle func(tx *store.Tx, l letter.Letter) (keep bool, err error)

	mu    sync.Mutex
	peers map[string]Peer // as last read
	read  time.Time
	own   card.Chain // the same of the node's own cards
	seen  time.Time
	wakes map[string]chan struct{}
	away  map[string]bool // peers that do not answer

	refusals refusals
}

// fresh is how long what was read of the peers is used: a peer that another process suspends is
// heard no longer than that.
const fresh = time.Second

// known are the peers, by node name.
func (c *Courier) known(ctx context.Context) (map[string]Peer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.Now(); c.peers != nil && now.Sub(c.read).Abs() < fresh {
		return c.peers, nil
	}
	peers := map[string]Peer{}
	err := c.DB.Read(ctx, func(tx *store.Tx) error {
		clear(peers)
		all, err := Peers(tx)
		for _, p := range all {
			peers[p.Node] = p
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	c.peers, c.read = peers, c.Now()
	return peers, nil
}

// ErrVoid: what this node signs now would never count.
var ErrVoid = errors.New("the clock of this node stands before its card, or its key is not on it: nobody could check what it signs")

// speaks makes sure that peers can check what this node signs now. A receipt is given once: one whose
// time is before the node's card would be refused for ever, so none is given until the clock is right.
func (c *Courier) speaks(ctx context.Context) error {
	own, err := c.ownCards(ctx)
	if err != nil {
		return err
	}
	now := c.Now().Unix()
	if _, err := own.SignKey(c.Keys().Current.ID(), now, now); err != nil {
		return ErrVoid
	}
	return nil
}

// ownCards are this node's own cards.
func (c *Courier) ownCards(ctx context.Context) (card.Chain, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.Now(); c.own == nil || now.Sub(c.seen).Abs() >= fresh {
		if err := c.DB.Read(ctx, func(tx *store.Tx) (err error) {
			c.own, err = Cards(tx, c.Self)
			return err
		}); err != nil {
			return nil, fmt.Errorf("the own cards: %w", err)
		}
		c.seen = now
	}
	return c.own, nil
}

// pinned is the peer whose card has a pin.
func (c *Courier) pinned(ctx context.Context, pin string) (Peer, bool) {
	peers, err := c.known(ctx)
	if err != nil {
		c.Log.Error("the peers cannot be read", "error", err)
	}
	for _, p := range peers {
		if slices.Contains(p.Cards.Last().TLS, pin) {
			return p, true
		}
	}
	return Peer{}, false
}

// Wake has what waits in the outbox looked at now.
func (c *Courier) Wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wakes {
		select {
		case w <- struct{}{}:
		default: // it is awake
		}
	}
}

// wake is the channel on which a peer's deliveries are woken.
func (c *Courier) wake(peer string) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wakes == nil {
		c.wakes = map[string]chan struct{}{}
	}
	if c.wakes[peer] == nil {
		c.wakes[peer] = make(chan struct{}, 1)
	}
	return c.wakes[peer]
}

// answers notes whether a peer answers.
func (c *Courier) answers(peer string, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away == nil {
		c.away = map[string]bool{}
	}
	c.away[peer] = !yes
}

// calls is told that a peer has called. Where it did not answer, it may do so again.
func (c *Courier) calls(peer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away[peer] {
		select {
		case c.wakes[peer] <- struct{}{}:
		default:
		}
	}
}

// each calls do for 0 … n-1 on all processors.
func each(n int, do func(i int)) {
	if n == 1 {
		do(0)
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
