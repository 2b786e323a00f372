// Package watch tells auditors that somebody has opened a record that nobody has reason to open: one of a person who does not
// exist, which an auditor has had put into a list, or one that curiosity is drawn to. Whoever opens it notices nothing.
//
// Nothing is hooked into the reading of records. Every reading is an event of the journal with the records that were read, and
// a [Lookout] looks for them there, so that no way in is left out: not the desk, not the interface for programs, not the command
// line. What is watched is bound to the journal as other decisions are.
package watch
