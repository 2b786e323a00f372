package node_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/desk/watch"
	"mitra/node"
	"mitra/node/backup"
	"mitra/node/keyring"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func backedUp(t *testing.T, h node.Home, dsn string, to age.Recipient) ([]byte, node.Copy) {
	t.Helper()
	n, err := node.Open(t.Context(), h, dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	var file bytes.Buffer
	c, err := n.Backup(t.Context(), &file, node.Making{By: account.By{Actor: "officer-7"}, Program: "test"}, nil, to)
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), c
}

func from(file []byte, id age.Identity) func() (*backup.Reader, error) {
	return func() (*backup.Reader, error) {
		return backup.Open(bufio.NewReader(bytes.NewReader(file)), id)
	}
}

func restored(t *testing.T, file []byte, id age.Identity, dsn string) node.Home {
	t.Helper()
	h := node.Home(filepath.Join(t.TempDir(), "restored"))
	if _, err := node.Restore(t.Context(), h, node.Restoration{Source: from(file, id), DSN: dsn, Actor: "admin"}); err != nil {
		t.Fatal(err)
	}
	return h
}

// dumped is every row of every table of a home, with the types of its values.
func dumped(t *testing.T, h node.Home, dsn string) map[string][]string {
	t.Helper()
	n, err := node.Open(t.Context(), h, dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	list := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if n.DB.Dialect() == store.PostgreSQL {
		list = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	out := make(map[string][]string)
	if err := n.DB.Read(t.Context(), func(tx *store.Tx) error {
		var tables []string
		rows, err := tx.Query(list)
		if err != nil {
			return err
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			tables = append(tables, name)
		}
		rows.Close()
		for _, name := range tables {
			rows, err := tx.Query("SELECT * FROM " + name)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				cells := make([]string, len(columns))
				for i, c := range columns {
					if name == "peer" && (c == "book" || c == "reconcile") {
						continue // a restore opens a new book, and asks the peer
					}
					cells[i] = fmt.Sprintf("%s=%#v", c, values[i])
				}
				slices.Sort(cells) // a column that was added later stands elsewhere
				out[name] = append(out[name], strings.Join(cells, " "))
			}
			rows.Close()
			slices.Sort(out[name])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	delete(out, "goose_db_version") // the migration tool's own, with times
	delete(out, "lease")
	return out
}

// same compares what two homes hold: all that was in the first is in the second,
// which has more events.
func same(t *testing.T, want, got map[string][]string) {
	t.Helper()
	for name, rows := range want {
		have := got[name]
		if strings.HasPrefix(name, "journal_") {
			have = slices.DeleteFunc(slices.Clone(have), func(row string) bool { return !slices.Contains(rows, row) })
		}
		if !slices.Equal(rows, have) {
			t.Errorf("table %s: %d rows, want %d:\n%s\nwant\n%s", name, len(have), len(rows), strings.Join(have, "\n"), strings.Join(rows, "\n"))
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
}

// exchanged gives a node a peer, an agreement with it, and letters both ways.
func exchanged(t *testing.T, h node.Home) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	other := node.Home(filepath.Join(t.TempDir(), "peer"))
	must(node.Init(ctx, other, node.Setup{Country: "ID", Authority: "B", Actor: "admin"}))
	var nodes [2]*node.Node
	var couriers [2]*courier.Courier
	var parties [2]agreement.Party
	for i, home := range []node.Home{h, other} {
		n, err := node.Open(ctx, home, "", nil)
		must(err)
		defer n.Close()
		nodes[i] = n
		couriers[i], err = n.Courier(ctx, slog.New(slog.DiscardHandler))
		must(err)
		s, err := n.Card(ctx)
		must(err)
		parties[i] = agreement.Party{Country: s.Country, Authority: s.Authority, Node: s.Node, Card: s.Hash()}
	}
	for i, n := range nodes {
		s, err := nodes[1-i].Card(ctx)
		must(err)
		must(n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, n.Name(), s, s.Fingerprint(), "admin")
			return err
		}))
	}
	text, err := rules.Agreement("kh-id-draft")
	must(err)
	template, err := agreement.ParseTemplate(text)
	must(err)
	d, err := agreement.Draft(template, parties, "2024-03-13", "2099-03-12")
	must(err)
	for _, n := range nodes {
		d, err = n.SignAgreement(t.Context(), d)
		must(err)
	}
	_, err = nodes[0].AdoptAgreement(ctx, d, "admin", "o")
	must(err)
	at := time.Date(2024, 3, 14, 0, 0, 0, 0, time.UTC)
	must(nodes[0].DB.Write(ctx, func(tx *store.Tx) error {
		set, err := agreement.Load(tx, nodes[1].Name())
		if err != nil {
			return err
		}
		return set.Spend(tx, agreement.Request{
			Issuer: nodes[0].Name(), Audience: nodes[1].Name(), Agreement: d.Hash(), Article: "migrant-status", Purpose: "nationality",
			Type: "nationality-verification", Turn: agreement.Begin, Handling: "H2", Clock: "normal", Written: at, Until: at,
		})
	}))
	for i, n := range nodes {
		mid, err := letter.NewID()
		must(err)
		now := time.Now().Unix()
		must(n.DB.Write(ctx, func(tx *store.Tx) error {
			p, err := courier.FindPeer(tx, nodes[1-i].Name())
			if err != nil {
				return err
			}
			s, err := courier.Seal(letter.Letter{Type: "ping", Payload: json.RawMessage(`{}`), Header: letter.Header{
				Issuer: n.Name(), Audience: p.Node, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID("ping"),
			}}, p, couriers[i].Keys())
			if err != nil {
				return err
			}
			return courier.Queue(tx, "cli", s)
		}))
	}
	for range 3 {
		for i := range nodes {
			must(nodes[i].Settle(ctx))
			var b bytes.Buffer
			_, err := couriers[i].Export(ctx, &b, nodes[1-i].Name())
			must(err)
			_, err = couriers[1-i].Import(ctx, &b)
			must(err)
			must(couriers[1-i].JudgeAll(ctx))
		}
	}
	must(nodes[0].Settle(ctx))
}

// askedAndRestricted has a node ask its peer about somebody, restrict somebody, and decide on a doubtful pair.
func askedAndRestricted(t *testing.T, h node.Home) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n, err := node.Open(ctx, h, "", nil)
	must(err)
	defer n.Close()
	c, err := n.Courier(ctx, slog.New(slog.DiscardHandler))
	must(err)
	d := n.Enquiries(c, nil, slog.New(slog.DiscardHandler))
	_, err = d.Ask(ctx, enquiry.Question{Peer: "ID", Purpose: "stay", Person: map[string]string{"passport_no": "C7654321"}, Case: "case"}, enquiry.Officer{Name: "a", Office: "o"})
	must(err)
	r, err := n.RecordOf(ctx, registry.Residents, "1")
	must(err)
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := registry.Restrict(tx, []registry.Record{r}, rules.Claim, "a statement", "a", "o")
		return err
	}))
	hash, err := account.Hash("a sentence for tests", "sari")
	must(err)
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		return office.Open(tx, office.Unit{Name: "Labour", Kind: office.Guest, Agency: office.Labour}, "a", "o")
	}))
	other, err := n.RecordOf(ctx, registry.Residents, "2")
	must(err)
	_, _, err = n.Guests(nil, nil).Refer(ctx, []string{other.Entry}, guest.Referral{
		Office: "Labour", Purpose: "labour_rights", Basis: guest.Law, Ground: "a law", Reason: "wages", Until: time.Now().Add(time.Hour),
		Fields: []guest.Field{{Entry: other.Entry, Column: "full_name"}},
	}, guest.Officer{ID: "a", Office: "o"})
	must(err)
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		by := account.By{Actor: "sari"}
		if err := errors.Join(account.Make(tx, account.Account{ID: "sari", Name: "Sari", Office: "headquarters", Roles: []account.Role{account.Administrator}}, hash, account.By{Actor: "a"}),
			account.SetPassword(tx, "sari", hash, by)); err != nil {
			return err
		}
		t, err := account.MakeToken(tx, "sari", "a program", account.NewSecret("KH"), []account.Right{account.SeeAccounts}, time.Hour, by)
		if err != nil {
			return err
		}
		r := account.Request{Token: t.ID, Key: "a key of a program"}
		if _, err := r.Begin(tx); err != nil {
			return err
		}
		return r.End(tx, account.Kept{Status: 200, Body: "{}"})
	}))
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(
			account.AddPasskey(tx, account.Passkey{Account: "sari", Name: "Phone", Credential: "a credential", Handle: "handle", Record: []byte("{}"), Uses: 1}, account.By{Actor: "sari"}),
			account.Tie(tx, "sari", account.Code("https://id.example", "sari"), account.By{Actor: "a"}))
	}))
	two := &second.Desk{DB: n.DB, May: func(*store.Tx, string, string) (bool, error) { return true, nil }, Kinds: map[string]second.Kind{
		"kind": {Ready: func(context.Context, second.Proposal, second.By) (second.Act, error) {
			return second.Act{Do: func(*store.Tx) (string, error) { return "a result", nil }}, nil
		}}}}
	id, err := two.Propose(ctx, "kind", "account:sari", "a reason", map[string]string{"be": "so"}, second.By{Actor: "a", Office: "o"})
	must(err)
	must(n.DB.Read(ctx, func(tx *store.Tx) error {
		p, err := two.Find(tx, id, "a")
		hash = p.Hash
		return err
	}))
	_, err = two.Confirm(ctx, id, hash, second.By{Actor: "b", Office: "o"})
	must(err)
	must(n.DB.Write(ctx, func(tx *store.Tx) error { return watch.Begin(tx, r.Entry, watch.By{Actor: "a", Office: "o"}) }))
	must(n.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO pair_decision (id, permit, resident, seq, act, two, reason, officer, office, at, weight, model, permit_version, resident_version, seal)
			VALUES ('d', 'p', 'r', 1, 'same', 0, 'ឯកសារ', 'a', 'o', '2024-03-13T00:00:00.000000Z', 1.25, 'm', 'v', 'w', $1)`, journal.NewSeal()); err != nil {
			return err
		}
		rows, err := status.BoundDecisions.Rows(tx, "d")
		if err != nil {
			return err
		}
		data, err := json.Marshal(map[string]any{"rows": rows})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO review_pair (permit, resident, place, concern, guarded, state) VALUES ('p', 'r', 0, 1, 0, 'same')`); err != nil {
			return err
		}
		_, err = journal.Append(tx, journal.Event{Kind: "review.decided", Actor: "a", Data: data})
		return err
	}))
	list := filepath.Join(t.TempDir(), "placements.csv")
	must(os.WriteFile(list, []byte("id,full_name\n1,BUDI SANTOSO\n"), 0o600))
	rep, err := registry.Import(ctx, n.DB, registry.Options{Noun: registry.Placements, Path: list, RejectedDir: t.TempDir(), Actor: "a", Office: "o"})
	must(err)
	must(n.DB.Write(ctx, func(tx *store.Tx) error { return registry.AskToWithdraw(tx, rep.Batch, "by mistake", "a", "o") }))
	must(n.DB.Write(ctx, func(tx *store.Tx) error { return registry.Withdraw(tx, rep.Batch, "b", "o") }))
	must(n.Settle(ctx))
}

