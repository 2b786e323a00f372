package enquiry_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// resident is the entry of a resident's record.
func (s *side) resident(id string) string {
	s.t.Helper()
	r, err := s.n.RecordOf(ctx, registry.Residents, id)
	must(s.t, err)
	return r.Entry
}

// hold has two officers record what they hold a person to be.
func (s *side) hold(id, value string) {
	s.t.Helper()
	for _, by := range []enquiry.Officer{liaison, second} {
		_, err := s.restrict(id, value, by)
		must(s.t, err)
	}
}

// refer has the Cambodian node refer a resident.
func (x *corridor) refer(i int, r enquiry.Referral) (enquiry.Asked, error) {
	x.t.Helper()
	who := described(known[i])
	delete(who, "passport_no") // the draft lets it not be told
	a, err := x.kh.d.Ask(ctx, enquiry.Question{Peer: "ID", Purpose: "referral", Person: who, Subject: x.kh.resident(known[i].ID), Referral: r}, liaison)
	if err == nil {
		x.carry()
	}
	return a, err
}

// answer has the Indonesian node answer.
func (x *corridor) answer(cid string, d enquiry.Decision) (enquiry.Outcome, error) {
	x.t.Helper()
	o, err := x.id.d.Answer(ctx, cid, d, officer)
	if err == nil {
		x.pass(time.Minute)
	}
	return o, err
}

var written = enquiry.Basis{Kind: "consent", Text: "in writing, for return with an escort"}

// Somebody who consents is handed over: taken on, and helped, and both sides know it. The view on protection that crosses
// is named, and stands beside what the other node holds, which has to look again where it holds something else.
func TestReferral(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		x.report("R1", 30, "")
		x.kh.hold(known[30].ID, "presumed_victim")
		a, err := x.refer(30, enquiry.Referral{Needs: []string{"return", "medical"}, Basis: written, View: []string{"presumed_victim"}})
		must(t, err)
		inbox, err := x.id.d.List(ctx, enquiry.Inbox, 10, officer)
		must(t, err)
		if len(inbox) != 1 || inbox[0].Type != "referral" {
			t.Fatalf("waiting: %+v", inbox)
		}
		v, err := x.id.d.Show(ctx, a.Conversation, officer)
		must(t, err)
		want := &enquiry.Referral{Needs: []string{"return", "medical"}, Basis: written, View: []string{"presumed_victim"}, Contact: v.Referral.Contact}
		if d := cmp.Diff(want, v.Referral); d != "" || v.Referral.Contact == "" || !slices.Equal(v.Values, []string{"accepted", "declined"}) {
			t.Errorf("read: %v %v", d, v.Values)
		}
		for _, bad := range []enquiry.Decision{{Value: "done"}, {Value: "revoked"}, {Value: "declined"}, {Value: "declined", Reason: "She said no."}, {Value: "accepted", Reason: "other"}, {Nothing: true}, {Release: []string{"full_name"}}} {
			if _, err := x.answer(a.Conversation, bad); !errors.Is(err, enquiry.ErrAnswer) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		r1, err := x.id.n.RecordOf(ctx, registry.Reports, "R1")
		must(t, err)
		o, err := x.answer(a.Conversation, enquiry.Decision{Value: "accepted", Record: r1.Entry})
		must(t, err)
		if !o.Review || !o.InTime || o.Type != "referral-reply" {
			t.Errorf("accepted: %+v", o)
		}
		if len(x.id.told) == 0 || x.id.told[len(x.id.told)-1].Kind != "protected" {
			t.Errorf("told: %+v", x.id.told)
		}
		if _, err := x.answer(a.Conversation, enquiry.Decision{Value: "accepted"}); !errors.Is(err, enquiry.ErrAnswer) {
			t.Errorf("accepted again: %v", err)
		}
		for _, s := range []*side{x.kh, x.id} {
			lines, err := s.d.List(ctx, enquiry.Referrals, 10, officer)
			must(t, err)
			if len(lines) != 1 || lines[0].Ending != "accepted" || lines[0].Late {
				t.Errorf("%s: %+v", s.n.Name(), lines)
			}
		}

		// Their view stands beside what officers here hold, and protects; where they differ, somebody looks.
		j := x.id.joint("R1", true)
		if p := axis(j, "protection"); j.Class != "PROTECT" || p.Value != "presumed_victim" || !strings.Contains(strings.Join(p.Reasons, ""), a.Conversation) || len(j.Review) != 1 {
			t.Errorf("joint: %s %+v %v", j.Class, p, j.Review)
		}
		for _, lang := range rules.Langs() { // every text is there
			j, err := x.id.n.Joint(ctx, x.id.people, status.Reader{Actor: "officer", Protection: true}, person.FromTime(asOf), lang, "R1")
			must(t, err)
			if b, _ := json.Marshal(j); strings.Contains(string(b), "joint_") {
				t.Errorf("%s: a text is missing: %s", lang, b)
			}
		}
		b, err := json.Marshal(x.id.joint("R1", false))
		must(t, err)
		if strings.Contains(string(b), "victim") || strings.Contains(string(b), "view") {
			t.Errorf("who may not see protection is shown %s", b)
		}
		x.id.hold("R1", "vulnerable")
		if j := x.id.joint("R1", true); axis(j, "protection").Value != "presumed_victim+vulnerable" || len(j.Review) != 1 || !strings.Contains(j.Review[0], "KH") {
			t.Errorf("views that differ: %+v %v", axis(j, "protection"), j.Review)
		}
		x.id.hold("R1", "presumed_victim")
		if j := x.id.joint("R1", true); len(j.Review) != 1 { // vulnerable is here alone
			t.Errorf("views that differ: %v", j.Review)
		}

		x.pass(24 * time.Hour)
		_, err = x.answer(a.Conversation, enquiry.Decision{Value: "done"})
		must(t, err)
		if _, err := x.answer(a.Conversation, enquiry.Decision{Value: "revoked"}); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("after it is done: %v", err)
		}
		for _, s := range []*side{x.kh, x.id} {
			lines, err := s.d.List(ctx, enquiry.Referrals, 10, officer)
			must(t, err)
			v, err2 := s.d.Show(ctx, a.Conversation, officer)
			must(t, err2)
			if len(lines) != 0 || v.Ending != "done" {
				t.Errorf("%s: %+v %s", s.n.Name(), lines, v.Ending)
			}
			s.sound()
		}
		if err := x.kh.d.Withdraw(ctx, a.Conversation, liaison); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("withdrawn after it is done: %v", err)
		}
	})
}

