package card

import "errors"

// Errors of cards.
var (
	// ErrMalformed: not a card of MXP/1.
	ErrMalformed = errors.New("not a card")
	// ErrSignature: a signature on the card does not fit, or its own is missing.
	ErrSignature = errors.New("the card is not signed by its own key")
	// ErrUnknownSuite: nothing here can seal or open in this way.
	ErrUnknownSuite = errors.New("a way of sealing that is not known here")
)

// Errors of chains.
var (
	// ErrOtherNode: the card is of another node.
	ErrOtherNode = errors.New("the card is of another node")
	// ErrKnown: the chain has this card already.
	ErrKnown = errors.New("this card is known already")
	// ErrFork: the chain has another card in its place. Two hold the node's keys, or
	// its operator has gone back to a backup: the two authorities have to meet.
	ErrFork = errors.New("another card stands in its place: the two authorities have to meet")
	// ErrGap: cards are missing before this one.
	ErrGap = errors.New("cards are missing before this one: ask for all of them")
	// ErrIntroduction: no key of the card before has signed it.
	ErrIntroduction = errors.New("no valid key of the card before has signed it")
	// ErrUnknownKey: no card that held at the time has this key.
	ErrUnknownKey = errors.New("no card of that time has this key")
	// ErrRevokedKey: the key was revoked by then.
	ErrRevokedKey = errors.New("the key was revoked")
)
