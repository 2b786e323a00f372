package courier

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// ErrSuspended: the peer is suspended, and no letter is written to it.
var ErrSuspended = errors.New("the peer is suspended")

// Pauses between two attempts to deliver: they double from the first to the longest, each up
// to a fifth shorter or longer, so that many letters do not come back together.
const (
	firstPause = time.Second
	longPause  = 5 * time.Minute
)

// pause is how long a letter waits after so many attempts.
func pause(tries int64) time.Duration {
	d := longPause
	if tries < 9 { // 2⁹ seconds are more
		d = min(longPause, firstPause<<tries)
	}
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// Sealed is a letter ready to be sent.
type Sealed struct {
	letter.Header
	Type     string
	Letter   string // as it was signed; empty where it is not known any more
	Envelope string
	// Request is what the agreement decides about; the turn is for [Queue] to find.
	Request agreement.Request
	// Subjects are the entries of the registry that the letter is about, for its desk to name: no letter
	// leaves about a person who is guarded ([Guard]).
	Subjects []string
	// NotBefore is when the letter leaves at the earliest; the zero Time is at once.
	NotBefore time.Time

	persons []map[string]string // whom it describes
	silent  bool                // it could have been written of anybody
}

// Seal signs a letter to a peer and seals it. It is done before the transaction that queues the
// letter: what takes the longest keeps nobody waiting.
func Seal(l letter.Letter, p Peer, keys card.Keys) (Sealed, error) {
	to, err := p.Cards.SealKey(l.Issued)
	if err != nil {
		return Sealed{}, err
	}
	text, err := letter.Sign(keys.Current, l)
	if err != nil {
		return Sealed{}, err
	}
	envelope, err := letter.Seal(text, l.Header, keys.Current, to)
	return Sealed{
		Header: l.Header, Type: l.Type, Letter: text, Envelope: envelope, Request: RequestOf(l, ""),
		persons: letter.Persons(l), silent: letter.Silent(l),
	}, err
}

// Queue puts sealed letters into the outbox, in the transaction that decides to send them. The
// error wraps [ErrNoPeer], [ErrSuspended] or [ErrNoContact], or is the [letter.Refusal] of a letter that no
// agreement allows ([Allowed]); then none may be sent.
func Queue(tx *store.Tx, actor string, letters ...Sealed) error {
	peers := map[string]Peer{}
	done := 0
	for i, s := range letters {
		p, ok := peers[s.Audience]
		if !ok {
			all, err := peersOf(tx, peerRow, s.Audience) // without its cards, which take the longest
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return fmt.Errorf("letter %s: %w", s.ID, ErrNoPeer)
			}
			p = all[0]
			peers[s.Audience] = p
		}
		if p.State != Active {
			return fmt.Errorf("letter %s: %w", s.ID, ErrSuspended)
		}
		if !agreement.Free(s.Type) && s.ID != s.Conversation { // its first letter may be one of these
			if err := queue(tx, actor, peers, letters[done:i]); err != nil {
				return err
			}
			done = i
		}
		if err := guard(tx, s); err != nil {
			return err
		}
		if err := allowed(tx, p, s.Header, s.Request, agreement.Load); err != nil {
			return err
		}
	}
	return queue(tx, actor, peers, letters[done:])
}

