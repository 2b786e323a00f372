// Package person is the vocabulary in which the house speaks of people: names,
// dates, sexes, countries, documents, permits and stays. It decides nothing;
// it reads what registers write and says what was wrong with the rest. It is
// pure: no input or output, no clock, no state.
//
// # Reading
//
// Every parser is strict, never panics, and takes the empty cell for silence:
// it gives the zero value and no error. What it cannot read is a [*ParseError],
// which names the kind of value, the reason and, where there is one, a hint for
// the person who has to mend the file. It never holds the value itself, so an
// error may stand in a log.
//
// # Dates
//
// A [Date] is as precise as its source: a day, a month, a year, or nothing.
// Half of a register knows no more than the year of somebody's birth, and the
// first of January in its place would be an invention. [Date.Earliest] and
// [Date.Latest] bound what a date may mean; [Date.Before] and [Date.After] answer
// only what is sure.
//
// Repairs are kept on the date as a [Slip], since an officer has to see that the
// source said something else: years of the Buddhist era, years of two digits,
// serial numbers of a spreadsheet, digits of another script. What cannot be
// repaired without guessing — 31 February, a thirteenth month — is refused.
//
// # Words
//
// Month names, words for a person's sex and names of countries are known in
// English, Indonesian and Khmer. They are read, never shown; the Indonesian and
// Khmer ones were not reviewed by native speakers.
package person
