package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
)

// The helper process of TestTwoProcesses is this test binary with this
// variable naming the database.
const helperEnv = "MITRA_STORE_TEST_HELPER"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(helperEnv); dsn != "" {
		if err := helper(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// each runs f on both databases with the tables the tests use.
func each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, s := range []string{
			`CREATE TABLE item (name TEXT NOT NULL PRIMARY KEY, n BIGINT, x DOUBLE PRECISION, b BYTEA, long TEXT)`,
			`INSERT INTO item (name, n) VALUES ('counter', 0)`,
		} {
			write(t, db, func(tx *store.Tx) error { _, err := tx.Exec(s); return err })
		}
		f(t, db)
	})
}

func write(t testing.TB, db *store.DB, f func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, db *store.DB, f func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Read(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, db *store.DB) (n int) {
	t.Helper()
	read(t, db, func(tx *store.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM item`).Scan(&n) })
	return n
}

func counter(t testing.TB, db *store.DB) (n int) {
	t.Helper()
	read(t, db, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT n FROM item WHERE name = 'counter'`).Scan(&n)
	})
	return n
}

// increment reads, thinks and writes: what a weaker isolation would lose.
func increment(tx *store.Tx) error {
	var n int64
	if err := tx.QueryRow(`SELECT n FROM item WHERE name = 'counter'`).Scan(&n); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE item SET n = $1 WHERE name = 'counter'`, n+1)
	return err
}

func insert(name string) func(tx *store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO item (name) VALUES ($1)`, name)
		return err
	}
}

func TestRollback(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		stop := errors.New("stop")
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			if err := insert("a")(tx); err != nil {
				return err
			}
			return fmt.Errorf("in the closure: %w", stop)
		})
		if !errors.Is(err, stop) || count(t, db) != 1 {
			t.Errorf("error %v, %d rows", err, count(t, db))
		}
	})
}

func TestPanicRollsBackAndGoesOn(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		func() {
			defer func() {
				if r := recover(); r != "broken" {
					t.Errorf("recovered %v", r)
				}
			}()
			_ = db.Write(t.Context(), func(tx *store.Tx) error {
				if err := insert("a")(tx); err != nil {
					return err
				}
				panic("broken")
			})
		}()
		write(t, db, insert("b")) // the connection is free and clean
		if count(t, db) != 2 {
			t.Errorf("%d rows", count(t, db))
		}
	})
}

// TestFailedStatementEndsTransaction hides a statement's error from Write.
func TestFailedStatementEndsTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			if err := insert("a")(tx); err != nil {
				return err
			}
			if err := insert("counter")(tx); err == nil {
				t.Error("a second row with the key")
			}
			if err := insert("b")(tx); err == nil {
				t.Error("the transaction goes on")
			}
			return nil
		})
		if !store.IsUnique(err) || !errors.Is(err, store.ErrConflict) {
			t.Errorf("Write: %v", err)
		}
		if count(t, db) != 1 {
			t.Errorf("%d rows", count(t, db))
		}
	})
}

func TestNoLostUpdate(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const workers, times = 2, 200
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range times {
					if err := db.Write(t.Context(), increment); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if n := counter(t, db); n != workers*times {
			t.Errorf("counter is %d, want %d", n, workers*times)
		}
	})
}

// TestNoWriteSkew has two officers each take the last unit of a quota, by rows
// that do not collide.
func TestNoWriteSkew(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				err := db.Write(t.Context(), func(tx *store.Tx) error {
					var used int
					if err := tx.QueryRow(`SELECT COUNT(*) FROM item WHERE name LIKE 'unit%'`).Scan(&used); err != nil {
						return err
					}
					if used > 0 {
						return nil
					}
					return insert(fmt.Sprint("unit", w))(tx)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db); n != 2 {
			t.Errorf("%d units of one were taken", n-1)
		}
	})
}

