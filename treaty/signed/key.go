package signed

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// Base64 is how bytes are written everywhere in MXP/1: base64url without padding, in
// its one spelling (RFC 4648, section 5). [Decode] reads it.
var Base64 = base64.RawURLEncoding.Strict()

// A Key signs.
type Key struct {
	id   string
	priv ed25519.PrivateKey
}

// NewKey makes a key.
func NewKey() Key {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails: crypto/rand ends the program instead
	k, _ := FromSeed(seed)
	return k
}

// FromSeed is the key of a seed of 32 bytes (RFC 8032).
func FromSeed(seed []byte) (Key, error) {
	if len(seed) != ed25519.SeedSize {
		return Key{}, errors.New("the seed of a signing key has 32 bytes")
	}
	priv := ed25519.NewKeyFromSeed(seed)
	return Key{KeyID(priv.Public().(ed25519.PublicKey)), priv}, nil
}

// Seed is what [FromSeed] makes the key from: its secret.
func (k Key) Seed() []byte { return k.priv.Seed() }

// Public is the half that verifies.
func (k Key) Public() ed25519.PublicKey { return k.priv.Public().(ed25519.PublicKey) }

// ID is the key's id.
func (k Key) ID() string { return k.id }

// Raw signs bytes as they are; what they are has to stand in them.
func (k Key) Raw(message []byte) []byte { return ed25519.Sign(k.priv, message) }

// String keeps a secret out of messages.
func (k Key) String() string { return "signing key " + k.id }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// KeyID names a public key of any kind: the first 16 bytes of its SHA-256, in 22
// characters.
func KeyID(public []byte) string {
	h := sha256.Sum256(public)
	return Base64.EncodeToString(h[:16])
}

// Hash is SHA-256 as MXP/1 writes it, in 43 characters.
func Hash(b []byte) string {
	h := sha256.Sum256(b)
	return Base64.EncodeToString(h[:])
}
