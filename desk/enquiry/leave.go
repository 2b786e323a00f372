package enquiry

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// Run has answers leave when it is time, and clocks told of, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := d.Turn(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("enquiries wait", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// some is how many answers leave in one transaction.
const some = 64

// Turn does once what [Desk.Run] does.
func (d *Desk) Turn(ctx context.Context) error {
	for {
		n, err := d.leave(ctx)
		if err != nil {
			return err
		}
		if n < some {
			break
		}
	}
	return errors.Join(d.clocks(ctx), d.forget(ctx))
}

// outgoing is a letter that the node writes by itself.
type outgoing struct {
	row
	typ     string
	payload string
	state   string // after it
	ending  string
	sealed  courier.Sealed
}

// The node's own answers have one length: what is sealed tells nothing by its size.
var ownAnswers = map[bool]string{true: `{"result":"pending"}`, false: `{"result":"no-hit"} `}

// leave writes the answers that are to leave now, and returns how many.
func (d *Desk) leave(ctx context.Context) (int, error) {
	var out []outgoing
	peers := map[string]courier.Peer{}
	if err := d.DB.Read(ctx, func(tx *store.Tx) error {
		out = nil
		rows, err := rowsOf(tx, leaving, d.Now(), int64(some))
		if err != nil {
			return err
		}
		for _, r := range rows {
			waits := r.found == found || r.finish != ""
			o := outgoing{row: r, typ: "answer", payload: ownAnswers[waits], state: pending}
			if !waits {
				o.state, o.ending = ended, noHit
			}
			out = append(out, o)
		}
		if rows, err = rowsOf(tx, finishing, d.Now(), int64(some)); err != nil {
			return err
		}
		for _, r := range rows {
			out = append(out, outgoing{row: r, typ: "nothing-to-release", payload: `{}`, state: ended, ending: nothing})
		}
		for _, o := range out {
			if _, ok := peers[o.peer]; !ok {
				if peers[o.peer], err = courier.FindPeer(tx, o.peer); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil || len(out) == 0 {
		return 0, err
	}
	key, err := d.key(ctx)
	if err != nil {
		return 0, err
	}
	ready := out[:0]
	for _, o := range out {
		p := peers[o.peer]
		if p.State != courier.Active {
			continue // nothing is written to it; its clocks run
		}
		l, err := d.reply(key, o.row, o.typ, o.payload)
		if err == nil {
			o.sealed, err = d.Seal(l, p)
		}
		if err != nil {
			return 0, err
		}
		switch {
		case d.noSchedule:
		case o.typ == "answer":
			o.sealed.NotBefore, err = store.ParseTime(o.leave)
		default: // as an officer's
			o.sealed.NotBefore = nextBeat(d.Now())
		}
		if err != nil {
			return 0, err
		}
		ready = append(ready, o)
	}
	if len(ready) == 0 {
		return 0, nil
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		for _, o := range ready {
			var n int64
			var err error
			if o.ending == "" {
				n, err = tx.Exec(hasLeft, o.state, o.cid)
			} else {
				n, err = tx.Exec(endEnquiry, o.ending, "", d.Now(), "", o.cid)
			}
			if err != nil {
				return err
			}
			if n == 0 { // another process was first, or it has been withdrawn
				continue
			}
			if err := courier.Queue(tx, node.Name, o.sealed); err != nil {
				return err
			}
			if o.ending != "" {
				if err := d.decided(tx, o.row, o.sealed.ID); err != nil {
					return err
				}
			}
			if err := d.event(tx, "enquiry-answered", node, o.purpose, nil, map[string]any{"cid": o.cid, "type": o.typ}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.wake()
	}
	return len(out), err
}

// reply is a letter that answers the first one of a conversation. All have the same office: that an officer has
// written it, and in which, is told by a release alone.
func (d *Desk) reply(key []byte, r row, typ, payload string) (letter.Letter, error) {
	mid, err := letter.NewID()
	if err != nil {
		return letter.Letter{}, err
	}
	now := d.Now()
	until := r.until
	if until.IsZero() || !until.After(now) {
		return letter.Letter{}, ErrOver
	}
	return letter.Letter{Type: typ, Payload: json.RawMessage(payload), Header: letter.Header{
		Issuer: d.Self, Audience: r.peer, ID: mid, Conversation: r.cid, InReplyTo: r.cid,
		Issued: now.Unix(), Expires: min(now.Unix()+letter.MaxLife, until.Unix()),
		Agreement: r.agreement, Article: r.article, Purpose: r.purpose, Handling: r.handling, Requesting: pseudonym(key, "answers"),
		Clock: r.clock, Retain: until.Unix(), Schema: letter.SchemaID(typ),
	}}, nil
}

// decided gives the receipt R3 of the letter that has begun a conversation.
func (d *Desk) decided(tx *store.Tx, r row, answer string) error {
	return d.Decide(tx, letter.Header{Issuer: r.peer, Audience: d.Self, ID: r.cid}, answer)
}

// clocks tells of clocks of which half is over, and of those that are over.
func (d *Desk) clocks(ctx context.Context) error {
	var late []row
	if err := d.DB.Read(ctx, func(tx *store.Tx) (err error) {
		late, err = rowsOf(tx, running)
		return err
	}); err != nil {
		return err
	}
	now := d.Now()
	for _, r := range late {
		told, kind := 0, ""
		switch {
		case !now.Before(r.due):
			told, kind = 2, "clock-over"
		case r.told < 1 && now.Sub(r.begun) >= r.due.Sub(r.begun)/2:
			told, kind = 1, "clock-half"
		default:
			continue
		}
		if err := d.DB.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.Exec(setTold, int64(told), r.cid)
			if err != nil || n == 0 {
				return err
			}
			if err := d.tell(tx, Notice{Kind: kind, Clock: r.clock, Due: r.due}); err != nil {
				return err
			}
			return d.event(tx, kind, node, r.purpose, nil, map[string]any{"cid": r.cid, "ours": r.ours})
		}); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) tell(tx *store.Tx, n Notice) error {
	if d.Tell == nil {
		return nil
	}
	return d.Tell(tx, n)
}

// forget lets go of what is past the time for which it may be kept.
func (d *Desk) forget(ctx context.Context) error {
	for {
		var old []row
		if err := d.DB.Read(ctx, func(tx *store.Tx) (err error) {
			old, err = rowsOf(tx, outdated, d.Now(), int64(some))
			return err
		}); err != nil || len(old) == 0 {
			return err
		}
		if err := d.DB.Write(ctx, func(tx *store.Tx) error {
			for _, r := range old {
				if err := courier.ForgetConversation(tx, r.peer, r.cid); err != nil {
					return err
				}
				if _, err := tx.Exec(forget, r.cid, d.Now()); err != nil {
					return err
				}
				if err := d.event(tx, "enquiry-forgotten", node, r.purpose, nil, map[string]any{"cid": r.cid}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil || len(old) < some {
			return err
		}
	}
}
