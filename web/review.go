package web

import (
	"errors"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/linkage"
	"mitra/store"
	"mitra/web/chart"
	"mitra/web/locale"
)

// reviewPages are the doubtful matches of permits and residents: the queue, one pair, and what was decided.
func (s *Server) reviewPages() []page {
	return []page{
		{method: "GET", path: "/review", right: account.Decide, people: true, do: (*visit).review},
		{method: "GET", path: "/review/second", right: account.Decide, people: true, do: (*visit).reviewSecond},
		{method: "GET", path: "/review/decided", right: account.Decide, people: true, do: (*visit).reviewDecided},
		{method: "GET", path: "/review/{permit}/{resident}", right: account.Decide, people: true, do: (*visit).openReview},
		{method: "POST", path: "/review/{permit}/{resident}", right: account.Decide, people: true, do: (*visit).decideReview},
	}
}

// sessionReviewed is the pair that the officer has just decided on, to be undone: PERMIT/RESIDENT/SEEN.
const sessionReviewed = "reviewed"

// Limits of reviewing.
const (
	pairsShown   = 20
	mostReviewed = 400 // pages of pairs in an hour: the queue says which is next, so that nobody is looked for
)

// reviewer is the officer as somebody who decides on pairs.
func (a Acting) reviewer() status.Reviewer {
	r := status.Reviewer{Reader: a.reader(), Supervisor: a.who.May(account.Supervise)}
	if own := a.s.Enquiries.Own; own != nil {
		r.Own = own(a.who.ID)
	}
	return r
}

// mayReview refuses whoever may decide and not see, and whoever leafs through the queue without end.
func (a Acting) mayReview() error {
	if !a.who.May(account.SeePeople) {
		return errRight
	}
	return a.s.reviewed.upTo(mostReviewed, a.who.ID, a.s.Now())
}

// reviewPage is a list of pairs.
type reviewPage struct {
	Tab   string // open, second or decided
	Count status.ReviewCount
	Lines []reviewLine
	Next  string // address of the next page
	First bool
	Just  *justDecided
}

// reviewLine is a pair in a list.
type reviewLine struct {
	status.ReviewLine
	Resident, Permit string // names
	PermitNo         string
	Likely, Concern  string   // ends of keys
	Differs          []string // keys of columns
}

// justDecided is what the officer has said on the page before.
type justDecided struct{ Path, Seen string }

func (v *visit) review() error {
	after := v.r.FormValue("after")
	p, err := v.Reviews(v.ctx(), after, pairsShown)
	if err != nil {
		return err
	}
	if p.Next != "" {
		p.Next = "/review?after=" + p.Next
	}
	return v.showReview("open", p.Lines, p.Next, after == "")
}

func (v *visit) reviewSecond() error {
	lines, err := v.ReviewsWaiting(v.ctx(), 5*pairsShown)
	if err != nil {
		return err
	}
	return v.showReview("second", lines, "", true)
}

func (v *visit) reviewDecided() error {
	before := v.r.FormValue("before")
	lines, next, err := v.ReviewsDecided(v.ctx(), before, pairsShown)
	if err != nil {
		return err
	}
	if next != "" {
		next = "/review/decided?before=" + next
	}
	return v.showReview("decided", lines, next, before == "")
}

func (v *visit) showReview(tab string, lines []status.ReviewLine, next string, first bool) error {
	body := reviewPage{Tab: tab, Next: next, First: first, Just: v.justDecided()}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		body.Count, err = status.CountReview(tx, v.reviewer())
		return err
	}); err != nil {
		return err
	}
	for _, l := range lines {
		line := reviewLine{ReviewLine: l, Resident: l.Resident.Name().Whole(), Permit: l.Permit.Name().Whole(), PermitNo: l.Permit.Get(registry.PermitNo),
			Likely: likely(l.Probability), Concern: concern(l.Concern)}
		for _, f := range compared {
			if a, b := cellOf(l.Resident, f), cellOf(l.Permit, f); a != "" && b != "" && !agree(f, a, b) {
				line.Differs = append(line.Differs, "people.column."+f.String())
			}
		}
		body.Lines = append(body.Lines, line)
	}
	return v.show("review", "desk.review", body)
}