// TestRunsAgain makes the first attempt of a PostgreSQL transaction lose, and
// shows that its effects are there once.
func TestRunsAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		attempts := 0
		write(t, db, func(tx *store.Tx) error {
			attempts++
			if err := insert("mine")(tx); err != nil {
				return err
			}
			var n int
			if err := tx.QueryRow(`SELECT n FROM item WHERE name = 'counter'`).Scan(&n); err != nil {
				return err
			}
			if attempts == 1 && db.Dialect() == store.PostgreSQL { // SQLite would wait for us
				write(t, db, increment)
			}
			return increment(tx)
		})
		want := map[store.Dialect][2]int{store.SQLite: {1, 1}, store.PostgreSQL: {2, 2}}[db.Dialect()]
		if got := [2]int{attempts, counter(t, db)}; got != want {
			t.Errorf("attempts and counter are %v, want %v", got, want)
		}
		if count(t, db) != 2 {
			t.Errorf("%d rows", count(t, db))
		}
	})
}

// TestHiddenConflictRunsAgain wraps the conflict out of sight.
func TestHiddenConflictRunsAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		attempts := 0
		write(t, db, func(tx *store.Tx) error {
			attempts++
			var n int
			if err := tx.QueryRow(`SELECT n FROM item WHERE name = 'counter'`).Scan(&n); err != nil {
				return err
			}
			if attempts == 1 && db.Dialect() == store.PostgreSQL {
				write(t, db, increment)
			}
			if _, err := tx.Exec(`UPDATE item SET n = n + 1 WHERE name = 'counter'`); err != nil {
				return errors.New("could not count")
			}
			return nil
		})
	})
}

func TestReadSeesOneState(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		read(t, db, func(tx *store.Tx) error {
			for i := range 3 {
				var n int
				if err := tx.QueryRow(`SELECT COUNT(*) FROM item`).Scan(&n); err != nil {
					return err
				}
				if n != 1 {
					t.Errorf("look %d: %d rows", i, n)
				}
				write(t, db, insert(fmt.Sprint("later", i))) // does not wait for the reader either
			}
			return nil
		})
		if count(t, db) != 4 {
			t.Errorf("%d rows", count(t, db))
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		if err := db.Read(t.Context(), insert("a")); err == nil {
			t.Error("a read wrote")
		}
		if count(t, db) != 1 {
			t.Errorf("%d rows", count(t, db))
		}
	})
}

func TestValuesComeBack(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		for i, text := range []string{"", "Suparmi", "ស្រីមុំ ចាន់ធូ", "ខ្ញុំ", "\u00e9", "e\u0301", "🙂", `'"\;--`, "a\tb\nc"} {
			var gotText, gotLong string
			long := strings.Repeat(text, 50_000)
			var gotBytes []byte
			var gotInt int64
			var gotFloat float64
			wantInt, wantFloat := int64(i)<<59-1, 0.1*float64(i)
			write(t, db, func(tx *store.Tx) error {
				if _, err := tx.Exec(`DELETE FROM item`); err != nil {
					return err
				}
				_, err := tx.Exec(`INSERT INTO item (name, n, x, b, long) VALUES ($1, $2, $3, $4, $5)`, text, wantInt, wantFloat, all, long)
				return err
			})
			read(t, db, func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT name, n, x, b, long FROM item WHERE name = $1`, text).Scan(&gotText, &gotInt, &gotFloat, &gotBytes, &gotLong)
			})
			if gotText != text || gotLong != long || gotInt != wantInt || gotFloat != wantFloat || !bytes.Equal(gotBytes, all) {
				t.Errorf("text %d did not come back as it was", i)
			}
		}
	})
}

func TestNullsAndEmpties(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			if _, err := tx.Exec(`INSERT INTO item (name, n, x, b) VALUES ($1, $2, $3, $4)`, "null", nil, nil, nil); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO item (name, n, x, b) VALUES ($1, $2, $3, $4)`, "empty", 0, 0.0, []byte{})
			return err
		})
		read(t, db, func(tx *store.Tx) error {
			for _, name := range []string{"null", "empty"} {
				var n sql.NullInt64
				var x sql.NullFloat64
				var b sql.Null[[]byte] // a plain []byte does not tell empty from NULL on SQLite
				if err := tx.QueryRow(`SELECT n, x, b FROM item WHERE name = $1`, name).Scan(&n, &x, &b); err != nil {
					return err
				}
				if there := name == "empty"; n.Valid != there || x.Valid != there || b.Valid != there {
					t.Errorf("%s came back as %v %v %v", name, n, x, b)
				}
			}
			return nil
		})
	})
}

