package api

import (
	"encoding/json"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/web"
)

// enquiries are conversations with partners.
func (a *API) enquiries() {
	add(a, operation{id: "list-enquiries", method: "GET", path: "/v1/enquiries", right: account.SeeEnquiries, says: "Conversations: those that wait here by their clocks, else the newest first. They name nobody."}, (*call).lines)
	add(a, operation{id: "list-protected-enquiries", method: "GET", path: "/v1/enquiries/protected", right: account.SeeProtection, says: "Questions of partners about people who are restricted."}, (*call).protectedLines)
	add(a, operation{id: "list-purposes", method: "GET", path: "/v1/enquiries/purposes", right: account.Ask, tagged: true, says: "What a partner can be asked for, by the agreement in force."}, (*call).purposes)
	add(a, operation{id: "draft-enquiry", method: "POST", path: "/v1/enquiries/draft", right: account.Ask, people: true, says: "What a question would send. Nothing leaves."}, (*call).draft)
	add(a, operation{id: "ask", method: "POST", path: "/v1/enquiries", right: account.Ask, people: true, changes: true, status: 201, says: "Asks a partner about one person or document."}, (*call).ask)
	add(a, operation{id: "get-enquiry", method: "GET", path: "/v1/enquiries/{cid}", right: account.Answer, people: true, says: "Opens a conversation, with whom it may be about. It counts into the people of the hour."}, (*call).enquiry)
	add(a, operation{id: "answer", method: "POST", path: "/v1/enquiries/{cid}/answer", right: account.Answer, people: true, changes: true, says: "Ends a conversation: releases fields by name, or nothing, or gives a closed answer."}, (*call).answer)
	add(a, operation{id: "want", method: "POST", path: "/v1/enquiries/{cid}/want", right: account.Ask, people: true, changes: true, says: "Asks for more fields of the person."}, (*call).want)
	add(a, operation{id: "withdraw", method: "POST", path: "/v1/enquiries/{cid}/withdraw", right: account.Ask, people: true, changes: true, says: "Says that this node no longer asks."}, (*call).withdraw)
}

type boxIn struct {
	List
	Box string `query:"box" enum:"inbox,outbox,alerts,referrals" default:"inbox" doc:"inbox: what waits for an officer here; outbox: what this node has asked; alerts and referrals that are in force."`
}

func (c *call) lines(in *boxIn) (Page[enquiry.Line], error) { return c.box(in.Box, in.List) }

func (c *call) protectedLines(in *List) (Page[enquiry.Line], error) {
	return c.box(enquiry.Protected, *in)
}

func (c *call) box(box string, in List) (p Page[enquiry.Line], err error) {
	after, err := parseCursor("enquiries "+box, in.Cursor)
	if err != nil {
		return p, err
	}
	lines, err := c.a.d.Enquiries.After(c.ctx, box, after, in.Limit+1, c.Officer())
	return more("enquiries "+box, lines, in.Limit, func(l enquiry.Line) string { return l.Conversation }), err
}

type purposesIn struct {
	Peer string `query:"peer" required:"true" minLength:"1" maxLength:"100" doc:"Country or node."`
}

// Purposes are what a partner can be asked for.
type Purposes struct {
	Items []Purpose `json:"items"`
}

// Purpose is something that a partner can be asked for.
type Purpose struct {
	Purpose  string   `json:"purpose" doc:"As a question names it."`
	Type     string   `json:"type" doc:"Of the letter that begins it."`
	Keys     []string `json:"keys" doc:"Members by which somebody may be described."`
	Fields   []string `json:"fields" doc:"What may be wanted."`
	Handling []string `json:"handling"`
	Clocks   []string `json:"clocks"`
}

func (c *call) purposes(in *purposesIn) (out Purposes, err error) {
	all, err := c.a.d.Enquiries.Purposes(c.ctx, in.Peer)
	out.Items = []Purpose{}
	for _, p := range all {
		one := Purpose{Purpose: p.Article + "/" + p.Code, Type: p.Type, Keys: append([]string{}, p.Keys...), Fields: append([]string{}, p.Fields...), Handling: append([]string{}, p.Handling...), Clocks: []string{}}
		for _, clock := range p.Clocks {
			if clock.Class != "release" {
				one.Clocks = append(one.Clocks, clock.Class)
			}
		}
		out.Items = append(out.Items, one)
	}
	return out, err
}

// Question is what is asked of a partner.
type Question struct {
	Peer     string            `json:"peer" minLength:"1" maxLength:"100" doc:"Country or node."`
	Purpose  string            `json:"purpose" minLength:"1" maxLength:"100" doc:"As the purposes have it."`
	Clock    string            `json:"clock,omitempty" maxLength:"40" doc:"Else the slowest."`
	Handling string            `json:"handling,omitempty" maxLength:"40"`
	Grading  string            `json:"grading,omitempty" maxLength:"2" doc:"Such as B2."`
	Person   *Description      `json:"person,omitempty"`
	Document *Document         `json:"document,omitempty"`
	Concern  string            `json:"concern,omitempty" maxLength:"4000" doc:"Of a welfare check."`
	Alert    *AlertText        `json:"alert,omitempty"`
	Referral *enquiry.Referral `json:"referral,omitempty"`
	Release  []string          `json:"release,omitempty" maxItems:"50" doc:"Fields that are wanted if the person is found."`
	Case     string            `json:"case,omitempty" maxLength:"100" doc:"The national case. It does not leave."`
	Subject  string            `json:"subject,omitempty" maxLength:"64" doc:"The entry of the record that it is asked from."`
}

