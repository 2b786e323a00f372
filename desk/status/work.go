package status

import (
	"cmp"
	"slices"

	"mitra/identity/person"
	"mitra/rules"
)

// permitState is what one permit says of one day.
type permitState uint8

const (
	permitInForce permitState = iota
	permitEnded
	permitNotBegun
	permitNoEnd       // the register does not say until when
	permitUnclear     // the dates are not exact enough
	permitContradicts // it ends before it begins
)

// stateOn reads the permit's dates. A permit without a start counts as begun:
// it stands in a register of permits issued, and only the end tells whether it
// has run out. A permit without an end is left open.
func (p *PermitFact) stateOn(asOf person.Date) permitState {
	hasFrom, hasUntil := !p.From.IsZero(), !p.Until.IsZero()
	if hasFrom && hasUntil && before(p.Until, p.From) == yes {
		return permitContradicts
	}
	begun, running := yes, yes
	if hasFrom {
		begun = notAfter(p.From, asOf)
	}
	if hasUntil {
		running = notAfter(asOf, p.Until)
	}
	switch {
	case running == no:
		return permitEnded
	case begun == no:
		return permitNotBegun
	case !hasUntil:
		return permitNoEnd
	case begun == maybe || running == maybe:
		return permitUnclear
	}
	return permitInForce
}

// reason names the permit by its number, or by its record where it has none.
func (p *PermitFact) reason(s permitState) Reason {
	permit := arg("permit", cmp.Or(p.PermitNo, p.RecordID))
	switch s {
	case permitInForce:
		if p.From.IsZero() {
			return because("permit_in_force_no_start", permit, dateArg("until", p.Until))
		}
		return because("permit_in_force", permit, dateArg("from", p.From), dateArg("until", p.Until))
	case permitEnded:
		return because("permit_ended", permit, dateArg("until", p.Until))
	case permitNotBegun:
		return because("permit_not_begun", permit, dateArg("from", p.From))
	case permitNoEnd:
		return because("permit_no_end", permit)
	case permitUnclear:
		return because("permit_unclear", permit)
	}
	return because("permit_contradicts", permit)
}

// work is what the permits and the visa class say, and which of the permits an officer decided on.
func (f *Facts) work(visa rules.VisaEffect) finding[rules.Work] {
	out := f.workFound(visa)
	for _, d := range []struct {
		permits []PermitFact
		reason  func(permit rules.Arg) Reason
		part    string
	}{
		{f.linked(), func(permit rules.Arg) Reason { return because("permit_decided_same", permit) }, "same:"},
		{byRecord(f.Different), func(permit rules.Arg) Reason { return because("permit_decided_different", permit) }, "different:"},
	} {
		for _, p := range d.permits {
			if p.Decision != "" {
				out.reasons = append(out.reasons, d.reason(arg("permit", cmp.Or(p.PermitNo, p.RecordID))))
				out.evidence = append(out.evidence, d.part+p.Decision)
			}
		}
	}
	return out
}

// byRecord returns permits in an order that does not depend on that in which they were found.
func byRecord(permits []PermitFact) []PermitFact {
	return slices.SortedFunc(slices.Values(permits), func(a, b PermitFact) int { return cmp.Compare(a.RecordID, b.RecordID) })
}

// workFound answers in this order: a permit in force; a permit that may be theirs;
// permits that are theirs and not in force; the visa class; none.
//
// The visa class stands above permits that are merely possible (below review):
// a student whose name resembles a permit holder's is more likely a student. It
// does not stand above a permit in review, which is more likely theirs than not.
func (f *Facts) workFound(visa rules.VisaEffect) finding[rules.Work] {
	linked := f.linked()
	if in := only(linked, f.AsOf, permitInForce); len(in) > 0 {
		return f.byPermits(rules.WorkPermitValid, in)
	}
	n, evidence := f.undecided()
	if len(linked) == 0 && len(f.Review) == 0 && visa == rules.VisaNotWorking {
		out := finding[rules.Work]{value: rules.WorkNotWorking, evidence: evidence}
		out.reasons = append(out.reasons, because("work_not_working", arg("visa", f.VisaClass)))
		if n > 0 {
			out.reasons = append(out.reasons, because("work_unlikely_permit", countArg("count", n)))
		}
		return out
	}
	if n > 0 {
		out := f.byPermits(rules.WorkUnknown, linked)
		out.reasons = slices.Insert(out.reasons, 0, because("possible_permit", countArg("count", n)))
		out.evidence = append(out.evidence, evidence...)
		return out
	}
	if len(linked) == 0 {
		return finding[rules.Work]{rules.WorkNone, []Reason{because("work_none")}, nil}
	}
	if ended := only(linked, f.AsOf, permitEnded); len(ended) == len(linked) {
		out := f.byPermits(rules.WorkPermitExpired, ended)
		out.reasons = out.reasons[len(out.reasons)-1:] // the one that ended last
		return out
	}
	return f.byPermits(rules.WorkUnknown, linked)
}

// byPermits rests a value on permits, each with its reason.
func (f *Facts) byPermits(v rules.Work, permits []PermitFact) finding[rules.Work] {
	out := finding[rules.Work]{value: v}
	for _, p := range permits {
		out.reasons = append(out.reasons, p.reason(p.stateOn(f.AsOf)))
		out.evidence = append(out.evidence, "linked:"+p.RecordID)
	}
	return out
}

// linked returns the linked permits ordered by their end, the last one last.
func (f *Facts) linked() []PermitFact {
	if len(f.Linked) < 2 {
		return f.Linked
	}
	return slices.SortedFunc(slices.Values(f.Linked), func(a, b PermitFact) int {
		return cmp.Or(cmp.Compare(endKey(a), endKey(b)), cmp.Compare(a.RecordID, b.RecordID))
	})
}

// endKey orders permits by the last day they may run, those without an end first.
func endKey(p PermitFact) int {
	if p.Until.IsZero() {
		return -1 << 31
	}
	_, last := span(p.Until)
	return last
}

func only(permits []PermitFact, asOf person.Date, s permitState) []PermitFact {
	var out []PermitFact
	for _, p := range permits {
		if p.stateOn(asOf) == s {
			out = append(out, p)
		}
	}
	return out
}

// undecided counts the permits that may be this person's, with the records.
func (f *Facts) undecided() (n int, evidence []string) {
	for _, p := range f.Review {
		evidence = append(evidence, "review:"+p.RecordID)
	}
	for _, p := range f.Possible {
		if p.Probability >= PossibleFloor {
			evidence = append(evidence, "possible:"+p.RecordID)
		}
	}
	return len(evidence), evidence
}
