package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/store"
	"mitra/treaty/journal"
)

// Limits of a page of the journal.
const (
	eventsShown = 100
	eventsRead  = 5_000 // that a filter looks through for a page; then whoever reads goes on
)

// officerForm is what an actor of an event can be called; a name that somebody types is none.
var officerForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@-]{0,79}$`)

// Errors of the journal.
var (
	// ErrOfficer: nobody is called so.
	ErrOfficer = errors.New("want an officer as the journal names them")
	// ErrVerifying: the journal is verified once at a time, since all of it is read.
	ErrVerifying = errors.New("the journal is being verified")
)

// An EventFilter says which events of the house book are wanted.
type EventFilter struct {
	Kind, Officer string // empty: any
	Before        string // id of the event from which the page goes back; empty: the newest
	Most          int
}

// EventPage is a page of the house book.
type EventPage struct {
	Events []EventShown
	More   string    // id to go on from; empty at the beginning of the book
	Back   time.Time // how far a filter has looked, where it stopped short
}

// EventShown is an event. It has no subjects, but how many.
type EventShown struct {
	journal.Event
	Subjects int
	Hidden   bool   // how many there are is for those who may see protection
	Data     string // JSON
	Gone     bool   // erased or damaged
	Placed   bool   // it has its place in the book
	Place    int
}

// Events reads a page of the house book, the newest event first, and leaves an event itself. The error wraps [ErrForm], [ErrOfficer] or
// [ErrNoPage].
func (a Acting) Events(ctx context.Context, f EventFilter) (p EventPage, err error) {
	if f.Kind != "" && !slices.Contains(eventKinds, f.Kind) || f.Before != "" && !store.IsID(f.Before) {
		return p, errForm
	}
	if f.Officer != "" && !officerForm.MatchString(f.Officer) {
		return p, ErrOfficer
	}
	filtered := f.Kind != "" || f.Officer != ""
	most := f.Most + 1
	if filtered {
		most = eventsRead
	}
	known := false
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p = EventPage{}
		if f.Officer != "" {
			_, err := account.Find(tx, f.Officer)
			if known = err == nil; err != nil && !errors.Is(err, account.ErrUnknown) {
				return err
			}
		}
		read, last := 0, journal.Event{}
		err = journal.Newest(tx, journal.House, f.Before, most, func(e journal.Event) error {
			if len(p.Events) == f.Most {
				p.More = p.Events[f.Most-1].ID
				return errEnough
			}
			read, last = read+1, e
			if (f.Kind == "" || e.Kind == f.Kind) && (f.Officer == "" || e.Actor == f.Officer) {
				p.Events = append(p.Events, a.eventShown(e))
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		if filtered && p.More == "" && read == eventsRead {
			p.More, p.Back = last.ID, last.At
		}
		return err
	}); errors.Is(err, journal.ErrNoEvent) {
		return p, errNoPage
	} else if err != nil {
		return p, err
	}
	data := map[string]any{"events": len(p.Events)}
	if f.Kind != "" {
		data["kind"] = f.Kind
	}
	if f.Before != "" {
		data["before"] = f.Before
	}
	var subjects []string
	if known { // what was typed otherwise is not kept
		subjects = []string{"account:" + f.Officer}
	}
	return p, a.event(ctx, "journal-shown", "audit", subjects, data)
}

// eventShown is what is shown of an event. The seals of rows are left out: their keys name people. So is of whom a peer's question
// may be: that it is of somebody, and nothing came of it, tells of a restriction.
func (a Acting) eventShown(e journal.Event) EventShown {
	out := EventShown{Event: e, Subjects: len(e.Subjects), Gone: e.Kind == "", Placed: e.Index >= 0, Place: int(e.Index), Hidden: e.Kind == "enquiry-came" && !a.protection()}
	if out.Hidden {
		out.Subjects = 0
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(e.Data, &members) == nil {
		delete(members, "rows")
		if len(members) > 0 {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false) // the template does
			enc.SetIndent("", " ")
			if enc.Encode(members) == nil {
				out.Data = b.String()
			}
		}
	}
	return out
}

// Verified is what a verification has found.
type Verified struct {
	Findings   []journal.Finding // in the journal, and in the database as such
	Unlisted   int64
	Records    []registry.Finding
	Runs       []status.Finding
	CannotKnow string // what no verification can know
}

// Found is how many findings there are of all kinds.
func (v Verified) Found() int {
	return len(v.Findings) + int(v.Unlisted) + len(v.Records) + len(v.Runs)
}

// Verify examines the journal of the node, and with records all that is stored, too, and leaves an event. The error may wrap [ErrVerifying].
func (a Acting) Verify(ctx context.Context, records bool) (Verified, error) {
	if !a.s.verifying.TryLock() {
		return Verified{}, ErrVerifying
	}
	defer a.s.verifying.Unlock()
	found, err := a.s.Verify(ctx, records)
	if err != nil {
		return Verified{}, err
	}
	data := map[string]any{"findings": found.Found()}
	if records {
		data["records"] = true
	}
	return found, a.event(ctx, "journal-verified", "audit", nil, data)
}

// AskEvidence has another auditor asked whether what the node can prove of a conversation may be taken away, and returns the proposal. It is
// personal data, so that it counts as an opened person.
func (a Acting) AskEvidence(ctx context.Context, cid, peer, reason string) (waits string, err error) {
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return "", err
	}
	return a.putForward(ctx, kindEvidence, cid, reason, evidenceBody{cid, peer})
}

// Evidence is what the node can prove of a conversation, as a file, for who has asked for it once another auditor has agreed. That it was
// handed over, and its event, are one transaction. It counts as an opened person.
func (a Acting) Evidence(ctx context.Context, proposal string) (cid string, file []byte, err error) {
	p, err := a.Proposal(ctx, proposal)
	if err != nil {
		return "", nil, err
	}
	b, err := bodyOf[evidenceBody](p)
	if err != nil || p.Kind != kindEvidence || p.Officer != a.who.ID {
		return "", nil, errNoPage
	}
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return "", nil, err
	}
	file, err = a.s.Evidence(ctx, b.Conversation, b.Peer, a.by(), p.Second, func(tx *store.Tx) error {
		_, err := a.s.second.Use(tx, p.ID, second.By(a.by()))
		return err
	})
	return b.Conversation, file, err
}
