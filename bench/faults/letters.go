//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// letterType is the type of the letters that flow.
const letterType = "ping"

// seal makes a letter, changed before it is signed.
func seal(c *courier.Courier, p courier.Peer, change func(*letter.Letter)) (courier.Sealed, error) {
	mid, err := letter.NewID()
	if err != nil {
		return courier.Sealed{}, err
	}
	now := time.Now().Unix()
	l := letter.Letter{Type: letterType, Payload: json.RawMessage(`{"pad":"` + strings.Repeat("x", 2000) + `"}`), Header: letter.Header{
		Issuer: c.Self, Audience: p.Node, ID: mid, Conversation: mid, Issued: now, Expires: now + 24*3600, Schema: letter.SchemaID(letterType),
	}}
	if change != nil {
		change(&l)
	}
	return courier.Seal(l, p, c.Keys())
}

// peer finds a node's peer.
func peer(ctx context.Context, n *node.Node, name string) (p courier.Peer, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		p, err = courier.FindPeer(tx, name)
		return err
	})
	return p, err
}

// A flow is letters from one node to another.
type flow struct {
	from, to *home
	fault    string // of its row
	mids     []string
}

// queue puts letters into the outbox of a flow's sender, in the transaction that a desk uses, and has
// them sent. The database is open no longer than that: a process that is killed meanwhile leaves what
// it leaves where it is alone.
func (f *flow) queue(ctx context.Context, letters int) error {
	err := f.from.with(ctx, func(n *node.Node) error { return f.queueOn(ctx, n, letters) })
	f.from.wake()
	return err
}

