package enquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mitra/desk/registry"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// A Referral hands somebody over for help (urn:mxp:schema:referral:1).
type Referral struct {
	// Needs are what for, such as return or medical.
	Needs []string `json:"needs"`
	// Basis is why it may be told.
	Basis Basis `json:"basis"`
	// View is what the sender holds the person to be on the axis of protection. It crosses only by these names, only of a
	// record that an officer here has restricted so, and never for asylum.
	View []string `json:"view,omitempty"`
	// Contact is the sender's office, by its pseudonym. Never a shelter.
	Contact string `json:"contact,omitempty"`
	Summary string `json:"summary,omitempty"`
}

// A Basis is the consent of the person, and how it was given and for what, or the duty by law, and which.
type Basis struct {
	Kind string `json:"kind,omitempty"` // consent or legal_duty
	Text string `json:"text,omitempty"`
}

// What a referral can tell.
var (
	needs = []string{"reception", "identity_document", "return", "shelter", "medical", "psychosocial", "legal", "interpreter", "family_tracing",
		"reintegration", "protection_from_threat"}
	views    = []string{"possible_victim", "presumed_victim", "identified_victim", "smuggled", "child", "vulnerable"}
	bases    = []string{"consent", "legal_duty"}
	declines = []string{"not_competent", "no_capacity", "not_found", "person_declines", "other"}
)

// askSupervisor stands for what only those see who may see protection (docs/decisions/0005).
const askSupervisor = "ASK_SUPERVISOR"

// referral fills the payload of a referral. The errors repeat no value.
func (q Question) referral(payload map[string]any, who map[string]string, purpose agreement.Purpose, office string) error {
	x := q.Referral
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrQuestion, fmt.Sprintf(format, args...))
	}
	allowed := func(code string) bool { return slices.Contains(purpose.Fields, code) }
	var lawful []string
	for _, b := range bases {
		if allowed(b) {
			lawful = append(lawful, b)
		}
	}
	switch {
	case !identifies(who):
		return bad("a referral says who is referred: a name and a date or year of birth, or the number of a document")
	case len(x.Needs) == 0 || !within(x.Needs, needs):
		return bad("want what the person needs, of %s", strings.Join(needs, ", "))
	case !slices.Contains(lawful, x.Basis.Kind):
		return bad("want why it may be told; the purpose %s lets it rest on %s", purpose.Code, strings.Join(lawful, ", "))
	case strings.TrimSpace(x.Basis.Text) == "":
		return bad("want how consent was given and for what, or the law")
	case !within(x.View, views):
		return bad("a view is one of %s; a claim to asylum never leaves", strings.Join(views, ", "))
	case len(x.View) > 0 && !allowed("protection_view"):
		return bad("the purpose %s lets no view on protection be told", purpose.Code)
	case x.Summary != "" && !allowed("summary"):
		return bad("the purpose %s lets no free text be told", purpose.Code)
	}
	payload["person"], payload["needs"], payload["basis"] = who, x.Needs, x.Basis
	if len(x.View) > 0 {
		payload["view"] = x.View
	}
	if x.Summary != "" {
		payload["summary"] = x.Summary
	}
	if allowed("contact") {
		payload["contact"] = office
	}
	return nil
}

func within(names, all []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(all, n) })
}

// sees makes sure that a view on protection is that of this node, and told by an officer who may see it.
func (d *Desk) sees(ctx context.Context, q Question, by Officer) error {
	if err := d.may(by, SeeProtection, "a view on protection is told by those who may see it"); err != nil {
		return err
	}
	return d.DB.Read(ctx, func(tx *store.Tx) error {
		own, err := ownView(tx, q.Subject)
		if err != nil {
			return err
		}
		for _, v := range q.Referral.View {
			var p rules.Protection
			if err := p.UnmarshalText([]byte(v)); err != nil || own&p == 0 {
				return fmt.Errorf("%w: a view is told of a record that an officer here has restricted so", ErrQuestion)
			}
		}
		return nil
	})
}

// ownView is what officers of this node hold the person of a record to be.
func ownView(tx *store.Tx, entry string) (own rules.Protection, err error) {
	all, err := registry.RestrictionsOf(tx, entry)
	for _, r := range all[entry] {
		own |= r.Value
	}
	return own, err
}

// referralOf is the referral in a letter.
func referralOf(l letter.Letter) *Referral {
	x := new(Referral)
	_ = json.Unmarshal(l.Payload, x) // its schema has been checked
	return x
}

// reply makes the letter that answers a referral.
func (what Decision) reply(k kind) (typ, payload string, about []string, err error) {
	body := map[string]any{k.member: what.Value}
	switch {
	case what.Value == declined && !slices.Contains(declines, what.Reason):
		return "", "", nil, fmt.Errorf("%w: want why, of %s", ErrAnswer, strings.Join(declines, ", "))
	case what.Value == declined:
		body["reason"] = map[string]string{"code": what.Reason}
	case what.Reason != "":
		return "", "", nil, fmt.Errorf("%w: a reason is of what is declined", ErrAnswer)
	}
	b, err := json.Marshal(body)
	return k.closing, string(b), subjects(what.Record), err
}

// referred takes down whose record a referral is about, and reports whether the peer's view on protection is another than
// that of this node: then those are told who may see it, and the joint status says where.
func (d *Desk) referred(tx *store.Tx, r row, record string) (review bool, err error) {
	if _, err := tx.Exec(setSubject, record, r.cid); err != nil {
		return false, err
	}
	view, err := theirView(tx, r)
	if err != nil || view == 0 {
		return false, err
	}
	own, err := ownView(tx, record)
	if err != nil || own&^rules.Claim == view { // no peer is told of a claim
		return false, err
	}
	if err := d.event(tx, "view-differs", node, r.purpose, []string{record}, map[string]any{"cid": r.cid}); err != nil {
		return false, err
	}
	return true, d.tell(tx, Notice{Kind: "protected", Clock: r.clock, Due: d.Now()})
}

// theirView is what a peer has said in a referral; none if it said nothing, or it is let go of.
func theirView(tx *store.Tx, r row) (view rules.Protection, err error) {
	l, ok, err := courier.Readable(tx, r.peer, r.cid)
	if err != nil || !ok {
		return 0, err
	}
	return referralOf(l).view(), nil
}

// view is what the sender holds the person to be. Whoever speaks of an axis in words that this program does not know speaks of
// protection all the same, and their letter shows it.
func (x *Referral) view() (view rules.Protection) {
	for _, v := range x.View {
		var p rules.Protection
		if err := p.UnmarshalText([]byte(v)); err == nil {
			view |= p
		}
	}
	return view
}

// A PeerView is what a peer holds somebody to be on the axis of protection: its own words, which it has told for a reason.
type PeerView struct {
	Peer, Conversation string // the mid of the referral is that of its conversation
	View               rules.Protection
	Basis              Basis
}

// ViewsAbout are the views of peers on the people of records, from referrals that officers have taken to be about them.
func ViewsAbout(tx *store.Tx, entries []string) (out []PeerView, err error) {
	for _, entry := range entries {
		rows, err := rowsOf(tx, viewsOf, entry)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			l, ok, err := courier.Readable(tx, r.peer, r.cid)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			if x := referralOf(l); x.view() != rules.NoneKnown {
				out = append(out, PeerView{Peer: r.peer, Conversation: r.cid, View: x.view(), Basis: x.Basis})
			}
		}
	}
	return out, nil
}
