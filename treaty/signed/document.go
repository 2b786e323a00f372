package signed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// maxSignatures is how many signatures a document may have.
const maxSignatures = 8

// A Document is one payload with the signatures of several keys, each not yet verified.
type Document struct {
	typ     string
	payload string // in base64url
	signs   []signature
}

type signature struct {
	Protected string `json:"protected"`
	Signature string `json:"signature"`
}

type general struct {
	Payload    string      `json:"payload"`
	Signatures []signature `json:"signatures"`
}

// NewDocument is a payload that nobody has signed yet.
func NewDocument(typ string, payload []byte) Document {
	return Document{typ, Base64.EncodeToString(payload), []signature{}} // an empty list, not null
}

// ParseDocument reads a document of a type. It returns an error wrapping
// [ErrMalformed], [ErrType] or [ErrCritical].
func ParseDocument(b []byte, typ string) (Document, error) {
	var g general
	if err := Strict(b, &g); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if g.Payload == "" {
		return Document{}, fmt.Errorf("%w: it has no payload", ErrMalformed)
	}
	if len(g.Signatures) > maxSignatures {
		return Document{}, fmt.Errorf("%w: it has more than %d signatures", ErrMalformed, maxSignatures)
	}
	if _, err := Decode(g.Payload); err != nil {
		return Document{}, fmt.Errorf("%w: its payload is not base64url without padding", ErrMalformed)
	}
	d := Document{typ, g.Payload, g.Signatures}
	seen := map[string]bool{}
	for i := range d.signs {
		o, err := d.object(i)
		if err != nil {
			return Document{}, fmt.Errorf("signature %d: %w", i+1, err)
		}
		if seen[o.KeyID] {
			return Document{}, fmt.Errorf("%w: one key has signed it twice", ErrMalformed)
		}
		seen[o.KeyID] = true
	}
	return d, nil
}

func (d Document) object(i int) (Object, error) {
	return Parse(d.signs[i].Protected+"."+d.payload+"."+d.signs[i].Signature, d.typ)
}

// Sign returns the document with one more signature; with the same ones if the key has
// signed it already.
func (d Document) Sign(k Key) (Document, error) {
	for i := range d.signs {
		if o, err := d.object(i); err == nil && o.KeyID == k.id {
			return d, nil
		}
	}
	payload, err := Decode(d.payload)
	if err != nil {
		return d, err
	}
	text, err := Sign(k, d.typ, nil, payload)
	if err != nil {
		return d, err
	}
	f := strings.Split(text, ".")
	d.signs = append(d.signs[:len(d.signs):len(d.signs)], signature{f[0], f[2]})
	return d, nil
}

// KeyIDs are the ids of the keys that are said to have signed, in order.
func (d Document) KeyIDs() (ids []string) {
	for i := range d.signs {
		if o, err := d.object(i); err == nil {
			ids = append(ids, o.KeyID)
		}
	}
	return ids
}

// Unverified is the payload whoever signed it: a card has to be read to know by which
// keys it has to be signed. Nothing of it counts before [Document.SignedBy].
func (d Document) Unverified() []byte {
	b, _ := Decode(d.payload)
	return b
}

// SignedBy reports whether a key has signed the payload.
func (d Document) SignedBy(k []byte) bool {
	for i := range d.signs {
		o, err := d.object(i)
		if err != nil || o.KeyID != KeyID(k) {
			continue
		}
		if _, err := o.Verify(k); err == nil {
			return true
		}
	}
	return false
}

// Hash is the hash of the payload: what the document is named by.
func (d Document) Hash() string { return Hash(d.Unverified()) }

// Bytes is the document as a file, laid out for people.
func (d Document) Bytes() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.Encode(general{d.payload, append([]signature{}, d.signs...)}) // strings: cannot fail
	return b.Bytes()
}
