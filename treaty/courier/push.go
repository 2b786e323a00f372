package courier

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

const (
	// idle is how often the outbox is looked at where nobody wakes the courier: what another
	// process has queued.
	idle = 250 * time.Millisecond
	// look is how often it is seen which peers there are, and what has expired.
	look = time.Second
	// patience is how long a peer may take for an answer.
	patience = 60 * time.Second
)

// Deliver carries what waits in the outbox to the peers until ctx ends. Each peer has a worker of
// its own: one that is slow or gone delays no other.
func (c *Courier) Deliver(ctx context.Context) error {
	workers := map[string]context.CancelFunc{}
	done := make(chan string)
	running := 0
	defer func() {
		for _, cancel := range workers {
			cancel()
		}
		for ; running > 0; running-- {
			<-done
		}
	}()
	tick := time.NewTicker(look)
	defer tick.Stop()
	stuck := trouble{log: c.Log, what: "the outbox cannot be looked through"}
	for {
		peers, err := c.known(ctx)
		failed := err
		for node, p := range peers {
			if p.State == Active && ctx.Err() == nil {
				failed = errors.Join(failed, c.sweep(ctx, p))
			}
			if p.State == Active && p.Cards.Last().Endpoint != "" && workers[node] == nil {
				wctx, cancel := context.WithCancel(ctx)
				workers[node] = cancel
				running++
				go func() {
					var wg sync.WaitGroup
					wg.Go(func() { c.deliver(wctx, node) })
					if c.Pulls {
						wg.Go(func() { c.pull(wctx, node) })
					}
					wg.Wait()
					done <- node
				}()
			}
		}
		if ctx.Err() == nil {
			stuck.is(failed, time.Now())
		}
		for node, cancel := range workers {
			if p, ok := peers[node]; err == nil && (!ok || p.State != Active || p.Cards.Last().Endpoint == "") {
				cancel()
			}
		}
		select {
		case node := <-done:
			running--
			workers[node]()
			delete(workers, node)
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// deliver carries letters to one peer.
func (c *Courier) deliver(ctx context.Context, node string) {
	wake := c.wake(node)
	client, pins := (*http.Client)(nil), ""
	away := trouble{log: c.Log.With("peer", node), what: "letters and receipts are not delivered"}
	var rest time.Time // when receipts were sent and the book was shown
	for ctx.Err() == nil {
		peers, err := c.known(ctx)
		p, ok := peers[node]
		if err != nil || !ok {
			return // Deliver looks again
		}
		if now := fmt.Sprint(p.Cards.Last().TLS); client == nil || now != pins {
			client, pins = c.client(p), now
		}
		more, err := c.deliverSome(ctx, client, p, away.tries == 0, &rest)
		if ctx.Err() != nil {
			return
		}
		begun := time.Now()
		wait := away.is(err, begun)
		c.answers(node, err == nil)
		if err == nil {
			if more {
				continue
			}
			wait = idle
		}
		var asked whole
		if errors.As(err, &asked) {
			wait = max(wait, min(longPause, asked.after))
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-wake:
			if rest := oftenest - time.Since(begun); err != nil && rest > 0 {
				t.Reset(rest)
				select {
				case <-t.C:
				case <-ctx.Done():
				}
			}
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// deliverSome brings a peer letters, and where some time has gone by since rest, receipts and what its
// witness has to see: these are in no hurry. It reports whether more waits.
func (c *Courier) deliverSome(ctx context.Context, client *http.Client, p Peer, well bool, rest *time.Time) (more bool, err error) {
	post := func(path string, body, answer any) error {
		return c.post(ctx, client, p.Cards.Last().Endpoint+path, body, answer)
	}
	sent, err := c.send(ctx, post, p, well)
	if err != nil { // it has been asked enough for now
		return false, err
	}
	if time.Since(*rest) < idle {
		return sent > 0, nil
	}
	receipts, err := c.sendReceipts(ctx, post, p)
	if err != nil {
		return false, err
	}
	err = c.showBook(ctx, post, p)
	if errors.Is(err, journal.ErrRollback) {
		err = errors.New("the peer has cosigned more of the exchange book than there is here: this node was set back")
	}
	*rest = time.Now()
	return sent > 0 || receipts == maxReceipts, err
}

// sweep gives up what has expired, wakes what a clock that was set back would keep, and after a restore asks what the backup lacks.
func (c *Courier) sweep(ctx context.Context, p Peer) error {
	var dead int
	err := c.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if dead, err = expire(tx, p); err != nil {
			return err
		}
		if err := clockSetBack(tx, p); err != nil {
			return err
		}
		return c.reconcileSince(tx, p)
	})
	if dead > 0 && err == nil {
		c.Log.Error("letters have expired and were not delivered", "peer", p.Node, "letters", dead)
	}
	return err
}

// client calls one peer.
func (c *Courier) client(p Peer) *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			TLSClientConfig:     clientTLS(c.Certificate, p.Cards.Last().TLS),
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 2,
			IdleConnTimeout:     90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// inFlight is how many requests with letters a peer is sent side by side: it stores what comes
// together in one transaction, and so does this node with the receipts.
const inFlight = 4

// send sends what is due to a peer, and returns how many letters it has receipts of. After a
// failure it tries with one request.
func (c *Courier) send(ctx context.Context, post func(path string, body, answer any) error, p Peer, well bool) (received int, err error) {
	most := inFlight * maxBatch
	if !well {
		most = maxBatch
	}
	var letters []waiting
	if err := c.DB.Read(ctx, func(tx *store.Tx) (err error) {
		letters, err = due(tx, p.Node, c.Now(), most)
		return err
	}); err != nil || len(letters) == 0 {
		return 0, err
	}
	parts := requests(letters)
	done, errs := make([][]delivery, len(parts)), make([]error, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() { done[i], errs[i] = c.request(post, p, part) })
	}
	wg.Wait()
	if ctx.Err() != nil {
		return 0, nil // nothing is known of them: they are sent again
	}
	var known []delivery
	for i := range parts {
		if err = cmp.Or(err, errs[i]); !errors.Is(errs[i], errAway) {
			known = append(known, done[i]...)
		}
	}
	var refused error
	failed := 0
	for _, d := range known {
		if d.err != nil {
			refused = d.err
			failed++
		}
	}
	// No snapshot is enough here, nor where R1s are fetched: the leaf of a promise may be shown at
	// the same moment.
	if werr := c.DB.Write(ctx, func(tx *store.Tx) error {
		if len(known) == 0 { // they stay due; that one was tried tells that the peer is away
			_, err := tx.Exec(triedOut, p.Node, letters[0].mid)
			return err
		}
		return delivered(tx, p, known)
	}); werr != nil {
		return 0, werr
	}
	if code := letter.CodeOf(refused); code != "" {
		c.Log.Warn("the peer does not take letters", "peer", p.Node, "letters", failed, "code", string(code))
	} else if err == nil {
		err = refused // its receipts do not fit
	}
	return len(known) - failed, err
}

// requests divides letters into what one request carries.
func requests(letters []waiting) (out [][]waiting) {
	from, size := 0, 0
	for i, w := range letters {
		if i > from && (i-from == maxBatch || size+len(w.envelope) > maxBody/2) {
			out, from, size = append(out, letters[from:i]), i, 0
		}
		size += len(w.envelope)
	}
	return append(out, letters[from:])
}

// request sends the letters of one request and checks their receipts. The error is of the request as
// a whole; then no letter in it is refused for good.
func (c *Courier) request(post func(path string, body, answer any) error, p Peer, letters []waiting) ([]delivery, error) {
	var body lettersBody
	done := make([]delivery, len(letters))
	for i, w := range letters {
		done[i].waiting = w
		body.Envelopes = append(body.Envelopes, w.envelope)
	}
	var results resultsBody
	err := post("/mxp/v1/letters", body, &results)
	if err == nil && len(results.Results) != len(letters) {
		err = errors.New("the peer answered with another number of receipts")
	}
	now := c.Now()
	each(len(done), func(i int) {
		d := &done[i]
		if err != nil {
			d.err = err
			return
		}
		if r := results.Results[i]; r.Problem != nil {
			d.err = r.Problem.refusal()
		} else {
			d.text = r.Receipt
			d.receipt, d.err = c.receiptOf(p, d.waiting, r.Receipt, now)
		}
	})
	return done, err
}

// receiptOf checks the receipt R1 of a letter. One that does not fit is no receipt: the letter
// is sent again.
func (c *Courier) receiptOf(p Peer, w waiting, text string, now time.Time) (letter.Receipt, error) {
	r, err := letter.ParseReceipt(text, letter.KeysOf(p.Cards, now.Unix()))
	if err == nil && (r.Stage != letter.StageStored || r.ID != w.mid || r.Issuer != p.Node || r.Audience != c.Self || r.Envelope != signed.Hash([]byte(w.envelope))) {
		err = errors.New("it is of another letter")
	}
	if err != nil {
		// Not the refusal itself: it is the peer's receipt that is refused, not our letter.
		return r, fmt.Errorf("the peer's receipt: %s", err.Error())
	}
	return r, nil
}

// post sends a body and reads the answer.
func (c *Courier) post(ctx context.Context, client *http.Client, url string, body, answer any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.call(ctx, client, http.MethodPost, url, bytes.NewReader(b), answer)
}

// get asks for something.
func (c *Courier) get(ctx context.Context, client *http.Client, url string, answer any) error {
	return c.call(ctx, client, http.MethodGet, url, nil, answer)
}

// call asks a peer and reads its answer strictly.
func (c *Courier) call(ctx context.Context, client *http.Client, method, url string, body io.Reader, answer any) error {
	_, err := c.ask(ctx, client, method, url, body, answer)
	return err
}

// ask is call, and returns the time of the peer's clock.
func (c *Courier) ask(ctx context.Context, client *http.Client, method, url string, body io.Reader, answer any) (date time.Time, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return date, errors.New("the endpoint on the peer's card is unusable")
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return date, unreachable(err)
	}
	defer res.Body.Close()
	date, _ = http.ParseTime(res.Header.Get("Date"))
	b, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return date, fmt.Errorf("%w: the answer broke off", errAway)
	}
	if res.StatusCode != http.StatusOK {
		var p problem
		if json.Unmarshal(b, &p) != nil {
			return date, fmt.Errorf("the peer answered with status %d", res.StatusCode)
		}
		return date, whole{letter.CodeOf(p.refusal()), after(res)}
	}
	if err := signed.Strict(b, answer); err != nil {
		return date, fmt.Errorf("the peer's answer: %w", err)
	}
	return date, nil
}

// whole is a problem with a request as a whole, and says nothing of any letter in it.
type whole struct {
	code  letter.Code
	after time.Duration
}

func (w whole) Error() string { return "the peer answers: " + string(w.code) }

// IsSuspended reports whether a peer answers that its operator has suspended the exchange.
func IsSuspended(err error) bool {
	w, ok := errors.AsType[whole](err)
	return ok && w.code == letter.Suspended
}

// after is how long a peer asks to be left alone.
func after(res *http.Response) time.Duration {
	n, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil || n < 0 || n > 3600 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// unreachable is an error of a connection without addresses, which are not for a log.
func unreachable(err error) error {
	if errors.Is(err, ErrStranger) {
		return fmt.Errorf("%w: %w", errAway, ErrStranger)
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		err = cause
	}
	return fmt.Errorf("%w: %w", errAway, err)
}

// errAway: there was no answer.
var errAway = errors.New("the peer cannot be reached")

// Call asks a peer for its card, as a test, and returns by how much its clock is ahead of this one. The
// error says whether it can be reached, and whether each knows the other.
func (c *Courier) Call(ctx context.Context, p Peer) (ahead time.Duration, err error) {
	client := c.client(p)
	client.Timeout = 10 * time.Second
	defer client.CloseIdleConnections()
	var body struct {
		Cards []json.RawMessage `json:"cards"`
	}
	begun := c.Now()
	date, err := c.ask(ctx, client, http.MethodGet, p.Cards.Last().Endpoint+"/mxp/v1/card", nil, &body)
	if err != nil {
		return 0, err
	}
	if date.IsZero() {
		return 0, errors.New("the peer's answer has no date")
	}
	return date.Sub(begun.Add(c.Now().Sub(begun) / 2)).Truncate(time.Second), nil
}
