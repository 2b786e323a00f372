package courier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// schedule is the beat on which receipts R2 and R3 leave, so that the time of one does not
// tell what was done for it.
const schedule = 5 * time.Second

// firstWait is how long a letter waits for the first one of its conversation, which may be on its way
// by another request or in another file.
const firstWait = time.Hour

// nextBeat is the first beat after a time.
func nextBeat(t time.Time) time.Time { return t.Truncate(schedule).Add(schedule) }

// Judge opens the letters that were stored, has them handled and gives each its receipt R2, until
// ctx ends.
func (c *Courier) Judge(ctx context.Context) error {
	tick := time.NewTicker(idle)
	defer tick.Stop()
	stuck := trouble{log: c.Log, what: "letters are not judged"}
	for {
		n, err := c.judgeSome(ctx)
		if ctx.Err() == nil {
			stuck.is(err, time.Now())
		}
		if n == maxBatch && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// JudgeAll judges what waits, once: where the node is not served, a command that brings letters does.
func (c *Courier) JudgeAll(ctx context.Context) error {
	for {
		n, err := c.judgeSome(ctx)
		if err != nil || n < maxBatch {
			return err
		}
	}
}

// opened is a stored letter that was opened, or why it cannot be.
type opened struct {
	issuer, mid, envelope string
	at                    time.Time

	sealed letter.Envelope
	letter letter.Letter
	err    error
}

// judgeSome judges the letters that wait longest, and returns how many.
func (c *Courier) judgeSome(ctx context.Context) (int, error) {
	var batch []opened
	if err := c.DB.Read(ctx, func(tx *store.Tx) (err error) {
		batch, err = stored(tx)
		return err
	}); err != nil || len(batch) == 0 {
		return 0, err
	}
	peers, err := c.known(ctx)
	if err != nil {
		return 0, err
	}
	keys := c.Keys()
	each(len(batch), func(i int) {
		o := &batch[i]
		// The keys are those that held when it was stored.
		find := letter.KeysOf(peers[o.issuer].Cards, o.at.Unix())
		if o.sealed, o.err = letter.ParseEnvelope(o.envelope, find); o.err == nil {
			o.letter, o.err = o.sealed.Open(keys.Opener, find)
		} else { // its key was revoked since: the receipt still has to say of which letter
			o.sealed.EnvelopeHeader = letter.EnvelopeHeader{Issuer: o.issuer, Audience: c.Self, ID: o.mid}
		}
	})
	if err = c.judgeAll(ctx, peers, batch); err == nil || ctx.Err() != nil || len(batch) == 1 {
		return len(batch), err
	}
	// One letter that cannot be handled now keeps no other from it.
	var failed []error
	for i, o := range batch {
		if err := c.judgeAll(ctx, peers, batch[i:i+1]); err != nil {
			failed = append(failed, err, c.DB.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(laterIn, tx.Now().Add(longPause), o.issuer, o.mid)
				return err
			}))
		}
	}
	return len(batch), errors.Join(failed...)
}

// judgeAll judges opened letters in one transaction.
func (c *Courier) judgeAll(ctx context.Context, peers map[string]Peer, batch []opened) error {
	return c.DB.Write(ctx, func(tx *store.Tx) error {
		sets := map[string]agreement.Set{} // read once for all letters of a peer
		load := func(tx *store.Tx, peer string) (set agreement.Set, err error) {
			set, ok := sets[peer]
			if !ok {
				set, err = agreement.Load(tx, peer)
				sets[peer] = set
			}
			return set, err
		}
		for i := range batch {
			p, ok := peers[batch[i].issuer]
			if !ok {
				continue // a peer of this second: the next look knows it
			}
			if err := c.judge(tx, p, &batch[i], load); err != nil {
				return fmt.Errorf("letter %s: %w", batch[i].mid, err)
			}
		}
		return nil
	})
}

