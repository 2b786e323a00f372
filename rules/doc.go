// Package rules holds decision tables and their texts as data.
//
// A pack is one embedded file: an id, a version, the as-of dates it may judge,
// who stands behind it, the rows of the table in order, the duties of each row,
// and every text in English, Indonesian and Khmer with a mark that says whether
// a speaker has reviewed the language. Go code knows how to read a table, never
// what is in it; an authority that wants another rule gets another file.
//
// # Versions and hashes
//
// A pack never changes once it has been used: a correction is the next version
// in a new file. The canonical bytes of a pack are its file (UTF-8 without
// byte-order mark and carriage returns; anything else is refused), and its hash
// is their SHA-256, so that sha256sum on the published file gives what a stored
// assessment names.
// The texts are hashed with the table because they are what officers were shown.
//
// # Reading a table
//
// Rows are tried in order and the first that applies gives the class; the
// duties of every row that applies hold. Three things are not rows: an addition
// brings duties without a class; a confined value exists on one state's node
// only and is read as its replacement elsewhere; and a row that bars contact
// removes the duties which cannot be done without the other state.
//
// # Boundaries
//
// The package imports nothing of ours. Dates are strings of the form yyyy-mm-dd,
// which order as text. Packs are immutable after loading and safe for
// concurrent use.
package rules
