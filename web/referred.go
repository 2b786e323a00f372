package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/store"
	"mitra/treaty/courier"
)

// referredPages refer people to guest offices, and are all that a guest office sees.
func (s *Server) referredPages() []page {
	return []page{
		{method: "GET", path: "/people/{entry}/refer", right: account.Refer, people: true, do: (*visit).referForm},
		{method: "POST", path: "/people/{entry}/refer", right: account.Refer, people: true, do: (*visit).refer},
		{method: "GET", path: "/referred/sent", right: account.Refer, do: (*visit).sentReferrals},
		{method: "GET", path: "/referred/sent/{id}", right: account.Refer, people: true, do: (*visit).sentOne},
		{method: "POST", path: "/referred/sent/{id}/agree", right: account.Refer, people: true, do: (*visit).agree},
		{method: "POST", path: "/referred/sent/{id}/withdraw", right: account.Refer, do: (*visit).withdrawReferral},
		{method: "GET", path: "/referred", right: account.SeeReferred, do: (*visit).referred},
		{method: "GET", path: "/referred/{id}", right: account.SeeReferred, people: true, do: (*visit).referredOne},
		{method: "POST", path: "/referred/{id}/answer", right: account.AnswerReferred, people: true, do: (*visit).answerReferral},
	}
}

// referPage is the form by which somebody is referred.
type referPage struct {
	Entry   string
	Name    string
	Offices []office.Unit // guest offices that are open
	Records []referRecord
	Views   []referChoice // what officers here hold, for who may see it
	Latest  string        // the last day that can be chosen

	Office, Purpose, Basis, Ground, Reason, Until string // as typed
	Wrong                                         string // key of what is wrong
	Says                                          string // and what the desk says of it, in English
}

// referRecord is a record with the fields that can be handed over.
type referRecord struct {
	Noun, Source, Loaded string
	Fields               []referChoice
}

// referChoice is a field, or a view, that can be chosen.
type referChoice struct {
	Code, Key, Value string
	Chosen           bool
}

// Purposes of a referral, for its form.
func (referPage) Purposes() []string { return guest.Purposes() }

// soon is for how many days a referral is proposed.
const soon = 30

// referring is the form for a person. chosen says of a field or view whether it stands chosen.
func (v *visit) referring(entry string, chosen func(code string) bool) (body referPage, err error) {
	records, whole, err := v.referable(v.ctx(), entry)
	if err != nil {
		return body, err
	}
	body = referPage{Entry: entry, Name: records[0].Name().Whole()}
	for i := range records {
		r := &records[i]
		part := referRecord{Noun: string(r.Batch.Noun), Source: r.Source(), Loaded: v.cat.Date(r.Batch.At.UTC().Format(time.DateOnly))}
		for _, f := range guest.Offered(r.Batch.Noun, v.protection()) {
			if value := r.Get(f); value != "" {
				code := r.Entry + "." + f.String()
				part.Fields = append(part.Fields, referChoice{code, "people.column." + f.String(), v.cell(f.String(), value), chosen(code)})
			}
		}
		if len(part.Fields) > 0 {
			body.Records = append(body.Records, part)
		}
	}
	body.Views = heldViews(whole, chosen)
	today := v.s.Now().UTC()
	body.Until, body.Latest = today.AddDate(0, 0, soon).Format(time.DateOnly), today.AddDate(0, 0, int(guest.Longest/(24*time.Hour))-1).Format(time.DateOnly)
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body.Offices = nil
		all, err := office.Units(tx)
		for _, u := range all {
			if u.Kind == office.Guest && u.Closed.IsZero() {
				body.Offices = append(body.Offices, u)
			}
		}
		return err
	})
	return body, err
}

// heldViews are the views that can be told of the person: those that officers here hold.
func heldViews(whole status.Whole, chosen func(code string) bool) (out []referChoice) {
	for _, code := range guest.Views() {
		for _, r := range whole.Restricted {
			if slices.Contains(strings.Split(r.Value.String(), "+"), code) {
				out = append(out, referChoice{Code: code, Key: "enquiry.view." + code, Chosen: chosen(code)})
				break
			}
		}
	}
	return out
}

func (v *visit) referForm() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	names := []string{registry.FullName.String(), registry.GivenName.String(), registry.Surname.String()}
	body, err := v.referring(entry, func(code string) bool { // the name alone; the officer chooses the rest
		of, column, _ := strings.Cut(code, ".")
		return of == entry && slices.Contains(names, column)
	})
	if err != nil {
		return err
	}
	return v.show("people_refer", "referred.refer", body)
}

