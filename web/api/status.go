package api

import (
	"errors"

	"mitra/desk/account"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/web"
)

// status are the figures of runs, and the people of a class.
func (a *API) status() {
	add(a, operation{id: "get-status", method: "GET", path: "/v1/status", right: account.SeeStatus, tagged: true, says: "The last run and its figures."}, (*call).figures)
	add(a, operation{id: "list-runs", method: "GET", path: "/v1/status/runs", right: account.SeeStatus, says: "Runs, the newest first."}, (*call).runs)
	add(a, operation{id: "get-run", method: "GET", path: "/v1/status/runs/{run}", right: account.SeeStatus, tagged: true, says: "A run and its classes."}, (*call).run)
	add(a, operation{id: "run-status", method: "POST", path: "/v1/status/runs", right: account.RunStatus, changes: true, status: 201, says: "Computes everybody's status. It takes seconds."}, (*call).runStatus)
	add(a, operation{id: "list-class", method: "GET", path: "/v1/status/classes/{class}/people", right: account.SeePeople, people: true, says: "The people of a class. Each answer counts into the people of the hour."}, (*call).class)
	add(a, operation{id: "get-rules", method: "GET", path: "/v1/status/rules", right: account.SeeStatus, tagged: true, says: "The rules in force today."}, (*call).rulesToday)
	add(a, operation{id: "get-rule-pack", method: "GET", path: "/v1/status/rules/{pack}", right: account.SeeStatus, tagged: true, says: "The rules by which a run was made."}, (*call).rulesOf)
}

// Run is a run, in figures. The protected classes are ASK_SUPERVISOR together for those who may not see protection.
type Run struct {
	ID              string         `json:"id"`
	At              string         `json:"at"`
	AsOf            string         `json:"as_of"`
	Officer         string         `json:"officer"`
	Office          string         `json:"office"`
	RulePack        string         `json:"rule_pack"`
	Residents       int            `json:"residents"`
	Persons         int            `json:"persons"`
	Permits         int            `json:"permits"`
	PermitsMatched  int            `json:"permits_matched"`
	PermitsReview   int            `json:"permits_review"`
	PermitsUnmatch  int            `json:"permits_unmatched"`
	ExpectedMissed  float64        `json:"expected_missed"`
	Classes         map[string]int `json:"classes" doc:"How many residents are in each. They add up to residents."`
	ClassesComputed bool           `json:"computed" doc:"Always: nobody may be measured by a computed class."`
}

func (c *call) runOf(s status.Stored) Run {
	x := s.Summary
	r := Run{ID: s.ID, At: s.At, AsOf: s.AsOf, Officer: s.Actor, Office: s.Office, RulePack: s.Pack, Residents: x.Residents, Persons: x.Persons, Permits: x.Permits,
		PermitsMatched: x.PermitsMatched, PermitsReview: x.PermitsReview, PermitsUnmatch: x.PermitsUnmatched, ExpectedMissed: x.ExpectedMissed,
		Classes: map[string]int{}, ClassesComputed: true}
	for class, n := range x.Classes {
		if status.Protected(class) && !c.Who().May(account.SeeProtection) {
			r.Classes[status.AskSupervisor] += n
		} else {
			r.Classes[string(class)] += n
		}
	}
	return r
}

// Figures are a run with what is counted along each axis, as far as the officer may see it.
type Figures struct {
	Run  Run    `json:"run"`
	Axes []Axis `json:"axes"`
}

// Axis is how many residents have each value.
type Axis struct {
	Axis   string         `json:"axis"`
	Values map[string]int `json:"values"`
}

func (c *call) figures(*none) (f Figures, err error) {
	report, run, err := c.Figures(c.ctx)
	if err != nil {
		return f, err
	}
	f = Figures{Run: c.runOf(run), Axes: []Axis{}}
	for _, x := range report.Axes {
		axis := Axis{x.Axis, map[string]int{}}
		for _, v := range x.Values {
			axis.Values[v.Value] = v.N
		}
		f.Axes = append(f.Axes, axis)
	}
	return f, nil
}

func (c *call) runs(in *List) (p Page[Run], err error) {
	before, err := parseCursor("runs", in.Cursor)
	if err != nil {
		return p, err
	}
	var some []status.Stored
	if err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		some, err = status.Runs(tx, before, in.Limit+1)
		return err
	}); err != nil {
		return p, err
	}
	var all []Run
	for _, s := range some {
		all = append(all, c.runOf(s))
	}
	return more("runs", all, in.Limit, func(r Run) string { return r.ID }), nil
}

