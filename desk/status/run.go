package status

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

// Run is one reconciliation of the residents' register with the permits, and
// the computed status of every resident.
type Run struct {
	AsOf   person.Date // day precision
	Node   string      // country of the node, ISO 3166-1 alpha-2
	Actor  string
	Office string
	// Now is the clock for the seconds it took; Progress may be nil.
	Now      func() time.Time
	Progress func(stage string, done, total int64)
}

// Summary is what a run came to.
type Summary struct {
	AsOf             string                    `json:"as_of"`
	Residents        int                       `json:"residents"` // resident records
	Persons          int                       `json:"persons"`   // less those beyond doubt of a person counted already
	Permits          int                       `json:"permits"`
	PermitsMatched   int                       `json:"permits_matched"`
	PermitsReview    int                       `json:"permits_review"`
	PermitsUnmatched int                       `json:"permits_unmatched"`
	ExpectedMissed   float64                   `json:"expected_missed"` // permits that residents without one are expected to have all the same
	Classes          map[rules.Class]int       `json:"classes"`
	Axes             map[string]map[string]int `json:"axes"`
	Seconds          float64                   `json:"seconds"`
	Details          Details                   `json:"-"`
}

// Details are the figures of a run that the report draws.
type Details struct {
	StayWork       map[string]map[string]int `json:"stay_work"` // stay → work → residents
	Routes         map[string]map[string]int `json:"routes"`    // work → class → residents
	Weights        map[string]int            `json:"weights"`   // pairs by whole bits of weight
	ReviewFrom     float64                   `json:"review_from"`
	LinkFrom       float64                   `json:"link_from"`
	BlockingRecall float64                   `json:"blocking_recall"`
	Compared       int64                     `json:"compared"`
	Added          int                       `json:"added"` // assessments that said something new
}

// stored is a summary as it is kept: with its details.
type stored struct {
	Summary
	Details Details `json:"details"`
}

// computed stands for the officer where no officer decided.
const computed = "computed"

// Do reconciles and assesses, and stores what is new, all in one transaction
// with its event. A run that finds nothing new adds the run and the event.
func (r Run) Do(ctx context.Context, db *store.DB) (Summary, error) {
	start := r.Now()
	progress := r.Progress
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	day := r.AsOf.String()
	pack, err := rules.Status(day)
	if err != nil {
		return Summary{}, err
	}
	var in input
	progress("read", 0, 1)
	if err := db.Read(ctx, func(tx *store.Tx) error { return in.read(tx, r) }); err != nil {
		return Summary{}, err
	}
	m, err := reconcile(&in, progress)
	if err != nil {
		return Summary{}, err
	}
	in.linker = nil // the largest thing in memory, and done with
	if err := ctx.Err(); err != nil {
		return Summary{}, err
	}
	progress("assess", 0, 1)
	sheets, err := r.assess(pack, &in, m)
	if err != nil {
		return Summary{}, err
	}
	sum := summarise(day, &in, m, sheets)
	sum.Seconds = r.Now().Sub(start).Seconds()
	progress("store", 0, 1)
	err = db.Write(ctx, func(tx *store.Tx) error { return r.store(tx, pack, &in, m, sheets, &sum) })
	sum.Seconds = r.Now().Sub(start).Seconds()
	return sum, err
}

// input is what a run reads of the database. Records go into the linker as they
// are read; of each only what its assessment needs is kept beside.
type input struct {
	linker    *linkage.Linker
	residents []residentEntry
	persons   int // see samePerson
	permits   []permitEntry
	assessed  sheets                   // of the run's office
	links     map[[2]string]storedLink // permit and resident
	rulings   []ruling                 // of officers on what is in both registers, in the order of their entries
}

// residentEntry is a record of the residents' register.
type residentEntry struct {
	entry  string
	person int   // index of the first record that is beyond doubt of the same person
	facts  Facts // but for the permits
}

// permitEntry is a record of the permits' register.
type permitEntry struct {
	entry, key, number string
	from, until, born  person.Date
}

// compared are the columns of the registry by which residents and permits are
// linked.
var compared = []registry.Field{
	registry.FullName, registry.GivenName, registry.Surname, registry.Sex, registry.BirthDate,
	registry.PassportNo, registry.NationalID, registry.Nationality, registry.BirthPlace, registry.Phone,
}

