// Package bench measures the work that DESIGN §8 sets numbers for:
//
//	go test -run '^$' -bench . -benchtime 3x ./bench
//
// Figures are printed, never tested: machines are shared and noisy.
package bench

import (
	"bytes"
	"context"
	"encoding/csv"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"mitra/demo"
	"mitra/identity/linkage"
	"mitra/table"
)

// corridor is the demo's corridor, made once.
func corridor(b *testing.B) (residents, permits []byte) {
	b.Helper()
	c, err := demo.Generate(demo.Params{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	var r, p bytes.Buffer
	if err := c.WriteResidents(&r); err != nil {
		b.Fatal(err)
	}
	if err := c.WritePermits(&p); err != nil {
		b.Fatal(err)
	}
	return r.Bytes(), p.Bytes()
}

func rows(b *testing.B, data []byte) (header []string, out [][]string) {
	b.Helper()
	r, err := table.New("bench.csv", data, table.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for {
		row, err := r.Next()
		if err != nil {
			return r.Header(), out
		}
		out = append(out, append([]string(nil), row.Cells...))
	}
}

// BenchmarkLink links 73,000 residents with 58,307 permits: from cells in memory
// to an assignment.
func BenchmarkLink(b *testing.B) {
	r, p := corridor(b)
	hr, residents := rows(b, r)
	hp, permits := rows(b, p)
	b.ResetTimer()
	for b.Loop() {
		l, err := linkage.New(linkage.Spec{}, hr, hp, 0, 0)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		for _, row := range residents {
			l.Left().Add(row[0], row)
		}
		for _, row := range permits {
			l.Right().Add(row[0], row)
		}
		added := time.Since(start).Seconds()
		res, err := l.Run(linkage.Options{Min: 0.05, Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		assigning := time.Now()
		kept := l.Assign(res.Pairs, nil)
		b.ReportMetric(added, "s-intern")
		b.ReportMetric(res.Seconds.Block, "s-block")
		b.ReportMetric(res.Seconds.Train, "s-train")
		b.ReportMetric(res.Seconds.Score, "s-score")
		b.ReportMetric(time.Since(assigning).Seconds(), "s-assign")
		b.ReportMetric(float64(res.Compared), "compared")
		b.ReportMetric(float64(len(kept)), "kept")
	}
}

// BenchmarkDemo is the whole way: people made, files written, read, stored,
// linked, assessed, stored, compared with the truth.
func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		debug.FreeOSMemory()
		d := demo.Demo{Dir: filepath.Join(b.TempDir(), "demo"), Params: demo.Params{Seed: 1}, Actor: "bench", Alone: true}
		out, err := d.Run(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(out.Seconds.Generate, "s-generate")
		b.ReportMetric(out.Seconds.Import, "s-import")
		b.ReportMetric(out.Seconds.Status, "s-status")
		b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
	}
}

// BenchmarkReadCSV reads the residents' file, beside encoding/csv.
func BenchmarkReadCSV(b *testing.B) {
	r, _ := corridor(b)
	b.Run("table", func(b *testing.B) {
		b.SetBytes(int64(len(r)))
		for b.Loop() {
			t, err := table.New("bench.csv", r, table.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for {
				if _, err := t.Next(); err != nil {
					break
				}
			}
		}
	})
	b.Run("encoding-csv", func(b *testing.B) {
		b.SetBytes(int64(len(r)))
		for b.Loop() {
			c := csv.NewReader(bytes.NewReader(r))
			c.ReuseRecord = true
			for {
				if _, err := c.Read(); err != nil {
					break
				}
			}
		}
	})
}
