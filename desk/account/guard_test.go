package account_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/account"
)

func TestGuard(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	var g account.Guard
	for i := range 5 {
		if w := g.Wait("dara", "10.0.0.1", now); w != 0 {
			t.Fatalf("try %d has to wait %v", i+1, w)
		}
		g.Failed("dara", "10.0.0.1", now)
	}
	w := g.Wait("dara", "10.0.0.1", now)
	if w <= 0 || w > time.Minute {
		t.Errorf("after five failures: %v", w)
	}
	if g.Wait("dara", "10.0.0.1", now.Add(w)) != 0 {
		t.Error("who has waited has to wait on")
	}
	if g.Wait("rina", "10.0.0.1", now) != 0 || g.Wait("dara", "10.0.0.2", now) != 0 {
		t.Error("others wait too")
	}
	for range 5 { // slowly from then on
		now = now.Add(g.Wait("dara", "10.0.0.1", now))
		g.Failed("dara", "10.0.0.1", now)
	}
	if w := g.Wait("dara", "10.0.0.1", now); w < 30*time.Second {
		t.Errorf("after ten failures: %v", w)
	}
	g.Well("dara", "10.0.0.1")
	if g.Wait("dara", "10.0.0.1", now) != 0 {
		t.Error("failures before one that was none are not forgiven")
	}
}

// One address cannot try every account.
func TestGuardOfAnAddress(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	var g account.Guard
	for i := range 30 {
		g.Failed(fmt.Sprint("officer", i), "10.0.0.66", now)
	}
	if g.Wait("dara", "10.0.0.66", now) == 0 {
		t.Error("an address tries any number of accounts")
	}
	if g.Wait("dara", "10.0.0.1", now) != 0 {
		t.Error("another address waits")
	}
	g.Failed("dara", "10.0.0.66", now)
	g.Well("dara", "10.0.0.66") // with one account of their own they cannot go on either
	if g.Wait("rina", "10.0.0.66", now) == 0 {
		t.Error("who knows one password tries others on")
	}
}

// Whoever guesses from many addresses slows down who comes from where they were never seen, and nobody else.
func TestGuardKeepsNobodyOut(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	var g account.Guard
	g.Well("dara", "10.0.0.1")
	for i := range 500 {
		g.Failed("dara", fmt.Sprintf("10.9.%d.%d", i/250, i%250), now)
	}
	if w := g.Wait("dara", "10.0.0.1", now); w != 0 {
		t.Errorf("the officer waits %v where they are known", w)
	}
	if g.Wait("dara", "10.0.0.2", now) == 0 || g.Wait("dara", "10.9.9.9", now) == 0 {
		t.Error("an account can be tried any number of times from ever new addresses")
	}
	for range 4 {
		g.Failed("dara", "10.0.0.1", now)
	}
	if g.Wait("dara", "10.0.0.1", now) != 0 {
		t.Error("the officer cannot mistype four times")
	}
	g.Failed("dara", "10.0.0.1", now)
	if g.Wait("dara", "10.0.0.1", now) == 0 {
		t.Error("an address where the account is known tries any number of times")
	}
	if g.Wait("rina", "10.0.0.2", now) != 0 {
		t.Error("another account waits")
	}
	if w := g.Wait("dara", "10.0.0.2", now.Add(500*time.Minute)); w != 0 {
		t.Errorf("nothing is forgiven: %v", w)
	}
}

// What cannot be the name of an account is remembered as one thing, however long and different it is.
func TestGuardForgetsWhatIsTyped(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	var g account.Guard
	for i := range 5 {
		g.Failed(strings.Repeat("x", 60_000+i), "10.0.0.1", now)
	}
	if g.Wait("Another Name", "10.0.0.1", now) == 0 {
		t.Error("long names are remembered one by one")
	}
	if g.Wait("dara", "10.0.0.1", now) != 0 {
		t.Error("an account waits for it")
	}
}

func TestGuardAtOnce(t *testing.T) {
	var g account.Guard
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 2000 {
				id, address := fmt.Sprintf("o%d", j%50), fmt.Sprintf("10.0.%d.%d", i, j%200)
				g.Wait(id, address, time.Now())
				g.Failed(id, address, time.Now())
				g.Well(id, address)
			}
		})
	}
	all.Wait()
}
