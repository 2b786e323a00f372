package report

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mitra/rules"
)

// sample is a full view of invented people, in one language. Its counts are
// those of the demonstration in size and are otherwise made up.
func sample(t testing.TB, lang string) Status {
	t.Helper()
	pack, err := rules.Status("2024-03-13")
	if err != nil {
		t.Fatal(err)
	}
	l := rules.Lang(lang)
	title := func(axis rules.Axis, value string) string { return pack.Values[axis][value].In(l) }

	type route struct {
		class  rules.Class
		counts [5]int // by work
	}
	works := rules.ValuesOf(rules.AxisWork)
	routes := []route{
		{rules.ProtectNoContact, [5]int{0, 0, 0, 0, 0}},
		{rules.ChildFirst, [5]int{6, 0, 310, 1204, 11}},
		{rules.Departed, [5]int{902, 0, 1310, 88, 71}},
		{rules.IdentityPending, [5]int{0, 0, 402, 17, 9}},
		{rules.EntryUnverified, [5]int{201, 0, 97, 3, 5}},
		{rules.StayIrregular, [5]int{2310, 0, 2766, 0, 122}},
		{rules.WorkToRenew, [5]int{0, 38, 0, 0, 0}},
		{rules.RegularNotWorking, [5]int{0, 0, 0, 2951, 0}},
		{rules.NoPermitFound, [5]int{0, 0, 5894, 0, 0}},
		{rules.RegularBoth, [5]int{0, 0, 0, 0, 0}},
		{rules.RegularHost, [5]int{53684, 0, 0, 0, 0}},
		{rules.Undetermined, [5]int{0, 0, 0, 0, 599}},
	}
	protected := map[rules.Class]bool{
		rules.ProtectNoContact: true, rules.ChildFirst: true, rules.Protect: true,
		rules.IdentityPending: true, rules.EntryUnverified: true,
	}
	s := Status{
		Lang: lang, Node: "KH-practice", Authority: "Practice Directorate of Immigration, Cambodian side",
		AsOf: "2024-03-13", Generated: "2024-03-13T08:15:00Z", Synthetic: true, Computed: true,
		Persons: 72_988, Permits: 58_307, Matched: 57_103, Review: 731, Unmatched: 473, ExpectedMissed: 412.7,
		ReviewFrom: 0, LinkFrom: math.Log2(99), BlockingRecall: 0.9987,
		RulePack: pack.ID, RuleVersion: fmt.Sprint(pack.Version), RuleHash: pack.Hash, RuleStanding: pack.Certainty,
		ModelHash: "sha256:6d4f0c1d9a0d7b1c5b0e1f0c8f6d4e2a9b7c5d3e1f0a8b6c4d2e0f9a7b5c3d1e",
		Imports: []ImportLine{
			{"residents", "residents", "residents.csv", 73_012, 12, "2024-03-13T08:12:41Z"},
			{"permits", "permits", "permits.csv", 58_311, 4, "2024-03-13T08:12:44Z"},
		},
		Truth: &Truth{Precision: 0.99921, Recall: 0.98534, ClassErrors: 640},
		StayWork: Cross{
			N: [][]int{
				make([]int, len(works)), // valid: what the other rows leave
				{2310, 0, 2766, 0, 122},
				{201, 0, 97, 3, 5},
				{902, 0, 1310, 88, 71},
				{6, 2, 0, 0, 0},
				{0, 0, 0, 0, 0},
			},
		},
	}
	for _, v := range rules.ValuesOf(rules.AxisStay) {
		s.StayWork.Rows = append(s.StayWork.Rows, title(rules.AxisStay, v))
	}
	workCount := make([]int, len(works))
	for _, r := range routes {
		row := pack.Rows[slices.IndexFunc(pack.Rows, func(row rules.Row) bool { return row.Class == r.class })]
		c := ClassCount{Class: string(r.class), Title: row.Title.In(l), Explanation: row.Text.In(l), Protected: protected[r.class]}
		for i, n := range r.counts {
			c.N += n
			workCount[i] += n
			s.Routes = append(s.Routes, Route{Work: works[i], Title: title(rules.AxisWork, works[i]), Class: c.Class, N: n})
		}
		s.Residents += c.N
		s.Classes = append(s.Classes, c)
	}
	for j, n := range workCount {
		for _, row := range s.StayWork.N[1:] {
			n -= row[j]
		}
		s.StayWork.N[0][j] = n
	}
	stay := AxisCount{Axis: string(rules.AxisStay), Title: pack.AxisNames[rules.AxisStay].In(l)}
	for i, v := range rules.ValuesOf(rules.AxisStay) {
		n := 0
		for _, m := range s.StayWork.N[i] {
			n += m
		}
		stay.Values = append(stay.Values, ValueCount{v, s.StayWork.Rows[i], n})
	}
	work := AxisCount{Axis: string(rules.AxisWork), Title: pack.AxisNames[rules.AxisWork].In(l)}
	for i, v := range works {
		s.StayWork.Cols = append(s.StayWork.Cols, title(rules.AxisWork, v))
		work.Values = append(work.Values, ValueCount{v, title(rules.AxisWork, v), workCount[i]})
	}
	identity := AxisCount{Axis: string(rules.AxisIdentity), Title: pack.AxisNames[rules.AxisIdentity].In(l), Values: []ValueCount{
		{"verified", title(rules.AxisIdentity, "verified"), 0},
		{"documented", title(rules.AxisIdentity, "documented"), s.Residents - 5841},
		{"claimed", title(rules.AxisIdentity, "claimed"), 5841},
	}}
	guarded := AxisCount{Axis: protection, Title: pack.AxisNames[rules.AxisProtection].In(l), Values: []ValueCount{
		{"none_known", title(rules.AxisProtection, "none_known"), s.Residents - 1531},
		{"child", title(rules.AxisProtection, "child"), 1531},
	}}
	s.Axes = []AxisCount{identity, stay, work, guarded}

	for v := -24.0; v < 62; v++ {
		n := 40_000*math.Exp(-(v+24)/2.6) + 5200*math.Exp(-(v-41)*(v-41)/60) + 900*math.Exp(-(v-22)*(v-22)/50) + 6
		s.Weights = append(s.Weights, Bin{v, v + 1, int(n)})
	}
	s.Doubtful = []Pair{
		{Left: "R-0041877", Right: "P-0012094", Prior: -16.15, Weight: 4.31, Probability: 0.952, Fields: []Field{
			{"Name", "MUHAMAD TRIYONO HARTANTAMA", "Mohd. Tryono Hartantama", "all nearly", 9.62, 3.14},
			{"Date of birth", "1994-03-07", "1994-07-03", "day and month swapped", 7.95, 0},
			{"Sex", "M", "M", "same", 0.98, 0.02},
			{"Passport number", "X1234567", "E7654321", "differs", -1.25, 0},
			{"National id", "", "", "missing", 0, 0},
		}},
		{Left: "R-0000312", Right: "P-0030011", Prior: -16.15, Weight: 1.07, Probability: 0.677, Fields: []Field{
			{"Name", "SUKARNI DWIWATI", "SOEKARNI DWI WATI", "nearly", 11.02, 1.9},
			{"Date of birth", "1988", "1988-11-21", "same year, day unknown", 4.3, 0},
			{"Sex", "F", "", "missing", 0, 0},
			{"Passport number", "", "B0000017", "missing", 0, 0},
		}},
		{Left: "R-0052110", Right: "P-0000925", Prior: -16.15, Weight: 0.35, Probability: 0.560, Fields: []Field{
			{"Name", "ស្រី ចាន់ថន", "ស្រី ចន្ទថន", "resembles", 12.5, 0},
			{"Date of birth", "1999-01-02", "1999-01-02", "exact", 9.1, -0.6},
			{"Passport number", "C8810021", "A1100345", "differs", -4.5, 0},
		}},
	}
	return s
}
