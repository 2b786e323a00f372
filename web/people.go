package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/desk/watch"
	"mitra/identity/linkage"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
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
	if err := v.s.searched.add(v.who.ID, v.s.Now()); err != nil {
		return err
	}
	a, err := v.s.People.Ask(v.ctx(), q, v.searcher())
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

// today is the day at the node, as status takes it.
func (v *visit) today() person.Date { return person.FromTime(v.s.Now()) }

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
	if err := v.s.opened.add(v.who.ID, v.s.Now()); err != nil {
		return err
	}
	records, whole, err := v.s.Person(v.ctx(), v.reader(), v.today(), v.lang(), entry)
	if errors.Is(err, ErrNoPerson) {
		return errNoPage
	} else if err != nil {
		return err
	}
	body := personPage{Entry: entry, First: records[0], Name: records[0].Name().Whole(), Whole: whole}
	fields := wholeFields(v.protection())
	if whole.Withheld {
		records, fields = records[:1], search.Shown()
	}
	v.beside(&body, records, fields)
	for _, r := range whole.Residents {
		body.Residents = append(body.Residents, v.residentPart(r))
	}
	if !whole.Withheld && v.who.May(account.SeeEnquiries) {
		var entries []string
		for i := range records {
			entries = append(entries, records[i].Entry)
		}
		about, err := v.s.Enquiries.About(v.ctx(), entries, v.officer())
		if err != nil {
			return err
		}
		for _, l := range about {
			if l.Hidden {
				body.Hidden++
			} else {
				body.Lines = append(body.Lines, l.Line)
			}
		}
	}
	if !whole.Withheld && v.who.May(account.Refer) {
		var entries []string
		for i := range records {
			entries = append(entries, records[i].Entry)
		}
		if body.Referred, err = v.s.Guests.About(v.ctx(), entries, v.referrer()); err != nil {
			return err
		}
	}
	if v.who.May(account.Restrict) || v.protection() {
		if body.Restrict, err = v.restrictPart(whole.Restricted, typed); err != nil {
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

// restrictPart is the form with what holds; holds is empty for those who may not see protection.
func (v *visit) restrictPart(holds []registry.Restriction, typed restrictPart) (*restrictPart, error) {
	pack, err := rules.Status(v.today().String())
	if err != nil {
		return nil, err
	}
	words := func(value string) string {
		var out []string
		for member := range strings.SplitSeq(value, "+") {
			out = append(out, pack.Values[rules.AxisProtection][member].In(v.lang()))
		}
		return strings.Join(out, " + ")
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

// mostReason is how many letters the reason of a restriction has.
const mostReason = 500

func (v *visit) restrict() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	typed := restrictPart{Value: v.form("protection"), Reason: v.form("reason")}
	var value rules.Protection
	switch {
	case value.UnmarshalText([]byte(typed.Value)) != nil || value == rules.NoneKnown:
		typed.Wrong, typed.Value = "people.restrict_value", ""
	case strings.ContainsFunc(typed.Reason, unicode.IsControl) || len([]rune(typed.Reason)) > mostReason:
		typed.Wrong = "people.restrict_reason_wrong"
	}
	if typed.Wrong != "" {
		return v.showPerson(http.StatusUnprocessableEntity, entry, typed)
	}
	done, err := v.s.Restrict(v.ctx(), entry, value, typed.Reason, v.by())
	if errors.Is(err, ErrNoPerson) {
		return errNoPage
	}
	switch {
	case !v.protection() && (err == nil || errors.Is(err, registry.ErrRestricted)):
		v.tell("people.restrict_noted") // whether it was so before, or another has agreed, is not theirs to learn
	case err != nil:
		return err
	case done:
		v.tell("people.restrict_done")
	default:
		v.tell("people.restrict_waits")
	}
	return v.to("/people/" + entry)
}

// lift ends a restriction. Only those may who can see that there is one.
func (v *visit) lift() error {
	entry, err := v.entry()
	if err != nil {
		return err
	}
	if !v.protection() {
		return errRight
	}
	switch done, err := v.s.Lift(v.ctx(), entry, v.by()); {
	case errors.Is(err, ErrNoPerson):
		return errNoPage
	case errors.Is(err, registry.ErrUnrestricted):
		v.tell("people.lift_none")
	case err != nil:
		return err
	case done:
		v.tell("people.lift_done")
	default:
		v.tell("people.lift_waits")
	}
	return v.to("/people/" + entry)
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
	noun, err := registry.ParseNoun(body.Noun)
	if body.None = err != nil || body.ID == "" || len(body.ID) > 200; !body.None {
		if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
			body.Found = nil
			found, err := registry.Find(tx, noun, registry.KeyOfID(body.ID))
			for i := range found {
				body.Found = append(body.Found, side{Entry: found[i].Entry, Noun: body.Noun, Source: found[i].Source(), ID: body.ID})
			}
			return err
		}); err != nil {
			return err
		}
		body.None = len(body.Found) == 0
	}
	switch {
	case body.None:
		return v.showAs(http.StatusUnprocessableEntity, "people_find", "people.lookers", body)
	case len(body.Found) == 1:
		return v.to("/people/" + body.Found[0].Entry + "/lookers")
	}
	return v.show("people_find", "people.lookers", body)
}

// lookersPage is who has looked at a person.
type lookersPage struct {
	Entry   string
	Noun    string
	Records int
	Watched bool // whoever opens the record is told of
	Looks   []look
	All     bool      // everything that was done is shown, and not only who looked
	Back    time.Time // how far the journal was read, where it goes further
	Before  string    // the event to read on from
}

// look is an event about the person.
type look struct {
	journal.Event
	Key string // of its kind in words; empty where there are none
}

// lookKinds are the events by which an officer sees somebody, or a letter goes out about them. The others would tell of a
// restriction, and so would the purpose of a letter: a referral is of somebody who may be in danger.
var lookKinds = []string{
	"search", "status.show", "status.class", "status.doubtful", "alerts_screening", "sightings", "enquiry-shown", "enquiry-asked", "enquiry-followed", "enquiry-answered",
	"review.listed", "review.opened", "referred", "referred-shown", "evidence", kindLookers,
}

// tells reports whether what an event was for may tell of a restriction.
func tells(e journal.Event) bool {
	return strings.HasPrefix(e.Kind, "enquiry-") || strings.HasPrefix(e.Kind, "referred")
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
	before := v.r.FormValue("before")
	if before != "" && !store.IsID(before) {
		return errNoPage
	}
	body := lookersPage{Entry: entry, All: v.protection()}
	entries, err := v.s.Entries(v.ctx(), entry)
	if err != nil && !errors.Is(err, ErrNoPerson) {
		return err
	}
	if len(entries) == 0 {
		entries = []string{entry} // a register has let go of it, and the journal has not
	}
	body.Records = len(entries)
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		from, err := registry.Brought(tx, entry)
		if err != nil {
			return err
		}
		if from == nil {
			return errNoPage
		}
		body.Noun = string(from.Noun)
		all, err := watch.All(tx)
		body.Watched = slices.ContainsFunc(all, func(w watch.Watched) bool { return w.Entry == entry })
		return err
	}); err != nil {
		return err
	}
	if err := v.lookedAt(kindLookers, entries); err != nil {
		return err
	}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error { return body.read(tx, before, entries) }); errors.Is(err, journal.ErrNoEvent) {
		return errNoPage
	} else if err != nil {
		return err
	}
	return v.show("people_lookers", "people.lookers", body)
}

