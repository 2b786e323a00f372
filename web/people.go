package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/identity/linkage"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/web/locale"
)

// ErrNoPerson: no register lists that record now.
var ErrNoPerson = errors.New("no such person")

// peoplePages are the search for somebody, the page of a person, restricting them, and who has looked.
func (s *Server) peoplePages() []page {
	return []page{
		{method: "GET", path: "/people", right: account.SeePeople, people: true, do: (*visit).searchForm},
		{method: "POST", path: "/people", right: account.SeePeople, people: true, do: (*visit).searchPeople},
		{method: "GET", path: "/people/{entry}", right: account.SeePeople, people: true, do: (*visit).openPerson},
		{method: "POST", path: "/people/{entry}/restrict", right: account.Restrict, people: true, do: (*visit).restrict},
		{method: "POST", path: "/people/{entry}/lift", right: account.Restrict, people: true, do: (*visit).lift},
		{method: "GET", path: "/people/restricted", right: account.SeeProtection, people: true, do: (*visit).holds},
		{method: "GET", path: "/people/lookers", right: account.SeeLookers, people: true, do: (*visit).lookersForm},
		{method: "POST", path: "/people/lookers", right: account.SeeLookers, people: true, do: (*visit).findLookers},
		{method: "GET", path: "/people/{entry}/lookers", right: account.SeeLookers, people: true, do: (*visit).lookers},
	}
}

// searchPage is the search, and what it found.
type searchPage struct {
	Asked  string
	Wrong  bool
	Says   string // of what is wrong, in English
	Answer *search.Answer
	Hits   []hit
	Faint  bool // nobody stands out
}

// hit is a record that may be of the person sought, in words.
type hit struct {
	search.Hit
	Name, Likely string
	Facts        []fact
	Steps        []step
}

// fact is a value of a register with the key of what it is.
type fact struct{ Key, Value string }

// step is a comparison of two records: what it compares, how far they agree, and the evidence in bits.
type step struct{ Comparison, Level, Bits, Rarity, Sum, Left, Right string }

func (v *visit) searchForm() error { return v.show("people", "desk.people", searchPage{}) }

func (v *visit) searchPeople() error {
	body := searchPage{Asked: v.form("who")}
	q, err := search.ParseQuery(body.Asked, v.s.Now().Year())
	if errors.Is(err, search.ErrQuery) {
		body.Wrong = true
		if body.Asked != "" {
			body.Says = strings.TrimPrefix(err.Error(), search.ErrQuery.Error()+": ")
		}
		return v.showAs(http.StatusUnprocessableEntity, "people", "desk.people", body)
	} else if err != nil {
		return err
	}
	a, err := v.Search(v.ctx(), q)
	if err != nil {
		return err
	}
	body.Answer = &a
	body.Faint = len(a.Hits) > 0 && !a.Hits[0].ByID && a.Hits[0].Probability < faint
	for _, h := range a.Hits {
		body.Hits = append(body.Hits, v.hit(h))
	}
	return v.show("people", "people.found", body)
}

// faint is the probability below which nobody stands out.
const faint = 0.05

// likely is a probability in words: the end of a key.
func likely(p float64) string {
	switch {
	case p >= 0.99:
		return "nearly_sure"
	case p >= 0.9:
		return "very"
	case p >= 0.5:
		return "rather"
	case p >= faint:
		return "perhaps"
	}
	return "hardly"
}

func (v *visit) hit(h search.Hit) hit {
	out := hit{Hit: h, Likely: likely(h.Probability)}
	var parts []string // of a name
	for _, x := range h.Values {
		switch x.Column {
		case registry.FullName.String():
			out.Name = x.Value
		case registry.GivenName.String(), registry.Surname.String():
			parts = append(parts, x.Value)
		default:
			out.Facts = append(out.Facts, fact{"people.column." + x.Column, v.cell(x.Column, x.Value)})
		}
	}
	out.Name = cmp.Or(out.Name, strings.Join(parts, " "))
	for _, r := range h.Because {
		out.Steps = append(out.Steps, step{Comparison: r.Comparison, Level: levelKey(r.Level), Bits: v.cat.Signed(r.Bits, 1)})
	}
	return out
}

// levelKey is a level of agreement as keys of messages are written.
func levelKey(level string) string {
	return strings.NewReplacer(", ", "_", " ", "_").Replace(level)
}

