package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mitra/store"
	"mitra/treaty/journal"
)

// A Token lets a program act for an officer, with some of the officer's rights.
type Token struct {
	ID, Account, Name string
	Scope             []Right
	Made, Expires     time.Time
	Used              time.Time // the last time that was noted, or zero; see [Token.Stale]
	Revoked           time.Time // zero while it holds
}

// MostLife is how long a token holds at most.
const MostLife = 90 * 24 * time.Hour

// mostTokens is how many tokens of an account hold at a time.
const mostTokens = 20

// Errors of tokens.
var (
	// ErrNoToken: there is none, or it no longer holds, or its account does not.
	ErrNoToken = errors.New("no such token")
	// ErrToken: it cannot be made so; the error says what is wrong.
	ErrToken = errors.New("this cannot be a token")
)

// NewSecret is the secret of a token: 256 bits, with where it is from. country is of two letters.
func NewSecret(country string) string {
	b := make([]byte, 32)
	rand.Read(b)
	return Prefix(country) + base64.RawURLEncoding.EncodeToString(b)
}

// Prefix is how all secrets of a node begin, so that one that strays is known for what it is.
func Prefix(country string) string { return "mitra_" + strings.ToLower(country) + "_" }

// secretHash is by what a secret is kept and found: whoever tries one learns nothing of another from how long that takes.
func secretHash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// Holds reports whether the token itself lets anything be done at a time.
func (t Token) Holds(now time.Time) bool { return t.Revoked.IsZero() && now.Before(t.Expires) }

// Within is the account with no more rights than a scope has.
func (a Account) Within(scope []Right) Account {
	a.scope, a.scoped = slices.Clone(scope), true
	return a
}

// MakeToken makes a token of an account with a secret of [NewSecret]; its name is for people. The error wraps [ErrToken] or [ErrUnknown].
func MakeToken(tx *store.Tx, id, name, secret string, scope []Right, life time.Duration, by By) (t Token, err error) {
	bad := func(says string) error { return fmt.Errorf("%w: %s", ErrToken, says) }
	a, err := Find(tx, id)
	if err != nil {
		return t, err
	}
	if a.MustChange || a.Disabled {
		return t, bad("the account cannot sign in with a password of its officer's own")
	}
	switch {
	case slices.Contains(a.Roles, Guest):
		return t, bad("an officer of another agency has none")
	case strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > 60 || strings.ContainsFunc(name, disguises):
		return t, bad("want a name of at most 60 characters")
	case len(scope) == 0:
		return t, bad("want at least one right")
	case life < time.Hour || life > MostLife:
		return t, bad("want a life of an hour to 90 days")
	}
	for _, r := range scope {
		if !a.May(r) {
			return t, bad("the account has not all of these rights")
		}
	}
	now := tx.Now()
	held, err := tokens(tx, tokensOf, id)
	if err != nil {
		return t, err
	}
	if held = slices.DeleteFunc(held, func(t Token) bool { return !t.Holds(now) }); len(held) >= mostTokens {
		return t, bad(fmt.Sprintf("the account has %d tokens: revoke one first", mostTokens))
	}
	var sorted []string
	for _, r := range AllRights() { // each once, in their order
		if slices.Contains(scope, r) {
			sorted, t.Scope = append(sorted, r.String()), append(t.Scope, r)
		}
	}
	text, _ := json.Marshal(sorted) // of texts it cannot fail
	t.ID, t.Account, t.Name, t.Made, t.Expires = store.NewID(), id, name, now, now.Add(life)
	if _, err := tx.Exec(insertToken, t.ID, t.Account, t.Name, secretHash(secret), string(text), t.Made, t.Expires, journal.NewSeal()); err != nil {
		return t, err
	}
	return t, tokenEvent(tx, "token-made", []Token{t}, by, map[string]any{"scope": sorted, "expires": store.Time(t.Expires)})
}

// Bearer finds the token of a secret that holds, and its account with the rights that the token lets it have. The error wraps [ErrNoToken].
func Bearer(tx *store.Tx, secret string) (t Token, a Account, err error) {
	found, err := tokens(tx, tokenOfHash, secretHash(secret))
	if err != nil {
		return t, a, err
	}
	if len(found) == 0 || !found[0].Holds(tx.Now()) {
		return t, a, ErrNoToken
	}
	t = found[0]
	a, err = Find(tx, t.Account)
	if errors.Is(err, ErrUnknown) || err == nil && (a.Disabled || slices.Contains(a.Roles, Guest)) {
		err = ErrNoToken
	}
	return t, a.Within(append(slices.Clone(t.Scope), Own)), err // every token may learn who it acts for, and end itself
}

// usedEvery is how often it is noted that a token is used: who uses it leaves events of what is done besides.
const usedEvery = time.Hour

// Stale reports whether the use of a token has to be noted.
func (t Token) Stale(now time.Time) bool { return now.Sub(t.Used) >= usedEvery }

// NoteUse notes that a token is used, with an event as a sign-in has one.
func NoteUse(tx *store.Tx, t Token, a Account) error {
	n, err := tx.Exec(updateUsed, tx.Now(), t.ID)
	if err != nil || n == 0 {
		return err
	}
	return tokenEvent(tx, "token-used", []Token{t}, By{a.ID, a.Office}, nil)
}

// Tokens are those of an account, the newest first; of all accounts where id is empty.
func Tokens(tx *store.Tx, id string) ([]Token, error) {
	if id == "" {
		return tokens(tx, allTokens)
	}
	return tokens(tx, tokensOf, id)
}

// Revoke ends a token of an account. One that has ended stays as it is. The error wraps [ErrNoToken].
func Revoke(tx *store.Tx, id, token string, by By) error {
	all, err := tokens(tx, tokensOf, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t Token) bool { return t.ID == token })
	if i < 0 {
		return ErrNoToken
	}
	return revoke(tx, all[i:i+1], by)
}

// revokeAll ends all tokens of an account: with its sessions, when it gets another password, and when it is disabled.
func revokeAll(tx *store.Tx, id string, by By) error {
	all, err := tokens(tx, tokensOf, id)
	if err != nil {
		return err
	}
	return revoke(tx, all, by)
}

func revoke(tx *store.Tx, all []Token, by By) error {
	all = slices.DeleteFunc(slices.Clone(all), func(t Token) bool { return !t.Revoked.IsZero() })
	for _, t := range all {
		if _, err := tx.Exec(updateRevoked, tx.Now(), t.ID); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return tokenEvent(tx, "token-revoked", all, by, map[string]any{"tokens": len(all)})
}

func tokenEvent(tx *store.Tx, kind string, all []Token, by By, data map[string]any) error {
	var ids []string
	for _, t := range all {
		ids = append(ids, t.ID)
	}
	rows, err := BoundTokens.Rows(tx, ids...)
	if err != nil {
		return err
	}
	if data == nil {
		data = map[string]any{}
	}
	data["rows"] = rows
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Actor, Office: by.Office, Subjects: []string{"account:" + all[0].Account}, Data: text})
	return err
}

// ParseRight is a right as it is written: people.see.
func ParseRight(text string) (Right, bool) {
	for _, r := range AllRights() {
		if r.String() == text {
			return r, true
		}
	}
	return Right{}, false
}
