package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
	"mitra/web/report"
)

// statusPages are the picture of the last run, the people of a class, the runs, and the rules they are made by.
func (s *Server) statusPages() []page {
	return []page{
		{method: "GET", path: "/status", right: account.SeeStatus, do: (*visit).status},
		{method: "POST", path: "/status/run", right: account.RunStatus, do: (*visit).runStatus},
		{method: "GET", path: "/status/class/{class}", right: account.SeePeople, people: true, do: (*visit).statusClass},
		{method: "GET", path: "/status/runs", right: account.SeeStatus, do: (*visit).statusRuns},
		{method: "GET", path: "/status/rules", right: account.SeeStatus, do: (*visit).statusRules},
		{method: "GET", path: "/status/rules/{pack}", right: account.SeeStatus, do: (*visit).statusRules},
	}
}

// statusPage is the picture of the last run.
type statusPage struct {
	Run    *status.Stored // nil before the first
	At     time.Time
	Mark   string // of texts that no speaker has reviewed
	Figure report.Status
	report.Parts
	Loaded bool // there are residents to compute the status of
	AsOf   string
	Wrong  string // key of what is wrong with it
	// Came and Gone are lists that were loaded or withdrawn since.
	Came, Gone int
}

func (v *visit) status() error { return v.showStatus(http.StatusOK, v.today().String(), "") }

func (v *visit) showStatus(code int, asOf, wrong string) error {
	body := statusPage{AsOf: asOf, Wrong: wrong}
	figures, run, err := v.Figures(v.ctx())
	switch {
	case errors.Is(err, status.ErrNoRun):
		if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
			all, err := registry.Batches(tx)
			body.Loaded = slices.ContainsFunc(all, func(b *registry.Batch) bool { return b.Noun == registry.Residents })
			return err
		}); err != nil {
			return err
		}
		return v.showAs(code, "status", "desk.status", body)
	case err != nil:
		return err
	}
	body.Run, body.Figure, body.Loaded = &run, figures, true
	if body.Parts, err = report.PartsOf(figures, v.cat); err != nil {
		return err
	}
	if body.At, err = store.ParseTime(run.At); err != nil {
		return err
	}
	if body.Came, body.Gone, err = v.staleness(body.At); err != nil {
		return err
	}
	pack, err := run.Rules()
	if err != nil {
		return err
	}
	body.Mark, _ = pack.Mark(v.lang())
	return v.showAs(code, "status", "desk.status", body)
}

// Run does until ctx ends what no page waits for: it ends proposals whose time is over, reads the classes of residents whenever
// there is a new run, looks who has opened a watched record, and makes the backups that officers ask for.
func (s *Server) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() {
		ended <- s.second.Run(ctx, func(err error) { s.Log.Error("proposals whose time is over are not ended", "error", err) })
	}()
	backed := make(chan struct{})
	go func() {
		s.backUp(ctx)
		close(backed)
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := errors.Join(s.Ready(ctx), s.alarm(ctx)); err != nil && ctx.Err() == nil {
			s.Log.Warn("what pages need was not read ahead", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			<-backed
			return <-ended
		}
	}
}

// Ready reads what pages need of the last run, if there is one.
func (s *Server) Ready(ctx context.Context) error {
	err := s.roll.Ready(ctx, s.DB)
	if errors.Is(err, status.ErrNoRun) {
		return nil
	}
	return err
}

// runStatus computes everybody's status. It goes on when the officer goes to another page.
func (v *visit) runStatus() error {
	text := v.form("as_of")
	v.patient()
	switch err := v.RunStatus(v.ctx(), text); {
	case errors.Is(err, ErrDay):
		return v.showStatus(http.StatusUnprocessableEntity, text, "status.bad_day")
	case errors.Is(err, rules.ErrNoPack):
		return v.showStatus(http.StatusUnprocessableEntity, text, "status.no_rules")
	case errors.Is(err, ErrRunning):
		return v.showStatus(http.StatusConflict, text, "status.runs_already")
	case err != nil:
		return err
	}
	v.tell("status.done")
	return v.to("/status")
}

// classPage is a page of the people of one class.
type classPage struct {
	status.RollPage
	Title, Text string
	N           int // how many there are; -1 where that is not said
	First       bool
}

// classShown is how many people a page has.
const classShown = 50

func (v *visit) statusClass() error {
	class, after := v.r.PathValue("class"), v.r.FormValue("after")
	p, err := v.Class(v.ctx(), class, after, classShown)
	if err != nil {
		return err
	}
	body := classPage{RollPage: p, N: -1, First: after == ""}
	if class == status.AskSupervisor {
		body.Title, body.Text = v.text("class.protected"), v.text("class.protected_text")
	} else {
		body.N = p.Run.Summary.Classes[rules.Class(class)]
		for _, row := range p.Pack.Rows {
			if row.Class == rules.Class(class) {
				body.Title, body.Text = row.Title.In(v.lang()), row.Text.In(v.lang())
			}
		}
	}
	return v.show("status_class", "status.people", body)
}

