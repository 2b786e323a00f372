package courier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// maxWait is how long a peer that asks for letters waits for one to come.
const maxWait = 30 * time.Second

// waitingBody is what waits for a peer.
type waitingBody struct {
	Envelopes []string `json:"envelopes"`
	Receipts  []string `json:"receipts"`
}

// cosigned is a cosignature that a peer brings which was asked for its statement.
type cosigned struct {
	Size        int64  `json:"size"`
	Cosignature string `json:"cosignature"`
}

// pull fetches what waits at a peer for this node, which nobody can call, until ctx ends.
func (c *Courier) pull(ctx context.Context, node string) {
	client, pins := (*http.Client)(nil), ""
	away := trouble{log: c.Log.With("peer", node), what: "letters and receipts are not fetched"}
	for ctx.Err() == nil {
		peers, err := c.known(ctx)
		p, ok := peers[node]
		if err != nil || !ok {
			return
		}
		if now := fmt.Sprint(p.Cards.Last().TLS); client == nil || now != pins {
			client, pins = c.client(p), now
		}
		err = c.pullOnce(ctx, client, p)
		if ctx.Err() != nil {
			return
		}
		wait := away.is(err, time.Now())
		if err == nil {
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
	}
}

// pullOnce fetches what waits, stores it, and brings the receipts.
func (c *Courier) pullOnce(ctx context.Context, client *http.Client, p Peer) error {
	base := p.Cards.Last().Endpoint
	var body waitingBody
	if err := c.get(ctx, client, fmt.Sprintf("%s/mxp/v1/letters?wait=%d", base, int(maxWait/time.Second)), &body); err != nil {
		return err
	}
	if len(body.Envelopes) > maxBatch || len(body.Receipts) > maxReceipts {
		return errors.New("the peer sent more than was asked for")
	}
	answer := receiptsBody{Receipts: []string{}}
	if len(body.Envelopes) > 0 {
		taken, err := c.take(ctx, p, body.Envelopes)
		if err != nil {
			return err
		}
		for i, t := range taken {
			if t.Err == nil {
				answer.Receipts = append(answer.Receipts, t.Receipt)
				continue
			}
			code := letter.CodeOf(t.Err)
			c.Log.Error("a letter that was fetched is refused", "peer", p.Node, "code", string(code))
			answer.Refused = append(answer.Refused, refused{signed.Hash([]byte(body.Envelopes[i])), code})
		}
	}
	if len(body.Receipts) > 0 {
		taken, err := c.takeReceipts(ctx, p, body.Receipts)
		if err != nil {
			return err
		}
		for i, t := range taken {
			if t.Err != nil {
				c.Log.Error("a receipt that was fetched is refused", "peer", p.Node, "code", string(letter.CodeOf(t.Err)))
			}
			answer.Got = append(answer.Got, signed.Hash([]byte(body.Receipts[i])))
		}
	}
	if len(answer.Receipts)+len(answer.Got)+len(answer.Refused) > 0 {
		var results resultsBody
		if err := c.post(ctx, client, base+"/mxp/v1/receipts", answer, &results); err != nil {
			return err
		}
	}
	return c.cosignTheirs(ctx, client, p)
}

// cosignTheirs asks a peer what its book has grown by, and brings the cosignature.
func (c *Courier) cosignTheirs(ctx context.Context, client *http.Client, p Peer) error {
	base := p.Cards.Last().Endpoint
	at := ""
	for range 100 {
		var body statement
		if err := c.get(ctx, client, base+"/mxp/v1/witness"+at, &body); err != nil || body.Checkpoint == "" {
			return err
		}
		answer, err := c.witness(ctx, p, body)
		if err != nil {
			return err
		}
		if answer.Size != nil {
			if at != "" {
				return errors.New("the peer's statement begins elsewhere than it was asked to")
			}
			at = "?old=" + strconv.FormatInt(*answer.Size, 10)
			continue
		}
		at = ""
		var done struct{}
		if err := c.post(ctx, client, base+"/mxp/v1/cosignature", cosigned{body.Old + int64(len(body.Leaves)), answer.Cosignature}, &done); err != nil {
			return err
		}
	}
	return nil
}

// fetch answers a peer that fetches what waits for it.
func (s *server) fetch(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	wait, err := strconv.Atoi(r.FormValue("wait"))
	if r.FormValue("wait") == "" {
		wait, err = 0, nil
	}
	if err != nil || wait < 0 || time.Duration(wait)*time.Second > maxWait {
		refuse(w, refusal(letter.Malformed, "wait: want 0 to 30"), 0)
		return
	}
	end := s.Now().Add(time.Duration(wait) * time.Second)
	wake := s.wake(p.Node)
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for {
		body, grown, err := s.waiting(r.Context(), p)
		if err != nil {
			if r.Context().Err() == nil {
				s.Log.Error("what waits for a peer cannot be read", "peer", p.Node, "error", err)
			}
			refuse(w, refusal(letter.Unavailable, "nothing can be read now"), 5*time.Second)
			return
		}
		if len(body.Envelopes)+len(body.Receipts) > 0 || grown || !s.Now().Before(end) {
			reply(w, body)
			return
		}
		select {
		case <-wake:
		case <-tick.C:
		case <-s.ending:
			reply(w, body)
			return
		case <-r.Context().Done():
			return
		}
	}
}

// waiting is what waits for a peer; grown says that the exchange book waits to be cosigned.
func (s *server) waiting(ctx context.Context, p Peer) (body waitingBody, grown bool, err error) {
	var keys []receiptKey
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		body = waitingBody{Envelopes: []string{}, Receipts: []string{}}
		letters, err := due(tx, p.Node, s.Now(), maxBatch)
		if err != nil {
			return err
		}
		size := 0
		for _, l := range letters {
			if size += len(l.envelope); size > maxBody/2 && len(body.Envelopes) > 0 {
				break
			}
			body.Envelopes = append(body.Envelopes, l.envelope)
		}
		if keys, body.Receipts, err = receiptsDue(tx, p, s.Now()); err != nil {
			return err
		}
		var all, seen int64
		if err := tx.QueryRow(bookSizes, p.Book).Scan(&all, &seen); err != nil {
			return err
		}
		grown = all > seen
		return nil
	})
	if err == nil {
		err = s.renew(ctx, p, keys, body.Receipts)
	}
	return body, grown, err
}

