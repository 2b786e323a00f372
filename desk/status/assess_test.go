package status

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mitra/identity/person"
	"mitra/rules"

	"pgregory.net/rapid"
)

const asOf = "2024-03-13"

func pack(t testing.TB) *rules.StatusPack {
	t.Helper()
	p, err := rules.Load("status-kh-1")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func assess(t testing.TB, f Facts) Outcome {
	t.Helper()
	o, err := Assess(pack(t), f)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func keys(a Assessment) string {
	var out []string
	for _, r := range a.Reasons {
		out = append(out, r.Key)
	}
	return strings.Join(out, " ")
}

// cell writes a register's cell: "-" no column, "" blank, "none", or a date.
func cell(t testing.TB, s string) Cell {
	switch s {
	case "-":
		return Cell{}
	case "none":
		return Cell{State: CellNone}
	}
	return On(day(t, s))
}

// permit writes a permit as "id from..until".
func permit(t testing.TB, s string) PermitFact {
	t.Helper()
	id, dates, _ := strings.Cut(s, " ")
	from, until, _ := strings.Cut(dates, "..")
	return PermitFact{RecordID: id, PermitNo: "KH-" + id, From: day(t, from), Until: day(t, until), Probability: 1}
}

func permits(t testing.TB, list ...string) []PermitFact {
	var out []PermitFact
	for _, s := range list {
		out = append(out, permit(t, s))
	}
	return out
}

func adult(t testing.TB) []BirthFact {
	return []BirthFact{{Born: day(t, "1990-05-17"), Source: BirthRegister, RecordID: "r1"}}
}

// regular is an adult with a passport, a stay in order and a permit in force.
func regular(t testing.TB) Facts {
	return Facts{
		AsOf: day(t, asOf), Node: "KH", Passport: true, Births: adult(t),
		Entry: cell(t, "2023-06-01"), Exit: cell(t, ""), StayUntil: cell(t, "2024-06-01"),
		Linked: permits(t, "p1 2023-07-01..2024-06-30"),
	}
}

func TestIdentity(t *testing.T) {
	for _, c := range []struct {
		passport, nationalID bool
		value, reasons       string
	}{
		{false, false, "claimed", "identity_claimed"},
		{true, false, "documented", "identity_passport"},
		{false, true, "documented", "identity_national_id"},
		{true, true, "documented", "identity_passport identity_national_id"},
	} {
		f := regular(t)
		f.Passport, f.NationalID = c.passport, c.nationalID
		o := assess(t, f)
		if a := o.Of(rules.AxisIdentity); a.Value != c.value || keys(a) != c.reasons {
			t.Errorf("passport %v, national id %v: %s (%s)", c.passport, c.nationalID, a.Value, keys(a))
		}
	}
}

func TestStay(t *testing.T) {
	for _, c := range []struct {
		name               string
		entry, exit, until string
		visa               string
		relief             bool
		value, reasons     string
	}{
		{"the last day still counts", "2023-06-01", "", asOf, "", false, "valid", "stay_valid"},
		{"the day after it", "2023-06-01", "", "2024-03-12", "", false, "overstay", "stay_overstay"},
		{"month that holds the day", "2023-06-01", "", "2024-03", "", false, "unknown", "stay_until_unclear"},
		{"month before", "2023-06-01", "", "2024-02", "", false, "overstay", "stay_overstay_at_least"},
		{"month after", "2023-06-01", "", "2024-04", "", false, "valid", "stay_valid"},
		{"year that holds the day", "2023-06-01", "", "2024", "", false, "unknown", "stay_until_unclear"},
		{"no column", "2023-06-01", "", "-", "", false, "unknown", "stay_until_absent"},
		{"blank cell", "2023-06-01", "", "", "", false, "unknown", "stay_until_blank"},
		{"said to have no end", "2023-06-01", "", "none", "", false, "unknown", "stay_until_none"},
		{"end of an earlier stay", "2024-01-05", "", "2023-12-31", "", false, "unknown", "stay_until_before_entry"},
		{"end in the month of entry", "2024-01-05", "", "2024-01", "", false, "overstay", "stay_overstay_at_least"},
		{"end on the day of entry", "2024-01-05", "", "2024-01-05", "", false, "overstay", "stay_overstay"},
		{"nothing at all", "-", "-", "-", "", false, "unknown", "stay_until_absent"},
		{"entry column absent says nothing", "-", "-", "2024-06-01", "", false, "valid", "stay_valid"},
		{"entry blank says nothing", "", "-", "2024-06-01", "", false, "valid", "stay_valid"},
		{"entry said to be none", "none", "", "2024-06-01", "", false, "no_entry_record", "stay_no_entry"},
		{"none stands above relief", "none", "", "", "relief", true, "no_entry_record", "stay_no_entry"},
		{"entry on the day", asOf, "", "2024-06-01", "", false, "valid", "stay_valid"},
		{"entry the day after", "2024-03-14", "", "2024-06-01", "", false, "unknown", "stay_entry_later"},
		{"entry in a month that holds the day", "2024-03", "", "2024-06-01", "", false, "unknown", "stay_entry_unclear"},
		{"left on the day", "2023-06-01", asOf, "2024-06-01", "", false, "departed", "stay_departed"},
		{"left the day after", "2023-06-01", "2024-03-14", "2024-06-01", "", false, "valid", "stay_valid"},
		{"left, though recorded without entry", "none", "2024-01-01", "", "", false, "departed", "stay_departed"},
		{"left, entry column absent", "-", "2024-01-01", "2024-06-01", "", false, "departed", "stay_departed"},
		{"left and came back", "2024-02-01", "2024-01-01", "2024-06-01", "", false, "valid", "stay_returned stay_valid"},
		{"came back and overstayed", "2024-02-01", "2024-01-01", "2024-03-01", "", false, "overstay", "stay_returned stay_overstay"},
		{"same day is not later", "2024-01-01", "2024-01-01", "2024-06-01", "", false, "departed", "stay_departed"},
		{"came back only after the day judged", "2024-05-01", "2024-01-01", "2024-06-01", "", false, "departed", "stay_departed"},
		{"came back in the month of leaving", "2024-01", "2024-01-15", "2024-06-01", "", false, "unknown", "stay_return_unclear"},
		{"came back in the month judged", "2024-03", "2024-01-15", "2024-06-01", "", false, "unknown", "stay_return_unclear"},
		{"left in a month that holds the day", "2023-06-01", "2024-03", "2024-06-01", "", false, "unknown", "stay_exit_unclear"},
		{"left in an earlier year", "2022-06-01", "2023", "2024-06-01", "", false, "departed", "stay_departed"},
		{"exit said to be none", "2023-06-01", "none", "2024-06-01", "", false, "valid", "stay_valid"},
		{"relief by visa class", "2023-06-01", "", "2023-12-01", "fine relief", false, "relief", "stay_relief_visa"},
		{"relief by note", "2023-06-01", "", "2023-12-01", "EB", true, "relief", "stay_relief_note"},
		{"departure stands above relief", "2023-06-01", "2024-01-01", "", "relief", true, "departed", "stay_departed"},
	} {
		f := regular(t)
		f.Linked = nil
		f.Entry, f.Exit, f.StayUntil = cell(t, c.entry), cell(t, c.exit), cell(t, c.until)
		f.VisaClass, f.Relief = c.visa, c.relief
		o := assess(t, f)
		if a := o.Of(rules.AxisStay); a.Value != c.value || keys(a) != c.reasons {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, a.Value, keys(a), c.value, c.reasons)
		}
	}
}

func TestOverstaySaysHowLongAndWhatToCheckFirst(t *testing.T) {
	p := pack(t)
	f := regular(t)
	f.Linked, f.StayUntil = nil, cell(t, "2024-02-27")
	o := assess(t, f)
	// 2024 is a leap year: 27 February to 13 March is 15 days.
	if got := o.Of(rules.AxisStay).Reasons[0].Render(p, rules.English); got != "The permission to stay ended on 2024-02-27; days since: 15." {
		t.Error(got)
	}
	f.StayUntil = cell(t, "2024-02")
	o = assess(t, f)
	if got := o.Of(rules.AxisStay).Reasons[0].Render(p, rules.English); got != "The permission to stay ended in 2024-02; days since, at least: 13." {
		t.Error(got)
	}
	f.Review = permits(t, "p7 ..", "p8 ..")
	f.Possible = []PermitFact{{RecordID: "p9", Probability: PossibleFloor}, {RecordID: "p10", Probability: 0.049}}
	o = assess(t, f)
	a := o.Of(rules.AxisStay)
	if o.Decision.Class != rules.StayIrregular || keys(a) != "stay_overstay_at_least possible_permit" {
		t.Errorf("%s: %s", o.Decision.Class, keys(a))
	}
	if got := a.Reasons[1].Render(p, rules.English); got != "Possible permit: check first. Permits that may be this person's: 3." {
		t.Error(got)
	}
	if want := []string{"possible:p9", "review:p7", "review:p8"}; !slices.Equal(a.Evidence, want) {
		t.Errorf("evidence %v, want %v", a.Evidence, want)
	}
	f = regular(t)
	f.StayUntil = cell(t, "2024-02-27")
	o = assess(t, f)
	if a := o.Of(rules.AxisStay); keys(a) != "stay_overstay overstay_permit_in_force" || !slices.Equal(a.Evidence, []string{"linked:p1"}) {
		t.Errorf("overstay beside a permit in force: %s, %v", keys(a), a.Evidence)
	}
}

func TestWork(t *testing.T) {
	for _, c := range []struct {
		name           string
		linked, review []string
		possible       []float64
		visa           string
		value, reasons string
	}{
		{"in force", []string{"a 2023-01-01..2024-12-31"}, nil, nil, "", "permit_valid", "permit_in_force"},
		{"first day", []string{"a 2024-03-13..2024-12-31"}, nil, nil, "", "permit_valid", "permit_in_force"},
		{"last day", []string{"a 2023-01-01..2024-03-13"}, nil, nil, "", "permit_valid", "permit_in_force"},
		{"day before it begins", []string{"a 2024-03-14..2024-12-31"}, nil, nil, "", "unknown", "permit_not_begun"},
		{"day after its end", []string{"a 2023-01-01..2024-03-12"}, nil, nil, "", "permit_expired", "permit_ended"},
		{"no start on record", []string{"a ..2024-12-31"}, nil, nil, "", "permit_valid", "permit_in_force_no_start"},
		{"no end on record", []string{"a 2023-01-01.."}, nil, nil, "", "unknown", "permit_no_end"},
		{"no dates on record", []string{"a .."}, nil, nil, "", "unknown", "permit_no_end"},
		{"no end, not begun", []string{"a 2024-05-01.."}, nil, nil, "", "unknown", "permit_not_begun"},
		{"ended, no start", []string{"a ..2024-03-12"}, nil, nil, "", "permit_expired", "permit_ended"},
		{"ends in the month judged", []string{"a 2023-01-01..2024-03"}, nil, nil, "", "unknown", "permit_unclear"},
		{"begins in the month judged", []string{"a 2024-03..2024-12-31"}, nil, nil, "", "unknown", "permit_unclear"},
		{"years that hold the day between them", []string{"a 2023..2025"}, nil, nil, "", "permit_valid", "permit_in_force"},
		{"ends before it begins", []string{"a 2025-01-01..2023-01-01"}, nil, nil, "", "unknown", "permit_contradicts"},
		{"ends in the year in which it begins", []string{"a 2022-06-01..2022"}, nil, nil, "", "permit_expired", "permit_ended"},
		{"renewed", []string{"a 2022-01-01..2022-12-31", "b 2024-01-01..2024-12-31"}, nil, nil, "", "permit_valid", "permit_in_force"},
		{"renewed, the renewal not begun", []string{"b 2024-05-01..2024-12-31", "a 2022-01-01..2022-12-31"}, nil, nil, "", "unknown", "permit_ended permit_not_begun"},
		{"two ended", []string{"b 2023-01-01..2023-12-31", "a 2022-01-01..2022-12-31"}, nil, nil, "", "permit_expired", "permit_ended"},
		{"in force stands above a permit in review", []string{"a 2023-01-01..2024-12-31"}, []string{"r .."}, []float64{0.3}, "", "permit_valid", "permit_in_force"},
		{"in force stands above the visa class", []string{"a 2023-01-01..2024-12-31"}, nil, nil, "ES", "permit_valid", "permit_in_force"},
		{"ended and one in review", []string{"a 2023-01-01..2024-03-12"}, []string{"r .."}, nil, "", "unknown", "possible_permit permit_ended"},
		{"ended and one possible", []string{"a 2023-01-01..2024-03-12"}, nil, []float64{0.3}, "", "unknown", "possible_permit permit_ended"},
		{"ended stands above the visa class", []string{"a 2023-01-01..2024-03-12"}, nil, nil, "ES", "permit_expired", "permit_ended"},
		{"in review", nil, []string{"r .."}, nil, "", "unknown", "possible_permit"},
		{"in review stands above the visa class", nil, []string{"r .."}, nil, "ES", "unknown", "possible_permit"},
		{"possible", nil, nil, []float64{0.05}, "", "unknown", "possible_permit"},
		{"below the floor", nil, nil, []float64{0.0499}, "", "none", "work_none"},
		{"nothing", nil, nil, nil, "", "none", "work_none"},
		{"visa for business says nothing", nil, nil, nil, "EB", "none", "work_none"},
		{"relief says nothing about work", nil, nil, nil, "relief", "none", "work_none"},
		{"student", nil, nil, nil, "ES", "not_working", "work_not_working"},
		{"student, a permit possible", nil, nil, []float64{0.3, 0.1}, "ES", "not_working", "work_not_working work_unlikely_permit"},
		{"student, a permit below the floor", nil, nil, []float64{0.01}, "ES", "not_working", "work_not_working"},
	} {
		f := regular(t)
		f.Linked, f.Review, f.VisaClass = permits(t, c.linked...), permits(t, c.review...), c.visa
		for i, p := range c.possible {
			f.Possible = append(f.Possible, PermitFact{RecordID: string(rune('s' + i)), Probability: p})
		}
		o := assess(t, f)
		if a := o.Of(rules.AxisWork); a.Value != c.value || keys(a) != c.reasons {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, a.Value, keys(a), c.value, c.reasons)
		}
	}
}

