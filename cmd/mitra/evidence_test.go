//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mitra/node"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// A talking node is one of two that exchange letters by files, with an officer who accepts them all.
type talking struct {
	t    *testing.T
	home string
	dsn  string
	*node.Node
	courier *courier.Courier
}

func (n *talking) open() {
	n.t.Helper()
	var err error
	if n.Node, err = node.Open(n.t.Context(), node.Home(n.home), n.dsn, nil); err != nil {
		n.t.Fatal(err)
	}
	if n.courier, err = n.Courier(n.t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		n.t.Fatal(err)
	}
	n.courier.Handle = func(*store.Tx, letter.Letter) (bool, error) { return true, nil }
}

// do runs a command on the node's home, which ends with a status.
func (n *talking) do(want int, args ...string) (out, errw string) {
	n.t.Helper()
	n.t.Setenv("MITRA_DB", n.dsn)
	status, out, errw := inProcess(append(args, "--home", n.home)...)
	if status != want {
		n.t.Fatalf("%v: exit status %d, want %d\n%s%s", args, status, want, out, errw)
	}
	return out, errw
}

// bring carries all that waits here to another.
func (n *talking) bring(to *talking) {
	n.t.Helper()
	var b bytes.Buffer
	_, err := n.courier.Export(n.t.Context(), &b, to.Name())
	if err == nil {
		_, err = to.courier.Import(n.t.Context(), &b)
	}
	if err == nil {
		err = to.courier.JudgeAll(n.t.Context())
	}
	if err == nil {
		err = to.Settle(n.t.Context())
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// send writes a letter under an agreement, and decides the one that it answers.
func (n *talking) send(d agreement.Document, to *talking, typ, payload string, after *letter.Letter) letter.Letter {
	n.t.Helper()
	l, err := write(n.t.Context(), n.Node, n.courier, d, to.Name(), typ, payload, after)
	if err != nil {
		n.t.Fatal(err)
	}
	return l
}

// write is what an officer's desk does: it queues a letter for the purpose stay, and decides the one that it answers.
func write(ctx context.Context, n *node.Node, c *courier.Courier, d agreement.Document, to, typ, payload string, after *letter.Letter) (l letter.Letter, err error) {
	mid, err := letter.NewID()
	if err != nil {
		return l, err
	}
	now := time.Now().Unix()
	l = letter.Letter{Type: typ, Payload: json.RawMessage(payload), Header: letter.Header{
		Issuer: n.Name(), Audience: to, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID(typ), Agreement: d.Hash(),
		Article: "migration-information", Purpose: "stay", Requesting: "o-1", Retain: now + 3600, Grading: "B2",
	}}
	p, ok := d.Agreement().Purpose(l.Article, l.Purpose)
	if !ok {
		return l, errors.New("the agreement has no such purpose")
	}
	l.Handling, l.Clock = p.Handling[0], p.Clocks[0].Class
	if after != nil {
		l.Conversation, l.InReplyTo = after.Conversation, after.ID
	}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error {
		peer, err := courier.FindPeer(tx, to)
		if err != nil {
			return err
		}
		s, err := courier.Seal(l, peer, c.Keys())
		if err == nil && after != nil {
			err = c.Decide(tx, after.Header, l.ID)
		}
		if err != nil {
			return err
		}
		return courier.Queue(tx, "officer", s)
	}); err != nil {
		return l, err
	}
	return l, n.Settle(ctx)
}

// question is one that the shipped draft allows.
const question = `{"person":{"full_name":"SYNTHETIC BUDI","birth_date":"1990-04"},"release":["stay"]}`

// enquireCommand has the node of the script write an enquiry to a peer, whose conversation is then $CID: enquire PEER.
func enquireCommand(ts *testscript.TestScript, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("usage: enquire PEER")
	}
	ctx := context.Background()
	n, err := node.Open(ctx, node.Home(ts.Getenv("MITRA_HOME")), ts.Getenv("MITRA_DB"), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	c, err := n.Courier(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	var p courier.Peer
	if err := n.DB.Read(ctx, func(tx *store.Tx) error {
		p, err = courier.FindPeer(tx, args[0])
		return err
	}); err != nil {
		return err
	}
	set, err := n.Agreements(ctx, p.Node)
	if err != nil {
		return err
	}
	d, ok := set.InForce(time.Now())
	if !ok {
		return errors.New("no agreement is in force")
	}
	l, err := write(ctx, n, c, d, p.Node, "enquiry", question, nil)
	ts.Setenv("CID", l.ID)
	return err
}

// TestEvidence has two homes exchange an enquiry and its answer, prove it, and somebody without a node check it.
func TestEvidence(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		in := func(name string) string { return filepath.Join(dir, name) }
		kh, id := &talking{t: t, home: in("kh"), dsn: dsn}, &talking{t: t, home: in("id"), dsn: storetest.AnotherDSN(t, dsn)}
		if !store.IsPostgres(dsn) {
			kh.dsn, id.dsn = "", ""
		}
		for _, n := range []*talking{kh, id} {
			country := strings.ToUpper(filepath.Base(n.home))
			n.do(0, "init", "--country", country, "--authority", "Authority of "+country, "--exchange", "127.0.0.1:0", "--desk", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
		}
		for _, x := range []struct {
			from, to *talking
			file     string
		}{{kh, id, in("kh.card")}, {id, kh, in("id.card")}} {
			var card struct{ Fingerprint string }
			out, _ := x.from.do(0, "peer", "card", "--out", x.file, "--json")
			if err := json.Unmarshal([]byte(out), &card); err != nil {
				t.Fatal(err)
			}
			x.to.do(0, "peer", "add", x.file, "--fingerprint", card.Fingerprint)
		}
		kh.do(0, "agreement", "draft", "--peer", "ID", "--out", in("A.json"))
		kh.do(0, "agreement", "sign", in("A.json"))
		id.do(0, "agreement", "sign", in("A.json"))
		kh.do(0, "agreement", "adopt", in("A.json"))
		id.do(0, "agreement", "adopt", in("A.json"))
		doc, err := readAgreement(in("A.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []*talking{kh, id} {
			n.open()
			t.Cleanup(func() { n.Close() })
		}
		first := kh.send(doc, id, "enquiry", question, nil)
		kh.bring(id)
		answer := id.send(doc, kh, "answer", `{"result":"pending"}`, &first)
		for range 3 {
			id.bring(kh)
			kh.bring(id)
		}
		cid := first.ID

		out, _ := kh.do(0, "evidence", "export", cid, "--out", in("e.json"), "--as", "auditor")
		if !strings.Contains(out, "2 letters with all that proves them") || strings.Contains(out, "not shown") || strings.Contains(out, "FAULT") {
			t.Error(out)
		}
		if fi, err := os.Stat(in("e.json")); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", fi, err)
		}
		if b, err := os.ReadFile(in("e.json")); err != nil || bytes.Contains(b, []byte("BUDI")) {
			t.Errorf("the file is not what it should be: %v", err)
		}
		var told []journal.Event
		if err := kh.DB.Read(t.Context(), func(tx *store.Tx) error {
			return journal.Events(tx, journal.House, func(e journal.Event) error {
				if e.Kind == "evidence" {
					told = append(told, e)
				}
				return nil
			})
		}); err != nil || len(told) != 1 || told[0].Index < 0 || told[0].Actor != "auditor" || len(told[0].Subjects) != 1 || told[0].Subjects[0] != cid {
			t.Errorf("%+v, %v", told, err)
		}
		id.do(0, "evidence", "export", cid, "--out", in("i.json"), "--peer", "KH")
		for _, file := range []string{in("e.json"), in("i.json")} {
			// Without a node: no home is there.
			check := func(want int, args ...string) (rep evidence.Report, errw string) {
				t.Helper()
				status, out, errw := inProcess(append([]string{"evidence", "verify", file, "--json", "--home", in("nowhere")}, args...)...)
				if err := json.Unmarshal([]byte(out), &rep); status != want || err != nil {
					t.Fatalf("%v: exit status %d, %v\n%s%s", args, status, err, out, errw)
				}
				return rep, errw
			}
			rep, _ := check(0, "--card", in("kh.card"), "--card", in("id.card"))
			if !rep.OK || len(rep.Letters) != 2 || len(rep.Open) > 0 || !rep.Parties[0].Compared || !rep.Parties[1].Compared || rep.Letters[0].Answer != answer.ID || rep.Letters[0].Payload != nil {
				t.Errorf("%+v", rep)
			}
			if rep, _ = check(0, "--content", "--card", in("id.card")); !bytes.Contains(rep.Letters[0].Payload, []byte("BUDI")) || rep.Parties[0].Compared == rep.Parties[1].Compared {
				t.Errorf("%+v", rep)
			}
			_, text, _ := inProcess("evidence", "verify", file, "--card", in("kh.card"), "--card", in("id.card"))
			if strings.Contains(text, "BUDI") || strings.Contains(text, "NOT COMPARED") || !strings.Contains(text, "nothing here was changed") {
				t.Error(text)
			}
		}

		// One character, and it proves nothing.
		b, err := os.ReadFile(in("e.json"))
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(b, []byte(`"letter": "`)) + 600
		b[at] ^= 1
		if err := os.WriteFile(in("bad.json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		status, text, errw := inProcess("evidence", "verify", in("bad.json"))
		if status != 1 || !strings.Contains(text, "FAULT letter_") || !strings.Contains(text, cid) || !strings.Contains(errw, "does not prove the conversation") {
			t.Errorf("exit status %d\n%s%s", status, text, errw)
		}
		// Another's first card, a card that is not the first.
		if status, text, _ := inProcess("evidence", "verify", in("e.json"), "--card", in("twin.card")); status != 2 {
			t.Errorf("exit status %d\n%s", status, text)
		}
		other := &talking{t: t, home: in("th")}
		other.do(0, "init", "--country", "TH", "--authority", "T")
		other.do(0, "peer", "card", "--out", in("th.card"))
		if status, text, _ := inProcess("evidence", "verify", in("e.json"), "--card", in("th.card")); status != 1 || !strings.Contains(text, "FAULT first_card") {
			t.Errorf("exit status %d\n%s", status, text)
		}
		kh.do(0, "keys", "rotate")
		kh.do(0, "peer", "card", "--out", in("second.card"))
		if status, _, errw := inProcess("evidence", "verify", in("e.json"), "--card", in("second.card")); status != 2 || !strings.Contains(errw, "this is card 2 of its node") {
			t.Errorf("exit status %d\n%s", status, errw)
		}
		kh.do(2, "evidence", "export", cid, "--out", in("x.json"), "--peer", "TH")
		kh.do(2, "evidence", "export", answer.ID, "--out", in("x.json"))
		if _, err := os.Stat(in("x.json")); err == nil {
			t.Error("a command that failed has made its file")
		}

		// Nothing else minds what is kept for evidence, and evidence outlives a backup.
		kh.do(0, "log", "verify", "--records")
		id.do(0, "log", "verify", "--records")
		if err := os.WriteFile(in("phrase"), []byte("correct horse battery staple\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("MITRA_BACKUP_PASSPHRASE_FILE", in("phrase"))
		kh.do(0, "backup", in("kh.backup"))
		again := &talking{t: t, home: in("again")}
		again.do(0, "restore", in("kh.backup"))
		again.do(0, "log", "verify", "--records")
		again.do(0, "evidence", "export", cid, "--out", in("again.json"))
		if status, text, errw := inProcess("evidence", "verify", in("again.json"), "--card", in("kh.card"), "--card", in("id.card")); status != 0 {
			t.Errorf("exit status %d\n%s%s", status, text, errw)
		}
	})
}
