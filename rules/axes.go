package rules

import (
	"fmt"
	"slices"
	"strings"
)

// An Axis is one of the five questions that a status answers, each written only
// by those who know the answer.
type Axis string

// The axes, in the order in which they are shown.
const (
	AxisIdentity   Axis = "identity"   // who the person is
	AxisStay       Axis = "stay"       // right to stay in the host state
	AxisWork       Axis = "work"       // right to work in the host state
	AxisOrigin     Axis = "origin"     // how the person left the state of origin
	AxisProtection Axis = "protection" // protection needs, a set
)

// AllAxes returns the five axes in order.
func AllAxes() []Axis {
	return []Axis{AxisIdentity, AxisStay, AxisWork, AxisOrigin, AxisProtection}
}

// ValuesOf returns the names of the values of an axis in the order of the
// specification, nil for an unknown axis. For protection they are the members
// a set may have, with none_known for the empty set.
func ValuesOf(a Axis) []string {
	switch a {
	case AxisIdentity:
		return []string{"verified", "documented", "claimed", "disputed"}
	case AxisStay:
		return []string{"valid", "overstay", "no_entry_record", "departed", "relief", "unknown"}
	case AxisWork:
		return []string{"permit_valid", "permit_expired", "none", "not_working", "unknown"}
	case AxisOrigin:
		return []string{"procedural", "self_reported", "outside_placement", "not_a_worker", "unknown"}
	case AxisProtection:
		return append([]string{noneKnown}, protectionNames[:]...)
	}
	return nil
}

// Identity is how well it is known who the person is. The zero value is
// [IdentityClaimed]: without a document nothing more is known.
type Identity uint8

// The values of the identity axis.
const (
	IdentityClaimed    Identity = iota // no document number on record
	IdentityDocumented                 // a document number that its issuer has not confirmed
	IdentityVerified                   // confirmed by the state of nationality
	IdentityDisputed                   // denied by the issuer, or held by somebody else
)

var identityNames = [...]string{"claimed", "documented", "verified", "disputed"}

// Stay is the right to stay in the host state. The zero value is [StayUnknown].
type Stay uint8

// The values of the stay axis.
const (
	StayUnknown Stay = iota
	StayValid
	StayOverstay
	StayNoEntryRecord // the source records entries and says that there is none
	StayDeparted
	StayRelief // fines relieved or stay tolerated by a decision
)

var stayNames = [...]string{"unknown", "valid", "overstay", "no_entry_record", "departed", "relief"}

// Work is the right to work in the host state. The zero value is [WorkUnknown].
type Work uint8

// The values of the work axis.
const (
	WorkUnknown Work = iota
	WorkPermitValid
	WorkPermitExpired
	WorkNone       // no permit linked, and none unassigned comes near
	WorkNotWorking // by visa class
)

var workNames = [...]string{"unknown", "permit_valid", "permit_expired", "none", "not_working"}

// Origin is how the person left the state of origin for work. The zero value is
// [OriginUnknown].
type Origin uint8

// The values of the origin axis.
const (
	OriginUnknown Origin = iota
	OriginProcedural
	OriginSelfReported
	OriginOutsidePlacement // known on the node of the state of origin only, never sent
	OriginNotAWorker
)

var originNames = [...]string{"unknown", "procedural", "self_reported", "outside_placement", "not_a_worker"}

// Protection is a set of protection needs; several may hold together. The empty
// set, [NoneKnown], means that nobody has said anything: it is not a finding.
type Protection uint16

// The members of a protection set, and the empty set.
const (
	PossibleVictim Protection = 1 << iota
	PresumedVictim
	IdentifiedVictim
	Reviewable // not identified as a victim, open to review; never a finding of guilt
	Smuggled
	Child // under 18, or age in doubt
	Claim // to international protection; nothing about the person may leave
	Vulnerable

	NoneKnown Protection = 0
)

const noneKnown = "none_known"

