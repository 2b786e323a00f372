package watch

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
)

// A Watched record.
type Watched struct {
	Entry         string // of the registry
	Actor, Office string // who has begun it
	Since         time.Time

	id string
}

// By is who begins or ends it.
type By struct{ Actor, Office string }

// Errors of this package.
var (
	// ErrWatched: it is watched already.
	ErrWatched = errors.New("this record is watched already")
	// ErrUnwatched: it is not watched.
	ErrUnwatched = errors.New("this record is not watched")
)

// Begin watches a record. The error wraps [ErrWatched].
func Begin(tx *store.Tx, entry string, by By) error {
	id := store.NewID()
	n, err := tx.Exec(insertWatch, id, entry, by.Actor, by.Office, tx.Now(), journal.NewSeal())
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrWatched
	}
	return event(tx, "watch-begun", id, entry, by)
}

// End watches it no longer. The error wraps [ErrUnwatched].
func End(tx *store.Tx, entry string, by By) error {
	rows, err := tx.Query(endWatch, by.Actor, tx.Now(), entry)
	if err != nil {
		return err
	}
	var id string
	for rows.Next() {
		err = errors.Join(err, rows.Scan(&id))
	}
	switch err = errors.Join(err, rows.Err(), rows.Close()); {
	case err != nil:
		return err
	case id == "":
		return ErrUnwatched
	}
	return event(tx, "watch-ended", id, entry, by)
}

func event(tx *store.Tx, kind, id, entry string, by By) error {
	rows, err := Bound.Rows(tx, id)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"rows": rows})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Actor, Office: by.Office, Subjects: []string{entry}, Data: data})
	return err
}

// All are the records that are watched, in the order in which that began.
func All(tx *store.Tx) (all []Watched, err error) {
	rows, err := tx.Query(active)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w Watched
		var since string
		if err := rows.Scan(&w.id, &w.Entry, &w.Actor, &w.Office, &since); err != nil {
			return nil, err
		}
		if w.Since, err = store.ParseTime(since); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, rows.Err()
}

// An Opening is the event by which somebody has opened a watched record, and the record.
type Opening struct {
	journal.Event
	Entry string
}

// opens are the kinds of events by which an officer opens a person. A search that shows somebody in a list is none: many are
// shown who were not meant.
var opens = []string{"status.show", "review.opened", "enquiry-shown", "enquiry-asked", "enquiry-answered", "referred", "referred-shown"}

// most is how many events are looked through at a time.
const most = 100_000

// straggle is how far the order of events may be from that of the clocks of those who made them.
const straggle = time.Minute

// Openings are those since a time, of records while they were watched, the newest first.
func Openings(tx *store.Tx, since time.Time) (all []Opening, err error) {
	watched, err := All(tx)
	if err != nil || len(watched) == 0 {
		return nil, err
	}
	var entries []string
	begun := map[string]time.Time{}
	for _, w := range watched {
		entries = append(entries, w.Entry)
		begun[w.Entry] = w.Since
	}
	if first := watched[0].Since; since.Before(first) {
		since = first
	}
	_, _, err = journal.NewestAbout(tx, journal.House, "", store.FirstID(since.Add(-straggle)), most, entries, func(e journal.Event) error {
		if !slices.Contains(opens, e.Kind) {
			return nil
		}
		for _, s := range e.Subjects {
			if at, ok := begun[s]; ok && !e.At.Before(at) && !e.At.Before(since) {
				all = append(all, Opening{e, s})
			}
		}
		return nil
	})
	return all, err
}
