package status

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
)

// Said is what a partner has released of a person: its own words, which stand beside what this node knows.
type Said struct {
	Country string            // of the partner
	Office  string            // who has written it, by the partner's pseudonyms
	Officer string            //
	Letter  string            // mid of the release
	AsOf    string            // the day it holds for, if it says so
	At      time.Time         // when it came
	Record  map[string]string // by the names of fields
}

// A PartnerView is what a partner holds somebody to be on the axis of protection, and has told for a reason.
type PartnerView struct {
	Country, Letter string
	View            rules.Protection
	Consent         bool // else by a duty of its law
}

// Joint is the status of one person in which the knowledge of two states meets: axes that this node's own registers
// and officers write, and those that only the partner can. Neither overwrites the other.
type Joint struct {
	Records    []JointRecord `json:"records"` // of this node
	AsOf       string        `json:"as_of"`
	Pack       string        `json:"rule_pack"`
	Class      string        `json:"class"`
	ClassTitle string        `json:"class_title,omitempty"`
	Row        string        `json:"row,omitempty"`
	RowText    string        `json:"row_text,omitempty"`
	Computed   bool          `json:"computed"` // always: nobody may be measured by it
	Axes       []JointAxis   `json:"axes"`
	Duties     []string      `json:"duties"`
	Review     []string      `json:"review,omitempty"` // where views differ: somebody has to look again
	Notice     string        `json:"notice"`
	Mark       string        `json:"mark,omitempty"`
}

// JointRecord is a record of this node that is held to be of the person.
type JointRecord struct {
	Register string `json:"register"`
	Source   string `json:"source"`
	ID       string `json:"id"`
}

// JointAxis is one axis, who says so and why.
type JointAxis struct {
	Axis    string   `json:"axis"`
	Title   string   `json:"title"`
	Value   string   `json:"value"`
	Text    string   `json:"text"`
	By      string   `json:"by"` // the country whose word it is
	Office  string   `json:"office,omitempty"`
	Letter  string   `json:"letter,omitempty"` // of the partner's words
	AsOf    string   `json:"as_of,omitempty"`
	Reasons []string `json:"reasons"`
}

// JointOf puts together what a node knows of the person of some records, and what partners have said of them. The event of
// the reading is written before. said is asked for within the transaction, with the entries of the records.
func JointOf(ctx context.Context, db *store.DB, r Reader, node string, asOf person.Date, lang rules.Lang, records []registry.Record,
	said func(tx *store.Tx, entries []string) ([]Said, []PartnerView, error)) (j Joint, err error) {
	var entries []string
	for i := range records {
		entries = append(entries, records[i].Entry)
	}
	if err := r.record(ctx, db, "status.show", map[string]any{"with_protection": r.Protection, "joint": true}, entries); err != nil {
		return j, err
	}
	err = db.Read(ctx, func(tx *store.Tx) error {
		words, views, err := said(tx, entries)
		if err != nil {
			return err
		}
		restricted, err := registry.RestrictionsOf(tx, entries...)
		if err != nil {
			return err
		}
		j, err = readJoint(tx, r, node, asOf, lang, records, words, views, restricted)
		return err
	})
	return j, err
}

// readJoint puts a joint status together; the event of the reading has been written.
func readJoint(tx *store.Tx, r Reader, node string, asOf person.Date, lang rules.Lang, records []registry.Record, words []Said, views []PartnerView,
	restricted map[string][]registry.Restriction) (Joint, error) {
	pack, err := rules.Status(asOf.String())
	if err != nil {
		return Joint{}, err
	}
	placed, err := registry.Holds(tx, registry.Placements)
	if err != nil {
		return Joint{}, err
	}
	return joint{node: node, asOf: asOf, pack: pack, lang: lang, records: records, words: words, views: views, restricted: restricted, placements: placed}.view(r), nil
}

// joint is what a joint status is made of.
type joint struct {
	node       string
	asOf       person.Date
	pack       *rules.StatusPack
	lang       rules.Lang
	records    []registry.Record
	words      []Said
	views      []PartnerView
	restricted map[string][]registry.Restriction
	placements bool

	axes      rules.Axes
	review    []string
	sensitive []string // what of it is about protection
}