// statement answers a peer that asks what it has to cosign.
func (s *server) statement(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	old, err := int64(-1), error(nil)
	if v := r.FormValue("old"); v != "" {
		if old, err = strconv.ParseInt(v, 10, 64); err != nil || old < 0 {
			refuse(w, refusal(letter.Malformed, "old: want a number of events"), 0)
			return
		}
	}
	var next journal.Statement
	err = s.DB.Read(r.Context(), func(tx *store.Tx) (err error) {
		if old < 0 {
			if err := tx.QueryRow(lastCosigned, p.Book).Scan(&old); err != nil {
				return err
			}
		}
		next, err = journal.Next(tx, p.Book, old)
		return err
	})
	switch {
	case errors.Is(err, journal.ErrRollback):
		s.Log.Error("the peer has cosigned more of the exchange book than there is here", "peer", p.Node)
		refuse(w, refusal(letter.Forked, "the book here has fewer events"), 0)
	case err != nil:
		s.Log.Error("the exchange book cannot be read", "peer", p.Node, "error", err)
		refuse(w, refusal(letter.Unavailable, "the book cannot be read now"), 5*time.Second)
	case next.Checkpoint == "":
		reply(w, struct{}{})
	default:
		reply(w, stated(next))
	}
}

// keepCosignature keeps a peer's cosignature of the exchange book here.
func (c *Courier) keepCosignature(ctx context.Context, p Peer, s cosigned) error {
	key, err := p.journalKey()
	if err != nil {
		return err
	}
	return c.DB.Write(ctx, func(tx *store.Tx) error {
		head, err := journal.CheckpointAt(tx, p.Book, s.Size)
		if err != nil {
			return err
		}
		if _, err := journal.CheckCosignature(s.Cosignature, head, key); err != nil {
			return &letter.Refusal{Code: letter.SignatureWrong, Err: err}
		}
		_, err = tx.Exec(insertCosignature, p.Book, s.Size, s.Cosignature, tx.Now())
		return err
	})
}

// cosignature takes a cosignature in that a peer brings.
func (s *server) cosignature(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	var body cosigned
	if !read(w, r, &body) {
		return
	}
	err := s.keepCosignature(r.Context(), p, body)
	switch {
	case letter.CodeOf(err) != "":
		refuse(w, err, 0)
	case err != nil:
		s.Log.Error("a cosignature was not stored", "peer", p.Node, "error", err)
		refuse(w, refusal(letter.Unavailable, "it cannot be stored now"), 5*time.Second)
	default:
		reply(w, struct{}{})
	}
}
