package signed

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Errors of signed objects.
var (
	// ErrMalformed: not a signed object of MXP/1.
	ErrMalformed = errors.New("not a signed object")
	// ErrType: signed, but as another kind of object.
	ErrType = errors.New("a signed object of another type")
	// ErrCritical: its header demands what this program does not know.
	ErrCritical = errors.New("the header demands an extension that is not known here")
	// ErrSignature: the signature does not fit.
	ErrSignature = errors.New("the signature does not fit")
)

// maxHeader bounds a protected header, in bytes.
const maxHeader = 4 << 10

// foreign are members of headers of JWS (RFC 7515, section 4.1) that bring keys along, or change
// what is signed (RFC 7797).
var foreign = []string{"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "b64"}

// An Object is a signed object as it was read, not yet verified.
type Object struct {
	// KeyID names the key that is said to have signed.
	KeyID string
	// Type is what is said to be signed, such as "mxp-receipt".
	Type string
	// Header is the protected header, as it stands.
	Header json.RawMessage

	text      string
	payload   []byte
	signature []byte
}

// Sign signs a payload. header are the members of the protected header beside alg, kid and
// typ; it may be nil.
func Sign(k Key, typ string, header map[string]any, payload []byte) (string, error) {
	all := map[string]any{"alg": jose.EdDSA, "kid": k.id, "typ": typ}
	maps.Copy(all, header)
	head, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	text := make([]byte, 0, Base64.EncodedLen(len(head))+Base64.EncodedLen(len(payload))+Base64.EncodedLen(ed25519.SignatureSize)+2)
	text = Base64.AppendEncode(text, head)
	text = append(text, '.')
	text = Base64.AppendEncode(text, payload)
	signature := k.Raw(text)
	text = append(text, '.')
	return string(Base64.AppendEncode(text, signature)), nil
}

// Parse reads a signed object of a type; one that ends in "/" stands for all that begin
// so. It returns an error wrapping [ErrMalformed], [ErrType] or [ErrCritical].
func Parse(text, typ string) (Object, error) {
	o := Object{text: text}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return o, fmt.Errorf("%w: want header.payload.signature", ErrMalformed)
	}
	if Base64.DecodedLen(len(parts[0])) > maxHeader {
		return o, fmt.Errorf("%w: its header is larger than %d bytes", ErrMalformed, maxHeader)
	}
	var decoded [3][]byte
	for i, p := range parts {
		b, err := Decode(p)
		if err != nil {
			return o, fmt.Errorf("%w: its %s is not base64url without padding", ErrMalformed, [3]string{"header", "payload", "signature"}[i])
		}
		decoded[i] = b
	}
	if len(decoded[2]) != ed25519.SignatureSize {
		return o, fmt.Errorf("%w: its signature has %d bytes, want %d", ErrMalformed, len(decoded[2]), ed25519.SignatureSize)
	}
	o.Header = decoded[0]
	var head map[string]json.RawMessage
	if err := Strict(o.Header, &head); err != nil {
		return o, fmt.Errorf("%w: its header: %w", ErrMalformed, err)
	}
	if _, ok := head["crit"]; ok {
		return o, ErrCritical
	}
	for _, name := range foreign {
		if _, ok := head[name]; ok {
			return o, fmt.Errorf("%w: its header holds what none here has", ErrMalformed)
		}
	}
	var alg string
	for name, to := range map[string]*string{"alg": &alg, "kid": &o.KeyID, "typ": &o.Type} {
		if json.Unmarshal(head[name], to) != nil || *to == "" {
			return o, fmt.Errorf("%w: its header has no %s", ErrMalformed, name)
		}
	}
	if alg != string(jose.EdDSA) {
		return o, fmt.Errorf("%w: it is not signed by EdDSA", ErrMalformed)
	}
	if o.Type != typ && !(strings.HasSuffix(typ, "/") && strings.HasPrefix(o.Type, typ)) {
		return o, fmt.Errorf("%w: want %s", ErrType, typ)
	}
	o.payload, o.signature = decoded[1], decoded[2]
	return o, nil
}

// Decode reads bytes in their one spelling. Base64 alone would skip line breaks.
func Decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line break")
	}
	return Base64.DecodeString(s)
}

// Verify returns the payload if the key signed it, else [ErrSignature].
func (o Object) Verify(k ed25519.PublicKey) ([]byte, error) {
	if o.signature == nil || len(k) != ed25519.PublicKeySize || KeyID(k) != o.KeyID ||
		!ed25519.Verify(k, []byte(o.text[:strings.LastIndexByte(o.text, '.')]), o.signature) {
		return nil, ErrSignature
	}
	return o.payload, nil
}

// Unverified is the payload whoever signed it: a receipt has to be read to know whose key it
// is. Nothing of it counts before [Object.Verify].
func (o Object) Unverified() []byte { return o.payload }

// String is the object as it was read.
func (o Object) String() string { return o.text }
