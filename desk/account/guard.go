package account

import (
	"sync"
	"time"
)

// A Guard slows down whoever guesses passwords. It holds nothing but counts, in memory. Its zero value is ready.
type Guard struct {
	mu    sync.Mutex
	tries map[string]tries
	known map[[2]string]bool // account and address that have signed in well
}

// tries are failures that have not been forgiven yet.
type tries struct {
	n  float64
	at time.Time
}

// How many failures are borne, and how fast they are forgiven.
const (
	perPair    = 5  // of one account from one address
	perAddress = 30 // of one address, whatever the account
	perAccount = 60 // of one account from addresses it has not been signed in from
	forgiven   = time.Minute
	remembered = 10_000 // entries
)

// Try counts a try, unless the address has to wait before it may: then it returns how long. Those who try at the same time are counted
// one after the other. [Guard.Well] takes a try back that was none of guessing.
func (g *Guard) Try(id, address string, now time.Time) time.Duration {
	id = held(id)
	g.mu.Lock()
	defer g.mu.Unlock()
	wait := g.wait(id, address, now)
	if wait == 0 {
		g.count(id, address, now)
	}
	return wait
}

// Wait is how long an address has to wait before it may try an account; zero: it may now. The address is that of the network, without a
// port.
func (g *Guard) Wait(id, address string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wait(held(id), address, now)
}

func (g *Guard) wait(id, address string, now time.Time) (wait time.Duration) {
	for key, most := range g.keys(id, address) {
		t := g.tries[key].after(now)
		if t.n > float64(most)-1 {
			wait = max(wait, time.Duration((t.n-float64(most)+1)*float64(forgiven)))
		}
	}
	return wait
}

// Failed counts a failure, whether or not the address had to wait.
func (g *Guard) Failed(id, address string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count(held(id), address, now)
}

func (g *Guard) count(id, address string, now time.Time) {
	if g.tries == nil {
		g.tries = map[string]tries{}
	}
	if len(g.tries) > remembered {
		for key, t := range g.tries {
			if t.after(now).n == 0 {
				delete(g.tries, key)
			}
		}
		for key := range g.tries { // a crowd that guesses: some are forgiven, and the memory does not fill
			if len(g.tries) <= 2*remembered {
				break
			}
			delete(g.tries, key)
		}
	}
	for key := range g.keys(id, address) {
		t := g.tries[key].after(now)
		t.n++
		g.tries[key] = t
	}
}

// Well says that a try was none of guessing: what the address has failed at this account is forgiven, and the address
// is one that the account is known at.
func (g *Guard) Well(id, address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range []string{"address " + address, "account " + id} {
		if t, ok := g.tries[key]; ok {
			t.n = max(0, t.n-1)
			g.tries[key] = t
		}
	}
	if g.known == nil || len(g.known) > remembered {
		g.known = map[[2]string]bool{}
	}
	g.known[[2]string{id, address}] = true
	delete(g.tries, "pair "+id+" "+address)
}

// held is an id as it is remembered: what cannot be one is all the same, so that nobody fills the memory with what they type.
func held(id string) string {
	if !idForm.MatchString(id) {
		return ""
	}
	return id
}

// keys are what a try counts towards, and how much each bears.
func (g *Guard) keys(id, address string) map[string]int {
	keys := map[string]int{"pair " + id + " " + address: perPair, "address " + address: perAddress}
	if !g.known[[2]string{id, address}] {
		keys["account "+id] = perAccount
	}
	return keys
}

// after is what is left of failures at a time.
func (t tries) after(now time.Time) tries {
	return tries{max(0, t.n-float64(now.Sub(t.at))/float64(forgiven)), now}
}
