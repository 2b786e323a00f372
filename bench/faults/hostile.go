//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mitra/treaty/letter"
)

// repeated are the faults of letters that come more than once, or in another order.
func repeated() []row {
	return []row{
		{fault: "duplicate letters", how: "every letter sent three times more, beside the usual way; the receipts are compared", run: duplicates},
		{fault: "reordered letters", how: "the last letter first, one by one, before the usual way is open", run: reordered},
		{fault: "replayed connections", how: "the bytes of connections recorded on the way and sent again", run: replayed},
		{fault: "files twice and out of order", how: "no connection; three files each way, imported in another order and again", run: files},
	}
}

func duplicates(ctx context.Context, c *corridor, t *trial) error {
	if err := t.both(ctx, flowing); err != nil {
		return err
	}
	v, err := c.kh.voice(ctx)
	if err != nil {
		return err
	}
	envelopes, err := t.out.envelopes(ctx)
	if err != nil {
		return err
	}
	first := make([]string, len(envelopes))
	for range 3 {
		at := 0
		for part := range slices.Chunk(envelopes, 20) {
			got, err := v.send(ctx, c.id, part...)
			if err != nil {
				return err
			}
			for _, g := range got {
				switch {
				case g.code != "":
					return fmt.Errorf("a duplicate is refused: %s", g.code)
				case first[at] == "":
					first[at] = g.receipt
				case first[at] != g.receipt:
					return fmt.Errorf("a duplicate has another receipt")
				}
				at++
			}
		}
	}
	t.note("%d duplicates", 3*len(envelopes))
	return nil
}

func reordered(ctx context.Context, c *corridor, t *trial) error {
	c.harm(harm{refuse: true})
	if err := t.both(ctx, flowing); err != nil {
		return err
	}
	for _, f := range []*flow{&t.out, &t.in} {
		v, err := f.from.voice(ctx)
		if err != nil {
			return err
		}
		envelopes, err := f.envelopes(ctx)
		if err != nil {
			return err
		}
		slices.Reverse(envelopes)
		for _, e := range envelopes {
			got, err := v.send(ctx, f.to, e)
			if err != nil {
				return err
			}
			if got[0].code != "" {
				return fmt.Errorf("a letter out of order is refused: %s", got[0].code)
			}
		}
	}
	return nil
}

func replayed(ctx context.Context, c *corridor, t *trial) error {
	c.toID.cut(true)
	c.toID.set(harm{record: true})
	if err := t.both(ctx, flowing); err != nil {
		return err
	}
	time.Sleep(time.Second)
	recorded := c.toID.recorded()
	if len(recorded) == 0 {
		return fmt.Errorf("no connection was recorded")
	}
	answers := 0
	for _, bytes := range recorded {
		conn, err := net.Dial("tcp", c.id.exchange)
		if err != nil {
			return err
		}
		conn.SetDeadline(time.Now().Add(2 * time.Second))
		conn.Write(bytes) // the node may close while it comes
		b, _ := io.ReadAll(conn)
		if len(b) > 0 {
			answers++
		}
		conn.Close()
	}
	t.note("%d recorded, none got beyond the handshake", len(recorded))
	return nil
}

func files(ctx context.Context, c *corridor, t *trial) error {
	c.harm(harm{refuse: true})
	dir := filepath.Dir(filepath.Dir(string(c.kh.dir)))
	file := func(from *home, n int) string { return filepath.Join(dir, fmt.Sprintf("%s-%d.mxp", from.country, n)) }
	export := func(n int) error {
		if _, err := c.kh.run(ctx, "courier", "export", file(c.kh, n), "--peer", "ID"); err != nil {
			return err
		}
		_, err := c.id.run(ctx, "courier", "export", file(c.id, n))
		return err
	}
	for n := range 3 {
		if err := t.both(ctx, flowing/3); err != nil {
			return err
		}
		if err := export(n); err != nil {
			return err
		}
	}
	for _, n := range []int{2, 0, 2, 1} {
		if _, err := c.id.run(ctx, "courier", "import", file(c.kh, n)); err != nil {
			return err
		}
		if _, err := c.kh.run(ctx, "courier", "import", file(c.id, n)); err != nil {
			return err
		}
	}
	// The receipts go back by files too.
	if err := export(3); err != nil {
		return err
	}
	for _, n := range []int{3, 1, 3} {
		if _, err := c.id.run(ctx, "courier", "import", file(c.kh, n)); err != nil {
			return err
		}
		if _, err := c.kh.run(ctx, "courier", "import", file(c.id, n)); err != nil {
			return err
		}
	}
	for _, f := range []*flow{&t.out, &t.in} {
		if left, err := f.settled(ctx); err != nil || left > 0 {
			return errors.Join(fmt.Errorf("%d letters have not gone by file", left), err)
		}
	}
	return nil
}

