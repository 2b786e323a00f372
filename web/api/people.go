package api

import (
	"errors"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/store"
	"mitra/web"
)

// people are the search for somebody, opening and restricting them, and who has looked.
func (a *API) people() {
	add(a, operation{id: "search-people", method: "POST", path: "/v1/people/search", right: account.SeePeople, people: true, says: "Looks for somebody by name, birth date or number. It counts into the searches of the hour."}, (*call).search)
	add(a, operation{id: "get-person", method: "GET", path: "/v1/people/{entry}", right: account.SeePeople, people: true, says: "Opens the person of a record. It counts into the people of the hour."}, (*call).person)
	add(a, operation{id: "restrict-person", method: "POST", path: "/v1/people/{entry}/restrict", right: account.Restrict, people: true, changes: true, says: "Restricts a person, or agrees to that. It takes two officers."}, (*call).restrict)
	add(a, operation{id: "lift-restriction", method: "POST", path: "/v1/people/{entry}/lift", right: account.Restrict, people: true, changes: true, says: "Ends the restriction of a person. It takes two officers who may see protection."}, (*call).lift)
	add(a, operation{id: "list-restrictions", method: "GET", path: "/v1/restrictions", right: account.SeeProtection, people: true, says: "Restrictions that hold, naming nobody: first those that wait for a second officer, then those that somebody wants ended, then those of people whom no list has any more."}, (*call).restrictions)
	add(a, operation{id: "list-lookers", method: "GET", path: "/v1/people/{entry}/lookers", right: account.SeeLookers, people: true, says: "Who has looked at a person, the newest first."}, (*call).lookers)
	add(a, operation{id: "find-records", method: "POST", path: "/v1/records/search", right: account.SeeLookers, people: true, says: "Finds records by the id that their source gives, for whoever looks into looking."}, (*call).records)
}

type searchIn struct {
	Body struct {
		Who string `json:"who" minLength:"1" maxLength:"500" doc:"As it is written into the search of the desk: Sri Wahyuni 1994 B1234567."`
	}
}

func (c *call) search(in *searchIn) (search.Answer, error) {
	q, err := search.ParseQuery(in.Body.Who, c.a.d.Now().Year())
	if err != nil {
		return search.Answer{}, err
	}
	return c.Search(c.ctx, q)
}

type EntryIn struct {
	Entry string `path:"entry" maxLength:"64" doc:"The entry of a record."`
}

func (in EntryIn) check() error {
	if !store.IsID(in.Entry) {
		return web.ErrNoPage
	}
	return nil
}

// Person is what is held of a person, as far as the officer may see it.
type Person struct {
	Entry        string         `json:"entry"`
	Withheld     bool           `json:"withheld" doc:"The class is ASK_SUPERVISOR: a supervisor who may see protection knows more."`
	Class        string         `json:"class,omitempty" doc:"Where the records and partners give one together, or it is withheld; else each resident has its own."`
	Records      []Record       `json:"records" doc:"Of each source, the one that was opened first."`
	Residents    []Resident     `json:"residents" doc:"What the last run holds of each record of residents."`
	Joint        *status.Joint  `json:"joint,omitempty" doc:"What this node and its partners know together."`
	Enquiries    []enquiry.Line `json:"enquiries" doc:"Conversations about the person, for those who may see enquiries."`
	Hidden       int            `json:"enquiries_hidden" doc:"Questions of partners about somebody who is restricted, which nobody opens."`
	Referrals    []Referral     `json:"referrals" doc:"To guest offices, for those who may refer."`
	Restrictions []Restriction  `json:"restrictions" doc:"For those who may see protection."`
}

// Record is what one source says.
type Record struct {
	Entry    string         `json:"entry"`
	Register string         `json:"register"`
	Source   string         `json:"source"`
	ID       string         `json:"id,omitempty" doc:"That the source gives."`
	Loaded   time.Time      `json:"loaded"`
	Values   []search.Value `json:"values"`
}

// Resident is a resident as of the last run.
type Resident struct {
	Entry string `json:"entry"`
	status.Person
}

// Restriction is a step of restricting somebody.
type Restriction struct {
	Protection string    `json:"protection"`
	Reason     string    `json:"reason"`
	Officer    string    `json:"officer"`
	Office     string    `json:"office"`
	At         string    `json:"at"`
	Second     string    `json:"second,omitempty" doc:"Who has agreed."`
	Until      time.Time `json:"until,omitzero" doc:"When the word of one officer ends."`
	Lifter     string    `json:"lifter,omitempty" doc:"Who wants it ended."`
}

// Hold is what officers have said at once of the records of a person who is restricted.
type Hold struct {
	ID string `json:"id"`
	Restriction
	Entries []string `json:"entries" doc:"Of the person's records."`
	Gone    []string `json:"gone" doc:"Entries of records that no list has any more. Where there are no others, nobody finds the person; the restriction can be ended by one of these."`
}

func (c *call) restrictions(in *List) (p Page[Hold], err error) {
	after, err := parseCursor("restrictions", in.Cursor)
	if err != nil {
		return p, err
	}
	list, next, _, err := c.Holds(c.ctx, after, in.Limit)
	if errors.Is(err, web.ErrNoPage) { // it was ended meanwhile
		return p, errCursor
	}
	if err != nil {
		return p, err
	}
	p = Page[Hold]{Items: []Hold{}, Next: cursorAfter("restrictions", next)}
	for _, h := range list {
		p.Items = append(p.Items, Hold{h.ID, Restriction{h.Value.String(), h.Reason, h.Officer, h.Office, store.Time(h.At), h.Second, h.Until, h.Lifter}, append([]string{}, h.Entries...), append([]string{}, h.Gone...)})
	}
	return p, nil
}

