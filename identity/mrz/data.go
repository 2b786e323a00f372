package mrz

import (
	"strings"

	"mitra/identity/person"
)

// Data is what stands in a zone. Fillers at the end of a field are not part of
// it.
type Data struct {
	Format Format
	Code   string         // document code: P, PP, V, I, AC …
	Issuer person.Country // as it stands: Faults tells if it is not a known code

	// Surname and Given are the primary and the secondary identifier, in
	// capital letters with single spaces. Doc 9303 puts the whole name in the
	// primary one where the issuing state does not divide it.
	Surname, Given string

	// NameTruncated says that the name field is full, so the name may be longer.
	NameTruncated bool

	// Number is the document number, all of it. A filler within stands for a
	// space or a sign that the zone cannot hold.
	Number      string
	Nationality person.Country

	// Birth and Expiry are yymmdd; unknown parts are fillers, in some documents
	// zeros.
	Birth, Expiry string
	Sex           person.Sex // the filler is Unspecified

	// Optional1 is the personal number of a TD3, the optional data of other
	// formats without the rest of a long document number. Only TD1 has
	// Optional2.
	Optional1, Optional2 string

	// Checks are all check digits, in the order document number, birth,
	// expiry, optional data, composite, as far as the format has them. Faults
	// are those that fail and whatever else is wrong. [Encode] ignores both.
	Checks []Check
	Faults []Fault

	lines []string
}

// Lines are the lines that the data was read from, corrections included; nil if
// it was not read but made: see [Encode].
func (d Data) Lines() []string { return append([]string(nil), d.lines...) }

// String is Lines joined by newlines. It holds personal data.
func (d Data) String() string { return strings.Join(d.lines, "\n") }

// Valid reports whether every check digit agrees and nothing else in the zone
// is wrong either. It says nothing about whether the document is genuine.
func (d Data) Valid() bool { return len(d.Faults) == 0 }
