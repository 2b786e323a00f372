package courier

import (
	"slices"
	"time"

	"mitra/store"
)

// A Contact is how the exchange with a peer goes of late. It names letters by their ids only.
type Contact struct {
	Came, Reached time.Time // when the last letter of the peer was stored here, and the last of this node there; zero: none was
	Shown         time.Time // when the peer last showed how far its exchange book has grown
	Cosigned      time.Time // when it last cosigned that of this node
	// Half and Most are how long the last letters that the peer stored took to be: half of them no longer than Half, and 99
	// of 100 no longer than Most. Letters is how many these are.
	Half, Most time.Duration
	Letters    int
	Waiting    []Undelivered // the next to be tried first
	Ended      []Undelivered // expired or refused for good, the newest first
}

// An Undelivered letter is one that the peer has not stored.
type Undelivered struct {
	ID     string
	Since  time.Time // when it was queued; of an ended one, when it ended
	Tries  int64
	Reason string // code; empty while it waits
}

// lately is how many letters delays are told of, and undelivered how many are named.
const (
	lately      = 100
	undelivered = 20
)

// What the desk shows of a peer: the newest rows by index, never all letters.
const (
	lastIn = `
	SELECT at FROM inbox WHERE issuer = $1 ORDER BY mid DESC LIMIT 1`

	// lastStored looks at the newest letters only, however many wait.
	lastStored = `
	SELECT queued, at FROM (SELECT mid, state, queued, at FROM outbox WHERE peer = $1 ORDER BY mid DESC LIMIT $2) AS newest
	WHERE state = 'stored' ORDER BY mid DESC LIMIT $3`

	lastWatched = `
	SELECT at FROM watch WHERE peer = $1 ORDER BY at DESC LIMIT 1`

	someWaiting = `
	SELECT mid, queued, tries, code FROM outbox WHERE peer = $1 AND state = 'waiting' ORDER BY next, mid LIMIT $2`

	someEnded = `
	SELECT mid, at, tries, code FROM outbox WHERE peer = $1 AND state IN ('dead', 'refused') ORDER BY at DESC, mid LIMIT $2`
)

// Contact is how the exchange with the peer goes.
func (p Peer) Contact(tx *store.Tx) (c Contact, err error) {
	for query, last := range map[string]*time.Time{lastIn: &c.Came, lastWatched: &c.Shown} {
		times, err := timesOf(tx, query, p.Node)
		if err != nil {
			return c, err
		}
		if len(times) > 0 {
			*last = times[0]
		}
	}
	book, err := LastCosigned(tx, p.Book)
	if err != nil {
		return c, err
	}
	c.Cosigned = book.At
	times, err := timesOf(tx, lastStored, p.Node, int64(10*lately), int64(lately))
	if err != nil {
		return c, err
	}
	var took []time.Duration
	for i := 0; i+1 < len(times); i += 2 {
		if times[i+1].After(c.Reached) {
			c.Reached = times[i+1]
		}
		took = append(took, max(0, times[i+1].Sub(times[i])))
	}
	slices.Sort(took)
	if c.Letters = len(took); c.Letters > 0 {
		c.Half, c.Most = took[len(took)/2], took[min(len(took)-1, len(took)*99/100)]
	}
	if c.Waiting, err = undeliveredOf(tx, someWaiting, p.Node); err != nil {
		return c, err
	}
	c.Ended, err = undeliveredOf(tx, someEnded, p.Node)
	return c, err
}

// timesOf are the times that rows hold, one after the other.
func timesOf(tx *store.Tx, query string, args ...any) (out []time.Time, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(columns))
	into := make([]any, len(columns))
	for i := range texts {
		into[i] = &texts[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for _, text := range texts {
			at, err := store.ParseTime(text)
			if err != nil {
				return nil, err
			}
			out = append(out, at)
		}
	}
	return out, rows.Err()
}

func undeliveredOf(tx *store.Tx, query, node string) (out []Undelivered, err error) {
	rows, err := tx.Query(query, node, int64(undelivered))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u Undelivered
		var since string
		if err := rows.Scan(&u.ID, &since, &u.Tries, &u.Reason); err != nil {
			return nil, err
		}
		if u.Since, err = store.ParseTime(since); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

// A CosignedBook is a book of this node, and how far a peer has cosigned it.
type CosignedBook struct {
	Book string
	Size int64
	At   time.Time
}

const lastCosignature = `
	SELECT size, at FROM cosignature WHERE book = $1 ORDER BY size DESC LIMIT 1`

// LastCosigned is how far the peer has cosigned a book of this node; Size is 0 where it has not.
func LastCosigned(tx *store.Tx, book string) (c CosignedBook, err error) {
	c.Book = book
	rows, err := tx.Query(lastCosignature, book)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	if rows.Next() {
		var at string
		if err = rows.Scan(&c.Size, &at); err == nil {
			c.At, err = store.ParseTime(at)
		}
		if err != nil {
			return c, err
		}
	}
	return c, rows.Err()
}
