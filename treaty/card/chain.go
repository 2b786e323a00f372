package card

import (
	"crypto/ed25519"
	"fmt"
	"slices"
)

// A Chain is a node's cards, the first one first.
type Chain []Signed

// Verify checks that the chain begins with a first card and that each card follows the
// one before. The error wraps one of those of chains. Whether the first card is that of the
// authority it names, only its fingerprint tells.
func (c Chain) Verify() error {
	if len(c) == 0 {
		return fmt.Errorf("%w: there is none", ErrGap)
	}
	var built Chain
	for _, s := range c {
		var err error
		if built, err = built.Append(s); err != nil {
			return err
		}
	}
	return nil
}

// Append is the chain with one card more. To an empty chain it adds a first card. The error
// wraps [ErrOtherNode], [ErrKnown], [ErrFork], [ErrGap], [ErrIntroduction], [ErrSignature] or, where
// its time goes back, [ErrMalformed]; the chain is then unchanged.
func (c Chain) Append(s Signed) (Chain, error) {
	if err := c.follows(s); err != nil {
		return c, fmt.Errorf("card %d: %w", s.Serial, err)
	}
	return append(c[:len(c):len(c)], s), nil
}

// follows checks a card against the end of the chain.
func (c Chain) follows(s Signed) error {
	if len(c) == 0 {
		if s.Serial != 1 {
			return ErrGap
		}
		return s.signedOnlyBy(s.Sign)
	}
	last := c[len(c)-1]
	if s.Node != last.Node {
		return ErrOtherNode
	}
	for _, known := range c {
		if known.Serial == s.Serial {
			if known.Hash() == s.Hash() {
				return ErrKnown
			}
			return ErrFork
		}
	}
	switch {
	case s.Serial != last.Serial+1:
		return ErrGap
	case s.Previous != last.Hash():
		return ErrFork
	case s.From < last.From:
		return fmt.Errorf("%w: from: earlier than that of the card before", ErrMalformed)
	}
	introduced := false
	for _, k := range last.Sign {
		at, revoked := append(c[:len(c):len(c)], s).revokedAt(k.ID)
		if s.doc.SignedBy(k.Public()) && !(revoked && at <= s.From) {
			introduced = true
		}
	}
	if !introduced {
		return ErrIntroduction
	}
	return s.signedOnlyBy(slices.Concat(s.Sign, last.Sign))
}

// signedOnlyBy makes sure that nothing stands on a card that nobody can check.
func (s Signed) signedOnlyBy(keys []SignKey) error {
	if !s.doc.SignedBy(s.Sign[0].Public()) {
		return ErrSignature
	}
	for _, id := range s.doc.KeyIDs() {
		i := slices.IndexFunc(keys, func(k SignKey) bool { return k.ID == id })
		if i < 0 || !s.doc.SignedBy(keys[i].Public()) {
			return fmt.Errorf("%w: one more signature does not fit", ErrSignature)
		}
	}
	return nil
}

// revokedAt is the earliest time from which a key does not hold. A revocation is for ever,
// whether or not later cards repeat it.
func (c Chain) revokedAt(id string) (at int64, ok bool) {
	for _, s := range c {
		for _, r := range s.Revoked {
			if r.ID == id && (!ok || r.At < at) {
				at, ok = r.At, true
			}
		}
	}
	return at, ok
}

// Last is the newest card. The chain must not be empty.
func (c Chain) Last() Signed { return c[len(c)-1] }

// At is the card that held at a time.
func (c Chain) At(t int64) (Signed, bool) {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].From <= t {
			return c[i], true
		}
	}
	return Signed{}, false
}

// SignKey finds the key of something that says to have been written at one time and was stored
// here at another (now, if it is not stored yet). The error wraps [ErrUnknownKey] if the card
// that held when it was written has no such key, [ErrRevokedKey] if the key was revoked by the
// time of storing.
func (c Chain) SignKey(id string, written, stored int64) (ed25519.PublicKey, error) {
	s, ok := c.At(written)
	if !ok {
		return nil, fmt.Errorf("%w: no card held then", ErrUnknownKey)
	}
	k, ok := s.key(id)
	if !ok {
		return nil, ErrUnknownKey
	}
	if at, ok := c.revokedAt(id); ok && at <= stored {
		return nil, ErrRevokedKey
	}
	return k.Public(), nil
}

// SealKey is the key to seal a letter for that is written at a time. The error wraps
// [ErrUnknownKey] if no card held then, [ErrRevokedKey] if none of its keys can be used.
func (c Chain) SealKey(t int64) (SealKey, error) {
	s, ok := c.At(t)
	if !ok {
		return SealKey{}, fmt.Errorf("%w: no card held then", ErrUnknownKey)
	}
	for _, k := range s.Seal {
		if _, _, err := k.Public(); err != nil {
			continue
		}
		if _, revoked := c.revokedAt(k.ID); !revoked {
			return k, nil
		}
	}
	return SealKey{}, fmt.Errorf("no sealing key can be used: %w", ErrRevokedKey)
}
