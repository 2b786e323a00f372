package courier

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/letter"
)

// RequestOf is what an agreement has to decide about a letter: what its header says, and the
// codes of what is in it. began is the node that began its conversation; empty if nobody did.
func RequestOf(l letter.Letter, began string) agreement.Request {
	keys, fields := letter.Names(l)
	return agreement.Request{
		Issuer: l.Issuer, Audience: l.Audience,
		Agreement: l.Agreement, Article: l.Article, Purpose: l.Purpose,
		Type: l.Type, Turn: turn(l.Header, began), Keys: keys, Fields: fields,
		Handling: l.Handling, Grading: l.Grading, Clock: l.Clock,
		Written: time.Unix(l.Issued, 0), Until: time.Unix(l.Retain, 0),
	}
}

// A conversation is what its letters share: the first one's mid, and what allows it.
type conversation struct{ id, article, purpose string }

// conversationOf is a letter's; none for one that needs no agreement.
func conversationOf(typ string, h letter.Header) conversation {
	if agreement.Free(typ) {
		return conversation{}
	}
	return conversation{h.Conversation, h.Article, h.Purpose}
}

// turn is the place of a letter in a conversation that a node began.
func turn(h letter.Header, began string) agreement.Turn {
	switch {
	case h.ID == h.Conversation:
		return agreement.Begin
	case began == h.Issuer:
		return agreement.Follow
	case began == h.Audience:
		return agreement.Answer
	}
	return ""
}

// Allowed decides whether the agreements with a peer allow a letter from it or to it, in the
// transaction that takes it in or sends it; a letter that begins a conversation takes one unit of
// its quota. It returns a [letter.Refusal] that wraps the [agreement.Refusal]; any other error is
// this node's own.
func Allowed(tx *store.Tx, p Peer, l letter.Letter) error {
	return allowed(tx, p, l.Header, RequestOf(l, ""), agreement.Load)
}

// allowed is Allowed of a request whose turn is not known yet, with the agreements that load finds.
func allowed(tx *store.Tx, p Peer, h letter.Header, r agreement.Request, load func(*store.Tx, string) (agreement.Set, error)) error {
	if agreement.Free(r.Type) {
		return nil
	}
	set, err := load(tx, p.Node)
	if err != nil {
		return err
	}
	began, err := beganBy(tx, p, h)
	if err != nil {
		return err
	}
	r.Turn = turn(h, began)
	err = set.Spend(tx, r)
	if no, ok := errors.AsType[agreement.Refusal](err); ok {
		return &letter.Refusal{Code: letter.Code(no.Code), Err: fmt.Errorf("the agreement says %w", no)}
	}
	return err
}

// beganBy is the node that began the conversation of a letter under the letter's purpose, as far as
// this node has sent or accepted its first letter; else empty. A conversation keeps to its purpose:
// what was begun under the quota of one is no way to what another allows.
func beganBy(tx *store.Tx, p Peer, h letter.Header) (string, error) {
	if h.ID == h.Conversation {
		return h.Issuer, nil
	}
	var ours int
	err := tx.QueryRow(whoBegan, p.Node, h.Conversation, h.Article, h.Purpose).Scan(&ours)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("who began a conversation: %w", err)
	case ours == 0:
		return p.Node, nil
	case h.Issuer == p.Node:
		return h.Audience, nil
	}
	return h.Issuer, nil
}
