//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// states are the faults of what a node stands on: its disk, its clock, its keys, its past. Each changes
// something for those that follow, so they come last.
func states() []row {
	return []row{
		{fault: "clock an hour ahead", how: "of ID, while letters flow; then right again", run: clock(time.Hour)},
		{fault: "full disk", how: "no room where ID keeps its database, while letters flow; then room", run: fullDisk},
		{fault: "clock an hour behind", how: "of ID, while letters flow; then right again", run: clock(-time.Hour)},
		{fault: "clock a year ahead", how: "of ID, while letters flow; then right again", run: clock(365 * 24 * time.Hour)},
		{fault: "clock a year behind", how: "of ID, while letters flow; then right again", run: clock(-365 * 24 * time.Hour)},
		{fault: "replayed card", how: "the first card of ID once more: as a letter, and by its operator", run: replayedCard},
		{fault: "forged card", how: "a second card of the same serial, by one who has the keys of ID", run: forkedCard},
		{fault: "key no longer held", how: "ID changes its keys; a letter signed by the key before", run: expiredKey},
		{fault: "revoked key", how: "ID revokes a key; a letter of earlier date signed by it", run: revokedKey},
		{fault: "restored backup", how: "ID put back from a backup, in another folder; what it had acknowledged since comes again", run: restored},
	}
}

// fullDisk has the disk of ID's database be full for a time.
func fullDisk(ctx context.Context, c *corridor, t *trial) error {
	room, err := c.smallDisk(ctx)
	if err != nil {
		return err
	}
	if err := t.both(ctx, flowing); err != nil {
		return errors.Join(err, room.away(ctx))
	}
	err = room.fill()
	ended := 0
	for i := 0; i < 6 && err == nil; i++ {
		err = t.out.queue(ctx, 20)
		time.Sleep(200 * time.Millisecond)
		if _, over := c.id.running(); over != nil {
			select {
			case <-over: // as a service that is started again
				ended++
				c.id.gone()
				c.id.serve(ctx, room.env...)
			default:
			}
		}
	}
	t.note("%s", room.kind)
	if ended > 0 {
		t.note("the node ended %d times and was started again", ended)
	}
	if err == nil {
		err = t.say(ctx, c.id, inLog, room.words)
	}
	if err == nil {
		err = t.say(ctx, c.kh, inStatus, `^ID \w+: [1-9]\d* letters wait`)
	}
	room.empty()
	if _, over := c.id.running(); over == nil {
		err = errors.Join(err, c.id.serve(ctx, room.env...))
	}
	var n count
	err = errors.Join(err, c.settle(ctx, t, &n, 60*time.Second))
	return errors.Join(err, room.away(ctx))
}

// A room is a place of its own where ID keeps its database, which can be full.
type room struct {
	kind, words string
	env         []string
	fill        func() error
	empty       func()
	away        func(ctx context.Context) error
}

// roomFor is how many MiB there are for what is written meanwhile, when nothing fills the disk: the log of
// SQLite alone may take several.
const roomFor = 64

