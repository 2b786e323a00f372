package status

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

// Reader is who reads, for the event that every reading leaves.
type Reader struct {
	Actor, Office string
	Purpose       string // what for, as a code; empty where nobody has said
	// Protection says that the reader may see what concerns protection.
	Protection bool
}

// Line is one resident record in an export.
type Line struct {
	ResidentID                   string
	Identity, Stay, Work, Origin string
	Class                        string
	PermitID, PermitNo           string
	Probability                  string // of the linked permit; empty if none
	Reasons                      string
}

// LineHeader are the columns of an export.
var LineHeader = []string{"resident_id", "identity", "stay", "work", "origin", "class", "permit_id", "permit_no", "probability", "reasons"}

// Cells are the columns of a line, in the order of LineHeader.
func (l Line) Cells() []string {
	return []string{l.ResidentID, l.Identity, l.Stay, l.Work, l.Origin, l.Class, l.PermitID, l.PermitNo, l.Probability, l.Reasons}
}

// Export hands out one line for each resident record, in the order of the
// register, from the last run. The event is on disk before the first line.
//
// A reader without the right to see protection gets [AskSupervisor] in place of
// a protected class, and nothing else of that resident: an axis, a permit or a
// reason would tell which of the protected classes it is.
func Export(ctx context.Context, db *store.DB, r Reader, lang rules.Lang, yield func(Line) error) (Stored, error) {
	var (
		run     Stored
		pack    *rules.StatusPack
		held    sheets
		links   map[string][]storedLink // resident → links in force
		permits map[string]*registry.Record
		ids     []*registry.Record
	)
	err := db.Read(ctx, func(tx *store.Tx) error {
		links, permits, ids = map[string][]storedLink{}, map[string]*registry.Record{}, nil
		var err error
		if run, err = Last(tx); err != nil {
			return err
		}
		if pack, err = run.Rules(); err != nil {
			return err
		}
		if held, err = readSheets(tx, run.Office); err != nil {
			return err
		}
		all, err := readLinks(tx, selectLinks)
		if err != nil {
			return err
		}
		for _, l := range all {
			if l.band == bandLink {
				links[l.resident] = append(links[l.resident], l)
			}
		}
		if err := registry.Current(tx, registry.Permits, func(p *registry.Record) error {
			permits[p.Entry] = p.Clone()
			return nil
		}); err != nil {
			return err
		}
		return registry.Current(tx, registry.Residents, func(p *registry.Record) error {
			ids = append(ids, p.Clone())
			return nil
		})
	})
	if err != nil {
		return run, err
	}
	if err := r.record(ctx, db, "status.export", map[string]any{"run": run.ID, "residents": len(ids), "with_protection": r.Protection}, nil); err != nil {
		return run, err
	}
	for _, rec := range ids {
		line, err := exportLine(pack, r, lang, run, rec, held[rec.Entry], links[rec.Entry], permits)
		if err != nil {
			return run, fmt.Errorf("a resident record: %w", err)
		}
		if err := yield(line); err != nil {
			return run, err
		}
	}
	return run, nil
}

// notComputed is said of a record that the last run did not know.
const notComputed = "not computed yet: imported after the last run"

func exportLine(pack *rules.StatusPack, r Reader, lang rules.Lang, run Stored, rec *registry.Record, held *[5]standing, links []storedLink, permits map[string]*registry.Record) (Line, error) {
	line := Line{ResidentID: SourceID(rec)}
	if held == nil {
		line.Class, line.Reasons = string(rules.Undetermined), notComputed
		return line, nil
	}
	axes, err := axesFrom(run.Node, func(i int) string { return held[i].value })
	if err != nil {
		return line, err
	}
	class := pack.Decide(axes).Class
	if !r.Protection && Protected(class) {
		line.Class = AskSupervisor
		return line, nil
	}
	line.Class = string(class)
	line.Identity, line.Stay, line.Work, line.Origin = axes.Identity.String(), axes.Stay.String(), axes.Work.String(), axes.Origin.String()
	var reasons []string
	for i, axis := range rules.AllAxes() {
		if held[i].seq == 0 || axis == rules.AxisProtection && !r.Protection {
			continue
		}
		list, err := parseReasons(held[i].reasons)
		if err != nil {
			return line, err
		}
		for _, reason := range list {
			reasons = append(reasons, reason.Render(pack, lang))
		}
	}
	line.Reasons = strings.Join(reasons, "; ")
	if l, p := inForce(links, permits, run.AsOf); p != nil {
		line.PermitID, line.PermitNo = SourceID(p), p.Get(registry.PermitNo)
		line.Probability = strconv.FormatFloat(linkage.Probability(l.weight), 'f', 6, 64)
	}
	return line, nil
}