func (f *flow) queueOn(ctx context.Context, n *node.Node, letters int) error {
	c, err := f.from.courier(ctx, n)
	if err != nil {
		return err
	}
	p, err := peer(ctx, n, f.to.name)
	if err != nil {
		return err
	}
	for letters > 0 {
		var batch []courier.Sealed
		for range min(64, letters) {
			s, err := seal(c, p, nil)
			if err != nil {
				return err
			}
			batch = append(batch, s)
		}
		if err := n.DB.Write(ctx, func(tx *store.Tx) error {
			for _, s := range batch {
				if err := courier.Queue(tx, "faults", s); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for _, s := range batch {
			f.mids = append(f.mids, s.ID)
		}
		letters -= len(batch)
	}
	return nil
}

// A count is what became of the letters of a flow, as both databases have it.
type count struct {
	letters, acknowledged, stored, waiting, dead, judged int
	lost, twice                                          []string // mids; twice has also those with two receipts R1
}

func (c *count) add(d count) {
	c.letters += d.letters
	c.acknowledged += d.acknowledged
	c.stored += d.stored
	c.waiting += d.waiting
	c.dead += d.dead
	c.judged += d.judged
	c.lost = append(c.lost, d.lost...)
	c.twice = append(c.twice, d.twice...)
}

// sent is a letter as its sender has it, got as its receiver has it.
type sent struct {
	envelope, state string
	receipts        []string // R1, R2, R3
}

type got struct{ envelope, receipt, state string }

// count holds what a sender's database says of the letters of a flow against the receiver's: whose receipt the
// sender holds has to be there as it was sent, once, and judged once.
func (f *flow) count(ctx context.Context) (c count, err error) {
	if len(f.mids) == 0 {
		return c, nil
	}
	mine := map[string]bool{}
	for _, mid := range f.mids {
		mine[mid] = true
	}
	out, in := map[string]*sent{}, map[string]got{}
	came, judged := map[string]int{}, map[string]int{}
	if err := f.from.with(ctx, func(n *node.Node) error {
		return n.DB.Read(ctx, func(tx *store.Tx) error {
			clear(out)
			if err := rows(tx, func(v []string) error {
				if mine[v[0]] {
					out[v[0]] = &sent{envelope: v[1], state: v[2]}
					if v[3] != "" {
						out[v[0]].receipts = []string{v[3]}
					}
				}
				return nil
			}, 4, `SELECT mid, envelope, state, receipt FROM outbox WHERE peer = $1 AND mid >= $2`, f.to.name, slices.Min(f.mids)); err != nil {
				return err
			}
			return rows(tx, func(v []string) error {
				if s := out[v[0]]; s != nil {
					s.receipts = append(s.receipts, v[1])
				}
				return nil
			}, 2, `SELECT mid, receipt FROM receipt_in WHERE peer = $1 AND mid >= $2`, f.to.name, slices.Min(f.mids))
		})
	}); err != nil {
		return c, err
	}
	if err := f.to.with(ctx, func(n *node.Node) error {
		return n.DB.Read(ctx, func(tx *store.Tx) error {
			clear(in)
			clear(came)
			clear(judged)
			if err := rows(tx, func(v []string) error {
				in[v[0]] = got{v[1], v[2], v[3]}
				return nil
			}, 4, `SELECT mid, envelope, receipt, state FROM inbox WHERE issuer = $1 AND mid >= $2`, f.from.name, slices.Min(f.mids)); err != nil {
				return err
			}
			books, err := journal.Books(tx)
			if err != nil {
				return err
			}
			_, id, _ := strings.Cut(f.from.name[len("mitra/"):], "/")
			for _, b := range books {
				if !strings.HasPrefix(b, "exchange-"+id) {
					continue
				}
				if err := journal.Events(tx, b, func(e journal.Event) error {
					var d struct {
						Mid string
						R   int
					}
					if e.Kind != "letter-in" && e.Kind != "receipt-out" {
						return nil
					}
					if err := json.Unmarshal(e.Data, &d); err != nil {
						return err
					}
					switch {
					case e.Kind == "letter-in":
						came[d.Mid]++
					case d.R == int(letter.StageJudged):
						judged[d.Mid]++
					}
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}); err != nil {
		return c, err
	}
	for _, mid := range f.mids {
		c.letters++
		s, r := out[mid], in[mid]
		if s == nil {
			return c, fmt.Errorf("letter %s is no more in the outbox of %s", mid, f.from.country)
		}
		switch s.state {
		case "stored":
			c.stored++
		case "waiting":
			c.waiting++
		case "dead", "refused":
			c.dead++
		}
		if len(s.receipts) > 0 {
			c.acknowledged++
			if signed.Hash([]byte(r.envelope)) != signed.Hash([]byte(s.envelope)) {
				c.lost = append(c.lost, mid)
			}
		}
		if judged[mid] > 0 {
			c.judged++
		}
		if came[mid] > 1 || judged[mid] > 1 || s.state == "stored" && s.receipts[0] != r.receipt {
			c.twice = append(c.twice, mid)
		}
	}
	return c, nil
}

// settled reports whether every letter of a flow has come and was judged, or how many have not.
func (f *flow) settled(ctx context.Context) (left int, err error) {
	c, err := f.count(ctx)
	return c.letters - min(c.stored, c.judged), err
}

// answered is how many letters of a flow have their receipt R2 at the sender.
func (f *flow) answered(ctx context.Context) (n int, err error) {
	if len(f.mids) == 0 {
		return 0, nil
	}
	mine := map[string]bool{}
	for _, mid := range f.mids {
		mine[mid] = true
	}
	err = f.from.with(ctx, func(o *node.Node) error {
		return o.DB.Read(ctx, func(tx *store.Tx) error {
			n = 0
			return rows(tx, func(v []string) error {
				if mine[v[0]] {
					n++
				}
				return nil
			}, 1, `SELECT mid FROM receipt_in WHERE peer = $1 AND stage = 2`, f.to.name)
		})
	})
	return n, err
}

// rows hands out rows of text.
func rows(tx *store.Tx, do func([]string) error, columns int, query string, args ...any) error {
	r, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer r.Close()
	v, to := make([]string, columns), make([]any, columns)
	for i := range v {
		to[i] = &v[i]
	}
	for r.Next() {
		if err := r.Scan(to...); err != nil {
			return err
		}
		if err := do(v); err != nil {
			return err
		}
	}
	return r.Err()
}
