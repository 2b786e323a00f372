package agreement

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/treaty/signed"
)

// Errors of agreements.
var (
	// ErrMalformed: not an agreement of MXP/1. What it wraps names every fault with its path.
	ErrMalformed = errors.New("not an agreement of MXP/1")
	// ErrIncomplete: it lacks a signature that counts.
	ErrIncomplete = errors.New("the agreement is not signed by both parties")
)

// Type is what the header of a signed agreement calls it.
const Type = "mxp-agreement"

// maxPayload is how many bytes the payload of an agreement may have. In base64 within
// a letter that is in base64 again it still fits into 1 MiB.
const maxPayload = 256 << 10

// An Agreement is what two parties have agreed: the payload that both sign. In a
// template the parties have no node and no card, and it is not in force.
type Agreement struct {
	MXP      int             `json:"mxp"` // 1
	ID       string          `json:"id"`  // the same in all versions
	Version  int             `json:"version"`
	Replaces string          `json:"replaces,omitempty"` // hash of the version before
	Reviewed map[string]bool `json:"reviewed"`           // language → has a speaker reviewed its texts
	Title    Text            `json:"title"`
	Note     Text            `json:"note,omitempty"`  // for readers; allows nothing
	Draft    bool            `json:"draft,omitempty"` // not an agreed text
	Parties  []Party         `json:"parties"`         // two
	Basis    []Basis         `json:"basis"`
	From     string          `json:"from,omitempty"`  // yyyy-mm-dd, its first day in UTC
	Until    string          `json:"until,omitempty"` // its last day
	Articles []Article       `json:"articles"`
}

// A Text is one text by language (ISO 639-1); English is always there.
type Text map[string]string

// A Party is one of the two authorities.
type Party struct {
	Country   string `json:"country"` // ISO 3166-1 alpha-2
	Authority string `json:"authority"`
	Node      string `json:"node,omitempty"` // node name
	Card      string `json:"card,omitempty"` // hash of the payload of its card
}

// A Basis is an instrument that the agreement rests on.
type Basis struct {
	Title     string `json:"title"`
	Date      string `json:"date"` // yyyy-mm-dd
	Reference string `json:"reference"`
}

// An Article holds the purposes of one area of work.
type Article struct {
	ID       string    `json:"id"`
	Area     int       `json:"area"` // 1 to 8, DESIGN §3
	Title    Text      `json:"title"`
	Purposes []Purpose `json:"purposes"`
}

// A Purpose is a reason for which the parties may write to each other, and how.
type Purpose struct {
	Code string `json:"code"`
	Text Text   `json:"text"`
	// From are the countries of the parties that may begin a conversation: both if it is
	// absent, nobody if it is empty.
	From   []string `json:"from,omitzero"`
	Begin  []string `json:"begin"`            // letter types that begin one
	Follow []string `json:"follow,omitempty"` // those with which who began it may go on
	Answer []string `json:"answer,omitempty"` // those of the other party
	Keys   []string `json:"keys,omitempty"`   // fields by which somebody or something may be looked for
	Fields []string `json:"fields,omitempty"` // fields that may be released, and so asked for
	// Decides is who decides what is released: node, officer or supervisor.
	Decides  string   `json:"decides"`
	Handling []string `json:"handling"`           // codes, the default first
	Ungraded bool     `json:"ungraded,omitempty"` // letters need no source grading
	// Quota is how many conversations a party may begin in a day (UTC), by country. It
	// names those that may begin, and no others; 0 is none.
	Quota     map[string]int `json:"quota"`
	Clocks    []Clock        `json:"clocks"`
	Retention int            `json:"retention_days"`
}

// A Clock is the time that the other party has.
type Clock struct {
	Class    string `json:"class"`
	Hours    int    `json:"hours"`
	Proposal bool   `json:"proposal,omitempty"` // nobody has agreed to the hours
}

// Due returns when the clock of a class that began to run at from runs out, and
// false if the purpose has no such clock.
func (p Purpose) Due(class string, from time.Time) (time.Time, bool) {
	for _, c := range p.Clocks {
		if c.Class == class {
			return from.Add(time.Duration(c.Hours) * time.Hour), true
		}
	}
	return time.Time{}, false
}

// Purpose finds a purpose.
func (a Agreement) Purpose(article, code string) (Purpose, bool) {
	for _, art := range a.Articles {
		for _, p := range art.Purposes {
			if art.ID == article && p.Code == code {
				return p, true
			}
		}
	}
	return Purpose{}, false
}

// term is the time in which it is in force by itself: from its first day to before
// the day after its last. It is empty where the dates are none.
func (a Agreement) term() (begin, end time.Time) {
	begin, errFrom := time.Parse(time.DateOnly, a.From)
	last, errUntil := time.Parse(time.DateOnly, a.Until)
	if errFrom != nil || errUntil != nil {
		return time.Time{}, time.Time{}
	}
	return begin, last.AddDate(0, 0, 1)
}