// judge has an agreement allow a letter, handles it and queues its receipt R2, unless another process
// was first: what a letter does is done once, and a unit of a quota is taken once.
func (c *Courier) judge(tx *store.Tx, p Peer, o *opened, load func(*store.Tx, string) (agreement.Set, error)) error {
	var before string
	if err := tx.QueryRow(stateIn, o.issuer, o.mid).Scan(&before); err != nil || before != "stored" {
		return err
	}
	err := o.err
	if err == nil {
		err = allowed(tx, p, o.letter.Header, RequestOf(o.letter, ""), load)
	}
	if err == nil {
		var own bool
		if own, err = c.mine(tx, p, o.letter); !own {
			err = c.handle(tx, o.letter)
		}
	}
	if waited := tx.Now().Sub(o.at); letter.CodeOf(err) == letter.ConversationUnknown && waited < firstWait {
		var known int
		if err := tx.QueryRow(firstKnown, p.Node, o.letter.Conversation).Scan(&known); err != nil {
			return err
		}
		if known == 0 {
			_, err := tx.Exec(laterIn, tx.Now().Add(max(firstPause, min(longPause, waited/2))), o.issuer, o.mid)
			return err
		}
	}
	r, err := letter.Judged(o.sealed, err, tx.Now().Unix())
	if err != nil {
		return err
	}
	state, text, in := "accepted", o.letter.Text(), conversationOf(o.letter.Type, o.letter.Header)
	if !r.OK {
		state, text, in = "refused", "", conversation{} // what may not be here is not kept readable
	}
	if _, err := tx.Exec(judgedIn, state, string(r.Code), text, in.id, in.article, in.purpose, o.issuer, o.mid); err != nil {
		return err
	}
	return c.queueReceipt(tx, p, r, nextBeat(tx.Now()))
}

// handle hands on a letter that is not the courier's own.
func (c *Courier) handle(tx *store.Tx, l letter.Letter) error {
	if c.Handle == nil {
		return refusal(letter.TypeUnknown, "nobody here takes letters of this type")
	}
	return c.Handle(tx, l)
}

// queueReceipt has a receipt leave at a time, as an event of the exchange book.
func (c *Courier) queueReceipt(tx *store.Tx, p Peer, r letter.Receipt, due time.Time) error {
	text, err := r.Sign(c.Keys().Current)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(insertReceiptOut, p.Node, r.ID, int64(r.Stage), text, signed.Hash([]byte(text)), due); err != nil {
		return err
	}
	return p.receiptEvent(tx, "receipt-out", r, text)
}

func (p Peer) receiptEvent(tx *store.Tx, kind string, r letter.Receipt, text string) error {
	return p.event(tx, kind, actor, map[string]any{"mid": r.ID, "r": r.Stage, "receipt": signed.Hash([]byte(text))})
}

// Decide says, in the transaction that queues it, that a letter of a peer is answered by another:
// its receipt R3.
func (c *Courier) Decide(tx *store.Tx, h letter.Header, answer string) error {
	p, err := FindPeer(tx, h.Issuer)
	if err != nil {
		return err
	}
	return c.queueReceipt(tx, p, letter.Decided(h, answer, tx.Now().Unix()), nextBeat(tx.Now()))
}

