package card

import (
	"encoding/json"
	"fmt"

	"mitra/treaty/signed"
)

// Details are what a card tells beside the keys of this package.
type Details struct {
	Node      string   // mitra/CC/UUID
	Authority string   // one line, at most 200 bytes
	TLS       []string // pins: hashes of a SubjectPublicKeyInfo in DER
	Journal   []byte   // the public key of its journal
	Endpoint  string   // https://HOST:PORT; empty where the node only pulls
}

// Make makes a node's first card, which holds from a time in Unix seconds. The error names
// every fault.
func Make(d Details, k Keys, from int64) (Signed, error) {
	return sign(fill(d, k, Card{Serial: 1, From: from}), k)
}

// Follow makes the card after prev. before are the keys that the node had, of which those of prev
// introduce the new card; after are those it has from now on: by [Keys.RotateSign],
// [Keys.RotateSeal] or [Keys.Revoke]. Of revoked keys the other side counts nothing any more
// that it stores from the time given with each; none of them may introduce the card.
func Follow(prev Signed, before, after Keys, d Details, from int64, revoked ...Revocation) (Signed, error) {
	c := fill(d, after, Card{Serial: prev.Serial + 1, Previous: prev.Hash(), From: from, Revoked: revoked})
	s, err := sign(c, after)
	if err != nil {
		return Signed{}, err
	}
	gone := map[string]bool{}
	for _, r := range revoked {
		gone[r.ID] = true
	}
	for _, k := range []signed.Key{before.Current, before.Next} {
		if _, ok := prev.key(k.ID()); !ok || gone[k.ID()] {
			continue
		}
		if s.doc, err = s.doc.Sign(k); err != nil {
			return Signed{}, err
		}
		return s, (Chain{prev}).follows(s)
	}
	return Signed{}, fmt.Errorf("make card %d: %w", c.Serial, ErrIntroduction)
}

func fill(d Details, k Keys, c Card) Card {
	c.Protocol = Protocol
	c.Node, c.Authority, c.TLS, c.Endpoint = d.Node, d.Authority, d.TLS, d.Endpoint
	if len(d.Node) > 8 {
		c.Country = d.Node[6:8]
	}
	c.Journal = signed.Base64.EncodeToString(d.Journal)
	for _, s := range []signed.Key{k.Current, k.Next} {
		c.Sign = append(c.Sign, SignKey{s.ID(), signed.Base64.EncodeToString(s.Public())})
	}
	c.Seal = k.public()
	c.Versions = []string{Version}
	for _, s := range suites {
		c.Suites = append(c.Suites, s.ID)
	}
	return c
}

func sign(c Card, k Keys) (Signed, error) {
	if err := c.Check(); err != nil {
		return Signed{}, fmt.Errorf("make card %d: %w", c.Serial, err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return Signed{}, fmt.Errorf("make card %d: %w", c.Serial, err)
	}
	doc, err := signed.NewDocument(Type, payload).Sign(k.Current)
	if err != nil {
		return Signed{}, fmt.Errorf("make card %d: %w", c.Serial, err)
	}
	return Signed{c, doc}, nil
}
