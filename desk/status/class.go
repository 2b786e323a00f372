package status

import "mitra/rules"

// AskSupervisor is written instead of a protected class for everybody without
// the right to see it.
const AskSupervisor = "ASK_SUPERVISOR"

// Protected reports whether a class is kept from those without the right to see
// protection. Two classes that say nothing of protection are among them, so that
// the words "ask the supervisor" do not mark a victim. A class that the program
// does not know is protected.
func Protected(c rules.Class) bool {
	switch c {
	case rules.ProtectNoContact, rules.ChildFirst, rules.Protect, rules.IdentityPending, rules.EntryUnverified:
		return true
	}
	return !c.Known()
}

// Shown returns what a reader may see of an outcome: the class and the reasons
// in the order of the axes. Without the right to see protection a protected
// class is [AskSupervisor] and has no reasons, and the reasons on protection
// are left out everywhere.
func (o *Outcome) Shown(withProtection bool) (class string, reasons []Reason) {
	if !withProtection && Protected(o.Decision.Class) {
		return AskSupervisor, nil
	}
	for _, a := range o.Assessments {
		if withProtection || a.Axis != rules.AxisProtection {
			reasons = append(reasons, a.Reasons...)
		}
	}
	return string(o.Decision.Class), reasons
}
