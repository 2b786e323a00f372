package enquiry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// waiting are the conversations that wait for an officer of the Cambodian node.
func (x *corridor) waiting() (cids []string) {
	x.t.Helper()
	lines, err := x.kh.d.List(ctx, enquiry.Inbox, 1000, liaison)
	must(x.t, err)
	for _, l := range lines {
		cids = append(cids, l.Conversation)
	}
	return cids
}

// One asks, the other's node says pending, an officer looks and releases a field by its name, and the words stand with
// who asked.
func TestReleased(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		r := known[0]
		a := x.ask(enquiry.Question{Person: described(r), Release: []string{"stay", "stay_until"}, Case: "JKT-17"})
		if l := x.line(a.Conversation); l.State != "pending" || l.Ending != "" {
			t.Fatalf("the asking node holds %+v", l)
		}
		if got := x.waiting(); !slices.Equal(got, []string{a.Conversation}) {
			t.Fatalf("waiting: %v", got)
		}
		v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
		must(t, err)
		if len(v.Candidates) == 0 || v.Candidates[0].ID != r.ID || v.Candidates[0].Probability < 0.99 || len(v.Candidates[0].Because) < 3 {
			t.Fatalf("candidates: %+v", v.Candidates)
		}
		first := v.Candidates[0]
		if cmp.Diff(v.Person, described(r)) != "" {
			t.Errorf("about: %v", v.Person)
		}
		fields := map[string]string{}
		for _, f := range first.Fields {
			fields[f.Name] = f.Withheld
		}
		if fields["stay"] != "" || fields["stay_until"] != "" {
			t.Errorf("fields: %v", fields)
		}
		for _, bad := range []enquiry.Decision{
			{}, {Release: []string{"stay"}}, {Release: []string{"stay"}, Nothing: true, Record: first.Record}, {Value: "national"},
			{Release: []string{"stay", "passport_no"}, Record: first.Record}, {Release: []string{"work"}, Record: first.Record}, {Release: []string{"stay"}, Record: store.NewID()},
		} {
			if _, err := x.kh.d.Answer(ctx, a.Conversation, bad, liaison); !errors.Is(err, enquiry.ErrAnswer) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		x.pass(time.Hour)
		o, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Record: first.Record, Release: []string{"stay"}}, liaison)
		must(t, err)
		if !o.InTime || o.Type != "release" {
			t.Errorf("%+v", o)
		}
		if _, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Nothing: true}, second); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("the second officer: %v", err)
		}
		x.pass(time.Minute)
		mine, err := x.id.d.Show(ctx, a.Conversation, officer)
		must(t, err)
		if mine.Ending != "release" || mine.Words == nil || cmp.Diff(mine.Words.Record, map[string]string{"stay": r.Truth.Stay}) != "" || mine.Words.Letter != o.Letter {
			t.Errorf("the words: %+v %+v", mine.Line, mine.Words)
		}
		for _, s := range []*side{x.kh, x.id} {
			s.sound()
		}
	})
}

