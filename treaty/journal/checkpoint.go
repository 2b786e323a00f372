package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A checkpoint is the signed state of a book's tree.
type checkpoint struct {
	size int64
	root tlog.Hash

	// The checkpoint before this one; prevSize is 0 if there is none.
	prevSize int64
	prevHash tlog.Hash

	note string // the signed text, byte for byte
}

// hash is what the next checkpoint names this one by.
func (c checkpoint) hash() tlog.Hash { return sha256.Sum256([]byte(c.note)) }

// text is the checkpoint's body, the part that is signed.
func (c checkpoint) text(origin string) string {
	s := fmt.Sprintf("%s\n%d\n%s\n", origin, c.size, c.root)
	if c.prevSize > 0 {
		s += fmt.Sprintf("previous %d %s\n", c.prevSize, c.prevHash)
	}
	return s
}

// sign makes the checkpoint that follows prev (the zero checkpoint: the first).
func sign(s note.Signer, prev checkpoint, size int64, root tlog.Hash) (checkpoint, error) {
	c := checkpoint{size: size, root: root}
	if prev.size > 0 {
		c.prevSize, c.prevHash = prev.size, prev.hash()
	}
	b, err := note.Sign(&note.Note{Text: c.text(s.Name())}, s)
	if err != nil {
		return checkpoint{}, fmt.Errorf("sign a checkpoint: %w", err)
	}
	c.note = string(b)
	return c, nil
}

// openCheckpoint reads a signed checkpoint of the book whose key is v. It
// accepts no other spelling than sign's: not another order, not a second
// signature, not base64 with stray bits. So whoever changes one byte changes a
// checkpoint into none.
func openCheckpoint(text string, v note.Verifier) (checkpoint, error) {
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil {
		var unsigned *note.UnverifiedNoteError
		var forged *note.InvalidSignatureError
		switch {
		case errors.As(err, &forged):
			return checkpoint{}, errors.New("the signature does not fit the text")
		case errors.As(err, &unsigned):
			return checkpoint{}, errors.New("not signed by the book's key")
		}
		return checkpoint{}, errors.New("not a signed note")
	}
	c, err := parseCheckpoint(n.Text, v.Name())
	if err != nil {
		return checkpoint{}, err
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || n.Text+"\n— "+v.Name()+" "+base64.StdEncoding.EncodeToString(sig)+"\n" != text {
		return checkpoint{}, errors.New("the note is not spelled as it was signed")
	}
	c.note = text
	return c, nil
}

// mostEvents bounds the size in a checkpoint of a stranger's: package tlog counts in powers of two, and would not
// come to an end beyond them.
const mostEvents = 1 << 53

func parseCheckpoint(text, origin string) (checkpoint, error) {
	var c checkpoint
	var err error
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 3 && len(lines) != 4 {
		return c, errors.New("a checkpoint has three or four lines")
	}
	if lines[0] != origin {
		return c, fmt.Errorf("the checkpoint's origin is %q, not %q", lines[0], origin)
	}
	if c.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.size < 1 || c.size > mostEvents {
		return c, errors.New("the checkpoint's size is malformed")
	}
	if c.root, err = tlog.ParseHash(lines[2]); err != nil {
		return c, errors.New("the checkpoint's root is malformed")
	}
	if len(lines) == 4 {
		f := strings.Split(lines[3], " ")
		if len(f) != 3 || f[0] != "previous" {
			return c, errors.New("the checkpoint's fourth line is unknown")
		}
		c.prevSize, err = strconv.ParseInt(f[1], 10, 64)
		if err != nil || c.prevSize < 1 || c.prevSize >= c.size {
			return c, errors.New("the previous checkpoint's size is malformed")
		}
		if c.prevHash, err = tlog.ParseHash(f[2]); err != nil {
			return c, errors.New("the previous checkpoint's hash is malformed")
		}
	}
	if c.text(origin) != text {
		return c, errors.New("the checkpoint is not in its one form")
	}
	return c, nil
}
