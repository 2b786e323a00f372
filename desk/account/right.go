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
	Guest         Role = "guest"         // of another agency: what was referred to its office, and nothing else
)

// Roles returns all of them.
func Roles() []Role {
	return []Role{Registry, Liaison, Supervisor, Analyst, Auditor, Administrator, Guest}
}

// A Right is an action on a kind of thing.
type Right struct{ Action, Thing string }

// The rights that there are.
var (
	SeePeople     = Right{"see", "people"}         // search, and open one
	SeeProtection = Right{"see", "protection"}     // of an account, not of a role
	Restrict      = Right{"restrict", "people"}    // with a second officer
	Decide        = Right{"decide", "people"}      // clear doubtful matches, of people whom one may see
	SeeRegisters  = Right{"see", "registers"}      // which lists are loaded; nobody in them
	LoadRegisters = Right{"load", "registers"}     //
	Withdraw      = Right{"withdraw", "registers"} // a list that was loaded by mistake; it takes two, and one who may see protection
	SeeStatus     = Right{"see", "status"}         // figures
	RunStatus     = Right{"run", "status"}         //
	SeeEnquiries  = Right{"see", "enquiries"}      // lists of them, which name nobody
	Ask           = Right{"ask", "enquiries"}      //
	Answer        = Right{"answer", "enquiries"}   // look whom one is about, and end it
	Supervise     = Right{"supervise", "enquiries"}
	UseTools      = Right{"use", "tools"}      // instruments for names, documents, evidence and files in hand
	SeePartner    = Right{"see", "partner"}    // cards, agreement, connection
	ChangePartner = Right{"change", "partner"} // with a second officer
	SeeSecond     = Right{"see", "second"}     // what waits for a second officer
	SeeJournal    = Right{"see", "journal"}
	SeeLookers    = Right{"see", "lookers"} // who has looked at whom
	SeeAccounts   = Right{"see", "accounts"}
	ChangeAccount = Right{"change", "accounts"}
	SeeNode       = Right{"see", "node"}    // how the node is
	BackUp        = Right{"backup", "node"} // have a backup made, for those whom the operator has named
	Own           = Right{"change", "own"}  // the own account; also home and help
)

// The rights of handing somebody to a guest office.
var (
	Refer          = Right{"refer", "people"}
	SeeReferred    = Right{"see", "referred"} // to the own office, which is a guest's
	AnswerReferred = Right{"answer", "referred"}
)

// Rights is the table of roles: what each may do. Nothing else gives a right, but an account's own to see protection.
func Rights() map[Role][]Right {
	return map[Role][]Right{
		Registry:      {Own, SeePeople, Decide, SeeRegisters, LoadRegisters, Withdraw, SeeStatus, RunStatus, SeeEnquiries, UseTools},
		Liaison:       {Own, SeePeople, SeeStatus, SeeRegisters, SeeEnquiries, Ask, Answer, SeePartner, UseTools},
		Supervisor:    {Own, SeePeople, Restrict, Decide, Refer, SeeStatus, SeeRegisters, Withdraw, SeeEnquiries, Ask, Answer, Supervise, SeePartner, ChangePartner, SeeSecond, UseTools},
		Analyst:       {Own, SeeStatus, SeeRegisters},
		Auditor:       {Own, SeeStatus, SeeRegisters, SeePartner, SeeJournal, SeeLookers, SeeAccounts, SeeSecond, UseTools},
		Administrator: {Own, SeeRegisters, SeePartner, ChangePartner, SeeAccounts, ChangeAccount, SeeSecond, SeeNode, BackUp},
		Guest:         {Own, SeeReferred, AnswerReferred},
	}
}

// AllRights returns every right that there is, in the order in which they are explained.
func AllRights() []Right {
	return []Right{Own, SeePeople, SeeProtection, Restrict, Decide, Refer, SeeRegisters, LoadRegisters, Withdraw, SeeStatus, RunStatus, SeeEnquiries, Ask, Answer, Supervise,
		UseTools, SeePartner, ChangePartner, SeeJournal, SeeLookers, SeeAccounts, ChangeAccount, SeeSecond, SeeNode, BackUp, SeeReferred, AnswerReferred}
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

// light are the rights that one administrator may give alone. Every other one lets people be seen or taken away, or trust be changed.
var light = []Right{Own, SeeRegisters, SeeStatus, SeePartner, SeeAccounts}

// TakesTwo reports whether a change of an account takes two administrators: somebody may then do what is not light, and could not
// before, or could in another office, or could not sign in. Of a new account was is the zero one.
func TakesTwo(was, is Account) bool {
	again := was.Disabled && !is.Disabled || was.ID == "" || was.Office != is.Office
	was.Disabled, is.Disabled = false, false // what is given to who cannot sign in yet is given
	return slices.ContainsFunc(AllRights(), func(r Right) bool {
		return !slices.Contains(light, r) && is.May(r) && (again || !was.May(r))
	})
}

// Able are the accounts that have a right, but for some.
func Able(all []Account, r Right, but ...string) (out []Account) {
	for _, a := range all {
		if a.May(r) && !slices.Contains(but, a.ID) {
			out = append(out, a)
		}
	}
	return out
}
