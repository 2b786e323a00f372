package card

import (
	"crypto/hpke"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"mitra/treaty/signed"
)

// maxKept is how many sealing keys a node may keep.
const maxKept = 64

// ErrKept is returned where a node would keep more sealing keys than it may.
var ErrKept = fmt.Errorf("a node keeps at most %d sealing keys, and each of these may still be needed", maxKept)

// Keys are a node's own: their private halves. They are values: a change gives others, so that
// a node can store the new ones together with the card that tells of them.
type Keys struct {
	// Current signs; Next takes its place, and can introduce a card if Current is lost.
	Current, Next signed.Key

	seal   []Opener        // the one to use first; then older ones
	hidden map[string]bool // those of seal that no card names any more
}

// An Opener is the private half of a sealing key.
type Opener struct {
	Suite   Suite
	Private hpke.PrivateKey

	id string
}

func opener(s Suite, p hpke.PrivateKey) Opener {
	return Opener{s, p, signed.KeyID(p.PublicKey().Bytes())}
}

// ID is the key's id.
func (o Opener) ID() string { return o.id }

// Public is the half that a card shows.
func (o Opener) Public() SealKey {
	return SealKey{o.ID(), o.Suite.ID, signed.Base64.EncodeToString(o.Private.PublicKey().Bytes())}
}

// String keeps a secret out of messages.
func (o Opener) String() string { return "sealing key " + o.ID() }

// GoString is String.
func (o Opener) GoString() string { return o.String() }

// NewKeys makes the keys of a new node.
func NewKeys() (Keys, error) {
	o, err := newOpener()
	if err != nil {
		return Keys{}, err
	}
	return Keys{Current: signed.NewKey(), Next: signed.NewKey(), seal: []Opener{o}}, nil
}

func newOpener() (Opener, error) {
	p, err := suites[0].KEM.GenerateKey()
	if err != nil {
		return Opener{}, fmt.Errorf("make a sealing key: %w", err)
	}
	return opener(suites[0], p), nil
}

// Opener finds a sealing key by its id, those that no card names any more too.
func (k Keys) Opener(id string) (Opener, bool) {
	for _, o := range k.seal {
		if o.ID() == id {
			return o, true
		}
	}
	return Opener{}, false
}

// RotateSign makes the next signing key the current one, and a new key the next.
func (k Keys) RotateSign() Keys {
	k.Current, k.Next = k.Next, signed.NewKey()
	return k
}

// RotateSeal puts a new sealing key before the others, which stay.
func (k Keys) RotateSeal() (Keys, error) {
	if len(k.seal) == maxKept {
		return k, ErrKept
	}
	o, err := newOpener()
	if err != nil {
		return k, err
	}
	k.seal = append([]Opener{o}, k.seal...)
	return k, nil
}

// Revoke takes a key out of use and puts another in its place; a sealing key is kept, for
// letters under way, but no card names it any more. It returns an error wrapping
// [ErrUnknownKey] if the key is none of these.
func (k Keys) Revoke(id string) (Keys, error) {
	switch id {
	case k.Current.ID():
		return k.RotateSign(), nil
	case k.Next.ID():
		k.Next = signed.NewKey()
		return k, nil
	}
	if _, ok := k.Opener(id); !ok {
		return k, fmt.Errorf("revoke: %w", ErrUnknownKey)
	}
	hidden := map[string]bool{id: true}
	for h := range k.hidden {
		hidden[h] = true
	}
	k.hidden = hidden
	if len(k.public()) == 0 {
		return k.RotateSeal()
	}
	return k, nil
}

// Age is how many sealing keys are newer than the one of this id, false if it is not one of these.
func (k Keys) Age(id string) (int, bool) {
	i := slices.IndexFunc(k.seal, func(o Opener) bool { return o.ID() == id })
	return max(i, 0), i >= 0
}

// Older are the ids of the sealing keys that are older than n others are, and that no card shows.
func (k Keys) Older(n int) (ids []string) {
	shown := k.public()
	for _, o := range k.seal[min(n+1, len(k.seal)):] {
		if !slices.Contains(shown, o.Public()) {
			ids = append(ids, o.ID())
		}
	}
	return ids
}

// Forget removes sealing keys, when the last letter sealed for them has expired.
func (k Keys) Forget(ids ...string) Keys {
	k.seal = slices.DeleteFunc(slices.Clone(k.seal), func(o Opener) bool { return slices.Contains(ids, o.ID()) })
	return k
}

// public are the sealing keys that a card shows: the newest.
func (k Keys) public() (out []SealKey) {
	for _, o := range k.seal {
		if len(out) < maxSeal && !k.hidden[o.ID()] {
			out = append(out, o.Public())
		}
	}
	return out
}

// keyFile is the text of Keys.
type keyFile struct {
	Form string         `json:"form"`
	Sign []string       `json:"sign"`
	Seal []sealedSecret `json:"seal"`
}

type sealedSecret struct {
	Suite  string `json:"suite"`
	Key    string `json:"key"`
	Hidden bool   `json:"hidden,omitempty"`
}

const keyForm = "mxp-keys/1"

// Secret is all of the keys in one text, for a file that nobody else can read.
func (k Keys) Secret() ([]byte, error) {
	f := keyFile{Form: keyForm}
	for _, s := range []signed.Key{k.Current, k.Next} {
		f.Sign = append(f.Sign, signed.Base64.EncodeToString(s.Seed()))
	}
	for _, o := range k.seal {
		b, err := o.Private.Bytes()
		if err != nil {
			return nil, fmt.Errorf("sealing key %s: %w", o.ID(), err)
		}
		f.Seal = append(f.Seal, sealedSecret{o.Suite.ID, signed.Base64.EncodeToString(b), k.hidden[o.ID()]})
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// ParseKeys reads what [Keys.Secret] wrote. Its errors tell nothing of the keys.
func ParseKeys(b []byte) (Keys, error) {
	var f keyFile
	if err := signed.Strict(b, &f); err != nil {
		return Keys{}, fmt.Errorf("key file: %w", err)
	}
	if f.Form != keyForm || len(f.Sign) != 2 || len(f.Seal) < 1 || len(f.Seal) > maxKept {
		return Keys{}, fmt.Errorf("key file: want form %s, two signing keys, 1 to %d sealing keys", keyForm, maxKept)
	}
	k := Keys{hidden: map[string]bool{}}
	for i, to := range []*signed.Key{&k.Current, &k.Next} {
		seed, err := signed.Decode(f.Sign[i])
		if err == nil {
			*to, err = signed.FromSeed(seed)
		}
		if err != nil {
			return Keys{}, fmt.Errorf("key file: signing key %d is malformed", i+1)
		}
	}
	for i, s := range f.Seal {
		suite, err := SuiteByID(s.Suite)
		if err != nil {
			return Keys{}, fmt.Errorf("key file: %w", err)
		}
		secret, err := signed.Decode(s.Key)
		if err != nil {
			return Keys{}, fmt.Errorf("key file: sealing key %d is malformed", i+1)
		}
		p, err := suite.KEM.NewPrivateKey(secret)
		if err != nil {
			return Keys{}, fmt.Errorf("key file: sealing key %d is malformed", i+1)
		}
		o := opener(suite, p)
		k.seal = append(k.seal, o)
		if s.Hidden {
			k.hidden[o.ID()] = true
		}
	}
	if len(k.public()) == 0 {
		return Keys{}, errors.New("key file: it has no sealing key for a card")
	}
	return k, nil
}

// String keeps secrets out of messages.
func (k Keys) String() string { return "keys with " + k.Current.String() }

// GoString is String.
func (k Keys) GoString() string { return k.String() }
