package office_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/office"
	"mitra/store"
	"mitra/store/storetest"
)

// post is who takes messages; those for broken are refused.
type post struct {
	sync.Mutex
	got    []office.Message
	broken string
}

func (p *post) send(_ context.Context, m office.Message) error {
	p.Lock()
	defer p.Unlock()
	if p.broken != "" && strings.Contains(m.Address, p.broken) {
		return errors.New("no answer")
	}
	p.got = append(p.got, m)
	return nil
}

func (p *post) taken() (out []office.Message) {
	p.Lock()
	defer p.Unlock()
	out, p.got = p.got, nil
	return out
}

type desk struct {
	t    *testing.T
	db   *store.DB
	now  time.Time
	post post
	log  bytes.Buffer
}

func (d *desk) queue(kind, class string, due time.Time) {
	d.t.Helper()
	if err := d.db.Write(d.t.Context(), func(tx *store.Tx) error {
		return office.Queue(tx, read(d.t, example), office.Notice{Kind: kind, Class: class, Due: due}, d.now)
	}); err != nil {
		d.t.Fatal(err)
	}
}

// turn is what a process that has just started does.
func (d *desk) turn() []office.Message {
	d.t.Helper()
	o := office.Outbox{DB: d.db, Log: slog.New(slog.NewTextHandler(&d.log, nil)), Now: func() time.Time { return d.now }, Send: d.post.send}
	if err := o.Turn(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	return d.post.taken()
}

func (d *desk) stuck() (waiting, failed int64) {
	d.t.Helper()
	if err := d.db.Read(d.t.Context(), func(tx *store.Tx) (err error) {
		waiting, failed, err = office.Stuck(tx, d.now)
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return waiting, failed
}

func desks(t *testing.T, f func(t *testing.T, d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, &desk{t: t, db: db, now: at(t, "2026-12-01T08:00:00+07:00")}) })
}

// Several notices for one address within a minute are one message, with the count and the most urgent clock; each
// address of an officer gets it once, whoever looks into the outbox again.
func TestNoticesGather(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		start := d.now
		d.queue(office.Half, "normal", start.Add(3*24*time.Hour))
		d.now = start.Add(30 * time.Second)
		d.queue(office.Half, "urgent", start.Add(4*time.Hour))
		if got := d.turn(); len(got) != 0 {
			t.Errorf("sent early: %+v", got)
		}
		d.now = start.Add(61 * time.Second)
		got := d.turn()
		if len(got) != 2 || got[0].Address == got[1].Address {
			t.Fatalf("sent %+v", got)
		}
		for _, m := range got {
			if m.Officer != "sok" || m.Count != 2 || m.Class != "urgent" || !m.Due.Equal(start.Add(4*time.Hour)) || m.Kind != office.Half || m.Zone.String() != "Asia/Phnom_Penh" {
				t.Errorf("%+v", m)
			}
		}
		for range 3 {
			d.now = d.now.Add(time.Hour)
			if again := d.turn(); len(again) != 0 {
				t.Errorf("sent again: %+v", again)
			}
		}
		// What can wait is told when the office opens.
		d.now = at(t, "2026-12-01T20:00:00+07:00")
		d.queue(office.Half, "normal", d.now.Add(time.Hour))
		d.now = at(t, "2026-12-02T07:30:30+07:00")
		if got := d.turn(); len(got) != 0 {
			t.Errorf("sent early: %+v", got)
		}
		d.now = d.now.Add(time.Minute)
		if got := d.turn(); len(got) != 2 || got[0].Count != 1 {
			t.Errorf("sent %+v", got)
		}
	})
}

