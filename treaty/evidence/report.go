package evidence

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A Report is what [Verify] has found.
type Report struct {
	OK           bool     `json:"ok"` // there are no faults
	Conversation string   `json:"conversation"`
	Exporter     string   `json:"exporter"` // node name
	Parties      []Party  `json:"parties"`
	Agreements   []Agreed `json:"agreements"`
	Letters      []Told   `json:"letters"` // in order of writing
	Faults       []Fault  `json:"faults"`
	Open         []Fault  `json:"open"` // what is not shown yet
	CannotKnow   string   `json:"cannot_know"`
}

// A Party is one of the two nodes, by its first card.
type Party struct {
	Node        string `json:"node"`
	Country     string `json:"country"`
	Authority   string `json:"authority"`
	Fingerprint string `json:"fingerprint"`
	// Compared says that the first card was given by the reader; else the words are to be compared.
	Compared bool `json:"compared"`
}

// Agreed is an agreement that letters name.
type Agreed struct {
	Hash    string `json:"hash"`
	ID      string `json:"id"`
	Version int    `json:"version"`
	From    string `json:"from"`
	Until   string `json:"until"`
}

// Told is what the file tells of a letter. Times are RFC 3339, empty where nothing tells of them.
type Told struct {
	MID       string `json:"mid"`
	Type      string `json:"type"`
	From      string `json:"from"` // node names
	To        string `json:"to"`
	InReplyTo string `json:"in_reply_to,omitempty"`
	Agreement string `json:"agreement,omitempty"`
	Article   string `json:"article"`
	Purpose   string `json:"purpose"`
	Written   string `json:"written"`
	Stored    string `json:"stored"`            // R1
	Judged    string `json:"judged"`            // R2
	Refused   string `json:"refused,omitempty"` // its code
	Decided   string `json:"decided"`           // R3
	Answer    string `json:"answer,omitempty"`  // mid
	// Cosigned is when the other node first cosigned a book of the exporter's that tells of the letter, by its own
	// clock. Witnessed: it has done so of its receipts too.
	Cosigned  string `json:"cosigned"`
	Witnessed bool   `json:"witnessed"`
	// Promised: the book of who stored it is shown to have what R1 promised.
	Promised bool            `json:"promised"`
	Payload  json.RawMessage `json:"payload,omitempty"` // only if asked for
}

// A Fault is one thing that is wrong.
type Fault struct {
	Code   string `json:"code"`
	What   string `json:"what"`
	Letter string `json:"letter,omitempty"` // its mid
}

// Codes of faults; those of letters and receipts that cannot be read or whose signatures do not count are
// "letter_" or "receipt_" and the code of docs/protocol.md, sections 4 and 9.
const (
	CardWrong       = "card_wrong"
	FirstCard       = "first_card"
	PartiesWrong    = "parties_wrong"
	AgreementWrong  = "agreement_wrong"
	AgreementGone   = "agreement_missing"
	Stray           = "stray"
	CheckpointWrong = "checkpoint_wrong"
	CosignWrong     = "cosignature_wrong"
	BookForked      = "book_forked"
	BookGone        = "book_missing"
	EventGone       = "event_missing"
	EventChanged    = "event_changed"
	EventDiffers    = "event_differs"
	ProofWrong      = "proof_wrong"
	ProofGone       = "proof_missing"
	PromiseDiffers  = "promise_differs"
	EnvelopeDiffers = "envelope_differs"
	LetterGone      = "letter_missing"
	LetterTwice     = "letter_twice"
	LetterOther     = "letter_of_another_conversation"
	LetterBare      = "letter_bare"
	ReceiptStray    = "receipt_stray"
	ReceiptTwice    = "receipt_twice"
	ReceiptGone     = "receipt_missing"
	AnswerDiffers   = "answer_differs"
)

// Codes of what is not shown yet.
const (
	NotStored    = "not_stored"
	NotWitnessed = "not_witnessed"
	PromiseOpen  = "promise_open"
	TextUnknown  = "text_unknown"
	CosignedLate = "cosigned_late"
)

const cannotKnow = "This shows what the two nodes have signed and recorded of the conversation, not that what the letters say is true. " +
	"What came after the last letter and receipt here may have been left out, and so may letters that nothing here refers to and " +
	"letters that were refused, and cards that followed, with what they revoke. Times are those of the nodes' clocks. Of a letter of the exporter the file shows the text to which its book is " +
	"bound since the other node cosigned it; what was in the envelope only the receiver's own evidence shows."

const notCompared = " The first cards are those in the file: whoever made it could have made them too, unless the seven words of each are those " +
	"that its authority reads out, or its first card is given."

func (r *Report) fault(code, letter, what string, args ...any) {
	r.Faults = append(r.Faults, Fault{code, strings.ReplaceAll(fmt.Sprintf(what, args...), "\n", "; "), letter})
}

func (r *Report) open(code, letter, what string, args ...any) {
	r.Open = append(r.Open, Fault{code, fmt.Sprintf(what, args...), letter})
}

func timeOf(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
