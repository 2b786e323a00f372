package api

import (
	"time"

	"mitra/desk/account"
)

// watched are records of which auditors are told whoever opens them.
func (a *API) watched() {
	add(a, operation{id: "list-watched", method: "GET", path: "/v1/watched", right: account.SeeLookers, people: true, says: "Records that are watched, and who has opened them in the last 30 days. Reading them is an event."}, (*call).watched)
	add(a, operation{id: "watch-record", method: "POST", path: "/v1/people/{entry}/watch", right: account.SeeLookers, people: true, changes: true, says: "Watches a record: whoever opens it is told of to auditors."}, (*call).watch)
	add(a, operation{id: "unwatch-record", method: "POST", path: "/v1/people/{entry}/unwatch", right: account.SeeLookers, people: true, changes: true, says: "Ends the watching of a record."}, (*call).unwatch)
}

// Watched are the records that are watched.
type Watched struct {
	Items    []WatchedRecord `json:"items"`
	Openings []Opening       `json:"openings"`
}

// WatchedRecord is one of them.
type WatchedRecord struct {
	Entry   string    `json:"entry"`
	Officer string    `json:"officer" doc:"Who has begun it."`
	Office  string    `json:"office"`
	Since   time.Time `json:"since"`
}

// Opening is an event by which somebody has opened one.
type Opening struct {
	Entry string `json:"entry"`
	Look
}

func (c *call) watched(*none) (Watched, error) {
	out := Watched{Items: []WatchedRecord{}, Openings: []Opening{}}
	all, err := c.WatchedRecords(c.ctx)
	for _, w := range all.Watched {
		out.Items = append(out.Items, WatchedRecord{w.Entry, w.Actor, w.Office, w.Since})
	}
	for _, o := range all.Openings {
		out.Openings = append(out.Openings, Opening{o.Entry, Look{o.ID, o.At, o.Kind, o.Actor, o.Office, o.Purpose}})
	}
	return out, err
}

func (c *call) watch(in *EntryIn) (Named, error) {
	if err := in.check(); err != nil {
		return Named{}, err
	}
	return Named{in.Entry}, c.Watch(c.ctx, in.Entry)
}

func (c *call) unwatch(in *EntryIn) (Named, error) {
	if err := in.check(); err != nil {
		return Named{}, err
	}
	return Named{in.Entry}, c.Unwatch(c.ctx, in.Entry)
}
