// Package second is what takes two officers: one proposes it, another confirms it, and only then is it done (DESIGN §7, 14).
//
// # A proposal
//
// is an action of a closed list of kinds ([Desk.Kinds]), with a body that names it completely, and a reason. It waits for 72 hours
// ([Holds]). Another officer with the same right confirms or declines it; who has proposed it may withdraw it. What is done is what
// stands in the body, and it is done in the transaction of the confirmation: where the world is no longer the one for which it was
// proposed, nothing is done ([ErrChanged]).
//
// # Who may
//
// Both officers have the right of the kind when it is confirmed, not only when it was proposed. Nobody confirms their own, and nobody
// proposes or confirms what is about themselves.
//
// # What is kept
//
// Proposals, and how they ended, are rows that are added and never changed. Each is told by an event of the house book
// (second-proposed, -confirmed, -declined, -withdrawn, -expired, -used), which binds it: a change past the program is found by mitra
// log verify. Events have kind, hash and subject, and no reasons: these may name somebody.
package second