func (x joint) view(r Reader) Joint {
	j := Joint{AsOf: x.asOf.String(), Pack: x.pack.Name(), Computed: true, Notice: x.pack.Notice.In(x.lang), Duties: []string{}}
	if mark, needed := x.pack.Mark(x.lang); needed {
		j.Mark = mark
	}
	for i := range x.records {
		rec := &x.records[i]
		j.Records = append(j.Records, JointRecord{string(rec.Batch.Noun), rec.Source(), SourceID(rec)})
	}
	x.axes.Node = x.node
	all := []JointAxis{x.identity(), x.stay(), x.work(), x.origin(), x.protection()}
	decision := x.pack.Decide(x.axes)
	j.Review = x.review
	if !r.Protection && Protected(decision.Class) {
		j.Class, j.Axes = AskSupervisor, []JointAxis{}
		return j
	}
	if r.Protection {
		j.Review = append(j.Review, x.sensitive...)
	}
	j.Class, j.Row = string(decision.Class), decision.Row
	if row, ok := x.pack.Row(j.Row); ok {
		j.ClassTitle, j.RowText = row.Title.In(x.lang), row.Text.In(x.lang)
	}
	for _, a := range all {
		if a.Axis == string(rules.AxisProtection) && !r.Protection {
			continue
		}
		j.Axes = append(j.Axes, a)
	}
	for _, d := range decision.Duties {
		j.Duties = append(j.Duties, d.Text.In(x.lang))
	}
	return j
}

// text is a text of a joint status in the language it is read in.
func (x *joint) text(key string, args ...rules.Arg) string {
	s, err := x.pack.Joint(x.lang, key, args...)
	if err != nil { // as [Reason.Render] does
		return key
	}
	return s
}

// own is an axis that this node writes.
func (x *joint) own(axis rules.Axis, value string, reasons ...string) JointAxis {
	var words []string
	for member := range strings.SplitSeq(value, "+") {
		words = append(words, x.pack.Values[axis][member].In(x.lang))
	}
	return JointAxis{Axis: string(axis), Title: x.pack.AxisNames[axis].In(x.lang), Value: value, Text: strings.Join(words, " + "), By: x.node, Reasons: reasons}
}

// theirs is an axis that the partner writes, by its latest words; the earlier stand in the reasons.
func (x *joint) theirs(axis rules.Axis, unknown, earlier, differ string) JointAxis {
	var said []Said
	for _, w := range x.words {
		if w.Record[string(axis)] != "" {
			said = append(said, w)
		}
	}
	if len(said) == 0 {
		return x.own(axis, unknown, x.text("joint_not_said"))
	}
	slices.SortStableFunc(said, func(a, b Said) int { return a.At.Compare(b.At) })
	last := said[len(said)-1]
	a := x.own(axis, last.Record[string(axis)], x.text("joint_said"))
	a.By, a.Office, a.Letter, a.AsOf = last.Country, last.Office, last.Letter, last.AsOf
	add := func(key, field, name string) {
		if v := last.Record[field]; v != "" {
			a.Reasons = append(a.Reasons, x.text(key, arg(name, v)))
		}
	}
	if axis == rules.AxisStay {
		add("joint_stay_until", "stay_until", "date")
	} else {
		add("joint_valid_until", "valid_until", "date")
		add("joint_permit_no", "permit_no", "number")
	}
	for _, w := range said[:len(said)-1] {
		a.Reasons = append(a.Reasons, x.text(earlier, arg("letter", w.Letter), arg(string(axis), w.Record[string(axis)])))
		if w.Country != last.Country && w.Record[string(axis)] != last.Record[string(axis)] {
			x.review = append(x.review, x.text(differ))
		}
	}
	return a
}

