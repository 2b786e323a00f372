package courier

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// schedule is the beat on which receipts R2 and R3 leave, so that the time of one does not
// tell what was done for it.
const schedule = 5 * time.Second

// firstWait is how long a letter waits for the first one of its conversation, which may be on its way
// by another request or in another file.
const firstWait = 24 * time.Hour

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
	if err := c.speaks(ctx); err != nil {
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
		if o.sealed, o.err = letter.ReadEnvelope(o.envelope, find); o.err == nil {
			o.letter, o.err = o.sealed.Open(keys.Opener, find)
		} else { // its key was revoked since: the receipt still has to say of which letter
			o.sealed.EnvelopeHeader = letter.EnvelopeHeader{Issuer: o.issuer, Audience: c.Self, ID: o.mid}
		}
	})
	if err = c.judgeAll(ctx, peers, batch); err == nil || ctx.Err() != nil || len(batch) == 1 {
		return len(batch), err
	}
	// One letter that cannot be handled now keeps no other from it. Where none can be, or the disk is full, it is not
	// the letters: they are tried again soon.
	var failed []error
	var later []opened
	for i, o := range batch {
		if err := c.judgeAll(ctx, peers, batch[i:i+1]); err != nil {
			failed, later = append(failed, err), append(later, o)
		}
	}
	pause := longPause
	if why := errors.Join(failed...); len(later) == len(batch) || errors.Is(why, store.ErrDiskFull) || errors.Is(why, store.ErrDisk) || errors.Is(why, store.ErrBusy) {
		pause = firstPause
	}
	if len(later) > 0 {
		failed = append(failed, c.DB.Write(ctx, func(tx *store.Tx) error {
			for _, o := range later {
				if _, err := tx.Exec(laterIn, tx.Now().Add(pause), o.issuer, o.mid); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return len(batch), errors.Join(failed...)
}

// judgeAll judges opened letters in one transaction, unless another process was first: what a letter
// does is done once, and a unit of a quota is taken once.
func (c *Courier) judgeAll(ctx context.Context, peers map[string]Peer, batch []opened) error {
	var refused map[refusedFor]int
	err := c.DB.Write(ctx, func(tx *store.Tx) error {
		refused = map[refusedFor]int{}
		sets := map[string]agreement.Set{} // read once for all letters of a peer
		load := func(tx *store.Tx, peer string) (set agreement.Set, err error) {
			set, ok := sets[peer]
			if !ok {
				set, err = agreement.Load(tx, peer)
				sets[peer] = set
			}
			return set, err
		}
		waits, err := unjudged(tx, batch)
		if err != nil {
			return err
		}
		var done []verdict
		for i := range batch {
			o := &batch[i]
			p, ok := peers[o.issuer]
			if !ok || !waits[i] {
				continue // a peer of this second, which the next look knows; or another was first
			}
			if o.err == nil && !agreement.Free(o.letter.Type) && o.letter.ID != o.letter.Conversation {
				if err := c.tell(tx, done); err != nil { // the first of its conversation may be among them
					return err
				}
				done = done[:0]
			}
			v, ok, err := c.judge(tx, p, o, load)
			if err != nil {
				return fmt.Errorf("letter %s: %w", o.mid, err)
			}
			if ok {
				done = append(done, v)
				refused[refusedFor{p.Node, p.Country, v.receipt.Code}]++
			}
		}
		return c.tell(tx, done)
	})
	if err == nil {
		for why, letters := range refused {
			c.refused(peers[why.peer], why.code, letters)
		}
	}
	return err
}

// A verdict is a letter's receipt R2.
type verdict struct {
	peer    Peer
	receipt letter.Receipt
	letter  letter.Letter // that was opened; it is empty if it was refused
	keep    bool          // it may be read again

	envelope string
}

// judge has an agreement allow a letter and handles it; ok is false if the letter waits.
func (c *Courier) judge(tx *store.Tx, p Peer, o *opened, load func(*store.Tx, string) (agreement.Set, error)) (v verdict, ok bool, err error) {
	err = o.err
	if err == nil {
		err = allowed(tx, p, o.letter.Header, RequestOf(o.letter, ""), load)
	}
	v.keep, v.envelope = true, o.envelope
	if err == nil {
		var own bool
		if own, err = c.mine(tx, p, o.letter); !own {
			v.keep, err = c.handle(tx, o.letter)
		}
	}
	if waited := tx.Now().Sub(o.at); letter.CodeOf(err) == letter.ConversationUnknown && waited < firstWait {
		var known int
		if err := tx.QueryRow(firstKnown, p.Node, o.letter.Conversation).Scan(&known); err != nil {
			return v, false, err
		}
		if known == 0 {
			_, err := tx.Exec(laterIn, tx.Now().Add(max(firstPause, min(longPause, waited/2))), o.issuer, o.mid)
			return v, false, err
		}
	}
	v.peer = p
	if v.receipt, err = letter.Judged(o.sealed, err, tx.Now().Unix()); err != nil {
		return v, false, err
	}
	if v.receipt.OK { // what may not be here is not kept readable
		v.letter = o.letter
	}
	return v, true, nil
}

// tell keeps verdicts and queues them as receipts.
func (c *Courier) tell(tx *store.Tx, done []verdict) error {
	var rows, forget [][]any
	var receipts []receiptOut
	for _, v := range done {
		if v.receipt.OK && !v.keep {
			forget = append(forget, []any{v.peer.Node, v.receipt.ID, outer(v.envelope)})
		}
		state, in := "refused", conversation{}
		if v.receipt.OK {
			state, in = "accepted", conversationOf(v.letter.Type, v.letter.Header)
		}
		rows = append(rows, []any{v.peer.Node, v.receipt.ID, state, string(v.receipt.Code), v.letter.Text(), in.id, in.article, in.purpose})
		receipts = append(receipts, receiptOut{v.peer, v.receipt})
	}
	if _, err := many(tx, judgedIn, nil, rows); err != nil {
		return err
	}
	if err := forgotten(tx, forget); err != nil {
		return err
	}
	return c.queueReceipts(tx, receipts, nextBeat(tx.Now()))
}

// handle hands on a letter that is not the courier's own.
func (c *Courier) handle(tx *store.Tx, l letter.Letter) (keep bool, err error) {
	if c.Handle == nil {
		return false, refusal(letter.TypeUnknown, "nobody here takes letters of this type")
	}
	return c.Handle(tx, l)
}

// Forget lets nothing of letters of a peer be read again, which have been accepted: neither what was in
// them nor the envelopes, but for their outer headers. That they came, what they were receipted with and the
// hashes stay, and so does every proof.
func Forget(tx *store.Tx, issuer string, mids ...string) error {
	rows := make([][]any, len(mids))
	for i, mid := range mids {
		var envelope string
		if err := tx.QueryRow(envelopeIn, issuer, mid).Scan(&envelope); err != nil {
			return fmt.Errorf("forget letter %s: %w", mid, err)
		}
		rows[i] = []any{issuer, mid, outer(envelope)}
	}
	return forgotten(tx, rows)
}

// kindForgotten is the kind of the event, in the house book, that tells of letters which are not to be read
// again. The peer, which sees its own book grow, learns nothing of it.
const kindForgotten = "letters-forgotten"

// forgotten lets go of letters: rows of issuer, mid, and what is left of the envelope.
func forgotten(tx *store.Tx, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := many(tx, forgetIn, nil, rows); err != nil {
		return err
	}
	var mids []string
	for _, row := range rows {
		mids = append(mids, row[1].(string))
	}
	return forgottenEvent(tx, mids)
}

func forgottenEvent(tx *store.Tx, mids []string) error {
	data, err := json.Marshal(map[string][]string{"mids": mids})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kindForgotten, Actor: actor, Data: data})
	return err
}

// ForgetConversation lets nothing of the letters of a conversation with a peer be read again: neither those that it has
// written ([Forget]) nor the texts of this node's own.
func ForgetConversation(tx *store.Tx, peer, cid string) error {
	theirs, err := tx.Texts(conversationIn, peer, cid)
	if err != nil {
		return err
	}
	if err := Forget(tx, peer, theirs...); err != nil {
		return err
	}
	ours, err := tx.Texts(forgetOut, peer, cid)
	if err != nil || len(ours) == 0 {
		return err
	}
	return forgottenEvent(tx, ours)
}

// outer is the header of an envelope: what is left of one that is forgotten.
func outer(envelope string) string {
	head, _, _ := strings.Cut(envelope, ".")
	return head
}

// A receiptOut is a receipt to a peer.
type receiptOut struct {
	peer    Peer
	receipt letter.Receipt
}

// queueReceipts has receipts leave at a time, as events of the exchange books.
func (c *Courier) queueReceipts(tx *store.Tx, receipts []receiptOut, due time.Time) error {
	rows, events, errs := make([][]any, len(receipts)), make([]journal.Event, len(receipts)), make([]error, len(receipts))
	key := c.Keys().Current
	each(len(receipts), func(i int) {
		p, r := receipts[i].peer, receipts[i].receipt
		text, err := r.Sign(key)
		if err == nil {
			rows[i] = []any{p.Node, r.ID, int64(r.Stage), text, signed.Hash([]byte(text))}
			events[i], err = p.receiptEvent("receipt-out", r, text)
		}
		errs[i] = err
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if _, err := many(tx, insertReceiptOut, []any{due}, rows); err != nil {
		return err
	}
	_, err := journal.AppendAll(tx, events)
	return err
}

func (p Peer) receiptEvent(kind string, r letter.Receipt, text string) (journal.Event, error) {
	return p.newEvent(kind, actor, map[string]any{"mid": r.ID, "r": r.Stage, "receipt": signed.Hash([]byte(text))})
}

// Decide says, in the transaction that queues it, that a letter of a peer is answered by another:
// its receipt R3.
func (c *Courier) Decide(tx *store.Tx, h letter.Header, answer string) error {
	p, err := FindPeer(tx, h.Issuer)
	if err != nil {
		return err
	}
	return c.queueReceipts(tx, []receiptOut{{p, letter.Decided(h, answer, tx.Now().Unix())}}, nextBeat(tx.Now()))
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

// unjudged tells which of the letters nobody has judged meanwhile.
func unjudged(tx *store.Tx, batch []opened) ([]bool, error) {
	keys, waits := make([][]any, len(batch)), make([]bool, len(batch))
	for i, o := range batch {
		keys[i] = []any{o.issuer, o.mid}
	}
	return waits, tx.QueryEach(stateIn, keys, func(i int, scan func(...any) error) error {
		var state string
		err := scan(&state)
		waits[i] = state == "stored"
		return err
	})
}

// receiptKey names a receipt to a peer.
type receiptKey struct {
	mid   string
	stage int64
}

// receiptsDue are the receipts that a peer can have now.
func receiptsDue(tx *store.Tx, p Peer, now time.Time) (keys []receiptKey, texts []string, err error) {
	return receiptsOf(tx, dueReceipts, p.Node, now, int64(maxReceipts))
}

// receiptsOf are the receipts that a query returns.
func receiptsOf(tx *store.Tx, query string, args ...any) (keys []receiptKey, texts []string, err error) {
	rows, err := tx.Query(query, args...)
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
	if err := c.renew(ctx, p, keys, body.Receipts); err != nil {
		return 0, err
	}
	var results resultsBody
	if err := post("/mxp/v1/receipts", body, &results); err != nil {
		return 0, err
	}
	if len(results.Results) != len(keys) {
		return 0, errors.New("the peer answered to another number of receipts")
	}
	own, err := c.ownCards(ctx)
	if err != nil {
		return 0, err
	}
	var refused letter.Code
	err = c.DB.WriteSnapshot(ctx, func(tx *store.Tx) error {
		refused = ""
		var sent [][]any
		for i, k := range keys {
			// A receipt that the peer refuses is not sent again: it would be the same.
			if r := results.Results[i]; r.Problem != nil {
				refused = letter.CodeOf(r.Problem.refusal())
				if !lasting(refused) {
					continue
				}
				if _, yes := void(own, body.Receipts[i], c.Now().Unix()); yes && k.stage != letter.StageStored { // it was revoked on the way
					continue
				}
			}
			sent = append(sent, []any{k.mid, k.stage})
		}
		_, err := many(tx, sentReceipts, []any{tx.Now(), p.Node}, sent)
		return err
	})
	if err == nil && refused == letter.HeaderDiffers {
		c.Log.Warn("the peer does not know the letter of a receipt: it was put back from a backup, and asks for what it lost", "peer", p.Node)
	} else if err == nil && refused != "" {
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
		var rows [][]any
		asked := map[receiptKey]int{}
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
			k := receiptKey{r.ID, int64(r.Stage)}
			if _, twice := asked[k]; !twice {
				asked[k] = i
				rows = append(rows, []any{k.mid, k.stage, texts[i]})
			}
		}
		changed, err := many(tx, insertReceiptIn, []any{p.Node, tx.Now()}, rows)
		if err != nil {
			return err
		}
		if err := p.judged(tx, rows); err != nil {
			return err
		}
		var events []journal.Event
		fresh := map[receiptKey]bool{}
		for n, row := range rows {
			if changed[n] == 0 {
				continue
			}
			k := receiptKey{row[0].(string), row[1].(int64)}
			fresh[k] = true
			i := asked[k]
			e, err := p.receiptEvent("receipt-in", receipts[i], texts[i])
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		for i, r := range receipts {
			k := receiptKey{r.ID, int64(r.Stage)}
			switch {
			case taken[i].Err != nil || r.Stage == letter.StageStored:
			case !fresh[k]: // it has come before, or is of no letter
				var known int
				if err := tx.QueryRow(countOut, p.Node, r.ID).Scan(&known); err != nil {
					return err
				}
				if known == 0 {
					taken[i].Err = &letter.Refusal{Code: letter.HeaderDiffers, Err: errNoLetter}
				}
			case r.Stage == letter.StageJudged && !r.OK && asked[k] == i:
				if _, err := tx.Exec(judgedOut, string(r.Code), p.Node, r.ID); err != nil {
					return err
				}
			}
		}
		_, err = journal.AppendAll(tx, events)
		return err
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
	return c.DB.WriteSnapshot(ctx, func(tx *store.Tx) error {
		rows := make([][]any, len(got))
		for i, h := range got {
			rows[i] = []any{h}
		}
		if _, err := many(tx, gotReceipts, []any{tx.Now(), p.Node}, rows); err != nil {
			return err
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