// A Document is an agreement with the signatures that it has so far.
type Document struct {
	terms Agreement
	doc   signed.Document
	hash  string // of the payload, which every letter is held against
}

func newDocument(terms Agreement, doc signed.Document) Document {
	return Document{terms, doc, doc.Hash()}
}

// Parse reads a document, signed or not yet. Its error wraps [ErrMalformed] and names
// every fault of the content.
func Parse(b []byte) (Document, error) {
	doc, err := signed.ParseDocument(b, Type)
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if n := len(doc.KeyIDs()); n > 2 {
		return Document{}, fmt.Errorf("%w: it has %d signatures, want at most 2", ErrMalformed, n)
	}
	terms, err := read(doc.Unverified(), false)
	if err != nil {
		return Document{}, err
	}
	return newDocument(terms, doc), nil
}

// ParseTemplate reads an agreement that no two nodes have filled in: JSON without
// signatures, nodes, cards and days. Its error is that of [Parse].
func ParseTemplate(b []byte) (Agreement, error) { return read(b, true) }

func read(b []byte, template bool) (Agreement, error) {
	var a Agreement
	if len(b) > maxPayload {
		return a, fmt.Errorf("%w: it is larger than %d bytes", ErrMalformed, maxPayload)
	}
	if err := signed.Strict(b, &a); err != nil {
		return a, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := a.validate(template); err != nil {
		return Agreement{}, fmt.Errorf("%w:\n%w", ErrMalformed, err)
	}
	return a, nil
}

// Draft fills a template in: with the two parties, in any order, and the first and
// the last day (yyyy-mm-dd). For a version that replaces another the
// caller has set Version and Replaces in the template. Nobody has signed it yet.
func Draft(template Agreement, parties [2]Party, from, until string) (Document, error) {
	a := template
	a.From, a.Until = from, until
	a.Parties = slices.Clone(template.Parties)
	for i, t := range a.Parties {
		n := slices.IndexFunc(parties[:], func(p Party) bool { return p.Country == t.Country })
		if n < 0 {
			return Document{}, fmt.Errorf("draft an agreement: no party given is of %s, which the template is for", t.Country)
		}
		a.Parties[i] = parties[n]
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ") // it is read by people too
	if err := e.Encode(a); err != nil {
		return Document{}, fmt.Errorf("draft an agreement: %w", err)
	}
	terms, err := read(b.Bytes(), false) // what others will read
	if err != nil {
		return Document{}, fmt.Errorf("draft an agreement: %w", err)
	}
	return newDocument(terms, signed.NewDocument(Type, b.Bytes())), nil
}

// Agreement is what the document says. Its lists are the document's; nobody changes them.
func (d Document) Agreement() Agreement { return d.terms }

// Hash is the hash of the payload: the name of the agreement on the wire.
func (d Document) Hash() string { return d.hash }

// Bytes is the document as a file.
func (d Document) Bytes() []byte { return d.doc.Bytes() }

// Sign returns the document with one more signature; with the same ones if the key has
// signed it already. Where two others have signed, it returns an error wrapping
// [ErrIncomplete]: no third counts, and one of the two is not a party's.
func (d Document) Sign(k signed.Key) (Document, error) {
	doc, err := d.doc.Sign(k)
	if err != nil {
		return d, err
	}
	if len(doc.KeyIDs()) > 2 {
		return d, fmt.Errorf("sign an agreement: %w: two keys have signed it, and this is another", ErrIncomplete)
	}
	return newDocument(d.terms, doc), nil
}

// SignedBy reports whether a key has signed it.
func (d Document) SignedBy(k ed25519.PublicKey) bool { return d.doc.SignedBy(k) }

// A Signatory is a node as its card tells of it.
type Signatory struct {
	Node string            // node name
	Card string            // hash of the payload of its card
	Key  ed25519.PublicKey // its current signing key
}

// Complete returns nil if a and b, in any order, are the parties by node and card, and
// both have signed; else an error wrapping [ErrIncomplete] that says what is missing.
func (d Document) Complete(a, b Signatory) error {
	if a.Node == b.Node || a.Key.Equal(b.Key) {
		return fmt.Errorf("%w: one signatory is given for both", ErrIncomplete)
	}
	var missing []string
	for _, p := range d.terms.Parties {
		s := a
		if p.Node == b.Node {
			s = b
		}
		switch {
		case s.Node != p.Node:
			missing = append(missing, p.Country+": it names another node")
		case s.Card != p.Card:
			missing = append(missing, p.Country+": it names another card of this node than the newest")
		case !d.SignedBy(s.Key):
			missing = append(missing, p.Country+": its signature is missing or does not fit")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrIncomplete, strings.Join(missing, "; "))
}