var protectionNames = [...]string{
	"possible_victim", "presumed_victim", "identified_victim", "reviewable",
	"smuggled", "child", "claim", "vulnerable",
}

// AllProtection is the set of every member.
const AllProtection = Protection(1<<len(protectionNames) - 1)

// Axes are the values of one person on the five axes as one node holds them.
// They are comparable. The zero value knows nothing.
type Axes struct {
	Node       string // country of the node that decides, ISO 3166-1 alpha-2; confined values depend on it
	Identity   Identity
	Stay       Stay
	Work       Work
	Origin     Origin
	Protection Protection
}

// Value returns the name of the value on one axis, empty for an unknown axis.
func (a Axes) Value(axis Axis) string {
	switch axis {
	case AxisIdentity:
		return a.Identity.String()
	case AxisStay:
		return a.Stay.String()
	case AxisWork:
		return a.Work.String()
	case AxisOrigin:
		return a.Origin.String()
	case AxisProtection:
		return a.Protection.String()
	}
	return ""
}

// String returns the value's name; so do the other axes' String methods.
func (v Identity) String() string { return nameOf(identityNames[:], uint8(v)) }
func (v Stay) String() string     { return nameOf(stayNames[:], uint8(v)) }
func (v Work) String() string     { return nameOf(workNames[:], uint8(v)) }
func (v Origin) String() string   { return nameOf(originNames[:], uint8(v)) }

// String returns the members' names joined with "+", in the order of the
// specification, or none_known. [Protection.UnmarshalText] reads it back.
func (p Protection) String() string {
	if p == NoneKnown {
		return noneKnown
	}
	return strings.Join(p.names(), "+")
}

// Members returns the members of the set, one bit each, in order.
func (p Protection) Members() []Protection {
	var out []Protection
	for i := range protectionNames {
		if m := Protection(1) << i; p&m != 0 {
			out = append(out, m)
		}
	}
	return out
}

func (p Protection) names() []string {
	var out []string
	for i, name := range protectionNames {
		if p&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// MarshalText writes the value's name; so do the other axes' MarshalText methods.
func (v Identity) MarshalText() ([]byte, error)   { return []byte(v.String()), nil }
func (v Stay) MarshalText() ([]byte, error)       { return []byte(v.String()), nil }
func (v Work) MarshalText() ([]byte, error)       { return []byte(v.String()), nil }
func (v Origin) MarshalText() ([]byte, error)     { return []byte(v.String()), nil }
func (p Protection) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a value by its exact name and refuses any other text; so
// do the other axes' UnmarshalText methods.
func (v *Identity) UnmarshalText(b []byte) error {
	return fromName(v, identityNames[:], AxisIdentity, b)
}
func (v *Stay) UnmarshalText(b []byte) error { return fromName(v, stayNames[:], AxisStay, b) }
func (v *Work) UnmarshalText(b []byte) error { return fromName(v, workNames[:], AxisWork, b) }
func (v *Origin) UnmarshalText(b []byte) error {
	return fromName(v, originNames[:], AxisOrigin, b)
}

// UnmarshalText reads none_known, or members joined with "+". A member twice,
// an unknown one, or none_known beside another is an error.
func (p *Protection) UnmarshalText(b []byte) error {
	if string(b) == noneKnown {
		*p = NoneKnown
		return nil
	}
	var set Protection
	for name := range strings.SplitSeq(string(b), "+") {
		i := slices.Index(protectionNames[:], name)
		if i < 0 || set&(1<<i) != 0 {
			return fmt.Errorf("axis %s has no set %q", AxisProtection, b)
		}
		set |= 1 << i
	}
	*p = set
	return nil
}

func nameOf(names []string, v uint8) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("invalid(%d)", v)
	}
	return names[v]
}

func fromName[T ~uint8](v *T, names []string, axis Axis, b []byte) error {
	i := slices.Index(names, string(b))
	if i < 0 {
		return fmt.Errorf("axis %s has no value %q", axis, b)
	}
	*v = T(i)
	return nil
}
