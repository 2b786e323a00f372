//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/courier"
)

// A corridor is three nodes that have met and are served.
type corridor struct {
	kh, id, th *home
	toKH, toID *link // how the others reach them; nil in namespaces
	name       string
	root       string // of the checkout
	work       string
	spare      string // DSN of one more database
	seed       uint64

	other  *steady
	quiet  int     // how many letters of other were queued when what was broken before had healed
	all    []*flow // of all rows, for what is looked at in the end
	unsent int
	points []point // at which a node was killed
}

// newCorridor makes three nodes on a kind of database. inside, if not nil, gives the namespace of each and
// its address; else they are on this machine's loopback, behind links.
func newCorridor(ctx context.Context, bin, root, work, name string, dsns []string, inside func(i int) (prefix []string, address string)) (c *corridor, err error) {
	c = &corridor{name: name, root: root, work: work}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if dsns != nil {
		c.spare = dsns[3]
	}
	words := filepath.Join(work, name+".words")
	if err := os.WriteFile(words, []byte("five words of no meaning here\n"), 0o600); err != nil {
		return c, err
	}
	for i, country := range []string{"KH", "ID", "TH"} {
		h := &home{country: country, bin: bin, words: words, dir: node.Home(filepath.Join(work, name, country, "home"))}
		if err := os.MkdirAll(filepath.Dir(string(h.dir)), 0o700); err != nil {
			return c, err
		}
		if dsns != nil {
			h.dsn = dsns[i]
		}
		host := "127.0.0.1"
		if inside != nil {
			h.inside, host = inside(i)
		}
		addresses, err := freePorts("127.0.0.1", 3)
		if err != nil {
			return c, err
		}
		_, port, _ := strings.Cut(addresses[0], ":")
		h.exchange, h.metrics = host+":"+port, addresses[2]
		endpoint := "https://" + h.exchange
		if inside == nil && country != "TH" {
			k, err := newLink()
			if err != nil {
				return c, err
			}
			k.target = h.exchange
			endpoint = "https://" + k.address()
			if country == "KH" {
				c.toKH = k
			} else {
				c.toID = k
			}
		}
		// Cards, as at work, are older than a clock may be wrong by.
		h.extra = []string{"MITRA_FAULT_CLOCK=-172800"}
		if _, err := h.run(ctx, "init", "--country", country, "--authority", "Authority of "+country, "--exchange", h.exchange, "--desk", addresses[1], "--metrics", h.metrics, "--endpoint", endpoint); err != nil {
			return c, err
		}
		if err := h.with(ctx, func(n *node.Node) error {
			h.name = n.Name()
			return nil
		}); err != nil {
			return c, err
		}
		switch i {
		case 0:
			c.kh = h
		case 1:
			c.id = h
		case 2:
			c.th = h
		}
	}
	if c.toKH != nil {
		c.toKH.victim, c.toID.victim = func() int { return c.id.pid() }, func() int { return c.kh.pid() }
	}
	if err := c.meet(ctx); err != nil {
		return c, err
	}
	for _, h := range c.homes() {
		h.extra = nil
		if err := h.serve(ctx); err != nil {
			return c, err
		}
	}
	if c.other, err = newSteady(ctx, c.th, c.kh); err != nil {
		return c, err
	}
	time.Sleep(2 * time.Second) // letters of a time when nothing is broken
	return c, nil
}

func (c *corridor) homes() []*home { return []*home{c.kh, c.id, c.th} }