func (in *input) read(tx *store.Tx, r Run) error {
	*in = input{}
	header := make([]string, len(compared))
	for i, f := range compared {
		header[i] = f.String()
	}
	var err error
	if in.linker, err = linkage.New(linkage.Spec{}, header, header, -1, -1); err != nil {
		return err
	}
	states, err := readStates(tx)
	if err != nil {
		return err
	}
	decided := recordsDecided(states)
	// Reading the database and taking values in keep a processor each busy.
	rows := make(chan []func(), 4)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for batch := range rows {
			for _, take := range batch {
				take()
			}
		}
	}()
	batch := make([]func(), 0, 512)
	each := func(take func()) {
		if batch = append(batch, take); len(batch) == cap(batch) {
			rows <- batch
			batch = make([]func(), 0, cap(batch))
		}
	}
	known := map[string]int{}
	said, err := registry.Restrictions(tx)
	if err != nil {
		close(rows)
		return err
	}
	err = registry.Current(tx, registry.Residents, func(rec *registry.Record) error {
		self := len(in.residents)
		if key := samePerson(rec); key != "" {
			if first, ok := known[key]; ok {
				self = first
			} else {
				known[key] = self
			}
		}
		if self == len(in.residents) {
			in.persons++
		}
		facts := r.facts(rec)
		for _, s := range said[rec.Entry] {
			facts.Protection = append(facts.Protection, ProtectionStatement{s.Office, s.Value})
		}
		in.residents = append(in.residents, residentEntry{rec.Entry, self, facts})
		entry, c := rec.Entry, comparedCells(rec)
		decided.see(len(in.residents)-1, rec, c)
		each(func() { in.linker.Left().Add(entry, c) })
		return nil
	})
	if err == nil {
		err = registry.Current(tx, registry.Permits, func(rec *registry.Record) error {
			in.permits = append(in.permits, permitEntry{
				entry: rec.Entry, key: rec.Key, number: strings.Clone(rec.Get(registry.PermitNo)),
				from: rec.Date(registry.ValidFrom), until: rec.Date(registry.ValidUntil), born: rec.Birth(),
			})
			entry, c := rec.Entry, comparedCells(rec)
			decided.see(len(in.permits)-1, rec, c)
			each(func() { in.linker.Right().Add(entry, c) })
			return nil
		})
	}
	rows <- batch
	close(rows)
	<-done
	if err == nil {
		in.rulings, err = decided.rulings(tx, states)
		in.contradictions()
	}
	return err
}

// comparedCells are what linkage compares of a record.
func comparedCells(rec *registry.Record) []string {
	out := make([]string, len(compared))
	for i, c := range compared {
		out[i] = rec.Get(c)
	}
	return out
}

// samePerson is equal for records that are beyond doubt of one person: the same
// number of a document and the same date of birth. It is empty where one of them
// is missing. Merging records that are only likely to be of one person is an
// officer's work and comes later.
func samePerson(rec *registry.Record) string {
	number, born := rec.Get(registry.PassportNo), rec.Birth()
	if number == "" || born.Prec != person.PrecDay {
		return ""
	}
	return number + " " + born.String()
}

// readStored reads what earlier runs left, inside the transaction that writes,
// so that two runs at once cannot both add the same.
func (in *input) readStored(tx *store.Tx, office string) error {
	var err error
	if in.assessed, err = readSheets(tx, office); err != nil {
		return err
	}
	in.links = map[[2]string]storedLink{}
	links, err := readLinks(tx, selectLinks)
	for _, l := range links {
		in.links[[2]string{l.permit, l.resident}] = l
	}
	return err
}

// sheet is what was computed of one resident.
type sheet struct {
	outcome Outcome
	prints  [5]string // fingerprints of the axes
}