// cell is a value of a register as it is read: dates and codes in words.
func (v *visit) cell(column, value string) string {
	switch {
	case column == registry.Sex.String() || column == registry.Procedure.String():
		return view{visit: v}.Code("people."+column, value)
	case value == registry.NoneStated:
		return v.text("people.none_stated")
	}
	return v.cat.Date(value)
}

// entry is the record that the address names.
func (v *visit) entry() (string, error) {
	id := v.r.PathValue("entry")
	if !store.IsID(id) {
		return "", errNoPage
	}
	return id, nil
}

// personPage is what is held of a person.
type personPage struct {
	Entry  string
	Name   string
	First  registry.Record
	Whole  status.Whole
	Sides  []side // the records, the one that was opened first
	Rows   []sideRow
	Beyond int // records that have no place on the page
	// Residents and Joint are the parts of Whole with what pages need of them.
	Residents []residentPart
	Lines     []enquiry.Line // conversations about the person
	Hidden    int            // of peers about somebody who is restricted, which nobody opens
	Referred  []guest.View   // to guest offices
	Restrict  *restrictPart  // for those who may restrict, and those who may see protection
}

// side is one record of the person.
type side struct {
	Entry        string
	Noun, Source string
	ID           string
	Loaded       string // the day
}

// sideRow is a column of the registers across the records.
type sideRow struct {
	Key     string
	Cells   []sideCell
	Differs bool
}

type sideCell struct {
	Value   string
	Differs bool // from the record that was opened, or else from the first that has a value
}

// residentPart is what the last run holds of one record of residents.
type residentPart struct {
	status.Resident
	Permits []permitPart
}

// permitPart is a permit that is or may be the resident's, with the evidence step by step.
type permitPart struct {
	status.LinkView
	Likely, Prior, Rivals, Total string
	Waterfall                    []step
}

// restrictPart is the form by which somebody is restricted, and for those who may see it what holds.
type restrictPart struct {
	Values []restrictValue
	Holds  []holdPart
	Lifter string // who wants it ended; empty: nobody
	Mine   bool   // that is the visitor

	Value, Reason string // as typed
	Wrong         string // key of what is wrong
}

type restrictValue struct{ Value, Text string }

// holdPart is one step of restricting.
type holdPart struct {
	registry.Restriction
	Text  string
	Until time.Time // while it waits for a second officer, else zero
	Since time.Time
	Mine  bool // the visitor has begun it
}

func (v *visit) openPerson() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	return v.showPerson(http.StatusOK, entry, restrictPart{})
}

// showPerson answers with the page of a person; typed is what somebody who restricts has typed.
func (v *visit) showPerson(code int, entry string, typed restrictPart) error {
	held, err := v.OpenPerson(v.ctx(), entry)
	if err != nil {
		return err
	}
	body := personPage{Entry: entry, First: held.Records[0], Name: held.Records[0].Name().Whole(), Whole: held.Whole, Lines: held.Lines, Hidden: held.Hidden, Referred: held.Referred}
	v.beside(&body, held.Records, held.Fields)
	for _, r := range held.Whole.Residents {
		body.Residents = append(body.Residents, v.residentPart(r))
	}
	if v.who.May(account.Restrict) || v.protection() {
		if body.Restrict, err = v.restrictPart(held.Whole.Restricted, typed); err != nil {
			return err
		}
	}
	return v.showAs(code, "people_person", "people.person", body)
}

// sidesShown is how many records stand beside each other.
const sidesShown = 8

// compared are the columns in which records of one person should say the same.
var compared = []registry.Field{
	registry.FullName, registry.Sex, registry.BirthDate, registry.BirthPlace, registry.Nationality, registry.PassportNo, registry.PassportExpiry,
	registry.NationalID, registry.Phone,
}

// wholeFields are the columns of the page of a person. What a family has said stays with its report, but for those who may see
// protection.
func wholeFields(protection bool) (out []registry.Field) {
	for _, n := range registry.Nouns {
		for _, f := range n.Fields() {
			told := f == registry.Summary || f == registry.ReportedBy || f == registry.LastContact || f == registry.LastPlace
			if f != registry.ID && !slices.Contains(out, f) && (protection || !told) {
				out = append(out, f)
			}
		}
	}
	return out
}

