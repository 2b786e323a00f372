package evidence

import (
	"crypto/ed25519"
	"errors"
	"math"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

const letterType = "mxp-letter/"

// never is when something was stored that nobody shows to have been stored: for a key that was ever revoked it does
// not count.
const never = math.MaxInt64

// keysAt finds the keys of both nodes for what was stored at a time, which depends on who has signed it. A card that
// came later may not have been known when something was signed; a revocation counts whenever it came.
func keysAt(chains map[string]card.Chain, stored func(node string) int64) letter.Keys {
	return func(node, id string, written int64) (k ed25519.PublicKey, err error) {
		chain, at := chains[node], stored(node)
		for _, s := range chain {
			for _, r := range s.Revoked {
				if r.ID == id && r.At <= at {
					return nil, card.ErrRevokedKey
				}
			}
		}
		k, err = letter.KeysOf(chain, at)(node, id, written)
		for n := len(chain) - 1; n > 0 && errors.Is(err, card.ErrUnknownKey); n-- {
			k, err = letter.KeysOf(chain[:n], at)(node, id, written)
		}
		return k, err
	}
}

// A head is a checkpoint whose signature fits.
type head struct {
	Book string
	Size int64
	Root tlog.Hash
}

// bookOf is the name of a book in its origin, which begins with the node's: mitra/CC/UUID/BOOK.
func bookOf(origin string) string { return origin[strings.LastIndexByte(origin, '/')+1:] }

// journalKeys are those of all cards of a node, the newest first.
func journalKeys(c card.Chain) (keys []string) {
	for i := len(c) - 1; i >= 0; i-- {
		if i < len(c)-1 && c[i].Journal == c[i+1].Journal {
			continue
		}
		b, err := signed.Decode(c[i].Journal)
		if err != nil {
			continue
		}
		if k, err := journal.VerifierKey(c[i].Node, b); err == nil {
			keys = append(keys, k)
		}
	}
	return keys
}

var errNoKey = errors.New("its node has no journal key")

// openHead reads a checkpoint that a node has signed.
func openHead(c card.Chain, text string) (head, error) {
	origin, _, _ := strings.Cut(text, "\n")
	err := errNoKey
	for _, k := range journalKeys(c) {
		var h journal.Head
		if h, err = journal.OpenHead(text, bookOf(origin), k); err == nil {
			root, err := tlog.ParseHash(h.Root)
			return head{h.Book, h.Size, root}, err
		}
	}
	return head{}, err
}

// cosigned checks a cosignature of a node, and returns when it was made.
func cosigned(c card.Chain, line, checkpoint string) (at time.Time, err error) {
	err = errNoKey
	for _, k := range journalKeys(c) {
		if at, err = journal.CheckCosignature(line, checkpoint, k); err == nil {
			return at, nil
		}
	}
	return at, err
}

// grows says whether a path shows that one checkpoint is the beginning of another, in any order.
func grows(a, b head, path []string) bool {
	if a.Size > b.Size {
		a, b = b, a
	}
	if a.Size == b.Size {
		return a.Root == b.Root && len(path) == 0
	}
	p, ok := pathOf(path)
	return ok && tlog.CheckTree(p, b.Size, b.Root, a.Size, a.Root) == nil
}

// pathOf is a path of hashes.
func pathOf(texts []string) (path []tlog.Hash, ok bool) {
	if len(texts) > 64 {
		return nil, false
	}
	for _, t := range texts {
		b, err := signed.Decode(t)
		if err != nil || len(b) != tlog.HashSize {
			return nil, false
		}
		path = append(path, tlog.Hash(b))
	}
	return path, true
}
