package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
)

// journalPages are the books of the node, and what they prove.
func (s *Server) journalPages() []page {
	return []page{
		{method: "GET", path: "/journal", right: account.SeeJournal, do: (*visit).journal},
		{method: "POST", path: "/journal", right: account.SeeJournal, do: (*visit).journal},
		{method: "POST", path: "/journal/verify", right: account.SeeJournal, do: (*visit).verifyJournal},
		{method: "GET", path: "/journal/books", right: account.SeeJournal, do: (*visit).journalBooks},
		{method: "GET", path: "/journal/evidence", right: account.SeeJournal, people: true, do: (*visit).evidenceForm},
		{method: "POST", path: "/journal/evidence", right: account.SeeJournal, people: true, do: (*visit).askEvidence},
		{method: "POST", path: "/journal/evidence/{id}", right: account.SeeJournal, people: true, do: (*visit).evidence},
	}
}

// eventKinds are those that the house book has, for the choice; the words are the catalogs'.
var eventKinds = []string{
	"signed-in", "sign-in-refused", "account-made", "account-changed", "account-password", "account-signed-out", "account-language",
	"signed-out", "sign-in-half", "passkey-added", "passkey-used", "passkey-removed", "passkey-copied", "provider-used", "account-provider",
	"office-opened", "office-closed", "referred", "referred-agreed", "referred-shown", "referred-answered", "referred-withdrawn", "referred-expired",
	"search", "status.show", "status.class", "status.doubtful", "status.links", "status.export", "status.run", "alerts_screening", "sightings",
	"enquiry-asked", "enquiry-followed", "enquiry-came", "enquiry-more", "enquiry-shown", "enquiry-answered", "enquiry-heard", "enquiry-late", "enquiry-withdrawn",
	"enquiry-forgotten", "enquiry-pattern", "enquiry-key", "clock-half", "clock-over", "own-refused", "view-differs",
	"review.listed", "review.opened", "review.decided", "review.agreed", "review.disagreed", "review.undone",
	"restriction", "restriction-confirmed", "restriction-lifting", "restriction-lifted", "guarded", "unguarded", "letters-forgotten",
	"second-proposed", "second-confirmed", "second-declined", "second-withdrawn", "second-expired", "second-used", "bundle-exported", "bundle-imported",
	"import", "import-rejected", "import-withdrawing", "import-withdrawn", "import-kept", "status.report", kindTool, kindExamined, "evidence", "journal-shown", "journal-verified", "backup", "keys.protect", "keys.unprotect", "card", "init", "erasure", "epoch",
}

// Limits of a page of the journal.
const (
	eventsShown = 100
	eventsRead  = 5_000 // that a filter looks through for a page; then whoever reads goes on
)

