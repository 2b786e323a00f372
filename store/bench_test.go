package store_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
)

var eight = []string{"a", "b", "c", "d", "e", "f", "g", "h"}

// shortRows yields n rows of eight short columns, as of a register.
func shortRows(n int) iter.Seq[[]any] {
	row := make([]any, len(eight))
	return func(yield func([]any) bool) {
		for i := range n {
			row[0] = fmt.Sprintf("%012d", i)
			row[1] = int64(i)
			row[2], row[3] = "PERSON NUMBER", "1990-05-17"
			row[4], row[5] = "M", nil
			row[6], row[7] = "IDN", int64(i%7)
			if !yield(row) {
				return
			}
		}
	}
}

// BenchmarkBulk is the speed of an import's raw rows.
func BenchmarkBulk(b *testing.B) {
	const rows = 50_000
	db := storetest.SQLite(b)
	ctx := context.Background()
	err := db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`CREATE TABLE bulk (a TEXT NOT NULL PRIMARY KEY, b BIGINT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h BIGINT)`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := db.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(`DELETE FROM bulk`); err != nil {
				return err
			}
			_, err := tx.Bulk("bulk", eight, shortRows(rows))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkWrite is one small durable transaction.
func BenchmarkWrite(b *testing.B) {
	db := storetest.SQLite(b)
	ctx := context.Background()
	for b.Loop() {
		err := db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)`,
				store.NewID(), "bench", tx.Now())
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
