//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mitra/desk/registry"
	"mitra/node"
	"mitra/store"
	"mitra/store/storetest"
)

// interruptedRows are enough for an import to be caught in the middle.
var interruptedRows = sized(60_000)

// sized is a number of rows, fewer where the race detector slows all down.
func sized(rows int) int {
	if raced {
		return rows / 5
	}
	return rows
}

// register writes a register of many residents, none of whom exists.
func register(t *testing.T, path string, rows int) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("id,full_name,sex,birth_date,nationality,passport_no,entry_date,stay_until\n")
	given := []string{"BUDI", "SITI", "KETUT", "DEWI", "AGUS", "RATNA", "NURUL", "ANDI", "MADE", "FITRI"}
	family := []string{"SANTOSO", "AMINAH", "WIJAYA", "LESTARI", "SETIAWAN", "SARI", "HIDAYAH", "FIRMANSYAH"}
	for i := range rows {
		fmt.Fprintf(&b, "r%06d,%s %s,M,%d-%02d-%02d,IDN,C%07d,2020-01-01,2030-01-01\n",
			i, given[i%len(given)], family[i%len(family)], 1960+i%40, 1+i%12, 1+i%28, i)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// testNode is a node on which a test runs the program, as processes of their own.
type testNode struct {
	dir string
	dsn string // of PostgreSQL; empty: SQLite in the home
}

func newTestNode(t *testing.T, dsn string) testNode {
	t.Helper()
	if !store.IsPostgres(dsn) {
		dsn = ""
	}
	n := testNode{dir: t.TempDir(), dsn: dsn}
	if out, err := n.command("init", "--country", "KH", "--authority", "A").CombinedOutput(); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	return n
}

func (n testNode) home() node.Home { return node.Home(filepath.Join(n.dir, "home")) }

// command is the program (see TestMain) on this node.
func (n testNode) command(args ...string) *exec.Cmd {
	c := exec.Command("mitra", args...)
	c.Dir, c.Env = n.dir, n.environment()
	return c
}

func (n testNode) environment() []string {
	return append(os.Environ(), "MITRA_HOME="+string(n.home()), "MITRA_DB="+n.dsn)
}

// run runs a command that prints JSON, and returns what it says beside.
func (n testNode) run(t *testing.T, v any, args ...string) (said string) {
	t.Helper()
	c := n.command(append(args, "--json")...)
	var out, errw bytes.Buffer
	c.Stdout, c.Stderr = &out, &errw
	if err := c.Run(); err != nil {
		t.Fatalf("mitra %s: %v\n%s%s", strings.Join(args, " "), err, out.Bytes(), errw.Bytes())
	}
	if err := json.Unmarshal(out.Bytes(), v); err != nil {
		t.Fatalf("mitra %s: %v\n%s", strings.Join(args, " "), err, out.Bytes())
	}
	return errw.String()
}

// verified checks journal and records, and returns how many residents anybody
// can see.
func (n testNode) verified(t *testing.T) (residents int) {
	t.Helper()
	var log struct{ OK bool }
	n.run(t, &log, "log", "verify", "--records")
	if !log.OK {
		t.Error("log verify finds damage")
	}
	n.open(t, func(db *store.DB) error {
		return db.Read(t.Context(), func(tx *store.Tx) error {
			residents = 0
			return registry.Current(tx, registry.Residents, func(*registry.Record) error {
				residents++
				return nil
			})
		})
	})
	return residents
}

func (n testNode) open(t *testing.T, do func(db *store.DB) error) {
	t.Helper()
	open, err := node.Open(t.Context(), n.home(), n.dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := do(open.DB); err != nil {
		t.Fatal(err)
	}
}

// loaded is how many rows of an import stand in the database, seen or not.
func loaded(db *store.DB) (rows int, err error) {
	err = db.Read(context.Background(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM record`).Scan(&rows)
	})
	return rows, err
}

// TestKilledImport kills imports at several moments. Afterwards nobody sees a
// part of one: all rows or none. The journal is whole, and the same command run
// again completes, having waited until the dead import's sign of life is old.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "residents.csv")
	register(t, file, interruptedRows)
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		t.Parallel()
		const moments = 3
		random := rand.New(rand.NewPCG(1, 2))
		n := newTestNode(t, dsn)
		killed := 0
		for i := range moments {
			source := fmt.Sprintf("list-%d", i)
			before := i * interruptedRows
			// Killed once so many rows are written, not after so long a time, which
			// would be another moment on each machine.
			if n.killAfter(t, before+1+random.IntN(interruptedRows/2), "import", "residents", file, "--source", source) {
				killed++
			}
			seen := n.verified(t)
			if seen != before && seen != before+interruptedRows {
				t.Fatalf("moment %d: of an import that was killed %d residents of %d can be seen", i, seen-before, interruptedRows)
			}
			waits := i == moments-1 // the last waits as a user does, half as long
			if waits {
				waits = n.signOfLife(t, time.Now().Add(-registry.Silence/2))
			} else {
				n.signOfLife(t, time.Now().Add(-time.Hour))
			}
			var rep registry.Report
			said := n.run(t, &rep, "import", "residents", file, "--source", source)
			if all := rep.New + rep.Unchanged; all != int64(interruptedRows) || rep.New != int64(before+interruptedRows-seen) {
				t.Errorf("moment %d: the import run again: %+v", i, rep.Counts)
			}
			if wait := strings.Contains(said, "another import of this source is running, or was killed a moment ago"); wait != waits {
				t.Errorf("moment %d: the import run again says %q", i, said)
			}
			n.open(t, func(db *store.DB) error {
				rows, err := loaded(db)
				if rows != before+interruptedRows {
					t.Errorf("moment %d: %d records are stored, want %d: the killed import left some", i, rows, before+interruptedRows)
				}
				return err
			})
		}
		if seen := n.verified(t); seen != moments*interruptedRows {
			t.Errorf("%d residents can be seen after the imports run again, want %d", seen, moments*interruptedRows)
		}
		if killed == 0 {
			t.Error("every import came to its end before it could be killed")
		}
	})
}

// killAfter starts a command and kills it when the database has so many
// records. It reports whether the command had not come to its end by then.
func (n testNode) killAfter(t *testing.T, rows int, args ...string) bool {
	t.Helper()
	c := n.command(args...)
	over := start(t, c)
	n.open(t, func(db *store.DB) error {
		for !ended(over) {
			if there, err := loaded(db); err != nil || there >= rows {
				return err
			}
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	c.Process.Kill() // fails if it is over already
	err := <-over
	if err != nil && c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the command failed before it was killed: %v", err)
	}
	return err != nil
}

// start starts a command; what it ends with can be received later.
func start(t *testing.T, c *exec.Cmd) (over chan error) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	over = make(chan error, 1)
	go func() { over <- c.Wait() }()
	return over
}

func ended(over chan error) bool { return len(over) > 0 }

// signOfLife sets when a running import last showed one, and reports whether
// there is a running import.
func (n testNode) signOfLife(t *testing.T, at time.Time) bool {
	t.Helper()
	var running int64
	n.open(t, func(db *store.DB) error {
		return db.Write(t.Context(), func(tx *store.Tx) (err error) {
			running, err = tx.Exec(`UPDATE batch SET beat = $1 WHERE state = 'loading'`, store.Time(at))
			return err
		})
	})
	return running > 0
}

// TestInterrupted sends what Ctrl-C sends to commands in the middle of their
// work: a clean message, exit status 1, and nothing is kept.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "residents.csv")
	register(t, file, interruptedRows)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := newTestNode(t, "")

	t.Run("import", func(t *testing.T) {
		for i := range attempts {
			if n.interrupted(t, func(db *store.DB) bool {
				rows, err := loaded(db)
				return err != nil || rows > i*interruptedRows
			}, "import", "residents", file, "--source", fmt.Sprintf("list-%d", i)) {
				return
			}
		}
		t.Error("the import was always over before it could be interrupted")
	})
	t.Run("link", func(t *testing.T) {
		links, kept := filepath.Join(n.dir, "links.csv"), filepath.Join(n.dir, "register.mitra")
		pipe := filepath.Join(n.dir, "pipe.csv")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		if !n.interrupted(t, func(*store.DB) bool {
			// Once the program has taken its input in, it works on it.
			return os.WriteFile(pipe, text, 0o600) == nil
		}, "link", pipe, "--clusters", links, "--keep", kept) {
			t.Error("the work was done before it could be interrupted")
		}
		for _, result := range []string{links, kept} {
			if _, err := os.Stat(result); err == nil {
				t.Errorf("there is a result %s", result)
			}
		}
	})
	t.Run("link onto", func(t *testing.T) {
		kept, few := filepath.Join(n.dir, "register.mitra"), filepath.Join(n.dir, "few.csv")
		register(t, few, 1000)
		n.run(t, new(struct{}), "link", few, "--keep", kept)
		before, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		pipe := filepath.Join(n.dir, "pipe.csv")
		if !n.interrupted(t, func(*store.DB) bool { return os.WriteFile(pipe, text, 0o600) == nil }, "link", pipe, "--onto", kept) {
			t.Error("the work was done before it could be interrupted")
		}
		if after, err := os.ReadFile(kept); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the register is another: %v", err)
		}
		beside, err := filepath.Glob(filepath.Join(n.dir, temporary+"*"))
		if err != nil || len(beside) > 0 {
			t.Errorf("something is left: %v, %v", beside, err)
		}
	})
	t.Run("status run", func(t *testing.T) {
		n.run(t, new(struct{}), "import", "residents", file)
		for range attempts {
			if n.interrupted(t, nil, "status", "run") {
				return
			}
		}
		t.Error("the run was always over before it could be interrupted")
	})
}

// TestInterruptedBackup sends what Ctrl-C sends to a backup and to a restore:
// nothing half written remains of either.
func TestInterruptedBackup(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "residents.csv")
	register(t, file, interruptedRows)
	n := newTestNode(t, "")
	n.run(t, new(struct{}), "import", "residents", file)
	phrase := filepath.Join(t.TempDir(), "phrase")
	if err := os.WriteFile(phrase, []byte("five words that are random\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, to := filepath.Join(n.dir, "node.backup"), filepath.Join(n.dir, "restored")
	// stopped runs a command and interrupts it once there is a file like pattern.
	stopped := func(pattern, says string, args ...string) bool {
		t.Helper()
		var text bytes.Buffer
		c := n.command(append(args, "--json")...)
		c.Env = append(c.Env, "MITRA_BACKUP_PASSPHRASE_FILE="+phrase)
		c.Stdout = &text
		over := start(t, c)
		for there := false; !there && !ended(over); time.Sleep(time.Millisecond) {
			names, err := filepath.Glob(pattern)
			for _, name := range names {
				fi, err := os.Stat(name)
				there = there || err == nil && fi.Size() > 0
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if pattern != "" {
			c.Process.Signal(os.Interrupt) // fails if it is over already
		}
		<-over
		if c.ProcessState.ExitCode() == 0 {
			return false
		}
		if c.ProcessState.ExitCode() != 1 || !strings.Contains(text.String(), `"code":"interrupted"`) || !strings.Contains(text.String(), says) {
			t.Errorf("exit status %d, %s", c.ProcessState.ExitCode(), text.String())
		}
		left, err := os.ReadDir(n.dir)
		for _, e := range left {
			if e.Name() != "home" && e.Name() != "node.backup" {
				t.Errorf("%s: left behind %s", args[0], e.Name())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return true
	}
	if !stopped(filepath.Join(n.dir, temporary+"*"), "no backup was made", "backup", out) {
		t.Error("the backup was done before it could be interrupted")
	} else if _, err := os.Stat(out); err == nil {
		t.Error("there is a backup")
	}
	if stopped("", "", "backup", out) {
		t.Fatal("no backup")
	}
	if !stopped(filepath.Join(to, "mitra.db-wal"), "nothing of the command was kept", "restore", out, "--home", to) {
		t.Error("the restore was done before it could be interrupted")
	}
	if stopped("", "", "restore", out, "--home", to) {
		t.Fatal("no restore")
	}
	n.verified(t)
}

// attempts is how often a command is tried that may be over too soon.
const attempts = 5

// interrupted interrupts a command once ready says so; if there is no ready,
// once it has opened the database. It reports whether the command was still at
// work then.
func (n testNode) interrupted(t *testing.T, ready func(db *store.DB) bool, args ...string) bool {
	t.Helper()
	before := n.state(t)
	var out, errw bytes.Buffer
	c := n.command(append(args, "--json")...)
	c.Stdout, c.Stderr = &out, &errw
	over := start(t, c)
	if ready == nil {
		wal := filepath.Join(string(n.home()), "mitra.db-wal") // is there while the database is open
		for _, err := os.Stat(wal); err != nil && !ended(over); _, err = os.Stat(wal) {
			time.Sleep(time.Millisecond)
		}
	} else {
		n.open(t, func(db *store.DB) error {
			for !ended(over) && !ready(db) {
				time.Sleep(time.Millisecond)
			}
			return nil
		})
	}
	c.Process.Signal(os.Interrupt) // fails if it is over already
	<-over
	if c.ProcessState.ExitCode() == 0 {
		return false
	}
	if status := c.ProcessState.ExitCode(); status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	if want := `{"error":{"code":"interrupted","message":"interrupted; nothing of the command was kept"}}` + "\n"; out.String() != want {
		t.Errorf("standard output %q, want %q", out.String(), want)
	}
	if !strings.HasSuffix(errw.String(), "mitra: interrupted; nothing of the command was kept\n") {
		t.Errorf("standard error %q", errw.String())
	}
	if after := n.state(t); before != after {
		t.Errorf("the node is not as it was:\n%s\n%s", before, after)
	}
	return true
}

// state is what the node's database holds; see [state].
func (n testNode) state(t *testing.T) (text string) {
	t.Helper()
	n.open(t, func(db *store.DB) (err error) {
		text, err = state(db)
		return err
	})
	return text
}
