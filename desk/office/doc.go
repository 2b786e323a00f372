// Package office is the offices of a node, and the rota: which office looks after which clocks, when it is open, who is on duty, and
// who is told when something waits.
//
// # Offices
//
// A [Unit] is a row, bound by events, in which officers have their accounts: the headquarters from the beginning, then those that an
// administrator opens. A guest office is one of another agency; its officers see what was referred to them and nothing else. The
// rota is the operator's file and speaks of clocks; the two have no more in common than the names of officers.
//
// # The rota
//
// It is data ([Read]): offices with their working hours, holidays, duty, night duty and supervisors; officers with
// their addresses, deputies and absences. Nothing in it says what an officer may do, but for protection: who may learn
// that somebody has asked about a person under protection.
//
// # Who is told
//
// [Rota.Tell] is a pure function of the rota, a notice and the time. At half of a clock the first officer on duty who
// is there is told; at its end every supervisor who is there, and their deputies. Where nobody of one is there, the
// others are told, then the office's fallback address, then the log of the node: somebody always is. What cannot wait
// (clocks of life, border and urgent) is told at once, outside the hours to the night duty; what can, at the next open
// hour, to those who are there then.
//
// # What a notice does not say
//
// Notices go by mail and by webhooks, which others can read. They say that something waits, under which clock and until
// when, and nothing else ([Notice.Outward]): a question about a person under protection is told to those supervisors
// who may know of it, as the end of a clock is told to any supervisor, and never to a fallback address.
//
// # Outbox
//
// A notice is a row, written in the transaction of what it tells of ([Queue]), and sent by [Outbox]: at least once,
// tried again for a day, several for one address within a minute as one.
package office