// Of a no-hit nothing readable stays at the node that was asked, nor anything that could be opened.
func TestNever9NoHitLeavesNothing(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		x.kh.d.WithoutDecoys()
		a := x.ask(enquiry.Question{Person: stranger(3), Release: []string{"stay"}, Case: "JKT-18"})
		if l := x.line(a.Conversation); l.Ending != "no-hit" {
			t.Fatalf("%+v", l)
		}
		var text, envelope string
		must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT letter, envelope FROM inbox WHERE mid = $1`, a.Conversation).Scan(&text, &envelope)
		}))
		if text != "" || strings.Contains(envelope, ".") {
			t.Error("what was asked can be read again")
		}
		for _, secret := range []string{"Invented", stranger(3)["passport_no"], stranger(3)["birth_date"], "JKT-18"} {
			if x.kh.holds(secret) {
				t.Errorf("the node that was asked still has %q", secret)
			}
		}
		if strings.Contains(x.kh.log.String(), "Invented") {
			t.Error("it stands in the log")
		}
		x.kh.sound()
	})
}

// holds reports whether a text stands anywhere in the node's database.
func (s *side) holds(text string) bool {
	s.t.Helper()
	for _, query := range []string{
		`SELECT letter || envelope FROM inbox`, `SELECT person || words || subject || reference || wants FROM enquiry`, `SELECT receipt FROM inbox`,
	} {
		var found bool
		must(s.t, s.n.DB.Read(ctx, func(tx *store.Tx) error {
			all, err := tx.Texts(query)
			for _, v := range all {
				found = found || strings.Contains(v, text)
				for _, part := range strings.Split(v, ".") { // what a letter says is in base64
					if b, err := decode(part); err == nil {
						found = found || strings.Contains(string(b), text)
					}
				}
			}
			return err
		}))
		if found {
			return true
		}
	}
	return false
}

// A share of those who are not found look as if they were, and end with nothing to release; the same question has the
// same answer, however it is spelt.
func TestDecoys(t *testing.T) {
	x := newCorridor(t, "", many)
	var pending []enquiry.Asked
	const asked = 120
	for i := range asked {
		_, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: stranger(i)}, officer)
		must(t, err)
	}
	x.carry()
	x.pass(20 * time.Second)
	lines, err := x.id.d.List(ctx, enquiry.Outbox, 1000, liaison)
	must(t, err)
	for _, l := range lines {
		if l.State == "pending" {
			pending = append(pending, enquiry.Asked{Conversation: l.Conversation})
		}
	}
	if n := len(pending); n < asked/10 || n > asked/3 {
		t.Errorf("%d of %d look as if they were found", n, asked)
	}
	if w := x.waiting(); len(w) > 0 {
		t.Errorf("%d wait for an officer", len(w))
	}
	x.pass(7 * 24 * time.Hour)
	for _, a := range pending {
		if l := x.line(a.Conversation); l.Ending != "nothing" || l.Late {
			t.Errorf("a decoy ended with %+v", l)
		}
	}
	again := stranger(0)
	name := strings.Fields(again["full_name"])
	again["full_name"], again["passport_no"] = strings.ToUpper(name[1])+"  "+name[0], strings.ToLower(again["passport_no"][:3])+" "+again["passport_no"][3:]
	a := x.ask(enquiry.Question{Person: again})
	if first := lines[len(lines)-1]; (x.line(a.Conversation).State == "pending") != (first.State == "pending") {
		t.Error("the same question in another spelling has another answer")
	}
}

// Who is restricted is not found, by anything, and no officer learns of the question but those who may see protection.
func TestRestricted(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		x.kh.d.WithoutDecoys()
		r := known[1]
		if _, err := x.kh.restrict(r.ID, "possible_victim", liaison); err != nil {
			t.Fatal(err)
		}
		for i, who := range []map[string]string{described(r), {"passport_no": r.PassportNo}, {"full_name": r.FullName, "birth_date": r.Truth.BirthDate}} {
			a := x.ask(enquiry.Question{Person: who, Release: []string{"stay"}})
			if l := x.line(a.Conversation); l.Ending != "no-hit" {
				t.Errorf("question %d: %+v", i, l)
			}
			if _, err := x.kh.d.Show(ctx, a.Conversation, second); !errors.Is(err, enquiry.ErrUnknown) {
				t.Errorf("an officer is shown it: %v", err)
			}
		}
		hidden, err := x.kh.d.List(ctx, enquiry.Protected, 10, liaison)
		must(t, err)
		if len(hidden) != 3 || len(x.waiting()) != 0 || len(x.kh.told) != 3 {
			t.Errorf("%d questions are told of, %d wait, %d notices", len(hidden), len(x.waiting()), len(x.kh.told))
		}
		// Who was found before is not released after.
		other := known[2]
		a := x.ask(enquiry.Question{Person: described(other), Release: []string{"stay"}})
		v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
		must(t, err)
		if _, err := x.kh.restrict(other.ID, "vulnerable", second); err != nil {
			t.Fatal(err)
		}
		if _, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Record: v.Candidates[0].Record, Release: []string{"stay"}}, liaison); !errors.Is(err, enquiry.ErrAnswer) {
			t.Errorf("released: %v", err)
		}
		_, err = x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Nothing: true}, liaison)
		must(t, err)
	})
}

// Whoever is sought by many is not here for that, and is found where they are.
func TestSoughtIsNotHere(t *testing.T) {
	x := newCorridor(t, "")
	x.kh.d.WithoutDecoys()
	r := known[30]
	reports := "id,full_name,birth_date,passport_no\n"
	for i := range 30 {
		reports += fmt.Sprintf("H%d,%s,%s,%s\nN%d,Nobody Invented,1971-02-03,Z0000009\n", i, r.FullName, r.Truth.BirthDate, r.PassportNo, i)
	}
	x.kh.load(registry.Reports, reports)
	_, err := x.kh.people.Sync(ctx)
	must(t, err)
	a := x.ask(enquiry.Question{Person: described(r), Release: []string{"stay"}})
	if l := x.line(a.Conversation); l.State != "pending" || l.Ending != "" {
		t.Errorf("who is here: %+v", l)
	}
	v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
	must(t, err)
	if len(v.Candidates) == 0 || v.Candidates[0].ID != r.ID {
		t.Errorf("candidates: %+v", v.Candidates)
	}
	a = x.ask(enquiry.Question{Person: map[string]string{"full_name": "Nobody Invented", "birth_date": "1971-02-03", "passport_no": "Z0000009"}, Release: []string{"stay"}})
	if l := x.line(a.Conversation); l.Ending != "no-hit" {
		t.Errorf("who is not: %+v", l)
	}
}

// restrict is the word of one officer.
func (s *side) restrict(id, value string, by enquiry.Officer) (done bool, err error) {
	s.t.Helper()
	records, err := s.n.RecordsOf(ctx, s.people, id)
	must(s.t, err)
	err = s.n.DB.Write(ctx, func(tx *store.Tx) error {
		done, err = registry.Restrict(tx, records, protection(s.t, value), "", by.Name, by.Office)
		return err
	})
	return done, err
}

// No letter about somebody who has claimed asylum leaves, whichever desk wrote it: not one that asks, and
// none that releases.
func TestNever5NoLetterAboutAClaim(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		r := known[3]
		x.id.load(registry.Reports, "id,full_name,birth_date,passport_no\nR1,"+r.FullName+","+r.Truth.BirthDate+","+r.PassportNo+"\n")
		_, err := x.id.people.Sync(ctx)
		must(t, err)
		_, err = x.id.restrict("R1", "claim", liaison)
		must(t, err)
		report, err := x.id.n.RecordOf(ctx, registry.Reports, "R1")
		must(t, err)
		for name, q := range map[string]enquiry.Question{
			"by its record": {Subject: report.Entry, Person: map[string]string{"passport_no": "X1"}},
			"by a number":   {Person: map[string]string{"passport_no": " " + r.PassportNo[:2] + "-" + r.PassportNo[2:]}},
			"by name":       {Person: map[string]string{"full_name": strings.ToUpper(r.FullName), "birth_date": r.Truth.BirthDate}},
			"by a year":     {Person: map[string]string{"full_name": r.FullName, "birth_date": r.Truth.BirthDate[:4]}},
		} {
			q.Peer, q.Purpose = "KH", "stay"
			if q.Person["passport_no"] != "" {
				q.Person["passport_no"] = strings.ReplaceAll(q.Person["passport_no"], " ", "")
			}
			if _, err := x.id.d.Ask(ctx, q, officer); !errors.Is(err, courier.ErrNoContact) {
				t.Errorf("%s: %v", name, err)
			} else if strings.Contains(err.Error(), r.FullName) {
				t.Error("the error names the person")
			}
		}
		// The other way: found, then a claim, then an officer who knows nothing of it, at a desk that names no record.
		x.kh.load(registry.Placements, "id,full_name,birth_date,passport_no\nP1,"+known[4].FullName+","+known[4].Truth.BirthDate+","+known[4].PassportNo+"\n")
		a := x.ask(enquiry.Question{Person: described(known[4]), Release: []string{"stay"}})
		_, err = x.kh.restrict(known[4].ID, "claim", second)
		must(t, err)
		p := x.kh.peer()
		now := x.now.Unix()
		mid, err := letter.NewID()
		must(t, err)
		l := letter.Letter{Type: "release", Payload: json.RawMessage(`{"record":{"stay":"valid"},"officer":"o-1"}`), Header: letter.Header{
			Issuer: x.kh.n.Name(), Audience: p.Node, ID: mid, Conversation: a.Conversation, InReplyTo: a.Conversation, Issued: now, Expires: now + 3600,
			Agreement: x.terms.Hash(), Article: a.Article, Purpose: a.Purpose, Handling: "H2", Requesting: "o-1", Clock: "normal", Retain: now + 3600, Schema: letter.SchemaID("release"),
		}}
		s, err := courier.Seal(l, p, x.kh.c.Keys())
		must(t, err)
		if err := x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return courier.Queue(tx, "anybody", s) }); !errors.Is(err, courier.ErrNoContact) {
			t.Errorf("a letter of another desk: %v", err)
		}
		_, err = x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Nothing: true}, liaison) // which says the same of everybody
		must(t, err)
	})
}

func (s *side) peer() (p courier.Peer) {
	s.t.Helper()
	must(s.t, s.n.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := courier.Peers(tx)
		if err == nil {
			p = all[0]
		}
		return err
	}))
	return p
}

// One officer alone hides nobody: the first word lapses after a day, and cannot be said again.
func TestNever14NobodyHidesAlone(t *testing.T) {
	x := newCorridor(t, "")
	r := known[5]
	done, err := x.kh.restrict(r.ID, "vulnerable", liaison)
	must(t, err)
	if done {
		t.Error("one officer was enough")
	}
	if done, err = x.kh.restrict(r.ID, "vulnerable", liaison); err != nil || done {
		t.Errorf("the same officer agrees: %v %v", done, err)
	}
	x.kh.write(func(tx *store.Tx) error { // a day goes by
		_, err := tx.Exec(`UPDATE restriction SET at = $1`, time.Now().Add(-25*time.Hour))
		return err
	})
	a := x.ask(enquiry.Question{Person: described(r)})
	if l := x.line(a.Conversation); l.State != "pending" || len(x.waiting()) != 1 {
		t.Errorf("the person is still hidden: %+v", l)
	}
	// Nor does anybody alone keep letters about somebody from leaving for longer.
	x.id.load(registry.Reports, "id,full_name,birth_date,passport_no\nR1,"+known[12].FullName+","+known[12].Truth.BirthDate+","+known[12].PassportNo+"\n")
	_, err = x.id.people.Sync(ctx)
	must(t, err)
	_, err = x.id.restrict("R1", "claim", liaison)
	must(t, err)
	question := enquiry.Question{Peer: "KH", Purpose: "stay", Person: described(known[12])}
	if _, err := x.id.d.Ask(ctx, question, officer); !errors.Is(err, courier.ErrNoContact) {
		t.Errorf("a letter leaves: %v", err)
	}
	x.id.write(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE guarded SET until = $1`, time.Now().Add(-time.Hour))
		return err
	})
	if _, err := x.id.d.Ask(ctx, question, officer); err != nil {
		t.Errorf("a day later: %v", err)
	}
	if _, err := x.kh.restrict(r.ID, "vulnerable", liaison); !errors.Is(err, registry.ErrLapsed) {
		t.Errorf("the officer begins again: %v", err)
	}
	if _, err = x.kh.restrict(r.ID, "vulnerable", second); err != nil {
		t.Error(err)
	}
	if done, err = x.kh.restrict(r.ID, "vulnerable", liaison); err != nil || !done {
		t.Errorf("two officers: %v %v", done, err)
	}
	lift := func(by enquiry.Officer) (done bool) {
		records, err := x.kh.n.RecordsOf(ctx, x.kh.people, r.ID)
		must(t, err)
		x.kh.write(func(tx *store.Tx) (err error) {
			done, err = registry.Lift(tx, records, by.Name, by.Office)
			return err
		})
		return done
	}
	for range 2 {
		if lift(second) {
			t.Error("one officer has ended it")
		}
	}
	if !lift(liaison) {
		t.Error("two officers could not end it")
	}
}

