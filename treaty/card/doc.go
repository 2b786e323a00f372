// Package card keeps the cards by which nodes know each other, and the keys behind them:
// section 3 of docs/protocol.md.
//
// # Cards
//
// A [Card] names a node, its keys and where it is reached. A [Signed] is one with its
// signatures, as people hand it over. [Make] makes a node's first card; it is signed by its own
// key alone, so who takes it in has to hear from the other authority, by another way, that its
// [Signed.Fingerprint] is the right one. [Follow] makes a later one, which a key of the card before
// introduces. The keys of a card before are never needed again once it is followed, but to read
// what was written under it.
//
// # Chains
//
// A [Chain] is what a node keeps of another: all its cards since the first. It only grows, by
// [Chain.Append]: an older card that somebody sends again changes nothing ([ErrKnown]), and a
// second card of one serial shows that two hold the node's keys ([ErrFork]).
//
// # Which key counts
//
// What is signed tells when it was written, and its reader knows when it was stored. The key has to
// stand in the card that held at the time of writing, so that letters under way outlive a
// change of keys; and it must not have been revoked by the time of storing, which is the
// reader's own, so that a thief gains nothing by an older date ([Chain.SignKey]).
package card