// A view on protection crosses in a referral alone: by name, of what officers here hold, told by one who may see it, with the
// person's consent or a law that the agreement names; and a claim to asylum never.
func TestNever4AViewCrossesByNameAndConsent(t *testing.T) {
	x := newCorridor(t, "")
	x.kh.hold(known[30].ID, "presumed_victim")
	good := enquiry.Referral{Needs: []string{"return"}, Basis: written, View: []string{"presumed_victim"}}
	with := func(change func(*enquiry.Referral)) enquiry.Referral { r := good; change(&r); return r }
	for name, r := range map[string]enquiry.Referral{
		"without consent":      with(func(r *enquiry.Referral) { r.Basis = enquiry.Basis{} }),
		"consent to what":      with(func(r *enquiry.Referral) { r.Basis.Text = " " }),
		"a law not agreed on":  with(func(r *enquiry.Referral) { r.Basis = enquiry.Basis{Kind: "legal_duty", Text: "Law 21 of 2007"} }),
		"what nobody has said": with(func(r *enquiry.Referral) { r.View = []string{"presumed_victim", "smuggled"} }),
		"a claim":              with(func(r *enquiry.Referral) { r.View = []string{"claim"} }),
		"no word of the axis":  with(func(r *enquiry.Referral) { r.View = []string{"guilty"} }),
		"for nothing":          with(func(r *enquiry.Referral) { r.Needs = nil }),
		"for anything":         with(func(r *enquiry.Referral) { r.Needs = []string{"money"} }),
		"free text":            with(func(r *enquiry.Referral) { r.Summary = "She is at the house by the river." }),
	} {
		if _, err := x.refer(30, r); !errors.Is(err, enquiry.ErrQuestion) || strings.Contains(err.Error(), "river") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, q := range map[string]enquiry.Question{
		"of nobody":  {Purpose: "referral", Referral: good, Subject: x.kh.resident(known[30].ID)},
		"no record":  {Purpose: "referral", Referral: good, Person: map[string]string{"full_name": known[30].FullName, "birth_date": known[30].Truth.BirthDate}},
		"an enquiry": {Purpose: "stay", Referral: good, Person: described(known[30]), Subject: x.kh.resident(known[30].ID)},
	} {
		q.Peer = "ID"
		if _, err := x.kh.d.Ask(ctx, q, liaison); !errors.Is(err, enquiry.ErrQuestion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	x.kh.d.May = func(officer string, what enquiry.Right) bool {
		return officer == "guard" || officer == "liaison" && what == enquiry.Supervise
	}
	if _, err := x.refer(30, good); !errors.Is(err, enquiry.ErrRight) {
		t.Errorf("by a supervisor who may not see protection: %v", err)
	}
	x.kh.d.May = func(officer string, what enquiry.Right) bool { return what == enquiry.SeeProtection }
	if _, err := x.refer(30, good); !errors.Is(err, enquiry.ErrRight) {
		t.Errorf("by one who is no supervisor: %v", err)
	}
	x.kh.d.May = nil
	if x.id.holds("presumed_victim") {
		t.Fatal("it has crossed")
	}
	a, err := x.refer(30, good)
	must(t, err)

	// Who may not see protection reads what to do, and not the view.
	x.id.d.May = func(string, enquiry.Right) bool { return false }
	v, err := x.id.d.Show(ctx, a.Conversation, officer)
	must(t, err)
	if !slices.Equal(v.Referral.View, []string{"ASK_SUPERVISOR"}) || !slices.Equal(v.Referral.Needs, good.Needs) {
		t.Errorf("read: %+v", v.Referral)
	}
	if _, err := x.answer(a.Conversation, enquiry.Decision{Value: "accepted"}); !errors.Is(err, enquiry.ErrRight) {
		t.Errorf("accepted by an officer: %v", err)
	}
	x.id.d.May = nil

	// Of whom a claim is known no letter leaves, with whatever consent; and to a referral of them nothing is said but no.
	x.kh.hold(known[31].ID, "presumed_victim")
	x.kh.hold(known[31].ID, "claim")
	if _, err := x.refer(31, good); !errors.Is(err, courier.ErrNoContact) {
		t.Errorf("with a claim: %v", err)
	}
	x.report("R2", 32, "")
	x.id.hold("R2", "claim")
	b, err := x.refer(32, with(func(r *enquiry.Referral) { r.View = nil }))
	must(t, err)
	if _, err := x.answer(b.Conversation, enquiry.Decision{Value: "accepted"}); !errors.Is(err, courier.ErrNoContact) {
		t.Errorf("accepted with a claim: %v", err)
	}
	_, err = x.answer(b.Conversation, enquiry.Decision{Value: "declined", Reason: "not_competent"})
	must(t, err)
	if v, err := x.kh.d.Show(ctx, b.Conversation, liaison); err != nil || v.Ending != "declined" || v.Words == nil || v.Words.Record["reason"] != "not_competent" {
		t.Errorf("declined: %+v %v", v, err)
	}
	for _, s := range []*side{x.kh, x.id} {
		s.sound()
	}
}

// Where an agreement lets a duty by law be told, a view may rest on it.
func TestReferralByLaw(t *testing.T) {
	x := newCorridor(t, "", func(a *agreement.Agreement) {
		for i := range a.Articles {
			for j := range a.Articles[i].Purposes {
				if p := &a.Articles[i].Purposes[j]; p.Code == "referral" {
					p.Fields = append(p.Fields, "legal_duty", "summary")
				}
			}
		}
	})
	x.kh.hold(known[30].ID, "child")
	r := enquiry.Referral{Needs: []string{"family_tracing"}, Basis: enquiry.Basis{Kind: "legal_duty", Text: "a law on children"}, View: []string{"child"}, Summary: "Travels alone."}
	a, err := x.refer(30, r)
	must(t, err)
	v, err := x.id.d.Show(ctx, a.Conversation, officer)
	must(t, err)
	r.Contact = v.Referral.Contact
	if d := cmp.Diff(&r, v.Referral); d != "" {
		t.Error(d)
	}
}

// Consent can be taken back, also from whom has accepted: then nothing of it is kept.
func TestReferralWithdrawn(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		x.report("R1", 30, "")
		x.kh.hold(known[30].ID, "smuggled")
		a, err := x.refer(30, enquiry.Referral{Needs: []string{"return"}, Basis: written, View: []string{"smuggled"}})
		must(t, err)
		r1, err := x.id.n.RecordOf(ctx, registry.Reports, "R1")
		must(t, err)
		_, err = x.answer(a.Conversation, enquiry.Decision{Value: "accepted", Record: r1.Entry})
		must(t, err)
		if j := x.id.joint("R1", true); j.Class != "PROTECT" {
			t.Errorf("class %s", j.Class)
		}
		must(t, x.kh.d.Withdraw(ctx, a.Conversation, liaison))
		x.carry()
		if _, err := x.answer(a.Conversation, enquiry.Decision{Value: "done"}); !errors.Is(err, enquiry.ErrAnswered) {
			t.Errorf("after it was withdrawn: %v", err)
		}
		v, err := x.id.d.Show(ctx, a.Conversation, officer)
		must(t, err)
		if v.Ending != "withdrawn" || v.Referral != nil || v.Person != nil || x.id.holds("smuggled") {
			t.Errorf("what is left: %+v", v)
		}
		if j := x.id.joint("R1", true); axis(j, "protection").Value != "none_known" || len(j.Review) > 0 {
			t.Errorf("joint: %+v %v", axis(j, "protection"), j.Review)
		}
		x.id.sound()
	})
}

// A reply that does not follow on the one before, or comes without a referral, is refused.
func TestReferralRepliesFollow(t *testing.T) {
	x := newCorridor(t, "")
	a, err := x.refer(30, enquiry.Referral{Needs: []string{"return"}, Basis: written})
	must(t, err)
	reply := func(value string) (code string) {
		mid, err := letter.NewID()
		must(t, err)
		now := x.now.Unix()
		l := letter.Letter{Type: "referral-reply", Payload: json.RawMessage(`{"reply":"` + value + `"}`), Header: letter.Header{
			Issuer: x.id.n.Name(), Audience: x.kh.n.Name(), ID: mid, Conversation: a.Conversation, InReplyTo: a.Conversation, Issued: now, Expires: now + 3600,
			Agreement: x.terms.Hash(), Article: a.Article, Purpose: a.Purpose, Handling: "H2", Requesting: "o-1", Clock: a.Clock, Retain: now + 3600, Schema: letter.SchemaID("referral-reply"),
		}}
		var p courier.Peer
		must(t, x.id.n.DB.Read(ctx, func(tx *store.Tx) (err error) { p, err = courier.FindPeer(tx, "KH"); return err }))
		s, err := courier.Seal(l, p, x.id.c.Keys())
		must(t, err)
		x.id.write(func(tx *store.Tx) error { return courier.Queue(tx, "officer", s) })
		x.carry()
		must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT code FROM inbox WHERE mid = $1`, mid).Scan(&code)
		}))
		return code
	}
	ending := func() string {
		v, err := x.kh.d.Show(ctx, a.Conversation, liaison)
		must(t, err)
		return v.Ending
	}
	for _, step := range []struct{ reply, code, ending string }{
		{"done", "field_not_allowed", ""},
		{"accepted", "", "accepted"},
		{"accepted", "field_not_allowed", "accepted"},
		{"revoked", "", "revoked"},
		{"done", "", "revoked"}, // it keeps its first ending
	} {
		if code := reply(step.reply); code != step.code || ending() != step.ending {
			t.Errorf("%s: %q, ending %q; want %q, %q", step.reply, code, ending(), step.code, step.ending)
		}
	}
	x.kh.sound()
}
