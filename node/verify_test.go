package node_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// TestVerifyOnBothDatabases breaks a node's database by statements that both
// databases know: each is found, and the journal is reported on all the same.
func TestVerifyOnBothDatabases(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		h, dsn := worked(t, dsn)
		verify := func() node.Verification {
			t.Helper()
			v, err := node.Verify(t.Context(), h, dsn, true)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := verify(); !v.OK || len(v.Books) != 1 || v.Books[0].Size != 5 {
			t.Fatalf("untouched: %+v", v)
		}
		for _, c := range []struct{ what, do, undo string }{
			{"an index gone", `DROP INDEX record_key`, `CREATE INDEX record_key ON record (key)`},
			{"a column's name", `ALTER TABLE record RENAME COLUMN cells TO c`, `ALTER TABLE record RENAME COLUMN c TO cells`},
			{"a table's name", `ALTER TABLE record RENAME TO records`, `ALTER TABLE records RENAME TO record`},
			{"a list of migrations", `UPDATE goose_db_version SET version_id = 9000 WHERE version_id = 2`, `UPDATE goose_db_version SET version_id = 2 WHERE version_id = 9000`},
			{"an older list", `UPDATE goose_db_version SET version_id = -5 WHERE version_id = 5`, `UPDATE goose_db_version SET version_id = 5 WHERE version_id = -5`},
			{"a line", `UPDATE record SET line = line + 1`, `UPDATE record SET line = line - 1`},
			{"the office of an import", `UPDATE batch SET office = 'x'`, `UPDATE batch SET office = 'o'`},
			{"a list made withdrawn", `UPDATE batch SET state = 'withdrawn', withdrawn = event`, `UPDATE batch SET state = 'live', withdrawn = ''`},
			{"the officer of a run", `UPDATE status_run SET actor = 'x'`, `UPDATE status_run SET actor = 'a'`},
			{"the node of a run", `UPDATE status_run SET node = 'ID'`, `UPDATE status_run SET node = 'KH'`},
			{"no model", `UPDATE linkage_model SET hash = 'x' || hash`, `UPDATE linkage_model SET hash = SUBSTR(hash, 2)`},
		} {
			damage(t, h, dsn, c.do)
			if v := verify(); v.OK || len(v.Books) != 1 || v.Books[0].Size != 5 {
				t.Errorf("%s: %+v", c.what, v)
			}
			if v, err := node.Verify(t.Context(), h, dsn, false); err != nil || v.OK && strings.Contains(c.do, "UPDATE batch") {
				t.Errorf("%s, without the records: %+v %v", c.what, v, err)
			}
			damage(t, h, dsn, c.undo)
		}
		if v := verify(); !v.OK {
			t.Errorf("mended: %+v", v)
		}
		// Without the tables of the journal there is no book to report on.
		damage(t, h, dsn, `DROP TABLE journal_hash`)
		if v := verify(); v.OK || !slices.ContainsFunc(v.Findings, func(f journal.Finding) bool { return strings.Contains(f.What, "journal_hash") }) {
			t.Errorf("a table of the journal: %+v", v)
		}
	})
}

// TestVerifyOlderSchema: a home of an earlier program is not taken for damaged,
// and is not brought forward by being looked at.
func TestVerifyOlderSchema(t *testing.T) {
	h, dsn := worked(t, "")
	for _, table := range []string{"agreement", "agreement_quota", "card", "peer", "outbox", "inbox", "receipt_out", "receipt_in", "watch", "watched", "cosignature",
		"guarded", "enquiry", "enquiry_key", "restriction", "notice", "account", "proposal", "proposal_step",
		"watched_record", "pair_decision", "review_pair", "passkey", "account_subject", "office", "referred", "referred_subject", "withdrawal", "api_token", "api_request"} {
		damage(t, h, dsn, `DROP TABLE `+table)
	}
	damage(t, h, dsn, `ALTER TABLE batch DROP COLUMN withdrawn`)
	damage(t, h, dsn, `DROP INDEX record_previous`)
	damage(t, h, dsn, `CREATE UNIQUE INDEX record_previous ON record (previous) WHERE previous IS NOT NULL`)
	damage(t, h, dsn, `DELETE FROM goose_db_version WHERE version_id >= 5`)
	before := files(t, string(h))
	if _, err := node.Verify(t.Context(), h, "", true); !errors.Is(err, store.ErrOlderSchema) {
		t.Errorf("error %v, want ErrOlderSchema", err)
	}
	if after := files(t, string(h)); len(after) != len(before) || after[string(h)+"/mitra.db"] != before[string(h)+"/mitra.db"] {
		t.Error("the home was changed")
	}
}

