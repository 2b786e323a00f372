package status

import (
	"errors"
	"fmt"
	"slices"

	"mitra/identity/person"
	"mitra/rules"
)

// An Assessment is the value of one axis with what speaks for it.
type Assessment struct {
	Axis     rules.Axis
	Value    string // the value's name; for protection, the members joined with "+"
	Computed bool   // true for whatever [Assess] says; only officers determine
	Reasons  []Reason
	// Evidence names the records that the value rests on beyond the resident's
	// own, each with the part it plays ("linked:ID", "review:ID", "possible:ID",
	// "born:ID"), sorted.
	Evidence []string
}

// An Outcome is what is computed of one resident.
type Outcome struct {
	Axes        rules.Axes
	Assessments [5]Assessment // in the order of rules.AllAxes
	Decision    rules.Decision
}

// Of returns the assessment of one axis, which must be one of rules.AllAxes.
func (o *Outcome) Of(a rules.Axis) Assessment {
	return o.Assessments[slices.IndexFunc(o.Assessments[:], func(x Assessment) bool { return x.Axis == a })]
}

// finding is a value on its way to an assessment.
type finding[T any] struct {
	value    T
	reasons  []Reason
	evidence []string
}

// Assess computes the five axes of a resident and the class that the pack gives
// them. It fails only if the as-of date is not a full date, or the pack may not
// judge it. The order of the lists in f does not matter.
func Assess(p *rules.StatusPack, f Facts) (Outcome, error) {
	if f.AsOf.Prec != person.PrecDay {
		return Outcome{}, errors.New("assess: the as-of date must be a full date")
	}
	if day := f.AsOf.String(); !p.InForce(day) {
		return Outcome{}, fmt.Errorf("assess: rule pack %s is not in force on %s", p.Name(), day)
	}
	visa, _ := p.Visa(f.VisaClass) // a class that is not listed has no effect
	identity, stay, work := f.identity(), f.stay(visa.Effect), f.work(visa.Effect)
	origin, protection := f.origin(), f.protection()
	axes := rules.Axes{
		Node:     f.Node,
		Identity: identity.value, Stay: stay.value, Work: work.value,
		Origin: origin.value, Protection: protection.value,
	}
	return Outcome{
		Axes: axes,
		Assessments: [5]Assessment{
			assessed(rules.AxisIdentity, identity), assessed(rules.AxisStay, stay), assessed(rules.AxisWork, work),
			assessed(rules.AxisOrigin, origin), assessed(rules.AxisProtection, protection),
		},
		Decision: p.Decide(axes),
	}, nil
}

func assessed[T fmt.Stringer](a rules.Axis, f finding[T]) Assessment {
	slices.Sort(f.evidence)
	return Assessment{a, f.value.String(), true, f.reasons, slices.Compact(f.evidence)}
}

// identity is at best documented here: only the issuer verifies.
func (f *Facts) identity() finding[rules.Identity] {
	if !f.Passport && !f.NationalID {
		return finding[rules.Identity]{rules.IdentityClaimed, []Reason{because("identity_claimed")}, nil}
	}
	var reasons []Reason
	if f.Passport {
		reasons = append(reasons, because("identity_passport"))
	}
	if f.NationalID {
		reasons = append(reasons, because("identity_national_id"))
	}
	return finding[rules.Identity]{rules.IdentityDocumented, reasons, nil}
}

// origin repeats what the state of origin has said. Where its offices disagree
// the value is unknown, and everything said stands in the reasons.
func (f *Facts) origin() finding[rules.Origin] {
	if len(f.Origin) == 0 {
		return finding[rules.Origin]{rules.OriginUnknown, []Reason{because("origin_not_said")}, nil}
	}
	said := slices.SortedFunc(slices.Values(f.Origin), func(a, b OriginStatement) int {
		return compareStatement(a.Office, int(a.Value), b.Office, int(b.Value))
	})
	out := finding[rules.Origin]{value: said[0].Value}
	for _, s := range said {
		out.reasons = append(out.reasons, because("origin_said", arg("office", s.Office), arg("origin", s.Value.String())))
		if s.Value != said[0].Value {
			out.value = rules.OriginUnknown
		}
	}
	if out.value != said[0].Value {
		out.reasons = append(out.reasons, because("origin_disagree"))
	}
	return out
}
