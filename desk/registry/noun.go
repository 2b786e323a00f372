package registry

import (
	"fmt"
	"strings"
)

// Noun is a kind of register. Its text is the command line's word for it.
type Noun string

// The nouns.
const (
	Residents  Noun = "residents"
	Permits    Noun = "permits"
	Placements Noun = "placements"
	Departures Noun = "departures"
	Reports    Noun = "reports"
	Alerts     Noun = "alerts"
)

// Nouns lists all of them, in the order in which people are told.
var Nouns = []Noun{Residents, Permits, Placements, Departures, Reports, Alerts}

// ParseNoun reads a noun as written on the command line.
func ParseNoun(s string) (Noun, error) {
	for _, n := range Nouns {
		if s == string(n) {
			return n, nil
		}
	}
	return "", fmt.Errorf("no such register: want one of %s", strings.Join(nounNames(), ", "))
}

func nounNames() []string {
	names := make([]string, len(Nouns))
	for i, n := range Nouns {
		names[i] = string(n)
	}
	return names
}

// identity is what describes a person on lists that are not the register itself.
var identity = []Field{
	ID, FullName, GivenName, Surname, Sex, BirthDate, BirthPlace, Nationality,
	PassportNo, PassportExpiry, NationalID, Address, Phone,
}

// nounFields are the canonical columns of each noun.
var nounFields = map[Noun][]Field{
	Residents: {
		ID, FullName, GivenName, Surname, Sex, BirthDate, BirthPlace, Nationality, PassportNo,
		PassportExpiry, NationalID, EntryDate, ExitDate, StayUntil, VisaClass, Address, Phone,
	},
	Permits: {
		ID, FullName, GivenName, Surname, Sex, BirthDate, Nationality, PassportNo, PermitNo,
		ValidFrom, ValidUntil, Employer, Occupation, Sector,
	},
	Placements: with(Destination, Employer, Occupation, Agency, RegisteredOn, Procedure),
	Departures: with(DepartedOn, Port, Carrier, Destination),
	Reports:    with(ReportedOn, ReportedBy, LastContact, LastPlace, Summary),
	Alerts:     with(AlertKind, Handling, IssuedOn, ExpiresOn, AlertOffice),
}

func with(more ...Field) []Field { return append(identity[:len(identity):len(identity)], more...) }

// Fields returns the canonical columns of the noun in their order.
func (n Noun) Fields() []Field { return nounFields[n] }

// document is the column whose number names a record where the source gives no
// id, if the noun has one: a person can be on the other lists more than once
// with the same passport.
func (n Noun) document() (f Field, prefix string, ok bool) {
	switch n {
	case Residents:
		return PassportNo, passportPrefix, true
	case Permits:
		return PermitNo, permitPrefix, true
	}
	return 0, "", false
}