func TestWorkReasonsAndEvidence(t *testing.T) {
	p := pack(t)
	f := regular(t)
	f.Linked = permits(t, "b 2023-01-01..2023-12-31", "a 2022-01-01..2022-12-31")
	o := assess(t, f)
	a := o.Of(rules.AxisWork)
	if got := a.Reasons[0].Render(p, rules.English); got != "Permit KH-b ended on 2023-12-31." {
		t.Error(got)
	}
	if want := []string{"linked:a", "linked:b"}; !slices.Equal(a.Evidence, want) {
		t.Errorf("evidence %v, want %v", a.Evidence, want)
	}
	f.Linked = permits(t, "c 2023-07-01..2024-06-30")
	f.Linked[0].PermitNo = ""
	o = assess(t, f)
	if got := o.Of(rules.AxisWork).Reasons[0].Render(p, rules.English); got != "Permit c is in force, from 2023-07-01 until 2024-06-30." {
		t.Errorf("a permit without a number: %s", got)
	}
}

func TestChild(t *testing.T) {
	for _, c := range []struct {
		name           string
		register       []string
		permit         []string
		nik            []string
		child          bool
		reasons        string
		evidenceRecord string
	}{
		{"adult", []string{"1990-05-17"}, nil, nil, false, "protection_none_said", ""},
		{"eighteen today", []string{"2006-03-13"}, nil, nil, false, "protection_none_said", ""},
		{"eighteen tomorrow", []string{"2006-03-14"}, nil, nil, true, "child_register", "born:register"},
		{"the year may do it", []string{"2006"}, nil, nil, true, "child_register_possible", "born:register"},
		{"the year before may not", []string{"2005"}, nil, nil, false, "protection_none_said", ""},
		{"by the permit alone", nil, []string{"2008-01-01"}, nil, true, "child_permit", "born:permit"},
		{"the permit's month may do it", nil, []string{"2006-03"}, nil, true, "child_permit_possible", "born:permit"},
		{"the permit against the register", []string{"1998-01-01"}, []string{"2008-01-01"}, nil, true, "child_permit age_sources_disagree", "born:permit"},
		{"the register against the permit", []string{"2008-01-01"}, []string{"1998-01-01"}, nil, true, "child_register age_sources_disagree", "born:register"},
		{"the number against both", []string{"1998-01-01"}, []string{"1998-01-01"}, []string{"2008-01-01"}, true, "child_nik age_sources_disagree", "born:nik"},
		{"the number alone", nil, nil, []string{"2008-01-01"}, true, "child_nik", "born:nik"},
		{"the number against a child in the register", []string{"2008-01-01"}, nil, []string{"1998-01-01"}, true, "child_register age_sources_disagree", "born:register"},
		{"born after the day judged", []string{"2042-01-01"}, nil, nil, true, "child_register birth_after_as_of", "born:register"},
		{"age not known", nil, nil, nil, false, "protection_none_said age_not_known", ""},
		{"an unknown date is none", []string{""}, nil, nil, false, "protection_none_said age_not_known", ""},
		{"a date twice is one reason", nil, []string{"2008-01-01", "2008-01-01"}, nil, true, "child_permit", "born:permit"},
	} {
		f := regular(t)
		f.Births = nil
		for source, dates := range map[BirthSource][]string{BirthRegister: c.register, BirthPermit: c.permit, BirthNIK: c.nik} {
			for _, d := range dates {
				id := [...]string{"register", "permit", "nik"}[source]
				f.Births = append(f.Births, BirthFact{Born: day(t, d), Source: source, RecordID: id})
			}
		}
		o := assess(t, f)
		a := o.Of(rules.AxisProtection)
		if (a.Value == "child") != c.child || keys(a) != c.reasons || strings.Join(a.Evidence, " ") != c.evidenceRecord {
			t.Errorf("%s: %s (%s) %v, want child %v (%s) %s", c.name, a.Value, keys(a), a.Evidence, c.child, c.reasons, c.evidenceRecord)
		}
		if (o.Decision.Class == rules.ChildFirst) != c.child {
			t.Errorf("%s: class %s", c.name, o.Decision.Class)
		}
	}
}

