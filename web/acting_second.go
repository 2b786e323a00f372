package web

import (
	"context"
	"slices"

	"mitra/desk/account"
	"mitra/desk/second"
	"mitra/store"
)

// Errors of what takes two officers.
var (
	// ErrOnly: nobody else could confirm it.
	ErrOnly = errAlone
	// ErrChangedAccount: another officer has changed the account meanwhile.
	ErrChangedAccount = errChanged
)

// Proposal is a proposal that the officer has a part in. The error wraps [second.ErrUnknown].
func (a Acting) Proposal(ctx context.Context, id string) (p second.Proposal, err error) {
	err = a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = a.s.second.Find(tx, id, a.who.ID)
		return err
	})
	if err == nil && !a.who.May(rightOf[p.Kind]) { // a token may be narrower than its officer
		err = second.ErrUnknown
	}
	return p, err
}

// Proposals are those of the last 30 days that the officer has a part in, the newest first.
func (a Acting) Proposals(ctx context.Context) (all []second.Proposal, err error) {
	err = a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = a.s.second.Recent(tx, tx.Now().Add(-proposalsShown), a.who.ID)
		return err
	})
	return slices.DeleteFunc(all, func(p second.Proposal) bool { return !a.who.May(rightOf[p.Kind]) }), err
}

// Confirm confirms a proposal of another officer that stands as it was shown (hash), which does it. password is for one sign-in to the
// account of, where one was made. The error wraps one of package second.
func (a Acting) Confirm(ctx context.Context, id, hash string) (of account.Account, password string, err error) {
	p, err := a.Proposal(ctx, id)
	if err != nil {
		return of, "", err
	}
	if password, err = a.s.second.Confirm(ctx, id, hash, second.By(a.by())); err != nil || password == "" {
		return of, "", err
	}
	b, err := bodyOf[accountBody](p)
	return account.Account{ID: b.ID, Name: b.Be.Name}, password, err
}

// Decline ends a proposal of another officer that stands as it was shown, and says why.
func (a Acting) Decline(ctx context.Context, id, hash, why string) error {
	if _, err := a.Proposal(ctx, id); err != nil {
		return err
	}
	return a.s.second.Decline(ctx, id, hash, why, second.By(a.by()))
}

// TakeBack ends the officer's own proposal.
func (a Acting) TakeBack(ctx context.Context, id string) error {
	if _, err := a.Proposal(ctx, id); err != nil {
		return err
	}
	return a.s.second.Withdraw(ctx, id, second.By(a.by()))
}

// MayConfirm reports whether the officer may confirm a proposal that waits.
func (a Acting) MayConfirm(p second.Proposal) bool {
	return p.For(a.who.ID) && a.who.May(rightOf[p.Kind])
}
