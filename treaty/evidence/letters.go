package evidence

import (
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// A read letter is one of the file that could be read.
type read struct {
	told    Told
	header  letter.Header
	known   bool // its text is here; else only envelope and event tell of it
	written int64
}

// mention is what the events of letters and receipts tell (docs/protocol.md, section 10).
type mention struct {
	MID      string `json:"mid"`
	Type     string `json:"type"`
	Envelope string `json:"env"`
	CID      string `json:"cid"`
	Article  string `json:"art"`
	Purpose  string `json:"pur"`
	Letter   string `json:"letter"`
	Stage    int    `json:"r"`
	Receipt  string `json:"receipt"`
}

// A recorded event is one that stands in the exporter's book.
type recorded struct {
	kind string
	at   time.Time // as the exporter says
	mention
	leaf     string
	cosigned time.Time // when the peer first did so
}

// storedAt says when something was stored of which an event tells: what the exporter has signed when it says so; what
// the peer has, when the peer itself cosigned the event, since the exporter could give any time to what it makes up
// with a key of the peer's that was lost and revoked.
func (c *checker) storedAt(e recorded) func(node string) int64 {
	return func(node string) int64 {
		switch {
		case node == c.file.Exporter:
			return e.at.Unix()
		case e.cosigned.IsZero():
			return never
		}
		return e.cosigned.Unix()
	}
}

// letter reads a letter with all that belongs to it; nil if it cannot be read at all.
func (c *checker) letter(i int, l Letter) *read {
	name := fmt.Sprintf("letter number %d", i+1)
	mid := midIn(l)
	e, stands := c.event(mid, name, l.Event)
	receipts := make([]*receipt, len(l.Receipts))
	stored := c.storedAt(e)
	for j, r := range l.Receipts {
		receipts[j] = c.receipt(mid, fmt.Sprintf("%s, receipt number %d", name, j+1), r, e)
		if r := receipts[j]; r != nil && r.Stage == letter.StageStored && r.Issuer == c.peer {
			stored = func(string) int64 { return r.At } // so the peer says of what the exporter has signed
		}
	}
	r := c.text(mid, name, l, stored, e)
	if r == nil {
		return nil
	}
	if c.letters[r.told.MID] != nil {
		c.fault(LetterTwice, mid, "%s stands twice", name)
		return nil
	}
	c.letters[r.told.MID] = r
	if r.told.Witnessed = !e.cosigned.IsZero(); r.told.Witnessed {
		r.told.Cosigned = e.cosigned.Format(time.RFC3339)
	}
	if stands {
		c.tells(r, l, e)
	}
	c.receipts(r, l, e, receipts)
	return r
}

// midIn is the mid of a letter as it says itself, to name faults by; empty where it says none.
func midIn(l Letter) string {
	var h struct {
		ID string `json:"mid"`
	}
	if o, err := signed.Parse(l.Letter, letterType); err == nil && json.Unmarshal(o.Header, &h) == nil && store.IsID(h.ID) {
		return h.ID
	}
	var m mention
	var e journal.Event
	if json.Unmarshal([]byte(l.Event.Event), &e) == nil && json.Unmarshal(e.Data, &m) == nil && store.IsID(m.MID) {
		return m.MID
	}
	return ""
}

// text reads the letter itself, or its envelope where that is all there is.
func (c *checker) text(mid, name string, l Letter, stored func(string) int64, e recorded) *read {
	keys := keysAt(c.chains, stored)
	if l.Letter == "" {
		env, err := letter.ParseEnvelope(l.Envelope, keys)
		if err != nil {
			c.fault("letter_"+code(err), mid, "%s: its envelope: %v", name, err)
			return nil
		}
		if env.Hash() != l.Hash {
			c.fault(EnvelopeDiffers, mid, "%s: the envelope is not the one of this hash", name)
		}
		if env.Issuer != c.file.Exporter {
			c.fault(LetterBare, mid, "%s: only its envelope is here, and its receiver, who makes this file, has opened it", name)
		}
		c.open(TextUnknown, env.ID, "only its envelope is here: what it says only its receiver has")
		return &read{
			header:  letter.Header{Issuer: env.Issuer, Audience: env.Audience, ID: env.ID, Conversation: e.CID, Article: e.Article, Purpose: e.Purpose},
			written: env.Issued,
			told:    Told{MID: env.ID, Type: e.Type, From: env.Issuer, To: env.Audience, Article: e.Article, Purpose: e.Purpose, Written: timeOf(env.Issued)},
		}
	}
	if l.Envelope != "" {
		c.fault(Stray, mid, "%s: its envelope stands beside its text", name)
	}
	t, err := letter.Open(l.Letter, keys)
	if err != nil {
		c.fault("letter_"+code(err), mid, "%s: %v", name, err)
		return nil
	}
	r := &read{header: t.Header, known: true, written: t.Issued, told: Told{
		MID: t.ID, Type: t.Type, From: t.Issuer, To: t.Audience, InReplyTo: t.InReplyTo, Agreement: t.Agreement, Article: t.Article, Purpose: t.Purpose, Written: timeOf(t.Issued),
	}}
	if c.content {
		r.told.Payload = t.Payload
	}
	return r
}

func code(err error) string {
	if code := letter.CodeOf(err); code != "" {
		return string(code)
	}
	return string(letter.Malformed)
}

// tells holds the event of a letter against it.
func (c *checker) tells(r *read, l Letter, e recorded) {
	want := mention{MID: r.told.MID, Envelope: l.Hash}
	kind := "letter-in"
	if r.header.Issuer == c.file.Exporter {
		kind = "letter-out"
		want.Type, want.CID, want.Article, want.Purpose = r.told.Type, r.header.Conversation, r.header.Article, r.header.Purpose
		if r.known {
			want.Letter = signed.Hash([]byte(l.Letter))
		}
	}
	if e.kind != kind || e.mention != want {
		c.fault(EventDiffers, r.told.MID, "the event in the exporter's book tells of another letter, envelope or conversation")
	}
}

// event checks that an event stands in a book of the exporter's; ok says that it does.
func (c *checker) event(mid, name string, e Event) (r recorded, ok bool) {
	if e.Event == "" && e.Leaf == "" {
		c.fault(EventGone, mid, "%s: the event of the exporter's book is not here", name)
		return r, false
	}
	salt, err1 := signed.Decode(e.Salt)
	leaf, err2 := signed.Decode(e.Leaf)
	path, whole := pathOf(e.Path)
	var told journal.Event
	switch {
	case err1 != nil || err2 != nil || string(journal.LeafOf(salt, []byte(e.Event))) != string(leaf):
		c.fault(EventChanged, mid, "%s: event and salt are not those that the leaf commits to", name)
		return r, false
	case json.Unmarshal([]byte(e.Event), &told) != nil || json.Unmarshal(told.Data, &r.mention) != nil:
		c.fault(EventChanged, mid, "%s: what the leaf commits to is no event of a letter or receipt", name)
		return r, false
	}
	book, known := c.books[told.Book]
	switch {
	case !known:
		c.fault(BookGone, mid, "%s: there is no checkpoint of the book that its event is of", name)
		return r, false
	case !whole || tlog.CheckRecord(path, book.Size, book.Root, e.Index, tlog.RecordHash(leaf)) != nil:
		c.fault(ProofWrong, mid, "%s: the path does not lead from its event to the root of book %s", name, book.Book)
		return r, false
	}
	r.kind, r.at, r.leaf, r.cosigned = told.Kind, told.At, e.Leaf, c.cosignedAt(book.Book, e.Index)
	return r, true
}

// relate holds a letter against the others.
func (c *checker) relate(r *read) {
	h, mid := r.header, r.told.MID
	if h.Conversation != c.file.Conversation {
		c.fault(LetterOther, mid, "the letter is of another conversation")
	}
	if other := map[string]string{c.file.Exporter: c.peer, c.peer: c.file.Exporter}[h.Issuer]; h.Audience != other {
		c.fault(PartiesWrong, mid, "the letter is not from one of the two nodes to the other")
	}
	if h.InReplyTo != "" && c.letters[h.InReplyTo] == nil {
		c.fault(LetterGone, h.InReplyTo, "letter %s follows or answers it, and it is not here", mid)
	}
	if r.told.Answer != "" {
		switch a := c.letters[r.told.Answer]; {
		case a == nil:
			c.fault(LetterGone, r.told.Answer, "receipt R3 of letter %s names it as the answer, and it is not here", mid)
		case a.header.Issuer != h.Audience:
			c.fault(AnswerDiffers, mid, "receipt R3 names an answer that is not the receiver's")
		}
	}
	if !r.known {
		return
	}
	if !letter.NeedsAgreement(r.told.Type) {
		c.fault(Stray, mid, "letters of this type need no agreement and belong to no conversation that evidence is given of")
		return
	}
	c.named[h.Agreement] = true
	d, ok := c.agreements[h.Agreement]
	if !ok {
		c.fault(AgreementGone, mid, "the agreement that the letter names is not here, or does not count")
		return
	}
	if _, ok := d.Agreement().Purpose(h.Article, h.Purpose); !ok {
		c.fault(AgreementWrong, mid, "the agreement has no such article or purpose")
	}
}
