package courier

import (
	"encoding/json"

	"mitra/treaty/letter"
)

// Ping makes a test letter to a peer, which no agreement has to allow. payload is a JSON object.
func (c *Courier) Ping(p Peer, payload json.RawMessage) (Sealed, error) {
	mid, err := letter.NewID()
	if err != nil {
		return Sealed{}, err
	}
	now := c.Now().Unix()
	return Seal(letter.Letter{Type: "ping", Payload: payload, Header: letter.Header{
		Issuer: c.Self, Audience: p.Node, ID: mid, Conversation: mid, Issued: now, Expires: now + 24*3600, Schema: letter.SchemaID("ping"),
	}}, p, c.Keys())
}
