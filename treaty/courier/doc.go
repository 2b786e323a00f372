// Package courier carries the letters of a node to its peers and takes theirs in, so that none
// that was acknowledged is lost and none is handled twice (docs/protocol.md, sections 8 to 11).
//
// # Out
//
// [Queue] puts a sealed letter into the outbox, in the transaction that decides to send it, if an
// agreement allows it ([Allowed]); one that begins a conversation takes its unit of the quota there.
// [Courier.Deliver] sends what is due, with a worker for each peer, until the peer's receipt R1 is
// there or the letter expires. A peer without an endpoint fetches ([Courier.Serve]); a node without
// one fetches itself; [Courier.Export] and [Courier.Import] do the same with files.
//
// # In
//
// An envelope is stored with its event and its R1 in one transaction. Who sends the same one again
// gets the same receipt; another one under a known mid is refused and is an event. [Courier.Judge]
// opens what was stored, asks the agreement again, has it handled and queues R2 in one transaction: a
// letter is handled once, whoever else judges. One that came before the first of its conversation waits
// for it for a day. Letters that are not the courier's own go to Handle; where it is nil they are
// refused.
//
// # Books
//
// Every letter and receipt is an event of the exchange book of the peer (package journal). Each side
// sends the other the leaves that its book has grown by, and cosigns what it is sent; so it sees whether
// the leaf that an R1 promised is there. [Verify] holds all that is stored against the events and the
// signatures.
//
// # Evidence
//
// Of letters under an agreement the outbox keeps what was sealed, as it was signed. [Conversation] finds the letters of
// one with their receipts and events, [Peer.Shown] what a peer has shown of its books; package evidence makes a file of it.
//
// # Tables
//
// card, peer, outbox, inbox, receipt_out, receipt_in, watch, watched and cosignature:
// store/migrations/00006_exchange.sql, 00007_conversations.sql and 00011_evidence.sql say what each holds. Work that
// is being done (tries, times of the next attempt) carries no event.
package courier