func (x *joint) identity() JointAxis {
	for i := range x.records {
		if rec := &x.records[i]; rec.Get(registry.PassportNo) != "" || rec.Get(registry.NationalID) != "" && !rec.MalformedNationalID() {
			x.axes.Identity = rules.IdentityDocumented
			return x.own(rules.AxisIdentity, x.axes.Identity.String(), x.text("joint_documented"))
		}
	}
	return x.own(rules.AxisIdentity, x.axes.Identity.String(), x.text("joint_no_document"))
}

func (x *joint) stay() JointAxis {
	a := x.theirs(rules.AxisStay, rules.StayUnknown.String(), "joint_earlier_stay", "joint_partners_differ_stay")
	if x.axes.Stay.UnmarshalText([]byte(a.Value)) != nil { // a word that this program does not know
		x.axes.Stay = rules.StayUnknown
	}
	return a
}

func (x *joint) work() JointAxis {
	a := x.theirs(rules.AxisWork, rules.WorkUnknown.String(), "joint_earlier_work", "joint_partners_differ_work")
	if x.axes.Work.UnmarshalText([]byte(a.Value)) != nil {
		x.axes.Work = rules.WorkUnknown
	}
	return a
}

// origin is written by the state of origin alone. Whoever works by a valid permit and is on no list of placements
// has left outside of them, as far as the lists go; that is no offence, and is never sent.
func (x *joint) origin() JointAxis {
	procedures := map[string]bool{}
	for i := range x.records {
		if rec := &x.records[i]; rec.Batch.Noun == registry.Placements {
			procedures[cmp.Or(rec.Get(registry.Procedure), "placed")] = true
		}
	}
	var reason string
	switch {
	case procedures["placed"]:
		x.axes.Origin, reason = rules.OriginProcedural, x.text("joint_placed")
	case procedures["self_reported"]:
		x.axes.Origin, reason = rules.OriginSelfReported, x.text("joint_self_reported")
	case x.placements && (x.axes.Work == rules.WorkPermitValid || x.axes.Work == rules.WorkPermitExpired):
		x.axes.Origin, reason = rules.OriginOutsidePlacement, x.text("joint_outside_placement")
	default:
		x.axes.Origin, reason = rules.OriginUnknown, x.text("joint_on_no_list")
	}
	return x.own(rules.AxisOrigin, x.axes.Origin.String(), reason)
}

// protection is what offices of this node have said, what a partner has told of its own view, and a child by any date of
// birth. None takes the place of another: all of them protect, and where views differ somebody has to look again.
func (x *joint) protection() JointAxis {
	var reasons []string
	var own rules.Protection
	for i := range x.records {
		for _, r := range x.restricted[x.records[i].Entry] {
			if own&r.Value != r.Value {
				reasons = append(reasons, because("protection_said", arg("office", r.Office), arg("protection", r.Value.String())).Render(x.pack, x.lang))
			}
			own |= r.Value
		}
	}
	x.axes.Protection = own
	for _, v := range x.views {
		x.axes.Protection |= v.View
		country, letter, view := arg("country", v.Country), arg("letter", v.Letter), arg("protection", v.View.String())
		if v.Consent {
			reasons = append(reasons, x.text("joint_view_consent", country, letter, view))
		} else {
			reasons = append(reasons, x.text("joint_view_legal_duty", country, letter, view))
		}
		switch {
		case own == rules.NoneKnown:
			x.sensitive = append(x.sensitive, x.text("joint_view_alone", country))
		case own&^rules.Claim != v.View: // no partner is told of a claim
			x.sensitive = append(x.sensitive, x.text("joint_views_differ", country))
		}
	}
	young, adult := false, false
	for i := range x.records {
		born := x.records[i].Birth()
		if born.IsZero() {
			continue
		}
		if underAge(born, x.asOf) == no {
			adult = true
			continue
		}
		if !young {
			reasons = append(reasons, x.text("joint_child"))
		}
		young = true
		x.axes.Protection |= rules.Child
	}
	if young && adult {
		x.sensitive = append(x.sensitive, x.text("joint_ages_differ"))
	}
	if len(reasons) == 0 {
		reasons = []string{because("protection_none_said").Render(x.pack, x.lang)}
	}
	return x.own(rules.AxisProtection, x.axes.Protection.String(), reasons...)
}
