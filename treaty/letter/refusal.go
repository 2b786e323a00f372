package letter

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"mitra/treaty/card"
	"mitra/treaty/signed"
)

// A Code says why something is refused, as both sides write it.
type Code string

// The codes of section 9.
const (
	Malformed      Code = "malformed"
	TooLarge       Code = "too_large"
	NotForUs       Code = "not_for_us"
	IssuerUnknown  Code = "issuer_unknown"
	KeyUnknown     Code = "key_unknown"
	KeyRevoked     Code = "key_revoked"
	SignatureWrong Code = "signature_wrong"
	MidReused      Code = "mid_reused"
	Expired        Code = "expired"
	FromTheFuture  Code = "from_the_future"
	CannotOpen     Code = "cannot_open"
	HeaderDiffers  Code = "header_differs"
	TypeUnknown    Code = "type_unknown"
	SchemaInvalid  Code = "schema_invalid"
	CritUnknown    Code = "crit_unknown"
	Suspended      Code = "suspended"
	Rate           Code = "rate"
	Unavailable    Code = "unavailable"
	Forked         Code = "forked"
)

// The codes of section 4.
const (
	AgreementUnknown    Code = "agreement_unknown"
	AgreementNotInForce Code = "agreement_not_in_force"
	AgreementParty      Code = "agreement_party"
	ArticleUnknown      Code = "article_unknown"
	PurposeUnknown      Code = "purpose_unknown"
	ConversationUnknown Code = "conversation_unknown"
	TypeNotAllowed      Code = "type_not_allowed"
	FieldNotAllowed     Code = "field_not_allowed"
	HandlingNotAllowed  Code = "handling_not_allowed"
	GradingRequired     Code = "grading_required"
	ClockNotAllowed     Code = "clock_not_allowed"
	RetentionTooLong    Code = "retention_too_long"
	QuotaExhausted      Code = "quota_exhausted"
)

var codes = map[Code]struct {
	status int
	title  string
}{
	Malformed:      {400, "Not what the protocol says"},
	TooLarge:       {413, "Too large"},
	NotForUs:       {422, "For another node"},
	IssuerUnknown:  {422, "From a node that is no peer, or not the one that speaks"},
	KeyUnknown:     {422, "Signed by a key that is not known"},
	KeyRevoked:     {422, "Signed by a key that was revoked"},
	SignatureWrong: {422, "The signature does not fit"},
	MidReused:      {409, "The mid was used before, for something else"},
	Expired:        {422, "Expired"},
	FromTheFuture:  {422, "Written in the future: compare the clocks"},
	CannotOpen:     {0, "The envelope cannot be opened"},
	HeaderDiffers:  {0, "Envelope and letter are not of one piece"},
	TypeUnknown:    {0, "No such type of letter"},
	SchemaInvalid:  {0, "The payload does not fit the schema of its type"},
	CritUnknown:    {0, "The header demands an extension that is not known"},
	Suspended:      {403, "The operator has suspended this peer"},
	Rate:           {429, "Too many requests"},
	Forked:         {409, "The book was set back, or is another one"},
	Unavailable:    {503, "Nothing can be stored now"},

	AgreementUnknown:    {0, "No such agreement is adopted"},
	AgreementNotInForce: {0, "The agreement was not in force"},
	AgreementParty:      {0, "Not a party to the agreement"},
	ArticleUnknown:      {0, "The agreement has no such article"},
	PurposeUnknown:      {0, "The article has no such purpose"},
	ConversationUnknown: {0, "No letter has begun this conversation under this purpose"},
	TypeNotAllowed:      {0, "The purpose has no letters of this type in this direction"},
	FieldNotAllowed:     {0, "The purpose does not name a field"},
	HandlingNotAllowed:  {0, "The purpose does not have this handling code"},
	GradingRequired:     {0, "The purpose requires a grading"},
	ClockNotAllowed:     {0, "The purpose does not have this clock class"},
	RetentionTooLong:    {0, "It would be kept longer than the purpose allows"},
	QuotaExhausted:      {0, "The issuer has had its number of the day"},
}

// Known says whether the protocol has the code.
func (c Code) Known() bool { _, ok := codes[c]; return ok }

// Status is the HTTP status of a problem document with the code; 0 for one that is told by a
// receipt only.
func (c Code) Status() int { return codes[c].status }

// Title says in English what the code means.
func (c Code) Title() string { return codes[c].title }

// A Refusal is what is wrong with something that a stranger has sent.
type Refusal struct {
	Code Code
	// Err says where, without a secret and without anything that the stranger wrote.
	Err error
}

func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Err.Error() }

// Unwrap is Err.
func (r *Refusal) Unwrap() error { return r.Err }

// CodeOf is the code of a refusal; empty for an error that is none.
func CodeOf(err error) Code {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

func refuse(code Code, format string, args ...any) error {
	return &Refusal{code, fmt.Errorf(format, args...)}
}

// notSigned is the refusal of what package signed did not take.
func notSigned(err error) error {
	switch {
	case errors.Is(err, signed.ErrCritical):
		return &Refusal{CritUnknown, err}
	case errors.Is(err, signed.ErrSignature):
		return &Refusal{SignatureWrong, err}
	}
	return &Refusal{Malformed, err}
}

// Keys finds the key of something that says to have been written by a node at a time, in Unix
// seconds. Its error is a [Refusal] or wraps one of package card's where the key is not to be had;
// any other error is this node's own.
type Keys func(node, keyID string, written int64) (ed25519.PublicKey, error)

// KeysOf finds the keys of the node that a chain of cards is of, for what was stored here at a
// time (now, if it is not stored yet).
func KeysOf(c card.Chain, stored int64) Keys {
	return func(node, keyID string, written int64) (ed25519.PublicKey, error) {
		if len(c) == 0 || c.Last().Node != node {
			return nil, refuse(IssuerUnknown, "no cards of the issuer")
		}
		return c.SignKey(keyID, written, stored)
	}
}

// find asks for a key, and gives the refusal its code.
func (keys Keys) find(node, keyID string, written int64) (ed25519.PublicKey, error) {
	k, err := keys(node, keyID, written)
	switch {
	case errors.Is(err, card.ErrUnknownKey) && CodeOf(err) == "":
		return nil, &Refusal{KeyUnknown, err}
	case errors.Is(err, card.ErrRevokedKey) && CodeOf(err) == "":
		return nil, &Refusal{KeyRevoked, err}
	}
	return k, err
}