// queue puts letters that may be sent into the outbox.
func queue(tx *store.Tx, actor string, peers map[string]Peer, letters []Sealed) error {
	var events []journal.Event
	var rows [][]any
	for _, s := range letters {
		p, in := peers[s.Audience], conversationOf(s.Type, s.Header)
		data := map[string]any{"mid": s.ID, "type": s.Type, "env": signed.Hash([]byte(s.Envelope)), "cid": in.id, "art": in.article, "pur": in.purpose}
		text := ""
		if in.id != "" && s.Letter != "" { // nothing has to be proved of the others
			text, data["letter"] = s.Letter, signed.Hash([]byte(s.Letter))
		}
		next := tx.Now()
		if s.NotBefore.After(next) {
			next = s.NotBefore
		}
		rows = append(rows, []any{p.Node, s.ID, s.Type, s.Envelope, s.Expires, in.id, in.article, in.purpose, text, next})
		e, err := p.newEvent("letter-out", actor, data)
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	if _, err := many(tx, insertOut, []any{tx.Now()}, rows); err != nil {
		return err
	}
	_, err := journal.AppendAll(tx, events)
	return err
}

// many runs a statement for each row, whose values stand behind args, and returns how many rows of the
// database each changed.
func many(tx *store.Tx, query string, args []any, rows [][]any) ([]int64, error) {
	all := make([][]any, len(rows))
	for i, row := range rows {
		all[i] = append(slices.Clip(args), row...)
	}
	return tx.ExecEach(query, all)
}

// waiting is a letter that is to be sent.
type waiting struct {
	mid, envelope string
	tries         int64
}

// due returns letters to send to a peer now.
func due(tx *store.Tx, peer string, now time.Time, most int) ([]waiting, error) {
	rows, err := tx.Query(dueOut, peer, now, int64(most))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []waiting
	for rows.Next() {
		var w waiting
		if err := rows.Scan(&w.mid, &w.envelope, &w.tries); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// delivery is what became of a letter that was sent.
type delivery struct {
	waiting
	receipt letter.Receipt // R1
	text    string
	err     error // why there is none; a [letter.Refusal] is the peer's
}

// lasting reports whether a peer that refuses with this code will always do so.
func lasting(c letter.Code) bool {
	switch c {
	case letter.Suspended, letter.Rate, letter.Unavailable, letter.FromTheFuture, "":
		return false
	case letter.KeyUnknown: // the card that tells of it is on its way
		return false
	case letter.Expired: // not by the clock here, which says when to give up: the peer's may be wrong
		return false
	}
	return true
}

// delivered takes in what became of letters. Those without a receipt wait, or are refused for good.
func delivered(tx *store.Tx, p Peer, done []delivery) error {
	var events []journal.Event
	event := func(kind string, data map[string]any) error {
		e, err := p.newEvent(kind, actor, data)
		events = append(events, e)
		return err
	}
	var rows [][]any
	var stored []delivery
	for _, d := range done {
		code := letter.CodeOf(d.err)
		switch {
		case d.err == nil:
			leaf, err := signed.Base64.DecodeString(d.receipt.Leaf)
			if err != nil {
				return err
			}
			rows = append(rows, []any{d.mid, d.text, leaf})
			stored = append(stored, d)
		case lasting(code):
			n, err := tx.Exec(refusedOut, string(code), tx.Now(), p.Node, d.mid)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if err := event("letter-refused", map[string]any{"mid": d.mid, "code": code}); err != nil {
				return err
			}
		default:
			if _, err := tx.Exec(laterOut, tx.Now().Add(pause(d.tries)), p.Node, d.mid); err != nil {
				return err
			}
		}
	}
	promises := map[string]string{} // leaf → letter
	changed, err := many(tx, storedOut, []any{tx.Now(), p.Node}, rows)
	if err != nil {
		return err
	}
	for i, d := range stored {
		if changed[i] == 0 { // its receipt came by another way before
			continue
		}
		promises[string(rows[i][2].([]byte))] = d.mid
		if err := event("receipt-in", map[string]any{"mid": d.mid, "r": letter.StageStored, "receipt": signed.Hash([]byte(d.text))}); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return nil
	}
	if _, err := journal.AppendAll(tx, events); err != nil {
		return err
	}
	// The peer's book may have come before its receipt. What came earlier still is looked for
	// when it is due.
	kept, err := p.shown(tx, promises, tx.Now().Add(-overtaken))
	if err != nil {
		return err
	}
	return p.markSeen(tx, keptOut, kept)
}

// overtaken is by how much a statement may come before the receipts that it bears out, in general.
const overtaken = 2 * time.Second

// farthest is a pause that no letter or receipt is given: one that is to wait longer was given a time
// by a clock that has been set back since.
const farthest = 2 * longPause

// clockSetBack has letters and receipts sent, and letters judged, that would wait for a time which
// comes no more.
func clockSetBack(tx *store.Tx, p Peer) error {
	for _, query := range []string{nextAgain, dueAgain} {
		if _, err := tx.Exec(query, tx.Now(), p.Node, tx.Now().Add(farthest)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(judgeAgain, tx.Now(), tx.Now().Add(farthest))
	return err
}

// expire gives up letters whose time is over, and returns how many.
func expire(tx *store.Tx, p Peer) (int, error) {
	mids, err := tx.Texts(expireOut, tx.Now(), p.Node, tx.Now().Unix())
	if err != nil || len(mids) == 0 {
		return 0, err
	}
	var events []journal.Event
	for _, mid := range mids {
		data, err := json.Marshal(map[string]any{"mid": mid})
		if err != nil {
			return 0, err
		}
		events = append(events, journal.Event{Book: p.Book, Kind: "letter-dead", Actor: actor, Data: data})
	}
	_, err = journal.AppendAll(tx, events)
	return len(mids), err
}

// actor stands in the events of what the courier does by itself.
const actor = "courier"

// StoredAt is when the receipt R1 of a letter came; ok is false if it has not.
func StoredAt(tx *store.Tx, peer, mid string) (at time.Time, ok bool, err error) {
	texts, err := tx.Texts(storedAt, peer, mid)
	if err != nil || len(texts) == 0 {
		return at, false, err
	}
	at, err = store.ParseTime(texts[0])
	return at, err == nil, err
}

// ReceiptTimes are the milliseconds that letters took, from the outbox to their receipt R1; of those
// asked for that have it.
func ReceiptTimes(tx *store.Tx, peer string, mids []string) ([]float64, error) {
	if len(mids) == 0 {
		return nil, nil
	}
	asked := make(map[string]bool, len(mids))
	for _, mid := range mids {
		asked[mid] = true
	}
	rows, err := tx.Query(storedTimes, peer, slices.Min(mids), slices.Max(mids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var took []float64
	for rows.Next() {
		var mid, queued, at string
		if err := rows.Scan(&mid, &queued, &at); err != nil {
			return nil, err
		}
		from, err1 := store.ParseTime(queued)
		to, err2 := store.ParseTime(at)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if asked[mid] {
			took = append(took, float64(to.Sub(from).Microseconds())/1000)
		}
	}
	return took, rows.Err()
}