type runIn struct {
	Run string `path:"run" maxLength:"64"`
}

func (c *call) run(in *runIn) (r Run, err error) {
	var s status.Stored
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		s, err = status.RunOf(tx, in.Run)
		return err
	})
	if err != nil {
		return r, err
	}
	return c.runOf(s), nil
}

type runStatusIn struct {
	Body struct {
		AsOf string `json:"as_of" format:"date" doc:"The day that is judged."`
	}
}

// Ran is a run that was made. Its figures are read by its id.
type Ran struct {
	ID string `json:"id"`
}

func (c *call) runStatus(in *runStatusIn) (r Ran, err error) {
	c.a.s.Patient(c.w)
	if err := c.RunStatus(c.ctx, in.Body.AsOf); err != nil {
		return r, err
	}
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		last, err := status.Last(tx)
		r.ID = last.ID
		return err
	})
	return r, err
}

type classIn struct {
	List
	Class string `path:"class" maxLength:"64" doc:"Such as NO_PERMIT_FOUND; the protected classes are ASK_SUPERVISOR for those who may not see protection."`
}

// ClassPage is a page of the people of a class.
type ClassPage struct {
	Run   string        `json:"run"`
	Class string        `json:"class"`
	Items []ClassPerson `json:"items"`
	Next  string        `json:"next,omitempty" doc:"The cursor to go on with; absent at the end."`
}

// ClassPerson is somebody in a class.
type ClassPerson struct {
	Entry      string `json:"entry"`
	ID         string `json:"id"`
	Source     string `json:"source"`
	Name       string `json:"name"`
	Restricted bool   `json:"restricted,omitempty" doc:"For those who may see protection."`
}

func (c *call) class(in *classIn) (p ClassPage, err error) {
	after, err := parseCursor("class "+in.Class, in.Cursor)
	if err != nil {
		return p, err
	}
	page, err := c.Class(c.ctx, in.Class, after, in.Limit)
	if err != nil {
		return p, err
	}
	p = ClassPage{Run: page.Run.ID, Class: page.Class, Items: []ClassPerson{}, Next: cursorAfter("class "+in.Class, page.Next)}
	for _, l := range page.Lines {
		p.Items = append(p.Items, ClassPerson{l.Entry, l.ID, l.Source, l.Name, l.Restricted})
	}
	return p, nil
}

// Rules are a rule pack, in the language of the answer.
type Rules struct {
	Pack      string    `json:"pack"`
	Hash      string    `json:"sha256"`
	From      string    `json:"from,omitempty"`
	Until     string    `json:"until,omitempty"`
	Certainty string    `json:"certainty"`
	Authority string    `json:"authority"`
	Notice    string    `json:"notice"`
	Mark      string    `json:"mark,omitempty" doc:"Stands beside texts that no speaker has reviewed."`
	Rows      []RuleRow `json:"rows" doc:"The first that applies gives the class; the duties of all that apply hold."`
}

// RuleRow is a row of the table.
type RuleRow struct {
	Class  string   `json:"class"`
	Title  string   `json:"title"`
	Text   string   `json:"text"`
	Duties []string `json:"duties"`
}

func (c *call) rulesToday(*none) (Rules, error) {
	return c.rules(rules.Status(person.FromTime(c.a.d.Now()).String()))
}

type packIn struct {
	Pack string `path:"pack" maxLength:"64"`
}

func (c *call) rulesOf(in *packIn) (Rules, error) { return c.rules(rules.Load(in.Pack)) }

func (c *call) rules(p *rules.StatusPack, err error) (Rules, error) {
	if errors.Is(err, rules.ErrNoPack) {
		err = web.ErrNoPage
	}
	if err != nil {
		return Rules{}, err
	}
	lang := rules.Lang(c.Lang())
	out := Rules{Pack: p.Name(), Hash: p.Hash, From: p.From, Until: p.Until, Certainty: p.Certainty, Authority: p.Authority, Notice: p.Notice.In(lang)}
	out.Mark, _ = p.Mark(lang)
	for _, r := range p.Rows {
		row := RuleRow{Class: string(r.Class), Title: r.Title.In(lang), Text: r.Text.In(lang), Duties: []string{}}
		for _, d := range p.Duties {
			for _, id := range r.Duties {
				if d.ID == id {
					row.Duties = append(row.Duties, d.Text.In(lang))
				}
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}