// hostile are the faults of a peer that does what it must not; it is ID, with its keys.
func hostile(long bool) []row {
	requests := 5_000
	if long {
		requests = 100_000
	}
	return []row{
		{fault: "10 MB of headers", how: "ten requests of ID with 10 MB of headers each", run: besides(hugeHeaders)},
		{fault: "endless bodies", how: "four requests of ID whose bodies do not end", run: besides(endless)},
		{fault: "small requests", how: fmt.Sprintf("%d requests of ID, as fast as 16 connections bring them", requests), run: besides(func(ctx context.Context, c *corridor, t *trial, v *voice) error {
			return flood(ctx, c, t, v, requests)
		})},
		{fault: "letters it may not send", how: "of ID: of every type that needs an agreement, without one; of no type; under a mid that was used", run: besides(forbidden)},
		{fault: "letters for and of others", how: "of ID: for TH; in the name of TH; for nobody", run: besides(misaddressed)},
	}
}

// besides has letters flow while a peer is hostile.
func besides(do func(ctx context.Context, c *corridor, t *trial, v *voice) error) func(ctx context.Context, c *corridor, t *trial) error {
	return func(ctx context.Context, c *corridor, t *trial) error {
		v, err := c.id.voice(ctx)
		if err != nil {
			return err
		}
		if err := t.both(ctx, flowing/2); err != nil {
			return err
		}
		before := memory(c.kh.pid())
		if err := do(ctx, c, t, v); err != nil {
			return err
		}
		t.note("memory of KH at most %d MiB, before %d", memory(c.kh.pid())>>20, before>>20)
		return t.both(ctx, flowing/2)
	}
}

// memory is the most that a process has had of it, in bytes.
func memory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

func hugeHeaders(ctx context.Context, c *corridor, t *trial, v *voice) error {
	refused := 0
	for range 10 {
		status, _, err := v.ask(ctx, c.kh, "GET", "/mxp/v1/card", nil, "X-Long", strings.Repeat("x", 10<<20))
		if err != nil || status == 431 {
			refused++
		}
	}
	if refused < 10 {
		return fmt.Errorf("%d of 10 were answered", 10-refused)
	}
	t.note("all refused")
	t.told = append(t.told, "nothing: the HTTP server refuses them before the exchange sees them")
	return nil
}

// zeros has no end.
type zeros struct{ n atomic.Int64 }

func (z *zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	z.n.Add(int64(len(p)))
	return len(p), nil
}

func endless(ctx context.Context, c *corridor, t *trial, v *voice) error {
	for range 4 {
		z := &zeros{}
		status, _, err := v.ask(ctx, c.kh, "POST", "/mxp/v1/letters", z)
		if err == nil && status != 413 {
			return fmt.Errorf("an endless body is answered with %d", status)
		}
		if n := z.n.Load(); n > 80<<20 {
			return fmt.Errorf("%d MiB of an endless body were read", n>>20)
		}
	}
	t.note("each cut off after 32 MiB")
	return nil
}

