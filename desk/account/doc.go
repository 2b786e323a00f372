// Package account is who may sign in at a node, and what each may do.
//
// # Roles
//
// An officer has roles, and a role has rights: an action on a kind of thing ([Right]). The table of them is [Rights], and all
// that a page or an operation of the program's interface does asks it. Whoever may see protection does so by a right of
// their own, beside their roles: without it the protected classes read ASK_SUPERVISOR.
//
// # Passwords
//
// Of a password its Argon2id hash is kept (RFC 9106; OWASP's least cost: 19 MiB, two passes). A wrong password and an account
// that does not exist cost the same time. Whoever makes an account gives it a password that holds for one sign-in.
//
// # Who guesses
//
// [Guard] lets an address try an account a few times, and then slowly; and it lets everybody else go on: whoever
// does not know a password cannot keep out the officer who does, who comes from another address, or from one they
// have signed in from before.
//
// # Tokens
//
// By a [Token] a program acts for an officer, by the interface for programs alone: with those rights of its scope that the account has
// at that moment. Of its secret, 256 random bits, the SHA-256 is kept. It ends by itself, within 90 days, and with the sessions of its
// account. A [Request] that changes something is done once, however often the program sends it.
//
// Accounts and tokens are bound rows of the house book: a change past the program is found by mitra log verify.
package account
