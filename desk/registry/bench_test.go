package registry

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
)

// benchRows is the size of the register of the corridor that the program was
// made for.
const benchRows = 73_000

// residentsCSV writes a register of n invented residents.
func residentsCSV(tb testing.TB, n int) string {
	tb.Helper()
	given := []string{"Sri", "Budi", "Made", "Siti", "Agus", "Dewi", "Eko", "Wayan", "Rina", "Joko"}
	family := []string{"Contoh", "Rekaan", "Misal", "Umpama", "Fiktif", "Karangan", "Sampel"}
	var b strings.Builder
	b.WriteString("id,full_name,sex,birth_date,birth_place,nationality,passport_no,passport_expiry,national_id,entry_date,stay_until,visa_class,address,phone\n")
	for i := range n {
		y, m, d := 1960+i%45, 1+i%12, 1+i%28
		fmt.Fprintf(&b, "R%06d,%s %s %s,%s,%02d/%02d/%d,Kota Rekaan %d,Indonesia,X%07d,%04d-%02d-%02d,3171%02d%02d%02d%04d,%02d/%02d/2023,2025-%02d-%02d,E-%d,Jalan Contoh No. %d,+62 812 %07d\n",
			i, given[i%10], given[i/10%10], family[i%7], "MF"[i%2:i%2+1], d, m, y, i%50, i, 2024+i%10, m, d, d, m, y%100, 1+i%9999,
			d, m, m, d, i%4, i, i)
	}
	path := filepath.Join(tb.TempDir(), "residents.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func benchImport(b *testing.B, db *store.DB, path, source string) Report {
	b.Helper()
	report, err := Import(context.Background(), db, Options{
		Noun: Residents, Source: source, Path: path, RejectedDir: b.TempDir(), Actor: "bench", Today: testDay,
	})
	if err != nil || report.Rejected > 0 {
		b.Fatalf("%+v %v", report, err)
	}
	return report
}

func BenchmarkImport(b *testing.B) {
	path := residentsCSV(b, benchRows)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		db := storetest.SQLite(b)
		b.StartTimer()
		benchImport(b, db, path, "bench")
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkImportUnchanged(b *testing.B) {
	path := residentsCSV(b, benchRows)
	db := storetest.SQLite(b)
	benchImport(b, db, path, "bench")
	for b.Loop() {
		if r := benchImport(b, db, path, "bench"); r.Unchanged != benchRows {
			b.Fatalf("%+v", r)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkParseRow(b *testing.B) {
	header := strings.Split("id,full_name,sex,birth_date,birth_place,nationality,passport_no,passport_expiry,national_id,entry_date,stay_until,visa_class,address,phone", ",")
	cells := strings.Split("R000001,Sri Budi Contoh,F,17/05/1990,Kota Rekaan,Indonesia,X0000001,2030-01-02,3171015705900001,01/02/2023,2025-01-02,E-1,Jalan Contoh No. 1,+62 812 0000001", ",")
	l, err := lay(header, Residents, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	p := newParser(Residents, "bench", l, testDay)
	b.ReportAllocs()
	for b.Loop() {
		if r := p.parse(2, cells); len(r.faults) > 0 {
			b.Fatal(r.faults)
		}
	}
}

// BenchmarkCurrent reads the current version of every record of two registers.
func BenchmarkCurrent(b *testing.B) {
	for _, corrected := range []bool{false, true} {
		b.Run(fmt.Sprintf("corrected=%v", corrected), func(b *testing.B) {
			path := residentsCSV(b, 131_000)
			db := storetest.SQLite(b)
			benchImport(b, db, path, "bench")
			if corrected { // then the versions of the first batch have to be looked up
				benchImport(b, db, residentsCSV(b, 5), "bench")
			}
			for b.Loop() {
				n := 0
				err := db.Read(context.Background(), func(tx *store.Tx) error {
					n = 0
					return Current(tx, Residents, func(r *Record) error { n++; return nil })
				})
				if err != nil || n != 131_000 {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(131_000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
