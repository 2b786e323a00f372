package letter

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"mitra/treaty/card"
	"mitra/treaty/signed"
)

// MaxLetter bounds a letter's text, in bytes.
const MaxLetter = 1 << 20

// MaxLife is how long a letter may be under way, in seconds.
const MaxLife = 30 * 24 * 3600

// Ahead is how far the clock of the issuer may be ahead, in seconds.
const Ahead = 5 * 60

const typePrefix = "mxp-letter/"

// A Header is what a letter says of itself. Times are Unix seconds.
type Header struct {
	Issuer       string `json:"iss"` // node names
	Audience     string `json:"aud"`
	ID           string `json:"mid"`           // UUIDv7
	Conversation string `json:"cid"`           // the ID of its first letter
	InReplyTo    string `json:"irt,omitempty"` // empty in a first letter
	Issued       int64  `json:"iat"`
	Expires      int64  `json:"exp"`
	Agreement    string `json:"agr,omitempty"` // hash
	Article      string `json:"art,omitempty"`
	Purpose      string `json:"pur,omitempty"`
	Handling     string `json:"hnd,omitempty"` // H0 to H3
	Grading      string `json:"grd,omitempty"` // as B2
	Requesting   string `json:"req,omitempty"` // pseudonymous ids of offices
	Ordering     string `json:"ord,omitempty"`
	Clock        string `json:"clk,omitempty"`
	Retain       int64  `json:"ret,omitempty"`
	Schema       string `json:"sch"`
	Reference    string `json:"ref,omitempty"` // commitment to the national case
}

// A Letter is one message of a node to another.
type Letter struct {
	Type  string // as "enquiry"
	KeyID string // of the key that signed it
	Header
	Payload json.RawMessage

	text string // as it was signed
}

// Text is the letter as its issuer has signed it: what proves who wrote it. It is that of a letter
// that was opened.
func (l Letter) Text() string { return l.text }

// String keeps what is in a letter out of messages.
func (l Letter) String() string { return l.Type + " letter " + l.ID }

// GoString is String.
func (l Letter) GoString() string { return l.String() }

// LogValue is String.
func (l Letter) LogValue() slog.Value { return slog.StringValue(l.String()) }

// wireHeader is the protected header of a letter.
type wireHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
	Header
}

var (
	word     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	office   = regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)
	handling = regexp.MustCompile(`^H[0-3]$`)
	grading  = regexp.MustCompile(`^[ABCX][1-4]$`)
)

// NewID is a new mid.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make a mid: %w", err)
	}
	return id.String(), nil
}

func isMid(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.Version() == 7 && id.Variant() == uuid.RFC4122 && id.String() == s
}

func isHash(s string) bool { return isBytes(s, 32) }

func isKeyID(s string) bool { return isBytes(s, 16) }

func isBytes(s string, n int) bool {
	b, err := signed.Decode(s)
	return err == nil && len(b) == n
}

func isTime(t int64) bool { return t > 0 && t <= 253402300799 } // the end of the year 9999

// wants collects faults.
type wants []error

func (w *wants) want(ok bool, fault string) {
	if !ok {
		*w = append(*w, errors.New(fault))
	}
}

func (w wants) refusal() error {
	if len(w) == 0 {
		return nil
	}
	return &Refusal{Malformed, errors.Join(w...)}
}

// parties checks what letters, envelopes and receipts have in common.
func (w *wants) parties(iss, aud, mid string) {
	w.want(card.CheckNode(iss) == nil, "iss: want a node name")
	w.want(card.CheckNode(aud) == nil, "aud: want a node name")
	w.want(iss != aud, "aud: a node does not write to itself")
	w.want(isMid(mid), "mid: want a UUID of version 7 in lower case")
}

func (w *wants) times(iat, exp int64) {
	w.want(isTime(iat), "iat: want a time")
	w.want(isTime(exp) && exp > iat && exp-iat <= MaxLife, "exp: want a time after iat, 30 days at most")
}

