package search

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/store"
	"mitra/treaty/journal"
)

// Reader is who asks, for the event that every search leaves.
type Reader struct {
	Actor, Office string
	Purpose       string // what for, as a code; empty where nobody has said
}

// A Hit is a record that may be of the person sought.
type Hit struct {
	Noun        registry.Noun `json:"register"`
	Source      string        `json:"source"`
	ID          string        `json:"id,omitempty"` // that the source gives
	Record      string        `json:"record"`       // the registry's entry
	Probability float64       `json:"probability"`
	Weight      float64       `json:"weight"` // log2 of the odds
	// ByID says that a word of what was asked for is the record's id in its source;
	// such a hit has neither weight nor probability.
	ByID bool `json:"by_id,omitempty"`
	// Values are the columns that describe the person, and what an alert is about, as
	// the register has them; those without a value are left out.
	Values []Value `json:"values"`
	// Because says what the weight is made of; a comparison without a value on either
	// side is left out.
	Because []Reason `json:"because,omitempty"`
}

// Value is a column of a register and what stands in it.
type Value struct {
	Column string `json:"column"`
	Value  string `json:"value"`
}

// Reason is a comparison, its level, and the bits that it adds to the weight.
type Reason struct {
	Comparison string  `json:"comparison"`
	Level      string  `json:"level"`
	Bits       float64 `json:"bits"`
}

// Answer is what a search found.
type Answer struct {
	Hits    []Hit `json:"hits"`
	Records int   `json:"records"` // that were searched
	// More says that people who are as likely as the last hit may not be among the
	// hits: too many share what was asked for.
	More bool `json:"more"`
}

const (
	// shown is how many hits an answer has, and looked how many the index is asked for:
	// many may be as likely, and of these those come first that are written as asked.
	shown, looked = 10, 100
	// farBehind is how many bits a hit may lie behind the best: one as likely in a
	// thousand is no help.
	farBehind = 10
)

// shownOf are the columns of a hit that are shown: what tells people apart, and what
// an alert, a report or a permit is about. What a family said stays with its report.
var shownOf = []registry.Field{
	registry.FullName, registry.GivenName, registry.Surname, registry.Sex, registry.BirthDate, registry.BirthPlace,
	registry.Nationality, registry.PassportNo, registry.NationalID, registry.Phone, registry.PermitNo,
	registry.ValidFrom, registry.ValidUntil, registry.StayUntil, registry.RegisteredOn, registry.DepartedOn,
	registry.ReportedOn, registry.AlertKind, registry.Handling, registry.IssuedOn, registry.ExpiresOn, registry.AlertOffice,
}

// Ask finds the records that are likeliest to be of the person sought, the likeliest
// first, and writes the event of the search: with the records that are shown, and
// without what was asked. It catches up with the database before.
func (f *Finder) Ask(ctx context.Context, q Query, by Reader) (a Answer, err error) {
	if _, err := f.Sync(ctx); err != nil {
		return a, err
	}
	x := f.at()
	a.Records = x.Len()
	found, more := likeliest(x, q.rows(), looked, math.Inf(-1))
	a.More = more || len(found) > shown && found[shown].Weight > found[0].Weight-farBehind
	model := x.Model()
	if err := f.db.Read(ctx, func(tx *store.Tx) error {
		a.Hits = []Hit{} // and not null where nobody is found
		for _, n := range q.Numbers {
			if err := a.byID(tx, n); err != nil {
				return err
			}
		}
		records, last := registry.NewReading(tx), math.Inf(1)
		for _, h := range found {
			if h.Weight < found[0].Weight-farBehind || len(a.Hits) >= shown && level(h.Weight) < last {
				break // whoever follows is not shown
			}
			if err := a.add(records, h, model); err != nil {
				return err
			}
			last = level(h.Weight)
		}
		a.order(q.Name)
		return nil
	}); err != nil {
		return a, err
	}
	return a, f.db.Write(ctx, func(tx *store.Tx) error {
		var asked []string
		for name, is := range map[string]bool{"name": q.Name != "", "birth_date": !q.Birth.IsZero(), "number": len(q.Numbers) > 0} {
			if is {
				asked = append(asked, name)
			}
		}
		slices.Sort(asked)
		return event(tx, KindSearch, by, a.subjects(), map[string]any{"asked": asked, "records": a.Records, "shown": len(a.Hits)})
	})
}

