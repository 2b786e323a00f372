package api

import (
	"slices"
	"time"

	"mitra/desk/account"
	"mitra/desk/guest"
)

// referrals hand people to offices of other agencies. What such an office sees is on its pages alone: it has no tokens.
func (a *API) referrals() {
	add(a, operation{id: "refer-person", method: "POST", path: "/v1/people/{entry}/referrals", right: account.Refer, people: true, changes: true, two: true, status: 201, says: "Hands what an officer chooses of a person to a guest office. It counts as a person opened."}, (*call).refer)
	add(a, operation{id: "list-referrals", method: "GET", path: "/v1/referrals", right: account.Refer, says: "What was handed over or is to be, without whom, the newest first."}, (*call).referrals)
	add(a, operation{id: "get-referral", method: "GET", path: "/v1/referrals/{referral}", right: account.Refer, people: true, says: "A referral, with what was handed over as long as it goes on. It counts as a person opened."}, (*call).referral)
	add(a, operation{id: "agree-to-referral", method: "POST", path: "/v1/referrals/{referral}/agree", right: account.Refer, people: true, changes: true, says: "Agrees to what another officer wants to hand over."}, (*call).agree)
	add(a, operation{id: "withdraw-referral", method: "POST", path: "/v1/referrals/{referral}/withdraw", right: account.Refer, changes: true, says: "Ends a referral: what was handed over is gone."}, (*call).withdrawReferral)
}

// Referral is a referral, without what was handed over.
type Referral struct {
	ID       string    `json:"id"`
	Office   string    `json:"office"`
	Purpose  string    `json:"purpose"`
	Basis    string    `json:"basis"`
	State    string    `json:"state"`
	Officer  string    `json:"officer"`
	Second   string    `json:"second,omitempty" doc:"Who has agreed."`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Answered time.Time `json:"answered,omitzero"`
}

func referralOf(l guest.Line) Referral {
	return Referral{l.ID, l.Office, l.Purpose, l.Basis, l.State, l.Officer, l.Second, l.At, l.Until, l.Answered}
}

// ReferralText is a referral with what was handed over; nothing of that is left where it has ended.
type ReferralText struct {
	Referral
	Values     []guest.Value `json:"values"`
	Protection []string      `json:"protection" doc:"What was told on the axis of protection."`
	Reason     string        `json:"reason,omitempty"`
	Ground     string        `json:"ground,omitempty"`
	Answer     string        `json:"answer,omitempty"`
	Answerer   string        `json:"answerer,omitempty"`
	Entry      string        `json:"entry,omitempty" doc:"A record of the person."`
}

type referIn struct {
	EntryIn
	Body struct {
		Office  string `json:"office" minLength:"1" maxLength:"100" doc:"A guest office."`
		Purpose string `json:"purpose" maxLength:"60"`
		Basis   string `json:"basis" enum:"consent,law"`
		Ground  string `json:"ground" minLength:"1" maxLength:"500" doc:"How consent was given and to what, or the law by its name."`
		Reason  string `json:"reason" minLength:"1" maxLength:"1000"`
		Until   string `json:"until" format:"date" doc:"The last day on which the office reads it."`
		Fields  []struct {
			Entry  string `json:"entry" maxLength:"64"`
			Column string `json:"column" maxLength:"60"`
		} `json:"fields" minItems:"1" maxItems:"200" doc:"Of records of the person."`
		Views []string `json:"views,omitempty" maxItems:"10" doc:"What is told on the axis of protection."`
	}
}

// Referred is a referral that was made: open, or it waits for another officer.
type Referred struct {
	ID    string `json:"id"`
	State string `json:"state" enum:"open,waits"`
}

func (r Referred) waits() bool { return r.State == "waits" }

func (c *call) refer(in *referIn) (out Referred, err error) {
	if err := in.check(); err != nil {
		return out, err
	}
	b := in.Body
	r := guest.Referral{Office: b.Office, Purpose: b.Purpose, Basis: b.Basis, Ground: b.Ground, Reason: b.Reason, View: b.Views}
	if day, err := time.Parse(time.DateOnly, b.Until); err == nil {
		r.Until = day.AddDate(0, 0, 1) // the day is included
	}
	for _, f := range b.Fields {
		r.Fields = append(r.Fields, guest.Field{Entry: f.Entry, Column: f.Column})
	}
	id, waits, err := c.Refer(c.ctx, in.Entry, r)
	out = Referred{id, "open"}
	if waits {
		out.State = "waits"
	}
	return out, err
}

func (c *call) referrals(in *List) (p Page[Referral], err error) {
	after, err := parseCursor("referrals", in.Cursor)
	if err != nil {
		return p, err
	}
	all, err := c.Referrals(c.ctx)
	slices.SortFunc(all, func(a, b guest.Line) int { // the newest first
		if a.ID > b.ID {
			return -1
		}
		return 1
	})
	var out []Referral
	for _, l := range all {
		if (after == "" || l.ID < after) && len(out) <= in.Limit {
			out = append(out, referralOf(l))
		}
	}
	return more("referrals", out, in.Limit, func(r Referral) string { return r.ID }), err
}

// ReferralIn names a referral.
type ReferralIn struct {
	Referral string `path:"referral" maxLength:"64"`
}

func (c *call) referral(in *ReferralIn) (out ReferralText, err error) {
	v, err := c.Referral(c.ctx, in.Referral)
	if err != nil {
		return out, err
	}
	return ReferralText{referralOf(v.Line), append([]guest.Value{}, v.Values...), append([]string{}, v.Protection...), v.Reason, v.Ground, v.Answer, v.Answerer, v.Entry}, nil
}

func (c *call) agree(in *ReferralIn) (Named, error) {
	return Named{in.Referral}, c.AgreeToReferral(c.ctx, in.Referral)
}

func (c *call) withdrawReferral(in *ReferralIn) (Named, error) {
	return Named{in.Referral}, c.WithdrawReferral(c.ctx, in.Referral)
}