// read looks through the journal for who has looked at the person of some records, the newest first.
func (p *lookersPage) read(tx *store.Tx, before string, entries []string) error {
	p.Looks, p.Back, p.Before = nil, time.Time{}, ""
	last, read, err := journal.NewestAbout(tx, journal.House, before, "", looksRead, entries, func(e journal.Event) error {
		about := slices.ContainsFunc(e.Subjects, func(s string) bool { return slices.Contains(entries, s) })
		if !about || !p.All && !slices.Contains(lookKinds, e.Kind) {
			return nil
		}
		if len(p.Looks) == looksShown {
			return errEnough
		}
		l := look{Event: e}
		if slices.Contains(lookKinds, e.Kind) {
			l.Key = "people.look." + e.Kind
		}
		if !p.All && tells(e) {
			l.Purpose = ""
		}
		p.Looks = append(p.Looks, l)
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		end := p.Looks[looksShown-1]
		p.Before, p.Back = end.ID, end.At
		return nil
	case err == nil && read == looksRead:
		p.Before, p.Back = last.ID, last.At
	}
	return err
}

// lookedAt writes the event of looking into who has looked.
func (v *visit) lookedAt(kind string, entries []string) error {
	return v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: v.who.ID, Office: v.who.Office, Purpose: v.purpose(), Subjects: entries, Data: []byte("{}")})
		return err
	})
}

// Likelihood is a probability in words and as a share.
func (v view) Likelihood(likely string, p float64) string {
	return v.text("people.likely."+likely, locale.Text("share", v.Percent(p)))
}
