// Package signed makes and reads the signed objects of MXP/1: cards, agreements,
// letters and receipts.
//
// All are JSON Web Signatures (RFC 7515) with Ed25519 (RFC 8037). The compact form, of which each
// letter has five, is made and checked here, since it is no more than base64 and a signature;
// the general form by github.com/go-jose/go-jose, which also reads in tests what is made here
// and makes what is read. What is signed is signed as bytes and kept as bytes:
// nothing is ever written anew to be checked. The header member typ says which kind of
// object it is, so that none passes for another (RFC 8725, section 3.11).
//
// # Two forms
//
// An [Object] is the compact form, "header.payload.signature", with one signature. A
// [Document] is the general JSON form, with several over one payload: a file that
// people hand to each other.
//
// # Reading
//
// Everything here comes from strangers. [Parse] and [ParseDocument] bound what they take and accept one
// spelling only. What a payload says counts after [Object.Verify] and [Document.SignedBy];
// before, it may only be looked at in order to find the key. [Strict] reads JSON in which nothing
// is ambiguous.
package signed