// assess computes every resident's axes on all processors.
func (r Run) assess(pack *rules.StatusPack, in *input, m *matching) ([]sheet, error) {
	byResident := make([][]permitPair, len(in.residents))
	for _, p := range m.pairs {
		byResident[p.resident] = append(byResident[p.resident], p)
	}
	sheets := make([]sheet, len(in.residents))
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(in.residents); i += workers {
				f := in.residents[i].facts
				for _, p := range byResident[i] {
					f.addPermit(&in.permits[p.permit], p)
				}
				o, err := Assess(pack, f)
				if err != nil {
					errs[w] = err
					return
				}
				o.Decision.Duties = nil // follow from the axes, wherever they are shown
				sheets[i].outcome = o
				for k, a := range o.Assessments {
					sheets[i].prints[k] = Fingerprint(a, pack.Hash)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return sheets, nil
}

// facts are what the residents' register says of a person.
func (r Run) facts(rec *registry.Record) Facts {
	f := Facts{
		AsOf: r.AsOf, Node: r.Node,
		Passport:  rec.Get(registry.PassportNo) != "",
		Entry:     cellOf(rec, registry.EntryDate),
		Exit:      cellOf(rec, registry.ExitDate),
		StayUntil: cellOf(rec, registry.StayUntil),
		VisaClass: strings.Clone(rec.Get(registry.VisaClass)), // the record's text is let go
	}
	if b := rec.Birth(); !b.IsZero() {
		f.Births = append(f.Births, BirthFact{Born: b, Source: BirthRegister, RecordID: rec.Key})
	}
	if nik, err := person.ParseNIK(rec.Get(registry.NationalID), int(r.AsOf.Year)); err == nil {
		f.NationalID = true
		if rec.Get(registry.BirthDate) == "" {
			// Where the register states a date the digits of a number add only
			// the typing errors of the number.
			f.Births = append(f.Births, BirthFact{Born: nik.Birth, Source: BirthNIK, RecordID: rec.Key})
		}
	}
	return f
}

// cellOf tells an absent column, a blank cell, an explicit "none" and a date apart.
func cellOf(rec *registry.Record, f registry.Field) Cell {
	switch rec.State(f) {
	case registry.None:
		return Cell{State: CellNone}
	case registry.Given:
		return On(rec.Date(f))
	case registry.Blank:
		return Cell{State: CellBlank}
	}
	return Cell{State: CellAbsent}
}

func (f *Facts) addPermit(p *permitEntry, pair permitPair) {
	fact := PermitFact{RecordID: p.key, PermitNo: p.number, From: p.from, Until: p.until, Probability: linkage.Probability(pair.weight), Decision: pair.decision}
	switch pair.band {
	case bandLink:
		f.Linked = append(f.Linked, fact)
		if !p.born.IsZero() {
			f.Births = append(f.Births, BirthFact{Born: p.born, Source: BirthPermit, RecordID: p.key})
		}
	case bandReview:
		f.Review = append(f.Review, fact)
	case bandPossible:
		f.Possible = append(f.Possible, fact)
	case bandNone:
		if pair.decision == "" {
			return
		}
		f.Different = append(f.Different, fact)
	}
}

func summarise(day string, in *input, m *matching, sheets []sheet) Summary {
	sum := Summary{
		AsOf: day, Residents: len(in.residents), Persons: in.persons, Permits: len(in.permits),
		PermitsMatched: m.linked, PermitsReview: m.review, PermitsUnmatched: m.unmatched,
		Classes: map[rules.Class]int{}, Axes: map[string]map[string]int{},
		Details: Details{
			StayWork: map[string]map[string]int{}, Routes: map[string]map[string]int{}, Weights: map[string]int{},
			ReviewFrom: linkage.Bits(m.result.Model.Spec.Review), LinkFrom: linkage.Bits(m.result.Model.Spec.Link),
			BlockingRecall: m.result.BlockingRecall, Compared: m.result.Compared,
		},
	}
	for _, c := range rules.Classes() {
		sum.Classes[c] = 0
	}
	for _, a := range []rules.Axis{rules.AxisIdentity, rules.AxisStay, rules.AxisWork, rules.AxisOrigin} {
		sum.Axes[string(a)] = map[string]int{}
		for _, v := range rules.ValuesOf(a) {
			sum.Axes[string(a)][v] = 0
		}
	}
	without, missed := 0, 0.0
	for i, s := range sheets {
		sum.Classes[s.outcome.Decision.Class]++
		for axis, counts := range sum.Axes {
			counts[s.outcome.Axes.Value(rules.Axis(axis))]++
		}
		stay, work := s.outcome.Axes.Stay.String(), s.outcome.Axes.Work.String()
		cross(sum.Details.StayWork, stay, work)
		cross(sum.Details.Routes, work, string(s.outcome.Decision.Class))
		if s.outcome.Decision.Class == rules.NoPermitFound {
			without++
			missed += min(m.below[i], 1)
		}
	}
	// Pairs that no key brought together fall on all residents without a permit,
	// of whom this class is a part.
	if found, none := m.result.Model.Matches, sum.Axes[string(rules.AxisWork)][rules.WorkNone.String()]; m.result.BlockingRecall > 0 && none > 0 {
		missed += min(found*(1/m.result.BlockingRecall-1), float64(m.unmatched)) * float64(without) / float64(none)
	}
	sum.ExpectedMissed = math.Round(min(missed, float64(without))*1000) / 1000
	for bits, n := range m.weights {
		sum.Details.Weights[strconv.Itoa(bits)] = n
	}
	return sum
}

// cross counts one more at a row and a column.
func cross(table map[string]map[string]int, row, col string) {
	if table[row] == nil {
		table[row] = map[string]int{}
	}
	table[row][col]++
}

// store writes what is new, with the run and its event.
func (r Run) store(tx *store.Tx, pack *rules.StatusPack, in *input, m *matching, sheets []sheet, sum *Summary) error {
	if err := in.readStored(tx, r.Office); err != nil {
		return err
	}
	run := store.NewID()
	hash := m.result.Model.Hash()
	model, err := json.Marshal(m.result.Model)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(insertModel, hash, string(model)); err != nil {
		return err
	}
	sum.Details.Added = 0
	var added, linked rowHashes
	order := make([]int, len(in.residents))
	for i := range order {
		order[i] = i
	}
	// In the order of the key, which both databases insert fastest.
	sort.Slice(order, func(a, b int) bool { return in.residents[order[a]].entry < in.residents[order[b]].entry })
	if _, err := tx.Bulk("assessment", assessmentColumns, func(yield func([]any) bool) {
		row := make([]any, len(assessmentColumns))
		buf := []byte{}
		for _, i := range order {
			s := &sheets[i]
			for k := range s.prints {
				a := s.outcome.Assessments[k]
				var last standing
				if old := in.assessed[in.residents[i].entry]; old != nil {
					last = old[k]
				}
				if last.fingerprint == s.prints[k] || last.seq == 0 && unsaid(a) {
					continue
				}
				buf = AppendReasons(buf[:0], a.Reasons)
				row[0], row[1], row[2], row[3] = in.residents[i].entry, string(a.Axis), r.Office, last.seq+1
				row[4], row[5], row[6], row[7], row[8] = a.Value, string(buf), s.prints[k], computed, run
				sum.Details.Added++
				added.add(row)
				if !yield(row) {
					return
				}
			}
		}
	}); err != nil {
		return fmt.Errorf("store assessments: %w", err)
	}
	if err := r.storeLinks(tx, in, m, hash, run, &linked); err != nil {
		return fmt.Errorf("store links: %w", err)
	}
	if err := storeReview(tx, in, m, sheets); err != nil {
		return fmt.Errorf("store what is to be reviewed: %w", err)
	}
	summary, err := json.Marshal(stored{*sum, sum.Details})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(insertRun, run, store.Time(tx.Now()), sum.AsOf, r.Node, r.Actor, r.Office, pack.Name(), pack.Hash, hash, string(summary)); err != nil {
		return err
	}
	data, err := json.Marshal(runEvent{
		Run: run, AsOf: sum.AsOf, Node: r.Node, Pack: pack.Name(), PackHash: pack.Hash, Model: hash, Residents: sum.Residents, Permits: sum.Permits,
		Assessments: len(added), AssessmentsHash: added.sum(), Links: len(linked), LinksHash: linked.sum(), SummaryHash: hashText(string(summary)),
	})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kindRun, Actor: r.Actor, Office: r.Office, Data: data})
	return err
}

