package enquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// Want asks for more of the person of a conversation of this node: the fields are added to those that were wanted, and the
// clock begins anew. The error wraps [ErrUnknown], [ErrQuestion] or [ErrOver].
func (d *Desk) Want(ctx context.Context, cid string, fields []string, by Officer) (a Asked, err error) {
	return a, d.follow(ctx, cid, "release-request", by, func(r row, p agreement.Purpose) (string, error) {
		if !kinds[r.typ].first || len(fields) == 0 {
			return "", fmt.Errorf("%w: of an enquiry some fields are wanted, of nothing else", ErrQuestion)
		}
		for _, f := range fields {
			if !slices.Contains(p.Fields, f) {
				return "", fmt.Errorf("%w: the purpose %s does not let %s be released; it lets %s", ErrQuestion, p.Code, f, strings.Join(p.Fields, ", "))
			}
		}
		b, err := json.Marshal(map[string][]string{"fields": fields})
		return string(b), err
	}, func(tx *store.Tx, r row, p agreement.Purpose) error {
		all := r.wants
		for _, f := range fields {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
		begun := d.Now().Add(clockLate)
		due, _ := p.Due(r.clock, begun)
		a = Asked{Conversation: cid, Peer: r.peer, Article: r.article, Purpose: r.purpose, Clock: r.clock, Due: due, Sent: []string{}, Withheld: []string{}}
		_, err := tx.Exec(moreWanted, list(all), pending, "", begun, due, cid)
		return err
	})
}

// Withdraw says that this node no longer asks; what was answered stays with whom it was answered to. The error wraps
// [ErrUnknown] or [ErrAnswered].
func (d *Desk) Withdraw(ctx context.Context, cid string, by Officer) error {
	return d.follow(ctx, cid, "withdrawal", by, func(r row, _ agreement.Purpose) (string, error) {
		if r.over() {
			return "", ErrAnswered
		}
		return fmt.Sprintf(`{"of":%q,"reason":{"code":"no_longer_needed"}}`, cid), nil
	}, func(tx *store.Tx, r row, _ agreement.Purpose) error {
		_, err := tx.Exec(endAnew, withdrawn, by.Name, d.Now(), cid)
		return err
	})
}

// follow sends a letter that follows on a question of this node, and has what is done with it done in the same transaction.
func (d *Desk) follow(ctx context.Context, cid, typ string, by Officer, payload func(r row, p agreement.Purpose) (string, error),
	do func(tx *store.Tx, r row, p agreement.Purpose) error) error {
	var r row
	var p courier.Peer
	var purpose agreement.Purpose
	var first letter.Letter
	if err := d.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if r, err = find(tx, cid); err != nil {
			return err
		}
		if !r.ours {
			return ErrUnknown
		}
		if purpose, err = purposeNamed(tx, r.peer, r.agreement, r.article, r.purpose); err != nil {
			return err
		}
		if first, _, err = courier.Written(tx, cid); err != nil {
			return err
		}
		p, err = courier.FindPeer(tx, r.peer)
		return err
	}); err != nil {
		return err
	}
	body, err := payload(r, purpose)
	if err != nil {
		return err
	}
	key, err := d.key(ctx)
	if err != nil {
		return err
	}
	l, err := d.reply(key, r, typ, body)
	if err != nil {
		return err
	}
	l.Requesting, l.Grading = pseudonym(key, by.Office), first.Grading
	s, err := d.Seal(l, p)
	if err != nil {
		return err
	}
	s.Subjects = subjects(r.subject)
	if err := d.DB.Write(ctx, func(tx *store.Tx) error {
		now, err := find(tx, cid)
		if err != nil {
			return err
		}
		if typ == "withdrawal" && now.over() {
			return ErrAnswered
		}
		if err := courier.Queue(tx, by.Name, s); err != nil {
			return err
		}
		if err := do(tx, now, purpose); err != nil {
			return err
		}
		return d.event(tx, "enquiry-followed", by, r.purpose, subjects(r.subject), map[string]any{"cid": cid, "type": typ})
	}); err != nil {
		return err
	}
	d.wake()
	return nil
}
