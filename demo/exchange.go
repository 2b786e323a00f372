package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
)

// quota is how many people may be asked about in a day under the demo's agreement. The shipped draft says fifty, which is
// a proposal too.
const quota = 600

// wanted is what is asked for of everybody who is found.
var wanted = []string{"stay", "stay_until"}

// Figures are what the exchange of the two nodes came to. Fields are counted for each person: people × fields.
type Figures struct {
	Sought            int  `json:"sought"`               // people asked about within the day's quota
	Present           int  `json:"present"`              // those of them who truly are in the other register
	Pending           int  `json:"pending"`              // of these, found by the node
	FoundInFirstThree int  `json:"found_in_first_three"` // of these, among the officer's first three
	Released          int  `json:"released"`             // people of whom something was released
	Wrong             int  `json:"released_wrong"`       // of these, somebody else than was sought
	Decoys            int  `json:"decoys"`               // people who are not there, and were answered pending
	DisclosedFields   int  `json:"disclosed_fields"`     // that left the node that was asked
	ListFields        int  `json:"list_fields"`          // that handing over its register would have been
	AskedFields       int  `json:"asked_fields"`         // that describe the people asked about
	AskedListFields   int  `json:"asked_list_fields"`    // that handing over the list of people sought would have been
	ClocksMet         int  `json:"clocks_met"`
	ClocksMissed      int  `json:"clocks_missed"`
	Waiting           int  `json:"waiting"` // not ended: decoys that end when an officer would have
	BooksVerified     bool `json:"books_verified"`
	Witnessed         bool `json:"witnessed"`
	EvidenceVerified  bool `json:"evidence_verified"`

	Seconds float64 `json:"seconds"`
	Story   Story   `json:"story"`
}

// A Story is what happened about one person.
type Story struct {
	Report       string       `json:"report"`       // id of the family's report
	Resident     string       `json:"resident"`     // id in the other register, which the truth tells
	Conversation string       `json:"conversation"` // of the enquiry about the stay
	Work         string       `json:"work"`         // of that about the work
	Told         []string     `json:"told"`         // what the enquiry told of the person
	Withheld     []string     `json:"withheld"`     // what the report knows and was not told
	Candidates   int          `json:"candidates"`
	Probability  float64      `json:"probability"` // of the first
	Released     []string     `json:"released"`
	Joint        status.Joint `json:"joint"`
}

// Paths of the state of origin.
func (d *Demo) sought() string              { return filepath.Join(d.Dir, "sought.csv") }
func (d *Demo) evidence() string            { return filepath.Join(d.Dir, "evidence.mxp") }
func (d *Demo) list(n registry.Noun) string { return filepath.Join(d.Dir, string(n)+".csv") }

// Origin is the Indonesian node's folder.
func (d *Demo) Origin() node.Home { return node.Home(filepath.Join(d.Dir, "ID")) }

// originNouns are the lists of the state of origin.
var originNouns = []registry.Noun{registry.Placements, registry.Departures, registry.Reports, registry.Alerts}

// party is one of the two nodes while the demo works with it.
type party struct {
	n       *node.Node
	s       *node.Service
	running node.Running
}

// exchange has the two nodes meet, agree, ask and answer. kh is the node of the host state.
func (d *Demo) exchange(ctx context.Context, kh *node.Node, asOf person.Date, progress func(string, int64, int64)) (f Figures, err error) {
	if err := node.Init(ctx, d.Origin(), node.Setup{
		Country: "ID", Authority: "Directorate General of Immigration (SYNTHETIC)", Synthetic: true, Actor: d.Actor,
		Exchange: "127.0.0.1:0", Desk: "127.0.0.1:0", Metrics: "127.0.0.1:0",
	}); err != nil {
		return f, err
	}
	id, err := node.Open(ctx, d.Origin(), "", nil)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, id.Close()) }()
	for _, noun := range originNouns {
		if err := d.load(ctx, id, noun, d.list(noun), asOf, progress); err != nil {
			return f, err
		}
	}
	if err := d.meet(ctx, kh, id); err != nil {
		return f, err
	}
	start := time.Now()
	progress("serve both nodes", 0, 1)
	host, stopHost, err := served(ctx, kh)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stopHost()) }()
	origin, stopOrigin, err := served(ctx, id)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stopOrigin()) }()
	w := &work{demo: d, kh: host, id: origin, asOf: asOf, progress: progress, f: &f, asked: map[string]asked{}}
	if w.truth, err = readColumns(d.sought(), 0, 1); err != nil {
		return f, err
	}
	for _, step := range []func(context.Context) error{w.ask, w.await, w.answer, w.settle, w.tell, w.verify} {
		if err := step(ctx); err != nil {
			return f, err
		}
	}
	f.Seconds = time.Since(start).Seconds()
	return f, nil
}

