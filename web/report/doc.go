// Package report writes the status report: one HTML page that explains itself.
//
// # The page
//
// The page is whole in itself. It has no script and fetches nothing, and a
// content security policy in the page keeps it so; it can be sent, stored and
// printed as it is. A reader finds first how many records there are and what a
// computed class may not be used for, then the pictures, then how it was made
// and what it cannot say.
//
// [Write] takes a typed view and no database: whoever has the figures can write
// the page. Titles and explanations of classes and values come from the rule
// pack in the reader's language; all other words from package locale.
//
// # Figures that add up
//
// Whoever reads a status report must be able to add it up. [Status.Validate]
// refuses a view whose classes, axes, tables or permits do not, and Write then
// writes nothing.
//
// # Who may see what
//
// Unless [Status.ShowProtected] is set, protected classes stand in the page as
// one line, "ask a supervisor", in every list and picture, and the protection
// axis is left out. The page cannot know which of the [Status.Doubtful] pairs
// concern protected people: the caller leaves those out. A page with pairs holds
// personal data and says so.
//
// A synthetic page carries the word SYNTHETIC on the screen all the time, and on
// every printed sheet.
package report
