package evidence_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
)

// events is how many events the books of both nodes have: MITRA_BENCH_EVENTS, or 100,000.
func events(b *testing.B) int {
	b.Helper()
	text := os.Getenv("MITRA_BENCH_EVENTS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// fill has a node's exchange book grow by events that are like those of letters.
func (n *node) fill(with *node, events int) {
	n.t.Helper()
	var book string
	n.read(func(tx *store.Tx) error {
		p, err := courier.FindPeer(tx, with.name)
		book = p.Book
		return err
	})
	data := json.RawMessage(`{"env":"t26QVms4PZPVuHYJeYx3uFrlZyXzbLE2FIJYz9tGFf0","mid":"0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f"}`)
	for left := events; left > 0; left -= 10_000 {
		some := make([]journal.Event, min(left, 10_000))
		for i := range some {
			some[i] = journal.Event{Book: book, Kind: "letter-in", Actor: "courier", Data: data}
		}
		n.write(func(tx *store.Tx) error {
			_, err := journal.AppendAll(tx, some)
			return err
		})
		n.settle()
	}
}

// BenchmarkEvidence is of a conversation of twenty letters, one half before the other events of both books and one
// behind them.
func BenchmarkEvidence(b *testing.B) {
	c := newCorridor(b, storetest.SQLite(b), storetest.SQLite(b))
	n := events(b)
	var first, last evidence.File
	cid := c.talk(20, func(at int) {
		if at == 10 {
			c.kh.fill(c.id, n)
			c.id.fill(c.kh, n)
		}
	})
	b.Run("export", func(b *testing.B) {
		for b.Loop() {
			first = c.kh.export(cid)
		}
	})
	last = c.id.export(cid)
	file, err := first.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range []evidence.File{first, last} {
		if rep := evidence.Verify(f, false, c.kh.cards[0], c.id.cards[0]); !rep.OK || len(rep.Open) > 0 || len(rep.Letters) != 20 {
			b.Fatalf("%+v", rep)
		}
	}
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			f, err := evidence.Read(bytes.NewReader(file))
			if err != nil {
				b.Fatal(err)
			}
			if !evidence.Verify(f, false, c.kh.cards[0], c.id.cards[0]).OK {
				b.Fatal("not ok")
			}
		}
		b.ReportMetric(float64(len(file)), "bytes")
	})
}
