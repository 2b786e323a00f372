package account

import "slices"

// A Role is what an officer works as.
type Role string

// The roles (DESIGN §2).
const (
	Registry      Role = "registry"      // loads lists, clears doubtful matches
	Liaison       Role = "liaison"       // asks and answers the partner
	Supervisor    Role = "supervisor"    // decides where two eyes are not enough
	Analyst       Role = "analyst"       // tables, no people
	Auditor       Role = "auditor"       // who saw what; proof
	Administrator Role = "administrator" // accounts and partners; no people
)

// Roles returns all of them.
func Roles() []Role { return []Role{Registry, Liaison, Supervisor, Analyst, Auditor, Administrator} }

// A Right is an action on a kind of thing.
type Right struct{ Action, Thing string }

// The rights that there are.
var (
	SeePeople     = Right{"see", "people"}       // search, and open one
	SeeProtection = Right{"see", "protection"}   // of an account, not of a role
	Restrict      = Right{"restrict", "people"}  // with a second officer
	SeeRegisters  = Right{"see", "registers"}    // which lists are loaded; nobody in them
	LoadRegisters = Right{"load", "registers"}   //
	SeeStatus     = Right{"see", "status"}       // figures
	RunStatus     = Right{"run", "status"}       //
	SeeEnquiries  = Right{"see", "enquiries"}    // lists of them, which name nobody
	Ask           = Right{"ask", "enquiries"}    //
	Answer        = Right{"answer", "enquiries"} // look whom one is about, and end it
	Supervise     = Right{"supervise", "enquiries"}
	SeePartner    = Right{"see", "partner"} // cards, agreement, connection
	SeeJournal    = Right{"see", "journal"}
	SeeLookers    = Right{"see", "lookers"} // who has looked at whom
	SeeAccounts   = Right{"see", "accounts"}
	ChangeAccount = Right{"change", "accounts"}
	Own           = Right{"change", "own"} // the own account; also home and help
)

// Rights is the table of roles: what each may do. Nothing else gives a right, but an account's own to see protection.
func Rights() map[Role][]Right {
	return map[Role][]Right{
		Registry:      {Own, SeePeople, SeeRegisters, LoadRegisters, SeeStatus, RunStatus, SeeEnquiries},
		Liaison:       {Own, SeePeople, SeeStatus, SeeRegisters, SeeEnquiries, Ask, Answer, SeePartner},
		Supervisor:    {Own, SeePeople, Restrict, SeeStatus, SeeRegisters, SeeEnquiries, Ask, Answer, Supervise, SeePartner},
		Analyst:       {Own, SeeStatus, SeeRegisters},
		Auditor:       {Own, SeeStatus, SeeRegisters, SeePartner, SeeJournal, SeeLookers, SeeAccounts},
		Administrator: {Own, SeeRegisters, SeePartner, SeeAccounts, ChangeAccount},
	}
}

// AllRights returns every right that there is, in the order in which they are explained.
func AllRights() []Right {
	return []Right{Own, SeePeople, SeeProtection, Restrict, SeeRegisters, LoadRegisters, SeeStatus, RunStatus, SeeEnquiries, Ask, Answer, Supervise,
		SeePartner, SeeJournal, SeeLookers, SeeAccounts, ChangeAccount}
}

// String is the right as it is written: people.see.
func (r Right) String() string { return r.Thing + "." + r.Action }

// May reports whether an officer has a right.
func (a Account) May(r Right) bool {
	switch {
	case a.ID == "" || a.Disabled || a.scoped && !slices.Contains(a.scope, r):
		return false
	case r == SeeProtection:
		return a.Protection && a.May(SeePeople)
	}
	table := Rights()
	return slices.ContainsFunc(a.Roles, func(role Role) bool { return slices.Contains(table[role], r) })
}
