package office

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"mitra/store"
)

const (
	// gather is how long a notice waits for others to the same address.
	gather = time.Minute
	// look is how often the outbox is looked into.
	look = 5 * time.Second
	// patience is how long one sending may take. It is shorter than the shortest pause before the next: until that
	// is over, nobody else tries.
	patience          = 30 * time.Second
	shortest, longest = time.Minute, 30 * time.Minute
	giveUp            = 24 * time.Hour
	kept              = 7 * 24 * time.Hour // of notices that were sent or given up
	atATime           = 8                  // addresses
	late              = time.Hour          // after which a notice that waits is told of
	sent, failed      = int64(0), int64(1)
)

// Queue writes a notice for all who are told of it. r is nil where there is no rota.
func Queue(tx *store.Tx, r *Rota, n Notice, now time.Time) error {
	out := n.Outward(now)
	for _, t := range r.Tell(n, now) {
		if _, err := tx.Exec(insertNotice, store.NewID(), t.Office, t.Officer, t.Address, out.Kind, out.Class, out.Due, t.At.Location().String(), t.At); err != nil {
			return err
		}
	}
	return nil
}

// A Message is what is sent to one address: several notices are one, with the class and the time of the most urgent.
type Message struct {
	ID      string // of the first of the notices: the same when it is sent again
	Officer string // "" for a fallback address and the log
	Address string
	Kind    string // Over if one of them is
	Class   string
	Due     time.Time
	Zone    *time.Location
	Count   int
}

// An Outbox sends notices. Its fields are set before it is used.
type Outbox struct {
	DB  *store.DB
	Log *slog.Logger
	Now func() time.Time
	// Send sends a message. It returns nil only when whoever takes it has said so.
	Send func(ctx context.Context, m Message) error
	// AtOnce: notices wait for no others, since the process does not stay.
	AtOnce bool
}

// Run sends what waits until ctx ends.
func (o *Outbox) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := o.Turn(ctx); err != nil && ctx.Err() == nil {
			o.Log.Error("notices to officers wait", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Turn does once what [Outbox.Run] does. An address that does not answer keeps no other waiting longer than it takes to
// find out.
func (o *Outbox) Turn(ctx context.Context) error {
	now := o.Now()
	fresh := now.Add(-gather)
	if o.AtOnce {
		fresh = now
	}
	var addresses []string
	var old int64
	if err := o.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if addresses, err = tx.Texts(waitingAddresses, fresh, now); err != nil {
			return err
		}
		return tx.QueryRow(countOld, store.Time(now.Add(-kept))).Scan(&old)
	}); err != nil {
		return err
	}
	errs := make([]error, len(addresses))
	free := make(chan struct{}, atATime)
	var all sync.WaitGroup
	for i, a := range addresses {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			errs[i] = o.turn(ctx, a)
		})
	}
	all.Wait()
	if old > 0 {
		errs = append(errs, o.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(forgetNotices, now.Add(-kept))
			return err
		}))
	}
	return errors.Join(errs...)
}

// turn sends what waits for an address. That it is tried is written first, with the time of the next try: a process that
// is killed before it has written that it was sent leaves it to be sent again then, and no other sends it meanwhile.
func (o *Outbox) turn(ctx context.Context, address string) error {
	now := o.Now()
	var rows []row
	if err := o.DB.Write(ctx, func(tx *store.Tx) error {
		rows = nil
		found, err := waiting(tx, address, now)
		if err != nil {
			return err
		}
		for _, r := range found {
			if r.begun.IsZero() {
				r.begun = now
			}
			n, err := tx.Exec(tryNotice, now.Add(pause(r.tries)), r.begun, r.id, r.tries)
			if err != nil {
				return err
			}
			if n == 1 {
				rows = append(rows, r)
			}
		}
		return nil
	}); err != nil || len(rows) == 0 {
		return err
	}
	m := message(address, rows)
	sending, cancel := context.WithTimeout(ctx, patience)
	err := o.Send(sending, m)
	cancel()
	if ctx.Err() != nil && err != nil {
		return nil // the node stops: it is tried again
	}
	ended, outcome := rows, sent
	if err != nil {
		// Not the address: that of a webhook may hold a secret.
		log := o.Log.With("office", rows[0].office, "officer", m.Officer, "id", m.ID)
		log.Warn("a notice was not sent", "error", err)
		ended, outcome = slices.DeleteFunc(rows, func(r row) bool { return now.Sub(r.begun) < giveUp }), failed
		if len(ended) > 0 {
			log.Error("notices were given up: nobody was told", "notices", len(ended))
		}
	}
	if len(ended) == 0 {
		return nil
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience) // what was sent is, even if the node stops
	defer cancel()
	return o.DB.Write(ending, func(tx *store.Tx) error {
		for _, r := range ended {
			if _, err := tx.Exec(endNotice, o.Now(), outcome, r.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// pause is the time before a try that follows so many others: it doubles, up to half an hour, and is drawn a little.
func pause(tries int64) time.Duration {
	d := min(shortest<<min(tries, 10), longest)
	return d + rand.N(d/5)
}

// message is the message of several notices.
func message(address string, rows []row) Message {
	worst := slices.MinFunc(rows, func(a, b row) int { return a.due.Compare(b.due) })
	m := Message{ID: rows[0].id, Officer: rows[0].officer, Address: address, Kind: Half, Class: worst.class, Due: worst.due, Zone: time.UTC, Count: len(rows)}
	if slices.ContainsFunc(rows, func(r row) bool { return r.kind == Over }) {
		m.Kind = Over
	}
	if zone, err := time.LoadLocation(worst.zone); err == nil {
		m.Zone = zone
	}
	return m
}

// Stuck is how many notices have waited for more than an hour to be told, and how many were given up in the last
// days.
func Stuck(tx *store.Tx, now time.Time) (waiting, lost int64, err error) {
	if err := tx.QueryRow(countLate, store.Time(now.Add(-late))).Scan(&waiting); err != nil {
		return 0, 0, err
	}
	err = tx.QueryRow(countFailed).Scan(&lost)
	return waiting, lost, err
}
