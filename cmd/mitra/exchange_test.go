//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// newExchangeNode is a node that can be served beside others.
func newExchangeNode(t *testing.T, dsn, country string) testNode {
	t.Helper()
	if !store.IsPostgres(dsn) {
		dsn = ""
	}
	n := testNode{dir: t.TempDir(), dsn: dsn}
	n.must(t, "init", "--country", country, "--authority", "Authority of "+country, "--exchange", "127.0.0.1:0", "--desk", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
	return n
}

// must runs a command that has to succeed, and returns what it prints.
func (n testNode) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := n.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("mitra %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serve serves the node until the test ends or stop is called.
func (n testNode) serve(t *testing.T) (stop func()) {
	t.Helper()
	c := n.command("serve")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		c.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("serve: %v\n%s", err, said.Bytes())
			}
		case <-time.After(30 * time.Second):
			c.Process.Kill()
			t.Errorf("serve does not end\n%s", said.Bytes())
		}
		if _, err := os.Stat(filepath.Join(string(n.home()), "run.json")); err == nil {
			t.Error("run.json is left behind")
		}
	}
	t.Cleanup(func() { stop() })
	for range 300 {
		if _, ok := n.home().Running(); ok {
			return stop
		}
		select {
		case err := <-done:
			stopped = true
			t.Fatalf("serve ended: %v\n%s", err, said.Bytes())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("serve is not ready after 30 seconds")
	return nil
}

type pingResult struct{ Sent, Receipts int }

// TestNewcomer is what docs/operations.md says of two nodes, from nothing to a restored backup.
func TestNewcomer(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		kh, id := newExchangeNode(t, dsn, "KH"), newExchangeNode(t, storetest.AnotherDSN(t, dsn), "ID")
		shared := t.TempDir()
		in := func(name string) string { return filepath.Join(shared, name) }
		for _, x := range []struct {
			from, to testNode
			file     string
		}{{kh, id, in("kh.card")}, {id, kh, in("id.card")}} {
			var card struct{ Fingerprint string }
			x.from.run(t, &card, "peer", "card", "--out", x.file)
			x.to.must(t, "peer", "add", x.file, "--fingerprint", card.Fingerprint)
		}
		kh.must(t, "agreement", "draft", "--peer", "ID", "--out", in("A.json"))
		kh.must(t, "agreement", "check", in("A.json"))
		kh.must(t, "agreement", "sign", in("A.json"))
		if out, err := kh.command("agreement", "adopt", in("A.json")).CombinedOutput(); err == nil || !strings.Contains(string(out), "signed") {
			t.Errorf("adopted before the other has signed: %v\n%s", err, out)
		}
		id.must(t, "agreement", "countersign", in("A.json"))
		for _, n := range []testNode{kh, id} {
			n.must(t, "agreement", "adopt", in("A.json"))
			n.must(t, "agreement", "show")
		}

		// A letter to a node that is not there waits.
		stop := kh.serve(t)
		var ping pingResult
		if err := kh.command("courier", "ping", "ID", "--timeout", "1s", "--json").Run(); err == nil {
			t.Error("a letter has a receipt of a node that is not there")
		}
		stopID := id.serve(t)
		kh.run(t, &ping, "courier", "ping", "ID", "--count", "20", "--size", "2048")
		if ping.Sent != 20 || ping.Receipts != 20 {
			t.Errorf("%+v", ping)
		}
		id.run(t, &ping, "courier", "ping", "KH")
		var doctor struct{ OK bool }
		kh.run(t, &doctor, "doctor")
		if !doctor.OK {
			t.Error("the doctor finds something")
		}
		if out, err := kh.command("serve").CombinedOutput(); err == nil || !strings.Contains(string(out), "being served already") {
			t.Errorf("served twice: %v\n%s", err, out)
		}
		// New keys are taken by the peer from a letter.
		kh.must(t, "keys", "rotate")
		kh.run(t, &ping, "courier", "ping", "ID", "--count", "3")
		type status struct {
			Peers []struct {
				State                                                              string
				Outbox, Dead, Sent, Received, Unjudged, Cosigned, Events, Promises int64
			}
		}
		var st status
		for range 100 { // the letter that waited, and R2s, take their time
			kh.run(t, &st, "courier", "status")
			if p := st.Peers[0]; p.Outbox == 0 && p.Cosigned == p.Events && p.Sent == 25 {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		if p := st.Peers[0]; p.State != "up" || p.Outbox != 0 || p.Dead != 0 || p.Sent != 25 || p.Received != 1 {
			t.Errorf("%+v", p)
		}
		// Stopped and started, backed up and restored.
		stop()
		backup := in("kh.backup")
		words := filepath.Join(shared, "words")
		if err := os.WriteFile(words, []byte("a passphrase of the test\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("MITRA_BACKUP_PASSPHRASE_FILE", words)
		kh.must(t, "backup", backup)
		stop = kh.serve(t)
		id.run(t, &ping, "courier", "ping", "KH", "--count", "5")
		stop()
		again := testNode{dir: t.TempDir()}
		again.must(t, "restore", backup)
		stop = again.serve(t)
		again.run(t, &ping, "courier", "ping", "ID", "--count", "2")
		for range 150 { // what was acknowledged after the backup comes again
			again.run(t, &st, "courier", "status")
			if st.Peers[0].Received >= 6 {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		if got := st.Peers[0].Received; got < 6 {
			t.Errorf("after the restore %d letters are there, want 6", got)
		}
		stop()
		stopID()
		for _, n := range []testNode{kh, id, again} {
			var log struct {
				OK    bool
				Books []struct {
					Name        string
					Witnessed   int64
					WitnessedBy []string `json:"witnessed_by"`
				}
			}
			n.run(t, &log, "log", "verify", "--records")
			if !log.OK {
				t.Error("log verify finds damage")
			}
			for _, b := range log.Books {
				if len(b.WitnessedBy) != 1 || b.Witnessed == 0 {
					t.Errorf("%s is not witnessed: %+v", n.dir, b)
				}
			}
		}
	})
}

// A process that was killed keeps the journal for ten seconds more. Letters go meanwhile.
func TestServedBesideADeadKeeper(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		n := newExchangeNode(t, dsn, "KH")
		n.open(t, func(db *store.DB) error {
			return db.Write(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ('journal', 'dead', $1)`, tx.Now().Add(10*time.Second)); err != nil {
					return err
				}
				_, err := journal.Append(tx, journal.Event{Kind: "test", Actor: "test"})
				return err
			})
		})
		begun := time.Now()
		stop := n.serve(t)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("the node is ready after %s", took)
		}
		stop()
	})
}

// The id of a key can begin with a hyphen.
func TestRevokeKeyLikeAFlag(t *testing.T) {
	n := newExchangeNode(t, "", "KH")
	const id = "-bcdefghijklmnopqrstuv"
	for _, args := range [][]string{{"keys", "revoke", id, "--json"}, {"--json", "keys", "revoke", id}, {"keys", "revoke", "--json", "--", id}} {
		out, err := n.command(args...).Output()
		if err == nil || !strings.Contains(string(out), `"no_key"`) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