// beside puts the records of a person side by side.
func (v *visit) beside(body *personPage, records []registry.Record, fields []registry.Field) {
	if len(records) > sidesShown {
		body.Beyond = len(records) - sidesShown
		records = records[:sidesShown]
	}
	for i := range records {
		r := &records[i]
		body.Sides = append(body.Sides, side{r.Entry, string(r.Batch.Noun), r.Source(), r.Get(registry.ID), v.cat.Date(r.Batch.At.UTC().Format(time.DateOnly))})
	}
	for _, f := range fields {
		if f == registry.GivenName || f == registry.Surname { // the name stands in one row, however it is kept
			continue
		}
		row, any := sideRow{Key: "people.column." + f.String()}, false
		first := ""
		for i := range records {
			value := records[i].Get(f)
			if f == registry.FullName {
				value = records[i].Name().Whole()
			}
			c := sideCell{Value: v.cell(f.String(), value)}
			if value != "" {
				any = true
				if first == "" {
					first = value
				}
				if c.Differs = slices.Contains(compared, f) && !agree(f, first, value); c.Differs {
					row.Differs = true
				}
			}
			row.Cells = append(row.Cells, c)
		}
		if any {
			body.Rows = append(body.Rows, row)
		}
	}
}

// agree reports whether two values of a column say the same, as far as they go: the words of a name in any order, a year and a
// day in it.
func agree(f registry.Field, a, b string) bool {
	words := func(s string) []string {
		w := strings.Fields(strings.ToUpper(s))
		slices.Sort(w)
		return w
	}
	switch f {
	case registry.BirthDate:
		return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
	case registry.FullName, registry.BirthPlace:
		return slices.Equal(words(a), words(b))
	}
	return person.NormalNumber(a) == person.NormalNumber(b)
}

func (v *visit) residentPart(r status.Resident) residentPart {
	out := residentPart{Resident: r}
	for _, l := range r.Permits {
		p := permitPart{LinkView: l, Likely: likely(l.Probability), Prior: v.cat.Signed(l.Prior, 1), Total: v.cat.Signed(l.Weight, 1)}
		sum := l.Prior
		for _, b := range l.Steps {
			sum += b.Weight + b.Frequency
			p.Waterfall = append(p.Waterfall, v.step(b, sum))
		}
		if rivals := v.cat.Signed(l.Rivals, 1); l.Rivals <= -0.05 || l.Rivals >= 0.05 { // what would show
			p.Rivals = rivals
		}
		out.Permits = append(out.Permits, p)
	}
	return out
}

func (v *visit) step(b linkage.Bar, sum float64) step {
	return step{b.Comparison, levelKey(b.Level), v.cat.Signed(b.Weight, 1), v.cat.Signed(b.Frequency, 1), v.cat.Signed(sum, 1), b.Left.Written, b.Right.Written}
}

// protectionWords says a value of the axis of protection in the reader's words.
func (v *visit) protectionWords() (func(value string) string, error) {
	pack, err := rules.Status(v.today().String())
	if err != nil {
		return nil, err
	}
	return func(value string) string {
		var out []string
		for member := range strings.SplitSeq(value, "+") {
			out = append(out, pack.Values[rules.AxisProtection][member].In(v.lang()))
		}
		return strings.Join(out, " + ")
	}, nil
}

// restrictPart is the form with what holds; holds is empty for those who may not see protection.
func (v *visit) restrictPart(holds []registry.Restriction, typed restrictPart) (*restrictPart, error) {
	words, err := v.protectionWords()
	if err != nil {
		return nil, err
	}
	out := typed
	for _, value := range rules.ValuesOf(rules.AxisProtection)[1:] {
		out.Values = append(out.Values, restrictValue{value, words(value)})
	}
	for _, r := range holds {
		if slices.ContainsFunc(out.Holds, func(h holdPart) bool { // each record has its own row
			return h.Officer == r.Officer && h.Value == r.Value && h.At == r.At && h.Second == r.Second
		}) {
			continue
		}
		at, err := store.ParseTime(r.At)
		if err != nil {
			return nil, fmt.Errorf("a restriction: its time: %w", store.ErrDamaged)
		}
		out.Holds = append(out.Holds, holdPart{r, words(r.Value.String()), r.Until(), at, r.Officer == v.who.ID})
		if r.Lifter != "" {
			out.Lifter, out.Mine = r.Lifter, r.Lifter == v.who.ID
		}
	}
	return &out, nil
}