// inForce chooses, of the permits linked to a resident, the one in force on the
// day, or else the one that ended last.
func inForce(links []storedLink, permits map[string]*registry.Record, asOf string) (best storedLink, record *registry.Record) {
	rank := func(p *registry.Record) string {
		from, until := p.Date(registry.ValidFrom), p.Date(registry.ValidUntil)
		current := "0"
		if (from.IsZero() || from.Earliest().String() <= asOf) && (until.IsZero() || until.Latest().String() >= asOf) {
			current = "1"
		}
		return current + until.String()
	}
	for _, l := range links {
		p := permits[l.permit]
		if p != nil && (record == nil || rank(p) > rank(record)) {
			best, record = l, p
		}
	}
	return best, record
}

// SourceID is the id by which a source knows a record, or the key that the
// registry gave it where the source has none.
func SourceID(r *registry.Record) string {
	if id := r.Get(registry.ID); id != "" {
		return id
	}
	return r.Key
}

func parseReasons(text string) (out []Reason, err error) {
	if json.Unmarshal([]byte(text), &out) != nil {
		return nil, fmt.Errorf("the reasons of an assessment: %w", store.ErrDamaged)
	}
	return out, nil
}

// record writes the event of a reading, before anything is read out.
func (r Reader) record(ctx context.Context, db *store.DB, kind string, data map[string]any, subjects []string) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: r.Actor, Office: r.Office, Purpose: r.Purpose, Subjects: subjects, Data: text})
		return err
	})
}

// Stored is a run as it was kept.
type Stored struct {
	ID, At, AsOf, Node, Actor, Office string
	Pack, PackHash, Model             string
	Summary                           Summary
}

// Rules is the rule pack of the run.
func (s Stored) Rules() (*rules.StatusPack, error) {
	pack, err := rules.Load(s.Pack)
	if errors.Is(err, rules.ErrNoPack) {
		// The schema is ours, so the run is by no later program.
		err = fmt.Errorf("the last status run names a rule pack that this program does not have: %w", store.ErrDamaged)
	}
	return pack, err
}

// Last returns the last run, or an error wrapping [ErrNoRun].
func Last(tx *store.Tx) (Stored, error) {
	r, err := lastRun(tx)
	if err != nil {
		return Stored{}, err
	}
	return storedOf(r)
}

// RunOf returns a run by its id, or an error wrapping [ErrNoRun].
func RunOf(tx *store.Tx, id string) (Stored, error) {
	r, err := readRuns(tx, selectRun, id)
	if err == nil && len(r) == 0 {
		err = ErrNoRun
	}
	if err != nil {
		return Stored{}, err
	}
	return storedOf(r[0])
}