func TestStatementsOfOffices(t *testing.T) {
	f := regular(t)
	o := assess(t, f)
	if a := o.Of(rules.AxisOrigin); a.Value != "unknown" || keys(a) != "origin_not_said" || o.Decision.Class != rules.RegularHost {
		t.Errorf("nobody has spoken: %s (%s), %s", a.Value, keys(a), o.Decision.Class)
	}
	f.Origin = []OriginStatement{{"placement office", rules.OriginProcedural}}
	f.Protection = []ProtectionStatement{{"embassy", rules.NoneKnown}}
	o = assess(t, f)
	if o.Decision.Class != rules.RegularBoth || keys(o.Of(rules.AxisProtection)) != "protection_said protection_none_said" {
		t.Errorf("one office each: %s, %s", o.Decision.Class, keys(o.Of(rules.AxisProtection)))
	}
	f.Origin = append(f.Origin, OriginStatement{"airport", rules.OriginNotAWorker})
	f.Protection = append(f.Protection, ProtectionStatement{"police", rules.PossibleVictim}, ProtectionStatement{"embassy", rules.Reviewable})
	o = assess(t, f)
	if a := o.Of(rules.AxisOrigin); a.Value != "unknown" || keys(a) != "origin_said origin_said origin_disagree" {
		t.Errorf("offices disagree on origin: %s (%s)", a.Value, keys(a))
	}
	if a := o.Of(rules.AxisProtection); a.Value != "possible_victim+reviewable" || o.Decision.Class != rules.Protect {
		t.Errorf("a finding of one office does not undo another's: %s, %s", a.Value, o.Decision.Class)
	}
}

