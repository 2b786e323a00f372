package account

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"time"

	"mitra/store"
)

// A Request is one that a program may send again, and which is done once: by a token, under a key that the program has made.
type Request struct {
	Token string
	Key   string   // as it was sent; its hash is kept
	Hash  [32]byte // of what is asked
}

// Kept is what came of it.
type Kept struct {
	Status int
	Body   string // JSON, without people and passwords
}

// Errors of requests that are sent again.
var (
	// ErrOther: the key was used for something else.
	ErrOther = errors.New("the key was used for another request")
	// ErrDoing: it is being done.
	ErrDoing = errors.New("the request is being done")
	// ErrLost: the process that did it has ended, and nobody knows how far it came.
	ErrLost = errors.New("the node stopped while it did the request: look whether it is done")
)

// requestLife is how long a request is known.
const requestLife = 24 * time.Hour

// States of a request, beside the status of its answer.
const (
	requestDoing = 0
	requestLost  = 1
)

func (r Request) key() []byte {
	h := sha256.Sum256([]byte(r.Key))
	return h[:]
}

// Begin begins a request, unless it is known: then it returns what came of it, or an error that wraps [ErrOther], [ErrDoing] or [ErrLost].
// Whoever has begun one ends it by [Request.End], [Request.Drop] or [Request.Lose].
func (r Request) Begin(tx *store.Tx) (*Kept, error) {
	if _, err := tx.Exec(forgetRequests, tx.Now().Add(-requestLife)); err != nil {
		return nil, err
	}
	n, err := tx.Exec(insertRequest, r.Token, r.key(), r.Hash[:], int64(requestDoing), tx.Now())
	if err != nil || n == 1 {
		return nil, err
	}
	var hash []byte
	var status int64
	var k Kept
	if err := tx.QueryRow(requestOf, r.Token, r.key()).Scan(&hash, &status, &k.Body); err != nil {
		return nil, err
	}
	switch {
	case !bytes.Equal(hash, r.Hash[:]):
		return nil, ErrOther
	case status == requestDoing:
		return nil, ErrDoing
	case status == requestLost:
		return nil, ErrLost
	}
	k.Status = int(status)
	return &k, nil
}

// End keeps what came of it.
func (r Request) End(tx *store.Tx, k Kept) error {
	_, err := tx.Exec(endRequest, int64(k.Status), k.Body, r.Token, r.key())
	return err
}

// Drop forgets a request of which nothing came: it may be tried again under the same key.
func (r Request) Drop(tx *store.Tx) error {
	_, err := tx.Exec(dropRequest, r.Token, r.key())
	return err
}

// Lose says that nobody knows what came of it.
func (r Request) Lose(tx *store.Tx) error { return r.End(tx, Kept{Status: requestLost}) }

// LoseRequests is said when a process begins: what an earlier one was doing, nobody is doing now.
func LoseRequests(tx *store.Tx) error {
	_, err := tx.Exec(loseRequests, int64(requestLost), int64(requestDoing))
	return err
}
