package letter

import (
	"encoding/json"
	"errors"
	"fmt"

	"mitra/treaty/signed"
)

// MaxReceipt bounds a receipt's text, in bytes.
const MaxReceipt = 16 << 10

// maxHead bounds a checkpoint in a receipt, in bytes.
const maxHead = 4 << 10

const receiptType = "mxp-receipt"

// Stages of a letter that a receipt tells of.
const (
	StageStored  = 1
	StageJudged  = 2
	StageDecided = 3
)

// A Receipt is what the receiver of a letter says of it.
type Receipt struct {
	Stage    int
	Issuer   string // the receiver of the letter, who makes the receipt
	Audience string // the letter's sender
	ID       string // the letter's mid
	At       int64  // Unix seconds

	// Stored.
	Envelope string // envelope hash
	Leaf     string // of the event in the receiver's exchange book
	Head     string // that book's last checkpoint; empty if there is none

	// Judged.
	OK   bool
	Code Code // why it is not

	// Decided.
	Answer string // mid of the letter that answers
}

// Stored is R1: the envelope is on disk, and leaf, a hash, is that of the event that tells of it.
// head is the last checkpoint of the receiver's exchange book, or empty.
func Stored(e Envelope, leaf, head string, at int64) Receipt {
	return Receipt{Stage: StageStored, Issuer: e.Audience, Audience: e.Issuer, ID: e.ID, At: at, Envelope: e.Hash(), Leaf: leaf, Head: head}
}

// Judged is R2: the node has opened the letter and found nothing wrong with it (err is nil), or
// a [Refusal]. Any other error is the node's own trouble, and no judgement.
func Judged(e Envelope, err error, at int64) (Receipt, error) {
	r := Receipt{Stage: StageJudged, Issuer: e.Audience, Audience: e.Issuer, ID: e.ID, At: at, OK: err == nil, Code: CodeOf(err)}
	if err != nil && r.Code == "" {
		return Receipt{}, fmt.Errorf("no judgement on a letter: %w", err)
	}
	return r, nil
}

// Decided is R3: an answer to the letter, whose mid it names, is under way.
func Decided(h Header, answer string, at int64) Receipt {
	return Receipt{Stage: StageDecided, Issuer: h.Audience, Audience: h.Issuer, ID: h.ID, At: at, Answer: answer}
}

// wireReceipt is the payload of a receipt; each stage has members of its own.
type wireReceipt struct {
	Stage    int     `json:"r"`
	Issuer   string  `json:"iss"`
	Audience string  `json:"aud"`
	ID       string  `json:"mid"`
	At       int64   `json:"at"`
	Envelope *string `json:"env,omitempty"`
	Leaf     *string `json:"leaf,omitempty"`
	Head     *string `json:"head,omitempty"`
	OK       *bool   `json:"ok,omitempty"`
	Code     *Code   `json:"code,omitempty"`
	Answer   *string `json:"answer,omitempty"`
}

func (r Receipt) wire() wireReceipt {
	w := wireReceipt{Stage: r.Stage, Issuer: r.Issuer, Audience: r.Audience, ID: r.ID, At: r.At}
	switch r.Stage {
	case StageStored:
		w.Envelope, w.Leaf, w.Head = &r.Envelope, &r.Leaf, &r.Head
	case StageJudged:
		w.OK = &r.OK
		if !r.OK {
			w.Code = &r.Code
		}
	case StageDecided:
		w.Answer = &r.Answer
	}
	return w
}

func (w wireReceipt) receipt() (Receipt, error) {
	var f wants
	f.parties(w.Issuer, w.Audience, w.ID)
	f.want(isTime(w.At), "at: want a time")
	stored, judged, decided := w.Stage == StageStored, w.Stage == StageJudged, w.Stage == StageDecided
	f.want(stored || judged || decided, "r: want 1, 2 or 3")
	for name, m := range map[string]struct{ has, want bool }{
		"env":    {w.Envelope != nil, stored},
		"leaf":   {w.Leaf != nil, stored},
		"head":   {w.Head != nil, stored},
		"ok":     {w.OK != nil, judged},
		"code":   {w.Code != nil, judged && w.OK != nil && !*w.OK},
		"answer": {w.Answer != nil, decided},
	} {
		f.want(m.has == m.want, name+": stands where it does not belong, or is missing")
	}
	if len(f) > 0 {
		return Receipt{}, f.refusal()
	}
	r := Receipt{Stage: w.Stage, Issuer: w.Issuer, Audience: w.Audience, ID: w.ID, At: w.At}
	switch {
	case stored:
		r.Envelope, r.Leaf, r.Head = *w.Envelope, *w.Leaf, *w.Head
		f.want(isHash(r.Envelope), "env: want a hash")
		f.want(isHash(r.Leaf), "leaf: want a hash")
		f.want(len(r.Head) <= maxHead, fmt.Sprintf("head: want a checkpoint of at most %d bytes", maxHead))
	case judged:
		r.OK = *w.OK
		if !r.OK {
			r.Code = *w.Code
			f.want(r.Code.Known(), "code: want one of the protocol")
		}
	case decided:
		r.Answer = *w.Answer
		f.want(isMid(r.Answer) && r.Answer != r.ID, "answer: want the mid of another letter")
	}
	return r, f.refusal()
}

// Sign makes the text of a receipt. The error is the [Refusal] that the other side would answer.
func (r Receipt) Sign(k signed.Key) (string, error) {
	w := r.wire()
	if _, err := w.receipt(); err != nil {
		return "", fmt.Errorf("sign a receipt: %w", err)
	}
	payload, err := json.Marshal(w)
	if err != nil {
		return "", fmt.Errorf("sign a receipt: %w", err)
	}
	return signed.Sign(k, receiptType, nil, payload)
}

// ParseReceipt reads a receipt and checks that its maker has signed it.
func ParseReceipt(text string, keys Keys) (Receipt, error) {
	if len(text) > MaxReceipt {
		return Receipt{}, refuse(TooLarge, "a receipt has at most %d bytes", MaxReceipt)
	}
	o, err := signed.Parse(text, receiptType)
	if err != nil {
		return Receipt{}, notSigned(err)
	}
	var head struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
		Type      string `json:"typ"`
	}
	if err := signed.Strict(o.Header, &head); err != nil {
		return Receipt{}, refuse(Malformed, "header: %w", err)
	}
	var w wireReceipt
	if err := signed.Strict(o.Unverified(), &w); err != nil {
		return Receipt{}, refuse(Malformed, "payload: %w", err)
	}
	r, err := w.receipt()
	if err != nil {
		return Receipt{}, err
	}
	k, err := keys.find(r.Issuer, o.KeyID, r.At)
	if err != nil {
		return Receipt{}, err
	}
	if _, err := o.Verify(k); err != nil {
		return Receipt{}, notSigned(err)
	}
	return r, nil
}

// Check says whether a receipt is for a letter in an envelope that this node has sent. The
// error is a [Refusal].
func (r Receipt) Check(e Envelope) error {
	if r.Issuer != e.Audience || r.Audience != e.Issuer || r.ID != e.ID || r.Stage == StageStored && r.Envelope != e.Hash() {
		return &Refusal{HeaderDiffers, errors.New("the receipt is not for this envelope")}
	}
	return nil
}
