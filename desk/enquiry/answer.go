package enquiry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mitra/desk/registry"
	"mitra/store"
	"mitra/treaty/courier"
)

// A Decision is how an officer ends a conversation: by releasing fields of a person, with nothing to
// release, or with the closed answer of its kind. One of the three is given.
type Decision struct {
	Record  string   // the entry of the person, see [Candidate]
	Release []string // the fields to release, each by its name
	Nothing bool     // no record, doubt, refusal and protection alike
	Value   string   // a closed answer
	Reason  string   // of one that declines
}

// An Outcome is what has left.
type Outcome struct {
	Conversation string   `json:"conversation"`
	Letter       string   `json:"letter,omitempty"` // that ends it, and its type; an alert is noted without one
	Type         string   `json:"type,omitempty"`
	Released     []string `json:"released"`
	InTime       bool     `json:"in_time"`
	// Review is set where the peer's view on somebody's protection is not that of this node.
	Review bool `json:"review,omitempty"`
}

// Answer ends a conversation that a peer has begun. Where two officers answer at once one of them does,
// and the other is told ([ErrAnswered]). The error also wraps [ErrRight], [ErrUnknown], [ErrEarly], [ErrAnswer], [ErrOver] or
// [courier.ErrNoContact].
func (d *Desk) Answer(ctx context.Context, cid string, what Decision, by Officer) (o Outcome, err error) {
	key, err := d.key(ctx)
	if err != nil {
		return o, err
	}
	var r row
	var p courier.Peer
	var typ, payload string
	var about []string
	var people []map[string]string
	if err := d.DB.Read(ctx, func(tx *store.Tx) error {
		if r, err = find(tx, cid); err != nil {
			return err
		}
		if p, err = courier.FindPeer(tx, r.peer); err != nil {
			return err
		}
		if err := r.open(); err != nil {
			return err
		}
		purpose, err := purposeNamed(tx, r.peer, r.agreement, r.article, r.purpose)
		if err != nil {
			return err
		}
		if purpose.Decides == "supervisor" && !kinds[r.typ].tells {
			if err := d.may(by, Supervise, "the agreement has a supervisor decide it"); err != nil {
				return err
			}
		}
		if people, err = d.people(tx, r, what.Record); err != nil {
			return err
		}
		typ, payload, about, err = d.ending(tx, r, what, pseudonym(key, by.Name))
		return err
	}); err != nil {
		return o, err
	}
	if err := d.apart(ctx, by, cid, r.clock, people...); err != nil {
		return o, err
	}
	var sealed courier.Sealed
	if typ != "" {
		l, err := d.reply(key, r, typ, payload)
		if err != nil {
			return o, err
		}
		if sealed, err = d.Seal(l, p); err != nil {
			return o, err
		}
		sealed.Subjects = about
	}
	ending := typ
	switch typ {
	case "release":
		o.Released, ending = what.Release, released
	case "nothing-to-release":
		ending = nothing
	default:
		ending = what.Value
	}
	if o.Released == nil {
		o.Released = []string{}
	}
	o.Conversation, o.Letter, o.Type = cid, sealed.ID, typ
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		now, err := find(tx, cid)
		if err != nil {
			return err
		}
		if err := now.open(); err != nil {
			return err
		}
		o.InTime = !d.Now().After(now.due)
		if !d.noSchedule {
			sealed.NotBefore = nextBeat(d.Now())
		}
		n := int64(0)
		if now.taken() {
			n, err = tx.Exec(endAccepted, ending, by.Name, d.Now(), cid)
		} else {
			n, err = tx.Exec(endEnquiry, ending, by.Name, d.Now(), "", cid)
		}
		if err != nil || n == 0 {
			return errors.Join(ErrAnswered, err)
		}
		if typ != "" {
			if err := courier.Queue(tx, by.Name, sealed); err != nil {
				return err
			}
			if !now.taken() {
				if err := d.decided(tx, r, sealed.ID); err != nil {
					return err
				}
			}
		}
		if ending == accepted && what.Record != "" {
			if o.Review, err = d.referred(tx, now, what.Record); err != nil {
				return err
			}
		}
		return d.event(tx, "enquiry-answered", by, r.purpose, about, map[string]any{"cid": cid, "type": typ, "fields": o.Released})
	})
	if err == nil {
		d.wake()
	}
	return o, err
}