// meet is what docs/operations.md says of two nodes.
func (c *corridor) meet(ctx context.Context) error {
	dir := filepath.Dir(filepath.Dir(string(c.kh.dir)))
	file := func(name string) string { return filepath.Join(dir, name) }
	words := map[*home]string{}
	for _, h := range c.homes() {
		var card struct{ Fingerprint string }
		if err := h.json(ctx, &card, "peer", "card", "--out", file(h.country+".card")); err != nil {
			return err
		}
		words[h] = card.Fingerprint
	}
	for _, pair := range [][2]*home{{c.kh, c.id}, {c.id, c.kh}, {c.kh, c.th}, {c.th, c.kh}} {
		if _, err := pair[0].run(ctx, "peer", "add", file(pair[1].country+".card"), "--fingerprint", words[pair[1]]); err != nil {
			return err
		}
	}
	for _, pair := range [][2]*home{{c.kh, c.id}} {
		agreement := file(pair[0].country + pair[1].country + ".json")
		for _, step := range []struct {
			h    *home
			args []string
		}{
			{pair[0], []string{"draft", "--peer", pair[1].country, "--out", agreement}},
			{pair[0], []string{"sign", agreement}},
			{pair[1], []string{"countersign", agreement}},
			{pair[0], []string{"adopt", agreement}},
			{pair[1], []string{"adopt", agreement}},
		} {
			if _, err := step.h.run(ctx, append([]string{"agreement"}, step.args...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *corridor) close() error {
	var err error
	if c.other != nil {
		err = c.other.end()
	}
	for _, h := range c.homes() {
		if h != nil {
			err = errors.Join(err, h.end(syscall.SIGKILL))
		}
	}
	for _, k := range []*link{c.toKH, c.toID} {
		if k != nil {
			k.close()
		}
	}
	return err
}

// harm does harm on the way between KH and ID, both ways.
func (c *corridor) harm(h harm) {
	c.toKH.set(h)
	c.toID.set(h)
}

func (c *corridor) harmed() int { return c.toKH.times() + c.toID.times() }

// steady is letters of one node to another, four in a second, all the time.
type steady struct {
	flow
	n      *node.Node
	cancel context.CancelFunc
	done   chan error
	mu     sync.Mutex
}

func newSteady(ctx context.Context, from, to *home) (*steady, error) {
	n, err := from.open(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &steady{flow: flow{from: from, to: to}, n: n, cancel: cancel, done: make(chan error, 1)}
	go func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				s.done <- nil
				return
			}
			s.mu.Lock()
			err := s.queueOn(ctx, n, 1)
			s.mu.Unlock()
			if err != nil && ctx.Err() == nil {
				s.done <- err
				return
			}
			from.wake()
		}
	}()
	return s, nil
}

func (s *steady) end() error {
	s.cancel()
	return errors.Join(<-s.done, s.n.Close())
}

// since are the letters after the first so many.
func (s *steady) since(at int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mids[at:])
}

// some waits until there are some letters after the first so many, also where a fault took less time than lies between
// two of them, and gives how many there are in all.
func (s *steady) some(at int) int {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if n := len(s.since(at)); n >= 2 || time.Now().After(end) {
			return at + n
		}
	}
}

// took is how long the letters of the numbers at … to took to their receipt R1, once all have it; missing is how many have
// not.
func (s *steady) took(ctx context.Context, at, to int, patience time.Duration) (letters, missing int, longest time.Duration, err error) {
	mids := s.since(at)[:to-at]
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var ms []float64
		if err = s.n.DB.Read(ctx, func(tx *store.Tx) error {
			ms, err = courier.ReceiptTimes(tx, s.to.name, mids)
			return err
		}); err != nil {
			return len(mids), 0, 0, err
		}
		if len(ms) == len(mids) || time.Now().After(end) {
			if len(ms) > 0 {
				longest = time.Duration(slices.Max(ms) * float64(time.Millisecond))
			}
			return len(mids), len(mids) - len(ms), longest, nil
		}
	}
}

// A row is a fault, and what became of it.
type row struct {
	fault, how string
	// node says that the fault is of KH itself, so that its other peer feels it too.
	node bool
	long bool // only in a long run
	both bool // on both kinds of database also where they take turns
	// run does the fault; what it queues on trial.out and trial.in has to arrive.
	run func(ctx context.Context, c *corridor, t *trial) error
}

// A trial is a row being run.
type trial struct {
	out, in flow // KH to ID, ID to KH
	told    []string
	notes   []string
	unsent  int // letters that are not to arrive, for a reason that the row names
	logs    map[*home]int
}

// both queues letters both ways.
func (t *trial) both(ctx context.Context, letters int) error {
	return errors.Join(t.out.queue(ctx, letters), t.in.queue(ctx, letters))
}

// say waits until the operator of a node is told something.
func (t *trial) say(ctx context.Context, h *home, where witness, words string) error {
	line, err := h.told(ctx, where, words, t.logs[h], 20*time.Second)
	if err == nil {
		t.told = append(t.told, line)
	}
	return err
}

// refuses makes sure that the metrics of KH count what of ID was refused while f ran, with a code.
func (t *trial) refuses(c *corridor, code string, f func() error) error {
	before, err := c.kh.refused("ID", code)
	if err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		after, err := c.kh.refused("ID", code)
		if err != nil {
			return err
		}
		if after > before {
			t.told = append(t.told, fmt.Sprintf("KH, metrics: refused_total %s %d", code, after-before))
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the metrics of KH do not tell of a refusal %s", code)
		}
	}
}

func (t *trial) note(format string, a ...any) { t.notes = append(t.notes, fmt.Sprintf(format, a...)) }

// A result is a row of the table.
type result struct {
	fault, how, database string
	measured             string // of how
	count
	journals string
	other    string
	told     []string
	failed   error
	took     time.Duration
}

// waits is by how much a letter of the other peer may take longer than before while something is broken that is
// not of KH itself. What it took before counts up to as much: beyond, nothing could be told from it.
const waits = 3 * time.Second

