package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mitra/desk/account"
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
	"token-made", "token-used", "token-revoked",
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

// journalPage is a page of the house book.
type journalPage struct {
	EventFilter
	EventPage
	Kinds []string
	Wrong bool
}

func (v *visit) journal() error {
	f := EventFilter{Kind: v.form("kind"), Officer: v.form("officer"), Before: v.r.FormValue("before"), Most: eventsShown}
	body := journalPage{Kinds: eventKinds, EventFilter: f}
	p, err := v.Events(v.ctx(), f)
	if errors.Is(err, ErrOfficer) {
		body.Wrong = true
		return v.showAs(http.StatusUnprocessableEntity, "journal", "desk.journal", body)
	} else if err != nil {
		return err
	}
	body.EventPage = p
	return v.show("journal", "desk.journal", body)
}

var errEnough = errors.New("enough")

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
	_ = http.NewResponseController(v.w).SetWriteDeadline(time.Time{}) // it reads everything; where that cannot be said, the answer may come too late
	begun := time.Now()
	found, err := v.Verify(v.ctx(), body.Stored)
	if errors.Is(err, ErrVerifying) {
		body.Busy = true
		return v.showAs(http.StatusConflict, "journal_verified", "journal.verify", body)
	} else if err != nil {
		return err
	}
	body.Verified, body.Found, body.Took = found, found.Found(), strconv.FormatFloat(time.Since(begun).Seconds(), 'f', 1, 64)
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
	waits, err := v.AskEvidence(v.ctx(), body.CID, body.Peer, body.Reason)
	if key := evidenceWrong(err); key != "" {
		return wrong(http.StatusUnprocessableEntity, key)
	}
	if code, key := proposalWrong(err); key != "" {
		return wrong(code, key)
	}
	if err != nil {
		return err
	}
	return v.proposed(waits)
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

// evidence sends what the node can prove of a conversation to who has asked for it, once another auditor has agreed.
func (v *visit) evidence() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	cid, file, err := v.Evidence(v.ctx(), p.ID)
	if key := evidenceWrong(err); key != "" {
		return v.showProposal(http.StatusConflict, p, key, "")
	}
	if code, key := proposalWrong(err); key != "" {
		return v.showProposal(code, p, key, "")
	}
	if err != nil {
		return err
	}
	return v.file("evidence-"+cid+".json", "application/json", file)
}
