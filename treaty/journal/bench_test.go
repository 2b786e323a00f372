package journal_test

import (
	"encoding/json"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

const benchEvents = 100_000

func appendMany(b *testing.B, n *node) {
	b.Helper()
	n.write(func(tx *store.Tx) error {
		for range benchEvents {
			_, err := journal.Append(tx, journal.Event{
				Kind: "view", Actor: "officer-7", Office: "hq", Purpose: "status",
				Subjects: []string{"0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f"}, Data: json.RawMessage(`{"screen":"person"}`),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func perSecond(b *testing.B) {
	b.ReportMetric(benchEvents*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkAppend(b *testing.B) {
	n := newNode(b, storetest.SQLite(b))
	for b.Loop() {
		appendMany(b, n)
	}
	perSecond(b)
}

func BenchmarkSequence(b *testing.B) {
	n := newNode(b, storetest.SQLite(b))
	for b.Loop() {
		b.StopTimer()
		appendMany(b, n)
		b.StartTimer()
		n.sequence(benchEvents)
	}
	perSecond(b)
}

// BenchmarkSequenceIdle is what a node without work does five times a second.
func BenchmarkSequenceIdle(b *testing.B) {
	n := newNode(b, storetest.SQLite(b))
	n.append(3)
	n.sequence(3)
	k := n.keeper()
	for b.Loop() {
		if _, err := k.Sequence(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify reports allocations because memory must not grow with a book.
func BenchmarkVerify(b *testing.B) {
	n := newNode(b, storetest.SQLite(b))
	appendMany(b, n)
	n.sequence(benchEvents)
	b.ReportAllocs()
	for b.Loop() {
		n.verified()
	}
	perSecond(b)
}
