package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/node"
	"mitra/store"
)

type enquiryCmd struct {
	Ask      enquiryAskCmd      `cmd:"" help:"Ask a peer about one person or document, tell it of an alert, or refer somebody to it."`
	Inbox    enquiryInboxCmd    `cmd:"" help:"What waits for an officer here, or what this node has asked."`
	Show     enquiryShowCmd     `cmd:"" help:"One enquiry, whom it may be about, and what may be released."`
	Want     enquiryWantCmd     `cmd:"" help:"Want more of the person of an enquiry of this node."`
	Withdraw enquiryWithdrawCmd `cmd:"" help:"No longer ask what this node has asked."`
	Answer   enquiryAnswerCmd   `cmd:"" help:"End an enquiry: release fields by their names, or nothing."`
}

// enquiries is the desk of an open node. With people it also answers.
func (e *env) enquiries(n *node.Node, people *search.Finder) (*enquiry.Desk, error) {
	c, err := courierOf(e, n)
	if err != nil {
		return nil, err
	}
	d := n.Enquiries(c, people, slog.New(slog.NewTextHandler(e.errw, nil)))
	d.Wake = func() { e.wakeServed(n) }
	return d, nil
}

// wakeServed has the process that serves the node look at its outbox now.
func (e *env) wakeServed(n *node.Node) {
	running, served := n.Home.Running()
	if !served {
		return
	}
	if res, err := http.Post(running.Metrics+"/wake", "", nil); err == nil {
		res.Body.Close()
	}
}

func (e *env) officer() enquiry.Officer { return enquiry.Officer{Name: e.g.As, Office: office} }

type enquiryAskCmd struct {
	Purpose string   `required:"" help:"Why, as the agreement calls it, such as stay." placeholder:"PURPOSE"`
	Peer    string   `help:"Its country or node name; can be left out where there is one peer." placeholder:"PEER"`
	Clock   string   `help:"How urgent it is, such as normal or urgent (default: the slowest clock of the purpose)." placeholder:"CLASS"`
	Release []string `help:"What is wanted if the person is found, such as stay,stay_until." placeholder:"FIELD,…"`
	Case    string   `help:"The number of the national case; it does not leave, and auditors can prove it later." placeholder:"CASE"`

	Report   string `help:"Ask about the person of a report of this node, by the report's id." placeholder:"ID" xor:"subject"`
	Resident string `help:"Ask about a resident, or refer one, by the resident's id." placeholder:"ID" xor:"subject"`
	Person   string `type:"file" help:"A file with who is asked about: one JSON object; - reads it from standard input." placeholder:"FILE"`

	FullName    string `help:"Who is asked about." placeholder:"NAME"`
	GivenName   string `placeholder:"NAME" help:"The given name."`
	Surname     string `placeholder:"NAME" help:"The family name."`
	BirthDate   string `placeholder:"DATE" help:"Date of birth (yyyy-mm-dd), or as much of it as is known."`
	BirthPlace  string `placeholder:"PLACE" help:"Place of birth."`
	Nationality string `placeholder:"CODE" help:"Three letters, such as IDN."`
	PassportNo  string `placeholder:"NUMBER" help:"Number of the passport."`

	DocumentKind   string `placeholder:"KIND" help:"Of a document that is to be verified: passport, national_id, work_permit, visa or travel_document."`
	DocumentIssuer string `placeholder:"CODE" help:"The state that issued it, three letters."`
	DocumentNumber string `placeholder:"NUMBER" help:"Its number."`
	Concern        string `placeholder:"TEXT" help:"Of a welfare check: why somebody is feared for."`

	Alert     string `placeholder:"KIND" help:"Of an alert: missing, document, suspect, or pattern, which is about nobody."`
	Action    string `placeholder:"ACTION" help:"What it asks for: inform_sender, verify_document or check_identity."`
	Summary   string `placeholder:"TEXT" help:"Of a pattern: how people are recruited, or by which route. Of a referral, where the purpose lets it be told: what else matters."`
	ExpiresOn string `placeholder:"DATE" help:"The last day on which it holds (default: as long as the purpose lets it be kept)."`

	Needs     []string `placeholder:"NEED,…" help:"Of a referral: what the person needs, such as return,medical."`
	Consent   string   `placeholder:"TEXT" help:"Of a referral: how the person has consented, and to what." xor:"basis"`
	LegalDuty string   `placeholder:"TEXT" help:"Of a referral without consent: the law by which it has to be told." xor:"basis"`
	View      []string `placeholder:"VIEW,…" help:"Of a referral: what officers here hold the person to be on the axis of protection, each by its name, such as possible_victim."`

	Handling string `placeholder:"CODE" help:"Handling code H0 to H3 (default: the purpose's first)."`
	Grading  string `placeholder:"GRADE" help:"Source and information, such as B2, where the purpose wants it."`
}

