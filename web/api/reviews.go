package api

import (
	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/store"
	"mitra/web"
)

// reviews are the doubtful matches of permits and residents.
func (a *API) reviews() {
	add(a, operation{id: "list-reviews", method: "GET", path: "/v1/reviews", right: account.Decide, people: true, says: "Doubtful matches that wait, the most pressing first; or words that wait for a second officer, or that officers have said. Each answer counts."}, (*call).reviews)
	add(a, operation{id: "get-review", method: "GET", path: "/v1/reviews/{permit}/{resident}", right: account.Decide, people: true, says: "A doubtful match. It counts."}, (*call).review)
	add(a, operation{id: "decide-review", method: "POST", path: "/v1/reviews/{permit}/{resident}", right: account.Decide, people: true, changes: true, says: "Decides a doubtful match, agrees or disagrees with another officer, or undoes it."}, (*call).decide)
}

type reviewsIn struct {
	List
	Which string `query:"which" enum:"open,second,decided" default:"open"`
}

// Review is a doubtful match in a list.
type Review struct {
	Permit       string  `json:"permit" doc:"Entry."`
	Resident     string  `json:"resident" doc:"Entry."`
	PermitName   string  `json:"permit_name"`
	ResidentName string  `json:"resident_name"`
	PermitNo     string  `json:"permit_no,omitempty"`
	Probability  float64 `json:"probability"`
	Concern      string  `json:"concern" enum:"overstays,no_permit,has_permit,has_left" doc:"What is known of the resident, and why it matters."`
	Again        bool    `json:"again,omitempty" doc:"It was decided before, and a record has changed since, or that was undone."`
	Said         *Said   `json:"said,omitempty" doc:"What an officer has said."`
	Holds        bool    `json:"holds,omitempty"`
	MayUndo      bool    `json:"may_undo,omitempty"`
}

// Said is a word of an officer on a doubtful match.
type Said struct {
	Act     string `json:"act"`
	Two     bool   `json:"two" doc:"Another has to agree before it holds."`
	Reason  string `json:"reason,omitempty"`
	Officer string `json:"officer"`
	Office  string `json:"office"`
	At      string `json:"at"`
}

func saidOf(a *status.Act) *Said {
	if a == nil {
		return nil
	}
	return &Said{a.Act, a.Two, a.Reason, a.Officer, a.Office, a.At}
}

func concernOf(c status.Concern) string {
	return [...]string{"overstays", "no_permit", "has_permit", "has_left"}[min(max(c, 0), status.HasLeft)]
}

// Reviews are a page of doubtful matches.
type Reviews struct {
	Items []Review `json:"items"`
	Next  string   `json:"next,omitempty" doc:"The cursor to go on with; absent at the end."`
}

func (c *call) reviews(in *reviewsIn) (out Reviews, err error) {
	name := "reviews " + in.Which
	after, err := parseCursor(name, in.Cursor)
	if err != nil {
		return out, err
	}
	var lines []status.ReviewLine
	next := ""
	switch in.Which {
	case "second":
		lines, err = c.ReviewsWaiting(c.ctx, in.Limit)
	case "decided":
		lines, next, err = c.ReviewsDecided(c.ctx, after, in.Limit)
	default:
		var p status.ReviewPage
		p, err = c.Reviews(c.ctx, after, in.Limit)
		lines, next = p.Lines, p.Next
	}
	if err != nil {
		return out, err
	}
	out = Reviews{Items: []Review{}, Next: cursorAfter(name, next)}
	for _, l := range lines {
		out.Items = append(out.Items, Review{l.Permit.Entry, l.Resident.Entry, l.Permit.Name().Whole(), l.Resident.Name().Whole(), l.Permit.Get(registry.PermitNo), l.Probability,
			concernOf(l.Concern), l.Again, saidOf(l.Act), l.Holds, l.Undo})
	}
	return out, nil
}

// PairIn names a doubtful match.
type PairIn struct {
	Permit   string `path:"permit" maxLength:"64" doc:"Entry."`
	Resident string `path:"resident" maxLength:"64" doc:"Entry."`
}

