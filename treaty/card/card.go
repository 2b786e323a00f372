package card

import (
	"crypto/ed25519"
	"crypto/hpke"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/google/uuid"

	"mitra/treaty/signed"
)

// Type is the typ of a card's header.
const Type = "mxp-card"

// The protocol that this program speaks.
const (
	Protocol = 1
	Version  = "MXP/1"
)

const (
	maxCard      = 64 << 10 // a file with all signatures, in bytes
	maxAuthority = 200
	maxEndpoint  = 300
	maxSeal      = 4
	maxPins      = 4
	maxNames     = 8 // versions, suites
	maxRevoked   = 64
	maxKey       = 4 << 10 // a sealing key of a suite that is not known here, in characters
	maxSerial    = 1 << 20
	keyIDLength  = 22
	hashSize     = 32
	lastSecond   = 253402300799 // the end of the year 9999
)

// A Card is the payload of a card.
type Card struct {
	Protocol  int          `json:"mxp"`
	Node      string       `json:"node"` // mitra/CC/UUID
	Country   string       `json:"country"`
	Authority string       `json:"authority"`
	Serial    int          `json:"serial"`
	Previous  string       `json:"previous,omitempty"` // hash of the payload before
	From      int64        `json:"from"`               // Unix seconds
	Sign      []SignKey    `json:"sign"`               // current, next
	Seal      []SealKey    `json:"seal"`               // the one to use first
	TLS       []string     `json:"tls"`                // hashes of a SubjectPublicKeyInfo
	Journal   string       `json:"journal"`
	Endpoint  string       `json:"endpoint,omitempty"` // empty where the node only pulls
	Versions  []string     `json:"versions"`
	Suites    []string     `json:"suites"`
	Revoked   []Revocation `json:"revoked,omitempty"`
}

// A SignKey is a public key that verifies letters, receipts and cards.
type SignKey struct {
	ID  string `json:"kid"`
	Key string `json:"key"`
}

// Public is the key itself; nil if it is malformed.
func (k SignKey) Public() ed25519.PublicKey {
	b, err := signed.Decode(k.Key)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil
	}
	return b
}

// A SealKey is a public key to seal letters for.
type SealKey struct {
	ID    string `json:"kid"`
	Suite string `json:"suite"`
	Key   string `json:"key"`
}

// Public is the key itself, and the suite it is of. The error wraps [ErrUnknownSuite] or
// [ErrMalformed].
func (k SealKey) Public() (Suite, hpke.PublicKey, error) {
	s, err := SuiteByID(k.Suite)
	if err != nil {
		return s, nil, err
	}
	if p, ok := unpacked.get(k); ok {
		return s, p, nil
	}
	b, err := signed.Decode(k.Key)
	if err != nil {
		return s, nil, fmt.Errorf("%w: a sealing key is not base64url without padding", ErrMalformed)
	}
	p, err := s.KEM.NewPublicKey(b)
	if err != nil {
		return s, nil, fmt.Errorf("%w: a sealing key is not one of its suite", ErrMalformed)
	}
	unpacked.put(k, p)
	return s, p, nil
}

// unpacked are public keys in the form in which they seal: unpacking one of ML-KEM takes as long as
// signing twice, and every letter to a node uses the same few.
var unpacked keyCache

type keyCache struct {
	mu   sync.Mutex
	keys map[SealKey]hpke.PublicKey
}

// maxUnpacked bounds what cards of strangers can make a node remember.
const maxUnpacked = 128

func (c *keyCache) get(k SealKey) (hpke.PublicKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.keys[k]
	return p, ok
}

func (c *keyCache) put(k SealKey, p hpke.PublicKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) == maxUnpacked {
		c.keys = map[SealKey]hpke.PublicKey{}
	}
	c.keys[k] = p
}

// A Revocation says that a key does not hold any more: what was stored from that time
// on does not count.
type Revocation struct {
	ID string `json:"kid"`
	At int64  `json:"at"`
}