// smallDisk moves the database of ID to a disk of its own of a few MiB. Where that may not be, files of the node
// cannot grow beyond a size instead.
func (c *corridor) smallDisk(ctx context.Context) (*room, error) {
	h := c.id
	if err := h.end(syscall.SIGTERM); err != nil {
		return nil, err
	}
	dir := filepath.Join(filepath.Dir(string(h.dir)), "disk")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	mounted := func(mib int64) error {
		return syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib))
	}
	ballast := func() error {
		f, err := os.Create(filepath.Join(dir, "ballast"))
		if err != nil {
			return err
		}
		defer f.Close()
		for err == nil { // until it is full
			_, err = f.Write(make([]byte, 64<<10))
		}
		return nil
	}
	r := &room{kind: "a tmpfs that another file fills", fill: ballast, words: "disk|full|space", empty: func() { os.Remove(filepath.Join(dir, "ballast")) }}
	if h.dsn != "" {
		size, err := databaseSize(ctx, h.dsn)
		if err != nil {
			return nil, err
		}
		if err := mounted(size>>20 + roomFor); err != nil {
			return nil, fmt.Errorf("a small disk for PostgreSQL has to be mounted, which this user may not: %w", err)
		}
		back, err := moveDatabase(ctx, h.dsn, dir)
		r.kind = "a tablespace on a tmpfs that another file fills"
		r.away = func(ctx context.Context) error {
			return errors.Join(h.end(syscall.SIGTERM), back(ctx), syscall.Unmount(dir, 0), h.serve(ctx))
		}
		if err != nil {
			return nil, errors.Join(err, r.away(ctx))
		}
		return r, h.serve(ctx)
	}
	size := int64(0)
	if err := filepath.Walk(string(h.dir), func(_ string, fi os.FileInfo, err error) error {
		if err == nil {
			size += fi.Size()
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := mounted(size>>20 + roomFor); err != nil {
		r.kind = fmt.Sprintf("no file can grow beyond %d MiB, since this user may mount no disk", size>>20+1)
		r.env = []string{fmt.Sprintf("MITRA_FAULT_FILES=%d", size+1<<20)}
		r.fill = func() error { return h.again(ctx, r.env...) }
		r.empty = func() { r.env = nil; h.again(ctx) }
		r.away = func(context.Context) error { return nil }
		return r, h.serve(ctx)
	}
	home := h.dir
	copyTo := func(from, to string) error {
		out, err := exec.CommandContext(ctx, "cp", "-a", from, to).CombinedOutput()
		if err != nil {
			return fmt.Errorf("cp: %w: %s", err, out)
		}
		return nil
	}
	r.away = func(ctx context.Context) error {
		err := h.end(syscall.SIGTERM)
		h.dir = home
		return errors.Join(err, os.RemoveAll(string(home)), copyTo(filepath.Join(dir, "home"), string(home)), syscall.Unmount(dir, 0), h.serve(ctx))
	}
	if err := copyTo(string(home), filepath.Join(dir, "home")); err != nil {
		return nil, err
	}
	h.dir = node.Home(filepath.Join(dir, "home"))
	return r, h.serve(ctx)
}

// card is a letter of ID that brings a card.
func (v *voice) card(to *home, s card.Signed) (string, error) {
	return v.sealed(to, func(l *letter.Letter) {
		l.Type, l.Schema, l.Payload = "card", letter.SchemaID("card"), []byte(`{"card":`+string(s.Bytes())+`}`)
	})
}

// cards is how many cards of ID KH holds.
func (c *corridor) cards(ctx context.Context) (n int, err error) {
	err = c.kh.with(ctx, func(n1 *node.Node) error {
		return n1.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM card WHERE node = $1`, c.id.name).Scan(&n)
		})
	})
	return n, err
}

func replayedCard(ctx context.Context, c *corridor, t *trial) error {
	v, err := c.id.voice(ctx)
	if err != nil {
		return err
	}
	before, err := c.cards(ctx)
	if err != nil {
		return err
	}
	e, err := v.card(c.kh, v.own[0])
	if err != nil {
		return err
	}
	if err := v.want(ctx, c.kh, e, ""); err != nil {
		return err
	}
	if err := t.both(ctx, flowing); err != nil {
		return err
	}
	file := filepath.Join(filepath.Dir(filepath.Dir(string(c.kh.dir))), "ID.card")
	out, err := c.kh.run(ctx, "peer", "add", file, "--fingerprint", v.own[0].Fingerprint())
	if err == nil || !strings.Contains(out, "known") {
		return fmt.Errorf("a card that is known is taken again: %s", out)
	}
	t.told = append(t.told, "KH, peer add: "+plain(strings.Split(out, "\n")[0]))
	after, err := c.cards(ctx)
	if err == nil && after != before {
		err = fmt.Errorf("KH holds %d cards of ID, before %d", after, before)
	}
	return err
}

// details are those of a node's last card.
func (v *voice) details() (card.Details, error) {
	last := v.own.Last()
	public, err := signed.Base64.DecodeString(last.Journal)
	return card.Details{Node: last.Node, Authority: last.Authority, TLS: last.TLS, Journal: public, Endpoint: last.Endpoint}, err
}

func forkedCard(ctx context.Context, c *corridor, t *trial) error {
	v, err := c.id.voice(ctx)
	if err != nil {
		return err
	}
	d, err := v.details()
	if err != nil {
		return err
	}
	prev := v.own.Last()
	d.Authority = "Somebody else"
	other, err := card.Follow(prev, v.keys, v.keys, d, max(prev.From+1, time.Now().Unix()))
	if err != nil {
		return err
	}
	// ID makes its own next card, which KH gets by a letter.
	if _, err := c.id.run(ctx, "keys", "card"); err != nil {
		return err
	}
	if err := t.both(ctx, flowing); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		n, err := c.cards(ctx)
		if err != nil || time.Now().After(end) {
			return errors.Join(errors.New("the next card did not come"), err)
		}
		if n > prev.Serial {
			break
		}
	}
	e, err := v.card(c.kh, other)
	if err != nil {
		return err
	}
	if err := t.refuses(c, "key_unknown", func() error { return v.want(ctx, c.kh, e, "") }); err != nil {
		return err
	}
	n, err := c.cards(ctx)
	if err == nil && n != prev.Serial+1 {
		err = fmt.Errorf("KH holds %d cards of ID", n)
	}
	return err
}

// renewed has ID change its keys by a command, and waits until the card holds.
func renewed(ctx context.Context, c *corridor, t *trial, args ...string) error {
	if err := t.both(ctx, flowing/2); err != nil {
		return err
	}
	if _, err := c.id.run(ctx, append([]string{"keys"}, args...)...); err != nil {
		return err
	}
	time.Sleep(7 * time.Second) // a card is made five seconds before it holds
	return t.both(ctx, flowing/2)
}

func expiredKey(ctx context.Context, c *corridor, t *trial) error {
	v, err := c.id.voice(ctx)
	if err != nil {
		return err
	}
	if err := renewed(ctx, c, t, "rotate"); err != nil {
		return err
	}
	e, err := v.sealed(c.kh, nil)
	if err != nil {
		return err
	}
	return t.refuses(c, "key_unknown", func() error { return v.want(ctx, c.kh, e, "key_unknown") })
}

func revokedKey(ctx context.Context, c *corridor, t *trial) error {
	v, err := c.id.voice(ctx)
	if err != nil {
		return err
	}
	written := time.Now().Unix()
	if err := renewed(ctx, c, t, "revoke", v.keys.Current.ID()); err != nil {
		return err
	}
	e, err := v.sealed(c.kh, func(l *letter.Letter) { l.Issued = written })
	if err != nil {
		return err
	}
	return t.refuses(c, "key_revoked", func() error { return v.want(ctx, c.kh, e, "key_revoked") })
}

// clock has the clock of ID jump, and back.
func clock(by time.Duration) func(ctx context.Context, c *corridor, t *trial) error {
	return func(ctx context.Context, c *corridor, t *trial) error {
		offset := fmt.Sprintf("MITRA_FAULT_CLOCK=%d", int64(by.Seconds()))
		if err := c.id.again(ctx, offset, "MITRA_FAULT_CLOCK_AFTER=2000"); err != nil {
			return err
		}
		begun := time.Now()
		if err := t.both(ctx, flowing/3); err != nil {
			return err
		}
		time.Sleep(time.Until(begun.Add(2100 * time.Millisecond)))
		// Letters of KH, and of ID by its own clock.
		if err := t.out.queue(ctx, flowing/3); err != nil {
			return err
		}
		before := len(t.in.mids)
		if by > -24*time.Hour {
			if err := t.in.ping(ctx, flowing/3, offset); err != nil {
				return err
			}
		} else { // before the first card of either there is nothing to write by
			c.id.extra = []string{offset}
			out, err := c.id.run(ctx, "courier", "ping", "KH")
			c.id.extra = nil
			if err == nil {
				return errors.New("a letter was written before there was a card")
			}
			t.told = append(t.told, "ID, courier ping: "+plain(strings.Split(out, "\n")[0]))
		}
		time.Sleep(2 * time.Second)
		c.id.extra = []string{offset} // the operator's commands have that clock too
		err := t.say(ctx, c.id, inDoctor, "the clocks differ by")
		c.id.extra = nil
		var n count
		if cerr := t.outcome(ctx, &n); cerr != nil {
			return errors.Join(err, cerr)
		}
		t.note("%d of %d letters acknowledged meanwhile", n.stored, n.letters)
		if n.dead > 0 { // they waited at ID when its clock passed their time
			t.note("%d that waited at ID given up as expired", n.dead)
			err = errors.Join(err, t.say(ctx, c.id, inLog, "letters have expired and were not delivered"))
		}
		if err := errors.Join(err, c.id.again(ctx)); err != nil {
			return err
		}
		if by > 0 { // what was dated ahead waits until then
			ahead := len(t.in.mids) - before
			t.note("%d letters of ID, dated ahead, wait until then", ahead)
			t.unsent = ahead + n.dead
		}
		return t.both(ctx, flowing/3)
	}
}

// outcome is what became of a trial's letters so far.
func (t *trial) outcome(ctx context.Context, n *count) error {
	*n = count{}
	for _, f := range []*flow{&t.out, &t.in} {
		one, err := f.count(ctx)
		if err != nil {
			return err
		}
		n.add(one)
	}
	return nil
}

// ping has the sender of a flow write letters by a command of its own, in an environment.
func (f *flow) ping(ctx context.Context, letters int, env ...string) error {
	known := func() (mids map[string]bool, err error) {
		err = f.from.with(ctx, func(n *node.Node) error {
			return n.DB.Read(ctx, func(tx *store.Tx) error {
				mids = map[string]bool{}
				return rows(tx, func(v []string) error {
					mids[v[0]] = true
					return nil
				}, 1, `SELECT mid FROM outbox WHERE peer = $1 AND type = 'ping'`, f.to.name)
			})
		})
		return mids, err
	}
	before, err := known()
	if err != nil {
		return err
	}
	cmd := f.from.command(ctx, "courier", "ping", f.to.country, "--count", fmt.Sprint(letters), "--timeout", "1s")
	cmd.Env = append(cmd.Env, env...)
	cmd.Run() // it fails where not every letter has its receipt within that second
	after, err := known()
	if err != nil {
		return err
	}
	for mid := range after {
		if !before[mid] {
			f.mids = append(f.mids, mid)
		}
	}
	if len(after)-len(before) != letters {
		return fmt.Errorf("%d letters were written, want %d", len(after)-len(before), letters)
	}
	return nil
}

func restored(ctx context.Context, c *corridor, t *trial) error {
	if err := t.both(ctx, flowing/2); err != nil {
		return err
	}
	var n count
	if err := c.settle(ctx, t, &n, 30*time.Second); err != nil {
		return err
	}
	// What KH said of the letters of ID after the backup would not be said again.
	if err := c.answers(ctx, 0, &t.in); err != nil {
		return err
	}
	file := filepath.Join(filepath.Dir(string(c.id.dir)), "id.backup")
	if _, err := c.id.run(ctx, "backup", file); err != nil {
		return err
	}
	if err := t.out.queue(ctx, flowing/2); err != nil {
		return err
	}
	if err := c.settle(ctx, t, &n, 30*time.Second); err != nil {
		return err
	}
	if err := c.id.end(syscall.SIGKILL); err != nil {
		return err
	}
	c.id.dir = node.Home(filepath.Join(filepath.Dir(string(c.id.dir)), "restored"))
	if c.id.dsn != "" {
		c.id.dsn = c.spare
	}
	if _, err := c.id.run(ctx, "restore", file); err != nil {
		return err
	}
	if err := t.outcome(ctx, &n); err != nil {
		return err
	}
	if len(n.lost) != flowing/2 {
		return fmt.Errorf("the backup lacks %d letters, want %d", len(n.lost), flowing/2)
	}
	t.note("%d acknowledged letters were gone and came back", len(n.lost))
	if err := c.id.serve(ctx); err != nil {
		return err
	}
	for end := time.Now().Add(60 * time.Second); len(n.lost) > 0; time.Sleep(200 * time.Millisecond) {
		if err := t.outcome(ctx, &n); err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d letters have not come back", len(n.lost))
		}
	}
	if err := t.say(ctx, c.id, inVerify, "put back from a backup"); err != nil {
		return err
	}
	return t.both(ctx, flowing/2)
}
