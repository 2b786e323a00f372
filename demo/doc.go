// Package demo makes a synthetic corridor with known truth: the register of
// residents and the list of work permits of a host state, as messy as offices
// keep them, what the state of origin knows of the same people, and a record of
// who is who. Everybody in it is invented.
//
// # What is made
//
// First the world as it is: people in households, their names, birth dates,
// papers and stays ([Generate] with the zero [Params] gives the numbers that two
// authorities published for 13 March 2024). Then two offices write it down, each
// with faults of its own. What they wrote is [Corridor.WriteResidents] and
// [Corridor.WritePermits]; what was true is [Corridor.WriteTruth] and
// [Corridor.WriteExpected], which nothing but a check may read.
//
// Row ids are random, differ between the lists and carry no information; rows
// stand in random order. No row is broken: each can be loaded.
//
// # The state of origin
//
// It sees the same world from the other end. [Corridor.WriteReports] is whom
// families and offices seek; [Corridor.WritePlacements] and
// [Corridor.WriteDepartures] are who went by the lawful procedure, or told an office
// of work they had found, and who left, with which passport and for which first
// stop; [Corridor.WriteAlerts] is a few alerts. The rows are made while they are
// written, and none of it changes the lists of the host state.
//
// Most people sought stand in the register; the others were never there, or nobody
// registered them, and some of these are very like a resident.
// [Corridor.WriteSought] is the truth, by the id of the resident: every person
// stands in the register once, with the passport that it happened to record, which
// may be another than the one they left home with. An outsider, who has a permit
// and does not stand in the register, is sought by nobody.
//
// # Two error processes, and a third
//
// The first draws single faults from a list (errors.go, rates as constants).
// The second, [Params].Second, sends each row through a chain of clerks and
// machines with habits, from a world of another composition (second.go). The two
// share no code for faults. Nothing may be tuned on the second.
//
// What families know and what a clerk at a counter writes down is a third process
// (hearsay.go), the same in both worlds. It goes by what is in hand, a copy of the
// passport, the family card or memory, so faults come together; a report without a
// passport number has a name and at least the year of birth. Nothing may be tuned
// on it either.
//
// # Determinism
//
// The same parameters give the same bytes on every platform. Chance comes from
// PCG streams, one for each purpose and subject, read with integer arithmetic
// only; no map is iterated.
package demo