func flood(ctx context.Context, c *corridor, t *trial, v *voice, requests int) error {
	begun := time.Now()
	var left, answered, refused, other atomic.Int64
	left.Store(int64(requests))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				status, _, err := v.ask(ctx, c.kh, "GET", "/mxp/v1/letters?wait=0", nil)
				switch {
				case err == nil && status == 200:
					answered.Add(1)
				case err == nil && status == 429:
					refused.Add(1)
				default:
					other.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if other.Load() > 0 || refused.Load() == 0 {
		return fmt.Errorf("%d answered, %d refused with 429, %d otherwise", answered.Load(), refused.Load(), other.Load())
	}
	t.note("%d answered, %d refused with 429, in %s", answered.Load(), refused.Load(), short(time.Since(begun)))
	return t.say(ctx, c.kh, inLog, "refused.*code=rate")
}

// sealed is an envelope of ID to KH.
func (v *voice) sealed(to *home, change func(*letter.Letter)) (string, error) {
	s, err := seal(v.courier, v.peers[to.name], change)
	return s.Envelope, err
}

func forbidden(ctx context.Context, c *corridor, t *trial, v *voice) error {
	sent := 0
	mid, err := letter.NewID()
	if err != nil {
		return err
	}
	same := func(l *letter.Letter) { l.ID, l.Conversation = mid, mid }
	for _, want := range []string{"", "mid_reused"} {
		e, err := v.sealed(c.kh, same)
		if err != nil {
			return err
		}
		if err := v.want(ctx, c.kh, e, want); err != nil {
			return err
		}
	}
	samples, err := goldenLetters(c.root)
	if err != nil {
		return err
	}
	for _, sample := range samples {
		if !letter.NeedsAgreement(sample.Type) {
			continue
		}
		e, err := v.sealed(c.kh, func(l *letter.Letter) {
			h := l.Header
			*l = sample
			l.Issuer, l.Audience, l.ID, l.Issued, l.Expires, l.Retain = h.Issuer, h.Audience, h.ID, h.Issued, h.Expires, h.Issued+86400
			if l.InReplyTo == "" {
				l.Conversation = h.ID
			}
		})
		if err != nil {
			return fmt.Errorf("%s: %w", sample.Type, err)
		}
		if err := v.want(ctx, c.kh, e, ""); err != nil { // it is stored, and judged
			return fmt.Errorf("%s: %w", sample.Type, err)
		}
		sent++
	}
	if sent == 0 {
		return fmt.Errorf("no letter of a type that needs an agreement could be made")
	}
	t.note("%d letters judged and refused by receipts R2", sent)
	if err := t.say(ctx, c.kh, inLog, "refused.*code=mid_reused"); err != nil {
		return err
	}
	return t.say(ctx, c.kh, inLog, "refused.*code=(type_unknown|agreement_unknown)")
}

func misaddressed(ctx context.Context, c *corridor, t *trial, v *voice) error {
	for _, k := range []struct {
		name, want string
		change     func(*letter.Letter)
	}{
		{"for TH", "not_for_us", func(l *letter.Letter) { l.Audience = c.th.name }},
		{"for nobody", "not_for_us", func(l *letter.Letter) { l.Audience = "mitra/XX/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e61" }},
		{"of TH", "issuer_unknown", func(l *letter.Letter) { l.Issuer = c.th.name }},
	} {
		e, err := v.sealed(c.kh, k.change)
		if err != nil {
			return err
		}
		if err := v.want(ctx, c.kh, e, k.want); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	}
	if err := t.say(ctx, c.kh, inLog, "refused.*code=not_for_us"); err != nil {
		return err
	}
	return t.say(ctx, c.kh, inLog, "refused.*code=issuer_unknown")
}

// goldenLetters are the letters of the golden vectors, one of each type.
func goldenLetters(root string) (out []letter.Letter, err error) {
	b, err := os.ReadFile(filepath.Join(root, "treaty/letter/testdata/vectors.json"))
	if err != nil {
		return nil, err
	}
	var v struct{ Letters []struct{ Text string } }
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	for _, l := range v.Letters {
		var typ struct{ Typ string }
		var one letter.Letter
		for i, part := range strings.Split(l.Text, ".")[:2] {
			b, err := base64.RawURLEncoding.DecodeString(part)
			if err == nil && i == 0 {
				err = errors.Join(json.Unmarshal(b, &one.Header), json.Unmarshal(b, &typ))
			} else if err == nil {
				one.Payload = b
			}
			if err != nil {
				return nil, err
			}
		}
		one.Type = strings.TrimPrefix(typ.Typ, "mxp-letter/")
		out = append(out, one)
	}
	return out, nil
}