// TestTextOrder compares with Go's order of bytes, and so with that of values
// folded in Go. The table is the migrations' own, not the tests'.
func TestTextOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		want := []string{"", "A", "Z", "_", "a", "a b", "a-b", "ab", "z", "\u00e9", "e\u0301", "ក", "ខ", "🙂"}
		slices.Sort(want)
		var got, above []string
		write(t, db, func(tx *store.Tx) error {
			for _, name := range slices.Backward(want) {
				if _, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ($1, '', '')`, name); err != nil {
					return err
				}
			}
			return nil
		})
		read(t, db, func(tx *store.Tx) (err error) {
			if got, err = names(tx, `SELECT name FROM lease ORDER BY name`); err != nil {
				return err
			}
			above, err = names(tx, `SELECT name FROM lease WHERE name > $1 ORDER BY name`, "a b")
			return err
		})
		if !slices.Equal(got, want) {
			t.Errorf("order %q, want %q", got, want)
		}
		if i := slices.Index(want, "a b"); !slices.Equal(above, want[i+1:]) {
			t.Errorf("above %q: %q", "a b", above)
		}
	})
}

func names(tx *store.Tx, query string, args ...any) (out []string, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func TestLikeTellsCapitalsApart(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, insert("Counter"))
		read(t, db, func(tx *store.Tx) error {
			got, err := names(tx, `SELECT name FROM item WHERE name LIKE $1`, "count%")
			if !slices.Equal(got, []string{"counter"}) {
				t.Errorf("LIKE found %q", got)
			}
			return err
		})
	})
}

// TestPlaceholders uses them out of order and more than once.
func TestPlaceholders(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(tx *store.Tx) error {
			for i := range 3 { // from the second time on the statement is a prepared one
				n, err := tx.Exec(`UPDATE item SET n = $2 WHERE name = $1 AND n <> $2`, "counter", 7+i)
				if err != nil || n != 1 {
					return fmt.Errorf("%d rows: %w", n, err)
				}
				var got int
				if err := tx.QueryRow(`SELECT n FROM item WHERE name = $1`, "counter").Scan(&got); err != nil || got != 7+i {
					return fmt.Errorf("n is %d: %w", got, err)
				}
			}
			return nil
		})
	})
}

func TestTimes(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		when := time.Date(2024, 3, 13, 6, 59, 59, 123_456_789, time.FixedZone("WIB", 7*3600))
		write(t, db, func(tx *store.Tx) error {
			if now := tx.Now(); now != tx.Now() || now.Location() != time.UTC || now.Nanosecond()%1000 != 0 {
				t.Errorf("Now is %v", now)
			}
			_, err := tx.Exec(`INSERT INTO item (name, n) VALUES ($1, $2)`, when, true)
			return err
		})
		read(t, db, func(tx *store.Tx) error {
			var text string
			var n int
			if err := tx.QueryRow(`SELECT name, n FROM item WHERE name <> 'counter'`).Scan(&text, &n); err != nil {
				return err
			}
			if text != "2024-03-12T23:59:59.123456Z" || n != 1 {
				t.Errorf("stored %q, %d", text, n)
			}
			got, err := store.ParseTime(text)
			if !got.Equal(when.Truncate(time.Microsecond)) {
				t.Errorf("came back as %v", got)
			}
			return err
		})
	})
}

func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const rows = 10_000
		insert := func(tx *store.Tx, bad int, row []any) (int64, error) {
			return tx.Bulk("item", []string{"name", "n", "x", "b"}, func(yield func([]any) bool) {
				out := make([]any, 4)
				for i := range rows {
					out[0], out[1], out[2], out[3] = fmt.Sprintf("ឈ្មោះ %05d", i), int64(i), float64(i)/4, []byte{byte(i), 0}
					if i%7 == 0 {
						out[1], out[3] = nil, nil
					}
					if i == bad {
						out = row
					}
					if !yield(out) {
						return
					}
				}
			})
		}
		for what, row := range map[string][]any{
			"a key twice":        {"ឈ្មោះ 00001", nil, nil, nil},
			"a missing key":      {nil, nil, nil, nil},
			"too few values":     {"short"},
			"a value of no type": {"typeless", struct{}{}, nil, nil},
		} {
			err := db.Write(t.Context(), func(tx *store.Tx) error {
				if _, err := insert(tx, rows/2, row); err == nil {
					t.Errorf("%s: no error", what)
				}
				return nil // hides it
			})
			if err == nil || count(t, db) != 1 {
				t.Errorf("%s: error %v, %d rows", what, err, count(t, db))
			}
			if what == "a key twice" && !store.IsUnique(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		write(t, db, func(tx *store.Tx) error {
			if n, err := tx.Bulk("item", []string{"name"}, func(func([]any) bool) {}); n != 0 || err != nil {
				return fmt.Errorf("no rows: %d, %w", n, err)
			}
			n, err := insert(tx, -1, nil)
			if err == nil && n != rows {
				t.Errorf("Bulk returned %d", n)
			}
			return err
		})
		var n, sum, nulls int
		var name string
		read(t, db, func(tx *store.Tx) error {
			if err := tx.QueryRow(`SELECT COUNT(*), SUM(n), SUM(CASE WHEN b IS NULL THEN 1 ELSE 0 END) FROM item`).Scan(&n, &sum, &nulls); err != nil {
				return err
			}
			return tx.QueryRow(`SELECT name FROM item WHERE n = $1`, rows-1).Scan(&name)
		})
		wantSum := rows*(rows-1)/2 - 7*(1428*1429/2)
		if n != rows+1 || sum != wantSum || nulls != 1429+1 || name != "ឈ្មោះ 09999" {
			t.Errorf("%d rows, sum %d (want %d), %d nulls, last %q", n, sum, wantSum, nulls, name)
		}
	})
}

func TestBulkTakesOnlyNames(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Bulk("item; DROP TABLE item", []string{"name"}, func(func([]any) bool) {})
			return err
		})
		if err == nil {
			t.Error("no error")
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *store.Tx) error {
			if err := insert("a")(tx); err != nil {
				return err
			}
			cancel()
			_, err := tx.Exec(`INSERT INTO item (name) VALUES ('b')`)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write: %v", err)
		}
		if err := db.Write(ctx, insert("c")); !errors.Is(err, context.Canceled) {
			t.Errorf("the next Write: %v", err)
		}
		if count(t, db) != 1 {
			t.Errorf("%d rows", count(t, db))
		}
		write(t, db, insert("d"))
	})
}

// TestCancelInBulk ends the context in the middle of a statement of many rows:
// the driver's error speaks of what it closed, and the caller's tells why.
func TestCancelInBulk(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		before := count(t, db)
		err := db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Bulk("item", []string{"name"}, func(yield func([]any) bool) {
				for i := range 2000 {
					if i == 1000 {
						cancel()
						time.Sleep(50 * time.Millisecond) // the transaction is rolled back beside
					}
					if !yield([]any{fmt.Sprintf("bulk %d", i)}) {
						return
					}
				}
			})
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write: %v", err)
		}
		if n := count(t, db); n != before {
			t.Errorf("%d rows, want %d", n, before)
		}
	})
}

// TestCancelWhileWaiting has a second writer give up on the first.
func TestCancelWhileWaiting(t *testing.T) {
	db := storetest.SQLite(t)
	write(t, db, func(tx *store.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := db.Write(ctx, func(*store.Tx) error { return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the second writer: %v", err)
		}
		return nil
	})
}

// helper is what the other process does: it opens, and so migrates, the
// database and counts.
func helper(dsn string) error {
	db, err := store.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	for range 100 {
		if err := db.Write(context.Background(), func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow(`SELECT CAST(until AS INTEGER) FROM lease WHERE name = 'counter'`).Scan(&n)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			_, err = tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ('counter', '', $1)
				ON CONFLICT (name) DO UPDATE SET until = excluded.until`, fmt.Sprint(n+1))
			return err
		}); err != nil {
			return err
		}
	}
	return db.Close()
}

