package demo

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestFiles writes the lists and the truth to the folder named by
// MITRA_DEMO_OUT, and does nothing where that is not set. It is the way to get
// the files without a node:
//
//	MITRA_DEMO_OUT=/tmp/corridor go test ./demo -run TestFiles -v
//
// MITRA_DEMO_SEED, MITRA_DEMO_OUTSIDERS and MITRA_DEMO_SECOND=1 set parameters.
func TestFiles(t *testing.T) {
	dir := os.Getenv("MITRA_DEMO_OUT")
	if dir == "" {
		t.Skip("MITRA_DEMO_OUT is not set: no files wanted")
	}
	p := Params{Second: os.Getenv("MITRA_DEMO_SECOND") != ""}
	if s := os.Getenv("MITRA_DEMO_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		p.Seed = seed
	}
	if s := os.Getenv("MITRA_DEMO_OUTSIDERS"); s != "" {
		share, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		p.Outsiders = share
	}
	start := time.Now()
	c, err := Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("generated in %v", time.Since(start))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"residents.csv": c.WriteResidents, "permits.csv": c.WritePermits,
		"truth.csv": c.WriteTruth, "expected.csv": c.WriteExpected,
		"reports.csv": c.WriteReports, "placements.csv": c.WritePlacements, "departures.csv": c.WriteDepartures,
		"alerts.csv": c.WriteAlerts, "sought.csv": c.WriteSought,
	} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := write(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("written after %v", time.Since(start))
}
