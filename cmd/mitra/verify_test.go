//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/guest"
	offices "mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/desk/watch"
	"mitra/node"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// people are the names in the registers of an examined node: none of them may
// be told by verification.
var people = []string{
	"BUDI SANTOSO", "DEWI LESTARI", "AGUS WIJAYA", "SRI WAHYUNI", "JOKO PRASETYO", "RINA KUSUMA",
	"HENDRA GUNAWAN", "MAYA ANGGRAINI", "TONO SUPRIYADI", "LINA MARLINA", "EKO NUGROHO", "FITRI HANDAYANI",
}

// examined is a node in which every table has rows: corrections, an end, links
// and two runs.
func examined(t testing.TB) (home string) {
	t.Helper()
	t.Setenv("MITRA_DB", "")
	dir := t.TempDir()
	home = filepath.Join(dir, "home")
	write := func(name, header string, line func(i int, name string) string, n int) string {
		text := header + "\n"
		for i, name := range people[:n] {
			text += line(i, name) + "\n"
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const residents = "No,id,full_name,sex,birth_date,passport_no,entry_date,stay_until"
	resident := func(phone string) func(i int, name string) string {
		return func(i int, name string) string {
			return fmt.Sprintf("%d,r%d,%s,F,19%02d-0%d-1%d,C10000%02d,2023-01-0%d,%s", i+1, i+1, name, 70+i, i%9+1, i%9, i, i%9+1, phone)
		}
	}
	permit := func(i int, name string) string {
		return fmt.Sprintf("p%d,%s,19%02d-0%d-1%d,C10000%02d,W%d,2023-02-01,2025-01-3%d", i+1, name, 70+i, i%9+1, i%9, i, 100+i, i%2)
	}
	for _, args := range [][]string{
		{"init", "--country", "KH", "--authority", "A"},
		{"import", "residents", write("BUDI SANTOSO.csv", residents, resident("2024-12-31"), 12)},
		{"import", "permits", write("permits.csv", "id,full_name,birth_date,passport_no,permit_no,valid_from,valid_until", permit, 9)},
		{"status", "run", "--as-of", "2024-03-13"},
		{"adopt"},
		{"import", "residents", write("later.csv", residents, resident("2025-06-30"), 11), "--snapshot"},
		{"import", "permits", write("fewer.csv", "id,full_name,birth_date,passport_no,permit_no,valid_from,valid_until", permit, 8), "--snapshot"},
		{"status", "run", "--as-of", "2024-03-14"},
		{"withdraw"},
		{"status", "show", "r1"},
		{"person", "restrict", "r1", "--protection", "claim", "--reason", "a statement", "--as", "a"},
		{"person", "restrict", "r1", "--protection", "claim", "--as", "b"},
		{"enquiry", "ask", "--purpose", "stay", "--passport-no", "X7654321", "--case", "J-1"},
		{"officer", "add", "sari", "--name", "Sari", "--role", "administrator"},
		{"officer", "add", "dara", "--name", "Dara", "--role", "liaison,registry", "--protection"},
		{"passkeys"},
		{"officer", "add", "rina", "--name", "Rina", "--role", "analyst"},
	} {
		switch args[0] {
		case "adopt":
			adopt(t, home)
			continue
		case "passkeys":
			signIns(t, home)
			continue
		case "withdraw":
			placed := func(destination string) func(i int, name string) string {
				return func(i int, name string) string { return fmt.Sprintf("b%d,%s,%s", i+1, name, destination) }
			}
			withdrawn(t, home, write("placed.csv", "id,full_name,destination", placed("KHM"), 3), write("wrong.csv", "id,full_name,destination", placed("MYS"), 4))
			continue
		}
		if status, out, errw := inProcess(append(args, "--home", home)...); status != 0 {
			t.Fatalf("%v: exit status %d\n%s%s", args, status, out, errw)
		}
	}
	db, err := store.Open(t.Context(), filepath.Join(home, "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		by := account.By{Actor: "sari"}
		if err := account.SetPassword(tx, "sari", "a hash", by); err != nil {
			return err
		}
		for range 2 {
			if _, err := account.MakeToken(tx, "sari", "a program", account.NewSecret("KH"), []account.Right{account.SeeAccounts}, time.Hour, by); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refer(t, home)
	decide(t, home)
	return home
}

// decide has rows of what officers decide of doubtful matches, and of a record that is watched.
func decide(t testing.TB, home string) {
	t.Helper()
	n, err := node.Open(t.Context(), node.Home(home), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	r, err := n.RecordOf(t.Context(), registry.Residents, "r2")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		if err := watch.Begin(tx, r.Entry, watch.By{Actor: "a", Office: office}); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO pair_decision (id, permit, resident, seq, act, two, reason, officer, office, at, weight, model, permit_version, resident_version, seal)
			VALUES ('d', 'p', 'r', 1, 'same', 0, 'the paper', 'a', 'o', '2024-03-13T00:00:00.000000Z', 1.25, 'm', 'v', 'w', $1)`, journal.NewSeal()); err != nil {
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
	}); err != nil {
		t.Fatal(err)
	}
	if err := n.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// signIns gives accounts what they sign in with beside passwords.
func signIns(t testing.TB, home string) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(home, "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		for _, id := range []string{"sari", "dara"} {
			p := account.Passkey{Account: id, Name: "Phone", Credential: "of " + id, Handle: "handle", Record: []byte(`{}`), Uses: 1}
			if err := account.AddPasskey(tx, p, account.By{Actor: id}); err != nil {
				return err
			}
			if err := account.Tie(tx, id, account.Code("https://id.example", id), account.By{Actor: "admin"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// refer has a guest office of the node, to which somebody is referred.
func refer(t testing.TB, home string) {
	t.Helper()
	n, err := node.Open(t.Context(), node.Home(home), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	r, err := n.RecordOf(t.Context(), registry.Residents, "r2")
	if err != nil {
		t.Fatal(err)
	}
	d := guest.Desk{DB: n.DB, Now: time.Now}
	if err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		return offices.Open(tx, offices.Unit{Name: "Labour", Kind: offices.Guest, Agency: offices.Labour}, "a", office)
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Refer(t.Context(), []string{r.Entry}, guest.Referral{
		Office: "Labour", Purpose: "labour_rights", Basis: guest.Law, Ground: "a law", Reason: "wages", Until: time.Now().Add(time.Hour),
		Fields: []guest.Field{{Entry: r.Entry, Column: "birth_date"}},
	}, guest.Officer{ID: "a", Office: office}); err != nil {
		t.Fatal(err)
	}
	if err := n.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// withdrawn has the node load two lists of placements, the later of which is withdrawn; somebody wants the earlier withdrawn, too.
func withdrawn(t testing.TB, home, first, second string) {
	t.Helper()
	do := func(args ...string) (batch string) {
		t.Helper()
		status, out, errw := inProcess(append(args, "--home", home, "--json")...)
		var rep struct{ Batch string }
		if err := json.Unmarshal([]byte(out), &rep); status != 0 || err != nil {
			t.Fatalf("%v: exit status %d\n%s%s", args, status, out, errw)
		}
		return rep.Batch
	}
	earlier := do("import", "placements", first)
	later := do("import", "placements", second)
	do("batch", "withdraw", later, "--reason", "the wrong file", "--as", "a")
	do("batch", "withdraw", later, "--as", "b")
	do("batch", "withdraw", earlier, "--reason", "wrong as well", "--as", "a")
}

// adopt gives the node a peer, an agreement with it, and letters both ways.
func adopt(t testing.TB, home string) {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	peer := in("peer")
	do := func(want int, args ...string) string {
		t.Helper()
		status, out, errw := inProcess(args...)
		if status != want {
			t.Fatalf("%v: exit status %d\n%s%s", args, status, out, errw)
		}
		return out
	}
	do(0, "init", "--home", peer, "--country", "ID", "--authority", "B", "--exchange", "127.0.0.1:0", "--desk", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
	meet := func(from, to, name string) {
		t.Helper()
		var card struct{ Fingerprint string }
		if err := json.Unmarshal([]byte(do(0, "peer", "card", "--out", in(name), "--home", from, "--json")), &card); err != nil {
			t.Fatal(err)
		}
		do(0, "peer", "add", in(name), "--fingerprint", card.Fingerprint, "--home", to)
	}
	meet(home, peer, "kh.card")
	meet(peer, home, "id.card")
	do(0, "agreement", "draft", "--peer", "ID", "--from", "2024-03-13", "--until", "2099-03-12", "--out", in("A.json"), "--home", home)
	do(0, "agreement", "sign", in("A.json"), "--home", home)
	do(0, "agreement", "sign", in("A.json"), "--home", peer)
	do(0, "agreement", "adopt", in("A.json"), "--home", home)
	for range 2 {
		do(1, "courier", "ping", "ID", "--count", "2", "--timeout", "1ms", "--home", home)
		do(1, "courier", "ping", "KH", "--count", "2", "--timeout", "1ms", "--home", peer)
		for range 2 {
			do(0, "courier", "export", in("kh.mxp"), "--home", home)
			do(0, "courier", "import", in("kh.mxp"), "--home", peer)
			do(0, "courier", "export", in("id.mxp"), "--home", peer)
			do(0, "courier", "import", in("id.mxp"), "--home", home)
		}
	}
	db, err := store.Open(t.Context(), filepath.Join(home, "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := time.Date(2024, 3, 14, 0, 0, 0, 0, time.UTC)
	err = db.Write(t.Context(), func(tx *store.Tx) error {
		p, err := courier.FindPeer(tx, "ID")
		if err != nil {
			return err
		}
		set, err := agreement.Load(tx, p.Node)
		if err != nil {
			return err
		}
		d := set.All()[0]
		self := ""
		for _, party := range d.Agreement().Parties {
			if party.Country == "KH" {
				self = party.Node
			}
		}
		return set.Spend(tx, agreement.Request{
			Issuer: self, Audience: p.Node, Agreement: d.Hash(), Article: "migrant-status", Purpose: "nationality",
			Type: "nationality-verification", Turn: agreement.Begin, Handling: "H2", Clock: "normal", Written: at, Until: at,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	proposeAndUse(t, db)
}

// proposeAndUse has two officers agree to something, which is handed over.
func proposeAndUse(t testing.TB, db *store.DB) {
	t.Helper()
	two := &second.Desk{DB: db, May: func(*store.Tx, string, string) (bool, error) { return true, nil }, Kinds: map[string]second.Kind{
		"kind": {Ready: func(context.Context, second.Proposal, second.By) (second.Act, error) {
			return second.Act{Do: func(*store.Tx) (string, error) { return "a result", nil }}, nil
		}}}}
	id, err := two.Propose(t.Context(), "kind", "account:sari", "a reason", map[string]string{"be": "so"}, second.By{Actor: "a", Office: "o"})
	if err != nil {
		t.Fatal(err)
	}
	var p second.Proposal
	if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		p, err = two.Find(tx, id, "a")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Confirm(t.Context(), id, p.Hash, second.By{Actor: "b", Office: "o"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := two.Use(tx, id, second.By{Actor: "a", Office: "o"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// verified runs log verify --records, which has to end with a report, whatever
// the node has come to, and to keep everybody's name to itself.
func verified(t testing.TB, home, what string) (rep verifyReport) {
	t.Helper()
	status, out, errw := inProcess("log", "verify", "--records", "--home", home, "--json")
	if err := json.Unmarshal([]byte(out), &rep); err != nil || rep.CannotKnow == "" || rep.Books == nil {
		t.Errorf("%s: no report: exit status %d, %v\n%s%s", what, status, err, out, errw)
	}
	if found := len(rep.Findings) + len(rep.Records) + len(rep.Runs); rep.OK != (status == 0) || rep.OK != (found == 0) || status > 1 {
		t.Errorf("%s: exit status %d, ok %v, %d findings\n%s", what, status, rep.OK, found, out)
	}
	for _, name := range people {
		for _, word := range append(strings.Fields(name), "C10000") {
			if strings.Contains(out, word) || strings.Contains(errw, word) {
				t.Fatalf("%s: %s is told\n%s%s", what, word, out, errw)
			}
		}
	}
	return rep
}

// carriesNothing are the columns whose change no verification finds, and why
// none has to.
var carriesNothing = map[string]string{
	"lease.name":                "a task that is being done now; no command shows it or decides by it once it is done",
	"lease.holder":              "the same",
	"lease.until":               "the same",
	"notice.id":                 "work that is being done: who is told that something waits; the clock's own event stands in the journal",
	"notice.office":             "the same",
	"notice.officer":            "the same",
	"notice.address":            "the same",
	"notice.kind":               "the same",
	"notice.class":              "the same",
	"notice.due":                "the same",
	"notice.zone":               "the same",
	"notice.at":                 "the same",
	"notice.next":               "the same",
	"notice.begun":              "the same",
	"notice.tries":              "the same",
	"notice.ended":              "the same",
	"notice.failed":             "the same",
	"agreement_quota.agreement": "a count, not a decision: the peer counts the same, and the letters stand in the exchange book",
	"agreement_quota.article":   "the same",
	"agreement_quota.purpose":   "the same",
	"agreement_quota.issuer":    "the same",
	"agreement_quota.day":       "the same",
	"agreement_quota.used":      "the same",
	"api_request.token":         "what a program may send again within a day: the change that it asked for is an event of its own",
	"api_request.key":           "the same",
	"api_request.request":       "the same",
	"api_request.status":        "the same",
	"api_request.body":          "the same",
	"api_request.begun":         "the same",
	"review_pair.permit":        "a list to work from, which every run makes anew from what is bound; a pair that is missing waits for the next",
	"review_pair.resident":      "the same",
	"review_pair.place":         "the same",
	"review_pair.concern":       "the same",
	"review_pair.guarded":       "the same",
	"review_pair.state":         "the same",
	"peer.reconcile":            "work that is being done: what is to be asked after a restore",
	"outbox.tries":              "work that is being done: how often a letter was tried",
	"outbox.next":               "the same: when it is tried again",
	"inbox.judge":               "the same: when a letter that waits is judged",
	"outbox.seen":               "whether the peer's book was seen to keep a promise; a broken one is an event",
	"receipt_out.due":           "work that is being done: when a receipt leaves",
	"receipt_out.sent":          "the same: when it had left",
	"watch.at":                  "when something was cosigned; the cosignature has its own time",
	"watched.at":                "the same",
	"cosignature.at":            "the same",
	"goose_db_version.id":       "the migration tool's own numbering of its list",
	"goose_db_version.tstamp":   "when a migration ran: nobody reads it",
	"sqlite_sequence.name":      "SQLite's counter for that numbering",
	"sqlite_sequence.seq":       "the same",
}

// TestEveryColumn changes every column of every table, in the first, a middle
// or the last row, a little and to a value of another type: log verify
// --records finds each, or the column is one that carries nothing. With MITRA_EVERY
// set it changes each of the three rows in every way, else one in a third of them.
func TestEveryColumn(t *testing.T) {
	home := examined(t)
	if rep := verified(t, home, "untouched"); !rep.OK {
		t.Fatalf("untouched: %+v", rep)
	}
	db := raw(t, home)
	if _, err := db.Exec(`INSERT INTO lease VALUES ('journal', 'x', '2024-03-13T00:00:00.000000Z')`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO notice VALUES ('n', 'o', 'a', 'mailto:a@example.org', 'clock-half', 'normal', '2024-03-13T00:00:00.000000Z', 'UTC', '2024-03-13T00:00:00.000000Z', '2024-03-13T00:00:00.000000Z', '2024-03-13T00:00:00.000000Z', 0, '2024-03-13T00:00:00.000000Z', 0)`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO api_request VALUES ('t', x'01', x'02', 201, '{}', '2024-03-13T00:00:00.000000Z')`); err != nil {
		t.Fatal(err)
	}
	tried, used := 0, map[string]bool{}
	for table, columns := range tables(t, db) {
		var rows []int64
		for _, id := range list(t, db, "SELECT rowid FROM "+table+" ORDER BY rowid") {
			rows = append(rows, id.(int64))
		}
		if len(rows) == 0 {
			t.Errorf("table %s has no rows", table)
			continue
		}
		rows = slices.Compact([]int64{rows[0], rows[len(rows)/2], rows[len(rows)-1]})
		all := rows
		for i, column := range columns {
			if os.Getenv("MITRA_EVERY") == "" {
				rows = all[i%len(all):][:1]
			}
			place := table + "." + column
			for _, row := range rows {
				was := list(t, db, "SELECT "+column+" FROM "+table+" WHERE rowid = ?", row)[0]
				for k, value := range append(changes(was), otherTypes(was)...) {
					if os.Getenv("MITRA_EVERY") == "" && carriesNothing[place] == "" && (i+k)%3 != 0 {
						continue
					}
					what := fmt.Sprintf("%s, row %d, change %d", place, row, k)
					if _, err := db.Exec("UPDATE "+table+" SET "+column+" = ? WHERE rowid = ?", value, row); err != nil {
						if strings.Contains(err.Error(), "constraint failed") || strings.Contains(err.Error(), "datatype mismatch") {
							continue
						}
						t.Fatal(what, err)
					}
					now := row
					if column == "id" && table == "goose_db_version" { // it is the rowid
						now = list(t, db, "SELECT rowid FROM goose_db_version WHERE id = ?", value)[0].(int64)
					}
					if now := list(t, db, "SELECT "+column+" FROM "+table+" WHERE rowid = ?", now)[0]; fmt.Sprintf("%T %v", now, now) != fmt.Sprintf("%T %v", was, was) {
						tried++
						switch rep := verified(t, home, what); {
						case carriesNothing[place] != "":
							used[place] = true
						case rep.OK:
							t.Errorf("%s: %.80v became %.80v, and nothing is found", what, was, value)
						case !slices.ContainsFunc(rep.Books, func(b journal.BookReport) bool { return b.Name == journal.House && b.Size > 0 }):
							t.Errorf("%s: the journal's report is lost: %+v", what, rep)
						}
					}
					if _, err := db.Exec("UPDATE "+table+" SET "+column+" = ? WHERE rowid = ?", was, now); err != nil {
						t.Fatal(what, err)
					}
				}
			}
		}
	}
	for place := range carriesNothing {
		if !used[place] {
			t.Errorf("%s carries nothing, but was not tried", place)
		}
	}
	if rep := verified(t, home, "mended"); !rep.OK {
		t.Errorf("mended: %+v", rep)
	}
	t.Logf("%d changes tried", tried)
}

// TestEveryRow takes every row of every table away.
func TestEveryRow(t *testing.T) {
	home := examined(t)
	db := raw(t, home)
	for table, columns := range tables(t, db) {
		if table == "lease" || table == "sqlite_sequence" || table == "agreement_quota" || table == "notice" || table == "review_pair" || table == "api_request" {
			continue // see carriesNothing
		}
		some := ""
		switch table {
		case "cosignature":
			continue // the witness is asked again, and a later one says the same of all before it
		case "receipt_out":
			some = " WHERE stage > 1" // R1 stands with its letter, too
		}
		all := strings.Join(columns, ", ")
		for _, row := range list(t, db, "SELECT rowid FROM "+table+some) {
			for _, step := range []string{
				"CREATE TABLE spare AS SELECT rowid AS place, * FROM " + table + " WHERE rowid = ?",
				"DELETE FROM " + table + " WHERE rowid = ?",
			} {
				if _, err := db.Exec(step, row); err != nil {
					t.Fatal(step, err)
				}
			}
			if rep := verified(t, home, fmt.Sprintf("%s, row %d taken away", table, row)); rep.OK {
				t.Errorf("%s: row %d was taken away, and nothing is found", table, row)
			}
			restore := "INSERT INTO " + table + " (rowid, " + all + ") SELECT place, " + all + " FROM spare; DROP TABLE spare"
			if table == "goose_db_version" {
				restore = "INSERT INTO " + table + " SELECT " + all + " FROM spare; DROP TABLE spare"
			}
			if _, err := db.Exec(restore); err != nil {
				t.Fatal(restore, err)
			}
		}
	}
	if rep := verified(t, home, "mended"); !rep.OK {
		t.Errorf("mended: %+v", rep)
	}
}

// raw opens the database of a home as any program can.
func raw(t testing.TB, home string) *sql.DB {
	t.Helper()
	db := storetest.Raw(t, filepath.Join(home, "mitra.db"))
	t.Cleanup(func() { db.Close() })
	return db
}

// tables are the columns of every table.
func tables(t testing.TB, db *sql.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, table := range list(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
		for _, column := range list(t, db, "SELECT name FROM pragma_table_info(?)", table) {
			out[table.(string)] = append(out[table.(string)], column.(string))
		}
	}
	return out
}

func list(t testing.TB, db *sql.DB, query string, args ...any) (out []any) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			t.Fatal(query, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(query, err)
	}
	return out
}

// otherTypes are values that no program of ours stores in the place of v, and
// among them what somebody's cells look like.
func otherTypes(v any) []any {
	out := []any{`["r1","BUDI SANTOSO","F"]`, []byte("BUDI SANTOSO"), "", int64(-7), 1.5, nil}
	if s, ok := v.(string); ok {
		out = append(out, []byte(s), strings.ToUpper(s))
	}
	if b, ok := v.([]byte); ok {
		out = append(out, string(b))
	}
	return out
}

// TestBrokenStructure: whatever is missing, log verify reports, and other
// commands fail and say where to look.
func TestBrokenStructure(t *testing.T) {
	home := examined(t)
	whole, err := os.ReadFile(filepath.Join(home, "mitra.db"))
	if err != nil {
		t.Fatal(err)
	}
	breaks := map[string]string{
		"no list of migrations":    `DELETE FROM goose_db_version WHERE version_id > 0`,
		"an older list":            `DELETE FROM goose_db_version WHERE version_id > 3`,
		"a longer list":            `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1), (98, 1)`,
		"a migration twice":        `DROP INDEX goose_db_version_once; INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, 1)`,
		"a trigger":                `CREATE TRIGGER hide AFTER INSERT ON record BEGIN DELETE FROM record; END`,
		"a column less":            `ALTER TABLE batch DROP COLUMN salt`,
		"a column of another name": `ALTER TABLE record RENAME COLUMN cells TO cell`,
		"a column of goose's less": `ALTER TABLE goose_db_version DROP COLUMN is_applied`,
		"a column more":            `ALTER TABLE record ADD COLUMN x TEXT`,
	}
	db := raw(t, home)
	for table := range tables(t, db) {
		if table != "sqlite_sequence" {
			breaks["no table "+table] = "DROP TABLE " + table
		}
	}
	for _, index := range list(t, db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL") {
		breaks[fmt.Sprint("no index ", index)] = fmt.Sprint("DROP INDEX ", index)
	}
	db.Close()
	for what, statement := range breaks {
		t.Run(what, func(t *testing.T) {
			restore(t, home, whole)
			db := raw(t, home)
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
			db.Close()
			rep := verified(t, home, what)
			if rep.OK || len(rep.Findings) == 0 || !strings.Contains(rep.Findings[0].What, "structure") {
				t.Errorf("not found: %+v", rep)
			}
			if !strings.Contains(what, "journal") && !slices.ContainsFunc(rep.Books, func(b journal.BookReport) bool { return b.Name == journal.House && b.Size > 0 }) {
				t.Errorf("the journal's report is lost: %+v", rep)
			}
			if status, out, errw := inProcess("status", "run", "--home", home, "--json"); status != 0 && !strings.Contains(out, `"hint":`) {
				t.Errorf("status run: no hint\n%s%s", out, errw)
			}
		})
	}
}

// restore puts the database of a home back.
func restore(t testing.TB, home string, whole []byte) {
	t.Helper()
	path := filepath.Join(home, "mitra.db")
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.RemoveAll(path + end); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyChangesNothing: whatever is examined, its folder is the same
// afterwards, byte for byte.
func TestVerifyChangesNothing(t *testing.T) {
	home := examined(t)
	for what, damage := range map[string]func(path string) error{
		"sound":        func(string) error { return nil },
		"empty":        func(path string) error { return os.Truncate(path, 0) },
		"cut off":      func(path string) error { return os.Truncate(path, 9000) },
		"random pages": func(path string) error { return overwrite(path, 8192, 3000) },
	} {
		t.Run(what, func(t *testing.T) {
			whole, err := os.ReadFile(filepath.Join(home, "mitra.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer restore(t, home, whole)
			if err := damage(filepath.Join(home, "mitra.db")); err != nil {
				t.Fatal(err)
			}
			before := folder(t, home)
			if rep := verified(t, home, what); rep.OK != (what == "sound") {
				t.Errorf("ok %v", rep.OK)
			}
			if after := folder(t, home); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

func overwrite(path string, at int64, n int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	junk := make([]byte, n)
	for i := range junk {
		junk[i] = byte(i*i>>3 + 7*i)
	}
	_, err = f.WriteAt(junk, at)
	return err
}

// TestModelGone: commands that need the model of a link say what is wrong.
func TestModelGone(t *testing.T) {
	home := examined(t)
	db := raw(t, home)
	if _, err := db.Exec(`DELETE FROM linkage_model`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	verified(t, home, "models gone")
	status, out, _ := inProcess("status", "show", "r1", "--home", home, "--json")
	if status != 1 || !strings.Contains(out, `"code":"damaged_data"`) || !strings.Contains(out, "linkage model") || !strings.Contains(out, "log verify --records") {
		t.Errorf("exit status %d\n%s", status, out)
	}
}

// TestNoFewerPeople: a run over a register of which a row is damaged fails.
func TestNoFewerPeople(t *testing.T) {
	home := examined(t)
	db := raw(t, home)
	if _, err := db.Exec(`UPDATE record SET ended = cells WHERE key = 'r3'`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	status, out, _ := inProcess("status", "run", "--home", home, "--json")
	if status != 1 || !strings.Contains(out, `"code":"damaged_data"`) || strings.Contains(out, "AGUS") || !strings.Contains(out, "log verify --records") {
		t.Errorf("exit status %d\n%s", status, out)
	}
	rep := verified(t, home, "a damaged row")
	if len(rep.Records) == 0 || !slices.ContainsFunc(rep.Records, func(f registry.Finding) bool { return store.IsID(f.Record) && strings.Contains(f.What, "ended") }) {
		t.Errorf("the record or its column is not named: %+v", rep.Records)
	}
}

// TestJunkPublicKey: a key file that is none is named, with what to do.
func TestJunkPublicKey(t *testing.T) {
	home := examined(t)
	if err := os.WriteFile(filepath.Join(home, "keys", "journal.pub"), []byte("junk\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"log", "verify"}, {"status", "run"}} {
		status, out, _ := inProcess(append(args, "--home", home, "--json")...)
		if status != 1 || !strings.Contains(out, `"code":"incomplete_home"`) || !strings.Contains(out, "journal.pub") || !strings.Contains(out, `"hint":`) {
			t.Errorf("%v: exit status %d\n%s", args, status, out)
		}
	}
}

// folder lists the files of a folder with size, time and a hash.
func folder(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	if err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %d %d %x\n", p, fi.Size(), fi.ModTime().UnixNano(), sha256.Sum256(text))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReadOnlyMedium: an auditor examines a copy where nothing can be written.
// A -wal file that holds a part of the database is used with its -shm file, and
// without it the program says what to do.
func TestReadOnlyMedium(t *testing.T) {
	if !hasRoom() {
		t.Skip("this system does not let tests mount a small disk")
	}
	home := examined(t)
	database := filepath.Join(home, "mitra.db")
	db, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE batch SET office = 'elsewhere'`) // what only the -wal file knows
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		prepare string
		status  int
		output  string
	}{
		"sound":             {`rm -f disk/home/mitra.db-*`, 0, `{"ok":true,`},
		"empty -wal":        {`rm -f disk/home/mitra.db-*; : >disk/home/mitra.db-wal`, 0, `{"ok":true,`},
		"damaged":           {`rm -f disk/home/mitra.db-*; : >disk/home/mitra.db`, 1, `without a single table`},
		"-wal and -shm":     {`:`, 1, `is not what the journal reports: office`},
		"-wal without -shm": {`rm disk/home/mitra.db-shm`, 1, `"code":"wal"`},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "disk"), 0o700); err != nil {
				t.Fatal(err)
			}
			script := "set -e; cp -r '" + home + "' disk/home; " + c.prepare + "; mount -o remount,ro disk; exec mitra --home disk/home log verify --records --json"
			cmd := exec.Command("mitra-room", "64m", "disk", "sh", "-c", script)
			cmd.Dir = dir
			out, _ := cmd.Output()
			if cmd.ProcessState.ExitCode() != 3*c.status || !strings.Contains(string(out), c.output) { // 3: the room's own for any failure
				t.Errorf("exit status %d\n%s", cmd.ProcessState.ExitCode(), out)
			}
		})
	}
}

// TestEveryPage overwrites each page of the database file with junk.
func TestEveryPage(t *testing.T) {
	home := examined(t)
	path := filepath.Join(home, "mitra.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, home)
	if free := list(t, db, "PRAGMA freelist_count"); free[0] != int64(0) {
		t.Logf("%v pages are free, and their content means nothing", free)
	}
	db.Close()
	for at := 0; at < len(whole); at += 4096 {
		if err := overwrite(path, int64(at), 3000); err != nil {
			t.Fatal(err)
		}
		if rep := verified(t, home, fmt.Sprintf("the page at %d overwritten", at)); rep.OK {
			t.Errorf("the page at %d was overwritten, and nothing is found", at)
		}
		restore(t, home, whole)
	}
}