// concern is the end of a key.
func concern(c status.Concern) string {
	return [...]string{"overstays", "no_permit", "has_permit", "has_left"}[min(max(c, 0), status.HasLeft)]
}

// cellOf is a value of a record; the name is one, however it is kept.
func cellOf(r *registry.Record, f registry.Field) string {
	if f == registry.FullName {
		return r.Name().Whole()
	}
	return r.Get(f)
}

// justDecided takes what the page before has left of it.
func (v *visit) justDecided() *justDecided {
	text := v.s.sessions.PopString(v.ctx(), sessionReviewed)
	if i := strings.LastIndex(text, "/"); i > 0 {
		return &justDecided{"/review/" + text[:i], text[i+1:]}
	}
	return nil
}

// pairPage is one pair.
type pairPage struct {
	status.Pair
	Path          string
	ResidentName  string
	PermitName    string
	Likely        string
	Rows          []pairRow
	Given         [2]givenPart  // by the residents' list, and by the permits'
	Draw, Table   template.HTML // the waterfall
	Just          *justDecided
	Reason, Wrong string // as typed; key of what is wrong
	ConcernKey    string
}

// pairRow is a column of the two records: the letters that differ are marked.
type pairRow struct {
	beside
	Differs bool
}

// givenPart are the cells of a record as its list gives them.
type givenPart struct {
	Key, Source, ID string
	Cells           []fact // the headings are the list's own
}

// pairOf is the pair that the address names.
func (v *visit) pairOf() (permit, resident string, err error) {
	permit, resident = v.r.PathValue("permit"), v.r.PathValue("resident")
	if !store.IsID(permit) || !store.IsID(resident) {
		err = errNoPage
	}
	return permit, resident, err
}

func (v *visit) openReview() error {
	return v.showPair(http.StatusOK, "", "")
}