// unsaid reports whether an assessment only says that nobody has said anything:
// it is stored only where it takes something back.
func unsaid(a Assessment) bool {
	return a.Axis == rules.AxisOrigin && a.Value == rules.OriginUnknown.String() ||
		a.Axis == rules.AxisProtection && a.Value == rules.Protection(0).String()
}

func (r Run) storeLinks(tx *store.Tx, in *input, m *matching, model, run string, hashes *rowHashes) error {
	seen := map[[2]string]bool{}
	var changes []storedLink
	for _, p := range m.pairs {
		l := storedLink{
			permit: in.permits[p.permit].entry, resident: in.residents[p.resident].entry,
			band: p.band, weight: p.weight, levels: formatLevels(p.levels), model: model,
		}
		key := [2]string{l.permit, l.resident}
		seen[key] = true
		old := in.links[key]
		if old.band == l.band && old.levels == l.levels && old.model == l.model {
			continue
		}
		l.seq = old.seq + 1
		changes = append(changes, l)
	}
	for key, old := range in.links {
		if !seen[key] && old.band != bandNone {
			changes = append(changes, storedLink{permit: key[0], resident: key[1], seq: old.seq + 1, band: bandNone, model: model})
		}
	}
	sort.Slice(changes, func(a, b int) bool {
		if changes[a].permit != changes[b].permit {
			return changes[a].permit < changes[b].permit
		}
		return changes[a].resident < changes[b].resident
	})
	_, err := tx.Bulk("permit_link", linkColumns, func(yield func([]any) bool) {
		row := make([]any, len(linkColumns))
		for _, l := range changes {
			row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] = l.permit, l.resident, l.seq, l.band, l.weight, l.levels, l.model, run
			hashes.add(row)
			if !yield(row) {
				return
			}
		}
	})
	return err
}
