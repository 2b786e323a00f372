package enquiry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"mitra/desk/registry"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// A Line is a conversation in a list. It has nothing about whom it is about.
type Line struct {
	Conversation string    `json:"conversation"`
	Peer         string    `json:"peer"`
	Ours         bool      `json:"ours"` // this node asked
	Type         string    `json:"type"`
	Purpose      string    `json:"purpose"`
	Clock        string    `json:"clock"`
	State        string    `json:"state"`
	Ending       string    `json:"ending,omitempty"`
	Begun        time.Time `json:"begun"`
	Due          time.Time `json:"due"`
	Ended        time.Time `json:"ended,omitzero"`
	Late         bool      `json:"late"` // it was not ended in time, or has not been
}

func (r row) line(now time.Time) Line {
	end := now
	if !r.ended.IsZero() {
		end = r.ended
	}
	return Line{Conversation: r.cid, Peer: r.peer, Ours: r.ours, Type: r.typ, Purpose: r.purpose, Clock: r.clock, State: r.state, Ending: r.ending,
		Begun: r.begun, Due: r.due, Ended: r.ended, Late: end.After(r.due)}
}

// Boxes of [Desk.List].
const (
	Inbox     = "inbox"     // what waits for an officer here
	Outbox    = "outbox"    // what this node has asked
	Alerts    = "alerts"    // of peers, that are in force
	Referrals = "referrals" // of this node and of peers, that are not done
	Protected = "protected" // questions about people who are restricted; for those who may see protection
)

// List lists conversations: in the inbox the most urgent first, else the newest. The error wraps [ErrRight].
func (d *Desk) List(ctx context.Context, box string, most int, by Officer) ([]Line, error) {
	return d.After(ctx, box, "", most, by)
}

// After is [Desk.List] from after a conversation on, in the order of the list, whether or not it still stands there.
func (d *Desk) After(ctx context.Context, box, after string, most int, by Officer) (out []Line, err error) {
	if box == Protected {
		if err := d.may(by, SeeProtection, "questions about restricted people are for those who may see protection"); err != nil {
			return nil, err
		}
	}
	query := map[string]string{Inbox: openEnquiries, Outbox: ownEnquiries, Alerts: alerts, Referrals: referrals, Protected: hiddenEnquiries}[box]
	out = []Line{}
	err = d.DB.Read(ctx, func(tx *store.Tx) error {
		rows, err := rowsOf(tx, query, int64(most), after)
		for _, r := range rows {
			if r.ours && r.told == 0 && r.ended.IsZero() { // its clock may have begun earlier
				if r, err = begunEarlier(tx, r); err != nil {
					return err
				}
			}
			out = append(out, r.line(d.Now()))
		}
		return err
	})
	return out, err
}

// begunEarlier puts the clock of a question of this node to the receipt R1, if that came before the time at
// which it begins in any case.
func begunEarlier(tx *store.Tx, r row) (row, error) {
	at, ok, err := courier.StoredAt(tx, r.peer, r.cid)
	if err != nil || !ok || !at.Before(r.begun) {
		return r, err
	}
	r.begun, r.due = at, r.due.Add(at.Sub(r.begun))
	return r, nil
}

// A View is a conversation as an officer reads it.
type View struct {
	Line
	Article string   `json:"article"`
	Wants   []string `json:"wants"`
	// Grading is how far its source and what it says can be relied on (such as B2), where it says so.
	Grading string            `json:"grading,omitempty"`
	Person  map[string]string `json:"person,omitempty"` // as it was asked about
	// Document and Concern are of verifications and welfare checks.
	Document map[string]string `json:"document,omitempty"`
	Concern  string            `json:"concern,omitempty"`
	Alert    *Alert            `json:"alert,omitempty"`
	Referral *Referral         `json:"referral,omitempty"`
	// Values are the closed answers of its kind, where it has them.
	Values []string `json:"values,omitempty"`
	// Candidates are who it may be about, the likeliest first; only of what a peer asks.
	Candidates []Candidate `json:"candidates,omitempty"`
	// Words are what the peer has released; only of what this node has asked.
	Words *Words `json:"words,omitempty"`
}

