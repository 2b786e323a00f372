// Package guest refers people to guest offices: those of other agencies, which see what was referred to them and nothing else.
//
// # Handing over
//
// A supervisor names each field of each record, says what for and on which basis, and until when ([Desk.Refer]). What is handed
// over is a copy of those values as they are then. No class, score or reason of this node goes with it. Where the person is
// restricted a second supervisor has to agree ([Desk.Agree]) before the guest office learns that there is anything.
//
// # What never leaves
//
// Nothing about somebody with a claim to asylum, or about whom no letter leaves ([courier.Held]); that holds at each look too, and
// what was handed over before is withdrawn ([Desk.Turn]). A view on protection leaves by its name, by who may see protection. The
// police are told no such view, and of somebody who may be in danger no place and no telephone, unless the person consents.
//
// # Erasing
//
// Withdrawn, declined, done or expired, the copy is erased. Events bind rows by digests under a random seal; with the copy goes
// the seal, so that no digest says any more what stood there. What is left is the event, and that there was a referral: by which records it is
// found on the page of the person stands in a table beside it, which says no more than the row and the event do.
package guest
