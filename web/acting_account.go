package web

import (
	"context"
	"errors"
	"fmt"

	"mitra/desk/account"
	"mitra/store"
)

// MakeAccount makes an account, and returns its password for one sign-in, which is kept nowhere. The error wraps [account.ErrTaken] or
// [account.ErrAccount].
func (a Acting) MakeAccount(ctx context.Context, fresh account.Account) (password string, err error) {
	if fresh.ID == "new" || fresh.ID == "rights" || fresh.ID == "tokens" { // pages of their own
		return "", fmt.Errorf("%w: the name to sign in with is kept for pages", account.ErrAccount)
	}
	password, hash, err := a.once(ctx, fresh.ID)
	if err != nil {
		return "", err
	}
	return password, a.s.DB.Write(ctx, func(tx *store.Tx) error { return account.Make(tx, fresh, hash, a.by()) })
}

// NewPassword gives another officer's account a password for one sign-in. One's own is changed where the old one is asked for: else
// whoever sits down at an open desk would have it. The error wraps [account.ErrUnknown] or [account.ErrOwn].
func (a Acting) NewPassword(ctx context.Context, id string) (password string, err error) {
	if id == a.who.ID {
		return "", account.ErrOwn
	}
	password, hash, err := a.once(ctx, id)
	if err != nil {
		return "", err
	}
	return password, a.s.DB.Write(ctx, func(tx *store.Tx) error { return account.SetPassword(tx, id, hash, a.by()) })
}

// once makes a password for one sign-in, with its hash.
func (a Acting) once(ctx context.Context, id string) (password, hash string, err error) {
	select { // with the passwords that are tried
	case a.s.hashing <- struct{}{}:
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
	defer func() { <-a.s.hashing }()
	for range 10 { // it may have the account's name in it
		password = account.Once()
		if hash, err = account.Hash(password, id); !errors.Is(err, account.ErrPassword) {
			break
		}
	}
	return password, hash, err
}

// Revoke ends a token, whoever has it. The error wraps [account.ErrNoToken].
func (a Acting) Revoke(ctx context.Context, token string) error {
	return a.s.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := account.Tokens(tx, "")
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.ID == token {
				return account.Revoke(tx, t.Account, t.ID, a.by())
			}
		}
		return account.ErrNoToken
	})
}
