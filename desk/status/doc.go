// Package status says what a node knows of one resident: five axes with
// reasons, and the class that the decision table makes of them.
//
// # What is computed, and from what
//
// [Assess] is a pure function of [Facts], the as-of date among them: no
// database, clock or network. It answers on the axes that a node of the host
// state may answer (stay, work), states how well documented the identity is,
// and repeats what others have said on origin and protection. The table itself
// is data, in package rules; nothing here knows which row gives which class.
//
// A computed class decides nothing about a person. Officers determine.
//
// # Doubt
//
// Only explicit values speak: an absent column and a blank cell say nothing,
// and the reasons tell the two apart. A date of lesser precision decides only
// when every day that it may mean decides alike; otherwise the axis is unknown
// and the reason says why. Doubt about a permit never becomes "none". Doubt
// about age counts for the child.
//
// # What officers decide
//
// A permit and a resident whom linkage is not sure of wait for an officer
// ([Review], [OpenReview], [Decide]). What officers say is a list of acts for each
// pair; what holds follows from it, and the next run obeys. No decision changes a
// probability.
//
// # When an assessment is stored
//
// [Fingerprint] covers the value, the reasons, the records they rest on and the
// rule pack. A run at a later date that finds the same fingerprint adds
// nothing; see there for what is left out.
package status
