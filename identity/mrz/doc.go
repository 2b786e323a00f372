// Package mrz reads and writes the machine-readable zones of travel documents:
// ICAO Doc 9303, parts 3 (common rules), 4 (TD3, passports), 5 (TD1, cards), 6
// (TD2) and 7 (MRV-A and MRV-B, visas). It is pure: no input or output, no
// clock, no state.
//
// # Two ways to read
//
// [Parse] is for lines that a chip or a careful hand gives: right lengths, right
// alphabet, or an error. [Read] is for optical readers, scanners and typing: it
// puts up with white space, small letters, « for << and lost line breaks, and
// corrects confusions such as O and 0 — but only where the position's alphabet,
// the list of states or a check digit leaves one reading, and it marks each
// [Correction]. Two readings that both satisfy a check digit are no reading:
// nothing is changed, and the fault says so.
//
// Both give a [Data] that holds what stands in the zone. A check digit that does
// not agree is not an error: a damaged or forged document must be shown, not
// refused. [Data.Checks] lists every check digit, [Data.Faults] everything that
// is wrong with the content, and [Data.Valid] says whether nothing is.
//
// # What check digits see
//
// The weights 7, 3, 1 have no factor in common with 10, so one changed character
// is always found if its value differs modulo 10. The values of some characters
// do not: G and 6, L and 1, A and K and U, 0 and the filler. Agreement of the
// check digits proves no document genuine.
//
// # Writing
//
// [Encode] makes lines of fields. Names are transliterated by the table of Doc
// 9303-3 section 6 A. Where it leaves a choice its first entry is taken: Ä AE, Ö
// OE, Ü UE, Å AA, Ñ N. (Comparison of names, which is another package's work,
// strips such letters to A, O, U, as most registers do; it brings the two
// together by sound.) Names in another script are refused: their Latin form is
// for the holder and the issuing state to choose.
//
// A name too long for its field is cut as the examples of parts 4 to 7
// show under "components truncated", so that the last position is a letter. A
// reader has to take every name with a letter there for a truncated one, though
// some only just fit: [Data.NameTruncated].
//
// # Dates
//
// The zone has two digits for the year. [Data.Birth] and [Data.Expiry] keep them;
// [Data.BirthDate] and [Data.ExpiryDate] find the century, given a day to
// reckon from.
package mrz
