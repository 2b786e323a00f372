package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/web/report"
)

// enquiryPages ask the partner and answer it: lists, one conversation, the answer, and a new question.
func (s *Server) enquiryPages() []page {
	list := func(box string) func(v *visit) error { return func(v *visit) error { return v.enquiries(box) } }
	return []page{
		{method: "GET", path: "/enquiries", right: account.SeeEnquiries, do: list(enquiry.Inbox)},
		{method: "GET", path: "/enquiries/sent", right: account.SeeEnquiries, do: list(enquiry.Outbox)},
		{method: "GET", path: "/enquiries/alerts", right: account.SeeEnquiries, do: list(enquiry.Alerts)},
		{method: "GET", path: "/enquiries/referrals", right: account.SeeEnquiries, do: list(enquiry.Referrals)},
		{method: "GET", path: "/enquiries/protected", right: account.SeeProtection, do: list(enquiry.Protected)},
		{method: "GET", path: "/enquiries/new", right: account.Ask, people: true, do: (*visit).newEnquiry},
		{method: "POST", path: "/enquiries/new", right: account.Ask, people: true, do: (*visit).ask},
		{method: "GET", path: "/enquiries/{cid}", right: account.Answer, people: true, do: (*visit).showEnquiry},
		{method: "POST", path: "/enquiries/{cid}/answer", right: account.Answer, people: true, do: (*visit).answerEnquiry},
		{method: "POST", path: "/enquiries/{cid}/want", right: account.Ask, people: true, do: (*visit).wantMore},
		{method: "POST", path: "/enquiries/{cid}/withdraw", right: account.Ask, people: true, do: (*visit).withdraw},
	}
}

// enquiriesPage is a list of conversations.
type enquiriesPage struct {
	Box   string
	Boxes []box
	Lines []enquiry.Line
	Most  int
}

// A box is a list of conversations that there is.
type box struct{ Path, Key string }

// mostLines is how many conversations a list has.
const mostLines = 200

func (v *visit) enquiries(name string) error {
	lines, err := v.s.Enquiries.List(v.ctx(), name, mostLines, v.officer())
	if err != nil {
		return err
	}
	body := enquiriesPage{Box: name, Lines: lines, Most: mostLines, Boxes: []box{
		{"/enquiries", "enquiry.box_inbox"}, {"/enquiries/sent", "enquiry.box_outbox"}, {"/enquiries/alerts", "enquiry.box_alerts"}, {"/enquiries/referrals", "enquiry.box_referrals"},
	}}
	if v.protection() {
		body.Boxes = append(body.Boxes, box{"/enquiries/protected", "enquiry.box_protected"})
	}
	return v.show("enquiries", "desk.enquiries", body)
}

// enquiryPage is one conversation.
type enquiryPage struct {
	Enquiry
	Asked      []told
	Candidates []candidate
	Reasons    []string
}

// told is a member of a letter, by its name.
type told struct{ Name, Value string }

// candidate is a person whom it may be about, beside what was asked.
type candidate struct {
	enquiry.Candidate
	Rows []beside
	Free []enquiry.Field // that can be released
	Kept []enquiry.Field // that cannot, and why
}

// beside is a member as it was asked and as the register has it, with the letters marked that differ.
type beside struct {
	Name        string
	Asked, Here []report.Run
}

// besideOf marks the letters by which two values of a member differ, where both are there.
func besideOf(name, asked, here string) beside {
	if asked == "" || here == "" {
		return beside{name, whole(asked), whole(here)}
	}
	b := beside{Name: name}
	b.Asked, b.Here = report.Diff(asked, here)
	return b
}

func whole(s string) []report.Run {
	if s == "" {
		return nil
	}
	return []report.Run{{Text: s}}
}

