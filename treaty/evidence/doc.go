// Package evidence proves one conversation of two nodes to somebody who has nothing but their first cards
// (docs/protocol.md, section 12).
//
// # What is in a file
//
// A [File] holds the cards of both nodes, the agreements that the letters name, each letter as its writer
// signed it with the receipts that stand for it, and for each of these the event of the exporter's exchange
// book, with its audit path (RFC 6962, section 2.1.1) to a checkpoint (C2SP tlog-checkpoint) that the exporter
// has signed and its peer cosigned (C2SP tlog-cosignature). Of each receipt R1 of the peer it shows that the
// peer's own book has the leaf that the receipt promised; the exporter, as its witness, has seen all leaves.
// Checkpoints that receipts name are shown to be beginnings of these books (section 2.1.2).
//
// # What is checked
//
// [Verify] needs no node, no network and no clock. Nothing in a file counts because the file says so: whatever
// is not signed is derived from something that is, or is compared with it. Each fault is named, with the letter
// that it is about. What is not shown yet, but may come, is listed apart and is no fault. What no file can show,
// [Report].CannotKnow says.
//
// # Keys
//
// A signature counts by the cards of its time, as for the nodes themselves; what is stored or recorded at or
// after the revocation of its key does not count. The receiver's R1 says when a letter was stored, the
// exporter's book when a receipt was.
package evidence