// load imports a list that the demo has made.
func (d *Demo) load(ctx context.Context, n *node.Node, noun registry.Noun, path string, asOf person.Date, progress func(string, int64, int64)) error {
	rep, err := registry.Import(ctx, n.DB, registry.Options{
		Noun: noun, Source: string(noun), Path: path, RejectedDir: n.Home.Rejected(), Actor: d.Actor, Office: "headquarters",
		Today: asOf, Progress: func(done, total int64) { progress("import "+string(noun), done, total) },
	})
	if err == nil && rep.Rejected > 0 {
		err = fmt.Errorf("%d generated %s were rejected: see %s", rep.Rejected, noun, rep.RejectedFile)
	}
	return err
}

// meet has two nodes exchange cards, and adopt the shipped draft with the demo's quota.
func (d *Demo) meet(ctx context.Context, nodes ...*node.Node) error {
	var parties [2]agreement.Party
	for i, n := range nodes {
		own, err := n.Card(ctx)
		if err != nil {
			return err
		}
		parties[i] = agreement.Party{Country: own.Country, Authority: own.Authority, Node: own.Node, Card: own.Hash()}
		other := nodes[1-i]
		if err := other.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, other.Name(), own, own.Fingerprint(), d.Actor)
			return err
		}); err != nil {
			return err
		}
	}
	text, err := rules.Agreement("kh-id-draft")
	if err != nil {
		return err
	}
	terms, err := agreement.ParseTemplate(text)
	if err != nil {
		return err
	}
	for i := range terms.Articles {
		for j := range terms.Articles[i].Purposes {
			if p := &terms.Articles[i].Purposes[j]; p.Code == "stay" {
				p.Quota = map[string]int{"ID": quota, "KH": quota}
			}
		}
	}
	today := time.Now().UTC()
	doc, err := agreement.Draft(terms, parties, today.AddDate(0, 0, -1).Format(time.DateOnly), today.AddDate(1, 0, 0).Format(time.DateOnly))
	for _, n := range nodes {
		if err == nil {
			doc, err = n.SignAgreement(ctx, doc)
		}
	}
	for _, n := range nodes {
		if err == nil {
			_, err = n.AdoptAgreement(ctx, doc, d.Actor, "headquarters")
		}
	}
	return err
}

