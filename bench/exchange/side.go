package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// side is the first argument with which this program serves one node, as mitra serve does, and does
// what lines of its standard input say.
const side = "side"

// An order is one line.
type order struct {
	Do      string `json:"do"` // batch, one by one, queue, settle, memory
	Peer    string `json:"peer"`
	Letters int    `json:"letters"`
	Senders int    `json:"senders"`
	Size    int    `json:"size"`
}

// An outcome answers it.
type outcome struct {
	Seconds float64   `json:"seconds"`
	Took    []float64 `json:"took,omitempty"`  // milliseconds of each letter, sorted
	Bytes   int64     `json:"bytes,omitempty"` // in memory
	Own     int64     `json:"own,omitempty"`   // of these, not of a file
	Error   string    `json:"error,omitempty"`
}

// payload is what a test letter carries.
func payload(size int) json.RawMessage {
	b, err := json.Marshal(map[string]string{"pad": strings.Repeat("x", size)})
	if err != nil {
		panic(err)
	}
	return b
}

// served serves the node of a home until its input ends.
func served(ctx context.Context, home, profile string, in io.Reader, out io.Writer) error {
	n, err := node.Open(ctx, node.Home(home), os.Getenv("MITRA_DB"), nil)
	if err != nil {
		return err
	}
	defer n.Close()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	co, err := n.Courier(ctx, log) // seals and queues, as a desk does
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready, done := make(chan node.Running, 1), make(chan error, 1)
	go func() { done <- n.Serve(ctx, log, func(r node.Running) { ready <- r }) }()
	var r node.Running
	select {
	case r = <-ready:
	case err := <-done:
		return err
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(outcome{}); err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	s := sender{n, co, r.Metrics + "/wake"}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var o order
		err := json.Unmarshal(lines.Bytes(), &o)
		var got outcome
		if err == nil {
			got, err = s.obey(ctx, o)
		}
		if err != nil {
			got.Error = err.Error()
		}
		if err := answers.Encode(got); err != nil {
			return err
		}
	}
	cancel()
	return errors.Join(lines.Err(), <-done)
}

type sender struct {
	n    *node.Node
	c    *courier.Courier
	wake string
}

func (s sender) obey(ctx context.Context, o order) (outcome, error) {
	if o.Do == "memory" {
		return memory()
	}
	var p courier.Peer
	if err := s.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, o.Peer)
		return err
	}); err != nil {
		return outcome{}, err
	}
	switch o.Do {
	case "batch":
		return s.batch(ctx, p, o, true)
	case "queue":
		return s.batch(ctx, p, o, false)
	case "one by one":
		return s.oneByOne(ctx, p, o)
	case "settle":
		return outcome{}, s.settle(ctx, p)
	}
	return outcome{}, fmt.Errorf("unknown order %q", o.Do)
}

func (s sender) seal(p courier.Peer, body json.RawMessage) (courier.Sealed, error) {
	mid, err := letter.NewID()
	if err != nil {
		return courier.Sealed{}, err
	}
	now := time.Now().Unix()
	return courier.Seal(letter.Letter{Type: "ping", Payload: body, Header: letter.Header{
		Issuer: s.c.Self, Audience: p.Node, ID: mid, Conversation: mid, Issued: now, Expires: now + 24*3600, Schema: letter.SchemaID("ping"),
	}}, p, s.c.Keys())
}

