package second

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"mitra/store"
	"mitra/treaty/journal"
)

// Holds is how long a proposal waits, and for how long after a confirmation what it made is handed over.
const Holds = 72 * time.Hour

// mostReason is how many characters a reason has at most.
const mostReason = 500

// Errors of this package.
var (
	// ErrUnknown: no such proposal, or none for this officer.
	ErrUnknown = errors.New("no such proposal")
	// ErrRight: the officer has not the right of the kind.
	ErrRight = errors.New("the officer may neither propose nor confirm this")
	// ErrOwn: nobody confirms their own proposal, or has part in what is about themselves.
	ErrOwn = errors.New("it is the officer's own proposal, or about the officer: another has to")
	// ErrEnded: it has been confirmed, declined or withdrawn, and what it made handed over.
	ErrEnded = errors.New("this has been done, or is over")
	// ErrExpired: nobody has confirmed it in time, or fetched what it made.
	ErrExpired = errors.New("the time for this is over")
	// ErrChanged: the world is not the one for which it was proposed; nothing was done.
	ErrChanged = errors.New("what it is about has changed since it was proposed")
	// ErrWaits: the same waits already.
	ErrWaits = errors.New("the same has been proposed, and waits")
	// ErrReason: there is none, or it cannot be one.
	ErrReason = errors.New("want a reason of one line, of 1 to 500 characters")
)

// By is who proposes or confirms.
type By struct{ Actor, Office string }

// States of a proposal; Used is that of one that made something, which has been handed over.
const (
	Waiting   = "waiting"
	Confirmed = "confirmed"
	Declined  = "declined"
	Withdrawn = "withdrawn"
	Expired   = "expired"
	Used      = "used"
)

// A Proposal is what somebody wants done.
type Proposal struct {
	ID, Kind string
	Body     json.RawMessage
	Hash     string // of Body
	Subject  string // what it is about, as events name it: "account:dara", a node, a conversation
	Reason   string
	Officer  string
	Office   string
	At       time.Time

	State  string
	Second string    // who ended it
	Ended  time.Time // when
	Why    string    // it was declined
	Result string    // what it made, as far as that is kept
}

// Until is when it expires.
func (p Proposal) Until() time.Time { return p.At.Add(Holds) }

// About reports whether it is about an officer.
func (p Proposal) About(officer string) bool { return p.Subject == "account:"+officer }

// stateAt has the state of one that nobody has ended in time be so, before [Desk.Sweep] has written it.
func (p *Proposal) stateAt(now time.Time) {
	if p.State == Waiting && !now.Before(p.Until()) {
		p.State = Expired
	}
}

// A Kind is a kind of action that takes two officers.
type Kind struct {
	Right string // that both have
	// Ready makes what no transaction should wait for, such as the hash of a password. What it makes is lost if the
	// confirmation fails.
	Ready func(ctx context.Context, p Proposal, by By) (Act, error)
}

// An Act is a proposal that is ready to be done.
type Act struct {
	// Do does it, in the transaction of the confirmation; result is kept beside it. It may run again. An error wrapping [ErrChanged]
	// says that the world is another one by now.
	Do func(tx *store.Tx) (result string, err error)
	// Once is told to who confirms, and kept nowhere.
	Once string
}

// A Desk has the proposals of a node.
type Desk struct {
	DB *store.DB
	// May reports whether an officer has a right now.
	May   func(tx *store.Tx, officer, right string) (bool, error)
	Kinds map[string]Kind

	sweeping sync.Mutex
	swept    time.Time // no proposal of before waits
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func checkReason(reason string) error {
	if reason == "" || utf8.RuneCountInString(reason) > mostReason || strings.ContainsFunc(reason, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	}) {
		return ErrReason
	}
	return nil
}

// allowed makes sure that an officer has the right of a kind.
func (d *Desk) allowed(tx *store.Tx, kind, officer string) error {
	k, ok := d.Kinds[kind]
	if !ok {
		return fmt.Errorf("%w: kind %s", ErrUnknown, kind)
	}
	may, err := d.May(tx, officer, k.Right)
	if err == nil && !may {
		err = ErrRight
	}
	return err
}

// errTried ends the transaction of a trial.
var errTried = errors.New("it could be done")

