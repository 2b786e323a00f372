// Package demo makes a synthetic corridor with known truth: the register of
// residents and the list of work permits of a host state, as messy as offices
// keep them, and a record of who is who. Everybody in it is invented.
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
// # Two error processes
//
// The first draws single faults from a list (errors.go, rates as constants).
// The second, [Params].Second, sends each row through a chain of clerks and
// machines with habits, from a world of another composition (second.go). The two
// share no code for faults. Nothing may be tuned on the second.
//
// # Determinism
//
// The same parameters give the same bytes on every platform. Chance comes from
// PCG streams, one for each purpose and subject, read with integer arithmetic
// only; no map is iterated.
package demo