// Help stands under mitra enquiry ask --help.
func (enquiryAskCmd) Help() string {
	return `Such as

    mitra enquiry ask --purpose stay --report R-2024-0017 --release stay,stay_until
    mitra enquiry ask --purpose stay --full-name "Sri Wahyuni" --birth-date 1994-05-17 --passport-no B1234567
    mitra enquiry ask --purpose referral --resident KH-2024-00017 --needs return,medical --consent "in writing, for return with an escort"
    mitra enquiry ask --purpose pattern-alert --alert pattern --action inform_sender --summary "adverts for customer service, by ferry"

Only what the purpose lets be told leaves the node, and the answer says what was left out. The least that identifies one person is the number of a document, or a name and a year of birth.

What is typed after the command can be seen by others on the same machine while it runs; --report and --person keep it out of sight.

Nobody is referred who has not consented, unless a law has it told. A view on protection is not told by itself: --view names each, and only what officers here have recorded with person restrict can be named.

The peer's node answers an enquiry no-hit or pending after some seconds. no-hit proves nothing: a person may be there under another name, or may not be told of.`
}

func (c *enquiryAskCmd) question(e *env, n *node.Node) (q enquiry.Question, err error) {
	q = enquiry.Question{
		Peer: c.Peer, Purpose: c.Purpose, Clock: c.Clock, Handling: c.Handling, Grading: c.Grading, Concern: c.Concern, Release: c.Release, Case: c.Case,
		Alert:    enquiry.Alert{Kind: c.Alert, Action: c.Action, Summary: c.Summary, Expires: c.ExpiresOn},
		Referral: enquiry.Referral{Needs: c.Needs, View: c.View},
		Person:   map[string]string{}, Document: map[string]string{},
	}
	switch {
	case c.Consent != "":
		q.Referral.Basis = enquiry.Basis{Kind: "consent", Text: c.Consent}
	case c.LegalDuty != "":
		q.Referral.Basis = enquiry.Basis{Kind: "legal_duty", Text: c.LegalDuty}
	}
	if c.Alert == "" { // whose it is
		q.Referral.Summary, q.Alert.Summary = c.Summary, ""
	}
	if q.Peer == "" {
		if q.Peer, err = n.OnlyPeer(e.ctx); err != nil {
			return q, err
		}
	}
	if c.Report != "" || c.Resident != "" {
		noun, id := registry.Reports, c.Report
		if c.Resident != "" {
			noun, id = registry.Residents, c.Resident
		}
		r, err := n.RecordOf(e.ctx, noun, id)
		if err != nil {
			return q, err
		}
		q.Subject, q.Person = r.Entry, r.Describe()
	}
	if c.Person != "" {
		in := e.in
		if c.Person != "-" {
			f, err := os.Open(c.Person)
			if err != nil {
				return q, err
			}
			defer f.Close()
			in = f
		}
		var given map[string]string
		if err := json.NewDecoder(io.LimitReader(in, 1<<16)).Decode(&given); err != nil {
			return q, unusable("bad_person", `such as {"full_name":"Sri Wahyuni","birth_date":"1994-05-17"}`, "--person: want one JSON object of texts")
		}
		maps.Copy(q.Person, given)
	}
	for name, v := range map[string]string{
		"full_name": c.FullName, "given_name": c.GivenName, "surname": c.Surname, "birth_date": c.BirthDate, "birth_place": c.BirthPlace,
		"nationality": c.Nationality, "passport_no": c.PassportNo,
	} {
		if v != "" {
			q.Person[name] = v
		}
	}
	for name, v := range map[string]string{"kind": c.DocumentKind, "issuer": c.DocumentIssuer, "number": c.DocumentNumber} {
		if v != "" {
			q.Document[name] = v
		}
	}
	return q, nil
}

