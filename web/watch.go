package web

import (
	"context"
	"slices"
	"time"

	"mitra/desk/account"
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

// toldFor is how long an opening stands on the home page.
const toldFor = 30 * 24 * time.Hour

func (v *visit) watched() error {
	body, err := v.WatchedRecords(v.ctx())
	if err != nil {
		return err
	}
	return v.show("people_watched", "people.watched", body)
}

func (v *visit) watch() error { return v.changeWatch("people.watch_begun", v.Watch) }

func (v *visit) unwatch() error { return v.changeWatch("people.watch_ended", v.Unwatch) }

func (v *visit) changeWatch(told string, change func(ctx context.Context, entry string) error) error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	if err := change(v.ctx(), entry); err != nil {
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