// Description is somebody as a letter describes them.
type Description struct {
	FullName    string `json:"full_name,omitempty" maxLength:"200"`
	GivenName   string `json:"given_name,omitempty" maxLength:"200"`
	Surname     string `json:"surname,omitempty" maxLength:"200"`
	Sex         string `json:"sex,omitempty" maxLength:"10"`
	BirthDate   string `json:"birth_date,omitempty" maxLength:"30"`
	BirthPlace  string `json:"birth_place,omitempty" maxLength:"200"`
	Nationality string `json:"nationality,omitempty" maxLength:"60"`
	PassportNo  string `json:"passport_no,omitempty" maxLength:"60"`
	NationalID  string `json:"national_id,omitempty" maxLength:"60"`
	PermitNo    string `json:"permit_no,omitempty" maxLength:"60"`
}

// Document is a document that is asked about.
type Document struct {
	Kind   string `json:"kind,omitempty" maxLength:"60"`
	Issuer string `json:"issuer,omitempty" maxLength:"60"`
	Number string `json:"number,omitempty" maxLength:"60"`
}

// AlertText is an alert that is told.
type AlertText struct {
	Kind    string `json:"kind" maxLength:"40"`
	Action  string `json:"action" maxLength:"40"`
	Expires string `json:"expires_on,omitempty" maxLength:"10" doc:"The last day on which it holds."`
	Summary string `json:"summary,omitempty" maxLength:"4000"`
}

// members are what of a description is not empty.
func members(of any) map[string]string {
	out := map[string]string{}
	text, err := json.Marshal(of)
	if err == nil {
		_ = json.Unmarshal(text, &out) // a struct of texts, or null
	}
	return out
}

func (q Question) question() enquiry.Question {
	out := enquiry.Question{Peer: q.Peer, Purpose: q.Purpose, Clock: q.Clock, Handling: q.Handling, Grading: q.Grading, Person: map[string]string{}, Document: map[string]string{},
		Concern: q.Concern, Release: q.Release, Case: q.Case, Subject: q.Subject}
	if q.Person != nil {
		out.Person = members(q.Person)
	}
	if q.Document != nil {
		out.Document = members(q.Document)
	}
	if q.Alert != nil {
		out.Alert = enquiry.Alert{Kind: q.Alert.Kind, Action: q.Alert.Action, Expires: q.Alert.Expires, Summary: q.Alert.Summary}
	}
	if q.Referral != nil {
		out.Referral = *q.Referral
	}
	return out
}

type askIn struct{ Body Question }

// Draft is what a question would send.
type Draft struct {
	enquiry.Asked
	Payload json.RawMessage `json:"payload" doc:"Of the letter."`
}

func (c *call) draft(in *askIn) (d Draft, err error) {
	d.Asked, d.Payload, err = c.a.d.Enquiries.Draft(c.ctx, in.Body.question(), c.Officer())
	return d, err
}

func (c *call) ask(in *askIn) (enquiry.Asked, error) {
	return c.Ask(c.ctx, in.Body.question())
}

type CIDIn struct {
	CID string `path:"cid" maxLength:"64" doc:"Of a conversation."`
}

func (in CIDIn) check() error {
	if !store.IsID(in.CID) {
		return web.ErrNoPage
	}
	return nil
}

// Enquiry is a conversation, with what can be done about it.
type Enquiry struct {
	enquiry.View
	Entry       string   `json:"entry,omitempty" doc:"Of the record that it was asked from."`
	Closed      []string `json:"closed" doc:"The closed answers that there are now."`
	CanAnswer   bool     `json:"can_answer"`
	CanWithdraw bool     `json:"can_withdraw"`
	More        []string `json:"more" doc:"Fields that may be wanted too."`
}

func (c *call) enquiry(in *CIDIn) (e Enquiry, err error) {
	if err := in.check(); err != nil {
		return e, err
	}
	x, err := c.Enquiry(c.ctx, in.CID)
	return Enquiry{x.View, x.Entry, append([]string{}, x.Closed...), x.CanAnswer, x.Held, append([]string{}, x.More...)}, err
}

type answerIn struct {
	CIDIn
	Body struct {
		Record  string   `json:"record,omitempty" maxLength:"64" doc:"Of whom it is, as the conversation shows it."`
		Release []string `json:"release,omitempty" maxItems:"50" doc:"The fields to release, each by its name."`
		Nothing bool     `json:"nothing,omitempty" doc:"No record, doubt, refusal and protection alike."`
		Value   string   `json:"value,omitempty" maxLength:"60" doc:"A closed answer."`
		Reason  string   `json:"reason,omitempty" maxLength:"60" doc:"Of one that declines."`
	}
}

func (c *call) answer(in *answerIn) (o enquiry.Outcome, err error) {
	if err := in.check(); err != nil {
		return o, err
	}
	b := in.Body
	return c.Answer(c.ctx, in.CID, enquiry.Decision{Record: b.Record, Release: b.Release, Nothing: b.Nothing, Value: b.Value, Reason: b.Reason})
}

type wantIn struct {
	CIDIn
	Body struct {
		Fields []string `json:"fields" minItems:"1" maxItems:"50"`
	}
}

func (c *call) want(in *wantIn) (x enquiry.Asked, err error) {
	if err := in.check(); err != nil {
		return x, err
	}
	return c.a.d.Enquiries.Want(c.ctx, in.CID, in.Body.Fields, c.Officer())
}

// Ended is a conversation that was ended.
type Ended struct {
	Conversation string    `json:"conversation"`
	At           time.Time `json:"at"`
}

func (c *call) withdraw(in *CIDIn) (e Ended, err error) {
	if err := in.check(); err != nil {
		return e, err
	}
	return Ended{in.CID, c.a.d.Now().UTC()}, c.a.d.Enquiries.Withdraw(c.ctx, in.CID, c.Officer())
}