// What cannot be asked is said before anything leaves.
func TestQuestions(t *testing.T) {
	x := newCorridor(t, "")
	who := described(known[0])
	for name, q := range map[string]enquiry.Question{
		"nobody":               {Purpose: "stay"},
		"a name alone":         {Purpose: "stay", Person: map[string]string{"full_name": "Sri"}},
		"not in the purpose":   {Purpose: "stay", Person: map[string]string{"national_id": "1871025808860003"}},
		"no such purpose":      {Purpose: "gossip", Person: who},
		"a purpose of tables":  {Purpose: "table", Person: who},
		"no such clock":        {Purpose: "stay", Person: who, Clock: "whenever"},
		"not to be released":   {Purpose: "stay", Person: who, Release: []string{"address"}},
		"a closed answer":      {Purpose: "nationality", Person: who, Release: []string{"stay"}},
		"no document":          {Purpose: "document-verification", Person: who},
		"a concern of nothing": {Purpose: "stay", Person: who, Concern: "x"},
	} {
		q.Peer = "KH"
		if _, err := x.id.d.Ask(ctx, q, officer); !errors.Is(err, enquiry.ErrQuestion) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), who["full_name"]) || strings.Contains(err.Error(), "187102") {
			t.Errorf("%s: the error says who is asked about: %v", name, err)
		}
	}
	if lines, err := x.id.d.List(ctx, enquiry.Outbox, 10, liaison); err != nil || len(lines) > 0 {
		t.Errorf("%d have left, %v", len(lines), err)
	}
}

