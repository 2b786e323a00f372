package demo

// Truth is what a node of the host state would hold of a resident if it made no
// mistake: the facts are the true ones, known as far as its own lists tell them.
// Origin is unknown to it and nobody has spoken of protection.
//
// The class is worked out here a second time, apart from the program's own rule
// pack and from the code that reads it, so that one can check the other. Keep it
// apart: it must never call the rules.
type Truth struct {
	Class, Stay, Work, Identity string
	BirthDate                   string // ISO
}

// truth gives the expectation for a row of the register.
func (g *generator) truth(row *Resident, x *human, s stay, h holding) Truth {
	t := Truth{BirthDate: x.born.iso(), Identity: "documented"}
	if row.PassportNo == "" && row.NationalID == "" {
		t.Identity = "claimed"
	}

	switch {
	case !s.exit.none():
		t.Stay = "departed"
	case s.noEntry:
		t.Stay = "no_entry_record"
	case s.visa == reliefVisa:
		t.Stay = "relief"
	case s.until.none():
		t.Stay = "unknown"
	case s.until.before(g.asOf):
		t.Stay = "overstay"
	default:
		t.Stay = "valid"
	}

	switch {
	case h == inForce:
		t.Work = "permit_valid"
	case h == runOut:
		t.Work = "permit_expired"
	case notForWork[s.visa]:
		t.Work = "not_working"
	default:
		t.Work = "none"
	}

	staying := t.Stay == "valid" || t.Stay == "relief"
	switch {
	case g.asOf.before(x.born.years(18)):
		t.Class = "CHILD_FIRST"
	case t.Stay == "departed":
		t.Class = "DEPARTED"
	case t.Identity == "claimed" && h != inForce:
		t.Class = "IDENTITY_PENDING"
	case t.Stay == "no_entry_record":
		t.Class = "ENTRY_UNVERIFIED"
	case t.Stay == "overstay":
		t.Class = "STAY_IRREGULAR"
	case t.Work == "permit_expired":
		t.Class = "WORK_TO_RENEW"
	case staying && t.Work == "not_working":
		t.Class = "REGULAR_NOT_WORKING"
	case staying && t.Work == "none":
		t.Class = "NO_PERMIT_FOUND"
	case staying && t.Work == "permit_valid":
		t.Class = "REGULAR_HOST"
	default:
		t.Class = "UNDETERMINED"
	}
	return t
}