// The classes that a node of the host state reaches from its two lists.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Facts)
		want rules.Class
	}{
		{"in order", func(f *Facts) {}, rules.RegularHost},
		{"asylum claim", func(f *Facts) { f.Protection = []ProtectionStatement{{"office", rules.Claim}} }, rules.ProtectNoContact},
		{"child with a permit", func(f *Facts) { f.Births[0].Born = day(t, "2008") }, rules.ChildFirst},
		{"departed", func(f *Facts) { f.Exit = cell(t, "2024-01-01") }, rules.Departed},
		{"no document, no permit", func(f *Facts) { f.Passport, f.Linked = false, nil }, rules.IdentityPending},
		{"no document, a possible permit", func(f *Facts) { f.Passport, f.Review, f.Linked = false, f.Linked, nil }, rules.IdentityPending},
		{"no document, a permit in force", func(f *Facts) { f.Passport = false }, rules.RegularHost},
		{"never entered", func(f *Facts) { f.Entry = cell(t, "none") }, rules.EntryUnverified},
		{"overstay", func(f *Facts) { f.StayUntil = cell(t, "2024-01-01") }, rules.StayIrregular},
		{"permit ended", func(f *Facts) { f.Linked = permits(t, "a 2022-01-01..2022-12-31") }, rules.WorkToRenew},
		{"student", func(f *Facts) { f.Linked, f.VisaClass = nil, "ES" }, rules.RegularNotWorking},
		{"no permit", func(f *Facts) { f.Linked = nil }, rules.NoPermitFound},
		{"permit in review", func(f *Facts) { f.Linked, f.Review = nil, f.Linked }, rules.Undetermined},
		{"end of stay blank", func(f *Facts) { f.StayUntil = cell(t, "") }, rules.Undetermined},
	} {
		f := regular(t)
		c.edit(&f)
		o := assess(t, f)
		if o.Decision.Class != c.want {
			t.Errorf("%s: %s, want %s (%+v)", c.name, o.Decision.Class, c.want, o.Axes)
		}
	}
}

