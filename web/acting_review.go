package web

import (
	"context"

	"mitra/desk/account"
	"mitra/desk/status"
	"mitra/store"
)

// Reviews are doubtful matches that wait for an officer, in the order in which they matter, after one of them. It counts.
func (a Acting) Reviews(ctx context.Context, after string, most int) (status.ReviewPage, error) {
	if err := a.mayReview(); err != nil {
		return status.ReviewPage{}, err
	}
	return status.Review(ctx, a.s.DB, a.reviewer(), after, most)
}

// ReviewsWaiting are those on which another officer has said a word that waits for a second one.
func (a Acting) ReviewsWaiting(ctx context.Context, most int) ([]status.ReviewLine, error) {
	if err := a.mayReview(); err != nil {
		return nil, err
	}
	return status.WaitingReview(ctx, a.s.DB, a.reviewer(), most)
}

// ReviewsDecided are words of officers, the newest first, before one of them.
func (a Acting) ReviewsDecided(ctx context.Context, before string, most int) (lines []status.ReviewLine, next string, err error) {
	if err := a.mayReview(); err != nil {
		return nil, "", err
	}
	return status.DecidedReview(ctx, a.s.DB, a.reviewer(), before, most)
}

// OpenPair opens a doubtful match, by the entries of its records. It counts. The error wraps [ErrNoPage] or [status.ErrNoPair].
func (a Acting) OpenPair(ctx context.Context, permit, resident string) (status.Pair, error) {
	if !store.IsID(permit) || !store.IsID(resident) {
		return status.Pair{}, errNoPage
	}
	if err := a.mayReview(); err != nil {
		return status.Pair{}, err
	}
	return status.OpenReview(ctx, a.s.DB, a.reviewer(), permit, resident)
}

// Decide keeps the officer's word on a doubtful match, and returns the state of it then.
func (a Acting) Decide(ctx context.Context, w status.Word) (state string, err error) {
	if !a.who.May(account.SeePeople) {
		return "", errRight
	}
	return status.Decide(ctx, a.s.DB, a.reviewer(), w)
}
