package letter

import (
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"mitra/treaty/card"
	"mitra/treaty/signed"
)

// MaxEnvelope bounds an envelope's text, in bytes.
const MaxEnvelope = 3 << 19

const (
	envelopeLabel     = "MXP/1 envelope"
	maxEnvelopeHeader = 2 << 10 // in characters
	padTo             = 1024
	tagSize           = 16 // what the AEAD adds
)

// An EnvelopeHeader is what everybody can read of an envelope: who wrote to whom, when.
type EnvelopeHeader struct {
	Protocol int    `json:"mxp"`
	Suite    string `json:"suite"`
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	ID       string `json:"mid"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	KeyID    string `json:"kid"` // the signing key
	SealID   string `json:"hid"` // the sealing key
}

// An Envelope is a sealed letter whose outer signature fits.
type Envelope struct {
	EnvelopeHeader
	text string
	head string // in base64url: what the seal is bound to
	body []byte
}

// String is the envelope as it travels.
func (e Envelope) String() string { return e.text }

// Hash is the envelope hash.
func (e Envelope) Hash() string { return signed.Hash([]byte(e.text)) }

// Seal puts the text of a letter, made by [Sign] from a header with the same key, into an
// envelope for a sealing key of the receiver.
func Seal(text string, h Header, k signed.Key, to card.SealKey) (string, error) {
	return seal(text, EnvelopeHeader{card.Protocol, to.Suite, h.Issuer, h.Audience, h.ID, h.Issued, h.Expires, k.ID(), to.ID}, k, to)
}

func seal(text string, h EnvelopeHeader, k signed.Key, to card.SealKey) (string, error) {
	suite, public, err := to.Public()
	if err != nil {
		return "", fmt.Errorf("seal a letter: %w", err)
	}
	b, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("seal a letter: %w", err)
	}
	head := signed.Base64.EncodeToString(b)
	enc, s, err := hpke.NewSender(public, suite.KDF, suite.AEAD, h.info())
	if err != nil {
		return "", fmt.Errorf("seal a letter: %w", err)
	}
	sealed, err := s.Seal([]byte(head), pad(text))
	if err != nil {
		return "", fmt.Errorf("seal a letter: %w", err)
	}
	body := append(enc, sealed...)
	return head + "." + signed.Base64.EncodeToString(body) + "." + signed.Base64.EncodeToString(k.Raw(signedPart(head, body))), nil
}

// info binds a seal to the protocol, the two nodes and the letter.
func (h EnvelopeHeader) info() []byte {
	return []byte(strings.Join([]string{envelopeLabel, h.Issuer, h.Audience, h.ID}, "\x00"))
}

// signedPart is what the outer signature is over.
func signedPart(head string, body []byte) []byte {
	return []byte(envelopeLabel + "\n" + head + "\n" + signed.Hash(body) + "\n")
}

// pad hides the length of a letter.
func pad(text string) []byte {
	b := make([]byte, padded(len(text)))
	binary.BigEndian.PutUint32(b, uint32(len(text)))
	copy(b[4:], text)
	return b
}

func padded(n int) int { return (4 + n + padTo - 1) / padTo * padTo }

// unpad takes no other padding than pad makes.
func unpad(b []byte) (string, bool) {
	if len(b) < 4 {
		return "", false
	}
	n := binary.BigEndian.Uint32(b)
	if n > MaxLetter || len(b) != padded(int(n)) {
		return "", false
	}
	for _, c := range b[4+n:] {
		if c != 0 {
			return "", false
		}
	}
	return string(b[4 : 4+n]), true
}

// ParseEnvelope reads an envelope and checks its outer signature, for which no secret is
// needed. Whether it is for this node and in time, [Envelope.For] says.
func ParseEnvelope(text string, keys Keys) (Envelope, error) { return parseEnvelope(text, keys, true) }

// ReadEnvelope is [ParseEnvelope] of one whose outer signature was checked when it was stored: the key
// is looked for again, since it may have been revoked, and the letter's own signature is still to be
// checked when it is opened.
func ReadEnvelope(text string, keys Keys) (Envelope, error) { return parseEnvelope(text, keys, false) }

func parseEnvelope(text string, keys Keys, verify bool) (Envelope, error) {
	if len(text) > MaxEnvelope {
		return Envelope{}, refuse(TooLarge, "an envelope has at most %d bytes", MaxEnvelope)
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || len(parts[0]) > maxEnvelopeHeader {
		return Envelope{}, refuse(Malformed, "want header.body.signature, the header of at most %d characters", maxEnvelopeHeader)
	}
	var decoded [3][]byte
	for i, p := range parts {
		var err error
		if decoded[i], err = signed.Decode(p); err != nil {
			return Envelope{}, refuse(Malformed, "the %s is not base64url without padding", [3]string{"header", "body", "signature"}[i])
		}
	}
	e := Envelope{text: text, head: parts[0], body: decoded[1]}
	if err := signed.Strict(decoded[0], &e.EnvelopeHeader); err != nil {
		return Envelope{}, refuse(Malformed, "header: %w", err)
	}
	if err := e.check(len(decoded[2])); err != nil {
		return Envelope{}, err
	}
	k, err := keys.find(e.Issuer, e.KeyID, e.Issued)
	if err != nil {
		return Envelope{}, err
	}
	if signed.KeyID(k) != e.KeyID || verify && !ed25519.Verify(k, signedPart(e.head, e.body), decoded[2]) {
		return Envelope{}, refuse(SignatureWrong, "the envelope's signature does not fit")
	}
	return e, nil
}

func (e Envelope) check(signature int) error {
	var w wants
	w.want(e.Protocol == card.Protocol, "mxp: want 1")
	w.parties(e.Issuer, e.Audience, e.ID)
	w.times(e.Issued, e.Expires)
	w.want(isKeyID(e.KeyID), "kid: want a key id")
	w.want(isKeyID(e.SealID), "hid: want a key id")
	if suite, err := card.SuiteByID(e.Suite); err != nil {
		w.want(false, "suite: want one that is known here")
	} else {
		n := len(e.body) - suite.Encapsulated - tagSize
		w.want(n > 0 && n%padTo == 0, "body: not of a length that an envelope has")
	}
	w.want(signature == ed25519.SignatureSize, "signature: want 64 bytes")
	return w.refusal()
}

// For says whether the envelope is for a node and in time, at a time in Unix seconds: the
// refusal is [NotForUs], [Expired] or [FromTheFuture].
func (e Envelope) For(node string, now int64) error {
	switch {
	case e.Audience != node:
		return refuse(NotForUs, "aud: another node")
	case now >= e.Expires:
		return refuse(Expired, "exp: it is over")
	case e.Issued > now+Ahead:
		return refuse(FromTheFuture, "iat: more than 5 minutes ahead")
	}
	return nil
}

// Open opens the envelope by a sealing key of this node, and the letter in it as [Open] does.
// A caller that does not know the key before it stores the envelope can refuse it by [KeyUnknown];
// here it is [CannotOpen].
func (e Envelope) Open(own func(id string) (card.Opener, bool), keys Keys) (Letter, error) {
	o, ok := own(e.SealID)
	if !ok || o.Suite.ID != e.Suite {
		return Letter{}, refuse(CannotOpen, "hid: no such sealing key here")
	}
	r, err := hpke.NewRecipient(e.body[:o.Suite.Encapsulated], o.Private, o.Suite.KDF, o.Suite.AEAD, e.info())
	if err != nil {
		return Letter{}, refuse(CannotOpen, "the seal does not fit")
	}
	plain, err := r.Open([]byte(e.head), e.body[o.Suite.Encapsulated:])
	if err != nil {
		return Letter{}, refuse(CannotOpen, "the seal does not fit")
	}
	text, ok := unpad(plain)
	if !ok {
		return Letter{}, refuse(CannotOpen, "the padding is wrong")
	}
	l, err := Open(text, keys)
	if err != nil {
		return Letter{}, err
	}
	if l.Issuer != e.Issuer || l.Audience != e.Audience || l.ID != e.ID || l.Issued != e.Issued || l.Expires != e.Expires || l.KeyID != e.KeyID {
		return Letter{}, refuse(HeaderDiffers, "iss aud mid iat exp kid of envelope and letter are not equal")
	}
	return l, nil
}
