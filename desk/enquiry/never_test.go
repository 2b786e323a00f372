package enquiry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// What must never happen, by the numbers of DESIGN §7; 5, 9 and 14 stand in enquiry_test.go.

// joint is the status of somebody on a list of the Indonesian node.
func (s *side) joint(id string, protection bool) status.Joint {
	s.t.Helper()
	j, err := s.n.Joint(ctx, s.people, status.Reader{Actor: "officer", Office: "headquarters", Protection: protection}, person.FromTime(asOf), rules.English, id)
	must(s.t, err)
	return j
}

func axis(j status.Joint, name string) status.JointAxis {
	i := slices.IndexFunc(j.Axes, func(a status.JointAxis) bool { return a.Axis == name })
	if i < 0 {
		return status.JointAxis{}
	}
	return j.Axes[i]
}

// asked has the Indonesian node ask about a report, and the Cambodian release fields of the first candidate.
func (x *corridor) asked(report, purpose string, fields ...string) enquiry.Asked {
	x.t.Helper()
	r, err := x.id.n.RecordOf(ctx, registry.Reports, report)
	must(x.t, err)
	a := x.ask(enquiry.Question{Purpose: purpose, Person: r.Describe(), Release: fields, Subject: r.Entry})
	v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
	must(x.t, err)
	_, err = x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Record: v.Candidates[0].Record, Release: fields}, liaison)
	must(x.t, err)
	x.pass(time.Minute)
	return a
}

// report loads a report about somebody of the Cambodian register at the Indonesian node.
func (x *corridor) report(id string, i int, list string) {
	x.t.Helper()
	r := known[i]
	x.id.load(registry.Reports, "id,full_name,birth_date,passport_no\n"+id+","+r.FullName+","+r.Truth.BirthDate+","+r.PassportNo+"\n")
	if list != "" {
		x.id.load(registry.Placements, "id,full_name,birth_date,passport_no,procedure\nP"+id+","+r.FullName+","+r.Truth.BirthDate+","+r.PassportNo+","+list+"\n")
	}
	_, err := x.id.people.Sync(ctx)
	must(x.t, err)
}