// attempt runs a row and looks whether what must hold does.
func (c *corridor) attempt(ctx context.Context, r row) result {
	begun := time.Now()
	res := result{fault: r.fault, how: r.how, database: c.name}
	t := &trial{out: flow{from: c.kh, to: c.id, fault: r.fault}, in: flow{from: c.id, to: c.kh, fault: r.fault}, logs: map[*home]int{}}
	for _, h := range c.homes() {
		t.logs[h] = h.log.size()
	}
	at := len(c.other.since(0))
	// What the machine alone makes the other peer wait for: its letters since everything is whole.
	_, _, usual, err := c.other.took(ctx, c.quiet, at, 30*time.Second)
	if err != nil {
		res.failed = fmt.Errorf("the other peer: %w", err)
		return res
	}
	fail := func(format string, a ...any) { res.failed = errors.Join(res.failed, fmt.Errorf(format, a...)) }
	if err := r.run(ctx, c, t); err != nil {
		fail("%w", err)
	}
	during := c.other.some(at) // those of the time of the fault
	if c.toKH != nil {
		c.harm(harm{})
	}
	res.told = t.told
	res.measured = strings.Join(t.notes, ", ")
	c.all = append(c.all, &t.out, &t.in)
	c.unsent += t.unsent
	if err := c.settle(ctx, t, &res.count, 60*time.Second); err != nil {
		fail("%w", err)
	}
	c.quiet = len(c.other.since(0))
	if n := len(res.lost); n > 0 {
		fail("%d acknowledged letters are lost", n)
	}
	if n := len(res.twice); n > 0 {
		fail("%d letters were handled twice", n)
	}
	journals, err := c.verify(ctx)
	if res.journals = journals; err != nil {
		fail("%w", err)
	}
	letters, missing, longest, err := c.other.took(ctx, at, during, 30*time.Second)
	if err != nil {
		fail("the other peer: %w", err)
	}
	res.other = fmt.Sprintf("%d of %d, %s, before %s", letters-missing, letters, short(longest), short(usual))
	switch {
	case letters == 0:
		fail("the other peer sent nothing")
	case missing > 0:
		fail("%d letters of the other peer have not arrived", missing)
	case longest > min(usual, waits)+waits && !r.node:
		fail("the other peer waited %s, and %s before the fault", short(longest), short(usual))
	}
	for _, h := range c.homes() {
		if line := crash(h.log.from(t.logs[h])); line != "" {
			fail("%s broke down: %s", h.country, line)
		}
	}
	for _, h := range []*home{c.kh, c.id} {
		if line := firstWarning(h.log.from(t.logs[h])); line != "" && len(res.told) == 0 {
			res.told = []string{fmt.Sprintf("%s, %s: %s", h.country, inLog, plain(line))}
		}
	}
	if len(res.told) == 0 {
		res.told = []string{"nothing: no letter was late or refused"}
	}
	res.took = time.Since(begun)
	return res
}

// settle waits until every letter of a row has come, and was judged.
func (c *corridor) settle(ctx context.Context, t *trial, n *count, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(300 * time.Millisecond) {
		*n = count{}
		for _, f := range []*flow{&t.out, &t.in} {
			one, err := f.count(ctx)
			if err != nil {
				return err
			}
			n.add(one)
		}
		left := n.letters - min(n.stored, n.judged)
		if left <= t.unsent && n.dead <= t.unsent {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("of %d letters %d are acknowledged and %d judged, %d wait, %d are given up", n.letters, n.stored, n.judged, n.waiting, n.dead)
		}
		c.kh.wake()
		c.id.wake()
	}
}

// verify has the journals of KH and ID verified.
func (c *corridor) verify(ctx context.Context) (string, error) {
	homes := []*home{c.kh, c.id}
	reports, errs := make([]node.Verification, len(homes)), make([]error, len(homes))
	var wg sync.WaitGroup
	for i, h := range homes {
		wg.Go(func() { errs[i] = h.json(ctx, &reports[i], "log", "verify") })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return "not read", err
	}
	for i, v := range reports {
		if !v.OK {
			what := []string{}
			for _, f := range v.Findings {
				what = append(what, f.What)
			}
			return "damaged", fmt.Errorf("mitra log verify of %s: %s", homes[i].country, strings.Join(what, "; "))
		}
	}
	return "verify", nil
}

// answers makes sure that every letter of flows has its receipt R2 too, but for those that are not to arrive.
func (c *corridor) answers(ctx context.Context, unsent int, flows ...*flow) error {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		letters, answered := 0, 0
		var lack []string
		for _, f := range flows {
			n, err := f.answered(ctx)
			if err != nil {
				return err
			}
			if n < len(f.mids) {
				lack = append(lack, fmt.Sprintf("%d of %d from %s while %s", len(f.mids)-n, len(f.mids), f.from.country, f.fault))
			}
			letters, answered = letters+len(f.mids), answered+n
		}
		if answered >= letters-unsent {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("of %d letters %d have their receipt R2, and %d were not to arrive: lacking are %s", letters, answered, unsent, strings.Join(lack, ", "))
		}
	}
}

// crash is what a process says that breaks down by a fault of its own.
func crash(log string) string {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return line
		}
	}
	return ""
}

// firstWarning is the first line of a log that is more than a notice.
func firstWarning(log string) string {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, " level=WARN ") || strings.Contains(line, " level=ERROR ") {
			return line
		}
	}
	return ""
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