// An address that does not answer is tried again and again, keeps no other waiting, and is given up after a day, with
// an error in the log, which does not say the address.
func TestNoticesAreTriedForADay(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		d.post.broken = "hooks"
		d.queue(office.Half, "urgent", d.now.Add(4*time.Hour))
		d.now = d.now.Add(time.Minute)
		begun := d.now
		if got := d.turn(); len(got) != 1 || got[0].Address != "mailto:sok@k.example" {
			t.Errorf("sent %+v", got)
		}
		if got := d.turn(); len(got) != 0 {
			t.Errorf("sent %+v", got)
		}
		d.now = d.now.Add(90 * time.Second)
		d.post.broken = ""
		if got := d.turn(); len(got) != 1 || got[0].Count != 1 {
			t.Errorf("after a pause %+v was sent", got)
		}

		d.post.broken = "hooks"
		d.queue(office.Half, "urgent", d.now.Add(4*time.Hour))
		d.now = d.now.Add(2 * time.Hour)
		if waiting, failed := d.stuck(); waiting != 2 || failed != 0 {
			t.Errorf("%d wait, %d failed", waiting, failed)
		}
		tries := 0
		for ; d.now.Before(begun.Add(28 * time.Hour)); d.now = d.now.Add(10 * time.Minute) {
			d.turn()
			tries += strings.Count(d.log.String(), "was not sent")
			if strings.Contains(d.log.String(), "hooks") {
				t.Fatal("the log has the address")
			}
			if d.now.Before(begun.Add(24*time.Hour)) && strings.Contains(d.log.String(), "given up") {
				t.Fatal("given up early")
			}
			if strings.Contains(d.log.String(), "level=ERROR msg=\"notices were given up: nobody was told\" office=hq officer=sok") {
				break
			}
			d.log.Reset()
		}
		if waiting, failed := d.stuck(); waiting != 0 || failed != 1 || tries < 30 || tries > 70 {
			t.Errorf("%d wait, %d failed after %d tries", waiting, failed, tries)
		}
		d.now = d.now.Add(8 * 24 * time.Hour)
		d.turn()
		d.now = d.now.Add(time.Second)
		if waiting, failed := d.stuck(); waiting != 0 || failed != 0 {
			t.Errorf("a week later %d wait, %d failed", waiting, failed)
		}
	})
}

// A process that dies after it has sent, and before it could say so, leaves the notice to the next one: it is sent
// again, and never lost. Meanwhile no other sends it. One that is told to stop says so first.
func TestNoticesSurviveDeath(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		d.queue(office.Protected, "urgent", d.now.Add(4*time.Hour))
		d.now = d.now.Add(time.Minute)
		dying := office.Outbox{DB: d.db, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }}
		dying.Send = func(ctx context.Context, m office.Message) error {
			_ = d.post.send(ctx, m)
			runtime.Goexit()
			return nil
		}
		_ = dying.Turn(t.Context())
		if got := d.post.taken(); len(got) != 1 {
			t.Fatalf("sent %+v", got)
		}
		if got := d.turn(); len(got) != 0 {
			t.Errorf("sent beside it: %+v", got)
		}
		d.now = d.now.Add(2 * time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		dying.Send = func(ctx context.Context, m office.Message) error {
			stop()
			return d.post.send(ctx, m)
		}
		_ = dying.Turn(ctx)
		if got := d.post.taken(); len(got) != 1 {
			t.Errorf("sent %+v", got)
		}
		d.now = d.now.Add(time.Hour)
		if got := d.turn(); len(got) != 0 {
			t.Errorf("sent again: %+v", got)
		}
	})
}

// Two processes that look into one outbox at once send each message once.
func TestNoticesAreSentByOne(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		d.queue(office.Over, "urgent", d.now)
		d.now = d.now.Add(time.Minute)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				o := office.Outbox{DB: d.db, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }, Send: d.post.send}
				if err := o.Turn(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := d.post.taken(); len(got) != 2 {
			t.Errorf("sent %+v", got)
		}
	})
}

// A notice of a transaction that fails is none.
func TestNoticeIsOfItsTransaction(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		failed := errors.New("failed")
		if err := d.db.Write(t.Context(), func(tx *store.Tx) error {
			if err := office.Queue(tx, nil, office.Notice{Kind: office.Half, Class: "urgent", Due: d.now}, d.now); err != nil {
				return err
			}
			return failed
		}); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		d.now = d.now.Add(time.Hour)
		if got := d.turn(); len(got) != 0 {
			t.Errorf("sent %+v", got)
		}
	})
}

// The outbox is looked into until the node stops.
func TestOutboxRuns(t *testing.T) {
	db := storetest.SQLite(t)
	d := &desk{t: t, db: db, now: time.Now()}
	d.queue(office.Over, "life", d.now)
	d.now = d.now.Add(time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	o := office.Outbox{DB: db, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }, Send: func(ctx context.Context, m office.Message) error {
		stop()
		return d.post.send(ctx, m)
	}}
	if err := o.Run(ctx); err != nil || len(d.post.taken()) == 0 {
		t.Error(err)
	}
}
