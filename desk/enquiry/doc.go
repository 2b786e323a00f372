// Package enquiry is the desk at which one authority asks another about one person, and is asked.
//
// # Asking
//
// [Desk.Ask] writes the letter that begins a conversation: a purpose of the agreement in force, the least that
// describes one person, and what is wanted if the person is found. The national case is in it as a salted
// commitment only.
//
// # Being asked
//
// [Desk.Handle] takes a letter in, in the transaction in which the courier accepts it. An enquiry gets an answer
// that the node gives by itself, no-hit or pending, and nothing else (Prüm's first step). Behind pending an
// officer looks ([Desk.Show]) and ends it ([Desk.Answer]): with the fields that the purpose allows, each by its
// name, or with nothing to release, which means no record, doubt, refusal and protection alike. Of a no-hit nothing
// readable stays.
//
// Verifications of nationality and of documents and welfare checks are the same without the node's own answer,
// and end with a closed answer of their type.
//
// # What betrays nobody
//
// A restricted person is never found by the node's own answer: the question is answered as one about somebody
// unknown, all the way. Of those that are not found, a keyed share (decoys) is answered pending too and ends with
// nothing to release, after a time drawn from those that officers have taken: so neither pending nor nothing
// to release says that somebody is here. The same question gets the same answer, since the coin is a keyed
// hash of what was asked, without regard to spelling; asking again averages nothing out. Answers leave on a beat,
// some seconds after the question, and have one size, whatever they say.
//
// What is left: an ordinary person who is found is answered with what was asked for. Who was found yesterday and is
// a no-hit today has left, was erased, or is restricted; docs/enquiry.md says so to officers.
//
// # Clocks
//
// A clock begins with the receipt R1, or fifteen minutes after the letter was written if that is earlier
// (PROTOCOL 18). At half of the time, and at its end, the office is told, without any content ([Desk.Run]).
package enquiry