// A Candidate is a person whom a question may be about.
type Candidate struct {
	Record      string   `json:"record"` // the entry by which the answer names it
	Register    string   `json:"register"`
	Source      string   `json:"source"`
	ID          string   `json:"id,omitempty"`
	Probability float64  `json:"probability"`
	Weight      float64  `json:"weight"`
	Because     []Reason `json:"because"`
	// Values describe the person to the officer; they are not what is released.
	Values map[string]string `json:"values"`
	Fields []Field           `json:"fields"`
	// Restricted is set of a person about whom nothing may be released; only of a referral.
	Restricted bool   `json:"restricted,omitempty"`
	AsOf       string `json:"as_of,omitempty"`
}

// A Field is something that is wanted, and may be released or not.
type Field struct {
	Name     string `json:"name"`
	Value    string `json:"value,omitempty"`
	Withheld string `json:"withheld,omitempty"` // why it cannot be released: not_in_purpose, not_asked_for, no_value, restricted, never_sent
}

// Show is a conversation with whom it may be about, for an officer. That it was read is an event, which is
// written before.
func (d *Desk) Show(ctx context.Context, cid string, by Officer) (v View, err error) {
	if err := d.DB.Read(ctx, func(tx *store.Tx) error {
		v, err = d.view(tx, cid, d.may(by, SeeProtection, "") == nil)
		return err
	}); err != nil {
		return View{}, err
	}
	var shown []string
	people := []map[string]string{v.Person, v.Document}
	for _, c := range v.Candidates {
		shown, people = append(shown, c.Record), append(people, c.Values)
	}
	if err := d.apart(ctx, by, cid, v.Clock, people...); err != nil {
		return View{}, err
	}
	return v, d.DB.Write(ctx, func(tx *store.Tx) error {
		return d.event(tx, "enquiry-shown", by, v.Purpose, shown, map[string]any{"cid": cid})
	})
}

// shown is how many people an officer is shown.
const shown = 10

// view is a conversation; with protection, also what somebody's is held to be.
func (d *Desk) view(tx *store.Tx, cid string, protection bool) (v View, err error) {
	r, err := find(tx, cid)
	if err != nil {
		return v, err
	}
	purpose, err := purposeNamed(tx, r.peer, r.agreement, r.article, r.purpose)
	if err != nil {
		return v, err
	}
	if r.ours {
		if r, err = begunEarlier(tx, r); err != nil {
			return v, err
		}
	}
	v = View{Line: r.line(d.Now()), Article: r.article, Wants: r.wants, Values: r.values()}
	if r.ours {
		if r.person != "" {
			err = json.Unmarshal([]byte(r.person), &v.Person)
		}
		if kinds[r.typ].owned() {
			if l, ok, err := courier.Written(tx, cid); err != nil {
				return v, err
			} else if ok {
				v.read(l, protection)
			}
		}
		if r.words != "" && err == nil {
			v.Words = new(Words)
			err = json.Unmarshal([]byte(r.words), v.Words)
		}
		if err != nil {
			return v, fmt.Errorf("enquiry %s: %w", cid, store.ErrDamaged)
		}
		return v, nil
	}
	if r.found != found { // to whom it is, it looks as if there were none
		return View{}, ErrUnknown
	}
	l, ok, err := courier.Readable(tx, r.peer, cid)
	if err != nil || !ok {
		return v, err
	}
	v.read(l, protection)
	if r.over() || v.Person == nil {
		return v, nil
	}
	v.Candidates, err = d.candidates(tx, v.Person, r, purpose, protection && kinds[r.typ].hands)
	return v, err
}

// read takes from a letter what an officer reads of it.
func (v *View) read(l letter.Letter, protection bool) {
	var payload struct {
		Document map[string]string
		Concern  string
	}
	_ = json.Unmarshal(l.Payload, &payload) // its schema has been checked
	v.Document, v.Concern, v.Grading = payload.Document, payload.Concern, l.Grading
	if people := letter.Persons(l); len(people) > 0 {
		v.Person = people[0]
	}
	if kinds[l.Type].tells {
		v.Alert = alertOf(l)
	}
	if kinds[l.Type].hands {
		v.Referral = referralOf(l)
		if len(v.Referral.View) > 0 && !protection {
			v.Referral.View = []string{askSupervisor}
		}
	}
}