func (c *enquiryAskCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		q, err := c.question(e, n)
		if err != nil {
			return err
		}
		d, err := e.enquiries(n, nil)
		if err != nil {
			return err
		}
		a, err := d.Ask(e.ctx, q, e.officer())
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(a, func(w io.Writer) {
			switch {
			case len(c.Needs) > 0:
				fmt.Fprintf(w, "referred: %s\n", a.Conversation)
				fmt.Fprintf(w, "  purpose %s/%s, clock %s, to be accepted or declined by %s\n", a.Article, a.Purpose, a.Clock, local(a.Due))
				fmt.Fprintf(w, "  told of protection: %s\n", orNothing(c.View))
			case c.Alert != "":
				fmt.Fprintf(w, "told: %s\n", a.Conversation)
				fmt.Fprintf(w, "  purpose %s/%s; no letter answers an alert\n", a.Article, a.Purpose)
			default:
				fmt.Fprintf(w, "asked: %s\n", a.Conversation)
				fmt.Fprintf(w, "  purpose %s/%s, clock %s, to be answered by %s\n", a.Article, a.Purpose, a.Clock, local(a.Due))
			}
			if c.Alert == "" || len(a.Sent) > 0 {
				fmt.Fprintf(w, "  told of the person: %s\n", orNothing(a.Sent))
			}
			if len(a.Withheld) > 0 {
				fmt.Fprintf(w, "  kept here, because the purpose does not let it be told: %s\n", strings.Join(a.Withheld, ", "))
			}
			if _, served := n.Home.Running(); !served {
				fmt.Fprintf(w, "  it leaves when %s serve runs\n", e.self())
			}
		})
	})
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04 MST") }

type enquiryInboxCmd struct {
	Sent      bool `help:"What this node has asked." xor:"box"`
	Alerts    bool `help:"Alerts of peers that are in force." xor:"box"`
	Referrals bool `help:"Referrals, of this node and of peers, of which nobody has said that they are done." xor:"box"`
	Protected bool `help:"Questions about people who are restricted; for those who may see protection." xor:"box"`
	Most      int  `default:"100" help:"How many at most."`
}

func (c *enquiryInboxCmd) Run(e *env) error {
	if c.Most < 1 || c.Most > 100_000 {
		return unusable("usage", "such as --most 20", "want --most from 1 to 100000")
	}
	return e.with(func(n *node.Node) error {
		d, err := e.enquiries(n, nil)
		if err != nil {
			return err
		}
		box := enquiry.Inbox
		switch {
		case c.Sent:
			box = enquiry.Outbox
		case c.Alerts:
			box = enquiry.Alerts
		case c.Referrals:
			box = enquiry.Referrals
		case c.Protected:
			box = enquiry.Protected
		}
		lines, err := d.List(e.ctx, box, c.Most, e.officer())
		if err != nil {
			return err
		}
		return e.answer(struct {
			Enquiries []enquiry.Line `json:"enquiries"`
			Synthetic bool           `json:"synthetic"`
		}{lines, n.Config.Synthetic}, func(w io.Writer) {
			for _, l := range lines {
				fmt.Fprintf(w, "%s  %s %s, clock %s: %s\n", l.Conversation, countryOf(l.Peer), l.Purpose, l.Clock, stateOf(l))
			}
			if len(lines) == 0 {
				fmt.Fprintln(w, map[string]string{enquiry.Inbox: "Nothing waits.", enquiry.Outbox: "Nothing has been asked.", enquiry.Alerts: "No alert is in force.", enquiry.Referrals: "No referral is under way.", enquiry.Protected: "None."}[box])
			}
		})
	})
}

// countryOf is the country in a node's name.
func countryOf(peer string) string {
	parts := strings.Split(peer, "/")
	if len(parts) != 3 {
		return peer
	}
	return parts[1]
}

func stateOf(l enquiry.Line) string {
	late := ""
	if l.Late {
		late = ", LATE"
	}
	switch {
	case !l.Ended.IsZero():
		return fmt.Sprintf("%s on %s%s", l.Ending, local(l.Ended), late)
	case l.State == "asked":
		return fmt.Sprintf("asked, due %s%s", local(l.Due), late)
	}
	return fmt.Sprintf("%s, due %s%s", l.State, local(l.Due), late)
}

type enquiryShowCmd struct {
	Conversation string `arg:"" name:"CID" help:"The enquiry, as enquiry inbox lists it."`
}

func (c *enquiryShowCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		people, err := e.people(n)
		if err != nil {
			return err
		}
		d, err := e.enquiries(n, people)
		if err != nil {
			return err
		}
		v, err := d.Show(e.ctx, c.Conversation, e.officer())
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(struct {
			enquiry.View
			Synthetic bool `json:"synthetic"`
		}{v, n.Config.Synthetic}, func(w io.Writer) { printEnquiry(w, v, n.Config.Synthetic) })
	})
}