// An answer that was not asked for is refused, stays sealed as evidence and is not shown.
func TestUnaskedFields(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		a := x.ask(enquiry.Question{Person: described(known[6]), Release: []string{"stay"}})
		p := x.kh.peer()
		send := func(typ, payload string) (mid string) {
			mid, err := letter.NewID()
			must(t, err)
			now := x.now.Unix()
			s, err := courier.Seal(letter.Letter{Type: typ, Payload: json.RawMessage(payload), Header: letter.Header{
				Issuer: x.kh.n.Name(), Audience: p.Node, ID: mid, Conversation: a.Conversation, InReplyTo: a.Conversation, Issued: now, Expires: now + 3600,
				Agreement: x.terms.Hash(), Article: a.Article, Purpose: a.Purpose, Handling: "H2", Requesting: "o-1", Clock: "normal", Retain: now + 3600, Schema: letter.SchemaID(typ),
			}}, p, x.kh.c.Keys())
			must(t, err)
			x.kh.write(func(tx *store.Tx) error { return courier.Queue(tx, "anybody", s) })
			x.carry()
			return mid
		}
		mid := send("release", `{"record":{"stay":"valid","stay_until":"2030-01-01"},"officer":"o-1"}`)
		v, err := x.id.d.Show(ctx, a.Conversation, officer)
		must(t, err)
		if v.Words != nil || v.State != "pending" {
			t.Errorf("it is shown: %+v", v)
		}
		var state, code, text, envelope string
		must(t, x.id.n.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT state, code, letter, envelope FROM inbox WHERE mid = $1`, mid).Scan(&state, &code, &text, &envelope)
		}))
		if state != "refused" || code != "field_not_allowed" || text != "" || strings.Count(envelope, ".") != 2 {
			t.Errorf("%s %s, text %q, an envelope of %d parts", state, code, text, strings.Count(envelope, "."))
		}
		send("release", `{"record":{"stay":"valid"},"officer":"o-1"}`)
		if v, err = x.id.d.Show(ctx, a.Conversation, officer); err != nil || v.Words == nil || v.Ending != "release" {
			t.Errorf("%+v %v", v, err)
		}
		send("release", `{"record":{"stay":"overstay"},"officer":"o-1"}`) // and keeps its first ending
		if v, err = x.id.d.Show(ctx, a.Conversation, officer); err != nil || v.Words.Record["stay"] != "valid" {
			t.Errorf("%+v %v", v.Words, err)
		}
	})
}

// The other questions have closed answers of their own, and one that says the same of everybody.
func TestClosedAnswers(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		who := described(known[7])
		document := map[string]string{"kind": "work_permit", "issuer": "KHM", "number": "WP1"}
		for _, q := range []struct {
			enquiry.Question
			bad, value, neutral string
		}{
			{enquiry.Question{Purpose: "nationality", Person: who}, "genuine", "not_national", "not_established"},
			{enquiry.Question{Purpose: "document-verification", Document: document}, "national", "genuine", "no_record"},
			{enquiry.Question{Purpose: "welfare-check", Person: who, Concern: "Nobody has heard of her."}, "pending", "informed", "nothing_to_report"},
		} {
			for _, nothing := range []bool{false, true} {
				a := x.ask(q.Question)
				if l := x.line(a.Conversation); l.State != "asked" { // no node answers by itself
					t.Errorf("%s: %+v", q.Purpose, l)
				}
				v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
				must(t, err)
				if !slices.Contains(v.Values, q.value) || v.Concern != q.Concern || cmp.Diff(v.Document, q.Document) != "" && len(q.Document) > 0 {
					t.Errorf("%s: %+v", q.Purpose, v)
				}
				if _, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Value: q.bad}, liaison); !errors.Is(err, enquiry.ErrAnswer) {
					t.Errorf("%s: %v", q.Purpose, err)
				}
				want := q.value
				decision := enquiry.Decision{Value: q.value}
				if nothing {
					decision, want = enquiry.Decision{Nothing: true}, q.neutral
				}
				_, err = x.kh.d.Answer(ctx, a.Conversation, decision, liaison)
				must(t, err)
				x.pass(time.Minute)
				if l := x.line(a.Conversation); l.Ending != want {
					t.Errorf("%s: ended with %q, want %q", q.Purpose, l.Ending, want)
				}
			}
		}
	})
}

// The office is told when half of a clock is over and when all of it is, once each, without any content; what is past
// its time of keeping is let go.
func TestClocks(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		a := x.ask(enquiry.Question{Person: described(known[8]), Clock: "urgent", Release: []string{"stay"}})
		if len(x.kh.told)+len(x.id.told) > 0 {
			t.Error("told early")
		}
		kinds := func(s *side) (out []string) {
			for _, n := range s.told {
				out = append(out, n.Kind)
			}
			return out
		}
		x.pass(4 * time.Hour)
		x.pass(time.Minute)
		if got := kinds(x.kh); !slices.Equal(got, []string{"clock-half"}) {
			t.Errorf("told %v", got)
		}
		x.pass(5 * time.Hour)
		x.pass(time.Minute)
		if got := kinds(x.kh); !slices.Equal(got, []string{"clock-half", "clock-over"}) {
			t.Errorf("told %v", got)
		}
		if got := kinds(x.id); !slices.Contains(got, "clock-over") {
			t.Errorf("who asked was told %v", got)
		}
		o, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Nothing: true}, liaison)
		must(t, err)
		if o.InTime {
			t.Error("it was in time")
		}
		x.pass(time.Minute)
		if l := x.line(a.Conversation); !l.Late || l.Ending != "nothing" {
			t.Errorf("%+v", l)
		}
		b := x.ask(enquiry.Question{Person: described(known[11]), Clock: "urgent", Release: []string{"stay"}})
		x.pass(91 * 24 * time.Hour)
		if _, err := x.kh.d.Answer(ctx, b.Conversation, enquiry.Decision{Nothing: true}, liaison); !errors.Is(err, enquiry.ErrOver) || len(x.waiting()) > 0 {
			t.Errorf("answered when nobody may any more: %v, %d wait", err, len(x.waiting()))
		}
		if x.kh.holds(known[8].PassportNo) || x.id.holds(known[8].PassportNo) {
			t.Error("what is past its time can still be read")
		}
	})
}

// Who withdraws a question is asked no more; who wants more after the answer gets it, or nothing, like everybody.
func TestQuota(t *testing.T) {
	x := newCorridor(t, "", few)
	for i := range 3 {
		_, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: stranger(i)}, officer)
		if (i < 2) != (err == nil) || err != nil && letter.CodeOf(err) != "quota_exhausted" {
			t.Errorf("question %d: %v", i, err)
		}
	}
}

// Who wants more after the answer gets it from an officer, or nothing, as everybody does of whom nobody is found; and who
// no longer asks is answered no more.
func TestFollows(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		x.kh.d.WithoutDecoys()
		a := x.ask(enquiry.Question{Person: described(known[9]), Release: []string{"stay"}})
		v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
		must(t, err)
		first := v.Candidates[0].Record
		_, err = x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Record: first, Release: []string{"stay"}}, liaison)
		must(t, err)
		x.pass(time.Minute)
		if _, err := x.id.d.Want(ctx, a.Conversation, []string{"address"}, officer); !errors.Is(err, enquiry.ErrQuestion) {
			t.Errorf("the purpose lets an address be wanted: %v", err)
		}
		_, err = x.id.d.Want(ctx, a.Conversation, []string{"stay_until"}, officer)
		must(t, err)
		x.pass(time.Minute)
		if got := x.waiting(); !slices.Equal(got, []string{a.Conversation}) {
			t.Fatalf("waiting: %v", got)
		}
		_, err = x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Record: first, Release: []string{"stay_until"}}, liaison)
		must(t, err)
		x.pass(time.Minute)
		if v, err = x.id.d.Show(ctx, a.Conversation, officer); err != nil || v.Words == nil || v.Words.Record["stay_until"] == "" {
			t.Errorf("%+v %v", v.Words, err)
		}
		// Of nobody.
		b := x.ask(enquiry.Question{Person: stranger(5)})
		_, err = x.id.d.Want(ctx, b.Conversation, []string{"stay"}, officer)
		must(t, err)
		x.carry()
		if len(x.waiting()) > 0 {
			t.Error("an officer has to look for somebody who was not found")
		}
		x.pass(7 * 24 * time.Hour)
		if l := x.line(b.Conversation); l.Ending != "nothing" {
			t.Errorf("%+v", l)
		}
		// No longer.
		c := x.ask(enquiry.Question{Person: described(known[10])})
		must(t, x.id.d.Withdraw(ctx, c.Conversation, officer))
		if err := x.id.d.Withdraw(ctx, c.Conversation, officer); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("twice: %v", err)
		}
		x.carry()
		if _, err := x.kh.d.Answer(ctx, c.Conversation, enquiry.Decision{Nothing: true}, liaison); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("answered all the same: %v", err)
		}
		if x.kh.holds(known[10].PassportNo) {
			t.Error("the node that was asked can still read who was meant")
		}
	})
}

// Who has not the right does not decide what a supervisor decides, nor see who is restricted.
func TestRights(t *testing.T) {
	x := newCorridor(t, "")
	x.kh.d.May = func(officer string, what enquiry.Right) bool {
		return officer == "chief" && what == enquiry.Supervise || officer == "guard" && what == enquiry.SeeProtection
	}
	chief, guard := enquiry.Officer{Name: "chief"}, enquiry.Officer{Name: "guard"}
	a := x.ask(enquiry.Question{Purpose: "welfare-check", Person: described(known[20]), Concern: "Nobody has heard of her."})
	for _, by := range []enquiry.Officer{liaison, guard} {
		if _, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Nothing: true}, by); !errors.Is(err, enquiry.ErrRight) {
			t.Errorf("%s: %v", by.Name, err)
		}
	}
	if got := x.waiting(); !slices.Equal(got, []string{a.Conversation}) {
		t.Errorf("waiting: %v", got)
	}
	_, err := x.kh.d.Answer(ctx, a.Conversation, enquiry.Decision{Value: "informed"}, chief)
	must(t, err)
	b := x.ask(enquiry.Question{Person: described(known[21]), Release: []string{"stay"}})
	_, err = x.kh.d.Answer(ctx, b.Conversation, enquiry.Decision{Nothing: true}, liaison)
	must(t, err) // an officer decides it
	for _, by := range []enquiry.Officer{liaison, chief} {
		if lines, err := x.kh.d.List(ctx, enquiry.Protected, 10, by); !errors.Is(err, enquiry.ErrRight) || lines != nil {
			t.Errorf("%s: %v %v", by.Name, lines, err)
		}
	}
	_, err = x.kh.d.List(ctx, enquiry.Protected, 10, guard)
	must(t, err)
}

// Nobody asks about themselves, looks at who asks about them, or answers: supervisors are told, and the officer is not told why.
func TestNobodyActsOnThemselves(t *testing.T) {
	x := newCorridor(t, "")
	self := known[22]
	own := func(officer string) []string {
		if officer == "liaison" || officer == "asker" {
			return []string{strings.ToLower(self.PassportNo[:1]) + " " + self.PassportNo[1:]}
		}
		return nil
	}
	x.kh.d.Own, x.id.d.Own = own, own
	for name, q := range map[string]enquiry.Question{
		"a person":   {Purpose: "stay", Person: described(self)},
		"a document": {Purpose: "document-verification", Document: map[string]string{"kind": "passport", "issuer": "IDN", "number": self.PassportNo}},
	} {
		q.Peer = "KH"
		if _, err := x.id.d.Ask(ctx, q, officer); !errors.Is(err, enquiry.ErrRight) || strings.Contains(err.Error(), self.PassportNo) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(x.id.told) != 2 || x.id.told[0].Kind != "clock-over" {
		t.Errorf("told: %+v", x.id.told)
	}
	ask := func(who map[string]string) string {
		a, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: who, Release: []string{"stay"}}, enquiry.Officer{Name: "another"})
		must(t, err)
		x.carry()
		x.pass(20 * time.Second)
		return a.Conversation
	}
	without := described(self)
	delete(without, "passport_no") // then the register says whose it is
	for _, cid := range []string{ask(described(self)), ask(without)} {
		if v, err := x.kh.d.Show(ctx, cid, liaison); !errors.Is(err, enquiry.ErrRight) || v.Person != nil || strings.Contains(err.Error(), "own") {
			t.Errorf("shown: %+v %v", v, err)
		}
		for _, what := range []enquiry.Decision{{Record: x.kh.resident(self.ID), Release: []string{"stay"}}} {
			if _, err := x.kh.d.Answer(ctx, cid, what, liaison); !errors.Is(err, enquiry.ErrRight) {
				t.Errorf("answered: %v", err)
			}
		}
		if _, err := x.kh.d.Answer(ctx, cid, enquiry.Decision{Record: x.kh.resident(self.ID), Release: []string{"stay"}}, second); err != nil {
			t.Errorf("by another: %v", err)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(x.kh.told), func(n enquiry.Notice) bool { return n.Kind != "clock-over" })); n != 4 {
		t.Errorf("supervisors were told %d times", n)
	}
	x.kh.sound()
}

// Questions that make a pattern are answered like any, and the office is told, once a day.
func TestPatternsAreTold(t *testing.T) {
	x := newCorridor(t, "", many)
	for i := range 15 {
		_, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: map[string]string{"passport_no": fmt.Sprintf("Q%07d", 4567890+2*i)}}, officer)
		must(t, err)
	}
	x.carry()
	if len(x.kh.told) != 1 || x.kh.told[0].Kind != "clock-over" {
		t.Errorf("told: %+v", x.kh.told)
	}
	var events, taken int
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		return errors.Join(
			journal.Events(tx, journal.House, func(e journal.Event) error {
				if e.Kind == "enquiry-pattern" {
					events++
				}
				return nil
			}),
			tx.QueryRow(`SELECT COUNT(*) FROM enquiry`).Scan(&taken))
	}))
	if events != 1 || taken != 15 {
		t.Errorf("%d events of a pattern, %d questions taken in", events, taken)
	}
	if log := x.kh.log.String(); strings.Count(log, "make a pattern") != 1 || !strings.Contains(log, "in_a_row") || strings.Contains(log, "45678") {
		t.Errorf("the log: %s", log)
	}
}

// An alert is told, read and noted; who is looked for is shown where they are, nobody answers, and it is let go of when it no
// longer holds.
func TestAlerts(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !store.IsPostgres(dsn) {
			dsn = ""
		}
		x := newCorridor(t, dsn, func(a *agreement.Agreement) {
			for i := range a.Articles {
				for j := range a.Articles[i].Purposes {
					if p := &a.Articles[i].Purposes[j]; p.Code == "pattern-alert" {
						p.Fields = append(p.Fields, "alert_missing", "full_name", "birth_date", "passport_no")
					}
				}
			}
		})
		last := x.now.UTC().AddDate(0, 0, 10).Format(time.DateOnly)
		pattern := enquiry.Alert{Kind: "pattern", Action: "inform_sender", Summary: "Adverts for customer service, by ferry.", Expires: last}
		missing := enquiry.Alert{Kind: "missing", Action: "inform_sender", Expires: last}
		who := described(known[40])
		with := func(a enquiry.Alert, change func(*enquiry.Alert)) enquiry.Alert { change(&a); return a }
		for name, q := range map[string]enquiry.Question{
			"no kind":          {},
			"a pattern of one": {Alert: pattern, Person: who},
			"nothing in it":    {Alert: with(pattern, func(a *enquiry.Alert) { a.Summary = "" })},
			"of nobody":        {Alert: missing},
			"of anybody":       {Alert: missing, Person: map[string]string{"full_name": "Wati"}},
			"a view":           {Alert: with(missing, func(a *enquiry.Alert) { a.Kind = "possible_victim" }), Person: who},
			"what none can do": {Alert: with(missing, func(a *enquiry.Alert) { a.Action = "arrest" }), Person: who},
			"yesterday":        {Alert: with(missing, func(a *enquiry.Alert) { a.Expires = "2024-01-01" }), Person: who},
			"for ever":         {Alert: with(missing, func(a *enquiry.Alert) { a.Expires = "2099-01-01" }), Person: who},
		} {
			q.Peer, q.Purpose = "KH", "pattern-alert"
			if _, err := x.id.d.Ask(ctx, q, officer); !errors.Is(err, enquiry.ErrQuestion) || strings.Contains(err.Error(), known[40].PassportNo) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := x.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Alert: pattern, Person: who}, officer); !errors.Is(err, enquiry.ErrQuestion) {
			t.Errorf("an alert as a question: %v", err)
		}
		var cids []string
		for _, q := range []enquiry.Question{{Alert: pattern}, {Alert: missing, Person: who}, {Alert: missing, Person: described(known[41])}} {
			q.Purpose, q.Grading = "pattern-alert", "B2"
			cids = append(cids, x.ask(q).Conversation)
		}
		if l := x.line(cids[1]); l.State != "ended" || l.Ending != "told" || l.Late {
			t.Errorf("the sender's: %+v", l)
		}
		if v, err := x.id.d.Show(ctx, cids[1], officer); err != nil || v.Alert == nil || *v.Alert != with(missing, func(a *enquiry.Alert) { a.Issued = x.now.UTC().Format(time.DateOnly) }) {
			t.Errorf("the sender reads %+v: %v", v, err)
		}
		if got := x.waiting(); len(got) != 3 {
			t.Fatalf("waiting: %v", got)
		}
		for i, want := range []string{"", known[40].ID, known[41].ID} {
			v, err := x.kh.d.Show(ctx, cids[i], liaison)
			must(t, err)
			got := ""
			if len(v.Candidates) > 0 {
				got = v.Candidates[0].ID
			}
			if got != want || v.Alert == nil || v.Grading != "B2" {
				t.Errorf("alert %d: %+v of %q, want %q", i, v.Alert, got, want)
			}
		}
		if _, err := x.kh.d.Answer(ctx, cids[1], enquiry.Decision{Value: "found"}, liaison); !errors.Is(err, enquiry.ErrAnswer) {
			t.Errorf("another answer: %v", err)
		}
		letters := func() (n int) {
			must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE cid <> ''`).Scan(&n)
			}))
			return n
		}
		for _, cid := range cids {
			o, err := x.kh.d.Answer(ctx, cid, enquiry.Decision{Value: "noted"}, liaison)
			if err != nil || o.Letter != "" || !o.InTime {
				t.Errorf("noted: %+v %v", o, err)
			}
		}
		if _, err := x.kh.d.Answer(ctx, cids[0], enquiry.Decision{Value: "noted"}, second); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("noted again: %v", err)
		}
		x.carry()
		if n := letters(); n != 0 {
			t.Errorf("%d letters answer an alert", n)
		}
		inForce := func() int {
			t.Helper()
			lines, err := x.kh.d.List(ctx, enquiry.Alerts, 10, liaison)
			must(t, err)
			return len(lines)
		}
		if n := inForce(); n != 3 {
			t.Errorf("%d alerts are in force", n)
		}
		// It holds after it was noted, and who is restricted since is not shown by it.
		if v, err := x.kh.d.Show(ctx, cids[1], second); err != nil || len(v.Candidates) == 0 {
			t.Errorf("noted: %+v %v", v, err)
		}
		for _, by := range []enquiry.Officer{liaison, second} {
			_, err := x.kh.restrict(known[40].ID, "vulnerable", by)
			must(t, err)
		}
		v, err := x.kh.d.Show(ctx, cids[1], second)
		must(t, err)
		for _, c := range v.Candidates {
			if c.ID == known[40].ID {
				t.Error("a restricted person is shown")
			}
		}
		must(t, x.id.d.Withdraw(ctx, cids[0], officer))
		x.carry()
		if err := x.id.d.Withdraw(ctx, cids[0], officer); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("withdrawn again: %v", err)
		}
		if v, err := x.kh.d.Show(ctx, cids[0], liaison); err != nil || v.Alert != nil || v.Ending != "withdrawn" || inForce() != 2 {
			t.Errorf("withdrawn: %+v, %d in force: %v", v, inForce(), err)
		}
		x.pass(11 * 24 * time.Hour)
		if v, err := x.kh.d.Show(ctx, cids[1], liaison); err != nil || v.Person != nil || v.Alert != nil || inForce() != 0 {
			t.Errorf("after its time: %+v, %d in force: %v", v, inForce(), err)
		}
		for _, s := range []*side{x.kh, x.id} {
			s.sound()
		}
	})
}