func TestRefusesDaysThatNoRuleJudges(t *testing.T) {
	for _, d := range []string{"2024", "2024-03", "", "2014-12-31"} {
		if _, err := Assess(pack(t), Facts{AsOf: day(t, d)}); err == nil {
			t.Errorf("as of %q: assessed", d)
		}
	}
}

func drawPermits(t *rapid.T, label string) []PermitFact {
	var out []PermitFact
	for i := range rapid.IntRange(0, 3).Draw(t, label) {
		p := PermitFact{RecordID: label + string(rune('a'+i)), Probability: rapid.Float64Range(0, 1).Draw(t, "p")}
		if rapid.Bool().Draw(t, "has from") {
			p.From = drawDate(t, "from")
		}
		if rapid.Bool().Draw(t, "has until") {
			p.Until = drawDate(t, "until")
		}
		out = append(out, p)
	}
	return out
}

func drawCell(t *rapid.T, label string) Cell {
	c := Cell{State: CellState(rapid.IntRange(0, 3).Draw(t, label+" state"))}
	if c.State == CellDate {
		c.Date = drawDate(t, label)
	}
	return c
}

func drawFacts(t *rapid.T) Facts {
	d, err := person.DateOf(2024, 3, 13)
	if err != nil {
		t.Fatal(err)
	}
	f := Facts{
		AsOf: d, Node: "KH",
		Passport: rapid.Bool().Draw(t, "passport"), NationalID: rapid.Bool().Draw(t, "national id"),
		Entry: drawCell(t, "entry"), Exit: drawCell(t, "exit"), StayUntil: drawCell(t, "stay until"),
		VisaClass: rapid.SampledFrom([]string{"", "EB", "ES", "retirement", "relief", "?"}).Draw(t, "visa"),
		Relief:    rapid.Bool().Draw(t, "relief"),
		Linked:    drawPermits(t, "linked"), Review: drawPermits(t, "review"), Possible: drawPermits(t, "possible"),
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "births") {
		f.Births = append(f.Births, BirthFact{drawDate(t, "born"), BirthSource(rapid.IntRange(0, 2).Draw(t, "source")), string(rune('a' + i))})
	}
	for range rapid.IntRange(0, 2).Draw(t, "origins") {
		f.Origin = append(f.Origin, OriginStatement{rapid.SampledFrom([]string{"x", "y"}).Draw(t, "office"), rules.Origin(rapid.IntRange(0, 4).Draw(t, "origin"))})
	}
	for range rapid.IntRange(0, 2).Draw(t, "protections") {
		f.Protection = append(f.Protection, ProtectionStatement{"z", rules.Protection(rapid.Uint16Range(0, uint16(rules.AllProtection)).Draw(t, "protection"))})
	}
	return f
}

