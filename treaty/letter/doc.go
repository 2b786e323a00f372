// Package letter makes and reads what travels between two nodes: letters, the envelopes that
// seal them and the receipts that answer them; sections 5, 6, 7 and 9 of docs/protocol.md.
//
// # Letters
//
// A [Letter] is a header and a payload. [Sign] makes its text, [Open] reads it. Both hold the payload
// against the JSON Schema of its type, which is closed: what the schema does not name cannot
// be told. [Schema] hands the schemas out; they are published with the program. [Names] tells by
// which codes an agreement has to allow what a letter says.
//
// # Envelopes
//
// [Seal] puts a letter's text into an envelope that only the receiver can open, and signs it
// outside. [ParseEnvelope] checks that signature, which takes no secret: an [Envelope] is always
// one that its issuer has signed. [Envelope.Open] opens it.
//
// # Receipts
//
// [Stored], [Judged] and [Decided] make a [Receipt], [Receipt.Sign] its text, [ParseReceipt] reads it.
//
// # Keys
//
// Whoever reads needs the issuer's keys: [Keys] finds one, [KeysOf] from a chain of cards.
//
// # Refusals
//
// What is wrong with something from a stranger is a [Refusal] with a code of the protocol; other
// errors are this node's own trouble. No text of a refusal repeats what the stranger wrote.
package letter
