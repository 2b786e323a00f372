// Package script reads names as people, registers and passports write them and
// makes them comparable: one alphabet, one spelling, tokens with their kind,
// and keys by sound. It is pure: no input or output, no clock, no state.
//
// [Parse] is the whole way from a written name to tokens; [Explain] takes the
// same way and names each step, because a person will ask why two names were
// taken for one. The other functions are the steps by themselves.
//
// # Folding
//
// [FoldLatin] follows ICAO Doc 9303 part 3 section 6, the transliteration that
// passports use, so that a register and a machine-readable zone meet: Æ AE,
// Ø OE, Å AA, Þ TH, ß SS. Where the standard leaves a choice (Ä is AE or A, Ü
// is UE or U) the plain letter is taken: an Indonesian register knows only
// that one, and the spelling rules would read the o and e of OE as u. MUELLER
// and MÜLLER meet in [Skeleton]. Cyrillic follows the table of the same
// section, Greek ELOT 743. Invalid UTF-8 and scripts not named are dropped.
//
// # Spelling
//
// Indonesian has changed its spelling: Van Ophuijsen (1901) wrote oe, tj, dj,
// nj, sj, ch and j; Soewandi (1947) made oe u; EYD (1972) made the others c, j,
// ny, sy, kh and y. People keep the old letters in their names, and offices
// modernise them, or not. [Orthography] goes one way, old to new. A name of
// another language must come to no harm: j→y asks for other evidence of old
// spelling in the same token, nj→ny for that or the beginning of the word
// (Anjani and Simanjuntak are new spelling), ch→kh for an Arabic neighbourhood,
// and oe stays in chloe, joel and Khmer soeun. Behind a vowel and before a
// consonant kh then becomes the h that Indonesians write as often: Achmad,
// Akhmad and Ahmad are one. Ahmad and Muhammad are not.
//
// # What carries no evidence
//
// Titles of religion, birth and learning, degrees, forms of address, markers
// of parentage (bin, binti, s/o, a/l), and words that stand where no name is
// known (FNU, XXX, tanpa nama) come and go between two lists about one person.
// They are dropped — but only while a name of two letters or more remains, and
// only where they stand as such: ST is a degree behind a comma, R is Raden
// before another title and an initial otherwise, Ny. a form of address with its
// dot and a Khmer family name without.
//
// # Kinds
//
// Muhammad, Mohd., Moch., M. … stand before countless names, are shortened at
// will and left out: all but the single letter become one token of kind [Weak].
// Balinese names of birth order are [BirthOrder], their I and Ni vanish. Batak
// marga are [Clan]. Single letters are [Initial]. Abdul is a token of its own
// whether written together, assimilated (Abdurrahman) or short (Abd.); an
// Arabic article joins its noun. Chinese-Indonesian surnames have [Aliases] and
// are never rewritten.
//
// People of one name become NAMA NAMA in visas and passports: a name that only
// repeats itself is taken once.
//
// # Khmer
//
// Unicode normalisation leaves several orders of the same Khmer syllable apart;
// [KhmerCanonical] makes one of them, that of Unicode Technical Note 61.
// [KhmerToLatin] then romanises by rule as Cambodians usually do: the sound of a
// vowel depends on the series of the consonant before it, sonorants of Indic
// words take the series of the syllable before (ដារា dara), the silent ends of
// Indic words fall away. Passports spell as their bearers please, so Khmer and
// Latin names are compared by sound first.
//
// # Bare names
//
// [Bare] reads a name for a comparison in which there is no register: more
// scripts ([Latin]), a spelling by ear ([Ear]), how common a word is, and of which
// names it is a form. Registers are not read so: their own counts say more.
//
// The word tables of this package were not reviewed by native speakers.
package script
