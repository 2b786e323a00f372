package courier

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"mitra/treaty/signed"
)

// ErrStranger: the other end of a connection has a key that is on no card held here.
var ErrStranger = errors.New("the other side's TLS key is on no card held here")

// NewIdentity makes the TLS key of a node, as the seed of an Ed25519 key.
func NewIdentity() []byte {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails
	return seed
}

// Certificate makes the self-signed certificate that carries a node's TLS key. Its dates
// say nothing, on purpose: the key is on the card, and a clock that is wrong keeps no letter
// back.
func Certificate(seed []byte, node string) (tls.Certificate, error) {
	if len(seed) != ed25519.SeedSize {
		return tls.Certificate{}, fmt.Errorf("TLS key: it has %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	key := ed25519.NewKeyFromSeed(seed)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: node},
		NotBefore:    time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280, 4.1.2.5: no end
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("TLS certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("TLS certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// Pin is what a card says of a certificate's key: the hash of its SubjectPublicKeyInfo
// (as in RFC 7469).
func Pin(cert *x509.Certificate) string {
	h := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return signed.Base64.EncodeToString(h[:])
}

// serverTLS is how a node listens to its peers; known says whether a pin is on a card
// that holds. It is asked at every connection, on resumption too, of which there is none.
func serverTLS(cert tls.Certificate, known func(pin string) bool) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{cert},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection:       verify(known),
	}
}

// clientTLS is how a node calls a peer that has these pins.
func clientTLS(cert tls.Certificate, pins []string) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{cert},
		// The key is compared with the card instead: no authority vouches for it.
		InsecureSkipVerify: true,
		VerifyConnection:   verify(func(pin string) bool { return slices.Contains(pins, pin) }),
	}
}

func verify(known func(pin string) bool) func(tls.ConnectionState) error {
	return func(c tls.ConnectionState) error {
		if len(c.PeerCertificates) == 0 || !known(Pin(c.PeerCertificates[0])) {
			return ErrStranger
		}
		return nil
	}
}
