package node

import (
	"context"
	"sort"
	"strconv"
	"time"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
	"mitra/web/report"
)

// doubtfulShown is how many doubtful pairs a report with persons shows.
const doubtfulShown = 100

// Report is the page of the last status run. withPersons adds the doubtful
// pairs, which is a reading of those people and leaves its event.
func (n *Node) Report(ctx context.Context, r status.Reader, lang rules.Lang, withPersons bool, now time.Time) (report.Status, error) {
	v, _, err := n.report(ctx, r, lang, withPersons, now)
	return v, err
}

// report is Report, with the run that it is of.
func (n *Node) report(ctx context.Context, r status.Reader, lang rules.Lang, withPersons bool, now time.Time) (report.Status, status.Stored, error) {
	var (
		run     status.Stored
		batches []*registry.Batch
	)
	if err := n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if run, err = status.Last(tx); err != nil {
			return err
		}
		batches, err = registry.Batches(tx)
		return err
	}); err != nil {
		return report.Status{}, run, err
	}
	pack, err := run.Rules()
	if err != nil {
		return report.Status{}, run, err
	}
	s := run.Summary
	v := report.Status{
		Lang: string(lang), Node: n.Config.name(), Authority: n.Config.Authority, AsOf: s.AsOf, Generated: store.Time(now),
		Synthetic: n.Config.Synthetic, Computed: true, ShowProtected: r.Protection,
		Residents: s.Residents, Persons: s.Persons, Permits: s.Permits,
		Matched: s.PermitsMatched, Review: s.PermitsReview, Unmatched: s.PermitsUnmatched,
		ExpectedMissed: s.ExpectedMissed, ReviewFrom: s.Details.ReviewFrom, LinkFrom: s.Details.LinkFrom, BlockingRecall: s.Details.BlockingRecall,
		RulePack: pack.ID, RuleVersion: strconv.Itoa(pack.Version), RuleHash: pack.Hash, RuleStanding: pack.Certainty, ModelHash: run.Model,
		Weights: bins(s.Details.Weights),
	}
	for _, row := range pack.Rows {
		v.Classes = append(v.Classes, report.ClassCount{
			Class: string(row.Class), Title: row.Title.In(lang), Explanation: row.Text.In(lang), N: s.Classes[row.Class], Protected: status.Protected(row.Class),
		})
	}
	title := func(a rules.Axis, value string) string { return pack.Values[a][value].In(lang) }
	for _, a := range rules.AllAxes() {
		counts, ok := s.Axes[string(a)]
		if !ok {
			continue
		}
		axis := report.AxisCount{Axis: string(a), Title: pack.AxisNames[a].In(lang)}
		for _, value := range rules.ValuesOf(a) {
			axis.Values = append(axis.Values, report.ValueCount{Value: value, Title: title(a, value), N: counts[value]})
		}
		v.Axes = append(v.Axes, axis)
	}
	for _, work := range rules.ValuesOf(rules.AxisWork) {
		v.StayWork.Cols = append(v.StayWork.Cols, title(rules.AxisWork, work))
		for _, c := range rules.Classes() {
			if count := s.Details.Routes[work][string(c)]; count > 0 {
				v.Routes = append(v.Routes, report.Route{Work: work, Title: title(rules.AxisWork, work), Class: string(c), N: count})
			}
		}
	}
	for _, stay := range rules.ValuesOf(rules.AxisStay) {
		v.StayWork.Rows = append(v.StayWork.Rows, title(rules.AxisStay, stay))
		var cells []int
		for _, work := range rules.ValuesOf(rules.AxisWork) {
			cells = append(cells, s.Details.StayWork[stay][work])
		}
		v.StayWork.N = append(v.StayWork.N, cells)
	}
	for _, b := range batches {
		v.Imports = append(v.Imports, report.ImportLine{
			Noun: string(b.Noun), Source: b.Source, File: b.File, Rows: int(b.Counts.Rows), Rejected: int(b.Counts.Rejected), At: store.Time(b.At),
		})
	}
	if !withPersons {
		return v, run, nil
	}
	pairs, _, err := status.Doubtful(ctx, n.DB, r, doubtfulShown)
	for _, d := range pairs {
		p := report.Pair{Left: d.ResidentID, Right: d.PermitID, Prior: d.Prior, Weight: d.Weight, Probability: d.Probability}
		for _, step := range d.Steps {
			p.Fields = append(p.Fields, report.Field{
				Name: step.Comparison, Left: step.Left.Written, Right: step.Right.Written, Level: step.Level, Weight: step.Weight, Frequency: step.Frequency,
			})
		}
		if d.Rivals < -0.005 {
			p.Fields = append(p.Fields, report.Field{Name: "rivals", Level: "other likely partners", Weight: d.Rivals})
		}
		v.Doubtful = append(v.Doubtful, p)
	}
	return v, run, err
}

// bins turns counts by whole bits into the bars of a histogram, without gaps.
func bins(counts map[string]int) []report.Bin {
	var bits []int
	for k := range counts {
		if b, err := strconv.Atoi(k); err == nil {
			bits = append(bits, b)
		}
	}
	if len(bits) == 0 {
		return nil
	}
	sort.Ints(bits)
	var out []report.Bin
	for b := bits[0]; b <= bits[len(bits)-1]; b++ {
		out = append(out, report.Bin{From: float64(b), To: float64(b + 1), N: counts[strconv.Itoa(b)]})
	}
	return out
}