// runsPage are the runs, the newest first, and two of them side by side.
type runsPage struct {
	Runs    []runSeen
	More    string // to go on before
	A, B    string // ids of those compared, or offered to be
	Same    bool   // twice the same was chosen
	Compare *comparison
}

// runSeen is a run in the list.
type runSeen struct {
	ID, AsOf, Actor, Office, Pack string
	At                            time.Time
	Residents, Permits            int
}

// comparison is two runs side by side, the earlier first.
type comparison struct {
	A, B  runSeen
	Lines []figurePair
	Axes  []axisPair // for those who may see protection
}

// figurePair is a figure of two runs; Class is empty where it is none of a class that may be told apart.
type figurePair struct {
	Class, Title, Difference string
	A, B                     string
	Sum                      bool
}

// runsShown is how many runs a page has.
const runsShown = 50

func (v *visit) statusRuns() error {
	before, a, b := v.r.FormValue("before"), v.r.FormValue("a"), v.r.FormValue("b")
	if before != "" && !store.IsID(before) {
		return errNoPage
	}
	body := runsPage{A: a, B: b, Same: a != "" && a == b}
	var runs []status.Stored
	var pair []status.Stored
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		pair = nil
		if runs, err = status.Runs(tx, before, runsShown+1); err != nil || a == "" || b == "" || a == b {
			return err
		}
		for _, id := range []string{a, b} {
			r, err := status.RunOf(tx, id)
			if err != nil {
				return err
			}
			pair = append(pair, r)
		}
		return nil
	}); errors.Is(err, status.ErrNoRun) {
		return errNoPage
	} else if err != nil {
		return err
	}
	if len(runs) > runsShown {
		runs = runs[:runsShown]
		body.More = runs[runsShown-1].ID
	}
	for _, r := range runs {
		seen, err := runSeenOf(r)
		if err != nil {
			return err
		}
		body.Runs = append(body.Runs, seen)
	}
	if len(pair) == 2 {
		if pair[0].ID > pair[1].ID { // ids are in the order of time
			pair[0], pair[1] = pair[1], pair[0]
		}
		c, err := v.compare(pair[0], pair[1])
		if err != nil {
			return err
		}
		body.Compare = &c
	} else if len(runs) > 1 && a == "" && b == "" {
		body.A, body.B = runs[1].ID, runs[0].ID
	}
	code := http.StatusOK
	if body.Same || (a == "") != (b == "") {
		body.Same, code = true, http.StatusUnprocessableEntity
	}
	return v.showAs(code, "status_runs", "status.runs", body)
}

func runSeenOf(r status.Stored) (runSeen, error) {
	at, err := store.ParseTime(r.At)
	return runSeen{r.ID, r.AsOf, r.Actor, r.Office, r.Pack, at, r.Summary.Residents, r.Summary.Permits}, err
}

// compare sets two runs side by side. For whoever may not see protection the protected classes are one figure: neither their sum
// nor a difference tells them apart.
func (v *visit) compare(a, b status.Stored) (c comparison, err error) {
	if c.A, err = runSeenOf(a); err != nil {
		return c, err
	}
	if c.B, err = runSeenOf(b); err != nil {
		return c, err
	}
	pack, err := b.Rules()
	if err != nil {
		return c, err
	}
	line := func(title, class string, x, y int) figurePair {
		return figurePair{Class: class, Title: title, A: v.cat.Int(x), B: v.cat.Int(y), Difference: v.cat.Signed(float64(y-x), 0)}
	}
	guarded, x, y := -1, 0, 0
	for _, class := range rules.Classes() {
		n, m := a.Summary.Classes[class], b.Summary.Classes[class]
		if status.Protected(class) && !v.protection() {
			if guarded < 0 {
				guarded = len(c.Lines)
				c.Lines = append(c.Lines, figurePair{})
			}
			x, y = x+n, y+m
			continue
		}
		title := string(class)
		for _, row := range pack.Rows {
			if row.Class == class {
				title = row.Title.In(v.lang())
			}
		}
		if n != 0 || m != 0 {
			c.Lines = append(c.Lines, line(title, string(class), n, m))
		}
	}
	if guarded >= 0 {
		c.Lines[guarded] = line(v.text("class.protected"), "", x, y)
	}
	sum := line(v.text("class.together"), "", a.Summary.Residents, b.Summary.Residents)
	sum.Sum = true
	missed := figurePair{Title: v.text("status.missed"), A: missedOf(v, a), B: missedOf(v, b), Difference: v.cat.Signed(b.Summary.ExpectedMissed-a.Summary.ExpectedMissed, 1)}
	c.Lines = append(c.Lines, sum,
		line(v.text("status.permits"), "", a.Summary.Permits, b.Summary.Permits),
		line(v.text("status.matched"), "", a.Summary.PermitsMatched, b.Summary.PermitsMatched),
		line(v.text("status.review"), "", a.Summary.PermitsReview, b.Summary.PermitsReview),
		line(v.text("status.unmatched"), "", a.Summary.PermitsUnmatched, b.Summary.PermitsUnmatched),
		missed)
	if v.protection() { // values of axes tell how many are in the protected classes, nearly
		for _, axis := range rules.AllAxes() {
			x, y := a.Summary.Axes[string(axis)], b.Summary.Axes[string(axis)]
			pair := axisPair{Title: axisName(pack, v.lang(), axis)}
			for _, value := range rules.ValuesOf(axis) {
				if x[value] != 0 || y[value] != 0 {
					pair.Lines = append(pair.Lines, line(valueName(pack, v.lang(), axis, value), "", x[value], y[value]))
				}
			}
			if len(pair.Lines) > 0 {
				c.Axes = append(c.Axes, pair)
			}
		}
	}
	return c, nil
}