// showPair answers with the page of a pair; wrong says why what was said could not be kept.
func (v *visit) showPair(code int, wrong, reason string) error {
	permit, resident, err := v.pairOf()
	if err != nil {
		return err
	}
	p, err := v.OpenPair(v.ctx(), permit, resident)
	if err != nil {
		return err
	}
	body := pairPage{Pair: p, Path: "/review/" + permit + "/" + resident, ResidentName: p.Resident.Name().Whole(), PermitName: p.Permit.Name().Whole(),
		Likely: likely(p.Link.Probability), Just: v.justDecided(), Reason: reason, Wrong: wrong, ConcernKey: concern(p.Concern)}
	fields := slices.Clone(registry.Residents.Fields())
	for _, f := range registry.Permits.Fields() {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	for _, f := range fields {
		if f == registry.ID || f == registry.GivenName || f == registry.Surname && p.Resident.Get(registry.FullName) != "" {
			continue
		}
		if f == registry.Surname { // a list without a column of whole names
			f = registry.FullName
		}
		a, b := cellOf(p.Resident, f), cellOf(p.Permit, f)
		if a == "" && b == "" || slices.ContainsFunc(body.Rows, func(r pairRow) bool { return r.Name == f.String() }) {
			continue
		}
		row := pairRow{beside: beside{f.String(), whole(v.cell(f.String(), a)), whole(v.cell(f.String(), b))}}
		row.Differs = a != "" && b != "" && slices.Contains(compared, f) && !agree(f, a, b)
		switch {
		case row.Differs && (f == registry.Sex || f == registry.Nationality): // words for codes: their letters say nothing
			row.Asked[0].Differs, row.Here[0].Differs = true, true
		case row.Differs:
			row.beside = besideOf(f.String(), v.cell(f.String(), a), v.cell(f.String(), b))
		}
		body.Rows = append(body.Rows, row)
	}
	for i, r := range []*registry.Record{p.Resident, p.Permit} {
		g := givenPart{Key: "noun." + string(r.Batch.Noun), Source: r.Source(), ID: status.SourceID(r)}
		for heading, c := range r.Given() {
			g.Cells = append(g.Cells, fact{heading, c})
		}
		body.Given[i] = g
	}
	w := v.waterfall(p)
	body.Draw, body.Table = w.Draw(), w.Table()
	return v.showAs(code, "review_pair", "review.title", body)
}

// waterfall is the picture of how the comparison came to its probability.
func (v *visit) waterfall(p status.Pair) chart.Waterfall {
	words := view{visit: v}
	share := locale.Text("share", words.Percent(p.Link.Probability))
	w := chart.Waterfall{
		Frame: chart.Frame{ID: "waterfall", Title: v.text("review.waterfall", share), Folded: v.text("table.folded"), Numbers: v.cat},
		Prior: p.Link.Prior, Review: linkage.Bits(p.ReviewFrom), Link: linkage.Bits(p.LinkFrom),
		PriorLabel: v.text("people.prior"), TotalLabel: v.text("people.total"), ReviewLabel: v.text("review.from"), LinkLabel: v.text("review.to"),
		FrequencyLabel: v.text("people.rarity"), Head: [4]string{v.text("people.compared"), v.text("people.agreement"), v.text("people.bits"), v.text("people.sum")},
	}
	var parts []string
	for _, b := range p.Link.Steps {
		label, level := words.Code("people.column", b.Comparison), words.Code("people.level", levelKey(b.Level))
		w.Steps = append(w.Steps, chart.Step{Label: label, Level: level, Weight: b.Weight, Frequency: b.Frequency})
		parts = append(parts, label+": "+level+" "+v.cat.Signed(b.Weight+b.Frequency, 1))
	}
	if math.Abs(p.Link.Rivals) >= 0.05 { // what would show
		w.Steps = append(w.Steps, chart.Step{Label: v.text("people.rivals"), Weight: p.Link.Rivals})
		parts = append(parts, v.text("people.rivals")+" "+v.cat.Signed(p.Link.Rivals, 1))
	}
	w.Desc = v.text("review.waterfall_desc", share, locale.Text("prior", v.cat.Signed(p.Link.Prior, 1)), locale.Text("parts", strings.Join(parts, "; ")),
		locale.Text("total", v.cat.Signed(p.Link.Weight, 1)))
	return w
}

// said are the errors of deciding after which the officer sees the pair as it is now, with what was typed.
var said = []struct {
	err  error
	code int
	key  string
}{
	{status.ErrDecided, http.StatusConflict, "review.faster"},
	{status.ErrChanged, http.StatusConflict, "review.changed"},
	{status.ErrGiven, http.StatusConflict, "review.given_away"},
	{status.ErrSecond, http.StatusConflict, "review.needs_another"},
	{status.ErrUndo, http.StatusConflict, "review.no_undo"},
	{status.ErrSaid, http.StatusUnprocessableEntity, "review.cannot"},
	{status.ErrReason, http.StatusUnprocessableEntity, "review.reason_wrong"},
}

// decideReview keeps the officer's word, and goes on to the next pair.
func (v *visit) decideReview() error {
	permit, resident, err := v.pairOf()
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(v.form("seen"), 10, 64)
	if err != nil {
		seen = -1 // as if somebody had been faster
	}
	w := status.Word{Permit: permit, Resident: resident, Act: v.form("act"), Reason: v.form("reason"), Seen: seen,
		PermitVersion: v.form("permit_version"), ResidentVersion: v.form("resident_version")}
	state, err := v.Decide(v.ctx(), w)
	for _, x := range said {
		if errors.Is(err, x.err) {
			return v.showPair(x.code, x.key, w.Reason)
		}
	}
	if err != nil {
		return err
	}
	here := permit + "/" + resident
	if w.Act == status.Undo {
		v.tell("review.told_undone")
		return v.to("/review/" + here)
	}
	v.tell("review.told_" + state)
	if state != status.Open {
		v.s.sessions.Put(v.ctx(), sessionReviewed, here+"/"+strconv.FormatInt(seen+1, 10))
	}
	next := ""
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		p, r, err := status.NextReview(tx, v.reviewer(), permit+"."+resident)
		if next = ""; p != "" {
			next = "/" + p + "/" + r
		}
		return err
	}); err != nil {
		return err
	}
	return v.to("/review" + next)
}

// At is a time as it is stored, in words.
func (v view) At(stored string) string {
	t, err := store.ParseTime(stored)
	if err != nil {
		return "–"
	}
	return v.Time(t)
}
