package status

import (
	"slices"
	"testing"

	"mitra/identity/person"
	"mitra/rules"

	"pgregory.net/rapid"
)

func TestFingerprint(t *testing.T) {
	a := Assessment{
		Axis: rules.AxisWork, Value: "unknown", Computed: true,
		Reasons:  []Reason{because("possible_permit", arg("count", "1"))},
		Evidence: []string{"review:p1"},
	}
	same := Fingerprint(a, "h")
	if len(same) != 22 || same != Fingerprint(a, "h") {
		t.Fatalf("not a stable SHA-256: %q", same)
	}
	for name, edit := range map[string]func(*Assessment){
		"axis":             func(a *Assessment) { a.Axis = rules.AxisStay },
		"value":            func(a *Assessment) { a.Value = "none" },
		"who says it":      func(a *Assessment) { a.Computed = false },
		"another record":   func(a *Assessment) { a.Evidence = []string{"review:p2"} },
		"another band":     func(a *Assessment) { a.Evidence = []string{"possible:p1"} },
		"no record":        func(a *Assessment) { a.Evidence = nil },
		"another reason":   func(a *Assessment) { a.Reasons = []Reason{because("work_none")} },
		"no reason":        func(a *Assessment) { a.Reasons = nil },
		"another argument": func(a *Assessment) { a.Reasons = []Reason{because("possible_permit", arg("count", "2"))} },
		"argument renamed": func(a *Assessment) { a.Reasons = []Reason{because("possible_permit", arg("n", "1"))} },
		"argument moved": func(a *Assessment) {
			a.Reasons = []Reason{because("possible_permit"), because("count", arg("1", ""))}
		},
	} {
		b := a
		edit(&b)
		if Fingerprint(b, "h") == same {
			t.Errorf("%s changed, the fingerprint did not", name)
		}
	}
	argument := Assessment{Reasons: []Reason{because("a", arg("b", "c")), because("d")}}
	reason := Assessment{Reasons: []Reason{because("a"), because("b", arg("c", "d"))}}
	if Fingerprint(argument, "h") == Fingerprint(reason, "h") {
		t.Error("an argument and a reason of the same words have one fingerprint")
	}
	if Fingerprint(a, "h2") == same {
		t.Error("the rule pack changed, the fingerprint did not")
	}
}

func TestADayLaterIsNoChange(t *testing.T) {
	p := pack(t)
	f := regular(t)
	f.StayUntil = cell(t, "2024-01-01")
	first := assess(t, f)
	f.AsOf = day(t, "2024-03-14")
	second := assess(t, f)
	a, b := first.Of(rules.AxisStay), second.Of(rules.AxisStay)
	if a.Reasons[0].Render(p, rules.English) == b.Reasons[0].Render(p, rules.English) {
		t.Error("the days of overstay do not move with the day judged")
	}
	if Fingerprint(a, p.Hash) != Fingerprint(b, p.Hash) {
		t.Error("one more day of overstay counts as a change")
	}
	f.AsOf = day(t, "2024-07-01") // the permit has ended by then
	third := assess(t, f)
	if Fingerprint(first.Of(rules.AxisWork), p.Hash) == Fingerprint(third.Of(rules.AxisWork), p.Hash) {
		t.Error("the end of a permit does not count as a change")
	}
}

// The as-of date alone is no change; a change of value or of reasons always is.
func TestFingerprintFollowsWhatIsSaid(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		a, err := Assess(p, f)
		if err != nil {
			t.Fatal(err)
		}
		f.AsOf = person.Date{Year: 2024, Month: 3, Day: uint8(rapid.IntRange(14, 31).Draw(t, "later")), Prec: person.PrecDay}
		b, err := Assess(p, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.Assessments {
			x, y := a.Assessments[i], b.Assessments[i]
			same := x.Value == y.Value && slices.EqualFunc(x.Reasons, y.Reasons, func(r, s Reason) bool {
				return r.Key == s.Key && slices.EqualFunc(r.Args, s.Args, func(a, b rules.Arg) bool { return a == b || a.Name == argDays && b.Name == argDays })
			}) && slices.Equal(x.Evidence, y.Evidence)
			if got := Fingerprint(x, p.Hash) == Fingerprint(y, p.Hash); got != same {
				t.Fatalf("%s: same fingerprint %v, same statement %v\n%+v\n%+v", x.Axis, got, same, x, y)
			}
		}
	})
}

// A shift of a probability within its band is no change.
func TestProbabilitiesAreNotPartOfIt(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		f.Possible = nil // their floor is a band of its own
		a, _ := Assess(p, f)
		for _, list := range [][]PermitFact{f.Linked, f.Review} {
			for i := range list {
				list[i].Probability = rapid.Float64Range(0, 1).Draw(t, "shifted")
			}
		}
		b, _ := Assess(p, f)
		for i := range a.Assessments {
			if Fingerprint(a.Assessments[i], p.Hash) != Fingerprint(b.Assessments[i], p.Hash) {
				t.Fatalf("%s changed with a probability", a.Assessments[i].Axis)
			}
		}
	})
}

func BenchmarkFingerprint(b *testing.B) {
	p := pack(b)
	o := assess(b, regular(b))
	a := o.Of(rules.AxisWork)
	b.ReportAllocs()
	for b.Loop() {
		Fingerprint(a, p.Hash)
	}
}