// served serves a node until stop is called; cards are accounts that one may choose to be at its desk.
func served(ctx context.Context, n *node.Node, cards ...string) (p *party, stop func() error, err error) {
	s, err := n.Service(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	s.Cards = cards
	ctx, cancel := context.WithCancel(ctx)
	ready, done := make(chan node.Running, 1), make(chan error, 1)
	go func() { done <- s.Serve(ctx, func(r node.Running) { ready <- r }) }()
	stop = func() error { cancel(); return <-done }
	select {
	case r := <-ready:
		return &party{n: n, s: s, running: r}, stop, nil
	case err := <-done:
		cancel()
		return nil, nil, err
	}
}

// work is the exchange while it goes on.
type work struct {
	demo     *Demo
	kh, id   *party
	asOf     person.Date
	progress func(string, int64, int64)
	f        *Figures
	truth    map[string]string // report → resident

	order []string // of conversations
	asked map[string]asked
}

// asked is one question.
type asked struct {
	report  string
	pending bool
}

var liaison = enquiry.Officer{Name: "liaison-1", Office: "headquarters"}

// ask asks about the people of the first reports that say enough, as many as a day allows. The first is of somebody who is
// there, so that there is a story to tell.
func (w *work) ask(ctx context.Context) error {
	reports, members, err := w.reports(ctx)
	if err != nil {
		return err
	}
	w.f.AskedListFields = members
	for _, r := range reports {
		if len(w.order) == quota {
			break
		}
		a, err := w.id.s.Enquiries.Ask(ctx, enquiry.Question{
			Peer: "KH", Purpose: "stay", Clock: "urgent", Person: r.Describe(), Release: wanted, Case: "SYNTHETIC-" + r.Get(registry.ID), Subject: r.Entry,
		}, liaison)
		if errors.Is(err, enquiry.ErrQuestion) {
			continue // it says too little of anybody
		}
		if err != nil {
			return err
		}
		w.f.AskedFields += len(a.Sent)
		report := r.Get(registry.ID)
		if len(w.order) == 0 {
			w.f.Story = Story{Report: report, Resident: w.truth[report], Conversation: a.Conversation, Told: a.Sent, Withheld: a.Withheld}
		}
		w.order = append(w.order, a.Conversation)
		w.asked[a.Conversation] = asked{report: report}
		if len(w.order) == 1 { // the story asks after work too
			also, err := w.id.s.Enquiries.Ask(ctx, enquiry.Question{
				Peer: "KH", Purpose: "work", Clock: "urgent", Person: r.Describe(), Release: []string{"work", "valid_until"}, Case: "SYNTHETIC-" + report, Subject: r.Entry,
			}, liaison)
			if err != nil {
				return err
			}
			w.f.Story.Work, w.f.AskedFields = also.Conversation, w.f.AskedFields+len(also.Sent)
		}
		w.progress("ask", int64(len(w.order)), quota)
	}
	w.f.Sought = len(w.order)
	for _, a := range w.asked {
		if w.truth[a.report] != "" {
			w.f.Present++
		}
	}
	return nil
}

// reports are those of the node of origin, in their order, but for the first, which is of somebody who is there; members is
// how many members they have to describe people.
func (w *work) reports(ctx context.Context) (out []registry.Record, members int, err error) {
	err = w.id.n.DB.Read(ctx, func(tx *store.Tx) error {
		out, members = nil, 0
		return registry.Current(tx, registry.Reports, func(r *registry.Record) error {
			members += len(r.Describe())
			if len(out) < 4*quota {
				out = append(out, *r.Clone())
			}
			return nil
		})
	})
	i := slices.IndexFunc(out, func(r registry.Record) bool {
		return w.truth[r.Get(registry.ID)] != "" && r.Get(registry.PassportNo) != "" && r.Birth().Prec == person.PrecDay
	})
	if i > 0 {
		out[0], out[i] = out[i], out[0]
	}
	return out, members, err
}

// patience is how long the demo waits for anything.
const patience = 2 * time.Minute

// until waits until done says so.
func (w *work) until(ctx context.Context, what string, done func() (bool, error)) error {
	end := time.Now().Add(patience)
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("the corridor: %s did not come within %s", what, patience)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lines are the conversations as the asking node has them.
func (w *work) lines(ctx context.Context) (map[string]enquiry.Line, error) {
	list, err := w.id.s.Enquiries.List(ctx, enquiry.Outbox, 10*quota, enquiry.Officer{})
	out := map[string]enquiry.Line{}
	for _, l := range list {
		out[l.Conversation] = l
	}
	return out, err
}

// await waits for the answers that the node of the host state gives by itself.
func (w *work) await(ctx context.Context) error {
	return w.until(ctx, "the node's own answers", func() (bool, error) {
		lines, err := w.lines(ctx)
		n := 0
		for cid, l := range lines {
			a, ok := w.asked[cid]
			if l.State == "asked" || !ok {
				continue
			}
			n++
			a.pending = l.State == "pending"
			w.asked[cid] = a
		}
		w.progress("wait for the node's own answers", int64(n), int64(len(w.order)))
		return n == len(w.order), err
	})
}

// sure is from how likely a person is the one sought that the scripted officer releases.
const sure = 0.99

// surely reports whether a candidate is likely enough, by the number of a document, or by the whole name and the whole date
// of birth.
func surely(c enquiry.Candidate) bool {
	level := map[string]string{}
	for _, r := range c.Because {
		level[r.Comparison] = r.Level
	}
	return c.Probability >= sure && (level["passport_no"] == "exact" || level["birth_date"] == "exact" && level["name"] == "same names")
}

// answer is a scripted officer of the host state, who knows no truth and sees no papers: what is surely one person is
// released, and of the rest nothing.
func (w *work) answer(ctx context.Context) error {
	desk := w.kh.s.Enquiries
	waiting, err := desk.List(ctx, enquiry.Inbox, 10*quota, enquiry.Officer{})
	if err != nil {
		return err
	}
	for _, a := range w.asked {
		present := w.truth[a.report] != ""
		switch {
		case a.pending && present:
			w.f.Pending++
		case a.pending:
			w.f.Decoys++
		}
	}
	officer := enquiry.Officer{Name: "officer-1 (scripted)", Office: "headquarters"}
	for i, l := range waiting {
		w.progress("answer", int64(i), int64(len(waiting)))
		a, ok := w.asked[l.Conversation]
		if !ok && l.Conversation != w.f.Story.Work {
			continue
		}
		if !ok {
			a.report = w.f.Story.Report
		}
		v, err := desk.Show(ctx, l.Conversation, officer)
		if err != nil {
			return err
		}
		want := w.truth[a.report]
		for _, c := range v.Candidates[:min(3, len(v.Candidates))] {
			if ok && want != "" && c.ID == want {
				w.f.FoundInFirstThree++
			}
		}
		decision := enquiry.Decision{Nothing: true}
		if len(v.Candidates) > 0 && surely(v.Candidates[0]) {
			decision = enquiry.Decision{Record: v.Candidates[0].Record}
			for _, field := range v.Candidates[0].Fields {
				if field.Withheld == "" {
					decision.Release = append(decision.Release, field.Name)
				}
			}
			if len(decision.Release) == 0 {
				decision = enquiry.Decision{Nothing: true}
			}
		}
		o, err := desk.Answer(ctx, l.Conversation, decision, officer)
		if err != nil {
			return err
		}
		if len(o.Released) > 0 {
			if ok {
				w.f.Released++
			}
			w.f.DisclosedFields += len(o.Released)
			if v.Candidates[0].ID != want {
				w.f.Wrong++
			}
			if !ok {
				w.f.Story.Released = append(w.f.Story.Released, o.Released...)
			}
		}
		if l.Conversation == w.f.Story.Conversation {
			w.f.Story.Candidates, w.f.Story.Released = len(v.Candidates), append(w.f.Story.Released, o.Released...)
			if len(v.Candidates) > 0 {
				w.f.Story.Probability = v.Candidates[0].Probability
			}
		}
		delete(w.asked, l.Conversation) // what is left waits for the node
	}
	var residents int
	err = w.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		residents = 0
		return registry.Current(tx, registry.Residents, func(*registry.Record) error { residents++; return nil })
	})
	w.f.ListFields = residents * len(wanted)
	return err
}