// try does what is proposed in a transaction that is taken back: what cannot be done now is not proposed.
func (d *Desk) try(ctx context.Context, p Proposal, by By) error {
	act, err := d.Kinds[p.Kind].Ready(ctx, p, by)
	if err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := act.Do(tx); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// Propose has an action wait for another officer, and returns its id. body is encoded as JSON. The error wraps [ErrRight],
// [ErrOwn], [ErrReason] or [ErrWaits], or is that of the kind: it is tried whether it could be done now.
func (d *Desk) Propose(ctx context.Context, kind, subject, reason string, body any, by By) (id string, err error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // it is shown to people
	if err := enc.Encode(body); err != nil {
		return "", err
	}
	p := Proposal{ID: store.NewID(), Kind: kind, Body: bytes.TrimSpace(text.Bytes()), Subject: subject, Reason: strings.TrimSpace(reason), Officer: by.Actor, Office: by.Office}
	p.Hash = hashOf(p.Body)
	if err := checkReason(p.Reason); err != nil {
		return "", err
	}
	if p.About(by.Actor) {
		return "", ErrOwn
	}
	if err := d.DB.Read(ctx, func(tx *store.Tx) error { return d.allowed(tx, kind, by.Actor) }); err != nil {
		return "", err
	}
	if err := d.try(ctx, p, by); err != nil {
		return "", err
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		if err := d.allowed(tx, kind, by.Actor); err != nil {
			return err
		}
		late, err := since(tx, tx.Now().Add(-Holds))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(late, func(x Proposal) bool { return x.State == Waiting && x.Kind == kind && x.Hash == p.Hash }) {
			return ErrWaits
		}
		if _, err := tx.Exec(insertProposal, p.ID, p.Kind, string(p.Body), p.Hash, p.Subject, p.Reason, p.Officer, p.Office, tx.Now(), journal.NewSeal()); err != nil {
			return err
		}
		rows, err := Bound.Rows(tx, p.ID)
		if err != nil {
			return err
		}
		return event(tx, "second-proposed", p, by, rows)
	})
	return p.ID, err
}

// Find is a proposal, for an officer who has proposed it, has ended it, or could confirm it. The error wraps [ErrUnknown].
func (d *Desk) Find(tx *store.Tx, id, officer string) (Proposal, error) {
	p, err := find(tx, id)
	if err != nil {
		return p, err
	}
	if p.Officer != officer && p.Second != officer {
		err := d.allowed(tx, p.Kind, officer)
		if errors.Is(err, ErrRight) {
			err = ErrUnknown
		}
		return p, err
	}
	return p, nil
}

// Recent are the proposals of a time, the newest first, that an officer may find.
func (d *Desk) Recent(tx *store.Tx, from time.Time, officer string) (out []Proposal, err error) {
	all, err := since(tx, from)
	if err != nil {
		return nil, err
	}
	may := map[string]bool{} // by right
	for _, k := range d.Kinds {
		if _, asked := may[k.Right]; asked {
			continue
		}
		if may[k.Right], err = d.May(tx, officer, k.Right); err != nil {
			return nil, err
		}
	}
	for _, p := range all {
		if p.Officer == officer || p.Second == officer || may[d.Kinds[p.Kind].Right] {
			out = append(out, p)
		}
	}
	return out, nil
}

// For reports whether a proposal that [Desk.Recent] has found waits for an officer to confirm it.
func (p Proposal) For(officer string) bool {
	return p.State == Waiting && p.Officer != officer && !p.About(officer)
}

// open makes sure that a proposal can still be ended, by who has looked at one of that hash.
func (p Proposal) open(hash string) error {
	switch {
	case p.State == Expired:
		return ErrExpired
	case p.State != Waiting:
		return ErrEnded
	case p.Hash != hash || hashOf(p.Body) != p.Hash:
		return ErrChanged
	}
	return nil
}

// second makes sure that an officer may confirm or decline a proposal.
func (d *Desk) second(tx *store.Tx, p Proposal, hash string, by By) error {
	if err := d.allowed(tx, p.Kind, by.Actor); err != nil {
		return err
	}
	if p.Officer == by.Actor || p.About(by.Actor) {
		return ErrOwn
	}
	return p.open(hash)
}

