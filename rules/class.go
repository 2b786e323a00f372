package rules

import "slices"

// A Class is what a decision table makes of the five axes. The names are part
// of the command-line contract.
type Class string

// The classes, in the order of the table.
const (
	ProtectNoContact            Class = "PROTECT_NO_CONTACT"
	ChildFirst                  Class = "CHILD_FIRST"
	Protect                     Class = "PROTECT"
	Departed                    Class = "DEPARTED"
	IdentityPending             Class = "IDENTITY_PENDING"
	EntryUnverified             Class = "ENTRY_UNVERIFIED"
	StayIrregular               Class = "STAY_IRREGULAR"
	WorkToRenew                 Class = "WORK_TO_RENEW"
	RegularNotWorking           Class = "REGULAR_NOT_WORKING"
	NoPermitFound               Class = "NO_PERMIT_FOUND"
	RegularBoth                 Class = "REGULAR_BOTH"
	RegularHostOutsidePlacement Class = "REGULAR_HOST_OUTSIDE_PLACEMENT"
	RegularHost                 Class = "REGULAR_HOST"
	Undetermined                Class = "UNDETERMINED"
)

// Classes returns the classes in the order of the table.
func Classes() []Class {
	return []Class{
		ProtectNoContact, ChildFirst, Protect, Departed, IdentityPending, EntryUnverified,
		StayIrregular, WorkToRenew, RegularNotWorking, NoPermitFound, RegularBoth,
		RegularHostOutsidePlacement, RegularHost, Undetermined,
	}
}

// Known reports whether c is one of [Classes].
func (c Class) Known() bool { return slices.Contains(Classes(), c) }
