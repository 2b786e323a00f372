package journal

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

var errKey = errors.New("not an Ed25519 note key")

// NewKey makes a node's journal key from rand and returns its secret and its
// public half in the form of golang.org/x/mod/sumdb/note ("PRIVATE+KEY+…" and
// "<name>+<hash>+<key>"). The name is the node's, such as "mitra/KH/0191f6a2-…";
// the books' names are added to it by the keeper.
func NewKey(name string, rand io.Reader) (skey, vkey string, err error) {
	skey, vkey, err = note.GenerateKey(rand, name)
	if err == nil {
		_, err = note.NewVerifier(vkey) // GenerateKey takes any name
	}
	if err != nil {
		return "", "", fmt.Errorf("journal key: %w", err)
	}
	return skey, vkey, nil
}

// PublicKey returns the public half of a secret note key.
func PublicKey(skey string) (vkey string, err error) {
	name, key, err := parseSecret(skey)
	if err != nil {
		return "", err
	}
	return note.NewEd25519VerifierKey(name, key.Public().(ed25519.PublicKey))
}

// VerifierKey is the public key of a node, of 32 bytes, in the form that this package takes.
func VerifierKey(node string, key []byte) (string, error) {
	if len(key) != ed25519.PublicKeySize {
		return "", errKey
	}
	return note.NewEd25519VerifierKey(node, key)
}

// PublicBytes are the 32 bytes of a public key in that form.
func PublicBytes(vkey string) ([]byte, error) {
	_, key, err := parsePublic(vkey)
	return key, err
}

// BookKey returns the public key that verifies the checkpoints of one book of
// the node whose public key is vkey: the same key under the book's origin, for
// other programs that read C2SP checkpoints.
func BookKey(vkey, book string) (string, error) {
	name, key, err := parsePublic(vkey)
	if err != nil {
		return "", err
	}
	return note.NewEd25519VerifierKey(origin(name, book), key)
}

func origin(node, book string) string { return node + "/" + book }

// bookVerifier is the verifier of BookKey.
func bookVerifier(vkey, book string) (note.Verifier, error) {
	k, err := BookKey(vkey, book)
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(k)
}

func parsePublic(vkey string) (name string, key ed25519.PublicKey, err error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return "", nil, errKey
	}
	b, err := keyBytes(vkey)
	return v.Name(), b, err
}

func parseSecret(skey string) (name string, key ed25519.PrivateKey, err error) {
	s, err := note.NewSigner(skey)
	if err != nil {
		return "", nil, errKey // and not the error's text: it is about a secret
	}
	seed, err := keyBytes(skey)
	if err != nil {
		return "", nil, err
	}
	return s.Name(), ed25519.NewKeyFromSeed(seed), nil
}

// keyBytes is the key at the end of a note key, without the byte that names
// the algorithm. Names may not contain a plus sign, but base64 may.
func keyBytes(k string) ([]byte, error) {
	fields := 2
	if strings.HasPrefix(k, "PRIVATE+KEY+") {
		fields = 4
	}
	f := strings.SplitN(k, "+", fields+1)
	b, err := base64.StdEncoding.DecodeString(f[len(f)-1])
	if err != nil || len(f) != fields+1 || len(b) != 1+32 {
		return nil, errKey
	}
	return b[1:], nil
}

// bookSigner signs the checkpoints of one book.
type bookSigner struct {
	note.Verifier // of the same book: name and key hash
	key           ed25519.PrivateKey
}

func newBookSigner(name, book string, key ed25519.PrivateKey) (*bookSigner, error) {
	vkey, err := note.NewEd25519VerifierKey(origin(name, book), key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	return &bookSigner{v, key}, nil
}

func (s *bookSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }
