package web

import (
	"context"
	"errors"

	"mitra/desk/registry"
	"mitra/desk/watch"
	"mitra/store"
)

// WatchedRecords are records that auditors watch, and who has opened them in the last 30 days. It leaves an event.
type WatchedRecords struct {
	Watched  []watch.Watched
	Openings []watch.Opening
}

// WatchedRecords reads them.
func (a Acting) WatchedRecords(ctx context.Context) (out WatchedRecords, err error) {
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		out.Watched, err = watch.All(tx)
		return err
	}); err != nil || len(out.Watched) == 0 {
		return out, err
	}
	if err := a.s.alarm(ctx); err != nil {
		return out, err
	}
	out.Openings = a.s.lookout.Found()
	for i := range out.Openings {
		if !a.protection() && tells(out.Openings[i].Event) {
			out.Openings[i].Purpose = ""
		}
	}
	var entries []string
	for _, w := range out.Watched {
		entries = append(entries, w.Entry)
	}
	return out, a.event(ctx, kindLookers, a.purpose(), entries, nil)
}

// Watch has whoever opens a record told of to auditors. The error wraps [ErrNoPage].
func (a Acting) Watch(ctx context.Context, entry string) error {
	return a.rewatch(ctx, func(tx *store.Tx) error {
		switch r, err := registry.Latest(tx, entry); {
		case err != nil:
			return err
		case r == nil:
			return errNoPage
		}
		return watch.Begin(tx, entry, watch.By(a.by()))
	})
}

// Unwatch ends that.
func (a Acting) Unwatch(ctx context.Context, entry string) error {
	return a.rewatch(ctx, func(tx *store.Tx) error { return watch.End(tx, entry, watch.By(a.by())) })
}

func (a Acting) rewatch(ctx context.Context, change func(tx *store.Tx) error) error {
	err := a.s.DB.Write(ctx, change)
	if errors.Is(err, watch.ErrWatched) || errors.Is(err, watch.ErrUnwatched) { // another auditor was first: it is as wanted
		return nil
	}
	return err
}
