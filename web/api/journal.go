package api

import (
	"encoding/json"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/web"
)

// journal are the books of the node, and what they prove.
func (a *API) journal() {
	add(a, operation{id: "list-events", method: "GET", path: "/v1/journal/events", right: account.SeeJournal, says: "Events of the house book, the newest first. Reading them is one."}, (*call).events)
	add(a, operation{id: "verify-journal", method: "POST", path: "/v1/journal/verify", right: account.SeeJournal, says: "Verifies the journal, which reads all of it."}, (*call).verify)
	add(a, operation{id: "list-books", method: "GET", path: "/v1/journal/books", right: account.SeeJournal, says: "The books of the node, and how far partners have cosigned them."}, (*call).books)
	add(a, operation{id: "ask-evidence", method: "POST", path: "/v1/journal/evidence", right: account.SeeJournal, people: true, changes: true, two: true, status: 202, says: "Has another auditor asked whether what the node can prove of a conversation may be taken away."}, (*call).askEvidence)
	add(a, operation{id: "get-evidence", method: "POST", path: "/v1/proposals/{proposal}/evidence", right: account.SeeJournal, people: true, says: "What the node can prove of a conversation, once, for who has asked for it when another auditor has agreed: a file that mitra evidence verify checks."}, (*call).evidence)
}

type eventsIn struct {
	List
	Kind    string `query:"kind" minLength:"1" maxLength:"60" doc:"Of events."`
	Officer string `query:"officer" minLength:"1" maxLength:"80"`
}

// Events are a page of the house book.
type Events struct {
	Items []Event   `json:"items"`
	Next  string    `json:"next,omitempty" doc:"The cursor to go on with; absent at the beginning of the book."`
	Back  time.Time `json:"back,omitzero" doc:"How far a filter has looked, where it stopped short."`
}

// Event is an event. It has no subjects, but how many.
type Event struct {
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Kind     string          `json:"kind,omitempty"`
	Officer  string          `json:"officer,omitempty"`
	Office   string          `json:"office,omitempty"`
	Purpose  string          `json:"purpose,omitempty"`
	Subjects int             `json:"subjects"`
	Hidden   bool            `json:"hidden,omitempty" doc:"How many there are is for those who may see protection."`
	Data     json.RawMessage `json:"data,omitempty"`
	Gone     bool            `json:"gone,omitempty" doc:"Erased or damaged."`
	Place    *int            `json:"place,omitempty" doc:"In the book; absent where it has none yet."`
}

func (c *call) events(in *eventsIn) (out Events, err error) {
	name := "events " + in.Kind + " " + in.Officer
	before, err := parseCursor(name, in.Cursor)
	if err != nil {
		return out, err
	}
	p, err := c.Events(c.ctx, web.EventFilter{Kind: in.Kind, Officer: in.Officer, Before: before, Most: in.Limit})
	if err != nil {
		return out, err
	}
	out = Events{Items: []Event{}, Next: cursorAfter(name, p.More), Back: p.Back}
	for _, e := range p.Events {
		one := Event{ID: e.ID, At: e.At, Kind: e.Kind, Officer: e.Actor, Office: e.Office, Purpose: e.Purpose, Subjects: e.Subjects, Hidden: e.Hidden, Gone: e.Gone}
		if e.Data != "" {
			one.Data = json.RawMessage(e.Data)
		}
		if e.Placed {
			one.Place = &e.Place
		}
		out.Items = append(out.Items, one)
	}
	return out, nil
}

// Verified is what a verification has found.
type Verified struct {
	OK         bool               `json:"ok"`
	Findings   []journal.Finding  `json:"findings" doc:"In the journal. Of each kind the first 200."`
	Records    []registry.Finding `json:"records" doc:"In imports, and in their records where these were verified too."`
	Runs       []status.Finding   `json:"runs" doc:"In runs, where records were verified too."`
	Found      int                `json:"found" doc:"How many there are of all kinds."`
	CannotKnow string             `json:"cannot_know"`
}

type verifyIn struct {
	Body *struct {
		Records bool `json:"records,omitempty" doc:"All that is stored is verified, too."`
	}
}

func (c *call) verify(in *verifyIn) (v Verified, err error) {
	c.a.s.Patient(c.w)
	all, err := c.Verify(c.ctx, in.Body != nil && in.Body.Records)
	return Verified{all.Found() == 0, first(all.Findings), first(all.Records), first(all.Runs), all.Found(), all.CannotKnow}, err
}

// first are the first 200 of something.
func first[T any](all []T) []T { return append([]T{}, all[:min(len(all), 200)]...) }

// Books are those of the node.
type Books struct {
	Items []Book `json:"items"`
}

// Book is a book of the node.
type Book struct {
	Book       string `json:"book"`
	Size       int64  `json:"size" doc:"Events."`
	Waiting    int64  `json:"waiting" doc:"Events that its last checkpoint does not cover yet."`
	Checkpoint string `json:"checkpoint" doc:"The signed note."`
	Cosigned   int64  `json:"cosigned" doc:"Events that the partner has cosigned."`
}

func (c *call) books(*none) (out Books, err error) {
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		out.Items = []Book{}
		heads, err := journal.LastHeads(tx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			cosigned, err := courier.LastCosigned(tx, h.Book)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, Book{h.Book, h.Size, h.Pending, h.Checkpoint, cosigned.Size})
		}
		return nil
	})
	return out, err
}

type evidenceIn struct {
	Body struct {
		Conversation string `json:"conversation" maxLength:"64"`
		Peer         string `json:"peer,omitempty" maxLength:"100" doc:"Country or node, where it is not plain."`
		Reason       string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the second auditor."`
	}
}

func (c *call) askEvidence(in *evidenceIn) (s Step, err error) {
	b := in.Body
	if !store.IsID(b.Conversation) {
		return s, courier.ErrNoConversation
	}
	if b.Peer != "" {
		if err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
			_, err := courier.FindPeer(tx, b.Peer)
			return err
		}); err != nil {
			return s, err
		}
	}
	waits, err := c.AskEvidence(c.ctx, b.Conversation, b.Peer, b.Reason)
	return stepOf(waits), err
}

func (c *call) evidence(in *ProposalIn) (json.RawMessage, error) {
	_, file, err := c.Evidence(c.ctx, in.Proposal)
	return file, err
}