// Runs returns some of the runs before the one with an id, or of all where it is empty, the newest first.
func Runs(tx *store.Tx, before string, most int) ([]Stored, error) {
	if before == "" {
		before = "~" // after every id
	}
	list, err := readRuns(tx, selectRuns, before, most)
	if err != nil {
		return nil, err
	}
	var out []Stored
	for _, r := range list {
		s, err := storedOf(r)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func storedOf(r storedRun) (Stored, error) {
	var s stored
	if json.Unmarshal([]byte(r.summary), &s) != nil {
		return Stored{}, fmt.Errorf("the summary of a status run: %w", store.ErrDamaged)
	}
	s.Summary.Details = s.Details
	return Stored{r.id, r.at, r.asOf, r.node, r.actor, r.office, r.pack, r.packHash, r.model, s.Summary}, nil
}

// ErrNoResident is returned for an id that no residents' register has.
var ErrNoResident = errors.New("no resident with that id")

// Person is what the node holds of one resident, for an officer to read.
type Person struct {
	ResidentID string      `json:"resident_id"`
	Source     string      `json:"source"`
	AsOf       string      `json:"as_of"`
	Run        string      `json:"run"`
	Pack       string      `json:"rule_pack"`
	Class      string      `json:"class"`
	ClassTitle string      `json:"class_title,omitempty"`
	Row        string      `json:"row,omitempty"` // of the table, which gave the class
	RowText    string      `json:"row_text,omitempty"`
	Computed   bool        `json:"computed"`
	Axes       []AxisView  `json:"axes"`
	Duties     []string    `json:"duties"`
	Permits    []LinkView  `json:"permits"`
	Given      [][2]string `json:"given"` // the register's cells as they stand, with their headings
	Repairs    []string    `json:"repairs,omitempty"`
	Notice     string      `json:"notice"`
	Mark       string      `json:"mark,omitempty"` // where the language has not been reviewed
}

// AxisView is one axis with its reasons and what it was before.
type AxisView struct {
	Axis    string    `json:"axis"`
	Title   string    `json:"title"`
	Value   string    `json:"value"`
	Text    string    `json:"text"`
	Office  string    `json:"office,omitempty"`
	Officer string    `json:"officer,omitempty"`
	Reasons []string  `json:"reasons"`
	History []Earlier `json:"history,omitempty"`
}

// Earlier is an assessment that a later one superseded.
type Earlier struct {
	Value   string   `json:"value"`
	Officer string   `json:"officer"`
	Run     string   `json:"run"`
	Reasons []string `json:"reasons"`
}

// LinkView is a permit that is or may be the resident's, with its waterfall.
type LinkView struct {
	PermitID    string        `json:"permit_id"`
	PermitNo    string        `json:"permit_no,omitempty"`
	From        string        `json:"valid_from,omitempty"`
	Until       string        `json:"valid_until,omitempty"`
	Band        string        `json:"band"`
	Probability float64       `json:"probability"`
	Weight      float64       `json:"weight"`
	Prior       float64       `json:"prior"`
	Steps       []linkage.Bar `json:"steps"`
	Rivals      float64       `json:"rivals"`
	Model       string        `json:"model"`
	Decided     *Decided      `json:"decided,omitempty"` // by an officer

	Entry string `json:"-"` // of the permit
}

// Show returns what is held of one resident, and writes the event of the
// reading first. Without the right to see protection a resident of a protected
// class is [AskSupervisor] and nothing more.
func Show(ctx context.Context, db *store.DB, r Reader, lang rules.Lang, residentID string) ([]Person, error) {
	var found []registry.Record
	if err := db.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = registry.Find(tx, registry.Residents, registry.KeyOfID(residentID))
		if err == nil && len(found) == 0 {
			found, err = registry.Find(tx, registry.Residents, residentID) // a key of the registry's own
		}
		return err
	}); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNoResident
	}
	subjects := make([]string, len(found))
	for i := range found {
		subjects[i] = found[i].Entry
	}
	if err := r.record(ctx, db, "status.show", map[string]any{"with_protection": r.Protection}, subjects); err != nil {
		return nil, err
	}
	var out []Person
	err := db.Read(ctx, func(tx *store.Tx) error {
		out = nil
		run, err := Last(tx)
		if err != nil {
			return err
		}
		pack, err := run.Rules()
		if err != nil {
			return err
		}
		for i := range found {
			p, err := show(tx, r, lang, run, pack, &found[i])
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

func show(tx *store.Tx, r Reader, lang rules.Lang, run Stored, pack *rules.StatusPack, rec *registry.Record) (Person, error) {
	p := Person{ResidentID: SourceID(rec), Source: rec.Source(), AsOf: run.AsOf, Run: run.ID, Pack: pack.Name(), Computed: true, Notice: pack.Notice.In(lang),
		Axes: []AxisView{}, Duties: []string{}, Permits: []LinkView{}, Given: [][2]string{}}
	if mark, needed := pack.Mark(lang); needed {
		p.Mark = mark
	}
	history, err := readHistory(tx, rec.Entry, run.Office)
	if err != nil {
		return p, err
	}
	if len(history) == 0 {
		p.Class, p.Computed, p.Notice = string(rules.Undetermined), false, notComputed
		return p, nil
	}
	all := rules.AllAxes()
	axes, err := axesFrom(run.Node, func(i int) string {
		if list := history[string(all[i])]; len(list) > 0 {
			return list[0].value
		}
		return ""
	})
	if err != nil {
		return p, err
	}
	decision := pack.Decide(axes)
	if !r.Protection && Protected(decision.Class) {
		p.Class = AskSupervisor
		return p, nil
	}
	p.Class, p.Row = string(decision.Class), decision.Row
	if row, ok := pack.Row(p.Row); ok {
		p.ClassTitle, p.RowText = row.Title.In(lang), row.Text.In(lang)
	}
	for _, axis := range rules.AllAxes() {
		if axis == rules.AxisProtection && !r.Protection {
			continue
		}
		v, err := axisView(pack, lang, run.Office, axis, history[string(axis)])
		if err != nil {
			return p, err
		}
		p.Axes = append(p.Axes, v)
	}
	for _, d := range decision.Duties {
		p.Duties = append(p.Duties, d.Text.In(lang))
	}
	for heading, c := range rec.Given() {
		p.Given = append(p.Given, [2]string{heading, c})
	}
	p.Repairs = rec.Fields.Repairs
	p.Permits, err = linkViews(tx, rec)
	return p, err
}

func axisView(pack *rules.StatusPack, lang rules.Lang, office string, axis rules.Axis, list []storedAssessment) (AxisView, error) {
	v := AxisView{Axis: string(axis), Title: pack.AxisNames[axis].In(lang)}
	if len(list) == 0 {
		// Nobody has said anything: that is not stored, and said here.
		key := "origin_not_said"
		v.Value = rules.OriginUnknown.String()
		if axis == rules.AxisProtection {
			key, v.Value = "protection_none_said", rules.Protection(0).String()
		}
		v.Text = pack.Values[axis][v.Value].In(lang)
		v.Reasons = []string{because(key).Render(pack, lang)}
		return v, nil
	}
	render := func(text string) (out []string, err error) {
		reasons, err := parseReasons(text)
		for _, reason := range reasons {
			out = append(out, reason.Render(pack, lang))
		}
		return out, err
	}
	var err error
	v.Value, v.Office, v.Officer = list[0].value, office, list[0].officer
	var words []string
	for member := range strings.SplitSeq(v.Value, "+") {
		words = append(words, pack.Values[axis][member].In(lang))
	}
	v.Text = strings.Join(words, " + ")
	if v.Reasons, err = render(list[0].reasons); err != nil {
		return v, err
	}
	for _, old := range list[1:] {
		reasons, err := render(old.reasons)
		if err != nil {
			return v, err
		}
		v.History = append(v.History, Earlier{old.value, old.officer, old.run, reasons})
	}
	return v, nil
}

// linkViews explains the permits that are or may be a resident's.
func linkViews(tx *store.Tx, resident *registry.Record) ([]LinkView, error) {
	links, err := readLinks(tx, selectLinksOf, resident.Entry)
	if err != nil {
		return nil, err
	}
	decided, err := decidedOf(tx, resident.Entry)
	if err != nil {
		return nil, err
	}
	var out []LinkView
	for _, l := range links {
		if l.band == bandNone && (decided[l.permit] == nil || l.levels == "") {
			continue
		}
		v, err := linkView(tx, l, resident)
		if errors.Is(err, errWithdrawn) {
			continue
		}
		if err != nil {
			return nil, err
		}
		v.Decided = decided[l.permit]
		out = append(out, v)
	}
	return out, nil
}

// linkView explains one link, with the values of both records beside each step.
func linkView(tx *store.Tx, l storedLink, resident *registry.Record) (LinkView, error) {
	v := LinkView{Entry: l.permit, Band: l.band, Weight: l.weight, Probability: linkage.Probability(l.weight), Model: l.model}
	list, err := registry.History(tx, l.permit)
	if err != nil || len(list) == 0 {
		return v, fmt.Errorf("the permit of a link: %w", cmp.Or(err, goneFrom(tx, l.permit)))
	}
	rec := &list[len(list)-1]
	v.PermitID, v.PermitNo = SourceID(rec), rec.Get(registry.PermitNo)
	v.From, v.Until = rec.Get(registry.ValidFrom), rec.Get(registry.ValidUntil)
	model, err := readModel(tx, l.model)
	if err != nil {
		return v, err
	}
	levels, err := parseLevels(l.levels)
	if err != nil {
		return v, err
	}
	v.Prior = model.Prior
	v.Steps = model.Bars(levels)
	v.Rivals = l.weight - model.Prior
	for i := range v.Steps {
		b := &v.Steps[i]
		v.Rivals -= b.Weight + b.Frequency
		b.Left.Written, b.Right.Written = compareValue(resident, *b), compareValue(rec, *b)
	}
	return v, nil
}

// errWithdrawn: the list that brought a record was withdrawn, and the run that linked it was before.
var errWithdrawn = errors.New("the list that brought the record was withdrawn")

// goneFrom is why a record that a run has linked is not there.
func goneFrom(tx *store.Tx, entry string) error {
	b, err := registry.Brought(tx, entry)
	switch {
	case err != nil:
		return err
	case b != nil && b.Withdrawn != "":
		return errWithdrawn
	}
	return store.ErrDamaged
}

// Links hands out the permits linked to residents, by the ids of their sources,
// with their probabilities. The event is on disk before the first.
func Links(ctx context.Context, db *store.DB, r Reader, yield func(permit, resident string, probability float64) error) error {
	var all []storedLink
	ids := map[string]string{}
	if err := db.Read(ctx, func(tx *store.Tx) (err error) {
		clear(ids)
		if all, err = readLinks(tx, selectLinks); err != nil {
			return err
		}
		for _, n := range []registry.Noun{registry.Residents, registry.Permits} {
			if err := registry.Current(tx, n, func(p *registry.Record) error {
				ids[p.Entry] = SourceID(p)
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := r.record(ctx, db, "status.links", map[string]any{"links": len(all)}, nil); err != nil {
		return err
	}
	for _, l := range all {
		if l.band == bandLink && ids[l.permit] != "" && ids[l.resident] != "" {
			if err := yield(ids[l.permit], ids[l.resident], linkage.Probability(l.weight)); err != nil {
				return err
			}
		}
	}
	return nil
}