// TestProcessesStartTogether lets three processes create, migrate and write one
// database.
func TestProcessesStartTogether(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		const processes = 3
		var wg sync.WaitGroup
		for range processes {
			wg.Go(func() {
				cmd := exec.CommandContext(t.Context(), self)
				cmd.Env = append(os.Environ(), helperEnv+"="+dsn)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wg.Wait()
		db, err := store.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var n string
		read(t, db, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT until FROM lease WHERE name = 'counter'`).Scan(&n)
		})
		if n != fmt.Sprint(processes*100) {
			t.Errorf("counted to %s, want %d", n, processes*100)
		}
	})
}

func TestExecEach(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var changed []int64
		write(t, db, func(tx *store.Tx) (err error) {
			if _, err = tx.ExecEach(`INSERT INTO item (name, n) VALUES ($1, $2)`, [][]any{{"a", 1}, {"b", int64(2)}, {"c", true}}); err != nil {
				return err
			}
			changed, err = tx.ExecEach(`UPDATE item SET n = n + $1 WHERE name = $2`, [][]any{{int64(10), "c"}, {int64(10), "nobody"}, {int64(5), "c"}})
			return err
		})
		if want := []int64{1, 0, 1}; !slices.Equal(changed, want) {
			t.Errorf("changed %v, want %v", changed, want)
		}
		var names []string
		var n int64
		read(t, db, func(tx *store.Tx) (err error) {
			if names, err = tx.Texts(`SELECT name FROM item WHERE n > $1 ORDER BY name`, 1); err != nil {
				return err
			}
			return tx.QueryRow(`SELECT n FROM item WHERE name = $1`, "c").Scan(&n)
		})
		if !slices.Equal(names, []string{"b", "c"}) || n != 16 {
			t.Errorf("names %v, n %d", names, n)
		}

		// One that fails takes the transaction with it, and says which it was, without its values.
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecEach(`INSERT INTO item (name, n) VALUES ($1, $2)`, [][]any{{"secret", 1}, {"b", 2}, {"c", 3}})
			if _, again := tx.Exec(`INSERT INTO item (name, n) VALUES ('d', 1)`); again == nil {
				t.Error("the transaction went on")
			}
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "row 2 of 3") || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
		write(t, db, func(tx *store.Tx) error { _, err := tx.ExecEach(`DELETE FROM item WHERE name = $1`, nil); return err })
		read(t, db, func(tx *store.Tx) (err error) { names, err = tx.Texts(`SELECT name FROM item`); return err })
		if len(names) != 4 { // with the one that was there
			t.Errorf("%d rows, want 4", len(names))
		}
	})
}

func TestQueryEach(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		type found struct {
			asked int
			n     int64
			b     string
		}
		var got []found
		write(t, db, func(tx *store.Tx) error {
			got = nil
			if _, err := tx.ExecEach(`INSERT INTO item (name, n, b) VALUES ($1, $2, $3)`, [][]any{{"a", 1, []byte("x")}, {"b", 2, []byte("y")}}); err != nil {
				return err
			}
			return tx.QueryEach(`SELECT n, b FROM item WHERE name = $1 OR name = $2 ORDER BY n`, [][]any{{"b", ""}, {"nobody", ""}, {"a", "b"}}, func(i int, scan func(...any) error) error {
				var n int64
				var b []byte
				err := scan(&n, &b)
				got = append(got, found{i, n, string(b)})
				return err
			})
		})
		if want := []found{{0, 2, "y"}, {2, 1, "x"}, {2, 2, "y"}}; !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}

		// What goes wrong ends the transaction; no value is in the error.
		mine := errors.New("mine")
		for query, want := range map[string]string{
			`SELECT n FROM item WHERE name = $1`:    "mine",
			`SELECT name FROM item WHERE name = $1`: "row 1 of 1",
			`SELECT n FROM nothing WHERE name = $1`: "row 1 of 1",
		} {
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				err := tx.QueryEach(query, [][]any{{"a"}}, func(_ int, scan func(...any) error) error {
					var n int64
					if err := scan(&n); err != nil {
						return err
					}
					return mine
				})
				if _, again := tx.Exec(`SELECT 1`); again == nil {
					t.Error("the transaction went on")
				}
				return err
			})
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), `"a"`) {
				t.Errorf("%s: error %v", query, err)
			}
		}
	})
}

// What is sealed is stored as it is.
func TestSealedIsNotCompressed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		if db.Dialect() != store.PostgreSQL {
			t.Skip("of PostgreSQL")
		}
		var how []string
		read(t, db, func(tx *store.Tx) (err error) {
			how, err = tx.Texts(`SELECT attstorage::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
				WHERE c.relnamespace = current_schema()::regnamespace AND (relname, attname) IN (('outbox', 'envelope'), ('outbox', 'letter'), ('inbox', 'envelope'), ('inbox', 'letter'))`)
			return err
		})
		if !slices.Equal(how, []string{"e", "e", "e", "e"}) {
			t.Errorf("stored as %q", how)
		}
	})
}
