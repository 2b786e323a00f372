// Package web is the officers' desk in a browser: pages made here, that work without scripts.
//
// # A page
//
// All pages stand in one table ([Server.pages]): method, path, the right that it needs (package account), and what it does. No
// handler is reached but through it, so that a page without a right cannot be forgotten: a test tries every page as every role.
// What a page shows is a typed value for its template; words are keys of package locale, in the language of the reader.
//
// # Reading
//
// Whoever opens a page with people on it has said what for, once for a task ([account], purposes). The desks write the event of each
// view, with that purpose, before anything is sent.
//
// # What is not in an address
//
// No name, number or date of anybody stands in a URL: searches are posted, people are named by opaque ids. Pages are not
// kept by browsers (no-store), load nothing from elsewhere, and run no script that stands in them (Content-Security-Policy).
//
// # Signing in
//
// By a password, a passkey, both, or an authority's own provider (passkey.go, provider.go). A passkey is of one name of the desk; without
// a name there are none. What was asked of a device or a provider is kept in the session, and is good for one answer, soon.
//
// # Sessions
//
// are kept in memory: whoever restarts the node has officers sign in again. They end after half an hour without a click and after
// twelve hours in any case, when the account changes to less, and everywhere when its officer says so.
package web