// toldOf are the members of a description, in an order that people read.
func toldOf(who map[string]string) (out []told) {
	order := []string{"full_name", "given_name", "surname", "sex", "birth_date", "birth_place", "nationality", "passport_no", "national_id", "permit_no"}
	for _, name := range order {
		if who[name] != "" {
			out = append(out, told{name, who[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(who)) {
		if !slices.Contains(order, name) && who[name] != "" {
			out = append(out, told{name, who[name]})
		}
	}
	return out
}

func (v *visit) showEnquiry() error {
	cid := v.r.PathValue("cid")
	if !store.IsID(cid) {
		return errNoPage
	}
	body, err := v.enquiry(cid)
	if err != nil {
		return err
	}
	return v.show("enquiry", "enquiry.title", body)
}

// enquiry is what the page of a conversation shows. The desk writes the event of the view before.
func (v *visit) enquiry(cid string) (body enquiryPage, err error) {
	c, err := v.Enquiry(v.ctx(), cid)
	if err != nil {
		return body, err
	}
	body = enquiryPage{Enquiry: c, Asked: toldOf(c.Person), Reasons: enquiry.Declines()}
	view := c.View
	for _, c := range view.Candidates {
		one := candidate{Candidate: c}
		for _, t := range toldOf(c.Values) {
			here := v.value(t.Name, t.Value)
			one.Rows = append(one.Rows, besideOf(t.Name, view.Person[t.Name], cmp.Or(here.Words, here.Code)))
		}
		for _, f := range c.Fields {
			if f.Withheld == "" {
				one.Free = append(one.Free, f)
			} else {
				one.Kept = append(one.Kept, f)
			}
		}
		body.Candidates = append(body.Candidates, one)
	}
	return body, nil
}

// surePage is what leaves, for the officer to look at before it does.
type surePage struct {
	enquiry.View
	Decision enquiry.Decision
	Leaves   []told
	Who      string
}

// answerEnquiry ends a conversation. It is shown what leaves before, unless the officer has seen it.
func (v *visit) answerEnquiry() error {
	cid := v.r.PathValue("cid")
	if !store.IsID(cid) {
		return errNoPage
	}
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	what := enquiry.Decision{Record: v.form("record"), Release: v.r.PostForm["release"], Nothing: v.form("nothing") != "", Value: v.form("value"), Reason: v.form("reason")}
	if what.Record != "" && !store.IsID(what.Record) {
		return errForm
	}
	if what.Value != "declined" {
		what.Reason = ""
	}
	page, err := v.sure(cid, what)
	if err != nil {
		return err
	}
	if v.form("sure") == "" {
		return v.show("enquiry_sure", "enquiry.sure", page)
	}
	o, err := v.s.Enquiries.Answer(v.ctx(), cid, what, v.officer())
	if err != nil {
		return err
	}
	switch {
	case o.Review:
		v.tell("enquiry.review_told")
	case o.Type == "release":
		v.tell("enquiry.released_told")
	case o.Type == "":
		v.tell("enquiry.noted_told")
	default:
		v.tell("enquiry.answered_told")
	}
	return v.to("/enquiries")
}

// sure is what would leave: of nobody but whom the page has shown.
func (v *visit) sure(cid string, what enquiry.Decision) (page surePage, err error) {
	body, err := v.enquiry(cid)
	if err != nil {
		return page, err
	}
	who, leaves, err := body.answerable(what)
	page = surePage{View: body.View, Decision: what, Who: who}
	for _, f := range leaves {
		page.Leaves = append(page.Leaves, told{f.Name, f.Value})
	}
	return page, err
}

func (v *visit) wantMore() error {
	cid := v.r.PathValue("cid")
	if !store.IsID(cid) {
		return errNoPage
	}
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	if _, err := v.s.Enquiries.Want(v.ctx(), cid, v.r.PostForm["release"], v.officer()); err != nil {
		return err
	}
	v.tell("enquiry.wanted_told")
	return v.to("/enquiries/" + cid)
}

func (v *visit) withdraw() error {
	cid := v.r.PathValue("cid")
	if !store.IsID(cid) {
		return errNoPage
	}
	if err := v.s.Enquiries.Withdraw(v.ctx(), cid, v.officer()); err != nil {
		return err
	}
	v.tell("enquiry.withdrawn_told")
	return v.to("/enquiries/sent")
}

// askPage is the form of a question.
type askPage struct {
	Peers    []courier.Peer // where there are several
	Peer     string
	Subject  string
	Purposes []enquiry.Purpose
	Purpose  *enquiry.Purpose // chosen; nil: to be chosen first
	Members  []string         // that may be told of a person
	Document bool
	Typed    map[string]string
	Wanted   []string
	Needs    []string
	Views    []string
	Wrong    string // key of what is wrong
	Says     string // and what the desk says of it, in English
	// Draft is what would leave, for the officer to look at; nil before.
	Draft  *enquiry.Asked
	Leaves []told
}

// members are those by which a person can be described.
var members = []string{"full_name", "given_name", "surname", "sex", "birth_date", "birth_place", "nationality", "passport_no", "national_id", "permit_no"}

// asking is the form of a question to a peer, and the purposes there are; the record that it is asked from fills it.
func (v *visit) asking(peer, purpose, subject string) (body askPage, err error) {
	body = askPage{Typed: map[string]string{}, Peer: peer, Subject: subject}
	record, err := v.subject(v.ctx(), subject)
	if err != nil {
		return body, err
	}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		peers, err := courier.Peers(tx)
		if err != nil {
			return err
		}
		body.Peers = nil
		for _, p := range peers {
			if p.State == courier.Active {
				body.Peers = append(body.Peers, p)
			}
		}
		return nil
	}); err != nil {
		return body, err
	}
	if body.Peer == "" && len(body.Peers) == 1 {
		body.Peer = body.Peers[0].Country
	}
	if !slices.ContainsFunc(body.Peers, func(p courier.Peer) bool { return p.Country == body.Peer }) {
		body.Peer = ""
		return body, nil // it says that there is none, or lets one be chosen
	}
	body.Purposes, err = v.s.Enquiries.Purposes(v.ctx(), body.Peer)
	if errors.Is(err, enquiry.ErrQuestion) {
		return body, nil
	}
	if err != nil {
		return body, err
	}
	i := slices.IndexFunc(body.Purposes, func(p enquiry.Purpose) bool { return p.Article+"/"+p.Code == purpose })
	if i < 0 {
		return body, nil
	}
	p := body.Purposes[i]
	body.Purpose = &p
	for _, m := range members {
		if slices.Contains(p.Keys, m) || (p.Type == "alert" || p.Type == "referral") && slices.Contains(p.Fields, m) {
			body.Members = append(body.Members, m)
		}
	}
	body.Document = p.Type == "document-verification"
	body.Needs, body.Views = enquiry.Wants()
	if !v.protection() || !slices.Contains(p.Fields, "protection_view") {
		body.Views = nil
	}
	if record != nil {
		// That somebody looks at the record is an event of its own: it fills a form.
		if err := v.event(v.ctx(), "enquiry-form", v.purpose(), []string{subject}, nil); err != nil {
			return body, err
		}
		maps.Copy(body.Typed, record.Describe())
	}
	return body, nil
}

func (v *visit) newEnquiry() error {
	q := v.r.URL.Query()
	body, err := v.asking(q.Get("peer"), q.Get("purpose"), q.Get("subject"))
	if err != nil {
		return err
	}
	return v.show("enquiry_new", "enquiry.new", body)
}

// ask sends a question, after the officer has seen what leaves.
func (v *visit) ask() error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	body, err := v.asking(v.form("peer"), v.form("for"), v.form("subject"))
	if err != nil {
		return err
	}
	if body.Purpose == nil {
		return errForm
	}
	p := body.Purpose
	q := enquiry.Question{
		Peer: body.Peer, Purpose: p.Article + "/" + p.Code, Clock: v.form("clock"), Handling: v.form("handling"), Grading: strings.ToUpper(v.form("grading")),
		Person: map[string]string{}, Document: map[string]string{}, Case: v.form("case"), Subject: body.Subject,
	}
	clear(body.Typed)
	for name := range v.r.PostForm {
		body.Typed[name] = v.form(name)
	}
	for _, m := range members {
		if value := v.form(m); value != "" {
			q.Person[m] = value
		}
	}
	for form, member := range map[string]string{"document_kind": "kind", "document_issuer": "issuer", "document_number": "number"} {
		if value := v.form(form); value != "" && body.Document {
			q.Document[member] = value
		}
	}
	switch p.Type {
	case "enquiry":
		q.Release = v.r.PostForm["release"]
	case "welfare-check":
		q.Concern = v.form("concern")
	case "alert":
		q.Alert = enquiry.Alert{Kind: v.form("alert"), Action: v.form("action"), Summary: v.form("summary"), Expires: v.form("expires_on")}
	case "referral":
		q.Referral = enquiry.Referral{Needs: v.r.PostForm["needs"], View: v.r.PostForm["view"], Summary: v.form("summary"),
			Basis: enquiry.Basis{Kind: v.form("basis"), Text: v.form("basis_text")}}
	}
	body.Wanted = slices.Concat(v.r.PostForm["release"], v.r.PostForm["needs"], v.r.PostForm["view"])
	again := func(err error) error {
		code, key, says, known := problem(err)
		if !known || code != http.StatusUnprocessableEntity {
			return err
		}
		body.Wrong, body.Says = key, says
		return v.showAs(code, "enquiry_new", "enquiry.new", body)
	}
	if v.form("sure") == "" {
		a, payload, err := v.s.Enquiries.Draft(v.ctx(), q, v.officer())
		if err != nil {
			return again(err)
		}
		body.Draft, body.Leaves = &a, leaves(payload)
		return v.show("enquiry_new", "enquiry.sure", body)
	}
	if _, err := v.s.Enquiries.Ask(v.ctx(), q, v.officer()); err != nil {
		return again(err)
	}
	v.tell("enquiry.asked_told")
	return v.to("/enquiries/sent")
}

// leaves is everything that a letter says, member by member.
func leaves(payload json.RawMessage) (out []told) {
	var all map[string]any
	if json.Unmarshal(payload, &all) != nil {
		return nil
	}
	var walk func(name string, value any)
	walk = func(name string, value any) {
		switch x := value.(type) {
		case map[string]any:
			for _, m := range slices.Sorted(maps.Keys(x)) {
				below := m
				if name == "document" || name == "basis" {
					below = name + "_" + m
				}
				walk(below, x[m])
			}
		case []any:
			var words []string
			for _, e := range x {
				if s, ok := e.(string); ok {
					words = append(words, s)
				}
			}
			out = append(out, told{name, strings.Join(words, ", ")})
		case string:
			out = append(out, told{name, x})
		}
	}
	walk("", all)
	return out
}

// Left is how long a clock still runs, in words: hours, or days.
func (v view) Left(due time.Time) string {
	left := due.Sub(v.s.Now())
	switch {
	case left <= 0:
		return v.T("enquiry.over")
	case left < time.Hour:
		return v.T("enquiry.minutes", "n", int(left/time.Minute)+1)
	case left < 48*time.Hour:
		return v.T("enquiry.hours", "n", int(left/time.Hour))
	}
	return v.T("enquiry.days", "n", int(left/(24*time.Hour)))
}

// Field is a member of a letter in words.
func (v view) Field(name string) string {
	if v.Has("people.column." + name) {
		return v.T("people.column." + name)
	}
	return v.Code("partner.field", name)
}

// fieldValue is the value of a field: as it is written in letters and, of an axis, in the reader's words too.
type fieldValue struct{ Code, Words string }

func (v *visit) value(field, value string) fieldValue {
	pack, err := rules.Status(v.today().String())
	if err != nil {
		return fieldValue{Code: value}
	}
	var words []string
	for one := range strings.SplitSeq(value, "+") {
		word := valueName(pack, v.lang(), rules.Axis(field), one)
		if word == "" {
			return fieldValue{Code: value}
		}
		words = append(words, word)
	}
	return fieldValue{value, strings.Join(words, " + ")}
}

// Value is value, for templates.
func (v view) Value(field, value string) fieldValue { return v.value(field, value) }

// Bits is a weight as it is read.
func (v view) Bits(x float64) string { return v.cat.Signed(x, 1) }

// Is reports whether a list has a name.
func (v view) Is(list []string, name string) bool { return slices.Contains(list, name) }

// Agreed is the text of a purpose in the reader's language, or in English where the agreement has none.
func (v view) Agreed(p agreement.Purpose) string {
	if text := p.Text[v.cat.Lang]; text != "" {
		return text
	}
	return p.Text["en"]
}

// Clocks are those of a purpose that a question can have, the slowest first.
func (v view) Clocks(p agreement.Purpose) []agreement.Clock {
	out := slices.DeleteFunc(slices.Clone(p.Clocks), func(c agreement.Clock) bool { return c.Class == "release" })
	slices.SortStableFunc(out, func(a, b agreement.Clock) int { return b.Hours - a.Hours })
	return out
}

// Documents are the kinds of documents that can be verified.
func (v view) Documents() []string {
	return []string{"passport", "national_id", "work_permit", "visa", "travel_document"}
}

// Alerts, Actions and Bases are what the fields of a purpose let be told.
func (v view) Alerts(fields []string) []string  { return after(fields, "alert_") }
func (v view) Actions(fields []string) []string { return after(fields, "action_") }
func (v view) Bases(fields []string) []string {
	return slices.DeleteFunc([]string{"consent", "legal_duty"}, func(b string) bool { return !slices.Contains(fields, b) })
}

// after are the ends of names that begin alike.
func after(names []string, prefix string) (out []string) {
	for _, n := range names {
		if rest, ok := strings.CutPrefix(n, prefix); ok {
			out = append(out, rest)
		}
	}
	return out
}