// One state does not overwrite another's determination: the partner's words stand beside the node's own, with whose they
// are; later words do not remove earlier ones; and no axis of the one is written by the other.
func TestNever3NobodyOverwritesAnother(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		x.report("R1", 0, "placed")
		x.asked("R1", "stay", "stay", "stay_until")
		x.asked("R1", "work", "work")
		j := x.id.joint("R1", true)
		for name, by := range map[string]string{"identity": "ID", "stay": "KH", "work": "KH", "origin": "ID", "protection": "ID"} {
			if a := axis(j, name); a.By != by || (by == "KH") != (a.Letter != "") {
				t.Errorf("%s is the word of %s, want %s: %+v", name, a.By, by, a)
			}
		}
		if j.Class != string(rules.RegularBoth) || !j.Computed {
			t.Errorf("class %s, computed %v", j.Class, j.Computed)
		}
		first := axis(j, "stay").Letter
		x.asked("R1", "stay", "stay")
		again := axis(x.id.joint("R1", true), "stay")
		if again.Letter == first || !slices.ContainsFunc(again.Reasons, func(r string) bool { return strings.Contains(r, first) }) {
			t.Errorf("the earlier words are gone: %+v", again)
		}
		// Nothing of it is an assessment of this node.
		var rows int
		must(t, x.id.n.DB.Read(ctx, func(tx *store.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM assessment`).Scan(&rows) }))
		if rows > 0 {
			t.Errorf("%d assessments were written", rows)
		}
	})
}

// A view on protection leaves by a referral with consent alone: no enquiry, release or answer can carry one, at whichever
// end, and who may not see protection is shown none.
func TestNever4ProtectionStaysHere(t *testing.T) {
	x := newCorridor(t, "")
	x.report("R1", 1, "")
	for _, field := range []string{"protection", "protection_view", "protection_indicators"} {
		_, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: described(known[1]), Release: []string{field}}, officer)
		if !errors.Is(err, enquiry.ErrQuestion) {
			t.Errorf("%s can be asked for: %v", field, err)
		}
	}
	a := x.ask(enquiry.Question{Person: described(known[1]), Release: []string{"stay"}})
	v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
	must(t, err)
	for _, c := range v.Candidates {
		if c.Values["protection"] != "" {
			t.Error("a candidate is shown with a view on protection")
		}
	}
	l := letter.Letter{Type: "release", Payload: json.RawMessage(`{"record":{"protection":"possible_victim"},"officer":"o-1"}`), Header: x.reply(a, "release")}
	if _, err := courier.Seal(l, x.kh.peer(), x.kh.c.Keys()); letter.CodeOf(err) != letter.SchemaInvalid {
		t.Errorf("a release can carry it: %v", err)
	}
	_, err = x.id.restrict("R1", "possible_victim", liaison)
	must(t, err)
	_, err = x.id.restrict("R1", "possible_victim", second)
	must(t, err)
	if j := x.id.joint("R1", true); j.Class != string(rules.Protect) {
		t.Errorf("class %s", j.Class)
	}
	b, err := json.Marshal(x.id.joint("R1", false))
	must(t, err)
	if bytes.Contains(b, []byte("victim")) || bytes.Contains(b, []byte("PROTECT")) {
		t.Errorf("who may not see protection is shown %s", b)
	}
	if x.kh.holds("possible_victim") {
		t.Error("it stands in the other node")
	}
}

// reply is the header of a letter of the Cambodian node in a conversation.
func (x *corridor) reply(a enquiry.Asked, typ string) letter.Header {
	x.t.Helper()
	mid, err := letter.NewID()
	must(x.t, err)
	now := x.now.Unix()
	return letter.Header{
		Issuer: x.kh.n.Name(), Audience: x.kh.peer().Node, ID: mid, Conversation: a.Conversation, InReplyTo: a.Conversation, Issued: now, Expires: now + 3600,
		Agreement: x.terms.Hash(), Article: a.Article, Purpose: a.Purpose, Handling: "H2", Requesting: "o-1", Clock: "normal", Retain: now + 3600, Schema: letter.SchemaID(typ),
	}
}

// A register does not cross in singles: a day has a quota, which both nodes keep, and a letter has one person.
func TestNever7NoRegisterInSingles(t *testing.T) {
	x := newCorridor(t, "", few)
	for i := range 2 {
		_, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: stranger(i)}, officer)
		must(t, err)
	}
	if _, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: stranger(2)}, officer); letter.CodeOf(err) != "quota_exhausted" {
		t.Errorf("the third question of the day: %v", err)
	}
	// A node that does not keep the quota finds that the other does.
	x.id.write(func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM agreement_quota`)
		return err
	})
	a, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: described(known[0])}, officer)
	must(t, err)
	x.carry()
	x.pass(time.Minute)
	var state, code string
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT state, code FROM inbox WHERE mid = $1`, a.Conversation).Scan(&state, &code)
	}))
	if state != "refused" || code != "quota_exhausted" || len(x.waiting()) > 0 {
		t.Errorf("the other node: %s %s, %d wait", state, code, len(x.waiting()))
	}
	for _, payload := range []string{`{"person":[{"passport_no":"X1"},{"passport_no":"X2"}]}`, `{"person":{"passport_no":["X1","X2"]}}`, `{"person":{"passport_no":"X1"},"person2":{"passport_no":"X2"}}`} {
		h := x.reply(a, "enquiry")
		h.Conversation, h.InReplyTo = h.ID, ""
		if _, err := courier.Seal(letter.Letter{Type: "enquiry", Payload: json.RawMessage(payload), Header: h}, x.kh.peer(), x.kh.c.Keys()); letter.CodeOf(err) != letter.SchemaInvalid {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// A no-hit is no finding: it changes no axis and no class, and is told as what it is.
func TestNever8NoHitProvesNothing(t *testing.T) {
	x := newCorridor(t, "")
	x.kh.d.WithoutDecoys()
	x.id.load(registry.Reports, "id,full_name,birth_date,passport_no\nR9,Nobody Invented,1971-02-03,Z0000009\n")
	_, err := x.id.people.Sync(ctx)
	must(t, err)
	before := x.id.joint("R9", true)
	r, err := x.id.n.RecordOf(ctx, registry.Reports, "R9")
	must(t, err)
	a := x.ask(enquiry.Question{Person: r.Describe(), Release: []string{"stay"}, Subject: r.Entry})
	if l := x.line(a.Conversation); l.Ending != "no-hit" {
		t.Fatalf("%+v", l)
	}
	after := x.id.joint("R9", true)
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("a no-hit has changed the status:\n%s", d)
	}
	if axis(after, "stay").Value != "unknown" || after.Class != string(rules.Undetermined) {
		t.Errorf("%+v", after)
	}
}

// No personal data stands in a log line, an error, a metric, an event or a notice.
func TestNever12NothingPersonalWhereItDoesNotBelong(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		r := known[2]
		x.report("R1", 2, "placed")
		a := x.asked("R1", "stay", "stay", "stay_until")
		_, err := x.kh.restrict(r.ID, "claim", liaison)
		must(t, err)
		x.ask(enquiry.Question{Person: described(r)})
		var errs []error
		_, err = x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Nothing: true}, second)
		errs = append(errs, err)
		_, err = x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: map[string]string{"full_name": r.FullName, "birth_date": r.PassportNo}}, officer)
		errs = append(errs, err)
		_, err = x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: map[string]string{"full_name": r.FullName + "\x00", "birth_date": "1990"}}, officer)
		errs = append(errs, err)
		_, err = x.id.d.Show(ctx, r.FullName, officer)
		errs = append(errs, err)
		x.pass(8 * 24 * time.Hour) // clocks run out
		var all []string
		for _, err := range errs {
			if err == nil {
				t.Error("an error was expected")
				continue
			}
			all = append(all, err.Error())
		}
		for _, s := range []*side{x.kh, x.id} {
			all = append(all, s.log.String())
			for _, n := range s.told {
				b, err := json.Marshal(n)
				must(t, err)
				all = append(all, string(b))
			}
			must(t, s.n.DB.Read(ctx, func(tx *store.Tx) error {
				books, err := journal.Books(tx)
				for _, b := range books {
					if err := journal.Events(tx, b, func(e journal.Event) error {
						all = append(all, e.Kind+" "+string(e.Data)+" "+e.Purpose+" "+strings.Join(e.Subjects, " "))
						return nil
					}); err != nil {
						return err
					}
				}
				return err
			}))
		}
		for _, secret := range []string{r.FullName, strings.Fields(r.FullName)[0], r.PassportNo, r.Truth.BirthDate, r.ID, "asylum"} {
			for _, text := range all {
				if len(secret) > 3 && strings.Contains(text, secret) {
					t.Errorf("%q stands in %.200s", secret, text)
				}
			}
		}
	})
}

// What was acknowledged is not lost, and nothing is answered twice: however often and in whichever order files come, and
// whoever answers at the same time.
func TestNever13NothingIsLostOrDoneTwice(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		var cids []string
		for i := range 6 {
			a, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: described(known[i]), Release: []string{"stay"}}, officer)
			must(t, err)
			cids = append(cids, a.Conversation)
		}
		var first bytes.Buffer
		must(t, x.id.n.Settle(ctx))
		_, err := x.id.c.Export(ctx, &first, x.kh.n.Name())
		must(t, err)
		for range 3 {
			_, err := x.kh.c.Import(ctx, bytes.NewReader(first.Bytes()))
			must(t, err)
			must(t, x.kh.c.JudgeAll(ctx))
		}
		x.pass(20 * time.Second)
		if got := x.waiting(); len(got) != len(cids) {
			t.Fatalf("%d wait, want %d", len(got), len(cids))
		}
		for _, cid := range cids {
			v, err := x.kh.d.Show(ctx, cid, liaison)
			must(t, err)
			var wg sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				wg.Go(func() {
					what := enquiry.Decision{Nothing: true}
					if i%2 == 0 {
						what = enquiry.Decision{Record: v.Candidates[0].Record, Release: []string{"stay"}}
					}
					_, errs[i] = x.kh.d.Answer(ctx, cid, what, enquiry.Officer{Name: "officer", Office: "headquarters"})
				})
			}
			wg.Wait()
			done := 0
			for _, err := range errs {
				if err == nil {
					done++
				} else if !errors.Is(err, enquiry.ErrAnswered) {
					t.Errorf("an officer who came second: %v", err)
				}
			}
			if done != 1 {
				t.Errorf("%d officers have answered", done)
			}
		}
		x.pass(time.Minute)
		var endings int
		must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE type IN ('release', 'nothing-to-release')`).Scan(&endings)
		}))
		if endings != len(cids) {
			t.Errorf("%d letters have ended %d conversations", endings, len(cids))
		}
		for _, cid := range cids {
			if l := x.line(cid); l.State != "ended" {
				t.Errorf("%+v", l)
			}
		}
		x.kh.sound()
		x.id.sound()
	})
}
