package web

import (
	"context"

	"mitra/desk/guest"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/store"
)

// referable is the person of a record, who can be referred. It counts, and leaves the event of a view.
func (a Acting) referable(ctx context.Context, entry string) ([]registry.Record, status.Whole, error) {
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return nil, status.Whole{}, err
	}
	records, whole, err := a.s.Person(ctx, a.reader(), a.today(), a.lang(), entry)
	if err == nil && whole.Withheld { // whichever class it is, it is for a supervisor who may see it
		err = guest.ErrRight
	}
	return records, whole, noPerson(err)
}

func (a Acting) handOver(ctx context.Context, entry string, r guest.Referral) (id string, waits bool, err error) {
	entries, err := a.s.Entries(ctx, entry)
	if err != nil {
		return "", false, noPerson(err)
	}
	return a.s.Guests.Refer(ctx, entries, r, a.referrer())
}

// Refer hands what a referral says of the person of a record to a guest office; waits says that another officer has to agree first. It
// counts as a person opened. The error wraps [ErrNoPage] or one of package guest.
func (a Acting) Refer(ctx context.Context, entry string, r guest.Referral) (id string, waits bool, err error) {
	if _, _, err := a.referable(ctx, entry); err != nil {
		return "", false, err
	}
	return a.handOver(ctx, entry, r)
}

// Referrals are all that this node has handed over or wants to, without what.
func (a Acting) Referrals(ctx context.Context) ([]guest.Line, error) { return a.s.Guests.Sent(ctx) }

// Referral is one of them. It counts as a person opened.
func (a Acting) Referral(ctx context.Context, id string) (guest.View, error) {
	if !store.IsID(id) {
		return guest.View{}, guest.ErrUnknown
	}
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return guest.View{}, err
	}
	return a.s.Guests.Look(ctx, id, a.referrer())
}

// AgreeToReferral agrees to what another officer wants to hand over.
func (a Acting) AgreeToReferral(ctx context.Context, id string) error {
	return a.s.Guests.Agree(ctx, id, a.referrer())
}

// WithdrawReferral ends a referral: what was handed over is gone.
func (a Acting) WithdrawReferral(ctx context.Context, id string) error {
	return a.s.Guests.Withdraw(ctx, id, a.referrer())
}
