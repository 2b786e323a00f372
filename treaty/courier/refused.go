package courier

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mitra/treaty/letter"
)

// A Refused is how often this process has refused what a peer brought, for one reason.
type Refused struct {
	Peer    string
	Country string
	Code    letter.Code
	Times   int64
}

// refusals count what is refused. What fails before it is stored leaves no other trace; and a peer
// that does what it must not, or whose clock or keys are wrong, is something to tell of: once, and
// again in an hour, however often it comes.
type refusals struct {
	mu   sync.Mutex
	all  map[refusedFor]int64
	told map[refusedFor]time.Time
}

type refusedFor struct {
	peer, country string
	code          letter.Code
}

// refused counts letters or requests of a peer.
func (c *Courier) refused(p Peer, code letter.Code, times int) {
	if code == "" || times == 0 {
		return
	}
	why := refusedFor{p.Node, p.Country, code}
	r := &c.refusals
	r.mu.Lock()
	if r.all == nil {
		r.all, r.told = map[refusedFor]int64{}, map[refusedFor]time.Time{}
	}
	r.all[why] += int64(times)
	all, now := r.all[why], time.Now()
	told, before := r.told[why]
	tell := !before || now.Sub(told) >= reminder
	if tell {
		r.told[why] = now
	}
	r.mu.Unlock()
	if tell {
		c.Log.Warn("what the peer sends is refused", "peer", p.Node, "code", string(code), "times", all)
	}
}

// Refused is what this process has refused of each peer so far, by peer and code.
func (c *Courier) Refused() (all []Refused) {
	c.refusals.mu.Lock()
	defer c.refusals.mu.Unlock()
	for why, times := range c.refusals.all {
		all = append(all, Refused{why.peer, why.country, why.code, times})
	}
	slices.SortFunc(all, func(a, b Refused) int { return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Code, b.Code)) })
	return all
}