func (s sender) queue(ctx context.Context, batch []courier.Sealed) error {
	if err := s.n.DB.Write(ctx, func(tx *store.Tx) error { return courier.Queue(tx, "bench", batch...) }); err != nil {
		return err
	}
	res, err := http.Post(s.wake, "", nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}

// batch seals letters on all processors, queues them in transactions of 64 and, if wait is set,
// waits for their receipts.
func (s sender) batch(ctx context.Context, p courier.Peer, o order, wait bool) (outcome, error) {
	const together = 64
	body := payload(o.Size)
	begun := time.Now()
	sealed := make(chan []courier.Sealed, 2)
	parts := make(chan int)
	errs := make(chan error, 1)
	fail := func(err error) {
		select {
		case errs <- err:
		default:
		}
	}
	go func() {
		defer close(parts)
		for left := o.Letters; left > 0; left -= together {
			parts <- min(left, together)
		}
	}()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := range parts {
				batch := make([]courier.Sealed, 0, n)
				for range n {
					l, err := s.seal(p, body)
					if err != nil {
						fail(err)
					}
					batch = append(batch, l)
				}
				sealed <- batch
			}
		})
	}
	go func() { wg.Wait(); close(sealed) }()
	for batch := range sealed {
		if err := s.queue(ctx, batch); err != nil {
			fail(err)
		}
	}
	select {
	case err := <-errs:
		return outcome{}, err
	default:
	}
	if wait {
		for {
			var left int
			if err := s.n.DB.Read(ctx, func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state = 'waiting'`, p.Node).Scan(&left)
			}); err != nil {
				return outcome{}, err
			}
			if left == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return outcome{Seconds: time.Since(begun).Seconds()}, nil
}

// settle waits until every letter is judged by the peer and shown in its book: none of the work for it is left.
func (s sender) settle(ctx context.Context, p courier.Peer) error {
	for range 6000 {
		var left int
		if err := s.n.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state = 'stored' AND seen < 2`, p.Node).Scan(&left)
		}); err != nil || left == 0 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("letters are not judged after ten minutes")
}

// oneByOne has each sender send a letter when the one before has its receipt.
func (s sender) oneByOne(ctx context.Context, p courier.Peer, o order) (got outcome, err error) {
	body := payload(o.Size)
	arrived := &arrivals{waits: map[string]chan struct{}{}}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go arrived.watch(watching, s.n, p.Node)
	begun := time.Now()
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for i := range o.Senders {
		wg.Go(func() {
			for range (o.Letters + i) / o.Senders {
				start := time.Now()
				l, err := s.seal(p, body)
				if err == nil {
					err = s.queue(ctx, []courier.Sealed{l})
				}
				if err == nil {
					select {
					case <-arrived.expect(l.ID):
					case <-time.After(time.Minute):
						err = errors.New("no receipt for a minute")
					}
				}
				mu.Lock()
				got.Took = append(got.Took, float64(time.Since(start).Microseconds())/1000)
				errs = append(errs, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	got.Seconds = time.Since(begun).Seconds()
	slices.Sort(got.Took)
	return got, errors.Join(errs...)
}

// arrivals tells senders that the receipts of their letters are stored.
type arrivals struct {
	mu    sync.Mutex
	waits map[string]chan struct{}
}

func (a *arrivals) expect(mid string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := make(chan struct{})
	a.waits[mid] = c
	return c
}

// watch asks the database for all of them together, two hundred times in a second.
func (a *arrivals) watch(ctx context.Context, n *node.Node, peer string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		a.mu.Lock()
		var asked [][]any
		for mid := range a.waits {
			asked = append(asked, []any{peer, mid})
		}
		a.mu.Unlock()
		if len(asked) > 0 {
			var stored []string
			if err := n.DB.Read(ctx, func(tx *store.Tx) error {
				stored = stored[:0]
				return tx.QueryEach(`SELECT state FROM outbox WHERE peer = $1 AND mid = $2`, asked, func(i int, scan func(...any) error) error {
					var state string
					if err := scan(&state); err == nil && state == "stored" {
						stored = append(stored, asked[i][1].(string))
					}
					return nil
				})
			}); err == nil {
				a.mu.Lock()
				for _, mid := range stored {
					close(a.waits[mid])
					delete(a.waits, mid)
				}
				a.mu.Unlock()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// memory is what the process has in memory: how many pages of the program's file are among it
// is for the system to say, which drops them when it needs the room.
func memory() (got outcome, err error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return got, err
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		to := map[string]*int64{"VmRSS": &got.Bytes, "RssAnon": &got.Own}[name]
		if to == nil {
			continue
		}
		if _, err := fmt.Sscanf(strings.TrimSpace(value), "%d kB", to); err != nil {
			return got, fmt.Errorf("%s of the process: %w", name, err)
		}
		*to <<= 10
	}
	return got, nil
}
