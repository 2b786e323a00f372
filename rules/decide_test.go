package rules

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func pack(t testing.TB) *StatusPack {
	t.Helper()
	p, err := Load("status-kh-1")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everyAxes calls f with every combination of axis values, every protection
// set, and both nodes of the corridor.
func everyAxes(f func(Axes)) {
	for _, node := range []string{"KH", "ID"} {
		for id := range Identity(len(identityNames)) {
			for stay := range Stay(len(stayNames)) {
				for work := range Work(len(workNames)) {
					for origin := range Origin(len(originNames)) {
						for protection := range AllProtection + 1 {
							f(Axes{node, id, stay, work, origin, protection})
						}
					}
				}
			}
		}
	}
}

// specified is the table of the specification written a second time, by hand.
func specified(a Axes) Class {
	inOrder := a.Stay == StayValid || a.Stay == StayRelief
	regular := inOrder && a.Work == WorkPermitValid
	switch {
	case a.Protection&Claim != 0:
		return ProtectNoContact
	case a.Protection&Child != 0:
		return ChildFirst
	case a.Protection&(PossibleVictim|PresumedVictim|IdentifiedVictim|Smuggled|Vulnerable) != 0:
		return Protect
	case a.Stay == StayDeparted:
		return Departed
	case a.Identity == IdentityDisputed, a.Identity == IdentityClaimed && a.Work != WorkPermitValid:
		return IdentityPending
	case a.Stay == StayNoEntryRecord:
		return EntryUnverified
	case a.Stay == StayOverstay:
		return StayIrregular
	case a.Work == WorkPermitExpired:
		return WorkToRenew
	case inOrder && a.Work == WorkNotWorking:
		return RegularNotWorking
	case inOrder && a.Work == WorkNone:
		return NoPermitFound
	case regular && (a.Origin == OriginProcedural || a.Origin == OriginSelfReported):
		return RegularBoth
	case regular && a.Origin == OriginOutsidePlacement && a.Node == "ID":
		return RegularHostOutsidePlacement
	case regular:
		return RegularHost
	}
	return Undetermined
}

func TestEveryCombination(t *testing.T) {
	p := pack(t)
	reached := map[Class]int{}
	n := 0
	everyAxes(func(a Axes) {
		d := p.Decide(a)
		n++
		reached[d.Class]++
		if want := specified(a); d.Class != want {
			t.Fatalf("%+v: class %s, want %s", a, d.Class, want)
		}
		if len(d.Applied) == 0 || d.Applied[0] != d.Row {
			t.Fatalf("%+v: row %s is not the first of those that apply %v", a, d.Row, d.Applied)
		}
		if slices.Contains(d.Applied, "undetermined") && d.Class != Undetermined {
			t.Fatalf("%+v: the row for everything else applied beside another", a)
		}
		if d.Class == RegularHostOutsidePlacement && a.Node != "ID" {
			t.Fatalf("%+v: class of the state of origin on another node", a)
		}
		if a.Protection&Claim != 0 && slices.ContainsFunc(d.Duties, func(d Duty) bool { return d.Contact }) {
			t.Fatalf("%+v: a duty needs the other state although an asylum claim is known", a)
		}
		if got, want := hasDuty(d, "right_of_review"), a.Protection&Reviewable != 0; got != want {
			t.Fatalf("%+v: right of review %v, want %v", a, got, want)
		}
	})
	if want := 2 * 4 * 6 * 5 * 5 * 256; n != want {
		t.Fatalf("%d combinations tried, want %d", n, want)
	}
	for _, c := range Classes() {
		if reached[c] == 0 {
			t.Errorf("class %s cannot be reached", c)
		}
	}
}

func hasDuty(d Decision, id string) bool {
	return slices.ContainsFunc(d.Duties, func(d Duty) bool { return d.ID == id })
}

// The order of the table matters exactly where two rows apply at once.
func TestOrder(t *testing.T) {
	p := pack(t)
	for _, c := range []struct {
		name string
		axes Axes
		want Class
		also []string // duties of later rows that hold all the same
	}{
		{"a claim stands above childhood", Axes{Protection: Claim | Child}, ProtectNoContact, []string{"no_letter", "guardian"}},
		{"childhood stands above trafficking", Axes{Protection: Child | IdentifiedVictim}, ChildFirst, []string{"guardian", "referral"}},
		{"protection stands above departure", Axes{Stay: StayDeparted, Protection: PossibleVictim}, Protect, []string{"suspend_measures", "stop_counting"}},
		{"departure stands above a disputed identity", Axes{Identity: IdentityDisputed, Stay: StayDeparted}, Departed, []string{"ask_nationality"}},
		{"identity stands above a missing entry", Axes{Identity: IdentityDisputed, Stay: StayNoEntryRecord}, IdentityPending, []string{"ask_departure", "screen"}},
		{"identity stands above overstay", Axes{Identity: IdentityClaimed, Stay: StayOverstay, Work: WorkUnknown}, IdentityPending, []string{"check_permit_first"}},
		{"a permit in force stands for a document", Axes{Identity: IdentityClaimed, Stay: StayOverstay, Work: WorkPermitValid}, StayIrregular, nil},
		{"overstay stands above an ended permit", Axes{Identity: IdentityDocumented, Stay: StayOverstay, Work: WorkPermitExpired}, StayIrregular, []string{"time_to_renew"}},
		{"an ended permit needs no stay", Axes{Identity: IdentityDocumented, Work: WorkPermitExpired}, WorkToRenew, nil},
		{"reviewable alone changes no class", Axes{Identity: IdentityDocumented, Stay: StayValid, Work: WorkPermitValid, Protection: Reviewable}, RegularHost, []string{"right_of_review", "not_a_finding_of_guilt"}},
		{"relief counts as a stay in order", Axes{Identity: IdentityDocumented, Stay: StayRelief, Work: WorkNone}, NoPermitFound, []string{"not_found_is_no_proof"}},
		{"outside placement is read as unknown in the host state", Axes{Node: "KH", Identity: IdentityVerified, Stay: StayValid, Work: WorkPermitValid, Origin: OriginOutsidePlacement}, RegularHost, []string{"ask_origin"}},
		{"nothing known", Axes{}, IdentityPending, nil},
		{"documented and nothing else", Axes{Identity: IdentityDocumented}, Undetermined, []string{"find_what_is_missing"}},
	} {
		d := p.Decide(c.axes)
		if d.Class != c.want {
			t.Errorf("%s: %s, want %s", c.name, d.Class, c.want)
		}
		for _, duty := range c.also {
			if !hasDuty(d, duty) {
				t.Errorf("%s: duty %s does not hold", c.name, duty)
			}
		}
	}
}

// A class of the state of origin leaves no trace on another node: the decision
// is that of somebody whose origin is unknown.
func TestConfinedValueLeavesNoTrace(t *testing.T) {
	p := pack(t)
	everyAxes(func(a Axes) {
		if a.Origin != OriginOutsidePlacement || a.Node == "ID" {
			return
		}
		b := a
		b.Origin = OriginUnknown
		if got, want := p.Decide(a), p.Decide(b); got.Row != want.Row || !slices.Equal(got.Applied, want.Applied) {
			t.Fatalf("%+v: %v, want %v as for an unknown origin", a, got.Applied, want.Applied)
		}
	})
}

func drawAxes(t *rapid.T) Axes {
	return Axes{
		Node:       rapid.SampledFrom([]string{"", "KH", "ID"}).Draw(t, "node"),
		Identity:   Identity(rapid.IntRange(0, len(identityNames)-1).Draw(t, "identity")),
		Stay:       Stay(rapid.IntRange(0, len(stayNames)-1).Draw(t, "stay")),
		Work:       Work(rapid.IntRange(0, len(workNames)-1).Draw(t, "work")),
		Origin:     Origin(rapid.IntRange(0, len(originNames)-1).Draw(t, "origin")),
		Protection: Protection(rapid.Uint16Range(0, uint16(AllProtection)).Draw(t, "protection")),
	}
}

// More protection never gives a later row, and takes no duty away but those
// that would carry the person's name to the other state.
func TestProtectionOnlyProtects(t *testing.T) {
	p := pack(t)
	rapid.Check(t, func(t *rapid.T) {
		a := drawAxes(t)
		b := a
		b.Protection |= Protection(rapid.Uint16Range(0, uint16(AllProtection)).Draw(t, "more"))
		da, db := p.Decide(a), p.Decide(b)
		if slices.Index(Classes(), db.Class) > slices.Index(Classes(), da.Class) {
			t.Fatalf("%v gives %s, and with more protection %v gives %s", a, da.Class, b, db.Class)
		}
		for _, d := range da.Duties {
			if da.Class != Undetermined && !hasDuty(db, d.ID) && !(d.Contact && b.Protection&Claim != 0) {
				t.Fatalf("%v: duty %s vanished with more protection", b, d.ID)
			}
		}
	})
}

func TestValuesOutsideTheAxesAreUndetermined(t *testing.T) {
	d := pack(t).Decide(Axes{Identity: IdentityDocumented, Stay: 99, Work: 99})
	if d.Class != Undetermined {
		t.Errorf("class %s, want %s", d.Class, Undetermined)
	}
	if got := Stay(99).String(); got != "invalid(99)" {
		t.Errorf("String() = %q", got)
	}
}

func BenchmarkDecide(b *testing.B) {
	p := pack(b)
	a := Axes{Node: "KH", Identity: IdentityDocumented, Stay: StayValid, Work: WorkPermitValid}
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(a)
	}
}
