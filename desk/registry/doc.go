// Package registry keeps the registers that a node has been given: who lives
// here, who holds a permit, who was placed, left, is sought or is warned of.
//
// # Records, entries, versions
//
// A [Record] is what one source said, never changed. Within its source it is
// known by the source's id; without one by the number of the document that the
// list is about (a resident's passport, a permit's number); without that by its
// content; never by the place of its row. When a later file says something else
// under the same key, a new version supersedes the old one, which stays. The
// first version's id is the entry: the identity of the row through all its
// corrections. Two sources may use the same ids for different people.
//
// A file loaded twice adds an event and no record. What a later file lacks
// stays, because most lists are partial; only a snapshot, which claims to be
// the whole register, ends what it lacks. A snapshot that has rejected rows which
// do not tell their key ends nothing, and says so: each could be any of those
// missing. Where a list has ids, only the id tells it.
//
// # What a cell says
//
// Columns are recognised by name in English, Indonesian and Khmer, or named in
// a mapping. Cells are read strictly, by the type of their column. What cannot
// be understood rejects the row, because a wrong date of birth does more harm
// than a missing row; it is written, with line, column and reason, to a file
// that can be corrected and imported. What was repaired on the way (a year of
// the Buddhist era, a two-digit year) stands on the record. A national id
// number that is not well formed is kept and flagged.
//
// A blank cell says nothing, nor does a dash or "n/a". Only in the columns for
// entry, exit and end of stay does "none" say something: that there is none.
// [Record.State] tells an absent column, a blank cell and a stated none apart.
//
// Columns that are not recognised are kept as given.
//
// # Batches
//
// An import is a batch. Its rows are stored in chunks while it is in the state
// "loading", which no query sees. One small transaction at the end makes it
// live together with its journal event, or it never was: on failure its rows
// are deleted, and what a killed process leaves is deleted by [ClearDead].
// Imports of one source wait for each other.
//
// A list that was loaded by mistake is withdrawn by two officers, the last of its
// source first: its batch is in the state "withdrawn", which no query sees either,
// so that what it superseded is current again. Its rows stay, and a record that
// comes again under its key has the entry that it had ([Withdraw]).
//
// The event holds the hash of the file and that of the records.
// [VerifyRecords] recomputes the latter.
//
// # Speed
//
// One goroutine cuts the file into rows, others read the values, and the
// caller's compares and stores them. Beside the file only keys and hashes are
// held in memory.
package registry