// stored are the letters that are to be judged now, those first that wait longest. Those of a
// suspended peer wait: it could not be answered.
func stored(tx *store.Tx) ([]opened, error) {
	rows, err := tx.Query(storedIn, tx.Now(), int64(maxBatch))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []opened
	for rows.Next() {
		var o opened
		var at string
		if err := rows.Scan(&o.issuer, &o.mid, &o.envelope, &at); err != nil {
			return nil, err
		}
		if o.at, err = store.ParseTime(at); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// receiptKey names a receipt to a peer.
type receiptKey struct {
	mid   string
	stage int64
}

// receiptsDue are the receipts that a peer can have now.
func receiptsDue(tx *store.Tx, p Peer, now time.Time) (keys []receiptKey, texts []string, err error) {
	rows, err := tx.Query(dueReceipts, p.Node, now, int64(maxReceipts))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	texts = []string{}
	for rows.Next() {
		var k receiptKey
		var text string
		if err := rows.Scan(&k.mid, &k.stage, &text); err != nil {
			return nil, nil, err
		}
		keys, texts = append(keys, k), append(texts, text)
	}
	return keys, texts, rows.Err()
}

// sendReceipts sends the receipts that are due to a peer, and returns how many it took.
func (c *Courier) sendReceipts(ctx context.Context, post func(path string, body, answer any) error, p Peer) (int, error) {
	var keys []receiptKey
	var body receiptsBody
	if err := c.DB.Read(ctx, func(tx *store.Tx) (err error) {
		keys, body.Receipts, err = receiptsDue(tx, p, c.Now())
		return err
	}); err != nil || len(keys) == 0 {
		return 0, err
	}
	var results resultsBody
	if err := post("/mxp/v1/receipts", body, &results); err != nil {
		return 0, err
	}
	if len(results.Results) != len(keys) {
		return 0, errors.New("the peer answered to another number of receipts")
	}
	var refused letter.Code
	err := c.DB.Write(ctx, func(tx *store.Tx) error {
		refused = ""
		for i, k := range keys {
			// A receipt that the peer refuses is not sent again: it would be the same.
			if r := results.Results[i]; r.Problem != nil {
				refused = letter.CodeOf(r.Problem.refusal())
				if !lasting(refused) {
					continue
				}
			}
			if _, err := tx.Exec(sentReceipt, tx.Now(), p.Node, k.mid, k.stage); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && refused != "" {
		c.Log.Error("the peer refuses a receipt", "peer", p.Node, "code", string(refused))
	}
	return len(keys), err
}

// takeReceipts takes in receipts R2 and R3 of a peer.
func (c *Courier) takeReceipts(ctx context.Context, p Peer, texts []string) ([]Taken, error) {
	taken, receipts := make([]Taken, len(texts)), make([]letter.Receipt, len(texts))
	now := c.Now().Unix()
	each(len(texts), func(i int) {
		receipts[i], taken[i].Err = letter.ParseReceipt(texts[i], letter.KeysOf(p.Cards, now))
		if r := receipts[i]; taken[i].Err == nil && r.Audience != c.Self {
			taken[i].Err = refusal(letter.NotForUs, "the receipt is for another node")
		}
	})
	for _, t := range taken {
		if t.Err != nil && letter.CodeOf(t.Err) == "" {
			return nil, t.Err
		}
	}
	err := c.DB.Write(ctx, func(tx *store.Tx) error {
		for i, r := range receipts {
			if taken[i].Err != nil && !errors.Is(taken[i].Err, errNoLetter) {
				continue
			}
			if taken[i].Err = nil; r.Stage == letter.StageStored {
				if err := p.fetched(tx, r, texts[i], &taken[i]); err != nil {
					return err
				}
				continue
			}
			n, err := tx.Exec(insertReceiptIn, p.Node, r.ID, int64(r.Stage), texts[i], tx.Now())
			if err != nil {
				return err
			}
			if n == 0 {
				var known int
				if err := tx.QueryRow(countOut, p.Node, r.ID).Scan(&known); err != nil {
					return err
				}
				if known == 0 {
					taken[i].Err = &letter.Refusal{Code: letter.HeaderDiffers, Err: errNoLetter}
				}
				continue // it has come before
			}
			if r.Stage == letter.StageJudged && !r.OK {
				if _, err := tx.Exec(judgedOut, string(r.Code), p.Node, r.ID); err != nil {
					return err
				}
			}
			if err := p.receiptEvent(tx, "receipt-in", r, texts[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, err
}

// fetched takes in the receipt R1 of a letter that the peer has fetched.
func (p Peer) fetched(tx *store.Tx, r letter.Receipt, text string, t *Taken) error {
	var envelope string
	err := tx.QueryRow(envelopeOut, p.Node, r.ID).Scan(&envelope)
	if errors.Is(err, sql.ErrNoRows) || err == nil && signed.Hash([]byte(envelope)) != r.Envelope {
		t.Err = &letter.Refusal{Code: letter.HeaderDiffers, Err: errNoLetter}
		return nil
	}
	if err != nil {
		return err
	}
	return delivered(tx, p, []delivery{{waiting: waiting{mid: r.ID}, receipt: r, text: text}})
}

// settle takes in what a peer says of what it has fetched.
func (c *Courier) settle(ctx context.Context, p Peer, got []string, no []refused) error {
	if len(got)+len(no) == 0 {
		return nil
	}
	return c.DB.Write(ctx, func(tx *store.Tx) error {
		for part := range slices.Chunk(got, 500) {
			args := []any{tx.Now(), p.Node}
			for _, h := range part {
				args = append(args, h)
			}
			if _, err := tx.Exec(fmt.Sprintf(gotReceipts, placeholders(3, len(part))), args...); err != nil {
				return err
			}
		}
		if len(no) == 0 {
			return nil
		}
		letters, err := due(tx, p.Node, c.Now(), 4*maxBatch)
		if err != nil {
			return err
		}
		var done []delivery
		for _, l := range letters {
			if i := slices.IndexFunc(no, func(r refused) bool { return r.Envelope == signed.Hash([]byte(l.envelope)) }); i >= 0 && no[i].Code.Known() {
				done = append(done, delivery{waiting: l, err: refusal(no[i].Code, "so says the peer")})
			}
		}
		return delivered(tx, p, done)
	})
}

var errNoLetter = errors.New("no letter of this mid was sent to this peer")

// receiptsBody is receipts for a peer. One that fetches its letters adds the receipts that it has
// got, and the envelopes that it refuses, by their hashes.
type receiptsBody struct {
	Receipts []string  `json:"receipts"`
	Got      []string  `json:"got,omitempty"`
	Refused  []refused `json:"refused,omitempty"`
}

type refused struct {
	Envelope string      `json:"env"`
	Code     letter.Code `json:"code"`
}

const maxReceipts = 256
