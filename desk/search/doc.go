// Package search finds which of the people in a node's registers somebody is
// likely to be, and whom of them an alert concerns.
//
// # The index
//
// A [Finder] holds the current records of every register in a [linkage.Index]. It
// weighs by what is built in and by how frequent values are in the registers, and
// counts them anew when a quarter of its records came after the last count.
//
// It learns of imports by asking which batches are live, before each search, and
// every half second where it follows ([Finder.Follow]): another process on the same
// database is no more than that behind. A batch that is no longer there makes it
// begin anew.
//
// # The cache
//
// The index is kept in a file, so that a node begins to answer at once. The file is
// encrypted (age, with a key of its own). Both are made anew each time: what was
// erased cannot be read from what may be left of an older file on the disk. Nothing
// is lost with either; the index is made from the database again.
//
// # What an answer is
//
// A likeness is no proof that two are one, and no hit is no proof that nobody is
// there. Each search leaves one event in the journal, with the records that were
// shown and without what was asked.
package search