func (v *visit) refer() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	if err := v.r.ParseForm(); err != nil {
		return errForm
	}
	fields, views := v.r.PostForm["field"], v.r.PostForm["view"]
	body, err := v.referring(entry, func(code string) bool { return slices.Contains(fields, code) || slices.Contains(views, code) })
	if err != nil {
		return err
	}
	body.Office, body.Purpose, body.Basis, body.Ground, body.Reason, body.Until = v.form("office"), v.form("for"), v.form("basis"), v.form("ground"), v.form("reason"), v.form("until")
	r := guest.Referral{Office: body.Office, Purpose: body.Purpose, Basis: body.Basis, Ground: body.Ground, Reason: body.Reason, View: views}
	if day, err := time.Parse(time.DateOnly, body.Until); err == nil {
		r.Until = day.AddDate(0, 0, 1) // the day is included
	}
	for _, f := range fields {
		of, column, _ := strings.Cut(f, ".")
		r.Fields = append(r.Fields, guest.Field{Entry: of, Column: column})
	}
	id, waits, err := v.handOver(v.ctx(), entry, r)
	switch {
	case errors.Is(err, guest.ErrReferral):
		body.Wrong, body.Says = "referred.wrong", strings.TrimPrefix(err.Error(), guest.ErrReferral.Error()+": ")
		return v.showAs(http.StatusUnprocessableEntity, "people_refer", "referred.refer", body)
	case errors.Is(err, courier.ErrNoContact):
		body.Wrong = "referred.no_contact"
		return v.showAs(http.StatusConflict, "people_refer", "referred.refer", body)
	case err != nil:
		return err
	case waits:
		v.tell("referred.waits_told")
	default:
		v.tell("referred.told")
	}
	return v.to("/referred/sent/" + id)
}

// linesPage is a list of referrals.
type linesPage struct{ Lines []guest.Line }

func (v *visit) sentReferrals() error {
	lines, err := v.s.Guests.Sent(v.ctx())
	if err != nil {
		return err
	}
	return v.show("referred_sent", "desk.sent", linesPage{lines})
}

func (v *visit) referred() error {
	lines, err := v.s.Guests.List(v.ctx(), v.referrer())
	if err != nil {
		return err
	}
	return v.show("referred", "desk.referred", linesPage{lines})
}

// handed are the referrals of the home page: what goes on in the visitor's guest office, or else what waits for another officer.
func (v *visit) handed() (out []guest.Line, err error) {
	states := []string{guest.Open, guest.Accepted}
	all, err := v.s.Guests.List(v.ctx(), v.referrer())
	if !v.who.May(account.SeeReferred) && err == nil {
		states = []string{guest.Waiting}
		all, err = v.s.Guests.Sent(v.ctx())
	}
	for _, l := range all {
		if slices.Contains(states, l.State) && l.Officer != v.who.ID && len(out) < someLines {
			out = append(out, l)
		}
	}
	return out, err
}

// referredPage is one referral.
type referredPage struct {
	guest.View
	Facts []referRecord
	Views []referChoice
	Mine  bool // the visitor has referred the person
	Goes  bool // it can be withdrawn

	Typed string // of an answer
	Wrong string // key of what is wrong
}

// referralID is the referral that the address names.
func (v *visit) referralID() (string, error) {
	id := v.r.PathValue("id")
	if !store.IsID(id) {
		return "", errNoPage
	}
	return id, nil
}

// pageOf puts the values of a referral together by records.
func (v *visit) pageOf(x guest.View) referredPage {
	body := referredPage{View: x, Mine: x.Officer == v.who.ID, Goes: slices.Contains([]string{guest.Waiting, guest.Open, guest.Accepted}, x.State)}
	last := 0
	for _, f := range x.Values {
		if f.Record != last {
			last = f.Record
			body.Facts = append(body.Facts, referRecord{Noun: f.Noun, Loaded: v.cat.Date(f.Loaded)})
		}
		part := &body.Facts[len(body.Facts)-1]
		part.Fields = append(part.Fields, referChoice{Key: "people.column." + f.Column, Value: v.cell(f.Column, f.Value)})
	}
	for _, code := range x.Protection {
		body.Views = append(body.Views, referChoice{Key: "enquiry.view." + code})
	}
	return body
}

func (v *visit) sentOne() error {
	id, err := v.referralID()
	if err != nil {
		return err
	}
	x, err := v.Referral(v.ctx(), id)
	if err != nil {
		return err
	}
	return v.show("referred_sent_one", "referred.one", v.pageOf(x))
}

func (v *visit) agree() error {
	id, err := v.referralID()
	if err != nil {
		return err
	}
	if err := v.AgreeToReferral(v.ctx(), id); err != nil {
		return err
	}
	v.tell("referred.agreed_told")
	return v.to("/referred/sent/" + id)
}

func (v *visit) withdrawReferral() error {
	id, err := v.referralID()
	if err != nil {
		return err
	}
	if err := v.WithdrawReferral(v.ctx(), id); err != nil {
		return err
	}
	v.tell("referred.withdrawn_told")
	return v.to("/referred/sent")
}

func (v *visit) referredOne() error { return v.showReferred(http.StatusOK, "", "") }

func (v *visit) showReferred(code int, typed, wrong string) error {
	id, err := v.referralID()
	if err != nil {
		return err
	}
	if err := v.s.opened.add(v.who.ID, v.s.Now()); err != nil {
		return err
	}
	x, err := v.s.Guests.Open(v.ctx(), id, v.referrer())
	if err != nil {
		return err
	}
	body := v.pageOf(x)
	body.Typed, body.Wrong = typed, wrong
	return v.showAs(code, "referred_one", "referred.one", body)
}

func (v *visit) answerReferral() error {
	id, err := v.referralID()
	if err != nil {
		return err
	}
	state, text := v.form("do"), v.form("answer")
	err = v.s.Guests.Answer(v.ctx(), id, state, text, v.referrer())
	switch {
	case errors.Is(err, guest.ErrAnswer):
		return v.showReferred(http.StatusUnprocessableEntity, text, "referred.answer_wrong")
	case err != nil:
		return err
	}
	v.tell("referred.answered_told." + state)
	if state == guest.Accepted {
		return v.to("/referred/" + id)
	}
	return v.to("/referred")
}
