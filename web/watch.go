package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/watch"
	"mitra/store"
)

// watchPages are the records whose opening is told of, for those who see who has looked.
func (s *Server) watchPages() []page {
	return []page{
		{method: "GET", path: "/people/watched", right: account.SeeLookers, people: true, do: (*visit).watched},
		{method: "POST", path: "/people/{entry}/watch", right: account.SeeLookers, people: true, do: (*visit).watch},
		{method: "POST", path: "/people/{entry}/unwatch", right: account.SeeLookers, people: true, do: (*visit).unwatch},
	}
}

// watchedPage are the records that are watched, and by whom they were opened lately.
type watchedPage struct {
	Watched  []watch.Watched
	Openings []watch.Opening
}

// toldFor is how long an opening stands on the home page.
const toldFor = 30 * 24 * time.Hour

func (v *visit) watched() error {
	var body watchedPage
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		if body.Watched, err = watch.All(tx); err == nil {
			body.Openings, err = watch.Openings(tx, v.s.Now().Add(-toldFor))
		}
		return err
	}); err != nil {
		return err
	}
	for i := range body.Openings {
		if !v.protection() && tells(body.Openings[i].Event) {
			body.Openings[i].Purpose = ""
		}
	}
	var entries []string
	for _, w := range body.Watched {
		entries = append(entries, w.Entry)
	}
	if len(entries) > 0 {
		if err := v.lookedAt(kindLookers, entries); err != nil {
			return err
		}
	}
	return v.show("people_watched", "people.watched", body)
}

func (v *visit) watch() error {
	return v.changeWatch("people.watch_begun", func(tx *store.Tx, entry string) error {
		switch r, err := registry.Latest(tx, entry); {
		case err != nil:
			return err
		case r == nil:
			return errNoPage
		}
		return watch.Begin(tx, entry, watch.By(v.by()))
	})
}

func (v *visit) unwatch() error {
	return v.changeWatch("people.watch_ended", func(tx *store.Tx, entry string) error { return watch.End(tx, entry, watch.By(v.by())) })
}

func (v *visit) changeWatch(told string, change func(tx *store.Tx, entry string) error) error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return change(tx, entry) })
	if err != nil && !errors.Is(err, watch.ErrWatched) && !errors.Is(err, watch.ErrUnwatched) { // another auditor was first: it is as wanted
		return err
	}
	v.tell(told)
	return v.to("/people/watched")
}

// alarm looks who has opened a watched record since it looked last, and says so to the log of the node: the event, and nobody's name.
func (s *Server) alarm(ctx context.Context) error {
	now := s.Now()
	since := s.looked.Add(-time.Minute) // an event is there a moment after its time
	if s.looked.IsZero() {
		since = now.Add(-toldFor)
	}
	var late []watch.Opening
	var watched []watch.Watched
	if err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if watched, err = watch.All(tx); err == nil {
			late, err = watch.Openings(tx, since)
		}
		return err
	}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range late {
		if slices.ContainsFunc(s.openings, func(b watch.Opening) bool { return b.ID == o.ID && b.Entry == o.Entry }) {
			continue
		}
		s.openings = append(s.openings, o)
		if !s.looked.IsZero() { // those before the node was started were told of
			s.Log.Warn("a watched record was opened: an auditor should look", "event", o.ID)
		}
	}
	s.openings = slices.DeleteFunc(s.openings, func(o watch.Opening) bool {
		return o.At.Before(now.Add(-toldFor)) || !slices.ContainsFunc(watched, func(w watch.Watched) bool { return w.Entry == o.Entry })
	})
	s.looked = now
	return nil
}

// Openings are those of watched records that were found last, for the home page of auditors.
func (v view) Openings() int {
	if !v.who.May(account.SeeLookers) {
		return 0
	}
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	return len(v.s.openings)
}
