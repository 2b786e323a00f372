package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/journal"
)

// A bookCost is what single steps take in a book of some events, in milliseconds: medians.
type bookCost struct {
	events                  int64
	append, sequence, prove float64
	path                    int // hashes in the longest proof
}

// journalCosts makes a book grow by tens up to a number of events, on SQLite, and measures single steps at each size.
func journalCosts(ctx context.Context, dir string, most int64, errw io.Writer) (costs []bookCost, err error) {
	home := node.Home(filepath.Join(dir, "journal"))
	if err := node.Init(ctx, home, node.Setup{
		Country: "KH", Authority: "Authority of KH", Actor: "bench", Exchange: "127.0.0.1:0", Desk: "127.0.0.1:0", Metrics: "127.0.0.1:0",
	}); err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, home, "", nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	const book, together = "bench", 20_000
	var size int64
	grow := func(by int64) error {
		events := make([]journal.Event, by)
		for i := range events {
			events[i] = journal.Event{Book: book, Kind: "letter-in", Actor: "courier", Data: json.RawMessage(`{"mid":"01a2199d-f4d9-74c6-95a0-95657c8857c0"}`)}
		}
		size += by
		return n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := journal.AppendAll(tx, events)
			return err
		})
	}
	for at := int64(1000); at <= most; at *= 10 {
		fmt.Fprintln(errw, "a book of", at, "events")
		for size < at {
			if err := grow(min(together, at-size)); err != nil {
				return nil, err
			}
			if _, err := n.Journal.Sequence(ctx); err != nil {
				return nil, err
			}
		}
		c := bookCost{events: size}
		var appends, sequences, proofs []float64
		since := func(t time.Time) float64 { return float64(time.Since(t).Microseconds()) / 1000 }
		for range 100 {
			t := time.Now()
			if err := grow(1); err != nil {
				return nil, err
			}
			appends = append(appends, since(t))
			t = time.Now()
			if _, err := n.Journal.Sequence(ctx); err != nil {
				return nil, err
			}
			sequences = append(sequences, since(t))
		}
		for range 500 {
			t := time.Now()
			p, err := journal.Prove(ctx, n.DB, book, rand.Int64N(size))
			if err != nil {
				return nil, err
			}
			proofs = append(proofs, since(t))
			c.path = max(c.path, len(p.Path))
		}
		c.append, c.sequence, c.prove = median(appends), median(sequences), median(proofs)
		costs = append(costs, c)
	}
	return costs, nil
}

func journalTable(costs []bookCost) string {
	var b strings.Builder
	b.WriteString("\nA book as it grows, on SQLite: the median of appending one event, of giving it its place with a signed checkpoint and its head file, and of proving an event; the hashes in the longest proof.\n\n")
	b.WriteString("| events | append | place and checkpoint | proof | hashes |\n|---|---|---|---|---|\n")
	for _, c := range costs {
		fmt.Fprintf(&b, "| %d | %.2f ms | %.2f ms | %.2f ms | %d |\n", c.events, c.append, c.sequence, c.prove, c.path)
	}
	return b.String()
}