// KindSearch is the kind of the event of a search.
const KindSearch = "search"

func event(tx *store.Tx, kind string, by Reader, subjects []string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Actor, Office: by.Office, Purpose: by.Purpose, Subjects: subjects, Data: text})
	return err
}

func (a *Answer) subjects() (out []string) {
	for _, h := range a.Hits {
		out = append(out, h.Record)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// likeliest asks for each row, and keeps of every record the best it can be. It returns
// k records at most, however many have the same values, and whether there may be more.
func likeliest(x *linkage.Index, rows [][]string, k int, least float64) (out []linkage.Hit, more bool) {
	best := map[string]int{}
	for _, row := range rows {
		hits := x.SearchAbove(row, k, least)
		more = more || hits.Truncated
		for _, h := range hits.Hits {
			for _, id := range h.IDs {
				one := h
				one.IDs = []string{id}
				if at, ok := best[id]; !ok {
					best[id] = len(out)
					out = append(out, one)
				} else if one.Weight > out[at].Weight {
					out[at] = one
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b linkage.Hit) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.IDs[0], b.IDs[0]))
	})
	return out[:min(len(out), k)], more || len(out) > k
}

// order puts hits that are equally likely into the order of how many words of the
// name are written as they were asked for, and keeps those that are shown.
func (a *Answer) order(name string) {
	asked := strings.Fields(strings.ToUpper(name))
	same := func(h Hit) (n int) {
		var words []string
		for _, v := range h.Values {
			if v.Column == registry.FullName.String() || v.Column == registry.GivenName.String() || v.Column == registry.Surname.String() {
				words = append(words, strings.Fields(strings.ToUpper(v.Value))...)
			}
		}
		for _, w := range asked {
			if slices.Contains(words, w) {
				n++
			}
		}
		return 2*n - len(words)
	}
	slices.SortStableFunc(a.Hits, func(x, y Hit) int {
		if x.ByID != y.ByID {
			if x.ByID {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(level(y.Weight), level(x.Weight)), cmp.Compare(same(y), same(x)))
	})
	a.Hits = a.Hits[:min(len(a.Hits), shown)]
}

// level is a weight as finely as it orders hits: people who are equally likely have the same.
func level(weight float64) float64 { return math.Round(100 * weight) }

// byID adds the current records to which their sources give this id.
func (a *Answer) byID(tx *store.Tx, id string) error {
	for _, n := range registry.Nouns {
		records, err := registry.Find(tx, n, registry.KeyOfID(id))
		if err != nil {
			return err
		}
		for i := range records {
			if r := &records[i]; r.Get(registry.ID) == id {
				h := hitOf(r)
				h.ByID = true
				a.Hits = append(a.Hits, h)
			}
		}
	}
	return nil
}

// add adds what the index found, as the registers have it now.
func (a *Answer) add(records *registry.Reading, found linkage.Hit, m linkage.Model) error {
	r, err := records.Latest(found.IDs[0])
	if err != nil || r == nil || slices.ContainsFunc(a.Hits, func(h Hit) bool { return h.Record == r.Entry }) {
		return err
	}
	h := hitOf(r)
	h.Weight, h.Probability = found.Weight, found.P()
	for _, b := range m.Bars(found.Levels) {
		if b.Level != "" {
			h.Because = append(h.Because, Reason{b.Comparison, b.Level, b.Weight + b.Frequency})
		}
	}
	a.Hits = append(a.Hits, h)
	return nil
}

func hitOf(r *registry.Record) Hit {
	h := Hit{Noun: r.Batch.Noun, Source: r.Source(), ID: r.Get(registry.ID), Record: r.Entry}
	for _, f := range shownOf {
		if v := r.Get(f); v != "" {
			h.Values = append(h.Values, Value{f.String(), v})
		}
	}
	return h
}