func (v *visit) restrict() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	typed := restrictPart{Value: v.form("protection"), Reason: v.form("reason")}
	told, err := v.Restrict(v.ctx(), entry, typed.Value, typed.Reason)
	switch {
	case errors.Is(err, ErrProtection):
		typed.Wrong, typed.Value = "people.restrict_value", ""
	case errors.Is(err, ErrReason):
		typed.Wrong = "people.restrict_reason_wrong"
	case err != nil:
		return err
	default:
		v.tell("people.restrict_" + told)
		return v.to("/people/" + entry)
	}
	return v.showPerson(http.StatusUnprocessableEntity, entry, typed)
}

// lift ends a restriction. Only those may who can see that there is one.
func (v *visit) lift() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	told, err := v.Lift(v.ctx(), entry)
	if err != nil {
		return err
	}
	v.tell("people.lift_" + told)
	if v.form("list") == "yes" { // the person may have no page
		return v.to("/people/restricted")
	}
	return v.to("/people/" + entry)
}

// mostHolds is how many restrictions a page has.
const mostHolds = 50

// holdsPage are the restrictions that hold.
type holdsPage struct {
	Holds []holdLine
	All   int
	Next  string // the last of them, where there are more; else empty
}

// holdLine is a line of them. It names nobody.
type holdLine struct {
	registry.Hold
	Text         string
	Mine, Lifted bool // the visitor has said so, or wants it ended
}

func (v *visit) holds() error {
	after := v.r.URL.Query().Get("after")
	if after != "" && !store.IsID(after) {
		return errNoPage
	}
	list, next, all, err := v.Holds(v.ctx(), after, mostHolds)
	if err != nil {
		return err
	}
	body := holdsPage{All: all, Next: next}
	words, err := v.protectionWords()
	if err != nil {
		return err
	}
	for _, h := range list {
		body.Holds = append(body.Holds, holdLine{h, words(h.Value.String()), h.Officer == v.who.ID, h.Lifter == v.who.ID})
	}
	return v.show("people_restricted", "holds.title", body)
}

// findPage is how who looks into looking names a record: they see no people, so they cannot search for one.
type findPage struct {
	Nouns    []registry.Noun
	Noun, ID string
	None     bool
	Found    []side // where several sources have the id
}

func (v *visit) lookersForm() error {
	return v.show("people_find", "people.lookers", findPage{Nouns: registry.Nouns})
}

func (v *visit) findLookers() error {
	body := findPage{Nouns: registry.Nouns, Noun: v.form("register"), ID: v.form("id")}
	found, err := v.Named(v.ctx(), body.Noun, body.ID)
	if err != nil {
		return err
	}
	for i := range found {
		body.Found = append(body.Found, side{Entry: found[i].Entry, Noun: body.Noun, Source: found[i].Source(), ID: body.ID})
	}
	body.None = len(body.Found) == 0
	switch {
	case body.None:
		return v.showAs(http.StatusUnprocessableEntity, "people_find", "people.lookers", body)
	case len(body.Found) == 1:
		return v.to("/people/" + body.Found[0].Entry + "/lookers")
	}
	return v.show("people_find", "people.lookers", body)
}

// lookKinds are the events by which an officer sees somebody, or a letter goes out about them. The others would tell of a
// restriction, and so would the purpose of a letter: a referral is of somebody who may be in danger.
var lookKinds = []string{
	"search", "status.show", "status.class", "status.doubtful", "alerts_screening", "sightings", "enquiry-shown", "enquiry-asked", "enquiry-followed", "enquiry-answered",
	"review.listed", "review.opened", "referred", "referred-shown", "evidence", kindLookers,
}

// kindLookers is the event of looking who has looked.
const kindLookers = "lookers-shown"

// Limits of who has looked.
const (
	looksShown = 200
	looksRead  = 50_000 // events: the journal is in the order of time, and is looked through for the person
)

func (v *visit) lookers() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	body, err := v.Lookers(v.ctx(), entry, v.r.FormValue("before"))
	if err != nil {
		return err
	}
	return v.show("people_lookers", "people.lookers", body)
}

// Likelihood is a probability in words and as a share.
func (v view) Likelihood(likely string, p float64) string {
	return v.text("people.likely."+likely, locale.Text("share", v.Percent(p)))
}