// Whatever is known: exactly one class, five computed axes, each with a reason
// that every language can say.
func TestEverybodyIsAssessed(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		o, err := Assess(p, drawFacts(t))
		if err != nil || !o.Decision.Class.Known() {
			t.Fatalf("class %q, %v", o.Decision.Class, err)
		}
		for i, a := range o.Assessments {
			if a.Axis != rules.AllAxes()[i] || a.Value != o.Axes.Value(a.Axis) || !a.Computed || len(a.Reasons) == 0 {
				t.Fatalf("axis %d: %+v", i, a)
			}
			if !slices.IsSorted(a.Evidence) {
				t.Fatalf("%s: evidence is not sorted: %v", a.Axis, a.Evidence)
			}
			for _, r := range a.Reasons {
				for _, l := range rules.Langs() {
					if _, err := p.Reason(l, r.Key, r.Args...); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}

// The order in which records arrive changes nothing.
func TestOrderOfFactsDoesNotMatter(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		a, err := Assess(p, f)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for _, list := range []*[]PermitFact{&f.Linked, &f.Review, &f.Possible} {
			*list = shuffled(r, *list)
		}
		f.Births, f.Origin, f.Protection = shuffled(r, f.Births), shuffled(r, f.Origin), shuffled(r, f.Protection)
		b, err := Assess(p, f)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("shuffled facts give another outcome:\n%+v\n%+v", a, b)
		}
	})
}