// officerForm is what an actor of an event can be called; a name that somebody types is none.
var officerForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@-]{0,79}$`)

// journalPage is a page of the house book.
type journalPage struct {
	Events        []eventShown
	Kinds         []string
	Kind, Officer string
	Before        string    // id of the event from which the page goes back
	More          string    // id to go on from; empty at the beginning of the book
	Back          time.Time // how far a filter has looked, where it stopped short
	Wrong         bool
}

// eventShown is an event. It has no subjects, but how many.
type eventShown struct {
	journal.Event
	Subjects int
	Hidden   bool   // how many there are is for those who may see protection
	Data     string // JSON
	Gone     bool   // erased or damaged
	Placed   bool   // it has its place in the book
	Place    int
}

func (v *visit) journal() error {
	body := journalPage{Kinds: eventKinds, Kind: v.form("kind"), Officer: v.form("officer"), Before: v.r.FormValue("before")}
	if body.Kind != "" && !slices.Contains(eventKinds, body.Kind) || body.Before != "" && !store.IsID(body.Before) {
		return errForm
	}
	if body.Officer != "" && !officerForm.MatchString(body.Officer) {
		body.Wrong = true
		return v.showAs(http.StatusUnprocessableEntity, "journal", "desk.journal", body)
	}
	filtered := body.Kind != "" || body.Officer != ""
	most := eventsShown + 1
	if filtered {
		most = eventsRead
	}
	known := false
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		body.Events, body.More, body.Back = nil, "", time.Time{}
		if body.Officer != "" {
			_, err := account.Find(tx, body.Officer)
			if known = err == nil; err != nil && !errors.Is(err, account.ErrUnknown) {
				return err
			}
		}
		read, last := 0, journal.Event{}
		err = journal.Newest(tx, journal.House, body.Before, most, func(e journal.Event) error {
			if len(body.Events) == eventsShown {
				body.More = body.Events[eventsShown-1].ID
				return errEnough
			}
			read, last = read+1, e
			if (body.Kind == "" || e.Kind == body.Kind) && (body.Officer == "" || e.Actor == body.Officer) {
				body.Events = append(body.Events, v.eventShown(e))
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		if filtered && body.More == "" && read == eventsRead {
			body.More, body.Back = last.ID, last.At
		}
		return err
	}); errors.Is(err, journal.ErrNoEvent) {
		return errNoPage
	} else if err != nil {
		return err
	}
	data := map[string]any{"events": len(body.Events)}
	if body.Kind != "" {
		data["kind"] = body.Kind
	}
	if body.Before != "" {
		data["before"] = body.Before
	}
	var subjects []string
	if known { // what was typed otherwise is not kept
		subjects = []string{"account:" + body.Officer}
	}
	if err := v.event("journal-shown", subjects, data); err != nil {
		return err
	}
	return v.show("journal", "desk.journal", body)
}

var errEnough = errors.New("enough")

// event writes an event of what the visitor does with the journal itself.
func (v *visit) event(kind string, subjects []string, data map[string]any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: v.who.ID, Office: v.who.Office, Purpose: "audit", Subjects: subjects, Data: text})
		return err
	})
}

// eventShown is what is shown of an event. The seals of rows are left out: their keys name people. So is of whom a peer's question
// may be: that it is of somebody, and nothing came of it, tells of a restriction.
func (v *visit) eventShown(e journal.Event) eventShown {
	out := eventShown{Event: e, Subjects: len(e.Subjects), Gone: e.Kind == "", Placed: e.Index >= 0, Place: int(e.Index), Hidden: e.Kind == "enquiry-came" && !v.protection()}
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

// verifiedPage is what a verification has found.
type verifiedPage struct {
	Verified
	Found    int // of all kinds
	More     int // that are not listed
	Took     string
	Stored   bool // the records were verified, too
	Busy     bool
	Findings []findingSeen
}

// findingSeen is one finding: in a book, or in an import or a run, by its opaque id.
type findingSeen struct{ Book, Where, What string }

// findingsShown is how many are listed; a person reads the first few.
const findingsShown = 200

func (v *visit) verifyJournal() error {
	body := verifiedPage{Verified: Verified{CannotKnow: journal.CannotKnow}, Stored: v.form("records") == "yes"}
	if !v.s.verifying.TryLock() {
		body.Busy = true
		return v.showAs(http.StatusConflict, "journal_verified", "journal.verify", body)
	}
	defer v.s.verifying.Unlock()
	_ = http.NewResponseController(v.w).SetWriteDeadline(time.Time{}) // it reads everything; where that cannot be said, the answer may come too late
	begun := time.Now()
	found, err := v.s.Verify(v.ctx(), body.Stored)
	if err != nil {
		return err
	}
	body.Verified, body.Took = found, strconv.FormatFloat(time.Since(begun).Seconds(), 'f', 1, 64)
	body.Found = len(found.Findings) + int(found.Unlisted) + len(found.Records) + len(found.Runs)
	data := map[string]any{"findings": body.Found}
	if body.Stored {
		data["records"] = true
	}
	if err := v.event("journal-verified", nil, data); err != nil {
		return err
	}
	for _, f := range found.Findings {
		where := f.ID
		if f.Index >= 0 {
			where = strings.TrimSpace(strconv.FormatInt(f.Index, 10) + " " + where)
		}
		body.Findings = append(body.Findings, findingSeen{f.Book, where, f.What})
	}
	for _, f := range found.Records {
		body.Findings = append(body.Findings, findingSeen{"", strings.TrimSpace(f.Batch + " " + f.Record), f.What})
	}
	for _, f := range found.Runs {
		body.Findings = append(body.Findings, findingSeen{"", f.Run, f.What})
	}
	body.Findings = body.Findings[:min(len(body.Findings), findingsShown)]
	body.More = body.Found - len(body.Findings)
	return v.show("journal_verified", "journal.verify", body)
}

// booksPage are the books of the node, and those of its peers.
type booksPage struct {
	Books  []bookSeen
	Theirs []shownBook
}

// bookSeen is a book of this node.
type bookSeen struct {
	journal.BookHead
	Events, Waiting, Seen int    // its size, what it does not cover yet, and how much is cosigned
	With                  string // node name of the peer whose book it is; empty: the house book
	Old                   bool   // of before a restore
	Cosigned              courier.CosignedBook
}

// shownBook is a book that a peer keeps of the exchange with this node, as far as this node has cosigned it.
type shownBook struct {
	courier.Shown
	With   string
	Events int
}

func (v *visit) journalBooks() error {
	var body booksPage
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body = booksPage{}
		heads, err := journal.LastHeads(tx)
		if err != nil {
			return err
		}
		peers, err := courier.Peers(tx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			b := bookSeen{BookHead: h, Events: int(h.Size), Waiting: int(h.Pending)}
			for _, p := range peers {
				if courier.IsBook(h.Book, p.Node) {
					b.With, b.Old = p.Node, p.Book != h.Book
				}
			}
			if b.Cosigned, err = courier.LastCosigned(tx, h.Book); err != nil {
				return err
			}
			b.Seen = int(b.Cosigned.Size)
			body.Books = append(body.Books, b)
		}
		for _, p := range peers {
			shown, err := p.Shown(tx)
			if err != nil {
				return err
			}
			for _, s := range shown {
				body.Theirs = append(body.Theirs, shownBook{s, p.Node, int(s.Size)})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return v.show("journal_books", "journal.books", body)
}

// evidencePage asks for which conversation.
type evidencePage struct {
	CID    string
	Peer   string
	Peers  []courier.Peer
	Reason string
	Wrong  string // key of what is wrong
}

func (v *visit) evidenceForm() error {
	body := evidencePage{}
	if cid := v.r.FormValue("cid"); store.IsID(cid) {
		body.CID = cid
	}
	return v.showEvidence(http.StatusOK, body)
}

func (v *visit) showEvidence(code int, body evidencePage) error {
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		body.Peers, err = courier.Peers(tx)
		return err
	}); err != nil {
		return err
	}
	return v.showAs(code, "journal_evidence", "journal.evidence", body)
}

// askEvidence has another auditor asked whether what the node can prove of a conversation may be taken away. It is personal data, so
// that it counts as an opened person.
func (v *visit) askEvidence() error {
	body := evidencePage{CID: v.form("cid"), Peer: v.form("peer"), Reason: v.form("reason")}
	wrong := func(code int, key string) error {
		body.Wrong = key
		return v.showEvidence(code, body)
	}
	if !store.IsID(body.CID) {
		return wrong(http.StatusUnprocessableEntity, "journal.evidence_no_id")
	}
	if body.Peer != "" {
		if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
			_, err := courier.FindPeer(tx, body.Peer)
			return err
		}); errors.Is(err, courier.ErrNoPeer) || errors.Is(err, courier.ErrPeers) {
			return errForm
		} else if err != nil {
			return err
		}
	}
	if err := v.s.opened.add(v.who.ID, v.s.Now()); err != nil {
		return err
	}
	err := v.propose(kindEvidence, body.CID, evidenceBody{body.CID, body.Peer})
	if key := evidenceWrong(err); key != "" {
		return wrong(http.StatusUnprocessableEntity, key)
	}
	if code, key := proposalWrong(err); key != "" {
		return wrong(code, key)
	}
	return err
}

// evidenceWrong is the key of why there is no evidence of a conversation; empty for other errors.
func evidenceWrong(err error) string {
	switch {
	case errors.Is(err, courier.ErrNoConversation):
		return "journal.evidence_none"
	case errors.Is(err, courier.ErrConversations):
		return "journal.evidence_several"
	case errors.Is(err, journal.ErrNoEvent):
		return "journal.evidence_no_event"
	case errors.Is(err, evidence.ErrPending):
		return "journal.evidence_pending"
	}
	return ""
}

// evidence sends what the node can prove of a conversation to who has asked for it, once another auditor has agreed. That it was
// handed over, and its event, are one transaction.
func (v *visit) evidence() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	var b evidenceBody
	if p.Kind != kindEvidence || p.Officer != v.who.ID || json.Unmarshal(p.Body, &b) != nil {
		return errNoPage
	}
	if err := v.s.opened.add(v.who.ID, v.s.Now()); err != nil {
		return err
	}
	file, err := v.s.Evidence(v.ctx(), b.Conversation, b.Peer, v.by(), p.Second, func(tx *store.Tx) error {
		_, err := v.s.second.Use(tx, p.ID, second.By(v.by()))
		return err
	})
	if key := evidenceWrong(err); key != "" {
		return v.showProposal(http.StatusConflict, p, key, "")
	}
	if code, key := proposalWrong(err); key != "" {
		return v.showProposal(code, p, key, "")
	}
	if err != nil {
		return err
	}
	return v.file("evidence-"+b.Conversation+".json", "application/json", file)
}