func printEnquiry(w io.Writer, v enquiry.View, synthetic bool) {
	if synthetic {
		fmt.Fprint(w, "SYNTHETIC: these people are made up.\n\n")
	}
	from := countryOf(v.Peer) + " asks"
	switch {
	case v.Ours && v.Type == "alert":
		from = "told to " + countryOf(v.Peer)
	case v.Ours && v.Type == "referral":
		from = "referred to " + countryOf(v.Peer)
	case v.Ours:
		from = "asked of " + countryOf(v.Peer)
	case v.Type == "alert":
		from = countryOf(v.Peer) + " tells"
	case v.Type == "referral":
		from = countryOf(v.Peer) + " refers"
	}
	fmt.Fprintf(w, "%s\n%s: %s/%s (%s), clock %s: %s\n", v.Conversation, from, v.Article, v.Purpose, v.Type, v.Clock, stateOf(v.Line))
	printPairs(w, "about", v.Person)
	printPairs(w, "document", v.Document)
	if v.Concern != "" {
		fmt.Fprintf(w, "concern: %s\n", v.Concern)
	}
	if x := v.Alert; x != nil {
		fmt.Fprintf(w, "alert: %s, holds until %s\nasks whoever meets the person or document: %s, which is no reason to refuse or to hold anybody\n",
			strings.ReplaceAll(x.Kind, "_", " "), x.Expires, strings.ReplaceAll(x.Action, "_", " "))
		if v.Grading != "" {
			fmt.Fprintf(w, "graded %s: source and information, as their sender sees them\n", v.Grading)
		}
		if x.Summary != "" {
			fmt.Fprintf(w, "summary: %s\n", x.Summary)
		}
	}
	if x := v.Referral; x != nil {
		fmt.Fprintf(w, "needs: %s\n", words(x.Needs))
		fmt.Fprintf(w, "told by %s: %s\n", words([]string{x.Basis.Kind}), x.Basis.Text)
		if len(x.View) > 0 {
			fmt.Fprintf(w, "held to be, in the sender's own words: %s\n", words(x.View))
		}
		if x.Contact != "" {
			fmt.Fprintf(w, "office to turn to: %s\n", x.Contact)
		}
		if x.Summary != "" {
			fmt.Fprintf(w, "summary: %s\n", x.Summary)
		}
	}
	if len(v.Wants) > 0 {
		fmt.Fprintf(w, "wanted: %s\n", strings.Join(v.Wants, ", "))
	}
	if v.Words != nil && v.Type == "referral" {
		printPairs(w, countryOf(v.Peer)+" has declined, letter "+v.Words.Letter, v.Words.Record)
	} else if v.Words != nil {
		fmt.Fprintf(w, "\n%s has released, in its own words, letter %s, office %s, officer %s, as of %s:\n", countryOf(v.Peer), v.Words.Letter, v.Words.Office, v.Words.Officer, orDash(v.Words.AsOf))
		printPairs(w, " ", v.Words.Record)
	}
	if v.Ours || !v.Ended.IsZero() && len(v.Candidates) == 0 && v.Ending != "accepted" {
		return
	}
	if len(v.Values) > 0 && (v.Ended.IsZero() || v.Ending == "accepted") {
		fmt.Fprintf(w, "answers: %s\n", strings.Join(v.Values, ", "))
	}
	if v.Type == "alert" && v.Person == nil {
		return
	}
	fmt.Fprintln(w)
	for i, p := range v.Candidates {
		fmt.Fprintf(w, "%d. %.4f  %s %s", i+1, p.Probability, p.Register, p.ID)
		fmt.Fprintf(w, "\n   record %s\n", p.Record)
		if p.Restricted {
			fmt.Fprintln(w, "   restricted here: no one is told without the right to see protection")
		}
		printPairs(w, "  ", p.Values)
		var because []string
		for _, r := range p.Because {
			because = append(because, fmt.Sprintf("%s %s %+.1f", strings.ReplaceAll(r.Comparison, "_", " "), r.Level, r.Bits))
		}
		fmt.Fprintf(w, "   because: %s\n", strings.Join(because, ", "))
		for _, f := range p.Fields {
			if f.Withheld != "" {
				fmt.Fprintf(w, "   %-14s withheld: %s\n", f.Name, enquiry.Withheld(f.Withheld))
			} else {
				fmt.Fprintf(w, "   %-14s can be released: %s\n", f.Name, f.Value)
			}
		}
	}
	if len(v.Candidates) == 0 {
		fmt.Fprintln(w, "Nobody in the registers is like that.")
	}
	fmt.Fprint(w, "\nA likeness proves nothing: look at the person and the papers.")
	switch v.Type {
	case "alert":
	case "referral":
		fmt.Fprint(w, " Whoever is referred can be taken on without being in a register: then say accepted without a record.")
	default:
		fmt.Fprint(w, " What is not sure is answered with nothing to release.")
	}
	fmt.Fprintln(w)
}

