// Package journal keeps the tamper-evident books of a node: what was done, by
// whom, in which order, so that a later change cannot stay hidden.
//
// # Events and leaves
//
// An [Event] is appended in the transaction that makes the change it reports,
// so neither exists without the other. Its exact JSON bytes are kept, with 32
// random bytes of salt; its leaf is SHA-256(salt ‖ event). Events carry opaque
// ids, never names.
//
// # Trees
//
// Each book is one Merkle tree of RFC 6962, computed with
// golang.org/x/mod/sumdb/tlog. A record of the tree is the 32-byte leaf, so the
// hash at the tree's lowest level is SHA-256(0x00 ‖ SHA-256(salt ‖ event)).
// A tree over commitments instead of events is what allows erasure: when the
// law demands it, [Erase] removes salt and event, the leaf stays, every proof
// of every other event still stands, and without the salt the leaf tells
// nothing about what was there. The erasure is itself an event, which names the
// index and the id of what it erased.
//
// # Order
//
// A committed event has no index at first. The [Keeper] gives indices in a
// transaction of its own, in the order of the events' ids, which are UUIDv7 and
// so roughly that of time. Transactions that append never wait for each other
// on the end of a tree. One keeper works at a time: it holds a lease, a row of
// the database that it renews in every transaction and that lapses with it.
//
// # Checkpoints
//
// In the transaction in which a tree grows the keeper signs a checkpoint, so
// the last checkpoint always covers every index given. It is a C2SP
// tlog-checkpoint (https://c2sp.org/tlog-checkpoint) in a signed note:
//
//	mitra/KH/0191f6a2-…/house
//	1842
//	<root hash, base64>
//	previous 1840 <SHA-256 of the previous checkpoint's note, base64>
//
//	— mitra/KH/0191f6a2-…/house <signature>
//
// The origin is the node's name and the book's, and the name of the signing key
// is the origin. The extension line chains the checkpoints, so that one cannot
// be taken out from among the others; the first has none.
//
// # Head files
//
// After the commit the keeper writes the checkpoint to HEADS/<book>.head,
// outside the database. A database that was set back to an earlier state, or
// replaced by another, no longer agrees with that file: the keeper then refuses
// to go on ([ErrRollback], [ErrFork]) and [Verify] says so. If a node stops
// between commit and file, the file is merely behind, which is no fault.
// Copies of head files in other hands (a partner's, an auditor's) are worth
// more than the one beside the database.
//
// # What is found
//
// [Verify] recomputes everything and finds any change in the three tables but
// those that no log can find; [Report].CannotKnow names them.
package journal