func shuffled[T any](r *rand.Rand, s []T) []T {
	s = slices.Clone(s)
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}

// A permit in review never leaves "none" or "not working", and never takes a
// permit in force away.
func TestReviewIsNeverNone(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		before, _ := Assess(p, f)
		f.Review = append(f.Review, PermitFact{RecordID: "new", Probability: 0.7})
		after, _ := Assess(p, f)
		want := rules.WorkUnknown
		if before.Axes.Work == rules.WorkPermitValid {
			want = rules.WorkPermitValid
		}
		if after.Axes.Work != want {
			t.Fatalf("work %s becomes %s with one more permit in review", before.Axes.Work, after.Axes.Work)
		}
		if after.Decision.Class == rules.NoPermitFound {
			t.Fatal("a permit in review, and still no permit found")
		}
	})
}

// One more reason to protect, a statement or a younger date of birth, never
// gives a less protective row, and stays among the reasons.
func TestMoreProtectionNeverProtectsLess(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		before, _ := Assess(p, f)
		more := rules.Protection(rapid.Uint16Range(1, uint16(rules.AllProtection)).Draw(t, "more"))
		f.Protection = append(f.Protection, ProtectionStatement{"new office", more})
		f.Births = append(f.Births, BirthFact{drawDate(t, "another birth"), BirthPermit, "new"})
		after, _ := Assess(p, f)
		if after.Axes.Protection&before.Axes.Protection != before.Axes.Protection || after.Axes.Protection&more != more {
			t.Fatalf("protection %s becomes %s", before.Axes.Protection, after.Axes.Protection)
		}
		if slices.Index(rules.Classes(), after.Decision.Class) > slices.Index(rules.Classes(), before.Decision.Class) {
			t.Fatalf("class %s becomes %s with more protection", before.Decision.Class, after.Decision.Class)
		}
	})
}

func BenchmarkAssess(b *testing.B) {
	p, f := pack(b), regular(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Assess(p, f); err != nil {
			b.Fatal(err)
		}
	}
}
