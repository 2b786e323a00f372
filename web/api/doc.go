// Package api is the officers' desk for programs: a JSON interface beside the pages, with the same rights, limits and events.
//
// # Who acts
//
// A program acts for an officer, by a token (package account) that it sends as Authorization: Bearer. There are no cookies here, so that
// no page of another site can have a browser act, and no answer is for pages of other sites. What the program may is what the officer may at
// that moment, as far as the token's scope goes.
//
// # An operation
//
// Each is described once ([API.operations] and the files named after the parts of the desk): path, right, whether people are shown and
// whether something changes. Nothing is reached but through that. It does what the page does, by the methods of [web.Acting]: a search
// counts into the hour's searches, and every view is an event before the answer leaves.
//
// # A request
//
// is JSON in UTF-8 without members that are not known or come twice. Whoever asks for people says what for (Mitra-Purpose). A POST that
// changes something has an Idempotency-Key: sent again it is done once, and answered as before. Lists go on by a cursor that says nothing.
// What is wrong is told as RFC 9457 says, with a code that stays, and without a value that was sent.
package api