// axisPair are the values of an axis in two runs.
type axisPair struct {
	Title string
	Lines []figurePair
}

func missedOf(v *visit, r status.Stored) string { return v.cat.Decimal(r.Summary.ExpectedMissed, 1) }

// rulesPage is a rule pack to be read.
type rulesPage struct {
	Pack         *rules.StatusPack
	Notice, Mark string
	Rows         []rowSeen
	Additions    []rowSeen
	Confined     []confinedSeen
	Visas        []visaSeen
}

// rowSeen is a row of the table in words.
type rowSeen struct {
	Class, Title, Text string
	When               [][]condition // it applies when all of one of these hold
	Otherwise, Bars    bool
	Duties             []dutySeen
}

// condition is an axis, and the values that it may have.
type condition struct{ Axis, Values string }

type dutySeen struct {
	Text    string
	Contact bool
}

type confinedSeen struct{ Axis, Value, Node, ReadAs string }

type visaSeen struct{ Effect, Names string }

// statusRules shows the pack in force today, or the one by which a run was made.
func (v *visit) statusRules() error {
	pack, err := rules.Status(v.today().String())
	if name := v.r.PathValue("pack"); name != "" {
		pack, err = rules.Load(name)
	}
	if errors.Is(err, rules.ErrNoPack) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	lang := v.lang()
	body := rulesPage{Pack: pack, Notice: pack.Notice.In(lang)}
	body.Mark, _ = pack.Mark(lang)
	for _, r := range pack.Rows {
		body.Rows = append(body.Rows, rowSeen{
			string(r.Class), r.Title.In(lang), r.Text.In(lang), ruleConditions(pack, lang, r.When), r.Otherwise, r.BarsContact, ruleDuties(pack, lang, r.Duties),
		})
	}
	for _, a := range pack.Additions {
		body.Additions = append(body.Additions, rowSeen{When: ruleConditions(pack, lang, a.When), Duties: ruleDuties(pack, lang, a.Duties)})
	}
	for _, c := range pack.Confined {
		body.Confined = append(body.Confined, confinedSeen{axisName(pack, lang, c.Axis), valueName(pack, lang, c.Axis, c.Value.String()), c.Node,
			valueName(pack, lang, c.Axis, c.ReadAs.String())})
	}
	for _, x := range pack.Visas {
		body.Visas = append(body.Visas, visaSeen{string(x.Effect), strings.Join(x.Names, ", ")})
	}
	return v.show("status_rules", "status.rules", body)
}

func axisName(p *rules.StatusPack, lang rules.Lang, a rules.Axis) string {
	return p.AxisNames[a].In(lang)
}

func valueName(p *rules.StatusPack, lang rules.Lang, a rules.Axis, value string) string {
	return p.Values[a][value].In(lang)
}

func ruleConditions(p *rules.StatusPack, lang rules.Lang, when []rules.Condition) (out [][]condition) {
	for _, w := range when {
		var all []condition
		add := func(axis rules.Axis, values []string) {
			var words []string
			for _, x := range values {
				words = append(words, valueName(p, lang, axis, x))
			}
			if len(words) > 0 {
				all = append(all, condition{axisName(p, lang, axis), strings.Join(words, "; ")})
			}
		}
		add(rules.AxisProtection, valueNames(w.Protection))
		add(rules.AxisIdentity, valueNames(w.Identity))
		add(rules.AxisStay, valueNames(w.Stay))
		add(rules.AxisWork, valueNames(w.Work))
		add(rules.AxisOrigin, valueNames(w.Origin))
		out = append(out, all)
	}
	return out
}

func valueNames[T interface{ String() string }](values []T) (out []string) {
	for _, x := range values {
		out = append(out, x.String())
	}
	return out
}

func ruleDuties(p *rules.StatusPack, lang rules.Lang, ids []string) (out []dutySeen) {
	for _, id := range ids {
		for _, d := range p.Duties {
			if d.ID == id {
				out = append(out, dutySeen{d.Text.In(lang), d.Contact})
			}
		}
	}
	return out
}
