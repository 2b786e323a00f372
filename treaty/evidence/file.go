package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"mitra/treaty/signed"
)

// Format is what a file says it is.
const Format = "mxp-evidence/1"

// Limits of a file. A letter has at most 1 MiB, and a conversation few.
const (
	MaxFile    = 64 << 20
	maxLetters = 4096
	maxCards   = 1024 // of both nodes
	maxDocs    = 64
	maxBooks   = 64
)

// Errors of reading.
var (
	// ErrMalformed: not an evidence file.
	ErrMalformed = errors.New("not a file of evidence")
	// ErrNewer: of a format that this program does not know.
	ErrNewer = errors.New("the evidence is of a newer format")
)

// A File is the evidence of one conversation. Hashes, salts and leaves are b64, as everywhere in MXP/1.
type File struct {
	Format       string            `json:"format"`
	Conversation string            `json:"conversation"`   // cid
	Exporter     string            `json:"exporter"`       // node name
	Cards        []json.RawMessage `json:"cards,omitzero"` // of both nodes, each node's in order
	Agreements   []json.RawMessage `json:"agreements,omitzero"`
	Letters      []Letter          `json:"letters,omitzero"` // in order of mid
	Books        []Book            `json:"books,omitzero"`   // the exporter's, in which the events stand
	Shown        []Book            `json:"shown,omitzero"`   // the peer's, in which the promised leaves stand
}

// A Letter is one of the conversation. Where its text is not known to the exporter, there is the envelope.
type Letter struct {
	Letter   string    `json:"letter,omitempty"` // as it was signed
	Envelope string    `json:"envelope,omitempty"`
	Hash     string    `json:"env"` // of the envelope
	Event    Event     `json:"event"`
	Receipts []Receipt `json:"receipts,omitzero"`
}

// A Receipt is one that stands for a letter.
type Receipt struct {
	Receipt string   `json:"receipt"` // as it was signed
	Event   *Event   `json:"event,omitempty"`
	Promise *Promise `json:"promise,omitempty"` // of an R1 of the peer
	Head    []string `json:"head,omitzero"`     // that the checkpoint in an R1 is a beginning of the book in the file
}

// An Event of the exporter's book that it names, with its audit path.
type Event struct {
	Index int64    `json:"index"`
	Salt  string   `json:"salt"`
	Event string   `json:"event"` // its bytes, as text
	Leaf  string   `json:"leaf"`
	Path  []string `json:"path,omitzero"`
}

// A Promise is where a leaf that the peer promised stands in its book.
type Promise struct {
	Book  string   `json:"book"`
	Index int64    `json:"index"`
	Path  []string `json:"path,omitzero"`
}

// A Book is a checkpoint that its owner has signed, with cosignatures of the other node: for each event in
// the file the first that covers it, which tells when it stood there at the latest.
type Book struct {
	Checkpoint string     `json:"checkpoint"`
	Cosigned   []Cosigned `json:"cosigned,omitzero"`
}

// Cosigned is a cosignature of the checkpoint, or of another one of the book; Path then shows that one of
// the two is the beginning of the other.
type Cosigned struct {
	Checkpoint  string   `json:"checkpoint,omitempty"`
	Cosignature string   `json:"cosignature"`
	Path        []string `json:"path,omitzero"`
}

// Bytes is the file.
func (f File) Bytes() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("write evidence: %w", err)
	}
	if b.Len() > MaxFile {
		return nil, fmt.Errorf("write evidence: it would have more than %d bytes", MaxFile)
	}
	return b.Bytes(), nil
}

// Read reads a file strictly. What it says is for [Verify]. The error wraps [ErrMalformed] or [ErrNewer], or is
// the reader's.
func Read(r io.Reader) (f File, err error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return f, err
	}
	if len(b) > MaxFile {
		return f, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, MaxFile)
	}
	err = signed.Strict(b, &f)
	var said struct{ Format string }
	if err != nil && json.Unmarshal(b, &said) == nil && said.Format != Format && strings.HasPrefix(said.Format, "mxp-evidence/") {
		return File{}, ErrNewer
	}
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	switch {
	case f.Format != Format && strings.HasPrefix(f.Format, "mxp-evidence/"):
		return File{}, ErrNewer
	case f.Format != Format:
		return File{}, fmt.Errorf("%w: its format is not %s", ErrMalformed, Format)
	}
	for what, n := range map[string][2]int{
		"cards": {len(f.Cards), maxCards}, "agreements": {len(f.Agreements), maxDocs}, "letters": {len(f.Letters), maxLetters},
		"books": {len(f.Books), maxBooks}, "shown": {len(f.Shown), maxBooks},
	} {
		if n[0] > n[1] {
			return File{}, fmt.Errorf("%w: more than %d %s", ErrMalformed, n[1], what)
		}
	}
	return f, nil
}