// TestBackupGoesRound: SQLite, then this database, then SQLite: every table comes
// back as it was, and after each restore the node is sound and says what it was.
func TestBackupGoesRound(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !store.IsPostgres(dsn) {
			dsn = ""
		}
		id := identity(t)
		first, _ := worked(t, "")
		exchanged(t, first)
		// Every kind of value stands in some table; these make sure of the rare ones.
		damage(t, first, "", `INSERT INTO linkage_model (hash, model) VALUES ('empty', ''), ('ខ្មែរ "x" \ ', 'ស្រីមុំ')`)
		for _, row := range []string{
			`INSERT INTO notice VALUES ('n', 'hq', 'sok', 'mailto:sok@k.example', 'clock-half', 'urgent', '2024-03-13T00:00:00.000000Z', 'Asia/Phnom_Penh', '2024-03-13T00:00:00.000000Z', '', '', 0, '2024-03-13T00:00:00.000000Z', 0)`,
		} {
			damage(t, first, "", row)
		}
		askedAndRestricted(t, first)
		file, made := backedUp(t, first, "", id.Recipient())
		want := dumped(t, first, "")
		for name, rows := range want {
			if len(rows) == 0 {
				t.Errorf("table %s is empty: nothing is tried with it", name)
			}
		}
		tables, _, err := store.Tables(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) != len(tables)-1 || len(made.Tables) != len(want) { // without the lease
			t.Errorf("%d tables of %d have rows, %d are in the backup", len(want), len(tables), len(made.Tables))
		}
		second := restored(t, file, id, dsn)
		same(t, want, dumped(t, second, dsn))
		check := func(h node.Home, dsn string, epochs int) {
			t.Helper()
			// The two rows that no run made are told, and nothing else.
			v, err := node.Verify(t.Context(), h, dsn, true)
			if err != nil || len(v.Findings)+len(v.Records) > 0 || len(v.Epochs) != epochs || strings.Count(v.CannotKnow, "put back from a backup of") != epochs {
				t.Errorf("%+v %v", v, err)
			}
		}
		check(first, "", 0)
		check(second, dsn, 1)
		again, _ := backedUp(t, second, dsn, id.Recipient())
		want = dumped(t, second, dsn)
		third := restored(t, again, id, "")
		same(t, want, dumped(t, third, ""))
		check(third, "", 2)

		// The epoch names the last checkpoint that the backup holds.
		v, err := node.Verify(t.Context(), second, dsn, false)
		if err != nil {
			t.Fatal(err)
		}
		if e := v.Epochs[0]; !e.Backup.Equal(made.Manifest.At) || len(e.Books) != 2 || e.Books[0].Size != made.Manifest.Books[0].Size || e.Books[0].Root != made.Manifest.Books[0].Root {
			t.Errorf("%+v, want %+v", e, made.Manifest)
		}
		// The same bytes for the same rows, whatever the database.
		_, of := backedUp(t, third, "", id.Recipient())
		for i, sum := range made.Tables {
			if !strings.HasPrefix(sum.Name, "journal_") && sum.Name != "peer" && of.Tables[i] != sum {
				t.Errorf("%+v, want %+v", of.Tables[i], sum)
			}
		}
		for _, h := range []node.Home{second, third} {
			for name, mode := range map[string]os.FileMode{"mitra.toml": 0o600, "keys/journal.key": 0o600, "keys/journal.pub": 0o644, "heads/house.head": 0o600} {
				if fi, err := os.Stat(filepath.Join(string(h), name)); err != nil || fi.Mode().Perm() != mode {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

// TestBackupEvent: it is in the journal before the bytes leave, with counts and
// without a path.
func TestBackupEvent(t *testing.T) {
	h, _ := worked(t, "")
	n, err := node.Open(t.Context(), h, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	before := -1
	w := writer(func(p []byte) (int, error) {
		if before < 0 {
			before = len(events(t, n, "backup"))
		}
		return 0, errors.New("the disk is gone")
	})
	if _, err := n.Backup(t.Context(), w, node.Making{By: account.By{Actor: "officer-7"}, Program: "test"}, nil, identity(t).Recipient()); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Error(err)
	}
	if before != 1 {
		t.Errorf("%d events before the first byte", before)
	}
	e := events(t, n, "backup")[0]
	if e.Actor != "officer-7" || !strings.Contains(string(e.Data), `"record":3`) || !strings.Contains(string(e.Data), n.Config.ID) {
		t.Errorf("%+v %s", e, e.Data)
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func events(t *testing.T, n *node.Node, kind string) (all []journal.Event) {
	t.Helper()
	if err := n.DB.Read(t.Context(), func(tx *store.Tx) error {
		all = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if e.Kind == kind {
				all = append(all, e)
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestBackupLeavesOutWhatIsLoading: a part of an import is in no backup.
func TestBackupLeavesOutWhatIsLoading(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		h, dsn := worked(t, dsn)
		id := identity(t)
		want := dumped(t, h, dsn)
		for seq, state := range map[int]string{101: "loading", 102: "dead"} {
			damage(t, h, dsn, fmt.Sprintf(`
				INSERT INTO batch (id, seq, noun, source, state, beat, snapshot, file, file_hash, header, columns, records_hash, row_count, new_count, changed, unchanged, ended, rejected, actor, office, event, at, salt)
				SELECT '%[1]s', %[2]d, noun, '%[1]s', '%[1]s', beat, snapshot, file, file_hash, header, columns, records_hash, row_count, new_count, changed, unchanged, ended, rejected, actor, office, event, at, salt FROM batch WHERE seq = 1`, state, seq))
			damage(t, h, dsn, fmt.Sprintf(`
				INSERT INTO record (id, entry, previous, batch, key, line, ended, cells, fields, hash)
				SELECT '%[1]s' || id, '%[1]s' || entry, id || '%[1]s', %[2]d, key, line, ended, cells, fields, hash FROM record WHERE batch = 1`, state, seq))
		}
		file, _ := backedUp(t, h, dsn, id.Recipient())
		same(t, want, dumped(t, restored(t, file, id, ""), ""))
	})
}

// rewritten is a backup of a home under another manifest, with what change makes
// of its files and rows.
func rewritten(t *testing.T, h node.Home, id *age.X25519Identity, m backup.Manifest, change func(table string, row []any) bool, files map[string]string) []byte {
	t.Helper()
	n, err := node.Open(t.Context(), h, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	version := m.Schema
	if version > 4 {
		version = 0
	}
	tables, _, err := store.Tables(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	tables = slices.DeleteFunc(tables, func(t store.Table) bool { return t.Name == "lease" })
	m.Tables = nil
	for _, t := range tables {
		m.Tables = append(m.Tables, backup.Table{Name: t.Name, Columns: t.Columns})
	}
	var file bytes.Buffer
	b, err := backup.Create(&file, m, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mitra.toml", "keys/journal.key", "keys/journal.pub", "heads/house.head"} {
		content, err := os.ReadFile(filepath.Join(string(h), name))
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := files[name]; ok {
			content = []byte(other)
		}
		if err := b.File(name, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.DB.Read(t.Context(), func(tx *store.Tx) error {
		for _, t := range tables {
			if err := b.Table(func(yield func([]any) error) error {
				return t.Scan(tx, "", func(row []any) error {
					if change != nil && !change(t.Name, row) {
						return nil
					}
					return yield(row)
				})
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestRestoreOlder: a backup of an earlier schema is brought forward.
func TestRestoreOlder(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !store.IsPostgres(dsn) {
			dsn = ""
		}
		id := identity(t)
		h, _ := workedBy(t, "", true)
		_, c := backedUp(t, h, "", id.Recipient())
		c.Manifest.Schema = 3 // before batch.salt
		file := rewritten(t, h, id, c.Manifest, nil, nil)
		damage(t, h, "", `UPDATE batch SET salt = ''`)
		second := restored(t, file, id, dsn)
		want, got := dumped(t, h, ""), dumped(t, second, dsn)
		if len(got["office"]) != 1 { // a node of before has no office, and makes its headquarters anew
			t.Errorf("its offices: %q", got["office"])
		}
		delete(want, "office")
		delete(got, "office")
		same(t, want, got)
		// The events are of this program, and say what that one kept no salt for.
		v, err := node.Verify(t.Context(), second, dsn, false)
		if err != nil || len(v.Findings) > 0 || slices.ContainsFunc(v.Records, func(f registry.Finding) bool {
			return !strings.HasSuffix(f.What, "not what the journal reports: name of the file, or of a column")
		}) {
			t.Errorf("%+v, %+v, %v", v.Findings, v.Records, err)
		}
	})
}

// TestRestoreRefuses: what does not hold a sound node is refused; nothing of it
// remains, and the same place takes a good backup afterwards.
func TestRestoreRefuses(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !store.IsPostgres(dsn) {
			dsn = ""
		}
		id := identity(t)
		h, _ := worked(t, "")
		other, _ := worked(t, "")
		file, c := backedUp(t, h, "", id.Recipient())
		read := func(h node.Home, name string) string {
			b, err := os.ReadFile(filepath.Join(string(h), name))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		manifest := func(change func(m *backup.Manifest)) backup.Manifest {
			m := c.Manifest
			m.Books = slices.Clone(m.Books)
			change(&m)
			return m
		}
		good := c.Manifest
		dir := t.TempDir()
		home := node.Home(filepath.Join(dir, "restored"))
		cut, stop := context.WithCancel(t.Context())
		defer stop()
		for _, x := range []struct {
			what string
			file []byte
			ctx  context.Context
			want error
		}{
			{"a newer schema", rewritten(t, h, id, manifest(func(m *backup.Manifest) { m.Schema = 99 }), nil, nil), nil, store.ErrNewerSchema},
			{"tables of another schema", rewritten(t, h, id, manifest(func(m *backup.Manifest) { m.Schema = 3 }), nil, nil)[:100], nil, backup.ErrTruncated},
			{"another node's name", rewritten(t, h, id, manifest(func(m *backup.Manifest) { m.Node = "mitra/KH/other" }), nil, nil), nil, node.ErrUnsound},
			{"another node's keys", rewritten(t, h, id, good, nil, map[string]string{"keys/journal.pub": read(other, "keys/journal.pub")}), nil, node.ErrUnsound},
			{"the secret key of another node", rewritten(t, h, id, good, nil, map[string]string{"keys/journal.key": read(other, "keys/journal.key")}), nil, node.ErrIncomplete},
			{"another node's head", rewritten(t, h, id, good, nil, map[string]string{"heads/house.head": read(other, "heads/house.head")}), nil, node.ErrUnsound},
			{"a configuration that is none", rewritten(t, h, id, good, nil, map[string]string{"mitra.toml": "country = 7"}), nil, node.ErrUnsound},
			{"a checkpoint of another size", rewritten(t, h, id, manifest(func(m *backup.Manifest) { m.Books[0].Size++ }), nil, nil), nil, node.ErrUnsound},
			{"an event that is gone", rewritten(t, h, id, good, func(table string, row []any) bool { return table != "journal_leaf" || row[2] != int64(1) }, nil), nil, node.ErrUnsound},
			{"checkpoints that are gone", rewritten(t, h, id, good, func(table string, row []any) bool { return table != "journal_head" }, nil), nil, node.ErrUnsound},
			{"a byte at its end", append(slices.Clone(file[:len(file)-1]), file[len(file)-1]^1), nil, backup.ErrDamaged},
			{"an end that is missing", file[:len(file)-1], nil, backup.ErrDamaged},
			{"an interruption", file, cut, context.Canceled},
		} {
			ctx := t.Context()
			source := from(x.file, id)
			if x.ctx != nil {
				ctx, source = x.ctx, func() (*backup.Reader, error) {
					stop()
					return from(x.file, id)()
				}
			}
			if _, err := node.Restore(ctx, home, node.Restoration{Source: source, DSN: dsn, Actor: "admin"}); !errors.Is(err, x.want) {
				t.Errorf("%s: %v, want %v", x.what, err, x.want)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Fatalf("%s: something remains: %v %v", x.what, left, err)
			}
		}
		if _, err := node.Restore(t.Context(), home, node.Restoration{Source: from(file, id), DSN: dsn, Actor: "admin"}); err != nil {
			t.Error(err)
		}
		// Where a node stands, or data.
		if _, err := node.Restore(t.Context(), home, node.Restoration{Source: from(file, id), DSN: dsn, Actor: "admin"}); !errors.Is(err, node.ErrHomeExists) {
			t.Errorf("where a node stands: %v", err)
		}
		if dsn != "" {
			second := node.Home(filepath.Join(dir, "second"))
			if _, err := node.Restore(t.Context(), second, node.Restoration{Source: from(file, id), DSN: dsn, Actor: "admin"}); !errors.Is(err, store.ErrNotEmpty) {
				t.Errorf("a database with data: %v", err)
			}
			if v, err := node.Verify(t.Context(), home, dsn, true); err != nil || !v.OK {
				t.Errorf("the node whose database was asked for: %+v %v", v, err)
			}
		}
	})
}

// TestCheckBackup says the same as restoring, as far as it goes.
func TestCheckBackup(t *testing.T) {
	id := identity(t)
	h, _ := worked(t, "")
	file, c := backedUp(t, h, "", id.Recipient())
	check := func(file []byte) (node.Copy, error) {
		in, err := from(file, id)()
		if err != nil {
			return node.Copy{}, err
		}
		return node.CheckBackup(t.Context(), in, nil)
	}
	if got, err := check(file); err != nil || !slices.Equal(got.Tables, c.Tables) || got.Rows() != c.Rows() || got.Rows() == 0 {
		t.Errorf("%+v %v", got, err)
	}
	m := c.Manifest
	m.Schema = 99
	if _, err := check(rewritten(t, h, id, m, nil, nil)); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("a newer schema: %v", err)
	}
	if _, err := check(rewritten(t, h, id, c.Manifest, nil, map[string]string{"heads/house.head": "x"})); !errors.Is(err, node.ErrUnsound) {
		t.Errorf("another head: %v", err)
	}
	if _, err := check(file[:len(file)-1]); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("cut off: %v", err)
	}
}

// TestProtectedNode: the signing key under a passphrase goes through backup and
// restore as it is, and log verify needs it for nothing.
func TestProtectedNode(t *testing.T) {
	const words = "five words that are random"
	pass := func(answer string) *keyring.Passphrase {
		return &keyring.Passphrase{Of: "the keys", Work: 4, Terminal: func(string) (string, error) { return answer, nil }}
	}
	h := node.Home(filepath.Join(t.TempDir(), "home"))
	s := setup()
	s.Passphrase = pass(words)
	if err := node.Init(t.Context(), h, s); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		pass *keyring.Passphrase
		want error
	}{"none": {nil, keyring.ErrNoPassphrase}, "wrong": {pass("other words that are wrong"), keyring.ErrWrongPassphrase}, "right": {pass(words), nil}} {
		n, err := node.Open(t.Context(), h, "", c.pass)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
		if err == nil {
			n.Close()
		}
	}
	if v, err := node.Verify(t.Context(), h, "", true); err != nil || !v.OK {
		t.Errorf("%+v %v", v, err)
	}
	n, err := node.Open(t.Context(), h, "", pass(words))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	id := identity(t)
	var file bytes.Buffer
	if _, err := n.Backup(t.Context(), &file, node.Making{By: account.By{Actor: "a"}, Program: "test"}, nil, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	to := node.Home(filepath.Join(t.TempDir(), "restored"))
	r := node.Restoration{Source: from(file.Bytes(), id), Actor: "a", Passphrase: pass("other words that are wrong")}
	if _, err := node.Restore(t.Context(), to, r); !errors.Is(err, keyring.ErrWrongPassphrase) {
		t.Errorf("a wrong passphrase of the keys: %v", err)
	}
	r.Passphrase = pass(words)
	if _, err := node.Restore(t.Context(), to, r); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(string(to), "keys", "journal.key")); err == nil {
		t.Error("the restored signing key stands in plain")
	}
	if changed, err := n.UnprotectKeys(t.Context(), "officer-7"); changed != 2 || err != nil {
		t.Fatal(changed, err)
	}
	if changed, err := n.ProtectKeys(t.Context(), "officer-7"); changed != 2 || err != nil {
		t.Fatal(changed, err)
	}
	if changed, err := n.ProtectKeys(t.Context(), "officer-7"); changed != 0 || err != nil {
		t.Fatal(changed, err)
	}
	if len(events(t, n, "keys.protect")) != 1 || len(events(t, n, "keys.unprotect")) != 1 {
		t.Error("each change is one event")
	}
}