// check checks a header of a known type.
func (h Header) check(typ string) error {
	var w wants
	w.parties(h.Issuer, h.Audience, h.ID)
	w.times(h.Issued, h.Expires)
	w.want(isMid(h.Conversation), "cid: want a UUID of version 7 in lower case")
	if h.InReplyTo == "" {
		w.want(!rules[typ].answers, "irt: missing from an answer")
		w.want(h.Conversation == h.ID, "cid: want the mid in a first letter")
	} else {
		w.want(isMid(h.InReplyTo) && h.InReplyTo != h.ID, "irt: want the mid of another letter")
		w.want(h.Conversation != h.ID, "cid: want the mid of the first letter")
	}
	if NeedsAgreement(typ) {
		w.want(isHash(h.Agreement), "agr: want the hash of an agreement")
		w.want(word.MatchString(h.Article), "art: want an article's code")
		w.want(word.MatchString(h.Purpose), "pur: want a purpose's code")
		w.want(handling.MatchString(h.Handling), "hnd: want H0 to H3")
		w.want(office.MatchString(h.Requesting), "req: want an office's id")
		w.want(word.MatchString(h.Clock), "clk: want a clock class")
		w.want(isTime(h.Retain) && h.Retain > h.Issued, "ret: want a time after iat")
		w.want(h.Grading == "" || grading.MatchString(h.Grading), "grd: want A to C or X, and 1 to 4")
		w.want(h.Ordering == "" || office.MatchString(h.Ordering), "ord: want an office's id")
		w.want(h.Reference == "" || isHash(h.Reference), "ref: want a hash")
	} else {
		w.want(h.Agreement+h.Article+h.Purpose+h.Handling+h.Grading+h.Requesting+h.Ordering+h.Clock+h.Reference == "" && h.Retain == 0,
			"agr art pur hnd grd req ord clk ret ref: a letter of this type has none")
	}
	return w.refusal()
}

// check checks all of a letter.
func (l Letter) check() error {
	if _, ok := rules[l.Type]; !ok {
		return refuse(TypeUnknown, "no such type of letter")
	}
	if err := l.Header.check(l.Type); err != nil {
		return err
	}
	if l.Schema != SchemaID(l.Type) {
		return refuse(SchemaInvalid, "sch: want the schema of the type in the version that is known here")
	}
	return checkPayload(l.Type, l.Handling, l.Payload)
}

// Sign makes the text of a letter. Its schema and key id are filled in. The error is the
// [Refusal] that the receiver would answer.
func Sign(k signed.Key, l Letter) (string, error) {
	l.Schema = SchemaID(l.Type)
	if err := l.check(); err != nil {
		return "", fmt.Errorf("sign a letter: %w", err)
	}
	b, err := json.Marshal(l.Header)
	if err != nil {
		return "", fmt.Errorf("sign a letter: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return "", fmt.Errorf("sign a letter: %w", err)
	}
	header := map[string]any{}
	for name, v := range members {
		header[name] = v
	}
	text, err := signed.Sign(k, typePrefix+l.Type, header, l.Payload)
	if err != nil {
		return "", err
	}
	if len(text) > MaxLetter {
		return "", refuse(TooLarge, "a letter has at most %d bytes", MaxLetter)
	}
	return text, nil
}

// Reread reads a letter that was opened before ([Letter.Text]); its signature and content were checked then.
func Reread(text string) (Letter, error) {
	o, err := signed.Parse(text, typePrefix)
	if err != nil {
		return Letter{}, err
	}
	var h wireHeader
	if err := signed.Strict(o.Header, &h); err != nil {
		return Letter{}, err
	}
	return Letter{Type: strings.TrimPrefix(h.Type, typePrefix), KeyID: h.KeyID, Header: h.Header, Payload: o.Unverified(), text: text}, nil
}

// Open reads a letter, checks that its issuer has signed it, and holds all of it against its
// type. Whether its time has come is for its envelope to say ([Envelope.For]), whether an agreement
// allows it for package agreement.
func Open(text string, keys Keys) (Letter, error) {
	if len(text) > MaxLetter {
		return Letter{}, refuse(TooLarge, "a letter has at most %d bytes", MaxLetter)
	}
	o, err := signed.Parse(text, typePrefix)
	if err != nil {
		return Letter{}, notSigned(err)
	}
	var h wireHeader
	if err := signed.Strict(o.Header, &h); err != nil {
		return Letter{}, refuse(Malformed, "header: %w", err)
	}
	l := Letter{Type: strings.TrimPrefix(h.Type, typePrefix), KeyID: h.KeyID, Header: h.Header, text: text}
	k, err := keys.find(l.Issuer, l.KeyID, l.Issued)
	if err != nil {
		return Letter{}, err
	}
	if l.Payload, err = o.Verify(k); err != nil {
		return Letter{}, notSigned(err)
	}
	if err := l.check(); err != nil {
		return Letter{}, err
	}
	return l, nil
}