// TestVerifyNeedsNoSecret: the auditor's copy has no signing key.
func TestVerifyNeedsNoSecret(t *testing.T) {
	h, _ := worked(t, "")
	if err := os.Remove(filepath.Join(string(h), "keys", "journal.key")); err != nil {
		t.Fatal(err)
	}
	if v, err := node.Verify(t.Context(), h, "", true); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestVerifyBesideCommands: commands that come and go while a node is examined
// are no damage.
func TestVerifyBesideCommands(t *testing.T) {
	h, dsn := worked(t, "")
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	group.Go(func() {
		for ctx.Err() == nil {
			n, err := node.Open(t.Context(), h, dsn, nil)
			if err != nil {
				t.Error(err)
				return
			}
			err = n.DB.Write(t.Context(), func(tx *store.Tx) error {
				_, err := journal.Append(tx, journal.Event{Kind: "test", Actor: "a"})
				return err
			})
			if err := errors.Join(err, n.Settle(t.Context()), n.Close()); err != nil {
				t.Error(err)
			}
			time.Sleep(20 * time.Millisecond) // long enough to be looked at in between
		}
	})
	for range 40 {
		if v, err := node.Verify(t.Context(), h, dsn, true); err != nil || !v.OK {
			t.Fatalf("%+v, %v", v.Findings, err)
		}
	}
}

// worked is a home with two imports and a run, and the value of MITRA_DB.
func worked(t *testing.T, dsn string) (node.Home, string) { return workedBy(t, dsn, false) }

// workedBy is worked, for older as by a program that knew no exchange.
func workedBy(t *testing.T, dsn string, older bool) (node.Home, string) {
	t.Helper()
	dir := t.TempDir()
	h, s := node.Home(filepath.Join(dir, "home")), setup()
	if store.IsPostgres(dsn) {
		s.DSN = dsn
	} else {
		dsn = ""
	}
	if err := node.Init(t.Context(), h, s); err != nil {
		t.Fatal(err)
	}
	if older {
		for _, table := range []string{"journal_leaf", "journal_hash", "journal_head", "card"} {
			damage(t, h, dsn, `DELETE FROM `+table)
		}
		for _, file := range []string{"heads/house.head", "keys/exchange.key"} {
			if err := os.Remove(filepath.Join(string(h), file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	n, err := node.Open(t.Context(), h, dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for noun, text := range map[registry.Noun]string{
		registry.Residents: "id,full_name,birth_date,passport_no\n1,BUDI SANTOSO,1990-05-17,C1000001\n2,SITI AMINAH,1991-06-18,C1000002\n",
		registry.Permits:   "id,full_name,birth_date,passport_no\n1,BUDI SANTOSO,1990-05-17,C1000001\n",
	} {
		path := filepath.Join(dir, string(noun)+".csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := registry.Import(t.Context(), n.DB, registry.Options{Noun: noun, Path: path, RejectedDir: dir, Actor: "a", Office: "o"}); err != nil {
			t.Fatal(err)
		}
	}
	run := status.Run{AsOf: person.FromTime(time.Date(2024, 3, 13, 0, 0, 0, 0, time.UTC)), Node: "KH", Actor: "a", Office: "o", Now: time.Now}
	if _, err := run.Do(t.Context(), n.DB); err != nil {
		t.Fatal(err)
	}
	if err := n.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h, dsn
}

// damage runs a statement without looking at the schema first.
func damage(t *testing.T, h node.Home, dsn, statement string) {
	t.Helper()
	if dsn == "" {
		dsn = filepath.Join(string(h), "mitra.db")
	}
	db := storetest.Raw(t, dsn)
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