// words are codes as they are read.
func words(codes []string) string { return strings.ReplaceAll(strings.Join(codes, ", "), "_", " ") }

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func printPairs(w io.Writer, title string, pairs map[string]string) {
	if len(pairs) == 0 {
		return
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		words = append(words, strings.ReplaceAll(name, "_", " ")+" "+pairs[name])
	}
	fmt.Fprintf(w, "%s: %s\n", title, strings.Join(words, " · "))
}

type enquiryWantCmd struct {
	Conversation string   `arg:"" name:"CID" help:"The enquiry, as enquiry inbox --sent lists it."`
	Release      []string `required:"" help:"What is wanted too." placeholder:"FIELD,…"`
}

func (c *enquiryWantCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		d, err := e.enquiries(n, nil)
		if err != nil {
			return err
		}
		a, err := d.Want(e.ctx, c.Conversation, c.Release, e.officer())
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(a, func(w io.Writer) {
			fmt.Fprintf(w, "wanted too: %s; to be answered by %s\n", strings.Join(c.Release, ", "), local(a.Due))
		})
	})
}

type enquiryWithdrawCmd struct {
	Conversation string `arg:"" name:"CID" help:"The enquiry, as enquiry inbox --sent lists it."`
}

func (c *enquiryWithdrawCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		d, err := e.enquiries(n, nil)
		if err != nil {
			return err
		}
		if err := d.Withdraw(e.ctx, c.Conversation, e.officer()); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(map[string]string{"conversation": c.Conversation, "ending": "withdrawn"}, func(w io.Writer) { fmt.Fprintln(w, "withdrawn") })
	})
}

type enquiryAnswerCmd struct {
	Conversation string   `arg:"" name:"CID" help:"The enquiry, as enquiry inbox lists it."`
	Record       string   `help:"Whose fields are released, or who is accepted: the record as enquiry show names it, or the id of a resident." placeholder:"RECORD"`
	Release      []string `help:"The fields to release, each by its name." placeholder:"FIELD,…" xor:"ending"`
	Nothing      bool     `help:"Nothing to release: no record, doubt, refusal and protection alike." xor:"ending"`
	Value        string   `help:"The closed answer of a verification or welfare check, such as not_established; of a referral accepted or declined, then done or revoked; noted of an alert, which stays here." placeholder:"ANSWER" xor:"ending"`
	Reason       string   `help:"Why a referral is declined: not_competent, no_capacity, not_found, person_declines or other." placeholder:"CODE"`
}

func (c *enquiryAnswerCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		people, err := e.people(n)
		if err != nil {
			return err
		}
		d, err := e.enquiries(n, people)
		if err != nil {
			return err
		}
		record := c.Record
		if record != "" && !store.IsID(record) {
			r, err := n.RecordOf(e.ctx, registry.Residents, record)
			if err != nil {
				return err
			}
			record = r.Entry
		}
		o, err := d.Answer(e.ctx, c.Conversation, enquiry.Decision{Record: record, Release: c.Release, Nothing: c.Nothing, Value: c.Value, Reason: c.Reason}, e.officer())
		if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(o, func(w io.Writer) {
			switch o.Type {
			case "release":
				fmt.Fprintf(w, "released: %s\n", strings.Join(o.Released, ", "))
			case "nothing-to-release":
				fmt.Fprintln(w, "answered: nothing to release")
			case "":
				fmt.Fprintf(w, "%s; no letter says so\n", c.Value)
			default:
				fmt.Fprintf(w, "answered: %s\n", c.Value)
			}
			if o.Review {
				fmt.Fprintf(w, "the peer's view on protection is not that of officers here: somebody has to look (%s status show)\n", e.self())
			}
			if !o.InTime {
				fmt.Fprintln(w, "its clock was over")
			}
		})
	})
}
