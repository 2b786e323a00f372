package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
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

// most is how many events are looked through at a time: nobody who writes waits for long.
const most = 20_000

// straggle is how far the order of events may be from that of the clocks of those who made them.
const straggle = time.Minute

// A Lookout knows who has opened watched records lately. It keeps its place in the journal and looks at each event once, however many
// there are, so that nothing is left out and asking it again costs what has come since. It is safe for concurrent use.
type Lookout struct {
	DB *store.DB

	looking sync.Mutex // one looks at a time
	at      int64      // index of the next event of the journal to look at
	begun   bool       // at is one
	whole   bool       // it has been at the end of the journal

	mu    sync.Mutex
	found []Opening // the newest first
}

// Found are the openings that it knows of, the newest first.
func (l *Lookout) Found() []Opening {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.found)
}

// Look looks on to the end of the journal, and forgets what was before since or is of a record that is no longer watched. late are those
// that it has come to now, none when it looks for the first time.
func (l *Lookout) Look(ctx context.Context, since time.Time) (late []Opening, err error) {
	l.looking.Lock()
	defer l.looking.Unlock()
	for end := false; !end; {
		var watched []Watched
		var came []Opening
		var at int64
		if err := l.DB.Read(ctx, func(tx *store.Tx) (err error) {
			came, at = nil, l.at
			if watched, err = All(tx); err != nil {
				return err
			}
			if len(watched) == 0 { // whoever begins now is told of what comes from now on
				end = true
				at, err = journal.End(tx, journal.House)
				return err
			}
			if !l.begun {
				first := watched[0].Since
				if first.Before(since) {
					first = since
				}
				if at, err = journal.IndexSince(tx, journal.House, store.FirstID(first.Add(-straggle))); err != nil {
					return err
				}
			}
			came, at, end, err = look(tx, at, watched)
			return err
		}); err != nil {
			return late, err
		}
		l.at, l.begun = at, true
		came = l.keep(came, watched, since)
		if l.whole {
			late = append(late, came...)
		}
	}
	l.whole = true
	return late, nil
}

// look looks at some events from an index on.
func look(tx *store.Tx, from int64, watched []Watched) (came []Opening, at int64, end bool, err error) {
	var entries []string
	begun := map[string]time.Time{}
	for _, w := range watched {
		entries = append(entries, w.Entry)
		begun[w.Entry] = w.Since
	}
	at, end, err = journal.FollowAbout(tx, journal.House, from, most, entries, func(e journal.Event) error {
		if !slices.Contains(opens, e.Kind) {
			return nil
		}
		for _, s := range e.Subjects {
			if since, ok := begun[s]; ok && !e.At.Before(since) {
				came = append(came, Opening{e, s})
			}
		}
		return nil
	})
	return came, at, end, err
}

// keep takes in what came, and returns what of it was not known.
func (l *Lookout) keep(came []Opening, watched []Watched, since time.Time) (late []Opening) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range came {
		same := func(k Opening) bool { return k.ID == o.ID && k.Entry == o.Entry }
		if !o.At.Before(since) && !slices.ContainsFunc(l.found, same) {
			l.found, late = append(l.found, o), append(late, o)
		}
	}
	l.found = slices.DeleteFunc(l.found, func(o Opening) bool {
		return o.At.Before(since) || !slices.ContainsFunc(watched, func(w Watched) bool { return w.Entry == o.Entry && !o.At.Before(w.Since) })
	})
	slices.SortFunc(l.found, func(a, b Opening) int { return cmp.Or(strings.Compare(b.ID, a.ID), strings.Compare(a.Entry, b.Entry)) })
	return late
}
