package web

import (
	"context"
	"time"

	"mitra/desk/account"
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
// Those before the node was started were told of.
func (s *Server) alarm(ctx context.Context) error {
	late, err := s.lookout.Look(ctx, s.Now().Add(-toldFor))
	for _, o := range late {
		s.Log.Warn("a watched record was opened: an auditor should look", "event", o.ID)
	}
	return err
}

// Openings are those of watched records that were found last, for the home page of auditors.
func (v view) Openings() int {
	if !v.who.May(account.SeeLookers) {
		return 0
	}
	return len(v.s.lookout.Found())
}
