//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"mitra/node"
	"mitra/store"
)

// kills are the faults of processes that end without a word.
func kills(long bool) []row {
	times, letters := 20, 400
	if long {
		times, letters = 200, 5000
	}
	return []row{
		{fault: "kill −9 at every commit", how: "KH and ID end themselves just before and just after each commit and head file that they make", node: true, long: true, run: atEveryCommit},
		{fault: "kill −9 at random", how: fmt.Sprintf("%d times while %d letters flow", times, letters), node: true, both: true, run: func(ctx context.Context, c *corridor, t *trial) error {
			return atRandom(ctx, c, t, times, letters)
		}},
	}
}

// kill ends the process without a word, and serves the node again.
func (h *home) kill(ctx context.Context) error {
	if err := h.end(syscall.SIGKILL); err != nil {
		return err
	}
	return h.serve(ctx)
}

func atRandom(ctx context.Context, c *corridor, t *trial, times, letters int) error {
	random := rand.New(rand.NewPCG(c.seed, 4))
	n := map[*home]int{}
	var down []time.Duration
	for i := range times {
		f := &t.out
		if i%2 == 1 {
			f = &t.in
		}
		if err := f.queue(ctx, letters/times); err != nil {
			return err
		}
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		victim := []*home{c.kh, c.id}[random.IntN(2)]
		begun := time.Now()
		if err := victim.kill(ctx); err != nil {
			return err
		}
		down = append(down, time.Since(begun))
		n[victim]++
	}
	slices.Sort(down)
	t.note("%d of KH, %d of ID, back after %s (median), %s at most", n[c.kh], n[c.id], short(down[len(down)/2]), short(down[len(down)-1]))
	return nil
}

// atEveryCommit has both nodes tell what commits they make, and then end at each of them.
func atEveryCommit(ctx context.Context, c *corridor, t *trial) error {
	both := []*home{c.kh, c.id}
	list := func(h *home) string { return filepath.Join(filepath.Dir(string(h.dir)), "points") }
	for _, h := range both {
		if err := h.again(ctx, "MITRA_FAULT_LIST="+list(h)); err != nil {
			return err
		}
	}
	if err := t.both(ctx, 100); err != nil {
		return err
	}
	time.Sleep(7 * time.Second) // receipts R2 leave every five
	for _, h := range both {
		if err := h.again(ctx); err != nil {
			return err
		}
	}
	stop := make(chan struct{})
	fed := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				fed <- nil
				return
			case <-time.After(300 * time.Millisecond):
			}
			if err := t.both(ctx, 3); err != nil {
				fed <- err
				return
			}
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	killed := 0
	for _, h := range both {
		wg.Go(func() {
			points, err := lines(list(h))
			for _, p := range points {
				perr := endAt(ctx, h, p)
				mu.Lock()
				if perr == nil {
					killed++
					c.points = append(c.points, point{p, h.country})
				}
				failed = errors.Join(failed, perr)
				mu.Unlock()
			}
			mu.Lock()
			failed = errors.Join(failed, err)
			mu.Unlock()
		})
	}
	wg.Wait()
	close(stop)
	t.note("%d kills", killed)
	return errors.Join(failed, <-fed)
}

// endAt has a node end at a point, and serves it again. What a node does only when it is stopped it is
// stopped for.
func endAt(ctx context.Context, h *home, at string) error {
	if err := h.again(ctx, "MITRA_FAULT_KILL="+at); err != nil && !errors.Is(err, errNotReady) {
		return err
	}
	if c, ended := h.running(); c != nil {
		select {
		case <-ended:
		case <-time.After(60 * time.Second): // the other node is killed meanwhile, and may be away
			c.Process.Signal(syscall.SIGTERM)
			<-ended
		}
		h.gone()
		if c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			return errors.Join(fmt.Errorf("%s does not come to %q: %s", h.country, at, c.ProcessState), h.serve(ctx))
		}
	}
	// The lease of the dead process would keep the journal waiting for up to ten seconds, at each of many
	// points. At the random kills it does.
	if err := h.with(ctx, func(n *node.Node) error {
		return n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM lease`)
			return err
		})
	}); err != nil {
		return err
	}
	return h.serve(ctx)
}

// A point is a commit at which a node was killed.
type point struct{ name, country string }

// lines are the lines of a file, sorted.
func lines(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		out = append(out, strings.TrimSpace(s.Text()))
	}
	slices.Sort(out)
	return out, nil
}