func (c *call) person(in *EntryIn) (p Person, err error) {
	if err := in.check(); err != nil {
		return p, err
	}
	h, err := c.OpenPerson(c.ctx, in.Entry)
	if err != nil {
		return p, err
	}
	p = Person{Entry: in.Entry, Withheld: h.Whole.Withheld, Records: []Record{}, Residents: []Resident{}, Joint: h.Whole.Joint, Enquiries: h.Lines, Hidden: h.Hidden, Referrals: []Referral{}, Restrictions: []Restriction{}}
	for _, v := range h.Referred {
		p.Referrals = append(p.Referrals, referralOf(v.Line))
	}
	if p.Enquiries == nil {
		p.Enquiries = []enquiry.Line{}
	}
	for i := range h.Records {
		r := &h.Records[i]
		one := Record{Entry: r.Entry, Register: string(r.Batch.Noun), Source: r.Source(), ID: r.Get(registry.ID), Loaded: r.Batch.At, Values: []search.Value{}}
		for _, f := range h.Fields {
			if v := r.Get(f); v != "" {
				one.Values = append(one.Values, search.Value{Column: f.String(), Value: v})
			}
		}
		p.Records = append(p.Records, one)
	}
	for _, r := range h.Whole.Residents {
		p.Residents = append(p.Residents, Resident{r.Entry, r.Person})
	}
	switch {
	case p.Withheld:
		p.Class = status.AskSupervisor
	case p.Joint != nil:
		p.Class = p.Joint.Class
	}
	for _, r := range h.Whole.Restricted {
		p.Restrictions = append(p.Restrictions, Restriction{r.Value.String(), r.Reason, r.Officer, r.Office, r.At, r.Second, r.Until(), r.Lifter})
	}
	return p, nil
}

type restrictIn struct {
	EntryIn
	Body struct {
		Protection string `json:"protection" maxLength:"100" doc:"On the axis of protection, such as claim or possible_victim."`
		Reason     string `json:"reason,omitempty" maxLength:"500"`
	}
}

// Told is how far something that takes two officers has come.
type Told struct {
	State string `json:"state" enum:"done,waits,noted,none" doc:"done; waits for another officer; noted: for those who may not see protection; none: there was nothing to end."`
}

func (c *call) restrict(in *restrictIn) (t Told, err error) {
	if err := in.check(); err != nil {
		return t, err
	}
	t.State, err = c.Restrict(c.ctx, in.Entry, in.Body.Protection, in.Body.Reason)
	return t, err
}

func (c *call) lift(in *EntryIn) (t Told, err error) {
	if err := in.check(); err != nil {
		return t, err
	}
	t.State, err = c.Lift(c.ctx, in.Entry)
	return t, err
}

type lookersIn struct {
	EntryIn
	Cursor string `query:"cursor" maxLength:"200" pattern:"^[A-Za-z0-9_-]*$" patternDescription:"a cursor" doc:"The next of an earlier answer, to go on from there."`
}

// Lookers are who has looked at a person.
type Lookers struct {
	Entry    string    `json:"entry"`
	Register string    `json:"register"`
	Records  int       `json:"records" doc:"Of the person, that were looked for."`
	Watched  bool      `json:"watched" doc:"Whoever opens the record is told of."`
	Items    []Look    `json:"items"`
	Next     string    `json:"next,omitempty" doc:"The cursor to go on with; absent at the end."`
	Back     time.Time `json:"back,omitzero" doc:"How far the journal was read."`
}

// Look is an event about somebody.
type Look struct {
	Event   string    `json:"event"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Officer string    `json:"officer"`
	Office  string    `json:"office,omitempty"`
	Purpose string    `json:"purpose,omitempty"`
}

func (c *call) lookers(in *lookersIn) (out Lookers, err error) {
	if err := in.check(); err != nil {
		return out, err
	}
	before, err := parseCursor("lookers "+in.Entry, in.Cursor)
	if err != nil {
		return out, err
	}
	l, err := c.Lookers(c.ctx, in.Entry, before)
	if err != nil {
		return out, err
	}
	out = Lookers{Entry: l.Entry, Register: l.Noun, Records: l.Records, Watched: l.Watched, Items: []Look{}, Next: cursorAfter("lookers "+in.Entry, l.Before), Back: l.Back}
	for _, x := range l.Looks {
		out.Items = append(out.Items, Look{x.ID, x.At, x.Kind, x.Actor, x.Office, x.Purpose})
	}
	return out, nil
}

type recordsIn struct {
	Body struct {
		Register string `json:"register" enum:"residents,permits,placements,departures,reports,alerts"`
		ID       string `json:"id" minLength:"1" maxLength:"200" doc:"That the source gives."`
	}
}

// Found are records, without what stands in them.
type Found struct {
	Items []FoundRecord `json:"items"`
}

// FoundRecord is a record that there is.
type FoundRecord struct {
	Entry  string `json:"entry"`
	Source string `json:"source"`
}

func (c *call) records(in *recordsIn) (Found, error) {
	out := Found{Items: []FoundRecord{}}
	all, err := c.Named(c.ctx, in.Body.Register, in.Body.ID)
	for i := range all {
		out.Items = append(out.Items, FoundRecord{all[i].Entry, all[i].Source()})
	}
	return out, err
}