// settle waits until every answer of the officer has come, and both books are cosigned.
func (w *work) settle(ctx context.Context) error {
	if err := w.until(ctx, "the officer's answers", func() (bool, error) {
		lines, err := w.lines(ctx)
		w.f.ClocksMet, w.f.ClocksMissed, w.f.Waiting = 0, 0, 0
		for cid, l := range lines {
			_, decoy := w.asked[cid]
			switch {
			case l.Ended.IsZero() && !decoy:
				return false, err
			case l.Ended.IsZero():
				w.f.Waiting++
			case l.Late:
				w.f.ClocksMissed++
			default:
				w.f.ClocksMet++
			}
		}
		return true, err
	}); err != nil {
		return err
	}
	return w.until(ctx, "the cosignatures of both books", func() (bool, error) {
		for _, p := range []*party{w.kh, w.id} {
			all, err := p.n.ExchangeStatus(ctx)
			if err != nil {
				return false, err
			}
			for _, s := range all {
				if s.Cosigned < s.Events || s.Outbox > 0 || s.Fault != "" {
					return false, nil
				}
			}
		}
		w.f.Witnessed = true
		return true, nil
	})
}

// tell puts the story's status together, at the node of origin.
func (w *work) tell(ctx context.Context) (err error) {
	w.progress("put two states' knowledge together", 0, 1)
	w.f.Story.Joint, err = w.id.n.Joint(ctx, w.id.s.People, status.Reader{Actor: liaison.Name, Office: liaison.Office, Protection: true}, w.asOf, rules.English, w.f.Story.Report)
	return err
}

// verify examines both nodes, and the story's evidence.
func (w *work) verify(ctx context.Context) error {
	w.progress("verify", 0, 1)
	w.f.BooksVerified = true
	for _, p := range []*party{w.kh, w.id} {
		v, err := node.Verify(ctx, p.n.Home, "", false)
		if err != nil {
			return err
		}
		w.f.BooksVerified = w.f.BooksVerified && v.OK
	}
	return w.prove(ctx)
}

// prove exports the evidence of the story's first conversation, and verifies it as somebody would who has the file and the
// two first cards.
func (w *work) prove(ctx context.Context) error {
	_, file, err := w.id.n.Evidence(ctx, w.f.Story.Conversation, "", liaison.Name, liaison.Office, "", nil)
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.demo.evidence(), file, 0o600); err != nil {
		return err
	}
	read, err := evidence.Read(bytes.NewReader(file))
	if err != nil {
		return err
	}
	var first []card.Signed
	for _, p := range []*party{w.kh, w.id} {
		c, err := p.n.Card(ctx)
		if err != nil {
			return err
		}
		first = append(first, c)
	}
	rep := evidence.Verify(read, false, first...)
	w.f.EvidenceVerified = rep.OK && len(rep.Open) == 0
	return nil
}

// writeOrigin writes the lists of the state of origin, and the truth about whom it seeks.
func (d *Demo) writeOrigin(c *Corridor) error {
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{d.list(registry.Reports), c.WriteReports}, {d.list(registry.Placements), c.WritePlacements}, {d.list(registry.Departures), c.WriteDepartures},
		{d.list(registry.Alerts), c.WriteAlerts}, {d.sought(), c.WriteSought},
	} {
		if err := writeTo(f.path, f.write); err != nil {
			return err
		}
	}
	return nil
}
