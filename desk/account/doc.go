// Package account is who may sign in at a node, and what each may do.
//
// # Roles
//
// An officer has roles, and a role has rights: an action on a kind of thing ([Right]). The table of them is [Rights], and all
// that a page or an operation of the program's interface does asks it. Whoever may see protection does so by a right of
// their own, beside their roles: without it the protected classes read ASK_SUPERVISOR. An account works in an office that is open
// (package office); in a guest office it has the role guest alone, which lets nobody be seen but who was referred there.
//
// # Passwords
//
// Of a password its Argon2id hash is kept (RFC 9106; OWASP's least cost: 19 MiB, two passes). A wrong password and an account
// that does not exist cost the same time. Whoever makes an account gives it a password that holds for one sign-in.
//
// # Passkeys, and the authority's own sign-in
//
// An officer may have passkeys ([Passkey]); then a password alone no longer suffices. A password that another officer gives takes them
// away, since that is how a lost device is told. An account may be tied to one person at an authority's provider of sign-ins
// (OpenID Connect), by a code that person reads to an administrator ([Tie]); nothing that the provider says of anybody ties one.
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
// Accounts, passkeys, ties and tokens are bound rows of the house book: a change past the program is found by mitra log verify.
package account
