package status

import (
	"cmp"
	"slices"

	"mitra/rules"
)

// protection is the union of what offices have said, and a child by any date of
// birth on record that leaves the person possibly under 18.
//
// The residents register, linked permits and the national id number count
// alike. Where they disagree the younger date counts, because papers that make
// a child older are part of how children are trafficked; a mistyped number then
// costs an officer one look, and the reason says where to look.
func (f *Facts) protection() finding[rules.Protection] {
	var out finding[rules.Protection]
	for _, s := range slices.SortedFunc(slices.Values(f.Protection), func(a, b ProtectionStatement) int {
		return compareStatement(a.Office, int(a.Value), b.Office, int(b.Value))
	}) {
		out.value |= s.Value
		out.reasons = append(out.reasons, because("protection_said", arg("office", s.Office), arg("protection", s.Value.String())))
	}
	young, adult := false, false
	for _, b := range f.births() {
		if b.Born.IsZero() {
			continue
		}
		under := underAge(b.Born, f.AsOf)
		if under == no {
			adult = true
			continue
		}
		young = true
		out.reasons = append(out.reasons, childReason(b, under))
		if before(f.AsOf, b.Born) == yes {
			out.reasons = append(out.reasons, because("birth_after_as_of", dateArg("born", b.Born)))
		}
		out.evidence = append(out.evidence, "born:"+b.RecordID)
	}
	if young {
		out.value |= rules.Child
	}
	if young && adult {
		out.reasons = append(out.reasons, because("age_sources_disagree"))
	}
	if out.value == rules.NoneKnown {
		out.reasons = append(out.reasons, because("protection_none_said"))
	}
	if !young && !adult {
		out.reasons = append(out.reasons, because("age_not_known"))
	}
	return out
}

// childReason names the source that makes the person a child.
func childReason(b BirthFact, under truth) Reason {
	key := "child_register"
	switch b.Source {
	case BirthPermit:
		key = "child_permit"
	case BirthNIK:
		return because("child_nik", dateArg("born", b.Born)) // a number's digits give the day
	}
	if under == maybe {
		key += "_possible"
	}
	return because(key, dateArg("born", b.Born))
}

// births returns the dates of birth by source, each date of a source once.
func (f *Facts) births() []BirthFact {
	if len(f.Births) < 2 {
		return f.Births
	}
	sorted := slices.SortedFunc(slices.Values(f.Births), func(a, b BirthFact) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Born.String(), b.Born.String()), cmp.Compare(a.RecordID, b.RecordID))
	})
	return slices.CompactFunc(sorted, func(a, b BirthFact) bool {
		return a.Source == b.Source && a.Born.String() == b.Born.String()
	})
}

func compareStatement(officeA string, valueA int, officeB string, valueB int) int {
	return cmp.Or(cmp.Compare(officeA, officeB), cmp.Compare(valueA, valueB))
}