// Confirm does what a proposal says. hash is that of what the officer has looked at; once is told to the officer, and kept nowhere.
// The error wraps [ErrUnknown], [ErrRight], [ErrOwn], [ErrEnded], [ErrExpired] or [ErrChanged]; then nothing was done.
func (d *Desk) Confirm(ctx context.Context, id, hash string, by By) (once string, err error) {
	var p Proposal
	look := func(tx *store.Tx) (err error) {
		if p, err = find(tx, id); err == nil {
			err = d.second(tx, p, hash, by)
		}
		return err
	}
	if err := d.DB.Read(ctx, look); err != nil {
		return "", err
	}
	act, err := d.Kinds[p.Kind].Ready(ctx, p, by)
	if err != nil {
		return "", err
	}
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		// Who has lost the right has others propose it.
		if err := d.allowed(tx, p.Kind, p.Officer); errors.Is(err, ErrRight) {
			return ErrChanged
		} else if err != nil {
			return err
		}
		result, err := act.Do(tx)
		if err != nil {
			return err
		}
		return end(tx, p, Confirmed, "", result, by)
	})
	if err != nil {
		return "", err
	}
	return act.Once, nil
}

// Decline ends a proposal of another officer, with a reason. The error is that of [Desk.Confirm], or wraps [ErrReason].
func (d *Desk) Decline(ctx context.Context, id, hash, reason string, by By) error {
	reason = strings.TrimSpace(reason)
	if err := checkReason(reason); err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := find(tx, id)
		if err == nil {
			err = d.second(tx, p, hash, by)
		}
		if err != nil {
			return err
		}
		return end(tx, p, Declined, reason, "", by)
	})
}

// Withdraw ends one's own proposal. The error wraps [ErrUnknown], [ErrEnded] or [ErrExpired].
func (d *Desk) Withdraw(ctx context.Context, id string, by By) error {
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := find(tx, id)
		if err == nil && p.Officer != by.Actor {
			err = ErrUnknown
		}
		if err == nil {
			err = p.open(p.Hash)
		}
		if err != nil {
			return err
		}
		return end(tx, p, Withdrawn, "", "", by)
	})
}

// Sweep writes the end of proposals whose time is over. It looks through all that there are once, and then through those that may have
// come to it since.
func (d *Desk) Sweep(ctx context.Context) error {
	d.sweeping.Lock()
	defer d.sweeping.Unlock()
	var until time.Time
	over := func(tx *store.Tx) ([]Proposal, error) {
		until = tx.Now().Add(-Holds)
		return proposals(tx, endless, d.swept, until)
	}
	var some bool
	err := d.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := over(tx)
		some = len(all) > 0
		return err
	})
	if err == nil && some {
		err = d.DB.Write(ctx, func(tx *store.Tx) error {
			all, err := over(tx)
			if err != nil {
				return err
			}
			for _, p := range all {
				if err := end(tx, p, Expired, "", "", By{Actor: "node"}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		d.swept = until.Add(-Holds) // by some days more, should the clock have been wrong
	}
	return err
}

// Use hands what a confirmed proposal allows to who has proposed it, once, within [Holds] of the confirmation. It is called in the
// transaction that leaves the event of what is handed over. The error wraps [ErrUnknown], [ErrRight], [ErrEnded] or [ErrExpired].
func (d *Desk) Use(tx *store.Tx, id string, by By) (Proposal, error) {
	p, err := find(tx, id)
	switch {
	case err != nil:
	case p.Officer != by.Actor:
		err = ErrUnknown
	case p.State != Confirmed:
		err = ErrEnded
	case !tx.Now().Before(p.Ended.Add(Holds)):
		err = ErrExpired
	default:
		err = d.allowed(tx, p.Kind, by.Actor)
	}
	if err != nil {
		return p, err
	}
	return p, step(tx, p, 2, Used, "", "", by)
}

// Run sweeps now and then, until ctx ends.
func (d *Desk) Run(ctx context.Context, failed func(error)) error {
	for {
		if err := d.Sweep(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

func end(tx *store.Tx, p Proposal, what, reason, result string, by By) error {
	return step(tx, p, 1, what, reason, result, by)
}

// step adds what became of a proposal, which happens once.
func step(tx *store.Tx, p Proposal, n int64, what, reason, result string, by By) error {
	id := store.NewID()
	added, err := tx.Exec(insertStep, id, p.ID, n, what, by.Actor, by.Office, tx.Now(), reason, result, journal.NewSeal())
	switch {
	case err != nil:
		return err
	case added == 0:
		return ErrEnded
	}
	rows, err := BoundSteps.Rows(tx, id)
	if err != nil {
		return err
	}
	return event(tx, "second-"+what, p, by, rows)
}

func event(tx *store.Tx, kind string, p Proposal, by By, rows map[string]string) error {
	data, err := json.Marshal(map[string]any{"kind": p.Kind, "hash": p.Hash, "proposal": p.ID, "proposed_by": p.Officer, "rows": rows})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Actor, Office: by.Office, Subjects: []string{p.Subject}, Data: data})
	return err
}