// people are whom a conversation and its answer are about.
func (d *Desk) people(tx *store.Tx, r row, record string) (out []map[string]string, err error) {
	l, ok, err := courier.Readable(tx, r.peer, r.cid)
	if err != nil {
		return nil, err
	}
	if ok {
		var v View
		v.read(l, true)
		out = append(out, v.Person, v.Document)
	}
	if record != "" {
		k, err := d.Known(tx, record)
		if err != nil {
			return nil, err
		}
		out = append(out, k.Values)
	}
	return out, nil
}

// open is nil if an officer may end the conversation now.
func (r row) open() error {
	switch {
	case r.ours:
		return fmt.Errorf("%w: this node has asked it", ErrAnswer)
	case r.found != found: // it looks as if nobody were found
		return ErrUnknown
	case r.ending == over:
		return ErrOver
	case r.over():
		return ErrAnswered
	case r.state == asked:
		return ErrEarly
	}
	return nil
}

// ending makes the letter that ends a conversation: its type, its payload, and whom it is about.
func (d *Desk) ending(tx *store.Tx, r row, what Decision, officer string) (typ, payload string, about []string, err error) {
	k := kinds[r.typ]
	given := 0
	for _, is := range []bool{len(what.Release) > 0, what.Nothing, what.Value != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return "", "", nil, fmt.Errorf("%w: want the fields to release, or nothing to release, or a closed answer", ErrAnswer)
	}
	if k.tells {
		if !slices.Contains(k.values, what.Value) {
			return "", "", nil, fmt.Errorf("%w: an %s is answered with %s, which stays here", ErrAnswer, r.typ, strings.Join(k.values, ", "))
		}
		return "", "", nil, nil
	}
	if !k.first {
		if what.Nothing {
			what.Value = k.neutral
		}
		if !slices.Contains(r.values(), what.Value) {
			return "", "", nil, fmt.Errorf("%w: a %s is answered with %s", ErrAnswer, r.typ, strings.Join(r.values(), ", "))
		}
		if k.hands {
			return what.reply(k)
		}
		b, err := json.Marshal(map[string]string{k.member: what.Value})
		return k.closing, string(b), subjects(what.Record), err
	}
	switch {
	case what.Nothing:
		return "nothing-to-release", `{}`, nil, nil
	case what.Value != "":
		return "", "", nil, fmt.Errorf("%w: an enquiry has no closed answer: release fields, or nothing", ErrAnswer)
	case what.Record == "":
		return "", "", nil, fmt.Errorf("%w: say whose fields are released", ErrAnswer)
	}
	purpose, err := purposeNamed(tx, r.peer, r.agreement, r.article, r.purpose)
	if err != nil {
		return "", "", nil, err
	}
	closed, err := registry.Restrictions(tx)
	if err != nil {
		return "", "", nil, err
	}
	hides, err := d.hides(tx, what.Record, closed)
	if err != nil {
		return "", "", nil, err
	}
	if hides != "" { // and it is not said why: whoever may know, does
		return "", "", nil, fmt.Errorf("%w: nothing of this person can be released; the answer is nothing to release", ErrAnswer)
	}
	known, err := d.Known(tx, what.Record)
	if err != nil {
		return "", "", nil, err
	}
	if known.Person == "" {
		return "", "", nil, fmt.Errorf("%w: %w", ErrAnswer, errNobody)
	}
	record := map[string]string{}
	for _, f := range fieldsOf(r.wants, purpose, known) {
		if !slices.Contains(what.Release, f.Name) {
			continue
		}
		if f.Withheld != "" {
			return "", "", nil, fmt.Errorf("%w: %s: %s", ErrAnswer, f.Name, withheld[f.Withheld])
		}
		record[f.Name] = f.Value
	}
	for _, name := range what.Release {
		if _, ok := record[name]; !ok {
			return "", "", nil, fmt.Errorf("%w: %s: %s", ErrAnswer, name, withheld["not_asked_for"])
		}
	}
	body := map[string]any{"record": record, "officer": officer}
	if known.AsOf != "" {
		body["as_of"] = known.AsOf
	}
	b, err := json.Marshal(body)
	return "release", string(b), subjects(what.Record), err
}

// Withheld says why a field is not released, by [Field.Withheld].
func Withheld(code string) string { return withheld[code] }

var withheld = map[string]string{
	"not_in_purpose": "the purpose does not let it be released",
	"not_asked_for":  "it was not asked for",
	"no_value":       "the registers here do not say",
	"never_sent":     "this value never leaves the node",
	"restricted":     "nothing of this person can be released",
}
