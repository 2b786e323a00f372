package web

import (
	"context"
	"errors"
	"fmt"

	"mitra/desk/account"
	"mitra/store"
)

// MakeAccount makes an account, and returns its password for one sign-in, which is kept nowhere; or the proposal that waits where it takes
// two administrators. The error wraps [account.ErrTaken], [account.ErrAccount] or one of a proposal.
func (a Acting) MakeAccount(ctx context.Context, fresh account.Account, reason string) (password, waits string, err error) {
	if fresh.ID == "new" || fresh.ID == "rights" || fresh.ID == "tokens" { // pages of their own
		return "", "", fmt.Errorf("%w: the name to sign in with is kept for pages", account.ErrAccount)
	}
	if account.TakesTwo(account.Account{}, fresh) {
		waits, err = a.putForward(ctx, kindAccountMake, "account:"+fresh.ID, reason, accountBody{ID: fresh.ID, Be: stateOf(fresh), Password: true})
		return "", waits, err
	}
	password, hash, err := a.s.once(ctx, fresh.ID)
	if err != nil {
		return "", "", err
	}
	return password, "", a.s.DB.Write(ctx, func(tx *store.Tx) error { return account.Make(tx, fresh, hash, a.by()) })
}

// ChangeAccount changes an account as it stands then, which it returns as it was; or returns the proposal that waits where the change takes
// two administrators. The error may be what change returns.
func (a Acting) ChangeAccount(ctx context.Context, id, reason string, change func(*account.Account) error) (was account.Account, waits string, err error) {
	var is account.Account
	err = a.s.DB.Write(ctx, func(tx *store.Tx) error {
		now, err := account.Find(tx, id)
		if err != nil {
			return err
		}
		was = now
		if err := change(&now); err != nil {
			return err
		}
		if is = now; account.TakesTwo(was, is) {
			return errTwo
		}
		return account.Change(tx, now, a.by())
	})
	if errors.Is(err, errTwo) && id == a.who.ID {
		return was, "", account.ErrOwn
	}
	if errors.Is(err, errTwo) {
		// How somebody signs in to an account of light rights may be known to the one administrator who has set it.
		fresh := was.MustChange || !account.TakesTwo(account.Account{}, was)
		waits, err = a.putForward(ctx, kindAccountChange, "account:"+id, reason, accountBody{ID: id, Was: new(stateOf(was)), Be: stateOf(is), Password: fresh})
	}
	return was, waits, err
}

// NewPassword gives another officer's account a password for one sign-in, or returns the proposal that waits. One's own is changed where the
// old one is asked for: else whoever sits down at an open desk would have it. The error wraps [account.ErrOwn] or one of a proposal.
func (a Acting) NewPassword(ctx context.Context, of account.Account, reason string) (password, waits string, err error) {
	if of.ID == a.who.ID {
		return "", "", account.ErrOwn
	}
	if account.TakesTwo(account.Account{}, of) {
		waits, err = a.putForward(ctx, kindAccountPassword, "account:"+of.ID, reason, accountBody{ID: of.ID, Was: new(stateOf(of)), Be: stateOf(of), Password: true})
		return "", waits, err
	}
	password, hash, err := a.s.once(ctx, of.ID)
	if err != nil {
		return "", "", err
	}
	return password, "", a.s.DB.Write(ctx, func(tx *store.Tx) error {
		now, err := account.Find(tx, of.ID)
		if err != nil {
			return err
		}
		if account.TakesTwo(account.Account{}, now) { // another has given it rights this moment
			return errChanged
		}
		return account.SetPassword(tx, of.ID, hash, a.by())
	})
}

// Tie lets somebody at the provider sign in as an account, or (tied false) nobody any more; or returns the proposal that waits: one
// administrator alone would let themselves in. The error wraps [account.ErrCode], [account.ErrOwn], [account.ErrTaken] or one of a proposal.
func (a Acting) Tie(ctx context.Context, of account.Account, code string, tied bool, reason string) (waits string, err error) {
	if !tied {
		code = ""
	} else if code, err = account.ParseCode(code); err != nil {
		return "", err
	} else if account.TakesTwo(account.Account{}, of) {
		return a.putForward(ctx, kindAccountTie, "account:"+of.ID, reason, accountBody{ID: of.ID, Was: new(stateOf(of)), Be: stateOf(of), Code: code})
	}
	return "", a.s.DB.Write(ctx, func(tx *store.Tx) error { return account.Tie(tx, of.ID, code, a.by()) })
}

// once makes a password for one sign-in, with its hash.
func (s *Server) once(ctx context.Context, id string) (password, hash string, err error) {
	select { // with the passwords that are tried
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
	defer func() { <-s.hashing }()
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