// Pair is a doubtful match. Both records are as they are now.
type Pair struct {
	Permit       PairRecord      `json:"permit"`
	Resident     PairRecord      `json:"resident"`
	Link         status.LinkView `json:"link" doc:"How the comparison came to its probability."`
	ReviewFrom   float64         `json:"review_from" doc:"Probability from which a match is doubtful."`
	LinkFrom     float64         `json:"link_from" doc:"And from which it is taken for one."`
	Concern      string          `json:"concern" enum:"overstays,no_permit,has_permit,has_left"`
	State        string          `json:"state"`
	Held         *Said           `json:"held,omitempty" doc:"What holds."`
	Waiting      *Said           `json:"waiting,omitempty" doc:"What waits for a second officer."`
	Second       string          `json:"second,omitempty" doc:"Who has agreed to what holds."`
	Stale        bool            `json:"stale,omitempty" doc:"A record has changed since what holds was decided."`
	Mine         bool            `json:"mine,omitempty" doc:"What waits is the officer's own word."`
	MayUndo      bool            `json:"may_undo,omitempty"`
	Said         []Said          `json:"said" doc:"All words, in their order."`
	Seen         int64           `json:"seen" doc:"To be sent back with a word."`
	ForSame      []string        `json:"for_same" doc:"Why same takes a second officer."`
	ForDifferent []string        `json:"for_different" doc:"Why different does."`
	Rivals       []PairRival     `json:"rivals"`
	Hidden       bool            `json:"hidden_rival,omitempty" doc:"There is one whom the officer may not see."`
	Given        bool            `json:"given,omitempty" doc:"The permit is somebody else's by the word of an officer."`
}

// PairRecord is one of the two.
type PairRecord struct {
	Version string `json:"version" doc:"To be sent back with a word."`
	Record
	Given []Cell `json:"given" doc:"Other cells, as the list gives them."`
}

// Cell is a cell of a list under its own heading.
type Cell struct {
	Heading string `json:"heading"`
	Value   string `json:"value"`
}

// PairRival is another match of the permit or the resident.
type PairRival struct {
	Permit      string  `json:"permit"`
	Resident    string  `json:"resident"`
	Name        string  `json:"name"`
	PermitNo    string  `json:"permit_no,omitempty"`
	From        string  `json:"valid_from,omitempty"`
	Until       string  `json:"valid_until,omitempty"`
	Other       bool    `json:"other_resident" doc:"Another resident; else another permit."`
	Band        string  `json:"band"`
	Probability float64 `json:"probability"`
}

func pairRecord(r *registry.Record) PairRecord {
	out := PairRecord{Version: r.ID, Record: Record{Entry: r.Entry, Register: string(r.Batch.Noun), Source: r.Source(), ID: status.SourceID(r), Loaded: r.Batch.At, Values: []search.Value{}}, Given: []Cell{}}
	for _, f := range r.Batch.Noun.Fields() {
		if v := r.Get(f); v != "" && f != registry.ID {
			out.Values = append(out.Values, search.Value{Column: f.String(), Value: v})
		}
	}
	for heading, cell := range r.Given() {
		out.Given = append(out.Given, Cell{heading, cell})
	}
	return out
}

func (c *call) review(in *PairIn) (out Pair, err error) {
	p, err := c.OpenPair(c.ctx, in.Permit, in.Resident)
	if err != nil {
		return out, err
	}
	out = Pair{pairRecord(p.Permit), pairRecord(p.Resident), p.Link, p.ReviewFrom, p.LinkFrom, concernOf(p.Concern), p.State, saidOf(p.Held), saidOf(p.Waiting), p.Second, p.Stale, p.Mine, p.MayUndo,
		[]Said{}, p.Seen, append([]string{}, p.ForSame...), append([]string{}, p.ForDifferent...), []PairRival{}, p.Hidden, p.Given}
	for i := range p.Acts {
		out.Said = append(out.Said, *saidOf(&p.Acts[i]))
	}
	for _, r := range p.Rivals {
		out.Rivals = append(out.Rivals, PairRival{r.Permit, r.Resident, r.Name, r.PermitNo, r.From, r.Until, r.Other, r.Band, r.Probability})
	}
	return out, nil
}

type decideIn struct {
	PairIn
	Body struct {
		Act             string `json:"act" enum:"same,different,agree,disagree,undo"`
		Reason          string `json:"reason,omitempty" maxLength:"500" doc:"Needed where it takes a second officer, and to undo the word of another."`
		Seen            int64  `json:"seen" doc:"As it was read."`
		PermitVersion   string `json:"permit_version" maxLength:"64" doc:"As it was read."`
		ResidentVersion string `json:"resident_version" maxLength:"64" doc:"As it was read."`
	}
}

// DecidedPair is the state of a doubtful match after a word.
type DecidedPair struct {
	State string `json:"state"`
}

func (c *call) decide(in *decideIn) (out DecidedPair, err error) {
	if !store.IsID(in.Permit) || !store.IsID(in.Resident) {
		return out, web.ErrNoPage
	}
	b := in.Body
	out.State, err = c.Decide(c.ctx, status.Word{Permit: in.Permit, Resident: in.Resident, Act: b.Act, Reason: b.Reason, Seen: b.Seen, PermitVersion: b.PermitVersion, ResidentVersion: b.ResidentVersion})
	return out, err
}
