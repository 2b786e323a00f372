package journal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
)

// Errors of witnessing.
var (
	// ErrBehind: the statement begins elsewhere than where the witness is.
	ErrBehind = errors.New("the witness has cosigned another number of events")
	// ErrForked: the checkpoint contradicts what was cosigned before. That is evidence: both
	// checkpoints are kept.
	ErrForked = errors.New("the book is another one than was cosigned")
	// ErrStatement: not a statement about the book that is witnessed.
	ErrStatement = errors.New("not a statement about this book")
	// ErrCosignature: not the witness's signature of this checkpoint.
	ErrCosignature = errors.New("not a cosignature of this checkpoint")
)

// MaxLeaves is how many leaves one statement brings at most; the keeper gives no more events
// their indices between two checkpoints.
const MaxLeaves = batch

// A Statement is how far a book has grown since its witness cosigned it: the leaves after
// the first Old, and the checkpoint that they lead to. With all leaves in hand the
// witness sees of each promised one that it is there, and needs no proofs.
type Statement struct {
	Old        int64
	Leaves     [][]byte
	Checkpoint string // the signed note
}

// LastCheckpoint is the last checkpoint of a book; empty if it has none.
func LastCheckpoint(tx *store.Tx, book string) (string, error) {
	_, text, err := readLastHead(tx, book)
	return text, err
}

// CheckpointAt is the checkpoint of a book of so many events; empty if it has none of that size.
func CheckpointAt(tx *store.Tx, book string, size int64) (text string, err error) {
	err = tx.QueryRow(headOf, book, size).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// Next is the statement for a witness that has cosigned the first old events of a book;
// without a checkpoint if there is nothing new. It returns an error wrapping
// [ErrRollback] if the book has fewer events.
func Next(tx *store.Tx, book string, old int64) (Statement, error) {
	s := Statement{Old: old}
	last, _, err := readLastHead(tx, book)
	switch {
	case err != nil:
		return s, err
	case last < old:
		return s, fmt.Errorf("%w: book %s has %d events, its witness has cosigned %d", ErrRollback, book, last, old)
	case last == old:
		return s, nil
	}
	var size int64
	if err := tx.QueryRow(headUpTo, book, old, old+MaxLeaves).Scan(&size, &s.Checkpoint); err != nil {
		return s, fmt.Errorf("book %s: its checkpoint after %d: %w", book, old, err)
	}
	rows, err := tx.Query(leavesBetween, book, old, size)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var leaf []byte
		if err := rows.Scan(&leaf); err != nil {
			return s, err
		}
		s.Leaves = append(s.Leaves, leaf)
	}
	if err := rows.Err(); err != nil {
		return s, err
	}
	if int64(len(s.Leaves)) != size-old {
		return s, fmt.Errorf("%w: book %s has %d events from %d to %d", ErrDamaged, book, len(s.Leaves), old, size)
	}
	return s, nil
}

// A Watch is what a witness keeps of another node's book; the zero value has seen nothing.
type Watch struct {
	Size       int64
	Edge       []byte // roots of the complete subtrees, the lowest first, 32 bytes each
	Checkpoint string // the last one cosigned
}