// candidates are the people whom a description may be of, each once; those who are restricted only with protection.
func (d *Desk) candidates(tx *store.Tx, who map[string]string, r row, purpose agreement.Purpose, protection bool) ([]Candidate, error) {
	matches, hidden, err := d.visible(tx, who, looked, unlikely)
	if err != nil {
		return nil, err
	}
	var closed map[string][]registry.Restriction
	if protection && len(hidden) > 0 {
		if closed, err = registry.Restrictions(tx); err != nil {
			return nil, err
		}
		if matches, err = d.Find(tx, who, looked, unlikely); err != nil {
			return nil, err
		}
	}
	var out []Candidate
	var seen []string
	for _, m := range matches {
		k, err := d.Known(tx, m.Entry)
		if err != nil {
			return nil, err
		}
		if k.Person == "" || slices.Contains(seen, k.Person) {
			continue
		}
		seen = append(seen, k.Person)
		hides, err := d.hides(tx, m.Entry, closed)
		if err != nil {
			return nil, err
		}
		var fields []Field // nothing else can be released
		if kinds[r.typ].first {
			fields = fieldsOf(r.wants, purpose, k)
		}
		out = append(out, Candidate{Record: k.Person, Register: k.Noun, Source: k.Source, ID: k.ID, Probability: m.Probability, Weight: m.Weight,
			Because: m.Because, Values: k.Values, Fields: fields, AsOf: k.AsOf, Restricted: hides != ""})
		if len(out) == shown {
			break
		}
	}
	return out, nil
}

// unlikely is the weight below which nobody is shown to an officer: one in a thousand.
const unlikely = -10

// neverSent are values that never leave, whatever an agreement says (DESIGN §5, class 12).
var neverSent = map[string]string{"origin": "outside_placement"}

// fieldsOf are the fields that are wanted or could be, with why those are withheld that are.
func fieldsOf(wants []string, purpose agreement.Purpose, k Known) (out []Field) {
	names := slices.Clone(wants)
	for _, f := range purpose.Fields {
		if !slices.Contains(names, f) && k.Values[f] != "" {
			names = append(names, f)
		}
	}
	for _, name := range names {
		f := Field{Name: name, Value: k.Values[name]}
		switch {
		case !slices.Contains(purpose.Fields, name):
			f.Withheld = "not_in_purpose"
		case !slices.Contains(wants, name):
			f.Withheld = "not_asked_for"
		case f.Value != "" && neverSent[name] == f.Value:
			f.Withheld = "never_sent"
		case f.Value == "":
			f.Withheld = "no_value"
		}
		if f.Withheld != "" {
			f.Value = ""
		}
		out = append(out, f)
	}
	return out
}

var errNobody = errors.New("no such person among those whom the enquiry may be about")

// WordsAbout are what partners have released of people, by the records that this node has asked from.
func WordsAbout(tx *store.Tx, entries []string) (out []WordsOf, err error) {
	for _, entry := range entries {
		rows, err := rowsOf(tx, aboutSubject, entry)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			w := WordsOf{Peer: r.peer, Conversation: r.cid}
			if json.Unmarshal([]byte(r.words), &w.Words) != nil {
				return nil, fmt.Errorf("enquiry %s: %w", r.cid, store.ErrDamaged)
			}
			out = append(out, w)
		}
	}
	return out, nil
}

// WordsOf are the words of a peer in a conversation.
type WordsOf struct {
	Words
	Peer, Conversation string
}

// SubjectOf is the entry of the record that a question of this node was asked from; empty if it was from none.
func SubjectOf(tx *store.Tx, cid string) (string, error) {
	r, err := find(tx, cid)
	if err != nil || !r.ours {
		return "", err
	}
	return r.subject, nil
}
