package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
)

// manyResidents has several chunks of rows, all called name, and one bad row.
func manyResidents(name string) string {
	var b strings.Builder
	b.WriteString("id,full_name,birth_date\nbad,Sri Contoh,31/02/1990\n")
	for i := range 3 * chunkRows {
		fmt.Fprintf(&b, "R%d,%s,1990-05-17\n", i, name)
	}
	return b.String()
}

func nothingVisible(t *testing.T, db *store.DB) {
	t.Helper()
	if n := len(current(t, db, Residents)); n != 0 {
		t.Errorf("%d records are visible", n)
	}
	read(t, db, func(tx *store.Tx) error {
		if found, err := Find(tx, Residents, "R1"); err != nil || len(found) != 0 {
			t.Errorf("Find finds what is not live: %v", err)
		}
		batches, err := Batches(tx)
		if len(batches) != 0 {
			t.Errorf("%d batches are visible", len(batches))
		}
		return err
	})
	if n := count(t, db, `SELECT COUNT(*) FROM journal_leaf`); n != 0 {
		t.Errorf("%d events", n)
	}
}

func nothingLeft(t *testing.T, db *store.DB) {
	t.Helper()
	nothingVisible(t, db)
	if n := count(t, db, `SELECT COUNT(*) FROM record`) + count(t, db, `SELECT COUNT(*) FROM batch`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestCancelledImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		stored := false
		dir := t.TempDir()
		_, err := Import(ctx, db, Options{
			Noun: Residents, Path: file(t, "register.csv", manyResidents("Sri Contoh")), RejectedDir: dir, Actor: "officer-1", Today: testDay,
			Progress: func(done, total int64) {
				if done > chunkRows && !stored {
					stored = count(t, db, `SELECT COUNT(*) FROM record`) > 0
					nothingVisible(t, db)
					cancel()
				}
			},
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if !stored {
			t.Error("the import was cancelled before it had stored anything: the test shows nothing")
		}
		nothingLeft(t, db)
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("a failed import left %d files: %v", len(left), err)
		}
	})
}

// leaveBehind makes what a process leaves that is killed in mid-import: a batch
// that shows its last sign of life at the given time before now.
func leaveBehind(t *testing.T, db *store.DB, ago time.Duration) {
	t.Helper()
	load(t, db, threeResidents, Options{})
	write(t, db, `UPDATE batch SET state = 'loading', records_hash = '', event = '', beat = $1`, store.Time(time.Now().Add(-ago)))
	write(t, db, `DELETE FROM journal_leaf`)
}

func TestClearDead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		leaveBehind(t, db, time.Second)
		nothingVisible(t, db)
		if err := ClearDead(context.Background(), db); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM record`); n != 3 {
			t.Error("ClearDead killed an import that may be running")
		}
		write(t, db, `UPDATE batch SET beat = $1`, store.Time(time.Now().Add(-Silence-time.Minute)))
		if err := ClearDead(context.Background(), db); err != nil {
			t.Fatal(err)
		}
		nothingLeft(t, db)
		counts(t, load(t, db, threeResidents, Options{}), Counts{Rows: 3, New: 3})
	})
}

// TestAfterAKilledImport: the next import of the source clears it up by itself.
func TestAfterAKilledImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		leaveBehind(t, db, Silence-500*time.Millisecond) // waits until the other has been silent for too long
		counts(t, load(t, db, threeResidents, Options{}), Counts{Rows: 3, New: 3})
		if n := count(t, db, `SELECT COUNT(*) FROM record`); n != 3 {
			t.Errorf("%d records", n)
		}
	})
}

// TestAfterAnImportThatCouldNotClearUp: what is left supersedes what the next
// import is to supersede.
func TestAfterAnImportThatCouldNotClearUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, threeResidents, Options{})
		corrected := strings.ReplaceAll(threeResidents, "1990-05-17", "1990-05-18")
		counts(t, load(t, db, corrected, Options{}), Counts{Rows: 3, Changed: 1, Unchanged: 2})
		write(t, db, `UPDATE batch SET state = 'dead' WHERE seq = 2`)
		if got := current(t, db, Residents)["residents/R1"].Get(BirthDate); got != "1990-05-17" {
			t.Errorf("a dead import is visible: %s", got)
		}
		counts(t, load(t, db, corrected, Options{}), Counts{Rows: 3, Changed: 1, Unchanged: 2})
		if got := current(t, db, Residents)["residents/R1"].Get(BirthDate); got != "1990-05-18" {
			t.Errorf("got %s", got)
		}
	})
}

// TestTakenOver: a process that was taken for dead and wakes up changes nothing.
func TestTakenOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		taken := false
		_, err := try(t, db, manyResidents("Sri Contoh"), Options{Progress: func(done, total int64) {
			if taken {
				return
			}
			taken = true
			write(t, db, `UPDATE batch SET beat = $1 WHERE state = 'loading'`, store.Time(time.Now().Add(-Silence-time.Minute)))
			counts(t, load(t, db, threeResidents, Options{}), Counts{Rows: 3, New: 3})
		}})
		if !errors.Is(err, ErrTakenOver) {
			t.Fatalf("got %v", err)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM record`); n != 3 || len(current(t, db, Residents)) != 3 {
			t.Errorf("%d records", n)
		}
	})
}

// TestTwoImportsAtOnce: the later one waits, and supersedes what the earlier
// one said.
func TestTwoImportsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var group sync.WaitGroup
		var reports [4]Report
		for i := range reports {
			group.Go(func() {
				var err error
				reports[i], err = try(t, db, manyResidents([]string{"Sri Contoh", "Budi Rekaan"}[i%2]), Options{})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		var sum Counts
		for _, r := range reports {
			sum.New += r.New
			sum.Changed += r.Changed
			sum.Unchanged += r.Unchanged
		}
		n := int64(3 * chunkRows)
		if sum.New != n || sum.Changed+sum.Unchanged != 3*n {
			t.Errorf("%+v: an update was lost, or a record came twice", sum)
		}
		if got := len(current(t, db, Residents)); int64(got) != n {
			t.Errorf("%d current records", got)
		}
		if f := findings(t, db); len(f) != 0 {
			t.Errorf("findings: %v", f)
		}
	})
}

func TestFullDisk(t *testing.T) {
	db := storetest.SQLite(t)
	write(t, db, `PRAGMA max_page_count = 150`) // of the one write connection
	dir := t.TempDir()
	_, err := try(t, db, manyResidents("Sri Contoh"), Options{RejectedDir: filepath.Join(dir, "rejected")})
	if !errors.Is(err, store.ErrDiskFull) {
		t.Fatalf("got %v", err)
	}
	write(t, db, `PRAGMA max_page_count = 1000000`)
	if err := ClearDead(context.Background(), db); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, db)
	if left, err := filepath.Glob(filepath.Join(dir, "rejected", "*")); err != nil || len(left) != 0 {
		t.Errorf("a failed import left %d files: %v", len(left), err)
	}
}