// Follow takes a statement in and returns the watch as it is then, or the same one where
// nothing is new. vkey is the public journal key of the node whose book it is.
//
// It returns an error wrapping [ErrBehind] if the statement does not begin where the watch
// ends, [ErrForked] if the leaves do not lead to the checkpoint, [ErrStatement] if it is
// malformed or not signed by that node. Whether a statement that is behind and names no more
// events than the watch has seen was true in its time, only the leaves can tell: [WatchOf].
func (w Watch) Follow(s Statement, vkey, book string) (Watch, error) {
	if !bookName.MatchString(book) {
		return w, fmt.Errorf("%w: the book's name is malformed", ErrStatement)
	}
	v, err := bookVerifier(vkey, book)
	if err != nil {
		return w, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	head, err := openCheckpoint(s.Checkpoint, v)
	if err != nil {
		return w, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	switch {
	case len(s.Leaves) > MaxLeaves:
		return w, fmt.Errorf("%w: more than %d leaves", ErrStatement, MaxLeaves)
	case head.size != s.Old+int64(len(s.Leaves)):
		return w, fmt.Errorf("%w: %d leaves after %d do not make %d", ErrStatement, len(s.Leaves), s.Old, head.size)
	case s.Old != w.Size:
		return w, fmt.Errorf("%w: %d, the statement begins after %d", ErrBehind, w.Size, s.Old)
	}
	tree, err := w.tree()
	if err != nil {
		return w, err
	}
	for _, leaf := range s.Leaves {
		if len(leaf) != tlog.HashSize {
			return w, fmt.Errorf("%w: a leaf has %d bytes, want %d", ErrStatement, len(leaf), tlog.HashSize)
		}
		tree.add(tlog.RecordHash(leaf), nil)
	}
	if tree.root() != head.root {
		return w, fmt.Errorf("%w: the leaves up to %d give another root", ErrForked, head.size)
	}
	return Watch{tree.size, tree.bytes(), s.Checkpoint}, nil
}

// WatchOf is the watch that has seen all these leaves, in order, and cosigned the checkpoint they lead to.
// Its error is that of [Watch.Follow].
func WatchOf(leaves [][]byte, checkpoint, vkey, book string) (Watch, error) {
	v, err := bookVerifier(vkey, book)
	if err != nil {
		return Watch{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	head, err := openCheckpoint(checkpoint, v)
	if err != nil {
		return Watch{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	e := edge{}
	for _, leaf := range leaves {
		e.add(tlog.RecordHash(leaf), nil)
	}
	if e.size != head.size || e.root() != head.root {
		return Watch{}, fmt.Errorf("%w: the leaves up to %d give another root", ErrForked, head.size)
	}
	return Watch{e.size, e.bytes(), checkpoint}, nil
}

func (w Watch) tree() (edge, error) {
	if w.Size < 0 || len(w.Edge) != bits.OnesCount64(uint64(w.Size))*tlog.HashSize {
		return edge{}, fmt.Errorf("%w: what the witness kept of %d events", ErrDamaged, w.Size)
	}
	e, at := edge{size: w.Size}, w.Edge
	for l := 0; w.Size>>l != 0; l++ {
		if w.Size>>l&1 == 1 {
			e.level[l], at = tlog.Hash(at[:tlog.HashSize]), at[tlog.HashSize:]
		}
	}
	return e, nil
}

// bytes are the roots of the complete subtrees, the lowest first.
func (e *edge) bytes() (out []byte) {
	for l := 0; e.size>>l != 0; l++ {
		if e.size>>l&1 == 1 {
			out = append(out, e.level[l][:]...)
		}
	}
	return out
}

// Cosign makes the line by which a witness, whose secret journal key is skey, says that it
// has seen a checkpoint and none that contradicts it: a cosignature/v1 of C2SP
// tlog-cosignature (https://c2sp.org/tlog-cosignature), to be added to the note.
func Cosign(skey, checkpoint string, at time.Time) (string, error) {
	name, key, err := parseSecret(skey)
	if err != nil {
		return "", fmt.Errorf("journal key: %w", err)
	}
	text, err := noteText(checkpoint)
	if err != nil {
		return "", err
	}
	pub := key.Public().(ed25519.PublicKey)
	b := binary.BigEndian.AppendUint32(nil, cosignatureHash(name, pub))
	b = binary.BigEndian.AppendUint64(b, uint64(at.Unix()))
	b = append(b, ed25519.Sign(key, cosigned(text, at.Unix()))...)
	return "— " + name + " " + base64.StdEncoding.EncodeToString(b) + "\n", nil
}

// CheckCosignature verifies the line that a witness added to a checkpoint and returns when
// it did. vkey is the witness's public journal key.
func CheckCosignature(line, checkpoint, vkey string) (time.Time, error) {
	name, pub, err := parsePublic(vkey)
	if err != nil {
		return time.Time{}, err
	}
	text, err := noteText(checkpoint)
	if err != nil {
		return time.Time{}, err
	}
	sig, ok := strings.CutPrefix(line, "— "+name+" ")
	if !ok {
		return time.Time{}, fmt.Errorf("%w: not the line of this witness", ErrCosignature)
	}
	sig, ok = strings.CutSuffix(sig, "\n")
	b, err := base64.StdEncoding.Strict().DecodeString(sig)
	if !ok || err != nil || len(b) != 4+8+ed25519.SignatureSize || strings.ContainsAny(sig, "\r\n") {
		return time.Time{}, fmt.Errorf("%w: the line is malformed", ErrCosignature)
	}
	at := int64(binary.BigEndian.Uint64(b[4:]))
	if binary.BigEndian.Uint32(b) != cosignatureHash(name, pub) || at < 0 || !ed25519.Verify(pub, cosigned(text, at), b[12:]) {
		return time.Time{}, fmt.Errorf("%w: the signature does not fit", ErrCosignature)
	}
	return time.Unix(at, 0).UTC(), nil
}

// cosigned is what a cosignature signs.
func cosigned(text string, at int64) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatInt(at, 10) + "\n" + text)
}

// cosignatureHash is the key's hash under 4, the type of a cosignature with Ed25519, so
// that none is ever taken for a signature of a note.
func cosignatureHash(name string, pub ed25519.PublicKey) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n\x04"), pub...))
	return binary.BigEndian.Uint32(h[:])
}

// noteText is the part of a signed note that is signed.
func noteText(checkpoint string) (string, error) {
	text, _, ok := strings.Cut(checkpoint, "\n\n— ")
	if !ok {
		return "", fmt.Errorf("%w: there is no checkpoint", ErrCosignature)
	}
	return text + "\n", nil
}