// Check names every fault of a card, in one error.
func (c Card) Check() error {
	var faults []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	want(c.Protocol == Protocol, "mxp: want %d", Protocol)
	if err := CheckNode(c.Node); err != nil {
		faults = append(faults, fmt.Errorf("node: %w", err))
	} else {
		want(c.Country == c.Node[6:8], "country: not that of the node's name")
	}
	want(line(c.Authority, maxAuthority), "authority: want one line of 1 to %d bytes", maxAuthority)
	want(c.Serial >= 1 && c.Serial <= maxSerial, "serial: want 1 to %d", maxSerial)
	if c.Serial == 1 {
		want(c.Previous == "", "previous: a first card follows none")
	} else {
		want(isBytes(c.Previous, hashSize), "previous: want the hash of the card before")
	}
	want(inTime(c.From), "from: want a time in seconds since 1970")

	ids := map[string]bool{}
	want(len(c.Sign) >= 1 && len(c.Sign) <= 2, "sign: want the current key, and the next at most")
	for i, k := range c.Sign {
		want(k.Public() != nil && signed.KeyID(k.Public()) == k.ID, "sign[%d]: want a key of 32 bytes and its id", i)
		want(!ids[k.ID], "sign[%d]: the key stands twice", i)
		ids[k.ID] = true
	}
	want(len(c.Seal) >= 1 && len(c.Seal) <= maxSeal, "seal: want 1 to %d keys", maxSeal)
	usable := false
	for i, k := range c.Seal {
		want(slices.Contains(c.Suites, k.Suite), "seal[%d]: its suite is not among suites", i)
		b, err := signed.Decode(k.Key)
		want(err == nil && len(k.Key) <= maxKey && signed.KeyID(b) == k.ID, "seal[%d]: want a key and its id", i)
		want(!ids[k.ID], "seal[%d]: the key stands twice", i)
		ids[k.ID] = true
		_, _, err = k.Public()
		want(err == nil || errors.Is(err, ErrUnknownSuite), "seal[%d]: not a key of its suite", i)
		usable = usable || err == nil
	}
	want(usable, "seal: no key of a suite that is known here")
	pins := map[string]bool{}
	want(len(c.TLS) >= 1 && len(c.TLS) <= maxPins, "tls: want 1 to %d pins", maxPins)
	for i, p := range c.TLS {
		want(isBytes(p, hashSize) && !pins[p], "tls[%d]: want a hash, once", i)
		pins[p] = true
	}
	j, err := signed.Decode(c.Journal)
	want(err == nil && len(j) == ed25519.PublicKeySize, "journal: want a key of 32 bytes")
	want(!ids[signed.KeyID(j)], "journal: want a key of its own")
	want(c.Endpoint == "" || isEndpoint(c.Endpoint), "endpoint: want https://HOST:PORT")
	want(isNames(c.Versions) && slices.Contains(c.Versions, Version), "versions: want %s among at most %d", Version, maxNames)
	want(isNames(c.Suites), "suites: want 1 to %d names", maxNames)
	want(len(c.Revoked) <= maxRevoked, "revoked: want at most %d keys", maxRevoked)
	revoked := map[string]bool{}
	for i, r := range c.Revoked {
		want(isBytes(r.ID, 16), "revoked[%d]: want a key id", i)
		want(inTime(r.At), "revoked[%d]: want a time in seconds since 1970", i)
		want(!revoked[r.ID], "revoked[%d]: the key stands twice", i)
		want(!ids[r.ID], "revoked[%d]: the card still has this key", i)
		revoked[r.ID] = true
	}
	return errors.Join(faults...)
}

// CheckNode says whether a text is a node name.
func CheckNode(s string) error {
	const form = "want mitra/CC/UUID"
	f := strings.Split(s, "/")
	if len(f) != 3 || f[0] != "mitra" || len(f[1]) != 2 {
		return errors.New(form)
	}
	if id, err := uuid.Parse(f[2]); err != nil || id.String() != f[2] {
		return errors.New(form + ", the UUID in lower case")
	}
	for _, c := range f[1] {
		if c < 'A' || c > 'Z' {
			return errors.New(form + ", the state in capitals")
		}
	}
	return nil
}

func isBytes(s string, n int) bool {
	b, err := signed.Decode(s)
	return err == nil && len(b) == n
}

func inTime(t int64) bool { return t > 0 && t <= lastSecond }

// line tells text that looks on a screen as it is.
func line(s string, most int) bool {
	if s == "" || len(s) > most || strings.TrimSpace(s) != s {
		return false
	}
	// Format characters stay in: Khmer words are parted by zero-width spaces. Those that turn
	// the direction of text do not.
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
}

func isEndpoint(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxEndpoint || u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0 && s == "https://"+u.Host
}

func isNames(names []string) bool {
	for i, n := range names {
		if len(n) == 0 || len(n) > 16 || slices.Contains(names[:i], n) {
			return false
		}
		for _, c := range n {
			if c <= ' ' || c > '~' {
				return false
			}
		}
	}
	return len(names) >= 1 && len(names) <= maxNames
}

// A Signed is a card with its signatures.
type Signed struct {
	Card
	doc signed.Document
}

// Parse reads a card and checks its own signature. What has introduced it, and so whether it
// is to be believed, [Chain.Append] checks. It returns an error wrapping [ErrMalformed], which names
// every fault, or [ErrSignature].
func Parse(b []byte) (Signed, error) {
	if len(b) > maxCard {
		return Signed{}, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, maxCard)
	}
	doc, err := signed.ParseDocument(b, Type)
	if err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	s := Signed{doc: doc}
	if err := signed.Strict(doc.Unverified(), &s.Card); err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := s.Check(); err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !doc.SignedBy(s.Sign[0].Public()) {
		return Signed{}, ErrSignature
	}
	return s, nil
}

// Hash is the hash of the payload: what the next card calls previous.
func (s Signed) Hash() string { return s.doc.Hash() }

// Bytes is the card as a file.
func (s Signed) Bytes() []byte { return s.doc.Bytes() }

// key is a signing key of the card by its id.
func (c Card) key(id string) (SignKey, bool) {
	for _, k := range c.Sign {
		if k.ID == id {
			return k, true
		}
	}
	return SignKey{}, false
}
