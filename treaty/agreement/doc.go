// Package agreement holds what two authorities have agreed that their nodes may say to
// each other, and decides by it.
//
// # The document
//
// An [Agreement] is data: parties, legal basis, the days on which it is in force, and
// articles with purposes. A [Purpose] says which letters may be written, in which turn of a
// conversation, with which fields, under which handling codes and clocks, how many in a
// day and how long they are kept. What it does not name is not allowed: taking a part out of a
// document never allows more.
//
// Both parties sign the same bytes (a general JWS of typ mxp-agreement, package signed),
// and the hash of these bytes is its name on the wire. A [Document] is an agreement with the
// signatures it has so far; schema.json is its JSON Schema.
//
// # House rules
//
// Some things no agreement may allow, whoever signs it (DESIGN §7), and [Parse] refuses
// a document that names them: anything about asylum, a deferred departure, a shelter or how
// a person left home is no field and no key; a field about protection or victims stands in a
// purpose of referrals on which a supervisor decides, and [Set.Permit] lets it go
// only together with the field consent, or with legal_duty where the purpose has it. The rule looks at the words of a field's code. It
// catches mistakes, not two parties who want to deceive.
//
// # In force, one after the other
//
// Between two nodes one agreement is in force at a time ([Set]). A later version names
// the hash of the one that it replaces and begins on a later day; on that day the older
// one ends. A letter is judged by the agreement that it names, as of the time at which
// it was written.
//
// # The decision
//
// [Set.Permit] is a pure function of a [Request], and the same on sending and on
// receiving. It tests in the order of section 4 of docs/protocol.md and says at the first
// test that fails which clause of the document says no.
//
// # The quota
//
// counts conversations begun, by the node that begins them, in a day of UTC by the
// time at which their first letter was written. Letters within a conversation
// are not counted: an answer that is owed must not fail because others were given.
// [Set.Spend] takes one unit in the transaction that sends or accepts the letter.
//
// # Kept
//
// [Adopt] keeps a complete document as it was signed, and its event in the exchange book
// holds the hash of payload and file; [Verify] compares the two.
package agreement
